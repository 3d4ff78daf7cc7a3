"""A report in Gradescope's ``results.json`` format (gradescope-autograders.readthedocs.io, "specs")."""

from __future__ import annotations

from typing import Any

from autograder.outcome import Outcome, Status
from autograder.render.plain import plain
from autograder.render.text import summary
from autograder.report import Report
from autograder.rubric import Rubric


def results_json(report: Report, rubric: Rubric) -> dict[str, Any]:
    """The document; every check is in it, and the sum of the maxima never changes."""
    return {
        "output": "\n".join([summary(report), *(plain(remark) for remark in report.remarks)]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            {
                "name": plain(line.title if line.part == "files" else f"{line.id}: {line.title}"),
                "name_format": "text",
                "number": rubric_number(line.part),
                "score": line.outcome.points,
                "max_score": line.points,
                "output": _output(line.outcome),
                "output_format": "text",
                "tags": [line.part, line.outcome.status.value],
                "visibility": "visible",
                **_status(line.outcome),
            }
            for line in report.lines
        ],
        "extra_data": {
            "digest": plain(report.digest),
            "complete": report.complete,
            "fingerprint": {plain(name): _value(value) for name, value in report.fingerprint.items()},
        },
    }


def _value(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else plain(str(value))


def rubric_number(part: str) -> str:
    """Gradescope sorts by it: the files come first."""
    return "0" if part == "files" else part


def _status(outcome: Outcome) -> dict[str, str]:
    """Passed or failed where that is known; an open line gets neither, and no red mark for points that are not lost."""
    if outcome.status is Status.PASSED:
        return {"status": "passed"}
    return {} if outcome.status.open or outcome.status is Status.MARKED else {"status": "failed"}


def _output(outcome: Outcome) -> str:
    hint = [f"Hint: {plain(outcome.hint)}"] if outcome.hint else []
    texts = [plain(text) for text in (outcome.reason, *outcome.detail, *outcome.remarks) if text]
    opened = [f"({outcome.status.value})"] if outcome.status is not Status.PASSED else []
    return "\n".join([*opened, *texts[:1], *hint, *texts[1:]])
