// Requests to the server that gave this page, and to no other.

/** The server says no; `status` and `body` are its answer. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.error || `The server answered with ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** There was no answer: the server is gone, or does not know this page any more. */
export class Lost extends Error {}

const AGAIN = "The server does not know this page any more. Open the address that hw1 review has printed.";
const GONE = "There is no connection to the server.";
const PATIENCE = 60_000; // ms: a large class is grouped within that

let by = "";

/** Under whose name requests are made. */
export function name(grader) {
  by = grader;
}

/** Whether a mark is of the grader at this page: its `by` is name and time. */
export const isMine = (mark) => mark !== null && mark.by.startsWith(`${by}, `);

async function ask(path, query = {}, options = {}) {
  const address = new URL(path, location.origin);
  for (const [key, value] of Object.entries({ by, ...query })) {
    if (value !== null && value !== undefined) address.searchParams.set(key, value);
  }
  let answer;
  let body;
  try {
    answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE), ...options });
    body = await answer.json();
  } catch (error) {
    if (answer === undefined || answer.ok) throw new Lost(GONE, { cause: error });
    body = {};
  }
  if (answer.status === 403) throw new Lost(AGAIN);
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

function tell(path, said) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { by: null }, { method: "POST", headers, body: JSON.stringify({ by, ...said }) });
}

const id = encodeURIComponent;

export const getClass = () => ask("/api/class");
export const getQuestion = (question, names, threshold) =>
  ask(`/api/question/${id(question)}`, { names: names ? 1 : 0, threshold });
export const mark = (question, answers, decision) => tell("/api/mark", { question, answers, ...decision });
export const undo = () => tell("/api/undo", {});
export const item = (question, one) => tell("/api/item", { question, ...one });
export const move = (question, answers, to) => tell("/api/move", { question, answers, to });
export const here = (question, answers) => tell("/api/here", { question, answers });
export const getPaper = (key) => ask(`/api/paper/${id(key)}`);
export const pageOf = (key, number) => `/api/paper/${id(key)}/${id(number)}.png`;
export const getSecond = (question) => ask(`/api/second/${id(question)}`);
export const readSecond = (question, key, points) => tell("/api/second", { question, key, points });
export const getStudent = (student) => ask(`/api/student/${id(student)}`);
export const override = (student, check, points, why) => tell("/api/override", { student, check, points, why });
export const undoOverride = (student, check) => tell("/api/override/undo", { student, check });
export const takeTable = (file) =>
  ask("/api/import", {}, { method: "POST", headers: { "Content-Type": "text/csv" }, body: file });
