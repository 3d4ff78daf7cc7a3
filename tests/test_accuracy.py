"""An accuracy is settled in the first way that applies: proven, verified from a checkpoint, trained."""

from dataclasses import replace

import numpy as np
import pytest
from asked import answering, first_ask
from conftest import setup_of, write_hand_in
from test_training import BEGUN, DATA, FLOOR, RUBRIC, TEST, WEIGHTS, batch_of, logits

from autograder.case import Case
from autograder.compare import STAND_INS_NOTE
from autograder.deep_learning.floors import Floors, Measured, read_floors
from autograder.deep_learning.proven import initial_difference, initial_probe
from autograder.deep_learning.task import task_of
from autograder.deep_learning.tensors import store_in
from autograder.errors import HandinError, MisuseError
from autograder.evidence import Evidence, Raised, Stopped
from autograder.hw1.mnist import ACCURACY, STRUCTURE
from autograder.hw1.parts import TRAINING
from autograder.ingest.checkpoint import Checkpoint
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import STAND_IN, Outcome, Status
from autograder.recording import Recording
from autograder.submission import Submission

INITIAL = initial_probe(STRUCTURE)
NETWORK = Evidence(
    {
        "dtype": "float32",
        "shape1": [1, 10],
        "shape8": [8, 10],
        "learns": [True],
        "uses": [["linear.weight", [10, 784], "fc.weight", 0]],
    },
    {name: np.ones((8, 10), np.float32) for name in ("eval1", "eval8", "train8", "running")},
)
OTHER = Evidence(NETWORK.facts, {**NETWORK.arrays, "eval8": 2 * np.ones((8, 10), np.float32)})
DRAWN = Evidence(
    {"uses": [["linear.weight", [10, 784], 7840]], "twins": 0},
    {"moments": np.full((2, 1, 4), 0.5), "alike": np.zeros(1)},
)
MEASURED = Measured((0.93, 0.95), "cpu, float32", DATA.identity, "the digits", TEST)
FLOORS = Floors({("1.1", "digits"): MEASURED})
CHECKPOINT = Checkpoint({"fc.weight": np.ones((10, 784), np.float32)}, {}, "00")
FILE = "checkpoints/1.1.safetensors"


def case_of(train="auto", floors=FLOORS, network=NETWORK, checkpoint=None, trainer=Status.PASSED, rubric=RUBRIC, **of):
    """A case whose network is the reference's, with what else is asked for."""
    recording = Recording("", {}, {STRUCTURE.id: NETWORK, INITIAL.id: DRAWN}, ())
    submission = Submission("s", {}, **of)
    setup = setup_of(DATA, floors, train)
    case = Case(submission, rubric, lambda: recording, setup, checkpoint=checkpoint or (lambda training: None))
    case.seen |= {STRUCTURE.id: network, INITIAL.id: DRAWN}
    case.outcomes |= {"1.1-structure": Outcome(Status.PASSED), "1.2a": Outcome(trainer)}
    return case


def settle(case, right=TEST):
    """The outcome, and the calls of all probes that were asked for."""
    calls = []

    def answer(ask):
        calls.append(ask.probe.call)
        match ask.probe.call:
            case "infer":
                return logits(case, ask, right, ".checkpoint" not in ask.probe.id)
            case "fit_epoch":
                return Evidence({"losses": [1.0], "moved": True}, WEIGHTS)
            case "fit_start":
                return BEGUN
        raise AssertionError(ask.probe.id)

    return ACCURACY(answering(case, answer)), calls


def handed_in(training):
    return CHECKPOINT


def broken(training):
    raise HandinError("it is cut off")


# Proven


@pytest.mark.parametrize("train", ["auto", "never"])
def test_what_equals_the_reference_is_proven_from_its_distribution_and_nothing_is_trained(train):
    outcome, calls = settle(case_of(train))
    assert outcome.status is Status.PASSED
    assert calls == []
    assert outcome.remarks[0].startswith("Proven, nothing was trained")
    assert "94.0 % with a standard deviation of 1.41 over 2 seeds (cpu, float32), on the digits" in outcome.remarks[0]


def test_always_trains_what_could_be_proven():
    outcome, calls = settle(case_of("always"))
    assert outcome.status is Status.PASSED
    assert calls == ["fit_start", "fit_epoch", "infer"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"floors": Floors()}, "the reference's accuracy on these data has not been measured"),
        ({"network": OTHER}, "the network computes another function than the reference's"),
        ({"trainer": Status.FAILED}, "Trainer.train did not pass its own check"),
    ],
)
def test_what_lacks_one_of_the_equalities_is_trained_and_the_report_says_which(change, why):
    outcome, calls = settle(case_of(**change))
    assert outcome.status is Status.PASSED
    assert "fit_epoch" in calls
    assert f"not proven: {why}" in outcome.detail


@pytest.mark.parametrize("seen", [Raised("ValueError", "no"), Stopped("time", "20 s")])
def test_a_network_that_breaks_after_two_constructions_is_not_proven(seen):
    case = case_of()
    case.seen[INITIAL.id] = seen
    outcome, calls = settle(case)
    assert "fit_epoch" in calls
    assert any(line.startswith("not proven: it can't be constructed twice") for line in outcome.detail)


def test_the_data_of_a_folder_must_be_those_of_the_calibration():
    other = replace(MEASURED, data="another")
    case = case_of(floors=Floors({("1.1", "mnist"): other, ("1.1", "digits"): other}))
    case.tools = replace(case.tools, data=lambda kind: replace(DATA, name="mnist"), data_name=lambda kind: "mnist")
    outcome, calls = settle(case)
    assert "fit_epoch" in calls
    assert "not proven: the reference's accuracy on these data has not been measured" in outcome.detail


# What can't be trained


STAND_INS = Outcome(Status.PASSED, remarks=(STAND_INS_NOTE,), replaced=True)


@pytest.mark.parametrize("checkpoint", [None, lambda training: CHECKPOINT])
@pytest.mark.parametrize("train", ["auto", "always", "never"])
@pytest.mark.parametrize(
    ("seen", "status", "says"),
    [
        (Raised("RuntimeError", "no", (), "forward"), Status.FAILED, "RuntimeError: no in forward."),
        (Raised("NotImplementedError", "TODO 2.1a: ..."), Status.TODO, "TODO 2.1a"),
        (Stopped("time", "20 s", "network"), Status.STOPPED, "took more than 20 s"),
        (Evidence({"returned": "tuple"}), Status.FAILED, "forward returns a tuple"),
        (Evidence({**NETWORK.facts, "shape8": [8, 1000]}), Status.FAILED, "Eight images give the shape (8, 1000)"),
        (Evidence({**NETWORK.facts, "shape8": [8]}), Status.FAILED, "Eight images give the shape (8,)"),
    ],
)
@pytest.mark.parametrize("structure", [STAND_INS, Outcome(Status.PASSED)])
def test_a_network_that_does_not_run_on_its_own_blocks_earns_no_accuracy(
    seen, status, says, structure, train, checkpoint
):
    case = case_of(train, network=seen, checkpoint=checkpoint)
    case.outcomes["1.1-structure"] = structure
    outcome, calls = settle(case)
    assert (outcome.status, says in outcome.reason, calls) == (status, True, []), outcome


@pytest.mark.parametrize(
    "structure", [STAND_INS, *(Outcome(one, "said") for one in (Status.FAILED, Status.STOPPED, Status.UNSETTLED))]
)
def test_nothing_is_proven_of_a_network_whose_own_check_did_not_pass(structure):
    case = case_of("never")
    case.outcomes["1.1-structure"] = structure
    outcome, calls = settle(case)
    assert (outcome.status, calls) == (Status.UNSETTLED, [])
    assert any("did not pass its own check" in line for line in outcome.detail)


def test_the_verdict_of_the_structure_is_repeated_where_it_is_about_the_networks_own_blocks():
    case = case_of("never", network=Raised("RuntimeError", "no", (), "forward"))
    case.outcomes["1.1-structure"] = Outcome(Status.FAILED, "a known mistake", mistake="known")
    assert settle(case)[0] == case.outcomes["1.1-structure"]


# Initialisation


def solution_with(solution, old, new):
    text = (solution / "mnist.py").read_text(encoding="utf-8")
    assert old in text
    return {"mnist.py": text.replace(old, new, 1)}


LAST = "        self.fc2 = nn.Linear(256, 10)\n"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", ""),
        ("        nn.init.xavier_uniform_(self.fc1.weight)\n", "the scale of linear.weight"),
        ("        nn.init.normal_(self.fc1.weight, 0, 0.0206)\n", "the shape of linear.weight"),
        ("        nn.init.orthogonal_(self.fc1.weight)\n", "linear.weight"),
        ("        nn.init.zeros_(self.fc1.bias)\n", "the scale of linear.bias"),
        ("        nn.init.constant_(self.norm1.weight, 0.5)\n", "the mean of norm.weight"),
        ("        self.conv2.weight.data += 0.05\n", "the mean of conv.weight"),
        ("        torch.manual_seed(3); self.fc1 = nn.Linear(784, 256)\n", "is the same in each construction"),
        ("        self.fc1.weight.data *= float('nan')\n", "the range of linear.weight"),
    ],
)
def test_another_initialisation_is_seen_by_its_moments(launcher, recording, solution, tmp_path, lines, says):
    files = solution_with(solution, LAST, LAST + lines)
    kit = Kit(launcher=launcher, scratch=tmp_path)
    submission = read_submission(write_hand_in(tmp_path / "20260042", files, solution), kit.rubric.limits)
    case = kit.case(submission)
    with kit.session(submission) as session:
        seen = session.observe(INITIAL, case.key(INITIAL))
        again = session.observe(INITIAL, b"another key of 32 bytes, any will do"[:32])
    assert isinstance(seen, Evidence), seen
    for one in (seen, again):
        found = initial_difference(one, recording.reference[INITIAL.id])
        assert (says in found) if says else found == ""


def test_the_same_construction_is_never_taken_for_another_by_chance(launcher, recording, solution, tmp_path):
    kit = Kit(launcher=launcher, scratch=tmp_path)
    submission = read_submission(solution, kit.rubric.limits)
    with kit.session(submission) as session:
        for number in range(25):
            seen = session.observe(INITIAL, number.to_bytes(32, "little"))  # its first bytes are the seed
            assert initial_difference(seen, recording.reference[INITIAL.id]) == ""


# Verified


def test_a_checkpoint_is_run_on_hidden_images_and_its_origin_is_said_to_be_unproven():
    outcome, calls = settle(case_of(floors=Floors(), checkpoint=handed_in))
    assert outcome.status is Status.PASSED
    assert calls == ["infer"]
    assert outcome.remarks[0].startswith("Verified: 100.0 % (400 of 400) with the checkpoint")
    assert "origin is not proven" in outcome.remarks[0]


def test_a_checkpoint_goes_to_the_worker_with_unlabelled_images_in_secret_order():
    case = case_of(floors=Floors(), checkpoint=handed_in)
    ask = first_ask(ACCURACY, case)
    assert ask.probe.fresh
    assert set(ask.arrays) == {"images", "weights fc.weight"}
    assert np.array_equal(ask.arrays["images"], batch_of(case, ask).images)


def test_a_checkpoint_below_the_floor_costs_the_points_only_where_nothing_is_trained():
    outcome, _ = settle(case_of("never", Floors(), checkpoint=handed_in), right=200)
    assert outcome.status is Status.FAILED
    assert outcome.reason.startswith("Verified: 50.0 % (200 of 400)")
    assert outcome.figures == {"accuracy": 0.5, STAND_IN: 1.0}
    outcome, calls = settle(case_of("auto", Floors(), checkpoint=handed_in), right=200)
    assert "fit_epoch" in calls
    assert outcome.reason.startswith("Trained: 50.0 %")
    assert {"accuracy": 0.5, STAND_IN: 1.0, "accuracy after epoch 1": 0.5}.items() <= outcome.figures.items()
    assert any("reaches 50.0 % (200 of 400), wanted" in line for line in outcome.detail)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"checkpoint": broken}, f"{FILE}: it is cut off"),
        ({"problems": {FILE: f"{FILE} has 900 MB"}}, f"{FILE} has 900 MB"),
        ({"checkpoint": handed_in, "trainer": Status.FAILED}, f"{FILE} counts only if Trainer.train passes"),
    ],
)
def test_a_checkpoint_that_does_not_count_says_why_and_leaves_the_points_open(change, why):
    outcome, calls = settle(case_of("never", Floors(), **change))
    assert outcome.status is Status.UNSETTLED
    assert calls == []
    assert outcome.reason.startswith(f"Not settled: {why}")


def test_a_checkpoint_of_another_shape_is_refused_by_the_first_name_that_does_not_fit():
    case = case_of("never", Floors(), checkpoint=handed_in)
    ask = first_ask(ACCURACY, case)
    case.seen[ask.probe.id] = Evidence({"unfit": "fc.weight is (10, 784), the network's is (10, 100)"})
    outcome = ACCURACY(case)
    assert outcome.status is Status.UNSETTLED
    assert f"{FILE} does not fit your MNIST_Net: fc.weight is (10, 784)" in outcome.reason


def test_a_checkpoint_that_knows_the_test_images_and_not_their_copies_is_flagged():
    case = case_of("never", Floors(), checkpoint=handed_in)
    ask = first_ask(ACCURACY, case)
    batch = batch_of(case, ask)
    guesses = np.where(batch.kinds == 0, batch.labels, 0)
    case.seen[ask.probe.id] = Evidence({"unfit": ""}, {"logits": np.eye(10, dtype=np.float32)[guesses]})
    outcome = ACCURACY(case)
    assert (outcome.status, outcome.mistake) == (Status.UNSETTLED, "remembered-answers")


def zeros(*shape):
    return np.zeros(shape, np.float32)


ONE = [["linear.weight", [10, 784], "fc.weight", 0]]
NORM = [["norm.mean", [8], "", 1], ["norm.var", [8], "", 1], ["norm.weight", [8], "bn.weight", 1]]


@pytest.mark.parametrize(
    ("arrays", "facts", "says"),
    [
        ({}, {}, ""),
        ({"mean": zeros(3, 32, 32), "step": np.zeros((), np.int64)}, {}, ""),
        ({"store": zeros(5000)}, {}, "5,000 numbers besides the network's weights"),
        ({"hashes": np.zeros(10_000, np.int64)}, {}, "10,000 numbers beside"),
        ({"a": zeros(3000), "b": zeros(3001)}, {}, "6,001 numbers beside"),
        ({"again": np.ones((10, 784), np.float32)}, {}, ""),  # one tensor under two names
        (
            {"bn.running_mean": zeros(8), "bn.running_var": zeros(8) + 1, "bn.weight": zeros(8) + 2},
            {"uses": ONE + NORM},
            "",
        ),
        ({"spare.weight": zeros(80, 100)}, {"unused": [["spare.weight", [80, 100]]]}, ""),  # asked when it is loaded
        ({"spare.running_mean": zeros(9000), "spare.weight": zeros(9000) + 1}, {}, "9,000 numbers beside"),
        ({}, {"requires_grad": [False]}, "7,840 numbers beside"),
        ({}, {"requires_grad": [False], "kept": [True]}, ""),  # the given features
    ],
)
def test_a_checkpoint_that_holds_more_than_the_networks_own_tensors_is_flagged(arrays, facts, says):
    checkpoint = replace(CHECKPOINT, arrays={**CHECKPOINT.arrays, **arrays})
    seen = Evidence({**NETWORK.facts, **facts}, NETWORK.arrays)
    assert says in store_in(checkpoint, seen)
    assert bool(says) is bool(store_in(checkpoint, seen))
    outcome, calls = settle(case_of("never", Floors(), seen, lambda training: checkpoint))
    assert (outcome.mistake, calls) == (("remembered-answers", []) if says else ("", ["infer"]))


STEPS = {"steps": [["linear", [2, 10]]], "layers": [["linear", {}, [2, 10], False]]}
SAME = {"steps": [["linear", [2, 10]]], "kinds": ["linear"], "reached": ["fc.weight"]}
SPARE = {"unused": [["spare.weight", [80, 100]]]}
HIDDEN = {"steps": [], "layers": [["hidden", {}, [], False]], "uses": [], "unused": [["fc.weight", [10, 784]]]}


@pytest.mark.parametrize(
    ("drawn", "loaded", "status"),
    [
        (STEPS, SAME, Status.PASSED),
        (STEPS, {**SAME, "steps": []}, Status.UNSETTLED),
        (STEPS, {**SAME, "kinds": ["linear", "linear"]}, Status.UNSETTLED),
        (STEPS, {}, Status.UNSETTLED),
        ({**STEPS, **SPARE}, SAME, Status.UNSETTLED),  # more than it uses, and nothing leads there
        ({**STEPS, **SPARE}, {**SAME, "reached": ["fc.weight", "spare.weight"]}, Status.PASSED),  # by a way unseen
        ({**STEPS, "unused": [["spare.weight", [70, 100]]]}, SAME, Status.PASSED),
        (HIDDEN, {"steps": [], "kinds": [], "reached": ["fc.weight"]}, Status.PASSED),  # scripted
    ],
)
def test_a_network_that_goes_another_way_with_the_checkpoints_tensors_is_flagged(drawn, loaded, status):
    seen = Evidence({**NETWORK.facts, **drawn}, NETWORK.arrays)
    case = case_of("never", Floors(), seen, handed_in)
    ask = first_ask(ACCURACY, case)
    assert ask.probe.params["trace"]
    answer = logits(case, ask, TEST, False)
    case.seen[ask.probe.id] = Evidence({**answer.facts, **loaded}, answer.arrays)
    outcome = ACCURACY(case)
    assert (outcome.status, bool(outcome.mistake)) == (status, status is Status.UNSETTLED)


def test_an_accuracy_on_what_stands_in_for_the_data_is_told_from_one_on_the_data():
    task = task_of(case_of(), TRAINING["1.1"])
    assert task.figures(0.5) == {"accuracy": 0.5, STAND_IN: 1.0}
    assert replace(task, data_name="mnist").figures(0.5) == {"accuracy": 0.5}


@pytest.mark.parametrize(
    ("claimed", "says", "hint"),
    [
        (
            "mnist",
            "was trained on MNIST, but here it is tested on the embedded digits",
            "Name the folder of MNIST with --data DIR.",
        ),
        ("cifar10", "was trained on CIFAR-10, but here it is tested on the embedded digits", "with --data DIR"),
        ("digits", "", ""),
        ("something", "", ""),
    ],
)
def test_a_checkpoint_of_other_data_is_open_and_never_failed(claimed, says, hint):
    checkpoint = replace(CHECKPOINT, facts={"data": claimed})
    outcome, calls = settle(case_of("never", Floors(), checkpoint=lambda training: checkpoint), right=40)
    if not says:
        assert (outcome.status, calls) == (Status.FAILED, ["infer"])
        return
    assert (outcome.status, calls) == (Status.UNSETTLED, [])
    assert f"{FILE} {says}" in outcome.reason
    assert hint in outcome.hint


def test_a_checkpoint_of_practice_is_open_where_the_data_are_real():
    case = case_of("never", Floors(), checkpoint=lambda training: replace(CHECKPOINT, facts={"data": "digits"}))
    case.tools = replace(case.tools, data=lambda kind: replace(DATA, name="mnist"), data_name=lambda kind: "mnist")
    outcome, calls = settle(case)
    assert (outcome.status, calls) == (Status.UNSETTLED, [])
    assert outcome.hint == "Train it on MNIST: `hw1 train --part 1.1 --data DIR`."


def test_no_network_learns_more_of_cifar10_than_the_limits_say():
    guards = read_floors().guards["cifar10"]
    floors = read_floors()
    assert max(floors.measured("2.2a", "cifar10").accuracies) + 0.05 < guards.best < guards.best_given < 1
    case = replace(case_of(), tools=replace(setup_of(), floors=floors, data_name=lambda kind: kind))
    case.tools = replace(case.tools, data=lambda kind: DATA)
    assert task_of(case, TRAINING["2.2a"]).limits.best == guards.best
    assert task_of(case, TRAINING["2.2b"]).limits.best == guards.best_given


# Which ways are open


def test_never_leaves_the_points_open_where_neither_proof_nor_checkpoint_applies():
    outcome, calls = settle(case_of("never", Floors()))
    assert outcome.status is Status.UNSETTLED
    assert calls == []
    assert outcome.reason == "Not settled: it is not trained here, and there is no checkpoint."
    assert "hw1 train --part 1.1" in outcome.hint


@pytest.mark.parametrize(
    ("ways", "wanted"),
    [(("proven",), []), (("verified",), ["infer"]), (("trained",), ["fit_start", "fit_epoch", "infer"])],
)
def test_the_rubric_can_forbid_a_way(ways, wanted):
    rubric = replace(RUBRIC, ways={**RUBRIC.ways, "1.1": ways})
    outcome, calls = settle(case_of(rubric=rubric, checkpoint=handed_in))
    assert outcome.status is Status.PASSED
    assert calls == wanted
    outcome, calls = settle(case_of(rubric=replace(rubric, ways={**rubric.ways, "1.1": ("verified",)})))
    assert outcome.reason == "Not settled: it is not trained here, and there is no checkpoint."


def test_a_data_folder_with_one_file_missing_leaves_the_points_open_and_says_which():
    case = case_of(floors=Floors())

    def missing(kind):
        raise MisuseError("mnist/test_labels.npy is missing")

    case.tools = replace(case.tools, data=missing)
    outcome, _ = settle(case)
    assert outcome == Outcome(Status.UNSETTLED, "Not settled: mnist/test_labels.npy is missing.")


def test_the_floor_in_force_is_lowered_where_honest_runs_would_miss_it_and_never_raised():
    assert Measured((0.99, 0.99), "", "", "", 1).floor(0.98) == 0.98
    spread = Measured((0.975, 0.985), "", "", "", 1)
    assert spread.floor(0.98) == pytest.approx(0.98 - 3.09 * spread.spread)
    low = Floors({("1.1", "digits"): replace(MEASURED, accuracies=(0.80, 0.82))})
    outcome, _ = settle(case_of("always", low), right=int(0.79 * TEST))
    assert outcome.status is Status.PASSED
    assert f"wanted 76.6 % (the handout's {100 * FLOOR:g} %, lowered)" in outcome.remarks[0]
