"""The seam between the engine and a homework: the records that name all parts of one, and which one is in force.

A homework is a package with a module ``homework`` that holds ``HOMEWORK``. The engine finds out there what is handed
in, what is judged and what is trained; it names nothing of a homework itself.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograder.check import Check, Probe
    from autograder.sandbox.grammar import Form

DEFAULT = "autograder.hw1"
VARIABLE = "HW1_HOMEWORK"  # the folder of the package in force, for the processes that a command starts, too


@dataclass(frozen=True)
class Module:
    """A source file that students hand in.

    Attributes:
        name: without ``.py``.
        defines: the classes and functions that it must define.
        about: what it is of the homework: ``"parts 2.1 and 2.2"``.
        title: *defines* in a sentence, where listing them is too long.
    """

    name: str
    defines: tuple[str, ...]
    about: str
    title: str = ""

    @property
    def file(self) -> str:
        """Its name as a file."""
        return f"{self.name}.py"


@dataclass(frozen=True)
class Training:
    """A network that is trained.

    Attributes:
        id: ``"2.2a"``; its checkpoint is ``checkpoints/<id>.safetensors``.
        part: ``"2.2"``.
        module: the submission's module that defines the network.
        network: the name of its class.
        data: the data set.
        recipe: the table in ``rubric.toml`` that says how.
        given: the network is constructed on pre-trained features.
        trainer: module and class of the submission's that train it; None: the toolbox's own loop does.
    """

    id: str
    part: str
    module: str
    network: str
    data: str
    recipe: str
    given: bool = False
    trainer: tuple[str, str] | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        """The submission's modules that a training with its own loop needs."""
        return (self.module, self.trainer[0]) if self.trainer is not None else (self.module,)


@dataclass(frozen=True)
class Question:
    """A written question.

    Attributes:
        id: what its heading in the file of the answers begins with: ``"Q4"``.
        item: the rubric's id, ``"1.2-Q4"``.
        beside: the trainings of which a person wants to see figures beside the answer.
    """

    id: str
    item: str
    beside: tuple[str, ...] = ()


class NoTools:
    """What the engine asks of a toolbox, where a homework has none: nothing is trained."""

    digest = ""  # of what decides beside the options of the run
    real = False  # data were given that a hand-in must not read

    def __init__(self, kit: object) -> None:
        """Nothing of *kit* is needed."""

    def lacking(self) -> list[str]:
        """Remarks on what is missing here."""
        return []


@dataclass(frozen=True, eq=False)
class Homework:
    """All parts of one homework.

    Attributes:
        name: short, for archives' names: ``"hw1"``.
        folder: where ``rubric.toml``, ``floors.toml`` and the recorded evidence lie.
        modules: what students hand in as sources.
        checks: in the order of a report.
        proofs: what is observed of the reference beside what its checks compare.
        trainings: what is trained.
        questions: what is answered in writing, in the order of the template.
        during: what is under way, in words, by the name of a probe or of one of its steps; students may read it.
        raised: sentences of our own that its probes raise where a submission lacks a name.
        forms: of the replies of its probes, by the probe's name (``sandbox/forms.py``).
        tools: makes of a run's kit what its toolbox shares among the hand-ins.
    """

    name: str
    folder: Path
    modules: tuple[Module, ...]
    checks: tuple[Check, ...]
    proofs: tuple[Probe, ...] = ()
    trainings: tuple[Training, ...] = ()
    questions: tuple[Question, ...] = ()
    during: Mapping[str, str] = field(default_factory=dict)
    raised: frozenset[str] = frozenset()
    forms: Mapping[str, tuple[Form, ...]] = field(default_factory=dict)
    tools: Callable[[Any], Any] = NoTools

    @cached_property
    def check(self) -> Mapping[str, Check]:
        """The checks by id."""
        return {check.id: check for check in self.checks}

    @cached_property
    def training(self) -> Mapping[str, Training]:
        """The trainings by id."""
        return {training.id: training for training in self.trainings}

    def trainings_of(self, part: str) -> tuple[Training, ...]:
        """The trainings that *part* names: all of a part, or one; or none."""
        return tuple(one for one in self.trainings if part in (one.id, one.part))


def homework_folder() -> Path:
    """The folder of the homework in force; nothing is imported."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen) if chosen else Path(__file__).parent / DEFAULT.rpartition(".")[2]


def package() -> str:
    """The name of the homework's package; its folder's parent is on the path of imports."""
    if not os.environ.get(VARIABLE):
        return DEFAULT
    folder = homework_folder()
    if str(folder.parent) not in sys.path:
        sys.path.append(str(folder.parent))
    return folder.name


def choose(folder: Path) -> None:
    """Put the homework in *folder* in force, for this process and those that it starts.

    Raises:
        MisuseError: the folder does not hold one.
    """
    if not (folder / "homework.py").is_file():
        raise MisuseError(f"{folder} is not a homework: homework.py is missing")
    os.environ[VARIABLE] = str(folder.resolve())
    in_force.cache_clear()


@cache
def in_force() -> Homework:
    """The homework that this process is about."""
    found = importlib.import_module(f"{package()}.homework").HOMEWORK
    assert isinstance(found, Homework)  # noqa: S101  whoever writes one finds out at once
    return found


def to_hand_in(training: str) -> str:
    """The hint where a checkpoint would settle an accuracy."""
    return f"Run `hw1 train {training}` and hand in the checkpoint."
