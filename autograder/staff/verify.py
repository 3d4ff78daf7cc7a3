"""The grader tests itself: the solution earns everything, the handout nothing, each mistake fails by name."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.deep_learning.accuracy import Accuracy
from autograder.evidence import Observation
from autograder.expect import in_tolerances
from autograder.grade import grade, judged
from autograder.homework import in_force
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import Report
from autograder.sandbox.host import ForkLauncher
from autograder.sandbox.session import Session
from autograder.seeds import key_for
from autograder.staff.mistake import Mistake
from autograder.staff.of_homework import mistakes
from autograder.staff.record import Progress, comparing, open_session, probes_of, with_mistake

# Ways in which the machine that grades may differ from the one that recorded.
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "the same again": {},
    "two threads": {"OMP_NUM_THREADS": "2"},
    "AVX2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "no vector instructions": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
}
NOISE_LIMIT = 0.1  # of a tolerance, for the reference against itself
SIGNAL_LIMIT = 10.0  # tolerances, for the nearest mistake
MARGIN = 100.0


@dataclass(frozen=True)
class Fault:
    """Something that the grader gets wrong."""

    about: str
    text: str


@dataclass(frozen=True)
class Margin:
    """One check's distances, in tolerances: of the reference to itself, and of the nearest mistake to the reference.

    ``signal`` is infinite where every mistake differs in a fact.
    """

    check_id: str
    noise: float
    noisiest: str
    signal: float
    nearest: str

    @property
    def ratio(self) -> float:
        """How many times farther the nearest mistake is than the noise."""
        return self.signal / max(self.noise, 1e-9)

    @property
    def wrong(self) -> bool:
        """Whether noise and mistakes come too near to each other or to the tolerance."""
        return self.noise > NOISE_LIMIT or self.signal < SIGNAL_LIMIT or self.ratio < MARGIN


@dataclass(frozen=True)
class Verification:
    """What was found: faults, figures, margins."""

    solution: Report
    handout: Report
    mistakes: int
    named: int
    margins: tuple[Margin, ...]
    faults: tuple[Fault, ...]


class Verifier:
    """Grades the solution, the handout and every mistake with the public seed."""

    def __init__(self, kit: Kit, solution: Path, handout: Path):
        self.kit = kit
        self.untrained = replace(kit, train="never")
        self.solution = read_submission(solution, kit.rubric.limits)
        self.handout = read_submission(handout, kit.rubric.limits)

    def run(self, jobs: int, progress: Progress = lambda *_: None) -> Verification:
        """Verify everything; *progress* is told of each submission."""
        known = mistakes()
        total = len(known) + 2
        with self.kit.session(self.solution) as session:
            case = self.kit.case(self.solution, session)
            solution = judged(case, session)
        progress("the solution", 1, total)
        handout = grade(self.handout, self.kit)
        progress("the handout", 2, total)
        faults = [*solution_faults(solution), *handout_faults(handout)]
        named = 0
        with ThreadPoolExecutor(jobs) as pool:
            tasks = pool.map(lambda m: self._mistake(m, case.seen), known)
            for number, (mistake, found) in enumerate(zip(known, tasks, strict=True), 3):
                faults += found
                named += not found
                progress(mistake.id, number, total)
        margins = self.margins()
        faults += [
            Fault(
                m.check_id,
                f"noise {m.noise:.2g} ({m.noisiest}), nearest mistake {m.signal:.3g} ({m.nearest}), in tolerances",
            )
            for m in margins
            if m.wrong
        ]
        return Verification(solution, handout, len(known), named, margins, tuple(faults))

    def margins(self, environments: dict[str, dict[str, str]] = ENVIRONMENTS) -> tuple[Margin, ...]:
        """Measure each check: how far the reference is from itself elsewhere, and how near the nearest mistake is."""
        noise = {check.id: (0.0, "nothing") for check, _ in comparing()}
        for name, variables in environments.items():
            launcher = ForkLauncher(variables)
            try:
                with open_session(launcher, self.solution, self.kit.rubric) as session:
                    seen = self._reference_seen(session)
            finally:
                launcher.close()
            for check, judge in comparing():
                for probe in probes_of(judge):
                    mine, wanted = judge.decides(seen[probe.id]), judge.view(self.kit.recording.reference[probe.id])
                    mine, wanted = judge.deciding(mine), judge.deciding(wanted)
                    noise[check.id] = max(noise[check.id], (in_tolerances(mine, wanted), name))
        margins = []
        for check, judge in comparing():
            signals = [(float("inf"), "differs in facts")]
            for mistake in self.kit.recording.mistakes:
                for probe in probes_of(judge):
                    view = mistake.views.get(f"{check.id}/{probe.id}")
                    if view is not None:
                        wanted = judge.deciding(judge.view(self.kit.recording.reference[probe.id]))
                        signals.append((in_tolerances(judge.deciding(dict(view)), wanted), mistake.id))
            margins.append(Margin(check.id, *noise[check.id], *min(signals)))
        return tuple(margins)

    def _reference_seen(self, session: Session) -> dict[str, Observation]:
        probes = {probe.id: probe for _, judge in comparing() for probe in probes_of(judge)}
        return {
            name: session.observe(probe, key_for(self.kit.seed, probe.draws or name)) for name, probe in probes.items()
        }

    def _mistake(self, mistake: Mistake, seen: Mapping[str, Observation]) -> list[Fault]:
        """Grade it; what its module has no part in is taken from the solution's grading."""
        elsewhere = [p for _, judge in comparing() for p in probes_of(judge) if mistake.module not in p.modules]
        known = {probe.id: seen[probe.id] for probe in elsewhere if probe.id in seen}
        return mistake_faults(mistake, grade(with_mistake(self.solution, mistake), self.untrained, known=known))


def solution_faults(report: Report) -> list[Fault]:
    """The solution must lose nothing, and nothing of it may be ungraded."""
    bad = [n for n in report.lines if n.outcome.status not in (Status.PASSED, Status.UNSETTLED, Status.BY_HAND)]
    return [Fault("the solution", f"{n.id}: {n.outcome.status.value}: {n.outcome.reason}") for n in bad]


def handout_faults(report: Report) -> list[Fault]:
    """The handout must earn nothing, and say "to do" wherever it is judged."""
    allowed = (Status.TODO, Status.BY_HAND)
    bad = [n for n in report.lines if n.outcome.status not in allowed]
    return [Fault("the handout", f"{n.id}: {n.outcome.status.value}: {n.outcome.reason}") for n in bad]


def follows(check_id: str, mistake: Mistake) -> bool:
    """Whether a check is the accuracy of a network in the module of *mistake*: what does not run can't be trained."""
    judges = (check.judge for check in in_force().checks if check.id == check_id)
    return any(isinstance(judge, Accuracy) and mistake.module in judge.network.modules for judge in judges)


def mistake_faults(mistake: Mistake, report: Report) -> list[Fault]:
    """The faults of a mistake that does not fail exactly what it should, under its own name."""
    by_id: dict[str, Outcome] = {line.id: line.outcome for line in report.lines}
    faults = []
    for check_id in mistake.fails:
        outcome = by_id[check_id]
        if outcome.status not in (Status.FAILED, Status.STOPPED):
            faults.append(Fault(mistake.id, f"{check_id} should fail and is {outcome.status.value} {outcome.reason}"))
        elif outcome.mistake != mistake.id:
            under = f"the name {outcome.mistake}" if outcome.mistake else f"no name ({outcome.reason})"
            faults.append(Fault(mistake.id, f"{check_id} fails, but under {under}"))
    for check_id, outcome in by_id.items():
        if follows(check_id, mistake):
            continue
        if check_id not in mistake.fails and outcome.status not in (Status.PASSED, Status.UNSETTLED, Status.BY_HAND):
            faults.append(Fault(mistake.id, f"{check_id} should not fail: {outcome.status.value}: {outcome.reason}"))
    return faults
