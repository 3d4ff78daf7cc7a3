"""What was found as values for programs and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograder.render.table import cell, csv_text
from autograder.similar.compare import Match
from autograder.similar.evidence import Side
from autograder.similar.pieces import WEIGHTS
from autograder.similar.run import Resembling
from autograder.text import plain

Sides = tuple[list[Side], list[Side]]
COLUMNS = (
    *("rank", "student", "other", "kind", "part", "alike", "shared", "as alike", "of pairs", "median"),
    *("where", "where other", "said"),
)


def similar_values(found: Resembling, evidence: dict[Match, Sides]) -> dict[str, Any]:
    """All of it but the texts, as JSON values."""
    names = [plain(work.name) for work in found.works]
    return {
        "class": sum(not work.archived for work in found.works),
        "archive": sum(work.archived for work in found.works),
        "compared": found.compared,
        "unlisted": found.unlisted,
        "pairs": [
            {
                "students": [names[pair.first], names[pair.second]],
                "unusual": round(pair.unusual, 2),
                "parts": [_match_values(one, evidence) for one in pair.matches],
            }
            for pair in found.pairs
        ],
        "groups": [
            {
                "students": [names[number] for number in group.members],
                "pairs": group.pairs,
                "held together by": [[names[one.first], names[one.second]] for one in group.links],
            }
            for group in found.groups
        ],
        "not compared": [
            f"{name}: {said}" for name, work in zip(names, found.works, strict=True) for said in work.problems
        ],
    }


def similar_csv(values: dict[str, Any]) -> str:
    """A row for each part of each pair."""
    return csv_text([COLUMNS, *_rows(values)])


def _rows(values: dict[str, Any]) -> Iterator[list[object]]:
    for rank, pair in enumerate(values["pairs"], 1):
        for part in pair["parts"]:
            texts = [*pair["students"], part["kind"], part["part"]]
            median = "" if part["median"] is None else part["median"]
            figures = [part["alike"], part["shared"], part["as alike"], part["of pairs"], median]
            yield [rank, *map(_safe, texts), *figures, *map(_safe, (*part["where"], part["said"]))]


def _match_values(match: Match, evidence: dict[Match, Sides]) -> dict[str, Any]:
    sides = evidence.get(match, ([], []))
    return {
        "kind": match.kind,
        "part": match.part,
        "alike": round(match.alike, 5 if match.kind == WEIGHTS else 3),
        "shared": round(match.shared),
        "as alike": match.as_alike,
        "of pairs": match.pairs,
        "median": None if match.median is None else round(match.median, 3),
        "where": ["; ".join(plain(side.where) for side in one) for one in sides],
        "said": match.said,
    }


def _safe(text: str) -> str:
    return cell(plain(text))
