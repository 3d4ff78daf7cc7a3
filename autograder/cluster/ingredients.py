"""What a run needs on each worker's machine, sent once a worker: all that decides a grade beside the hand-in.

It holds the staff seed and the evidence: it goes to machines of the staff's alone. A machine on which the grades could
be others is refused, by a sentence.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from autograder.cluster.parcels import packed, unpacked
from autograder.deep_learning.floors import floors_file
from autograder.errors import MisuseError
from autograder.home import data_folder
from autograder.homework import VARIABLE, choose, homework_folder, in_force
from autograder.kit import Kit, code_digest
from autograder.recording import load_recording, save_recording
from autograder.rubric import ByHand, Gradescope, Limits, Recipe, Rubric
from autograder.sandbox.isolation import settle

MOST = 1 << 30  # bytes
LIBRARIES = ("torch", "torchvision", "numpy")  # of the same version on all machines: figures depend on them


@dataclass(frozen=True)
class Prepared:
    """What a run has on a worker's machine.

    Attributes:
        basis: of its grades (``Kit.basis``).
        remarks: what staff should know of the machine.
    """

    kit: Kit
    basis: str
    remarks: list[str]


def kit_packed(kit: Kit, least: str, secrets: Mapping[str, Path]) -> bytes:
    """What *kit* is made of.

    Args:
        least: the least isolation.
        secrets: what student code must not read, by what it is: the machines may share a disk.
    """
    data = kit.data or os.environ.get("HW1_DATA", "")
    values = {
        "basis": kit.basis(),
        "machine": machine(),
        "homework": str(homework_folder()) if os.environ.get(VARIABLE) else "",
        "rubric": asdict(replace(kit.rubric, late=None)),
        "seed": kit.seed.hex(),
        "train": kit.train,
        "device": kit.device,
        "data": str(Path(data).absolute()) if data else "",
        "manifest": dict(kit.tools.manifest),
        "isolation": kit.isolation,
        "least": least,
        "secrets": {what: str(path.absolute()) for what, path in secrets.items()},
    }
    with tempfile.TemporaryDirectory(prefix="hw1-") as folder:
        path = Path(folder) / "recording.npz"
        save_recording(kit.recording, path)
        blobs = {"recording": path.read_bytes()}
    floors = kit.floors or floors_file()
    return packed(values, blobs | ({"floors": floors.read_bytes()} if floors.is_file() else {}))


def kit_of(data: bytes) -> Prepared:
    """The kit that was packed, on this machine; whoever gets it ends it.

    Raises:
        MisuseError: this machine grades otherwise than that one, or is not isolated enough; the text goes after "it".
        GraderError: it can't be made.
    """
    values, blobs = unpacked(data, MOST)
    _choose(values["homework"])
    if wrong := differing(values["machine"], machine()):
        raise MisuseError(wrong)
    kit = _made(values, blobs)
    try:
        if wrong := misfit(values["manifest"], kit.tools.manifest):
            raise MisuseError(wrong)
        if kit.device not in ("auto", "cpu"):
            kit.tools.machine()
        secrets = {what: Path(path) for what, path in values["secrets"].items()}
        secrets |= {"the data": kit.data or data_folder(), "the scratch folder": kit.scratch}
        remarks = settle(values["least"], kit.layers, secrets)
    except BaseException:
        kit.__exit__(None, None, None)
        raise
    return Prepared(kit, values["basis"], remarks)


def machine() -> dict[str, str]:
    """By name, what must be the same on all machines."""
    versions = {name: _version(name) for name in LIBRARIES}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"the kit": code_digest(), "Python": python, **versions}


def differing(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How *here* differs from *there*, as the rest of a sentence; empty if it does not."""
    found = [
        "has another version of the kit" if name == "the kit" else f"has {name} {here.get(name)} and not {wanted}"
        for name, wanted in there.items()
        if here.get(name) != wanted
    ]
    return ", ".join(found) + ": install the same there, and start its worker again" if found else ""


def misfit(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """How the data sets *here* differ from those *there*, as the rest of a sentence; empty if they do not."""
    lacking = [f"lacks {name}" for name in there if name not in here]
    others = [f"has another {name}" for name, digest in there.items() if here.get(name, digest) != digest]
    more = [f"has {name}, which the machine of this command lacks" for name in here if name not in there]
    found = [*lacking, *others, *more]
    return ", ".join(found) + ": the data must be the same (docs/cluster.md)" if found else ""


def rubric_of(values: Mapping[str, Any]) -> Rubric:
    """The rubric of its values as JSON has them, without the rules for being late: those are applied to the report."""
    box: dict[str, Any] = {name: tuple(n) if isinstance(n, list) else n for name, n in values["gradescope"].items()}
    made: dict[str, Any] = {
        "by_hand": {name: ByHand(**one) for name, one in values["by_hand"].items()},
        "limits": Limits(**values["limits"]),
        "recipes": {part: {n: Recipe(**one) for n, one in sets.items()} for part, sets in values["recipes"].items()},
        "ways": {training: tuple(ways) for training, ways in values["ways"].items()},
        "gradescope": Gradescope(**box),
    }
    return Rubric(**{**values, **made})


def _choose(wanted: str) -> None:
    """Put the homework in the folder *wanted* in force, or one of its name that is here.

    Raises:
        MisuseError: it is not here, or this process has begun to grade another one.
    """
    there = os.environ.get(VARIABLE, "")
    if Path(wanted).name == Path(there).name:
        return
    if there or in_force.cache_info().currsize:
        raise MisuseError("is at another homework: start its worker again")
    choose(Path(wanted))


def _made(values: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Kit:
    """The kit of these values, which has read all its files: the evidence lies on no disk when student code runs."""
    here = os.environ.get("HW1_DATA")
    with tempfile.TemporaryDirectory(prefix="hw1-") as folder:
        paths = {name: Path(folder) / name for name in blobs}
        for name, path in paths.items():
            path.write_bytes(blobs[name])
        recording = load_recording(paths["recording"])
        kit = Kit(
            rubric_of(values["rubric"]),
            seed=bytes.fromhex(values["seed"]),
            train=values["train"],
            data=Path(values["data"]) if values["data"] and not here else None,
            device=values["device"],
            isolation=values["isolation"],
            floors=paths.get("floors"),
            recorded=lambda: recording,
        )
        try:
            _ = kit.recording, kit.tools
        except BaseException:
            kit.__exit__(None, None, None)
            raise
    return kit


def _version(name: str) -> str:
    """The version without what says how it was built: a GPU's torch is the same as a CPU's."""
    try:
        return importlib.metadata.version(name).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return "-"
