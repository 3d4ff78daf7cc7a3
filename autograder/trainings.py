"""The trainings of the homework: which network, on which data, with which recipe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """One network to be trained.

    Attributes:
        id: ``"1.1"``, ``"1.2.3"``, ``"2.2a"``; its checkpoint is ``checkpoints/<id>.safetensors``.
        module: the submission's module that defines the network.
        network: the name of its class.
        data: ``"mnist"`` or ``"cifar10"``, whose embedded stand-ins are ``"digits"`` and ``"shapes"``.
        recipe: the table in ``rubric.toml`` that says how.
        given: whether the network is constructed on the pre-trained features.
    """

    id: str
    module: str
    network: str
    data: str
    recipe: str
    given: bool = False

    @property
    def part(self) -> str:
        """``"1.2"``."""
        return self.id[:3]


TRAININGS = (
    Training("1.1", "mnist", "MNIST_Net", "mnist", "1.1"),
    *(Training(f"1.2.{n}", "ablations", f"Exp{n}", "mnist", "1.2-sgd" if n <= 4 else "1.2-adam") for n in range(1, 11)),
    Training("2.2a", "vgg", "VGG19", "cifar10", "2.2a"),
    Training("2.2b", "vgg", "PretrainedVGG", "cifar10", "2.2b", given=True),
)
BY_ID = {training.id: training for training in TRAININGS}


def trainings_of(part: str) -> tuple[Training, ...]:
    """The trainings that *part* names: ``"1.2"`` all ten, ``"2.2"`` both, ``"1.2.3"`` or ``"2.2a"`` one; or none."""
    return tuple(one for one in TRAININGS if part in (one.id, one.part))


def to_hand_in(training: str) -> str:
    """The hint where a checkpoint would settle an accuracy."""
    return f"Run `hw1 train {training}` and hand in the checkpoint."
