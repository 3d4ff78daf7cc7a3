"""Turns the entries of a class's folder, or of a learning management system's download, into one hand-in a student."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import PurePosixPath

from autograder.errors import HandinError
from autograder.homework import in_force
from autograder.ingest.children import Child, renamed
from autograder.ingest.gradescope import METADATA, METADATA_BYTES, Entry, read_metadata
from autograder.ingest.handin import ARCHIVE, FOLDER_OF, HandIn
from autograder.ingest.layouts import MAX_NAME, Part, first_name, part_of
from autograder.ingest.member import FILE, FOLDER, LINK, Member
from autograder.ingest.names import (
    CHECKPOINTS,
    is_archive,
    is_source,
    may_be_archive,
    notebook_number,
    shown,
    without_suffix,
)
from autograder.ingest.store import Store
from autograder.rubric import Limits

PATH_SHOWN = 300
MAX_HINTS = 50
SUBMISSION = re.compile(r"submission_[0-9]{1,20}")  # a folder in Gradescope's export
# Staff's own tables and settings, whatever numbers are in their names: no hand-in.
STAFFS = (".csv", ".tsv", ".xls", ".xlsx", ".ods", ".json", ".toml", ".yaml", ".yml", ".db", ".sqlite", ".log")
# What is taken for a student's where an id stands anywhere in its name: others may bear a date.
HANDED_IN = (".py", ".ipynb", ".pdf", ".md", ".txt", ".doc", ".docx", ".odt", ".rtf", ".hwp", ".hwpx", ".html")
TYPED = "a text was typed in instead of files, and was not read: hand in the homework's files"
UNEXPECTED = "a file where a hand-in's folder was expected, skipped"


@dataclass
class Found:
    """The hand-ins, and remarks on what was passed over."""

    hand_ins: list[HandIn] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def is_export(children: list[Child]) -> bool:
    """Whether it is an export of Gradescope's: its file lies beside folders that are all named ``submission_<number>``.

    In any other folder, whoever hands the file in could say whose the others' work is.
    """
    others = [child for child in children if child.kind == FOLDER or is_archive(child.name)]
    there = any(child.name == METADATA and child.kind == FILE for child in children)
    return there and bool(others) and all(SUBMISSION.fullmatch(without_suffix(child.name)) for child in others)


def of_folder(folder: Child, origin: str, limits: Limits, what: str = FOLDER_OF) -> HandIn:
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
    what = f"{ARCHIVE} {shown(newest.name)}"
    return HandIn(folder.name, origin, members, what, names, modified=newest.modified)


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
class Download:
    """Takes children one by one as hand-ins; loose files of one person are put together."""

    where: str
    limits: Limits
    found: Found
    student_id: str

    def take(self, children: list[Child]) -> None:
        """Add all hand-ins among *children*."""
        begun = len(self.found.hand_ins)
        strays: list[Child] = []
        typed: list[tuple[Child, Part]] = []
        metadata = self._metadata(children)
        loose: dict[str, list[tuple[Child, Part]]] = {}
        for child in children:
            if child.name == CHECKPOINTS or (metadata is not None and child.name == METADATA):
                continue
            part = part_of(child.name, child.kind == FOLDER)
            if child.kind not in (FILE, FOLDER):
                strays.append(child)
            elif metadata is not None and (entry := metadata.get(child.name)) is not None:
                self._of_gradescope(child, entry)
            elif part is not None and part.typed:
                typed.append((child, part))
            elif part is not None and child.kind == FILE and not is_archive(part.rest):
                loose.setdefault(part.person.key, []).append((child, part))
            elif part is not None:
                self._add(replace(self._made(child, part.rest), files=(child.name,)), part)
            elif child.kind == FOLDER or is_archive(child.name):
                self.found.hand_ins.append(self._made(child))
            elif child.name == METADATA:
                self._remark(child, "skipped, because it counts only where all folders are named submission_<number>")
            else:
                strays.append(child)
        for files in loose.values():
            self._of_loose(files)
        for child, part in typed:
            self._of_typed(child, part)
        self._of_strays(strays, begun)

    def _remark(self, child: Child, text: str) -> None:
        self.found.remarks.append(f"{shown_path(f'{self.where}/{child.name}')}: {text}")

    def _made(self, child: Child, name: str = "") -> HandIn:
        """The hand-in of a folder or an archive."""
        origin = f"{self.where}/{child.name}"
        if child.kind == FOLDER:
            return of_folder(child, origin, self.limits)
        stem = without_suffix(name or child.name)
        members = partial(_archive_and_files, child, [], self.limits)
        what = f"{ARCHIVE} {shown(name or child.name)}"
        return HandIn(without_suffix(child.name), origin, members, what, (stem,), modified=child.modified)

    def _add(self, one: HandIn, part: Part) -> None:
        names = tuple(name for name in one.names if part_of(name, True) is None)
        doubts = (part.doubt,) if part.doubt else ()
        one = replace(one, names=names, person=part.person, version=part.version, marked_late=part.late)
        self.found.hand_ins.append(replace(one, remarks=(*one.remarks, *doubts)))

    def _of_loose(self, files: list[tuple[Child, Part]]) -> None:
        """Files that one person handed in without packing them; of two with one name the one with the higher number."""
        newest: dict[str, tuple[Child, Part]] = {}
        for child, part in sorted(files, key=lambda file: (file[1].version, file[0].modified)):
            newest[part.rest] = (child, part)
        first = files[0][1]
        first = replace(first, late=any(part.late for _, part in newest.values()) or first.late)
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
        one = HandIn(name, origin, members, FOLDER_OF, names, modified=modified, remarks=tuple(remarks))
        self._add(replace(one, files=tuple(child.name for child, _ in kept)), first)

    def _of_typed(self, child: Child, part: Part) -> None:
        """A text that somebody typed in: a remark in the same person's hand-in, or a hand-in without files."""
        others = [n for n, one in enumerate(self.found.hand_ins) if one.person and one.person.key == part.person.key]
        for n in others:
            one = self.found.hand_ins[n]
            self.found.hand_ins[n] = replace(one, remarks=(*one.remarks, TYPED))
        if not others:
            one = HandIn(child.name, f"{self.where}/{child.name}", lambda _: child.members(), FOLDER_OF)
            self._add(replace(one, remarks=(TYPED,)), part)

    def _of_strays(self, files: list[Child], begun: int) -> None:
        """Files that are called by an id: what their student handed in beside the rest, or all of it."""
        named: dict[str, list[Child]] = {}
        for child in files:
            if student := self._id_of(child):
                named.setdefault(student, []).append(child)
            else:
                self._remark(child, "a symbolic link, not followed" if child.kind == LINK else UNEXPECTED)
        for student, group in named.items():
            others = [n for n, one in enumerate(self.found.hand_ins) if n >= begun and student in one.name]
            for n in others:
                one = self.found.hand_ins[n]
                self.found.hand_ins[n] = replace(one, members=partial(_with_files, one.members, group))
            if others:
                continue
            origin = f"{self.where}/{group[0].name}" + (f" and {len(group) - 1} more" if len(group) > 1 else "")
            members = partial(_under_names, [(child, child.name) for child in group])
            modified = max(child.modified for child in group)
            self.found.hand_ins.append(HandIn(student, origin, members, FOLDER_OF, (student,), modified=modified))

    def _id_of(self, child: Child) -> str:
        """The id by which a loose file is called, if it is a student's."""
        name = child.name[:MAX_NAME]
        begins = re.match(rf"(?:{re.escape(in_force().name)}[-_ ]?)?(?:{self.student_id})(?![0-9A-Za-z])", name)
        inside = name.lower().endswith(HANDED_IN) or may_be_archive(name)
        if name.lower().endswith(STAFFS) or not (begins or inside):
            return ""
        ids = {found[0] for found in re.finditer(self.student_id, begins[0] if begins else name)}
        return ids.pop() if len(ids) == 1 else ""

    def _of_gradescope(self, child: Child, entry: Entry) -> None:
        """A hand-in for each who is named: a group has one row each."""
        if child.kind == FILE and not is_archive(child.name):
            one = HandIn(child.name, f"{self.where}/{child.name}", lambda _: child.members(), FOLDER_OF)
        else:
            one = self._made(child)
        if entry.created is not None:
            one = replace(one, modified=entry.created, handed_in=entry.created)
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
        """What Gradescope's file says, if it is there; with remarks on folders and entries without a counterpart."""
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
            self._remark(file, f"{error}; the names of the hand-ins say whose they are")
            return {}
        entries = read_metadata(bytes(data))
        there = {child.name for child in children}
        for name in sorted(there - entries.keys() - {METADATA}):
            self.found.remarks.append(f"{shown_path(f'{self.where}/{name}')}: {METADATA} does not name it")
        for name in sorted(entries.keys() - there):
            self.found.remarks.append(f"{METADATA} names {shown(name)}, which is missing")
        return entries


def _with_files(members: Callable[[Store], Iterator[Member]], files: list[Child], store: Store) -> Iterator[Member]:
    yield from chain.from_iterable(child.members() for child in files)
    yield from members(store)


def _under_names(files: list[tuple[Child, str]], _: Store) -> Iterator[Member]:
    return chain.from_iterable(renamed(child, name) for child, name in files)


def shown_path(path: str) -> str:
    """*path* in one line, of a length at which people still find it."""
    return shown(path, PATH_SHOWN)
