"""The picture of `hw1 check`: what it prints in a terminal of 80 columns, with its colours."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from typing import Any

from browsing import page_of
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from working_copy import fresh, todos, write_work

COLUMNS, LINES = 80, 60
COMMAND = ("check", "hw1", "--part", "1.2")
SLIPS = ("train-no-zero-grad", "exp4-second-relu-missing", "exp7-batch-norm-after-relu")
LEFT = ("1.2.9", "1.2.10")  # that nobody has begun
CLEARED = re.compile(r"[^\n]*\r\x1b\[K")  # progress, and what takes it away
HTML = """<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }}
pre {{ display: inline-block; margin: 0; padding: 16px 20px; font: 15px/1.35 "DejaVu Sans Mono", monospace;
       color: {foreground}; background: {background} }}</style><pre>{code}</pre>"""


def check(browser: Any) -> bytes:
    """`hw1 check` of part 1.2, three slips in it, as PNG."""
    with tempfile.TemporaryDirectory(prefix="hw1-picture-") as scratch:
        done = [todo for todo in todos() if todo not in LEFT]
        write_work(fresh(Path(scratch) / "hw1"), done, SLIPS)
        text = in_terminal([str(Path(sys.executable).parent / "hw1"), *COMMAND], Path(scratch))
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(f"$ hw1 {' '.join(COMMAND)}\n{text}"))
    with page_of(browser, "about:blank", device_scale_factor=1.5) as page:
        page.set_content(console.export_html(theme=MONOKAI, inline_styles=True, code_format=HTML))
        return bytes(page.locator("pre").screenshot())


def in_terminal(command: list[str], folder: Path) -> str:
    """What *command* leaves on a terminal, colours included."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HW1_", "NO_COLOR"))}
    environment |= {"TERM": "xterm-256color", "HW1_HOME": str(folder / "home"), "PYTHONIOENCODING": "utf-8"}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 1 << 16):
            said += part
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    process.wait()
    return CLEARED.sub("", said.decode(errors="replace").replace("\r\n", "\n")).strip("\n")
