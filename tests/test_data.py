"""The embedded digits, and MNIST in either of its layouts."""

import gzip

import numpy as np
import pytest

from autograder.data import embedded_digits, load_digits_data
from autograder.errors import MisuseError

SIZES = {"train": 6, "test": 4}
IDX = {"train": "train", "test": "t10k"}


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch):
    monkeypatch.delenv("HW1_DATA", raising=False)


@pytest.fixture
def arrays():
    drawn = np.random.default_rng(0)
    made = {}
    for split, size in SIZES.items():
        made[f"{split}_images"] = drawn.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        made[f"{split}_labels"] = (np.arange(size) % 10).astype(np.uint8)
    return made


def write_plain(folder, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def write_raw(folder, arrays, zipped=False):
    """torchvision's layout: big-endian headers, then the bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, prefix in IDX.items():
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        for name, array, axes in (
            (f"{prefix}-images-idx3-ubyte", images, 3),
            (f"{prefix}-labels-idx1-ubyte", labels, 1),
        ):
            header = np.array([0x800 + axes, *array.shape], dtype=">i4").tobytes()
            data = header + array.tobytes()
            if zipped:
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)


def assert_mnist(dataset, arrays):
    assert dataset.name == "mnist"
    for split in SIZES:
        assert np.array_equal(getattr(dataset, f"{split}_images"), arrays[f"{split}_images"])
        assert getattr(dataset, f"{split}_images").dtype == np.uint8
        assert np.array_equal(getattr(dataset, f"{split}_labels"), arrays[f"{split}_labels"])
        assert getattr(dataset, f"{split}_labels").dtype == np.int64


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


def test_no_embedded_test_image_is_a_training_image():
    digits = embedded_digits()
    training = {image.tobytes() for image in digits.train_images}
    assert not any(image.tobytes() in training for image in digits.test_images)


def test_the_embedded_digits_are_the_same_every_time():
    assert np.array_equal(embedded_digits().test_images, embedded_digits().test_images)


def test_without_a_folder_the_embedded_digits_are_used_and_named():
    data = load_digits_data(None)
    assert data.name == "digits"
    assert data.describe() == "the embedded digits (1,437 training images, 360 test images)"


@pytest.mark.parametrize("below", [".", "mnist"])
def test_plain_arrays_are_read(tmp_path, arrays, below):
    write_plain(tmp_path / below, arrays)
    assert_mnist(load_digits_data(tmp_path), arrays)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("below", [".", "raw", "MNIST/raw"])
def test_the_layout_of_torchvision_is_read_zipped_or_not(tmp_path, arrays, below, zipped):
    write_raw(tmp_path / below, arrays, zipped)
    assert_mnist(load_digits_data(tmp_path), arrays)


def test_the_folder_may_be_named_by_the_environment(tmp_path, arrays, monkeypatch):
    write_plain(tmp_path, arrays)
    monkeypatch.setenv("HW1_DATA", str(tmp_path))
    assert_mnist(load_digits_data(None), arrays)


def test_flat_images_are_given_their_shape(tmp_path, arrays):
    flat = {name: array.reshape(len(array), -1) if "images" in name else array for name, array in arrays.items()}
    write_plain(tmp_path, flat)
    assert_mnist(load_digits_data(tmp_path), arrays)


def test_a_folder_without_mnist_is_misuse_that_says_what_was_looked_for(tmp_path):
    with pytest.raises(MisuseError, match=r"mnist/train_images\.npy nor MNIST/raw/train-images-idx3-ubyte"):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("name", ["train_images", "train_labels", "test_images", "test_labels"])
def test_one_missing_file_is_misuse_that_names_it(tmp_path, arrays, name):
    write_plain(tmp_path, arrays)
    (tmp_path / f"{name}.npy").unlink()
    with pytest.raises(MisuseError, match=name):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_plain_arrays_of_another_dtype_are_misuse(tmp_path, arrays, dtype):
    write_plain(tmp_path, {**arrays, "test_images": arrays["test_images"].astype(dtype)})
    with pytest.raises(MisuseError, match=f"dtype {dtype}, wanted uint8"):
        load_digits_data(tmp_path)


def test_pickled_arrays_are_never_opened(tmp_path, arrays):
    write_plain(tmp_path, {**arrays, "test_images": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(MisuseError, match=r"test_images\.npy can't be read"):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("size", [0, 5, 60, 200, 1000])
def test_a_plain_array_that_is_cut_off_is_misuse(tmp_path, arrays, size):
    write_plain(tmp_path, arrays)
    path = tmp_path / "train_images.npy"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(MisuseError, match="train_images"):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("size", [0, 5, 16, 16 + 784, 16 + 1000])
def test_a_raw_file_that_is_cut_off_is_misuse(tmp_path, arrays, size):
    write_raw(tmp_path, arrays)
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(MisuseError, match="MNIST's test set"):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("cut", [slice(0, 12), slice(0, -9), slice(3, None)])
def test_a_zipped_file_that_is_damaged_is_misuse(tmp_path, arrays, cut):
    write_raw(tmp_path, arrays, zipped=True)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(MisuseError, match="can't be read"):
        load_digits_data(tmp_path)


def test_an_archive_in_the_place_of_an_array_is_misuse(tmp_path, arrays):
    write_plain(tmp_path, arrays)
    with (tmp_path / "test_images.npy").open("wb") as file:
        np.savez(file, arrays["test_images"])
    with pytest.raises(MisuseError, match="test_images"):
        load_digits_data(tmp_path)


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 1, 2, 10], [[0, 1, 2, 3]], []])
def test_labels_that_do_not_fit_the_images_are_misuse(tmp_path, arrays, labels):
    write_plain(tmp_path, {**arrays, "test_labels": np.array(labels, dtype=np.uint8)})
    with pytest.raises(MisuseError, match="MNIST's test set"):
        load_digits_data(tmp_path)


def test_the_secret_order_is_a_permutation_that_depends_on_the_key_alone():
    digits = embedded_digits()
    first, again, other = (digits.secret_order(key) for key in (b"a", b"a", b"b"))
    assert sorted(first.tolist()) == list(range(360))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, np.arange(360))
    assert first[:5].tolist() == [108, 93, 156, 234, 342]  # fixed: a grade can be run again
