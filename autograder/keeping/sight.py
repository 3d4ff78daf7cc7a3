"""Which of a hand-in's files its modules can see: what is not among them decides nothing of what a probe brings.

The sources are read as words, not as Python. A file is seen by who writes a word of its path, and by whom that one is
seen; who may look for files himself (``open``, ``import_module``, ``exec``) sees all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

WORD = re.compile(rb"[^\W\d]\w*")
# The functions; network.eval() is none of them, and neither is "eval mode" in a comment.
RUNS = re.compile(rb"(?<![.\w])(?:compile|eval|exec)\b(?![ \t]+(?!(?:and|as|else|for|if|in|is|not|or)\b)[A-Za-z])")
SEEKING = frozenset(
    b"""
    __builtins__ __dict__ __import__ __loader__ __spec__ builtins chdir fromfile genfromtxt
    getattr glob globals hub import_module importlib imread io iterdir listdir load loadtxt locals memmap open
    os path pathlib pkgutil posix read_bytes read_csv read_image read_text rglob runpy scandir shutil spec
    subprocess sys system vars walk zipimport
    """.split()
)


def seen_by(modules: Iterable[str], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of *files* that the *modules*, and what they import, can see.

    Args:
        modules: names of modules, like ``"net"`` for ``net.py``; without any nothing of the hand-in's is run.
        files: contents by path.
    """
    waiting = [f"{module}.py" for module in modules]
    found: dict[str, bytes] = {}
    while waiting:
        file = waiting.pop()
        if file in found or file not in files:
            continue
        found[file] = files[file]
        said = set(WORD.findall(files[file]))
        if said & SEEKING or RUNS.search(files[file]) or not file.endswith(".py"):
            return dict(files)
        waiting += [other for other in files if other not in found and _words(other) & said]
    return found


def _words(path: str) -> set[bytes]:
    """The words by which *path* can be named: its own without the suffix, and its folders'."""
    place = PurePosixPath(path)
    return {word for part in (*place.parts[:-1], place.stem) for word in WORD.findall(part.encode(errors="replace"))}
