"""What networks are trained and scored with: data sets, pre-trained features, the machine, the floors."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock, Semaphore
from typing import Protocol, TypeVar

from autograder.check import Probe
from autograder.deep_learning.data import Dataset, load_dataset
from autograder.deep_learning.floors import Floors, read_floors
from autograder.deep_learning.machine import Machine, choose
from autograder.errors import GraderError, HandinError, MisuseError
from autograder.evidence import Array, Evidence, Observation
from autograder.hashing import hash_of
from autograder.home import data_folder
from autograder.rubric import Rubric

T = TypeVar("T")


class Options(Protocol):
    """The options of a run, such as the kit's; see there."""

    rubric: Rubric
    data: Path | None
    device: str
    train: str
    floors: Path | None

    def alone(self, probe: Probe) -> Observation:
        """What *probe* brings back where there is no hand-in."""


@dataclass(frozen=True)
class Setup:
    """What all hand-ins of a run share; slow parts are called when they are first needed.

    Attributes:
        data: the name of a data set to it or to its stand-in; MisuseError if it is not there, or damaged.
        data_name: the same to the name of what there is, without loading it.
        pretrained: pre-trained features by name; MisuseError if they are not available.
        machine: what trains; MisuseError if the device that was asked for is not there.
        floors: what was measured of the reference.
        train: ``"auto"``: the first way that applies; ``"always"``: all is trained; ``"never"``: nothing is.
        stand_ins: the homework's data sets by name, each with the name of what is embedded in its place.
        real: a folder of real data was given.
        card: how many hand-ins may be on the GPU at a time, each with the memory that the rubric gives a training.
        weights: the digest of the pre-trained features; empty if they are not there.
    """

    data: Callable[[str], Dataset]
    data_name: Callable[[str], str]
    pretrained: Callable[[], Mapping[str, Array]]
    machine: Callable[[], Machine]
    floors: Floors
    train: str = "auto"
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    real: bool = False
    card: Callable[[], Semaphore] = lambda: Semaphore(1)
    weights: Callable[[], str] = str

    @classmethod
    def of(cls, options: Options, stand_ins: Mapping[str, str]) -> Setup:
        """The setup for *options*; *stand_ins*: the data sets, each with what is embedded in its place."""
        real = options.data is not None or bool(os.environ.get("HW1_DATA"))
        memory_mb = options.rubric.limits.training_memory_mb
        machine = once(lambda: _found(options))
        return cls(
            data=once(lambda kind: load_dataset(kind, options.data)),
            data_name=lambda kind: kind if real else stand_ins[kind],
            pretrained=once(lambda: _weights(options.data or data_folder())),
            machine=machine,
            floors=read_floors(options.floors),
            train=options.train,
            stand_ins=stand_ins,
            real=real,
            card=once(lambda: Semaphore(max(1, int(1 / machine().share(memory_mb))))),
            weights=once(lambda: _weights_digest(options.data or data_folder())),
        )

    @property
    def digest(self) -> str:
        """The digest of what decides an accuracy, apart from the options."""
        return self.floors.digest

    def sets(self) -> tuple[dict[str, Dataset], list[str]]:
        """The real data sets that are there, and why the others are not; neither where no folder was given."""
        found, absent = {}, []
        for kind in self.stand_ins if self.real else ():
            try:
                found[kind] = self.data(kind)
            except MisuseError as error:
                absent.append(str(error))
        return found, absent

    @property
    def manifest(self) -> Mapping[str, str]:
        """By name the digest of each real data set that is there, and of the pre-trained features."""
        weights = {"the pre-trained weights": self.weights()} if self.weights() else {}
        return {**{kind: dataset.digest for kind, dataset in self.sets()[0].items()}, **weights}

    def lacking(self) -> list[str]:
        """Remarks on the data sets that are not in the folder that was given; what needs them stays open.

        Raises:
            MisuseError: none of them is there.
        """
        found, absent = self.sets()
        if absent and not found:
            raise MisuseError(absent[0])
        return [f"{remark}; what needs it is not settled" for remark in absent]


def once(function: Callable[..., T]) -> Callable[..., T]:
    """*function*, such that it runs once for the same arguments, in one thread at a time."""
    lock, remembered = Lock(), cache(function)

    def called(*args: Hashable) -> T:
        with lock:
            return remembered(*args)

    return called


def _found(options: Options) -> Machine:
    seen = options.alone(Probe("machine", "machine", (), "torch", gpu=options.device != "cpu"))
    if not isinstance(seen, Evidence):
        raise GraderError(f"the machine's devices could not be found: {seen}")
    return choose(options.device, seen.facts)


def _weights_digest(folder: Path) -> str:
    from autograder.deep_learning.data.weights import open_weights

    try:
        return hash_of(open_weights(folder))
    except (MisuseError, HandinError):
        return ""


def _weights(folder: Path) -> Mapping[str, Array]:
    from autograder.deep_learning.data.weights import read_weights  # only now: it imports numpy

    return read_weights(folder)
