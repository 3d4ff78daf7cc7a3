"""Figures that documents of a hand-in show, as values; what they are of is the network that is named beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from autograder.homework import Homework, in_force
from autograder.ingest.names import shown
from autograder.submission import Claimed

WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")  # of a class's name: people write My Net-3 for MyNet3
NUMBER = re.compile(r"([0-9][0-9,]{0,20}(?:\.[0-9]{1,12})?)(?:\s?([^\s0-9.,][^0-9]{0,20}))?")


def in_pdf(name: str, page: int, figure: str, around: str) -> Iterator[Claimed]:
    """The figure on a page of the PDF *name*; none if it is no figure.

    Args:
        figure: a number with a sign or a word for percent, or a number of parameters alone.
        around: the text around it.
    """
    if found := NUMBER.fullmatch(figure):
        value, what = float(found[1].replace(",", "")), "accuracy" if found[2] else "parameters"
        training = _named(around, max(0, around.find(figure)))
        value = value / 100 if what == "accuracy" else value
        yield Claimed(f"{shown(name)}, page {page}", what, value, training, around)


def in_notebook(name: str, cell: int, about: str, what: str, value: float) -> Claimed:
    """The figure that a stored output of the notebook *name* shows, an accuracy in percent.

    Args:
        about: the training, or nothing.
    """
    training = about if about in in_force().training else ""
    return Claimed(f"{shown(name)}, cell {cell}", what, value / 100 if what == "accuracy" else value, training)


def _named(around: str, at: int) -> str:
    """The training whose network is named in *around*, the last one before the place *at*, or else the first one."""
    pattern, trainings = _networks(in_force())
    found = [(match.start(), trainings[(match.lastindex or 1) - 1]) for match in pattern.finditer(around)]
    before = [training for start, training in found if start < at]
    return (before[-1:] or [training for _, training in found[:1]] or [""])[0]


@cache
def _networks(homework: Homework) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern with a group for each name of a network, and the id of each one's training."""
    trained = {one.network: one.id for one in homework.trainings}
    others = {name: trained.get(right, "") for module in homework.modules for name, right in module.also}
    known = {name: training for name, training in {**others, **trained}.items() if training}
    names = sorted(known, key=len, reverse=True)
    each = "|".join(f"({_spelt(name)})" for name in names) or "(?!)"
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{each})(?![A-Za-z0-9_])", re.I), tuple(known[one] for one in names)


def _spelt(name: str) -> str:
    """A pattern of a class's name as people write it, in parts or not."""
    words = WORDS.findall(name)
    return "[-_ ]?".join(words) if "".join(words) == name.replace("_", "") else re.escape(name)
