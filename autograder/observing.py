"""One probe in the sandbox, for a case: what it needs of the hand-in, and what its answer means there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Array, Frame, Observation, Origin, Raised, Stopped
from autograder.files import newer_form, reading
from autograder.packages import attributed
from autograder.sandbox.session import Sandbox
from autograder.submission import Submission
from autograder.text import visible

NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
LACK_SHOWN = 600  # characters of what was raised for want of a name
OF_NAMES = ("NameError", "UnboundLocalError", "MissingNameError")
FAILED_LINE = re.compile(r"; ([.@]?\w+): (?:failed|took)")  # as a worker says it (sandbox/attempt.py)
WORD = re.compile(r"\w+")
STUCK = "the import stopped early, and such a line may be why: {}"


@dataclass(frozen=True)
class Observer:
    """Runs probes beside *submission*, in *sandbox*."""

    submission: Submission
    sandbox: Sandbox

    def __call__(self, probe: Probe, key: bytes, arrays: Mapping[str, Array]) -> Observation:
        """Run *probe* with the *key* that is its own, unless a file that it needs could not be read.

        Raises:
            UnsettledError: it can't be told here whether the file was handed in, or which one counts.
        """
        for module in probe.modules:
            file = f"{module}.py"
            why = self.submission.open_reason(file)
            if why:
                raise UnsettledError(why)
            problem = self.submission.lack(file)
            if problem:
                return Raised("MissingFileError", problem, during=module)
        seen = self.sandbox.observe(probe, key, arrays)
        why = lacking(seen, probe.modules, self.submission)
        if why:
            raise UnsettledError(why, *([visible(seen.message, LACK_SHOWN)] if isinstance(seen, Raised) else []))
        if isinstance(seen, Raised):
            seen = unreadable(seen, probe.modules, self.submission)
            seen = attributed(seen, probe, self.submission)
            if seen.kind in NO_PYTHON and seen.frames:
                seen = self._read_again(seen)
        return located(seen, self.submission.origins)

    def _read_again(self, seen: Raised) -> Raised:
        """*seen* with what only a newer Python reads in the source that this one could not parse."""
        file = seen.frames[-1].file
        if file not in self.submission.files:
            return seen
        again = self.sandbox.observe(reading(file), b"", {})  # no code of the hand-in's decides it, and no key
        lack = newer_form(again, file, self.submission.origins.get(file, ()))
        return replace(seen, lacks=(lack,)) if lack is not None else seen


def lacking(seen: Observation, modules: tuple[str, ...], submission: Submission) -> str:
    """Why a name has no value that the student's notebook gives it; empty if that is not what went wrong.

    A line that can't be ended by itself stops the import that it stands in.
    """
    lacks = {name: why for module in modules for name, why in submission.lacks.get(module, {}).items()}
    if isinstance(seen, Stopped) and seen.during in modules and submission.lacks.get(seen.during):
        return STUCK.format(next(iter(submission.lacks[seen.during].values())))
    if not isinstance(seen, Raised):
        return ""
    failed = FAILED_LINE.search(seen.message)
    if failed is not None and failed[1] in lacks:
        return lacks[failed[1]]
    if seen.todo:
        return ""
    said = seen.message.partition(";")[0]
    words = WORD.findall(said) if seen.kind in OF_NAMES else []  # "name 'device' is not defined"
    last = WORD.findall(said)[-1:] if seen.kind in ("AttributeError", "KeyError", "MissingNameError") else []
    last += ["forward"] if seen.kind == "NotImplementedError" else []  # what nn.Module has in its place
    return next(
        (lacks[word] for word in (*words, *(f"{mark}{word}" for word in last for mark in ".@")) if word in lacks), ""
    )


def unreadable(seen: Raised, modules: tuple[str, ...], submission: Submission) -> Raised:
    """*seen*, or the syntax error in a notebook for which the name is not there that it misses."""
    if seen.kind not in OF_NAMES or not any(f"{module}.py" in submission.origins for module in modules):
        return seen
    words = WORD.findall(seen.message.partition(";")[0])
    name = next((word for word in words if word in submission.broken), "")
    if not name:
        return seen
    origin, text = submission.broken[name]
    frame = Frame(f"{origin.notebook}, cell {origin.cell}", origin.line, "", "")
    return Raised("SyntaxError", text, (frame,), seen.during, read=True)


def located(seen: Observation, origins: Mapping[str, tuple[Origin, ...]]) -> Observation:
    """*seen* with the cells of a notebook in the place of lines of the sources that were made of it."""
    if not isinstance(seen, Raised):
        return seen
    frames = tuple(_in_notebook(frame, origins.get(frame.file, ())) for frame in seen.frames)
    file, _, rest = seen.message.partition(" ")
    lacks = seen.kind == "MissingNameError" and origins.get(file)
    return replace(seen, frames=frames, message=f"{origins[file][0].notebook} {rest}" if lacks else seen.message)


def _in_notebook(frame: Frame, origins: tuple[Origin, ...]) -> Frame:
    if not 1 <= frame.line <= len(origins):
        return frame
    origin = origins[frame.line - 1]
    return replace(frame, file=f"{origin.notebook}, cell {origin.cell}", line=origin.line)
