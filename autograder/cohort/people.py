"""Who the students are: names, e-mails and the learning management systems' (LMS) numbers, kept in the journal.

They come from the roster and from the download's own names. A run that knows less than an earlier one takes nothing
away. Where two sources give a system's number otherwise, it is empty: nobody knows which is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace

from autograder.cohort.identity import Trust, Whose
from autograder.cohort.journal import Journal
from autograder.cohort.roster import Roster
from autograder.ingest.handin import HandIn
from autograder.submission import Owner, Submission


def listed_owner(student: str, roster: Roster) -> Owner:
    """How the roster calls *student*, who is on it."""
    one = roster.students[student]
    return Owner(one.name, one.email, dict(one.numbers), listed=True, sure=True)


def owner_of(one: HandIn, whose: Whose, roster: Roster | None) -> Owner:
    """How the roster and the LMS call the student of a hand-in."""
    person = one.person
    known = Owner(sure=whose.trust is Trust.SURE)
    if person is not None:
        files = one.files if person.lms == "canvas" else ()
        known = replace(known, name=person.name, email=person.email, numbers={person.lms: person.number}, files=files)
    if roster is None or whose.student not in roster.students:
        return known
    listed = listed_owner(whose.student, roster)
    both = {**known.numbers, **listed.numbers}
    agreed = {lms: number if known.numbers.get(lms, number) == number else "" for lms, number in both.items()}
    name, email = listed.name or known.name, listed.email or known.email
    return replace(listed, name=name, email=email, numbers=agreed, files=known.files)


def note_people(journal: Journal, submissions: Iterable[Submission]) -> None:
    """Keep in the journal what this run knows of its students.

    Raises:
        MisuseError: it can't be written.
    """
    before = people_of(journal)
    now = {one.id: one.owner for one in submissions if one.owner is not None}
    journal.name_people({student: asdict(_merged(before.get(student), owner)) for student, owner in now.items()})


def people_of(journal: Journal) -> dict[str, Owner]:
    """What the journal knows of its students, by id."""
    return {student: Owner(**{**said, "files": tuple(said["files"])}) for student, said in journal.people().items()}


def _merged(before: Owner | None, now: Owner) -> Owner:
    if before is None:
        return now
    first, second = (before, now) if before.listed and not now.listed else (now, before)
    numbers = dict(before.numbers)
    for lms, number in now.numbers.items():
        # A roster that is given again is the better one; Gradescope's number is another one for each upload.
        same = now.listed or lms == "gradescope" or numbers.get(lms, number) == number
        numbers[lms] = number if same else ""
    return Owner(
        first.name or second.name,
        first.email or second.email,
        numbers,
        now.files or before.files,
        before.listed or now.listed,
        before.sure or now.sure,
    )
