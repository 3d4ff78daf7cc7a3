// The overview

function overview() {
  const handed = data["handed in"];
  const missing = data.students - handed;
  $("counts").append(
    `${counted(handed, "hand-in")} of ${counted(data.students, "student")}, ${counted(data.checks.length, "check")} and written answers.`,
  );
  const tiles = [];
  const tile = (value, label, filter) =>
    tiles.push(make("li", {}, make("b", {}, value), filter ? link(filter, label) : label));
  if (data.totals) tile(number(data.totals.median), `median of ${number(data.totals.maximum)}`);
  const those = (name) => data.rows.filter(ONLY[name][1]).length;
  for (const name of ["flagged", "open", "by-hand", "late", "absent", "decided"]) {
    const count = name === "absent" ? missing : those(name);
    tile(count.toLocaleString("en"), ONLY[name][0], count ? {only: name} : undefined);
  }
  $("tiles").append(...tiles);
  histogram();
  $("people").append(...listOr(personItems(), "reasons", "Nobody has to look at a hand-in."));
  $("broken").append(...listOr(data["look at"].map(brokenItem), "checks", "No check looks broken."));
  $("waiting").append(...listOr([...waitingItems(), ...byHandItem()], "reasons", "All points are settled."));
  const slow = data.checks
    .filter((check) => check.seconds)
    .sort((a, b) => b.seconds.mean - a.seconds.mean)
    .slice(0, FEW);
  $("slow").append(...listOr(slow.map(slowItem), "checks", "Nothing was run."));
  if (data.rows.some((row) => row.seconds))
    $("slow").append(make("p", {}, link({sort: "-seconds"}, "the slowest hand-ins")));
}

const listOr = (items, what, none) => (items.length ? folded(items, what) : [make("p", {class: "soft"}, none)]);
const byCheck = (check, filter) => link({who: check, ...filter}, make("span", {class: "check"}, check));
const brokenItem = (one) => make("li", {}, byCheck(one.check), ` ${one.why.join("; ")}`);

function byReason(pairs) {
  const found = new Map();
  for (const [why, one] of pairs) {
    if (!found.has(why)) found.set(why, []);
    found.get(why).push(one);
  }
  return [...found];
}

function personItems() {
  const pairs = data.rows.flatMap((row) => (row.person ?? []).map((why) => [why, row]));
  const names = (rows) =>
    rows
      .slice(0, 3 * FEW)
      .flatMap((row) => [link({only: "flagged", student: row.id}, make("span", {class: "id"}, row.id)), " "]);
  const more = (rows) => (rows.length > 3 * FEW ? link({only: "flagged"}, `and ${rows.length - 3 * FEW} more`) : "");
  return byReason(pairs).map(([why, rows]) => make("li", {}, `${data.texts[why]}: `, ...names(rows), more(rows)));
}

const slowItem = (check) =>
  make(
    "li",
    {},
    make("span", {class: "check"}, check.id),
    ` ${lasting(check.seconds.mean)} on average, ${lasting(check.seconds.most)} at the most`,
  );

function waitingItems() {
  const pairs = data.waiting.filter((one) => one.status !== "by hand").map((one) => [one.why, one]);
  const checks = (why, those) =>
    those.flatMap((one) => [byCheck(one.check, {is: "open", why}), ` ${one.count}`, " · "]).slice(0, -1);
  return byReason(pairs).map(([why, those]) =>
    make("li", {}, `${data.texts[why]} `, ...checks(data.texts[why], those)),
  );
}

function byHandItem() {
  const answers = data.waiting.filter((one) => one.status === "by hand").reduce((sum, one) => sum + one.count, 0);
  if (!answers) return [];
  const waits = ` ${answers === 1 ? "waits" : "wait"} for points`;
  return [make("li", {}, link({only: "by-hand"}, counted(answers, "written answer")), waits)];
}

function histogram() {
  const totals = data.totals;
  if (!totals) return $("spread").append("Nobody has handed in anything.");
  const [low, , high] = totals.quartiles;
  const middle = `Mean ${number(totals.mean)}, median ${number(totals.median)} of ${number(totals.maximum)}`;
  const range = `half have ${number(low)} to ${number(high)}, all ${number(totals.lowest)} to ${number(totals.highest)}`;
  $("spread").append(`${middle}; ${range}.`);
  const most = Math.max(...totals.distribution.map((bin) => bin.students));
  totals.distribution.forEach((bin, place) => {
    const column = make("i", {});
    const from = number(bin.from),
      to = number(bin.to);
    column.style.height = `${Math.round((80 * bin.students) / most)}%`;
    const unseen = (text) => make("span", {class: "hidden"}, text);
    const inside = [
      String(bin.students || ""),
      column,
      unseen(" students with "),
      make("small", {}, from),
      unseen(` to ${to} points`),
    ];
    const bar = bin.students
      ? link({tenth: String(place)}, ...inside)
      : make("span", {"aria-hidden": "true"}, ...inside);
    bar.title = `${from} to ${to} points`;
    $("histogram").append(make("li", {}, bar));
  });
}
