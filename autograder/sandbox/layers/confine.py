"""Puts the layers on, in the order in which they must be, and tries each of them before student code runs.

A layer that this kernel does not have is left out, and the report says so by not naming it; one that fails half-way is
fatal. The order: descriptors and environment first, while everything may still be closed; rules of Landlock are made
while root may open every path; then limits, then the user, whose change cancels that it dies with its parent; Landlock
while there is one thread; seccomp last, since it forbids what the others need.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from autograder.sandbox.layers import attempts, identity, kernel, landlock, limits, seccomp
from autograder.sandbox.plan import Plan

CHANNEL = (3, 4)  # descriptors: requests come from the first, replies go to the second
KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "MPLBACKEND", "MPLCONFIGDIR")
HOMES = ("HOME", "USERPROFILE", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "CUDA_CACHE_PATH")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def confine(plan: Plan) -> dict[str, str]:
    """Confine this process to *plan*, for good. Its files must have been opened before (:func:`open_files`).

    Returns:
        What is in force and was tried, each with its details as reports append them:
        ``{"rlimits": ":core+fsize", "uid": "", "landlock": "=7", "seccomp": "", "no-network": ""}``.

    Raises:
        OSError: a layer that is there failed half-way.
        attempts.HoleError: something that a layer forbids worked all the same.
    """
    environment(plan)
    os.chdir(plan.scratch)
    if plan.cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # cores that this process may no longer use
            os.sched_setaffinity(0, plan.cores)
    if not plan.cell.layers or kernel.architecture() is None:
        return {"rlimits": f":{'+'.join(limited)}"} if (limited := limits.apply(plan.space)) else {}
    os.umask(0o077)
    with suppress(OSError):  # the kernel's first choice when memory runs out; a container may forbid it
        Path("/proc/self/oom_score_adj").write_text("1000")
    parent = os.getppid()
    if identity.threads() != 1:
        raise OSError("a worker must have one thread when it is confined")
    version = landlock.version()
    rules = landlock.ruleset(_rules(plan)) if version else None
    limited = limits.apply(plan.space, own_user=plan.cell.user is not None)
    layers = {"rlimits": f":{'+'.join(limited)}"}
    if plan.cell.user is not None:
        identity.become(plan.cell.user)
        layers["uid"] = ""
    elif plan.cell.bare:
        identity.give_up_capabilities()
        layers["no-capabilities"] = ""
    identity.gain_nothing()
    identity.die_with_parent()
    if os.getppid() != parent:
        raise OSError("the warm parent ended")
    layers["no-new-privs"] = ""
    if rules is not None:
        landlock.restrict(rules)
        layers["landlock"] = f"={version}"
    seccomp.apply(os.getpid())
    layers["seccomp"] = ""
    return layers | dict.fromkeys(attempts.try_all(plan, layers, limited, parent), "")


def descriptors(requests: int, replies: int, output: int) -> None:
    """Keep these three in their places (0 is empty, 1 and 2 take prints, then CHANNEL), and close all others."""
    null = os.open(os.devnull, os.O_RDONLY)
    kept = [os.dup(fd) for fd in (null, output, output, requests, replies)]
    lowest = max(kept) + 1
    high = [os.dup2(fd, lowest + place) for place, fd in enumerate(kept)]  # so that none is overwritten on the way
    for place, fd in enumerate(high):
        os.dup2(fd, place)
    for fd in _open_descriptors():
        if fd > CHANNEL[-1]:
            with suppress(OSError):  # the one that listed them
                os.close(fd)


def open_files(plan: Plan) -> dict[str, int]:
    """Open the plan's files, by path: the user that the process becomes may not reach them by their paths."""
    names = ("O_CLOEXEC", "O_BINARY", "O_NOFOLLOW", "O_NONBLOCK")  # a link or a pipe put there meanwhile does no harm
    flags = sum(getattr(os, name, 0) for name in names) | os.O_RDONLY
    return {path: os.open(path, flags) for path in plan.files}


def environment(plan: Plan) -> None:
    """Leave nothing in the environment but what a worker needs; its home is its scratch folder."""
    kept = {name: os.environ[name] for name in (*KEPT, *THREADS) if name in os.environ}
    if plan.cell.layers:
        kept["MPLCONFIGDIR"] = plan.scratch  # the user's is closed to it
    homes = dict.fromkeys(HOMES, plan.scratch)
    os.environ.clear()
    os.environ.update({**kept, **homes, "USER": "student", "LOGNAME": "student"})
    if plan.cards is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = plan.cards  # "" hides them all; CUDA looks when it is first used
    tempfile.tempdir = None  # it may have been looked up before


def _rules(plan: Plan) -> dict[int, tuple[str, ...]]:
    return {
        landlock.RUN: plan.runs,
        landlock.READ: plan.reads,
        landlock.DEVICE: plan.devices,
        landlock.WRITE: (plan.scratch,),
    }


def _open_descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:  # no /proc: as many as a process usually has
        return list(range(1024))
