"""The pre-trained weights of VGG-19 with batch norm: from torchvision's ``.pth`` to safetensors, once.

Only the features are kept: 20,035,392 parameters, 80 MB of 575; the homework puts a head of its own on them. A ``.pth``
is a pickle: it is read in a process of its own, with ``weights_only=True``, and what comes back is checked here by name
and shape against the architecture.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.deep_learning.data.fetch import Progress, download, no_progress
from autograder.deep_learning.data.layouts import require
from autograder.deep_learning.data.prepare import Written
from autograder.deep_learning.data.sets import WEIGHTS
from autograder.disk import write_whole
from autograder.errors import MisuseError

FILE = "vgg19_bn-features.safetensors"
# Channels of the convolutions, a pool after each row. K. Simonyan and A. Zisserman, Very deep convolutional networks
# for large-scale image recognition, 2015, table 1, column E.
BLOCKS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
LARGEST = 1 << 30  # bytes of a .pth; torchvision's has 575 MB
APART_SECONDS = 300  # for the process that converts; it takes 4 on two cores
AGAIN = "Run `hw1 data --weights` again to write it anew"


def expected_features() -> dict[str, tuple[int, ...]]:
    """Name and shape of each parameter and buffer of ``torchvision.models.vgg19_bn().features``, in order."""
    shapes: dict[str, tuple[int, ...]] = {}
    index, before = 0, 3
    for block in BLOCKS:
        for channels in block:
            shapes[f"features.{index}.weight"] = (channels, before, 3, 3)
            shapes[f"features.{index}.bias"] = (channels,)
            for name in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"features.{index + 1}.{name}"] = (channels,)
            shapes[f"features.{index + 1}.num_batches_tracked"] = ()
            index, before = index + 3, channels  # convolution, batch norm, ReLU
        index += 1  # pool
    return shapes


def fetch_weights(target: Path, progress: Progress = no_progress) -> Path:
    """Fetch ``VGG19_BN_Weights.IMAGENET1K_V1`` and convert it; the ``.pth`` is taken away once it is converted.

    Returns:
        The path of the safetensors file in *target*.

    Raises:
        MisuseError: no connection, not the right file, the disk is full.
    """
    source = download(WEIGHTS, target, progress)
    path = convert_weights(source, target)
    source.unlink()
    return path


def convert_weights(source: Path, target: Path) -> Path:
    """Convert a state dict of ``vgg19_bn`` to ``<target>/vgg19_bn-features.safetensors``, float32.

    Args:
        source: the ``.pth`` file: of the whole network, or of its features alone under the same names.
        target: a folder; made if it is not there.

    Returns:
        The path of what was written; ``vgg19_bn-features.json`` beside it is its manifest.

    Raises:
        MisuseError: *source* is no such state dict, or *target* can't be written.
    """
    if require(source).stat().st_size > LARGEST:
        raise MisuseError(f"{source} is larger than {LARGEST >> 20} MB")
    path = target / FILE
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".weights-") as scratch:
            made = Path(scratch) / FILE
            _convert_apart(source, made)
            _check(made)
            path.with_suffix(".json").unlink(missing_ok=True)  # weights without a manifest are not there
            write_whole(path, made.read_bytes())
        state = path.stat()
        written = Written(_sha256(path), state.st_size, state.st_mtime_ns)
        _describe(path, {"source": source.name, "source_sha256": _sha256(source), **asdict(written)})
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror or error}") from error
    return path


def open_weights(folder: Path) -> Path:
    """The path of the converted weights in *folder*, found right: the size, and the hash where the time is another one.

    Raises:
        MisuseError: they are not there, or damaged.
    """
    path = folder / FILE
    manifest = path.with_suffix(".json")
    if not path.is_file() or not manifest.is_file():
        raise MisuseError(f"the pre-trained weights are not in {folder}: {path} is missing. Run `hw1 data --weights`")
    try:
        facts = json.loads(manifest.read_bytes())
        written = Written(str(facts["sha256"]), int(facts["size"]), int(facts["mtime_ns"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MisuseError(f"{manifest} is damaged. {AGAIN}") from error
    found = written.found(path, _sha256, AGAIN)
    if found != written:
        with contextlib.suppress(OSError):  # a read-only folder costs the time to hash again
            _describe(path, facts | asdict(found))
    return path


def read_weights(folder: Path) -> dict[str, Any]:
    """The converted weights in *folder* as arrays by name.

    Raises:
        MisuseError: they are not there, or damaged.
    """
    from safetensors.numpy import load_file

    return dict(load_file(open_weights(folder)))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _describe(path: Path, facts: Mapping[str, Any]) -> None:
    write_whole(path.with_suffix(".json"), json.dumps(facts, indent=1).encode())


def _check(path: Path) -> None:
    """Compare a safetensors file's names, shapes and types with the architecture, without reading a weight."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  it is not a dict
            found = {name: (one.get_dtype(), tuple(one.get_shape())) for name, one in slices.items()}
    except SafetensorError as error:
        raise MisuseError(f"{path} is damaged: it has no header of safetensors. {AGAIN}") from error
    wanted = {name: ("F32" if shape else "I64", shape) for name, shape in expected_features().items()}
    for name in [*wanted, *found]:
        if found.get(name) != wanted.get(name):
            raise MisuseError(f"{path} is damaged: {name} is {found.get(name)}, wanted {wanted.get(name)}. {AGAIN}")


def _convert_apart(source: Path, made: Path) -> None:
    """Run `_convert` in a process of its own and wait; MisuseError with its last line if it fails or does not end."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", __spec__.name, str(source.resolve()), str(made.resolve())]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=APART_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MisuseError(f"{source} could not be converted in {APART_SECONDS} seconds") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise MisuseError(f"{source} can't be converted: {lines[-1][:300]}")


def _convert(source: Path, target: Path) -> None:
    """Only ever run in a process of its own: the ``.pth`` to safetensors."""
    import torch
    from safetensors.torch import save_file

    try:
        state = torch.load(source, map_location="cpu", weights_only=True)  # no mmap: torchvision's is of the old format
    except Exception as error:
        # torch's own advice is to load without weights_only, which is not for passing on
        reason = "it holds more than tensors" if "weights_only" in str(error) else type(error).__name__
        raise MisuseError(f"it is not a state dict of tensors ({reason})") from error
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise MisuseError("it is not a state dict of tensors")
    kept = {}
    for name, shape in expected_features().items():
        tensor = state.get(name)
        if tensor is None and not shape:
            tensor = torch.zeros((), dtype=torch.int64)  # state dicts from before PyTorch 0.4.1 lack the counters
        if tensor is None:
            raise MisuseError(f"it is not a state dict of vgg19_bn: {name} is missing")
        if tuple(tensor.shape) != shape:
            raise MisuseError(f"it is not a state dict of vgg19_bn: {name} is {tuple(tensor.shape)}, wanted {shape}")
        if tensor.is_floating_point() != bool(shape) or not torch.isfinite(tensor).all():
            raise MisuseError(f"{name} is {tensor.dtype} or not finite")
        kept[name] = tensor.to(torch.float32 if shape else torch.int64).contiguous().clone()
    unknown = sorted(str(name) for name in state if str(name).startswith("features.") and name not in kept)
    if unknown:
        raise MisuseError(f"it is not a state dict of vgg19_bn: {unknown[0]} is not part of it")
    save_file(kept, target)


if __name__ == "__main__":
    try:
        _convert(*map(Path, sys.argv[1:]))
    except MisuseError as error:
        sys.exit(str(error))
