// Everything together

let jump = false;

function update() {
  const filter = asked();
  showStudents(filter);
  showControls(filter);
  showStudent(filter);
  if (jump && !filter.student) goTo("students");
  jump = false;
}

function goTo(section) {
  $(section).scrollIntoView();
  $(`${section}-title`).focus({preventScroll: true});
}

function listen() {
  addEventListener("hashchange", update);
  document.addEventListener("click", (event) => {
    const to = event.target.closest("a.to-students, nav a");
    if (to?.classList.contains("to-students")) {
      jump = true;
      if (to.hash === location.hash) goTo("students");
    } else if (to) {
      event.preventDefault();
      goTo(to.hash.slice(1));
    }
  });
  $("student-table").addEventListener("click", (event) => {
    const cell = event.target.closest("tbody td.square, tbody th button");
    if (!cell) return;
    sought = cell.matches(".square") ? cell.cellIndex - BEFORE.length : -1;
    change({...asked(), student: cell.closest("tr").row.id});
  });
  $("student-table").addEventListener("mouseover", (event) => {
    const cell = event.target.closest("td.square");
    if (!cell || cell.title) return;
    const row = cell.closest("tr").row;
    const place = cell.cellIndex - BEFORE.length;
    cell.title = `${row.id}, ${data.checks[place].id} ${data.checks[place].title}: ${wordsOf(row, place)}`;
  });
  $("before").addEventListener("click", () => step(-1));
  $("after").addEventListener("click", () => step(1));
  $("close").addEventListener("click", () => $("student").close());
  $("student").addEventListener("close", () => {
    sought = -1;
    change({...asked(), student: ""});
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest?.("input, select, dialog") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      $("q").focus();
    }
  });
}

for (const row of data.rows) row.sought = [row.id, row.name, row.email].filter(Boolean).join("\n").toLowerCase();
overview();
checkTable();
rowOf = studentRow;
studentHead();
controls();
legend();
listen();
listenToRows();
jump = location.hash.includes("=");
update();
