"""Runs a command as the first of a container, in namespaces of its own, and ends with its exit code (Linux, as root).

    python -I namespace.py INSIDE.json-text COMMAND...

It sees the root folder that *Inside* describes and nothing else of the machine: no network, no other process, no
mount of the host's. It has Docker's default capabilities and, if a profile is named, its seccomp filter. When the
command ends, all that it left behind ends with it, and so do the mounts. Exit codes are Docker's: 125 where the
container can't be made, 126 and 127 where the command can't be run, 128 + n where signal n ended it.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import docker_profile

from autograder.sandbox.layers import identity, kernel

# linux/sched.h: mounts, cgroups, host name, System V's memory, processes, network
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18  # linux/mount.h
CLOSED = NOSUID | NODEV | NOEXEC
DETACH = 2
FOLDERS = ("autograder", "tmp", "var/tmp", "root", "home", "run", "dev", "proc", "sys")
DEVICES = ("null", "zero", "full", "random", "urandom")
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
SHARED_MEMORY = "size=64m,mode=1777"  # Docker's
KERNEL = ("bus", "fs", "irq", "sys", "sysrq-trigger")  # below /proc: settings of the machine, which Docker locks, too
CGROUPS = "/sys/fs/cgroup"
NO_CONTAINER = 125
SAYS = "namespace.py: "  # before what went wrong with the container itself


@dataclass(frozen=True)
class Inside:
    """What the command sees.

    Attributes:
        root: an empty folder that becomes the root; folders and mount points are left in it.
        autograder: the host's folder that is /autograder.
        shown: (the host's path, the container's) of what can be read there.
        profile: a seccomp profile in Docker's format, or nothing.
    """

    root: str
    autograder: str
    shown: list[list[str]]
    profile: str = ""


def main() -> NoReturn:
    inside = Inside(**json.loads(sys.argv[1]))
    os.umask(0o022)
    try:
        groups = own_groups()
        # Made while the host's files can still be read.
        instructions = docker_profile.program(json.loads(Path(inside.profile).read_text())) if inside.profile else []
        kernel.call("unshare", NAMESPACES)
    except (OSError, ValueError) as error:
        no_container(error)
    first = os.fork()
    if first:
        os._exit(code(os.waitpid(first, 0)[1]))
    identity.die_with_parent()
    try:
        lay_out(inside, groups)
        enter(inside.root)
        if instructions:
            docker_profile.install(instructions)
        docker_profile.keep_capabilities(sum(1 << number for number in docker_profile.CAPABILITIES.values()))
    except OSError as error:
        no_container(error)
    be_first(sys.argv[2:])


def no_container(error: Exception) -> NoReturn:
    os.write(2, f"{SAYS}{error}\n".encode())
    os._exit(NO_CONTAINER)


def code(status: int) -> int:
    """A process's exit code as a shell gives it."""
    ended = os.waitstatus_to_exitcode(status)
    return ended if ended >= 0 else 128 - ended


def be_first(command: list[str]) -> NoReturn:
    """Run the command, reap what it leaves behind, and end when it ends: the kernel then ends all others."""
    block = Path("/proc/self/environ").read_bytes()  # as it was given: this interpreter has put its locale into its own
    variables = dict(entry.split(b"=", 1) for entry in block.split(b"\0") if b"=" in entry)
    child = os.fork()
    if not child:
        try:
            os.execvpe(command[0], command, variables)  # noqa: S606  the command is ours
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(code(status))


def own_groups() -> list[tuple[str, str]]:
    """(the host's path, the container's) of this process's cgroups: a container sees its own as the topmost."""
    paths = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths[controllers] = path
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        top, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind not in ("cgroup", "cgroup2") or not f"{mounted}/".startswith(f"{CGROUPS}/"):
            continue
        names = [n for n in paths if n and set(n.split(",")) <= set(options.split(","))] if kind == "cgroup" else [""]
        path = paths.get(names[0], "/") if names else "/"
        within = os.path.relpath(path, top) if f"{path}/".startswith(top.rstrip("/") + "/") else "."
        found.append((os.path.normpath(f"{mounted}/{within}"), mounted))
    return sorted(found, key=lambda pair: pair[1])


def lay_out(inside: Inside, groups: list[tuple[str, str]]) -> None:
    """Mount everything below the root folder."""
    mount("none", "/", flags=REC | PRIVATE)  # nothing of what follows reaches the host
    root = Path(inside.root)
    bind(root, root, NODEV)
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("tmp", "var/tmp"):
        (root / name).chmod(0o1777)
    for source, target in sorted(inside.shown, key=lambda pair: pair[1].count("/")):
        show(Path(source), below(root, target))
    bind(inside.autograder, root / "autograder", NODEV)
    for name in DEVICES:
        show(Path("/dev", name), root / "dev" / name, flags=0)
    for name, target in LINKS.items():
        (root / "dev" / name).symlink_to(target)
    (root / "dev" / "shm").mkdir()
    mount("shm", root / "dev" / "shm", "tmpfs", CLOSED, SHARED_MEMORY)
    mount("proc", root / "proc", "proc", CLOSED)
    for name in KERNEL:
        if (path := root / "proc" / name).exists():
            bind(path, path, RDONLY)
    mount("sysfs", root / "sys", "sysfs", CLOSED | RDONLY)
    show_groups(root, groups)


def show_groups(root: Path, groups: list[tuple[str, str]]) -> None:
    """One cgroup v2, or a folder of controllers."""
    top = below(root, CGROUPS)
    if [target for _, target in groups] == [CGROUPS]:
        bind(groups[0][0], top, RDONLY)
    elif groups:
        mount("cgroup", top, "tmpfs", CLOSED, "size=1m,mode=755")
        for source, target in groups:
            show(Path(source), below(root, target))
        mount("", top, flags=REMOUNT | BIND | RDONLY | CLOSED)


def enter(root: str) -> None:
    """Make *root* the root, and let go of the old one: there is no way back, not for root either."""
    os.chdir(root)
    kernel.call("pivot_root", b".", b".")
    kernel.call("umount2", b".", DETACH)
    os.chdir("/autograder")


def below(root: Path, path: str) -> Path:
    """Where the container's *path* is made."""
    return root / path.lstrip("/")


def show(source: Path, target: Path, flags: int = RDONLY) -> None:
    """Let *source* be seen at *target*; a link stays a link, as /lib is one to usr/lib."""
    if source.is_symlink():
        target.parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(target):
            target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    bind(source, target, flags)


def bind(source: Path | str, target: Path, flags: int = 0) -> None:
    """Mount *source* at *target*, too; what is forbidden on the host's mount stays so."""
    mount(source, target, flags=BIND)
    if flags:
        kept = os.statvfs(target).f_flag & (RDONLY | CLOSED)
        mount("", target, flags=REMOUNT | BIND | kept | flags)


def mount(source: Path | str, target: Path | str, kind: str = "", flags: int = 0, data: str = "") -> None:
    try:
        kernel.call("mount", os.fsencode(source), os.fsencode(target), os.fsencode(kind), flags, os.fsencode(data))
    except OSError as error:
        raise OSError(error.errno, f"{target} can't be mounted: {os.strerror(error.errno or 0)}") from error


if __name__ == "__main__":
    main()
