// Left: the questions with their progress, and who has graded how many.

import { byId, count, make, show } from "./dom.js";

const share = (done, all) => (all ? Math.round((100 * done) / all) : 100);

function bar(done, all, what) {
  return make("progress", { max: all || 1, value: done, "aria-label": `${what}: ${done} of ${all}` });
}

function agreement(second) {
  if (second.wanted === 0) return "nothing to read yet";
  if (second.kappa === null || second.kappa === undefined) return `${second.read} of ${second.wanted} read`;
  return `${second.read} of ${second.wanted} read, kappa ${second.kappa.toFixed(2)}`;
}

function row(question, state) {
  const current = question.id === state.id && state.view !== "student";
  const second = state.view === "second";
  const [done, all] = second ? [question.second.read, question.second.wanted] : [question.graded, question.answers];
  const others = state.others.filter((one) => one.question === question.id).map((one) => one.by);
  const link = make(
    "a",
    {
      href: `#${second ? "second" : "answers"}/${encodeURIComponent(question.id)}`,
      "aria-current": current ? "true" : null,
      class: all > 0 && done >= all ? "done" : null,
      "data-key": `question-${question.id}`,
    },
    make("span", { class: "what" }, make("b", {}, question.id), ` ${question.title}`),
    make(
      "span",
      { class: "how soft small" },
      bar(done, all, second ? "read" : "graded"),
      second ? agreement(question.second) : done >= all ? `all ${all}` : `${done} of ${all}`,
    ),
    others.length > 0 && make("span", { class: "who small" }, `${others.join(", ")} ${others.length === 1 ? "is" : "are"} here`),
  );
  return make("li", {}, link);
}

/** By grader, over all questions. */
export function byGrader(questions) {
  const sums = new Map();
  for (const question of questions) {
    for (const [who, number] of Object.entries(question.graders)) sums.set(who, (sums.get(who) ?? 0) + number);
  }
  return [...sums].sort((one, other) => other[1] - one[1]);
}

export function total(questions) {
  const sum = (of) => questions.reduce((all, one) => all + of(one), 0);
  return { done: sum((one) => one.graded), all: sum((one) => one.answers) };
}

export function drawQuestions(state) {
  const questions = state.klass.questions;
  show(byId("questions"), questions.map((one) => row(one, state)));
  const now = questions.find((one) => one.id === state.id);
  show(
    byId("graders"),
    make("h2", {}, "By grader"),
    make(
      "table",
      {},
      make(
        "thead",
        {},
        make("tr", {}, ["grader", "here", "in all"].map((one) => make("th", { scope: "col" }, one))),
      ),
      make(
        "tbody",
        {},
        byGrader(questions).map(([who, number]) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, who),
            make("td", {}, now?.graders[who] ?? 0),
            make("td", {}, number),
          ),
        ),
      ),
    ),
  );
  const { done, all } = total(questions);
  show(
    byId("whole"),
    bar(done, all, "graded"),
    make("span", {}, done >= all ? `All ${count(all, "answer")} graded` : `${done} of ${all} graded, ${share(done, all)} %`),
  );
}
