"""Reports as text, CSV and Gradescope's JSON; what a submission says can do no harm there."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograder.deep_learning.table import StudyRow, study_markdown, study_table
from autograder.hw1.checks import CHECKS
from autograder.hw1.parts import TRAINING
from autograder.outcome import Outcome, Status
from autograder.render.gradescope import Page, results_json
from autograder.render.markdown import markdown
from autograder.render.progress import ClassScreen
from autograder.render.table import grades_csv
from autograder.render.terminal import grades_table
from autograder.render.text import MARKS, WIDTH, check_lines, feedback_text, heading, summary, without_colour
from autograder.report import Report, make_report
from autograder.rubric import read_rubric
from autograder.staff.lines import calibration_lines, verification_lines
from autograder.staff.verify import Fault, Margin, Verification
from autograder.student.training.log import Untrained
from autograder.student.training.screen import TrainingScreen, result_lines
from autograder.text import INVISIBLE, LENGTH, plain, points
from autograder.text import MARKS as MARKS_ON_A_LETTER

RUBRIC = read_rubric()
NASTY = "a\x1b[31mred\x1b[0m\x00\x07\x08\u202eevil\u2066\u200b\u200f\ufeff\x9b1m\U000e0041\ud800 end"


def report_of(status: Status = Status.PASSED, student: str = "20260001", remarks: tuple = (), **texts) -> Report:
    outcomes = {check.id: Outcome(status, **texts) for check in CHECKS}
    return make_report(student, "digest", CHECKS, outcomes, RUBRIC, remarks, {"hw1": "0"})


def invisible(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c)[0] == "C" and c != "\n"]


def test_control_characters_escape_codes_and_direction_marks_are_stripped():
    assert plain(NASTY) == "a[31mred[0mevil1m end"


@given(st.text(alphabet=st.characters(), max_size=60))
def test_plain_text_is_one_line_of_visible_characters_and_plain_again(text):
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert not invisible(shown)
    assert plain(shown) == shown


def test_line_ends_and_tabs_become_spaces():
    assert plain("a\nb\r\nc\td") == "a b  c d"


def test_the_line_ends_that_only_unicode_knows_end_no_line():
    assert len(plain("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg").splitlines()) == 1


def test_korean_emoji_and_typographic_signs_are_kept():
    assert plain("정확도 98 % — ✓ é") == "정확도 98 % — ✓ é"


def test_long_text_is_cut_with_a_sign():
    assert plain("x" * LENGTH) == "x" * LENGTH
    assert plain("x" * 5000) == "x" * (LENGTH - 1) + "…"
    assert plain("abcdef", 4) == "abc…"


@pytest.mark.parametrize(("value", "text"), [(2.0, "2"), (2.5, "2.5"), (0, "0"), (100.0, "100")])
def test_points_are_written_without_a_useless_fraction(value, text):
    assert points(value) == text


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("unicode", [True, False])
def test_a_check_of_every_status_has_a_mark_and_its_points(status, unicode):
    outcome = Outcome(status, "Because.", "Try.", detail=("more",), remarks=("by the way",)).worth(6)
    first, *rest = check_lines("The title", outcome, 6, unicode=unicode)
    earned = "-" if status.open else points(outcome.points)
    assert first == f"  {MARKS[status][0 if unicode else 1]} The title  {earned}/6"
    reason = [] if status is Status.BY_HAND else ["      Because."]
    assert rest == [*reason, "      hint: Try.", "      by the way"]


def test_detail_is_shown_only_when_asked_for():
    outcome = Outcome(Status.FAILED, "Because.", detail=("conv2 has no bias: -64",))
    assert not any("conv2" in line for line in check_lines("t", outcome, 1))
    assert "      conv2 has no bias: -64" in list(check_lines("t", outcome, 1, verbose=True))


def test_a_check_without_points_shows_none():
    assert next(check_lines("t", Outcome(Status.PASSED), 0)) == "  ✓ t"


def test_colours_are_put_around_the_text_by_the_style_alone():
    lines = list(check_lines("t", Outcome(Status.FAILED, "why"), 1, style=lambda text, colour: f"<{colour}>{text}</>"))
    assert lines == ["  <red>✗</> t  <dim>0/1</>", "      <red>why</>"]


def test_long_sentences_are_wrapped_and_lose_nothing():
    words = " ".join(f"word{number}" for number in range(80))
    _, *lines = check_lines("t", Outcome(Status.FAILED, words), 1)
    assert len(lines) > 1
    assert all(line.startswith("      ") and len(line) <= WIDTH for line in lines)
    assert " ".join(line.strip() for line in lines) == words


def test_a_word_without_an_end_is_wrapped_too():
    _, *lines = check_lines("t", Outcome(Status.FAILED, "x" * 300), 1)
    assert all(len(line) <= WIDTH for line in lines)
    assert "".join(line.strip() for line in lines) == "x" * 300


@given(st.text(max_size=300))
def test_no_text_of_a_submission_breaks_out_of_its_lines(text):
    outcome = Outcome(Status.FAILED, text, text, detail=(text,), remarks=(text,))
    lines = list(check_lines(text, outcome, 1, verbose=True))
    assert all(line.startswith("      ") for line in lines[1:])
    assert not any(invisible(line) or "\n" in line for line in lines)


def test_the_summary_adds_up():
    assert summary(report_of()) == "66 points earned, 0 lost, 34 graded by hand; 100 in all."
    assert summary(report_of(Status.UNSETTLED)) == "0 points earned, 0 lost, 66 open, 34 graded by hand; 100 in all."


def test_untouched_work_is_not_started_and_not_lost():
    assert summary(report_of(Status.TODO)) == (
        "0 points earned, 0 lost, 66 not started, 34 graded by hand; 100 in all."
    )


def test_where_some_checks_were_asked_for_their_points_alone_are_counted():
    outcomes = {check.id: Outcome(Status.SKIPPED) for check in CHECKS}
    outcomes |= {"1.1-structure": Outcome(Status.PASSED), "1.1-accuracy": Outcome(Status.TODO)}
    report = make_report("20260001", "digest", CHECKS, outcomes, RUBRIC, (), {})
    assert summary(report) == "2 points earned, 0 lost, 4 not started; 6 in these checks."


@pytest.mark.parametrize("status", Status)
def test_no_line_of_the_feedback_is_wider_than_a_terminal(status):
    reason = "A sentence of some length that is wrapped between its words. " * 3
    report = report_of(status, reason=reason, hint=reason, detail=(reason,), remarks=(reason,))
    assert all(len(line) <= 80 for line in feedback_text(report, RUBRIC).splitlines())


def test_the_table_of_a_class_cuts_the_first_fault_to_what_the_terminal_has_room_for():
    report = report_of(Status.FAILED, reason="It computes another function than the handout's. " * 4)
    narrow, wide = (list(grades_table([report], RUBRIC, without_colour, columns))[2] for columns in (80, 160))
    assert len(narrow) == 80
    assert narrow.endswith("…")
    assert len(wide) > 100


def test_the_headings_name_the_part():
    assert heading("2.1", "Implementation") == "2.1  Implementation"
    assert heading("files", "Files") == "Files"


@pytest.mark.parametrize("status", Status)
def test_the_feedback_lists_every_check_and_says_what_it_was_graded_with(status):
    report = report_of(status, reason="Because.", remarks=("a remark",))
    text = feedback_text(report, RUBRIC)
    for line in report.lines:
        assert line.title in " ".join(text.split())
    assert "a remark" in text
    assert text.endswith("Graded with: hw1 0\n")


def test_the_feedback_contains_nothing_invisible():
    outcome = Outcome(Status.FAILED, NASTY, NASTY, "m", (NASTY,), (NASTY,))
    outcomes = {check.id: outcome for check in CHECKS}
    report = make_report(NASTY, "digest", CHECKS, outcomes, RUBRIC, (NASTY,), {NASTY: NASTY})
    assert not invisible(feedback_text(report, RUBRIC))


@pytest.mark.parametrize("status", Status)
def test_gradescope_gets_every_check_and_the_same_maximum_whatever_came_of_it(status):
    document = json.loads(json.dumps(results_json(report_of(status, reason="Because.", hint="Try."), RUBRIC)))
    tests = document["tests"]
    assert len(tests) == len(CHECKS) + len(RUBRIC.by_hand)
    assert sum(test["max_score"] for test in tests) == 100
    assert sum(test["score"] for test in tests) == (66 if status is Status.PASSED else 0)
    assert all(0 <= test["score"] <= test["max_score"] for test in tests)


@pytest.mark.parametrize("status", Status)
def test_gradescope_shows_no_red_mark_for_points_that_are_open(status):
    (first, *_) = results_json(report_of(status), RUBRIC)["tests"]
    by_people = status is Status.MARKED
    wanted = None if status.open or by_people else "passed" if status is Status.PASSED else "failed"
    assert first.get("status") == wanted


def test_gradescope_gets_reason_hint_layers_and_detail_as_blocks_of_markdown():
    rows = (("conv1", "weight 8 x 1", "weight 8 x 2"), ("norm1", "weight 8", ""))
    outcomes = {"2.1a": Outcome(Status.FAILED, f"Why {NASTY}", "How.", detail=("More.",), remarks=("A",), table=rows)}
    report = make_report("s", "d", CHECKS, outcomes, RUBRIC, (NASTY,), {})
    document = results_json(report, RUBRIC)
    (block,) = [test for test in document["tests"] if test["name"].startswith("2.1a:")]
    head = "| layer | wanted | yours |\n| --- | --- | --- |"
    table = f"{head}\n| conv1 | weight 8 x 1 | weight 8 x 2 |\n| norm1 | weight 8 |  |"
    blocks = (f"**failed** {markdown(f'Why {NASTY}')}", "Hint: How.", table, "* More.", "A")
    assert block["output"] == "\n\n".join(blocks)
    assert not invisible(document["output"])


def test_what_a_person_gives_can_be_left_out_and_the_maximum_is_as_constant():
    without = replace(RUBRIC, gradescope=replace(RUBRIC.gradescope, by_hand="left out"))
    for status in Status:
        tests = results_json(report_of(status), without)["tests"]
        assert sum(test["max_score"] for test in tests) == 66
        assert not [test for test in tests if "Q4" in test["name"]]


def test_a_verdict_that_comes_with_the_grades_is_in_no_sum_that_students_read():
    later = replace(RUBRIC, gradescope=replace(RUBRIC.gradescope, after_published=("2.1c-function", "2.2")))
    document = results_json(report_of(), later)
    seen = {test["name"].partition(":")[0]: test["visibility"] for test in document["tests"]}
    assert seen["2.1c-function"] == seen["2.2a-accuracy"] == "after_published"
    assert seen["2.1a"] == "visible"
    assert "42 points earned" in document["output"]  # 66 less 10 and 14
    assert "come with the published grades" in document["output"]


def test_the_page_says_what_it_is_told_and_nothing_else():
    page = Page(("Handed in 5 min late.",), ({"name": "a", "value": 1, "order": "asc"},), 12.34, {"late_seconds": 300})
    document = results_json(report_of(), RUBRIC, page)
    assert "Handed in 5 min late." in document["output"]
    assert document["leaderboard"] == [{"name": "a", "value": 1, "order": "asc"}]
    assert (document["execution_time"], document["extra_data"]["late_seconds"]) == (12.3, 300)
    assert not {"leaderboard", "execution_time"} & results_json(report_of(), RUBRIC).keys()


def rows_of(text: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_grades_have_a_row_a_student_a_column_a_check_and_the_maximum_first():
    maximum, one, two = rows_of(grades_csv([report_of(student="a"), report_of(Status.FAILED, "b")], RUBRIC))
    checks = [*RUBRIC.points, *RUBRIC.by_hand]
    sums = ("adjusted", "earned", "lost", "not started", "open", "by hand")
    lms = ("canvas", "moodle", "gradescope")
    assert list(maximum) == ["student", "name", "email", *checks, *sums, "complete", "remarks", *lms]
    assert sum(float(maximum[name]) for name in checks) == 100
    assert (maximum["earned"], maximum["by hand"]) == ("66", "34")
    assert [one[name] for name in ("student", "2.1a", "earned", "lost", "open")] == ["a", "6", "66", "0", "0"]
    assert [two[name] for name in ("student", "2.1a", "earned", "lost", "open")] == ["b", "0", "0", "66", "0"]


def test_the_cell_of_an_open_check_is_empty():
    _, row = rows_of(grades_csv([report_of(Status.UNGRADED)], RUBRIC))
    assert {row[name] for name in (*RUBRIC.points, *RUBRIC.by_hand)} == {""}
    assert (row["open"], row["complete"]) == ("66", "no")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n=", "\r@", " ="])
def test_no_cell_is_a_formula(start):
    text = f"{start}HYPERLINK(1)"
    _, row = rows_of(grades_csv([report_of(student=text, remarks=(text,))], RUBRIC))
    assert row["student"].startswith("'")
    assert row["remarks"].startswith("'")


def test_commas_quotes_and_line_ends_stay_in_their_cell():
    _, row = rows_of(grades_csv([report_of(student='a,"b"\nc', remarks=("x,y", '"z"'))], RUBRIC))
    assert row["student"] == 'a,"b" c'
    assert row["remarks"] == 'x,y; "z"'


def test_the_table_shows_points_by_part_and_the_first_thing_wrong():
    wrong = {check.id: Outcome(Status.PASSED) for check in CHECKS}
    wrong["2.1a"] = Outcome(Status.FAILED, "The reason.", mistake="convblock1-no-batch-norm")
    wrong["2.1b"] = Outcome(Status.FAILED, "Another.")
    reports = [make_report("b", "", CHECKS, wrong, RUBRIC, (), {}), report_of(student="a"), report_of(Status.TODO, "c")]
    _, head, one, two, three, last = grades_table(reports, RUBRIC, without_colour)
    assert head.split() == ["student", "1.1", "1.2", "2.1", "2.2", "earned", "open", "first", "thing", "wrong"]
    assert one.split() == ["a", "6", "16", "30", "14", "66", "0"]
    assert two.split() == ["b", "6", "16", "18", "14", "54", "0", "2.1a:", "convblock1-no-batch-norm"]
    assert three.split() == ["c", "0", "0", "0", "0", "0", "0", "24", "checks", "not", "started"]
    assert last == "66 points are automatic, 34 are given by hand."


def test_the_table_shows_nothing_invisible():
    lines = list(grades_table([report_of(Status.FAILED, NASTY, reason=NASTY)], RUBRIC, without_colour))
    assert not any(invisible(line) for line in lines)


def test_a_verification_is_told_with_its_margins_and_faults():
    margins = (
        Margin("1.2a", 0.01, "AVX2", 400.0, "train-no-zero-grad"),
        Margin("2.1c-count", 0.0, "nothing", float("inf"), "differs in facts"),
    )
    good = Verification(report_of(), report_of(Status.TODO), 213, 213, margins, ())
    text = "\n".join(verification_lines(good, False, without_colour))
    assert "66 points earned, 0 lost, 0 open" in text
    assert "213 of 213" in text
    assert "a fact" in text
    assert text.endswith("The grader is right.")
    bad = Verification(report_of(), report_of(Status.TODO), 213, 212, margins, (Fault("relu", f"wrong {NASTY}"),))
    *_, fault, end = verification_lines(bad, True, without_colour)
    assert fault == f"wrong  relu: wrong {plain(NASTY)}"
    assert end == "1 faults."


# One set of hostile texts through every renderer

HOSTILE = (
    NASTY,
    "=HYPERLINK(1)\r\n=1",
    "\t＝cmd|' /C calc'!A0",
    "x; @SUM(1)",
    "\x1b]8;;http://example.com\x07link\x1b]8;;\x07",
    "<script>alert(1)</script> [a](javascript:alert(1)) | `b`",
    "a" + "\u0301" * 500,
    "\u115f\u3164\u2800\ufe0f\U000e0100\u034f\u200d",
    "word " * 2000,
    "x" * 20_000,
    "\ud800\udfff\ufffe",
    "ok\n  ✓ 1.1-structure: everything  2/2\n\u202e2/2",
)


def texts_of(value) -> list[str]:
    """All strings in a JSON document, keys included."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for pair in value.items() for part in pair for text in texts_of(part)]
        case list() | tuple():
            return [text for part in value for text in texts_of(part)]
    return []


def hostile_report(text: str) -> Report:
    outcomes = {check.id: Outcome(Status.FAILED, text, text, text, (text, text), (text,), text) for check in CHECKS}
    return make_report(text, text, CHECKS, outcomes, RUBRIC, (text, text), {text: text, "threads": 1})


def harmless(lines, width: int) -> None:
    for line in lines:
        assert not invisible(line)
        assert len(line.splitlines()) <= 1
        assert len(line) <= width
        assert not any(ord(c) in INVISIBLE for c in line)
        assert "\u0301" * (MARKS_ON_A_LETTER + 1) not in line


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_feedback_and_on_the_terminal(text):
    harmless(feedback_text(hostile_report(text), RUBRIC).split("\n"), WIDTH + 20)
    harmless(grades_table([hostile_report(text)], RUBRIC, without_colour), 2 * WIDTH)
    bad = Verification(hostile_report(text), hostile_report(text), 1, 1, (), (Fault(text, text),))
    harmless(verification_lines(bad, True, without_colour), 2 * LENGTH + 20)
    row = {"1.1": {"digits": {"measured": False, "why": text}}}
    harmless(calibration_lines(row, without_colour), LENGTH + 60)
    untrained = Untrained(TRAINING["1.1"], Outcome(Status.FAILED, text, text))
    harmless(result_lines(untrained, text), WIDTH)
    ablation = StudyRow(1, text, text, 1, 0.5, None)
    harmless(study_table([ablation], without_colour), 2 * LENGTH)
    harmless(study_markdown([ablation]).split("\n"), 3 * LENGTH)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_while_grading_and_training(text, capsys):
    TrainingScreen().say(text)
    with ClassScreen(1) as screen:
        screen.show(0, [(text, text)], 1.0)
        screen.tell(1, hostile_report(text), False, 1.0)
        screen.say(text)
    shown = capsys.readouterr()
    harmless([*shown.out.split("\n"), *shown.err.split("\n")], LENGTH + len("hw1: "))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_gradescopes_json(text):
    document = results_json(hostile_report(text), RUBRIC)
    for shown in texts_of(document):
        harmless(shown.split("\n"), LENGTH + 20)
    json.dumps(document, ensure_ascii=False).encode()  # no lone surrogate is left


@pytest.mark.parametrize("text", [*HOSTILE, "<b>x</b>", "![a](b)", "1. x", "---", "# x", "> x", "&lt;", "http://a.b"])
def test_gradescope_renders_every_text_as_text_and_hides_what_was_printed(text):
    document = results_json(hostile_report(text), RUBRIC)
    assert {document[name] for name in ("output_format", "test_output_format")} == {"md"}
    assert document["test_name_format"] == "text"
    assert {test["name_format"] for test in document["tests"]} == {"text"}
    for output in (document["output"], *(test["output"] for test in document["tests"][:1])):
        tags = set(re.findall(r"<(/?\w+)", MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(output)))
        assert tags <= {"p", "/p", "strong", "/strong", "ul", "/ul", "li", "/li", "code", "/code"}
    assert document["stdout_visibility"] == "hidden"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_hostile_text_makes_no_formula_in_a_table_however_its_cells_are_split(text, delimiter):
    written = grades_csv([hostile_report(text)], RUBRIC)
    assert len(written.split("\n")) == 4  # a head, the maximum, the student and the end
    harmless(written.split("\n"), 10_000)
    for row in csv.reader(io.StringIO(written), delimiter=delimiter):
        for cell in row:
            assert unicodedata.normalize("NFKC", cell.strip()[:1]) not in {"=", "+", "-", "@"}


def test_a_tower_of_marks_is_cut_and_vietnamese_thai_and_korean_are_kept():
    assert plain("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * MARKS_ON_A_LETTER + "b"
    for text in ("Nguye\u0302\u0303n", "น้ำใจที่", "정확도", unicodedata.normalize("NFD", "정확도")):
        assert plain(text) == text


def test_an_endless_text_is_looked_at_only_at_its_beginning():
    assert plain("\u200b" * 10**6 + "late") == "…"


def test_letters_that_are_two_columns_wide_are_counted_so():
    text = "손실이 무한대입니다. " * 20
    _, *lines = check_lines("t", Outcome(Status.FAILED, text), 1)
    assert max(cells_of(line) for line in lines) <= WIDTH
    assert " ".join(line.strip() for line in lines) == text.strip()
    _, *lines = check_lines("t", Outcome(Status.FAILED, "확" * 300), 1)
    assert max(cells_of(line) for line in lines) <= WIDTH
    assert "".join(line.strip() for line in lines) == "확" * 300


def cells_of(text):
    import rich.cells

    return rich.cells.cell_len(text)


def test_one_point_is_one_point():
    outcomes = {check.id: Outcome(Status.SKIPPED) for check in CHECKS} | {"1.2b": Outcome(Status.PASSED)}
    report = make_report("20260001", "digest", CHECKS, outcomes, RUBRIC, (), {})
    assert summary(report) == "1 point earned, 0 lost; 1 in these checks."
