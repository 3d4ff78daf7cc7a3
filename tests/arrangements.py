"""Hand-ins by drawing: right files in any folders, archives and company, and what of them has to be found again."""

from __future__ import annotations

import io
import tarfile
import unicodedata
import zipfile
from dataclasses import dataclass, field

from hypothesis import strategies as st

from autograder.homework import in_force
from tests.notebooks import code, notebook

CLASSES = {
    "mnist": ("MNIST_Net",),
    "ablations": tuple(f"Exp{number}" for number in range(1, 11)),
    "trainer": ("Trainer",),
    "vgg": ("ConvBlock1", "ConvBlock2", "VGG19", "PretrainedVGG"),
}
SOURCES = {
    module: "import helper\n" + "\n\n".join(f"class {name}:\n    mark = {len(name)}" for name in names) + "\n"
    for module, names in CLASSES.items()
}
HELPER = b"mark = 1\n"
ANSWERS = b"## Q1\n\nAn answer.\n"
KINDS = {"zip": ".zip", "w": ".tar", "w:gz": ".tar.gz", "w:xz": ".tar.xz", "w:bz2": ".tar.bz2"}
FOLDERS = ("", "", "hw1/", "part 1/", "과제/제출/", unicodedata.normalize("NFD", "과제2/"), "a/b/c/", "src.final/")
JUNK = {
    "__MACOSX/hw1/._mnist.py": b"\0\5\x16\7",
    "._vgg.py": b"\0\5\x16\7",
    ".DS_Store": b"\0\0\0\1Bud1",
    "__pycache__/mnist.cpython-311.pyc": b"\xa7\r\r\n",
    ".git/config": b"[core]\n",
    ".ipynb_checkpoints/notes-checkpoint.ipynb": b"{}",
    "venv/lib/python3.11/site-packages/torchvision/models/vgg.py": b"class VGG: pass\n",
    "node_modules/x/index.js": b"",
    "data/MNIST/raw/train-images-idx3-ubyte.gz": b"\x1f\x8b\x08\0",
    "data/cifar-10-python.tar.gz": b"\x1f\x8b\x08\0",
    "Thumbs.db": b"\xd0\xcf",
}


@dataclass(frozen=True)
class Arranged:
    """A hand-in.

    Attributes:
        files: bytes by path.
        form: ``"modules"``, ``"notebooks"``, ``"scripts"`` or ``"misnamed"``.
        unused: names of files that are handed in and that nothing uses.
    """

    files: dict[str, bytes]
    form: str
    unused: tuple[str, ...] = field(default=())


def packed(files: dict[str, bytes], kind: str, windows: bool = False) -> bytes:
    """An archive of *files*; with Windows' separator, if a zip is to look like one of its programs'."""
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name.replace("/", "\\") if windows else name, data)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode=kind) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def flat(form: str) -> dict[str, bytes]:
    """The right files in one folder."""
    sources = {f"{module}.py": text.encode() for module, text in SOURCES.items()}
    match form:
        case "modules":
            return {**sources, "answers.md": ANSWERS, "helper.py": HELPER}
        case "notebooks":
            cells = [
                code(SOURCES[module].replace("import helper\n", ""))
                for module in (one.name for one in in_force().modules)
            ]
            return {"hw1-1.ipynb": notebook(*cells[:3]), "hw1-2.ipynb": notebook(cells[3]), "answers.md": ANSWERS}
        case "misnamed":
            names = ("MNIST.py", "ablations (1).py", "trainer.py.txt", "vgg_final.py")
            return {**dict(zip(names, sources.values(), strict=True)), "Answers.md": ANSWERS}
    texts = [*SOURCES.values()]
    return {"hw1-1.py": "".join(texts[:3]).encode(), "second part.py": texts[3].encode(), "answers.md": ANSWERS}


@st.composite
def arranged(draw: st.DrawFn) -> Arranged:
    """A drawn hand-in of right files."""
    form = draw(st.sampled_from(("modules", "modules", "notebooks", "scripts", "misnamed")))
    right = flat(form)
    files: dict[str, bytes] = {}
    for name, data in right.items():
        if name == "helper.py":
            continue
        folder = draw(st.sampled_from(FOLDERS))
        files[folder + name] = data
        if name in in_force().known and form == "modules" and name != "answers.md":
            files[f"{folder}helper.py"] = HELPER  # it lies beside each that imports it
        if draw(st.integers(0, 5)) == 0:
            files[f"{draw(st.sampled_from(FOLDERS))}{name}"] = data  # the same once more
    unused = draw(st.sets(st.sampled_from(("plot.png", "notes.docx", "old results.xlsx", "scratch.py")), max_size=2))
    files |= dict.fromkeys(unused, b"1")
    junk = draw(st.sets(st.sampled_from(sorted(JUNK)), max_size=4))
    files = _packed_again(draw, files) | {name: JUNK[name] for name in junk}
    return Arranged(files, form, tuple(unused))


def _packed_again(draw: st.DrawFn, files: dict[str, bytes]) -> dict[str, bytes]:
    """*files* in archives up to three deep, or some of them beside an archive."""
    for depth in range(draw(st.integers(0, 3))):
        names = sorted(files)
        beside = draw(st.sets(st.sampled_from(names), max_size=max(0, len(names) - 1))) if depth == 0 else set()
        inside = {name: data for name, data in files.items() if name not in beside}
        kind = draw(st.sampled_from([*KINDS]))
        ending = draw(st.sampled_from((KINDS[kind], KINDS[kind].upper(), f"{KINDS[kind]}.txt", ".zip")))
        name = f"{draw(st.sampled_from(('', 'in/')))}hw1-{depth}{ending}"
        files = {name: packed(inside, kind, draw(st.booleans()))} | {name: files[name] for name in sorted(beside)}
    return files
