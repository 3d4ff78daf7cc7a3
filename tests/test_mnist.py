"""The accuracy of MNIST_Net: trained first, run next, counted here."""

import numpy as np
import pytest

from autograder.case import Case
from autograder.check import Ask
from autograder.checks.mnist import FIT, INFER, STRUCTURE, accuracy
from autograder.data import Dataset
from autograder.evidence import Evidence, Raised, Stopped
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.submission import Submission

RUBRIC = read_rubric()
RECIPE = RUBRIC.recipes["1.1"]["digits"]
TEST = 50
LABELS = np.arange(TEST, dtype=np.int64) % 10
IMAGES = np.arange(TEST, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
DATA = Dataset("digits", "the digits", IMAGES[:20], LABELS[:20], IMAGES, LABELS)
WEIGHTS = {"weights fc.weight": np.ones((10, 784), np.float32)}


def case_of(train: str = "auto", trainer: Status = Status.PASSED, **seen: object) -> Case:
    """A case whose network ran and whose Trainer came out as *trainer*."""
    case = Case(Submission("s", {}), RUBRIC, lambda: None, lambda: DATA, train=train)
    case.seen |= {STRUCTURE.id: Evidence()} | {f"mnist.{name}": value for name, value in seen.items()}
    case.outcomes |= {"1.1-structure": Outcome(Status.PASSED), "1.2a": Outcome(trainer)}
    return case


def scored(right: int) -> Evidence:
    """Logits that are right for *right* images, in the order in which they were asked for."""
    order = DATA.secret_order(case_of().key(INFER))
    guesses = (LABELS[order] + (np.arange(TEST) >= right)) % 10
    return Evidence({}, {"logits": np.eye(10, dtype=np.float32)[guesses]})


def judged(logits: Evidence, **how: object) -> Outcome:
    outcome = accuracy(case_of(fit=Evidence({}, WEIGHTS), infer=logits, **how))
    assert isinstance(outcome, Outcome)
    return outcome


def test_training_is_asked_for_first_with_the_recipe_and_the_training_set_alone():
    ask = accuracy(case_of())
    assert isinstance(ask, Ask)
    assert ask.probe.id == FIT.id
    assert ask.probe.fresh
    assert ask.probe.modules == ("mnist", "trainer")
    wanted = {"epochs": RECIPE.epochs, "batch": RECIPE.batch, "lr": RECIPE.lr, "own_trainer": True}
    assert wanted.items() <= ask.probe.params.items()
    assert set(ask.arrays) == {"images", "labels"}
    assert np.array_equal(ask.arrays["images"], DATA.train_images)
    assert np.array_equal(ask.arrays["labels"], DATA.train_labels)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PASSED])
def test_a_trainer_that_did_not_pass_is_replaced_by_the_kits_own(status):
    ask = accuracy(case_of(trainer=status))
    assert ask.probe.params["own_trainer"] is False
    assert ask.probe.modules == ("mnist",)


def test_more_images_are_given_more_time():
    few, many = case_of(), case_of()
    many.digits = lambda: Dataset("mnist", "", np.zeros((900, 1, 1)), np.zeros(900), IMAGES, LABELS)
    assert accuracy(many).probe.seconds > accuracy(few).probe.seconds


def test_then_the_weights_are_run_on_images_in_secret_order_and_without_labels():
    ask = accuracy(case_of(fit=Evidence({}, WEIGHTS)))
    assert isinstance(ask, Ask)
    assert ask.probe == INFER
    assert ask.probe.fresh
    assert set(ask.arrays) == {"images", *WEIGHTS}
    shown = ask.arrays["images"][:, 0, 0].tolist()
    assert shown != list(range(TEST))
    assert sorted(shown) == list(range(TEST))


def test_a_submission_can_not_put_its_own_images_in_the_place_of_the_hidden_ones():
    ask = accuracy(case_of(fit=Evidence({}, {**WEIGHTS, "images": np.zeros((1, 28, 28), np.uint8)})))
    assert len(ask.arrays["images"]) == TEST


def test_right_logits_are_counted_and_pass_with_their_figures():
    outcome = judged(scored(TEST))
    assert outcome.status is Status.PASSED
    (remark,) = outcome.remarks
    assert remark.startswith(f"100.0 % (50 of 50) after {RECIPE.epochs} epochs with your Trainer, on the digits")


def test_the_floor_itself_passes_and_one_image_less_fails():
    needed = int(np.ceil(RECIPE.floor * TEST))
    assert judged(scored(needed)).status is Status.PASSED
    outcome = judged(scored(needed - 1))
    assert outcome.status is Status.FAILED
    assert f"({needed - 1} of 50)" in outcome.reason
    assert f"wanted {100 * RECIPE.floor:g} %" in outcome.reason


def test_with_the_kits_own_loop_the_report_says_so():
    assert "the kit's own loop" in judged(scored(TEST), trainer=Status.FAILED).remarks[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_with_nan_or_infinity_fail(value):
    logits = scored(TEST).arrays["logits"].copy()
    logits[7, 3] = value
    outcome = judged(Evidence({}, {"logits": logits}))
    assert outcome.status is Status.FAILED
    assert "NaN" in outcome.reason


@pytest.mark.parametrize("shape", [(TEST,), (TEST, 9), (TEST - 1, 10), (10, TEST), (0, 10), (TEST, 10, 1)])
def test_logits_of_another_shape_fail(shape):
    outcome = judged(Evidence({}, {"logits": np.zeros(shape, np.float32)}))
    assert (outcome.status, outcome.reason) == (Status.FAILED, "The trained network's outputs are not (N, 10).")


def test_no_logits_at_all_fail():
    assert judged(Evidence()).status is Status.FAILED


@pytest.mark.parametrize("name", ["fit", "infer"])
def test_what_raises_or_is_stopped_on_the_way_is_told(name):
    before = {} if name == "fit" else {"fit": Evidence({}, WEIGHTS)}
    raised = accuracy(case_of(**before, **{name: Raised("ValueError", "no", (), name)}))
    assert (raised.status, raised.reason[:14]) == (Status.FAILED, "ValueError: no")
    stopped = accuracy(case_of(**before, **{name: Stopped("time", "60 s", name)}))
    assert stopped.status is Status.STOPPED


def test_never_trains_nothing_and_loses_nothing():
    outcome = accuracy(case_of(train="never"))
    assert isinstance(outcome, Outcome)
    assert outcome.status is Status.UNSETTLED


@pytest.mark.parametrize("train", ["auto", "never"])
def test_a_network_that_is_to_do_is_to_do(train):
    case = case_of(train)
    case.outcomes["1.1-structure"] = Outcome(Status.TODO, "TODO 1.1")
    assert accuracy(case) == Outcome(Status.TODO, "TODO 1.1")


def test_a_network_that_does_not_run_is_told_once_more_and_not_trained():
    case = case_of()
    broken = Outcome(Status.FAILED, "mnist.py is not there.")
    case.outcomes["1.1-structure"] = broken
    case.seen[STRUCTURE.id] = Raised("MissingFileError", "mnist.py is not there")
    assert accuracy(case) == broken


def test_a_network_that_runs_with_a_wrong_structure_is_trained_all_the_same():
    case = case_of()
    case.outcomes["1.1-structure"] = Outcome(Status.FAILED, "The rows are probabilities, wanted logits.")
    assert isinstance(accuracy(case), Ask)
