"""Text of a submission is shown without anything that moves, hides or covers other text."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.text import INVISIBLE, MARKS, plain, points, shown, visible

HIDDEN = "\x1b\x00\u200b\u202e\ufeff\ud800\u3164\ufe0f"


@pytest.mark.parametrize("character", HIDDEN)
def test_what_cannot_be_seen_goes_or_is_written_out(character):
    assert plain(f"a{character}b") == visible(f"a{character}b", 80) == "ab"
    assert shown(f"a{character}b").startswith("a\\")


def test_lines_are_kept_where_a_text_has_lines():
    text = " one\r\n\ttwo\u3000three\u2028four "
    assert plain(text) == " one   two three four "
    assert visible(text, 80) == "one\n\ttwo three four"
    assert shown(text) == r" one\r\n\ttwo\u3000three\u2028four "


def test_letters_of_any_language_stay():
    for text in ("높이 × 너비", "Nguyễn", "שָׁלוֹם", "日本語", "∑ 🙂"):
        assert plain(text) == visible(text, 80) == shown(text) == text


def test_a_tower_of_marks_is_cut_even_with_hidden_characters_between():
    tower = "a" + "\u0301\u200b" * 50
    assert plain(tower) == visible(tower, 200) == "a" + "\u0301" * MARKS


@pytest.mark.parametrize("clean", [plain, shown])
def test_a_long_text_ends_with_an_ellipsis(clean):
    assert clean("x" * 20, 20) == "x" * 20
    assert clean("x" * 21, 20) == "x" * 19 + "…"


def test_a_text_that_is_mostly_invisible_takes_no_time_and_says_that_it_was_cut():
    assert plain("\u200b" * 10_000_000 + "x", 20) == "…"
    assert visible("x" * 21, 20) == "x" * 20


@given(some.text(max_size=300))
def test_nothing_hidden_is_left_of_any_text(text):
    for clean, kept in ((plain(text, 50), ""), (visible(text, 50), "\n\t"), (shown(text, 50), "")):
        assert len(clean) <= 50
        assert all((c.isprintable() or c in kept) and ord(c) not in INVISIBLE for c in clean)


def test_points_are_written_without_a_zero():
    assert (points(2.0), points(2.5)) == ("2", "2.5")
