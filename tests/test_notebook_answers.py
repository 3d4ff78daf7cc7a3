"""Answers in notebooks: found under changed headings, in text and in code, and ended where their block ends."""

from __future__ import annotations

import pytest

from autograder.homework import in_force
from autograder.hw1.probes.layout import Layout
from autograder.ingest.probes.notebook import _packed, read_notebook
from autograder.sandbox.forms import misfit
from tests.notebooks import code, notebook, text

WORDS = "They add up, so that the steps grow."


def answers(*cells: dict) -> dict[str, str]:
    read = read_notebook(notebook(*cells), in_force().told, Layout)
    assert misfit("notebook", *_packed(read)) == ""
    return read.answers


@pytest.mark.parametrize(
    "heading",
    ["# Question 1", "Q1.", "**Q1**", "Q1)", "Question 1:", "### 1.2 Q1", "Q 1 :", "## 문제 1", "<b>Q1)</b>", "> Q1."],
)
@pytest.mark.parametrize("question", ["", " What if?"])
def test_an_answer_is_found_under_a_changed_heading(heading, question):
    asked = heading + question
    assert answers(text(f"{asked}\n\n{WORDS}")) == {"Q1": WORDS}
    assert answers(text(asked), text(WORDS)) == {"Q1": WORDS}
    assert answers(text(asked), code("x = 1"), text(f"Ans) {WORDS}")) == {"Q1": WORDS}


@pytest.mark.parametrize("mark", ["Answer 1:", "A1)", "**Ans 1)**", "Answer to Question 1:", "답 1)"])
def test_an_answers_own_number_is_enough(mark):
    assert answers(text(f"{mark} {WORDS}")) == {"Q1": WORDS}
    assert answers(text(mark), text(WORDS)) == {"Q1": WORDS}


@pytest.mark.parametrize(
    "cells",
    [
        [text("## HW 2.1 VGG\n\nAnother text.")],
        [text("### (4) Three layers\n\nAnother text.")],
        [text("# Results\n\nAnother text.")],
        [text("Another text.")],
        [code("x = 1"), text("Another text.")],
        [code("# another comment\nx = 1")],
        [text("Q2) And this?")],
    ],
)
def test_an_answer_ends_with_its_block(cells):
    assert answers(text(f"### Q1\n\n{WORDS}"), *cells) == {"Q1": WORDS}


@pytest.mark.parametrize("end", ["## HW 2.1 VGG", "### (4) Three layers", "**Q2)** And this?", "### Part 1.2"])
def test_an_answer_ends_within_its_cell(end):
    assert answers(text(f"### Q1\n\n{WORDS}\n\n{end}")) == {"Q1": WORDS}


def test_what_stands_behind_code_answers_only_if_it_says_so():
    assert answers(text("Q1) What?"), code("train()"), text("Now the next network.")) == {}


def test_a_question_that_nobody_answered_is_none():
    assert answers(text("Q1) What if we did not clear them?"), text("Q2) Why eval mode?\n\nThink of dropout?")) == {}


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (
            "    # A3) It makes the tables.\n    # an affine operation: y = Wx + b\n    self.fc = 1",
            "It makes the tables.",
        ),
        ("# A3) It makes the tables of modules\n# the first layer\nx = 1", "It makes the tables of modules"),
        ("# A3) 모듈의 표를 만든다\n# the first layer\nx = 1", "모듈의 표를 만든다"),
        ("# A3) The tables\n# x = MNIST_Net()\nx = 1", "The tables"),
        ("# A3) The tables\n# TODO 1.1: declare the layers\nx = 1", "The tables"),
        ("# A3) The tables\n\n# the layers\nx = 1", "The tables"),
        ("x = 1  # A3) The tables\n# the layers\ny = 1", "The tables"),
        ("# A3) The tables of\n# modules\nx = 1", "The tables of\nmodules"),
        ("# A3) The tables\n# of parameters and modules.\nx = 1", "The tables\nof parameters and modules."),
        ("# A3) The tables,\n# and more\nx = 1", "The tables,\nand more"),
        ("# Q3) Why?\n# Ans) The tables\n# Q4) Else?", "The tables"),
        ('"""\nQ3) Why?\nA3) The tables\n"""\nx = 1', "The tables"),
    ],
)
def test_an_answer_in_code_ends_before_the_comment_on_the_next_statement(source, answer):
    assert answers(code(source)) == {"Q3": answer}
