"""Grades hostile hand-ins one after the other: ids of attacks come in, what came of each goes out as a line of JSON.

Started by ``redteam.py`` as a process of its own, which an attack may end or freeze:
``python -m tests.hostile.grader strong`` (or ``none``).
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
import tempfile
import time
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from autograder.cohort.folder import ReportFolder
from autograder.discretion import SECRET, for_students
from autograder.grade import judged
from autograder.home import handout_folder, solution_folder
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.render.feedback_page import feedback_page
from autograder.report import Report
from autograder.rubric import Limits, Rubric

from .attack import Attack
from .catalogue import BY_ID
from .target import Target

STUDENT = "20260001"
SAID = "RT-SAID"  # what an attack says and no student may read
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
REPORT_BYTES = 200_000  # the solution's has 20 kB
SHOWN = 400  # characters of a text that are worth telling
OURS = {"p", "strong", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}  # what our Markdown makes


class Bench:
    """One kit and what is attacked, for many attacks in turn."""

    def __init__(self, kit: Kit, folder: Path, secret: str):
        self.kit = kit
        self.folder = folder
        self.target = Target(folder / "target", secret)
        self.usual = self._usual()

    def _usual(self) -> dict[str, str]:
        """What the solution gets, by check."""
        wanted = {check for attack in BY_ID.values() for check in attack.checks}
        report, _ = self._graded(solution_folder(), tuple(sorted(wanted)), self.kit.rubric.limits)
        return {line.id: line.outcome.status.value for line in report.lines if line.id in wanted}

    def run(self, attack: Attack) -> dict[str, Any]:
        """Grade its hand-in; what happened, as JSON values."""
        files = attack.hand_in(solution_folder(), handout_folder(), self.target.markers)
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            path = attack.pack(Path(made) / STUDENT, files, self.target.markers)
            return self._attacked(attack, path)

    def _attacked(self, attack: Attack, path: Path) -> dict[str, Any]:
        """What happened when the hand-in at *path* was graded."""
        self.target.restore()
        start = time.monotonic()
        for _ in range(2 if attack.twice else 1):
            report, printed = self._graded(path, attack.checks, _limits(attack, self.kit.rubric.limits))
        seconds = time.monotonic() - start
        warm = set(self.kit.launcher.parents)  # type: ignore[attr-defined]
        harm = self.target.harm(printed + json.dumps(report.to_json()), warm)
        harm += [f"left {path.name} in the grader's folder" for path in self.kit.scratch.glob("hw1-*")]
        harm += unclean(report, self.kit.rubric, self.folder / "out")
        return {
            "id": attack.id,
            "seconds": seconds,
            "harm": harm,
            "spoiled": self.target.spoiled,
            **_told(printed),
            **self._points(attack, report),
        }

    def _graded(self, path: Path, checks: tuple[str, ...], limits: Limits) -> tuple[Report, str]:
        """The report, and what the hand-in printed."""
        kit = self.kit
        usual, kit.rubric = kit.rubric, replace(kit.rubric, limits=limits)
        try:
            submission = read_submission(path, limits)
            with kit.session(submission) as session:
                report = judged(kit.case(submission, session), session, tuple(c for c in CHECKS if c.id in checks))
            return report, session.printed_text
        finally:
            kit.rubric = usual

    def _points(self, attack: Attack, report: Report) -> dict[str, Any]:
        """Which points were earned that must not be, which lost that must not be, and why."""
        lines = {line.id: line for line in report.lines if line.id in attack.checks}
        attacked = {name for name in lines if name.startswith(attack.loses)}
        kept = [name for name in lines if not name.startswith((*attack.loses, *attack.risks))]
        lost = [name for name in kept if lines[name].outcome.status.value != self.usual[name]]
        outcomes = [line.outcome for line in lines.values()]
        remarks = " ".join((*report.remarks, *(text for outcome in outcomes for text in outcome.remarks)))
        told = [f"{n}: {line.outcome.reason}" for n, line in lines.items() if line.outcome.status is not Status.PASSED]
        return {
            "earned": [n for n in attacked if lines[n].outcome.points > 0],
            "lost": lost,
            "remark": attack.remark in remarks,
            "reasons": [text[:SHOWN] for text in told],
        }


def unclean(report: Report, rubric: Rubric, folder: Path) -> list[str]:
    """What is wrong with the documents made of *report*: its student's, under a secret seed, and staff's."""
    found = []
    secret = replace(report, fingerprint={**report.fingerprint, "seed": SECRET})
    reports = ReportFolder(folder, rubric)
    reports.write(secret)
    grades = reports.write_grades([secret])
    unseen = feedback_page(for_students(replace(secret, passages={})), rubric)  # the lines in it are the student's own
    if SAID in unseen:
        found.append("its own words in feedback.html")
    documents = ("feedback.txt", "feedback.html", "results.json")
    for path in (*(folder / STUDENT / name for name in documents), grades):
        text = path.read_text(encoding="utf-8")
        if any(unicodedata.category(c)[0] == "C" for c in text.replace("\n", "").replace("\r", "")):
            found.append(f"invisible characters in {path.name}")
        if SAID in text and path != grades and path.suffix != ".html":
            found.append(f"its own words in {path.name}")
    for path in (*(folder / STUDENT).iterdir(), grades):
        if path.stat().st_size > REPORT_BYTES:
            found.append(f"{path.name} has {path.stat().st_size:,} bytes")
    results = json.loads((folder / STUDENT / "results.json").read_text(encoding="utf-8"))
    shown = "\n\n".join([results["output"], *(test["output"] for test in results["tests"])])
    made = set(re.findall(r"<(\w+)", MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(shown)))
    if not made <= OURS:
        found.append(f"results.json shows {', '.join(sorted(made - OURS))}")
    return found


def _limits(attack: Attack, limits: Limits) -> Limits:
    return replace(
        limits,
        memory_mb=attack.memory_mb or limits.memory_mb,
        import_seconds=attack.import_seconds or limits.import_seconds,
    )


def _told(printed: str) -> dict[str, list[str]]:
    """How far the attack itself says that it got."""
    told: dict[str, list[str]] = {"reached": [], "refused": [], "absent": []}
    for line in printed.splitlines():
        word, _, what = line.removeprefix("RT-").partition(" ")
        if line.startswith("RT-") and word.lower() in told:
            told[word.lower()].append(what[:SHOWN])
    return told


def main() -> None:
    """Grade until there are no more ids."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what a hand-in leaves behind shows below this one
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # only answers go out there
    folder = Path(tempfile.mkdtemp(prefix="hw1-redteam-"))
    folder.chmod(0o755)
    with Kit(train="never", isolation=sys.argv[1]) as kit:
        bench = Bench(kit, folder, os.environ["RT_SECRET"])
        hello = {"usual": bench.usual, "level": kit.level}
        print(json.dumps(hello), file=answers, flush=True)
        for line in sys.stdin:
            print(json.dumps(bench.run(BY_ID[line.strip()])), file=answers, flush=True)
        bench.target.close()


if __name__ == "__main__":
    main()
