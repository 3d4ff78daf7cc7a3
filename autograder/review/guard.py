"""Who may speak to the review page's server: this machine alone, and only who has its token.

The token comes once in the address that the command prints, and is a cookie from then on. Another site that the same
browser has open can neither send the cookie (SameSite) nor be taken for this page: the host has to be this machine's
own name, so that no foreign name that was made to point here gets through, and whatever changes anything has to come
from this page itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

LOCAL = {"127.0.0.1", "localhost", "::1"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # the address holds the token once
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SAFE = {"GET", "HEAD"}

Messages = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Messages, Send], Awaitable[None]]


class Guard:
    """An ASGI application before another one, which it shields."""

    def __init__(self, app: App, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: MutableMapping[str, Any], receive: Messages, send: Send) -> None:
        """Answer 403, turn the token into a cookie, or let the request through."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        why = refused(scope["method"], headers)
        if why:
            await _answer(send, 403, why)
        elif scope["path"] == "/" and (given := parse_qs(scope["query_string"].decode("latin-1")).get("token")):
            if self._is(given[0]):
                await _answer(send, 303, "", {"location": "/", "set-cookie": self._cookie(headers["host"])})
            else:
                await _answer(send, 403, "This address is of an earlier run: open the one that hw1 review prints.")
        elif self._is(_cookie(headers, name_of(headers["host"]))):
            await self._app(scope, receive, _with_headers(send))
        else:
            await _answer(send, 403, "Open the address that hw1 review prints.")

    def _is(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _cookie(self, host: str) -> str:
        return f"{name_of(host)}={self._token}; Path=/; HttpOnly; SameSite=Strict"


def refused(method: str, headers: Mapping[str, str]) -> str:
    """Why a request is refused before anybody looks at its token; empty if it is not."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if _name(f"//{host}") not in LOCAL:
        return "This server answers to 127.0.0.1 and localhost only."
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and method not in SAFE:
        return "This comes from another site."
    if (origin is None and method not in SAFE) or (origin is not None and origin != f"http://{host}"):
        return "This comes from another site."
    return ""


def name_of(host: str) -> str:
    """The cookie's name: browsers keep one jar for all ports of a machine."""
    try:
        port = urlsplit(f"//{host}").port
    except ValueError:
        port = None
    return f"hw1-review-{port or 80}"


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _cookie(headers: Mapping[str, str], name: str) -> str:
    jar: SimpleCookie = SimpleCookie()
    with suppress(CookieError):
        jar.load(headers.get("cookie", ""))
    return jar[name].value if name in jar else ""


def _with_headers(send: Send) -> Send:
    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message["headers"] = [*message.get("headers", ()), *ours]
        await send(message)

    return sent


async def _answer(send: Send, status: int, text: str, more: Mapping[str, str] | None = None) -> None:
    headers = {**HEADERS, "content-type": "text/plain; charset=utf-8", **(more or {})}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": text.encode()})
