"""Names each file that was handed in and is not used, once and with the reason: mostly a name that is nearly right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.homework import ANSWERS, in_force
from autograder.ingest.checkpoint import SUFFIX
from autograder.ingest.helpers import imported
from autograder.ingest.names import (
    CHECKPOINTS,
    ORDINARY,
    PAPERS,
    REPORT,
    is_known,
    notebook_number,
    shown,
)

MAX_NAMED = 12  # in one sentence
MAX_LETTERS = 100  # of a name that are looked at
# What programs and people add to a name; a number and a hash go without saying.
ADDED = frozenset(
    {
        *("copy", "copie", "copia", "kopie", "사본", "복사본", "의", "副本", "コピー"),
        *("of", "the", "my", "v", "ver", "version", "new", "old", "final", "last", "real", "done", "fixed", "test"),
        *("part", "py", "txt", "md", "json", "hw", "homework", "assignment", "submission", "solution", "net", "model"),
        *("network", "bak", "backup", "orig", "save", "download", "rev", "updated", "edit", "edited"),
    }
)
ENDING = re.compile(r"\.(ipynb|pyw|py3|py|md|markdown|txt|json|html|docx?|odt|rtf|hwpx?|pages)(?![a-z0-9])")
TEXTS = ("md", "txt", "markdown")
OFFICE = ("docx", "doc", "odt", "rtf", "hwp", "hwpx", "pages")
CLASS = re.compile(rb"^class[ \t]+(\w{1,60})\b", re.MULTILINE)


@dataclass
class Unused:
    """The sentences on what is not used.

    Attributes:
        remarks: sentences for staff and student, in which each file is named once.
        missing: by known name that is not there, a sentence on what may be that file's work.
        unread: those on notebooks under other names, in which anything that is not there may lie.
    """

    remarks: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def unused(
    seen: Mapping[PurePosixPath, PurePosixPath],
    used: Collection[PurePosixPath],
    texts: Mapping[PurePosixPath, bytes],
    there: Iterable[str],
) -> Unused:
    """Say which files are not used, and why.

    Args:
        seen: every file of the hand-in without another remark, with its path as it is shown.
        used: what is kept.
        texts: the sources among both.
        there: the known names that are there, with or without a remark.
    """
    there = set(there)
    said = Unused()
    words = imported(texts[path] for path in used if path in texts)
    alone: list[PurePosixPath] = []
    rest: list[PurePosixPath] = []
    for path, named in seen.items():
        data = texts.get(path)
        if is_known(path.name) or path.name in ORDINARY or CHECKPOINTS in path.parts or path.name.startswith("."):
            continue
        if path in used and data is None and (looks_like(path.name) != ANSWERS or path.suffix.lower() in PAPERS):
            if path.suffix.lower() in PAPERS:
                said.remarks.append(f"{_shown(named)} can't be read here: hand it in as a PDF, as {REPORT}")
            continue
        if words.intersection((path.stem, *named.parts[:-1])):
            continue
        if like := looks_like(path.name):
            _say(named, like, there, data or b"", said)
        elif data is not None and (names := _defined(data)):
            said.remarks.append(f"{_shown(named)} was not used: {_put(names)}")
            _may_be(named, names, there, said)
        elif path.suffix == SUFFIX and path.stem in in_force().training:
            said.remarks.append(
                f"{_shown(named)} was not used: put it into the folder {CHECKPOINTS} beside the modules"
            )
        else:
            (rest if data is None else alone).append(named)
    said.remarks += _listed("not used, because the homework has no files of these names", rest)
    said.remarks += _listed("not used, because no module imports them", alone)
    return said


def _listed(why: str, paths: list[PurePosixPath]) -> list[str]:
    more = f" and {len(paths) - MAX_NAMED:,} more" if len(paths) > MAX_NAMED else ""
    return [f"{why}: {', '.join(map(_shown, paths[:MAX_NAMED]))}{more}"] if paths else []


def _say(path: PurePosixPath, like: str, there: set[str], data: bytes, said: Unused) -> None:
    if like.endswith(".ipynb"):
        _say_of_notebook(path, like, there, data, said)
    elif like in there:
        said.remarks.append(f"{_shown(path)} was not used: {like} is there and counts")
    else:
        what = f"save it as plain text in {like}" if path.suffix.lower()[1:] in OFFICE else f"rename it to {like}"
        said.remarks.append(f"{_shown(path)} was not used: it looks like {like}; {what}")
        said.missing.setdefault(like, f"{like} is missing, but {_shown(path)} looks like it: {what}")
        _may_be(path, _defined(data), there, said)


def _say_of_notebook(path: PurePosixPath, like: str, there: set[str], data: bytes, said: Unused) -> None:
    if path.suffix == ".py":
        names = _defined(data)
        what = f"it looks like a notebook saved as a script. Hand in {like}"
        said.remarks.append(f"{_shown(path)} was not used: {what}" + (f", or: {_put(names)}" if names else ""))
        _may_be(path, names, there, said)
    elif path.suffix.lower() in (".html", ".htm"):
        said.remarks.append(f"{_shown(path)} was not used: it looks like {like} saved as a page; hand in {like} itself")
        said.unread.append(said.remarks[-1])
    else:
        said.remarks.append(f"{_shown(path)} was not used: it looks like {like}; rename it to {like}")
        said.unread.append(said.remarks[-1])


def _may_be(path: PurePosixPath, names: Mapping[str, list[str]], there: set[str], said: Unused) -> None:
    """Note that *path* may be the work of files that are not there: it defines *names*, by file."""
    for file in names.keys() - there:
        listed = ", ".join(names[file][:4])
        sentence = f"{file} is missing, but {_shown(path)} defines {listed}: put that into {file}"
        said.missing.setdefault(file, sentence)


def looks_like(name: str) -> str:
    """The name that *name* should most likely be: a module's, ``answers.md``, a notebook's; or nothing."""
    plain = unicodedata.normalize("NFKC", name[:MAX_LETTERS]).casefold().strip()
    ending = ENDING.search(plain)
    if ending is None:
        return ""
    stem, suffix, added = plain[: ending.start()], ending[1], plain[ending.end() :]
    if added.startswith(".") and not set(_words(added)) <= ADDED:  # net.py.zip is something else
        return ""
    number = notebook_number(f"{stem}.ipynb")
    if suffix in ("ipynb", "py", "json", "html") and number and not name.lower().endswith(".ipynb"):
        return in_force().notebooks[number - 1].name
    words = {word.removesuffix("s") for word in _words(stem)} - ADDED - {""}
    for module in in_force().modules if suffix in ("py", "py3", "pyw", "txt") else ():
        if words == {module.name.removesuffix("s")}:
            return module.file
    is_text = suffix in ("md", "txt", "markdown", "rst", *(one.removeprefix(".") for one in PAPERS))
    return ANSWERS if is_text and words == {"answer"} else ""


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _defined(data: bytes) -> dict[str, list[str]]:
    """Which of the homework's classes a source defines, by the file to which they belong."""
    places: dict[str, list[str]] = {}
    for name in dict.fromkeys(found.decode() for found in CLASS.findall(data)):
        if file := in_force().defined_in.get(name):
            places.setdefault(file, []).append(name)
    return places


def _put(places: Mapping[str, list[str]]) -> str:
    """What to do with the classes of a script."""
    return "put " + " and ".join(f"{', '.join(names[:4])} into {file}" for file, names in places.items())


def _shown(path: PurePosixPath) -> str:
    return shown(str(path))
