"""The folder that a student names: whether it is a working copy, the same for all commands that take one."""

from __future__ import annotations

from pathlib import Path

from autograder.command_line import typed
from autograder.errors import MisuseError
from autograder.homework import in_force
from autograder.ingest.names import notebook_number, shown
from autograder.submission import Submission


def require_folder(directory: Path) -> Path:
    """Return *directory*.

    Raises:
        MisuseError: it is not a folder.
    """
    if not directory.is_dir():
        what = "is a file; name the folder" if directory.exists() else "does not exist"
        raise MisuseError(f"{directory} {what}")
    return directory


def where_it_is(directory: Path, submission: Submission, command: str = "check") -> tuple[str, ...]:
    """A remark, where the working copy does not lie in *directory* itself but below it.

    Args:
        directory: what was named, for the *command*.
        submission: what was read in it.

    Raises:
        MisuseError: there is no working copy, or there are several that differ.
    """
    if holds_work(directory):
        return ()
    below = works_below(directory)
    known = {*submission.files, *submission.problems, *submission.undecided} & in_force().known
    if not known:
        said = (*submission.missing.values(), *(text for text in submission.unread if text in submission.remarks))
        about = f" {said[0]}." if said else ""
        wanted = (*sorted(in_force().known), *(one.name for one in in_force().notebooks))
        raise MisuseError(
            f"{called(directory)} is not a working copy: it has none of {', '.join(wanted[:-1])} and {wanted[-1]}."
            f"{about} Name yours, as in hw1 {command} DIR, or make one: hw1 init DIR"
        )
    if len(below) > 1 and submission.undecided:
        raise MisuseError(
            f"{called(directory)} holds several working copies ({', '.join(shown(one.name) for one in below)}): "
            f"name one, as in {typed(command, *folder_words(below[0]))}"
        )
    names = ", ".join(shown(one.name) for one in below)
    return (f"The files were found below {called(directory)}: {names}",) if below else ()


def works_below(directory: Path) -> list[Path]:
    """The folders in *directory* that hold work, by name."""
    return sorted(child for child in directory.iterdir() if child.is_dir() and holds_work(child))


def holds_work(folder: Path) -> bool:
    """Whether a known file or one of the notebooks lies directly in *folder*."""
    try:
        return any(child.name in in_force().known or notebook_number(child.name) for child in folder.iterdir())
    except OSError:  # closed to whoever asks, or no folder
        return False


def called(directory: Path) -> str:
    """*directory* in a sentence."""
    return "this folder" if str(directory) == "." else str(directory)


def folder_words(directory: Path) -> tuple[str, ...]:
    """How *directory* is named on a command line; not at all, if it is the current one."""
    name = str(directory)
    return () if name == "." else (f"./{name}" if name.startswith("-") else name,)
