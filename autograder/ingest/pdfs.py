"""The figures in a report.pdf, read in a worker, for people to compare with what was measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

from autograder.check import Probe
from autograder.evidence import Evidence, Observation, Stopped
from autograder.homework import in_force
from autograder.ingest.claimed import in_pdf
from autograder.ingest.names import shown
from autograder.ingest.opening import Opens
from autograder.submission import Claimed, Submission
from autograder.text import visible

SECONDS = 60.0  # a report of ten pages takes 0.5 s
SUFFIX = ".pdf"
CANDIDATE = 6_000  # characters of what may be an answer


def with_reports(submission: Submission, kit: Opens) -> Submission:
    """*submission* with the figures of its PDFs as claims, and a remark on each that can't be read."""
    found = {name: path for name, path in submission.documents.items() if name.lower().endswith(SUFFIX)}
    claims: list[str] = []
    claimed: list[Claimed] = []
    remarks: list[str] = []
    lengths: dict[str, str] = {}
    candidates: dict[str, list[str]] = {}
    if not found:
        return submission
    with kit.reading(submission) as session:
        for name, path in found.items():
            file = os.fspath(path)
            probe = Probe(
                f"report {name}",
                "pdf",
                (),
                "source",
                {"file": file, **in_force().told},
                SECONDS,
                fresh=True,
                reads=(file,),
            )
            seen = session.observe(probe, b"")
            claims += _claims(name, seen)
            claimed += _claimed(name, seen)
            remarks += _remarks(name, seen)
            lengths[name] = _length(seen)
            for item, text in _candidates(name, seen):
                candidates.setdefault(item, []).append(text)
    return replace(
        submission,
        claims=(*submission.claims, *claims),
        claimed=(*submission.claimed, *claimed),
        remarks=(*submission.remarks, *remarks),
        lengths=lengths,
        candidates={item: tuple(texts) for item, texts in candidates.items()},
    )


def _length(seen: Observation) -> str:
    """How much there is to read, as in "it has ..."."""
    if not isinstance(seen, Evidence) or seen.facts["error"]:
        return "pages that can't be read here"
    pages = int(seen.facts["pages"])
    return f"{pages:,} page{'' if pages == 1 else 's'}, {int(seen.facts['characters']):,} letters"


def _claims(name: str, seen: Observation) -> Iterator[str]:
    if isinstance(seen, Evidence):
        for page, _, text in seen.facts["figures"]:
            yield f"{name}, page {page}: {text}"


def _claimed(name: str, seen: Observation) -> Iterator[Claimed]:
    if isinstance(seen, Evidence):
        for page, figure, text in seen.facts["figures"]:
            yield from in_pdf(name, page, figure, text)


def _candidates(name: str, seen: Observation) -> Iterator[tuple[str, str]]:
    """By question, the text under a heading like it, with its place."""
    if isinstance(seen, Evidence):
        for place, (item, page) in enumerate(seen.facts["candidates"]):
            text = seen.arrays[f"candidate {place}"].tobytes().decode(errors="replace")
            yield item, f"{shown(name)}, page {page}:\n{visible(text, CANDIDATE)}"


def _remarks(name: str, seen: Observation) -> Iterator[str]:
    match seen:
        case Evidence(facts={"error": str(error)}) if error:
            yield f"{name} was not read: {error}"
        case Evidence(facts={"pages": int(pages), "read": int(read)}) if read < pages:
            yield f"only the first {read} of {pages} pages of {name} were read"
        case Evidence():
            pass
        case Stopped(reason="time"):
            yield f"{name} was not read: it takes more than {SECONDS:g} s"
        case _:
            yield f"{name} was not read: it is damaged"
