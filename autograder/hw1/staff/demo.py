"""A few made-up hand-ins, so that one can see what grading looks like."""

from __future__ import annotations

# Student ids are made up. Each hand-in is the solution with the named mistakes in it.
HAND_INS: dict[str, tuple[str, ...]] = {
    "20260001": (),
    "20260003": ("train-no-zero-grad",),
    "20260004": ("test-no-eval-mode", "vgg19-squeeze"),
    "20260005": ("convblock1-batch-norm-after-relu", "exp7-batch-norm-after-relu"),
    "20260006": ("mnist-net-softmax", "pretrained-vgg-frozen-features"),
}
UNTOUCHED = "20260002"  # the handout as it is
UNTRAINED = ("2.2a",)  # it takes minutes even on the embedded data
