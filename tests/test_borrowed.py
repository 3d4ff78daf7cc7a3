"""Ready-made parts of torchvision are told of, whatever class they are put into; one's own parts are not."""

import pytest
from conftest import write_hand_in

from autograder.hw1.checks import CHECKS

HEAD = "import torchvision, torchvision.models as models\nfrom torch import nn\n\n\n"
HEAD += "class VGG19(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {}\n"
HEAD += (
    "        self.fc = nn.Linear(512, 10)\n\n    def forward(self, x):\n        return self.fc(self.f(x).flatten(1))\n"
)
OWN = "self.f = nn.Sequential(nn.Conv2d(3, 512, 3), nn.AdaptiveAvgPool2d(1))"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (OWN, ()),
        (f"models.__name__; {OWN}", ()),
        ("self.f = models.vgg.make_layers(models.vgg.cfgs['E'], batch_norm=True)", ("make_layers",)),
        ("self.f = nn.Sequential(*models.vgg19_bn(weights=None).features)", ("vgg19_bn",)),
        (
            "self.f = nn.Sequential(models.VGG(models.vgg.make_layers([512])).features, nn.AdaptiveAvgPool2d(1))",
            ("VGG",),
        ),
        ("self.f = nn.Sequential(*list(models.resnet18().children())[:-1])", ("resnet18", "BasicBlock")),
    ],
)
def test_what_a_constructor_calls_of_a_librarys_models_is_remarked(grade_folder, tmp_path, code, names):
    folder = write_hand_in(tmp_path / "20260042", {"vgg.py": HEAD.format(code)})
    checks = tuple(check for check in CHECKS if check.id == "2.1c-function")
    (outcome,) = (line.outcome for line in grade_folder(folder, checks=checks).lines if line.id == "2.1c-function")
    told = [remark for remark in outcome.remarks if remark.startswith("It uses ready-made parts of a library")]
    assert bool(told) is bool(names), outcome
    assert all(any(name in remark for remark in told) for name in names), told
