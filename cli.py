"""The students' commands: parse, call, print, exit code. No logic.

Exit codes: 0 it worked (for ``check``: and everything passed), 1 something did not pass (``check``), could not be
trained (``train``), or the grader is wrong (``verify``), 2 the command was misused, 3 the kit failed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from autograder.sandbox.warm_parent import start_ahead

if sys.platform == "linux" and sys.argv[1:2] == ["check"] and "--help" not in sys.argv:
    start_ahead()  # it imports torch while all else is imported here

import typer

from autograder.command_line import ExitCode, app, begin, command, complain, note, quoted, typed
from autograder.errors import MisuseError
from autograder.render.screen import columns, json_text, style, unicode

STAFF = (
    "grade",
    "report",
    "diff",
    "explain",
    "override",
    "review",
    "similar",
    "demo",
    "verify",
    "calibrate",
    "release",
    "new-term",
    "bundle",
    "preflight",
)


def _checks(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of checks."""
    from autograder.student.completion import check_names

    return check_names(incomplete, context.find_root().params.get("homework"))


def _trainings(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of trainings."""
    from autograder.student.completion import training_names

    return training_names(incomplete, context.find_root().params.get("homework"))


FOLDER = typer.Argument(metavar="DIR", help="Your working copy. [default: the current folder]", show_default=False)


@command
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Make a fresh working copy of the handout.

    Example: hw1 init hw1
    """
    from autograder.student.init import copy_handout
    from autograder.student.working_copy import folder_words

    names = copy_handout(directory)
    print(f"{directory} holds {', '.join(names)}.")
    print(f"Read {directory / 'README.md'}, fill in the TODOs, and run: {typed('check', *folder_words(directory))}")


@command
def check(
    directory: Annotated[Path, FOLDER] = Path(),
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            metavar="NAMES",
            help="Only these, with commas between them: 2.1, 1.2a, Exp1, VGG19, Q11, vgg.py. May be repeated.",
            autocompletion=_checks,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Check again on each save, until Ctrl-C.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Show only what needs work.")] = False,
    train: Annotated[bool, typer.Option("--train", help="Also train where nothing else settles an accuracy.")] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print only the report, as JSON.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Also write it as a page, beside your folder.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show all details, and what your code prints.")
    ] = False,
    isolation: Annotated[
        str,
        typer.Option(
            "--isolation",
            metavar="LEVEL",
            help="none: run your own code as you; strong, medium or weak: isolate it as grading does.",
        ),
    ] = "none",
) -> int:
    """Check your work: what is right, what is wrong, and which mistake it is.

    \b
    Examples:
      hw1 check                   all of it, in the current folder
      hw1 check hw1 --part 2.1    one part of the working copy hw1
      hw1 check hw1 --failed      only what needs work
      hw1 check hw1 --watch       again on each save
      hw1 check hw1 --train       also train what nothing else settles
    """
    begin(f"Checking {directory.resolve().name} ...")
    from autograder.kit import Kit

    ways = "auto" if train else "never"
    with Kit(train=ways, data=data, isolation=isolation, stage="source") as kit:  # it begins to import torch
        from autograder.home import handout_folder
        from autograder.render.page_lines import Look, closing_lines, next_lines
        from autograder.student.choosing import chosen
        from autograder.student.page import Page
        from autograder.student.steps import Steps
        from autograder.student.stubs import unbegun
        from autograder.student.working_copy import called, require_folder

        checks = chosen(part, kit)
        look = Look(style, unicode(), verbose, failed, unbegun(handout_folder()))
        folder = called(require_folder(directory))
        if watch:
            from autograder.sandbox.isolation import require
            from autograder.student.watching.rounds import watched

            if as_json:
                raise MisuseError("--json prints one report: leave it out, or --watch")
            require(isolation, kit.layers)
            for remark in kit.tools.lacking() if train or data is not None else ():
                note(remark)
            return watched(directory, kit, checks, verbose)
        kit.listener = screen = Steps(len(checks)) if as_json else Page(folder, checks, kit, look)
        with screen:  # which has said what is done; the rest is slow
            from autograder.pythons import newer_than
            from autograder.sandbox.isolation import require
            from autograder.student.check import check_one
            from autograder.student.next_step import next_step

            require(isolation, kit.layers)
            if newer := newer_than(kit.rubric.python):
                note(newer)
            if train or data is not None:
                for remark in kit.tools.lacking():
                    note(remark)
            report = check_one(directory, kit, checks, screen.tell)
    if as_json:
        print(json_text(report.asked_for.to_json()))
    else:
        given = ("--data", str(data)) if data is not None else ()
        step = next_step(report, kit.homework, directory, given)
        for line in (*closing_lines(report, look), *next_lines(step.said, typed(*step.words), look)):
            print(line)
    if html:
        from autograder.student.check import write_page

        (note if as_json else print)(f"The page: {write_page(directory, report, kit.rubric)}")
    return ExitCode.OK if report.all_passed else ExitCode.NOT_PASSED


@command
def train(
    directory: Annotated[Path, FOLDER] = Path(),
    part: Annotated[
        list[str] | None,
        typer.Option(
            "--part",
            metavar="NAMES",
            help="Only these, with commas between them: 1.1, 1.2 (all ten), 1.2.3, 2.2a. May be repeated.",
            autocompletion=_trainings,
        ),
    ] = None,
    before: Annotated[Path | None, typer.Option("--dir", hidden=True)] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]"),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", metavar="DEVICE", help="The device that trains: auto, cpu, cuda or mps.")
    ] = "auto",
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, metavar="NUMBER", help="The seed for everything random. [default: one of your own]"
        ),
    ] = None,
    half: Annotated[bool, typer.Option("--half", help="Store checkpoints in float16, at half the size.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Train again what is already trained.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: what came of it, as JSON.")] = False,
) -> int:
    """Train your networks with your own Trainer, and write what you hand in to checkpoints/, with pictures.

    After Ctrl-C the same command resumes where it stopped.

    \b
    Examples:
      hw1 train                                   all, in the current folder
      hw1 train hw1 --part 1.2 --data ~/datasets  one part, on real data
    """
    begin("Reading your files ...")
    from autograder.kit import Kit

    with Kit(data=data, device=device) as kit:  # first: it begins to import torch
        from autograder.ingest.names import CHECKPOINTS
        from autograder.student.training.asked import asked
        from autograder.student.training.log import Untrained
        from autograder.student.training.results import results_json
        from autograder.student.training.run import Interrupted, Wanted
        from autograder.student.training.run import train as train_all
        from autograder.student.training.screen import TrainingScreen, closing_lines

        folder, parts = asked(directory, part or [], before, kit.homework)
        where = str(folder / CHECKPOINTS)
        wanted = Wanted(folder, parts, seed, half, again)
        try:
            results, table = train_all(kit, wanted, TrainingScreen(where, style, unicode(), as_json))
        except Interrupted as stop:
            return complain(stop.sentence(sys.argv[1:]), ExitCode.INTERRUPTED)
    if as_json:
        print(json_text(results_json(results, table, where)))
    else:
        for line in closing_lines(results, table, where, style, unicode(), columns()):
            print(line)
    return ExitCode.NOT_PASSED if any(isinstance(one, Untrained) for one in results) else ExitCode.OK


@command
def pack(
    directory: Annotated[Path, FOLDER] = Path(),
    student: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Your student id. [default: the last one, or asked for]")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FOLDER", help="The folder for the archive.")
    ] = Path(),
    check: Annotated[bool, typer.Option("--check/--no-check", help="Also check your work.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace an archive that is already there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: what is in it, as JSON.")] = False,
) -> None:
    """Pack what you hand in as hw1-ID.tar.gz, and list what is in it and what is missing.

    \b
    Examples:
      hw1 pack                      the current folder; asks for your id
      hw1 pack hw1 --id 20260001    the working copy hw1
    """
    begin("Reading your files ...")
    from autograder.kit import Kit
    from autograder.student.pack import find_id, plan, remember_id, target, write_archive
    from autograder.student.packing import packing_json, packing_lines
    from autograder.student.working_copy import folder_words

    ask = functools.partial(typer.prompt, "Your student id", err=True) if sys.stdin.isatty() else None
    with Kit(train="never", stage="source") as kit:
        packing = plan(directory, kit.rubric.limits, kit.scratch)
        begin("")  # there may be a question now
        whose = find_id(student, directory, kit.rubric.student_id, ask)
        path = target(output, whose, force)
        report = None
        if check:
            from autograder.student.check import check_one
            from autograder.student.steps import Steps

            with Steps(len(kit.homework.checks)) as screen:
                report = check_one(directory, kit, kit.homework.checks, screen.tell)
        size = write_archive(packing, path, kit.rubric.limits)
    remember_id(whose, directory)
    if as_json:
        print(json_text(packing_json(packing, path, size, report, whose)))
        return
    again = typed("check", *folder_words(directory), "--failed")
    for line in packing_lines(packing, path, size, report, style, again):
        print(line)


@command
def data(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="The folder for the data. [default: $HW1_DATA, or the user's cache]"),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the data from this folder instead of the network."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="mnist or cifar10; may be repeated. [default: both]"),
    ] = None,
    weights: Annotated[bool, typer.Option("--weights", help="Get the pre-trained weights of VGG-19 instead.")] = False,
    weights_from: Annotated[
        Path | None, typer.Option("--weights-from", metavar="FILE", help="Take the weights from this .pth file.")
    ] = None,
) -> None:
    """Get MNIST and CIFAR-10, or take them from a folder, and prepare them once.

    \b
    Examples:
      hw1 data                        from the network, into the user's cache
      hw1 data --from ~/datasets      from a folder
      hw1 data DIR --only mnist       one of them, into DIR
    """
    from autograder.deep_learning.data.fetch import NAMES, provide
    from autograder.home import data_folder
    from autograder.render.progress import counted_bytes

    folder = directory or data_folder()
    if weights or weights_from is not None:
        from autograder.deep_learning.data.weights import convert_weights, fetch_weights

        path = convert_weights(weights_from, folder) if weights_from else fetch_weights(folder, counted_bytes())
        print(f"The pre-trained weights are ready: {path}")
        return
    for manifest in provide(only or NAMES, folder, source, counted_bytes()):
        train, test = (manifest.arrays[f"{split}_labels"].shape[0] for split in ("train", "test"))
        doubt = "" if manifest.canonical else "; this is not the homework's data set: its hashes differ"
        print(f"{manifest.name}: {train:,} training images, {test:,} test images{doubt}")
    there = quoted([str(folder)])
    print(f"They are ready in {folder}. Use them with --data {there}, or set HW1_DATA={there}")


def _add_staffs_commands() -> None:
    """Add staff's commands; where they are missing, as in what students get, each of their names gives a sentence."""
    if find_spec("autograder.staff") is not None:
        import autograder.staff.class_commands  # they add them
        import autograder.staff.commands  # noqa: F401

        return
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    for name in STAFF:
        command(_elsewhere(name), name, hidden=True, add_help_option=False, context_settings=anything)


def _elsewhere(name: str) -> Callable[[], None]:
    def refuse() -> None:
        raise MisuseError(
            f"hw1 {name} is a command for staff, in the course's repository; hw1 --help lists your commands"
        )

    return refuse


_add_staffs_commands()


if __name__ == "__main__":
    app()
