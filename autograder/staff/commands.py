"""Staff's commands, on the same app as the students': parse, call, print, exit code. No logic."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.command_line import ExitCode, command, cores, note
from autograder.render.screen import columns, style

if TYPE_CHECKING:
    from autograder.kit import Kit


@command
def grade(
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="Hand-ins, or folders that hold them.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder for the reports.")] = Path(
        "out"
    ),
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many hand-ins to grade at once. [default: cores]")
    ] = None,
    train: Annotated[
        str, typer.Option("--train", help="auto: train what nothing else settles; always: all; never: leave it open.")
    ] = "auto",
    device: Annotated[str, typer.Option("--device", help="The device that trains: auto, cpu, cuda or mps.")] = "auto",
    data: Annotated[
        Path | None, typer.Option("--data", help="The real data sets. [default: $HW1_DATA or what is embedded]")
    ] = None,
    seed: Annotated[str, typer.Option("--seed", help="staff: the secret seed; public: that of `hw1 check`.")] = "staff",
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution's folder. [default: the repository's]")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option("--roster", metavar="FILE", help="The class as CSV: id, name, email, canvas_id, moodle_id."),
    ] = None,
    rerun: Annotated[bool, typer.Option("--rerun", help="Observe everything again.")] = False,
    rerun_check: Annotated[
        list[str] | None,
        typer.Option(
            "--rerun-check", metavar="CHECK", help="Observe again what a check or part needs. May be repeated."
        ),
    ] = None,
    isolation: Annotated[
        str | None,
        typer.Option(
            "--isolation", help="The least isolation: strong, medium, weak or none. [default: strong with secrets]"
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help="Grade on Dask's workers: tcp://HOST:8786, tls://, slurm, local."
        ),
    ] = None,
    cluster_file: Annotated[
        Path, typer.Option("--cluster-file", metavar="FILE", help="Options of the cluster, see docs/cluster.md.")
    ] = Path("cluster.toml"),
) -> None:
    """Grade hand-ins: each zip, tar.gz or folder with a homework file is one; in other folders, each entry is one.

    Writes DIR/index.html (the class on one page), grades.csv, class.csv and class.json, and for each student
    report.json, feedback.html, feedback.txt and results.json (Gradescope's format).

    Example: hw1 grade hand-ins/ -o out
    """
    from autograder.cohort.folder import ReportFolder
    from autograder.render.progress import counted_steps
    from autograder.staff.start import collect, isolate, new_kit, on_cluster, to_rerun

    if cluster is not None:
        from autograder.cluster.opening import require_cluster

        require_cluster(cluster, cluster_file)
    told = counted_steps("Recording the evidence")
    with new_kit(train, device, data, seed, solution, cores(jobs), told, here=cluster is None) as kit:
        again = to_rerun(rerun, rerun_check, kit)
        hand_ins = {f"the hand-in {path}": path for path in paths}
        listed = {"the roster": roster} if roster is not None else {}
        secrets = {**hand_ins, **listed, "the reports": output}
        remarks = isolate(kit, isolation, secrets) if cluster in (None, "local") else []
        submissions, others = collect(paths, kit.rubric, output, kit.scratch, roster)
        remarks = [*remarks, *kit.tools.lacking(), *others]
        folder = ReportFolder(output, kit.rubric)
        if cluster is None:
            return _grade_into(submissions, kit, folder, cores(jobs), again, remarks, paths)
        with on_cluster(cluster, cluster_file, kit, isolation, secrets, cores(jobs)) as opened:
            _grade_into(submissions, kit, folder, opened.slots(), again, remarks, paths, opened)


def _grade_into(
    submissions: list[Any],
    kit: Kit,
    folder: Any,
    jobs: int,
    rerun: frozenset[str],
    remarks: list[str],
    paths: list[Path],
    cluster: Any = None,
) -> None:
    """Grade with a progress bar, then print the table; on Ctrl-C the grades so far are written."""
    from autograder.cohort.class_table import class_lines
    from autograder.cohort.journal import NAME, Journal
    from autograder.cohort.moves import since_before
    from autograder.cohort.people import note_people
    from autograder.cohort.reviewing import take_over
    from autograder.cohort.run import grade_all
    from autograder.cohort.tables import PAGE, class_reports, note_gone, render_class, write_tables
    from autograder.cohort.under_way import UnderWay
    from autograder.render.progress import ClassScreen
    from autograder.render.terminal import grades_table
    from autograder.sandbox.isolation import described
    from autograder.staff.moves_lines import changed_lines
    from autograder.text import plain

    gc.freeze()  # what was handed in stays; looking through it each time costs a tenth of the run
    gc.set_threshold(1 << 14)
    with Journal(folder.folder / NAME) as journal:
        take_over(journal, folder)
        here = [] if cluster is not None else [f"isolation: {described(kit.layers)}"]
        for remark in (*here, *journal.remarks, *remarks):
            note(plain(remark))
        told = len(journal.remarks)
        graded: set[str] = set()  # not their reports, which the journal holds
        journal.begin(kit.depends(), {"paths": [str(path) for path in paths], "rerun": sorted(rerun)})
        note_people(journal, submissions)
        by = cluster.by(journal) if cluster is not None else None
        try:
            with ClassScreen(len(submissions)) as screen:
                watch = UnderWay(screen)
                for report, earlier in grade_all(submissions, kit, folder, journal, jobs, rerun, watch, by):
                    graded.add(report.student)
                    watch.done(report, earlier)
            note_gone(journal, [one.id for one in submissions], paths)
            journal.end()
        except KeyboardInterrupt:
            render_class(journal, folder)  # the last report may be in the journal alone
            raise
        finally:
            everybody = class_reports(journal, folder)
            tables = write_tables(everybody, journal, folder) if everybody else None
            for remark in journal.remarks[told:]:
                note(plain(remark))
            changed = since_before(journal)
    for line in grades_table((one for one in everybody if one.student in graded), kit.rubric, style, columns()):
        print(line)
    for line in changed_lines(changed, style):
        print(line)
    if len(everybody) > len(graded):
        print(f"\n{len(everybody) - len(graded)} more from earlier runs are in grades.csv.")
    print()
    for line in class_lines(tables[1]) if tables else ():
        print(line)
    print(f"Grades: {tables[0]}\nPage: {tables[0].with_name(PAGE)}" if tables else "Grades: None")
    print(f"Reports: {folder.folder}/<student>/feedback.html, feedback.txt, results.json, report.json")


@command
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="The folder for the reports.")] = Path(
        "demo-out"
    ),
) -> None:
    """Grade a few made-up hand-ins: the solution, the handout as it is, and some mistakes.

    Example: hw1 demo
    """
    from autograder.cohort.folder import ReportFolder
    from autograder.home import handout_folder, solution_folder
    from autograder.ingest.reading import read_submission
    from autograder.kit import Kit
    from autograder.staff.demo import hand_ins, quick_rubric
    from autograder.staff.start import to_rerun

    with Kit(rubric=quick_rubric(), device="cpu", isolation="best") as kit:
        solution, handout = (read_submission(f, kit.rubric.limits) for f in (solution_folder(), handout_folder()))
        folder = ReportFolder(output, kit.rubric)
        again = to_rerun(True, None, kit)
        _grade_into(hand_ins(solution, handout), kit, folder, cores(None), again, remarks=[], paths=[])
    print(f"\nRead what a student reads: {output}/20260003/feedback.html")


@command
def verify(
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many submissions to grade at once. [default: cores]")
    ] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="List every mistake.")] = False,
) -> int:
    """Test the grader: the solution earns every point, the handout none, every mistake is caught and named.

    Example: hw1 verify
    """
    from autograder.home import handout_folder, solution_folder
    from autograder.kit import Kit
    from autograder.render.progress import counted_steps
    from autograder.staff.lines import verification_lines

    with Kit() as kit:
        from autograder.staff.verify import Verifier

        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        verifier = Verifier(kit, solution_folder(), handout_folder())
        found = verifier.run(cores(jobs), counted_steps("Grading"))
    for line in verification_lines(found, verbose, style):
        print(line)
    return ExitCode.NOT_PASSED if found.faults else ExitCode.OK


@command
def calibrate(
    part: Annotated[
        list[str] | None, typer.Option("--part", help="A part, or one training of it. May be repeated. [default: all]")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How often each network is trained.")] = 20,
    first: Annotated[int, typer.Option("--first", min=0, help="The first seed.")] = 0,
    data: Annotated[
        Path | None, typer.Option("--data", help="The real data sets. [default: $HW1_DATA or what is embedded]")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="The device that trains: auto, cpu, cuda or mps.")] = "auto",
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many trainings to run at once. [default: cores]")
    ] = None,
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution's folder. [default: the repository's]")
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry", help="Print what was measured, and leave floors.toml as it is.")
    ] = False,
) -> None:
    """Measure the solution's accuracy over seeds, and set the floors by it (autograder/hw1/floors.toml).

    What is finished is kept: run it again to go on.

    Example: hw1 calibrate --part 1.1 --seeds 20 --data ~/datasets
    """
    from autograder.home import solution_folder
    from autograder.kit import Kit
    from autograder.render.progress import counted_steps
    from autograder.staff.calibrate import Request, calibrated
    from autograder.staff.lines import calibration_lines

    wanted = Request(tuple(part or ()), range(first, first + seeds), cores(jobs), dry)
    with Kit(data=data, device=device) as kit:
        found = calibrated(kit, solution_folder(solution), wanted, counted_steps("Training"))
    for line in calibration_lines(found, style):
        print(line)


@command
def release(
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many mistakes to record at once. [default: cores]")
    ] = None,
    handout_only: Annotated[bool, typer.Option("--handout-only", help="Do not record the evidence again.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="ZIP", help="Pack the existing handout for students, without making it again."
        ),
    ] = None,
) -> None:
    """Make assignment/ from solution/, and record the evidence for the public seed; with -o, pack both for students.

    Example: hw1 release && hw1 release -o hw1-handout.zip
    """
    if output is not None:
        return _pack_handout(output)
    from autograder.home import handout_folder, solution_folder
    from autograder.staff.release import make_handout

    names = make_handout(solution_folder(), handout_folder())
    print(f"{handout_folder()}: {', '.join(names)}")
    if handout_only:
        return
    from autograder.kit import Kit
    from autograder.recording import public_recording, save_recording
    from autograder.render.progress import counted_steps
    from autograder.seeds import PUBLIC_SEED
    from autograder.staff.record import record

    with Kit() as kit:
        kit.launcher.warm("extras", ("matplotlib.pyplot",))
        workers = cores(jobs)
        made = record(solution_folder(), PUBLIC_SEED, kit.launcher, kit.rubric, workers, counted_steps("Recording"))
    public = public_recording()
    save_recording(made, public)
    print(f"{public}: the reference and {len(made.mistakes)} mistakes, {public.stat().st_size / 1e6:.1f} MB")


def _pack_handout(path: Path) -> None:
    """Write the zip for students and say what is in it."""
    from autograder.home import PACKAGE, solution_folder
    from autograder.kit import Kit

    with Kit() as kit:  # it begins to import torch
        from autograder.staff.package import write_handout_zip

        files = write_handout_zip(PACKAGE.parent, solution_folder(), path, kit)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, it holds nothing that students must not have")
    for name, data in sorted(files.items()):
        print(f"  {name}, {len(data) / 1e3:,.0f} kB")


@command
def new_term(
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many mistakes to record at once. [default: cores]")
    ] = None,
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution's folder. [default: the repository's]")
    ] = None,
    tidy: Annotated[
        bool, typer.Option("--tidy", help="Remove the evidence recorded for earlier seeds; it can be made again.")
    ] = False,
) -> None:
    """Draw a new staff seed, record the evidence for it, and say what has changed since the last term.

    The old seed is kept in the folder retired/ beside it: with it, the last term can be graded again.

    Example: hw1 new-term
    """
    from autograder.home import home_folder, solution_folder
    from autograder.kit import Kit
    from autograder.render.progress import counted_steps
    from autograder.staff.term import new_term as begin
    from autograder.staff.term import term_lines

    with Kit() as kit:
        told = counted_steps("Recording the evidence")
        begun = begin(home_folder(), solution_folder(solution), kit, cores(jobs), told, tidy)
    for line in term_lines(begun):
        print(line)


@command
def bundle(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="ZIP", help="The zip to upload.")] = Path(
        "autograder.zip"
    ),
    data: Annotated[
        Path | None, typer.Option("--data", help="The real data sets. [default: $HW1_DATA or what is embedded]")
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", help="staff: the secret seed; public: that of `hw1 check`, for a trial.")
    ] = "staff",
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution's folder. [default: the repository's]")
    ] = None,
    requirements: Annotated[
        Path | None, typer.Option("--requirements", metavar="FILE", help="A file with other versions of the packages.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="How many mistakes to record at once. [default: cores]")
    ] = None,
) -> None:
    """Make the zip for Gradescope's autograder: kit, evidence, seed and hidden images, nothing of the solution.

    It is opened again and tried on the untouched handout before it is said to be done. It holds secrets: keep it.

    Example: hw1 bundle -o autograder.zip --data ~/datasets
    """
    from autograder.home import solution_folder
    from autograder.render.progress import counted_steps
    from autograder.staff.bundle import bundle_lines, ingredients, write_bundle
    from autograder.staff.start import new_kit
    from autograder.staff.zips import require_file

    require_file(output, "autograder.zip")
    told = counted_steps("Recording the evidence")
    with new_kit("never", "cpu", data, seed, solution, cores(jobs), told) as kit:
        for remark in kit.tools.lacking():
            note(remark)
        made_of = ingredients(kit, solution_folder(solution), requirements)
    files = write_bundle(made_of, output)
    for line in bundle_lines(made_of, files, output):
        print(line)


@command
def preflight(
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="ZIP", help="The bundle to try. [default: one for the public seed]"),
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option(
            "--python", metavar="FILE", help="The interpreter of an environment with the kit. [default: ours]"
        ),
    ] = None,
    setup: Annotated[
        bool, typer.Option("--setup", help="First make the container's environment with setup.sh, and use that.")
    ] = False,
    requirements: Annotated[
        Path | None, typer.Option("--requirements", metavar="FILE", help="A file with other versions of the packages.")
    ] = None,
    cpus: Annotated[
        float | None, typer.Option("--cpus", min=0.1, help="The container's CPUs. [default: the rubric's]")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option("--memory", min=64, metavar="MB", help="The container's memory. [default: the rubric's]"),
    ] = None,
) -> int:
    """Check that grading fits into Gradescope's container: the solution, and what else the homework is tried with.

    Each is graded within the container's CPU and memory. Shows time and peak memory by phase, and what to raise.

    Example: hw1 preflight --setup
    """
    from autograder.home import solution_folder
    from autograder.render.progress import counted_steps
    from autograder.staff.preflight import Wanted, preflight_of
    from autograder.staff.preflight_lines import preflight_lines

    wanted = Wanted(bundle, python, setup, requirements, cpus, memory)
    if setup:
        note("setup.sh makes the environment first, which fetches 300 MB and takes a minute or more")
    note("each hand-in is graded as slowly as in the container")
    found = preflight_of(wanted, solution_folder(), counted_steps("Grading"))
    for line in preflight_lines(found, style):
        print(line)
    return ExitCode.OK if found.fits else ExitCode.NOT_PASSED
