"""What a probe brought back: evidence, an exception, or nothing because it was stopped.

All of it is a claim by code that ran beside the student's: plain data, judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # the first verdicts come before numpy is needed
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.generic]
else:
    Array = Any

Fact = Any
"""A JSON value."""


@dataclass(frozen=True)
class Evidence:
    """A probe's answer.

    Attributes:
        facts: JSON values by name.
        arrays: arrays by name; dtype float32, float64, int64, uint8 or bool.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """One line of a traceback, in a file of the submission."""

    file: str
    line: int
    function: str
    text: str

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}, line {self.line}"

    def __str__(self) -> str:
        return self.place + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Lack:
    """What a submission needs and the machine that grades lacks, usually a module; found by the grader itself.

    Attributes:
        name: as the submission's own import statement has it, or a form of Python in words.
        where: that statement's place; empty if the kit needs it.
        own: it is a file of the submission's that was not handed in, by its name.
        since: it came with Python 3.``since``, and this one is older; 0 if it is not part of Python.
    """

    name: str
    where: str = ""
    own: bool = False
    since: int = 0


@dataclass(frozen=True)
class Raised:
    """The submission's code raised.

    Attributes:
        kind: the exception's class name.
        message: its text, cut and stripped.
        frames: the traceback's lines in the submission, outermost first; none if it was raised elsewhere.
        during: what was under way, like ``"import"`` or ``"forward, train mode"``.
        block: the innermost module of a network that was running, for example ``"Net.block3 (Block), conv2"``.
        lacks: what was missing, if that is why; never the worker's word (``packages.py``).
        read: the message and the line were read in the hand-in's bytes before anything of it was run.
    """

    kind: str
    message: str
    frames: tuple[Frame, ...] = ()
    during: str = ""
    block: str = ""
    lacks: tuple[Lack, ...] = ()
    read: bool = False

    @property
    def todo(self) -> str | None:
        """The stub's text, if this is a stub that was left in."""
        is_stub = self.kind == "NotImplementedError" and self.message.startswith("TODO")
        return self.message if is_stub else None

    @property
    def where(self) -> str:
        """The innermost line of the submission's, or nothing."""
        return str(self.frames[-1]) if self.frames else ""


@dataclass(frozen=True)
class Stopped:
    """The worker was stopped or died before it answered.

    Attributes:
        reason: ``"time"``, ``"memory"``, ``"output"``, ``"disk"``, ``"threads"``, ``"died"`` or ``"protocol"``.
        detail: the limit, or how it died.
        during: what was under way.
        waited: why it had hardly computed when its time was up: ``"asleep"``, or ``"queued"`` if it got no core
            (``sandbox.clock``); empty if it had.
    """

    reason: str
    detail: str
    during: str = ""
    waited: str = ""


Observation = Evidence | Raised | Stopped
NOTHING: Mapping[str, Observation] = {}
"""No probe has been run before."""


class Origin(NamedTuple):
    """Where a line stands in a notebook; cells and lines are counted from 1 on, cells of text among them."""

    notebook: str
    cell: int
    line: int

    def __str__(self) -> str:
        return f"{self.notebook}, cell {self.cell}, line {self.line}"

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Origin:
        """Make an origin of its three values.

        Raises:
            ValueError, TypeError: they are not an origin's.
        """
        notebook, cell, line = values
        return cls(str(notebook), int(cell), int(line))
