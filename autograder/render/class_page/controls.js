// The controls

const option = (value, label) => make("option", {value}, label);
function controls() {
  $("check").append(
    option("", "all checks"),
    ...data.checks.map((check) => option(check.id, `${check.id} ${check.title}`)),
  );
  $("is").append(...Object.entries(OUTCOMES).map(([name, [label]]) => option(name, label)));
  for (const [name, [label]] of Object.entries(ONLY)) {
    const count = data.rows.filter(ONLY[name][1]).length;
    const chip = make(
      "button",
      {type: "button", "aria-pressed": "false", "data-only": name},
      label,
      " ",
      make("small", {}, count.toLocaleString("en")),
    );
    chip.addEventListener("click", () => {
      const filter = asked();
      const now = new Set((filter.only ?? "").split(",").filter(Boolean));
      if (!now.delete(name)) now.add(name);
      change({...filter, only: [...now].join(",")});
    });
    $("only").append(chip);
  }
  const choose = (values) => change({...asked(), why: "", student: "", ...values});
  $("q").addEventListener("input", () => choose({q: $("q").value}));
  $("check").addEventListener("change", () => choose({who: $("check").value, is: ""}));
  $("is").addEventListener("change", () => choose({is: $("is").value}));
  $("mistake").addEventListener("change", () =>
    choose({who: $("mistake").value ? `${$("check").value}=${$("mistake").value}` : $("check").value, is: ""}),
  );
  $("clear").addEventListener("click", () => change({sort: asked().sort}));
  $("filter").addEventListener("submit", (event) => event.preventDefault());
}

function showControls(filter) {
  if ($("q").value !== (filter.q ?? "")) $("q").value = filter.q ?? "";
  $("check").value = columns.has(filter.check) ? filter.check : "";
  const without = !columns.has(filter.check);
  const made = without ? {} : mistakesOf(columns.get(filter.check));
  $("is").value = without ? "any" : filter.is || (filter.mistake || filter.why ? "any" : "not-passed");
  $("mistake").replaceChildren(
    option("", "any or none"),
    ...Object.keys(made).map((name) => option(name, `${name} (${made[name]})`)),
  );
  $("mistake").value = filter.mistake in made ? filter.mistake : "";
  $("is").disabled = $("mistake").disabled = without;
  const only = (filter.only ?? "").split(",");
  for (const chip of $("only").children) chip.setAttribute("aria-pressed", String(only.includes(chip.dataset.only)));
}

function mistakesOf(place) {
  const made = Object.create(null);
  for (const row of data.rows)
    if (row.mistakes?.[place]) made[row.mistakes[place]] = (made[row.mistakes[place]] ?? 0) + 1;
  return made;
}

function legend() {
  const there = new Set(data.rows.map((row) => row.letters).join(""));
  const signs = {m: "1.5", a: "2"};
  $("legend").append(
    ...Object.entries(STATES)
      .filter(([letter]) => letter !== "-" && there.has(letter))
      .map(([letter, [word, sign]]) =>
        make("li", {}, make("b", {class: letter, "aria-hidden": "true"}, sign || signs[letter]), word),
      ),
  );
}
