"""Which cell counts for which class: beside stubs, misspelt, with syntax errors, and what a check says of it."""

from __future__ import annotations

from itertools import count

import pytest

from autograder.grade import silent
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.hw1.probes.layout import Layout
from autograder.ingest.probes.notebook import _packed, read_notebook
from autograder.outcome import Status
from autograder.sandbox.forms import misfit
from autograder.student.check import check_one
from tests.conftest import write_hand_in
from tests.notebooks import class_of, code, notebook, text

IMPORTS = "import torch\nfrom torch import nn"
NET = "class MNIST_Net(nn.Module):\n    mark = {}\n    def forward(self, x):\n        return x"
STUB = 'class {}:\n    def f(self):\n        raise NotImplementedError("TODO 1.1: write it")'
MNIST = {"hw1": {"module": "mnist"}}["hw1"]


def read(*cells: dict):
    found = read_notebook(notebook(*cells), in_force().told, Layout)
    assert misfit("notebook", *_packed(found)) == ""
    return found


def lines(found, module: str) -> str:
    return "\n".join(found.modules[module].lines)


@pytest.fixture
def outcomes(kit, tmp_path):
    """What these checks say of a hand-in of these files, and the report's remarks."""

    numbers = count(20260001)

    def of(files: dict, *names: str):
        folder = write_hand_in(tmp_path / str(next(numbers)), files)
        report = check_one(folder, kit, tuple(one for one in CHECKS if one.id in names), silent)
        return {line.id: line.outcome for line in report.lines if line.id in names}, report.remarks

    return of


# Stubs


def test_a_class_in_another_cell_counts_where_the_stub_is_still_commented_out():
    stub = "\n".join(f"# {line}" for line in STUB.format("MNIST_Net").splitlines())
    own = code("class Trainer:\n    pass", hw1={"module": "trainer"})
    found = read(code(IMPORTS), code("from mnist import MNIST_Net"), code(stub, hw1=MNIST), own, code(NET.format(7)))
    assert "mark = 7" in lines(found, "mnist")
    assert "import MNIST_Net" not in lines(found, "mnist")


@pytest.mark.parametrize("marks", [None, {"module": "vgg"}])
def test_a_class_in_another_cell_counts_where_the_stub_raises_what_is_to_do(marks):
    stub = code(STUB.format("MNIST_Net"), hw1=MNIST)
    own = code("class Trainer:\n    pass", hw1={"module": "trainer"})
    for cells in ((stub, own, code(NET.format(7), hw1=marks)), (code(NET.format(7), hw1=marks), own, stub)):
        found = read(code(IMPORTS), *cells)
        assert "mark = 7" in lines(found, "mnist")
        assert "TODO" not in lines(found, "mnist")
        assert any("MNIST_Net counts; the stub in cell" in note.text for note in found.choices)


def test_a_class_that_is_done_in_its_cell_counts_before_others():
    found = read(code(IMPORTS), code(NET.format(7), hw1=MNIST), code(NET.format(8)))
    assert "mark = 7" in lines(found, "mnist")
    assert "mark = 8" not in lines(found, "mnist")


def test_without_marks_a_stub_below_the_class_does_not_count():
    found = read(code("class Trainer:\n    mark = 7"), code(STUB.format("Trainer")))
    assert lines(found, "trainer") == "class Trainer:\n    mark = 7"


def test_a_stub_that_stands_alone_stays_to_do():
    assert "TODO" in lines(read(code(STUB.format("MNIST_Net"), hw1=MNIST)), "mnist")


def test_a_stub_that_another_class_is_built_on_counts_with_it():
    cells = (STUB.format("Trainer"), "class Trainer(Trainer):\n    def f(self):\n        return 7")
    found = read(*map(code, cells))
    there: dict = {}
    exec(lines(found, "trainer"), there)  # noqa: S102  a module of our own
    assert there["Trainer"]().f() == 7


# Names


@pytest.mark.parametrize(
    ("own", "right"),
    [("MnistNet", "MNIST_Net"), ("Convblock1", "ConvBlock1"), ("VGG_19", "VGG19"), ("Trainner", "Trainer"),
     ("exp3", "Exp3"), ("Exp_10", "Exp10"), ("PretrainedVgg", "PretrainedVGG"), ("Tainer", "Trainer")],
)  # fmt: skip
def test_a_misspelt_class_is_pointed_out(own, right):
    (note,) = read(text("# Title"), code(f"x = 1\nclass {own}:\n    pass")).renames
    assert (note.cell, note.line, note.own, note.right) == (2, 2, own, right)


@pytest.mark.parametrize("own", ["VGG", "Net", "Block", "Exp11", "ConvBlock", "ConvBlock3", "VGG16", "Train"])
def test_another_name_is_no_misspelling(own):
    assert read(code(f"class {own}:\n    pass")).renames == []


def test_where_the_right_class_is_there_no_name_is_pointed_out():
    assert not read(code("class Trainer:\n    pass\nclass trainer:\n    pass")).renames


def test_a_student_reads_which_class_to_rename(outcomes, assignment):
    book = notebook(code(IMPORTS), code(NET.format(1).replace("MNIST_Net", "MnistNet")))
    stub = (assignment / "mnist.py").read_text("utf-8")
    found, remarks = outcomes({"mnist.py": stub, "hw1-1.ipynb": book}, "1.1-structure")
    assert found["1.1-structure"].status is Status.TODO
    assert "hw1-1.ipynb: cell 2 defines MnistNet; the class asked for is MNIST_Net: rename it" in remarks
    found, _ = outcomes({"hw1-1.ipynb": book}, "1.1-structure")
    assert found["1.1-structure"].status is Status.FAILED
    assert "rename MnistNet in cell 2 to MNIST_Net" in found["1.1-structure"].reason


# Syntax errors

BROKEN = {
    "a colon": ("class MNIST_Net(nn.Module)\n    pass", 1),
    "a bracket": ("class MNIST_Net(nn.Module):\n    def forward(self, x:\n        return x", 2),
    "an indentation": ("class MNIST_Net(nn.Module):\n    def forward(self, x):\n    return x", 3),
    "a method that stands outside": ("class MNIST_Net(nn.Module):\n    a = 1\ndef forward(self, x):\nreturn x", 4),
    "return in a class": ("class MNIST_Net(nn.Module):\n    return 1", 2),
    "the keyword": ("clas MNIST_Net(nn.Module):\n    pass", 1),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("marks", [None, MNIST])
def test_a_definition_that_is_no_python_is_told_with_its_line(kind, marks):
    source, line = BROKEN[kind]
    cells = (code(IMPORTS), code("class Trainer:\n    pass"), code(STUB.format("MNIST_Net"), hw1=marks))
    found = read(*cells, code(source, hw1=marks))
    note = found.broken["MNIST_Net"]
    assert (note.cell, note.line) == (4, line)
    assert "mnist" not in found.modules
    assert "trainer" in found.modules


def test_a_syntax_error_is_a_failure_at_its_cell_and_never_to_do(outcomes, assignment):
    source, _ = BROKEN["a bracket"]
    files = {"hw1-1.ipynb": notebook(text("# Title"), code(IMPORTS), code(source))}
    for stub in ({}, {"mnist.py": (assignment / "mnist.py").read_text("utf-8")}):
        found, _ = outcomes(files | stub, "1.1-structure", "files-mnist")
        assert {one.status for one in found.values()} == {Status.FAILED}
        assert "hw1-1.ipynb, cell 3, line 2" in found["1.1-structure"].reason
        assert found["1.1-structure"].shown == found["1.1-structure"].reason
        assert "hw1-1.ipynb, cell 3, line 2" in found["files-mnist"].reason


def test_a_syntax_error_costs_the_checks_on_that_definition_alone(outcomes, solution):
    block = class_of(solution / "vgg.py", "ConvBlock1")
    cells = (code(IMPORTS), code(block), code("class ConvBlock2(nn.Module:\n    pass"), code("plt.plot([1, 2)"))
    found, _ = outcomes({"hw1-2.ipynb": notebook(*cells)}, "2.1a", "2.1b")
    assert found["2.1a"].status is Status.PASSED
    assert found["2.1b"].status is Status.FAILED
    assert "hw1-2.ipynb, cell 3, line 1" in found["2.1b"].reason


def test_a_syntax_error_in_an_experiment_is_that_experiments():
    cells = (code(IMPORTS), text("### (4)"), code(NET.format(4)), text("### (5)"), code("class MNIST_Net(:\n  x"))
    found = read(*cells)
    assert found.modules["ablations"].defines == ("Exp4",)
    assert found.broken.keys() == {"Exp5"}


def test_a_definition_that_was_right_before_counts():
    found = read(code("class Trainer:\n    mark = 1"), code("class Trainer:\n    mark ="))
    assert "mark = 1" in lines(found, "trainer")
    assert not found.broken
