"""The ten networks, drawn."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

from .classes import File, add_in_some_style
from .dress import dress
from .net_edits import SHARED, NetEdit
from .ops import FLATTEN, Net, Op, act, call, conv, linear, norm, pool
from .records import Edit, Source, UnfitError


def _dense(*widths: int, activation: str, normed: bool = False) -> tuple[Op, ...]:
    ops = [FLATTEN]
    for inputs, outputs in pairwise(widths):
        ops.append(linear(inputs, outputs))
        if outputs != widths[-1]:
            ops += [*([norm(outputs, 1)] if normed else []), act(activation)]
    return tuple(ops)


_CONV = (conv(1, 8, 6, stride=2), norm(8, 2), act("relu"))
OPS: dict[int, tuple[Op, ...]] = {
    1: _dense(784, 30, 10, activation="sigmoid"),
    2: _dense(784, 30, 10, activation="relu"),
    3: _dense(784, 50, 30, 10, activation="sigmoid"),
    4: _dense(784, 50, 30, 10, activation="relu"),
    5: _dense(784, 50, 30, 10, activation="relu"),
    6: _dense(784, 30, 10, activation="relu"),
    7: _dense(784, 30, 10, activation="relu", normed=True),
    8: _dense(784, 50, 30, 10, activation="relu", normed=True),
    9: (*_CONV, FLATTEN, linear(1152, 10)),
    10: (*_CONV, pool(2), FLATTEN, linear(288, 10)),
}


def _respelt(net: Net, random: Random) -> Net:
    """Something that computes the same."""
    ops = list(net.ops)
    place = next((i for i, op in enumerate(ops) if op.kind == "pool" and ops[i - 1].kind == "act"), 0)
    if place and random.random() < 0.4:  # both orders of max-pooling and ReLU compute the same
        ops[place - 1], ops[place] = ops[place], ops[place - 1]
    if random.random() < 0.15:
        ops.insert(len(ops) - 1, call("F.dropout({}, 0.0, self.training)"))
    return replace(net, ops=tuple(ops))


def plain(number: int) -> Net:
    """Experiment *number*."""
    return Net(f"Exp{number}", OPS[number], shape=(1, 28, 28))


def draw_right(random: Random) -> Source:
    """All ten networks, right; often the same style for all of them."""
    return _write({n: _respelt(plain(n), random) for n in OPS}, random)


def draw_wrong(edit: NetEdit, random: Random) -> Source:
    """The same with *edit* in one of the ten.

    Raises:
        UnfitError: it does not go into the one that was drawn.
    """
    number = random.choice(list(OPS))
    nets = {n: plain(n) for n in OPS}
    nets[number] = edit.change(nets[number], random)
    made = Edit(f"exp{number}-{edit.id}", (f"1.2.{number}",), (), edit.says, edit.never)
    return _write(nets, random, made, number, edit)


def _write(
    nets: dict[int, Net], random: Random, made: Edit | None = None, wrong: int = 0, edit: NetEdit | None = None
) -> Source:
    file = File()
    like = ""
    for number, net in nets.items():
        base = edit.base if edit is not None and number == wrong else None
        # The edited one first in any style that takes it; the others mostly as the first one.
        style = add_in_some_style(file, net, random, base, like if random.random() < 0.7 else "")
        like = like or style
    if made is not None and f"Exp{wrong}" not in file.text():
        raise UnfitError("lost")
    opaque = frozenset(f"1.2.{name.removeprefix('Exp')}" for name in file.opaque)
    style = next((s for s in file.styles if s.startswith(f"Exp{wrong}:")), file.styles[0] + ", ...")
    return dress("ablations", style, file.text(), random, opaque, made)


EDITS = SHARED
