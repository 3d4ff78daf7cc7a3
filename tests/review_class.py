"""A small class for tests of the page on which written answers are graded: three questions, ten answers each."""

from __future__ import annotations

from dataclasses import dataclass

STUDENTS = tuple(f"2026{number:04}" for number in range(1, 11))
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>'


@dataclass(frozen=True)
class Answer:
    """An answer; *like* names its group, which holds together from the threshold *tightest* on."""

    text: str
    like: str = ""
    tightest: float = 0.0
    beside: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    elsewhere: str = ""
    candidates: tuple[str, ...] = ()
    papers: bool = False
    stale: bool = False


@dataclass(frozen=True)
class Question:
    """A question with the answers of ``STUDENTS``, and the rubric's items: text and points."""

    id: str
    title: str
    points: float
    text: str
    model: str
    items: tuple[tuple[str, float], ...]
    answers: tuple[Answer, ...]


MEASURED = ("the network: 98.2 % verified; 62,006 parameters; the solution reaches 98.4 % (sd 0.2, 3 seeds)",)
DIFFERS = ("report.pdf says 99.1 %, and 98.2 % was measured",)

Q1 = Question(
    "1.2-Q1",
    "What if we did not clear the gradients?",
    2,
    "What would happen to the training if the gradients were not cleared before each backward pass?",
    "`backward()` adds to `.grad`, it does not overwrite it. Without clearing, each step would use the sum of the "
    "gradients of all batches so far, most of which were computed at weights that the network no longer has. The steps "
    "would grow and keep pointing in old directions, so the loss would oscillate or diverge.",
    (
        ("Says that gradients add up", 1.0),
        ("Says what that does to the training", 1.0),
        ("Mixes it up with the weights", -0.5),
    ),
    (
        Answer(
            "The gradients would add up over the batches, so each step is too large and points in old directions. "
            "The loss oscillates or diverges.",
            "sum",
            0.28,
            MEASURED,
        ),
        Answer(
            "The gradients add up over all batches, so every step becomes too large and the loss oscillates or "
            "diverges.",
            "sum",
            0.28,
            MEASURED,
            DIFFERS,
        ),
        Answer(
            "Gradients would be accumulated over the batches. The steps are too large, in old directions, and the "
            "loss diverges.",
            "sum",
            0.28,
        ),
        Answer(
            "They add up, so the loss diverges.",
            "short",
            beside=MEASURED,
            evidence=("word for word the same: 1 other",),
        ),
        Answer("They add up,  so the loss diverges", "short", evidence=("word for word the same: 1 other",)),
        Answer("", "empty"),
        Answer(
            "",
            "empty",
            elsewhere="not in answers.md; report.pdf has 2 pages",
            papers=True,
            candidates=("Q1. Gradients accumulate in .grad when they are not cleared.",),
        ),
        Answer(
            "기울기가 배치마다 누적되어 학습이 발산한다. The gradient is accumulated, training diverges.",
            "ko",
            stale=True,
        ),
        Answer("The weights would not be updated any more, because the old gradients block the new ones.", "weights"),
        Answer(f"It trains faster. {HOSTILE}", "hostile", 0, (HOSTILE,), (HOSTILE,), HOSTILE, (HOSTILE,), True),
    ),
)

Q2 = Question(
    "1.2-Q2",
    "Why switch the network to eval mode?",
    2,
    "Why is the network switched to eval mode for testing?",
    "Batch norm and dropout behave differently in the two modes. In eval mode batch norm uses its running statistics "
    "in place of those of the current batch, and dropout is off, so the prediction for an image does not depend on the "
    "other images of its batch. `eval()` does not turn gradients off: that is what `torch.no_grad()` is for.",
    (("Batch norm: running statistics", 1.0), ("Dropout is off", 1.0), ("Thinks that it turns gradients off", -1.0)),
    (
        *(Answer("Dropout is off and batch norm uses its running statistics.", "right") for _ in range(4)),
        Answer("Batch norm uses running statistics in eval mode, and dropout is switched off.", "near", 0.22),
        Answer(
            "In eval mode dropout is switched off and batch norm uses the running statistics it has seen.", "near", 0.22
        ),
        Answer("", "empty"),
        Answer("Because then no gradients are computed, which saves memory.", "grad", 0.31),
        Answer("So that no gradients are computed and memory is saved while testing.", "grad", 0.31),
        Answer("Because testing is not training.", "thin"),
    ),
)

Q3 = Question(
    "1.2-Q3",
    "Does the activation function change the performance?",
    3,
    "Compare experiment 1 (sigmoid) with experiment 2 (ReLU).",
    "Yes, clearly: the derivative of the sigmoid is at most 1/4 and close to 0 where it saturates, so the gradient "
    "that reaches the first layer is small.",
    (("Compares its own figures", 1.0), ("Derivative of the sigmoid", 1.0), ("ReLU passes the gradient", 1.0)),
    (
        *(
            Answer(
                f"Yes. I got {score} % with the sigmoid and {score + 33} % with the ReLU, since the sigmoid saturates.",
                "figures",
                0.33,
                (f"the network: {score}.4 % verified; 8,300 parameters",),
            )
            for score in (50, 51, 52, 49, 53)
        ),
        Answer("Yes, ReLU is better.", "thin"),
        Answer("yes, relu is better", "thin"),
        Answer("", "empty"),
        Answer("", "empty"),
        Answer("No, the accuracy is the same up to noise.", "no"),
    ),
)

QUESTIONS = (Q1, Q2, Q3)

CHECKS = (
    {"id": "1.2a", "title": "the training step", "part": "1.2", "points": 4, "earned": 1, "status": "failed",
     "said": "After two steps the weights are not the expected ones: the gradients of the first step are still there.",
     "seen": "weights[0] after step 2\n  expected  [ 0.1182, -0.0417, 0.0093]\n  seen      [ 0.1241, -0.0502, 0.0171]"},
    {"id": "1.2b", "title": "the test of a network", "part": "1.2", "points": 3, "earned": 3, "status": "passed",
     "said": "The accuracy is right.", "seen": "0.8125 of 64 images"},
    {"id": "1.2c", "title": "the accuracy on hidden images", "part": "1.2", "points": 5, "earned": None,
     "status": "unsettled", "said": "The hand-in has no weights to be tested.", "seen": ""},
    {"id": "1.3a", "title": "the block of layers", "part": "1.3", "points": 4, "earned": 0, "status": "failed",
     "said": f"It raised an error: {HOSTILE}", "seen": HOSTILE},
)  # fmt: skip
