"""Finds what must not be given away: in any file of a package, in the archives in it, in notebooks and arrays."""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autograder.errors import GraderError
from autograder.home import PACKAGE
from autograder.homework import DEFAULT, homework_folder
from autograder.staff.marks import secrets_of
from autograder.staff.notebooks import SUFFIX, cells_of

if TYPE_CHECKING:
    from autograder.evidence import Array

RUN = 3  # this many solution lines in a row are a leak
TRIVIAL = 8  # characters: a line of fewer, like `return x`, is nobody's
DEPTH = 4  # archives in archives: an array in a recording in a wheel in a zip is the third
SMALL = 16  # bytes: an array of fewer, like a shape or a count, is nobody's
APART = ("mistakes", "staff")  # folders of a homework that staff alone have
MARK = re.compile(rb"^[ #]*(?:#|<!--) (?:BEGIN|END) SOLUTION\b", re.MULTILINE)
NPY = b"\x93NUMPY"
ARRAYS = (".npy", ".npz", ".safetensors", ".pth", ".pt", ".pkl", ".bin", "-ubyte")
RETIRED = "retired"  # where the seeds of earlier terms are kept, below the staff's folder


@dataclass(frozen=True)
class Leak:
    """Something found where it must not be: solution lines, or a sentence on what it is."""

    file: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """File and lines on one line."""
        return f"{self.file}: {' / '.join(self.lines)}"


@dataclass(frozen=True)
class Forbidden:
    """What must not be in a package.

    Attributes:
        solution: its folder; None: the solution's lines are allowed.
        code: the folders whose modules must not be there, of ``staff_code()``.
        seeds: secret ones, as bytes.
        arrays: hidden arrays, in words by ``array_digest``.
        allowed: files that may hold arrays, as their paths end or a part of them; no other may, whatever it is called.
    """

    solution: Path | None = None
    code: tuple[str, ...] = field(default_factory=lambda: staff_code())
    seeds: tuple[bytes, ...] = ()
    arrays: Mapping[str, str] | None = None
    allowed: tuple[str, ...] = field(default_factory=lambda: public_evidence())


def staff_code() -> tuple[str, ...]:
    """The folders whose modules staff alone have: the engine's, and those of each homework at hand."""
    own = (f"{place}/{name}/" for place in _homeworks() for name in APART)
    return f"{PACKAGE.name}/staff/", *own


def public_evidence() -> tuple[str, ...]:
    """The files that hold what is recorded for the public seed."""
    return tuple(f"{place}/recorded/public.npz" for place in _homeworks())


def _homeworks() -> dict[str, Path]:
    """The folders of the kit's own homework and of the one in force, by their places in a package."""
    own, chosen = PACKAGE / DEFAULT.rpartition(".")[2], homework_folder()
    return {f"{PACKAGE.name}/{own.name}": own} | ({chosen.name: chosen} if chosen != own else {})


def leaks_in(path: Path, forbidden: Forbidden) -> list[Leak]:
    """Everything *forbidden* in the archive *path*, in the archives in it, and so on.

    Raises:
        GraderError: it can't be read, or is nested too deeply.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise GraderError(f"{path} can't be read: {error.strerror}") from error
    if not _is_archive(data):
        raise GraderError(f"{path} is not an archive")
    files = dict(members(path.name, data))
    inside = {name.partition("/")[2]: content for name, content in files.items() if name != path.name}
    leaks = find_leaks(forbidden.solution, inside) if forbidden.solution is not None else []
    if forbidden.solution is not None:
        leaks += [Leak(n, ("holds SOLUTION marks",)) for n, content in inside.items() if MARK.search(content)]
    leaks += _code_leaks(forbidden.code, inside)
    leaks += _seed_leaks(forbidden.seeds, {"the archive itself": data, **inside})
    return leaks + _array_leaks(forbidden, inside)


# The solution's lines ----------------------------------------------------------------------------------------------


def secret_lines(solution: Path) -> list[list[str]]:
    """The blocks between SOLUTION marks, each as its normalised, non-trivial lines."""
    blocks = []
    for path in sorted(solution.iterdir()):
        for text, python in _marked_texts(path):
            blocks += [_telling(secret) for secret in secrets_of(text, python)]
    return blocks


def find_leaks(solution: Path, files: Mapping[str, bytes]) -> list[Leak]:
    """Runs of three solution lines in any of *files*, and copies of the solution's files."""
    whole = {path.read_bytes(): path.name for path in solution.iterdir() if path.is_file()}
    marked = {data: name for data, name in whole.items() if b"BEGIN SOLUTION" in data}
    copies = [Leak(name, (f"is the solution's {marked[data]}",)) for name, data in files.items() if data in marked]
    return copies + _runs(secret_lines(solution), files)


def _runs(blocks: list[list[str]], files: Mapping[str, bytes]) -> list[Leak]:
    """The first run of lines of each of *blocks* that is in one of *files*, in whatever order."""
    runs_of = [(set(block), [block[i : i + RUN] for i in range(len(block) - RUN + 1)]) for block in blocks]
    leaks = []
    for name, data in files.items():
        lines = {_normal(line) for text in _texts(name, data) for line in text.splitlines()}
        for all_of_them, runs in runs_of:
            if not lines.isdisjoint(all_of_them):
                found = next((run for run in runs if lines.issuperset(run)), None)
                leaks += [Leak(name, tuple(found))] if found else []
    return leaks


def _marked_texts(path: Path) -> list[tuple[str, bool]]:
    """The texts of a file of the solution's in which marks may stand, and whether each is Python."""
    if path.suffix not in (".py", ".md", SUFFIX):
        return []
    text = path.read_text(encoding="utf-8")
    if path.suffix == SUFFIX:
        return [(f"{cell.source}\n", cell.cell_type == "code") for cell in cells_of(path.name, text)]
    return [(text, path.suffix == ".py")]


def _texts(name: str, data: bytes) -> list[str]:
    """*data* as text; of a notebook also each text in it, its cells and outputs, as it is meant."""
    text = data.decode("utf-8", errors="replace")
    if not name.endswith(SUFFIX):
        return [text]
    try:
        return [text, *_strings(json.loads(text))]
    except ValueError:
        return [text]


def _strings(value: object) -> list[str]:
    """Every string in a JSON document."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _strings(part)]


def _telling(lines: Iterable[str]) -> list[str]:
    return [line for line in map(_normal, lines) if len(line) >= TRIVIAL]


def _normal(line: str) -> str:
    """A line without comment and white space; one that is commented out as if it were not."""
    return "".join(line.strip().lstrip("# ").partition("  #")[0].split())


# Staff's modules ---------------------------------------------------------------------------------------------------


def _code_leaks(folders: tuple[str, ...], files: Mapping[str, bytes]) -> list[Leak]:
    """Modules of *folders*, by their place or their content, and anything compiled, which can't be searched."""
    leaks = []
    for name in files:
        leaks += [Leak(name, (f"lies in {folder}",)) for folder in folders if f"/{folder}" in f"/{name}"]
        leaks += [Leak(name, ("is compiled",))] if PurePosixPath(name).suffix in (".pyc", ".pyo", ".so") else []
    elsewhere = {name: data for name, data in files.items() if not any(leak.file == name for leak in leaks)}
    ours = _own_sources()
    public = {line for place, path in ours.items() if not place.startswith(folders) for line in _telling(_lines(path))}
    modules = [path for place, path in ours.items() if path.suffix == ".py" and place.startswith(folders)]
    return leaks + _runs([block for path in sorted(modules) for block in _own_blocks(path, public)], elsewhere)


def _own_sources() -> dict[str, Path]:
    """The kit's and the homework's own files, by their places in a package; no solution is among them."""
    kit = [PACKAGE.parent / "cli.py", *PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml")]
    found = {path.relative_to(PACKAGE.parent).as_posix(): path for path in kit}
    for place, folder in _homeworks().items():
        files = [*folder.glob("*.toml"), *folder.glob("*.py"), *folder.glob("probes/*.py")]
        files += [path for name in APART for path in (folder / name).rglob("*.py")]
        found |= {f"{place}/{path.relative_to(folder).as_posix()}": path for path in files}
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _own_blocks(path: Path, public: set[str]) -> Iterator[list[str]]:
    """What a module defines, a block each, without the lines that other modules have, too."""
    lines = _lines(path)
    for node in ast.parse("\n".join(lines)).body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            block = _telling(lines[node.lineno - 1 : node.end_lineno])
            yield [line for line in block if line not in public]


# Seeds -------------------------------------------------------------------------------------------------------------


def known_seeds(home: Path) -> tuple[bytes, ...]:
    """The staff's seed and those of earlier terms, if there are any; none is made.

    Raises:
        GraderError: one can't be read, so that nobody could look for it.
    """
    seeds = []
    for path in (home / "staff-seed", *sorted((home / RETIRED).glob("*"))):
        try:
            seeds.append(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise GraderError(f"the staff seed {path} can't be read: {error}") from error
    return tuple(seed for seed in dict.fromkeys(seeds) if seed)


def _seed_leaks(seeds: tuple[bytes, ...], files: Mapping[str, bytes]) -> list[Leak]:
    forms = {form for seed in seeds for form in _forms(seed)}
    return [Leak(n, ("holds a staff seed",)) for n, data in files.items() if any(form in data for form in forms)]


def _forms(seed: bytes) -> Iterator[bytes]:
    """A seed as it might be written: bytes, hexadecimal, base64 wherever in a longer text it stands."""
    yield seed
    for text in (seed.hex(), seed.hex().upper()):
        yield text.encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + seed)
        inner = whole[4 if before else 0 : len(whole) - 4]  # its first and last signs depend on the neighbours, too
        yield from (inner, inner.translate(bytes.maketrans(b"+/", b"-_")))


# Arrays ------------------------------------------------------------------------------------------------------------


def array_digest(array: Array) -> str:
    """The digest of an array's type, shape and values, whatever its layout in memory."""
    import numpy as np

    flat = np.ascontiguousarray(array)
    return hashlib.sha256(repr((flat.dtype.str, flat.shape)).encode() + flat.tobytes()).hexdigest()


def hidden_arrays(home: Path, public: Path) -> dict[str, str]:
    """The digests of all arrays of staff's recordings in *home*, without those that are in *public*, too."""
    known = {array_digest(array) for array in _arrays_of(public)}
    found = {}
    for path in sorted(home.rglob("recording-*.npz")):
        for array in _arrays_of(path):
            if array.nbytes >= SMALL:
                found[array_digest(array)] = f"an array of the staff's {path.name}"
    return {digest: what for digest, what in found.items() if digest not in known}


def data_arrays(folders: Iterable[Path]) -> dict[str, str]:
    """The digests of the prepared data sets in *folders*."""
    import numpy as np

    found = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*.npy"))):
        found[array_digest(np.load(path, mmap_mode="r", allow_pickle=False))] = f"{path.parent.name}'s {path.stem}"
    return found


def _array_leaks(forbidden: Forbidden, files: Mapping[str, bytes]) -> list[Leak]:
    """Arrays where none may be, and hidden ones wherever they are."""
    import numpy as np

    leaks = []
    for name, data in files.items():
        if not any(f"/{one}/" in f"/{name}/" for one in forbidden.allowed):  # or lies in such a file
            leaks += [Leak(name, ("holds an array",))] if data.startswith(NPY) or name.endswith(ARRAYS) else []
        if forbidden.arrays and data.startswith(NPY):
            what = forbidden.arrays.get(array_digest(np.load(io.BytesIO(data), allow_pickle=False)))
            leaks += [Leak(name, (f"is {what}",))] if what else []
    return leaks


def _arrays_of(path: Path) -> Iterator[Array]:
    """The arrays of an .npz file."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        yield from (file[name] for name in file.files)


# Archives ----------------------------------------------------------------------------------------------------------


def members(name: str, data: bytes, depth: int = DEPTH) -> Iterator[tuple[str, bytes]]:
    """Yield *name* and its bytes; if they are an archive, also all files in it, as ``name/inner``.

    Raises:
        GraderError: an archive can't be read, or is nested deeper than *depth*.
    """
    yield name, data
    if not _is_archive(data):
        return
    if not depth:
        raise GraderError(f"{name} holds archives in archives, too deep to be searched")
    try:
        inner = list(_unpacked(data))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, NotImplementedError) as error:
        raise GraderError(f"{name} can't be searched: {error}") from error
    yield from chain.from_iterable(members(f"{name}/{one}", content, depth - 1) for one, content in inner)


def _is_archive(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or data[257:262] == b"ustar"


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((info.filename, archive.read(info)) for info in archive.infolist() if not info.is_dir())
    elif data.startswith(b"\x1f\x8b"):
        yield "unpacked", gzip.decompress(data)
    else:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read()
