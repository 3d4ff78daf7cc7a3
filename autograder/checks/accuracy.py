"""An accuracy, settled in the first of three ways that applies: proven, verified from a checkpoint, trained here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from autograder.case import Case
from autograder.check import Ask, Check, Probe
from autograder.checks.hidden import Score, suspicion
from autograder.checks.proof import proven
from autograder.checks.task import Task, flagged, scored, task_of
from autograder.checks.trainer import TRAINS
from autograder.checks.training import band, trained
from autograder.errors import HandinError, MisuseError
from autograder.evidence import Evidence
from autograder.outcome import Outcome, Status
from autograder.trainings import Training, to_hand_in

Way = Callable[[Case, Task], "Outcome | Ask | str"]
"""The outcome, the probe that is needed first, or why this way does not apply."""


@dataclass(frozen=True)
class Accuracy:
    """Judges one training.

    Attributes:
        training: which.
        structure: the check of the network that is trained; where it does not run at all, its verdict is repeated.
        network: the probe that runs it.
    """

    training: Training
    structure: Check
    network: Probe

    def __call__(self, case: Case) -> Outcome | Ask:
        """The outcome, or the probe that is needed first."""
        built = _settled(self.structure, case)
        if isinstance(built, Ask):
            return built
        if built.status is Status.TODO or not isinstance(case.seen.get(self.network.id), Evidence):
            return built  # a stub, or what does not run can't be trained: the same sentence
        trainer = _settled(TRAINS, case)
        if isinstance(trainer, Ask):
            return trainer
        task = task_of(case, self.training)
        if isinstance(task, Outcome):
            return task
        try:
            return self._settle(case, task, trainer.status is Status.PASSED)
        except MisuseError as error:  # a data set that is not in the folder, or damaged, costs nobody a point
            return Outcome(Status.UNSETTLED, f"Not settled: {error}.")

    def _settle(self, case: Case, task: Task, own: bool) -> Outcome | Ask:
        ways: dict[str, Way] = {
            "proven": lambda case, task: self._proven(case, task, own),
            "verified": lambda case, task: verified(case, task, own),
            "trained": lambda case, task: trained(case, task, own),
        }
        allowed = case.rubric.ways[self.training.id]
        wanted = {"always": ("trained",), "never": ("proven", "verified")}.get(case.setup.train, tuple(ways))
        reasons: list[str] = []
        for name in (name for name in ways if name in allowed and name in wanted):
            found = ways[name](case, task)
            if not isinstance(found, str):
                if isinstance(found, Outcome) and reasons:
                    return replace(found, detail=(*found.detail, *reasons))
                return found
            reasons.append(f"not {name}: {found}")
        return self._unsettled(tuple(reasons))

    def _proven(self, case: Case, task: Task, own: bool) -> Outcome | Ask | str:
        return proven(case, task, self.network) if own else "Trainer.train did not pass its own check"

    def _unsettled(self, reasons: tuple[str, ...]) -> Outcome:
        """Nothing applies: the points are open; what is wrong with a checkpoint that is there comes first."""
        file = f"checkpoints/{self.training.id}.safetensors"
        told = [reason.removeprefix("not verified: ") for reason in reasons if file in reason]
        why = "it is not trained here"
        hint = to_hand_in(self.training.id)
        reason = f"Not settled: {told[0]}; {why}." if told else f"Not settled: {why}, and there is no checkpoint."
        of_file = "the checkpoint does not settle it" if told else "there is no checkpoint that counts"
        shown = f"Not settled: {why}, and {of_file}."
        return Outcome(Status.UNSETTLED, reason, hint, detail=reasons, shown=shown)


def verified(case: Case, task: Task, own: bool) -> Outcome | Ask | str:
    """By the checkpoint that was handed in; it counts only if the submission's own ``Trainer`` passed."""
    file = f"checkpoints/{task.training.id}.safetensors"
    if file in case.submission.problems:
        return f"{case.submission.problems[file]}"
    try:
        checkpoint = case.checkpoint(task.training.id)
    except HandinError as error:
        return f"{file}: {error}"
    if checkpoint is None:
        return "no checkpoint was handed in"
    if not own:
        return f"{file} counts only if Trainer.train passes its own check"
    weights = {f"weights {name}": array for name, array in checkpoint.arrays.items()}
    score = scored(case, task, f"{task.training.id}.checkpoint", weights)
    if isinstance(score, str):
        return f"{file} does not fit your {task.training.network}: {score}"
    if not isinstance(score, Score):
        return score
    why = suspicion(score, task.limits)
    if why:
        return flagged(why)
    right, total = score.clean
    said = f"Verified: {100 * score.accuracy:.1f} % ({right} of {total}) with the checkpoint that was handed in, on "
    said += f"{task.data.describe()}; {task.wanted()}. Its origin is not proven."
    shown = (
        f"Verified: {band(score)} with the checkpoint that was handed in; {task.wanted()}. Its origin is not proven."
    )
    if score.accuracy >= task.floor:
        return Outcome(Status.PASSED, remarks=(said,), shown=shown)
    if case.setup.train == "auto" and "trained" in case.rubric.ways[task.training.id]:
        return f"{file} reaches {100 * score.accuracy:.1f} % ({right} of {total}), {task.wanted()}"
    return Outcome(Status.FAILED, said, f"Train again with `hw1 train {task.training.id}`.", shown=shown)


def _settled(check: Check, case: Case) -> Outcome | Ask:
    """What came of *check*; it is judged now if it has not been, like with ``--part``."""
    outcome = case.outcomes.get(check.id)
    return outcome if outcome is not None else check.judge(case)
