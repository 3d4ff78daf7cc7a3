"""What the benchmarks' pages have in common: where they were measured, and their tables between two marks."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
END = "<!-- end -->\n"


def processor() -> str:
    """The processor's name, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def machine(*packages: str) -> str:
    """What it is measured on, with the versions of *packages*, and when; called before it begins, for the load."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]
    cores = f"{os.cpu_count()} cores ({processor()}), {platform.system()}"
    load = f"load {os.getloadavg()[0]:.1f} when it began"
    return f"{cores}, {', '.join(versions)}; {datetime.datetime.now(datetime.UTC):%Y-%m-%d}; {load}"


def put(page: Path, text: str, script: str) -> None:
    """Put *text* into *page* in the place of what *script* has made before."""
    begin = f"<!-- begin: made by benchmarks/{script} -->\n"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
