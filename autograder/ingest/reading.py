"""Reads what was handed in: as bytes with caps on everything, never run, never followed through a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from autograder.ingest.download import shown_path
from autograder.ingest.finding import at_path
from autograder.ingest.gather import gather
from autograder.ingest.handin import HandIn
from autograder.ingest.names import shown, student_id
from autograder.ingest.store import Store
from autograder.rubric import Limits
from autograder.submission import Submission


def read_submission(path: Path, limits: Limits, scratch: Path | None = None, named: bool = True) -> Submission:
    """Read a hand-in's folder or archive; nothing is raised: what can't be read becomes a problem or a remark.

    Args:
        path: a folder, a zip or a tar.gz; its name, without a suffix, is the id.
        scratch: where an archive's checkpoints and documents are copied to, into a private folder; the caller clears it
            up. Without it they are gone when the process ends. A folder's are only listed, where they lie.
        named: say how reports call it, where that is not its own name.
    """
    one = at_path(path, limits)
    student = student_id(one.name)
    said = f"the hand-in is called {shown(one.name)}; reports call it {student}"
    return read_hand_in(one, student, limits, scratch, (said,) if named and student != one.name else ())


def read_hand_in(
    one: HandIn,
    student: str,
    limits: Limits,
    scratch: Path | None = None,
    remarks: Iterable[str] = (),
    flags: Iterable[str] = (),
) -> Submission:
    """Read a hand-in that was found, as *student*'s; see ``read_submission``.

    Args:
        remarks: remarks beside those on its content; *flags*: the same, for staff alone.
    """
    store = Store(scratch)
    found = gather(one.members(store), limits, store, one.what)
    return replace(
        found,
        id=student,
        remarks=(*remarks, *one.remarks, *found.remarks),
        modified=found.modified if one.modified is None else one.modified,
        origin=one.origin,
        flags=(*one.flags, *flags),
        version=one.version,
        handed_in=one.handed_in,
        marked_late=one.marked_late,
    )


def newest_of_each(submissions: Iterable[Submission]) -> tuple[list[Submission], list[str]]:
    """For each id the newest hand-in, flagged if there are others; and remarks that list those. Sorted by id."""
    kept: dict[str, Submission] = {}
    remarks = []
    for one in sorted(submissions, key=lambda s: (s.version, s.modified)):
        if one.id in kept:
            new, old = (shown_path(each.origin) for each in (one, kept[one.id]))
            remarks.append(f"{one.id}: there are two hand-ins; {new} is newer and counts, {old} does not")
            one = replace(one, flags=(*one.flags, f"there are two hand-ins; {old} is older and does not count"))
        kept[one.id] = one
    return [kept[name] for name in sorted(kept)], remarks
