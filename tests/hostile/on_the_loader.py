"""Attacks by names of files: what Python, pytest and the import system would run or prefer of themselves."""

from __future__ import annotations

from .attack import SAME, Attack

RUNS = """
import os
os.write(1, b"RT-REACHED ran as @NAME@\\n")
open("@CANARY@", "w").write("@NAME@")
"""
PTH = "import os; os.write(1, b'RT-REACHED ran as a .pth file\\n'); open('@CANARY@', 'w').write('pth')\n"
HOOKS = ("conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "noxfile.py", "__main__.py", "__init__.py")


def _runs(*names: str) -> dict[str, str]:
    return {name: RUNS.replace("@NAME@", name) for name in names}


SHADOWS = (
    "json.py",
    "torch/__init__.py",
    "numpy/__init__.py",
    "random.py",
    "ast.py",
    "autograder/__init__.py",
    "linecache.py",
)

ATTACKS = (
    Attack(
        "harness_injection",
        rows=(35, 36),
        does="brings files that a test runner or Python's start runs by itself",
        stopped_by="loader",
        files={
            **_runs(*HOOKS),
            "hand-in.pth": PTH,
            "setup.cfg": "[tool:pytest]\naddopts = -p conftest\n",
            "pytest.ini": "[pytest]\naddopts = -p conftest\npython_files = *.py\n",
            "pyproject.toml": "[tool.hw1]\npoints = 100\n",
            "rubric.toml": "[points]\n'1.1-structure' = 100\n",
        },
        without=SAME,
        quick=True,
    ),
    Attack(
        "module_shadowing",
        rows=(37,),
        does="brings modules named as the library's and the grader's own",
        stopped_by="loader",
        files=_runs(*SHADOWS),
        before="import json, random, ast, linecache\nimport numpy\n",
        without=SAME,
    ),
    Attack(
        "shadowed_submodules",
        rows=(37,),
        does="brings another module's file in a folder of the same name, which Python would prefer",
        stopped_by="loader",
        files=_runs("mnist/__init__.py", "ablations/__init__.py"),
        without=SAME,
    ),
    Attack(
        "stale_bytecode",
        rows=(38,),
        does="brings compiled code and an extension module beside a clean source, which Python would prefer",
        stopped_by="intake",
        files={
            "mnist.cpython-311-x86_64-linux-gnu.so": b"\x7fELF junk",
            "mnist.abi3.so": b"\x7fELF junk",
            "mnist.so": b"\x7fELF junk",
            "mnist.pyc": b"junk",
            "__pycache__/mnist.cpython-311.pyc": b"junk",
            "__pycache__/mnist.cpython-312.pyc": b"junk",
            "__pycache__/mnist.cpython-313.pyc": b"junk",
        },
        without=SAME,
    ),
)
