"""Outcomes where a probe brought no evidence: the code is missing, a stub, raised, or was stopped.

Each says all that is known, and as `Outcome.shown` what is left of it without a word of the worker's.
"""

from __future__ import annotations

import re
import sys

from autograder.evidence import Lack, Raised, Stopped
from autograder.hints import hint_for, sides
from autograder.homework import in_force
from autograder.misspelt import meant
from autograder.outcome import Outcome, Status

OWN = {"source": "reading the file", "import": "the import of import.py"}  # what the engine itself has under way
IN_CELL = ".ipynb, cell "  # of a place in a notebook
FORBIDDEN = (
    "Where it is graded, code can't start processes (DataLoader with num_workers, subprocess), open connections "
    "(downloads), or reach files other than its own."
)
# Common kinds alone: a long list would let a hand-in say much by the choice of one.
KNOWN_KINDS = {
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "FileNotFoundError",
    "ImportError",
    "IndentationError",
    "IndexError",
    "KeyError",
    "NameError",
    "NotImplementedError",
    "OSError",
    "PermissionError",
    "RecursionError",
    "RuntimeError",
    "SyntaxError",
    "TabError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "ValueError",
    "ZeroDivisionError",
}


def broken(seen: Raised | Stopped) -> Outcome:
    """The outcome of a check whose probe was not answered with evidence."""
    return _raised(seen) if isinstance(seen, Raised) else _stopped(seen)


def _raised(seen: Raised) -> Outcome:
    if seen.todo:
        return Outcome(Status.TODO, seen.todo)
    during, known = _under_way(seen.during), _known(seen.during)
    detail = tuple(str(frame) for frame in seen.frames)
    if seen.lacks:
        return _lacking(seen.lacks, known, detail)
    match seen.kind:
        case "MissingFileError":
            hint, shown = "Hand in a file with exactly this name.", f"A file is missing or was not read: {known}."
            return Outcome(Status.FAILED, f"{seen.message}.", hint, shown=shown)
        case "MissingNameError" if seen.message in in_force().raised:
            hint, shown = "The method must have exactly the handout's name.", f"{seen.message}."
            return Outcome(Status.FAILED, shown, hint, shown=shown)
        case "MissingNameError":
            hint, shown = "The class must have exactly the handout's name.", "The class is not defined."
            return Outcome(Status.FAILED, f"{seen.message}.", hint, shown=shown)
        case "SyntaxError" | "IndentationError" | "TabError":
            where = seen.where or f"{seen.during}.py"
            reason = f"{where}: {_readable(seen.message)}."
            shown = reason if seen.read else f"{seen.kind} in {known}."
            hint = "Run the cell: Jupyter shows the same error." if IN_CELL in where else "The file can't be imported."
            return Outcome(Status.FAILED, reason, hint, shown=shown)
        case "MissingPackageError":  # which the kit raises, and a hand-in can
            reason = f"{seen.message} is missing, needed in {seen.where or during}."
            return Outcome(Status.FAILED, reason, detail=detail, shown=f"ImportError in {known}.")
        case "ModuleNotFoundError":
            reason = f"{seen.message or seen.kind}, needed in {seen.where or during}."
            name = re.search(r"'(\w+)", seen.message)
            right = meant(name[1], in_force().module_names) if name is not None else ""
            hint = "The exception is raised by hand, or no package has this name here: look at the line."
            hint = f"The name is misspelt: it should be {right}." if right else hint
            return Outcome(Status.FAILED, reason, hint, detail=detail, shown=f"ModuleNotFoundError in {known}.")
        case "SystemExit":
            reason = f"exit() is called in {during}" + (f" ({seen.where})" if seen.where else "") + "."
            hint, shown = "Remove it, or put it under `if __name__ == '__main__':`.", f"exit() is called in {known}."
            return Outcome(Status.FAILED, reason, hint, detail=detail, shown=shown)
    hint = FORBIDDEN if seen.kind == "PermissionError" else hint_for(seen.kind, seen.message)
    kind = seen.kind if seen.kind in KNOWN_KINDS else "An exception"
    return Outcome(Status.FAILED, _told(seen, during), hint, detail=detail, shown=f"{kind} in {known}.")


def _told(seen: Raised, during: str) -> str:
    """The exception with the student's innermost line, the outermost if it is another, the block, and the shapes."""
    what = f"{seen.kind}: {seen.message}" if seen.message else seen.kind
    places = [seen.where] if seen.where else []
    if seen.frames and str(seen.frames[0]) != seen.where:
        places.append(f"called from {seen.frames[0].place}")
    if seen.block:
        places.append(f"in {seen.block}")
    said = f"{what} in {during}" + (f" ({'; '.join(places)})" if places else "")
    both = sides(seen.message)
    return f"{said}: {both}." if both else f"{said}."


def _lacking(lacks: tuple[Lack, ...], known: str, detail: tuple[str, ...]) -> Outcome:
    """Something is not there, as the grader has found by itself: all of it may be shown.

    A package that is not installed is nobody's fault; a file of the student's that was not handed in is the student's.
    """
    if newer := [one for one in lacks if one.since]:
        return of_newer_python(newer[0], detail)
    known = f"the {known}" if known == "constructor" else known
    if all(one.own for one in lacks):
        files = ", ".join(f"{one.name}.py ({one.where})" for one in lacks)
        reason = f"{files} was not handed in, and {known} needs it."
        return Outcome(Status.FAILED, reason, "Hand in every file that yours import.", detail=detail, shown=reason)
    named = ", ".join(one.name + (f" ({one.where})" if one.where else "") for one in lacks if not one.own)
    reason = f"{named} is not installed where this was graded, and {known} needs it."
    hint = "It is decided on a machine that has it."
    if any(one.where for one in lacks):
        hint = "If it is a file of your own, hand it in too; if it is a package, the homework can be done without it."
    return Outcome(Status.UNGRADED, reason, hint, detail=detail, shown=reason)


def of_newer_python(lack: Lack, detail: tuple[str, ...] = ()) -> Outcome:
    """The outcome of code for a newer Python than this one, which is not a mistake: the points are open."""
    here = f"3.{sys.version_info[1]}"
    reason = f"{lack.where}: {lack.name} needs Python 3.{lack.since} or newer; this grader runs Python {here}."
    hint = f"It is decided where Python is new enough. Code that runs on Python {here} is decided here, too."
    return Outcome(Status.UNGRADED, reason, hint, detail=detail, shown=reason)


def _under_way(during: str) -> str:
    """What was under way, in words."""
    return _words().get(during, during)


def _known(during: str) -> str:
    """What was under way, if a probe of ours called it that."""
    return _words().get(during, "your code")


def _words() -> dict[str, str]:
    """What our probes call what is under way; anything else that a worker says is its own word."""
    homework = in_force()
    return {**OWN, **homework.during, **{module.name: f"the import of {module.file}" for module in homework.modules}}


def _readable(message: str) -> str:
    """Python's message, or a plainer one."""
    if "null bytes" in message or "codec can't decode" in message:
        return "it is not UTF-8 text; save it as UTF-8"
    return message


def _stopped(seen: Stopped) -> Outcome:
    imported = seen.during == "import" or seen.during in {module.name for module in in_force().modules}
    during, known, hint = _under_way(seen.during), _known(seen.during), ""
    match seen.reason:
        case "time":
            what = f"took more than {seen.detail}"
            hint = (
                "Put what trains or downloads under `if __name__ == '__main__':`."
                if imported
                else "Look for a loop that never ends."
            )
        case "memory":
            what = "asked for more memory than there is"
            hint = "Look for a layer that is far too large."
        case "output":
            what = f"printed more than {seen.detail}"
            hint = "Look for a print in a loop."
        case "disk":
            what = f"wrote more than {seen.detail}"
            hint = "Nothing has to be written to a file."
        case "threads":
            what = f"started more than {seen.detail} threads"
        case "died":
            ended, hint = "Stopped: the process ended in", "Look for os._exit, or for a library that crashes."
            # The exit code is the worker's to choose, so it is not shown.
            return Outcome(Status.STOPPED, f"{ended} {during} ({seen.detail}).", hint, shown=f"{ended} {known}.")
        case _:
            what = "sent an invalid reply"
    return Outcome(Status.STOPPED, f"Stopped: {during} {what}.", hint, shown=f"Stopped: {known} {what}.")
