"""The forms of the replies of this homework's probes, by the probe's name: the toolbox's, and its own."""

from __future__ import annotations

from autograder.deep_learning import forms as toolbox
from autograder.grammar import (
    LARGE,
    ArrayForm,
    Form,
    Rule,
    count,
    either,
    fields,
    figure,
    flag,
    listed,
    number,
    of_each,
    only,
    row,
    table,
    text,
    whole,
    word,
)

TINY, TINIER = (706,), (192,)  # weights and statistics of the Trainer's networks (probes/bench.py)
CALLED: dict[str, Rule] = {"changed": flag, "redirected": count}
COUNTED: dict[str, Rule] = {  # of one call of train (probes/tally.py)
    **dict.fromkeys(("passes", "batches", "tested", "forwards", "losses", "backwards", "steps", "idle"), count),
    **dict.fromkeys(("evals", "copies", "uncleared", "inputs", "labels", "outputs"), count),
    "first": table(only("evals", "uncleared", "inputs", "labels"), count, 4),
    "rates": listed(figure, 8),
    **dict.fromkeys(("moved", "settings", "fresh"), flag),
    "factor": figure,
    "kinds": row(*(text(24, "[a-z ]*") for _ in range(3))),
    "order": text(64, "[a-z]*"),
}
OF_TRAIN: dict[str, Rule] = {
    "returned": fields({"type": word, "length": whole(-1, LARGE), "entries": word, "numbers": listed(figure, 8)}),
    "lines": listed(row(whole(0, 999_999), whole(0, 999_999), figure), 8),
    "more": flag,
    "finished": count,
}
OF_TEST: dict[str, Rule] = {
    "returned": either(only(None), figure),
    "type": word,
    "float": flag,
    "fractions": listed(row(whole(0, 999_999), whole(0, 999_999)), 20),
    "percents": listed(number(0, 1000), 20),
    "line": flag,
}

_TRAIN = ("train(1)", "train(1) after test()", "train(2)", "train(1), 1,004 batches")
_TEST = ("test()", "test() again", "test() on many batches")
_CONFUSION = ("compute_conf()", "compute_conf() again", "compute_conf() on many batches")
DURING = {
    **toolbox.DURING,
    **{step: step for step in (*_TRAIN, *_TEST, *_CONFUSION)},
    "train": "Trainer.train",
    "test": "Trainer.test",
    "confusion": "Trainer.compute_conf",
}
RAISED = frozenset(f"Trainer has no method {name}" for name in ("train", "test", "compute_conf"))
FORMS: dict[str, tuple[Form, ...]] = {
    **toolbox.FORMS,
    "train": (
        Form(
            {
                "calls": of_each(COUNTED, "once", "again", "two", "long"),
                **dict(OF_TRAIN),
                "briefly": fields(OF_TRAIN),
                "means": listed(figure, 8),
                "lasts": listed(figure, 8),
                "redirected": count,
            },
            (
                ArrayForm("initial", ("float64",), TINY, finite=True),
                *(ArrayForm(name, ("float64",), TINY) for name in ("once", "twice", "two")),
                ArrayForm("long", ("float64",), TINIER),
                ArrayForm("between", ("float64",), (4, 4)),
            ),
        ),
    ),
    "test": (Form(CALLED | {"calls": row(*(fields(OF_TEST | {"images": only(n)}) for n in (37, 37, 3839)))}),),
    "confusion": (
        Form(
            CALLED | {"returned": word, "dtype": only("int", "float", "other")},
            tuple(ArrayForm(name, ("float64",), 2, 4096, needed=False) for name in ("matrix", "again", "many")),
        ),
    ),
}
