"""Gradescope's bundle: what is in it, that nothing else is, and that a bundle which fails its trial is never left."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from gradescope.schema import problems
from test_commands import hw1
from test_training import DATA

from autograder import __version__
from autograder.deep_learning.data.excerpt import FILE
from autograder.errors import GraderError, MisuseError
from autograder.home import repository
from autograder.kit import Kit
from autograder.packed import zipped
from autograder.recording import Recording, load_recording, public_recording
from autograder.rubric import Gradescope, read_rubric, rubric_file
from autograder.seeds import PUBLIC_SEED
from autograder.staff import bundle
from autograder.staff.bundle import Ingredients, bundle_files, bundle_lines, hard_seconds, ingredients, trial_faults
from autograder.staff.bundle import write_bundle as write
from autograder.staff.record import recording_name
from autograder.staff.zips import require_whole

ROOT = repository()
SOLUTION = ROOT / "solution"
SCRIPTS = ROOT / "autograder" / "gradescope"
SECRET = bytes(range(100, 132))
WHEEL = f"hw1-{__version__}-py3-none-any.whl"
EVERY = {"setup.sh", "run_autograder", "Dockerfile", "requirements.txt", "rubric.toml", "floors.toml", WHEEL}
EVERY |= {"not-run-yet.json", "seconds", "python"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The staff's own folder, empty; and a wheel that takes no time to build, and no trial."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HW1_HOME", str(folder))
    monkeypatch.delenv("HW1_DATA", raising=False)
    return folder


@pytest.fixture
def quick(monkeypatch):
    """Bundles with a wheel of these files, which takes no time to build, and without a trial."""

    def use(files):
        def build(root, folder):
            (folder / WHEEL).write_bytes(zipped(files))
            return folder / WHEEL

        monkeypatch.setattr(bundle, "build_wheel", build)

    use({"autograder/__init__.py": b'"""The kit."""\n'})
    monkeypatch.setattr(bundle, "require_running", lambda path: None)
    return use


def made_of(seed=PUBLIC_SEED, **how):
    recording = Recording("kit", {"torch": "2"}, {}, ())
    return Ingredients(
        **{"root": ROOT, "solution": SOLUTION, "rubric": read_rubric(), "seed": seed, "recording": recording} | how
    )


def of(seed=PUBLIC_SEED, **how):
    return made_of(seed, **{"datasets": {}, "requirements": (SCRIPTS / "requirements.txt").read_bytes()} | how)


def secrets_in(files):
    return sorted(name for name in files if name.startswith("secrets/"))


# What is in it


def test_a_bundle_for_the_public_seed_holds_scripts_kit_pins_and_the_first_document(quick, tmp_path):
    files = write(of(), tmp_path / "out" / "autograder.zip")
    assert set(files) == EVERY
    with zipfile.ZipFile(tmp_path / "out" / "autograder.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert {name for name, mode in modes.items() if mode == 0o100755} == {"setup.sh", "run_autograder"}
    assert set(modes.values()) == {0o100755, 0o100644}
    assert files["rubric.toml"] == rubric_file().read_bytes()
    assert files["seconds"] == b"585\n"
    assert files["python"] == b"3.11\n"
    assert (tmp_path / "out" / "autograder.zip").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["autograder.zip"]


def test_the_first_document_is_valid_has_every_check_and_says_that_nothing_has_run(quick):
    document = json.loads(bundle_files(of())["not-run-yet.json"])
    assert problems(document) == []
    assert sum(test["max_score"] for test in document["tests"]) == read_rubric().total
    assert sum(test["score"] for test in document["tests"]) == 0
    assert all("Not run yet." in t["output"] or "by hand" in t["tags"] for t in document["tests"])


def test_only_a_bundle_for_a_staff_seed_holds_seed_and_evidence(quick):
    files = bundle_files(of(SECRET))
    assert secrets_in(files) == ["secrets/evidence.npz", "secrets/seed"]
    assert bytes.fromhex(files["secrets/seed"].decode()) == SECRET
    assert secrets_in(bundle_files(of())) == []


@pytest.mark.parametrize("trained", [True, False])
def test_images_are_secrets_and_whole_where_something_is_trained_on_them(quick, trained):
    rubric = read_rubric()
    rubric = replace(rubric, gradescope=replace(rubric.gradescope, train=("1.1",) if trained else ()))
    many = replace(
        DATA, name="mnist", train_images=DATA.test_images.repeat(11, 0), train_labels=DATA.test_labels.repeat(11)
    )
    files = bundle_files(of(rubric=rubric, datasets={"mnist": many, "cifar10": replace(many, name="cifar10")}))
    keys = ("test_images.npy", "test_labels.npy", "train_images.npy", "train_labels.npy", FILE)
    assert secrets_in(files) == sorted(f"secrets/data/{kind}/{key}" for kind in ("mnist", "cifar10") for key in keys)
    sizes = {kind: len(files[f"secrets/data/{kind}/train_images.npy"]) for kind in ("mnist", "cifar10")}
    assert (sizes["mnist"] > sizes["cifar10"]) is trained


@pytest.mark.parametrize("seed", [PUBLIC_SEED, SECRET])
def test_the_same_ingredients_give_the_same_bytes(quick, tmp_path, seed):
    for name in ("one.zip", "two.zip"):
        write(of(seed, datasets={"mnist": replace(DATA, name="mnist")}), tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_pins_of_ones_own_take_the_place_of_the_kits(quick, tmp_path):
    (tmp_path / "pins.txt").write_text("torch==2.5.0+cpu\n")
    with Kit() as kit:
        own = bundle.ingredients(kit, ROOT / "solution", tmp_path / "pins.txt")
        usual = bundle.ingredients(kit, ROOT / "solution", None)
    assert bundle_files(own)["requirements.txt"] == b"torch==2.5.0+cpu\n"
    assert bundle_files(usual)["requirements.txt"] == (SCRIPTS / "requirements.txt").read_bytes()


def test_data_sets_that_are_not_to_be_had_are_left_out():
    kit = Kit()
    try:
        assert ingredients(kit, SOLUTION, None).datasets == {}  # what is embedded is in the kit
        found = {"mnist": DATA}
        kit.tools = replace(kit.tools, real=True, data=lambda kind: found.get(kind) or absent(kind))
        assert ingredients(kit, SOLUTION, None).datasets == found
        assert ingredients(kit, SOLUTION, None).root == ROOT
    finally:
        kit.__exit__(None, None, None)


def absent(kind):
    raise MisuseError(f"{kind} is not there")


@pytest.mark.parametrize(("minutes", "reserve", "seconds"), [(10, 45, 585), (10, 20, 590), (40, 45, 2385), (1, 0, 60)])
def test_a_grader_that_hangs_is_ended_after_its_own_deadline_and_before_gradescopes(minutes, reserve, seconds):
    box = Gradescope(minutes=minutes, reserve_seconds=reserve)
    assert hard_seconds(box) == seconds
    assert box.seconds <= seconds <= minutes * 60


@pytest.mark.parametrize("seed", [PUBLIC_SEED, SECRET])
def test_who_makes_it_reads_what_is_in_it_and_whose_seed(quick, tmp_path, seed):
    made = of(seed)
    said = "\n".join(bundle_lines(made, write(made, tmp_path / "a.zip"), tmp_path / "a.zip"))
    assert f"{tmp_path / 'a.zip'}: " in said
    assert WHEEL in said
    assert ("It holds the staff seed" in said) is (seed == SECRET)
    assert ("It holds the public seed" in said) is (seed != SECRET)
    assert "--data DIR" in said
    assert "--data" not in "\n".join(bundle_lines(replace(made, datasets={"mnist": DATA}), {}, tmp_path / "a.zip"))


# What must not be in it


def refused(made, path, match):
    with pytest.raises(GraderError, match=match):
        write(made, path)
    assert not path.exists()
    assert not [one for one in path.parent.iterdir() if one.name.endswith(".zip")]


LEAKS = {
    "a file of the solution": ("autograder/notes.txt", (SOLUTION / "vgg.py").read_bytes()),
    "a mistake": ("autograder/hw1/mistakes/vgg.py", b"x = 1\n"),
    "a staff module": ("autograder/staff/verify.py", b"x = 1\n"),
    "a staff module elsewhere": ("cli2.py", (ROOT / "autograder" / "staff" / "verify.py").read_bytes()),
    "something compiled": ("autograder/kit.pyc", b"x"),
    "an array": ("autograder/weights.npy", b"x"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_wheel_that_gives_something_away_is_refused(quick, tmp_path, name):
    quick(dict([LEAKS[name]]))
    refused(of(), tmp_path / "autograder.zip", "would give the solution away")


@pytest.mark.parametrize("seed", [PUBLIC_SEED, SECRET])
def test_the_seed_of_an_earlier_term_is_found(quick, home, tmp_path, seed):
    (home / "retired").mkdir()
    retired = bytes(range(32))
    (home / "retired" / "2026-02").write_text(retired.hex())
    pins = f"torch==2.5.0+cpu  # {retired.hex()}\n".encode()
    refused(of(seed, requirements=pins), tmp_path / "autograder.zip", "holds a staff seed")
    write(of(seed), tmp_path / "autograder.zip")


def test_the_staff_seed_is_in_no_bundle_for_the_public_one(quick, home, tmp_path):
    (home / "staff-seed").write_text(SECRET.hex())
    quick({"autograder/notes.txt": SECRET.hex().encode()})
    refused(of(), tmp_path / "autograder.zip", "holds a staff seed")
    quick({"autograder/__init__.py": b""})
    write(of(SECRET), tmp_path / "autograder.zip")


# What can go wrong


def test_a_folder_is_no_name_for_it(quick, tmp_path):
    with pytest.raises(MisuseError, match=r"is a folder: name a file with -o, like .*/autograder\.zip"):
        write(of(), tmp_path)


def test_pins_that_can_not_be_read_are_misuse_and_no_evidence_is_recorded_for_them(tmp_path):
    def recorded():
        raise AssertionError("this takes half a minute")

    with Kit(recorded=recorded) as kit, pytest.raises(MisuseError, match=r"none\.txt can't be read: No such file"):
        bundle.ingredients(kit, ROOT / "solution", tmp_path / "none.txt")


def test_a_place_that_can_not_be_written_to_is_misuse(quick, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(MisuseError, match="can't be written to"):
        write(of(), tmp_path / "file" / "autograder.zip")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(bundle, "bundle_files", lambda made: {})
    with pytest.raises(MisuseError, match=r"autograder\.zip can't be written: No space left on device"):
        write(of(), tmp_path / "autograder.zip")


def test_a_bundle_that_fails_its_trial_is_not_left_and_the_old_one_stays(quick, tmp_path, monkeypatch):
    path = tmp_path / "autograder.zip"
    path.write_bytes(b"old")

    def fails(part):
        assert part.stat().st_mode & 0o777 == 0o600
        raise GraderError("it does not run")

    monkeypatch.setattr(bundle, "require_running", fails)
    with pytest.raises(GraderError, match="it does not run"):
        write(of(), path)
    assert path.read_bytes() == b"old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["autograder.zip", "home"]


@pytest.mark.parametrize(
    ("held", "scripts", "wrong"),
    [
        ({"a": b"1"}, bundle.SCRIPTS, "b, run_autograder, setup.sh"),
        ({"a": b"1", "b": b"3"}, (), "b"),
        ({"a": b"1", "b": b"2", "c": b""}, (), "c"),
    ],
)
def test_a_zip_that_is_not_what_was_put_into_it_is_refused(tmp_path, held, scripts, wrong):
    files = {"a": b"1", "b": b"2"} | dict.fromkeys(scripts, b"")
    (tmp_path / "a.zip").write_bytes(zipped(held, scripts))
    with pytest.raises(GraderError, match=f"does not hold what it should: {wrong}"):
        require_whole(tmp_path / "a.zip", files, bundle.SCRIPTS)


def test_a_script_that_can_not_be_run_is_refused(tmp_path):
    files = dict.fromkeys(bundle.SCRIPTS, b"")
    (tmp_path / "a.zip").write_bytes(zipped(files, ("setup.sh",)))
    with pytest.raises(GraderError, match="does not hold what it should: run_autograder"):
        require_whole(tmp_path / "a.zip", files, bundle.SCRIPTS)
    (tmp_path / "a.zip").write_bytes(zipped(files, bundle.SCRIPTS))
    require_whole(tmp_path / "a.zip", files, bundle.SCRIPTS)


def test_the_trial_wants_all_to_do_no_point_and_a_complete_document():
    document = {"output": "0 points", "extra_data": {"complete": True}}
    document["tests"] = [{"name": "a", "score": 0, "output": "", "tags": ["1.1", tag]} for tag in ("todo", "by hand")]
    assert trial_faults(document) == []
    document["tests"].append({"name": "b", "score": 2, "output": "Passed.", "tags": ["1.1", "passed"]})
    assert trial_faults(document) == ["b: 2 points", "b: Passed."]
    assert trial_faults(document | {"tests": [], "extra_data": {"complete": False}}) == ["incomplete: 0 points"]


TOY = {"setup.sh": b"", "rubric.toml": rubric_file().read_bytes()}
WRITES = b'mkdir -p "$HW1_AUTOGRADER/results"; echo "$1" >"$HW1_AUTOGRADER/results/results.json"\n'
BASH = shutil.which("bash") or ""
RUNS = pytest.mark.skipif(not BASH or sys.platform != "linux", reason="Gradescope's scripts are Linux's")


@RUNS
@pytest.mark.parametrize(
    ("script", "match"),
    [
        (b"#!/usr/bin/env bash\nif\n", "run_autograder fails: .*syntax error"),
        (b"#!/usr/bin/env bash\necho why >&2\nexit 3\n", "run_autograder fails: why"),
        (b"#!/nowhere/bash\n", "run_autograder can't be run"),
        (
            b'#!/usr/bin/env bash\nset -- \'{"tests": [], "output": "none", "extra_data": {"complete": false}}\'\n'
            + WRITES
            + b"echo printed\n",
            "does not grade the handout as it should: incomplete: none printed",
        ),
    ],
    ids=["syntax", "status", "interpreter", "document"],
)
def test_a_script_that_fails_or_leaves_another_document_is_refused(tmp_path, script, match):
    (tmp_path / "a.zip").write_bytes(zipped(TOY | {"run_autograder": script}, bundle.SCRIPTS))
    with pytest.raises(GraderError, match=match):
        bundle.require_running(tmp_path / "a.zip")


@RUNS
@pytest.mark.parametrize("name", bundle.SCRIPTS)
def test_the_scripts_are_bash(name):
    done = subprocess.run([BASH, "-n", SCRIPTS / name], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# All of it


@pytest.mark.slow
def test_the_command_makes_a_bundle_for_the_staff_seed_that_holds_nothing_else(home, tmp_path):
    (home / "staff-seed").write_text(SECRET.hex())
    (home / "staff-seed").chmod(0o600)
    # Recording takes minutes, and the trial grades nothing but stubs: the public evidence will do.
    shutil.copyfile(public_recording(), home / recording_name(SECRET, SOLUTION))
    path = tmp_path / "autograder.zip"
    done = hw1("bundle", "--seed", "staff", "-o", path, HW1_HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert "it graded the untouched handout: no check is started" in done.stdout
    assert "It holds the staff seed" in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        (wheel,) = [name for name in names if name.endswith(".whl")]
        assert names == EVERY - {WHEEL} | {wheel, "secrets/seed", "secrets/evidence.npz"}
        assert archive.read("secrets/seed") == SECRET.hex().encode()
        (tmp_path / "evidence.npz").write_bytes(archive.read("secrets/evidence.npz"))
        inside = zipfile.ZipFile(BytesIO(archive.read(wheel))).namelist()
    assert load_recording(tmp_path / "evidence.npz").digest == load_recording(public_recording()).digest
    assert {"cli.py", "autograder/gradescope/run.py", "autograder/handout/mnist.py"} <= set(inside)
    assert not [name for name in inside if name.startswith(("autograder/hw1/mistakes", "autograder/staff", "solution"))]
    again = tmp_path / "again.zip"
    assert hw1("bundle", "-o", again, HW1_HOME=str(home)).returncode == 0
    assert again.read_bytes() == path.read_bytes()
