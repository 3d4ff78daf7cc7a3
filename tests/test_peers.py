"""The benchmark beside other graders, as far as it goes without these."""

import runpy
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parent.parent / "benchmarks/peers"


@pytest.fixture(scope="module")
def benchmark():
    """The modules `run` and `environments`, as the script has them; nothing of them stays behind."""
    before, path = set(sys.modules), sys.path[:]
    sys.path.insert(0, str(PEERS))
    import environments
    import run

    yield run, environments
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(PEERS.parent) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Pip finds nothing, and the environments are made in a folder of the test's own."""
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(tmp_path)), ("XDG_CACHE_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
    return tmp_path


def test_the_five_checks_pass_the_solution_and_fail_a_wrong_hand_in(benchmark, tmp_path, monkeypatch, capsys):
    import torch

    run, _ = benchmark
    threads, points = torch.get_num_threads(), []
    students = run.write_hand_ins(tmp_path / "in", 2)
    tool = run.Tool(tmp_path / "bare", tmp_path / "in", Path(sys.prefix))
    for student in students:
        _, script, hand_in = tool.command(student)
        monkeypatch.setattr(sys, "path", sys.path[:])
        monkeypatch.setattr(sys, "argv", [str(script), str(hand_in)])
        monkeypatch.setitem(sys.modules, "ablations", None)  # what was there before comes back
        del sys.modules["ablations"]
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(script), run_name="__main__")
        points.append((ended.value.code, *tool.points(student, capsys.readouterr().out)))
    torch.set_num_threads(threads)
    assert points == [(0, 5, 5), (1, 4, 5)]  # the wrong one's number of parameters


def test_what_a_command_costs_and_finds_is_kept(benchmark, tmp_path, monkeypatch):
    run, _ = benchmark
    tool = run.Tool(tmp_path / "bare", tmp_path, Path(sys.prefix))
    monkeypatch.setattr(tool, "command", lambda _: (sys.executable, "-c", "print('count: no', 3, sep='\\n')"))
    cost = run.measured({"tool": tool}, ["a", "b"])["tool"]
    assert cost.points == {"a": (3, 5), "b": (3, 5)} and not cost.failure
    assert cost.wall > 0 and cost.cpu > 0


def test_a_command_without_results_is_told_with_what_it_printed_last(benchmark, tmp_path, monkeypatch):
    run, _ = benchmark
    (student,) = run.write_hand_ins(tmp_path / "in", 1)
    tool = run.Tool(tmp_path / "bare", tmp_path / "in", Path(sys.prefix))
    monkeypatch.setattr(tool, "command", lambda _: (sys.executable, "-c", "raise ValueError('no kernel')"))
    cost = run.Cost()
    run.grade(tool, [student], cost)
    assert run.verdicts(cost, [student]) == "0 of 1 graded; ValueError: no kernel"


def test_a_tool_that_is_not_there_is_told_and_the_others_go_on(benchmark, tmp_path):
    run, _ = benchmark
    students = run.write_hand_ins(tmp_path / "in", 1)
    kinds = [kind for kind in run.TOOLS if kind.peer]
    tools = {kind.name: kind(tmp_path / kind.name, tmp_path / "in", tmp_path / "none") for kind in kinds}
    costs = run.measured(tools, students)
    assert all("No such file" in cost.failure and not cost.points for cost in costs.values())
    assert len(costs) == 3


def test_the_table_has_a_row_for_each_tool_and_says_why_one_is_not_measured(benchmark, tmp_path):
    run, _ = benchmark
    bare, absent, *_, ours = run.TOOLS
    tools = {kind.name: kind(tmp_path / kind.name, tmp_path, Path(sys.prefix)) for kind in (bare, ours)}
    costs = {
        bare.name: run.Cost(8.0, 4.0, {"a": (5, 5), "b": (4, 5)}),
        ours.name: run.Cost(3.0, 2.0, {"a": (61, 61), "b": (61, 61)}),
    }
    lines = list(run.table((bare, absent, ours), tools, {absent.name: "can't be installed: a | b"}, costs, ["a", "b"]))
    assert lines[2].endswith("| five | 4.00 | 2.00 | 1.00 | as they are |")
    assert lines[3] == "| gradescope-utils | five | | | | can't be installed: a / b |"
    assert lines[4].endswith("| all of its own | 1.50 | 1.00 | 0.50 | **1 unlike what they are** |")
    assert len({line.count("|") for line in lines}) == 1


def test_the_table_goes_between_the_marks_of_the_page(benchmark, tmp_path):
    run, _ = benchmark
    page = tmp_path / "peers.md"
    begin, end = "<!-- begin: made by benchmarks/peers/run.py -->\n", "<!-- end -->\n"
    page.write_text(f"# Before\n\n{begin}\nold\n\n{end}\nafter\n", encoding="utf-8")
    run.put(page, "one\ntwo", "peers/run.py")
    assert page.read_text(encoding="utf-8") == f"# Before\n\n{begin}\none\ntwo\n\n{end}\nafter\n"
    assert begin in run.PAGE.read_text(encoding="utf-8")


def test_a_peer_that_cannot_be_installed_is_told_with_pips_last_line_and_tried_again(benchmark, offline):
    _, environments = benchmark
    for _ in range(2):
        with pytest.raises(
            environments.UnavailableError, match=r"can't be installed: ERROR: No matching distribution .*"
        ):
            environments.environment("otter-grader", offline)


def test_a_folder_that_cannot_be_written_to_is_told(benchmark, tmp_path):
    _, environments = benchmark
    (tmp_path / "file").write_text("")
    with pytest.raises(environments.UnavailableError, match=r"can't be installed: .*file"):
        environments.environment("otter-grader", tmp_path / "file")


def test_without_a_network_it_ends_with_a_sentence(benchmark, offline, monkeypatch):
    run, _ = benchmark
    monkeypatch.setattr(sys, "argv", ["run.py", "--only", "nbgrader", "--only", "hw1", "--students", "2"])
    with pytest.raises(
        SystemExit, match=r"^No peer can be measured: the first use needs a network\. can't be installed: "
    ):
        run.main()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(("--students", "1"), "needs at least 2"), (("--write", "--only", "hw1"), "--write needs all rows")],
)
def test_wrong_options_are_told(benchmark, monkeypatch, capsys, options, sentence):
    run, _ = benchmark
    monkeypatch.setattr(sys, "argv", ["run.py", *options])
    with pytest.raises(SystemExit):
        run.main()
    assert sentence in capsys.readouterr().err
