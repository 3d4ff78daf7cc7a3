"""Written answers without what says nothing: case, white space, punctuation, Markdown's marks.

What does say something stays: numbers with their points and percent signs, and the signs of formulas.
"""

from __future__ import annotations

import re
import unicodedata

from autograder.answers.marks import digest_of

LONGEST = 20_000  # characters that are compared, eight pages; the rest of a longer answer is a word of its own

APOSTROPHES = re.compile(r"(?<=\w)['\u2018\u2019\u02bc\u00b4`](?=\w)")
LIST_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*\u2022\u00b7]|>(?=\s*[^\W\d_]))[ \t]+", re.MULTILINE)
INDENT = re.compile(r"^[^\S\n]+", re.MULTILINE)  # a hyphen behind it begins the line
EMPHASIS = re.compile(r"(?<![\w*])(?:\*{1,3}|_{1,3})(?=[\w(\"])|(?<=[\w.,;:!?)%\"])(?:\*{1,3}|_{1,3})(?![\w*])")
ARROWS = (("=>", "\u2192"), ("->", "\u2192"), ("<-", "\u2190"), ("!=", "\u2260"), ("<=", "\u2264"), (">=", "\u2265"))
SIGNS = str.maketrans({"\u2212": "-", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u2044": "/"})
TOKEN = re.compile(
    r"(?:(?<![\w)\]])-)?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?:\s*%)?"  # 1,000; -0.5; 1e-3; 98.2 %
    r"|(?:(?<![\w)\]])-)?\.\d+(?:\s*%)?"
    r"|[^\W\d_](?:\w*\w)?"  # a word, inner underscores kept
    # A minus: before a number, between variables, before one (e^-x). Other hyphens and dashes are none.
    r"|(?<=[\w)\]])\s*-\s*(?=\d)|(?<=[\w)\]])(?:-|\s+-\s+)(?=\w\b)|(?<=[<>=+*/^(])-(?=[\w(])"
    r"|(?<=[^\S\n])-(?=[\w(])|(?<=,)-(?=[\w(])|^-(?=\w\b|\(|log|ln|exp|sum|sin|cos|tan)"
    r"|(?<=[-+*/^=\d])\((?!\))|(?<=[-+*/^=]\s)\(|(?<!\()\)(?=\s*[*/^])"  # the brackets of a formula
    r"|[*/^%]"
    r"|(?P<sign>[^\w\s])",  # if it is one of SAYING
    re.MULTILINE,
)
SAYING = ("Sm", "So")  # mathematics, and others like ticks and crosses
ABOUT = "~"


def normal(text: str) -> str:
    """*text* in small letters, its words, numbers and signs with one blank between them.

    Two answers with the same result are identical: one decision is about both.
    """
    rest = text[LONGEST:].strip()
    found = [*tokens(text[:LONGEST]), *([f"#{digest_of(rest)}"] if rest else [])]
    return " ".join(found or text.split())  # nothing but punctuation


def tokens(text: str) -> list[str]:
    """The words, numbers and signs of *text* in their normal form."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(one for one in plain if one.isspace() or unicodedata.category(one) not in ("Cc", "Cf"))
    plain = INDENT.sub("", APOSTROPHES.sub("", LIST_MARKS.sub("", plain)))
    for written, sign in ARROWS:
        plain = plain.replace(written, sign)
    plain = EMPHASIS.sub("", plain).translate(SIGNS)
    return [re.sub(r"\s+", "", found[0]) for found in TOKEN.finditer(plain) if _says(found["sign"])]


def _says(sign: str | None) -> bool:
    return sign is None or (unicodedata.category(sign) in SAYING and sign != ABOUT)
