"""Grades many hand-ins with a few workers side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cache
from pathlib import Path

from autograder.check import Check
from autograder.cohort.absent import report_of_absent
from autograder.cohort.again import Graded, judged_again
from autograder.cohort.ahead import on_this_device, training_ahead
from autograder.cohort.copies import find_copies, remark
from autograder.cohort.dates import dated
from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Graded as InJournal
from autograder.cohort.journal import Journal
from autograder.cohort.order import in_order, works_of
from autograder.cohort.pages import notebook_pages, restore_pages
from autograder.cohort.under_way import UnderWay
from autograder.errors import GraderError, MisuseError
from autograder.evidence import Array
from autograder.grade import grade
from autograder.ingest.names import shown
from autograder.keeping.keeper import NOTHING_AGAIN, Keeper
from autograder.keeping.standing import StandsOn
from autograder.kit import Kit
from autograder.outcome import Outcome
from autograder.report import Report, make_report
from autograder.sandbox.memory import Memory, machine_mb
from autograder.sandbox.turns import Shares, Turns
from autograder.seeds import kind
from autograder.submission import Submission

NOTHING: Mapping[str, Outcome] = {}

GradeOne = Callable[[Submission, Kit, Keeper, str, UnderWay], Graded]
"""Grades one hand-in, in a thread of its own: here (``grade_one``), or on a cluster."""


def grade_all(
    submissions: list[Submission],
    kit: Kit,
    folder: ReportFolder,
    journal: Journal,
    jobs: int,
    rerun: frozenset[str] = NOTHING_AGAIN,
    watch: UnderWay | None = None,
    by: GradeOne | None = None,
) -> Iterator[tuple[Report, bool]]:
    """Grade *submissions*, *jobs* at a time; yields each report when it is ready, and whether it is an earlier run's.

    Each report is in the journal before it is in the folder, and there before it is yielded: whoever finds one in the
    folder finds it in the journal, too. When the caller stops (Ctrl-C), what is under way is dropped.

    Args:
        rerun: checks whose observations are made again, as ``Keeper`` has them.
        by: grades each; ``grade_one`` if not said.
    """
    watch = watch or UnderWay()
    us = _Class(kit, folder, journal)
    keeper = Keeper(kit, journal, rerun, watch.before_training)
    kit.bound = kit.kept = kit.listener = keeper
    folder.hear(journal)
    folder.expect({*us.known, *(one.id for one in submissions)})
    waiting = {}
    for submission in with_copies_marked(submissions, kit):
        before = None if rerun else us.before(submission)
        if before is None:
            waiting[submission.id] = submission
        else:
            yield before, True
    if not waiting:
        return
    kit.shares, kit.turns = Shares(jobs), Turns(Memory(machine_mb()))
    if by is None:
        given = list(waiting.values())
        keeper.ahead = cache(lambda: kit.launcher.warm("extras", kit.extras(given)))  # not if all is in the journal
    waiting = us.planned(waiting, jobs, watch, here=by is None)
    if by is None and not rerun:  # a cluster is told what the journal holds
        kept = [one for one in waiting.values() if us.knows(one)]
        silent = UnderWay()  # a bar's lock may be held where it forks
        for one, graded in judged_again(kept, kit, keeper, lambda n: grade_one(n, kit, keeper, us.basis, silent), jobs):
            yield us.keep(waiting.pop(one.id), graded), False
    pool = ThreadPoolExecutor(jobs, initializer=kit.shares.take)
    try:
        each = (pool.submit(by or grade_one, one, kit, keeper, us.basis, watch) for one in waiting.values())
        for future in as_completed(each):  # not `wait`, which asks all of them again each time: a class squared
            graded = future.result()
            yield us.keep(waiting[graded[0].student], graded), False
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Class:
    """The class that is graded: what its journal knows of it, and where its reports go."""

    def __init__(self, kit: Kit, folder: ReportFolder, journal: Journal) -> None:
        self.basis, self.known = kit.basis(), journal.graded()
        self._kit, self._folder, self._journal = kit, folder, journal

    def knows(self, submission: Submission) -> bool:
        """Whether the same bytes were graded before."""
        known = self.known.get(submission.id)
        return known is not None and known.digest == submission.digest

    def before(self, submission: Submission) -> Report | None:
        """An earlier run's report, where it still holds; its documents are made again if they are gone."""
        known = self.known.get(submission.id)
        earlier = earlier_report(known, submission, self.basis)
        if known is None or earlier is None:
            return None
        report, origin = dated(earlier, submission, self._kit.rubric.late, known), origin_of(submission)
        if report.late != earlier.late or known.origin != origin:  # nothing is judged for that
            self._write(report, origin, self._journal.stands_on(submission.id))
        restore_pages(report, self._journal, self._folder)
        return self._folder.refresh(report)

    def planned(
        self, waiting: Mapping[str, Submission], jobs: int, watch: UnderWay, here: bool
    ) -> dict[str, Submission]:
        """*waiting* in the order in which they are graded; *watch* hears what there is to do."""
        stand_on = self._journal.all_stand_on()
        works = works_of(waiting.values(), self._kit, stand_on)

        def training() -> str:
            before = on_this_device(self._journal, stand_on, self._kit)
            return training_ahead(works.values(), self._kit, before, jobs, here)

        watch.plan(works.values(), jobs, training)
        return {student: waiting[student] for student in in_order(works.values())}

    def keep(self, submission: Submission, graded: Graded) -> Report:
        """Keep what came of *submission*: the report with the points that people gave."""
        report, pages, stands_on = graded
        report = replace(report, alike=submission.alike)  # a class's other hand-ins are known here alone
        report = dated(report, submission, self._kit.rubric.late, self.known.get(report.student))
        self._folder.write_pages(report.student, pages)
        self._write(report, origin_of(submission), stands_on)
        return self._folder.write(report)

    def _write(self, report: Report, origin: str, stands_on: StandsOn) -> None:
        self._journal.write(report.student, report.digest, self.basis, origin, report.to_json(), stands_on)


def origin_of(submission: Submission) -> str:
    """Where a hand-in was found, as the journal has it; empty for none."""
    return str(Path(submission.origin).absolute()) if submission.origin else ""


def earlier_report(known: InJournal | None, submission: Submission, basis: str) -> Report | None:
    """The report in the journal, if it is about the same bytes, on the same basis, on a machine that had time."""
    if known is None or known.digest != submission.digest or known.basis != basis:
        return None
    report = known.report()
    if report is None or not report.complete or report.fingerprint.get("pressed"):
        return None
    return report if set(submission.flags) <= set(report.remarks) else None


def with_copies_marked(submissions: list[Submission], kit: Kit) -> list[Submission]:
    """*submissions*, with a flag on each whose checkpoint resembles another one's."""
    found = find_copies(submissions, begun_at(submissions, kit))
    return [
        replace(one, alike=found[one.id], flags=(*one.flags, *(remark(each) for each in found[one.id])))
        if one.id in found
        else one
        for one in submissions
    ]


def begun_at(submissions: list[Submission], kit: Kit) -> Mapping[str, Mapping[str, Array]]:
    """By training that any of *submissions* has, the pre-trained weights that everybody begins with."""
    given = [training.id for training in kit.homework.trainings if training.given]
    handed_in = [training for training in given if any(training in one.checkpoints for one in submissions)]
    try:
        return {training: kit.tools.pretrained() for training in handed_in}
    except MisuseError:
        return {}  # without the pre-trained weights only equal files are told


def grade_one(found: Submission, kit: Kit, keeper: Keeper, basis: str, watch: UnderWay) -> Graded:
    """Grade *found* on this machine; what fails on our side costs no point."""

    def tell(check: Check, outcome: Outcome | None) -> None:
        if outcome is None:
            keeper.judges(check.id)
        else:
            outcomes[check.id] = outcome

    if found.absent:
        return report_of_absent(found, kit), {}, {}
    outcomes: dict[str, Outcome] = {}
    pages: Mapping[str, str] = {}
    keeper.begin(found.id, watch)
    try:
        _ = found.digest  # of what is graded; what is read where it lies may not change from now on
        report = grade(found, kit, tell)
        keeper.judges("")
        pages = notebook_pages(found, report, kit)
        if changed := [shown(name) for name in found.changed]:
            raise GraderError(f"{', '.join(changed)} changed while it was graded; run hw1 grade again")
    except MisuseError:
        raise
    except Exception as error:  # noqa: BLE001  like a full scratch disk: ours, so that nobody loses a point by it
        what = str(error) if isinstance(error, (GraderError, OSError)) else repr(error)
        report = report_of_failure(found, kit, what, outcomes)
    return replace(report, fingerprint={**report.fingerprint, "basis": basis}), pages, keeper.take()


def report_of_failure(found: Submission, kit: Kit, what: str, outcomes: Mapping[str, Outcome] = NOTHING) -> Report:
    """The report on a hand-in on which the kit has failed; *what* happened goes after a colon."""
    said = (f"The kit failed on this hand-in, so nothing was graded: {what}",)
    seed, told = {"seed": kind(kit.seed)}, found.about_files
    return make_report(found.id, found.digest, kit.homework.checks, outcomes, kit.rubric, said, seed, told)
