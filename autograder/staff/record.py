"""Records the evidence of the reference and of every mistake for a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from autograder.check import Check, Probe
from autograder.compare import Compare
from autograder.errors import GraderError
from autograder.evidence import Evidence
from autograder.home import PACKAGE, home_folder
from autograder.homework import homework_folder, in_force
from autograder.ingest.reading import read_submission
from autograder.recording import KnownMistake, Recording, load_recording, public_recording, save_recording
from autograder.rubric import Rubric
from autograder.sandbox.host import Launcher
from autograder.sandbox.session import Session
from autograder.seeds import PUBLIC_SEED, key_for
from autograder.staff.mistake import Mistake
from autograder.staff.of_homework import mistakes
from autograder.submission import Submission

Progress = Callable[[str, int, int], None]
"""Is told what was done last, how many are done, of how many."""


def comparing() -> list[tuple[Check, Compare]]:
    """The homework's checks that judge by comparison."""
    return [(check, check.judge) for check in in_force().checks if isinstance(check.judge, Compare)]


def probes_of(judge: Compare) -> list[Probe]:
    """What a comparison may observe."""
    return [judge.probe] if judge.instead is None else [judge.probe, judge.instead]


def kit_digest(solution: Path) -> str:
    """The digest of all that decides what is recorded: probes, checks, mistakes and the solution."""
    digest = hashlib.sha256()
    own, toolbox = homework_folder(), PACKAGE / "deep_learning"
    folders = [own, own / "probes", own / "mistakes", toolbox, toolbox / "probes", PACKAGE / "sandbox/torch", solution]
    judging = [PACKAGE / "compare.py", PACKAGE / "expect.py"]
    for path in [*judging, *sorted(path for folder in folders for path in folder.glob("*.py"))]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def with_mistake(solution: Submission, mistake: Mistake) -> Submission:
    """The solution with *mistake* put in, as a submission."""
    name = f"{mistake.module}.py"
    source = mistake.apply(solution.files[name].decode()).encode()
    return Submission(mistake.id, {**solution.files, name: source})


def open_session(launcher: Launcher, submission: Submission, rubric: Rubric) -> Session:
    """A warm session: every worker has imported everything."""
    limits = rubric.limits
    return Session(launcher, submission.files, limits.memory_mb << 20, limits.import_seconds, stage="extras")


def record(
    solution: Path, seed: bytes, launcher: Launcher, rubric: Rubric, jobs: int, progress: Progress = lambda *_: None
) -> Recording:
    """Observe the reference and every mistake.

    Raises:
        GraderError: the reference brings no evidence.
    """
    reference = read_submission(solution, rubric.limits)
    judges = comparing()
    wanted = {probe.id: probe for probe in (*in_force().proofs, *(p for _, judge in judges for p in probes_of(judge)))}
    seen: dict[str, Evidence] = {}
    with open_session(launcher, reference, rubric) as session:
        for probe in wanted.values():
            observed = session.observe(probe, key_for(seed, probe.id))
            if not isinstance(observed, Evidence):
                raise GraderError(f"the reference brings no evidence for {probe.id}: {observed}")
            seen[probe.id] = observed
        environment = session.environment

    def known(mistake: Mistake) -> KnownMistake:
        views: dict[str, dict[str, Any]] = {}
        observed = {}
        with open_session(launcher, with_mistake(reference, mistake), rubric) as session:
            for check, judge in judges:
                for probe in probes_of(judge) if check.id in mistake.fails else []:
                    if probe.id not in observed:
                        observed[probe.id] = session.observe(probe, key_for(seed, probe.id))
                    views[f"{check.id}/{probe.id}"] = judge.decides(observed[probe.id])
        return KnownMistake(mistake.id, mistake.says, mistake.fails, views)

    known_ones, wrong = [], mistakes()
    with ThreadPoolExecutor(jobs) as pool:
        for number, one in enumerate(pool.map(known, wrong), 1):
            known_ones.append(one)
            progress(one.id, number, len(wrong))
    return Recording(kit_digest(solution), environment, seen, tuple(known_ones))


def recording_name(seed: bytes, solution: Path) -> str:
    """The file in the user's own folder that holds the recording for a staff seed."""
    return f"recording-{hashlib.sha256(seed + kit_digest(solution).encode()).hexdigest()[:16]}.npz"


def recording_for(
    seed: bytes,
    solution: Path | None,
    launcher: Launcher,
    rubric: Rubric,
    jobs: int,
    progress: Progress = lambda *_: None,
) -> Recording:
    """The recording for *seed*: the one that ships for the public seed, otherwise one kept in the user's own folder.

    A staff seed's is made on first use, and again when the kit or the solution has changed.
    """
    if seed == PUBLIC_SEED:
        return load_recording(public_recording())
    if solution is None:
        raise GraderError("a staff seed needs the solution")
    path = home_folder() / recording_name(seed, solution)
    if path.exists():
        return load_recording(path)
    made = record(solution, seed, launcher, rubric, jobs, progress)
    save_recording(made, path)
    path.chmod(0o600)
    return made
