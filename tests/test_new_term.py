"""A new term: another seed, the old one kept whatever happens, and what has changed since."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder import __version__
from autograder.deep_learning.floors import read_floors
from autograder.errors import GraderError, MisuseError
from autograder.home import solution_folder
from autograder.hw1.mistakes import MISTAKES
from autograder.rubric import read_rubric
from autograder.seeds import PUBLIC_SEED, STAFF, staff_seed
from autograder.staff import term
from autograder.staff.leaks import RETIRED, known_seeds
from autograder.staff.record import recording_name
from autograder.staff.term import RECORD, Begun, changes, new_term, seed_digest, term_lines, this_term

SOLUTION = solution_folder()
KIT = SimpleNamespace(launcher=None, rubric=read_rubric(), tools=SimpleNamespace(floors=read_floors()))
TODAY = this_term(PUBLIC_SEED, SOLUTION, KIT.rubric, KIT.tools.floors)


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A staff's folder that nobody has used."""
    monkeypatch.setenv("HW1_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Recording takes half a minute: here it only leaves its file."""

    def recorded(seed, solution, *_):
        (Path(os.environ["HW1_HOME"]) / recording_name(seed, solution)).write_bytes(b"recorded")

    monkeypatch.setattr(term, "recording_for", recorded)


def begin(home: Path, tidy: bool = False) -> Begun:
    return new_term(home, SOLUTION, KIT, 1, lambda *_: None, tidy)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Seeds


def test_the_first_term_has_a_seed_its_evidence_and_none_before(home):
    begun = begin(home)
    assert mode(home / STAFF) == 0o600
    assert len(staff_seed()) == 32
    assert begun.term.seed == seed_digest(staff_seed())
    assert begun.recorded == home / recording_name(staff_seed(), SOLUTION)
    assert (begun.before, begun.retired) == (None, None)
    assert "There was no earlier term." in list(term_lines(begun))


def test_the_next_term_has_another_seed_and_keeps_the_old_one(home):
    begin(home)
    old = staff_seed()
    begun = begin(home)
    assert staff_seed() != old
    assert begun.retired.parent == home / RETIRED
    assert begun.retired.name.endswith(f"-{seed_digest(old)}")
    assert bytes.fromhex(begun.retired.read_text(encoding="ascii")) == old
    assert (mode(begun.retired), mode(home / RETIRED)) == (0o600, 0o700)
    assert set(known_seeds(home)) == {old, staff_seed()}


def test_a_seed_made_by_grading_is_kept_though_no_term_was_written_down(home):
    old = staff_seed()
    begun = begin(home)
    assert bytes.fromhex(begun.retired.read_text(encoding="ascii")) == old
    assert "What the last term began with is not known." in list(term_lines(begun))


def test_no_seed_stands_in_what_is_written_down_or_said(home):
    begin(home)
    begun = begin(home)
    text = (home / RECORD).read_text(encoding="utf-8") + "\n".join(term_lines(begun))
    assert not [seed for seed in known_seeds(home) if seed.hex() in text]
    assert mode(home / RECORD) == 0o600


def test_earlier_recordings_stay_unless_it_is_told_to_tidy(home):
    for _ in range(2):
        begun = begin(home)
    assert (len(list(home.glob("recording-*.npz"))), begun.removed) == (2, 0)
    (home / "calibration.jsonl").write_text("kept", encoding="utf-8")
    begun = begin(home, tidy=True)
    assert (list(home.glob("recording-*.npz")), begun.removed) == ([begun.recorded], 2)
    assert (home / "calibration.jsonl").exists()
    assert "Recordings of earlier seeds removed: 2" in list(term_lines(begun))


CALLS = ("open", "fsync", "link", "replace", "unlink", "mkdir")


class Stop:
    """Stops what runs at the *number*-th call that changes files, before it or after it."""

    def __init__(self, monkeypatch, number: int, after: bool):
        self.left, self.after = number, after
        for name in CALLS:
            monkeypatch.setattr(os, name, self.counted(getattr(os, name)))

    def counted(self, function):
        def call(*args, **kwargs):
            self.left -= 1
            if not self.left and not self.after:
                raise KeyboardInterrupt
            result = function(*args, **kwargs)
            if not self.left:
                raise KeyboardInterrupt
            return result

        return call


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_stopped_at_any_moment_a_seed_is_in_force_and_the_old_one_is_not_lost(first, after, home, monkeypatch):
    for number in range(1, 100):
        folder = home / str(number)
        folder.mkdir()
        monkeypatch.setenv("HW1_HOME", str(folder))
        old = None if first else staff_seed()
        with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            stop = Stop(patch, number, after)
            begin(folder)
        assert all(len(seed) == 32 for seed in known_seeds(folder))
        assert first or (folder / STAFF).exists()
        assert first or old in known_seeds(folder)
        if stop.left > 0:  # it came to its end
            break
    assert number > 8


def test_until_the_evidence_is_recorded_the_old_seed_is_in_force(home, monkeypatch):
    begin(home)
    old = staff_seed()

    def fails(*_):
        assert staff_seed() == old
        raise GraderError("the reference brings no evidence")

    monkeypatch.setattr(term, "recording_for", fails)
    with pytest.raises(GraderError, match="no evidence"):
        begin(home)
    assert staff_seed() == old
    assert not [path for path in home.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("first", [False, True])
def test_a_seed_that_another_run_has_made_meanwhile_is_not_lost(first, home, monkeypatch):
    if not first:
        begin(home)
    other = bytes(range(32))

    def meanwhile(*_):
        (home / STAFF).write_text(other.hex(), encoding="ascii")

    monkeypatch.setattr(term, "recording_for", meanwhile)
    with pytest.raises(MisuseError, match="has changed meanwhile"):
        begin(home)
    assert staff_seed() == other


def test_a_damaged_seed_is_left_for_a_person_to_move(home):
    (home / STAFF).write_text("no seed", encoding="ascii")
    with pytest.raises(MisuseError, match="move it to a safe place"):
        begin(home)
    assert (home / STAFF).read_text(encoding="ascii") == "no seed"


def test_without_a_place_for_the_old_seed_it_stays_in_force(home):
    begin(home)
    old = staff_seed()
    (home / RETIRED).write_text("a file in its place", encoding="utf-8")
    with pytest.raises(MisuseError, match="retired can't be written"):
        begin(home)
    assert staff_seed() == old


# What has changed


def test_nothing_has_changed_since_this_morning(home):
    begin(home)
    lines = list(term_lines(begin(home)))
    assert lines[-1] == f"Since the last term, which began on {TODAY.began}, nothing has changed."


@pytest.mark.parametrize("text", ["", "{", "[]", '{"began": "2025-01-01"}', "\x00"])
def test_a_term_that_is_written_down_badly_is_not_known(text, home):
    begin(home)
    (home / RECORD).write_text(text, encoding="utf-8")
    assert begin(home).before is None


FLOOR = next(iter(TODAY.floors))
ANSWER = next(iter(KIT.rubric.by_hand))
BEFORE = {
    "kit: 0.0.1, now " + __version__: {"kit": "0.0.1"},
    "torch: 1.0, now " + TODAY.torch: {"torch": "1.0"},
    "Python: 3.1, now " + TODAY.python: {"python": "3.1"},
    "solution: changed": {"sources": {**TODAY.sources, "solution": "other"}},
    "homework: changed": {
        "sources": {"solution": TODAY.sources["solution"], "deep_learning": TODAY.sources["deep_learning"]}
    },
    "points of 1.2a: 7, now 2": {"points": {**TODAY.points, "1.2a": 7.0}},
    "points of 9.9: 3, now none": {"points": {**TODAY.points, "9.9": 3.0}},
    f"points of {ANSWER}: none, now {TODAY.points[ANSWER]:g}": {
        "points": {name: p for name, p in TODAY.points.items() if name != ANSWER}
    },
    f"floor of {FLOOR}: 12.5 %, now {100 * TODAY.floors[FLOOR]:.4g} %": {"floors": {**TODAY.floors, FLOOR: 0.125}},
    f"mistakes added: {MISTAKES[-1].id}": {"mistakes": TODAY.mistakes[:-1]},
    "mistakes removed: an-old-one": {"mistakes": (*TODAY.mistakes, "an-old-one")},
}


@pytest.mark.parametrize("sentence", BEFORE)
def test_each_change_is_a_line_of_its_own(sentence):
    (line,) = changes(replace(TODAY, **BEFORE[sentence]), TODAY)
    assert line.removeprefix("the ") == sentence


def test_changes_are_listed_below_the_last_terms_day(tmp_path):
    before = replace(TODAY, began="2025-09-01", kit="0.0.1")
    lines = list(term_lines(Begun(TODAY, before, tmp_path / "old", tmp_path / "recording", 0)))
    assert lines[-2:] == [
        "Since the last term, which began on 2025-09-01, this has changed:",
        f"  the kit: 0.0.1, now {__version__}",
    ]


# The command


@pytest.mark.slow
def test_the_command_records_what_grading_then_uses(tmp_path):
    home = tmp_path / "home"
    environment = {**os.environ, "HW1_HOME": str(home)}
    command = [str(Path(sys.executable).parent / "hw1"), "new-term"]
    for _ in range(2):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=True)
    assert "nothing has changed" in done.stdout
    assert (home / recording_name(known_seeds(home)[0], SOLUTION)).stat().st_size > 100_000
    assert len(known_seeds(home)) == 2
