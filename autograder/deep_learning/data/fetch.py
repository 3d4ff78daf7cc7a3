"""Get MNIST and CIFAR-10 from where torchvision gets them: progress, checksums, and a cut-off download goes on.

The addresses, file names and MD5 sums of MNIST are read from ``torchvision.datasets.MNIST``, and its files are laid
down as torchvision does, so that either can go on with the other's folder. Of CIFAR-10 the binary version is taken,
from the folder of ``torchvision.datasets.CIFAR10.url``: torchvision's own archive holds pickles, and those are no data.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from autograder.deep_learning.data.prepare import Manifest, open_arrays, prepare
from autograder.errors import MisuseError

Progress = Callable[[str, int, int], None]
"""What is fetched, bytes so far, bytes in all (0: the server does not say)."""

NAMES = ("mnist", "cifar10")
CIFAR10_BINARY = "cifar-10-binary.tar.gz"
CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # as https://www.cs.toronto.edu/~kriz/cifar.html states it

ATTEMPTS = 4  # a connection that breaks this often without a byte in between will not do better
TIMEOUT = 30  # seconds without a byte; a busy mirror has been seen to take ten
BLOCK = 1 << 18  # bytes between two reports of progress
LIMIT = 1 << 30  # bytes of one file; the largest, the weights of VGG-19, has 575 MB


@dataclass(frozen=True)
class Remote:
    """A file on a server.

    Attributes:
        title: what messages call it.
        path: where it goes, relative to the folder.
        urls: mirrors, tried in this order.
        algorithm: ``"md5"`` or ``"sha256"``.
        checksum: the digest in hexadecimal, or its beginning.
        remedy: a sentence that names the way around a server that can't be reached.
    """

    title: str
    path: str
    urls: tuple[str, ...]
    algorithm: str
    checksum: str
    remedy: str

    def matches(self, path: Path) -> bool:
        """Whether the file at *path* has the checksum."""
        # MD5 is what the sources state. It guards against accidents; `prepare` compares SHA-256 sums of the arrays.
        digest = hashlib.new(self.algorithm, usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest().startswith(self.checksum)


class _FetchError(Exception):
    """One mirror did not give the file; the text says why."""


class _CutOffError(Exception):
    """The connection broke while the file came."""


def no_progress(title: str, done: int, total: int) -> None:
    """Tell nobody."""


def provide(
    names: Sequence[str], target: Path, source: Path | None = None, progress: Progress = no_progress
) -> list[Manifest]:
    """Make data sets ready in *target*: from the folder *source*, or fetched where they are not ready yet.

    What is fetched lies in ``<target>/downloads`` until it is prepared, so that a cut-off download goes on.

    Returns:
        The manifest of each, in the order of *names*; their hashes have been compared.

    Raises:
        MisuseError: as `fetch` and `prepare` say.
    """
    if source is not None:
        return prepare(source, target, names)
    manifests = []
    for name in names:
        try:
            manifests.append(open_arrays(target, name, rehash=True).manifest)
        except MisuseError:  # not there or damaged: either way it is written anew
            downloads = fetch([name], target / "downloads", progress)
            manifests += prepare(downloads, target, [name])
    shutil.rmtree(target / "downloads", ignore_errors=True)
    return manifests


def fetch(names: Sequence[str], folder: Path, progress: Progress = no_progress) -> Path:
    """Fetch data sets into *folder*; what is there already and right is left alone.

    Args:
        names: of ``NAMES``.
        folder: made if it is not there. MNIST goes to ``MNIST/raw/*-ubyte.gz``, CIFAR-10 to ``cifar-10-binary.tar.gz``.
        progress: told about each file's bytes.

    Returns:
        *folder*, which `autograder.deep_learning.data.prepare.prepare` takes as its source.

    Raises:
        MisuseError: no such data set; no connection; a server's file is not the right one; the disk is full.
    """
    for remote in [remote for name in names for remote in _remotes(name)]:
        download(remote, folder, progress)
    return folder


def _remotes(name: str) -> list[Remote]:
    """The files of a data set, as torchvision lists them."""
    if name not in NAMES:
        raise MisuseError(f"there is no data set {name!r}: the homework uses {' and '.join(NAMES)}")
    from torchvision.datasets import CIFAR10, MNIST

    if name == "cifar10":
        remedy = "Take it from a folder with --from DIR: the archive, cifar-10-batches-bin, or cifar-10-batches-py"
        url = urljoin(CIFAR10.url, CIFAR10_BINARY)
        return [Remote("CIFAR-10", CIFAR10_BINARY, (url,), "md5", CIFAR10_MD5, remedy)]
    remedy = "Take it from a folder with --from DIR: torchvision's MNIST/raw, or arrays like mnist/train_images.npy"
    return [
        Remote("MNIST", f"MNIST/raw/{file}", tuple(urljoin(m, file) for m in MNIST.mirrors), "md5", checksum, remedy)
        for file, checksum in MNIST.resources
    ]


def download(remote: Remote, folder: Path, progress: Progress = no_progress) -> Path:
    """Fetch one file into *folder*, going on where an earlier call was cut off (``<name>.part``).

    Returns:
        Its path. The file has the right checksum.

    Raises:
        MisuseError: no mirror gave the right file, or *folder* can't be written.
    """
    path = folder / remote.path
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and remote.matches(path):
            progress(remote.title, path.stat().st_size, path.stat().st_size)
            return path
        _from_a_mirror(remote, part, progress)
        part.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            part.unlink(missing_ok=True)
        raise MisuseError(f"{path} can't be written: {error.strerror or error}") from error
    return path


def _from_a_mirror(remote: Remote, part: Path, progress: Progress) -> None:
    """Leave the right file at *part*, from the first mirror that gives it."""
    reasons: dict[str, None] = {}  # in order, each once
    for url in remote.urls:
        resumed = part.exists()
        try:
            _complete(url, remote, part, progress)
            if resumed and not remote.matches(part):  # the earlier part may have been another file's
                part.unlink()
                _complete(url, remote, part, progress)
            if remote.matches(part):
                return
            part.unlink()
            reasons[f"its {Path(remote.path).name} is not the right file ({remote.algorithm} sum differs)"] = None
        except _FetchError as error:
            reasons[str(error)] = None
    hosts = " or ".join(dict.fromkeys(urlsplit(url).netloc for url in remote.urls))
    raise MisuseError(f"{remote.title} could not be fetched from {hosts}: {'; '.join(reasons)}. {remote.remedy}.")


def _complete(url: str, remote: Remote, part: Path, progress: Progress) -> None:
    """Fetch what is missing of *part*, connecting again each time the connection breaks.

    Raises:
        _FetchError: it can't be had from there (now).
        OSError: *part* can't be written.
    """
    idle = 0
    while idle < ATTEMPTS:
        before = _size(part)
        try:
            return _connect(url, remote, part, progress)
        except _CutOffError:
            idle = 0 if _size(part) > before else idle + 1
    have = _size(part) / 1e6
    raise _FetchError(f"the connection broke again and again; {have:.1f} MB are kept, run it again to go on from there")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS, with proxies and redirects; no files, no FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _connect(url: str, remote: Remote, part: Path, progress: Progress) -> None:
    """One connection: append to *part* what it lacks, or write it anew if the server can't resume."""
    have = _size(part)
    opener = _opener()
    opener.addheaders = [("User-Agent", "hw1"), *([("Range", f"bytes={have}-")] if have else [])]
    try:
        response = opener.open(url, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            if not remote.matches(part):
                part.unlink()
                raise _CutOffError from error  # once more, from the start
            return
        raise _FetchError(f"the server says {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        raise _FetchError(_why(error)) from error
    with response:
        start = _start(response, have)
        if start not in (0, have):
            part.unlink(missing_ok=True)
            raise _CutOffError
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        if max(total, start) > LIMIT:
            raise _FetchError(f"the server offers {total / 1e6:.0f} MB, more than the file can have")
        free = shutil.disk_usage(part.parent).free
        if total - start > free:
            raise OSError(errno.ENOSPC, f"{(total - start) / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free")
        _write(response, part, start, total, remote, progress)


def _start(response: http.client.HTTPResponse, have: int) -> int:
    """The offset of the first byte that comes; -1 if the server's reply does not make sense."""
    if response.status != http.client.PARTIAL_CONTENT:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found and int(found[1]) == have else -1


def _write(
    response: http.client.HTTPResponse, part: Path, start: int, total: int, remote: Remote, progress: Progress
) -> None:
    """Write the body to *part* from *start* on; _CutOffError if it ends early."""
    done = start
    with part.open("ab" if start else "wb") as file:
        progress(remote.title, done, total)
        while True:
            try:
                block = response.read1(BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise _CutOffError from error
            if not block:
                break
            file.write(block)
            done += len(block)
            if done > LIMIT:
                raise _FetchError("the server sends more than the file can have")
            progress(remote.title, done, total)
    if done < total:
        raise _CutOffError


def _why(error: Exception) -> str:
    """A few words for why there is no connection."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT} seconds"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection (is this computer's clock right, does a proxy stand between?)"
    if isinstance(cause, http.client.HTTPException):
        return "the reply is not HTTP"
    return "no connection"
