"""The sandbox in which the pages of papers are read and drawn: it begins with the first page, and ends when told."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from autograder.check import Probe
from autograder.errors import GraderError, UnsettledError
from autograder.evidence import Array, Evidence, Observation, Stopped
from autograder.kit import Kit
from autograder.sandbox.host import Launcher, Worker, new_launcher
from autograder.submission import Submission

PDFIUM = "pypdfium2"
NOT_INSTALLED = "pictures of pages need pypdfium2: pip install 'hw1[review]'"
NOT_CONFINED = "this machine can't confine the program that draws pages (docs/security.md), so there is only their text"
READING, DRAWING = 15.0, 10.0  # seconds of CPU time: pypdf takes 0.5 s for ten pages, drawing one 0.1 s
TEXT_BYTES, PICTURE_BYTES = 1_100_000, 7_500_000  # at most, of a paper's text and of a page's picture
MEMORY_MB = 1024  # a page of the most pixels has 10 MB; a photo on it, unpacked, some 100
WORKERS = 2  # at once, however many people look at pages
NOTHING: Mapping[str, Array] = {}


class Drawing:
    """Reads and draws pages in workers that are confined as well as it goes here; for several threads at once.

    Args:
        isolation: ``"none"``: workers have limits alone, and PDFium, which is then not confined, is not used.
    """

    def __init__(self, isolation: str = "best") -> None:
        self._isolation = isolation
        self._turn = threading.Lock()
        self._places = threading.Semaphore(WORKERS)
        self._begun: Kit | None = None
        self._closed = False

    def close(self) -> None:
        """End all workers; whoever waits for one hears that."""
        with self._turn:
            self._closed = True
            begun, self._begun = self._begun, None
        if begun is not None:
            begun.__exit__(None, None, None)

    @property
    def kit(self) -> Kit:
        """The kit whose workers these are, whose scratch folder is gone at the end.

        Raises:
            GraderError: it was closed.
        """
        with self._turn:
            if self._closed:
                raise GraderError("pages are no longer shown")
            if self._begun is None:
                self._begun = _begun(self._isolation)
            return self._begun

    def why_no_pictures(self) -> str:
        """Why pages can't be drawn here, without a full stop; empty if they can."""
        if find_spec(PDFIUM) is None:
            return NOT_INSTALLED
        return NOT_CONFINED if self.kit.level == "none" else ""

    def texts(self, path: Path) -> tuple[int, list[str]] | str:
        """How many pages the PDF at *path* has, and the text of the first ones; or why it can't be read."""
        by_pdfium = [] if self.why_no_pictures() else [True]
        said = ""
        for pdfium in (*by_pdfium, False):  # a file that ends one of them may be read by the other
            seen = self._observed(path, "page_texts", {"pdfium": pdfium}, READING, TEXT_BYTES)
            if isinstance(seen, Evidence) and not seen.facts["error"]:
                found = (seen.arrays.get(f"text {number}") for number in range(seen.facts["read"]))
                texts = ["" if one is None else one.tobytes().decode(errors="replace") for one in found]
                return seen.facts["pages"], texts
            said = said or _why_not(seen)
        return said

    def picture(self, path: Path, page: int) -> Array | str:
        """The page with this number, from 0 on, of the PDF at *path*, ``(height, width, 3)`` uint8; or why not."""
        if why := self.why_no_pictures():
            return why
        seen = self._observed(path, "page_picture", {"page": page}, DRAWING, PICTURE_BYTES)
        if isinstance(seen, Evidence) and "picture" in seen.arrays and 0 not in seen.arrays["picture"].shape:
            return seen.arrays["picture"]
        return _why_not(seen)

    def _observed(
        self, path: Path, call: str, params: Mapping[str, object], seconds: float, most: int
    ) -> Observation | str:
        """What a worker of its own brings back of the file; or why none could."""
        file = os.fspath(path)
        asked = {"file": file, **params}
        probe = Probe(call, call, (), "source", asked, seconds, most, memory_mb=MEMORY_MB, reads=(file,))
        try:
            with self._places, self.kit.reading(Submission("", {})) as session:
                return session.observe(probe, b"")
        except (GraderError, UnsettledError) as error:
            return f"it could not be read here: {error}"


class _Ready:
    """A launcher whose warm parent has imported what reads and draws pages, and imports nothing ahead for grading.

    Once it is closed, it starts nothing more.
    """

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._turn = threading.Lock()
        self._closed = False
        launcher.warm("source", tuple(name for name in ("numpy", PDFIUM) if find_spec(name)))

    def warm(self, stage: str, extras: tuple[str, ...] = ()) -> None:
        """Do nothing."""

    def start(self, stage: str) -> Worker:
        """Start a worker."""
        with self._turn:
            if self._closed:
                raise GraderError("pages are no longer shown")
            return self._launcher.start(stage)

    def close(self) -> None:
        """End them all."""
        with self._turn:
            self._closed = True
            self._launcher.close()


@contextmanager
def _closing(kit: Kit) -> Iterator[Kit]:
    """*kit*, which is ended if this fails."""
    try:
        yield kit
    except BaseException:
        kit.__exit__(None, None, None)
        raise


def _begun(isolation: str) -> Kit:
    with _closing(Kit(train="never", stage="source", isolation=isolation, launcher=_Ready(new_launcher()))) as kit:
        _ = kit.layers  # tried once, before there are several threads
        return kit


def _why_not(seen: Observation | str) -> str:
    match seen:
        case str():
            return seen
        case Evidence(facts={"error": str(error)}) if error:
            return error
        case Stopped(reason="time"):
            return "it takes too long"
        case Stopped(reason="memory"):
            return "it takes too much memory"
    return "it is damaged: the program that reads it stopped"
