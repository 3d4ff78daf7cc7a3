// The chooser of a group for one answer.

import { byId, count, fill, make, open, show } from "./dom.js";
import { groupOf, numberOf } from "./walk.js";
import { whose } from "./group.js";

const OWN = ""; // a group of its own
const SHOWN = 90; // characters of a group's first answer

function choices(question, key) {
  const now = groupOf(question, key);
  const own = now.answers.length > 1 ? [{ value: OWN, text: "A group of its own" }] : [];
  const others = question.groups
    .filter((one) => one !== now)
    .map((one) => {
      const first = question.answers[one.answers[0]].text.trim().replace(/\s+/g, " ");
      const text = first.length > SHOWN ? `${first.slice(0, SHOWN)} …` : first || "(nothing written)";
      return { value: one.id, text: `${numberOf(question, one)} · ${count(one.answers.length, "answer")} · ${text}` };
    });
  return [...own, ...others];
}

/** Let a person choose; calls *moved(to)* with the group's id, or with "" for a group of its own. */
export function chooseGroup(question, key, moved, closed) {
  const all = choices(question, key);
  const [form, filter, list] = [byId("move-form"), byId("move-filter"), byId("move-to")];
  byId("move-head").textContent = `Move ${whose(question.answers[key])}`;
  fill(filter, "");
  const offer = () => {
    const words = filter.value.trim().toLowerCase();
    const found = all.filter((one) => one.text.toLowerCase().includes(words));
    show(list, found.map((one) => make("option", { value: one.value }, one.text)));
    list.selectedIndex = found.length > 0 ? 0 : -1;
  };
  offer();
  filter.oninput = offer;
  filter.onkeydown = (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      list.focus();
    }
  };
  list.onkeydown = (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit();
    }
  };
  list.ondblclick = () => form.requestSubmit();
  form.onsubmit = (event) => {
    event.preventDefault();
    if (list.selectedIndex < 0) return;
    const to = list.value;
    byId("move-dialog").close();
    moved(to);
  };
  open(byId("move-dialog"), closed);
  list.focus();
}
