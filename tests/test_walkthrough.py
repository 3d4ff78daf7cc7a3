"""The walk-through notebooks: made of the solution, runnable from the top, and with nothing of it in the handout's."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor

from autograder.errors import GraderError, MisuseError
from autograder.home import data_folder, handout_folder, solution_folder
from autograder.homework import in_force
from autograder.hw1 import walkthrough
from autograder.hw1.walkthrough import Result
from autograder.ingest.sections import ids
from autograder.rubric import read_rubric
from autograder.staff.leaks import find_leaks
from autograder.staff.notebooks import INVITATION, student_notebooks
from autograder.student.init import copy_handout

SOLUTION = solution_folder()
HANDOUT = handout_folder()
NAMES = ("hw1-1.ipynb", "hw1-2.ipynb")
REAL = Path(__file__).parent.parent.parent / "shared" / "data"
FILES = {path.name: path.read_text(encoding="utf-8") for path in HANDOUT.iterdir() if path.suffix in (".py", ".md")}


def read(folder, name):
    return nbformat.read(folder / name, as_version=4)


def cells_marked(key, folder=HANDOUT):
    """The cells of both notebooks whose metadata say *key* of them."""
    return [cell for name in NAMES for cell in read(folder, name).cells if key in cell.metadata.get("hw1", {})]


def switched_on(source):
    """What an editor leaves of a cell that is commented out, when all of it is uncommented."""
    return "\n".join(line.removeprefix("# ") for line in source.splitlines())


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A folder to run notebooks in; Jupyter, IPython and the kit keep their own files below it, too."""
    for variable in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "XDG_CACHE_HOME"):
        folder = tmp_path / "home" / variable
        folder.mkdir(parents=True)
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.setenv("MPLCONFIGDIR", matplotlib.get_cachedir())  # finding all fonts takes seconds
    monkeypatch.setenv(walkthrough.QUICK, "1")
    monkeypatch.delenv("HW1_DATA", raising=False)
    return tmp_path / "work"


def run(folder, notebook, seconds=200):
    """Run *notebook* from the top in *folder*; the cells with what they gave."""
    ExecutePreprocessor(timeout=seconds, kernel_name="python3").preprocess(
        notebook, {"metadata": {"path": str(folder)}}
    )
    return {cell.id: cell for cell in notebook.cells}


def copy(source, folder):
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return folder


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def shown(cells, kind):
    """The cells that show something of this kind."""
    return [one for one, cell in cells.items() for output in cell.get("outputs", ()) if kind in output.get("data", {})]


# What is checked in


@pytest.mark.parametrize("folder", [SOLUTION, HANDOUT], ids=["solution", "handout"])
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_valid_without_outputs_and_written_as_nbformat_writes_it(folder, name):
    notebook = read(folder, name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert [c.id for c in notebook.cells if c.cell_type == "code" and (c.outputs or c.execution_count)] == []
    assert (folder / name).read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_cells_keep_their_ids_from_the_solution_and_each_id_says_what_the_cell_is(name):
    ids = [cell.id for cell in read(HANDOUT, name).cells]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9-]+|(question|answer)-[QE]\d+", one)] == []
    added = [one for one in ids if one.startswith("question-") or one.endswith(("-here", "-check"))]
    assert [one for one in ids if one not in added] == [cell.id for cell in read(SOLUTION, name).cells]


def test_every_question_is_asked_once_and_has_a_cell_for_its_answer():
    cells = cells_marked("answer")
    assert sorted(cell.metadata["hw1"]["answer"] for cell in cells) == sorted(ids())
    for cell in cells:
        item = cell.metadata["hw1"]["answer"]
        assert cell.cell_type == "markdown"
        assert cell.source == f"*Write your answer to {item} here.*"


def test_the_questions_are_those_of_the_answers_file():
    asked = {c.id: c.source for n in NAMES for c in read(HANDOUT, n).cells if c.id.startswith("question-")}
    assert len(asked) == len(ids())
    for item in ids():
        assert asked[f"question-{item}"].removeprefix("#") in FILES["answers.md"]


@pytest.mark.parametrize("module", [one.name for one in in_force().modules])
def test_the_stubs_in_the_notebooks_are_those_of_the_module_and_each_stands_there_once(module):
    cells = [cell for cell in cells_marked("module") if cell.metadata["hw1"]["module"] == module]
    found = [line for cell in cells for line in ast.parse(switched_on(cell.source)).body]
    wanted = ast.parse(FILES[f"{module}.py"]).body[1:]  # without the docstring
    assert [ast.dump(line) for line in found if not isinstance(line, ast.Import | ast.ImportFrom)] == [
        ast.dump(line) for line in wanted if not isinstance(line, ast.Import | ast.ImportFrom)
    ]


def test_a_stub_in_a_notebook_is_switched_off_and_says_how_to_switch_it_on():
    for cell in cells_marked("module"):
        assert ast.parse(cell.source).body == []
        invitation = INVITATION.format(module=cell.metadata["hw1"]["module"])
        assert switched_on(cell.source).splitlines()[0] == invitation


def test_a_stub_brings_the_imports_that_it_needs():
    for cell in cells_marked("module"):
        assert switched_on(cell.source).splitlines()[1:3] == ["import torch", "from torch import nn"]


def test_the_solutions_notebooks_hold_no_code_and_no_answers_of_their_own():
    assert cells_marked("module", SOLUTION) == []
    for cell in cells_marked("answer", SOLUTION):
        assert cell.source == f"The answer to {cell.metadata['hw1']['answer']} stands in `answers.md`."


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_the_solution_is_in_a_notebook(name):
    assert find_leaks(SOLUTION, {name: (HANDOUT / name).read_bytes()}) == []


def test_a_fresh_working_copy_has_the_notebooks(tmp_path):
    assert set(NAMES) <= set(copy_handout(tmp_path / "mine"))
    assert (tmp_path / "mine" / NAMES[0]).read_bytes() == (HANDOUT / NAMES[0]).read_bytes()


# How the handout's is made


def made_of(*cells, **more):
    """The handout's version of a notebook with these cells."""
    notebook = nbformat.v4.new_notebook(cells=list(cells), **more)
    return nbformat.reads(student_notebooks({"n.ipynb": nbformat.writes(notebook)}, FILES)["n.ipynb"], as_version=4)


def code(source, **more):
    return nbformat.v4.new_code_cell(source, **{"id": "a", **more})


def text(source, **more):
    return nbformat.v4.new_markdown_cell(source, **{"id": "b", **more})


def test_solution_marks_in_a_cell_become_a_todo_or_a_line_to_write_at():
    notebook = made_of(
        code("x = 1\n# BEGIN SOLUTION 1.9: say it\nx = 2\n# END SOLUTION"),
        text("Why?\n\n<!-- BEGIN SOLUTION Q1 -->\nBecause.\n<!-- END SOLUTION -->"),
    )
    assert [cell.source for cell in notebook.cells] == [
        'x = 1\n# TODO 1.9: say it\nraise NotImplementedError("TODO 1.9: say it")',
        "Why?\n\n*Write your answer to Q1 here.*",
    ]


def test_outputs_counts_and_what_an_editor_leaves_are_taken_away():
    output = nbformat.v4.new_output("stream", text="98.9 %")
    clean = made_of(code("x = 1"), metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    used = made_of(
        code("x = 1", outputs=[output], execution_count=7, metadata={"scrolled": True, "execution": {"a": "b"}}),
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "widgets": {"state": {}}},
    )
    assert nbformat.writes(used) == nbformat.writes(clean)


def test_a_class_has_its_stub_and_its_check_below_its_first_import_only():
    notebook = made_of(
        code("from trainer import Trainer"), code("from trainer import Trainer", id="c"), code("import torch", id="d")
    )
    assert [cell.id for cell in notebook.cells] == ["a", "a-here", "a-check", "c", "d"]


def test_a_cell_with_a_line_for_ipython_is_kept_as_it_is():
    (cell,) = made_of(code("%matplotlib inline\nfrom trainer import Trainer")).cells
    assert cell.source.startswith("%matplotlib")


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (code("# BEGIN SOLUTION 1.1: hint\nx = 1"), "cell a: a SOLUTION mark lacks"),
        (text("<!-- END SOLUTION -->"), "cell b: a SOLUTION mark lacks"),
        (text("?", metadata={"hw1": {"answer": "Q14"}}), "there is no question Q14 in answers.md"),
        (code("from vgg import VGG16"), "vgg.py has no class VGG16"),
    ],
)
def test_a_notebook_that_asks_for_what_there_is_not_stops_the_release(cell, sentence):
    with pytest.raises(GraderError, match=sentence):
        made_of(cell)


def test_two_cells_of_one_id_stop_the_release():
    with pytest.raises(GraderError, match="two cells have one id"):
        made_of(code("from trainer import Trainer"), code("x = 1", id="a-here"))


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("not JSON", r"n\.ipynb is not a valid notebook"),
        ("[]", r"n\.ipynb is not a valid notebook"),
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}), "format 4.4, not 4.5"),
        (
            json.dumps({"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
            r"n\.ipynb is not a valid notebook",
        ),
    ],
)
def test_what_is_no_notebook_of_the_right_format_stops_the_release(document, sentence):
    with pytest.raises(GraderError, match=sentence):
        student_notebooks({"n.ipynb": document}, FILES)


# What happens when they are run


@pytest.mark.slow
@pytest.mark.parametrize(("name", "todo"), [(NAMES[0], "TODO 1.1:"), (NAMES[1], "TODO 2.1a:")])
def test_the_handouts_notebook_stops_at_the_first_todo_with_its_number(name, todo, workshop):
    notebook = read(copy(HANDOUT, workshop), name)
    with pytest.raises(CellExecutionError) as stopped:
        run(workshop, notebook)
    assert stopped.value.ename == "NotImplementedError"
    assert stopped.value.evalue.startswith(todo)
    first = next(cell for cell in notebook.cells if cell.id.endswith("-try"))
    assert [cell.id for cell in notebook.cells if cell.cell_type == "code" and cell.execution_count][-1] == first.id


@pytest.mark.slow
def test_the_solutions_first_notebook_runs_to_its_end(workshop):
    cells = run(copy(SOLUTION, workshop), read(SOLUTION, NAMES[0]))
    assert "204,826 parameters" in printed(cells["mnist-try"])
    assert "Test set: Accuracy" in printed(cells["mnist-fit"])
    pictures = ["look", "mnist-curve", "mnist-confusion", "mnist-counts", "chart", "curves"]
    assert shown(cells, "image/png") == pictures
    (table,) = cells["side-by-side"].outputs
    rows = table.data["text/markdown"].splitlines()[2:]
    assert [row.split(" | ")[3] for row in rows] == [
        *("23,860", "23,860", "41,090", "41,090", "41,090", "23,860", "23,920", "41,250", "11,842", "3,202")
    ]
    assert "not trained" not in table.data["text/markdown"]


@pytest.mark.slow
def test_the_solutions_second_notebook_runs_to_its_end_without_the_weights(workshop):
    cells = run(copy(SOLUTION, workshop), read(SOLUTION, NAMES[1]))
    assert "20,365,002 parameters" in printed(cells["vgg-try"])
    assert "The pre-trained weights are not here" in printed(cells["pretrained-fit"])
    assert shown(cells, "image/png") == ["look", "vgg-curve", "vgg-confusion", "vgg-counts"]


@pytest.mark.slow
def test_who_works_in_the_notebook_needs_no_module(workshop):
    workshop.mkdir()
    notebook = read(HANDOUT, NAMES[0])
    solved = {
        f"{module}.py": (SOLUTION / f"{module}.py").read_text(encoding="utf-8")
        for module in (one.name for one in in_force().modules)
    }
    with_code = student_notebooks({NAMES[0]: (SOLUTION / NAMES[0]).read_text(encoding="utf-8")}, FILES | solved)
    written = {c.id: switched_on(c.source) for c in nbformat.reads(with_code[NAMES[0]], as_version=4).cells}
    for cell in notebook.cells:
        if "module" in cell.metadata.get("hw1", {}):
            cell.source = written[cell.id]
    notebook.cells = [cell for cell in notebook.cells if not cell.id.endswith("-import")]
    cells = run(workshop, notebook)
    assert "204,826 parameters" in printed(cells["mnist-try"])
    assert "Exp10: 3,202 parameters" in printed(cells["exp-9-10"])


@pytest.mark.slow
@pytest.mark.timeout(1500)  # VGG-19's three epochs took five minutes on two busy cores
@pytest.mark.parametrize(("name", "cell", "floor"), [(NAMES[0], "mnist-fit", 85), (NAMES[1], "vgg-fit", 40)])
def test_on_all_embedded_data_the_solution_learns(name, cell, floor, workshop, monkeypatch):
    monkeypatch.delenv(walkthrough.QUICK)
    cells = run(copy(SOLUTION, workshop), read(SOLUTION, name), 1200)
    accuracies = re.findall(r"Test set: Accuracy: \d+/\d+ \((\d+)%\)", printed(cells[cell]))
    assert int(accuracies[-1]) >= floor


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data are not beside the repository")
def test_real_data_are_used_where_they_are(workshop, monkeypatch):
    data = workshop.parent / "data"
    subprocess.run([sys.executable, str(REAL / "prepare.py"), str(data)], check=True)
    monkeypatch.setenv("HW1_DATA", str(data))
    copy(SOLUTION, workshop)
    for name, title in zip(NAMES, ("MNIST", "CIFAR-10"), strict=True):
        cells = run(workshop, read(SOLUTION, name), 600)
        assert printed(cells["data"]).startswith(title)


@pytest.mark.slow
def test_with_the_pre_trained_weights_the_second_notebook_trains_both_networks(workshop):
    import torch
    from torchvision.models import vgg19_bn

    from autograder.deep_learning.data.weights import convert_weights

    source = workshop.parent / "vgg.pth"
    torch.save(vgg19_bn(weights=None).features.state_dict(prefix="features."), source)
    convert_weights(source, data_folder())
    copy(SOLUTION, workshop)
    cells = run(workshop, read(SOLUTION, NAMES[1]), 600)
    assert "Test set: Accuracy" in printed(cells["pretrained-fit"])
    assert shown(cells, "image/png")[-3:] == ["pretrained-curve", "pretrained-counts", "pretrained-counts"]


# What they need of the kit


@pytest.fixture
def digits():
    return walkthrough.load("mnist")


def test_data_are_cut_and_epochs_are_few_only_where_a_test_asks_for_it(digits, monkeypatch):
    assert len(digits.train_labels) == 1437
    assert walkthrough.recipe_for("1.2.3", digits) == read_rubric().recipes["1.2-sgd"]["digits"]
    monkeypatch.setenv(walkthrough.QUICK, "1")
    cut = walkthrough.load("mnist")
    assert (len(cut.train_labels), len(cut.test_images)) == (320, 100)
    assert np.array_equal(cut.train_images, digits.train_images[:320])
    assert walkthrough.recipe_for("1.2.3", cut).epochs == 1


def test_a_folder_without_the_data_is_named(tmp_path):
    with pytest.raises(MisuseError, match="MNIST is not in"):
        walkthrough.load("mnist", tmp_path)


def test_without_weights_there_is_no_file_and_damaged_ones_are_said(tmp_path):
    assert walkthrough.weights_file(tmp_path) is None
    (tmp_path / "vgg19_bn-features.safetensors").write_bytes(b"")
    with pytest.raises(MisuseError, match="is missing"):
        walkthrough.weights_file(tmp_path)


@pytest.mark.parametrize("losses", [[], [2.3], [2.3, float("nan")], list(range(100))])
def test_a_curve_is_drawn_of_any_number_of_losses(digits, losses):
    png, how = walkthrough.curve("1.1", Result(10, [(losses, 0.5), (losses, 0.9)]), digits)._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert how["width"] == walkthrough.SHOWN_WIDTH


def test_the_table_says_which_experiments_are_not_trained_yet(digits):
    table = walkthrough.experiments_table({2: Result(23_860, [([], 0.5), ([], 0.8437)])}, digits)._repr_markdown_()
    rows = table.splitlines()[2:]
    assert ["not trained" in row for row in rows] == [True, False, *[True] * 8]
    assert "84.4 %" in rows[1]
