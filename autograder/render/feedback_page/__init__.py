"""A report as a page for its student: one file that loads nothing, in which no script runs.

All that it says comes from the report as its student may read it (``discretion.py``). Texts of a hand-in stand in it as
texts; of written answers only what ``prose.py`` knows becomes more than that.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from autograder.homework import in_force
from autograder.render.feedback_page import curve
from autograder.render.feedback_page.entries import parts_of
from autograder.render.text import elsewhere, lateness, summary
from autograder.report import Report
from autograder.rubric import Rubric
from autograder.text import plain, points, shown

HERE = Path(__file__).parent
TEMPLATE, STYLE = HERE / "page.html", HERE / "page.css"
CODE = re.compile(r"`([^`]+)`")
MOST_NOTES = 40  # on single lines of notebooks
PRINTED_LINES = 40
MEASURES = ("WIDTH", "HEIGHT", "LEFT", "RIGHT", "TOP", "BOTTOM")  # of a chart


def feedback_page(report: Report, rubric: Rubric) -> str:
    """The page.

    Args:
        report: as its student may read it (``discretion.for_students``).
    """
    return str(
        _template().render(
            title=rubric.title,
            report=report,
            total=points(report.total),
            of=points(report.asked_for.maximum),
            said=[summary(report), *lateness(report)],
            remarks=[*report.remarks, *elsewhere(report)],
            notes=report.notes[:MOST_NOTES],
            more_notes=max(0, len(report.notes) - MOST_NOTES),
            parts=parts_of(report, rubric, in_force()),
            printed=report.printed.splitlines()[:PRINTED_LINES],
            fingerprint=[(name, value) for name, value in report.fingerprint.items() if name != "differs"],
            chart={name.lower(): getattr(curve, name) for name in MEASURES},
            **_own(),
        )
    )


def said(text: str) -> Markup:
    """A sentence as HTML: everything is literal but pairs of backticks, between which stands code."""
    text = plain(str(text))
    pieces, end = [], 0
    for found in CODE.finditer(text):
        pieces += [escape(text[end : found.start()]), Markup("<code>{}</code>").format(found[1])]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])])


@cache
def _own() -> dict[str, str]:
    """The style, and its digest as a content security policy names it."""
    style = STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {"style": style, "style_digest": f"sha256-{digest}"}


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"said": said, "shown": shown, "plain": plain}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
