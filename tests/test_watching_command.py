"""`hw1 check --watch` as a command: in a terminal, into a pipe, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import write_hand_in
from test_cli import UNWANTED, hw1

from autograder.home import repository
from autograder.student.watching.changes import ANOTHER_SENTENCE, NEWLY_FAILED, NEWLY_PASSED, NO_LONGER_PASSED

HW1 = str(Path(sys.executable).parent / "hw1")
WATCH = ("--part", "2.1a,2.1b", "--watch")
RIGHT = "self.pool(x)  # (N, out_dim, H/2, W/2)"
SOON = 120  # seconds after which a test gives up


@pytest.fixture
def mine(solution, tmp_path):
    """A working copy with one file, and what saves it with one layer of ConvBlock1 left out, or in its place again."""
    source = (solution / "vgg.py").read_text(encoding="utf-8")
    assert RIGHT in source
    folder = write_hand_in(tmp_path / "mine", {"vgg.py": source})

    def save(wrong: bool) -> None:
        text = source.replace(RIGHT, "x", 1) if wrong else source
        (folder / "later.tmp").write_text(text, encoding="utf-8")
        (folder / "later.tmp").replace(folder / "vgg.py")

    return folder, save


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.slow
def test_in_a_terminal_the_list_changes_in_place(mine, tmp_path):
    from terminal import Terminal

    folder, save = mine
    terminal = Terminal([HW1, "check", str(folder), *WATCH], tmp_path)
    try:
        first = terminal.until(lambda text: "Waiting for the next save" in text)
        assert first.count("2.1a: ") == first.count("2.1b: ") == 1
        assert "12 points earned, 0 lost" in first
        assert not terminal.seen.cursor
        save(wrong=True)
        wrong = terminal.until(lambda text: "newly failed: 2.1a (" in text)
        assert wrong.count("2.1a, newly failed: ") == wrong.count("2.1b: ") == 1
        assert "6 points earned, 6 lost" in wrong
        assert "vgg.py has changed" in wrong
        save(wrong=False)
        right = terminal.until(lambda text: "newly passed: 2.1a (" in text)
        assert right.count("2.1a, newly passed: ") == 1
        assert terminal.press_ctrl_c() == 130
        assert terminal.seen.cursor
        assert terminal.seen.text.count("2.1a, newly passed: ") == 1
        assert terminal.seen.rows[terminal.seen.row] == ""  # where the prompt comes
        assert "Waiting" not in terminal.seen.text
        assert not [row for row in terminal.seen.scrolled if row.strip()]
        assert "Traceback" not in terminal.written
    finally:
        terminal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.slow
def test_a_list_longer_than_the_terminal_stays_in_it(assignment, tmp_path):
    from terminal import Terminal

    folder = write_hand_in(tmp_path / "mine", {}, assignment)
    terminal = Terminal([HW1, "check", str(folder), "--watch"], tmp_path, lines=12)
    try:
        text = terminal.until(lambda text: "Waiting for the next save" in text)
        assert "not started" in text
        assert " not shown: " in text
        assert terminal.press_ctrl_c() == 130
        assert not [row for row in terminal.seen.scrolled if row.strip()]
    finally:
        terminal.close()


class Piped:
    """The command with its lines in a pipe."""

    def __init__(self, folder: Path, *options: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        command = [HW1, "check", str(folder), *options]
        self.process = subprocess.Popen(command, env=environment, encoding="utf-8", **pipes)
        self._ends = threading.Timer(SOON, self.process.kill)
        self._ends.start()

    def until(self, text: str) -> str:
        """Its lines up to one with *text*."""
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        raise AssertionError("".join(lines))

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal: the exit code, and what it still says."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate()
        return self.process.returncode, rest

    def close(self) -> None:
        self._ends.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def piped():
    started: list[Piped] = []

    def start(folder: Path, *options: str) -> Piped:
        started.append(Piped(folder, *options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_into_a_pipe_go_plain_lines_of_what_has_changed(mine, piped):
    folder, save = mine
    command = piped(folder, *WATCH)
    first = command.until("Waiting for the next save")
    assert "\x1b" not in first
    assert "2.1b: " in first
    assert "1.2a" not in first
    save(wrong=True)
    wrong = command.until("points earned")
    assert "vgg.py has changed" in wrong
    assert "✗ 2.1a, newly failed: " in wrong
    assert "Newly failed: 2.1a (" in wrong
    assert "2.1b: " not in wrong
    save(wrong=False)
    assert "✓ 2.1a, newly passed: " in command.until("points earned")
    assert command.stop(signal.SIGINT) == (130, "")


@pytest.mark.slow
def test_ctrl_c_ends_it_while_the_students_code_hangs_and_leaves_nothing(mine, piped, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder, _ = mine
    (folder / "vgg.py").write_text("print('here')\nwhile True:\n    pass\n")
    command = piped(folder, *WATCH)
    command.until("Checking")
    while not list(tmp_path.glob("hw1-*/hw1-*/submission/vgg.py")):
        assert command.process.poll() is None
    assert command.stop(signal.SIGINT) == (130, "")
    assert not list(tmp_path.glob("hw1-*"))


@pytest.mark.slow
def test_sigterm_ends_it_as_it_ends_every_command(mine, piped):
    command = piped(mine[0], *WATCH)
    command.until("Waiting for the next save")
    code, said = command.stop(signal.SIGTERM)
    assert code == 143
    assert "stopped" in said


def test_what_does_not_go_with_it_is_a_sentence(mine, tmp_path):
    done = hw1("check", mine[0], "--watch", "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "--json prints one report: leave it out, or --watch" in done.stderr
    done = hw1("check", tmp_path / "nowhere", "--watch", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere does not exist" in done.stderr


# The page about it


PAGE = (repository() / "docs" / "watch.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"hw1 check hw1[^`\n>]*--watch", PAGE)))


def test_the_page_says_what_the_command_says():
    for said in (NEWLY_PASSED, NEWLY_FAILED, NO_LONGER_PASSED, ANOTHER_SENTENCE):
        assert f"*{said}*" in " ".join(PAGE.split())
    assert len(COMMANDS) == 2


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_page_is_run(command, assignment, tmp_path, piped, monkeypatch):
    write_hand_in(tmp_path / "hw1", {}, assignment)
    monkeypatch.chdir(tmp_path)
    _, _, folder, *options = command.split()
    started = piped(Path(folder), *options)
    started.until("Waiting for the next save")
    assert started.stop(signal.SIGINT) == (130, "")
