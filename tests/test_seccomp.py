"""The filter of system calls, run here by a small BPF machine: for both architectures, call by call."""

from __future__ import annotations

import ctypes
import errno

import pytest
import system_calls

from autograder.sandbox.layers import kernel, seccomp

PID = 4711
ALLOWED, KILLED = "allowed", "killed"
NAMES = {"x86_64": "x86_64", "aarch64": "arm64"}  # as the table of the kernel's numbers calls them
CLONE_OF_A_THREAD = 0x3D0F00  # what glibc asks for
OTHER_ARCHITECTURE = 0x40000003  # i386


@pytest.fixture(params=sorted(kernel.ARCHITECTURES))
def machine(request, monkeypatch):
    """An architecture that this process takes itself to be of."""
    monkeypatch.setattr(kernel.platform, "machine", lambda: request.param)
    monkeypatch.setattr(kernel.sys, "platform", "linux")
    return request.param


def run(name, *arguments, architecture=None, add=0):
    """What the filter answers to a call: ALLOWED, KILLED or an error's number."""
    numbered = name if isinstance(name, int) else kernel.number(name)
    data = {0: numbered + add, 4: architecture or kernel.architecture()[1]}
    for place in range(6):
        value = arguments[place] if place < len(arguments) else 0
        data |= {16 + 8 * place: value & 0xFFFFFFFF, 20 + 8 * place: value >> 32}
    program = seccomp.program(PID)
    accumulator = place = 0
    while True:
        code, yes, no, operand = program[place]
        place += 1
        match code:
            case 0x20:
                accumulator = data[operand]
            case 0x06:
                answers = {0x7FFF0000: ALLOWED, 0x80000000: KILLED}
                return answers.get(operand) or operand & 0xFFFF
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: accumulator & operand}[code]
                place += yes if holds else no


def test_what_is_forbidden_fails_with_eperm(machine):
    for name in seccomp.FORBIDDEN:
        if kernel.number(name) is not None:
            assert run(name) == errno.EPERM, name


@pytest.mark.parametrize(
    "name",
    ["openat", "read", "write", "mmap", "futex", "unlinkat", "exit_group", "getpid", "sched_yield"],
)
def test_what_programs_live_on_is_allowed(machine, name):
    assert run(system_calls.syscalls().get(name, NAMES[machine])) == ALLOWED


def test_threads_may_be_made_and_processes_may_not(machine):
    assert run("clone", CLONE_OF_A_THREAD) == ALLOWED
    assert run("clone", 17) == errno.EPERM
    assert run("clone3") == errno.ENOSYS  # glibc then takes clone


def test_only_pairs_of_streams_are_made(machine):
    """One end of a pair of datagrams can be turned to any socket that has a path, such as the system's log."""
    stream, datagram, raw, packets, close_on_exec = 1, 2, 3, 5, 0x80000
    assert run("socketpair", 1, stream) == run("socketpair", 1, stream | close_on_exec) == ALLOWED
    for kind in (datagram, raw, packets, datagram | close_on_exec):
        assert run("socketpair", 1, kind) == errno.EPERM
    assert run("socketpair", 30, stream) == errno.EPERM  # TIPC


@pytest.mark.parametrize("name", ["kill", "tgkill"])
def test_a_process_may_signal_itself_alone(machine, name):
    assert run(name, PID, 9) == ALLOWED
    assert run(name, PID | 1 << 32, 9) == ALLOWED  # the kernel looks at the lower half, too
    for other in (0, 1, 2**32 - 1, PID + 1, PID << 32):
        assert run(name, other, 9) == errno.EPERM


def test_a_process_may_limit_itself_alone(machine):
    assert run("prlimit64", 0) == run("prlimit64", PID) == ALLOWED
    assert run("prlimit64", PID + 1) == run("prlimit64", 1) == errno.EPERM


def test_a_process_stays_on_the_cores_that_it_was_given(machine):
    assert run("sched_setaffinity", 0) == run("sched_setaffinity", PID) == errno.EPERM


def test_priorities_of_users_and_groups_are_left_alone(machine):
    assert run("setpriority", 0, 0, 5) == run("setpriority", 0, PID, 5) == ALLOWED
    assert run("setpriority", 1, 0, 5) == run("setpriority", 2, 0, 5) == run("setpriority", 0, 1, 5) == errno.EPERM


def test_what_others_rely_on_can_not_be_undone(machine):
    for option in (1, 4, 36, 0x59616D61):
        assert run("prctl", option) == errno.EPERM
        assert run("prctl", option | 5 << 32) == errno.EPERM
    assert run("prctl", 15) == ALLOWED  # a thread's name


def test_no_terminal_is_written_to_and_no_signal_is_sent_by_a_descriptor(machine):
    for request in (0x5412, 0x541C, 0x8901, 0x8902, 0x5412 | 1 << 32):
        assert run("ioctl", 0, request) == errno.EPERM
    assert run("ioctl", 0, 0x5401) == ALLOWED
    assert run("fcntl", 0, 8) == run("fcntl", 0, 15) == errno.EPERM
    assert run("fcntl", 0, 1) == ALLOWED


def test_calls_of_another_architecture_end_the_process(machine):
    assert run("kill", PID, architecture=OTHER_ARCHITECTURE) == KILLED
    if machine == "x86_64":
        assert run("socket", add=0x40000000) == KILLED  # x32


def test_every_jump_stays_within_the_program(machine):
    program = seccomp.program(PID)
    assert len(program) < 4096
    for place, (code, yes, no, _) in enumerate(program):
        assert 0 <= yes < 256
        assert 0 <= no < 256
        if code != 0x06:
            assert place + 1 + max(yes, no) < len(program)


def test_the_numbers_are_the_kernels(machine):
    table = system_calls.syscalls()
    column = kernel.ARCHITECTURES[machine][0]
    for name, numbers in kernel.NUMBERS.items():
        try:
            wanted = table.get(name, NAMES[machine])
        except system_calls.NotSupportedSystemCall:
            wanted = None
        assert numbers[column] == wanted, name


def test_elsewhere_there_is_no_filter_and_no_number(monkeypatch):
    monkeypatch.setattr(kernel.platform, "machine", lambda: "riscv64")
    assert kernel.architecture() is None
    assert kernel.number("kill") is None
    with pytest.raises(OSError, match="seccomp"):
        seccomp.program(PID)
    with pytest.raises(OSError) as caught:
        kernel.call("kill", 0, 0)
    assert caught.value.errno == errno.ENOSYS


def test_a_call_that_the_kernel_refuses_says_which_it_was():
    if kernel.architecture() is None:
        pytest.skip("no layers on this platform")
    with pytest.raises(OSError, match="landlock_add_rule"):
        kernel.call("landlock_add_rule", -1, 1, ctypes.c_void_p(), 0)
