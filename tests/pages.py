"""The pages that people read, taken apart: their links, their headings, and the commands in them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograder.home import repository

ROOT = repository()
START = "autograder/staff/START.md"
NAMES = {"wheel": "hw1.whl", "python": "3.11", "name": "hw1", "hw1": "hw1", "part": "2.1"}  # for START.md
PARSER = MarkdownIt().enable("table")


@dataclass(frozen=True)
class Command:
    """A command as a page has it.

    Attributes:
        page: its place in the repository.
        words: without a comment.
        shown: it stands in a block, to be typed; otherwise in a sentence.
    """

    page: str
    words: tuple[str, ...]
    shown: bool

    def __str__(self) -> str:
        return shlex.join(self.words)


def pages() -> list[str]:
    """All pages for users and contributors, by their places in the repository."""
    docs = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
    return ["README.md", "CONTRIBUTING.md", START, *docs]


def text_of(page: str) -> str:
    """What readers get."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return text.format(**NAMES) if page == START else text


def tokens_of(page: str) -> Iterator[Token]:
    """The page's tokens, those within paragraphs and cells among them."""
    for token in PARSER.parse(text_of(page)):
        yield token
        yield from token.children or ()


def links_of(page: str) -> list[str]:
    """What its links and pictures lead to."""
    found = (token.attrs.get("href") or token.attrs.get("src") for token in tokens_of(page))
    return [str(address) for address in found if address]


def anchors_of(page: str) -> list[str]:
    """The anchors of its headings, as a repository's pages and MkDocs name them; only headings are linked to."""
    tokens = PARSER.parse(text_of(page))
    pairs = itertools.pairwise(tokens)
    titles = [after.children or () for token, after in pairs if token.type == "heading_open"]
    return [_anchor("".join(child.content for child in title)) for title in titles]


def _anchor(title: str) -> str:
    kept = re.sub(r"[^\w\s-]", "", title).strip().lower()
    assert not re.search(r"[\s-]{2}", kept), f"GitHub and MkDocs name the anchor of {title!r} differently"
    return re.sub(r"\s", "-", kept)


def commands_of(page: str) -> Iterator[Command]:
    """The commands `hw1` and `make` in it."""
    for token in tokens_of(page):
        if token.type in ("fence", "code_block"):
            lines = token.content.splitlines()
            if token.info == "console":  # the others are what is printed
                lines = [line for line in lines if line.startswith("$ ")]
        elif token.type == "code_inline":
            lines = [" ".join(token.content.split())]
        else:
            continue
        for line in lines:
            for part in line.split(" && "):
                said = part.strip().removeprefix("$ ").removeprefix("!")
                if re.match(r"(hw1|make) [-a-z]", said):
                    yield Command(page, _words(said), token.type != "code_inline")


def _words(line: str) -> tuple[str, ...]:
    return tuple(shlex.split(re.sub(r"\s#.*", "", line)))


def parsed(group: Any, words: tuple[str, ...]) -> tuple[str, Any]:
    """The name of the command and the context that typer makes of *words*, without running it.

    Raises:
        Exception: typer's own: there is no such command or option, or a value does not fit.
    """
    import typer

    context = typer.Context(group, info_name="hw1")
    _, rest, _ = group.make_parser(context).parse_args(list(words))
    if not rest:
        return "", context
    name, *arguments = rest
    command = group.get_command(context, name)
    assert command is not None, f"there is no command {name}"
    return name, command.make_context(f"hw1 {name}", arguments)


def folder_of(page: str) -> Path:
    """Where its links begin."""
    return (ROOT / page).parent
