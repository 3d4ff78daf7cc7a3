// Centre: the map of all groups, and the group one is at, with its answers.

import { byId, count, kbd, make, points, prose, show, write } from "./dom.js";
import { countGraded, graded, groupOf, numberOf, uniform } from "./walk.js";

const KIND = {
  empty: ["nothing was written", "nothing written"],
  identical: ["word for word the same", "the same words"],
  similar: ["similar", "similar"],
  single: ["on its own", "on its own"],
};

const HOW = { open: "not graded", begun: "partly graded", done: "graded" };

export const FOLDED = new Set(["empty", "identical"]); // one text stands for all while the group is graded at once

/** What a group's points are: `1.5`, `0 to 2`, or nothing. */
function given(question, group) {
  const marks = group.answers.map((key) => question.answers[key]).filter((one) => one.mark && one.mark.points !== null);
  const values = [...new Set(marks.map((one) => one.mark.points))].sort((one, other) => one - other);
  if (values.length === 0) return "";
  return values.length === 1 ? points(values[0]) : `${points(values[0])} to ${points(values.at(-1))}`;
}

function progressOf(question, group) {
  const done = group.answers.filter((key) => graded(question.answers[key])).length;
  return done === 0 ? "open" : done < group.answers.length ? "begun" : "done";
}

function chip(state, group, act) {
  const { question } = state;
  const number = numberOf(question, group);
  const how = progressOf(question, group);
  const others = state.others.some((one) => one.answers.some((key) => group.answers.includes(key)));
  const first = question.answers[group.answers[0]].text.slice(0, 120);
  const points_ = given(question, group);
  const size = group.answers.length;
  return make(
    "li",
    {},
    make(
      "button",
      {
        type: "button",
        class: `chip ${how}`,
        title: first,
        "data-key": `group-${number}`,
        "aria-current": group.answers.includes(state.key) ? "true" : null,
        on: { click: () => act.go(group.answers[0]) },
      },
      make("span", { class: "unseen" }, "Group "),
      make("b", {}, number),
      size > 1 && make("span", { class: "size" }, `×${size}`),
      points_ && make("span", { class: "given" }, points_),
      others && make("span", { class: "dot" }),
      make("span", { class: "unseen" }, `: ${count(size, "answer")}, ${KIND[group.kind][1]}, ${HOW[how]}${others ? ", somebody else is here" : ""}`),
    ),
  );
}

export function drawHead(state) {
  const { question } = state;
  const done = countGraded(question);
  const all = Object.keys(question.answers).length;
  write(byId("question-title"), `${question.id} ${question.title}`);
  const left = done >= all ? `all ${count(all, "answer")} graded` : `${done} of ${count(all, "answer")} graded`;
  write(byId("question-facts"), `${count(question.points, "point")} · ${left}`);
  prose(byId("question-words"), question.text);
  prose(byId("model-words"), question.model);
}

export function drawMap(state, act) {
  const { question } = state;
  write(byId("map-head"), count(question.groups.length, "group"));
  show(byId("groups"), question.groups.map((group) => chip(state, group, act)));
  keepInSight(byId("groups"));
  const slider = byId("threshold");
  if (document.activeElement !== slider) slider.value = question.threshold;
  const usual = Math.abs(question.threshold - question.default) < 1e-9;
  write(byId("threshold-said"), `${question.threshold.toFixed(2)}${usual ? " (usual)" : ""}`);
  byId("threshold-usual").hidden = usual;
  show(byId("usual"), make("option", { value: question.default }));
}

/** Scroll the map, and nothing else, to where one is. */
function keepInSight(map) {
  const now = map.querySelector("[aria-current]");
  if (!now || map.scrollHeight <= map.clientHeight) return;
  const [top, bottom] = [now.offsetTop - map.offsetTop, now.offsetTop - map.offsetTop + now.offsetHeight];
  if (top < map.scrollTop || bottom > map.scrollTop + map.clientHeight) map.scrollTop = top - map.clientHeight / 2;
}

function headline(state, group) {
  const { question } = state;
  const size = group.answers.length;
  const kind = KIND[group.kind][0];
  return `Group ${numberOf(question, group)} of ${question.groups.length}: ` +
    (size === 1 ? `1 answer, ${kind}` : `${size} answers, ${kind}`);
}

function facts(group) {
  const said = [];
  if (group.tightest !== null && group.tightest !== undefined) {
    said.push(`tightest threshold ${group.tightest.toFixed(2)}`);
  }
  if (group.moved) said.push("changed by hand");
  return said.join(" · ");
}

function modes(state, group, act) {
  if (group.answers.length === 1) return null;
  const choice = (whole, text) =>
    make(
      "button",
      {
        type: "button",
        "aria-pressed": String(state.whole === whole),
        "data-key": `mode-${whole}`,
        on: { click: () => act.mode(whole) },
      },
      text,
    );
  return make(
    "div",
    { class: "modes", role: "group", "aria-label": "What a decision is for" },
    choice(true, "Whole group"),
    choice(false, "One by one"),
    kbd("g"),
  );
}

function whoElse(state, group) {
  const here = state.others.filter((one) => one.answers.some((key) => group.answers.includes(key)));
  if (here.length === 0) return null;
  const said = here.map((one) => {
    const at = one.answers.filter((key) => group.answers.includes(key));
    const where = at.length === group.answers.length ? "this group" : at.map((key) => state.question.answers[key].alias).join(", ");
    return `${one.by} is on ${where} now`;
  });
  return make("p", { class: "who note" }, `${said.join("; ")}.`);
}

function proposed(state, act) {
  const keys = state.targets.filter((key) => {
    const answer = state.question.answers[key];
    return (answer.proposed ?? null) !== null && !graded(answer);
  });
  if (keys.length === 0) return null;
  const value = state.question.answers[keys[0]].proposed;
  return make(
    "p",
    { class: "note row" },
    make("span", {}, `Proposed: ${count(value, "point")}. Nobody has decided yet.`),
    make(
      "button",
      { type: "button", class: "main", "data-key": "confirm", on: { click: () => act.run("confirm") } },
      `Give ${points(value)} to ${keys.length === 1 ? "it" : `all ${keys.length}`} `,
      kbd("Enter"),
    ),
  );
}

export function drawGroup(state, act) {
  const { question } = state;
  const place = byId("group");
  if (state.key === null) {
    show(place, make("h3", { id: "group-head" }, "No answers"), make("p", { class: "soft" }, "Nobody has answered this question."));
    return;
  }
  const group = groupOf(question, state.key);
  const folded = state.whole && FOLDED.has(group.kind) && group.answers.length > 1;
  const shown = folded ? [state.key] : group.answers;
  place.classList.toggle("at-once", state.whole && group.answers.length > 1);
  show(
    place,
    make(
      "header",
      { class: "row spread" },
      make("h3", { id: "group-head" }, headline(state, group), make("span", { class: "soft small facts" }, facts(group))),
      modes(state, group, act),
    ),
    whoElse(state, group),
    proposed(state, act),
    shown.map((key) => answer(state, group, key, act)),
    folded && theSame(state, group, act),
  );
}

/** The others of a group whose texts are the same. */
function theSame(state, group, act) {
  return make(
    "div",
    { class: "same" },
    make("h4", {}, group.kind === "empty" ? "The same for" : "The same words by"),
    make(
      "ul",
      { class: "chips" },
      group.answers.map((key) => {
        const one = state.question.answers[key];
        return make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              class: `chip ${graded(one) ? "done" : "open"}`,
              "data-key": `same-${key}`,
              "aria-current": key === state.key ? "true" : null,
              on: { click: () => act.go(key) },
            },
            whose(one),
            one.mark && one.mark.points !== null && make("span", { class: "given" }, points(one.mark.points)),
          ),
        );
      }),
    ),
  );
}

export const whose = (answer) => answer.student ?? answer.alias;

function words(answer) {
  if (answer.text.trim() === "") return make("p", { class: "words nothing" }, "Nothing was written here.");
  const spans = answer.spans?.length ? answer.spans : [[answer.text, false]];
  return make("p", { class: "words" }, spans.map(([text, differs]) => (differs ? make("mark", {}, text) : text)));
}

/** What was decided on an answer, and by whom. */
export function verdict(question, answer) {
  if (answer.decided) return answer.decided;
  if (!answer.mark || answer.mark.points === null) return "";
  const items = question.items.filter((one) => answer.mark.items.includes(one.id)).map((one) => one.text);
  return items.join(", ");
}

function badge(question, answer) {
  const mark = answer.mark;
  if (mark && mark.points !== null) {
    const full = mark.points >= question.points ? "full" : mark.points === 0 ? "none" : "part";
    return make("span", { class: `badge ${full}${mark.pending ? " pending" : ""}` }, `${points(mark.points)} / ${points(question.points)}`);
  }
  if (answer.decided) return make("span", { class: "badge part" }, "decided");
  return make("span", { class: "badge open" }, "not graded");
}

function answer(state, group, key, act) {
  const { question } = state;
  const one = question.answers[key];
  const current = key === state.key;
  const said = verdict(question, one);
  return make(
    "article",
    {
      class: `answer${current ? " current" : ""}${state.targets.includes(key) ? " meant" : ""}`,
      tabindex: "-1",
      "data-key": `answer-${key}`,
      "aria-label": `${whose(one)}${current ? ", current" : ""}`,
      on: { click: (event) => event.target.closest("button, a, summary") || String(getSelection()) || act.go(key) },
    },
    make(
      "header",
      { class: "row" },
      make(
        "button",
        { type: "button", class: "alias", "data-key": `alias-${key}`, "aria-current": current ? "true" : null, on: { click: () => act.go(key) } },
        whose(one),
      ),
      badge(question, one),
      said && make("span", { class: "soft small said" }, said),
      make("span", { class: "gap" }),
      one.student && make("a", { class: "small", href: `#student/${encodeURIComponent(one.student)}` }, "all checks"),
      current &&
        make(
          "button",
          { type: "button", class: "quiet", "data-key": "move", on: { click: () => act.run("move") } },
          "Move ",
          kbd("m"),
        ),
    ),
    words(one),
    (one.mark?.comment || (!one.mark && one.note)) && make("p", { class: "remark" }, one.mark?.comment || one.note),
    one.stale &&
      make(
        "p",
        { class: "note small" },
        `An earlier answer of this student had ${one.stale.points === null ? "no points" : count(one.stale.points, "point")}`,
        one.stale.comment ? `: ${one.stale.comment}` : ".",
      ),
    signs(one),
  );
}

/** In short what else there is to know, which the right side tells in full. */
function signs(one) {
  const said = [...(one.elsewhere ? [one.elsewhere] : []), ...(one.evidence ?? [])];
  if (one.candidates?.length) said.push(`${count(one.candidates.length, "text")} elsewhere may be the answer`);
  if (said.length === 0) return null;
  return make("ul", { class: "signs small" }, said.map((text) => make("li", {}, text)));
}

/** Whether the answers of a group have the same decision. */
export const atOnce = (question, group) => uniform(question, group.answers);
