"""A stand-in for the server of ``hw1 review``: a class of three questions and thirty answers, in memory.

It serves the page's own files under the page's own policy, and answers as the page expects it, so that the page is
tested without a graded class.
"""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from autograder.home import PACKAGE
from tests.review_class import CHECKS, QUESTIONS, STUDENTS, Question

FILES = PACKAGE / "review" / "static"
POLICY = "; ".join(
    (
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"),
        *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
    )
)
USUAL = 0.35  # the default threshold
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class NoError(Exception):
    """What the page asks for can't be done: status and body of the answer."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status, self.body = status, {"error": error, **more}


@dataclass
class Held:
    """A question with what was decided on it: marks by key, all changes for undo, and answers moved by hand."""

    about: Question
    items: list[dict[str, Any]]
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    second: dict[str, float] = field(default_factory=dict)

    def key(self, number: int) -> str:
        return f"{self.about.id}.{number}"


@dataclass
class Room:
    """The class, and who is where in it."""

    rev: int = 1
    numbers: int = 0
    held: dict[str, Held] = field(default_factory=dict)
    done: list[tuple[str, str, dict[str, Any], dict[str, int]]] = field(default_factory=list)
    here: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in QUESTIONS:
            items = [{"id": n, "text": text, "points": worth} for n, (text, worth) in enumerate(one.items, start=1)]
            self.held[one.id] = Held(one, items)
        for question, number, items, comment in (("1.2-Q2", 7, [3], "say why"), ("1.2-Q2", 8, [1], "")):
            held = self.held[question]
            self.write(held, [held.key(number)], "Teaching assistant 2", items, None, comment)
        self.done.clear()

    # what is shown

    def klass(self) -> dict[str, Any]:
        rows = []
        for held in self.held.values():
            graders: dict[str, int] = {}
            for mark in held.marks.values():
                graders[mark["who"]] = graders.get(mark["who"], 0) + 1
            one = held.about
            rows.append(
                {"id": one.id, "title": one.title, "part": "1.2", "points": one.points, "answers": len(one.answers)}
                | {"graded": len(held.marks), "graders": graders, "second": self.agreement(held, differ=False)}
            )
        said = {"title": "Deep learning, autumn", "by": "Teaching assistant 1", "maximum": 100}
        return {**said, "questions": rows, "students": list(STUDENTS)}

    def question(self, held: Held, names: bool, threshold: float) -> dict[str, Any]:
        one = held.about
        used = [item for mark in held.marks.values() for item in mark["items"]]
        comments = [mark["comment"] for mark in held.marks.values() if mark["comment"]]
        groups = self.groups(held, threshold)
        first = {key: group["answers"][0] for group in groups for key in group["answers"]}
        return {
            **{"id": one.id, "title": one.title, "points": one.points, "text": one.text, "model": one.model},
            "items": [{**item, "used": used.count(item["id"])} for item in held.items],
            "comments": sorted(set(comments), key=lambda text: (-comments.count(text), text)),
            **{"threshold": threshold, "default": USUAL, "rev": self.rev, "groups": groups},
            "answers": {key: self.answer(held, key, first[key], names) for key in first},
        }

    def answer(self, held: Held, key: str, first: str, names: bool) -> dict[str, Any]:
        number = int(key.rpartition(".")[2])
        one, text = held.about.answers[number], held.about.answers[number].text
        mark = held.marks.get(key)
        return {
            **{"key": key, "digest": f"{hash(text) & 0xFFFFFFFF:08x}", "alias": f"Answer {number + 1}", "text": text},
            "student": STUDENTS[number] if names else None,
            "spans": spans(held.about.answers[int(first.rpartition(".")[2])].text, text),
            **{"beside": list(one.beside), "evidence": list(one.evidence), "elsewhere": one.elsewhere},
            **{"candidates": list(one.candidates), "papers": one.papers, "proposed": None if text else 0},
            "mark": shown(mark),
            "stale": {"points": 1, "comment": "an earlier text"} if one.stale else None,
            "decided": "",
        }

    def groups(self, held: Held, threshold: float) -> list[dict[str, Any]]:
        found: dict[str, list[str]] = {}
        for number, one in enumerate(held.about.answers):
            together = one.like if one.tightest <= threshold else f"{one.like}-{number}"
            label = held.moved.get(held.key(number), together if one.text else "empty")
            found.setdefault(label, []).append(held.key(number))
        groups = []
        for label, keys in found.items():
            ones = [held.about.answers[int(key.rpartition(".")[2])] for key in keys]
            texts = {re.sub(r"\W+", " ", one.text.lower()).strip() for one in ones}
            kind = "single" if len(ones) == 1 else "identical" if len(texts) == 1 else "similar"
            kind = "empty" if texts == {""} else kind
            tightest = max(one.tightest for one in ones) if kind == "similar" else None
            moved = any(key in held.moved for key in keys)
            groups.append({"id": label, "kind": kind, "tightest": tightest, "answers": keys, "moved": moved})
        return sorted(groups, key=lambda one: (one["kind"] != "empty", -len(one["answers"])))

    def agreement(self, held: Held, differ: bool = True) -> dict[str, Any]:
        both = {key: (held.marks[key]["points"], value) for key, value in held.second.items() if key in held.marks}
        apart = [
            {"key": key, "alias": f"Answer {int(key.rpartition('.')[2]) + 1}", "first": first, "second": value}
            for key, (first, value) in both.items()
            if first != value
        ]
        kappa = None if not both else 1.0 if not apart else 0.5
        wanted = len(held.second) + len(self.to_read(held, ""))
        return {"wanted": wanted, "read": len(both), "kappa": kappa, "differ": apart if differ else len(apart)}

    def to_read(self, held: Held, by: str) -> list[str]:
        return [key for key, mark in held.marks.items() if mark["who"] != by and key not in held.second][:2]

    # what is done

    def write(
        self, held: Held, keys: list[str], by: str, items: list[int], points: float | None, comment: str
    ) -> dict[str, Any]:
        worth = {item["id"]: item["points"] for item in held.items}
        if points is None and items:
            points = min(held.about.points, max(0, sum(worth[item] for item in items)))
        before = {key: held.marks.get(key) for key in keys}
        now = {}
        for key in keys:
            self.numbers += 1
            held.marks.pop(key, None)
            if points is not None:
                said = {"points": points, "comment": comment, "items": items, "who": by}
                held.marks[key] = {"id": self.numbers, **said, "by": f"{by}, 2026-11-28 17:30 UTC"}
            now[key] = held.marks[key]["id"] if key in held.marks else 0
        self.done.append((by, held.about.id, before, now))
        self.rev += 1
        return {"marks": {key: shown(held.marks.get(key)) for key in keys}, "rev": self.rev}

    def mark(self, said: dict[str, Any]) -> dict[str, Any]:
        held = self.held[said["question"]]
        known = {key: held.marks.get(key) for key in said["answers"]}
        conflicts = {
            key: shown(known[key]) for key, seen in said["answers"].items() if (known[key] or {"id": 0})["id"] != seen
        }
        if conflicts:
            raise NoError(409, "Somebody else has graded this meanwhile.", conflicts=conflicts)
        return self.write(held, list(said["answers"]), said["by"], said["items"], said["points"], said["comment"])

    def undo(self, by: str) -> dict[str, Any]:
        mine = [one for one in self.done if one[0] == by]
        if not mine:
            raise NoError(409, "There is nothing of yours to undo.")
        _, question, before, now = last = mine[-1]
        marks = self.held[question].marks
        if any((marks.get(key) or {"id": 0})["id"] != number for key, number in now.items()):
            raise NoError(409, "Somebody else has changed these since.")
        for key, mark in before.items():
            marks.pop(key, None)
            if mark is not None:
                marks[key] = mark
        self.done.remove(last)
        self.rev += 1
        return {
            "question": question,
            "answers": list(before),
            "said": f"{question}, {len(before)} answers",
            "rev": self.rev,
        }

    def item(self, said: dict[str, Any]) -> dict[str, Any]:
        held = self.held[said["question"]]
        if not said["text"]:
            raise NoError(422, "An item needs a text.")
        number = said["id"] or max((item["id"] for item in held.items), default=0) + 1
        one = {"id": number, "text": said["text"], "points": said["points"]}
        if said["id"] is None:
            held.items.append(one)
        held.items = [one if item["id"] == number else item for item in held.items]
        if said["removed"]:
            held.items = [item for item in held.items if item["id"] != number]
        changed = [key for key, mark in held.marks.items() if number in mark["items"]]
        for key in changed:
            mark = held.marks[key]
            left = [item for item in mark["items"] if any(item == one["id"] for one in held.items)]
            self.write(held, [key], mark["who"], left, None, mark["comment"])
        self.rev += 1
        return {"items": held.items, "changed": changed, "rev": self.rev}

    def move(self, said: dict[str, Any]) -> dict[str, Any]:
        for key in said["answers"]:
            self.held[said["question"]].moved[key] = said["to"] or f"own-{key}"
        self.rev += 1
        return {"rev": self.rev}

    def whos_here(self, said: dict[str, Any]) -> dict[str, Any]:
        self.here[said["by"]] = said
        return {"others": [one for who, one in self.here.items() if who != said["by"]], "rev": self.rev}

    def student(self, student: str) -> dict[str, Any]:
        if student not in STUDENTS:
            raise NoError(404, f"There is no student {student}.")
        checks = [{**one, "decided": self.decided.get((student, one["id"]), "")} for one in CHECKS]
        return {
            "student": student,
            "total": 61.5,
            "maximum": 100,
            "checks": checks,
            "remarks": ["handed in 2 days late"],
        }

    def override(self, said: dict[str, Any]) -> dict[str, Any]:
        if not said["why"]:
            raise NoError(422, "A decision needs a reason.")
        about = f"{said['student']} {said['check']}, {said['points']} points"
        self.decided[said["student"], said["check"]] = f"{said['points']} points by {said['by']}: {said['why']}"
        return {"said": f"{about}: {said['why']}"}


def shown(mark: dict[str, Any] | None) -> dict[str, Any] | None:
    """A mark as the page gets it."""
    return None if mark is None else {key: value for key, value in mark.items() if key != "who"}


def spans(first: str, text: str) -> list[tuple[str, bool]]:
    """*text* word by word, with what the first one has not."""
    known = set(first.lower().split())
    return [(f"{word} ", first != text and word.lower() not in known) for word in text.split(" ")]


def png(number: int) -> bytes:
    """A page of a report."""
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (620, 877), "white")
    drawn = ImageDraw.Draw(page)
    drawn.text((60, 60), f"Report, page {number}", fill="black", font_size=24)
    for line in range(18):
        drawn.rectangle((60, 120 + 34 * line, 560 - 40 * (line % 3), 132 + 34 * line), fill="#cccccc")
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()


def app_of(room: Room) -> Starlette:
    """The server of a class."""

    async def static(request: Request) -> Response:
        path = FILES / request.path_params.get("name", "review.html")
        if not path.is_file():
            return PlainTextResponse("no such file", 404)
        headers = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)

    def get(does: Any) -> Any:
        async def answer(request: Request) -> Response:
            try:
                return JSONResponse(does(request))
            except NoError as error:
                return JSONResponse(error.body, error.status)

        return answer

    def post(does: Any) -> Any:
        async def answer(request: Request) -> Response:
            try:
                return JSONResponse(does(await request.json()))
            except NoError as error:
                return JSONResponse(error.body, error.status)

        return answer

    def question(request: Request) -> dict[str, Any]:
        asked = request.query_params
        held = room.held[request.path_params["id"]]
        return room.question(held, asked.get("names") == "1", float(asked.get("threshold") or USUAL))

    def second(request: Request) -> dict[str, Any]:
        held = room.held[request.path_params["id"]]
        keys = room.to_read(held, request.query_params["by"])
        blind = [{**room.answer(held, key, key, names=False), "mark": None} for key in keys]
        return {"answers": blind, **room.agreement(held)}

    def read(said: dict[str, Any]) -> dict[str, Any]:
        held = room.held[said["question"]]
        held.second[said["key"]] = said["points"]
        return room.agreement(held)

    def paper(request: Request) -> dict[str, Any]:
        return {
            "pages": [{"number": n, "text": f"Text of page {n} {QUESTIONS[0].answers[-1].text}"} for n in (1, 2)],
            "why": "",
        }

    async def page(request: Request) -> Response:
        return Response(png(request.path_params["number"]), media_type="image/png")

    async def table(request: Request) -> Response:
        headers = {"Content-Disposition": 'attachment; filename="answers.csv"'}
        return PlainTextResponse("student,question,points\n", media_type="text/csv", headers=headers)

    async def take(request: Request) -> Response:
        lines = (await request.body()).decode().splitlines()[1:]
        if any("nobody" in line for line in lines):
            return JSONResponse({"error": "line 2: there is no student nobody"}, 422)
        room.rev += 1
        return JSONResponse({"taken": len(lines)})

    def undo_override(said: dict[str, Any]) -> dict[str, Any]:
        room.decided.pop((said["student"], said["check"]))
        return {"said": f"{said['student']} {said['check']}: taken back"}

    posts = {"mark": room.mark, "undo": lambda said: room.undo(said["by"]), "item": room.item, "move": room.move}
    posts |= {"here": room.whos_here, "second": read, "override": room.override, "override/undo": undo_override}
    return Starlette(
        routes=[
            Route("/", static),
            Route("/static/{name}", static),
            Route("/api/class", get(lambda request: room.klass())),
            Route("/api/question/{id}", get(question)),
            Route("/api/second/{id}", get(second)),
            Route("/api/paper/{key}", get(paper)),
            Route("/api/paper/{key}/{number:int}.png", page),
            Route("/api/student/{id}", get(lambda request: room.student(request.path_params["id"]))),
            Route("/api/export.csv", table),
            Route("/api/import", take, methods=["POST"]),
            *(Route(f"/api/{path}", post(does), methods=["POST"]) for path, does in posts.items()),
        ]
    )


@dataclass(frozen=True)
class Served:
    """A server that runs.

    Attributes:
        url: where the page is opened.
        own: the address that all its requests begin with.
    """

    url: str
    own: str


@contextmanager
def stand_in() -> Iterator[Served]:
    """A class that nobody has touched, served on a free port."""
    server = uvicorn.Server(uvicorn.Config(app_of(Room()), log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        own = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        try:
            yield Served(own, own)
        finally:
            server.should_exit = True
            thread.join(10)
