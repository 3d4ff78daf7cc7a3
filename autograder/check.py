"""A check is one question to a submission: which probes to run, and how to judge what they brought back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.outcome import Outcome


@dataclass(frozen=True)
class Probe:
    """A call of one of the probes beside student code.

    Attributes:
        id: unique among all; the key for its random numbers is derived from it.
        call: the probe's name (``sandbox.registry.PROBES``).
        modules: the submission's modules it needs; they are imported first, each a step of its own.
        stage: what the worker must have imported (``sandbox.plan.STAGES``).
        params: what to do, as JSON values.
        seconds: the time limit.
        reply_bytes: the most bytes that the arrays of its answer may have.
        slot: which of the session's workers runs it; they run side by side.
        fresh: that worker is replaced first: nothing of the submission has run in it before.
        gpu: the worker may see the GPU; its address space is then not limited, because CUDA reserves much of it.
        memory_mb: what the worker may allocate; 0: what the rubric says.
        reads: files outside the submission that the worker may read, given that it is started for this probe.
        draws: the id of the probe whose random numbers it draws, if not its own: so that it looks at the same again.
    """

    id: str
    call: str
    modules: tuple[str, ...]
    stage: str
    params: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 20.0
    reply_bytes: int = 1 << 20
    slot: str = "main"
    fresh: bool = False
    gpu: bool = False
    memory_mb: int = 0
    reads: tuple[str, ...] = ()
    draws: str = ""

    def __hash__(self) -> int:
        return hash(self.id)


Judge = Callable[[Any], Outcome]
"""Takes the case (``case.Case``) and returns the check's outcome.

It observes what it needs to know through the case, and is otherwise pure.
"""


@dataclass(frozen=True)
class Check:
    """One line of the rubric.

    Attributes:
        id: for example ``"2.1c-count"``; begins with the number of the TODO it belongs to.
        title: the sentence that the student reads.
        part: for example ``"2.1"``.
        judge: the case -> the outcome.
        turn: when it is judged: 0 needs no torch, 1 no optimizer, 2 builds on those, 3 needs an optimizer or
            torchvision, 4 matplotlib, 5 trains.
        about: what it judges: module, class and method, for example ``"module.Class"`` or ``"module.Class.method"``.
        unknown: the sentence on a failure that no known mistake explains, where the seed is secret; fixed.
        remarks: what is worth remarking on it, beside a known mistake's: fixed sentences, without a word of a worker's.
        from_bytes: it is decided from the bytes that were handed in; nothing of the hand-in's is run.
        informs: it only informs, and earns no points.
        training: the id of the training whose accuracy it settles; empty for all other checks.
    """

    id: str
    title: str
    part: str
    judge: Judge
    turn: int = 1
    about: str = ""
    unknown: str = ""
    remarks: frozenset[str] = frozenset()
    from_bytes: bool = False
    informs: bool = False
    training: str = ""
