"""What `hw1 similar` says in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograder.render.similar import how_alike, how_many
from autograder.render.text import Style

MOST = 10  # pairs; the page has all


def similar_lines(values: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The most unusual pairs, each with the part in which it is the rarest, and the groups."""
    yield how_many(values)
    pairs = values["pairs"]
    if not pairs:
        yield style("No pair is unusually alike.", "bold")
    for pair in pairs[:MOST]:
        part, others = pair["parts"][0], len(pair["parts"]) - 1
        more = f"; and {others} more" if others else ""
        yield f"{style('  '.join(pair['students']), 'bold')}  {part['part']}: {how_alike(part)}{more}"
    if len(pairs) > MOST:
        yield f"{len(pairs) - MOST} more are on the page."
    for group in values["groups"]:
        yield f"A group of {len(group['students'])}: {', '.join(group['students'])}"
    for said in values["not compared"]:
        yield f"{style('not compared', 'yellow')}  {said}"
    if pairs:
        yield "They are alike; who wrote it first, or whether anybody copied, it does not say. No grade depends on it."
