"""The table of a network's layers: all of it with the public seed, and no shape of the hand-in's with a secret one."""

import json
from dataclasses import replace

import pytest
from gradescope.schema import problems
from test_compare import PROBE, view
from test_compare import case_of as compared
from test_compare import out as evidence
from test_discretion import report_of, shown
from test_layers import REFERENCE, conv, linear, network, norm

from autograder.compare import Compare
from autograder.deep_learning.layers import ROWS, layer_table
from autograder.deep_learning.networks import explain_count
from autograder.discretion import AS_WANTED, DIFFERS, MISSING, for_students
from autograder.evidence import Raised
from autograder.outcome import Outcome, Status
from autograder.render.gradescope import results_json
from autograder.render.text import check_lines, feedback_text
from autograder.report import Report
from autograder.rubric import read_rubric

RUBRIC = read_rubric()
WANTED = {
    "conv1": "weight 64 x 3 x 3 x 3, bias 64",
    "norm1": "weight 64, bias 64",
    "conv2": "weight 64 x 64 x 3 x 3, bias 64",
    "norm2": "weight 64, bias 64",
    "linear1": "weight 10 x 64, bias 10",
}


def rows(**changes):
    """The table of the reference with itself, some of its rows with another right column."""
    return tuple((name, wanted, changes.get(name, wanted)) for name, wanted in WANTED.items())


def test_the_reference_has_what_is_wanted_in_the_order_of_use():
    assert layer_table(REFERENCE, REFERENCE) == rows()


def test_another_shape_stands_beside_the_wanted_one():
    seen = network(conv(3, 64), norm(64), conv(64, 64, size=5), norm(64), linear(64, 12))
    other = {"conv2": "weight 64 x 64 x 5 x 5, bias 64", "linear1": "weight 12 x 64, bias 12"}
    assert layer_table(seen, REFERENCE) == rows(**other)


def test_a_missing_bias_is_missing_in_the_row_of_its_layer():
    seen = network(conv(3, 64, bias=False), norm(64), conv(64, 64), norm(64), linear(64, 10))
    assert layer_table(seen, REFERENCE) == rows(conv1="weight 64 x 3 x 3 x 3")


def test_a_missing_layer_has_an_empty_place():
    seen = network(conv(3, 64), norm(64), conv(64, 64), linear(64, 10))
    assert layer_table(seen, REFERENCE) == rows(norm2="")


def test_a_layer_too_many_has_no_partner():
    seen = network(conv(3, 64), norm(64), conv(64, 64), norm(64), linear(64, 10), linear(10, 10))
    assert layer_table(seen, REFERENCE) == (*rows(), ("linear2", "", "weight 10 x 10, bias 10"))


def test_a_layer_of_another_kind_is_one_missing_and_one_too_many():
    wanted = network(conv(3, 64), norm(64), linear(64, 10))
    first, *middle, last = layer_table(network(conv(3, 64), conv(64, 64), linear(64, 10)), wanted)
    assert middle == [("norm1", WANTED["norm1"], ""), ("conv2", "", WANTED["conv2"])]
    assert (first[0], last[0]) == ("conv1", "linear1")


def test_a_layer_without_weights_is_there():
    seen = network(conv(3, 64), ("norm", {"mean": [64], "var": [64]}), conv(64, 64), norm(64), linear(64, 10))
    assert layer_table(seen, REFERENCE) == rows(norm1="nothing trained")


def test_a_network_without_layers_has_none_of_them():
    assert layer_table(network(), REFERENCE) == rows(**dict.fromkeys(WANTED, ""))


def test_a_thousand_layers_are_cut():
    assert len(layer_table(network(*[linear(2, 2)] * 1000), REFERENCE)) == ROWS


# Where it goes

SEEN = network(conv(3, 64), norm(64), conv(64, 77, size=5), linear(77, 13), linear(13, 10))
TABLE = layer_table(SEEN, REFERENCE)
THEIRS = ("77", "5 x 5", "13 x", "x 13")  # what only the hand-in has


def test_a_count_that_differs_and_a_mistake_by_name_have_the_table():
    assert explain_count(SEEN, REFERENCE).table == TABLE

    def explain(seen, reference):
        return Outcome(Status.FAILED, "Another function.", table=TABLE)

    check = Compare("c", PROBE, view, explain)
    doubled = check(compared(p=evidence(2, 4)))
    assert (doubled.mistake, doubled.table) == ("doubled", TABLE)
    assert check(compared(p=evidence(5, 5))).table == TABLE
    assert check(compared(p=evidence(1, 2))).table == ()
    assert check(compared(p=Raised("RuntimeError", "bad shapes"))).table == ()


def failed(seed, **how):
    return report_of({"2.1c-count": Outcome(Status.FAILED, "Other layers.", table=TABLE, **how)}, seed)


def test_it_comes_back_from_a_reports_json():
    report = failed("secret")
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_a_report_from_before_there_were_tables_has_none():
    data = failed("secret").to_json()
    for entry in data["checks"]:
        del entry["table"]
    (line,) = [line for line in Report.from_json(data).lines if line.id == "2.1c-count"]
    assert line.outcome.table == ()


@pytest.mark.parametrize("table", [3, [3], [["a", "b"]]])
def test_what_is_no_table_is_no_reports(table):
    data = failed("secret").to_json()
    for entry in data["checks"]:
        entry["table"] = table
    with pytest.raises((TypeError, ValueError)):
        Report.from_json(data)


@pytest.mark.parametrize("mistake", ["", "vgg-wide"])
def test_with_a_secret_seed_students_read_whether_a_layer_is_there_and_no_shape_of_theirs(mistake):
    outcome = shown(Outcome(Status.FAILED, "Other layers.", mistake=mistake, table=TABLE), "2.1c-count")
    assert [name for name, *_ in outcome.table] == list(WANTED)
    assert {name: said for name, _, said in outcome.table} == {
        "conv1": AS_WANTED,
        "norm1": AS_WANTED,
        "conv2": DIFFERS,
        "norm2": MISSING,
        "linear1": DIFFERS,
    }
    assert {name: wanted for name, wanted, _ in outcome.table} == WANTED
    document = results_json(for_students(failed("secret", mistake=mistake)), RUBRIC)
    assert problems(document) == []
    (output,) = [test["output"] for test in document["tests"] if test["name"].startswith("2.1c-count")]
    assert f"| norm2 | weight 64, bias 64 | {MISSING} |" in output
    assert not [text for text in THEIRS if text in output]


def test_hostile_names_of_layers_are_not_told_with_a_secret_seed():
    table = (("conv1", "weight 1", "RT-LEAK"), ("RT-LEAK", "", "weight 2"))
    assert shown(Outcome(Status.FAILED, "x", table=table), "2.1c-count").table == (("conv1", "weight 1", DIFFERS),)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.FAILED])
def test_with_a_secret_seed_only_a_failure_has_a_table(status):
    assert shown(Outcome(status, "x", table=TABLE), "2.1c-count").table == ()


def test_with_the_public_seed_students_read_all_of_it():
    assert shown(Outcome(Status.FAILED, "Other layers.", table=TABLE), "2.1c-count", "public").table == TABLE
    document = results_json(for_students(failed("public")), RUBRIC)
    (output,) = [test["output"] for test in document["tests"] if test["name"].startswith("2.1c-count")]
    assert "| conv2 | weight 64 x 64 x 3 x 3, bias 64 | weight 77 x 64 x 5 x 5, bias 77 |" in output


@pytest.mark.parametrize("seed", ["public", "secret"])
def test_text_has_no_table(seed):
    report = for_students(failed(seed))
    bare = replace(report, lines=tuple(replace(n, outcome=replace(n.outcome, table=())) for n in report.lines))
    assert feedback_text(report, RUBRIC) == feedback_text(bare, RUBRIC)
    outcome = Outcome(Status.FAILED, "Other layers.", table=TABLE)
    lines = (list(check_lines("t", each, 4, verbose=True)) for each in (outcome, replace(outcome, table=())))
    assert next(lines) == next(lines)
