"""The tools that are compared: how each is given the hand-ins and started, and what it has found."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from checks.nbgrader_cells import code, graded, notebook
from environments import version_in, within

from autograder import __version__

CHECKS = Path(__file__).resolve().parent / "checks"
MODULE = "ablations.py"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Tool:
    """A row of the table; this one is bare Python, a process a hand-in."""

    name = "bare Python"
    peer = False
    """Whether pip installs it, under this name, into an environment of its own."""
    checks = "five"
    at_once = False
    """Whether one command takes the whole class."""

    def __init__(self, root: Path, hand_ins: Path, installed: Path):
        """*root*: the tool's folder, made here; *hand_ins*: a folder each; *installed*: its environment."""
        self.root, self.hand_ins, self.installed = root, hand_ins, installed
        root.mkdir()

    def version(self) -> str:
        """The tool's own version."""
        return version_in(self.installed, self.name) if self.peer else platform.python_version()

    def prepare(self, students: Sequence[str]) -> None:
        """Bring the hand-ins into the tool's form; not measured.

        Raises:
            CalledProcessError, OSError: a command of the tool's fails, or is not there.
        """

    def command(self, student: str) -> Sequence[str | Path]:
        """What grades one hand-in, or all of them."""
        return sys.executable, CHECKS / "five_checks.py", self.hand_ins / student

    def points(self, student: str, printed: str) -> tuple[float, float]:
        """What the hand-in earned, and of how many points; *printed*: what the command printed."""
        return float(printed.split()[-1]), 5

    def own(self, command: str) -> Path:
        """A command of the tool's environment."""
        return within(self.installed, "scripts") / command

    def environment(self) -> Mapping[str, str]:
        """Variables: one thread, and nobody's settings of Jupyter, IPython or hw1."""
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "HW1_HOME")
        found = {
            "PATH": os.pathsep.join((str(self.own("")), os.environ.get("PATH", os.defpath))),  # nbgrader starts alembic
            "PYTHONPATH": str(CHECKS),
            "JUPYTER_PATH": f"{sysconfig.get_path('data')}/share/jupyter",
        }
        return {**os.environ, **ONE_THREAD, **found, **{name: str(self.root / name.lower()) for name in folders}}

    def source(self, student: str) -> str:
        """The module that is checked."""
        return (self.hand_ins / student / MODULE).read_text(encoding="utf-8")


class Gradescope(Tool):
    """Its JSON runner, a process a hand-in."""

    name, peer = "gradescope-utils", True

    def command(self, student: str) -> Sequence[str | Path]:
        """Results go into a file each."""
        return (
            self.own("python"),
            CHECKS / "gradescope_tests.py",
            self.hand_ins / student,
            self.root / f"{student}.json",
        )

    def points(self, student: str, printed: str) -> tuple[float, float]:
        """From the results' file."""
        return summed(self.root / f"{student}.json")


class Otter(Tool):
    """`otter run`, its way without a container, a process a notebook."""

    name, peer = "otter-grader", True

    def prepare(self, students: Sequence[str]) -> None:
        """The autograder's zip, and a notebook for each hand-in."""
        with zipfile.ZipFile(self.root / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", "{}")
            archive.write(CHECKS / "otter_tests.py", "tests/otter_tests.py")
        for student in students:
            (self.root / student).mkdir()
            write_json(self.root / f"{student}.ipynb", notebook([code(self.source(student), "answer")]))

    def command(self, student: str) -> Sequence[str | Path]:
        """Results go into a folder each."""
        outputs = ("-a", self.root / "autograder.zip", "-o", self.root / student)
        return self.own("otter"), "run", "--no-logo", *outputs, self.root / f"{student}.ipynb"

    def points(self, student: str, printed: str) -> tuple[float, float]:
        """From the results' file."""
        return summed(self.root / student / "results.json")


class Nbgrader(Tool):
    """`nbgrader autograde`, one command, a kernel a notebook."""

    name, peer, at_once = "nbgrader", True, True

    def prepare(self, students: Sequence[str]) -> None:
        """A course with the assignment released and all notebooks handed in."""
        # Its 30 seconds a cell are too few for `import torch` on a busy machine.
        (self.root / "nbgrader_config.py").write_text("c = get_config()\nc.ExecutePreprocessor.timeout = 600\n")
        write_json(self.root / "source/net/net.ipynb", notebook(graded(self.source(students[0]))))
        release = (self.own("nbgrader"), "generate_assignment", "net")
        subprocess.run(release, check=True, cwd=self.root, env=self.environment(), capture_output=True, text=True)
        for student in students:
            write_json(self.root / "submitted" / student / "net/net.ipynb", notebook(graded(self.source(student))))

    def command(self, student: str) -> Sequence[str | Path]:
        """All of the assignment."""
        return self.own("nbgrader"), "autograde", "net"

    def points(self, student: str, printed: str) -> tuple[float, float]:
        """From its data base."""
        query = """SELECT SUM(auto_score) FROM grade
                   JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
                   JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
                   WHERE student_id = ?"""
        with closing(sqlite3.connect(self.root / "gradebook.db")) as book:
            return book.execute(query, (student,)).fetchone()[0], 5


class Hw1(Tool):
    """`hw1 grade`, one command, all its checks; nothing is trained."""

    name, checks, at_once = "hw1", "all of its own", True

    def version(self) -> str:
        """The one in force."""
        return __version__

    def command(self, student: str) -> Sequence[str | Path]:
        """The class with one job, as the others have."""
        options = ("--jobs", "1", "--train", "never", "--seed", "public")
        return Path(sys.executable).with_name("hw1"), "grade", self.hand_ins, "-o", self.root / "out", *options

    def points(self, student: str, printed: str) -> tuple[float, float]:
        """Of those that it has decided: training and written answers are open."""
        points = json.loads((self.root / "out" / student / "report.json").read_text(encoding="utf-8"))["points"]
        return points["earned"], points["earned"] + points["lost"]


TOOLS = (Tool, Gradescope, Otter, Nbgrader, Hw1)


def summed(results: Path) -> tuple[float, float]:
    """The points in results of Gradescope's form."""
    tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return sum(test.get("score", 0) for test in tests), sum(test.get("max_score", 0) for test in tests)


def write_json(path: Path, document: Mapping[str, object]) -> None:
    """Write a file, and make its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
