// Where one is in a question, where one goes next, and whom a decision is for. Pure functions of what the server gave.

/** Whether somebody has decided: points, or a decision on the whole. */
export const graded = (answer) => Boolean(answer.decided) || (answer.mark?.points ?? null) !== null;

export const groupOf = (question, key) => question.groups.find((one) => one.answers.includes(key));

export const numberOf = (question, group) => question.groups.indexOf(group) + 1;

const alike = (one, other) =>
  (one?.points ?? null) === (other?.points ?? null) &&
  (one?.comment ?? "") === (other?.comment ?? "") &&
  [...(one?.items ?? [])].sort().join() === [...(other?.items ?? [])].sort().join();

export { alike as saysTheSame };

/** Whether all of these answers have the same decision, or none. */
export function uniform(question, keys) {
  const [first, ...others] = keys.map((key) => question.answers[key]);
  return others.every((one) => alike(first.mark, one.mark) && graded(first) === graded(one));
}

/** The answers that a decision is for. */
export const targets = (question, key, whole) => (whole ? groupOf(question, key).answers : [key]);

export const order = (question) => question.groups.flatMap((group) => group.answers);

/** The answer after or before, or the first of the group after or before; null at an end. */
export function step(question, key, forward, whole) {
  if (whole) {
    const group = question.groups[question.groups.indexOf(groupOf(question, key)) + (forward ? 1 : -1)];
    return group ? group.answers[0] : null;
  }
  const keys = order(question);
  return keys[keys.indexOf(key) + (forward ? 1 : -1)] ?? null;
}

/**
 * The next answer that nobody has graded, after *key* and then from the start; null if there is none. One that somebody
 * else is at comes last: two who begin together do not grade the same.
 */
export function nextUngraded(question, key, whole, taken = []) {
  const keys = order(question);
  const group = key === null ? undefined : groupOf(question, key);
  const last = group === undefined ? -1 : keys.indexOf(whole ? group.answers.at(-1) : key);
  const round = [...keys.slice(last + 1), ...keys.slice(0, last + 1)];
  const open = round.filter((one) => !graded(question.answers[one]));
  return open.find((one) => !taken.includes(one)) ?? open[0] ?? null;
}

export const countGraded = (question) => Object.values(question.answers).filter(graded).length;

/** The points of these items: their sum, within the question's; null without any. */
export function sumOf(question, ids) {
  if (ids.length === 0) return null;
  const chosen = question.items.filter((one) => ids.includes(one.id));
  const sum = chosen.reduce((all, one) => all + one.points, 0);
  return Math.min(question.points, Math.max(0, Number(sum.toFixed(6))));
}

/** The points that were typed and are not the items' sum; null if the sum counts. */
export function ownPoints(question, mark) {
  if (mark === null || mark.points === null) return null;
  return sumOf(question, mark.items) === mark.points ? null : mark.points;
}
