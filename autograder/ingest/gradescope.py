"""Gradescope's ``submission_metadata.yml``: who handed in which folder, and when.

An export holds a folder ``submission_123456`` a hand-in and, beside them, this file of Ruby's YAML writer (Psych)::

    submission_123456:
      :submitters:
      - :name: Student A
        :sid: '20260001'
        :email: a@example.org
      :created_at: 2026-03-01 12:00:00.000000000 Z
      :score: 0.0
      :history: ...

Three facts of it are wanted, so it is read line by line, in time that grows with its size; no tag, merge or nested
alias is ever followed. A key counts at its own column only: Psych indents what goes on over lines further than its
key, so that no name can forge one.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.ingest.handin import Person

METADATA = "submission_metadata.yml"
METADATA_BYTES = 100_000_000  # results of an autograder may stand in it, some kB a hand-in
MAX_SUBMITTERS = 50  # of one hand-in; a group has a handful
MAX_VALUE = 1_000
KEY = re.compile(r'["\']?([A-Za-z0-9_.-]{1,200})["\']?:(?: +&[0-9]+)?')
LINE = re.compile(r"( *)(- +)?:?([a-z_]{1,40}):(?: +(.*))?")
DAY, CLOCK, ZONE = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}", "Z|UTC|[+-][0-9]{2}:?[0-9]{2}"
TIME = re.compile(rf"({DAY})[ T]({CLOCK})(?:\.[0-9]+)? *({ZONE})?")


@dataclass(frozen=True)
class Entry:
    """What the file says about one folder.

    Attributes:
        people: who handed it in; several are a group.
        created: when, seconds since the epoch; None if it does not say.
    """

    people: tuple[Person, ...]
    created: float | None


def read_metadata(data: bytes) -> dict[str, Entry]:
    """Who handed in each folder, by its name; what can't be read is left out."""
    text = data.decode("utf-8-sig", errors="replace")
    anchors: dict[str, str] = {}
    return {name: _entry(name, lines, anchors) for name, lines in _blocks(text)}


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each key at the left edge, with the lines below it."""
    name, lines = "", list[str]()
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if not line or line.startswith((" ", "-", "#")):
            lines.append(line)
            continue
        if name:
            yield name, lines
        found = KEY.fullmatch(line.rstrip())
        name, lines = found[1] if found else "", []
    if name:
        yield name, lines


def _entry(name: str, lines: list[str], anchors: dict[str, str]) -> Entry:
    people: list[dict[str, str]] = []
    created: float | None = None
    within, edge, column, last = "", 0, 0, ""  # the block's key and its column, the submitter's column
    for line in lines:
        found = LINE.fullmatch(line[: MAX_VALUE * 2])
        if found is None:
            continue
        indent, dash, key, value = len(found[1]), found[2] or "", found[3], found[4] or ""
        at = indent + len(dash)
        if not edge:
            edge = indent
        if indent == edge and not dash:
            within, column = key, 0
            if key == "created_at":
                created = _time(_scalar(value, anchors))
        elif within == "created_at" and key == "utc" and created is None:  # a time with its zone, as an object
            created = _time(_scalar(value, anchors))
        elif within == "submitters":
            if dash and (not column or at == column) and len(people) < MAX_SUBMITTERS:
                column = at
                people.append({})
            if people and at == column:
                last = key
                people[-1].setdefault(last, _scalar(value, anchors))
    number = name.removeprefix("submission_")
    texts = [[one.get(key, "") for key in ("name", "sid", "email")] for one in people]
    return Entry(tuple(Person("gradescope", number, *text) for text in texts), created)


def _scalar(value: str, anchors: dict[str, str]) -> str:
    """A plain or quoted value; empty for null, a tag, or what goes on over lines."""
    value = value.strip()[:MAX_VALUE]
    if value.startswith("*"):
        return anchors.get(value[1:], "")
    anchor = ""
    if value.startswith("&"):
        anchor, _, value = value[1:].partition(" ")
        value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == "'":
        value = value[1:-1].replace("''", "'")
    elif len(value) >= 2 and value[0] == value[-1] == '"':
        value = _unescaped(value)
    elif value.startswith(("!", "|", ">", "'", '"', "[", "{")) or value in ("null", "~", "Null", "NULL"):
        value = ""
    if anchor:
        anchors[anchor] = value
    return value


def _unescaped(value: str) -> str:
    r"""A value in double quotes; ``\x``, ``\U`` and ``\e``, which JSON lacks, are rewritten first."""
    value = re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", value).replace("\\e", "\\u001b")
    value = re.sub(r"\\U([0-9A-Fa-f]{8})", lambda found: _character(int(found[1], 16)), value)
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]


def _character(code: int) -> str:
    return chr(code) if 0x20 < code < 0x110000 and chr(code) not in '"\\' else "?"


def _time(value: str) -> float | None:
    found = TIME.match(value)
    if found is None:
        return None
    zone = {"": "+00:00", "Z": "+00:00", "UTC": "+00:00"}.get(found[3] or "", found[3])
    try:
        return datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}").timestamp()
    except (ValueError, OverflowError):
        return None
