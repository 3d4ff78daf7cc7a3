"""All that grading needs, put together once for a command: rubric, seed, evidence to compare with, data, sandbox."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType

from autograder.case import Case
from autograder.data import Dataset, load_digits_data
from autograder.recording import Recording, load_recording
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.host import Launcher, new_launcher
from autograder.sandbox.session import Session
from autograder.seeds import PUBLIC_SEED
from autograder.submission import Submission

# Slow imports that a hand-in may make at its top: the warm parent makes them once for all.
EXTRAS = {b"matplotlib": "matplotlib.pyplot", b"sklearn": "sklearn.metrics", b"tqdm": "tqdm", b"pandas": "pandas"}


@dataclass
class Kit:
    """What is the same for every hand-in of a run; a context that ends the sandbox.

    Attributes:
        seed: the public one, or the staff's.
        train: ``"auto"`` or ``"never"``.
        data: the folder of the real data, or None for the embedded.
        recorded: brings the evidence to compare with, when it is first needed.
        scratch: where the workers' copies and scratch folders lie.
    """

    rubric: Rubric = field(default_factory=read_rubric)
    seed: bytes = PUBLIC_SEED
    train: str = "auto"
    data: Path | None = None
    recorded: Callable[[], Recording] = load_recording
    launcher: Launcher = field(default_factory=new_launcher)
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hw1-")))

    def __enter__(self) -> Kit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.launcher.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    @cached_property
    def recording(self) -> Recording:
        """The reference's and the mistakes' evidence for this seed."""
        return self.recorded()

    @cached_property
    def digits(self) -> Dataset:
        """MNIST or the embedded digits."""
        return load_digits_data(self.data)

    def case(self, submission: Submission) -> Case:
        """*submission* and what it is compared with."""
        return Case(submission, self.rubric, lambda: self.recording, lambda: self.digits, self.seed, self.train)

    def session(self, submission: Submission, stage: str = "extras") -> Session:
        """A sandbox for *submission*, whose workers have imported what *stage* says at the least."""
        limits = self.rubric.limits
        extras = self.extras([submission])
        memory = limits.memory_mb << 20
        return Session(self.launcher, submission.files, memory, limits.import_seconds, stage, extras, self.scratch)

    def extras(self, submissions: list[Submission]) -> tuple[str, ...]:
        """The slow imports that any of *submissions* mentions."""
        found = {word for submission in submissions for word in submission.mentions(EXTRAS)}
        return tuple(EXTRAS[word] for word in sorted(found))

    def basis(self) -> str:
        """A digest of all that decides a grade beside the hand-in: grading again with the same basis gives the same."""
        from autograder import __version__

        parts = (__version__, self.rubric.digest, self.recording.digest, self.train, str(self.data or ""))
        return hashlib.sha256(repr((parts, hashlib.sha256(self.seed).hexdigest())).encode()).hexdigest()[:16]
