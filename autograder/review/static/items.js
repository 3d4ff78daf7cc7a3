// Right: the rubric items, points and the comment; always with what they are for.

import { byId, count, fill, kbd, make, points, show, signed, write } from "./dom.js";
import { ownPoints, uniform } from "./walk.js";

const MOST_OFFERS = 6;

/** `8 answers`, `this answer`. */
export const whom = (state) => (state.targets.length > 1 ? count(state.targets.length, "answer") : "this answer");

export function drawDecision(state, act) {
  const { question } = state;
  const mark = state.key === null ? null : question.answers[state.key].mark;
  show(byId("applies"), "For ", make("strong", {}, state.key === null ? "no answer" : whom(state)));
  warn(state);
  show(byId("items"), question.items.map((one, index) => item(one, index, mark, act)), question.items.length === 0 && none());
  drawPoints(question, mark);
  drawComment(state, act);
}

function warn(state) {
  const mixed = state.targets.length > 1 && !uniform(state.question, state.targets);
  byId("warns").hidden = !mixed;
  write(byId("warns"), mixed ? `These ${count(state.targets.length, "answer")} do not all have the same decision. What you decide now replaces what they have.` : "");
}

const none = () => make("li", { class: "soft small" }, "No items yet: add one, or type points.");

function item(one, index, mark, act) {
  return make(
    "li",
    {},
    make(
      "button",
      {
        type: "button",
        class: "item",
        "aria-pressed": String(mark?.items.includes(one.id) ?? false),
        "data-key": `item-${one.id}`,
        on: { click: () => act.toggle(one.id) },
      },
      index < 9 ? kbd(index + 1) : make("span", { class: "nokey" }),
      make("span", { class: "what" }, one.text),
      one.used > 0 && make("span", { class: "soft small", title: `used ${one.used} times` }, `×${one.used}`),
      make("span", { class: "worth" }, signed(one.points)),
    ),
  );
}

function drawPoints(question, mark) {
  const field = byId("points");
  if (document.activeElement !== field) fill(field, mark && mark.points !== null ? points(mark.points) : "");
  write(byId("points-of"), `of ${points(question.points)}`);
  byId("takeback").hidden = !mark;
  const own = ownPoints(question, mark);
  const typed = own !== null && mark.items.length > 0 ? " (typed, in place of the items' sum)" : "";
  const by = mark?.pending ? "being kept …" : mark?.by ? `by ${mark.by}` : "";
  write(byId("given"), mark ? `${count(mark.points, "point")}${typed}, ${by}` : "Not graded yet.");
}

function drawComment(state, act) {
  const field = byId("comment");
  const answer = state.question.answers[state.key];
  const saved = answer?.mark?.comment ?? answer?.note ?? "";
  const draft = state.drafts.get(state.draftKey);
  fill(field, draft ?? saved);
  const graded = (answer?.mark ?? null) !== null;
  const open = draft !== undefined && draft !== saved;
  write(byId("comment-state"), !open ? "" : graded ? "Not saved yet: Enter saves it." : "It will be kept with the points.");
  byId("comment-save").hidden = !(open && graded);
  offers(state, act);
}

/** Earlier comments of this question, those that contain what has been typed first. */
function offers(state, act) {
  const text = byId("comment").value.trim().toLowerCase();
  const fitting = state.question.comments.filter((one) => one.toLowerCase() !== text && one.toLowerCase().includes(text));
  const chosen = (fitting.length > 0 || text === "" ? fitting : []).slice(0, MOST_OFFERS);
  show(
    byId("offers"),
    chosen.length > 0 && make("h3", { class: "soft small" }, "Earlier comments ", kbd("↓")),
    chosen.length > 0 &&
      make(
        "ul",
        { class: "offers" },
        chosen.map((one, index) =>
          make(
            "li",
            {},
            make(
              "button",
              { type: "button", class: "quiet", "data-key": `offer-${index}`, on: { click: () => act.offer(one) } },
              one,
            ),
          ),
        ),
      ),
  );
}

/** Arrow keys between the comment and what is offered. */
export function arrows(event) {
  const all = [byId("comment"), ...byId("offers").querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const down = event.key === "ArrowDown";
  if (at < 0 || !(down || event.key === "ArrowUp")) return;
  const field = all[0];
  if (at === 0 && (!down || field.value.slice(field.selectionStart).includes("\n"))) return;
  const next = all[at + (down ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
