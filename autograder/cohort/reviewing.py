"""Takes what people write into ``review.json`` over into the journal, before anything is made of it again.

The journal is what counts; the file is how people read it and write to it. Nothing that stands in the file is written
over before it is in the journal: what fits nothing stops the command, and points for an answer that has got others
since the file was written are kept as refused, said, and shown beside those that count.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from autograder.answers.marks import FILE, Mark, Marks, digest_of
from autograder.answers.review import NAME, Entry, change, read_review
from autograder.cohort.folder import LAST, ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.whose import person, refuse
from autograder.text import plain


def take_over(journal: Journal, folder: ReportFolder, by: str | None = None) -> bool:
    """Take into *journal* what was changed in the review file since it was written; whether there was anything.

    What is refused becomes a remark of the journal's.

    Args:
        by: who runs the command; the system's user if it is None.

    Raises:
        MisuseError: the file can't be read, or an entry fits nothing: the text names it, and none is taken.
    """
    path, now_there = folder.folder / NAME, b""
    with suppress(OSError):
        now_there = path.read_bytes()
    if now_there == folder.taken:
        return False
    folder.hear(journal)
    review = read_review(path, folder.rubric)
    folder.elsewhere = review.students
    who = person(by)
    changes = [(one, mark) for one in review.entries if (mark := change(one, folder.marks, who, FILE)) is not None]
    theirs = _Answers(journal, folder)
    misfits = ((one, theirs.misfit(one)) for one, _ in changes)
    refuse([f"{path}: {plain(one.student)}, {plain(one.item)}: {why}" for one, why in misfits if why])
    folder.taken = now_there
    found = [*_earlier(review.entries, folder.marks, who), *(mark for _, mark in changes)]
    if not found:
        return False
    for mark in journal.mark(found):
        now = folder.marks.on(*mark.about) if mark.refused else None
        if now is not None:
            journal.remarks.append(
                f"{NAME}: {mark.student}, {mark.item}: {mark} are not taken, since {now} were given after the file was "
                f"written ({now.by}); both stand in it now"
            )
    folder.hear(journal)
    return True


def _earlier(entries: tuple[Entry, ...], marks: Marks, who: str) -> Iterator[Mark]:
    """What a file from before there was a journal says of earlier answers, whose digests nobody knows."""
    for one in entries:
        if one.stale != (None, "") and one.item not in marks.items(one.student):
            yield Mark(one.student, one.item, "", *one.stale, who, FILE)


class _Answers:
    """The answers that students have ever handed in, as far as *journal* knows them."""

    def __init__(self, journal: Journal, folder: ReportFolder) -> None:
        self._journal, self._folder = journal, folder
        self._students = set(journal.origins())
        self._digests: dict[str, set[tuple[str, str]]] = {}

    def misfit(self, entry: Entry) -> str:
        """Why points can't be for this answer, in words; empty if they can."""
        if not entry.answer:
            return "nobody is asked for points there"
        if entry.student not in self._students:
            # Where nothing was graded since there is a journal, all that is known stands in the folder.
            known = not self._students or (self._folder.of(entry.student) / LAST).is_file()
            return "" if known else "there is no report of this student"
        if entry.student not in self._digests:
            reports = (one.report() for one in self._journal.history(entry.student))
            answers = [one for report in reports if report is not None for one in report.written]
            self._digests[entry.student] = {(n.id, digest_of(n.answer, n.documents)) for n in answers}
        theirs = (entry.item, entry.answer) in self._digests[entry.student]
        return (
            "" if theirs else f"no answer of theirs has the digest {plain(entry.answer)!r}: leave id and digest alone"
        )
