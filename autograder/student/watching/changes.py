"""What is another than before: the files of a working copy, and the verdicts on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograder.ingest.checkpoint import SUFFIX
from autograder.ingest.names import CHECKPOINTS, shown
from autograder.outcome import Outcome, Status
from autograder.submission import Submission

NEWLY_PASSED, NEWLY_FAILED = "newly passed", "newly failed"
NO_LONGER_PASSED, ANOTHER_SENTENCE = "no longer passed", "another sentence"
MOST_NAMED = 3  # files in a sentence


def changed_files(before: Submission, now: Submission) -> list[str]:
    """The names of what was saved, added or taken away between the two."""
    old, new = _contents(before), _contents(now)
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _contents(one: Submission) -> dict[str, Any]:
    """By name, what is equal only for equal files."""
    checkpoints = {f"{CHECKPOINTS}/{name}{SUFFIX}": digest for name, digest in one.checkpoint_hashes.items()}
    unread = {**one.problems, **one.undecided}
    return {**unread, **one.data, **one.files, **one.document_hashes, **checkpoints}


def said_of_files(names: Iterable[str]) -> str:
    """A clause on files that were saved: ``vgg.py has changed``."""
    named = [shown(name) for name in names]
    if not named:
        return "the folder has changed"
    if len(named) > MOST_NAMED:
        return f"{len(named)} files have changed"
    *most, last = named
    return f"{', '.join(most)} and {last} have changed" if most else f"{last} has changed"


def change_of(before: Outcome | None, now: Outcome) -> str:
    """What is new about a verdict, in two words; empty if nothing is, or if there was none."""
    if before is None:
        return ""
    passed = before.status is Status.PASSED, now.status is Status.PASSED
    match passed:
        case (False, True):
            return NEWLY_PASSED
        case (True, False):
            return NO_LONGER_PASSED if now.status.open else NEWLY_FAILED
    return ANOTHER_SENTENCE if _sentences(before) != _sentences(now) else ""


def _sentences(one: Outcome) -> tuple[Any, ...]:
    return one.status, one.reason, one.hint, one.remarks


def said_of_verdicts(changes: Mapping[str, str]) -> str:
    """A clause on the verdicts that have changed: ``newly passed: 2.1a, 2.1b; newly failed: 1.2a``.

    Args:
        changes: by check, what is new; empty for nothing.
    """
    kinds = (NEWLY_PASSED, NEWLY_FAILED, NO_LONGER_PASSED, ANOTHER_SENTENCE)
    alike = {kind: [check for check, change in changes.items() if change == kind] for kind in kinds}
    return "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in alike.items() if ids) or "every verdict is as before"
