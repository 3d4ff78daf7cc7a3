// Only the rows near what is seen are in the table: with thousands in it, scrolling would jerk. For print all are.

const AROUND = 12; // rows above and below
const region = $("student-table").closest(".scroll");
const rowsBody = $("student-table").tBodies[0];
let shown = []; // all that the filter lets through, in their order
let first = 0,
  behind = 0; // those of them that are in the table, from the first on and up to this one
let height = 27; // of a row, pixels
let whole = false; // all rows, for print
let rowOf = () => undefined; // makes a row

function list(rows) {
  if (rows.length === shown.length && rows.every((row, place) => row === shown[place])) return;
  shown = rows;
  region.scrollTop = 0;
  $("student-table").setAttribute("aria-rowcount", String(rows.length + 1));
  placeRows(true);
  measure();
}

function measure() {
  height = rowsBody.rows[0]?.getBoundingClientRect().height || height;
  placeRows();
}

function placeRows(anew = false) {
  const from = whole ? 0 : Math.min(Math.max(0, Math.floor(region.scrollTop / height) - AROUND), shown.length);
  const to = whole
    ? shown.length
    : Math.min(shown.length, Math.ceil((region.scrollTop + innerHeight) / height) + AROUND);
  if (!anew && from === first && to === behind) return;
  const made = (begin, end) => shown.slice(begin, end).map((row, place) => indexed(row, begin + place));
  if (anew || from >= behind || to <= first) {
    rowsBody.replaceChildren(...made(from, to));
  } else {
    for (let gone = first; gone < from; gone++) rowsBody.firstElementChild.remove();
    for (let gone = to; gone < behind; gone++) rowsBody.lastElementChild.remove();
    if (from < first) rowsBody.prepend(...made(from, first));
    if (to > behind) rowsBody.append(...made(behind, to));
  }
  [first, behind] = [from, to];
  rowsBody.style.paddingTop = `${from * height}px`;
  rowsBody.style.paddingBottom = `${(shown.length - to) * height}px`;
}

function indexed(row, place) {
  row.made ??= rowOf(row);
  row.made.setAttribute("aria-rowindex", String(place + 2)); // the first one is the head
  return row.made;
}

function forPrint(on) {
  whole = on;
  placeRows();
}

function listenToRows() {
  let waits = false;
  region.addEventListener(
    "scroll",
    () => {
      region.classList.toggle("sideways", region.scrollLeft > 0);
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        placeRows();
      });
    },
    {passive: true},
  );
  addEventListener("resize", measure);
  addEventListener("beforeprint", () => forPrint(true));
  addEventListener("afterprint", () => forPrint(false));
  const print = matchMedia("print");
  print.addEventListener("change", () => forPrint(print.matches));
}
