"""The walk through the homework is whole, and no page of the docs gives the solution away."""

from __future__ import annotations

import re
import sys

import pytest
from pages import ROOT, pages

from autograder.home import solution_folder
from autograder.staff.leaks import find_leaks

sys.path[:0] = [str(ROOT / "benchmarks")]
import walk as walking  # noqa: E402
from working_copy import KNOWN, fresh, module_of, questions, todos, write_work  # noqa: E402

PAGE = walking.PAGE.read_text(encoding="utf-8")


def test_each_todo_is_walked_with_slips_that_fail_it_and_stands_in_the_page():
    assert list(walking.SLIPS) == list(todos())
    assert re.findall("^## TODO (.*)$", PAGE, re.MULTILINE) == [f"{todo}: {title}" for todo, title in todos().items()]
    for todo, slips in walking.SLIPS.items():
        for slip in slips:
            assert all(check.startswith(todo) for check in KNOWN[slip].fails), slip
            assert f"A slip (`{slip}`) in " in PAGE


def test_no_page_gives_the_solution_away():
    assert find_leaks(solution_folder(), {page: (ROOT / page).read_bytes() for page in pages()}) == []


def test_a_working_copy_has_what_is_done_and_stubs_for_the_rest(tmp_path):
    copy = fresh(tmp_path / "mine")
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    write_work(copy, [])
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    write_work(copy, ["1.2a"], ["train-no-zero-grad"], answered=["Q1"])
    trainer = (copy / "trainer.py").read_text(encoding="utf-8")
    assert "zero_grad()" not in trainer
    assert "loss.backward()" in trainer
    assert "TODO 1.2b" in trainer
    assert "TODO 1.2a" not in trainer
    answers = (copy / "answers.md").read_text(encoding="utf-8")
    assert [one for one in questions() if f"*Write your answer to {one} here.*" not in answers] == ["Q1"]
    assert "SOLUTION" not in trainer + answers


def test_a_diff_shows_the_slip_alone():
    assert walking.diff_of("train-no-zero-grad", ["1.2a"]) == "-                self.optimizer.zero_grad()"
    assert module_of("trainer", ["1.2a"], ["train-no-zero-grad"]) != module_of("trainer", ["1.2a"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_who_walks_sees_each_slip_called_by_its_name(tmp_path, monkeypatch):
    some = {todo: title for todo, title in todos().items() if todo in ("1.2a", "1.2.7")}
    monkeypatch.setattr(walking, "todos", lambda: some)
    folder = tmp_path / "walk"
    folder.mkdir()
    page = "\n".join(walking.walk(walking.runner(walking.HW1, folder, tmp_path / "home"), folder, lambda step: None))
    flat = " ".join(page.split())
    for todo in some:
        assert all(" ".join(KNOWN[slip].says.split()) in flat for slip in walking.SLIPS[todo])
    assert (folder / "hw1" / "hw1-20260001.tar.gz").is_file()
    assert page.count("$ hw1 pack") == 2
    assert str(tmp_path) not in page
