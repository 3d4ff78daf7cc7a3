"""What a training loop does is counted by what it was given, and said in a sentence where no known mistake fits."""

# ruff: noqa: E501  one case a line
import copy
import pickle
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from autograder.deep_learning.probes import fit as accuracy
from autograder.evidence import Evidence
from autograder.home import solution_folder
from autograder.hw1 import trainer as checks
from autograder.hw1.counted import RULES, told
from autograder.hw1.probes import bench, trainer
from autograder.hw1.trainer import explain_train

SOURCE = (solution_folder() / "trainer.py").read_text(encoding="utf-8")
NET = "        self.net.train()\n"
INPUTS = "                inputs = inputs.to(self.device)\n"
LABELS = "                labels = labels.to(self.device)\n"
CLEAR = "                self.optimizer.zero_grad()\n"
LOSS = "self.criterion(outputs, labels)"
STEP = "                self.optimizer.step()\n"
ADD = "                running_loss += loss.item()\n"


class Hand:
    """A submission whose ``trainer.py`` is *source*, without a sandbox."""

    folder = Path("/nowhere")

    def __init__(self, source: str):
        self.module = types.ModuleType("trainer")
        exec(compile(source, "trainer.py", "exec"), vars(self.module))  # noqa: S102  the solution's, edited by us

    def named(self, module: str, name: str):
        return getattr(self.module, name)


@pytest.fixture(scope="module", autouse=True)
def few_batches():
    """A long bench of twenty batches: what is counted there is counted alike."""
    kept, bench.LONG = bench.LONG, 20
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    bench.LONG = kept
    torch.set_num_threads(threads)


def seen_of(source: str) -> Evidence:
    return Evidence(*trainer.train(Hand(source), b"key", {}, {}))


@pytest.fixture(scope="module")
def reference(few_batches):
    return seen_of(SOURCE)


def edited(*edits: tuple[str, str]) -> str:
    head, train, rest = SOURCE.partition("    def train(")
    body, test, tail = rest.partition("    def test(")
    for old, new in edits:
        assert body.count(old) == 1
        body = body.replace(old, new)
    return head + train + body + test + tail


GROUPS = "                for group in self.optimizer.param_groups:\n                    group['lr'] *= 0.9\n"
NOISE = "                for p in self.net.parameters():\n                    p.grad += 0.1 * p.detach().sign()\n"
WRONG = {
    "copy": (((NET, f"        import copy\n        net = copy.deepcopy(self.net)\n{NET}"), ("self.net(inputs)", "net(inputs)")), "but another one, such as a copy"),
    "test set": ((("enumerate(self.trainloader)", "enumerate(self.testloader)"),), "its batches from the test set"),
    "own loader": ((("enumerate(self.trainloader)", "enumerate([(torch.zeros(4, 1, *self.trainloader.dataset[0][0].shape[1:]), torch.arange(4))])"),), "does not read the `trainloader`"),
    "none": ((("range(epoch)", "range(0)"),), "runs no batch through the network: train(1) reads none"),
    "once": (((NET, f"        if hasattr(self, 'done'):\n            return []\n        self.done = 1\n{NET}"),), "A second call of Trainer.train trains nothing."),
    "three epochs": ((("range(epoch)", "range(3)"),), "train(1) and train(2) both take 15 batches"),
    "three times as many": ((("range(epoch)", "range(3 * epoch)"),), "train(1) takes 15 batches in 3 passes, wanted 5 in 1"),
    "one epoch": ((("range(epoch)", "range(1)"),), "train(2) takes 5 batches, wanted 10"),
    "break": (((ADD, f"{ADD}                if i == 7:\n                    break\n"),), "train(1) over 1,004 batches takes 8 of 20"),
    "first left out": (((INPUTS, f"                if i < 1:\n                    continue\n{INPUTS}"),), "in train(1), 4 of 5 go through the network"),
    "own criterion": (((LOSS, "nn.functional.mse_loss(outputs, outputs * 0)"),), "never calls the criterion"),
    "softmax": (((LOSS, "self.criterion(outputs.softmax(1), labels)"),), "The loss does not get the network's outputs as they are"),
    "labels raised": (((LABELS, f"{LABELS}                labels = (labels + 1) % 10\n"),), "they are the loader's, raised by the same number"),
    "labels shuffled": (((LABELS, f"{LABELS}                labels = labels.roll(1)\n"),), "from batch 1 on they are the loader's in another order"),
    "labels late": (((LABELS, f"{LABELS}                labels = labels if i < 3 else labels * 0 + 1\n"),), "from batch 4 on they are not the loader's"),
    "flipped": (((INPUTS, f"{INPUTS}                inputs = inputs.flip(3)\n"),), "they are flipped"),
    "in place": (((INPUTS, f"{INPUTS}                inputs.sub_(0.1).div_(0.3)\n"),), "they are normalised"),
    "scaled": (((INPUTS, f"{INPUTS}                inputs = inputs / 255\n"),), "they are scaled"),
    "noisy": (((INPUTS, f"{INPUTS}                inputs = inputs + 0.1 * torch.rand_like(inputs)\n"),), "as by noise"),
    "no step": (((STEP, ""),), "optimizer.step() is not called"),
    "cleared before the step": (((CLEAR, ""), (STEP, CLEAR + STEP)), "optimizer.step() finds no gradients: all of its 5 calls"),
    "own optimizer": (((NET, f"{NET}        self.optimizer = torch.optim.Adam(self.net.parameters())\n"),), "by something other than the optimizer"),
    "each second step": (((STEP, f"                if i % 2:\n    {STEP}"),), "it ran 2 times for 5 batches in train(1)"),
    "two steps": (((STEP, STEP * 2),), "it ran 10 times for 5 batches"),
    "own schedule": (((STEP, STEP + GROUPS),), "Trainer.train changes the optimizer's learning rate: it was 0.0"),
    "other momentum": (((NET, f"{NET}        self.optimizer.param_groups[0]['momentum'] = 0\n"),), "settings, like its momentum"),
    "backward twice": ((("loss.backward()", "loss.backward(retain_graph=True); loss.backward()"),), "it ran 10 times for 5 losses"),
    "not cleared": (((CLEAR, ""),), "4 times, the first at batch 2"),
    "loss halved": ((("loss.backward()", "(loss / 2).backward()"),), "by 0.5."),
    "penalty": ((("loss.backward()", "(loss + next(self.net.parameters()).square().sum()).backward()"),), "does not come from the criterion's loss alone"),
    "clipped": (((STEP, f"                nn.utils.clip_grad_norm_(self.net.parameters(), 0.1)\n{STEP}"),), "is made smaller before `step()`, for example by clipping"),
    "clamped": (((STEP, f"                nn.utils.clip_grad_value_(self.net.parameters(), 0.01)\n{STEP}"),), "is clipped to a range"),
    "doubled": (((STEP, f"                for p in self.net.parameters():\n                    p.grad *= 2\n{STEP}"),), "is made larger"),
    "turned": (((STEP, f"                for p in self.net.parameters():\n                    p.grad *= -1\n{STEP}"),), "is reversed"),
    "noise": (((STEP, NOISE + STEP),), "is changed before `step()`, as by noise"),
    "eval late": (((ADD, f"{ADD}                if i == 10:\n                    self.net.eval()\n"),), "9 of 20 batches, the first is batch 12"),
    "state lost": (((NET, f"{NET}        self.optimizer.state.clear()\n"),), "is lost between two calls"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_loop_does_otherwise_is_said(name, reference):
    edits, words = WRONG[name]
    found = told(seen_of(edited(*edits)), reference)
    assert found is not None
    assert words in found.reason, found.reason
    assert found.hint
    assert not any(letter.isdigit() for letter in found.shown)


def test_every_rule_is_tried_above():
    assert len(RULES) + 1 <= len(WRONG)


RIGHT = {
    "cleared at the end": ((CLEAR, ""), (STEP, STEP + CLEAR)),
    "through the network": ((CLEAR, "                self.net.zero_grad(set_to_none=False)\n"),),
    "a list": (("enumerate(self.trainloader)", "enumerate(list(self.trainloader))"),),
    "its own loader": (("enumerate(self.trainloader)", "enumerate(torch.utils.data.DataLoader(self.trainloader.dataset, self.trainloader.batch_size))"),),
    "train mode again": ((ADD, f"{ADD}                if i % 3 == 1:\n                    self.test()\n                    self.net.train()\n"),),
    "a step without gradients": ((NET, f"{NET}        self.optimizer.zero_grad()\n        self.optimizer.step()\n"),),
    "a look at the outputs": ((ADD, f"{ADD}                right = (self.criterion(outputs, labels), outputs.argmax(1))\n"),),
    "kept copies": ((ADD, f"{ADD}                import copy\n                self.best = copy.deepcopy((self.net, self.optimizer, self.criterion))\n"),),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_loop_in_another_style_leaves_the_same_weights(name, reference):
    judge = checks.TRAINS.judge
    mine, wanted = (judge.deciding(judge.view(seen)) for seen in (seen_of(edited(*RIGHT[name])), reference))
    assert checks.same(mine, wanted)


def test_a_loop_that_cannot_be_told_by_counts_is_told_by_its_weights(reference):
    odd = seen_of(edited((ADD, f"{ADD}                list(self.net.parameters())[-1].data += 1\n")))
    assert told(odd, reference) is None
    assert "are not those of the loop" in explain_train(odd, reference).reason


# What a Trainer is given looks and behaves like the ordinary things


@pytest.mark.parametrize("made", [bench.Bench, bench.LongBench])
def test_the_parts_of_a_bench_are_ordinary_ones_that_can_be_copied_and_counted_on(made):
    given = made(b"key")
    loader = given.trainloader
    assert isinstance(loader, DataLoader)
    assert type(loader).__name__ == "DataLoader"
    assert isinstance(given.criterion, nn.CrossEntropyLoss)
    assert type(given.criterion).__name__ == "CrossEntropyLoss"
    assert type(given.optimizer) is torch.optim.SGD
    batches = list(loader)
    assert len(batches) == len(loader)
    assert sum(len(y) for _, y in batches) == len(loader.dataset)
    plain = DataLoader(loader.dataset, loader.batch_size)
    assert all(
        torch.equal(a, b) for one, two in zip(batches, plain, strict=True) for a, b in zip(one, two, strict=True)
    )
    copied = copy.deepcopy(given.net)
    copied.load_state_dict(given.net.state_dict())
    assert torch.equal(copied(batches[0][0]), given.net(batches[0][0]))
    assert given.tally.counts["copies"] == 1
    again = copy.deepcopy(given.optimizer)
    again.load_state_dict(given.optimizer.state_dict())
    assert pickle.loads(pickle.dumps(given.optimizer.state_dict()))["param_groups"]  # noqa: S301  our own bytes


def test_a_batch_that_is_changed_in_place_does_not_change_the_data():
    given = bench.Bench(b"key")
    before = given.trainloader.dataset.tensors[0].clone()
    for inputs, _ in given.trainloader:
        inputs.zero_()
    assert torch.equal(given.trainloader.dataset.tensors[0], before)


@pytest.mark.parametrize("key", [b"one", b"two", b"three"])
def test_the_large_test_set_has_counts_above_255_and_a_part_of_it_has_another_accuracy(key):
    given = bench.Bench(key, drop=1.0, many=True)
    given.net.eval()
    inputs, labels = given.testloader.dataset.tensors
    with torch.no_grad():
        guesses = given.net(inputs).argmax(1)
    assert torch.bincount(10 * labels + guesses).max() > 255
    right = (guesses == labels).double()
    assert right[: 100 * bench.MANY_BATCH].mean() > right.mean() + 0.02
    assert len(given.testloader) == 120


@pytest.mark.parametrize("method", ["train", "test", "compute_conf"])
def test_a_method_that_is_missing_is_said_to_be(method):
    hand = Hand(SOURCE.replace(f"def {method}(", f"def {method}_it("))
    probe = {"train": trainer.train, "test": trainer.test, "compute_conf": trainer.confusion}[method]
    with pytest.raises(bench.MissingNameError, match=f"^Trainer has no method {method}$"):
        probe(hand, b"key", {}, {})


@pytest.mark.parametrize(
    ("old", "new", "counted"), [("", "", [1, 4, 4]), ("range(epoch)", "range(3 * epoch)", [3, 12, 12])]
)
def test_passes_batches_and_steps_of_an_epoch_of_training_are_counted(old, new, counted):
    hand = Hand(
        SOURCE.replace(old, new) + "\n\ndef Net():\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    rng = np.random.default_rng(1)
    arrays = {"images": rng.integers(0, 256, (100, 28, 28), np.uint8), "labels": np.arange(100) % 10}
    params = {
        "module": "trainer",
        "name": "Net",
        "trainer": ("trainer", "Trainer"),
        "batch": 32,
        "lr": 0.001,
        "optimizer": "sgd",
    }
    accuracy.fit_start(hand, b"key-key", params | {"device": "cpu", "fast": False, "bf16": False}, arrays)
    facts, _ = accuracy.fit_epoch(hand, b"key-key", {}, {})
    assert [facts[name] for name in ("passes", "batches", "steps")] == counted
