"""The five checks as nbgrader runs them: cells of the notebook with its metadata, one point each."""

from __future__ import annotations

CHECKS = ("exists", "count", "shape", "gradients", "learns")
ROLE = {"schema_version": 3, "locked": False, "grade": False, "solution": False, "task": False}


def code(source, name, **metadata):
    """A code cell that has not been run."""
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": None,
        "outputs": [],
        "source": source,
        "metadata": metadata,
    }


def graded(source):
    """The cells of a hand-in with this module: the student's, then one for each check."""
    yield code(source, "answer", nbgrader={**ROLE, "grade_id": "answer", "solution": True})
    for name in CHECKS:
        role = {**ROLE, "grade_id": name, "grade": True, "locked": True, "points": 1}
        yield code(f"import five_checks\n\nfive_checks.{name}(Exp2)", name, nbgrader=role)


def notebook(cells):
    """The notebook with these cells, as a document for JSON."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
