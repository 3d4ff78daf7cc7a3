"""What a notebook's cells are about, as far as names tell; a homework may know more about its own notebooks.

Such a homework has a probe ``notebook`` of its own, which reads with a layout of its own (``read_with``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.ingest.probes.foreign import Network
from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.statements import Broken, Note, Statement


@dataclass(frozen=True)
class Root:
    """A definition that a module is made for: what the notebook calls it, and what the module must."""

    statement: Statement
    own: str
    final: str


class Layout:
    """A layout that goes by names alone.

    Args:
        cells: the notebook's.
        trainings: by what a network may be called, the id of its training.

    Attributes:
        by_place: the modules whose definitions are found by where they stand, not by their names.
        shared: what several definitions are called; nothing if each has a name of its own.
    """

    by_place: tuple[str, ...] = ()
    shared = ""

    def __init__(self, cells: Sequence[Cell], trainings: Mapping[str, str]):
        self.cells = cells
        self.trainings = trainings

    def choose(
        self, statements: list[Statement], broken: list[Broken], others: frozenset[str], notes: list[Note]
    ) -> Mapping[str, list[Root]]:
        """By module of ``by_place``, the definitions that count; the choices are added to *notes*.

        Args:
            others: names that the other modules define.
        """
        return {}

    def final(self, name: str, cell: int) -> str:
        """What *name*, defined in *cell*, is called in its module, where its place says so; or nothing."""
        return ""

    def is_heading(self, line: str) -> bool:
        """Whether *line* heads something other than a question, so that an answer ends there."""
        return False

    def training_of(self, name: str, cell: int) -> str:
        """The training of a network that is called *name* in *cell*, or nothing."""
        return self.trainings.get(name, "")

    def training_at(self, cell: int, before: str) -> str:
        """The training that *cell* is about, *before* the one above it."""
        return before

    def replaced(self, network: Network, cell: int) -> str:
        """The training in whose place a network of a library is trained in *cell*, or nothing."""
        return ""
