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

/** Replace what stands in *place*; the focus stays on what has the same `data-key` in the new content. */
export function show(place, ...children) {
  const held = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...wanted(children));
  if (held === undefined) return;
  const again = place.querySelector(`[data-key="${CSS.escape(held)}"]`);
  (again ?? byId("main")).focus({ preventScroll: true });
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
