"""How `hw1 similar` starts and ends: it reads the hand-ins as `hw1 grade` does, and writes page and table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.run import begun_at
from autograder.home import handout_folder
from autograder.ingest.notebooks import SUFFIX, with_notebooks
from autograder.ingest.reading import read_hand_in
from autograder.kit import Kit
from autograder.render.similar import similar_page
from autograder.similar.evidence import Side, side_by_side
from autograder.similar.fingerprints import require
from autograder.similar.pieces import ALL, CODE, WEIGHTS, Work
from autograder.similar.places import graded_hand_ins
from autograder.similar.run import MOST_PAIRS, Resembling, resembling
from autograder.similar.tables import similar_csv, similar_values
from autograder.similar.works import given_pieces, work_of
from autograder.staff.start import collect, isolate
from autograder.submission import Submission

PAGE, TABLE = "similar.html", "similar.csv"
Steps = Callable[[str], Callable[[str, int, int], None]]
"""Makes of a title what is told of progress."""


@dataclass
class Gathered:
    """The hand-ins that are compared, as what is compared of each."""

    works: list[Work] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def similar(
    paths: list[Path],
    archives: list[Path],
    output: Path,
    solution: Path,
    steps: Steps,
    most: int = MOST_PAIRS,
) -> tuple[dict[str, Any], list[Path], list[str]]:
    """Compare the hand-ins below *paths* and write page and table; the values, the files, and remarks.

    Args:
        paths: folders of reports, or hand-ins as `hw1 grade` takes them.
        archives: the same of earlier years: compared with the class, not among themselves.
        solution: its folder.
        most: how many pairs are listed.

    Raises:
        MisuseError: copydetect is missing, there is no hand-in, or a file can't be written.
    """
    require()
    with Kit(train="never", stage="source") as kit, ExitStack() as opened:
        gathered = Gathered()
        for path in dict.fromkeys(paths):
            _gather(path, False, kit, output, gathered, opened, steps)
        for path in dict.fromkeys(archives):
            _gather(path, True, kit, output, gathered, opened, steps)
        given = given_pieces((handout_folder(), solution))
        begun = begun_at(gathered.submissions, kit)
        told = steps("Comparing")
        found = resembling(gathered.works, gathered.submissions, given, begun, told, most)
        folder = ReportFolder(output, kit.rubric)
    evidence = {one: side_by_side(one, found.works, found.known[one.kind]) for one in _shown(found)}
    values = similar_values(found, evidence)
    nothing: tuple[list[Side], list[Side]] = ([], [])
    sides = [[evidence.get(one, nothing) for one in pair.matches] for pair in found.pairs]
    page = similar_page(values, sides, found.common)
    written = [folder.write_table(PAGE, page), folder.write_table(TABLE, similar_csv(values))]
    return values, written, gathered.remarks


def _gather(
    path: Path, archived: bool, kit: Kit, output: Path, gathered: Gathered, opened: ExitStack, steps: Steps
) -> None:
    """Read the hand-ins below *path*."""
    limits = kit.rubric.limits
    if (path / JOURNAL).is_file():
        hand_ins, said = graded_hand_ins(path, limits, kit.rubric.student_id, opened)
        read = [read_hand_in(one, student, limits, kit.scratch) for student, one in sorted(hand_ins.items())]
    else:
        read, said = collect([path], kit.rubric, output, kit.scratch)
    gathered.remarks += [f"{path}: {one}" if archived else one for one in said]
    if any(name.lower().endswith(SUFFIX) for one in read for name in one.documents):
        gathered.remarks += isolate(kit, None, {})  # notebooks are read in workers; tried only where there are some
    tell = steps("Reading hand-ins")
    for number, submission in enumerate(read, 1):
        tell(submission.id, number, len(read))
        submission = with_notebooks(submission, kit)
        taken = archived or any(work.name == submission.id for work in gathered.works)
        gathered.works.append(work_of(submission, f"{path}: {submission.id}" if taken else submission.id, archived))
        gathered.submissions.append(submission)


def _shown(found: Resembling) -> list[Any]:
    """The matches whose texts are shown: all code only where no part of it is."""
    return [
        one
        for pair in found.pairs
        for one in pair.matches
        if one.kind != WEIGHTS
        and (one.part != ALL or not any(other.kind == CODE and other.part != ALL for other in pair.matches))
    ]
