"""What was written for a newer Python than the grader's is open, with both versions; what no Python reads is wrong."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest
from conftest import write_hand_in

from autograder import pythons
from autograder.grade import silent
from autograder.hw1.checks import CHECKS
from autograder.ingest.probes.newer import HERE, read
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.sandbox.folders import remove
from autograder.student.check import check_one

NEWER = {
    "class A[T]:\n    pass": (12, 1),
    "x = 1\nasync def f[T: int, *Ts, **P](x: T) -> T:\n    return x": (12, 2),
    "class A[T = int](B):\n    pass": (13, 1),
    "if x:\n    type Y[T] = list[T]\nz = 1": (12, 2),
    "d = {}\ns = f'{d['a']}' 'b'": (12, 2),
    's = f"{d["a"]:.3f} {x=} {y!r:>{w}} {z:%H:%M}"': (12, 1),
    "s = f'{d[\n\"a\"]}'\nz = 1": (12, 1),
    "s = f\"{'\\n'.join(d)}\"": (12, 1),
    "s = f'''{d # it\n}'''": (12, 1),
    "s = f'{f'{f'{1}'}'}'": (12, 1),
    "s = t'{x}'": (14, 1),
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass": (14, 3),
    "lazy import json": (15, 1),
}
WRONG = [
    *("def f(:\n    pass", "x = (3,\ny = 4", "x = f'{3'", "x = f'a'b'", "x = f'{a b}'", "x = f'{d['a']' ", "print 'a'"),
    *("class A[:\n    pass", "class A[3]:\n    pass", "type X int", "'''abc", "print(f'it's')", "x = f'{lambda x: 3}'"),
    *("try:\n    pass\nexcept ValueError, e:\n    pass", "def f(x)\n    return f'{d['a']}'", " x = 1", "x = = 1"),
]
HOSTILE = [
    "f'{" * 300_000,
    "class A[\n" * 100_000,
    "f''\n" * 250_000 + "(",
    "type X[\n" * 100_000,
    "except A, B:\n" * 70_000,
]


@pytest.mark.parametrize("text", NEWER)
def test_what_only_a_newer_python_reads_is_told_by_its_version_and_line(text):
    minor, line = NEWER[text]
    _, found = read(text)
    assert (found is None) is (minor <= HERE)
    if found is not None:
        assert (found.minor, found.line) == (minor, line)


@pytest.mark.parametrize("text", WRONG)
def test_what_no_python_reads_stays_an_error(text):
    with pytest.raises(SyntaxError):
        read(text)


@pytest.mark.skipif(HERE > 11, reason="this Python reads the f-string")
def test_beside_a_newer_form_the_error_is_named_and_not_the_form():
    with pytest.raises(SyntaxError) as caught:
        read("s = f'{d['a']}'\n\ny = = 3")
    assert caught.value.lineno == 3


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_megabyte_is_given_up_soon(text):
    with pytest.raises((SyntaxError, RecursionError, MemoryError)):
        read(text)


@pytest.mark.parametrize("name", pythons.NAMES)
def test_the_names_of_newer_libraries_are_there_since_when_it_is_said(name):
    module, _, word = name.rpartition(".")
    there = hasattr(importlib.import_module(module), word)
    assert there is (pythons.NAMES[name] <= sys.version_info[1])


@pytest.mark.parametrize(("here", "said"), [(11, False), (12, False), (13, True)])
def test_who_works_with_a_newer_python_than_the_courses_is_told_so(monkeypatch, here, said):
    monkeypatch.setattr(pythons, "HERE", here)
    wanted = f"you run Python 3.{here}, but the course grades with 3.12: what needs a newer Python is not graded there"
    assert pythons.newer_than("3.12") == (wanted if said else "")
    assert pythons.newer_than("") == ""


def test_hw1_check_says_it_in_one_line(assignment):
    arguments = ["hw1", "check", str(assignment), "--part", "files"]
    code = f"from autograder import pythons\npythons.HERE = 14\nimport cli, sys\nsys.argv = {arguments}\ncli.app()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines() == [
        "hw1: you run Python 3.14, but the course grades with 3.11: what needs a newer Python is not graded there"
    ]


def outcomes(grade_folder, folder, *ids):
    checks = tuple(check for check in CHECKS if check.id in ids)
    return [line.outcome for line in grade_folder(folder, checks=checks).lines if line.id in ids]


@pytest.mark.skipif(HERE > 13, reason="this Python reads it")
@pytest.mark.parametrize("ids", [("files-trainer", "1.2a"), ("1.2a",)])
def test_newer_syntax_leaves_the_points_open_with_both_versions(grade_folder, tmp_path, solution, ids):
    text = (solution / "trainer.py").read_text() + "\nNAME = t'{__name__}'\n"
    folder = write_hand_in(tmp_path / "20260042", {"trainer.py": text}, solution)
    for outcome in outcomes(grade_folder, folder, *ids):
        assert outcome.status is Status.UNGRADED
        assert f"line {text.count(chr(10))}: a t-string needs Python 3.14 or newer; this grader runs" in outcome.reason
        assert f"Python 3.{HERE}." in outcome.shown


@pytest.mark.skipif(HERE > 13, reason="this Python reads it")
def test_of_a_notebook_the_cell_is_told_and_the_other_modules_are_graded(launcher, recording, tmp_path, solution):
    def cell(text):
        return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text}

    trainer = (solution / "trainer.py").read_text().replace("from __future__ import annotations\n", "")
    text = trainer.replace("    def test(", "    def name(self):\n        return t'{self}'\n\n    def test(", 1)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell("x = 1"), cell(text)]}
    files = {"trainer.py": None, "hw1-1.ipynb": json.dumps(notebook)}
    folder = write_hand_in(tmp_path / "20260042", files, solution)
    checks = tuple(check for check in CHECKS if check.id in ("1.1-structure", "1.2a"))
    kit = Kit(train="never", isolation="none", recorded=lambda: recording, launcher=launcher)
    found = {line.id: line.outcome for line in check_one(folder, kit, checks, silent).lines}
    remove(kit.scratch)
    net, train = found["1.1-structure"], found["1.2a"]
    assert net.status is Status.PASSED
    assert train.status is Status.UNGRADED
    assert "hw1-1.ipynb, cell 2, line" in train.reason


@pytest.mark.skipif(HERE > 12, reason="this Python has it")
@pytest.mark.parametrize(
    ("top", "name"),
    [
        ("from warnings import deprecated", "warnings.deprecated"),
        ("import warnings\n@warnings.deprecated('x')\ndef f(): pass", "warnings.deprecated"),
        ("from string.templatelib import Template", "string.templatelib"),
    ],
)
def test_a_name_of_a_newer_library_leaves_the_points_open(grade_folder, tmp_path, solution, top, name):
    text = (solution / "trainer.py").read_text().replace("import torch\n", f"import torch\n{top}\n", 1)
    folder = write_hand_in(tmp_path / "20260042", {"trainer.py": text}, solution)
    (outcome,) = outcomes(grade_folder, folder, "1.2a")
    assert outcome.status is Status.UNGRADED
    assert f"{name} needs Python 3.1" in outcome.shown


def test_an_error_that_only_claims_to_be_of_a_newer_python_is_an_error(grade_folder, tmp_path, solution):
    text = (solution / "trainer.py").read_text()
    for top in (
        "raise SyntaxError('invalid', ('trainer.py', 1, 1, 't\"\"'))",
        "raise ImportError(\"no name 'deprecated'\")",
    ):
        folder = write_hand_in(tmp_path / str(len(top)), {"trainer.py": f"{text}\n{top}\n"}, solution)
        (outcome,) = outcomes(grade_folder, folder, "1.2a")
        assert outcome.status is Status.FAILED
