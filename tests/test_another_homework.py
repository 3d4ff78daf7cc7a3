"""Hand-ins of a homework with other modules, questions and no notebooks, read by the same engine."""

import importlib
import sys

import pytest

from autograder import homework
from autograder.files import file_checks
from autograder.ingest.names import notebook_number
from autograder.ingest.probes.notebook import read_notebook
from autograder.ingest.probes.pdf import candidates
from autograder.ingest.probes.questions import asked_in
from autograder.ingest.reading import read_submission
from autograder.ingest.sections import ids, unanswered
from autograder.packages import lacking
from autograder.rubric import read_rubric
from autograder.submission import Submission
from tests.conftest import write_hand_in
from tests.notebooks import code, notebook, text

LIMITS = read_rubric().limits
HOMEWORK = """
from pathlib import Path
from autograder.homework import Homework, Module, Question, Training

HOMEWORK = Homework(
    name="hw9",
    folder=Path(__file__).parent,
    modules=(
        Module("layers", ("Linear", "MLP"), "part 1", also=(("Perceptron", "MLP"),)),
        Module("cells", ("RNN",), "part 2"),
    ),
    checks=(),
    trainings=(Training("3.1", "3.1", "layers", "MLP", "letters", "sgd"),),
    questions=(Question("Q14", "3.1-Q14"), Question("W1", "3.2-W1", part="3.2", titles="limits of")),
)
"""


@pytest.fixture
def other(tmp_path, monkeypatch):
    folder = tmp_path / "another_homework"
    folder.mkdir()
    (folder / "homework.py").write_text(HOMEWORK)
    (folder / "__init__.py").touch()
    monkeypatch.setenv(homework.VARIABLE, "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    homework.choose(folder)
    importlib.invalidate_caches()
    yield homework.in_force()
    homework.in_force.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "another_homework"]:
        del sys.modules[name]


def test_its_modules_and_answers_are_what_counts(other, tmp_path):
    files = {"layers.py": "class MLP: pass\n", "vgg.py": "x = 1\n", "Cells.py": "class RNN: pass\n", "answers.md": "x"}
    found = read_submission(write_hand_in(tmp_path / "20260001", files), LIMITS)
    assert set(found.files) == {"layers.py", "answers.md", "vgg.py", "Cells.py"}
    assert found.open_reason("cells.py").startswith("cells.py is missing, but Cells.py looks like it")
    assert "not used, because no module imports them: vgg.py" in found.remarks
    assert notebook_number("hw1-1.ipynb") is None


def test_nothing_of_it_is_told_with_its_own_names(other, tmp_path):
    found = read_submission(write_hand_in(tmp_path / "20260001", {"mnist.txt": "x"}), LIMITS)
    assert found.unread == (
        "none of the files that were handed in belongs to the homework (mnist.txt): "
        "hand in layers.py, cells.py and answers.md",
    )


def test_its_questions_are_found_under_headings_of_every_form(other):
    assert ids() == ("Q14", "W1")
    assert unanswered(b"# Question 14\n\nThey add up, so that it grows.\n", b"") == ["W1"]
    assert unanswered(b"W1) It learns nothing that it has not seen.\n\nQ1) This one nobody asked.\n", b"") == ["Q14"]
    assert unanswered(b"## Limits of it\n\nIt learns nothing that it has not seen.\n", b"") == ["Q14"]
    pages = ["3.2 Limits\nIt learns nothing that it has not seen."]
    assert [item for item, _, _ in candidates(pages, asked_in(other.told))] == ["W1"]


def test_its_definitions_are_taken_from_a_notebook_by_their_names(other):
    cells = (
        code("class Perceptron:\n    pass"),
        code("class Linear:\n    pass"),
        text("Q14.\n\nThey add up, so it grows."),
    )
    found = read_notebook(notebook(*cells), other.told)
    assert {name: module.defines for name, module in found.modules.items()} == {"layers": ("MLP", "Linear")}
    assert found.answers == {"Q14": "They add up, so it grows."}
    printed = code("net = MLP()\nfit(net)", "Accuracy: 90 %")
    assert [(one.about, one.value) for one in read_notebook(notebook(printed), other.told).claims] == [("3.1", 90.0)]


def test_its_checks_of_files_and_names_of_files_of_ones_own(other):
    assert [check.id for check in file_checks(other.modules, questions=True)] == [
        "files-layers",
        "files-cells",
        "files-answers",
    ]
    assert [one.own for one in lacking(Submission("1", {"cells.py": b"import my_layers\n"}))] == [True]
