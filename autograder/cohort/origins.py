"""Finds hand-ins again where the journal says that they were found: a folder, an archive, or a part of a download."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from autograder.ingest.finding import at_path, find_hand_ins
from autograder.ingest.handin import HandIn
from autograder.ingest.names import is_archive
from autograder.rubric import Limits


def hand_ins_at(
    origins: Mapping[str, str], limits: Limits, student_id: str, opened: ExitStack, around: bool = False
) -> dict[str, HandIn]:
    """By student, the hand-in at its origin; without those that are no longer there.

    Args:
        origins: where each was found, as the journal has it.
        student_id: the regular expression of an id.
        opened: keeps downloads open while the hand-ins are read.
        around: folders and archives are looked for in what they lie in, too: files that lie there by themselves may
            belong to them.

    Raises:
        MisuseError: there is no hand-in at all where one was.
    """
    found: dict[str, HandIn] = {}
    inside: dict[Path, dict[str, str]] = {}
    for student, origin in origins.items():
        place = Path(origin)
        if not around and (place.is_dir() or (place.is_file() and is_archive(place.name))):
            found[student] = at_path(place, limits)
        elif (root := _around(place)) is not None:
            inside.setdefault(root, {})[origin] = student
    for root, wanted in inside.items():
        for one in find_hand_ins([root], limits, opened, student_id).hand_ins:
            if student := wanted.get(str(Path(one.origin).absolute()), ""):
                found[student] = one
    return found


def _around(place: Path) -> Path | None:
    """The download that *place* is or was in: an archive, or the folder of its files; None if that is gone."""
    there = next(parent for parent in place.parents if parent.exists())
    if there.is_file() and is_archive(there.name):
        return there
    return place.parent if place.parent.is_dir() else None
