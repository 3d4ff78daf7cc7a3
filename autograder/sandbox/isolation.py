"""How well student code is isolated: the levels, what each needs, and that no secret lies where it can read.

==========  =================================================================  ==========================
level       needs                                                              where
==========  =================================================================  ==========================
``strong``  Landlock, seccomp, limits, and a user of its own or a grader that  Linux from 5.13 on, Docker
            is closed to its own user
``medium``  a user of its own, seccomp, limits                                 root on an older kernel
``weak``    seccomp and limits: files can be read                              a user on an older kernel
``none``    a process with limits and deadlines                                macOS, Windows, `hw1 check`
==========  =================================================================  ==========================
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from autograder.errors import MisuseError
from autograder.rubric import ISOLATION as LEVELS
from autograder.sandbox.layers import identity
from autograder.sandbox.plan import open_to_all, readable_roots


def level_of(layers: Collection[str]) -> str:
    """The level that *layers* make, by their names."""
    if not {"seccomp", "rlimits"} <= set(layers):
        return "none"
    if "landlock" in layers and ("uid" in layers or identity.hidden()):
        return "strong"
    return "medium" if "uid" in layers else "weak"


def described(layers: Mapping[str, str]) -> str:
    """The level and what it is made of, for reports: ``strong [uid landlock=7 seccomp no-network ...]``.

    Args:
        layers: as workers report them, each with its details.
    """
    if not layers.keys() - {"rlimits"}:
        return "none"
    told = [f"{name}{details}" for name, details in layers.items()]
    return f"{level_of(layers)} [{' '.join([*told, *(['grader-closed'] if identity.hidden() else [])])}]"


def require(wanted: str, layers: Collection[str]) -> None:
    """Require that *layers* make at least the level *wanted*.

    Raises:
        MisuseError: they don't; the text says what is missing and what to do.
    """
    if wanted not in LEVELS:
        raise MisuseError(f"--isolation must be one of {', '.join(reversed(LEVELS))}, not {wanted!r}")
    found = level_of(layers)
    if LEVELS.index(found) >= LEVELS.index(wanted):
        return
    missing = "; ".join(_missing(layers))
    raise MisuseError(
        f"student code can be isolated at level {found} on this machine, not {wanted} ({missing}). Grade on another "
        f"machine, or use --isolation {found}: secret seeds and labels are then in danger, and the reports say so"
    )


def settle(least: str, layers: Collection[str], secrets: Mapping[str, Path]) -> list[str]:
    """Require the level *least*, and that no secret lies where student code may read.

    Args:
        secrets: files and folders by what they are.

    Returns:
        Remarks for staff on what is in danger below the level strong; what the level none means is the caller's to say.

    Raises:
        MisuseError: the machine does not reach the level, or a secret lies where every worker may read.
    """
    require(least, layers)
    level = level_of(layers)
    if level == "none":
        return []
    refuse_exposed(secrets)
    if level == "strong":
        return []
    known = list(secrets) if level == "weak" else readable_by_others(secrets)
    return [f"isolation is {level}: student code can read {what}" for what in known]


def refuse_exposed(secrets: Mapping[str, Path]) -> None:
    """Require that none of *secrets* lies where every worker may read.

    Args:
        secrets: files and folders by what they are, like ``"the solution"``.

    Raises:
        MisuseError: a secret does; the text names it.
    """
    roots = readable_roots()
    for what, secret in secrets.items():
        for path in _all_of(secret):
            there = os.path.realpath(path)
            for root in roots:
                if there == root or there.startswith(root.rstrip("/") + "/"):
                    raise MisuseError(f"{what} ({path}) lies in {root}, which student code may read: move it")


def readable_by_others(secrets: Mapping[str, Path]) -> list[str]:
    """Those of *secrets* that any user of the machine can read: what is in danger below the level strong."""
    return [what for what, path in secrets.items() if path.exists() and _open(path)]


def _open(path: Path) -> bool:
    return open_to_all(path.parent) and bool(path.stat().st_mode & 0o004)


def _all_of(path: Path) -> Iterator[Path]:
    """The path and what lies right below it: a link there may lead elsewhere."""
    yield path
    if path.is_dir():
        yield from path.iterdir()


def _missing(names: Collection[str]) -> Iterator[str]:
    if "seccomp" not in names:
        yield "no seccomp: not Linux on x86-64 or aarch64, or a container forbids it"
    if "landlock" not in names:
        yield "no Landlock: the kernel is older than 5.13, or a container forbids it"
    if "uid" not in names:
        yield "no separate user: the grader is not root"
