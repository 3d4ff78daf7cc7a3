"""Gives a network's parameters their places where a trace does not tell them, however the network is written.

A linear layer as ``einsum``, a convolution as ``unfold``, batch norm by hand or a scripted block use their parameters
out of the trace's sight, or in a layout of their own. Parameters fit into a place by the number of their values; the
few assignments that remain are tried, and the outputs decide which is meant.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product
from typing import Any

import torch
from torch import nn

from autograder.deep_learning.probes.draws import spread_of, values
from autograder.deep_learning.probes.usage import Use, Watch

SMALL = 1_000_000  # parameters; each way of a larger network costs a tenth of a second
WAYS_OF_SMALL, WAYS_OF_LARGE = 240, 6
GROUP = 6  # parameters of one size that are permuted; of more only the order of use and of declaration are tried
KINDS = ("conv", "linear", "norm", "layer norm", "group norm", "instance norm")
KNOWN = {f"{kind}.{part}" for kind in KINDS for part in ("weight", "bias", "mean", "var")}  # the trace tells all of it

Place = tuple[str, int, tuple[int, ...], bool]
"""``(role, number among those of its role, shape, whether it is used first)``, as ``draws.values`` takes them."""


@dataclass(frozen=True, eq=False)  # tensors are not compared by ==
class Seat:
    """One parameter or buffer in one place.

    Attributes:
        layout: which of :func:`_layouts` the values are laid out in.
    """

    tensor: torch.Tensor
    place: Place
    layout: int


@dataclass(frozen=True, eq=False)
class Way:
    """One assignment of all parameters to all places, in the order of the places."""

    seats: tuple[Seat, ...]

    def fill(self, key: bytes) -> None:
        """Give each parameter and buffer the values of its place."""
        with torch.no_grad():
            for seat in self.seats:
                role, number, shape, is_first = seat.place
                drawn = values(key, role, number, shape, spread_of(role, is_first))
                laid = _layouts(drawn, seat.tensor.shape)[seat.layout]
                seat.tensor.data.copy_(laid)

    def uses(self) -> list[Use]:
        """The uses as a trace would tell them."""
        return [Use(seat.tensor, seat.place[0], 0, seat.place[2]) for seat in self.seats]


@dataclass(frozen=True)
class Assignments:
    """The assignments to try.

    Attributes:
        ways: the likeliest first.
        all: whether there are no others.
        hidden: whether something that has an effect on the outputs is out of the trace's sight, or in a role that is
            not known there.
    """

    ways: tuple[Way, ...]
    all: bool
    hidden: bool


def assignments(
    net: nn.Module, places: Sequence[Any], watch: Watch, x: torch.Tensor, without: Collection[int] = ()
) -> Assignments:
    """The ways to give the parameters and buffers of *net* their places.

    Args:
        net: as constructed: what is all ones or zeros tells where it belongs.
        places: ``[role, number, shape, is first]`` of each, in the reference's order of use.
        watch: a trace of it.
        x: inputs (N, ...) for :func:`_effective`.
        without: ids of tensors that have a place already.
    """
    wanted: list[Place] = [(role, number, tuple(shape), is_first) for role, number, shape, is_first in places]
    used = {id(use.tensor) for use in watch.uses}
    names = [t for t in _tensors(net) if id(t) not in without]
    unseen = [t for t in names if id(t) not in used]
    seen_to_work = {id(t) for t in _effective(net, unseen, x)}
    hidden = bool(seen_to_work) or any(use.role not in KNOWN for use in watch.uses) or bool(watch.backwards)
    declared = [t for t in names if id(t) in used or id(t) in seen_to_work]
    first_used = [use.tensor for use in watch.uses if any(use.tensor is t for t in declared)]
    ordered = first_used + [t for t in declared if id(t) not in used]
    groups = []
    for is_buffer in (False, True):
        mine = [t for t in ordered if isinstance(t, nn.Parameter) is not is_buffer]
        places_of = [p for p in wanted if p[0].endswith(("mean", "var")) is is_buffer]
        for size in dict.fromkeys(math.prod(shape) for _, _, shape, _ in places_of):
            seats = [p for p in places_of if math.prod(p[2]) == size]
            tensors = [t for t in mine if t.numel() == size]
            if len(tensors) != len(seats):
                return Assignments((), False, hidden)
            groups.append(_options(seats, tensors, [t for t in declared if any(t is other for other in tensors)]))
    total = math.prod(count for _, count in groups)
    cap = WAYS_OF_SMALL if sum(t.numel() for t in declared) < SMALL else WAYS_OF_LARGE
    order = {place: number for number, place in enumerate(wanted)}
    ways = []
    for chosen in islice(product(*(options for options, _ in groups)), cap):
        seats_of = sorted((seat for group in chosen for seat in group), key=lambda seat: order[seat.place])
        ways.append(Way(tuple(seats_of)))
    return Assignments(tuple(ways), total <= len(ways), hidden)


def _options(
    places: list[Place], tensors: list[torch.Tensor], declared: list[torch.Tensor]
) -> tuple[list[tuple[Seat, ...]], int]:
    """The ways to give *tensors* of one size their *places*, the likeliest first, and how many there are in all."""
    kinds = {id(t): _kind(t) for t in tensors}
    found: dict[Any, tuple[Seat, ...]] = {}
    orders = permutations(tensors) if len(tensors) <= GROUP else iter([tuple(tensors), tuple(declared)])
    fitting = [order for order in orders if all(_fits(p, kinds[id(t)]) for p, t in zip(places, order, strict=True))]
    if not fitting:  # in larger groups each kind in its own order
        fitting = [tuple(_by_kind(places, order, kinds)) for order in (tensors, declared)]
    total = len(fitting) if len(tensors) <= GROUP else math.factorial(len(tensors))
    for order in fitting:
        layouts = [
            range(len(_layouts(torch.empty(p[2], device="meta"), t.shape))) for p, t in zip(places, order, strict=True)
        ]
        for chosen in islice(product(*layouts), WAYS_OF_SMALL):
            seats = tuple(Seat(t, p, n) for t, p, n in zip(order, places, chosen, strict=True))
            found.setdefault(tuple((id(seat.tensor), seat.layout) for seat in seats), seats)
    return list(found.values()), max(total, len(found))


def _by_kind(places: list[Place], tensors: Sequence[torch.Tensor], kinds: dict[int, str]) -> Iterator[torch.Tensor]:
    """For each place the next of *tensors* that may have it; any that is left where none may."""
    left = list(tensors)
    for place in places:
        chosen = next((t for t in left if _fits(place, kinds[id(t)])), left[0])
        left = [t for t in left if t is not chosen]
        yield chosen


def _fits(place: Place, kind: str) -> bool:
    """Whether a parameter that begins as *kind* may belong to *place*: batch norm begins with ones and zeros."""
    match place[0]:
        case "norm.weight" | "norm.var":
            return kind == "ones"
        case "norm.bias" | "norm.mean":
            return kind == "zeros"
    return kind != "ones"


def _kind(tensor: torch.Tensor) -> str:
    flat = tensor.detach().flatten()
    return "ones" if bool((flat == 1).all()) else "zeros" if not bool(flat.any()) else "drawn"


def _layouts(drawn: torch.Tensor, shape: Sequence[int]) -> list[torch.Tensor]:
    """The ways to lay the values of a place out in *shape*: as they are, transposed, flattened as unfold does."""
    ways = [drawn]
    if drawn.dim() == 2:
        ways.append(drawn.T)
    if drawn.dim() == 4:  # (out, in, height, width)
        flat = drawn.flatten(1)
        ways += [
            flat,
            flat.T,
            drawn.permute(2, 3, 1, 0),
            drawn.permute(0, 2, 3, 1),
            drawn.permute(2, 3, 1, 0).flatten(0, 2),
        ]
    wanted = [n for n in shape if n != 1]
    return [way.reshape(tuple(shape)) for way in ways if [n for n in way.shape if n != 1] == wanted]


def _tensors(net: nn.Module) -> list[torch.Tensor]:
    """Registered parameters and floating-point buffers, in the order of their declaration."""
    found: dict[int, torch.Tensor] = {}
    for module in nn.Module.modules(net):
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            if tensor is not None and tensor.is_floating_point() and tensor.numel():
                found.setdefault(id(tensor), tensor)
    return list(found.values())


def _effective(net: nn.Module, tensors: Sequence[torch.Tensor], x: torch.Tensor) -> list[torch.Tensor]:
    """Those of *tensors* that the outputs in eval mode depend on."""
    with torch.no_grad():
        before = net(x)
        found = []
        for tensor in tensors:
            kept = tensor.detach().clone()
            tensor.data.mul_(1.5).add_(0.1)
            after = net(x)
            tensor.data.copy_(kept)
            if isinstance(after, torch.Tensor) and not torch.equal(after, before):
                found.append(tensor)
    return found
