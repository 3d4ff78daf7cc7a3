"""`hw1 pack`: the archive holds what is handed in, whole or not at all, and is graded as the folder is."""

import errno
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from conftest import write_hand_in

from autograder.errors import MisuseError
from autograder.home import handout_folder
from autograder.homework import ANSWERS
from autograder.ingest.reading import read_submission
from autograder.render.text import without_colour
from autograder.rubric import read_rubric
from autograder.student import pack
from autograder.student.pack import archive_name, find_id, is_id, plan, remember_id, target, write_archive
from autograder.student.packing import packing_json, packing_lines

RUBRIC = read_rubric()
LIMITS = RUBRIC.limits
PATTERN = RUBRIC.student_id
HW1 = str(Path(sys.executable).parent / "hw1")
LITTER = {
    ".git/config": "x",
    ".env": "SECRET=1",
    ".venv/lib/a.py": "x = 1\n",
    "venv/lib/b.py": "x = 1\n",
    "__pycache__/mnist.py": "x = 1\n",
    ".hidden.py": "x = 1\n",
    "._mnist.py": "x = 1\n",
    "data/train.bin": b"\0" * 1000,
    "checkpoints/1.1-curve.png": b"\x89PNG",
    "checkpoints/1.1.json": "{}",
    "checkpoints/1.2-ablations.md": "# table",
    "checkpoints/9.9.safetensors": b"",
}


def weights(seed: int = 0, count: int = 1000) -> bytes:
    from safetensors.numpy import save

    return save({"weight": np.random.default_rng(seed).normal(size=count).astype("float32")})


def packed(folder: Path, out: Path, student: str = "20260042", force: bool = False) -> tuple[Path, pack.Packing]:
    packing = plan(folder, LIMITS, out)
    path = target(out, student, force)
    write_archive(packing, path, LIMITS)
    return path, packing


def names_of(packing: pack.Packing) -> list[str]:
    return [one.name for one in packing.files]


@pytest.fixture
def complete(tmp_path, solution) -> Path:
    """The solution with everything that real hand-ins have, and with what is left out of one."""
    more = {
        "helpers.py": "SCALE = 255\n",
        "tools/도우미.py": "x = 1\n",
        "report.pdf": b"%PDF-1.4\n%%EOF\n",
        "help.txt": "nobody",
        "checkpoints/1.1.safetensors": weights(1),
        "checkpoints/1.2.6.safetensors": weights(2),
        "checkpoints/1.2.6-unfinished.safetensors": weights(3),
    }
    return write_hand_in(tmp_path / "20260042", {**more, **LITTER}, solution)


@pytest.fixture
def half_done(tmp_path, solution) -> Path:
    """The handout with one module finished and a helper."""
    base = {path.name: path.read_bytes() for path in handout_folder().iterdir() if path.suffix in (".py", ".md")}
    files = {**base, "mnist.py": (solution / "mnist.py").read_bytes(), "helpers.py": "x = 1\n"}
    return write_hand_in(tmp_path / "half", files)


# What is in it


def test_all_that_is_handed_in_is_packed_and_nothing_else(complete, tmp_path):
    packing = plan(complete, LIMITS, tmp_path)
    wanted = {f"{name}.py" for name in ("mnist", "trainer", "ablations", "vgg", "helpers")} | {ANSWERS, "help.txt"}
    wanted |= {"tools/도우미.py", "report.pdf", "checkpoints/1.1.safetensors", "checkpoints/1.2.6.safetensors"}
    notebooks = {name for name in names_of(packing) if name.endswith(".ipynb")}
    assert set(names_of(packing)) - notebooks == wanted
    assert names_of(packing) == sorted(names_of(packing))
    assert packing.missing == ()


def test_each_file_is_told_with_its_size_and_what_it_is(complete, tmp_path):
    what = {one.name: (one.size, one.what) for one in plan(complete, LIMITS, tmp_path).files}
    assert what["helpers.py"] == (12, "a module of your own")
    assert what["help.txt"] == (6, "whom you had help from")
    assert what["checkpoints/1.2.6.safetensors"][1] == "weights of Exp6, 1.2.6"
    assert what["report.pdf"][1] == "the report"
    assert what["mnist.py"][1] == "part 1.1"


def test_what_is_missing_is_said(tmp_path, solution):
    answers = (solution / ANSWERS).read_text(encoding="utf-8").replace("## Q3", "## Z3")
    folder = write_hand_in(tmp_path / "a", {"mnist.py": "x = 1\n", ANSWERS: answers})
    said = plan(folder, LIMITS, tmp_path).missing
    assert said == (
        "ablations.py is missing",
        "trainer.py is missing",
        "vgg.py is missing",
        "answers.md has no answer to Q3",
        "report.pdf is missing",
    )


def test_beside_a_notebook_modules_and_answers_may_be_in_it(tmp_path):
    folder = write_hand_in(tmp_path / "a", {"hw1-1.ipynb": "{}"})
    said = plan(folder, LIMITS, tmp_path).missing
    assert "vgg.py is missing and counts only if its code is in hw1-1.ipynb" in said
    assert "answers.md is missing and counts only if the answers are in hw1-1.ipynb" in said


def test_a_file_that_grading_does_not_read_is_missing_with_its_reason(tmp_path, solution):
    folder = write_hand_in(tmp_path / "a", {"vgg.py": None, "helpers.py": b"#" * (LIMITS.source_bytes + 1)}, solution)
    (folder / "vgg.py").symlink_to(solution / "vgg.py")
    packing = plan(folder, LIMITS, tmp_path)
    assert any("vgg.py is a symbolic link" in sentence for sentence in packing.missing)
    assert "vgg.py is missing" not in packing.missing
    assert any("helpers.py" in sentence for sentence in packing.remarks)
    assert not {"vgg.py", "helpers.py"} & set(names_of(packing))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "does not exist"),
        ("a.txt", "is a file"),
        ("empty", "not a working copy"),
        ("spare", "not a working copy"),
    ],
)
def test_what_is_no_working_copy_is_refused(name, says, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    write_hand_in(tmp_path / "spare", {"helpers.py": "x = 1\n", "notes.txt": "x"})
    with pytest.raises(MisuseError, match=says):
        plan(tmp_path / name, LIMITS, tmp_path)


def test_more_than_grading_takes_is_refused_by_name(complete, tmp_path):
    from dataclasses import replace

    with pytest.raises(MisuseError, match=r"the largest is .*--half"):
        plan(complete, replace(LIMITS, archive_bytes=5000), tmp_path)


# The archive


def test_the_archive_reads_as_the_folder_does(complete, tmp_path):
    path, _ = packed(complete, tmp_path / "out")
    folder, archive = read_submission(complete, LIMITS), read_submission(path, LIMITS, tmp_path)
    assert {n: d for n, d in folder.files.items() if not n.startswith(".")} == archive.files
    assert folder.checkpoint_hashes == archive.checkpoint_hashes
    assert folder.document_hashes == archive.document_hashes
    assert archive.problems == {}


def test_without_hidden_sources_the_digest_is_the_same(half_done, tmp_path):
    path, _ = packed(half_done, tmp_path / "out")
    assert read_submission(path, LIMITS).digest == read_submission(half_done, LIMITS).digest


def test_the_archive_says_nothing_of_the_machine_and_is_the_same_each_time(complete, tmp_path):
    first, _ = packed(complete, tmp_path / "out")
    for name in ("mnist.py", "vgg.py"):
        os.utime(complete / name, (1, 1))
        (complete / name).chmod(0o700)
    again, _ = packed(complete, tmp_path / "again")
    assert first.read_bytes() == again.read_bytes()
    with tarfile.open(first) as archive:
        members = archive.getmembers()
    assert {(m.mode, m.uid, m.gid, m.uname, m.gname, m.mtime, m.type) for m in members} == {
        (0o644, 0, 0, "", "", 0, tarfile.REGTYPE)
    }


def test_the_only_pdf_becomes_the_report(tmp_path, solution):
    folder = write_hand_in(tmp_path / "a", {"보고서.pdf": b"%PDF-1.4"}, solution)
    _, packing = packed(folder, tmp_path / "out")
    assert "report.pdf" in names_of(packing)
    assert packing.missing == ()


def test_an_archive_that_is_there_is_replaced_only_by_force(half_done, tmp_path):
    path, _ = packed(half_done, tmp_path / "out")
    path.write_bytes(b"older")
    with pytest.raises(MisuseError, match="--force"):
        target(tmp_path / "out", "20260042", False)
    packed(half_done, tmp_path / "out", force=True)
    assert path.read_bytes() != b"older"
    assert [one.name for one in (tmp_path / "out").iterdir()] == [archive_name("20260042")]


def test_a_link_in_the_archives_place_is_replaced_not_followed(half_done, tmp_path):
    (tmp_path / "out").mkdir()
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / "out" / archive_name("20260042")).symlink_to(other)
    with pytest.raises(MisuseError, match="already exists"):
        target(tmp_path / "out", "20260042", False)
    packed(half_done, tmp_path / "out", force=True)
    assert other.read_text() == "kept"


def test_a_place_that_cannot_be_written_to_is_misuse(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(MisuseError, match="-o"):
        target(tmp_path / "file", "20260042", False)
    (tmp_path / archive_name("20260042")).mkdir()
    with pytest.raises(MisuseError, match="is a folder"):
        target(tmp_path, "20260042", True)


def test_on_a_full_disk_nothing_is_left_and_an_older_archive_stays(half_done, tmp_path, monkeypatch):
    path, packing = packed(half_done, tmp_path / "out")
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MisuseError, match="No space left"):
        write_archive(packing, path, LIMITS)
    assert path.read_bytes() == before
    assert list((tmp_path / "out").iterdir()) == [path]


def test_a_file_that_goes_away_or_shrinks_meanwhile_is_said(complete, tmp_path):
    packing = plan(complete, LIMITS, tmp_path)
    (complete / "checkpoints" / "1.1.safetensors").write_bytes(b"short")
    with pytest.raises(MisuseError, match="can't be written"):
        write_archive(packing, tmp_path / "a.tar.gz", LIMITS)
    (complete / "checkpoints" / "1.1.safetensors").unlink()
    with pytest.raises(MisuseError, match=r"No such file .*1\.1\.safetensors"):
        write_archive(packing, tmp_path / "a.tar.gz", LIMITS)
    assert not (tmp_path / "a.tar.gz").exists()


def test_an_archive_that_grading_would_not_read_gets_no_name(complete, tmp_path):
    (complete / "checkpoints" / "2.2a.safetensors").write_bytes(b"\0" * 30_000_000)  # packs a thousand times smaller
    packing = plan(complete, LIMITS, tmp_path)
    with pytest.raises(MisuseError, match="expands to more than 100 times its size"):
        write_archive(packing, tmp_path / "a.tar.gz", LIMITS)
    assert not (tmp_path / "a.tar.gz").exists()


# Whose it is


@pytest.mark.parametrize("text", ["20260001", "123456", "202612345678"])
def test_a_student_id_is_one(text):
    assert is_id(text, PATTERN)


@pytest.mark.parametrize(
    "text",
    ["", "12345", "2026000100000", "2026 0001", "../20260001", "a20260001", "20260001.zip", "２０２６０００１", "\0"],
)
def test_other_texts_are_none(text):
    assert not is_id(text, PATTERN)
    with pytest.raises(MisuseError, match="is not a student id"):
        find_id(text, Path(), PATTERN, None)


def test_the_id_is_the_given_one_else_the_last_one_else_the_folders_else_asked_for(tmp_path):
    folder = tmp_path / "hw1-20260007"
    folder.mkdir()
    assert find_id(None, folder, PATTERN, None) == "20260007"
    remember_id("20260008", folder)
    assert find_id(None, folder, PATTERN, None) == "20260008"
    assert find_id("20260009", folder, PATTERN, None) == "20260009"
    assert read_submission(folder, LIMITS).files == {}
    other = tmp_path / "work"
    other.mkdir()
    assert find_id(None, other, PATTERN, iter(["me", " 20260005 "]).__next__) == "20260005"


def test_an_unknown_id_without_a_terminal_or_after_three_wrong_answers_is_misuse(tmp_path):
    asked = []

    def ask():
        asked.append(1)
        return "me"

    for way in (None, ask):
        with pytest.raises(MisuseError, match="--id 20260001"):
            find_id(None, tmp_path, PATTERN, way)
    assert len(asked) == 3


def test_what_was_remembered_may_be_damaged(tmp_path):
    (tmp_path / pack.REMEMBERED).write_bytes(b"\xff\xfe")
    with pytest.raises(MisuseError, match="for example --id 20260001"):
        find_id(None, tmp_path, PATTERN, None)
    (tmp_path / pack.REMEMBERED).unlink()
    (tmp_path / pack.REMEMBERED).mkdir()
    remember_id("20260001", tmp_path)  # which can't be kept, and harms nothing


# What is printed, and the whole of it


def test_the_table_names_each_file_and_what_is_missing(half_done, tmp_path):
    path, packing = packed(half_done, tmp_path / "out")
    text = "\n".join(packing_lines(packing, path, 1234, None, without_colour))
    assert all(name in text for name in names_of(packing))
    assert "Missing\n  answers.md has no answer to Q1, " in text
    assert "Note\n  not used, because no module imports them: helpers.py" in text
    assert text.endswith(f"{path}: 6 files, 1.2 kB")


def test_no_row_of_the_table_is_wider_than_80_columns_and_names_are_whole(complete, tmp_path):
    name = f"a-folder-with-a-rather-long-name/{'x' * 20}.py"
    write_hand_in(complete, {name: "x = 1\n", "mnist.py": f"import {'x' * 20}\n"})
    packing = plan(complete, LIMITS, tmp_path)
    rows = [*packing_lines(packing, tmp_path / "a", 1234, None, without_colour)]
    rows = rows[: len(packing.files)]
    assert max(map(len, rows)) <= 80
    assert all(one.name in row for one, row in zip(packing.files, rows, strict=True))
    assert any(row.endswith("weights of Exp6, 1.2.6") for row in rows)


def test_programs_get_the_same_as_json(half_done, tmp_path):
    path, packing = packed(half_done, tmp_path / "out")
    values = json.loads(json.dumps(packing_json(packing, path, 1234, None, "20260042")))
    assert (values["student"], values["archive"], values["bytes"]) == ("20260042", str(path), 1234)
    assert [one["name"] for one in values["files"]] == names_of(packing)
    assert "report.pdf is missing" in values["missing"]
    assert values["report"] is None


@pytest.mark.slow
def test_the_archive_gets_the_outcomes_of_the_folder(complete, half_done, tmp_path, grade_folder):
    for folder in (complete, half_done):
        path, _ = packed(folder, tmp_path / folder.name / "out")
        reports = grade_folder(folder), grade_folder(path)
        assert [line.outcome for line in reports[0].lines] == [line.outcome for line in reports[1].lines]


def hw1(*arguments, cwd):
    return subprocess.run(
        [HW1, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=280,
        check=False,
    )


@pytest.mark.slow
def test_pack_then_grade_gives_what_check_said(half_done, tmp_path):
    unknown = hw1("pack", half_done, "--no-check", cwd=tmp_path)
    assert (unknown.returncode, "--id 20260001" in unknown.stderr) == (2, True)
    done = hw1("pack", half_done, "--id", "20260042", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "hw1-20260042.tar.gz: 6 files" in done.stdout
    again = hw1("pack", half_done, "--no-check", cwd=tmp_path)
    assert (again.returncode, "--force" in again.stderr) == (2, True)

    checked = json.loads(hw1("check", half_done, "--json", cwd=tmp_path).stdout)
    graded = hw1("grade", "hw1-20260042.tar.gz", "--seed", "public", "--train", "never", cwd=tmp_path)
    assert graded.returncode == 0, graded.stderr
    report = json.loads((tmp_path / "out" / "20260042" / "report.json").read_text(encoding="utf-8"))
    assert report["points"] == checked["points"]
    assert f"{checked['points']['earned']:g} points earned" in done.stdout
    outcomes = [[(one["id"], one["status"], one["mistake"]) for one in each["checks"]] for each in (checked, report)]
    assert outcomes[0] == outcomes[1]
