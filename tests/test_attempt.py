"""Statements of a notebook at an import: what fails or takes too long costs its own names."""

from __future__ import annotations

import builtins
import signal
import time

import pytest

from autograder.sandbox import attempt

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")


@pytest.fixture(autouse=True)
def offered():
    attempt.offer()
    yield
    delattr(builtins, attempt.ATTEMPT)


def run(*statements: str, names: str = "'x'") -> dict:
    """The names after these statements, each in an attempt of its own."""
    lines = [f"with {attempt.ATTEMPT}({names}):\n    {one}" for one in statements]
    there: dict = {"time": time}
    exec("\n".join(lines), there)  # noqa: S102  statements of our own
    return there


def missing(name: str) -> str:
    return attempt.because(NameError(f"name {name!r} is not defined", name=name))


@pytest.mark.parametrize("wrong", ["1 / 0", "open('/nowhere')", "exit(3)", "(_ for _ in ()).throw(KeyboardInterrupt)"])
def test_what_fails_leaves_its_name_undefined_and_the_next_one_is_run(wrong):
    assert "x" not in run("x = 1", f"x = {wrong}", "y = 2")
    assert missing("x").startswith("; x: failed: ")
    assert run("x = 1")["x"] == 1


def test_why_a_name_is_missing_is_followed_to_its_cause():
    run("x = open('/nowhere')")
    run("y = x", names="'y'")
    assert "y: failed: NameError: name 'x' is not defined; x: failed: FileNotFoundError" in missing("y")
    assert missing("z") == ""


@pytest.mark.parametrize(
    "forever",
    [
        "while True: pass",
        "x = time.sleep(1000)",
        "\n    ".join(["while True:", "  try: time.sleep(9)", "  except Exception: pass"]),
    ],
)
def test_what_takes_too_long_is_ended(monkeypatch, forever):
    monkeypatch.setattr(attempt, "SECONDS", 0.1)
    there = run(forever, "x = 1")
    assert there["x"] == 1
    run(forever)
    assert missing("x") == "; x: took more than 0.1 s"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_all_together_have_a_limit_too(monkeypatch):
    monkeypatch.setattr(attempt, "SECONDS", 0.2)
    monkeypatch.setattr(attempt, "IN_ALL", 0.3)
    run(*["while True: pass"] * 4)
    assert missing("x") == "; x: took more than 0 s"


def test_what_a_class_lacks_is_named_whatever_is_raised():
    run("x = 1", "x = open('/nowhere')", names="'.forward'")
    assert attempt.because(TypeError("anything")).startswith("; .forward: failed: FileNotFoundError")
    assert attempt.because(KeyError("forward")).startswith("; .forward: failed")
