// What a grader does: each action is a key and a button.

import * as api from "./api.js";
import { decide } from "./decide.js";
import { byId, count, points, typed } from "./dom.js";
import { editItems } from "./edit.js";
import { groupOf, graded, nextUngraded, ownPoints, saysTheSame, step, sumOf } from "./walk.js";
import { whom } from "./items.js";
import { togglePaper } from "./known.js";
import { chooseGroup } from "./move.js";
import { draft, keepDrafts, otherQuestion, state } from "./state.js";

/** The actions on written answers; *page* draws, loads, says and goes. */
export function actions(page) {
  const markOf = () => (state.key === null ? null : state.question.answers[state.key].mark);

  const hooks = {
    changed: () => page.draw(),
    lost: (error) => page.lost(error),
    refused: (error, job) => {
      if (job.decision.comment) state.drafts.set(`${job.question.id} ${job.keys[0]}`, job.decision.comment);
      keepDrafts();
      page.warn(`Not kept. ${error.message}${meanwhile(job.question, error.body?.conflicts)}`);
      page.reload();
    },
  };

  function decideOn(keys, decision, said) {
    if (keys.length === 0) return;
    page.warn("");
    decide(state.question, keys, decision, hooks);
    page.say(said);
    page.changed();
  }

  /** Decide on all targets, with the comment as it stands there. */
  function give(items, own) {
    if (state.key === null) return;
    const { question } = state;
    const value = own ?? sumOf(question, items);
    const comment = state.drafts.get(state.draftKey) ?? markOf()?.comment ?? "";
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

  /** Keep the comment that was typed, each answer with the points that it has; false if there are none yet. */
  function keepComment() {
    const text = state.drafts.get(state.draftKey);
    if (text === undefined || markOf() === null) return false;
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
    keepComment();
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
    const key = nextUngraded(state.question, state.key, state.whole);
    if (key !== null) {
      if (key === state.key) page.say("This is the last one that is not graded.");
      go(key);
      return;
    }
    keepComment();
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
      page.say(`Undone: ${undone.said}`);
      const key = undone.answers[0] ?? state.key;
      if (undone.question === state.id && state.view === "answers") {
        state.key = key;
        await page.reload();
        page.focus();
      } else {
        state.places.set(undone.question, key);
        page.visit("answers", undone.question);
      }
    });
  }

  function mode(whole) {
    const group = groupOf(state.question, state.key);
    if (group.answers.length === 1) {
      page.say("This answer stands on its own.");
      return;
    }
    keepComment();
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
          page.say(to === "" ? "The answer stands on its own now." : "The answer was moved.");
          await page.reload();
          page.focus();
        }),
      page.focus,
    );
  }

  function edit(fresh) {
    const saved = (answers, changed) => {
      page.say(changed > 0 ? `Items kept: ${answers} changed with them.` : "Items kept.");
      page.reload();
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
    keys: {
      next: () => stepTo(true),
      previous: () => stepTo(false),
      ungraded,
      item: (digit) => state.question.items[digit - 1] && toggle(state.question.items[digit - 1].id),
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

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** Who gave what in the meantime. */
function meanwhile(question, conflicts = {}) {
  const said = Object.entries(conflicts).map(([key, mark]) => {
    const given = !mark || mark.points === null ? "no points any more" : count(mark.points, "point");
    return `${question.answers[key]?.alias ?? key} has ${given}${mark?.by ? ` by ${mark.by}` : ""}`;
  });
  return said.length > 0 ? ` ${said.join("; ")}.` : "";
}
