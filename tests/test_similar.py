"""Copies are found under other names, comments and orders; what many write alike accuses nobody; no grade changes."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from conftest import write_hand_in
from test_commands import GRADE, HW1, hw1, run_here

from autograder.cohort.journal import NAME, Journal
from autograder.cohort.run import origin_of
from autograder.errors import MisuseError
from autograder.home import repository
from autograder.ingest.checkpoint import write_checkpoint
from autograder.rubric import read_rubric
from autograder.similar import compare, fingerprints, source
from autograder.similar.compare import LEAST, Match, known_of, matches
from autograder.similar.pairs import groups_of, pairs_of
from autograder.similar.pieces import ALL, ANSWERS, CODE, ELSE, WEIGHTS, Work
from autograder.similar.prose import words_of
from autograder.similar.source import read_sources
from autograder.similar.works import given_pieces
from autograder.staff.similar import similar
from autograder.staff.start import collect
from tests.notebooks import code, notebook

pytest.importorskip("copydetect")

ROOT = Path(__file__).parent
TRAINERS = sorted(path.parent for path in ROOT.glob("variants/trainer_*/trainer.py"))
CLOSURE = (ROOT / "variants/trainer_closure/trainer.py").read_text(encoding="utf-8")
NETWORKS = (ROOT / "variants/vgg_factory_bom/vgg.py").read_text(encoding="utf-8-sig")

# Other names, no comments, other white space, other quotes: what a copy changes in a quarter of an hour.
RENAMED = {
    "model": "my_network",
    "opt": "sgd",
    "loss_fn": "criterion_function",
    "total_loss": "accumulated",
    "closure": "one_step",
    "results": "hits",
    "pairs": "table",
    "batch": "data",
    "trainloader": "loader_for_training",
}


def disguised(text: str) -> str:
    for old, new in RENAMED.items():
        text = re.sub(rf"\b{old}\b", new, text)
    text = text.replace('"""trainer with closures, so LBFGS would work too"""', '"""My own trainer."""  # all by me')
    head, train, rest = re.split(r"(?m)^(?=    def train\b|    def test\b)", text)
    text = head + rest + "\n\n" + train  # the methods in another order
    text = text.replace("print(", "print(  # say so\n            ").replace("(object)", "(object,)")
    assert text != CLOSURE
    return text


read_once = cache(given_pieces)


@pytest.fixture(autouse=True)
def _handout_and_solution_read_once(monkeypatch):
    monkeypatch.setattr("autograder.staff.similar.given_pieces", read_once)


def look(*folders, output: Path, archives=(), most: int = 50):
    """The values of ``hw1 similar``, and the page."""
    found = similar(list(folders), list(archives), output, repository() / "solution", lambda _: lambda *_: None, most)
    return found[0], (output / "similar.html").read_text(encoding="utf-8"), found[2]


def pairs_in(values) -> list[tuple[str, ...]]:
    return [tuple(pair["students"]) for pair in values["pairs"]]


def a_class(folder: Path, count: int = 8) -> Path:
    """Hand-ins that different people have written."""
    others = [path for path in TRAINERS if path.name != "trainer_closure"]
    for number, path in enumerate(others[:count]):
        files = {source.name: source.read_bytes() for source in path.glob("*.py")}
        write_hand_in(folder / str(20260001 + number), files)
    return folder


# Code -----------------------------------------------------------------------------------------------------------------


def test_people_who_wrote_their_own_are_not_listed(tmp_path):
    folder = a_class(tmp_path / "in", len(TRAINERS))
    write_hand_in(folder / "20260101", {"trainer.py": CLOSURE})
    values, page, _ = look(folder, output=tmp_path / "out")
    assert (values["class"], values["pairs"], values["groups"]) == (len(TRAINERS), [], [])
    assert "No pair is unusually alike." in page


def test_a_copy_with_other_names_comments_layout_and_order_is_found(tmp_path):
    folder = a_class(tmp_path / "in")
    write_hand_in(folder / "20260101", {"trainer.py": CLOSURE})
    write_hand_in(folder / "20260102", {"trainer.py": disguised(CLOSURE)})
    values, page, _ = look(folder, output=tmp_path / "out")
    (pair,) = values["pairs"]
    assert pair["students"] == ["20260101", "20260102"]
    (trainer,) = (part for part in pair["parts"] if part["part"] == "Trainer")
    assert trainer["alike"] > 0.8
    assert (trainer["as alike"], trainer["of pairs"]) == (1, 45)
    assert trainer["median"] < 0.2
    assert trainer["where"][0].startswith("trainer.py, lines ")
    assert page.count("<mark") > 20
    assert len(set(re.findall('<mark class="(c[0-9])"', page))) > 1  # the methods stand in another order
    assert re.search(r"as 1 of 45 pairs is \(median \d %\)", page)


def test_classes_in_another_order_and_another_file_are_found(tmp_path):
    classes = re.split(r"\n\n\n(?=class |def )", NETWORKS)
    moved = "\n\n\n".join([classes[0], *reversed(classes[1:])])
    write_hand_in(tmp_path / "in" / "20260001", {"vgg.py": NETWORKS})
    write_hand_in(tmp_path / "in" / "20260002", {"vgg.py": "from nets import *\n", "nets.py": moved})
    values, _, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert pairs_in(values) == [("20260001", "20260002")]
    assert {part["alike"] for part in values["pairs"][0]["parts"] if part["part"] == ALL} == {1.0}


SHORT = """
from torch import nn


class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = x.flatten(1)
        return self.fc2(self.fc1(x).relu())
"""


def test_two_who_both_write_the_obvious_short_function_are_not_found(tmp_path):
    for name in ("20260001", "20260002"):
        write_hand_in(tmp_path / "in" / name, {"mnist.py": SHORT})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert values["pairs"] == []
    assert "This class is so small" in page


def test_what_all_write_alike_accuses_nobody_and_a_copy_beside_it_is_found(tmp_path):
    common = NETWORKS
    for number in range(14):
        write_hand_in(tmp_path / "in" / str(20260001 + number), {"vgg.py": common})
    assert look(tmp_path / "in", output=tmp_path / "out")[0]["pairs"] == []
    for name, text in (("20260003", CLOSURE), ("20260009", disguised(CLOSURE))):
        write_hand_in(tmp_path / "in" / name, {"trainer.py": text})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert pairs_in(values) == [("20260003", "20260009")]
    assert {part["part"] for part in values["pairs"][0]["parts"]} <= {"Trainer", ALL}
    assert int(re.search(r"fragments ([\d,]+) are so common", page)[1].replace(",", "")) > 100


def test_what_the_handout_and_the_solution_have_is_nobodys(tmp_path, solution, assignment):
    for name, folder in zip(range(20260001, 20260005), (solution, solution, assignment, assignment), strict=True):
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".py", ".md")}
        files["trainer.py"] += b"\nx = 1\n"  # an untouched file would be nobody's from the start
        write_hand_in(tmp_path / "in" / str(name), files)
    values, _, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert (values["compared"], values["pairs"]) == (6, [])


def test_three_who_share_a_text_are_a_group_and_the_page_says_what_holds_it_together(tmp_path):
    folder = a_class(tmp_path / "in", 5)
    for name, text in (("20260101", CLOSURE), ("20260102", disguised(CLOSURE)), ("20260103", CLOSURE + "\n# mine\n")):
        write_hand_in(folder / name, {"trainer.py": text})
    values, page, _ = look(folder, output=tmp_path / "out")
    (group,) = values["groups"]
    assert group["students"] == ["20260101", "20260102", "20260103"]
    assert group["pairs"] == 3
    assert len(group["held together by"]) == 2
    assert ["20260101", "20260103"] in group["held together by"]
    assert "3 of 3 pairs are listed" in page


def test_a_chain_names_its_links():
    def match(first, second, alike=0.9, part="Trainer"):
        return Match(first, second, CODE, part, alike, 100, 3, 100, 0.1)

    pairs = pairs_of([match(0, 1), match(1, 2, 0.8), match(5, 6), match(3, 4), match(2, 3, 0.7), match(0, 2, 0.6)])
    (group,) = groups_of(pairs)
    assert (group.members, group.pairs) == ((0, 1, 2, 3, 4), 5)
    assert {(one.first, one.second) for one in group.links} == {(0, 1), (1, 2), (2, 3), (3, 4)}


def test_pairs_stand_in_the_order_of_how_unusual_they_are_not_of_their_percentage():
    common = Match(0, 1, CODE, "MNIST_Net", 1.0, 100, 1500, 79_800, 0.4)
    rare = Match(2, 3, CODE, "Trainer", 0.8, 300, 1, 79_800, 0.0)
    weights = Match(4, 5, WEIGHTS, "1.1", 1.0, 0, 1, 79_800, None, "the same file")
    whole = Match(0, 1, CODE, ALL, 1.0, 9999, 1, 79_800, 0.0)  # is made of the parts: counted once
    assert [pair.first for pair in pairs_of([common, rare, weights, whole])] == [4, 2, 0]


def test_the_figures_equal_those_of_a_plain_computation():
    draw = np.random.default_rng(0)
    texts = [" ".join(f"w{word}" for word in draw.integers(0, 3, 160)) for _ in range(9)]
    texts += [f"{texts[0]} and more words of their own beside it", " ".join(texts[1].split()[:90])]
    works = [Work(str(n), str(n), pieces=(words_of("Q1", "answers.md", text),)) for n, text in enumerate(texts)]
    given = [words_of("", "README.md", " ".join(texts[2].split()[:40]))]
    known = known_of(works, "answers", given, lambda *_: None)

    def fragments(text):
        words = text.split()
        return {tuple(words[at : at + 6]) for at in range(len(words) - 5)}

    nobodys = fragments(" ".join(texts[2].split()[:40]))
    own = [fragments(text) - nobodys for text in texts]
    counts = Counter(one for found in own for one in found)
    weight = {one: round(min(1, np.log(12 / count) / np.log(12 / 2)) * 256) / 256 for one, count in counts.items()}
    total = [sum(weight[one] for one in found) for found in own]
    alike, shares = {}, []
    for first, second in combinations(range(len(own)), 2):
        shared = sum(weight[one] for one in own[first] & own[second])
        shares.append(shared / min(total[first], total[second]))
        alike[first, second] = shares[-1] if shared >= LEAST["answers"] else 0
    found = {(one.first, one.second): one for one in matches(works, known, "answers")}
    assert found.keys() == {pair for pair, share in alike.items() if share >= 0.5} >= {(0, 9), (1, 10)}
    for pair, one in found.items():
        assert one.alike == pytest.approx(alike[pair])
        assert one.as_alike == sum(share >= alike[pair] - 1e-9 for share in alike.values())
        assert (one.pairs, one.median) == (55, pytest.approx(np.median(shares)))


# Sources as tokens ----------------------------------------------------------------------------------------------------


def signs(text: str, **others: str) -> str:
    pieces, said = read_sources({"a.py": text, **others}, {})
    assert not said
    return "".join(piece.signs for piece in pieces)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = f(a, b)\n", "y = g(c, d)  # other names\n"),
        ("x = 1\ny = 2\n", "import os\n'a text'\nx = 1; y = 2\n"),
        ("f(a,\n  b,\n)\n", "f(a, b)\n"),
        ("self.a = 1\nself.a.relu()\n", "self.b = 1\nself.b.relu()\n"),
        ("def f(n):\n    return n\nf(n=2)\n", "def g(m):\n    return m\ng(m=2)\n"),
        ("class A:\n    'what it is'\n    b = 'x'\n", 'class C:\n    d = "y"\n'),
        ("print(f'{x} of {y:3d}')\n", "print('x of y')\n"),
        ("from nets import Block\nBlock(1)\n", "from others import Unit as U\nU(1)\n"),
    ],
)
def test_what_a_copy_changes_at_no_cost_makes_no_difference(one, other):
    own = {"nets.py": "class Block: pass\n"} if "nets" in one else {}
    assert signs(one, **own)[: len(signs(other))] == signs(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = nn.Conv2d(1, 2)\n", "x = nn.Linear(1, 2)\n"),
        ("from torch.nn import Conv2d\nConv2d(1)\n", "from torch.nn import Linear\nLinear(1)\n"),
        ("x = f(1)\n", "x = f(2)\n"),
        ("for a in b: pass\n", "while a in b: pass\n"),
        ("x = f(padding=1)\n", "x = f(stride=1)\n"),
    ],
)
def test_what_a_program_does_makes_one(one, other):
    assert signs(one) != signs(other)


def test_a_file_that_is_no_python_costs_only_itself_and_is_said(tmp_path):
    for name in ("20260001", "20260002"):
        write_hand_in(tmp_path / "in" / name, {"trainer.py": CLOSURE, "vgg.py": 'x = """never\nends\n'})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert pairs_in(values) == [("20260001", "20260002")]
    assert values["not compared"][0].startswith("20260001: vgg.py is not compared: it is not Python in line ")
    assert "20260002: vgg.py is not compared" in page


@pytest.mark.parametrize(
    "source", ["(" * 100_000, "x = 1\n" * 30_000, "\0\0", "if 1:\n  x\n y\n", "\x0c\u2028x = '", "x" * 500_000]
)
def test_hostile_sources_are_bounded(source):
    pieces, _ = read_sources({"a.py": source, "b.py": "y = 2\n"}, {})
    assert sum(len(piece.signs) for piece in pieces) < 61_000
    assert all(len(piece.begins) == len(piece.ends) == len(piece.signs) for piece in pieces)


def test_a_large_file_hides_no_other_and_is_said():
    files = {"a.py": "x = 1\n" * 30_000, "b.py": "y = 2\n", "c.py": "#" * 1_000_000}
    pieces, said = read_sources(files, {})
    assert said == [
        "a.py is not compared to its end: the hand-in has too much code",
        "c.py is not compared: the hand-in has too much code",
    ]
    assert [piece.where for piece in pieces] == ["a.py", "b.py"]


def test_a_name_that_the_homework_asks_for_is_a_part_wherever_it_stands():
    text = "@decorated\nclass Own:\n    x = 1\n\nclass Mine(Own):\n    pass\n\nif 1:\n    y = 2\n"
    pieces, _ = read_sources({"b.py": text}, {"Mine": "Network"})
    assert [piece.part for piece in pieces] == [ELSE, "Network", ELSE]  # the class, and the rest of the file
    (network,) = (piece for piece in pieces if piece.part == "Network")
    assert text[network.begins[0] : network.ends[-1]] == "class Mine(Own):\n    pass"


def test_handout_and_solution_are_read_with_their_notebooks(solution, assignment):
    pieces = given_pieces((assignment, solution))
    places = {piece.where.partition(" ")[0] for piece in pieces}
    assert {"trainer.py", "answers.md", "README.md", "hw1-1.ipynb"} <= places


# Notebooks, last year's hand-ins, answers, weights --------------------------------------------------------------------


def test_a_notebook_is_compared_with_modules_and_not_run(tmp_path):
    write_hand_in(tmp_path / "in" / "20260001", {"trainer.py": CLOSURE})
    mark = tmp_path / "ran"
    cells = notebook(
        code(f"import torch\nopen({str(mark)!r}, 'w')"), code(disguised(CLOSURE).partition("import torch")[2].strip())
    )
    write_hand_in(tmp_path / "in" / "20260002", {"hw1-1.ipynb": cells})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert pairs_in(values) == [("20260001", "20260002")]
    (trainer,) = (part for part in values["pairs"][0]["parts"] if part["part"] == "Trainer")
    assert trainer["alike"] > 0.8
    assert trainer["where"][1] == "hw1-1.ipynb, cell 2"
    assert "<span>2:5</span>" in page
    assert not mark.exists()


def test_last_years_are_compared_with_the_class_not_among_themselves_nor_with_the_same_student(tmp_path):
    folder, archive = a_class(tmp_path / "in", 4), tmp_path / "2025"
    write_hand_in(folder / "20260101", {"trainer.py": CLOSURE})
    write_hand_in(archive / "20250007", {"trainer.py": disguised(CLOSURE)})
    write_hand_in(archive / "20250008", {"vgg.py": NETWORKS})
    write_hand_in(archive / "20250009", {"vgg.py": NETWORKS})
    write_hand_in(archive / "20260001", {"trainer.py": (TRAINERS[0] / "trainer.py").read_bytes()})
    values, page, _ = look(folder, archives=[archive], output=tmp_path / "out")
    assert pairs_in(values) == [("20260101", f"{archive}: 20250007")]
    assert (values["class"], values["archive"], values["compared"]) == (5, 4, 10 + 5 * 4 - 1)
    assert "5 hand-ins and 4 of earlier years" in page


LONG = """## Q1: what if the gradients were not cleared

Without clearing them the gradients of all earlier batches stay in the buffers, so that each step follows a growing sum
of old directions, overshoots every valley, and after a hundred batches the loss is larger than at the start.

## Q11: the shape

Formula: ((H - F + 2P) / S + 1, (W - F + 2P) / S + 1, K)
"""
OTHER = LONG.replace(
    LONG[LONG.index("Without") : LONG.index("## Q11")],
    "Old gradients add up. My run got stuck near ten percent, and the printed loss rose in every line of the log.\n\n",
)


def test_a_long_answer_in_the_same_words_is_found_a_formula_and_the_question_are_not(tmp_path, assignment):
    template = (assignment / "answers.md").read_text(encoding="utf-8")
    copied = LONG.replace("Without clearing them", "*Without* clearing THEM:").replace(
        "hundred batches", "hundred steps"
    )
    for name, text in (("20260001", LONG), ("20260002", copied), ("20260003", OTHER), ("20260004", template)):
        write_hand_in(tmp_path / "in" / name, {"answers.md": text})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert pairs_in(values) == [("20260001", "20260002")]
    assert [(part["kind"], part["part"]) for part in values["pairs"][0]["parts"]] == [("answers", "Q1")]
    assert "follows a growing sum" in page
    assert "100 % alike; no other two have this part" not in page


def save(folder: Path, arrays, half: bool = False, **facts) -> None:
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    write_checkpoint(folder / "checkpoints" / "1.1.safetensors", arrays, {"student": folder.name, **facts}, half)


def test_equal_files_equal_tensors_and_nearly_equal_weights_are_found(tmp_path):
    def drawn(seed):
        draw = np.random.default_rng(seed)
        return {n: draw.standard_normal((40, 50)).astype(np.float32) for n in ("a.weight", "b.weight")}

    for number in range(1, 7):
        write_hand_in(tmp_path / "in" / str(20260000 + number), {"notes.py": "x = 1\n", "mnist.py": f"x = {number}\n"})
        save(tmp_path / "in" / str(20260000 + number), drawn(number))
    first = tmp_path / "in" / "20260001" / "checkpoints" / "1.1.safetensors"
    shutil.copy(first, tmp_path / "in" / "20260002" / "checkpoints" / "1.1.safetensors")
    save(tmp_path / "in" / "20260003", drawn(1), accuracy="0.99")
    save(tmp_path / "in" / "20260004", drawn(1), half=True)
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    said = {pair: values["pairs"][at]["parts"][0]["said"] for at, pair in enumerate(pairs_in(values))}
    assert said["20260001", "20260002"] == "the same file"
    assert said["20260001", "20260003"] == "the same tensors in another file"
    assert said["20260003", "20260004"].startswith("cosine ")
    assert len(said) == 6  # of the first four; the others trained their own
    assert values["groups"][0]["students"] == ["20260001", "20260002", "20260003", "20260004"]
    assert "the same file, as " in page


# What is written ------------------------------------------------------------------------------------------------------

HOSTILE = '</span></div><script>alert(1)</script><img src=x onerror="alert(2)">\u202e\x1b[31m'


def test_hostile_names_and_texts_do_nothing_in_page_and_table(tmp_path):
    text = CLOSURE.replace("Finished Training", HOSTILE)
    for name in ("20260001", "20260002"):
        write_hand_in(tmp_path / "in" / name, {"=1+1<b>.py": text})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out")
    assert values["pairs"][0]["parts"][0]["where"][0].startswith("=1+1<b>.py, lines ")
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<script|<img|<b>|\u202e|\x1b|https?://", page)
    assert "default-src 'none'" in page
    table = (tmp_path / "out" / "similar.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert rows
    assert all(row["where"].startswith("'=1+1<b>.py") for row in rows if row["where"])


def test_what_is_written_is_its_owners_alone_and_nothing_else_is_touched(tmp_path):
    before = {}
    out = tmp_path / "out"
    out.mkdir()
    for name in ("grades.csv", "20260001/report.json"):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(name)
        before[name] = (out / name).stat()
    write_hand_in(tmp_path / "in" / "20260001", {"trainer.py": CLOSURE})
    values, page, _ = look(tmp_path / "in", output=out)
    assert (values["class"], values["compared"], values["pairs"]) == (1, 0, [])
    assert "1 hand-ins" not in page
    assert {path.name for path in out.iterdir()} == {"grades.csv", "20260001", "similar.html", "similar.csv"}
    assert all((out / name).stat() == status for name, status in before.items())
    for name in ("similar.html", "similar.csv"):
        assert stat.S_IMODE((out / name).stat().st_mode) == 0o600 or os.name == "nt"


def test_the_list_is_as_long_as_it_was_asked_for(tmp_path):
    for name in ("20260001", "20260002", "20260003"):
        write_hand_in(tmp_path / "in" / name, {"trainer.py": CLOSURE})
    values, page, _ = look(tmp_path / "in", output=tmp_path / "out", most=1)
    assert (len(values["pairs"]), values["unlisted"]) == (1, 2)
    assert "2 less unusual ones are not" in page


def in_journal(folder: Path, origins: dict[str, Path]) -> Path:
    with Journal(folder / NAME) as journal:
        journal.begin({}, {})
        for student, origin in origins.items():
            journal.write(student, "", "", str(origin), {})
    return folder


def test_the_journal_of_a_class_knows_whose_each_hand_in_is_and_where(tmp_path):
    write_hand_in(tmp_path / "in" / "somebody", {"trainer.py": CLOSURE})
    write_hand_in(tmp_path / "in", {"studenta_501_9001_trainer.py": disguised(CLOSURE)})
    shutil.make_archive(str(tmp_path / "in" / "third"), "zip", tmp_path / "in" / "somebody")
    (tmp_path / "out").mkdir()
    lms = tmp_path / "canvas"
    lms.mkdir()
    (tmp_path / "in" / "studenta_501_9001_trainer.py").rename(lms / "studenta_501_9001_trainer.py")
    origins = {
        "20260001": tmp_path / "in" / "somebody",
        "20260002": lms / "studenta_501_9001_trainer.py",
        "20260003": tmp_path / "in" / "third.zip",
        "20260004": tmp_path / "in" / "gone",
    }
    out = in_journal(tmp_path / "out", origins)
    values, _, remarks = look(out, output=out)
    assert sorted(pairs_in(values)) == [
        ("20260001", "20260002"),
        ("20260001", "20260003"),
        ("20260002", "20260003"),
    ]
    assert remarks == ["no longer where they were, and not compared: 20260004"]


def test_hand_ins_in_a_zipped_download_are_found_again(tmp_path):
    members = {
        f"Student {letter}_100{number}_assignsubmission_file_/hw1-2026000{number}.zip": CLOSURE
        for number, letter in ((1, "A"), (2, "B"))
    }
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        for name, text in members.items():
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as one:
                one.writestr("trainer.py", text)
            archive.writestr(name, inner.getvalue())
    rubric = read_rubric()
    read, _ = collect([tmp_path / "download.zip"], rubric, tmp_path / "out")
    assert len(read) == 2
    (tmp_path / "out").mkdir()
    out = in_journal(tmp_path / "out", {f"2026010{n}": Path(origin_of(one)) for n, one in enumerate(read)})
    values, _, remarks = look(out, output=out)
    assert (pairs_in(values), remarks) == ([("20260100", "20260101")], [])


def test_one_id_in_two_folders_is_not_compared_with_itself(tmp_path):
    for group in "ab":
        write_hand_in(tmp_path / group / "20260001", {"trainer.py": CLOSURE})
        save(tmp_path / group / "20260001", {"a.weight": np.ones((20, 20), np.float32)})
    write_hand_in(tmp_path / "b" / "20260002", {"trainer.py": CLOSURE})
    values, _, _ = look(tmp_path / "a", tmp_path / "b", output=tmp_path / "out")
    assert set(pairs_in(values)) == {("20260001", "20260002"), (f"{tmp_path / 'b'}: 20260001", "20260002")}


def test_no_code_of_a_hand_in_is_run(tmp_path):
    mark = tmp_path / "ran"
    text = f"import pathlib\npathlib.Path({str(mark)!r}).write_text('x')\n{CLOSURE}"
    for name in ("20260001", "20260002"):
        write_hand_in(tmp_path / "in" / name, {"trainer.py": text, "conftest.py": text, "sitecustomize.py": text})
    assert look(tmp_path / "in", output=tmp_path / "out")[0]["pairs"]
    assert not mark.exists()


def test_a_journal_whose_hand_ins_are_all_gone_is_misuse(tmp_path):
    (tmp_path / "out").mkdir()
    out = in_journal(tmp_path / "out", {"20260001": tmp_path / "gone"})
    with pytest.raises(MisuseError, match=r"no hand-in of .* is where it was"):
        look(out, output=out)


def test_without_copydetect_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "find_spec", lambda name: None)
    with pytest.raises(MisuseError, match=re.escape("pip install 'hw1[similar]'")):
        look(tmp_path, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


WITHOUT = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "copydetect" else find(name, *rest)
"""


def test_the_command_without_copydetect_is_misuse(tmp_path):
    done = run_here(WITHOUT, "similar", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "pip install 'hw1[similar]'" in done.stderr


def test_the_command_prints_the_pairs_and_ends_with_0(tmp_path):
    for name, text in (("20260001", CLOSURE), ("20260002", disguised(CLOSURE))):
        write_hand_in(tmp_path / "in" / name, {"trainer.py": text})
    done = hw1("similar", "in", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "20260001  20260002  " in done.stdout
    assert done.stdout.endswith("Page: out/similar.html\nTable: out/similar.csv\n")


@pytest.mark.slow  # two commands
def test_the_result_depends_on_no_hash_of_the_process(tmp_path):
    folder = a_class(tmp_path / "in")
    write_hand_in(folder / "20260101", {"trainer.py": CLOSURE})
    write_hand_in(folder / "20260102", {"trainer.py": disguised(CLOSURE)})
    made = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([HW1, "similar", "in"], cwd=tmp_path, env=environment, check=True, capture_output=True)
        made.append([(tmp_path / "out" / name).read_bytes() for name in ("similar.html", "similar.csv")])
    assert made[0] == made[1]


def test_it_is_imported_only_when_it_is_asked_for():
    code_ = (
        "import sys, cli, autograder.staff.class_commands, autograder.staff.similar\nprint('copydetect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code_], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert importlib.util.find_spec("copydetect")


PAGE = (repository() / "docs" / "similar.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "sentence",
    [
        f"A fragment of {fingerprints.LENGTH[CODE]} tokens (or six words)",
        f"fragments of a weight of {LEAST[CODE]:g} (nine lines of code that nobody else has) or {LEAST[ANSWERS]:g} (15",
        f"more than {100 * compare.RARE:g} % of all pairs, or more than {compare.FEW} in a small class",
        f"the first {source.MOST_TOKENS:,} tokens",
    ],
)
def test_each_figure_of_the_page_is_the_codes(sentence):
    assert sentence in PAGE.replace("\n", " ")


@pytest.mark.slow  # a class that is graded, and four commands
def test_each_command_of_the_page_does_what_it_says_and_changes_no_report(tmp_path):
    for name, text in (("20260001", CLOSURE), ("20260002", disguised(CLOSURE))):
        write_hand_in(tmp_path / "hand-ins" / name, {"trainer.py": text})
    write_hand_in(tmp_path / "last-year" / "20250001", {"trainer.py": CLOSURE})
    assert hw1("grade", "hand-ins", "-o", "out", *GRADE, cwd=tmp_path).returncode == 0
    reports = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.suffix in (".json", ".csv")}
    for line in re.findall("^    (hw1 .*?)(?:  +#.*)?$", PAGE, re.MULTILINE):
        done = hw1(*line.partition("#")[0].split()[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert ("2025" in done.stdout) == ("--archive" in line)
        if "--json" in line:
            assert json.loads(done.stdout)["pairs"][0]["students"] == ["20260001", "20260002"]
    assert (tmp_path / "looked-at" / "similar.html").exists()
    assert {path: path.read_bytes() for path in reports} == reports
    assert reports
