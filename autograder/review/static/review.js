// The page of `hw1 review`: it loads, draws, and lets the keys and the buttons act.

import { actions } from "./acting.js";
import * as api from "./api.js";
import { seen, send, unsent } from "./decide.js";
import { byId, capital, count, fill, kbd, make, open, show, write } from "./dom.js";
import { drawGroup, drawHead, drawMap } from "./group.js";
import { arrows, drawDecision } from "./items.js";
import { KEYS, listen } from "./keys.js";
import { drawKnown } from "./known.js";
import { watch } from "./presence.js";
import { prepare } from "./printing.js";
import { drawQuestions } from "./questions.js";
import * as second from "./second.js";
import { draft, otherQuestion, recount, settle, state } from "./state.js";
import * as student from "./student.js";

const NAME = "review-grader"; // in the browser's storage
const VIEWS = { answers: "Grade", second: "Second reading", student: "One student" };
const SOON = 40; // ms

let turn = 0; // counts decisions: an answer that was on its way before one is too old to be shown

// What is said

const say = (text) => write(byId("said"), text);

function warn(text) {
  const place = byId("alert");
  if (text === "") show(place);
  else show(place, make("p", {}, text), make("button", { type: "button", on: { click: () => (warn(""), focus()) } }, "Close ", kbd("Esc")));
}

function lost(error) {
  const waiting = unsent();
  const kept = waiting > 0 ? ` ${count(waiting, "decision")} will be sent when it answers again.` : "";
  const text = `${error.message}${kept} What you typed is kept.`;
  if (byId("lost").firstChild?.textContent === text) return;
  show(byId("lost"), make("p", {}, text), make("button", { type: "button", on: { click: () => ask() } }, "Try now"));
}

async function back() {
  if (byId("lost").firstChild) {
    show(byId("lost"));
    say("The server answers again.");
  }
  if (unsent() > 0) await send(act.hooks);
}

/** Do something that asks the server; what goes wrong is said. */
async function attempt(does) {
  try {
    await does();
  } catch (error) {
    if (error instanceof api.Lost) lost(error);
    else if (error instanceof api.Refused) warn(capital(error.message));
    else throw error;
  }
}

async function idle() {
  while (unsent() > 0 && !byId("lost").firstChild) await new Promise((done) => setTimeout(done, SOON));
}

// What is drawn

function draw() {
  recount();
  settle();
  drawTop();
  drawQuestions(state);
  for (const view of Object.keys(VIEWS)) byId(`${view}-view`).hidden = state.view !== view;
  byId("desk").dataset.view = state.view;
  byId("side").hidden = state.view === "student";
  byId("decision").hidden = state.view !== "answers";
  byId("reading").hidden = state.view !== "second";
  if (state.view === "student") student.drawStudent(state, page);
  if (state.view === "second" && state.question) {
    drawHead(state);
    second.drawSecond(state, page);
  }
  if (state.view === "answers" && state.question) {
    drawHead(state);
    drawMap(state, page);
    drawGroup(state, page);
    drawDecision(state, page);
    drawKnown(state.question.answers[state.key]);
  }
  if (document.activeElement === byId("main")) focus(); // what had the focus is gone
}

function drawTop() {
  write(byId("title"), state.klass.title);
  write(byId("by"), state.by);
  byId("trouble").hidden = !state.klass.trouble;
  write(byId("trouble"), state.klass.trouble ? `Your decisions are kept, but the reports can't be written: ${state.klass.trouble}` : "");
  byId("names").setAttribute("aria-pressed", String(state.names));
  byId("names").hidden = state.view !== "answers";
  const address = { answers: state.id, second: state.id, student: student.current() };
  show(
    byId("views"),
    Object.entries(VIEWS).map(([view, text]) =>
      make(
        "a",
        {
          href: `#${view}/${encodeURIComponent(address[view] ?? "")}`,
          "aria-current": view === state.view ? "page" : null,
          "data-key": `view-${view}`,
        },
        text,
      ),
    ),
  );
  document.title = `${state.view === "student" ? "One student" : (state.id ?? "")} · Written answers`;
}

/** Put the focus where the work is: the answer one is at. */
function focus() {
  const key = state.view === "second" ? "second-answer" : `answer-${state.key}`;
  const view = byId(`${state.view}-view`);
  const place = view.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? view.querySelector("h2") ?? byId("main");
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

// What is loaded

let loading = Promise.resolve();

/** Load the class and a question, *more* with them, and take it all over at once; false if it came too late. */
function load(to = {}, more = async () => {}) {
  const loaded = loading.then(() => loadNow(to, more)); // one after the other: the last one asked for is the last one shown
  loading = loaded.catch(() => {});
  return loaded;
}

async function loadNow(to, more) {
  const asked = turn;
  const { view, id, key } = { view: state.view, id: state.id, key: state.key, ...to };
  byId("main").setAttribute("aria-busy", "true");
  try {
    const klass = await api.getClass();
    const known = klass.questions.some((one) => one.id === id);
    const question_ = known ? id : (klass.questions[0]?.id ?? null);
    const names = state.names && view === "answers";
    const question = question_ === null ? null : await api.getQuestion(question_, names, state.thresholds.get(question_));
    await more(question);
    if (asked !== turn || unsent() > 0) return false; // something was decided since: what came is older than that
    Object.assign(state, { klass, view, id: question_, question, key: question_ === state.id ? key : (to.key ?? null) });
    if (question) seen(question);
    return true;
  } finally {
    byId("main").removeAttribute("aria-busy");
  }
}

const reload = () =>
  attempt(async () => {
    if (await load()) draw();
  });

let routes = 0;

/** Go where the address says: `#view/question/answer`, or `#student/number`. */
async function route() {
  const mine = ++routes;
  const [asked, id, key] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const view = asked in VIEWS ? asked : "answers";
  const to = view === "student" ? { view } : { view, id: id || state.id, ...(key ? { key } : {}) };
  if (state.view === "answers" && state.question) act.keepOwnComment();
  const more = async (question) => {
    if (view === "second" && question) await second.load(question);
    if (view === "student") await student.load(id);
  };
  await attempt(async () => {
    do await idle();
    while (!(await load(to, more)) && mine === routes && (unsent() === 0 || (await send(act.hooks))));
    if (mine !== routes || state.klass === null) return;
    if (view !== "answers") say("");
    draw();
    focus();
    ask();
  });
}

function visit(view, id) {
  const hash = `#${view}/${encodeURIComponent(id)}`;
  if (location.hash === hash) route();
  else location.hash = hash;
}

async function heard(reply) {
  await back();
  const others = JSON.stringify(reply.others);
  if (others !== JSON.stringify(state.others)) {
    state.others = reply.others;
    draw();
  }
  // In the other views what is typed belongs to what is drawn: they load when one goes somewhere.
  if (reply.rev !== state.question?.rev && unsent() === 0 && state.view === "answers") await reload();
}

// What is done

const page = {
  draw,
  say,
  warn,
  lost,
  focus,
  reload,
  attempt,
  idle,
  visit,
  changed() {
    turn += 1;
    draw();
  },
  secondToggle(index) {
    second.toggle(index);
    draw();
  },
  student: (id) => visit("student", id),
  overridden: (said) =>
    attempt(async () => {
      await student.load(student.current());
      draw();
      say(said);
    }),
  overrideUndo: (id, check) => attempt(async () => page.overridden((await api.undoOverride(id, check)).said)),
  run,
};

const act = actions(page);
Object.assign(page, { go: act.go, toggle: act.toggle, mode: act.mode, offer: act.offer });

const everywhere = {
  help: () => open(byId("help-dialog"), focus),
  names: () => {
    state.names = !state.names;
    reload();
  },
  back: () => turnTo(false),
  forth: () => turnTo(true),
  leave: () => {
    byId("menu").open = false;
    warn("");
    focus();
    draw();
  },
  usual: () => {
    state.thresholds.delete(state.id);
    reload();
  },
  import: () => byId("file").click(),
  print: () => print(),
  grader: () => askName(),
};

const inSecond = {
  next: () => second.go(true) && (draw(), focus()),
  previous: () => second.go(false) && (draw(), focus()),
  item: (digit) => page.secondToggle(digit - 1),
  zero: () => (second.zero(), draw()),
  points: () => byId("second-points")?.select(),
  confirm: () =>
    attempt(async () => {
      const said = await second.confirm();
      if (said === null) {
        say("Choose items or type points first.");
        return;
      }
      draw();
      focus();
      say(said);
      if (await load()) draw();
    }),
};

function turnTo(forward) {
  if (state.view !== "student") {
    const next = otherQuestion(forward);
    if (next) visit(state.view, next.id);
    return;
  }
  const { students } = state.klass;
  const next = students[students.indexOf(student.current()) + (forward ? 1 : -1)];
  if (next) visit("student", next);
}

function run(action, digit) {
  if (state.klass === null) return;
  const own = { answers: act.keys, second: inSecond, student: {} }[state.view];
  (own[action] ?? everywhere[action] ?? act.keys[action])?.(digit);
}

// What starts it

function askName() {
  const dialog = byId("name-dialog");
  fill(byId("name"), state.by || state.klass?.by || "");
  dialog.oncancel = (event) => state.by === "" && event.preventDefault();
  return new Promise((named) => {
    byId("name-form").onsubmit = (event) => {
      event.preventDefault();
      const name = byId("name").value.trim();
      if (name === "") return;
      state.by = name;
      api.name(name);
      localStorage.setItem(NAME, name);
      write(byId("by"), name);
      dialog.close();
    };
    open(dialog, named);
  });
}

function listenToFields() {
  byId("comment").addEventListener("input", (event) => {
    draft(event.target.value);
    drawDecision(state, page);
  });
  byId("comment").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    act.saveComment();
  });
  byId("decision").addEventListener("keydown", arrows);
  byId("points-form").addEventListener("submit", (event) => {
    event.preventDefault();
    act.typePoints();
  });
  byId("threshold").addEventListener("input", (event) => write(byId("threshold-said"), Number(event.target.value).toFixed(2)));
  byId("threshold").addEventListener("change", (event) => {
    state.thresholds.set(state.id, Number(event.target.value));
    reload();
  });
  byId("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (!file) return;
    attempt(async () => {
      const { taken } = await api.takeTable(file);
      say(`${file.name}: ${count(taken, "answer")} taken.`);
      await reload();
    });
    event.target.value = "";
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], [data-close]");
    if (!byId("menu").contains(event.target) || button) byId("menu").open = false;
    if (button?.dataset.act) run(button.dataset.act);
    else if (button) button.closest("dialog").close();
  });
  addEventListener("hashchange", route);
  addEventListener("beforeunload", (event) => unsent() > 0 && event.preventDefault());
}

function drawHelp() {
  const rows = KEYS.map(([key, says]) => make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, key)), make("td", {}, says)));
  show(
    byId("help"),
    make("p", {}, "An item, 0 or typed points decide at once, for what stands above the items: the whole group or this answer. Another item changes the decision; u takes it back."),
    make("table", { class: "keys" }, make("tbody", {}, rows)),
  );
}

let ask = () => {};

function where() {
  if (state.klass === null) route(); // the server was not there yet
  if (state.question === null) return null;
  return { question: state.question.id, answers: state.view === "answers" ? state.targets : [] };
}

async function start() {
  drawHelp();
  listenToFields();
  listen(() => state.view, run);
  prepare(() => (state.view === "answers" ? state.question : null));
  state.by = localStorage.getItem(NAME) ?? "";
  api.name(state.by);
  await attempt(async () => {
    state.klass = await api.getClass();
  });
  while (state.by === "") await askName(); // a browser may close a dialog that does not want to be closed
  await route();
  ask = watch(
    where,
    heard,
    (error) => (error instanceof api.Lost ? lost(error) : warn(capital(error.message))),
  );
}

start();
