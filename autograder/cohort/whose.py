"""Whom a person means, who that person is, and what of theirs fits nothing."""

from __future__ import annotations

import getpass
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from autograder.errors import MisuseError
from autograder.render.table import cell
from autograder.text import plain

MOST_FAULTS = 10  # that are named at once


class UnfitError(Exception):
    """An entry that fits nothing; the text says why."""


class Students:
    """The students of a class, to be found by what people and spreadsheets write."""

    def __init__(self, students: Collection[str]) -> None:
        self._known = _by_spelling(students)

    def meant(self, student: str) -> str | None:
        """The id that is meant; None if there is none."""
        return self._known.get(student) or self._known.get(_spelt(student))

    def require(self, student: str) -> str:
        """The id that is meant.

        Raises:
            UnfitError: there is none.
        """
        found = self.meant(student)
        if found is None:
            raise UnfitError(f"there is no report of {plain(student) or 'nobody'}")
        return found


def _by_spelling(students: Collection[str]) -> dict[str, str]:
    """Each student's id as it is, as tables show it, and with its letters composed; not what may be two of them."""
    found: dict[str, str] = {}
    twice = set()
    for student in students:
        for spelt in {_spelt(student), _spelt(cell(plain(student)))}:
            if found.setdefault(spelt, student) != student:
                twice.add(spelt)
    return {spelt: student for spelt, student in found.items() if spelt not in twice} | {one: one for one in students}


def _spelt(student: str) -> str:
    """Systems write Hangul as syllables or as letters."""
    return unicodedata.normalize("NFC", student.strip())


def refuse(faults: Sequence[str]) -> None:
    """Refuse what people have written if there is anything wrong with it.

    Raises:
        MisuseError: there is; the text names the first ones.
    """
    if faults:
        more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
        raise MisuseError(f"{'; '.join([*faults[:MOST_FAULTS], *more])}. Nothing was taken.")


def require_at_most_one(wanted: Mapping[str, object]) -> int:
    """Require that a command asks for no two things at once; how many it asks for.

    Args:
        wanted: by how a thing is asked for, whether it is.

    Raises:
        MisuseError: it does.
    """
    count = sum(map(bool, wanted.values()))
    if count > 1:
        raise MisuseError(f"ask for one thing: {', '.join(wanted)}")
    return count


def person(by: str | None = None) -> str:
    """Who decides: *by*, or the system's user if it is None; empty if nobody knows."""
    return plain(by if by is not None else _user()).strip()


def deciding(by: str | None = None) -> str:
    """Who decides, as ``person``.

    Raises:
        MisuseError: nobody knows.
    """
    who = person(by)
    if not who:
        raise MisuseError("say who decides: --by NAME")
    return who


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
