"""Finds where else a written answer may be, if not in the file for answers: reports, and files not read here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from autograder.homework import ANSWERS
from autograder.ingest.names import is_paper, shown
from autograder.ingest.sections import as_text
from autograder.submission import Submission

MAX_NAMED = 3  # documents, and sentences
NOT_READ = "can't be read here"
SILENT = f"not in {ANSWERS}"


@dataclass(frozen=True)
class Elsewhere:
    """Where an answer may be.

    Attributes:
        said: a sentence without its full stop; empty if only the file for answers may hold it.
        documents: the digest of what it may stand in; empty if nothing of it can be told from something else.
    """

    said: str = ""
    documents: str = ""


def elsewhere(submission: Submission) -> Elsewhere:
    """Where a person has to look before an answer of *submission* counts as missing."""
    names = [name for name in submission.document_hashes if is_paper(name)]
    why = _why_not_here(submission)
    unread = [text for name, text in submission.problems.items() if name.lower().endswith((".ipynb", ".pdf"))]
    if not names and not unread and why == SILENT:
        return Elsewhere()
    reports = [name for name in names if shown(name) not in why]
    said = [_with_length(name, submission) for name in reports[:MAX_NAMED]]
    if len(reports) > MAX_NAMED:
        said.append(f"there are {len(reports) - MAX_NAMED} more")
    parts = [why, *([" and ".join(said)] if said else []), *unread[:MAX_NAMED]]
    hashes = [submission.document_hashes[name] for name in names]
    digest = hashlib.sha256(repr(hashes).encode()).hexdigest()[:16] if hashes else ""
    return Elsewhere("; ".join(dict.fromkeys(parts)), digest)


def _why_not_here(submission: Submission) -> str:
    """Why there is no answer in the file for answers, as far as its bytes say."""
    if ANSWERS in submission.files:
        problem = as_text(submission.files[ANSWERS]).problem
        return f"{ANSWERS} {problem}" if problem else SILENT
    given = submission.open_reason(ANSWERS) or submission.problems.get(ANSWERS) or submission.missing.get(ANSWERS)
    return given or SILENT


def _with_length(name: str, submission: Submission) -> str:
    if name in submission.lengths:
        return f"{shown(name)} has {submission.lengths[name]}"
    return f"{shown(name)} {'is there' if name.lower().endswith('.pdf') else NOT_READ}"
