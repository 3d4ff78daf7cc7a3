"""A hand-in as a parcel: its bytes travel with it, and on the worker's machine it is a submission again."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from autograder.cluster.parcels import Seen, packed, seen_of, seen_packed
from autograder.errors import HandinError, ProtocolError
from autograder.hashing import open_regular
from autograder.ingest.store import Store
from autograder.submission import Submission

BYTES, PATHS = ("files", "data"), ("checkpoints", "documents")
TEXTS = ("remarks", "flags", "claims", "foreign", "unread")  # tuples of sentences
PLAIN = ("id", "modified", "version", "absent", "problems", "missing", "undecided")
DIGEST = "known_digest"
# Who handed it in and when stays where the journal is; what is made of its documents is made where it is graded.


def hand_in_packed(found: Submission, known: tuple[Seen, ...] = ()) -> bytes:
    """*found*, which was just read, with what is *known* to have been observed of it."""
    values: dict[str, Any] = {name: getattr(found, name) for name in PLAIN}
    values |= {name: list(getattr(found, name)) for name in TEXTS}
    values |= {name: dict(getattr(found, name)) for name in ("problems", "missing", "undecided")}
    blobs: dict[str, bytes] = {}

    def put(data: bytes | None) -> int:
        """The number of *data* among the blobs; -1 for what can't be read."""
        if data is None:
            return -1
        blobs[f"file {len(blobs)}"] = data
        return len(blobs) - 1

    for name in BYTES:
        values[name] = [[path, put(data)] for path, data in getattr(found, name).items()]
    for name in PATHS:
        listed = getattr(found, name).items()
        values[name] = [[known_as, PurePath(path).suffix, put(_read(path))] for known_as, path in listed]
    seen, frames = seen_packed(known)
    return packed({**values, DIGEST: found.digest, "seen": seen}, blobs | frames)


def hand_in_of(values: dict[str, Any], blobs: dict[str, bytes], folder: Path) -> tuple[Submission, tuple[Seen, ...]]:
    """The hand-in in a parcel, its large files in *folder*, and what was known of it.

    Raises:
        ProtocolError: it is not of that form.
        HandinError: the disk is full.
    """
    store = Store(folder)

    def path_of(suffix: str, number: int) -> Path:
        return folder / "none" if number < 0 else store.write([blobs[f"file {number}"]], suffix)

    try:
        made: dict[str, Any] = {name: values[name] for name in (*PLAIN, DIGEST)}
        made |= {name: tuple(values[name]) for name in TEXTS}
        made |= {name: {path: blobs[f"file {number}"] for path, number in values[name]} for name in BYTES}
        made |= {name: {known: path_of(suffix, number) for known, suffix, number in values[name]} for name in PATHS}
    except (KeyError, ValueError, TypeError) as error:
        raise ProtocolError("a hand-in of another form") from error
    return Submission(**made), seen_of(values["seen"], blobs)


def _read(path: Path) -> bytes | None:
    try:
        with open_regular(path) as file:
            return file.read()
    except (HandinError, OSError):
        return None
