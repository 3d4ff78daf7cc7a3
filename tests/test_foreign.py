"""A network of a library that is trained in the place of the student's own is found, and its figures are marked."""

from __future__ import annotations

import ast

import pytest

from autograder.discretion import for_students
from autograder.homework import in_force
from autograder.hw1.checks import CHECKS
from autograder.hw1.probes.layout import Layout
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.probes.foreign import followed_for
from autograder.ingest.probes.notebook import _packed, read_notebook
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.rubric import read_rubric
from autograder.sandbox.forms import misfit
from tests.conftest import write_hand_in
from tests.notebooks import code, notebook, text

SETUP = "import torch, torchvision, timm\nfrom torch import nn, optim\nfrom torchvision import models\n"
TRAIN = "trainer = Trainer(trainloader, testloader, net, optimizer, criterion)\ntrainer.train(4)"
ACCURACY = "Test set: Accuracy: 7000/10000 (70%)"


def found(source: str) -> list[str]:
    followed = followed_for(in_force().told)
    followed.read(ast.parse(SETUP + source).body)
    return [one.what for one in followed.foreign]


@pytest.mark.parametrize(
    ("built", "what"),
    [
        ("net = models.vgg19_bn()", "torchvision's vgg19_bn"),
        ("net = torchvision.models.vgg19(num_classes=10).to(device)", "torchvision's vgg19"),
        ("net = models.vgg16_bn(pretrained=False)", "torchvision's vgg16_bn"),
        ("net = models.vgg19_bn(weights=None)\nnet.classifier[6] = nn.Linear(4096, 10)", "torchvision's vgg19_bn"),
        ("from torchvision.models import vgg19_bn as v\nnet = v()", "torchvision's vgg19_bn"),
        ("import torchvision.models as m\nnet = nn.DataParallel(m.vgg19_bn())", "torchvision's vgg19_bn"),
        ("from torchvision.models import *\nnet = resnet18()", "torchvision's resnet18"),
        ("from torchvision.models.vgg import vgg19\nnet = vgg19()", "torchvision's vgg19"),
        ("net = models.get_model('vgg19_bn')", "torchvision's vgg19_bn"),
        ("net = models.__dict__['vgg19_bn']()", "torchvision's vgg19_bn"),
        ("net = getattr(models, 'vgg19_bn')()", "torchvision's vgg19_bn"),
        ("net = timm.create_model('vgg19_bn', num_classes=10)", "timm's vgg19_bn"),
        ("net = torch.hub.load('pytorch/vision', 'vgg19_bn')", "torch.hub's vgg19_bn"),
        ("VGG19 = models.vgg19_bn\nnet = VGG19()", "torchvision's vgg19_bn"),
        ("def make():\n    net = models.vgg19_bn()\n    return net\nnet = make()", "torchvision's vgg19_bn"),
        ("class VGG19(nn.Module):\n    def __init__(self):\n        self.m = models.vgg19_bn()\nnet = VGG19()",
         "torchvision's vgg19_bn"),
        ("class Net(models.VGG):\n    pass\nnet = Net()", "torchvision's VGG"),
        ("net, lr = models.vgg19_bn(), 1e-4", "torchvision's vgg19_bn"),
        ("if True:\n    net = models.vgg19_bn()", "torchvision's vgg19_bn"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "trained",
    [
        TRAIN,
        "Trainer(a, b, net=net, c=d).train(4)",
        "optimizer = optim.Adam(net.parameters(), lr=1e-4)",
        "model = net\nfit(model)",
        "def go(n):\n    loss.backward()\ngo(net)",
        "for epoch in range(4):\n    train(net, loader)",
        "def main():\n    trainer = Trainer(a, b, net, c, d)\n    trainer.train(4)\nmain()",
    ],
)
def test_what_is_built_and_trained_is_found(built, what, trained):
    assert found(f"{built}\n{trained}") == [what]


@pytest.mark.parametrize(
    "source",
    [
        f"pre = models.vgg19_bn(pretrained=True)\nnet = PretrainedVGG(pre).to(device)\n{TRAIN}",
        f"net = pretrained_vgg(models.vgg19_bn(weights=None))\n{TRAIN}",
        f"pre = models.vgg19_bn(weights=None)\npre.load_state_dict(load_file(weights))\nnet = pre\n{TRAIN}",
        f"net = models.vgg19_bn(weights='DEFAULT')\n{TRAIN}",
        f"net = timm.create_model('vgg19_bn', pretrained=True)\n{TRAIN}",
        f"class PretrainedVGG(nn.Module):\n  def __init__(s):\n    s.p = models.vgg19_bn(pretrained=True)\n"
        f"net = PretrainedVGG()\n{TRAIN}",
        f"print(models.vgg19_bn())\nnet = VGG19()\n{TRAIN}",
        f"net = models.vgg19_bn()\nnet = VGG19()\n{TRAIN}",
        f"other = models.vgg19_bn()\nprint(count(other))\nnet = VGG19()\n{TRAIN}",
        f"from timm.data import resolve\nnet = VGG19()\n{TRAIN}",
        f"net = nn.Sequential(nn.Linear(784, 10))\n{TRAIN}",
    ],
)
def test_what_was_asked_for_and_what_is_not_trained_is_not(source):
    assert found(source) == []


def read(*cells: dict):
    result = read_notebook(notebook(*cells), in_force().told, Layout)
    assert misfit("notebook", *_packed(result)) == ""
    return result


def test_the_figures_of_its_cells_are_marked_and_those_of_the_students_own_are_not():
    own = TRAIN.replace("trainer", "mine").replace("net,", "own,").replace("minelo", "trainlo")
    result = read(
        code(SETUP),
        code(f"own = VGG19().to(device)\n{own}\nmine.test()", ACCURACY),
        code(f"\nnet = models.vgg19_bn()\n{TRAIN}", "Accuracy: 40 %"),
        code("trainer.test()", ACCURACY),
        code("print(99)", "Accuracy: 71 %"),
        code("mine.test()", ACCURACY),
        code("acc = trainer.test()\nprint(acc)", ACCURACY),
        code("print(acc)", "accuracy 70.0 %"),
        text("## HW 2.2 again"),
        code("net = PretrainedVGG(models.vgg19_bn(pretrained=True))\ntrain(net)", "Accuracy: 87 %"),
    )
    (network,) = {claim.network for claim in result.claims if claim.network}
    assert (network.cell, network.line, network.what) == (3, 2, "torchvision's vgg19_bn")
    assert [claim.cell for claim in result.claims if claim.network] == [3, 4, 5, 7, 8]
    assert {claim.about for claim in result.claims if claim.network} == {"2.2a"}
    assert [claim.about for claim in result.claims if not claim.network] == ["2.2a", "2.2a", "2.2b"]


def test_a_network_under_an_experiments_heading_stands_in_its_place():
    result = read(code(SETUP), text("### (3) Three layers"), code(f"net = models.resnet18()\n{TRAIN}", ACCURACY))
    assert [part for _, part in result.foreign] == ["1.2.3"]


def test_one_with_weights_is_no_fault_and_its_figures_say_so():
    result = read(code(SETUP), code(f"net = models.vgg19_bn(pretrained=True)\n{TRAIN}", ACCURACY))
    assert result.foreign == []
    assert [(claim.about, claim.network.what) for claim in result.claims] == [("2.2b", "torchvision's vgg19_bn")]


def test_staff_are_told_where_it_stands_and_students_are_not(launcher, recording, tmp_path):
    kit = Kit(isolation="best", launcher=launcher, recorded=lambda: recording, scratch=tmp_path / "scratch")
    kit.scratch.mkdir()
    book = notebook(
        code(SETUP), code(f"net = models.vgg19_bn()\nnet.classifier[6] = nn.Linear(4096, 10)\n{TRAIN}", ACCURACY)
    )
    folder = write_hand_in(tmp_path / "20260001", {"hw1-2.ipynb": book})
    one = with_notebooks(read_submission(folder, read_rubric().limits), kit)
    said = "hw1-2.ipynb, cell 2, line 1 builds torchvision's vgg19_bn; part 2.2a asks for the student's own VGG19"
    assert any(said in flag for flag in one.flags)
    assert not any("vgg19_bn" in remark for remark in one.about_files)
    assert one.claims == (
        "hw1-2.ipynb, cell 2 (2.2a): accuracy 70 % of torchvision's vgg19_bn (cell 2, line 1), "
        "not of the student's own network",
    )


def test_code_that_nobody_wrote_by_hand_is_followed_as_far_as_it_goes():
    deep, long = "f(" * 80 + "net" + ")" * 80, "+".join(["net(x)"] * 400)
    assert found(f"net = models.vgg19_bn()\nx = {deep}\ny = {long}\n{TRAIN}") == ["torchvision's vgg19_bn"]


def test_a_module_that_trains_one_is_flagged_to_staff(check_folder, tmp_path, solution):
    more = "\n\nif __name__ == '__main__':\n    import torchvision\n    net = torchvision.models.vgg19_bn()\n"
    more += "    optimizer = torch.optim.Adam(net.parameters())\n"
    source = (solution / "vgg.py").read_text() + more
    checks = tuple(check for check in CHECKS if check.id == "files-vgg")
    report = check_folder(tmp_path, {"vgg.py": source}, checks=checks)
    line = source.count("\n", 0, source.index("net = torchvision")) + 1
    assert any(f"vgg.py, line {line} builds torchvision's vgg19_bn" in remark for remark in report.remarks)
    assert not any("vgg19_bn" in remark for remark in for_students(report).remarks)
