// Decisions on their way to the server: shown at once, sent one after the other, and never over one that was not seen.

import * as api from "./api.js";
import { sumOf } from "./walk.js";

/** The marks that the server has confirmed, by answer: what the next decision says it has seen. */
let confirmed = new Map();
const waiting = []; // what is not yet sent, or not yet answered
let sending = false;

/** How many decisions wait for an answer. */
export const unsent = () => waiting.length;

/** Take over what the server says of a question. */
export function seen(question) {
  confirmed = new Map(Object.values(question.answers).map((answer) => [answer.key, answer.mark]));
  for (const answer of Object.values(question.answers)) {
    answer.note = answer.mark?.comment ?? "";
    answer.mark = counting(answer.mark);
  }
}

/** A mark that gives points; one that has taken them back, or has a comment alone, gives none. */
const counting = (mark) => (mark && mark.points !== null ? mark : null);

/**
 * Decide on answers, and show it at once.
 *
 * hooks: `changed()` after each answer of the server; `refused(error, job)` where it says no; `lost(error)` where it is
 * gone: then the decision stays here, and `send` tries again.
 */
export function decide(question, keys, decision, hooks) {
  const points = decision.points ?? sumOf(question, decision.items);
  for (const key of keys) {
    const shown = { id: null, points, comment: decision.comment, items: decision.items, by: "", pending: true };
    question.answers[key].mark = points === null ? null : shown;
  }
  waiting.push({ question, keys, decision, points });
  return send(hooks);
}

/** Send what waits; true when nothing does any more. */
export async function send(hooks) {
  if (sending) return false;
  sending = true;
  try {
    while (waiting.length > 0) {
      const job = waiting[0];
      const answers = Object.fromEntries(job.keys.map((key) => [key, confirmed.get(key)?.id ?? 0]));
      try {
        const reply = await api.mark(job.question.id, answers, job.decision);
        settle(job, reply.marks);
      } catch (error) {
        if (error instanceof api.Lost) {
          job.tried = true; // it may have been taken, and only the answer was lost
          hooks.lost(error);
          return false;
        }
        if (isTaken(job, error)) settle(job, error.body.conflicts, job.decision.items);
        else refuse(job, error, hooks);
      }
      hooks.changed();
    }
  } finally {
    sending = false;
  }
  return true;
}

function settle(job, marks, items = null) {
  waiting.shift();
  for (const [key, given] of Object.entries(marks)) {
    const mark = given && items ? { ...given, items } : given;
    confirmed.set(key, mark);
    if (!waiting.some((one) => one.keys.includes(key))) job.question.answers[key].mark = counting(mark);
  }
}

/** Whether what stands in the way is this decision itself, whose answer was lost on the way back. */
function isTaken(job, error) {
  const conflicts = error.body?.conflicts;
  if (!job.tried || !conflicts) return false;
  return job.keys.every((key) => {
    const mark = conflicts[key] ?? null;
    return api.isMine(mark) && mark.points === job.points && mark.comment === job.decision.comment;
  });
}

/** Take back what was shown, and with it what was decided on top of it. */
function refuse(job, error, hooks) {
  for (const [key, mark] of Object.entries(error.body?.conflicts ?? {})) confirmed.set(key, mark);
  const keys = new Set(job.keys);
  const onTop = waiting.filter((one) => one.keys.some((key) => keys.has(key)));
  for (const one of onTop) {
    waiting.splice(waiting.indexOf(one), 1);
    for (const key of one.keys) one.question.answers[key].mark = counting(confirmed.get(key) ?? null);
  }
  hooks.refused(error, job);
}
