"""What trains networks here: the CPU, or a GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.errors import MisuseError

DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Machine:
    """The device of a run.

    Attributes:
        device: ``"cpu"``, ``"cuda"`` or ``"mps"``.
        name: what it calls itself.
        bf16: whether bfloat16 is fast on it.
        card_bytes: memory of the CUDA device; 0 elsewhere.
    """

    device: str = "cpu"
    name: str = ""
    bf16: bool = False
    card_bytes: int = 0

    def share(self, memory_mb: int) -> float:
        """The part of a CUDA card's memory that a training of *memory_mb* may take, in (0, 1]; 1 elsewhere."""
        return min(1.0, (memory_mb << 20) / self.card_bytes) if self.card_bytes else 1.0

    @property
    def gpu(self) -> bool:
        """Whether a worker must see a GPU."""
        return self.device != "cpu"


def choose(wanted: str, facts: Mapping[str, Any]) -> Machine:
    """The device that *wanted* means (``"auto"``: the best there is), from what the probe ``machine`` found.

    Raises:
        MisuseError: this machine lacks it; the text lists what there is.
    """
    if wanted not in DEVICES:
        raise MisuseError(f"--device must be one of {', '.join(DEVICES)}, not {wanted!r}")
    found = list(facts["devices"])
    device = found[0] if wanted == "auto" else wanted
    if device not in found:
        raise MisuseError(f"--device {device} is not available: this machine's torch finds only {', '.join(found)}")
    card = int(facts["card_bytes"]) if device == "cuda" else 0
    return Machine(device, str(facts["names"][device]), device == "cuda" or (device == "cpu" and facts["bf16"]), card)
