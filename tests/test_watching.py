"""What `hw1 check --watch` runs again, what it gives up, what it says is new, and what fits on a screen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import write_hand_in
from notebooks import own_layout

from autograder.errors import GraderError, MisuseError
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.keeping.kept import Kept
from autograder.outcome import Outcome, Status
from autograder.report import make_report
from autograder.rubric import read_rubric
from autograder.sandbox.host import SpawnLauncher
from autograder.student import other_cores
from autograder.student.check import working_copy
from autograder.student.watching import following as following_module
from autograder.student.watching.changes import change_of, changed_files, said_of_files, said_of_verdicts
from autograder.student.watching.following import Following
from autograder.student.watching.recent import Recent
from autograder.student.watching.rounds import Rounds
from autograder.student.watching.screen import LiveScreen, Screen
from autograder.student.watching.spare import WithSpare
from autograder.student.watching.verdicts import CHANGED, MORE, REST, TO_DO, WRONG, Block, Verdicts, blocks, fitted
from autograder.submission import Submission

RUBRIC = read_rubric()
PASSED, FAILED = Outcome(Status.PASSED), Outcome(Status.FAILED, "It is wrong.")
SOON = 60  # seconds after which a test gives up


def checks_of(*ids: str):
    return tuple(check for check in CHECKS if check.id in ids)


# What is new


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (None, FAILED, ""),
        (FAILED, FAILED, ""),
        (FAILED, PASSED, "newly passed"),
        (PASSED, FAILED, "newly failed"),
        (PASSED, Outcome(Status.STOPPED, "It took too long."), "newly failed"),
        (PASSED, Outcome(Status.UNSETTLED, "Not settled."), "no longer passed"),
        (FAILED, replace(FAILED, reason="It is wrong in another way."), "another sentence"),
        (FAILED, replace(FAILED, hint="Try this."), "another sentence"),
        (Outcome(Status.TODO, "To do."), FAILED, "another sentence"),
        (PASSED, replace(PASSED, points=2.0), ""),
    ],
)
def test_what_is_new_about_a_verdict(before, now, said):
    assert change_of(before, now) == said


def test_what_is_new_is_told_by_kind():
    changes = {"1.1": "newly passed", "1.2": "", "2.1": "another sentence", "2.2": "newly passed"}
    assert said_of_verdicts(changes) == "newly passed: 1.1, 2.2; another sentence: 2.1"
    assert said_of_verdicts({"1.1": ""}) == "every verdict is as before"


def test_the_files_that_have_changed_are_named(tmp_path):
    folder = write_hand_in(tmp_path, {"vgg.py": "x = 1\n", "mnist.py": "x = 1\n", "report.pdf": "one"})
    before = read_submission(folder, RUBRIC.limits)
    assert before.digest
    (folder / "mnist.py").unlink()
    write_hand_in(folder, {"vgg.py": "x = 2\n", "report.pdf": "two", "checkpoints/1.1.safetensors": "three"})
    names = changed_files(before, read_submission(folder, RUBRIC.limits))
    assert names == ["checkpoints/1.1.safetensors", "mnist.py", "report.pdf", "vgg.py"]
    assert said_of_files(names) == "4 files have changed"
    assert said_of_files(names[:2]) == "checkpoints/1.1.safetensors and mnist.py have changed"
    assert said_of_files(["vgg\x1b[31m.py"]) == "vgg\\x1b[31m.py has changed"


# What was observed


KEPT = Kept(b"x" * 60, b"", {}, 0.1)


def test_of_too_much_the_oldest_is_forgotten():
    recent = Recent(most=150, packages=lambda: 0)
    for name in (b"one", b"two"):
        recent.keep(name, "", KEPT)
    assert recent.observation(b"one") == KEPT  # so that the other one is older now
    recent.keep(b"three", "", KEPT)
    assert [recent.observation(name) is not None for name in (b"one", b"two", b"three")] == [True, False, True]


def test_a_package_that_is_installed_meanwhile_may_change_everything():
    versions = iter([1, 1, 2])
    recent = Recent(packages=lambda: next(versions))
    recent.begin()
    recent.keep(b"one", "", KEPT)
    recent.begin()
    assert recent.observation(b"one") is None


def test_what_may_be_about_another_file_is_taken_back():
    recent = Recent(packages=lambda: 0)
    recent.keep(b"one", "", KEPT)
    recent.begin()
    recent.keep(b"two", "", KEPT)
    recent.take_back()
    assert recent.observation(b"one") == KEPT
    assert recent.observation(b"two") is None


# The working copy


@pytest.fixture
def folder(tmp_path):
    return write_hand_in(tmp_path / "mine", {"mnist.py": "x = 1\n", "vgg.py": "x = 1\n"})


@pytest.fixture
def followed(folder):
    with Following(folder, lambda: working_copy(folder, RUBRIC.limits)) as following:
        yield following


def test_a_save_is_the_next_state(followed, folder):
    assert followed.take().files["vgg.py"] == b"x = 1\n"
    (folder / "vgg.py").write_text("x = 2\n")
    followed.outdated.result(SOON)
    assert followed.take().files["vgg.py"] == b"x = 2\n"


def test_a_save_by_renaming_is_one(followed, folder):
    followed.take()
    (folder / ".vgg.py.swp").write_text("x = 3\n")
    (folder / ".vgg.py.swp").rename(folder / "vgg.py")
    followed.outdated.result(SOON)
    assert followed.take().files["vgg.py"] == b"x = 3\n"


def test_what_nobody_has_taken_is_replaced_by_what_is_newer(followed, folder):
    followed.take()
    (folder / "vgg.py").write_text("x = 4\n")
    followed.outdated.result(SOON)
    taken = followed.outdated
    (folder / "mnist.py").write_text("x = 4\n")
    (folder / "later.py").write_text("x = 4\n")
    while followed._newest.files.get("later.py") is None:
        assert followed._thread.is_alive()
        followed._over.wait(0.02)
    assert followed.outdated is taken
    assert followed.take().files == dict.fromkeys(("vgg.py", "mnist.py", "later.py"), b"x = 4\n")


def test_what_is_saved_as_it_was_is_nothing_new(followed, folder):
    followed.take()
    for name in ("vgg.py", "mnist.py"):
        (folder / name).write_text("x = 1\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "vgg.pyc").write_text("no source")
    followed._look(True)
    assert not followed.outdated.done()


@pytest.mark.parametrize("left", [{}, {"vgg.py": ""}, {"vgg.py": " \n"}])
def test_a_file_that_is_being_written_is_waited_for(folder, monkeypatch, left):
    """An editor removes or empties a file before it writes it: that state is never checked."""
    whole = working_copy(folder, RUBRIC.limits)
    (folder / "vgg.py").unlink()
    torn = working_copy(write_hand_in(folder, left), RUBRIC.limits)
    saved = working_copy(write_hand_in(folder, {"vgg.py": "x = 2\n"}), RUBRIC.limits)
    states = iter([whole, torn, saved])
    monkeypatch.setattr(following_module, "SETTLES", 0)
    following = Following(folder, lambda: next(states))
    following.take()
    following._look(True)
    assert following.take() is saved


def test_a_file_that_stays_away_is_believed_to_be_gone(followed, folder):
    followed.take()
    (folder / "vgg.py").unlink()
    followed.outdated.result(SOON)
    assert set(followed.take().files) == {"mnist.py"}
    (folder / "vgg.py").write_text("x = 1\n")
    followed.outdated.result(SOON)
    assert set(followed.take().files) == {"mnist.py", "vgg.py"}


def test_a_folder_that_is_made_again_is_followed_on(followed, folder):
    followed.take()
    folder.rename(folder.with_name("elsewhere"))
    followed.outdated.result(SOON)
    with pytest.raises(MisuseError, match="does not exist"):
        followed.take()
    write_hand_in(folder.with_name("new"), {"vgg.py": "x = 5\n"}).rename(folder)
    followed.outdated.result(SOON)
    assert followed.take().files["vgg.py"] == b"x = 5\n"
    (folder / "vgg.py").write_text("x = 6\n")
    followed.outdated.result(SOON)
    assert followed.take().files["vgg.py"] == b"x = 6\n"


def silent(*_, stop_event, **__):
    """As a network drive: nobody tells of a save."""
    while not stop_event.wait(0.02):
        yield set()


def refuses(*_, **__):
    """As a system with too much to listen to."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("tells", [silent, refuses])
def test_a_save_that_nobody_tells_of_is_found(folder, monkeypatch, tells):
    monkeypatch.setattr("watchfiles.watch", tells)
    monkeypatch.setattr(following_module, "LOOKS", 0.02)
    with Following(folder, lambda: working_copy(folder, RUBRIC.limits)) as following:
        following.take()
        write_hand_in(folder, {"checkpoints/1.1.safetensors": "weights"})
        following.outdated.result(SOON)
        assert set(following.take().checkpoints) == {"1.1"}


def test_what_is_no_working_copy_to_begin_with_is_not_followed(tmp_path):
    with pytest.raises(MisuseError, match="does not exist"):
        Following(tmp_path / "nowhere", lambda: working_copy(tmp_path / "nowhere", RUBRIC.limits))


def test_a_fault_while_it_is_read_is_not_waited_over(folder):
    states = [working_copy(folder, RUBRIC.limits)]

    def read():
        if not states:
            raise ValueError("a fault of ours")
        return states.pop()

    with Following(folder, read) as following:
        following.take()
        (folder / "vgg.py").write_text("x = 2\n")
        following.outdated.result(SOON)
        with pytest.raises(ValueError, match="a fault of ours"):
            following.take()


def test_without_watchfiles_that_is_a_sentence(folder, monkeypatch):
    monkeypatch.setattr(following_module, "find_spec", lambda name: None)
    with pytest.raises(MisuseError, match=r"^--watch needs a package .*: pip install watchfiles$"):
        Following(folder, lambda: None)


# Rounds


class States:
    """States of a working copy, one after the other, each to be checked in a round."""

    def __init__(self, *states):
        self.states, self.outdated = list(states), Future()

    def take(self):
        self.outdated = Future()
        state = self.states.pop(0)
        if isinstance(state, Exception):
            raise state
        return state


class Counting(Recent):
    """Counts what is run."""

    def __init__(self):
        super().__init__(packages=lambda: 0)
        self.run: list[str] = []

    def keep(self, name, probe, kept):
        self.run.append(probe)
        super().keep(name, probe, kept)


class Seen(Screen):
    """Remembers the verdicts of each round, and what was said in the place of them."""

    def __init__(self, checks):
        super().__init__(Verdicts(checks, RUBRIC))
        self.rounds: list[dict[str, Outcome]] = []
        self.said: list[str] = []
        self.saved: list[str] = []

    def begin(self, saved):
        self.saved.append(saved)
        super().begin(saved)

    def end(self, report, seconds):
        self.rounds.append(dict(self.verdicts.now))
        super().end(report, seconds)

    def say(self, text):
        self.said.append(text)


@pytest.fixture
def watch(kit):
    """Checks states of a working copy one after the other: what was run and seen, as (the counter, the screen)."""

    used = []

    def run(checks, *states, each=lambda recent: None, **limits):
        kit.rubric = replace(kit.rubric, limits=replace(kit.rubric.limits, **limits))
        used.append(rounds := Rounds(kit, checks, States(*states), Seen(checks), Counting()))
        for _ in states:
            rounds.next()
            each(rounds.recent)
        return rounds

    yield run
    for rounds in used:
        give_back(rounds)


def give_back(rounds: Rounds) -> None:
    """End the worker that it has to spare: the launcher is that of all tests."""
    launcher = rounds.kit.launcher
    if launcher._spare is not None:
        launcher._spare[1].close()


def state(folder, files, base=None) -> Submission:
    return read_submission(write_hand_in(folder, files, base), RUBRIC.limits)


def test_only_what_sees_the_changed_file_is_run_again(watch, solution, tmp_path):
    checks = checks_of("files-vgg", "1.1-structure", "1.2.1", "2.1a", "2.1b")
    own = (solution / "vgg.py").read_bytes()
    wrong = own.replace(b"self.pool(x)  # (N, out_dim, H/2, W/2)", b"x", 1)
    assert wrong != own
    runs = []

    def each(recent):
        runs.append(sorted(recent.run))
        recent.run.clear()

    files = {f"{name}.py": (solution / f"{name}.py").read_bytes() for name in ("mnist", "ablations", "vgg")}
    states = [state(tmp_path, {**files, "vgg.py": vgg}) for vgg in (own, wrong, own + b"\n", own)]
    screen = watch(checks, *states, each=each).screen
    assert any(probe.startswith("mnist") for probe in runs[0])
    assert runs[1]
    assert all("vgg" in probe for one in runs[1:] for probe in one)
    assert runs[3] == []  # that file was seen before
    verdicts = [{check: outcome.status for check, outcome in one.items()} for one in screen.rounds]
    assert verdicts[0] == verdicts[2] == verdicts[3]
    changed = {check for check in verdicts[0] if verdicts[0][check] != verdicts[1][check]}
    assert changed == {"2.1a"}
    assert verdicts[1]["2.1a"] is Status.FAILED
    assert screen.saved == ["", *["vgg.py has changed"] * 3]


def test_what_was_quick_the_last_time_comes_first_in_its_turn(watch, solution, tmp_path, monkeypatch):
    monkeypatch.setattr(other_cores, "spare_cores", lambda: 0)
    source = (solution / "trainer.py").read_text()
    checks = checks_of("1.2a", "1.2b", "1.2c")
    states = [state(tmp_path, {"trainer.py": source + text}) for text in ("", "# later\n")]
    orders = []

    def each(recent):
        orders.append([probe for probe in recent.run if probe.startswith("trainer.")])
        recent.run.clear()

    screen = watch(checks, *states, each=each).screen
    assert orders[0] == ["trainer.train", "trainer.test", "trainer.confusion"]
    assert orders[1][-1] == "trainer.train"  # by then all is imported that the others would wait for
    assert sorted(orders[1]) == sorted(orders[0])
    assert [outcome.status for one in screen.rounds for outcome in one.values()] == [Status.PASSED] * 6


def test_a_check_on_each_save_says_what_a_check_says(watch, kit, solution, tmp_path):
    from autograder.grade import grade

    checks = checks_of("1.2.1", "1.2.2")
    source = (solution / "ablations.py").read_text()
    first = state(tmp_path, {"ablations.py": source})
    later = state(tmp_path, {"ablations.py": source.replace("torch.sigmoid(", "torch.tanh(", 1)})
    seen = watch(checks, first, later).screen.rounds[1]
    kit.bound = lambda session: session
    report = grade(later, kit, checks=checks)
    judged = {line.id: line.outcome for line in report.lines if line.id in seen}
    assert {check: outcome.worth(RUBRIC.worth(check)) for check, outcome in seen.items()} == judged


HANGS = "while True:\n    pass\n"
DIES = "import os\nos._exit(3)\n"


def test_what_hangs_or_dies_is_a_verdict_and_not_the_end(watch, solution, tmp_path):
    source = (solution / "ablations.py").read_text()
    states = [state(tmp_path, {"ablations.py": text + source}) for text in ("", HANGS, DIES, "", HANGS)]
    rounds = watch(checks_of("1.2.1"), *states, import_seconds=0.5)
    outcomes = [one["1.2.1"] for one in rounds.screen.rounds]
    statuses = [outcome.status for outcome in outcomes]
    assert statuses == [Status.PASSED, Status.STOPPED, Status.STOPPED, Status.PASSED, Status.STOPPED]
    assert "0.5 s" in outcomes[1].reason
    assert "exit code 3" in outcomes[2].reason
    assert outcomes[4] == outcomes[1]


def test_a_save_gives_up_what_hangs(kit, solution, tmp_path):
    source = (solution / "ablations.py").read_text()
    checks = checks_of("1.2.1")
    states = States(*(state(tmp_path, {"ablations.py": text + source}) for text in (HANGS, "")))
    kit.rubric = replace(kit.rubric, limits=replace(kit.rubric.limits, import_seconds=600))
    rounds = Rounds(kit, checks, states, Seen(checks), Counting())
    first = threading.Thread(target=rounds.next)
    first.start()
    while not rounds.screen.saved:
        first.join(0.02)
    first.join(1)  # it hangs
    states.outdated.set_result(None)
    first.join(SOON)
    assert not first.is_alive()
    assert (rounds.screen.rounds, rounds.recent.run) == ([], [])
    rounds.next()
    give_back(rounds)
    assert rounds.screen.rounds[0]["1.2.1"].status is Status.PASSED


def test_a_notebook_that_is_saved_is_checked_again(watch, solution, tmp_path):
    source = (solution / "ablations.py").read_text()
    texts = [source, source.replace("torch.sigmoid(", "torch.tanh(", 1)]
    books = [{"hw1-1.ipynb": own_layout({"ablations": text})} for text in texts]
    screen = watch(checks_of("1.2.1"), *(state(tmp_path / f"{n}", files) for n, files in enumerate(books))).screen
    assert [one["1.2.1"].status for one in screen.rounds] == [Status.PASSED, Status.FAILED]
    assert screen.saved[1] == "hw1-1.ipynb has changed"


def test_answers_and_documents_that_are_saved_run_no_module_again(watch, solution, tmp_path):
    files = {name: (solution / name).read_bytes() for name in ("ablations.py", "answers.md")}
    states = [state(tmp_path, {**files, "answers.md": files["answers.md"] + text}) for text in (b"", b"more\n")]
    states.append(state(tmp_path, {"checkpoints/1.2.1.safetensors": "no weights"}))
    runs = []
    watch(checks_of("1.2.1", "files-answers"), *states, each=lambda recent: runs.append(len(recent.run)))
    assert runs[0] == runs[1] == runs[2]


def test_what_is_no_working_copy_for_a_while_is_said(watch, solution, tmp_path):
    right = state(tmp_path, {"ablations.py": (solution / "ablations.py").read_bytes()})
    screen = watch(checks_of("files-ablations"), right, MisuseError("mine does not exist"), right).screen
    assert screen.said == ["mine does not exist. Waiting for it to come back."]
    assert len(screen.rounds) == 2


def test_a_fault_of_ours_is_said_and_the_next_save_tries_again(watch, kit, solution, tmp_path, monkeypatch):
    right = state(tmp_path, {"ablations.py": (solution / "ablations.py").read_bytes()})
    fails = iter([GraderError("the disk is full"), None])

    def grade(found, kit, tell, checks):
        error = next(fails)
        if error is not None:
            raise error
        return make_report("", "", CHECKS, {}, RUBRIC, (), {})

    monkeypatch.setattr("autograder.student.watching.rounds.grade", grade)
    screen = watch(checks_of("files-ablations"), right, right).screen
    assert screen.said == ["The kit failed, not you: the disk is full. The next save tries again."]
    assert len(screen.rounds) == 1


# What fits


def block(part: str, number: int, rank: int, lines: int = 3) -> Block:
    return Block(part, tuple(f"{number}.{line}" for line in range(lines)), f"{number}", rank)


def test_a_list_that_fits_is_whole():
    shown = fitted([block("a", 1, REST), block("a", 2, WRONG), block("b", 3, TO_DO)], str.upper, 12)
    assert shown == ["A", "1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "", "B", "3.0", "3.1", "3.2"]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (17, ["A", "0", "1", "2", "", "B", "3.0", "3.1", "3.2", "4.0", "4.1", "4.2"]),
        (13, ["A", "0", "1", "", "B", "3.0", "3.1", "3.2", "4.0", "4.1", "4.2", MORE.format(1)]),
        (9, ["B", "3.0", "3.1", "3.2", "4.0", "4.1", "4.2", MORE.format(3)]),
        (7, ["B", "3", "4.0", "4.1", "4.2", MORE.format(3)]),
        (5, ["B", "4.0", "4.1", MORE.format(4)]),
    ],
)
def test_of_a_long_list_what_has_changed_comes_first_then_what_is_wrong(room, shown):
    todo = [block("a", number, TO_DO) for number in range(3)]
    assert fitted([*todo, block("b", 3, WRONG), block("b", 4, CHANGED)], str.upper, room) == shown


@pytest.mark.parametrize("room", range(12))
def test_a_list_never_takes_more_than_its_room(room):
    blocks = [block("a", n, rank, 5) for n, rank in enumerate((WRONG, CHANGED, TO_DO, REST))]
    shown = fitted(blocks, str.upper, room)
    assert len(shown) <= room
    assert room < 4 or {"1", "1.0"} & set(shown)


def test_a_remark_that_came_is_less_than_a_verdict_that_changed():
    verdicts = Verdicts(checks_of("2.1a", "2.1b"), RUBRIC)
    for check, outcome in zip(verdicts.checks, (replace(PASSED, remarks=("On the CPU.",)), FAILED), strict=True):
        verdicts.tell(check, PASSED)
        verdicts.end()
        verdicts.tell(check, outcome)
    verdicts.before = {check.id: PASSED for check in verdicts.checks}
    changes = verdicts.changes()
    assert list(changes.values()) == ["another sentence", "newly failed"]
    assert [one.rank for one in blocks(verdicts, changes, False)] == [REST, CHANGED]


# A worker to spare


def test_a_worker_that_waits_is_taken_once_and_only_if_it_has_imported_enough(launcher):
    spare = WithSpare(launcher)
    spare.refill("torch")
    waiting = spare._spare[1]
    spare.refill("torch")
    workers = [spare.start(stage) for stage in ("full", "source", "source")]
    try:
        assert [worker is waiting for worker in workers] == [False, True, False]
        assert waiting.environment["torch"]
    finally:
        for worker in workers:
            worker.close()


@pytest.mark.parametrize("greeted", [True, False])
def test_a_worker_that_has_ended_while_it_waited_is_replaced(launcher, greeted):
    spare = WithSpare(launcher)
    spare.refill("torch")
    waiting = spare._spare[1]
    if greeted:
        waiting.greet()
    waiting._kill()
    while Path(f"/proc/{waiting._pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    worker = spare.start("torch")
    try:
        worker.greet()
        assert worker is not waiting
    finally:
        worker.close()


@pytest.mark.slow  # each start imports torch
def test_where_nothing_can_be_forked_the_next_save_finds_a_worker_ready(kit, solution, tmp_path):
    source = (solution / "ablations.py").read_text()
    checks = checks_of("1.2.1")
    kit.launcher = SpawnLauncher()
    states = States(*(state(tmp_path, {"ablations.py": source + text}) for text in ("", "# later\n")))
    rounds = Rounds(kit, checks, states, Seen(checks), Counting())
    rounds.next()
    waiting = kit.launcher._spare[1]
    rounds.next()
    try:
        assert waiting.close() < 0  # it was taken, and ended with its session
        assert kit.launcher._spare[1] is not waiting
        assert [one["1.2.1"].status for one in rounds.screen.rounds] == [Status.PASSED] * 2
    finally:
        kit.launcher.close()


# Screens


def round_of(screen: Screen, saved: str, outcomes: dict[str, Outcome], ends: bool = True) -> None:
    """A round that judges so, and comes to its end or is given up."""
    screen.begin(saved)
    for check in checks_of(*outcomes):
        screen.tell(check, None)
        screen.tell(check, outcomes[check.id])
    if ends:
        screen.end(make_report("", "", CHECKS, outcomes, RUBRIC, ("A remark.",), {}), 0.25)


def test_plain_lines_tell_what_has_changed_and_nothing_else(capsys):
    screen = Screen(Verdicts(checks_of("2.1a", "2.1b"), RUBRIC))
    round_of(screen, "", {"2.1a": PASSED, "2.1b": FAILED})
    first = capsys.readouterr().out
    assert first.startswith("Checking ...\n2.1  Implementation: VGG-19\n  ✓ 2.1a: ")
    assert "  ✗ 2.1b: " in first
    assert "It is wrong." in first
    assert "\nA remark.\n" in first
    assert first.endswith("\nWaiting for the next save. Ctrl-C ends the watch.\n")
    round_of(screen, "vgg.py has changed", {"2.1a": FAILED, "2.1b": FAILED})
    _, said, *lines = capsys.readouterr().out.splitlines()
    assert said.endswith("  vgg.py has changed.")
    assert "✗ 2.1a, newly failed: " in lines[0]
    assert not any("2.1b" in line for line in lines)
    assert lines[-2] == "Newly failed: 2.1a (0.2 s)."
    round_of(screen, "vgg.py has changed", {"2.1a": FAILED, "2.1b": FAILED})
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "Every verdict is as before (0.2 s)."


def test_what_a_round_has_shown_that_was_given_up_is_put_right(capsys):
    screen = Screen(Verdicts(checks_of("2.1a"), RUBRIC))
    round_of(screen, "", {"2.1a": PASSED})
    round_of(screen, "vgg.py has changed", {"2.1a": FAILED}, ends=False)
    capsys.readouterr()
    round_of(screen, "vgg.py has changed", {"2.1a": PASSED})
    said = capsys.readouterr().out
    assert "✓ 2.1a: " in said
    assert "newly" not in said
    assert "Every verdict is as before" in said


@pytest.mark.parametrize("height", [6, 12, 24, 200])
def test_a_frame_fits_the_terminal(height):
    screen = LiveScreen(Verdicts(CHECKS, RUBRIC))
    round_of(screen, "", {check.id: FAILED for check in CHECKS})
    round_of(screen, "vgg.py has changed", {check.id: PASSED if check.id == "2.1a" else FAILED for check in CHECKS})
    rows = screen.rows(height, 80)
    assert len(rows) < height or height == 6
    assert any("✓ 2.1a, newly passed: " in row for row in rows)
    assert rows[-1] == "Waiting for the next save. Ctrl-C ends the watch."
    assert any(row.endswith("vgg.py has changed; newly passed: 2.1a (0.2 s).") for row in rows)
    screen.begin("mnist.py has changed")
    screen.tell(checks_of("2.1a")[0], None)
    assert len(screen.rows(height, 80)) < height or height == 6
    assert "checking" in screen.rows(height, 80)[-2]


def test_a_sentence_takes_the_place_of_the_verdicts_that_there_are_none_of():
    screen = LiveScreen(Verdicts(checks_of("2.1a"), RUBRIC))
    round_of(screen, "", {"2.1a": PASSED})
    screen.say("mine does not exist\x1b[2J.")
    rows = screen.rows(24, 80)
    assert rows[-2].endswith("  mine does not exist[2J.")
