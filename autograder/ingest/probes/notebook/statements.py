"""The statements of a code cell: which are imports, definitions and constants, and which do something when run."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from autograder.ingest.probes.notebook.cells import Cell
from autograder.ingest.probes.notebook.reading import Wrong, read_lines

IMPORT, STAR, FUTURE, DEFINITION, CONSTANT = "import", "star", "future", "definition", "constant"
EFFECT, NOTHING = "effect", "nothing"
KEPT = (IMPORT, STAR, FUTURE, DEFINITION, CONSTANT)
MAGIC = re.compile(r"\s*[!%?]|\s*[\w.,\s]+=\s*[!%]|[^#'\"]*\w\?{1,2}\s*$")
DEFINES = re.compile(r"\s*(?:async\s+)?(class|def)\s+(\w+)")
ALMOST = re.compile(r"\s*(\w+)\s+([A-Z]\w+)\s*[(:]")  # `clas Model(nn.Module):`
METHOD = re.compile(r"(?:async\s+)?def\s+\w+\s*\(\s*self\b")
CHECK = re.compile(r"\s*hw1\.check\s*\(")  # of what is saved: it does nothing to the notebook
TIMED = re.compile(r"%(?:time|prun)\s+([^-].*)")
OF_SHELL = re.compile(r"([^\W\d]\w*)\s*=\s*[!%]")
OF_PYTHON = re.compile(r"%%(time|capture|prun|writefile\s+\S+\.py)\b")  # magics of a cell whose rest is plain Python
MOST_MAGICS = 100  # in one cell; each costs a parse
SHOWN = 80
# Calls whose value is a constant for our purposes: nothing is read, drawn, trained or shown.
PLAIN_CALLS = {
    *("range", "len", "int", "float", "str", "bool", "tuple", "list", "dict", "set", "frozenset", "zip", "enumerate"),
    *("min", "max", "sum", "abs", "round", "sorted", "reversed", "namedtuple", "collections.namedtuple"),
    *("torch.device", "torch.cuda.is_available", "torch.cuda.device_count", "torch.backends.mps.is_available"),
    *("torch.tensor", "np.array", "numpy.array"),
}
PLAIN_FAMILIES = re.compile(r"(math|(torch\.)?nn)\.\w+")  # layers and losses: only kept where a definition uses them


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement of a cell's top level.

    Attributes:
        place: its place among the notebook's statements.
        cell: the number of its cell.
        first: its first line there, decorators included.
        lines: its own text, as the student wrote it.
        kind: one of those above.
        binds: the names that it gives a value.
    """

    place: int
    cell: int
    first: int
    lines: tuple[str, ...]
    kind: str
    binds: frozenset[str]

    @property
    def text(self) -> str:
        """Its lines as one string."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Note:
    """Something to say of a line: of what was left out the line itself, of a syntax error what is wrong."""

    cell: int
    line: int
    text: str


@dataclass(frozen=True)
class Broken:
    """A definition that can't be read."""

    name: str
    note: Note


@dataclass(frozen=True)
class Parsed:
    """A code cell: its statements, the lines for the notebook alone, what is no Python, and what that defines."""

    statements: tuple[Statement, ...]
    magics: tuple[Note, ...]
    errors: tuple[Note, ...]
    broken: tuple[Broken, ...] = ()


def parse_cell(cell: Cell, place: int) -> Parsed:
    """The statements of *cell*, numbered from *place* on; what can't be parsed is left out, the rest counts."""
    lines = list(cell.lines)
    magics = []
    start = next((n for n, line in enumerate(lines) if line.strip()), None)
    if start is not None and lines[start].startswith("%%"):
        magics.append(Note(cell.number, start + 1, lines[start].strip()[:SHOWN]))
        if not OF_PYTHON.match(lines[start]):
            return Parsed((), tuple(magics), ())
        lines[start] = ""
    tree, error = read_lines(lines)
    while error is not None and len(magics) < MOST_MAGICS and (taken := _take_magics(lines, error.line)):
        magics += [Note(cell.number, number, text) for number, text in taken]
        tree, error = read_lines(lines)
    if tree is not None:
        return Parsed(tuple(_statements(tree, lines, 0, cell.number, place)), tuple(magics), ())
    return _parsed_in_pieces(lines, error, cell.number, place, tuple(magics))


def _parsed_in_pieces(lines: list[str], whole: Wrong | None, cell: int, place: int, magics: tuple[Note, ...]) -> Parsed:
    """What can be read of a cell with a syntax error; *whole* is the first one, as Jupyter shows it."""
    found: list[Statement] = []
    errors: list[Note] = []
    broken: list[Broken] = []
    for offset, chunk in _chunks(lines):
        tree, error = read_lines(chunk)
        if tree is not None:
            found += _statements(tree, chunk, offset, cell, place + len(found))
        elif error is not None:
            if whole is not None and offset < whole.line <= offset + len(chunk) + 1 and not errors:
                error = Wrong(whole.line - offset, whole.text)
            begins = next((text for text in chunk if text[:1] != "@"), "")
            named = DEFINES.match(begins)
            what = f"{error.text} (in {named[1]} {named[2][:SHOWN]})" if named else error.text
            note = Note(cell, offset + error.line, what)
            errors.append(note)
            if METHOD.match(begins) and found and found[-1].kind == DEFINITION:  # it has lost its class
                broken += [Broken(name, note) for name in found.pop().binds]
            elif (called := named or ALMOST.match(begins)) is not None:
                broken.append(Broken(called[2], note))
    return Parsed(tuple(found), magics, tuple(errors), tuple(broken))


def _take_magics(lines: list[str], line: int) -> list[tuple[int, str]]:
    """Put ``pass`` in the place of the notebook's own commands from *line* on, where Python stumbled."""
    taken = []
    place = line - 1
    while place < len(lines) and MAGIC.match(lines[place]):
        text = lines[place]
        taken.append((place + 1, text.strip()[:SHOWN]))
        lines[place] = text[: len(text) - len(text.lstrip())] + _as_python(text.strip())
        while text.endswith("\\") and place + 1 < len(lines):
            place += 1
            text, lines[place] = lines[place], ""
        place += 1
    return taken


def _as_python(text: str) -> str:
    """What is left of a notebook's own command: the statement that it times, a name whose value is not known here."""
    if (timed := TIMED.match(text)) is not None:
        return timed[1]
    if (given := OF_SHELL.match(text)) is not None:
        return f"{given[1]} = get_ipython()"  # which fails here, so that what meets the name is open
    return "pass"


def _chunks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Pieces of a cell that may parse by themselves: each begins at a line without indentation."""
    begun = 0
    for place, line in enumerate(lines):
        goes_on = not line or line[0].isspace() or line[0] in ")]}#" or re.match(r"(else|elif|except|finally)\b", line)
        decorated = any(text.startswith("@") for text in lines[begun:place]) and all(
            not text or text[0] in "@# )" or text[0].isspace() for text in lines[begun:place]
        )
        if not goes_on and not decorated and place > begun:
            yield begun, lines[begun:place]
            begun = place
    yield begun, lines[begun:]


def _statements(tree: ast.Module, lines: list[str], offset: int, cell: int, place: int) -> Iterator[Statement]:
    """One for each statement, an ``import a, b`` as two: a package that is not there costs its own names alone."""
    encoded = [line.encode() for line in lines]
    used = [(_first(node), node.end_lineno or node.lineno) for node in tree.body]
    for number, node in enumerate(tree.body):
        first, last = used[number]
        own = [part.decode() for part in encoded[first - 1 : last]]
        if number + 1 < len(used) and used[number + 1][0] == last:
            own[-1] = encoded[last - 1][: node.end_col_offset].decode()
        if number and used[number - 1][1] == first:
            own[0] = own[0].encode()[node.col_offset :].decode()
        kind = kind_of(node)
        texts = [tuple(own)]
        names = [binds_of(node)]
        if isinstance(node, ast.Import) and len(node.names) > 1:
            texts = [(f"import {one.name}" + (f" as {one.asname}" if one.asname else ""),) for one in node.names]
            names = [binds_of(ast.Import([one])) for one in node.names]
        for text, bound in zip(texts, names, strict=True):
            yield Statement(place, cell, offset + first, text, kind, bound)
            place += 1


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def kind_of(node: ast.stmt) -> str:
    """What *node* is at the top level of a cell."""
    match node:
        case ast.ImportFrom(module="__future__"):
            return FUTURE
        case ast.Import() | ast.ImportFrom():
            return STAR if any(one.name == "*" for one in node.names) else IMPORT
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            return DEFINITION
        case ast.Assign(targets=targets, value=value):
            return CONSTANT if all(map(_is_plain_target, targets)) and is_constant(value) else EFFECT
        case ast.AnnAssign(target=ast.Name(), value=value) if value is not None:
            return CONSTANT if is_constant(value) else EFFECT
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return NOTHING
        case ast.If(test=test, body=body, orelse=other) if is_constant(test) and not _names(test) & {"__name__"}:
            return DEFINITION if _all_kept([*body, *other]) else EFFECT
        case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
            inner = [statement for handler in handlers for statement in handler.body]
            return DEFINITION if _all_kept([*body, *inner, *other, *final]) else EFFECT
    return EFFECT


def _all_kept(body: Iterable[ast.stmt]) -> bool:
    return all(kind_of(node) in (*KEPT, NOTHING) for node in body)


def _is_plain_target(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Tuple | ast.List) and all(map(_is_plain_target, node.elts))
    )


def is_constant(node: ast.expr | None) -> bool:
    """Whether *node* can be evaluated at an import without an effect: literals, names, arithmetic, plain calls."""
    match node:
        case None | ast.Constant() | ast.Name() | ast.Lambda():
            return True
        case ast.Attribute(value=value):
            return bool(dotted(value))
        case ast.Call(func=func, args=args, keywords=keywords):
            name = dotted(func)
            plain = name in PLAIN_CALLS or PLAIN_FAMILIES.fullmatch(name)
            return bool(plain) and all(map(is_constant, (*args, *(one.value for one in keywords))))
        case (
            ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.BinOp() | ast.UnaryOp() | ast.BoolOp()
            | ast.Compare() | ast.IfExp() | ast.Subscript() | ast.Slice() | ast.Starred()
            | ast.JoinedStr() | ast.FormattedValue() | ast.ListComp() | ast.DictComp() | ast.SetComp()
            | ast.GeneratorExp()
        ):  # fmt: skip
            parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
            loops = [one for part in ast.iter_child_nodes(node) if isinstance(part, ast.comprehension) for one in
                     (part.iter, *part.ifs)]  # fmt: skip
            return all(map(is_constant, (*parts, *loops)))
    return False


def dotted(node: ast.expr) -> str:
    """``a.b.c`` as text, or nothing if it is something else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def binds_of(node: ast.AST) -> frozenset[str]:
    """The names to which *node* gives a value at the top level."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return frozenset({name})
        case ast.Import(names=names):
            return frozenset(one.asname or one.name.partition(".")[0] for one in names)
        case ast.ImportFrom(names=names):
            return frozenset(one.asname or one.name for one in names) - {"*"}
    found: set[str] = set()
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Subscript(ctx=ast.Store()):
                found |= {key_of_globals(child)} - {""}
            case ast.stmt():
                found |= binds_of(child)
            case ast.Tuple() | ast.List() | ast.Starred() | ast.ExceptHandler() | ast.withitem() | ast.match_case():
                found |= binds_of(child)
            case ast.expr() | ast.pattern():
                found |= set().union(*map(_bound_within, ast.walk(child)))
    return frozenset(found)


def _bound_within(node: ast.AST) -> set[str]:
    """The names to which this part of an expression gives a value."""
    match node:
        case ast.NamedExpr(target=ast.Name(id=name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
        case ast.Call(func=ast.Name(id="exec"), args=[ast.Constant(value=str(text)), *_]):
            return set(_bound_by_text(text))
        case ast.Call(func=ast.Attribute(value=owner, attr="update"), keywords=words) if _is_globals(owner):
            return {one.arg for one in words if one.arg}
    return set()


def _bound_by_text(text: str) -> frozenset[str]:
    tree, _ = read_lines(text.split("\n"))
    return frozenset().union(*map(binds_of, tree.body)) if tree is not None else frozenset()


def key_of_globals(node: ast.expr) -> str:
    """``x`` of ``globals()["x"]``, or nothing."""
    match node:
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(name))) if _is_globals(owner):
            return name
    return ""


def _is_globals(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("globals", "locals", "vars")
        and not node.args
    )


@dataclass(frozen=True)
class Uses:
    """The module's names in a statement.

    Attributes:
        at_once: those that must be there when it is run, like a base class or a default.
        later: those that its functions look up when they are called.
        local: names that some function or class in it has for itself.
    """

    at_once: frozenset[str]
    later: frozenset[str]
    local: frozenset[str]


@cache
def uses_of(statement: Statement) -> Uses:
    """What *statement* uses, by Python's own rules of scope."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = symtable.symtable(statement.text, "cell", "exec")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return Uses(frozenset(), frozenset(), frozenset())
    sets: dict[str, set[str]] = {"at_once": set(), "later": set(), "local": set()}
    waiting = [(top, False)]
    while waiting:
        scope, inside = waiting.pop()
        for symbol in scope.get_symbols():
            is_global = scope is top or symbol.is_global()
            if is_global and (symbol.is_referenced() or (inside and symbol.is_declared_global())):  # `n += 1`, too
                sets["later" if inside else "at_once"].add(symbol.get_name())
            elif not is_global:
                sets["local"].add(symbol.get_name())
        waiting += [(child, inside or child.get_type() != "class") for child in scope.get_children()]
    return Uses(*(frozenset(sets[name]) for name in ("at_once", "later", "local")))
