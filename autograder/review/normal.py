"""Written answers without what says nothing: case, white space, punctuation, Markdown's marks.

What does say something stays: numbers with their points and percent signs, and the signs of formulas.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 20_000  # characters that are compared; the rest of a longer answer counts as it stands

APOSTROPHES = re.compile(r"(?<=\w)['\u2018\u2019\u02bc\u00b4`](?=\w)")
LIST_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*\u2022\u00b7]|>(?=\s*[^\W\d_]))[ \t]+", re.MULTILINE)
EMPHASIS = re.compile(r"(?<![\w*])(?:\*{1,3}|_{1,3})(?=\w)|(?<=[\w.,;:!?)%])(?:\*{1,3}|_{1,3})(?![\w*])")
ARROWS = (("=>", "\u2192"), ("->", "\u2192"), ("<-", "\u2190"), ("!=", "\u2260"), ("<=", "\u2264"), (">=", "\u2265"))
SIGNS = str.maketrans({"\u2212": "-", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u2044": "/"})
TOKEN = re.compile(
    r"(?:(?<![\w)\]])-)?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?:\s*%)?"  # 1,000; -0.5; 1e-3; 98.2 %
    r"|(?:(?<![\w)\]])-)?\.\d+(?:\s*%)?"
    r"|[^\W\d_](?:\w*\w)?"  # a word, inner underscores kept
    r"|(?<=[\w)\]])\s*-\s*(?=\d)|(?<=[\w)\]])\s+-\s+(?=\w\b)"  # minus: before a number or a variable
    r"|[<>=+*/^%\u00b1\u2192\u2190\u2248\u2260\u2264\u2265\u221d\u221e\u221a\u2211\u2202\u2207\u2205]"
)


def normal(text: str) -> str:
    """*text* in small letters, its words, numbers and signs with one blank between them.

    Two answers with the same result are identical: one decision is about both.
    """
    head, rest = text[:LONGEST], text[LONGEST:]
    return " ".join([*tokens(head), *([rest] if rest.strip() else [])])


def tokens(text: str) -> list[str]:
    """The words, numbers and signs of *text* in their normal form."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(one for one in plain if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    plain = APOSTROPHES.sub("", LIST_MARKS.sub("", plain))
    for written, sign in ARROWS:
        plain = plain.replace(written, sign)
    plain = EMPHASIS.sub("", plain).translate(SIGNS)
    return [re.sub(r"\s+", "", found[0]) for found in TOKEN.finditer(plain)]
