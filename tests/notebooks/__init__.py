"""Notebooks for the tests: in the original homework's layout, in our own, and broken ones."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SETUP = """\
%matplotlib inline
!pip install tqdm
import numpy as np
import torch, torchvision
import torch.nn as nn
from torch import optim
import torchvision.transforms as transforms
import matplotlib.pyplot as plt
from google.colab import drive
drive.mount("/content/drive")
device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
"""
DATA = """\
trainset = torchvision.datasets.MNIST("./data", train=True, download=True, transform=transforms.ToTensor())
trainloader = torch.utils.data.DataLoader(trainset, batch_size=32, shuffle=True, num_workers=2)
testloader = trainloader
classes = tuple(str(digit) for digit in range(10))
for images, labels in trainloader:
    plt.imshow(images[0, 0]); break
"""
RUN = """\
net = {name}().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = optim.{optimizer}(net.parameters(), lr=0.001)
trainer = Trainer(trainloader, testloader, net, optimizer, criterion)
trainer.train(4)
trainer.test()
"""
SGD = (1, 2, 3, 4)


def code(source: str | list[str], printed: str = "", hw1: dict[str, str] | None = None) -> dict[str, Any]:
    """A code cell."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    metadata = {"hw1": hw1} if hw1 else {}
    return {"cell_type": "code", "metadata": metadata, "execution_count": 1, "source": source, "outputs": outputs}


def text(source: str, hw1: dict[str, str] | None = None) -> dict[str, Any]:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {"hw1": hw1} if hw1 else {}, "source": source}


def notebook(*cells: dict[str, Any], **facts: Any) -> bytes:
    """A notebook's bytes."""
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells, **facts}).encode()


def class_of(path: Path, name: str, called: str = "") -> str:
    """The source of a class (or function) of a module, under another name; what it calls itself is renamed, too."""
    source = path.read_text(encoding="utf-8")
    (found,) = [one for one in ast.parse(source).body if getattr(one, "name", "") == name]
    lines = "\n".join(source.splitlines()[found.lineno - 1 : found.end_lineno])
    lines = re.sub(r"\n *# (BEGIN|END) SOLUTION.*", "", lines)
    return lines if not called else re.sub(rf"\b{name}\b", called, lines)


def original_layout(solution: Path) -> dict[str, bytes]:
    """Both notebooks as the original homework had them, with the solution's networks in them."""
    old_super = "super(MNIST_Net, self).__init__()"
    first = [
        text("# Homework 1\n\nTrain networks for handwritten digits."),
        code(SETUP),
        code(DATA),
        text("## The training loop\n\nQ1) What if the gradients were not cleared?"),
        code(
            "# Q1) What without zero_grad?\n# A1) The gradients of all batches add up,\n# so that the steps grow.\n"
            + class_of(solution / "trainer.py", "Trainer").replace("        return accuracy\n", "")
            + "\n\n"
            + class_of(solution / "trainer.py", "plot_confusion")
        ),
        text("## HW 1.2 Experiments"),
    ]
    for number in range(1, 11):
        if number == 9:
            free = class_of(solution / "mnist.py", "MNIST_Net")
            first += [text("## HW 1.1 Your own network"), code(free)]
            first += [code(RUN.format(name="MNIST_Net", optimizer="Adam"), "Test set: Accuracy: 9881/10000 (99%)")]
            first += [text("## Experiments again")]
        heading = f"### ({number}) one more network" if number % 2 else f"### Exp ({number}) another network"
        network = class_of(solution / "ablations.py", f"Exp{number}", "MNIST_Net").replace(
            "super().__init__()", old_super
        )
        run = RUN.format(name="MNIST_Net", optimizer="SGD" if number in SGD else "Adam")
        first += [
            text(heading),
            code(f"{network}\n\nprint(sum(p.numel() for p in MNIST_Net().parameters()))", "23860\n"),
        ]
        first += [code(run, f"Finished Training\nTest set: Accuracy: {5000 + number}/10000 ({50}%)\n")]
        if number == 2:
            first += [text("Q4) Does the activation change the performance?\n\nAns) Yes, by far: ReLU learns faster.")]
    first += [text("Q11) Which shape has the output?"), text("Ans) Formula: ((H-F)/S+1, (W-F)/S+1, 2)")]
    vgg = solution / "vgg.py"
    second = [
        text("# VGG-19"),
        code(SETUP),
        text("## HW 2.1"),
        code(class_of(vgg, "ConvBlock1")),
        code("class VGG19(nn.Module):\n    pass"),
        code(class_of(vgg, "ConvBlock2") + "\n\n\n" + class_of(vgg, "VGG19")),
        code("net = VGG19().to(device)\nprint(net(torch.rand(2, 3, 32, 32)).shape)", "Total params: 20,365,002"),
        text("## HW 2.2"),
        code(class_of(vgg, "PretrainedVGG", "pretrained_vgg")),
        code(
            "pre = torchvision.models.vgg19_bn(pretrained=True)\nnet = pretrained_vgg(pre)\ntest()", "Accuracy: 87.1 %"
        ),
    ]
    return {"hw1-1.ipynb": notebook(*first), "hw1-2.ipynb": notebook(*second)}


def own_layout(modules: dict[str, str], answers: Iterable[tuple[str, str]] = ()) -> bytes:
    """One of our notebooks with modules in marked cells, each class in a cell of its own."""
    cells = [code("%matplotlib inline\nimport torch\nfrom torch import nn"), text("## The walk")]
    for module, source in modules.items():
        parts = re.split(r"\n\n\n(?=class |def )", source)
        cells += [code(part, hw1={"module": module}) for part in parts]
        cells += [code(f"from {module} import *\nprint('run')")]
    cells += [text(f"## {item}: the question\n\n{answer}", {"answer": item}) for item, answer in answers]
    return notebook(*cells)
