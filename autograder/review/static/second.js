// The second reading: a random tenth of what others have graded, read without their points, and how far both agree.

import * as api from "./api.js";
import { byId, count, kbd, make, points, show, signed, typed } from "./dom.js";
import { drawKnown } from "./known.js";
import { sumOf } from "./walk.js";

/** What is being read; the page's own, none of it is kept before it is confirmed. */
const now = { question: null, answers: [], at: 0, chosen: [], own: "", result: null, sending: false };

export const current = () => now.answers[now.at] ?? null;

/** Ask for what is to be read of a question. */
export async function load(question) {
  const same = now.question?.id === question.id;
  const reply = await api.getSecond(question.id);
  const result = reply.differ ? reply : same ? now.result : null;
  Object.assign(now, { question, answers: reply.answers, at: 0, chosen: [], own: "", result });
}

const value = () => (now.own.trim() !== "" ? typed(now.own, now.question.points) : sumOf(now.question, now.chosen));

export function toggle(index) {
  const item = now.question.items[index];
  if (!item || current() === null || now.sending) return;
  now.own = "";
  now.chosen = now.chosen.includes(item.id) ? now.chosen.filter((one) => one !== item.id) : [...now.chosen, item.id];
}

export function zero() {
  if (now.sending) return;
  now.chosen = [];
  now.own = "0";
}

export function go(forward) {
  const at = now.at + (forward ? 1 : -1);
  if (at < 0 || at >= now.answers.length || now.sending) return false;
  Object.assign(now, { at, chosen: [], own: "" });
  return true;
}

/** Keep the points; a sentence, or null if there are none yet. */
export async function confirm() {
  const answer = current();
  const given = answer === null ? null : value();
  if (given === null || now.sending) return null;
  now.sending = true;
  try {
    now.result = await api.readSecond(now.question.id, answer.key, given);
  } finally {
    now.sending = false;
  }
  now.answers = now.answers.filter((one) => one !== answer);
  Object.assign(now, { at: Math.min(now.at, Math.max(0, now.answers.length - 1)), chosen: [], own: "" });
  return `${answer.alias}: ${count(given, "point")}. ${now.result.read} of ${now.result.wanted} read.`;
}

const kappa = (number) => (number === null || number === undefined ? "not known yet" : number.toFixed(2));

function agreement(questions, state) {
  const row = (one) => {
    const second = one.id === now.question?.id && now.result ? { ...now.result, differ: now.result.differ.length } : one.second;
    return make(
      "tr",
      {},
      make(
        "th",
        { scope: "row" },
        make("a", { href: `#second/${encodeURIComponent(one.id)}`, "aria-current": one.id === state.id ? "true" : null }, one.id),
      ),
      make("td", {}, `${second.read} of ${second.wanted}`),
      make("td", {}, kappa(second.kappa)),
      make("td", {}, second.differ),
    );
  };
  return make(
    "details",
    { open: current() === null, id: "agreement" },
    make("summary", {}, "Agreement by question"),
    make(
      "div",
      { class: "scroll" },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ["question", "read", "Cohen’s kappa", "differ"].map((one) => make("th", { scope: "col" }, one)))),
        make("tbody", {}, questions.map(row)),
      ),
    ),
    make(
      "p",
      { class: "soft small" },
      "Kappa is 1 where both give the same points to all, and 0 where they agree no more often than by chance.",
    ),
  );
}

function differences() {
  const differ = now.result?.differ ?? [];
  if (differ.length === 0) return null;
  const link = (one) =>
    make("a", { href: `#answers/${encodeURIComponent(now.question.id)}/${encodeURIComponent(one.key)}` }, one.alias);
  return make(
    "section",
    { "aria-labelledby": "differ-head" },
    make("h3", { id: "differ-head" }, "Where the two readings differ"),
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ["answer", "first", "second"].map((one) => make("th", { scope: "col" }, one)))),
      make(
        "tbody",
        {},
        differ.map((one) =>
          make("tr", {}, make("th", { scope: "row" }, link(one)), make("td", {}, points(one.first)), make("td", {}, points(one.second))),
        ),
      ),
    ),
  );
}

function text(answer) {
  return make(
    "article",
    { class: "answer current meant", tabindex: "-1", "data-key": "second-answer", "aria-label": answer.alias },
    make("header", { class: "row" }, make("b", {}, answer.alias), make("span", { class: "soft small" }, `${now.at + 1} of ${now.answers.length} still to read`)),
    make("p", { class: answer.text.trim() ? "words" : "words nothing" }, answer.text.trim() ? answer.text : "Nothing was written here."),
  );
}

export function drawSecond(state, act) {
  const answer = current();
  show(
    byId("second-view"),
    make("h2", { id: "second-head", tabindex: "-1" }, `Second reading: ${now.question.id} ${now.question.title}`),
    make(
      "p",
      { class: "soft" },
      "A random tenth of the answers that others have graded. Read them as if you were the first: their points are not shown.",
    ),
    make("details", {}, make("summary", {}, "The question"), make("p", { class: "prose" }, now.question.text)),
    answer ? text(answer) : make("p", { class: "note" }, "Nothing is left for you to read of this question."),
    differences(),
    agreement(state.klass.questions, state),
  );
  drawReading(answer, act);
  drawKnown(answer);
}

function drawReading(answer, act) {
  const place = byId("reading");
  show(byId("applies"), answer ? ["For ", make("strong", {}, answer.alias)] : "Nothing to decide");
  if (answer === null) {
    show(place);
    return;
  }
  const field = make("input", {
    id: "second-points",
    inputmode: "decimal",
    size: 4,
    value: now.own || (value() === null ? "" : points(value())),
    "data-key": "second-points",
    on: { input: (event) => ((now.own = event.target.value), (now.chosen = [])) },
  });
  show(
    place,
    make(
      "ul",
      { class: "items" },
      now.question.items.map((one, index) =>
        make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              class: "item",
              "aria-pressed": String(now.chosen.includes(one.id)),
              "data-key": `second-item-${one.id}`,
              on: { click: () => act.secondToggle(index) },
            },
            index < 9 ? kbd(index + 1) : make("span", { class: "nokey" }),
            make("span", { class: "what" }, one.text),
            make("span", { class: "worth" }, signed(one.points)),
          ),
        ),
      ),
    ),
    make(
      "form",
      {
        class: "row",
        autocomplete: "off",
        on: {
          submit: (event) => {
            event.preventDefault();
            act.run("confirm");
          },
        },
      },
      make("button", { type: "button", "data-key": "second-zero", on: { click: () => act.run("zero") } }, "0 points ", kbd("0")),
      make("label", { for: "second-points" }, "Points ", kbd("p")),
      field,
      make("span", { class: "soft" }, `of ${points(now.question.points)}`),
      make("button", { type: "submit", class: "main", "data-key": "second-give" }, "Keep ", kbd("Enter")),
    ),
    make("p", { class: "soft small" }, "Nothing is kept before you confirm it."),
  );
}
