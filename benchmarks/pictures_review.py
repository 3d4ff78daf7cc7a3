"""Pictures of the review page for docs/review.md, of a page that is served; it grades there: serve a class for it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image

COLOURS = 96  # of a picture: the page has fewer, but for the edges of its letters
WIDE, NARROW = (1440, 900), (360, 740)
GRADER, OTHER = "Teaching assistant 1", "Teaching assistant 2"


def take(browser: Any, url: str, folder: Path, question: str = "", student: str = "") -> list[Path]:
    """Take all pictures of the page at *url* into *folder*; the files.

    Args:
        browser: Playwright's.
        url: what ``hw1 review`` prints; the address with the token.
        question: of which a second reading is shown; the first one if it is empty.
        student: whose checks are shown; the first one of the class if it is empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for scheme in ("light", "dark"):
        with browser.new_context(viewport=_size(WIDE), color_scheme=scheme) as context:
            page = _opened(context, url)
            _grade(page)
            made.append(_shot(page, folder / f"review-{scheme}.png"))
            if scheme == "light":
                made += _views(page, folder, question, student)
    with browser.new_context(viewport=_size(NARROW), color_scheme="light") as context:
        page = _opened(context, url)
        _similar(page)
        made.append(_shot(page, folder / "review-narrow.png", whole=True))
    return made


def _views(page: Any, folder: Path, question: str, student: str) -> list[Path]:
    """Help, a second reading, and a decision on a check."""
    own = page.url.partition("#")[0]
    page.keyboard.press("Escape")  # out of the comment
    page.keyboard.press("?")
    made = [_shot(page, folder / "review-keys.png")]
    page.keyboard.press("Escape")
    page.goto(f"{own}#second/{question}")
    page.locator("#second-head").wait_for()
    page.keyboard.press("1")
    made.append(_shot(page, folder / "review-second.png"))
    students = page.evaluate("fetch('/api/class?by=').then(answer => answer.json()).then(one => one.students)")
    page.goto(f"{own}#student/{student or students[0]}")
    page.locator(".check").first.wait_for()
    page.locator(".check button").first.click()
    page.fill("#override-points", "2")
    page.fill("#override-why", "The function is right, only its name is not: half the points.")
    made.append(_shot(page, folder / "review-check.png"))
    return made


def _opened(context: Any, url: str) -> Any:
    page = context.new_page()
    page.goto(url)
    page.fill("#name", GRADER)
    page.keyboard.press("Enter")
    page.locator(".answer").first.wait_for()
    _meet(page)
    return page


def _meet(page: Any) -> None:
    """Somebody else is on another group."""
    own = page.url.partition("#")[0]
    question = page.locator("#question-title").inner_text().split()[0]
    groups = page.request.get(f"{own}api/question/{question}?by={OTHER}").json()["groups"]
    said = {"by": OTHER, "question": question, "answers": groups[-1]["answers"]}
    page.request.post(f"{own}api/here", data=said, headers={"Origin": own.rstrip("/")})
    page.locator(".dot").first.wait_for()


def _similar(page: Any) -> None:
    """Go to the first group of similar answers, if there is one."""
    found = page.locator("#groups button", has_text=", similar,")
    if found.count():
        found.first.click()


def _grade(page: Any) -> None:
    """The empty ones as proposed, then a group of similar ones, with a comment that is being typed."""
    page.keyboard.press("Enter")
    _similar(page)
    if not page.locator("#items [aria-pressed=true]").count():
        page.keyboard.press("1")
    page.locator(".pending").first.wait_for(state="detached")
    page.keyboard.press("c")
    page.fill("#comment", "Right. Say what the loss does, too.")


def _shot(page: Any, path: Path, whole: bool = False) -> Path:
    taken = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)  # a quarter of the bytes
    return path


def _size(of: tuple[int, int]) -> dict[str, int]:
    return {"width": of[0], "height": of[1]}
