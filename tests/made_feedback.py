"""A report drawn by hand in which something of everything stands: what tests and pictures of its page show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from autograder.evidence import Origin
from autograder.hw1.checks import CHECKS
from autograder.late import KNOWN, Lateness, rules_of
from autograder.learnt import Learnt
from autograder.outcome import Outcome, Status
from autograder.report import BY_DECISION, Line, Passage, Report, Written, make_report
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
RULES = rules_of({"due": "2026-03-31T23:59:00+09:00", "percent": 10})
DIGITS = tuple("0123456789")
TRAINER = """\
    def train(self, epoch):
        for _ in range(epoch):
            for images, labels in self.trainloader:
                loss = self.criterion(self.net(images), labels)
                loss.backward()
                self.optimizer.step()
        print("Finished Training")
"""
BLOCK = "class ConvBlock1(nn.Module):\n    def __init__(self, inputs, outputs):\n        super().__init__()\n"
TABLE = (
    ("conv1", "weight 64 x 3 x 3 x 3, bias 64", "weight 64 x 3 x 3 x 3"),
    ("norm1", "weight 64, bias 64", "weight 64, bias 64"),
    ("conv2", "weight 64 x 64 x 3 x 3, bias 64", ""),
    ("linear1", "", "weight 10 x 64, bias 10"),
)
MOTIVATION = """\
Two convolutions find **edges** and corners, and pooling makes the network forget *where* they are:

$$\\hat y = \\operatorname{argmax}_k \\, W_2 \\, \\max(0, W_1 x + b_1)$$

- $3 \\times 3$ filters have few parameters;
- dropout with $p = \\frac{1}{4}$ keeps $\\|W\\|_2$ small.

| network | accuracy |
|---|---|
| one layer | 92.1 % |
| mine | 98.4 % |
"""


def passage(where: str, text: str, first: int = 1, more: int = 0) -> Passage:
    return Passage(where, tuple(enumerate(text.splitlines(), first)), more)


def confusion() -> tuple[tuple[int, ...], ...]:
    """Of 10,000 images 9,840 are right; 4 is taken for 9 most often."""
    rows = [[0] * 10 for _ in range(10)]
    for true in range(10):
        for step, count in ((1, 5), (3, 3), (5, 2)):
            rows[true][(true + step) % 10] = count
    rows[4][9] = 62
    for true in range(10):
        rows[true][true] = 1000 - sum(rows[true])
    return tuple(map(tuple, rows))


def learnt(training: str = "1.1", accuracy: float = 0.984, **changes) -> Learnt:
    losses = ((1.9, 0.8, 0.45, 0.36), (0.31, 0.27, 0.24, 0.22), (0.2, 0.19, 0.17, 0.16), (0.15, 0.14, 0.14, 0.13))
    epochs = tuple(accuracy - gap for gap in (0.06, 0.02, 0.006, 0.0))
    on = "MNIST (60,000 training images, 10,000 test images)"
    made = Learnt(training, on, epochs, losses, confusion(), DIGITS, 23_860, expected=(accuracy - 0.004, 0.002))
    return replace(made, **changes)


OUTCOMES = {
    "1.1-accuracy": Outcome(
        Status.PASSED,
        remarks=(
            "Verified: 98.4 % (9840 of 10000) with the checkpoint that was handed in, on MNIST; wanted 98 %. "
            "Its origin is not proven.",
        ),
        shown="Verified: at least 98 % with the checkpoint that was handed in; wanted 98 %. Its origin is not proven.",
    ),
    "1.2a": Outcome(
        Status.FAILED,
        "Trainer.train: your weights after two epochs are those of a loop that never clears its gradients. "
        "Call `optimizer.zero_grad()` before `loss.backward()`, for each batch.",
        mistake="train-no-zero-grad",
        detail=("The weights differ from the reference's after 2 steps: 0.31, wanted at most 1e-05.",),
    ),
    "2.1a": Outcome(
        Status.FAILED,
        "conv1 has no bias, so that 64 parameters are missing.",
        "Leave `bias` at its default.",
        detail=("conv1 has no bias: -64",),
        table=TABLE,
    ),
    "2.1b": Outcome(Status.STOPPED, "Stopped: running the network took more than 20 s.", "Look for a loop."),
    "2.1c-shapes": Outcome(Status.TODO, "To do: VGG19."),
    "2.1c-count": Outcome(Status.TODO, "To do: VGG19."),
    "2.1c-function": Outcome(Status.TODO, "To do: VGG19."),
    "2.2a-accuracy": Outcome(
        Status.UNSETTLED,
        "Not settled: it is not trained here, and there is no checkpoint.",
        "Run `hw1 train 2.2a` and hand in the checkpoint.",
        shown="Not settled: it is not trained here, and there is no checkpoint that counts.",
    ),
}


def made_report(seed: str = "public", **outcomes: Outcome) -> Report:
    """The report; *outcomes* by check, in the place of those above."""
    passed = {check.id: Outcome(Status.PASSED) for check in CHECKS}
    about = {"hw1": "0.2.0", "seed": seed, "torch": "2.9", "python": "3.12", "isolation": "strong", "basis": "b"}
    texts = {"1.1-E1": MOTIVATION, "1.1-E2": "A *4* looks like a 9: 62 times."}
    written = [Written(name, texts.get(name, "An answer."), ("Exp1: 23,860 parameters",)) for name in RUBRIC.by_hand]
    report = make_report(
        *("20260001", "digest", CHECKS, {**passed, **OUTCOMES, **outcomes}, RUBRIC),
        *(("a remark for staff",), about, ("link.py is a link and was not read",), written),
    )
    marked = {
        "1.1-E1": Outcome(Status.MARKED, "Good; say why the filters are small.", points=1.5),
        "1.2c": Outcome(Status.MARKED, "1 point by the staff's decision: right but for a typing error", points=1.0),
    }
    lines = [replace(line, outcome=marked.get(line.id, line.outcome)) for line in report.lines]
    bonus = Outcome(Status.MARKED, "1 point by the staff's decision: found a mistake in the handout", points=1.0)
    lines.append(Line("bonus", "beside the checks", BY_DECISION, 0.0, bonus))
    trained = [learnt(), *(learnt(f"1.2.{n}", 0.5 + 0.05 * n, confusion=()) for n in (1, 2, 3, 6, 9))]
    return replace(
        report,
        lines=tuple(lines),
        late=Lateness(RULES, int((RULES.due + timedelta(hours=3)).timestamp()), KNOWN),
        passages={
            "trainer.Trainer.train": passage("trainer.py", TRAINER, 12),
            "vgg.ConvBlock1": passage("hw1-2.ipynb, cell 5", BLOCK, 3, more=7),
        },
        learnt=tuple(trained),
        notes=((Origin("hw1-2.ipynb", 7, 1), "`%matplotlib inline` was left out"),),
        printed="[1, 500] loss: 0.412\nFinished Training",
    )
