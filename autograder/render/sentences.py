"""What is said under a check, for places that show it in their own way: a test's failure, a table in a notebook."""

from __future__ import annotations

from autograder.outcome import Outcome, Status
from autograder.text import plain

WORDS = {
    Status.PASSED: "passed",
    Status.FAILED: "failed",
    Status.STOPPED: "stopped",
    Status.TODO: "not started",
    Status.UNSETTLED: "open",
    Status.UNGRADED: "not graded",
    Status.SKIPPED: "not asked for",
    Status.BY_HAND: "graded by hand",
    Status.MARKED: "graded by hand",
}


def sentences(outcome: Outcome) -> tuple[str, ...]:
    """What was seen and what was wanted, a hint, and remarks, each harmless on one line; without the mistake's name."""
    hint = f"hint: {outcome.hint}" if outcome.hint else ""
    return tuple(plain(text) for text in (outcome.reason, hint, *outcome.remarks) if text)


def mistake_named(outcome: Outcome) -> str:
    """The name of the mistake that it is, or nothing; one that is only suspected is nobody's yet."""
    return plain(outcome.mistake) if outcome.status is Status.FAILED else ""
