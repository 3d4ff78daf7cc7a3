"""Writes ``results.json``, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.disk import write_whole


def replace_results(path: Path, document: Mapping[str, Any]) -> None:
    """Replace what is at *path* by *document*; a reader finds either the old one or the new one.

    Raises:
        OSError: the disk is full; what was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, indent=1, ensure_ascii=False).encode(), synced=False)
