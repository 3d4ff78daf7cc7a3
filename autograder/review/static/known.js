// Right: what the kit knows about an answer, and the pages of its report.

import * as api from "./api.js";
import { byId, make, show, write } from "./dom.js";
import { whose } from "./group.js";

let shown = null; // the answer whose pages are open
let drawn = ""; // what stands there: drawn again only if it changes, so that a page that is being read stays
const papers = new Map(); // by answer, what the server said

function list(title, texts, kind = "") {
  if (!texts?.length) return null;
  return [make("h3", {}, title), make("ul", { class: kind }, texts.map((text) => make("li", {}, text)))];
}

export function drawKnown(answer) {
  const now = JSON.stringify(answer ?? null);
  if (now === drawn) return;
  drawn = now;
  byId("known").hidden = !answer;
  if (!answer) {
    show(byId("known-facts"));
    show(byId("paper"));
    return;
  }
  write(byId("known-head"), `What the kit knows of ${whose(answer)}`);
  const parts = [
    list("To look at", answer.evidence, "look"),
    list("Measured", answer.beside),
    answer.elsewhere && [make("h3", {}, "Not where it belongs"), make("p", {}, answer.elsewhere)],
    answer.candidates?.length > 0 && [
      make("h3", {}, "May be the answer"),
      answer.candidates.map((text) => make("blockquote", { class: "prose" }, text)),
    ],
  ].filter(Boolean);
  show(byId("known-facts"), parts.length > 0 || answer.papers ? parts : make("p", { class: "soft" }, "Nothing beside the text."));
  drawPaper(answer);
}

function drawPaper(answer) {
  const place = byId("paper");
  if (!answer.papers) {
    show(place);
    return;
  }
  const open = shown === answer.key;
  const button = make(
    "button",
    { type: "button", class: "quiet", "aria-expanded": String(open), "data-key": "paper", on: { click: () => togglePaper(answer) } },
    open ? "Hide the pages " : "Show the pages of the report ",
    make("kbd", {}, "r"),
  );
  const paper = papers.get(answer.key);
  show(place, button, open && (paper ? pages(answer.key, paper) : make("p", { class: "soft" }, "The pages are being made …")));
}

function pages(key, paper) {
  if (paper.pages.length === 0) return make("p", {}, paper.why || "There are no pages.");
  return paper.pages.map((page) =>
    make(
      "figure",
      {},
      make(
        "a",
        { href: api.pageOf(key, page.number), target: "_blank", rel: "noopener" }, // where it is as large as the window
        make("img", { src: api.pageOf(key, page.number), alt: `Page ${page.number} of ${page.document ?? "the report"}`, loading: "lazy" }),
      ),
      make(
        "figcaption",
        {},
        make(
          "details",
          {},
          make("summary", {}, `Page ${page.number} of ${page.document ?? "the report"} as text`),
          make("p", { class: "prose" }, page.text || "This page has no text."),
        ),
      ),
    ),
  );
}

/** Show or hide the pages; they are asked for when they are first looked at. */
export async function togglePaper(answer) {
  if (!answer?.papers) return;
  shown = shown === answer.key ? null : answer.key;
  drawPaper(answer);
  const before = papers.get(answer.key);
  if (shown === null || (before && !before.failed)) return;
  try {
    papers.set(answer.key, await api.getPaper(answer.key));
  } catch (error) {
    papers.set(answer.key, { pages: [], why: error.message, failed: true });
  }
  if (shown === answer.key) drawPaper(answer);
}
