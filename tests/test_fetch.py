"""Downloads from a server of the test's own: whole, cut off and resumed, wrong, missing, unreachable."""

import errno
import gzip
import hashlib
import re
import shutil
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from autograder.deep_learning.data import fetch as module
from autograder.deep_learning.data.fetch import download, fetch, provide
from autograder.deep_learning.data.prepare import open_arrays
from autograder.deep_learning.data.sets import CIFAR10, MNIST, SPECS, Remote
from autograder.errors import MisuseError

BODY = bytes(range(256)) * 40
MANY = 99  # times


class Server(ThreadingHTTPServer):
    """Serves ``files``; what it does wrong is set by a test."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"/file.bin": BODY}
        self.cut_after = None  # bytes of each reply
        self.cuts = MANY  # how often
        self.ranges = True
        self.shifted = 0  # a Content-Range that is this far off
        self.chunked = False
        self.moved = {}
        self.asked = []  # (path, Range)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range")
        server.asked.append((self.path, asked))
        self.close_connection = True
        if self.path in server.moved:
            self.send_response(302)
            self.send_header("Location", server.moved[self.path])
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if self.path not in server.files:
            return self.send_error(404)
        body, start = server.files[self.path], 0
        if asked and server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if start >= len(body):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start + server.shifted}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        rest = body[start:]
        if server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            rest = b"%x\r\n%s\r\n0\r\n\r\n" % (len(rest), rest)
        else:
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if server.cut_after is not None and server.cuts > 0:
            server.cuts -= 1
            rest = rest[: server.cut_after]
        self.wfile.write(rest)
        return None


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def remote(*urls, body=BODY, **changes):
    given = {
        "title": "the file",
        "path": "in/here/file.bin",
        "urls": urls,
        "algorithm": "md5",
        "checksum": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "remedy": "Take it from a folder with --from DIR",
    }
    return Remote(**{**given, **changes})


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_and_its_progress_told(tmp_path, server):
    told = []
    path = download(remote(f"{server.url}/file.bin"), tmp_path, lambda *args: told.append(args))
    assert path == tmp_path / "in/here/file.bin"
    assert path.read_bytes() == BODY
    assert told[0] == ("the file", 0, len(BODY))
    assert told[-1] == ("the file", len(BODY), len(BODY))
    assert files_in(tmp_path) == ["file.bin"]


def test_a_right_file_is_not_fetched_again(tmp_path, server):
    wanted = remote(f"{server.url}/file.bin")
    download(wanted, tmp_path)
    download(wanted, tmp_path)
    assert len(server.asked) == 1


def test_a_damaged_file_is_fetched_again(tmp_path, server):
    wanted = remote(f"{server.url}/file.bin")
    path = download(wanted, tmp_path)
    path.write_bytes(BODY[:-1])
    assert download(wanted, tmp_path).read_bytes() == BODY


def test_the_beginning_of_a_sha256_will_do(tmp_path, server):
    digest = hashlib.sha256(BODY).hexdigest()
    url = f"{server.url}/file.bin"
    assert download(remote(url, algorithm="sha256", checksum=digest[:8]), tmp_path).read_bytes() == BODY
    with pytest.raises(MisuseError, match="sha256 sum differs"):
        download(remote(url, algorithm="sha256", checksum="0" * 8), tmp_path)


def test_a_broken_connection_is_taken_up_again(tmp_path, server):
    server.cut_after, server.cuts = 1000, 2
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY
    assert [asked for _, asked in server.asked] == [None, "bytes=1000-", "bytes=2000-"]


def test_a_connection_that_breaks_for_good_keeps_what_came_and_a_later_call_goes_on(tmp_path, server):
    wanted = remote(f"{server.url}/file.bin")
    server.cut_after, server.files["/file.bin"] = 0, BODY
    part = tmp_path / "in/here/file.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[:4000])
    with pytest.raises(MisuseError, match=r"the connection broke again and again; .* are kept"):
        download(wanted, tmp_path)
    assert part.read_bytes() == BODY[:4000]
    server.cuts = 0
    server.asked.clear()
    assert download(wanted, tmp_path).read_bytes() == BODY
    assert server.asked == [("/file.bin", "bytes=4000-")]
    assert files_in(tmp_path) == ["file.bin"]


def test_a_server_that_can_not_resume_sends_all_of_it(tmp_path, server):
    server.ranges, server.cut_after, server.cuts = False, 1000, 1
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("shifted", [1, -1])
def test_a_range_that_was_not_asked_for_is_not_appended(tmp_path, server, shifted):
    server.shifted, server.cut_after, server.cuts = shifted, 1000, 1
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("part", [b"another file's beginning", b"x" * len(BODY), BODY + b"more"])
def test_a_part_that_is_not_this_files_is_thrown_away(tmp_path, server, part):
    path = tmp_path / "in/here/file.bin.part"
    path.parent.mkdir(parents=True)
    path.write_bytes(part)
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY


def test_a_part_that_is_whole_is_not_fetched_again(tmp_path, server):
    path = tmp_path / "in/here/file.bin.part"
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY


def test_a_reply_of_unknown_length_is_read_to_its_end(tmp_path, server):
    server.chunked = True
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY
    shutil.rmtree(tmp_path / "in")
    server.cut_after, server.cuts = 500, 1
    assert download(remote(f"{server.url}/file.bin"), tmp_path).read_bytes() == BODY


def test_a_redirect_is_followed(tmp_path, server):
    server.moved["/old.bin"] = f"{server.url}/file.bin"
    server.cut_after, server.cuts = 1000, 1
    assert download(remote(f"{server.url}/old.bin"), tmp_path).read_bytes() == BODY


def test_a_redirect_to_a_file_of_this_computer_is_not_followed(tmp_path, server):
    secret = tmp_path / "secret"
    secret.write_bytes(BODY)
    server.moved["/old.bin"] = secret.as_uri()
    with pytest.raises(MisuseError, match="could not be fetched"):
        download(remote(f"{server.url}/old.bin"), tmp_path / "out")


def test_a_wrong_file_is_misuse_and_leaves_nothing(tmp_path, server):
    server.files["/file.bin"] = b"<html>log in to the network first</html>"
    with pytest.raises(MisuseError, match=r"its file\.bin is not the right file \(md5 sum differs\)"):
        download(remote(f"{server.url}/file.bin"), tmp_path)
    assert files_in(tmp_path) == []


def test_the_next_mirror_is_tried(tmp_path, server):
    urls = (f"http://127.0.0.1:{closed_port()}/file.bin", f"{server.url}/gone.bin", f"{server.url}/file.bin")
    assert download(remote(*urls), tmp_path).read_bytes() == BODY


def test_a_file_that_is_not_there_is_misuse_that_names_the_server_and_the_way_out(tmp_path, server):
    host = server.url.removeprefix("http://")
    with pytest.raises(MisuseError) as raised:
        download(remote(f"{server.url}/gone.bin"), tmp_path)
    assert str(raised.value) == (
        f"the file could not be fetched from {host}: the server says 404 Not Found. "
        "Take it from a folder with --from DIR."
    )


def test_no_connection_is_misuse_that_names_the_servers_and_the_way_out(tmp_path):
    ports = closed_port(), closed_port()
    with pytest.raises(MisuseError) as raised:
        download(remote(*(f"http://127.0.0.1:{port}/file.bin" for port in ports)), tmp_path)
    assert str(raised.value) == (
        f"the file could not be fetched from 127.0.0.1:{ports[0]} or 127.0.0.1:{ports[1]}: no connection. "
        "Take it from a folder with --from DIR."
    )


def test_a_server_that_does_not_answer_is_misuse(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file.bin"
        with pytest.raises(MisuseError, match="no answer within"):
            download(remote(url), tmp_path)


def test_a_server_that_speaks_something_else_is_misuse(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"SSH-2.0-hello\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(MisuseError, match="the reply is not HTTP"):
            download(remote(f"http://127.0.0.1:{other.getsockname()[1]}/file.bin"), tmp_path)
        thread.join()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_that_is_far_too_large_is_refused(tmp_path, server, monkeypatch, chunked):
    monkeypatch.setattr(module, "LIMIT", 1000)
    server.chunked = chunked
    with pytest.raises(MisuseError, match="more than the file can have"):
        download(remote(f"{server.url}/file.bin"), tmp_path)


def test_too_small_a_disk_is_noticed_before_a_byte_is_written(tmp_path, server, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(MisuseError, match=r"file\.bin can't be written: 0 MB are needed, 0 MB are free"):
        download(remote(f"{server.url}/file.bin"), tmp_path)
    assert files_in(tmp_path) == []


def test_a_disk_that_fills_up_is_one_sentence_and_leaves_nothing(tmp_path, server):
    def full(title, done, total):
        if done:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(MisuseError, match=r"file\.bin can't be written: No space left on device"):
        download(remote(f"{server.url}/file.bin"), tmp_path, full)
    assert files_in(tmp_path) == []


def test_a_folder_that_is_a_file_is_misuse(tmp_path, server):
    (tmp_path / "in").write_text("")
    with pytest.raises(MisuseError, match="can't be written"):
        download(remote(f"{server.url}/file.bin"), tmp_path)


@pytest.fixture
def sources(server, monkeypatch):
    """The data sets' files on the test's server: of MNIST two images a split, of CIFAR-10 no data."""

    def serve(spec, content_of):
        served = []
        for file in spec.remotes:
            name, content = Path(file.path).name, content_of(file.path)
            server.files[f"/{name}"] = content
            urls = f"http://127.0.0.1:{closed_port()}/{name}", f"{server.url}/{name}"
            served.append(remote(*urls, body=content, title=file.title, path=file.path, remedy=file.remedy))
        monkeypatch.setitem(SPECS, spec.name, replace(spec, remotes=tuple(served)))

    def idx(path):
        shape = (2, 28, 28) if "images" in path else (2,)
        header = np.array([0x800 + len(shape), *shape], dtype=">i4").tobytes()
        return gzip.compress(header + bytes(range(2)) * (int(np.prod(shape)) // 2))

    serve(MNIST, idx)
    serve(CIFAR10, lambda path: BODY)
    return server


def test_mnist_is_laid_down_as_torchvision_does(tmp_path, sources):
    assert fetch(["mnist"], tmp_path) == tmp_path
    assert sorted(path.name for path in (tmp_path / "MNIST/raw").iterdir()) == [
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]


def test_of_cifar10_the_binary_version_is_taken_from_beside_torchvisions(tmp_path, sources):
    told = set()
    fetch(["cifar10"], tmp_path, lambda title, done, total: told.add(title))
    assert (tmp_path / "cifar-10-binary.tar.gz").read_bytes() == BODY
    assert [path for path, _ in sources.asked] == ["/cifar-10-binary.tar.gz"]
    assert told == {"CIFAR-10"}


def test_without_network_the_sentence_names_mnists_mirrors_and_what_from_takes(tmp_path, sources):
    sources.files.clear()
    with pytest.raises(
        MisuseError, match=r"MNIST could not be fetched .*: no connection; .* --from DIR: torchvision's"
    ):
        fetch(["mnist"], tmp_path)


def test_an_unknown_data_set_is_misuse_that_names_the_known_ones(tmp_path):
    with pytest.raises(MisuseError, match="no data set 'svhn': the homework uses mnist and cifar10"):
        fetch(["svhn"], tmp_path)


def test_the_files_that_torchvision_would_fetch_are_the_ones_that_are_fetched():
    from torchvision.datasets import CIFAR10 as PICKLED
    from torchvision.datasets import MNIST as THEIRS

    assert {(file.path, file.checksum, file.urls) for file in MNIST.remotes} == {
        (f"MNIST/raw/{name}", checksum, tuple(mirror + name for mirror in THEIRS.mirrors))
        for name, checksum in THEIRS.resources
    }
    assert CIFAR10.remotes[0].urls == (PICKLED.url.replace("-python", "-binary"),)


def test_a_data_set_is_provided_once_and_again_if_it_was_damaged(tmp_path, sources):
    (manifest,) = provide(["mnist"], tmp_path)
    assert not manifest.canonical
    assert [path.name for path in tmp_path.iterdir()] == ["mnist"]
    assert len(sources.asked) == 4
    assert provide(["mnist"], tmp_path) == [manifest]
    assert len(sources.asked) == 4
    (tmp_path / "mnist/test_labels.npy").write_bytes(b"")
    provide(["mnist"], tmp_path)
    assert open_arrays(tmp_path, "mnist")[1]["test_labels"].tolist() == [0, 1]
    assert len(sources.asked) == 8


def test_a_data_set_is_provided_from_a_folder_without_asking_a_server(tmp_path, sources):
    fetch(["mnist"], tmp_path / "in")
    sources.asked.clear()
    (manifest,) = provide(["mnist"], tmp_path / "out", tmp_path / "in")
    assert manifest.layout == "IDX files"
    assert sources.asked == []


def test_what_was_fetched_stays_until_all_is_prepared(tmp_path, sources):
    del sources.files["/cifar-10-binary.tar.gz"]
    with pytest.raises(MisuseError, match="CIFAR-10 could not be fetched"):
        provide(["mnist", "cifar10"], tmp_path)
    assert open_arrays(tmp_path, "mnist")[1]["test_labels"].tolist() == [0, 1]
    assert (tmp_path / "downloads").is_dir()
