"""Slips of form in what the methods of ``Trainer`` return and print, each with a sentence.

A slip is not a wrong result: it gets a remark, and costs points only if ``rubric.toml`` says so (``[handout] forms``).
The sentences hold nothing of a worker's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.evidence import Evidence

NO_LIST = "train returns nothing: the handout asks for the list of the printed mean losses."
OTHER_LIST = "train does not return a list: the handout asks for the list of the printed mean losses."
OTHER_LENGTH = "train does not return one loss for every 500 iterations of each epoch, and none where there are fewer."
NO_FLOATS = "The list that train returns does not hold floats: use `.item()`."
NO_LINES = "train does not print `[epoch, iteration] loss: x.xxx` every 500 iterations."
OTHER_LINES = "train does not print exactly one line every 500 iterations: epoch and iteration both start at 1."
NOT_FINISHED = "train does not print `Finished Training` at its end."
FINISHED_OFTEN = "train prints `Finished Training` more than once: it belongs at the end, after all epochs."
WHO = ("prints", "returns", "prints and returns")
SLIPS = {
    "sums": "The losses that train {who} are sums: divide each by 500.",
    "not reset": "The losses that train {who} are not those of 500 iterations each: set the sum back to 0 after each.",
    "lasts": "The losses that train {who} are those of one batch each, not the means of 500 iterations.",
    "rounded": "The losses that train {who} are rounded.",
    "others": "The losses that train {who} are not the means of 500 iterations each.",
}
PRINTS_ONLY = "test returns nothing: judged by what it prints. The handout asks it to return the accuracy, too."
OTHER_RETURN = "test does not return the accuracy, a float in [0, 1]: judged by what it prints."
PERCENTAGE = "test returns a percentage: the handout asks for the accuracy, a float in [0, 1]."
COUNT = "test returns the number of right answers: the handout asks for the accuracy, a float in [0, 1]."
NO_FLOAT = "test returns the accuracy in another type: the handout asks for a float, like `.item()` gives."
ROUNDED = "test returns the accuracy rounded: the handout asks for the whole fraction."
OTHER_LINE = "test does not print its line as the handout has it: `Test set: Accuracy: 9881/10000 (99%)`."
NO_MATRIX = "compute_conf returns nothing: judged by what it prints. The handout asks it to return the matrix, too."
NO_INTEGERS = "compute_conf does not return integers: the handout asks for counts."

SENTENCES = frozenset(
    (
        *(NO_LIST, OTHER_LIST, OTHER_LENGTH, NO_FLOATS, NO_LINES, OTHER_LINES, NOT_FINISHED, FINISHED_OFTEN),
        *(PRINTS_ONLY, OTHER_RETURN, PERCENTAGE, COUNT, NO_FLOAT, ROUNDED, OTHER_LINE, NO_MATRIX, NO_INTEGERS),
        *(text.format(who=who) for text in SLIPS.values() for who in WHO),
    )
)
"""All sentences that may be said here."""

PRINT_EACH = 500  # iterations
PRINTED = 6e-4  # half of the last of three decimals, and rounding
ROUNDING = 1e-5  # relative: of a sum of 500 losses, and of weights that are the same but for rounding
Numbers = Sequence[float]


def train_slips(seen: Evidence, reference: Evidence) -> tuple[str, ...]:
    """The slips of form of a ``train`` whose weights are right."""
    facts = seen.facts
    means, lasts = reference.facts["means"], reference.facts["lasts"]
    returned, printed = _of_the_list(facts, len(means)), _of_the_lines(facts, len(means))
    kinds = {
        "prints": "" if printed else _slip([line[2] for line in facts["lines"]], means, lasts, PRINTED),
        "returns": "" if returned else _slip(facts["returned"]["numbers"], means, lasts, ROUNDING),
    }
    if kinds["prints"] == kinds["returns"]:
        kinds = {"prints and returns": kinds["prints"]}
    losses = [SLIPS[kind].format(who=who) for who, kind in kinds.items() if kind]
    no_floats = not returned and not facts["returned"]["entries"].startswith("float")
    ends = (facts["finished"], facts["briefly"]["finished"])
    end = NOT_FINISHED if not all(ends) else FINISHED_OFTEN if max(ends) > 1 else ""
    return tuple(said for said in (returned, NO_FLOATS if no_floats else "", printed, *losses, end) if said)


def _of_the_list(facts: Mapping[str, Any], wanted: int) -> str:
    """Why what ``train`` returned is not a list of *wanted* losses, or nothing."""
    returned = facts["returned"]
    if returned["type"] == "NoneType":
        return NO_LIST
    if returned["type"] != "list":
        return OTHER_LIST
    return OTHER_LENGTH if returned["length"] != wanted or facts["briefly"]["returned"]["length"] != 0 else ""


def _of_the_lines(facts: Mapping[str, Any], wanted: int) -> str:
    """Why what ``train`` printed is not *wanted* lines, one every 500 iterations of each epoch, or nothing."""
    if not facts["lines"]:
        return NO_LINES
    places = [[1, PRINT_EACH * number] for number in range(1, wanted + 1)]
    as_wanted = [line[:2] for line in facts["lines"]] == places and not facts["more"]
    return "" if as_wanted and not facts["briefly"]["lines"] else OTHER_LINES


def _slip(numbers: Numbers, means: Numbers, lasts: Numbers, tolerance: float) -> str:
    """What *numbers* are in the place of *means*, a word of SLIPS, or nothing."""
    total = [sum(means[: number + 1]) for number in range(len(means))]
    if _close(numbers, means, tolerance):
        return ""
    if _close(numbers, means, PRINTED):
        return "rounded"
    if _close(numbers, [PRINT_EACH * mean for mean in means], PRINT_EACH * tolerance):
        return "sums"
    rising = [value / (number + 1) for number, value in enumerate(total)]
    if any(
        _close(numbers, [scale * v for v in values], scale * tolerance)
        for values in (total, rising)
        for scale in (1, PRINT_EACH)
    ):
        return "not reset"
    return "lasts" if _close(numbers, lasts, tolerance) else "others"


def _close(a: Numbers, b: Numbers, tolerance: float) -> bool:
    return len(a) == len(b) and all(abs(x - y) <= tolerance * max(1.0, abs(y)) for x, y in zip(a, b, strict=True))


def printed_accuracy(call: Mapping[str, Any]) -> float | None:
    """The accuracy that ``test`` printed: the last fraction over all images, or else the last percentage."""
    images = call["images"]
    for right, total in reversed(call["fractions"]):
        if total == images:
            return float(right / total)
    return fraction_of(call["percents"][-1], images) if call["percents"] else None


def fraction_of(percent: float, images: int) -> float:
    """The fraction that a percentage stands for: the nearest count's, if that rounds to it."""
    nearest = round(percent * images / 100)
    rounded = abs(100 * nearest / images - percent) <= 0.5  # to a whole percent, as the handout prints it
    return float(nearest / images if rounded else percent / 100)


def accuracy_of(call: Mapping[str, Any]) -> tuple[float | str, str]:
    """The accuracy that one call of ``test`` found, and its slip of form, or nothing.

    What is returned counts, where it is a number. A percentage, a count or a rounded value of what is printed is the
    same accuracy in another form; for anything else what is printed counts. Where there is
    no accuracy, a text says what came instead.
    """
    returned, printed = call["returned"], printed_accuracy(call)
    if returned is None:
        if printed is None:
            return ("nothing" if call["type"] == "NoneType" else f"a {call['type']}"), ""
        return printed, PRINTS_ONLY if call["type"] == "NoneType" else OTHER_RETURN
    value = float(returned)
    counts = [right / total for right, total in call["fractions"] if total == call["images"]][-1:]
    if 0 <= value <= 1 and not (counts and round(counts[0] * call["images"]) == value == 1):
        if counts and abs(value - counts[0]) > 1e-6 and abs(value - counts[0]) <= 0.0051:
            return counts[0], ROUNDED
        return value, "" if call["float"] or call["type"].startswith(("float", "int")) else NO_FLOAT
    for right in counts:
        if abs(value - 100 * right) <= 0.51:
            return right, PERCENTAGE
        if value == round(right * call["images"]):
            return right, COUNT
    if not counts and 1 < value <= 100:
        return fraction_of(value, call["images"]), PERCENTAGE
    return value, ""


def test_slips(seen: Evidence, reference: Evidence) -> tuple[str, ...]:
    """The slips of form of a ``test`` whose accuracy is right."""
    calls = seen.facts["calls"]
    slips = dict.fromkeys(slip for _, slip in map(accuracy_of, calls) if slip)
    return (*list(slips)[:1], *(() if all(call["line"] for call in calls) else (OTHER_LINE,)))


def confusion_slips(seen: Evidence, reference: Evidence) -> tuple[str, ...]:
    """The slips of form of a ``compute_conf`` whose counts are right."""
    if seen.facts["returned"] == "NoneType":
        return (NO_MATRIX,)
    return () if seen.facts["dtype"] == "int" else (NO_INTEGERS,)
