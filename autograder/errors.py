"""The exceptions, by whose fault they are.

::

    Exception
     ├── HandinError     the student's files: named in the report, the other hand-ins go on
     ├── UnsettledError  nobody's: the place keeps it from being decided, the points stay open
     ├── MisuseError     how the command was called: exit code 2
     └── GraderError     ours: exit code 3, and never a lost point
          └── ProtocolError   a worker sent bytes that are not a reply
               └── EndedError   it stopped before its reply was complete
    BaseException
     └── OutdatedError   nobody's: what was asked for is no longer wanted
"""


class HandinError(Exception):
    """A hand-in, or a part of it, can't be read; the text is the sentence for the student."""


class UnsettledError(Exception):
    """Something can't be decided where it is tried; the text says why, as the rest of "Not settled: ...".

    Args:
        why: the text; students read it.
        detail: what a worker said of it, for staff, and for students where the seed is public.
        cut_short: by what the place cut it short, as ``outcome.Outcome`` has it; empty if by nothing.
    """

    def __init__(self, why: str, *detail: str, cut_short: str = "") -> None:
        super().__init__(why)
        self.detail = detail
        self.cut_short = cut_short


class MisuseError(Exception):
    """The command was called with something it can't work with; the text says what to do."""


class GraderError(Exception):
    """The kit itself failed."""


class ProtocolError(GraderError):
    """A worker's bytes are not a frame, or larger than what was asked for."""


class EndedError(ProtocolError):
    """A worker's stream ended before its reply did."""


class OutdatedError(BaseException):
    """Nobody waits for the answer any more. No handler of errors in a check may take it for one."""
