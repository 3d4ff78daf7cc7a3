"""What a small container cuts off costs nobody a point, and what would have ended anywhere is not excused by it."""

from dataclasses import replace

import pytest

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Evidence, Raised, Stopped
from autograder.gradescope.bounds import LEAST, SLOTS, BoundedSession, oom_kills
from autograder.outcome import MEMORY, TIME

PROBE = Probe("p", "network", (), "torch", seconds=20.0)


class Fake:
    """A session whose probes take *seconds* of a clock that only they move."""

    environment, layers, printed, pressed, import_seconds = {"torch": "2"}, ("seccomp",), 7, 0, 20.0
    printed_text = "printed"

    def __init__(self, seen, takes=0.0):
        self.now, self.seen, self.takes, self.asked = 0.0, seen, takes, []

    def observe(self, probe, key, arrays=None):
        self.asked.append((probe, key, arrays))
        self.now += self.takes
        return self.seen


def test_an_import_does_not_go_on_after_the_deadline_either():
    session = bounded(Evidence(), takes=95.0)
    session.observe(PROBE, b"")
    assert session.session.import_seconds == 20
    session.observe(PROBE, b"")
    assert session.session.import_seconds == 5


def bounded(seen, takes=0.0, ends=100.0, less=False, kills=(None, None)):
    fake, counted = Fake(seen, takes), iter(kills)
    return BoundedSession(fake, ends, less, 10, clock=lambda: fake.now, killed=lambda: next(counted, None))


def test_a_bounded_session_is_otherwise_the_session():
    session, seen = (made := bounded(Evidence({"a": 1}))), made.session.seen
    assert session.observe(PROBE, b"key", {"x": 1}) is seen
    assert session.session.asked == [(PROBE, b"key", {"x": 1})]
    assert (session.environment, session.layers, session.printed) == ({"torch": "2"}, ("seccomp",), 7)
    assert session.printed_text == "printed"


def test_a_probe_gets_no_more_time_than_is_left():
    session = bounded(Raised("ValueError", ""), ends=12.0)
    assert session.observe(PROBE, b"") == Raised("ValueError", "")
    assert [probe.seconds for probe, *_ in session.session.asked] == [12.0]


def test_after_the_deadline_nothing_is_begun():
    session = bounded(Evidence(), ends=LEAST / 2)
    with pytest.raises(UnsettledError, match="the 10 minutes that there are here were over before its turn") as raised:
        session.observe(PROBE, b"")
    assert raised.value.cut_short == TIME
    assert session.session.asked == []


def test_what_the_deadline_cuts_off_is_open():
    with pytest.raises(UnsettledError, match=r"the 10 minutes that there are here were over$") as raised:
        bounded(Stopped("time", "12 s"), takes=12.0, ends=12.0).observe(PROBE, b"")
    assert raised.value.cut_short == TIME


def test_what_is_stopped_by_its_own_limit_stays_stopped():
    seen = Stopped("time", "20 s")
    assert bounded(seen, takes=20.0).observe(PROBE, b"") is seen


@pytest.mark.parametrize("slot", SLOTS)
def test_a_training_that_takes_longer_is_open(slot):
    with pytest.raises(UnsettledError, match="training takes longer than there is time for here") as raised:
        bounded(Stopped("time", "20 s"), takes=20.0).observe(replace(PROBE, slot=slot), b"")
    assert raised.value.cut_short == TIME


OUT_OF_MEMORY = [Stopped("memory", "448 MB"), Stopped("died", "SIGKILL")]


@pytest.mark.parametrize("seen", OUT_OF_MEMORY, ids=lambda seen: seen.reason)
def test_what_runs_out_of_memory_is_open_only_where_there_is_less_than_elsewhere(seen):
    with pytest.raises(UnsettledError, match="more memory than there is here") as raised:
        bounded(seen, less=True).observe(PROBE, b"")
    assert raised.value.cut_short == MEMORY
    assert bounded(seen, less=False).observe(PROBE, b"") is seen


def test_what_kills_itself_is_not_excused_if_the_kernel_counts_none():
    seen = Stopped("died", "signal SIGKILL")
    assert bounded(seen, less=True, kills=(3, 3)).observe(PROBE, b"") is seen
    with pytest.raises(UnsettledError, match="more memory than there is here"):
        bounded(seen, less=True, kills=(3, 4)).observe(PROBE, b"")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n", 2),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n", 5),
        ("oom_kill many\n", None),
        ("", None),
    ],
)
def test_the_kernels_count_is_read_from_either_version_of_cgroups(text, count, tmp_path):
    (tmp_path / "counter").write_text(text)
    assert oom_kills([tmp_path / "missing", tmp_path / "counter"]) == count


@pytest.mark.parametrize("seen", [Stopped("died", "exit code 1"), Stopped("output", "1 MiB"), Stopped("protocol", "")])
def test_no_other_end_is_excused_by_the_place(seen):
    assert bounded(seen, less=True).observe(PROBE, b"") is seen


def test_a_probe_ends_with_the_deadline_even_if_it_uses_no_cpu_time():
    session = bounded(Evidence(), ends=12.0)
    session.observe(PROBE, b"")
    assert session.session.left == 12
