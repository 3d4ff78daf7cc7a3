"""Hand-ins that resemble each other as a page: the list, the groups, and each pair's texts side by side.

All texts are students': they are shown as texts, nothing runs in the page, and it loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from autograder.text import shown

TEMPLATE = Path(__file__).with_name("similar.html")
COLOURS = 6  # for the runs of a text, in turn
LINE = 400  # characters of a piece of a line


def similar_page(values: Mapping[str, Any], sides: Sequence[Sequence[Any]], common: Mapping[str, Any]) -> str:
    """The page.

    Args:
        values: as ``hw1 similar --json`` prints them.
        sides: by pair and part, what stands on the left and on the right: lists of texts with ``where`` and ``lines``,
            each line with ``number`` and ``spans``, each of these with ``text`` and ``run``.
        common: what counts as common in this class, for the page's explanation.
    """
    pairs = [
        {**pair, "parts": [{**part, "sides": both} for part, both in zip(pair["parts"], own, strict=True)]}
        for pair, own in zip(values["pairs"], sides, strict=True)
    ]
    return str(_template().render(values=values, pairs=pairs, common=common))


def how_many(values: Mapping[str, Any]) -> str:
    """``12 hand-ins and 10 of earlier years, 186 pairs compared.``."""
    earlier = f" and {values['archive']:,} of earlier years" if values["archive"] else ""
    hand_ins, pairs = values["class"], values["compared"]
    return f"{hand_ins:,} hand-in{_s(hand_ins)}{earlier}, {pairs:,} pair{_s(pairs)} compared."


def how_alike(part: Mapping[str, Any]) -> str:
    """``97 % alike, as 1 of 66 pairs are (median 12 %)``."""
    alike = part["said"] or f"{_percent(part['alike'])} alike"
    if part["of pairs"] == 1:
        return f"{alike}; no other two have this part"
    median = "" if part["median"] is None else f" (median {_percent(part['median'])})"
    return f"{alike}, as {part['as alike']:,} of {part['of pairs']:,} pairs {_are(part['as alike'])}{median}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _line(text: str) -> str:
    return shown(text.replace("\t", "    "), LINE)


def _colour(run: int) -> int:
    return (run - 1) % COLOURS


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"line": _line, "compared": how_many, "how_alike": how_alike, "colour": _colour}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
