"""The evidence of the reference and of every known mistake for one seed: what submissions are compared with.

It is recorded once for the public seed and ships with the handout: small arrays and sentences, no code.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from autograder.disk import whole
from autograder.errors import GraderError
from autograder.evidence import Evidence
from autograder.homework import homework_folder

if TYPE_CHECKING:
    from autograder.evidence import Array


@dataclass(frozen=True)
class KnownMistake:
    """A named mistake and how each check sees it.

    Attributes:
        id: like ``"train-no-zero-grad"``.
        says: the sentence that the student reads.
        fails: the checks that must fail.
        views: by ``"check id/probe id"``, what decides there (``checks.compare.Compare.view``).
    """

    id: str
    says: str
    fails: tuple[str, ...]
    views: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """The reference's evidence by probe, and the known mistakes.

    Attributes:
        kit: the digest of what it was made with.
        environment: where it was made.
    """

    kit: str
    environment: Mapping[str, Any]
    reference: Mapping[str, Evidence]
    mistakes: tuple[KnownMistake, ...]

    @property
    def digest(self) -> str:
        """Tells one recording from another, for the fingerprint."""
        return hashlib.sha256(
            json.dumps([self.kit, sorted(self.reference), [m.id for m in self.mistakes]]).encode()
        ).hexdigest()[:16]


def save_recording(recording: Recording, path: Path) -> None:
    """Write *recording* to *path* as one ``.npz``; the same recording gives the same bytes."""
    import numpy as np

    kept: dict[str, list[Array]] = {}  # by dtype; one file each is read in a tenth of the time
    ends: dict[str, int] = {}

    def split(values: Mapping[str, Any]) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name, value in values.items():
            if hasattr(value, "dtype"):
                # Single precision is 100 times finer than the tightest tolerance.
                array = value.astype("float32") if value.dtype == "float64" else value
                kind = str(array.dtype)
                facts[name] = {"array": [kind, ends.get(kind, 0), list(array.shape)]}
                ends[kind] = ends.get(kind, 0) + array.size
                kept.setdefault(kind, []).append(array.reshape(-1))
            else:
                facts[name] = value
        return facts

    header = {
        "kit": recording.kit,
        "environment": dict(recording.environment),
        "reference": {p: [dict(seen.facts), split(seen.arrays)] for p, seen in sorted(recording.reference.items())},
        "mistakes": [
            {"id": m.id, "says": m.says, "fails": m.fails, "views": {p: split(v) for p, v in m.views.items()}}
            for m in recording.mistakes
        ],
    }
    text = np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as file:
        np.savez_compressed(file, header=text, **{kind: np.concatenate(one) for kind, one in kept.items()})  # type: ignore[arg-type]


def public_recording() -> Path:
    """Where the evidence for the public seed lies, with the homework in force."""
    return homework_folder() / "recorded" / "public.npz"


def failed_by_mistake() -> Mapping[str, tuple[str, ...]]:
    """By known mistake that is recorded for the public seed, the checks that it fails.

    Raises:
        GraderError: as for the recording.
    """
    return {mistake.id: mistake.fails for mistake in load_recording().mistakes}


def load_recording(path: Path | None = None) -> Recording:
    """The recording in *path*, or that for the public seed.

    Raises:
        GraderError: there is no recording, or it can't be read.
    """
    import numpy as np

    path = path or public_recording()
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(arrays["header"].tobytes())

        def joined(value: Any) -> Any:
            match value:
                case {"array": [kind, first, shape]} if len(value) == 1:
                    return arrays[kind][first : first + math.prod(shape)].reshape(shape)
            return value

        def join(facts: Mapping[str, Any]) -> dict[str, Any]:
            return {name: joined(value) for name, value in facts.items()}

        return Recording(
            kit=header["kit"],
            environment=header["environment"],
            reference={p: Evidence(facts, join(found)) for p, (facts, found) in header["reference"].items()},
            mistakes=tuple(
                KnownMistake(m["id"], m["says"], tuple(m["fails"]), {p: join(v) for p, v in m["views"].items()})
                for m in header["mistakes"]
            ),
        )
    except FileNotFoundError as error:
        raise GraderError(
            f"there is no recorded evidence at {path}; `hw1 release` in the repository makes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, NotImplementedError, BadZipFile, zlib.error) as error:
        raise GraderError(f"the recorded evidence at {path} can't be read: {error}") from error
