// The keyboard: one table, from which both the keys and the help are made.

/** Key, what it does, the name of the action, and in which views. */
export const KEYS = [
  ["j", "next answer, or next group where groups are graded at once", "next", "answers second"],
  ["k", "previous answer or group", "previous", "answers second"],
  ["n", "next ungraded one", "ungraded", "answers"],
  ["1 … 9", "rubric item on or off: this decides at once", "item", "answers second"],
  ["0", "0 points", "zero", "answers second"],
  ["Enter", "confirm what is proposed, or the points of a second reading", "confirm", "answers second"],
  ["p", "type points", "points", "answers second"],
  ["c", "comment; ↓ goes to earlier comments", "comment", "answers"],
  ["g", "the whole group at once, or one by one", "mode", "answers"],
  ["m", "move this answer to another group, or out of it", "move", "answers"],
  ["a", "add a rubric item", "add", "answers"],
  ["e", "edit rubric items", "edit", "answers"],
  ["r", "the pages of the report", "paper", "answers"],
  ["u", "undo my last decision", "undo", "answers"],
  ["[", "previous question or student", "back", "answers second student"],
  ["]", "next question or student", "forth", "answers second student"],
  ["h", "names shown or hidden", "names", "answers"],
  ["?", "this help", "help", "answers second student"],
  ["Esc", "leave a field or a dialog", null, "answers second student"],
];

/** The key that was meant: with a Korean layout, j gives ㅓ, and its place on the keyboard still says j. */
export function meant(event) {
  if (/^[\x20-\x7e]$/.test(event.key)) return event.key;
  if (event.key === "Enter") return "Enter";
  const letter = /^Key([A-Z])$/.exec(event.code);
  return letter && event.key.length === 1 ? letter[1].toLowerCase() : "";
}

const FIELDS = "input, textarea, select, [contenteditable]";
const PRESSED = "button, a, summary"; // Enter is theirs

/** Call *does(action, digit)* for each key that is one, unless somebody is typing or a dialog is open. */
export function listen(view, does) {
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.(FIELDS);
    if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) {
      does("leave");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (field || document.querySelector("dialog[open]")) return;
    const key = meant(event);
    if (key === "Enter" && event.target.closest?.(PRESSED)) return;
    const digit = /^[1-9]$/.test(key) ? Number(key) : null;
    const found = KEYS.find(([one, , , views]) => views.includes(view()) && (digit ? one === "1 … 9" : one === key));
    if (!found?.[2]) return;
    event.preventDefault();
    does(found[2], digit);
  });
}
