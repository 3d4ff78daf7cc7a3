"""`hw1 review`: the server for several graders at once; what it loses when it is killed, which is nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from answers_200 import QUESTIONS, drawn, graded
from test_review import RUBRIC, report_of, run_again

from autograder.cohort.journal import NAME as JOURNAL
from autograder.cohort.journal import Journal
from autograder.errors import MisuseError
from autograder.review import serving
from autograder.review.answers import Question

httpx2 = pytest.importorskip("httpx2")

HW1 = str(Path(sys.executable).parent / "hw1")
ASKED = "1.2-Q4"
ANN, BEN = "Teaching assistant 1", "Teaching assistant 2"
ANSWERS = ("Yes, clearly.", "yes clearly", "No.", "")


def a_class(out, count=4) -> Path:
    """*count* students with the same few answers, in turn."""
    run_again(out, *(report_of(f"2026{n:04d}", ANSWERS[n % len(ANSWERS)]) for n in range(count)))
    return out


class Client:
    """What a browser does, as one grader."""

    def __init__(self, address: str, by: str) -> None:
        self.by, self._origin = by, address.partition("/?")[0]
        self.http = httpx2.Client(base_url=self._origin, headers={"origin": self._origin}, timeout=30)
        assert self.http.get(f"/?{address.partition('/?')[2]}").status_code == 303

    def get(self, path, **query):
        answer = self.http.get(path, params={"by": self.by, **query})
        return answer.status_code, answer.json()

    def post(self, path, **body):
        answer = self.http.post(path, json={"by": self.by, **body})
        return answer.status_code, answer.json()

    def question(self, name=ASKED, **query):
        code, values = self.get(f"/api/question/{name}", **query)
        assert code == 200, values
        return values

    def mark(self, answers, points=None, items=(), comment="", question=ASKED):
        given = {"answers": answers, "points": points, "items": list(items), "comment": comment}
        return self.post("/api/mark", question=question, **given)


@contextmanager
def served(out, port=0):
    """A server in a thread of this process: its address."""
    asked = [Question(name, one.title, one.part, one.points, "What?", "Yes.") for name, one in RUBRIC.by_hand.items()]
    with serving.served(out, RUBRIC, asked, "somebody", port) as server:
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield server.address
        finally:
            server.stop()
            thread.join()


@contextmanager
def process(out):
    """The command in a process of its own: the process and its address."""
    command = [HW1, "review", str(out), "--no-open", "--by", ANN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        line = started.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
        try:
            assert found, line + started.stderr.read()
            yield started, found[0]
        finally:
            started.kill()


@pytest.fixture
def out(tmp_path):
    return a_class(tmp_path / "out")


def line_of(out, student, item=ASKED):
    report = json.loads((out / student / "report.json").read_text(encoding="utf-8"))
    return next(one for one in report["checks"] if one["id"] == item)


def test_a_group_is_graded_and_stands_in_every_document_when_the_server_has_ended(out):
    with served(out) as address:
        ann = Client(address, ANN)
        code, overview = ann.get("/api/class")
        assert (code, overview["by"], overview["maximum"]) == (200, "somebody", 100)
        shown = ann.question()
        assert (shown["text"], shown["model"], shown["points"]) == ("What?", "Yes.", 2)
        assert [(one["kind"], len(one["answers"])) for one in shown["groups"]] == [
            ("empty", 1),
            ("identical", 2),
            ("single", 1),
        ]
        assert {one["student"] for one in shown["answers"].values()} == {None}
        empty, same, other = (dict.fromkeys(one["answers"], 0) for one in shown["groups"])
        assert all(shown["answers"][key]["proposed"] == 0 for key in empty)
        right = shown["items"][0]
        assert ann.mark(same, items=[right["id"]])[0] == 200
        assert ann.mark(empty, points=0)[0] == 200
        assert ann.mark(other, points=0.5, comment="Why?")[0] == 200
        progress = next(one for one in ann.get("/api/class")[1]["questions"] if one["id"] == ASKED)
        assert (progress["answers"], progress["graded"], progress["graders"]) == (4, 4, {ANN: 4})
        again = ann.question(names=1)
        assert {one["student"] for one in again["answers"].values()} == {f"2026000{n}" for n in range(4)}
        assert again["comments"] == ["Why?"] and again["items"][0]["used"] == 2
    assert [line_of(out, f"2026000{n}")["points"] for n in range(4)] == [2, 2, 0.5, 0]
    rows = csv.DictReader((out / "grades.csv").open(encoding="utf-8", newline=""))
    assert [row[ASKED] for row in rows] == ["2", "2", "2", "0.5", "0"]
    assert "Why?" in (out / "20260002" / "feedback.txt").read_text(encoding="utf-8")


def test_whoever_comes_second_is_told_what_stands_there_and_nothing_is_written_over(out):
    with served(out) as address:
        ann, ben = Client(address, ANN), Client(address, BEN)
        key = ann.question()["groups"][-1]["answers"][0]
        half = ann.question()["items"][1]["id"]
        _, first = ann.mark({key: 0}, points=1, items=[half], comment="Why?")
        code, refused = ben.mark({key: 0}, points=2)
        assert (code, refused["conflicts"][key]["points"]) == (409, 1)
        assert refused["conflicts"] == first["marks"]  # a page whose answer was lost knows its own decision again
        assert ANN in refused["error"]
        assert ben.mark({key: first["marks"][key]["id"]}, points=2)[0] == 200
        assert ann.post("/api/undo")[0] == 409
        assert ben.post("/api/undo")[1]["answers"] == [key]
        assert ben.question()["answers"][key]["mark"]["points"] == 1


def test_who_else_is_on_an_answer_is_said_and_that_something_has_changed(out):
    with served(out) as address:
        ann, ben = Client(address, ANN), Client(address, BEN)
        key = ann.question()["groups"][0]["answers"][0]
        ann.post("/api/here", question=ASKED, answers=[key])
        _, here = ben.post("/api/here", question="1.2-Q5", answers=[])
        assert here["others"] == [{"by": ANN, "question": ASKED, "answers": [key]}]
        ann.mark({key: 0}, points=0)
        assert ben.post("/api/here", question="1.2-Q5", answers=[])[1]["rev"] != here["rev"]


def test_items_moves_and_second_readings_are_reached_by_their_addresses(out):
    with served(out) as address:
        ann, ben = Client(address, ANN), Client(address, BEN)
        _, added = ann.post("/api/item", question=ASKED, id=None, text="Says why", points=0.5)
        number = added["items"][-1]["id"]
        group = ann.question()["groups"][1]
        ann.mark(dict.fromkeys(group["answers"], 0), items=[number])
        _, changed = ben.post("/api/item", question=ASKED, id=number, text="Says why", points=1)
        assert sorted(changed["changed"]) == sorted(group["answers"])
        assert ann.post("/api/move", question=ASKED, answers=group["answers"][:1], to="")[0] == 200
        kinds = {one["id"]: one["moved"] for one in ann.question()["groups"]}
        assert any(kinds.values())
        _, second = ben.get(f"/api/second/{ASKED}")
        if second["answers"]:
            (one,) = second["answers"]
            assert "mark" not in one
            _, agreed = ben.post("/api/second", question=ASKED, key=one["key"], points=2)
            assert (agreed["read"], agreed["differ"][0]["second"]) == (1, 2)


def test_overrides_are_decided_and_taken_back_with_the_evidence_beside(out):
    with served(out) as address:
        ann = Client(address, ANN)
        _, student = ann.get("/api/student/20260001")
        assert student["maximum"] == sum(one["points"] for one in student["checks"])
        why = {"student": "20260001", "check": ASKED, "points": "1.5", "why": "read on paper"}
        assert ann.post("/api/override", **why)[0] == 200
        _, after = ann.get("/api/student/20260001")
        assert next(one for one in after["checks"] if one["id"] == ASKED)["decided"] == "1.5 points: read on paper"
        assert line_of(out, "20260001")["points"] == 1.5
        assert ann.post("/api/override/undo", student="20260001", check=ASKED)[0] == 200
        assert ann.post("/api/override", **{**why, "points": "99"})[0] == 400
        assert ann.get("/api/student/x")[0] == 400


def test_points_go_out_and_come_in_as_a_table(out):
    with served(out) as address:
        ann = Client(address, ANN)
        text = ann.http.get("/api/export.csv").text
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        assert {row["student"] for row in rows} == {f"2026000{n}" for n in range(4)}
        table = f"student,question,points\n20260001,{ASKED},1.5\n".encode()
        answer = ann.http.post("/api/import", content=table, params={"by": BEN})
        assert answer.json() == {"taken": 1}
        wrong = ann.http.post("/api/import", content=b"student,question,points\nx,y,1\n", params={"by": BEN})
        assert wrong.status_code == 400 and "line 2" in wrong.json()["error"] and str(out.parent) not in wrong.text
        graded = [one["mark"]["by"] for one in ann.question()["answers"].values() if one["mark"]]
        assert len(graded) == 1 and graded[0].startswith(BEN)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/api/mark", b"[]", "must be a JSON object"),
        ("/api/mark", b"{", "must be a JSON object"),
        ("/api/mark", b"[" * 100_000, "must be a JSON object"),
        ("/api/mark", b"{}", "answers must be an object"),
        ("/api/mark", {"question": ASKED, "answers": {"x": "0"}}, "a number is expected"),
        ("/api/mark", {"question": ASKED, "answers": {"x": 0}, "points": "1"}, "points must be a number"),
        ("/api/mark", {"question": ASKED, "answers": {"x": 0}, "points": True}, "points must be a number"),
        ("/api/mark", {"question": 1, "answers": {"x": 0}}, "question must be a text"),
        ("/api/mark", {"question": ASKED, "answers": {"x": 0}, "by": ""}, "say who you are"),
        ("/api/item", {"question": ASKED, "text": "x", "points": None}, "points must be a number"),
        ("/api/move", {"question": ASKED, "answers": "x"}, "answers must be a list"),
        ("/api/move", {"question": "1", "answers": []}, "no question 1"),
        ("/api/undo", {}, "nothing of yours"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_sentence(shared, path, body, said):
    content = body if isinstance(body, bytes) else json.dumps({"by": ANN, **body}).encode()
    answer = shared.http.post(path, content=content)
    assert answer.status_code == 400 and said in answer.json()["error"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with served(a_class(tmp_path_factory.mktemp("shared") / "out")) as address:
        yield Client(address, ANN)


@pytest.mark.parametrize("threshold", ["2", "-1", "nan", "x"])
def test_a_threshold_that_is_none_is_said(shared, threshold):
    code, values = shared.get(f"/api/question/{ASKED}", threshold=threshold)
    assert code == 400 and "from 0 to 1" in values["error"]
    assert shared.get("/api/question/9")[0] == 400


def test_pages_of_a_report_that_is_not_there_are_a_sentence(shared):
    key = shared.question()["groups"][0]["answers"][0]
    code, values = shared.get(f"/api/paper/{key}")
    assert (code, values["pages"]) == (200, []) and values["why"].startswith("It is not known where the hand-in of")
    code, values = shared.get(f"/api/paper/{key}/1.png")
    assert code == 404 and values["error"]
    assert shared.get("/api/paper/x")[0] == 400


def test_only_the_own_files_are_served(shared):
    assert shared.http.get("/static/review.css").status_code == 200
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static/", "/journal.sqlite"):
        assert shared.http.get(path).status_code == 404


def test_two_servers_on_one_folder_and_a_port_that_is_taken_are_said(out, tmp_path):
    with served(out) as address:
        with pytest.raises(MisuseError, match="another hw1 command"), served(out):
            pass
        port = int(re.search(r":(\d+)/", address)[1])
        with pytest.raises(MisuseError, match=f"port {port} can't be used"), served(a_class(tmp_path / "other"), port):
            pass


def test_where_nothing_was_graded_or_written_there_is_nothing_to_review(tmp_path):
    with pytest.raises(MisuseError, match=r"no journal\.sqlite"), served(tmp_path):
        pass


def test_without_the_extra_it_is_said(out, monkeypatch):
    monkeypatch.setattr(serving, "find_spec", lambda name: None)
    with pytest.raises(MisuseError, match=r"pip install 'hw1\[review\]'"), served(out):
        pass


def test_documents_that_can_not_be_written_are_said_and_the_points_are_kept(out):
    blocked = out / "20260001"
    for file in blocked.iterdir():
        file.unlink()
    blocked.rmdir()
    blocked.symlink_to(out / "20260002")
    with pytest.raises(MisuseError, match="All points are in the journal"), served(out) as address:
        ann = Client(address, ANN)
        ann.mark({key: 0 for one in ann.question()["groups"] for key in one["answers"]}, points=1)
    with Journal(out / JOURNAL) as journal:
        assert len(journal.marks()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clear", "eval"])
def test_200_answers_are_graded_in_far_fewer_decisions_each_on_answers_of_the_same_worth(tmp_path, name):
    """A script accepts a group only if all its answers deserve the same points (benchmarks/grouping.md)."""
    out, answers = tmp_path / "out", drawn(QUESTIONS[name], 1)
    students = {f"2026{number:04d}": one for number, one in enumerate(answers)}
    run_again(out, *(report_of(student, one.text if one.way != "empty" else "") for student, one in students.items()))
    with served(out) as address:
        ann, decisions = Client(address, ANN), 0
        shown = ann.question(names=1)
        deserved = {key: students[one["student"]].points for key, one in shown["answers"].items()}
        for group in shown["groups"]:
            worth = {deserved[key] for key in group["answers"]}
            assert len(worth) == 1, [shown["answers"][key]["text"] for key in group["answers"]]
            code, _ = ann.mark(dict.fromkeys(group["answers"], 0), points=worth.pop())
            decisions += code == 200
        progress = next(one for one in ann.get("/api/class")[1]["questions"] if one["id"] == ASKED)
        assert progress["graded"] == len(answers) == 200
    assert decisions == graded(answers).decisions < 0.45 * len(answers)
    for student, one in students.items():
        assert line_of(out, student)["points"] == one.points


@pytest.mark.slow
def test_a_killed_server_loses_nothing_of_what_two_graders_decide_at_once_and_counts_nothing_twice(tmp_path):
    """Two graders, 200 answers, killed in the middle: each decision that was answered is there, once."""
    out, answered = tmp_path / "out", {}
    run_again(out, *(report_of(f"2026{n:04d}", f"My answer is {n}.") for n in range(200)))

    def grade(client, order, until):
        with suppress(httpx2.HTTPError):
            for key in order:
                code, values = client.mark({key: 0}, points=len(client.by) % 2 + 0.5)
                if code == 200:
                    assert key not in answered
                    answered[key] = values["marks"][key]
                    if len(answered) == until:
                        os.kill(server.pid, signal.SIGKILL)

    for until in (80, 0):
        with process(out) as (server, address):
            both = [Client(address, by) for by in ("Grader 1", "Grader 20")]
            shown = both[0].question()["answers"]
            assert {key: one["mark"] for key, one in shown.items() if one["mark"] and key in answered} == answered
            left = [key for key, one in shown.items() if one["mark"] is None]
            assert len(left) >= 200 - len(answered) - 2  # what was kept, but not answered any more
            orders = [random.Random(n).sample(left, len(left)) for n in range(2)]  # noqa: S311
            threads = [threading.Thread(target=grade, args=(*one, until)) for one in zip(both, orders, strict=True)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            if not until:
                server.send_signal(signal.SIGINT)
                assert "are up to date" in server.communicate(timeout=60)[0]
                assert server.returncode == 0
    with Journal(out / JOURNAL) as journal:
        marks = [one for one in journal.marks() if not one.refused]
    assert len(marks) == len({one.student for one in marks}) == 200
    assert {one.points for one in marks} == {0.5, 1.5}  # both had their share
    for one in marks:
        assert line_of(out, one.student)["points"] == one.points
