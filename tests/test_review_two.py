"""Two browsers grade one class at once, and the server is killed in the middle."""

from __future__ import annotations

import os
import signal

import pytest
from browsing import Watched
from test_review import report_of, run_again
from test_review_server import ASKED, Client, line_of, process

from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.journal import Journal

pytestmark = pytest.mark.slow
MANY = 200


class Grader:
    """Somebody with a browser and a keyboard."""

    def __init__(self, browser, address: str, name: str, key: str) -> None:
        self.watched = Watched(browser, address.partition("/?")[0], viewport={"width": 1200, "height": 800})
        self.page, self.key = self.watched.page, key
        self.page.goto(address)
        self.page.get_by_label("Your name").fill(name)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name=ASKED).first.click()
        self.page.get_by_role("heading", name=ASKED).first.wait_for()

    def decide(self) -> None:
        """Grade what is before one, unless it shows points already, and go to what nobody has graded."""
        if self.page.get_by_text("Not graded yet.").is_visible():
            self.page.keyboard.press(self.key)
        self.page.keyboard.press("n")


@pytest.fixture
def out(tmp_path):
    run_again(tmp_path / "out", *(report_of(f"2026{n:04d}", f"My answer is {n}.") for n in range(MANY)))
    return tmp_path / "out"


def marks(out) -> list:
    with Journal(out / JOURNAL) as journal:
        return [one for one in journal.marks() if one.item == ASKED and not one.refused]


def done(client) -> int:
    return sum(one["mark"] is not None for one in client.question()["answers"].values())


def test_two_browsers_grade_200_answers_and_a_killed_server_loses_nothing(browser, out):
    before = 0
    for until in (80, MANY):
        with process(out) as (server, address):
            client = Client(address, "Who looks on")
            assert done(client) == before  # nothing is lost that was decided
            graders = [Grader(browser, address, f"Grader {n}", str(n)) for n in (1, 2)]
            for _ in range(3 * MANY):
                for one in graders:
                    one.decide()
                if (before := done(client)) >= until:
                    break
            assert before >= until
            if until < MANY:
                for one in graders:
                    one.page.wait_for_timeout(500)  # what was sent is answered
                before = done(client)
                os.kill(server.pid, signal.SIGKILL)
                graders[0].page.get_by_text(
                    "There is no connection to the server"
                ).first.wait_for()  # that it is lost is said
            for one in graders:
                assert not [said for said in one.watched.errors if "ERR_CONNECTION" not in said and "409" not in said]
                assert not one.watched.elsewhere
                one.watched.close()
            if until == MANY:
                server.send_signal(signal.SIGINT)
                server.communicate(timeout=60)
    found = marks(out)
    assert len(found) == len({one.student for one in found}) == MANY
    assert {one.person for one in found} == {"Grader 1", "Grader 2"}
    assert {(one.person, one.points) for one in found} == {("Grader 1", 2.0), ("Grader 2", 1.0)}
    for one in found:
        assert line_of(out, one.student)["points"] == one.points
