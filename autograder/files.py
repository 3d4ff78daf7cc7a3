"""Checks without torch and points: the files are there, can be read, define what they should, and hold answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograder.answers.elsewhere import elsewhere
from autograder.case import Case
from autograder.check import Check, Probe
from autograder.evidence import Evidence, Lack, Observation, Origin
from autograder.failed import broken, of_newer_python
from autograder.home import handout_folder
from autograder.homework import ANSWERS, Module, in_force
from autograder.ingest.names import shown
from autograder.ingest.sections import as_text, ids, unanswered
from autograder.outcome import Outcome, Status
from autograder.packages import lacking
from autograder.submission import Submission

HAND_IN_AGAIN = "Hand in one file of each name, packed as a zip or a tar.gz, or ask your instructor."
MOST_NAMED = 3  # networks of a library


def reading(file: str) -> Probe:
    """Reads a source of the submission's without running it."""
    return Probe(
        f"source.{file.removesuffix('.py')}", "source", (), "source", {"file": file, **in_force().told}, seconds=10
    )


def newer_form(seen: Observation, file: str, origins: tuple[Origin, ...]) -> Lack | None:
    """What only a newer Python reads in *file*, by what :func:`reading` brought back."""
    if not isinstance(seen, Evidence) or seen.facts["newer"] is None:
        return None
    line, since, form = seen.facts["newer"]
    return Lack(form, str(origins[line - 1]) if 1 <= line <= len(origins) else f"{file}, line {line}", since=since)


class Source:
    """Judges one source file."""

    def __init__(self, module: Module):
        self.file = module.file
        self.names = module.defines

    def __call__(self, case: Case) -> Outcome:
        """Whether it is there, parses, and defines the handout's names."""
        if why := case.submission.open_reason(self.file):
            return _open(why)
        if self.file in case.submission.problems:
            return Outcome(Status.FAILED, f"{case.submission.problems[self.file]}.")
        if lack := case.submission.lack(self.file):
            return Outcome(Status.FAILED, f"{lack}.", "Hand in a file with exactly this name.")
        seen = case.observe(reading(self.file))
        if not isinstance(seen, Evidence):
            return broken(seen)
        origins = case.submission.origins.get(self.file, ())
        unreadable = [case.submission.broken[name] for name in self.names if name in case.submission.broken]
        outcome = self._judged(seen, origins, unreadable)
        remarks = (*outcome.remarks, *self._not_handed_in(case.submission))
        return replace(outcome, remarks=remarks, flag="" if origins else self._flag(seen))

    def _flag(self, seen: Evidence) -> str:
        """A flag for staff, if it trains a library's network; a notebook's reading says so itself."""
        built = [
            f"{self.file}, line {line} builds {shown(network)}" for line, network in seen.facts["foreign"][:MOST_NAMED]
        ]
        return f"{'; '.join(built)} and trains it; the homework asks for the student's own networks" if built else ""

    def _not_handed_in(self, submission: Submission) -> list[str]:
        """Sentences on files of the student's own that this one imports and that are not there."""
        return [
            f"{lack.where} imports {lack.name}, which is not among the files that were handed in."
            for lack in lacking(replace(submission, files={self.file: submission.files[self.file]}))
            if lack.own and not _is_there(lack.name, submission)
        ]

    def _judged(self, seen: Evidence, origins: tuple[Origin, ...], unreadable: Sequence[tuple[Origin, str]]) -> Outcome:
        """What was seen; *origins*: where its lines stand in a notebook, if at all; *unreadable*: what is no Python."""
        file = origins[0].notebook if origins else self.file
        if seen.facts["error"]:
            line, message = seen.facts["error"]
            where = f"{file}, line {line}" if line else file
            if 1 <= line <= len(origins):
                where = str(origins[line - 1])
            return Outcome(Status.FAILED, f"{where}: {message}.", "Nothing in this file can run until that is fixed.")
        if lack := newer_form(seen, self.file, origins):
            return of_newer_python(lack)
        missing = [name for name in self.names if name not in seen.facts["names"]]
        if missing and origins and unreadable:
            said = ". ".join(f"{origin}: {text}" for origin, text in unreadable)
            return Outcome(Status.FAILED, f"{said}.", "Run these cells: Jupyter shows the same errors.")
        if missing and not seen.facts["maybe"]:
            found = ", ".join(seen.facts["names"][:12]) or "nothing"
            reason = f"{file} does not define {', '.join(missing)}; it defines {found}."
            return Outcome(Status.FAILED, reason, "The names must be exactly the handout's.")
        if seen.facts["stubs"]:
            owners = list(dict.fromkeys(owner for owner, _ in seen.facts["stubs"]))
            return Outcome(Status.TODO, f"To do: {', '.join(owners)}.")
        said = f"Whether it defines {', '.join(missing)} shows only when it is imported."
        return Outcome(Status.PASSED, remarks=((said,) if missing else ()))


def answers(case: Case) -> Outcome:
    """Whether every written answer has been begun; they are graded by hand."""
    if why := case.submission.open_reason(ANSWERS):
        return _open(why)
    if ANSWERS in case.submission.problems:
        return Outcome(Status.FAILED, f"{case.submission.problems[ANSWERS]}.")
    said = elsewhere(case.submission).said
    remarks = (f"{said}.",) if said else ()
    if lack := case.submission.lack(ANSWERS):
        return Outcome(
            Status.FAILED, f"{lack}.", "Copy it from the handout and write your answers into it.", remarks=remarks
        )
    open_items = _unanswered(case)
    if not open_items:
        problem = as_text(case.submission.files.get(ANSWERS, b"")).problem
        return Outcome(Status.PASSED, remarks=(f"{ANSWERS} {problem}.",) if problem else ())
    reason = f"{len(ids()) - len(open_items)} of {len(ids())} answered; to do: {', '.join(open_items)}."
    return Outcome(Status.TODO, reason, remarks=remarks)


def _is_there(name: str, submission: Submission) -> bool:
    return f"{name}.py" in submission.files or f"{name}/__init__.py" in submission.files


def _open(why: str) -> Outcome:
    """The outcome where it is open what was handed in."""
    said = f"Not settled: {why}."
    return Outcome(Status.UNSETTLED, said, HAND_IN_AGAIN, shown=said)


def _unanswered(case: Case) -> list[str]:
    template = (handout_folder() / ANSWERS).read_bytes()
    return unanswered(case.submission.files.get(ANSWERS, b""), template)


def file_checks(modules: Iterable[Module], questions: bool) -> tuple[Check, ...]:
    """A check for each of *modules*, and one for the answers if there are *questions*."""
    checks = [
        Check(
            f"files-{module.name}",
            f"{module.file} can be read and defines {module.title or ', '.join(module.defines)}",
            "files",
            Source(module),
            turn=0,
            about=module.name,
            from_bytes=True,
            informs=True,
        )
        for module in modules
    ]
    title = f"{ANSWERS} has an answer to every question"
    written = Check("files-answers", title, "files", answers, turn=0, from_bytes=True, informs=True)
    return (*checks, *([written] if questions else []))
