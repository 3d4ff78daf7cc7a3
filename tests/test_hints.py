"""The commonest exceptions, raised by torch itself, have a hint of ours; figures of both sides stand beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from conftest import write_hand_in
from torch import nn
from torch.nn import functional as F  # noqa: N812

from autograder.discretion import for_students
from autograder.evidence import Frame, Raised
from autograder.failed import broken
from autograder.hints import HINTS, hint_for, sides
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status
from autograder.render.page_lines import Look, closing_lines
from autograder.report import Report

X, LABELS = torch.zeros(4, 3, 8, 8), torch.zeros(4, dtype=torch.long)


class NoInit(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(2, 2)


class Two(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.fc = nn.Linear(a, 2)

    def forward(self, x):
        return self.fc1(x)


class Nothing(nn.Module):
    def fowrard(self, x):
        return x


def in_place():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    y += 1
    y.sum().backward()


def twice():
    loss = (torch.ones(3, requires_grad=True) ** 2).sum()
    loss.backward()
    loss.backward()


def unbound():
    if LABELS.any():
        total = 1
    return total


RAISING = {
    "flattened": lambda: nn.Linear(512, 512)(torch.zeros(64, 16)),
    "out_channels of what comes before": lambda: nn.Conv2d(5, 6, 3)(X),
    "num_features": lambda: nn.BatchNorm2d(7)(X),
    "Do not write a batch size": lambda: X.view(64, 512),
    "`reshape`": lambda: X.permute(0, 2, 3, 1).view(4, -1),
    "number of dimensions": lambda: nn.Conv2d(3, 6, 3)(X.flatten(1)),
    "(N, C, H, W)": lambda: nn.BatchNorm2d(3)(X.flatten(1)),
    "one value a channel": lambda: nn.BatchNorm1d(3)(torch.zeros(1, 3)),
    "smaller than the filter": lambda: nn.Conv2d(3, 6, 9)(X),
    "different shapes": lambda: torch.zeros(4, 3) + torch.zeros(4, 2),
    "number of rows": lambda: F.cross_entropy(torch.zeros(8, 10), LABELS),
    "out_features is 10": lambda: F.cross_entropy(torch.zeros(4, 3), LABELS + 9),
    "fewer dimensions": lambda: LABELS.sum(3),
    "not a tensor": lambda: nn.Linear(2, 2)(None),
    "Two dtypes": lambda: nn.Linear(2, 2)(torch.zeros(2, 2, dtype=torch.float64)),
    "labels int64": lambda: F.cross_entropy(torch.zeros(4, 10), LABELS.int()),
    "in place": in_place,
    "once for each forward": twice,
    "No gradient flows": lambda: torch.zeros(3).sum().backward(),
    "mean loss": lambda: torch.ones(3, requires_grad=True).exp().backward(),
    ".detach().cpu().numpy()": lambda: torch.ones(3, requires_grad=True).numpy(),
    "super().__init__()": NoInit,
    "def __init__": lambda: Two(),
    "with the wrong arguments": lambda: Two(3, 4),
    "does not set this name on `self`": lambda: Two(3)(X),
    "Something is None": lambda: None.shape,
    "spelt exactly so": lambda: Nothing()(X),
    "forward takes `self`": lambda: Two(3)(X, X),
    "A function is called": lambda: in_place(1),
    "neither a function nor a layer": lambda: LABELS.shape(X),
    "not defined anywhere": lambda: undefined_name,  # noqa: F821
    "on this path": unbound,
    "calls itself endlessly": lambda: (lambda f: f(f))(lambda f: f(f)),
}


def raised(call, where=()) -> Raised:
    try:
        call()
    except Exception as error:  # noqa: BLE001  whatever it is
        return Raised(type(error).__name__, str(error), where, "forward")
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("words", RAISING)
def test_the_usual_exceptions_have_a_hint_without_a_figure_of_theirs(words):
    seen = raised(RAISING[words])
    hint = hint_for(seen.kind, seen.message)
    assert words in hint, (seen, hint)
    outcome = broken(seen)
    assert (outcome.status, outcome.hint) == (Status.FAILED, hint)
    assert seen.message[:40] not in outcome.shown


def test_other_exceptions_have_none():
    assert hint_for("ValueError", "no") == ""
    assert hint_for("Own", "mat1 and mat2 shapes cannot be multiplied") == ""
    assert len({hint.sentence for hint in HINTS}) <= 45  # what a hand-in can say by its choice


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("flattened", "64 x 16 against 512 x 512"),
        ("out_channels of what comes before", "wants 5 channels, gets 3"),
        ("num_features", "gets 3 channels, is made for 7"),
        ("Do not write a batch size", "768 values do not fit into (64, 512)"),
        ("number of rows", "8 rows, 4 labels"),
        ("different shapes", "3 against 2"),
        ("Something is None", ""),
    ],
)
def test_the_shapes_on_both_sides_are_told(words, told):
    seen = raised(RAISING[words])
    assert sides(seen.message) == told
    assert told in broken(seen).reason
    assert not any(character.isdigit() for character in broken(seen).shown)


def test_the_innermost_and_the_outermost_line_are_told():
    frames = (Frame("a.py", 3, "f", "g(x)"), Frame("b.py", 5, "g", "h(x)"), Frame("b.py", 9, "h", "1 / 0"))
    seen = Raised("ZeroDivisionError", "division by zero", frames, "forward", "VGG19.block3 (ConvBlock2), conv2")
    wanted = "ZeroDivisionError: division by zero in forward (b.py, line 9: 1 / 0; called from a.py, line 3; "
    assert broken(seen).reason == wanted + "in VGG19.block3 (ConvBlock2), conv2)."
    assert "block3" not in broken(seen).shown


NET = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, wide):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, 16), nn.Linear(wide, 10))

    def forward(self, x):
        return self.layers(x)


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = Block(16)
        self.block2 = Block(17)

    def forward(self, x):
        return self.again(x.flatten(1))

    def again(self, x):
        return self.block1(x) + self.block2(x)
"""


def test_the_block_of_a_nested_network_is_named_and_a_secret_seed_shows_the_hint_alone(grade_folder, tmp_path):
    folder = write_hand_in(
        tmp_path / "20260042", {"mnist.py": NET + "\nprint('made by \\x1b[31m hand', *range(60), sep='\\n')\n"}
    )
    checks = tuple(check for check in CHECKS if check.id == "1.1-structure")
    report = grade_folder(folder, checks=checks)
    (outcome,) = (line.outcome for line in report.lines if line.id == "1.1-structure")
    assert "(mnist.py, line 12: return self.layers(x); called from mnist.py, line 22; " in outcome.reason
    assert "in MNIST_Net.block2 (Block), layers.1): 2 x 16 against 17 x 10." in outcome.reason
    assert outcome.hint.startswith("A linear layer takes (N, in_features)")
    secret = for_students(replace(report, fingerprint={"seed": "secret"}))
    (shown,) = (line.outcome for line in secret.lines if line.id == "1.1-structure")
    assert (shown.reason, shown.hint) == ("RuntimeError in forward.", outcome.hint)
    assert report.printed.startswith("made by [31m hand\n0\n1\n")
    assert Report.from_json(report.to_json()).printed == for_students(report).printed == report.printed
    assert secret.printed == ""
    said = list(closing_lines(report, Look(verbose=True)))
    assert "  made by [31m hand" in said and "  ... 21 more lines; --json shows them" in said
    assert not any("made by" in line for line in closing_lines(report))
