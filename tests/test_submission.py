"""Hand-ins are found and read as bytes: no link is followed, no file is too large, nothing raises."""

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import submission
from autograder.errors import MisuseError
from autograder.ingest.checkpoint import CHECKPOINT_BYTES
from autograder.ingest.finding import find_hand_ins
from autograder.ingest.reading import newest_of_each, read_submission
from autograder.rubric import read_rubric
from autograder.submission import Submission

LIMITS = read_rubric().limits


def find(paths, exclude=None):
    """Where the hand-ins are, and the remarks."""
    with ExitStack() as opened:
        found = find_hand_ins(paths, LIMITS, opened, read_rubric().student_id, exclude)
    return [Path(one.origin) for one in found.hand_ins], found.remarks


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
    assert find([base / "ann"]) == ([base / "ann"], [])


def test_each_child_of_another_folder_is_a_hand_in(write):
    base = write("ben/vgg.py", "ann/answers.md", "cal/readme.txt")
    assert find([base]) == ([base / "ann", base / "ben", base / "cal"], [])


def test_several_paths_are_taken_in_their_order(write):
    base = write("two/ben/vgg.py", "one/vgg.py")
    assert find([base / "two", base / "one"])[0] == [base / "two" / "ben", base / "one"]


def test_hidden_and_left_over_folders_and_the_folder_of_the_reports_are_passed_over(write):
    base = write("ann/vgg.py", ".git/vgg.py", "__MACOSX/vgg.py", "__pycache__/vgg.py", "graded/ann/report.json")
    assert find([base], exclude=base / "graded") == ([base / "ann"], [])


def test_files_and_links_where_a_folder_was_expected_are_listed(write):
    base = write("ann/vgg.py", "grades.csv", "model.pth")
    (base / "link").symlink_to(base / "ann")
    found, remarks = find([base])
    assert found == [base / "ann"]
    assert sorted(remark.partition(": ")[2] for remark in remarks) == [
        "a file where a hand-in's folder was expected, skipped",
        "a file where a hand-in's folder was expected, skipped",
        "a symbolic link, not followed",
    ]


def test_archives_are_hand_ins_beside_folders_and_when_they_are_named(write):
    base = write("ann/vgg.py", "ben.ZIP", "cal.tar.gz", "dan.tgz", "._ben.zip")
    assert find([base]) == ([base / "ann", base / "ben.ZIP", base / "cal.tar.gz", base / "dan.tgz"], [])
    assert find([base / "ben.ZIP"]) == ([base / "ben.ZIP"], [])
    (base / "eve.zip").symlink_to(base / "ben.ZIP")
    assert find([base])[1] == [f"{base / 'eve.zip'}: a symbolic link, not followed"]


def test_a_path_that_is_missing_a_file_or_empty_is_misuse(write):
    base = write("ann/vgg.py")
    (base / "empty").mkdir()
    with pytest.raises(MisuseError, match="does not exist"):
        find([base / "none"])
    with pytest.raises(MisuseError, match="is a file"):
        find([base / "ann" / "vgg.py"])
    with pytest.raises(MisuseError, match="no hand-in"):
        find([base / "empty"])


def test_sources_and_answers_are_read_and_nothing_else(write):
    base = write("vgg.py", "answers.md", "nets/blocks.py", "nets/notes.md", "model.pt", "data.csv", "net.ipynb")
    one = read_submission(base, LIMITS)
    assert sorted(one.files) == ["answers.md", "nets/blocks.py", "vgg.py"]
    assert one.files["vgg.py"] == b"x = 1\n"
    unused = "not used, because the homework has no files of these names: data.csv, model.pt, nets/notes.md"
    alone = "not used, because no module imports them: nets/blocks.py"
    assert (one.id, one.problems, one.remarks) == (base.name, {}, (unused, alone))


@pytest.mark.parametrize("top", ["hw1", "hw1/submission"])
def test_a_folder_around_the_files_is_looked_through(write, top):
    base = write(f"ann/{top}/vgg.py", f"ann/{top}/nets/blocks.py", "ann/__MACOSX/vgg.py")
    one = read_submission(base / "ann", LIMITS)
    assert one.id == "ann"
    assert sorted(one.files) == ["nets/blocks.py", "vgg.py"]


def test_a_folder_that_holds_no_known_file_does_not_hide_the_one_that_does(write):
    base = write("ann/hw1/vgg.py", "ann/data/x.py", "ben/one/vgg.py", "ben/two/vgg.py")
    assert sorted(read_submission(base / "ann", LIMITS).files) == ["vgg.py"]
    ben = read_submission(base / "ben", LIMITS)
    assert (sorted(ben.files), ben.remarks) == (["vgg.py"], ())  # twice the same


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
    assert "the rest was not read" in one.remarks[-1]


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
        "ann: there are two hand-ins; old is newer and counts, oldest does not",
        "ann: there are two hand-ins; new is newer and counts, old does not",
    ]


def test_checkpoints_are_listed_by_training_and_all_else_beside_them_is_passed_over(write):
    names = ("1.1", "1.2.1", "1.2.10", "2.2a", "2.2b", "1.2.11", "2.2c", "best", "")
    base = write("vgg.py", *(f"checkpoints/{name}.safetensors" for name in names))
    write("checkpoints/log.txt", "checkpoints/curve.png", "checkpoints/mnist.py", "checkpoints/more/1.1.safetensors")
    write("1.2.2.safetensors", "nets/checkpoints/1.2.3.safetensors", "checkpoints/1.2.4.SAFETENSORS")
    one = read_submission(base, LIMITS)
    assert one.checkpoints == {name: base / "checkpoints" / f"{name}.safetensors" for name in names[:5]}
    assert sorted(one.files) == ["vgg.py"]
    said = "1.2.2.safetensors was not used: put it into the folder checkpoints beside the modules"
    source = "checkpoints/mnist.py was not read, because folders called checkpoints are skipped; move it out"
    assert (one.problems, one.remarks) == ({}, (source, said))


def test_checkpoints_stand_beside_the_known_files(write):
    base = write("ann/hw1/vgg.py", "ann/hw1/checkpoints/2.2a.safetensors", "ann/checkpoints/1.1.safetensors")
    assert list(read_submission(base / "ann", LIMITS).checkpoints) == ["2.2a"]


def test_checkpoints_alone_make_no_hand_in_and_a_source_among_them_is_none(write):
    base = write("ann/checkpoints/vgg.py", "ann/checkpoints/2.2a.safetensors")
    with pytest.raises(MisuseError, match="no hand-in"):
        find([base / "ann"])
    one = read_submission(base / "ann", LIMITS)
    assert (one.files, list(one.checkpoints)) == ({}, ["2.2a"])


def test_pickled_checkpoints_are_remarked_upon_and_not_read(write):
    base = write("vgg.py", "checkpoints/x.pth", "checkpoints/2.2a.PT", "checkpoints/b.ckpt", "checkpoints/c.pkl")
    one = read_submission(base, LIMITS)
    assert one.checkpoints == {}
    assert one.remarks == tuple(
        f"checkpoints/{name} was not read: only .safetensors files are"
        for name in ("2.2a.PT", "b.ckpt", "c.pkl", "x.pth")
    )


def test_a_pickled_checkpoint_for_every_epoch_makes_few_remarks(write):
    base = write("vgg.py", *(f"checkpoints/{epoch}.pt" for epoch in range(30)))
    remarks = read_submission(base, LIMITS).remarks
    assert len(remarks) == 6
    assert remarks[-1] == "25 more files in checkpoints were not read for the same reason"


def test_a_checkpoint_that_is_a_link_a_pipe_or_a_folder_is_a_problem(write):
    base = write("vgg.py", "secret.safetensors", "checkpoints/1.2.1.safetensors/x")
    (base / "checkpoints" / "1.1.safetensors").symlink_to(base / "secret.safetensors")
    (base / "checkpoints" / "other.safetensors").symlink_to(base / "secret.safetensors")
    os.mkfifo(base / "checkpoints" / "2.2a.safetensors")
    one = read_submission(base, LIMITS)
    assert one.checkpoints == {}
    assert one.problems == {
        f"checkpoints/{name}.safetensors": f"checkpoints/{name}.safetensors is {kind}"
        for name, kind in (
            ("1.1", "a symbolic link, which is not followed"),
            ("1.2.1", "a folder, not a file"),
            ("2.2a", "not a regular file"),
        )
    }


def test_a_folder_of_checkpoints_that_is_a_link_is_not_followed(write):
    base = write("ann/vgg.py", "ben/checkpoints/2.2a.safetensors")
    (base / "ann" / "checkpoints").symlink_to(base / "ben" / "checkpoints")
    one = read_submission(base / "ann", LIMITS)
    assert one.checkpoints == {}
    assert one.remarks == ("checkpoints is a symbolic link, which is not followed",)


def test_a_file_named_checkpoints_is_passed_over_and_a_closed_folder_is_remarked_upon(write, monkeypatch):
    base = write("one/vgg.py", "one/checkpoints", "two/vgg.py", "two/checkpoints/1.1.safetensors")
    assert read_submission(base / "one", LIMITS).checkpoints == {}
    scandir = os.scandir

    def closed(path):
        if path.name == "checkpoints":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    one = read_submission(base / "two", LIMITS)
    assert (sorted(one.files), one.checkpoints) == (["vgg.py"], {})
    assert one.remarks == ("checkpoints can't be read: Permission denied",)


def test_a_checkpoint_over_the_limit_is_a_problem_with_both_sizes(write):
    base = write("vgg.py", "checkpoints/1.1.safetensors", "checkpoints/2.2a.safetensors")
    os.truncate(base / "checkpoints" / "2.2a.safetensors", CHECKPOINT_BYTES + 10_000_000)
    os.truncate(base / "checkpoints" / "1.1.safetensors", CHECKPOINT_BYTES)
    one = read_submission(base, LIMITS)
    assert list(one.checkpoints) == ["1.1"]
    assert one.problems == {
        "checkpoints/2.2a.safetensors": "checkpoints/2.2a.safetensors has 272.1 MB; a checkpoint may have 262.1 MB"
    }


def test_the_digest_changes_with_a_checkpoints_bytes_name_and_presence(write):
    base = write("one/vgg.py", "two/vgg.py", "two/checkpoints/1.1.safetensors", "four/vgg.py")
    write("three/vgg.py", "three/checkpoints/1.1.safetensors", "four/checkpoints/1.2.1.safetensors")
    before = [read_submission(base / name, LIMITS) for name in ("one", "two", "three", "four")]
    assert before[1].digest == before[2].digest
    assert len({one.digest for one in before}) == 3
    write("three/checkpoints/1.1.safetensors", data=b"x = 2\n")
    assert read_submission(base / "three", LIMITS).digest != before[1].digest


def test_the_digest_without_checkpoints_is_that_of_earlier_reports():
    assert Submission("a", {"vgg.py": b"x = 1\n"}).digest == (
        "d93088f3ccd3bee8ac2ec5b216f0a89b4d02504f11450be6822ce9174bd39ebb"
    )


def test_a_checkpoint_is_hashed_once_and_never_raises(write, monkeypatch):
    base = write("vgg.py", "checkpoints/1.1.safetensors", "checkpoints/2.2a.safetensors")
    one = read_submission(base, LIMITS)
    (base / "checkpoints" / "1.1.safetensors").unlink()
    (base / "checkpoints" / "2.2a.safetensors").unlink()
    (base / "checkpoints" / "2.2a.safetensors").symlink_to(base / "vgg.py")
    assert one.checkpoint_hashes == {
        "1.1": "it can't be read: No such file or directory",
        "2.2a": "it is a symbolic link, which is not followed",
    }
    monkeypatch.setattr(submission, "known_hash", None)
    assert one.digest == one.digest


def test_the_time_of_a_hand_in_may_be_that_of_a_checkpoint(write):
    base = write("vgg.py", "checkpoints/1.1.safetensors", "checkpoints/log.txt")
    for name, seconds in (("vgg.py", 100), ("checkpoints/1.1.safetensors", 300), ("checkpoints/log.txt", 900)):
        os.utime(base / name, (seconds, seconds))
    assert read_submission(base, LIMITS).modified == 300


def test_documents_are_listed_where_they_lie_and_change_the_digest(write):
    base = write("vgg.py", "net.ipynb", "report.PDF", "more/notes.ipynb", "model.so", "run.sh")
    one = read_submission(base, LIMITS)
    assert one.documents == {name: base / name for name in ("net.ipynb", "more/notes.ipynb")} | {
        "report.pdf": base / "report.PDF"
    }
    assert one.digest != Submission("a", one.files).digest
    write("net.ipynb", data=b"other")
    assert read_submission(base, LIMITS).digest != one.digest


def test_a_link_that_took_the_place_of_a_folder_since_is_not_followed(write, monkeypatch):
    base = write("ann/vgg.py", "ann/nets/a.py", "secret/a.py")
    folder = base / "ann" / "nets"

    def swapped(path, *parts, **named):
        if path == "a.py" and not folder.is_symlink():
            raise AssertionError("a file is opened before its folder was")
        if path == "nets":
            folder.rename(base / "ann" / "old")
            folder.symlink_to(base / "secret")
        return real(path, *parts, **named)

    real = os.open
    monkeypatch.setattr(os, "open", swapped)
    monkeypatch.setattr(os, "supports_dir_fd", {swapped})
    one = read_submission(base / "ann", LIMITS)
    assert sorted(one.files) == ["vgg.py"]
    assert one.problems == {"nets/a.py": "nets/a.py is a symbolic link, which is not followed"}


def test_a_name_that_would_forge_a_line_is_shown_escaped_and_its_file_not_read(write):
    base = write("vgg.py", "a\nvgg.py", "b\u202eyp.py")
    one = read_submission(base, LIMITS)
    assert sorted(one.files) == ["vgg.py"]
    assert one.remarks == tuple(
        f"{name} has control or invisible characters in its name and was not read"
        for name in ("a\\nvgg.py", "b\\u202eyp.py")
    )


@pytest.mark.parametrize("name", ["20260001", "a.b_c-d@e.f", "_a", "a" * 80])
def test_a_plain_name_is_the_id(write, name):
    one = read_submission(write(f"{name}/vgg.py") / name, LIMITS)
    assert (one.id, one.remarks) == (name, ())


@pytest.mark.parametrize(
    ("name", "beginning", "said"),
    [
        ("-rf", "rf-", "-rf"),
        ("=cmd()", "_cmd__-", "=cmd()"),
        ("a b", "a_b-", "a b"),
        ("a\nb", "a_b-", "a\\nb"),
        ("@a", "a-", "@a"),
        ("x" * 90, "x" * 71 + "-", "x" * 79 + "…"),
        ("Grades.csv", "Grades.csv-", "Grades.csv"),
        ("\u202e", "_-", "\\u202e"),
    ],
)
def test_another_name_becomes_a_safe_id_that_is_nobody_elses(write, name, beginning, said):
    one = read_submission(write(f"{name}/vgg.py") / name, LIMITS)
    assert one.id.startswith(beginning)
    assert len(one.id) == len(beginning) + 8 <= 80
    assert one.remarks == (f"the hand-in is called {said}; reports call it {one.id}",)


def test_a_folder_that_is_gone_is_a_hand_in_without_files(tmp_path):
    one = read_submission(tmp_path / "none.zip", LIMITS)
    assert (one.id, one.files) == ("none", {})
    assert one.remarks == ("the archive none.zip can't be opened: No such file or directory; it was not read",)
