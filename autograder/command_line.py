"""The command line's machinery: the app, exit codes, and how a command's errors become one sentence."""

from __future__ import annotations

import functools
import io
import os
import re
import shlex
import shutil
import signal
import sys
import textwrap
from collections.abc import Callable, Iterable
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder.errors import GraderError, MisuseError
from autograder.homework import choose
from autograder.text import plain

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


CLEAR = "\r\x1b[K"  # takes away what stands in the terminal's line, like progress
PLAIN_WORD = re.compile(r"[\w.:,/\\+=~-]+")  # which needs no quotes on Windows
BACKSLASHES = re.compile(r"(\\+)$")  # before a closing quote Windows takes them in pairs


class ExitCode(IntEnum):
    """What a command returns to the shell."""

    OK = 0
    NOT_PASSED = 1
    MISUSE = 2
    OUR_FAULT = 3
    INTERRUPTED = 130  # as shells say it for Ctrl-C
    TERMINATED = 143  # and for SIGTERM


class Terminated(KeyboardInterrupt):
    """SIGTERM: everything is cleared up as after Ctrl-C."""


class _State:
    debug = False
    homework: Path | None = None  # that was asked for


def _version(wanted: bool) -> None:
    if wanted:
        from autograder import __version__

        print(f"hw1 {__version__}")
        raise typer.Exit


@app.callback()
def main(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback when the kit itself fails.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    homework: Annotated[
        Path | None, typer.Option("--homework", metavar="DIR", help="Use another homework: the folder of its package.")
    ] = None,
) -> None:
    """Check and grade the homework "PyTorch Tutorial for Computer Vision"."""
    _State.debug = debug
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without some of the characters still shows the others
        sys.stdout.reconfigure(errors="backslashreplace")
    _State.homework = homework
    if homework is not None:
        try:
            choose(homework)
        except MisuseError as error:
            raise typer.Exit(complain(str(error), ExitCode.MISUSE)) from error


def command(function: Callable[..., int | None], name: str | None = None, **settings: Any) -> Callable[..., None]:
    """Make *function* a command whose errors are one sentence and an exit code.

    Args:
        name: the command's; otherwise the function's, with dashes.
        settings: of typer's ``command``.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        signal.signal(signal.SIGTERM, _terminate)
        try:
            code = function(*args, **kwargs)
        except MisuseError as error:
            code = complain(str(error), ExitCode.MISUSE)
        except KeyboardInterrupt as stop:
            how = ExitCode.TERMINATED if isinstance(stop, Terminated) else ExitCode.INTERRUPTED
            code = complain("stopped; what was finished is kept", how)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if _State.debug:
                raise
            what = str(error) if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
            code = complain(f"the kit failed, not you: {what} (hw1 --debug shows more)", ExitCode.OUR_FAULT)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)  # threads that wait for a worker must not delay the prompt

    whole = (function.__doc__ or "").partition("\n")[0]  # in the list of commands; typer would cut it after some words
    app.command(name, short_help=whole, **settings)(run)
    return run


def _terminate(number: int, frame: object) -> None:
    raise Terminated


def note(text: str) -> None:
    """Print *text* beside the results; on a terminal no word is broken, and it takes the place of progress."""
    said = f"hw1: {text}"
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        said = CLEAR + "\n".join(textwrap.wrap(said, width, break_long_words=False, break_on_hyphens=False))
    print(said, file=sys.stderr)


def begin(text: str) -> None:
    """Show on a terminal what is begun, before anything slow is imported; what is shown next takes its place."""
    if sys.stderr.isatty() and sys.stdout.isatty():
        sys.stderr.write(f"{CLEAR}{plain(text, max(1, shutil.get_terminal_size().columns - 1))}")
        sys.stderr.flush()


def complain(text: str, code: ExitCode) -> ExitCode:
    """Print *text* as an error, and return the exit code."""
    note(text)
    return code


def typed(*words: object) -> str:
    """What one types to run ``hw1`` with *words*, for the homework that was asked for."""
    homework = ["--homework", str(_State.homework)] if _State.homework is not None else []
    return quoted(["hw1", *homework, *map(str, words)])


def quoted(words: Iterable[str], windows: bool | None = None) -> str:
    """*words* as one types them: for a POSIX shell, or on Windows for cmd and PowerShell alike."""
    if not (sys.platform == "win32" if windows is None else windows):
        return shlex.join(words)
    return " ".join(_quoted_there(word) for word in words)


def _quoted_there(word: str) -> str:
    if PLAIN_WORD.fullmatch(word):
        return word
    doubled = BACKSLASHES.sub(r"\1\1", word)
    return f'"{doubled}"'


def cores(jobs: int | None) -> int:
    """Return *jobs*, or one for each core that this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return jobs or allowed or 1
