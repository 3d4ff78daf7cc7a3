"""Small data files beside the sources: they are there when the code runs; large, many, odd and hidden ones are not."""

from __future__ import annotations

import io
import zipfile

import pytest

from autograder.ingest import beside
from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric

LIMITS = read_rubric().limits


def read(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return read_submission(folder, LIMITS)


def test_small_data_files_beside_the_sources_and_in_folders_below_are_kept(tmp_path):
    wanted = {"config.json": b"{}", "classes.txt": b"a", "settings/exp1.yaml": b"a: 1", "mean.npy": b"x"}
    found = read(tmp_path / "20260001", {"vgg.py": f"x = {[*wanted]}\n".encode(), **wanted})
    assert dict(found.data) == wanted
    assert set(found.files) == {"vgg.py"}
    assert not found.remarks


@pytest.mark.parametrize(
    "name",
    [
        *("evil.so", "a.pyc", "site.pth", "weights.pt", "a.pkl", ".env.json", ".git/a.json", "__pycache__/a.json"),
        *("data/labels.csv", "a/b/c/deep.json", "help.txt", "logs/1.txt"),
    ],
)
def test_what_is_no_small_data_of_a_modules_is_left_where_it_is(name, tmp_path):
    assert not read(tmp_path / "20260001", {"vgg.py": b"x = 1\n", name: b"x"}).data


def test_what_is_too_much_is_left_out_and_said_if_a_source_names_it(tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "MOST_BYTES", 10)
    files = {"vgg.py": b"open('big.json')\n", "a.json": b"12345", "big.json": b"12345678", "other.json": b"12345678"}
    found = read(tmp_path / "20260001", files)
    assert set(found.data) == {"a.json"}
    assert [text for text in found.remarks if "big.json is missing when the code runs" in text]
    assert not [text for text in found.remarks if "other.json is missing" in text]


def test_an_archive_is_read_as_a_folder_and_a_file_never_lies_where_a_source_does(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("hw/vgg.py", "hw/config.json", "hw/CONFIG.json", "hw/vgg.py/a.json", "beside.json"):
            archive.writestr(name, "{}")
    path = tmp_path / "20260001.zip"
    path.write_bytes(packed.getvalue())
    found = read_submission(path, LIMITS)
    assert len(found.data) == 1
    assert next(iter(found.data)).lower() == "config.json"


def test_other_data_make_another_digest(tmp_path):
    one, other = (read(tmp_path / n / "20260001", {"vgg.py": b"", "c.json": n.encode()}) for n in ("a", "b"))
    assert one.digest != other.digest
