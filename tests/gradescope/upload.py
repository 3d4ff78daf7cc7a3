"""What reaches Gradescope's container: the metadata of an upload, and a hand-in's archive."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from autograder.student.pack import archive_name

ZONE = "-07:00"  # Gradescope writes times with the course's zone
ASSIGNMENT: dict[str, Any] = {
    "due_date": f"2026-03-31T23:00:00.000000{ZONE}",
    "group_size": None,
    "group_submission": False,
    "id": 25828,
    "course_id": 1234,
    "late_due_date": None,
    "release_date": f"2026-03-01T00:00:00.000000{ZONE}",
    "title": "Homework 1",
    "total_points": "100.0",  # a text, with the points by hand
}


def user(student: str = "20260001") -> dict[str, Any]:
    """One who hands in: no student number is documented, so it stands in the e-mail address alone."""
    return {
        "email": f"{student}@example.org",
        "id": 700_000 + int(student) % 100_000,
        "name": f"Student {student[-2:]}",
    }


def previous(score: float = 10.0, results: Mapping[str, Any] | None = None, day: int = 20) -> dict[str, Any]:
    """An earlier upload, of March; Gradescope gives *results* for the latest alone."""
    made = {"submission_time": f"2026-03-{day:02}T14:24:48.087023{ZONE}", "score": score, "autograder_error": False}
    return made if results is None else {**made, "results": dict(results)}


def metadata(**changes: Any) -> dict[str, Any]:
    """``submission_metadata.json`` as documented (gradescope-autograders.readthedocs.io, "submission_metadata").

    Args:
        changes: by field, its value. What is given for ``assignment`` is put into it, and None takes a field away.
    """
    document: dict[str, Any] = {
        "id": 123_456,
        "created_at": f"2026-03-21T14:22:32.365935{ZONE}",
        "assignment": deepcopy(ASSIGNMENT),
        "submission_method": "upload",
        "users": [user()],
        "previous_submissions": [],
    }
    if isinstance(changes.get("assignment"), Mapping):
        changes["assignment"] = document["assignment"] | dict(changes["assignment"])
    return {name: value for name, value in (document | changes).items() if value is not None}


def older(document: Mapping[str, Any]) -> dict[str, Any]:
    """The shape of earlier years: the method within the assignment, and nothing said of an autograder's error."""
    made = deepcopy(dict(document))
    method = made.pop("submission_method", "upload")
    made["assignment"] = {**made.get("assignment", {}), "submission_method": method}
    for upload in made.get("previous_submissions", []):
        upload.pop("autograder_error", None)
    return made


def hw1_archive(files: Mapping[str, str | bytes], student: str = "20260001", folder: bool = False) -> bytes:
    """What `hw1 pack` calls ``hw1-<student>.tar.gz``; the same bytes each time.

    Args:
        files: contents by path in the archive.
        folder: whether all of it lies in a folder of the archive's name, as some students pack it.
    """
    packed = io.BytesIO()
    top = f"{archive_name(student).removesuffix('.tar.gz')}/" if folder else ""
    with gzip.GzipFile("", "wb", 3, packed, mtime=0) as raw, tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(f"{top}{name}")
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()
