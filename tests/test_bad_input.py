"""Bad hand-ins: each costs what is bad in it, says why in one sentence, and everything else is graded as before."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import write_hand_in

from autograder.check import Check
from autograder.compare import Compare
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status
from autograder.report import Report
from autograder.rubric import Rubric, read_rubric

linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux: fork, or an address space limit")

EXPERIMENTS = [f"1.2.{number}" for number in range(1, 11)]
TRAINER = ["1.2a", "1.2b", "1.2c"]


@pytest.fixture(scope="module")
def sources(solution: Path) -> dict[str, str]:
    """The solution's modules, as text."""
    return {path.stem: path.read_text(encoding="utf-8") for path in solution.glob("*.py")}


@pytest.fixture(scope="module")
def usual() -> dict[str, Status]:
    """What the solution gets without training: passed, but for what nothing settles."""
    unsettled = {"2.2b-accuracy"}
    return {check.id: Status.UNSETTLED if check.id in unsettled else Status.PASSED for check in CHECKS}


@pytest.fixture
def hurried() -> Rubric:
    """The rubric with two seconds for an import."""
    rubric = read_rubric()
    return replace(rubric, limits=replace(rubric.limits, import_seconds=2))


def in_seconds(seconds: float, *ids: str) -> tuple[Check, ...]:
    """The kit's checks, the named ones with *seconds* for each of their probes."""

    def judge(compare: Compare) -> Compare:
        return replace(compare, probe=replace(compare.probe, seconds=seconds))

    return tuple(
        replace(check, judge=judge(check.judge)) if check.id in ids and isinstance(check.judge, Compare) else check
        for check in CHECKS
    )


def line_of(source: str, text: str) -> int:
    """The number of the line that has *text*."""
    return next(number for number, line in enumerate(source.splitlines(), 1) if text in line)


def insert(source: str, owner: str, method: str, code: str) -> str:
    """*source* with *code* at the beginning of a method of the class *owner*."""
    lines = source.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith((f"class {owner}(", f"class {owner}:")))
    head = next(i for i in range(start, len(lines)) if lines[i].startswith(f"    def {method}("))
    lines[head + 1 : head + 1] = [f"        {line}" for line in code.splitlines()]
    return "\n".join(lines) + "\n"


def line(report: Report, check_id: str):
    return next(one for one in report.lines if one.id == check_id)


# An accuracy repeats the verdict of a network that does not run, and is not proven where the Trainer is wrong.
STANDS_ON = {
    "1.1-accuracy": {"1.1-structure", "1.2a"},
    "2.2a-accuracy": {"2.1c-function", "1.2a"},
    "2.2b-accuracy": {"2.2b-structure", "1.2a"},
}


def only(report: Report, usual: dict[str, Status], bad: dict[str, tuple[Status, str]]) -> None:
    """Assert that the *bad* checks have the status and the words given, and all others what the solution gets."""
    assert {n.id for n in report.lines} >= set(usual)
    for check_id, (status, words) in bad.items():
        outcome = line(report, check_id).outcome
        assert (outcome.status, words in outcome.reason) == (status, True), (check_id, outcome)
        assert "\n" not in outcome.reason
        assert "Traceback" not in outcome.reason
        assert outcome.points == 0
    touched = {name for name, bases in STANDS_ON.items() if bases & set(bad)}
    assert not any(line(report, name).outcome.points for name in touched)
    others = {name: line(report, name).outcome for name in usual if name not in {*bad, *touched}}
    wrong = {name: outcome for name, outcome in others.items() if outcome.status is not usual[name]}
    assert wrong == {}
    assert report.maximum == 100


# Files


def test_a_missing_file_costs_only_what_is_in_it(check_folder, tmp_path, usual):
    report = check_folder(tmp_path, {"ablations.py": None})
    said = (Status.FAILED, "ablations.py is missing")
    only(report, usual, dict.fromkeys(["files-ablations", *EXPERIMENTS], said))


def test_an_empty_folder_fails_every_check_and_says_that_each_file_is_missing(grade_folder, tmp_path):
    report = grade_folder(write_hand_in(tmp_path / "20260042", {}))
    for name in ("mnist", "ablations", "trainer", "vgg"):
        assert line(report, f"files-{name}").outcome.reason == f"{name}.py is missing."
    assert line(report, "files-answers").outcome.reason == "answers.md is missing."
    assert line(report, "1.2.7").outcome.reason == "ablations.py is missing."
    assert line(report, "2.1c-count").outcome.reason == "vgg.py is missing."
    assert report.earned == 0
    assert report.complete


def test_a_folder_with_a_sources_name_is_said_to_be_one(check_folder, solution, grade_folder, tmp_path, usual):
    folder = write_hand_in(tmp_path / "20260042", {"mnist.py": None}, solution)
    (folder / "mnist.py").mkdir()
    said = (Status.FAILED, "mnist.py is a folder, not a file")
    only(grade_folder(folder), usual, {"files-mnist": said, "1.1-structure": said})


def test_a_link_to_a_file_is_not_followed(solution, grade_folder, tmp_path, usual):
    folder = write_hand_in(tmp_path / "20260042", {"mnist.py": None}, solution)
    (folder / "mnist.py").symlink_to(solution / "mnist.py")
    report = grade_folder(folder)
    said = (Status.FAILED, "mnist.py is a symbolic link, which is not followed")
    only(report, usual, {"files-mnist": said, "1.1-structure": said})
    assert "mnist.py is a symbolic link, which is not followed" in report.remarks


def test_a_link_to_a_folder_is_not_followed_and_staff_are_told(solution, grade_folder, tmp_path, usual):
    files = {"mnist.py": "from linked.mnist import MNIST_Net\n"}
    folder = write_hand_in(tmp_path / "20260042", files, solution)
    (folder / "linked").symlink_to(solution)
    report = grade_folder(folder)
    only(report, usual, {"1.1-structure": (Status.UNGRADED, "linked (mnist.py, line 1) is not installed")})
    assert "linked is a symbolic link, which is not followed" in report.remarks


def test_a_source_above_the_size_limit_is_not_read(check_folder, tmp_path, usual):
    report = check_folder(tmp_path, {"mnist.py": b"#" * 50_000_000})
    said = (Status.FAILED, "mnist.py has 50.0 MB; a source may have at most 1 MB")
    only(report, usual, {"files-mnist": said, "1.1-structure": said})


def test_binary_junk_is_said_not_to_be_text(check_folder, tmp_path, usual):
    report = check_folder(tmp_path, {"mnist.py": bytes(range(256)) * 40})
    structure = line(report, "1.1-structure").outcome
    only(
        report,
        usual,
        {
            "files-mnist": (Status.FAILED, "mnist.py: the file is not UTF-8 text"),
            "1.1-structure": (Status.FAILED, "mnist"),
        },
    )
    assert "()" not in structure.reason


def test_utf_16_is_named_and_what_to_save_as(check_folder, tmp_path, sources, usual):
    report = check_folder(tmp_path, {"mnist.py": sources["mnist"].encode("utf-16")})
    said = (Status.FAILED, "mnist.py: the file is UTF-16; save it as UTF-8")
    only(report, usual, {"files-mnist": said, "1.1-structure": (Status.FAILED, "mnist.py")})


def test_windows_line_ends_and_a_byte_order_mark_are_fine(check_folder, tmp_path, sources, usual):
    files = {f"{name}.py": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for name, text in sources.items()}
    only(check_folder(tmp_path, files), usual, {})


def test_files_named_like_a_library_stand_in_for_nothing(check_folder, tmp_path, sources, usual):
    shadow = "raise RuntimeError('stood in for a library')\n"
    names = ("torch.py", "json.py", "random.py", "numpy/__init__.py", "torchvision.py")
    files = dict.fromkeys(names, shadow) | {"mnist.py": "import json\nimport random\n" + sources["mnist"]}
    only(check_folder(tmp_path, files), usual, {})


# Sources


def test_a_wrong_class_name_is_answered_with_the_names_that_are_there(check_folder, tmp_path, sources, usual):
    report = check_folder(tmp_path, {"ablations.py": sources["ablations"].replace("class Exp3(", "class Exp_3(")})
    bad = {
        "files-ablations": (Status.FAILED, "ablations.py does not define Exp3; it defines Exp1, Exp10, Exp2, Exp4"),
        "1.2.3": (Status.FAILED, "ablations.py has no Exp3; it defines Exp1"),
    }
    only(report, usual, bad)
    for check_id in bad:
        assert "Exp_3" in line(report, check_id).outcome.reason
        assert "forward" not in line(report, check_id).outcome.reason  # a method is no name of the module's


def test_a_syntax_error_is_told_with_file_and_line(check_folder, tmp_path, sources, usual):
    bad = sources["ablations"].replace("class Exp3(nn.Module):", "class Exp3(nn.Module)")
    where = f"ablations.py, line {line_of(bad, 'class Exp3')}"
    report = check_folder(tmp_path, {"ablations.py": bad})
    said = (Status.FAILED, where)
    only(report, usual, dict.fromkeys(["files-ablations", *EXPERIMENTS], said))
    assert line(report, "files-ablations").outcome.reason == f"{where}: expected ':'."


def test_a_stub_left_in_is_to_do_with_its_number(check_folder, tmp_path, sources, usual):
    stub = 'raise NotImplementedError("TODO 1.2.3: compute the logits")'
    report = check_folder(tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", stub)})
    only(report, usual, {"files-ablations": (Status.TODO, "Exp3"), "1.2.3": (Status.TODO, "TODO 1.2.3")})


@pytest.mark.parametrize("source", ["x = " + "[" * 100_000 + "]" * 100_000, "x = " + "-" * 200_000 + "1"])
def test_deeply_nested_source_is_said_to_be_so(check_folder, tmp_path, usual, source):
    report = check_folder(tmp_path, {"mnist.py": source})
    outcome = line(report, "1.1-structure").outcome
    assert outcome.status in (Status.FAILED, Status.STOPPED)
    assert "mnist.py" in outcome.reason
    bad = {"files-mnist": (Status.FAILED, "nested too deeply to be read"), "1.1-structure": (outcome.status, "")}
    only(report, usual, bad)


# Imports


def test_an_endless_loop_at_import_is_stopped_once(check_folder, tmp_path, sources, usual, hurried):
    report = check_folder(tmp_path, {"ablations.py": sources["ablations"] + "while True:\n    pass\n"}, rubric=hurried)
    said = (Status.STOPPED, "the import of ablations.py took more than 2 s")
    only(report, usual, dict.fromkeys(EXPERIMENTS, said))


def test_exit_at_import_is_told_with_its_line(check_folder, tmp_path, sources, usual):
    bad = sources["ablations"] + "exit()\n"
    said = (Status.FAILED, f"the import of ablations.py (ablations.py, line {line_of(bad, 'exit()')}")
    report = check_folder(tmp_path, {"ablations.py": bad})
    only(report, usual, dict.fromkeys(EXPERIMENTS, said))
    assert line(report, "1.2.1").outcome.reason.startswith("exit() is called in")


def test_a_question_at_import_fails_at_its_line(check_folder, tmp_path, sources, usual):
    report = check_folder(tmp_path, {"mnist.py": "epochs = input('epochs? ')\n" + sources["mnist"]})
    only(report, usual, {"1.1-structure": (Status.FAILED, "in the import of mnist.py (mnist.py, line 1: epochs")})


@pytest.mark.parametrize(
    "body", [pytest.param("time.sleep(1000)", marks=pytest.mark.slow), "while True: time.sleep(0)"]
)
def test_a_thread_left_running_changes_nothing(check_folder, tmp_path, sources, usual, body):
    start = f"import threading, time\ndef run():\n    {body}\nthreading.Thread(target=run).start()\n"
    only(check_folder(tmp_path, {"ablations.py": start + sources["ablations"]}, anew=True), usual, {})


# Running


def test_an_exception_in_a_constructor_is_told_with_the_students_line(check_folder, tmp_path, sources, usual):
    bad = insert(sources["ablations"], "Exp3", "__init__", "ratio = 1 / 0")
    report = check_folder(tmp_path, {"ablations.py": bad})
    where = f"ablations.py, line {line_of(bad, 'ratio')}: ratio = 1 / 0"
    only(report, usual, {"1.2.3": (Status.FAILED, f"ZeroDivisionError: division by zero in constructor ({where})")})
    assert all(frame.startswith("ablations.py") for frame in line(report, "1.2.3").outcome.detail)


def test_an_exception_whose_text_raises_is_told_by_its_name(check_folder, tmp_path, sources, usual):
    nasty = "\n\nclass Nasty(BaseException):\n    def __str__(self):\n        raise self\n"
    report = check_folder(
        tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", "raise Nasty") + nasty}
    )
    only(report, usual, {"1.2.3": (Status.FAILED, "Nasty in forward (ablations.py, line")})


def test_an_endless_recursion_is_told_with_its_line(check_folder, tmp_path, sources, usual):
    report = check_folder(
        tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", "return self.forward(x)")}
    )
    only(report, usual, {"1.2.3": (Status.FAILED, "RecursionError")})
    assert "ablations.py, line" in line(report, "1.2.3").outcome.reason


@pytest.mark.slow
def test_an_endless_loop_in_forward_is_stopped_and_the_rest_goes_on(check_folder, tmp_path, sources, usual):
    files = {"ablations.py": insert(sources["ablations"], "Exp3", "forward", "while True: pass")}
    report = check_folder(tmp_path, files, checks=in_seconds(2, "1.2.3"), anew=True)
    only(report, usual, {"1.2.3": (Status.STOPPED, "running the network took more than 2 s")})


def test_a_training_that_never_returns_is_stopped(check_folder, tmp_path, sources, usual):
    files = {"trainer.py": insert(sources["trainer"], "Trainer", "train", "while True: pass")}
    report = check_folder(tmp_path, files, checks=in_seconds(2, "1.2a"))
    only(report, usual, {"1.2a": (Status.STOPPED, "Trainer.train took more than 2 s")})


@pytest.mark.parametrize(
    ("code", "manner"),
    [
        pytest.param("import os\nos._exit(0)", "exit code 0", marks=pytest.mark.slow),
        pytest.param("import ctypes\nctypes.string_at(0)", "signal SIGSEGV", marks=linux),
    ],
)
def test_a_network_that_ends_its_process_costs_itself_alone(check_folder, tmp_path, sources, usual, code, manner):
    files = {"ablations.py": insert(sources["ablations"], "Exp3", "forward", code)}
    report = check_folder(tmp_path, files, anew=True)
    only(report, usual, {"1.2.3": (Status.STOPPED, f"the process ended in running the network ({manner})")})


@linux
@pytest.mark.parametrize("code", ["torch.zeros(1 << 30)", "taken = bytearray(4 << 30)"])
def test_four_gigabytes_are_refused_and_said_to_be_memory(check_folder, tmp_path, sources, usual, code):
    report = check_folder(tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", code)})
    only(report, usual, {"1.2.3": (Status.STOPPED, "asked for more memory than there is")})


def test_many_printed_lines_cost_nothing_and_are_remarked(check_folder, tmp_path, sources, usual):
    printing = "for number in range(100_000): print('line', number)"
    report = check_folder(tmp_path, {"mnist.py": insert(sources["mnist"], "MNIST_Net", "forward", printing)})
    only(report, usual, {})
    assert any(remark.startswith("It printed") for remark in report.remarks)


def test_endless_printing_is_stopped(check_folder, tmp_path, sources, usual):
    printing = "while True: print('x' * 10_000)"
    report = check_folder(tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", printing)})
    only(report, usual, {"1.2.3": (Status.STOPPED, "printed more than 64 MiB")})


@linux
def test_a_process_left_behind_holds_nothing_up_and_is_ended(check_folder, tmp_path, sources, usual):
    note = tmp_path / "pid"
    child = (
        "import os, time\n"
        f"if not os.path.exists({str(note)!r}):\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        "        time.sleep(100_000)\n"
        f"    open({str(note)!r}, 'w').write(str(pid))\n"
    )
    report = check_folder(
        tmp_path, {"ablations.py": insert(sources["ablations"], "Exp3", "forward", child)}, isolation="none", anew=True
    )
    only(report, usual, {})
    assert gone(int(note.read_text()))


@pytest.mark.slow
@linux
def test_a_worker_that_leaves_a_process_behind_and_dies_is_replaced(check_folder, tmp_path, sources, usual):
    child = "import os, time\nif not os.fork():\n    time.sleep(100_000)\nos._exit(1)"
    files = {"ablations.py": insert(sources["ablations"], "Exp3", "forward", child)}
    report = check_folder(tmp_path, files, checks=in_seconds(2, "1.2.3"), isolation="none")
    only(report, usual, {"1.2.3": (Status.STOPPED, "running the network")})


@linux
def test_where_it_is_isolated_no_process_is_started_at_all(check_folder, tmp_path, sources, usual):
    files = {"ablations.py": insert(sources["ablations"], "Exp3", "forward", "import os\nos.fork()")}
    report = check_folder(tmp_path, files)
    only(report, usual, {"1.2.3": (Status.FAILED, "PermissionError")})
    assert "can't start processes" in line(report, "1.2.3").outcome.hint


def gone(pid: int) -> bool:
    """Whether a process ends within ten seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    os.kill(pid, 9)
    return False


# Outputs


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("self.fc2(x) * float('nan')", "The outputs contain NaN or infinity"),
        ("self.fc2(x).double()", "The outputs are float64, wanted float32"),
        ("self.fc2(x).long()", "The outputs are int64, wanted float32"),
    ],
)
def test_outputs_that_are_no_logits_are_named(check_folder, tmp_path, sources, usual, result, words):
    changed = {
        f"{name}.py": sources[name].replace("return self.fc2(x)", f"return {result}", 1)
        for name in ("mnist", "ablations")
    }
    report = check_folder(tmp_path, changed)
    only(report, usual, {"1.1-structure": (Status.FAILED, words), "1.2.1": (Status.FAILED, words)})
    assert not any("two results" in text for text in line(report, "1.1-structure").outcome.detail)


def test_of_two_bad_files_each_fault_is_told_and_the_rest_passes(check_folder, tmp_path, sources, usual):
    files = {
        "trainer.py": "this is no Python\n",
        "mnist.py": insert(sources["mnist"], "MNIST_Net", "forward", "0 / 0"),
    }
    bad = dict.fromkeys(["files-trainer", *TRAINER], (Status.FAILED, "trainer.py, line 1"))
    report = check_folder(tmp_path, files)
    only(report, usual, {**bad, "1.1-structure": (Status.FAILED, "ZeroDivisionError")})
