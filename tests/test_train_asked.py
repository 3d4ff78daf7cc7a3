"""`hw1 train DIR --part PART`: which folder and which trainings are meant, and what programs are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.deep_learning.table import StudyRow
from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.hw1.parts import TRAINING
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.student.training.asked import asked
from autograder.student.training.log import Log, Setting, Trained, TrainedEpoch, Untrained
from autograder.student.training.results import results_json
from autograder.student.training.run import wanted_trainings, working_copy
from autograder.student.training.screen import TrainingScreen

HOMEWORK = in_force()
HERE = Path()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ((HERE, [], None), (HERE, "")),
        ((Path("hw1"), [], None), (Path("hw1"), "")),
        ((Path("hw1"), ["1.2", "2.2a"], None), (Path("hw1"), "1.2,2.2a")),
        ((Path("1.2"), [], None), (HERE, "1.2")),  # as it was written before
        ((Path("1.2.6"), [], Path("hw1")), (Path("hw1"), "1.2.6")),
        ((HERE, [], Path("hw1")), (Path("hw1"), "")),
    ],
)
def test_the_folder_is_the_argument_and_the_part_an_option_and_the_old_form_still_works(given, meant):
    assert asked(*given, HOMEWORK) == meant


def test_two_folders_are_one_too_many():
    with pytest.raises(MisuseError, match="name one folder, as in hw1 train DIR, not both a and b"):
        asked(Path("a"), [], Path("b"), HOMEWORK)


def test_a_working_copy_that_is_called_like_a_part_is_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1.2").mkdir()
    assert asked(Path("1.2"), [], None, HOMEWORK) == (HERE, "1.2")
    (tmp_path / "1.2" / "mnist.py").touch()
    assert asked(Path("1.2"), [], None, HOMEWORK) == (Path("1.2"), "")


def test_several_trainings_are_named_with_commas_and_trained_in_the_homeworks_order():
    assert [one.id for one in wanted_trainings(HOMEWORK, "2.2a, 1.1,")] == ["1.1", "2.2a"]
    assert len(wanted_trainings(HOMEWORK, "")) == len(HOMEWORK.trainings)
    with pytest.raises(MisuseError, match=r"there is no training '9'; choose among 1\.1, 1\.2, "):
        wanted_trainings(HOMEWORK, "1.1,9")


def test_files_in_a_folder_below_are_pointed_out(launcher, tmp_path):
    (tmp_path / "out er" / "hw1").mkdir(parents=True)
    (tmp_path / "out er" / "hw1" / "mnist.py").write_text("x = 1\n")
    kit = Kit(launcher=launcher, scratch=tmp_path)
    with pytest.raises(MisuseError, match=r"your files are not in .* but below: hw1 train '.*/out er/hw1'$"):
        working_copy(kit, tmp_path / "out er")


# What programs are told


def results() -> tuple[Trained, Untrained]:
    setting = Setting("1.2.6", "digits", "abc", "the embedded digits", True, {"epochs": 2}, {})
    epochs = (TrainedEpoch(losses=(2.0,), accuracy=0.5, seconds=1.0), TrainedEpoch((1.0,), 0.75, 1.0))
    done = Trained(Log(setting, 7, 0.7, parameters=23860, epochs=epochs, checkpoint="x"), ("1.2.6.json",))
    return done, Untrained(TRAINING["1.1"], Outcome(Status.TODO, "TODO 1.1: declare.", "Try."))


def test_what_came_of_each_training_is_told_as_json_values():
    row = StudyRow(1, "784-30-10", "SGD", 23860, None, None)
    values = json.loads(json.dumps(results_json(results(), [row], "hw1/checkpoints"), allow_nan=False))
    trained, not_trained = values["trainings"]
    assert (values["format"], values["folder"]) == (1, "hw1/checkpoints")
    assert (trained["training"], trained["network"], trained["status"]) == ("1.2.6", "Exp6", "trained")
    assert (trained["accuracy"], trained["floor"], trained["epochs"], trained["seed"]) == (0.75, 0.7, 2, 7)
    assert (trained["stand_in"], trained["files"]) == (True, ["1.2.6.json"])
    assert not_trained["status"] == "todo"
    assert (not_trained["reason"], not_trained["hint"]) == ("TODO 1.1: declare.", "Try.")
    assert values["study"] == [
        {
            "number": 1,
            "network": "784-30-10",
            "optimizer": "SGD",
            "parameters": 23860,
            "accuracy": None,
            "expected": None,
        }
    ]


def test_stdout_is_left_to_the_program(capsys):
    screen = TrainingScreen(aside=True)
    screen.say("1.2.6 Exp6  going on after epoch 2")
    for result in results():
        screen.came_of(result)
    out, err = capsys.readouterr()
    assert out == ""
    assert "going on after epoch 2" in err
    assert "not started: TODO 1.1: declare." in err
