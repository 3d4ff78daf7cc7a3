"""The guards against remembered answers: memorisers end unsettled and flagged, honest networks never do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import every_other_slow
from memorisers import CHECKPOINTS, MEMORISERS, constant, digests, looks

from autograder.deep_learning.bounds import CONFIDENCE, lower_bound, surely_apart, upper_bound
from autograder.deep_learning.data import Dataset, embedded_digits
from autograder.deep_learning.floors import Floors, GuardLimits, read_floors
from autograder.deep_learning.hidden import (
    CLASSES,
    CLEAN,
    COPY,
    FIRST,
    SEEN,
    Score,
    count,
    hidden_batches,
    renaming,
    suspicion,
)
from autograder.deep_learning.task import FLAG
from autograder.grade import judged
from autograder.hw1.checks import CHECKS
from autograder.ingest.checkpoint import write_checkpoint
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Status
from autograder.rubric import read_rubric

HONEST = sorted(path.parent.name for path in (Path(__file__).parent / "honest").glob("*/mnist.py"))
LIMITS = read_floors().guards.get("digits", GuardLimits(jittered=0.04, trained=0.0, best=0.97))
RUBRIC = read_rubric()
KEY = b"a key of these tests"
TRAINED = tuple(check for check in CHECKS if check.id in ("1.1-structure", "1.2a", "1.1-accuracy"))


@pytest.fixture(scope="module")
def digits():
    return embedded_digits()


@pytest.fixture(scope="module")
def many():
    """3,000 test images and 200 training images, each of which shows its own number and none another's."""
    numbers = np.arange(3200)
    images = np.zeros((3200, 28, 28), np.uint8)
    bits = (numbers[:, None] >> np.arange(12)) & 1  # (3200, 12)
    images[:, 2:26, 2:26] = np.kron(bits.reshape(-1, 3, 4), np.ones((8, 6))) * 200
    labels = (numbers % 10).astype(np.int64)
    return Dataset("many", "many", images[3000:], labels[3000:], images[:3000], labels[:3000])


def numbers(images):
    """The number that each image of *many* shows, moved or not."""
    middles = images[:, 2:26, 2:26].reshape(-1, 3, 8, 4, 6)[:, :, 2:6, :, 2:4].mean((2, 4))
    return ((middles.reshape(-1, 12) > 100) << np.arange(12)).sum(1)


# The names of the classes


def test_while_it_is_trained_each_class_bears_anothers_name():
    for key in range(200):
        names = renaming(b"%d" % key)
        assert sorted(names) == list(range(CLASSES))
        assert (names != np.arange(CLASSES)).all()


def test_the_names_depend_on_the_key_and_on_nothing_else():
    assert np.array_equal(renaming(KEY), renaming(KEY))
    assert len({tuple(renaming(b"%d" % key)) for key in range(200)}) > 190


# The images


def test_every_test_image_is_scored_once_in_an_order_that_depends_on_the_key(many):
    orders = []
    for key in (KEY, KEY, b"another"):
        batches = hidden_batches(many, key, guard=100)
        clean = np.concatenate([numbers(batch.images[batch.kinds == CLEAN]) for batch in batches])
        labels = np.concatenate([batch.labels[batch.kinds == CLEAN] for batch in batches])
        assert sorted(clean) == list(range(3000))
        assert np.array_equal(labels, clean % 10)
        orders.append(list(clean))
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != sorted(orders[0])


def test_the_first_images_are_strewn_with_copies_of_them_and_with_training_images(many):
    begin, rest = hidden_batches(many, KEY, guard=150)
    kinds = begin.kinds
    assert [(kinds == kind).sum() for kind in (CLEAN, COPY, SEEN)] == [FIRST, 150, 150]
    assert (rest.kinds == CLEAN).all()
    assert not rest.paired.any()
    assert np.abs(np.flatnonzero(kinds != CLEAN).mean() / len(kinds) - 0.5) < 0.1  # not at the end
    copies, originals = begin.images[kinds == COPY], begin.images[begin.paired]
    assert sorted(numbers(copies)) == sorted(numbers(originals))
    assert (begin.kinds[begin.paired] == CLEAN).all()
    assert np.array_equal(begin.labels[kinds == COPY], numbers(copies) % 10)
    assert not {image.tobytes() for image in copies} & {image.tobytes() for image in many.test_images}
    seen = begin.images[kinds == SEEN]
    assert len(set(numbers(seen))) == 150
    assert (numbers(seen) >= 3000).all()
    assert np.array_equal(begin.labels[kinds == SEEN], numbers(seen) % 10)


def test_a_small_set_is_one_batch_in_which_each_image_has_a_copy(digits):
    (batch,) = hidden_batches(digits, KEY, guard=2000)
    counts = [int((batch.kinds == kind).sum()) for kind in (CLEAN, COPY, SEEN)]
    assert counts == [360, 360, 360]
    assert batch.paired.sum() == 360


def test_another_key_copies_and_moves_otherwise(many):
    first, other = (hidden_batches(many, key, guard=100)[0] for key in (KEY, b"another"))
    assert {image.tobytes() for image in first.images[first.kinds == COPY]}.isdisjoint(
        image.tobytes() for image in other.images[other.kinds == COPY]
    )


# The counts


def one_hot(guesses):
    return np.eye(10, dtype=np.float32)[guesses]


def test_right_answers_are_counted_by_kind(digits):
    (batch,) = hidden_batches(digits, KEY, guard=100)
    guesses = batch.labels.copy()
    guesses[batch.kinds == COPY] = (guesses[batch.kinds == COPY] + 1) % 10
    score = count(batch, one_hot(guesses))
    assert score == Score(clean=(360, 360), originals=(100, 100), copies=(0, 100), seen=(100, 100))
    assert score + score == Score((720, 720), (200, 200), (0, 200), (200, 200))


def test_answers_count_with_the_names_of_the_training_and_old_names_are_told(digits):
    (batch,) = hidden_batches(digits, KEY, guard=100)
    names = renaming(KEY)
    assert count(batch, one_hot(names[batch.labels]), names).accuracy == 1
    old = count(batch, one_hot(batch.labels), names)
    assert old.accuracy == 0
    assert old.remembered == (360, 360)
    assert count(batch, one_hot(names[batch.labels]), names).remembered == (0, 360)


# The bounds


def test_two_shares_are_surely_apart_by_less_than_they_seem_and_by_more_with_more_images():
    few, more, all_of_them = (surely_apart((95 * n, 100 * n), (90 * n, 100 * n)) for n in (1, 10, 100))
    assert few < more < all_of_them < 0.05
    assert surely_apart((100, 100), (100, 100)) < 0
    assert surely_apart((0, 50), (0, 50)) < 0


def test_a_bound_is_wrong_once_in_a_thousand_times():
    chance = np.random.default_rng(0)
    right = chance.binomial(2000, 0.9, 20_000)
    wrong = np.mean([lower_bound(int(n), 2000) > 0.9 for n in right])
    assert wrong < 0.002
    assert CONFIDENCE == 3.09
    assert lower_bound(1800, 2000) < 0.9 < upper_bound(1800, 2000)


# What is suspicious


def score_of(clean=0.95, copies=0.93, seen=0.97, remembered=0.01, images=2000):
    def pair(share):
        return round(share * images), images

    return Score(pair(clean), pair(clean), pair(copies), pair(seen), pair(remembered))


def test_what_is_beyond_a_limit_beyond_doubt_is_said_and_nothing_else_is():
    limits = GuardLimits(jittered=0.04, trained=0.01)
    assert not suspicion(score_of(), limits)
    assert not suspicion(score_of(copies=0.90), limits)  # beyond the limit, but not beyond doubt
    assert "hardly differ" in suspicion(score_of(copies=0.87), limits)
    assert "trained on" in suspicion(score_of(seen=0.90), limits)
    assert "true names" in suspicion(score_of(clean=0.1, copies=0.1, seen=0.1, remembered=0.9), limits)
    assert not suspicion(score_of(copies=0.87), replace(limits, jittered=0.08))
    assert "more than networks learn" in suspicion(
        score_of(clean=1.0, copies=1.0, seen=1.0), replace(limits, best=0.994)
    )
    assert not suspicion(score_of(clean=0.997, copies=0.997, seen=1.0), replace(limits, best=0.994))


def test_what_was_not_measured_raises_no_suspicion():
    assert not suspicion(Score(clean=(950, 1000)), LIMITS)


@pytest.mark.parametrize("images", [100, 360, 2000])
def test_an_honest_network_at_the_limits_is_hardly_ever_flagged(images):
    chance = np.random.default_rng(1)
    clean = 0.93
    shares = [clean, clean - LIMITS.jittered, clean - LIMITS.trained]
    flags = 0
    for _ in range(3000):
        right, copies, seen = (int(n) for n in chance.binomial(images, np.clip(shares, 0, 1)))
        pair = (right, images)
        flags += bool(suspicion(Score(pair, pair, (copies, images), (seen, images)), LIMITS))
    assert flags <= 15  # two limits at once, each passed once in 1,000 times


def honest_guesses(digits, images):
    """What a simple honest model says: the mean image of each class that is nearest."""
    flat = digits.train_images.reshape(len(digits.train_images), -1).astype(np.float32)
    means = np.stack([flat[digits.train_labels == label].mean(0) for label in range(10)])
    return ((means**2).sum(1) - 2 * images.reshape(len(images), -1) @ means.T).argmin(1)


def remembered_guesses(digits, images, how):
    """What a table of hashes, or the nearest test image, says; the honest model for what is not in the table."""
    if how == "neighbours":
        stored, mine = (looks(some).astype(np.float32) for some in (digits.test_images, images))
        return digits.test_labels[((stored**2).sum(1) - 2 * mine @ stored.T).argmin(1)]
    table = dict(zip(digests(digits.test_images).tolist(), digits.test_labels.tolist(), strict=True))
    others = honest_guesses(digits, images) if how == "hashes, honest" else np.zeros(len(images), np.int64)
    return np.array([table.get(mine, other) for mine, other in zip(digests(images).tolist(), others, strict=True)])


@pytest.mark.parametrize("how", ["hashes", "hashes, honest", "neighbours"])
@pytest.mark.parametrize("learnt", [False, True], ids=["old names", "new names"])
def test_remembered_answers_are_suspicious_and_the_reason_is_said(digits, how, learnt):
    (batch,) = hidden_batches(digits, KEY, guard=2000)
    guesses = remembered_guesses(digits, batch.images, how)
    names = renaming(KEY)
    score = count(batch, one_hot(names[guesses] if learnt else guesses), names)
    blind = replace(LIMITS, best=1.0)  # what it is told by if it answers a few images wrongly on purpose
    why = suspicion(score, blind)
    if not learnt:
        assert "true names" in why
    else:
        assert score.accuracy == 1
        assert "more than networks learn" in suspicion(score, LIMITS)
        assert ("trained on" if how == "neighbours" else "hardly differ") in why
    checkpoint = suspicion(count(batch, one_hot(guesses)), blind)  # no class is renamed there
    assert ("trained on" if how == "neighbours" else "hardly differ") in checkpoint


def test_an_honest_model_is_not_suspicious(digits):
    (batch,) = hidden_batches(digits, KEY, guard=2000)
    names = renaming(KEY)
    score = count(batch, one_hot(names[honest_guesses(digits, batch.images)]), names)
    assert score.accuracy > 0.7
    assert not suspicion(score, LIMITS)


# From the hand-in to the report


@pytest.fixture(scope="module")
def settled(launcher, recording, tmp_path_factory, solution):
    """Grades files of a hand-in, or a folder, as far as the accuracy of MNIST_Net; returns the lines by check."""

    def run(files, train, epochs=None, checkpoint=None):
        folder = tmp_path_factory.mktemp("guards") / "20260042"
        folder.mkdir()
        contents = {"trainer.py": (solution / "trainer.py").read_bytes(), **files}
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        if checkpoint is not None:
            write_checkpoint(folder / "checkpoints" / "1.1.safetensors", checkpoint, {})
        recipe = RUBRIC.recipes["1.1"]["digits"]
        recipe = replace(recipe, epochs=epochs or recipe.epochs)
        rubric = replace(RUBRIC, recipes={**RUBRIC.recipes, "1.1": {"digits": recipe}})
        floors = Floors(guards={"digits": LIMITS})
        scratch = tmp_path_factory.mktemp("scratch")
        kit = Kit(rubric, train=train, recorded=lambda: recording, launcher=launcher, scratch=scratch)
        kit.device = "cpu"
        kit.tools = replace(kit.tools, floors=floors)
        submission = read_submission(folder, rubric.limits)
        with kit.session(submission) as session:
            report = judged(kit.case(submission, session), session, TRAINED)
        return {line.id: line for line in report.lines}

    return run


def told(lines):
    """All that a failed assertion should show of the accuracy."""
    outcome = lines["1.1-accuracy"].outcome
    return outcome.status, outcome.mistake, outcome.reason, outcome.detail, outcome.remarks


def honest_files(name):
    return {"mnist.py": (Path(__file__).parent / "honest" / name / "mnist.py").read_bytes()}


@pytest.mark.parametrize("name", every_other_slow(HONEST))
def test_honest_networks_have_the_structure_that_is_asked_for(settled, name):
    lines = settled(honest_files(name), "never")
    assert lines["1.1-structure"].outcome.status is Status.PASSED, lines["1.1-structure"].outcome


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cnn_strided", "mlp_512", "upscaled_normalised"])
def test_honest_networks_are_settled(settled, name):
    lines = settled(honest_files(name), "always")
    assert lines["1.1-accuracy"].outcome.status in (Status.PASSED, Status.FAILED), told(lines)
    assert not lines["1.1-accuracy"].outcome.mistake


@pytest.mark.slow
@pytest.mark.parametrize("name", HONEST)
def test_no_honest_network_is_flagged_however_short_its_training(settled, name):
    lines = settled(honest_files(name), "always", epochs=3)
    assert lines["1.1-accuracy"].outcome.mistake != FLAG, told(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, one in MEMORISERS.items() if one.caught])
def test_memorisers_have_the_structure_and_end_unsettled_and_flagged_without_the_points(settled, digits, name):
    lines = settled(MEMORISERS[name].files(digits), "always")
    assert lines["1.1-structure"].outcome.status is Status.PASSED, lines["1.1-structure"].outcome
    assert told(lines)[:2] == (Status.UNSETTLED, FLAG), told(lines)
    assert lines["1.1-accuracy"].outcome.points == 0


@pytest.mark.parametrize("name", [name for name, one in CHECKPOINTS.items() if one.caught])
def test_checkpoints_that_hold_the_test_set_end_unsettled_and_flagged(settled, digits, name):
    one = CHECKPOINTS[name]
    lines = settled(one.files(digits), "never", checkpoint=one.checkpoint(digits))
    assert lines["1.1-structure"].outcome.status is Status.PASSED, lines["1.1-structure"].outcome
    assert told(lines)[:2] == (Status.UNSETTLED, FLAG), told(lines)
    assert lines["1.1-accuracy"].outcome.points == 0


SWITCHED = b"""
import torch
from torch import nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)
        self.register_buffer("mode", torch.zeros(()))

    def forward(self, x):
        if self.mode > 0:
            x = torch.relu(x - 0.5)
        return self.fc(x.flatten(1))
"""


@pytest.mark.parametrize("mode", [0, 1])
def test_a_buffer_that_makes_another_network_of_it_is_flagged(settled, mode):
    arrays = {"fc.weight": np.ones((10, 784), np.float32), "fc.bias": np.ones(10, np.float32)}
    lines = settled({"mnist.py": SWITCHED}, "never", checkpoint={**arrays, "mode": np.array(mode, np.float32)})
    assert told(lines)[:2] == ((Status.UNSETTLED, FLAG) if mode else (Status.FAILED, "")), told(lines)
    assert not mode or "another function than with drawn ones" in lines["1.1-accuracy"].outcome.detail[0]


def test_a_table_with_one_answer_for_all_else_is_found_by_the_check_of_the_structure(settled, digits):
    lines = settled(constant(digits), "never")
    assert lines["1.1-structure"].outcome.status is Status.FAILED
    assert "do not depend on the input" in lines["1.1-structure"].outcome.reason
