"""Lets the red team loose on the grader and says what came of it: ``python -m tests.hostile.redteam``.

As root it grades as root and as an ordinary user, started by an ordinary user only as that one; each with isolation,
and without, which shows what the layers stop. It ends with 1 if anything came out otherwise than it must.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.home import repository

from .attack import NOT_RUN, REACHED, Attack
from .catalogue import ATTACKS
from .user import USER, UnreachableError, as_user, closed_folders, reachable

START_SECONDS = 120.0  # until the grader is warm: imports, and the solution graded once


@dataclass(frozen=True)
class Mode:
    """Who grades, and whether with isolation."""

    name: str
    who: str
    isolation: str
    opened: bool = True  # the way to the interpreter, where other users may not go it

    @property
    def isolated(self) -> bool:
        """Whether the layers are there."""
        return self.isolation != "none"


MODES = (
    Mode("root", "root", "strong"),
    Mode("user", "user", "strong"),
    Mode("root-off", "root", "none"),
    Mode("user-off", "user", "none"),
    # As it is: where others may not reach the interpreter, workers stay root, without any privilege.
    Mode("root-bare", "root", "strong", opened=False),
)


@dataclass(frozen=True)
class Verdict:
    """What came of one attack in one mode: whether it is as it must be, a word for the table, and what happened."""

    right: bool
    word: str
    told: tuple[str, ...] = ()


@dataclass
class Ran:
    """All of one mode: verdicts by attack, the kit's own word for its isolation, or why it could not run."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    level: str = ""
    failed: str = ""


class Grader:
    """The process that grades, started anew when an attack has ended it.

    Args:
        mode: who it is, and whether with isolation.
        folder: where it may write.
    """

    def __init__(self, mode: Mode, folder: Path):
        self._mode, self._folder = mode, folder
        self._process: subprocess.Popen[str] | None = None
        self.level = ""

    def run(self, attack: Attack) -> dict[str, Any]:
        """What came of it; ``ended`` says how the grader ended, if it did.

        Raises:
            UnreachableError: the grader does not start.
        """
        process = self._ready()
        try:
            assert process.stdin is not None
            process.stdin.write(f"{attack.id}\n")
            process.stdin.flush()
            told = self._answer(process, attack.seconds + 15)
        except BrokenPipeError:
            told = None
        if told is None:
            hung = process.poll() is None
            self.close()
            return {"ended": "the grader hung" if hung else f"the grader ended ({process.returncode})"}
        if told["spoiled"]:
            self.close()
        return told

    def close(self) -> None:
        """End it, and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # its own group, see start_new_session
            process.wait()

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = self._start()
            hello = self._answer(self._process, START_SECONDS)
            if hello is None:
                self.close()
                raise UnreachableError(f"the grader does not start: {(self._folder / 'errors').read_text()[-600:]}")
            open_ = {name: status for name, status in hello["usual"].items() if status not in ("passed", "unsettled")}
            if open_:
                self.close()
                raise UnreachableError(f"the solution itself does not pass here: {open_}")
            self.level = hello["level"]
        return self._process

    def _start(self) -> subprocess.Popen[str]:
        names = {"HW1_HOME": "home", "XDG_CACHE_HOME": "cache", "TMPDIR": "tmp", "HOME": "user"}
        environment = {name: str(self._folder / folder) for name, folder in names.items()}
        for folder in environment.values():
            Path(folder).mkdir(exist_ok=True)
        command = [sys.executable, "-m", "tests.hostile.grader", self._mode.isolation]
        if self._mode.who == "user" and os.getuid() == 0:
            for path in (self._folder, *map(Path, environment.values())):
                os.chown(path, USER, USER)
            command = as_user(command)
        elif os.getuid() == 0 and self._mode.opened:
            command = reachable(command)
        environment |= {"PATH": os.environ["PATH"], "RT_SECRET": f"RT-LEAK-{secrets.token_hex(12)}"}
        with (self._folder / "errors").open("w") as errors:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=repository(),
                text=True,
                bufsize=1,
                start_new_session=True,
            )

    def _answer(self, process: subprocess.Popen[str], seconds: float) -> dict[str, Any] | None:
        """Its next line; None if it has ended or does not answer in time. Lines are written whole."""
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], seconds)[0]:
            return None
        line = process.stdout.readline()
        return json.loads(line) if line.endswith("\n") else None


@contextlib.contextmanager
def new_grader(mode: Mode) -> Iterator[Grader]:
    """A grader in a folder of its own, which is taken away with it."""
    folder = Path(tempfile.mkdtemp(prefix="hw1-redteam-"))
    folder.chmod(0o755)
    grader = Grader(mode, folder)
    try:
        yield grader
    finally:
        grader.close()
        shutil.rmtree(folder, ignore_errors=True)


def run_mode(mode: Mode, attacks: Iterable[Attack], tell: Any = lambda attack, verdict: None) -> Ran:
    """Let *attacks* loose in turn; *tell* hears of each verdict."""
    ran = Ran()
    with new_grader(mode) as grader:
        for attack in attacks:
            if not mode.isolated and attack.without == NOT_RUN:
                ran.verdicts[attack.id] = Verdict(True, "not run", (attack.why,))
                continue
            try:
                ran.verdicts[attack.id] = verdict(attack, mode, grader.run(attack))
            except UnreachableError as error:
                ran.failed = str(error)
                break
            tell(attack, ran.verdicts[attack.id])
        ran.level = grader.level
    return ran


def verdict(attack: Attack, mode: Mode, told: dict[str, Any]) -> Verdict:
    """Whether what came of it is what must come of it."""
    if "ended" in told:
        got = (told["ended"],)
        return Verdict(not mode.isolated and attack.without == REACHED, "reached", got)
    got = (*told["harm"], *(f"says: {text}" for text in told["reached"]))
    got += tuple(f"earned {name}" for name in told["earned"])
    wrong = tuple(f"lost {name}" for name in told["lost"])
    wrong += () if told["remark"] else (f"no remark {attack.remark!r}",)
    if told["seconds"] > attack.seconds:
        wrong += (f"took {told['seconds']:.0f} s",)
    notes = tuple(f"refused: {text}" for text in told["refused"]) + tuple(told["reasons"])
    if not got and told["absent"]:
        return Verdict(not wrong, "not here", (*wrong, *told["absent"]))
    if not mode.isolated and attack.without == REACHED:
        if got or wrong:
            return Verdict(True, "reached", (*got, *wrong))
        return Verdict(attack.privileged and mode.who == "user", "held", notes)
    if got and mode.name.removesuffix("-off") in attack.stays_open:
        return Verdict(not wrong, "open", (*got, *wrong, attack.why))
    return Verdict(
        not got and not wrong, "reached" if got else "held" if not wrong else "wrong", (*got, *wrong, *notes)
    )


def chosen_modes(names: Iterable[str]) -> list[Mode]:
    """Those of *names*, or all that differ here; as an ordinary user only its own."""
    mine = MODES if os.getuid() == 0 else tuple(mode for mode in MODES if mode.who == "user")
    if names:
        return [mode for mode in mine if mode.name in set(names)]
    return [mode for mode in mine if mode.opened or closed_folders()]


def table(attacks: Iterable[Attack], ran: dict[str, Ran]) -> Iterator[str]:
    """The attacks a line each, a column a mode; what is not as it must be is told below its line."""
    head = "".join(f"{name:>10}" for name in ran)
    yield f"{'attack':<30} {'rows':<12} {'stopped by':<12}{head}"
    for attack in attacks:
        verdicts = {name: one.verdicts.get(attack.id, Verdict(True, "-")) for name, one in ran.items()}
        words = "".join(f"{v.word if v.right else v.word.upper() + '!':>10}" for v in verdicts.values())
        rows = ",".join(map(str, attack.rows))
        yield f"{attack.id:<30} {rows:<12} {attack.stopped_by:<12}{words}"
        for name, one in verdicts.items():
            if not one.right:
                yield f"    {name}: {'; '.join(one.told) or 'nothing happened'}"[:600]


def summary(ran: dict[str, Ran]) -> Iterator[str]:
    """A line for each mode."""
    for name, one in ran.items():
        wrong = sum(not verdict.right for verdict in one.verdicts.values())
        words = [verdict.word for verdict in one.verdicts.values()]
        counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
        said = f"not run: {one.failed}" if one.failed else f"{counts}; {wrong} not as they must be"
        yield f"{name}: {said}" + (f" [{one.level}]" if one.level else "")


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and say by the exit code whether all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.redteam", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="ID", default=[], help="these attacks alone")
    parser.add_argument("--mode", nargs="+", choices=[mode.name for mode in MODES], default=[])
    parser.add_argument("-v", "--verbose", action="store_true", help="tell of each attack what happened")
    wanted = parser.parse_args(arguments)
    attacks = [attack for attack in ATTACKS if not wanted.only or attack.id in wanted.only]
    ran: dict[str, Ran] = {}
    for mode in chosen_modes(wanted.mode):

        def tell(attack: Attack, one: Verdict, mode: Mode = mode) -> None:
            if wanted.verbose:
                print(f"{mode.name} {attack.id}: {one.word}; {'; '.join(one.told)}", flush=True)  # noqa: T201

        ran[mode.name] = run_mode(mode, attacks, tell)
    print("\n".join((*table(attacks, ran), "", *summary(ran))))  # noqa: T201
    fine = all(not one.failed and all(v.right for v in one.verdicts.values()) for one in ran.values())
    return 0 if fine and ran else 1


if __name__ == "__main__":
    sys.exit(main())
