"""An attack: how its hand-in is made out of the solution, what it tries, and what must come of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

REACHED, SAME, NOT_RUN = "reached", "same", "not run"
"""What happens with isolation off: it gets there; something else than the layers stops it; it would do harm."""

USUAL = ("1.1-structure", "1.2.1", "1.2.7")
"""The attacked module's check and two of another module's: a tenth of a second."""

# What each act may use. Prints of student code are kept by the grader: that is where an attack says how far it got.
PRELUDE = '''\
import ctypes, os


from io import open  # the real one: what a source saves in a folder that is not there is saved elsewhere


def say(word, what):
    os.write(1, f"RT-{word} {what}\\n".encode())


def syscall(number, *arguments):
    """The kernel's answer; an error as a negative number."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *wide)
    return -ctypes.get_errno() if answer == -1 else answer


def attempt(act):
    try:
        got = act()
    except (OSError, MemoryError) as error:
        say("REFUSED", repr(error))
    else:
        if got:
            say("REACHED", got)


'''


Markers = Mapping[str, str]
"""What stands for a word such as ``@CANARY@`` where an attack is made, by that word."""


def in_a_folder(folder: Path, files: Mapping[str, bytes], markers: Markers) -> Path:
    """Write *files* into *folder*; what is handed in is that folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@dataclass(frozen=True)
class Attack:
    """One hostile hand-in.

    Attributes:
        id: short, unique.
        rows: the rows of the catalogue of attacks that it belongs to.
        does: what it tries, for the table.
        stopped_by: what stops it, in a word.
        module: whose source gets *act*, *before* and *after*.
        act: the body of a function that is called at import, before the solution's code; what it returns is what it
            got, nothing if it got nowhere. An OSError or MemoryError is a refusal.
        before: code put before the module's source.
        after: code put after it.
        files: contents by path that are replaced or added; None takes the solution's file away.
        pack: makes what is handed in out of the files, named as the folder that it is given.
        stubs: modules that are the handout's, with nothing done.
        loses: the checks, by how their ids begin, whose points must not be earned; all others are kept.
        risks: the checks whose points it may lose or keep: it breaks its own worker.
        without: with isolation off, of REACHED, SAME, NOT_RUN.
        why: for NOT_RUN, the reason.
        remark: a text that must be among the remarks of the report or of a check.
        quick: it is part of `make test`.
        checks: what is graded.
        privileged: with isolation off it needs root: an ordinary user may be refused all the same.
        stays_open: the modes (``"root"``, ``"user"``) in which it is known to get through; see *why*.
        seconds: within which it must be graded.
        memory_mb, import_seconds: the rubric's limits, where they are to be reached soon; 0: the rubric's own.
        twice: the hand-in is graded a second time, to find what the first left.
    """

    id: str
    rows: tuple[int, ...]
    does: str
    stopped_by: str
    module: str = "mnist"
    act: str = ""
    before: str = ""
    after: str = ""
    files: Mapping[str, str | bytes | None] = field(default_factory=dict)
    pack: Callable[[Path, Mapping[str, bytes], Markers], Path] = in_a_folder
    stubs: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    without: str = REACHED
    why: str = ""
    remark: str = ""
    quick: bool = False
    checks: tuple[str, ...] = USUAL
    privileged: bool = False
    stays_open: tuple[str, ...] = ()
    seconds: float = 30
    memory_mb: int = 0
    import_seconds: float = 0
    twice: bool = False

    def hand_in(self, solution: Path, handout: Path, markers: Markers) -> dict[str, bytes]:
        """The hand-in's files by path, the *markers* (``@CANARY@``) replaced by what stands for them here."""
        made: dict[str, str | bytes | None] = {
            path.name: ((handout if path.stem in self.stubs else solution) / path.name).read_bytes()
            for path in sorted(solution.iterdir())
            if path.suffix in (".py", ".md")
        }
        source = bytes(made[f"{self.module}.py"] or b"").decode()  # type: ignore[arg-type]
        made[f"{self.module}.py"] = self._act() + source + self.after
        made |= self.files
        return {name: _filled(content, markers) for name, content in made.items() if content is not None}

    def _act(self) -> str:
        """What comes before the module's source."""
        body = textwrap.indent(textwrap.dedent(self.act).strip(), "    ")
        act = f"def act():\n{body}\n\n\nattempt(act)\n\n\n" if self.act else ""
        prelude = PRELUDE if act or "attempt(" in self.before or "say(" in self.before + self.after else ""
        return prelude + act + self.before


def acting(
    attack_id: str, rows: tuple[int, ...], does: str, act: str, stopped_by: str = "seccomp", **more: object
) -> Attack:
    """An attack that is an act and little else; seccomp stops most of them."""
    return Attack(attack_id, rows, does, stopped_by, act=act, **more)  # type: ignore[arg-type]


def _filled(content: str | bytes, markers: Markers) -> bytes:
    """The bytes of a file; markers are replaced in text, never in bytes."""
    if isinstance(content, bytes):
        return content
    for name, value in markers.items():
        content = content.replace(f"@{name}@", value)
    return content.encode()
