"""What opens the sandbox in which hostile documents are read; a run's kit is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from autograder.sandbox.session import Session
    from autograder.submission import Submission


class Opens(Protocol):
    """Opens a sandbox for probes that read documents."""

    def reading(self, submission: Submission) -> Session:
        """One in which none of *submission*'s code is."""
        ...
