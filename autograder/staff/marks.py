"""The SOLUTION marks: what is between them is not for students.

Between ``# BEGIN SOLUTION <todo>: <hint>`` and ``# END SOLUTION`` of Python stands what students do not get: they get
``# TODO <todo>: <hint>`` and a ``raise NotImplementedError`` with the same text. In Markdown the marks are comments,
``<!-- BEGIN SOLUTION Q1 -->``, and the block becomes a line to write at.
"""

from __future__ import annotations

import re

from autograder.errors import GraderError

PYTHON = re.compile(
    r"^(?P<indent> *)# BEGIN SOLUTION (?P<todo>\S+): (?P<hint>.*)\n(?P<secret>(?:.*\n)*?) *# END SOLUTION\n",
    re.MULTILINE,
)
MARKDOWN = re.compile(
    r"^<!-- BEGIN SOLUTION (?P<todo>\S+) -->\n(?P<secret>(?:.*\n)*?)<!-- END SOLUTION -->\n", re.MULTILINE
)
STUB = r'\g<indent># TODO \g<todo>: \g<hint>\n\g<indent>raise NotImplementedError("TODO \g<todo>: \g<hint>")\n'
WRITE_HERE = r"*Write your answer to \g<todo> here.*\n"


def student_text(name: str, text: str, python: bool) -> str:
    """Return *text*, lines of Python or Markdown, as students get it.

    Raises:
        GraderError: a mark of *name* has no partner.
    """
    made = PYTHON.sub(STUB, text) if python else MARKDOWN.sub(WRITE_HERE, text)
    if "BEGIN SOLUTION" in made or "END SOLUTION" in made:
        raise GraderError(f"{name}: a SOLUTION mark lacks its partner, or its number and hint")
    return made


def secrets_of(text: str, python: bool) -> list[list[str]]:
    """The lines of each block between marks."""
    return [match["secret"].splitlines() for match in (PYTHON if python else MARKDOWN).finditer(text)]
