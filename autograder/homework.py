"""The seam between the engine and a homework: the records that name all parts of one, and which one is in force.

A homework is a package with a module ``homework`` that holds ``HOMEWORK``. The engine finds out there what is handed
in, what is judged and what is trained; it names nothing of a homework itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograder.errors import MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autograder.check import Check, Probe
    from autograder.grammar import Form

DEFAULT = "autograder.hw1"
ANSWERS = "answers.md"  # what the written questions are answered in
VARIABLE = "HW1_HOMEWORK"  # the folder of the package in force, for the processes that a command starts, too
BESIDE = "homework"  # beside a handout: the folder of a homework that does not come with the kit
CHECKER = "hw1"  # the module that a notebook imports to check itself; the command is called so, too


@dataclass(frozen=True)
class Module:
    """A source file that students hand in.

    Attributes:
        name: without ``.py``.
        defines: the classes and functions that it must define.
        about: what it is of the homework: ``"parts 2.1 and 2.2"``.
        title: *defines* in a sentence, where listing them is too long.
        also: other names for what it defines, as people's notebooks have them, each with the right one.
    """

    name: str
    defines: tuple[str, ...]
    about: str
    title: str = ""
    also: tuple[tuple[str, str], ...] = ()

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
        large: it is trained faster by all cores; small networks gain nothing by more than one.
        trainer: module and class of the submission's that train it; None: the toolbox's own loop does.
    """

    id: str
    part: str
    module: str
    network: str
    data: str
    recipe: str
    given: bool = False
    large: bool = False
    trainer: tuple[str, str] | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        """The submission's modules that a training with its own loop needs."""
        return (self.module, self.trainer[0]) if self.trainer is not None else (self.module,)


@dataclass(frozen=True)
class Question:
    """A written question.

    Attributes:
        id: what its heading in the file of the answers begins with, a letter and a number: ``"Q4"``.
        item: the rubric's id, ``"1.2-Q4"``.
        beside: the trainings whose figures a person wants to see beside the answer.
        part: the part whose whole text may hold the answer where nothing is headed like the question; or nothing.
        titles: a pattern of titles that head its answer in place of the id; or nothing.
        in_part: the same below a heading of its part.
    """

    id: str
    item: str
    beside: tuple[str, ...] = ()
    part: str = ""
    titles: str = ""
    in_part: str = ""


@dataclass(frozen=True)
class Notebook:
    """A notebook in which the homework may be handed in, in place of its sources.

    Attributes:
        name: as the homework calls it.
        pattern: finds it in what people call it, in lower case and without the ending.
        answers: whether the answers may be in it.
    """

    name: str
    pattern: str
    answers: bool = False


@dataclass(frozen=True)
class Study:
    """Trainings that are put side by side, as a table and as a picture.

    Attributes:
        part: whose trainings they are.
        title: of the table.
        file: its name, without an ending.
        rows: by training, the network in words, the optimizer and the number of parameters, in the table's order.
    """

    part: str
    title: str
    file: str
    rows: Mapping[str, tuple[str, str, int]]


@dataclass(frozen=True)
class Board:
    """A row of Gradescope's leaderboard.

    Attributes:
        name: what the row is called.
        check: the id of the check that must have passed.
        figure: which figure of its outcome is shown (``outcome.Outcome.figures``); an accuracy in percent.
        ascending: the least is the best.
    """

    name: str
    check: str
    figure: str
    ascending: bool = False


class NoTools:
    """The toolbox of a homework that has none: nothing is trained."""

    digest = ""  # of what decides beside the options of the run
    real = False  # data were given that a hand-in must not read
    manifest: Mapping[str, str] = MappingProxyType({})  # by data set its digest

    def __init__(self, kit: object) -> None:
        """*kit* is not needed."""

    def lacking(self) -> list[str]:
        """Remarks on what is missing here."""
        return []


@dataclass(frozen=True, eq=False)
class Homework:
    """All parts of one homework.

    Attributes:
        name: short, for archives' names: ``"hw1"``.
        folder: where ``rubric.toml``, ``floors.toml`` and the recorded evidence lie.
        solution, handout: their folders, where they are not ``solution`` and ``assignment`` in *folder*.
        modules: what students hand in as sources.
        checks: in the order of a report.
        proofs: what is observed of the reference beside what its checks compare.
        trainings: what is trained.
        questions: what is answered in writing, in the order of the template.
        leaderboard: what is compared there, if the rubric wants one.
        study: trainings that are put side by side.
        notebooks: in which it may be handed in, too; all of them together hold all modules.
        documents: what else is asked for, like ``"report.pdf"``.
        architectures: a pattern of torchvision's networks that would stand in the place of the student's own.
        printed: a pattern of lines with figures that the homework's own tables print: nobody's claims.
        data_archives: how archives of its data sets begin: nobody's work.
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
    leaderboard: tuple[Board, ...] = ()
    study: Study | None = None
    solution: Path | None = None
    handout: Path | None = None
    notebooks: tuple[Notebook, ...] = ()
    documents: tuple[str, ...] = ()
    architectures: str = ""
    printed: str = ""
    data_archives: tuple[str, ...] = ()

    @cached_property
    def module_names(self) -> tuple[str, ...]:
        """The modules' names."""
        return tuple(module.name for module in self.modules)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The modules as files."""
        return tuple(module.file for module in self.modules)

    @cached_property
    def tests(self) -> str:
        """The handout's file with which pytest runs the checks; it is the kit's, and nobody hands it in."""
        return f"test_{self.name}.py"

    @cached_property
    def known(self) -> frozenset[str]:
        """The files that are graded, by name."""
        return frozenset((*self.sources, *([ANSWERS] if self.questions else ())))

    @cached_property
    def defined_in(self) -> Mapping[str, str]:
        """The module's file, by each name that it defines."""
        return {name: module.file for module in self.modules for name in module.defines}

    @cached_property
    def told(self) -> Mapping[str, object]:
        """What probes that read documents and sources are told, as JSON values: modules, networks, questions, parts."""
        parts = {one.part for one in self.checks} | {one.part for one in self.questions}
        spelt = {
            name: [name, *(a for m in self.modules for a, right in m.also if right == name)] for name in self.defined_in
        }
        return {
            "modules": {module.name: {name: spelt[name] for name in module.defines} for module in self.modules},
            "trainings": {name: one.id for one in self.trainings for name in spelt[one.network]},
            "given": [name for one in self.trainings if one.given for name in spelt[one.network]],
            "architectures": self.architectures,
            "printed": self.printed,
            "questions": [[one.id, one.part, one.titles, one.in_part] for one in self.questions],
            "parts": sorted(part for part in parts if re.fullmatch(r"\d+\.\d+", part)),
        }

    @cached_property
    def hand_in(self) -> str:
        """What is handed in, in words."""
        files = [*self.sources, *([ANSWERS] if self.questions else ())]
        listed = " and ".join(filter(None, (", ".join(files[:-1]), files[-1])))
        notebooks = " and ".join(one.name for one in self.notebooks)
        return f"{listed}, or {notebooks}" if notebooks else listed

    @cached_property
    def check(self) -> Mapping[str, Check]:
        """The checks by id."""
        return {check.id: check for check in self.checks}

    @cached_property
    def training(self) -> Mapping[str, Training]:
        """The trainings by id."""
        return {training.id: training for training in self.trainings}

    @cached_property
    def read_answers(self) -> tuple[Check, ...]:
        """The checks that decide on an answer where they can read it; a person does where they can't."""
        return tuple(self.check[question.item] for question in self.questions if question.item in self.check)

    def trainings_of(self, part: str) -> tuple[Training, ...]:
        """The trainings that *part* names: all of a part, or one; or none."""
        return tuple(one for one in self.trainings if part in (one.id, one.part))


def homework_folder() -> Path:
    """The folder of the homework in force; nothing is imported."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).resolve() if chosen else Path(__file__).parent / DEFAULT.rpartition(".")[2]


def package() -> str:
    """The name of the homework's package, which can be imported from here on; what lies beside its folder can't.

    Raises:
        MisuseError: something else has this name already.
    """
    if not os.environ.get(VARIABLE):
        return DEFAULT
    folder = homework_folder()
    name, beginning = folder.name, folder / "__init__.py"
    there = sys.modules.get(name)
    if there is not None and getattr(there, "__file__", None) == str(beginning):
        return name
    if not name.isidentifier() or importlib.util.find_spec(name) is not None:
        raise MisuseError(f"{folder} needs another name: {name} can't be the name of its Python package")
    spec = importlib.util.spec_from_file_location(name, beginning, submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None  # noqa: S101  it ends in .py
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return name


def choose(folder: Path) -> None:
    """Put the homework in *folder* in force, for this process and those that it starts.

    Raises:
        MisuseError: the folder does not hold one, or needs another name.
    """
    for name in ("homework.py", "__init__.py"):
        if not (folder / name).is_file():
            raise MisuseError(f"{folder} is not a homework: {name} is missing")
    os.environ[VARIABLE] = str(folder.resolve())
    in_force.cache_clear()
    package()


@cache
def in_force() -> Homework:
    """The homework that this process is about."""
    found = importlib.import_module(f"{package()}.homework").HOMEWORK
    assert isinstance(found, Homework)  # noqa: S101  whoever writes one finds out at once
    return found


def to_hand_in(training: str) -> str:
    """The hint where a checkpoint would settle an accuracy."""
    return f"Run `hw1 train --part {training}` and hand in the checkpoint."
