"""A session's folders: whatever a hostile program has put into them, they are gone afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.sandbox.folders import Folders, remove


def test_the_files_are_there_and_all_is_gone_afterwards(tmp_path):
    folders = Folders({"mnist.py": b"x", "more/parts.py": b"y"}, base=tmp_path)
    assert (folders.submission / "more" / "parts.py").read_bytes() == b"y"
    assert folders.new_scratch().stat().st_mode & 0o777 == 0o700
    folders.remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_scratch_folder_is_its_users_and_the_submission_stays_ours(tmp_path):
    folders = Folders({"mnist.py": b"x", "more/parts.py": b"y"}, user=65001, base=tmp_path)
    assert folders.new_scratch().stat().st_uid == 65001
    for path in (folders.submission, *folders.submission.rglob("*")):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (0, 65001)
        assert not status.st_mode & 0o027
    folders.remove()


def test_folders_deeper_than_a_path_or_a_recursion_may_be_are_removed(tmp_path):
    deep = tmp_path / "deep"
    deep.mkdir()
    here = Path.cwd()
    try:
        os.chdir(deep)
        for _ in range(3000):
            os.mkdir("d" * 20)
            os.chdir("d" * 20)
        Path("end").write_text("x")
    finally:
        os.chdir(here)
    remove(deep)
    assert not deep.exists()


def test_closed_folders_odd_names_and_links_are_removed_and_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir(0o755)
    (outside / "kept").write_text("kept")
    folder = tmp_path / "folder"
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner" / "file").write_text("x")
    (folder / "closed" / ".removed-0").mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "closed" / "inner" / "link").symlink_to(outside / "kept")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"\xff\n\x1b")).mkdir()
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0)
    remove(folder)
    assert not folder.exists()
    assert (outside / "kept").read_text() == "kept"
    assert outside.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_is_not_there_is_no_error(tmp_path):
    remove(tmp_path / "none")
