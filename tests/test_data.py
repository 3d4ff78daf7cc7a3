"""MNIST and CIFAR-10 from whichever layout a folder has, their digests, and what is embedded in their place."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_prepare import arrays_of, batches, pickled, write_binary, write_idx, write_pickles, write_plain

from autograder.deep_learning.data import Dataset, embedded_digits, load_dataset
from autograder.deep_learning.data import prepare as preparing
from autograder.deep_learning.data.prepare import open_arrays, prepare
from autograder.deep_learning.data.sets import KEYS
from autograder.errors import MisuseError

REAL = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)


def write_prepared(folder, arrays):
    name = "mnist" if arrays["train_images"].ndim == 3 else "cifar10"
    prepare(write_plain(folder / "source" / name, arrays).parent, folder)
    return folder


def write_fortran(folder, arrays):
    return write_plain(folder, {key: np.asfortranarray(array) for key, array in arrays.items()})


def write_flat(folder, arrays):
    return write_plain(folder, {key: array.reshape(len(array), -1).squeeze() for key, array in arrays.items()})


def write_wide_labels(folder, arrays):
    return write_plain(
        folder, {key: array.astype(">i8") if "labels" in key else array for key, array in arrays.items()}
    )


def write_fortran_pickles(folder, arrays):
    folder.mkdir()
    for name, planes, labels in batches(arrays, ""):
        (folder / name).write_bytes(pickled({"data": np.asfortranarray(planes), "labels": labels.tolist()}))


# What each is called: the data set, how it is written, and whether worker processes can map its training images.
LAYOUTS = {
    "arrays": ("mnist", lambda folder, arrays: write_plain(folder / "mnist", arrays), True),
    "arrays at the top": ("mnist", write_plain, True),
    "flat arrays": ("mnist", write_flat, False),
    "arrays in Fortran's order": ("mnist", write_fortran, False),
    "labels of eight bytes": ("mnist", write_wide_labels, True),
    "IDX": ("mnist", lambda folder, arrays: write_idx(folder / "MNIST/raw", arrays), False),
    "IDX at the top": ("mnist", write_idx, False),
    "IDX, gzipped": ("mnist", lambda folder, arrays: write_idx(folder / "raw", arrays, zipped=True), False),
    "prepared": ("mnist", write_prepared, True),
    "CIFAR arrays": ("cifar10", lambda folder, arrays: write_plain(folder / "cifar10", arrays), True),
    "CIFAR arrays at the top": ("cifar10", write_plain, True),
    "CIFAR binary": ("cifar10", lambda folder, arrays: write_binary(folder / "cifar-10-batches-bin", arrays), False),
    "CIFAR pickles": ("cifar10", lambda folder, arrays: write_pickles(folder / "cifar-10-batches-py", arrays), False),
    "CIFAR pickles in Fortran's order": ("cifar10", write_fortran_pickles, False),
    "CIFAR prepared": ("cifar10", write_prepared, True),
}
each_layout = pytest.mark.parametrize(("kind", "write", "mapped"), LAYOUTS.values(), ids=LAYOUTS)


def assert_holds(dataset, kind, arrays):
    assert dataset.name == kind
    assert not dataset.stand_in
    for key, array in arrays.items():
        loaded = getattr(dataset, key)
        assert np.array_equal(loaded, array), key
        assert loaded.dtype == (np.uint8 if "images" in key else np.int64), key


def manifest_digest(folder, kind, arrays):
    """What `hw1 data` would call these arrays."""
    prepare(write_plain(folder / "of" / kind, arrays).parent, folder / "manifest", [kind])
    return open_arrays(folder / "manifest", kind)[0].digest


# From a folder


@each_layout
def test_a_data_set_is_loaded_from_each_layout_with_one_digest(tmp_path, kind, write, mapped):
    arrays = arrays_of(kind)
    write(tmp_path / "in", arrays)
    dataset = load_dataset(kind, tmp_path / "in")
    assert_holds(dataset, kind, arrays)
    assert dataset.digest == manifest_digest(tmp_path, kind, arrays)


@each_layout
def test_training_images_that_a_file_holds_as_they_are_can_be_mapped_again(tmp_path, monkeypatch, kind, write, mapped):
    write(tmp_path / "in", arrays_of(kind))
    monkeypatch.chdir(tmp_path)
    dataset = load_dataset(kind, Path("in"))
    assert (dataset.train_file is not None) is mapped
    if dataset.train_file is not None:
        monkeypatch.chdir("/")  # a worker is somewhere else
        again = np.load(dataset.train_file, mmap_mode="r")
        assert (again.shape, again.dtype) == (dataset.train_images.shape, np.uint8)
        assert again.flags.c_contiguous
        assert np.array_equal(again, dataset.train_images)


def test_titles_and_classes_are_the_data_sets(tmp_path):
    write_idx(tmp_path, arrays_of("mnist"))
    write_binary(tmp_path, arrays_of("cifar10"))
    mnist, cifar10 = (load_dataset(kind, tmp_path) for kind in ("mnist", "cifar10"))
    assert mnist.describe() == "MNIST (10 training images, 4 test images)"
    assert cifar10.describe() == "CIFAR-10 (10 training images, 4 test images)"
    assert mnist.classes == tuple("0123456789")
    assert cifar10.classes[:3] == ("airplane", "automobile", "bird")
    assert len(cifar10.classes) == 10


@pytest.mark.parametrize("variable", [True, False])
def test_the_folder_may_be_named_by_the_environment_and_what_is_given_counts_more(tmp_path, monkeypatch, variable):
    write_plain(tmp_path / "here", arrays_of("mnist"))
    monkeypatch.setenv("HW1_DATA", str(tmp_path / ("here" if variable else "elsewhere")))
    assert_holds(load_dataset("mnist", None if variable else tmp_path / "here"), "mnist", arrays_of("mnist"))


def test_what_is_prepared_counts_more_than_what_lies_beside_it(tmp_path):
    arrays = arrays_of("mnist")
    write_prepared(tmp_path, arrays)
    write_idx(tmp_path / "MNIST/raw", {key: array // 2 for key, array in arrays.items()})
    assert_holds(load_dataset("mnist", tmp_path), "mnist", arrays)


def test_pickled_images_lie_in_memory(tmp_path):
    write_pickles(tmp_path / "in", arrays_of("cifar10"))
    dataset = load_dataset("cifar10", tmp_path / "in")
    assert dataset.train_images.flags.owndata
    assert dataset.test_images.flags.owndata


# The digest


@pytest.mark.parametrize("key", KEYS)
def test_the_digest_changes_with_any_array(tmp_path, key):
    arrays = arrays_of("mnist")
    write_plain(tmp_path / "a", arrays)
    write_plain(tmp_path / "b", {**arrays, key: arrays[key][::-1].copy()})
    assert load_dataset("mnist", tmp_path / "a").digest != load_dataset("mnist", tmp_path / "b").digest


def count_hashes(monkeypatch):
    hashed = []
    whole = preparing.hash_of
    monkeypatch.setattr(preparing, "hash_of", lambda array: hashed.append(array.shape) or whole(array))
    return hashed


def test_arrays_are_hashed_once_when_their_digest_is_wanted_and_prepared_ones_never(tmp_path, monkeypatch):
    write_prepared(tmp_path / "prepared", arrays_of("mnist"))
    hashed = count_hashes(monkeypatch)
    plain = load_dataset("mnist", tmp_path / "prepared/source")
    assert not hashed
    assert plain.digest == plain.digest
    assert len(hashed) == 4
    assert load_dataset("mnist", tmp_path / "prepared").digest == plain.digest
    assert len(hashed) == 4


def test_a_part_of_a_prepared_set_has_a_digest_of_its_own(tmp_path):
    whole = load_dataset("mnist", write_prepared(tmp_path, arrays_of("mnist")))
    part = replace(whole, train_images=whole.train_images[:5], train_labels=whole.train_labels[:5], train_file=None)
    assert part.digest != whole.digest
    assert replace(whole).digest == whole.digest


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data are not beside the checkout")
def test_the_real_data_have_the_digests_that_floors_are_measured_for(tmp_path):
    subprocess.run([sys.executable, str(REAL / "prepare.py"), str(tmp_path)], check=True)
    digests = {kind: load_dataset(kind, tmp_path).digest for kind in ("mnist", "cifar10")}
    assert digests == {"mnist": "c473ce9de4170e6f", "cifar10": "abafe6acb482e06e"}
    assert load_dataset("mnist", REAL / "mnist").digest == digests["mnist"]  # IDX, gzipped
    manifests = prepare(tmp_path, tmp_path / "prepared")
    assert all(manifest.canonical for manifest in manifests)
    assert {manifest.name: manifest.digest for manifest in manifests} == digests


# What is wrong in the folder


@pytest.mark.parametrize("kind", ["mnist", "cifar10"])
def test_a_folder_without_the_data_is_misuse_that_says_what_was_looked_for_and_what_to_run(tmp_path, kind):
    other = {"mnist": "cifar10", "cifar10": "mnist"}[kind]
    write_plain(tmp_path, arrays_of(other))
    wanted = {"mnist": "nor MNIST/raw/train-images-idx3-ubyte is", "cifar10": "nor cifar-10-batches-py is"}[kind]
    with pytest.raises(MisuseError) as raised:
        load_dataset(kind, tmp_path)
    assert f"is not in {tmp_path}: neither {kind}/train_images.npy nor" in str(raised.value)
    assert f"{wanted} there. Run `hw1 data {tmp_path} --only {kind}` to fetch it" in str(raised.value)


def test_a_folder_that_is_none_is_misuse_wherever_it_was_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        monkeypatch.setenv("HW1_DATA", str(path))
        for given in (path, None):
            with pytest.raises(MisuseError, match=f"{path} is not a folder"):
                load_dataset("mnist", given)


def test_a_folder_of_another_user_is_misuse(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(MisuseError, match=r"mnist/manifest\.json can't be read: Permission denied"):
        load_dataset("mnist", tmp_path)


@pytest.mark.parametrize("folder", [None, Path("anywhere")])
def test_there_are_two_data_sets(folder):
    with pytest.raises(MisuseError, match="there is no data set 'svhn': the homework uses mnist and cifar10"):
        load_dataset("svhn", folder)


@each_layout
def test_one_missing_file_is_named(tmp_path, kind, write, mapped):
    write(tmp_path / "in", arrays_of(kind))
    files = [path for path in (tmp_path / "in").rglob("*") if path.is_file() and "source" not in path.parts]
    for path in [path for path in files if path.name != "manifest.json"]:
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(MisuseError, match=path.name):
            load_dataset(kind, tmp_path / "in")
        path.write_bytes(content)


@each_layout
def test_one_file_that_is_cut_off_is_named(tmp_path, kind, write, mapped):
    write(tmp_path / "in", arrays_of(kind))
    for path in [path for path in (tmp_path / "in").rglob("*") if path.is_file() and "source" not in path.parts]:
        content = path.read_bytes()
        path.write_bytes(content[:-9])
        with pytest.raises(MisuseError, match=path.name):
            load_dataset(kind, tmp_path / "in")
        path.write_bytes(content)


@pytest.mark.parametrize(
    ("key", "array", "sentence"),
    [
        ("test_images", np.zeros((4, 28, 28), np.float32), r"test set in .*: wanted images uint8 \(N, 28, 28\)"),
        ("test_images", np.zeros((4, 28, 27), np.uint8), r"got uint8 \(4, 28, 27\)"),
        ("train_images", np.zeros((9, 28, 28), np.uint8), "train set in .*: wanted one whole number as label for each"),
        ("test_labels", np.zeros(4, np.float64), "wanted one whole number as label for each"),
        ("test_labels", np.zeros((4, 1), np.uint8), "wanted one whole number as label for each"),
        ("test_labels", np.zeros(0, np.uint8), "wanted one whole number as label for each|can't be read as an array"),
        ("test_labels", np.array([0, 1, 2, 10]), "wanted labels in 0 to 9, got 0 to 10"),
        ("test_labels", np.array([0, 1, 2, -1]), "wanted labels in 0 to 9, got -1 to 2"),
    ],
)
def test_arrays_that_are_not_the_data_sets_are_misuse(tmp_path, key, array, sentence):
    write_plain(tmp_path, {**arrays_of("mnist"), key: array})
    with pytest.raises(MisuseError, match=sentence):
        load_dataset("mnist", tmp_path)


def test_labels_beside_the_range_are_found_in_idx_files_and_in_records_too(tmp_path):
    for kind, write in (("mnist", write_idx), ("cifar10", write_binary)):
        write(tmp_path / kind, arrays_of(kind) | {"test_labels": np.array([0, 1, 2, 10], np.uint8)})
        with pytest.raises(MisuseError, match=r"test set in .*: wanted labels in 0 to 9, got 0 to 10"):
            load_dataset(kind, tmp_path / kind)


def test_pickled_arrays_and_archives_are_never_opened(tmp_path):
    write_plain(tmp_path, {**arrays_of("mnist"), "test_images": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(MisuseError, match=r"test_images\.npy can't be read"):
        load_dataset("mnist", tmp_path)
    with (tmp_path / "test_images.npy").open("wb") as file:
        np.savez(file, arrays_of("mnist")["test_images"])
    with pytest.raises(MisuseError, match=r"test_images\.npy is an archive"):
        load_dataset("mnist", tmp_path)


# Embedded


def test_the_embedded_digits_are_images_of_28_by_28_bytes_with_labels_from_0_to_9():
    digits = embedded_digits()
    assert digits.train_images.shape == (1437, 28, 28)
    assert digits.test_images.shape == (360, 28, 28)
    for images, labels in ((digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)):
        assert images.dtype == np.uint8
        assert labels.dtype == np.int64
        assert images.min() == 0
        assert images.max() == 255
        assert sorted(set(labels.tolist())) == list(range(10))
        assert len(images) == len(labels)


def test_an_embedded_digit_fills_the_middle_as_in_mnist():
    images = embedded_digits().train_images
    assert images[:, :4].max() == images[:, -4:].max() == images[:, :, :4].max() == images[:, :, -4:].max() == 0


def test_an_embedded_digit_is_the_small_one_enlarged():
    from sklearn.datasets import load_digits

    small = load_digits().images[:1437].mean(axis=(1, 2)) / 16  # (1437,) in [0, 1]
    large = embedded_digits().train_images[:, 4:-4, 4:-4].mean(axis=(1, 2)) / 255
    assert np.abs(large - small).max() < 0.001  # rounding; 0.0002


def test_no_embedded_test_image_is_a_training_image():
    digits = embedded_digits()
    training = {image.tobytes() for image in digits.train_images}
    assert not any(image.tobytes() in training for image in digits.test_images)


@pytest.mark.parametrize(
    ("kind", "described", "digest"),
    [
        ("mnist", "the embedded digits (1,437 training images, 360 test images)", "bcd08cf18eccbf36"),
        ("cifar10", "the embedded shapes (4,000 training images, 1,000 test images)", "783b0437c23634c9"),
    ],
)
def test_without_a_folder_a_stand_in_is_used_named_and_the_same_on_every_machine(kind, described, digest):
    data = load_dataset(kind, None)
    assert data.describe() == described
    assert data.name == described.split()[2]
    assert data.stand_in
    assert data.train_file is None
    assert data.digest == digest
    assert len(data.classes) == 10


def test_a_data_set_can_be_made_of_four_arrays(tmp_path):
    arrays = arrays_of("mnist")
    made = Dataset("mnist", "MNIST", *(arrays[key] for key in KEYS))
    assert made.classes == tuple("0123456789")
    assert not made.stand_in
    assert made.train_file is None
    assert made.digest == manifest_digest(tmp_path, "mnist", arrays)


def test_the_secret_order_is_a_permutation_that_depends_on_the_key_alone():
    digits = embedded_digits()
    first, again, other = (digits.secret_order(key) for key in (b"a", b"a", b"b"))
    assert sorted(first.tolist()) == list(range(360))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, np.arange(360))
    assert first[:5].tolist() == [108, 93, 156, 234, 342]  # fixed: a grade can be run again
