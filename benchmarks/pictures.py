"""Pictures of the terminal and of pages in docs/pictures/: python benchmarks/pictures.py [--to DIR] [NAME ...].

Each page is opened in headless Chromium with a class drawn by program. A picture has a function in PICTURES; it gets a
browser and returns the PNG. Another page's pictures are further functions.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]
from browsing import chromium, page_of
from made_class import made_class
from made_feedback import RUBRIC, made_report
from pictures_review import take
from pictures_terminal import check
from PIL import Image
from review_stand_in import stand_in

from autograder.discretion import for_students
from autograder.render.feedback_page import feedback_page

STUDENTS = 60
COLOURS = 128  # of a picture: a page has few, and the file has a third of the size
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
COLUMN = {"width": 940, "height": 860}
MOST_BYTES = 150_000
REVIEW = "review"  # all pictures of the page that `hw1 review` serves


@contextmanager
def class_page(browser: Any, **options: Any) -> Iterator[Any]:
    """``index.html`` of a class of 60, open."""
    with tempfile.TemporaryDirectory() as folder:
        made_class(Path(folder), STUDENTS)
        with page_of(browser, (Path(folder) / "index.html").as_uri(), **options) as page:
            yield page


def overview(browser: Any, scheme: str) -> bytes:
    """The figures."""
    with class_page(browser, viewport=WIDE, color_scheme=scheme) as page:
        return page.screenshot()


def students(browser: Any, scheme: str) -> bytes:
    """The heat map."""
    with class_page(browser, viewport=WIDE, color_scheme=scheme) as page:
        page.evaluate("document.getElementById('students').scrollIntoView({behavior: 'instant'})")
        return page.screenshot()


def one_student(browser: Any) -> bytes:
    """What is known of one student."""
    with class_page(browser, viewport=WIDE) as page:
        page.locator("#student-table td.f").first.click()
        return page.screenshot()


def narrow(browser: Any) -> bytes:
    """On a phone."""
    with class_page(browser, viewport=NARROW, device_scale_factor=2) as page:
        return page.screenshot()


@contextmanager
def student_page(browser: Any, **options: Any) -> Iterator[Any]:
    """``feedback.html`` of a report drawn by hand, open."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feedback.html"
        path.write_text(feedback_page(for_students(made_report()), RUBRIC), encoding="utf-8")
        with page_of(browser, path.as_uri(), **options) as page:
            yield page


def feedback(browser: Any, at: str, scheme: str = "light") -> bytes:
    """The page from the check *at* on."""
    with student_page(browser, viewport=COLUMN, color_scheme=scheme) as page:
        heading = page.locator("h3", has=page.locator(".id", has_text=re.compile(f"^{re.escape(at)}$")))
        heading.evaluate("one => one.scrollIntoView({behavior: 'instant'})")
        return page.screenshot()


def feedback_narrow(browser: Any) -> bytes:
    """On a phone."""
    with student_page(browser, viewport=NARROW, device_scale_factor=2) as page:
        return page.screenshot()


PICTURES: dict[str, Callable[[Any], bytes]] = {
    "class-overview": partial(overview, scheme="light"),
    "class-students": partial(students, scheme="light"),
    "class-students-dark": partial(students, scheme="dark"),
    "class-student": one_student,
    "class-narrow": narrow,
    "check": check,
    "feedback": partial(feedback, at="1.2a"),
    "feedback-training": partial(feedback, at="1.1-accuracy"),
    "feedback-answer": partial(feedback, at="1.1-E1"),
    "feedback-dark": partial(feedback, at="2.1a", scheme="dark"),
    "feedback-narrow": feedback_narrow,
}


def small(png: bytes) -> bytes:
    """The same picture with few colours."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> None:
    """Make all pictures, or those that are named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, REVIEW, []], metavar="NAME")
    given = parser.parse_args()
    given.to.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        if REVIEW in (given.names or [REVIEW]):
            with stand_in() as page:
                take(browser, page.url, given.to)
        for name in (one for one in given.names or PICTURES if one != REVIEW):
            data = small(PICTURES[name](browser))
            if len(data) > MOST_BYTES:
                raise SystemExit(f"{name}.png has {len(data)} bytes, more than {MOST_BYTES}: show less of the page")
            (given.to / f"{name}.png").write_bytes(data)
            print(f"{given.to / name}.png: {len(data) / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
