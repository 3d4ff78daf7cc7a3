"""However right files are arranged and packed, they count as in a flat folder, or it is open what counts."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from autograder.grade import judge
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.ingest.unused import looks_like
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.staff.start import collect
from autograder.submission import Submission
from tests.arrangements import packed

RUBRIC = read_rubric()
FLAT = {f"{name}.py": f"# {name}\nimport helper\n".encode() for name in (one.name for one in in_force().modules)} | {
    "answers.md": b"## Q1\n\nAn answer.\n",
    "helper.py": b"x = 1\n",
    "checkpoints/1.1.safetensors": b"weights",
    "report.pdf": b"%PDF-1.4",
}


@pytest.fixture
def read(tmp_path):
    """Reads a hand-in of these files, from a folder."""

    def read(files: dict[str, bytes], name: str = "20260001") -> Submission:
        for each, data in files.items():
            path = tmp_path / name / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return read_submission(tmp_path / name, RUBRIC.limits, tmp_path)

    return read


def test_parts_in_two_folders_count_with_the_helpers_beside_them(read):
    files = {"one/mnist.py": b"import helper", "one/helper.py": b"a", "two/vgg.py": b"import more", "two/more.py": b"b"}
    one = read(files)
    assert one.files == {"mnist.py": b"import helper", "helper.py": b"a", "vgg.py": b"import more", "more.py": b"b"}


def test_two_different_files_of_one_name_are_open_and_both_are_named(read):
    one = read({"a/mnist.py": b"1", "b/mnist.py": b"2", "a/vgg.py": b"3", "b/trainer.py": b"4"})
    assert sorted(one.files) == ["trainer.py", "vgg.py"]
    assert one.open_reason("mnist.py") == "a/mnist.py and b/mnist.py differ, and only one of them can be mnist.py"
    assert one.open_reason("mnist.py") in one.about_files


def test_the_same_file_twice_counts_once(read):
    one = read({"a/mnist.py": b"1", "b/mnist.py": b"1", "b/vgg.py": b"2"})
    assert (one.files, one.undecided) == ({"mnist.py": b"1", "vgg.py": b"2"}, {})


def test_two_that_differ_are_open_however_near_to_the_top_one_of_them_lies(read):
    one = read({"mnist.py": b"1", "old/mnist.py": b"2", "old.zip": packed({"mnist.py": b"3", "vgg.py": b"4"}, "zip")})
    assert one.files == {"vgg.py": b"4"}
    listed = "mnist.py, old/mnist.py and old.zip/mnist.py"
    assert one.open_reason("mnist.py") == f"{listed} differ, and only one of them can be mnist.py"


def test_line_ends_make_no_other_file_of_it(read):
    one = read({"a/mnist.py": b"1\n2\n", "b/mnist.py": b"1\r\n2"})
    assert one.files == {"mnist.py": b"1\n2\n"}


def test_the_handouts_own_files_hide_nobodys_work(assignment, read):
    names = ("mnist.py", "vgg.py", "hw1-1.ipynb", "hw1-2.ipynb", "answers.md")
    handout = {name: (assignment / name).read_bytes() for name in names}
    work = {"mnist.py": b"1", "trainer.py": b"2", "vgg.py": b"3", "ablations.py": b"4", "answers.md": b"5"}
    for name, arranged in {
        "20260001": {f"work/{name}": data for name, data in work.items()},
        "20260002": {"work.zip": packed(work, "zip")},
    }.items():
        one = read({**handout, **arranged}, name)
        assert one.files == work
        assert sum("vgg.py is the unchanged handout's" in remark for remark in one.remarks) == 1
    untouched = read(handout, "20260003")
    assert untouched.files["mnist.py"] == handout["mnist.py"]


def test_a_helper_that_differs_between_two_folders_leaves_open_what_uses_it(read):
    one = read({"a/mnist.py": b"import util", "a/util.py": b"1", "b/vgg.py": b"import util", "b/util.py": b"2"})
    assert sorted(one.files) == ["mnist.py", "util.py"]
    assert one.open_reason("vgg.py") == "b/util.py and a/util.py differ, and vgg.py uses the first"


def test_two_checkpoints_of_one_training_are_named_and_none_counts(read):
    names = ("a/mnist.py", "b/vgg.py", "a/checkpoints/1.1.safetensors", "b/checkpoints/1.1.safetensors")
    one = read(dict.fromkeys(names, b""))
    assert one.checkpoints == {}
    assert any("are all checkpoints of training 1.1" in remark for remark in one.remarks)


NOT_READ = {
    "20260001.7z": b"7z\xbc\xaf\x27\x1c rest",
    "20260001.rar": b"Rar!\x1a\x07\x01\0",
    "20260001.egg": b"EGGA",
    "20260001.gz": b"\x1f\x8b",
    "20260001.zip": b"PK\3\4 and nothing else",
    "20260001.tar.xz": b"\xfd7zXZ\0 and nothing else",
}


@pytest.mark.parametrize("name", NOT_READ)
def test_what_cannot_be_read_is_a_row_with_open_points_and_the_sentence(name, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(NOT_READ[name])
    roster = tmp_path / "roster.csv"
    roster.write_text("id\n20260001\n20260002\n")
    one, missing = collect([tmp_path / "in"], RUBRIC, tmp_path / "out", None, roster)[0]
    assert (one.id, one.absent, missing.absent) == ("20260001", False, True)
    assert "no hand-in" not in " ".join(one.about_files)
    assert one.unread
    assert one.unread[0] in one.about_files
    for name, outcome in first_outcomes(one).items():
        assert outcome.status is Status.UNSETTLED, name
        assert one.unread[0] in (outcome.shown or outcome.reason)


def first_outcomes(one: Submission) -> dict[str, Outcome]:
    """What comes of each check where nothing of the hand-in's is run."""
    case = Kit(train="never", scratch=Path(one.origin).parent).case(one, object())
    return {check.id: judge(check, case) for check in CHECKS}


def test_a_file_that_is_open_costs_nothing_and_the_others_are_judged(read):
    one = read({"a/mnist.py": b"1", "b/mnist.py": b"2"})
    outcomes = first_outcomes(one)
    assert outcomes["1.1-structure"].status is outcomes["files-mnist"].status is Status.UNSETTLED
    assert "a/mnist.py and b/mnist.py differ" in outcomes["1.1-structure"].shown
    assert (outcomes["1.2a"].status, outcomes["1.2a"].reason) == (Status.FAILED, "trainer.py is missing.")


@pytest.mark.parametrize(
    ("name", "like"),
    [
        *((name, "mnist.py") for name in ("MNIST.py", "mnist (1).py", "mnist.py.txt", "mnist-1.py", "Mnist.PY")),
        *((name, "mnist.py") for name in ("mnist copy.py", "mnist_final_v2.py", "mnist - 복사본.py", "ｍｎｉｓｔ.py")),
        *(("trainers.py", "trainer.py"), ("ablation.py", "ablations.py"), ("VGG19.py", "vgg.py"), ("vgg", "")),
        *(
            (name, "answers.md")
            for name in ("Answers.md", "answer.md", "answers.txt", "answers.md.txt", "answers.docx")
        ),
        *(("hw1-1.ipynb.txt", "hw1-1.ipynb"), ("hw1-2.py", "hw1-2.ipynb"), ("HW1_1.html", "hw1-1.ipynb")),
        *((name, "") for name in ("plot.py", "utils.py", "notes.md", "mnist_data.csv", "a" * 500, "", ".", "x.py")),
    ],
)
def test_a_name_that_is_nearly_right_is_known(name, like):
    assert looks_like(name) == like


def test_a_file_that_is_nearly_called_right_is_named_once_to_staff_and_student(read):
    one = read({"MNIST.py": b"1", "vgg.py": b"2", "vgg (1).py": b"3", "hw1-1.ipynb.txt": b"{}", "data.csv": b""})
    said = one.about_files
    assert "MNIST.py was not used: it looks like mnist.py; rename it to mnist.py" in said
    assert "vgg (1).py was not used: vgg.py is there and counts" in said
    assert "hw1-1.ipynb.txt was not used: it looks like hw1-1.ipynb; rename it to hw1-1.ipynb" in said
    assert "not used, because the homework has no files of these names: data.csv" in said
    for name in ("MNIST.py", "vgg (1).py", "hw1-1.ipynb.txt", "data.csv"):
        assert sum(name in sentence for sentence in said) == 1
    outcome = first_outcomes(one)["1.1-structure"]
    assert outcome.status is Status.UNSETTLED
    assert "mnist.py is missing, but MNIST.py looks like it: rename it to mnist.py" in outcome.shown


def test_a_script_that_holds_the_homeworks_classes_is_named_with_them(read):
    one = read({"hw1-1.py": b"class MNIST_Net:\n  pass\nclass Trainer:\n  pass\n", "work.py": b"class Exp3:\n  pass\n"})
    said = " ".join(one.about_files)
    assert "hw1-1.py was not used: it looks like a notebook saved as a script" in said
    assert "Hand in hw1-1.ipynb, or: put MNIST_Net into mnist.py and Trainer into trainer.py" in said
    assert "work.py was not used: put Exp3 into ablations.py" in said
    assert one.open_reason("mnist.py") == "mnist.py is missing, but hw1-1.py defines MNIST_Net: put that into mnist.py"
    assert all(one.open_reason(f"{name}.py") for name in (one.name for one in in_force().modules))


def test_a_script_that_a_module_imports_is_used(read):
    one = read({"mnist.py": b"from work import MNIST_Net\n", "work.py": b"class MNIST_Net:\n  pass\n"})
    assert one.about_files == ()


def test_many_unused_files_make_one_sentence(read):
    one = read({f"plot{number}.png": b"" for number in range(300)})
    (said,) = one.remarks
    assert said.endswith("and 288 more")
    assert len(said) < 600


def test_archives_of_data_leave_nothing_open(read):
    data = packed({"vgg.py": b"of another"}, "w:gz")
    names = ("data/MNIST/raw/train-images-idx3-ubyte.gz", "cifar-10-python.tar.gz", "datasets/all.zip", "weights.gz")
    one = read({"mnist.py": b"1", **dict.fromkeys(names, data)})
    assert (one.files, one.unread) == ({"mnist.py": b"1"}, ())
    assert len(one.remarks) == 1
    assert read({"vgg.py": b"1", "mnist.py.gz": data}, "20260002").unread


@pytest.mark.parametrize("roster", [True, False])
def test_a_single_file_that_is_called_by_an_id_is_a_hand_in(roster, tmp_path):
    base = tmp_path / "in"
    (base / "20260001").mkdir(parents=True)
    (base / "20260001" / "mnist.py").write_bytes(b"1")
    for name in ("20260002.ipynb", "20260002_report.pdf", "hw1-20260003.docx", "20260001.pdf", "grades-20260301.csv"):
        (base / name).write_bytes(b"")
    listed = tmp_path / "roster.csv"
    listed.write_text("id\n20260001\n20260002\n20260003\n")
    found, remarks = collect([base], RUBRIC, tmp_path / "out", None, listed if roster else None)
    assert [(one.id, one.absent) for one in found] == [(f"2026000{n}", False) for n in (1, 2, 3)]
    assert sorted(found[1].documents) == ["20260002.ipynb", "report.pdf"]
    assert "hw1-20260003.docx" in " ".join(found[2].about_files)
    passed_over = {PurePosixPath(remark.partition(": ")[0]).name for remark in remarks}
    assert passed_over == {"grades-20260301.csv"}
    assert sorted(found[0].documents) == ["report.pdf"]  # it lies beside the folder of its student


def test_a_helper_counts_wherever_it_lies_if_it_is_there_once(read):
    modules = packed({"mnist.py": b"from helper import x", "vgg.py": b"import deeper as d, numpy"}, "zip")
    one = read({"work.zip": modules, "helper.py": b"import third", "lib/deeper.py": b"2", "lib/third.py": b"3"})
    assert sorted(one.files) == ["deeper.py", "helper.py", "mnist.py", "third.py", "vgg.py"]
    assert one.about_files == ()
    two = read({"work.zip": modules, "a/helper.py": b"1", "b/helper.py": b"2", "numpy.py": b"mine"}, "20260002")
    assert sorted(two.files) == ["vgg.py"]
    assert two.open_reason("mnist.py") == "a/helper.py and b/helper.py differ, and mnist.py imports one of them"


@pytest.mark.parametrize("name", ["answers.md", "vgg.py"])
def test_what_may_lie_in_an_archive_that_was_not_opened_is_open(name, read):
    books = {"hw1-1.ipynb": b"{}", "hw1-2.ipynb": b"{} ", "more.zip": packed({name: b"1"}, "zip")}
    one = read(books)
    assert one.open_reason(name) == "more.zip was not opened, because notebooks or a PDF beside it replace the files"
    assert one.open_reason(name) in one.about_files


def test_files_of_any_kind_without_a_known_one_are_open_and_an_empty_folder_is_not(read):
    one = read({"plot.png": b"1", "README.md": b"", ".DS_Store": b""})
    assert one.open_reason("mnist.py").startswith(
        "none of the files that were handed in belongs to the homework (plot.png)"
    )
    assert read({"README.md": b"", ".DS_Store": b""}, "20260002").open_reason("mnist.py") == ""


@pytest.mark.parametrize("folder", ["env", ".mine", "checkpoints", "venv/mine"])
def test_known_files_in_a_folder_that_is_not_looked_through_are_open_and_named(folder, read):
    one = read({f"{folder}/mnist.py": b"1", "vgg.py": b"2"})
    assert one.open_reason("mnist.py").startswith(f"{folder}/mnist.py was not read, because folders called")
    assert one.open_reason("mnist.py") in one.about_files
    assert read({f"{folder}/mnist.py": b"1", "mnist.py": b"2"}, "20260002").about_files == ()


@pytest.mark.parametrize("name", ["homework", "homework.zip.txt", "homework.pdf", "homework.zip.part", "hw1.20260001"])
@pytest.mark.parametrize("kind", ["zip", "w:gz", "w"])
def test_an_archive_is_known_by_its_first_bytes_whatever_it_is_called(name, kind, read):
    one = read({name: packed({"mnist.py": b"1"}, kind), "notes.txt": b"no archive"})
    assert one.files == {"mnist.py": b"1"}


@pytest.mark.parametrize("name", ["20260001", "20260001.dmg", "20260001.jpg", "20260001.zip.part", "hw1 20260001.gdoc"])
def test_a_file_that_is_called_by_an_id_is_never_no_hand_in(name, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(b"whatever")
    roster = tmp_path / "roster.csv"
    roster.write_text("id\n20260001\n")
    (one,), remarks = collect([tmp_path / "in"], RUBRIC, tmp_path / "out", None, roster)
    assert (one.absent, remarks) == (False, [])
    assert name in one.open_reason("mnist.py")
    assert any(name in sentence for sentence in one.about_files)


def test_loose_files_lie_beside_what_their_student_handed_in(tmp_path):
    base = tmp_path / "in"
    base.mkdir()
    (base / "20260001.zip").write_bytes(packed({"vgg.py": b"1"}, "zip"))
    (base / "kim_20260001_report.pdf").write_bytes(b"%PDF-1.4")
    (one,), remarks = collect([base], RUBRIC, tmp_path / "out")
    assert (one.files, sorted(one.documents), remarks) == ({"vgg.py": b"1"}, ["report.pdf"], [])


def test_names_of_windows_programs_are_read_in_any_archive_and_folder(read):
    files = {"hw1\\mnist.py": b"1", "hw1/vgg.py": b"2", "hw1/sub\\trainer.py": b"3"}
    for number, arranged in enumerate(({"a.zip": packed(files, "zip")}, {"a.tar": packed(files, "w")}, files)):
        one = read(arranged, f"2026000{number}")
        right = {"mnist.py": b"1", "vgg.py": b"2", "trainer.py": b"3"}
        assert {name: one.files.get(name) for name in right} == right
        assert (one.undecided, one.unread) == ({}, ())


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "cp437"])
def test_a_zip_that_does_not_say_its_encoding_shows_the_name_as_it_was(encoding, read):
    name = {"cp437": "é.png"}.get(encoding, "그림.png")
    raw = name.encode(encoding)
    data = packed({f"hw1/{'x' * (len(raw) - 4)}.png": b"", "hw1/mnist.py": b"1"}, "zip")
    one = read({"a.zip": data.replace(b"x" * (len(raw) - 4) + b".png", raw)})
    assert one.files == {"mnist.py": b"1"}
    assert f"not used, because the homework has no files of these names: {name}" in one.remarks
