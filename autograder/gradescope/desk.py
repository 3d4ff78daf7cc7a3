"""Keeps ``results.json`` in step with what has been judged: one document after each outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.check import Check
from autograder.discretion import for_students
from autograder.gradescope.metadata import Upload
from autograder.gradescope.places import Places
from autograder.gradescope.results import replace_results
from autograder.homework import in_force
from autograder.late import KNOWN, Allowance, Lateness, duration
from autograder.outcome import UNRUN, Outcome, Status
from autograder.render.gradescope import Page, results_json
from autograder.report import Report, make_report
from autograder.rubric import Rubric

WAITING = "Not run yet."
NOT_YET = Outcome(Status.UNSETTLED, WAITING, shown=WAITING, cut_short=UNRUN)


def unrun_report(
    rubric: Rubric, student: str = "", outcomes: Mapping[str, Outcome] = {}, seed: str = "public"
) -> Report:
    """A report of which only *outcomes* are known; every other check has not been run yet."""
    all_of_them = {check.id: NOT_YET for check in in_force().checks} | dict(outcomes)
    return replace(make_report(student, "", in_force().checks, all_of_them, rubric, (), {"seed": seed}), complete=False)


@dataclass
class Desk:
    """Where the document of one upload is written.

    Attributes:
        upload: what Gradescope says of it.
        seed: ``"public"`` or ``"secret"``, by which students' texts are chosen.
        page: what stands beside the outcomes.
        student: the id, as soon as it is known.
    """

    places: Places
    rubric: Rubric
    upload: Upload
    seed: str
    page: Page = field(default_factory=Page)
    began: float = field(default_factory=time.monotonic)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    student: str = ""

    def tell(self, check: Check, outcome: Outcome | None) -> None:
        """Hear of a check; once it is judged, the document has it."""
        if outcome is not None:
            self.outcomes[check.id] = outcome
            with suppress(OSError):  # a disk that a hand-in has filled is emptied when its session ends
                self.write(unrun_report(self.rubric, self.student, self.outcomes, self.seed))

    def write(self, report: Report) -> None:
        """Write *report* as its student may read it.

        Raises:
            OSError: the disk is full; the document from before stays.
        """
        replace_results(self.places.results, self.document(report))

    def dated(self, report: Report) -> Report:
        """*report* with when it was handed in; of the rubric's and Gradescope's due date the later one counts."""
        rules, created, due = self.rubric.late, self.upload.created, self.upload.due
        if rules is None or created is None:
            return report
        later = max(0, int((due - rules.due).total_seconds())) if due is not None else 0
        return replace(report, late=Lateness(rules, int(created.timestamp()), KNOWN, Allowance(later)))

    def document(self, report: Report) -> dict[str, Any]:
        """What Gradescope reads."""
        report = self.dated(report)
        later = bool(self.rubric.gradescope.after_published)
        page = Page(
            (*self.page.head, *upload_lines(self.upload, report, later)),
            self.page.leaderboard,
            time.monotonic() - self.began,
            {**self.page.extra, "late_seconds": int(self.upload.late.total_seconds())},
        )
        return results_json(for_students(report), self.rubric, page)


def upload_lines(upload: Upload, report: Report, later: bool) -> tuple[str, ...]:
    """Sentences on when it was handed in and on what an earlier one had, unless some verdicts come *later*."""
    lines = []
    after = "after the last date" if upload.late_due and upload.created and upload.created > upload.late_due else ""
    if upload.late and report.late is None:
        lines.append(f"Handed in {duration(upload.late.total_seconds())} late{', ' + after if after else ''}.")
    elif upload.late and after:
        lines.append(f"Handed in {after}.")
    if upload.earlier is not None and report.complete and not later:
        lines.append(f"The upload before this one had {upload.earlier:g} points.")
    return tuple(lines)
