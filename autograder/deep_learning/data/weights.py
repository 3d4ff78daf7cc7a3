"""The pre-trained weights of VGG-19 with batch norm: from torchvision's ``.pth`` to safetensors, once.

Only the features are kept: 20,035,392 parameters, 80 MB of 575; the homework puts a head of its own on them. A ``.pth``
is a pickle: it is read in a process of its own, with ``weights_only=True``, and what comes back is checked here by name
and shape against the architecture.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autograder.deep_learning.data.fetch import Progress, Remote, download, no_progress
from autograder.deep_learning.data.layouts import run_apart
from autograder.deep_learning.data.prepare import read_stamps, remember_stamps
from autograder.disk import write_whole
from autograder.errors import MisuseError

FILE = "vgg19_bn-features.safetensors"
# Channels of the convolutions, a pool after each row. K. Simonyan and A. Zisserman, Very deep convolutional networks
# for large-scale image recognition, 2015, table 1, column E.
BLOCKS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)
LARGEST = 1 << 30  # bytes of a .pth; torchvision's has 575 MB
HEADER_CAP = 1 << 20  # bytes of a safetensors header; this one has about 10,000
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
    """Fetch ``VGG19_BN_Weights.IMAGENET1K_V1`` from torchvision's address and convert it.

    The SHA-256 begins with the digits in the file's name, as torchvision's own downloads check it. The ``.pth`` is
    taken away once it is converted.

    Returns:
        The path of the safetensors file in *target*.

    Raises:
        MisuseError: no connection, not the right file, the disk is full.
    """
    from torchvision.models import VGG19_BN_Weights

    url: str = VGG19_BN_Weights.IMAGENET1K_V1.url
    name = Path(urlsplit(url).path).name
    found = re.search(r"-([0-9a-f]{8,})\.", name)
    if found is None:
        raise MisuseError(f"{name} does not name its checksum; take the weights from a file with --weights-from FILE")
    remedy = f"Take it from a file with --weights-from {name}"
    source = download(Remote("VGG-19's weights", name, (url,), "sha256", found[1], remedy), target, progress)
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
    if not source.is_file():
        raise MisuseError(f"{source} is missing")
    if source.stat().st_size > LARGEST:
        raise MisuseError(f"{source} is larger than {LARGEST >> 20} MB")
    path = target / FILE
    part = target / f".{FILE}.{os.getpid()}.part"
    manifest = path.with_suffix(".json")
    try:
        target.mkdir(parents=True, exist_ok=True)
        run_apart("autograder.deep_learning.data.weights", source, part)
        _check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        state = part.stat()
        facts = {"source": source.name, "source_sha256": _sha256(source), "sha256": _sha256(part)}
        stamp = {"size": state.st_size, "mtime_ns": state.st_mtime_ns}
        manifest.unlink(missing_ok=True)
        part.replace(path)
        write_whole(manifest, json.dumps(facts | stamp, indent=1).encode())
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def open_weights(folder: Path, rehash: bool = False) -> Path:
    """The path of the converted weights in *folder*, found right: names, shapes, size, and (once) the hash.

    Raises:
        MisuseError: they are not there, or damaged.
    """
    path = folder / FILE
    manifest = path.with_suffix(".json")
    if not path.is_file() or not manifest.is_file():
        raise MisuseError(f"the pre-trained weights are not in {folder}: {path} is missing. Run `hw1 data --weights`")
    try:
        facts = json.loads(manifest.read_bytes())
        sha256, written = str(facts["sha256"]), (int(facts["size"]), int(facts["mtime_ns"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MisuseError(f"{manifest} is damaged. {AGAIN}") from error
    _check(path)
    state = path.stat()
    stamp = (state.st_size, state.st_mtime_ns)
    stamps = read_stamps(folder)
    if rehash or stamp not in (written, stamps.get(FILE)):
        if _sha256(path) != sha256:
            raise MisuseError(f"{path} is damaged: its SHA-256 is not the manifest's. {AGAIN}")
        remember_stamps(folder, stamps | {FILE: stamp})
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


def _check(path: Path) -> None:
    """Compare a safetensors file's header with the architecture, without reading a weight."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length <= HEADER_CAP else b""
    try:
        entries: dict[str, Any] = json.loads(header)
        entries.pop("__metadata__", None)
        found = {name: (entry["dtype"], tuple(entry["shape"])) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MisuseError(f"{path} is damaged: it has no header of safetensors. {AGAIN}") from error
    wanted = {name: ("F32" if shape else "I64", shape) for name, shape in expected_features().items()}
    for name in [*wanted, *found]:
        if found.get(name) != wanted.get(name):
            raise MisuseError(f"{path} is damaged: {name} is {found.get(name)}, wanted {wanted.get(name)}. {AGAIN}")
    payload = sum(math.prod(shape) * (4 if shape else 8) for _, shape in wanted.values())
    if size != 8 + length + payload:
        raise MisuseError(f"{path} is damaged: {size:,} bytes, wanted {8 + length + payload:,}. {AGAIN}")


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
