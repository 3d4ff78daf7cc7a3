"""Mutated archives: reading never raises, keeps within its caps, and writes into its own folder alone."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import tempfile
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric

LIMITS = replace(
    read_rubric().limits,
    source_bytes=10_000,
    hand_in_bytes=30_000,
    hand_in_files=8,
    document_bytes=20_000,
    archive_bytes=200_000,
    archive_members=40,
)
PEAK = 6 << 20  # bytes of memory; headers of 256 KiB are parsed, the rest comes in pieces of 64 KiB
MEMBERS = [
    ("hw1/vgg.py", b"import torch\n" * 50),
    ("hw1/answers.md", bytes(range(256)) * 20),
    ("hw1/nets/blocks.py", b""),
    ("hw1/checkpoints/1.1.safetensors", bytes(range(256)) * 100),
    ("hw1/net.ipynb", b"{}" * 100),
    ("hw1/" + "long" * 30 + "/x.py", b"x = 1\n"),
    ("../evil.py", b"x"),
    ("hw1/VGG.py", b"y = 1\n"),
]
LINKS = [("hw1/mnist.py", tarfile.SYMTYPE), ("hw1/hard.py", tarfile.LNKTYPE), ("hw1/pipe", tarfile.FIFOTYPE)]
# Bytes that mean something to a parser: signatures, ends of ranges, kinds of members.
WORDS = [
    b"PK\1\2",
    b"PK\3\4",
    b"PK\5\6",
    b"PK\6\6",
    b"PK\6\7",
    b"\xff" * 8,
    b"\x7f" * 4,
    b"\0" * 8,
    b"\x80" + b"\xff" * 7,
]
WORDS += [
    b"x",
    b"g",
    b"L",
    b"K",
    b"S",
    b"5",
    b"99 size=-512\n",
    b"GNU.sparse.major=1\n",
    b"../",
    b"\x1f\x8b\x08",
    b"ustar\0",
]


def zipped(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in MEMBERS:
            archive.writestr(name, data)
        link = zipfile.ZipInfo("hw1/mnist.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def tar(form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in MEMBERS:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1.5
            archive.addfile(info, io.BytesIO(data))
        for name, kind in LINKS:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "../" * 40 + "etc/passwd"
            archive.addfile(info)
    return out.getvalue()


TARS = [tar(form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)]
ZIPS = [zipped(zipfile.ZIP_STORED), zipped(zipfile.ZIP_DEFLATED)]
GZIPS = [gzip.compress(data, mtime=0) for data in TARS]


@st.composite
def mutated(draw, whole: list[bytes]) -> bytes:
    """One of *whole* after a few mutations."""
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(1, 4))):
        at = int(draw(st.floats(0, 1)) * len(data))
        match draw(st.sampled_from(["flip", "cut", "insert", "word", "splice", "end", "twice"])):
            case "flip" if at < len(data):
                data[at] ^= draw(st.integers(1, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 2000))]
            case "end":
                del data[max(at, 1) :]
            case "insert":
                data[at:at] = draw(st.binary(max_size=50))
            case "word":
                word = draw(st.sampled_from(WORDS))
                data[at : at + len(word)] = word
            case "splice":
                other = draw(st.sampled_from(whole))
                data[at:] = other[draw(st.integers(0, len(other))) :]
            case "twice":
                data[at:at] = data[at : at + draw(st.integers(1, 3000))]
    return bytes(data)


def summed(data: bytes) -> bytes:
    """The tar with right checksums in its headers, so that what they say is believed."""
    blocks = [data[at : at + 512] for at in range(0, len(data), 512)]
    for n, block in enumerate(blocks):
        if block[257:262] == b"ustar":
            blank = block[:148] + b" " * 8 + block[156:]
            blocks[n] = block[:148] + b"%06o\0 " % sum(blank) + block[156:]
    return b"".join(blocks)


# A tar is mutated packed and unpacked: gzip's checksum would hide what is behind it.
ARCHIVES = st.one_of(mutated(ZIPS), mutated(GZIPS), mutated(TARS).map(lambda data: gzip.compress(summed(data), 1)))


def read_within_caps(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name, "scratch")
        scratch.mkdir()
        path = Path(name, "20260001.zip")
        path.write_bytes(data)
        tracemalloc.start()
        try:
            one = read_submission(path, LIMITS, scratch)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < PEAK
        assert {entry.name for entry in Path(name).iterdir()} == {"scratch", path.name}
        assert path.read_bytes() == data
        written = [entry for entry in scratch.rglob("*") if not entry.is_dir() or entry.is_symlink()]
        assert sorted(written) == sorted([*one.checkpoints.values(), *one.documents.values()])
        assert all(stat.S_ISREG(entry.lstat().st_mode) for entry in written)
        assert sum(entry.stat().st_size for entry in written) <= LIMITS.archive_bytes
        assert sum(map(len, one.files.values())) <= LIMITS.hand_in_bytes
        assert len(one.files) <= LIMITS.hand_in_files
        for file in (*one.files, *one.documents, *one.problems):
            assert file.isprintable()
            assert not file.startswith("/")
            assert ".." not in file.split("/")
        said = [*one.remarks, *one.problems.values()]
        assert all(text.isprintable() and len(text) < 400 for text in said)
        assert len(said) < 60
        assert len(one.digest) == 64


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(ARCHIVES)
def test_a_mutated_archive_is_read_within_its_caps(data):
    read_within_caps(data)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(ARCHIVES)
def test_many_mutated_archives_are_read_within_their_caps(data):
    read_within_caps(data)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.binary(max_size=3000), st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08\0\0\0\0\0\0\0"]))
def test_any_bytes_are_read_within_the_caps(data, start):
    read_within_caps(start + data)
