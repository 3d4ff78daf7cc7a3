"""Gradescope's container (gradescope-autograders.readthedocs.io, "specs"): its folders, an upload, a run.

Plain, for any user: the folders lie under one of the caller's own, and the scripts find them by HW1_AUTOGRADER. As
root also *chrooted*: in namespaces of its own the folders are /autograder, there is no network, and of the machine
only the system, the interpreter and what students get of the kit can be seen.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.home import repository
from autograder.sandbox.folders import remove

NAMESPACE = Path(__file__).with_name("namespace.py")
NO_CONTAINER, SAYS = 125, "namespace.py: "  # how namespace.py, which is no module to import, reports itself
SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/sbin", "/etc")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # as in Docker's images
SCRIPTS = ("setup.sh", "run_autograder")  # must be at the zip's root
SAID = 100_000  # bytes of the output that are kept, from its end
LARGEST = 50_000_000  # bytes of a results.json; Gradescope's limit is not documented, ours have some 100 kB
MANY_TIMES = 100  # a session is ended over and over until nothing of it is left, for it may fork meanwhile
FOLDERS_OF_PYTHON = """
import json, os, sys
folders = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *sys.path]
print(json.dumps([folder for folder in folders if os.path.isdir(folder)]))
"""


@dataclass(frozen=True)
class Ran:
    """What came of a run.

    Attributes:
        status: its exit code, 128 + n where signal n ended it.
        seconds: how long it took.
        said: the end of what it printed, both streams together; Gradescope shows it to staff.
        results: results.json, if it is an object.
        results_text: what stands in that file; empty if there is none.
        timed_out: it was ended because the time was up: Gradescope then shows no test at all.
    """

    status: int
    seconds: float
    said: str
    results: dict[str, Any] | None
    results_text: str
    timed_out: bool = False


class Container:
    """One container; what a run leaves in its folders stays, which the real one's do not.

    Attributes:
        autograder: what is /autograder, on this machine.
    """

    def __init__(
        self,
        folder: Path,
        bundle: Path | None = None,
        *,
        chrooted: bool = False,
        profile: Path | None = None,
        python: Path = Path(sys.executable),
        also: Sequence[Path] = (),
    ) -> None:
        """Lay it out under *folder*.

        Args:
            bundle: the zip, or a folder with what is in it.
            chrooted: in namespaces of its own; see :func:`chroot_problem`.
            profile: a seccomp profile in Docker's format, in force if chrooted.
            python: the interpreter that HW1_PYTHON names, and whose packages can be seen if chrooted.
            also: what else can be read if chrooted, at the same paths: a folder of wheels.

        Raises:
            ValueError: a script is not at the root of the bundle.
        """
        self.folder = folder.absolute()
        self.chrooted, self.profile, self.python, self.also = chrooted, profile, python, tuple(also)
        self.autograder = self.folder / "autograder"
        for path in (self.autograder, self.autograder / "submission", self.autograder / "results"):
            make(path)
        if bundle is not None:
            self._unpack(bundle)

    def _unpack(self, bundle: Path) -> None:
        """As Gradescope's builder does: modes and line ends of the zip can't be relied on."""
        source = emptied(self.autograder / "source")
        put_all(bundle, source)
        for name in SCRIPTS:
            script = source / name
            if not script.is_file():
                raise ValueError(f"{name} is not at the root of {bundle.name}")
            script.write_bytes(script.read_bytes().replace(b"\r\n", b"\n"))
        shutil.copyfile(source / "run_autograder", self.autograder / "run_autograder")
        (self.autograder / "run_autograder").chmod(0o755)

    def submit(self, files: Mapping[str, bytes] | Path, metadata: Mapping[str, Any] | bytes | None) -> None:
        """Put one upload in the place of the earlier one, and empty the results.

        Args:
            files: contents by path, a folder, or one file; a zip is unpacked, as Gradescope does, nothing else is.
            metadata: what Gradescope says of it; bytes as they are; None: the file is not there.
        """
        emptied(self.autograder / "results")
        put_all(files, emptied(self.autograder / "submission"))
        path = self.autograder / "submission_metadata.json"
        path.unlink(missing_ok=True)
        if metadata is not None:
            path.write_bytes(metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode())

    def setup(self, seconds: float = 600.0, environment: Mapping[str, str] | None = None) -> Ran:
        """Run setup.sh, as the builder does once; the system's folders can't be written to, and there is no network."""
        script = self.seen(self.autograder / "source" / "setup.sh")
        return self.start(["bash", script], seconds, {"HW1_PYTHON": str(self.python), **(environment or {})})

    def run(self, seconds: float = 60.0, environment: Mapping[str, str] | None = None) -> Ran:
        """Run run_autograder on the upload; after *seconds* it is ended."""
        return self.start([self.seen(self.autograder / "run_autograder")], seconds, environment)

    def start(self, command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None) -> Ran:
        """Run any command in the container. All that it started ends with it; if not chrooted, all in its session.

        Raises:
            RuntimeError: there can be no container here.
        """
        whole, variables = self.command(command, environment)
        begun = time.monotonic()
        with tempfile.TemporaryFile() as output:
            status, timed_out = run_session(whole, variables, self.autograder, output.fileno(), seconds)
            took = time.monotonic() - begun
            output.seek(max(0, output.seek(0, os.SEEK_END) - SAID))
            said = output.read().decode(errors="replace")
        if self.chrooted and status == NO_CONTAINER and said.startswith(SAYS):
            raise RuntimeError(said.strip())
        results, text = self.results()
        return Ran(status, took, said, results, text, timed_out)

    def command(
        self, command: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
    ) -> tuple[list[str], dict[str, str]]:
        """What is to be run, and its whole environment, for who starts it by other means (cwd: :attr:`autograder`).

        Args:
            command: run_autograder if None.
            environment: variables beside those that a container has.
        """
        run = list(command or [self.seen(self.autograder / "run_autograder")])
        variables = {"PATH": PATH if self.chrooted else os.environ.get("PATH", PATH), "HOME": "/root"}
        if not (self.autograder / "venv").exists():  # once setup.sh has run, the scripts know their interpreter
            variables["HW1_PYTHON"] = str(self.python)
        if not self.chrooted:
            home = make(self.folder / "home")
            variables |= {"HW1_AUTOGRADER": str(self.autograder), "HOME": str(home)}
        variables |= environment or {}
        if not self.chrooted:
            return run, variables
        inside = {
            "root": str(emptied(self.folder / "root")),
            "autograder": str(self.autograder),
            "shown": [*((path, path) for path in SYSTEM if Path(path).exists()), *self._shown()],
            "profile": str(self.profile or ""),
        }
        return [sys.executable, "-I", str(NAMESPACE), json.dumps(inside), *run], variables

    def seen(self, path: Path) -> str:
        """How the scripts name *path*, which lies in :attr:`autograder`."""
        within = path.relative_to(self.autograder)
        return str(Path("/autograder") / within) if self.chrooted else str(path)

    def results(self) -> tuple[dict[str, Any] | None, str]:
        """results.json as it is now: the object, if it is one, and the text; a link is followed nowhere."""
        path = self.autograder / "results" / "results.json"
        text = ""
        with contextlib.suppress(OSError):
            if path.resolve() == self.autograder.resolve() / "results" / "results.json":
                with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
                    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                        text = file.read(LARGEST).decode(errors="replace")
        try:
            document = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None, text
        return (document if isinstance(document, dict) else None), text

    def _shown(self) -> Iterator[tuple[str, str]]:
        """(this machine's path, the container's) of the interpreter, its packages and the kit."""
        root = repository()
        for folder in python_folders(self.python):
            if root is not None and Path(folder).resolve() == root:
                yield from shipped(root)
            else:
                yield folder, folder
        yield from ((str(path.absolute()), str(path.absolute())) for path in self.also)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def shipped(root: Path) -> Iterator[tuple[str, str]]:
    """What the wheel holds of the repository *root*, and where: no solution, no mistakes, no tests, no history."""
    wheel = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    left_out = {root / name for name in wheel["exclude"]}
    if missing := [str(path) for path in left_out if not path.exists()]:
        raise ValueError(f"pyproject.toml leaves out {', '.join(missing)}, which is not there or a pattern")
    waiting = [root / name for name in wheel["only-include"]]
    while waiting:
        path = waiting.pop()
        if any(path in out.parents for out in left_out):
            waiting += path.iterdir()
        elif path not in left_out:
            yield str(path), str(path)
    for source, target in wheel["force-include"].items():
        yield str(root / source), str(root / target)


@cache
def python_folders(python: Path) -> tuple[str, ...]:
    """The folders of an interpreter and of all that it imports from, as it names them and with links resolved."""
    asked = subprocess.run([str(python), "-I", "-c", FOLDERS_OF_PYTHON], capture_output=True, text=True, check=True)
    named = json.loads(asked.stdout)
    return tuple(dict.fromkeys([*named, *(os.path.realpath(folder) for folder in named)]))


@cache
def chroot_problem(profile: Path | None = None) -> str:
    """Why there can be no chrooted container here; empty if there can be."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux, and root"
    folder = Path(tempfile.mkdtemp(prefix="hw1-container-"))
    try:
        ran = Container(folder, chrooted=True, profile=profile).start(["true"], 30)
        return "" if ran.status == 0 else ran.said
    except RuntimeError as error:
        return str(error)
    finally:
        remove(folder)


# Files


def make(folder: Path) -> Path:
    """*folder*, made if it is not there, that everyone may look into, as in an image."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder


def emptied(folder: Path) -> Path:
    """*folder* without anything in it, whatever stood there."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    remove(folder)
    return make(folder)


def put_all(files: Mapping[str, bytes] | Path, folder: Path) -> None:
    """Put contents by path, a folder's files or one file into *folder*; a zip is unpacked."""
    if isinstance(files, Path):
        found = [path for path in files.rglob("*") if path.is_file()] if files.is_dir() else [files]
        top = files if files.is_dir() else files.parent
        files = {path.relative_to(top).as_posix(): path.read_bytes() for path in found}
    for name, content in files.items():
        if not name.endswith(".zip"):
            put(folder, name, content)
            continue
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    put(folder, member.filename, archive.read(member))


def put(folder: Path, name: str, content: bytes) -> None:
    """Write one file, mode 0644, and the folders above it.

    Raises:
        ValueError: its path leads out of *folder*.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/"):
        raise ValueError(f"{name}: no upload holds such a path")
    for part in range(1, len(parts)):
        make(folder.joinpath(*parts[:part]))
    path = folder.joinpath(*parts)
    path.write_bytes(content)
    path.chmod(0o644)


# Processes


def run_session(
    command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: int, seconds: float
) -> tuple[int, bool]:
    """Run a command in a session of its own; its exit code, and whether the time was up. Nothing of it is left then."""
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
    try:
        process = subprocess.Popen(command, env=dict(environment), cwd=cwd, start_new_session=True, **streams)
    except OSError as error:
        os.write(output, f"{command[0]}: {error.strerror}\n".encode())
        return (127 if error.errno == errno.ENOENT else 126), False
    timed_out = False
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        end_session(process.pid)
        status = process.wait()
    return (status if status >= 0 else 128 - status), timed_out


def end_session(session: int) -> None:
    """End all processes of a session: `timeout` makes a group of its own. Without /proc, those of the first group."""
    for _ in range(MANY_TIMES):
        members = list(members_of(session))
        for member in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, signal.SIGKILL)
        if not members:
            break
        time.sleep(0.01)
    if not Path("/proc/self/stat").exists():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)


def members_of(session: int) -> Iterator[int]:
    """The living processes of a session, as far as /proc lists them."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, _, _, its_session = entry.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                yield int(entry.parent.name)
