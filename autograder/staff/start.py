"""How `hw1 grade` starts: it finds the hand-ins, and makes the kit for the seed that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.cohort.absent import absent
from autograder.cohort.identity import identify
from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.people import listed_owner, owner_of
from autograder.cohort.roster import Student, read_roster
from autograder.command_line import note
from autograder.deep_learning.machine import DEVICES
from autograder.errors import MisuseError
from autograder.home import data_folder, home_folder, solution_folder
from autograder.ingest.finding import find_hand_ins
from autograder.ingest.reading import newest_of_each, read_hand_in
from autograder.kit import Kit
from autograder.recording import Recording, load_recording
from autograder.rubric import Rubric
from autograder.sandbox.isolation import settle
from autograder.seeds import PUBLIC_SEED, seed_digest, staff_seed
from autograder.staff.record import Progress, recording_for, recording_name
from autograder.student.choosing import chosen
from autograder.submission import Submission
from autograder.text import plain

DOCUMENTS = ("report.json", "results.json", "feedback.txt")  # of one student, as `hw1 grade` writes them
TRAIN = ("auto", "always", "never")
NOT_ISOLATED = "student code is not isolated: it can read and change what you can"


def collect(
    paths: list[Path], rubric: Rubric, exclude: Path, scratch: Path | None = None, roster: Path | None = None
) -> tuple[list[Submission], list[str]]:
    """The hand-ins below *paths*, one for each student, and remarks on what was passed over.

    Args:
        exclude: the folder of the reports, which is no hand-in.
        scratch: where archives' large files are copied to; see ``read_submission``.
        roster: the class; who is on it and handed in nothing is there as absent.

    Raises:
        MisuseError: a path is neither a folder nor an archive, there is no hand-in, or the roster is wrong.
    """
    for path in paths:
        if (path / JOURNAL).exists() or all((path / name).exists() for name in DOCUMENTS):
            raise MisuseError(f"{path} holds reports, not hand-ins: name the folder that they were made of")
    everybody = read_roster(roster, rubric.late) if roster is not None else None
    with ExitStack() as opened:
        found = find_hand_ins(paths, rubric.limits, opened, rubric.student_id, exclude)
        whose = identify(found.hand_ins, rubric.student_id, everybody)
        read = [
            replace(
                read_hand_in(one, known.student, rubric.limits, scratch, known.remarks, known.flags),
                owner=owner_of(one, known, everybody),
            )
            for one, known in zip(found.hand_ins, whose, strict=True)
        ]
    submissions, others = newest_of_each(read)
    remarks = [*found.remarks, *(flag for known in whose for flag in known.flags), *others]
    if everybody is not None:
        nobody = Student("")
        allowed = {one.id: everybody.students.get(one.id, nobody).allowance for one in submissions}
        submissions = [replace(one, allowance=allowed[one.id]) for one in submissions]
        there = {one.id for one in submissions} | {known.claimed for known in whose}
        missing = [
            replace(absent(student), owner=listed_owner(student, everybody))
            for student in everybody.students
            if student not in there
        ]
        submissions = sorted([*submissions, *missing], key=lambda one: one.id)
        remarks += (
            [f"{len(missing)} of {len(everybody.students)} students on the roster handed in nothing"] if missing else []
        )
    return submissions, remarks


def new_kit(
    train: str,
    device: str,
    data: Path | None,
    seed: str,
    solution: Path | None,
    jobs: int,
    progress: Progress,
    here: bool = True,
) -> Kit:
    """The kit for a run over a class.

    Args:
        here: hand-ins are graded on this machine; otherwise on machines of their own, which may have other devices.

    Raises:
        MisuseError: an option's value is not accepted, or the folder of the data holds none.
    """
    if train not in TRAIN:
        raise MisuseError(f"--train must be auto, always or never, not {train!r}")
    if device not in DEVICES:
        raise MisuseError(f"--device must be one of {', '.join(DEVICES)}, not {device!r}")
    if seed not in ("staff", "public"):
        raise MisuseError(f"--seed must be staff or public, not {seed!r}")
    folder = solution_folder(solution) if seed == "staff" else None
    kit = Kit(seed=staff_seed() if seed == "staff" else PUBLIC_SEED, train=train, device=device, data=data)

    def recorded() -> Recording:
        return recording_for(kit.seed, folder, kit.launcher, kit.rubric, jobs, progress)

    kit.recorded = recorded
    if here and device not in ("auto", "cpu"):
        kit.tools.machine()  # a device that is not there is said at once, not after the first hand-in
    return kit


def to_rerun(everything: bool, names: list[str] | None, kit: Kit) -> frozenset[str]:
    """The checks whose observations are made again; with *everything* also ``""``, for what comes before them.

    Raises:
        MisuseError: one of *names* is neither a check nor a part.
    """
    again = chosen(names, kit, "--rerun-check") if names else ()
    return frozenset({"", *kit.homework.check} if everything else (check.id for check in again))


def known_recording(seed: str, solution: Path | None) -> Recording | None:
    """The evidence that is kept here for the seed with the digest *seed*; None if there is none."""
    if seed == seed_digest(PUBLIC_SEED):
        return load_recording()
    secret = staff_seed()
    path = home_folder() / recording_name(secret, solution_folder(solution))
    return load_recording(path) if seed == seed_digest(secret) and path.exists() else None


def isolate(kit: Kit, wanted: str | None, secrets: Mapping[str, Path]) -> list[str]:
    """Settle how well student code is isolated, before any of it runs.

    Args:
        wanted: the level that must be reached, or ``"none"``: no layers at all. None: strong, if there is anything to
            lose (a secret seed, labels of real data), otherwise what this machine has.
        secrets: what student code must not read, by what it is.

    Returns:
        Remarks for staff, on what is in danger.

    Raises:
        MisuseError: this machine does not reach the level, or a secret lies where student code may read.
    """
    kit.isolation = "none" if wanted == "none" else "best"
    remarks = settle(
        least_isolation(kit, wanted), kit.layers, {**all_secrets(kit, secrets), "the scratch folder": kit.scratch}
    )
    return remarks if kit.level != "none" or not _at_stake(kit) else [NOT_ISOLATED]


def least_isolation(kit: Kit, wanted: str | None) -> str:
    """The level that must be reached: what is *wanted*, or strong if there is anything to lose."""
    return wanted or ("strong" if _at_stake(kit) else "none")


def all_secrets(kit: Kit, secrets: Mapping[str, Path]) -> dict[str, Path]:
    """*secrets*, and those that each run has."""
    return {**secrets, "the staff's folder": home_folder(), "the data": kit.data or data_folder()}


def _at_stake(kit: Kit) -> bool:
    return kit.seed != PUBLIC_SEED or bool(kit.tools.real)


@contextmanager
def on_cluster(
    where: str, file: Path, kit: Kit, wanted: str | None, secrets: Mapping[str, Path], jobs: int
) -> Iterator[Any]:
    """The cluster on which a class is graded: ``cluster.client.Cluster``.

    Args:
        wanted: the least isolation, which each worker must reach, as for ``isolate``.

    Raises:
        MisuseError: it can't be used; the text says why.
    """
    from autograder.cluster.opening import opened  # only now: Dask is an extra

    kit.isolation = "none" if wanted == "none" else "best"
    at_least, everything = least_isolation(kit, wanted), all_secrets(kit, secrets)
    with opened(where, file, kit, at_least, everything, jobs, lambda text: note(plain(text))) as cluster:
        yield cluster
