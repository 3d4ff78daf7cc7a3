"""How fast the class's page opens and scrolls: python benchmarks/class_page.py [--students N ...] [--write].

A class is drawn by program (made_class.py) and its page opened from the disk in headless Chromium. The time until it is
rendered ends with the first frame that has the rows; the longest frame is that of 3 s of scrolling through the table.
--write puts the table into class_page.md.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent / "tests")]
from bench_page import machine, put
from browsing import chromium, page_of
from made_class import made_class

from autograder.cohort import tables
from autograder.cohort.class_rows import page_rows
from autograder.cohort.class_table import class_json
from autograder.cohort.figures import class_figures
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Journal
from autograder.cohort.people import people_of
from autograder.cohort.tables import ON_PAGE, OPENED, class_reports
from autograder.render.class_page import class_page

PAGE = Path(__file__).with_name("class_page.md")
ROUNDS = 5
# The first frame after the script has put all rows in place: what was asked for in it is drawn before the next one.
RENDERED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
SCROLL = """() => new Promise((done) => {
  const region = document.querySelector(".tall"), frames = [], began = performance.now();
  let last = began;
  region.scrollIntoView({behavior: "instant"});
  requestAnimationFrame(function step(now) {
    frames.push(performance.now() - last);
    last = performance.now();
    region.scrollTop += 150;
    if (region.scrollTop + region.clientHeight >= region.scrollHeight - 1) region.scrollTop = 0;
    if (now - began < 3000) requestAnimationFrame(step); else done(frames.slice(2));
  });
})"""
CHANGED = """(how) => new Promise((done) => {
  const began = performance.now();
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  addEventListener("hashchange", drawn, {once: true});
  location.hash = how;
})"""

Row = tuple[str, str, str]
"""What, the aim, what was measured."""


def made(folder: Path, reports_of: ReportFolder, students: int) -> Row:
    """Core-seconds that making the page takes, beyond the figures, which class.json needs anyway."""
    with Journal(folder / NAME) as journal:
        reports = class_reports(journal, reports_of)
        stand_on, people = journal.all_stand_on(), people_of(journal)
        figures = class_figures(reports, stand_on)
        values = {name: value for name, value in class_json(figures).items() if name in ON_PAGE}
        spent = []
        for _ in range(ROUNDS):
            began = time.process_time()
            links = {report.student: reports_of.links(report.student, OPENED) for report in reports}
            text = class_page("", "", {**values, **page_rows(reports, figures, stand_on, people, links)})
            reports_of.write_table(tables.PAGE, text)
            spent.append(time.process_time() - began)
    size = len(text.encode())
    each = f"{1e3 * min(spent) / students:.2f} ms of a core, {size / students / 1e3:.2f} kB each"
    return f"{students:,} students: the page is made", "1 ms each", f"{each}; {size / 1e6:.2f} MB"


def opened(browser: Any, address: str, students: int, aims: tuple[str, str]) -> list[Row]:
    """Until it is rendered, the longest frame while it is scrolled, and how long a filter and an order take."""
    rendered, frames, changes = [], [], {"who=1.2a": [], "sort=-total": [], "": []}
    opening, scrolling = [], []
    processes = browser.new_browser_cdp_session()
    for _ in range(ROUNDS):
        before = renderer(processes)
        with page_of(browser, address, viewport={"width": 1280, "height": 860}) as page:
            rendered.append(page.evaluate(RENDERED))
            there = renderer(processes)
            opening.append(there - before)
            drawn = page.evaluate(SCROLL)
            scrolling.append((renderer(processes) - there) / len(drawn))
            frames += drawn
            for how, times in changes.items():
                times.append(page.evaluate(CHANGED, how))
    worst, middle = max(frames), statistics.median(frames)
    late = sum(frame > 50 for frame in frames) / len(frames)
    waits = ", ".join(f"{statistics.median(times):.0f}" for times in changes.values())
    who = f"{students:,} students"
    until = f"{statistics.median(rendered):.0f} ms, at the most {max(rendered):.0f}; {1e3 * min(opening):.0f} ms of CPU"
    longest = f"{worst:.0f} ms; median {middle:.0f}, {late:.1%} above 50; {1e3 * min(scrolling):.0f} ms of CPU a frame"
    return [
        (f"{who}: until rendered", aims[0], until),
        (f"{who}: the longest frame in {ROUNDS} x 3 s of scrolling", aims[1], longest),
        (f"{who}: a filter, an order, all again", "", f"{waits} ms"),
    ]


def renderer(processes: Any) -> float:
    """CPU seconds of the processes that render."""
    listed = processes.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(one["cpuTime"] for one in listed if one["type"] == "renderer")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, nargs="*", default=[60, 1000, 5000])
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    where, rows = machine("playwright"), []
    with chromium() as browser:
        for students in given.students:
            with tempfile.TemporaryDirectory() as folder:
                reports_of = made_class(Path(folder), students)
                rows.append(made(Path(folder), reports_of, students))
                aims = ("2,000 ms", "50 ms") if students == 1000 else ("", "")
                rows += opened(browser, (Path(folder) / tables.PAGE).as_uri(), students, aims)
        table = [f"Machine: {where}; Chromium {browser.version}.", ""]
    table += ["| what | aim | measured |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)]
    text = "\n".join(table)
    print(text)
    if given.write:
        put(PAGE, text, "class_page.py")


if __name__ == "__main__":
    main()
