"""Who may speak to the review page's server: who has the token, on this machine, from this page."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from autograder.review.guard import POLICY, Guard

HERE = "http://127.0.0.1:8765"


@pytest.fixture
def guarded():
    pages = [
        Route(path, lambda request: PlainTextResponse("in"), methods=["GET", "POST"]) for path in ("/", "/api/class")
    ]
    return Guard(Starlette(routes=pages), "right")


def client(app, address=HERE, inside=False):
    made = TestClient(app, base_url=address, follow_redirects=False)
    if inside:
        assert made.get("/?token=right").status_code == 303
    return made


def test_the_token_becomes_a_cookie_that_no_script_reads_and_no_other_site_sends(guarded):
    answer = client(guarded).get("/?token=right")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"] == "hw1-review-8765=right; Path=/; HttpOnly; SameSite=Strict"
    page = client(guarded, inside=True).get("/")
    assert (page.status_code, page.text) == (200, "in")
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/api/class", "/?token=wrong", "/?token=", "/api/class?token=right"])
def test_without_the_token_there_is_nothing(guarded, path):
    answer = client(guarded).get(path)
    assert answer.status_code == 403 and answer.text != "in"
    assert answer.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a form of a page that sends no origin
        {"origin": "http://attacker.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},  # another server of this machine
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"origin": HERE, "sec-fetch-site": "same-site"},
    ],
)
def test_another_origin_changes_nothing(guarded, headers):
    inside = client(guarded, inside=True)
    assert inside.post("/api/class", headers=headers).status_code == 403
    assert inside.post("/api/class", headers={"origin": HERE, "sec-fetch-site": "same-origin"}).text == "in"


def test_another_origin_reads_nothing(guarded):
    assert client(guarded, inside=True).get("/", headers={"origin": "http://attacker.example"}).status_code == 403


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example:8765", "[", "127.0.0.1:x", ""])
def test_a_foreign_name_that_points_here_gets_nowhere(guarded, host):
    inside = client(guarded, inside=True)
    inside.cookies.clear()
    answer = inside.get("/", headers={"host": host, "cookie": "hw1-review-8765=right; hw1-review-80=right"})
    assert answer.status_code == (200 if host == "127.0.0.1:x" else 403)


@pytest.mark.parametrize("address", ["http://localhost:8765", "http://127.0.0.1:9000", "http://[::1]:8765"])
def test_through_a_tunnel_the_port_may_be_another_one(guarded, address):
    assert client(guarded, address, inside=True).get("/").text == "in"


@pytest.mark.parametrize(
    "cookie", ["hw1-review-8765=wrong", "hw1-review-8765", "{}[]=;;=,", "hw1-review-8765=ri\xe9ht"]
)
def test_a_wrong_cookie_is_none(guarded, cookie):
    answer = client(guarded).get("/", headers=[("cookie", cookie.encode("latin-1"))])
    assert answer.status_code == 403
