"""The box: a command is held to a container's limits, and what it took is told, however it can be held here."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from autograder.errors import GraderError
from autograder.staff.box import Limits, groups, measured, processes, run_in_box
from autograder.staff.box.groups import VERSION1, VERSION2, Group, version1_box, version2_box
from autograder.staff.box.meter import Clock, Sample, phases_of, read_marks
from autograder.staff.box.records import MB

MEASURED = (measured.measured_box,)
WAYS = {"cgroup v2": (version2_box,), "cgroup v1": (version1_box,), "measured": MEASURED}
LIMITS = Limits(cpus=0.5, memory_mb=150, seconds=20)
PYTHON_MB = 15  # at most, of an interpreter that has done nothing
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no box")

# What the commands begin with. Memory is written to: what only was asked for is not there yet.
TOOLS = """
import json, os, subprocess, sys, time
def mark(name):
    with open(sys.argv[1], "a") as file:
        file.write(json.dumps({"phase": name, "at": time.monotonic()}) + "\\n")
def take(mb):
    return bytearray(b"x") * (mb << 20)
"""


def own_boxes():
    """The groups of this process's making that are there."""
    above = groups.find(2).get("", Path("/none"))
    parents = {*groups.find(1).values(), above, *above.parents}
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
    assert all(phase.seconds >= 0.1 for phase in seen.phases)


def ways_name(ways):
    return next(name for name, way in WAYS.items() if way == ways)


def test_who_takes_more_memory_than_there_is_is_ended(ways, run):
    seen = run("a = []\nwhile len(a) < 60: a.append(take(10)); time.sleep(0.01)", ways)
    assert (seen.status, seen.killed, seen.timed_out) == (-signal.SIGKILL, 1, False)
    assert seen.peak_mb > LIMITS.memory_mb - 10  # not far below the limit
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
    assert (seen.throttled_seconds > 0) == (ways != MEASURED)


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
    with pytest.raises(GraderError, match="needs Linux or macOS"):
        run("", ())


def test_the_first_way_that_can_be_had_is_taken(run):
    assert run("", (lambda limits: None, *MEASURED)).how == "measured"


def test_the_keepers_end_is_an_error(run):
    with pytest.raises(GraderError, match="ended by somebody else"):
        run("os.kill(os.getppid(), 9)", MEASURED)


@pytest.mark.skipif(not processes.PS.is_file(), reason="there is no ps")
def test_without_proc_ps_tells_of_the_processes(run, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PROC", tmp_path / "none")
    seen = run("a = []\nwhile len(a) < 60: a.append(take(10)); time.sleep(0.02)", MEASURED)
    assert (seen.status, seen.killed) == (-signal.SIGKILL, 1)
    assert seen.peak_mb > LIMITS.memory_mb


@pytest.mark.parametrize(
    ("told", "seconds"), [("00:01:05", 65), ("0:01.25", 1.25), ("2-03:00:00", 183_600), ("125:00.50", 7500.5)]
)
def test_the_time_that_ps_tells_is_read(told, seconds):
    assert processes._seconds(told) == seconds


def test_memory_is_told_as_closely_as_the_kernel_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "PROC", tmp_path)
    folder = tmp_path / "7"
    folder.mkdir()
    process = processes.Process(1, 0, 0, 9 * MB)
    assert processes.stays(7, process) == 9 * MB
    (folder / "status").write_text("Name: x\nRssAnon:  2048 kB\nRssFile: 4096 kB\nRssShmem: 1024 kB\n")
    assert processes.stays(7, process) == 3 * MB
    (folder / "smaps_rollup").write_text("Pss: 7000 kB\n")  # before 5.9
    assert processes.stays(7, process) == 3 * MB
    (folder / "smaps_rollup").write_text("Pss: 7000 kB\nPss_Anon: 1024 kB\nPss_Shmem: 512 kB\n")
    assert processes.stays(7, process) == 1.5 * MB


# --- groups


MOUNTINFO = """\
22 1 0:20 / / rw - ext4 /dev/sda rw
31 22 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755
32 31 0:29 {root} {base}/cpu,cpuacct rw,relatime shared:10 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 {root} {base}/me\\040mory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / {base}/unified rw,relatime - cgroup2 cgroup2 rw
"""
CGROUP = "9:name=systemd:/\n4:memory:/box/a:b\n2:cpu,cpuacct:/box/a:b\n0::/own\n"


def test_hierarchies_and_our_own_groups_are_found(tmp_path):
    found = list(groups.mounts(MOUNTINFO.format(root="/", base=tmp_path)))
    names = [(version, point.name) for version, _, point, _ in found]
    assert names == [(1, "cpu,cpuacct"), (1, "me mory"), (2, "unified")]
    assert [{"cpu", "cpuacct"} <= controllers for *_, controllers in found] == [True, False, False]
    own = groups.own_groups(CGROUP)
    assert own == {"name=systemd": "/", "memory": "/box/a:b", "cpu": "/box/a:b", "cpuacct": "/box/a:b", "": "/own"}


@pytest.mark.parametrize(
    ("root", "group", "below"),
    [
        ("/", "/", ""),
        ("/", "/box/a", "box/a"),
        ("/box", "/box/a", "a"),  # a container's mount shows its own group alone
        ("/box/a", "/box/a", ""),
        ("/other", "/box/a", None),
        ("/", "/../other", None),  # outside of the namespace
        ("/", "/gone", None),
    ],
)
def test_our_own_folder_is_where_the_mount_shows_it(tmp_path, root, group, below):
    (tmp_path / "box/a").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    folder = groups.own_folder(root, tmp_path, group)
    assert folder == (None if below is None else tmp_path / below)


def test_new_groups_are_made_all_or_none(tmp_path):
    first, second = groups.new_group([tmp_path, tmp_path])  # two controllers in one hierarchy
    assert first == second
    groups.remove_groups([first])
    with pytest.raises(OSError, match="none"):
        groups.new_group([tmp_path, tmp_path / "none"])
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("way", [version1_box, version2_box])
def test_where_no_group_is_ours_there_is_no_box(way, monkeypatch, tmp_path):
    for found in ({}, dict.fromkeys(("", "cpu", "cpuacct", "memory"), tmp_path / "none")):
        monkeypatch.setattr(groups, "find", lambda version, found=found: found)
        assert way(LIMITS) is None


def test_a_group_above_is_tried_where_ours_hands_no_controllers_on(monkeypatch, tmp_path):
    own, above = tmp_path / "above/own", tmp_path / "above"
    own.mkdir(parents=True)
    for folder in (own, above):
        (folder / "cgroup.controllers").touch()
    tried = []

    def holds(box, limits):
        tried.append(box._of[""].parent)
        box.remove()
        return len(tried) == accepted

    monkeypatch.setattr(groups, "find", lambda version: {"": own})
    monkeypatch.setattr(Group, "holds", holds)
    accepted = 2
    assert version2_box(LIMITS) is not None
    assert tried == [own, above]
    accepted = 0
    assert version2_box(LIMITS) is None
    assert tried == [own, above] * 2


def test_a_group_that_cannot_be_entered_is_no_box(monkeypatch):
    monkeypatch.setattr(groups, "_ENTER", "exit 126")
    assert version1_box(LIMITS) is None
    assert version2_box(LIMITS) is None


def test_limits_that_cannot_be_had_are_no_box():
    impossible = Limits(1e-6, 150, 20)  # the kernel's least quota is 1 ms
    assert version1_box(impossible) is None
    assert version2_box(impossible) is None


def test_what_cannot_be_removed_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(groups, "PATIENCE", 0.05)
    (tmp_path / "group").mkdir()
    (tmp_path / "group/file").touch()
    with pytest.raises(GraderError, match="can't be removed"):
        groups.remove_groups([tmp_path / "group"])


def fill(folder, **values):
    """Write a group's files, dots as double underscores."""
    for name, value in values.items():
        text = "".join(f"{key} {number}\n" for key, number in value.items()) if isinstance(value, dict) else f"{value}"
        (folder / name.replace("__", ".")).write_text(text)


def filled1(folder, rss, cache, most):
    """A group of version 1: MB of memory, of the page cache, and of both at the worst moment."""
    fill(
        folder,
        memory__stat={"rss": 0, "total_rss": rss * MB, "total_shmem": 2 * MB, "total_cache": (2 + cache) * MB},
        memory__kmem__usage_in_bytes=3 * MB,
        memory__max_usage_in_bytes=most * MB,
        cpuacct__usage=1_500_000_000,
    )


def filled2(folder, anon, cache, most):
    """The same of version 2."""
    files = {"file": (2 + cache - 1) * MB, "shmem": 2 * MB}  # it holds shmem; slabs can be given back, too
    fill(
        folder,
        memory__stat={"anon": anon * MB, "kernel": 4 * MB, "slab_reclaimable": MB, "slab": 9} | files,
        memory__peak=most * MB,
        cpu__stat={"usage_usec": 1_500_000, "throttled_usec": 250_000},
    )


@pytest.fixture(params=[VERSION1, VERSION2], ids=["v1", "v2"])
def group(request, tmp_path):
    """A group of each version whose files all lie in one folder."""
    return group_of(request.param, tmp_path)


def group_of(version, folder):
    return Group(version, [folder] * len(version.controllers))


def fill_of(group, *values):
    (filled1 if group.how == "cgroup v1" else filled2)(*values)


def test_a_peak_between_two_readings_is_told_without_the_page_cache(tmp_path, group):
    peaks = []
    for memory, cache, most in ((20, 100, 125), (20, 100, 185), (20, 160, 185), (20, 60, 190)):
        fill_of(group, tmp_path, memory, cache, most)
        reading = group.read()
        assert (reading.cpu_seconds, reading.memory) == (1.5, 25 * MB)
        peaks.append(reading.peak // MB)
    # a burst of 60; the page cache alone has grown; it was given back meanwhile
    assert peaks == [25, 85, 25, 30]


def test_the_most_tells_something_only_when_it_grows(tmp_path, group):
    fill_of(group, tmp_path, 20, 0, 80)
    assert [group.read().peak // MB for _ in range(2)] == [80, 25]
    (tmp_path / group._version.most).unlink()  # version 2 before 5.19
    assert group.read().peak == 25 * MB


def test_what_was_killed_and_throttled_is_told(tmp_path):
    fill(tmp_path, memory__events={"oom": 3, "oom_kill": 2}, cpu__stat={"usage_usec": 1, "throttled_usec": 250_000})
    group = group_of(VERSION2, tmp_path)
    assert (group.killed(), group.throttled()) == (2, 0.25)
    fill(tmp_path, memory__oom_control={"under_oom": 0}, cpu__stat={"throttled_time": 500_000_000})  # before 4.13
    group = group_of(VERSION1, tmp_path)
    assert (group.killed(), group.throttled()) == (0, 0.5)
    fill(tmp_path, memory__oom_control={"oom_kill": 1})
    assert group.killed() == 1


def test_limits_are_written(tmp_path):
    group_of(VERSION1, tmp_path).limit(LIMITS)
    group_of(VERSION2, tmp_path).limit(LIMITS)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    size = str(150 * MB)
    assert written == {
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "50000",
        "memory.limit_in_bytes": size,
        "memory.memsw.limit_in_bytes": size,
        "memory.swappiness": "0",
        "cpu.max": "50000 100000",
        "memory.max": size,
        "memory.swap.max": "0",
    }


def test_a_kernel_before_5_18_tells_its_own_memory_in_parts(tmp_path):
    filled2(tmp_path, 20, 0, 0)
    parts = {"kernel_stack": MB, "pagetables": 2 * MB, "slab": 5 * MB, "slab_reclaimable": 4 * MB}
    fill(tmp_path, memory__stat={"anon": 20 * MB, "file": 0, "shmem": 0} | parts)
    assert group_of(VERSION2, tmp_path).read().memory == 24 * MB


# --- phases


def test_the_clock_of_a_box_that_nothing_holds_goes_by_its_load():
    clock = Clock(cpus=0.5)
    assert clock.tell(0.6, 0.6) == 1.2  # busy
    assert clock.tell(0.7, 0.6) == pytest.approx(1.3)  # idle: what is saved is not kept for later
    assert clock.tell(1.2, 0.6) == pytest.approx(1.8)
    assert clock.tell(2.2, 1.6) == pytest.approx(3.8)
    assert Clock().tell(0.6, 5.0) == 0.6


def samples(*memory):
    """Samples a second apart, in which half a second of CPU time was taken: MB then, and at the worst moment before."""
    each = enumerate(((0, 0), *memory))
    return [Sample(100.0 + i, float(i), 0.5 * i, now * MB, peak * MB) for i, (now, peak) in each]


def test_phases_last_to_the_next_mark():
    marks = [("a", 101.5), ("b", 102.5), ("c", 102.6), ("late", 999.0)]
    seen = phases_of(marks, samples((10, 12), (30, 30), (20, 20), (1, 5)))
    assert [(p.name, round(p.seconds, 6), round(p.cpu_seconds, 6), p.memory_mb) for p in seen] == [
        ("start", 1.5, 0.75, 12),
        ("a", 1, 0.5, 30),
        ("b", 0.1, 0.05, 20),
        ("c", 1.4, 0.7, 20),
        ("late", 0, 0, 1),
    ]


@pytest.mark.parametrize(("now", "peaks"), [(30, [10, 40]), (5, [40, 5])])
def test_a_peak_between_two_samples_belongs_to_the_phase_that_had_more(now, peaks):
    assert [phase.memory_mb for phase in phases_of([("a", 101.5)], samples((10, 10), (now, 40)))] == peaks


def test_marks_before_the_start_count_from_the_start():
    (start, a) = phases_of([("a", 1.0)], samples((10, 10)))
    assert (start.seconds, a.seconds) == (0, 1)


@pytest.mark.parametrize("line", ["x", "[]", "{}", '{"phase": "a"}', '{"phase": "a", "at": "now"}', "\xff"])
def test_a_line_that_is_no_mark_is_an_error(tmp_path, line):
    (tmp_path / "phases").write_bytes(line.encode("latin-1") + b"\n")
    with pytest.raises(GraderError, match="does not list phases"):
        read_marks(tmp_path / "phases")


def test_marks_come_by_time_and_an_unfinished_line_does_not_count(tmp_path):
    lines = [json.dumps({"phase": name, "at": at}) for name, at in (("b", 2), ("a", 1))]
    (tmp_path / "phases").write_text("\n".join([*lines, '{"phase": "c"']))
    assert read_marks(tmp_path / "phases") == [("a", 1.0), ("b", 2.0)]


def test_phases_that_were_taken_away_are_an_error(tmp_path):
    with pytest.raises(GraderError, match="does not list phases"):
        read_marks(tmp_path / "none")
