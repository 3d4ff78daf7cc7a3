"""What a submission imports that is neither installed here nor handed in: found in its own text, by the grader.

A worker's word for it is a claim: a hand-in may raise any exception by hand. So the grader looks for itself whether a
package is there, without importing it, and whether the submission's sources import it at all.
"""

from __future__ import annotations

import importlib.machinery
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from autograder.check import Probe
from autograder.evidence import Lack, Raised
from autograder.homework import CHECKER, in_force
from autograder.misspelt import meant
from autograder.pythons import missed, since
from autograder.submission import Submission

NAME = r"[A-Za-z_][A-Za-z0-9_]{0,59}"
# Of one line, so that a hostile text of a megabyte is read once.
STATEMENT = re.compile(rf"(?:^|[;:])[ \t]*(?:from[ \t]+({NAME}(?:\.{NAME}){{0,9}})[ \t]|import[ \t]+([^;#]{{1,500}}))")
STAR = re.compile(rf"^[ \t]*from[ \t]+({NAME})(?:\.{NAME}){{0,9}}[ \t]+import[ \t]*\*", re.M)
MOST_NAMES = 200  # that are looked for
MOST_LACKS = 8  # that are told apart: a hand-in can say no more by its choice of one
IMPORTED = re.compile(rf"\s*({NAME}(?:\.{NAME}){{0,9}})")
# Parts of installed packages that need another one (sandbox/missing.py knows the same).
NEEDS = {"torch.utils.tensorboard": "tensorboard"}
# What people call files of their own; no package that a homework would use has such a name.
OWN_NAMES = {
    *("util", "utils", "helper", "helpers", "common", "config", "constants", "tools", "functions", "my_utils"),
    *("model", "models", "network", "networks", "net", "nets", "layer", "layers", "block", "blocks"),
    *("train", "training", "test", "data", "dataset", "dataloader", "loader", "plot", "plots", "metrics", "main"),
    *("experiments", "exp", "exps", "classifier", "confusion"),
}
OWN_WORDS = {
    *OWN_NAMES,
    *("", "my", "our", "own", "hw", "homework", "assignment", "lab", "cs", "src", "code", "lib", "cnn", "mlp"),
    *("fn", "func", "funcs", "func", "preprocess", "preprocessing", "augment", "evaluate", "eval", "loss", "losses"),
    *("optimizer", "modules", "base", "params", "settings", "conf", "matrix", "accuracy", "visualize", "logger"),
    *("pretrained", "conv", "experiment", "result", "results", "misc", "core", "student"),
}
MISSING = "MissingPackage"  # begins what placeholders are called, in exceptions of others, too


def attributed(seen: Raised, probe: Probe, submission: Submission) -> Raised:
    """*seen* with what it lacks, if that is why it was raised and it really is not there."""
    if seen.kind in ("ImportError", "ModuleNotFoundError", "AttributeError") and (newer := missed(seen.message)):
        where = _line_with(newer[0].rpartition(".")[2], submission)
        return replace(seen, lacks=(Lack(newer[0], where, since=newer[1]),)) if where else seen
    if seen.kind == "NameError" and (taken := _taken_all(submission)):
        return replace(seen, lacks=taken)  # a name that may have come with all the others
    if seen.kind != "ModuleNotFoundError" and MISSING not in seen.kind and MISSING not in seen.message:
        return seen
    named = set(re.findall(NAME, seen.message))
    if probe.params.get("given") and "torchvision" in named and not installed("torchvision"):
        return replace(seen, lacks=(Lack("torchvision"),))  # the probe itself needs it
    candidates = lacking(submission)
    if seen.kind == "ModuleNotFoundError":
        return replace(seen, lacks=tuple(one for one in candidates if one.name in named))
    return replace(seen, lacks=tuple(one for one in candidates if one.name in named) or candidates)


def lacking(submission: Submission) -> tuple[Lack, ...]:
    """What the submission's sources import that is neither installed, nor one of them; each name once."""
    seen: dict[str, str] = {}  # where each name is imported first
    for file, data in sorted(submission.files.items()):
        if not file.endswith(".py"):
            continue
        origins = submission.origins.get(file, ())
        for name, line in imports(data.decode(errors="replace")):
            if len(seen) < MOST_NAMES:
                seen.setdefault(name, str(origins[line - 1]) if line <= len(origins) else f"{file}, line {line}")
    found = (
        Lack(name, where, own=_is_own(name) or f"{name}.py" in submission.problems, since=since(name))
        for name, where in seen.items()
        if not installed(name) and not _handed_in(name, submission) and not meant(name, in_force().module_names)
    )
    return tuple(islice(found, MOST_LACKS))


def _taken_all(submission: Submission) -> tuple[Lack, ...]:
    """What is missing and imported with ``*``: which names it defines is not known here."""
    sources = [data.decode(errors="replace") for file, data in submission.files.items() if file.endswith(".py")]
    taken = {name for text in sources if "*" in text for name in STAR.findall(text)}
    return tuple(one for one in lacking(submission) if one.name in taken) if taken else ()


def _line_with(word: str, submission: Submission) -> str:
    """Where *word* stands first in the submission's sources, or nothing."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    for file, data in sorted(submission.files.items()):
        text = data.decode(errors="replace") if file.endswith(".py") else ""
        if (found := pattern.search(text)) is not None:
            line, origins = text.count("\n", 0, found.start()) + 1, submission.origins.get(file, ())
            return str(origins[line - 1]) if line <= len(origins) else f"{file}, line {line}"
    return ""


def imports(text: str) -> Iterator[tuple[str, int]]:
    """The packages that import statements in *text* name, each with its line."""
    for number, line in enumerate(text.split("\n"), 1):
        for statement in STATEMENT.finditer(line) if "import" in line or "from" in line else ():
            listed = [statement[1]] if statement[1] else statement[2].split(",")
            for one in listed:
                if (name := IMPORTED.match(one)) is not None:
                    yield name[1].partition(".")[0], number
                    if name[1] in NEEDS:
                        yield NEEDS[name[1]], number


@lru_cache(4096)
def installed(name: str) -> bool:
    """Whether Python finds the top-level module *name* here, the current folder left out; nothing is imported."""
    if name in sys.builtin_module_names:
        return True
    if name == CHECKER:  # the kit's: no hand-in gets it, but one may have a file of that name
        return False
    here = Path.cwd()
    places = [place for place in sys.path if place and Path(place).resolve() != here]
    try:
        spec = importlib.machinery.PathFinder.find_spec(name, places)
    except (ImportError, ValueError, OSError):
        return False
    return spec is not None and spec.origin is not None  # a folder alone is no package


def _is_own(name: str) -> bool:
    """Whether *name* is made of words by which people call files of their own, like ``my_layers`` or ``cnn_model2``."""
    if name == CHECKER:
        return False
    words = [word.rstrip("0123456789") for word in re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")]
    names = _of_homework()
    return name in OWN_NAMES | names or all(word in OWN_WORDS or word in names for word in words)


def _of_homework() -> set[str]:
    """The homework's modules, what they define, and its data sets, as files might be called after them."""
    homework = in_force()
    defined = {name.lower() for module in homework.modules for name in (module.name, *module.defines)}
    defined |= {name.removesuffix("s") for name in homework.module_names}
    return defined | {training.data.rstrip("0123456789") for training in homework.trainings}


def _handed_in(name: str, submission: Submission) -> bool:
    return f"{name}.py" in submission.files or f"{name}/__init__.py" in submission.files
