"""What `hw1 check` takes for a working copy: the folder itself, the one below it, or none."""

from __future__ import annotations

import pytest

from autograder.errors import MisuseError
from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric
from autograder.student.working_copy import where_it_is

LIMITS = read_rubric().limits


@pytest.fixture
def told(tmp_path):
    """What is said of a folder with these files."""

    def told(*names: str) -> tuple[str, ...]:
        for name in names:
            path = tmp_path / "mine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        return where_it_is(tmp_path / "mine", read_submission(tmp_path / "mine", LIMITS))

    return told


@pytest.mark.parametrize("name", ["mnist.py", "answers.md", "hw1-1.ipynb", "HW1_2.ipynb"])
def test_a_folder_with_a_known_file_or_a_notebook_is_one(name, told):
    assert told(name, "notes.txt") == ()


def test_one_folder_above_the_files_are_found_and_it_is_said_where(tmp_path, told):
    assert told("hw1/mnist.py", "hw1/vgg.py") == (f"The files were found below {tmp_path / 'mine'}: hw1",)


def test_parts_in_two_folders_are_one(tmp_path, told):
    assert told("one/mnist.py", "two/vgg.py") == (f"The files were found below {tmp_path / 'mine'}: one, two",)


def test_of_two_that_differ_one_has_to_be_named(told):
    with pytest.raises(
        MisuseError, match=r"holds several working copies \(a, b\): name one, as in hw1 check .*/mine/a$"
    ):
        told("a/mnist.py", "b/mnist.py")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plot.png", "hw1-2.ipynb. Name yours, as in hw1 check DIR, or make one: hw1 init DIR"),
        ("MNIST.py", "hw1-2.ipynb. mnist.py is missing, but MNIST.py looks like it: rename it to mnist.py. Name"),
        ("hw1-1.ipynb.txt", "it looks like hw1-1.ipynb; rename it to hw1-1.ipynb. Name"),
        ("work.7z", "mine is not a working copy"),
        ("env/mnist.py", "because folders called env are skipped; move it out. Name"),
    ],
)
def test_a_folder_without_any_is_none_and_a_file_that_is_nearly_one_is_named(name, said, told):
    with pytest.raises(MisuseError) as error:
        told(name)
    assert said in str(error.value)


def test_each_command_names_itself_in_what_it_says(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(MisuseError, match="Name yours, as in hw1 pack DIR, or make one"):
        where_it_is(tmp_path / "mine", read_submission(tmp_path / "mine", LIMITS), "pack")


def test_a_student_is_not_told_what_reports_would_call_the_folder(tmp_path):
    (tmp_path / "my work").mkdir()
    (tmp_path / "my work" / "mnist.py").touch()
    said = "the hand-in is called my work; reports call it"
    assert any(said in remark for remark in read_submission(tmp_path / "my work", LIMITS).remarks)
    assert not read_submission(tmp_path / "my work", LIMITS, named=False).remarks
