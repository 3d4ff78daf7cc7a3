"""What travels between the command and a worker of the cluster: values as JSON and bytes, in one frame of the wire.

Nothing that comes is unpickled. A parcel is data with a cap on its size, and what a worker sends is checked as its own
workers' replies are: it is a claim until it has been read.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from autograder.cohort.pages import ENDINGS
from autograder.discretion import for_students
from autograder.errors import ProtocolError
from autograder.keeping.kept import Kept
from autograder.keeping.session import LONGEST
from autograder.keeping.standing import StandsOn, stands_of
from autograder.kit import Kit
from autograder.outcome import Outcome
from autograder.render.feedback_page import feedback_page
from autograder.render.gradescope import results_json
from autograder.render.text import feedback_text
from autograder.report import Report, make_report
from autograder.sandbox.watch import OUTPUT_KEPT
from autograder.sandbox.wire import read_frame, write_frame
from autograder.submission import Submission

MOST_SENT = 4 << 30  # bytes of a hand-in: both checkpoints of VGG-19 have 162 MB
MOST_REPLIED = 256 << 20  # bytes of a reply: pages of a notebook have up to 48 MB, observations as a rule 100 kB
PLACE_LENGTH = 1 << 16  # characters of an environment and its layers
NAME = 64  # hexadecimal digits of an observation's name


@dataclass(frozen=True)
class Seen:
    """An observation that a worker has made or was given."""

    name: bytes
    probe: str
    kept: Kept


@dataclass(frozen=True)
class Reply:
    """What came of a hand-in.

    Attributes:
        pages: documents beside the report, by file name.
        stands_on: the observations that it was judged by.
        seen: what was observed there.
    """

    report: Report
    pages: Mapping[str, str]
    stands_on: StandsOn
    seen: tuple[Seen, ...] = ()


def packed(values: Mapping[str, Any], blobs: Mapping[str, bytes] | None = None) -> bytes:
    """*values*, which JSON can hold, and *blobs* by name."""
    import numpy as np

    listed = [[name, len(data)] for name, data in (blobs or {}).items()]
    text = json.dumps({"values": dict(values), "blobs": listed}).encode()
    parts = {"text": text, "blobs": b"".join((blobs or {}).values())}
    stream = io.BytesIO()
    write_frame(stream, {}, {name: np.frombuffer(data, np.uint8) for name, data in parts.items()})
    return stream.getvalue()


def unpacked(data: object, cap: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The values and the blobs that were packed.

    Raises:
        ProtocolError: these are not bytes of that form, or are more than *cap*.
    """
    if not isinstance(data, bytes):
        raise ProtocolError(f"a parcel that is a {type(data).__name__}")
    _, parts = read_frame(io.BytesIO(data), cap) or ({}, {})
    try:
        told = json.loads(parts["text"].tobytes())
        values, listed = dict(told["values"]), [(str(name), int(size)) for name, size in told["blobs"]]
        body = memoryview(parts["blobs"].tobytes())
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ProtocolError("a parcel of another form") from error
    if any(size < 0 for _, size in listed) or sum(size for _, size in listed) != len(body):
        raise ProtocolError("a parcel whose sizes do not add up")
    blobs, begin = {}, 0
    for name, size in listed:
        blobs[name] = bytes(body[begin : begin + size])
        begin += size
    return values, blobs


# What is observed


def seen_packed(seen: tuple[Seen, ...]) -> tuple[list[Any], dict[str, bytes]]:
    """*seen* as values and blobs."""
    listed = [[one.name.hex(), one.probe, dict(one.kept.place), one.kept.seconds] for one in seen]
    blobs = {f"frame {number}": one.kept.frame for number, one in enumerate(seen)}
    return listed, blobs | {f"printed {number}": one.kept.printed for number, one in enumerate(seen)}


def seen_of(listed: object, blobs: Mapping[str, bytes]) -> tuple[Seen, ...]:
    """The observations in a parcel; what their frames hold is checked when they are used, as with any in the journal.

    Raises:
        ProtocolError: they are not of that form.
    """
    found = []
    for number, entry in enumerate(listed if isinstance(listed, list) else [None]):
        frame, printed = (blobs.get(f"{what} {number}") for what in ("frame", "printed"))
        match entry:
            case [str(name), str(probe), dict(place), int() | float() as seconds] if frame and printed is not None:
                whole = math.isfinite(seconds) and len(frame) <= LONGEST and len(printed) <= OUTPUT_KEPT * 4
                if not whole or len(json.dumps(place)) > PLACE_LENGTH:
                    raise ProtocolError("an observation that is too large")
                if not all(isinstance(place.get(part, {}), dict) for part in ("environment", "layers")):
                    raise ProtocolError("an observation without a place")
                read_frame(io.BytesIO(frame), LONGEST)
                found.append(Seen(_digest(name), probe, Kept(frame, printed, place, float(seconds))))
            case _:
                raise ProtocolError("an observation of another form")
    return tuple(found)


def _digest(name: object) -> bytes:
    """The bytes of an observation's name in hexadecimal."""
    try:
        if isinstance(name, str) and len(name) == NAME:
            return bytes.fromhex(name)
    except ValueError:
        pass
    raise ProtocolError("an observation whose name is not a digest")


# A reply


def reply_packed(reply: Reply) -> bytes:
    """*reply*; of what was observed, only as much as fits is in it: the rest is observed again if it is needed."""
    pages = {f"page {number}": text.encode(errors="surrogatepass") for number, text in enumerate(reply.pages.values())}
    body = json.dumps(reply.report.to_json()).encode()
    room, seen = MOST_REPLIED // 2 - sum(map(len, (body, *pages.values()))), []
    for one in reply.seen:
        room -= len(one.kept.frame) + len(one.kept.printed)
        if room > 0:
            seen.append(one)
    listed, blobs = seen_packed(tuple(seen))
    values = {"pages": list(reply.pages), "stands_on": dict(reply.stands_on), "seen": listed}
    return packed(values, {"report": body, **pages, **blobs})


def reply_of(values: Mapping[str, Any], blobs: Mapping[str, bytes], submission: Submission, kit: Kit) -> Reply:
    """What a worker says of *submission*.

    Raises:
        ProtocolError: it is not a report on this hand-in by this rubric, or anything beside it is of another form.
    """
    try:
        report = Report.from_json(json.loads(blobs["report"]))
        _require_report(report, submission, kit)
        names = [str(name) for name in values["pages"]]
        pages = {name: blobs[f"page {n}"].decode(errors="surrogatepass") for n, name in enumerate(names)}
        stands_on = _standing(values["stands_on"])
        seen = seen_of(values["seen"], blobs)
    except ProtocolError:
        raise
    except Exception as error:  # a claim may be wrong in any way
        raise ProtocolError(f"a report of another form ({type(error).__name__})") from error
    for name in names:
        if PurePath(name).name != name or not name.endswith(ENDINGS) or "\\" in name or name in ENDINGS:
            raise ProtocolError("a page of another name")
    return Reply(report, pages, stands_on, seen)


def _standing(values: Mapping[str, Any]) -> StandsOn:
    """What a report stands on, each name checked, and each figure."""
    found = stands_of(values)
    for one in (stand for probes in found.values() for stand in probes.values()):
        _digest(one.name)
        if not (isinstance(one.seconds, int | float) and 0 <= one.seconds < math.inf and isinstance(one.late, bool)):
            raise ProtocolError("an observation that a report stands on, of another form")
    return found


def _require_report(report: Report, submission: Submission, kit: Kit) -> None:
    """Require that *report* is on *submission*, has the rubric's lines, and can be shown."""
    blank = make_report(submission.id, submission.digest, kit.homework.checks, {}, kit.rubric, (), {})
    heads = [[(n.id, n.title, n.part, n.points) for n in one.lines] for one in (report, blank)]
    if (report.student, report.digest) != (blank.student, blank.digest) or heads[0] != heads[1]:
        raise ProtocolError("a report on something else")
    if not all(_within(line.outcome, line.points) for line in report.lines) or report.late or report.decisions:
        raise ProtocolError("a report with more than a worker may give")
    shown = for_students(report)
    json.dumps([report.to_json(), results_json(shown, kit.rubric)])
    feedback_text(shown, kit.rubric)
    feedback_page(shown, kit.rubric)


def _within(outcome: Outcome, points: float) -> bool:
    return isinstance(outcome.points, int | float) and 0 <= outcome.points <= points
