"""Which statement of a notebook is which class of the homework; where more than one would do, the choice is said."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.ingest.probes.newer import parse
from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.sections import EXPERIMENTS, FREE, Section, fill_gaps, sections_of, slot_name
from autograder.ingest.probes.notebook.statements import DEFINITION, EFFECT, KEPT, Broken, Note, Statement
from autograder.ingest.probes.notebook.wanted import (
    NETWORK,
    NETWORKS,
    OTHERS,
    WANTED,
    Rename,
    can_be,
    is_stub,
    last_of,
    misspelt,
)

TODOS = {"1.1": "mnist", "1.2": "ablations", "2.1": "vgg", "2.2": "vgg"}


@dataclass(frozen=True)
class Root:
    """A definition that a module is made for: what the notebook calls it, and what the module must."""

    statement: Statement
    own: str
    final: str


@dataclass
class Chosen:
    """What modules are made for.

    Attributes:
        roots: by module.
        notes: what is to be said of the choices.
        renames: of classes that are called almost as they should be.
        broken: by name of what is nowhere defined but in lines that are no Python, what is wrong there.
    """

    roots: dict[str, list[Root]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    broken: dict[str, Note] = field(default_factory=dict)


def module_of(cell: Cell) -> str:
    """The module to which a marked cell belongs, or nothing."""
    marked = cell.marks.get("module", "")
    if marked in ("mnist", "ablations", "trainer", "vgg"):
        return marked
    todo = cell.marks.get("todo", "")
    if todo in ("1.2a", "1.2b", "1.2c"):
        return "trainer"
    return TODOS.get(todo[:3], "")


def choose(cells: list[Cell], statements: list[Statement], broken: list[Broken]) -> Chosen:
    """The definitions that count: of our own notebooks' cells, or by names and headings."""
    modules = {cell.number: module_of(cell) for cell in cells if cell.kind == "code"}
    worked_in = any(modules.get(one.cell) and one.kind == DEFINITION and not is_stub(one) for one in statements)
    chosen = _choose_marked(modules, statements) if worked_in else _choose_by_layout(cells, statements, broken)
    _note_broken(chosen, statements, broken, sections_of(cells))
    there = {root.final for roots in chosen.roots.values() for root in roots if not is_stub(root.statement)}
    chosen.renames = list(misspelt(statements, there | chosen.broken.keys()))
    return chosen


def _choose_marked(modules: Mapping[int, str], statements: list[Statement]) -> Chosen:
    """All that is kept of the marked cells; of what is not done there the definition in another cell."""
    chosen = Chosen()
    for module, names in {**NETWORKS, **WANTED}.items():
        inside = [one for one in statements if modules.get(one.cell) == module]
        roots = [Root(one, name, name) for one in inside if one.kind in KEPT for name in [min(one.binds, default="")]]
        for final, spellings in names.items():
            found = last_of(inside, spellings)
            elsewhere = [] if found and not is_stub(found[-1]) else last_of(statements, spellings)
            if elsewhere and elsewhere[-1] not in inside:
                last = elsewhere[-1]
                own = next(name for name in spellings if name in last.binds)
                roots = [root for root in roots if root.own not in spellings] + [Root(last, own, final)]
                if found:
                    said = f"{own} counts; the stub in cell {found[-1].cell} is still as it was"
                    chosen.notes.append(Note(last.cell, last.first, said))
            elif found and found[-1].kind == EFFECT:
                roots.append(Root(found[-1], next(name for name in spellings if name in found[-1].binds), final))
        if any(root.final in names or root.statement.kind == DEFINITION for root in roots):
            chosen.roots[module] = roots
    return chosen


def _choose_by_layout(cells: list[Cell], statements: list[Statement], broken: list[Broken]) -> Chosen:
    """By names and by the original notebooks' headings."""
    chosen = Chosen()
    for module, names in WANTED.items():
        for final, spellings in names.items():
            found = last_of(statements, spellings)
            if not found:
                continue
            last = found[-1]
            own = next(name for name in spellings if name in last.binds)
            chosen.roots.setdefault(module, []).append(Root(last, own, final))
            if len(found) > 1:
                chosen.notes.append(Note(last.cell, last.first, f"{own} is defined {_times(found)}; this one counts"))
    networks = _Networks(cells, statements, broken, chosen.notes).choose()
    for slot, root in sorted(networks.items()):
        chosen.roots.setdefault("ablations" if slot else "mnist", []).append(root)
    return chosen


def _note_broken(chosen: Chosen, statements: list[Statement], broken: list[Broken], sections: list[Section]) -> None:
    """Note what is defined in lines that are no Python alone; a stub of that name does not count."""
    spelt = {word: final for names in WANTED.values() for final, words in names.items() for word in words}
    slots = {number: section.slot for section in sections for number in section.cells}
    bound = {name for one in statements for name in one.binds if not is_stub(one)}
    done = {root.final for roots in chosen.roots.values() for root in roots if not is_stub(root.statement)}
    for one in broken:
        slot = slots.get(one.note.cell)
        final = f"Exp{slot}" if one.name == NETWORK and slot else spelt.get(one.name, one.name)
        if final in done or (final == one.name and one.name in bound and one.name != NETWORK):
            continue
        chosen.broken[final] = one.note
        for module, roots in chosen.roots.items():
            chosen.roots[module] = [root for root in roots if root.final != final]


def _times(found: list[Statement]) -> str:
    cells = ", ".join(str(one.cell) for one in found[:6])
    count = "twice" if len(found) == 2 else f"{len(found)} times"
    return f"{count} (cells {cells}{', …' if len(found) > 6 else ''})"


class _Networks:
    """Finds the eleven networks for MNIST: by heading, by name, by their order."""

    def __init__(self, cells: list[Cell], statements: list[Statement], broken: list[Broken], notes: list[Note]):
        self.cells = {cell.number: cell for cell in cells}
        self.statements, self.notes = statements, notes
        self.sections = sections_of(cells)
        self.broken = {one.note.cell for one in broken}
        self.found: dict[int, Root] = {}
        self.taken: set[Statement] = set()

    def choose(self) -> dict[int, Root]:
        """By slot, its network."""
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
            candidates = [one for one in inside if _is_network(one)][-1:]  # what it is built of stands before it
            if not candidates:
                return
            name = min(candidates[0].binds)
            self._say(
                candidates[0], f"the class {name} is taken for {slot_name(section.slot)}, under whose heading it is"
            )
        last = candidates[-1]
        if len(candidates) > 1:
            self._say(last, f"{name} is defined {_times(candidates)} for {slot_name(section.slot)}; this one counts")
        self.taken.update(candidates)
        if section.slot in self.found:
            self._say(last, f"{slot_name(section.slot)} stands under two headings; this later one counts")
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
            self._say(
                one, f"{NETWORK} stands under no heading of its own; by the order it is taken for {slot_name(slot)}"
            )
            self._take(slot, one, NETWORK)
        for one in by_place.values():
            self._say(one, f"{NETWORK} stands under no heading of an experiment or of HW 1.1, so it does not count")

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


def _is_network(one: Statement) -> bool:
    """Whether it is a class over something called ``Module``."""
    if one.kind != DEFINITION or one.binds & OTHERS:
        return False
    for node in parse(one.text).body:
        if isinstance(node, ast.ClassDef):
            return any("Module" in (getattr(base, "attr", ""), getattr(base, "id", "")) for base in node.bases)
    return False
