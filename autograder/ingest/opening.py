"""What opens the sandbox in which hostile documents are read; a run's kit is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from autograder.sandbox.session import Sandbox
    from autograder.submission import Submission


class Opens(Protocol):
    """Opens a sandbox for probes that read documents."""

    def reading(self, submission: Submission) -> AbstractContextManager[Sandbox]:
        """One in which none of *submission*'s code is."""
        ...
