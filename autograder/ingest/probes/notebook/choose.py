"""Which statement of a notebook is which class of the homework; where more than one would do, the choice is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.layout import Layout, Root
from autograder.ingest.probes.notebook.statements import DEFINITION, EFFECT, KEPT, Broken, Note, Statement
from autograder.ingest.probes.notebook.wanted import Rename, Wanted, is_stub, last_of, misspelt


@dataclass
class Chosen:
    """The definitions for which modules are made.

    Attributes:
        roots: by module.
        notes: remarks on the choices.
        renames: of classes that are called almost as they should be.
        broken: by name of what is nowhere defined but in lines that are no Python, what is wrong there.
    """

    roots: dict[str, list[Root]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    renames: list[Rename] = field(default_factory=list)
    broken: dict[str, Note] = field(default_factory=dict)


def choose(
    cells: list[Cell], statements: list[Statement], broken: list[Broken], wanted: Wanted, layout: Layout
) -> Chosen:
    """The definitions that count: of our own notebooks' cells, or by names and places."""
    modules = {cell.number: cell.marks.get("module", "") for cell in cells if cell.kind == "code"}
    worked_in = any(
        modules.get(one.cell) in wanted and one.kind == DEFINITION and not is_stub(one) for one in statements
    )
    chosen = _choose_marked(modules, statements, wanted) if worked_in else _choose(statements, broken, wanted, layout)
    _note_broken(chosen, statements, broken, wanted, layout)
    there = {root.final for roots in chosen.roots.values() for root in roots if not is_stub(root.statement)}
    chosen.renames = list(misspelt(statements, there | chosen.broken.keys(), wanted))
    return chosen


def _choose_marked(modules: Mapping[int, str], statements: list[Statement], wanted: Wanted) -> Chosen:
    """All that is kept of the marked cells; of what is not done there the definition in another cell."""
    chosen = Chosen()
    for module, names in wanted.items():
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
                    said = f"{own} counts; the stub in cell {found[-1].cell} is unchanged"
                    chosen.notes.append(Note(last.cell, last.first, said))
            elif found and found[-1].kind == EFFECT:
                roots.append(Root(found[-1], next(name for name in spellings if name in found[-1].binds), final))
        if any(root.final in names or root.statement.kind == DEFINITION for root in roots):
            chosen.roots[module] = roots
    return chosen


def _choose(statements: list[Statement], broken: list[Broken], wanted: Wanted, layout: Layout) -> Chosen:
    """By names, and by what the homework knows of its notebooks."""
    chosen = Chosen()
    by_name = {module: names for module, names in wanted.items() if module not in layout.by_place}
    for module, names in by_name.items():
        for final, spellings in names.items():
            found = last_of(statements, spellings)
            if not found:
                continue
            last = found[-1]
            own = next(name for name in spellings if name in last.binds)
            chosen.roots.setdefault(module, []).append(Root(last, own, final))
            if len(found) > 1:
                chosen.notes.append(Note(last.cell, last.first, f"{own} is defined {times(found)}; this one counts"))
    others = frozenset(word for names in by_name.values() for words in names.values() for word in words)
    return replace(chosen, roots={**chosen.roots, **layout.choose(statements, broken, others, chosen.notes)})


def _note_broken(
    chosen: Chosen, statements: list[Statement], broken: list[Broken], wanted: Wanted, layout: Layout
) -> None:
    """Note what is defined in lines that are no Python alone; a stub of that name does not count."""
    spelt = {word: final for names in wanted.values() for final, words in names.items() for word in words}
    bound = {name for one in statements for name in one.binds if not is_stub(one)}
    done = {root.final for roots in chosen.roots.values() for root in roots if not is_stub(root.statement)}
    for one in broken:
        final = layout.final(one.name, one.note.cell) or spelt.get(one.name, one.name)
        if final in done or (final == one.name and one.name in bound and one.name != layout.shared):
            continue
        chosen.broken[final] = one.note
        for module, roots in chosen.roots.items():
            chosen.roots[module] = [root for root in roots if root.final != final]


def times(found: list[Statement]) -> str:
    """How often something is defined, and where."""
    cells = ", ".join(str(one.cell) for one in found[:6])
    count = "twice" if len(found) == 2 else f"{len(found)} times"
    return f"{count} (cells {cells}{', …' if len(found) > 6 else ''})"
