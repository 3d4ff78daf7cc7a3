"""The rubric that ships adds up and names the checks there are; a malformed one says what is wrong."""

from dataclasses import replace

import pytest

from autograder.errors import MisuseError
from autograder.home import repository
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.kit import Kit
from autograder.rubric import PYTHONS, read_rubric, rubric_file

RUBRIC = read_rubric()
TEXT = rubric_file().read_text(encoding="utf-8")


@pytest.fixture
def rubric_with(tmp_path):
    """Reads the rubric with one text replaced by another."""

    def read(old: str, new: str):
        assert TEXT.count(old) == 1
        path = tmp_path / "rubric.toml"
        path.write_text(TEXT.replace(old, new), encoding="utf-8")
        return read_rubric(path)

    return read


def test_there_are_66_automatic_points_34_by_hand_and_100_in_all():
    rubric = read_rubric()
    assert rubric.automatic == 66
    assert sum(item.points for item in rubric.by_hand.values()) == 34
    assert rubric.total == 100


def test_each_part_is_worth_what_the_handout_says():
    rubric = read_rubric()
    worth = dict.fromkeys(rubric.parts, 0.0)
    for check in CHECKS:
        worth[check.part] += rubric.points.get(check.id, 0)
    for item in rubric.by_hand.values():
        worth[item.part] += item.points
    assert worth == {"files": 0, "1.1": 10, "1.2": 40, "2.1": 30, "2.2": 20}


def test_the_rubric_names_exactly_the_checks_that_earn_points():
    rubric = read_rubric()
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert set(rubric.points) == set(ids) - {check.id for check in CHECKS if check.part == "files"}
    assert not set(rubric.by_hand) & set(ids)


def test_exactly_the_written_questions_are_graded_by_hand():
    questions = [f"1.2-Q{number}" for number in range(1, 14) if number != 11]
    assert set(read_rubric().by_hand) == {*questions, "1.1-E1", "1.1-E2", "2.2-E3", "2.2-E4"}


def test_the_course_has_one_python_that_the_kit_runs_on(rubric_with):
    supported = (repository() / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={PYTHONS[0]},<3.{int(PYTHONS[-1][2:]) + 1}"' in supported
    assert read_rubric().python in PYTHONS
    assert rubric_with('python = "3.11"\n', "").python == ""
    with pytest.raises(MisuseError, match=r"python must be one of 3.11, 3.12, 3.13"):
        rubric_with('python = "3.11"\n', 'python = "3.9"\n')


def test_every_part_that_is_mentioned_has_a_title():
    rubric = read_rubric()
    mentioned = {check.part for check in CHECKS} | {item.part for item in rubric.by_hand.values()}
    assert mentioned == set(rubric.parts)
    assert all(rubric.parts.values())


def test_the_ids_of_the_checks_begin_with_their_part():
    for check in CHECKS:
        assert check.id.startswith(check.part), check.id


def test_the_recipes_cover_both_data_sets_with_floors_that_are_fractions():
    recipes = read_rubric().recipes["1.1"]
    assert set(recipes) == {"mnist", "digits"}
    assert all(0 < recipe.floor < 1 and recipe.epochs > 0 for recipe in recipes.values())


def test_another_rubric_has_another_digest(rubric_with):
    changed = rubric_with('"2.1c-function" = 10', '"2.1c-function" = 9')
    assert changed.digest != read_rubric().digest
    assert changed.automatic == 65


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MisuseError, match=r"none\.toml can't be read: No such file"):
        read_rubric(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[points]", "[points", "Expected"),  # no TOML
        ("[points]", "[scores]", "points"),
        ("[by_hand]", "[by_eye]", "by_hand"),
        ("[parts]", "[pieces]", "parts"),
        ("[limits]", "[bounds]", "limits"),
        ("memory_mb = 2048", "memory = 2048", "memory"),
        ('title = "PyTorch Tutorial for Computer Vision"', "", "title"),
        ("floor = 0.98", "flor = 0.98", "flor"),
        ('{ points = 3, part = "2.2", title = "Results of both models" }', '{ points = 3, part = "2.2" }', "title"),
        ('"2.1a" = 6', '"2.1a" = "six"', "six"),
        ('"2.1a" = 6', '"2.1a" = -6', "2.1a"),
        ('"2.1a" = 6', '"2.1a" = 6\n"2.1a" = 6', "overwrite"),
    ],
)
def test_a_malformed_rubric_is_misuse_and_the_text_names_what_is_wrong(rubric_with, old, new, named):
    with pytest.raises(MisuseError, match=r"rubric\.toml") as caught:
        rubric_with(old, new)
    assert named in str(caught.value).partition("rubric.toml")[2]


def test_a_rubric_whose_points_are_no_table_is_misuse(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_text('title = "t"\nparts = {}\nlimits = {}\nby_hand = {}\nrecipes = {}\npoints = 3\n')
    with pytest.raises(MisuseError, match=r"rubric\.toml"):
        read_rubric(path)


def test_a_written_answer_with_negative_points_is_misuse(rubric_with):
    with pytest.raises(MisuseError, match=r"2\.2-E3"):
        rubric_with('"2.2-E3" = { points = 3', '"2.2-E3" = { points = -3')


def test_a_written_answer_whose_points_are_no_number_is_misuse(rubric_with):
    with pytest.raises(MisuseError, match="three"):
        rubric_with('"2.2-E3" = { points = 3', '"2.2-E3" = { points = "three"')


def test_bytes_that_are_no_text_are_misuse(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MisuseError, match=r"rubric\.toml"):
        read_rubric(path)


@pytest.mark.parametrize("forms", ["remark", "points"])
def test_what_a_slip_of_form_costs_is_the_rubrics(rubric_with, forms):
    assert rubric_with('forms = "remark"', f'forms = "{forms}"').forms == forms


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ('forms = "half"', "must be remark or points"),
        ("forms = 1", "must be remark or points"),
        ("form = 1", "not form"),
    ],
)
def test_another_cost_of_a_slip_is_misuse(rubric_with, new, says):
    with pytest.raises(MisuseError, match=says):
        rubric_with('forms = "remark"', new)


def test_a_rubric_of_before_that_says_nothing_of_forms_remarks_on_them(tmp_path):
    path = tmp_path / "rubric.toml"
    path.write_text(TEXT.replace("[handout]", "[other]"), encoding="utf-8")
    assert read_rubric(path).forms == "remark"


HOMEWORK = in_force()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"points": {**RUBRIC.points, "2.1c-funktion": 10.0}},
            "[points] names 2.1c-funktion, but there is no such check",
        ),
        ({"points": {k: v for k, v in RUBRIC.points.items() if k != "2.1a"}}, "[points] gives no points for 2.1a"),
        ({"by_hand": {}}, "neither [by_hand] nor a check has points for the question 1.1-E1"),
        ({"by_hand": {**RUBRIC.by_hand, "1.2-Q99": RUBRIC.by_hand["1.2-Q1"]}}, "[by_hand] names 1.2-Q99"),
        ({"ways": {"1.1": ("proven",)}}, "[ways] does not say how 2.2a, 2.2b may be settled"),
        ({"ways": {**RUBRIC.ways, "1.2.1": ("proven",)}}, "[ways] names 1.2.1, but no check settles its accuracy"),
        ({"recipes": {}}, "there are no [recipes] for 1.1"),
        ({"parts": {"files": "Files"}}, "[parts] has no title for 1.1, 1.2, 2.1, 2.2"),
        ({"gradescope": replace(RUBRIC.gradescope, train=("3.1",))}, "[gradescope] train names 3.1"),
    ],
)
def test_a_rubric_that_does_not_fit_the_homework_is_refused_by_name_before_anything_is_graded(change, says, tmp_path):
    wrong = replace(RUBRIC, **change)
    with pytest.raises(MisuseError, match="the rubric does not fit the homework: ") as caught:
        Kit(rubric=wrong, launcher=None, scratch=tmp_path)
    assert says in str(caught.value)


def test_the_rubric_that_ships_fits():
    assert RUBRIC.of(HOMEWORK) is RUBRIC
    assert RUBRIC.worth("2.1a") == 6
    assert RUBRIC.worth("1.2-Q1") == 2
    assert RUBRIC.worth("files-vgg") == 0
