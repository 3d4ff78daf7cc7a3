"""Attacks on the judgement: values, types and behaviour that look like the right ones."""

from __future__ import annotations

from .attack import SAME, Attack

EXP = ("1.2.1", "1.2.7", "1.1-structure")
VGG = ("2.1a", "2.1b", "2.1c-shapes", "2.1c-count", "2.1c-function", "1.2.1")
TRAINER = ("1.2a", "1.2b", "1.2c", "1.2.1")


def _exp1(attack_id: str, rows: tuple[int, ...], does: str, forward: str, **more: object) -> Attack:
    """Exp1 with another forward pass."""
    after = f"\n\ndef forward(self, x):\n{forward}\n\n\nExp1.forward = forward\n"
    settings = {"module": "ablations", "loses": ("1.2.1",), "without": SAME, "checks": EXP, **more}
    return Attack(attack_id, rows, does, "judgement", after=after, **settings)  # type: ignore[arg-type]


def _trainer(attack_id: str, rows: tuple[int, ...], does: str, after: str, loses: tuple[str, ...]) -> Attack:
    settings = {"module": "trainer", "loses": loses, "without": SAME, "checks": TRAINER}
    return Attack(attack_id, rows, does, "judgement", after=after, **settings)  # type: ignore[arg-type]


# A network that is none: what is told of it is told of another one, which has the right parameters.
FORGED = """

import sys

Shapes = VGG19  # what has the right parameters, whatever it computes


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        self.small = nn.Linear(3072, 10)
        self.small.weight.data = torch.linspace(-1, 1, 30_720).reshape(10, 3072)  # nobody fills it
        self.small.bias.data.zero_()
        self.shapes = []
        frame = sys._getframe()
        while frame is not None and "dry_run" not in frame.f_globals:
            frame = frame.f_back
        if frame is not None:
            kit = frame.f_globals
            watched, described = kit["dry_run"], kit["_described"]

            def dry_run(net, x):
                if type(net) is not VGG19:
                    return watched(net, x)
                whole = Shapes()
                net.shapes.append(whole.block1.conv1)
                return watched(whole, x)

            kit["dry_run"] = dry_run
            kit["_described"] = lambda *found: {**described(*found), "unregistered": 0, "unused": []}
            kit["_effects"] = lambda net, uses, x: [True] * len(uses)

    def forward(self, x):
        if self.shapes:
            x = @FIRST@
        return self.small(x.flatten(1))
"""

ATTACKS = (
    _exp1(
        "constants",
        (1,),
        "returns the same logits for every input",
        "    return torch.zeros(len(x), 10) + self.fc2.bias",
    ),
    _exp1(
        "eval_detector",
        (1, 43),
        "is the right network as long as it sees batches of one, and another one otherwise",
        """    h = torch.sigmoid(self.fc1(x.flatten(1)))
    return self.fc2(h) if len(x) == 1 else self.fc2(h) * 2""",
        quick=True,
    ),
    _exp1(
        "mode_detector",
        (43,),
        "is the right network in eval mode alone",
        """    y = self.fc2(torch.sigmoid(self.fc1(x.flatten(1))))
    return y * 0.9 if self.training else y""",
    ),
    _exp1(
        "call_counter",
        (43,),
        "is the right network the first three times",
        """    self.calls = getattr(self, "calls", 0) + 1
    y = self.fc2(torch.sigmoid(self.fc1(x.flatten(1))))
    return y if self.calls <= 3 else y * 0""",
    ),
    _exp1(
        "caller_detector",
        (43,),
        "looks at the frames of who calls, and returns what it finds there",
        """    import sys
    frame = sys._getframe()
    while frame is not None:
        for value in frame.f_locals.values():
            if isinstance(value, torch.Tensor) and tuple(value.shape) == (len(x), 10):
                return value
        frame = frame.f_back
    return torch.zeros(len(x), 10).requires_grad_()""",
    ),
    _exp1(
        "giant_output",
        (65,),
        "returns a tensor of 10^12 numbers that takes no memory",
        "    return torch.zeros(1, 1).expand(10**6, 10**6)",
    ),
    _exp1(
        "giant_row",
        (65,),
        "returns as many rows as wanted, each of 10^9 numbers",
        "    return torch.zeros(1).expand(len(x), 10**9)",
    ),
    *(
        _exp1(f"weird_logits_{name}", (65,), f"returns {what}", f"    {value}")
        for name, what, value in (
            (
                "nan",
                "NaN, which compares as no number does",
                "return self.fc2(torch.sigmoid(self.fc1(x.flatten(1)))) * float('nan')",
            ),
            ("inf", "infinities", "return self.fc2(torch.sigmoid(self.fc1(x.flatten(1)))) / 0"),
            ("sparse", "a sparse tensor", "return torch.zeros(len(x), 10).to_sparse().requires_grad_()"),
            ("meta", "a tensor without values", "return torch.zeros(len(x), 10, device='meta', requires_grad=True)"),
            ("complex", "complex numbers", "return torch.zeros(len(x), 10, dtype=torch.complex64, requires_grad=True)"),
            ("none", "nothing", "return None"),
            ("itself", "the network itself", "return self"),
        )
    ),
    Attack(
        "borrowed_model",
        rows=(2,),
        does="takes a library's layers for its own: right, and told to staff",
        stopped_by="remark",
        module="vgg",
        after="""

import torchvision


class ConvBlock1(nn.Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        built = torchvision.models.vgg.make_layers([out_dim, out_dim, "M"], batch_norm=True)
        built[0] = nn.Conv2d(in_dim, out_dim, 3, padding=1)
        self.net = torchvision.models.VGG(built, num_classes=1, init_weights=False)

    def forward(self, x):
        return self.net.features(x)
""",
        without=SAME,
        checks=("2.1a", "2.1b", "1.2.1"),
        remark="ready-made parts of a library: VGG",
        quick=True,
    ),
    Attack(
        "fake_param_count",
        rows=(41,),
        does="has all the parameters that are asked for, and computes with none of them",
        stopped_by="judgement",
        module="vgg",
        after="""

Honest = VGG19


class VGG19(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = Honest()
        self.small = nn.Linear(3072, 10)

    def forward(self, x):
        with torch.no_grad():
            y = self.hidden(x)
        return self.small(x.flatten(1)) + y * 0

    def parameters(self, recurse=True):
        return self.hidden.parameters()
""",
        loses=("2.1c-count", "2.1c-function"),
        without=SAME,
        checks=VGG,
        quick=True,
    ),
    Attack(
        "forge_facts",
        rows=(41, 42, 81),
        does="reaches into the probe by its frames and rewrites what it tells of a network that is none",
        stopped_by="judgement",
        module="vgg",
        after=FORGED.replace("@FIRST@", "x"),
        loses=("2.1c-shapes", "2.1c-count", "2.1c-function"),
        without=SAME,
        checks=VGG,
    ),
    Attack(
        "forge_facts_behind_a_right_layer",
        rows=(81,),
        does="the same, and runs the reference's first layer so that something of it is right",
        stopped_by="nothing",
        module="vgg",
        after=FORGED.replace("@FIRST@", "(self.shapes[0](x) * 0).sum() + x"),
        loses=("2.1c-count", "2.1c-function"),
        without=SAME,
        stays_open=("root", "root-bare", "user"),
        why="a count is a fact that the worker tells, and one layer is soon made right; staff are told of it",
        checks=VGG,
    ),
    Attack(
        "impersonate_module",
        rows=(42,),
        does="says that it is an nn.Module, by its class and by a metaclass",
        stopped_by="judgement",
        module="ablations",
        after="""


class Meta(type):
    def __instancecheck__(cls, thing):
        return True

    def __subclasscheck__(cls, kind):
        return True


class Exp1(metaclass=Meta):
    __class__ = nn.Module
    training = False

    def __call__(self, x):
        return torch.zeros(len(x), 10).requires_grad_()

    forward = __call__

    def __getattr__(self, name):
        return lambda *args, **kwargs: iter(())
""",
        loses=("1.2.1",),
        without=SAME,
        checks=EXP,
    ),
    _trainer(
        "trainer_lies",
        (47, 48),
        "says 99 % and shows a confusion matrix with a full diagonal",
        """


def test(self):
    self.net.eval()
    print("Test set: Accuracy: 9900/10000 (99%)")
    return 0.99


Trainer.test = test
Trainer.compute_conf = lambda self: torch.eye(10, dtype=torch.int64) * 4
""",
        ("1.2b", "1.2c"),
    ),
    _trainer(
        "train_on_test",
        (45,),
        "trains on the test set in train and in test",
        """


def train(self, epoch=1):
    self.trainloader, kept = self.testloader, self.trainloader
    try:
        return honest(self, epoch)
    finally:
        self.trainloader = kept


def test(self):
    train(self)
    return tested(self)


honest, tested = Trainer.train, Trainer.test
Trainer.train, Trainer.test = train, test
""",
        ("1.2a", "1.2b"),
    ),
    _trainer(
        "label_peek_loader",
        (46,),
        "counts the labels of the data set in the place of the network's answers",
        """


def test(self):
    labels = [int(label) for _, label in self.testloader.dataset]
    return sum(label == label for label in labels) / len(labels)


def compute_conf(self):
    conf = torch.zeros(10, 10, dtype=torch.int64)
    for _, label in self.testloader.dataset:
        conf[int(label), int(label)] += 1
    return conf


Trainer.test, Trainer.compute_conf = test, compute_conf
""",
        ("1.2b", "1.2c"),
    ),
    _trainer(
        "patched_optimizer",
        (33, 45),
        "does not train, and patches the optimizer to say that it did",
        """


Trainer.train = lambda self, epoch=1: [0.0] * epoch
torch.optim.SGD.step = lambda self, closure=None: None
torch.Tensor.backward = lambda self, *args, **kwargs: None
""",
        ("1.2a",),
    ),
)
