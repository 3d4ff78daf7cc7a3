"""Grades drawn hand-ins in this process and compares the verdicts with the truth."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autograder.grade import judged
from autograder.hw1.checks import CHECKS as ALL_CHECKS
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.recording import Recording
from autograder.report import Report
from autograder.sandbox.host import Launcher

from .drawing import HandIn
from .records import CHECKS

STANDS_ON = {
    "1.1-accuracy": ("1.1-structure",),
    "2.2a-accuracy": ("2.1c-function",),
    "2.2b-accuracy": ("2.2b-structure",),
}
GENERAL = "not those of the loop|compute another function|should give the same weights|in the import of|Illegal seek"
"""Sentences that say no more than that something is wrong."""
Verdicts = dict[str, dict[str, Outcome]]
"""By hand-in and check."""


@dataclass(frozen=True)
class Fault:
    """One verdict that is not the right one."""

    hand_in: str
    seed: str
    style: str
    edit: str
    check: str
    wanted: str
    seen: str
    reason: str


def verdicts(
    hand_ins: Sequence[HandIn],
    recording: Recording,
    seed: bytes,
    launcher: Launcher,
    scratch: Path,
    jobs: int = 2,
    tell: Callable[[int], None] = lambda done: None,
) -> Verdicts:
    """Grade *hand_ins* with *seed*, *jobs* at a time, without training."""
    kit = Kit(seed=seed, train="never", recorded=lambda: recording, launcher=launcher, scratch=scratch)
    checks = tuple(check for check in ALL_CHECKS if not check.id.endswith("-Q11"))

    def one(hand_in: HandIn) -> Report:
        with tempfile.TemporaryDirectory(prefix="hw1-drawn-") as folder:
            place = Path(folder) / hand_in.id
            place.mkdir()
            for name, text in hand_in.files().items():
                (place / name).write_bytes(text.encode())
            submission = read_submission(place, kit.rubric.limits)
        with kit.session(submission) as session:
            return judged(kit.case(submission, session), session, checks)

    found: Verdicts = {}
    with ThreadPoolExecutor(jobs) as pool:
        for number, (hand_in, report) in enumerate(zip(hand_ins, pool.map(one, hand_ins), strict=True), 1):
            found[hand_in.id] = {line.id: line.outcome for line in report.lines}
            tell(number)
    return found


def faults(hand_ins: Iterable[HandIn], found: Verdicts, seed: str) -> list[Fault]:
    """Whatever of *found* is not what it should be."""
    wrong = []
    for hand_in in hand_ins:
        outcomes = found[hand_in.id]
        edited = hand_in.wrong
        for source in hand_in.sources:
            edit = source.edit
            for check in (*CHECKS[source.module], f"files-{source.module}"):
                outcome = outcomes[check]
                must = edit is not None and check in edit.fails
                if edit is not None and check in edit.may:
                    continue
                fine = _fine(outcome.status, must, check in source.opaque)
                if not fine:
                    wanted = "lost" if must else "passed"
                    wrong.append(
                        _fault(
                            hand_in,
                            seed,
                            source.style,
                            edit.id if must and edit else edited_id(hand_in, source.module),
                            check,
                            wanted,
                            outcome,
                        )
                    )
        for check, needs in STANDS_ON.items():
            outcome = outcomes[check]
            if outcome.status is Status.PASSED and edited is not None and edited.edit is not None:
                if {*needs, "1.2a"} & set(edited.edit.fails):
                    wrong.append(_fault(hand_in, seed, edited.style, edited.edit.id, check, "open or lost", outcome))
            elif (
                outcome.status in (Status.FAILED, Status.STOPPED)
                and edited is None
                and any(outcomes[n].status is Status.PASSED for n in needs)
            ):
                wrong.append(_fault(hand_in, seed, "", "", check, "open or passed", outcome))
    return wrong


def compact(found: Iterable[Fault]) -> list[str]:
    """A line for each hand-in, seed and reason, with the checks that have it in common."""
    groups: dict[tuple[str, ...], list[Fault]] = {}
    for fault in found:
        reason = re.sub(r"/\S*/", "", fault.reason)
        groups.setdefault(
            (fault.hand_in, fault.seed, fault.style, fault.edit, fault.wanted, fault.seen, reason[:60]), []
        ).append(fault)
    lines = []
    for (hand_in, seed, style, edit, wanted, seen, _), faults in groups.items():
        checks = ", ".join(fault.check for fault in faults)
        reason = faults[0].reason[:200]
        lines.append(f"{hand_in} {seed} [{edit or 'right'}] {checks}: {seen}, wanted {wanted}. {reason} <{style}>")
    return lines


def edited_id(hand_in: HandIn, module: str) -> str:
    """What is wrong with this hand-in, for a verdict on something else."""
    edited = hand_in.wrong
    if edited is None or edited.edit is None:
        return ""
    return f"only {edited.edit.id}" if edited.module == module else f"only {edited.module}: {edited.edit.id}"


def _fine(status: Status, must: bool, opaque: bool) -> bool:
    if opaque and status is Status.UNSETTLED:
        return True
    if must:
        return status in (Status.FAILED, Status.STOPPED)
    return status is Status.PASSED


def _fault(hand_in: HandIn, seed: str, style: str, edit: str, check: str, wanted: str, outcome: Outcome) -> Fault:
    reason = " | ".join(filter(None, (outcome.mistake, outcome.reason)))[:240]
    return Fault(hand_in.id, seed, style, edit, check, wanted, outcome.status.value, reason)


def left_open(hand_ins: Iterable[HandIn], found: Verdicts) -> tuple[list[str], int]:
    """Where the kit could not compare a right way of writing, each with its style, and of how many that it may not."""
    said, total = [], 0
    for hand_in in hand_ins:
        for source in hand_in.sources:
            lost = source.edit.fails + source.edit.may if source.edit is not None else ()
            for check in sorted(source.opaque - set(lost)):
                total += 1
                outcome = found[hand_in.id][check]
                if outcome.status is Status.UNSETTLED:
                    said.append(f"{hand_in.id} {check}: {outcome.reason[:80]} <{source.style}>")
    return said, total


def differences(hand_ins: Iterable[HandIn], by_seed: dict[str, Verdicts]) -> list[str]:
    """Verdicts that differ between seeds.

    What can't be paired with the reference is lost where a mistake's evidence is there to pair it with, and open
    without: it is recorded for one seed alone (``recordings.recorded``).
    """
    said = []
    for hand_in in hand_ins:
        seen = {seed: found[hand_in.id] for seed, found in by_seed.items()}
        first = next(iter(seen.values()))
        wrong = hand_in.wrong
        lost_or_open = wrong.opaque if wrong is not None else ()
        for check in first:
            words = {seed: outcomes[check].status.value for seed, outcomes in seen.items()}
            if check in lost_or_open and set(words.values()) == {Status.FAILED.value, Status.UNSETTLED.value}:
                continue
            if len(set(words.values())) > 1:
                edit = (
                    hand_in.wrong.edit.id if hand_in.wrong is not None and hand_in.wrong.edit is not None else "right"
                )
                styles = "; ".join(source.style for source in hand_in.sources if check in CHECKS[source.module])
                said.append(f"{hand_in.id}: [{edit}] {check}: {words} <{styles}>")
    return said


@dataclass(frozen=True)
class Said:
    """What a student with a mistake reads, and whether that is about the mistake."""

    edit: str
    check: str
    kind: str
    sentence: str
    style: str

    def __str__(self) -> str:
        return f"{self.kind:8} [{self.edit}] {self.check}: {self.sentence} <{self.style}>"


def sentences(hand_ins: Iterable[HandIn], found: Verdicts) -> list[Said]:
    """Of each mistake in the first check that it fails: ``named``, ``fact``, ``other`` or ``WRONG``.

    ``named``: a known mistake, and its sentence mentions what it must; ``fact``: no name, but the sentence mentions it;
    ``other``: neither; ``WRONG``: a name whose sentence mentions something else, or words that must not be said.
    """
    said = []
    for hand_in in hand_ins:
        source = hand_in.wrong
        if source is None or source.edit is None:
            continue
        edit = source.edit
        for check in edit.fails:
            outcome = found[hand_in.id][check]
            if outcome.status not in (Status.FAILED, Status.STOPPED):
                continue
            text = " ".join(filter(None, (outcome.reason, outcome.hint)))
            told = text if outcome.mistake else outcome.reason
            right = bool(edit.says) and re.search(edit.says, told) is not None and not re.search(GENERAL, told)
            never = bool(edit.never) and re.search(edit.never, text) is not None
            if never or (outcome.mistake and not right):
                kind = "WRONG"
            elif right:
                kind = "named" if outcome.mistake else "fact"
            else:
                kind = "other"
            label = f"({outcome.mistake}) " if outcome.mistake else ""
            said.append(Said(edit.id, check, kind, f"{label}{text}", source.style))
            break
    return said


def clock() -> float:
    """Seconds, to measure with."""
    return time.monotonic()
