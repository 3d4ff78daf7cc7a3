"""Grades the one upload of this container: what ``run_autograder`` starts.

The grader is root, student code becomes another user, and what is secret lies where root alone may read. The document
is written after each outcome, so that whatever ends this process costs no more than the check under way. What is
printed Gradescope shows to staff alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path

from autograder.check import Check
from autograder.errors import MisuseError
from autograder.grade import grade
from autograder.gradescope.bounds import BoundedSession
from autograder.gradescope.desk import Desk, unrun_report
from autograder.gradescope.figures import leaderboard
from autograder.gradescope.metadata import Upload, read_metadata
from autograder.gradescope.places import Places
from autograder.gradescope.whose import whose
from autograder.homework import in_force
from autograder.ingest.finding import at_path
from autograder.ingest.reading import read_hand_in
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.recording import load_recording, public_recording
from autograder.render.text import feedback_text
from autograder.report import Report
from autograder.rubric import Rubric, read_rubric
from autograder.sandbox.isolation import readable_by_others, refuse_exposed, require
from autograder.sandbox.layers import identity
from autograder.sandbox.session import Sandbox, Session
from autograder.seeds import PUBLIC_SEED, kind
from autograder.submission import Submission

PHASES = "HW1_PHASES"  # a file that gets a line at the beginning of each phase, for `hw1 preflight`
LEAST_MB = 64  # for a worker: the small networks take less, and what takes more says so
OURS_MB = 320  # of the container's memory, what the grader and the warm parent take (benchmarks/gradescope.md)


def main() -> int:
    """Grade; 0 if the document says all there is to say."""
    began = time.monotonic()
    places = Places.here()
    identity.hide()
    phase("files")
    rubric = within_container(read_rubric(places.rubric))
    seed = read_seed(places)
    desk = Desk(places, rubric, read_metadata(places.metadata), kind(seed), began=began)
    try:
        report = desk.dated(graded(places, rubric, seed, desk))
    except Exception as error:  # noqa: BLE001  ours: the document says so, and no point is lost by it
        traceback.print_exc()
        desk.write(failed(desk, error))
        return 0
    desk.write(report)
    sys.stdout.write(feedback_text(report, rubric))  # with all that students do not read
    phase("end")
    return 0


def within_container(rubric: Rubric) -> Rubric:
    """*rubric* with what the container leaves of it: less memory, and training of small networks alone."""
    box = rubric.gradescope
    memory = max(LEAST_MB, box.memory_mb - OURS_MB)
    limits = rubric.limits
    limits = replace(
        limits,
        memory_mb=min(limits.memory_mb, memory),
        training_memory_mb=min(limits.training_memory_mb, memory),
        address_mb=limits.memory_mb,  # a network that is far too large is called so here, too
    )
    ways = {
        training: tuple(way for way in ways if way != "trained" or training in box.train)
        for training, ways in rubric.ways.items()
    }
    return replace(rubric, limits=limits, ways=ways)


def read_seed(places: Places) -> bytes:
    """The bundle's seed: the staff's, or the public one."""
    if not places.seed.exists():
        return PUBLIC_SEED
    return bytes.fromhex(places.seed.read_text(encoding="ascii").strip())


def graded(places: Places, rubric: Rubric, seed: bytes, desk: Desk) -> Report:
    """The upload's report.

    Raises:
        GraderError, MisuseError, OSError: it can't be graded here; the text says why.
    """
    evidence = public_recording() if seed == PUBLIC_SEED else places.evidence
    with Kit(
        rubric=rubric,
        seed=seed,
        data=places.data,
        device="cpu",
        isolation="best",
        floors=places.floors,
        recorded=lambda: load_recording(evidence),
        bound=partial(bounded, rubric=rubric, began=desk.began),
    ) as kit:
        kit.launcher.warm("torch")
        submission = hand_in(places, desk.upload, kit)
        desk.student = submission.id
        phase("isolation")
        isolate(kit, places)
        phase("documents")
        report = grade(submission, kit, partial(told, desk))
    if rubric.gradescope.leaderboard:
        desk.page = replace(desk.page, leaderboard=leaderboard(report, in_force().leaderboard))
    return report


def bounded(session: Session, rubric: Rubric, began: float) -> Sandbox:
    """*session* within the container's time and memory; *began* is when this program did, by the monotonic clock."""
    less = rubric.limits.memory_mb < rubric.limits.address_mb
    return BoundedSession(session, began + rubric.gradescope.seconds, less, rubric.gradescope.minutes)


def hand_in(places: Places, upload: Upload, kit: Kit) -> Submission:
    """What was uploaded: files, a folder, or an archive beside them; an empty upload is a hand-in of nothing."""
    found = at_path(places.submission, kit.rubric.limits)
    student, flags = whose(found, upload, kit.rubric)
    flags = (*flags, *((upload.problem,) if upload.problem else ()))
    return read_hand_in(found, student, kit.rubric.limits, kit.scratch, flags=flags)


def isolate(kit: Kit, places: Places) -> None:
    """See to it that student code is kept in as the rubric wants, and that no secret lies where it may read.

    Raises:
        MisuseError: this container can't do it.
    """
    if kit.seed == PUBLIC_SEED and places.data is None:
        return  # nothing is at stake, as in `hw1 check`
    require(kit.rubric.gradescope.isolation, kit.layers)
    refuse_exposed({"what is secret": places.secrets, "the results": places.results, "the upload": places.submission})
    exposed = readable_by_others({"what is secret": places.secrets}) if kit.level != "strong" else []
    if exposed:
        raise MisuseError(f"{places.secrets} can be read by student code: setup.sh closes it")


def told(desk: Desk, check: Check, outcome: Outcome | None) -> None:
    """Pass on what is under way and what came of it."""
    if outcome is None:
        phase(check.id, check.part, check.training)
    desk.tell(check, outcome)


def failed(desk: Desk, error: Exception) -> Report:
    """What is known so far; every other check is ungraded, and the document says that it is nobody's fault but ours."""
    ours = Outcome(Status.UNGRADED, f"The kit failed: {type(error).__name__}: {error}")
    outcomes = {check.id: ours for check in in_force().checks} | desk.outcomes
    return unrun_report(desk.rubric, desk.student, outcomes, desk.seed)


def phase(name: str, part: str = "", training: str = "") -> None:
    """Note the beginning of a phase, if somebody measures: of a check with its part, and its training if it has one."""
    if os.environ.get(PHASES):
        with Path(os.environ[PHASES]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"phase": name, "part": part, "training": training}) + "\n")


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that wait for a worker must not delay the end
