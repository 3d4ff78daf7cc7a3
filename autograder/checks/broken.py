"""Outcomes where a probe brought no evidence: the code is missing, a stub, raised, or was stopped."""

from __future__ import annotations

from autograder.evidence import Raised, Stopped
from autograder.outcome import Outcome, Status

MEANING = {
    "source": "reading the file",
    "network": "running the network",
    "pretrained": "running the network",
    "train": "Trainer.train",
    "test": "Trainer.test",
    "confusion": "Trainer.compute_conf",
    "fit_start": "building what is trained",
    "fit_epoch": "training",
    "infer": "running the trained network",
}
IMPORTED_NAMES = ("mnist", "ablations", "trainer", "vgg", "import")


def broken(seen: Raised | Stopped) -> Outcome:
    """The outcome of a check whose probe was not answered with evidence."""
    return _raised(seen) if isinstance(seen, Raised) else _stopped(seen)


def _raised(seen: Raised) -> Outcome:
    if seen.todo:
        return Outcome(Status.TODO, seen.todo)
    during = (
        f"the import of {seen.during}.py" if seen.during in IMPORTED_NAMES else MEANING.get(seen.during, seen.during)
    )
    detail = tuple(str(frame) for frame in seen.frames)
    match seen.kind:
        case "MissingFileError":
            return Outcome(Status.FAILED, f"{seen.message}.", "Hand in a file of exactly this name.")
        case "MissingNameError":
            return Outcome(Status.FAILED, f"{seen.message}.", "The class must have exactly the handout's name.")
        case "SyntaxError" | "IndentationError" | "TabError":
            where = seen.where or f"{seen.during}.py"
            return Outcome(Status.FAILED, f"{where}: {_readable(seen.message)}.", "The file can't be imported.")
        case "ModuleNotFoundError":
            hint = (
                "If it is a file of your own, hand it in too; if it is a package, the homework can be done without it."
            )
            return Outcome(Status.UNGRADED, f"{seen.message}, needed in {seen.where or during}.", hint, detail=detail)
        case "SystemExit":
            reason = f"exit() is called in {during}" + (f" ({seen.where})" if seen.where else "") + "."
            return Outcome(
                Status.FAILED, reason, "Remove it, or put it under `if __name__ == '__main__':`.", detail=detail
            )
    what = f"{seen.kind}: {seen.message}" if seen.message else seen.kind
    return Outcome(Status.FAILED, f"{what} in {during}" + (f" ({seen.where})." if seen.where else "."), detail=detail)


def _readable(message: str) -> str:
    """Python's message, or a plainer one."""
    if "null bytes" in message or "codec can't decode" in message:
        return "it is not text in UTF-8; save it as UTF-8"
    return message


def _stopped(seen: Stopped) -> Outcome:
    imported = seen.during in IMPORTED_NAMES
    during = f"the import of {seen.during}.py" if imported else MEANING.get(seen.during, seen.during)
    hint = ""
    match seen.reason:
        case "time":
            reason = f"Stopped: {during} took more than {seen.detail}."
            hint = (
                "Put what trains or downloads under `if __name__ == '__main__':`."
                if imported
                else "Look for a loop that never ends."
            )
        case "memory":
            reason = f"Stopped: {during} asked for more memory than there is."
            hint = "Look for a layer that is far too large."
        case "output":
            reason = f"Stopped: {during} printed more than {seen.detail}."
            hint = "Look for a print in a loop."
        case "died":
            reason = f"Stopped: the process ended in {during} ({seen.detail})."
            hint = "Look for os._exit, or for a library that crashes."
        case _:
            reason = f"Stopped: {during} answered with something that is no answer."
    return Outcome(Status.STOPPED, reason, hint)
