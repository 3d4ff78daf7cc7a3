"""What was handed in and is not used, each file named once with the reason: a name that is nearly right above all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.checkpoint import SUFFIX
from autograder.intake.names import ANSWERS, CHECKPOINTS, KNOWN, MODULES, PAPERS, REPORT, notebook_number, shown
from autograder.trainings import BY_ID

MAX_NAMED = 12  # in one sentence
MAX_LETTERS = 100  # of a name that are looked at
# What programs and people add to a name; a number and a hash go without saying.
ADDED = frozenset(
    {
        "copy",
        "copie",
        "copia",
        "kopie",
        "사본",
        "복사본",
        "of",
        "the",
        "my",
        "v",
        "ver",
        "version",
        "new",
        "old",
        "final",
    }
    | {"last", "real", "done", "fixed", "test", "part", "py", "txt", "md", "hw", "homework", "assignment"}
    | {"submission", "solution", "net", "model", "network"}
)
IMPORTED = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([^\n#;]{1,300})", re.MULTILINE)
DEFINES = re.compile(rb"^class[ \t]+(MNIST_Net|Exp\d{1,2}|Trainer|ConvBlock[12]|VGG19|PretrainedVGG)\b", re.MULTILINE)
BELONGS = {"MNIST_Net": "mnist.py", "Trainer": "trainer.py", "Exp": "ablations.py"}  # the others to vgg.py
ORDINARY = frozenset({"README.md", "CHANGES.md", "LICENSE", "requirements.txt", "pyproject.toml"})  # nobody's work


@dataclass
class Unused:
    """What is to be said.

    Attributes:
        remarks: sentences for staff and student.
        missing: by known name that is not there, a sentence in place of "is not there".
    """

    remarks: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def unused(
    seen: Mapping[PurePosixPath, PurePosixPath],
    used: Mapping[PurePosixPath, bytes | None],
    there: Iterable[str],
) -> Unused:
    """Names what is not used.

    Args:
        seen: every file of the hand-in that nothing else is said of, with its path as it is shown.
        used: what is kept; of sources the text.
        there: the known names that are there, whatever is said of them.
    """
    there = set(there)
    said = Unused()
    imported = _imported(used.values())
    rest = []
    for path, named in seen.items():
        data = used.get(path)
        if path.name in KNOWN or path.name in ORDINARY or CHECKPOINTS in path.parts or path.name.startswith("."):
            continue
        if path in used and data is None and (looks_like(path.name) != ANSWERS or path.suffix.lower() in PAPERS):
            if path.suffix.lower() in PAPERS:
                said.remarks.append(f"{_shown(named)} can't be read here: hand it in as a PDF, as {REPORT}")
            continue
        if path.stem in imported:
            continue
        if like := looks_like(path.name):
            _say(named, like, like in there, data or b"", said)
        elif data is not None and (names := _defined(data)):
            said.remarks.append(f"{_shown(named)} was not used: it defines {names}")
        elif path.suffix == SUFFIX and path.stem in BY_ID:
            said.remarks.append(f"{_shown(named)} was not used: put it into a folder {CHECKPOINTS} beside the modules")
        elif path not in used or not path.stem.isidentifier():
            rest.append(named)
    if rest:
        more = f" and {len(rest) - MAX_NAMED:,} more" if len(rest) > MAX_NAMED else ""
        listed = ", ".join(map(_shown, rest[:MAX_NAMED]))
        said.remarks.append(f"not used, since the homework has no files of these names: {listed}{more}")
    return said


def _say(path: PurePosixPath, like: str, is_there: bool, data: bytes, said: Unused) -> None:
    if like.endswith(".ipynb") and path.suffix == ".py":
        names = _defined(data)
        said.remarks.append(
            f"{_shown(path)} was not used: it looks like a notebook that was saved as a script. Hand in {like}"
            + (f", or put its classes where they belong: {names}" if names else "")
        )
    elif is_there:
        said.remarks.append(f"{_shown(path)} was not used: {like} is there and counts")
    elif like in said.missing:
        said.remarks.append(f"{_shown(path)} looks like {like}, too")
    elif like in KNOWN:
        said.missing[like] = f"{like} is not there, but {_shown(path)} looks like it: rename it to {like}"
    else:
        said.remarks.append(f"{_shown(path)} was not used: it looks like {like}; rename it to {like}")


def looks_like(name: str) -> str:
    """The name that *name* most likely should be: a module's, ``answers.md``, a notebook's; or nothing."""
    plain = unicodedata.normalize("NFKC", name[:MAX_LETTERS]).casefold().strip()
    stem, _, suffix = plain.rpartition(".")
    while suffix == "txt" and "." in stem:  # what Windows and some mail programs add
        stem, _, suffix = stem.rpartition(".")
    number = notebook_number(f"{stem}.ipynb")
    if suffix in ("ipynb", "py", "json", "html") and number and name.lower() != f"{stem}.ipynb":
        return f"hw1-{number}.ipynb"
    words = {word.removesuffix("s") for word in re.findall(r"[^\W\d_]+", stem)} - ADDED - {""}
    for module in MODULES if suffix in ("py", "py3", "pyw", "txt") or not stem else ():
        if words == {module.removesuffix("s")}:
            return f"{module}.py"
    is_text = suffix in ("md", "txt", "markdown", "rst", *(one.removeprefix(".") for one in PAPERS))
    return ANSWERS if is_text and words == {"answer"} else ""


def _imported(sources: Iterable[bytes | None]) -> set[str]:
    """Every word that stands behind an ``import`` or a ``from``."""
    found: set[str] = set()
    for data in sources:
        for names in IMPORTED.findall(data or b""):
            found.update(re.findall(r"\w+", names.decode(errors="replace")))
    return found


def _defined(data: bytes) -> str:
    """Which of the homework's classes a source defines, and where they belong."""
    places: dict[str, list[str]] = {}
    for found in dict.fromkeys(DEFINES.findall(data)):
        name = found.decode()
        file = BELONGS.get(name.rstrip("0123456789") if name.startswith("Exp") else name, "vgg.py")
        places.setdefault(file, []).append(name)
    return " and ".join(f"{', '.join(names[:4])}, to be in {file}" for file, names in places.items())


def _shown(path: PurePosixPath) -> str:
    return shown(str(path))
