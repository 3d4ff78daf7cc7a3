"""The handout is made of the solution and gives nothing of it away."""

import json
import re
import shutil
from dataclasses import replace

import nbformat
import pytest

from autograder.errors import GraderError
from autograder.home import handout_folder, solution_folder
from autograder.homework import in_force
from autograder.rubric import read_rubric
from autograder.staff.leaks import TRIVIAL, find_leaks, secret_lines
from autograder.staff.release import make_handout, names_of_handout, student_version, with_points

SOLUTION = solution_folder()
FILES = names_of_handout(SOLUTION)
TESTS = in_force().tests  # the kit's, whatever the solution is
HANDOUT = handout_folder()

SOURCE = '''class Net:
    def forward(self, x):
        """Doc."""
        # BEGIN SOLUTION 1.1: compute the logits
        y = self.first(x)

        return self.second(y)
        # END SOLUTION

# BEGIN SOLUTION 1.1b: more
z = 1
# END SOLUTION
'''
STUB = '''class Net:
    def forward(self, x):
        """Doc."""
        # TODO 1.1: compute the logits
        raise NotImplementedError("TODO 1.1: compute the logits")

# TODO 1.1b: more
raise NotImplementedError("TODO 1.1b: more")
'''


def files_there() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in HANDOUT.iterdir() if path.is_file()}


def test_what_stands_between_marks_becomes_a_stub_with_its_number_and_hint():
    assert student_version("net.py", SOURCE) == STUB


def test_a_written_answer_becomes_a_line_to_write_at():
    text = "## Q1: Why?\n\n<!-- BEGIN SOLUTION Q1 -->\nBecause.\n\nReally.\n<!-- END SOLUTION -->\n\n## Q2\n"
    assert student_version("answers.md", text) == "## Q1: Why?\n\n*Write your answer to Q1 here.*\n\n## Q2\n"


def test_a_file_without_marks_stays_as_it_is():
    assert student_version("README.md", "# Homework\n") == "# Homework\n"
    assert student_version("net.py", "x = 1\n") == "x = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "# BEGIN SOLUTION 1.1: hint\nx = 1\n",
        "x = 1\n# END SOLUTION\n",
        "# BEGIN SOLUTION\nx = 1\n# END SOLUTION\n",
        "# BEGIN SOLUTION 1.1\nx = 1\n# END SOLUTION\n",
        "# BEGIN SOLUTION 1.1: a\nx = 1\n# BEGIN SOLUTION 1.2: b\ny = 1\n# END SOLUTION\n# END SOLUTION\n",
        "x = 1  # BEGIN SOLUTION 1.1: hint\ny = 2\n# END SOLUTION\n",
    ],
)
def test_a_mark_without_partner_number_or_hint_stops_the_release(text):
    with pytest.raises(GraderError, match="SOLUTION mark lacks"):
        student_version("net.py", text)


@pytest.mark.parametrize("text", ["<!-- BEGIN SOLUTION Q1 -->\nx\n", "x\n<!-- END SOLUTION -->\n"])
def test_a_mark_without_partner_in_the_answers_stops_the_release(text):
    with pytest.raises(GraderError, match="SOLUTION mark lacks"):
        student_version("answers.md", text)


def test_two_beginnings_before_one_end_hide_both_blocks():
    made = student_version(
        "net.py", "# BEGIN SOLUTION 1: a\nsecret = 1\n# BEGIN SOLUTION 2: b\nsecret = 2\n# END SOLUTION\n"
    )
    assert "secret" not in made


def test_the_handout_is_in_step_with_the_solution(tmp_path):
    names = make_handout(SOLUTION, tmp_path / "made")
    assert sorted(names) == sorted([*FILES, TESTS])
    made = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    assert files_there() == made


def test_a_new_handout_takes_the_place_of_the_old_one(tmp_path):
    (tmp_path / "old.txt").write_text("left over")
    make_handout(SOLUTION, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, TESTS])


def test_a_solution_with_a_file_missing_is_refused(tmp_path):
    with pytest.raises(GraderError, match=r"mnist\.py can't be read"):
        make_handout(tmp_path, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_handout_that_would_leak_is_not_written(tmp_path):
    copy = tmp_path / "solution"
    copy.mkdir()
    for name in FILES:
        (copy / name).write_bytes((SOLUTION / name).read_bytes())
    secret = "\n".join(longest_block()[:3])
    (copy / "README.md").write_text(f"# Homework\n{secret}\n", encoding="utf-8")
    with pytest.raises(GraderError, match="would leak"):
        make_handout(copy, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def longest_block() -> list[str]:
    """The lines, as written, of the longest solution block of the Trainer that are long enough to be somebody's."""
    source = (SOLUTION / "trainer.py").read_text(encoding="utf-8")
    blocks = re.findall(r"# BEGIN SOLUTION.*\n((?:.*\n)*?) *# END SOLUTION", source)
    lines = max(blocks, key=len).splitlines()
    return [line for line in lines if len("".join(line.partition("  #")[0].split())) >= TRIVIAL]


def test_every_solution_block_is_known():
    marks = sum(text.count("BEGIN SOLUTION") for text in ((SOLUTION / n).read_text(encoding="utf-8") for n in FILES))
    assert len(secret_lines(SOLUTION)) == marks >= 40


def test_three_solution_lines_in_a_row_are_a_leak_however_they_are_indented_or_commented():
    planted = "\n".join(f"\t{line.strip()}  # a comment" for line in longest_block()[:3])
    (leak,) = find_leaks(SOLUTION, {"notes.py": f"x = 1\n{planted}\ny = 2\n".encode()})
    assert leak.file == "notes.py"
    assert len(leak.lines) == 3


@pytest.mark.parametrize("before", ["", "# ", "#"])
def test_solution_lines_in_a_notebook_are_a_leak_switched_off_or_not(before):
    source = "\n".join(f"{before}{line}" for line in longest_block()[:3])
    cell = {"cell_type": "code", "source": source.splitlines(keepends=True)}
    assert find_leaks(SOLUTION, {"a.ipynb": json.dumps({"cells": [cell]}, indent=1).encode()})
    assert find_leaks(SOLUTION, {"a.ipynb": json.dumps({"cells": [{**cell, "source": source}]}).encode()})


def test_solution_lines_in_a_notebooks_outputs_are_a_leak():
    output = {"output_type": "stream", "text": "\n".join(longest_block()[:3])}
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [output]}
    assert find_leaks(SOLUTION, {"a.ipynb": json.dumps({"cells": [cell]}).encode()})


def test_what_only_is_called_a_notebook_is_searched_as_text():
    assert find_leaks(SOLUTION, {"a.ipynb": "\n".join(longest_block()[:3]).encode()})
    assert find_leaks(SOLUTION, {"a.ipynb": b"{"}) == []


def test_solution_marks_in_a_notebooks_cells_hide_what_is_looked_for(tmp_path):
    secret = "first = secret(1)\nsecond = secret(2)\nthird = secret(3)\n"
    marked = f"# BEGIN SOLUTION 1.1: say it\n{secret}# END SOLUTION"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(marked)])
    (tmp_path / "hw1-1.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (leak,) = find_leaks(tmp_path, {"notes.py": secret.encode()})
    assert leak.lines == ("first=secret(1)", "second=secret(2)", "third=secret(3)")


def test_two_solution_lines_are_none():
    assert find_leaks(SOLUTION, {"notes.py": "\n".join(longest_block()[:2]).encode()}) == []


@pytest.mark.parametrize("name", ["mnist.py", "ablations.py", "trainer.py", "vgg.py", "answers.md"])
def test_a_copied_file_is_a_leak_under_any_name(name):
    leaks = find_leaks(SOLUTION, {"other.txt": (SOLUTION / name).read_bytes()})
    assert any(leak.lines == (f"is the solution's {name}",) for leak in leaks)


def test_a_copied_file_without_its_marks_is_a_leak():
    text = (SOLUTION / "vgg.py").read_text(encoding="utf-8")
    bare = "\n".join(line for line in text.splitlines() if "SOLUTION" not in line)
    assert find_leaks(SOLUTION, {"vgg.py": bare.encode()})


def test_nothing_of_the_solution_is_in_the_handout():
    assert find_leaks(SOLUTION, files_there()) == []


def test_bytes_that_are_no_text_are_searched_without_harm():
    assert find_leaks(SOLUTION, {"a.bin": bytes(range(256))}) == []


def test_every_stub_has_a_heading_in_the_handouts_readme():
    readme = (HANDOUT / "README.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^#+ TODO (\S+):", readme, re.MULTILINE))
    stubs = set()
    for name in FILES:
        if name.endswith(".py"):
            stubs |= set(re.findall(r'NotImplementedError\("TODO (\S+):', (HANDOUT / name).read_text(encoding="utf-8")))
    assert len(stubs) >= 17
    assert stubs == headings


def test_every_stub_says_the_same_in_its_comment_and_in_what_it_raises():
    for name in FILES:
        if name.endswith(".py"):
            text = (HANDOUT / name).read_text(encoding="utf-8")
            comments = re.findall(r"# (TODO .*)", text)
            assert comments
            assert comments == re.findall(r'raise NotImplementedError\("(TODO .*)"\)', text)


def test_the_points_that_the_handout_states_are_the_rubrics():
    rubric = read_rubric()
    dearer = replace(rubric, points={**rubric.points, "1.2a": 3.0})
    text = "{{points: 1.2a}} of {{points: 1.2 automatic}}, {{points: 1.2 by hand}} by hand, {{points: all}} in all"
    assert with_points(text, rubric) == "2 of 16, 24 by hand, 100 in all"
    assert with_points(text, dearer) == "3 of 17, 24 by hand, 101 in all"
    assert with_points("{{points: 2.1 by hand}}", rubric) == "0"


def test_points_of_what_there_is_none_of_are_an_error():
    with pytest.raises(GraderError, match=r"the rubric has no 9\.9"):
        with_points("{{points: 9.9}}", read_rubric())


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        (
            "README.md",
            "## Written answers\n",
            "## Written answers\n\n- **Q4.** Compare.\n",
            r"README\.md asks Q4 again",
        ),
        ("answers.md", "## Q13: ", "## ", r"answers\.md asks Q1, .* Q12, E1, .*; the homework asks .* Q12, Q13, E1"),
    ],
    ids=["copy", "missing"],
)
def test_a_question_that_is_not_asked_exactly_once_is_said(tmp_path, name, old, new, sentence):
    solution = shutil.copytree(SOLUTION, tmp_path / "solution")
    text = (solution / name).read_text(encoding="utf-8")
    assert old in text
    (solution / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(GraderError, match=sentence):
        make_handout(solution, tmp_path / "handout")


def test_a_module_that_the_homework_does_not_define_is_said(tmp_path):
    solution = shutil.copytree(SOLUTION, tmp_path / "solution")
    (solution / "extra.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(GraderError, match=r"extra\.py would not be in the handout"):
        names_of_handout(solution)
