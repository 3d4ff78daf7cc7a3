"""Drawn hand-ins: no right one loses a point, no wrong one passes, no verdict depends on the staff seed."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from autograder.rubric import read_rubric
from autograder.sandbox.host import new_launcher
from autograder.seeds import PUBLIC_SEED
from tests.drawn.drawing import EDITS, MAKERS, as_drawn, draw, draw_right, truths
from tests.drawn.grading import compact, differences, faults, verdicts
from tests.drawn.recordings import SEEDS, recorded
from tests.drawn.records import Source

RIGHT, WRONG = 100, 200
SAMPLE = (1, 4, 13, ("mnist", "trainer", "ablations"))  # what takes least; the oracle looks at it in the slow tests


@pytest.fixture(scope="module")
def ground():
    """A warm parent for all of them, and a scratch folder."""
    launcher, scratch = new_launcher(), Path(tempfile.mkdtemp(prefix="hw1-drawn-"))
    launcher.warm("extras", ("matplotlib.pyplot", "sklearn.metrics", "tqdm"))
    yield launcher, scratch
    launcher.close()
    shutil.rmtree(scratch, ignore_errors=True)


def test_the_same_seed_draws_the_same_sources():
    for module in MAKERS:
        assert [draw_right(module, n, 3).text for n in range(5)] == [draw_right(module, n, 3).text for n in range(5)]
        assert len({draw_right(module, n, 3).style for n in range(40)}) >= 20


def test_there_are_many_mistakes_of_each_module_each_with_a_name_of_its_own():
    for module, edits in EDITS.items():
        assert len({edit.id for edit in edits}) == len(edits) >= (30 if module != "mnist" else 25), module
    assert sum(map(len, EDITS.values())) >= 200


@pytest.mark.slow
def test_a_sample_of_drawn_hand_ins_gets_the_right_verdicts(ground, recording):
    launcher, scratch = ground
    hand_ins = draw(*SAMPLE, trusted=True).hand_ins
    found = verdicts(hand_ins, recording, PUBLIC_SEED, launcher, scratch)
    lines = compact(faults(hand_ins, found, "public"))
    assert not lines, "\n".join(lines)


@pytest.mark.slow
def test_the_oracle_agrees_with_the_solution_and_with_the_sample(solution):
    texts = {name: (solution / f"{name}.py").read_text(encoding="utf-8") for name in MAKERS}
    right = [Source(name, "solution", text) for name, text in texts.items()]
    broken = Source("trainer", "solution", texts["trainer"].replace("                self.optimizer.zero_grad()\n", ""))
    sample = [source for hand_in in draw(*SAMPLE, trusted=True).hand_ins for source in hand_in.sources]
    *found, last = truths([*right, *sample, broken])
    assert found[: len(right)] == [{}] * len(right)
    assert set(last) == {"1.2a"}
    unlike = [
        (source.style, source.edit, wrong)
        for source, wrong in zip(sample, found[len(right) :], strict=True)
        if not as_drawn(source, wrong)
    ]
    assert not unlike


@pytest.mark.slow
@pytest.mark.timeout(3600)  # 13 minutes on two quiet cores, and 4 for the oracle
def test_three_hundred_drawn_hand_ins_get_the_right_verdicts_under_three_staff_seeds(ground):
    launcher, scratch = ground
    drawn = draw(RIGHT, WRONG, 1)
    assert len(drawn.hand_ins) == RIGHT + WRONG
    by_seed = {}
    for number, seed in enumerate(SEEDS, 1):
        evidence = recorded(seed, launcher, read_rubric(), tuple(MAKERS) if number == 1 else ())
        by_seed[f"staff {number}"] = verdicts(drawn.hand_ins, evidence, seed, launcher, scratch)
    wrong = compact(fault for seed, found in by_seed.items() for fault in faults(drawn.hand_ins, found, seed))
    unlike = differences(drawn.hand_ins, by_seed)
    assert not wrong + unlike, "\n".join([f"{len(wrong)} wrong, {len(unlike)} unlike", *wrong, *unlike])
