"""setup.sh without a network: it says in a sentence what is missing, and leaves nothing open that is secret."""

import base64
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.gradescope.places import ROOT
from autograder.home import PACKAGE
from autograder.staff.zips import zipped

SCRIPT = PACKAGE / "gradescope" / "setup.sh"
BASH = shutil.which("bash") or ""
TOOLS = ("id", "chmod", "chown", "mv")  # what a machine has at the least
MINE = '[ "$1" != -m ] || { echo mine; exit 7; }'  # an interpreter that suits, and says so when it is to make a venv
pytestmark = pytest.mark.skipif(sys.platform != "linux" or not BASH, reason="Gradescope's scripts are Linux's")


@pytest.fixture
def source(tmp_path):
    """The bundle, unpacked, that needs no package and holds no kit."""
    folder = tmp_path / "autograder" / "source"
    (folder / "secrets" / "data").mkdir(parents=True)
    (folder / "setup.sh").write_bytes(SCRIPT.read_bytes())
    (folder / "requirements.txt").write_text("# nothing\n")
    for name in ("secrets/seed", "secrets/data/labels.npy", "rubric.toml"):
        (folder / name).write_text("")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture
def setup(source, tmp_path):
    """Runs setup.sh with a folder of wheels in the place of a network."""
    (tmp_path / "wheels").mkdir()

    def run(**environment):
        variables = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], ROOT: str(source.parent)}
        variables |= {"HW1_PYTHON": sys.executable, "HW1_WHEELS": str(tmp_path / "wheels")} | environment
        command = [BASH, source / "setup.sh"]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=200, check=False)

    return run


def wheel(name, files):
    """The smallest wheel that pip installs."""
    info = f"{name}-0.1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\nRequires-Dist: torch\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD,,\n"
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    return zipped(files | {f"{info}/RECORD": record.encode()})


@pytest.fixture
def bare(tmp_path):
    """A PATH with nothing but the tools that there always are, and a Python of another version."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))
    put(folder / "python3", "exit 1")  # 3.10, or without venv
    return folder


def put(path, script):
    path.write_text(f"#!{BASH}\n{script}\n")
    path.chmod(0o755)


NO_PYTHON = "setup.sh: there is no Python 3.11 to 3.13, and none could be installed: choose a base image"


def test_without_a_python_that_fits_and_without_an_installer_it_says_which_image_has_one(setup, bare):
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(NO_PYTHON)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("apt-get", ["update", "install", "install"]),
        ("dnf", ["install", "install"]),
    ],
)
def test_an_installer_that_has_none_is_asked_for_both_and_then_it_is_said(setup, bare, tmp_path, name, asked):
    put(bare / name, f'echo "$1" >>"{tmp_path}/asked"; [ "$1" = update ]')
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert done.returncode == 1
    assert NO_PYTHON in done.stderr
    assert (tmp_path / "asked").read_text().split() == asked


def test_a_python_that_was_installed_is_used(setup, bare, tmp_path):
    put(tmp_path / "ready", MINE)
    installs = f'*python3.11*) mv "{tmp_path}/ready" "{bare}/python3.11";;'
    put(bare / "apt-get", f'case "$*" in update) ;; {installs} *) exit 1;; esac')
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert (done.returncode, done.stdout) == (7, "mine\n")


@pytest.mark.parametrize(("course", "others"), [("3.11", "3.13"), ("3.13", "3.12")])
def test_the_courses_python_counts_more_than_a_newer_one(setup, bare, source, course, others):
    (source / "python").write_text(f"{course}\n")
    put(bare / f"python{others}", "exit 0")
    put(bare / f"python{course}", MINE)
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert (done.returncode, done.stdout) == (7, "mine\n")


def test_the_courses_python_is_installed_although_another_is_there(setup, bare, source, tmp_path):
    (source / "python").write_text("3.11\n")
    put(bare / "python3.13", "exit 0")
    put(tmp_path / "ready", MINE)
    installs = f'*python3.11*) mv "{tmp_path}/ready" "{bare}/python3.11";;'
    put(bare / "apt-get", f'case "$*" in update) ;; {installs} *) exit 1;; esac')
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert (done.returncode, done.stdout) == (7, "mine\n")


def test_where_the_courses_python_is_not_available_another_is_used_and_said(setup, bare, source):
    (source / "python").write_text("3.11\n")
    put(bare / "python3.12", MINE)
    done = setup(PATH=str(bare), HW1_PYTHON="")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (7, "mine")
    assert "setup.sh: the course's Python 3.11 is not available here" in done.stderr


def test_an_interpreter_that_is_named_counts_more_than_what_is_found(setup, bare, tmp_path):
    put(bare / "python3.12", "exit 0")
    put(tmp_path / "mine", MINE)
    done = setup(PATH=str(bare), HW1_PYTHON=str(tmp_path / "mine"))
    assert (done.returncode, done.stdout) == (7, "mine\n")


@pytest.mark.slow
def test_packages_that_are_not_to_be_had_are_said(setup, source):
    (source / "requirements.txt").write_text("torch==2.14.1+cpu\n")
    done = setup()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("setup.sh: the packages in requirements.txt could not be installed")


@pytest.mark.slow
def test_a_kit_that_is_not_there_is_said(setup):
    done = setup()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "setup.sh: the kit's wheel could not be installed"


@pytest.mark.slow
def test_what_is_secret_is_closed_before_the_kit_is_tried_and_a_kit_without_torch_is_said(setup, source):
    kit = {f"autograder/{name}.py": b"" for name in ("__init__", "gradescope/__init__", "gradescope/run")}
    (source / "hw1-0.1.0-py3-none-any.whl").write_bytes(wheel("hw1", kit))
    done = setup()  # the kit needs torch; what it needs is in requirements.txt, and is not looked for again
    assert done.returncode == 1
    assert "No module named 'torch'" in done.stderr
    assert done.stderr.splitlines()[-1] == "setup.sh: the kit can't be imported in its environment"
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (source, *source.rglob("*"))}
    assert {modes[path] for path in modes if path.is_dir()} == {0o700}
    assert {modes[path] for path in modes if path.is_file()} == {0o600}
    venv = source.parent / "venv"
    closed = [path for path in (venv, *venv.rglob("*.py")) if not path.stat().st_mode & stat.S_IROTH]
    assert closed == []  # student code runs as another user


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")
def test_what_another_user_has_unpacked_becomes_roots(setup, source):
    (source / "hw1-0.1.0-py3-none-any.whl").write_bytes(wheel("hw1", {"autograder/__init__.py": b""}))
    for path in (source, *source.rglob("*")):
        os.chown(path, 65534, 65534)
    setup()
    assert {path.stat().st_uid for path in (source, *source.rglob("*"))} == {0}


def test_the_folder_of_the_container_is_the_one_that_gradescope_has():
    assert 'root="${HW1_AUTOGRADER:-/autograder}"' in SCRIPT.read_text(encoding="utf-8")
    assert Path(ROOT).name == "HW1_AUTOGRADER"
