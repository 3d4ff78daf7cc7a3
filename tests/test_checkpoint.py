"""Checkpoints are read as hostile bytes: right ones come out as float32 and int64, all others as one sentence."""

import hashlib
import io
import json
import os
import pickle
import resource
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, load_file, save, save_file

from autograder import hashing
from autograder.errors import HandinError, MisuseError
from autograder.hashing import hash_of
from autograder.ingest import checkpoint
from autograder.ingest.checkpoint import HEADER_BYTES, read_checkpoint, write_checkpoint

WEIGHT = np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4)


def raw(header: dict | list | bytes, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of the format's parts, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def one(dtype: str, shape: list, data: bytes, name: str = "w", **more: object) -> bytes:
    """A file with one tensor."""
    return raw({name: {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}, **more}, data)


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a checkpoint."""

    def read(data: bytes):
        path = tmp_path / "2.2a.safetensors"
        path.write_bytes(data)
        return read_checkpoint(path)

    return read


def sentence(call, *arguments) -> str:
    """The text of the HandinError that *call* raises."""
    with pytest.raises(HandinError) as caught:
        call(*arguments)
    text = str(caught.value)
    assert text
    assert "\n" not in text
    return text


# What is read


def test_a_checkpoint_of_the_library_is_read_with_its_hash(tmp_path):
    path = tmp_path / "2.2a.safetensors"
    save_file({"w": WEIGHT, "a": np.array(7)}, path, {"seed": "12"})
    found = read_checkpoint(path)
    assert list(found.arrays) == ["a", "w"]
    assert found.arrays["w"].dtype == np.float32
    assert (found.arrays["w"] == WEIGHT).all()
    assert (found.arrays["a"].dtype, found.arrays["a"].shape, int(found.arrays["a"])) == (np.int64, (), 7)
    assert found.facts == {"seed": "12"}
    assert found.sha256 == hash_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("stored", [np.float64, np.float16])
def test_other_floats_become_float32(read, stored):
    found = read(save({"w": WEIGHT.astype(stored)})).arrays["w"]
    assert found.dtype == np.float32
    assert (found == WEIGHT.astype(stored).astype(np.float32)).all()


def test_bfloat16_becomes_float32(read):
    upper = (WEIGHT.view(np.uint32) >> 16).astype("<u2")
    found = read(one("BF16", [3, 4], upper.tobytes())).arrays["w"]
    assert (found.dtype, found.shape) == (np.float32, (3, 4))
    assert np.abs(found - WEIGHT).max() <= 2 * 2**-7
    assert (found == (upper.astype(np.uint32) << 16).view(np.float32)).all()


@pytest.mark.parametrize("stored", [np.int64, np.int32, np.int16, np.int8, np.uint32, np.uint16, np.uint8, np.bool_])
def test_every_kind_of_integer_becomes_int64(read, stored):
    found = read(save({"w": np.array([[0, 1]], stored)})).arrays["w"]
    assert (found.dtype, found.tolist()) == (np.int64, [[0, 1]])


def test_an_array_without_values_is_read(read):
    assert read(save({"w": np.zeros((0, 3), np.float32)})).arrays["w"].shape == (0, 3)


def test_a_header_of_128_bytes_is_no_pickle_though_it_begins_like_one(read):
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode().ljust(128)
    assert read(raw(header, bytes(4))).arrays["w"].tolist() == [0]


def test_facts_are_few_short_and_without_control_characters(read):
    facts = {f"{n:03}": "x" for n in range(50)} | {
        "000": "y" * 1000,
        "001": "a\x1b[31m\n\u202eb",
        "00" + "k" * 500: "z",
    }
    found = read(save({"w": WEIGHT}, facts)).facts
    assert len(found) == 32
    assert (found["000"], found["001"]) == ("y" * 199 + "…", "a[31m b")
    assert max(map(len, found)) <= 200


def test_a_file_without_facts_has_none(read):
    assert read(save({"w": WEIGHT})).facts == {}


# What is not


PICKLED = io.BytesIO()
pickle.dump({"w": 1}, PICKLED, protocol=2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty: it has 0 bytes"),
        (raw({}), "it is empty: it has no tensors"),
        (raw({"__metadata__": {"a": "b"}}), "it is empty: it has no tensors"),
        (b"PK\x03\x04" + bytes(100), "written by torch.save; use `hw1 train`, which writes safetensors"),
        (PICKLED.getvalue(), "written by torch.save"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "it is not a safetensors file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is not a safetensors file"),
        (raw({"w": 1}, length=2**62), "it is not a safetensors file, or its header has more than 1 MB"),
        (save({"w": WEIGHT})[:4], "it is cut off"),
        (save({"w": WEIGHT})[:30], "it is cut off: it ends in the middle of its header"),
        (save({"w": WEIGHT})[:-1], "it is cut off, or has bytes to spare"),
        (save({"w": WEIGHT}) + b"0", "it is cut off, or has bytes to spare"),
        (raw(b"{" + b"a" * 40), "it is damaged: its header is not JSON"),
        (raw(b'{"a":' + b"[" * 100_000), "it is damaged: its header is not JSON"),
        (raw(b"{\xff}"), "it is damaged: its header is not JSON"),
        (raw({"w": 1}), "it is damaged: its header has no type or shape for w"),
        (raw({"w": {"dtype": 3, "shape": [1]}}), "it is damaged: its header has no type or shape for w"),
        (raw({"w": {"dtype": "F32", "shape": [1]}}, bytes(4)), "it is damaged: invalid JSON in header"),
        (raw({"w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 4]}}, bytes(4)), "it is damaged"),
        (raw({"w": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}, bytes(4)), "it is cut off, or"),
        (raw({"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, bytes(8)), "it is damaged: invalid offset"),
        (one("F32", [0, 2**63 - 1, 9], b""), "it is damaged: w has an invalid shape"),
        (one("C64", [1], bytes(8)), "it has w as C64, which is not a weight"),
        (one("F8_E4M3", [8], bytes(8)), "it has w as F8_E4M3, which is not a weight"),
        (one("U64", [1], bytes(8)), "it has w as U64, which is not a weight"),
        (one("S\x1b3", [1], bytes(8)), "it has w as S3, which is not a weight"),
        (one("F32", [1] * 9, bytes(4)), "it has w with 9 axes; at most 8 are allowed"),
        (
            save({f"{n}": np.zeros(1, np.float32) for n in range(4097)}),
            "it has 4,097 tensors; at most 4,096 are allowed",
        ),
        (save({"a": WEIGHT, "w": np.float32([1, np.nan])}), "NaN or infinity in w: did the training diverge?"),
        (save({"w": np.float16([np.inf])}), "NaN or infinity in w"),
        (save({"w": np.float64([1e300])}), "NaN or infinity in w"),
        (one("BF16", [1], b"\x80\x7f"), "NaN or infinity in w"),
        (one("F32", [1], b"\x00\x00\xc0\x7f", name="a\x1bb" + "c" * 999), "NaN or infinity in ab" + "c" * 197 + "…:"),
    ],
)
def test_each_way_to_be_no_checkpoint_has_a_sentence(read, data, said):
    assert said in sentence(read, data)


def test_a_header_that_is_too_large_is_not_parsed(read):
    assert "more than 1 MB" in sentence(read, raw(b"{".ljust(HEADER_BYTES + 1)))


def test_a_header_that_says_two_things_is_refused(read, monkeypatch):
    monkeypatch.setattr("safetensors.deserialize", lambda _: [("w", {"dtype": "F16", "shape": [1], "data": bytes(2)})])
    assert sentence(read, one("F32", [1], bytes(4))) == "it is damaged: its header contradicts itself"


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "2.2a.safetensors"
    with path.open("wb") as file:
        file.truncate(checkpoint.CHECKPOINT_BYTES + 1)
    assert sentence(read_checkpoint, path) == "it has 262.1 MB; a checkpoint may have 262.1 MB"


def test_flags_that_would_be_huge_as_int64_are_refused(read, monkeypatch):
    monkeypatch.setattr(checkpoint, "CHECKPOINT_BYTES", 2000)
    assert len(read(save({"w": np.zeros(800, np.float16)})).arrays["w"]) == 800
    assert "read as float32 and int64, has" in sentence(read, save({"w": np.zeros(800, bool)}))


def test_links_pipes_folders_and_missing_files_are_refused(tmp_path):
    (tmp_path / "right").write_bytes(save({"w": WEIGHT}))
    (tmp_path / "link").symlink_to(tmp_path / "right")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for call in (read_checkpoint, hash_of):
        assert "symbolic link" in sentence(call, tmp_path / "link")
        assert "not a regular file" in sentence(call, tmp_path / "pipe")
        assert "not a regular file" in sentence(call, tmp_path / "folder")
        assert "No such file" in sentence(call, tmp_path / "none")


def test_a_disk_that_fails_is_a_sentence(tmp_path, monkeypatch):
    class Failing(io.BytesIO):
        def fileno(self):
            return 0

        def read(self, *_):
            raise OSError(5, "Input/output error")

        readinto = read

    (tmp_path / "file").write_bytes(b"x")
    for module in (checkpoint, hashing):
        monkeypatch.setattr(module, "open_regular", lambda _: Failing())
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((0,) * 10))
    monkeypatch.setattr("hashlib.file_digest", lambda file, _: file.read())
    for call in (read_checkpoint, hash_of):
        assert sentence(call, tmp_path / "file") == "it can't be read: Input/output error"


# What is written


def test_what_is_written_is_read_again_by_us_and_by_the_library(tmp_path):
    path = tmp_path / "checkpoints" / "1.1.safetensors"
    arrays = {"w": WEIGHT, "turned": WEIGHT.T, "n": np.array(3), "d": WEIGHT.astype(float), "flags": np.array([True])}
    write_checkpoint(path, arrays, {"seed": "1", "note": "a\nb"})
    found = read_checkpoint(path)
    assert found.facts == {"note": "a b", "seed": "1"}
    for name, array in load_file(path).items():
        assert array.dtype == (np.int64 if name in ("n", "flags") else np.float32)
        assert array.shape == found.arrays[name].shape == arrays[name].shape
        assert (array == arrays[name]).all()
        assert (found.arrays[name] == arrays[name]).all()


def test_the_same_input_gives_the_same_bytes(tmp_path):
    facts = {f"fact {n}": str(n) for n in range(20)}
    for number in range(5):
        order = -1 if number % 2 else 1
        arrays = dict([("b", WEIGHT), ("a", WEIGHT), ("n", np.array(3))][::order])
        write_checkpoint(tmp_path / str(number), arrays, dict(list(facts.items())[::order]))
    assert len({(tmp_path / str(number)).read_bytes() for number in range(5)}) == 1


def test_half_the_room_where_float16_holds_the_values(tmp_path):
    path = tmp_path / "1.1.safetensors"
    arrays = {"w": WEIGHT, "large": np.float32([70_000, 1]), "n": np.array(70_000)}
    write_checkpoint(path, arrays, {}, half=True)
    dtypes = {name: array.dtype for name, array in load(path.read_bytes()).items()}
    assert dtypes == {"w": np.float16, "large": np.float32, "n": np.int64}
    found = read_checkpoint(path).arrays
    assert found["large"].tolist() == [70_000, 1]
    assert np.abs(found["w"] - WEIGHT).max() < 1e-3


def test_what_is_no_weight_is_not_written(tmp_path):
    with pytest.raises(MisuseError, match="w is complex64"):
        write_checkpoint(tmp_path / "x", {"w": WEIGHT.astype(np.complex64)}, {})
    assert not list(tmp_path.iterdir())


def test_a_write_that_fails_says_where_and_how_much_and_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "1.1.safetensors"
    write_checkpoint(path, {"w": WEIGHT}, {})
    before = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MisuseError) as caught:
        write_checkpoint(path, {"w": np.zeros(300_000, np.float32)}, {})
    assert str(caught.value) == f"{path} can't be written (1.2 MB): No space left on device"
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(path, before)]


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "checkpoints").write_bytes(b"")
    with pytest.raises(MisuseError, match=r"1\.1 can't be written"):
        write_checkpoint(tmp_path / "checkpoints" / "1.1", {"w": WEIGHT}, {})


# In all cases


def test_neither_torch_nor_numpy_comes_with_the_module_and_no_torch_with_a_file(tmp_path):
    path = tmp_path / "1.1.safetensors"
    write_checkpoint(path, {"w": WEIGHT}, {}, half=True)
    code = (
        "import sys; from pathlib import Path; from autograder.ingest.checkpoint import read_checkpoint\n"
        "assert not {'torch', 'numpy', 'safetensors'} & set(sys.modules)\n"
        "assert read_checkpoint(Path(sys.argv[1])).arrays\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


GOOD = (
    save({"w": WEIGHT, "h": WEIGHT.astype(np.float16), "n": np.array(3)}, {"seed": "1"}),
    one("BF16", [3, 2], bytes(range(12))),
)
ENTRY = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F16", "BF16", "F64", "I64", "BOOL", "F4", "C64", "", 1]),
        "shape": st.lists(st.sampled_from([0, 1, 2, 3, 1 << 31, 1 << 62, 1 << 64, -1]), max_size=9),
        "data_offsets": st.lists(st.sampled_from([0, 2, 4, 8, 24, 1 << 33, 1 << 63, -1]), min_size=2, max_size=2),
    }
)
HEADERS = st.dictionaries(st.text(max_size=3) | st.just("__metadata__"), ENTRY | st.dictionaries(st.text(), st.text()))


@st.composite
def mutated(draw):
    """A good file with some bytes changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 9))] = draw(st.binary(max_size=9))
    return bytes(data)


@given(st.binary(max_size=300) | mutated() | st.builds(raw, HEADERS, st.binary(max_size=32)))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_checkpoint_or_a_sentence(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzzed.safetensors"
    path.write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        found = read_checkpoint(path)
    except HandinError as error:
        assert "\n" not in str(error)
    else:
        assert {str(array.dtype) for array in found.arrays.values()} <= {"float32", "int64"}
        assert all(np.isfinite(array).all() for array in found.arrays.values())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 64 << (20 if sys.platform == "darwin" else 10)  # 64 MB, for files of a few hundred bytes
