"""The grader tests itself: the solution earns everything, the handout nothing, each mistake fails by its name."""

import pytest

from autograder.home import handout_folder, solution_folder
from autograder.hw1.mistakes import MISTAKES
from autograder.kit import Kit
from autograder.outcome import Outcome, Status
from autograder.report import Line, Report
from autograder.rubric import read_rubric
from autograder.sandbox.host import new_launcher
from autograder.staff import verify
from autograder.staff.verify import Margin, Verifier, handout_faults, mistake_faults, solution_faults

RUBRIC = read_rubric()
OPEN = RUBRIC.points["2.2b-accuracy"]  # without the pre-trained weights
SAMPLE = MISTAKES[:: max(1, len(MISTAKES) // 25)][:25]


@pytest.fixture(scope="module")
def launcher():
    launcher = new_launcher()
    launcher.warm("extras", ("matplotlib.pyplot",))
    yield launcher
    launcher.close()


@pytest.fixture
def verifier(launcher, tmp_path):
    return Verifier(Kit(launcher=launcher, scratch=tmp_path), solution_folder(), handout_folder())


def assert_right(found, mistakes):
    assert found.faults == ()
    assert found.solution.earned == RUBRIC.automatic - OPEN == 61
    assert found.solution.lost == 0
    assert found.handout.earned == 0
    assert {line.outcome.status for line in found.handout.lines} == {Status.TODO}
    assert found.named == found.mistakes == mistakes


@pytest.mark.slow
def test_the_solution_the_handout_and_every_mistake_come_out_as_they_should(verifier):
    heard = []
    found = verifier.run(2, lambda name, done, total: heard.append((name, done, total)))
    assert_right(found, len(MISTAKES))
    assert len(MISTAKES) >= 213
    assert not any(margin.wrong for margin in found.margins)
    assert [done for _, done, _ in heard] == list(range(1, len(MISTAKES) + 3))


@pytest.mark.slow
def test_a_sample_of_mistakes_over_all_parts_comes_out_as_it_should(verifier, monkeypatch):
    assert {mistake.module for mistake in SAMPLE} == {mistake.module for mistake in MISTAKES}
    monkeypatch.setattr(verify, "mistakes", lambda: SAMPLE)
    monkeypatch.setattr(verifier, "margins", lambda: ())  # measured by the slow test: four more warm parents
    assert_right(verifier.run(2), len(SAMPLE))


def report_of(**outcomes: Outcome) -> Report:
    lines = tuple(Line(name, "", "2.1", 1.0, outcome) for name, outcome in outcomes.items())
    return Report("s", "", lines, (), {}, True)


@pytest.mark.parametrize("status", Status)
def test_a_solution_that_loses_or_is_not_judged_is_a_fault(status):
    fine = status in (Status.PASSED, Status.UNSETTLED, Status.BY_HAND)
    assert bool(solution_faults(report_of(a=Outcome(status)))) != fine


@pytest.mark.parametrize("status", Status)
def test_a_handout_that_says_anything_but_to_do_is_a_fault(status):
    assert bool(handout_faults(report_of(a=Outcome(status)))) != (status in (Status.TODO, Status.BY_HAND))


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (Outcome(Status.FAILED, mistake="m"), Outcome(Status.PASSED), None),
        (Outcome(Status.STOPPED, mistake="m"), Outcome(Status.UNSETTLED), None),
        (Outcome(Status.PASSED), Outcome(Status.PASSED), "a should fail and is passed"),
        (Outcome(Status.UNGRADED), Outcome(Status.PASSED), "a should fail and is ungraded"),
        (Outcome(Status.FAILED, "why", mistake="n"), Outcome(Status.PASSED), "under the name n"),
        (Outcome(Status.FAILED, "why"), Outcome(Status.PASSED), "under no name (why)"),
        (Outcome(Status.FAILED, mistake="m"), Outcome(Status.FAILED, "why"), "b should not fail: failed: why"),
        (Outcome(Status.FAILED, mistake="m"), Outcome(Status.SKIPPED), "b should not fail: skipped"),
    ],
)
def test_a_mistake_must_fail_exactly_its_checks_under_its_own_name(a, b, text):
    mistake = verify.Mistake("m", "vgg", "", (), ("a",), "says")
    faults = mistake_faults(mistake, report_of(a=a, b=b))
    assert len(faults) == (text is not None)
    assert all(text in fault.text and fault.about == "m" for fault in faults)


@pytest.mark.parametrize(
    ("check", "name", "wrong"),
    [("1.1-accuracy", "m", False), ("1.1-accuracy", "n", False), ("2.2a-accuracy", "m", True), ("1.2a", "m", True)],
)
def test_the_accuracy_of_a_network_that_does_not_run_may_fail_and_nothing_else(check, name, wrong):
    mistake = verify.Mistake("m", "mnist", "", (), ("1.1-structure",), "says")
    failed = Outcome(Status.FAILED, "why", mistake="m")
    report = report_of(**{"1.1-structure": failed, check: Outcome(Status.FAILED, "why", mistake=name)})
    assert bool(mistake_faults(mistake, report)) is wrong


@pytest.mark.parametrize(
    ("noise", "signal", "wrong"),
    [(0.01, 100.0, False), (0.0, float("inf"), False), (0.2, 1e6, True), (0.001, 9.0, True), (0.09, 10.0, False)],
)
def test_a_margin_is_wrong_if_noise_or_mistakes_come_near_the_tolerance(noise, signal, wrong):
    assert Margin("c", noise, "AVX2", signal, "m").wrong is wrong
