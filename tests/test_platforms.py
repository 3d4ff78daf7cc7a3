"""macOS and Windows: workers that are started one by one, no POSIX calls, a console that knows few characters."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from foreign_platform import FLAGS, INTERPRETER

from autograder.check import Probe
from autograder.evidence import Raised
from autograder.hashing import open_regular
from autograder.sandbox import watch
from autograder.sandbox.host import ForkLauncher, SpawnLauncher, new_launcher
from autograder.sandbox.layers import confine
from autograder.sandbox.plan import Plan
from autograder.sandbox.session import Session
from autograder.sandbox.warm_parent import clean_environment

FOREIGN = Path(__file__).with_name("foreign_platform.py")
SYSTEMS = ("darwin", "win32")


def hw1(system: str, scratch: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command as if on *system*, with a console of Western Europe's."""
    python = scratch / f"python-{system}"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -X utf8 "{FOREIGN}" {system} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    environment = {**os.environ, INTERPRETER: str(python), "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, str(FOREIGN), system, "cli", "--debug", *map(str, arguments)]
    done = subprocess.run(command, cwd=scratch, env=environment, capture_output=True, timeout=280, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode("cp1252"), done.stderr.decode())


@pytest.fixture
def work(solution, tmp_path):
    """A working copy: `hw1 pack` leaves a note in it."""
    return Path(shutil.copytree(solution, tmp_path / "mine"))


# The whole way


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_check_gives_the_same_verdict(system, work, tmp_path):
    done = hw1(system, tmp_path, "check", work, "--part", "1.2.1")
    assert done.returncode == 0, done.stderr
    assert "ok 1.2.1" in done.stdout
    assert "1 point earned, 0 lost" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_an_exception_with_signs_the_console_lacks_is_shown_all_the_same(system, work, tmp_path):
    (work / "ablations.py").write_text("raise ValueError('\N{SNOWMAN} \N{OCTOPUS} \x80')\n", encoding="utf-8")
    done = hw1(system, tmp_path, "check", work, "--part", "1.2.1")
    assert done.returncode == 1, done.stderr
    assert "ValueError" in done.stdout
    done = hw1(system, tmp_path, "check", work, "--part", "1.2.1", "--json")
    assert done.returncode == 1, done.stderr
    assert "\N{SNOWMAN} \N{OCTOPUS} \x80" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_hand_in_is_packed_and_checked(system, work, tmp_path):
    done = hw1(system, tmp_path, "pack", work, "--id", "20260001")
    assert done.returncode == 0, done.stderr
    assert "0 lost" in done.stdout
    with tarfile.open(tmp_path / "hw1-20260001.tar.gz") as archive:
        assert {"mnist.py", "trainer.py", "ablations.py", "vgg.py", "answers.md"} <= set(archive.getnames())


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_code_that_ends_its_process_costs_its_own_checks_alone(system, work, tmp_path):
    (work / "mnist.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    done = hw1(system, tmp_path, "check", work, "--part", "1.1-structure", "--part", "1.2.1")
    assert done.returncode == 1, done.stderr
    assert "exit code 3" in done.stdout
    assert "ok 1.2.1" in done.stdout


# Its pieces


def test_only_linux_forks(monkeypatch):
    for system in SYSTEMS:
        monkeypatch.setattr(sys, "platform", system)
        assert isinstance(new_launcher(), SpawnLauncher)
    monkeypatch.setattr(sys, "platform", "linux")
    launcher = new_launcher()
    launcher.close()
    assert isinstance(launcher, ForkLauncher)


def test_a_worker_that_was_started_by_itself_answers(tmp_path):
    files = {"mnist.py": b"raise ValueError('here I am')\n"}
    with Session(SpawnLauncher(), files, 1 << 30, 10, base=tmp_path) as session:
        observed = session.observe(Probe("any", "any", ("mnist",), "source"), b"")
        assert session.environment["platform"] == sys.platform
    assert isinstance(observed, Raised)
    assert observed.message == "here I am"


def test_what_a_worker_needs_of_windows_is_left_in_its_environment(monkeypatch):
    monkeypatch.setenv("SYSTEMROOT", "C:/Windows")
    monkeypatch.setenv("USERPROFILE", "C:/Users/a")
    monkeypatch.setenv("HW1_HOME", "C:/secret")
    found = clean_environment()
    assert (found["SYSTEMROOT"], found["USERPROFILE"]) == ("C:/Windows", "C:/Users/a")
    assert "HW1_HOME" not in found


def test_files_are_counted_where_there_are_no_blocks():
    class Windows:
        """What os.stat tells there."""

        st_size = watch.SCRATCH_BYTES + 1

    assert watch._too_much([Windows()], os.devnull + "-is-no-folder") is True
    small = SimpleNamespace(st_size=1)
    assert watch._too_much([small], os.devnull + "-is-no-folder") is False


def test_files_are_opened_as_bytes_where_texts_are_another_thing(monkeypatch, tmp_path):
    path = tmp_path / "1.1.safetensors"
    path.write_bytes(b"x")
    for name in FLAGS:
        monkeypatch.delattr(os, name)
    asked = []

    def opened(name, flags):
        asked.append(flags)
        return real(name, flags & ~(1 << 30))

    real = os.open
    monkeypatch.setattr(os, "O_BINARY", 1 << 30, raising=False)
    monkeypatch.setattr(os, "open", opened)
    open_regular(path).close()
    os.close(confine.open_files(Plan("", "", None, files=(str(path),)))[str(path)])
    assert [flags >> 30 for flags in asked] == [1, 1]
