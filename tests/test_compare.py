"""The comparison with the reference and with known mistakes, over a recording written by hand and without a process."""

from dataclasses import replace

import numpy as np
import pytest
from asked import Ask, first_ask
from conftest import setup_of

from autograder.case import Case
from autograder.check import Probe
from autograder.compare import Compare
from autograder.evidence import Evidence, Frame, Lack, Raised, Stopped
from autograder.outcome import Outcome, Status
from autograder.recording import KnownMistake, Recording
from autograder.rubric import read_rubric
from autograder.submission import Submission

PROBE = Probe("p", "network", ("vgg",), "torch")
STAND_IN = Probe("p on stand-ins", "network", ("vgg",), "torch", {"stand_in": True})


def out(*values: float, **facts: object) -> Evidence:
    return Evidence(facts, {"eval8": np.array(values, np.float32)})


def view(seen: Evidence) -> dict:
    return {"eval8": seen.arrays["eval8"], "kind": seen.facts.get("kind")}


def explain(seen: Evidence, reference: Evidence) -> Outcome:
    return Outcome(Status.FAILED, "Another function.", "Look.", detail=("figures",))


MISTAKES = (
    KnownMistake("doubled", "You doubled it.", ("c",), {"c/p": view(out(2, 4)), "c/p on stand-ins": view(out(6, 8))}),
    KnownMistake("elsewhere", "Not of this check.", ("d",), {"d/p": view(out(9, 9))}),
    KnownMistake("crashes", "You forgot the flatten.", ("c",), {"c/p": {"raised": ["RuntimeError", "bad shapes"]}}),
)
REFERENCE = {"p": out(1, 2), "p on stand-ins": out(3, 4)}


def case_of(**seen: object) -> Case:
    recording = Recording("", {}, REFERENCE, MISTAKES)
    case = Case(Submission("s", {}), read_rubric(), lambda: recording, setup_of())
    case.seen |= seen
    return case


def judge(**how: object) -> Compare:
    return Compare("c", PROBE, view, explain, **how)


def judged(observed: object) -> Outcome:
    return judge()(case_of(p=observed))


def test_the_probe_is_asked_for_first():
    assert first_ask(judge(), case_of()) == Ask(PROBE, {})


def test_what_equals_the_reference_passes_within_the_tolerance():
    assert judged(out(1, 2)) == Outcome(Status.PASSED)
    assert judged(out(1.00001, 2)) == Outcome(Status.PASSED)


def test_what_equals_a_mistake_fails_by_its_name_with_what_was_seen_as_detail():
    outcome = judged(out(2, 4))
    assert (outcome.status, outcome.mistake, outcome.reason) == (Status.FAILED, "doubled", "You doubled it.")
    assert outcome.detail == ("Another function.", "figures")


def test_what_equals_neither_fails_with_the_explanation():
    outcome = judged(out(5, 5))
    assert outcome == Outcome(Status.FAILED, "Another function.", "Look.", detail=("figures",))


def test_a_mistake_of_another_check_has_no_say():
    assert judged(out(9, 9)).mistake == ""


def test_a_fact_that_differs_is_enough_to_fail():
    assert judged(out(1, 2, kind="other")).status is Status.FAILED


@pytest.mark.parametrize("values", [(np.nan, 2), (np.inf, 2), (1, 2, 3), ()])
def test_nan_and_other_shapes_never_pass(values):
    assert judged(out(*values)).status is Status.FAILED


def test_what_raises_like_a_mistake_fails_by_its_name():
    outcome = judged(Raised("RuntimeError", "bad shapes", (Frame("vgg.py", 7, "forward", "x = f(x)"),), "forward"))
    assert (outcome.status, outcome.mistake) == (Status.FAILED, "crashes")
    assert outcome.reason == "You forgot the flatten."
    assert outcome.detail == (
        "RuntimeError: bad shapes in forward (vgg.py, line 7: x = f(x)).",
        "vgg.py, line 7: x = f(x)",
    )


def test_what_raises_otherwise_fails_with_what_was_raised_and_where():
    outcome = judged(Raised("ValueError", "no", (Frame("vgg.py", 7, "forward", "x = f(x)"),), "network"))
    assert outcome.status is Status.FAILED
    assert outcome.mistake == ""
    assert outcome.reason == "ValueError: no in running the network (vgg.py, line 7: x = f(x))."


@pytest.mark.parametrize("reason", ["time", "memory", "output", "died", "protocol"])
def test_what_was_stopped_is_told_as_stopped_and_never_compared(reason):
    outcome = judged(Stopped(reason, "20 s", "network"))
    assert outcome.status is Status.STOPPED
    assert outcome.reason.startswith("Stopped: ")


def test_a_stub_is_to_do():
    outcome = judged(Raised("NotImplementedError", "TODO 2.1a: declare the layers"))
    assert outcome == Outcome(Status.TODO, "TODO 2.1a: declare the layers")


def test_a_package_that_is_not_there_costs_nothing_yet_if_the_grader_has_found_that_itself():
    seen = Raised("ModuleNotFoundError", "No module named 'timm'")
    assert judged(seen).status is Status.FAILED
    assert judged(replace(seen, lacks=(Lack("timm"),))).status is Status.UNGRADED


def test_remarks_are_made_of_right_and_of_wrong_work():
    with_remark = judge(remarks=lambda seen: ("by the way",))
    for seen in (out(1, 2), out(2, 4), out(5, 5)):
        assert with_remark(case_of(p=seen)).remarks == ("by the way",)


FALLING_BACK = judge(instead=STAND_IN, blocks=("a", "b"))


def falling_back(a: Status, b: Status, first: object, second: object = None) -> Case:
    case = case_of(p=first, **({} if second is None else {"p on stand-ins": second}))
    case.outcomes |= {"a": Outcome(a), "b": Outcome(b)}
    return case


def fallen_back(*given: object) -> Outcome:
    return FALLING_BACK(falling_back(*given))


@pytest.mark.parametrize("a", Status)
def test_stand_ins_are_asked_for_exactly_if_a_block_did_not_pass(a):
    case = falling_back(a, Status.PASSED, out(5, 5))
    if a is Status.PASSED:
        assert FALLING_BACK(case).status is Status.FAILED
    else:
        assert first_ask(FALLING_BACK, case) == Ask(STAND_IN, {})


def test_no_stand_in_is_asked_for_where_the_network_is_right():
    assert fallen_back(Status.FAILED, Status.FAILED, out(1, 2)) == Outcome(Status.PASSED)


def test_a_network_that_is_right_on_stand_ins_passes_with_a_note():
    outcome = fallen_back(Status.FAILED, Status.PASSED, out(5, 5), out(3, 4, stand_ins=2))
    assert outcome.status is Status.PASSED
    assert "replacement blocks" in outcome.remarks[-1]


def test_a_block_that_was_not_judged_is_replaced_as_well():
    assert first_ask(FALLING_BACK, case_of(p=out(5, 5))) == Ask(STAND_IN, {})


def test_where_nothing_was_replaced_the_first_verdict_stands():
    outcome = fallen_back(Status.FAILED, Status.PASSED, out(2, 4), out(3, 4, stand_ins=0))
    assert (outcome.status, outcome.mistake) == (Status.FAILED, "doubled")


def test_a_mistake_on_stand_ins_is_named():
    outcome = fallen_back(Status.FAILED, Status.PASSED, out(5, 5), out(6, 8, stand_ins=2))
    assert (outcome.status, outcome.mistake) == (Status.FAILED, "doubled")


def test_evidence_on_stand_ins_is_not_compared_with_that_on_own_blocks():
    outcome = fallen_back(Status.FAILED, Status.PASSED, out(5, 5), out(1, 2, stand_ins=2))
    assert outcome.status is Status.FAILED


def test_a_block_that_is_to_do_does_not_cost_the_network_built_on_it():
    todo = Raised("NotImplementedError", "TODO 2.1a: declare the layers")
    assert first_ask(FALLING_BACK, falling_back(Status.TODO, Status.PASSED, todo)) == Ask(STAND_IN, {})
    assert fallen_back(Status.TODO, Status.PASSED, todo, out(3, 4, stand_ins=2)).status is Status.PASSED


def test_a_network_that_is_to_do_itself_is_to_do_on_stand_ins_too():
    todo = Raised("NotImplementedError", "TODO 2.1c: declare the blocks")
    assert fallen_back(Status.TODO, Status.PASSED, todo, todo).status is Status.TODO


def test_a_network_that_is_stopped_on_stand_ins_keeps_its_first_verdict():
    outcome = fallen_back(Status.FAILED, Status.PASSED, out(5, 5), Stopped("time", "20 s", "network"))
    assert outcome.reason == "Another function."


# No figure of the stand-ins is quoted as the student's


def test_an_exception_on_stand_ins_is_told_without_its_figures_and_is_said_to_be_one_on_stand_ins():
    frame = Frame("vgg.py", 60, "forward", "x = self.fc1(x)")
    message = "mat1 and mat2 shapes cannot be multiplied (2x512 and 25088x4096)"
    second = Raised("RuntimeError", message, (frame,), "forward")
    outcome = fallen_back(Status.FAILED, Status.PASSED, Raised("ValueError", "in a block"), second)
    wanted = "With replacement blocks in place of yours: RuntimeError in forward (vgg.py, line 60: x = self.fc1(x))."
    assert (outcome.status, outcome.reason, outcome.detail) == (Status.FAILED, wanted, ())
    assert "in_features" in outcome.hint
    assert outcome.replaced


def test_the_same_exception_on_ones_own_blocks_is_ones_own():
    seen = Raised("RuntimeError", "bad sizes: 3 and 4")
    outcome = fallen_back(Status.FAILED, Status.PASSED, seen, seen)
    assert "3 and 4" in outcome.reason
    assert not outcome.replaced


def test_what_is_counted_on_stand_ins_is_left_out():
    def counted(seen: Evidence, reference: Evidence) -> Outcome:
        return Outcome(Status.FAILED, "12,345 parameters are used, wanted 6. The head is another one.", "Look.")

    check = Compare("c", PROBE, view, counted, instead=STAND_IN, blocks=("a",))
    outcome = check(case_of(p=Stopped("time", "20 s", "network"), **{"p on stand-ins": out(5, 5, stand_ins=2)}))
    assert outcome.reason == "With replacement blocks in place of yours: The head is another one."
    assert outcome.replaced


def test_ones_own_figures_are_told_where_there_are_some():
    def counted(seen: Evidence, reference: Evidence) -> Outcome:
        mine = "20" if "stand_ins" in seen.facts else "10"
        return Outcome(Status.FAILED, f"{mine} parameters", table=(("fc", "(1,)", f"({mine},)"),))

    check = Compare("c", PROBE, view, counted, instead=STAND_IN, blocks=("a",))
    outcome = check(case_of(p=out(5, 5), **{"p on stand-ins": out(5, 5, stand_ins=2)}))
    assert (outcome.reason, outcome.table) == ("10 parameters", (("fc", "(1,)", "(10,)"),))
    assert outcome.replaced
