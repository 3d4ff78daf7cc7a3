// The data, and small things that all parts use.

"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);

// What a check's letter means: its word, its sign, and in which order it is sorted.
const STATES = {
  __proto__: null,
  f: ["failed", "✗", 0],
  s: ["stopped by a limit", "‖", 1],
  t: ["not started", "○", 2],
  m: ["part of the points, by a person", "", 3],
  u: ["not settled", "?", 4],
  g: ["not graded", "!", 5],
  k: ["not asked for", "–", 6],
  h: ["waits for a person's points", "✎", 7],
  p: ["passed", "✓", 8],
  a: ["all points, by a person", "", 9],
  "-": ["nothing there", "", 10],
};
const OUTCOMES = {
  // what a filter by a check's outcome lets through
  __proto__: null,
  "not-passed": ["not passed", "fsmtugkh-"],
  passed: ["passed", "pa"],
  failed: ["points lost", "fsm"],
  "not-started": ["not started", "t"],
  open: ["not settled", "ugk"],
  "by-hand": ["waits for points", "h"],
  any: ["any outcome", "fsmtugkhpa-"],
};
const ONLY = {
  __proto__: null,
  open: ["not settled", (row) => /[ugk]/.test(row.letters)],
  flagged: ["needs a person", (row) => Boolean(row.person)],
  late: ["late", (row) => Boolean(row.late)],
  absent: ["no hand-in", (row) => Boolean(row.absent)],
  decided: ["decided by a person", (row) => Boolean(row.decided)],
  "by-hand": ["waits for points", (row) => row.letters.includes("h")],
};
const columns = new Map(data.checks.map((check, place) => [check.id, place]));
const FEW = 5; // entries of a list before the rest is folded away

// Small things

function make(tag, given, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given ?? {}))
    if (value !== undefined && value !== false) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== "" && child !== undefined));
  return made;
}
const number = (value) => String(Math.round(value * 100) / 100);
const percent = (share) => `${Math.round(share * 100)} %`;
const counted = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
const lasting = (seconds) => (seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds).toLocaleString("en")) + " s";
const textsOf = (numbers) => (numbers ?? []).map((one) => data.texts[one]);
const tenthOf = (row) => {
  const bins = data.totals.distribution.length;
  return Math.min(Math.max(Math.trunc((bins * row.total) / data.totals.maximum) || 0, 0), bins - 1);
};
const written = (value) =>
  encodeURIComponent(value).replace(/%(3D|2C|3A|20)/g, (all, code) => (code === "20" ? "+" : decodeURIComponent(all)));
const link = (filter, ...children) => make("a", {href: address(filter), class: "to-students"}, ...children);

function folded(items, what, few = FEW) {
  // no single one is folded away
  const shown = make("ul", {}, ...items.slice(0, items.length <= few + 1 ? few + 1 : few));
  if (items.length <= few + 1) return [shown];
  return [
    shown,
    make("details", {}, make("summary", {}, `${items.length - few} more ${what}`), make("ul", {}, ...items.slice(few))),
  ];
}
