"""Runs a command under a seccomp profile of Docker's format and Docker's default capabilities.

    python docker_profile.py PROFILE.json COMMAND...

What a container has and this does not: namespaces, cgroups, a file system of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys
from pathlib import Path

import system_calls

from autograder.sandbox.layers import kernel
from autograder.sandbox.layers.identity import capabilities

CAPABILITIES = {  # docs.docker.com: the default set; numbers from linux/capability.h
    **{"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_FOWNER": 3, "CAP_FSETID": 4, "CAP_KILL": 5, "CAP_SETGID": 6},
    **{"CAP_SETUID": 7, "CAP_SETPCAP": 8, "CAP_NET_BIND_SERVICE": 10, "CAP_NET_RAW": 13, "CAP_SYS_CHROOT": 18},
    **{"CAP_MKNOD": 27, "CAP_AUDIT_WRITE": 29, "CAP_SETFCAP": 31},
}
ARCHES = {"x86_64": ("amd64", "x86_64"), "aarch64": ("arm64", "arm64")}  # in profiles, in the table of numbers
PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21
LOAD, EQUAL, GREATER, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000


def main() -> None:
    profile = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    root = os.geteuid() == 0
    if not capabilities() >> CAP_SYS_ADMIN & 1:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)  # without it nobody else may install a filter
    install(program(profile))
    if root:
        keep_capabilities(sum(1 << number for number in CAPABILITIES.values()))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  the command is ours


def program(profile: dict) -> list[tuple[int, int, int, int]]:
    """The filter: each rule in turn, then the default."""
    arch, table = ARCHES[platform.machine()]
    numbers = system_calls.syscalls()
    made = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, kernel.architecture()[1]), (RETURN, 0, 0, KILL)]
    for rule in profile["syscalls"]:
        if not applies(rule, arch):
            continue
        action = ALLOW if rule["action"] == "SCMP_ACT_ALLOW" else ERROR | rule.get("errnoRet", 1)
        for name in rule["names"]:
            try:
                number = numbers.get(name, table)
            except (system_calls.NotSupportedSystemCall, system_calls.NoSuchSystemCall):
                continue
            then = [*tests(rule.get("args") or []), (RETURN, 0, 0, action)]
            made += [(LOAD, 0, 0, 0), (EQUAL, 0, len(then), number), *then]
    return [*made, (RETURN, 0, 0, ERROR | profile["defaultErrnoRet"])]


def applies(rule: dict, arch: str) -> bool:
    """Whether a rule is in force for this architecture and Docker's capabilities; each kernel here is new enough."""
    has, lacks = rule.get("includes") or {}, rule.get("excludes") or {}
    if has.get("arches") and arch not in has["arches"]:
        return False
    if has.get("caps") and not set(has["caps"]) & set(CAPABILITIES):
        return False
    return not (arch in lacks.get("arches", []) or set(lacks.get("caps", [])) & set(CAPABILITIES))


def tests(arguments: list[dict]) -> list[tuple[int, int, int, int]]:
    """What jumps past the return that follows unless the one argument fits; all values of the profile are 32 bits."""
    if not arguments:
        return []
    (argument,) = arguments
    load = (LOAD, 0, 0, 16 + 8 * argument["index"])
    value = argument["value"] & 0xFFFFFFFF
    match argument["op"]:
        case "SCMP_CMP_EQ":
            return [load, (EQUAL, 0, 1, value)]
        case "SCMP_CMP_LT":
            return [load, (AT_LEAST, 1, 0, value)]
        case "SCMP_CMP_GT":
            return [load, (GREATER, 0, 1, value)]
        case "SCMP_CMP_MASKED_EQ":
            return [load, (AND, 0, 0, value), (EQUAL, 0, 1, argument.get("valueTwo", 0))]
    raise ValueError(argument["op"])


def install(instructions: list[tuple[int, int, int, int]]) -> None:
    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
    filter_ = Program(len(instructions), packed)
    kernel.call("seccomp", 1, 0, ctypes.byref(filter_))


def keep_capabilities(kept: int) -> None:
    for number in range(64):
        if capabilities() >> number & 1 and not kept >> number & 1:
            kernel.prctl(PR_CAPBSET_DROP, number)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    kernel.call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)))


if __name__ == "__main__":
    main()
