// One student's checks, each with what was seen, and a person's last word on them.

import * as api from "./api.js";
import { byId, capital, count, fill, make, open, points, show, typed, write } from "./dom.js";

let data = null;
let filter = "all";

const FILTERS = {
  all: ["all", () => true],
  lost: ["lost points", (one) => one.earned === null || one.earned < one.points],
  decided: ["decided by a person", (one) => Boolean(one.decided)],
};

export async function load(student) {
  data = student ? await api.getStudent(student) : null;
}

export const current = () => data?.student ?? null;

function chooser(state, act) {
  const field = make("input", {
    id: "student",
    list: "students",
    value: data?.student ?? "",
    spellcheck: "false",
    "data-key": "student",
    autocomplete: "off",
    on: { change: (event) => state.klass.students.includes(event.target.value) && act.student(event.target.value) },
  });
  return make(
    "form",
    {
      class: "row",
      on: {
        submit: (event) => {
          event.preventDefault();
          act.student(field.value.trim());
        },
      },
    },
    make("label", { for: "student" }, "Student"),
    field,
    make("datalist", { id: "students" }, state.klass.students.map((one) => make("option", { value: one }))),
    make("button", { type: "submit" }, "Show"),
    make("button", { type: "button", class: "quiet", "data-key": "student-back", on: { click: () => act.run("back") } }, "Previous ", make("kbd", {}, "[")),
    make("button", { type: "button", class: "quiet", "data-key": "student-forth", on: { click: () => act.run("forth") } }, "Next ", make("kbd", {}, "]")),
  );
}

function check(one, act) {
  const earned = one.earned === null || one.earned === undefined ? "–" : points(one.earned);
  return make(
    "li",
    { class: "check" },
    make(
      "div",
      { class: "row" },
      make("h3", {}, make("b", {}, one.id), ` ${one.title}`),
      make("span", { class: "gap" }),
      make("span", { class: "badge" }, one.status),
      make("span", { class: "worth" }, `${earned} / ${points(one.points)}`),
      make(
        "button",
        { type: "button", "data-key": `check-${one.id}`, "aria-label": `Decide on ${one.id}`, on: { click: () => decide(one, act) } },
        "Decide",
      ),
    ),
    make(
      "div",
      { class: "beside" },
      make("p", { class: "prose" }, one.said || "Nothing was said."),
      one.seen && make("pre", { class: "seen", tabindex: "0", role: "region", "aria-label": `What was seen of ${one.id}` }, one.seen),
    ),
    one.decided &&
      make(
        "p",
        { class: "note row" },
        make("span", {}, one.decided),
        make(
          "button",
          { type: "button", class: "quiet", "data-key": `undo-${one.id}`, "aria-label": `Take back the decision on ${one.id}`, on: { click: () => act.overrideUndo(data.student, one.id) } },
          "Take back",
        ),
      ),
  );
}

function decide(one, act) {
  byId("override-head").textContent = `${data.student}: ${one.id} ${one.title}`;
  show(
    byId("override-facts"),
    make("p", {}, make("span", { class: "badge" }, one.status), ` ${one.said}`),
    one.seen && make("pre", { class: "seen", tabindex: "0", role: "region", "aria-label": "What was seen" }, one.seen),
    one.decided && make("p", { class: "note" }, one.decided),
  );
  fill(byId("override-points"), one.earned === null || one.earned === undefined ? "" : points(one.earned));
  fill(byId("override-why"), "");
  byId("override-of").textContent = `of ${points(one.points)}`;
  write(byId("override-error"), "");
  byId("override-form").onsubmit = async (event) => {
    event.preventDefault();
    const given = typed(byId("override-points").value, one.points);
    if (given === null) {
      write(byId("override-error"), `Type points from 0 to ${points(one.points)}.`);
      byId("override-points").focus();
      return;
    }
    try {
      const { said } = await api.override(data.student, one.id, String(given), byId("override-why").value.trim());
      byId("override-dialog").close();
      act.overridden(said);
    } catch (error) {
      write(byId("override-error"), capital(error.message)); // and what was typed stays
    }
  };
  open(byId("override-dialog"));
  byId("override-points").select();
}

export function drawStudent(state, act) {
  const shown = data?.checks.filter(FILTERS[filter][1]) ?? [];
  show(
    byId("student-view"),
    make("h2", { id: "student-head", tabindex: "-1" }, data ? `${data.student}: ${points(data.total)} of ${points(data.maximum)} points` : "One student"),
    make("p", { class: "soft" }, "Every check with what was seen. A decision stands in the student’s report with its reason, and stays when hand-ins are graded again."),
    chooser(state, act),
    data &&
      make(
        "div",
        { class: "modes", role: "group", "aria-label": "Which checks" },
        Object.entries(FILTERS).map(([name, [text, fits]]) =>
          make(
            "button",
            {
              type: "button",
              "aria-pressed": String(filter === name),
              "data-key": `filter-${name}`,
              on: {
                click: () => {
                  filter = name;
                  drawStudent(state, act);
                },
              },
            },
            `${text} ${data.checks.filter(fits).length}`,
          ),
        ),
      ),
    data?.remarks.length > 0 && make("ul", { class: "note" }, data.remarks.map((one) => make("li", {}, one))),
    data && make("ul", { class: "checks", "aria-label": count(shown.length, "check") }, shown.map((one) => check(one, act))),
  );
}
