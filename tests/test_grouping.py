"""Like answers stand together, and what is of different worth does not."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.review.differences import MOST, spans
from autograder.review.grouping import THRESHOLD, grouped, text_id
from autograder.review.normal import LONGEST, normal
from autograder.review.own import named
from autograder.review.telling import telling

RIGHT = "The gradients are accumulated, so without clearing them each step would use the sum of all batches so far."


def kinds(*texts, **options):
    """Groups as sets of the texts' numbers."""
    found = grouped({str(number): text for number, text in enumerate(texts)}, **options)
    return sorted((group.kind, sorted(map(int, group.members))) for group in found)


def together(one, other, **options):
    return len(grouped({"one": one, "other": other}, **options)) == 1


# Identical


@pytest.mark.parametrize(
    "written",
    [
        "the gradients accumulate; so clear them",
        "The  gradients\n\taccumulate, so clear them.",
        "**The gradients** accumulate - so _clear_ them!",
        "> The gradients accumulate: so `clear` them",
        "- The gradients accumulate (so clear them)",
        "### The gradients accumulate, so clear them\u200b.",
        "The gradients () accumulate ~ (so) clear them",
        '__The__ gradients ***accumulate***, "so" clear them',
        "\uff34he gradients accumulate \u2014 so \u201cclear\u201d them",
    ],
)
def test_case_white_space_punctuation_and_marks_are_no_difference(written):
    assert normal(written) == "the gradients accumulate so clear them"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 0", "x < 0"),
        ("a + b", "a - b"),
        ("3*3 = 9", "33 = 9"),
        ("x - 1", "x 1"),
        ("it is -0.5", "it is 0.5"),
        ("1) is right", "2) is right"),
        ("0.25", "25"),
        ("9.82 %", "98.2 %"),
        ("25 %", "25"),
        ("a \u2264 b", "a \u2265 b"),
        ("a != b", "a = b"),
        ("a -> b", "a <- b"),
        ("1/(1+e^-x)", "1/(1+e^x)"),
        ("1 - p", "1 p"),
        ("1-p", "1p"),
        ("-x", "x"),
        ("e^-log(p)", "e^log(p)"),
        ("-log p", "log p"),
        ("(3*3*16+1)*32", "3*3*16+1*32"),
        ("(W - F + 2P)/S + 1", "(W - F - 2P)/S + 1"),
        ("(W - F + 2P)/S + 1", "(F - W + 2P)/S + 1"),
        ("10^-3", "10^3"),
        ("2 * (3 + 4)", "2 * 3 + 4"),
        ("(a + b) / c", "a + b / c"),
        ("p(a|b)", "p(a,b)"),
        ("a \u2713, b \u2717", "a \u2717, b \u2713"),
        ("a \u2208 b", "a \u2209 b"),
        ("!!!", "???"),
    ],
)
def test_numbers_and_the_signs_of_formulas_are_one(one, other):
    assert normal(one) != normal(other)
    assert not together(one, other)
    assert not together(f"We know that {one}", f"We see that {other}", threshold=1.0)


def test_composed_and_decomposed_hangul_is_the_same():
    assert normal("\u1100\u1175\u110b\u116e\u11af\u1100\u1175") == normal("기울기")


def test_apostrophes_of_all_kinds_are_the_same():
    assert normal("it doesn't") == normal("it doesn\u2019t") == normal("It doesnt")


def test_what_stands_beyond_the_limit_is_told_apart_as_it_is():
    long = "a word " * LONGEST
    assert not together(f"{long}one", f"{long}two", threshold=1.0)


# Similar


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (RIGHT, RIGHT.replace("are accumulated", "accumulate").replace("would use", "uses")),
        ("The gradients add up.", "Gradients are summed up in PyTorch"),
        ("ReLU is better than sigmoid", "The ReLU network was better than the sigmoid one's"),
        ("It does not learn", "It doesn't learn"),
        ("If we don't clear them, they grow", "Without clearing them they'd grow."),
        ("it no longer decays", "it doesn't decay"),
        ("two layers", "2 layers"),
        ("1/4 of them", "0.25 of them"),
        ("1,000 images", "1000 images"),
        ("98.2 percent", "98.20%"),
        ("an accuracy of 0.982", "accuracy: 98.2 %"),
        ("Normalisation helps", "normalization helps"),
        ("기울기가 누적된다.", "기울기는 누적됩니다"),
        ("초기화하지 않으면 기울기가 누적된다", "초기화 없이 기울기가 누적됩니다."),
        ("gradient가 누적되므로", "gradient는 누적된다"),
    ],
)
def test_forms_of_words_and_words_that_say_nothing_may_differ(one, other):
    assert together(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sigmoid is better than ReLU", "ReLU is better than sigmoid"),
        ("the gradient vanishes", "the gradient does not vanish"),
        ("the gradient vanishes", "the gradient never vanishes"),
        ("with momentum it works", "without momentum it works"),
        ("it can't learn", "it can learn"),
        ("the loss increases", "the loss decreases"),
        ("accuracy is higher", "accuracy is lower"),
        ("it is set before the test", "it is set after the test"),
        ("dropout is on", "dropout is off"),
        ("train mode is used", "eval mode is used"),
        ("it overfits", "it underfits"),
        ("training is stable", "training is unstable"),
        ("the loss grows because the steps grow", "the loss grows, so the steps grow"),
        ("the loss grows if the steps grow", "if the loss grows the steps grow"),
        ("A is replaced by B", "A replaces B"),
        ("it goes from the first to the last layer", "it goes to the first from the last layer"),
        ("B needs A", "B is needed for A"),
        ("it is not much better", "it is not better"),
        ("it hardly learns", "it learns hard"),
        ("we note that it learns", "we do not learn it"),
        ("note it learns", "not it learns"),
        ("there are few errors", "there are a few errors"),
        ("it learns without problems", "it learns without"),
        ("we must not clear them", "we need not clear them"),
        ("it uses the mean", "it uses the variance"),
        ("gradients are accumulated", "gradients are overwritten"),
        ("the derivative is at most 1/4", "the derivative is at most 1/2"),
        ("the derivative is at most 0.25", "the derivative is at most 0.5"),
        ("after 4 epochs", "after 5 epochs"),
        ("a dropout of 25 %", "a dropout of 30 %"),
        ("it stays at 11.35 %", "it stays at 50.4 %"),
        ("sigmoid 50.4 %, ReLU 52.8 %", "sigmoid 52.8 %, ReLU 50.4 %"),
        ("sigmoid 50.4, ReLU 84.8", "sigmoid 84.8, ReLU 50.4"),
        ("12.5 MB of memory", "14.5 MB of memory"),
        ("Yes, it does", "No, it does"),
        ("기울기가 사라진다", "기울기가 사라지지 않는다"),
        ("초기화하면 커진다", "초기화하지 않으면 커진다"),
        ("시그모이드가 ReLU보다 높다", "ReLU가 시그모이드보다 높다"),
        ("정확도가 높다", "정확도가 낮다"),
        ("A가 B를 바꾼다", "A를 B가 바꾼다"),
        ("손실이 증가한다", "손실이 감소한다"),
        ("손실이 증가하고 정확도가 감소", "손실이 감소하고 정확도가 증가"),
        ("학습이 안 된다", "학습이 된다"),
        ("A 때문에 B가 발생한다", "B 때문에 A가 발생한다"),
        ("A가 발생한다. B 때문이다", "A 때문에 B가 발생한다"),
        ("4가 9로 분류된다", "9가 4로 분류된다"),
        ("안정적이다", "불안정적이다"),
        ("배치 정규화를 쓰면 빨라진다", "배치 정규화를 안 쓰면 빨라진다"),
        ("A is caused by B", "A causes B"),
        ("the reason the loss grows is the step", "because the loss grows, the step is"),
        ("Nothing happens", "No, it does not happen"),
        ("all weights are shared", "not all weights are shared"),
        ("not all weights change", "all weights do not change"),
        ("4 is taken for 9", "9 is taken for 4"),
        ("it fell from 78.9 to 73.5", "it fell from 73.5 to 78.9"),
        ("only the last layer is trained", "all but the last layer are trained"),
    ],
)
def test_one_word_that_changes_the_worth_keeps_answers_apart(one, other):
    """Alone, in a long answer, and whichever way round."""
    assert not together(one, other)
    long = "We trained both of them for some time and looked at the curves. {}. That is what the figures show as well."
    assert not together(long.format(one), long.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the loss increases", "the loss decreases"),
        ("it is possible", "it is impossible"),
        ("it fails to learn", "it learns"),
        ("it never learns well", "it learns well"),
        ("the test is before", "the test is after"),
        ("ReLU better than sigmoid", "sigmoid better than ReLU"),
        ("가능하다", "불가능하다"),
        ("기울기가 소실된다", "기울기가 폭발한다"),
    ],
)
def test_even_a_loose_group_mixes_no_directions(one, other):
    assert not together(f"We saw that {one}", f"There {other}", threshold=1.0)


def test_answers_without_a_telling_word_are_like_no_other_one():
    assert not telling(normal("I think so.")).words
    assert not together("I think so", "It is so")


def test_measurements_of_one_experiment_may_differ():
    one, other = "Sigmoid reached 50.4 % and ReLU 84.8 %.", "The sigmoid reached 53.1% and the ReLU 82.9%"
    assert together(one, other)


@pytest.mark.parametrize("seed", range(5))
def test_any_telling_word_that_is_replaced_removed_added_or_moved_keeps_answers_apart(seed):
    draw = random.Random(seed)  # noqa: S311
    text = (
        "Gradients of earlier batches stay in memory, so every update mixes stale directions with fresh ones; the loss"
        " oscillates after 3 epochs, accuracy stays near 40 percent and training never converges."
    )
    words = normal(text).split()
    for place in (place for place, word in enumerate(words) if telling(word).words):
        changed = list(words)
        match draw.randrange(4):
            case 0:
                changed[place] = "banana"
            case 1:
                del changed[place]
            case 2:
                changed.insert(place, "banana")
            case _:
                further = draw.choice(
                    [p for p, word in enumerate(words) if telling(word).words and word != words[place]]
                )
                changed[place], changed[further] = changed[further], changed[place]
        assert not together(text, " ".join(changed)), changed


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("150 %, -5 % and 20.5 %", ("150/100", "-5/100", "#%")),
        ("1e999 and 9e-999", ("1e999", "0")),
        ("1/0 and 1/4", ("1", "/", "0", "0.25")),
        ("25 %", ("25%",)),
        ("25 % and 30 %", ("#%", "#%")),
        ("30.5 MB", ("30.5", "mb")),
        ("gradient를 안 하면", ("기울기", "를", "without")),
        ("아니", ("¬",)),
        ("학습에서만은", ("학습", "에서", "만")),
    ],
)
def test_numbers_and_particles_are_read_as_what_they_say(written, words):
    assert telling(normal(written)).words == words


LETTERS = st.sampled_from("aA1.%-/() \n*_<가를안면\u0301\u200b\U0001f600\u2212,e")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("aA1.%-/() \n*_<가를안면\u0301\u200b\U0001f600\u2212,e"), max_size=30), max_size=4)
)
def test_any_text_is_grouped_and_compared(texts):
    groups = grouped(dict(enumerate_keys(texts)), threshold=0.7)
    assert sorted(key for group in groups for key in group.members) == [key for key, _ in enumerate_keys(texts)]
    for one in (*texts, "-A1", "a\n -A1"):
        assert "".join(piece for piece, _ in spans(texts[0] if texts else one, one)) == one
        assert together(one, f" {one}\n")


def enumerate_keys(texts):
    return [(str(number), text) for number, text in enumerate(texts)]


# Groups


def test_a_group_says_its_kind_and_its_members():
    assert kinds("The gradients add up", "gradients ADD up!", "Gradients are added up", "no idea", "No idea.", "x") == [
        ("identical", [3, 4]),
        ("similar", [0, 1, 2]),
        ("single", [5]),
    ]


def test_no_answers_are_no_groups():
    assert grouped({}) == []


def test_the_tightest_threshold_is_the_one_at_which_the_group_just_holds():
    answers = {"a": RIGHT, "b": RIGHT.replace("are accumulated", "accumulate"), "c": RIGHT.replace("would use", "uses")}
    (group,) = grouped(answers)
    assert group.tightest is not None
    assert 0 < group.tightest < THRESHOLD
    assert grouped(answers, threshold=group.tightest)[0].members == group.members
    assert len(grouped(answers, threshold=group.tightest - 0.001)) > 1
    assert [one.tightest for one in grouped({"a": "x", "b": "X!"})] == [None]


def test_the_first_member_is_the_most_central_one():
    ends = "Gradients accumulate in PyTorch", "So it is that the gradients are being accumulated then"
    answers = {"a": ends[0], "b": ends[1], "c": "The gradients are accumulated in PyTorch"}
    (group,) = grouped(answers)
    assert group.members[0] == "c"
    assert group.id == text_id(answers["c"])


def test_more_texts_than_are_compared_at_a_time_are_in_smaller_groups(monkeypatch):
    answers = {str(number): f"{'the ' * number}gradients accumulate" for number in range(8)}
    assert [len(group.members) for group in grouped(answers)] == [8]
    monkeypatch.setattr("autograder.review.grouping.MOST", 3)
    assert [len(group.members) for group in grouped(answers)] == [3, 3, 2]
    assert grouped(dict(reversed(answers.items()))) == grouped(answers)


def test_groups_do_not_depend_on_the_order_nor_an_id_on_other_groups():
    answers = {"a": RIGHT, "b": RIGHT.replace("are accumulated", "accumulate"), "c": "no idea", "d": "Something else"}
    whole = grouped(answers)
    assert grouped(dict(reversed(answers.items()))) == whole
    alone = grouped({key: answers[key] for key in "ab"})
    assert alone[0] == whole[0]
    assert whole[0].id in {text_id(answers["a"]), text_id(answers["b"])}


def test_a_looser_threshold_joins_other_words_but_no_other_directions():
    one, other = (
        "The gradients of all batches are kept and accuracy decreases",
        "Gradients of batches: accuracy decreases",
    )
    assert not together(one, other)
    assert together(one, other, threshold=0.9)
    assert not together(one, other.replace("decreases", "increases"), threshold=1.0)
    assert not together("sigmoid better than ReLU here", "ReLU better than sigmoid there", threshold=1.0)


# Moved by a person


MANY = {
    "a": RIGHT,
    "b": RIGHT.replace("are accumulated", "accumulate"),
    "c": RIGHT.replace("would use", "uses"),
    "d": "?x",
}


def test_a_text_stands_where_a_person_has_put_it():
    whole = next(group for group in grouped(MANY) if len(group.members) == 3)
    found = {group.members: group for group in grouped(MANY, moved={text_id(MANY["d"]): whole.id})}
    (group,) = found.values()
    assert (group.id, group.kind, group.moved, group.tightest) == (whole.id, "similar", True, 1.0)
    assert set(group.members) == set("abcd")
    assert group.members[-1] == "d"


@pytest.mark.parametrize("out", "abc")
def test_the_rest_keeps_its_id_when_one_is_put_alone(out):
    whole = next(group for group in grouped(MANY) if len(group.members) == 3)
    found = {group.id: group for group in grouped(MANY, moved={text_id(MANY[out]): ""})}
    assert len(found) == 3
    assert set(found[whole.id].members) == {"a", "b", "c"} - {out}
    alone = next(group for group in found.values() if group.members == (out,))
    assert (alone.kind, alone.tightest, alone.moved) == ("single", None, True)
    back = grouped(MANY, moved={text_id(MANY[out]): "", text_id(MANY["d"]): alone.id})
    assert [set(group.members) for group in back if group.id == alone.id] == [{out, "d"}]


def test_those_moved_to_a_group_that_is_gone_stand_together():
    moved = {text_id(MANY["a"]): "gone", text_id(MANY["d"]): "gone", text_id("of nobody"): "gone"}
    found = next(group for group in grouped(MANY, moved=moved) if group.id == "gone")
    assert (set(found.members), found.moved) == ({"a", "d"}, True)


def test_texts_that_tell_nothing_can_be_put_together():
    answers = {"a": "I think so", "b": "It is so", "c": " "}
    moved = {text_id(answers["b"]): text_id(answers["a"]), text_id(answers["c"]): text_id(answers["a"])}
    (group,) = grouped(answers, moved=moved)
    assert group.tightest is not None
    assert (set(group.members), group.moved) == ({"a", "b", "c"}, True)


def test_a_move_to_where_it_stands_changes_nothing():
    whole = grouped(MANY)
    assert grouped(MANY, moved={text_id(MANY["d"]): text_id(MANY["d"])}) == whole


# Differences


@pytest.mark.parametrize(
    ("base", "other", "wanted"),
    [
        ("the old sum", "The old sum.", [("The old sum.", False)]),
        ("the old sum", "the new sum", [("the ", False), ("new", True), (" sum", False)]),
        ("the sum", "the very  last\nsum", [("the ", False), ("very  last", True), ("\nsum", False)]),
        ("x > 0", "x < 0", [("x ", False), ("<", True), (" 0", False)]),
        ("98.2 %", "It: 98.9 %", [("It: 98.9", True), (" %", False)]),
        ("기울기가 누적", "**기울기가** 감소", [("**기울기가** ", False), ("감소", True)]),
        ("", "new", [("new", True)]),
        ("old", "", []),
        ("a", "  ", [("  ", False)]),
    ],
)
def test_what_differs_is_marked_word_by_word(base, other, wanted):
    assert spans(base, other) == wanted
    assert "".join(piece for piece, _ in spans(base, other)) == other


def test_a_text_that_is_too_long_is_marked_as_a_whole():
    long = "word " * (MOST + 1)
    assert spans("word", long) == [(long, True)]
    assert spans(long, long) == [(long, False)]


def test_scikit_learn_waits_until_it_is_needed():
    code = (
        "import sys, autograder.review.grouping as g; g.grouped({'a': 'x', 'b': 'y'}); print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# The student's own measurements

OWN = {"1": 53.14, "2": 84.96}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("It was 53.14 %.", "It was  own_1 ."),
        ("It was 53.1%, then 85.0", "It was  own_1 , then  own_2 "),
        ("It was 84.9 (cut off)", "It was  own_2  (cut off)"),
        ("85 percent against 53 percent", " own_2  against  own_1 "),
        ("0.850 against .531", " own_2  against  own_1 "),
        ("It was 53.9 %", "It was 53.9 %"),
        ("53 layers, 85 units", "53 layers, 85 units"),
        ("1.53.1 and 153.1 and x53.1", "1.53.1 and 153.1 and x53.1"),
        ("0.25", "0.25"),
    ],
)
def test_a_figure_that_the_student_measured_has_a_name(written, wanted):
    assert named(written, OWN) == wanted


def test_a_figure_that_could_be_two_measurements_stays():
    assert named("53 %", {"1": 53.2, "2": 52.9}) == "53 %"
    assert named("53.2 %", {"1": 53.2, "2": 52.9}) == " own_1 "


def test_own_measurements_stand_together_however_far_apart_and_others_do_not():
    text = "Sigmoid {} %, ReLU {} %"
    one, other = named(text.format(31.2, 71.5), {"1": 31.2, "2": 71.5}), named(text.format(53.1, 85), OWN)
    assert together(one, other)
    assert not together(one, named(text.format(85, 53.1), OWN))
    assert not together(one, named(text.format(53.1, 99), OWN))
