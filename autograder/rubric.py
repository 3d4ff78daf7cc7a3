"""The rubric as a record: points, parts, limits and recipes out of ``rubric.toml``, checked when it is read."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import MisuseError
from autograder.homework import homework_folder
from autograder.late import Rules, rules_of

if TYPE_CHECKING:
    from autograder.homework import Homework

WAYS = ("proven", "verified", "trained")
STUDENT_ID = "(?<![0-9])[0-9]{6,12}(?![0-9])"
BY_HAND = ("listed", "left out")
FORMS = ("remark", "points")  # what a slip in what a method returns or prints costs
ISOLATION = ("none", "weak", "medium", "strong")  # what each level is: isolation.py
PYTHONS = ("3.11", "3.12", "3.13")  # that the kit runs on, as pyproject.toml says
MOST_MINUTES = 40  # Gradescope's longest time limit


@dataclass(frozen=True)
class ByHand:
    """A written answer's line."""

    points: float
    part: str
    title: str


@dataclass(frozen=True)
class Limits:
    """What a hand-in may take; see the comments in ``rubric.toml``.

    ``address_mb``: the address space that a worker may take, if more than the memory: what is never written to takes
    none. A ``vgg19_bn`` of 575 MB is counted in 60.
    """

    memory_mb: int
    training_memory_mb: int
    import_seconds: float
    source_bytes: int
    hand_in_files: int
    hand_in_bytes: int
    document_bytes: int
    archive_bytes: int
    archive_members: int
    archive_ratio: int
    bulk_members: int = 200_000
    address_mb: int = 0


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, and the accuracy that is asked for.

    Attributes:
        epochs, batch, lr: as every training loop has them.
        floor: the handout's, in [0, 1]; 0 where no accuracy is asked for.
        optimizer: ``"adam"`` or ``"sgd"`` (without momentum).
        bf16: bfloat16 may be used where the floor was measured with it, too.
        guard: how many jittered test images and training images are scored to see remembered answers.
        seconds_per_image: the time limit of an epoch, beside a minute.
    """

    epochs: int
    batch: int
    lr: float
    floor: float = 0.0
    optimizer: str = "adam"
    bf16: bool = False
    guard: int = 2000
    seconds_per_image: float = 0.005


@dataclass(frozen=True)
class Gradescope:
    """How it is graded in Gradescope's container; see the comments in ``rubric.toml``.

    Attributes:
        minutes: the container's time limit.
        reserve_seconds: of these, what is left when the grader stops by itself.
        cpus, memory_mb: what the container has.
        isolation: the least level of ``isolation.LEVELS`` at which student code is run.
        train: trainings that may be done there.
        by_hand: ``"listed"`` with 0 points, or ``"left out"``.
        after_published: checks or parts whose verdicts students see when grades are published.
        leaderboard: whether accuracy and size of ``MNIST_Net`` are sent to it.
    """

    minutes: float = 10
    reserve_seconds: float = 45
    cpus: float = 0.5
    memory_mb: int = 768
    isolation: str = "medium"
    train: tuple[str, ...] = ()
    by_hand: str = "listed"
    after_published: tuple[str, ...] = ()
    leaderboard: bool = False

    @property
    def seconds(self) -> float:
        """How long the grader goes on."""
        return self.minutes * 60 - self.reserve_seconds


@dataclass(frozen=True)
class Rubric:
    """What is graded, and for how much.

    Attributes:
        parts: title by part.
        points: by automatic check.
        by_hand: the written answers.
        recipes: by a training's recipe and data set.
        ways: by training, how its accuracy may be settled, of ``WAYS``.
        digest: of the file, for the fingerprint.
        python: the version that hand-ins are graded with, like ``"3.11"``; empty if the course names none.
        student_id: the regular expression of a student id in the name of a hand-in.
        gradescope: how it is graded in Gradescope's container.
        forms: what a slip in what the methods of ``Trainer`` return or print costs: a ``"remark"`` or the ``"points"``.
        late: what a late hand-in costs; None: nothing, and nobody looks at the time.
    """

    title: str
    parts: Mapping[str, str]
    points: Mapping[str, float]
    by_hand: Mapping[str, ByHand]
    limits: Limits
    recipes: Mapping[str, Mapping[str, Recipe]]
    ways: Mapping[str, tuple[str, ...]]
    digest: str
    student_id: str = STUDENT_ID
    gradescope: Gradescope = field(default_factory=Gradescope)
    forms: str = "remark"
    python: str = ""
    late: Rules | None = None

    @property
    def all_points(self) -> Mapping[str, float]:
        """The points of each check and each written answer."""
        return {**self.points, **{name: line.points for name, line in self.by_hand.items()}}

    def worth(self, item: str) -> float:
        """What a check or a written answer earns at the most; 0 for what is only told."""
        return self.all_points.get(item, 0.0)

    def of(self, homework: Homework) -> Rubric:
        """This rubric, which fits *homework*.

        Raises:
            MisuseError: it names what the homework does not have, or lacks what the homework has.
        """
        faults = misfits(self, homework)
        if faults:
            raise MisuseError(f"the rubric does not fit the homework: {'; '.join(faults)}")
        return self

    @property
    def automatic(self) -> float:
        """The sum of the automatic points."""
        return sum(self.points.values())

    @property
    def total(self) -> float:
        """All points there are."""
        return self.automatic + sum(line.points for line in self.by_hand.values())


def rubric_file() -> Path:
    """The rubric of the homework in force."""
    return homework_folder() / "rubric.toml"


def read_rubric(path: Path | None = None) -> Rubric:
    """The rubric in *path*, or that of the homework in force.

    Raises:
        MisuseError: it can't be read or a value is missing or negative; the text names it.
    """
    path = path or rubric_file()
    try:
        table: dict[str, Any] = tomllib.loads(path.read_bytes().decode())
        recipes = {part: {name: Recipe(**r) for name, r in sets.items()} for part, sets in table["recipes"].items()}
        rubric = Rubric(
            title=str(table["title"]),
            parts=dict(table["parts"]),
            points={name: float(points) for name, points in table["points"].items()},
            by_hand={n: ByHand(**{**line, "points": float(line["points"])}) for n, line in table["by_hand"].items()},
            limits=Limits(**table["limits"]),
            recipes=recipes,
            ways={training: tuple(ways) for training, ways in table["ways"].items()},
            digest=hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()[:16],
            student_id=re.compile(str(table.get("student_id", STUDENT_ID))).pattern,
            gradescope=_gradescope(table),
            forms=_forms(table),
            python=_python(table),
            late=rules_of(table["late"]) if "late" in table else None,
        )
    except OSError as error:
        raise MisuseError(f"the rubric {path} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise MisuseError(f"the rubric {path} is not valid: {error}") from error
    negative = [name for name, points in rubric.all_points.items() if points < 0]
    if negative:
        raise MisuseError(f"the rubric {path} has negative points for {', '.join(negative)}")
    for training, ways in rubric.ways.items():
        if not set(ways) <= set(WAYS):
            raise MisuseError(f"the rubric {path}: the [ways] of {training} must be among {', '.join(WAYS)}")
    return rubric


def misfits(rubric: Rubric, homework: Homework) -> list[str]:
    """Where the rubric and the homework disagree, one clause each; empty if they fit."""
    checks = {check.id for check in homework.checks}
    told = {check.id for check in homework.checks if check.informs}
    questions = {question.item for question in homework.questions}
    settled = {check.training for check in homework.checks if check.training}
    recipes = {training.recipe for training in homework.trainings}
    parts = {check.part for check in homework.checks} | {line.part for line in rubric.by_hand.values()}
    listed = (
        ("[points] names {}, but there is no such check", set(rubric.points) - checks),
        ("[points] gives no points for {}", checks - told - set(rubric.points)),
        ("[by_hand] names {}, but there is no such question", set(rubric.by_hand) - questions),
        ("neither [by_hand] nor a check has points for the question {}", questions - set(rubric.all_points)),
        ("[ways] names {}, but no check settles its accuracy", set(rubric.ways) - settled),
        ("[ways] does not say how {} may be settled", settled - set(rubric.ways)),
        ("there are no [recipes] for {}", recipes - set(rubric.recipes)),
        ("[parts] has no title for {}", parts - set(rubric.parts)),
        (
            "[gradescope] train names {}, but there is no such training",
            set(rubric.gradescope.train) - set(homework.training),
        ),
    )
    return [text.format(", ".join(sorted(names))) for text, names in listed if names]


def _forms(table: Mapping[str, Any]) -> str:
    """The value of ``forms`` in the table ``[handout]``, if there is one.

    Raises:
        ValueError: it is not one of FORMS, or the table has another key.
    """
    given = dict(table.get("handout", {}))
    forms = given.pop("forms", "remark")
    if forms not in FORMS:
        raise ValueError(f"[handout] forms must be {' or '.join(FORMS)}")
    if given:
        raise ValueError(f"[handout] has only the key forms, not {', '.join(given)}")
    return str(forms)


def _python(table: Mapping[str, Any]) -> str:
    """The version of the course, if it names one.

    Raises:
        ValueError: the kit does not run on it.
    """
    version = str(table.get("python", ""))
    if version and version not in PYTHONS:
        raise ValueError(f"python must be one of {', '.join(PYTHONS)}")
    return version


def _gradescope(table: Mapping[str, Any]) -> Gradescope:
    """The table ``[gradescope]``, checked against the rest; its own defaults where it says nothing.

    Raises:
        ValueError, TypeError: a value is not accepted.
    """
    given = table.get("gradescope", {})
    lists = {name: tuple(map(str, given[name])) for name in ("train", "after_published") if name in given}
    box = Gradescope(**{**given, **lists})
    known = {*table["parts"], *table["points"], *table["by_hand"]}
    wrong = [name for name in box.after_published if name not in known]
    wrong += [name for name in box.train if name not in table["ways"]]
    if wrong:
        raise ValueError(f"[gradescope] names {', '.join(wrong)}, which the rubric does not have")
    if box.by_hand not in BY_HAND:
        raise ValueError(f"[gradescope] by_hand must be {' or '.join(BY_HAND)}")
    if box.isolation not in ISOLATION:
        raise ValueError(f"[gradescope] isolation must be one of {', '.join(ISOLATION)}")
    if not 0 < box.minutes <= MOST_MINUTES or not 0 <= box.reserve_seconds < box.minutes * 60:
        raise ValueError(f"[gradescope] minutes must be at most {MOST_MINUTES}, and reserve_seconds shorter than that")
    if box.cpus <= 0 or box.memory_mb <= 0:
        raise ValueError("[gradescope] cpus and memory_mb must be more than 0")
    return box
