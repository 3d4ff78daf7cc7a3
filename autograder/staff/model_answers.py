"""The written questions as staff grade them: what the handout asks, and what the solution answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import MisuseError
from autograder.home import handout_folder
from autograder.homework import ANSWERS, in_force
from autograder.ingest.sections import answer_to, sections
from autograder.review.answers import Question
from autograder.rubric import Rubric

KEPT = re.compile(r"^(?: *[-*+|>] *|\s*\d+[.)] | {4}|```|\$\$)", re.MULTILINE)


def asked(rubric: Rubric, solution: Path) -> Iterator[Question]:
    """Every question that people may have to grade, in the rubric's order.

    Args:
        solution: its folder.

    Raises:
        MisuseError: the solution has no answers.
    """
    try:
        answers, template = (solution / ANSWERS).read_bytes(), (handout_folder() / ANSWERS).read_bytes()
    except OSError as error:
        raise MisuseError(f"{error.filename} can't be read: {error.strerror}") from error
    asked_for, answered = sections(template), sections(answers)
    by_item = {question.item: question.id for question in in_force().questions}
    read = {check.id: check for check in in_force().read_answers if check.id in rubric.points}
    for item in (*rubric.by_hand, *read):
        name = by_item.get(item, item.partition("-")[2])
        own = {line.strip() for line in answered.get(name, [])}
        text = "\n".join(line for line in asked_for.get(name, []) if line.strip() in own).strip()
        line = rubric.by_hand.get(item)
        title, part = (line.title, line.part) if line is not None else (read[item].title, read[item].part)
        model = answer_to(name, answers, template)
        yield Question(item, title, part, rubric.worth(item), _unwrapped(text), _unwrapped(model))


def _unwrapped(text: str) -> str:
    """*text* with each paragraph in one line; what is a list, a table, a formula or code keeps its lines."""
    return "\n\n".join(part if KEPT.search(part) else " ".join(part.split("\n")) for part in re.split(r"\n\s*\n", text))
