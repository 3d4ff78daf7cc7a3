// The students

const has = (name) => data.rows.some((row) => row[name]);
const longest = Math.min(Math.max(7, ...data.rows.map((row) => row.id.length)), 20);
const fileKind = (name) => name === "feedback.html" ? "feedback" : name.endsWith(".html") ? "notebook" : "text";
const opens = (row, [name, href]) =>
  make("a", {href, "aria-label": `${fileKind(name)}: ${name} of ${row.id}`}, fileKind(name));

// Key, heading, width, whether there is anything to show, and a cell's contents.
const BEFORE = [
  [
    "id",
    "Student",
    `${0.55 * longest + 1.4}rem`,
    true,
    (row) => [make("button", {type: "button", "aria-haspopup": "dialog"}, row.id)],
  ],
  ["name", "Name", "8rem", has("name"), (row) => [row.name ?? ""]],
  ["total", "Total", "4.1rem", true, (row) => [row.absent ? "" : number(row.total)]],
  ["open", "Open", "3.6rem", has("open"), (row) => [row.open ? number(row.open) : ""]],
  ["late", "Late", "4.2rem", has("late"), (row) => [row.late ? (row.taken ? `−${number(row.taken)}` : "late") : ""]],
  [
    "look",
    "Look",
    "6.2rem",
    has("person") || has("decided") || has("absent"),
    (row) => [
      row.absent ? "no hand-in" : [row.person ? "person" : "", row.decided ? "decided" : ""].filter(Boolean).join(", "),
    ],
  ],
].filter((column) => column[3]);
const BEHIND = [
  ["seconds", "Seconds", "5.4rem", has("seconds"), (row) => [row.seconds ? row.seconds.toFixed(1) : ""]],
  [
    "files",
    "Files",
    "10rem",
    has("files"),
    (row) =>
      (row.files ?? [])
        .filter(([name]) => !name.endsWith(".json"))
        .slice(0, 2)
        .flatMap((file) => [opens(row, file), " "]),
  ],
].filter((column) => column[3]);
const ON_SCREEN = ["files", "seconds"];
const NUMBERS = ["total", "open", "late", "seconds"];
const classOf = (name) =>
  `${name}${NUMBERS.includes(name) ? " number" : ""}${ON_SCREEN.includes(name) ? " screen" : ""}`;
const studentHeads = new Map();

const kindOf = (row, place) => {
  const letter = row.letters[place];
  return letter === "m" && !row.points?.[place] ? "f" : letter === "-" ? "none" : letter;
};
const signOf = (row, place) => {
  const letter = row.letters[place];
  return letter === "m" || letter === "a" ? number(row.points?.[place] ?? 0) : STATES[letter][1];
};
function wordsOf(row, place) {
  const letter = row.letters[place];
  const mistake = row.mistakes?.[place];
  const given =
    letter === "m" || letter === "a"
      ? `${number(row.points?.[place] ?? 0)} of ${number(data.checks[place].points)} points by a person`
      : STATES[letter][0];
  return mistake ? `${given}, ${mistake}` : given;
}
const startsPart = (place) => place === 0 || data.checks[place].part !== data.checks[place - 1].part;

function studentHead() {
  const table = $("student-table");
  const row = make("tr", {role: "row"});
  const squares = data.checks.map((check, place) =>
    startsPart(place) ? "calc(var(--square) + .35rem)" : "var(--square)",
  );
  const widths = [...BEFORE.map((column) => column[2]), ...squares, ...BEHIND.map((column) => column[2])];
  table.style.setProperty("--columns", widths.join(" "));
  const add = (name, label, kind) => {
    const sortable = name !== "files";
    const inside = sortable ? sortButton(name, label, sortStudents) : label;
    const th = make("th", {role: "columnheader", scope: "col", class: kind}, inside);
    studentHeads.set(name, th);
    row.append(th);
    return th;
  };
  for (const [name, label] of BEFORE) add(name, label, classOf(name));
  data.checks.forEach((check, place) => {
    add(check.id, check.id, startsPart(place) ? "square first" : "square").title = check.title;
  });
  for (const [name, label] of BEHIND) add(name, label, classOf(name));
  table.tHead.append(row);
}

function studentRow(row) {
  const made = make("tr", {role: "row"});
  for (const [name, , , , inside] of BEFORE) {
    const head = name === "id";
    const role = head ? "rowheader" : "cell";
    made.append(make(head ? "th" : "td", {role, scope: head && "row", class: classOf(name)}, ...inside(row)));
  }
  for (let place = 0; place < data.checks.length; place++) {
    const cell = document.createElement("td");
    cell.setAttribute("role", "cell");
    cell.className = `square ${kindOf(row, place)}${startsPart(place) ? " first" : ""}`;
    cell.setAttribute("aria-label", wordsOf(row, place));
    cell.textContent = signOf(row, place);
    made.append(cell);
  }
  for (const [name, , , , inside] of BEHIND)
    made.append(make("td", {role: "cell", class: classOf(name)}, ...inside(row)));
  made.row = row;
  return made;
}

function sortStudents(name) {
  const filter = asked();
  change({...filter, sort: turned(name, filter.sort ?? "", FALLING.includes(name))});
}

function showStudents(filter) {
  list(
    sorted(
      data.rows.filter((row) => matches(row, filter)),
      filter.sort,
    ),
  );
  markSorted(studentHeads, filter.sort);
  const all = counted(data.rows.length, "student");
  const how = said(filter);
  $("status").textContent =
    `${shown.length === data.rows.length ? all : `${shown.length.toLocaleString("en")} of ${all}`}${how ? `: ${how}` : ""}`;
  const place = columns.get(filter.check);
  const one = filter.mistake && shown.find((row) => row.why?.[place] !== undefined);
  $("explained").textContent = one ? data.texts[one.why[place]] : "";
}

function said(filter) {
  const parts = [];
  if (filter.check) {
    if (!columns.has(filter.check)) return `there is no check ${filter.check}`;
    const outcome = filter.is || (filter.mistake || filter.why ? "any" : "not-passed");
    const word = outcome === "any" ? "" : ` ${OUTCOMES[outcome]?.[0] ?? outcome}`;
    parts.push(
      `${filter.check}${word}${filter.mistake ? ` by ${filter.mistake}` : ""}${filter.why ? ` (${filter.why})` : ""}`,
    );
  }
  for (const one of (filter.only || "").split(",").filter(Boolean)) parts.push(ONLY[one]?.[0] ?? one);
  const bin = data.totals?.distribution[filter.tenth];
  if (bin) parts.push(`${number(bin.from)} to ${number(bin.to)} points`);
  if (filter.q) parts.push(`with “${filter.q}”`);
  return parts.join(", ");
}
