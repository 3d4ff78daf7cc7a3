"""What can go wrong while a hand-in's network is trained: one sentence, the check's status, nothing else lost."""

from dataclasses import replace

import pytest
from conftest import write_hand_in

from autograder.grade import judged
from autograder.hw1.checks import CHECKS
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
DIGITS = replace(RUBRIC.recipes["1.1"]["digits"], epochs=2, floor=0.5)
QUICK = replace(
    RUBRIC, recipes={**RUBRIC.recipes, "1.1": {**RUBRIC.recipes["1.1"], "digits": DIGITS}}, points=RUBRIC.points
)
WANTED = ("1.1-structure", "1.2a", "1.2b", "1.1-accuracy")
# Neither in the Trainer's own check, whose images are smaller, nor in the dry run, which has a few batches.
LARGE_ONLY = "if len(self.trainloader) > 30 and next(iter(self.testloader))[0].shape[-1] > 6:"


@pytest.fixture
def trained(launcher, recording, solution, tmp_path):
    """Grades the solution with some files replaced, `--train always`, on the digits; the outcomes by check."""

    def run(files, rubric=QUICK, **kit_options):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        unmeasured = tmp_path / "floors.toml"
        unmeasured.write_text("[floors]\n", encoding="utf-8")
        options = {"train": "always", "floors": unmeasured, "device": "cpu", **kit_options}
        kit = Kit(rubric, recorded=lambda: recording, launcher=launcher, scratch=scratch, **options)
        submission = read_submission(write_hand_in(tmp_path / "20260042", files, solution), kit.rubric.limits)
        checks = tuple(check for check in CHECKS if check.id in WANTED)
        with kit.session(submission) as session:
            report = judged(kit.case(submission, session), session, checks)
        assert report.maximum == 100
        return {line.id: line.outcome for line in report.lines if line.id in WANTED}

    return run


@pytest.fixture
def trainer(solution):
    """The solution's Trainer with lines put in at the beginning of train, for the real training alone."""

    def with_lines(*lines):
        text = (solution / "trainer.py").read_text(encoding="utf-8")
        begin = "        self.net.train()\n"
        assert text.count(begin) == 1
        inserted = "".join(f"            {line}\n" for line in lines)
        return {"trainer.py": text.replace(begin, f"{begin}        {LARGE_ONLY}\n{inserted}")}

    return with_lines


def test_the_solution_is_trained_and_passes(trained):
    outcomes = trained({})
    assert {outcome.status for outcome in outcomes.values()} == {Status.PASSED}
    said = outcomes["1.1-accuracy"].remarks[0]
    assert said.startswith("Trained: ")
    assert "with your Trainer (cpu, float32, channels last), on the embedded digits" in said


def only_accuracy(outcomes, status, words):
    accuracy = outcomes.pop("1.1-accuracy")
    assert {outcome.status for outcome in outcomes.values()} == {Status.PASSED}
    assert accuracy.status is status, accuracy
    assert words in accuracy.reason, accuracy
    assert "\n" not in accuracy.reason


def test_a_training_that_diverges_says_so(trained, trainer):
    outcomes = trained(trainer("for group in self.optimizer.param_groups: group['lr'] = float('inf')"))
    only_accuracy(outcomes, Status.FAILED, "outputs contain NaN or infinity: the training diverged")


@pytest.mark.slow
def test_a_trainer_that_never_returns_is_stopped(trained, trainer, monkeypatch):
    monkeypatch.setattr("autograder.deep_learning.trained.SECONDS", 5.0)
    slow = replace(DIGITS, seconds_per_image=0.0)
    rubric = replace(QUICK, recipes={**QUICK.recipes, "1.1": {**QUICK.recipes["1.1"], "digits": slow}})
    outcomes = trained(trainer("while True: pass"), rubric)
    only_accuracy(outcomes, Status.STOPPED, "training took more than 5 s")


def test_a_trainer_that_dies_is_stopped(trained, trainer):
    only_accuracy(trained(trainer("import os; os._exit(3)")), Status.STOPPED, "the process ended in training")


def test_a_trainer_that_raises_names_the_line(trained, trainer):
    outcomes = trained(trainer("raise ValueError('no more batches')"))
    only_accuracy(outcomes, Status.FAILED, "ValueError: no more batches in Trainer.train (trainer.py, line ")


def test_a_trainer_that_trains_on_the_test_loader_gets_throw_away_images_alone(trained, trainer):
    outcomes = trained(trainer("self.trainloader = self.testloader"))
    accuracy = outcomes["1.1-accuracy"]
    assert accuracy.status is Status.FAILED
    assert "wanted 50 %" in accuracy.reason


def test_a_trainer_that_replaces_the_network_trains_nothing(trained, trainer):
    lines = ("import copy", "self.net = copy.deepcopy(self.net)", "self.net.train()")
    outcomes = trained(trainer(*lines))
    only_accuracy(outcomes, Status.FAILED, "Trainer.train leaves the given network as it is")


def test_a_false_accuracy_that_is_printed_decides_nothing(trained, trainer, solution):
    lazy = trainer("print('Test set: Accuracy: 10000/10000 (100%)')", "return []")
    only_accuracy(trained(lazy), Status.FAILED, "Trainer.train leaves the given network as it is")


def test_a_network_that_needs_more_memory_than_a_training_may_take_is_stopped(trained, solution):
    text = (solution / "mnist.py").read_text(encoding="utf-8")
    line = "        x = self.drop("
    hungry = text.replace(line, f"        if len(x) == 32: torch.empty(1 << 40)\n{line}", 1)
    only_accuracy(trained({"mnist.py": hungry}), Status.STOPPED, "asked for more memory than there is")


def test_a_wrong_trainer_is_replaced_by_the_kits_loop(trained, solution):
    text = (solution / "trainer.py").read_text(encoding="utf-8")
    outcomes = trained({"trainer.py": text.replace("                self.optimizer.zero_grad()\n", "")})
    assert outcomes["1.2a"].mistake == "train-no-zero-grad"
    assert outcomes["1.1-accuracy"].status is Status.PASSED
    assert "the kit's own loop, since your Trainer.train did not pass" in outcomes["1.1-accuracy"].remarks[0]


def test_a_data_folder_without_the_data_leaves_the_points_open(trained, tmp_path):
    (tmp_path / "data").mkdir()
    outcomes = trained({}, data=tmp_path / "data")
    only_accuracy(outcomes, Status.UNSETTLED, "Not settled: MNIST is not in")
