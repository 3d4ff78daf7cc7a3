"""What a notebook makes is judged as Jupyter would have it, however it makes it: equal, or open, never lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.grade import silent
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status
from autograder.student.check import check_one
from tests.conftest import write_hand_in
from tests.notebooks import code, notebook
from tests.notebooks.forms import BUILD, DIGITS, FORMS, IMPORTS, MAY_BE_OPEN, RIGHT, WRONG

WANTED = {RIGHT: Status.PASSED, WRONG: Status.FAILED}
CHECK = "1.1-structure"
SOME = ("a function of one's own", "a method put into the class", "data of a file", "the last value", "deleted")


@pytest.fixture
def judged(kit, tmp_path):
    """The status of the network that a form makes, by the kit."""

    def of(form: str) -> Status:
        book = notebook(code(IMPORTS), *map(code, FORMS[form][1]), code(BUILD))
        folder = write_hand_in(tmp_path / "20260001", {"hw1-1.ipynb": book})
        report = check_one(folder, kit, tuple(one for one in CHECKS if one.id == CHECK), silent)
        return next(line.outcome.status for line in report.lines if line.id == CHECK)

    return of


def executed(folder: Path) -> dict[str, str]:
    """Each form as Jupyter has it; one kernel for all, whose names are cleared between two forms."""
    from nbclient import NotebookClient

    (folder / DIGITS).write_text(json.dumps(list(range(10))))
    book: Any = nbformat.v4.new_notebook()
    begins = {}
    for form, (_, cells) in FORMS.items():
        begins[form] = len(book.cells)
        book.cells += [nbformat.v4.new_code_cell(cell) for cell in ("%reset -f", IMPORTS, *cells, BUILD)]
    NotebookClient(book, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    verdicts = {}
    for form, begin in begins.items():
        outputs = [out for cell in book.cells[begin : begin + len(FORMS[form][1]) + 3] for out in cell.outputs]
        printed = "".join(
            out.get("text", "") for out in outputs if out.output_type == "stream" and out.name == "stdout"
        )
        right = printed.endswith("(2, 10)\n") and not any(out.output_type == "error" for out in outputs)
        verdicts[form] = RIGHT if right else WRONG
    return verdicts


@pytest.mark.parametrize("form", SOME)
def test_some_forms_are_judged_as_jupyter_has_them(judged, form):
    assert judged(form) is (Status.UNSETTLED if form in MAY_BE_OPEN else WANTED[FORMS[form][0]])


@pytest.mark.slow
@pytest.mark.parametrize("form", [form for form in FORMS if form not in SOME])
def test_each_form_is_judged_as_jupyter_has_it(judged, form):
    assert judged(form) is (Status.UNSETTLED if form in MAY_BE_OPEN else WANTED[FORMS[form][0]])


@pytest.mark.slow
def test_jupyter_says_of_each_form_what_is_written_beside_it(tmp_path):
    assert len(FORMS) >= 40
    assert executed(tmp_path) == {form: verdict for form, (verdict, _) in FORMS.items()}
