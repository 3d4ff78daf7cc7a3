// What the page knows and where one is in it. There is one of it; `settle` works out what follows from it.

import { atOnce } from "./group.js";
import { graded, groupOf, nextUngraded, order, targets } from "./walk.js";

const KEPT = "review-drafts"; // in this tab's storage: a reload loses no half-typed comment

function kept() {
  try {
    return new Map(Object.entries(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}")));
  } catch {
    return new Map();
  }
}

export const state = {
  by: "",
  view: "answers", // or second, student
  id: null, // of the question
  klass: null, // as /api/class gives it
  question: null, // as /api/question gives it, with what was decided since
  key: null, // of the answer one is at; null if there is none
  names: false,
  modes: new Map(), // by group, where a person has chosen: whether it is graded at once
  thresholds: new Map(), // by question, where a person has chosen
  others: [], // who else is here, as /api/here gives it
  drafts: kept(), // comments that are typed and not kept, by what they are for
  places: new Map(), // by question, where one was
  whole: false, // whether the group is graded at once
  targets: [], // the answers that a decision is for
  draftKey: "",
};

/** Work out whom a decision is for. A group whose answers were decided differently is not graded at once unasked. */
export function settle() {
  const { question } = state;
  if (question === null) return;
  if (state.key === null || !(state.key in question.answers)) state.key = first(question);
  if (state.key === null) {
    Object.assign(state, { whole: false, targets: [], draftKey: "" });
    return;
  }
  const group = groupOf(question, state.key);
  const chosen = state.modes.get(group.id);
  state.whole = group.answers.length > 1 && (chosen ?? atOnce(question, group));
  state.targets = targets(question, state.key, state.whole);
  state.draftKey = `${question.id} ${state.targets[0]}`;
  state.places.set(question.id, state.key);
}

/** Where one begins: where one was, else the first answer that waits. */
function first(question) {
  const before = state.places.get(question.id);
  if (before in question.answers) return before;
  return nextUngraded(question, null, false, taken()) ?? order(question)[0] ?? null;
}

/** The answers that others are at. */
export const taken = () => state.others.flatMap((one) => one.answers);

export function draft(text) {
  if (text === null) state.drafts.delete(state.draftKey);
  else state.drafts.set(state.draftKey, text);
  keepDrafts();
}

export function keepDrafts() {
  sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(state.drafts)));
}

/** The question after or before in the class that fits; null if there is none. */
export function otherQuestion(forward, fits = () => true, round = false) {
  const all = state.klass.questions;
  const at = all.findIndex((one) => one.id === state.id);
  const after = forward ? all.slice(at + 1) : all.slice(0, Math.max(0, at)).reverse();
  const others = round ? [...after, ...all.slice(0, at)] : after;
  return others.find(fits) ?? null;
}

/** Take what was decided here into the progress, before the server has counted again. */
export function recount() {
  const row = state.klass.questions.find((one) => one.id === state.question?.id);
  if (row) row.graded = Object.values(state.question.answers).filter(graded).length;
}
