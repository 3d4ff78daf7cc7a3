"""The users that workers become where the grader is root: one for each session.

So the modes of files hold between hand-ins, too, and threads can be counted by user. Where root can't become another
user (a container that maps few users, an interpreter in root's own folder), it stays root without its capabilities.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from autograder.sandbox.layers import identity
from autograder.sandbox.plan import open_to_all, python_folders

FIRST, MANY = 65_000, 500  # as a rule nobody's: below nobody (65,534), above what distributions hand out
_NEEDED = (0, 6, 7)  # CAP_CHOWN, CAP_SETGID, CAP_SETUID (linux/capability.h)

_numbers = count(os.getpid())  # two graders side by side begin elsewhere


def is_root() -> bool:
    """Whether this process is root on Linux."""
    return sys.platform == "linux" and os.geteuid() == 0


def can_become_others(scratch: Path) -> bool:
    """Whether a worker can become another user, who can still reach Python and the folder *scratch*."""
    if not is_root():
        return False
    held = identity.capabilities()
    if not all(held >> bit & 1 for bit in _NEEDED):
        return False
    if not (_mapped("uid_map") and _mapped("gid_map") and _told("setgroups") != "deny"):
        return False
    needed = [Path(folder) for folder in python_folders()]
    return all(open_to_all(folder) for folder in (*needed, scratch.parent) if folder.exists())


def next_user() -> int:
    """A user and group that no session of this run has at the moment; after MANY of them they start over."""
    return FIRST + next(_numbers) % MANY


def _mapped(name: str) -> bool:
    """Whether this user namespace has all of the users (or groups)."""
    ranges = [line.split() for line in _told(name).splitlines()]
    spans = [range(int(first), int(first) + int(many)) for first, _, many in ranges]
    return any(FIRST in span and FIRST + MANY - 1 in span for span in spans)


def _told(name: str) -> str:
    try:
        return Path(f"/proc/self/{name}").read_text().strip()
    except OSError:
        return ""
