"""Finds the hand-ins below what was named: folders, archives, and whole downloads of a learning management system."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath

from autograder.errors import HandinError, MisuseError
from autograder.intake.archive import archive_members
from autograder.intake.children import Child, in_zip, on_disk, renamed
from autograder.intake.folder import folder_members
from autograder.intake.gradescope import METADATA, METADATA_BYTES, Entry, read_metadata
from autograder.intake.handin import ARCHIVE, FOLDER_OF, HandIn
from autograder.intake.layouts import MAX_NAME, Part, first_name, is_hand_in_file, part_of
from autograder.intake.member import FILE, FOLDER, LINK, ArchiveError, Member
from autograder.intake.names import (
    ARCHIVES,
    CHECKPOINTS,
    KNOWN,
    is_archive,
    is_source,
    notebook_number,
    shown,
    without_suffix,
)
from autograder.intake.store import Store
from autograder.intake.zips import opened_zip
from autograder.rubric import Limits

PATH_SHOWN = 300
MAX_HINTS = 50
SUBMISSION = re.compile(r"submission_[0-9]{1,20}")  # a folder in Gradescope's export
# What a student may hand in as a single file, whether it can be graded or not; no table or settings of staff's.
HANDED_IN = (".py", ".ipynb", ".pdf", ".md", ".txt", ".doc", ".docx", ".odt", ".rtf", ".hwp", ".hwpx", ".html")
UNEXPECTED = "a file where a hand-in's folder was expected, passed over"


@dataclass
class Found:
    """The hand-ins, and remarks on what was passed over."""

    hand_ins: list[HandIn] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


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
        raise MisuseError(f"there is no hand-in in {', '.join(str(p) for p in paths)}")
    return found


def at_path(path: Path, limits: Limits) -> HandIn:
    """The one hand-in at *path*, a folder or an archive, whatever is in it."""
    if not path.is_dir():
        name = without_suffix(path.name)
        return HandIn(name, str(path), lambda _: archive_members(path, limits), ARCHIVE, (name,), modified=_time(path))
    folder = Child(path.resolve().name, FOLDER, 0.0, partial(folder_members, path), partial(_children, path))
    return _of_folder(folder, str(path), limits)


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime  # times within an archive are whatever its maker wanted
    except OSError:  # it went away
        return 0.0


def _children(path: Path) -> list[Child]:
    try:
        return on_disk(path)
    except OSError:
        return []


def _in_folder(
    path: Path, limits: Limits, student_id: str, exclude: Path | None, found: Found, one_of_many: bool
) -> None:
    """What is in a folder that was named, alone or as one of many."""
    if any((path / name).exists() for name in KNOWN):
        found.hand_ins.append(at_path(path, limits))
        return
    if one_of_many and _is_named_as_hand_in(path.resolve().name, student_id):
        found.hand_ins.append(at_path(path, limits))  # whatever it looks like: a class's folder is named alone
        return
    root, children = _root(str(path), _children(path), student_id)
    if not _is_download(children) and _is_one_students(children, path.resolve().name, student_id):
        found.hand_ins.append(at_path(path, limits))
        return
    skipped = exclude.resolve() if exclude is not None else None
    children = [child for child in children if Path(root, child.name).resolve() != skipped]
    _Download(root, limits, found, student_id).take(children)


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
                _Download(root, limits, found, student_id).take(children)
                found.remarks.append(f"{_shown(str(path))}: a download with {len(found.hand_ins) - before} hand-ins")
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
    return re.fullmatch(rf"(?:hw1[-_ ]?)?(?:{student_id})", name[:MAX_NAME]) is not None


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


def is_export(children: list[Child]) -> bool:
    """Whether Gradescope made it: its file lies beside folders that are all called ``submission_<number>``.

    In any other folder the file would let who hands it in say whose the others' work is.
    """
    others = [child for child in children if child.kind == FOLDER or is_archive(child.name)]
    there = any(child.name == METADATA and child.kind == FILE for child in children)
    return there and bool(others) and all(SUBMISSION.fullmatch(without_suffix(child.name)) for child in others)


def _is_plain_download(children: list[Child], stem: str, student_id: str) -> bool:
    """Whether a zip holds nothing but archives and folders that are called by different students' ids."""
    if re.search(student_id, stem) or any(child.kind == FILE and not is_archive(child.name) for child in children):
        return False
    ids = {found[0] if (found := re.search(student_id, child.name[:MAX_NAME])) else "" for child in children}
    return "" not in ids and (len(ids) > 1 or any(child.kind == FILE for child in children))


def _of_folder(folder: Child, origin: str, limits: Limits, what: str = FOLDER_OF) -> HandIn:
    """A student's folder; if an archive is all that it holds, that archive."""
    inside = folder.children()
    archives = [child for child in inside if child.kind == FILE and is_archive(child.name)]
    if not archives or any(_is_of_hand_in(child) for child in inside):
        hints = tuple(child.name for child in inside[:MAX_HINTS])
        return HandIn(folder.name, origin, lambda _: folder.members(), what, (folder.name,), hints)
    newest = max(archives, key=lambda child: (first_name(child.name)[1], child.modified))
    loose = [child for child in inside if child.kind == FILE and child is not newest]
    names = (folder.name, without_suffix(newest.name))
    members = partial(_archive_and_files, newest, loose, limits)
    return HandIn(folder.name, origin, members, ARCHIVE, names, modified=newest.modified)


def _is_of_hand_in(child: Child) -> bool:
    """Whether an archive beside *child* is not all that there is: a source, a notebook, or a folder."""
    if child.kind == FOLDER:
        return True
    return is_source(PurePosixPath(child.name)) or notebook_number(child.name) is not None


def _archive_and_files(archive: Child, files: list[Child], limits: Limits, store: Store) -> Iterator[Member]:
    """The members of *archive*, and the *files* that lie beside it: a report is often handed in that way.

    Other archives are among these, and are opened for what this one lacks.
    """
    yield from chain.from_iterable(child.members() for child in files)
    yield from archive.unpacked(limits, store)


@dataclass
class _Download:
    """Takes children one by one as hand-ins; loose files of one person are put together."""

    where: str
    limits: Limits
    found: Found
    student_id: str

    def take(self, children: list[Child]) -> None:
        """Add all hand-ins among *children*."""
        begun = len(self.found.hand_ins)
        strays: list[Child] = []
        metadata = self._metadata(children)
        loose: dict[str, list[tuple[Child, Part]]] = {}
        for child in children:
            if child.name == CHECKPOINTS or (metadata is not None and child.name == METADATA):
                continue
            part = part_of(child.name, child.kind == FOLDER)
            if child.kind not in (FILE, FOLDER):
                self._remark(child, "a symbolic link, not followed" if child.kind == LINK else UNEXPECTED)
            elif metadata is not None and (entry := metadata.get(child.name)) is not None:
                self._of_gradescope(child, entry)
            elif part is not None and part.typed:
                self._remark(child, "a text that was typed in, passed over")
            elif part is not None and child.kind == FILE and not is_archive(part.rest):
                loose.setdefault(part.person.key, []).append((child, part))
            elif part is not None:
                self._add(self._made(child, part.rest), part)
            elif child.kind == FOLDER or is_archive(child.name):
                self.found.hand_ins.append(self._made(child))
            elif child.name == METADATA:
                self._remark(child, "passed over: it counts only where all folders are called submission_<number>")
            else:
                strays.append(child)
        for files in loose.values():
            self._of_loose(files)
        self._of_strays(strays, self.found.hand_ins[begun:])

    def _remark(self, child: Child, text: str) -> None:
        self.found.remarks.append(f"{_shown(f'{self.where}/{child.name}')}: {text}")

    def _made(self, child: Child, name: str = "") -> HandIn:
        """The hand-in that a folder or an archive is."""
        origin = f"{self.where}/{child.name}"
        if child.kind == FOLDER:
            return _of_folder(child, origin, self.limits)
        stem = without_suffix(name or child.name)
        members = partial(_archive_and_files, child, [], self.limits)
        return HandIn(without_suffix(child.name), origin, members, ARCHIVE, (stem,), modified=child.modified)

    def _add(self, one: HandIn, part: Part) -> None:
        names = tuple(name for name in one.names if part_of(name, True) is None)
        doubts = (part.doubt,) if part.doubt else ()
        remarks = (*one.remarks, *doubts)
        self.found.hand_ins.append(replace(one, names=names, person=part.person, version=part.version, remarks=remarks))

    def _of_loose(self, files: list[tuple[Child, Part]]) -> None:
        """Files that one person handed in without packing them; of two with one name the one with the higher number."""
        newest: dict[str, tuple[Child, Part]] = {}
        for child, part in files:
            if not is_hand_in_file(part.rest):
                self._remark(child, UNEXPECTED)
        files = [(child, part) for child, part in files if is_hand_in_file(part.rest)]
        if not files:
            return
        for child, part in sorted(files, key=lambda file: (file[1].version, file[0].modified)):
            newest[part.rest] = (child, part)
        first = files[0][1]
        kept = [(child, name) for name, (child, _) in newest.items()]
        remarks = [
            f"{shown(child.name)} is older than {shown(newest[part.rest][0].name)} and does not count"
            for child, part in files
            if newest[part.rest][0] is not child
        ]
        members = partial(_under_names, kept)
        name = f"{first.person.name}_{first.person.number}"
        names = tuple(name for _, name in kept)
        modified = max(child.modified for child, _ in kept)
        origin = f"{self.where}/{files[0][0].name}" + (f" and {len(kept) - 1} more" if len(kept) > 1 else "")
        self._add(HandIn(name, origin, members, FOLDER_OF, names, modified=modified, remarks=tuple(remarks)), first)

    def _of_strays(self, files: list[Child], others: list[HandIn]) -> None:
        """Files that are called by an id, whose student handed in nothing else: one hand-in for each id."""
        named: dict[str, list[Child]] = {}
        for child in files:
            begins = re.match(rf"(?:hw1[-_ ]?)?(?:{self.student_id})(?![0-9A-Za-z])", child.name[:MAX_NAME])
            student = re.search(self.student_id, begins[0]) if begins else None
            name = student[0] if student else ""
            if name and child.name.lower().endswith(HANDED_IN) and not any(name in other.name for other in others):
                named.setdefault(name, []).append(child)
            else:
                self._remark(child, UNEXPECTED)
        for name, group in named.items():
            origin = f"{self.where}/{group[0].name}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")
            members = partial(_under_names, [(child, child.name) for child in group])
            modified = max(child.modified for child in group)
            self.found.hand_ins.append(HandIn(name, origin, members, FOLDER_OF, (name,), modified=modified))

    def _of_gradescope(self, child: Child, entry: Entry) -> None:
        """A hand-in for each who is named: a group has one row each."""
        if child.kind == FILE and not is_archive(child.name):
            one = HandIn(child.name, f"{self.where}/{child.name}", lambda _: child.members(), FOLDER_OF)
        else:
            one = self._made(child)
        if entry.created is not None:
            one = replace(one, modified=entry.created)
        names = tuple(name for name in one.names if name != child.name and name != without_suffix(child.name))
        for person in entry.people:
            others = [shown(other.sid or other.name) for other in entry.people if other is not person]
            together = (f"handed in together with {', '.join(others)}",) if others else ()
            self.found.hand_ins.append(replace(one, person=person, names=names, flags=(*one.flags, *together)))
        if not entry.people:
            self.found.hand_ins.append(
                replace(one, names=names, flags=(*one.flags, f"{METADATA} does not say who handed it in"))
            )

    def _metadata(self, children: list[Child]) -> dict[str, Entry] | None:
        """What Gradescope says, if it does; with remarks on folders and entries that have no other half."""
        file = next((child for child in children if child.name == METADATA and child.kind == FILE), None)
        if file is None or not is_export(children):
            return None
        data = bytearray()
        try:
            for piece in next(file.members()).pieces():
                data += piece
                if len(data) > METADATA_BYTES:
                    raise HandinError(f"has more than {METADATA_BYTES / 1e6:g} MB")
        except HandinError as error:
            self._remark(file, f"{error}; whose hand-ins these are is taken from their names")
            return {}
        entries = read_metadata(bytes(data))
        there = {child.name for child in children}
        for name in sorted(there - entries.keys() - {METADATA}):
            self.found.remarks.append(f"{_shown(f'{self.where}/{name}')}: {METADATA} does not name it")
        for name in sorted(entries.keys() - there):
            self.found.remarks.append(f"{METADATA} names {shown(name)}, which is not there")
        return entries


def _under_names(files: list[tuple[Child, str]], _: Store) -> Iterator[Member]:
    return chain.from_iterable(renamed(child, name) for child, name in files)


def _shown(path: str) -> str:
    return shown(path, PATH_SHOWN)
