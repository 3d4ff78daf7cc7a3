"""The form of each probe's reply: its facts, its arrays, and what the judges rely on between them.

A reply is a claim by a process in which hostile code ran. What its form does not name, or names otherwise, is not
accepted. A form says nothing about right or wrong: it takes whatever the probe sends of honest code, NaN included. Here
are those of the engine's own probes; a homework brings the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from autograder.grammar import (
    LARGE,
    WORD,
    ArrayForm,
    Form,
    count,
    device,
    either,
    flag,
    line,
    listed,
    number,
    only,
    row,
    table,
    text,
    whole,
    word,
)
from autograder.homework import Homework, in_force

if TYPE_CHECKING:
    from autograder.evidence import Array, Fact


# What the arrays and lists of one reply have to do with each other


def _text_of_each_module(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    """A text for each module, and a place for each of its lines."""
    named = facts["modules"].keys()
    for kind in ("text", "lines"):
        if {name.partition(" ")[2] for name in arrays if name.startswith(f"{kind} ")} != named:
            return f"the arrays {kind} are not those of the modules"
    for name in named:
        places = arrays[f"lines {name}"]
        if len(places) != arrays[f"text {name}"].tobytes().count(b"\n"):
            return "another number of places than of a module's lines"
        if len(places) and not (places.min() >= 1 and places.max() <= LARGE):
            return "an invalid place"
    return ""


def _a_text_for_each_candidate(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    wanted = {f"candidate {place}" for place in range(len(facts["candidates"]))}
    return "" if arrays.keys() == wanted else "another number of texts than of candidates"


def _texts_of_read_pages(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    numbers = [int(name.partition(" ")[2]) for name in arrays]
    return "" if all(number < facts["read"] for number in numbers) else "a text of a page that was not read"


def _a_name_for_each_device(facts: Mapping[str, Any], arrays: Mapping[str, Any]) -> str:
    return "" if facts["names"].keys() == set(facts["devices"]) else "the names are not those of the devices"


# The forms

BUILT = (count, count, text(60))  # where a network of a library is built, and what it is
NOTES = listed(row(count, count, text(WORD)), 200)  # cell, line, what is said of it

OWN: dict[str, tuple[Form, ...]] = {
    "import": (Form(),),
    "source": (
        Form(
            {
                "error": either(only(None), row(count, text(200))),
                "names": listed(line, 200),
                "stubs": listed(row(line, text(200))),
                "maybe": flag,
                "newer": either(only(None), row(count, whole(12, 99), text(80))),
                "foreign": listed(row(count, text(60)), 20),
            }
        ),
    ),
    "shown_cells": (Form({"problem": text(200)}, (ArrayForm("cells", ("uint8",), (None,), 24 << 20, needed=False),)),),
    "page_texts": (
        Form(
            {"error": text(200), "pages": count, "read": whole(0, 100)},
            (ArrayForm("text [0-9]{1,2}", ("uint8",), (None,), 40_000, needed=False),),
            sound=_texts_of_read_pages,
        ),
    ),
    "page_picture": (
        Form({"error": text(200)}, (ArrayForm("picture", ("uint8",), (None, None, 3), 7_500_000, needed=False),)),
    ),
    "machine": (
        Form(
            {
                "devices": listed(device, 3, least=1),
                "names": table(device, word, 3),
                "card_bytes": count,
                "bf16": flag,
            },
            sound=_a_name_for_each_device,
        ),
    ),
}
"""By the probe's name (``registry.PROBES``): the forms a reply may have; a fact that one alone has tells them apart."""


def of_documents(homework: Homework) -> dict[str, tuple[Form, ...]]:
    """The forms of what is read in documents: they name modules and questions."""
    all_names = [module.name for module in homework.modules]
    modules, names = only(*all_names), "|".join(all_names)
    items, questions = "|".join(re.escape(question.id) for question in homework.questions), len(homework.questions)
    return {
        "pdf": (
            Form(
                {
                    **dict.fromkeys(("pages", "read", "characters"), count),
                    "error": text(200),
                    "figures": listed(row(count, text(30), text(200)), 40),
                    "candidates": listed(row(text(WORD, items), count), 3 * questions),
                },
                (ArrayForm("candidate [0-9]{1,2}", ("uint8",), (None,), 24_000, needed=False),),  # 6,000 characters
                sound=_a_text_for_each_candidate,
            ),
        ),
        "notebook": (
            Form(
                {
                    "problem": text(200),
                    "remarks": listed(text(200), 10),
                    "marked": flag,
                    "modules": table(modules, listed(word, 100), len(all_names)),
                    **dict.fromkeys(("left_out", "choices", "errors"), NOTES),
                    "more": count,
                    "lacks": listed(row(modules, word, count, count, text(WORD)), 24),
                    "renames": listed(row(count, count, word, word), 200),
                    "broken": listed(row(word, count, count, text(WORD)), 24),
                    "claims": listed(
                        row(count, text(10), only("accuracy", "parameters"), number(0, 1e15), *BUILT), 200
                    ),
                    "foreign": listed(row(*BUILT, text(10)), 20),
                },
                (
                    ArrayForm(f"text ({names})", ("uint8",), (None,), 1_000_000, needed=False),
                    ArrayForm(f"lines ({names})", ("int64",), (None, 2), 100_000, needed=False),
                    ArrayForm(f"answer ({items})", ("uint8",), (None,), 100_000, needed=False),
                ),
                sound=_text_of_each_module,
            ),
        ),
    }


@cache
def forms_of(homework: Homework) -> Mapping[str, tuple[Form, ...]]:
    """The forms of the replies of all probes that run for *homework*, by the probe's name."""
    return {**OWN, **of_documents(homework), **homework.forms}


def misfit(call: str, facts: Mapping[str, Fact], arrays: Mapping[str, Array]) -> str:
    """Why a reply to *call* is not valid, as a clause in our own words; empty if it is.

    Raises:
        KeyError: there is no such probe.
    """
    form = _meant(forms_of(in_force())[call], facts)
    rules = {**form.optional, **form.facts}
    for name in form.facts:
        if name not in facts:
            return f"a reply without the fact {name}"
    for name, value in facts.items():
        if name not in rules:
            return "an unexpected fact"
        if not rules[name](value):
            return f"the fact {name} in another form"
    return _misfit_of_arrays(form, arrays) or form.sound(facts, arrays)


def _meant(forms: tuple[Form, ...], facts: Mapping[str, Fact]) -> Form:
    """The form whose own facts are there; the first if none's are."""
    first, *others = forms
    return next((form for form in others if (form.facts.keys() - first.facts.keys()) & facts.keys()), first)


def _misfit_of_arrays(form: Form, arrays: Mapping[str, Array]) -> str:
    found = set()
    for name, array in arrays.items():
        wanted = next((one for one in form.arrays if re.fullmatch(one.name, name, re.DOTALL)), None)
        if wanted is None:
            return "an unexpected array"
        if wrong := wanted.misfit(array):
            return f"the array {wanted.name.split()[0]} with {wrong}"  # what follows the word is the worker's
        found.add(wanted.name)
    missing = [one.name for one in form.arrays if one.needed and one.name not in found]
    return f"a reply without the array {missing[0]}" if missing else ""
