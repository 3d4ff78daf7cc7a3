"""What Gradescope says of an upload: ``submission_metadata.json``, read as far as it can be.

The format "may be subject to change" (gradescope-autograders.readthedocs.io, "submission_metadata"): whatever is
missing or has another form is left out, and nothing is raised. Lateness comes from the time of the upload, never from
the clock: a regrade a month later gives the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

LARGEST = 50_000_000  # bytes; results of an earlier upload stand in it, some 100 kB


@dataclass(frozen=True)
class Upload:
    """One upload.

    Attributes:
        number: Gradescope's own, which is not a student id.
        addresses: e-mail addresses of those who handed in; several are a group.
        created: when it was handed in.
        due: when it was due; the later date if the student has an extension.
        late_due: until when it is accepted at all.
        earlier: the score of the newest earlier upload that was graded.
        problem: why the file could not be read, or nothing.
    """

    number: str = ""
    addresses: tuple[str, ...] = ()
    created: datetime | None = None
    due: datetime | None = None
    late_due: datetime | None = None
    earlier: float | None = None
    problem: str = ""

    @property
    def late(self) -> timedelta:
        """How long after the due date it was handed in; zero if it was in time, or if that is not known."""
        if self.created is None or self.due is None:
            return timedelta(0)
        return max(self.created - self.due, timedelta(0))


def read_metadata(path: Path) -> Upload:
    """Read *path*; what it does not say stays empty."""
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(LARGEST))
    except FileNotFoundError:
        return Upload(problem="submission_metadata.json is missing")
    except (OSError, ValueError, RecursionError):
        return Upload(problem="submission_metadata.json can't be read")
    if not isinstance(data, dict):
        return Upload(problem="submission_metadata.json does not have the expected form")
    users = [user for user in _listed(data.get("users")) if isinstance(user, dict)]
    assignments = [_table(data.get("assignment")), *(_table(user.get("assignment")) for user in users)]
    return Upload(
        number=_text(data.get("id")),
        addresses=tuple(filter(None, (_text(user.get("email")) for user in users))),
        created=_time(data.get("created_at")),
        due=_latest(assignments, "due_date"),
        late_due=_latest(assignments, "late_due_date"),
        earlier=_earlier(data.get("previous_submissions")),
    )


def _earlier(uploads: Any) -> float | None:
    """The last valid score; they are listed in the order of their times."""
    graded = [one for one in _listed(uploads) if isinstance(one, dict) and one.get("autograder_error") is not True]
    for score in (one.get("score") for one in reversed(graded)):
        if isinstance(score, (int, float, str)) and not isinstance(score, bool):
            try:
                number = float(score)
            except (ValueError, OverflowError):
                continue
            if number == number and abs(number) < 1e9:  # not NaN, not infinite
                return number
    return None


def _latest(assignments: list[Mapping[str, Any]], name: str) -> datetime | None:
    times = [time for one in assignments if (time := _time(one.get(name))) is not None]
    return max(times, default=None)


def _time(value: Any) -> datetime | None:
    """``2026-03-01T12:00:00.000000-07:00``; without a zone it is nobody's time and left out."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo is not None else None


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value[:10_000] if isinstance(value, list) else []
