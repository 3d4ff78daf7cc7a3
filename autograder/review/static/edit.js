// The dialog in which rubric items are added, changed and removed.

import * as api from "./api.js";
import { byId, capital, count, kbd, make, open, points, show, write } from "./dom.js";

/** Points of an item: a loss may be one. */
function read(text, most) {
  const number = Number(text.trim().replace("−", "-").replace(",", "."));
  return text.trim() === "" || !Number.isFinite(number) || Math.abs(number) > most ? null : number;
}

function line(one, index) {
  const text = make("input", { value: one.text, maxlength: 120, "aria-label": `Item ${index + 1}`, class: "wide" });
  const worth = make("input", {
    value: one.id === null ? "" : points(one.points),
    size: 4,
    inputmode: "text",
    "aria-label": `Points of item ${index + 1}`,
  });
  const remove = make("input", { type: "checkbox" });
  const used = one.id !== null && one.used > 0 ? `used ${one.used}×` : "";
  const place = make(
    "li",
    { class: "row" },
    index < 9 ? kbd(index + 1) : make("span", { class: "nokey" }),
    text,
    worth,
    make("span", { class: "soft small used" }, used),
    one.id !== null && make("label", { class: "small" }, remove, " remove"),
  );
  return { one, text, worth, remove, place };
}

/** What has to be told to the server of a line; null if nothing, and a text if something is wrong. */
function change({ one, text, worth, remove }, most) {
  const said = text.value.trim();
  if (one.id === null && said === "" && worth.value.trim() === "") return null;
  if (remove.checked) return { id: one.id, text: one.text, points: one.points, removed: true };
  const number = read(worth.value, most);
  if (said === "") return "An item needs a text.";
  if (number === null) return `"${said}" needs points between −${points(most)} and ${points(most)}.`;
  if (one.id !== null && said === one.text && number === one.points) return null;
  return { id: one.id, text: said, points: number, removed: false };
}

/** Open the dialog; *saved(changed)* is called with how many answers got other points. */
export function editItems(question, fresh, saved, closed) {
  const lines = question.items.map(line);
  const rows = byId("items-rows");
  const add = () => {
    lines.push(line({ id: null, text: "", points: 0 }, lines.length));
    rows.append(lines.at(-1).place);
    lines.at(-1).text.focus();
  };
  show(rows, lines.map((one) => one.place));
  write(byId("items-error"), "");
  byId("items-add").onclick = add;
  byId("items-form").onsubmit = async (event) => {
    event.preventDefault();
    const wanted = lines.map((one) => [one, change(one, question.points)]).filter(([, one]) => one !== null);
    const wrong = wanted.find(([, one]) => typeof one === "string");
    if (wrong) {
      write(byId("items-error"), wrong[1]);
      wrong[0].text.focus();
      return;
    }
    try {
      await save(question, wanted, saved);
      byId("items-dialog").close();
    } catch (error) {
      write(byId("items-error"), capital(error.message));
    }
  };
  open(byId("items-dialog"), closed);
  if (fresh || lines.length === 0) add();
  else lines[0].text.focus();
}

async function save(question, wanted, saved) {
  const changed = new Set();
  for (const [line_, one] of wanted) {
    const reply = await api.item(question.id, one);
    for (const key of reply.changed) changed.add(key);
    // What is kept is not sent a second time if a later one is refused.
    const kept = one.id ?? Math.max(...reply.items.map((item) => item.id));
    line_.one = { ...line_.one, id: kept, text: one.text, points: one.points };
  }
  if (wanted.length > 0) await saved(count(changed.size, "answer"), changed.size);
}
