"""What a hand-in costs with hw1, with otter-grader, nbgrader and gradescope-utils, and with bare Python.

Every tool gets the same hand-ins: the solution with a line of its own in each file; in the last one `ablations.Exp2` is
wrong. Peers and bare Python run the five checks of checks/five_checks.py on that network, hw1 all of its own. Each tool
has one thread and grades one hand-in after another; tools that take a class at once do so midway through the others.

The first use installs each peer with pip, into an environment of its own in ~/.cache/hw1/peers (in hw1/peers of
XDG_CACHE_HOME, if that is set); torch is not installed again. Delete a peer's folder to get its newest release.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from bench_page import machine, put
from cohort import cpu_of, write_class
from environments import UnavailableError, environment, last_line
from tools import MODULE, TOOLS, Tool

from autograder.home import cache_folder

PAGE = HERE.parent / "peers.md"
HEAD = (
    "| tool | checks | wall, s a hand-in | CPU, core-s a hand-in | of bare Python's CPU | verdicts |",
    "|---|---|---|---|---|---|",
)


@dataclass
class Cost:
    """What a tool has used so far, in seconds, and the points of each hand-in, of how many."""

    wall: float = 0.0
    cpu: float = 0.0
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    failure: str = ""
    """What its command printed last, if a hand-in got no points from it."""


def write_hand_ins(folder: Path, students: int) -> list[str]:
    """The class; the last one's network is one unit too wide. Returns the ids."""
    write_class(folder, students, same=False)
    names = sorted(one.name for one in folder.iterdir())
    wrong = folder / names[-1] / MODULE
    before, name, after = wrong.read_text(encoding="utf-8").partition("class Exp2")
    after = after.replace("(784, 30)", "(784, 31)", 1).replace("(30, 10)", "(31, 10)", 1)
    wrong.write_text(before + name + after, encoding="utf-8")
    return names


def made(
    kinds: Sequence[type[Tool]], work: Path, hand_ins: Path, folder: Path
) -> tuple[dict[str, Tool], dict[str, str]]:
    """The tools by name, and of those that can't be had, why."""
    tools, missing = {}, {}
    for number, kind in enumerate(kinds):
        try:
            installed = environment(kind.name, folder) if kind.peer else Path(sys.prefix)
        except UnavailableError as error:
            missing[kind.name] = str(error)
        else:
            tools[kind.name] = kind(work / str(number), hand_ins, installed)
    return tools, missing


def grade(tool: Tool, students: Sequence[str], cost: Cost) -> None:
    """Run the tool's command once, for these hand-ins, and add to what it costs."""
    command, environment = tool.command(students[0]), tool.environment()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tool.root, env=environment)
    except OSError as error:  # a release without this command
        cost.failure = str(error)
        return
    cost.wall += time.perf_counter() - start
    cost.cpu += cpu_of(resource.getrusage(resource.RUSAGE_CHILDREN)) - cpu_of(before)
    for student in students:
        try:
            cost.points[student] = tool.points(student, done.stdout)
        except Exception as error:  # noqa: BLE001 - no results, or of a form that this version does not write
            cost.failure = last_line(done.stdout + done.stderr) if done.returncode else repr(error)


def measured(tools: Mapping[str, Tool], students: Sequence[str]) -> dict[str, Cost]:
    """All tools on all hand-ins, interleaved."""
    costs = {name: Cost() for name in tools}
    for name, tool in tools.items():
        try:
            tool.prepare(students)
        except (OSError, subprocess.CalledProcessError) as error:
            costs[name].failure = last_line(getattr(error, "stderr", "") or str(error))
    ready = {name: tool for name, tool in tools.items() if not costs[name].failure}
    for number, student in enumerate(students):
        for name, tool in ready.items():
            if tool.at_once and number == len(students) // 2:
                grade(tool, students, costs[name])
            elif not tool.at_once:
                grade(tool, [student], costs[name])
        print(f"{number + 1} of {len(students)}", file=sys.stderr, flush=True)
    return costs


def verdicts(cost: Cost, students: Sequence[str]) -> str:
    """Whether the tool has told the wrong hand-in from the right ones."""
    if cost.failure:
        return f"{len(cost.points)} of {len(students)} graded; {cost.failure}"
    surprises = [student for student, (got, of) in cost.points.items() if (got < of) != (student == students[-1])]
    return f"**{len(surprises)} unlike what they are**" if surprises else "as they are"


def table(
    kinds: Sequence[type[Tool]],
    tools: Mapping[str, Tool],
    missing: Mapping[str, str],
    costs: Mapping[str, Cost],
    students: Sequence[str],
) -> Iterator[str]:
    """The lines of the table, one for each tool that was asked for."""
    yield from HEAD
    bare = costs.get(Tool.name)
    for kind in kinds:
        if kind.name in missing:
            yield f"| {kind.name} | {kind.checks} | | | | {missing[kind.name].replace('|', '/')} |"
            continue
        cost, number = costs[kind.name], len(students)
        told = verdicts(cost, students).replace("|", "/")
        ratio = f"{cost.cpu / bare.cpu:.2f}" if bare else ""
        figures = f"{cost.wall / number:.2f} | {cost.cpu / number:.2f} | {ratio}" if cost.points else " | | "
        yield f"| {kind.name} {tools[kind.name].version()} | {kind.checks} | {figures} | {told} |"


def main() -> None:
    """Print the table, and write it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=20, help="how many hand-ins, at least 2 [default: 20]")
    parser.add_argument("--only", action="append", choices=[kind.name for kind in TOOLS], help="may be repeated")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    wanted = parser.parse_args()
    if wanted.students < 2:
        parser.error("--students needs at least 2: the last hand-in is a wrong one")
    if wanted.write and wanted.only:
        parser.error("--write needs all rows: leave --only out")
    kinds = [kind for kind in TOOLS if wanted.only is None or kind.name in wanted.only]
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        students = write_hand_ins(work / "hand-ins", wanted.students)
        tools, missing = made(kinds, work, work / "hand-ins", cache_folder() / "peers")
        if missing and not any(tool.peer for tool in tools.values()):
            sys.exit(f"No peer can be measured: the first use needs a network. {next(iter(missing.values()))}")
        began = machine("torch")
        costs = measured(tools, students)
        lines = [f"Machine: {began}, {os.getloadavg()[0]:.1f} when it ended. {len(students)} hand-ins.", ""]
        lines += table(kinds, tools, missing, costs, students)
    print("\n".join(lines))
    if wanted.write:
        put(PAGE, "\n".join(lines), "peers/run.py")


if __name__ == "__main__":
    main()
