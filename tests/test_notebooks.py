"""Notebooks become modules without being run, whatever stands in them, and feedback names the cell and the line."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from autograder.evidence import Evidence, Frame, Origin, Raised, Stopped
from autograder.grade import judged, silent
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.hw1.probes.layout import Layout
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.probes.notebook import _packed, read_notebook
from autograder.ingest.probes.notebook.cells import MOST_CELLS
from autograder.ingest.reading import read_submission
from autograder.ingest.sections import ids, sections, unanswered
from autograder.kit import Kit
from autograder.observing import lacking, located
from autograder.outcome import Status
from autograder.sandbox.attempt import ATTEMPT, Attempt
from autograder.sandbox.forms import misfit
from autograder.student.check import check_one
from autograder.submission import Submission
from tests.conftest import write_hand_in
from tests.notebooks import SETUP, code, notebook, original_layout, own_layout, text

IMPORTS = "import torch\nfrom torch import nn"
BODY = "(nn.Module):\n    def forward(self, x):\n        return x"


def net(mark: str, name: str = "MNIST_Net") -> str:
    """A network that can be told by a number in it."""
    return f"class {name}(nn.Module):\n    mark = {mark}\n    def forward(self, x):\n        return x * {mark}"


def read(*cells: dict, **facts: object):
    """What is read of a notebook of these cells; its reply has the form that is asked for."""
    found = read_notebook(notebook(*cells, **facts), in_force().told, Layout)
    assert misfit("notebook", *_packed(found)) == ""
    return found


def module(*cells: dict, name: str) -> str:
    return "\n".join(read(*cells).modules[name].lines)


def run(source: str, **names: object) -> dict:
    """The names of a module after its import, with stand-ins for packages."""
    there = {ATTEMPT: Attempt, **names}
    exec(compile(source, "module", "exec"), there)  # noqa: S102  a module of our own
    return there


def said(found) -> str:
    return "\n".join(f"{note.cell}, {note.line}: {note.text}" for note in found.choices)


@pytest.fixture
def taken(kit, tmp_path):
    """A hand-in of these files, with its notebooks read."""

    def run(files: dict, base: Path | None = None):
        folder = write_hand_in(tmp_path / "20260001", files, base)
        return with_notebooks(read_submission(folder, kit.rubric.limits), kit)

    return run


# Grading


def graded(path: Path, kit: Kit):
    submission = with_notebooks(read_submission(path, kit.rubric.limits), kit)
    with kit.session(submission) as session:
        return submission, judged(kit.case(submission, session), session)


def test_an_archive_of_notebooks_in_the_original_layout_earns_what_the_same_code_earns_as_modules(
    kit, tmp_path, solution
):
    archive = tmp_path / "hw1-20260001.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in original_layout(solution).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    files = {"answers.md": None, "hw1-1.ipynb": None, "hw1-2.ipynb": None}
    modules = write_hand_in(tmp_path / "20260001", files, solution)
    submission, of_notebooks = graded(archive, kit)
    _, of_modules = graded(modules, kit)
    assert set(submission.files) == {"mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md"}
    points = {line.id: (line.outcome.status, line.outcome.points) for line in of_modules.lines}
    ours = {line.id: (line.outcome.status, line.outcome.points) for line in of_notebooks.lines}
    assert points["2.1c-function"][0] is points["1.2.10"][0] is points["1.2b"][0] is Status.PASSED
    for name in kit.homework.check:
        if name not in ("1.2-Q11", "files-answers"):  # three answers stand in the notebook
            assert ours[name] == points[name], name
    assert "VGG19 is defined twice (cells 5, 6); this one counts" in " ".join(of_notebooks.remarks)


def test_check_reads_a_folder_of_notebooks(kit, tmp_path, solution):
    folder = write_hand_in(tmp_path / "20260001", original_layout(solution))
    report = check_one(folder, kit, tuple(one for one in CHECKS if one.part == "files"), silent)
    found = {line.id: line.outcome.status for line in report.lines if line.part == "files"}
    assert found.pop("files-answers") is Status.TODO
    assert set(found.values()) == {Status.PASSED}


def test_an_error_names_the_notebook_the_cell_and_the_line(kit, tmp_path):
    broken = "class MNIST_Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        "
    broken += "self.x = nn.Missing()"
    cells = (text("# A title"), code(IMPORTS), text("## HW 1.1"), code(f"print('so')\n\n{broken}"))
    folder = write_hand_in(tmp_path / "20260001", {"hw1-1.ipynb": notebook(*cells)})
    report = check_one(folder, kit, tuple(one for one in CHECKS if one.id == "1.1-structure"), silent)
    (line,) = [one for one in report.lines if one.id == "1.1-structure"]
    assert "hw1-1.ipynb, cell 4, line 6: self.x = nn.Missing()" in line.outcome.reason


@pytest.mark.parametrize(
    ("raised", "open_"),
    [
        (Raised("NameError", "name 'device' is not defined"), True),
        (Raised("MissingNameError", "trainer.py has no Trainer; it defines Other"), True),
        (Raised("MissingNameError", "trainer.py has no Other; it defines device, Trainer"), False),
        (Raised("NameError", "name 'devise' is not defined"), False),
        (Raised("ValueError", "name 'device' is not defined"), False),
        (Evidence(), False),
    ],
)
def test_only_a_name_that_the_notebook_gives_a_value_is_open(raised, open_):
    lacks = {"trainer": {"device": "hw1-1.ipynb, cell 3, line 8", "Trainer": "hw1-1.ipynb, cell 3, line 8"}}
    submission = Submission("20260001", {"trainer.py": b""}, lacks=lacks)
    assert bool(lacking(raised, ("trainer",), submission)) is open_
    assert not lacking(raised, ("vgg",), submission)


@pytest.mark.parametrize(
    ("seen", "open_"),
    [
        (Raised("KeyError", "'width'"), True),
        (Raised("KeyError", "'height'"), False),
        (Raised("AttributeError", "'Trainer' object has no attribute 'test'"), True),
        (Raised("AttributeError", "'Trainer' object has no attribute 'best'"), False),
        (Raised("MissingNameError", "Trainer has no method test"), True),
        (Raised("TypeError", "anything; .test: failed: OSError"), True),
        (Raised("TypeError", "anything; .best: failed: OSError"), False),
        (Raised("NotImplementedError", "TODO 1.2b: test"), False),
        (Stopped("time", "20 s", "trainer"), True),
        (Stopped("time", "20 s", "vgg"), False),
        (Stopped("time", "20 s", "test"), False),
    ],
)
def test_what_a_class_or_an_object_lacks_is_open_too(seen, open_):
    why = "hw1-1.ipynb, cell 3, line 8"
    submission = Submission("20260001", {"trainer.py": b""}, lacks={"trainer": {".test": why, "@width": why}})
    assert (why in lacking(seen, ("trainer",), submission)) is open_


def test_a_check_that_meets_a_name_that_is_not_there_is_open_with_cell_and_line(kit, tmp_path):
    trainer = "class Trainer:\n    def __init__(self, *parts):\n        self.parts = parts, where\n"
    cells = (code(IMPORTS), code("def get():\n    return open('/nowhere/at/all').read()\nwhere = get()"), code(trainer))
    folder = write_hand_in(tmp_path / "20260001", {"hw1-1.ipynb": notebook(*cells)})
    report = check_one(folder, kit, tuple(one for one in CHECKS if one.id == "1.2a"), silent)
    (line,) = [one for one in report.lines if one.id == "1.2a"]
    assert line.outcome.status is Status.UNSETTLED
    assert "where has no value here: hw1-1.ipynb, cell 2, line 3 would set it (where = get())" in line.outcome.shown
    assert "FileNotFoundError" not in line.outcome.shown
    assert "where: failed: FileNotFoundError" in line.outcome.detail[0]


@pytest.mark.slow
@pytest.mark.parametrize("forever", ["while True:\n    pass", "time.sleep(10000)", "sum(range(10 ** 14))"])
def test_what_never_ends_leaves_the_check_open(kit, tmp_path, forever):
    trainer = "class Trainer:\n    def __init__(self, *parts):\n        self.parts = parts, where\n"
    cells = (
        code(IMPORTS),
        code(f"import time\nif True:\n    {forever.replace(chr(10), chr(10) + '    ')}\n    where = 1"),
    )
    folder = write_hand_in(tmp_path / "20260001", {"hw1-1.ipynb": notebook(*cells, code(trainer))})
    report = check_one(folder, kit, tuple(one for one in CHECKS if one.id == "1.2a"), silent)
    (line,) = [one for one in report.lines if one.id == "1.2a"]
    assert line.outcome.status is Status.UNSETTLED
    assert "hw1-1.ipynb, cell 2, line 2" in line.outcome.shown


def test_a_line_of_a_file_that_no_notebook_brought_stays_as_it_is():
    frames = (Frame("helper.py", 3, "f", "x"), Frame("mnist.py", 2, "g", "y"), Frame("mnist.py", 9, "g", "y"))
    seen = located(Raised("E", "m", frames), {"mnist.py": (Origin("a.ipynb", 1, 1), Origin("a.ipynb", 7, 5))})
    assert [str(frame) for frame in seen.frames] == [
        "helper.py, line 3: x",
        "a.ipynb, cell 7, line 5: y",
        "mnist.py, line 9: y",
    ]
    assert located(Evidence(), {}) == Evidence()


# What is kept of a cell


def test_imports_definitions_and_constants_are_kept_and_what_does_something_is_listed():
    cell = (
        "import os\nimport torch, missing_package\nWIDTH = 2 * 30\ndevice = torch.device('cpu')\n"
        "print('hello')\nfor _ in range(3):\n    pass\n"
        "def helper(x):\n    return os.sep, WIDTH, device\n"
        "class Trainer:\n    def train(self):\n        return helper(1)"
    )
    found = read(code(cell))
    source = "\n".join(found.modules["trainer"].lines)
    assert source.splitlines()[:4] == ["import os", "import torch", "WIDTH = 2 * 30", "device = torch.device('cpu')"]
    assert "missing_package" not in source
    assert "print" not in source
    assert [(note.line, note.text) for note in found.left_out] == [(5, "print('hello')")]
    assert found.modules["trainer"].origins[-1] == (1, 12)


def test_lines_for_the_notebook_alone_are_left_out_and_the_rest_of_the_cell_counts():
    cell = (
        "%matplotlib inline\n!pip install \\\n  tqdm\nimport os\nos?\nfiles = !ls\n"
        "class Trainer:\n    def train(self):\n        !ls\n        return os"
    )
    found = read(code(cell))
    assert [note.line for note in found.left_out] == [1, 2, 5, 6, 9]
    assert run("\n".join(found.modules["trainer"].lines))["Trainer"]().train().__name__ == "os"
    assert found.modules["trainer"].origins[-1] == (1, 10)
    assert not found.errors


def test_a_line_that_begins_with_a_percent_sign_in_a_text_or_an_expression_is_no_command():
    cell = 'NAME = (7\n% 4)\nTEXT = """\n!ls\n%time\n"""\nclass Trainer:\n    a = NAME, TEXT'
    assert run(module(code(cell), name="trainer"))["Trainer"].a == (3, "\n!ls\n%time\n")


def test_a_cell_of_another_program_is_left_out_and_a_timed_one_counts():
    found = read(code("%%bash\nclass Trainer: pass"), code("%%time\nclass Trainer:\n    pass"))
    assert found.modules["trainer"].origins == ((2, 2), (2, 3))
    assert [(note.cell, note.text) for note in found.left_out] == [(1, "%%bash"), (2, "%%time")]


def test_statements_that_share_a_line_are_told_apart():
    found = read(code("import os; os.getcwd(); WIDTH = 3  # é\nclass Trainer: a = WIDTH; b = os.sep"))
    assert found.modules["trainer"].lines == ("import os", "WIDTH = 3  # é", "class Trainer: a = WIDTH; b = os.sep")


def test_of_a_cell_with_a_syntax_error_the_definitions_that_can_be_read_are_kept():
    wrong = "class ConvBlock2(nn.Module):\n    def f(self:\n        pass"
    cell = f"{IMPORTS}\nclass ConvBlock1{BODY}\n\n{wrong}\n\n@staticmethod\ndef VGG19():\n    return 1"
    found = read(code(cell))
    assert found.modules["vgg"].defines == ("ConvBlock1", "VGG19")
    ((note),) = found.errors
    assert note.line == 8
    assert note.text.endswith("(in class ConvBlock2)")


def test_what_a_definition_needs_and_is_defined_nowhere_is_said():
    found = read(
        code("import torch.nn as nn\nclass Trainer(base):\n    pass"),
        code("class VGG19(nn.Module):\n    def forward(self, x):\n        return loss(x)"),
    )
    assert set(found.modules) == {"vgg"}
    assert "Trainer was left out: it needs base, which the notebook does not define" in said(found)
    assert "VGG19 uses loss, which the notebook does not define" in said(found)


def test_what_gets_its_value_by_training_lacks_it_where_it_is_graded():
    found = read(
        code("import torch.nn as nn\nbase = trainer.train(4)\nloss = fit(base)"),
        code("class Trainer(base):\n    pass"),
        code("class VGG19(nn.Module):\n    def forward(self, x):\n        return loss(x)"),
    )
    lacks = {module: {name: one.first for name, one in found.modules[module].lacks.items()} for module in found.modules}
    assert lacks == {"trainer": {"base": 2, "Trainer": 2}, "vgg": {"base": 2, "loss": 3}}


def test_a_star_import_stays_where_a_name_may_come_from_it():
    assert module(code("from math import *\nclass Trainer:\n    x = pi"), name="trainer").startswith(
        "from math import *"
    )
    assert "math" not in module(code("from math import *\nclass Trainer:\n    x = 1"), name="trainer")


def test_both_branches_of_an_import_that_is_tried_are_kept():
    cell = "try:\n    import is_not_there as fast\nexcept ImportError:\n    fast = None\nclass Trainer:\n    x = fast"
    assert run(module(code(cell), name="trainer"))["Trainer"].x is None


# Which definition is which network


def test_under_each_heading_stands_its_experiment_and_a_subheading_changes_nothing():
    found = read(
        code(IMPORTS),
        text("## HW 1.1 your own"),
        code(net("0")),
        text("### (2) relu"),
        text("#### the network"),
        code(
            net("1") + "\n    def make(self):\n        super(MNIST_Net, self).__init__()\n        return self.MNIST_Net"
        ),
        text("intro\n\n### Exp (10) pooling"),
        code(net("2")),
        text("# The end"),
        code(net("3")),
    )
    source = "\n".join(found.modules["ablations"].lines)
    assert "class Exp2(nn.Module)" in source
    assert "super(Exp2, self)" in source
    assert "return self.MNIST_Net" in source
    assert found.modules["ablations"].defines == ("Exp2", "Exp10")
    assert "mark = 0" in "\n".join(found.modules["mnist"].lines)
    assert "10, 1: MNIST_Net is not under a heading" in said(found)


def test_experiments_keep_helpers_and_constants_of_their_own():
    cells = [code(IMPORTS.replace("import torch\nfrom torch import nn", "class nn:\n    Module = object"))]
    for number, width in ((1, 30), (2, 50)):
        cells += [
            text(f"### ({number})"),
            code(f"WIDTH = {width}\ndef helper():\n    return WIDTH"),
            code("class MNIST_Net(nn.Module):\n    def width(self):\n        return WIDTH, helper()"),
        ]
    there = run(module(*cells, name="ablations"))
    assert there["Exp1"]().width() == (30, 30)
    assert there["Exp2"]().width() == (50, 50)


def test_a_heading_with_a_number_of_another_kind_is_no_experiment():
    cells = (text("## Experiment 1.2"), code(IMPORTS), code(net("1")), text("### 3. Data"), text("```\n### (4)\n```"))
    assert set(read(*cells, code("x = 1")).modules) == {"mnist"}


def test_a_section_without_a_class_uses_the_one_before_it():
    cells = (code(IMPORTS), text("### (4)"), code(net("4")), text("### (5)"), code("net = MNIST_Net()"))
    found = read(*cells)
    assert found.modules["ablations"].defines == ("Exp4", "Exp5")
    assert "experiment (5) (cell 4) defines no MNIST_Net and uses this one" in said(found)


def test_a_section_whose_class_has_a_syntax_error_does_not_get_the_one_before_it():
    cells = (
        code(IMPORTS),
        text("### (4)"),
        code(net("4")),
        text("### (5)"),
        code("class MNIST_Net(:\n  x\nMNIST_Net()"),
    )
    assert read(*cells).modules["ablations"].defines == ("Exp4",)


def test_without_headings_the_order_decides_if_all_are_there():
    found = read(code(IMPORTS), *(code(net(str(number))) for number in range(11)))
    assert "mark = 8" in "\n".join(found.modules["mnist"].lines)
    assert len(found.modules["ablations"].defines) == 10
    assert said(found).count("by its place it is taken for") == 11
    few = read(code(IMPORTS), *(code(net(str(number))) for number in range(5)))
    assert set(few.modules) == {"mnist"}
    assert "mark = 4" in "\n".join(few.modules["mnist"].lines)


def test_two_definitions_under_one_heading_and_two_headings_of_one_number_are_said():
    found = read(code(IMPORTS), text("### (1)"), code(net("1")), code(net("2")), text("### (1)"), code(net("3")))
    assert "mark = 3" in "\n".join(found.modules["ablations"].lines)
    assert "MNIST_Net is defined twice (cells 3, 4) for experiment (1)" in said(found)
    assert "experiment (1) has two headings" in said(found)


def test_names_of_the_handout_are_found_without_any_heading():
    found = read(code(IMPORTS), code(net("3", "Exp3") + "\n" + net("4", "Exp4")), code(net("0")))
    assert found.modules["ablations"].defines == ("Exp3", "Exp4")
    assert found.modules["mnist"].defines == ("MNIST_Net",)


def test_the_block_that_is_defined_last_counts_in_whatever_uses_it():
    found = read(
        code(IMPORTS),
        code("def ConvBlock1():\n    return 1\ndef VGG19():\n    return ConvBlock1()\ndef ConvBlock1():\n    return 2"),
    )
    there = run("\n".join(found.modules["vgg"].lines[0:]))
    assert there["VGG19"]() == 2


# Our own notebooks


def test_marked_cells_decide_and_helpers_of_other_cells_come_along(solution):
    source = "class MNIST_Net:\n    width = helper()"
    cells = (
        code("def helper():\n    return 7"),
        code(source, hw1={"module": "mnist"}),
        code("class MNIST_Net:\n    width = 0"),
        code("class Trainer:\n    pass", hw1={"module": "trainer"}),
        code("class VGG19:\n    pass"),
        code("from mnist import MNIST_Net"),
    )
    found = read(*cells)
    assert set(found.modules) == {"mnist", "trainer", "vgg"}
    assert run("\n".join(found.modules["mnist"].lines))["MNIST_Net"].width == 7


def test_the_solution_in_marked_cells_is_the_solution(taken, solution):
    modules = {name: (solution / f"{name}.py").read_text("utf-8") for name in ("mnist", "ablations", "trainer", "vgg")}
    submission = taken({"hw1-1.ipynb": own_layout(modules, [("Q7", "Without one, all layers are one linear map.")])})
    for name, source in modules.items():
        made = submission.files[f"{name}.py"].decode()
        assert [line for line in source.splitlines() if "self." in line] == [
            x for x in made.splitlines() if "self." in x
        ]
    assert sections(submission.files["answers.md"])["Q7"] == ["", "Without one, all layers are one linear map."]


# Answers and claims


def test_answers_are_found_in_text_and_in_comments():
    found = read(
        text("**Q4) Does it change?**\n\n**Ans)** It does.\n한국어 답."),
        text("Q5) Easy?\nstill the question"),
        text("Ans: No."),
        text("### Q6) And now?\n\nYes, without a mark."),
        code("# Q2) Why?\n# A2) Because of\n# batch norm.\nx = 1\n# nothing\n# A3: constructors"),
        text("## Q13: pooling\n\nThe answer to Q13 stands in `answers.md`.", {"answer": "Q13"}),
        text("Written.", {"answer": "E2"}),
    )
    assert found.answers == {
        "Q4": "It does.\n한국어 답.",
        "Q5": "No.",
        "Q6": "Yes, without a mark.",
        "Q2": "Because of\nbatch norm.",
        "Q3": "constructors",
        "E2": "Written.",
    }


def test_answers_of_a_notebook_fill_what_answers_md_leaves_open(taken, assignment):
    answer = "In eval mode batch norm uses its running statistics.\n## Q3: not another one <!-- nor a comment"
    mine = (
        (assignment / "answers.md")
        .read_text("utf-8")
        .replace("*Write your answer to Q1 here.*", "They add up, so it fails.")
    )
    book = notebook(text(answer, {"answer": "Q2"}), text("Another answer to the first.", {"answer": "Q1"}))
    submission = taken({"answers.md": mine, "hw1-1.ipynb": book})
    data, template = submission.files["answers.md"], (assignment / "answers.md").read_bytes()
    assert set(ids()) - set(unanswered(data, template)) == {"Q1", "Q2"}
    assert b"Another answer" not in data
    assert "1 written answer was taken from hw1-1.ipynb" in submission.remarks


def test_figures_in_outputs_are_listed_and_never_credited(taken):
    cells = (
        text("### (3)"),
        code("train()", "Accuracy: 50 %\nTest set: Accuracy: 1135/10000 (11%)\n41,090 parameters"),
    )
    submission = taken({"hw1-1.ipynb": notebook(*cells)})
    assert submission.claims == (
        "hw1-1.ipynb, cell 2 (1.2.3): accuracy 11.35 %",
        "hw1-1.ipynb, cell 2 (1.2.3): 41,090 parameters",
    )


# With other files


def test_a_module_that_was_handed_in_counts_before_a_notebook(taken, solution, assignment):
    book = notebook(code("class Trainer:\n    pass"), code("class VGG19:\n    pass"))
    stub = (assignment / "vgg.py").read_text("utf-8")
    submission = taken({"trainer.py": "class Trainer: own = 1", "vgg.py": stub, "hw1-1.ipynb": book})
    assert submission.files["trainer.py"] == b"class Trainer: own = 1"
    assert submission.files["vgg.py"].startswith(b"class VGG19:\n    pass\n\nimport torch\n")
    assert submission.files["vgg.py"].count(b"class VGG19") == 1
    assert b"TODO 2.1a" in submission.files["vgg.py"]  # still to be done
    assert b"TODO 2.1c" not in submission.files["vgg.py"]
    assert "trainer.py was handed in, so the cells of hw1-1.ipynb with Trainer do not count" in submission.remarks
    assert "vgg.py is the handout's, so the cells of hw1-1.ipynb count" in submission.remarks
    assert submission.problems["mnist.py"] == "mnist.py is missing, and hw1-1.ipynb defines nothing for it"
    assert set(submission.origins) == {"vgg.py"}


def test_of_two_notebooks_with_one_module_the_one_with_more_of_it_counts(taken):
    blocks = "def ConvBlock1():\n    pass\ndef ConvBlock2():\n    pass"
    files = {"hw1-1.ipynb": notebook(code("def VGG19():\n    pass")), "hw1-2.ipynb": notebook(code(blocks))}
    submission = taken(files)
    assert b"ConvBlock2" in submission.files["vgg.py"]
    assert "VGG19 are also in hw1-1.ipynb; hw1-2.ipynb counts for vgg.py" in submission.remarks


def test_the_digest_stays_that_of_what_was_handed_in(kit, tmp_path):
    folder = write_hand_in(tmp_path / "20260001", {"hw1-1.ipynb": notebook(code("class Trainer:\n    pass"))})
    before = read_submission(folder, kit.rubric.limits)
    assert with_notebooks(before, kit).digest == before.digest


def test_a_hand_in_without_notebooks_is_not_touched(kit, solution):
    submission = read_submission(solution, kit.rubric.limits)
    without = type(submission)("s", submission.files)
    assert with_notebooks(without, None) is without


# Bad input


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not a notebook: it is not JSON"),
        (b"\x80\x81", "is not a notebook: it is not UTF-8 text"),
        (b"[1, 2]", "is not a notebook: it is JSON, but has no cells"),
        (b"{}", "is not a notebook: it has no cells"),
        (b"[" * 200_000, "is not a notebook: it is nested too deeply"),
        (b'{"nbformat": 2, "worksheets": []}', "is a notebook of a format older than 3"),
        (json.dumps({"cells": [], "metadata": {"kernelspec": {"language": "R"}}}).encode(), "is a notebook in R, not"),
    ],
)
def test_what_is_no_notebook_is_a_problem_with_a_sentence(taken, data, why):
    submission = taken({"hw1-1.ipynb": data, "mnist.py": "x = 1"})
    assert submission.problems["hw1-1.ipynb"].startswith(f"hw1-1.ipynb {why}")
    assert submission.files == {"mnist.py": b"x = 1"}


def test_a_notebook_of_nbformat_3_is_read():
    cells = [
        {"cell_type": "heading", "level": 3, "source": "(7) batch norm"},
        {"cell_type": "code", "language": "python", "input": [f"{IMPORTS}\n", net("7")], "outputs": []},
    ]
    found = read_notebook(
        json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}).encode(), in_force().told, Layout
    )
    assert found.modules["ablations"].defines == ("Exp7",)


def test_of_ten_thousand_cells_the_first_are_read():
    found = read(code("class Trainer:\n    pass"), *[code("x = 1")] * 10_000)
    assert found.remarks == [f"has 10,001 cells, but only the first {MOST_CELLS:,} were read"]
    assert found.modules["trainer"].defines == ("Trainer",)


@pytest.mark.parametrize(
    "cell",
    [
        None,
        7,
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 7, "metadata": [], "outputs": 3},
        {"cell_type": "code", "source": [1, None, "x = 1\n", {}], "metadata": {"hw1": "mnist"}},
        {"cell_type": "code", "source": "x = 1", "outputs": [1, {"text": 3}, {"data": [], "text": [1]}]},
        {"cell_type": "code", "source": "x = 1", "metadata": {"hw1": {"module": ["mnist"], "todo": 1.1, "answer": {}}}},
        {"cell_type": "markdown", "source": "A99) x\nQ99) y\nAns)", "metadata": {"hw1": {"answer": "Q99"}}},
        {"cell_type": "heading", "level": "x", "source": None},
        code("x = '\ud800'\nclass VGG19: pass"),
        code("x = '\x00'\nclass VGG19: pass"),
        code("class Exp1:\r    pass\r\n\x0c\nclass Exp2: pass"),
        code("(" * 5000),
        code("x = " + "-" * 50_000 + "1"),
        code("class MNIST_Net(" + ".".join("a" * 3000) + "):\n  pass"),
        code("return 1\nclass VGG19:\n    return 1\nyield x"),
        code("global x\nnonlocal y\nfrom __future__ import nothing\nclass VGG19: pass"),
        code("class \\\nVGG19: pass"),
        code("%%\n%\n!\n?\n??"),
        code("x = 10 ** 10 ** 10"),
        code("class a: pass\n" * 300),
    ],
)
def test_odd_cells_break_nothing(cell):
    found = read(cell, code("class Trainer:\n    pass"))
    assert "Trainer" in found.modules["trainer"].defines


def test_a_long_chain_of_constants_is_followed():
    lines = ["a0 = 1", *(f"a{number} = a{number - 1}" for number in range(1, 3000)), "class Trainer:\n    x = a2999"]
    assert run(module(code("\n".join(lines)), name="trainer"))["Trainer"].x == 1


def test_the_form_of_a_reply_wants_a_place_for_each_line():
    facts, arrays = _packed(read(code("class Trainer:\n    pass")))
    assert misfit("notebook", facts, arrays) == ""
    assert misfit("notebook", facts, {**arrays, "lines trainer": arrays["lines trainer"][:1]})
    assert misfit("notebook", facts, {**arrays, "lines trainer": 0 * arrays["lines trainer"]})
    assert misfit("notebook", facts, {"lines trainer": arrays["lines trainer"]})
    assert misfit("notebook", facts, {**arrays, "answer Q999": np.zeros(3, np.uint8)})
    assert misfit("notebook", {**facts, "modules": {"no name": []}}, arrays)


def test_the_setup_of_the_original_notebooks_brings_no_package_that_is_not_needed():
    assert "google" not in module(code(SETUP), code("class Trainer:\n    d = device, torch.utils"), name="trainer")


def test_a_module_does_not_import_itself():
    cells = (
        code(
            "from vgg import *\nfrom vgg import ConvBlock1\nclass VGG19:\n    def f(self):\n        return ConvBlock1"
        ),
    )
    assert "import" not in module(*cells, name="vgg")
    assert "VGG19 uses ConvBlock1, which the notebook does not define" in said(read(*cells))


def test_the_usual_names_come_before_others_and_walks_that_only_import_are_not_listed(taken):
    old, new = (notebook(code(f"print(1)\nclass Trainer:\n    mark = {n}")) for n in (1, 2))
    walk = notebook(code("from trainer import Trainer\nprint(Trainer)"))
    submission = taken({"hw1-1-old.ipynb": old, "hw1-1.ipynb": new, "hw1-2.ipynb": walk})
    assert b"mark = 2" in submission.files["trainer.py"]
    listed = [remark for remark in submission.remarks if "not run" in remark]
    assert listed == [
        "hw1-1.ipynb: imports, definitions, constants and what these need count; the rest was not run, "
        "1 place in cell 1, like line 1 of cell 1: print(1)"
    ]
    assert (Origin("hw1-1.ipynb", 1, 1), "not run: print(1)") in submission.notes


def test_notebooks_of_one_name_that_differ_are_open_and_the_handouts_own_is_none(taken, assignment):
    one, two = (notebook(code(f"class Trainer:\n    mark = {n}"), code("class VGG19:\n    pass")) for n in (1, 2))
    handout = (assignment / "hw1-1.ipynb").read_bytes()
    submission = taken({"a/hw1-1.ipynb": one, "b/hw1-1.ipynb": two, "c/hw1-1.ipynb": handout})
    said = "a/hw1-1.ipynb and b/hw1-1.ipynb differ in Trainer, and only one of them can count for trainer.py"
    assert submission.open_reason("trainer.py") == said
    assert said in submission.about_files
    assert "vgg.py" in submission.files
    assert "c/hw1-1.ipynb is the unchanged handout's: another notebook counts" in submission.remarks


def test_a_notebook_that_cannot_be_read_leaves_open_what_may_be_in_it(taken):
    submission = taken({"hw1-1.ipynb": b'{"cells": [', "hw1-2.ipynb": notebook(code("class VGG19:\n    pass"))})
    assert submission.open_reason("trainer.py") == submission.problems["hw1-1.ipynb"]
    assert submission.open_reason("vgg.py") == ""


def test_the_handouts_own_notebooks_bring_nothing(taken, assignment):
    files = {path.name: path.read_bytes() for path in assignment.iterdir() if path.suffix in (".ipynb", ".py", ".md")}
    submission = taken(files)
    assert submission.files == {name: files[name] for name in submission.files}
    assert not submission.origins
    assert not submission.remarks
    assert not submission.claims


def test_a_notebook_that_ends_its_worker_costs_no_other_one(taken, monkeypatch):
    monkeypatch.setattr("autograder.ingest.notebooks.SECONDS", 2.0)
    slow = notebook(code("\n".join(["a = 1", *["a = a"] * 60_000, "class VGG19:\n    x = a"])))
    submission = taken({"hw1-1.ipynb": slow, "hw1-2.ipynb": notebook(code("class Trainer:\n    pass"))})
    assert "trainer.py" in submission.files
    assert submission.problems["hw1-1.ipynb"] == "hw1-1.ipynb was not read: it takes more than 2 s"


def test_what_is_missing_in_a_module_is_missing_in_its_notebook():
    missing = Raised("MissingNameError", "vgg.py has no VGG19; it defines ConvBlock1")
    origins = {"vgg.py": (Origin("hw1-2.ipynb", 3, 1),)}
    assert located(missing, origins).message == "hw1-2.ipynb has no VGG19; it defines ConvBlock1"
    assert located(missing, {}) == missing


def test_a_class_of_another_name_under_the_heading_of_an_experiment_is_taken_and_said():
    cells = (code(IMPORTS), text("### (3)"), code(net("1", "Block")), code(net("2", "ThreeLayers")), text("### (4)"))
    found = read(*cells, code(net("3", "ConvBlock1")))
    assert found.modules["ablations"].defines == ("Exp3",)
    assert "mark = 2" in "\n".join(found.modules["ablations"].lines)
    assert "4, 1: the class ThreeLayers is taken for experiment (3)" in said(found)


def test_the_handouts_cells_uncommented_are_the_handouts_modules(kit, tmp_path, assignment):
    def uncommented(data: bytes) -> bytes:
        document = json.loads(data)
        for cell in document["cells"]:
            if "module" in cell["metadata"].get("hw1", {}):
                lines = "".join(cell["source"]).split("\n")
                cell["source"] = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
        return json.dumps(document).encode()

    books = {path.name: uncommented(path.read_bytes()) for path in assignment.glob("*.ipynb")}
    report = check_one(
        write_hand_in(tmp_path / "20260001", books), kit, tuple(one for one in CHECKS if one.part == "files"), silent
    )
    found = {line.id: line.outcome for line in report.lines if line.part == "files" and line.id != "files-answers"}
    assert {outcome.status for outcome in found.values()} == {Status.TODO}
    assert found["files-vgg"].reason == "To do: ConvBlock1, ConvBlock2, VGG19, PretrainedVGG."
