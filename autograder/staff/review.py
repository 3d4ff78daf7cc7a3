"""The review page of a class, with the questions as the handout asks them and the solution's answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.home import solution_folder
from autograder.review.serving import Served, require, served
from autograder.rubric import Rubric
from autograder.staff.model_answers import asked


@contextmanager
def page(directory: Path, rubric: Rubric, solution: Path | None, by: str | None, port: int) -> Iterator[Served]:
    """The server of the page for the class whose reports lie in *directory*.

    Args:
        solution: its folder; the repository's if it is None.

    Raises:
        MisuseError: it can't be served; the text says why.
    """
    require()
    with served(directory, rubric, asked(rubric, solution_folder(solution)), by, port) as server:
        yield server
