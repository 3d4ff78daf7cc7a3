"""Says in ``results.json`` that the grader was ended before it was done: what was not run says why.

It reads and writes JSON and nothing else, since it runs where memory has just run out.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from autograder.gradescope.places import Places
from autograder.gradescope.results import replace_results
from autograder.outcome import UNRUN, Status

TIME, KILLED = (124, 143), 137  # exit codes: timeout's own, SIGTERM; SIGKILL
REASONS = {
    "time": "the time was up",
    "memory": "the grader was killed, as it is when the container's memory runs out",
    "fault": "the grader failed",
}


def cause_of(status: int) -> str:
    """Why the grader ended with this exit code: a key of REASONS."""
    return "time" if status in TIME else "memory" if status == KILLED else "fault"


def amended(document: dict[str, Any], cause: str) -> dict[str, Any]:
    """*document*, in which each check that was not run says why, and ``extra_data`` has the *cause* as ``ended``."""
    reason = REASONS[cause]
    said = {"output": f"**{Status.UNSETTLED.value}** Not run: {reason}. The points are open, not lost."}
    tests = [test | said if test["extra_data"]["cut_short"] == UNRUN else test for test in document["tests"]]
    output = f"Grading ended early: {reason}. What was done counts.\n\n{document['output']}"
    return document | {"tests": tests, "output": output, "extra_data": document["extra_data"] | {"ended": cause}}


def main() -> None:
    """Amend the document that is there."""
    path = Places.here().results
    document = json.loads(path.read_text(encoding="utf-8"))
    replace_results(path, amended(document, cause_of(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
