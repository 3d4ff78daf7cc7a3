"""What the review page is shown, as JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autograder.answers.marks import Mark
from autograder.cohort.decisions import POINTS
from autograder.cohort.journal import Decision
from autograder.outcome import Status
from autograder.report import Decided, Report, Written
from autograder.review.answers import Answer
from autograder.review.differences import spans
from autograder.review.evidence import Beside, own_figures
from autograder.review.grading import Grading
from autograder.review.grouping import text_id
from autograder.review.groups import EMPTY, Groups, comparable
from autograder.review.second import Agreement, agreement, to_read
from autograder.text import plain, points, visible

OFFERED = 30  # earlier comments
LENGTH = 20_000  # characters of an answer: as many as are read


@dataclass
class View:
    """The class as the page shows it.

    Attributes:
        maximum: all points of the homework.
        threshold: at which answers are grouped if nobody asks for another one.
    """

    grading: Grading
    title: str
    maximum: float
    threshold: float
    evidence: Beside
    groups: Groups = field(default_factory=Groups)
    _compared: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by question

    def overview(self, by: str) -> dict[str, Any]:
        """The class, and each question with how much of it is graded, and by whom."""
        with self.grading.lock:
            return {
                "title": self.title,
                "by": by,
                "maximum": self.maximum,
                "questions": [self._progress(question) for question in self.grading.questions],
                "students": sorted(self.grading.reports),
                "rev": self.grading.revision,
            }

    def question(self, question: str, names: bool, threshold: float | None) -> dict[str, Any]:
        """A question with its groups, answers, items and comments.

        Args:
            names: whose answers they are is shown.
        """
        at = self.threshold if threshold is None else threshold
        grading = self.grading
        with grading.lock:
            asked, answers = grading.questions[question], grading.answers[question]
            moved, rev = grading.acts.moves(question), grading.revision
        # It may take a second, in which others go on.
        groups = self.groups.of(question, answers, at, moved, self._texts(question))
        first = {key: group.keys[0] for group in groups for key in group.keys}
        kinds = {key: group.kind for group in groups for key in group.keys}
        with grading.lock:
            shown = {
                key: {
                    **self._answer(one, names),
                    "spans": _spans(_text(answers[first[key]].written), _text(one.written)),
                    "proposed": 0 if kinds[key] == EMPTY else None,
                    "mark": self.mark(grading.mark_on(one)),
                    "stale": _said(grading.marks.stale(*one.about)),
                    "decided": self._decided(one),
                }
                for key, one in answers.items()
            }
            return {
                **vars(asked),
                "items": self.items(question),
                "comments": self._comments(question),
                "threshold": at,
                "default": self.threshold,
                "rev": rev,
                "groups": [
                    {
                        "id": one.id,
                        "kind": one.kind,
                        "tightest": one.tightest,
                        "answers": list(one.keys),
                        "moved": one.moved,
                    }
                    for one in groups
                ],
                "answers": shown,
            }

    def items(self, question: str) -> list[dict[str, Any]]:
        """The rubric items of a question, each with how many answers have it."""
        with self.grading.lock:
            used = Counter(
                number for _, mark in self._marked(question) for number in self.grading.acts.given(mark).items
            )
            items = self.grading.acts.items(question)
            return [{"id": one.id, "text": one.text, "points": one.points, "used": used[one.id]} for one in items]

    def mark(self, mark: Mark | None) -> dict[str, Any] | None:
        """The points that count for an answer, and how they came about."""
        if mark is None:
            return None
        given = self.grading.acts.given(mark)
        return {
            "id": mark.id,
            "points": mark.points,
            "comment": given.comment,
            "items": list(given.items),
            "by": mark.by,
        }

    def second(self, question: str, person: str) -> dict[str, Any]:
        """What a person is to read a second time, without the first one's points."""
        answers = to_read(self.grading, question, person)
        return {"answers": [self._answer(one, names=False) for one in answers], **self.agreement(question)}

    def agreement(self, question: str) -> dict[str, Any]:
        """How far two people agree on a question."""
        found = agreement(self.grading, question)
        differ = [
            {"key": one.key, "alias": one.alias, "first": first, "second": second}
            for one, first, second in found.differ
        ]
        return {**_agreed(found), "differ": differ}

    def normals(self, question: str) -> dict[str, str]:
        """By key, the digest of the normalised answer, of those that can be compared."""
        return {key: text_id(text) for key, text in self._texts(question).items()}

    def _texts(self, question: str) -> Mapping[str, str]:
        """By key, the answers that can be compared, as they are compared."""
        if question not in self._compared:
            reports, answers = self.grading.reports, self.grading.answers.get(question, {})
            self._compared[question] = comparable(answers, lambda one: own_figures(reports[one.student], question))
        return self._compared[question]

    def _progress(self, question: str) -> dict[str, Any]:
        asked, answers = self.grading.questions[question], self.grading.answers[question]
        marked = list(self._marked(question))
        done = {one.key for one, _ in marked} | {key for key, one in answers.items() if self._decided(one)}
        return {
            "id": asked.id,
            "title": asked.title,
            "part": asked.part,
            "points": asked.points,
            "answers": len(answers),
            "graded": len(done),
            "graders": dict(Counter(mark.person for _, mark in marked)),
            "second": _agreed(agreement(self.grading, question)),
        }

    def _marked(self, question: str) -> Iterator[tuple[Answer, Mark]]:
        """The answers that have points, with these."""
        for one in self.grading.answers[question].values():
            mark = self.grading.mark_on(one)
            if mark is not None and mark.points is not None:
                yield one, mark

    def _answer(self, one: Answer, names: bool) -> dict[str, Any]:
        written = one.written
        return {
            "key": one.key,
            "digest": one.digest,
            "student": one.student if names else None,
            "alias": one.alias,
            "text": _text(written),
            "spans": [[_text(written), False]],
            "beside": [plain(text) for text in written.beside],
            "evidence": [plain(text) for text in self.evidence(one.student, one.question, names)],
            "elsewhere": plain(written.elsewhere),
            "candidates": [visible(text, LENGTH) for text in written.candidates],
            "papers": bool(written.documents or written.elsewhere),
        }

    def _decided(self, one: Answer) -> str:
        """What a person decided of the answer in another place, in words."""
        decisions = self.grading.decisions
        made = decisions.about(one.student).get((POINTS, one.question))
        mark = self.grading.mark_on(one)
        if made is None and one.written.empty and (mark is None or mark.points is None):
            made = decisions.empty
        return _decision(made) if made is not None else ""

    def _comments(self, question: str) -> list[str]:
        """Comments of this question, the most frequent ones first."""
        given = (self.grading.acts.given(mark).comment for _, mark in self._marked(question))
        return [text for text, _ in Counter(filter(None, given)).most_common(OFFERED)]


def student_values(report: Report) -> dict[str, Any]:
    """One student's checks, with what was seen, for who decides in the kit's place."""
    decided = {one.id: one for one in report.decisions}
    return {
        "student": report.student,
        "total": report.total,
        "maximum": report.maximum,
        "remarks": [plain(text) for text in report.noted],
        "checks": [
            {
                "id": line.id,
                "title": line.title,
                "part": line.part,
                "points": line.points,
                "earned": line.outcome.points,
                "status": line.outcome.status.value,
                "said": plain(line.outcome.reason),
                "seen": "\n".join(plain(text) for text in (*line.outcome.remarks, *line.outcome.detail)),
                "decided": _decision(decided[line.id]) if line.id in decided else "",
            }
            for line in report.lines
            if line.outcome.status is not Status.SKIPPED
        ],
    }


def _decision(made: Decision | Decided) -> str:
    return f"{points(made.points)} points: {plain(made.why)}"


def _agreed(found: Agreement) -> dict[str, Any]:
    return {"wanted": found.wanted, "read": found.read, "kappa": found.kappa, "differ": len(found.differ)}


def _said(mark: Mark | None) -> dict[str, Any] | None:
    return {"points": mark.points, "comment": mark.comment} if mark is not None else None


@lru_cache(maxsize=1 << 14)  # a question is shown again whenever anybody has decided something
def _spans(first: str, text: str) -> tuple[tuple[str, bool], ...]:
    """An answer in pieces, with what differs from the first one of its group marked."""
    if first == text:
        return ((text, False),) if text else ()
    return tuple(spans(first, text))


@lru_cache(maxsize=1 << 14)
def _text(one: Written) -> str:
    """An answer as it is shown."""
    return visible(one.answer, LENGTH)
