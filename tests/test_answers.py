"""The written answers: what counts as one."""

import pytest

from autograder.answers import ITEMS, sections, unanswered
from autograder.home import handout_folder, solution_folder

TEMPLATE = (handout_folder() / "answers.md").read_bytes()
SOLUTION = (solution_folder() / "answers.md").read_bytes()


def answered(item: str, text: str) -> bytes:
    """The template with *text* in place of the line to write at."""
    line = f"*Write your answer to {item} here.*"
    assert TEMPLATE.decode().count(line) == 1
    return TEMPLATE.decode().replace(line, text).encode()


def test_there_are_thirteen_questions_and_four_essays():
    assert (*(f"Q{n}" for n in range(1, 14)), "E1", "E2", "E3", "E4") == ITEMS


def test_the_template_and_the_solution_have_a_section_for_every_item():
    assert set(sections(TEMPLATE)) == set(sections(SOLUTION)) == set(ITEMS)


def test_in_the_untouched_template_everything_is_unanswered():
    assert unanswered(TEMPLATE, TEMPLATE) == list(ITEMS)


def test_in_the_solution_everything_is_answered():
    assert unanswered(SOLUTION, TEMPLATE) == []


def test_an_empty_file_answers_nothing():
    assert unanswered(b"", TEMPLATE) == list(ITEMS)


@pytest.mark.parametrize("item", ITEMS)
def test_one_answer_is_seen_as_one(item):
    data = answered(item, "The gradients would add up over the batches.")
    assert unanswered(data, TEMPLATE) == [other for other in ITEMS if other != item]


@pytest.mark.parametrize("text", ["", "   ", "TODO", "yes", "<!-- a comment that is long enough to be a sentence -->"])
def test_an_answer_shorter_than_a_sentence_or_in_a_comment_is_none(text):
    assert "Q1" in unanswered(answered("Q1", text), TEMPLATE)


def test_an_answer_below_the_line_that_stands_there_counts():
    data = answered("Q1", "*Write your answer to Q1 here.*\n\nThe gradients would add up.")
    assert "Q1" not in unanswered(data, TEMPLATE)


def test_an_answer_with_windows_line_ends_or_in_korean_counts():
    data = answered("Q1", "기울기가 계속 누적되어 학습이 불안정해진다.")
    assert "Q1" not in unanswered(data.replace(b"\n", b"\r\n"), TEMPLATE)


def test_the_template_with_windows_line_ends_is_still_unanswered():
    assert unanswered(TEMPLATE.replace(b"\n", b"\r\n"), TEMPLATE) == list(ITEMS)


def test_the_template_with_other_indentation_is_still_unanswered():
    indented = b"\n".join(line if line.startswith(b"#") else b"  " + line for line in TEMPLATE.split(b"\n"))
    assert unanswered(indented, TEMPLATE) == list(ITEMS)


def test_sections_hold_the_lines_under_their_heading_without_comments():
    found = sections(b"# Answers\nfree\n## Q1: Why?\na\n<!-- b\n## Q2 hidden\n-->c\n#### E1\nlast")
    assert found == {"Q1": ["a", "c"], "E1": ["last"]}


def test_the_last_of_two_sections_with_one_id_counts():
    assert sections(b"## Q1\none\n## Q1\ntwo\n") == {"Q1": ["two"]}


def test_a_heading_is_known_by_its_whole_id():
    assert sections(b"## Q1x\na\n## Q10\nb\n## Questions\nc") == {"Q10": ["b", "## Questions", "c"]}


def test_bytes_that_are_no_text_answer_nothing_and_raise_nothing():
    assert unanswered(bytes(range(256)) * 4, TEMPLATE) == list(ITEMS)


def test_comments_are_left_out_and_one_that_does_not_end_is_text():
    text = b"# Q1\n<!-- a\nhint -->my answer<!-- x --> goes on\n# Q2\nwhat <!-- is this"
    assert sections(text) == {"Q1": ["my answer goes on"], "Q2": ["what <!-- is this"]}


def test_a_million_comments_that_do_not_end_are_read_at_once():
    assert sections(b"# Q1\n" + b"<!--" * 1_000_000)["Q1"]
    assert sections(b"#" * 1_000_000 + b"\n#" * 500_000) == {}
