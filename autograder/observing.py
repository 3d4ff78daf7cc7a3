"""One probe in the sandbox, for a case: what it needs of the hand-in, and what its answer means there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder.check import Probe
from autograder.errors import UnsettledError
from autograder.evidence import Array, Frame, Observation, Origin, Raised
from autograder.packages import attributed
from autograder.sandbox.session import Sandbox
from autograder.submission import Submission


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
            raise UnsettledError(why)
        if isinstance(seen, Raised):
            seen = attributed(seen, probe, self.submission)
        return located(seen, self.submission.origins)


def lacking(seen: Observation, modules: tuple[str, ...], submission: Submission) -> str:
    """Why a name has no value that the student's notebook gives it; empty if that is not what was raised."""
    if not isinstance(seen, Raised) or seen.kind not in ("NameError", "MissingNameError"):
        return ""
    words = seen.message.partition(";")[0].replace("'", " ").split()  # "name 'device' is not defined"
    lacks = {name: why for module in modules for name, why in submission.lacks.get(module, {}).items()}
    return next((lacks[word] for word in words if word in lacks), "")


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
