// The checks

const openOf = (check) =>
  data.waiting
    .filter((one) => one.check === check.id && one.status !== "by hand")
    .reduce((sum, one) => sum + one.count, 0);
const CHECK_HEADS = [
  ["id", "Check"],
  ["points", "Points"],
  ["pass rate", "Pass rate"],
  ["mean", "Mean"],
  ["discrimination", "Discri\u00admination"],
  ["lost", "Lost"],
  ["not started", "Not started"],
  ["open", "Not settled"],
  ["mistakes", "Commonest mistakes"],
  ["seconds", "Seconds"],
];
const checkRows = [];
let checkSort = "";

function checkTable() {
  const heads = new Map();
  const head = $("check-table").tHead.insertRow();
  for (const [name, label] of CHECK_HEADS) {
    const th = make(
      "th",
      {scope: "col"},
      sortButton(name, label, (by) => sortChecks(by, heads)),
    );
    heads.set(name, th);
    head.append(th);
  }
  for (const check of data.checks) {
    const lost = check.settled - check.passed;
    const open = openOf(check);
    const some = (count, filter) =>
      make(
        "td",
        {class: count ? "number" : "number zero"},
        count ? link({who: check.id, ...filter}, String(count)) : "0",
      );
    const optional = (value, digits) => make("td", {class: "number"}, value === null ? "" : value.toFixed(digits));
    const row = make(
      "tr",
      {},
      make(
        "th",
        {scope: "row"},
        byCheck(check.id, {is: "any"}),
        ` ${check.title}`,
        ...check["look at"].map((why) => make("small", {class: "warn"}, `Look at it: ${why}.`)),
      ),
      make("td", {class: "number"}, number(check.points)),
      rateCell(check),
      optional(check.mean, 2),
      optional(check.discrimination, 2),
      some(lost, {is: "failed"}),
      some(check["not started"], {is: "not-started"}),
      some(open, {is: "open"}),
      mistakesCell(check),
      make("td", {class: "number"}, check.seconds ? check.seconds.mean.toFixed(1) : ""),
    );
    checkRows.push([
      {
        ...check,
        lost,
        open,
        mistakes: Math.max(0, ...Object.values(check.mistakes)),
        seconds: check.seconds?.mean ?? 0,
      },
      row,
    ]);
  }
  $("check-table").tBodies[0].append(...checkRows.map((pair) => pair[1]));
}

function rateCell(check) {
  if (check["pass rate"] === null) return make("td", {class: "rate soft"}, "none settled");
  const [low, high] = check.interval;
  const bar = make("div", {class: "bar-back", "aria-hidden": "true"}),
    fill = make("i"),
    reach = make("b");
  fill.style.width = `${100 * check["pass rate"]}%`;
  reach.style.left = `${100 * low}%`;
  reach.style.width = `${100 * (high - low)}%`;
  bar.append(fill, reach);
  const passed = `${check.passed} of ${check.settled}`;
  const reached = `${Math.round(100 * low)}–${percent(high)}`;
  return make(
    "td",
    {class: "rate"},
    make(
      "div",
      {class: "rate-line"},
      bar,
      make("b", {}, percent(check["pass rate"])),
      make("span", {class: "soft"}, reached),
      check.passed ? link({who: check.id, is: "passed"}, passed) : passed,
    ),
  );
}

function mistakesCell(check) {
  const items = Object.entries(check.mistakes).map(([name, count]) =>
    make("li", {}, link({who: `${check.id}=${name}`, is: "failed"}, name), ` ${count}`),
  );
  return make("td", {class: "mistakes"}, ...(items.length ? folded(items, "mistakes", 2) : []));
}

function sortChecks(name, heads) {
  checkSort = turned(name, checkSort, name !== "id");
  const sign = checkSort.startsWith("-") ? -1 : 1;
  const value = (check) => check[name] ?? -2;
  checkRows.sort(
    (a, b) => (name === "id" ? columns.get(a[0].id) - columns.get(b[0].id) : compare(value(a[0]), value(b[0]))) * sign,
  );
  $("check-table").tBodies[0].append(...checkRows.map((pair) => pair[1]));
  markSorted(heads, checkSort);
}
