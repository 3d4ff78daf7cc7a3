"""Pages in headless Chromium, for tests: what they log, where they send requests, and what axe-core finds in them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pages are not tested")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (make browser): pages are not tested")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page in a context of its own, for scripts that no test watches."""
    context = browser.new_context(**options)
    try:
        page = context.new_page()
        page.goto(address)
        yield page
    finally:
        context.close()


class Watched:
    """A page, with all that it logged as an error and each request that left its own address."""

    def __init__(self, browser: Any, own: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "request", lambda sent: None if sent.url.startswith((own, "data:")) else self.elsewhere.append(sent.url)
        )

    def close(self) -> None:
        self.context.close()

    def axe(self) -> list[str]:
        """What axe-core calls serious or critical: rule, and where."""
        if not AXE.is_file():
            pytest.skip("axe-core is not installed (make browser): accessibility is not tested")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))  # not a script element, which the page's policy forbids
        found = self.page.evaluate("axe.run(document)")
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]
