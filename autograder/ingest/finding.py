"""Finds the hand-ins in folders, archives, and whole downloads of learning management systems."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.ingest.archive import archive_members
from autograder.ingest.children import Child, folder_child, in_zip, listed
from autograder.ingest.download import Download, Found, is_export, of_folder, shown_path
from autograder.ingest.handin import ARCHIVE, HandIn
from autograder.ingest.layouts import MAX_NAME, is_hand_in_file, part_of
from autograder.ingest.member import FILE, FOLDER, ArchiveError
from autograder.ingest.names import (
    ARCHIVES,
    is_archive,
    notebook_number,
    shown,
    without_suffix,
)
from autograder.ingest.zips import opened_zip
from autograder.rubric import Limits


def find_hand_ins(
    paths: Iterable[Path], limits: Limits, opened: ExitStack, student_id: str, exclude: Path | None = None
) -> Found:
    """The hand-ins below *paths*.

    An archive is one hand-in, and so is a folder that directly holds a known file; of another folder each child is one.
    An LMS's download of a class, a zip that is named itself or its unpacked folder, is as many as it says. A zip that
    merely lies in a folder is one student's, whatever it looks like: otherwise it could hand in for others.

    Args:
        opened: keeps downloads open while the hand-ins are read.
        student_id: the regular expression of an id.
        exclude: a folder that is passed over: the reports of an earlier run.

    Raises:
        MisuseError: a path is neither a folder nor an archive, or there is no hand-in.
    """
    paths = list(paths)
    found = Found()
    for path in paths:
        if not path.exists():
            raise MisuseError(f"{path} does not exist")
        if path.is_dir():
            _in_folder(path, limits, student_id, exclude, found, len(paths) > 1)
        elif not is_archive(path.name):
            raise MisuseError(
                f"{path} is a file; name the folder of a hand-in, an archive ({', '.join(ARCHIVES)}), "
                "or a folder of such folders and archives"
            )
        else:
            _archive(path.resolve(), limits, opened, student_id, found)  # whoever names a link means what it leads to
    if not found.hand_ins:
        raise MisuseError(f"there are no hand-ins in {', '.join(str(p) for p in paths)}")
    return found


def at_path(path: Path, limits: Limits) -> HandIn:
    """The one hand-in at *path*, a folder or an archive, whatever is in it."""
    if not path.is_dir():
        name = without_suffix(path.name)
        what = f"{ARCHIVE} {shown(path.name)}"
        return HandIn(name, str(path), lambda _: archive_members(path, limits), what, (name,), modified=_time(path))
    return of_folder(folder_child(path, path.resolve().name), str(path), limits)


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime  # times within an archive are whatever its maker wanted
    except OSError:  # it went away
        return 0.0


def _in_folder(
    path: Path, limits: Limits, student_id: str, exclude: Path | None, found: Found, one_of_many: bool
) -> None:
    """The hand-ins in a folder that was named."""
    if any((path / name).exists() for name in in_force().known):
        found.hand_ins.append(at_path(path, limits))
        return
    if one_of_many and _is_named_as_hand_in(path.resolve().name, student_id):
        found.hand_ins.append(at_path(path, limits))  # whatever it looks like: a class's folder is named alone
        return
    root, children = _root(str(path), listed(path), student_id)
    if not _is_download(children) and _is_one_students(children, path.resolve().name, student_id):
        found.hand_ins.append(at_path(path, limits))
        return
    skipped = exclude.resolve() if exclude is not None else None
    children = [child for child in children if Path(root, child.name).resolve() != skipped]
    Download(root, limits, found, student_id).take(children)


def _archive(path: Path, limits: Limits, opened: ExitStack, student_id: str, found: Found) -> None:
    """A hand-in, or a download in which others are."""
    stem = without_suffix(path.name)
    if path.name.lower().endswith(".zip") and not _is_named_as_hand_in(stem, student_id):
        with ExitStack() as here:
            try:
                file = here.enter_context(path.open("rb"))
                archive = here.enter_context(opened_zip(file, limits.bulk_members))
                root, children = _root(str(path), in_zip(archive, limits, path.stat().st_size), student_id)
            except (OSError, ArchiveError):
                root, children = "", []  # reading it as a hand-in says what is wrong
            if _is_download(children) or _is_plain_download(children, stem, student_id):
                before = len(found.hand_ins)
                Download(root, limits, found, student_id).take(children)
                count = len(found.hand_ins) - before
                found.remarks.append(f"{shown_path(str(path))}: a download with {count} hand-ins")
                opened.push(here.pop_all())
                return
    found.hand_ins.append(at_path(path, limits))


def _root(where: str, children: list[Child], student_id: str) -> tuple[str, list[Child]]:
    """The folder of the hand-ins: a download may have one folder around all, as Gradescope's has."""
    if len(children) != 1 or children[0].kind != FOLDER:
        return where, children
    name = children[0].name
    if part_of(name, True) is None and not _is_named_as_hand_in(name, student_id):
        below = children[0].children()
        if _is_download(below) or _is_plain_download(below, name, student_id):
            return f"{where}/{name}", below
    return where, children


def _is_named_as_hand_in(name: str, student_id: str) -> bool:
    """Whether *name* is an id and no more: what lies in it is one student's, who must not hand in for others."""
    return re.fullmatch(rf"(?:{re.escape(in_force().name)}[-_ ]?)?(?:{student_id})", name[:MAX_NAME]) is not None


def _is_one_students(children: list[Child], name: str, student_id: str) -> bool:
    """Whether a folder called *name* is a hand-in: notebooks lie in it, or archives and it is called by an id."""
    hand_ins = [child.name for child in children if child.kind == FOLDER or is_archive(child.name)]
    if any(re.search(student_id, child[:MAX_NAME]) for child in hand_ins):
        return False
    notebooks = any(notebook_number(child.name) for child in children if child.kind == FILE)
    return notebooks or bool(re.search(student_id, name) and any(is_archive(child) for child in hand_ins))


def _is_download(children: list[Child]) -> bool:
    """Whether an LMS made it: Gradescope's file is there, or all names are Moodle's or Canvas's."""
    if is_export(children):
        return True
    parts = [part_of(child.name, child.kind == FOLDER) for child in children]
    return any(part.rest == "" or is_hand_in_file(part.rest) for part in parts if part) and all(parts)


def _is_plain_download(children: list[Child], stem: str, student_id: str) -> bool:
    """Whether a zip holds nothing but archives and folders that are called by different students' ids."""
    if re.search(student_id, stem) or any(child.kind == FILE and not is_archive(child.name) for child in children):
        return False
    ids = {found[0] if (found := re.search(student_id, child.name[:MAX_NAME])) else "" for child in children}
    return "" not in ids and (len(ids) > 1 or any(child.kind == FILE for child in children))
