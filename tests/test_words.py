"""No engine file names a network, module, part, question or data set of the homework that the kit comes with.

Held against names and string literals; docstrings may have examples. ``python tests/test_words.py`` prints what there
is, so that STILL can be made shorter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder

PACKAGE = Path(autograder.__file__).parent
NOT_THE_ENGINE = ("deep_learning", "hw1")
FILES = {
    path.relative_to(PACKAGE).as_posix(): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] not in NOT_THE_ENGINE
}

NETWORKS = r"MNIST_?Net|\bExp(?:10|[1-9])\b|ConvBlock|\bTrainer\b"
DATA_SETS_OR_MODULES = r"mnist|cifar|vgg|\bablations?\b|\btrainer(?:\.py)?$"
IDS = r"(?<![\d.])[12]\.[12][abc]?(?![\w.])|\bQ(?:1[0-3]|[1-9])\b|\bE[1-4]\b|hw1-[12]"
ALONE = r"^(?:digits|shapes)$"  # words of the language, too, but for a literal that is nothing else
LITERAL = re.compile(f"(?:{NETWORKS})|(?i:{DATA_SETS_OR_MODULES})|(?:{IDS})|(?:{ALONE})")
NAME = re.compile(f"(?:{NETWORKS})|(?i:mnist|cifar|vgg|ablation)|^_?(?:Q(?:1[0-3]|[1-9])|E[1-4])$")

# How many each file has at the most; a file that is not here has none. To be made shorter, never longer.
STILL: dict[str, int] = {}


def docstrings(tree: ast.Module) -> set[int]:
    """The constants that are docstrings, by identity."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    firsts = (node.body[0] for node in ast.walk(tree) if isinstance(node, owners) and node.body)
    documented = {id(first.value) for first in firsts if isinstance(first, ast.Expr)}
    return documented | {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # of a constant, below it


def named(node: ast.AST) -> str:
    """What *node* is called, or names."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.ImportFrom(module=str(name)) | ast.keyword(arg=str(name)):
            return name
    return ""


def words_in(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each literal or name in which there is a word of the homework's."""
    tree = ast.parse(text)
    passed_over = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in passed_over:
            value = node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
            if LITERAL.search(value):
                yield node.lineno, value
        elif NAME.search(named(node)):
            yield getattr(node, "lineno", 0), named(node)


@pytest.mark.parametrize("name", FILES)
def test_no_file_of_the_engine_names_what_is_the_homeworks(name):
    found = list(words_in(FILES[name].read_text(encoding="utf-8")))
    assert len(found) <= STILL.get(name, 0), found


def test_no_file_is_listed_that_is_not_there():
    assert set(STILL) <= set(FILES)


@pytest.mark.parametrize(
    "text",
    [
        'x = "mnist"',
        'x = "Real MNIST and CIFAR-10"',
        "class VGG19: pass",
        "from autograder.hw1.vgg import CHECKS",
        'if part == "2.2": pass',
        'x = f"{a} Q11"',
        'x = ("1.2a",)',
        "Q11 = 1",
        'x = "digits"',
        "def f(mnist): pass",
        'x = b"hw1-1.ipynb"',
    ],
)
def test_what_names_it_is_found(text):
    assert list(words_in(text))


@pytest.mark.parametrize(
    "text",
    [
        '"""For example ``VGG19``."""',
        'def f():\n    """Like ``"2.2a"``."""',
        'x = "letters and digits"',
        'x = "0.1.2"',
        'x = "shapes that differ"',
        'x = "hw1-handout.zip"',
        "shapes = 1",
    ],
)
def test_what_does_not_name_it_is_not(text):
    assert not list(words_in(text))


if __name__ == "__main__":
    for file, path in FILES.items():
        if there := list(words_in(path.read_text(encoding="utf-8"))):
            print(f'    "{file}": {len(there)},  # {sorted({word[:30] for _, word in there})[:4]}')  # noqa: T201
