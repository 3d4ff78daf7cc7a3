"""Lets a command run as an ordinary user, in a mount namespace in which every user may reach the interpreter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograder.home import repository

USER = 61234  # has no name, no group, no files and no other processes

# In a mount namespace of its own, "$1" (a folder that others may not enter) becomes an empty one, in which only
# "$2" (a folder below it) is there. Then the rest is run as the user. Nothing of it is seen outside.
OPENED = """
set -e
kept=$(mktemp -d)
mount --bind "$2" "$kept"
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir -p "$2"
mount --move "$kept" "$2"
rmdir "$kept"
shift 2
exec "$@"
"""


class UnreachableError(Exception):
    """Nothing can be graded here; the text says why."""


def as_user(command: list[str]) -> list[str]:
    """*command* as the ordinary user.

    Raises:
        UnreachableError: there is no way to become one, or to let it reach the interpreter.
    """
    if shutil.which("setpriv") is None:
        raise UnreachableError("there is no setpriv")
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--"]
    return reachable([*user, *command])


def reachable(command: list[str]) -> list[str]:
    """*command* where every user may reach the interpreter and the repository.

    Raises:
        UnreachableError: a folder on the way is closed, and can't be opened here.
    """
    closed = closed_folders()
    if not closed:
        return command
    if len(closed) > 1 or not _may_mount():
        raise UnreachableError(f"no other user may enter {', '.join(map(str, closed))}")
    ((folder, path),) = closed.items()
    return ["unshare", "--mount", "--", "sh", "-c", OPENED, "sh", str(folder), str(path), *command]


def closed_folders() -> dict[Path, Path]:
    """The folders that other users may not enter, and what they are to reach in them."""
    root = repository()
    needed = (Path(sys.base_prefix), Path(sys.prefix), *([root] if root is not None else []))
    return {folder: path for path in needed for folder in _closed(path)}


def _closed(path: Path) -> list[Path]:
    """The outermost folder on the way to *path* that others may not enter, if there is one."""
    return [folder for folder in [*reversed(path.parents), path] if not folder.stat().st_mode & 0o001][:1]


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0  # noqa: S607
