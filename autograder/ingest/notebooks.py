"""Notebooks of a hand-in as modules: read in a worker, merged with what was handed in as files."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.check import Probe
from autograder.evidence import Evidence, Observation, Origin, Raised, Stopped
from autograder.home import handout_folder
from autograder.homework import ANSWERS, Module, in_force
from autograder.ingest.claimed import in_notebook
from autograder.ingest.handout import is_handouts, is_handouts_at
from autograder.ingest.names import notebook_number, shown
from autograder.ingest.opening import Opens
from autograder.ingest.sections import as_text, escaped, ids, unanswered
from autograder.submission import Claimed, Submission

SUFFIX = ".ipynb"
SECONDS = 30.0  # a notebook of 200 cells takes 0.3 s
REPLY_BYTES = 16 << 20  # four modules of 1 MB, 16 bytes for each of their lines, the answers
MEMORY_MB = 3072  # to parse a document of the most bytes that are taken, in an alphabet of four bytes a letter
MOST_NOTEBOOKS = 6
MOST_RIVALS = 3  # that are named
MOST_SAID = 12  # remarks of one kind on one notebook
MOST_CELLS = 60  # that are named in one remark


@dataclass(frozen=True)
class Notebook:
    """What was read from a notebook.

    Attributes:
        name: its path in the hand-in.
        modules: source by module.
        origins: by module, for each line where it stands.
        defines: by module, what it was made for.
        answers: by id.
        remarks: on what was left out and chosen.
        notes: the same for single lines.
        errors: how many definitions or lines are not Python.
        claims: figures of its stored outputs.
        problem: why nothing was read; all else is then empty.
        lacks: by module, by name that may have no value there, why.
        renames: of classes that are called almost as they should be: where, and both names.
        broken: by name of what can't be read, where, and what is wrong there.
        flags: on networks of a library in the place of the student's own, for staff.
        claimed: those of the claims that are of no library's network, as values.
    """

    name: str
    modules: Mapping[str, bytes]
    origins: Mapping[str, tuple[Origin, ...]]
    defines: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    notes: tuple[tuple[Origin, str], ...] = ()
    errors: int = 0
    claims: tuple[str, ...] = ()
    problem: str = ""
    lacks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    renames: tuple[tuple[Origin, str, str], ...] = ()
    broken: Mapping[str, tuple[Origin, str]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    claimed: tuple[Claimed, ...] = ()


def with_notebooks(submission: Submission, kit: Opens) -> Submission:
    """*submission* with its notebooks' cells as modules and answers; the same one if it has no notebook.

    A module that was handed in as a file counts before a notebook's, unless it is the handout's own file. What can't be
    read becomes a problem, and what was chosen a remark; nothing is raised for what a notebook holds.
    """
    names = sorted((name for name in submission.documents if name.lower().endswith(SUFFIX)), key=_usual_first)
    if not names:
        return submission
    names, given_out = _worked_on(names, submission)
    found = _read(names[:MOST_NOTEBOOKS], submission, kit)
    files, origins, unclear, remarks = _merged(submission, found)
    remarks += given_out
    answers, said = _answered(submission, found)
    problems = {one.name: one.problem for one in found if one.problem}
    missing = _missing(submission, [*files, *unclear], found)
    if len(names) > MOST_NOTEBOOKS:
        remarks.append(f"there are {len(names)} notebooks, but only the first {MOST_NOTEBOOKS} were read")
    counting = {places[0].notebook for places in origins.values()}
    for one in found:  # where no cell counts, a list of what was left out says nothing, unless code can't be read
        if shown(one.name) in counting or (one.errors and not one.modules):
            remarks += one.remarks
        remarks += [
            f"{place.notebook}: cell {place.cell} defines {own}; the class asked for is {right}: rename it"
            for place, own, right in one.renames[:MOST_SAID]
        ]
    return replace(
        submission,
        files={**submission.files, **files, **answers},
        problems={**submission.problems, **problems, **missing},
        remarks=(*submission.remarks, *remarks, *said),
        flags=(*submission.flags, *(flag for one in found for flag in one.flags)),
        claims=(*submission.claims, *(claim for one in found for claim in one.claims)),
        claimed=(*submission.claimed, *(figure for one in found for figure in one.claimed)),
        foreign=tuple(flag for one in found for flag in one.flags),
        origins={**submission.origins, **origins},
        undecided={**submission.undecided, **unclear},
        unread=(*submission.unread, *problems.values()),
        lacks=_of_the_chosen(found, origins),
        broken={name: wrong for one in reversed(found) for name, wrong in one.broken.items()},
        notes=(*submission.notes, *(note for one in found for note in one.notes)),
        known_digest=submission.digest,  # of what was handed in, before anything was made of it
    )


def _of_the_chosen(
    found: Iterable[Notebook], origins: Mapping[str, tuple[Origin, ...]]
) -> dict[str, Mapping[str, str]]:
    """By module, what it lacks, of the notebook whose cells count for it."""
    chosen = {file.removesuffix(".py"): places[0].notebook for file, places in origins.items()}
    return {
        module: one.lacks[module]
        for one in found
        for module, notebook in chosen.items()
        if notebook == shown(one.name) and module in one.lacks
    }


def _worked_on(names: list[str], submission: Submission) -> tuple[list[str], list[str]]:
    """*names* without the handout's own notebooks, as they were given out, where another one of the number is there."""
    numbers = {name: notebook_number(name.rpartition("/")[2]) for name in names}
    own = {name for name in names if is_handouts_at(_own_name(numbers[name]), submission.documents[name])}
    done = {numbers[name] for name in names if name not in own}
    left_out = [name for name in names if name in own and numbers[name] in done]
    said = [f"{shown(name)} is the unchanged handout's: another notebook counts" for name in left_out]
    return [name for name in names if name not in left_out], said


def _usual_first(name: str) -> tuple[bool, int, str]:
    """The homework's own names before others, like ``hw1-1-old.ipynb``."""
    own = {one.name for one in in_force().notebooks}
    return name.rpartition("/")[2] not in own, name.count("/"), name


def _own_name(number: int | None) -> str:
    return in_force().notebooks[number - 1].name if number else ""


def _read(names: list[str], submission: Submission, kit: Opens) -> list[Notebook]:
    """Read the notebooks *names* in a worker: one for all of them, another one after each that ended it."""
    files = {name: os.fspath(submission.documents[name]) for name in names if submission.documents[name].is_file()}
    found = [_unread(name, "disappeared before it was read") for name in names if name not in files]
    with kit.reading(submission) as session:
        for name, file in files.items():
            probe = Probe(
                f"notebook {name}",
                "notebook",
                (),
                "source",
                {"file": file, **in_force().told},
                SECONDS,
                REPLY_BYTES,
                memory_mb=MEMORY_MB,
                reads=tuple(files.values()),
            )
            seen = session.observe(probe, b"")
            if isinstance(seen, Evidence):
                problem = seen.facts["problem"]
                found.append(_unread(name, problem) if problem else _notebook(name, seen))
            else:
                found.append(_unread(name, _why_not(seen)))
    return found


def _unread(name: str, why: str) -> Notebook:
    return Notebook(name, {}, {}, {}, {}, problem=f"{shown(name)} {why}")


def _why_not(seen: Observation) -> str:
    match seen:
        case Stopped(reason="time"):
            return f"was not read: it takes more than {SECONDS:g} s"
        case Stopped(reason="memory"):
            return "was not read: it needs too much memory"
        case Raised():
            return "was not read: it is damaged"
    return "was not read: it made the program that reads it stop"


def _notebook(name: str, seen: Evidence) -> Notebook:
    """The notebook of a reply, whose form has been checked (sandbox/forms.py)."""
    facts, label = seen.facts, shown(name)
    modules = {module: seen.arrays[f"text {module}"].tobytes() for module in facts["modules"]}
    origins = {}
    for module in modules:
        rows: Any = seen.arrays[f"lines {module}"].tolist()
        origins[module] = tuple(Origin(label, cell, line) for cell, line in rows)
    answers = {
        array.removeprefix("answer "): seen.arrays[array].tobytes().decode(errors="replace")
        for array in seen.arrays
        if array.startswith("answer ")
    }
    return Notebook(
        name,
        modules,
        origins,
        {module: tuple(names) for module, names in facts["modules"].items()},
        answers,
        tuple(_remarks(label, facts)),
        tuple(sorted(_notes(label, facts))),
        len(facts["errors"]),
        tuple(_claim(label, *row) for row in facts["claims"]),
        lacks=_lacks(label, facts["lacks"]),
        renames=tuple(
            (Origin(label, cell, line), shown(own), shown(right)) for cell, line, own, right in facts["renames"]
        ),
        broken={name: (Origin(label, cell, line), shown(text, 300)) for name, cell, line, text in facts["broken"]},
        flags=tuple(_foreign(label, *row) for row in facts["foreign"]),
        claimed=tuple(in_notebook(name, *row[:4]) for row in facts["claims"] if not row[-1]),
    )


def _lacks(label: str, rows: list[Any]) -> dict[str, dict[str, str]]:
    """By module and name, the sentence on the line that should give it a value."""
    lacks: dict[str, dict[str, str]] = {}
    for module, name, cell, line, text in rows:
        said = f"{shown(name.lstrip('.@'))} has no value here: {Origin(label, cell, line)} would set it"
        why = f"{said} ({shown(text)}), which fails or takes too long where it is graded"
        lacks.setdefault(module, {})[name] = why
    return lacks


def _notes(label: str, facts: Mapping[str, Any]) -> Iterable[tuple[Origin, str]]:
    """Remarks on single lines, by their place."""
    for cell, line, text in facts["errors"]:
        yield Origin(label, cell, line), f"{shown(text, 300)}; this was left out, but the rest of the cell counts"
    for cell, line, text in facts["choices"]:
        yield Origin(label, cell, line), shown(text, 300)
    for cell, line, text in facts["left_out"]:
        yield Origin(label, cell, line), f"not run: {shown(text)}"


def _remarks(label: str, facts: Mapping[str, Any]) -> Iterable[str]:
    """Remarks on a notebook: errors and choices one by one, what was left out in one line."""
    yield from (f"{label} {shown(text, 200)}" for text in facts["remarks"])
    for kind in ("errors", "choices"):
        only = {**facts, **dict.fromkeys({"errors", "choices", "left_out"} - {kind}, ())}
        said = [f"{place}: {text}" for place, text in _notes(label, only)]
        yield from said[:MOST_SAID]
        if len(said) > MOST_SAID:
            yield f"{label}: {len(said) - MOST_SAID} more remarks of this kind"
    if facts["left_out"]:
        yield _left_out(label, facts["left_out"], facts["more"])


def _left_out(label: str, rows: list[Any], more: int) -> str:
    cells = list(dict.fromkeys(str(cell) for cell, _, _ in rows))
    named = ", ".join(cells[:MOST_CELLS]) + (", …" if len(cells) > MOST_CELLS else "")
    count = len(rows) + more
    places = f"{count} place{'s' if count > 1 else ''} in cell{'s' if len(cells) > 1 else ''} {named}"
    cell, line, text = rows[0]
    return (
        f"{label}: imports, definitions, constants and what these need count; the rest was not run, "
        f"{places}, like line {line} of cell {cell}: {shown(text, 60)}"
    )


def _claim(label: str, cell: int, about: str, what: str, value: float, built: int, line: int, network: str) -> str:
    figure = f"accuracy {value:.4g} %" if what == "accuracy" else f"{value:,.0f} parameters"
    theirs = f" of {shown(network)} (cell {built}, line {line}), not of the student's own network" if network else ""
    return f"{label}, cell {cell}{f' ({about})' if about else ''}: {figure}{theirs}"


def _foreign(label: str, cell: int, line: int, network: str, part: str) -> str:
    """What staff should know about a library's network that is trained."""
    built = f"{Origin(label, cell, line)} builds {shown(network)}"
    training = in_force().training.get(part)
    asked = (
        f"part {training.id} asks for the student's own {training.network}"
        if training
        else "the homework asks for the student's own networks"
    )
    return f"{built}; {asked}. Its figures prove nothing."


def _merged(
    submission: Submission, found: list[Notebook]
) -> tuple[dict[str, bytes], dict[str, tuple[Origin, ...]], dict[str, str], list[str]]:
    """The modules' files from notebooks, their origins, why one is open, and remarks on them."""
    files, origins, unclear, remarks = {}, {}, {}, []
    for asked in in_force().modules:
        file, module = asked.file, asked.name
        candidates = [one for one in found if module in one.modules]
        candidates = candidates or [one for each in found for one in _of_broken(each, asked)]
        candidates.sort(key=lambda one: -len(one.defines[module]))
        if not candidates:
            continue
        best, others = candidates[0], candidates[1:]
        handed_in = submission.files.get(file)
        if file in {**submission.problems, **submission.undecided} or (
            handed_in is not None and not is_handouts(file, handed_in)
        ):
            remarks.append(
                f"{file} was handed in, so the cells of {shown(best.name)} with {_names(best, module)} do not count"
            )
            continue
        if why := _rivals(best, others, module):
            unclear[file] = why
            continue
        if handed_in is not None:
            remarks.append(f"{file} is the handout's, so the cells of {shown(best.name)} count")
        remarks += [
            f"{_names(other, module)} are also in {shown(other.name)}; {shown(best.name)} counts for {file}"
            for other in others
        ]
        stubs = b"" if handed_in is None else _stubs(handed_in, (*best.defines[module], *best.broken))
        files[file] = best.modules[module] + stubs
        origins[file] = best.origins[module]
    return files, origins, unclear, remarks


def _rivals(best: Notebook, others: list[Notebook], module: str) -> str:
    """Why none of several notebooks of one name counts for *module*: they differ there; empty if none does."""
    name = best.name.rpartition("/")[2]
    same_name = [one for one in others if one.name.rpartition("/")[2] == name]
    differ = [one for one in same_name if one.modules[module] != best.modules[module]]
    if not differ:
        return ""
    listed = " and ".join(sorted(shown(one.name) for one in (best, *differ[:MOST_RIVALS])))
    return f"{listed} differ in {_names(best, module)}, and only one of them can count for {module}.py"


def _of_broken(one: Notebook, asked: Module) -> list[Notebook]:
    """*one* with an empty module, if something in it can't be read and nothing else is there."""
    module, names = asked.name, tuple(name for name in asked.defines if name in one.broken)
    if not names:
        return []
    origin, _ = one.broken[names[0]]
    text = b"# what defines it can't be read\n"
    return [replace(one, modules={module: text}, origins={module: (origin,)}, defines={module: names})]


def _names(one: Notebook, module: str) -> str:
    names = one.defines[module]
    return ", ".join(shown(name) for name in names[:3]) + (", …" if len(names) > 3 else "")


def _stubs(handout: bytes, defined: Iterable[str]) -> bytes:
    """What of the handout's module is not *defined* yet, to stand below what is: it is still to be done."""
    tree = ast.parse(handout)
    lines = handout.decode().splitlines()
    kept = [
        "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) or getattr(node, "name", None) not in {*defined, None}
    ]
    return "".join(f"\n{text}\n" for text in kept).encode()


def _missing(submission: Submission, there: Collection[str], found: list[Notebook]) -> dict[str, str]:
    """For a module that is neither a file nor in a notebook, a sentence in place of "is missing"."""
    if submission.unread or any(one.problem for one in found):  # it may be in what could not be read
        return {}
    names = " and ".join(shown(one.name) for one in found)
    verb = "define" if len(found) > 1 else "defines"
    return {
        one.file: f"{one.file} is missing, and {names} {verb} nothing for it{_renames(one, found)}"
        for one in in_force().modules
        if one.file not in {*submission.files, *submission.problems, *submission.undecided, *there}
        and one.file not in submission.missing
    }


def _renames(module: Module, read: Iterable[Notebook]) -> str:
    """What to rename because it may be meant for *module*, after a semicolon."""
    found = [(place, own, right) for one in read for place, own, right in one.renames if right in module.defines]
    return "".join(f"; rename {own} in cell {place.cell} to {right}" for place, own, right in found[:MOST_SAID])


def _answered(submission: Submission, found: list[Notebook]) -> tuple[dict[str, bytes], list[str]]:
    """``answers.md`` with the answers that stand in notebooks alone, and remarks on it."""
    if ANSWERS in submission.problems:
        return {}, []
    given = submission.files.get(ANSWERS)
    template = (handout_folder() / ANSWERS).read_bytes()
    open_items = set(ids() if given is None else unanswered(given, template))
    texts: dict[str, tuple[str, str]] = {}
    for one in found:
        for item, text in one.answers.items():
            if item in open_items and text.strip():
                texts.setdefault(item, (one.name, text))
    if not texts:
        return {}, []
    parts = [f"## {item}\n\n{escaped(texts[item][1])}\n" for item in ids() if item in texts]
    start = as_text(given).text.rstrip().encode(errors="replace") + b"\n\n" if given else b""
    names = " and ".join(shown(name) for name in dict.fromkeys(name for name, _ in texts.values()))
    count = len(texts)
    said = (
        f"{count} written {'answer' if count == 1 else 'answers'} {'was' if count == 1 else 'were'} taken from {names}"
    )
    return {ANSWERS: start + "\n".join(parts).encode(errors="replace")}, [said]
