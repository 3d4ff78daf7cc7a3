"""What a worker knows of the homework: its probes run, and nothing of its package can be imported beside a hand-in."""

import pytest

from autograder.check import Probe
from autograder.evidence import Evidence, Raised
from autograder.homework import VARIABLE, in_force
from autograder.sandbox.host import new_launcher
from autograder.sandbox.session import Session

TABLE = """
PROBES = {"source": ("source", "toyhw.probes.answers", "source")}
GOES_ON = ()
"""
ANSWER = """
def source(student, key, params, arrays):
    return {"error": None, "names": ["toy"], "stubs": [], "maybe": False, "newer": None, "foreign": []}, {}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A launcher of workers for a homework that is no part of the kit."""
    folder = tmp_path_factory.mktemp("course") / "toyhw"
    (folder / "probes").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "homework.py": "SECRET = 1",
        "probes/__init__.py": TABLE,
        "probes/answers.py": ANSWER,
    }.items():
        (folder / name).write_text(text)
    in_force()  # this process goes on with the homework that it has
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(folder))
        launcher = new_launcher()
    yield launcher
    launcher.close()


def observed(launcher, text, tmp_path, name="mine"):
    with Session(launcher, {f"{name}.py": text.encode()}, 1 << 30, 20, base=tmp_path) as session:
        return session.observe(Probe("p", "source", (name,), "source"), b"")


def test_a_homework_outside_the_kit_brings_its_own_probes(toy, tmp_path):
    seen = observed(toy, "", tmp_path)
    assert isinstance(seen, Evidence)
    assert seen.facts["names"] == ["toy"]


@pytest.mark.parametrize(
    "text",
    [
        "import toyhw.homework\nfound = toyhw.homework.SECRET == 1",
        "from toyhw.probes import PROBES\nfound = 'source' in dict(PROBES)",
        "import sys\nfound = any(name.startswith('toyhw') for name in sys.modules)",
        "import importlib.util\nfound = importlib.util.find_spec('toyhw') is not None",
    ],
)
def test_nothing_of_its_package_is_importable_beside_a_hand_in(toy, tmp_path, text):
    seen = observed(toy, f"{text}\nif found is True:\n    raise ValueError('found')", tmp_path)
    assert not isinstance(seen, Raised) or "found" not in seen.message.partition(";")[0]


def test_a_file_of_a_hand_in_may_have_its_name(toy, tmp_path):
    assert isinstance(observed(toy, "answer = 42", tmp_path, "toyhw"), Evidence)
