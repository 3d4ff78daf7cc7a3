"""Where the hand-ins of a class that was graded lie: its journal knows."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from autograder.cohort.journal import existing
from autograder.errors import MisuseError
from autograder.ingest.finding import at_path, find_hand_ins
from autograder.ingest.handin import HandIn
from autograder.ingest.names import is_archive
from autograder.rubric import Limits

MOST_NAMED = 5


def graded_hand_ins(
    folder: Path, limits: Limits, student_id: str, opened: ExitStack
) -> tuple[dict[str, HandIn], list[str]]:
    """By student, the hand-in that the last report in *folder* is about, and remarks on those that are gone.

    Args:
        student_id: the regular expression of an id.
        opened: keeps downloads open while the hand-ins are read.

    Raises:
        MisuseError: there is no journal, another command writes to it, or no hand-in is where it was.
    """
    with existing(folder) as journal:
        origins = {student: origin for student, origin in journal.origins().items() if origin}
    found: dict[str, HandIn] = {}
    inside: dict[Path, dict[str, str]] = {}
    for student, origin in origins.items():
        place = Path(origin)
        if place.is_dir() or (place.is_file() and is_archive(place.name)):
            found[student] = at_path(place, limits)
        elif (root := _around(place)) is not None:
            inside.setdefault(root, {})[origin] = student
    for root, wanted in inside.items():
        for one in find_hand_ins([root], limits, opened, student_id).hand_ins:
            if student := wanted.get(str(Path(one.origin).absolute()), ""):
                found[student] = one
    lost = sorted(origins.keys() - found.keys())
    if origins and not found:
        raise MisuseError(f"no hand-in of {folder} is where it was: name the folder of the hand-ins")
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    named = ", ".join(lost[:MOST_NAMED])
    return found, [f"no longer where they were, and not compared: {named}{more}"] if lost else []


def _around(place: Path) -> Path | None:
    """The download that *place* was in: an archive, or the folder of its files; None if that is gone."""
    there = next(parent for parent in (place, *place.parents) if parent.exists())
    if there.is_file() and is_archive(there.name):
        return there
    return place.parent if place.parent.is_dir() else None
