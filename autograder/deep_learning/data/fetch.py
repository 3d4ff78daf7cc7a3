"""Get MNIST and CIFAR-10 from the servers that ``sets.py`` names: progress, checksums; a cut-off download goes on."""

from __future__ import annotations

import errno
import http.client
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from autograder.deep_learning.data.prepare import Manifest, open_arrays, prepare
from autograder.deep_learning.data.sets import BLOCK, SPECS, Remote, spec_of
from autograder.errors import MisuseError

Progress = Callable[[str, int, int], None]
"""What is fetched, bytes so far, bytes in all (0: the server does not say)."""

NAMES = tuple(SPECS)
ATTEMPTS = 4  # a connection that breaks this often without a byte in between will not do better
TIMEOUT = 30  # seconds without a byte; a busy mirror has been seen to take ten
LIMIT = 1 << 30  # bytes of one file; the largest, the weights of VGG-19, has 575 MB


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
            manifests.append(open_arrays(target, name, rehash=True)[0])
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
    for remote in [remote for name in names for remote in spec_of(name).remotes]:
        download(remote, folder, progress)
    return folder


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
        try:
            for _ in range(2 if part.exists() else 1):  # an earlier part may have been another file's
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


def _connect(url: str, remote: Remote, part: Path, progress: Progress) -> None:
    """One connection: append to *part* what it lacks, or write it anew if the server can't resume."""
    have = _size(part)
    headers = {"User-Agent": "hw1", **({"Range": f"bytes={have}-"} if have else {})}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  a redirect to a file is refused by urllib
        response = urllib.request.urlopen(request, timeout=TIMEOUT)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # nothing is missing, or it is another file's
        raise _FetchError(f"the server says {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        raise _FetchError(_why(error)) from error
    with response:
        resumed = response.status == http.client.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink(missing_ok=True)
            raise _CutOffError
        start = have if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else 0
        free = shutil.disk_usage(part.parent).free
        if total <= LIMIT and total - start > free:
            raise OSError(errno.ENOSPC, f"{(total - start) / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free")
        _write(response, part, start, total, remote, progress)


def _write(
    response: http.client.HTTPResponse, part: Path, start: int, total: int, remote: Remote, progress: Progress
) -> None:
    """Write the body to *part* from *start* on; _CutOffError if it ends early."""
    done = start
    with part.open("ab" if start else "wb") as file:
        progress(remote.title, done, total)
        while True:
            if max(done, total) > LIMIT:
                raise _FetchError("the server sends more than the file can have")
            try:
                block = response.read1(BLOCK)
            except (OSError, http.client.HTTPException) as error:
                raise _CutOffError from error
            if not block:
                break
            file.write(block)
            done += len(block)
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
