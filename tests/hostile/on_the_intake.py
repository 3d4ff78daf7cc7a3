"""Attacks by what is handed in: archives and folders that write, link, expand or forge a line when they are read."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from .attack import SAME, Attack, Markers, in_a_folder

BOMB_BYTES = 200_000_000  # of zeros: 200 kB in the archive
ENTRIES = 20_000
NAMES = (
    "mnist.py\n1.1-structure: passed 2 of 2.py",
    "\x1b[2J\x1b[31mred.py",
    "\u202egpj.py",
    "=HYPERLINK(1).py",
    "<script>alert(1)</script>.py",
    "$(touch canary).py",
    "-rf.py",
    "MNIST.PY",
    "CON.py",
    "n" * 200 + ".py",
    "\udcff\udcfe.py",  # bytes that are no UTF-8
)
FILE_BELOW = b"raise RuntimeError('read through a link')\n"


def _zip(folder: Path, files: Mapping[str, bytes], others: Mapping[str, bytes]) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*files.items(), *others.items()]:
            archive.writestr(name, data)
    return path


def zip_slip(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A zip whose names lead outside, in every way that a name can."""
    canary = markers["CANARY"]
    up = "../" * 20 + canary.lstrip("/")
    names = (canary, up, f"below/{up}", up.replace("/", "\\"), f"./{canary}", f"C:{canary}")
    return _zip(folder, files, dict.fromkeys(names, b"slipped\n"))


def zip_bomb(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A zip in which 200 MB of zeros come after what counts."""
    return _zip(folder, files, {"zeros.py": bytes(BOMB_BYTES), "more.py": bytes(BOMB_BYTES)})


def zip_of_many(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A zip with 20,000 empty files."""
    return _zip(folder, files, {f"many/{number}.py": b"" for number in range(ENTRIES)})


def tar_links(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A tar.gz with links to the solution, a link to a folder with a file below it, a device, a pipe, a setuid file."""
    path = folder.with_suffix(".tar.gz")
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            if name != "mnist.py":
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), 0o6777
                archive.addfile(info, io.BytesIO(data))
        for name, kind, leads in (
            ("mnist.py", tarfile.SYMTYPE, f"{markers['SOLUTION']}/mnist.py"),
            ("hard.py", tarfile.LNKTYPE, f"{markers['SOLUTION']}/mnist.py"),
            ("outside", tarfile.SYMTYPE, markers["OPEN"]),
            ("disk", tarfile.BLKTYPE, ""),
            ("pipe.py", tarfile.FIFOTYPE, ""),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, leads
            archive.addfile(info)
        info = tarfile.TarInfo("outside/canary")
        info.size = len(FILE_BELOW)
        archive.addfile(info, io.BytesIO(FILE_BELOW))
    return path


def nasty_names(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A folder with names that forge lines, colour a terminal, or mean something to a shell or a spreadsheet."""
    return in_a_folder(folder, {**files, **dict.fromkeys(NAMES, b"x = 1\n")}, markers)


def linked_folder(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """A folder in which sources, a package and the checkpoints are links to what others own."""
    in_a_folder(folder, {name: data for name, data in files.items() if name != "mnist.py"}, markers)
    (folder / "mnist.py").symlink_to(f"{markers['SOLUTION']}/mnist.py")
    (folder / "package").symlink_to(markers["SOLUTION"])
    (folder / "checkpoints").symlink_to(Path(markers["SECRET"]).parent)
    (folder / "endless.py").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.py")
    return folder


ATTACKS = (
    Attack(
        "zip_slip",
        rows=(53,),
        does="hands in a zip whose names lead outside of it",
        stopped_by="intake",
        pack=zip_slip,
        without=SAME,
        remark="was not read",
        quick=True,
    ),
    Attack(
        "tar_links",
        rows=(53,),
        does="hands in a tar.gz with links, devices, pipes and setuid files",
        stopped_by="intake",
        pack=tar_links,
        loses=("1.1-",),
        without=SAME,
        remark="is a symbolic link, which is not followed",
        quick=True,
    ),
    Attack(
        "zip_bomb",
        rows=(54,),
        does="hands in 400 MB in a zip of 400 kB",
        stopped_by="intake",
        pack=zip_bomb,
        without=SAME,
        remark="a source may have at most",
    ),
    Attack(
        "zip_of_many",
        rows=(54,),
        does="hands in 20,000 files: a list that is too long to be read, so that nothing of it is",
        stopped_by="intake",
        pack=zip_of_many,
        loses=("1.",),
        without=SAME,
        remark="was not read",
    ),
    Attack(
        "nasty_names",
        rows=(56, 70),
        does="names files so that a report, a terminal, a shell or a table misreads them",
        stopped_by="intake",
        pack=nasty_names,
        without=SAME,
        remark="was not read",
    ),
    Attack(
        "linked_folder",
        rows=(55,),
        does="hands in links to the solution, to hidden files and to what never ends",
        stopped_by="intake",
        pack=linked_folder,
        loses=("1.1-",),
        without=SAME,
        remark="is a symbolic link, which is not followed",
    ),
)
