// Elements made from texts alone: nothing here reads HTML, so that a student's text is shown and never run.

/** An element. Properties: `class`, `on` (handlers by event), any attribute; false and null leave an attribute out. */
export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, does] of Object.entries(value)) made.addEventListener(event, does);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...wanted(children));
  return made;
}

const wanted = (children) =>
  children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false && one !== "");

export const byId = (id) => document.getElementById(id);

/** A key as it stands on the keyboard. */
export const kbd = (key) => make("kbd", {}, key);

/** Replace what stands in *place*; the focus stays on what has the same `data-key` in the new content, and the caret. */
export function show(place, ...children) {
  const focused = document.activeElement;
  const held = place.contains(focused) ? focused.dataset.key : undefined;
  const caret = held !== undefined && focused.matches("input") ? [focused.selectionStart, focused.selectionEnd] : null;
  place.replaceChildren(...wanted(children));
  if (held === undefined) return;
  const again = place.querySelector(`[data-key="${CSS.escape(held)}"]`) ?? byId("main");
  again.focus({ preventScroll: true });
  if (caret && again.matches("input")) again.setSelectionRange(...caret);
}

/** Set a text, and only if it is another one: what is announced is announced once, a caret stays where it is. */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

export function fill(field, text) {
  if (field.value !== text) field.value = text;
}

/** Points as people write them. */
export const points = (number) => String(Number(Number(number).toFixed(2))).replace("-", "−");

export const signed = (number) => (number > 0 ? `+${points(number)}` : points(number));

export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `1 answer`, `8 answers`. */
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** Points that were typed, null if they are none; a comma is a point. */
export function typed(text, most) {
  const number = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(number) || number < 0 || number > most ? null : number;
}

/** Open a dialog; *closed* is called when it closes, in whatever way. */
export function open(dialog, closed = () => {}) {
  if (dialog.open) return;
  dialog.addEventListener("close", () => closed(), { once: true });
  dialog.showModal();
}

/** A text of staff's, in which `code` is set as code; it stays a text. */
export function prose(place, text) {
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  const pieces = text.split(/`([^`\n]+)`/); // every other one stood between two marks
  show(place, pieces.map((piece, index) => (index % 2 ? make("code", {}, piece) : piece)));
}
