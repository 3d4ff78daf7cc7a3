"""The written answers: what counts as one."""

import codecs

import pytest

from autograder.home import handout_folder, solution_folder
from autograder.ingest.sections import as_text, escaped, ids, sections, unanswered

TEMPLATE = (handout_folder() / "answers.md").read_bytes()
SOLUTION = (solution_folder() / "answers.md").read_bytes()


def answered(item: str, text: str) -> bytes:
    """The template with *text* in place of the line to write at."""
    line = f"*Write your answer to {item} here.*"
    assert TEMPLATE.decode().count(line) == 1
    return TEMPLATE.decode().replace(line, text).encode()


def test_there_are_thirteen_questions_and_four_essays():
    assert (*(f"Q{n}" for n in range(1, 14)), "E1", "E2", "E3", "E4") == ids()


def test_the_template_and_the_solution_have_a_section_for_every_item():
    assert set(sections(TEMPLATE)) == set(sections(SOLUTION)) == set(ids())


def test_in_the_untouched_template_everything_is_unanswered():
    assert unanswered(TEMPLATE, TEMPLATE) == list(ids())


def test_in_the_solution_everything_is_answered():
    assert unanswered(SOLUTION, TEMPLATE) == []


def test_an_empty_file_answers_nothing():
    assert unanswered(b"", TEMPLATE) == list(ids())


@pytest.mark.parametrize("item", ids())
def test_one_answer_is_seen_as_one(item):
    data = answered(item, "The gradients would add up over the batches.")
    assert unanswered(data, TEMPLATE) == [other for other in ids() if other != item]


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
    assert unanswered(TEMPLATE.replace(b"\n", b"\r\n"), TEMPLATE) == list(ids())


def test_the_template_with_other_indentation_is_still_unanswered():
    indented = b"\n".join(line if line.startswith(b"#") else b"  " + line for line in TEMPLATE.split(b"\n"))
    assert unanswered(indented, TEMPLATE) == list(ids())


def test_sections_hold_the_lines_under_their_heading_without_comments():
    found = sections(b"# Answers\nfree\n## Q1: Why?\na\n<!-- b\n## Q2 hidden\n-->c\n#### E1\nlast")
    assert found == {"Q1": ["a", "c"], "E1": ["last"]}


def test_the_last_of_two_sections_with_one_id_counts():
    assert sections(b"## Q1\none\n## Q1\ntwo\n") == {"Q1": ["two"]}


def test_a_heading_is_known_by_its_whole_id():
    assert sections(b"## Q1x\na\n## Q10\nb\n## Questions\nc") == {"Q10": ["b", "## Questions", "c"]}


def test_bytes_that_are_no_text_answer_nothing_and_raise_nothing():
    assert unanswered(bytes(range(256)) * 4, TEMPLATE) == list(ids())


def test_comments_are_left_out_and_one_that_does_not_end_is_text():
    text = b"# Q1\n<!-- a\nhint -->my answer<!-- x --> goes on\n# Q2\nwhat <!-- is this"
    assert sections(text) == {"Q1": ["my answer goes on"], "Q2": ["what <!-- is this"]}


def test_a_million_comments_that_do_not_end_are_read_at_once():
    assert sections(b"# Q1\n" + b"<!--" * 1_000_000)["Q1"]
    assert sections(b"#" * 1_000_000 + b"\n#" * 500_000) == {}


TEXT = "They add up, so that the steps grow."
CHANGED = """\
# Question 1
One is enough, says the first.

Q2.
Two is enough, says the second.

**Q3**
Three is enough, says the third.

Q4) Four is enough, says the fourth.

Question 5:
Five is enough, says the fifth.

### 1.2 Q6
Six is enough, says the sixth.

Answer 7:
Seven is enough, says the seventh.

## 문제 8
Eight is enough, says the eighth.

## Problem 9
Nine is enough, says the ninth.

1.2-Q10:
Ten is enough, says the tenth.

## 1.1 Motivation
It is small, says the first essay.

### Part 2.2: comparison of the confusion matrices
They differ, says the last essay.
"""


def test_answers_are_found_under_changed_headings():
    found = sections(CHANGED.encode(), TEMPLATE)
    words = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    for number, word in enumerate(words, 1):
        assert " ".join(found[f"Q{number}"]).strip().startswith(f"{word} is"), number
    assert set(ids()) - set(unanswered(CHANGED.encode(), TEMPLATE)) == {*(f"Q{n}" for n in range(1, 11)), "E1", "E4"}


@pytest.mark.parametrize(
    "end", ["## Part 2.2", "# Results", "HW 2.1", "**Part 2.1: VGG-19**", "## Questions 4 to 13", "### TODO 1.2.3"]
)
@pytest.mark.parametrize("heading", ["## Q3: Why?", "Q3.", "**Q3**"])
def test_an_answer_ends_with_its_block(heading, end):
    found = sections(f"{heading}\n{TEXT}\n\n{end}\nNot an answer.".encode(), TEMPLATE)
    assert "\n".join(found["Q3"]).strip() == TEXT


@pytest.mark.parametrize("line", ["### A detail", "Q1 shows the same.", "Part 1.2 uses SGD.", "1.2 million", "A 4"])
def test_a_line_of_an_answer_ends_nothing(line):
    assert line in sections(f"## Q3\n{TEXT}\n{line}\nmore".encode(), TEMPLATE)["Q3"]


def test_a_mention_of_a_question_that_is_answered_elsewhere_begins_nothing():
    data = answered("Q4", TEXT).decode().replace("*Write your answer to Q8 here.*", f"Q4: as there.\n{TEXT}").encode()
    assert TEXT in sections(data, TEMPLATE)["Q8"]
    assert "Q4: as there." in sections(data, TEMPLATE)["Q8"]


def test_answers_below_the_untouched_template_count():
    data = TEMPLATE + f"\nQ1. {TEXT}\nQ2. {TEXT}\n".encode()
    assert set(ids()) - set(unanswered(data, TEMPLATE)) == {"Q1", "Q2"}
    assert unanswered(answered("Q1", TEXT) + TEMPLATE, TEMPLATE)[0] == "Q2"


def test_a_question_alone_is_no_answer():
    data = "".join(f"Q{n}) Does it change the performance?\n\n" for n in range(1, 14)).encode()
    assert unanswered(data, TEMPLATE) == list(ids())


KOREAN = "## Q1: Why?\n\n기울기가 계속 누적되어 학습이 불안정해진다.\n"


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + KOREAN.encode(),
        codecs.BOM_UTF16_LE + KOREAN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + KOREAN.replace("\n", "\r\n").encode("utf-16-be"),
        codecs.BOM_UTF32_LE + KOREAN.encode("utf-32-le"),
        KOREAN.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "old line ends"],
)
def test_an_encoding_is_known_by_its_mark(data):
    assert sections(data)["Q1"][1] == "기울기가 계속 누적되어 학습이 불안정해진다."
    assert (as_text(data).problem, as_text(data).guessed) == ("", False)


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("cp949", "CP949"), ("euc-kr", "CP949"), ("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")],
)
def test_an_encoding_without_a_mark_is_guessed_and_said(encoding, words):
    read = as_text(KOREAN.encode(encoding))
    assert "기울기가 계속" in read.text
    assert words in read.problem
    assert read.problem.endswith("save it as UTF-8")
    assert read.guessed


def test_western_letters_are_guessed_and_said():
    read = as_text("## Q1\nDéjà vu: ça s'ajoute".encode("latin-1"))
    assert ("Déjà vu" in read.text, "Windows-1252" in read.problem, read.guessed) == (True, True, True)


@pytest.mark.parametrize("data", [codecs.BOM_UTF16_LE + b"\x00\xd8x", bytes(range(256)) * 4, b"\0" * 101])
def test_what_is_no_text_is_said(data):
    read = as_text(data)
    assert read.problem.endswith("save it as UTF-8")
    assert read.guessed


def test_what_is_escaped_begins_and_hides_nothing():
    lines = ["## Q3: another", "# Part 2.2", "Q5.", "<!-- x", "```", "plain"]
    data = f"## Q1\n\n{escaped(chr(10).join(lines))}\n\n## Q2\n\n{TEXT}\n".encode()
    assert set(sections(data)) == {"Q1", "Q2"}
    assert "plain" in sections(data)["Q1"]
