"""The line of a file says what its import then shows: what it surely defines, surely lacks, or may define."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import pytest

from autograder.evidence import Evidence
from autograder.files import Source
from autograder.homework import in_force
from autograder.ingest.probes.source import source
from autograder.outcome import Status
from autograder.submission import Submission

CLASS = "class MNIST_Net:\n    pass\n"
FORMS = {
    "a class": (CLASS, "sure"),
    "an import": ("from collections import OrderedDict as MNIST_Net\n", "sure"),
    "an assignment": ("class Net:\n    pass\nMNIST_Net = Net\n", "sure"),
    "an annotated assignment": ("MNIST_Net: type = int\n", "sure"),
    "one of several targets": ("MNIST_Net, other = int, float\n", "sure"),
    "a walrus": ("other = (MNIST_Net := int)\n", "sure"),
    "another name": (CLASS.replace("_Net", "Net"), "absent"),
    "a name that is taken away": (f"{CLASS}del MNIST_Net\n", "absent"),
    "a class for scripts alone": ("if __name__ == '__main__':\n    class MNIST_Net:\n        pass\n", "absent"),
    "a class that is switched off": ("if False:\n    class MNIST_Net:\n        pass\n", "absent"),
    "an annotation alone": ("MNIST_Net: type\n", "absent"),
    "a class in a function": ("def make():\n    class MNIST_Net:\n        pass\n", "absent"),
    "a condition": ("import sys\nif sys.maxsize:\n    MNIST_Net = int\n", "maybe"),
    "the other branch": ("if __name__ == '__main__':\n    pass\nelse:\n    MNIST_Net = int\n", "maybe"),
    "a try": ("try:\n    from nowhere_at_all import MNIST_Net\nexcept ImportError:\n    MNIST_Net = int\n", "maybe"),
    "a star": ("from ast import *\nMNIST = AST\n", "maybe"),
    "globals": ("globals()['MNIST_Net'] = int\n", "maybe"),
    "exec": ("exec('MNIST_Net = int')\n", "maybe"),
    "a global of a function": ("def make():\n    global MNIST_Net\n    MNIST_Net = int\nmake()\n", "maybe"),
    "a module's getattr": ("def __getattr__(name):\n    return int\n", "maybe"),
}


@pytest.mark.parametrize(("text", "how"), FORMS.values(), ids=FORMS)
def test_what_is_said_to_be_defined_is_so_after_the_import_and_what_is_said_to_lack_is_not(text, how, tmp_path):
    path = tmp_path / "mnist.py"
    path.write_text(text)
    facts, _ = source(SimpleNamespace(folder=tmp_path), b"", {"file": "mnist.py", **in_force().told}, {})
    spec = importlib.util.spec_from_file_location("mnist_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    there = callable(getattr(module, "MNIST_Net", None))
    judge = Source(in_force().modules[0])
    seen = Evidence(facts)
    outcome = judge(
        SimpleNamespace(submission=Submission("1", {"mnist.py": text.encode()}), observe=lambda probe: seen)
    )
    if how == "maybe":
        assert (outcome.status, outcome.remarks[0]) == (
            Status.PASSED,
            "Whether it defines MNIST_Net shows only when it is imported.",
        )
    else:
        assert there is (how == "sure")
        assert outcome.status is (Status.PASSED if there else Status.FAILED)
        assert outcome.remarks == ()


def test_a_file_of_the_students_own_that_was_not_handed_in_is_named_where_it_is_imported():
    judge = Source(in_force().modules[0])
    text = f"import torch\nfrom utils import helper\n{CLASS}".encode()
    facts = {"error": None, "names": ["MNIST_Net"], "stubs": [], "maybe": False, "newer": None, "foreign": []}
    alone = judge(
        SimpleNamespace(submission=Submission("1", {"mnist.py": text}), observe=lambda probe: Evidence(facts))
    )
    assert alone.status is Status.PASSED
    assert alone.remarks == ("mnist.py, line 2 imports utils, which is not among the files that were handed in.",)
    beside = Submission("1", {"mnist.py": text, "utils.py": b""})
    assert judge(SimpleNamespace(submission=beside, observe=lambda probe: Evidence(facts))).remarks == ()
