"""The bundle in Gradescope's container, emulated: whatever is handed in, whenever it ends, the document is valid."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from gradescope.container import Container, Ran, chroot_problem
from gradescope.kits import changed, handout_files, make_bundle, solution_files
from gradescope.schema import problems
from gradescope.upload import hw1_archive, metadata, previous, user

from autograder.home import repository
from autograder.hw1.checks import CHECKS
from autograder.rubric import read_rubric

ROOT = repository()
PROFILE = ROOT.parent / "shared" / "docker-default-seccomp.json" if ROOT is not None else Path("none")
CHROOTED = not chroot_problem()
RUBRIC = read_rubric()
LINES = len(CHECKS) + len(RUBRIC.by_hand)
SHORT = {"import_seconds": 2}  # what hangs hangs as well in two seconds
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's container is Linux")


@pytest.fixture(scope="module")
def public_bundle(tmp_path_factory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundle") / "autograder.zip")


@pytest.fixture
def container(tmp_path, public_bundle):
    """Makes a container with the public bundle, or with another, some values of its rubric changed."""

    def make(bundle=public_bundle, **values) -> Container:
        # pytest's own folders are closed to the users that workers become.
        profile = PROFILE if CHROOTED and PROFILE.is_file() else None
        made = Container(tmp_path / "container", bundle, chrooted=CHROOTED, profile=profile)
        rubric = made.autograder / "source" / "rubric.toml"
        rubric.write_text(changed(rubric.read_text(encoding="utf-8"), **values), encoding="utf-8")
        return made

    return make


def graded(made: Container, files, about: dict | bytes | None = None, seconds: float = 120) -> dict:
    """The document of an upload, which is valid and holds every check."""
    made.submit(files, metadata() if about is None else about)
    ran = made.run(seconds)
    assert ran.status == 0, ran.said
    return valid(ran)


def valid(ran: Ran) -> dict:
    assert ran.results is not None, ran.said
    assert problems(ran.results) == []
    assert len(ran.results["tests"]) == LINES
    assert sum(test["max_score"] for test in ran.results["tests"]) == 100
    return ran.results


def points(document: dict) -> float:
    return sum(test["score"] for test in document["tests"])


def words(document: dict) -> dict[str, str]:
    """The status of each check by its id, or by its title."""
    return {test["name"].partition(":")[0]: test["tags"][1] for test in document["tests"]}


def test_the_solution_earns_its_points_and_every_document_on_the_way_is_valid(container):
    made = container(leaderboard="true")
    made.submit({"hw1-20260001.tar.gz": hw1_archive(solution_files())}, metadata())
    seen: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.005):
            _, text = made.results()
            if text and (not seen or seen[-1] != text):
                seen.append(text)

    reader = threading.Thread(target=read)
    reader.start()
    ran = made.run(120)
    done.set()
    reader.join()
    document = valid(ran)
    assert (points(document), document["extra_data"]["complete"]) == (61, True)
    assert document["extra_data"]["student"] == "20260001"
    assert document["leaderboard"] == [{"name": "MNIST_Net parameters", "value": 204_826, "order": "asc"}]
    documents = [json.loads(text) for text in seen]
    assert all(problems(one) == [] and len(one["tests"]) == LINES for one in documents)
    assert all("Not run yet." in test["output"] for test in documents[0]["tests"] if "by hand" not in test["tags"])
    assert len({sum("passed" in test["tags"] for test in one["tests"]) for one in documents}) > 5  # one after the other
    assert "Proven, nothing was trained" in ran.said  # staff read what is printed
    if CHROOTED:
        assert document["extra_data"]["fingerprint"]["isolation"].startswith("strong [")
        assert " uid " in document["extra_data"]["fingerprint"]["isolation"]


@pytest.mark.slow  # twenty seconds each, of each core
def test_what_hangs_stops_and_all_else_is_judged(container):
    hangs = b"\nwhile True:\n    pass\n"
    document = graded(container(**SHORT), solution_files(mnist=solution_files()["mnist.py"] + hangs))
    found = words(document)
    assert (found["1.1-structure"], found["1.1-accuracy"]) == ("stopped", "stopped")
    assert (found["1.2a"], found["1.2.10"], found["2.1c-function"]) == ("passed", "passed", "passed")


def test_what_kills_and_what_eats_all_memory_costs_itself_alone(container):
    kills = b"import os, signal\nfor pid in (os.getppid(), -1, 1):\n    try:\n        os.kill(pid, 9)\n"
    kills += b"    except OSError:\n        pass\nos._exit(0)\n"
    eats = b"kept = []\nwhile True:\n    kept.append(bytearray(b'x' * 10_000_000))\n"
    document = graded(container(), solution_files(mnist=kills, trainer=eats))
    found = words(document)
    assert found["1.1-structure"] == "stopped"
    assert found["1.2a"] == "unsettled"  # here is less memory than elsewhere
    (cut,) = (test for test in document["tests"] if test["extra_data"]["check"] == "1.2a")
    assert "more memory than there is here" in cut["output"]
    assert cut["extra_data"]["cut_short"] == "memory"
    assert found["2.1c-function"] == "passed"


def test_a_grader_that_is_killed_at_any_moment_leaves_a_valid_document(container):
    made = container()
    made.submit(solution_files(), metadata())
    for judged in (0, 12):
        command, environment = made.command()
        process = subprocess.Popen(
            command, env=environment, cwd=made.autograder, stdout=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None:
            document, _ = made.results()
            if document is not None and sum("passed" in test["tags"] for test in document["tests"]) >= judged:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.01)
        document, text = made.results()
        assert document is not None, text
        assert problems(document) == []
        assert len(document["tests"]) == LINES
        (made.autograder / "results" / "results.json").unlink()


def test_a_grader_that_runs_out_of_its_own_time_says_what_it_has_not_run(container):
    made = container(minutes=0.1, reserve_seconds=4.5)  # 1.5 s: enough for what needs no torch, if at all
    document = graded(made, solution_files())
    late = [test for test in document["tests"] if test["tags"][1] == "unsettled"]
    assert late
    assert all("minutes that there are here" in test["output"] for test in late)
    assert {test["extra_data"]["cut_short"] for test in late} == {"time"}


def test_a_grader_that_hangs_is_ended_and_the_document_says_so(container):
    made = container()
    (made.autograder / "source" / "seconds").write_text("1\n")
    document = graded(made, solution_files())
    assert "Grading ended early: the time was up" in document["output"]
    assert any("Not run: the time was up" in test["output"] for test in document["tests"])


def test_an_empty_upload_with_metadata_of_another_year_is_graded_as_nothing(container):
    document = graded(container(), {}, b'{"created_at": 7, "users": {"a": []}, "assignment": "hw1", "id": null}')
    assert points(document) == 0
    assert document["extra_data"]["student"] == "submission"
    assert "mnist.py is missing" in document["tests"][0]["output"]


def test_a_late_resubmission_of_a_group_says_so_and_names_nobody_to_students(container):
    about = metadata(
        created_at="2026-04-01T01:05:00.000000-07:00",
        users=[user("20260001"), user("20260002")],
        previous_submissions=[previous(12.5)],
    )
    made = container()
    made.submit({"hw1-20260001.tar.gz": hw1_archive(handout_files())}, about)
    ran = made.run(120)
    document = valid(ran)
    assert "Handed in 2 h 5 min late" in document["output"]
    assert "The upload before this one had 12.5 points" in document["output"]
    assert document["extra_data"]["late_seconds"] == 7500
    assert "from a group: 20260001@example.org, 20260002@example.org" in ran.said
    assert "20260002" not in ran.results_text
    assert set(words(document).values()) == {"todo"}


@pytest.mark.slow
def test_the_rubrics_rules_for_late_uploads_hold_there(container):
    made = container()
    rubric = made.autograder / "source" / "rubric.toml"
    with rubric.open("a", encoding="utf-8") as file:
        file.write("\n[late]\ndue = 2026-03-31T23:00:00-07:00\npercent = 10\n")
    files = {"ablations.py": solution_files()["ablations.py"]}
    made.submit({"hw1-20260001.tar.gz": hw1_archive(files)}, metadata(created_at="2026-04-01T01:05:00-07:00"))
    ran = made.run(120)
    document = valid(ran)
    said = f"Handed in 2 h 5 min after the due date: 1 started day, 10 % each: -{points(document) / 10:g} points."
    assert said in document["output"]
    assert said in " ".join(ran.said.split())
    assert points(document) > 0
    assert document["score"] == round(points(document) * 0.9, 6)


SEED = bytes(range(32))
SPY = """
import os
said = []
for root in ("/autograder", {root!r}):
    for name in ("source/secrets/seed", "source/secrets/evidence.npz", "source/rubric.toml", "results/results.json"):
        for mode in ("rb", "r+b"):
            try:
                with open(os.path.join(root, name), mode) as file:
                    said.append(name + " " + file.read(64).hex())
                    if mode == "r+b":
                        file.write(b'{{"score": 100}}')
            except OSError as error:
                said.append(name + " " + type(error).__name__)
raise ValueError(" ".join(said))
"""


def spied(made: Container) -> dict:
    """The document of an upload that looks for what is secret and writes where it can; it finds nothing."""
    spy = SPY.format(root=str(made.autograder)).encode()
    made.submit(solution_files(mnist=spy), metadata())
    ran = made.run(120)
    # What it raised is told to staff: without Landlock what a closed folder holds is not there at all.
    assert re.search("source/secrets/seed (PermissionError|FileNotFoundError)", ran.said)
    for text in (ran.said, ran.results_text):
        assert SEED.hex() not in text
        assert SEED.hex().encode().hex() not in text
    assert "PermissionError" not in ran.results_text
    return valid(ran)


def test_what_is_secret_stays_root_s_and_no_hand_in_writes_the_document(tmp_path, container):
    document = spied(container(make_bundle(tmp_path / "secret.zip", SEED)))
    assert document["extra_data"]["fingerprint"]["seed"] == "secret"
    assert points(document) < 100


@pytest.mark.slow
@pytest.mark.skipif(not CHROOTED or not PROFILE.is_file(), reason="needs root, namespaces and moby's profile")
def test_on_an_old_host_closed_files_keep_the_secrets_and_open_ones_are_not_graded_beside(tmp_path, container):
    rules = json.loads(PROFILE.read_text(encoding="utf-8"))
    for rule in rules["syscalls"]:
        rule["names"] = [name for name in rule["names"] if not name.startswith("landlock")]
    made = container(make_bundle(tmp_path / "secret.zip", SEED))
    made.profile = tmp_path / "old.json"
    made.profile.write_text(json.dumps(rules), encoding="utf-8")
    document = graded(made, solution_files())
    assert set(words(document).values()) == {"ungraded", "by hand"}  # setup.sh, which closes it, was not run
    (made.autograder / "source" / "secrets").chmod(0o700)
    document = spied(made)
    assert document["extra_data"]["fingerprint"]["isolation"].startswith("medium [")
