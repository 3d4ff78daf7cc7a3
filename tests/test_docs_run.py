"""Who follows the pages to start with, and the one on grading, sees what they say: their commands are run."""

from __future__ import annotations

import zipfile

import pytest
from pages import commands_of
from test_commands import GRADE, hw1, rows_of
from test_docs import APART

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
STUDENTS = ["docs/start-student.md", "autograder/staff/START.md"]
STAFFS = ["docs/start-staff.md", "docs/staff.md", "docs/hand-ins.md"]
NOTHING_DONE = ("check", "train")  # of the handout as it is: exit code 1


def shown(*pages):
    """The commands that stand in blocks of the pages, each once; not those that say why no test runs them."""
    commands = (one for page in pages for one in commands_of(page) if one.shown and one.words[0] == "hw1")
    return {str(one): list(one.words[1:]) for one in commands if str(one) not in APART}


def test_the_commands_of_the_students_pages(tmp_path):
    commands = shown(*STUDENTS)
    assert {"init", "check", "train", "pack"} == {words[0] for words in commands.values()}
    for line, words in commands.items():
        done = hw1(*words, cwd=tmp_path)
        assert done.returncode == (words[0] in NOTHING_DONE), f"{line}: {done.stdout}{done.stderr}"
    assert (tmp_path / "hw1-20260001.tar.gz").is_file()


@pytest.fixture(scope="module")
def course(tmp_path_factory, solution):
    """Hand-ins in a folder and in a download, and a roster."""
    root = tmp_path_factory.mktemp("course")
    right = (solution / "trainer.py").read_text(encoding="utf-8")
    wrong = right.replace("self.optimizer.zero_grad()", "pass")
    for student, text in (("20260001", right), ("20260003", wrong)):
        folder = root / "hand-ins" / student
        folder.mkdir(parents=True)
        (folder / "trainer.py").write_text(text, encoding="utf-8")
    with zipfile.ZipFile(root / "download.zip", "w") as archive:
        archive.writestr("20260003/trainer.py", right)
        archive.writestr("20260004/trainer.py", wrong)
    (root / "roster.csv").write_text("id,name\n20260003,A\n20260004,B\n20260005,C\n", encoding="utf-8")
    return root


def test_the_commands_of_staffs_pages(course):
    said = {}
    for line, words in shown(*STAFFS).items():
        if words == ["diff", "out", "1", "3"]:  # the page has graded twice by now
            assert hw1("grade", "hand-ins/", "-o", "out", *GRADE, cwd=course).returncode == 0
        more = GRADE if words[0] == "grade" else ()
        done = hw1(*words, *more, cwd=course)
        assert done.returncode == (words[0] in NOTHING_DONE), f"{line}: {done.stdout}{done.stderr}"
        said[line] = done.stdout
    assert "train-no-zero-grad" in said["hw1 explain out 20260003 1.2a"]
    assert "20260003" in said["hw1 diff out"]
    rows = {row["student"]: row["earned"] for row in rows_of(course / "out")}
    assert set(rows) == {"maximum", "20260001", "20260003", "20260004", "20260005"}
