"""An excerpt holds what scoring needs and is known as the whole data set."""

import json
from dataclasses import replace

import numpy as np
import pytest
from test_prepare import arrays_of, write_plain

from autograder.deep_learning.data import load_dataset
from autograder.deep_learning.data.excerpt import FILE, SAMPLE, as_excerpt, excerpt_files
from autograder.deep_learning.hidden import hidden_batches
from autograder.errors import MisuseError

MANY = 3 * SAMPLE + 7  # training images
BOTH = pytest.mark.parametrize("kind", ["mnist", "cifar10"])


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)


@pytest.fixture
def whole(tmp_path):
    """A data set with more training images than a sample has, read from a folder."""

    def load(kind):
        arrays = arrays_of(kind)
        images = np.resize(arrays["train_images"], (MANY, *arrays["train_images"].shape[1:]))
        images[:, 0, 0] = (np.arange(MANY) % 256).reshape(-1, *(1,) * (images.ndim - 3))  # no two neighbours are alike
        arrays |= {"train_images": images, "train_labels": (np.arange(MANY) % 10).astype(np.uint8)}
        write_plain(tmp_path / "whole" / kind, arrays)
        return load_dataset(kind, tmp_path / "whole")

    return load


def written(files, folder):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@BOTH
def test_an_excerpt_is_read_back_under_the_identity_of_the_whole(whole, tmp_path, kind):
    data = whole(kind)
    read = load_dataset(kind, written(excerpt_files(data, whole=False), tmp_path / "excerpt"))
    assert (read.digest, read.identity, read.describe()) == (data.digest, data.identity, data.describe())
    assert f"{MANY:,} training images, 4 test images" in read.describe()
    assert np.array_equal(read.test_images, data.test_images)
    assert np.array_equal(read.test_labels, data.test_labels)
    assert np.array_equal(read.train_images, data.train_images[::3])
    assert np.array_equal(read.train_labels, data.train_labels[::3])
    assert SAMPLE <= len(read.train_images) < 2 * SAMPLE


def test_what_it_says_of_itself_is_not_what_its_own_arrays_say(whole, tmp_path):
    data = whole("mnist")
    read = load_dataset("mnist", written(excerpt_files(data, whole=False), tmp_path / "excerpt"))
    bare = replace(read, train_total=0)  # without what was cached: hashed anew
    assert bare.digest != data.digest
    assert bare.identity != data.identity


def test_the_whole_has_every_training_image_and_can_be_mapped(whole, tmp_path):
    data = whole("mnist")
    read = load_dataset("mnist", written(excerpt_files(data, whole=True), tmp_path / "excerpt"))
    assert np.array_equal(read.train_images, data.train_images)
    assert read.train_file == tmp_path / "excerpt" / "mnist" / "train_images.npy"
    assert replace(read).digest == read.digest == data.digest


def test_an_excerpt_of_an_excerpt_is_still_one_of_the_whole(whole, tmp_path):
    data = whole("mnist")
    once = load_dataset("mnist", written(excerpt_files(data, whole=False), tmp_path / "once"))
    twice = load_dataset("mnist", written(excerpt_files(once, whole=False), tmp_path / "twice"))
    assert (twice.digest, twice.identity, twice.describe()) == (data.digest, data.identity, data.describe())


def test_a_small_set_is_taken_as_it_is(tmp_path):
    write_plain(tmp_path / "whole" / "mnist", arrays_of("mnist"))
    data = load_dataset("mnist", tmp_path / "whole")
    read = load_dataset("mnist", written(excerpt_files(data, whole=False), tmp_path / "excerpt"))
    assert np.array_equal(read.train_images, data.train_images)
    assert read.describe() == data.describe()


def test_the_same_hidden_images_are_sent_to_a_checkpoint(whole, tmp_path):
    data = whole("mnist")
    read = load_dataset("mnist", written(excerpt_files(data, whole=False), tmp_path / "excerpt"))
    ours, theirs = (hidden_batches(one, b"key", 0) for one in (read, data))
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert np.array_equal(one.images, other.images)
        assert np.array_equal(one.labels, other.labels)


@BOTH
@pytest.mark.parametrize("all_of_it", [True, False])
def test_the_same_data_give_the_same_bytes(whole, kind, all_of_it):
    data = whole(kind)
    files = excerpt_files(data, all_of_it)
    assert excerpt_files(replace(data), all_of_it) == files
    order = replace(data, train_images=np.asfortranarray(data.train_images), test_images=data.test_images.copy("F"))
    assert excerpt_files(order, all_of_it) == files


def test_what_is_no_excerpt_stays_itself(whole, tmp_path):
    data = whole("mnist")
    assert as_excerpt(data, tmp_path / "whole") is data


DAMAGED = [
    *(b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000),
    *(json.dumps(about).encode() for about in ({}, {"train_images": 7}, {"train_images": "x"}, {"train_images": None})),
]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:20]))
def test_an_excerpt_that_does_not_say_what_it_is_of_is_damaged(whole, tmp_path, content):
    files = excerpt_files(whole("mnist"), whole=False) | {f"mnist/{FILE}": content}
    with pytest.raises(MisuseError, match=r"excerpt\.json is damaged: make the excerpt again"):
        load_dataset("mnist", written(files, tmp_path / "excerpt"))


def test_a_damaged_array_is_named_as_in_any_folder(whole, tmp_path):
    files = excerpt_files(whole("mnist"), whole=False)
    files["mnist/test_labels.npy"] = files["mnist/test_labels.npy"][:-1]
    with pytest.raises(MisuseError, match=r"test_labels\.npy"):
        load_dataset("mnist", written(files, tmp_path / "excerpt"))
