"""The command line: parse, call, print, exit code. No logic.

Exit codes: 0 it worked (for ``check``: and everything passed), 1 something did not pass (``check``) or could not be
trained (``train``), or the grader is wrong (``verify``), 2 misuse, 3 our fault.
"""

from __future__ import annotations

import functools
import io
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.errors import GraderError, MisuseError
from autograder.render.screen import style, unicode

if TYPE_CHECKING:
    from autograder.kit import Kit

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


class ExitCode(IntEnum):
    """What the shell learns."""

    OK = 0
    NOT_PASSED = 1
    MISUSE = 2
    OUR_FAULT = 3
    INTERRUPTED = 130  # as shells say it for Ctrl-C


class _State:
    debug = False


def _version(wanted: bool) -> None:
    if wanted:
        from autograder import __version__

        print(f"hw1 {__version__}")
        raise typer.Exit


@app.callback()
def main(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error of ours.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    """The homework "PyTorch Tutorial for Computer Vision": for students to check, for staff to grade."""
    _State.debug = debug
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without some of the characters still shows the others
        sys.stdout.reconfigure(errors="backslashreplace")


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Make *function* a command whose errors are one sentence and an exit code."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            code = function(*args, **kwargs)
        except MisuseError as error:
            code = _complain(str(error), ExitCode.MISUSE)
        except KeyboardInterrupt:
            code = _complain("stopped; what was finished is kept", ExitCode.INTERRUPTED)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if _State.debug:
                raise
            what = str(error) if isinstance(error, GraderError) else f"{type(error).__name__}: {error}"
            code = _complain(f"the kit failed, not you: {what} (hw1 --debug shows more)", ExitCode.OUR_FAULT)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)  # threads that wait for a worker must not delay the prompt

    app.command()(run)
    return run


def _note(text: str) -> None:
    print(f"hw1: {text}", file=sys.stderr)


def _complain(text: str, code: ExitCode) -> ExitCode:
    _note(text)
    return code


def _cores(jobs: int | None) -> int:
    """*jobs*, or one for each core."""
    return jobs or os.cpu_count() or 1


@command
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Make a fresh working copy of the handout.

    Example: hw1 init hw1
    """
    from autograder.handout import copy_handout

    names = copy_handout(directory)
    print(f"{directory} holds {', '.join(names)}.")
    print(f"Read {directory / 'README.md'}, fill in the TODOs, and run: hw1 check {directory}")


@command
def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Your working copy.", show_default=False)] = Path(),
    part: Annotated[
        list[str] | None, typer.Option("--part", help="Only this part or check: 2.1, 1.2a. Repeatable.")
    ] = None,
    train: Annotated[bool, typer.Option("--train", help="Train too, where nothing else settles an accuracy.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, nothing else.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="All details of each check.")] = False,
    isolation: Annotated[
        str, typer.Option("--isolation", help="none: it is your own code; strong, medium, weak: as grading does it.")
    ] = "none",
) -> int:
    """Check your work: what is right, what is wrong, and which mistake it is.

    Example: hw1 check --part 2.1
    """
    from autograder.kit import Kit

    with Kit(train="auto" if train else "never", data=data, isolation=isolation) as kit:  # it begins to import torch
        from autograder.check_one import check_one, chosen
        from autograder.isolation import require
        from autograder.render.screen import printer, quiet, summary_lines

        require(isolation, kit.layers)
        checks = chosen(part, kit.rubric)
        if train or data is not None:
            for remark in kit.lacking_data():
                _note(remark)
        report = check_one(directory, kit, checks, quiet if as_json else printer(kit.rubric, verbose))
    if as_json:
        import json

        print(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        for line in summary_lines(report):
            print(line)
    return ExitCode.OK if report.all_passed else ExitCode.NOT_PASSED


@command
def train(
    part: Annotated[
        str, typer.Argument(metavar="[PART]", help="1.1, 1.2 (all ten), 1.2.3, 2.2, 2.2a or 2.2b. [default: all]")
    ] = "",
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Your working copy. [default: the current folder]")
    ] = Path(),
    data: Annotated[
        Path | None, typer.Option("--data", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="What trains: auto, cpu, cuda or mps.")] = "auto",
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The seed of all that is drawn. [default: one of your own]")
    ] = None,
    half: Annotated[bool, typer.Option("--half", help="Leave checkpoints in float16, in half the room.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Train anew what is trained already.")] = False,
) -> int:
    """Train your networks with your own Trainer, and leave in checkpoints/ what you hand in, with pictures.

    After Ctrl-C the same command goes on where it was.

    Example: hw1 train 1.2.6 --data ~/datasets
    """
    from autograder.kit import Kit

    with Kit(data=data, device=device) as kit:  # first: it begins to import torch
        from autograder.render.training import TrainingScreen, closing_lines
        from autograder.submission import CHECKPOINTS
        from autograder.training.log import Untrained
        from autograder.training.run import Interrupted, Wanted
        from autograder.training.run import train as train_all

        where = str(directory / CHECKPOINTS)
        wanted = Wanted(directory, part, seed, half, again)
        try:
            results, table = train_all(kit, wanted, TrainingScreen(where, style, unicode()))
        except Interrupted as stop:
            return _complain(stop.sentence(sys.argv[1:]), ExitCode.INTERRUPTED)
    for line in closing_lines(results, table, where, style, unicode()):
        print(line)
    return ExitCode.NOT_PASSED if any(isinstance(one, Untrained) for one in results) else ExitCode.OK


@command
def pack(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Your working copy.", show_default=False)] = Path(),
    student: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Your student id. [default: the last one, or asked for]")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the archive goes.")] = Path(),
    check: Annotated[bool, typer.Option("--check/--no-check", help="Check your work, too.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace an archive that is there.")] = False,
) -> None:
    """Pack what you hand in as hw1-ID.tar.gz, and say what is in it and what is missing.

    Example: hw1 pack --id 20260001
    """
    from autograder.kit import Kit
    from autograder.pack import find_id, plan, remember_id, target, write_archive
    from autograder.render.packing import packing_lines, steps

    ask = functools.partial(typer.prompt, "Your student id", err=True) if sys.stdin.isatty() else None
    with Kit(train="never") as kit:
        packing = plan(directory, kit.rubric.limits, kit.scratch)
        whose = find_id(student, directory, kit.rubric.student_id, ask)
        path = target(output, whose, force)
        report = None
        if check:
            from autograder.check_one import check_one, chosen

            report = check_one(directory, kit, chosen(None, kit.rubric), steps)
        size = write_archive(packing, path, kit.rubric.limits)
    remember_id(whose, directory)
    for line in packing_lines(packing, path, size, report, style):
        print(line)


@command
def grade(
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="Hand-ins, or folders of hand-ins.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the reports go.")] = Path("out"),
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Hand-ins side by side. [default: cores]")] = None,
    train: Annotated[
        str, typer.Option("--train", help="auto: train what nothing else settles; always: all; never: leave it open.")
    ] = "auto",
    device: Annotated[str, typer.Option("--device", help="What trains: auto, cpu, cuda or mps.")] = "auto",
    data: Annotated[
        Path | None, typer.Option("--data", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]")
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", help="staff: the secret one; public: the one that `check` uses.")
    ] = "staff",
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution. [default: the repository's]")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option("--roster", metavar="FILE", help="The class as CSV: id, name, email, canvas_id, moodle_id."),
    ] = None,
    rerun: Annotated[bool, typer.Option("--rerun", help="Grade again what an earlier run has graded.")] = False,
    isolation: Annotated[
        str | None,
        typer.Option(
            "--isolation", help="strong, medium, weak or none: go on with no less. [default: strong with secrets]"
        ),
    ] = None,
) -> None:
    """Grade hand-ins: a zip, a tar.gz or a folder that holds a known file is one, otherwise each thing in a folder is.

    Writes DIR/grades.csv and for each student report.json, results.json (Gradescope's format) and feedback.txt.

    Example: hw1 grade hand-ins/ -o out
    """
    from autograder.cohort.folder import ReportFolder
    from autograder.cohort.start import collect, isolate, new_kit
    from autograder.render.progress import counted_steps

    told = counted_steps("Recording the evidence")
    with new_kit(train, device, data, seed, solution, _cores(jobs), told) as kit:
        hand_ins = {f"the hand-in {path}": path for path in paths}
        listed = {"the roster": roster} if roster is not None else {}
        remarks = isolate(kit, isolation, {**hand_ins, **listed, "the reports": output})
        submissions, others = collect(paths, kit.rubric, output, kit.scratch, roster)
        remarks = [*remarks, *kit.lacking_data(), *others]
        _grade_into(submissions, kit, ReportFolder(output, kit.rubric), _cores(jobs), rerun, remarks)


def _grade_into(submissions: list[Any], kit: Kit, folder: Any, jobs: int, rerun: bool, remarks: list[str]) -> None:
    """Grade with a progress bar, then print the table; on Ctrl-C the grades so far are written."""
    from autograder.cohort.run import grade_all
    from autograder.isolation import described
    from autograder.render.plain import plain
    from autograder.render.progress import class_bar
    from autograder.render.terminal import grades_table

    for remark in (f"isolation: {described(kit.layers)}", *remarks):
        _note(plain(remark))
    reports = []
    try:
        with class_bar(len(submissions)) as (advance, watch):
            for report, earlier in grade_all(submissions, kit, folder, jobs, rerun, watch):
                reports.append(report)
                advance(report, earlier)
    finally:
        written = folder.write_grades(reports) if reports else None
    for line in grades_table(reports, kit.rubric, style):
        print(line)
    print(f"\nGrades: {written}\nReports: {folder.folder}/<student>/feedback.txt, results.json, report.json")


@command
def data(
    directory: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Where they go. [default: $HW1_DATA, or the user's cache]"),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Take them from this folder instead of the network.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="mnist or cifar10. Repeatable. [default: both]")
    ] = None,
    weights: Annotated[bool, typer.Option("--weights", help="The pre-trained weights of VGG-19 instead.")] = False,
    weights_from: Annotated[
        Path | None, typer.Option("--weights-from", metavar="FILE", help="These weights, from a .pth file.")
    ] = None,
) -> None:
    """Get MNIST and CIFAR-10, or take them from a folder, and prepare them once.

    Example: hw1 data --from ~/datasets
    """
    from autograder.data.fetch import NAMES, provide
    from autograder.home import data_folder
    from autograder.render.progress import counted_bytes

    folder = directory or data_folder()
    if weights or weights_from is not None:
        from autograder.data.weights import convert_weights, fetch_weights

        path = convert_weights(weights_from, folder) if weights_from else fetch_weights(folder, counted_bytes())
        print(f"The pre-trained weights are ready: {path}")
        return
    for manifest in provide(only or NAMES, folder, source, counted_bytes()):
        train, test = (manifest.arrays[f"{split}_labels"].shape[0] for split in ("train", "test"))
        doubt = "" if manifest.canonical else "; not the data set that the homework means: its hashes differ"
        print(f"{manifest.name}: {train:,} training images, {test:,} test images{doubt}")
    print(f"They are ready in {folder}. Use them with --data {folder}, or set HW1_DATA={folder}")


@command
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the reports go.")] = Path(
        "demo-out"
    ),
) -> None:
    """Grade six made-up hand-ins on the embedded data.

    Example: hw1 demo
    """
    from autograder.cohort.folder import ReportFolder
    from autograder.home import handout_folder, solution_folder
    from autograder.kit import Kit
    from autograder.staff.demo import hand_ins, quick_rubric
    from autograder.submission import read_submission

    with Kit(rubric=quick_rubric(), device="cpu", isolation="best") as kit:
        solution, handout = (read_submission(f, kit.rubric.limits) for f in (solution_folder(), handout_folder()))
        folder = ReportFolder(output, kit.rubric)
        _grade_into(hand_ins(solution, handout), kit, folder, _cores(None), rerun=True, remarks=[])
    print(f"\nRead what a student reads: {output}/20260003/feedback.txt")


@command
def verify(
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Submissions side by side. [default: cores]")
    ] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="List every mistake.")] = False,
) -> int:
    """Test the grader: the solution earns every point, the handout none, every mistake is caught and named.

    Example: hw1 verify
    """
    from autograder.home import handout_folder, solution_folder
    from autograder.kit import Kit
    from autograder.render.progress import counted_steps
    from autograder.render.terminal import verification_lines

    with Kit() as kit:
        from autograder.staff.verify import Verifier

        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        verifier = Verifier(kit, solution_folder(), handout_folder())
        found = verifier.run(_cores(jobs), counted_steps("Grading"))
    for line in verification_lines(found, verbose, style):
        print(line)
    return ExitCode.NOT_PASSED if found.faults else ExitCode.OK


@command
def calibrate(
    part: Annotated[
        list[str] | None, typer.Option("--part", help="1.1, 1.2, 1.2.3, 2.2a ... Repeatable. [all]")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each network.")] = 20,
    first: Annotated[int, typer.Option("--first", min=0, help="The first seed.")] = 0,
    data: Annotated[
        Path | None, typer.Option("--data", help="Real MNIST and CIFAR-10. [default: $HW1_DATA or what is embedded]")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="What trains: auto, cpu, cuda or mps.")] = "auto",
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Trainings side by side. [default: cores]")] = None,
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution. [default: the repository's]")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Print what was measured, leave floors.toml as it is.")] = False,
) -> None:
    """Measure the solution's accuracy over seeds, and set the floors by it (autograder/floors.toml).

    What is finished is kept: run it again to go on.

    Example: hw1 calibrate --part 1.1 --seeds 20 --data ~/datasets
    """
    from autograder.home import solution_folder
    from autograder.kit import Kit
    from autograder.render.progress import counted_steps
    from autograder.render.terminal import calibration_lines
    from autograder.staff.calibrate import Request, calibrated

    wanted = Request(tuple(part or ()), range(first, first + seeds), _cores(jobs), dry)
    with Kit(data=data, device=device) as kit:
        found = calibrated(kit, solution_folder(solution), wanted, counted_steps("Training"))
    for line in calibration_lines(found, style):
        print(line)


@command
def release(
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Mistakes side by side. [default: cores]")] = None,
    handout_only: Annotated[bool, typer.Option("--handout-only", help="Leave the recorded evidence as it is.")] = False,
) -> None:
    """Make assignment/ out of solution/, and record the evidence for the public seed.

    Example: hw1 release
    """
    from autograder.home import handout_folder, solution_folder
    from autograder.staff.release import make_handout

    names = make_handout(solution_folder(), handout_folder())
    print(f"{handout_folder()}: {', '.join(names)}")
    if handout_only:
        return
    from autograder.kit import Kit
    from autograder.recording import PUBLIC, save_recording
    from autograder.render.progress import counted_steps
    from autograder.seeds import PUBLIC_SEED
    from autograder.staff.record import record

    with Kit() as kit:
        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        workers = _cores(jobs)
        made = record(solution_folder(), PUBLIC_SEED, kit.launcher, kit.rubric, workers, counted_steps("Recording"))
    save_recording(made, PUBLIC)
    print(f"{PUBLIC}: the reference and {len(made.mistakes)} mistakes, {PUBLIC.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    app()
