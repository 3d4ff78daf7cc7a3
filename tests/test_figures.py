"""The class's figures equal those of numpy and scipy, and what looks broken is pointed out."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from autograder.cohort.absent import absent
from autograder.cohort.class_table import class_csv, class_json, class_lines, who
from autograder.cohort.decisions import Decisions, decided
from autograder.cohort.figures import class_figures
from autograder.cohort.journal import Decision
from autograder.errors import MisuseError
from autograder.hw1.checks import CHECKS
from autograder.keeping.standing import Stand
from autograder.outcome import Outcome, Status
from autograder.report import Report, Written, make_report
from autograder.rubric import read_rubric
from autograder.submission import Owner

RUBRIC = read_rubric()
FAILED = Outcome(Status.FAILED, "The weights differ.")
ZERO_GRAD = replace(FAILED, mistake="train-no-zero-grad")
KNOWN = {"train-no-zero-grad": ("1.2a",), "train-never-steps": ("1.2a",)}
PEOPLE = {"20260002": Owner("학생 나")}


def report_of(student: str = "20260001", outcomes=None, marks=None, answer="An answer.") -> Report:
    """A report in which all passes but *outcomes*; *marks* are points that a person gave, by question."""
    said = {check.id: Outcome(Status.PASSED) for check in CHECKS} | (outcomes or {})
    written = [Written(name, answer) for name in RUBRIC.by_hand]
    report = make_report(student, f"digest of {student}", CHECKS, said, RUBRIC, (), {"seed": "secret"}, (), written)
    marked = {name: Outcome(Status.MARKED, points=value) for name, value in (marks or {}).items()}
    return replace(report, lines=tuple(replace(n, outcome=marked.get(n.id, n.outcome)) for n in report.lines))


def drawn_class(size: int) -> list[Report]:
    """Students of different skill, checks of different difficulty."""
    draw = random.Random(15)  # noqa: S311  no secret
    others = {
        Status.TODO: 0.05,
        Status.STOPPED: 0.02,
        Status.UNSETTLED: 0.04,
        Status.UNGRADED: 0.01,
    }
    reports = []
    for number in range(size):
        skill, outcomes, marks = draw.gauss(0, 1), {}, {}
        for place, check in enumerate(CHECKS):
            status = draw.choices([*others, None], [*others.values(), 0.88])[0]
            if status is None:
                right = skill + draw.gauss(0, 1) > place / 8 - 2
                made = "" if right else draw.choice(["", "mistake-a", "mistake-b", "mistake-b"])
                outcomes[check.id] = Outcome(Status.PASSED if right else Status.FAILED, "It differs.", mistake=made)
            else:
                outcomes[check.id] = Outcome(status, f"It is {status.value}.")
        for name, item in RUBRIC.by_hand.items():
            if draw.random() < 0.7:
                marks[name] = round(2 * item.points * min(max(0.5 + skill / 3, 0), 1)) / 2
        reports.append(report_of(f"{20260000 + number}", outcomes, marks))
    return reports


def table_of(reports: list[Report]):
    """By check, its worth, and of each student the status and the points, as arrays."""
    ids = [line.id for line in reports[0].lines]
    status = np.array(
        [[line.outcome.status.value for line in report.lines] for report in reports]
    )  # (students, checks)
    earned = np.array([[line.outcome.points for line in report.lines] for report in reports])
    return ids, np.array([line.points for line in reports[0].lines]), status, earned


def test_what_people_decided_counts_and_a_bonus_is_no_check():
    reports = [report_of(f"2026000{n}", {"1.2a": ZERO_GRAD} if n < 3 else {}) for n in range(5)]
    given = Decision("points", "20260001", "1.2a", RUBRIC.points["1.2a"], "on paper", "Teaching assistant 1")
    bonus = Decision("bonus", "20260004", "", 2.0, "found a mistake", "Teaching assistant 1")
    decisions = Decisions({"20260001": {("points", "1.2a"): given}, "20260004": {("bonus", ""): bonus}})
    before, now = class_figures(reports), class_figures(decided(report, decisions) for report in reports)
    one = next(one for one in now.checks if one.id == "1.2a")
    assert (one.attempted, one.passed, dict(one.mistakes)) == (5, 3, {"train-no-zero-grad": 2})
    assert [one.id for one in now.checks] == [one.id for one in before.checks]
    assert now.totals.highest == before.totals.highest + 2
    assert one.discrimination is None  # all have the same elsewhere


def test_the_figures_of_1000_students_equal_those_of_numpy_and_scipy():
    reports = drawn_class(1000)
    figures = class_figures(reports)
    ids, worth, status, earned = table_of(reports)
    total = earned.sum(axis=1)
    assert [one.id for one in figures.checks] == ids
    for column, one in enumerate(figures.checks):
        words, points = status[:, column], earned[:, column]
        settled = np.isin(words, ["passed", "failed", "stopped", "marked"])
        full = (words == "passed") | ((words == "marked") & (points == worth[column]))
        assert one.attempted == np.sum(words != "todo")
        assert (one.settled, one.passed) == (settled.sum(), (full & settled).sum())
        assert one.not_started == np.sum(words == "todo")
        interval = stats.binomtest(int(one.passed), int(one.settled)).proportion_ci(0.95, "wilson")
        assert one.interval == pytest.approx((interval.low, interval.high), abs=2e-5)
        assert one.mean == pytest.approx(points[settled].mean())
        rest = (total - points)[settled]
        if "marked" in words:
            wanted = stats.pearsonr(points[settled], rest).statistic
        else:
            wanted = stats.pointbiserialr(full[settled], rest if worth[column] else total[settled]).statistic
        assert one.discrimination == pytest.approx(wanted)
        made = Counter(
            report.lines[column].outcome.mistake for report in reports if report.lines[column].outcome.mistake
        )
        assert one.mistakes == tuple(made.most_common())
    assert figures.totals.mean == pytest.approx(total.mean())
    assert figures.totals.median == pytest.approx(np.median(total))
    assert figures.totals.quartiles == pytest.approx(np.percentile(total, [25, 50, 75]))
    assert (figures.totals.lowest, figures.totals.highest) == (total.min(), total.max())
    assert figures.totals.bins == tuple(np.histogram(total, bins=10, range=(0, worth.sum()))[0])
    waiting = sum(len(one.students) for one in figures.unsettled)
    assert waiting == np.isin(status, ["unsettled", "ungraded", "by hand"]).sum()
    assert {name for name, _ in figures.people} == {
        report.student for report, words in zip(reports, status, strict=True) if "ungraded" in words
    }


def test_json_and_csv_hold_the_same_figures():
    figures = class_figures(drawn_class(60))
    values = json.loads(json.dumps(class_json(figures)))
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(class_csv(figures)))}
    assert list(rows) == [one["id"] for one in values["checks"]]
    assert values["handed in"] == 60
    for one in values["checks"]:
        row = rows[one["id"]]
        assert [float(row[name]) for name in ("attempted", "settled", "passed", "mean", "discrimination")] == [
            one[name] for name in ("attempted", "settled", "passed", "mean", "discrimination")
        ]
        assert [float(row["at least"]), float(row["at most"])] == one["interval"]
        made = "; ".join(f"{name} ({count})" for name, count in one["mistakes"].items())
        assert row["mistakes"] == made


def test_who_handed_in_nothing_is_counted_and_stands_in_no_other_figure():
    nothing = Outcome(Status.FAILED, "No hand-in.")
    missing = replace(report_of("20260002", {check.id: nothing for check in CHECKS}), digest=absent("20260002").digest)
    alone, both = class_figures([report_of()]), class_figures([report_of(), missing])
    assert (both.students, both.absent) == (2, ("20260002",))
    assert (both.checks, both.totals) == (alone.checks, alone.totals)
    assert list(who([report_of(), missing], "1.2a", KNOWN, PEOPLE)) == ["20260002  학생 나  no hand-in"]
    assert class_figures([missing]).totals is None
    assert class_json(class_figures([missing]))["totals"] is None


def test_an_empty_answer_is_not_attempted_and_one_that_waits_is_open():
    (empty,) = (one for one in class_figures([report_of(answer="")]).checks if one.id == "1.2-Q4")
    (waits,) = (one for one in class_figures([report_of()]).checks if one.id == "1.2-Q4")
    assert (empty.attempted, waits.attempted, waits.settled, waits.rate, waits.mean) == (0, 1, 0, None, None)


@pytest.mark.parametrize(
    ("right", "size", "said"),
    [
        (lambda n: True, 12, "all 12 who attempted it pass"),
        (lambda n: False, 12, "none of the 12 who attempted it passes"),
        (lambda n: n < 6, 12, "who passes it has fewer points elsewhere (discrimination -"),
        (lambda n: n >= 6, 12, ""),
        (lambda n: n % 2, 12, ""),
        (lambda n: False, 9, ""),  # of a few students it says nothing
    ],
)
def test_a_check_that_looks_broken_is_pointed_out(right, size, said):
    others = [check.id for check in CHECKS if check.id not in ("2.1a", "1.2a")]
    reports = [
        report_of(
            f"{n}",
            {"2.1a": Outcome(Status.PASSED) if right(n) else FAILED} | dict.fromkeys(others[: size - n], FAILED),
        )
        for n in range(size)
    ]
    figures = class_figures(reports)
    (doubts,) = (one.doubts for one in figures.checks if one.id == "2.1a")
    assert [text[: len(said)] for text in doubts] == ([said] if said else [])
    assert any(line.startswith(f"Look at 2.1a: {said}") for line in class_lines(figures)) == bool(said)
    assert any(one["check"] == "2.1a" for one in class_json(figures)["look at"]) == bool(said)


def test_what_is_not_settled_says_why_and_whose_and_who_needs_a_person_why():
    flagged = Outcome(Status.UNSETTLED, "It can't be compared.", flag="look at the network")
    waiting = Outcome(Status.UNSETTLED, "Not trained.")
    reports = [
        report_of("20260001", {"1.1-accuracy": waiting, "2.1a": flagged, "2.1b": flagged}),
        report_of("20260002", {"1.1-accuracy": waiting, "1.2a": Outcome(Status.UNGRADED, "The kit failed.")}),
    ]
    values = class_json(class_figures(reports))
    found = {one["check"]: one for one in values["not settled"] if one["status"] != "by hand"}
    assert found["1.1-accuracy"]["students"] == ["20260001", "20260002"]
    assert (found["1.1-accuracy"]["why"], found["2.1a"]["count"]) == ("Not trained.", 1)
    assert values["needs a person"] == [
        {"student": "20260001", "why": ["2.1a, 2.1b: look at the network"]},
        {"student": "20260002", "why": ["1.2a: The kit failed."]},
    ]
    assert "A person has to look at 2 of the hand-ins" in " ".join(class_lines(class_figures(reports)))


def test_students_are_listed_by_mistake_and_by_check():
    reports = [
        report_of("20260001", {"1.2a": ZERO_GRAD}),
        report_of("20260002", {"1.2a": FAILED}),
        report_of("20260003", {"1.2a": Outcome(Status.TODO)}),
        report_of("20260004", {"1.2a": Outcome(Status.UNSETTLED)}),
        report_of("20260005"),
    ]
    assert list(who(reports, "1.2a=train-no-zero-grad", KNOWN, PEOPLE)) == ["20260001  failed, train-no-zero-grad"]
    assert list(who(reports, "1.2a", KNOWN, PEOPLE)) == [
        "20260001  failed, train-no-zero-grad",
        "20260002  학생 나  failed",
        "20260003  not started",
        "20260004  open",
    ]
    assert list(who(reports, "1.2a=train-never-steps", KNOWN, PEOPLE)) == []


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("1.2z", "there is no check 1.2z; there are .*1.1-structure"),
        ("1.2z=train-no-zero-grad", "there is no check 1.2z"),
        ("1.2a=train-too-much", "there is no mistake train-too-much in 1.2a; made there: train-no-zero-grad"),
        ("2.1a=train-no-zero-grad", "there is no mistake train-no-zero-grad in 2.1a; none is made there"),
    ],
)
def test_an_unknown_check_or_mistake_is_refused_by_its_name(wanted, sentence):
    with pytest.raises(MisuseError, match=sentence):
        who([report_of("20260001", {"1.2a": ZERO_GRAD})], wanted, KNOWN, PEOPLE)


def test_no_cell_of_the_table_is_a_formula():
    report = report_of("20260001", {"1.2a": replace(FAILED, mistake="=HYPERLINK(1)")})
    (row,) = (row for row in csv.DictReader(io.StringIO(class_csv(class_figures([report])))) if row["check"] == "1.2a")
    assert row["mistakes"] == "'=HYPERLINK(1) (1)"


def test_the_time_spent_is_that_of_the_observations_where_they_were_first_needed():
    stands = {
        "20260001": {
            "": {"of documents": Stand("00", 9.0)},
            "2.1c-shapes": {"vgg": Stand("01", 2.0), "more": Stand("02", 1.0)},
            "2.1c-count": {"vgg": Stand("01", 2.0)},
        },
        "20260002": {"2.1c-shapes": {"vgg": Stand("03", 6.0)}},
        "somebody who is gone": {"2.1c-shapes": {"vgg": Stand("04", 99.0)}},
    }
    figures = class_figures([report_of("20260001"), report_of("20260002"), report_of("20260003")], stands)
    found = {one.id: one.seconds for one in figures.checks}
    assert (found["2.1c-shapes"], found["2.1c-count"], found["2.1a"]) == ((4.5, 6.0), (0.0, 0.0), None)
    told = {one["id"]: one["seconds"] for one in class_json(figures)["checks"]}
    assert (told["2.1c-shapes"], told["2.1a"]) == ({"mean": 4.5, "most": 6.0}, None)
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(class_csv(figures)))}
    assert (rows["2.1c-shapes"]["seconds"], rows["2.1c-shapes"]["most seconds"]) == ("4.5", "6.0")
    assert (rows["2.1a"]["seconds"], rows["2.1a"]["most seconds"]) == ("", "")
