"""The plan by which a worker is confined: the grader makes it, the worker follows it."""

from __future__ import annotations

import glob
import os
import sys
import sysconfig
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

STAGES = ("source", "torch", "full", "extras")
"""What is imported: nothing; torch; also torchvision, if it is installed; also what a submission imports itself, like
matplotlib (0.3 s)."""
COMMAND_SIZE = 512  # bytes of a command to the warm parent
SYSTEM = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo")
SETTINGS = (
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf"),
    *("/etc/passwd", "/etc/alternatives", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup"),
    *("/sys/kernel/mm/transparent_hugepage", "/dev/urandom", "/dev/random", "/dev/zero"),
)
CUDA_SETTINGS = ("/proc/driver/nvidia", "/proc/devices", "/sys/bus/pci", "/sys/devices", "/sys/module")
CUDA_FOLDERS = ("/usr/local/cuda", "/usr/local/nvidia")
CUDA_DEVICES = (
    *("/dev/nvidia[0-9]*", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-caps/*"),
)


@dataclass(frozen=True)
class Cell:
    """What all workers of a session have in common.

    Attributes:
        layers: whether all layers are put on, or the limits alone.
        user: whom they become; None: they stay who they are.
        bare: they are root and stay so, and give up root's capabilities.
        trap: a file that everyone may read and they must not: each worker tries to.
    """

    layers: bool = False
    user: int | None = None
    bare: bool = False
    trap: str = ""


NO_LAYERS = Cell()


@dataclass(frozen=True)
class Plan:
    """What one worker may do.

    Attributes:
        folder: the submission, which it may read.
        scratch: where it works, and the only place where it may write.
        memory: bytes that it may allocate; None: no limit to its address space, because CUDA reserves much.
        address: bytes of address space, if it may take more of that than of memory.
        cores: those that it runs on, for good; empty: all there are.
        cards: the GPUs that it sees, as CUDA_VISIBLE_DEVICES has them: none by "", all by None.
        files: single files that it may read, too, through descriptors that are opened before all else.
        cell: what it has in common with the session's other workers.
    """

    folder: str
    scratch: str
    memory: int | None
    cards: str | None = ""
    files: tuple[str, ...] = ()
    cell: Cell = NO_LAYERS
    address: int = 0
    cores: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """Make a plan of :meth:`to_json`'s values."""
        return cls(
            **{**data, "files": tuple(data["files"]), "cores": tuple(data["cores"]), "cell": Cell(**data["cell"])}
        )

    @property
    def space(self) -> int | None:
        """Bytes by which its address space may grow; None: no limit."""
        return None if self.memory is None else max(self.memory, self.address)

    @property
    def gpu(self) -> bool:
        """Whether it sees a GPU."""
        return self.cards != ""

    @property
    def runs(self) -> tuple[str, ...]:
        """What it may read and load code from."""
        return (*SYSTEM, *python_folders(), *(CUDA_FOLDERS if self.gpu else ()))

    @property
    def reads(self) -> tuple[str, ...]:
        """What it may only read."""
        return (*SETTINGS, *(CUDA_SETTINGS if self.gpu else ()), self.folder)

    @property
    def devices(self) -> tuple[str, ...]:
        """Devices that it may write to."""
        cards = [path for pattern in CUDA_DEVICES for path in sorted(glob.glob(pattern))] if self.gpu else []
        return ("/dev/null", *cards)


@cache
def python_folders() -> tuple[str, ...]:
    """Where Python and the packages lie, with links resolved; the folder of an editable install is not among them."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [str(Path(prefix) / "lib") for prefix in (sys.base_prefix, sys.base_exec_prefix)]
    folders += [entry for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry.startswith("/")]
    return tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders))


def readable_roots() -> tuple[str, ...]:
    """What every worker may read beside its own submission and scratch folder, with links resolved."""
    all_of_them = (*SYSTEM, *python_folders(), *CUDA_FOLDERS, *SETTINGS)
    return tuple(dict.fromkeys(os.path.realpath(path) for path in all_of_them))


def open_to_all(path: Path) -> bool:
    """Whether any user of this machine can reach the folder *path*: each folder above lets others through."""
    try:
        return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents))
    except OSError:
        return False
