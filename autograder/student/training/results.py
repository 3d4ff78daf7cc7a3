"""What came of trainings, for programs: `hw1 train --json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from autograder.deep_learning.table import StudyRow
from autograder.student.training.log import Trained, Untrained

FORMAT = 1


def results_json(results: Iterable[Trained | Untrained], table: Iterable[StudyRow], where: str) -> dict[str, Any]:
    """The results as JSON values.

    Args:
        where: the folder of the checkpoints, as it is shown.
    """
    return {
        "format": FORMAT,
        "folder": where,
        "trainings": [_trained(one) if isinstance(one, Trained) else _untrained(one) for one in results],
        "study": [asdict(row) for row in table],
    }


def _trained(result: Trained) -> dict[str, Any]:
    log = result.log
    return {
        "training": log.training.id,
        "network": log.training.network,
        "status": "trained",
        "accuracy": log.accuracy,  # in [0, 1], as the floor is; a floor of 0 is none
        "floor": log.floor,
        "lost_in": log.lost_in,  # the epoch in which the loss was not finite; null if it always was
        "epochs": len(log.epochs),
        "seed": log.seed,
        "parameters": log.parameters,
        "data": log.setting.data,
        "stand_in": log.setting.stand_in,
        "files": list(result.files),
        "remark": result.remark,
    }


def _untrained(result: Untrained) -> dict[str, Any]:
    outcome = result.outcome
    return {
        "training": result.training.id,
        "network": result.training.network,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "hint": outcome.hint,
    }
