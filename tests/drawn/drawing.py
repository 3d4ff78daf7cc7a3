"""Draws hand-ins: right ones, and ones with a mistake in one file, each checked by the oracle before it is graded."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from autograder.home import repository

from . import ablations, mnist, trainer, vgg
from .records import PARTS, Source, UnfitError
from .trainer_edits import EDITS as TRAINER_EDITS

MAKERS = {"mnist": mnist, "trainer": trainer, "ablations": ablations, "vgg": vgg}
EDITS = {"mnist": mnist.EDITS, "trainer": TRAINER_EDITS, "ablations": ablations.EDITS, "vgg": vgg.EDITS}
# How often a file is in a hand-in: VGG-19 takes most of the time, and what it needs least is a neighbour.
SHARE = {"mnist": 0.9, "trainer": 0.5, "ablations": 0.9, "vgg": 0.25}
WRONG_SHARE = {"mnist": 0.6, "trainer": 0.2, "ablations": 0.6, "vgg": 0.08}
POOL = 40  # right ones of a module, at most: hand-ins share them, so that the oracle looks at each once
SPARE = {"mnist": 1.2, "trainer": 1.1, "ablations": 1.3, "vgg": 1.4}
# How many are drawn for one that is wanted: the oracle takes out what has no effect.
# How the wrong ones are spread over the modules.
WEIGHTS = {"mnist": 2, "trainer": 6, "ablations": 3, "vgg": 3}


@dataclass(frozen=True)
class HandIn:
    """Some modules, of which one may hold a mistake."""

    id: str
    sources: tuple[Source, ...]

    @property
    def wrong(self) -> Source | None:
        """The module with the mistake."""
        return next((source for source in self.sources if source.edit is not None), None)

    def files(self) -> dict[str, str]:
        """Contents by path."""
        beside = {name: text for source in self.sources for name, text in source.beside.items()}
        return {**{f"{source.module}.py": source.text for source in self.sources}, **beside}


@dataclass
class Drawn:
    """All hand-ins, and what the oracle did not accept.

    Attributes:
        dropped: ``(style, edit or nothing, why)`` of modules that are not what they were drawn as.
    """

    hand_ins: list[HandIn] = field(default_factory=list)
    dropped: list[tuple[str, str, str]] = field(default_factory=list)


def truths(sources: Sequence[Source], known: Path | None = None) -> list[dict[str, str]]:
    """For each of *sources* the parts that are wrong, with the reason; those in *known* are not looked for again."""
    before = json.loads(known.read_text(encoding="utf-8")) if known is not None and known.exists() else {}
    digests = [
        hashlib.sha256(repr((_oracle(), source.module, source.text, source.beside)).encode()).hexdigest()
        for source in sources
    ]
    asked = {digest: source for source, digest in zip(sources, digests, strict=True) if digest not in before}
    before |= zip(asked, _asked(list(asked.values())) if asked else (), strict=True)
    if known is not None:
        known.write_text(json.dumps(before), encoding="utf-8")
    return [before[digest] for digest in digests]


@cache
def _oracle() -> bytes:
    """The oracle's own sources: what another one found does not count."""
    return b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("oracle*.py")))


def _asked(sources: Sequence[Source]) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="hw1-drawn-") as folder:
        tasks = []
        for number, source in enumerate(sources):
            place = Path(folder) / str(number)
            place.mkdir()
            for name, text in {f"{source.module}.py": source.text, **source.beside}.items():
                (place / name).write_bytes(text.encode())
            tasks.append(json.dumps([source.module, str(place / f"{source.module}.py")]))
        root = repository()
        ran = subprocess.run(
            [sys.executable, "-m", "tests.drawn.oracle"],
            input="\n".join(tasks),
            capture_output=True,
            text=True,
            cwd=root,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
        answers = [json.loads(line) for line in ran.stdout.splitlines()]
    if len(answers) != len(sources):
        raise RuntimeError(f"the oracle gave {len(answers)} answers to {len(sources)} questions: {ran.stderr[-2000:]}")
    return answers


def as_drawn(source: Source, wrong: dict[str, str]) -> bool:
    """Whether the oracle finds exactly the parts wrong that the edit is in."""
    parts = {PARTS[check] for check in source.edit.fails} if source.edit is not None else set()
    if "*" in wrong:
        return False
    return set(wrong) == parts


def _seeded(*words: object) -> Random:
    return Random(hashlib.sha256(repr(words).encode()).digest())  # noqa: S311


def draw_right(module: str, number: int, seed: int) -> Source:
    """The *number*-th right one of *module*."""
    random = _seeded(seed, "right", module, number)
    while True:
        try:
            return MAKERS[module].draw_right(random)
        except UnfitError:
            continue


def draw_wrong(module: str, edit: object, number: int, seed: int) -> Source | None:
    """One with *edit* in the *number*-th style that takes it, or None where no style does."""
    random = _seeded(seed, "wrong", module, edit.id, number)  # type: ignore[attr-defined]
    for _ in range(60):
        try:
            return MAKERS[module].draw_wrong(edit, random)
        except UnfitError:
            continue
    return None


def _accepted(sources: Iterable[Source], drawn: Drawn, known: Path | None = None) -> list[Source]:
    found = list(sources)
    kept = []
    for source, wrong in zip(found, truths(found, known), strict=True):
        if as_drawn(source, wrong):
            kept.append(source)
        else:
            drawn.dropped.append(
                (f"{source.module}: {source.style}", source.edit.id if source.edit else "", str(wrong))
            )
    return kept


def draw(
    right: int,
    wrong: int,
    seed: int,
    only: Sequence[str] = tuple(MAKERS),
    known: Path | None = None,
    trusted: bool = False,
) -> Drawn:
    """*right* right hand-ins and *wrong* wrong ones, of the modules in *only*; the same seed gives the same ones.

    *known* is a file that keeps what the oracle found, for the next time; *trusted* ones have been looked at before.
    """
    drawn = Drawn()
    random = _seeded(seed, "hand-ins")
    pool: dict[str, list[Source]] = {}
    wanted = [draw_right(module, n, seed) for module in only for n in range(_pool_size(module, right, wrong))]
    mistakes = _wrong_sources(wrong, seed, only, random)
    accepted = [*wanted, *mistakes] if trusted else _accepted([*wanted, *mistakes], drawn, known)
    for source in accepted:
        if source.edit is None:
            pool.setdefault(source.module, []).append(source)
    turn = dict.fromkeys(only, 0)

    def some(shares: dict[str, float], but: str = "") -> list[Source]:
        chosen = [m for m in only if m != but and random.random() < shares[m] and pool.get(m)]
        taken = []
        for module in chosen:
            taken.append(pool[module][turn[module] % len(pool[module])])
            turn[module] += 1
        return taken

    for number in range(right):
        sources = some(SHARE) or [pool[only[0]][number % len(pool[only[0]])]]
        drawn.hand_ins.append(HandIn(f"{20260001 + number}", tuple(sources)))
    bad = [source for source in accepted if source.edit is not None][:wrong]
    for number, source in enumerate(bad, right):
        drawn.hand_ins.append(HandIn(f"{20260001 + number}", (source, *some(WRONG_SHARE, source.module))))
    return drawn


def _pool_size(module: str, right: int, wrong: int) -> int:
    return max(1, min(POOL, round(right * SHARE[module] + 0.1 * wrong * WRONG_SHARE[module])))


def _wrong_sources(wrong: int, seed: int, only: Sequence[str], random: Random) -> list[Source]:
    """Some more than are wanted, in an order of their own."""
    total = sum(WEIGHTS[module] for module in only)
    found = []
    for module in only:
        edits = list(EDITS[module])
        random.shuffle(edits)
        count = math.ceil(wrong * SPARE[module] * WEIGHTS[module] / total)
        number, misses = 0, 0
        taken = 0
        while taken < count and misses < 3 * len(edits):
            source = draw_wrong(module, edits[number % len(edits)], number // len(edits), seed)
            number += 1
            if source is None:
                misses += 1
            else:
                found.append(source)
                taken += 1
    random.shuffle(found)
    return found
