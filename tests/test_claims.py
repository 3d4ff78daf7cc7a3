"""A count and a shape need something behind them that the seed decides; staff are told where they have little."""

import pytest

from autograder.discretion import for_students
from autograder.hw1.checks import CHECKS
from autograder.outcome import Status

IDS = ("2.1c-shapes", "2.1c-count", "2.1c-function")


@pytest.fixture
def judged(check_folder, tmp_path, solution):
    """The report of the solution's vgg.py with one thing changed, and its outcomes."""

    def run(old: str, new: str):
        source = (solution / "vgg.py").read_text()
        assert source.count(old) == 1
        checks = tuple(check for check in CHECKS if check.id in IDS)
        report = check_folder(tmp_path, {"vgg.py": source.replace(old, new)}, checks=checks)
        return report, {line.id: line.outcome for line in report.lines if line.id in IDS}

    return run


def test_a_known_mistake_keeps_the_count_without_a_flag(judged):
    _, found = judged("return self.fc3(x)", "return torch.relu(self.fc3(x))")
    assert found["2.1c-function"].mistake == "vgg19-relu-on-logits"
    assert found["2.1c-count"].status is found["2.1c-shapes"].status is Status.PASSED
    assert found["2.1c-count"].flag == ""


def test_a_step_that_explains_the_difference_keeps_the_count_without_a_flag(judged):
    _, found = judged("x = torch.relu(self.fc1(x))", "x = nn.functional.silu(self.fc1(x))")
    assert found["2.1c-function"].reason.startswith("The SiLU after linear1 should be a ReLU")
    assert (found["2.1c-count"].status, found["2.1c-count"].flag) == (Status.PASSED, "")


def test_a_difference_that_nobody_knows_keeps_the_count_and_staff_look_at_it(judged):
    report, found = judged("x = x.flatten(1)", "x = x.flatten(1).roll(1, 1)")
    assert found["2.1c-function"].status is Status.FAILED
    assert found["2.1c-count"].status is found["2.1c-shapes"].status is Status.PASSED
    assert any(remark.startswith("2.1c-count: passes, but") for remark in report.remarks)
    assert all(line.outcome.flag == "" for line in for_students(report).lines)


def test_what_computes_nothing_of_the_reference_is_open_and_staff_look_at_it(judged):
    report, found = judged("x = self.block2(self.block1(x))", "x = self.block2(self.block1(torch.flip(x, [1]) * 0.3))")
    assert found["2.1c-function"].status is Status.FAILED
    assert found["2.1c-count"].status is found["2.1c-shapes"].status is Status.UNSETTLED
    assert "a person will check" in found["2.1c-count"].shown
    assert any("rests on" in remark or "only by what the worker said" in remark for remark in report.remarks)
