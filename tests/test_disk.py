"""A file is written whole or not at all, whatever stands in its way."""

import errno
import os
import stat
import sys
import threading

import pytest

from autograder.disk import whole, write_whole


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def path(tmp_path):
    """A file that is there already."""
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    return path


def alone(path):
    """Whether nothing lies beside the file."""
    return list(path.parent.iterdir()) == [path]


def test_a_file_takes_the_place_of_the_old_one_and_nothing_is_left_beside_it(path):
    write_whole(path, b"new", memoryview(b" one"))
    assert path.read_bytes() == b"new one"
    assert alone(path)


@pytest.mark.parametrize("call", ["fsync", "replace", "open", "fdopen"])
def test_a_full_disk_leaves_what_was_there(path, monkeypatch, call):
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert alone(path)


@pytest.mark.parametrize("why", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_what_was_there(path, why):
    with pytest.raises(why), whole(path) as file:
        file.write(b"half")
        raise why
    assert path.read_bytes() == b"old"
    assert alone(path)


def test_what_was_there_stays_until_all_is_written(path):
    with whole(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_link_is_replaced_and_not_followed(path):
    link = path.with_name("link")
    link.symlink_to(path)
    write_whole(link, b"new")
    assert (link.is_symlink(), link.read_bytes(), path.read_bytes()) == (False, b"new", b"old")


def test_a_link_in_the_place_of_the_file_beside_is_not_followed(path):
    beside = path.with_name(f".{os.getpid()}-{threading.get_ident()}.{path.name}")
    victim = path.with_name("victim")
    victim.write_bytes(b"kept")
    beside.symlink_to(victim)
    write_whole(path, b"new")
    assert (path.read_bytes(), victim.read_bytes()) == (b"new", b"kept")


def test_what_a_killed_run_left_is_in_nobodys_way(path):
    path.with_name(f".{os.getpid()}-{threading.get_ident()}.{path.name}").write_bytes(b"half")
    write_whole(path, b"new")
    assert alone(path)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no modes")
def test_a_private_file_is_private_from_the_start(path):
    before = os.umask(0o022)
    try:
        for private, mode in ((True, 0o600), (False, 0o644)):
            with whole(path, private=private) as file:
                assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == mode
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


def test_only_what_must_not_be_lost_waits_for_the_disk(path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write_whole(path, b"new", synced=False)
    assert not synced
    write_whole(path, b"new")
    assert len(synced) == 1


def test_a_file_that_is_not_proved_does_not_get_its_name(path):
    read = []

    def prove(part):
        read.append((part.read_bytes(), part.suffix))
        raise ValueError

    with pytest.raises(ValueError), whole(path, prove=prove) as file:
        file.write(b"new")
    assert read == [(b"new", ".json")]
    assert path.read_bytes() == b"old"
    assert alone(path)


def test_a_folder_in_its_place_or_none_around_it_is_an_error(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "none" / "file"):
        with pytest.raises(OSError):
            write_whole(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
