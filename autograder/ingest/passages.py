"""A student's own lines that a check is about: where the class or function that it judges is defined.

They are looked for in the text: a student's source is not parsed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from autograder.check import Check
from autograder.outcome import Outcome, Status
from autograder.report import Passage
from autograder.submission import Submission
from autograder.text import plain, shown

MOST_LINES = 40
COLUMNS = 160  # characters of one line
LOOKED_AT = (Status.FAILED, Status.STOPPED, Status.TODO)  # what passed, or is open, needs no second look


def passages_of(checks: Iterable[Check], outcomes: Mapping[str, Outcome], submission: Submission) -> dict[str, Passage]:
    """The lines that those of *checks* are about that are not passed, by what they are about."""
    about = dict.fromkeys(c.about for c in checks if c.id in outcomes and outcomes[c.id].status in LOOKED_AT)
    found = ((name, _passage(name, submission)) for name in about)
    return {name: one for name, one in found if one is not None}


def lines_of(data: bytes) -> list[str]:
    """The lines of a source, numbered as editors do: form feeds end none."""
    return data.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def defined(about: str, text: Sequence[str]) -> range:
    """Which lines of *text*, from 0 on, define ``"module.Class.method"`` or ``"module.Class"``; none of a module alone.

    Of two definitions of one name the last one counts, as in Python; where the method is not there, the class is meant.
    """
    _, name, *inner = (*about.split("."), "")
    begin = _begin(text, name, range(len(text))) if name else None
    if begin is None:
        return range(0)
    end = _end(text, begin)
    within = _begin(text, inner[0], range(begin + 1, end)) if inner[0] else None
    return range(begin, end) if within is None else range(within, min(end, _end(text, within)))


def _passage(about: str, submission: Submission) -> Passage | None:
    file = f"{about.partition('.')[0]}.py"
    text, origins = lines_of(submission.files.get(file, b"")), submission.origins.get(file, ())
    there = defined(about, text)
    if not there or (origins and there[-1] >= len(origins)):
        return None
    lines = islice(there, MOST_LINES)
    numbered = tuple((origins[n].line if origins else n + 1, _line(text[n])) for n in lines)
    where = f"{shown(origins[there[0]].notebook)}, cell {origins[there[0]].cell}" if origins else file
    return Passage(where, numbered, max(0, len(there) - MOST_LINES))


def _line(text: str) -> str:
    return plain(text[: 2 * COLUMNS].expandtabs(4), COLUMNS).rstrip()


def _begin(text: Sequence[str], name: str, lines: range) -> int | None:
    """The line where *name* is defined: the last one that is not set in, or else the first one."""
    begins = tuple(f"{word} {name}{sign}" for word in ("class", "def") for sign in "(:")
    found = [n for n in lines if text[n].lstrip().startswith(begins)]
    outer = [n for n in found if text[n].startswith(begins)]
    return outer[-1] if outer else next(iter(found), None)


def _end(text: Sequence[str], begin: int) -> int:
    """Where the block that begins at *begin* ends: after its last line, before the next one that is not deeper."""
    depth = len(text[begin]) - len(text[begin].lstrip())
    last = begin
    for n in range(begin + 1, len(text)):
        line = text[n].lstrip()
        deeper = len(text[n]) - len(line) > depth
        if not line or (line.startswith("#") and not deeper):
            continue
        if not deeper and not line.startswith(")"):  # which closes the arguments
            break
        last = n
    return last + 1
