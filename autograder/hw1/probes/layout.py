"""The original notebooks' layout: where each of the eleven networks for MNIST is, which all have one name."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.hw1.probes.sections import (
    EXPERIMENT,
    EXPERIMENTS,
    FREE,
    Section,
    fill_gaps,
    sections_of,
    slot_name,
)
from autograder.ingest.probes.foreign import Network
from autograder.ingest.probes.newer import parse
from autograder.ingest.probes.notebook import layout, read_with
from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.choose import times
from autograder.ingest.probes.notebook.layout import Root
from autograder.ingest.probes.notebook.statements import DEFINITION, Broken, Note, Statement
from autograder.ingest.probes.notebook.wanted import can_be, last_of

NETWORK = "MNIST_Net"  # what the original notebooks call each of the eleven
FOR_MNIST = "1"  # what the ids of their trainings begin with


class Layout(layout.Layout):
    """Tells the networks for MNIST by the headings above them."""

    by_place = ("mnist", "ablations")
    shared = NETWORK

    def __init__(self, cells: Sequence[Cell], trainings: Mapping[str, str]):
        super().__init__(cells, trainings)
        self.sections = sections_of(cells)
        self.slots = {number: section.slot for section in self.sections for number in section.cells}

    def choose(
        self, statements: list[Statement], broken: list[Broken], others: frozenset[str], notes: list[Note]
    ) -> Mapping[str, list[Root]]:
        """Choose the networks, by module."""
        found = _Networks(self.cells, self.sections, statements, broken, others, notes).choose()
        experiments = [found[slot] for slot in sorted(found) if slot]
        modules = {"mnist": [found[FREE]] if FREE in found else [], "ablations": experiments}
        return {module: roots for module, roots in modules.items() if roots}

    def final(self, name: str, cell: int) -> str:
        """``Exp3`` of the network under the heading of experiment 3."""
        slot = self.slots.get(cell)
        return f"Exp{slot}" if name == NETWORK and slot else ""

    def is_heading(self, line: str) -> bool:
        """Whether *line* heads an experiment."""
        return EXPERIMENT.match(line) is not None

    def training_of(self, name: str, cell: int) -> str:
        """The training of a network for MNIST, as its heading says."""
        return self.trainings.get(self.final(name, cell) or name, "")

    def training_at(self, cell: int, before: str) -> str:
        """The training of the experiment among whose cells it is, unless a network of part 2 was built."""
        if cell in self.slots and (not before or before.startswith(FOR_MNIST)):
            return self.training_of(NETWORK, cell)
        return before

    def replaced(self, network: Network, cell: int) -> str:
        """The training of the experiment whose section it is in, or of VGG-19."""
        if cell in self.slots:
            return self.training_of(NETWORK, cell)
        return self.trainings["PretrainedVGG" if network.weighted else "VGG19"]


def notebook(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a notebook as the engine's probe of this name does, with this layout."""
    return read_with(Layout, params)


class _Networks:
    """Finds the eleven networks for MNIST: by heading, by name, by their order."""

    def __init__(
        self,
        cells: Sequence[Cell],
        sections: list[Section],
        statements: list[Statement],
        broken: list[Broken],
        others: frozenset[str],
        notes: list[Note],
    ):
        self.cells = {cell.number: cell for cell in cells}
        self.statements, self.others, self.notes = statements, others, notes
        self.sections = sections
        self.broken = {one.note.cell for one in broken}
        self.found: dict[int, Root] = {}
        self.taken: set[Statement] = set()

    def choose(self) -> dict[int, Root]:
        """Choose the network of each slot."""
        for section in self.sections:
            self._from_section(section)
        for slot in EXPERIMENTS:
            named = [one for one in self.statements if can_be(one, (f"Exp{slot}",))]
            if slot not in self.found and named:
                self._take(slot, named[-1], f"Exp{slot}")
        self._from_the_order()
        for section in self.sections:
            if section.slot not in self.found:
                self._reused(section)
        return self.found

    def _take(self, slot: int, one: Statement, own: str) -> None:
        self.found[slot] = Root(one, own, f"Exp{slot}" if slot else NETWORK)
        self.taken.add(one)

    def _from_section(self, section: Section) -> None:
        inside = [one for one in self.statements if one.cell in section.cells]
        for name in (NETWORK, f"Exp{section.slot}"):
            if candidates := last_of(inside, (name,)):
                break
        else:
            candidates = [one for one in inside if _is_network(one, self.others)][
                -1:
            ]  # what it is built of stands before it
            if not candidates:
                return
            name = min(candidates[0].binds)
            self._say(
                candidates[0], f"the class {name} is taken for {slot_name(section.slot)}, under whose heading it is"
            )
        last = candidates[-1]
        if len(candidates) > 1:
            self._say(last, f"{name} is defined {times(candidates)} for {slot_name(section.slot)}; this one counts")
        self.taken.update(candidates)
        if section.slot in self.found:
            self._say(last, f"{slot_name(section.slot)} has two headings; this later one counts")
        self._take(section.slot, last, name)

    def _from_the_order(self) -> None:
        """Networks under no heading."""
        left = [one for one in last_of(self.statements, (NETWORK,)) if one not in self.taken]
        assigned = {slot: root.statement.place for slot, root in self.found.items()}
        by_place = {one.place: one for one in left}
        filled = {} if self.broken & self._with_networks() else fill_gaps(assigned, sorted(by_place))
        if not filled and left and FREE not in {*self.found, *(section.slot for section in self.sections)}:
            filled = {FREE: left[-1].place}  # the network that everybody hands in; Jupyter has the last one, too
        for slot, place in filled.items():
            one = by_place.pop(place)
            self._say(one, f"{NETWORK} has no heading of its own; by its place it is taken for {slot_name(slot)}")
            self._take(slot, one, NETWORK)
        for one in by_place.values():
            self._say(one, f"{NETWORK} is not under a heading of an experiment or of HW 1.1, so it does not count")

    def _with_networks(self) -> set[int]:
        return {number for number, cell in self.cells.items() if f"class {NETWORK}" in cell.text}

    def _reused(self, section: Section) -> None:
        """A section without a class of its own, like one with another optimizer alone, uses the class before it."""
        texts = [self.cells[number].text for number in section.cells]
        earlier = [one for one in self.statements if can_be(one, (NETWORK,)) and one.cell < section.cell]
        if self.broken & set(section.cells) or not earlier or not any(f"{NETWORK}(" in text for text in texts):
            return
        self._say(
            earlier[-1],
            f"{slot_name(section.slot)} (cell {section.cell}) defines no {NETWORK} and uses this one, which counts",
        )
        self._take(section.slot, earlier[-1], NETWORK)

    def _say(self, one: Statement, text: str) -> None:
        self.notes.append(Note(one.cell, one.first, text))


def _is_network(one: Statement, others: frozenset[str]) -> bool:
    """Whether it is a class over something called ``Module``."""
    if one.kind != DEFINITION or one.binds & others:
        return False
    for node in parse(one.text).body:
        if isinstance(node, ast.ClassDef):
            return any("Module" in (getattr(base, "attr", ""), getattr(base, "id", "")) for base in node.bases)
    return False
