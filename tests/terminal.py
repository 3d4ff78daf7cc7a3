"""A terminal for tests: a command runs in it, and what a person would see is read from it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

MOVES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\r|\n|\x08|[^\x1b\r\n\x08]+")
UNFINISHED = re.compile(r"\x1b(?:\[[?\d;]*)?\Z")


class Seen:
    """What a terminal of *lines* and *columns* shows of what was written to it."""

    def __init__(self, lines: int, columns: int) -> None:
        self.rows, self.columns = [""] * lines, columns
        self.scrolled: list[str] = []
        self.row = self.column = 0
        self.cursor = True

    @property
    def text(self) -> str:
        """All of it, without what has left it at the top."""
        return "\n".join(row.rstrip() for row in self.rows)

    def write(self, text: str) -> None:
        """Do what *text* says."""
        for found in MOVES.finditer(text):
            match found[0], found[2]:
                case "\r", _:
                    self.column = 0
                case "\n", _:
                    self._down()
                case _, "A":
                    self.row = max(0, self.row - int(found[1] or 1))
                case _, "K":
                    self.rows[self.row] = "" if found[1] == "2" else self.rows[self.row][: self.column]
                case _, "h" | "l":
                    self.cursor = found[2] == "h" if found[1] == "?25" else self.cursor
                case _, "m":
                    pass
                case _, None:
                    self._put(found[0])
                case other:
                    raise AssertionError(f"a terminal was told {other}")

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.scrolled.append(self.rows.pop(0))
            self.rows.append("")
            self.row -= 1

    def _put(self, text: str) -> None:
        before = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = before[: self.column] + text + before[self.column + len(text) :]
        self.column += len(text)
        assert self.column <= self.columns, self.rows[self.row]


class Terminal:
    """*command*, which runs in a terminal of its own."""

    def __init__(self, command: list[str], cwd: Path, lines: int = 24, columns: int = 80, **variables: str) -> None:
        self.seen, self.written, self._rest = Seen(lines, columns), "", ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

        def to_the_front() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        environment = {**os.environ, "TERM": "xterm", **variables}
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.process = subprocess.Popen(command, cwd=cwd, env=environment, preexec_fn=to_the_front, **streams)
        os.close(theirs)

    def until(self, there: Callable[[str], bool], seconds: float = 120) -> str:
        """Read until what is seen is as wanted: the text of the whole screen."""
        ends = time.monotonic() + seconds
        while not there(self.seen.text):
            assert time.monotonic() < ends, self.seen.text
            if not self._read():
                break
        assert there(self.seen.text), self.seen.text
        return self.seen.text

    def press_ctrl_c(self) -> int:
        """Press Ctrl-C, and read to the end; the exit code."""
        os.write(self._ours, b"\x03")
        while self._read():
            pass
        return self.process.wait(60)

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        """Read what there is; whether more may come."""
        if not select.select([self._ours], [], [], 1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._ours, 1 << 16)
        except OSError:  # the other end was closed
            return False
        text = self._rest + self._decode(data)
        begun = UNFINISHED.search(text)
        text, self._rest = (text[: begun.start()], begun[0]) if begun else (text, "")
        self.written += text
        self.seen.write(text)
        return bool(data)
