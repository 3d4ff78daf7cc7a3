"""A class drawn by program, as `hw1 grade` leaves one: what the staff's pages are measured and pictured with."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from autograder.answers.marks import PAGE, Mark, digest_of
from autograder.cohort.absent import absent
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME, Decision, Journal
from autograder.cohort.tables import render_class, write_tables
from autograder.homework import in_force
from autograder.hw1.mistakes import MISTAKES
from autograder.keeping.standing import Stand
from autograder.late import KNOWN, Lateness, rules_of
from autograder.outcome import Outcome, Status
from autograder.report import Report, Written, make_report
from autograder.rubric import Rubric, read_rubric

RULES = rules_of({"due": "2026-03-31T23:59:00+09:00", "percent": 10})
SHARES = {"late": 0.08, "absent": 0.03, "flagged": 0.05, "unsettled": 0.12}
FLAG = "of its accuracy on the clean images too little is left on jittered ones (0.93, then 0.41)"
NOT_TRAINED = "Nothing was trained (--train never), and no checkpoint of it was handed in."
MANY = "The results differ from the solution's in {} of 1,004 batches, the first time in batch {}."
BY = "Teaching assistant 1"


def made_class(folder: Path, size: int, seed: int = 16) -> ReportFolder:
    """Write a class of *size* students, all its documents and tables, into *folder*."""
    draw, rubric = random.Random(seed), replace(read_rubric(), late=RULES)  # noqa: S311  no secret
    checks = in_force().checks
    worst = {check.id: draw.gauss(0.9, 0.7) for check in checks}
    graded = RULES.due.timestamp() + 86_400  # the same each time, and so are the pictures
    with Journal(folder / NAME) as journal, patch("autograder.cohort.journal.time.time", return_value=graded):
        journal.begin({"rubric": rubric.digest}, {})
        for number in range(size):
            report, stands = drawn_report(f"{20260001 + number}", worst, rubric, draw)
            journal.write(report.student, report.digest, "basis", "", report.to_json(), stands)
            marks = marks_of(report, rubric, draw) if number % 3 else []
            journal.mark(marks)
            person = {"name": f"Student {number + 1}", "email": f"student{number + 1}@example.org"}
            journal.name_people({report.student: {**person, "numbers": {}, "files": []}})
        why = "the check did not know this way to write it"
        journal.decide([Decision("points", f"{20260001 + n}", "1.2a", 2.0, why, BY) for n in (3, size // 2)])
        journal.end()
        reports = ReportFolder(folder, rubric)
        written = render_class(journal, reports)
        for report in written[:: max(2, size // 20)]:
            reports.write_pages(report.student, {"HW1_1.feedback.html": "<!doctype html>"})
        write_tables(written, journal, reports)
    return reports


def drawn_report(student: str, worst: dict[str, float], rubric: Rubric, draw: random.Random):
    """A student's report, and what its verdicts stand on."""
    checks = in_force().checks
    if draw.random() < SHARES["absent"]:
        nothing = Outcome(Status.FAILED, "No hand-in.")
        report = make_report(student, absent("").digest, checks, {one.id: nothing for one in checks}, rubric, (), {})
        return replace(report, lines=tuple(replace(line, outcome=nothing) for line in report.lines)), {}
    skill, begun = draw.gauss(0.6, 1), draw.random()
    outcomes, stands = {}, {}
    for place, check in enumerate(checks):
        outcomes[check.id] = drawn_outcome(check.id, skill + worst[check.id], draw)
        if begun < 0.08 and place > len(checks) * draw.uniform(0.3, 0.7):
            outcomes[check.id] = Outcome(Status.TODO, "The handout's stub is still there.")
        elif rubric.worth(check.id):
            long = 60 if "accuracy" in check.id else 0.6
            stands[check.id] = {
                f"probe of {check.id}": Stand(f"{draw.getrandbits(64):016x}", long * draw.uniform(0.5, 2))
            }
    written = [Written(name, f"An answer to {name} of {student}.") for name in rubric.by_hand]
    report = make_report(student, f"digest of {student}", checks, outcomes, rubric, (), {"seed": "secret"}, (), written)
    late = timedelta(hours=draw.uniform(1, 60)) if draw.random() < SHARES["late"] else timedelta(hours=-5)
    return replace(report, late=Lateness(RULES, int((RULES.due + late).timestamp()), KNOWN)), stands


def drawn_outcome(check: str, margin: float, draw: random.Random) -> Outcome:
    """Passed, or wrong by a known mistake or by none."""
    if "accuracy" in check and draw.random() < SHARES["unsettled"]:
        return Outcome(Status.UNSETTLED, NOT_TRAINED)
    if "accuracy" in check and draw.random() < SHARES["flagged"]:
        return Outcome(Status.UNSETTLED, f"Not settled: {FLAG}.", flag=FLAG)
    if draw.gauss(0, 0.8) < margin:
        return Outcome(Status.PASSED)
    if draw.random() < 0.03:
        return Outcome(Status.STOPPED, "It was stopped after 20 s of a processor's time.")
    known = [one for one in MISTAKES if check in one.fails]
    if known and draw.random() < 0.75:
        made = known[min(int(draw.expovariate(0.9)), len(known) - 1)]
        return Outcome(Status.FAILED, made.says, mistake=made.id)
    return Outcome(Status.FAILED, MANY.format(draw.randrange(1, 1005), draw.randrange(1, 500)))


def marks_of(report: Report, rubric: Rubric, draw: random.Random) -> list[Mark]:
    """Points for the written answers of one student."""
    given = [
        (one, round(2 * min(max(draw.gauss(0.7, 0.35), 0), 1) * rubric.all_points[one.id]) / 2)
        for one in report.written
    ]
    return [
        Mark(
            report.student,
            one.id,
            digest_of(one.answer, one.documents),
            points,
            "Say why." if points < 1 else "",
            BY,
            PAGE,
        )
        for one, points in given
    ]


if __name__ == "__main__":
    import sys

    began = datetime.now()
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    made_class(Path(sys.argv[1]), int(sys.argv[2]))
    print(datetime.now() - began)
