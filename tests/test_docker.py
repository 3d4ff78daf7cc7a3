"""Docker's default seccomp profile and capabilities, emulated: the sandbox is strong inside, and torch trains.

The profile is moby's own; it lies beside the repository, not in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.home import repository
from autograder.sandbox.layers import kernel, landlock

ROOT = repository()
PROFILE = ROOT.parent / "shared" / "docker-default-seccomp.json" if ROOT is not None else Path("none")
pytestmark = pytest.mark.skipif(
    not PROFILE.is_file() or kernel.architecture() is None,
    reason="needs Linux and moby's profile beside the repository",
)

NEW_USER_NAMESPACE = """
import ctypes, os
print(ctypes.CDLL(None, use_errno=True).unshare(0x10000000), os.strerror(ctypes.get_errno()))
"""
SAYS_THE_LEVEL = """
from pathlib import Path
from autograder.grade import judged
from autograder.kit import Kit
from autograder.ingest.reading import read_submission
import json
with Kit(isolation="best", train="never") as kit:
    hand_in = read_submission(Path("solution"), kit.rubric.limits)
    with kit.session(hand_in) as session:
        report = judged(kit.case(hand_in, session), session)
    print(json.dumps({"level": kit.level, "layers": kit.layers, "earned": report.earned, "lost": report.lost}))
"""


def in_docker(*command, profile=PROFILE):
    """Run a command as a container of Docker's would have it; what it printed."""
    emulate = [sys.executable, str(Path(__file__).parent / "docker_profile.py"), str(profile)]
    done = subprocess.run([*emulate, *command], capture_output=True, text=True, timeout=120, cwd=ROOT, check=False)
    return done.stdout + done.stderr


def test_the_emulation_forbids_what_docker_does():
    said = in_docker(sys.executable, "-c", NEW_USER_NAMESPACE)
    assert said.strip() == "-1 Operation not permitted"
    if os.geteuid() == 0:
        status = in_docker("grep", "CapEff", "/proc/self/status")
        assert status.split()[1] == "00000000a80425fb"


@pytest.mark.slow
@pytest.mark.skipif(not landlock.version(), reason="no Landlock in this kernel")
def test_isolation_is_strong_and_the_solution_keeps_its_points():
    said = json.loads(in_docker(sys.executable, "-c", SAYS_THE_LEVEL).splitlines()[-1])
    assert said["level"] == "strong"
    assert (said["earned"], said["lost"]) == (61, 0)


@pytest.mark.slow
def test_a_docker_older_than_landlock_is_told_and_grading_with_secrets_refuses(tmp_path, solution):
    rules = json.loads(PROFILE.read_text(encoding="utf-8"))
    for rule in rules["syscalls"]:
        rule["names"] = [name for name in rule["names"] if not name.startswith("landlock")]
    old = tmp_path / "old.json"
    old.write_text(json.dumps(rules), encoding="utf-8")
    said = json.loads(in_docker(sys.executable, "-c", SAYS_THE_LEVEL, profile=old).splitlines()[-1])
    assert said["level"] in ("medium", "weak")
    assert (said["earned"], said["lost"]) == (61, 0)
    hw1 = str(Path(sys.executable).parent / "hw1")
    refused = in_docker(hw1, "grade", str(solution), "-o", str(tmp_path / "out"), profile=old)
    assert "no Landlock" in refused
    assert f"--isolation {said['level']}" in refused
    assert not (tmp_path / "out").exists()
    told = in_docker(
        *(hw1, "grade", str(solution), "-o", str(tmp_path / "out"), "--train", "never", "--seed", "public"), profile=old
    )
    assert f"isolation: {said['level']}" in told
