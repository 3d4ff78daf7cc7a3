"""A training is run faster only as it still computes the same with this student's own network and Trainer."""

import numpy as np
import pytest

from autograder.check import Probe
from autograder.evidence import Evidence, Raised
from autograder.sandbox.session import Session
from autograder.sandbox.torch.devices import cpu_has_bf16

DRAWN = np.random.default_rng(0)
ARRAYS = {
    "images": DRAWN.integers(0, 256, (120, 28, 28), dtype=np.uint8),
    "labels": DRAWN.integers(0, 10, 120),
}
RECIPE = {"batch": 32, "lr": 1e-3, "optimizer": "adam", "device": "cpu", "given": False}
KEY = bytes(range(32))
CNN = """
import torch
from torch import nn

class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 28 * 28, 10)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        return self.fc(x.flatten(1))
"""
MLP = """
from torch import nn

class MNIST_Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(784, 10))
"""


@pytest.fixture
def run(launcher, solution, tmp_path):
    """Starts a training of *mnist* with *trainer* (the solution's) and runs the given number of epochs."""

    def start(mnist=CNN, trainer=None, epochs=1, own=True, **params):
        files = {"mnist.py": mnist.encode(), "trainer.py": (trainer or (solution / "trainer.py").read_text()).encode()}
        params = {
            **RECIPE,
            "module": "mnist",
            "name": "MNIST_Net",
            "trainer": ("trainer", "Trainer") if own else None,
            "fast": True,
            **params,
        }
        modules = ("mnist", "trainer") if own else ("mnist",)
        with Session(launcher, files, 4 << 30, 20, base=tmp_path) as session:
            reads = tuple(params[name] for name in ("images_file",) if name in params)
            start = Probe("s", "fit_start", modules, "full", params, slot="train", reads=reads)
            seen = [session.observe(start, KEY, ARRAYS)]
            for number in range(epochs if isinstance(seen[0], Evidence) else 0):
                fit = Probe(f"e{number}", "fit_epoch", modules, "full", slot="train", reply_bytes=1 << 24)
                seen.append(session.observe(fit, KEY))
        return seen

    return start


def weights(seen):
    return np.concatenate([array.ravel() for name, array in sorted(seen.arrays.items())])


def test_a_convolution_is_trained_channels_last_and_ends_with_the_plain_weights_but_for_rounding(run):
    # With SGD: under Adam a bias before batch norm, whose gradient is rounding noise, moves by the whole learning rate.
    began, fast = run(bf16=False, optimizer="sgd")
    assert began.facts["speed"] == "cpu, float32, channels last"
    assert began.facts["remark"] == ""
    assert began.facts["parameters"] == 4 * 9 + 4 + 8 + 3136 * 10 + 10
    plain_start, plain = run(bf16=False, optimizer="sgd", fast=False)
    assert plain_start.facts["speed"] == "cpu, float32"
    assert abs(weights(fast) - weights(plain)).max() < 1e-4
    assert len(fast.facts["losses"]) == 4  # four batches, at most eight parts
    assert fast.facts["moved"] is True


COUNTS = ("passes", "batches", "backwards", "steps")
LOOP = "    def train(self, epoch=1):\n        self.net.train()\n        for x, y in list(self.trainloader) * TIMES:\n"
LOOP += (
    "            self.optimizer.zero_grad()\n            self.criterion(self.net(x), y).backward()\n            STEP\n"
)
INIT = "class Trainer:\n    def __init__(self, trainloader, testloader, net, optimizer, criterion):\n"
INIT += "        self.trainloader, self.net, self.optimizer, self.criterion = trainloader, net, optimizer, criterion\n"
BY_HAND = "[p.data.sub_(0.01 * p.grad) for p in self.net.parameters()]"


@pytest.mark.parametrize(
    ("trainer", "counted"),
    [
        (None, (1, 4, 4, 4)),
        (INIT + LOOP.replace("TIMES", "1").replace("STEP", "self.optimizer.step()"), (1, 4, 4, 4)),
        (INIT + LOOP.replace("TIMES", "3").replace("STEP", "self.optimizer.step()"), (1, 4, 12, 12)),
        (INIT + LOOP.replace("TIMES", "3").replace("STEP", BY_HAND), (1, 4, 12, 0)),
        (INIT + "        self.train()\n" + LOOP.replace("TIMES", "1").replace("STEP", BY_HAND), (2, 8, 8, 0)),
    ],
)
def test_what_a_training_does_is_counted_from_its_constructor_on(run, trainer, counted):
    _, epoch = run(MLP, trainer, bf16=False)
    assert tuple(epoch.facts[name] for name in COUNTS) == counted


def test_without_a_convolution_there_is_nothing_to_try(run):
    assert run(MLP, bf16=False)[0].facts["speed"] == "cpu, float32"


def test_bfloat16_is_used_where_it_is_allowed_and_agrees(run):
    began, epoch = run(bf16=True)
    assert began.facts["speed"] == "cpu, bfloat16"
    assert isinstance(epoch, Evidence)
    assert np.isfinite(weights(epoch)).all()


def test_in_bfloat16_each_step_uses_the_weights_of_the_step_before_it(run):
    # Around a whole loop autocast's cache would keep the first step's weights until the epoch's end.
    recipe = {"optimizer": "sgd", "lr": 0.05, "batch": 8, "epochs": 2}
    fast, plain = (run(bf16=bf16, **recipe) for bf16 in (True, False))
    assert fast[0].facts["speed"] == "cpu, bfloat16"
    for ours, wanted in zip(fast[1:], plain[1:], strict=True):
        assert np.allclose(ours.facts["losses"], wanted.facts["losses"], rtol=0.03)
    assert np.mean(plain[2].facts["losses"]) < 0.7 * plain[1].facts["losses"][0]


def test_what_a_faster_way_breaks_is_run_plainly_with_a_remark_and_loses_nothing(run):
    view = CNN.replace("x.flatten(1)", "x.view(x.size(0), -1)")
    began, epoch = run(view, bf16=False)
    assert began.facts["speed"] == "cpu, float32"
    assert (
        "without channels last, because this code does not run the same with it (RuntimeError)" in began.facts["remark"]
    )
    assert isinstance(epoch, Evidence)


def test_logits_that_are_made_arrays_in_the_trainer_do_without_bfloat16(run, solution):
    text = (solution / "trainer.py").read_text()
    line = "                loss = self.criterion(outputs, labels)\n"
    assert line in text
    counting = text.replace(line, line + "                outputs.detach().numpy().argmax(1)\n")
    began, epoch = run(trainer=counting, bf16=True)
    assert began.facts["speed"] == "cpu, float32, channels last"
    assert "without bfloat16, because this code does not run the same with it (TypeError)" in began.facts["remark"]
    assert isinstance(epoch, Evidence)


def test_a_network_that_computes_something_else_in_bfloat16_is_not_trained_in_it(run):
    coarse = CNN.replace("return self.fc(", "x = x + 4096.0\n        x = x - 4096.0\n        return self.fc(")
    began, _ = run(coarse.replace("self.norm(self.conv(x))", "self.conv(x)"), bf16=True)
    assert "bfloat16" not in began.facts["speed"]
    assert "(other outputs)" in began.facts["remark"]


def test_what_does_not_run_at_all_says_so_after_the_dry_runs(run):
    began = run(
        "from torch import nn\n\nclass MNIST_Net(nn.Linear):\n    def __init__(self):\n        super().__init__(3, 4)\n"
    )
    assert isinstance(began[0], Raised)
    assert began[0].during == "forward"


def test_a_trainer_that_asks_for_a_gpu_trains_here_all_the_same(run, solution):
    text = (solution / "trainer.py").read_text().replace("inputs.to(self.device)", "inputs.cuda()")
    assert text.count(".cuda()") == 3
    began, epoch = run(trainer=text, bf16=False)
    assert began.facts["speed"] == "cpu, float32, channels last"
    assert isinstance(epoch, Evidence)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_kits_own_loop_ends_where_the_solutions_trainer_does(run, optimizer):
    ours, solutions = run(own=False, optimizer=optimizer, epochs=2), run(optimizer=optimizer, epochs=2)
    assert np.array_equal(weights(ours[-1]), weights(solutions[-1]))


def test_images_in_a_file_are_mapped_and_give_the_same_training(run, tmp_path):
    np.save(tmp_path / "train_images.npy", ARRAYS["images"])
    mapped = run(images_file=str(tmp_path / "train_images.npy"))
    assert np.array_equal(weights(mapped[-1]), weights(run()[-1]))


def test_a_network_that_the_trainer_replaces_is_seen_not_to_have_moved(run, solution):
    text = (solution / "trainer.py").read_text()
    other = text.replace("        self.net = net\n", "        import copy\n        self.net = copy.deepcopy(net)\n")
    assert other != text
    _, epoch = run(trainer=other)
    assert epoch.facts["moved"] is False


def test_bfloat16_is_known_to_be_fast_only_where_the_processor_has_it(monkeypatch):
    import torch

    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert cpu_has_bf16() is False


def test_of_logits_the_class_is_kept_and_whatever_can_not_be_counted():
    import torch

    from autograder.deep_learning.probes.fit import _ranked

    logits = torch.randn(200, 10)
    logits[3, 4] = logits[3, 7] = 9.0  # the first one counts
    logits[5, 2], logits[6, 1], logits[7, 3] = float("nan"), float("inf"), -float("inf")
    ranked = _ranked(logits).numpy()
    assert (ranked.argmax(1) == logits.numpy().argmax(1)).all()
    assert (np.isfinite(ranked) == np.isfinite(logits.numpy())).all()
    assert set(ranked[:3].ravel()) == {-1.0, 0.0}
    for other in (torch.randn(7), torch.randn(7, 0), torch.randn(7, 2, 2)):
        assert _ranked(other) is other
