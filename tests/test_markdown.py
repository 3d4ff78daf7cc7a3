"""Text in Markdown shows as it was, whatever it holds."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograder.render.markdown import markdown, table
from autograder.text import plain

SIGNS = "\\`*_{}[]()#+-!|<>&~$^=@:/.1a \n"
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(text: str) -> str:
    """What a reader sees, spaces as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", READER.render(text))).split())


@given(st.text(alphabet=SIGNS, max_size=30))
def test_a_text_shows_as_it_is_but_for_the_backticks_around_code(text):
    line = markdown(text)
    assert shown(line).replace("`", "").replace(" ", "") == plain(text).replace("`", "").replace(" ", "")


@given(st.text(alphabet=SIGNS, max_size=30))
def test_no_text_makes_a_link_a_heading_a_list_or_a_tag(text):
    tags = set(re.findall(r"<(/?\w+)", READER.render(markdown(text))))
    assert tags <= {"p", "/p", "code", "/code"}


def test_code_of_a_sentence_is_code():
    assert READER.render(markdown("Call `zero_grad()` before <it>.")) == (
        "<p>Call <code>zero_grad()</code> before &lt;it&gt;.</p>\n"
    )


def test_a_cell_stays_in_its_column():
    made = READER.render("\n".join(table(("layer", "yours"), [("conv1", "a | `b|` <i>"), ("x", "")])))
    assert made.count("<td>") == 4
    assert "<i>" not in made
    assert "a | `b|` &lt;i&gt;" in made
