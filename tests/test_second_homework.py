"""The engine knows no homework: each command works on ``examples/hw2``, none of whose modules the first has."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from test_commands import hw1

import autograder
from autograder.home import repository

ROOT = repository()
HOMEWORK = ROOT / "examples" / "hw2"
IDS = ["files-mlp", "files-attention", "files-answers", "1a", "1b", "1c", "2a"]
EARNING = {"1a": 2, "1b": 3, "1c": 4, "2a": 5}
IN_ANOTHER_WAY = """
import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.value = nn.Linear(dim, dim, bias=False)
        self.others = nn.ModuleList([nn.Linear(dim, dim, bias=False) for _ in range(2)])

    def forward(self, x):
        value, key, query = self.value(x), self.others[0](x), self.others[1](x)
        return nn.functional.scaled_dot_product_attention(query, key, value)
"""
RELU = ("torch.tanh(x @ w1 + b1)", "torch.relu(x @ w1 + b1)")


def of_hw2(*arguments, homework=HOMEWORK, **environment):
    return hw1("--homework", homework, *arguments, **environment)


def checked(folder, *options):
    """By check, what came of it."""
    done = of_hw2("check", "--json", *options, folder)
    assert done.returncode in (0, 1), done.stderr
    return {one["id"]: one for one in json.loads(done.stdout)["checks"]}


@pytest.fixture
def copy(tmp_path):
    """The homework at another place, under another name."""
    folder = tmp_path / "hw3"
    shutil.copytree(HOMEWORK, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
def test_a_check_of_the_handout_says_what_is_to_be_done():
    outcomes = checked(HOMEWORK / "assignment")
    assert [name for name in outcomes if not re.fullmatch(r"\d-Q\d", name)] == IDS
    assert {outcomes[name]["status"] for name in IDS} == {"todo"}
    assert outcomes["1b"]["reason"] == "TODO 1b: a layer, tanh, and a layer"


def test_what_is_right_in_another_way_earns_all_and_a_mistake_is_named(tmp_path):
    for student, edit in (("20260001", ("", "")), ("20260002", RELU)):
        shutil.copytree(HOMEWORK / "solution", tmp_path / "in" / student)
        module = tmp_path / "in" / student / "mlp.py"
        module.write_text(module.read_text().replace(*edit) if edit[0] else module.read_text())
    (tmp_path / "in" / "20260001" / "attention.py").write_text(IN_ANOTHER_WAY)
    done = of_hw2("grade", tmp_path / "in", "-o", tmp_path / "out", "--seed", "public")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert [float(rows["20260001"][name]) for name in EARNING] == list(EARNING.values())
    assert [float(rows["20260002"][name]) for name in EARNING] == [2, 0, 0, 5]
    said = (tmp_path / "out" / "20260002" / "feedback.txt").read_text()
    assert "the activation is a ReLU" in " ".join(said.split())


@pytest.mark.slow
def test_with_a_secret_seed_its_evidence_is_recorded_first_and_names_stay(tmp_path):
    shutil.copytree(HOMEWORK / "solution", tmp_path / "in" / "20260002")
    module = tmp_path / "in" / "20260002" / "mlp.py"
    module.write_text(module.read_text().replace(*RELU))
    done = of_hw2("grade", tmp_path / "in", "-o", tmp_path / "out", "--isolation", "none", HW1_HOME=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "20260002" / "report.json").read_text())
    assert {one["mistake"] for one in report["checks"] if one["id"] in ("1b", "1c")} == {"forward-relu"}


@pytest.mark.slow
def test_what_is_packed_has_the_homeworks_name_and_nothing_is_missing_or_trained(tmp_path):
    shutil.copytree(HOMEWORK / "solution", tmp_path / "work")
    done = of_hw2("pack", tmp_path / "work", "--id", "20260001", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "hw2-20260001.tar.gz").is_file()
    assert "Missing" not in done.stdout
    done = of_hw2("train", "--dir", tmp_path / "work")
    assert (done.returncode, done.stderr) == (2, "hw1: nothing is trained in this homework\n")


@pytest.mark.slow
def test_the_grader_is_right_about_it():
    done = of_hw2("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "solution  14 points earned, 0 lost, 0 open" in done.stdout
    assert re.search(r"mistakes  (\d+) of \1 fail exactly what they should", done.stdout)


@pytest.mark.slow
def test_a_release_makes_handout_and_evidence_anew_and_packs_both(copy, tmp_path):
    shutil.rmtree(copy / "assignment")
    shutil.rmtree(copy / "recorded")
    done = of_hw2("release", homework=copy)
    assert done.returncode == 0, done.stderr
    for path in (HOMEWORK / "assignment").iterdir():
        assert (copy / "assignment" / path.name).read_bytes() == path.read_bytes()
    done = of_hw2("release", "-o", tmp_path / "hw2.zip", homework=copy)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "hw2.zip") as archive:
        names = set(archive.namelist())
        start = archive.read("START.md").decode()
    assert {"hw2/mlp.py", "homework/hw3/homework.py", "homework/hw3/recorded/public.npz"} <= names
    assert not [name for name in names if "mistakes" in name or "solution" in name]
    assert "hw1 --homework homework/hw3 check hw2" in start


@pytest.mark.slow
def test_a_bundle_holds_the_homework_without_its_mistakes_and_grades_its_handout(tmp_path):
    done = of_hw2("bundle", "--seed", "public", "-o", tmp_path / "autograder.zip")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        names = archive.namelist()
        document = json.loads(archive.read("not-run-yet.json"))
    assert "homework/hw2/probes/mlp.py" in names
    assert not [name for name in names if "mistakes" in name or "solution" in name]
    assert sum(test["max_score"] for test in document["tests"]) == 20


@pytest.mark.slow
def test_a_demo_shows_solution_handout_and_a_mistake_of_each_function(tmp_path):
    done = of_hw2("demo", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    students = [str(20260001 + number) for number in range(6)]
    assert set(students) < set(rows)  # and a row of the maxima
    lost = [[name for name in EARNING if not float(rows[student][name])] for student in students]
    assert lost == [[], list(EARNING), ["1a"], ["1b", "1c"], ["1c"], ["2a"]]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's scripts are Linux's")
def test_a_container_is_tried_with_its_solution():
    done = of_hw2("preflight", "--cpus", "4", "--memory", "6000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"the solution.*\n(.*\n)* +files .*\n +1 .*\n +2 .*\n(.*\n)* +in all", done.stdout)
    assert "It fits: at most " in done.stdout


def test_mistakes_that_are_not_there_are_said_in_a_sentence(copy):
    shutil.rmtree(copy / "mistakes")
    done = of_hw2("demo", homework=copy)
    assert (done.returncode, done.stderr) == (2, f"hw1: {copy} has no mistakes\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [("nothing", "homework.py is missing"), ("json", "json needs another name"), ("hw-2", "hw-2 needs another name")],
)
def test_what_is_no_homework_is_said(tmp_path, name, text):
    folder = tmp_path / name
    folder.mkdir()
    if name != "nothing":
        (folder / "homework.py").touch()
        (folder / "__init__.py").touch()
    done = of_hw2("check", tmp_path, homework=folder)
    assert done.returncode == 2
    assert text in done.stderr


def test_the_engine_grades_it_where_the_first_homework_is_not_there(tmp_path):
    """Acceptance: without ``autograder/hw1``, ``solution`` and ``assignment``, in workers too."""
    root = tmp_path / "repository"
    ignored = shutil.ignore_patterns("__pycache__", "hw1")
    shutil.copytree(ROOT / "autograder", root / "autograder", ignore=ignored)
    shutil.copytree(ROOT / "examples", root / "examples", ignore=ignored)
    for name in ("cli.py", "pyproject.toml"):
        shutil.copyfile(ROOT / name, root / name)
    python = environment_of(tmp_path / "venv", root)
    where = "import autograder, sys; print(autograder.__file__); import autograder.hw1"
    done = subprocess.run([python, "-I", "-c", where], capture_output=True, text=True, check=False)
    assert str(root) in done.stdout and "No module named 'autograder.hw1'" in done.stderr

    def run(*arguments):
        homework = root / "examples" / "hw2"
        command = [python, "-c", "from cli import app; app()", "--homework", homework, *arguments]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=root, check=False)

    done = run("check", root / "examples" / "hw2" / "solution")
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(HOMEWORK / "solution", tmp_path / "in" / "20260001")
    done = run("grade", tmp_path / "in", "-o", tmp_path / "out", "--seed", "public", "--isolation", "none")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out" / "20260001" / "report.json").read_text())
    assert {one["id"]: one["points"] for one in report["checks"] if one["id"] in EARNING} == EARNING


def environment_of(folder: Path, root: Path) -> Path:
    """The interpreter of an environment in which *root* is on the path, and all packages but the kit are those here."""
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    here = [entry for entry in sys.path if entry.endswith("site-packages")]  # without their .pth files: no kit
    (site / "here.pth").write_text("\n".join([str(root), *here]) + "\n")
    assert Path(autograder.__file__).is_relative_to(ROOT)
    return folder / "bin" / "python"
