"""What a mistake is, and how it is put into the solution."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

Maker = Callable[..., "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """A known misconception: the solution with one thing wrong.

    Attributes:
        id: unique, in kebab-case; begins with the name of the thing that is wrong.
        module: the module of the solution that is edited, without ``.py``.
        scope: the class (``Exp3``) or method (``Trainer.train``) that the edits apply to; empty for the whole file.
        edits: pairs of old and new text, made one after another; each old text stands exactly once in the scope.
        fails: the ids of the checks that the mistake fails, all of them.
        says: what the student reads: what the code was seen to do, then what to do about it.
    """

    id: str
    module: str
    scope: str
    edits: tuple[tuple[str, str], ...]
    fails: tuple[str, ...]
    says: str

    @classmethod
    def of(cls, module: str, scope: str, *fails: str) -> Maker:
        """Makes mistakes in *scope* of *module*, from id, edits and ``says``; each fails these checks, or its own."""

        def made(mistake: str, *edits: tuple[str, str], says: str, fails: tuple[str, ...] = fails) -> Mistake:
            return cls(mistake, module, scope, edits, fails, says)

        return made

    def apply(self, source: str) -> str:
        """Put the mistake into *source*, the text of the solution's module.

        Raises:
            ValueError: the scope is not there, or an old text does not stand in it exactly once.
        """
        lines = source.splitlines(keepends=True)
        first, last = self._lines(source, len(lines))
        text = "".join(lines[first:last])
        for old, new in self.edits:
            if text.count(old) != 1:
                where = self.scope or f"{self.module}.py"
                raise ValueError(f"mistake {self.id}: {old!r} occurs {text.count(old)} times in {where}, not once")
            text = text.replace(old, new)
        return "".join([*lines[:first], text, *lines[last:]])

    def _lines(self, source: str, count: int) -> tuple[int, int]:
        """The scope as a slice of the *count* lines of *source*."""
        node: ast.AST = ast.parse(source)
        first, last = 0, count
        for name in self.scope.split(".") if self.scope else ():
            found = [
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.ClassDef | ast.FunctionDef) and child.name == name
            ]
            if len(found) != 1 or found[0].end_lineno is None:
                raise ValueError(f"mistake {self.id}: {len(found)} times {self.scope} in {self.module}.py, not once")
            node = found[0]
            first, last = found[0].lineno - 1, found[0].end_lineno
        return first, last
