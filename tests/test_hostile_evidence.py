"""Whatever a reply of the right form holds, no judge raises over it and none is passed by it."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from asked import Ask, answering
from conftest import setup_of

from autograder.case import Case
from autograder.compare import Compare
from autograder.deep_learning.accuracy import Accuracy
from autograder.deep_learning.data import Dataset
from autograder.deep_learning.floors import Floors, Measured
from autograder.deep_learning.forms import OUTPUT
from autograder.deep_learning.proven import initial_probe
from autograder.evidence import Evidence
from autograder.hw1.checks import CHECKS
from autograder.hw1.forms import TINIER
from autograder.hw1.mnist import STRUCTURE
from autograder.outcome import Outcome, Status
from autograder.recording import load_recording
from autograder.rubric import read_rubric
from autograder.sandbox.forms import misfit
from autograder.submission import Submission

ROUNDS = 60  # hostile hand-ins for each check
RUBRIC = read_rubric()
RECORDING = load_recording()
LABELS = np.arange(100, dtype=np.int64) % 10
DIGITS = Dataset("digits", "the digits", *(np.zeros((100, 28, 28), np.uint8), LABELS) * 2)
SHAPES = Dataset("shapes", "the shapes", *(np.zeros((100, 32, 32, 3), np.uint8), LABELS) * 2)
DATA = {"mnist": DIGITS, "cifar10": SHAPES}
MEASURED = {
    (check.judge.training.id, DATA[check.judge.training.data].name): Measured((0.93, 0.95), "", "", "", 1)
    for check in CHECKS
    if isinstance(check.judge, Accuracy)
}

WORDS = [
    "",
    "x",
    "\x00\x1b[31m\r\n",
    "returned",
    "rows mixed",
    "dtype",
    "\u202e",
    "é" * 300,
    "{}%s{0}",
    "' \" <script>",
]
SIZES = [0, 1, 2, 3, 8, 10, 784, 1 << 31, 1 << 53]
ODD = [float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1.0, -1.0, 1e-300, 1e308, -1e308]
KINDS = ["conv", "linear", "norm", "", "conv2", "9", "max-pool", "flatten", "ReLU", *WORDS]
PARTS = ["weight", "bias", "mean", "var", "argument 3", "", *WORDS[:4]]


class Liar:
    """Draws replies of the right form with the worst that the form allows."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)  # noqa: S311  examples, not secrets
        self.numpy = np.random.default_rng(seed)

    def reply(self, ask: Ask) -> Evidence:
        """An answer to *ask*."""
        facts, arrays = getattr(self, f"_{ask.probe.call}".replace("_pretrained", "_network"))(ask)
        assert misfit(ask.probe.call, facts, arrays) == ""
        return Evidence(facts, arrays)

    def _one(self, values: list) -> object:
        return self.random.choice(values)

    def _some(self, made: object, most: int = 6) -> list:
        return [made() for _ in range(self.random.choice([0, 1, 2, most]))]

    def _flag(self) -> bool:
        return self.random.random() < 0.5

    def _word(self) -> str:
        return self._one(WORDS)

    def _shape(self) -> list[int]:
        return [self._one(SIZES) for _ in range(self.random.randrange(9))]

    def _array(self, *shape: int, dtype: str = "float64", finite: bool = False) -> np.ndarray:
        values = [one for one in ODD if not finite or (abs(one) <= 1e300 and one == one)]
        with np.errstate(over="ignore"):
            wild = self.numpy.choice(values, shape).astype(dtype)
            tame = self.numpy.normal(size=shape).astype(dtype)
            even = np.full(shape, self._one(values), dtype)
        return self._one([wild, tame, even])

    def _source(self, ask: Ask) -> tuple[dict, dict]:
        error = self._one([None, [0, ""], [1 << 53, self._word()[:200]]])
        stubs = self._some(lambda: [self._word(), self._word()[:200]])
        foreign = self._some(lambda: [self._one(SIZES), self._word()[:60]], 20)
        facts = {"error": error, "names": self._some(self._word, 200), "stubs": stubs, "maybe": self._flag()}
        return {**facts, "newer": None, "foreign": foreign}, {}

    def _network(self, ask: Ask) -> tuple[dict, dict]:
        role = lambda: f"{self._one(KINDS)}.{self._one(PARTS)}"[:300]  # noqa: E731
        layer = lambda: [  # noqa: E731
            self._one(KINDS),
            {self._one(PARTS): self._shape() for _ in range(3)},
            self._shape(),
            self._flag(),
        ]
        reference = RECORDING.reference.get(ask.probe.id)
        layers = [layer(), *self._some(layer, 200)]
        uses = self._some(lambda: [role(), self._shape(), self._word(), 0], 200)
        if reference is not None and self._flag():
            # Not all of them: who claims the right parameters, each with an effect, has the right count.
            layers, uses = list(reference.facts["layers"]), list(reference.facts["uses"])[: self._one([-1, 5])]
        flags = lambda: [self._one([True, self._flag()]) for _ in uses]  # noqa: E731
        facts = {
            "kept": flags(),
            "too_large": self._flag() and self._flag(),
            "redirected": self._one(SIZES),
            "uses": uses,
            "layers": layers,
            "settings": [self._one([{}, {"stride": self._word(), "training": "True"}]) for _ in layers],
            "steps": self._some(lambda: [self._one(KINDS), self._shape()], 400),
            "unused": self._some(lambda: [self._word(), self._shape()]),
            "unregistered": self._one(SIZES[1:]),
            "requires_grad": flags(),
            "backwards": self._some(self._word),
            "borrowed": self._some(self._word),
            "stand_ins": self._one(SIZES),
        }
        if ask.probe.params.get("effects") or self._flag():
            facts["effects"] = flags()
        if self.random.random() < 0.2:
            return {**facts, "returned": self._word()}, {}
        shapes = [[1, 10], [8, 10], [10], [1], [8], [0, 10], [8, 0], [1, 1 << 20], [8, 6, 6, 6], [1, 6, 6, 6], [1] * 8]
        facts |= {"learns": flags(), "repeatable": False, "finite": self._flag()}
        facts |= {"dtype": self._one(["float32", "float32", "float64", "bool", "complex64", "0"])}
        facts |= {
            "shape1": self._one([[1, 10], [1, 10], [], *shapes]),
            "shape8": self._one([[8, 10], [8, 10], *shapes]),
        }
        if self._flag():
            facts["depends"] = self._flag()
        if facts["too_large"]:
            return facts, {}
        finite = facts["finite"] and facts["dtype"] == "float32"
        arrays = {
            name: self._output(shape, finite)
            for name, shape in (("eval1", facts["shape1"]), ("eval8", facts["shape8"]), ("train8", self._one(shapes)))
            if np.prod(shape, dtype=object) <= OUTPUT
        }
        buffers = sum(use[0] in ("norm.mean", "norm.var") for use in uses)
        first = self._array(self._one([0, 2]))
        if reference is not None and self._flag():
            first = reference.arrays["first"].astype(float)
        return facts, arrays | {"running": self._array(buffers, 2), "first": first}

    def _candidates(self, ask: Ask) -> tuple[dict, dict]:
        outputs = self._tried(self._one([0, 1, 5]))
        facts = {"ways": len(outputs), "all": self._flag(), "hidden": self._flag()}
        return facts, {"outputs": outputs} if len(outputs) else {}

    def _edited(self, ask: Ask) -> tuple[dict, dict]:
        ran = [self._flag() for _ in self._one([ask.probe.params["variants"], range(3)])]
        outputs = self._tried(sum(ran))
        return {"ran": ran}, {"outputs": outputs} if len(outputs) else {}

    def _tried(self, number: int) -> np.ndarray:
        return self._array(number, 8, *self._one([(10,), (10,), (6, 6, 6), ()]), dtype="float32")

    def _output(self, shape: list[int], finite: bool) -> np.ndarray:
        """Also with the greatest number there is, with zeros and with rows that sum to one."""
        values = [np.float32(value) for value in (3e38, -3e38, 0, 0.1, 1e-45, 1)]
        made = self.numpy.choice(values, shape).astype(np.float32)
        return made if finite else self._one([made, self._array(*shape, dtype="float32")])

    def _train(self, ask: Ask) -> tuple[dict, dict]:
        facts = {"calls": {name: self._counted() for name in ("once", "again", "two", "long")}, **self._told()}
        facts |= {"briefly": self._told(), "redirected": self._one(SIZES)}
        facts |= {name: self._some(lambda: self._one(ODD), 8) for name in ("means", "lasts")}
        arrays = {name: self._array(706) for name in ("once", "twice", "two")}
        arrays |= {"long": self._array(*TINIER), "between": self._array(4, 4)}
        if self._flag():  # the reference's, so that what is told beside it is looked at
            arrays = {name: value.astype(float) for name, value in RECORDING.reference[ask.probe.id].arrays.items()}
            arrays["long"] = self._array(*TINIER)
        return facts, {**arrays, "initial": self._array(706, finite=True)}

    def _told(self) -> dict:
        """What ``train`` returned and printed."""
        kind = self._one([*WORDS, "list", "list", "NoneType"])
        returned = {"type": kind, "length": self._one([-1, 0, 1, 2, 2, *SIZES]), "entries": self._word()}
        lines = self._some(lambda: [self._one([0, 1, 1]), self._one([500, 1000, 999_999]), self._one(ODD)], 8)
        numbers = self._some(lambda: self._one(ODD), 8)
        ends = {"more": self._flag(), "finished": self._one(SIZES)}
        return {"returned": {**returned, "numbers": numbers}, "lines": lines, **ends}

    def _counted(self) -> dict:
        names = ("passes", "batches", "tested", "forwards", "losses", "backwards", "steps", "idle", "evals", "copies")
        names += ("uncleared", "inputs", "labels", "outputs")
        words = ["", "", "flipped", "noisy", "raised", "clamped", "of another loss", "zzz"]
        return {
            **{name: self._one([0, 0, 5, 10, 1004, *SIZES]) for name in names},
            "first": self._one([{}, {"evals": 0}, {"inputs": 1 << 53, "labels": 3}]),
            "rates": self._some(lambda: self._one([0.05, 0.05, *ODD]), 8),
            **{name: self._flag() for name in ("moved", "settings", "fresh")},
            "factor": self._one([1.0, 1.0, *ODD]),
            "kinds": [self._one(words) for _ in range(3)],
            "order": self._one(["", "dflbs"]),
        }

    def _test(self, ask: Ask) -> tuple[dict, dict]:
        calls = [
            {
                "images": images,
                "returned": self._one([None, None, -(1 << 63), *ODD]),
                **{"type": self._one([*WORDS, "NoneType", "float"]), "float": self._flag(), "line": self._flag()},
                "fractions": self._some(lambda: [self._one([0, 37, 999_999]), self._one([0, 36, 37, 3839])], 20),
                "percents": self._some(lambda: self._one([0, 1000, 999.999, 1e-300, 0.5]), 20),
            }
            for images in (37, 37, 3839)
        ]
        return {"calls": calls, "changed": self._flag(), "redirected": self._one(SIZES)}, {}

    def _confusion(self, ask: Ask) -> tuple[dict, dict]:
        facts = {"returned": self._one([*WORDS, "NoneType"]), "dtype": self._one(["int", "float", "other"])}
        shapes = [(), (0,), (10,), (10, 10), (10, 10), (0, 1 << 40), (64, 64), (1, 100)]
        names = [name for name in ("matrix", "again", "many") if self._flag()]
        arrays = {name: self._array(*self._one(shapes)) for name in names}
        if self._flag():
            arrays["matrix"] = RECORDING.reference[ask.probe.id].arrays["matrix"].astype(float)
        return facts | {"changed": self._flag(), "redirected": 0}, arrays

    def _initial(self, ask: Ask) -> tuple[dict, dict]:
        uses = self._some(lambda: [self._word(), self._shape(), self._one(SIZES)])
        if self._flag():
            uses = list(RECORDING.reference[ask.probe.id].facts["uses"])
        facts = {"uses": uses, "twins": self._one(SIZES)}
        if self.random.random() < 0.3:
            return {**facts, "changes": True}, {}
        moments = self._array(2, len(uses), 4) if uses else np.zeros((2, 0))
        return facts, {"moments": moments, "alike": self._array(len(uses))}

    def _fit_start(self, ask: Ask) -> tuple[dict, dict]:
        facts = {"speed": "mps, bfloat16, channels last", "remark": self._word()}
        return {**facts, "peak_bytes": self._one(SIZES), "parameters": self._one(SIZES)}, {}

    def _fit_epoch(self, ask: Ask) -> tuple[dict, dict]:
        named = {f"weights {self._word()}": self._array(3, dtype="float32") for _ in range(4)}
        kept = {"kept lr": np.zeros(0), "kept 0 \x00": np.zeros((0, 1 << 40), np.int64)}
        losses = [self._one(ODD) for _ in range(self.random.randrange(9))]
        counted = {name: self._one([0, 1, 9, 23]) for name in ("passes", "batches", "backwards", "steps")}
        facts = {"losses": losses, "moved": self.random.random() < 0.9, **counted}
        return facts, self._one([{}, named, named | kept])

    def _infer(self, ask: Ask) -> tuple[dict, dict]:
        if self.random.random() < 0.1:
            return {"unfit": self._one(WORDS[1:])}, {}
        images = len(ask.arrays["images"])
        shape = (images, 10) if self._flag() else self._one([(), (0, 10), (images,), (images, 11), (images, 10, 1)])
        return {"unfit": ""}, {"logits": self._output(list(shape), self._flag())}


def case_of(train: str = "always") -> Case:
    """A hand-in about which nothing is known yet."""
    files = dict.fromkeys(("mnist.py", "ablations.py", "trainer.py", "vgg.py"), b"")
    setup = setup_of(floors=Floors(MEASURED), train=train)
    setup = replace(setup, data=lambda kind: DATA[kind], data_name=lambda kind: DATA[kind].name)
    return Case(Submission("20260001", files), RUBRIC, lambda: RECORDING, setup)


def settle(check, case: Case, liar: Liar) -> Outcome:
    """What comes of *check* when each probe that it asks for is answered by *liar*."""
    with np.errstate(all="ignore"):
        return check.judge(answering(case, liar.reply))


def writable(outcome: Outcome) -> None:
    """Whether a report can hold it."""
    said = (outcome.reason, outcome.hint, outcome.shown, *outcome.detail, *outcome.remarks)
    assert all(isinstance(text, str) for text in said)
    json.dumps(outcome.to_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_no_judge_raises_over_hostile_evidence_and_none_is_passed_by_it(check):
    for seed in range(ROUNDS):
        outcome = settle(check, case_of(), Liar(seed))
        writable(outcome)
        if RUBRIC.points.get(check.id):  # whether a file defines a name is worth nothing
            assert outcome.status in (Status.FAILED, Status.STOPPED, Status.UNSETTLED, Status.TODO), seed


@pytest.mark.parametrize(
    ("shapes", "names"),
    [
        (([1, OUTPUT + 1], [8, 10]), ("eval8",)),
        (([1, 10], [8, OUTPUT]), ("eval1",)),
        (([1, 0], [0, 10]), ("eval1", "eval8")),
        (([], [1]), ("eval1", "eval8")),
    ],
)
def test_outputs_that_are_left_out_or_empty_are_judged_like_any_other(shapes, names):
    right = RECORDING.reference[STRUCTURE.id]
    shape1, shape8 = shapes
    outputs = {"eval1": np.ones(shape1, np.float32), "eval8": np.ones(shape8, np.float32)}
    arrays = {name: outputs[name] for name in names} | {"running": np.zeros((4, 2)), "first": np.zeros(2)}
    facts = {**right.facts, "shape1": shape1, "shape8": shape8}
    assert misfit("network", facts, arrays) == ""
    for check in CHECKS:
        if isinstance(check.judge, Compare) and check.judge.probe.call == "network":
            case = case_of()
            case.seen[check.judge.probe.id] = Evidence(facts, arrays)
            assert settle(check, case, Liar(0)).status is Status.FAILED


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if isinstance(check.judge, Accuracy)], ids=lambda check: check.id
)
def test_no_accuracy_is_proven_by_hostile_moments_of_a_network_that_is_right(check):
    judge = check.judge
    for seed in range(ROUNDS):
        case = case_of("never")
        case.seen[judge.network.id] = RECORDING.reference[judge.network.id]
        case.outcomes |= {judge.structure.id: Outcome(Status.PASSED), "1.2a": Outcome(Status.PASSED)}
        if initial_probe(judge.network).id not in RECORDING.reference:
            continue
        outcome = settle(check, case, Liar(seed))
        writable(outcome)
        assert outcome.status is Status.UNSETTLED, seed


def test_all_checks_one_after_the_other_are_judged_with_what_the_others_have_seen():
    for seed in range(ROUNDS // 3):
        case, liar = case_of("auto"), Liar(seed)
        for check in case.in_turn(CHECKS):
            case.outcomes[check.id] = settle(check, case, liar)
        passed = {check_id for check_id, outcome in case.outcomes.items() if outcome.status is Status.PASSED}
        assert not any(RUBRIC.points.get(check_id) for check_id in passed), seed
