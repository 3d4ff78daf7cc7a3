"""Part 1.2's ``Trainer``: judged by the weights it leaves and the figures it returns, never by its source."""

from __future__ import annotations

from typing import Any

from autograder.check import Check, Probe
from autograder.checks.compare import Compare, View
from autograder.evidence import Evidence
from autograder.expect import TOLERANCES, distance
from autograder.outcome import Outcome, Status

TRAIN = Probe("trainer.train", "train", ("trainer",), "full", seconds=20)  # the solution takes 0.05 s
TEST = Probe("trainer.test", "test", ("trainer",), "full", seconds=20)
CONFUSION = Probe("trainer.confusion", "confusion", ("trainer",), "extras", seconds=20)  # drawing it takes 0.2 s


def train_view(seen: Evidence) -> View:
    """Weights and statistics after train, test, train, and after ``train(2)``."""
    return {"twice": seen.arrays["twice"], "two": seen.arrays["two"]}


def explain_train(seen: Evidence, reference: Evidence) -> Outcome:
    """Which of the two ways of training for two epochs is off."""
    apart = {name: distance(seen.arrays[name], reference.arrays[name]) for name in ("once", "twice", "two")}
    figures = tuple(f"{name}: {value:.1e} from the reference" for name, value in apart.items())
    if distance(seen.arrays["once"], seen.arrays["initial"]) == 0:
        reason, hint = "The weights did not move in an epoch.", "Does each batch reach optimizer.step()?"
    elif apart["once"] <= TOLERANCES["two"] < apart["two"]:
        reason = "train(1) is right, train(2) does not train for two epochs in the same way."
        hint = "`epoch` is the number of epochs to run."
    elif apart["two"] <= TOLERANCES["two"]:
        reason = "train(2) is right; train(1), test(), train(1) should give the same weights and does not."
        hint = "Call `net.train()` at the start of train: test() leaves eval mode on."
    else:
        reason = "The weights after an epoch are not those of the loop that the handout describes."
        hint = "For each batch: zero_grad, forward, loss, backward, step; with the given optimizer and criterion."
    return Outcome(Status.FAILED, reason, hint, detail=figures)


def accuracy_of(seen: Evidence) -> float | str:
    """The accuracy that ``test`` returned or, if it returned nothing, printed; otherwise what came instead."""
    returned, images = seen.facts["returned"], seen.facts["images"]
    if isinstance(returned, str):
        return f"a {returned}"
    if returned is not None:
        return round(float(returned), 6)
    for right, total in reversed(seen.facts["fractions"]):
        if total == images:
            return round(float(right / total), 6)
    if not seen.facts["percents"]:
        return "nothing"
    percent = float(seen.facts["percents"][-1])
    nearest = round(percent * images / 100)
    rounded = abs(100 * nearest / images - percent) <= 0.5  # to a whole percent, as the handout prints it
    return round(float(nearest / images if rounded else percent / 100), 6)


def test_view(seen: Evidence) -> View:
    """The accuracy, and whether the test left the network as it was."""
    return {"accuracy": accuracy_of(seen), "changed": seen.facts["changed"]}


def explain_test(seen: Evidence, reference: Evidence) -> Outcome:
    """What came back."""
    accuracy = accuracy_of(seen)
    if isinstance(accuracy, str):
        return Outcome(Status.FAILED, f"test returned {accuracy}, wanted the accuracy, a float in [0, 1].")
    if accuracy == accuracy_of(reference):
        return Outcome(Status.FAILED, "The accuracy is right, but test changes the network's weights or statistics.")
    hint = "" if 0 <= accuracy <= 1 else "The accuracy is a fraction in [0, 1]."
    return Outcome(
        Status.FAILED, f"test found {accuracy:.4g}, the right count gives {accuracy_of(reference):.4g}.", hint
    )


def confusion_view(seen: Evidence) -> View:
    """The matrix, and whether computing it left the network as it was."""
    return {"matrix": seen.arrays.get("matrix"), "changed": seen.facts["changed"]}


def explain_confusion(seen: Evidence, reference: Evidence) -> Outcome:
    """What the matrix has instead."""
    matrix: Any = seen.arrays.get("matrix")
    wanted: Any = reference.arrays["matrix"]
    if matrix is None:
        reason = f"compute_conf returned a {seen.facts['returned']}, wanted a 10 x 10 matrix."
        if seen.facts["returned"] == "NoneType":
            reason = "compute_conf returned nothing and printed no 10 x 10 matrix."
        return Outcome(Status.FAILED, reason)
    if matrix.shape != wanted.shape:
        return Outcome(Status.FAILED, f"The matrix is {' x '.join(map(str, matrix.shape))}, wanted 10 x 10.")
    if (matrix == wanted).all():
        return Outcome(
            Status.FAILED, "The matrix is right, but computing it changes the network's weights or statistics."
        )
    reason = f"The matrix counts {matrix.sum():g} images and {matrix.trace():g} right ones, "
    reason += f"wanted {wanted.sum():g} and {wanted.trace():g}."
    if matrix.sum() == wanted.sum() and matrix.trace() == wanted.trace():
        reason = f"{int((matrix != wanted).sum())} of the 100 counts are wrong, the total and the diagonal are right."
    return Outcome(Status.FAILED, reason, "Rows are the true class, columns the predicted one; count each image once.")


def remarks(seen: Evidence) -> tuple[str, ...]:
    """A GPU that was asked for, a result that was not returned."""
    said = []
    if seen.facts.get("redirected"):
        said.append("Asks for a GPU without looking whether there is one; it was graded on the CPU all the same.")
    if "images" in seen.facts and seen.facts["returned"] is None:
        said.append("test returns nothing: judged by what it prints. The handout asks it to return the accuracy, too.")
    return tuple(said)


TRAINS = Check(
    "1.2a", "Trainer.train trains", "1.2", Compare("1.2a", TRAIN, train_view, explain_train, remarks), turn=3
)

CHECKS = (
    TRAINS,
    Check(
        "1.2b",
        "Trainer.test finds the accuracy in eval mode",
        "1.2",
        Compare("1.2b", TEST, test_view, explain_test, remarks),
        turn=3,
    ),
    Check(
        "1.2c",
        "Trainer.compute_conf counts true against predicted classes",
        "1.2",
        Compare("1.2c", CONFUSION, confusion_view, explain_confusion, remarks),
        turn=4,
    ),
)
