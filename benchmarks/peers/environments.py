"""Environments in which the peers are installed, one each, with what this Python has within sight."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

SHARED = sysconfig.get_path("purelib")
INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20")
INSTALL_SECONDS = 1800


class UnavailableError(Exception):
    """Why a peer can't be measured, in a sentence."""


def environment(package: str, folder: Path) -> Path:
    """The environment with *package*, below *folder*; made and filled by pip if it is not there.

    Packages of this Python (torch and its gigabytes) are seen from there; what the peer needs in another version is
    installed beside it and comes first in the path.

    Raises:
        UnavailableError: it can't be made; has pip's last line.
    """
    root = folder / package
    ready, made_for = root / "ready", f"{sys.version}\n{SHARED}\n"
    if ready.is_file() and ready.read_text() == made_for:
        return root
    print(f"{package} is being installed into {root}", file=sys.stderr, flush=True)
    shutil.rmtree(root, ignore_errors=True)
    checked((sys.executable, "-m", "venv", "--without-pip", root))
    (within(root, "purelib") / "shared.pth").write_text(SHARED)
    checked((within(root, "scripts") / "python", *INSTALL, package, "ipykernel"))
    ready.write_text(made_for)
    return root


def checked(command: Sequence[str | Path]) -> None:
    """Run a step of an installation.

    Raises:
        UnavailableError: it failed; has the last line that it printed.
    """
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"can't be installed: not done after {INSTALL_SECONDS // 60} minutes") from None
    if done.returncode:
        raise UnavailableError(f"can't be installed: {last_line(done.stdout + done.stderr)}")


def last_line(printed: str) -> str:
    """The last line with something in it."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was printed"


def within(root: Path, scheme: str) -> Path:
    """The folder of an environment's own packages (``purelib``) or commands (``scripts``)."""
    return Path(sysconfig.get_path(scheme, "venv", {"base": str(root), "platbase": str(root)}))


def version_in(root: Path, package: str) -> str:
    """The version of *package* that is installed in an environment."""
    return next(one.version for one in distributions(name=package, path=[str(within(root, "purelib"))]))
