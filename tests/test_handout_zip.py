"""What students get: the zip is whole, the same each time, gives nothing away, and works where it is installed."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import write_hand_in
from test_leaks import INNOCENT, secret_text

from autograder import __version__
from autograder.errors import GraderError, MisuseError
from autograder.home import repository, solution_folder
from autograder.homework import in_force
from autograder.kit import Kit
from autograder.recording import load_recording, save_recording
from autograder.rubric import read_rubric
from autograder.staff import package
from autograder.staff.leaks import leaks_in
from autograder.staff.package import (
    build_wheel,
    earning,
    handout_files,
    students_changes,
    students_must_not,
    write_handout_zip,
)
from autograder.staff.record import kit_digest
from autograder.staff.release import make_handout, names_of_handout, require_in_step
from autograder.staff.zips import zipped

ROOT = repository()
SOLUTION = solution_folder()
WHEEL = f"hw1-{__version__}-py3-none-any.whl"

FILES = (*names_of_handout(solution_folder()), in_force().tests)


@pytest.fixture(scope="module")
def kit(launcher):
    """A kit that leaves the tests' one warm parent alone when it ends."""
    kit = Kit(launcher=launcher)
    yield kit
    shutil.rmtree(kit.scratch)


@pytest.fixture(scope="module")
def files():
    """What the zip holds."""
    return handout_files(ROOT, SOLUTION)


@pytest.fixture
def in_step(monkeypatch):
    """Handout and evidence need not be in step with a solution that somebody is working on."""
    monkeypatch.setattr(package, "require_in_step", lambda *_: None)


# What is in it


def test_the_zip_holds_handout_kit_start_and_changes(files):
    assert set(files) == {*(f"hw1/{name}" for name in FILES), WHEEL, "START.md", "CHANGES.md"}
    with zipfile.ZipFile(io.BytesIO(files[WHEEL])) as wheel:
        names = wheel.namelist()
    wanted = {"cli.py", "hw1.py", "autograder/hw1/recorded/public.npz", "autograder/student/pytest_items.py"}
    assert wanted | {f"autograder/handout/{name}" for name in FILES} <= set(names)
    assert not [name for name in names if re.match(r"autograder/(staff|hw1/mistakes)/|solution/|tests/", name)]


def test_the_start_names_the_wheel_and_the_three_ways(files):
    start = files["START.md"].decode()
    assert start.count(WHEEL) >= 4
    assert "{" not in start
    assert f"Python {read_rubric().python}" in start
    assert f"py -{read_rubric().python} " in start
    assert all(f"\n## {way}\n" in start for way in ("pip", "conda", "Colab"))
    assert len(start.splitlines()) < 80


def test_the_changes_are_those_for_students_under_their_versions():
    changelog = (
        "# Changelog\n\n`handout:` marks it.\n\n## [Unreleased]\n\n### Added\n\n- handout: one,\n  on two lines.\n"
        "- grader: not this.\n- handout: three.\n\n## [0.2.0] - 2026-02-03\n\n- grader: nor this.\n\n"
        "## [0.1.0] - 2026-01-02\n\n### Fixed\n- handout: four.\n"
    )
    assert students_changes(changelog) == (
        f"# Changes\n\n## This handout (kit {__version__})\n\n- one,\n  on two lines.\n- three.\n\n"
        "## 0.1.0 - 2026-01-02\n\n- four.\n"
    )


def test_the_kits_own_changelog_has_changes_for_students(files):
    changes = files["CHANGES.md"].decode()
    assert "hw1 init DIR" in changes
    assert "grader:" not in changes
    assert "handout:" not in changes


def test_the_same_input_gives_the_same_bytes_whatever_the_time_and_the_order(files):
    once = zipped(files)
    again = {name: files[name] for name in sorted(handout_files(ROOT, SOLUTION), reverse=True)}
    assert zipped(again) == once
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(files)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr >> 16 for info in infos} == {0o100644}


def test_scripts_in_a_zip_may_be_run():
    with zipfile.ZipFile(io.BytesIO(zipped({"a": b"", "b": b""}, executable=("b",)))) as archive:
        assert [info.external_attr >> 16 for info in archive.infolist()] == [0o100644, 0o100755]


def test_building_the_wheel_leaves_nothing_behind(tmp_path):
    before = {path.name for path in ROOT.iterdir()}
    assert build_wheel(ROOT, tmp_path).name == WHEEL
    assert {path.name for path in ROOT.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [WHEEL]


def test_without_hatchling_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(MisuseError, match="pip install hatchling"):
        build_wheel(ROOT, tmp_path)


def test_a_wheel_that_can_not_be_built_is_our_fault(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 3\n", encoding="utf-8")
    with pytest.raises(GraderError, match="the wheel could not be built: "):
        build_wheel(tmp_path, tmp_path)


# In step


def recorded_with(kit_mark, folder):
    save_recording(replace(load_recording(), kit=kit_mark), folder / "public.npz")
    return folder / "public.npz"


def test_a_handout_and_evidence_of_today_are_in_step(tmp_path):
    make_handout(SOLUTION, tmp_path / "assignment")
    require_in_step(SOLUTION, tmp_path / "assignment", recorded_with(kit_digest(SOLUTION), tmp_path))


@pytest.mark.parametrize("name", ["mnist.py", "README.md", "notes/left.txt"])
def test_a_handout_with_a_file_changed_or_added_is_not(name, tmp_path):
    make_handout(SOLUTION, tmp_path / "assignment")
    (tmp_path / "assignment" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "assignment" / name).write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(MisuseError, match=rf"does not match the solution \({name}\): run `hw1 release` first"):
        require_in_step(SOLUTION, tmp_path / "assignment", recorded_with(kit_digest(SOLUTION), tmp_path))


def test_a_handout_with_a_file_missing_is_not(tmp_path):
    make_handout(SOLUTION, tmp_path / "assignment")
    (tmp_path / "assignment" / "vgg.py").unlink()
    with pytest.raises(MisuseError, match=r"\(vgg\.py\)"):
        require_in_step(SOLUTION, tmp_path / "assignment")


def test_evidence_of_other_checks_is_not(tmp_path):
    make_handout(SOLUTION, tmp_path / "assignment")
    with pytest.raises(MisuseError, match=r"recorded evidence .* run `hw1 release` first"):
        require_in_step(SOLUTION, tmp_path / "assignment", recorded_with("of yesterday", tmp_path))


# It gives nothing away


def test_what_students_get_gives_nothing_away(files, kit, tmp_path):
    (tmp_path / "it.zip").write_bytes(zipped(files))
    assert leaks_in(tmp_path / "it.zip", students_must_not(SOLUTION)) == []
    assert earning(tmp_path / "it.zip", kit) == []


def test_a_stub_that_does_its_work_is_a_fault(files, kit, tmp_path):
    done = (SOLUTION / "ablations.py").read_text(encoding="utf-8")
    (tmp_path / "it.zip").write_bytes(zipped({**files, "hw1/ablations.py": done.encode()}))
    about = [fault.text for fault in earning(tmp_path / "it.zip", kit)]
    assert [text for text in about if text.startswith("1.2.1: passed")]
    assert not [text for text in about if text.startswith("2.1")]


# The command


def test_a_zip_that_would_leak_does_not_get_its_name(kit, in_step, monkeypatch, tmp_path):
    planted = {**INNOCENT, "hw1/notes.txt": secret_text().encode()}
    monkeypatch.setattr(package, "handout_files", lambda *_: planted)
    (tmp_path / "it.zip").write_bytes(b"an earlier one")
    first = "".join(secret_text().splitlines()[0].partition("  #")[0].split())
    with pytest.raises(GraderError, match=rf"hw1/notes\.txt: {re.escape(first)} / "):
        write_handout_zip(ROOT, ROOT / "solution", tmp_path / "it.zip", kit)
    assert [path.name for path in tmp_path.iterdir()] == ["it.zip"]
    assert (tmp_path / "it.zip").read_bytes() == b"an earlier one"


def test_a_zip_is_written_whole_and_replaces_an_earlier_one(files, kit, in_step, monkeypatch, tmp_path):
    monkeypatch.setattr(package, "earning", lambda *_: [])
    (tmp_path / "it.zip").write_bytes(b"an earlier one")
    assert write_handout_zip(ROOT, ROOT / "solution", tmp_path / "it.zip", kit) == files
    assert (tmp_path / "it.zip").read_bytes() == zipped(files)


def test_a_zip_can_not_be_a_folder(kit, tmp_path):
    with pytest.raises(MisuseError, match="is a folder: name a file with -o"):
        write_handout_zip(ROOT, ROOT / "solution", tmp_path, kit)


def test_nothing_is_packed_that_is_not_in_step(kit, monkeypatch, tmp_path):
    def never(*_):
        raise MisuseError("run `hw1 release` first")

    monkeypatch.setattr(package, "require_in_step", never)
    with pytest.raises(MisuseError, match="hw1 release"):
        write_handout_zip(ROOT, ROOT / "solution", tmp_path / "it.zip", kit)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_packs_what_a_release_has_made(tmp_path):
    for name in ("a.zip", "b.zip"):
        command = [str(Path(sys.executable).parent / "hw1"), "release", "-o", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, done.stderr
        assert f"  {WHEEL}, " in done.stdout
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


# Where it is installed


@pytest.fixture(scope="module")
def installed(files, tmp_path_factory):
    """The folder of a fresh environment in which the wheel is installed, and of the unpacked zip."""
    folder = tmp_path_factory.mktemp("student")
    (folder / "it.zip").write_bytes(zipped(files))
    with zipfile.ZipFile(folder / "it.zip") as archive:
        archive.extractall(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(folder / WHEEL)], check=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    here = Path(np.__file__).parents[1]  # the kit's needs, torch among them, are not downloaded for a test
    (packages / "needs.pth").write_text(f"{here}\n", encoding="utf-8")
    return folder


def student(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name not in ("HW1_DATA", "PYTHONPATH")}
    command = [str(folder / "venv" / "bin" / "hw1"), *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=280, check=False
    )


@pytest.mark.slow
def test_a_student_goes_from_the_zip_to_a_hand_in(installed):
    assert student(installed, "--version").stdout == f"hw1 {__version__}\n"
    assert student(installed, "init", "mine").returncode == 0
    names = sorted(path.name for path in (installed / "mine").iterdir())
    assert names == sorted(path.name for path in (installed / "hw1").iterdir()) == sorted(FILES)
    for folder in ("mine", "hw1"):
        done = student(installed, "check", folder)
        assert done.returncode == 1, done.stderr
        assert "\n0 points earned, 0 lost, 100 not started" in done.stdout
    done = student(installed, "pack", "mine", "--id", "20260001", "--no-check")
    assert done.returncode == 0, done.stderr
    assert (installed / "hw1-20260001.tar.gz").is_file()


@pytest.mark.slow
def test_finished_work_passes_where_there_is_no_solution(installed):
    write_hand_in(installed / "done", {}, SOLUTION)
    done = student(installed, "check", "done", "--part", "1.2", "--part", "2.1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", ["grade", "demo", "verify", "calibrate", "release", "new-term", "bundle"])
def test_a_staffs_command_says_its_sentence(command, installed):
    done = student(installed, command, "hw1", "-o", "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is a command for staff" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_in_an_installed_kit_a_module_that_checks_itself_gets_nothing_of_the_kit_and_ends(installed):
    """There the kit lies among the packages, so that nothing but the worker keeps it away."""
    mine = "import hw1\n\nif hasattr(hw1, '__file__'):\n    raise ValueError('the kit')\nhw1.check()\n"
    mine += (SOLUTION / "mnist.py").read_text(encoding="utf-8")
    write_hand_in(installed / "own" / "hw1", {"mnist.py": mine}, SOLUTION)
    done = student(installed, "check", "own/hw1", "--part", "1.1-structure")
    assert done.returncode == 0, done.stdout + done.stderr
    show = "import hw1; print(hw1.__file__); print(repr(hw1.check('1.1-structure', 'files-mnist')))"
    python = [str(installed / "venv" / "bin" / "python"), "-c", show]
    ran = subprocess.run(python, cwd=installed / "own", capture_output=True, encoding="utf-8", timeout=280, check=False)
    assert "site-packages" in ran.stdout.splitlines()[0], ran.stderr
    assert "✓ 1.1-structure" in ran.stdout


@pytest.mark.slow
def test_pytest_runs_where_the_kit_is_installed(installed):
    python = [str(installed / "venv" / "bin" / "python"), "-m", "pytest", "-q", "-k", "mnist"]
    ran = subprocess.run(python, cwd=installed / "hw1", capture_output=True, encoding="utf-8", timeout=280, check=False)
    assert "3 failed" in ran.stdout, ran.stdout + ran.stderr
    assert "TODO 1.1" in ran.stdout
