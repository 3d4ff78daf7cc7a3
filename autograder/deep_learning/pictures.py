"""What a training leaves as PNGs: learning curve, confusion matrix, the ten experiments.

The pictures are drawn without pyplot: no display is needed, no figure stays open, and threads do not meet. The same
values give the same bytes.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from autograder.deep_learning.table import StudyRow, percent
from autograder.disk import write_whole
from autograder.errors import MisuseError
from autograder.learnt import most_confused
from autograder.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Matrix = Sequence[Sequence[int]] | NDArray[Any]

DPI = 150
INK, FAINT, LINE = "#222222", "#6b6b6b", "#d5d5d5"
# Okabe and Ito's colours: told apart by who sees fewer of them, and of different brightness on paper.
BLUE, ORANGE, VERMILION = "#0072B2", "#E69F00", "#D55E00"
OPTIMIZERS = {"SGD": ORANGE, "Adam": BLUE}
TITLE, TEXT, SMALL = 12.0, 9.5, 8.5  # font sizes in points
MIDDLE: Literal["center_baseline"] = "center_baseline"  # digits stand in the middle, whatever hangs below a line
HUGE = 1e30  # a loss beyond it is as good as infinite: the axis would end in an overflow
STEEP = 200.0  # largest loss by median loss: on a linear axis only an explosion would be seen; 2.3 to 0.05 is usual
ROOMY, LABELS = 10, 16  # as many accuracies have room for their values: in full size, in small type; then every few
NAME = 24  # characters of a class's name
GAMMA = 0.4  # of the colours of a confusion matrix: 1 % is seen beside 99 %
CAPTION = 80  # characters a line below a confusion matrix
NETWORK = 42  # characters a line of a network's description


@dataclass(frozen=True)
class Epoch:
    """What one epoch showed.

    Attributes:
        losses: mean training losses of consecutive, equal slices of the epoch; any number of them, also none.
        accuracy: on the test images after the epoch, in [0, 1].
    """

    losses: tuple[float, ...]
    accuracy: float


def learning_curve(
    path: Path, title: str, epochs: Sequence[Epoch], *, floor: float | None = None, label: str = ""
) -> None:
    """Draw the training loss (left axis) and the test accuracy after each epoch (right axis, in %).

    Args:
        path: the PNG's path; its folder exists.
        title: the first line.
        epochs: in their order. A loss that is not finite leaves a gap and a mark at the upper edge.
        floor: the accuracy that is asked for, in [0, 1]: a dashed line.
        label: which data, the second line.

    Raises:
        MisuseError: *path* can't be written.
    """
    figure = _figure(8.0, 4.6, title)
    axes = figure.add_subplot()
    _tidy(axes, label)
    end = max(len(epochs), 1)
    axes.set_xlim(0, end * 1.05)  # room for the last value
    axes.set_xticks(range(0, end + 1, math.ceil(end / 20)))
    axes.set_xlabel("epoch", color=INK, fontsize=TEXT)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    _draw_losses(axes, epochs)
    _draw_accuracies(axes, epochs, floor)
    _legend(figure)
    _write(path, figure)


def confusion_matrix(path: Path, title: str, matrix: Matrix, classes: Sequence[str], *, label: str = "") -> None:
    """Draw a confusion matrix; each cell shows its count, the colour is its share of the row.

    Args:
        path: the PNG's path; its folder exists.
        title: the first line.
        matrix: (10, 10) counts, rows the true class, columns the predicted one.
        classes: ten names.
        label: which data, the second line.

    Raises:
        MisuseError: *path* can't be written.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.patches import Rectangle

    counts = [[int(count) for count in row] for row in matrix]
    names = [plain(name, NAME) for name in classes]
    figure = _figure(7.2, 7.0, title)
    axes = figure.add_subplot()
    _tidy(axes, label)
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]  # an empty row stays pale
    image = axes.imshow(shares, cmap="Blues", norm=PowerNorm(GAMMA, 0, 1), interpolation="nearest")
    size = TEXT * min(1, 4 / len(f"{max(map(max, counts))}"))  # four digits have room; more shrink
    true, predicted, confused = most_confused(counts)
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            dark = shares[row][column] ** GAMMA > 0.6
            colour = "white" if dark else INK if count else "#9a9a9a"
            marked = confused > 0 and (row, column) == (true, predicted)
            weight = "bold" if marked else "normal"
            axes.text(column, row, f"{count}", ha="center", va=MIDDLE, color=colour, fontsize=size, weight=weight)
    if confused:
        frame = Rectangle(
            (predicted - 0.5, true - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=2.2, zorder=3, clip_on=False
        )
        axes.add_patch(frame)
    _name_classes(axes, names)
    bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=25, pad=0.02, ticks=[0, 0.01, 0.05, 0.2, 0.5, 1])
    bar.ax.set_yticklabels(["0 %", "1 %", "5 %", "20 %", "50 %", "100 %"])
    bar.ax.tick_params(labelsize=SMALL, labelcolor=INK, color=FAINT)
    bar.set_label("share of the true class", color=FAINT, fontsize=SMALL)
    bar.outline.set_visible(False)
    figure.supxlabel(_caption(counts, names), color=INK, fontsize=TEXT, parse_math=False)
    _write(path, figure)


def study_chart(path: Path, rows: Sequence[StudyRow], *, label: str = "") -> None:
    """Draw the experiments one under the other: accuracy in %, beside it the parameters on a logarithmic axis.

    Args:
        path: the PNG's path; its folder exists.
        rows: from top to bottom; colours tell the optimizers apart, a small mark shows what the reference gives.
        label: which data, the second line.

    Raises:
        MisuseError: *path* can't be written.
    """
    figure = _figure(10.0, 1.7 + 0.42 * len(rows), "The experiments of part 1.2")
    names, accuracy, parameters = figure.subplots(1, 3, sharey=True, width_ratios=[3.15, 4.0, 2.2])
    for axes in (names, accuracy, parameters):
        _tidy(axes, label if axes is names else "")
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks([])
        for side in ("left", "right", "top", "bottom"):
            axes.spines[side].set_visible(False)
    names.set_xlim(0, 1)
    names.set_xticks([])
    for at, row in enumerate(rows):
        text = "\n".join(textwrap.wrap(plain(row.network), NETWORK))
        names.text(0.05, at, f"{row.number}", ha="right", va=MIDDLE, color=INK, fontsize=TEXT, weight="bold")
        names.text(0.085, at, text, va=MIDDLE, color=INK, fontsize=TEXT, parse_math=False, linespacing=1.1)
    _draw_ablation_accuracies(accuracy, rows)
    _draw_parameters(parameters, rows)
    _legend(figure, *_ablation_legend(rows))
    _write(path, figure)


def _figure(width: float, height: float, title: str) -> Figure:
    """An empty figure of *width* x *height* inches with its title."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.08)
    figure = Figure(figsize=(width, height), dpi=DPI, layout=engine, facecolor="white")
    text = "\n".join(textwrap.wrap(plain(title), int(width * 10)))
    figure.suptitle(text, x=0.015, ha="left", color=INK, fontsize=TITLE, weight="bold", parse_math=False)
    return figure


def _legend(figure: Figure, *what: list[Any]) -> None:
    """One line below the axes: of all that is labelled, or of *what*, handles and texts."""
    style = {"loc": "outside lower center", "ncols": 4, "frameon": False, "fontsize": TEXT, "labelcolor": INK}
    figure.legend(*what, **style)


def _tidy(axes: Axes, label: str) -> None:
    """Thin lines, small figures, the label above."""
    axes.set_facecolor("white")
    axes.tick_params(labelsize=TEXT, labelcolor=INK, color=FAINT)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_color("#9a9a9a")
        spine.set_linewidth(0.8)
    axes.set_title(plain(label), loc="left", color=FAINT, fontsize=TEXT, parse_math=False)


def _draw_losses(axes: Axes, epochs: Sequence[Epoch]) -> None:
    axes.set_ylabel("training loss", color=BLUE, fontsize=TEXT)
    slices = [
        (number + (at + 0.5) / len(epoch.losses), float(loss))
        for number, epoch in enumerate(epochs)
        for at, loss in enumerate(epoch.losses)
    ]
    drawn = sorted(loss for _, loss in slices if abs(loss) < HUGE)  # NaN is not
    lost = [x for x, loss in slices if not abs(loss) < HUGE]
    if drawn:
        ys = [loss if abs(loss) < HUGE else math.nan for _, loss in slices]
        xs = [x for x, _ in slices]
        axes.plot(xs, ys, color=BLUE, linewidth=1.6, marker="o", markersize=2.2, label="training loss (left)")
        if drawn[0] > 0 and drawn[-1] > STEEP * drawn[len(drawn) // 2]:
            axes.set_yscale("log")
        elif drawn[0] >= 0:
            axes.set_ylim(0, 1.08 * drawn[-1] or 1.0)
        axes.tick_params(axis="y", labelcolor=BLUE)
    else:
        axes.set_yticks([])
    if lost:
        where = axes.get_xaxis_transform()
        axes.plot(lost, [0.97] * len(lost), "x", color=BLUE, markersize=5, transform=where, label="no finite loss")


def _draw_accuracies(axes: Axes, epochs: Sequence[Epoch], floor: float | None) -> None:
    from matplotlib.patheffects import withStroke

    right = axes.twinx()
    _tidy(right, "")
    right.tick_params(axis="y", labelcolor=VERMILION)
    right.set_ylabel("test accuracy, %", color=VERMILION, fontsize=TEXT)
    right.set_ylim(*_accuracy_range([epoch.accuracy for epoch in epochs], floor))
    right.set_yticks([tick for tick in right.get_yticks() if right.get_ylim()[0] <= tick <= 100])
    many = len(epochs) > LABELS
    xs = range(1, len(epochs) + 1)
    ys = [100 * epoch.accuracy for epoch in epochs]
    size = 3.5 if many else 6
    right.plot(xs, ys, color=VERMILION, linewidth=1.6, marker="o", markersize=size, label="test accuracy (right)")
    if floor is not None:
        right.axhline(100 * floor, color=FAINT, linewidth=1.2, linestyle=(0, (5, 3)), label=f"floor {100 * floor:g} %")
    step = math.ceil(2 * len(epochs) / LABELS) if many else 1
    for at in range(len(epochs) - 1, -1, -step):
        text = right.annotate(
            f"{ys[at]:.2f}",  # exact for 10,000 images: nothing below the floor is rounded up to it
            (at + 1, ys[at]),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            color=INK,
            fontsize=TEXT if len(epochs) < ROOMY else SMALL,
        )
        text.set_path_effects([withStroke(linewidth=3.5, foreground="white")])


def _accuracy_range(accuracies: Sequence[float], floor: float | None) -> tuple[float, float]:
    """The right axis's ends, in %: around the values and the floor, with room for the text above the highest."""
    values = [100 * value for value in (*accuracies, *([] if floor is None else [floor]))] or [0.0, 100.0]
    span = max(max(values) - min(values), 5.0)
    return max(min(values) - 0.4 * span, 0.0), max(values) + 0.22 * span


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    """Class names at both axes, and white lines between the cells."""
    places = range(len(names))
    slanted: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    style = slanted if max(map(len, names)) > 3 else {}
    axes.set_xticks(places, names, parse_math=False, **style)
    axes.set_yticks(places, names, parse_math=False)
    between = [place - 0.5 for place in places[1:]]
    axes.set_xticks(between, minor=True)
    axes.set_yticks(between, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.2)
    axes.set_axisbelow(False)
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("predicted class", color=INK, fontsize=TEXT)
    axes.set_ylabel("true class", color=INK, fontsize=TEXT)


def _caption(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """How many are right, and the most confused pair."""
    right, total = sum(row[at] for at, row in enumerate(counts)), sum(map(sum, counts))
    true, predicted, count = most_confused(counts)
    pair = f"most confused: true {names[true]} predicted as {names[predicted]}, {count} time{'s' * (count != 1)}"
    accuracy = f"{right:,} of {total:,} right ({100 * right / max(total, 1):.2f} %)"
    return "\n".join([accuracy, *textwrap.wrap(pair if count else "nothing was confused", CAPTION)])


def _draw_ablation_accuracies(axes: Axes, rows: Sequence[StudyRow]) -> None:
    axes.set_xlim(0, 114)  # room for the text right of 100
    axes.set_xticks(range(0, 101, 20))
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_xlabel("test accuracy, %", color=INK, fontsize=TEXT)
    for at, row in enumerate(rows):
        ends = [0.0]
        if row.accuracy is not None:
            ends.append(100 * row.accuracy)
            axes.barh(at, 100 * row.accuracy, height=0.62, color=OPTIMIZERS.get(row.optimizer, FAINT))
        if row.expected is not None:
            mean, deviation = (100 * value for value in row.expected)
            ends.append(mean + 2 * deviation)
            _draw_reference(axes, at, mean, deviation)
        text, colour = ("not trained", FAINT) if row.accuracy is None else (percent(row.accuracy), INK)
        axes.text(max(ends) + 1.5, at, text, va=MIDDLE, color=colour, fontsize=TEXT)


def _draw_reference(axes: Axes, at: int, mean: float, deviation: float) -> None:
    """Mean and two standard deviations, in %, black with a white edge: seen on the bar and off it."""
    for colour, more in (("white", 2.0), (INK, 0.0)):
        axes.plot([mean - 2 * deviation, mean + 2 * deviation], [at, at], color=colour, linewidth=1.4 + more)
        axes.plot([mean, mean], [at - 0.2, at + 0.2], color=colour, linewidth=1.4 + more)


def _draw_parameters(axes: Axes, rows: Sequence[StudyRow]) -> None:
    axes.set_xscale("log")
    counts = [row.parameters for row in rows if row.parameters > 0] or [1]
    decades = range(math.floor(math.log10(min(counts))), math.floor(math.log10(max(counts))) + 1)
    low, high = 10.0 ** decades[0], float(max(counts))
    axes.set_xlim(low, high * (high / low) ** 0.5 * 1.1)  # room for the text right of the last point
    axes.set_xticks([10**decade for decade in decades], [f"{10**decade:,}" for decade in decades])
    axes.tick_params(axis="x", which="minor", length=0)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_xlabel("parameters", color=INK, fontsize=TEXT)
    for at, row in enumerate(rows):
        count = max(row.parameters, low)
        axes.plot([low, count], [at, at], color=LINE, linewidth=1.2)
        if row.parameters > 0:
            axes.plot(count, at, "o", color=OPTIMIZERS.get(row.optimizer, FAINT), markersize=7, clip_on=False)
        text = {"xytext": (7, 0), "textcoords": "offset points", "va": MIDDLE, "color": INK, "fontsize": TEXT}
        axes.annotate(f"{row.parameters:,}", (count, at), **text)  # type: ignore[arg-type]


def _ablation_legend(rows: Sequence[StudyRow]) -> tuple[list[Any], list[str]]:
    """Handles and their texts."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    names = list(dict.fromkeys(row.optimizer for row in rows))
    handles: list[Any] = [Patch(color=OPTIMIZERS.get(name, FAINT)) for name in names]
    if any(row.expected is not None for row in rows):
        handles.append(Line2D([], [], color=INK, linewidth=1.4, marker="|", markersize=8, markeredgewidth=1.4))
        names.append("what the reference gives, ± 2 standard deviations")
    return handles, [plain(name) for name in names]


def _write(path: Path, figure: Figure) -> None:
    """Write *figure* to *path*, whole or not at all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    picture = io.BytesIO()
    FigureCanvasAgg(figure).print_png(picture, metadata={"Software": None})  # type: ignore[no-untyped-call]
    try:
        write_whole(path, picture.getvalue())
    except OSError as error:
        raise MisuseError(f"{path} can't be written: {error.strerror or error}") from error
