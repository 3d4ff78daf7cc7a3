"""The search for what must not be given away finds each kind of it wherever it lies, and nothing else."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import GraderError
from autograder.home import PACKAGE, solution_folder
from autograder.recording import public_recording
from autograder.staff.leaks import Forbidden, array_digest, data_arrays, hidden_arrays, known_seeds, leaks_in
from autograder.staff.zips import zipped

SOLUTION = solution_folder()
SEED, OLD_SEED = bytes(range(100, 132)), bytes(range(32, 64))
SECRET = np.arange(40, dtype=np.float32)


def lines_of(path: Path, name: str, count: int = 3) -> str:
    """The first *count* lines of the function or class *name*'s body that are long enough to be somebody's."""
    lines = path.read_text(encoding="utf-8").partition(f" {name}")[2].splitlines()[1:]
    return "\n".join([line for line in lines if len(line.split("#")[0].replace(" ", "")) > 12][:count])


def secret_text() -> str:
    """Three lines of a solution block."""
    secret = (SOLUTION / "trainer.py").read_text(encoding="utf-8").partition("# BEGIN SOLUTION")[2].partition("\n")[2]
    long = [line for line in secret.splitlines() if len(line.split("  #")[0].replace(" ", "")) >= 8]
    return "\n".join(long[:3])


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def tar_gz(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def notebook(text: str) -> bytes:
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [{"output_type": "stream", "text": text}]}
    return json.dumps({"cells": [cell]}).encode()


STAFFS = PACKAGE / "staff" / "verify.py"
MISTAKES = (PACKAGE / "hw1/mistakes" / "training_step.py").read_bytes()
PLANTED = {
    "solution lines in a text": ("notes.txt", secret_text().encode()),
    "solution lines commented out": ("notes.py", re.sub("^", "# ", secret_text(), flags=re.MULTILINE).encode()),
    "solution lines in a notebook's output": ("a.ipynb", notebook(secret_text())),
    "solution lines in an archive in an archive": ("x.bin.zip", zipped({"y": zipped({"z": secret_text().encode()})})),
    "a file of the solution": ("hw1/other.txt", (SOLUTION / "vgg.py").read_bytes()),
    "marks": ("hw1/begun.py", b"class Net:\n    # BEGIN SOLUTION 1.1: say it\n    x = 1\n    # END SOLUTION\n"),
    "a staff module": ("autograder/staff/any.py", b"x = 1\n"),
    "a staff module's lines elsewhere": ("autograder/verify2.py", lines_of(STAFFS, "handout_faults").encode()),
    "a mistake's source": ("autograder/hw1/mistakes/training_step.py", MISTAKES),
    "a mistake's source in a tar.gz": ("old.tar.gz", tar_gz("trainer.txt", MISTAKES)),
    "a compiled module": ("autograder/__pycache__/verify.cpython-311.pyc", b"\xa7\r\r\n"),
    "the seed": ("a.dat", b"abc" + SEED + b"xyz"),
    "the seed in hexadecimal": ("a.txt", f"seed = {SEED.hex()}\n".encode()),
    "the seed in large hexadecimal": ("b.txt", f"seed = {SEED.hex().upper()}\n".encode()),
    "the seed in base64": ("c.txt", base64.b64encode(SEED)),
    "the seed in a longer base64": ("d.txt", base64.urlsafe_b64encode(b"k" + SEED + b"more")),
    "an earlier term's seed": ("e.txt", OLD_SEED.hex().encode()),
    "a hidden array in the public evidence's place": ("autograder/hw1/recorded/public.npz", npz(a0=SECRET)),
    "any other recording": ("autograder/hw1/recorded/staff.npz", npz(a0=np.zeros(3))),
    "an array under another name": ("notes.md", npy(np.zeros(3))),
    "a recording under another name": ("hw1/notes.dat", npz(a0=np.zeros(3))),
    "a checkpoint": ("1.1.safetensors", b"{}"),
    "a data set in its own form": ("train-images-idx3-ubyte", b"\0\0\x08\x03"),
}
INNOCENT = {
    "hw1/mnist.py": b"class MNIST_Net:\n    pass\n",
    "autograder/grade.py": (PACKAGE / "grade.py").read_bytes(),
    "cli.py": (PACKAGE.parent / "cli.py").read_bytes(),
    "two.txt": "\n".join(secret_text().splitlines()[:2]).encode(),
    "talk.md": b"Between BEGIN SOLUTION and END SOLUTION stands what students do not get.\n",
    "empty": b"",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A staff's folder: a seed, an earlier one, a recording with a hidden array."""
    home = tmp_path_factory.mktemp("home")
    (home / "staff-seed").write_text(SEED.hex(), encoding="ascii")
    (home / "retired").mkdir()
    (home / "retired" / "2025-01-01-0123456789ab").write_text(OLD_SEED.hex(), encoding="ascii")
    (home / "recording-0123.npz").write_bytes(npz(a0=SECRET, a1=np.zeros(1)))
    return home


@pytest.fixture(scope="module")
def found(home, tmp_path_factory):
    """The leaks, as sentences by file, of a zip with one of each kind planted."""
    path = tmp_path_factory.mktemp("planted") / "it.zip"
    path.write_bytes(zipped({**INNOCENT, **dict(PLANTED.values())}))
    forbidden = Forbidden(SOLUTION, seeds=known_seeds(home), arrays=hidden_arrays(home, public_recording()))
    by_file: dict[str, list[str]] = {}
    for leak in leaks_in(path, forbidden):
        by_file.setdefault(leak.file, []).append(" / ".join(leak.lines))
    return by_file


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_leak_is_found_in_its_file(kind, found):
    name, _ = PLANTED[kind]
    assert [file for file in found if file == name or file.startswith(f"{name}/")]


@pytest.mark.parametrize("name", INNOCENT)
def test_what_is_not_secret_is_no_leak(name, found):
    assert name not in found


def test_a_leaks_sentence_says_what_it_is(found):
    assert found["hw1/other.txt"][0] == "is the solution's vgg.py"
    assert "holds SOLUTION marks" in found["hw1/begun.py"]
    assert found["autograder/staff/any.py"] == ["lies in autograder/staff/"]
    assert found["a.dat"] == ["holds a staff seed"]
    assert found["autograder/hw1/recorded/public.npz/a0.npy"] == ["is an array of the staff's recording-0123.npz"]
    assert "".join(secret_text().splitlines()[0].partition("  #")[0].split()) in found["notes.txt"][0]


def test_what_is_forbidden_can_be_chosen(tmp_path):
    (tmp_path / "bundle.zip").write_bytes(zipped(dict(PLANTED.values())))
    mistakes = Forbidden(code=("autograder/hw1/mistakes/",), allowed=tuple(name for name, _ in PLANTED.values()))
    leaks = leaks_in(tmp_path / "bundle.zip", mistakes)
    assert {leak.file.partition("/")[0] for leak in leaks} == {"autograder", "old.tar.gz"}
    assert {leak.file for leak in leaks if "staff" in leak.file} == set()


def test_a_data_set_is_a_hidden_array(tmp_path):
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    np.save(tmp_path / "data" / "mnist" / "test_labels.npy", np.arange(30, dtype=np.uint8))
    arrays = data_arrays([tmp_path / "data", tmp_path / "nowhere"])
    (tmp_path / "it.zip").write_bytes(
        zipped({"autograder/hw1/recorded/public.npz": npz(a0=np.arange(30, dtype=np.uint8), a1=np.arange(30))})
    )
    (leak,) = leaks_in(tmp_path / "it.zip", Forbidden(arrays=arrays))
    assert str(leak) == "autograder/hw1/recorded/public.npz/a0.npy: is mnist's test_labels"


def test_an_array_is_known_by_its_values_not_by_its_layout():
    square = np.arange(6.0).reshape(2, 3)
    assert array_digest(square) == array_digest(np.asfortranarray(square))
    assert array_digest(square) != array_digest(square.reshape(3, 2))
    assert array_digest(square) != array_digest(square.astype(np.float32))


def test_what_the_public_evidence_has_too_is_not_hidden(tmp_path):
    shutil.copyfile(public_recording(), tmp_path / "recording-0123.npz")
    assert hidden_arrays(tmp_path, public_recording()) == {}


def test_looking_for_seeds_makes_none(tmp_path):
    assert known_seeds(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_seed_that_can_not_be_read_stops_the_search(tmp_path):
    (tmp_path / "staff-seed").write_text("no seed", encoding="ascii")
    with pytest.raises(GraderError, match="can't be read"):
        known_seeds(tmp_path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "can't be read"),
        (b"no archive", "is not an archive"),
        (zipped({"a": b"PK\x03\x04 and no more"}), "a can't be searched"),
        (zipped({"a": zipped({"a": zipped({"a": zipped({"a": zipped({})})})})}), "too deep"),
    ],
)
def test_what_can_not_be_searched_is_not_passed(data, sentence, tmp_path):
    if data is not None:
        (tmp_path / "it.zip").write_bytes(data)
    with pytest.raises(GraderError, match=sentence):
        leaks_in(tmp_path / "it.zip", Forbidden())
