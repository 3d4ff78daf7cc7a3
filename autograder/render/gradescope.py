"""A report in Gradescope's ``results.json`` format (gradescope-autograders.readthedocs.io, "specs")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.outcome import Outcome, Status
from autograder.render.markdown import markdown, table
from autograder.render.text import elsewhere, lateness, summary
from autograder.report import Line, Report
from autograder.rubric import Rubric
from autograder.text import plain


@dataclass(frozen=True)
class Page:
    """What a document says beside the outcomes.

    Attributes:
        head: sentences above them, like how late it was handed in.
        leaderboard: ``{"name", "value", "order"}`` each, as Gradescope takes them.
        seconds: how long grading took; None: not said.
        extra: for ``extra_data``, which Gradescope keeps and does not show.
    """

    head: tuple[str, ...] = ()
    leaderboard: tuple[Mapping[str, Any], ...] = ()
    seconds: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def results_json(report: Report, rubric: Rubric, page: Page = Page()) -> dict[str, Any]:
    """The document; every check is in it, and the sum of the maxima never changes.

    ``hidden`` is never used: one hidden check would hide the student's total.
    """
    lines = [line for line in report.lines if line.id not in rubric.by_hand or rubric.gradescope.by_hand == "listed"]
    told = tuple(line for line in lines if not _later(line, rubric))
    seen, whole = replace(report, lines=told), replace(report, lines=tuple(lines))
    head = [summary(seen), *lateness(seen), *page.head, *report.remarks, *elsewhere(report)]
    if len(told) < len(lines):
        head.insert(1, "Some verdicts come with the published grades; they are not counted here.")
    return {
        "output": "\n\n".join(markdown(sentence) for sentence in head),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        **({"execution_time": round(page.seconds, 1)} if page.seconds is not None else {}),
        **({"leaderboard": [dict(row) for row in page.leaderboard]} if page.leaderboard else {}),
        **({"score": whole.total} if whole.deduction.points else {}),  # in the place of the tests' sum
        "tests": [_test(line, rubric) for line in lines],
        "extra_data": {
            "student": plain(report.student),
            "digest": plain(report.digest),
            "complete": report.complete,
            "fingerprint": {plain(name): _value(value) for name, value in report.fingerprint.items()},
            **page.extra,
        },
    }


def _test(line: Line, rubric: Rubric) -> dict[str, Any]:
    return {
        "name": plain(line.title if line.part == "files" else f"{line.id}: {line.title}"),
        "name_format": "text",
        "number": rubric_number(line.part),
        "score": line.outcome.points,
        "max_score": line.points,
        "output": "\n\n".join(_blocks(line.outcome)),
        "output_format": "md",
        "tags": [line.part, line.outcome.status.value],
        "visibility": "after_published" if _later(line, rubric) else "visible",
        "extra_data": _facts(line),
        **_status(line.outcome),
    }


def _facts(line: Line) -> dict[str, str]:
    """What else is told, for who reads the document by program: by what it was cut short, why it was not graded."""
    ungraded = plain(line.outcome.reason) if line.outcome.status is Status.UNGRADED else ""
    return {"check": line.id, "cut_short": line.outcome.cut_short, "ungraded": ungraded}


def _later(line: Line, rubric: Rubric) -> bool:
    """Whether students see its verdict only when grades are published."""
    return bool({line.id, line.part} & set(rubric.gradescope.after_published))


def _value(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else plain(str(value))


def rubric_number(part: str) -> str:
    """The number by which Gradescope sorts: the files come first."""
    return "0" if part == "files" else part


def _status(outcome: Outcome) -> dict[str, str]:
    """Passed or failed where that is known; an open line gets neither, and no red mark for points that are not lost."""
    if outcome.status is Status.PASSED:
        return {"status": "passed"}
    return {} if outcome.status.open or outcome.status is Status.MARKED else {"status": "failed"}


def _blocks(outcome: Outcome) -> Iterator[str]:
    """The verdict in a word unless it is passed, the reason, the hint, the layers, and what else is known."""
    word = "" if outcome.status is Status.PASSED else f"**{outcome.status.value}** "
    if word or outcome.reason:
        yield f"{word}{markdown(outcome.reason)}".strip()
    if outcome.hint:
        yield f"Hint: {markdown(outcome.hint)}"
    if outcome.table:
        yield "\n".join(table(("layer", "wanted", "yours"), outcome.table))
    detail = ["\n".join(f"* {markdown(text)}" for text in outcome.detail)] if outcome.detail else []
    remarks = [markdown(text) for text in outcome.remarks]
    yield from (*remarks, *detail) if outcome.status is Status.PASSED else (*detail, *remarks)
