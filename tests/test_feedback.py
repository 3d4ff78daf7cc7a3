"""The copy of a notebook with remarks: each under its cell, nothing in it runs, nothing secret is in it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.cohort.folder import ReportFolder
from autograder.cohort.journal import Journal
from autograder.cohort.overriding import Entry
from autograder.cohort.overriding import opened as overridden
from autograder.cohort.pages import remarks_by_cell
from autograder.cohort.run import grade_all
from autograder.cohort.tables import PAGES, opened, render_class
from autograder.evidence import Evidence, Origin
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.keeping.frames import framed
from autograder.keeping.kept import Kept
from autograder.keeping.standing import Stand
from autograder.render.notebook import ShownCell, notebook_json, notebook_page
from autograder.report import Written, make_report
from autograder.rubric import read_rubric
from tests.notebooks import code, notebook, original_layout, text

RUBRIC = read_rubric()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def graded(kit, tmp_path):
    """Grades notebooks as a class is graded; the folder of the one student's documents."""

    def run(files: dict[str, bytes]) -> Path:
        folder = tmp_path / "in" / "20260001"
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        submission = read_submission(folder, RUBRIC.limits)
        folder = ReportFolder(tmp_path / "out", RUBRIC)
        with Journal(tmp_path / "out/journal.sqlite") as journal:
            list(grade_all([submission], kit, folder, journal, 1))
        return tmp_path / "out" / "20260001"

    return run


def test_what_came_of_each_check_stands_under_the_cell_that_it_is_about(graded, solution, tmp_path):
    folder = graded(original_layout(solution))
    for name in ("hw1-1", "hw1-2"):
        copy = nbformat.read(folder / f"{name}.feedback.ipynb", as_version=4)
        nbformat.validate(copy)
        ours = [n for n, cell in enumerate(copy.cells) if "hw1-feedback" in cell.metadata.get("tags", [])]
        assert ours[0] == 0
        assert "points earned" in copy.cells[0].source
    copy = nbformat.read(folder / "hw1-1.feedback.ipynb", as_version=4)
    for number, cell in enumerate(copy.cells):
        if "1.2.3: Exp3" in cell.source:
            assert "class MNIST_Net" in copy.cells[number - 1].source
            break
    else:
        pytest.fail("nothing is said of Exp3")
    page = (folder / "hw1-2.feedback.html").read_text()
    assert "2.1c-function" in page
    assert "<script" not in page.lower()
    made = pages_in(folder)
    shutil.rmtree(tmp_path / "in")
    for name in made:
        (folder / name).unlink()
    rendered(folder.parent)  # without the hand-in
    assert pages_in(folder) == made


@pytest.fixture
def shown(tmp_path):
    """The folder of a student's documents, with the pages of two notebooks, and nothing of the hand-in."""
    report = make_report("20260001", "digest", CHECKS, {}, RUBRIC, (), {"seed": "secret"})
    report = replace(report, places={"2.1a": Origin("hw1-1.ipynb", 1, 1), "1.2a": Origin("hw1-2.ipynb", 1, 1)})
    cells = json.dumps([{"number": 1, "kind": "code", "source": "x = 1", "outputs": [{"png": PNG}]}]).encode()
    seen = Evidence({"problem": ""}, {"cells": np.frombuffer(cells, np.uint8)})
    stands_on = {}
    (tmp_path / "out").mkdir()
    with Journal(tmp_path / "out/journal.sqlite") as journal:
        journal.begin({"rubric": RUBRIC.digest}, {})
        for name in ("hw1-1.ipynb", "hw1-2.ipynb"):
            probe = f"cells of {name}"
            stands_on[probe] = Stand(name.encode().hex())
            journal.keep(name.encode(), probe, Kept(framed(seen), b"", {}, 0.1))
        journal.write("20260001", "digest", "basis", "", report.to_json(), {"": stands_on})
    assert rendered(tmp_path / "out") == []
    return tmp_path / "out" / "20260001"


def pages_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.feedback.*")}


def test_pages_that_are_gone_come_from_the_journal_and_those_that_are_there_stay(shown):
    made = pages_in(shown)
    assert set(made) == {f"hw1-{number}.feedback.{end}" for number in (1, 2) for end in ("html", "ipynb")}
    assert PNG.encode() in made["hw1-1.feedback.html"]
    (shown / "hw1-1.feedback.html").write_text("a person's")
    for name in made.keys() - {"hw1-1.feedback.html"}:
        (shown / name).unlink()
    assert rendered(shown.parent) == []
    assert pages_in(shown) == {**made, "hw1-1.feedback.html": b"a person's"}


def test_a_page_keeps_what_the_kit_said(shown):
    made = pages_in(shown)
    with overridden(shown.parent, RUBRIC, "Teaching assistant 1") as overrides:
        overrides.decide({"": Entry("20260001", "2.1a", "5", "a typing error")})
    (shown / "hw1-1.feedback.html").unlink()
    rendered(shown.parent)
    assert pages_in(shown) == made


def test_where_the_journal_does_not_hold_a_notebook_it_is_said(shown):
    made = pages_in(shown)
    with Journal(shown.parent / "journal.sqlite") as journal, journal.writing() as db:
        db.execute("DELETE FROM observation WHERE probe = 'cells of hw1-2.ipynb'")  # as if it had been too large
    assert rendered(shown.parent) == []
    for name in made:
        (shown / name).unlink()
    assert rendered(shown.parent) == [f"{PAGES} 20260001"]
    assert pages_in(shown) == {name: data for name, data in made.items() if name.startswith("hw1-1.")}


def rendered(out: Path) -> list[str]:
    """What `hw1 report` remarks."""
    with opened(out, RUBRIC) as (journal, folder):
        render_class(journal, folder)
        return journal.remarks


def test_nothing_of_a_hostile_notebook_runs_in_the_copy(graded):
    cell = code(f"class MNIST_Net:\n    '''{HOSTILE}'''\n", hw1={"module": "mnist"})
    cell["outputs"] = [
        {"output_type": "display_data", "data": {"text/html": HOSTILE, "image/svg+xml": HOSTILE}, "metadata": {}},
        {"output_type": "display_data", "data": {"application/javascript": "alert(1)"}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}},
        {"output_type": "display_data", "data": {"image/png": f'x" onerror="{HOSTILE}'}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": f"\x1b[31m{HOSTILE}\u202e"},
    ]
    folder = graded({"hw1-1.ipynb": notebook(text(HOSTILE), cell)})
    page = (folder / "hw1-1.feedback.html").read_text()
    assert "<script" not in page
    assert not re.search(r"<[^>]*onerror", page)
    assert "default-src 'none'" in page
    assert page.count("data:image/png;base64,") == 1
    copy = json.loads((folder / "hw1-1.feedback.ipynb").read_text())
    kinds = {kind for one in copy["cells"] for out in one.get("outputs", []) for kind in out.get("data", {})}
    assert kinds == {"image/png"}
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_hand_ins_without_a_notebook_that_counts_have_no_copy(graded, solution):
    files = {path.name: path.read_bytes() for path in solution.glob("*.py")}
    folder = graded({**files, "hw1-1.ipynb": notebook(code("x = 1"))})
    assert not list(folder.glob("*.feedback.*"))


def test_remarks_on_lines_stand_in_the_copy_too(graded):
    cells = [code("class MNIST_Net:\n    pass\n", hw1={"module": "mnist"}), code("train(", hw1={"module": "mnist"})]
    folder = graded({"hw1-1.ipynb": notebook(*cells)})
    copy = nbformat.read(folder / "hw1-1.feedback.ipynb", as_version=4)
    assert any("line 1:" in cell.source for cell in copy.cells if cell.cell_type == "markdown")


def test_without_cells_all_is_said_at_the_top():
    report = make_report("20260001", "d", (), {}, RUBRIC, (), {})
    assert set(remarks_by_cell(report, "hw1-1.ipynb")) == {0}


def test_remarks_are_no_markdown_and_no_html():
    cells = [ShownCell(1, "markdown", HOSTILE), ShownCell(2, "code", "x", ("printed",), (PNG,))]
    remarks = {0: ["# sum"], 2: [f"{HOSTILE}\n* star"]}
    copy = nbformat.reads(notebook_json(cells, remarks), as_version=4)
    nbformat.validate(copy)
    said = copy.cells[-1].source.splitlines()
    assert all(line.startswith("    ") for line in said)
    assert "<script" not in notebook_page("t", cells, remarks)


def test_an_answer_that_may_stand_elsewhere_is_said_at_the_top_once():
    written = [Written(name, "", (), "not in answers.md; report.pdf has 9 pages") for name in RUBRIC.by_hand]
    report = make_report("20260001", "digest", (), {}, RUBRIC, (), {}, (), written)
    said = remarks_by_cell(report, "hw1-1.ipynb")[0]
    assert said.count("Written answers: not in answers.md; report.pdf has 9 pages.") == 1
