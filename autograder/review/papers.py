"""The pages of a student's report and other papers, for answers that stand there: as text, and as pictures.

The hand-in is found again where the journal says, and must be the one that was graded, byte for byte. PDFs are read in
workers alone; what comes of them is text, which is made plain, and pixels, which are packed as PNG here.
"""

from __future__ import annotations

import io
import tempfile
import weakref
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cohort.journal import Journal
from autograder.cohort.origins import hand_ins_at
from autograder.errors import GraderError, HandinError, MisuseError
from autograder.hashing import open_regular
from autograder.ingest.download import shown_path
from autograder.ingest.names import PAPERS, REPORT, is_paper, shown
from autograder.ingest.reading import read_hand_in
from autograder.ingest.sections import as_text
from autograder.review.drawing import Drawing
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.folders import remove
from autograder.submission import Submission
from autograder.text import plain, visible

if TYPE_CHECKING:
    from autograder.evidence import Array

# Kept for who goes on to the next page or comes back: hand-ins with their texts, and what was unpacked of archives; and
# pictures (100 kB for a page of text, 8 MB at most).
HAND_INS, PICTURES = 8, 16
MOST_PAPERS, MOST_PAGES = 8, 100  # that are shown of a hand-in
LETTERS = 20_000  # characters of a page: ten times what one of prose has
TEXT_BYTES = 1_000_000  # of a paper that is text
PDF = ".pdf"


@dataclass(frozen=True)
class PaperPage:
    """One page of a paper.

    Attributes:
        document: the paper's path in the hand-in, made plain.
        number: from 1 on, across all papers of the hand-in.
        text: what is written on it, lines kept, without invisible characters; empty for a page of pictures.
    """

    document: str
    number: int
    text: str


@dataclass(frozen=True)
class _Place:
    """Where a page is: the file, its digest, and the page's number there, from 0 on; -1 for what is no picture."""

    path: Path
    digest: str
    page: int


@dataclass(frozen=True)
class _Listed:
    """All pages of a hand-in that are shown, where each is, and what is to be said of the rest."""

    pages: list[PaperPage] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class _HandIn:
    """A hand-in as it was graded.

    Args:
        one: what was read of it.
        listed: its pages.
        folder: what was unpacked of it, which is removed when nobody holds this any more.
    """

    def __init__(self, one: Submission, listed: _Listed, folder: Path) -> None:
        self.listed = listed
        self._one = one
        for path in one.checkpoints.values():
            if path.is_relative_to(folder):
                path.unlink(missing_ok=True)  # a hundred MB that nobody looks at
        weakref.finalize(self, remove, folder)

    @property
    def changed(self) -> bool:
        """Whether a paper is another one than when it was read."""
        return any(is_paper(name) for name in self._one.changed)


class Papers:
    """The papers of a class that was graded; may be asked from several threads, until it is closed.

    Args:
        journal: of the class; it stays open.
        rubric: that it is graded by.
        isolation: ``"best"``, or ``"none"`` for tests: nothing is drawn then.
    """

    def __init__(self, journal: Journal, rubric: Rubric | None = None, isolation: str = "best") -> None:
        self._journal = journal
        self._rubric = rubric or read_rubric()
        self._drawing = Drawing(isolation)
        self._found = lru_cache(HAND_INS)(self._read)
        self._drawn = lru_cache(PICTURES)(self._draw)

    def close(self) -> None:
        """End the workers that were started for it, and clear up."""
        self._drawing.close()
        self._drawn.cache_clear()
        self._found.cache_clear()

    def pages(self, student: str) -> tuple[list[PaperPage], str]:
        """The pages of *student*'s papers, and in a sentence why there is none, or not all, or no picture of them."""
        try:
            found = self._of(student).listed
            said = [*found.said, self._drawing.why_no_pictures() if found.pages else ""]
        except (MisuseError, GraderError) as error:
            return [], _sentence(str(error))
        return list(found.pages), " ".join(_sentence(one) for one in said if one)

    def picture(self, student: str, number: int) -> bytes:
        """The page with this number as a PNG.

        Raises:
            MisuseError: there is no such page, or it can't be drawn; the text is the sentence that says why.
        """
        try:
            hand_in = self._of(student)  # held until its page is drawn
            found = hand_in.listed
            if not 1 <= number <= len(found.pages):
                raise MisuseError(f"{plain(student)} has no page {number}.")
            place, name = found.places[number - 1], found.pages[number - 1].document
            made = self._drawn(place) if place.page >= 0 else "it is text, and shown as that"
        except GraderError as error:
            raise MisuseError(_sentence(str(error))) from error
        if isinstance(made, str):
            raise MisuseError(_sentence(f"page {number} ({name}) has no picture: {made}"))
        return made

    def _of(self, student: str) -> _HandIn:
        """The hand-in as it was graded.

        Raises:
            MisuseError: it is not there, or another one now.
        """
        last = next(reversed(self._journal.history(student)), None)
        if last is None:
            raise MisuseError(f"there is no report of {plain(student)}")
        asked = student, last.digest, last.origin
        found = self._found(*asked)
        if found.changed:  # what lies in a folder is read where it lies
            self._found.cache_clear()
            found = self._found(*asked)
        return found

    def _read(self, student: str, digest: str, origin: str) -> _HandIn:
        """The hand-in that was graded.

        Raises:
            MisuseError: it is not there, or another one now.
        """
        if not origin:
            raise MisuseError(f"it is not known where the hand-in of {plain(student)} lies")
        there = False
        for around in (False, True):
            folder = Path(tempfile.mkdtemp(prefix="papers-", dir=self._drawing.kit.scratch))
            one = self._at(student, origin, folder, around)
            if one is not None and one.digest == digest:
                return _HandIn(one, self._list(one), folder)
            remove(folder)
            there = there or one is not None
        what = "has changed since it was graded" if there else "is no longer where it was"
        raise MisuseError(
            f"the hand-in of {plain(student)} {what} ({shown_path(origin)}): "
            f"{'grade it again' if there else 'put it back'} to see its pages"
        )

    def _at(self, student: str, origin: str, folder: Path, around: bool) -> Submission | None:
        """What lies at *origin* now, with its digest made; its large files in *folder* if it is an archive."""
        limits = self._rubric.limits
        try:
            with ExitStack() as opened:
                found = hand_ins_at({student: origin}, limits, self._rubric.student_id, opened, around).get(student)
                one = read_hand_in(found, student, limits, folder) if found is not None else None
                _ = one and one.digest
        except (MisuseError, OSError, ValueError):  # it went away meanwhile; or a name that no path can have
            return None
        return one

    def _list(self, one: Submission) -> _Listed:
        """The pages of all papers, the report's first."""
        found = _Listed()
        names = sorted((name for name in one.documents if is_paper(name)), key=lambda name: (name != REPORT, name))
        for name in names[:MOST_PAPERS]:
            path, label = one.documents[name], shown(name)
            read = self._texts(name, path)
            if isinstance(read, str):
                found.said.append(f"{label} can't be shown: {read}")
                continue
            many, texts = read
            kept = texts[: MOST_PAGES - len(found.pages)]
            for number, text in enumerate(kept):
                found.pages.append(PaperPage(label, len(found.pages) + 1, visible(text, LETTERS)))
                found.places.append(_Place(path, one.document_hashes[name], number if _is_pdf(name) else -1))
            if len(kept) < many:
                found.said.append(f"of {label} {len(kept):,} of {many:,} pages are shown")
        if len(names) > MOST_PAPERS:
            found.said.append(f"{len(names) - MOST_PAPERS} more papers are not shown")
        if not names:
            found.said.append("the hand-in has no report, and no other paper")
        return found

    def _texts(self, name: str, path: Path) -> tuple[int, list[str]] | str:
        """How many pages a paper has, and the texts of the first ones; or why it can't be shown."""
        if _is_pdf(name):
            return self._drawing.texts(path)
        if name.lower().endswith(PAPERS):
            return "open it with the program that it was written with"
        try:
            with open_regular(path) as file:
                data = file.read(TEXT_BYTES + 1)
        except (HandinError, OSError) as error:
            return str(error)
        return (1, [as_text(data).text]) if len(data) <= TEXT_BYTES else "it is too large"

    def _draw(self, place: _Place) -> bytes | str:
        """The picture as a PNG, or why there is none."""
        made = self._drawing.picture(place.path, place.page)
        return made if isinstance(made, str) else _png(made)


def _is_pdf(name: str) -> bool:
    return name.lower().endswith(PDF)


def _png(picture: Array) -> bytes:
    """*picture* ``(height, width, 3)`` uint8 as a file."""
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(picture).save(made, "png")
    return made.getvalue()


def _sentence(text: str) -> str:
    """*text* with a capital letter and a full stop."""
    text = text.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."
