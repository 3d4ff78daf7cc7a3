"""Hand-ins as bad as they come: one clear sentence where it is wrong, and everything else is graded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

import pytest

from autograder.hw1 import ablations, mnist, trainer
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status
from autograder.rubric import read_rubric

MNIST = {"files-mnist", "1.1-structure"}
ABLATIONS = {"files-ablations", *(f"1.2.{number}" for number in range(1, 11))}
TRAINER = {"files-trainer", "1.2a", "1.2b", "1.2c"}
VGG = {"files-vgg", "2.1a", "2.1b", "2.1c-shapes", "2.1c-count", "2.1c-function", "2.2b-structure"}
BUILT_ON_VGG = {"2.2a-accuracy", "2.2b-accuracy"}
FLATTEN = "        x = x.flatten(1)  # (N, 784)\n"
QUICK = replace(read_rubric(), limits=replace(read_rubric().limits, import_seconds=3))


@dataclass(frozen=True)
class Bad:
    """What is wrong, what is said of which checks, and which others it takes along.

    Attributes:
        edit: file, old text, new text; the old text may be empty: the new one is put before the file.
        says: by check, a piece of the reason.
        status: of the checks in *says*.
        also: checks that do not pass either.
    """

    edit: tuple[str, str, str]
    says: dict[str, str]
    status: Status = Status.FAILED
    also: set[str] = field(default_factory=set)


EDITS = {
    "a wrong class name": Bad(
        ("ablations.py", "class Exp3(", "class Exp_3("),
        {"1.2.3": "ablations.py has no Exp3; it defines Exp1,", "files-ablations": "does not define Exp3"},
    ),
    "a syntax error": Bad(
        (
            "vgg.py",
            "super().__init__()\n        # BEGIN SOLUTION 2.1a",
            "super().__init__(\n        # BEGIN SOLUTION 2.1a",
        ),
        {
            "files-vgg": "vgg.py, line 14: '(' was never closed",
            "2.1a": "vgg.py, line 14",
            "2.2b-structure": "never closed",
        },
        also=VGG | BUILT_ON_VGG,
    ),
    "an exception in a constructor": Bad(
        ("mnist.py", "        self.pool = nn.MaxPool2d(2)\n", "        self.pool = {}['x']\n"),
        {"1.1-structure": "KeyError: 'x' in constructor (mnist.py, line 21: self.pool = {}['x'])"},
    ),
    "an exception in forward": Bad(
        (
            "ablations.py",
            "return self.fc2(x)  # (N, 10)\n        # END SOLUTION\n\n\nclass Exp2",
            "raise ValueError('no\x1b[31m')\n\n\nclass Exp2",
        ),
        {"1.2.1": "ValueError: no"},
    ),
    "a stub left in": Bad(
        (
            "ablations.py",
            "x = torch.relu(self.norm1(self.fc1(x.flatten(1))))  # (N, 30)",
            "raise NotImplementedError('TODO 1.2.7: x')",
        ),
        {"1.2.7": "TODO 1.2.7", "files-ablations": "To do: Exp7."},
        Status.TODO,
    ),
    "exit() at import": Bad(
        ("vgg.py", "", "exit()\n"),
        {"2.1a": "exit() is called in the import of vgg.py (vgg.py, line 1: exit())"},
        also=(VGG | BUILT_ON_VGG) - {"files-vgg"},
    ),
    "os._exit in forward": Bad(
        ("mnist.py", FLATTEN, f"        import os; os._exit(0)\n{FLATTEN}"),
        {"1.1-structure": "the process ended in running the network (exit code 0)"},
        Status.STOPPED,
    ),
    "a segmentation fault in forward": Bad(
        ("mnist.py", FLATTEN, f"        import ctypes; ctypes.string_at(0)\n{FLATTEN}"),
        {"1.1-structure": "the process ended in running the network (signal SIGSEGV)"},
        Status.STOPPED,
    ),
    "NaN outputs": Bad(
        ("mnist.py", "return self.fc2(x)", "return self.fc2(x) / 0 * 0"), {"1.1-structure": "NaN or infinity"}
    ),
    "outputs in double precision": Bad(
        ("mnist.py", "return self.fc2(x)", "return self.fc2(x).double()"), {"1.1-structure": "float64, wanted float32"}
    ),
    "classes in the place of logits": Bad(
        ("mnist.py", "return self.fc2(x)", "return self.fc2(x).argmax(1)"), {"1.1-structure": ""}
    ),
    "an allocation beyond the limit": Bad(
        ("mnist.py", FLATTEN, f"        torch.zeros(1 << 30)\n{FLATTEN}"),
        {"1.1-structure": "asked for more memory than there is"},
        Status.STOPPED,
    ),
    "a recursion without an end": Bad(
        ("mnist.py", FLATTEN, f"        self.again = lambda: self.again()\n        self.again()\n{FLATTEN}"),
        {"1.1-structure": "RecursionError"},
    ),
    "an exception that can't be printed": Bad(
        (
            "mnist.py",
            FLATTEN,
            f"        class E(BaseException):\n            def __str__(self): raise self\n        raise E\n{FLATTEN}",
        ),
        {"1.1-structure": "E in forward"},
    ),
    "a package that is not installed": Bad(
        (
            "mnist.py",
            FLATTEN,
            f"        import not_installed_here\n        x = not_installed_here.prepare(x)\n{FLATTEN}",
        ),
        {"1.1-structure": "not_installed_here (mnist.py, line "},
        Status.UNGRADED,
    ),
    "a thread that goes on": Bad(
        (
            "mnist.py",
            FLATTEN,
            f"        import threading, time; threading.Thread(target=time.sleep, args=(99,)).start()\n{FLATTEN}",
        ),
        {"1.1-structure": ""},
        Status.PASSED,
    ),
    "100,000 printed lines": Bad(
        ("mnist.py", "", "for number in range(100_000): print('line', number)\n"), {"1.1-structure": ""}, Status.PASSED
    ),
    "a wrong dimension": Bad(
        ("vgg.py", "self.fc3 = nn.Linear(128, 10)", "self.fc3 = nn.Linear(129, 10)"),
        {"2.1c-shapes": "", "2.1c-count": "", "2.1c-function": "mat1 and mat2"},
        also={"2.2a-accuracy"},
    ),
}


def outcomes(report):
    return {line.id: line.outcome for line in report.lines if line.id in {check.id for check in CHECKS}}


def expect(report, says, status, also=frozenset()):
    """The checks in *says* have this status and say so; all others but *also* pass or are open."""
    found = outcomes(report)
    for check_id, text in says.items():
        assert found[check_id].status is status, (check_id, found[check_id])
        assert text in found[check_id].reason, (check_id, found[check_id].reason)
    for check_id, outcome in found.items():
        if check_id not in says and check_id not in also and not repeats(found, check_id):
            assert outcome.status in (Status.PASSED, Status.UNSETTLED), (check_id, outcome)


NETWORK_OF = {"1.1-accuracy": "1.1-structure", "2.2a-accuracy": "2.1c-function", "2.2b-accuracy": "2.2b-structure"}


def repeats(found: dict, check_id: str) -> bool:
    """Whether an accuracy says what the check of its network said, which did not run."""
    network = found.get(NETWORK_OF.get(check_id, ""))
    mine = found[check_id]
    return network is not None and (mine.status, mine.reason) == (network.status, network.reason)


@pytest.mark.parametrize("bad", EDITS.values(), ids=EDITS.keys())
def test_one_thing_wrong_gives_one_sentence_and_costs_nothing_else(bad, check_folder, solution, tmp_path):
    name, old, new = bad.edit
    text = (solution / name).read_text()
    assert not old or text.count(old) >= 1
    report = check_folder(tmp_path, {name: text.replace(old, new, 1) if old else new + text})
    expect(report, bad.says, bad.status, bad.also)


FILES = {
    "binary junk": (bytes(range(256)) * 20, "UTF-8", MNIST),
    "50 MB of source": (b"#" * 50_000_000, "mnist.py has 50.0 MB; a source may have at most 1 MB", MNIST),
    "100,000 brackets": (b"x = " + b"(" * 100_000 + b")" * 100_000, "too many nested", MNIST),
    "UTF-16": ("x = 1\n".encode("utf-16"), "UTF-8", MNIST),
    "nothing": (None, "mnist.py is missing", MNIST),
}


@pytest.mark.parametrize("content, sentence, checks", FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_read_is_named_on_each_of_its_checks(content, sentence, checks, check_folder, tmp_path):
    report = check_folder(tmp_path, {"mnist.py": content})
    found = outcomes(report)
    assert found["1.1-structure"].status is Status.FAILED
    assert sentence in found["1.1-structure"].reason
    expect(report, {}, Status.FAILED, also=checks)


def test_crlf_a_byte_order_mark_and_korean_comments_change_nothing(check_folder, solution, tmp_path):
    text = "# 한국어 주석\n" + (solution / "mnist.py").read_text()
    report = check_folder(tmp_path, {"mnist.py": b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()})
    expect(report, {}, Status.FAILED)


def test_an_empty_folder_is_a_hand_in_without_points(grade_folder, tmp_path):
    report = grade_folder(tmp_path)
    assert report.earned == 0
    assert all(line.outcome.status is not Status.UNGRADED for line in report.lines)
    assert outcomes(report)["2.1a"].reason == "vgg.py is missing."


def test_links_are_not_followed_and_a_folder_is_not_a_file(check_folder, grade_folder, solution, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text((solution / "trainer.py").read_text())
    check_folder(tmp_path, {"trainer.py": None, "mnist.py": None})
    folder = tmp_path / "20260042"
    (folder / "trainer.py").symlink_to(secret)
    (folder / "linked").symlink_to(solution, target_is_directory=True)
    (folder / "mnist.py").mkdir()
    report = grade_folder(folder)
    assert "trainer.py is a symbolic link" in outcomes(report)["1.2a"].reason
    assert "mnist.py is a folder" in outcomes(report)["1.1-structure"].reason
    expect(report, {}, Status.FAILED, also=TRAINER | MNIST)


@pytest.mark.slow
def test_files_named_like_a_library_do_not_stand_in_for_it(check_folder, tmp_path):
    broken = "raise SystemError('shadowed')\n"
    report = check_folder(tmp_path, {"torch.py": broken, "json.py": broken, "numpy/__init__.py": broken})
    expect(report, {}, Status.FAILED)


@pytest.mark.slow  # test_bad_input has one for the fast ones
def test_an_import_that_never_ends_stops_its_module_once(check_folder, solution, tmp_path):
    text = "while True: pass\n" + (solution / "trainer.py").read_text()
    report = check_folder(tmp_path, {"trainer.py": text}, rubric=QUICK)
    says = dict.fromkeys(TRAINER - {"files-trainer"}, "the import of trainer.py took more than 3 s")
    expect(report, says, Status.STOPPED)


def quick(checks, seconds):
    """The same checks with a shorter time limit for their probes."""
    judges = [replace(check.judge, probe=replace(check.judge.probe, seconds=seconds)) for check in checks]
    return tuple(replace(check, judge=judge) for check, judge in zip(checks, judges, strict=True))


@pytest.mark.slow
def test_a_forward_and_a_train_that_never_end_are_stopped_and_the_next_checks_go_on(check_folder, solution, tmp_path):
    files = {
        "mnist.py": (solution / "mnist.py").read_text().replace(FLATTEN, f"        while True: pass\n{FLATTEN}"),
        "trainer.py": (solution / "trainer.py")
        .read_text()
        .replace("self.net.train()\n", "\n        while True: pass\n"),
    }
    checks = (*quick(mnist.CHECKS[:1], 3), *quick(trainer.CHECKS, 3), *ablations.CHECKS)
    found = outcomes(check_folder(tmp_path, files, checks=checks, anew=True))
    assert found["1.1-structure"].reason == "Stopped: running the network took more than 3 s."
    assert found["1.2a"].reason == "Stopped: Trainer.train took more than 3 s."
    assert all(found[check_id].status is Status.PASSED for check_id in ("1.2b", "1.2c", "1.2.1", "1.2.10"))


@pytest.mark.slow
def test_parameters_that_change_nothing_do_not_count(check_folder, solution, tmp_path):
    text = (solution / "vgg.py").read_text()
    idle = text.replace("return self.fc3(x)  # (N, 10)", "return self.fc3(x) * 0 + x[:, :10]")
    useful = text.replace("return self.fc3(x)  # (N, 10)", "return torch.tanh(self.fc3(x))")
    found = outcomes(check_folder(tmp_path / "idle", {"vgg.py": idle}))
    assert found["2.1c-count"].status is Status.FAILED
    assert "no effect on the output" in found["2.1c-count"].reason
    found = outcomes(check_folder(tmp_path / "useful", {"vgg.py": useful}))
    assert found["2.1c-function"].status is Status.FAILED
    assert found["2.1c-count"].status is Status.PASSED


def test_twenty_million_unused_parameters_and_a_zero_output_earn_nothing(check_folder, tmp_path):
    text = "import torch\nfrom torch import nn\n\n\nclass VGG19(nn.Module):\n    def __init__(self):\n"
    text += "        super().__init__()\n        self.w = nn.Parameter(torch.zeros(20_365_002))\n\n"
    text += "    def forward(self, x):\n        return torch.zeros(len(x), 10)\n"
    found = outcomes(check_folder(tmp_path, {"vgg.py": text}))
    assert all(found[check_id].status is Status.FAILED for check_id in VGG - {"files-vgg"})
    assert "20,365,002 parameters, which do not count" in " ".join(found["2.1c-count"].detail)


def test_a_submission_does_not_reach_the_solution_the_mistakes_or_the_evidence(check_folder, solution, tmp_path):
    peek = "import importlib\nfor name in ('solution.vgg', 'autograder.hw1.mistakes', 'autograder.recording', 'cli'):\n"
    peek += "    try:\n        importlib.import_module(name)\n    except ImportError:\n        continue\n"
    peek += "    raise SystemError(name)\n"
    report = check_folder(tmp_path, {"mnist.py": peek + (solution / "mnist.py").read_text()})
    expect(report, {}, Status.FAILED)


def test_a_gpu_that_is_asked_for_at_import_and_in_code_is_answered_with_the_cpu_and_a_remark(
    check_folder, solution, tmp_path
):
    text = (solution / "mnist.py").read_text().replace(FLATTEN, f"        x = x.cuda().to('cuda:0')\n{FLATTEN}")
    report = check_folder(tmp_path, {"mnist.py": f"{text}\nNET = MNIST_Net().cuda()\n"})
    expect(report, {}, Status.FAILED)
    assert any("GPU" in remark for remark in outcomes(report)["1.1-structure"].remarks)


def test_printed_text_is_counted_and_cut(check_folder, solution, tmp_path):
    text = "print('x' * 300_000)\n" + (solution / "mnist.py").read_text()
    report = check_folder(tmp_path, {"mnist.py": text})
    assert any("printed 300" in remark for remark in report.remarks)


def test_no_worker_is_left_over(check_folder, launcher, tmp_path):
    check_folder(tmp_path, {"mnist.py": "import os\nos.abort()\n"}, anew=True)
    for parent in launcher.parents:
        children = f"/proc/{parent}/task/{parent}/children"
        if os.path.exists(children):  # noqa: PTH110
            with open(children) as file:  # noqa: PTH123
                assert not file.read().split()
