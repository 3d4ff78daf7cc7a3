"""Where the hand-ins of a class that was graded lie: its journal knows."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from autograder.cohort.journal import existing
from autograder.cohort.origins import hand_ins_at
from autograder.errors import MisuseError
from autograder.ingest.handin import HandIn
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
    found = hand_ins_at(origins, limits, student_id, opened)
    lost = sorted(origins.keys() - found.keys())
    if origins and not found:
        raise MisuseError(f"no hand-in of {folder} is where it was: name the folder of the hand-ins")
    more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
    named = ", ".join(lost[:MOST_NAMED])
    return found, [f"no longer where they were, and not compared: {named}{more}"] if lost else []
