"""The page with a student's feedback: what stands in it, what may not, and how it looks in a browser."""

from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from browsing import Watched
from made_feedback import RUBRIC, TABLE, confusion, learnt, made_report
from test_cli import hw1

from autograder.cohort.folder import ReportFolder
from autograder.discretion import for_students
from autograder.learnt import ACCURACY, LOSS
from autograder.outcome import Outcome, Status
from autograder.render.feedback_page import feedback_page
from autograder.render.feedback_page.curve import accuracy_chart, loss_chart, ticks
from autograder.render.feedback_page.training import matrix_of
from autograder.render.text import feedback_text
from autograder.report import Report
from autograder.student.check import write_page

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def page_of(report: Report) -> str:
    return feedback_page(for_students(report), RUBRIC)


def text_of(page: str) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def squeezed(text: str) -> str:
    """Its letters and digits alone: marks of code are tags on the page."""
    return re.sub(r"\W", "", text)


def section(page: str, check: str) -> str:
    """The part of the page on one check."""
    (found,) = (one for one in page.split("<article")[1:] if f'<span class="id">{check}</span>' in one)
    return found.partition("</article>")[0]


class Tags(HTMLParser):
    """The tags of a page, each with its attributes, and the headings' depths."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    @property
    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(made_report())


# What stands in it


def test_the_score_stands_in_it_by_part_and_in_all(page):
    report, text = made_report(), text_of(page)
    assert f"{report.total:g} of {report.maximum:g}" in text
    assert "Handed in 3 h after the due date" in text
    earned = sum(line.outcome.points for line in report.lines if line.part == "1.1")
    row = re.search(r"1\.1 Building a classifier for MNIST</a></th>(.*?)</tr>", page)[1]
    assert re.findall("<td>(.*?)</td>", row) == [f"{earned:g}", "10", "0.5 lost, 2 graded by hand"]


def test_each_check_says_what_the_text_says(page):
    report = for_students(made_report())
    told, text = text_of(page), " ".join(feedback_text(report, RUBRIC).split())
    for line in report.lines:
        assert squeezed(line.title) in squeezed(told)
        for sentence in (line.outcome.reason, line.outcome.hint, *line.outcome.detail, *line.outcome.remarks):
            if line.outcome.status is not Status.BY_HAND:
                assert sentence in text
                assert squeezed(sentence) in squeezed(told)


def test_a_failure_has_its_mistakes_name_and_the_students_own_lines(page):
    one = section(page, "1.2a")
    assert "0 of 2, not passed" in text_of(one)
    assert "<code>train-no-zero-grad</code>" in one
    assert "<code>optimizer.zero_grad()</code>" in one
    assert "Your lines: trainer.py, 12 to 18" in text_of(one)
    assert "<span>16</span><code>                loss.backward()</code>" in one
    cell = text_of(section(page, "2.1a"))
    assert "Your lines: hw1-2.ipynb, cell 5, 3 to 5" in cell
    assert "7 more lines" in cell


def test_the_layers_stand_beside_the_wanted_ones_and_differences_are_marked(page):
    pattern = '<tr( class="differs")?><th scope="row">(.*?)</th>.*?<td>([^<]*)</td></tr>'
    rows = re.findall(pattern, section(page, "2.1a"))
    assert rows == [
        (' class="differs"', "conv1", "differs"),
        ("", "norm1", ""),
        (' class="differs"', "conv2", "missing"),
        (' class="differs"', "linear1", "one layer too many"),
    ]
    assert len(rows) == len(TABLE)


def test_an_accuracy_says_how_it_was_settled_and_how_the_training_went(page):
    one = section(page, "1.1-accuracy")
    assert "Verified: 98.4 % (9840 of 10000)" in text_of(one)
    assert one.count('<svg class="chart"') == 2
    assert "Test accuracy in percent after each epoch: 92.4, 96.4, 97.8, 98.4. The handout asks for 98." in one
    assert "4 is taken for 9 most often, 62 times." in one
    assert one.count(" worst") == 1
    assert re.search(r'<td class="h\d+ worst">62</td>', one)
    assert "nobody has checked these figures" in one


def test_experiments_stand_side_by_side_and_where_nothing_is_known_nothing_is_drawn(page):
    assert page.count('class="bar"') == 5
    assert page.count(">not trained</td>") == 5
    assert "The reference gives" in text_of(page)
    bare = page_of(replace(made_report(), learnt=()))
    assert "<svg" not in bare
    assert "The experiments of" not in bare


def test_what_the_kit_trained_itself_is_drawn_with_the_public_seed_alone():
    figures = {ACCURACY.format(n): 0.9 + n / 100 for n in (1, 2, 3)} | {LOSS.format(n): 1 / n for n in (1, 2, 3)}
    outcome = Outcome(
        Status.PASSED, remarks=("Trained: 93.0 %.",), shown="Trained.", figures={"accuracy": 0.93, **figures}
    )
    report = replace(made_report(**{"1.1-accuracy": outcome}), learnt=())
    assert "after each epoch: 91.0, 92.0, 93.0" in page_of(report)
    secret = page_of(replace(report, fingerprint={**report.fingerprint, "seed": "secret"}))
    assert "<svg" not in secret
    assert "93.0" not in secret


def test_an_answer_is_shown_with_its_formulas_its_points_and_the_comment(page):
    one = section(page, "1.1-E1")
    assert "1.5 of 2, graded by a person" in text_of(one)
    assert "Good; say why the filters are small." in one
    assert "<strong>edges</strong>" in one
    assert one.count("<math") == 4
    assert "<mfrac>" in one
    assert "<td>92.1 %</td>" in one
    assert "decided by a person" in text_of(section(page, "1.2c"))
    assert "found a mistake in the handout" in section(page, "bonus")


def test_what_is_staffs_is_not_in_it(page):
    for said in ("a remark for staff", "Exp1: 23,860 parameters", "basis"):
        assert said not in text_of(page)
    assert "link.py is a link and was not read" in page


def test_only_what_was_asked_for_stands_in_it():
    skipped = Outcome(Status.SKIPPED, "Not asked for.")
    report = made_report()
    lines = tuple(line if line.part == "2.1" else replace(line, outcome=skipped) for line in report.lines)
    text = text_of(page_of(replace(report, lines=lines, late=None)))
    assert "2.1a" in text
    assert "1.2a" not in text
    assert "Not asked for" not in text


def test_headings_are_in_order_and_each_id_is_there_once(page):
    found = Tags(page)
    assert found.headings[0] == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [attributes["aria-labelledby"] for _, attributes in found.tags if "aria-labelledby" in attributes]
    assert {one for names in named for one in names.split()} <= set(ids)


def test_nothing_runs_in_it_and_it_loads_nothing(page):
    found = Tags(page)
    assert not {tag for tag, _ in found.tags} & {"script", "iframe", "img", "object", "link", "form"}
    attributes = {name for _, given in found.tags for name in given}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset")}
    assert {given["href"][:6] for _, given in found.tags if "href" in given} == {"#part-"}
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


# What must not stand in it


def test_with_a_secret_seed_it_says_what_the_text_says_and_no_value_of_a_hidden_run():
    report = made_report("secret")
    page, text = text_of(page_of(report)), feedback_text(for_students(report), RUBRIC)
    for hidden in (
        "9840",
        "98.4 % (",
        "0.31",
        "conv1 has no bias",
        "64 x 3 x 3 x 3 ,",
        "weight 10 x 64",
        "loss: 0.412",
    ):
        assert hidden not in page
        assert hidden not in text
    assert "train-no-zero-grad" in page
    assert "at least 98 %" in page
    assert "The reference gives" not in page  # and nothing else of what was measured of the solution
    seen = section(page_of(report), "2.1a")
    assert re.findall("<td>[^<]*</td><td>([^<]*)</td><td>([^<]*)</td></tr>", seen) == [
        ("different", "differs"),
        ("as wanted", ""),
        ("missing", "missing"),
    ]


def test_every_word_of_a_report_that_no_judge_vouched_for_stays_out_with_a_secret_seed():
    mark = "RT-LEAK-77"
    said = {
        "detail": (mark,),
        "remarks": (mark,),
        "flag": mark,
        "table": ((mark, "", mark), ("conv1", "weight 3", mark)),
    }
    figures = {"accuracy": 0.7777, ACCURACY.format(1): 0.7777, mark: 0.7777}
    for status in Status:
        outcome = Outcome(status, mark, mark, figures=figures, **said)
        if status in (Status.MARKED, Status.BY_HAND, Status.SKIPPED):  # a person's, or read without running anything
            continue
        outcomes = dict.fromkeys(("1.1-structure", "1.1-accuracy", "1.2a", "1.2.7", "2.1c-function"), outcome)
        report = replace(made_report("secret", **outcomes), printed=mark, claims=(mark,), remarks=(mark,))
        page = page_of(report)
        assert mark not in page
        assert "77.8" not in text_of(page)


# Hostile texts


def hostile_report() -> Report:
    report = made_report(**{"1.2a": Outcome(Status.FAILED, f"{MARKUP} `{MARKUP}` \u202e", detail=(MARKUP,))})
    answer = f"{MARKUP}\n\n[x](javascript:alert(1)) ![y](http://example.org/z)"
    written = tuple(replace(one, answer=answer) for one in report.written)
    bad = replace(report.passages["vgg.ConvBlock1"], where=MARKUP, lines=((1, MARKUP),))
    odd = learnt(on=MARKUP, classes=tuple(f"{MARKUP}{n}" for n in range(10)))
    return replace(
        report,
        student=f"2026{MARKUP}",
        told=(MARKUP,),
        written=written,
        passages={"vgg.ConvBlock1": bad, "trainer.Trainer.train": bad},
        learnt=(odd, *(replace(one, on=MARKUP) for one in report.learnt[1:])),
        printed=MARKUP,
    )


def test_hostile_texts_are_texts():
    page = page_of(hostile_report())
    found = Tags(page)
    assert not {tag for tag, _ in found.tags} & {"script", "img"}
    assert "\u202e" not in page
    assert {given["href"][:6] for _, given in found.tags if "href" in given} == {"#part-"}
    assert "javascript:alert(1)" in text_of(page)  # as it was written


# Written and kept


def test_it_lies_beside_the_text_and_is_its_students(tmp_path):
    report = ReportFolder(tmp_path / "out", RUBRIC).write(made_report())
    path = tmp_path / "out" / "20260001" / "feedback.html"
    assert path.read_text(encoding="utf-8") == page_of(report)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_report_keeps_what_the_page_shows(tmp_path):
    report = made_report()
    again = Report.from_json(json.loads(json.dumps(report.to_json())))
    assert (again.passages, again.learnt) == (report.passages, report.learnt)
    assert page_of(again) == page_of(report)
    earlier = {name: value for name, value in report.to_json().items() if name not in ("passages", "learnt")}
    assert Report.from_json(json.loads(json.dumps(earlier))).learnt == ()


def test_a_students_own_page_lies_beside_the_folder(tmp_path):
    (tmp_path / "hw1").mkdir()
    path = write_page(tmp_path / "hw1", made_report(), RUBRIC)
    assert path == tmp_path.resolve() / "hw1-feedback.html"
    assert "Finished Training" in path.read_text(encoding="utf-8")
    assert not list((tmp_path / "hw1").iterdir())


# Its charts


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (92.1, 99.5, [94, 96, 98]),
        (0, 2.3, [0, 0.5, 1, 1.5, 2]),
        (5, 5.1, [5, 5.02]),
    ],
)
def test_ticks_are_round_numbers(low, high, found):
    assert ticks(low, high)[: len(found)] == pytest.approx(found)
    assert all(low - 1e-9 <= one <= high + 1e-9 for one in ticks(low, high))
    assert len(ticks(low, high)) <= 6


def test_a_loss_that_is_not_finite_leaves_a_gap_and_a_mark():
    chart = loss_chart([[2.0, None, 1.0, 0.9]])
    assert [len(line) for line in chart.lines] == [1, 2]
    assert len(chart.lost) == 1
    assert "1 parts of the epochs have no finite loss" in chart.told
    assert loss_chart([[None], [None]]) is None


def test_a_loss_that_explodes_is_drawn_on_a_logarithmic_axis():
    chart = loss_chart([[1e6, 2.0, 1.0, 1.0, 0.5]])
    assert {"1", "100", "10000"} <= {tick.text for tick in chart.up}
    (line,) = chart.lines
    assert line[2][1] - line[1][1] > 5  # from 2 to 1, which no linear axis to a million would show


@pytest.mark.parametrize("accuracies", [(0.0,), (1.0,), (0.5,) * 40, (0.1, 0.999)])
def test_each_point_of_an_accuracy_lies_in_its_chart(accuracies):
    for floor in (0.0, 0.98):
        chart = accuracy_chart(accuracies, floor)
        assert all(0 <= x <= 340 and 0 <= y <= 210 for line in chart.lines for x, y in line)
        assert all(0 <= tick.at <= 340 for tick in (*chart.up, *chart.across))


def test_a_matrix_says_its_most_confused_pair():
    assert matrix_of(confusion(), ()).told.endswith("4 is taken for 9 most often, 62 times.")
    nothing = matrix_of([[int(n == m) for n in range(10)] for m in range(10)], ())
    assert nothing.told.endswith("Nothing was confused.")
    assert not any(cell.worst for row in nothing.rows for cell in row)


# In a browser


@pytest.fixture
def watched(browser, tmp_path):
    made = []

    def watch(report=None, **options):
        path = tmp_path / "feedback.html"
        path.write_text(page_of(report or made_report()), encoding="utf-8")
        one = Watched(browser, tmp_path.as_uri(), **options)
        made.append(one)
        one.page.goto(path.as_uri())
        return one

    yield watch
    for one in made:
        errors, elsewhere = one.errors, one.elsewhere
        one.close()
        assert (errors, elsewhere) == ([], [])


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_opens_without_a_word_on_the_console_and_fits_a_phone(watched):
    page = watched(viewport={"width": 360, "height": 740}).page
    assert page.locator("h1").inner_text() == RUBRIC.title
    assert fits(page)
    assert page.locator("math").first.evaluate("one => one.getBoundingClientRect().height > 10")
    assert page.locator("svg.chart").first.evaluate("one => one.getBoundingClientRect().width > 250")


def test_a_hostile_page_shows_texts_and_runs_nothing(watched):
    page = watched(hostile_report(), viewport={"width": 360, "height": 740}).page
    assert "alert(1)" in page.inner_text("main")
    assert page.locator("img, script").count() == 0
    assert fits(page)


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_it_is_dark_in_the_dark(scheme, width, watched):
    page = watched(viewport={"width": width, "height": 740}, color_scheme=scheme).page
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert (dark, fits(page)) == (scheme == "dark", True)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(scheme, width, watched):
    one = watched(viewport={"width": width, "height": 740}, color_scheme=scheme)
    one.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert one.axe() == []


@pytest.mark.slow
def test_print_shows_what_is_folded_away_on_white(watched):
    page = watched(color_scheme="dark").page
    folded = page.locator("footer dl")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.evaluate("one => one.getBoundingClientRect().height > 20")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.slow
def test_a_students_check_writes_it_and_says_where(assignment, tmp_path):
    shutil.copytree(assignment, tmp_path / "hw1")
    for arguments, said in ((("hw1", "--html"), "stdout"), (("--html", "--json"), "stderr")):
        done = hw1("check", *arguments, "--part", "files", cwd=tmp_path / "hw1" if "--json" in arguments else tmp_path)
        path = tmp_path.resolve() / "hw1-feedback.html"
        assert f"The page: {path}" in getattr(done, said)
        assert "mnist.py can be read" in text_of(path.read_text(encoding="utf-8"))
        path.unlink()
    assert json.loads(done.stdout)["checks"]
