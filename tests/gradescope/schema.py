"""What is wrong with a ``results.json``: Gradescope's schema, and rules of ours that no schema can say."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).with_name("results.schema.json")
SHOWN = 300  # characters of a message; a validator quotes the whole document otherwise


@cache
def validator() -> Draft202012Validator:
    """The schema, itself checked."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(document: Any) -> list[str]:
    """Sentences of the form ``tests/3/score: 5 is above max_score, 4``; none for a good document.

    Beyond the schema: each score lies between 0 and its max_score; no test and not the whole is ``hidden``, for that
    hides a student's total; every number is finite; texts hold no control or other invisible character but newlines.
    """
    found = [_said(error.absolute_path, error.message) for error in validator().iter_errors(document)]
    found += [_said(path, text) for path, value in _values(document) if (text := _problem(value))]
    if isinstance(document, dict):
        if document.get("visibility") == "hidden":
            found.append("visibility: hidden hides the total")
        tests = document.get("tests")
        for number, test in enumerate(tests if isinstance(tests, list) else []):
            if isinstance(test, dict):
                found += [_said(("tests", number, *path), text) for path, text in _of_test(test)]
    return sorted(found)


def _of_test(test: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    if test.get("visibility") == "hidden":
        yield ("visibility",), "hidden hides the total"
    if "score" not in test:
        return
    if "max_score" not in test:
        yield ("max_score",), "is not there, and there is a score"
        return
    score, most = test["score"], test["max_score"]
    if not (_is_number(score) and _is_number(most)):
        return  # the schema has said so
    if score < 0:
        yield ("score",), f"{score} is below 0"
    if score > most:
        yield ("score",), f"{score} is above max_score, {most}"


def _values(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every key, text and number in the document, with the way to it."""
    if isinstance(value, dict):
        yield from ((path, key) for key in value)
    if isinstance(value, (dict, list)):
        for name, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _values(child, (*path, name))
    else:
        yield path, value


def _problem(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no JSON"
    if isinstance(value, str):
        bad = sorted({one for one in value if one != "\n" and unicodedata.category(one)[0] == "C"})
        if bad:
            return f"holds {', '.join(f'U+{ord(one):04X}' for one in bad[:5])}"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _said(path: Any, text: str) -> str:
    return f"{'/'.join(ascii(part).strip(chr(39)) for part in path) or 'document'}: {text[:SHOWN]}"
