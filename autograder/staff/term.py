"""A new term: a fresh staff seed with its evidence, the old one kept, and what has changed since the last term."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.deep_learning.floors import Floors
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.home import PACKAGE
from autograder.homework import homework_folder, in_force
from autograder.kit import Kit
from autograder.rubric import Rubric
from autograder.seeds import STAFF, draw_seed
from autograder.staff.floors_file import torch_version
from autograder.staff.leaks import RETIRED
from autograder.staff.of_homework import mistakes
from autograder.staff.record import Progress, recording_for, recording_name

RECORD = "term.json"  # what the term in force began with, in the staff's folder


@dataclass(frozen=True)
class Term:
    """What a term's grades are based on.

    Attributes:
        began: the day, in ISO format.
        seed: the digest of the staff seed, from which it can't be found.
        kit, torch, python: versions.
        sources: a digest of each of solution, probes and checks.
        points: by check and written answer.
        floors: in force, in [0, 1], by training and data set.
        mistakes: the ids of those that are known.
    """

    began: str
    seed: str
    kit: str
    torch: str
    python: str
    sources: Mapping[str, str]
    points: Mapping[str, float]
    floors: Mapping[str, float]
    mistakes: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """What `hw1 new-term` did.

    Attributes:
        term: the new one.
        before: the last one; None if there was none, or it was not recorded.
        retired: where the old seed is kept; None if there was none.
        recorded: the file with the new seed's evidence.
        removed: how many recordings of earlier seeds are gone.
    """

    term: Term
    before: Term | None
    retired: Path | None
    recorded: Path
    removed: int


def new_term(home: Path, solution: Path, kit: Kit, jobs: int, progress: Progress, tidy: bool = False) -> Begun:
    """Begin a term. Until the evidence is recorded the old seed is in force, from then on the new one: never none.

    Args:
        home: the staff's own folder, in which nothing but earlier recordings is ever removed.
        kit: brings sandbox, rubric and floors.
        tidy: remove the recordings of earlier seeds.

    Raises:
        MisuseError: the folder can't be written to, or the seed in it is invalid.
        GraderError: the solution brings no evidence.
    """
    path = home / STAFF
    before = _last_term(home / RECORD)
    try:
        old = _seed_in(path) if path.exists() else None
        drawn = draw_seed(home)
        try:
            seed = _seed_in(drawn)
            recording_for(seed, solution, kit.launcher, kit.rubric, jobs, progress)
            retired = _retire(old, home / RETIRED) if old is not None else None
            _put_in_force(drawn, path, old)
        finally:
            drawn.unlink(missing_ok=True)
        term = this_term(seed, solution, kit.rubric, kit.tools.floors)
        write_whole(home / RECORD, f"{json.dumps(asdict(term), indent=1)}\n".encode(), private=True)
        recorded = home / recording_name(seed, solution)
        removed = _tidy(home, recorded) if tidy else 0
    except OSError as error:
        raise MisuseError(f"{error.filename or home} can't be written: {error.strerror}") from error
    return Begun(term, before, retired, recorded, removed)


def this_term(seed: bytes, solution: Path, rubric: Rubric, floors: Floors) -> Term:
    """What grades are based on today, with this *seed*."""
    folders = {"solution": solution, "homework": homework_folder(), "deep_learning": PACKAGE / "deep_learning"}
    return Term(
        began=f"{datetime.now(UTC):%Y-%m-%d}",
        seed=seed_digest(seed),
        kit=__version__,
        torch=torch_version(),
        python=platform.python_version(),
        sources={name: _folder_digest(folder) for name, folder in folders.items()},
        points=dict(rubric.all_points),
        floors=_floors_in_force(rubric, floors),
        mistakes=tuple(mistake.id for mistake in mistakes()),
    )


def changes(before: Term, now: Term) -> Iterator[str]:
    """What is different, one line for each change."""
    versions = (("the kit", before.kit, now.kit), ("torch", before.torch, now.torch))
    for name, old, new in (*versions, ("Python", before.python, now.python)):
        if old != new:
            yield f"{name}: {old}, now {new}"
    for name, digest in now.sources.items():
        if before.sources.get(name) != digest:
            yield f"{name}: changed"
    yield from _moved("points", before.points, now.points, 1, "")
    yield from _moved("floor", before.floors, now.floors, 100, " %")
    for what, ids, others in (
        ("added", now.mistakes, before.mistakes),
        ("removed", before.mistakes, now.mistakes),
    ):
        only = [one for one in ids if one not in others]
        if only:
            yield f"mistakes {what}: {', '.join(only)}"


def term_lines(begun: Begun) -> Iterator[str]:
    """The lines that describe a new term."""
    yield f"The new staff seed {begun.term.seed} is in force; its evidence: {begun.recorded}"
    if begun.retired is not None:
        yield f"The old one is kept: {begun.retired}"
    if begun.removed:
        yield f"Recordings of earlier seeds removed: {begun.removed}"
    if begun.before is None:
        yield "There was no earlier term." if begun.retired is None else "What the last term began with is not known."
        return
    found = list(changes(begun.before, begun.term))
    since = f"Since the last term, which began on {begun.before.began}"
    yield f"{since}, this has changed:" if found else f"{since}, nothing has changed."
    yield from (f"  {line}" for line in found)


def seed_digest(seed: bytes) -> str:
    """A digest that tells one seed from another."""
    return hashlib.sha256(b"staff seed " + seed).hexdigest()[:12]


def _moved(what: str, before: Mapping[str, float], now: Mapping[str, float], times: float, unit: str) -> Iterator[str]:
    for name in dict.fromkeys((*before, *now)):
        old, new = (f"{times * of[name]:.4g}{unit}" if name in of else "none" for of in (before, now))
        if old != new:
            yield f"{what} of {name}: {old}, now {new}"


def _floors_in_force(rubric: Rubric, floors: Floors) -> dict[str, float]:
    found = {}
    for training in in_force().trainings:
        for data, recipe in rubric.recipes[training.recipe].items():
            measured = floors.measured(training.id, data)
            if recipe.floor:
                found[f"{training.id} on {data}"] = measured.floor(recipe.floor) if measured else recipe.floor
    return found


def _folder_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


# Files


def _seed_in(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise MisuseError(
            f"{path} is not a valid seed: move it to a safe place, then run `hw1 new-term` again"
        ) from error
    return seed


def _retire(seed: bytes, folder: Path) -> Path:
    """Keep *seed* in *folder*, for its user alone; a second time changes nothing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = seed_digest(seed)
    for kept in folder.glob(f"*-{digest}"):
        return kept
    path = folder / f"{datetime.now(UTC):%Y-%m-%d}-{digest}"
    write_whole(path, seed.hex().encode(), private=True)
    return path


def _put_in_force(drawn: Path, path: Path, old: bytes | None) -> None:
    """The file *drawn* takes the place of *path*, in one step.

    Raises:
        MisuseError: the file is not *old*: another run has replaced it meanwhile, and its seed must not be lost.
    """
    if old is None:
        try:
            os.link(drawn, path)  # unlike a move, it never replaces
        except FileExistsError:
            old = b""
        else:
            return
    if _seed_in(path) != old:
        raise MisuseError(f"{path} has changed meanwhile: run `hw1 new-term` again if you still want another seed")
    drawn.replace(path)


def _tidy(home: Path, recorded: Path) -> int:
    earlier = [path for path in home.glob("recording-*.npz") if path != recorded]
    for path in earlier:
        path.unlink()
    return len(earlier)


def _last_term(path: Path) -> Term | None:
    """The last recorded term; None if there is none, or it can't be read."""
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        term = Term(**kept)
        list(changes(term, term))  # it has what is compared
        return replace(term, mistakes=tuple(term.mistakes))
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None
