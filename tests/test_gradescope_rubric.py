"""What the rubric says of Gradescope's container: read, checked against the rest, and with defaults of its own."""

import pytest

from autograder.errors import MisuseError
from autograder.rubric import ISOLATION, MOST_MINUTES, Gradescope, read_rubric, rubric_file
from autograder.sandbox.isolation import LEVELS

TEXT = rubric_file().read_text(encoding="utf-8")


@pytest.fixture
def box_of(tmp_path):
    """Reads the table of a rubric in which one text is another."""

    def read(old, new):
        assert TEXT.count(old) == 1
        (tmp_path / "rubric.toml").write_text(TEXT.replace(old, new), encoding="utf-8")
        return read_rubric(tmp_path / "rubric.toml").gradescope

    return read


def table():
    _, head, rest = TEXT.partition("\n[gradescope]")
    return head + rest.partition("\n[")[0]


def test_the_rubric_that_ships_says_the_defaults():
    assert read_rubric().gradescope == Gradescope(train=("1.1",))


def test_a_rubric_of_earlier_years_without_the_table_has_the_defaults(box_of):
    assert box_of(table(), "") == Gradescope()


def test_what_is_not_said_is_the_default(box_of):
    assert box_of(table(), "\n[gradescope]\nminutes = 40\n") == Gradescope(minutes=40)


def test_checks_parts_and_written_answers_may_come_later(box_of):
    box = box_of("after_published = []", 'after_published = ["2.1c-function", "2.2", "1.2-Q4"]')
    assert box.after_published == ("2.1c-function", "2.2", "1.2-Q4")


def test_the_levels_of_isolation_are_those_that_there_are():
    assert ISOLATION == LEVELS


def test_the_grader_stops_before_the_container_does():
    assert Gradescope(minutes=10, reserve_seconds=45).seconds == 555


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("after_published = []", 'after_published = ["2.1d"]', "names 2.1d, which the rubric does not have"),
        ('train = ["1.1"]', 'train = ["1.1", "3.1"]', "names 3.1, which the rubric does not have"),
        ('train = ["1.1"]', 'train = "1.1"', "which the rubric does not have"),
        ('by_hand = "listed"', 'by_hand = "hidden"', "by_hand must be listed or left out"),
        ('isolation = "medium"', 'isolation = "mild"', "isolation must be one of none, weak, medium, strong"),
        ("minutes = 10 #", f"minutes = {MOST_MINUTES + 1} #", "minutes must be at most 40"),
        ("minutes = 10 #", "minutes = 0 #", "minutes must be at most 40"),
        ("minutes = 10 #", "minutes = nan #", "minutes must be at most 40"),
        ("minutes = 10 #", 'minutes = "10" #', "is not valid"),
        ("reserve_seconds = 45", "reserve_seconds = 600", "reserve_seconds shorter than that"),
        ("reserve_seconds = 45", "reserve_seconds = -1", "reserve_seconds shorter than that"),
        ("cpus = 0.5", "cpus = 0", "cpus and memory_mb must be more than 0"),
        ("memory_mb = 768", "memory_mb = -1", "cpus and memory_mb must be more than 0"),
        ("memory_mb = 768", "memory = 768", "memory"),
        ("leaderboard = false", "leaderboard = false\ncolour = 1", "colour"),
    ],
)
def test_what_it_can_not_mean_is_misuse_that_names_it(box_of, old, new, said):
    with pytest.raises(MisuseError, match=said):
        box_of(old, new)


def test_a_value_in_the_place_of_the_table_is_misuse(tmp_path):
    (tmp_path / "rubric.toml").write_text(f"gradescope = 3\n{TEXT.replace(table(), '')}", encoding="utf-8")
    with pytest.raises(MisuseError, match="is not valid"):
        read_rubric(tmp_path / "rubric.toml")
