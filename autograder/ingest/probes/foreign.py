"""Networks of a library that are trained where a network of the student's own was asked for; nothing is run.

A network is followed from where it is built through variables, functions and classes, one after the other, as the
statements stand: ``net = models.resnet18()``, ``trainer = make(..., net, ...)``, ``trainer.train(4)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MOST = 20  # that are told of one source
NAME_LENGTH = 40
TORCHVISION = "torchvision.models."
LIBRARIES = {"timm.create_model": "timm", "timm.models.create_model": "timm", "torch.hub.load": "torch.hub"}
TRAINER = re.compile("(?<!pre)train(?:er|ing)", re.I)  # a class whose objects train
TRAINS = re.compile(
    r"(?<!pre)(?<!cons)train|fit|optim|learn|experiment|^(?:A?SGD|[NR]?Adam\w*|RMSprop|Rprop|Adagrad|Adadelta|LBFGS|Lion)$",
    re.I,
)
TRAINED_BY = frozenset({"backward", "step", "fit", "train"})  # methods that a function which trains calls
KNOWN = {"models": "torchvision.models", "tvm": "torchvision.models", "torchvision": "torchvision", "timm": "timm"}


@dataclass(frozen=True)
class Network:
    """What a value holds.

    Attributes:
        cell, line: where it is built.
        what: ``"torchvision's resnet18"``; of a network of the homework its name.
        own: whether it is one of the homework's classes.
        weighted: whether it has weights that somebody else trained.
    """

    cell: int
    line: int
    what: str
    own: bool = False
    weighted: bool = False


@dataclass
class Followed:
    """What is known after the statements that were read.

    Attributes:
        own: what the homework's own networks may be called.
        given: those of them that are built of a library's network, as was asked for.
        architectures: finds the networks of torchvision that would stand in the place of the student's own.
        trained: networks of a library that were trained, in the order of their trainings.
        mentions: by cell, the networks that it mentions, in their order.
        values: what variables hold.
        makers: functions and classes that give a network of a library.
        trainers: functions that train what they are given.
        paths: by name, what was imported under it.
    """

    own: frozenset[str]
    given: frozenset[str]
    architectures: re.Pattern[str]
    trained: list[Network] = field(default_factory=list)
    mentions: dict[int, list[Network]] = field(default_factory=dict)
    values: dict[str, Network] = field(default_factory=dict)
    makers: dict[str, Network] = field(default_factory=dict)
    trainers: set[str] = field(default_factory=set)
    paths: dict[str, str] = field(default_factory=lambda: dict(KNOWN))

    def read(self, body: Iterable[ast.stmt], cell: int = 0, before: int = 0) -> None:
        """Read statements that begin after the line *before* of *cell*."""
        try:
            _Reader(self, cell, before).statements(body)
        except RecursionError:
            return  # an expression that nobody wrote by hand

    @property
    def foreign(self) -> list[Network]:
        """What was trained and has no weights of its library's: asked for was a network of the student's own."""
        return [one for one in dict.fromkeys(self.trained) if not one.weighted][:MOST]


def followed_for(told: Mapping[str, Any]) -> Followed:
    """Begin with nothing read, for the networks that the homework asks for (``Homework.told``)."""
    architectures = re.compile(told["architectures"] or "(?!)", re.I)
    return Followed(frozenset(told["trainings"]), frozenset(told["given"]), architectures)


class _Reader:
    def __init__(self, known: Followed, cell: int, before: int):
        self.known, self.cell, self.before = known, cell, before

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names):
                self.known.paths |= {one.asname or one.name.partition(".")[0]: _top(one) for one in names}
            case ast.ImportFrom(module=str(module), names=names):
                self.known.paths |= {one.asname or one.name: f"{module}.{one.name}" for one in names}
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node)
            case ast.ClassDef():
                self.klass(node)
            case ast.Assign(targets=targets, value=value):
                self.assign(targets, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.assign([target], value)
            case _:
                for part in _expressions(node):
                    self.expression(part)
                for name in ("body", "orelse", "finalbody"):
                    self.statements(getattr(node, name, ()))
                for handler in getattr(node, "handlers", ()):
                    self.statements(handler.body)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Note what a function returns, and whether it trains; its variables are its own."""
        called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
        methods = {one.attr for one in called if isinstance(one, ast.Attribute)}
        if methods & TRAINED_BY or any(isinstance(one, ast.Name) and TRAINER.search(one.id) for one in called):
            self.known.trainers.add(node.name)
        inside = replace(self.known, values=dict(self.known.values), mentions={})
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            inside.values.pop(argument.arg, None)
        reader = _Reader(inside, self.cell, self.before)
        reader.statements(node.body)
        given = [reader.value(one.value) for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
        found = next((one for one in given if one is not None and not one.own), None)
        self.known.makers.pop(node.name, None)
        if found is not None and node.name not in self.known.given:
            self.known.makers[node.name] = found

    def klass(self, node: ast.ClassDef) -> None:
        """Note a class: one that builds a library's network for itself is one."""
        self.known.makers.pop(node.name, None)
        if node.name in self.known.given:
            return
        built = [self.built(one) for one in ast.walk(node) if isinstance(one, ast.Call)]
        based = [self.named(self.path(base), node) for base in node.bases]
        found = next((one for one in (*based, *built) if one is not None), None)
        if found is not None:
            self.known.makers[node.name] = found

    def assign(self, targets: list[ast.expr], value: ast.expr) -> None:
        self.expression(value)
        path = self.path(value)
        for target in targets:
            self.bind(target, value, path)

    def bind(self, target: ast.expr, value: ast.expr, path: str) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            each = value.elts if isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
            for one, given in zip(target.elts, each, strict=False):
                self.bind(one, given, self.path(given))
        elif isinstance(target, ast.Name):
            found = self.value(value)
            self.known.values.pop(target.id, None)
            if found is not None:
                self.known.values[target.id] = found
                self.mention(found)
            if path.startswith(TORCHVISION):
                self.known.paths[target.id] = path  # net = models.resnet18

    def expression(self, node: ast.expr) -> None:
        """Note what is mentioned and what is trained."""
        inside = sorted(
            (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Call)),
            key=lambda one: (one.end_lineno or 0, one.end_col_offset or 0),
        )
        for one in inside:
            found = self.value(one)
            if found is not None:
                self.mention(found)
            if isinstance(one, ast.Call):
                self.called(one)

    def called(self, node: ast.Call) -> None:
        name = _last(node.func)
        given = [self.value(one) for one in (*node.args, *(one.value for one in node.keywords))]
        if isinstance(node.func, ast.Attribute):
            holder = self.value(node.func.value)
            if holder is not None and name == "load_state_dict" and isinstance(node.func.value, ast.Name):
                self.known.values[node.func.value.id] = replace(holder, weighted=True)
            if name in ("train", "fit"):
                given.append(holder)
        elif not (TRAINS.search(name) or name in self.known.trainers):
            return
        if TRAINS.search(name) or name in self.known.trainers:
            self.known.trained += [one for one in given if one is not None and not one.own]

    def mention(self, network: Network) -> None:
        self.known.mentions.setdefault(self.cell, []).append(network)

    def value(self, node: ast.AST | None) -> Network | None:
        """The network that an expression holds, or is made from."""
        match node:
            case ast.Name(id=name):
                return self.known.values.get(name)
            case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
                return self.value(value)
            case ast.Call():
                return self.result(node)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                return next((found for one in elts if (found := self.value(one)) is not None), None)
        return None

    def result(self, node: ast.Call) -> Network | None:
        """What a call gives: a network that it builds, one of the homework's, or what it was given."""
        name = _last(node.func)
        if isinstance(node.func, ast.Name) and name in self.known.makers:
            return self.known.makers[name]
        built = self.built(node)
        if built is not None:
            return built
        if isinstance(node.func, ast.Name) and name in self.known.own:
            return Network(self.cell, self.before + node.lineno, name, own=True)
        given = [self.value(one) for one in (*node.args, *(one.value for one in node.keywords))]
        found = [one for one in (*given, self.value(node.func)) if one is not None]
        return next((one for one in found if one.own), found[0] if found else None)

    def built(self, node: ast.Call) -> Network | None:
        """The network of a library that a call builds."""
        path, arguments = self.path(node.func), node.args
        if path in LIBRARIES or path == f"{TORCHVISION}get_model":
            place = 1 if path == "torch.hub.load" else 0
            texts = [one.value for one in arguments[place : place + 1] if isinstance(one, ast.Constant)]
            texts += [one.value.value for one in node.keywords if one.arg in ("name", "model", "model_name")
                      and isinstance(one.value, ast.Constant)]  # fmt: skip
            what = f"{LIBRARIES.get(path, 'torchvision')}'s {str(texts[0])[:NAME_LENGTH] if texts else 'network'}"
            return Network(self.cell, self.before + node.lineno, what, weighted=_weighted(node, arguments[place + 1 :]))
        found = self.named(path, node)
        if found is None:
            return None
        is_function = path.rpartition(".")[2][0].islower()  # resnet18(True); ResNet(block, layers)
        return replace(found, weighted=_weighted(node, arguments if is_function else ()))

    def named(self, path: str, node: ast.expr | ast.stmt) -> Network | None:
        name = path.rpartition(".")[2]
        if not path.startswith(TORCHVISION) or not self.known.architectures.fullmatch(name) or "Weights" in name:
            return None
        return Network(self.cell, self.before + node.lineno, f"torchvision's {name[:NAME_LENGTH]}")

    def path(self, node: ast.expr) -> str:
        """``torchvision.models.resnet18``, whatever it is called by; nothing if it can't be told."""
        match node:
            case ast.Name(id=name):
                star = any(path == "torchvision.models.*" for path in self.known.paths.values())
                known = self.known.paths.get(name, "")
                return known or (f"{TORCHVISION}{name}" if star and self.known.architectures.fullmatch(name) else "")
            case ast.Attribute(value=value, attr=name):
                before = self.path(value)
                return f"{before}.{name}" if before else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[holder, ast.Constant(value=str(name)), *_]):
                return f"{self.path(holder)}.{name}"
            case ast.Subscript(value=ast.Attribute(value=holder, attr="__dict__"), slice=ast.Constant(value=str(name))):
                return f"{self.path(holder)}.{name}"
        return ""


def _weighted(node: ast.Call, positional: Iterable[ast.expr]) -> bool:
    """Whether it is built with weights of the library's: what can't be told is."""
    given = {one.arg: one.value for one in node.keywords}
    named = [value for name, value in given.items() if name in ("pretrained", "weights", None)]
    first = [*named, *list(positional)[:1]]
    return any(not (isinstance(one, ast.Constant) and one.value in (None, False, 0)) for one in first)


def _top(one: ast.alias) -> str:
    return one.name if one.asname else one.name.partition(".")[0]


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.withitem):
            yield child.context_expr
