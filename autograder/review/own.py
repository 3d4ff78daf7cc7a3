"""A student's own measurements in an answer, by name: who measured 84.1 % and who measured 85.0 % say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

PERCENTAGE = re.compile(
    r"(?<![\w.,])(?:(\d{1,3}\.\d+)|(\d{1,3})(?=\s*(?:%|percent|퍼센트)))(?![\w.,]\d)(?:\s*(?:%|percent|퍼센트))?"
)
NO_WORD = re.compile(r"\W")
SHARE = re.compile(r"(?<![\w.,])0?\.\d{3,}(?![\w.]|\s*%)")


def named(text: str, own: Mapping[str, float]) -> str:
    """*text* with a name in the place of each figure that is one of the student's *own* measurements.

    Give the result to ``grouped`` in the place of the answer: then those stand together who name the same measurements
    in the same places, however much they differ. A figure that is no measurement, or could be two of them, stays.

    Args:
        own: percentages by any name, the same names for all students.
    """

    def name(figure: str, scale: float) -> str | None:
        unit = scale * 10 ** -len(figure.partition(".")[2])  # rounded or cut off
        fitting = [one for one, value in own.items() if abs(float(figure) * scale - value) < unit]
        return f" own_{NO_WORD.sub('_', fitting[0])} " if len(fitting) == 1 else None

    text = PERCENTAGE.sub(lambda found: name(found[1] or found[2], 1) or found[0], text)
    return SHARE.sub(lambda found: name(found[0], 100) or found[0], text)
