"""What goes back to a learning management system (LMS): tables and feedback in the forms that its importers read.

Canvas (``lib/gradebook_importer.rb``, ``AbstractAssignment#infer_comment_context_from_filename``): the gradebook's CSV
begins with Student, ID, SIS User ID, SIS Login ID and Section, has a row "Points Possible", and finds a student by ID.
A zip of files under the names of its download puts each under the submission whose user and attachment the name says;
students see it under their own file's name, so that it is packed as that is.

Moodle (``mod/assign/feedback/offline/importgradeslib.php``, ``feedback/file/importziplib.php``): the grading worksheet
must have Identifier ("Participant" and a number), Grade and Last modified (grade). A feedback file lies in a folder
called by name, participant's number and ``assignsubmission_file_``; the name must not hold an underscore.

Gradescope takes no grades back; its columns are what its own "Download grades" has, for whoever reads that.
"""

from __future__ import annotations

import bz2
import gzip
import html
import io
import lzma
import re
from collections.abc import Callable, Iterable, Mapping

from autograder.discretion import for_students
from autograder.packed import write_tar, zipped
from autograder.render.feedback_page import feedback_page
from autograder.render.table import cell, csv_text
from autograder.render.text import feedback_text, summary
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.submission import Owner
from autograder.text import plain, points

Row = tuple[Report, Owner]
FEEDBACK, PAGE = "feedback.txt", "feedback.html"
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"),
    *("Last modified (submission)", "Last modified (grade)", "Feedback comments"),
)
GRADESCOPE = ("Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID")
TARS: Mapping[str, Callable[[bytes], bytes]] = {
    ".tar": lambda data: data,
    **dict.fromkeys((".tar.gz", ".tgz"), lambda data: gzip.compress(data, mtime=0)),
    **dict.fromkeys((".tar.bz2", ".tbz2", ".tbz"), bz2.compress),
    **dict.fromkeys((".tar.xz", ".txz"), lzma.compress),
}
TEXTS = (".py", ".md", ".txt")  # what can hold the feedback as it is
MAX_NAME = 80  # characters of a student's name as a folder's


def canvas_csv(rows: Iterable[Row], rubric: Rubric, assignment: str) -> str:
    """The gradebook with one assignment.

    Args:
        assignment: what it is called there, best with its number, by which it is found: ``"Homework 1 (4711)"``.
    """
    possible = ["    Points Possible", "", "", "", "", points(rubric.total)]
    lines = [
        [_name(report, owner), owner.numbers["canvas"], _id(report, owner), "", "", points(report.total)]
        for report, owner in rows
    ]
    return csv_text([(*CANVAS, cell(plain(assignment))), possible, *lines])


def canvas_zip(rows: Iterable[Row], rubric: Rubric) -> tuple[bytes, list[str]]:
    """The feedback under the names that the hand-ins had in the download, and who has no file that can hold it.

    Empty if nobody has: the class was not graded from Canvas's download.
    """
    files, without = {}, []
    for report, owner in rows:
        said = _feedback(report, rubric)
        packed = ((name, packed_as(name, said)) for name in sorted(owner.files, key=_is_text))
        found = next(((name, data) for name, data in packed if data is not None), None)
        if found is None:
            without.append(report.student)
        else:
            files[found[0]] = found[1]
    return zipped(files) if files else b"", without


def moodle_csv(rows: Iterable[Row], rubric: Rubric) -> str:
    """The grading worksheet; what Moodle does not read back is empty."""
    lines = [
        [
            f"Participant {owner.numbers['moodle']}",
            _name(report, owner),
            cell(plain(owner.email)),
            "",
            points(report.total),
            points(rubric.total),
            "Yes",
            "-",
            "-",
            cell(html.escape(summary(report), quote=False)),
        ]
        for report, owner in rows
    ]
    return csv_text([MOODLE, *lines])


def moodle_zip(rows: Iterable[Row], rubric: Rubric) -> bytes:
    """The feedback of each participant, as a text and as a page."""
    files: dict[str, bytes] = {}
    for report, owner in rows:
        name = re.sub(r'[\\/_:*?"<>|]', " ", plain(owner.name or report.student, MAX_NAME)).strip(". ")
        folder = f"{name or 'Participant'}_{owner.numbers['moodle']}_assignsubmission_file_"
        files |= {f"{folder}/{file}": data for file, data in _feedback(report, rubric).items()}
    return zipped(files)


def gradescope_csv(rows: Iterable[Row], rubric: Rubric) -> str:
    """A row a student, a column a check, as Gradescope's own table of an assignment has them."""
    rows = list(rows)
    lines = {line.id: line for report, _ in rows for line in report.lines if line.points}
    heads = [f"{cell(plain(f'{name}: {line.title}'))} ({points(line.points)} pts)" for name, line in lines.items()]
    body = []
    for report, owner in rows:
        settled = {line.id: points(line.outcome.points) for line in report.lines if not line.outcome.status.open}
        cells = [settled.get(name, "") for name in lines]
        status = "Ungraded" if report.open or report.by_hand else "Graded"
        who = [_name(report, owner), _id(report, owner), cell(plain(owner.email))]
        sums = [points(report.total), points(rubric.total), status, owner.numbers.get("gradescope", "")]
        body.append([*who, *sums, *cells])
    return csv_text([(*GRADESCOPE, *heads), *body])


def packed_as(name: str, files: Mapping[str, bytes]) -> bytes | None:
    """*files* as one file of that *name*, packed as its ending says; where that is a text's, the feedback's text alone.

    None for what can hold none of it.
    """
    low = name.lower()
    if any(0xD800 <= ord(sign) < 0xE000 for sign in name):  # bytes that are no text: no zip can name it
        return None
    if low.endswith(".zip"):
        return zipped(dict(files))
    squeeze = next((squeeze for ending, squeeze in TARS.items() if low.endswith(ending)), None)
    if squeeze is not None:
        tar = io.BytesIO()
        write_tar(tar, [(one, data, len(data)) for one, data in files.items()])
        return squeeze(tar.getvalue())
    return files[FEEDBACK] if low.endswith(TEXTS) else None


def _is_text(name: str) -> bool:
    return name.lower().endswith(TEXTS)  # archives first: they stand for the whole hand-in


def _feedback(report: Report, rubric: Rubric) -> dict[str, bytes]:
    """What the student gets, by file."""
    seen = for_students(report)
    texts = {FEEDBACK: feedback_text(seen, rubric), PAGE: feedback_page(seen, rubric)}
    return {name: text.encode(errors="backslashreplace") for name, text in texts.items()}


def _name(report: Report, owner: Owner) -> str:
    return cell(plain(owner.name or report.student))


def _id(report: Report, owner: Owner) -> str:
    """The student's id, where the roster or the LMS says it."""
    return cell(plain(report.student)) if owner.sure else ""
