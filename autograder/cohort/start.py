"""What `hw1 grade` begins with: the hand-ins, and the kit for the seed that was asked for."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import MisuseError
from autograder.home import solution_folder
from autograder.kit import Kit
from autograder.machine import DEVICES
from autograder.recording import Recording
from autograder.rubric import Rubric
from autograder.seeds import PUBLIC_SEED, staff_seed
from autograder.staff.record import Progress, recording_for
from autograder.submission import Submission, find_hand_ins, newest_of_each, read_submission

TRAIN = ("auto", "always", "never")


def collect(paths: list[Path], rubric: Rubric, exclude: Path) -> tuple[list[Submission], list[str]]:
    """The hand-ins below *paths*, one for each student, and remarks on what was passed over.

    Raises:
        MisuseError: a path is not a folder, or there is no hand-in.
    """
    folders, remarks = find_hand_ins(paths, exclude)
    submissions, others = newest_of_each(read_submission(folder, rubric.limits) for folder in folders)
    return submissions, [*remarks, *others]


def new_kit(
    train: str, device: str, data: Path | None, seed: str, solution: Path | None, jobs: int, progress: Progress
) -> Kit:
    """The kit for a run over a class.

    Raises:
        MisuseError: an option's value is none of those there are, or the folder of the data holds none.
    """
    if train not in TRAIN:
        raise MisuseError(f"--train {train}: there are {', '.join(TRAIN)}")
    if device not in DEVICES:
        raise MisuseError(f"--device {device}: there are {', '.join(DEVICES)}")
    if seed not in ("staff", "public"):
        raise MisuseError(f"--seed {seed}: there are staff and public")
    folder = solution_folder(solution) if seed == "staff" else None
    kit = Kit(seed=staff_seed() if seed == "staff" else PUBLIC_SEED, train=train, device=device, data=data)

    def recorded() -> Recording:
        return recording_for(kit.seed, folder, kit.launcher, kit.rubric, jobs, progress)

    kit.recorded = recorded
    if device not in ("auto", "cpu"):
        _ = kit.machine  # a device that is not there is said at once, not after the first hand-in
    return kit
