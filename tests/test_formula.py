"""Q11's formula: its line is read however it is spelled, usual mistakes have names, and the rest goes to a person."""

import ast
import time
from fractions import Fraction

import pytest
from conftest import setup_of
from hypothesis import given, settings
from hypothesis import strategies as some

from autograder.case import Case
from autograder.home import handout_folder, solution_folder
from autograder.homework import ANSWERS
from autograder.hw1.q11 import CHECKS, MAX_CHARACTERS, MAX_DEPTH, SAYS, compute, formula, read
from autograder.outcome import Outcome, Status
from autograder.rubric import read_rubric
from autograder.submission import Submission

TEMPLATE = (handout_folder() / ANSWERS).read_text(encoding="utf-8")
TO_WRITE = "*Write your answer to Q11 here.*"
RUBRIC = read_rubric()
SIZES = {"H": 32, "W": 28, "C": 3, "F": 5, "S": 2, "P": 1}


def case_of(data: bytes | None, seed: bytes = b"a seed", **more) -> Case:
    files = {} if data is None else {ANSWERS: data}
    return Case(Submission("20260001", files, **more), RUBRIC, lambda: None, setup_of(), seed)


def judged(answer: str, **how) -> Outcome:
    """What comes of *answer*, written into the handout's ``answers.md``."""
    assert TEMPLATE.count(TO_WRITE) == 1
    outcome = formula(case_of(TEMPLATE.replace(TO_WRITE, answer).encode(errors="surrogatepass"), **how))
    assert isinstance(outcome, Outcome)
    return outcome


RIGHT = [
    "Formula: ((H - F + 2P)/S + 1, (W - F + 2P)/S + 1, 2)",
    "Formula: H' = (H-F)/S + 1\nW' = (W-F)/S + 1\nC' = 2",
    "Formula: see below\n\n((H-F)/S+1, (W-F)/S+1, 2)",
    "Formula: (H, W, C1) -> ((H-F)/S+1, (W-F)/S+1, 2)",
    "**Formula:** `((H - F) // S + 1, (W - F) // S + 1, 2)`",
    "((H-F)/S, (W-F)/S, 2) was my first idea.\nFormula = ((H-F+2P)/S+1, (W-F+2P)/S+1, 2).",
    "The filter fits this often:\n((H-F)/S+1, (W-F)/S+1, 2)\nEach filter makes a channel.",
    "(H-F+2*P)//S+1, (W-F+2*P)//S+1, 2",
    "Answer: (2, (H-F)/S+1, (W-F)/S+1)",
    "[2, (h-f)//s+1, (w-f)//s+1]",
    "torch.Size([(H-F)//S+1, (W-F)//S+1, 2])",
    "(N, 2, (H-F)/S+1, (W-F)/S+1)",
    "out_h = int((H - F) / S) + 1; out_w = int((W - F) / S) + 1; out_c = 2",
    "h_new=(h-f+2p)/s+1\nw_new=(w-f+2p)/s+1\nd_new=2",
    "(math.floor((H - F) / S) + 1, math.floor((W - F) / S) + 1, 2)",
    "(⌊(H−F)/S⌋+1) × (⌊(W−F)/S⌋+1) × 2",
    "(H-F)/S+1 x (W-F)/S+1 x 2",
    "[(H-F)/S+1 × (W-F)/S+1 × 2]",
    "((H-F+2×P)/S+1) × ((W-F+2×P)/S+1) × 2",
    "((H−F)÷S＋1， (W−F)÷S＋1， 2)",
    "(1+(H-F)/S, W/S - F/S + 1, 2)",
    "[ceil((H-F+2P+1)/S), (W+2P-F+S)//S, 2]",
    "(H - K)/S + 1, (W - K)/S + 1, and 2",
    "(input height - filter size + 2*padding)/stride + 1, (input width - filter size + 2*padding)/stride + 1, 2",
    "H_out = floor((H + 2*padding[0] - dilation[0]*(kernel_size[0]-1) - 1)/stride[0] + 1), "
    "W_out = floor((W + 2*padding[1] - dilation[1]*(kernel_size[1]-1) - 1)/stride[1] + 1), C_out = 2",
    "H2=(H1-F+2P)/S+1, W2=(W1-F+2P)/S+1, D2=2",
    "(H', W', C') = ((H-F)/S+1, (W-F)/S+1, 2)",
    "H = (H-F)/S + 1\nW = (W-F)/S + 1\nC = 2\n(H, W, C)",
    "Output height: (H-F)/S+1\nOutput width: (W-F)/S+1\nOutput channels: 2",
    "- **Height**: `(H - F) // S + 1`\n- **Width**: `(W - F) // S + 1`\n- **Channels**: 2",
    "H' = (H - F)/S + 1 = (32 - 5)/1 + 1 = 28, W' = (W-F)/S+1 = 28, C' = 2",
    "높이 = (H - F) / S + 1, 너비 = (W - F) / S + 1, 채널 = 2",
    r"$$\left( \left\lfloor \frac{H - F + 2P}{S} \right\rfloor + 1, "
    r"\left\lfloor \frac{W - F + 2P}{S} \right\rfloor + 1, 2 \right)$$",
    r"Formula: $\left(\frac{H-F}{S}+1,\ \frac{W-F}{S}+1,\ 2\right)$",
    "Formula:\n$$\n\\left( \\dfrac{H - F + 2P}{S} + 1,\n\\dfrac{W - F + 2P}{S} + 1, 2 \\right)\n$$",
    r"$H_{\text{out}} = \frac{H - F}{S} + 1$" + "\n" + r"$W_{\text{out}} = \frac{W - F}{S} + 1$" + "\n$C^{out} = 2$",
    r"$H_\mathrm{out} = \operatorname{floor}(\frac{H - F}{S}) + 1$, $W^{\prime} = \frac{W - F}{S} + 1$, $C^\prime = 2$",
    r"\begin{aligned} H' &= \frac{H-F}{S}+1 \\ W' &= \frac{W-F}{S}+1 \\ C' &= 2 \end{aligned}",
    r"$H\times W\times C_1$ → $\left(\frac{H-F}{S}+1\right)\times\left(\frac{W-F}{S}+1\right)\times 2$",
]

WRONG = {
    "((H-F)/S, (W-F)/S, 2)": "q11-no-plus-one",
    "Formula: ((H - F + 2P)//S, (W - F + 2P)//S, 2)": "q11-no-plus-one",
    "H' = (H-F)/S + 1\nW' = (W-F)/S\nC' = 2": "q11-no-plus-one",
    "(H-F+1, W-F+1, 2)": "q11-no-stride",
    "(H - F + 2P + 1, W - F + 2P + 1, 2)": "q11-no-stride",
    "(H-F, W-F, 2)": "q11-no-stride-no-plus-one",
    "((H-F)/S+1, (W-F)/S+1, C1)": "q11-channels-of-the-input",
    "height = (H - F)/S + 1, width = (W - F)/S + 1, channels = C1": "q11-channels-of-the-input",
    "((H-F)/S+1, (W-F)/S+1, 2C1)": "q11-channels-times-two",
    r"$(\frac{H-F}{S}+1, \frac{W-F}{S}+1, 2 \times C_1)$": "q11-channels-times-two",
    "((H-F)/S+1, (W-F)/S+1, 1)": "q11-channels-number",
    "높이 = (H-F)/S+1, 너비 = (W-F)/S+1, 채널 = 3": "q11-channels-number",
    "(H - F/S + 1, W - F/S + 1, 2)": "q11-no-brackets",
    "(H − F/S + 2×P + 1) × (W − F/S + 2×P + 1) × 2": "q11-no-brackets",
    "((H−F+2×P)÷S + 1) × ((W−F+2×P)÷S + 1) × 2*C1": "q11-channels-times-two",
    "((H-F+P)/S+1, (W-F+P)/S+1, 2)": "q11-padding-once",
    "((H-F+1)/S, (W-F+1)/S, 2)": "q11-plus-one-inside",
    "((H-F)/S-1, (W-F)/S-1, 2)": "q11-minus-one",
    "(H/S, W/S, 2)": "q11-no-filter-size",
    "(ceil((H-F)/S)+1, ceil((W-F)/S)+1, 2)": "q11-rounded-up",
    "((H-F)/S+1, (W-F)/S+1, 2) was my first idea.\nFormula: ((H-F)/S, (W-F)/S, 2)": "q11-no-plus-one",
    "Formula: ((H-F)/S, (W-F)/S, 2)\nThe divisions are rounded down.": "q11-no-plus-one",
}

FOR_A_PERSON = [
    # right or wrong, but in words
    "See the report, please.",
    "The height is (H-F)/S plus one, the width is (W-F)/S plus one, and there are 2 channels.",
    "Let the kernel size K, stride S: H' = (H - K)/S + 1, W' = (W - K)/S + 1, C' = 2",
    "Formula: ((H-F)/S+1, (W-F)/S+1, 2), and if S = 1: (H-F+1, W-F+1, 2)",
    "출력 높이는 (H-F)/S+1, 너비는 (W-F)/S+1 이고 채널 수는 2이다.",
    "(H-F+1, W-F+1, 2) with stride 1; for other strides divide by S",
    "Formula: ((H - F)/S, (W - F)/S, 2) then +1 each",
    "Formula: ((H - F)/S, (W - F)/S, 2)  # then +1 each",
    "((H - F)/S, (W - F)/S, 2)\nand 1 more each",
    "((H - F)/S, (W - F)/S, 2) 에 각각 1을 더한다",
    "Formula: ((H-F)/S, (W-F)/S, 2) it is not\n((H-F)/S+1, (W-F)/S+1, 2)",
    "H' = (H-F)/S, plus 1; W' = (W-F)/S, plus 1; depth 2",
    # more than one shape
    "((H-F)/S+1, (W-F)/S+1, 2)\n((H-F)/S, (W-F)/S, 2)",
    "((H-F)/S+1, (W-F)/S+1, 2)\nWith padding: ((H-F+P)/S+1, (W-F+P)/S+1, 2)",
    "((H-F)/S+1, (W-F)/S+1, 2)\nIn general \\frac{H-F+P}S",
    "Formula: H' = (H-F)/S+1 = (H-F)/S, W' = (W-F)/S+1, C' = 2",
    "((H-F)/S+1, (W-F)/S+1, C1)\nC' = 2",
    # not a shape, or no usual mistake
    "asdf qwer (((( ]]] 1 2 3",
    "__import__('os').system('rm -rf /')",
    "((H-F)/S+1, (W-F)/S+1)",  # no channels
    "((W-F)/S+1, (H-F)/S+1, 2)",  # another order
    "H-F)/S+1, W-F)/S+1, 2",
    "(H, W, 2) because of the padding",
    "Formula: (H, W, 2)",
    "((H-F)*S+1, (W-F)*S+1, 2)",
    "((H-F)/S+1, (W-F)/S+1, K)",  # K filters, or the size of one?
    "((H-F+2P)/S+1, (W-F)/S+1, 2)",
    "((H-F)/0+1, (W-F)/S+1, 2)",
    "((32-5)/1+1, (32-5)/1+1, 2)",
    "(28, (W-F)/S+1, 2)",
    "((H-F)^2/S+1, (W-F)^2/S+1, 2)",
    "(H-F)/S, (W-F)/S, two filters",
    "((H - F H)/S + 1, (W - F W)/S + 1, 2)",
    "((H-F)/S+1, (W-F)/S+1)(2)",
    "(H-F/S + 1), ((W-F/S + 1, 2",  # brackets that do not fit are not held against anybody
]


@pytest.mark.parametrize("answer", RIGHT)
def test_a_right_formula_passes_however_it_is_written(answer):
    outcome = judged(answer)
    assert outcome.status is Status.PASSED, outcome
    assert outcome.remarks[0].startswith("Read as (")


@pytest.mark.parametrize("answer", WRONG)
def test_a_usual_mistake_fails_by_its_name_and_says_what_was_read(answer):
    outcome = judged(answer)
    assert (outcome.status, outcome.mistake) == (Status.FAILED, WRONG[answer])
    assert SAYS[outcome.mistake] in outcome.reason
    assert "Read as (" in outcome.reason


@pytest.mark.parametrize("answer", FOR_A_PERSON)
def test_what_cannot_be_read_without_doubt_is_left_to_a_person(answer):
    outcome = judged(answer)
    assert outcome.status is Status.UNSETTLED, outcome
    assert "a person reads it" in outcome.reason
    assert not outcome.mistake


def test_every_mistake_has_an_example_here():
    assert set(WRONG.values()) == set(SAYS)


def test_two_different_mistakes_are_both_said():
    outcome = judged("(H-F+1, W-F+1, C1)")
    assert outcome.mistake == "q11-no-stride"
    assert all(SAYS[name] in outcome.reason for name in ("q11-no-stride", "q11-channels-of-the-input"))


def test_a_formula_that_does_not_round_passes_with_a_remark_and_one_that_does_passes_without():
    remark = "Its divisions are taken as rounded down, as the question says."
    assert remark in judged("((H-F)/S+1, (W-F)/S+1, 2)").remarks
    assert remark not in judged("((H-F)//S+1, (W-F)//S+1, 2)").remarks


def test_what_is_shown_of_an_answer_is_ours_and_short():
    outcome = judged("((H-F)/S+1" + "+0" * 80 + ", (W-F)/S+1, 2)")
    assert outcome.status is Status.PASSED
    assert len(outcome.remarks[0]) <= 200


# The check


def test_the_solution_passes_for_every_seed_and_the_handout_is_to_do():
    solution, handout = ((folder / ANSWERS).read_bytes() for folder in (solution_folder(), handout_folder()))
    for seed in range(20):
        assert formula(case_of(solution, bytes([seed]))).status is Status.PASSED
    assert formula(case_of(handout)).status is Status.TODO


def test_the_check_is_worth_what_the_rubric_says():
    (check,) = CHECKS
    assert (check.id, RUBRIC.points[check.id]) == ("1.2-Q11", 2)


@pytest.mark.parametrize("data", [None, b"", b"# Answers\n## Q11\n"])
def test_no_answer_is_to_do(data):
    assert formula(case_of(data)).status is Status.TODO


def test_no_answer_beside_a_pdf_is_left_to_a_person(tmp_path):
    outcome = formula(case_of(b"", documents={"report.pdf": tmp_path / "report.pdf"}))
    assert outcome.status is Status.UNSETTLED
    assert "not in answers.md; report.pdf is there" in outcome.reason


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", "## Q11\n\nFormula: 기울기, (H, W, 3)".encode("cp949")])
def test_what_is_not_utf_8_loses_nothing(data):
    outcome = formula(case_of(data))
    assert outcome.status is Status.UNSETTLED
    assert "save it as UTF-8" in outcome.reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp949"])
def test_a_right_formula_passes_in_any_encoding(encoding):
    text = "## Q11\n\n기울기\n((H-F+2P)/S+1, (W-F+2P)/S+1, 2)"
    assert formula(case_of(text.encode(encoding))).status is Status.PASSED


def test_an_answer_that_is_too_long_is_left_to_a_person():
    answer = "((H-F)/S+1, (W-F)/S+1, 2)"
    assert judged(answer + "\n" + "a " * 1000).status is Status.PASSED
    assert judged(answer + "\n" + "a " * MAX_CHARACTERS).status is Status.UNSETTLED


@pytest.mark.parametrize(
    "answer",
    [
        "(" * MAX_CHARACTERS,
        "((H" * 1300,
        "(H," * 1300,
        "H+" * 2000,
        "(H+" * 1300,
        "-" * MAX_CHARACTERS,
        "2(" * 2000,
        "H=" * 2000,
        r"\frac{" * 660,
        r"\text{" * 660,
        "⌊" * MAX_CHARACTERS,
        "H_{" * 1300,
        "H'" * 2000,
        "9" * MAX_CHARACTERS,
        "999999*" * 570,
        "channels " * 440,
        "kernel size " * 330,
        "ﷺ" * MAX_CHARACTERS,  # eighteen letters in compatible form
        "*" * MAX_CHARACTERS,
        "\n" * 100 + "Formula:\n" * 400,
        "Formula: (10**10**10, W, 2)",
        "Formula: (H+" + "99999999*" * 50 + "2, W-F, 2)",
        "Formula: (H+" + "1/7+" * 90 + "2, W-F, 2)",
        " " * MAX_CHARACTERS,
        " \n" * 2000 + "H",
        "H=7\n" * 1000,
        "(H,W,2)\n" * 500,
    ],
    ids=lambda text: text[:8].strip() or "lines",
)
def test_hostile_answers_are_read_in_no_time_and_settle_nothing(answer):
    began = time.process_time()
    outcome = judged(f"an answer\n{answer}"[:MAX_CHARACTERS])
    assert time.process_time() - began < 2
    assert outcome.status in (Status.UNSETTLED, Status.TODO)


@settings(max_examples=150, deadline=None)
@given(some.text(max_size=400))
def test_any_text_is_read_without_an_exception(text):
    read(text, [SIZES])


PIECES = [*"()[]HWFS2+-/*×,=⌊⌋ \n$:|^}", "2P", "C1", "//", "H'", "W_out", r"\frac{", "}{", "depth", "is", "plus"]
PIECES += ["Formula: ", "(H-F)/S+1"]


@settings(max_examples=300, deadline=None)
@given(some.lists(some.sampled_from(PIECES), max_size=80))
def test_any_rubble_of_a_formula_is_judged_without_an_exception(pieces):
    assert judged("an answer of mine " + "".join(pieces)).status in (Status.PASSED, Status.FAILED, Status.UNSETTLED)


@settings(max_examples=100, deadline=None)
@given(some.lists(some.sampled_from(PIECES), max_size=12), some.lists(some.sampled_from(PIECES), max_size=12))
def test_a_right_line_of_its_own_is_never_failed_for_what_stands_around_it(before, after):
    text = "".join(before).replace("Formula", "") + "\nFormula: ((H-F)/S+1, (W-F)/S+1, 2)\n"
    assert judged(text + "".join(after).replace("Formula", "")).status is Status.PASSED


# Its parts


def channels_in(text: str) -> Fraction:
    """What *text* comes to as the third part of a shape whose other parts do not matter."""
    (side,) = [side for side in read(f"((H-F)/S, (W-F)/S, {text})", [SIZES])[0] if side.axis == "C"]
    return side.values[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7),
        ("7/2", Fraction(7, 2)),
        ("7//2", 3),
        ("-7//2", -4),
        ("8/2/2", 2),
        ("9 - 3 - 2", 4),
        ("floor(7/2) + ceil(7/2)", 7),
        ("⌊7/2⌋⌈7/2⌉", 12),
        (r"\frac{1}{\frac{1}{2}}", 2),
        ("2P", 2),
        ("2 P", 2),
        ("(C - F)(S - F)", 6),
        ("2(C-F)", -4),
        ("2*C_in - C_{in}", 3),
        ("-(-3)", 3),
        ("0.5*4", 2),
        ("int(C/S)", 1),
        ("[C + 1]/S", 2),
        ("kernel_size - filter size", 0),
        ("padding[0]*stride", 2),
        ("2 dilation[0]", 2),
        (r"\text{Padding}", 1),
        ("C<sub>in</sub>", 3),
        ("D_1", 3),
    ],
)
def test_an_expression_is_computed_exactly(text, value):
    assert channels_in(text) == value


@pytest.mark.parametrize(
    "text", ["", "+", "(", "1 +", "()", "(1]", r"\frac{1}", "floor 1", "hello", "⌊1⌉", "F^2", "2**P", "F²", "FxF", "FF"]
)
def test_what_is_no_expression_is_not_read(text):
    assert judged(f"Formula: ((H-F)/S+1, (W-F)/S+1, 2 + {text})").status is Status.UNSETTLED


@pytest.mark.parametrize("text", ["1/0", "1//(2-2)", "C_out", "1/(F - 5)", "C'", "print(2)", "'2'"])
def test_what_has_no_value_is_not_settled(text):
    assert judged(f"Formula: ((H-F)/S+1, (W-F)/S+1, {text})").status is Status.UNSETTLED


def test_nothing_but_arithmetic_is_computed():
    for text in (
        "F.__class__",
        "floor(F, 2)",
        "(lambda: 2)()",
        "[2, 3][0]",
        "F if S else P",
        "~F",
        "F % S",
        "True",
        "'2'",
    ):
        with pytest.raises((ValueError, KeyError)):
            compute(ast.parse(text, mode="eval").body, SIZES)


def test_an_expression_is_read_to_a_depth_and_a_length_and_no_further():
    assert judged(f"({'(' * 20}(H-F)/S+1{')' * 20}, (W-F)/S+1, 2)").status is Status.PASSED
    assert judged(f"((H-F)/S+1{'+0' * (MAX_DEPTH - 10)}, (W-F)/S+1, 2)").status is Status.PASSED
    assert judged(f"((H-F)/S+1{'+0' * MAX_DEPTH}, (W-F)/S+1, 2)").status is Status.UNSETTLED
    assert judged(f"((H-F)/S+1+{'0*' * 300}0, (W-F)/S+1, 2)").status is Status.UNSETTLED
    assert judged("((H-F)/S+1+123456789, (W-F)/S+1, 2)").status is Status.UNSETTLED


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("((H_in-(F-2*P)) / S+1, (W-F)//stride+1, C1*C_in)", "((H - (F - 2*P))/S + 1, (W - F)//S + 1, C1*C1)"),
        (r"$\lfloor\frac{H-F}{S}\rfloor + 1, ⌈(W-F)/S⌉, C_1$", "(floor((H - F)/S) + 1, ceil((W - F)/S), C1)"),
    ],
)
def test_what_was_read_is_said_in_the_letters_of_the_question(text, spelling):
    outcome = judged(text)
    assert any(f"Read as {spelling}." in said for said in (outcome.reason, *outcome.detail))


@pytest.mark.parametrize(
    "name", ["H'", "H′", "H_{out}", "H<sub>out</sub>", r"H_\text{out}", "H2", "출력 높이", "OH", "h_new", "H"]
)
def test_a_height_has_many_names(name):
    assert judged(f"{name} = (H-F)/S+1, W' = (W-F)/S+1, C' = 2").status is Status.PASSED


@pytest.mark.parametrize("name", ["C_in", "C_1", "input channels", "H_in", "F'", "hello"])
def test_the_inputs_channels_and_other_words_do_not_name_the_outputs(name):
    assert judged(f"H' = (H-F)/S+1, W' = (W-F)/S+1, {name} = 2").status is Status.UNSETTLED
