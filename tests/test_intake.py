"""Archives are read as hostile bytes: caps on everything, no name becomes a path, and what is refused is said."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest

from autograder.homework import in_force
from autograder.ingest.archive import PACK_AGAIN
from autograder.ingest.checkpoint import CHECKPOINT_BYTES
from autograder.ingest.member import FREE_BYTES
from autograder.ingest.names import refusal, shown, slashed
from autograder.ingest.reading import read_submission
from autograder.rubric import read_rubric

LIMITS = read_rubric().limits
SOURCE = b"x = 1\n"
KINDS = ("zip", "tar.gz")


def zipped(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of (name, bytes); a name may be a ZipInfo."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members, form=tarfile.PAX_FORMAT) -> bytes:
    """A tar.gz of (name, bytes); a name may be a TarInfo, whose size is left as it is."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=form) as archive:
        for name, data in members:
            info = name
            if isinstance(name, str):
                info = tarfile.TarInfo(name)
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


PACK = {"zip": zipped, "tar.gz": tarred}


@pytest.fixture
def read(tmp_path):
    """Reads bytes as the archive of student 20260001; its private folder is checked to be the only thing written."""

    def read(data: bytes, kind: str = "zip", limits=LIMITS):
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        path = tmp_path / f"20260001.{kind}"
        path.write_bytes(data)
        one = read_submission(path, limits, scratch)
        assert {entry.name for entry in tmp_path.iterdir()} == {"scratch", path.name}
        kept = [*one.checkpoints.values(), *one.documents.values()]
        assert sorted(p for p in scratch.rglob("*") if p.is_file()) == sorted(kept)
        assert one.id == "20260001"
        path.unlink()
        remarks, unread = ([text.replace(f" {path.name} ", " ") for text in said] for said in (one.remarks, one.unread))
        return replace(one, remarks=tuple(remarks), unread=tuple(unread))  # each says "the archive", and which

    return read


UNREADABLE = f"which can't be read here: {PACK_AGAIN}; it was not read"


def unreadable(one, sentence: str) -> None:
    """It has no files, and this is all that is said."""
    assert (one.files, one.checkpoints, one.problems) == ({}, {}, {})
    assert one.remarks == (sentence,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("top", ["", "./", "hw1/", "a/b/"])
def test_an_archive_gives_the_files_of_the_folder_that_was_packed(read, kind, top):
    names = ("vgg.py", "answers.md", "nets/blocks.py", "notes.md", "model.pt", "mnist.so", "mnist.cpython-311.so")
    left_over = ("__MACOSX/vgg.py", "__pycache__/vgg.py", "._vgg.py", ".git/x.py")
    one = read(PACK[kind]([(top + name, SOURCE) for name in (*names, *left_over)]), kind)
    assert one.files == {"vgg.py": SOURCE, "answers.md": SOURCE, "nets/blocks.py": SOURCE}
    unused = "notes.md, model.pt, mnist.so, mnist.cpython-311.so"
    assert (one.problems, one.remarks) == (
        {},
        (
            f"not used, because the homework has no files of these names: {unused}",
            "not used, because no module imports them: nets/blocks.py",
        ),
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_and_its_archive_have_one_digest(read, tmp_path, kind):
    members = [("vgg.py", SOURCE), ("checkpoints/1.1.safetensors", b"12"), ("net.ipynb", b"{}")]
    for name, data in members:
        path = tmp_path / "scratch" / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    digest = read_submission(tmp_path / "scratch" / "folder", LIMITS).digest
    for name, _ in members:
        (tmp_path / "scratch" / "folder" / name).unlink()
    assert read(PACK[kind](members), kind).digest == digest


@pytest.mark.parametrize("kind", KINDS)
def test_large_files_are_copied_to_a_private_folder_under_names_of_our_own(read, kind):
    data = os.urandom(300_000)
    names = ("hw1/checkpoints/2.2a.safetensors", "hw1/net.ipynb", "hw1/report.pdf", "checkpoints/1.1.safetensors")
    one = read(PACK[kind]([("hw1/vgg.py", SOURCE), *((name, data) for name in names)]), kind)
    assert list(one.checkpoints) == ["2.2a"]
    assert sorted(one.documents) == ["net.ipynb", "report.pdf"]
    for path in (*one.checkpoints.values(), *one.documents.values()):
        assert path.read_bytes() == data
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.stem.isdigit()


def test_without_a_folder_for_them_large_files_are_kept_until_the_process_ends(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([("vgg.py", SOURCE), ("checkpoints/1.1.safetensors", b"x")]))
    (kept,) = read_submission(path, LIMITS).checkpoints.values()
    assert kept.read_bytes() == b"x"
    assert tmp_path not in kept.parents


def test_the_time_of_an_archive_is_its_own_and_not_what_it_says(tmp_path):
    info = zipfile.ZipInfo("vgg.py", (2100, 1, 1, 0, 0, 0))
    path = tmp_path / "a.zip"
    path.write_bytes(zipped([(info, SOURCE)]))
    os.utime(path, (300, 300))
    assert read_submission(path, LIMITS).modified == 300


def test_a_full_disk_is_a_problem_of_the_checkpoint(read, monkeypatch):
    def full(descriptor, mode):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograder.ingest.store.os", replaced(os, fdopen=full))
    one = read(zipped([("vgg.py", SOURCE), ("checkpoints/1.1.safetensors", b"x")]))
    assert one.problems == {
        "checkpoints/1.1.safetensors": "checkpoints/1.1.safetensors can't be kept: No space left on device"
    }
    assert sorted(one.files) == ["vgg.py"]


def replaced(module, **others):
    """*module* with some functions replaced."""
    return SimpleNamespace(**{**vars(module), **others})


BAD_NAMES = {
    "../vgg.py": "a name that leads out of its folder",
    "a/../../vgg.py": "a name that leads out of its folder",
    "/etc/vgg.py": "an absolute name",
    "C:/vgg.py": "a name with a drive",
    "..\\..\\vgg.py": "a name that leads out of its folder",
    "C:\\vgg.py": "a name with a drive",
    "a\nvgg.py": "control or invisible characters in its name",
    "a\x1b[2Jvgg.py": "control or invisible characters in its name",
    "\u202eyp.ggv": "control or invisible characters in its name",
    "a\u2028vgg.py": "control or invisible characters in its name",
    "a/" * 200 + "vgg.py": "a name that is too long",
    "é" * 125 + ".py": "a name that is too long",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_hostile_name_is_refused_and_shown_escaped(read, kind, name):
    one = read(PACK[kind]([(name, SOURCE), ("./mnist.py", SOURCE)]), kind)
    assert sorted(one.files) == ["mnist.py"]
    assert one.remarks == (f"{shown(slashed(name))} has {BAD_NAMES[name]} and was not read",)
    assert all(remark.isprintable() and len(remark) < 200 for remark in one.remarks)


def test_a_name_with_a_nul_is_refused(read):
    data = zipped([("vgg.py_.txt", SOURCE)]).replace(b"vgg.py_.txt", b"vgg.py\0.txt")
    one = read(data)
    assert one.files == {}
    assert one.remarks == (r"vgg.py\x00.txt has control or invisible characters in its name and was not read",)


def test_names_that_are_no_utf8_are_read_as_zip_says_and_as_korean_in_a_tar(read):
    one = read(zipped([("ab.py", SOURCE), ("vgg.py", SOURCE)]).replace(b"ab.py", b"\x81\xff.py"))
    assert "vgg.py" in one.files
    info = tarfile.TarInfo("\udc81b.py")
    info.size = len(SOURCE)
    one = read(tarred([(info, SOURCE), ("vgg.py", SOURCE)], tarfile.GNU_FORMAT), "tar.gz")
    assert sorted(one.files) == ["vgg.py", "갶.py"]  # 81 62 in Korea's code page


def test_many_bad_names_make_few_remarks(read):
    remarks = read(zipped([(f"../{n}.py", SOURCE) for n in range(30)])).remarks
    assert len(remarks) == 6
    assert remarks[-1] == "25 more files were not read for the same reason"


def test_a_printable_name_is_taken_even_if_python_could_not_import_it():
    assert [refusal(name) for name in ("my file.py", "übung.py", "a;rm -rf.py", "..py", "a..b/c.py")] == [""] * 5


def test_links_devices_and_pipes_in_a_tar_are_named_and_not_made(read):
    members = []
    for name, kind in (
        ("vgg.py", tarfile.SYMTYPE),
        ("trainer.py", tarfile.LNKTYPE),
        ("nets/a.py", tarfile.CHRTYPE),
        ("disk", tarfile.BLKTYPE),
        ("pipe", tarfile.FIFOTYPE),
        ("checkpoints/1.1.safetensors", tarfile.SYMTYPE),
        ("odd", b"Z"),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.mode = kind, "/etc/passwd", 0o4777
        members.append((info, b""))
    one = read(tarred([*members, ("mnist.py", SOURCE)]), "tar.gz")
    assert sorted(one.files) == ["mnist.py"]
    assert one.problems == {
        "vgg.py": "vgg.py is a symbolic link, which is not followed",
        "trainer.py": "trainer.py is a hard link, which is not followed",
        "nets/a.py": "nets/a.py is not a regular file",
        "checkpoints/1.1.safetensors": "checkpoints/1.1.safetensors is a symbolic link, which is not followed",
    }
    assert one.remarks == tuple(f"{name} is not a regular file" for name in ("disk", "pipe", "odd"))


def test_a_file_below_a_link_is_read_where_its_name_says(read):
    link = tarfile.TarInfo("nets")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    one = read(tarred([("vgg.py", b"import nets.a"), (link, b""), ("nets/a.py", SOURCE)]), "tar.gz")
    assert sorted(one.files) == ["nets/a.py", "vgg.py"]
    assert one.remarks == ("nets is a symbolic link, which is not followed",)


def test_a_link_and_a_device_in_a_zip_are_named(read):
    members = []
    for name, mode in (("vgg.py", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("mnist.py", stat.S_IFREG | 0o4755)):
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        members.append((info, b"/etc/passwd"))
    one = read(zipped(members))
    assert sorted(one.files) == ["mnist.py"]
    assert one.problems == {"vgg.py": "vgg.py is a symbolic link, which is not followed"}
    assert one.remarks == ("pipe is not a regular file",)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_of_two_with_one_name_counts(read, kind):
    twice = [("vgg.py", b"1"), ("vgg.py", b"2"), *(("checkpoints/1.1.safetensors", b) for b in (b"3", b"4"))]
    with pytest.warns() if kind == "zip" else io.StringIO():
        data = PACK[kind](twice)
    one = read(data, kind)
    assert one.files == {"vgg.py": b"2"}
    assert one.checkpoints["1.1"].read_bytes() == b"4"
    assert one.remarks == (
        "vgg.py exists twice; the last one counts",
        "checkpoints/1.1.safetensors exists twice; the last one counts",
    )


def test_a_link_after_a_file_of_its_name_counts_too(read):
    link = tarfile.TarInfo("vgg.py")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    one = read(tarred([("vgg.py", SOURCE), (link, b"")]), "tar.gz")
    assert (one.files, list(one.problems)) == ({}, ["vgg.py"])


@pytest.mark.parametrize("kind", KINDS)
def test_of_names_that_differ_only_in_case_the_known_one_or_the_first_is_read(read, kind):
    names = ("VGG.py", "vgg.py", "a.py", "A.py", "e\u0301.py", "é.py")
    one = read(PACK[kind]([(name, name.encode()) for name in names]), kind)
    assert sorted(one.files) == ["A.py", "e\u0301.py", "vgg.py"]
    assert "VGG.py differs from vgg.py only in upper and lower case and was not read" in one.remarks
    assert len([remark for remark in one.remarks if "only in upper and lower case" in remark]) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_in_a_file_is_not_read(read, kind):
    names = ("vgg.py", "x.py", "x.py/y.py", "X.PY/z.py", "mnist.py/a.py", "mnist.py/b.py")
    one = read(PACK[kind]([(name, b"import x") for name in names]), kind)
    assert sorted(one.files) == ["vgg.py", "x.py"]
    assert one.problems == {"mnist.py": "mnist.py is a folder, not a file"}
    assert sorted(one.remarks) == [
        f"{name} lies in a folder with the name of a file and was not read" for name in ("X.PY/z.py", "x.py/y.py")
    ]


def test_an_archive_in_the_archive_is_opened_where_something_is_missing(read):
    inner = zipped([("vgg.py", SOURCE)])
    one = read(zipped([("hw1.zip", inner), ("hw1.RAR", inner), ("more.rar", b"Rar!\x1a\x07\x01\0")]))
    assert one.files == {"vgg.py": SOURCE}
    assert one.remarks == (f"more.rar is a RAR archive, {UNREADABLE}",)
    assert one.open_reason("mnist.py") == one.remarks[0]
    whole = [(name, SOURCE) for name in in_force().sources] + [("answers.md", b"")]
    one = read(zipped([*whole, ("old.zip", inner)]))
    assert one.files["vgg.py"] == SOURCE
    assert one.remarks == ("old.zip was not opened, because no file is missing",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_lies_too_deep_is_named(read, kind):
    one = read(PACK[kind]([("vgg.py", b"import a"), ("a/" * 6 + "x.py", SOURCE), ("a/" * 7 + "x.py", SOURCE)]), kind)
    assert sorted(one.files) == ["a/a/a/a/a/a/x.py", "vgg.py"]
    assert one.remarks == ("a/a/a/a/a/a/a/x.py lies more than 6 folders deep and was not read",)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_are_capped_by_file(read, kind):
    limits = replace(LIMITS, source_bytes=1000, document_bytes=1000)
    names = ("vgg.py", "big.ipynb")
    one = read(PACK[kind]([("mnist.py", SOURCE), *((name, b"#" * 1001) for name in names)]), kind, limits)
    assert sorted(one.files) == ["mnist.py"]
    assert one.problems == {"vgg.py": "vgg.py has 0.0 MB; a source may have at most 0.001 MB"}
    assert one.remarks == ("big.ipynb has 0.0 MB; a document may have at most 0.001 MB",)


def test_a_checkpoint_over_the_limit_is_a_problem(read):
    info = tarfile.TarInfo("checkpoints/1.1.safetensors")
    info.size = CHECKPOINT_BYTES + 1
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(info.tobuf())
    one = read(out.getvalue(), "tar.gz")
    assert one.problems == {
        "checkpoints/1.1.safetensors": "checkpoints/1.1.safetensors has 262.1 MB; a checkpoint may have 262.1 MB"
    }
    assert one.remarks == ("the archive is cut off; the rest was not read",)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limits", [replace(LIMITS, hand_in_files=3), replace(LIMITS, hand_in_bytes=20)])
def test_reading_ends_at_the_limit_of_the_whole_hand_in(read, kind, limits):
    one = read(PACK[kind]([(f"m{n}.py", SOURCE) for n in range(9)]), kind, limits)
    assert len(one.files) == 3
    assert "the rest was not read" in one.remarks[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_documents_have_a_limit_of_their_own(read, kind):
    members = [*((f"{n}.pdf", b"") for n in range(9)), ("vgg.py", SOURCE)]
    one = read(PACK[kind](members), kind, replace(LIMITS, hand_in_files=3))
    assert (len(one.documents), sorted(one.files)) == (3, ["vgg.py"])
    assert one.remarks == ("more than 3 notebooks and PDFs; the rest was not read",)


@pytest.mark.parametrize("kind", KINDS)
def test_members_are_counted_with_those_that_are_not_kept(read, kind):
    members = [("vgg.py", SOURCE), *((f"__pycache__/{n}.png", b"") for n in range(9))]
    assert read(PACK[kind](members), kind, replace(LIMITS, archive_members=10)).remarks == ()
    one = read(PACK[kind]([*members, ("__pycache__/x.png", b"")]), kind, replace(LIMITS, archive_members=10))
    assert one.remarks == (
        {
            "zip": "the archive has 11 members; at most 10 are allowed; it was not read",
            "tar.gz": "the archive has more than 10 members; the rest was not read",
        }[kind],
    )


def test_a_zip_with_a_long_list_is_refused_before_the_list_is_read(read):
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    count = 200_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(entry) * count, 4, 0)
    data = b"PK\3\4" + entry * count + end
    tracemalloc.start()
    one = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    unreadable(one, "the archive lists too many members; it was not read")
    assert peak < 8 << 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_ends_at_its_ratio_and_leaves_nothing(read, kind):
    zeros = bytes(2 * FREE_BYTES)
    one = read(PACK[kind]([("vgg.py", SOURCE), ("checkpoints/1.1.safetensors", zeros)]), kind)
    assert (sorted(one.files), one.checkpoints) == (["vgg.py"], {})
    assert one.problems == {"checkpoints/1.1.safetensors": "checkpoints/1.1.safetensors is incomplete and was not read"}
    assert one.remarks == ("the archive expands to more than 100 times its size; the rest was not read",)


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_ends_at_its_expanded_bytes(read, kind):
    data = PACK[kind]([(f"checkpoints/1.2.{n}.safetensors", os.urandom(200) + bytes(50_000)) for n in range(1, 6)])
    one = read(data, kind, replace(LIMITS, archive_bytes=120_000))
    assert sorted(one.checkpoints) == ["1.2.1", "1.2.2"]
    assert one.remarks == ("the archive expands to more than 0 MB; the rest was not read",)


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_is_itself_too_large_is_not_read(read, kind):
    data = PACK[kind]([("vgg.py", os.urandom(3000))])
    unreadable(
        read(data, kind, replace(LIMITS, archive_bytes=2000)),
        "the archive has 0 MB; at most 0 MB are allowed; it was not read",
    )


def test_overlapping_members_are_not_read_twice(read):
    data = bytearray(zipped([(f"m{n}.py", b"#" * 50_000) for n in range(3)]))
    start = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", start + 4)
    data[second + 42 : second + 46] = data[start + 42 : start + 46]  # the second's data are the first's
    one = read(bytes(data))
    assert sorted(one.files)[-1] == "m2.py"
    assert one.problems["m1.py"] == "m1.py is damaged and was not read"


def test_an_encrypted_member_is_a_problem_and_the_others_are_read(read):
    data = bytearray(zipped([("vgg.py", SOURCE), ("mnist.py", SOURCE)]))
    data[data.index(b"PK\1\2") + 8] |= 1
    one = read(bytes(data))
    assert sorted(one.files) == ["mnist.py"]
    assert one.undecided == {"vgg.py": "vgg.py is encrypted and was not read"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_makes_much_of_little_is_a_problem(read, method):
    one = read(zipped([("vgg.py", SOURCE)], method))
    assert one.undecided == {"vgg.py": "vgg.py is not compressed in zip's usual way and was not read"}


def test_a_damaged_member_is_a_problem_and_the_others_are_read(read):
    data = zipped([("vgg.py", b"abcdef"), ("mnist.py", SOURCE)], zipfile.ZIP_STORED).replace(b"abcdef", b"abcdeF")
    one = read(data)
    assert one.files == {"mnist.py": SOURCE}
    assert one.undecided == {"vgg.py": "vgg.py is damaged and was not read"}


def test_a_zip_that_is_cut_off_is_not_read(read):
    unreadable(read(zipped([("vgg.py", SOURCE)])[:-30]), "the archive is damaged or cut off; it was not read")


def test_a_tar_that_is_cut_off_is_read_as_far_as_it_goes(read):
    data = tarred([("mnist.py", SOURCE), ("vgg.py", os.urandom(100_000))])
    one = read(data[:-50_000], "tar.gz")
    assert one.files == {"mnist.py": SOURCE}
    assert one.undecided == {"vgg.py": "vgg.py is incomplete and was not read"}
    assert one.remarks == ("the archive is cut off; the rest was not read",)


def test_a_tar_whose_checksum_is_wrong_is_said_to_be_damaged(read):
    data = bytearray(tarred([("vgg.py", SOURCE)]))
    data[-5] ^= 1
    assert read(bytes(data), "tar.gz").remarks == ("the archive is damaged; the rest was not read",)


def test_a_tar_whose_second_header_is_damaged_is_said_to_be(read):
    data = bytearray(gzip.decompress(tarred([("mnist.py", SOURCE), ("vgg.py", SOURCE)])))
    data[1024 + 150] ^= 1
    one = read(gzip.compress(data), "tar.gz")
    assert sorted(one.files) == ["mnist.py"]
    assert one.remarks == ("the archive is damaged; the rest was not read",)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the archive is empty; it was not read"),
        (
            b"Rar!\x1a\x07\x01\0",
            f"the archive is a RAR archive, which can't be read here: {PACK_AGAIN}; it was not read",
        ),
        (
            b"no archive",
            f"the archive is neither a zip nor a tar, which can't be read here: {PACK_AGAIN}; it was not read",
        ),
        (b"\x1f\x8b", "the archive is cut off; it was not read"),
        (b"\x1f\x8bxxxxxxxxxxxxxxxxxx", "the archive is damaged; it was not read"),
        (gzip.compress(b"no tar" * 1000, mtime=0), "the archive is damaged; it was not read"),
        (gzip.compress(b"", mtime=0), "the archive is damaged; it was not read"),
        (b"PK\3\4 and nothing else", "the archive is damaged or cut off; it was not read"),
    ],
)
def test_what_is_no_archive_is_a_hand_in_without_files(read, data, sentence):
    unreadable(read(data, "tar.gz"), sentence)


def test_the_kind_of_an_archive_is_told_by_its_bytes(read):
    assert sorted(read(zipped([("vgg.py", SOURCE)]), "tar.gz").files) == ["vgg.py"]
    assert sorted(read(tarred([("vgg.py", SOURCE)]), "zip").files) == ["vgg.py"]


def test_a_link_with_an_archives_name_is_not_followed(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped([("vgg.py", SOURCE)]))
    (tmp_path / "b.zip").symlink_to(tmp_path / "a.zip")
    one = read_submission(tmp_path / "b.zip", LIMITS)
    assert one.files == {}
    assert one.remarks[0].startswith("the archive b.zip can't be opened")
    os.mkfifo(tmp_path / "c.zip")
    assert read_submission(tmp_path / "c.zip", LIMITS).remarks == (
        "the archive c.zip is not a regular file; it was not read",
    )


def header(name: bytes, kind: bytes, size: int) -> bytes:
    """A tar header with any size, even one below zero."""
    field = (
        b"%011o\0" % size
        if 0 <= size < 8**11
        else (b"\x80" if size >= 0 else b"\xff") + (size % 256**11).to_bytes(11, "big")
    )
    block = name.ljust(100, b"\0") + b"0000644\0" * 3 + field + b"00000000000\0" + b" " * 8 + kind
    block = block.ljust(257, b"\0") + b"ustar\0" + b"00"
    block = block.ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


LARGE_PAX = b"9000000 comment=" + b"x" * (9_000_000 - 17) + b"\n"


@pytest.mark.parametrize(
    "blocks",
    [
        header(b"x", b"x", 1 << 40),
        header(b"x", b"x", len(LARGE_PAX)) + LARGE_PAX + bytes(-len(LARGE_PAX) % 512) + header(b"vgg.py", b"0", 0),
        header(b"x", b"L", 8**11 - 1),
        header(b"x", b"x", -512),
        header(b"x", b"x", 0) * 5000,
        header(b"vgg.py", b"0", -1024),
        header(b"vgg.py", b"0", -512) * 3,
        header(b"a", b"g", 1 << 50),
        header(b"s", b"S", 100)[:482] + b"\1" + header(b"s", b"S", 100)[483:],
    ],
    ids=["giant", "large", "long name", "below zero", "nested", "back", "loop", "global", "sparse"],
)
def test_a_tar_with_headers_that_lie_ends_without_memory_or_a_loop(read, blocks):
    data = gzip.compress(header(b"mnist.py", b"0", 0) + blocks + bytes(1 << 20))
    tracemalloc.start()
    one = read(data, "tar.gz", replace(LIMITS, archive_ratio=10**6))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sorted(one.files) == ["mnist.py"]
    assert len(one.remarks) == 1
    assert one.remarks[0].endswith("the rest was not read")
    assert peak < 8 << 20


def test_a_sparse_file_is_named(read):
    info = tarfile.TarInfo("vgg.py")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 50), "GNU.sparse.numblocks": "1"}
    info.size = 1
    one = read(tarred([(info, b"x"), ("mnist.py", SOURCE)]), "tar.gz")
    assert sorted(one.files) == ["mnist.py"]
    assert one.problems == {"vgg.py": "vgg.py is a sparse file and was not read"}


def test_gzip_files_one_behind_the_other_are_one_and_too_many_are_refused(read):
    data = gzip.decompress(tarred([("vgg.py", SOURCE)]))
    pieces = [data[n : n + 1000] for n in range(0, len(data), 1000)]
    assert sorted(read(b"".join(map(gzip.compress, pieces)) + bytes(100), "tar.gz").files) == ["vgg.py"]
    one = read(gzip.compress(data) + gzip.compress(b"") * 20_000, "tar.gz")
    assert one.remarks == ("the archive has more than 10,000 parts; the rest was not read",)


def test_bytes_behind_the_archive_are_said_to_be_damage(read):
    one = read(tarred([("vgg.py", SOURCE)]) + b"junk", "tar.gz")
    assert sorted(one.files) == ["vgg.py"]
    assert one.remarks == ("the archive is damaged; the rest was not read",)


def test_archives_in_archives_are_opened_to_depth_three_and_what_lies_deeper_is_said(read):
    data = zipped([("vgg.py", SOURCE)])
    for _ in range(3):
        data = tarred([("r.tar.gz", data)])
    assert read(data, "tar.gz").files == {"vgg.py": SOURCE}
    one = read(tarred([("r.tar.gz", data)]), "tar.gz")
    deepest = "/".join(["r.tar.gz"] * 4)
    assert one.files == {}
    assert one.unread == (f"{deepest} lies more than 3 archives deep and was not read: {PACK_AGAIN}",)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_bomb_of_nested_archives_is_refused_with_one_sentence(read, pack):
    layer = pack([(f"{n}.pdf", bytes(3_000_000)) for n in range(9)])
    middle = pack([(f"{n}.zip", layer) for n in range(9)])
    one = read(pack([("vgg.py", SOURCE), ("a.zip", middle), ("b.zip", middle)]), "zip")
    assert one.files == {"vgg.py": SOURCE}
    assert len([remark for remark in one.remarks if "expands to more than" in remark]) == 1
    assert len(one.remarks) < 4
    assert one.open_reason("mnist.py") in one.remarks


def test_more_archives_than_anybody_hands_in_are_not_opened(read):
    one = read(zipped([(f"{n}.zip", zipped([("x.py", SOURCE)])) for n in range(30)]))
    assert one.unread == ("more than 20 archives; the rest was not read",)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("name", ["tar", "tar.gz", "tar.xz", "zip"])
def test_a_tar_is_read_however_it_is_packed_and_called(read, mode, name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for each, data in (("hw1/vgg.py", SOURCE), ("hw1/report.pdf", os.urandom(300_000))):
            info = tarfile.TarInfo(each)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    one = read(out.getvalue(), name)
    assert (one.files, sorted(one.documents), one.remarks) == ({"vgg.py": SOURCE}, ["report.pdf"], ())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_of_a_tar_that_is_cut_off_it_is_open_what_was_in_the_rest(read, pack):
    data = pack(gzip.decompress(tarred([("vgg.py", SOURCE), ("mnist.py", os.urandom(3000).hex().encode())])))
    one = read(data[: len(data) // 2], "tar")
    assert sorted(one.files) in ([], ["vgg.py"])  # bzip2 has blocks of 900 kB
    assert one.open_reason("mnist.py")
    assert one.open_reason("trainer.py")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_of_any_packing_ends_at_its_ratio(read, pack):
    data = gzip.decompress(tarred([("vgg.py", SOURCE), ("zeros.pdf", bytes(3 * FREE_BYTES))]))
    one = read(pack(data), "tar.xz")
    assert one.files == {"vgg.py": SOURCE}
    assert one.remarks[-1] == "the archive expands to more than 100 times its size; the rest was not read"


def test_an_xz_file_that_asks_for_much_memory_is_refused(read):
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    data = lzma.compress(gzip.decompress(tarred([("vgg.py", SOURCE)])), filters=filters)
    assert read(data, "tar.xz").unread == ("the archive is damaged; it was not read",)


def test_a_zip_whose_names_have_windows_separator_is_read(read):
    one = read(zipped([("hw1\\vgg.py", SOURCE), ("hw1\\checkpoints\\1.1.safetensors", b"1"), ("hw1\\", b"")]))
    assert (one.files, list(one.checkpoints), one.remarks) == ({"vgg.py": SOURCE}, ["1.1"], ())
