"""What the kit knows beside a written answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograder.report import Report


def evidence(reports: Mapping[str, Report]) -> Callable[[str, str], Sequence[str]]:
    """For a student and a question, sentences that staff read beside the answer."""
    return lambda student, question: ()
