"""What needs no torch: the files are there, can be read, define what they should, and hold answers. Worth no points."""

from __future__ import annotations

from dataclasses import replace

from autograder.answers import ITEMS, as_text, unanswered
from autograder.case import Case
from autograder.check import Ask, Check, Probe
from autograder.checks.broken import broken
from autograder.elsewhere import elsewhere
from autograder.evidence import Evidence
from autograder.home import handout_folder
from autograder.intake.names import shown
from autograder.outcome import Outcome, Status
from autograder.submission import ANSWERS, Origin

HAND_IN_AGAIN = "Hand in one file of each name, packed as a zip or a tar.gz, or ask your instructor."
MOST_NAMED = 3  # networks of a library
NAMES = {
    "mnist": ("MNIST_Net",),
    "ablations": tuple(f"Exp{number}" for number in range(1, 11)),
    "trainer": ("Trainer",),
    "vgg": ("ConvBlock1", "ConvBlock2", "VGG19", "PretrainedVGG"),
}


class Source:
    """Judges one source file."""

    def __init__(self, module: str):
        self.file = f"{module}.py"
        self.names = NAMES[module]
        self.probe = Probe(f"source.{module}", "source", (), "source", {"file": self.file}, seconds=10)

    def __call__(self, case: Case) -> Outcome | Ask:
        """Whether it is there, parses, and defines the handout's names."""
        if why := case.submission.open_reason(self.file):
            return _open(why)
        if self.file in case.submission.problems:
            return Outcome(Status.FAILED, f"{case.submission.problems[self.file]}.")
        if lack := case.submission.lack(self.file):
            return Outcome(Status.FAILED, f"{lack}.", "Hand in a file of exactly this name.")
        seen = case.seen.get(self.probe.id)
        if seen is None:
            return Ask(self.probe)
        if not isinstance(seen, Evidence):
            return broken(seen)
        origins = case.submission.origins.get(self.file, ())
        outcome = self._judged(seen, origins)
        return outcome if origins else replace(outcome, flag=self._flag(seen))

    def _flag(self, seen: Evidence) -> str:
        """For staff, where it trains a network of a library; of a notebook's cells its reading says so."""
        built = [
            f"{self.file}, line {line} builds {shown(network)}" for line, network in seen.facts["foreign"][:MOST_NAMED]
        ]
        return f"{'; '.join(built)} and trains it; asked for are networks of the student's own" if built else ""

    def _judged(self, seen: Evidence, origins: tuple[Origin, ...]) -> Outcome:
        """What was seen; *origins* say where the lines stand, if they stand in a notebook."""
        file = origins[0].notebook if origins else self.file
        if seen.facts["error"]:
            line, message = seen.facts["error"]
            where = f"{file}, line {line}" if line else file
            if 1 <= line <= len(origins):
                where = str(origins[line - 1])
            return Outcome(Status.FAILED, f"{where}: {message}.", "Nothing in this file can run before that is right.")
        missing = [name for name in self.names if name not in seen.facts["names"]]
        if missing and not seen.facts["star"]:
            found = ", ".join(seen.facts["names"][:12]) or "nothing"
            reason = f"{file} does not define {', '.join(missing)}; it defines {found}."
            return Outcome(Status.FAILED, reason, "The names must be exactly the handout's.")
        if seen.facts["stubs"]:
            owners = list(dict.fromkeys(owner for owner, _ in seen.facts["stubs"]))
            return Outcome(Status.TODO, f"To do: {', '.join(owners)}.")
        return Outcome(Status.PASSED)


def answers(case: Case) -> Outcome:
    """Whether every written answer has been begun; they are graded by hand."""
    if why := case.submission.open_reason(ANSWERS):
        return _open(why)
    if ANSWERS in case.submission.problems:
        return Outcome(Status.FAILED, f"{case.submission.problems[ANSWERS]}.")
    said = elsewhere(case.submission).said
    remarks = (f"{said}.",) if said else ()
    if lack := case.submission.lack(ANSWERS):
        return Outcome(Status.FAILED, f"{lack}.", "Copy it from the handout and write into it.", remarks=remarks)
    open_items = _unanswered(case)
    if not open_items:
        problem = as_text(case.submission.files.get(ANSWERS, b"")).problem
        return Outcome(Status.PASSED, remarks=(f"{ANSWERS} {problem}.",) if problem else ())
    reason = f"{len(ITEMS) - len(open_items)} of {len(ITEMS)} answered; to do: {', '.join(open_items)}."
    return Outcome(Status.TODO, reason, remarks=remarks)


def _open(why: str) -> Outcome:
    """Nobody can tell here what was handed in."""
    said = f"Not settled: {why}."
    return Outcome(Status.UNSETTLED, said, HAND_IN_AGAIN, shown=said)


def _unanswered(case: Case) -> list[str]:
    template = (handout_folder() / ANSWERS).read_bytes()
    return unanswered(case.submission.files.get(ANSWERS, b""), template)


CHECKS = (
    Check("files-mnist", "mnist.py can be read and defines MNIST_Net", "files", Source("mnist"), turn=0),
    Check(
        "files-ablations", "ablations.py can be read and defines Exp1 to Exp10", "files", Source("ablations"), turn=0
    ),
    Check("files-trainer", "trainer.py can be read and defines Trainer", "files", Source("trainer"), turn=0),
    Check("files-vgg", "vgg.py can be read and defines its four networks", "files", Source("vgg"), turn=0),
    Check("files-answers", "answers.md has an answer to every question", "files", answers, turn=0),
)
