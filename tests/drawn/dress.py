"""What stands around the classes of a file: settings, prints, arguments, a configuration beside it."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .records import Source

IMPORTS = """import copy
import functools
from collections import OrderedDict
from functools import reduce

import torch
import torch.nn as nn
import torch.nn.functional as F
"""
Dress = Callable[[str, str, Random], tuple[str, dict[str, str]]]
"""The module's name and source to the dressed source and files beside it."""


def _before(head: str) -> Dress:
    """*head* after the imports."""

    def dressed(module: str, text: str, random: Random) -> tuple[str, dict[str, str]]:
        return f"{IMPORTS}\n{head}\n\n{text}", {}

    return dressed


def _around(head: str, foot: str) -> Dress:
    """*head* after the imports, *foot* at the end."""

    def dressed(module: str, text: str, random: Random) -> tuple[str, dict[str, str]]:
        return f"{IMPORTS}\n{head}\n\n{text}\n\n{foot}\n", {}

    return dressed


def _configured(module: str, text: str, random: Random) -> tuple[str, dict[str, str]]:
    head = f"""import json
from pathlib import Path

CONFIG = json.loads((Path(__file__).parent / "{module}_config.json").read_text(encoding="utf-8"))
assert CONFIG["classes"] == 10
"""
    return f"{IMPORTS}\n{head}\n\n{text}", {f"{module}_config.json": '{"classes": 10, "name": "설정"}\n'}


def _opened(module: str, text: str, random: Random) -> tuple[str, dict[str, str]]:
    head = f"""import os

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "{module}.yaml")) as f:
    settings = dict(line.strip().split(": ") for line in f)
BATCH_SIZE = int(settings["batch_size"])
"""
    return f"{IMPORTS}\n{head}\n\n{text}", {f"{module}.yaml": "batch_size: 32\nlr: 0.001\n"}


def _windows(module: str, text: str, random: Random) -> tuple[str, dict[str, str]]:
    return f"\ufeff# -*- coding: utf-8 -*-\n{IMPORTS}\n{text}".replace("\n", "\r\n"), {}


ARGUMENTS = """import argparse

parser = argparse.ArgumentParser(description="homework 1")
parser.add_argument("--epochs", type=int, default=4)
parser.add_argument("--lr", type=float, default=1e-3)
args = parser.parse_args()
"""
MAIN = """def main():
    torch.manual_seed(0)
    print("done", flush=True)


if __name__ == "__main__":
    main()
"""
DRESSES: dict[str, Dress] = {
    "plain": _before(""),
    "a seed": _before(
        "torch.manual_seed(1234)\nimport random\nimport numpy as np\n\nrandom.seed(0)\nnp.random.seed(0)"
    ),
    "double and back": _around("torch.set_default_dtype(torch.float64)", "torch.set_default_dtype(torch.float32)"),
    "threads": _before("torch.set_num_threads(4)"),
    "cudnn flags": _before(
        "torch.backends.cudnn.benchmark = True\ntorch.backends.cudnn.deterministic = True\n"
        "torch.backends.cuda.matmul.allow_tf32 = True"
    ),
    "matmul precision": _before('torch.set_float32_matmul_precision("high")'),
    "deterministic": _before(
        'import os\n\nos.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"\ntorch.use_deterministic_algorithms(True, warn_only=True)'
    ),
    "anomalies": _before("torch.autograd.set_detect_anomaly(True)"),
    "arguments": _before(ARGUMENTS),
    "json beside": _configured,
    "yaml beside": _opened,
    "logging": _before(
        "import logging\nimport sys\n\nlogging.basicConfig(stream=sys.stdout, level=logging.INFO, force=True)\n"
        'log = logging.getLogger(__name__)\nlog.info("loaded")'
    ),
    "stdout": _before(
        'import sys\n\nsys.stdout.reconfigure(encoding="utf-8", line_buffering=True)\nprint("준비 완료")'
    ),
    "stdout wrapped": _before(
        'import io\nimport sys\n\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)'
    ),
    "Korean": _before(
        'print("모듈을 불러옵니다 …")\nDEVICE = "cuda" if torch.cuda.is_available() else "cpu"\nprint(f"장치: {DEVICE}")'
    ),
    "warnings": _before(
        'import warnings\n\nwarnings.filterwarnings("ignore")\ntorch.set_printoptions(precision=3, sci_mode=False)'
    ),
    "warnings are errors": _before('import warnings\n\nwarnings.simplefilter("error")'),
    "numpy errors": _before('import numpy as np\n\nnp.seterr(all="raise")'),
    "recursion": _before("import sys\n\nsys.setrecursionlimit(20000)"),
    "matplotlib": _before('import matplotlib\n\nmatplotlib.use("Agg")\nimport matplotlib.pyplot as plt'),
    "main": _around("", MAIN),
    "Windows": _windows,
    "changed folder": _before("import os\n\nos.chdir(os.path.dirname(os.path.abspath(__file__)))"),
    "annotations": _before("from typing import Any, List, Optional, Tuple\n\nTensor = torch.Tensor"),
    "dataclass": _before(
        "from dataclasses import dataclass, field\n\n\n@dataclass(frozen=True)\nclass Config:\n    lr: float = 1e-3\n"
        "    epochs: int = 4\n    widths: tuple = field(default=(784, 30, 10))\n\n\nCFG = Config()"
    ),
    "future": lambda module, text, random: (f"from __future__ import annotations\n\n{IMPORTS}\n{text}", {}),
    "default device": _before('torch.set_default_device("cpu")'),
    "on its own": _around("", 'if __name__ == "__main__":\n    import sys\n\n    sys.exit(0)'),
}


def dress(module: str, style: str, text: str, random: Random, opaque: frozenset[str], edit: object = None) -> Source:
    """The whole file."""
    name = random.choice(list(DRESSES)) if random.random() < 0.6 else "plain"
    whole, beside = DRESSES[name](module, text, random)
    said = style if name == "plain" else f"{style} [{name}]"
    return Source(module, said, whole, beside, edit, opaque)  # type: ignore[arg-type]
