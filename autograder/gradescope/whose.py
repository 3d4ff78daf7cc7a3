"""Whose upload it is: the id in the names of its files, compared with the e-mail addresses.

Gradescope's metadata hold no student number, so it is what the student called the file. Gradescope itself knows whose
the upload is; the id here is for staff who compare lists.
"""

from __future__ import annotations

from autograder.cohort.identity import ids_in
from autograder.gradescope.metadata import Upload
from autograder.ingest.handin import HandIn
from autograder.ingest.names import shown, student_id
from autograder.rubric import Rubric

OWN_NAME = "submission"  # what Gradescope calls the folder of every upload


def whose(one: HandIn, upload: Upload, rubric: Rubric) -> tuple[str, tuple[str, ...]]:
    """The student's id, and what staff should know of it."""
    names = [name for name in (*one.names, *one.hints) if name != OWN_NAME]
    called = ids_in(names, rubric.student_id)
    mailed = ids_in([address.partition("@")[0] for address in upload.addresses], rubric.student_id)
    student = next(iter([*(each for each in called if each in mailed), *called, *mailed]), "")
    flags = []
    if len(upload.addresses) > 1:
        flags.append(f"from a group: {', '.join(shown(address) for address in upload.addresses[:10])}")
    if called and mailed and not set(called) & set(mailed):
        flags.append(f"the file is named after {called[0]}, the e-mail address after {mailed[0]}")
    if not student:
        flags.append("neither the file names nor the e-mail address contains a student id")
        student = student_id(f"submission-{upload.number}" if upload.number else OWN_NAME)
    return student, tuple(flags)
