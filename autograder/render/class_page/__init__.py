"""The class on one page, for staff: figures, checks, and a heat map of students by checks that is sorted and filtered.

One file that loads nothing. What it shows is data in it, which its script puts into the page as texts, never as
markup; its policy lets no other script or style work.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TEMPLATE, STYLE = HERE / "page.html", HERE / "page.css"
# One after another; what the later ones need stands in the earlier ones.
SCRIPTS = ("data", "filter", "overview", "checks", "rows", "students", "controls", "student", "main")


def class_page(title: str, graded: str, values: Mapping[str, Any]) -> str:
    """The page.

    Args:
        title: the homework's.
        graded: when the class was graded the last time; empty if it never was.
        values: as JSON values, the figures of ``class.json`` and ``cohort.class_rows.page_rows``.
    """
    return str(_template().render(title=title, graded=graded, values=values, **_own()))


@cache
def _own() -> dict[str, str]:
    """Style and script, and their digests as a content security policy names them."""
    style = STYLE.read_text(encoding="utf-8")
    script = "\n".join((HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    return {"style": style, "script": script, "style_digest": _digest(style), "script_digest": _digest(script)}


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
