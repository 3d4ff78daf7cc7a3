"""The page on which written answers are graded, in a browser: keys, several graders, hostile texts, narrow and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from autograder.home import PACKAGE
from tests.browsing import Watched
from tests.review_class import HOSTILE, Q1
from tests.review_stand_in import Served, stand_in

ME, OTHER = "Teaching assistant 1", "Teaching assistant 2"
REFUSED = re.compile("Failed to load resource.* (409|422) ")  # how a browser notes an answer that says no


@pytest.fixture
def served() -> Iterator[Served]:
    """A class that nobody has touched, served: the one place that says which server it is."""
    with stand_in() as one:
        yield one


class Grading(Watched):
    """A grader's browser."""

    def __init__(self, browser: Any, served: Served, by: str = ME, at: str = "", **options: Any) -> None:
        super().__init__(browser, served.own, **options)
        self.served = served
        self.page.goto(f"{served.url}{at}")
        self.page.wait_for_selector("#name-dialog[open]")
        self.page.fill("#name", by)
        self.press("Enter")
        self.page.wait_for_selector("#desk[data-view]")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def api(self, path: str, said: dict[str, Any] | None = None) -> Any:
        """Ask the server, or tell it something, as another page would."""
        address = f"{self.served.own}api/{path}"
        if said is None:
            return self.page.request.get(address).json()
        return self.page.request.post(address, data=said, headers={"Origin": self.served.own.rstrip("/")}).json()

    def points(self, question: str) -> list[float | None]:
        """What stands at the server, in the order of the answers' names."""
        answers = self.api(f"question/{question}?by={ME}")["answers"].values()
        by_alias = sorted(answers, key=lambda one: int(one["alias"].split()[-1]))
        return [one["mark"] and one["mark"]["points"] for one in by_alias]

    def said(self, *texts: str) -> None:
        """Wait until *texts* were announced."""
        for text in texts:
            self.page.locator("#said", has_text=text).wait_for()

    def settled(self) -> None:
        """Wait until every decision has been confirmed."""
        self.page.locator(".pending").first.wait_for(state="detached")

    def text(self, place: str) -> str:
        return str(self.page.inner_text(place))

    def ok(self) -> None:
        """Nothing was logged, nothing was asked of anybody else."""
        assert [one for one in self.errors if not REFUSED.search(one)] == []
        assert self.elsewhere == []


@pytest.fixture
def grading(browser, served) -> Iterator[Grading]:
    one = Grading(browser, served)
    yield one
    one.ok()
    one.close()


def test_a_question_is_graded_by_keyboard_alone_and_a_group_costs_one_decision(grading):
    assert "For 2 answers" in grading.text("#applies")
    grading.press("Enter")  # the empty ones, as proposed
    grading.said("2 answers: 0 points, as proposed.")
    grading.press("n", "1", "2")
    grading.said("3 answers: 2 points")
    grading.press("n", "1", "n", "1", "2", "n", "0", "n", "p")
    grading.page.keyboard.type("0,5")
    grading.press("Enter")
    grading.said("This answer: 0.5 points.")
    grading.settled()
    assert grading.points(Q1.id) == [2, 2, 2, 1, 1, 0, 0, 2, 0, 0.5]
    assert "all 10 answers graded" in grading.text("#question-facts")
    grading.press("n")
    grading.said(f"All answers to {Q1.id} are graded. On to 1.2-Q2.")


@pytest.mark.slow
def test_one_by_one_decides_on_one_answer_and_a_mixed_group_is_not_graded_at_once_again(grading):
    grading.press("n", "g")
    assert "For this answer" in grading.text("#applies")
    grading.press("1", "j", "1", "2", "j", "0")
    grading.settled()
    assert grading.points(Q1.id)[:3] == [1, 2, 0]
    grading.page.reload()
    grading.page.wait_for_selector(".answer")
    grading.press("k", "j")
    grading.page.click("#groups button >> nth=1")
    assert "For this answer" in grading.text("#applies")
    grading.press("g")
    assert "For 3 answers" in grading.text("#applies")
    assert "do not all have the same decision" in grading.text("#warns")


@pytest.mark.slow
def test_the_next_one_is_not_where_somebody_else_is(grading):
    groups = grading.api(f"question/{Q1.id}?by={ME}")["groups"]
    grading.api("here", {"by": OTHER, "question": Q1.id, "answers": groups[1]["answers"]})
    grading.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    grading.page.wait_for_selector(".dot")
    grading.press("n")
    assert "Group 3 of 6" in grading.text("#group-head")
    grading.page.click("#groups button >> nth=1")
    assert f"{OTHER} is on this group now." in grading.text("#group")


@pytest.mark.slow
def test_a_key_is_found_by_its_place_where_the_layout_is_korean(grading):
    typed = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ㅜ', code: 'KeyN', bubbles: true}))"
    grading.page.evaluate(typed)
    assert "Group 2 of 6" in grading.text("#group-head")


@pytest.mark.slow
def test_undo_takes_back_the_last_decision_and_goes_there(grading):
    grading.press("0", "n", "1", "2")
    grading.settled()
    grading.press("j", "u")
    grading.said("Undone:")
    assert grading.points(Q1.id)[:3] == [1, 1, 1]
    assert "Group 2 of 6" in grading.text("#group-head")
    grading.press("u", "u")
    grading.page.locator(".badge.full, .badge.part").first.wait_for(state="detached")
    grading.press("u")
    grading.page.wait_for_selector("#alert >> text=nothing of yours to undo")


def still(grading: Grading) -> None:
    """From now on the page does not hear of others."""
    rev = grading.api(f"question/{Q1.id}?by={ME}")["rev"]
    grading.page.route("**/api/here", lambda route: route.fulfill(json={"others": [], "rev": rev}))


@pytest.mark.slow
def test_what_somebody_else_has_given_meanwhile_is_not_overwritten_but_shown(grading):
    grading.press("n")
    still(grading)
    keys = grading.page.evaluate("[...document.querySelectorAll('.answer')].map(one => one.dataset.key.slice(7))")
    theirs = {"items": [1], "points": None, "comment": "theirs"}
    grading.api("mark", {"by": OTHER, "question": Q1.id, "answers": {keys[1]: 0}, **theirs})
    grading.press("c")
    grading.page.keyboard.type("mine")
    grading.press("Escape", "1", "2")
    shown = grading.page.wait_for_selector("#alert p").inner_text()
    assert "Not kept" in shown
    assert f"1 point by {OTHER}" in shown
    grading.page.wait_for_selector(".remark >> text=theirs")
    assert grading.points(Q1.id)[:3] == [None, 1, None]
    assert "For this answer" in grading.text("#applies")  # nobody decides on all three unasked now
    assert grading.page.input_value("#comment") == "mine"
    grading.page.click(".alias >> nth=1")  # to the other's, where one's comment is none of theirs
    grading.press("c")
    grading.page.keyboard.type("and mine")
    grading.press("Escape", "j")
    grading.page.click(".alias >> nth=1")
    assert grading.api(f"question/{Q1.id}?by={ME}")["answers"][keys[1]]["mark"]["comment"] == "theirs"
    assert grading.page.input_value("#comment") == "theirsand mine"


@pytest.mark.slow
def test_an_item_is_added_and_a_change_applies_to_all_who_have_it(grading):
    grading.press("n", "1")
    grading.settled()
    grading.press("a")
    grading.page.keyboard.type("Names the momentum")
    grading.press("Tab")
    grading.page.keyboard.type("0.5")
    grading.press("Enter")
    grading.said("Items kept.")
    grading.press("4")
    grading.said("3 answers: 1.5 points (Says that gradients add up, Names the momentum).")
    grading.settled()
    grading.press("e")
    grading.page.fill("[aria-label='Points of item 1']", "1,5")
    grading.press("Enter")
    grading.said("3 answers changed with them.")
    assert grading.points(Q1.id)[:3] == [2, 2, 2]
    grading.press("e")
    grading.page.fill("[aria-label='Item 2']", "")
    grading.press("Enter")
    assert "needs a text" in grading.text("#items-error")


@pytest.mark.slow
def test_an_answer_is_moved_out_of_its_group_and_into_another_by_keyboard(grading):
    grading.press("n", "m")
    assert "Answer 1" in grading.text("#move-head")
    grading.press("Enter")
    grading.said("now, 1 answer.")
    assert "1 answer, on its own" in grading.text("#group-head")
    grading.press("m", "Shift+Tab")
    grading.page.keyboard.type("They add up")
    grading.press("ArrowDown", "Enter")
    grading.said("3 answers.")
    assert "3 answers, similar" in grading.text("#group-head")
    assert "changed by hand" in grading.text("#group-head")
    assert grading.page.evaluate("document.activeElement.classList.contains('current')")


@pytest.mark.slow
def test_a_half_typed_comment_and_the_focus_survive_what_others_do_and_a_reload_of_the_page(grading):
    grading.press("n", "c")
    grading.page.keyboard.type("Say what the lo")
    keys = list(grading.api(f"question/{Q1.id}?by={ME}")["answers"])
    theirs = {"items": [1], "points": None, "comment": ""}
    grading.api("mark", {"by": OTHER, "question": Q1.id, "answers": {keys[-1]: 0}, **theirs})
    grading.api("here", {"by": OTHER, "question": Q1.id, "answers": [keys[-1]]})
    grading.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as if one came back to the page
    grading.page.wait_for_selector(".chip.done .dot", state="attached")
    grading.page.keyboard.type("ss does.")
    assert grading.page.input_value("#comment") == "Say what the loss does."
    grading.page.reload()
    grading.page.wait_for_selector(".answer")
    grading.page.click("#groups button >> nth=1")
    assert grading.page.input_value("#comment") == "Say what the loss does."
    grading.press("1")
    grading.settled()
    grading.page.wait_for_selector(".remark >> text=Say what the loss does.")


@pytest.mark.slow
def test_a_comment_that_was_left_unsaved_is_kept_when_one_goes_on(grading):
    grading.press("n", "1", "c")
    grading.page.keyboard.type("left with Escape")
    grading.press("Escape")
    assert "Not saved yet" in grading.text("#comment-state")
    grading.press("]")
    grading.page.wait_for_selector("h2 >> text=eval mode")
    answers = grading.api(f"question/{Q1.id}?by={ME}")["answers"].values()
    assert [one["mark"]["comment"] for one in answers if one["mark"]] == ["left with Escape"] * 3


@pytest.mark.slow
def test_earlier_comments_are_offered_and_a_comment_changes_no_points(grading):
    grading.press("]")
    grading.page.wait_for_selector("h2 >> text=eval mode")
    grading.page.click("#groups button >> nth=1")
    grading.press("1", "c", "ArrowDown", "Enter")
    grading.page.wait_for_selector(".remark >> text=say why")
    grading.settled()
    answers = grading.api(f"question/1.2-Q2?by={ME}")["answers"].values()
    assert [one["mark"]["points"] for one in answers if one["mark"] and one["mark"]["comment"] == "say why"] == [
        1
    ] * 4 + [0]


@pytest.mark.slow
def test_a_decision_that_found_no_server_is_kept_and_sent_when_it_answers(grading):
    grading.page.route("**/api/**", lambda route: route.abort())
    grading.press("0")
    grading.page.wait_for_selector("#lost >> text=1 decision will be sent")
    assert grading.points(Q1.id)[5] is None
    grading.page.unroute("**/api/**")
    grading.page.click("#lost button")
    grading.said("The server answers again.")
    grading.settled()
    assert grading.points(Q1.id)[5:7] == [0, 0]
    grading.errors.clear()  # the browser notes each request that found nobody


@pytest.mark.slow
def test_names_are_hidden_until_asked_for_at_each_load(grading):
    assert "2026" not in grading.text("#main")
    grading.press("h")
    grading.page.wait_for_selector(".alias >> text=20260006")
    grading.page.reload()
    grading.page.wait_for_selector(".alias >> text=Answer 6")
    assert "2026" not in grading.text("#main")


@pytest.mark.slow
def test_keys_are_not_taken_from_fields_and_help_lists_them(grading):
    grading.press("c")
    grading.page.keyboard.type("01?nhg")
    assert grading.page.input_value("#comment") == "01?nhg"
    assert not any(grading.points(Q1.id))
    grading.press("Escape", "?")
    assert grading.page.is_visible("#help-dialog")
    assert "next ungraded one" in grading.text("#help")
    assert grading.axe() == []
    grading.press("Escape")
    assert grading.page.evaluate("document.activeElement.classList.contains('current')")


def test_hostile_texts_are_shown_as_texts(grading):
    key = list(grading.api(f"question/{Q1.id}?by={ME}")["answers"])[-1]
    grading.api("item", {"by": HOSTILE, "question": Q1.id, "id": None, "text": HOSTILE, "points": 1, "removed": False})
    said = {"items": [1], "points": None, "comment": HOSTILE}
    grading.api("mark", {"by": HOSTILE, "question": Q1.id, "answers": {key: 0}, **said})
    grading.api("here", {"by": HOSTILE, "question": Q1.id, "answers": [key]})
    grading.page.goto(f"{grading.served.own}#answers/{Q1.id}/{key}")
    grading.page.reload()
    grading.page.wait_for_selector(".who.note")
    grading.press("r")
    grading.page.wait_for_selector("figure img")
    for place in (
        ".words",
        ".remark",
        ".signs",
        ".who.note",
        "#items",
        "#known-facts",
        "#graders",
        "#given",
        "#groups",
    ):
        assert HOSTILE in grading.page.text_content(place) or place == "#groups", place
    assert grading.page.locator("img:not(figure img), body script, b >> text=bold").count() == 0
    grading.page.goto(f"{grading.served.own}#student/20260001")
    grading.page.wait_for_selector(".check")
    assert HOSTILE in grading.page.text_content("#student-view")
    assert grading.page.locator("#student-view img, body script").count() == 0
    assert "Written answers" in grading.page.title()


@pytest.mark.slow
def test_a_second_reading_shows_no_points_and_then_where_both_differ(grading):
    grading.page.goto(f"{grading.served.own}#second/1.2-Q2")
    grading.page.wait_for_selector("[data-key=second-answer]")
    assert OTHER not in grading.text("#main")
    assert OTHER not in grading.text("#side")
    grading.press("Enter")
    grading.said("Choose items or type points first.")
    grading.press("1", "Enter")
    grading.said("1 of 2 read")
    grading.press("0", "j", "p")
    grading.page.keyboard.type("1")
    grading.press("Enter")
    grading.said("2 of 2 read")
    assert "Nothing is left for you to read" in grading.text("#second-view")
    assert grading.page.locator("[aria-labelledby=differ-head] tbody tr").count() == 1
    assert "0.50" in grading.text("#agreement")
    grading.page.click("[aria-labelledby=differ-head] a")
    grading.page.wait_for_selector(".answer.current")


@pytest.mark.slow
def test_a_check_is_decided_beside_what_was_seen_and_the_decision_taken_back(grading):
    grading.page.goto(f"{grading.served.own}#student/20260003")
    grading.page.wait_for_selector(".check")
    grading.page.click("[aria-label='Decide on 1.2a']")
    assert "weights[0] after step 2" in grading.text("#override-dialog")
    grading.page.fill("#override-points", "9")
    grading.page.fill("#override-why", "right but for a name")
    grading.page.click("#override-form [type=submit]")
    assert "from 0 to 4" in grading.text("#override-error")
    grading.page.fill("#override-points", "3.5")
    grading.press("Enter")
    grading.said("20260003 1.2a, 3.5 points: right but for a name")
    grading.page.click("[aria-label='Take back the decision on 1.2a']")
    grading.said("20260003 1.2a: taken back")
    grading.press("]")
    grading.page.wait_for_selector("h2 >> text=20260004")


@pytest.mark.slow
def test_tables_are_taken_and_what_is_wrong_with_one_is_said(grading):
    table = {"name": "points.csv", "mimeType": "text/csv", "buffer": b"student,question,points\n20260001,1.2-Q1,2\n"}
    grading.page.set_input_files("#file", table)
    grading.said("points.csv: 1 answer taken.")
    grading.page.set_input_files("#file", {**table, "buffer": b"student,question,points\nnobody,1.2-Q1,2\n"})
    grading.page.wait_for_selector("#alert >> text=there is no student nobody")
    assert grading.page.get_attribute("#export", "href") == "/api/export.csv"


@pytest.mark.slow
def test_another_threshold_makes_other_groups(grading):
    grading.page.focus("#threshold")
    grading.press("Home")
    grading.page.wait_for_selector("#map-head >> text=8 groups")
    assert grading.page.evaluate("document.activeElement.id") == "threshold"
    grading.page.click("#threshold-usual")
    grading.page.wait_for_selector("#map-head >> text=6 groups")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_each_view_fits_and_is_readable(browser, served, scheme, width):
    grading = Grading(browser, served, color_scheme=scheme, viewport={"width": width, "height": 800})
    grading.press("Enter", "n", "1", "2")
    grading.settled()
    for view in ("answers/1.2-Q1", "second/1.2-Q2", "student/20260001"):
        grading.page.goto(f"{served.own}#{view}")
        grading.page.wait_for_selector(f"#{view.partition('/')[0]}-view:not([hidden])")
        assert grading.page.evaluate("document.documentElement.scrollWidth") <= width, view
        assert grading.axe() == [], view
    grading.ok()
    grading.close()


@pytest.mark.slow
def test_a_question_is_printed_with_all_its_answers_and_nothing_else(grading):
    grading.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    grading.page.emulate_media(media="print")
    printed = grading.text("body")
    assert all(f"Answer {number}: not graded" in printed for number in range(1, 11))
    assert all(one.text[:20] in printed for one in Q1.answers if one.like != "short")
    assert printed.count("so the loss diverge") == 1  # the same words, once
    assert Q1.model[:10].strip("`") in printed
    assert "Next ungraded" not in printed
    grading.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert grading.page.locator("#paper-copy *").count() == 0


def test_the_page_for_staff_lists_the_keys_of_the_page():
    table = (PACKAGE / "review" / "static" / "keys.js").read_text(encoding="utf-8")
    keys = re.findall(r'^  \["([^"]+)", "', table, re.MULTILINE)
    listed = (PACKAGE.parent / "docs" / "review.md").read_text(encoding="utf-8")
    first = [
        cell for row in re.findall(r"^\| (`.*?) \|", listed, re.MULTILINE) for cell in re.findall("`([^`]+)`", row)
    ]
    assert sorted(first) == sorted(key for one in keys for key in one.split(" … "))
