"""Makes reports and tables again after decisions on the page: when it has been quiet for a moment, and at the end.

The journal is what counts; these are renderings of it. A server that is killed makes them when it is started again, and
`hw1 report` does so at any time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from autograder.answers.marks import PAGE
from autograder.cohort.folder import ReportFolder
from autograder.cohort.tables import remake
from autograder.errors import MisuseError
from autograder.report import Report
from autograder.review.acts import WRITTEN, Changes, last_written
from autograder.review.grading import Grading
from autograder.rubric import Rubric

QUIET = 3.0  # seconds without a decision


class Documents:
    """Writes the documents of those of whom something was decided, in a thread of its own.

    Attributes:
        trouble: why they could not be written the last time; empty if they could.
        lock: held while anything is written into the folder.
    """

    def __init__(self, directory: Path, rubric: Rubric, grading: Grading, quiet: float = QUIET) -> None:
        self.folder = ReportFolder(directory, rubric)
        self.folder.expect(grading.journal.origins())
        self.trouble = ""
        self.lock = threading.Lock()
        self._grading, self._quiet = grading, quiet
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        written = last_written(grading.acts.all)
        grading.touched |= {one.student for one in grading.marks.all if one.id > written and one.source == PAGE}

    def __enter__(self) -> Documents:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self.write()

    def write(self) -> None:
        """Write what is not written yet; what keeps it from that becomes ``trouble``."""
        grading = self._grading
        with self.lock:
            with grading.lock:
                touched, grading.touched, last = grading.touched, set(), grading.last_mark
            if not touched:
                return
            try:
                remake(self._reports(), touched, grading.journal, self.folder)
                with grading.lock:
                    grading.acts.do("", WRITTEN, "", str(last), Changes())
                self.trouble = ""
            except MisuseError as error:
                self.trouble = str(error)
                with grading.lock:
                    grading.touched |= touched
        newest = max((mark.id for mark in self.folder.marks.all), default=0)
        if newest > grading.last_mark:  # somebody has typed into the review file meanwhile
            grading.hear()

    def _reports(self) -> Iterable[Report]:
        return self._grading.reports.values()

    def _follow(self) -> None:
        before = ""
        while not self._end.wait(self._quiet):
            now = self._grading.revision
            if now == before and self._grading.touched:
                self.write()
            before = self._grading.revision
