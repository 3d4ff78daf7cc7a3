"""``docs/check.md`` is true: its commands are run, its page is what `hw1 check` prints, its fields are there."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest
from test_commands import hw1

from autograder.home import repository
from autograder.outcome import Status
from autograder.render.text import MARKS

PAGE = (repository() / "docs" / "check.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SHOWN,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def half_done(tmp_path, solution, assignment):
    """What the page shows: one network, a Trainer with a slip, one block of VGG-19."""
    folder = tmp_path / "hw1"
    shutil.copytree(assignment, folder)
    shutil.copyfile(solution / "mnist.py", folder / "mnist.py")
    trainer = (solution / "trainer.py").read_text(encoding="utf-8")
    (folder / "trainer.py").write_text(re.sub(r".*zero_grad\(.*\n", "", trainer), encoding="utf-8")
    done, begun = ((one / "vgg.py").read_text(encoding="utf-8") for one in (solution, assignment))
    (block,) = re.findall(r"^class ConvBlock1.*?(?=^class )", done, re.MULTILINE | re.DOTALL)
    vgg = re.sub(r"^class ConvBlock1.*?(?=^class )", lambda _: block, begun, flags=re.MULTILINE | re.DOTALL)
    (folder / "vgg.py").write_text(vgg, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_the_page_is_what_is_printed(half_done):
    command, _, shown = SHOWN.partition("\n")
    done = hw1(*shlex.split(command)[2:], cwd=half_done.parent)
    assert done.stdout == shown
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
def test_each_command_of_the_page_runs(tmp_path):
    for line in COMMANDS.splitlines():
        _, *arguments = shlex.split(line, comments=True)
        done = hw1(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0 if "init" in arguments else 1, ""), line


def test_each_mark_and_each_status_is_explained():
    for rich, simple, _ in (MARKS[status] for status in Status if status not in (Status.MARKED, Status.SKIPPED)):
        assert f"| `{rich}` | `{simple}` |" in PAGE
    for status in Status:
        if status not in (Status.MARKED, Status.SKIPPED):
            assert f"`{status.value}`" in PAGE


@pytest.mark.slow
def test_programs_find_the_fields_that_the_page_lists(half_done):
    done = hw1("check", "hw1", "--part", "files", "--json", cwd=half_done.parent)
    report = json.loads(done.stdout)
    listed = re.findall(r"^\| `(\w+)` \| ", PAGE[PAGE.index("The report of `hw1 check`") :], re.MULTILINE)
    assert {"points", "checks", "printed"} <= set(listed) <= set(report)
    assert {one["part"] for one in report["checks"]} == {"files"}
    row = next(line for line in PAGE.splitlines() if line.startswith("| `checks` |"))
    assert set(re.findall(r"`(\w+)`", row)) - {"checks"} <= set(report["checks"][0])
    done = hw1("pack", "hw1", "--id", "20260001", "--no-check", "--json", cwd=half_done.parent)
    packed = json.loads(done.stdout)
    (sentence,) = re.findall(r"^`hw1 pack --json` has (.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence)) == {*packed, *packed["files"][0]} - {"format"}
