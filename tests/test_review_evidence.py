"""Beside an answer stands what the kit knows: figures of the hand-in that differ from what was measured, and copies."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from autograder.cohort.copies import find_copies, remark
from autograder.cohort.journal import Journal
from autograder.cohort.run import with_copies_marked
from autograder.discretion import for_students
from autograder.evidence import Evidence
from autograder.hw1.checks import CHECKS
from autograder.ingest import pdfs
from autograder.ingest.claimed import in_notebook, in_pdf
from autograder.ingest.notebooks import with_notebooks
from autograder.ingest.reading import read_submission
from autograder.kit import Kit
from autograder.outcome import STAND_IN, Outcome, Status
from autograder.report import Decided, Report, Written, make_report
from autograder.review.evidence import APART, LEAST, MOST, evidence
from autograder.rubric import read_rubric
from autograder.submission import Alike, Claimed
from tests.conftest import write_hand_in
from tests.notebooks import code, notebook
from tests.pdfs import written

RUBRIC = read_rubric()
LONG = "The sigmoid saturates, so that its gradient vanishes."
MEASURED = {
    "2.2a-accuracy": Outcome(Status.PASSED, figures={"accuracy": 0.831}),
    "2.1c-function": Outcome(Status.PASSED, figures={"parameters": 20_365_002}),
    "1.2.1": Outcome(Status.FAILED, figures={"parameters": 23_860}),
}


def report_of(student: str, answers: dict | None = None, outcomes: dict | None = None, **more) -> Report:
    """A report in which these were measured."""
    said = [Written(item, text) for item, text in (answers or {}).items()]
    judged = MEASURED if outcomes is None else outcomes
    return replace(make_report(student, "d", CHECKS, judged, RUBRIC, (), {}, written=said), **more)


def beside(claimed: list[Claimed], item: str = "2.2-E3", **more) -> tuple[str, ...]:
    """What stands beside an answer of a student whose documents hold these figures."""
    return evidence({"1": report_of("1", claimed=tuple(claimed), **more)})("1", item)


# Figures


def test_a_figure_that_differs_is_told_with_what_was_measured():
    claimed = [Claimed("report.pdf, page 3", "accuracy", 0.912, "2.2a", "VGG19 reached 91.2 % after 4 epochs")]
    assert beside(claimed) == (
        "report.pdf, page 3 says 91.2 % of VGG19; 83.1 % was measured here (“VGG19 reached 91.2 % after 4 epochs”)",
    )


def test_a_parameter_count_that_differs_is_told():
    claimed = [Claimed("hw1-2.ipynb, cell 9", "parameters", 20_040_522, "2.2a")]
    assert beside(claimed) == (
        "hw1-2.ipynb, cell 9 says 20,040,522 parameters of VGG19; 20,365,002 parameters were counted here",
    )


@pytest.mark.parametrize(
    "figure",
    [
        Claimed("p", "accuracy", 0.831, "2.2a"),
        Claimed("p", "accuracy", 0.831 + APART, "2.2a"),
        Claimed("p", "accuracy", 0.831 - APART, "2.2a"),
        Claimed("p", "parameters", 20_365_002, "2.2a"),
        Claimed("p", "parameters", 20, "2.2a"),  # "20 million parameters"
        Claimed("p", "accuracy", 0.5, "2.2b"),  # of which nothing was measured
        Claimed("p", "accuracy", 0.5, "1.1"),  # which the question is not about
        Claimed("p", "accuracy", 0.5, ""),
        Claimed("p", "learning rate", 0.5, "2.2a"),
    ],
)
def test_what_agrees_or_is_about_something_else_is_not_told(figure):
    assert beside([figure]) == ()


def test_a_question_about_no_network_has_no_figures_beside_it():
    claimed = [Claimed("p", "parameters", 5_000, "1.2.1")]
    assert beside(claimed, "1.2-Q1") == ()
    assert len(beside(claimed, "1.2-Q4")) == 1


def test_nothing_is_compared_with_an_accuracy_on_other_data():
    claimed = [Claimed("p", "accuracy", 0.981, "1.1")]
    outcome = Outcome(Status.PASSED, figures={"accuracy": 0.93})
    assert len(beside(claimed, "1.1-E1", outcomes={"1.1-accuracy": outcome})) == 1
    stand_in = replace(outcome, figures={"accuracy": 0.93, STAND_IN: 1.0})
    assert beside(claimed, "1.1-E1", outcomes={"1.1-accuracy": stand_in}) == ()


def test_the_kit_s_own_figure_counts_where_a_person_has_decided():
    claimed = [Claimed("p", "accuracy", 0.95, "2.2a")]
    outcome = Outcome(Status.FAILED, figures={"accuracy": 0.5})
    decided = Decided("2.2a-accuracy", 6, "a fault of ours", "Teaching assistant 1", "now", before=outcome)
    said = beside(claimed, outcomes={"2.2a-accuracy": Outcome(Status.MARKED)}, decisions=(decided,))
    assert said == ("p says 95 % of VGG19; 50 % was measured here",)


def test_each_figure_is_told_once_and_of_many_the_first_ones():
    claimed = [Claimed("p", "accuracy", 0.4 + 0.01 * (number // 2), "2.2a") for number in range(20)]
    said = beside(claimed)
    assert len(said) == len({*said}) == MOST + 1
    assert said[-1] == "6 more figures in the hand-in differ"


def test_hostile_words_are_plain():
    (said,) = beside([Claimed("p\x1b[31m", "accuracy", 0.4, "2.2a", "VGG19 \u202e40 %\n" * 100)])
    assert said.startswith("p[31m says 40 % of VGG19")
    assert said.isprintable()
    assert len(said) < 300


# Where the figures come from


@pytest.mark.parametrize(
    ("figure", "around", "wanted"),
    [
        ("91.2 %", "VGG19 reached 91.2 % after 4 epochs", ("accuracy", 0.912, "2.2a")),
        ("91.2%", "the pretrained one (PretrainedVGG) beats VGG-19: 91.2%", ("accuracy", 0.912, "2.2a")),
        ("88 percent", "VGG19 has 79.1 % and PretrainedVGG 88 percent", ("accuracy", 0.88, "2.2b")),
        ("88 %", "88 % with pretrained_vgg", ("accuracy", 0.88, "2.2b")),
        ("98.2 ％", "MNIST Net: 98.2 ％", ("accuracy", 0.982, "1.1")),
        ("23,860", "exp 1 has 23,860 parameters", ("parameters", 23_860, "1.2.1")),
        ("41090", "Exp10 of 41090 parameters", ("parameters", 41_090, "1.2.10")),
        ("50 %", "dropout of 50 % in vgg19_bn and myVGG19", ("accuracy", 0.5, "")),
    ],
)
def test_a_figure_in_a_report_is_of_the_network_that_is_named_beside_it(figure, around, wanted):
    assert [*in_pdf("report.pdf", 3, figure, around)] == [Claimed("report.pdf, page 3", *wanted, around)]


@pytest.mark.parametrize("figure", ["", "%", "x", "1.2.3.4", "١٢ %", "nan", "1e400", ",", "-5 %"])
def test_what_a_worker_claims_to_be_a_figure_and_is_none_is_left_out(figure):
    found = [*in_pdf("report.pdf", 1, figure, "VGG19")]
    assert all(0 <= one.value < 1e21 for one in found)


def test_a_figure_in_a_notebook_is_of_the_training_that_it_was_followed_to():
    assert in_notebook("a.ipynb", 5, "1.1", "accuracy", 98.5) == Claimed("a.ipynb, cell 5", "accuracy", 0.985, "1.1")
    assert in_notebook("a.ipynb", 5, "1", "parameters", 4.0) == Claimed("a.ipynb, cell 5", "parameters", 4.0, "")


@pytest.fixture
def kit(launcher, tmp_path):
    kit = Kit(isolation="best", launcher=launcher, scratch=tmp_path / "scratch", train="never")
    kit.scratch.mkdir()
    return kit


def test_figures_are_read_in_a_report_and_in_stored_outputs(kit, tmp_path):
    cells = [
        code("import torch, torchvision\nclass VGG19(torch.nn.Module):\n    pass"),
        code("net = VGG19()\ntrain(net)", "Test accuracy: 93.10 %"),
        code("net = torchvision.models.vgg19_bn()\ntrain(net)", "Test accuracy: 94.00 %"),
    ]
    files = {"vgg.py": "", "report.pdf": written("VGG19 has 20,365,003 parameters."), "hw1-2.ipynb": notebook(*cells)}
    one = read_submission(write_hand_in(tmp_path / "20260001", files), kit.rubric.limits)
    one = with_notebooks(pdfs.with_reports(one, kit), kit)
    assert len(one.claims) == 3
    assert "torchvision's vgg19_bn" in one.claims[-1]  # of no network of the student's
    assert [(each.place, each.what, round(each.value, 6), each.training) for each in one.claimed] == [
        ("report.pdf, page 1", "parameters", 20_365_003, "2.2a"),
        ("hw1-2.ipynb, cell 2", "accuracy", 0.931, "2.2a"),
    ]


# Copies


def test_the_same_words_are_told_with_or_without_names():
    answers = {
        "1": LONG,
        "2": "the SIGMOID saturates so that its\ngradient  vanishes",
        "3": f"{LONG} It does.",
        "4": LONG,
    }
    told = evidence({student: report_of(student, {"1.2-Q4": text}) for student, text in answers.items()})
    assert told("1", "1.2-Q4") == ("word for word the same as the answers of 2 other students",)
    assert told("1", "1.2-Q4", names=True) == ("word for word the same as the answers of 2 and 4",)
    assert told("3", "1.2-Q4") == ()
    pair = evidence({student: report_of(student, {"1.2-Q4": LONG}) for student in ("1", "2")})
    assert pair("2", "1.2-Q4") == ("word for word the same as the answer of 1 other student",)


def test_short_and_empty_answers_and_those_to_other_questions_are_no_copies():
    short = "x" * (LEAST - 1)
    reports = {
        "1": report_of("1", {"1.2-Q4": short, "1.2-Q5": LONG, "1.2-Q6": ""}),
        "2": report_of("2", {"1.2-Q4": short, "1.2-Q7": LONG, "1.2-Q6": ""}),
    }
    empty = [replace(one, written=(Written("1.2-Q9", LONG, empty=True),)) for one in reports.values()]
    for found in (reports, {one.student: one for one in empty}):
        told = evidence(found)
        assert all(told(student, f"1.2-Q{n}") == () for student in found for n in range(1, 14))


def test_copied_checkpoints_are_told_beside_answers_about_their_networks():
    alike = (Alike("2.2a", ("2", "3")), Alike("1.1", ("4",), 0.9995))
    told = evidence({"1": report_of("1", alike=alike)})
    assert told("1", "2.2-E3") == (
        "checkpoints/2.2a.safetensors is byte for byte the same as that of 2 other students",
    )
    assert told("1", "2.2-E3", names=True) == (
        "checkpoints/2.2a.safetensors is byte for byte the same as that of 2 and 3",
    )
    assert told("1", "1.1-E1") == (
        "checkpoints/1.1.safetensors has the same weights as that of 1 other student except for small changes "
        "(cosine 0.9995)",
    )
    assert told("1", "1.2-Q1") == ()


def test_of_a_student_without_a_report_nothing_is_known():
    assert evidence({})("1", "1.2-Q1") == ()


def test_who_copies_a_checkpoint_is_known_as_a_fact_and_as_a_remark(kit, tmp_path):
    import numpy as np
    from safetensors.numpy import save

    data = save({"weight": np.random.default_rng(0).standard_normal((30, 30)).astype(np.float32)})
    folders = [
        write_hand_in(tmp_path / name, {"mnist.py": "", "checkpoints/1.1.safetensors": data}) for name in ("1", "2")
    ]
    found = with_copies_marked([read_submission(one, kit.rubric.limits) for one in folders], kit)
    assert [one.alike for one in found] == [(Alike("1.1", ("2",)),), (Alike("1.1", ("1",)),)]
    assert found[0].flags == (remark(found[0].alike[0]),)
    assert find_copies(found)["1"] == found[0].alike


# In reports


def test_facts_travel_in_reports_and_earlier_reports_have_none(tmp_path):
    claimed, alike = (Claimed("p", "accuracy", 0.5, "1.1", "w"),), (Alike("1.1", ("2",), 0.9995), Alike("2.2a", ("3",)))
    report = report_of("1", claimed=claimed, alike=alike)
    body = json.loads(json.dumps(report.to_json()))
    again = Report.from_json(body)
    assert (again.claimed, again.alike) == (claimed, alike)
    del body["claimed"], body["alike"]
    earlier = Report.from_json(body)
    assert (earlier.claimed, earlier.alike) == ((), ())
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.begin({}, {})
        journal.write("1", "d", "", "", report.to_json())
        assert journal.graded()["1"].report() == report


@pytest.mark.parametrize("broken", [{"claimed": [{"place": "p"}]}, {"alike": [{"training": "1.1"}]}])
def test_a_report_with_broken_facts_is_none(broken):
    with pytest.raises(KeyError):
        Report.from_json({**report_of("1").to_json(), **broken})


def test_students_read_nothing_of_it():
    report = for_students(report_of("1", claimed=(Claimed("p", "accuracy", 0.5),), alike=(Alike("1.1", ("2",)),)))
    assert (report.claimed, report.alike) == ((), ())


def test_a_worker_s_figures_of_any_form_do_no_harm():
    seen = Evidence({"figures": [[1, "1..2", "x"], [2, "5 %", ""]]})
    assert [(one.value, one.training) for one in pdfs._claimed("r.pdf", seen)] == [(0.05, "")]
