"""What a late hand-in costs, by the rules alone: each rule, each border, and the sentence on how it came about."""

import math
from datetime import datetime, timedelta

import pytest

from autograder.errors import MisuseError
from autograder.late import (
    FILES,
    KNOWN,
    MARKED,
    NO_ALLOWANCE,
    Allowance,
    Lateness,
    Rules,
    allowance_of,
    deduction,
    rules_of,
    whole_seconds,
)
from autograder.rubric import read_rubric, rubric_file

DUE = datetime.fromisoformat("2026-03-31T23:59:00+09:00")
HOUR, DAY = 3600, 86_400
TEXT = rubric_file().read_text(encoding="utf-8")
LATE = "[late]\ndue = 2026-03-31T23:59:00+09:00\npercent = 10\n"


def rules(**changes) -> Rules:
    return rules_of({"due": DUE, **({} if "points" in changes else {"percent": 10}), **changes})


def taken(after: float, earned: float = 61.0, allowance: Allowance = NO_ALLOWANCE, **changes):
    """What is taken off, and the sentence, for what was handed in *after* the due date, in seconds."""
    found = deduction(DUE.timestamp() + after, rules(**changes), allowance, earned)
    return found.points, found.why


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        *((-DAY, 0), (0, 0), (1, 6.1), (DAY - 1, 6.1), (DAY, 6.1)),
        *((DAY + 1, 12.2), (2 * DAY, 12.2), (10 * DAY, 61.0), (11 * DAY, 61.0), (1e9, 61.0)),
    ],
)
def test_each_day_that_has_begun_costs_its_percentage_of_what_was_earned(after, lost):
    assert taken(after)[0] == lost


@pytest.mark.parametrize(("after", "lost"), [(0, 0), (1, 0.5), (HOUR, 0.5), (HOUR + 1, 1), (3 * DAY, 36), (9e9, 61)])
def test_hours_and_points_count_in_the_same_way(after, lost):
    assert taken(after, points=0.5, each="hour")[0] == lost


def test_the_sentence_says_how_it_came_about():
    after = 2 * DAY + 3 * HOUR
    said = "Handed in 2 days 3 h after the due date with 1 day of extension: 2 started days, 10 % each: -12.2 points"
    assert taken(after, allowance=Allowance(DAY)) == (12.2, said)
    said = "Handed in 1 h 1 s after the due date: 2 started hours, 0.5 points each: -1 points"
    assert taken(HOUR + 1, points=0.5, each="hour") == (1, said)
    said = "Handed in 1 s after the due date: 1 started day, 10 % each: -6.1 points"
    assert taken(1) == (6.1, said)


def test_what_was_in_time_says_nothing():
    assert taken(0) == taken(-5 * DAY) == (0, "")


def test_grace_and_extension_put_off_every_border():
    assert taken(600, grace_minutes=10) == (
        0,
        "Handed in 10 min after the due date, within 10 min of grace: nothing is taken off",
    )
    assert taken(601, grace_minutes=10)[0] == 6.1
    assert taken(DAY + 600, grace_minutes=10)[0] == 6.1
    granted = Allowance(DAY)
    assert taken(DAY, allowance=granted) == (
        0,
        "Handed in 1 day after the due date with 1 day of extension: nothing is taken off",
    )
    within = "Handed in 1 day 5 min after the due date with 1 day of extension, within 10 min of grace"
    assert taken(DAY + 300, allowance=granted, grace_minutes=10) == (0, f"{within}: nothing is taken off")
    assert taken(DAY + 601, allowance=granted, grace_minutes=10)[0] == 6.1


def test_a_cap_ends_it_and_is_said():
    assert taken(5 * DAY, cap=50)[0] == 30.5
    lost, said = taken(6 * DAY, cap=50)
    assert (lost, "6 started days, 10 % each, 50 % at the most: -30.5 points" in said) == (30.5, True)
    assert taken(9 * DAY, points=5, cap=20)[0] == 20
    lost, said = taken(9 * DAY, points=5, cap=0)
    assert (lost, said.partition("each, ")[2]) == (0, "0 points at the most: nothing is taken off")


@pytest.mark.parametrize(
    ("days", "own", "lost", "used"),
    [
        (1, None, 0, "and 1 of 2 late days used: nothing is taken off"),
        (2, None, 0, "and 2 of 2 late days used: nothing is taken off"),
        (3, None, 6.1, "and 2 of 2 late days used: 1 started day, 10 % each: -6.1 points"),
        (3, 1, 12.2, "and 1 of 1 late day used: 2 started days"),
        (3, 0, 18.3, "after the due date: 3 started days"),
        (3, 5, 0, "and 3 of 5 late days used"),
    ],
)
def test_late_days_are_used_up_first_the_rosters_in_the_place_of_the_rubrics(days, own, lost, used):
    found, said = taken(days * DAY, allowance=Allowance(late_days=own), late_days=2)
    assert (found, used in said) == (lost, True), said


def test_a_late_day_is_24_hours_where_hours_cost():
    assert taken(DAY + 2 * HOUR, points=1, each="hour", late_days=1)[0] == 2


@pytest.mark.parametrize("earned", [0.0, 0.004, 1.0, 2.5, 33.333333])
@pytest.mark.parametrize("cost", [{"percent": 100}, {"points": 40}, {"percent": 33.3}])
def test_never_more_is_taken_than_was_earned(earned, cost):
    for after in (1, 5 * DAY, 1e8):
        lost, said = taken(after, earned, **cost)
        assert 0 <= lost <= earned
        assert said.endswith(f"-{lost:g} points" if lost else "nothing is taken off")


def test_points_that_a_person_has_taken_below_0_cost_no_more():
    assert taken(DAY, -3.0)[0] == taken(DAY, -3.0, points=5)[0] == 0


def test_what_only_files_say_is_a_remark_and_costs_nothing():
    late = Lateness(rules(grace_minutes=10), int(DUE.timestamp()) + DAY + HOUR, FILES)
    assert late.deduction(60.0).points == 0
    assert late.remark.startswith(
        "by the time of its files (2026-04-02 00:59) it was handed in 1 day 1 h after the due date, but nobody says "
        "so: nothing is taken off"
    )
    for after, extension in ((0, 0), (600, 0), (DAY + 600, DAY)):
        one = Lateness(late.rules, int(DUE.timestamp()) + after, FILES, Allowance(extension))
        assert one.remark == ""


def test_a_mark_without_a_time_is_a_remark_and_costs_nothing():
    late = Lateness(rules(), None, MARKED)
    assert (late.deduction(60.0).points, late.deduction(60.0).why) == (0, "")
    assert "marked as late where it was handed in, without a time: nothing is taken off" in late.remark
    assert Lateness(rules(), int(DUE.timestamp()) + DAY, KNOWN).remark == ""
    assert Lateness(rules(), None, FILES).remark == ""


@pytest.mark.parametrize(
    "late",
    [
        Lateness(rules(), int(DUE.timestamp()) + 5, KNOWN),
        Lateness(rules(points=2.5, cap=7, late_days=3, each="hour", grace_minutes=5), 7, FILES, Allowance(90, 2)),
        Lateness(rules(), None, MARKED),
    ],
)
def test_it_comes_back_from_a_report_as_it_was(late):
    assert Lateness.from_json(late.to_json()) == late


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, -math.inf, 1e300, 253_400_000_000.0])
def test_what_is_no_time_is_none(seconds):
    assert whole_seconds(seconds) is None


def test_a_time_loses_its_fraction_in_the_students_favour():
    assert whole_seconds(12.9) == 12


# The rubric


@pytest.fixture
def rubric_with(tmp_path):
    """Reads the rubric with a text added at its end."""

    def read(added: str):
        (tmp_path / "rubric.toml").write_text(f"{TEXT}\n{added}", encoding="utf-8")
        return read_rubric(tmp_path / "rubric.toml")

    return read


def test_without_the_table_nothing_is_late(rubric_with):
    assert read_rubric().late is rubric_with("").late is None


def test_the_table_is_read_and_part_of_the_digest(rubric_with):
    rubric = rubric_with(LATE)
    assert rubric.late == Rules(DUE, 10, "percent")
    assert len({read_rubric().digest, rubric.digest, rubric_with(f"{LATE}cap = 50\n").digest}) == 3
    full = 'points = 2\neach = "hour"\ngrace_minutes = 10\ncap = 20\nlate_days = 3\n'
    assert rubric_with(LATE.replace("percent = 10\n", full)).late == Rules(DUE, 2, "points", "hour", 10, 20, 3)


def test_the_rubrics_own_example_is_accepted(rubric_with):
    example = TEXT.partition("# [late]")[2].partition("\n\n")[0]
    table = "\n".join(line.removeprefix("# ") for line in f"[late]{example}".splitlines())
    assert rubric_with(table).late == Rules(DUE, 10, "percent", "day", 10, 50, 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("+09:00", "", "due must be a date and time with its time zone, like 2026-03-31T23:59:00+09:00"),
        ("T23:59:00+09:00", "", "due must be a date and time with its time zone"),
        ("2026-03-31T23:59:00+09:00", '"tomorrow"', "due must be a date and time with its time zone"),
        ("due = 2026-03-31T23:59:00+09:00", "", "due must be a date and time with its time zone"),
        ("percent", "percentage", "not percentage"),
        ("percent = 10", "percent = 10\ngrace = 5", "not grace"),
        ("percent = 10", "percent = 10\npoints = 5", "needs one of points and percent"),
        ("percent = 10", "", "needs one of points and percent"),
        ("percent = 10", "percent = -10", "percent must be a number, from 0 to 100, not -10"),
        ("percent = 10", "percent = 101", "percent must be a number, from 0 to 100, not 101"),
        ("percent = 10", "percent = true", "percent must be a number, from 0 to 100, not True"),
        ("percent = 10", "percent = nan", "percent must be a number, from 0 to 100, not nan"),
        ("percent = 10", 'percent = "10 %"', "percent must be a number, from 0 to 100, not '10 %'"),
        ("percent = 10", "points = -5", "points must be a number, 0 or more, not -5"),
        ("percent = 10", "points = inf", "points must be a number, 0 or more, not inf"),
        ("percent = 10", "percent = 10\ncap = -1", "cap must be a number, from 0 to 100, not -1"),
        ("percent = 10", "percent = 10\ngrace_minutes = -1", "grace_minutes must be a number, from 0"),
        ("percent = 10", "percent = 10\nlate_days = -1", "late_days must be a number, from 0 to 366, not -1"),
        ("percent = 10", "percent = 10\nlate_days = 1.5", "late_days must be a whole number, not 1.5"),
        ("percent = 10", 'percent = 10\neach = "week"', "each must be day or hour, not 'week'"),
        ("percent = 10", "percent = 10\neach = [1]", "each must be day or hour, not [1]"),
        (LATE, "[[late]]\npercent = 10\n", "[late] must be a table"),
    ],
)
def test_rules_that_are_not_accepted_are_misuse_and_one_sentence_says_why(rubric_with, old, new, said):
    assert LATE.count(old) == 1
    with pytest.raises(MisuseError, match=r"rubric\.toml is not valid: \[late\] ") as caught:
        rubric_with(LATE.replace(old, new))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# The roster's cells


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        *(("", 0), ("0", 0), ("1", DAY), ("1.5", 1.5 * DAY), ("366", 366 * DAY)),
        *(("2026-03-31", 0), ("2026-04-03", 3 * DAY)),
        *(("2026-04-01T12:00:00+09:00", 12 * HOUR + 60), ("2026-03-31 15:00:00Z", 60)),
    ],
)
def test_an_extension_is_days_a_date_or_a_time(cell, seconds):
    assert allowance_of(cell, "", "", rules()) == Allowance(int(seconds))


def test_late_days_and_the_time_of_the_hand_in_stand_in_the_roster_too():
    at = DUE + timedelta(hours=1)
    assert allowance_of("", "2", at.isoformat(), rules()) == Allowance(0, 2, int(at.timestamp()))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("-1", "", ""), "extension must be from 0 to 366 days, not '-1'"),
        (("nan", "", ""), "extension must be from 0 to 366 days, not 'nan'"),
        (("20260403", "", ""), "extension must be from 0 to 366 days, not '20260403'"),
        (("4/3/2026", "", ""), "extension must be a number of days, a date like 2026-04-03, or a time with its zone"),
        (("2026-04-03T12:00", "", ""), "extension must be a number of days, a date like 2026-04-03, or a time"),
        (("2025-04-03", "", ""), "ends before the due date, 2026-03-31 23:59:00+09:00"),
        (("2062-04-03", "", ""), "is longer than 366 days"),
        (("", "-1", ""), "late days must be a whole number up to 366, not '-1'"),
        (("", "1.5", ""), "late days must be a whole number up to 366, not '1.5'"),
        (("", "²", ""), "late days must be a whole number up to 366, not '²'"),
        (("", "9" * 5000, ""), "late days must be a whole number up to 366"),
        (("", "", "2026-04-03 12:00"), "handed in must be a time with its zone"),
        (("", "", "yesterday"), "handed in must be a time with its zone"),
    ],
)
def test_a_cell_that_is_not_accepted_says_what_to_write(cells, said):
    with pytest.raises(ValueError, match=r".") as caught:
        allowance_of(*cells, rules())
    assert said in str(caught.value)
