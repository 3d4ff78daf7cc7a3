"""What was handed in as documents, read: the figures of PDFs, and notebooks as modules and answers."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.check import Check
from autograder.evidence import Origin
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.opening import Opens
from autograder.ingest.pdfs import with_reports
from autograder.submission import Submission


def with_documents(found: Submission, kit: Opens) -> Submission:
    """*found* with what stands in its PDFs and notebooks; the same for everybody who grades."""
    return with_notebooks(with_reports(found, kit), kit)


def places_of(checks: Iterable[Check], submission: Submission) -> dict[str, Origin]:
    """The last place where what a check judges is defined, by check, if that is in a notebook."""
    found = {check.id: _place(check, submission) for check in checks}
    return {check_id: place for check_id, place in found.items() if place is not None}


def _place(check: Check, submission: Submission) -> Origin | None:
    module, name, *_ = (*check.about.split("."), "")
    file = f"{module}.py"
    origins = submission.origins.get(file, ()) if name else ()
    source = submission.files.get(file, b"").decode(errors="replace").splitlines()
    begins = (f"class {name}(", f"class {name}:", f"def {name}(", f"{name} =")
    lines = [number for number, text in enumerate(source[: len(origins)]) if text.startswith(begins)]
    return origins[lines[-1]] if lines else None
