"""Accuracy by training: an epoch at a time, scored on unlabelled images in a secret order, decided by a stated rule."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.case import Case
from autograder.check import Ask
from autograder.checks.mnist import STRUCTURE, accuracy
from autograder.checks.training import RUNS, lower_bound, upper_bound
from autograder.data import Dataset
from autograder.evidence import Evidence, Raised, Stopped
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.submission import Submission

RUBRIC = read_rubric()
RECIPE = RUBRIC.recipes["1.1"]["digits"]
TEST = 400
LABELS = np.arange(TEST, dtype=np.int64) % 10
IMAGES = (np.arange(TEST, dtype=np.int64) % 256).astype(np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
DATA = Dataset("digits", "the digits", IMAGES[:20], LABELS[:20], IMAGES, LABELS)
WEIGHTS = {"weights fc.weight": np.ones((10, 784), np.float32)}
FLOOR = RECIPE.floor
BORDER = int(FLOOR * TEST) - 2  # below the floor, by less than chance may do


def case_of(train="auto", trainer=Status.PASSED):
    """A case whose network ran and whose Trainer came out as *trainer*."""
    case = Case(Submission("s", {}), RUBRIC, lambda: None, lambda: DATA, train=train)
    case.seen |= {STRUCTURE.id: Evidence()}
    case.outcomes |= {"1.1-structure": Outcome(Status.PASSED), "1.2a": Outcome(trainer)}
    return case


def logits(case, ask, right):
    """Logits that are right for *right* of the images that *ask* sends out."""
    labels = DATA.test_labels[DATA.secret_order(case.key(ask.probe))]
    guesses = (labels + (np.arange(TEST) >= right)) % 10
    return Evidence({}, {"logits": np.eye(10, dtype=np.float32)[guesses]})


def settle(right, case=None, score=logits):
    """The outcome when the epochs count *right* images one after the other (the last again and again), and all asks."""
    case = case or case_of()
    counts = iter(right)
    last = right[-1]
    asks = []
    while isinstance(verdict := accuracy(case), Ask):
        asks.append(verdict)
        if verdict.probe.call == "infer":
            last = next(counts, last)
            case.seen[verdict.probe.id] = score(case, verdict, last)
        else:
            case.seen[verdict.probe.id] = Evidence({}, WEIGHTS if verdict.probe.call == "fit_epoch" else {})
    return verdict, asks


def test_training_gets_the_training_set_and_the_recipe_and_no_test_image():
    start = accuracy(case_of())
    assert start.probe.call == "fit_start"
    assert start.probe.fresh
    assert start.probe.modules == ("mnist", "trainer")
    assert {"batch": RECIPE.batch, "lr": RECIPE.lr, "own_trainer": True}.items() <= start.probe.params.items()
    assert np.array_equal(start.arrays["images"], DATA.train_images)
    assert np.array_equal(start.arrays["labels"], DATA.train_labels)
    _, asks = settle([TEST])
    assert not asks[1].arrays


def test_scoring_gets_weights_and_images_in_secret_order_in_a_worker_of_its_own_and_no_label():
    _, asks = settle([TEST])
    score = asks[-1]
    assert score.probe.fresh
    assert score.probe.slot != asks[1].probe.slot
    assert set(score.arrays) == {"images", *WEIGHTS}
    order = DATA.secret_order(case_of().key(score.probe))
    assert np.array_equal(score.arrays["images"], DATA.test_images[order])
    assert not np.array_equal(order, np.arange(TEST))


def test_it_stops_as_soon_as_the_floor_is_passed_beyond_doubt():
    outcome, asks = settle([100, TEST])
    assert outcome.status is Status.PASSED
    assert [ask.probe.call for ask in asks].count("fit_epoch") == 2
    assert f"after 2 of {RECIPE.epochs} epochs" in outcome.remarks[0]


def test_an_accuracy_above_the_floor_but_not_beyond_doubt_trains_through_all_epochs_and_passes():
    outcome, asks = settle([int(np.ceil(FLOOR * TEST)) + 1])
    assert outcome.status is Status.PASSED
    assert [ask.probe.call for ask in asks].count("fit_epoch") == RECIPE.epochs


def test_one_that_is_far_below_the_floor_fails_after_one_run_with_its_figures():
    outcome, asks = settle([40])
    assert outcome.status is Status.FAILED
    assert [ask.probe.call for ask in asks].count("fit_start") == 1
    assert "10.0 % (40 of 400)" in outcome.reason
    assert f"wanted {100 * FLOOR:g} %" in outcome.reason
    assert "the digits (20 training images, 400 test images)" in outcome.reason


def test_a_border_case_is_trained_again_with_another_seed_before_it_costs_points():
    outcome, asks = settle([BORDER])
    starts = [ask for ask in asks if ask.probe.call == "fit_start"]
    assert len(starts) == RUNS
    assert len({case_of().key(ask.probe) for ask in starts}) == RUNS
    assert outcome.status is Status.FAILED
    assert len(outcome.detail) == RUNS
    assert f"the best of {RUNS} runs" in outcome.reason


def test_the_best_run_of_a_border_case_counts():
    outcome, asks = settle([BORDER] * RECIPE.epochs + [TEST])
    assert outcome.status is Status.PASSED
    assert len([ask for ask in asks if ask.probe.call == "fit_start"]) == 2


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PASSED])
def test_a_trainer_that_did_not_pass_is_replaced_by_the_kits_loop_and_that_is_said(status):
    case = case_of(trainer=status)
    start = accuracy(case)
    assert start.probe.modules == ("mnist",)
    assert start.probe.params["own_trainer"] is False
    outcome, _ = settle([TEST], case)
    assert "the kit's own loop" in outcome.remarks[0]


@pytest.mark.parametrize(
    "values, sentence",
    [
        (np.full((TEST, 10), np.nan, np.float32), "NaN or infinity"),
        (np.full((TEST, 10), np.inf, np.float32), "NaN or infinity"),
        (np.zeros((TEST, 9), np.float32), "not (N, 10)"),
        (np.zeros((TEST - 1, 10), np.float32), "not (N, 10)"),
    ],
)
def test_outputs_that_cannot_be_counted_fail_with_a_sentence(values, sentence):
    outcome, _ = settle([0], score=lambda *_: Evidence({}, {"logits": values}))
    assert outcome.status is Status.FAILED
    assert sentence in outcome.reason


def test_a_reply_without_logits_fails():
    outcome, _ = settle([0], score=lambda *_: Evidence())
    assert outcome.status is Status.FAILED


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_training_that_raises_or_hangs_is_told_as_such(epoch):
    for seen, status in (
        (Raised("ValueError", "no"), Status.FAILED),
        (Stopped("time", "9 s", "fit_epoch"), Status.STOPPED),
    ):
        case = case_of()
        case.seen |= {"mnist.fit.run1": Evidence(), f"mnist.fit.run1.epoch{epoch}": seen}
        outcome, _ = settle([40], case)
        assert outcome.status is status


def test_nothing_is_trained_when_nothing_should_be():
    outcome, asks = settle([TEST], case_of(train="never"))
    assert outcome.status is Status.UNSETTLED
    assert not asks


def test_a_stub_is_to_do_and_a_network_that_does_not_run_gets_its_structures_verdict():
    for status in (Status.TODO, Status.FAILED):
        case = case_of()
        case.seen[STRUCTURE.id] = Raised("NotImplementedError", "TODO 1.1: x")
        case.outcomes["1.1-structure"] = Outcome(status, "as said above")
        assert accuracy(case) == Outcome(status, "as said above")


def test_the_bounds_hold_the_share_and_tighten_with_the_count():
    assert 0 <= lower_bound(0, 50) < upper_bound(0, 50) < 0.2
    assert 0.8 < lower_bound(50, 50) < upper_bound(50, 50) <= 1 + 1e-12
    assert lower_bound(90, 100) < lower_bound(900, 1000) < 0.9 < upper_bound(900, 1000) < upper_bound(90, 100)


def test_the_recipe_of_each_data_set_is_complete():
    for name in ("mnist", "digits"):
        recipe = RUBRIC.recipes["1.1"][name]
        assert 0 < recipe.floor < 1
        assert replace(recipe, epochs=1).epochs == 1
