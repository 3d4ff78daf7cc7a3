"""Data sets from every layout, the manifest, what is damaged; and the pre-trained weights."""

import errno
import gzip
import hashlib
import io
import json
import os
import pickle
import struct
import tarfile

import numpy as np
import pytest

from autograder.deep_learning.data import DIGITS, layouts, weights
from autograder.deep_learning.data import prepare as module
from autograder.deep_learning.data.prepare import open_arrays, prepare
from autograder.deep_learning.data.sets import IDX, KEYS, SPECS, WEIGHTS, Spec
from autograder.errors import MisuseError

SIZES = {"train": 10, "test": 4}
IMAGE = {"mnist": (28, 28), "cifar10": (32, 32, 3)}


def arrays_of(name):
    drawn = np.random.default_rng(0)
    made = {}
    for split, size in SIZES.items():
        made[f"{split}_images"] = drawn.integers(0, 256, (size, *IMAGE[name]), dtype=np.uint8)
        made[f"{split}_labels"] = (np.arange(size) * 3 % 10).astype(np.uint8)
    return made


@pytest.fixture
def mnist():
    return arrays_of("mnist")


@pytest.fixture
def cifar10():
    return arrays_of("cifar10")


def write_plain(folder, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        np.save(folder / f"{key}.npy", array)
    return folder


def write_idx(folder, arrays, zipped=False):
    folder.mkdir(parents=True, exist_ok=True)
    for key, name in IDX.items():
        array = arrays[key]
        data = np.array([0x800 + array.ndim, *array.shape], dtype=">i4").tobytes() + array.tobytes()
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


def batches(arrays, ends):
    """The files of CIFAR-10: (file name, images (n, 3072) in planes, labels), two training images a file."""
    names = [f"data_batch_{number}{ends}" for number in range(1, 6)], [f"test_batch{ends}"]
    for split, files in zip(("train", "test"), names, strict=True):
        planes = arrays[f"{split}_images"].transpose(0, 3, 1, 2).reshape(-1, 3072)
        labels = arrays[f"{split}_labels"]
        parts = zip(files, np.split(planes, len(files)), np.split(labels, len(files)), strict=True)
        yield from parts


def write_binary(folder, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    for name, planes, labels in batches(arrays, ".bin"):
        (folder / name).write_bytes(np.concatenate([labels[:, None], planes], axis=1).tobytes())
    return folder


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings: CIFAR-10's batches were pickled in 2009."""

    def save_bytes(self, value):
        self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)

    def save_str(self, value):
        self.save_bytes(value.encode())

    dispatch = {**pickle._Pickler.dispatch, bytes: save_bytes, str: save_str}  # noqa: RUF012  as pickle's own


def pickled(value, old=True):
    if not old:
        return pickle.dumps(value, protocol=2)
    stream = io.BytesIO()
    Python2Pickler(stream, protocol=2).dump(value)
    return stream.getvalue().replace(b"numpy._core.", b"numpy.core.")


def write_pickles(folder, arrays, old=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, planes, labels in batches(arrays, ""):
        batch = {"batch_label": "one of them", "labels": labels.tolist(), "data": planes, "filenames": ["a.png"]}
        (folder / name).write_bytes(pickled(batch, old))
    return folder


def pack(folder, archive):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, arcname=folder.name)


def assert_prepared(folder, name, arrays):
    _, opened = open_arrays(folder, name)
    for key in KEYS:
        array = opened[key]
        assert isinstance(array, np.memmap), key
        assert not array.flags.writeable, key
        assert array.dtype == np.uint8, key
        assert np.array_equal(array, arrays[key]), key


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


WRITTEN = ["manifest.json", *sorted(f"{key}.npy" for key in KEYS)]


# Layouts


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
@pytest.mark.parametrize("below", ["name", "."])
def test_plain_arrays_are_prepared(tmp_path, name, below):
    arrays = arrays_of(name)
    write_plain(tmp_path / "in" / (name if below == "name" else "."), arrays)
    (manifest,) = prepare(tmp_path / "in", tmp_path / "out")
    assert manifest.layout == "arrays"
    assert_prepared(tmp_path / "out", name, arrays)
    assert names_in(tmp_path / "out" / name) == WRITTEN


@pytest.mark.parametrize("below", [".", "raw", "MNIST/raw"])
@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_prepared_zipped_or_not(tmp_path, mnist, below, zipped):
    write_idx(tmp_path / "in" / below, mnist, zipped)
    (manifest,) = prepare(tmp_path / "in", tmp_path / "out")
    assert manifest.layout == "IDX files"
    assert_prepared(tmp_path / "out", "mnist", mnist)


@pytest.mark.parametrize("below", [".", "cifar-10-batches-bin"])
def test_the_binary_version_of_cifar10_is_prepared(tmp_path, cifar10, below):
    write_binary(tmp_path / "in" / below, cifar10)
    (manifest,) = prepare(tmp_path / "in", tmp_path / "out")
    assert manifest.layout == "CIFAR-10's binary version"
    assert_prepared(tmp_path / "out", "cifar10", cifar10)


def test_the_archive_of_the_binary_version_is_read_as_it_was_fetched(tmp_path, cifar10):
    pack(write_binary(tmp_path / "cifar-10-batches-bin", cifar10), tmp_path / "cifar-10-binary.tar.gz")
    (tmp_path / "in").mkdir()
    (tmp_path / "cifar-10-binary.tar.gz").rename(tmp_path / "in/cifar-10-binary.tar.gz")
    prepare(tmp_path / "in", tmp_path / "out")
    assert_prepared(tmp_path / "out", "cifar10", cifar10)


@pytest.mark.parametrize("old", [True, False])
def test_the_pickles_of_cifar10_are_prepared_whichever_python_wrote_them(tmp_path, cifar10, old):
    write_pickles(tmp_path / "in/cifar-10-batches-py", cifar10, old)
    (manifest,) = prepare(tmp_path / "in", tmp_path / "out")
    assert manifest.layout == "CIFAR-10's Python version"
    assert_prepared(tmp_path / "out", "cifar10", cifar10)


def test_torchvisions_archive_of_pickles_is_read_too(tmp_path, cifar10):
    (tmp_path / "in").mkdir()
    pack(write_pickles(tmp_path / "cifar-10-batches-py", cifar10), tmp_path / "in/cifar-10-python.tar.gz")
    prepare(tmp_path / "in", tmp_path / "out")
    assert_prepared(tmp_path / "out", "cifar10", cifar10)


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


def test_a_pickle_that_holds_more_than_arrays_is_refused_unopened_and_the_ways_out_named(tmp_path, cifar10):
    folder = write_pickles(tmp_path / "in/cifar-10-batches-py", cifar10)
    (folder / "data_batch_3").write_bytes(pickle.dumps({"data": Evil(tmp_path / "opened"), "labels": []}))
    with pytest.raises(MisuseError) as raised:
        prepare(tmp_path / "in", tmp_path / "out")
    assert f"data_batch_3 in {folder.parent} is not a batch of CIFAR-10: wanted data uint8" in str(raised.value)
    assert "Take CIFAR-10's binary version (cifar-10-binary.tar.gz) instead, or let `hw1 data` fetch it" in str(
        raised.value
    )
    assert not (tmp_path / "opened").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a pickle",
        pickle.dumps(["a", "list"]),
        pickle.dumps({"data": np.zeros((2, 3000), np.uint8), "labels": [1, 2]}),
        pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}),
    ],
    ids=["empty", "garbage", "list", "shape", "labels"],
)
def test_a_pickle_that_is_no_batch_is_named(tmp_path, cifar10, content):
    folder = write_pickles(tmp_path, cifar10)
    (folder / "test_batch").write_bytes(content)
    with pytest.raises(MisuseError, match="test_batch"):
        prepare(tmp_path, tmp_path / "out")


def test_whatever_is_there_is_prepared(tmp_path, mnist, cifar10):
    write_idx(tmp_path / "MNIST/raw", mnist)
    write_binary(tmp_path / "cifar-10-batches-bin", cifar10)
    assert [manifest.name for manifest in prepare(tmp_path, tmp_path / "out")] == ["mnist", "cifar10"]
    assert [manifest.name for manifest in prepare(tmp_path, tmp_path / "one", ["cifar10"])] == ["cifar10"]
    assert names_in(tmp_path / "one") == ["cifar10"]


def test_a_folder_may_be_prepared_in_its_place(tmp_path, mnist):
    write_plain(tmp_path / "mnist", mnist)
    (tmp_path / "mnist/notes.txt").write_text("mine")
    prepare(tmp_path, tmp_path)
    prepare(tmp_path, tmp_path)
    assert_prepared(tmp_path, "mnist", mnist)
    assert names_in(tmp_path / "mnist") == sorted([*WRITTEN, "notes.txt"])


def test_labels_of_any_whole_number_type_become_bytes(tmp_path, mnist):
    write_plain(tmp_path / "mnist", {**mnist, "test_labels": mnist["test_labels"].astype(">i8")})
    prepare(tmp_path, tmp_path / "out")
    assert_prepared(tmp_path / "out", "mnist", mnist)


def test_flat_digits_are_given_their_shape(tmp_path, mnist):
    write_plain(tmp_path / "mnist", {**mnist, "test_images": mnist["test_images"].reshape(-1, 784)})
    prepare(tmp_path, tmp_path / "out")
    assert_prepared(tmp_path / "out", "mnist", mnist)


# What is wrong in the source


def test_a_folder_without_data_is_misuse_that_says_what_was_looked_for(tmp_path):
    with pytest.raises(
        MisuseError,
        match=r"MNIST is not in .*: neither mnist/train_images\.npy nor MNIST/raw/.*; CIFAR-10 is not in .* is there",
    ):
        prepare(tmp_path, tmp_path / "out")
    with pytest.raises(MisuseError, match=r"CIFAR-10 is not in .* nor cifar-10-batches-py is there"):
        prepare(tmp_path, tmp_path / "out", ["cifar10"])


def test_a_source_that_is_no_folder_and_a_data_set_that_is_none_are_misuse(tmp_path):
    with pytest.raises(MisuseError, match="is not a folder"):
        prepare(tmp_path / "nowhere", tmp_path)
    with pytest.raises(MisuseError, match="no data set 'svhn'"):
        prepare(tmp_path, tmp_path, ["svhn"])


@pytest.mark.parametrize("key", KEYS)
def test_one_missing_array_is_named(tmp_path, mnist, key):
    write_plain(tmp_path / "mnist", mnist)
    (tmp_path / f"mnist/{key}.npy").unlink()
    with pytest.raises(MisuseError, match=f"{key}.npy is missing"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("name", IDX.values())
def test_one_missing_idx_file_is_named(tmp_path, mnist, name):
    write_idx(tmp_path, mnist)
    (tmp_path / name).unlink()
    with pytest.raises(MisuseError, match=f"{name}.gz is missing"):
        prepare(tmp_path, tmp_path / "out")


def test_one_missing_batch_is_named_in_a_folder_and_in_an_archive(tmp_path, cifar10):
    folder = write_binary(tmp_path / "a/cifar-10-batches-bin", cifar10)
    (folder / "data_batch_4.bin").unlink()
    with pytest.raises(MisuseError, match=r"data_batch_4\.bin is missing"):
        prepare(tmp_path / "a", tmp_path / "out")
    (tmp_path / "b").mkdir()
    pack(folder, tmp_path / "b/cifar-10-binary.tar.gz")
    with pytest.raises(MisuseError, match=r"cifar-10-binary\.tar\.gz lacks data_batch_4\.bin"):
        prepare(tmp_path / "b", tmp_path / "out")


@pytest.mark.parametrize("cut", [slice(0, 0), slice(0, 10), slice(0, -9), slice(4, None)])
def test_a_damaged_idx_file_is_named(tmp_path, mnist, cut):
    write_idx(tmp_path / "a", mnist)
    path = tmp_path / "a/t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(MisuseError, match="t10k-images-idx3-ubyte"):
        prepare(tmp_path / "a", tmp_path / "out")
    write_idx(tmp_path / "b", mnist, zipped=True)
    path = tmp_path / "b/t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[cut])
    with pytest.raises(MisuseError, match=r"t10k-images-idx3-ubyte\.gz"):
        prepare(tmp_path / "b", tmp_path / "out")


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\x08\x50" + b"\0\0\0\1" * 80 + b"x",
        b"\0\0\x08\3" + b"\0\0\0\0" + b"\xff" * 8,
        b"\0\0\x0d\1" + b"\0\0\0\4" + b"\0" * 4,
    ],
    ids=["80 axes", "no images of endless size", "floats"],
)
def test_an_idx_header_that_is_not_mnists_is_refused(tmp_path, mnist, data):
    write_idx(tmp_path, mnist)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(data)
    with pytest.raises(MisuseError, match="t10k-images-idx3-ubyte is not an IDX file of bytes"):
        prepare(tmp_path, tmp_path / "out")


def test_a_file_that_grows_when_it_is_decompressed_is_refused(tmp_path, mnist, monkeypatch):
    monkeypatch.setattr(layouts, "LARGEST", 5000)
    write_idx(tmp_path, mnist, zipped=True)
    with pytest.raises(MisuseError, match=r"train-images-idx3-ubyte\.gz is larger than"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("size", [0, 3072, 3074])
def test_a_batch_that_is_cut_off_is_named(tmp_path, cifar10, size):
    write_binary(tmp_path, cifar10)
    (tmp_path / "data_batch_2.bin").write_bytes(bytes(size))
    with pytest.raises(MisuseError, match=r"data_batch_2\.bin .* is cut off"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_an_archive_that_is_cut_off_is_named(tmp_path, cifar10, size):
    (tmp_path / "in").mkdir()
    archive = tmp_path / "in/cifar-10-binary.tar.gz"
    pack(write_binary(tmp_path / "cifar-10-batches-bin", cifar10), archive)
    archive.write_bytes(archive.read_bytes()[:size])
    with pytest.raises(MisuseError, match=r"cifar-10-binary\.tar\.gz can't be read"):
        prepare(tmp_path / "in", tmp_path / "out")


@pytest.mark.parametrize("size", [0, 5, 60, 200, 1000])
def test_an_array_that_is_cut_off_is_named(tmp_path, mnist, size):
    write_plain(tmp_path / "mnist", mnist)
    path = tmp_path / "mnist/train_images.npy"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(MisuseError, match=r"train_images\.npy can't be read as an array"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|u1'",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28, 28)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 28, 28)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (True, 28, 28)}",
        "-" * 9000,
    ],
    ids=["open", "negative", "huge", "bool", "deep"],
)
def test_an_array_whose_header_is_damaged_is_named(tmp_path, mnist, header):
    write_plain(tmp_path / "mnist", mnist)
    start = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode()
    (tmp_path / "mnist/train_images.npy").write_bytes(start + mnist["train_images"].tobytes())
    with pytest.raises(MisuseError, match=r"MNIST's train set|train_images\.npy can't be read as an array"):
        prepare(tmp_path, tmp_path / "out")


def test_pickled_arrays_and_archives_of_arrays_are_never_opened(tmp_path, mnist):
    write_plain(tmp_path / "mnist", {**mnist, "test_images": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(MisuseError, match=r"test_images\.npy can't be read"):
        prepare(tmp_path, tmp_path / "out")
    with (tmp_path / "mnist/test_images.npy").open("wb") as file:
        np.savez(file, mnist["test_images"])
    with pytest.raises(MisuseError, match=r"test_images\.npy is an archive"):
        prepare(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("key", "array", "sentence"),
    [
        ("test_images", np.zeros((4, 28, 28), np.float32), r"MNIST's test set .*: wanted images uint8 \(N, 28, 28\)"),
        ("test_images", np.zeros((4, 28, 27), np.uint8), r"got uint8 \(4, 28, 27\)"),
        ("train_images", np.zeros((9, 28, 28), np.uint8), "MNIST's train set .*: wanted one whole number as label for"),
        ("test_labels", np.zeros((4, 10), np.uint8), "wanted one whole number"),
        ("test_labels", np.zeros(4, np.float64), "wanted one whole number"),
        ("test_labels", np.array([0, 1, 2, 10]), "wanted labels in 0 to 9, got 0 to 10"),
        ("test_labels", np.array([0, 1, 2, -1]), "wanted labels in 0 to 9, got -1 to 2"),
    ],
)
def test_arrays_that_are_not_the_data_sets_are_misuse(tmp_path, mnist, key, array, sentence):
    write_plain(tmp_path / "mnist", {**mnist, key: array})
    with pytest.raises(MisuseError, match=sentence):
        prepare(tmp_path, tmp_path / "out")


def test_an_empty_data_set_is_misuse(tmp_path, mnist):
    write_plain(tmp_path / "mnist", {**mnist, **{key: mnist[key][:0] for key in ("test_images", "test_labels")}})
    with pytest.raises(MisuseError, match="MNIST's test set"):
        prepare(tmp_path, tmp_path / "out")


# Writing


def test_a_full_disk_is_one_sentence_and_leaves_the_old_data_alone(tmp_path, mnist, monkeypatch):
    write_plain(tmp_path / "mnist", mnist)
    prepare(tmp_path, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out/mnist").iterdir()}
    write_plain(tmp_path / "mnist", {**mnist, "train_images": 255 - mnist["train_images"]})
    left = iter(range(3))

    def full(file):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(MisuseError, match=r"MNIST can't be written to .*, 0 MB: No space left on device"):
        prepare(tmp_path, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out/mnist").iterdir()} == before
    assert_prepared(tmp_path / "out", "mnist", mnist)


def test_a_target_that_can_not_be_made_is_misuse(tmp_path, mnist):
    write_plain(tmp_path / "mnist", mnist)
    (tmp_path / "out").write_text("")
    with pytest.raises(MisuseError, match="MNIST can't be written"):
        prepare(tmp_path, tmp_path / "out")


def test_what_is_interrupted_while_it_replaces_is_not_prepared(tmp_path, mnist, monkeypatch):
    write_plain(tmp_path / "mnist", mnist)
    prepare(tmp_path, tmp_path / "out")

    def killed(path, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare(tmp_path, tmp_path / "out")
    monkeypatch.undo()
    assert not [name for name in names_in(tmp_path / "out/mnist") if name.endswith(".part")]
    with pytest.raises(MisuseError, match=r"not prepared .* Run `hw1 data` first"):
        open_arrays(tmp_path / "out", "mnist")


def test_who_has_the_old_arrays_open_keeps_them(tmp_path, mnist):
    write_plain(tmp_path / "mnist", mnist)
    prepare(tmp_path, tmp_path / "out")
    _, opened = open_arrays(tmp_path / "out", "mnist")
    write_plain(tmp_path / "mnist", {**mnist, "train_images": 255 - mnist["train_images"]})
    prepare(tmp_path, tmp_path / "out")
    assert np.array_equal(opened["train_images"], mnist["train_images"])


# The manifest


def test_the_manifest_says_what_each_array_is(tmp_path, mnist):
    write_plain(tmp_path / "mnist", mnist)
    (manifest,) = prepare(tmp_path, tmp_path / "out")
    document = json.loads((tmp_path / "out/mnist/manifest.json").read_text())
    assert document["canonical"] is False
    assert document["arrays"]["test_images"] | {"mtime_ns": 0} == {
        "sha256": hashlib.sha256(mnist["test_images"].tobytes()).hexdigest(),
        "shape": [4, 28, 28],
        "dtype": "uint8",
        "size": 128 + 4 * 784,
        "mtime_ns": 0,
    }
    assert open_arrays(tmp_path / "out", "mnist")[0] == manifest


def test_the_digest_changes_with_any_array(tmp_path, mnist):
    digests = set()
    for key in (None, *KEYS):
        changed = mnist if key is None else {**mnist, key: mnist[key] // 2}
        (manifest,) = prepare(write_plain(tmp_path / "mnist", changed), tmp_path / "out")
        digests.add(manifest.digest)
    assert len(digests) == 5


def known(arrays, head=None):
    """The hashes that would make *arrays* the canonical ones."""
    return {
        key: hashlib.sha256((array[:head] if key.startswith("test") else array).tobytes()).hexdigest()[:32]
        for key, array in arrays.items()
    }


@pytest.mark.parametrize(
    ("change", "canonical"),
    [(lambda a: a, True), (lambda a: a[:2], True), (lambda a: a[:1], False), (lambda a: a[::-1], False)],
    ids=["all", "head", "less", "order"],
)
def test_cifar10_is_canonical_with_any_number_of_test_images(tmp_path, cifar10, monkeypatch, change, canonical):
    spec = Spec("cifar10", "CIFAR-10", (32, 32, 3), DIGITS, known(cifar10, 2), 2)
    monkeypatch.setitem(SPECS, "cifar10", spec)
    changed = {key: change(array) if key.startswith("test") else array for key, array in cifar10.items()}
    (manifest,) = prepare(write_plain(tmp_path / "cifar10", changed), tmp_path / "out")
    assert manifest.canonical is canonical


def test_mnist_is_canonical_if_it_is_complete(tmp_path, mnist, monkeypatch):
    monkeypatch.setitem(SPECS, "mnist", Spec("mnist", "MNIST", (28, 28), DIGITS, known(mnist), None))
    assert prepare(write_plain(tmp_path / "a", mnist), tmp_path / "out")[0].canonical
    shorter = {key: array[:3] for key, array in mnist.items()}
    assert not prepare(write_plain(tmp_path / "b", shorter), tmp_path / "out")[0].canonical


# Opening


@pytest.fixture
def prepared(tmp_path, mnist):
    write_plain(tmp_path / "mnist", mnist)
    prepare(tmp_path, tmp_path / "out")
    return tmp_path / "out"


def count_hashes(monkeypatch):
    hashed = []
    whole = module.hash_of
    monkeypatch.setattr(module, "hash_of", lambda array: hashed.append(array.shape) or whole(array))
    return hashed


def test_what_was_written_is_not_hashed_at_each_start(prepared, mnist, monkeypatch):
    hashed = count_hashes(monkeypatch)
    assert_prepared(prepared, "mnist", mnist)
    assert hashed == []
    open_arrays(prepared, "mnist", rehash=True)
    assert len(hashed) == 4


def test_a_copy_is_hashed_once(prepared, mnist, monkeypatch):
    for key in KEYS:
        os.utime(prepared / f"mnist/{key}.npy", (1, 1))
    hashed = count_hashes(monkeypatch)
    assert_prepared(prepared, "mnist", mnist)
    assert len(hashed) == 4
    assert names_in(prepared / "mnist") == WRITTEN
    assert_prepared(prepared, "mnist", mnist)
    assert len(hashed) == 4


def test_a_read_only_folder_can_be_opened(prepared, mnist, monkeypatch):
    for key in KEYS:
        os.utime(prepared / f"mnist/{key}.npy", (1, 1))

    def refuse(path, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(module, "write_whole", refuse)
    assert_prepared(prepared, "mnist", mnist)


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_byte_is_found_and_the_file_named(prepared, key):
    path = prepared / f"mnist/{key}.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(MisuseError, match=rf"{key}\.npy is damaged: its SHA-256 .* Run `hw1 data` again"):
        open_arrays(prepared, "mnist")


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_or_cut_off_file_is_named(prepared, key):
    path = prepared / f"mnist/{key}.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MisuseError, match=rf"{key}\.npy is damaged: .* bytes, wanted"):
        open_arrays(prepared, "mnist")
    path.unlink()
    with pytest.raises(MisuseError, match=rf"{key}\.npy is missing"):
        open_arrays(prepared, "mnist")


@pytest.mark.parametrize(("old", "new"), [(b"|u1", b"|i1"), (b"(4, 28, 28)", b"(4, 14, 56)"), (b"(4, ", b"[4; ")])
def test_a_changed_header_is_found(prepared, old, new):
    path = prepared / "mnist/test_images.npy"
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(MisuseError, match=r"test_images\.npy (is damaged|can't be read)"):
        open_arrays(prepared, "mnist")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-3],
        lambda text: "[]",
        lambda text: text.replace('"sha256"', '"md5"'),
        lambda text: text.replace('"test_labels"', '"labels"'),
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace('"mnist"', '"cifar10"'),
        lambda text: "[" * 100_000,
    ],
    ids=["empty", "cut", "list", "no hash", "no array", "version", "name", "deep"],
)
def test_a_damaged_manifest_is_named(prepared, change):
    path = prepared / "mnist/manifest.json"
    path.write_text(change(path.read_text()))
    with pytest.raises(MisuseError, match=r"manifest\.json is"):
        open_arrays(prepared, "mnist")


def test_a_data_set_that_is_not_prepared_says_what_to_run(tmp_path):
    with pytest.raises(MisuseError, match=r"CIFAR-10 is not prepared in .* Run `hw1 data` first"):
        open_arrays(tmp_path, "cifar10")


# The pre-trained weights

torch = pytest.importorskip("torch")


def features(fill=0.5):
    """A state dict as large as vgg19_bn's features, of one number: a few kilobytes as a .pth."""
    return {
        name: torch.tensor(fill).expand(shape) if shape else torch.tensor(7)
        for name, shape in weights.expected_features().items()
    }


def save(path, state, **options):
    torch.save(state, path, **options)
    return path


def test_the_expected_features_are_those_of_torchvision():
    from torchvision.models import vgg19_bn

    with torch.device("meta"):
        found = {name: tuple(value.shape) for name, value in vgg19_bn().features.state_dict(prefix="features.").items()}
    assert weights.expected_features() == found
    counted = [shape for name, shape in found.items() if name.endswith(("weight", "bias"))]
    assert sum(int(np.prod(shape)) for shape in counted) == 20_035_392


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Of a file as old as torchvision's: not a zip, without counters; with a classifier, and one tensor in halves."""
    folder = tmp_path_factory.mktemp("weights")
    state = {name: value for name, value in features().items() if not name.endswith("num_batches_tracked")}
    state["features.0.bias"] = torch.arange(64).half()
    state["classifier.6.bias"] = torch.zeros(1000)
    path = save(folder / "vgg19_bn-c79401a0.pth", state, _use_new_zipfile_serialization=False)
    weights.convert_weights(path, folder / "out")
    return folder / "out"


def test_a_state_dict_is_converted_once(converted):
    from safetensors import safe_open

    path = weights.open_weights(converted)
    assert names_in(converted) == ["vgg19_bn-features.json", "vgg19_bn-features.safetensors"]
    with safe_open(path, framework="np") as file:
        assert set(file.keys()) == set(weights.expected_features())
        assert file.get_tensor("features.0.bias").tolist() == list(range(64))
        assert file.get_tensor("features.0.bias").dtype == np.float32
        assert file.get_tensor("features.1.num_batches_tracked").tolist() == 0
        assert file.get_slice("features.49.weight").get_shape() == [512, 512, 3, 3]
    assert json.loads((converted / "vgg19_bn-features.json").read_text())["source"] == "vgg19_bn-c79401a0.pth"


@pytest.fixture
def copy(converted, tmp_path):
    """A copy of the converted weights that a test may damage."""
    for path in converted.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_copied_weights_are_hashed_once(copy, monkeypatch):
    assert weights.open_weights(copy) == copy / weights.FILE
    monkeypatch.setattr(weights, "_sha256", None)
    assert weights.open_weights(copy) == copy / weights.FILE


def test_damaged_weights_are_named(copy):
    path = copy / weights.FILE
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\xff")
    with pytest.raises(MisuseError, match=r"features\.safetensors is damaged: its SHA-256"):
        weights.open_weights(copy)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    with pytest.raises(MisuseError, match=r"features\.safetensors is damaged: .* bytes, wanted"):
        weights.open_weights(copy)
    for content in (b"", b"\xff" * 8, (2).to_bytes(8, "little") + b"[]", (2).to_bytes(8, "little") + b"{}"):
        path.write_bytes(content)
        with pytest.raises(MisuseError, match=r"features\.safetensors is damaged"):
            weights.open_weights(copy)
    (copy / "vgg19_bn-features.json").write_text("{}")
    with pytest.raises(MisuseError, match=r"features\.json is damaged"):
        weights.open_weights(copy)
    path.unlink()
    with pytest.raises(MisuseError, match=r"the pre-trained weights are not in .* Run `hw1 data --weights`"):
        weights.open_weights(copy)


def without(name):
    return {key: value for key, value in features().items() if key != name}


# In this process, as the process apart would: starting torch takes it seconds each time.
@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (lambda: without("features.3.weight"), "features.3.weight is missing"),
        (
            lambda: features() | {"features.0.weight": torch.zeros(64, 3, 5, 5)},
            r"\(64, 3, 5, 5\), wanted \(64, 3, 3, 3\)",
        ),
        (lambda: features() | {"features.53.weight": torch.zeros(1)}, r"features\.53\.weight is not part of it"),
        (lambda: features(float("nan")), r"features\.0\.weight is torch\.float32 or not finite"),
        (lambda: features() | {"features.0.bias": torch.zeros(64, dtype=torch.int64)}, "int64 or not finite"),
        (lambda: [torch.zeros(1)], "not a state dict of tensors"),
        (lambda: {"state_dict": features()}, "not a state dict of tensors"),
    ],
    ids=["missing", "shape", "unknown", "nan", "whole numbers", "list", "nested"],
)
def test_a_state_dict_that_is_not_the_networks_is_misuse(tmp_path, state, sentence):
    with pytest.raises(MisuseError, match=sentence):
        weights._convert(save(tmp_path / "in.pth", state()), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_that_holds_more_than_tensors_is_refused_unopened(tmp_path):
    path = save(tmp_path / "in.pth", {"features.0.weight": Evil(tmp_path / "opened")})
    with pytest.raises(MisuseError) as raised:
        weights.convert_weights(path, tmp_path / "out")
    sentence = "can't be converted: it is not a state dict of tensors (it holds more than tensors)"
    assert str(raised.value) == f"{path} {sentence}"
    assert not (tmp_path / "opened").exists()
    assert names_in(tmp_path / "out") == []


def test_a_file_that_is_missing_no_state_dict_or_too_large_is_misuse(tmp_path, monkeypatch):
    with pytest.raises(MisuseError, match=r"in\.pth is missing"):
        weights.convert_weights(tmp_path / "in.pth", tmp_path)
    (tmp_path / "in.pth").write_bytes(b"not weights")
    with pytest.raises(MisuseError, match="not a state dict of tensors"):
        weights._convert(tmp_path / "in.pth", tmp_path / "out")
    monkeypatch.setattr(weights, "LARGEST", 3)
    with pytest.raises(MisuseError, match=r"in\.pth is larger than"):
        weights.convert_weights(tmp_path / "in.pth", tmp_path)


def test_the_address_of_the_weights_is_torchvisions_and_their_name_tells_the_checksum():
    from torchvision.models import VGG19_BN_Weights

    assert WEIGHTS.urls == (VGG19_BN_Weights.IMAGENET1K_V1.url,)
    assert WEIGHTS.urls[0].endswith(f"/{WEIGHTS.path}")
    assert (WEIGHTS.algorithm, f"-{WEIGHTS.checksum}.pth") == ("sha256", WEIGHTS.path[-13:])


def test_a_process_apart_that_does_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "APART_SECONDS", 0)
    with pytest.raises(MisuseError, match=r"in\.pth could not be converted in 0 seconds"):
        weights.convert_weights(save(tmp_path / "in.pth", features()), tmp_path / "out")
    assert names_in(tmp_path / "out") == []


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\2\0\0\0\0\0\0\0[]", b"\2\0\0\0\0\0\0\0{}"])
def test_what_the_process_apart_left_is_compared_with_the_architecture(tmp_path, content):
    (tmp_path / "out").write_bytes(content)
    with pytest.raises(MisuseError, match="out is damaged"):
        weights._check(tmp_path / "out")


def test_fetched_weights_are_converted_and_the_download_is_taken_away(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "convert_weights", lambda source, target: target / weights.FILE)

    def download(remote, folder, progress):
        assert remote is WEIGHTS
        (folder / remote.path).write_bytes(b"")
        return folder / remote.path

    monkeypatch.setattr(weights, "download", download)
    assert weights.fetch_weights(tmp_path) == tmp_path / weights.FILE
    assert names_in(tmp_path) == []
