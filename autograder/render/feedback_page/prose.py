"""A written answer as HTML: Markdown without links, pictures or HTML of its own, and formulas between dollars.

It is a student's text. What would lead anywhere is shown as it was written, and what is too long, or takes the parser
apart, is shown as plain text.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from autograder.render.feedback_page.formula import NoFormulaError, mathml

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 8_000  # characters that are read as Markdown: four pages
MOST_FORMULAS = 60  # of one answer
BARS = 60  # in a line of a table: each of its rows has as many cells
GROWN = 20  # characters of HTML for each character: tables can have more cells than letters
WIDE = 24  # characters of a formula that may not fit beside another one on a phone
OFF = ("link", "image", "autolink", "html_inline", "html_block", "reference")


def prose(text: str) -> Markup:
    """*text* as HTML in which nothing runs, nothing is fetched and nothing leads elsewhere."""
    if len(text) > LONGEST or any(line.count("|") > BARS for line in text.splitlines()):
        return _as_it_is(text)
    try:
        made = _markdown().render(text, {"left": [MOST_FORMULAS]})
    except Exception:  # noqa: BLE001  a parser that is given anything may raise anything
        return _as_it_is(text)
    return Markup(made) if len(made) <= GROWN * (len(text) + 100) else _as_it_is(text)  # noqa: S704  made by rules below


def _as_it_is(text: str) -> Markup:
    return Markup('<div class="plain">{}</div>').format(text)


@cache
def _markdown() -> MarkdownIt:
    """The parser: CommonMark and tables. Headings become bold lines, since the page has headings of its own."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(OFF))
    dollarmath_plugin(parser, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    for name, rule in {
        "heading_open": lambda *_: '<p class="head">',
        "heading_close": lambda *_: "</p>\n",
        "table_open": lambda *_: '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>\n',
        "table_close": lambda *_: "</table></div>\n",
        "th_open": _cell,
        "td_open": _cell,
        "fence": _code,
        "code_block": _code,
        "math_inline": _formula,
        "math_inline_double": _formula,
        "math_block": _formula,
    }.items():
        parser.add_render_rule(name, _rule(rule))
    return parser


def _rule(rule: Any) -> Any:
    """*rule* as the parser wants it: a method of its renderer."""
    return lambda renderer, tokens, place, options, env: rule(tokens, place, env)


def _cell(tokens: Sequence[Any], place: int, env: Mapping[str, Any]) -> str:
    return f"<{tokens[place].tag}>"  # without the style that says how it is aligned, which the page's policy forbids


def _code(tokens: Sequence[Any], place: int, env: Mapping[str, Any]) -> str:
    return f"<pre><code>{html.escape(tokens[place].content)}</code></pre>\n"


def _formula(tokens: Sequence[Any], place: int, env: Mapping[str, Any]) -> str:
    token = tokens[place]
    block = token.type == "math_block"
    source = str(token.content).strip()
    left = env["left"]
    left[0] -= 1
    try:
        if left[0] < 0:
            raise NoFormulaError
        made = mathml(source, block)
    except NoFormulaError:
        made = f"<code>{html.escape(f'{token.markup}{source}{token.markup}')}</code>"
    where = ' tabindex="0"' if block or len(source) > WIDE else ""
    return f'<div class="math"{where}>{made}</div>\n' if block else f'<span class="math"{where}>{made}</span>'
