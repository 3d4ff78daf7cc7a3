"""The forms of the replies of this homework's probes, by the probe's name: the toolbox's, and its own."""

from __future__ import annotations

from autograder.deep_learning import forms as toolbox
from autograder.grammar import ArrayForm, Form, flag, listed, row, shape, word

TWO, FOUR = row(flag, flag), row(flag, flag, flag, flag)
LOGITS, PARAMETERS = (8, 4), (6 * 5 + 5 + 5 * 4 + 4,)

FORMS = {
    **toolbox.FORMS,
    "mlp_init": (Form({"shapes": listed(shape, 4), "leaves": FOUR, "spread": TWO, "biases": TWO}),),
    "mlp_forward": (
        Form(
            {"returned": word},
            (
                ArrayForm("logits", ("float32",), LOGITS, needed=False),
                ArrayForm("gradients", ("float32",), PARAMETERS, needed=False),
            ),
        ),
    ),
    "mlp_step": (
        Form(
            {"returned": word},
            (
                ArrayForm("losses", ("float32",), (4,), needed=False),
                ArrayForm("after", ("float32",), PARAMETERS, needed=False),
            ),
        ),
    ),
}
