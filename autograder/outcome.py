"""The outcome of one check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Table = tuple[tuple[str, str, str], ...]
"""``(layer, what is wanted, what yours has)``, one row for each layer."""

STAND_IN = "stand-in"  # among the figures of an outcome
UNRUN, TIME, MEMORY = "unrun", "time", "memory"  # its turn has not come; there is too little of it there


class Status(StrEnum):
    """A check's verdict in one word; the value is what reports say."""

    PASSED = "passed"
    FAILED = "failed"
    TODO = "todo"  # the handout's stub is still there
    SKIPPED = "skipped"  # not asked for
    STOPPED = "stopped"  # a time, memory or output limit, or the worker died
    UNSETTLED = "unsettled"  # nothing decides it yet; the points are open, not lost
    UNGRADED = "ungraded"  # our fault; the points are open, not lost
    BY_HAND = "by hand"
    MARKED = "marked"  # by hand, and a person has given points

    @property
    def open(self) -> bool:
        """Whether the points can still be earned."""
        return self in (Status.UNSETTLED, Status.UNGRADED, Status.BY_HAND, Status.SKIPPED)


@dataclass(frozen=True)
class Outcome:
    """What came of a check, in facts; the words around it are the renderers'.

    Attributes:
        status: the verdict.
        reason: what was seen and what was wanted, in a sentence.
        hint: one thing to try.
        mistake: the id of the known mistake it equals.
        detail: lines for who wants to know more, like the difference layer by layer.
        remarks: what is worth saying of a check that passed, too.
        shown: what its student may read where the seed is secret, in our own words alone, without anything that a
            worker said; whoever sets it vouches for the hint, too (``discretion.py``).
        points: earned, set when the report is made.
        table: the network layer by layer; empty where there is none.
        flag: what staff should look at, whatever the verdict; no student reads it.
        figures: what was measured, by name: ``"accuracy"`` in [0, 1], ``"parameters"``; and STAND_IN: 1 where an
            accuracy is not on the data that the homework names, but on what is embedded in their place.
        replaced: the network was judged with replacement blocks of the kit's in it.
        cut_short: what kept it from being decided where it was graded: UNRUN, TIME or MEMORY; empty if none of these.
    """

    status: Status
    reason: str = ""
    hint: str = ""
    mistake: str = ""
    detail: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    shown: str = ""
    points: float = 0.0
    table: Table = ()
    flag: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    replaced: bool = False
    cut_short: str = ""

    @property
    def suspected(self) -> bool:
        """Whether a person has to look at it: it bears a name, and is open all the same."""
        return self.status is Status.UNSETTLED and bool(self.mistake)

    def worth(self, points: float) -> Outcome:
        """A copy with its share of *points*."""
        return replace(self, points=points if self.status is Status.PASSED else 0.0)

    def to_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return {**vars(self), "status": self.status.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """Make an outcome of :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: the values are not an outcome's.
        """
        texts = {name: tuple(str(line) for line in data[name]) for name in ("detail", "remarks")}
        rows = tuple((str(a), str(b), str(c)) for a, b, c in data.get("table", ()))  # reports of before have none
        return cls(**{**data, **texts, "table": rows, "status": Status(data["status"])})
