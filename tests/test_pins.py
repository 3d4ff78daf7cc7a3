"""The packages of Gradescope's container: pinned, all of them, and fitting each other."""

import re
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.home import repository

ROOT = repository()
PINS = ROOT / "autograder" / "gradescope" / "requirements.txt"


def pins():
    lines = PINS.read_text(encoding="utf-8").splitlines()
    listed = [Requirement(line) for line in lines if line and not line.startswith(("#", "--"))]
    return {canonicalize_name(one.name): str(one.specifier) for one in listed}


def test_every_package_that_the_kit_needs_is_pinned_and_no_pin_is_a_range():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    assert {canonicalize_name(Requirement(line).name) for line in needed} <= set(pins())
    assert all(re.fullmatch(r"==[0-9][0-9a-z.+]*", pin) for pin in pins().values())
    for line in map(Requirement, needed):
        version = pins()[canonicalize_name(line.name)].removeprefix("==")
        assert line.specifier.contains(version), line


def test_torch_and_torchvision_are_builds_without_cuda():
    assert all(pins()[name].endswith("+cpu") for name in ("torch", "torchvision"))


def installed(name):
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def test_the_pins_fit_each_other_as_far_as_they_are_installed_here():
    """torchvision names the one torch that it fits; torch's own needs are those of another build."""
    looked_at = 0
    for name, pin in pins().items():
        if name != "torch" and installed(name) == pin.removeprefix("==").partition("+")[0]:
            looked_at += 1
            for need in map(Requirement, metadata.requires(name) or []):
                if need.marker is None or need.marker.evaluate({"extra": ""}):
                    other = pins()[canonicalize_name(need.name)].removeprefix("==")
                    assert need.specifier.contains(other), f"{name} needs {need}"
    if not looked_at:
        pytest.skip("no version that is pinned is installed here")


def test_no_index_is_named_but_pytorchs():
    for name in ("requirements.txt", "setup.sh", "run_autograder", "Dockerfile"):
        text = (PINS.parent / name).read_text(encoding="utf-8")
        assert set(re.findall(r"https?://([^/\s]+)", text)) <= {"download.pytorch.org"}, name
    assert PINS.read_text(encoding="utf-8").count("-index-url") == 1
