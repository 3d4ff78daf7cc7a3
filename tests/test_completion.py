"""Shells complete commands, options and the names of parts, and nothing slow is imported for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.home import repository
from autograder.student.completion import check_names, training_names

HW1 = Path(sys.executable).parent / "hw1"
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def completed(*words: str) -> list[str]:
    """What bash is told for a command line, of which the last word is not finished."""
    environment = {**os.environ, "_HW1_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words)}
    environment["COMP_CWORD"] = str(len(words) - 1)
    done = subprocess.run([HW1], env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


def test_commands_options_and_parts_are_completed():
    assert completed("hw1", "ch") == ["check"]
    assert completed("hw1", "check", "--pa") == ["--part"]
    assert completed("hw1", "check", "--part", "") == ["files", "1.1", "1.2", "2.1", "2.2"]
    assert completed("hw1", "train", "--part", "2.2") == ["2.2", "2.2a", "2.2b"]


def test_the_parts_of_another_homework_are_its_own():
    hw2 = repository() / "examples" / "hw2"
    found = completed("hw1", "--homework", str(hw2), "check", "--part", "")
    assert found
    assert not {"1.1", "2.2"} & set(found)


def test_a_homework_that_is_not_there_completes_nothing(tmp_path):
    assert check_names("", tmp_path) == training_names("", tmp_path) == []


@pytest.mark.parametrize(
    ("begun", "names"),
    [
        ("2.1c", ["2.1c", "2.1c-shapes", "2.1c-count", "2.1c-function"]),
        ("Exp1", ["Exp1", "Exp10"]),
        ("Tr", ["Trainer", "Trainer.train", "Trainer.test", "Trainer.compute_conf"]),
        ("Q", ["Q11"]),
        ("vgg", ["vgg.py"]),
        ("1.2a,2.1a", ["1.2a,2.1a"]),
        ("nothing", []),
    ],
)
def test_names_are_completed_as_students_have_them(begun, names):
    assert check_names(begun) == names


def test_what_is_completed_after_a_comma_are_the_parts():
    assert training_names("1.1,") == ["1.1,1.1", "1.1,1.2", "1.1,2.2"]


def test_nothing_slow_is_imported_for_it():
    code = "import sys\nfrom autograder.student.completion import check_names\nassert check_names('')\n"
    code += "print({'torch', 'numpy', 'matplotlib', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def script(shell: str) -> str:
    """What makes *shell* complete, as `hw1 --show-completion` prints it there."""
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [HW1, "--show-completion", shell]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_its_script(shell):
    text = script(shell)
    assert "_HW1_COMPLETE" in text
    assert f"complete_{shell}".replace("pwsh", "powershell") in text


def test_bash_answers_with_its_script(tmp_path):
    (tmp_path / "hw1.sh").write_text(script("bash"))
    words = 'COMP_WORDS=(hw1 check --part 2.1a); COMP_CWORD=3; _hw1_completion "$1"; echo "${COMPREPLY[@]}"'
    text = f"source {tmp_path}/hw1.sh; {words}; complete -p hw1"
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", text, "bash", HW1], capture_output=True, text=True, timeout=60, check=True
    )
    answer, registered = done.stdout.splitlines()
    assert answer == "2.1a"
    assert registered == "complete -o default -F _hw1_completion hw1"
