// Who else is here, and whether something has changed: asked every three seconds while the page can be seen.

import * as api from "./api.js";

const EVERY = 3000; // ms

/**
 * Ask from now on. *where()* gives question and answers, or null for nowhere; *heard(reply)* takes the answer,
 * *lost(error)* that there was none.
 */
export function watch(where, heard, lost) {
  let timer = null;
  let asking = false;
  const ask = async () => {
    const at = where();
    if (at === null || asking) return;
    asking = true;
    try {
      await heard(await api.here(at.question, at.answers));
    } catch (error) {
      lost(error);
    } finally {
      asking = false;
    }
  };
  const change = () => {
    clearInterval(timer);
    timer = null;
    if (document.hidden) return;
    timer = setInterval(ask, EVERY);
    ask();
  };
  document.addEventListener("visibilitychange", change);
  change();
  return ask;
}
