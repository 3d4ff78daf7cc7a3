// What a grader does: each action is a key and a button.

import * as api from "./api.js";
import { decide } from "./decide.js";
import { byId, capital, count, points, typed } from "./dom.js";
import { editItems } from "./edit.js";
import { groupOf, graded, nextUngraded, numberOf, ownPoints, saysTheSame, step, sumOf } from "./walk.js";
import { whom } from "./items.js";
import { togglePaper } from "./known.js";
import { chooseGroup } from "./move.js";
import { draft, keepDrafts, otherQuestion, state, taken } from "./state.js";

/** The actions on written answers; *page* draws, loads, says and goes. */
export function actions(page) {
  const markOf = () => (state.key === null ? null : state.question.answers[state.key].mark);

  let halted = false; // a decision was refused: what is typed before that is seen was meant for something else

  const hooks = {
    changed: () => page.draw(),
    lost: (error) => page.lost(error),
    refused: async (error, job) => {
      halted = true;
      const first = job.keys.includes(state.key) ? state.key : job.keys[0];
      if (job.decision.comment) state.drafts.set(`${job.question.id} ${first}`, job.decision.comment);
      keepDrafts();
      page.warn(meanwhile(job.question, error.body?.conflicts) ?? `Not kept. ${capital(error.message)}`);
      await page.reload();
      halted = false;
    },
  };

  let warned = ""; // whose points the grader was told of, before they are changed

  /** Whether the points that somebody else gave may be changed: only when that is asked for twice. */
  function mayChange(keys) {
    const marks = keys.map((key) => [key, state.question.answers[key].mark]);
    const others = marks.filter(([, mark]) => mark !== null && !mark.pending && !api.isMine(mark));
    const said = others.map(([key, mark]) => `${key} ${mark.id}`).join(" ");
    if (said === "" || said === warned) return true;
    warned = said;
    const [key, mark] = others[0];
    const more = others.length > 1 ? ` (and ${count(others.length - 1, "other answer")})` : "";
    page.say(`${state.question.answers[key].alias} has ${count(mark.points, "point")} by ${mark.by}${more}. Ask again to change that.`);
    return false;
  }

  function decideOn(keys, decision, said) {
    if (keys.length === 0) return;
    decide(state.question, keys, decision, hooks);
    page.say(said);
    page.changed();
  }

  /** Decide on all targets, with the comment as it stands there. */
  function give(items, own) {
    if (state.key === null || halted || !mayChange(state.targets)) return;
    const { question } = state;
    const value = own ?? sumOf(question, items);
    const comment = state.drafts.get(state.draftKey) ?? markOf()?.comment ?? question.answers[state.key].note ?? "";
    draft(value === null && comment ? comment : null);
    const texts = question.items.filter((one) => items.includes(one.id)).map((one) => one.text);
    const why = texts.length > 0 ? ` (${texts.join(", ")})` : "";
    const said = value === null ? "no points any more" : `${count(value, "point")}${why}`;
    decideOn(state.targets, { items, points: own, comment }, `${capital(whom(state))}: ${said}.`);
  }

  function toggle(id) {
    const items = markOf()?.items ?? [];
    give(items.includes(id) ? items.filter((one) => one !== id) : [...items, id], null);
  }

  /** Keep what was typed where one's own points stand, because one goes on; beside another's it waits to be confirmed. */
  function keepOwnComment() {
    const mark = markOf();
    if (mark?.pending || api.isMine(mark)) keepComment();
  }

  /** Keep the comment that was typed, each answer with the points that it has; false if there are none yet. */
  function keepComment() {
    const text = state.drafts.get(state.draftKey);
    if (text === undefined || markOf() === null || halted) return false;
    if (!mayChange(state.targets)) return true;
    draft(null);
    if (text === markOf().comment) return true;
    const { question } = state;
    const left = state.targets.filter((key) => question.answers[key].mark !== null);
    while (left.length > 0) {
      const { mark } = question.answers[left[0]];
      const same = left.filter((key) => saysTheSame({ ...question.answers[key].mark, comment: "" }, { ...mark, comment: "" }));
      for (const key of same) left.splice(left.indexOf(key), 1);
      const decision = { items: mark.items, points: ownPoints(question, mark), comment: text };
      decideOn(same, decision, `${capital(whom(state))}: comment kept.`);
    }
    return true;
  }

  function go(key) {
    if (key === null) return;
    keepOwnComment();
    state.key = key;
    page.changed();
    page.focus();
  }

  function stepTo(forward) {
    const key = step(state.question, state.key, forward, state.whole);
    if (key === null) page.say(forward ? "This is the last one." : "This is the first one.");
    else go(key);
  }

  function ungraded() {
    const key = nextUngraded(state.question, state.key, state.whole, taken());
    if (key !== null) {
      if (key === state.key) page.say("This is the last one that is not graded.");
      go(key);
      return;
    }
    keepOwnComment();
    const next = otherQuestion(true, (one) => one.graded < one.answers, true);
    if (next === null) page.say("All answers of the class are graded.");
    else {
      page.say(`All answers to ${state.id} are graded. On to ${next.id}.`);
      page.visit("answers", next.id);
    }
  }

  function confirm() {
    const { answers } = state.question;
    const open = state.targets.filter((key) => (answers[key].proposed ?? null) !== null && !graded(answers[key]));
    if (halted) return;
    if (open.length === 0) {
      page.say("Nothing is proposed here.");
      return;
    }
    const value = answers[open[0]].proposed;
    const keys = open.filter((key) => answers[key].proposed === value);
    const comment = state.drafts.get(state.draftKey) ?? "";
    draft(null);
    const whose = keys.length > 1 ? count(keys.length, "answer") : "This answer";
    decideOn(keys, { items: [], points: value, comment }, `${whose}: ${count(value, "point")}, as proposed.`);
  }

  async function undo() {
    await page.idle();
    await page.attempt(async () => {
      const undone = await api.undo();
      const key = undone.answers[0] ?? state.key;
      if (undone.question === state.id && state.view === "answers") {
        state.key = key;
        await page.reload();
        page.focus();
      } else {
        state.places.set(undone.question, key);
        page.visit("answers", undone.question);
      }
      page.say(`Undone: ${undone.said}`);
    });
  }

  function mode(whole) {
    if (state.key === null) return;
    const group = groupOf(state.question, state.key);
    if (group.answers.length === 1) {
      page.say("This answer stands on its own.");
      return;
    }
    keepOwnComment();
    state.modes.set(group.id, whole ?? !state.whole);
    page.changed();
    page.focus();
    page.say(state.whole ? `Decisions are for all ${state.targets.length} answers of the group.` : "Decisions are for one answer.");
  }

  function move() {
    if (state.key === null) return;
    const { question, key } = state;
    chooseGroup(
      question,
      key,
      (to) =>
        page.attempt(async () => {
          await page.idle();
          await api.move(question.id, [key], to);
          await page.reload();
          page.focus();
          const group = groupOf(state.question, state.key);
          page.say(`Moved: it is in group ${numberOf(state.question, group)} now, ${count(group.answers.length, "answer")}.`);
        }),
      page.focus,
    );
  }

  function edit(fresh) {
    const saved = async (answers, changed) => {
      await page.reload();
      page.say(changed > 0 ? `Items kept: ${answers} changed with them.` : "Items kept.");
    };
    editItems(state.question, fresh, saved, page.focus);
  }

  function offer(text) {
    byId("comment").value = text;
    draft(text);
    if (!keepComment()) page.say("The comment will be kept with the points.");
    page.changed();
    page.focus();
  }

  function typePoints() {
    const value = typed(byId("points").value, state.question.points);
    if (value === null) {
      page.warn(`Type points from 0 to ${points(state.question.points)}.`);
      byId("points").select();
      return;
    }
    page.warn("");
    give(markOf()?.items ?? [], value === sumOf(state.question, markOf()?.items ?? []) ? null : value);
    page.focus();
  }

  function saveComment() {
    if (!keepComment() && state.drafts.has(state.draftKey)) page.say("The comment will be kept with the points.");
    page.focus();
  }

  return {
    hooks,
    go,
    toggle,
    mode,
    offer,
    typePoints,
    saveComment,
    keepOwnComment,
    keys: {
      next: () => stepTo(true),
      previous: () => stepTo(false),
      ungraded,
      item: (digit) => {
        const item = state.question.items[digit - 1];
        if (item) toggle(item.id);
        else page.say(`There is no item ${digit}: a adds one.`);
      },
      zero: () => give([], 0),
      takeback: () => give([], null),
      confirm,
      points: () => byId("points").select(),
      comment: () => byId("comment").focus(),
      "comment-save": saveComment,
      mode: () => mode(),
      move,
      add: () => edit(true),
      edit: () => edit(false),
      paper: () => togglePaper(state.question.answers[state.key]),
      undo,
    },
  };
}

/** Who gave what in the meantime; null if nobody did. */
function meanwhile(question, conflicts = {}) {
  const said = Object.entries(conflicts).map(([key, mark]) => {
    const given = !mark || mark.points === null ? "no points any more" : count(mark.points, "point");
    return `${question.answers[key]?.alias ?? key} has ${given}${mark?.by ? ` by ${mark.by}` : ""}`;
  });
  return said.length > 0 ? `Not kept, since somebody else has decided meanwhile: ${said.join("; ")}. Look again.` : null;
}
