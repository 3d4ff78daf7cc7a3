r"""Formulas in LaTeX as MathML, of which only known elements and attributes are kept: they are a student's.

A formula that is too long, too deep or not understood is none; whoever asks shows its source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograder.text import plain

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 400  # characters
DEEPEST = 12  # braces in braces
MOST = 4_000  # elements
TEXT = 200  # characters of one element
# What defines something, or writes its argument twice: a short formula of these could have millions of elements.
REFUSED = re.compile(
    r"\\(?:[a-zA-Z]*(?:command|def|environment)|DeclareMathOperator|let|sideset|unicode|href)(?![a-zA-Z])"
)
ELEMENTS = frozenset(
    {
        *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup"),
        *("mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
    }
)
CHILDREN = {
    **dict.fromkeys(("mfrac", "mroot", "msup", "msub", "mover", "munder"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
WORD, LENGTH = re.compile("[a-z]{1,20}|-?[0-9]"), re.compile(r"[0-9](?:\.[0-9]{1,4})?(?:em|ex)|0")
ATTRIBUTES = {
    **dict.fromkeys(("display", "displaystyle", "scriptlevel", "stretchy", "fence", "form", "separator"), WORD),
    **dict.fromkeys(("largeop", "movablelimits", "accent", "accentunder", "mathvariant", "notation"), WORD),
    **dict.fromkeys(("width", "height", "depth", "lspace", "rspace", "minsize", "maxsize", "linethickness"), LENGTH),
}


class NoFormulaError(ValueError):
    """It can't be shown as a formula."""


def mathml(latex: str, block: bool = False) -> str:
    """*latex* as an element ``<math>``.

    Raises:
        NoFormulaError: it is too long or too deep, or nobody understands it.
    """
    from latex2mathml.converter import Converter  # only now: few answers have formulas

    if len(latex) > LONGEST or _depth(latex) > DEEPEST or REFUSED.search(latex):
        raise NoFormulaError
    try:
        made = Converter(display="block" if block else "inline").convert_to_element(latex)
        return "".join(_written(made))
    except NoFormulaError:
        raise
    except Exception as error:  # a library that is given anything raises anything
        raise NoFormulaError from error


def _depth(latex: str) -> int:
    deepest = depth = 0
    for sign in latex:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest


def _written(root: Element) -> Iterator[str]:
    """The element as text; the library's own way to write it would leave what a student wrote as it is."""
    if sum(1 for _ in root.iter()) > MOST:
        raise NoFormulaError
    yield from _element(root)


def _element(element: Element) -> Iterator[str]:
    tag = str(element.tag)
    if tag not in ELEMENTS or len(element) != CHILDREN.get(tag, len(element)):
        raise NoFormulaError
    known = ((name, value) for name, value in element.attrib.items() if name in ATTRIBUTES)
    kept = "".join(f' {name}="{value}"' for name, value in known if ATTRIBUTES[name].fullmatch(value))
    yield f"<{tag}{kept}>"
    if element.text:
        text = plain(html.unescape(element.text), TEXT)
        yield html.escape(text.replace(" ", "\N{NO-BREAK SPACE}"))
    for child in element:
        yield from _element(child)
    yield f"</{tag}>"
