"""How learning management systems name what they let staff download.

Moodle ("Download all submissions", ``mod/assign/locallib.php``): a zip with a folder a student,
``Given Surname_1234567_assignsubmission_file_``, in newer versions without the last underscore; with "download in
folders" off, files ``Given Surname_1234567_assignsubmission_file_hw1-20260001.tar.gz``. The number is the
participant's in this assignment, no student id. Where groups are used, ``Group-`` stands before the name; texts that
were typed in lie in ``..._assignsubmission_onlinetext_``.

Canvas ("Download Submissions"): a flat zip of ``surnamegiven_12345_67890_hw1-20260001.tar.gz``: the sortable name in
lower case without blanks and signs, ``LATE_`` if it was late, the user's number, the attachment's number, the file's
name. A file that was handed in again under its name gets ``-1``, ``-2`` before its suffix.

Gradescope ("Export submissions"): see ``gradescope``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from autograder.ingest.handin import Person
from autograder.ingest.names import (
    ARCHIVES,
    HELP,
    REPORT,
    is_archive,
    is_document,
    is_known,
    is_source,
    notebook_number,
    without_suffix,
)

MOODLE = "_assignsubmission_"
CANVAS = re.compile(r"([^_]+)_(LATE_)?([0-9]{1,20})_([0-9]{1,20})_(.+)", re.DOTALL)
AGAIN = re.compile(r"-([0-9]{1,3})$")
MAX_NAME = 300  # characters that are looked at: a file system takes 255 bytes


@dataclass(frozen=True)
class Part:
    """A name in a download, taken apart.

    Attributes:
        person: who handed it in.
        rest: the file's own name, without Canvas's number; empty for a folder.
        version: Canvas's number, 0 for the first.
        doubt: a sentence, if the name can be read in two ways.
        typed: whether it is a text that was typed into Moodle, not a file.
        late: whether Canvas says that it was late; None: Moodle says nothing of it.
    """

    person: Person
    rest: str
    version: int = 0
    doubt: str = ""
    typed: bool = False
    late: bool | None = None


def part_of(name: str, is_folder: bool) -> Part | None:
    """*name* as Moodle or Canvas make it, or None."""
    if len(name) > MAX_NAME:
        return None
    return _moodle(name, is_folder) or (None if is_folder else _canvas(name))


def _moodle(name: str, is_folder: bool) -> Part | None:
    head, marker, tail = name.partition(MOODLE)  # the first one: what stands behind it, the student chose
    person, _, number = head.rpartition("_")
    plugin = next((one for one in ("file", "onlinetext") if tail == one or tail.startswith(f"{one}_")), "")
    if not marker or not plugin or not re.fullmatch("[0-9]{1,20}", number):
        return None
    rest = tail.removeprefix(plugin).removeprefix("_")
    if is_folder and rest:
        return None
    doubt = "its name names two people; the first one was taken" if MOODLE in tail else ""
    return Part(Person("moodle", number, person), rest, doubt=doubt, typed=plugin == "onlinetext")


def _canvas(name: str) -> Part | None:
    found = CANVAS.fullmatch(name)
    if found is None:
        return None
    rest, version = first_name(found[5])
    return Part(Person("canvas", found[3], found[1]), rest, version, late=bool(found[2]))


def is_hand_in_file(name: str) -> bool:
    """Whether a file of this name is taken: an archive, a source, the answers or a document."""
    return is_archive(name) or is_source(PurePosixPath(name)) or is_document(name)


def first_name(name: str) -> tuple[str, int]:
    """The name before Canvas added a number, and that number: ``net-1.py`` was ``net.py``; ``hw1-1.ipynb`` was it."""
    suffix = next((end for end in ARCHIVES if name.lower().endswith(end)), PurePosixPath(name).suffix)
    stem = name.removesuffix(suffix) if name.endswith(suffix) else without_suffix(name)
    found = AGAIN.search(stem)
    if found is None:
        return name, 0
    before = f"{stem[: found.start()]}{name[len(stem) :]}"
    lowered = before.lower()
    is_one = is_archive(name) or is_known(before) or lowered in (REPORT, HELP) or notebook_number(before) is not None
    return (before, int(found[1])) if is_one else (name, 0)
