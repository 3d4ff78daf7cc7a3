"""Names from a hand-in: which are accepted, how they are shown, and what a hand-in is called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath

from autograder.homework import ANSWERS, in_force
from autograder.ingest.checkpoint import SUFFIX
from autograder.text import NAME as SHOWN
from autograder.text import shown as shown

ORDINARY = frozenset({"README.md", "CHANGES.md", "LICENSE", "requirements.txt", "pyproject.toml"})  # nobody's work
CHECKPOINTS = "checkpoints"  # beside the known files; no source is looked for in it
PICKLED = (".pt", ".pth", ".pkl", ".ckpt")
DOCUMENTS = (".ipynb", ".pdf")
# Reports of other programs: nothing here reads them, a person may.
PAPERS = (".docx", ".doc", ".hwp", ".hwpx", ".odt", ".rtf", ".pages")
LIKE_ANSWERS = re.compile(r"answers?\.(?:md|txt|markdown|rst|md\.txt)", re.I)
REPORT, HELP = "report.pdf", "help.txt"
# What is read; the kind is told by the first bytes. A longer ending stands before one that it ends with.
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz", ".tar")
# What is known for an archive and not read: somebody handed it in all the same.
UNREAD_ARCHIVES = (
    *(".7z", ".rar", ".tar.zst", ".tar.lz", ".tar.lzma", ".tar.z", ".alz", ".egg", ".zipx", ".cab", ".lzh", ".sitx"),
    *(".dmg", ".iso", ".gz", ".xz", ".bz2", ".zst", ".lzma"),
)
# What mail programs, browsers and people make of an archive's ending; its first bytes say whether it is one.
MANGLED = ("", ".txt", ".pdf", ".bin", ".dat", ".file", ".tmp", ".part", ".partial", ".crdownload", ".download")
IGNORED_FOLDERS = frozenset({"__pycache__", "__MACOSX", "node_modules", "venv", "env"})
NEAR = 2  # the folder itself and those in it; a virtual environment has its libraries further below
NEVER_WORK = frozenset({"__pycache__", "__MACOSX", "node_modules", ".git"})  # of these nobody's own files lie in any
DATA_FOLDERS = frozenset({"data", "dataset", "datasets", "raw"})  # of torchvision's data sets
MAX_DEPTH = 6  # folders below the one that holds the known files
TOP_FOLDERS = 2  # around that one: some zip with a top folder, some without
NAME_BYTES = 240  # a file system takes 255 for one part; a worker's folder comes before it
ID_LENGTH = 80
# What lies beside the students' folders in the output, or may one day: a table, a list, a page, a database.
OUTPUT_SUFFIXES = frozenset({".csv", ".json", ".html", ".txt", ".md", ".part", ".lock", ".db", ".sqlite", ".zip"})
# "maximum" is a row of grades.csv; Windows takes the others for devices, whatever their suffix.
RESERVED = frozenset(
    {"maximum", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def refusal(name: str) -> str:
    """What is wrong with *name* as a path in a hand-in, as in "it has ..."; empty if nothing is."""
    if name.startswith("/"):
        return "an absolute name"
    if re.match("[A-Za-z]:", name):
        return "a name with a drive"
    if ".." in name.split("/"):
        return "a name that leads out of its folder"
    if not name.isprintable():
        return "control or invisible characters in its name"
    if len(name.encode()) > NAME_BYTES:  # printable, so there is no surrogate in it
        return "a name that is too long"
    return ""


def slashed(name: str) -> str:
    """*name* with the one separator that all systems know: Windows programs write their own into archives."""
    return name.replace("\\", "/")


def decoded(raw: bytes) -> str:
    """A path that an archive holds without saying in which encoding: UTF-8, or else what a Korean Windows writes."""
    return "/".join(_decoded(part) for part in raw.split(b"/"))


def _decoded(part: bytes) -> str:
    for encoding in ("utf-8", "cp949"):
        try:
            return part.decode(encoding)
        except UnicodeDecodeError:
            continue
    return part.decode("cp437")  # as zip says it; each byte is a letter there


def is_left_over(folder: str) -> bool:
    """Whether nothing is looked for in a folder of this name."""
    return folder.startswith(".") or folder in IGNORED_FOLDERS


def is_work_left_over(path: PurePosixPath) -> bool:
    """Whether *path*, near a folder that is skipped, may be somebody's work and not a library's."""
    above = path.parts[:-1]
    depth = next((n for n, part in enumerate(above) if is_left_over(part) or part == CHECKPOINTS), len(above))
    near = len(above) - depth <= NEAR and not NEVER_WORK.intersection(above)
    return near and (is_known(path.name) or notebook_number(path.name) is not None)


def is_known(name: str) -> bool:
    """Whether a file of this name is one that is graded."""
    return name in in_force().known


def is_source(path: PurePosixPath) -> bool:
    """Whether *path* may be a source or the answers."""
    return path.name.endswith(".py") or path.name == ANSWERS


def is_document(name: str) -> bool:
    """Whether a file of this name is a notebook, a report or a note on help: it is kept, but no worker runs with it."""
    return name.lower().endswith(DOCUMENTS) or name.lower() == HELP or is_paper(name)


def is_paper(name: str) -> bool:
    """Whether a file of this name may hold answers for a person to read: a report, or nearly ``answers.md``."""
    file = name.rpartition("/")[2]
    return file.lower().endswith((".pdf", *PAPERS)) or (file != ANSWERS and bool(LIKE_ANSWERS.fullmatch(file)))


def notebook_number(name: str) -> int | None:
    """Which of the homework's notebooks *name* is, from 1 on, as in ``HW1_2.ipynb``, ``hw1-1(assn).ipynb``; or None."""
    plain = unicodedata.normalize("NFKC", name[: SHOWN * 4]).lower()
    if not plain.endswith(".ipynb"):
        return None
    found = ((re.search(one.pattern, plain), number) for number, one in enumerate(in_force().notebooks, 1))
    return min(((match.start(), number) for match, number in found if match), default=(0, None))[1]


def training_of(path: PurePosixPath) -> str:
    """The training whose checkpoint *path* is by its name, or nothing."""
    training = path.name.removesuffix(SUFFIX)
    is_one = path.parent.name == CHECKPOINTS and path.name.endswith(SUFFIX) and training in in_force().training
    return training if is_one else ""


def is_archive(name: str) -> bool:
    """Whether a file of this name is taken for a hand-in, whether it can be read or not."""
    return name.lower().endswith((*ARCHIVES, *UNREAD_ARCHIVES))


def may_be_archive(name: str) -> bool:
    """Whether a file without an archive's name may still be one."""
    plain = name.lower()
    suffix = PurePosixPath(plain).suffix
    inside = any(f"{ending}." in plain or f"{ending} " in plain for ending in (*ARCHIVES, ".7z", ".rar"))
    return not is_archive(name) and (suffix in MANGLED or suffix[1:].isdigit() or inside)


def is_data(path: PurePosixPath) -> bool:
    """Whether the archive *path* is part of a data set, by its name or its folders', or packs a single file of one."""
    name = path.name.lower()
    single = name.endswith((".gz", ".xz", ".bz2", ".zst")) and not name.endswith(ARCHIVES) and ".tar." not in name
    packs = PurePosixPath(name).stem
    work = is_source(PurePosixPath(packs)) or is_document(packs)
    in_data = any(part.lower() in DATA_FOLDERS for part in path.parts[:-1])
    return in_data or name.startswith(in_force().data_archives) or (single and not work)


def student_id(name: str) -> str:
    """The name in reports of a hand-in called *name*: safe as a folder's name and in a table.

    A name of at most 80 letters, digits, ``.``, ``_``, ``-`` and ``@``, beginning with a letter, a digit or ``_``, is
    kept, unless the folder of reports needs it for itself. Another one gets ``_`` for what is not allowed and a piece
    of its hash, so that two never become one.
    """
    if re.fullmatch(rf"[A-Za-z0-9_][A-Za-z0-9._@-]{{0,{ID_LENGTH - 1}}}", name) and not is_reserved(name):
        return name
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    cleaned = re.sub("[^A-Za-z0-9._@-]", "_", name).lstrip(".-@")[: ID_LENGTH - len(digest) - 1]
    written = f"{cleaned or '_'}-{digest}"
    return written.replace(".", "_") if is_reserved(written) else written


def is_reserved(name: str) -> bool:
    """Whether *name*, in any case and Unicode form, is what the folder of reports needs, or no name on some system."""
    plain = folded(name)
    return (
        PurePosixPath(plain).suffix in OUTPUT_SUFFIXES
        or plain.partition(".")[0] in RESERVED
        or plain.endswith(".")  # Windows drops it, and the name is another one's
    )


def folded(name: str) -> str:
    """A key that is equal for names that some system, or a reader, takes for the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def folded_path(path: PurePosixPath) -> str:
    """A key that is equal for paths that some file system takes for the same."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def without_suffix(name: str) -> str:
    """An archive's name without ``.zip``, ``.tar.gz`` and the like."""
    for suffix in (*ARCHIVES, *UNREAD_ARCHIVES):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
