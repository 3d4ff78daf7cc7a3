"""Tells whose each hand-in is: by the roster, the LMS, or its name; two people never become one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from autograder.cohort.roster import Roster
from autograder.ingest.handin import HandIn
from autograder.ingest.layouts import MAX_NAME
from autograder.ingest.names import shown, student_id

MAX_IDS = 5  # that are listed


class Trust(IntEnum):
    """How reliable an id is."""

    NAME = 0  # no id was found: the whole name stands for one
    FILE = 1  # what the student called the file
    SURE = 2  # the roster, or what the LMS says of the person


@dataclass(frozen=True)
class Whose:
    """The student to whom a hand-in belongs.

    Attributes:
        student: the id, as reports write it.
        remarks: what its student may know, too.
        flags: what staff should know.
        claimed: the id that it claims without right, if it got another one for that reason.
        inner: whether the id stands only in the name of a file inside, which its student chose.
    """

    student: str
    trust: Trust
    remarks: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    claimed: str = ""
    inner: bool = False


def identify(hand_ins: Sequence[HandIn], pattern: str, roster: Roster | None) -> list[Whose]:
    """Tell whose each of *hand_ins* is, in their order.

    Args:
        pattern: the regular expression of a student id; its first group, if it has one.
    """
    found = [_whose(one, pattern, roster) for one in hand_ins]
    found = _one_id_a_person(hand_ins, found)
    found = _one_person_an_id(hand_ins, found)
    found = _nobody_elses_id(hand_ins, found)
    if roster is None:
        return found
    missing = "is not on the roster"
    return [
        one if one.student in roster.students else replace(one, flags=(*one.flags, f"{one.student} {missing}"))
        for one in found
    ]


def _whose(one: HandIn, pattern: str, roster: Roster | None) -> Whose:
    person = one.person
    number = person.number if person is not None else ""
    ids = ids_in([person.name if person else "", *one.names], pattern, number)
    if not ids and person is not None:
        ids = ids_in(one.hints, pattern, number)
    if roster is not None:
        listed = (roster.find(person) if person else None) or roster.students.get(student_id(one.name))
        if listed is not None:
            other = ids[0] if person is not None and ids and listed.id not in ids else ""
            said = f"named after {other}, but handed in by {listed.id}"
            return Whose(listed.id, Trust.SURE, flags=(said,) if other else ())
        named = roster.named(one.name) if person is None else None
        known = [name for name in ids if name in roster.students]
        outer = [name for name in known if name in ids_in([one.name], pattern)]
        if named is not None and not outer:
            return Whose(named.id, Trust.FILE)
        if known:
            return Whose(known[0], Trust.FILE, _several(known), inner=person is None and not outer)
    if person is not None and person.sid:
        return Whose(student_id(person.sid), Trust.SURE)
    if ids:
        in_name = person is not None and ids[0] in ids_in([person.name], pattern, person.number)
        inner = person is None and ids[0] not in ids_in([one.name], pattern)
        return Whose(ids[0], Trust.SURE if in_name else Trust.FILE, _several(ids), inner=inner)
    whole = f"{person.name}_{person.number}" if person is not None else one.name
    student = student_id(whole)
    said = f"the hand-in is called {shown(whole)}; reports call it {student}"
    return Whose(student, Trust.NAME, (said,) if student != whole else ())


def ids_in(names: Iterable[str], pattern: str, number: str = "") -> list[str]:
    """The possible ids in *names*, in order and each once; without the LMS's own *number*."""
    found = [each for name in names for each in re.finditer(pattern, _visible(name[:MAX_NAME]))]
    texts = [each[1 if each.re.groups else 0] or "" for each in found]
    return list(dict.fromkeys(student_id(text) for text in texts if text and text != number))


def _visible(name: str) -> str:
    """*name* without invisible characters: one within a number would turn it into another student's."""
    return "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cf", "Mn", "Me"))


def _several(ids: list[str]) -> tuple[str, ...]:
    if len(ids) < 2:
        return ()
    return (f"its name has several numbers that may be ids ({', '.join(ids[:MAX_IDS])}); {ids[0]} was taken",)


def _one_id_a_person(hand_ins: Sequence[HandIn], found: list[Whose]) -> list[Whose]:
    """The same id for all that one person of an LMS handed in: the best known one, then the newest's."""
    best: dict[str, tuple[tuple[int, int, float], str]] = {}
    for one, whose in zip(hand_ins, found, strict=True):
        if one.person is not None:
            rank = ((int(whose.trust), one.version, one.modified or 0.0), whose.student)
            best[one.person.key] = max(best.get(one.person.key, rank), rank)
    result = []
    for one, whose in zip(hand_ins, found, strict=True):
        (trust, *_), student = best[one.person.key] if one.person else ((whose.trust,), whose.student)
        same = student == whose.student
        result.append(whose if same else Whose(student, Trust(trust), flags=whose.flags))
    return result


def _one_person_an_id(hand_ins: Sequence[HandIn], found: list[Whose]) -> list[Whose]:
    """A new id for whoever bears another student's: a file may be named after any number."""
    claims: dict[str, dict[str, Trust]] = {}
    for one, whose in zip(hand_ins, found, strict=True):
        if one.person is not None:
            claims.setdefault(whose.student, {})[one.person.key] = whose.trust
    result = []
    for one, whose in zip(hand_ins, found, strict=True):
        people = claims.get(whose.student, {})
        if one.person is None or len(people) < 2 or whose.trust is Trust.SURE:
            result.append(whose)
            continue
        own = student_id(f"{whose.student}-{one.person.lms}-{one.person.number}")
        theirs = f"reports call that of {shown(one.person.name)} {own}"
        said = f"{len(people)} people's hand-ins are named {whose.student}; {theirs}"
        result.append(replace(whose, student=own, flags=(*whose.flags, said), claimed=whose.student))
    return result


def _nobody_elses_id(hand_ins: Sequence[HandIn], found: list[Whose]) -> list[Whose]:
    """The hand-in's own name if a file in it is named after another student's id: its student chose that name."""
    owners: dict[str, set[str]] = {}
    for one, whose in zip(hand_ins, found, strict=True):
        owners.setdefault(whose.student, set()).add(_owner(one, whose))
    result = []
    for one, whose in zip(hand_ins, found, strict=True):
        if not whose.inner or len(owners[whose.student]) < 2:
            result.append(whose)
            continue
        own = student_id(one.name)
        said = f"a file in {shown(one.name)} is named {whose.student}, another hand-in's id; reports call it {own}"
        result.append(replace(whose, student=own, trust=Trust.NAME, flags=(*whose.flags, said), claimed=whose.student))
    return result


def _owner(one: HandIn, whose: Whose) -> str:
    """A key that is equal for one student's hand-ins, if the id of each is right."""
    if one.person is not None:
        return one.person.key
    return f"called {one.name}" if whose.inner else ""
