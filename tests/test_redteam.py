"""Hostile hand-ins: a part of the red team (`make redteam` runs all of it), and that its catalogue is whole."""

from __future__ import annotations

import re
import sys

import pytest
from hostile.attack import NOT_RUN, REACHED, SAME
from hostile.catalogue import ATTACKS, BY_ID, NOT_TRIED, ROWS
from hostile.redteam import MODES, Mode, Ran, run_mode, summary, table, verdict

from autograder.hw1.checks import CHECKS

BEST = Mode("here", "root", "best", opened=False)
OFF = Mode("root-off", "root", "none", opened=False)
QUICK = [attack for attack in ATTACKS if attack.quick]
linux = pytest.mark.skipif(sys.platform != "linux", reason="what is attacked is Linux's")


@pytest.fixture(scope="module")
def ran() -> Ran:
    """The quick attacks, all of them by one grader, isolated as well as it goes here."""
    return run_mode(BEST, QUICK)


@linux
@pytest.mark.parametrize("attack", QUICK, ids=lambda attack: attack.id)
def test_a_hostile_hand_in_gets_nowhere(ran, attack):
    assert ran.failed == ""
    if ran.level != "strong" and attack.without == REACHED:
        pytest.skip(f"layers are missing here: {ran.level or 'none'}")
    found = ran.verdicts[attack.id]
    assert found.right, "; ".join(found.told)


@pytest.mark.slow
@linux
def test_without_isolation_the_same_hand_in_reads_what_is_hidden_and_writes_outside():
    attacks = [BY_ID["read_hidden_files"], BY_ID["write_outside"]]
    off = run_mode(OFF, attacks)
    assert off.failed == ""
    assert [off.verdicts[attack.id].word for attack in attacks] == ["reached", "reached"]


def test_the_ids_are_unique_and_there_are_sixty_hand_ins_at_the_least():
    assert len(BY_ID) == len(ATTACKS) >= 60


def test_every_row_of_the_catalogue_is_tried_or_has_its_reason():
    tried = {row for attack in ATTACKS for row in attack.rows}
    assert tried <= set(ROWS)
    assert set(ROWS) - tried == set(NOT_TRIED)


def test_each_attack_says_what_must_come_of_it():
    known = {check.id for check in CHECKS}
    for attack in ATTACKS:
        assert attack.without in (REACHED, SAME, NOT_RUN), attack.id
        assert attack.does and attack.stopped_by, attack.id
        assert bool(attack.why) == (attack.without == NOT_RUN or bool(attack.stays_open)), attack.id
        assert set(attack.checks) <= known, attack.id
        assert set(attack.stays_open) <= {mode.name for mode in MODES}, attack.id
        assert all(any(name.startswith(lost) for name in attack.checks) for lost in attack.loses), attack.id
        kept = [name for name in attack.checks if not name.startswith((*attack.loses, *attack.risks))]
        assert kept or attack.risks or attack.id == "zip_of_many", f"{attack.id}: no points are seen to be kept"


def test_the_source_of_each_attack_compiles_and_every_word_in_it_is_replaced(solution, assignment):
    words = ("CANARY", "OPEN", "VICTIM", "PRIVATE", "RESULTS", "REPLACED", "SECRET", "OTHER", "SOLUTION", "HANDOUT")
    words += ("KIT", "GRADER", "TOKEN", "TCP", "TCP6", "UDP", "UNIX", "ABSTRACT", "LOG")
    for attack in ATTACKS:
        files = attack.hand_in(solution, assignment, dict.fromkeys(words, "1"))
        source = files[f"{attack.module}.py"].decode()
        compile(source, attack.id, "exec")
        assert not re.findall(r"@[A-Z0-9]+@", source), attack.id


TOLD = {"harm": [], "reached": [], "refused": [], "absent": [], "earned": [], "lost": [], "remark": True, "reasons": []}
TOLD |= {"seconds": 1.0, "spoiled": False}


@pytest.mark.parametrize(
    "change",
    [
        {"harm": ["wrote a file outside"]},
        {"reached": ["it"]},
        {"earned": ["1.1-structure"]},
        {"lost": ["1.2.1"]},
        {"remark": False},
        {"seconds": 1000.0},
    ],
)
def test_whatever_is_not_as_it_must_be_is_seen(change):
    attack, root = BY_ID["write_outside"], MODES[0]
    assert verdict(attack, root, TOLD).right
    assert not verdict(attack, root, TOLD | change).right


def test_a_grader_that_ended_or_hung_has_lost():
    attack = BY_ID["kill_grader"]
    assert not verdict(attack, MODES[0], {"ended": "the grader hung"}).right
    assert verdict(attack, OFF, {"ended": "the grader hung"}).right


def test_an_attack_that_does_not_get_there_without_isolation_shows_that_the_test_could_not_fail():
    assert not verdict(BY_ID["write_outside"], OFF, TOLD).right
    assert verdict(BY_ID["write_outside"], OFF, TOLD | {"harm": ["wrote a file outside"]}).right


def test_the_table_names_what_went_wrong_and_the_summary_counts_it():
    attacks = [BY_ID["write_outside"], BY_ID["kill_grader"]]
    verdicts = {
        "write_outside": verdict(attacks[0], MODES[0], TOLD | {"harm": ["wrote a file outside"]}),
        "kill_grader": verdict(attacks[1], MODES[0], TOLD),
    }
    ran = {"root": Ran(verdicts, "strong"), "user": Ran(failed="no other user may enter a folder")}
    text = "\n".join(table(attacks, ran))
    assert "REACHED!" in text
    assert "root: wrote a file outside" in text
    assert list(summary(ran)) == [
        "root: 1 reached, 1 held; 1 not as they must be [strong]",
        "user: not run: no other user may enter a folder",
    ]
