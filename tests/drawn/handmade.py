"""Ways to write layers by hand: parameters and plain functions."""

from __future__ import annotations

from random import Random

from .bases import Base, Body
from .ops import Net, Op
from .records import UnfitError

LINEARS = {  # the shape of the weight, and how it is applied to x with W and b
    "F.linear": ("{o}, {i}", "F.linear(x, {W}, {b})"),
    "x @ W": ("{i}, {o}", "x @ {W} + {b}"),
    "matmul": ("{i}, {o}", "torch.matmul(x, {W}).add({b})"),
    "x @ W.T": ("{o}, {i}", "x @ {W}.T + {b}"),
    "(W @ x.T).T": ("{o}, {i}", "({W} @ x.T).T + {b}"),
    "W.mm(x.t())": ("{o}, {i}", "{W}.mm(x.t()).t() + {b}.unsqueeze(0)"),
    "einsum": ("{o}, {i}", 'torch.einsum("ni,oi->no", x, {W}) + {b}'),
    "einsum, transposed": ("{i}, {o}", 'torch.einsum("bi,io->bo", x, {W}) + {b}'),
    "inner": ("{o}, {i}", "torch.inner(x, {W}) + {b}"),
    "tensordot": ("{o}, {i}", "torch.tensordot(x, {W}, dims=([1], [1])) + {b}"),
    "addmm": ("{i}, {o}", "torch.addmm({b}, x, {W})"),
    "addmm, transposed": ("{o}, {i}", "torch.addmm({b}, x, {W}.t())"),
    "bmm": ("{i}, {o}", "torch.bmm(x.unsqueeze(1), {W}.expand(x.size(0), -1, -1)).squeeze(1) + {b}"),
    "product and sum": ("{o}, {i}", "(x.unsqueeze(1) * {W}).sum(2) + {b}"),
}
COMPARABLE = ("F.linear", "x @ W.T", "matmul", "x @ W")


def _plain(op: Op, allowed: set[str] = frozenset()) -> dict:  # type: ignore[assignment]
    options = dict(op.options)
    if not options.keys() <= allowed:
        raise UnfitError("written by hand it has no such option")
    return options


def _linear(op: Op, name: str, shape: str, apply: str, body: Body) -> None:
    _plain(op)
    i, o = op.sizes
    body.build.append(
        f"self.w_{name} = nn.Parameter(torch.empty({shape.format(i=i, o=o)}).uniform_(-{i} ** -0.5, {i} ** -0.5))"
    )
    body.build.append(f"self.b_{name} = nn.Parameter(torch.zeros({o}))")
    body.run.append("x = " + apply.format(W=f"self.w_{name}", b=f"self.b_{name}"))


def _conv(op: Op, name: str, unfolded: bool, body: Body) -> None:
    options = _plain(op, {"stride", "padding"})
    i, o, k = op.sizes
    stride, padding = options.get("stride", 1), options.get("padding", 0)
    flat = unfolded and body.opaque
    shape = f"{o}, {i}, {k}, {k}" if not flat else f"{o}, {i} * {k} * {k}"
    body.build.append(f"self.w_{name} = nn.Parameter(torch.randn({shape}) * ({i} * {k} * {k}) ** -0.5)")
    body.build.append(f"self.b_{name} = nn.Parameter(torch.zeros({o}))")
    if not unfolded:
        body.run.append(f"x = F.conv2d(x, self.w_{name}, self.b_{name}, stride={stride}, padding={padding})")
        return
    weight = f"self.w_{name}" if flat else f"self.w_{name}.flatten(1)"
    body.run += [
        f"side = (x.size(-1) + 2 * {padding} - {k}) // {stride} + 1",
        f"patches = F.unfold(x, {k}, stride={stride}, padding={padding})",
        f"x = {weight} @ patches + self.b_{name}.view(-1, 1)",
        "x = x.view(x.size(0), -1, side, side)",
    ]


def _norm(op: Op, name: str, by_hand: bool, body: Body) -> None:
    _plain(op)
    n, axes = op.sizes
    body.build += [
        f"self.g_{name} = nn.Parameter(torch.ones({n}))",
        f"self.s_{name} = nn.Parameter(torch.zeros({n}))",
        f'self.register_buffer("m_{name}", torch.zeros({n}))',
        f'self.register_buffer("v_{name}", torch.ones({n}))',
    ]
    m, v, g, s = (f"self.{letter}_{name}" for letter in "mvgs")
    if not by_hand:
        body.run.append(f"x = F.batch_norm(x, {m}, {v}, {g}, {s}, self.training, 0.1, 1e-5)")
        return
    over, view = ("0", "(1, -1)") if axes == 1 else ("(0, 2, 3)", "(1, -1, 1, 1)")
    body.run += [
        "if self.training:",
        f"    mean, var = x.mean({over}), x.var({over}, unbiased=False)",
        "    with torch.no_grad():",
        "        count = x.numel() / x.size(1)",
        f"        {m}.mul_(0.9).add_(0.1 * mean)",
        f"        {v}.mul_(0.9).add_(0.1 * var * count / (count - 1))",
        "else:",
        f"    mean, var = {m}, {v}",
        f"x = (x - mean.view{view}) / torch.sqrt(var.view{view} + 1e-5)",
        f"x = x * {g}.view{view} + {s}.view{view}",
    ]


def by_hand(way: str, unfolded: bool = False, own_norm: bool = False) -> Base:
    """Parameters in the class and plain functions in forward.

    Args:
        way: of ``LINEARS``.
        unfolded: convolutions are ``unfold`` and a product.
        own_norm: batch norm is written out.
    """
    shape, apply = LINEARS[way]

    def write(net: Net, random: Random) -> Body:
        opaque = way not in COMPARABLE or unfolded or own_norm
        body = Body([], [], opaque=opaque)
        kinds = {op.kind for op in net.ops}
        if (
            not kinds & {"linear", "conv", "norm"}
            or (unfolded and "conv" not in kinds)
            or (own_norm and "norm" not in kinds)
        ):
            raise UnfitError("nothing to write by hand")
        for number, op in enumerate(net.ops, 1):
            match op.kind:
                case "linear":
                    _linear(op, f"{number}", shape, apply, body)
                case "conv":
                    _conv(op, f"{number}", unfolded, body)
                case "norm":
                    _norm(op, f"{number}", own_norm, body)
                case "module":
                    body.build.append(f"self.part{number} = {op.module()}")
                    body.run.append(f"x = self.part{number}(x)")
                case _:
                    body.run.append(f"x = {op.call('x', random)}")
        return body

    return write


def own_layer(way: str) -> Base:
    """A ``Dense`` class of one's own, used like ``nn.Linear``."""
    shape, apply = LINEARS[way]
    lines = [
        "class Dense(nn.Module):",
        "    def __init__(self, n_in, n_out):",
        "        super().__init__()",
        f"        self.W = nn.Parameter(torch.randn({shape.format(i='n_in', o='n_out')}) / n_in ** 0.5)",
        "        self.b = nn.Parameter(torch.zeros(n_out))",
        "",
        "    def forward(self, x):",
        f"        return {apply.format(W='self.W', b='self.b')}",
    ]

    def write(net: Net, random: Random) -> Body:
        if not any(op.kind == "linear" for op in net.ops):
            raise UnfitError("no linear layer")
        body = Body([], [], ["\n".join(lines) + "\n"], opaque=way not in COMPARABLE)
        for number, op in enumerate(net.ops, 1):
            if op.kind == "linear":
                _plain(op)
                body.build.append(f"self.dense{number} = Dense({op.sizes[0]}, {op.sizes[1]})")
                body.run.append(f"x = self.dense{number}(x)")
            elif op.stateful:
                body.build.append(f"self.layer{number} = {op.module()}")
                body.run.append(f"x = self.layer{number}(x)")
            else:
                body.run.append(f"x = {op.call('x', random)}")
        return body

    return write


HANDMADE: dict[str, Base] = {
    **{f"by hand, {way}": by_hand(way) for way in LINEARS},
    **{f"own Dense, {way}": own_layer(way) for way in LINEARS},
    "by hand, unfold": by_hand("F.linear", unfolded=True),
    "by hand, own batch norm": by_hand("F.linear", own_norm=True),
    "by hand, all of it": by_hand("x @ W", unfolded=True, own_norm=True),
}
