"""What is known of each check while a working copy is watched, as lines that fit a terminal; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder.check import Check
from autograder.outcome import Outcome, Status
from autograder.render.text import WIDTH, Style, check_lines, heading, without_colour
from autograder.rubric import Rubric
from autograder.student.watching.changes import ANOTHER_SENTENCE, change_of
from autograder.text import LENGTH, plain

CHANGED, WRONG, TO_DO, REST = range(4)  # what is shown first where not all has room
RANKS = {Status.FAILED: WRONG, Status.STOPPED: WRONG, Status.UNGRADED: WRONG, Status.TODO: TO_DO}
MORE = "{} not shown: make the terminal taller, or name a part with --part."
NOT_YET = ("…", ".")
SHORT = WIDTH - 18  # characters of a title that fits into one line with its mark and its points


@dataclass
class Verdicts:
    """The verdicts on the checks: of now, and of the last round that came to its end.

    Attributes:
        checks: those that are judged.
        rubric: what they are worth, and what the parts are called.
        verbose: all details are shown.
        style: colours.
        unicode: whether the terminal has more than ASCII.
        now, before: the outcomes by check.
        told: the checks that this round has judged.
    """

    checks: tuple[Check, ...]
    rubric: Rubric
    verbose: bool = False
    style: Style = without_colour
    unicode: bool = True
    now: dict[str, Outcome] = field(default_factory=dict)
    before: dict[str, Outcome] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        parts = list(dict.fromkeys(check.part for check in self.checks))
        self.checks = tuple(sorted(self.checks, key=lambda check: parts.index(check.part)))

    def begin(self) -> None:
        """A round begins."""
        self.told = set()

    def tell(self, check: Check, outcome: Outcome) -> None:
        """The round has judged *check*."""
        self.told.add(check.id)
        self.now[check.id] = outcome

    def end(self) -> None:
        """The round has come to its end; its verdicts are what later ones are compared with from the next one on."""
        self.before = dict(self.now)

    def changes(self) -> dict[str, str]:
        """By check, what is new since the last round that came to its end; empty for nothing."""
        return {check.id: self.change(check) for check in self.checks}

    def change(self, check: Check) -> str:
        """What is new about the verdict on *check*."""
        return change_of(self.before.get(check.id), self.now[check.id]) if check.id in self.now else ""

    def lines(self, check: Check, change: str, style: Style | None = None, most: int = LENGTH) -> list[str]:
        """The lines on *check*, with what is new about it; its title is cut at *most* characters."""
        called = "" if check.part == "files" else check.id
        title = plain(": ".join(filter(None, (", ".join(filter(None, (called, change))), check.title))), most)
        outcome = self.now.get(check.id)
        if outcome is None:
            return [self.style(f"  {NOT_YET[not self.unicode]} {title}", "dim")]
        worth = self.rubric.worth(check.id)
        style = style or self.style
        return list(check_lines(title, outcome.worth(worth), worth, style, self.verbose, self.unicode))

    def heading(self, part: str) -> str:
        """The heading of a part."""
        return heading(part, self.rubric.parts.get(part, ""), self.style)


@dataclass(frozen=True)
class Block:
    """The lines on one check.

    Attributes:
        part: under whose heading it stands.
        lines: all of them.
        short: what stands for them where there is less room.
        rank: CHANGED, WRONG, TO_DO or REST.
    """

    part: str
    lines: tuple[str, ...]
    short: str
    rank: int


def blocks(verdicts: Verdicts, changes: Mapping[str, str], running: bool) -> list[Block]:
    """A block for each check of *verdicts*; while a round is *running*, what it has not judged yet is dim.

    Args:
        changes: by check, what is new.
    """

    def dim(text: str, colour: str) -> str:
        return verdicts.style(text, "dim")

    found = []
    for check in verdicts.checks:
        change, style = changes.get(check.id, ""), dim if running and check.id not in verdicts.told else None
        lines, short = verdicts.lines(check, change, style), verdicts.lines(check, change, style, SHORT)[0]
        found.append(Block(check.part, tuple(lines), short, _rank(verdicts.now.get(check.id), change)))
    return found


def _rank(outcome: Outcome | None, change: str) -> int:
    if outcome is None:
        return REST
    fine = outcome.status is Status.PASSED and change == ANOTHER_SENTENCE  # a remark that came or went
    return CHANGED if change and not fine else RANKS.get(outcome.status, REST)


def fitted(found: Sequence[Block], headings: Callable[[str], str], room: int) -> list[str]:
    """*found* under the headings of their parts, in at most *room* lines: what has changed or is wrong comes first.

    Where not all of it fits, each has one line, and those that have changed or are wrong have all of theirs as far as
    there is room; a last line says how many are left out.
    """
    whole = list(listed(found, headings))
    if len(whole) <= room:
        return whole
    shown: dict[int, tuple[str, ...]] = {}
    left, parts = room - 1, set[str]()
    for rank in (CHANGED, WRONG, TO_DO, REST):
        alike = [number for number, one in enumerate(found) if one.rank == rank]
        for number in alike:
            lines = 1 if found[number].part in parts else 3  # a heading, and an empty line above it
            if lines <= left:
                shown[number] = (found[number].short,)
                parts.add(found[number].part)
                left -= lines
        grows = [number for number in alike if number in shown and rank < TO_DO]
        for number in grows:
            more = len(found[number].lines) - 1
            if number == grows[0]:
                more = min(more, left)  # it is rather cut than not shown
            if 0 < more <= left:
                shown[number] = found[number].lines[: 1 + more]
                left -= more
    rows = list(listed([replace(found[number], lines=shown[number]) for number in sorted(shown)], headings))
    return [*rows, *([MORE.format(len(found) - len(shown))] if len(shown) < len(found) else [])][: max(room, 0)]


def listed(found: Sequence[Block], headings: Callable[[str], str]) -> Iterator[str]:
    """*found* under the headings of their parts."""
    part = ""
    for one in found:
        if one.part != part:
            yield from ([""] if part else [])
            part = one.part
            yield headings(part)
        yield from one.lines
