"""The Trainer, drawn: a constructor, a way to train, to test and to count, each with slots for mistakes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from string import Template

from .dress import dress
from .records import Edit, Source, UnfitError
from .trainer_styles import CONFUSIONS, CONSTRUCTORS, DEFAULTS, PRELUDES, TESTS, TRAINS, ZEROS

WAYS = {"train": TRAINS, "test": TESTS, "conf": CONFUSIONS}


@dataclass(frozen=True)
class TrainerEdit:
    """One mistake in a method.

    Attributes:
        id: kebab-case; begins with the method's.
        method: ``train``, ``test`` or ``conf``.
        slots: new contents of the template's slots; ``{old}`` stands for what the style has there.
        says: what a good sentence mentions.
        never: what it may not say.
        also: further checks that it must fail.
    """

    id: str
    slots: Mapping[str, str]
    says: str
    never: str = ""
    also: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    prelude: str = field(default="")

    @property
    def method(self) -> str:
        """The method that it is in."""
        return self.id.partition("-")[0]


SLOT = re.compile(r"^([ ]*)@(\w+)$|@\{(\w+)\}", re.M)


def fill(template: str, slots: Mapping[str, str]) -> str:
    """*template* with each line ``@slot`` and each ``@{slot}`` filled, indented as it stands."""

    def content(found: re.Match[str]) -> str:
        if found[3] is not None:
            return slots[found[3]]
        return textwrap.indent(slots[found[2]], found[1]) or "\0"  # an empty line, to be taken out

    while SLOT.search(template):
        template = SLOT.sub(content, template)
    return re.sub(r"^\0\n", "", template, flags=re.M)


def with_old(new: str, old: str) -> str:
    """*new* with ``{old}`` replaced, indented as it stands."""
    lines = []
    for line in new.splitlines():
        if line.strip() == "{old}":
            pad = line[: len(line) - len(line.lstrip())]
            lines += textwrap.indent(old or "pass", pad).splitlines()
        else:
            lines.append(line.replace("{old}", old))
    return "\n".join(lines)


def _method(template: str, move: str, random: Random, edit: TrainerEdit | None) -> str:
    own = dict(re.findall(r"^#@ (\w+) = (.*)\n", template, re.M))
    template = re.sub(r"^#@ .*\n", "", template, flags=re.M)
    slots = {
        **DEFAULTS,
        "move": move,
        "zero": random.choice(ZEROS),
        **{k: v.replace("\\n", "\n") for k, v in own.items()},
    }
    for name, new in edit.slots.items() if edit is not None else ():
        if not re.search(rf"@\{{?{name}\b", template):
            raise UnfitError(f"this style has no {name}")
        slots[name] = with_old(new, slots[name])
    return fill(template, slots)


def _draw(random: Random, edit: TrainerEdit | None) -> Source:
    names = {
        "x": random.choice(("inputs", "images", "data", "x", "X", "imgs")),
        "y": random.choice(("labels", "targets", "target", "y", "Y")),
        "out": random.choice(("outputs", "output", "logits", "pred", "y_hat")),
        "loss": random.choice(("loss", "l", "batch_loss")),
    }
    constructor = random.choice(list(CONSTRUCTORS))
    head, words, move = CONSTRUCTORS[constructor]
    chosen = {kind: random.choice(list(ways)) for kind, ways in WAYS.items()}
    methods = [
        _method(WAYS[kind][name], move, random, edit if edit is not None and edit.method == kind else None)
        for kind, name in chosen.items()
    ]
    if random.random() < 0.3:
        random.shuffle(methods)
    text = Template("\n".join([head, *methods])).safe_substitute({**words, **names})
    preludes = [prelude for name, prelude in PRELUDES.items() if re.search(rf"\b{name}\b", text)]
    preludes += [edit.prelude] if edit is not None and edit.prelude else []
    first = "class Trainer:\n" if random.random() < 0.7 else "class Trainer(object):\n"
    whole = "\n\n".join([*preludes, first + textwrap.indent(text, "    ")])
    made = None
    if edit is not None:
        check = {"train": "1.2a", "test": "1.2b", "conf": "1.2c"}[edit.method]
        made = Edit(edit.id, (check, *edit.also), edit.may, edit.says, edit.never)
    style = "; ".join((constructor, *chosen.values()))
    return dress("trainer", style, whole, random, frozenset(), made)


def draw_right(random: Random) -> Source:
    """A right Trainer."""
    return _draw(random, None)


def draw_wrong(edit: TrainerEdit, random: Random) -> Source:
    """One with *edit*.

    Raises:
        UnfitError: the drawn style has no place for it.
    """
    return _draw(random, edit)
