"""Staff's commands on a class that was graded: parse, call, print, exit code. No logic."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from autograder.command_line import command, note
from autograder.render.screen import json_text, style

FOLDER = typer.Argument(metavar="DIR", help="The folder of the reports, as `hw1 grade -o` names it.")


@command
def diff(
    folder: Annotated[Path, FOLDER] = Path("out"),
    runs: Annotated[
        list[int] | None, typer.Argument(metavar="[RUN RUN]", help="Two runs, by number. [default: the last two]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell who moved between two runs of `hw1 grade`, by how much, in which check, and because of what.

    Example: hw1 diff out
    """
    from autograder.cohort.moves import compared
    from autograder.staff.moves_lines import moves_json, moves_lines

    found, old, new = compared(folder, runs or [])
    if as_json:
        print(json_text(moves_json(found, old, new)))
        return
    for line in moves_lines(found, old, new, style):
        print(line)


@command
def explain(
    folder: Annotated[Path, FOLDER],
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="The student's id.")],
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id, like 1.2a.")],
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution. [default: the repository's]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell all that is known of one verdict: what was run and seen, how far it is from each mistake, and since when.

    Example: hw1 explain out 20260003 1.2a
    """
    from autograder.cohort.explain import explain as explained
    from autograder.cohort.journal import existing
    from autograder.homework import in_force
    from autograder.rubric import read_rubric
    from autograder.staff.explain_lines import explain_json, explain_lines
    from autograder.staff.start import known_recording

    with existing(folder) as journal:
        recording = known_recording(journal.seed_of(student), solution)
        found = explained(journal, in_force(), recording, read_rubric().limits, student, check)
    if recording is None:
        note("the evidence for the seed of that run is not here, so that no distances are told")
    if as_json:
        print(json_text(explain_json(found)))
        return
    for line in explain_lines(found, style):
        print(line)


@command
def report(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `hw1 grade` wrote to.")],
    listed: Annotated[
        str | None,
        typer.Option(
            "--who", metavar="CHECK[=MISTAKE]", help="List who did not pass a check, or made a mistake; write nothing."
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option("--export", metavar="SYSTEM", help="Write grades and feedback for canvas, moodle or gradescope."),
    ] = None,
    assignment: Annotated[
        str | None, typer.Option("--assignment", help="What it is called in Canvas, as in 'Homework 1 (4711)'.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For programs: the class's figures, as in class.json.")
    ] = False,
) -> None:
    """Make all reports and tables of a class again from its journal, without running anything.

    Example: hw1 report out --export moodle
    """
    from autograder.cohort.class_table import class_json, class_lines, who
    from autograder.cohort.export import export
    from autograder.cohort.people import people_of
    from autograder.cohort.tables import PAGE, class_reports, opened, render_class, write_tables
    from autograder.recording import failed_by_mistake
    from autograder.rubric import read_rubric
    from autograder.text import plain

    rubric = read_rubric()
    with opened(directory, rubric) as (journal, folder):
        for remark in journal.remarks:
            note(plain(remark))
        told = len(journal.remarks)
        if listed is not None:
            for line in who(class_reports(journal, folder), listed, failed_by_mistake(), people_of(journal)):
                print(line)
            return
        reports = render_class(journal, folder)
        written, figures = write_tables(reports, journal, folder)
        exported = export(system, reports, people_of(journal), folder, rubric, assignment) if system else None
        for remark in journal.remarks[told:]:
            note(plain(remark))
    if as_json:
        print(json_text(class_json(figures)))
        return
    for line in class_lines(figures):
        print(line)
    print(f"Grades: {written}\nPage: {written.with_name(PAGE)}")
    print(f"Reports: {directory}/<student>/feedback.html, feedback.txt, results.json, report.json")
    if exported:
        for remark in exported.remarks:
            note(remark)
        print("\n".join(f"For {system}: {path}" for path in exported.paths))


@command
def override(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the reports.")],
    student: Annotated[str, typer.Argument(metavar="[STUDENT]", help="Whom it is about.", show_default=False)] = "",
    check: Annotated[
        str,
        typer.Argument(
            metavar="[CHECK]", help="A check's or a written answer's id; bonus, penalty, late.", show_default=False
        ),
    ] = "",
    points: Annotated[str, typer.Argument(metavar="[POINTS]", help="In the kit's place.", show_default=False)] = "",
    why: Annotated[str, typer.Option("--why", help="The reason; the student reads it.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who decides; no student reads it. [default: you]")] = None,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Take a CSV file: student, check, points, why.")
    ] = None,
    empty: Annotated[
        float | None, typer.Option("--empty", metavar="0", help="Give 0 for every answer that is left empty.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last decision back (of STUDENT, on CHECK).")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List all decisions as CSV.")] = False,
) -> None:
    """Decide in the kit's place: points of a check or an answer, a bonus, a penalty, that being late costs nothing.

    Decisions stand in every report at once and stay when hand-ins are graded again. Without CHECK it lists them.

    Example: hw1 override out 20260001 2.1a 5 --why "right, but for a typing error"
    """
    from autograder.cohort.overriding import Entry, opened, read_entries, require_one_of
    from autograder.homework import in_force
    from autograder.rubric import read_rubric

    require_one_of({"CHECK": check, "--from": file, "--list": listed, "--empty": empty is not None}, undo, student)
    with opened(directory, read_rubric().of(in_force()), by) as overrides:
        for remark in overrides.journal.remarks:
            note(remark)
        if undo:
            print(overrides.undo(student, check if empty is None else "empty"))
        elif empty is not None:
            print(f"{overrides.close_empty(empty, why)} answers that were left empty have 0 points.")
        elif file is not None or check:
            entries = read_entries(file) if file is not None else {"": Entry(student, check, points, why)}
            for line in overrides.decide(entries):
                print(line)
        else:
            print(overrides.listed(student), end="")
            return
        print(f"The reports and tables in {directory} are made again.")


@command
def review(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the reports.")],
    taken: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Take points: CSV (student, question, points) or a review.json."),
    ] = None,
    written: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write all answers with points: .csv or .json."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List all points that were ever given, as CSV.")] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who gives them; no student reads it. [default: you]")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Of the page; 0: any that is free.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the page's address; open no browser.")] = False,
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution, for its answers. [default: the repository's]")
    ] = None,
) -> None:
    """Grade the written answers on a page in your browser, question by question; or take and write points as files.

    Example: hw1 review out
    """
    from autograder.cohort.marking import opened
    from autograder.cohort.whose import require_at_most_one
    from autograder.homework import in_force
    from autograder.rubric import read_rubric
    from autograder.text import plain

    rubric = read_rubric().of(in_force())
    if require_at_most_one({"--import": taken, "--export": written, "--list": listed}) == 0:
        from autograder.home import solution_folder
        from autograder.review.serving import served
        from autograder.staff.model_answers import asked

        with served(directory, rubric, asked(rubric, solution_folder(solution)), by, port) as server:
            for remark in server.remarks:
                note(plain(remark))
            print(f"Grade the written answers at {server.address}")
            print("Each decision is kept at once. Ctrl-C ends this and makes the reports and tables again.", flush=True)
            if not no_open and sys.stdout.isatty():
                webbrowser.open(server.address)
            server.run()
        print(f"The reports and tables in {directory} are up to date.")
        return
    with opened(directory, rubric, by) as marking:
        for remark in marking.journal.remarks:
            note(plain(remark))
        if taken is not None:
            print(f"Points and comments that were taken from {taken}: {marking.take(taken)}.")
            print(f"The reports and tables in {directory} are made again.")
        elif written is not None:
            print(f"{written}: {marking.export(written)} answers.")
        else:
            print(marking.listed(), end="")


@command
def similar(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", help="The folder of the reports; or hand-ins, as hw1 grade takes them."),
    ],
    archive: Annotated[
        list[Path] | None,
        typer.Option("--archive", metavar="DIR", help="Earlier years': compared with the class. May be repeated."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where to write. [default: the reports', or out]"),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many pairs to list.")] = 50,
    solution: Annotated[
        Path | None, typer.Option("--solution", help="The solution's folder. [default: the repository's]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Find hand-ins that resemble each other: code, weights, written answers. It changes no grade.

    Example: hw1 similar out --archive ../last-year/hand-ins
    """
    from autograder.cohort.journal import NAME
    from autograder.home import solution_folder
    from autograder.render.progress import counted_steps
    from autograder.staff.similar import similar as compare
    from autograder.staff.similar_lines import similar_lines
    from autograder.text import plain

    reports = next((path for path in paths if (path / NAME).is_file()), Path("out"))
    given = solution_folder(solution)
    values, written, remarks = compare(paths, archive or [], output or reports, given, counted_steps, most)
    for remark in remarks:
        note(plain(remark))
    if as_json:
        print(json_text(values))
        return
    for line in similar_lines(values, style):
        print(line)
    print("\n".join(f"{what}: {path}" for what, path in zip(("Page", "Table"), written, strict=True)))
