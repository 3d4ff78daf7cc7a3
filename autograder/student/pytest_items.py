"""The handout's tests: each check is an item of pytest's, judged as `hw1 check` judges it, in one warm kit.

Nothing of the student's is imported here, only read: collecting needs no torch, and works whatever is in the files.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from autograder.check import Check
from autograder.errors import GraderError, MisuseError
from autograder.grade import judge
from autograder.homework import VARIABLE
from autograder.ingest.documents import with_documents
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.render.sentences import WORDS, mistake_named, sentences
from autograder.render.text import wrapped
from autograder.rubric import read_rubric
from autograder.student.check import working_copy
from autograder.student.which_homework import homework_of
from autograder.submission import Submission
from autograder.text import plain, points

Verdict = Callable[[Check], None]
"""Passes, or fails or skips the item with what is said under the check."""

PLAIN = str.maketrans("[]", "()")  # pytest and editors split an item's name at brackets


def checks(file: str) -> list[Any]:
    """Each check of the homework whose handout has the tests *file*, as a parameter of a test with a name.

    Where the file belongs to none, collecting fails with a sentence.
    """
    try:
        homework = homework_of(Path(file).parent)
        rubric = read_rubric()
    except MisuseError as error:
        pytest.fail(str(error), pytrace=False)
    if homework.tests != Path(file).name:
        said = f"the tests of {homework.name} are called {homework.tests}, not {Path(file).name}"
        pytest.fail(f"{said}; for another homework, set {VARIABLE} to the folder of its package", pytrace=False)
    return [pytest.param(one, id=item_name(one, rubric.worth(one.id))) for one in homework.checks]


def item_name(check: Check, worth: float) -> str:
    """What an item is called: the check's number, title, points and file, by each of which ``-k`` finds it."""
    earned = f", {points(worth)} point{'' if worth == 1 else 's'}" if worth else ""
    file = f"{check.about.partition('.')[0]}.py"
    place = f" ({file})" if check.about and file not in check.title else ""
    return f"{check.id}: {check.title}{earned}{place}".translate(PLAIN)


@pytest.fixture(scope="module")
def verdict(request: pytest.FixtureRequest) -> Iterator[Verdict]:
    """Judges the working copy in which the tests lie, check by check."""
    with ExitStack() as stack:
        try:
            kit = stack.enter_context(Kit(train="never", stage="source"))
            submission = with_documents(working_copy(request.path.parent, kit.rubric.limits), kit)
        except MisuseError as error:
            pytest.fail(str(error), pytrace=False)
        except GraderError as error:
            pytest.fail(f"the kit failed, not you: {error}", pytrace=False)
        sys.stdout.writelines(f"{plain(remark)}\n" for remark in submission.about_files)
        judging = Judging(kit, submission)
        stack.callback(judging.close)
        yield judging


class Judging:
    """A working copy under judgement: each check is judged when its item's turn comes, once.

    Args:
        kit: with the public seed; the caller ends it.
        submission: the working copy, its documents read.
    """

    def __init__(self, kit: Kit, submission: Submission) -> None:
        self._kit, self._submission = kit, submission
        self._open()

    def _open(self) -> None:
        self._session = self._kit.session(self._submission)
        self._case = self._kit.case(self._submission, self._kit.bound(self._session))

    def close(self) -> None:
        """End the workers."""
        self._session.__exit__(None, None, None)

    def outcome(self, check: Check) -> Outcome:
        """What comes of *check*; blocks that its network is built of are judged before it, as when all are."""
        for name in (*getattr(check.judge, "blocks", ()), check.id):
            if name not in self._case.outcomes:
                self._case.outcomes[name] = judge(self._case.homework.check[name], self._case)
        return self._case.outcomes[check.id]

    def __call__(self, check: Check) -> None:
        """Pass, fail or skip the item that *check* is."""
        __tracebackhide__ = True
        try:
            outcome = self.outcome(check)
        except MisuseError as error:
            pytest.fail(str(error), pytrace=False)
        except pytest.fail.Exception as stopped:  # the item's time is up, in the middle of a request
            self.close()
            self._open()
            pytest.fail(f"Stopped: {stopped}", pytrace=False)
        said = "\n".join(_lines(outcome))
        if outcome.status.open:
            pytest.skip(said)
        if outcome.status is not Status.PASSED:
            pytest.fail(said or WORDS[outcome.status], pytrace=False)
        sys.stdout.write(f"{said}\n" if said else "")  # remarks, which pytest shows with -rP


def _lines(outcome: Outcome) -> Iterator[str]:
    """What `hw1 check` says under a check, and the mistake's name."""
    for text in sentences(outcome):
        yield from wrapped(text)
    if mistake := mistake_named(outcome):
        yield f"mistake: {mistake}"
