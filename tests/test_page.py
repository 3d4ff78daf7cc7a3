"""The page of `hw1 check`: parts once and in order, points in their headings, nothing wider than 80 columns."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest

from autograder.command_line import begin
from autograder.homework import in_force
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.render.page_lines import (
    Look,
    by_part,
    closing_lines,
    needs_work,
    next_lines,
    opening_line,
    page_lines,
    part_lines,
)
from autograder.report import Line, Report, make_report
from autograder.rubric import ByHand, read_rubric
from autograder.student.page import Page

RUBRIC = read_rubric()
CHECKS = in_force().checks
LONG = "A sentence of some length that is wrapped between its words, and never in one of them. " * 3


def lines_of(status: Status = Status.PASSED, **texts) -> list[Line]:
    worth = {check.id: RUBRIC.worth(check.id) for check in CHECKS}
    return [
        Line(one.id, one.title, one.part, worth[one.id], Outcome(status, **texts).worth(worth[one.id]))
        for one in CHECKS
    ]


def report_of(outcomes: dict[str, Outcome] | None = None, **more) -> Report:
    given = outcomes if outcomes is not None else {check.id: Outcome(Status.PASSED) for check in CHECKS}
    skipped = {check.id: Outcome(Status.SKIPPED) for check in CHECKS}
    return replace(make_report("20260001", "d", CHECKS, {**skipped, **given}, RUBRIC, (), {}), **more)


# A page of lines


def test_each_part_stands_once_in_the_rubrics_order_whatever_the_order_of_the_lines():
    lines = [*page_lines(reversed(lines_of()), RUBRIC)]
    titles = ["Files", *(f"{part}  {title}" for part, title in RUBRIC.parts.items() if part != "files")]
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert [next(title for title in titles if head.startswith(title)) for head in heads] == titles
    assert all(lines[place - 1] == "" for place, line in enumerate(lines) if line in heads)


def test_a_heading_says_what_was_earned_of_what_can_be():
    lines = lines_of()
    mixed = [
        replace(one, outcome=Outcome(Status.UNSETTLED)) if one.id == "1.1-accuracy" else one
        for one in lines
        if one.part == "1.1"
    ]
    _, head, *_ = part_lines("1.1", mixed, RUBRIC)
    assert head.startswith("1.1  Building a classifier for MNIST  ")
    assert head.endswith("  2 of 6 points, 4 open")
    assert len(head) == 80
    _, head, *_ = part_lines("1.1", mixed, RUBRIC, by_hand=True)
    assert head.endswith("  2 of 6 points, 4 open, 4 by hand")
    _, head, *_ = part_lines("1.2", [one for one in lines if one.id == "1.2b"], RUBRIC)
    assert head.endswith("  1 of 1 point")


def test_a_part_without_points_has_a_heading_without():
    _, head, *_ = part_lines("files", [one for one in lines_of() if one.part == "files"], RUBRIC, by_hand=True)
    assert head == "Files"


@pytest.mark.parametrize("title", ["A title of many words " * 3, "A title of many words " * 8])
def test_a_heading_that_is_too_long_breaks_between_words(title):
    rubric = replace(RUBRIC, parts={**RUBRIC.parts, "1.1": title}, by_hand={"E1": ByHand(4, "1.1", "t")})
    lines = [*part_lines("1.1", [one for one in lines_of() if one.part == "1.1"], rubric, by_hand=True)]
    heads = lines[1 : next(place for place, line in enumerate(lines) if line.startswith("  ✓"))]
    assert " ".join(heads).split() == ["1.1", *title.split(), *["6", "of", "6", "points,", "4", "by", "hand"]]
    assert all(len(line) <= 80 for line in heads)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_80_columns_and_without_unicode_all_is_ascii(status, unicode):
    look = Look(unicode=unicode, verbose=True, unbegun=frozenset({LONG}))
    lines = lines_of(status, reason=LONG, hint=LONG, detail=(LONG,), remarks=(LONG,))
    shown = [*page_lines(lines, RUBRIC, look, by_hand=True)]
    shown += closing_lines(report_of(printed=f"{LONG}\n\nx", remarks=(LONG,), fingerprint={"isolation": "none"}), look)
    assert max(map(len, shown)) <= 80
    assert unicode or "".join(shown).isascii()


def test_what_nobody_has_begun_is_one_line():
    said = "TODO 2.1c: declare the five blocks and the head"
    line = next(one for one in lines_of(Status.TODO, reason=said, remarks=("A remark.",)) if one.id == "2.1c-shapes")
    look = Look(unbegun=frozenset({said}))
    shown = [*part_lines("2.1", [line], RUBRIC, look)][2:]
    assert len(shown) == 2  # the title is a long one
    assert shown[1].endswith("0/4  not started")
    assert any(said in each for each in part_lines("2.1", [line], RUBRIC, replace(look, verbose=True)))
    later = replace(line, outcome=replace(line.outcome, reason="TODO 2.1c: run the blocks, flatten, run the head"))
    shown = [*part_lines("2.1", [later], RUBRIC, look)]
    assert "      TODO 2.1c: run the blocks, flatten, run the head" in shown
    assert "not started" not in "".join(shown)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("hint", ["", "Try."])
def test_what_needs_work_is_wrong_or_not_done_or_open_with_a_hint(status, hint):
    wrong = status in (Status.FAILED, Status.STOPPED, Status.TODO)
    undecided = status in (Status.UNSETTLED, Status.UNGRADED)
    assert needs_work(Outcome(status, hint=hint)) is (wrong or (undecided and bool(hint)))


def test_only_what_needs_work_is_shown_if_nothing_else_is_wanted_and_headings_count_all():
    lines = [
        replace(one, outcome=Outcome(Status.FAILED, "Because.")) if one.id == "2.1a" else one for one in lines_of()
    ]
    shown = [*page_lines(lines, RUBRIC, Look(failed=True))]
    assert [line for line in shown if line and not line.startswith(" ")] == [shown[1]]
    assert shown[1].endswith("24 of 30 points")
    assert shown[2].startswith("  ✗ 2.1a: ")
    assert len([line for line in shown if line.startswith("  ✗")]) == 1
    assert "Nothing here needs work." in [*closing_lines(report_of(), Look(failed=True))]
    assert "Nothing here needs work." not in [*closing_lines(report_of())]


def test_by_part_leaves_out_parts_of_which_nothing_is_there():
    assert list(by_part([one for one in CHECKS if one.part in ("2.1", "files")], RUBRIC.parts)) == ["files", "2.1"]


def test_the_first_line_says_where_and_how_many():
    assert opening_line("hw1", 29, 29) == "Checking hw1: 29 checks."
    assert opening_line("this folder", 1, 29) == "Checking this folder: 1 of 29 checks."
    assert opening_line("a\x1b[2Jb", 1, 1) == "Checking a[2Jb: 1 check."


# Its end


def test_the_totals_are_those_of_what_was_asked_for():
    asked = {"1.1-structure": Outcome(Status.PASSED), "1.1-accuracy": Outcome(Status.TODO)}
    said = [*closing_lines(report_of(asked))]
    assert "2 points earned, 0 lost, 4 not started; 6 in these checks." in said


def test_what_the_code_printed_is_shown_in_full_only_if_it_is_wanted():
    report = report_of(printed="one\n  two\x1b[31m\n" + "\n".join("x" * 100 for _ in range(60)))
    assert "Your code printed 62 lines; -v shows what." in [*closing_lines(report)]
    assert "Your code printed a line; -v shows what." in [*closing_lines(replace(report, printed="one"))]
    shown = [*closing_lines(report, Look(verbose=True))]
    assert shown[:4] == ["", "What your code printed", "  one", "    two[31m"]
    assert "  ... 22 more lines; --json shows them" in shown
    assert max(map(len, shown)) <= 80


def test_the_next_command_stands_alone_in_its_line_and_is_never_broken():
    command = f"hw1 check '{'long name ' * 12}' --part 2.1a"
    *_, said, last = next_lines("put 2.1a right in vgg.py, then run", command)
    assert said == "Next: put 2.1a right in vgg.py, then run:"
    assert last == f"  {command}"


# Printed while it is judged


@pytest.fixture
def kit(launcher, tmp_path):
    return Kit(launcher=launcher, scratch=tmp_path)


@pytest.fixture
def written(capsys):
    """All lines that have been written so far."""
    so_far = []

    def written():
        so_far.extend(capsys.readouterr().out.splitlines())
        return so_far

    return written


def test_a_part_is_printed_once_all_of_it_and_all_before_it_is_judged(kit, written):
    checks = tuple(one for one in CHECKS if one.part in ("1.1", "2.1"))
    with Page("hw1", checks, kit, Look()) as page:
        assert written() == ["Checking hw1: 7 of 29 checks."]
        for check in sorted(checks, key=lambda one: one.part, reverse=True):
            page.tell(check, None)
            page.tell(check, Outcome(Status.PASSED))
            if check.part == "2.1":
                assert len(written()) == 1  # part 1.1 comes first
    shown = written()
    assert [line[:3] for line in shown if line[:1].isdigit()] == ["1.1", "2.1"]
    assert [line for line in shown if line[:1].isdigit()][1].endswith("30 of 30 points")


def test_what_is_judged_is_shown_if_it_is_stopped(kit, written):
    checks = tuple(one for one in CHECKS if one.part in ("1.1", "2.1", "2.2"))
    with pytest.raises(KeyboardInterrupt), Page("hw1", checks, kit, Look()) as page:
        page.tell(next(one for one in checks if one.id == "2.1a"), Outcome(Status.PASSED))
        raise KeyboardInterrupt
    shown = written()
    assert [line[:3] for line in shown if line[:1].isdigit()] == ["2.1"]
    assert any("✓ 2.1a" in line for line in shown)
    assert "      Not judged: it was stopped before." in shown


def test_on_a_terminal_the_last_line_says_which_check_is_under_way_and_how_its_training_goes(kit, monkeypatch):
    out, err = io.StringIO(), io.StringIO()
    for name, stream in (("stdout", out), ("stderr", err)):
        stream.isatty = lambda: True
        monkeypatch.setattr(sys, name, stream)
    monkeypatch.setenv("COLUMNS", "80")
    checks = tuple(one for one in CHECKS if one.part == "2.1")
    with Page("hw1", checks, kit, Look()) as page:
        page.tell(checks[0], None)
        page.trains(2, 4, 0.873)
        page.trains(1, 4, None)
        page.tell(checks[0], Outcome(Status.PASSED))
        page.tell(checks[1], None)
    lines = err.getvalue().replace("\x1b[K", "").split("\r")
    assert any(line.startswith("Checking 1 of 5: ConvBlock1: [convolution") for line in lines)
    assert any(line.startswith("Checking 2 of 5: ConvBlock2") for line in lines)
    assert lines[-1] == ""
    assert max(map(len, lines)) < 80


def test_what_is_begun_is_said_at_once_and_only_on_a_terminal(monkeypatch):
    out, err = io.StringIO(), io.StringIO()
    for name, stream in (("stdout", out), ("stderr", err)):
        monkeypatch.setattr(sys, name, stream)
    begin("Checking hw1 ...")
    assert err.getvalue() == ""
    out.isatty = err.isatty = lambda: True
    monkeypatch.setenv("COLUMNS", "20")
    begin("Checking a folder\x1b[2J with a long name ...")
    assert err.getvalue() == "\r\x1b[KChecking a folder[…"
    assert out.getvalue() == ""


def test_before_the_first_output_nothing_slow_is_imported():
    code = "import sys\nsys.argv = ['hw1', 'check', '.']\nimport autograder.command_line\n"
    code += (
        "def begin(text):\n    print(text, sorted({'torch', 'numpy', 'autograder.kit', 'rich'} & set(sys.modules)))\n"
    )
    code += "    sys.stdout.flush()\n    sys.exit()\nautograder.command_line.begin = begin\nimport cli\ncli.app()\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("Checking ")
    assert done.stdout.endswith(" ... []\n")
