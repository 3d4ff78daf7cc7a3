"""All that grading needs, put together once for a command: rubric, seed, evidence to compare with, data, sandbox."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from autograder.case import Case, Listener, nowhere
from autograder.check import Probe
from autograder.evidence import NOTHING, Observation
from autograder.homework import Homework, homework_folder, in_force
from autograder.observing import Observer
from autograder.recording import Recording, load_recording
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.folders import remove
from autograder.sandbox.host import Launcher, new_launcher
from autograder.sandbox.isolation import level_of
from autograder.sandbox.layers import identity
from autograder.sandbox.plan import NO_LAYERS, Cell
from autograder.sandbox.session import Sandbox, Session
from autograder.sandbox.turns import Shares, Turns
from autograder.sandbox.users import can_become_others, is_root, next_user
from autograder.seeds import PUBLIC_SEED, seed_digest
from autograder.submission import Submission

if TYPE_CHECKING:
    from autograder.ingest.checkpoint import Checkpoint

# Slow imports that a hand-in may make at its top: the warm parent makes them once for all.
EXTRAS = {b"matplotlib": "matplotlib.pyplot", b"sklearn": "sklearn.metrics", b"tqdm": "tqdm", b"pandas": "pandas"}
VISION = (b"import torchvision", b"from torchvision")


def unbound(session: Session) -> Sandbox:
    """Return *session* as it is: the machine has no bounds of its own."""
    return session


@dataclass
class Kit:
    """What is the same for every hand-in of a run; a context that ends the sandbox.

    Attributes:
        rubric: what is graded, and for how much; MisuseError if it does not fit the homework.
        homework: what is graded.
        seed: the public one, or the staff's.
        train: ``"auto"``, ``"always"`` or ``"never"``.
        data: the folder of the real data, or None for ``$HW1_DATA`` or the embedded.
        device: what trains: ``"auto"``, or the name of a device.
        floors: the file of what was measured of the reference, if not the homework's own.
        isolation: ``"none"``: workers have limits alone; anything else: they put on all layers that this machine has.
        recorded: brings the evidence to compare with, when it is first needed.
        scratch: where the workers' copies and scratch folders lie.
        shares: of the cores, by job.
        turns: who runs when.
        stage: what each worker has imported at the least (``sandbox.plan.STAGES``).
        bound: puts the bounds of the machine around a session, where it has some.
        kept: puts the journal around a session, where there is one: what it holds is not run again.
        beside: the context of the judging of a hand-in in its session, beside which something else may go on.
        listener: is told how the judging goes.
    """

    rubric: Rubric = field(default_factory=read_rubric)
    homework: Homework = field(default_factory=in_force)
    seed: bytes = PUBLIC_SEED
    train: str = "auto"
    data: Path | None = None
    device: str = "auto"
    isolation: str = "none"
    floors: Path | None = None
    recorded: Callable[[], Recording] = load_recording
    launcher: Launcher = field(default_factory=new_launcher)
    scratch: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="hw1-")))
    shares: Shares = field(default_factory=lambda: Shares(1))
    turns: Turns = field(default_factory=Turns)
    stage: str = "extras"
    bound: Callable[[Session], Sandbox] = unbound
    kept: Callable[[Session], Sandbox] = unbound
    beside: Callable[[Submission, Session], AbstractContextManager[None]] = lambda submission, session: nullcontext()
    listener: Listener = field(default_factory=Listener)

    def __post_init__(self) -> None:
        self.rubric.of(self.homework)

    def __enter__(self) -> Kit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.launcher.close()
        remove(self.scratch)

    @cached_property
    def recording(self) -> Recording:
        """The reference's and the mistakes' evidence for this seed."""
        return self.recorded()

    @cached_property
    def tools(self) -> Any:
        """What the homework's toolbox shares in this run."""
        return self.homework.tools(self)

    def alone(self, probe: Probe) -> Observation:
        """What *probe* brings back where there is no hand-in."""
        with Session(self.launcher, {}, self.rubric.limits.memory_mb << 20, 10, base=self.scratch) as session:
            return session.observe(probe, b"")

    @cached_property
    def layers(self) -> Mapping[str, str]:
        """The layers that a worker puts on, and has tried, each with its details.

        Raises:
            GraderError: one of them does not hold.
        """
        if self.isolation == "none":
            return {}
        identity.hide()
        self._trap.write_text("a file that no worker may read\n")
        self._trap.chmod(0o644)
        memory = self.rubric.limits.memory_mb << 20
        with Session(self.launcher, {}, memory, 10, base=self.scratch, cell=self._cell()) as session:
            return session.open()

    @property
    def level(self) -> str:
        """How well student code is isolated, one of ``isolation.LEVELS``."""
        return level_of(self.layers)

    @property
    def _trap(self) -> Path:
        return self.scratch / "trap"

    @cached_property
    def _others(self) -> bool:
        """Whether workers become other users."""
        if not can_become_others(self.scratch):
            return False
        self.scratch.chmod(0o711)
        return True

    def _cell(self) -> Cell:
        if self.isolation == "none":
            return NO_LAYERS
        if self._others:
            return Cell(True, next_user(), trap=str(self._trap))
        return Cell(True, bare=is_root(), trap=str(self._trap))

    def case(
        self, submission: Submission, sandbox: Sandbox | None = None, known: Mapping[str, Observation] = NOTHING
    ) -> Case:
        """*submission* and what it is compared with.

        Args:
            sandbox: where its code runs; without it nothing can be observed.
            known: what probes have brought back before, by probe id.
        """

        @cache
        def checkpoint(training: str) -> Checkpoint | None:
            from autograder.ingest.checkpoint import read_checkpoint  # only now: most hand-ins have none

            path = submission.checkpoints.get(training)
            return read_checkpoint(path) if path is not None else None

        run = Observer(submission, sandbox) if sandbox is not None else nowhere
        about = submission, self.rubric, lambda: self.recording, self.tools, self.seed, self.homework
        return Case(*about, checkpoint, run, dict(known), listener=self.listener)

    def session(self, submission: Submission, stage: str = "") -> Session:
        """A sandbox for *submission*, whose workers have imported what *stage*, or the kit's, says at the least."""
        limits = self.rubric.limits
        extras = self.extras([submission])
        return Session(
            self.launcher,
            {**submission.data, **submission.files},
            limits.memory_mb << 20,
            limits.import_seconds,
            stage or self.stage,
            extras,
            self.scratch,
            lambda: self.tools.card(),
            self._cell(),
            self.layers,
            limits.address_mb << 20,
            self.shares.mine,
            self.turns,
            bool(submission.mentions(VISION)),
        )

    @contextmanager
    def reading(self, submission: Submission) -> Iterator[Sandbox]:
        """A sandbox for probes that read *submission*'s documents: none of its code is there."""
        with self.session(replace(submission, files={}, data={}), stage="source") as session:
            yield self.kept(session)

    def extras(self, submissions: list[Submission]) -> tuple[str, ...]:
        """The slow imports that any of *submissions* mentions."""
        found = {word for submission in submissions for word in submission.mentions(EXTRAS)}
        return tuple(EXTRAS[word] for word in sorted(found))

    def depends(self) -> dict[str, str]:
        """All that decides a grade beside the hand-in, each by its digest or its name."""
        from autograder import __version__

        return {
            "kit": f"{__version__} {code_digest()}",
            "rubric": self.rubric.digest,
            "evidence": self.recording.digest,
            "floors": self.tools.digest,
            "train": self.train,
            "device": self.device,
            "data": str(self.data or os.environ.get("HW1_DATA", "")),
            "seed": seed_digest(self.seed),
        }

    def basis(self) -> str:
        """A digest of all that decides a grade beside the hand-in: grading again with the same basis gives the same."""
        return hashlib.sha256(repr(sorted(self.depends().items())).encode()).hexdigest()[:16]


@cache
def code_digest() -> str:
    """A digest of the kit's code and of the homework's: what judges may be another one in each version."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, homework_folder()):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
