// A question on paper: all its groups with all answers, which the screen shows one by one.

import { byId, count, make, points, show } from "./dom.js";
import { verdict, whose } from "./group.js";

function answer(question, one) {
  const mark = one.mark && one.mark.points !== null ? `${points(one.mark.points)} of ${points(question.points)}` : "not graded";
  return make(
    "article",
    {},
    make("h4", {}, `${whose(one)}: ${one.decided || mark}`),
    make("p", { class: "prose" }, one.text.trim() || "Nothing was written here."),
    one.mark?.comment && make("p", {}, `Comment: ${one.mark.comment}`),
    verdict(question, one) && make("p", {}, verdict(question, one)),
  );
}

function copy(question) {
  return [
    make("h2", {}, `${question.id} ${question.title}`),
    make("p", {}, count(question.points, "point")),
    make("p", { class: "prose" }, question.text),
    make("h3", {}, "Model answer"),
    make("p", { class: "prose" }, question.model),
    make("h3", {}, "Rubric items"),
    make("ul", {}, question.items.map((one) => make("li", {}, `${one.text}: ${points(one.points)}`))),
    question.groups.map((group, index) => [
      make("h3", {}, `Group ${index + 1}: ${count(group.answers.length, "answer")}`),
      group.answers.map((key) => answer(question, question.answers[key])),
    ]),
  ];
}

/** Make the copy before the browser prints, and throw it away afterwards. */
export function prepare(current) {
  addEventListener("beforeprint", () => {
    const question = current();
    if (question) show(byId("paper-copy"), copy(question));
    document.body.classList.toggle("printing", Boolean(question));
  });
  addEventListener("afterprint", () => {
    show(byId("paper-copy"));
    document.body.classList.remove("printing");
  });
}
