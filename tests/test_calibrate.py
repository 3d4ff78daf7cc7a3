"""The floors are measured, not typed: what `hw1 calibrate` runs, keeps and writes."""

import statistics
import tomllib
from dataclasses import replace

import pytest

from autograder.deep_learning.floors import MISSES, floors_file, read_floors
from autograder.errors import GraderError, MisuseError
from autograder.homework import in_force
from autograder.hw1.parts import TRAINING, TRAININGS
from autograder.kit import Kit
from autograder.rubric import read_rubric
from autograder.staff.calibrate import Finished, Journal, Request, calibrated
from autograder.staff.floors_file import floors_text, unmeasured, update_floors

RUBRIC = read_rubric()
ROW = {
    "measured": True,
    "seeds": 2,
    "accuracies": [0.9, 0.92],
    "parameters": 7850,
    "speed": "cpu, float32",
    "data": "0123",
    "on": "the digits",
    "test_images": 360,
    "made": "hw1 calibrate; 2 cores",
}
RUN = Finished((0.5, 0.9), 0.01, -0.02, "cpu, float32", 7850, 3.2)


@pytest.fixture
def quick_kit(launcher, tmp_path):
    """A kit that trains for two epochs on the embedded digits."""
    sets = {
        name: {**of, "digits": replace(of["digits"], epochs=2)} for name, of in RUBRIC.recipes.items() if name < "2"
    }
    return Kit(replace(RUBRIC, recipes={**RUBRIC.recipes, **sets}), launcher=launcher, scratch=tmp_path, device="cpu")


# The file


def test_what_is_written_is_what_is_read(tmp_path):
    path = tmp_path / "floors.toml"
    update_floors({"1.1": {"digits": ROW}}, {"digits": {"jittered": 0.05, "trained": 0.01}}, path)
    floors = read_floors(path)
    measured = floors.measured("1.1", "digits")
    assert (measured.mean, measured.speed, measured.data) == (pytest.approx(0.91), "cpu, float32", "0123")
    assert floors.guards["digits"].jittered == 0.05
    assert floors.measured("1.1", "mnist") is None


def test_other_rows_stay_and_what_was_measured_is_not_replaced_by_what_could_not_be(tmp_path):
    path = tmp_path / "floors.toml"
    update_floors({"2.2b": {"cifar10": unmeasured("no weights")}, "1.1": {"digits": ROW}}, path=path)
    update_floors({"1.1": {"digits": unmeasured("no data"), "mnist": {**ROW, "seeds": 3}}}, path=path)
    table = tomllib.loads(path.read_text())["floors"]
    assert table["1.1"]["digits"]["measured"] is True
    assert table["1.1"]["mnist"]["seeds"] == 3
    assert table["2.2b"]["cifar10"] == {"measured": False, "why": "no weights"}
    assert read_floors(path).measured("2.2b", "cifar10") is None


def test_the_rows_stand_in_the_order_of_the_homework():
    text = floors_text({one: {"mnist": unmeasured("x")} for one in ("2.2a", "1.2.10", "1.2.9", "1.1")}, {})
    order = [line for line in text.splitlines() if line.startswith("[")]
    assert order == [f'[floors."{one}".mnist]' for one in ("1.1", "1.2.9", "1.2.10", "2.2a")]


@pytest.mark.parametrize("text", ["[floors", "[floors.x.y]\nmeasured = true\n", "floors = 3\n"])
def test_a_damaged_file_is_our_fault_and_named(tmp_path, text):
    path = tmp_path / "floors.toml"
    path.write_text(text)
    with pytest.raises(GraderError, match=r"floors.toml can't be read"):
        read_floors(path)


def test_a_file_that_is_not_there_or_cannot_be_written_is_said(tmp_path):
    with pytest.raises(GraderError, match="hw1 calibrate"):
        read_floors(tmp_path / "none.toml")
    with pytest.raises(MisuseError, match="can't be written"):
        update_floors({}, path=tmp_path / "none/floors.toml")


# The runs


def test_finished_runs_are_kept_and_a_line_that_was_cut_off_is_passed_over(tmp_path):
    path = tmp_path / "calibration.jsonl"
    Journal(path).keep("one", RUN)
    with path.open("a") as file:
        file.write('{"mark": "two", "accur')
    again = Journal(path)
    assert again.find("one") == RUN
    assert again.find("two") is None


def test_a_journal_that_cannot_be_written_is_misuse(tmp_path):
    with pytest.raises(MisuseError, match="can't be written"):
        Journal(tmp_path / "no folder" / "calibration.jsonl").keep("one", RUN)


def test_the_reference_is_trained_with_each_seed_and_not_again(quick_kit, solution, monkeypatch):
    heard = []
    wanted = Request(("1.2.6",), range(2), 2, dry=True)
    rows = calibrated(quick_kit, solution, wanted, lambda *told: heard.append(told))
    row = rows["1.2.6"]["digits"]
    assert row["seeds"] == len(row["accuracies"]) == 2
    assert row["accuracies"][0] != row["accuracies"][1]
    assert row["mean"] == pytest.approx(statistics.fmean(row["accuracies"]), abs=1e-5)
    assert row["parameters"] == 23_860
    assert row["floor"] == 0.0  # no accuracy is asked for
    assert len(row["epochs"]) == 2
    assert "torch" in row["made"]
    assert [done for _, done, _ in heard] == [1, 2]
    monkeypatch.setattr("autograder.staff.calibrate._measured", None)  # a second call finds all in the journal
    assert (
        calibrated(quick_kit, solution, wanted, lambda *_: None)["1.2.6"]["digits"]["accuracies"] == row["accuracies"]
    )


def test_what_cannot_be_measured_says_why(quick_kit, solution):
    rows = calibrated(quick_kit, solution, Request(("2.2b",), range(1), 1, dry=True), lambda *_: None)
    assert rows["2.2b"]["shapes"]["measured"] is False
    assert rows["2.2b"]["shapes"]["why"] == "the pre-trained weights were not available"


def test_a_part_that_is_none_is_misuse(quick_kit, solution):
    with pytest.raises(MisuseError, match=r"there is no training '2.1'"):
        calibrated(quick_kit, solution, Request(("2.1",), range(1), 1, dry=True), lambda *_: None)


@pytest.mark.parametrize(
    ("part", "wanted"),
    [("1.2", 10), ("1.2.1", 1), ("1.2.10", 1), ("2.2", 2), ("2.2a", 1), ("1.1", 1), ("1", 0), ("2.1", 0)],
)
def test_a_part_names_its_trainings(part, wanted):
    assert len(in_force().trainings_of(part)) == wanted


# The file that ships


def test_every_training_is_measured_on_real_data_or_says_why_it_is_not():
    table = tomllib.loads(floors_file().read_text(encoding="utf-8"))["floors"]
    assert set(table) == set(TRAINING)
    for training in TRAININGS:
        row = table[training.id][training.data]
        assert row["measured"] or row["why"]
    assert {one.id for one in TRAININGS if not table[one.id][one.data]["measured"]} == {"2.2b"}


def test_its_figures_follow_from_its_runs_and_each_row_says_how_it_was_made():
    table = tomllib.loads(floors_file().read_text(encoding="utf-8"))["floors"]
    for training, sets in table.items():
        for data, row in sets.items():
            if not row["measured"]:
                continue
            accuracies, handout = row["accuracies"], RUBRIC.recipes[TRAINING[training].recipe][data].floor
            assert len(accuracies) == row["seeds"] >= 2
            assert row["mean"] == pytest.approx(statistics.fmean(accuracies), abs=1e-5)
            assert row["spread"] == pytest.approx(statistics.stdev(accuracies), abs=1e-5)
            assert row["floor"] == pytest.approx(min(handout, row["mean"] - MISSES * row["spread"]), abs=2e-5)
            assert row["made"].startswith("hw1 calibrate")


def test_the_experiments_reproduce_a_plain_loop():
    """The mean of three seeds of a plain loop on real MNIST, in %, within two points or three standard errors."""
    plain = [53.2, 83.4, 11.4, 72.2, 96.6, 95.5, 96.2, 97.4, 98.1, 97.9]
    counts = [23_860, 23_860, 41_090, 41_090, 41_090, 23_860, 23_920, 41_250, 11_842, 3_202]
    floors = read_floors()
    for number, (accuracy, count) in enumerate(zip(plain, counts, strict=True), 1):
        measured = floors.measured(f"1.2.{number}", "mnist")
        assert measured.parameters == count
        error = 100 * measured.spread * (1 / 3 + 1 / len(measured.accuracies)) ** 0.5
        assert abs(100 * measured.mean - accuracy) < max(2, 3 * error)
