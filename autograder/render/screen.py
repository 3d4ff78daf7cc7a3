"""What the terminal can show: colours, characters, columns."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any

import typer


def style(text: str, colour: str) -> str:
    """*text* in green, red, yellow, dim or bold, where the terminal has colours and nobody minds."""
    if not text or not colour or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    if colour in ("bold", "dim"):
        return typer.style(text, bold=colour == "bold" or None, dim=colour == "dim" or None)
    return typer.style(text, fg=colour)


def unicode() -> bool:
    """Whether the terminal shows more than ASCII."""
    return "utf" in (sys.stdout.encoding or "").lower()


def columns() -> int:
    """The terminal's width; elsewhere the width that tables like."""
    return shutil.get_terminal_size((160, 24)).columns


def write_lines(lines: Iterable[str]) -> None:
    """Print *lines* at once, and now."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def json_text(values: Any) -> str:
    """*values* as a JSON document that this terminal, pipe or file can take."""
    return json.dumps(values, indent=1, ensure_ascii=not unicode())
