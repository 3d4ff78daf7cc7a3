"""What is not installed costs nobody a point, and only what uses it waits for it; what a hand-in says is no proof."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from conftest import write_hand_in

from autograder.check import Probe
from autograder.discretion import for_students
from autograder.evidence import Lack, Origin, Raised
from autograder.failed import broken
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.misspelt import meant
from autograder.observing import located
from autograder.outcome import Status
from autograder.packages import MOST_LACKS, attributed, imports, installed, lacking
from autograder.submission import Submission

PROBE = Probe("trainer.train", "train", ("trainer",), "full")
GIVEN = Probe("vgg.pretrained", "pretrained", ("vgg",), "full", {"given": True})
PLOTS = "import nopkg_plots as plots\nfrom nopkg_plots import heatmap\nplots.set_theme(style='dark')\n"


def hand_in(text: str, name: str = "trainer.py", **more) -> Submission:
    return Submission("s", {name: text.encode(), **more.pop("files", {})}, **more)


def status_of(seen: Raised, submission: Submission, probe: Probe = PROBE) -> Status:
    return broken(attributed(seen, probe, submission)).status


# What the sources import


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import seaborn as sns\n", [("seaborn", 1)]),
        ("x = 1\n    from seaborn.objects import Plot\n", [("seaborn", 2)]),
        ("import numpy as np, seaborn, timm.models as m  # both\n", [("numpy", 1), ("seaborn", 1), ("timm", 1)]),
        ("try: import seaborn\nexcept ImportError: pass\n", [("seaborn", 1)]),
        ("x = 1; import seaborn\n", [("seaborn", 1)]),
        ("from torch.utils.tensorboard import SummaryWriter\n", [("torch", 1), ("tensorboard", 1)]),
        ("important = 3\nfrom_seaborn = 1\nprint('import')\n", []),
        ("from . import layers\nfrom .layers import x\n", []),
    ],
)
def test_import_statements_are_read_with_their_lines(text, found):
    assert list(imports(text)) == found


@pytest.mark.parametrize(
    "text", ["\n" * 1_000_000, ";" * 1_000_000, "import a\n" * 110_000, ":import " + "a," * 500_000]
)
def test_a_hostile_megabyte_is_read_at_once(text):
    assert len(lacking(hand_in(text))) <= MOST_LACKS


def test_what_is_installed_is_found_without_being_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw1_here.py").touch()
    assert installed("numpy") and installed("sys") and installed("torch") and installed("json")
    assert not installed("hw1_no_such_package")
    assert not installed("hw1_here")  # the current folder may be the hand-in's


def test_only_what_is_neither_installed_nor_handed_in_is_lacking():
    text = "import torch, mylayers, mypack.sub, utils, hw1_no_such_package\n"
    files = {"mylayers.py": b"", "mypack/__init__.py": b"", "notes.txt": b"import hw1_other\n"}
    found = lacking(hand_in(text, files=files))
    assert found == (
        Lack("utils", "trainer.py, line 1", own=True),
        Lack("hw1_no_such_package", "trainer.py, line 1"),
    )


def test_of_a_notebook_the_cell_is_told():
    origins = {"trainer.py": (Origin("hw1-1.ipynb", 3, 1),)}
    assert lacking(hand_in("import nopkg_plots\n", origins=origins))[0].where == "hw1-1.ipynb, cell 3, line 1"


@pytest.mark.parametrize(
    "name", ["troch", "trch", "numpi", "torchvison", "colections", "Torch", "tdqm", "tiem", "minst", "pil"]
)
def test_a_misspelt_module_is_no_package(name):
    assert meant(name, in_force().module_names)
    assert not lacking(hand_in(f"import {name}\n"))
    outcome = broken(Raised("ModuleNotFoundError", f"No module named '{name}'", during="trainer"))
    assert outcome.hint == f"The name is misspelt: it should be {meant(name, in_force().module_names)}."


@pytest.mark.parametrize(
    "name",
    [
        *(
            "cv2",
            "timm",
            "wandb",
            "torchinfo",
            "torchsummary",
            "einops",
            "seaborn",
            "pandas",
            "albumentations",
            "numba",
        ),
        *(
            "torchmetrics",
            "pytorch_lightning",
            "lightning",
            "torchaudio",
            "d2l",
            "xarray",
            "scapy",
            "jax",
            "cupy",
            "keras",
        ),
    ],
)
def test_a_package_is_neither_misspelt_nor_a_file_of_the_students(name, monkeypatch):
    monkeypatch.setattr("autograder.packages.installed", lambda name: False)
    assert not meant(name, in_force().module_names)
    assert lacking(hand_in(f"import {name}\n")) == (Lack(name, "trainer.py, line 1"),)


@pytest.mark.parametrize("name", ["utils", "my_layers", "cnn_model2", "trainHelper", "confusion_matrix", "src"])
def test_a_file_of_the_students_is_told_by_the_words_in_its_name(name):
    assert lacking(hand_in(f"from {name} import x\n")) == (Lack(name, "trainer.py, line 1", own=True),)


# Whose fault it is: a table of what a hand-in may raise


MISSING = "import nopkg_plots\nimport utils\n"
CLAIMS = [
    (Raised("ModuleNotFoundError", "No module named 'nopkg_plots'"), MISSING, Status.UNGRADED),
    (Raised("MissingPackageError", "nopkg_plots"), MISSING, Status.UNGRADED),
    (Raised("TypeError", "empty(): argument 'size' must be ints, not MissingPackage"), MISSING, Status.UNGRADED),
    (Raised("ModuleNotFoundError", "No module named 'utils'"), MISSING, Status.FAILED),
    (Raised("MissingPackageError", "utils"), MISSING, Status.FAILED),
    # Raised by hand, or claimed
    (Raised("ModuleNotFoundError", "No module named 'torchvision'"), "import torchvision\n", Status.FAILED),
    (Raised("ModuleNotFoundError", "No module named 'torchvision'"), MISSING, Status.FAILED),
    (Raised("ModuleNotFoundError", "No module named 'hw1_other'"), MISSING, Status.FAILED),
    (Raised("ModuleNotFoundError", ""), MISSING, Status.FAILED),
    (Raised("ModuleNotFoundError", "No module named 'sklearn.nothing'"), "import sklearn.nothing\n", Status.FAILED),
    (Raised("MissingPackageError", "torch"), "import torch\n", Status.FAILED),
    (Raised("MissingPackageError", "nopkg_plots"), "import torch\n", Status.FAILED),
    (Raised("ImportError", "No module named 'nopkg_plots'"), MISSING, Status.FAILED),
    (Raised("RuntimeError", "No module named 'nopkg_plots'"), MISSING, Status.FAILED),
    (Raised("UnsettledError", "not settled"), MISSING, Status.FAILED),
    (Raised("MisuseError", "nopkg_plots"), MISSING, Status.FAILED),
    (Raised("GraderError", "the kit failed"), MISSING, Status.FAILED),
    (Raised("KeyboardInterrupt", ""), MISSING, Status.FAILED),
    (Raised("SystemExit", "0"), MISSING, Status.FAILED),
    (Raised("UnsettledError", ""), MISSING, Status.FAILED),
    (Raised("NotImplementedError", "TODO"), MISSING, Status.TODO),
]


@pytest.mark.parametrize(("seen", "text", "status"), CLAIMS)
def test_points_stay_open_only_for_what_really_is_not_there_and_is_imported(seen, text, status):
    assert status_of(seen, hand_in(text)) is status


def test_torchvision_is_a_need_of_the_kits_own_where_the_network_stands_on_it(monkeypatch):
    seen = Raised("ModuleNotFoundError", "No module named 'torchvision'")
    assert status_of(seen, hand_in(""), GIVEN) is Status.FAILED
    monkeypatch.setattr("autograder.packages.installed", lambda name: name != "torchvision")
    assert status_of(seen, hand_in("")) is Status.FAILED  # nobody imports it
    outcome = broken(attributed(replace(seen, during="pretrained"), GIVEN, hand_in("")))
    assert outcome.status is Status.UNGRADED
    assert outcome.reason == "torchvision is not installed where this was graded, and running the network needs it."
    assert outcome.shown == outcome.reason


def test_the_name_is_the_students_own_and_is_shown_with_a_secret_seed():
    seen = located(attributed(CLAIMS[0][0], PROBE, hand_in(MISSING)), {})
    outcome = broken(replace(seen, during="train"))
    wanted = "nopkg_plots (trainer.py, line 1) is not installed where this was graded, and Trainer.train needs it."
    assert (outcome.reason, outcome.shown) == (wanted, wanted)
    own = broken(attributed(CLAIMS[3][0], PROBE, hand_in(MISSING)))
    assert own.shown.startswith("utils.py (trainer.py, line 2) was not handed in")


# From the hand-in to the report


def statuses(report) -> dict[str, Status]:
    return {line.id: line.outcome.status for line in report.lines}


@pytest.fixture(scope="module")
def trainer(solution):
    return (solution / "trainer.py").read_text(encoding="utf-8")


def test_a_package_for_plots_alone_costs_only_what_plots_with_it(check_folder, tmp_path, trainer):
    lines = trainer.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("    def compute_conf("))
    lines.insert(at + 1, "        plots.heatmap([[1]])")
    report = check_folder(tmp_path, {"trainer.py": PLOTS + "\n".join(lines) + "\n"})
    found = statuses(report)
    assert [found[name] for name in ("1.2a", "1.2b", "1.2c")] == [Status.PASSED, Status.PASSED, Status.UNGRADED]
    (outcome,) = (line.outcome for line in report.lines if line.id == "1.2c")
    assert outcome.reason.startswith("nopkg_plots (trainer.py, line 1) is not installed where this was graded")
    assert report.lost == 0
    shown = for_students(replace(report, fingerprint={"seed": "secret"}))
    assert any("nopkg_plots (trainer.py, line 1)" in line.outcome.reason for line in shown.lines)


MNIST = "from torch import nn\n{}\n\nclass MNIST_Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
MNIST += "        self.fc = nn.Linear(784, 10)\n\n    def forward(self, x):\n{}        return self.fc(x.flatten(1))\n"


@pytest.mark.parametrize(
    ("top", "inside", "status"),
    [
        ("import hw1_a", "", Status.PASSED),
        ("import hw1_a.b as b\nfrom hw1_a.c import d\nb.e(d.f)(1)\nb.g['x'] = 2\nb.h = 3", "", Status.PASSED),
        ("from torch.utils.tensorboard import SummaryWriter\nwriter = SummaryWriter()", "", Status.PASSED),
        ("try:\n    import hw1_a\nexcept ImportError:\n    hw1_a = None", "assert hw1_a is None", Status.PASSED),
        ("import contextlib\nwith contextlib.suppress(ImportError):\n    import hw1_a", "", Status.PASSED),
        ("try:\n    import hw1_a\nexcept ValueError:\n    pass", "", Status.PASSED),
        ("import hw1_a", "x = hw1_a.prepare(x)", Status.UNGRADED),
        ("import hw1_a", "x = x + hw1_a.mean", Status.UNGRADED),
        ("from hw1_a import Net", "x = Net()(x)", Status.UNGRADED),
        ("from hw1_a import Net\nclass Other(Net): pass", "Other()", Status.UNGRADED),
        ("", "from hw1_a import f\nx = f(x)", Status.UNGRADED),
        ("import utils", "x = utils.f(x)", Status.FAILED),
        ("import my_layers", "x = my_layers.f(x)", Status.FAILED),
        ("from nopkg_a.all import *", "", Status.PASSED),
        ("from nopkg_a.all import *", "x = of_it(x)", Status.UNGRADED),
        ("from my_layers import *", "x = of_it(x)", Status.FAILED),
        (
            "import nopkg_a as a\nwith a.init() as run:\n    lr = a.config.lr * 2 + 1 if a.x < 3 else 4",
            "",
            Status.PASSED,
        ),
        ("import nopkg_a as a\ndef f(x: a.Run | None = None, y=a.b(3)) -> list[a.C]: return x", "f(x)", Status.PASSED),
        ("import nopkg_a as a", "if isinstance(x, a.Frame): x = 0", Status.UNGRADED),
        ("import nopkg_a as a\n@a.fast(n=3)\ndef f(x): return x", "x = f(x)", Status.UNGRADED),
        (
            "from importlib import util\nhas = util.find_spec('nopkg_a') is not None\nif has: import nopkg_a",
            "assert not has",
            Status.PASSED,
        ),
        ("import troch", "", Status.FAILED),
        ("from matplotib import pyplot", "", Status.FAILED),
        (
            "import annotationlib",
            "x = annotationlib.f(x)",
            Status.UNGRADED if sys.version_info < (3, 14) else Status.FAILED,
        ),
        ("import torch.nothing", "", Status.FAILED),
        ("", "raise ModuleNotFoundError(\"No module named 'torchvision'\")", Status.FAILED),
        ("raise ModuleNotFoundError(\"No module named 'torchvision'\")", "", Status.FAILED),
        ("class MissingPackageError(ImportError): pass", "raise MissingPackageError('hw1_a')", Status.FAILED),
        ("", "import importlib\nimportlib.import_module('hw1_a')", Status.FAILED),
        ("", "raise KeyboardInterrupt", Status.FAILED),
        ("", "raise SystemExit(0)", Status.FAILED),
        ("", "raise MemoryError", Status.STOPPED),
        ("", "import os\nos._exit(0)", Status.STOPPED),
    ],
)
def test_what_a_hand_in_does_with_what_is_not_there(grade_folder, tmp_path, top, inside, status):
    code = "".join(f"        {line}\n" for line in inside.splitlines())
    folder = write_hand_in(tmp_path / "20260042", {"mnist.py": MNIST.format(top, code)})
    checks = tuple(check for check in CHECKS if check.id == "1.1-structure")
    (outcome,) = (line.outcome for line in grade_folder(folder, checks=checks).lines if line.id == "1.1-structure")
    assert outcome.status is status, outcome
