"""What the sizes of a convolution are called: the question's letters, words for them, and names of programs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A size that a text names.

    Attributes:
        symbol: ``H``, ``W``, ``C`` (height, width, channels), ``F``, ``S``, ``P`` (filter, stride, padding).
        role: ``"in"`` or ``"out"`` where the name says which, like ``H_in`` and ``H'``; otherwise ``""``: in a formula
            the input's, before ``=`` the output's.
    """

    symbol: str
    role: str = ""


# Each size's words; a name is one of them, alone or with a qualifier before or after it.
SIDES = {"H": ("h", "height", "높이", "세로"), "W": ("w", "width", "너비", "폭", "가로")}
CHANNELS = ("c", "ch", "channel", "channels", "depth", "채널", "채널수", "깊이")
SETTINGS = {
    "F": ("f", "k", "filter", "kernel", "필터", "커널"),
    "S": ("s", "stride", "strides", "스트라이드", "보폭"),
    "P": ("p", "pad", "padding", "pads", "패딩"),
}
BEFORE = {"in": ("in", "input", "i", "입력"), "out": ("out", "output", "o", "new", "출력")}
AFTER = {"in": (*BEFORE["in"], "1", "0", "prev", "old"), "out": (*BEFORE["out"], "2", "next")}
AXES = ("h", "w", "height", "width", "x", "y")
SIZE = ("size", "크기")
PARTICLES = ("에서", "으로", "은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "로")
NUMBERS = {"one": 1, "two": 2, "하나": 1, "둘": 2}
# Words that stand for a sign: a text that says "plus one" is not one that forgot it.
SIGNS = {"plus": "+", "minus": "-", "times": "*", "over": "/", "x": "*", "더하기": "+", "빼기": "-", "곱하기": "*"}
SIGNS |= {"나누기": "/", "div": "/", "divided": "/", "by": "*"}
# How words begin that change a formula before or after them: what stands near one is not held against anybody.
ADDING = ("add", "increas", "subtract", "divide", "multipl", "더", "증가", "빼", "나누", "나눈", "곱")
FUNCTIONS = {"floor": "floor", "int": "floor", "trunc": "floor", "ceil": "ceil"}
UNIT = ("dilation",)  # 1, where nothing else is said


def _names() -> dict[str, Name]:
    names: dict[str, Name] = {}
    for symbol, words in {**SIDES, "C": CHANNELS}.items():
        for word in words:
            names[word] = Name(symbol)
            for role in ("in", "out"):
                names |= {f"{word}{after}": Name(symbol, role) for after in AFTER[role]}
                names |= {f"{before}{word}": Name(symbol, role) for before in BEFORE[role]}
    names["d"] = Name("C")
    for role in ("in", "out"):
        names |= {f"d{after}": Name("C", role) for after in AFTER[role] if after not in ("i", "o")}  # "do" is a word
    for symbol, words in SETTINGS.items():
        for word in words:
            names |= {f"{word}{after}": Name(symbol) for after in ("", *AXES, *SIZE)}
    return names


NAMES = _names()


def name_of(text: str) -> Name | None:
    """The size that *text* names, whatever its case and underscores; None if it names none."""
    return NAMES.get(text.replace("_", "").lower())


def without_particle(word: str) -> str:
    """A Korean word without the particle at its end, if a known word is left."""
    for particle in PARTICLES:
        if word.endswith(particle) and word.removesuffix(particle) in NAMES:
            return word.removesuffix(particle)
    return word
