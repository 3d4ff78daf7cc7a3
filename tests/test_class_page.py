"""The class's page: what stands in it, that every command writes it, and how it works in a browser."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
from browsing import Watched
from test_class_report import RUBRIC, graded, report_of

from autograder.cohort.absent import absent
from autograder.cohort.class_rows import LETTERS, TEXT, TEXTS
from autograder.cohort.class_table import who
from autograder.cohort.journal import NAME, Decision, Journal
from autograder.cohort.tables import PAGE, class_reports, opened, remake, render_class, write_tables
from autograder.home import repository
from autograder.keeping.standing import Stand
from autograder.late import KNOWN, Lateness, rules_of
from autograder.outcome import Outcome, Status
from autograder.submission import Owner

RULES = rules_of({"due": "2026-03-31T23:59:00+09:00", "percent": 10})
ZERO_GRAD = Outcome(Status.FAILED, "The gradients are never cleared.", mistake="train-no-zero-grad")
KNOWN_MISTAKES = {"train-no-zero-grad": ("1.2a",)}
OPEN = Outcome(Status.UNSETTLED, "Nothing was trained.")
FLAGGED = replace(OPEN, flag="a gap to the jittered images")
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>"
HOSTILE_ID = "2026<img src=x onerror=alert(1)>\u202egnp"


def absent_report(student: str):
    nothing = Outcome(Status.FAILED, "No hand-in.")
    report = replace(report_of(student), digest=absent("").digest, written=())
    return replace(report, lines=tuple(replace(line, outcome=nothing) for line in report.lines))


def late(report, hours: float):
    return replace(report, late=Lateness(RULES, int((RULES.due + timedelta(hours=hours)).timestamp()), KNOWN))


def small_class():
    """By student what is special: a mistake, a failure without a name, open, flagged, late, absent."""
    return [
        report_of("20260001", **{"1.2a": ZERO_GRAD}),
        report_of("20260002", **{"1.2a": ZERO_GRAD, "1.2b": Outcome(Status.STOPPED, "It took too long.")}),
        report_of("20260003", **{"1.2a": Outcome(Status.FAILED, "The weights differ."), "1.1-accuracy": OPEN}),
        report_of("20260004", **{"1.1-accuracy": FLAGGED}),
        late(report_of("20260005"), 25),
        absent_report("20260006"),
        report_of(
            "20260007", **{check.id: Outcome(Status.TODO) for check in report_of("").lines if check.part == "2.1"}
        ),
    ]


def people(journal):
    said = {"email": "", "numbers": {}, "files": []}
    journal.name_people({"20260001": {**said, "name": "학생 가"}, "20260003": {**said, "name": "Student C"}})


def written(folder, *reports, people=lambda journal: None):
    """Where the page of a class of *reports* is."""
    out = graded(folder, *reports)
    with opened(out, RUBRIC) as (journal, reports_of):
        people(journal)
        write_tables(render_class(journal, reports_of), journal, reports_of)
    return out / PAGE


def data_of(page):
    (text,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    return json.loads(text)


def row_of(data, student):
    (row,) = (row for row in data["rows"] if row["id"] == student)
    return row


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return written(tmp_path_factory.mktemp("class") / "out", *small_class(), people=people)


@pytest.fixture(scope="module")
def data(page):
    return data_of(page)


# What stands in it


def test_its_figures_are_those_of_class_json(page, data):
    figures = json.loads((page.parent / "class.json").read_text("utf-8"))
    for name in ("students", "handed in", "totals", "checks", "look at"):
        assert data[name] == figures[name]
    listed = [(one["check"], one["status"], data["texts"][one["why"]], one["count"]) for one in data["waiting"]]
    assert listed == [(one["check"], one["status"], one["why"], one["count"]) for one in figures["not settled"]]
    flagged = {row["id"]: [data["texts"][n] for n in row["person"]] for row in data["rows"] if "person" in row}
    assert flagged == {one["student"]: one["why"] for one in figures["needs a person"]}


def test_a_row_says_each_checks_outcome_mistake_and_reason(data):
    columns = [one["id"] for one in data["checks"]]
    row, place = row_of(data, "20260002"), columns.index("1.2a")
    assert (row["letters"][place], row["letters"][columns.index("1.2b")]) == ("f", "s")
    assert row["mistakes"] == {str(place): "train-no-zero-grad"}
    assert data["texts"][row["why"][str(place)]] == "The gradients are never cleared."
    assert row_of(data, "20260004")["letters"][columns.index("1.1-accuracy")] == "u"
    assert row_of(data, "20260006")["letters"] == "-" * len(columns)
    assert row_of(data, "20260007")["letters"].count("t") == sum(one["part"] == "2.1" for one in data["checks"])
    assert set(row_of(data, "20260005")["letters"]) == {"p", "h"}
    assert set(LETTERS) == set(Status)


def test_names_totals_lateness_and_who_is_absent_stand_in_the_rows(data):
    assert (row_of(data, "20260001")["name"], row_of(data, "20260006")["absent"]) == ("학생 가", True)
    row = row_of(data, "20260005")
    assert row["taken"] == pytest.approx(0.2 * RUBRIC.automatic)
    assert row["total"] == pytest.approx(0.8 * RUBRIC.automatic)
    assert data["texts"][row["late"][0]].startswith("Handed in 1 day 1 h after the due date")
    assert row["open"] == sum(item.points for item in RUBRIC.by_hand.values())


def test_what_a_person_gave_or_decided_and_what_it_took_stands_there(tmp_path):
    out = graded(tmp_path / "out", small_class()[0])
    with Journal(out / NAME) as journal:
        journal.begin({"rubric": RUBRIC.digest}, {})
        one = small_class()[1]
        stands = {"1.2a": {"probe": Stand("ab", 2.0)}, "1.2b": {"probe": Stand("ab", 2.0), "other": Stand("cd", 1.5)}}
        journal.write(one.student, one.digest, "basis", "", one.to_json(), stands)
        journal.decide(
            [
                Decision("points", "20260001", "1.2a", 1.0, "half of it", "Teaching assistant 1"),
                Decision("points", "20260001", "1.2b", 1.0, "on paper", "Teaching assistant 1"),
                Decision("bonus", "20260001", "", 2.0, "found a mistake", "Teaching assistant 1"),
            ]
        )
    with opened(out, RUBRIC) as (journal, folder):
        write_tables(render_class(journal, folder), journal, folder)
    data = data_of(out / PAGE)
    columns = [one["id"] for one in data["checks"]]
    row = row_of(data, "20260001")
    half, all_of_it = columns.index("1.2a"), columns.index("1.2b")
    assert (row["letters"][half], row["letters"][all_of_it]) == ("m", "a")
    assert row["points"] == {str(half): 1.0, str(all_of_it): 1.0}
    assert "mistakes" not in row
    said = [data["texts"][n] for n in row["decided"]]
    assert len(said) == 3
    assert all("Teaching assistant 1" in text for text in said)
    assert row_of(data, "20260002")["seconds"] == 3.5


def test_it_leads_to_the_files_that_are_there(tmp_path):
    out = graded(tmp_path / "out", report_of("ANN"), report_of("ann"), report_of("with space"))
    with opened(out, RUBRIC) as (journal, folder):
        reports = render_class(journal, folder)
        folder.write_pages("ANN", {"HW1 1.feedback.html": "", "HW1 1.feedback.ipynb": ""})
        write_tables(reports, journal, folder)
        places = {student: folder.of(student).name for student in ("ANN", "ann")}
    data = data_of(out / PAGE)
    files = dict(row_of(data, "ANN")["files"])
    assert list(files) == ["feedback.html", "HW1 1.feedback.html", "feedback.txt", "report.json"]
    assert files["HW1 1.feedback.html"] == f"{places['ANN']}/HW1%201.feedback.html"
    assert places["ANN"] != places["ann"]
    assert all((out / unquote(where)).is_file() for row in data["rows"] for _, where in row["files"])


def test_a_student_whose_folder_is_gone_has_no_links(tmp_path):
    out = graded(tmp_path / "out", report_of("20260001"))
    with opened(out, RUBRIC) as (journal, folder):
        write_tables(class_reports(journal, folder), journal, folder)
    assert "files" not in data_of(out / PAGE)["rows"][0]


def test_every_command_that_makes_the_tables_makes_it(tmp_path):
    out = graded(tmp_path / "out", *small_class())
    with opened(out, RUBRIC) as (journal, folder):
        remake(class_reports(journal, folder), (), journal, folder)
    before = (out / PAGE).read_bytes()
    (out / PAGE).unlink()
    with opened(out, RUBRIC) as (journal, folder):
        write_tables(class_reports(journal, folder), journal, folder)
    assert (out / PAGE).read_bytes() == before
    assert (out / PAGE).stat().st_mode & 0o777 == 0o600


def test_a_class_of_which_nobody_handed_in_has_a_page(tmp_path):
    data = data_of(written(tmp_path / "out", absent_report("20260001")))
    assert (data["totals"], data["checks"], data["rows"][0]["letters"]) == (None, [], "")


def test_each_picture_is_made_by_the_script_shown_in_the_docs_and_small():
    root = repository()
    script = (root / "benchmarks" / "pictures.py").read_text(encoding="utf-8")
    made = re.findall('^    "([a-z-]+)":', script, re.MULTILINE)
    pictures = list((root / "docs" / "pictures").iterdir())
    own = [path.stem for path in pictures if not path.stem.startswith("review-")]  # those have a script of their own
    assert sorted(own) == sorted(made)
    docs = "".join(path.read_text(encoding="utf-8") for path in (root / "docs").glob("*.md"))
    assert all(f"(pictures/{name}.png)" in docs for name in own)
    assert all(path.stat().st_size < 150_000 for path in pictures)


# Hostile texts


def hostile_class():
    remark = Outcome(Status.FAILED, f"{MARKUP} \u202ereversed\x1b[2J " + "long " * 500, mistake=MARKUP)
    report = report_of(HOSTILE_ID, **{"1.2a": remark, "1.1-accuracy": replace(FLAGGED, flag=MARKUP)})
    return replace(report, remarks=tuple(f"{MARKUP} {n}" for n in range(100)))


def hostile_people(journal):
    said = {"email": f"{MARKUP}@example.org", "numbers": {}, "files": [], "name": f"{MARKUP}\u202e"}
    journal.name_people({HOSTILE_ID: said})


def test_hostile_texts_stand_in_it_as_data_alone_and_are_cut(tmp_path):
    page = written(tmp_path / "out", hostile_class(), people=hostile_people)
    text, data = page.read_text("utf-8"), data_of(page)
    assert "<img" not in text
    assert "alert(1)</script>" not in text
    assert "\u202e" not in text
    assert "\u202e" not in json.dumps(data, ensure_ascii=False)
    assert data["rows"][0]["id"].startswith("2026<img src=x onerror=alert(1)>\\u202e")
    assert max(map(len, data["texts"])) <= TEXT
    assert len(data["rows"][0]["remarks"]) == TEXTS
    assert all(where.isascii() and not re.search("[<>\"' ]", where) for _, where in data["rows"][0]["files"])


def test_its_policy_lets_nothing_work_but_its_own_script_and_style(page):
    text = page.read_text("utf-8")
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.strip().split(" ", 1) for rule in html.unescape(policy).split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert all(rules[name].startswith("'sha256-") for name in ("script-src", "style-src"))
    assert not re.search(r" (on\w+|style)=", text.partition("<body>")[2].partition("<script")[0])
    script = text.rpartition("<script>")[2]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|import\(", script)


# In a browser


@pytest.fixture
def watched(browser, page):
    made = []

    def watch(fragment="", at=page, **options):
        one = Watched(browser, at.parent.as_uri(), **options)
        made.append(one)
        one.page.goto(at.as_uri() + fragment)
        return one

    yield watch
    for one in made:
        errors, elsewhere = one.errors, one.elsewhere
        one.close()
        assert (errors, elsewhere) == ([], [])


ROWS = "#student-table tbody tr"
IDS = "#student-table tbody th"


def ids(one):
    return one.page.locator(IDS).all_inner_texts()


def test_figures_checks_and_students_are_shown(watched):
    one = watched()
    assert "6 hand-ins of 7 students" in one.page.inner_text("#counts")
    assert one.page.locator("#check-table tbody tr").count() == len(report_of("").lines)
    assert ids(one) == [f"2026000{n}" for n in range(1, 8)]
    assert one.page.locator("#people").inner_text().endswith("20260004")
    assert one.page.locator("#waiting").inner_text().splitlines()[0] == "Nothing was trained. 1.1-accuracy 2"
    bars = [text.split() for text in one.page.locator("#histogram a").all_inner_texts()]
    assert sum(int(bar[0]) for bar in bars) == 6
    assert bars[0][1:3] == ["students", "with"]
    cell = one.page.locator(f"{ROWS} >> nth=1").locator("td.f").first
    assert (cell.inner_text(), cell.get_attribute("aria-label")) == ("✗", "failed, train-no-zero-grad")


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["1.2a", "1.2a=train-no-zero-grad"])
def test_a_link_lists_those_whom_the_command_lists(wanted, watched):
    listed = [line.split()[0] for line in who(small_class(), wanted, KNOWN_MISTAKES, {"": Owner()})]
    assert ids(watched(f"#who={wanted}")) == listed


FILTERS = {
    "only=open": "34",
    "only=flagged": "4",
    "only=late": "5",
    "only=absent": "6",
    "only=open,flagged": "4",
    "only=nonsense": "",
    "only=constructor": "",
    "who=9.9": "",
    "who=1.2a&is=failed": "123",
    "who=1.2a&is=passed": "457",
    "who=2.1a&is=not-started": "7",
    "who=1.1-accuracy&is=open&why=Nothing%20was%20trained.": "34",
    "q=STUDENT": "3",
    "q=%ED%95%99%EC%83%9D": "1",
    "q=20260002": "2",
    "sort=-id": "7654321",
    "sort=1.2a&who=1.2a&is=any": "1234576",
    "sort=__proto__": "1234567",
    "": "1234567",
    "students": "1234567",
}


def test_a_filter_and_an_order_stand_in_the_address(watched):
    one = watched()
    found = {}
    for fragment in FILTERS:
        one.page.evaluate(
            "to => new Promise(done => { addEventListener('hashchange', done, {once: true}); location.hash = to; })",
            fragment or "#",
        )
        found[fragment] = "".join(each[-1] for each in ids(one))
    assert found == FILTERS
    one.page.goto(f"{one.page.url.partition('#')[0]}#sort=-total")
    totals = [float(text or 0) for text in one.page.locator(f"{ROWS} td.total").all_inner_texts()]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) > 2


DOC = (repository() / "docs" / "results.md").read_text(encoding="utf-8")
TABLE = re.findall("^\\| `#([^`]+)` \\|(.*)\\|$", DOC, re.MULTILINE)


@pytest.mark.slow
def test_the_page_on_grading_lists_each_filter_and_each_works(watched):
    one = watched()
    assert len(TABLE) == 6
    known = {name: one.page.evaluate(f"Object.keys({name})") for name in ("OUTCOMES", "ONLY")}
    said = dict(TABLE)
    assert sorted(re.findall("`([a-z-]+)`", said["who=1.2a&is=failed"])) == sorted(known["OUTCOMES"])
    assert sorted(["flagged", *re.findall("`([a-z-]+)`", said["only=flagged"])]) == sorted(known["ONLY"])
    assert f"{TEXT} characters each" in " ".join(DOC.split())
    for fragment in said:
        one.page.goto(f"{one.page.url.partition('#')[0]}#{fragment}")
        assert ids(one) != []
    assert one.page.inner_text("dialog[open] h2") == "20260003 Student C"


@pytest.mark.slow
def test_numbers_in_the_page_lead_to_as_many_students(watched):
    one = watched()
    links = one.page.locator("#check-table tbody td.number a")
    assert links.count()
    for place in range(links.count()):
        count = links.nth(place).inner_text()
        links.nth(place).click()
        assert len(ids(one)) == int(count)
        assert one.page.evaluate("document.activeElement.id") == "students-title"
    one.page.locator("#check-table .mistakes a").first.click()
    assert ids(one) == ["20260001", "20260002"]
    assert "1.2a points lost by train-no-zero-grad" in one.page.inner_text("#status")
    assert one.page.inner_text("#explained") == "The gradients are never cleared."


@pytest.mark.slow
def test_the_controls_write_the_address_and_going_back_undoes_a_link(watched):
    one = watched()
    page = one.page
    page.locator("#tiles a", has_text="late").click()
    page.go_back()
    assert len(ids(one)) == 7
    page.keyboard.press("/")
    page.keyboard.type("2026000")
    page.locator("#check").select_option("1.2a")
    assert page.url.endswith("#who=1.2a&q=2026000")
    assert len(ids(one)) == 4
    page.locator("#mistake").select_option("train-no-zero-grad")
    assert page.url.endswith("#who=1.2a=train-no-zero-grad&q=2026000")
    page.locator("#only button", has_text="late").click()
    assert (ids(one), page.locator("#only [aria-pressed=true]").count()) == ([], 1)
    page.locator("#clear").click()
    assert len(ids(one)) == 7
    page.locator("#student-table thead button", has_text="Total").click()
    assert page.locator("[aria-sort=descending]").inner_text() == "Total"
    assert page.url.endswith("#sort=-total")


@pytest.mark.slow
def test_checks_are_sorted(watched):
    one = watched()
    one.page.locator("#check-table thead button", has_text="Lost").click()
    assert one.page.locator("#check-table tbody tr >> nth=0").locator("th a").inner_text() == "1.2a"
    assert one.page.locator("#check-table [aria-sort=descending]").count() == 1


@pytest.mark.slow
def test_one_student_is_opened_and_the_next_one_by_keyboard_alone(watched):
    one = watched("#who=1.2a=train-no-zero-grad")
    page = one.page
    page.locator(f"{IDS} button >> nth=0").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    assert "20260001 학생 가" in dialog.inner_text()
    assert "The gradients are never cleared." in dialog.inner_text()
    assert dialog.locator(".links a >> nth=0").get_attribute("href") == "20260001/feedback.html"
    page.locator("#after").click()
    assert page.inner_text("#student-title") == "20260002"
    assert page.locator("#after").is_disabled()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("#who=1.2a=train-no-zero-grad$"))
    assert not page.locator("dialog[open]").count()


def test_hostile_texts_are_shown_as_texts(watched, tmp_path):
    at = written(tmp_path / "out", hostile_class(), people=hostile_people)
    one = watched("#q=%3Cimg&sort=__proto__&only=constructor&who=__proto__", at=at)
    one.page.goto(f"{at.as_uri()}#who=1.2a")
    one.page.locator(f"{ROWS} td.f").first.click()
    assert MARKUP in one.page.inner_text("dialog")
    assert one.page.locator("img").count() == 0
    assert one.page.locator("script").count() == 2


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A page of 300: more than are drawn at once."""
    alike = report_of("20260000", **{"1.2a": ZERO_GRAD})
    reports = [replace(alike, student=f"{20260000 + n}") for n in range(300)]
    out = graded(tmp_path_factory.mktemp("many") / "out", *reports)
    with opened(out, RUBRIC) as (journal, folder):
        write_tables(class_reports(journal, folder), journal, folder)
    return out / PAGE


@pytest.mark.slow
def test_rows_come_as_they_are_scrolled_to_and_print_has_all_that_match(watched, many):
    one = watched(at=many)
    page = one.page
    table = page.locator("#student-table")
    assert (page.locator(ROWS).count() < 100, table.get_attribute("aria-rowcount")) == (True, "301")
    page.locator(".tall").evaluate("region => region.scrollTo(0, region.scrollHeight)")
    page.locator(IDS, has_text="20260299").wait_for()
    assert page.locator(f"{ROWS} >> nth=-1").get_attribute("aria-rowindex") == "301"
    page.emulate_media(media="print")
    page.locator(f"{ROWS} >> nth=299").wait_for(state="attached")
    assert not page.locator("#filter").is_visible()
    page.emulate_media(media="screen")
    page.locator(f"{ROWS} >> nth=100").wait_for(state="detached")
    page.goto(f"{many.as_uri()}#q=2026020")
    page.emulate_media(media="print")
    assert ids(one) == [f"2026020{n}" for n in range(10)]


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_it_fits_dark_or_light_narrow_or_wide(scheme, width, watched):
    one = watched(viewport={"width": width, "height": 740}, color_scheme=scheme)
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = one.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")


def short(report):
    """*report* with a few of its checks: axe-core takes its time for each cell."""
    listed = ("1.1-accuracy", "1.2a", "2.1a", "1.1-E1")
    return replace(report, lines=tuple(line for line in report.lines if line.id in listed))


@pytest.fixture(scope="module")
def short_page(tmp_path_factory):
    return written(tmp_path_factory.mktemp("short") / "out", *map(short, small_class()), people=people)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme, watched, short_page):
    one = watched(at=short_page, viewport={"width": 800, "height": 740}, color_scheme=scheme)
    assert one.axe() == []
    if scheme == "light":
        one.page.locator(f"{ROWS} td.f").first.click()
        assert one.axe() == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious_in_all_of_it(width, watched):
    assert watched(viewport={"width": width, "height": 740}).axe() == []
