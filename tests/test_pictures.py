"""Learning curves, confusion matrices and the ten experiments as PNGs and tables."""

import errno
import math
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.deep_learning import pictures
from autograder.deep_learning.pictures import Epoch, confusion_matrix, learning_curve, most_confused, study_chart
from autograder.deep_learning.table import COLUMNS, StudyRow, study_markdown, study_table
from autograder.errors import MisuseError
from autograder.render.text import without_colour

DIGITS = tuple("0123456789")
EPOCHS = (Epoch((2.1, 0.9, 0.4), 0.9712), Epoch((0.3, 0.2, 0.1), 0.9823))
CONFUSED = np.diag([980, 1135, 1032, 1010, 961, 892, 958, 1028, 974, 1009])
CONFUSED[4, 9] = 21
CONFUSED[9, 4] = 20
ROWS = (
    StudyRow(1, "784-30-10, sigmoid", "SGD", 23860, 0.5421, (0.532, 0.025)),
    StudyRow(2, "784-30-10, ReLU", "SGD", 23860, None, (0.834, 0.015)),
    StudyRow(10, "conv(1, 8, 6, stride 2), batch norm, ReLU, max-pooling 2; 288-10", "Adam", 3202, 0.979, None),
)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height in pixels, out of the header."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", head[16:24])


def draw_curve(path: Path) -> None:
    learning_curve(path, "1.1  MNIST_Net", EPOCHS, floor=0.98, label="MNIST")


def draw_matrix(path: Path) -> None:
    confusion_matrix(path, "1.1  MNIST_Net", CONFUSED, DIGITS, label="MNIST")


def draw_chart(path: Path) -> None:
    study_chart(path, ROWS, label="MNIST")


DRAW = pytest.mark.parametrize("draw", [draw_curve, draw_matrix, draw_chart])


@pytest.fixture
def shown(monkeypatch):
    """Keeps the figures that are written, and what stands in them."""
    from matplotlib.text import Text

    figures = []
    write = pictures._write

    def keep(path, figure):
        figures.append(figure)
        write(path, figure)

    monkeypatch.setattr(pictures, "_write", keep)

    def texts() -> list[str]:
        return [text.get_text() for text in figures[-1].findobj(Text) if text.get_text()]

    texts.figures = figures
    return texts


@DRAW
def test_a_picture_is_a_png_of_a_size_for_a_page(draw, tmp_path):
    draw(tmp_path / "picture.png")
    width, height = size_of(tmp_path / "picture.png")
    assert 900 <= width <= 1600
    assert 350 <= height <= 1200
    assert 10_000 < (tmp_path / "picture.png").stat().st_size < 300_000
    assert list(tmp_path.iterdir()) == [tmp_path / "picture.png"]


@DRAW
def test_the_same_values_give_the_same_bytes(draw, tmp_path):
    draw(tmp_path / "a.png")
    draw(tmp_path / "b.png")
    picture = (tmp_path / "a.png").read_bytes()
    assert picture == (tmp_path / "b.png").read_bytes()
    assert b"tEXt" not in picture  # no date, no version


@DRAW
def test_a_picture_replaces_an_older_one(draw, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"older")
    draw(path)
    size_of(path)


@DRAW
def test_a_folder_that_is_not_there_is_a_sentence(draw, tmp_path):
    path = tmp_path / "none" / "picture.png"
    with pytest.raises(MisuseError) as caught:
        draw(path)
    assert str(caught.value) == f"{path} can't be written: No such file or directory"


def test_a_file_in_place_of_the_folder_is_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MisuseError, match="can't be written: Not a directory"):
        draw_curve(tmp_path / "file" / "picture.png")


def test_a_folder_in_place_of_the_picture_is_a_sentence_and_leaves_nothing(tmp_path):
    (tmp_path / "picture.png").mkdir()
    with pytest.raises(MisuseError, match=r"picture\.png can't be written: "):
        draw_curve(tmp_path / "picture.png")
    assert list(tmp_path.iterdir()) == [tmp_path / "picture.png"]


def test_a_full_disk_is_a_sentence_and_the_older_picture_stays(tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_bytes(b"older")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MisuseError, match="can't be written: No space left on device"):
        draw_curve(path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [tmp_path / "picture.png"]


def test_pictures_are_drawn_in_a_thread_without_a_display_and_without_pyplot(tmp_path):
    code = (
        "import sys, pathlib, threading\n"
        "from autograder.deep_learning.pictures import Epoch, learning_curve\n"
        "assert not {'matplotlib', 'numpy'} & set(sys.modules)\n"
        "draw = lambda: learning_curve(pathlib.Path(sys.argv[1]), 't', [Epoch((1.0,), 0.5)])\n"
        "thread = threading.Thread(target=draw)\n"
        "thread.start(); thread.join()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    environment = {**os.environ, "MPLBACKEND": "tkagg"}
    environment.pop("DISPLAY", None)
    path = tmp_path / "picture.png"
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
    size_of(path)


def test_the_curve_labels_each_accuracy_and_names_floor_and_data(tmp_path, shown):
    draw_curve(tmp_path / "p.png")
    assert {"97.12", "98.23", "1.1  MNIST_Net", "MNIST", "floor 98 %", "epoch"} <= set(shown())


def test_the_losses_lie_within_their_epoch_and_the_accuracy_at_its_end(tmp_path, shown):
    learning_curve(tmp_path / "p.png", "t", [Epoch((4.0, 3.0), 0.5), Epoch((), 0.6), Epoch((1.0,), 0.7)])
    left, right = shown.figures[-1].axes
    (losses,), (accuracies,) = left.get_lines(), right.get_lines()
    assert losses.get_xydata().tolist() == [[0.25, 4], [0.75, 3], [2.5, 1]]
    assert accuracies.get_xydata().tolist() == [[1, 50], [2, 60], [3, pytest.approx(70)]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
def test_a_loss_that_is_no_finite_number_is_a_gap_and_a_mark(tmp_path, shown, bad):
    learning_curve(tmp_path / "p.png", "t", [Epoch((2.0, bad, 1.0, 0.5), 0.5)])
    left, _ = shown.figures[-1].axes
    losses, marks = left.get_lines()
    assert np.isnan(losses.get_ydata()).tolist() == [False, True, False, False]
    assert marks.get_xdata() == [0.375]
    assert left.get_ylim() == (0, pytest.approx(2.16))
    assert "no finite loss" in shown()


@pytest.mark.parametrize(
    "epochs",
    [
        [Epoch((1.0, 0.5), 0.9)],
        [Epoch((1.0,), 0.0)],
        [Epoch((0.0, 0.0), 1.0)],
        [Epoch((), 0.9)],
        [Epoch((), 0.9), Epoch((0.5,), 0.95)],
        [Epoch((math.nan, math.nan), 0.1), Epoch((math.inf,), 0.1)],
        [Epoch((2.3, 1e9, 1e29), 0.1)],
        [Epoch((-1e29, 1e29), 0.1)],
        [Epoch((-3.0, -4.0), 0.1)],
        [Epoch((1.0,), number / 100) for number in range(100)],
        [],
    ],
)
@pytest.mark.parametrize("floor", [None, 0.98])
def test_any_training_has_a_curve(epochs, floor, tmp_path):
    learning_curve(tmp_path / "p.png", "t", epochs, floor=floor)
    size_of(tmp_path / "p.png")


def test_losses_that_explode_get_a_logarithmic_axis_and_usual_ones_a_linear_one(tmp_path, shown):
    learning_curve(tmp_path / "p.png", "t", [Epoch((2.3, 2.0, 2.1, 1e6), 0.1)])
    draw_curve(tmp_path / "p.png")
    assert [figure.axes[0].get_yscale() for figure in shown.figures] == ["log", "linear"]


def test_an_accuracy_just_below_the_floor_is_not_rounded_up_to_it(tmp_path, shown):
    learning_curve(tmp_path / "p.png", "t", [Epoch((1.0,), 0.9796)], floor=0.98)
    assert "97.96" in shown()
    assert "98.00" not in shown()


def test_many_epochs_label_the_last_and_every_few(tmp_path, shown):
    learning_curve(tmp_path / "p.png", "t", [Epoch((1.0,), number / 1000) for number in range(900, 940)])
    labels = [text for text in shown() if "." in text and float(text) > 89]
    assert labels == ["93.90", "93.40", "92.90", "92.40", "91.90", "91.40", "90.90", "90.40"]


def test_a_title_is_plain_text(tmp_path, shown):
    learning_curve(tmp_path / "p.png", r"$\frac{x$ and \x1b[31m" + "\x1b[31m\u202e", EPOCHS)
    assert r"$\frac{x$ and \x1b[31m[31m" in shown()


def test_the_most_confused_pair_is_the_largest_cell_off_the_diagonal():
    assert most_confused(CONFUSED) == (4, 9, 21)
    assert most_confused(CONFUSED.tolist()) == (4, 9, 21)
    assert all(type(value) is int for value in most_confused(CONFUSED))


def test_of_equal_pairs_the_first_is_the_most_confused():
    matrix = np.eye(10, dtype=int)
    matrix[7, 2] = matrix[3, 5] = matrix[3, 8] = 6
    assert most_confused(matrix) == (3, 5, 6)


@pytest.mark.parametrize("matrix", [np.diag([100] * 10), np.zeros((10, 10), int)])
def test_where_nothing_was_confused_the_count_is_zero_and_the_caption_says_so(matrix, tmp_path, shown):
    *_, count = most_confused(matrix)
    assert count == 0
    confusion_matrix(tmp_path / "p.png", "t", matrix, DIGITS)
    (caption,) = [text for text in shown() if "right" in text]
    assert caption.endswith("\nnothing was confused")
    assert frames(shown.figures[-1]) == []


def frames(figure) -> list[tuple[float, float]]:
    """The corners of the marked cells."""
    return [patch.get_xy() for patch in figure.axes[0].patches]


def test_the_matrix_shows_every_count_and_marks_the_most_confused_pair(tmp_path, shown):
    draw_matrix(tmp_path / "p.png")
    cells = [text.get_text() for text in shown.figures[-1].axes[0].texts]
    assert cells == [str(count) for count in CONFUSED.flat]
    assert frames(shown.figures[-1]) == [(8.5, 3.5)]  # predicted 9, true 4
    assert "9,979 of 10,020 right (99.59 %)\nmost confused: true 4 predicted as 9, 21 times" in shown()


def test_one_confusion_is_one_time(tmp_path, shown):
    matrix = np.eye(10, dtype=int)
    matrix[0, 1] = 1
    confusion_matrix(tmp_path / "p.png", "t", matrix, DIGITS)
    assert any(text.endswith("true 0 predicted as 1, 1 time") for text in shown())


def test_the_colour_of_a_cell_is_its_share_of_the_row(tmp_path, shown):
    matrix = np.diag([10, 1000, *[1] * 8])
    matrix[0, 1], matrix[1, 0] = 10, 1000
    matrix[2] = 0
    confusion_matrix(tmp_path / "p.png", "t", matrix, DIGITS)
    (image,) = shown.figures[-1].axes[0].images
    assert image.get_array()[:3, :3].tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 0]]


@pytest.mark.parametrize("name", ["horizontal stripes", "x" * 200])
def test_long_class_names_are_slanted_cut_and_stay_apart(name, tmp_path, shown):
    names = [f"{number} {name}" for number in range(10)]
    confusion_matrix(tmp_path / "p.png", "t", np.full((10, 10), 1234), names)
    figure = shown.figures[-1]
    axes = figure.axes[0]
    assert all(label.get_rotation() == 40 for label in axes.get_xticklabels())
    assert all(len(label.get_text()) <= 24 for label in [*axes.get_xticklabels(), *axes.get_yticklabels()])
    apart([label.get_window_extent() for label in axes.get_yticklabels()])
    apart([text.get_window_extent() for text in axes.texts])
    assert axes.get_window_extent().width > 0.4 * figure.bbox.width
    assert figure.get_tightbbox().width <= figure.get_size_inches()[0]  # the caption too


def apart(boxes) -> None:
    for at, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])


def test_large_counts_fit_their_cells(tmp_path, shown):
    confusion_matrix(tmp_path / "p.png", "t", np.full((10, 10), 123_456), DIGITS)
    apart([text.get_window_extent() for text in shown.figures[-1].axes[0].texts])


def test_the_chart_shows_accuracy_and_parameters_of_each_experiment(tmp_path, shown):
    draw_chart(tmp_path / "p.png")
    texts = shown()
    assert {"1", "784-30-10, sigmoid", "54.2", "23,860", "97.9", "3,202", "SGD", "Adam", "MNIST"} <= set(texts)
    assert texts.count("not trained") == 1
    assert "conv(1, 8, 6, stride 2), batch norm, ReLU,\nmax-pooling 2; 288-10" in texts
    assert any(text.startswith("what the reference gives") for text in texts)


def test_the_texts_of_the_chart_stay_apart(tmp_path, shown):
    rows = [StudyRow(n, ROWS[2].network, "Adam", 41250, 1.0, (0.99, 0.01)) for n in range(1, 11)]
    study_chart(tmp_path / "p.png", rows)
    figure = shown.figures[-1]
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
    assert len(boxes) == 40
    apart(boxes)
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [StudyRow(1, "untouched", "SGD", 0, None, None)],
        [StudyRow(1, "another optimizer", "Lion", 1000, 1.0, (1.0, 0.0)), StudyRow(2, "", "", 10**9, 0.0, None)],
    ],
)
def test_any_experiments_have_a_chart(rows, tmp_path):
    study_chart(tmp_path / "p.png", rows)
    size_of(tmp_path / "p.png")


def test_without_a_reference_the_chart_explains_none(tmp_path, shown):
    study_chart(tmp_path / "p.png", ROWS[2:])
    assert not any("reference" in text for text in shown())


def test_the_table_has_a_row_an_experiment():
    assert list(study_table(ROWS[:2], without_colour)) == [
        "experiment  network             optimizer  parameters     accuracy  the reference gives",
        "         1  784-30-10, sigmoid  SGD            23,860       54.2 %         53.2 ± 2.5 %",
        "         2  784-30-10, ReLU     SGD            23,860  not trained         83.4 ± 1.5 %",
    ]


def test_a_long_network_goes_on_in_the_next_line_of_the_table():
    lines = list(study_table(ROWS, without_colour))
    _, _, _, first, second = lines
    assert first.startswith("        10  conv(1, 8, 6, stride 2), batch norm,       Adam            3,202       97.9 %")
    assert second == "            ReLU, max-pooling 2; 288-10"
    assert max(map(len, lines)) <= COLUMNS


def test_the_table_of_a_terminal_without_unicode_is_ascii_and_as_straight():
    lines = list(study_table(ROWS, without_colour, unicode=False))
    assert all(line.isascii() for line in lines)
    assert lines[1].endswith("  53.2 +- 2.5 %")
    assert len({len(line) for line in lines[:4]}) == 1


def test_the_titles_are_bold_and_what_is_not_trained_is_dim():
    lines = study_table(ROWS[:2], lambda text, colour: f"<{colour}>")
    assert list(lines) == ["<bold>", "<>", "<dim>"]


def test_a_table_of_no_experiment_has_its_titles():
    assert len(list(study_table([], without_colour))) == 1


def test_the_markdown_says_the_same():
    rows = [ROWS[0], StudyRow(2, "a|b\n", "SGD", 1234567, None, None)]
    assert study_markdown(rows) == (
        "| experiment | network | optimizer | parameters | accuracy | the reference gives |\n"
        "|---:|---|---|---:|---:|---:|\n"
        "| 1 | 784-30-10, sigmoid | SGD | 23,860 | 54.2 % | 53.2 ± 2.5 % |\n"
        "| 2 | a\\|b  | SGD | 1,234,567 | not trained | not measured |\n"
    )
