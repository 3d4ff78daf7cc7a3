"""Recordings for staff seeds that exist only here."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection
from pathlib import Path
from unittest import mock

from autograder.home import solution_folder
from autograder.recording import Recording, load_recording, save_recording
from autograder.rubric import Rubric
from autograder.sandbox.host import Launcher
from autograder.staff import record as recorder

SEEDS = tuple(hashlib.sha256(f"drawn hand-ins, staff seed {number}".encode()).digest() for number in (1, 2, 3))


def recorded(seed: bytes, launcher: Launcher, rubric: Rubric, modules: Collection[str], jobs: int = 2) -> Recording:
    """The reference's evidence for *seed*, and the mistakes' in *modules*: names need them, verdicts do not.

    But for code that can't be paired with the reference: what is a mistake's is lost, and open where none is known.
    """
    mistakes = tuple(mistake for mistake in recorder.mistakes() if mistake.module in modules)
    with mock.patch.object(recorder, "mistakes", lambda: mistakes):
        made = recorder.record(solution_folder(), seed, launcher, rubric, jobs)
    with tempfile.TemporaryDirectory(prefix="hw1-drawn-") as folder:  # as it would be kept, rounding included
        path = Path(folder) / "recording.npz"
        save_recording(made, path)
        return load_recording(path)
