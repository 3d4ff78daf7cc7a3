"""Writes a network's class in a style: a base, something extra, and the file around it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from random import Random

from .bases import PLAIN, Base
from .extras import EXTRAS
from .handmade import HANDMADE
from .ops import Net
from .records import UnfitError

BASES: dict[str, Base] = {**PLAIN, **HANDMADE}


@dataclass
class File:
    """A module as it grows: each piece of the prelude stands in it once."""

    preludes: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    opaque: set[str] = field(default_factory=set)

    def text(self) -> str:
        """The source."""
        return "\n\n".join(piece.rstrip("\n") + "\n" for piece in (*self.preludes, *self.classes))


def _indented(lines: list[str] | tuple[str, ...], depth: int = 8) -> str:
    return textwrap.indent("\n".join(lines), " " * depth)


def add_class(file: File, net: Net, style: str, extra: str, random: Random, base: Base | None = None) -> None:
    """Write *net* into *file*.

    Raises:
        UnfitError: the style cannot write it.
    """
    body = (base or BASES[style])(net, random)
    net = EXTRAS[extra](net, body, random)
    for piece in (*body.prelude, *sorted(net.prelude)):
        if piece not in file.preludes:
            file.preludes.append(piece)
    arguments = f"self, {net.args}" if net.args else "self"
    # Without anything of its own a class that inherits forward needs none.
    own = [*net.first, *body.run, *net.last]
    parts = [f"class {net.name}({body.base}):"]
    if net.about:
        parts.append(f'    """{net.about}"""\n')
    start = random.choice(("super().__init__()", f"super({net.name}, self).__init__()"))
    parts.append(f"    def __init__({arguments}):\n{_indented([start, *net.begin, *body.build, *net.tail])}\n")
    if not (body.inherits and len(own) == 1 and not net.wraps):
        if own[-1].startswith("x = "):
            own[-1] = "return " + own[-1].removeprefix("x = ")
        else:
            own.append("return x")
        parts += [f"    {line}" for line in net.wraps]
        signature = random.choice(("self, x", "self, x: torch.Tensor", "self, x, *args, **kwargs"))
        result = " -> torch.Tensor" if ":" in signature else ""
        parts.append(f"    def forward({signature}){result}:\n{_indented(own)}\n")
    parts += [textwrap.indent(method, "    ") + "\n" for method in net.methods]
    file.classes.append("\n".join(parts))
    file.styles.append(f"{net.name}: {style or 'edit'}{', ' + extra if extra else ''}")
    if body.opaque:
        file.opaque.add(net.name)


def add_in_some_style(file: File, net: Net, random: Random, base: Base | None = None, like: str = "") -> str:
    """The same in a style that can write it; *like* is tried first. Returns the style.

    Raises:
        UnfitError: none of forty can.
    """
    for attempt in range(40):
        style = (
            like if like and attempt == 0 else random.choice(list(PLAIN) if random.random() < 0.6 else list(HANDMADE))
        )
        extra = random.choice(list(EXTRAS)) if random.random() < 0.7 else ""
        try:
            add_class(file, net, style if base is None else "", extra, random, base)
        except UnfitError:
            continue
        return style
    raise UnfitError(f"{net.name} could not be written")
