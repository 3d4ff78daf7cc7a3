"""The uploads that a container is tried with."""

import pytest

from autograder.errors import GraderError
from autograder.home import solution_folder
from autograder.homework import in_force
from autograder.hw1.staff import trials
from autograder.hw1.staff.trials import make_trials
from autograder.staff import preflight


def test_the_uploads_are_the_solution_a_larger_network_and_one_that_hangs(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "_save_untrained", lambda solution, path: path.write_bytes(b"weights"))
    right, worst, hanging = make_trials(solution_folder(), tmp_path)
    assert [one.whole for one in (right, worst, hanging)] == [True, True, False]
    assert {path.name for path in right.folder.iterdir()} == in_force().known
    for name in in_force().known:
        assert (right.folder / name).read_bytes() == (solution_folder() / name).read_bytes()
    assert "class MNIST_Net" in (worst.folder / "mnist.py").read_text()
    assert (worst.folder / "checkpoints" / "2.2a.safetensors").read_bytes() == b"weights"
    assert {path.name for path in hanging.folder.iterdir() if path.read_text().endswith(trials.HANGS)} == {
        "mnist.py",
        "vgg.py",
    }


def test_a_homework_that_names_no_uploads_is_tried_with_its_solution(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "part", lambda name: None)
    (one,) = preflight.make_trials(solution_folder(), tmp_path)
    assert (one.name, one.whole) == ("the solution", True)
    assert {path.name for path in one.folder.iterdir()} == in_force().known


def test_a_solution_that_can_not_be_saved_is_our_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(trials, "SAVE", "raise SystemExit('no network')")
    with pytest.raises(GraderError, match="the solution's VGG-19 can't be saved: no network"):
        make_trials(solution_folder(), tmp_path)
    monkeypatch.setattr(trials, "SAVE", "while True: pass")
    monkeypatch.setattr(trials, "SAVE_SECONDS", 0.1)
    (tmp_path / "again").mkdir()
    with pytest.raises(GraderError, match="took too long to be built"):
        make_trials(solution_folder(), tmp_path / "again")
