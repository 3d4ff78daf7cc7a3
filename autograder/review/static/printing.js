// A question on paper: all its groups with all answers, which the screen shows one by one.

import { byId, count, make, points, show } from "./dom.js";
import { FOLDED, verdict, whose } from "./group.js";

function given(question, one) {
  const mark = one.mark && one.mark.points !== null ? `${points(one.mark.points)} of ${points(question.points)}` : "not graded";
  return `${whose(one)}: ${one.decided || mark}`;
}

/** Answers whose text is the same are printed once. */
function same(question, ones) {
  return make(
    "article",
    {},
    make("p", { class: "prose" }, ones[0].text.trim() || "Nothing was written."),
    make("p", {}, ones.map((one) => given(question, one)).join("; ")),
  );
}

function answer(question, one) {
  return make(
    "article",
    {},
    make("h4", {}, given(question, one)),
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
    question.groups.map((group, index) => {
      const ones = group.answers.map((key) => question.answers[key]);
      const once = FOLDED.has(group.kind) && ones.every((one) => !one.mark?.comment);
      const head = make("h3", {}, `Group ${index + 1}: ${count(ones.length, "answer")}`);
      return [head, once ? same(question, ones) : ones.map((one) => answer(question, one))];
    }),
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
