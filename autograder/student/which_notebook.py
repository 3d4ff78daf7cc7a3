"""Which notebook a cell runs in, as Jupyter, VS Code and Colab tell it, and whether its file is what was run."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.homework import in_force
from autograder.ingest.names import shown
from autograder.ingest.probes.notebook.cells import NotANotebookError, read_cells
from autograder.text import lasting

SUFFIX = ".ipynb"
OF_VS_CODE = "__vsc_ipynb_file__"  # a variable that it puts into the notebook
OF_JUPYTER = "JPY_SESSION_NAME"  # a variable of the environment, from Jupyter Server 2 on
MARK_OF_VS_CODE = re.compile(r"-jvsc-[0-9a-f-]+(?=\.ipynb$)")  # which it puts into names of its sessions
COLAB_SECONDS = 10  # that Colab's page may take to send the notebook
LOOKED_BACK = 500  # cells that were run; a long day's work
CLASS = re.compile(r"^class[ \t]+(\w{1,60})\b", re.MULTILINE)
DAY = 86_400  # seconds
SAVE = "save the notebook (Ctrl-S; on a Mac Cmd-S) and run this cell again."


@dataclass(frozen=True)
class Found:
    """What is known of the notebook.

    Attributes:
        path: its file, as it was saved; None where nothing tells it, or it is not there.
        content: its bytes as they are on the screen, where it has no file here (Colab).
        name: of the notebook; empty if nothing tells it.
        doubt: a sentence on why the file is not known, or seems older than what was run; empty if neither.
    """

    path: Path | None = None
    content: bytes | None = None
    name: str = ""
    doubt: str = ""


def find_notebook() -> Found:
    """The notebook that the calling cell runs in."""
    shell = _shell()
    content = _from_colab()
    if content is not None:
        return Found(content=content, name=_name_in_colab(content))
    told = _told(shell)
    if not told:
        return Found(doubt="Nothing here tells which notebook this is.")
    path = next((place for place in _places(told) if place.is_file()), None)
    if path is None:
        name = shown(re.split(r"[/\\]", told)[-1])
        return Found(name=name, doubt=f"{name} can't be found here: was it renamed or moved since it was opened?")
    return Found(path, name=path.name, doubt=_unsaved(path, _ran(shell)))


def saved_at(path: Path) -> str:
    """When the file was saved, in words."""
    try:
        seconds = path.stat().st_mtime
    except OSError:
        return "which is not there any more"
    ago, moment = max(0.0, time.time() - seconds), time.localtime(seconds)
    if ago >= DAY:
        return f"as saved on {time.strftime('%Y-%m-%d', moment)}"
    return f"as saved at {time.strftime('%H:%M:%S', moment)}, {lasting(ago)} ago"


def _shell() -> Any:
    """IPython's, or None: it is imported already where a notebook runs."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _told(shell: Any) -> str:
    """The path that VS Code or Jupyter tells, or nothing."""
    told = getattr(shell, "user_ns", {}).get(OF_VS_CODE) or os.environ.get(OF_JUPYTER, "")
    plain = MARK_OF_VS_CODE.sub("", told.removeprefix("RTC:")) if isinstance(told, str) else ""
    return plain if plain.endswith(SUFFIX) else ""


def _places(told: str) -> Iterator[Path]:
    """Where the notebook may lie: older servers tell its path below the folder in which they were started."""
    yield Path(told)
    yield Path.cwd() / re.split(r"[/\\]", told)[-1]


def _from_colab() -> bytes | None:
    """The notebook as Colab's page has it, or None where there is no such page."""
    if "google.colab" not in sys.modules:
        return None
    try:
        message = importlib.import_module("google.colab._message")
        told = message.blocking_request("get_ipynb", request="", timeout_sec=COLAB_SECONDS)
        return json.dumps(told["ipynb"]).encode()
    except Exception:  # noqa: BLE001  whatever another version of Colab does: the folder is checked then
        return None


def _name_in_colab(content: bytes) -> str:
    """The name that Colab gives the notebook, safe as a file's; or ``notebook.ipynb``."""
    try:
        name = json.loads(content)["metadata"]["colab"]["name"]
    except (ValueError, KeyError, TypeError):
        name = ""
    plain = name if isinstance(name, str) else ""
    return plain if re.fullmatch(r"[\w][\w .()-]{0,80}\.ipynb", plain) else f"notebook{SUFFIX}"


def _ran(shell: Any) -> list[str]:
    """The cells that were run, the calling one last."""
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", [])
    return [text for text in list(history)[-LOOKED_BACK:] if isinstance(text, str)]


def _unsaved(path: Path, ran: Sequence[str]) -> str:
    """Why the file seems older than what was run, or nothing."""
    try:
        cells, _ = read_cells(path.read_bytes())
    except (OSError, NotANotebookError):
        return f"{shown(path.name)} can't be read."
    saved = {_bare(cell.lines) for cell in cells}
    if ran and ran[-1].strip() and _bare(ran[-1].split("\n")) not in saved:
        return f"This cell is not in the file yet: {SAVE}"
    last = {name: text for text in ran for name in CLASS.findall(text) if name in in_force().defined_in}
    others = [name for name, text in last.items() if _bare(text.split("\n")) not in saved]
    if others:
        return f"{', '.join(others[:3])} ran last in another form than the file has. If the file is the older: {SAVE}"
    return ""


def _bare(lines: Iterable[str]) -> str:
    """A cell's text without what editors change when they save it."""
    return "\n".join(line.rstrip() for line in lines).strip()
