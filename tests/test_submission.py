"""Hand-ins are found and read as bytes: no link is followed, no file is too large, nothing raises."""

import os
from dataclasses import replace

import pytest

from autograder.errors import MisuseError
from autograder.rubric import read_rubric
from autograder.submission import Submission, find_hand_ins, newest_of_each, read_submission

LIMITS = read_rubric().limits


@pytest.fixture
def write(tmp_path):
    """Writes files below the test's folder."""

    def write(*names: str, data: bytes = b"x = 1\n"):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return tmp_path

    return write


def test_a_folder_that_holds_a_known_file_is_one_hand_in(write):
    base = write("ann/vgg.py", "ann/more/mnist.py")
    assert find_hand_ins([base / "ann"]) == ([base / "ann"], [])


def test_each_child_of_another_folder_is_a_hand_in(write):
    base = write("ben/vgg.py", "ann/answers.md", "cal/readme.txt")
    assert find_hand_ins([base]) == ([base / "ann", base / "ben", base / "cal"], [])


def test_several_paths_are_taken_in_their_order(write):
    base = write("two/ben/vgg.py", "one/vgg.py")
    assert find_hand_ins([base / "two", base / "one"])[0] == [base / "two" / "ben", base / "one"]


def test_hidden_and_left_over_folders_and_the_folder_of_the_reports_are_passed_over(write):
    base = write("ann/vgg.py", ".git/vgg.py", "__MACOSX/vgg.py", "__pycache__/vgg.py", "graded/ann/report.json")
    assert find_hand_ins([base], exclude=base / "graded") == ([base / "ann"], [])


def test_files_and_links_where_a_folder_was_expected_are_listed(write):
    base = write("ann/vgg.py", "grades.csv")
    (base / "link").symlink_to(base / "ann")
    found, remarks = find_hand_ins([base])
    assert found == [base / "ann"]
    assert [remark.partition(": ")[2] for remark in remarks] == [
        "a file where a hand-in's folder was expected, passed over",
        "a symbolic link, not followed",
    ]


def test_a_path_that_is_missing_a_file_or_empty_is_misuse(write):
    base = write("ann/vgg.py")
    (base / "empty").mkdir()
    with pytest.raises(MisuseError, match="does not exist"):
        find_hand_ins([base / "none"])
    with pytest.raises(MisuseError, match="is a file"):
        find_hand_ins([base / "ann" / "vgg.py"])
    with pytest.raises(MisuseError, match="no hand-in"):
        find_hand_ins([base / "empty"])


def test_sources_and_answers_are_read_and_nothing_else(write):
    base = write("vgg.py", "answers.md", "nets/blocks.py", "nets/notes.md", "model.pt", "data.csv", "net.ipynb")
    one = read_submission(base, LIMITS)
    assert sorted(one.files) == ["answers.md", "nets/blocks.py", "vgg.py"]
    assert one.files["vgg.py"] == b"x = 1\n"
    assert (one.id, one.problems, one.remarks) == (base.name, {}, ())


@pytest.mark.parametrize("top", ["hw1", "hw1/submission"])
def test_a_folder_around_the_files_is_looked_through(write, top):
    base = write(f"ann/{top}/vgg.py", f"ann/{top}/nets/blocks.py", "ann/__MACOSX/vgg.py")
    one = read_submission(base / "ann", LIMITS)
    assert one.id == "ann"
    assert sorted(one.files) == ["nets/blocks.py", "vgg.py"]


def test_left_over_hidden_and_very_deep_files_are_not_read(write):
    deep = "/".join("abcdefgh")
    base = write("vgg.py", "__pycache__/a.py", ".venv/b.py", "venv/c.py", "._vgg.py", "__MACOSX/d.py", f"{deep}/e.py")
    assert sorted(read_submission(base, LIMITS).files) == ["vgg.py"]


def test_links_are_named_and_not_followed(write):
    base = write("ann/mnist.py", "secret.py", "folder/x.py")
    ann = base / "ann"
    (ann / "vgg.py").symlink_to(base / "secret.py")
    (ann / "linked").symlink_to(base / "folder")
    (ann / "loop").symlink_to(ann)
    (ann / "trainer.py").symlink_to(base / "nowhere")
    one = read_submission(ann, LIMITS)
    assert sorted(one.files) == ["mnist.py"]
    assert set(one.problems) == {"vgg.py", "trainer.py"}
    assert all("symbolic link" in text for text in one.problems.values())


def test_a_folder_or_a_pipe_with_a_known_name_is_a_problem(write):
    base = write("mnist.py", "vgg.py/inside.py")
    os.mkfifo(base / "trainer.py")
    one = read_submission(base, LIMITS)
    assert sorted(one.files) == ["mnist.py"]
    assert one.problems == {
        "vgg.py": "vgg.py is a folder, not a file",
        "trainer.py": "trainer.py is not a regular file",
    }


def test_a_source_over_the_limit_is_a_problem_and_does_not_cost_the_others(write):
    base = write("mnist.py")
    write("vgg.py", data=b"#" * 1001)
    one = read_submission(base, replace(LIMITS, source_bytes=1000, hand_in_bytes=1000))
    assert sorted(one.files) == ["mnist.py"]
    assert "vgg.py has" in one.problems["vgg.py"]


def test_a_source_of_exactly_the_limit_is_read(write):
    base = write("vgg.py", data=b"#" * 1000)
    assert sorted(read_submission(base, replace(LIMITS, source_bytes=1000)).files) == ["vgg.py"]


@pytest.mark.parametrize("limits", [replace(LIMITS, hand_in_files=3), replace(LIMITS, hand_in_bytes=20)])
def test_reading_ends_at_the_limit_of_the_whole_hand_in_with_a_remark(write, limits):
    base = write(*(f"m{n}.py" for n in range(9)), "vgg.py")
    one = read_submission(base, limits)
    assert len(one.files) == 3
    assert "the rest was not read" in one.remarks[0]


def test_an_empty_folder_is_a_hand_in_without_files(tmp_path):
    one = read_submission(tmp_path, LIMITS)
    assert (one.files, one.problems, one.modified) == ({}, {}, 0)


def test_the_digest_tells_equal_hand_ins_from_others(write):
    base = write("one/vgg.py", "two/vgg.py", "three/vgg.py", "three/a.py")
    write("four/vgg.py", data=b"x = 2\n")
    one, two, three, four = (read_submission(base / name, LIMITS) for name in ("one", "two", "three", "four"))
    assert one.digest == two.digest
    assert len({one.digest, three.digest, four.digest}) == 3
    assert Submission("a", {"ab": b"c"}).digest != Submission("a", {"a": b"bc"}).digest
    assert Submission("a", {}, {"vgg.py": "gone"}).digest != Submission("a", {}).digest


def test_mentions_looks_into_sources_only():
    one = Submission("a", {"vgg.py": b"import pandas", "answers.md": b"tqdm"})
    assert one.mentions([b"pandas", b"tqdm", b"sklearn"]) == {b"pandas"}


def test_the_time_of_a_hand_in_is_its_newest_files(write):
    base = write("vgg.py", "mnist.py", "data.csv")
    for name, seconds in (("vgg.py", 100), ("mnist.py", 300), ("data.csv", 900)):
        os.utime(base / name, (seconds, seconds))
    assert read_submission(base, LIMITS).modified == 300


def test_of_two_hand_ins_of_one_student_the_newest_counts_and_the_other_is_listed():
    given = [
        Submission("ben", {}, modified=1, origin="b"),
        Submission("ann", {}, modified=9, origin="new"),
        Submission("ann", {}, modified=2, origin="old"),
        Submission("ann", {}, modified=1, origin="oldest"),
    ]
    kept, remarks = newest_of_each(given)
    assert [(one.id, one.origin) for one in kept] == [("ann", "new"), ("ben", "b")]
    assert remarks == [
        "ann: two hand-ins; old is newer and counts, oldest does not",
        "ann: two hand-ins; new is newer and counts, old does not",
    ]
