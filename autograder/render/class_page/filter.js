// The filter: all of it stands in the address, behind the #

function address(filter) {
  const parts = [];
  for (const name of ["who", "is", "why", "only", "tenth", "q", "sort", "student"])
    if (filter[name]) parts.push(`${name}=${written(filter[name])}`);
  return `#${parts.join("&")}`;
}

function asked() {
  const given = location.hash.includes("=") ? Object.fromEntries(new URLSearchParams(location.hash.slice(1))) : {};
  const who = given.who ?? "";
  const cut = who.indexOf("=");
  return {...given, check: cut < 0 ? who : who.slice(0, cut), mistake: cut < 0 ? "" : who.slice(cut + 1)};
}

function matches(row, filter) {
  if (filter.q && !row.sought.includes(filter.q.trim().toLowerCase())) return false;
  if (filter.tenth && (row.absent || tenthOf(row) !== Number(filter.tenth))) return false;
  if (filter.only && !filter.only.split(",").every((one) => ONLY[one]?.[1](row))) return false;
  if (!filter.check) return true;
  const place = columns.get(filter.check);
  if (place === undefined) return false;
  if (filter.mistake && row.mistakes?.[place] !== filter.mistake) return false;
  if (filter.why && data.texts[row.why?.[place]] !== filter.why) return false;
  const outcome = filter.is || (filter.mistake || filter.why ? "any" : "not-passed");
  return Boolean(OUTCOMES[outcome]?.[1].includes(row.letters[place]));
}

function change(filter) {
  // no entry in the history for each letter that is typed
  const next = address(filter);
  if (next !== location.hash && !(next === "#" && !location.hash)) location.replace(next);
}

// Sorting

const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, undefined, {numeric: true}) : a - b);
const KEYS = {
  id: (row) => row.id,
  name: (row) => row.name ?? "",
  total: (row) => row.total,
  open: (row) => row.open ?? 0,
  late: (row) => row.taken ?? (row.late ? 0 : -1),
  look: (row) => (row.person ? 2 : 0) + (row.decided ? 1 : 0),
  seconds: (row) => row.seconds ?? 0,
};
const FALLING = ["total", "open", "late", "look", "seconds"]; // these begin with the highest

function keyOf(name) {
  if (Object.hasOwn(KEYS, name)) return KEYS[name];
  const place = columns.get(name);
  return place === undefined ? KEYS.id : (row) => STATES[row.letters[place]][2] * 1000 + (row.points?.[place] ?? 0);
}

function sorted(rows, sort) {
  if (!sort) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  const key = keyOf(sort.replace(/^-/, ""));
  return rows
    .map((row) => [key(row), row])
    .sort((a, b) => sign * compare(a[0], b[0]))
    .map((pair) => pair[1]);
}

function sortButton(name, head, sortBy) {
  const button = make("button", {type: "button"}, head);
  button.addEventListener("click", () => sortBy(name));
  return button;
}
const turned = (name, sort, falling) => {
  const first = falling ? `-${name}` : name;
  return sort === first ? (falling ? name : `-${name}`) : first;
};
const direction = (name, sort) => (sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined);
function markSorted(heads, sort) {
  for (const [name, head] of heads) {
    const way = direction(name, sort);
    if (way) head.setAttribute("aria-sort", way);
    else head.removeAttribute("aria-sort");
  }
}
