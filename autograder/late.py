"""Late hand-ins: how late one is by the rubric's rules, what that costs, and the sentence that says how it came about.

Pure. The time is that of the hand-in, as whoever took it says, never the clock's: graded again a year later, or on a
clock that goes backwards, it costs the same. What only a file's own time says costs nothing: a person looks at it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from autograder.text import points

DAY, HOUR, MINUTE = 86_400, 3_600, 60  # seconds
UNITS = {"day": DAY, "hour": HOUR}
KEYS = ("due", "points", "percent", "each", "grace_minutes", "cap", "late_days")
MOST_DAYS = 366  # of an extension, a grace or a budget: what is more is a slip of the keyboard
LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
KNOWN = "known"  # a learning management system, Gradescope or the roster says when it was handed in
MARKED = "marked"  # a learning management system says that it was late, and not when
FILES = "files"  # the times of its files are all there is


@dataclass(frozen=True)
class Rules:
    """The rubric's table ``[late]``; see docs/late.md.

    Attributes:
        due: with its time zone.
        loss: what each late day or hour that has begun costs, in *unit*.
        unit: ``"percent"`` of the points that were earned, or ``"points"``.
        each: ``"day"`` or ``"hour"``.
        grace_minutes: taken off first, whatever comes of it.
        cap: the most that is lost, in *unit*.
        late_days: how many late days of this homework cost nothing.
    """

    due: datetime
    loss: float
    unit: str
    each: str = "day"
    grace_minutes: float = 0.0
    cap: float = math.inf
    late_days: int = 0

    def to_json(self) -> dict[str, Any]:
        """As the values of a table that :func:`rules_of` reads."""
        table = {"due": self.due.isoformat(), self.unit: self.loss, "each": self.each}
        table |= {"grace_minutes": self.grace_minutes, "late_days": self.late_days}
        return table if math.isinf(self.cap) else {**table, "cap": self.cap}


@dataclass(frozen=True)
class Allowance:
    """What the roster grants one student.

    Attributes:
        extension: seconds by which the due date is later.
        late_days: how many are left, in the place of the rubric's; None: the rubric's.
        handed_in: when it was handed in, seconds since 1970; None: the roster does not say.
    """

    extension: int = 0
    late_days: int | None = None
    handed_in: int | None = None


NO_ALLOWANCE = Allowance()


@dataclass(frozen=True)
class Deduction:
    """What is taken off, and why: a sentence without its full stop, empty for what was handed in in time."""

    points: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Lateness:
    """When something was handed in, and by which rules that counts.

    Attributes:
        handed_in: seconds since 1970; None if only a mark says that it was late.
        source: ``KNOWN``, ``MARKED`` or ``FILES``.
        allowance: the student's own.
    """

    rules: Rules
    handed_in: int | None
    source: str
    allowance: Allowance = NO_ALLOWANCE

    def deduction(self, earned: float) -> Deduction:
        """What is taken off *earned* points; nothing where nobody says when it was handed in."""
        if self.source != KNOWN or self.handed_in is None:
            return Deduction()
        return deduction(self.handed_in, self.rules, self.allowance, earned)

    @property
    def remark(self) -> str:
        """What a person should look at, since nobody says when it was handed in; empty if there is nothing."""
        settle = "nothing is taken off; the roster's column `handed in` settles it"
        if self.source == MARKED:
            return f"marked as late where it was handed in, without a time: {settle}"
        if self.source != FILES or self.handed_in is None:
            return ""
        after = self.handed_in - self.rules.due.timestamp()
        if after <= self.allowance.extension + self.rules.grace_minutes * MINUTE:
            return ""
        at = datetime.fromtimestamp(self.handed_in, self.rules.due.tzinfo)
        said = f"by the time of its files ({at:%Y-%m-%d %H:%M}) it was handed in {duration(after)} after the due date"
        return f"{said}, but nobody says so: {settle}"

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        at = None if self.handed_in is None else datetime.fromtimestamp(self.handed_in, UTC).isoformat()
        return {
            "handed_in": at,
            "source": self.source,
            "extension_seconds": self.allowance.extension,
            "late_days": self.allowance.late_days,
            "rules": self.rules.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Lateness:
        """From :meth:`to_json`'s values.

        Raises:
            KeyError, ValueError, TypeError: the values are not those of a lateness.
        """
        at, days = data["handed_in"], data["late_days"]
        allowance = Allowance(int(data["extension_seconds"]), None if days is None else int(days))
        handed_in = None if at is None else int(datetime.fromisoformat(at).timestamp())
        return cls(rules_of(data["rules"]), handed_in, str(data["source"]), allowance)


def deduction(handed_in: float, rules: Rules, allowance: Allowance, earned: float) -> Deduction:
    """What is taken off *earned* points for what was handed in at *handed_in*, seconds since 1970; at most these.

    Grace and extension are taken off first, then as many late days as there are; of what is left each day or hour that
    has begun counts.
    """
    after = handed_in - rules.due.timestamp()
    if after <= 0:
        return Deduction()
    grace = rules.grace_minutes * MINUTE
    said = f"Handed in {duration(after)} after the due date"
    if allowance.extension:
        said += f" with {duration(allowance.extension)} of extension"
    late = after - allowance.extension - grace
    if late <= 0:
        within = f", within {duration(grace)} of grace" if after > allowance.extension else ""
        return Deduction(0.0, f"{said}{within}: nothing is taken off")
    budget = rules.late_days if allowance.late_days is None else allowance.late_days
    used = min(budget, math.ceil(late / DAY))
    if used:
        said += f" and {used} of {_counted(budget, 'late day')} used"
    begun = math.ceil(max(0.0, late - used * DAY) / UNITS[rules.each])
    if not begun:
        return Deduction(0.0, f"{said}: nothing is taken off")
    return _charged(f"{said}: {_counted(begun, f'started {rules.each}')}", begun, rules, max(0.0, earned))


def _charged(said: str, begun: int, rules: Rules, earned: float) -> Deduction:
    """What *begun* days or hours cost, with the sentence that begins with *said*."""
    named = "%" if rules.unit == "percent" else "points"
    share = min(begun * rules.loss, rules.cap)
    said += f", {points(rules.loss)} {named} each"
    if share < begun * rules.loss:
        said += f", {points(rules.cap)} {named} at the most"
    lost = round(earned * min(share, 100.0) / 100 if rules.unit == "percent" else min(share, earned), 2)
    if not lost:
        return Deduction(0.0, f"{said}: nothing is taken off")
    return Deduction(min(lost, earned), f"{said}: -{points(lost)} points")


def duration(seconds: float) -> str:
    """``2 days 3 h``, ``1 day 5 min``, ``3 h 5 min``, ``5 min``, ``40 s``: the two largest units that are not 0."""
    whole = int(seconds)
    counts = (whole // DAY, whole // HOUR % 24, whole // MINUTE % 60, whole % 60)
    names = ("day" if counts[0] == 1 else "days", "h", "min", "s")
    named = [f"{count} {name}" for count, name in zip(counts, names, strict=True) if count]
    return " ".join(named[:2] if counts[0] or counts[1] else named[:1]) or "0 s"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# What people write


def rules_of(table: Any) -> Rules:
    """The rules in the rubric's table ``[late]``.

    Raises:
        ValueError: a key is unknown or missing, or a value is not accepted; a sentence says which.
    """
    if not isinstance(table, Mapping):
        raise ValueError("[late] must be a table")
    unknown = [name for name in table if name not in KEYS]
    if unknown:
        raise ValueError(f"[late] has the keys {', '.join(KEYS)}, not {', '.join(unknown)}")
    units = [unit for unit in ("points", "percent") if unit in table]
    if len(units) != 1:
        raise ValueError("[late] needs one of points and percent: what each late day or hour costs")
    each = table.get("each", "day")
    if not isinstance(each, str) or each not in UNITS:
        raise ValueError(f"[late] each must be {' or '.join(UNITS)}, not {each!r}")
    (unit,) = units
    most = 100.0 if unit == "percent" else math.inf
    due, loss = _due(table.get("due")), _number(table, unit, most)
    grace, days = _number(table, "grace_minutes", MOST_DAYS * 1440), _number(table, "late_days", MOST_DAYS)
    if days != int(days):
        raise ValueError(f"[late] late_days must be a whole number, not {points(days)}")
    cap = _number(table, "cap", most) if "cap" in table else math.inf
    return Rules(due, loss, unit, each, grace, cap, int(days))


def _due(value: Any) -> datetime:
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError("[late] due must be a date and time with its time zone, like 2026-03-31T23:59:00+09:00")
    return moment


def _number(table: Mapping[str, Any], name: str, most: float) -> float:
    value = table.get(name, 0)
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= most
    if not fits or math.isinf(value):
        bounds = "0 or more" if math.isinf(most) else f"from 0 to {points(most)}"
        raise ValueError(f"[late] {name} must be a number, {bounds}, not {value!r}")
    return float(value)


def allowance_of(extension: str, late_days: str, handed_in: str, rules: Rules) -> Allowance:
    """What the cells of a roster's row grant; empty ones grant nothing.

    Args:
        extension: days, a date (then until the due date's time of day), or a time with its zone.
        late_days: how many are left.
        handed_in: a time with its zone.

    Raises:
        ValueError: a cell can't be read, or an extension ends before the due date; a sentence says what to write.
    """
    days = None
    if late_days:
        if not (late_days.isascii() and late_days.isdigit()) or int(late_days[:9]) > MOST_DAYS:
            raise ValueError(f"late days must be a whole number up to {MOST_DAYS}, not {late_days!r}")
        days = int(late_days)
    at = _moment(handed_in)
    if handed_in and (at is None or at.tzinfo is None):
        raise ValueError(f"handed in must be a time with its zone, like 2026-04-01T08:30:00+09:00, not {handed_in!r}")
    seconds = _extension(extension, rules) if extension else 0
    return Allowance(seconds, days, None if at is None else whole_seconds(at.timestamp()))


def _extension(cell: str, rules: Rules) -> int:
    try:
        days = float(cell)
    except ValueError:
        return _until(cell, rules)
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"extension must be from 0 to {MOST_DAYS} days, not {cell!r}")
    return round(days * DAY)


def _until(cell: str, rules: Rules) -> int:
    """Seconds from the due date to the date or time in *cell*."""
    try:
        until: datetime | None = datetime.combine(date.fromisoformat(cell), rules.due.timetz())
    except ValueError:
        until = _moment(cell)
    if until is None or until.tzinfo is None:
        example = "a date like 2026-04-03, or a time with its zone like 2026-04-03T12:00:00+09:00"
        raise ValueError(f"extension must be a number of days, {example}, not {cell!r}")
    if until < rules.due:
        raise ValueError(f"the extension to {cell} ends before the due date, {rules.due.isoformat(' ')}")
    if until - rules.due > timedelta(MOST_DAYS):
        raise ValueError(f"the extension to {cell} is longer than {MOST_DAYS} days")
    return int((until - rules.due).total_seconds())


def _moment(cell: str) -> datetime | None:
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def whole_seconds(seconds: float) -> int | None:
    """*seconds* since 1970 without their fraction; None for what is no file's time and no hand-in's."""
    return int(seconds) if 0 < seconds < LAST else None
