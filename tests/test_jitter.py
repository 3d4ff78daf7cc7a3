"""Jittered copies: the same from the same key, near the original, and each of the four changes as large as it says."""

import hashlib

import numpy as np
import pytest

from autograder.deep_learning.data import embedded_digits
from autograder.deep_learning.data.jitter import CHUNK, Jitter, jitter
from autograder.errors import GraderError

NOTHING = Jitter(shift=0, rotation=0, contrast=(1, 1), noise=0)


@pytest.fixture(scope="module")
def digits():
    return embedded_digits().test_images


@pytest.fixture
def pictures():
    """Smooth RGB images: no two axes, channels or images alike."""
    n, y, x, channel = np.ogrid[:6, :32, :30, :3]
    return (127 + 90 * np.sin(n + y / 5) * np.cos(x / (4 + channel))).astype(np.uint8)


def shifts(images, key, **only):
    """Where a single bright pixel in each image went: (N, 2), to a fraction of a pixel."""
    copies = jitter(images, key, limits=Jitter(**{**vars(NOTHING), **only})).astype(float)
    grid = np.arange(images.shape[1]) - (images.shape[1] - 1) / 2
    weight = copies.sum(axis=(1, 2))
    return (
        np.stack([(copies.sum(axis=2) * grid).sum(axis=1), (copies.sum(axis=1) * grid).sum(axis=1)], 1)
        / weight[:, None]
    )


def points(y, x, count=400):
    images = np.zeros((count, 29, 29), np.uint8)
    images[:, y, x] = 255
    return images


def test_the_same_key_gives_the_same_copies_and_another_key_others(digits):
    first, again, other = (jitter(digits, key) for key in (b"a", b"a", b"b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, digits)


def test_the_copies_are_the_same_on_every_machine():
    raw = np.random.SFC64(3).random_raw(40 * 28 * 28)
    grey = (raw % np.uint64(256)).astype(np.uint8).reshape(40, 28, 28)
    coloured = grey[:32].reshape(-1)[: 8 * 32 * 32 * 3].reshape(8, 32, 32, 3)
    assert hashlib.sha256(jitter(grey, b"key").tobytes()).hexdigest()[:16] == "f0cdce2caa34b0b3"
    assert hashlib.sha256(jitter(coloured, b"key", flips=True).tobytes()).hexdigest()[:16] == "bfae00c9bcaf336b"


def test_shape_and_dtype_stay_and_the_original_is_not_touched(digits, pictures):
    for images in (digits, pictures, digits[:0], digits[:1], np.zeros((3, 1, 5), np.uint8)):
        before = images.copy()
        copies = jitter(images, b"k")
        assert copies.shape == images.shape
        assert copies.dtype == np.uint8
        assert np.array_equal(images, before)


def test_a_copy_does_not_depend_on_how_many_follow(digits):
    many = np.concatenate([digits, digits, digits])[: 2 * CHUNK + 3]
    assert np.array_equal(jitter(many, b"k")[: CHUNK + 5], jitter(many[: CHUNK + 5], b"k"))


def test_the_same_image_is_drawn_anew_at_each_place(digits):
    copies = jitter(np.repeat(digits[:1], 5, axis=0), b"k")
    assert len({copy.tobytes() for copy in copies}) == 5


def test_no_jitter_changes_nothing(digits, pictures):
    assert np.array_equal(jitter(digits, b"k", limits=NOTHING), digits)
    assert np.array_equal(jitter(pictures, b"k", limits=NOTHING), pictures)


def test_shifts_are_fractions_of_a_pixel_up_to_one_along_either_axis():
    moved = shifts(points(14, 14), b"k", shift=1.0)
    assert abs(moved).max() <= 1.01  # 0.01: bytes are rounded
    assert (moved.min(axis=0) < -0.95).all()
    assert (moved.max(axis=0) > 0.95).all()
    assert abs(moved.mean(axis=0)).max() < 0.1
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2


def test_rotations_are_about_the_middle_and_up_to_five_degrees():
    assert abs(shifts(points(14, 14), b"k", rotation=5.0)).max() < 0.01
    moved = shifts(points(14, 24), b"k", rotation=5.0)  # ten pixels right of the middle
    degrees = np.degrees(np.arctan2(moved[:, 0], moved[:, 1]))
    assert -5.1 < degrees.min() < -4.7
    assert 4.7 < degrees.max() < 5.1


def test_contrast_is_about_the_images_mean():
    images = np.tile(np.array([[100, 140], [140, 100]], np.uint8), (400, 1, 1))
    copies = jitter(images, b"k", limits=Jitter(shift=0, rotation=0, noise=0)).astype(int)
    spread = copies[:, 0, 1] - copies[:, 0, 0]
    assert 40 * 0.85 - 1 <= spread.min() < 36
    assert 44 < spread.max() <= 40 * 1.15 + 1
    assert (abs(copies.mean(axis=(1, 2)) - 120) <= 0.5).all()


@pytest.mark.parametrize("noise", [0.05, 0.02])
def test_noise_has_the_standard_deviation_it_says_and_is_drawn_for_each_value(noise):
    images = np.full((20, 32, 32, 3), 128, np.uint8)
    drawn = jitter(images, b"k", limits=Jitter(shift=0, rotation=0, contrast=(1, 1), noise=noise)).astype(float) - 128
    assert drawn.std() == pytest.approx(noise * 255, rel=0.02)
    assert abs(drawn.mean()) < 0.1
    assert abs(np.corrcoef(drawn.reshape(-1, 3).T) - np.eye(3)).max() < 0.03
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.06


def test_half_of_the_colour_images_are_mirrored_if_asked(pictures):
    many = np.tile(pictures, (40, 1, 1, 1))
    copies = jitter(many, b"k", flips=True, limits=NOTHING)
    mirrored = (copies == many[:, :, ::-1]).all(axis=(1, 2, 3))
    assert ((copies == many).all(axis=(1, 2, 3)) ^ mirrored).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_the_border_goes_on_and_no_black_comes_in():
    images = np.full((50, 32, 32, 3), 200, np.uint8)
    assert (jitter(images, b"k", limits=Jitter(noise=0)) == 200).all()


def test_a_jittered_digit_still_shows_the_same_digit():
    data = embedded_digits()
    flat = data.test_images.reshape(360, -1).astype(float)
    copies = jitter(data.test_images, b"k").reshape(360, -1).astype(float)
    nearest = ((copies**2).sum(1)[:, None] - 2 * copies @ flat.T + (flat**2).sum(1)).argmin(1)
    assert (data.test_labels[nearest] == data.test_labels).mean() > 0.95  # 0.997 to 1 over three keys


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 8, 8), np.float32), np.zeros((8, 8), np.uint8), np.zeros((2, 8, 8, 1), np.uint8)],
    ids=["float", "single", "one channel"],
)
def test_what_is_no_image_array_is_our_fault(images):
    with pytest.raises(GraderError, match="wanted uint8 images"):
        jitter(images, b"k")


def test_digits_are_never_mirrored(digits):
    with pytest.raises(GraderError, match="not flipped"):
        jitter(digits, b"k", flips=True)
