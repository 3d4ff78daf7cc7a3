"""Whether grading fits into a container: the verdict, what to raise, and how it is asked; once all of it for real."""

import json
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from test_commands import hw1

from autograder.discretion import for_students
from autograder.errors import GraderError, MisuseError
from autograder.gradescope.desk import unrun_report
from autograder.gradescope.ended import amended
from autograder.gradescope.places import ROOT
from autograder.gradescope.run import PHASES
from autograder.home import PACKAGE, solution_folder
from autograder.outcome import MEMORY, TIME, Outcome, Status
from autograder.render.gradescope import results_json
from autograder.render.text import without_colour
from autograder.rubric import Gradescope, read_rubric, rubric_file
from autograder.staff import preflight as module
from autograder.staff.box.records import Measured, Phase
from autograder.staff.preflight import (
    Preflight,
    Tried,
    Wanted,
    box_of,
    preflight,
    preflight_of,
    set_up,
    shortcomings,
    torch_of,
    ungraded,
    with_box,
)
from autograder.staff.preflight_lines import grouped, preflight_lines
from autograder.staff.trial import Trial
from autograder.staff.zips import zipped

RUBRIC = read_rubric()
BOX = Gradescope()
CPU, CUDA = "2.14.1+cpu", "2.14.1+cu130"
FITS = Measured(0, 100.0, 50.0, 400.0, (), 0, False, "", "cgroup v2")
RIGHT, HANGS = Trial("the solution", Path("a")), Trial("one that hangs", Path("b"), whole=False)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's scripts are Linux's")


def document(**outcomes):
    """A results.json in which all is passed but *outcomes*, by the check's id."""
    passed = {line.id: Outcome(Status.PASSED) for line in unrun_report(RUBRIC).lines}
    return results_json(for_students(unrun_report(RUBRIC, outcomes=passed | outcomes, seed="secret")), RUBRIC)


def cut(short, said="There is too little of it."):
    return document(**{"1.1-accuracy": Outcome(Status.UNSETTLED, said, shown=said, cut_short=short)})


# Why it does not fit


def test_what_is_graded_in_time_and_memory_fits():
    assert list(shortcomings(FITS, document(), RIGHT)) == []


@pytest.mark.parametrize("trial", [RIGHT, HANGS])
def test_a_container_whose_time_is_up_or_whose_memory_runs_out_does_not_fit(trial):
    (said,) = shortcomings(replace(FITS, timed_out=True), document(), trial)
    assert said.startswith("the container's time was up")
    (said,) = shortcomings(replace(FITS, killed=2), document(), trial)
    assert said == "2 of its processes were killed for their memory"


def test_a_grader_that_was_ended_does_not_fit_and_is_not_said_twice():
    ended = amended(document(), "time")
    assert list(shortcomings(FITS, ended, HANGS)) == ["the grader ended before it was done"]
    assert len(list(shortcomings(replace(FITS, timed_out=True), ended, HANGS))) == 1


@pytest.mark.parametrize(
    ("short", "why"), [(TIME, "longer than there is time for here"), (MEMORY, "more memory than there is here")]
)
def test_what_is_right_and_left_for_want_of_time_or_memory_does_not_fit(short, why):
    assert list(shortcomings(FITS, cut(short), RIGHT)) == [f"1.1-accuracy was not decided: {why}"]
    assert list(shortcomings(FITS, cut(short), HANGS)) == []  # what hangs takes its time


def test_what_only_sounds_like_it_fits():
    assert list(shortcomings(FITS, cut("", "It asks for more memory than there is here."), RIGHT)) == []


def test_what_is_open_for_another_reason_fits_and_is_noted():
    reason = "torchvision is not installed where this was graded, and mnist_net* needs it."
    lacking = Outcome(Status.UNGRADED, reason, shown=reason)
    other = Outcome(Status.UNGRADED, "Another.", shown="Another.")
    found = document(**{"1.1-accuracy": other, "2.2b-structure": lacking, "2.2b-accuracy": lacking})
    assert list(shortcomings(FITS, found, RIGHT)) == []
    noted = [f"2.2b-structure, 2.2b-accuracy not graded: {reason}", "1.1-accuracy not graded: Another."]
    assert sorted(ungraded(found)) == sorted(noted)
    assert ungraded(document()) == []


# What to raise


def found(*tried, torch=CPU, box=BOX):
    return Preflight(box, torch, tried)


def lacking(**needs):
    return Tried("the solution", replace(FITS, killed=1), ("too little",), needs=replace(FITS, **needs))


def test_nothing_is_to_be_raised_where_all_fits():
    all_fit = found(Tried("the solution", FITS), Tried("one that hangs", FITS))
    assert all_fit.fits
    assert all_fit.advice == ()


@pytest.mark.parametrize(
    ("peak", "raised"),
    [(700, "1,024 MB"), (880, "1,024 MB"), (900, "1,536 MB"), (3000, "4,096 MB"), (9000, "no container is that large")],
)
def test_memory_is_raised_to_a_step_with_some_room(peak, raised):
    (said,) = found(Tried("one that hangs", FITS), lacking(peak_mb=peak)).advice
    assert f"It takes {peak:,} MB, the container has 768" in said
    assert raised in said


def test_a_build_with_cuda_is_advised_against_and_one_without_is_not():
    build = "may be a build with CUDA"
    assert build in found(lacking(peak_mb=1500), torch=CUDA).advice[1]
    assert build in found(lacking(peak_mb=1500), torch="2.14.1").advice[1]  # what there is on PyPI
    assert build not in " ".join(found(lacking(peak_mb=1500), torch=CPU).advice)
    assert build not in " ".join(found(lacking(cpu_seconds=900.0), torch=CUDA).advice)


def test_what_takes_too_long_wants_more_of_the_cpu_or_more_minutes():
    (said,) = found(lacking(cpu_seconds=300.0)).advice
    assert said.startswith("It takes 10.0 minutes with 0.5 CPUs, of 9.2: give the container 1, or more minutes")


def test_both_are_said_where_both_are_short():
    assert [text[:8] for text in found(lacking(peak_mb=2000.0, cpu_seconds=300.0)).advice] == ["It takes"] * 2


def test_the_largest_need_counts():
    said = found(lacking(peak_mb=800.0), lacking(peak_mb=1800.0, cpu_seconds=10.0)).advice
    assert "1,800 MB" in said[0]


def test_what_would_fit_by_its_sums_is_left_to_what_was_said():
    (said,) = found(lacking()).advice
    assert "What it takes would fit" in said


# What is printed

PHASES_OF = (Phase("start", 1.0, 0.5, 50), Phase("files", 0.5, 0.5, 60), Phase("files-mnist", 0.5, 0.25, 70, "files"))
PHASES_OF += (Phase("a", 1.0, 0.5, 300, "1.2"), Phase("b", 2.0, 1.5, 200, "1.2"), Phase("c", 60, 30, 400, "1.1", "1"))
PHASES_OF += (Phase("end", 0.1, 0.1, 90),)


def printed(found):
    return "\n".join(preflight_lines(found, without_colour))


def test_phases_of_one_part_are_summed_and_accuracies_stand_alone():
    names = {name: len(phases) for name, phases in grouped(PHASES_OF).items()}
    assert names == {"start": 1, "reading the upload": 1, "files": 1, "1.2": 2, "1.1, accuracy": 1, "end": 1}


def test_a_container_that_is_large_enough_is_told_with_the_figures_of_each_upload():
    within = replace(FITS, phases=PHASES_OF)
    text = printed(found(Tried("the solution", within, notes=("2.2b: no torchvision",)), Tried("one that hangs", FITS)))
    first, *_, last = text.splitlines()
    assert first == "Within 0.5 CPUs, 768 MB and 10 minutes; torch 2.14.1+cpu"
    assert last == "It fits: at most 100 s of 600 and 400 MB of 768."
    rows = {line[:24].strip(): line[24:].split() for line in text.splitlines() if line.startswith("  ")}
    assert rows["1.2"] == ["3.0", "2.0", "300"]
    assert rows["in all"] == ["100.0", "50.0", "400"]
    assert "  2.2b: no torchvision" in text.splitlines()
    assert "cgroup v2" in text
    assert "with plenty" not in text


def test_a_container_that_is_too_small_is_told_with_what_it_takes_and_what_to_raise():
    text = printed(found(lacking(peak_mb=1500.0, seconds=33.0), torch=CUDA))
    assert "  too little" in text.splitlines()
    assert "  with plenty of both: 33.0 s, 50.0 CPU s, 1,500 MB" in text
    verdict = text.partition("It does not fit.")[2]
    assert "set the container's memory to 2,048 MB" in verdict
    assert "It fits" not in text


# The container's size

TOY = {"setup.sh": b"", "run_autograder": b"", "rubric.toml": rubric_file().read_bytes()}


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "autograder.zip"
    path.write_bytes(zipped(TOY))
    return path


def test_the_container_is_as_the_rubric_in_the_bundle_has_it_or_as_asked_for(bundle):
    text = TOY["rubric.toml"].replace(b"memory_mb = 768", b"memory_mb = 1536").replace(b"cpus = 0.5", b"cpus = 2")
    bundle.write_bytes(zipped(TOY | {"rubric.toml": text}))
    box = box_of(bundle, Wanted())
    assert (box.cpus, box.memory_mb, box.minutes) == (2, 1536, 10)
    box = box_of(bundle, Wanted(cpus=4.0, memory_mb=6000))
    assert (box.cpus, box.memory_mb, box.minutes) == (4.0, 6000, 10)


LARGE = Gradescope(minutes=40, cpus=2.5, memory_mb=2_000_000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("memory_mb = 768\n", ""),
        ("memory_mb = 768\n", "  memory_mb=768# of each\n"),
        ("minutes = 10 #", "minutes = 1_0.0 #"),
    ],
)
def test_a_size_is_written_into_a_rubric_whether_it_names_one_or_not(tmp_path, old, new):
    text = rubric_file().read_text(encoding="utf-8")
    changed = text.replace(old, new, 1) if old else text
    (tmp_path / "rubric.toml").write_text(with_box(changed, LARGE), encoding="utf-8")
    read = read_rubric(tmp_path / "rubric.toml")
    assert read.gradescope == replace(RUBRIC.gradescope, minutes=40, cpus=2.5, memory_mb=2_000_000)
    assert read.limits == RUBRIC.limits  # whose memory_mb is another one
    assert read.recipes == RUBRIC.recipes


def test_a_rubric_without_the_table_gets_one(tmp_path):
    text = rubric_file().read_text(encoding="utf-8")
    before, _, after = text.partition("[gradescope]")
    made = with_box(f"{before}\n[{after.partition(chr(10) + '[')[2]}", LARGE)
    assert tomllib.loads(made)["gradescope"] == {"minutes": 40, "cpus": 2.5, "memory_mb": 2_000_000}


# How it is asked


@pytest.mark.parametrize("content", [None, b"", b"no zip", zipped({"mnist.py": b""})])
def test_what_is_no_bundle_is_misuse(tmp_path, content):
    path = tmp_path / "a.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MisuseError, match=r"a\.zip is not a Gradescope bundle: `hw1 bundle -o .*a\.zip` makes one"):
        preflight_of(Wanted(bundle=path), solution_folder(), lambda *_: None)


def python_that(tmp_path, script):
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@LINUX
def test_the_interpreter_is_asked_for_its_torch(tmp_path):
    assert torch_of(python_that(tmp_path, f"echo {CPU}")) == CPU


@LINUX
def test_an_interpreter_without_the_kit_is_misuse_that_names_what_makes_one(tmp_path):
    why = "ModuleNotFoundError: No module named 'autograder'"
    python = python_that(tmp_path, f'echo Traceback >&2; echo "{why}" >&2; exit 1')
    with pytest.raises(MisuseError, match=rf"can't import the kit and torch \({why}\): --setup makes an environment"):
        torch_of(python)


def test_what_is_no_interpreter_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="none can't be run"):
        torch_of(tmp_path / "none")


@pytest.fixture
def boxed(monkeypatch, tmp_path):
    """Runs three uploads in a box that is not there: it brings back what it is told, and notes what was asked."""
    folders = [tmp_path / "uploads" / name for name in "abc"]
    for folder in folders:
        folder.mkdir(parents=True)
    uploads = tuple(Trial(f"upload {folder.name}", folder, folder.name != "c") for folder in folders)
    monkeypatch.setattr(module, "make_trials", lambda solution, scratch: uploads)
    monkeypatch.setattr(module, "torch_of", lambda python: CPU)
    asked = []

    def use(answers):
        def run(command, limits, *, environment, cwd, phases):
            asked.append((command, limits, environment))
            measured, made = answers[len(asked) - 1]
            if made is not None:
                (cwd / "results").mkdir(exist_ok=True)
                (cwd / "results" / "results.json").write_text(json.dumps(made))
            rubric = read_rubric(cwd / "source" / "rubric.toml").gradescope
            assert (rubric.cpus, rubric.memory_mb, rubric.minutes * 60) == (
                limits.cpus,
                limits.memory_mb,
                limits.seconds,
            )
            assert int((cwd / "source" / "seconds").read_text()) == limits.seconds - 15
            return measured

        monkeypatch.setattr(module, "run_in_box", run)
        return asked

    return use


def test_what_fits_is_run_once_and_the_rest_again_with_plenty(boxed, bundle):
    killed = (replace(FITS, killed=1), document())
    asked = boxed([(FITS, document()), killed, (replace(FITS, peak_mb=1200.0), document()), (FITS, document())])
    told = []
    made = preflight(bundle, solution_folder(), BOX, Path("python"), lambda *step: told.append(step))
    assert [one.name for one in made.tried] == ["upload a", "upload b", "upload c"]
    assert [bool(one.short) for one in made.tried] == [False, True, False]
    assert (made.fits, made.torch) == (False, CPU)
    assert made.tried[1].needs.peak_mb == 1200.0
    assert [(limits.memory_mb, limits.seconds) for _, limits, _ in asked] == [
        *((768, 600), (768, 600)),
        *((768 * 8, 2400), (768, 600)),
    ]
    assert told == [("upload a", 1, 3), ("upload b", 2, 3), ("upload c", 3, 3)]


def test_the_script_is_run_as_gradescope_does_without_the_rest_of_our_environment(boxed, bundle, monkeypatch):
    monkeypatch.setenv("HW1_DATA", "/elsewhere")
    asked = boxed([(FITS, document())] * 3)
    preflight(bundle, solution_folder(), BOX, Path("/python"))
    roots = {environment[ROOT] for *_, environment in asked}
    assert len(roots) == 3
    for command, _, environment in asked:
        assert command == ["bash", f"{environment[ROOT]}/source/run_autograder"]
        assert environment["HW1_PYTHON"] == "/python"
        assert environment[PHASES].startswith(environment[ROOT])
        assert set(environment) <= {"PATH", "LANG", "HOME", ROOT, "HW1_PYTHON", PHASES}


def test_a_script_that_leaves_no_document_is_our_fault(boxed, bundle):
    boxed([(replace(FITS, said="bash: it fails"), None)])
    with pytest.raises(GraderError, match=r"the bundle left no results\.json: bash: it fails"):
        preflight(bundle, solution_folder(), BOX, Path("python"))


# For real


@LINUX
def test_a_setup_that_fails_says_its_own_sentence(bundle, tmp_path):
    bundle.write_bytes(
        zipped(TOY | {"setup.sh": b'echo "setup.sh: no network" >&2; echo "$HW1_AUTOGRADER" >&2; exit 1\n'})
    )
    with pytest.raises(GraderError, match=f"setup.sh failed: setup.sh: no network\n{tmp_path / 'environment'}"):
        set_up(bundle, tmp_path / "environment")


@LINUX
def test_a_setup_that_works_leaves_an_interpreter(bundle, tmp_path):
    assert set_up(bundle, tmp_path / "environment") == tmp_path / "environment" / "venv" / "bin" / "python"


@LINUX
@pytest.mark.slow
def test_a_setup_whose_packages_are_not_to_be_had_says_so(bundle, tmp_path, monkeypatch):
    script = (PACKAGE / "gradescope" / "setup.sh").read_bytes()
    bundle.write_bytes(zipped(TOY | {"setup.sh": script, "requirements.txt": b"torch==2.14.1+cpu\n"}))
    (tmp_path / "wheels").mkdir()
    monkeypatch.setenv("HW1_WHEELS", str(tmp_path / "wheels"))
    with pytest.raises(GraderError, match=r"(?s)setup\.sh failed: .*packages in requirements\.txt could not be"):
        set_up(bundle, tmp_path / "environment")


@LINUX
@pytest.mark.slow
def test_the_solution_the_worst_hand_in_and_one_that_hangs_fit_into_a_large_container():
    done = hw1("preflight", "--cpus", "4", "--memory", "6000")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("the solution", "the worst honest one", "one that hangs", "1.1, accuracy", "It fits: at most "):
        assert words in done.stdout
