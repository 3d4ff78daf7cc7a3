"""Gradescope's container, emulated: its folders, an upload, a run; and, as root, what can't be reached in it."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from gradescope.container import Container, chroot_problem, shipped
from gradescope.upload import hw1_archive, metadata

from autograder.home import repository
from autograder.sandbox.folders import remove

ROOT = repository()
PROFILE = ROOT.parent / "shared" / "docker-default-seccomp.json" if ROOT is not None else Path("none")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Gradescope's scripts need a POSIX shell")
chroots = pytest.mark.skipif(bool(chroot_problem()), reason=f"no namespaces: {chroot_problem()}")
both = pytest.mark.parametrize("chrooted", [False, pytest.param(True, marks=chroots)])

SETUP = b'#!/usr/bin/env bash\r\necho set up by $0 > "$(dirname $0)/../made"\r\n'
RUN = b"""#!/usr/bin/env bash\r
echo "to staff"\r
echo "and an error" >&2\r
exec "$HW1_PYTHON" -I "${HW1_AUTOGRADER:-/autograder}/source/parts/look.py" "$HW1_ASKED"\r
"""
LOOK = b"""
import json, os, pathlib, sys
root = pathlib.Path(os.environ.get("HW1_AUTOGRADER", "/autograder"))
asked = {}
exec(json.loads(sys.argv[1]), {"root": root, "asked": asked})
document = {"tests": [{"score": 0, "max_score": 1}], "extra_data": asked}
(root / "results" / "results.json").write_text(json.dumps(document))
"""
BUNDLE = {"setup.sh": SETUP, "run_autograder": RUN, "parts/look.py": LOOK}


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def container(tmp_path):
    """Makes a container with the toy bundle, or with the text of another run_autograder."""
    made = []

    def make(chrooted=False, run=RUN, **more):
        bundle = tmp_path / "autograder.zip"
        bundle.write_bytes(zipped(BUNDLE | {"run_autograder": run}))
        made.append(Container(tmp_path / "container", bundle, chrooted=chrooted, **more))
        return made[-1]

    yield make
    for one in made:
        remove(one.folder)


def asked(container, code, seconds=60):
    """What the code, run by the bundle with HW1_PYTHON, puts into ``asked``."""
    ran = container.run(seconds, {"HW1_ASKED": json.dumps(code)})
    assert ran.results is not None, ran.said
    return ran.results["extra_data"]


def running(marker):
    """The processes that have *marker* among their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [entry.parent.name] if marker.encode() in arguments else []
    return found


# Folders and uploads


def test_the_zip_is_unpacked_and_the_script_lies_where_gradescope_puts_it(container):
    top = container().autograder
    assert (top / "source" / "parts" / "look.py").read_bytes() == LOOK
    for script in (top / "run_autograder", top / "source" / "run_autograder", top / "source" / "setup.sh"):
        assert b"\r" not in script.read_bytes()
    assert (top / "run_autograder").stat().st_mode & 0o777 == 0o755
    assert (top / "source" / "run_autograder").stat().st_mode & 0o777 == 0o644


def test_a_folder_is_as_good_as_a_zip(tmp_path):
    for name, content in BUNDLE.items():
        path = tmp_path / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    made = Container(tmp_path / "container", tmp_path / "bundle")
    assert (made.autograder / "source" / "parts" / "look.py").read_bytes() == LOOK


@pytest.mark.parametrize("lacking", ["setup.sh", "run_autograder"])
def test_a_script_below_the_root_of_the_zip_is_refused(tmp_path, lacking):
    bundle = tmp_path / "autograder.zip"
    bundle.write_bytes(zipped({f"folder/{name}" if name == lacking else name: data for name, data in BUNDLE.items()}))
    with pytest.raises(ValueError, match=f"{lacking} is not at the root of autograder.zip"):
        Container(tmp_path / "container", bundle)


def test_an_upload_takes_the_place_of_the_earlier_one(container, tmp_path):
    made = container()
    made.submit({"old.py": b"", "folder/old.py": b""}, metadata())
    (made.autograder / "results" / "results.json").write_text("{}")
    made.submit({"folder/new.py": b"x"}, {"id": 7})
    files = [path.relative_to(made.autograder / "submission") for path in made.autograder.glob("submission/**/*.py")]
    assert files == [Path("folder/new.py")]
    assert json.loads((made.autograder / "submission_metadata.json").read_bytes()) == {"id": 7}
    assert made.results() == (None, "")
    made.submit({}, b"{broken")
    assert (made.autograder / "submission_metadata.json").read_bytes() == b"{broken"
    made.submit({}, None)
    assert not (made.autograder / "submission_metadata.json").exists()
    assert list((made.autograder / "submission").iterdir()) == []


def test_uploaded_zips_are_unpacked_and_other_archives_are_not(container, tmp_path):
    made = container()
    archive = hw1_archive({"mnist.py": "x = 1\n"})
    made.submit({"a.zip": zipped({"b/mnist.py": b"x"}), "hw1-20260001.tar.gz": archive}, None)
    found = {
        path.relative_to(made.autograder / "submission").as_posix()
        for path in made.autograder.glob("submission/**/*.*")
    }
    assert found == {"b/mnist.py", "hw1-20260001.tar.gz"}
    (tmp_path / "hw1-20260002.tar.gz").write_bytes(archive)
    made.submit(tmp_path / "hw1-20260002.tar.gz", None)
    assert [path.name for path in (made.autograder / "submission").iterdir()] == ["hw1-20260002.tar.gz"]


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out", ""])
def test_no_upload_leads_out_of_its_folder(container, name):
    with pytest.raises(ValueError, match="no upload holds such a path"):
        container().submit({name: b""}, None)


# Runs, in both ways


@both
def test_the_scripts_see_the_documented_layout(container, chrooted):
    made = container(chrooted)
    made.submit({"a/mnist.py": b"x = 1"}, metadata(id=5))
    seen = asked(
        made,
        """if True:
        import json, os, pathlib
        asked["cwd"], asked["home"] = os.getcwd(), os.environ["HOME"]
        asked["names"] = sorted(os.listdir(root))
        asked["upload"] = (root / "submission" / "a" / "mnist.py").read_text()
        asked["id"] = json.loads((root / "submission_metadata.json").read_text())["id"]
        asked["user"] = os.geteuid()
        shells = {"_", "SHLVL", "PWD", "OLDPWD", "LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
        asked["variables"] = sorted(set(os.environ) - shells)
        """,
    )
    assert seen["cwd"] == made.seen(made.autograder)
    assert (chrooted and seen["cwd"] == "/autograder") or Path(seen["cwd"]) == made.autograder
    assert seen["names"] == ["results", "run_autograder", "source", "submission", "submission_metadata.json"]
    assert (seen["upload"], seen["id"], seen["user"]) == ("x = 1", 5, os.geteuid())
    assert seen["home"] == ("/root" if chrooted else str(made.folder / "home"))
    where = [] if chrooted else ["HW1_AUTOGRADER"]
    assert seen["variables"] == ["HOME", "HW1_ASKED", *where, "HW1_PYTHON", "PATH"]


@both
def test_a_run_says_how_it_ended_and_what_it_printed(container, chrooted):
    made = container(chrooted, b"#!/bin/bash\necho to staff; echo and an error >&2; exit 3\n")
    ran = made.run()
    assert (ran.status, ran.said, ran.results, ran.results_text, ran.timed_out) == (
        *(3, "to staff\nand an error\n", None, ""),
        False,
    )
    assert 0 < ran.seconds < 60
    assert made.start(["bash", "-c", "kill -TERM $$"], 60).status == 128 + 15
    absent = made.start(["/nowhere"], 60)
    assert (absent.status, absent.said) == (127, "/nowhere: No such file or directory\n")
    (made.autograder / "run_autograder").chmod(0o644)
    assert made.run().status == 126


@both
def test_setup_runs_and_the_scripts_know_their_interpreter_from_then_on(container, chrooted):
    made = container(chrooted)
    ran = made.setup()
    assert (ran.status, ran.said) == (0, "")
    assert (made.autograder / "made").read_text() == f"set up by {made.seen(made.autograder / 'source' / 'setup.sh')}\n"
    (made.autograder / "venv").mkdir()
    assert "HW1_PYTHON" not in made.command()[1]
    assert made.start(["bash", "-c", "echo ${HW1_PYTHON-unset}"], 60).said == "unset\n"


@both
def test_when_the_time_is_up_all_of_it_ends_and_the_results_so_far_count(container, chrooted):
    marker = f"86400.{os.getpid()}"
    made = container(chrooted, f"#!/bin/bash\ntimeout 999 sleep {marker}\nsleep 999\n".encode())
    (made.autograder / "results" / "results.json").write_text("{}")
    ran = made.run(0.7)
    assert (ran.timed_out, ran.status, ran.results) == (True, 128 + 9, {})
    assert running(marker) == []


@both
def test_what_a_run_leaves_behind_ends_with_it(container, chrooted):
    marker = f"86401.{os.getpid()}"
    away = "setsid " if chrooted else ""
    made = container(chrooted, f"#!/bin/bash\n{away}sleep {marker} &\n{away}sleep {marker} &\nsleep 0.1\n".encode())
    ran = made.run()
    assert (ran.status, ran.timed_out) == (0, False)
    assert running(marker) == []


@both
def test_the_command_can_be_run_by_other_means(container, chrooted):
    made = container(chrooted)
    command, variables = made.command(environment={"HW1_ASKED": json.dumps("asked['done'] = 1")})
    subprocess.run(command, env=variables, cwd=made.autograder, check=True, capture_output=True, timeout=60)
    results, text = made.results()
    assert results is not None
    assert (results["extra_data"], json.loads(text)) == ({"done": 1}, results)


@chroots
def test_all_of_it_ends_when_who_started_it_is_killed(container):
    marker = f"86402.{os.getpid()}"
    made = container(True, f"#!/bin/bash\nsetsid sleep {marker} &\necho ready\nsleep {marker}\n".encode())
    command, variables = made.command()
    with subprocess.Popen(command, env=variables, cwd=made.autograder, stdout=subprocess.PIPE) as outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == b"ready\n"
        outer.kill()
        outer.stdout.read()  # to its end: nobody holds it any more
    assert running(marker) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"score": NaN}', "[" * 100_000], ids=["empty", "cut", "list", "number", "nan", "deep"]
)
def test_what_is_no_json_object_is_no_result_and_its_text_is_told(container, text):
    made = container()
    (made.autograder / "results" / "results.json").write_text(text)
    assert made.results() == (None, text)


def test_no_link_or_pipe_is_followed_for_results(container, tmp_path):
    made = container()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "results.json").write_text('{"score": 9}')
    path = made.autograder / "results" / "results.json"
    path.symlink_to(tmp_path / "elsewhere" / "results.json")
    assert made.results() == (None, "")
    path.unlink()
    os.mkfifo(path)
    assert made.results() == (None, "")
    shutil.rmtree(made.autograder / "results")
    (made.autograder / "results").symlink_to(tmp_path / "elsewhere")
    assert made.results() == (None, "")
    made.submit({}, None)
    assert (tmp_path / "elsewhere" / "results.json").exists()
    assert not (made.autograder / "results").is_symlink()


# What a container closes off

LOOKS = """if True:
    import importlib.util, os, socket
    asked["processes"] = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    asked["top"] = sorted(os.listdir("/"))
    asked["network"] = sorted(os.listdir("/sys/class/net"))
    for name in ("solution", "tests", ".git", "pyproject.toml", "autograder/hw1/mistakes", "autograder/staff"):
        asked[name] = os.path.exists(os.path.join(REPOSITORY, name))
    import autograder.home, autograder.sandbox.users, autograder.sandbox.layers.identity as identity
    from pathlib import Path
    asked["kit"] = autograder.home.__file__
    asked["repository"] = str(autograder.home.repository())
    asked["handout"] = (autograder.home.handout_folder() / "mnist.py").is_file()
    asked["workers"] = autograder.sandbox.users.can_become_others(Path("/tmp/scratch"))
    asked["capabilities"] = f"{identity.capabilities():x}"
    asked["filter"] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("Seccomp:")]
    asked["written"] = []
    for path in (autograder.home.__file__, "/etc/new", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/usr/new"):
        try:
            open(path, "a").close()
            asked["written"].append(path)
        except OSError:
            pass
    for path in ("/tmp/x", "/root/x", "/dev/shm/x", "/dev/null", "/autograder/x"):
        open(path, "w").write("x")
    try:
        socket.create_connection(("127.0.0.1", PORT), 5)
        asked["connected"] = True
    except OSError:
        asked["connected"] = False
"""


@chroots
@pytest.mark.skipif(ROOT is None, reason="the kit is not installed from the repository")
def test_the_container_shows_what_students_get_and_nothing_else_of_the_machine(container):
    made = container(True, profile=PROFILE if PROFILE.is_file() else None)
    mounts = Path("/proc/self/mountinfo").read_text()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        seen = asked(made, LOOKS.replace("REPOSITORY", repr(str(ROOT))).replace("PORT", str(port)))
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert seen["processes"] == [1, 2]
    assert seen["network"] == ["lo"]
    assert not seen["connected"]
    assert not any(seen[name] for name in ("solution", "tests", ".git", "pyproject.toml"))
    assert not any(seen[f"autograder/{name}"] for name in ("hw1/mistakes", "staff"))
    assert seen["kit"].startswith(str(ROOT))
    assert (seen["repository"], seen["handout"], seen["workers"]) == ("None", True, True)
    assert seen["capabilities"] == "a80425fb"
    assert seen["filter"] == ["2" if PROFILE.is_file() else "0"]
    assert seen["written"] == []
    assert {"autograder", "etc", "proc", "tmp", "usr"} <= set(seen["top"])
    allowed = {"bin", "dev", "home", "lib", "lib32", "lib64", "root", "run", "sbin", "sys", "var", *ROOT.parts[1:2]}
    prefixes = {Path(prefix).parts[1] for prefix in (sys.prefix, sys.base_prefix)}
    assert set(seen["top"]) <= {"autograder", "etc", "proc", "tmp", "usr"} | allowed | prefixes


@chroots
def test_each_run_has_a_system_of_its_own_and_only_the_autograder_folder_stays(container):
    made = container(True)
    made.start(["bash", "-c", "touch /tmp/left /root/left /autograder/left"], 60)
    ran = made.start(["bash", "-c", "ls /tmp/left /root/left /autograder/left 2>/dev/null"], 60)
    assert ran.said.splitlines() == ["/autograder/left"]


@chroots
def test_a_container_that_cannot_be_made_is_no_run(container, tmp_path):
    made = container(True, also=[tmp_path / "absent"])
    with pytest.raises(RuntimeError, match=r"namespace\.py: .*absent"):
        made.run()
    (tmp_path / "profile.json").write_text("{")
    with pytest.raises(RuntimeError, match=r"namespace\.py: "):
        container(True, profile=tmp_path / "profile.json").run()


@chroots
def test_a_folder_of_wheels_can_be_shown(container, tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "a.whl").write_text("wheel")
    made = container(True, also=[tmp_path / "wheels"])
    assert made.start(["cat", str(tmp_path / "wheels" / "a.whl")], 60).said == "wheel"


def test_what_is_shown_of_the_repository_is_what_the_wheel_holds(tmp_path):
    root = tmp_path / "repository"
    for name in (
        "kit/a.py",
        "kit/staff/b.py",
        "kit/both/staff/c.py",
        "kit/both/d.py",
        "cli.py",
        "handout/e.py",
        "tests/f.py",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    wheel = '[tool.hatch.build.targets.wheel]\nonly-include = ["kit", "cli.py"]\n'
    forced = '[tool.hatch.build.targets.wheel.force-include]\n"handout" = "kit/handout"\n'
    (root / "pyproject.toml").write_text(f'{wheel}exclude = ["kit/staff", "kit/both/staff"]\n{forced}')
    shown = {(Path(a).relative_to(root).as_posix(), Path(b).relative_to(root).as_posix()) for a, b in shipped(root)}
    same = ("kit/a.py", "kit/both/d.py", "cli.py")
    assert shown == {*((name, name) for name in same), ("handout", "kit/handout")}
    (root / "pyproject.toml").write_text(f'{wheel}exclude = ["kit/*/staff"]\n{forced}')
    with pytest.raises(ValueError, match="which is not there or a pattern"):
        list(shipped(root))


GRADES = """if True:
    from autograder.grade import judged
    from autograder.kit import Kit
    from autograder.ingest.reading import read_submission
    with Kit(isolation="strong", train="never") as kit:
        hand_in = read_submission(root / "submission", kit.rubric.limits)
        with kit.session(hand_in) as session:
            report = judged(kit.case(hand_in, session), session)
        cell = kit._cell()
        asked.update(level=kit.level, earned=report.earned, lost=report.lost, user=cell.user, bare=cell.bare)
"""


@chroots
@pytest.mark.slow
@pytest.mark.skipif(not PROFILE.is_file(), reason="needs moby's profile beside the repository")
def test_the_kit_grades_the_solution_in_the_container_and_workers_are_users_of_their_own(container, solution):
    made = container(True, profile=PROFILE)
    made.submit(solution, metadata())
    seen = asked(made, GRADES, 300)
    assert (seen["level"], seen["earned"], seen["lost"]) == ("strong", 61, 0)
    assert seen["user"] is not None
    assert not seen["bare"]


@both
@pytest.mark.slow
def test_torch_can_be_imported_from_the_interpreter(container, chrooted):
    seen = asked(container(chrooted), "import torch, autograder.kit; asked['sum'] = float(torch.ones(3).sum())", 300)
    assert seen == {"sum": 3.0}
