"""What MkDocs does beside rendering ``docs/``: it takes pages from elsewhere in the repository, and makes some.

``README.md`` is the site's first page; measurements, ``CONTRIBUTING.md`` and ``CHANGELOG.md`` are pages that are linked
to. Links between them are written for the repository, and are moved to where the pages stand in the site. The pages of
commands are made from the commands' own help, so that they say what the commands say.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
FIRST = "README.md"
ELSEWHERE = (FIRST, "CONTRIBUTING.md", "CHANGELOG.md")  # and all of benchmarks/
LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")
STUDENTS, STAFF = "commands-students.md", "commands-staff.md"
HEAD = {
    STUDENTS: """# The students' commands

Each command says all of this itself: `hw1 check --help`.
Exit codes: 0 it worked, and with `hw1 check` everything passed; 1 something did not pass or could not be trained;
2 the command was misused; 3 the kit failed; 130 you stopped it.
""",
    STAFF: """# Staff's commands

They are in the repository alone: in what students get, each of these names says where it is. Each says all of this
itself: `hw1 grade --help`.

Exit codes: 0 it worked; 1 the grader is wrong (`hw1 verify`) or does not fit (`hw1 preflight`); 2 the command was
misused; 3 the kit failed; 130 you stopped it.
""",
}


# Pages from elsewhere


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from elsewhere and those that are made."""
    from mkdocs.structure.files import File, InclusionLevel

    for source in elsewhere():
        told = InclusionLevel.INCLUDED if source == FIRST else InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, in_site(source), abs_src_path=str(ROOT / source), inclusion=told))
    for name in HEAD:
        files.append(File.generated(config, name, content=commands_page(name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the page's links to where their targets stand in the site."""
    sources = {in_site(source): source for source in elsewhere()}
    return moved(markdown, sources.get(page.file.src_uri, f"docs/{page.file.src_uri}"))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Give the theme's dialog for the search its name, which who can't see it needs."""
    return output.replace('role="dialog"', 'role="dialog" aria-label="Search"')


def elsewhere() -> Iterator[str]:
    """The pages that do not lie in docs/, by their places in the repository."""
    yield from ELSEWHERE
    yield from (f"benchmarks/{path.name}" for path in sorted((ROOT / "benchmarks").glob("*.md")))


def in_site(source: str) -> str:
    """Where a file of the repository stands in the site."""
    return "index.md" if source == FIRST else source.removeprefix("docs/")


def moved(markdown: str, source: str) -> str:
    """*markdown*, the text of the file *source* of the repository, with the links that it has in the site."""
    here = posixpath.dirname(in_site(source))

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found["path"]))
        return posixpath.relpath(in_site(target), here or ".") + (found["anchor"] or "")

    return LINK.sub(link, markdown)


# The pages of commands


def commands_page(name: str) -> str:
    """A page of commands as Markdown: what each does, an example, its arguments and its options."""
    return "\n".join([HEAD[name], *_commands(name == STAFF)])


def _commands(staffs: bool) -> Iterator[str]:
    import typer

    import cli

    group: Any = typer.main.get_command(cli.app)
    if not staffs:
        yield "Options that stand before the command:\n"
        yield _table("option", group, typer.Context(group, info_name="hw1"))
    for name, command in group.commands.items():
        if (name in cli.STAFF) == staffs and not command.hidden:
            yield from _command(f"hw1 {name}", command, typer.Context(command, info_name=f"hw1 {name}"))


def _command(called: str, command: Any, context: Any) -> Iterator[str]:
    yield f"## {called}\n"
    for paragraph in re.split(r"\n\s*\n", (command.help or "").strip()):
        yield _paragraph(paragraph)
    yield f"`{' '.join(command.get_usage(context).removeprefix('Usage:').split())}`\n"
    yield _table("argument or option", command, context)


def _table(what: str, command: Any, context: Any) -> str:
    """What may stand behind a command, with its help."""
    records = (one.get_help_record(context) for one in command.get_params(context))
    rows = [f"| `{_cell(left.strip())}` | {_text(_cell(right))} |" for left, right in filter(None, records)]
    return "\n".join([f"| {what} | what it is |", "|---|---|", *rows, ""])


def _paragraph(text: str) -> str:
    """A paragraph of a command's help; its examples are a block, a line each."""
    said = " ".join(text.replace("\b", "").split())
    examples = re.sub("^Examples?: ", "", said)
    if examples == said:
        return f"{_text(said)}\n"
    lines = re.sub("(?<!&&) (?=hw1 )", "\n", examples)
    return f"```sh\n{lines}\n```\n"


def _cell(text: str) -> str:
    """*text* as a cell of a table takes it."""
    return " ".join(text.split()).replace("|", "\\|")


def _text(text: str) -> str:
    """*text* that is shown as it is: nothing in it is markup but `code`."""
    return re.sub(r"[<*_](?=[^`]*(?:`[^`]*`[^`]*)*$)", r"\\\g<0>", text)
