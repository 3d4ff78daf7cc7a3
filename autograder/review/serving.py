"""Serves the review page until it is stopped."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.cohort.tables import last_reports
from autograder.cohort.tables import opened as opened_class
from autograder.cohort.whose import deciding
from autograder.errors import MisuseError
from autograder.review.answers import Question
from autograder.rubric import Rubric

HOST = "127.0.0.1"
NEEDED = ("starlette", "uvicorn")


@dataclass(frozen=True)
class Served:
    """A server that is ready to run.

    Attributes:
        address: what to open in a browser, with the token.
        remarks: what staff should know of the journal.
        run: serves until Ctrl-C.
        stop: ends that, from another thread.
    """

    address: str
    remarks: tuple[str, ...]
    run: Callable[[], None]
    stop: Callable[[], None]


def require() -> None:
    """Say what to do where the extra is not installed.

    Raises:
        MisuseError: it is not.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MisuseError(f"the review page needs {' and '.join(missing)}: pip install 'hw1[review]'")


@contextmanager
def served(
    directory: Path, rubric: Rubric, questions: Iterable[Question], by: str | None, port: int
) -> Iterator[Served]:
    """A server for the class whose reports lie in *directory*; at the end all documents are written.

    Args:
        by: who grades, if the page is told nothing else; the system's user if it is None.
        port: 0 for any that is free.

    Raises:
        MisuseError: the extra is missing, nothing was graded there, another command writes to it, or the port is taken.
    """
    require()
    import uvicorn

    from autograder.review.desk import Desk
    from autograder.review.documents import Documents
    from autograder.review.evidence import evidence
    from autograder.review.grading import Grading
    from autograder.review.grouping import THRESHOLD
    from autograder.review.papers import Papers
    from autograder.review.server import application
    from autograder.review.view import View

    who = deciding(by)
    with opened_class(directory, rubric, who) as (journal, _), _listening(port) as listener:
        grading = Grading(journal, last_reports(journal), questions)
        if not grading.questions:
            raise MisuseError(
                f"{directory}: no hand-in has a written answer, so that there is nothing to grade by hand"
            )
        grading.add_first_items()
        papers = Papers(journal, rubric)
        view = View(grading, rubric.title, rubric.total, THRESHOLD, evidence(grading.reports))
        token = secrets.token_urlsafe(32)
        try:
            with Documents(directory, rubric, grading) as documents:
                desk = Desk(grading, view, documents, papers, rubric, who)
                config = uvicorn.Config(application(desk, token), log_level="warning", access_log=False, lifespan="off")
                server = uvicorn.Server(config)
                address = f"http://{HOST}:{listener.getsockname()[1]}/?token={token}"
                yield Served(address, tuple(journal.remarks), lambda: _run(server, listener), lambda: _stop(server))
            if documents.trouble:
                raise MisuseError(f"{documents.trouble} All points are in the journal: hw1 report {directory}")
        finally:
            papers.close()


def _run(server: Any, listener: socket.socket) -> None:
    with suppress(KeyboardInterrupt):  # which ends it; it is passed on when all requests are answered
        server.run([listener])


def _stop(server: Any) -> None:
    server.should_exit = True


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise MisuseError(f"port {port} can't be used: {error}. Name another one with --port.") from error
        yield listener
    finally:
        listener.close()
