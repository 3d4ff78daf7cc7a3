"""Recorded evidence is kept exactly, and a file that is not whole is never taken for one."""

import numpy as np
import pytest

from autograder.errors import GraderError
from autograder.evidence import Evidence
from autograder.recording import KnownMistake, Recording, load_recording, save_recording


@pytest.fixture
def recording():
    arrays = {
        "eval8": np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3),
        "empty": np.zeros((0, 2), np.float32),
        "scalar": np.array(3, np.int64),
        "mask": np.array([True, False]),
        "bytes": np.arange(4, dtype=np.uint8),
    }
    facts = {"shape8": [8, 10], "learns": [True, False], "layers": [["conv", {"weight": [1, 2]}, [3], False]]}
    views = {"2.1a/vgg.block1": {"eval8": arrays["eval8"] * 2, "shape8": None, "ü": "ü"}}
    mistake = KnownMistake("relu-missing", "Say — this.", ("2.1a", "2.1b"), views)
    reference = {"b": Evidence(facts, arrays), "a": Evidence({}, {})}
    return Recording("kit", {"torch": "2.5", "threads": 1}, reference, (mistake,))


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name, value in b.items():
        if isinstance(value, np.ndarray):
            assert a[name].dtype == value.dtype
            assert a[name].shape == value.shape
            assert np.array_equal(a[name], value)
        else:
            assert a[name] == value


def test_what_was_saved_comes_back_exactly(recording, tmp_path):
    save_recording(recording, tmp_path / "new" / "r.npz")
    loaded = load_recording(tmp_path / "new" / "r.npz")
    assert loaded.kit == recording.kit
    assert loaded.environment == recording.environment
    assert loaded.digest == recording.digest
    assert sorted(loaded.reference) == ["a", "b"]
    for name, seen in recording.reference.items():
        assert_equal(loaded.reference[name].facts, seen.facts)
        assert_equal(loaded.reference[name].arrays, seen.arrays)
    (mistake,), (wanted,) = loaded.mistakes, recording.mistakes
    assert (mistake.id, mistake.says, mistake.fails) == (wanted.id, wanted.says, wanted.fails)
    assert_equal(mistake.views["2.1a/vgg.block1"], wanted.views["2.1a/vgg.block1"])


def test_double_precision_is_kept_in_single(tmp_path):
    value = np.array([1 / 3])
    save_recording(Recording("", {}, {"p": Evidence({}, {"once": value})}, ()), tmp_path / "r.npz")
    loaded = load_recording(tmp_path / "r.npz").reference["p"].arrays["once"]
    assert loaded.dtype == np.float32
    assert loaded[0] == np.float32(1 / 3)


def test_the_same_recording_gives_the_same_bytes_twice(recording, tmp_path):
    for name in ("one.npz", "two.npz"):
        save_recording(recording, tmp_path / name)
    save_recording(load_recording(tmp_path / "one.npz"), tmp_path / "three.npz")
    one, two, three = ((tmp_path / f"{name}.npz").read_bytes() for name in ("one", "two", "three"))
    assert one == two == three


def test_nothing_but_the_file_itself_is_left_behind(recording, tmp_path):
    save_recording(recording, tmp_path / "r.npz")
    save_recording(recording, tmp_path / "r.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["r.npz"]


def test_another_set_of_mistakes_has_another_digest(recording):
    fewer = Recording(recording.kit, recording.environment, recording.reference, ())
    assert fewer.digest != recording.digest


def test_a_missing_file_is_a_grader_error_that_says_what_makes_it(tmp_path):
    with pytest.raises(GraderError, match="hw1 release"):
        load_recording(tmp_path / "none.npz")


def test_a_file_cut_off_anywhere_is_a_grader_error(recording, tmp_path):
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    whole = path.read_bytes()
    for size in (0, 1, 10, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(GraderError, match="can't be read"):
            load_recording(path)


def test_a_file_with_damaged_bytes_is_a_grader_error(recording, tmp_path):
    path = tmp_path / "r.npz"
    save_recording(recording, path)
    damaged = bytearray(path.read_bytes())
    damaged[60:90] = b"\xff" * 30
    path.write_bytes(damaged)
    with pytest.raises(GraderError, match="can't be read"):
        load_recording(path)


def test_a_file_of_another_kind_is_a_grader_error(tmp_path):
    path = tmp_path / "r.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(GraderError, match="can't be read"):
        load_recording(path)
    np.savez(path, something=np.zeros(2))
    with pytest.raises(GraderError, match="can't be read"):
        load_recording(path)
    np.savez(path, header=np.array([{"kit": 1}], dtype=object))  # pickled: never opened
    with pytest.raises(GraderError, match="can't be read"):
        load_recording(path)


def test_the_recording_that_ships_holds_evidence_for_every_comparison():
    loaded = load_recording()
    assert len(loaded.mistakes) >= 60
    assert all(mistake.views for mistake in loaded.mistakes)
    assert {"trainer.train", "vgg.vgg19", "mnist.structure"} <= set(loaded.reference)
