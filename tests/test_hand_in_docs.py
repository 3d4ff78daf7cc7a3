"""The page on hand-ins says what the code does: its lists of names and its limits are the code's."""

from __future__ import annotations

import re

import pytest

from autograder.home import repository
from autograder.homework import ANSWERS, in_force
from autograder.ingest import beside, download, names, taking
from autograder.ingest.notebooks import MOST_NOTEBOOKS
from autograder.ingest.probes.notebook.cells import MOST_CELLS, MOST_CHARACTERS
from autograder.ingest.unused import looks_like
from autograder.rubric import read_rubric

ROOT = repository()
PAGE = (ROOT / "docs" / "hand-ins.md").read_text(encoding="utf-8")
LIMITS = read_rubric().limits


def listed(begin: str, end: str) -> list[str]:
    """What stands in code's letters between two texts of the page."""
    part = PAGE[PAGE.index(begin) + len(begin) :]
    return re.findall(r"`([^`]+)`", part[: part.index(end)])


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        ("| modules and answers |", ", in any", [*in_force().sources, ANSWERS]),
        ("beside the modules; ", "are never opened", names.PICKLED),
        ("| small data that a module reads |", ":", beside.SUFFIXES),
        ("and so are ", "; in `checkpoints`", names.IGNORED_FOLDERS),
        ("**Archives.**", ". The first bytes", names.ARCHIVES),
        ("are staff's:", ".\n- A loose", download.STAFFS),
        ("|---|---|\n| `.7z`", "(if it is one)", names.UNREAD_ARCHIVES[1:]),
        ("a data set (in ", ", or named", names.DATA_FOLDERS),
    ],
)
def test_each_list_of_the_page_is_the_codes(begin, end, code):
    assert sorted(listed(begin, end)) == sorted(code)


@pytest.mark.parametrize(
    "sentence",
    [
        f"at most {names.MAX_DEPTH} folders deep",
        f"first; {MOST_NOTEBOOKS} are read",
        f"{beside.MOST_FILES} files, {beside.MOST_BYTES / 1e6:g} MB in all",
        f"a depth of {taking.MOST_NESTED} and at most {taking.MOST_ARCHIVES} of them",
        f"| a source or the answers | {LIMITS.source_bytes / 1e6:g} MB |",
        f"| {LIMITS.hand_in_files} files, {LIMITS.hand_in_bytes / 1e6:g} MB |",
        f"| a notebook or a PDF | {LIMITS.document_bytes / 1e6:g} MB |",
        f"| {LIMITS.archive_bytes / 1e6:,.0f} MB, {LIMITS.archive_members:,} members, {LIMITS.archive_ratio} times its",
        f"| a download of a class | {LIMITS.bulk_members:,} members |",
        f"The first {MOST_CELLS:,} cells and {MOST_CHARACTERS:,} characters",
        f"more than {names.NAME_BYTES} bytes",
    ],
)
def test_each_limit_of_the_page_is_the_codes(sentence):
    assert sentence in PAGE


def test_each_example_of_a_name_that_is_nearly_right_is_one():
    found = {name: looks_like(name) for name in listed("| a name that is nearly right:", "|")}
    assert len(found) == 5
    assert all(found.values())


def test_each_example_of_an_archive_under_another_name_is_tried():
    examples = listed("a zip named", "is read")
    assert len(examples) == 4
    assert all(names.is_archive(name) or names.may_be_archive(name) for name in examples)


def test_names_of_notebooks_are_known_and_missing_files_open_archives():
    assert all(names.notebook_number(name) for name in listed("those with names like", "first"))


def test_readers_find_the_page():
    assert "(docs/hand-ins.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
