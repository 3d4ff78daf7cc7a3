"""Figures that a text claims: accuracies and parameter counts with their unit, not each number in a table.

What the kit itself prints (`hw1 check`, `hw1 train`, its tables of experiments) holds figures of the reference and of
what is wanted; none of them is anybody's claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

AROUND = 60  # characters of text before and after a figure
PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,12})?)\s?(?:%|％|percent\b|퍼센트|프로(?![가-힣]))", re.I)
COUNT = r"(?<![\w.,])(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})"
UNIT = r"(?:\bparam(?:eter)?s?\b|파라미터|매개\s?변수)"
COUNT_BEFORE = re.compile(rf"{COUNT}(?![.,]?\d)\s*(?:\w+\s+)?{UNIT}", re.I)
COUNT_AFTER = re.compile(rf"{UNIT}[^\n\d,;]{{0,40}}?{COUNT}(?![.,]?\d)", re.I)
# Lines and rows of the kit's own: a check's, a training's.
OURS = re.compile(
    r"^\W{0,6}\d\.\d(?:\.\d{1,2})?[abc]?(?:-[a-zA-Z0-9]+)?: |^\s*\|"
    r"|\breference\b.{0,40}\b(?:gives|accuracy)|\bstandard deviation of\b|\d ?(?:±|\+-) ?\d"
    r"|\bpoints (?:earned|lost|open)\b|\bthe solution reaches\b",
    re.I,
)
WANTED = re.compile(r"[,;(]\s*wanted\s+[\d(].*", re.I)


def claimed_lines(text: str, printed: str) -> Iterator[str]:
    """The lines of *text* that may claim something, without what is wanted.

    Args:
        printed: a pattern of what the homework prints of its own, or nothing.
    """
    own = re.compile(printed or "(?!)", re.I)
    for line in text.splitlines():
        if not OURS.search(line) and not own.search(line):
            yield WANTED.sub("", line)


def figures_of(text: str, printed: str) -> Iterator[tuple[str, str]]:
    """Each figure of a page with its unit, and the words around it; see ``claimed_lines``."""
    plain = " ".join(" ".join(claimed_lines(text, printed)).split())
    found = [
        *((match.start(), match.end(), match[0]) for match in PERCENT.finditer(plain)),
        *((match.start(1), match.end(1), match[1]) for match in COUNT_BEFORE.finditer(plain)),
        *((match.start(1), match.end(1), match[1]) for match in COUNT_AFTER.finditer(plain)),
    ]
    ended = -1
    for start, end, figure in sorted(found):
        if start >= ended:
            yield figure, plain[max(0, start - AROUND) : end + AROUND]
            ended = end


def count_of(text: str) -> float | None:
    """The last parameter count of *text*."""
    before = [one for one in COUNT_BEFORE.findall(text) if len(one) > 2]  # "Network 1 parameters: 23860"
    digits = before or COUNT_AFTER.findall(text) or COUNT_BEFORE.findall(text)
    return float(digits[-1].replace(",", "")) if digits else None
