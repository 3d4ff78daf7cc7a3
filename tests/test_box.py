"""The box: a command is held to a container's limits, and what it took is told, however it can be held here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.errors import GraderError
from autograder.staff.box import Limits, groups, measured, run_in_box
from autograder.staff.box.groups import VERSION1, VERSION2, Group, group_box, own_folders
from autograder.staff.box.records import MB
from autograder.staff.box.run import WAYS as ALL_WAYS
from autograder.staff.box.run import Clock, Sample, phases_of, read_marks

WAYS = {name: (way,) for name, way in zip(("cgroup v2", "cgroup v1", "measured"), ALL_WAYS, strict=True)}
MEASURED = WAYS["measured"]
LIMITS = Limits(cpus=0.5, memory_mb=150, seconds=20)
PYTHON_MB = 15  # at most, of an interpreter that has done nothing
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no box")

# What the commands begin with. Memory is written to: what only was asked for is not there yet.
TOOLS = """
import json, os, subprocess, sys, time
def mark(name):
    with open(sys.argv[1], "a") as file:
        file.write(json.dumps({"phase": name}) + "\\n")
def take(mb):
    return bytearray(b"x") * (mb << 20)
"""


def own_boxes():
    """The groups of this process's making that are there."""
    own = [*own_folders(VERSION1), *own_folders(VERSION2)]
    parents = {above for folder in own for above in (folder, *folder.parents)}
    return [path for parent in parents for path in parent.glob(f"hw1-box-{os.getpid()}-*") if path.is_dir()]


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    yield
    assert not own_boxes()


@pytest.fixture(params=WAYS)
def ways(request):
    """Each way to hold a command that can be had here."""
    (way,) = WAYS[request.param]
    box = way(LIMITS)
    if box is None:
        pytest.skip(f"no {request.param} here")
    box.remove()
    return WAYS[request.param]


@pytest.fixture
def run(tmp_path):
    """Runs Python code in a box."""

    def run(code, ways, limits=LIMITS, command=None, **others):
        phases = tmp_path / "phases"
        command = command or [sys.executable, "-I", "-c", TOOLS + code, str(phases)]
        settings = {"environment": dict(os.environ), "cwd": tmp_path, "phases": phases} | others
        return run_in_box(command, limits, **settings, ways=ways)

    return run


def is_gone(pid):
    """Whether the process has ended, or is about to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_memory_is_counted_and_each_phase_has_its_own(ways, run):
    code = "time.sleep(0.1); mark('much'); a = take(60); time.sleep(0.3); del a; mark('little'); time.sleep(0.1)"
    seen = run(code, ways)
    assert (seen.status, seen.killed, seen.timed_out, seen.how) == (0, 0, False, ways_name(ways))
    assert [phase.name for phase in seen.phases] == ["start", "much", "little"]
    start, much, little = (phase.memory_mb for phase in seen.phases)
    assert start < PYTHON_MB
    assert 60 <= much < 60 + PYTHON_MB
    assert little < PYTHON_MB
    assert seen.peak_mb == much
    assert sum(phase.seconds for phase in seen.phases) == pytest.approx(seen.seconds)
    assert sum(phase.cpu_seconds for phase in seen.phases) == pytest.approx(seen.cpu_seconds)
    assert all(phase.seconds > 0 for phase in seen.phases)


def ways_name(ways):
    return next(name for name, way in WAYS.items() if way == ways)


def test_who_takes_more_memory_than_there_is_is_ended(ways, run):
    seen = run("a = []\nwhile len(a) < 60: a.append(take(10)); time.sleep(0.03)", ways)
    assert (seen.status, seen.killed, seen.timed_out) == (-signal.SIGKILL, 1, False)
    assert seen.peak_mb > LIMITS.memory_mb / 2
    assert seen.seconds < LIMITS.seconds


def test_the_memory_of_all_processes_is_taken_together_and_what_they_share_once(ways, run):
    code = (  # the one is copied on write, the other is shared
        "import mmap\na = take(20); b = mmap.mmap(-1, 20 << 20); b.write(a)\n"
        "ready, done = os.pipe()\n"
        "if os.fork() and os.fork():\n  [os.read(ready, 1) for _ in range(2)]; time.sleep(0.3)\n"
        "else:\n  c = take(15); os.write(done, b'x'); time.sleep(60)\n"
    )
    seen = run(code, ways)
    assert seen.status == 0
    assert 70 <= seen.peak_mb < 70 + 2 * PYTHON_MB


def test_the_time_is_that_of_the_cpus_in_the_limits(ways, run):
    seen = run("end = time.process_time() + 0.3\nwhile time.process_time() < end: pass", ways)
    assert seen.status == 0
    assert seen.cpu_seconds > 0.28
    assert seen.cpu_seconds <= LIMITS.cpus * seen.seconds * 1.3 + 0.2


def test_the_time_of_children_is_counted(ways, run):
    burn = "import time\\nend = time.process_time() + 0.1\\nwhile time.process_time() < end: pass"
    code = f"for _ in range(2): subprocess.run([sys.executable, '-I', '-c', '{burn}'])\nprint(sum(os.times()[:4]))"
    seen = run(code, ways, Limits(2, 150, 20))
    counted = float(seen.said)  # in steps of 10 ms, without its own end
    assert counted > 0.15
    assert counted - 0.05 <= seen.cpu_seconds <= 1.3 * counted + 0.2


def test_everything_is_ended_when_the_time_is_up(ways, run):
    seen = run("time.sleep(60)", ways, Limits(0.5, 150, 0.3))
    assert (seen.status, seen.killed, seen.timed_out) == (-signal.SIGKILL, 0, True)
    assert 0.3 <= seen.seconds < 30


def test_the_time_is_up_by_the_boxs_clock(run):
    seen = run("while True: pass", MEASURED, Limits(0.1, 150, 3))
    assert seen.timed_out
    assert seen.seconds >= 3
    assert seen.cpu_seconds < 1


def test_what_is_left_behind_is_ended(ways, run, tmp_path):
    code = (
        "if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n"
        "    open('pid', 'w').write(f'{os.getpid()}\\n'); time.sleep(60)\n  os._exit(0)\n"
        "while not os.path.exists('pid') or not open('pid').read().endswith('\\n'): time.sleep(0.01)"
    )
    seen = run(code, ways)
    assert (seen.status, seen.killed, seen.timed_out) == (0, 0, False)
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_an_interruption_ends_everything(ways, run, tmp_path, monkeypatch):
    def interrupted(_, pid=tmp_path / "pid"):
        if pid.exists() and pid.read_text():
            raise KeyboardInterrupt

    monkeypatch.setattr("autograder.staff.box.run.time", Interrupting(interrupted))
    with pytest.raises(KeyboardInterrupt):
        run("open('pid', 'w').write(str(os.getpid())); time.sleep(60)", ways)
    assert is_gone(int((tmp_path / "pid").read_text()))


class Interrupting:
    """The module ``time`` for the one that watches."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, sleep):
        self.sleep = sleep


def test_the_end_of_what_is_printed_is_kept(ways, run):
    seen = run("print('x' * 5000); print('the end', file=sys.stderr)", ways)
    assert len(seen.said) == 4096
    assert set(seen.said[:4000]) == {"x"}


def test_its_exit_code_environment_and_folder_are_the_commands(ways, run, tmp_path):
    code = "print(os.getcwd(), os.environ['SAID'], sys.stdin.read() == ''); sys.exit(7)"
    seen = run(code, ways, environment={"SAID": "hello"})
    assert (seen.status, seen.said) == (7, f"{tmp_path.resolve()} hello True\n")


def test_a_program_that_is_not_there_has_the_status_of_a_shell(ways, run):
    seen = run("", ways, command=["no-such-program"])
    assert seen.status == 127
    assert "no-such-program" in seen.said


def test_a_program_that_cannot_be_run_has_the_status_of_a_shell(ways, run, tmp_path):
    (tmp_path / "text").write_text("")
    assert run("", ways, command=["./text"]).status == 126


def test_a_folder_that_is_not_there_is_an_error(ways, run, tmp_path):
    with pytest.raises(GraderError, match="nothing can be run in"):
        run("", ways, cwd=tmp_path / "none")


def test_phases_that_are_none_are_an_error(ways, run):
    with pytest.raises(GraderError, match="does not list phases"):
        run("open(sys.argv[1], 'w').write('x\\n')", ways)


def test_where_there_is_no_way_that_is_said(run):
    with pytest.raises(GraderError, match="needs Linux"):
        run("", ())


def test_the_first_way_that_can_be_had_is_taken(run):
    assert run("", (lambda limits: None, *MEASURED)).how == "measured"


def test_what_cannot_be_ended_is_an_error(run, monkeypatch):
    def refused(others):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(measured, "end_strays", refused)
    with pytest.raises(GraderError, match="something that was run can't be ended"):
        run("", MEASURED)


def test_where_processes_are_not_listed_nothing_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "PROC", tmp_path)
    assert measured.measured_box(LIMITS) is None


def test_the_children_that_there_were_are_not_the_boxs(run):
    with subprocess.Popen([sys.executable, "-c", "import time; a = b'x' * (100 << 20); time.sleep(60)"]) as other:
        seen = run("time.sleep(0.2)", MEASURED)
        assert other.poll() is None
        other.kill()
    assert (seen.status, seen.killed) == (0, 0)
    assert seen.peak_mb < 2 * PYTHON_MB


def test_memory_is_told_as_closely_as_the_kernel_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "PROC", tmp_path)
    folder = tmp_path / "7"
    folder.mkdir()
    process = measured.Process(1, 0, 9 * MB)
    assert measured.stays(7, process) == 9 * MB
    (folder / "status").write_text("Name: x\nRssAnon:  2048 kB\nRssFile: 4096 kB\nRssShmem: 1024 kB\n")
    assert measured.stays(7, process) == 3 * MB
    (folder / "smaps_rollup").write_text("Pss: 7000 kB\n")  # before 5.9
    assert measured.stays(7, process) == 3 * MB
    (folder / "smaps_rollup").write_text("Pss: 7000 kB\nPss_Anon: 1024 kB\nPss_Shmem: 512 kB\n")
    assert measured.stays(7, process) == 1.5 * MB


# --- groups


@pytest.mark.parametrize(
    ("group", "below"),
    [("/", "."), ("/a:b", "a:b"), ("/outside/a", "."), ("/../other", None)],  # a container sees its own alone
)
def test_our_own_groups_are_where_the_mounts_show_them(tmp_path, monkeypatch, group, below):
    monkeypatch.setattr(groups, "MOUNTS", tmp_path)
    monkeypatch.setattr(groups, "OWN", tmp_path / "text")
    assert own_folders(VERSION1) == own_folders(VERSION2) == []
    (tmp_path / "text").write_text(f"9:name=systemd:/\n4:memory:{group}\n2:cpu,cpuacct:{group}\n")
    for folder in ("cpu,cpuacct", "cpu,cpuacct/a:b", "memory", "memory/a:b", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cgroup.procs").touch()
    assert own_folders(VERSION1) == []
    for name in ("cpu", "cpuacct"):
        (tmp_path / name).symlink_to("cpu,cpuacct")
    places = ("cpu,cpuacct", "cpu,cpuacct", "memory") if below is not None else ()
    assert own_folders(VERSION1) == [tmp_path / place / below for place in places]
    assert own_folders(VERSION2) == []
    (tmp_path / "text").write_text("0::/memory\n")
    (tmp_path / "cgroup.procs").touch()
    assert own_folders(VERSION2) == [tmp_path / "memory"]


def made(version, folder, limits=LIMITS):
    """A group whose files all lie in one folder, which is no group."""
    group = Group(version, [folder] * len(version.controllers))
    return group, group.make(limits)


@pytest.mark.parametrize("version", [VERSION1, VERSION2])
def test_limits_are_written_and_the_group_is_entered(tmp_path, version):
    group, whole = made(version, tmp_path / "group")
    assert whole
    assert group.folders == [tmp_path / "group"]
    written = {path.name: path.read_text() for path in group.folders[0].iterdir()}
    assert int(written.pop("cgroup.procs"))
    size = str(150 * MB)
    assert (
        written
        == {
            "cgroup v1": {
                "cpu.cfs_period_us": "100000",
                "cpu.cfs_quota_us": "50000",
                "memory.limit_in_bytes": size,
                "memory.memsw.limit_in_bytes": size,
                "memory.swappiness": "0",
            },
            "cgroup v2": {"cpu.max": "50000 100000", "memory.max": size, "memory.swap.max": "0"},
        }[version.how]
    )


def test_what_is_there_already_is_left_alone(tmp_path):
    (tmp_path / "group").mkdir()
    assert not made(VERSION2, tmp_path / "group")[1]
    assert (tmp_path / "group").is_dir()


@pytest.mark.parametrize("version", [VERSION1, VERSION2])
def test_where_no_group_is_ours_there_is_no_box(version, monkeypatch, tmp_path):
    for own in ([], [tmp_path / "none"] * len(version.controllers)):
        monkeypatch.setattr(groups, "own_folders", lambda *_, own=own: own)
        assert group_box(version, LIMITS) is None


def test_a_group_above_is_tried_where_ours_hands_no_controllers_on(monkeypatch, tmp_path):
    own, above = tmp_path / "above/own", tmp_path / "above"
    own.mkdir(parents=True)
    for folder in (own, above):
        (folder / "cgroup.procs").touch()
    tried = []

    def make(box, limits):
        tried.append(box._of[""].parent)
        return len(tried) == accepted

    monkeypatch.setattr(groups, "own_folders", lambda version: [own])
    monkeypatch.setattr(Group, "make", make)
    accepted = 2
    assert group_box(VERSION2, LIMITS) is not None
    assert tried == [own, above]
    accepted = 0
    assert group_box(VERSION2, LIMITS) is None
    assert tried == [own, above] * 2


@pytest.mark.parametrize("version", [VERSION1, VERSION2])
def test_a_group_that_cannot_be_entered_or_limited_is_no_box(version, monkeypatch):
    assert group_box(version, Limits(1e-6, 150, 20)) is None  # the kernel's least quota is 1 ms
    monkeypatch.setattr(groups, "_ENTER", "exit 126")
    assert group_box(version, LIMITS) is None


def test_what_cannot_be_removed_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(groups, "PATIENCE", 0.05)
    group = Group(VERSION2, [tmp_path / "group"])
    (tmp_path / "group").mkdir()
    (tmp_path / "group/file").touch()
    group.folders = [tmp_path / "group"]
    with pytest.raises(GraderError, match="can't be removed"):
        group.remove()


def fill(folder, name, **lines):
    (folder / name).write_text("".join(f"{line} {number}\n" for line, number in lines.items()))


def test_what_is_taken_is_told_by_either_version_and_what_a_kernel_does_not_tell_is_nothing(tmp_path):
    first, second = (Group(version, [tmp_path] * len(version.controllers)) for version in (VERSION1, VERSION2))
    fill(tmp_path, "memory.stat", total_cache=99 * MB, total_rss=20 * MB, total_shmem=2 * MB, rss=0)
    (tmp_path / "cpuacct.usage").write_text("1500000000\n")
    fill(tmp_path, "memory.oom_control", under_oom=0)  # before 4.13
    assert (first.read(), first.killed()) == ((1.5, 22 * MB), 0)
    (tmp_path / "memory.kmem.usage_in_bytes").write_text(f"{3 * MB}\n")
    fill(tmp_path, "memory.oom_control", under_oom=0, oom_kill=2)
    assert (first.read(), first.killed()) == ((1.5, 25 * MB), 2)
    kernel = {"kernel": 9 * MB, "kernel_stack": MB, "slab": 2 * MB, "slab_reclaimable": MB, "slab_unreclaimable": MB}
    fill(tmp_path, "memory.stat", anon=20 * MB, file=99 * MB, shmem=2 * MB, **kernel)
    fill(tmp_path, "cpu.stat", usage_usec=1_500_000)
    fill(tmp_path, "memory.events", oom=3, oom_kill=2)
    assert (second.read(), second.killed()) == ((1.5, 24 * MB), 2)


# --- phases


def test_the_clock_of_a_box_that_nothing_holds_goes_by_its_load():
    clock = Clock(cpus=0.5)
    assert clock.tell(0.6, 0.6) == 1.2  # busy
    assert clock.tell(0.7, 0.6) == pytest.approx(1.3)  # idle: what is saved is not kept for later
    assert clock.tell(1.2, 0.6) == pytest.approx(1.8)
    assert clock.tell(2.2, 1.6) == pytest.approx(3.8)
    assert Clock().tell(0.6, 5.0) == 0.6


def test_a_phase_lasts_to_the_sample_that_sees_the_next_one():
    seen = ((0, 0), (10, 1), (30, 1), (20, 3), (1, 3))  # a second apart, half of it CPU time: MB, how many had begun
    samples = [Sample(float(i), 0.5 * i, memory * MB, begun) for i, (memory, begun) in enumerate(seen)]
    marks = [("a", "1", ""), ("b", "1", "1.1"), ("c", "", ""), ("d", "", "")]
    told = phases_of(marks, samples)
    assert [(p.name, p.part, p.training, p.seconds, p.cpu_seconds, p.memory_mb) for p in told] == [
        ("start", "", "", 1, 0.5, 0),
        ("a", "1", "", 2, 1, 30),
        ("b", "1", "1.1", 0, 0, 20),
        ("c", "", "", 1, 0.5, 20),
        ("d", "", "", 0, 0, 0),
    ]


@pytest.mark.parametrize("line", ["x", "[]", "{}", "\xff"])
def test_a_line_that_is_no_mark_is_an_error(tmp_path, line):
    (tmp_path / "phases").write_bytes(line.encode("latin-1") + b"\n")
    with pytest.raises(GraderError, match="does not list phases"):
        read_marks(tmp_path / "phases")


def test_an_unfinished_line_does_not_count_and_one_may_say_more(tmp_path):
    lines = [{"phase": "b", "part": "1", "training": "1.1"}, {"phase": "a"}]
    (tmp_path / "phases").write_text("\n".join([*map(json.dumps, lines), '{"phase": "c"']))
    assert read_marks(tmp_path / "phases") == [("b", "1", "1.1"), ("a", "", "")]


def test_phases_that_were_taken_away_are_an_error(tmp_path):
    with pytest.raises(GraderError, match="does not list phases"):
        read_marks(tmp_path / "none")
