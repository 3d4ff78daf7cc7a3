"""`hw1 train`: a student's own training, what it leaves, how it goes on after a stop, and every way it fails."""

from __future__ import annotations

import errno
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import write_hand_in
from notebooks import own_layout

from autograder.deep_learning.accuracy import verified
from autograder.deep_learning.curves import read_facts
from autograder.deep_learning.data import embedded_digits
from autograder.deep_learning.floors import Floors, Measured
from autograder.deep_learning.task import task_of
from autograder.errors import MisuseError
from autograder.hw1.mnist import STRUCTURE
from autograder.hw1.parts import TRAINING
from autograder.ingest.checkpoint import read_checkpoint
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.render.text import WIDTH
from autograder.rubric import read_rubric
from autograder.student.training import screen as rendering
from autograder.student.training.epochs import Batch, Epochs
from autograder.student.training.folder import TrainFolder
from autograder.student.training.log import Log, Setting, Trained, TrainedEpoch, Untrained
from autograder.student.training.run import Interrupted, Wanted, sources_of, train
from autograder.student.training.screen import TrainingScreen, closing_lines, result_lines
from autograder.submission import Submission

RUBRIC = read_rubric()
EPOCHS = 4
TRAINER = """
class Trainer:
    def __init__(self, trainloader, testloader, net, optimizer, criterion):
        self.trainloader, self.net, self.optimizer, self.criterion = trainloader, net, optimizer, criterion
        self.calls = 0

    def train(self, epoch=1):
        self.calls += 1
        self.net.train()
        {first}
        for inputs, labels in self.trainloader:
            self.optimizer.zero_grad()
            self.criterion(self.net(inputs), labels).backward()
            self.optimizer.step()
        {last}
"""
SMALL_VGG = """
from torch import nn

class VGG19(nn.Sequential):
    def __init__(self):
        super().__init__(nn.MaxPool2d(8), nn.Flatten(), nn.Linear(48, 10))

class PretrainedVGG(nn.Module):
    pass
"""
HW1 = str(Path(sys.executable).parent / "hw1")


def trainer_with(first="pass", last="pass"):
    return TRAINER.format(first=first, last=last)


class Recorder:
    """A screen that remembers; `stop_at` (title, epoch): there comes Ctrl-C."""

    def __init__(self, stop_at=None):
        self.stop_at = stop_at
        self.said, self.epochs, self.results = [], [], []

    def wait(self, title):
        pass

    def say(self, text):
        self.said.append(text)

    @contextmanager
    def epoch(self, title, number, of, accuracy, batch):
        if (title, number) == self.stop_at:
            raise KeyboardInterrupt
        yield lambda: None

    def trained(self, title, number, of, epoch):
        self.epochs.append((title, number, of))

    def came_of(self, result):
        self.results.append(result)


def rubric_with(epochs):
    recipes = {p: {n: replace(r, epochs=epochs) for n, r in sets.items()} for p, sets in RUBRIC.recipes.items()}
    return replace(RUBRIC, recipes=recipes)


@pytest.fixture
def run(launcher, tmp_path, solution):
    """Trains a copy of the solution, some of its files replaced; what came of it, the screen, the folder."""
    folder = write_hand_in(tmp_path / "mine", {}, solution)

    def trained(part="1.2.6", files=(), stop_at=None, epochs=EPOCHS, data=None, floors=None, **wanted):
        for name, text in dict(files).items():
            (folder / name).write_text(text)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        kit = Kit(rubric_with(epochs), launcher=launcher, scratch=scratch, device="cpu", data=data)
        kit.tools = replace(kit.tools, floors=floors or Floors())
        screen = Recorder(stop_at)
        results, table = train(kit, Wanted(folder, part, **wanted), screen)
        assert results == screen.results
        return SimpleNamespace(results=results, result=results[0], table=table, screen=screen)

    trained.folder = folder
    trained.left = TrainFolder(folder / "checkpoints")
    return trained


def arrays_of(run, training="1.2.6"):
    return read_checkpoint(run.left.path(training, ".safetensors")).arrays


def names_left(run):
    return sorted(path.name for path in run.left.folder.iterdir())


def real_mnist(folder, images=64):
    """A data folder with a few of the digits in the place of MNIST."""
    digits = embedded_digits()
    (folder / "mnist").mkdir(parents=True)
    for split in ("train", "test"):
        np.save(folder / "mnist" / f"{split}_images.npy", getattr(digits, f"{split}_images")[:images])
        np.save(folder / "mnist" / f"{split}_labels.npy", getattr(digits, f"{split}_labels")[:images].astype(np.uint8))
    return folder


def test_a_training_leaves_a_checkpoint_a_log_two_pictures_and_the_table(run):
    done = run(seed=7)
    assert names_left(run) == [
        "1.2-ablations.md",
        "1.2-ablations.png",
        "1.2.6-confusion.png",
        "1.2.6-curve.png",
        "1.2.6.json",
        "1.2.6.safetensors",
    ]
    assert [number for _, number, _ in done.screen.epochs] == [1, 2, 3, 4]
    log = json.loads((run.left.folder / "1.2.6.json").read_text())
    assert log["seed"] == 7
    assert len(log["epochs"]) == EPOCHS
    assert all(len(epoch["losses"]) == 8 and epoch["seconds"] >= 0 for epoch in log["epochs"])
    assert log["epochs"][-1]["losses"][-1] < log["epochs"][0]["losses"][0]
    confusion = np.array(log["confusion"])
    assert confusion.sum() == 360
    assert confusion.trace() / 360 == pytest.approx(log["epochs"][-1]["accuracy"]) == done.result.log.accuracy


def test_the_checkpoint_says_what_it_is_of_and_holds_the_network_by_its_own_names(run):
    done = run(seed=7)
    checkpoint = read_checkpoint(run.left.path("1.2.6", ".safetensors"))
    assert {name: array.shape for name, array in checkpoint.arrays.items()} == {
        "fc1.bias": (30,),
        "fc1.weight": (30, 784),
        "fc2.bias": (10,),
        "fc2.weight": (10, 30),
    }
    facts = checkpoint.facts
    assert {"training": "1.2.6", "data": "digits", "seed": "7", "epochs": "4"}.items() <= facts.items()
    assert facts["digest"] == embedded_digits().digest
    assert facts["accuracy"] == f"{done.result.log.accuracy:.4f}"
    assert "cpu" in facts["speed"]
    assert facts["torch"][0].isdigit()
    assert "epochs 4, batch 32, lr 0.001, optimizer adam" in facts["recipe"]
    learnt, log = read_facts(TRAINING["1.2.6"], facts), done.result.log
    assert learnt.accuracies == pytest.approx([epoch.accuracy for epoch in log.epochs], abs=1e-4)
    assert (learnt.confusion, learnt.parameters, learnt.stand_in) == (log.confusion, log.parameters, True)
    assert [len(losses) for losses in learnt.losses] == [8] * EPOCHS


def test_the_grader_verifies_the_checkpoint_with_the_accuracy_that_the_student_was_told(run, launcher, tmp_path):
    log = run("1.1").result.log
    kit = Kit(rubric_with(EPOCHS), launcher=launcher, scratch=tmp_path / "scratch", device="cpu")
    submission = read_submission(run.folder, RUBRIC.limits)
    with kit.session(submission) as session:
        case = kit.case(submission, session)
        task = replace(task_of(case, TRAINING["1.1"]), whole=True)
        found = verified(case, task, True, case.observe(STRUCTURE))
    text = found if isinstance(found, str) else " ".join((found.reason, *found.remarks))
    assert f"{100 * log.accuracy:.1f} % ({round(360 * log.accuracy)} of 360)" in text


LR_DECAY = "for group in self.optimizer.param_groups: group['lr'] *= 0.5"


def test_a_working_copy_of_notebooks_is_trained_too(run, solution):
    names = ("ablations", "trainer")
    sources = {name: (solution / f"{name}.py").read_text() for name in names}
    for path in run.folder.iterdir():
        if path.is_file():
            path.unlink()
    (run.folder / "hw1-1.ipynb").write_bytes(own_layout(sources))
    assert run().result.log.accuracy > 0.5
    assert "1.2.6.safetensors" in names_left(run)


@pytest.mark.parametrize(
    "training, files",
    [
        pytest.param("1.2.6", {}, marks=pytest.mark.slow),
        ("1.1", {}),
        pytest.param("1.2.2", {"trainer.py": trainer_with(last=LR_DECAY)}, marks=pytest.mark.slow),
    ],
    ids=["Exp6", "MNIST_Net", "Exp2-decay"],
)
def test_a_run_that_was_stopped_after_epoch_2_and_goes_on_ends_with_the_same_bits(run, training, files):
    whole = run(training, files, seed=7)
    wanted = arrays_of(run, training)
    title = f"{training} {TRAINING[training].network}"
    with pytest.raises(Interrupted, match=f"^after epoch 2 of {title}$"):
        run(training, seed=7, again=True, stop_at=(title, 3))
    assert f"{training}-unfinished.safetensors" in names_left(run)
    done = run(training)
    assert done.screen.said == [f"{title}  going on after epoch 2"]
    assert [number for _, number, _ in done.screen.epochs] == [3, 4]
    found = arrays_of(run, training)
    assert wanted.keys() == found.keys()
    assert all(np.array_equal(wanted[name], found[name]) for name in wanted)
    assert [e.losses for e in done.result.log.epochs] == [e.losses for e in whole.result.log.epochs]
    assert done.result.log.seed == 7
    assert f"{training}-unfinished.safetensors" not in names_left(run)


def test_what_was_finished_stays_until_the_new_training_is_finished(run):
    first = run(seed=7).result.log
    with pytest.raises(Interrupted):
        run(again=True, stop_at=("1.2.6 Exp6", 2))
    assert run.left.finished("1.2.6") == first


def test_ctrl_c_before_the_first_epoch_is_over_goes_on_with_that_training(run):
    with pytest.raises(Interrupted, match=r"^with 1\.2\.6 Exp6$") as stop:
        run(stop_at=("1.2.6 Exp6", 1))
    words = ["train", "--data", "my data", "--again"]
    assert stop.value.sentence(words) == "stopped; `hw1 train --data 'my data' --again` goes on with 1.2.6 Exp6"
    kept = Interrupted(TRAINING["1.1"], 2).sentence(words)  # where there is a state, it is gone on from in any case
    assert kept == "stopped; `hw1 train --data 'my data'` goes on after epoch 2 of 1.1 MNIST_Net"


def test_a_training_that_dies_goes_on_after_its_last_whole_epoch(run, tmp_path):
    dies = f"if self.calls == 3 and __import__('os').path.exists('{tmp_path}/die'): __import__('os')._exit(1)"
    (tmp_path / "die").touch()
    done = run(files={"trainer.py": trainer_with(dies)})
    assert done.result.outcome.status is Status.STOPPED
    (tmp_path / "die").unlink()
    done = run()
    assert done.screen.said == ["1.2.6 Exp6  going on after epoch 2"]
    assert isinstance(done.result, Trained)


def test_a_state_that_is_damaged_or_does_not_fit_begins_anew(run):
    with pytest.raises(Interrupted):
        run(stop_at=("1.2.6 Exp6", 3))
    path = run.left.path("1.2.6", "-unfinished.safetensors")
    log, state = run.left.unfinished("1.2.6"), run.left.state("1.2.6")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(Interrupted):
        assert run(stop_at=("1.2.6 Exp6", 3)).screen.said == []
    run.left.keep(log, state | {"weights fc1.bias": np.zeros(31, np.float32)})
    done = run()
    assert len(done.screen.said) == 1
    assert "started over, since it can't go on after epoch 2: RuntimeError" in done.screen.said[0]
    assert [number for _, number, _ in done.screen.epochs] == [1, 2, 3, 4]


def test_a_state_of_other_sources_or_another_seed_is_not_gone_on_with(run):
    with pytest.raises(Interrupted):
        run(seed=7, stop_at=("1.2.6 Exp6", 3))
    with pytest.raises(Interrupted, match="with"):
        run(seed=8, stop_at=("1.2.6 Exp6", 1))
    with pytest.raises(Interrupted):
        run(seed=7, stop_at=("1.2.6 Exp6", 3))
    done = run(files={"trainer.py": trainer_with()})
    assert len(done.screen.epochs) == EPOCHS


@pytest.mark.slow
def test_a_network_of_very_many_tensors_is_trained_but_can_not_go_on(run):
    many = """
import torch
from torch import nn

class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList(torch.randn(10) for _ in range(1400))

    def forward(self, x):
        return torch.stack(list(self.weights))[:784].T.mul(x.flatten(1)[:, None]).sum(2)
"""
    with pytest.raises(Interrupted, match=r"^with 1\.1"):
        run("1.1", {"mnist.py": many}, epochs=2, stop_at=("1.1 MNIST_Net", 2))
    assert isinstance(run("1.1", epochs=2).result, Trained)


def test_a_finished_training_is_not_repeated_unless_it_is_wanted_and_then_with_a_seed_of_its_own(run):
    first = run().result
    second = run()
    assert second.screen.epochs == []
    assert second.result.log == first.log
    assert second.result.remark == "already trained; --again trains it again"
    third = run(again=True)
    assert len(third.screen.epochs) == EPOCHS
    assert third.screen.said == []
    assert third.result.log.seed != first.log.seed


@pytest.mark.parametrize("name", [pytest.param("ablations.py", marks=pytest.mark.slow), "trainer.py"])
def test_sources_that_changed_are_named_and_trained_anew(run, name):
    run()
    done = run(files={name: (run.folder / name).read_text() + "\n"})
    assert done.screen.said == [f"1.2.6 Exp6  trained again, since {name} changed"]
    assert len(done.screen.epochs) == EPOCHS


def test_files_that_the_training_does_not_need_may_change(run):
    run()
    others = {"vgg.py": "changed = True", "mnist.py": "changed = True", "mine.py": "x = 1", "answers.md": "x"}
    assert run(files=others).screen.epochs == []


@pytest.mark.slow
def test_another_recipe_or_another_seed_trains_anew(run):
    run(seed=7)
    assert run(epochs=EPOCHS + 1).screen.said == ["1.2.6 Exp6  trained again, since the recipe changed"]
    assert run(epochs=EPOCHS + 1, seed=8).screen.said == ["1.2.6 Exp6  trained again, with the seed 8"]


def test_a_checkpoint_that_is_missing_or_replaced_is_trained_anew(run):
    run()
    path = run.left.path("1.2.6", ".safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert len(run().screen.epochs) == EPOCHS
    path.unlink()
    assert len(run().screen.epochs) == EPOCHS


def test_helpers_count_with_what_mentions_them():
    files = {
        "ablations.py": b"from layers import block\nimport package.mlp",
        "trainer.py": b"",
        "layers.py": b"import deep",
        "deep.py": b"",
        "package/__init__.py": b"",
        "package/mlp.py": b"class A:\n    def __init__(self): pass",
        "scratchpad.py": b"import layers",
        "mnist.py": b"",
    }
    found = sources_of(Submission("s", files), ("ablations", "trainer"))
    assert set(found) == set(files) - {"scratchpad.py", "mnist.py"}
    changed = sources_of(Submission("s", files | {"deep.py": b"x"}), ("ablations", "trainer"))
    assert {name for name in found if found[name] != changed[name]} == {"deep.py"}


@pytest.mark.slow
def test_half_precision_halves_the_checkpoint_of_a_new_and_of_a_finished_training(run):
    run("1.2.6", seed=7, half=True)
    path = run.left.path("1.2.6", ".safetensors")
    half = path.stat().st_size
    assert run(seed=7, again=True).result.log.half is False
    whole = path.stat().st_size
    assert half < 0.6 * whole
    done = run(half=True)
    assert done.screen.epochs == []
    assert "half precision" in done.result.remark
    assert path.stat().st_size == half
    assert run().result.remark.startswith("already trained")
    path.write_bytes(b"")
    with pytest.raises(MisuseError, match=r"1\.2\.6\.safetensors: it is empty"):
        run.left.halve(done.result.log)


@pytest.mark.parametrize("part", ["9", "1.2.11", "1", "mine", "2.2c", "2.1"])
def test_an_unknown_part_lists_what_there_is(run, part):
    with pytest.raises(MisuseError, match=r"no training '.*'; choose among 1\.1, 1\.2, 1\.2\.1, .*2\.2b$"):
        run(part)


def test_a_folder_that_is_no_working_copy_is_misuse(launcher, tmp_path):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    for folder, sentence in ((tmp_path, "is not a working copy.*hw1 train DIR"), (tmp_path / "no", "does not exist")):
        with pytest.raises(MisuseError, match=sentence):
            train(kit, Wanted(folder), Recorder())
    assert not (tmp_path / "checkpoints").exists()


def test_a_data_folder_that_is_not_there_and_a_device_that_is_not_there_are_misuse(run, tmp_path, launcher):
    with pytest.raises(MisuseError, match="nowhere is not a folder; `hw1 data DIR` gets the data"):
        run(data=tmp_path / "nowhere")
    kit = Kit(launcher=launcher, scratch=tmp_path / "scratch", device="abacus")
    (tmp_path / "scratch").mkdir(exist_ok=True)
    with pytest.raises(MisuseError, match="--device must be one of"):
        train(kit, Wanted(run.folder), Recorder())


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_trained(run, tmp_path):
    path = run.folder / "checkpoints"
    path.rmdir()
    path.write_text("a file")
    with pytest.raises(MisuseError, match="checkpoints can't be written: File exists"):
        run()
    path.unlink()
    path.symlink_to(tmp_path)
    with pytest.raises(MisuseError, match="checkpoints is a symbolic link"):
        run()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(run):
    run.left.folder.chmod(0o500)
    with pytest.raises(MisuseError, match="checkpoints can't be written: Permission denied"):
        run()


@pytest.mark.parametrize(
    "ending",
    [
        pytest.param("-unfinished.safetensors", marks=pytest.mark.slow),
        pytest.param(".safetensors", marks=pytest.mark.slow),
        pytest.param("-curve.png", marks=pytest.mark.slow),
        ".json",
    ],
)
def test_a_full_disk_is_one_sentence_and_what_is_finished_is_kept(run, monkeypatch, ending):
    finished = run("1.2.5").result.log
    really = os.replace

    def full(source, target):
        if str(target).endswith(f"1.2.6{ending}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(source, target)

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(MisuseError, match=r"1\.2\.6.* can't be written.*: No space left on device"):
        run()
    monkeypatch.undo()
    assert run.left.finished("1.2.5") == finished
    assert run.left.finished("1.2.6") is None
    assert not [name for name in names_left(run) if name.startswith(".")]
    assert isinstance(run().result, Trained)


@pytest.mark.slow
def test_a_stub_is_to_do_and_the_others_go_on(run, assignment):
    text = (run.folder / "ablations.py").read_text()
    stub = "raise NotImplementedError('TODO 1.2.3: declare the layers')"
    text = text.replace("class Exp3(nn.Module):", f"class Exp3(nn.Module):\n    def __new__(cls):\n        {stub}\n")
    done = run("1.2", {"ablations.py": text}, epochs=1)
    outcomes = {r.training.id: r.outcome for r in done.results if isinstance(r, Untrained)}
    assert list(outcomes) == ["1.2.3"]
    assert outcomes["1.2.3"] == Outcome(Status.TODO, "TODO 1.2.3: declare the layers")
    assert [row.accuracy is None for row in done.table] == [False, False, True] + 7 * [False]
    untouched = (assignment / "trainer.py").read_text()
    assert run("1.2.9", {"trainer.py": untouched}, epochs=1).result.outcome.reason.startswith("TODO 1.2a")


@pytest.mark.parametrize(
    "files, status, sentence",
    [
        ({"trainer.py": trainer_with("raise ValueError('no')")}, Status.FAILED, "ValueError: no in"),
        ({"trainer.py": trainer_with("return")}, Status.FAILED, "leaves the given network as it is"),
        ({"trainer.py": "from nothing_like_it import Trainer"}, Status.UNGRADED, "nothing_like_it"),
        ({"trainer.py": "def"}, Status.FAILED, "trainer.py"),
        ({"trainer.py": "class Coach: pass"}, Status.FAILED, "trainer.py has no Trainer; it defines Coach"),
        ({"trainer.py": trainer_with("exit()")}, Status.FAILED, "exit() is called in"),
        ({"trainer.py": trainer_with("print('x' * (70 << 20))")}, Status.STOPPED, "printed more than 64 MiB"),
        ({"ablations.py": "class Exp6: pass"}, Status.FAILED, "AttributeError"),
    ],
)
def test_code_that_does_not_train_is_told_as_the_grader_tells_it(run, files, status, sentence):
    done = run(files=files)
    assert done.result.outcome.status is status
    assert sentence in done.result.outcome.reason
    assert names_left(run) == []


def test_a_missing_file_is_told_as_such(run):
    (run.folder / "trainer.py").unlink()
    assert "trainer.py is missing" in run().result.outcome.reason


def test_a_network_with_other_outputs_than_ten_is_told_so(run):
    wide = "from torch import nn\nclass MNIST_Net(nn.Sequential):\n    def __init__(self):\n"
    wide += "        super().__init__(nn.Flatten(), nn.Linear(784, 12))\n"
    assert run("1.1", {"mnist.py": wide}).result.outcome.reason == "The trained network's outputs are not (N, 10)."


def test_a_network_that_is_built_otherwise_each_time_is_told_so(run, tmp_path):
    other = "import os\nfrom torch import nn\nclass MNIST_Net(nn.Sequential):\n    def __init__(self):\n"
    other += f"        wide = 20 + len(os.listdir('{tmp_path}/built'))\n"
    other += f"        os.mkdir(f'{tmp_path}/built/{{wide}}')\n"
    other += "        super().__init__(nn.Flatten(), nn.Linear(784, wide), nn.Linear(wide, 10))\n"
    (tmp_path / "built").mkdir()
    outcome = run("1.1", {"mnist.py": other}).result.outcome
    assert outcome.reason.startswith("The trained weights do not fit a new MNIST_Net: 1.weight is")


def test_a_loss_that_becomes_nan_does_not_stop_the_training_and_is_said(run):
    spoils = "if self.calls == 2: [p.data.fill_(float('nan')) for p in self.net.parameters()]"
    done = run(files={"trainer.py": trainer_with(spoils)}, seed=7)
    assert len(done.screen.epochs) == EPOCHS
    log = run.left.log("1.2.6")
    assert log.lost_in == 2
    assert "null" in (run.left.folder / "1.2.6.json").read_text()
    assert "NaN or infinite in epoch 2: the grader can't use" in "\n".join(result_lines(done.result, "checkpoints"))
    assert run().screen.epochs == []


def test_a_trainer_that_does_not_use_the_given_loss_has_a_curve_without_one(run):
    own = trainer_with().replace("self.criterion(", "__import__('torch').nn.functional.cross_entropy(")
    log = run(files={"trainer.py": own}).result.log
    assert [epoch.losses for epoch in log.epochs] == EPOCHS * [()]
    assert log.lost_in is None


@pytest.mark.slow
def test_without_pre_trained_weights_the_others_go_on(run, tmp_path):
    done = run("2.2", {"vgg.py": SMALL_VGG}, epochs=1)
    first, second = done.results
    assert isinstance(first, Trained)
    assert "hw1 data" in second.outcome.reason
    assert "--weights" in second.outcome.reason
    assert not second.outcome.reason.startswith("Not settled")


@pytest.mark.slow
def test_data_that_are_missing_are_said_and_the_others_go_on(run, tmp_path):
    data = real_mnist(tmp_path / "data")
    done = run("", {"vgg.py": SMALL_VGG}, epochs=1, data=data)
    assert [isinstance(result, Trained) for result in done.results] == 11 * [True] + 2 * [False]
    assert "CIFAR-10 is not in" in done.results[11].outcome.reason
    assert "hw1 data" in done.results[11].outcome.reason
    assert len(done.table) == 10
    (tmp_path / "empty").mkdir()
    assert run("1.2.1", data=tmp_path / "empty").table == ()


def test_what_was_trained_on_the_homeworks_data_is_not_replaced_by_practice(run, tmp_path):
    data = real_mnist(tmp_path / "data")
    with pytest.raises(Interrupted):
        run(data=data, stop_at=("1.2.6 Exp6", 3))
    done = run()
    assert "Its training on MNIST (64 training images, 64 test images) is not finished" in done.result.outcome.reason
    real = run(data=data)
    assert real.screen.said == ["1.2.6 Exp6  going on after epoch 2"]
    assert real.result.log.setting.stand_in is False
    done = run()
    assert done.screen.epochs == []
    assert done.result.log == real.result.log
    assert "--data DIR names the data, --again trains for practice instead" in done.result.remark
    assert run(again=True).result.log.setting.stand_in
    assert run(data=data).screen.said == ["1.2.6 Exp6  trained again, since the data changed"]


def test_the_table_holds_the_runs_on_the_same_data_and_what_the_reference_gives_there(run, tmp_path):
    run("1.2.1", data=real_mnist(tmp_path / "data"))
    digits = embedded_digits()
    row = Measured((0.86, 0.88), "cpu, float32", digits.identity, "", 360)
    floors = Floors({("1.2.6", "digits"): row, ("1.2.5", "digits"): replace(row, data="another")})
    log = run(floors=floors).result.log
    rows = run("1.2.6", floors=floors).table
    assert [r.number for r in rows if r.accuracy is not None] == [6]
    assert rows[5].accuracy == log.accuracy
    assert rows[5].expected == pytest.approx((0.87, 0.01414), abs=1e-5)
    assert rows[4].expected is None
    text = (run.left.folder / "1.2-ablations.md").read_text()
    assert text.startswith("# The experiments of part 1.2\n\nOn the embedded digits (1,437 training images, 360 test")
    assert f"| 6 | 784-30-10, ReLU | Adam | 23,860 | {100 * log.accuracy:.1f} % | 87.0 ± 1.4 % |" in text


def test_no_table_is_made_where_nothing_of_part_1_2_was_wanted_or_is_there(run):
    assert run("1.1", epochs=1).table == ()
    assert run("1.2.6", {"trainer.py": trainer_with("raise ValueError")}).table == ()
    assert not [name for name in names_left(run) if "ablations" in name]


@pytest.mark.slow
def test_a_log_that_is_none_counts_as_not_there(run):
    run(epochs=1)
    path = run.left.folder / "1.2.6.json"
    another = path.read_text().replace('"1.2.6"', '"1.2.60"')
    for text in ("", "{", "[]", "null", "{}", '{"setting": 1, "epochs": [], "confusion": []}', another):
        path.write_text(text)
        assert run.left.log("1.2.6") is None
    assert len(run(epochs=1).screen.epochs) == 1


@pytest.mark.parametrize(
    "told, batch",
    [
        ('{"batch": 3, "of": 45, "loss": 0.5}', Batch(3, 45, 0.5)),
        ('{"batch": 0, "of": 45, "loss": null}', Batch(0, 45, None)),
        ('{"batch": "3", "of": 45, "loss": 0.5}', None),
        ("{", None),
        ("[]", None),
        (None, None),
    ],
)
def test_what_the_worker_tells_of_its_progress_is_read_with_care(tmp_path, told, batch):
    if told is not None:
        (tmp_path / "progress.json").write_text(told)
    assert Epochs(None, tmp_path, None).batch() == batch


def log_of(accuracy=0.5, floor=0.0, losses=(1.0, 0.312), **changed):
    setting = Setting("1.1", "digits", "d", "the digits (2 training images)", changed.pop("stand_in", True), {}, {})
    return Log(setting, 7, floor, epochs=(TrainedEpoch(losses, accuracy, 3.21),), checkpoint="c", **changed)


@pytest.mark.parametrize(
    "log, sign, sentence",
    [
        (log_of(), "✓", "50.00 %, on the digits"),
        (log_of(0.981, 0.98), "✓", "98.10 %, above the floor of 98 %, on the digits"),
        (log_of(0.9777, 0.97776), "·", "97.77 %, below the floor of 97.78 %, on"),
        (log_of(0.1, losses=(math.nan,)), "·", "became NaN or infinite in epoch 1"),
        (log_of(remark="Trained without channels last."), "✓", "Trained without channels last."),
    ],
)
def test_a_finished_training_says_its_accuracy_its_floor_and_its_files(log, sign, sentence):
    lines = list(result_lines(Trained(log, ("1.1.safetensors", "1.1.json")), "mine/checkpoints"))
    assert lines[0] == f"{sign} 1.1 MNIST_Net"
    assert sentence in "\n".join(lines)
    assert lines[-1] == "    mine/checkpoints: 1.1.safetensors, 1.1.json"


def test_an_unfinished_one_says_why_in_lines_that_fit():
    outcome = Outcome(Status.FAILED, "x\x1b[31m " * 60, "Look at the loop.")
    lines = list(result_lines(Untrained(TRAINING["1.1"], outcome), "c", unicode=False))
    assert lines[0] == "x 1.1 MNIST_Net"
    assert lines[1].startswith("    not trained: x")
    assert lines[-1] == "    hint: Look at the loop."
    assert max(map(len, lines)) <= WIDTH
    assert "\x1b" not in "".join(lines)
    todo = Untrained(TRAINING["1.1"], Outcome(Status.TODO, "TODO 1.1: x"))
    assert list(result_lines(todo, "c")) == ["○ 1.1 MNIST_Net", "    not started: TODO 1.1: x"]


def test_the_end_says_what_to_hand_in_and_what_is_for_practice():
    practice, real = Trained(log_of(), ()), Trained(log_of(stand_in=False), ())
    text = "\n".join(closing_lines([practice], (), "checkpoints"))
    assert "The digits stand in for the homework's data: these checkpoints are for practice." in text
    assert "--data DIR" in text
    assert "Hand in" not in text
    assert list(closing_lines([real], (), "c")) == ["", "Hand in the folder c with your files."]
    assert list(closing_lines([Untrained(TRAINING["1.1"], Outcome(Status.TODO))], (), "c")) == []


def test_an_epoch_is_a_line_where_there_is_no_terminal(capsys):
    screen = TrainingScreen()
    with screen.epoch("1.2.6 Exp6", 2, 4, 0.9, lambda: None) as testing:
        testing()
    screen.trained("1.2.6 Exp6", 2, 4, TrainedEpoch((0.5, 0.312), 0.951, 3.21))
    screen.trained("1.2.6 Exp6", 3, 4, TrainedEpoch((), 0.96, 3.0))
    assert capsys.readouterr().out == (
        "1.2.6 Exp6  epoch 2/4  loss 0.312  accuracy 95.1 %  (3.2 s)\n1.2.6 Exp6  epoch 3/4  accuracy 96.0 %  (3.0 s)\n"
    )


def test_an_epoch_is_a_bar_on_a_terminal_that_follows_the_worker(monkeypatch):
    monkeypatch.setattr(rendering, "POLL_EACH", 0.01)
    monkeypatch.setattr(sys, "stderr", screen := io.StringIO())
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with TrainingScreen().epoch("1.2.6 Exp6", 2, 4, 0.951, lambda: Batch(12, 45, 0.312)) as testing:
        time.sleep(0.4)
        testing()
        time.sleep(0.3)
    text = screen.getvalue()
    assert "1.2.6 Exp6  epoch 2/4" in text
    assert "12/45  loss 0.312  accuracy 95.1 %" in text
    assert "testing  accuracy 95.1 %" in text


def hw1(*arguments, cwd):
    return subprocess.Popen(
        [HW1, *map(str, arguments)], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_the_command_trains_is_stopped_by_ctrl_c_and_goes_on(solution, tmp_path):
    write_hand_in(tmp_path, {}, solution)
    (tmp_path / "wait").touch()
    waits = f"while self.calls == 3 and __import__('os').path.exists('{tmp_path}/wait'): __import__('time').sleep(0.1)"
    (tmp_path / "trainer.py").write_text(trainer_with(waits, "print('Mine')"))
    process = hw1("train", "1.2.6", "--again", cwd=tmp_path)
    lines = [process.stdout.readline() for _ in range(2)]
    assert lines[1].startswith("1.2.6 Exp6  epoch 2/16  loss ")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "hw1: stopped; `hw1 train 1.2.6` goes on after epoch 2 of 1.2.6 Exp6\n"
    (tmp_path / "wait").unlink()
    process = hw1("train", "1.2.6", cwd=tmp_path)
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert text.startswith("1.2.6 Exp6  going on after epoch 2\n1.2.6 Exp6  epoch 3/16")
    assert "1.2.6.safetensors, 1.2.6.json, 1.2.6-curve.png, 1.2.6-confusion.png" in " ".join(text.split())
    assert "the reference gives" in text
    assert text.endswith("get the data with `hw1 data` and train with --data DIR.\n")
    assert "Mine" not in text
    assert "\x1b" not in text + errors


@pytest.mark.slow
def test_the_commands_exit_code_is_1_where_something_was_not_trained_and_2_for_misuse(assignment, tmp_path):
    write_hand_in(tmp_path / "mine", {}, assignment)
    process = hw1("train", "1.2.6", "--dir", "mine", cwd=tmp_path)
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert text.startswith("○ 1.2.6 Exp6\n    not started: TODO 1.2")
    text, _ = hw1("train", "--help", cwd=tmp_path).communicate(timeout=60)
    assert "  hw1 train hw1 --part 1.2 --data" in text
    for arguments, sentence in (
        (("--part", "9"), "there is no training '9'"),
        (("nowhere",), "nowhere does not exist"),
    ):
        process = hw1("train", *arguments, cwd=tmp_path)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert errors.startswith("hw1: ")
        assert errors.count("\n") == 1
        assert sentence in errors
