"""`hw1.check` in a cell checks what is saved, as `hw1 check` does, and shows a table; in a hand-in it does no harm."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType, SimpleNamespace

import nbformat
import pytest
from browsing import Watched
from conftest import write_hand_in
from notebooks import code, notebook, text
from test_walkthrough import copy, run, switched_on, workshop  # noqa: F401  the last is a fixture

import hw1
from autograder.check import Probe
from autograder.evidence import Evidence, Raised
from autograder.home import handout_folder, repository
from autograder.homework import CHECKER, in_force
from autograder.hw1.probes.layout import Layout
from autograder.ingest.probes.notebook import read_notebook
from autograder.ingest.probes.notebook.cells import CHECKED
from autograder.ingest.reading import read_submission
from autograder.outcome import Outcome, Status
from autograder.packages import installed, lacking
from autograder.render.cell import BEGINS, Shown
from autograder.report import Line, make_report
from autograder.rubric import read_rubric
from autograder.sandbox.session import Session
from autograder.staff.notebooks import student_notebooks
from autograder.student import in_notebook
from autograder.student.which_notebook import OF_JUPYTER, OF_VS_CODE, find_notebook, saved_at
from autograder.submission import Submission

ROOT = repository()
RUBRIC = read_rubric()
FIRST = in_force().notebooks[0].name
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e{{ 7 * 7 }}"
CALL = 'import hw1\n\nhw1.check("1.2a")'
NET = "class MNIST_Net:\n    pass"


def shown(status=Status.FAILED, **texts):
    line = Line("1.2a", "Trainer.train trains", "1.2", 2.0, Outcome(status, **texts).worth(2.0))
    return Shown("hw1-1.ipynb as saved at 12:00:00, 5 s ago", (line,), "0 points earned, 2 lost.")


class Page(HTMLParser):
    """The tags of a page, and the texts of its table's cells."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.cells = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] = " ".join(f"{self.cells[-1]} {data}".split())


# The table


def test_the_table_has_verdict_check_points_sentence_and_mistake():
    html = shown(reason="It never clears.", hint="Look.", mistake="train-no-zero-grad")._repr_html_()
    cells = Page(html).cells
    assert cells[:5] == ["verdict", "check", "points", "what was seen", "mistake"]
    sentence = "It never clears. hint: Look."
    assert cells[5:9] == ["✗ failed", "1.2a: Trainer.train trains", "0/2", sentence]
    assert cells[9].startswith("train-no-zero-grad")
    assert "12:00:00" in html
    assert "0 points earned, 2 lost." in html


def test_the_text_says_the_same_and_begins_as_the_reader_of_notebooks_knows_it():
    said = repr(shown(reason="It never clears.", mistake="train-no-zero-grad"))
    assert said.splitlines()[0] == "hw1.check: hw1-1.ipynb as saved at 12:00:00, 5 s ago"
    assert "  ✗ 1.2a: Trainer.train trains" in said
    assert "      mistake: train-no-zero-grad" in said
    assert BEGINS == CHECKED
    assert repr(Shown(error="x")).startswith(CHECKED)


def test_each_frontend_gets_what_it_can_show():
    one = shown()
    assert one._repr_mimebundle_() == {"text/plain": repr(one), "text/html": one._repr_html_()}
    assert one._repr_mimebundle_(include=None, exclude={"text/html"})


@pytest.mark.parametrize("where", ["reason", "hint", "remarks", "mistake", "about", "notes", "doubt", "error"])
def test_hostile_texts_are_texts(where):
    if where in ("about", "notes", "doubt", "error"):
        one = replace(shown(), **{where: (HOSTILE,) if where == "notes" else HOSTILE})
    else:
        one = shown(**{where: (HOSTILE,) if where == "remarks" else HOSTILE})
    html = one._repr_html_()
    assert "script" not in Page(html).tags
    assert "&lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html
    assert not re.search("[\x1b\u202e]", html + repr(one))


def test_open_points_are_shown_as_such_and_a_fault_is_a_sentence_without_a_table():
    cells = Page(shown(Status.UNSETTLED, reason="Not settled: no data.")._repr_html_()).cells
    assert cells[5:8] == ["· open", "1.2a: Trainer.train trains", "-/2"]
    fault = Shown(error="nothing is called 9.9", doubt="Not saved.")
    assert "table" not in Page(fault._repr_html_()).tags
    assert repr(fault).splitlines() == ["hw1.check: nothing is called 9.9", "Not saved."]


@pytest.mark.slow
def test_a_browser_shows_the_table_without_fault_and_without_a_request(browser, tmp_path):
    failed = shown(reason=HOSTILE, hint="Look.", mistake="train-no-zero-grad")
    one = replace(failed, doubt="Not saved.", notes=("Note.",))
    begin = "<!doctype html><html lang=en><meta charset=utf-8><title>A notebook</title><main><h1>A notebook</h1>"
    (tmp_path / "page.html").write_text(f"{begin}{one._repr_html_()}</main>", encoding="utf-8")
    watched = Watched(browser, "file:", viewport={"width": 700, "height": 500})
    try:
        watched.page.goto((tmp_path / "page.html").as_uri())
        assert watched.page.locator("th[scope=row]").count() == 1
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (watched.axe(), watched.errors, watched.elsewhere) == ([], [], [])
        watched.page.screenshot(path=str(tmp_path / "table.png"))
    finally:
        watched.close()


# Which notebook


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """IPython's shell as a kernel has it, with no cell run yet; nothing of the outside tells a notebook."""
    made = SimpleNamespace(user_ns={}, history_manager=SimpleNamespace(input_hist_raw=[""]))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: made))
    monkeypatch.delenv(OF_JUPYTER, raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def saved(folder, *cells, name=FIRST):
    (folder / name).write_bytes(notebook(*(code(one) for one in cells)))
    return folder / name


def test_vs_code_and_jupyter_tell_the_notebook_in_their_own_ways(shell, monkeypatch, tmp_path):
    path = saved(tmp_path, CALL)
    of_a_session = tmp_path / f"{path.stem}-jvsc-0f2e11aa-1{path.suffix}"
    for told in (path, Path(FIRST), f"RTC:{FIRST}", of_a_session, f"a/{FIRST}"):
        monkeypatch.setenv(OF_JUPYTER, str(told))
        assert find_notebook().path.resolve() == path
    other = saved(tmp_path, CALL, name="other.ipynb")
    shell.user_ns[OF_VS_CODE] = str(other)
    assert find_notebook().path == other


@pytest.mark.parametrize("told", ["", "console-1", 7, "kernel.json"])
def test_where_nothing_tells_it_that_is_said(told, shell):
    shell.user_ns[OF_VS_CODE] = told
    assert find_notebook().path is None
    assert find_notebook().doubt == "Nothing here tells which notebook this is."


def test_outside_of_ipython_nothing_tells_it_either(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    monkeypatch.delenv(OF_JUPYTER, raising=False)
    assert find_notebook().path is None


def test_a_notebook_that_is_gone_is_said_by_name(shell, monkeypatch):
    monkeypatch.setenv(OF_JUPYTER, "/nowhere/old\x1b.ipynb")
    found = find_notebook()
    assert found.path is None
    assert found.doubt == r"old\x1b.ipynb can't be found here: was it renamed or moved since it was opened?"


@pytest.mark.parametrize(
    ("ran", "saved_cells", "words"),
    [
        ([NET, CALL], [NET, CALL], ""),
        ([f"{NET}  \n\n", CALL], [NET, f"{CALL}\n"], ""),
        (["x = 1", CALL], [CALL], ""),
        ([NET, CALL], [NET], "This cell is not in the file yet: save"),
        ([NET, CALL], [NET.replace("pass", "x = 1"), CALL], "MNIST_Net ran last in another form"),
        ([NET, NET.replace("pass", "x = 1"), CALL], [NET.replace("pass", "x = 1"), CALL], ""),
        (["class Mine:\n    pass", CALL], [CALL], ""),
    ],
)
def test_a_file_that_is_older_than_what_was_run_is_said(ran, saved_cells, words, shell, tmp_path):
    shell.user_ns[OF_VS_CODE] = str(saved(tmp_path, *saved_cells))
    shell.history_manager.input_hist_raw += ran
    doubt = find_notebook().doubt
    assert doubt.startswith(words)
    assert bool(doubt) == bool(words)


def test_a_file_that_is_no_notebook_is_said(shell, tmp_path):
    (tmp_path / FIRST).write_text("{")
    shell.user_ns[OF_VS_CODE] = str(tmp_path / FIRST)
    assert find_notebook().doubt == f"{FIRST} can't be read."


def test_when_it_was_saved_is_said_in_words(tmp_path):
    path = saved(tmp_path, CALL)
    os.utime(path, (time.time() - 130, time.time() - 130))
    assert re.fullmatch(r"as saved at \d\d:\d\d:\d\d, 2 min ago", saved_at(path))
    os.utime(path, (1e9, 1e9))
    assert saved_at(path).startswith("as saved on 2001-09-0")
    path.unlink()
    assert saved_at(path) == "which is not there any more"


@pytest.fixture
def colab(monkeypatch, shell):
    """Colab's page, which sends this notebook."""
    page = SimpleNamespace(ipynb=json.loads(notebook(code(CALL))))

    def blocking_request(kind, request, timeout_sec):
        assert (kind, request) == ("get_ipynb", "")
        return {"ipynb": page.ipynb}

    message = ModuleType("google.colab._message")
    message.blocking_request = blocking_request
    for name in ("google", "google.colab"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.colab._message", message)
    return page


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Copy of hw1-1.ipynb", "Copy of hw1-1.ipynb"),
        ("../hw1-1.ipynb", "notebook.ipynb"),
        (7, "notebook.ipynb"),
        ("hw1-1.html", "notebook.ipynb"),
    ],
)
def test_colabs_page_sends_the_notebook_as_it_is(told, name, colab):
    colab.ipynb["metadata"]["colab"] = {"name": told}
    found = find_notebook()
    assert (found.name, found.path, found.doubt) == (name, None, "")
    assert json.loads(found.content) == colab.ipynb


def test_a_page_that_does_not_answer_leaves_the_folder(colab):
    colab.ipynb = None
    sys.modules["google.colab._message"].blocking_request = None
    assert find_notebook().content is None


# The check


@pytest.fixture
def asked(monkeypatch, shell):
    """The command's answer, and what it was asked."""
    answer = SimpleNamespace(returncode=1, stdout="", stderr="", command=[], files={})
    checks = in_force().checks
    outcomes = {"1.2a": Outcome(Status.FAILED, "It never clears.", mistake="train-no-zero-grad")}
    skipped = {check.id: Outcome(Status.SKIPPED) for check in checks} | outcomes
    report = make_report("hw1", "", checks, skipped, RUBRIC, ("A remark.",), {"hw1": "0"})
    answer.stdout = json.dumps(report.to_json())

    def answered(command, **how):
        answer.command = command
        folder = Path(command[-1])
        answer.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        return answer

    monkeypatch.setattr(in_notebook.subprocess, "run", answered)
    return answer


def test_the_command_checks_the_notebooks_folder_and_what_was_asked_for_is_shown(asked, shell, tmp_path):
    shell.user_ns[OF_VS_CODE] = str(saved(tmp_path, CALL))
    shell.history_manager.input_hist_raw.append(CALL)
    one = hw1.check("1.2a", 2.1)
    assert asked.command[-5:] == ["--json", "--part=1.2a", "--part=2.1", "--", str(tmp_path.resolve())]
    assert [line.id for line in one.lines] == ["1.2a"]
    assert (one.notes, one.doubt, one.error) == (("A remark.",), "", "")
    assert one.about.startswith(f"{FIRST} as saved at ")
    assert one.total == "0 points earned, 2 lost; 2 in these checks."


def test_without_a_name_all_automatic_checks_are_shown_and_notes_of_the_command_too(asked, shell, tmp_path):
    checks = in_force().checks
    passed = {check.id: Outcome(Status.PASSED) for check in checks}
    asked.stdout = json.dumps(make_report("hw1", "", checks, passed, RUBRIC, (), {"hw1": "0"}).to_json())
    asked.stderr = "hw1: your Python is newer\nsomething else\n"
    one = hw1.check()
    assert [line.id for line in one.lines] == [check.id for check in checks]
    assert one.notes == ("your Python is newer",)
    assert one.about == f"the folder {tmp_path.name}, as it is saved"
    assert one.doubt == "Nothing here tells which notebook this is."


@pytest.mark.parametrize(
    ("code_", "out", "err", "says"),
    [
        (2, "", "hw1: --part must name a part (1.1), not '9'\n", "a name must be a part (1.1), not '9'"),
        (3, "", "hw1: the kit failed, not you: no disk\n", "the kit failed, not you: no disk"),
        (1, "{", "", "the kit failed, not you: "),
        (1, "{}", "Traceback\nKilled\n", "the kit failed, not you: Traceback"),
        (-9, "", "", "the kit failed, not you: "),
    ],
)
def test_what_goes_wrong_is_a_sentence(code_, out, err, says, asked):
    asked.returncode, asked.stdout, asked.stderr = code_, out, err
    one = hw1.check("9")
    assert one.error.startswith(says)
    assert one.lines == ()


@pytest.mark.parametrize(("error", "says"), [(KeyboardInterrupt(), "stopped"), (OSError("no"), "the kit failed")])
def test_nothing_is_raised_into_the_notebook(error, says, asked, monkeypatch):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(in_notebook.subprocess, "run", fails)
    assert hw1.check().error.startswith(says)


def test_a_notebook_in_a_folder_of_the_working_copy_is_checked_with_its_modules(asked, shell, tmp_path):
    write_hand_in(tmp_path, {"mnist.py": "x = 1\n", "more/x.txt": "x"})
    shell.user_ns[OF_VS_CODE] = str(saved(tmp_path / "more", CALL, name="mine.ipynb"))
    hw1.check()
    assert asked.command[-1] == str(tmp_path.resolve())


def test_in_colab_a_copy_of_the_working_copy_is_checked_with_the_pages_notebook_in_it(asked, colab, tmp_path):
    files = {"hw1/mnist.py": "x = 1\n", "hw1/hw1-1.ipynb": "{}", "hw1/data/a.bin": "x", "sample/b.txt": "x"}
    write_hand_in(tmp_path, files)
    colab.ipynb["metadata"]["colab"] = {"name": FIRST}
    one = hw1.check()
    assert asked.files.keys() == {"mnist.py", FIRST}
    assert json.loads(asked.files[FIRST]) == colab.ipynb
    assert (tmp_path / "hw1" / FIRST).read_text() == "{}"
    assert not Path(asked.command[-1]).exists()
    assert one.about == f"{FIRST} as this page has it, with the files beside it"


def test_in_colab_without_a_working_copy_the_notebook_is_checked_alone(asked, colab):
    hw1.check()
    assert asked.files.keys() == {FIRST}


def test_a_name_that_is_not_known_is_said_by_the_command_itself(tmp_path, monkeypatch):
    shutil.copyfile(handout_folder() / "mnist.py", tmp_path / "mnist.py")
    (tmp_path / "cli.py").write_text("raise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    assert hw1.check("9.9").error.startswith("a name must be a part (")


def test_the_module_is_found_where_a_working_copy_of_its_name_lies(tmp_path):
    shutil.copytree(handout_folder(), tmp_path / "hw1")
    show = "import hw1, sys; print(callable(hw1.check), 'torch' in sys.modules)"
    for folder in (tmp_path, tmp_path / "hw1"):
        done = subprocess.run([sys.executable, "-c", show], cwd=folder, capture_output=True, text=True, check=False)
        assert done.stdout == "True False\n", done.stderr


def test_the_module_is_one_line_of_import():
    body = ast.parse((ROOT / "hw1.py").read_text(encoding="utf-8")).body
    (imported,) = [node for node in body if isinstance(node, ast.ImportFrom)]
    assert (imported.module, [one.name for one in imported.names]) == ("autograder.student.in_notebook", ["check"])


# In a hand-in


def test_cells_that_check_are_not_graded_nor_listed_as_left_out_and_what_they_show_claims_nothing():
    cells = (
        text("## HW 1.1 a network"),
        code("from torch import nn"),
        code("class MNIST_Net(nn.Module):\n    x = 1"),
        {
            **code(CALL),
            "outputs": [
                {
                    "output_type": "execute_result",
                    "data": {"text/plain": f"{CHECKED} a\n  Verified: accuracy 99.5 %\n20,365,002 parameters"},
                }
            ],
        },
        code(f"import hw1\nhw1.check(\n    '1.1',\n)\n{CHECKER}.check()"),
    )
    found = read_notebook(notebook(*cells), in_force().told, Layout)
    assert found.modules["mnist"].defines == ("MNIST_Net",)
    assert "hw1" not in "\n".join(found.modules["mnist"].lines)
    assert (found.left_out, found.claims) == ([], [])
    assert read_notebook(notebook(*cells, code("train()")), in_force().told, Layout).left_out[0].text == "train()"


def test_in_a_marked_cell_the_import_stays_and_the_call_does_not():
    marked = code(f"import hw1\nclass MNIST_Net:\n    x = 1\n{CHECKER}.check('1.1')", hw1={"module": "mnist"})
    lines = read_notebook(notebook(marked), in_force().told, Layout).modules["mnist"].lines
    assert "class MNIST_Net:" in lines
    assert not any("check" in line for line in lines)


def observed(launcher, tmp_path, files):
    with Session(launcher, {k: v.encode() for k, v in files.items()}, 1 << 30, 20, base=tmp_path) as session:
        return session.observe(Probe("p", "source", ("mine",), "source", {"file": "mine.py", **in_force().told}), b"")


IN_A_WORKER = {
    "a check at its top does nothing": "import hw1\nfound = hw1.check('1.1') is not None",
    "nor by name": "from hw1 import check\nfound = check() is not None",
    "the module is not the kit's": "import hw1\nfound = getattr(hw1, '__file__', None) is not None",
    "nor its parts": "import hw1\nfound = 'autograder.student' in __import__('sys').modules",
    "who asks is told that it is not there": "try:\n    import hw1\n    found = True\n"
    "except ImportError:\n    found = False",
    "by its name as a text, too": "import importlib\ntry:\n    importlib.import_module('hw1')\n    found = True\n"
    "except ImportError:\n    found = False",
    "the commands are not there": "try:\n    import cli\n    found = True\nexcept ImportError:\n    found = False",
}


@pytest.mark.parametrize("case", IN_A_WORKER)
def test_a_hand_in_gets_nothing_of_the_kit_under_its_name(case, launcher, tmp_path):
    source = f"{IN_A_WORKER[case]}\nif found is True:\n    raise ValueError('found')"
    seen = observed(launcher, tmp_path, {"mine.py": source})
    assert isinstance(seen, Evidence), seen


def test_a_file_of_a_hand_in_with_its_name_counts_before_it(launcher, tmp_path):
    check = "from hw1.more import X\nimport cli\nif (X, cli.Y) != (3, 4):\n    raise ValueError"
    files = {"mine.py": check, "hw1/__init__.py": "", "hw1/more.py": "X = 3", "cli.py": "Y = 4"}
    assert isinstance(observed(launcher, tmp_path, files), Evidence)


def test_what_a_forgotten_file_of_its_name_would_give_is_a_placeholder_and_lacks(launcher, tmp_path):
    source = "from hw1 import helper\nclass Net(helper):\n    pass\nlen(helper)"
    seen = observed(launcher, tmp_path, {"mine.py": source})
    assert isinstance(seen, Raised)
    assert seen.kind == "MissingPackageError"
    assert not installed(CHECKER)
    (lack,) = lacking(Submission("", {"mnist.py": b"import hw1\n"}))
    assert (lack.name, lack.own) == ("hw1", False)


def test_an_import_of_it_gets_no_remark(kit, tmp_path, solution):
    mine = (solution / "mnist.py").read_text(encoding="utf-8")
    files = {"mnist.py": f"import hw1\n{mine}\nhw1.check('1.1')\n"}
    folder = write_hand_in(tmp_path / "20260001", files, solution)
    (check,) = [one for one in in_force().checks if one.id == "files-mnist"]
    with kit.session(found := read_submission(folder, kit.rubric.limits)) as session:
        outcome = check.judge(kit.case(found, session))
    assert (outcome.status, outcome.remarks) == (Status.PASSED, ())


# The walk-through notebooks


def test_below_each_task_stands_the_cell_that_checks_it():
    names = [one.name for one in in_force().notebooks]
    cells = [cell for name in names for cell in nbformat.read(handout_folder() / name, as_version=4).cells]
    calls = [cell.source for cell in cells if cell.id.endswith("-check")]
    asked = [name for source in calls for name in re.findall(r'"(\w+)"', source)]
    assert sorted(asked) == sorted(name for module in in_force().modules for name in module.defines)
    assert all(re.match(r'import hw1\n\nhw1\.check\("', source) for source in calls)
    places = {cell.id: number for number, cell in enumerate(cells)}
    assert all(places[one] == places[f"{one.removesuffix('-check')}-here"] + 1 for one in places if "-check" in one)


SOME = ("mnist-import-check", "trainer-import-check", "exp-3-4-import-check")
SLIP = ("self.optimizer.zero_grad()", "pass")


def finished(solution, slips=()):
    """The first notebook with the solution in its cells, but for *slips*."""
    files = {name: (handout_folder() / name).read_text(encoding="utf-8") for name in in_force().known}
    solved = {one.file: (solution / one.file).read_text(encoding="utf-8") for one in in_force().modules}
    solved |= {name: solved[name].replace(old, new) for name, old, new in slips}
    source = {FIRST: (solution / FIRST).read_text(encoding="utf-8")}
    made = nbformat.reads(student_notebooks(source, files | solved)[FIRST], as_version=4)
    for cell in made.cells:
        if "module" in cell.metadata.get("hw1", {}):
            cell.source = switched_on(cell.source)
    made.cells = [cell for cell in made.cells if not cell.id.endswith("-import")]
    return made


@pytest.fixture
def checked(workshop, monkeypatch):  # noqa: F811
    """What a notebook's checks show, by cell, when it is saved in a fresh working copy and nbconvert runs them."""

    def show(made, name=FIRST):
        copy(handout_folder(), workshop)
        nbformat.write(made, workshop / name)
        monkeypatch.setenv(OF_JUPYTER, str(workshop / name))
        only = nbformat.from_dict(made)
        only.cells = [cell for cell in made.cells if cell.id in SOME]
        cells = run(workshop, only)
        return {one: cell.outputs[-1].data for one, cell in cells.items()}

    return show


@pytest.mark.slow
def test_on_a_fresh_notebook_each_task_is_not_started(checked):
    shows = checked(nbformat.read(handout_folder() / FIRST, as_version=4))
    assert tuple(shows) == SOME
    for data in shows.values():
        verdicts = {cell for cell in Page(data["text/html"]).cells if cell.endswith(("not started", "open", "passed"))}
        assert any(cell.endswith("not started") for cell in verdicts)
        assert not any(cell.endswith("passed") for cell in verdicts)
        assert data["text/plain"].startswith(f"{CHECKED} {FIRST} as saved at ")
        assert "TODO 1." in data["text/plain"]
        assert 'role="alert"' not in data["text/html"]


@pytest.mark.slow
def test_on_a_half_done_notebook_right_wrong_and_untouched_stand_apart(checked, solution):
    fresh = {cell.id: cell.source for cell in nbformat.read(handout_folder() / FIRST, as_version=4).cells}
    half = finished(solution, [("trainer.py", *SLIP)])
    for cell in half.cells:
        if cell.id.startswith("exp-"):
            cell.source = fresh[cell.id]
    shows = {one: data["text/plain"] for one, data in checked(half).items()}
    assert "✓ 1.1-structure" in shows["mnist-import-check"]
    assert "mistake: train-no-zero-grad" in shows["trainer-import-check"]
    assert "TODO 1.2.3" in shows["exp-3-4-import-check"]


@pytest.mark.slow
def test_on_the_finished_notebook_all_is_right(checked, solution):
    for data in checked(finished(solution)).values():
        cells = Page(data["text/html"]).cells
        verdicts = [cell for cell in cells if re.fullmatch(r"\S (passed|failed|stopped|not started|open)", cell)]
        assert verdicts
        assert set(verdicts) == {"✓ passed"}
