"""The handout's tests: each check is an item with a name, says what `hw1 check` says, and is never handed in."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
from conftest import write_hand_in
from test_commands import hw1

from autograder.home import handout_folder, repository
from autograder.homework import VARIABLE, in_force
from autograder.ingest.reading import read_submission
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.student.pack import plan
from autograder.student.pytest_items import Judging, checks
from autograder.student.which_homework import homework_of

ROOT = repository()
TESTS = in_force().tests
LIMITS = read_rubric().limits
README = (ROOT / "solution" / "README.md").read_text(encoding="utf-8")
OUTCOMES = {"passed": "passed", "failed": "failed", "todo": "failed", "stopped": "failed"}  # all else is skipped
SLIP = ("self.optimizer.zero_grad()", "pass")


def pytest_in(folder, *arguments, cache=False, **environment):
    """Run pytest as a student would: nothing of this repository's settings is in force."""
    dropped = ("PYTEST_ADDOPTS", "PYTHONPATH", VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    own = [] if cache else ["-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *own, *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=kept | environment, capture_output=True, encoding="utf-8", timeout=280, check=False
    )


def names_in(done):
    """By item, what became of it, from what ``-v`` prints."""
    found = re.findall(rf"{re.escape(TESTS)}::test_check\[(.*)\] (PASSED|FAILED|SKIPPED|ERROR)", done.stdout)
    return {name.partition(":")[0]: word.lower() for name, word in found}


@pytest.fixture
def fresh(tmp_path):
    """A fresh working copy."""
    return shutil.copytree(handout_folder(), tmp_path / "hw1", ignore=shutil.ignore_patterns("__pycache__", ".*"))


@pytest.fixture
def done(fresh, solution):
    """A finished one."""
    for path in solution.iterdir():
        if path.suffix in (".py", ".md"):
            shutil.copyfile(path, fresh / path.name)
    return fresh


# What is collected


def test_each_public_check_is_an_item_with_its_number_title_points_and_file():
    ids = [one.id for one in checks(str(handout_folder() / TESTS))]
    assert [name.partition(":")[0] for name in ids] == [check.id for check in in_force().checks]
    block = "2.1a: ConvBlock1: (convolution, batch norm, ReLU) x 2, max-pool, 6 points (vgg.py)"
    assert block in ids
    assert "1.2.3: Exp3: " in " ".join(ids)
    assert [name for name in ids if re.search(r"[\[\]]|::|[^ -~]", name)] == []


@pytest.mark.parametrize("option", [*re.findall(r"-k ([\w.-]+)", README), "1.2-q11", "Trainer.test"])
def test_what_the_page_says_to_ask_for_finds_items(option):
    ids = [one.id.lower() for one in checks(str(handout_folder() / TESTS))]
    assert 1 <= len([name for name in ids if option.lower() in name]) < len(ids) / 2


def test_collecting_imports_neither_torch_nor_anything_of_the_students(fresh):
    for path in fresh.glob("*.py"):
        if path.name != TESTS:
            path.write_text("def (:\n", encoding="utf-8")
    show = "import sys, pytest; code = pytest.main(['--collect-only', '-q', '-p', 'no:cacheprovider']); "
    show += "print(code, *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", show], cwd=fresh, capture_output=True, text=True, check=False)
    *listed, loaded = done.stdout.splitlines()
    assert loaded.split()[0] == "ExitCode.OK" or loaded.split()[0] == "0", done.stdout + done.stderr
    assert not {"torch", "torchvision", *in_force().module_names} & set(loaded.split())
    assert len([line for line in listed if line.startswith(f"{TESTS}::test_check[")]) == len(in_force().checks)


def test_tests_under_another_name_are_said_to_be_none(tmp_path):
    with pytest.raises(pytest.fail.Exception, match=f"are called {TESTS}, not test_mine.py"):
        checks(str(tmp_path / "test_mine.py"))


def test_the_homework_beside_a_working_copy_is_found_by_its_tests(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")  # put back afterwards
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    shutil.copytree(ROOT / "examples" / "hw2" / "assignment", tmp_path / "hw2")
    mine = shutil.copytree(handout_folder(), tmp_path / "hw1")
    package = tmp_path / "homework" / "second_homework"
    ignored = shutil.ignore_patterns("__pycache__", "solution", "assignment", "mistakes", "recorded")
    shutil.copytree(ROOT / "examples" / "hw2", package, ignore=ignored)
    first = in_force()
    try:
        assert homework_of(mine) is first
        assert homework_of(tmp_path / "elsewhere") is first
        assert homework_of(tmp_path / "hw2").name == "hw2"
        assert os.environ[VARIABLE] == str(package.resolve())
    finally:
        in_force.cache_clear()
        for name in [name for name in sys.modules if name.partition(".")[0] == "second_homework"]:
            del sys.modules[name]


# What an item says


@pytest.fixture
def judging(kit, tmp_path, solution):
    """Judges the solution with some of its files replaced."""
    opened = []

    def begin(files):
        submission = read_submission(write_hand_in(tmp_path / "20260001", files, solution), kit.rubric.limits)
        opened.append(Judging(kit, submission))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def test_a_failure_is_the_sentence_with_the_mistakes_name_and_a_pass_says_nothing(judging, solution, capsys):
    trainer = (solution / "trainer.py").read_text(encoding="utf-8").replace(*SLIP)
    judge = judging({"trainer.py": trainer, "vgg.py": (handout_folder() / "vgg.py").read_bytes()})
    with pytest.raises(pytest.fail.Exception, match=r"never\sclears its gradients") as failed:
        judge(in_force().check["1.2a"])
    assert failed.value.pytrace is False
    assert str(failed.value).splitlines()[-1] == "mistake: train-no-zero-grad"
    assert max(map(len, str(failed.value).splitlines())) <= 80
    with pytest.raises(pytest.fail.Exception, match=r"^TODO 2\.1b: "):
        judge(in_force().check["2.1b"])
    judge(in_force().check["1.2b"])
    assert capsys.readouterr().out == ""


def test_an_accuracy_that_nothing_settles_is_skipped_with_its_sentence(judging, solution):
    judge = judging({"trainer.py": (solution / "trainer.py").read_text(encoding="utf-8").replace(*SLIP)})
    with pytest.raises(pytest.skip.Exception, match=r"^Not settled: "):
        judge(in_force().check["1.1-accuracy"])


@pytest.mark.slow
def test_the_blocks_of_a_network_are_judged_before_it_so_that_the_order_changes_nothing(judging, solution):
    text = (solution / "vgg.py").read_text(encoding="utf-8").replace("x = torch.relu(self.fc2(x))", "x = self.fc2(x)")
    first, second = judging({"vgg.py": text}), judging({"vgg.py": text})
    checks_of_part = [check for check in in_force().checks if check.part == "2.1"]
    asked = {check.id: first.outcome(check) for check in checks_of_part}
    assert asked["2.1c-function"].status is Status.FAILED
    for check in reversed(checks_of_part):
        assert second.outcome(check) == asked[check.id]


def test_hostile_words_and_remarks_are_lines_without_anything_that_moves(judging, monkeypatch, capsys):
    judge = judging({})
    check = in_force().check["1.2a"]
    for outcome in (Outcome(Status.FAILED, "a\x1b[31m\u202eb\nc"), Outcome(Status.UNGRADED), Outcome(Status.FAILED)):
        monkeypatch.setattr(judge, "outcome", lambda check, outcome=outcome: outcome)
        kind = pytest.skip.Exception if outcome.status.open else pytest.fail.Exception
        with pytest.raises(kind) as ended:
            judge(check)
        assert str(ended.value) in ("a[31mb c", "", "failed")
    monkeypatch.setattr(judge, "outcome", lambda check: Outcome(Status.PASSED, remarks=("Look\x1b at it.",)))
    judge(check)
    assert capsys.readouterr().out == "Look at it.\n"


def test_an_item_whose_time_is_up_fails_and_the_next_one_has_new_workers(judging, monkeypatch):
    judge = judging({})

    def late(check):
        pytest.fail("Timeout (>300.0s) from pytest-timeout.")

    with monkeypatch.context() as patch, pytest.raises(pytest.fail.Exception, match=r"^Stopped: Timeout") as failed:
        patch.setattr(judge, "outcome", late)
        judge(in_force().check["1.2a"])
    assert failed.value.pytrace is False
    judge(in_force().check["1.2.3"])


# It is nobody's work


@pytest.mark.parametrize("kind", ["folder", "archive"])
@pytest.mark.parametrize("place", [TESTS, f"mine/{TESTS}"])
def test_it_is_not_part_of_a_hand_in_and_nothing_is_said_of_it(kind, place, tmp_path):
    files = {"mnist.py": "class MNIST_Net: pass\n", "answers.md": "x\n"}
    folder = write_hand_in(tmp_path / "20260001", files)
    plain = read_submission(folder, LIMITS)
    write_hand_in(folder, {place: "raise SystemExit('run')\n"})
    path = folder
    if kind == "archive":
        path = tmp_path / "20260001.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, ".")
    found = read_submission(path, LIMITS, tmp_path)
    assert (found.files, found.remarks, found.problems) == (plain.files, plain.remarks, plain.problems)
    assert found.digest == plain.digest


def test_a_hand_in_of_nothing_else_holds_no_work(tmp_path):
    found = read_submission(write_hand_in(tmp_path / "20260001", {TESTS: "x = 1\n", "README.md": "x"}), LIMITS)
    assert (found.files, found.remarks, found.unread) == ({}, (), ())


def test_it_is_not_packed_and_its_lack_is_no_lack(fresh, tmp_path):
    assert (fresh / TESTS).is_file()
    packing = plan(fresh, LIMITS, tmp_path)
    assert TESTS not in [one.name for one in packing.files]
    assert not any(TESTS in text for text in (*packing.missing, *packing.remarks))


# The whole of it


@pytest.mark.slow
def test_in_a_fresh_working_copy_each_item_fails_with_its_todo_and_no_traceback(fresh):
    ran = pytest_in(fresh, "-v")
    assert set(names_in(ran).values()) == {"failed"}, ran.stdout
    assert len(names_in(ran)) == len(in_force().checks)
    todos = set(re.findall(r'NotImplementedError\("(TODO \S+):', "".join(p.read_text() for p in fresh.glob("*.py"))))
    assert all(f"\n{todo}: " in ran.stdout for todo in todos)
    assert "Traceback" not in ran.stdout
    assert "pytest_items.py" not in ran.stdout


@pytest.mark.slow
def test_on_the_solution_nothing_fails_and_what_is_open_is_skipped(done):
    ran = pytest_in(done, "-v")
    assert ran.returncode == 0, ran.stdout
    outcomes = names_in(ran)
    assert len(outcomes) == len(in_force().checks)
    assert {name for name, word in outcomes.items() if word == "skipped"} <= {"2.2b-accuracy"}


@pytest.mark.slow
def test_the_outcomes_are_those_of_hw1_check(done, solution):
    trainer = (solution / "trainer.py").read_text(encoding="utf-8").replace(*SLIP)
    (done / "trainer.py").write_text(trainer, encoding="utf-8")
    shutil.copyfile(handout_folder() / "ablations.py", done / "ablations.py")
    vgg = (solution / "vgg.py").read_text(encoding="utf-8")
    (done / "vgg.py").write_text(vgg.replace("def forward(self, x", "def forward(self, x, y", 1), encoding="utf-8")
    (done / "mnist.py").write_text("import os\n\nos._exit(3)\n", encoding="utf-8")
    told = json.loads(hw1("check", done, "--json").stdout)["checks"]
    wanted = {one["id"]: one for one in told if one["id"] in in_force().check}
    ran = pytest_in(done, "-v")
    assert names_in(ran) == {name: OUTCOMES.get(one["status"], "skipped") for name, one in wanted.items()}
    said = " ".join(ran.stdout.split())
    assert all(" ".join(one["reason"].split()) in said for one in wanted.values() if one["status"] in OUTCOMES)
    assert "mistake: train-no-zero-grad" in said


@pytest.mark.slow
def test_it_runs_from_above_side_by_side_until_the_first_failure_and_again(fresh, solution):
    for path in solution.iterdir():
        if path.name in ("vgg.py", "mnist.py"):
            shutil.copyfile(path, fresh / path.name)
    above = pytest_in(fresh.parent, "-v", "-k", "vgg")
    assert set(names_in(above).values()) <= {"passed", "skipped"}, above.stdout
    assert "2.1a" in names_in(above)
    beside = pytest_in(fresh, "-n", "2", "-k", "ablations")
    assert "11 failed" in beside.stdout, beside.stdout
    first = pytest_in(fresh, "-x", "-k", "Exp", cache=True)
    assert "1 failed" in first.stdout, first.stdout
    again = pytest_in(fresh, "--lf", "-v", cache=True)
    assert len(names_in(again)) == 1, again.stdout
    assert [path.name for path in fresh.glob("*.ipynb")]
    assert read_submission(fresh, LIMITS).remarks == ()


@pytest.mark.slow
def test_it_belongs_to_any_homework(tmp_path):
    folder = ROOT / "examples" / "hw2"
    fresh = shutil.copytree(folder / "assignment", tmp_path / "fresh")
    ran = pytest_in(fresh, **{VARIABLE: str(folder)})
    assert "7 failed" in ran.stdout, ran.stdout
    done = shutil.copytree(folder / "solution", tmp_path / "done")
    shutil.copyfile(fresh / "test_hw2.py", done / "test_hw2.py")
    ran = pytest_in(done, **{VARIABLE: str(folder)})
    assert "7 passed" in ran.stdout, ran.stdout


@pytest.mark.slow
def test_where_there_is_no_working_copy_each_item_says_so(tmp_path):
    shutil.copyfile(handout_folder() / TESTS, tmp_path / TESTS)
    ran = pytest_in(tmp_path, "-q", "-k", "2.1a")
    assert ran.returncode == 1, ran.stdout
    assert "is not a working copy" in ran.stdout
    assert "Traceback" not in ran.stdout
