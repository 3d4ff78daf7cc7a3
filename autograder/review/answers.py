"""The written answers of a class, question by question."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.answers.marks import digest_of
from autograder.report import Report, Written


@dataclass(frozen=True)
class Question:
    """A question that people grade.

    Attributes:
        text: as the handout asks it, Markdown.
        model: the solution's answer, Markdown.
    """

    id: str
    title: str
    part: str
    points: float
    text: str = ""
    model: str = ""


@dataclass(frozen=True)
class Answer:
    """One student's answer to one question.

    Attributes:
        key: stands for it where its student's name is hidden; another answer has another key.
        digest: of the answer and the documents that it may stand in.
        alias: what it is called there.
    """

    key: str
    student: str
    question: str
    digest: str
    written: Written
    alias: str = ""

    @property
    def about(self) -> tuple[str, str, str]:
        """Student, question and digest, as marks have them."""
        return self.student, self.question, self.digest

    @property
    def empty(self) -> bool:
        """Whether nothing is written there, and no document may hold it."""
        return self.written.empty or not (self.written.answer.strip() or self.elsewhere)

    @property
    def elsewhere(self) -> bool:
        """Whether it may stand in a document: then its text says too little to compare it with others."""
        return bool(self.written.elsewhere or self.written.documents or self.written.candidates)


def answers_of(reports: Iterable[Report]) -> dict[str, dict[str, Answer]]:
    """By question and key, all answers of a class, in an order that does not tell whose they are."""
    found: dict[str, dict[str, Answer]] = {}
    for report in reports:
        for one in report.written:
            digest = digest_of(one.answer, one.documents)
            said = "\0".join((report.student, one.id, digest)).encode(errors="surrogatepass")
            answer = Answer(hashlib.sha256(said).hexdigest()[:16], report.student, one.id, digest, one)
            found.setdefault(one.id, {})[answer.key] = answer
    return {question: _named(theirs) for question, theirs in found.items()}


def _named(answers: dict[str, Answer]) -> dict[str, Answer]:
    ordered = (answers[key] for key in sorted(answers))
    return {
        one.key: Answer(one.key, one.student, one.question, one.digest, one.written, f"Answer {number}")
        for number, one in enumerate(ordered, 1)
    }
