"""An accuracy, settled in the first of three ways that applies: proven, verified from a checkpoint, trained here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from autograder.case import Case
from autograder.check import Check, Probe
from autograder.deep_learning.hidden import CLASSES, Score, suspicion
from autograder.deep_learning.layers import shape_text
from autograder.deep_learning.proven import initial_probe, proven
from autograder.deep_learning.task import Task, flagged, scored, task_of
from autograder.deep_learning.tensors import of_other_data, other_steps, store_in
from autograder.deep_learning.trained import band, trained
from autograder.errors import HandinError, MisuseError
from autograder.evidence import Evidence, Observation
from autograder.failed import broken
from autograder.homework import Training, to_hand_in
from autograder.outcome import Outcome, Status

Way = Callable[[Case, Task], "Outcome | str"]
"""The outcome, or why this way does not apply."""
NO_CHECKPOINT = "no checkpoint was handed in"


@dataclass(frozen=True)
class Accuracy:
    """Judges one training.

    Attributes:
        training: the training that is judged.
        structure: the check of the network that is trained; where it fails for that this does not run at all, its
            verdict is repeated. It may have passed on blocks of the kit's: that says nothing about an accuracy.
        network: the probe that runs it, on its own blocks.
        loop: the check of the submission's own training loop, where it has one: only a loop that is right trains here.
        hint: what to do where the accuracy is too low.
    """

    training: Training
    structure: Check
    network: Probe
    loop: Check | None = None
    hint: str = ""

    @property
    def proof(self) -> Probe:
        """What a proof asks for, beside what other checks are judged by."""
        return initial_probe(self.network)

    def __call__(self, case: Case) -> Outcome:
        """Settle the accuracy in the first way that applies, if the network runs at all."""
        built = _settled(self.structure, case)
        if built.status.open and self.network.id not in case.seen:
            return built
        own = case.observe(self.network)
        if built.status is Status.TODO or not isinstance(own, Evidence):
            # What does not run can't be trained: the same sentence, if it is about the network's own blocks.
            same = built.status not in (Status.PASSED, Status.UNSETTLED) and not built.replaced
            return built if same or isinstance(own, Evidence) else broken(own)
        if wrong := no_logits(own):
            if built.status is Status.FAILED and not built.replaced:
                return built
            return Outcome(Status.FAILED, wrong, shown=f"{self.training.network} does not make (N, 10).")
        sound = self.loop is None or _settled(self.loop, case).status is Status.PASSED
        try:
            return self._settle(case, task_of(case, self.training), sound, built)
        except MisuseError as error:  # a data set that is not in the folder, or damaged, costs nobody a point
            return Outcome(Status.UNSETTLED, f"Not settled: {error}.")

    def _settle(self, case: Case, task: Task, sound: bool, built: Outcome) -> Outcome:
        ways: dict[str, Way] = {
            "proven": lambda case, task: self._proven(case, task, sound, built),
            "verified": lambda case, task: verified(case, task, sound, case.observe(self.network)),
            "trained": lambda case, task: trained(case, task, sound, self.hint),
        }
        allowed = case.rubric.ways[self.training.id]
        wanted = {"always": ("trained",), "never": ("proven", "verified")}.get(case.tools.train, tuple(ways))
        reasons: dict[str, str] = {}
        for name in (name for name in ways if name in allowed and name in wanted):
            found = ways[name](case, task)
            if not isinstance(found, str):
                return replace(found, detail=(*found.detail, *_told(reasons)))
            reasons[name] = found
        return self._unsettled(reasons, self._data_hint(case, task) or to_hand_in(self.training.id))

    def _proven(self, case: Case, task: Task, sound: bool, built: Outcome) -> Outcome | str:
        if built.status is not Status.PASSED or built.replaced:
            return "the network did not pass its own check, on blocks of its own"
        return proven(case, task, self.network) if sound else "Trainer.train did not pass its own check"

    def _data_hint(self, case: Case, task: Task) -> str:
        """What to do about a checkpoint of other data, or nothing."""
        try:
            checkpoint = case.checkpoint(self.training.id)
        except HandinError:
            return ""
        return of_other_data(checkpoint, task)[1] if checkpoint is not None else ""

    def _unsettled(self, reasons: Mapping[str, str], hint: str) -> Outcome:
        """The outcome where no way applies: the points are open; faults of a given checkpoint come first."""
        found = reasons.get("verified", NO_CHECKPOINT)
        told = found if found != NO_CHECKPOINT else ""
        why = "it is not trained here"
        reason = f"Not settled: {told}; {why}." if told else f"Not settled: {why}, and there is no checkpoint."
        of_file = "the checkpoint does not settle it" if told else "there is no checkpoint that counts"
        shown = f"Not settled: {why}, and {of_file}."
        return Outcome(Status.UNSETTLED, reason, hint, detail=_told(reasons), shown=shown)


def _told(reasons: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"not {way}: {why}" for way, why in reasons.items())


def no_logits(seen: Evidence) -> str:
    """Why a network can't be trained on its outputs for eight images, or nothing."""
    if "returned" in seen.facts:
        return f"forward returns a {seen.facts['returned']}, wanted a tensor (N, 10): it can't be trained."
    shape = seen.facts.get("shape8", [8, CLASSES])
    if shape != [8, CLASSES]:
        return f"Eight images give the shape {shape_text(shape)}, wanted (8, 10): it can't be trained."
    return ""


def verified(case: Case, task: Task, sound: bool, seen: Observation) -> Outcome | str:
    """Settle by the checkpoint that was handed in; it counts only if the submission's own ``Trainer`` passed.

    Args:
        case: what is known so far.
        task: the training.
        sound: whether the submission's own training loop has passed its check, where it has one.
        seen: the function probe of the network, on its own blocks.
    """
    file = f"checkpoints/{task.training.id}.safetensors"
    if file in case.submission.problems:
        return f"{case.submission.problems[file]}"
    try:
        checkpoint = case.checkpoint(task.training.id)
    except HandinError as error:
        return f"{file}: {error}"
    if checkpoint is None:
        return NO_CHECKPOINT
    if not sound:
        return f"{file} counts only if Trainer.train passes its own check"
    assert isinstance(seen, Evidence)  # noqa: S101  asked before
    other, _ = of_other_data(checkpoint, task)
    if other:
        return f"{file} {other}"
    if store := store_in(checkpoint, seen):
        return flagged(store)
    weights = {f"weights {name}": array for name, array in checkpoint.arrays.items()}
    name = f"{task.training.id}.checkpoint"
    score = scored(case, task, name, weights)
    if isinstance(score, str):
        return f"{file} does not fit your {task.training.network}: {score}"
    if not isinstance(score, Score):
        return score
    loaded = case.seen[f"{name}.0"]
    why = suspicion(score, task.limits) or (other_steps(loaded.facts, seen) if isinstance(loaded, Evidence) else "")
    if why:
        return flagged(why)
    right, total = score.clean
    said = f"Verified: {100 * score.accuracy:.1f} % ({right} of {total}) with the checkpoint that was handed in, on "
    said += f"{task.data.describe()}; {task.wanted()}. Its origin is not proven."
    shown = (
        f"Verified: {band(score)} with the checkpoint that was handed in; {task.wanted()}. Its origin is not proven."
    )
    if score.accuracy >= task.floor:
        return Outcome(Status.PASSED, remarks=(said,), shown=shown, figures=task.figures(score.accuracy))
    if case.tools.train == "auto" and "trained" in case.rubric.ways[task.training.id]:
        return f"{file} reaches {100 * score.accuracy:.1f} % ({right} of {total}), {task.wanted()}"
    hint, figures = f"Train again with `hw1 train --part {task.training.id}`.", task.figures(score.accuracy)
    return Outcome(Status.FAILED, said, hint, shown=shown, figures=figures)


def _settled(check: Check, case: Case) -> Outcome:
    """The outcome of *check*, which is judged now if it has not been, as with ``--part``."""
    outcome = case.outcomes.get(check.id)
    return outcome if outcome is not None else check.judge(case)


def accuracy_check(check_id: str, title: str, judge: Accuracy) -> Check:
    """The check of a training's accuracy; it is judged last, when what it is based on is known."""
    training = judge.training
    return Check(
        check_id,
        title,
        training.part,
        judge,
        turn=5,
        about=f"{training.module}.{training.network}",
        unknown=f"{training.network} could not be trained, or could not be tested after training.",
        training=training.id,
    )
