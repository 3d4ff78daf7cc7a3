"""Part 1.2's ``Trainer``: judged by the weights it leaves and the figures it returns, never by its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.case import Case
from autograder.check import Check, Probe
from autograder.compare import ON_THE_CPU, Compare, View
from autograder.evidence import Evidence, Observation, Raised
from autograder.expect import TOLERANCES, distance, same
from autograder.hw1.counted import told
from autograder.hw1.returned import SENTENCES, accuracy_of, confusion_slips, test_slips, train_slips
from autograder.outcome import Outcome, Status

TRAIN = Probe("trainer.train", "train", ("trainer",), "torch", seconds=20)  # the solution takes 0.4 s
TEST = Probe("trainer.test", "test", ("trainer",), "torch", seconds=20)
CONFUSION = Probe("trainer.confusion", "confusion", ("trainer",), "extras", seconds=20)  # drawing it takes 0.2 s

LONG = ("long", "between")  # what is seen of 1,004 batches
FORM_HINT = "The handout says what each method returns and prints."


@dataclass(frozen=True)
class OfTrainer(Compare):
    """Judges one method of ``Trainer``; where its work is right, what it returns and prints is looked at, too.

    Attributes:
        slips: finds slips of form in what is returned and printed, as sentences of our own.
    """

    slips: Callable[[Evidence, Evidence], tuple[str, ...]] = lambda seen, reference: ()

    def __call__(self, case: Case) -> Outcome:
        """Judge by the comparison; a slip costs what the rubric says."""
        outcome = super().__call__(case)
        seen = case.observe(self.probe)
        if outcome.status is not Status.PASSED or not isinstance(seen, Evidence):
            return outcome
        said = self.slips(seen, case.reference(self.probe))
        if said and case.rubric.forms == "points":
            return Outcome(Status.FAILED, said[0], FORM_HINT, remarks=(*outcome.remarks, *said[1:]), shown=said[0])
        return replace(outcome, remarks=(*outcome.remarks, *said))

    def decides(self, seen: Observation) -> View:
        """What is compared; of an exception, in which call it was raised, too."""
        during = {"during": seen.during} if isinstance(seen, Raised) else {}
        return super().decides(seen) | during

    def is_that(self, mine: View, mistake: Mapping[str, Any], reference: View) -> bool:
        """Whether all that was seen is that mistake's.

        The weights after 1,004 batches count where the mistake shows only there: a loop that is wrong from its first
        batch on may diverge, and rounding grows with it. What is printed counts where both print it.
        """
        pairs = zip(mine.get("printed", ()), mistake.get("printed", ()), strict=False)
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            return False
        mine, mistake = _without(mine, ("printed",)), _without(mistake, ("printed",))
        short = _without(mistake, LONG)
        if not same(_without(mine, LONG), short):
            return False
        alike = same(self.deciding(short), self.deciding(_without(reference, LONG)))
        return same(mine, mistake) if alike else True


def _without(view: Mapping[str, Any], names: tuple[str, ...]) -> View:
    return {name: value for name, value in view.items() if name not in names}


def train_view(seen: Evidence) -> View:
    """Weights and statistics after train, test, train, after ``train(2)``, and on the way through 1,004 batches.

    How many batches, backward passes and steps there were, and how many without clearing gradients or in eval mode,
    tells mistakes apart.
    """
    counted = ("batches", "backwards", "steps", "uncleared", "evals")
    counts = {name: [call[what] for what in counted] for name, call in seen.facts["calls"].items()}
    return {name: seen.arrays[name] for name in ("twice", "two", *LONG)} | {"counts": counts}


def explain_train(seen: Evidence, reference: Evidence) -> Outcome:
    """What the loop was seen to do, or else where its weights part from the reference's."""
    apart = {name: distance(seen.arrays[name], reference.arrays[name]) for name in ("once", "twice", "two", "long")}
    figures = tuple(f"{name}: {value:.1e} from the reference" for name, value in apart.items())
    if (found := told(seen, reference)) is not None:
        return Outcome(Status.FAILED, found.reason, found.hint, detail=figures, shown=found.shown)
    right = {name: value <= TOLERANCES["two"] for name, value in apart.items()}
    if right["twice"] and right["two"]:
        reason = "The first batches of an epoch are trained as they should be, but not all of 1,004."
        hint = "Look at what happens every 100 or 500 iterations."
    elif right["once"] and right["two"]:
        reason = (
            "train(1) and train(2) are right; train(1), test(), train(1) should give the same weights, but does not."
        )
        hint = "Look at what is kept from one call to the next, and at what `test()` leaves changed."
    elif right["once"]:
        reason = "train(1) is right, train(2) does not train for two epochs in this way."
        hint = "`epoch` is the number of epochs to run."
    else:
        reason = "The weights after an epoch are not those of the loop that the handout describes."
        hint = "For each batch: zero_grad, forward, loss, backward, step; with the given optimizer and criterion."
    return Outcome(Status.FAILED, reason, hint, detail=figures)


def test_view(seen: Evidence) -> View:
    """The accuracies, and whether the test left the network as it was.

    Of many images a whole percent is compared: some hand-ins print no more. The last fraction that each call printed
    tells mistakes apart.
    """
    printed = [call["fractions"][-1] if call["fractions"] else None for call in seen.facts["calls"]]
    (first, _), (second, _), (many, _) = map(accuracy_of, seen.facts["calls"])
    whole = _rounded(100 * many, 0) if isinstance(many, float) else many
    found = {"accuracy": _rounded(first), "again": _rounded(second), "many": whole}
    return found | {"changed": seen.facts["changed"], "printed": printed}


def _rounded(value: float | str, digits: int = 6) -> float | str:
    return round(value, digits) if isinstance(value, float) else value


def explain_test(seen: Evidence, reference: Evidence) -> Outcome:
    """What came back."""
    view, wanted = test_view(seen), test_view(reference)
    accuracy = view["accuracy"]
    if isinstance(accuracy, str):
        return Outcome(Status.FAILED, f"test returned {accuracy}, wanted the accuracy, a float in [0, 1].")
    if accuracy != wanted["accuracy"]:
        hint = "" if 0 <= accuracy <= 1 else "The accuracy is a fraction in [0, 1]."
        reason = f"test found {accuracy:.4g}, the right count gives {wanted['accuracy']:.4g}."
        return _other_total(seen, reference) or Outcome(Status.FAILED, reason, hint)
    if view["again"] != wanted["again"]:
        reason = "test finds the right accuracy once, but a wrong one when it is called again after more training"
        hint = "Set the counters to 0 at the start of `test`, not in the constructor."
        told = f"{reason}: {view['again']}, wanted {wanted['again']:.4g}."
        return Outcome(Status.FAILED, told, hint, shown=f"{reason}.")
    if view["many"] != wanted["many"]:
        reason = "test finds the right accuracy of five batches, but a wrong one of 120"
        hint = "Look for a `break`, a limit or a number that is written into the loop."
        told = f"{reason}: {view['many']} %, wanted {wanted['many']:g} %."
        return Outcome(Status.FAILED, told, hint, shown=f"{reason}.")
    return Outcome(Status.FAILED, "The accuracy is right, but test changes the network's weights or statistics.")


def _other_total(seen: Evidence, reference: Evidence) -> Outcome | None:
    """Where the printed line has the right count over another number than that of the images."""
    printed, wanted = test_view(seen)["printed"][0], test_view(reference)["printed"][0]
    if printed is None or wanted is None or printed[0] != wanted[0] or printed[1] == wanted[1]:
        return None
    said = "test counts the right answers, but does not divide by the number of images"
    reason = f"{said}: by {printed[1]}, wanted {wanted[1]}."
    return Outcome(Status.FAILED, reason, "Add up `labels.size(0)`, batch by batch.", shown=f"{said}.")


def confusion_view(seen: Evidence) -> View:
    """The matrices, and whether computing them left the network as it was."""
    return {name: seen.arrays.get(name) for name in ("matrix", "again", "many")} | {"changed": seen.facts["changed"]}


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
        return _later_matrices(seen, reference)
    reason = f"The matrix counts {matrix.sum():g} images and {matrix.trace():g} right ones, "
    reason += f"wanted {wanted.sum():g} and {wanted.trace():g}."
    if matrix.sum() == wanted.sum() and matrix.trace() == wanted.trace():
        reason = f"{int((matrix != wanted).sum())} of the 100 counts are wrong, the total and the diagonal are right."
    return Outcome(Status.FAILED, reason, "Rows are the true class, columns the predicted one; count each image once.")


def _later_matrices(seen: Evidence, reference: Evidence) -> Outcome:
    """Where the first matrix is right."""
    for name, reason, hint in (
        ("again", "is called a second time", "Make the matrix of zeros at the start of `compute_conf`, each time."),
        ("many", "counts 120 batches", "Look for a `break`, a limit, or entries too small for counts above 255."),
    ):
        matrix, wanted = seen.arrays.get(name), reference.arrays[name]
        if matrix is None or matrix.shape != wanted.shape or not (matrix == wanted).all():
            shown = f"The matrix is right once, but wrong when compute_conf {reason}."
            total = f" It counts {matrix.sum():g} images, wanted {wanted.sum():g}." if matrix is not None else ""
            return Outcome(Status.FAILED, shown + total, hint, shown=shown)
    return Outcome(Status.FAILED, "The matrix is right, but computing it changes the network's weights or statistics.")


def remarks(seen: Evidence) -> tuple[str, ...]:
    """A remark, if a GPU was asked for."""
    if seen.facts.get("redirected"):
        return (ON_THE_CPU,)
    return ()


TRAINS = Check(
    "1.2a",
    "Trainer.train trains",
    "1.2",
    OfTrainer("1.2a", TRAIN, train_view, explain_train, remarks, tells=("counts",), slips=train_slips),
    turn=3,
    about="trainer.Trainer.train",
    unknown="Trainer.train does not leave the weights of the loop that the handout describes.",
    remarks=SENTENCES,
)

CHECKS = (
    TRAINS,
    Check(
        "1.2b",
        "Trainer.test finds the accuracy in eval mode",
        "1.2",
        OfTrainer("1.2b", TEST, test_view, explain_test, remarks, tells=("printed",), slips=test_slips),
        turn=3,
        about="trainer.Trainer.test",
        unknown="Trainer.test does not find the accuracy, or changes the network.",
        remarks=SENTENCES,
    ),
    Check(
        "1.2c",
        "Trainer.compute_conf counts true against predicted classes",
        "1.2",
        OfTrainer("1.2c", CONFUSION, confusion_view, explain_confusion, remarks, slips=confusion_slips),
        turn=4,
        about="trainer.Trainer.compute_conf",
        unknown="Trainer.compute_conf does not count true against predicted classes, or changes the network.",
        remarks=SENTENCES,
    ),
)
