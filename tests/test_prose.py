"""Written answers as HTML: what Markdown and formulas become, and that no text becomes more than that."""

from __future__ import annotations

import random
from html.parser import HTMLParser

import pytest

from autograder.render.feedback_page.formula import DEEPEST, LONGEST, NoFormulaError, mathml
from autograder.render.feedback_page.prose import LONGEST as LONG
from autograder.render.feedback_page.prose import MOST_FORMULAS, prose

HTML = {
    *("p", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "div", "span"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
MATH = {
    *(
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "msup",
        "msub",
        "msubsup",
        "mover",
    ),
    *("munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
}
ATTRIBUTES = {
    *(
        "class",
        "role",
        "aria-label",
        "tabindex",
        "start",
        "display",
        "displaystyle",
        "scriptlevel",
        "stretchy",
        "fence",
    ),
    *("form", "separator", "largeop", "movablelimits", "accent", "accentunder", "mathvariant", "notation", "width"),
    *("height", "depth", "lspace", "rspace", "minsize", "maxsize", "linethickness"),
}


class Seen(HTMLParser):
    """The tags, attributes and texts of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def seen(text: str) -> Seen:
    found = Seen(str(prose(text)))
    assert found.tags <= HTML | MATH, found.tags
    assert found.attributes <= ATTRIBUTES, found.attributes
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("**bold** and *not*", "<strong>bold</strong> and <em>not</em>"),
        ("# A title", '<p class="head">A title</p>'),
        ("- one\n- two", "<li>one</li>"),
        ("3. three", '<ol start="3">'),
        ("`x < y`", "<code>x &lt; y</code>"),
        ("```python\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>"),
        ("|a|b|\n|:-:|---|\n|1|2|", "<td>1</td>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
    ],
)
def test_markdown_becomes_html(text, wanted):
    assert wanted in str(prose(text))
    seen(text)


@pytest.mark.parametrize("text", ["$x^2$", "$$\\sum_{i=1}^{n} x_i$$", "so $\\frac{a}{b}$ is", "$$\nx\n$$", "a $$x$$ b"])
def test_a_formula_becomes_mathml(text):
    assert "math" in seen(text).tags


def test_prices_are_no_formulas():
    assert "math" not in seen("It costs $5 and then $6.").tags


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onclick=alert(1)>b</b>",
    "[a](javascript:alert(1))",
    "[a](http://example.org/)",
    "![a](http://example.org/a.png)",
    "<http://example.org/>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<!-- x --><iframe src=//example.org>",
    '```"><script>alert(1)</script>\nx\n```',
    "&lt;script&gt;",
    "$<script>alert(1)</script>$",
    "$$\\text{<img src=x onerror=alert(1)>}$$",
    "$\\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\style{position:fixed;top:0}{x}$",
    "$\\class{score}{100}$",
    '$\\color{red" onload="alert(1)}{x}$',
    "$\\textcolor{a}{b}$",
    "$\\unicode{x3c}script\\unicode{x3e}$",
    "$\\operatorname{<b>}$",
    "$\\hspace{99999em}x$",
    '$\\begin{array}{c" onx="y}a\\end{array}$',
    "|<img src=x>|\n|-|\n|<script>|",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_hostile_answer_is_more_than_text(text):
    found = seen(text)
    assert not found.tags & {"script", "img", "a", "iframe", "b"}
    seen(f"- > {text}\n\n1. {text}\n\n# {text}")


def test_what_would_lead_somewhere_is_shown_as_it_was_written():
    assert "[a](http://example.org/)" in seen("[a](http://example.org/)").text
    assert "![a](http://example.org/a.png)" in seen("![a](http://example.org/a.png)").text


def test_drawn_texts_are_never_more_than_text():
    draw = random.Random(17)  # noqa: S311  no secret
    pieces = [*HOSTILE, *'$\\{}`|*_<>&"x\n', "$$", "```", "\n\n", "> ", "- "]
    for _ in range(150):
        seen("".join(draw.choice(pieces) for _ in range(draw.randrange(1, 30))))


# What can't be a formula


@pytest.mark.parametrize(
    "latex",
    [
        "x" * (LONGEST + 1),
        "{" * (DEEPEST + 1) + "}" * (DEEPEST + 1),
        "\\newcommand{\\a}{x\\a}\\a",
        "\\def\\a{\\a\\a}\\a",
        "\\DeclareMathOperator{\\a}{b}",
        "\\newenvironment{a}{x}{y}\\begin{a}z\\end{a}",
        "\\sideset{}{}{\\sum}",
        "\\frac{1}",
        "x^",
        "\\left( x",
        "\\begin{matrix}",
        "\\href{http://example.org}{x}",
    ],
)
def test_a_formula_that_is_not_understood_is_none_and_its_source_is_shown(latex):
    with pytest.raises(NoFormulaError):
        mathml(latex)
    if len(latex) < LONGEST and latex[0] != " ":
        assert latex in seen(f"It is ${latex}$.").text


def test_operators_are_what_they_are_called():
    made = mathml("a \\leq b \\cdot \\alpha < \\infty")
    assert all(sign in made for sign in ("≤", "·", "α", "&lt;", "∞"))


def test_spaces_in_a_text_are_kept():
    assert "<mtext>\N{NO-BREAK SPACE}if\N{NO-BREAK SPACE}</mtext>" in mathml("x \\text{ if } y")


def test_of_very_many_formulas_the_last_ones_are_shown_as_their_source():
    found = str(prose("$x$ " * (MOST_FORMULAS + 5)))
    assert (found.count("<math"), found.count("<code>$x$</code>")) == (MOST_FORMULAS, 5)


# What takes long


LONG_ONES = {
    "stars": "*" * LONG,
    "letters and stars": "*a " * (LONG // 3),
    "brackets": "[" * LONG,
    "pictures": "![" * (LONG // 2),
    "backticks": "".join("`" * n + " " for n in range(1, 125)),
    "dollars": "$" * LONG,
    "escaped dollars": "$" + "\\$" * (LONG // 2 - 1),
    "backslashes": "$" + "\\" * (LONG - 2) + "$",
    "quotes": ">" * LONG,
    "lists": "- " * (LONG // 2),
    "nested lists": "".join(f"{' ' * 2 * n}- a\n" for n in range(85)),
    "columns": "|a" * 1000 + "|\n" + "|-" * 1000 + "|\n" + "|\n" * 1900,
    "entities": "&" * LONG,
    "angles": "<" * LONG,
    "formulas": "$\\frac{1}{2}$ " * (LONG // 14),
    "deep formulas": "$" + "\\sqrt" * 78 + "x$",
    "chained": "$" + "x_{" * 12 + "}" * 12 + "$",
    "lines": "\n" * LONG,
    "too long": "*a " * LONG,
}


@pytest.mark.timeout(60)  # one takes a second at the most; where work grows with a square or worse, it takes minutes
@pytest.mark.parametrize("kind", LONG_ONES)
def test_no_answer_keeps_the_page_waiting_or_becomes_very_large(kind):
    made = prose(LONG_ONES[kind])
    assert len(made) < 500_000
