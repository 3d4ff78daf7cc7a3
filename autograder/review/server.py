"""The review page's server: addresses, requests and answers. What they mean is the desk's business."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from autograder.errors import GraderError, MisuseError
from autograder.review.desk import Desk
from autograder.review.grading import ConflictError
from autograder.review.guard import App, Guard

STATIC = Path(__file__).with_name("static")
MOST = 1 << 20  # bytes of a request
TABLE = 64 << 20  # bytes of a table

Endpoint = Callable[[Request], Awaitable[Response]]
Work = Callable[[Request, Mapping[str, Any]], Any]


def application(desk: Desk, token: str) -> App:
    """The application: the page, its files, and what it asks for; behind the guard, which knows the *token*."""

    def at(path: str, work: Work) -> Route:
        return Route(path, _answering(desk, work), methods=["GET"])

    def post(path: str, work: Work) -> Route:
        return Route(path, _answering(desk, work), methods=["POST"])

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "review.html")

    async def table(request: Request) -> Response:
        headers = {"content-disposition": 'attachment; filename="answers.csv"'}
        data = await run_in_threadpool(desk.exported)
        return Response(data, media_type="text/csv; charset=utf-8", headers=headers)

    async def taken(request: Request) -> Response:
        data = await _read(request, TABLE)
        return await _said(desk, lambda: desk.imported(data, request.query_params.get("by", "")))

    async def picture(request: Request) -> Response:
        path = request.path_params
        try:
            return Response(await run_in_threadpool(desk.picture, path["key"], path["number"]), media_type="image/png")
        except MisuseError as error:
            return JSONResponse({"error": str(error)}, 404)

    routes = [
        Route("/", page),
        Mount("/static", StaticFiles(directory=STATIC)),
        at("/api/class", lambda asked, _: desk.overview(asked.query_params)),
        at("/api/question/{id}", lambda asked, _: desk.question(asked.path_params["id"], asked.query_params)),
        post("/api/mark", lambda _, body: desk.mark(body)),
        post("/api/undo", lambda _, body: desk.undo(body)),
        post("/api/item", lambda _, body: desk.item(body)),
        post("/api/move", lambda _, body: desk.move(body)),
        post("/api/here", lambda _, body: desk.here(body)),
        at("/api/paper/{key}", lambda asked, _: desk.pages(asked.path_params["key"])),
        Route("/api/paper/{key}/{number:int}.png", picture),
        at("/api/second/{id}", lambda asked, _: desk.second(asked.path_params["id"], asked.query_params)),
        post("/api/second", lambda _, body: desk.read(body)),
        at("/api/student/{student}", lambda asked, _: desk.student(asked.path_params["student"])),
        post("/api/override", lambda _, body: desk.override(body)),
        post("/api/override/undo", lambda _, body: desk.undo_override(body)),
        Route("/api/export.csv", table),
        Route("/api/import", taken, methods=["POST"]),
    ]
    return Guard(Starlette(routes=routes), token)


def _answering(desk: Desk, work: Work) -> Endpoint:
    """An endpoint that reads the request's JSON and answers with what *work* makes of it, in a thread."""

    async def endpoint(request: Request) -> Response:
        body: Any = {}
        if request.method == "POST":
            try:
                body = json.loads(await _read(request, MOST))
            except (ValueError, RecursionError):
                body = None
            if not isinstance(body, dict):
                return JSONResponse({"error": "the request must be a JSON object"}, 400)
        return await _said(desk, lambda: work(request, body))

    return endpoint


async def _said(desk: Desk, work: Callable[[], Any]) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(work))
    except ConflictError as error:
        return JSONResponse({"error": str(error), "conflicts": desk.conflicts(error)}, 409)
    except MisuseError as error:
        return JSONResponse({"error": str(error)}, 400)
    except GraderError as error:
        return JSONResponse({"error": f"the kit failed, not you: {error}"}, 500)


async def _read(request: Request, most: int) -> bytes:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > most:
            return b""
    return data
