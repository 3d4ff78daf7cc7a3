"""What students read of a report: with a secret seed nothing that a worker said, and never a word about others."""

import json
import os
import re
import stat
import threading
from dataclasses import replace

import numpy as np
import pytest
from asked import answering
from conftest import setup_of
from test_accuracy import case_of as proof_case
from test_accuracy import handed_in
from test_accuracy import settle as settle_any
from test_training import BORDER, TEST, case_of, settle

from autograder.check import Probe
from autograder.cohort.folder import ReportFolder
from autograder.compare import STAND_INS_NOTE, Compare
from autograder.deep_learning.floors import Floors
from autograder.deep_learning.hidden import Score
from autograder.deep_learning.networks import explain_function, explain_structure, network_remarks
from autograder.deep_learning.task import FLAG, flagged
from autograder.deep_learning.trained import band
from autograder.discretion import PENDING, for_students
from autograder.errors import MisuseError
from autograder.evidence import Evidence, Frame, Raised, Stopped
from autograder.failed import KNOWN_KINDS, broken
from autograder.hw1.checks import CHECKS
from autograder.hw1.forms import DURING
from autograder.hw1.mnist import ACCURACY
from autograder.hw1.returned import SENTENCES
from autograder.hw1.trainer import explain_confusion, explain_test
from autograder.hw1.trainer import remarks as trainer_remarks
from autograder.ingest.reading import read_submission
from autograder.outcome import Outcome, Status
from autograder.recording import load_recording
from autograder.report import Report, make_report
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
MARK = "RT-LEAK-1234"
RUN = [check for check in CHECKS if check.part != "files" and check.id != "1.2-Q11"]  # what runs student code
FRAME = Frame(MARK, 1234, MARK, MARK)
RAISED = [
    *(Raised(kind, MARK, (FRAME,), "forward") for kind in sorted(KNOWN_KINDS)),
    *(Raised(kind, MARK, (FRAME,), MARK) for kind in ("MissingFileError", "MissingNameError", "SystemExit")),
    *(Raised(kind, MARK, (FRAME,), MARK) for kind in ("SyntaxError", "ModuleNotFoundError", MARK)),
    Raised("NotImplementedError", f"TODO {MARK}", (FRAME,), "import"),
]
STOPPED = [Stopped(reason, "5 s", MARK) for reason in ("time", "memory", "output")]
STOPPED += [Stopped("died", MARK, MARK), Stopped("protocol", MARK, MARK), Stopped(MARK, MARK, MARK)]


def report_of(outcomes, seed="secret", remarks=(), told=(), **facts) -> Report:
    """A report with *outcomes* by check, or with one outcome for all that run student code."""
    if isinstance(outcomes, Outcome):
        outcomes = {check.id: outcomes for check in RUN}
    passed = {check.id: Outcome(Status.PASSED) for check in CHECKS}
    fingerprint = {"hw1": "0", "seed": seed, "torch": "2", **facts}
    return make_report("20260001", "digest", CHECKS, passed | outcomes, RUBRIC, remarks, fingerprint, told)


@pytest.fixture
def documents(tmp_path):
    """What the folder of reports holds for a report's student, and what it keeps for staff."""

    def write(report: Report) -> tuple[str, str]:
        ReportFolder(tmp_path / "out", RUBRIC).write(report)
        folder = tmp_path / "out" / report.student
        students = "".join(
            (folder / name).read_text(encoding="utf-8") for name in ("feedback.txt", "feedback.html", "results.json")
        )
        students = re.sub(r"<style>.*?</style>", "", students, flags=re.DOTALL)  # its colours have digits
        return students, (folder / "report.json").read_text(encoding="utf-8")

    return write


def shown(outcome: Outcome, check_id: str = "2.1a", seed: str = "secret") -> Outcome:
    lines = for_students(report_of({check_id: outcome}, seed)).lines
    return next(line.outcome for line in lines if line.id == check_id)


# Nothing of a worker's


@pytest.mark.parametrize("seen", [*RAISED, *STOPPED], ids=lambda seen: getattr(seen, "kind", "") or seen.reason)
def test_nothing_that_a_worker_says_of_an_exception_or_an_end_is_shown(seen, documents):
    students, staff = documents(report_of(broken(seen)))
    assert MARK not in students
    assert "1234" not in students
    assert MARK in staff
    assert students.count(shown(broken(seen)).reason) >= 2 * len(RUN)


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.SKIPPED, Status.BY_HAND, Status.MARKED)])
def test_what_no_judge_has_vouched_for_is_never_shown_and_each_check_says_something_of_its_own(status, documents):
    students, staff = documents(report_of(Outcome(status, MARK, MARK, detail=(MARK,), remarks=(MARK,))))
    assert MARK in staff
    assert MARK not in students
    for check in RUN:
        outcome = shown(Outcome(status, MARK), check.id)
        assert outcome.reason or status is Status.PASSED
        assert outcome.status is status


def test_every_check_that_runs_student_code_has_a_fixed_sentence_for_an_unknown_failure():
    assert all(check.unknown for check in RUN)
    said = {shown(Outcome(Status.FAILED, MARK), check.id).reason for check in RUN}
    assert len(said) == len(RUN)
    assert "hw1 check" in shown(Outcome(Status.FAILED, MARK), "2.1a").hint
    assert "hw1 train --part 1.1" in shown(Outcome(Status.FAILED, MARK), "1.1-accuracy").hint


def test_an_exception_is_called_by_its_kind_only_if_that_is_a_common_one():
    assert broken(Raised("ValueError", MARK, (), "train")).shown == "ValueError in Trainer.train."
    assert broken(Raised("Secret1234Error", MARK, (), "train")).shown == "An exception in Trainer.train."
    assert broken(Raised("KeyError", MARK, (), MARK)).shown == "KeyError in your code."


def test_a_limit_is_named_with_its_value_and_an_exit_code_is_not():
    assert broken(Stopped("time", "20 s", "network")).shown == "Stopped: running the network took more than 20 s."
    assert "printed more than 1 MiB" in broken(Stopped("output", "1 MiB", "mnist")).shown
    died = broken(Stopped("died", "exit code 42", "train"))
    assert "42" in died.reason
    assert died.shown == "Stopped: the process ended in Trainer.train."


@pytest.mark.parametrize("word", DURING)
def test_a_sentence_of_our_own_words_says_the_same_to_students_and_staff(word):
    outcome = broken(Stopped("memory", "", word))
    assert outcome.shown == outcome.reason


def test_names_shapes_types_and_figures_of_a_failure_are_not_shown(documents):
    ours = {"returned": MARK, "changed": False, "dtype": "other"}
    call = {"images": 8, "returned": None, "type": MARK, "float": False, "fractions": [], "percents": [], "line": False}
    ours["calls"] = [call] * 3
    named = {"unused": [[MARK, [1]]], "borrowed": [MARK], "redirected": True}
    found = {
        "2.1a": explain_function(Evidence({"returned": MARK}), Evidence()),
        "1.1-structure": explain_structure(Evidence({"returned": MARK}), Evidence()),
        "1.2b": explain_test(Evidence(ours), Evidence(ours)),
        "1.2c": explain_confusion(Evidence(ours), Evidence({}, {"matrix": np.eye(10)})),
        "2.1b": Outcome(Status.PASSED, remarks=network_remarks(Evidence(named))),
    }
    students, staff = documents(report_of(found))
    assert staff.count(MARK) >= len(found)
    assert MARK not in students
    assert "The code asks for a GPU" in students


def test_a_judge_that_compares_lets_nothing_through(documents):
    probe = Probe("p", "network", (), "torch")
    case = case_of()
    case.recording = load_recording
    case.seen["p"] = Raised("RuntimeError", MARK, (FRAME,), MARK)
    case.reference = lambda probe: Evidence()
    outcome = Compare("2.1a", probe, lambda seen: {}, explain_function)(case)
    students, staff = documents(report_of({"2.1a": outcome}))
    assert MARK in staff
    assert MARK not in students


def test_a_stub_is_to_do_in_a_fixed_sentence():
    assert shown(Outcome(Status.TODO, MARK)).reason == "The handout's stub is still there."


def test_a_known_mistake_says_its_sentence_and_no_figure():
    outcome = Outcome(Status.FAILED, "You forgot the batch norm.", mistake="m", detail=(MARK,), remarks=(MARK,))
    assert shown(outcome) == Outcome(Status.FAILED, "You forgot the batch norm.", mistake="m")


def test_fixed_remarks_may_be_shown_and_those_of_another_check_may_not():
    made = (*network_remarks(Evidence({"redirected": True})), *trainer_remarks(Evidence({"redirected": True})))
    slips = tuple(sorted(SENTENCES))
    assert shown(Outcome(Status.PASSED, remarks=(*made, STAND_INS_NOTE, MARK)), "2.1a").remarks == (
        *made,
        STAND_INS_NOTE,
    )
    assert shown(Outcome(Status.PASSED, remarks=slips), "1.2b").remarks == slips
    assert shown(Outcome(Status.PASSED, remarks=slips), "2.1a").remarks == ()


@pytest.mark.parametrize("check_id", ["files-mnist", "1.2-Q11"])
def test_what_is_read_without_running_anything_is_shown_as_it_is(check_id):
    outcome = Outcome(Status.TODO, "To do: MNIST_Net.", "Hint.", detail=("line 3",))
    assert shown(outcome, check_id) == outcome


def test_the_points_are_the_same():
    mixed = {c.id: Outcome(s, MARK) for c, s in zip(CHECKS, [*Status] * 4, strict=False) if s is not Status.BY_HAND}
    report = report_of(mixed)
    seen = for_students(report)
    totals = ("earned", "lost", "open", "by_hand", "maximum", "complete")
    assert [getattr(seen, name) for name in totals] == [getattr(report, name) for name in totals]


# Accuracies in bands


@pytest.mark.parametrize(
    ("right", "total", "said"), [(9799, 10000, 97), (9800, 10000, 98), (10000, 10000, 100), (0, 7, 0), (2, 3, 66)]
)
def test_an_accuracy_is_rounded_down_to_a_whole_percent(right, total, said):
    assert band(Score(clean=(right, total))) == f"at least {said} %"


def test_accuracies_of_one_band_read_the_same():
    reports = [shown(settle([right])[0], "1.1-accuracy") for right in (BORDER - 41, BORDER - 42)]
    assert reports[0] == reports[1]


@pytest.mark.parametrize("right", [TEST, 100])
def test_a_training_tells_no_count_no_loss_and_no_word_of_the_worker(right, documents):
    outcome, _ = settle([right])
    spoilt = replace(outcome, remarks=(*outcome.remarks, MARK), detail=(*outcome.detail, MARK))
    students, staff = documents(report_of({"1.1-accuracy": spoilt}))
    (line,) = [line for line in students.splitlines() if line.strip().startswith("Trained: ")][:1]
    assert f"Trained: at least {100 * right // TEST} % with your Trainer; wanted " in line
    assert f"({right} of {TEST})" in staff
    for text in (MARK, f"{right} of {TEST}", "loss", "after each epoch", "float32"):
        assert text not in students


def test_a_checkpoint_tells_no_count_and_that_its_origin_is_not_proven(documents):
    outcome, _ = settle_any(proof_case(floors=Floors(), checkpoint=handed_in))
    students, _ = documents(report_of({"1.1-accuracy": outcome}))
    assert "Verified: at least 100 % with the checkpoint" in students
    assert "Its origin is not proven." in students
    assert "400" not in students


def test_a_proof_is_told_without_figures_of_the_hand_in():
    outcome, _ = settle_any(proof_case())
    (said,) = shown(outcome, "1.1-accuracy").remarks
    assert said.startswith("Proven, nothing was trained")


def test_a_training_of_which_the_weights_do_not_fit_says_no_name_of_the_worker():
    facts = {"speed": MARK, "remark": MARK, "parameters": 1, "moved": True, "losses": [], "unfit": MARK}
    answer = Evidence(facts, {"weights w": np.ones(1, np.float32)})
    verdict = ACCURACY(answering(case_of(), lambda ask: answer))
    assert MARK in verdict.reason
    assert shown(verdict, "1.1-accuracy").reason == "The trained weights do not fit a new MNIST_Net."


# What no student reads, whatever the seed


SEEDS = pytest.mark.parametrize("seed", ["public", "secret"])


@SEEDS
def test_suspicions_are_not_shown(seed, documents):
    report = report_of({"1.1-accuracy": flagged("99 % on test images, 40 % on copies.")}, seed)
    students, staff = documents(replace(report, remarks=("1.1-accuracy: looks remembered, please look at it",)))
    assert FLAG in staff
    for word in ("remember", "copies", "look remembered", "99 %"):
        assert word not in students
    assert "a person will look at it" in students


@SEEDS
def test_where_things_lie_on_the_machine_that_graded_is_not_shown(seed, documents):
    def missing(kind):
        raise MisuseError("MNIST is not in /srv/staff/data")

    setup = setup_of(train="always")
    outcome = ACCURACY(case_of(setup=replace(setup, data=missing, data_name=lambda kind: kind)))
    assert outcome.status is Status.UNSETTLED
    ours = Outcome(Status.UNGRADED, "The kit failed here, not you (OSError).", detail=('File "/srv/kit/a.py"',))
    said = ("The kit failed on this hand-in, so nothing was graded: /srv/x can't be read: No such file",)
    students, staff = documents(report_of({"1.1-accuracy": outcome, "2.1a": ours}, seed, said))
    assert "/srv" in staff
    assert "/srv" not in students
    assert PENDING in students


@SEEDS
def test_hashes_of_secrets_are_not_shown_and_versions_are(seed, documents):
    students, staff = documents(report_of({}, seed, basis=MARK, staff_path=MARK))
    assert MARK in staff
    assert MARK not in students
    assert "torch 2" in students


@SEEDS
def test_remarks_on_files_are_shown_and_those_on_others_are_not(seed, tmp_path):
    """With the remarks that are really made, so that a new wording is noticed."""
    hand_in = tmp_path / "20260001"
    (hand_in / "checkpoints").mkdir(parents=True)
    (hand_in / "mnist.py").write_text("")
    (hand_in / "link.py").symlink_to("mnist.py")
    (hand_in / "folder_link").symlink_to("checkpoints")
    os.mkfifo(hand_in / "pipe.py")
    (hand_in / "large.py").write_bytes(b"#" * (RUBRIC.limits.source_bytes + 1))
    (hand_in / "checkpoints" / "1.1.pt").write_bytes(b"x")
    for number in range(8):
        (hand_in / "checkpoints" / f"{number}.pth").write_bytes(b"x")
    (hand_in / "checkpoints" / "2.2a.safetensors").symlink_to("1.1.pt")
    (hand_in / "checkpoints" / "1.1.safetensors").write_bytes(b"")
    os.truncate(hand_in / "checkpoints" / "1.1.safetensors", 300 << 20)
    read = read_submission(hand_in, RUBRIC.limits)
    assert len(read.about_files) >= 8
    others = ("checkpoints/1.1.safetensors is byte for byte the same as that of 20260002", "It printed 70,000 bytes.")
    report = report_of({}, seed, (*read.about_files, *others), read.about_files)
    assert for_students(report).remarks == read.about_files


def test_a_thousand_remarks_are_cut():
    remarks = [f"a{number} is a symbolic link, which is not followed" for number in range(1000)]
    assert len(for_students(report_of({}, "public", told=remarks)).remarks) == 21


# With the public seed


def test_with_the_public_seed_students_read_what_was_seen_and_wanted():
    outcome = Outcome(Status.FAILED, "Seen 3, wanted 4.", "Look.", detail=("line 5",), remarks=("Declared.",))
    assert shown(outcome, seed="public") == outcome
    report = report_of({"2.1a": outcome})
    assert for_students(replace(report, fingerprint={})).lines == report.lines


# The folder


def test_what_the_folder_holds_is_its_owners_alone(tmp_path):
    old = os.umask(0)
    try:
        folder = ReportFolder(tmp_path / "a" / "out", RUBRIC)
        folder.write(report_of({}))
        path = folder.write_grades([report_of({})])
    finally:
        os.umask(old)
    student = path.parent / "20260001"
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in (path.parent, student, path, *student.iterdir())}
    assert {modes.pop(path.parent), modes.pop(student)} == {0o700}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 5


def test_a_planted_link_is_replaced_and_never_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    student = tmp_path / "out" / "20260001"
    student.mkdir(parents=True)
    for name in ("report.json", "results.json"):
        (student / name).symlink_to(victim)
    ReportFolder(tmp_path / "out", RUBRIC).write(report_of({}))
    assert victim.read_text() == "kept"
    assert all(not path.is_symlink() for path in student.iterdir())
    assert sorted(path.name for path in student.iterdir()) == [
        "feedback.html",
        "feedback.txt",
        "report.json",
        "results.json",
    ]


def test_nothing_is_written_through_a_students_folder_that_is_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "20260001").symlink_to(elsewhere)
    with pytest.raises(MisuseError, match="symbolic link"):
        ReportFolder(tmp_path / "out", RUBRIC).write(report_of({}))
    assert not list(elsewhere.iterdir())


def test_what_a_killed_run_left_half_written_is_in_nobodys_way(tmp_path):
    folder = ReportFolder(tmp_path / "out", RUBRIC)
    (tmp_path / "out" / "20260001").mkdir()
    (tmp_path / "out" / "20260001" / f".{os.getpid()}-{threading.get_ident()}.report.json").write_text("{")
    folder.write(report_of({}))
    read = Report.from_json(json.loads((tmp_path / "out" / "20260001" / "report.json").read_text()))
    assert read == report_of({})


def test_a_report_of_an_earlier_version_has_nothing_vouched_for_and_is_still_read():
    data = report_of(broken(Raised("ValueError", "x", (), "train"))).to_json()
    for entry in data["checks"]:
        del entry["shown"]
    seen = for_students(Report.from_json(data))
    run = {check.id: check.unknown for check in RUN}
    assert {line.id: line.outcome.reason for line in seen.lines if line.id in run} == run
