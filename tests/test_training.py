"""Accuracy by training: an epoch at a time, scored on unlabelled images in a secret order, decided by a stated rule."""

from dataclasses import replace

import numpy as np
import pytest
from asked import answering, first_ask
from conftest import setup_of

from autograder.case import Case
from autograder.deep_learning.bounds import lower_bound, surely_apart, upper_bound
from autograder.deep_learning.data import Dataset
from autograder.deep_learning.hidden import CLEAN, hidden_batches, renaming
from autograder.deep_learning.machine import Machine
from autograder.deep_learning.trained import RUNS
from autograder.evidence import Evidence, Raised, Stopped
from autograder.hw1.mnist import ACCURACY, STRUCTURE
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
BEGUN = Evidence({"speed": "cpu, float32", "remark": "", "parameters": 7850})


def case_of(train="always", trainer=Status.PASSED, setup=None):
    """A case whose network ran and whose Trainer came out as *trainer*."""
    case = Case(Submission("s", {}), RUBRIC, lambda: None, setup or setup_of(DATA, train=train))
    case.seen |= {STRUCTURE.id: Evidence()}
    case.outcomes |= {"1.1-structure": Outcome(Status.PASSED), "1.2a": Outcome(trainer)}
    return case


def batch_of(case, ask):
    """The hidden images that *ask* sends out, with their labels."""
    name, _, number = ask.probe.id.rpartition(".")
    return hidden_batches(DATA, case.key_named(name), RECIPE.guard)[int(number)]


def names_of(case, ask):
    """How the classes are called in the training that *ask* belongs to."""
    return renaming(case.key_named(f"{ask.probe.id.partition('.epoch')[0]} names"))


def logits(case, ask, right, honest=True):
    """Logits that are right for *right* of TEST images of each kind; or, remembered, for the classes' old names."""
    batch = batch_of(case, ask)
    names = names_of(case, ask) if honest else np.arange(10)
    guesses = names[batch.labels]
    for kind in set(batch.kinds.tolist()):
        (places,) = np.nonzero(batch.kinds == kind)
        wrong = places[round(right * len(places) / TEST) :]
        guesses[wrong] = (guesses[wrong] + 1) % 10
    return Evidence({"unfit": ""}, {"logits": np.eye(10, dtype=np.float32)[guesses]})


def settle(right, case=None, score=logits, judge=ACCURACY):
    """The outcome when the epochs count *right* images one after the other (the last again and again), and all asks."""
    case = case or case_of()
    counts = iter(right)
    last = right[-1]
    asks = []

    def answer(ask):
        nonlocal last
        asks.append(ask)
        match ask.probe.call:
            case "infer":
                last = next(counts, last)
                return score(case, ask, last)
            case "fit_epoch":
                return Evidence({"losses": [2.0, 1.0], "moved": True}, WEIGHTS)
        return BEGUN

    return judge(answering(case, answer)), asks


def calls(asks):
    return [ask.probe.call for ask in asks]


def test_training_gets_the_training_set_the_recipe_and_other_names_for_the_classes_and_no_test_image():
    case = case_of()
    start = first_ask(ACCURACY, case)
    assert start.probe.call == "fit_start"
    assert start.probe.fresh
    assert start.probe.modules == ("mnist", "trainer")
    recipe = {
        "batch": RECIPE.batch,
        "lr": RECIPE.lr,
        "optimizer": "adam",
        "trainer": ("trainer", "Trainer"),
        "device": "cpu",
    }
    assert recipe.items() <= start.probe.params.items()
    assert start.probe.params["bf16"] is False
    assert np.array_equal(start.arrays["images"], DATA.train_images)
    names = renaming(case.key_named("1.1.run1 names"))
    assert np.array_equal(start.arrays["labels"], names[DATA.train_labels])
    assert not (names == np.arange(10)).any()
    _, asks = settle([TEST])
    assert not asks[1].arrays


def test_images_that_lie_in_a_file_are_mapped_from_it_and_not_sent(tmp_path):
    data = replace(DATA, train_file=tmp_path / "train_images.npy")
    start = first_ask(ACCURACY, case_of(setup=setup_of(data, train="always")))
    assert start.probe.params["images_file"] == str(tmp_path / "train_images.npy")
    assert set(start.arrays) == {"labels"}


def test_scoring_gets_weights_and_images_in_secret_order_in_a_worker_of_its_own_and_no_label():
    _, asks = settle([TEST])
    score = asks[-1]
    assert score.probe.fresh
    assert score.probe.slot != asks[1].probe.slot
    assert set(score.arrays) == {"images", *WEIGHTS}
    batch = batch_of(case_of(), score)
    assert np.array_equal(score.arrays["images"], batch.images)
    assert sorted(batch.labels[batch.kinds == CLEAN].tolist()) == sorted(LABELS.tolist())
    assert not np.array_equal(batch.labels[batch.kinds == CLEAN], LABELS)


def test_it_stops_as_soon_as_the_floor_is_passed_beyond_doubt():
    outcome, asks = settle([100, TEST])
    assert outcome.status is Status.PASSED
    assert calls(asks).count("fit_epoch") == 2
    assert outcome.remarks[0].startswith("Trained: ")
    assert f"after 2 of {RECIPE.epochs} epochs with your Trainer (cpu, float32)" in outcome.remarks[0]


def test_an_accuracy_above_the_floor_but_not_beyond_doubt_trains_through_all_epochs_and_passes():
    outcome, asks = settle([int(np.ceil(FLOOR * TEST)) + 1])
    assert outcome.status is Status.PASSED
    assert calls(asks).count("fit_epoch") == RECIPE.epochs


def test_one_that_is_far_below_the_floor_fails_after_one_run_with_its_figures():
    outcome, asks = settle([40])
    assert outcome.status is Status.FAILED
    assert calls(asks).count("fit_start") == 1
    assert "10.0 % (40 of 400)" in outcome.reason
    assert f"wanted {100 * FLOOR:g} %" in outcome.reason
    assert "the digits (20 training images, 400 test images)" in outcome.reason
    assert outcome.detail[0].startswith("run 1, after each epoch, %: 10.0, ")


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
    assert calls(asks).count("fit_start") == 2


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PASSED])
def test_a_trainer_that_did_not_pass_is_replaced_by_the_kits_loop_and_that_is_said(status):
    case = case_of(trainer=status)
    start = first_ask(ACCURACY, case)
    assert start.probe.modules == ("mnist",)
    assert start.probe.params["trainer"] is None
    outcome, _ = settle([TEST], case)
    assert "the kit's own loop" in outcome.remarks[0]


def test_a_homework_without_a_training_loop_of_its_own_is_trained_by_the_kits():
    judge = replace(ACCURACY, training=replace(ACCURACY.training, trainer=None), loop=None)
    case = case_of(trainer=Status.FAILED)
    start = first_ask(judge, case)
    assert start.probe.modules == ("mnist",)
    assert start.probe.params["trainer"] is None
    outcome, _ = settle([TEST], case, judge=judge)
    assert outcome.status is Status.PASSED
    assert "with the kit's own loop (cpu, float32)" in outcome.remarks[0]


@pytest.mark.parametrize(
    "values, sentence",
    [
        (np.full((440, 10), np.nan, np.float32), "NaN or infinity"),
        (np.full((440, 10), np.inf, np.float32), "NaN or infinity"),
        (np.zeros((440, 9), np.float32), "not (N, 10)"),
        (np.zeros((439, 10), np.float32), "not (N, 10)"),
    ],
)
def test_outputs_that_cannot_be_counted_fail_with_a_sentence(values, sentence):
    outcome, _ = settle([0], score=lambda *_: Evidence({"unfit": ""}, {"logits": values}))
    assert outcome.status is Status.FAILED
    assert sentence in outcome.reason


def test_a_reply_without_logits_fails():
    outcome, _ = settle([0], score=lambda *_: Evidence())
    assert outcome.status is Status.FAILED


def test_answers_with_the_names_from_before_the_training_are_flagged_and_earn_and_lose_nothing():
    outcome, _ = settle([TEST], score=lambda case, ask, right: logits(case, ask, right, honest=False))
    assert outcome.status is Status.UNSETTLED
    assert outcome.mistake == "remembered-answers"
    assert "their true names" in outcome.detail[0]


def test_a_training_that_leaves_the_given_network_alone_is_told_so_before_it_is_scored():
    case = case_of()
    case.seen |= {"1.1.run1": BEGUN, "1.1.run1.epoch1": Evidence({"losses": [], "moved": False}, WEIGHTS)}
    assert "leaves the given network as it is" in ACCURACY(case).reason


OF = -(-len(DATA.train_labels) // RECIPE.batch)  # batches of an epoch


@pytest.mark.parametrize(
    ("counted", "more"),
    [
        ({"passes": 1, "batches": OF, "backwards": OF, "steps": OF}, False),
        ({"passes": 2, "batches": 2 * OF, "backwards": OF, "steps": OF}, False),  # the accuracy on the training images
        ({"passes": 12, "batches": 12 * OF, "backwards": 12 * OF, "steps": 12 * OF}, True),
        ({"passes": 1, "batches": OF, "backwards": OF, "steps": OF + 1}, True),
        ({"passes": 0, "batches": 0, "backwards": 12 * OF, "steps": 0}, True),  # steps of its own, images of its own
    ],
)
def test_an_accuracy_bought_by_more_epochs_than_were_asked_for_is_not_credited(counted, more):
    case = case_of()
    case.seen |= {"1.1.run1": BEGUN, "1.1.run1.epoch1": Evidence({"losses": [], "moved": True, **counted}, WEIGHTS)}
    if not more:
        assert first_ask(ACCURACY, case).probe.call == "infer"
        return
    verdict = ACCURACY(case)
    assert verdict.status is Status.FAILED
    assert f"{counted['backwards']:,} backward passes" in verdict.reason
    assert f"an epoch has {OF}" in verdict.reason
    assert not any(character.isdigit() for character in verdict.shown)


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_training_that_raises_or_hangs_is_told_as_such(epoch):
    for seen, status in (
        (Raised("ValueError", "no"), Status.FAILED),
        (Stopped("time", "9 s", "fit_epoch"), Status.STOPPED),
    ):
        case = case_of()
        case.seen |= {"1.1.run1": BEGUN, f"1.1.run1.epoch{epoch}": seen}
        outcome, _ = settle([40], case)
        assert outcome.status is status


def test_a_network_that_needs_more_memory_than_the_card_has_is_told_which():
    card = Machine("cuda", "Example GPU", True, 8 << 30)
    case = case_of(setup=replace(setup_of(DATA, train="always"), machine=lambda: card))
    start = first_ask(ACCURACY, case)
    assert start.probe.gpu
    case.seen[start.probe.id] = Stopped("memory", "", "fit_start")
    assert ACCURACY(case).reason == "Stopped: training asked for more memory than the Example GPU has."


def test_a_stub_is_to_do_and_a_network_that_does_not_run_gets_its_structures_verdict():
    for status in (Status.TODO, Status.FAILED):
        case = case_of()
        case.seen[STRUCTURE.id] = Raised("NotImplementedError", "TODO 1.1: x")
        case.outcomes["1.1-structure"] = Outcome(status, "as said above")
        assert ACCURACY(case) == Outcome(status, "as said above")


def test_the_bounds_hold_the_share_and_tighten_with_the_count():
    assert 0 <= lower_bound(0, 50) < upper_bound(0, 50) < 0.2
    assert 0.8 < lower_bound(50, 50) < upper_bound(50, 50) <= 1 + 1e-12
    assert lower_bound(90, 100) < lower_bound(900, 1000) < 0.9 < upper_bound(900, 1000) < upper_bound(90, 100)
    assert surely_apart((90, 100), (88, 100)) < 0 < surely_apart((99, 100), (60, 100)) < 0.39


@pytest.mark.parametrize("training", ["1.1", "1.2-sgd", "1.2-adam", "2.2a", "2.2b"])
def test_the_recipe_of_each_data_set_is_complete(training):
    sets = RUBRIC.recipes[training]
    assert set(sets) == ({"mnist", "digits"} if training.startswith("1") else {"cifar10", "shapes"})
    assert all(0 < recipe.floor < 1 for recipe in sets.values()) or training.startswith("1.2")
