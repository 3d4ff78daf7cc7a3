"""Where each name of a notebook gets its values, and what changes the objects that have them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from itertools import takewhile

from autograder.ingest.probes.notebook.changes import aliases_of, changers_of, changes_of, is_any_binder, setters_of
from autograder.ingest.probes.notebook.needs import can_run, may_not_bind
from autograder.ingest.probes.notebook.statements import DEFINITION, EFFECT, FUTURE, IMPORT, STAR, Statement, uses_of

END = 1 << 40  # after the last statement of any notebook


class Names:
    """The names of a notebook.

    Args:
        statements: all of the notebook's, in their order.

    Attributes:
        effects: by name, what does something and gives it a value.
        stars: what may bring names that nothing else gives a value: ``import *``, ``exec`` of a text that is not known.
    """

    def __init__(self, statements: Iterable[Statement]):
        self.statements = tuple(statements)
        self.kept: dict[str, list[Statement]] = defaultdict(list)
        self.effects: dict[str, list[Statement]] = defaultdict(list)
        self.stars = [one for one in self.statements if one.kind == STAR or is_any_binder(one)]
        self.futures = [one for one in self.statements if one.kind == FUTURE]
        self._bound: dict[Statement, frozenset[str]] = {}
        self._sorted: dict[str, tuple[list[Statement], list[int]]] = {}
        self._unlikely: dict[str, list[Statement]] = defaultdict(list)
        functions, objects = setters_of(self.statements)
        for one in self.statements:
            for name in one.binds if one.kind != EFFECT else ():
                self.kept[name].append(one)
            if one.kind != EFFECT:
                continue
            used = uses_of(one).at_once if functions or objects else frozenset()
            self._bound[one] = one.binds.union(*(functions[name] for name in used if name in functions))
            for name in self._bound[one]:
                self.effects[name].append(one)
            for name in frozenset[str]().union(*(objects[name] for name in used if name in objects)):
                self._unlikely[name].append(one)

    def bound_by(self, one: Statement) -> frozenset[str]:
        """The names to which *one* gives a value, or what it calls."""
        return self._bound.get(one, one.binds)

    def without(self, module: str) -> Names:
        """These names without what is imported from *module*, which would import itself."""
        own = re.compile(rf"\s*(from|import)\s+{module}\b")
        return Names(one for one in self.statements if one.kind not in (IMPORT, STAR) or not own.match(one.text))

    def before(self, name: str, user: Statement) -> Statement | None:
        """The last statement before *user* that binds *name*."""
        found, places = self._binders(name)
        place = bisect_left(places, user.place)
        return found[place - 1] if place else None

    def after(self, name: str, user: Statement, until: int = END) -> list[Statement]:
        """All that binds *name* after *user*, up to the place *until*."""
        found, places = self._binders(name)
        later = found[bisect_left(places, user.place + 1) :]
        return list(takewhile(lambda one: one.place <= until, later))

    def when_called(self, name: str, user: Statement, until: int = END) -> list[Statement]:
        """What binds *name* for a function in *user* that is called at the place *until*; the last one gives the value.

        The one before *user* and all that come after it; if there is none up to *until*, the first one there is.
        """
        earlier = self.before(name, user)
        found = [*([earlier] if earlier is not None else []), *self.after(name, user, until)]
        return found or self.after(name, user)[:1]

    def last_use(self, root: Statement, name: str) -> int:
        """The place where the class that *root* calls *name* is used last, before another one has that name.

        Functions see the values of that moment: ten networks of one name have each the width that stood above it.
        """
        end = next((one.place for one in self.after(name, root) if one.kind == DEFINITION), END)
        uses = (one.place for one in self.statements if root.place < one.place < end and _uses(one, name))
        return max(uses, default=root.place)

    def has_successor(self, root: Statement, name: str) -> bool:
        """Whether another definition takes the *name* of *root* later."""
        return any(one.kind == DEFINITION for one in self.after(name, root))

    def changing(self, name: str, bound: Statement) -> list[Statement]:
        """What changes the object that *name* has by *bound*, before it gets another one."""
        found = self.after(name, bound) if bound.kind != IMPORT else ()  # a package is one object, imported twice
        end = next((one.place for one in found if not may_not_bind(one)), END)
        return [one for one in self._changes.get(name, ()) if bound.place < one.place < end]

    def _binders(self, name: str) -> tuple[list[Statement], list[int]]:
        """What binds *name*, in its order, and the places; what trains or loads data only if nothing else does."""
        if name not in self._sorted:
            kept, effects = self.kept.get(name, []), self.effects.get(name, [])
            found = [*kept, *(one for one in effects if can_run(one))] or effects or self._unlikely.get(name, [])
            found = sorted(found, key=lambda one: one.place)
            self._sorted[name] = found, [one.place for one in found]
        return self._sorted[name]

    @cached_property
    def changed_by(self) -> Mapping[Statement, Set[str]]:
        """By statement, the names whose objects it changes."""
        found: dict[Statement, set[str]] = defaultdict(set)
        for name, statements in self._changes.items():
            for one in statements:
                found[one].add(name)
        return found

    @cached_property
    def _changes(self) -> dict[str, list[Statement]]:
        """By name, what changes its object, under another name, too: ``T = Model``, ``T.test = test``."""
        known = changers_of(self.statements)
        changes: dict[str, list[Statement]] = defaultdict(list)
        for one in self.statements:
            if one.kind in (EFFECT, DEFINITION) and can_run(one):
                for name in changes_of(one, known):
                    changes[name].append(one)
        for one in reversed(self.statements):  # an alias of an alias, too
            for name in aliases_of(one):
                if more := [later for later in changes.get(min(one.binds), ()) if later.place > one.place]:
                    changes[name] = sorted({*changes[name], *more}, key=lambda one: one.place)
        return changes


def _uses(one: Statement, name: str) -> bool:
    uses = uses_of(one)
    return name in uses.at_once or name in uses.later
