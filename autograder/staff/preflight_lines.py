"""What `hw1 preflight` tells: each upload by phases, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from autograder.render.text import Style
from autograder.text import plain

if TYPE_CHECKING:
    from autograder.staff.box.records import Phase
    from autograder.staff.preflight import Preflight, Tried


def preflight_lines(found: Preflight, style: Style) -> Iterator[str]:
    """Time, CPU time and peak memory of each upload's phases, then whether it fits or what to raise."""
    box = found.box
    size = f"{box.cpus:g} CPUs, {box.memory_mb:,} MB and {box.minutes:g} minutes"
    yield style(f"Within {size}; torch {plain(found.torch)}", "bold")
    for one in found.tried:
        yield ""
        yield from _tried(one, style)
    yield ""
    if found.fits:
        slowest = max(one.within.seconds for one in found.tried)
        largest = max(one.within.peak_mb for one in found.tried)
        most = f"{slowest:.0f} s of {box.minutes * 60:g} and {largest:,.0f} MB of {box.memory_mb:,}"
        yield style(f"It fits: at most {most}.", "green")
        return
    yield style("It does not fit.", "red")
    for sentence in found.advice:
        yield f"  {plain(sentence)}"


def _tried(one: Tried, style: Style) -> Iterator[str]:
    within = one.within
    yield style(f"{one.name:<24}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}   {within.how}", "bold")
    for name, phases in grouped(within.phases).items():
        seconds, cpu = (sum(times) for times in zip(*((one.seconds, one.cpu_seconds) for one in phases), strict=True))
        yield f"  {plain(name, 22):<22}{seconds:>9.1f}{cpu:>8.1f}{max(one.memory_mb for one in phases):>9,.0f}"
    yield f"  {'in all':<22}{within.seconds:>9.1f}{within.cpu_seconds:>8.1f}{within.peak_mb:>9,.0f}"
    for sentence in one.notes:
        yield f"  {plain(sentence)}"
    for sentence in one.short:
        yield style(f"  {plain(sentence)}", "red")
    if one.needs is not None:
        needs = one.needs
        yield f"  with plenty of both: {needs.seconds:.1f} s, {needs.cpu_seconds:.1f} CPU s, {needs.peak_mb:,.0f} MB"


GROUPS = {"files": "reading the upload", "start": "start", "isolation": "isolation", "documents": "documents, imports"}


def grouped(phases: Iterable[Phase]) -> dict[str, list[Phase]]:
    """Phases of one part of the homework together; accuracies, where networks are trained and scored, apart."""
    groups: dict[str, list[Phase]] = {}
    for phase in phases:
        accuracy = f"{phase.part}, accuracy" if phase.training else ""
        groups.setdefault(accuracy or phase.part or GROUPS.get(phase.name, phase.name), []).append(phase)
    return groups
