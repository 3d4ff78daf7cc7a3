// One student

let sought = -1; // the column that was clicked

function showStudent(filter) {
  const row = filter.student && data.rows.find((one) => one.id === filter.student);
  const dialog = $("student");
  if (!row) return dialog.open && dialog.close();
  $("student-title").textContent = row.name ? `${row.id} ${row.name}` : row.id;
  $("student-body").replaceChildren(...studentParts(row));
  const at = shown.indexOf(row);
  $("before").disabled = at <= 0;
  $("after").disabled = at < 0 || at >= shown.length - 1;
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  $("student-title").focus();
  dialog.querySelector(".sought")?.scrollIntoView({block: "center", behavior: "instant"});
}

function studentParts(row) {
  const list = (title, numbers) =>
    numbers ? [make("h3", {}, title), make("ul", {}, ...textsOf(numbers).map((text) => make("li", {}, text)))] : [];
  const figures = row.absent
    ? "No hand-in."
    : `${number(row.total)} points${row.open ? `, ${number(row.open)} open` : ""}${row.seconds ? `; ${lasting(row.seconds)} to run` : ""}`;
  return [
    make("p", {}, figures),
    row.email ? make("p", {class: "soft"}, row.email) : "",
    make("ul", {class: "links"}, ...(row.files ?? []).map(([name, href]) => make("li", {}, make("a", {href}, name)))),
    ...list("A person has to look at", row.person),
    ...list("Late", row.late),
    ...list("Decided by a person", row.decided),
    ...list("Remarks", row.remarks),
    ...(row.absent ? [] : [make("h3", {}, "Checks"), studentChecks(row)]),
  ];
}

function studentChecks(row) {
  const lines = data.checks.map((check, place) => {
    const mistake = row.mistakes?.[place];
    const why = data.texts[row.why?.[place]];
    const first = row.letters[place] === "-" ? "not there" : wordsOf({...row, mistakes: {}}, place);
    return make(
      "tr",
      {class: place === sought ? "sought" : undefined},
      make("td", {class: "sign", "aria-hidden": "true"}, make("b", {class: kindOf(row, place)}, signOf(row, place))),
      make(
        "th",
        {scope: "row"},
        make("span", {class: "check"}, check.id),
        ` ${check.title}`,
        make("small", {}, first, mistake ? ", " : "", mistake ? link({who: `${check.id}=${mistake}`}, mistake) : ""),
        why ? make("small", {}, why) : "",
      ),
    );
  });
  return make("table", {}, make("caption", {class: "hidden"}, "Each check"), make("tbody", {}, ...lines));
}

function step(by) {
  const filter = asked();
  const next = shown[shown.findIndex((row) => row.id === filter.student) + by];
  if (next) change({...filter, student: next.id});
}
