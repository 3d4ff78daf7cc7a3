"""Mistakes in networks: changes of the steps, of the constructor, of forward, or of how layers are held."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from .bases import LAMBDA, Base, Body
from .ops import FLATTEN, Net, Op, act, call, norm, pool
from .records import UnfitError

LAMBDAS = frozenset({LAMBDA})


@dataclass(frozen=True)
class NetEdit:
    """One mistake in a network.

    Attributes:
        id: kebab-case.
        change: the network to the one with the mistake; UnfitError where it cannot be made.
        says: what a good sentence mentions.
        never: what it may not say.
        base: the way to hold the layers that is the mistake.
        touches: of VGG-19's checks, those that it fails: shapes, count, function.
        may: of these, those that it may fail.
    """

    id: str
    change: Callable[[Net, Random], Net]
    says: str
    never: str = ""
    base: Base | None = None
    touches: tuple[str, ...] = ("function",)
    may: tuple[str, ...] = ()


def _places(net: Net, kind: str, name: str = "") -> list[int]:
    found = [i for i, op in enumerate(net.ops) if op.kind == kind and name in ("", op.name)]
    if not found:
        raise UnfitError(f"it has no {name or kind}")
    return found


def swap_act(old: str, new: str) -> Callable[[Net, Random], Net]:
    """Another activation, in one place or everywhere."""

    def change(net: Net, random: Random) -> Net:
        places = _places(net, "act", old)
        if random.random() < 0.5:
            places = [random.choice(places)]
        return net.with_ops(lambda ops: [act(new) if i in places else op for i, op in enumerate(ops)])

    return change


def drop(kind: str, name: str = "") -> Callable[[Net, Random], Net]:
    """One step left out."""

    def change(net: Net, random: Random) -> Net:
        place = random.choice(_places(net, kind, name))
        return net.with_ops(lambda ops: [op for i, op in enumerate(ops) if i != place])

    return change


def norm_after_act(net: Net, random: Random) -> Net:
    """Batch norm behind the activation."""
    place = random.choice(_places(net, "norm"))
    if place + 1 >= len(net.ops) or net.ops[place + 1].kind != "act":
        raise UnfitError("no activation behind it")

    def change(ops: list[Op]) -> list[Op]:
        ops[place], ops[place + 1] = ops[place + 1], ops[place]
        return ops

    return net.with_ops(change)


def norm_options(**options: object) -> Callable[[Net, Random], Net]:
    """Batch norm with other options."""

    def change(net: Net, random: Random) -> Net:
        places = _places(net, "norm")
        return net.with_ops(lambda ops: [norm(*op.sizes, **options) if i in places else op for i, op in enumerate(ops)])

    return change


def other_norm(net: Net, random: Random) -> Net:
    """Another kind of norm with the same parameters."""
    places = _places(net, "norm")
    if net.ops[places[0]].sizes[1] == 1:
        kinds = ("nn.LayerNorm({n})", "nn.GroupNorm(5, {n})")
    else:
        kinds = ("nn.InstanceNorm2d({n}, affine=True)", "nn.GroupNorm(2, {n})", "nn.GroupNorm(1, {n})")
    kind = random.choice(kinds)
    return net.with_ops(
        lambda ops: [Op("module", name=kind.format(n=op.sizes[0])) if i in places else op for i, op in enumerate(ops)]
    )


def conv_options(**options: object) -> Callable[[Net, Random], Net]:
    """A convolution with other options."""

    def change(net: Net, random: Random) -> Net:
        places = _places(net, "conv")
        if random.random() < 0.5:
            places = [random.choice(places)]
        return net.with_ops(
            lambda ops: [
                replace(op, options=tuple({**dict(op.options), **options}.items())) if i in places else op
                for i, op in enumerate(ops)
            ]
        )

    return change


def another_pool(new: Op) -> Callable[[Net, Random], Net]:
    """Another pooling."""

    def change(net: Net, random: Random) -> Net:
        places = _places(net, "pool")
        return net.with_ops(lambda ops: [new if i in places else op for i, op in enumerate(ops)])

    return change


def put_in(op: Op, where: str) -> Callable[[Net, Random], Net]:
    """A further step: ``"first"``, ``"last"``, or behind an activation."""

    def change(net: Net, random: Random) -> Net:
        place = {"first": 0, "last": len(net.ops)}.get(where)
        if place is None:
            place = random.choice(_places(net, "act")) + 1
        return net.with_ops(lambda ops: [*ops[:place], op, *ops[place:]])

    return change


def first_line(*lines: str) -> Callable[[Net, Random], Net]:
    """Lines at forward's start."""
    return lambda net, random: replace(net, first=(*lines, *net.first))


def last_line(*lines: str) -> Callable[[Net, Random], Net]:
    """Lines at forward's end."""
    return lambda net, random: replace(net, last=(*net.last, *lines))


def tail_line(*lines: str) -> Callable[[Net, Random], Net]:
    """Lines at the constructor's end."""
    return lambda net, random: replace(net, tail=(*net.tail, *lines))


def another_flatten(expression: str) -> Callable[[Net, Random], Net]:
    """Another expression in the place of the flattening."""

    def change(net: Net, random: Random) -> Net:
        (place,) = _places(net, "flatten")[:1]
        wide = next((op.sizes[0] for op in net.ops[place:] if op.kind == "linear"), 0)
        text = expression.replace("WIDE", str(wide))
        return net.with_ops(lambda ops: [call(text) if i == place else op for i, op in enumerate(ops)])

    return change


def unchanged(net: Net, random: Random) -> Net:
    """The same: the mistake lies in how it is written."""
    return net


def wider(net: Net, random: Random) -> Net:
    """A hidden width that is another one."""
    places = [i for i in _places(net, "linear") if i != _places(net, "linear")[-1]]
    if not places:
        raise UnfitError("no hidden layer")
    place = random.choice(places)
    old = net.ops[place].sizes[1]
    new = random.choice((old + 2, old * 2, old + 10))
    done = False

    def resized(i: int, op: Op) -> Op:
        nonlocal done
        if i == place:
            return replace(op, sizes=(op.sizes[0], new))
        if i > place and not done and op.kind in ("norm", "linear"):
            if op.kind == "linear":
                done = True
            return replace(op, sizes=(new, *op.sizes[1:]))
        return op

    return net.with_ops(lambda ops: [resized(i, op) for i, op in enumerate(ops)])


def further_layer(net: Net, random: Random) -> Net:
    """One layer more, of the last hidden width."""
    last = _places(net, "linear")[-1]
    if not isinstance(net.ops[last].sizes[0], int) or net.ops[last].sizes[0] > 600:
        raise UnfitError("too wide")
    n = net.ops[last].sizes[0]
    return net.with_ops(lambda ops: [*ops[:last], Op("linear", (n, n)), act("relu"), *ops[last:]])


def head_of(classes: int) -> Callable[[Net, Random], Net]:
    """Another number of classes."""

    def change(net: Net, random: Random) -> Net:
        last = _places(net, "linear")[-1]
        return net.with_ops(
            lambda ops: [replace(op, sizes=(op.sizes[0], classes)) if i == last else op for i, op in enumerate(ops)]
        )

    return change


def without_bias(net: Net, random: Random) -> Net:
    """A linear layer or a convolution without bias."""
    places = [i for i, op in enumerate(net.ops) if op.kind in ("linear", "conv")]
    if not places:
        raise UnfitError("no layer of its own")
    place = random.choice(places)
    return net.with_ops(
        lambda ops: [
            replace(op, options=(*op.options, ("bias", False))) if i == place else op for i, op in enumerate(ops)
        ]
    )


def frozen(net: Net, random: Random) -> Net:
    """One layer that is not trained."""
    way = random.choice(
        (
            ("next(self.parameters()).requires_grad = False",),
            ("list(self.parameters())[-2].requires_grad_(False)",),
            (
                "for name, p in self.named_parameters():",
                "    if p.dim() > 1:",
                "        p.requires_grad = False",
                "        break",
            ),
        )
    )
    return replace(net, tail=(*net.tail, *way))


def train_without_norm(net: Net, random: Random) -> Net:
    """``train`` overridden so that batch norm stays in eval mode."""
    if "norm" not in {op.kind for op in net.ops} and not any(
        "lock" in op.name or "features" in op.name for op in net.ops
    ):
        raise UnfitError("no batch norm")
    method = (
        "def train(self, mode=True):\n    super().train(mode)\n    for m in self.modules():\n"
        "        if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)):\n            m.eval()\n    return self"
    )
    return replace(net, methods=(*net.methods, method))


def detached(net: Net, random: Random) -> Net:
    """The graph is cut somewhere in the middle."""
    middle = [i for i, op in enumerate(net.ops) if op.kind in ("act", "flatten")]
    if not middle or middle[-1] == 0:
        raise UnfitError("nothing before it")
    place = random.choice([i for i in middle if i > 0])
    return net.with_ops(lambda ops: [*ops[: place + 1], call("{}.detach()"), *ops[place + 1 :]])


def _unregistered(style: str, only: str = "") -> Base:
    """Layers that the network does not know of: in a plain list, a dict, made in forward, at the class."""

    def write(net: Net, random: Random) -> Body:
        hidden = [op.kind in ("linear", "conv", "norm") for op in net.ops]
        if not any(hidden):
            raise UnfitError("no layer of its own")
        body = Body([], [])
        if style == "list":
            body.build.append("self.layers = []")
        elif style == "dict":
            body.build.append("self.layers = {}")
        for number, (op, out) in enumerate(zip(net.ops, hidden, strict=True), 1):
            if not out:
                if op.stateful:
                    body.build.append(f"self.part{number} = {op.module()}")
                    body.run.append(f"x = self.part{number}(x)")
                else:
                    body.run.append(f"x = {op.call('x', random)}")
            elif style == "list":
                body.run.append(f"x = self.layers[{sum(hidden[: number - 1])}](x)")
                body.build.append(f"self.layers.append({op.module()})")
            elif style == "dict":
                body.build.append(f'self.layers["l{number}"] = {op.module()}')
                body.run.append(f'x = self.layers["l{number}"](x)')
            elif style == "tuple":
                body.build.append(f"self.hold{number} = ({op.module()},)")
                body.run.append(f"x = self.hold{number}[0](x)")
            elif style == "forward":
                body.run.append(f"x = {op.module()}(x)")
            else:
                body.build.append(f"layer{number} = {op.module()}")
                body.run.append(f"x = self.get{number}()(x)")
                body.build.append(f"self.get{number} = lambda: layer{number}")
        return body

    return write


def given_norm(training: str) -> Callable[[Net, Random], Net]:
    """Batch norm that looks at a constant and not at the mode."""

    def change(net: Net, random: Random) -> Net:
        places = _places(net, "norm")
        axes = net.ops[places[0]].sizes[1]
        name = f"Norm{axes}"
        prelude = (
            f"class {name}(nn.BatchNorm{axes}d):\n    def forward(self, x):\n"
            "        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, "
            f"{training}, self.momentum, self.eps)\n"
        )
        return replace(
            net.with_ops(
                lambda ops: [
                    Op("module", name=f"{name}({op.sizes[0]})") if i in places else op for i, op in enumerate(ops)
                ]
            ),
            prelude=net.prelude | {prelude},
        )

    return change


def shared(net: Net, random: Random) -> Net:
    """One module in the place of two that look alike."""
    seen: dict[str, int] = {}
    for i, op in enumerate(net.ops):
        text = op.module()
        if op.stateful and text in seen:
            first = seen[text]

            def change(ops: list[Op], first: int = first, second: int = i) -> list[Op]:
                ops[first] = Op("module", name="shared")
                ops[second] = Op("module", name="shared")
                return ops

            return replace(net.with_ops(change), begin=(*net.begin, f"shared = {text}"))
        seen.setdefault(text, i)
    raise UnfitError("no two are alike")


SHARED: tuple[NetEdit, ...] = (
    *(NetEdit(f"relu-is-{new}", swap_act("relu", new), f"(?i)relu|{new}") for new in (
        "relu6", "silu", "gelu", "elu", "leaky", "sigmoid", "tanh", "hardtanh", "softplus"
    )),
    *(NetEdit(f"sigmoid-is-{new}", swap_act("sigmoid", new), "(?i)sigmoid") for new in ("relu", "tanh", "hardsigmoid")),
    NetEdit("activation-missing", drop("act"), "(?i)relu|sigmoid|activation"),
    NetEdit("activation-on-logits", put_in(act("relu"), "last"), "(?i)relu|activation|logits"),
    NetEdit("softmax-at-the-end", put_in(act("softmax"), "last"), "(?i)softmax|probabilit"),
    NetEdit("log-softmax-at-the-end", put_in(act("log_softmax"), "last"), "(?i)softmax|log-probabilit"),
    NetEdit("dropout-in-it", put_in(call("F.dropout({}, 0.5, self.training)"), "act"), "(?i)dropout|random"),
    NetEdit("dropout-always", put_in(call("F.dropout({}, 0.5)"), "act"), "(?i)dropout|random|twice|eval mode"),
    NetEdit("norm-missing", drop("norm"), "(?i)batch norm|norm", touches=("count", "function")),
    NetEdit("norm-after-activation", norm_after_act, "(?i)after|before|order|norm"),
    NetEdit("norm-eps", norm_options(eps=0.1), "(?i)eps|norm"),
    NetEdit("norm-momentum", norm_options(momentum=0.01), "(?i)momentum|running|norm"),
    NetEdit("norm-no-running-stats", norm_options(track_running_stats=False), "(?i)running|norm", touches=("function",), may=("shapes", "count")),
    NetEdit("norm-not-affine", norm_options(affine=False), "(?i)affine|weight|norm", touches=("count", "function")),
    NetEdit("another-norm", other_norm, "(?i)norm", "keep its running statistics"),
    NetEdit("norm-always-training", given_norm("True"), "(?i)norm|running|batch"),
    NetEdit("norm-never-training", given_norm("False"), "(?i)norm|running|train|eval"),
    NetEdit("padding-mode", conv_options(padding_mode="reflect"), "(?i)pad", ""),
    NetEdit("padding-mode-replicate", conv_options(padding_mode="replicate"), "(?i)pad", ""),
    NetEdit("padding-missing", conv_options(padding=0), "(?i)pad|shape|height"),
    NetEdit("padding-added", conv_options(padding=2), "(?i)pad|shape|x|height"),
    NetEdit("dilated", conv_options(dilation=2), "(?i)dilat|shape|conv"),
    NetEdit("strided", conv_options(stride=3), "(?i)strid|shape|conv|x"),
    NetEdit("average-pooling", another_pool(pool(2, "avg")), "(?i)pool"),
    NetEdit("overlapping-pooling", another_pool(pool(3, stride=2, padding=1)), "(?i)pool"),
    NetEdit("pooling-missing", drop("pool"), "(?i)pool|shape|x"),
    NetEdit("layers-in-a-list", unchanged, "(?i)regist|list|parameters\\(\\)|optimizer", never="track_running_stats|dropout", base=_unregistered("list"), touches=("count", "function"), may=("shapes",)),
    NetEdit("layers-in-a-dict", unchanged, "(?i)regist|list|dict|parameters\\(\\)|optimizer", never="track_running_stats|dropout", base=_unregistered("dict"), touches=("count", "function"), may=("shapes",)),
    NetEdit("layers-in-tuples", unchanged, "(?i)regist|list|parameters\\(\\)|optimizer", never="track_running_stats|dropout", base=_unregistered("tuple"), touches=("count", "function"), may=("shapes",)),
    NetEdit("layers-in-closures", unchanged, "(?i)regist|list|parameters\\(\\)|optimizer", never="track_running_stats|dropout", base=_unregistered("closure"), touches=("count", "function"), may=("shapes",)),
    NetEdit("layers-made-in-forward", unchanged, "(?i)forward|regist|random|made|parameters\\(\\)", "(?i)dropout", base=_unregistered("forward"), touches=("count", "function"), may=("shapes",)),
    NetEdit("a-frozen-layer", frozen, "(?i)froz|requires_grad|require a gradient", "(?i)detach|no_grad", may=("count",)),
    NetEdit("train-freezes-norm", train_without_norm, "(?i)train|norm|running|mode"),
    NetEdit("detached", detached, "(?i)gradient|detach|no_grad"),
    NetEdit("no-grad", lambda net, random: replace(net, wraps=("@torch.no_grad()",)), "(?i)gradient|no_grad"),
    NetEdit("log-of-inputs", first_line("x = torch.log(x)"), "(?i)log|NaN|infinity|zero", may=("shapes",)),
    NetEdit("inputs-normalised", first_line("x = (x - 0.5) / 0.5"), "(?i)input|image|\\[0, 1\\]|scale|normalis"),
    NetEdit("inputs-over-255", first_line("x = x / 255.0"), "(?i)input|image|255|scale"),
    NetEdit("inputs-normalised-by-batch", first_line("x = (x - x.mean()) / (x.std() + 1e-5)"), "(?i)batch|input|image|mean", may=("shapes",)),
    NetEdit("noise", first_line("x = x + 0.1 * torch.randn_like(x)"), "(?i)random|twice|noise", "(?i)dropout stays"),
    NetEdit("batch-mixed", first_line("x = x.view(x.size(1), x.size(0), *x.shape[2:]).transpose(0, 1).roll(1, 0)"), "(?i)batch|row|image|mix|order", may=("shapes",)),
    NetEdit("mirrored-batch", last_line("x = x.flip(0)"), "(?i)batch|row|image|mix|order", may=("shapes",)),
    NetEdit("squeezed", last_line("x = x.squeeze()"), "(?i)squeeze|shape|one image|\\(10,\\)", touches=("shapes",), may=("function",)),
    NetEdit("tuple", last_line("x = (x, None)"), "(?i)tuple|returns", touches=("shapes", "function"), may=("count",)),
    NetEdit("classes", lambda net, random: replace(net, last=(*net.last, "x = x.argmax(dim=1)")), "(?i)argmax|class|int64|shape|\\(8,\\)", touches=("shapes", "function"), may=("count",)),
    NetEdit("batch-size-32", another_flatten("{}.view(32, WIDE)"), "(?i)batch size|view|flatten|shape", touches=("shapes", "function"), may=("count",)),
    NetEdit("batch-size-64", another_flatten("{}.reshape(64, -1)"), "(?i)batch size|view|reshape|flatten|shape", touches=("shapes", "function"), may=("count",)),
    NetEdit("not-flattened", drop("flatten"), "(?i)flatten|shape", touches=("shapes", "function"), may=("count",)),
    NetEdit("flattened-with-batch", another_flatten("{}.view(1, -1)"), "(?i)flatten|batch|view|shape", touches=("shapes", "function"), may=("count",)),
    NetEdit("view-mixes-batch", another_flatten("{}.reshape(WIDE, -1).t()"), "(?i)batch|row|view|mix|first layer does not get", may=("shapes",)),
    NetEdit("another-width", wider, "(?i)width|linear|shape|parameters|[0-9]+-[0-9]+|\\d+ x \\d+", touches=("count", "function")),
    NetEdit("a-layer-more", further_layer, "(?i)layer|linear", touches=("count", "function")),
    NetEdit("a-thousand-classes", head_of(1000), "(?i)1000|1,000|class|ImageNet", touches=("shapes", "count", "function")),
    NetEdit("eleven-classes", head_of(11), "(?i)11|class|ten|10", touches=("shapes", "count", "function")),
    NetEdit("no-bias", without_bias, "(?i)bias", touches=("count", "function")),
    NetEdit("shared-layer", shared, "(?i)shared|twice|again|same|used", touches=("count", "function")),
)  # fmt: skip

__all__ = ["FLATTEN", "LAMBDAS", "SHARED", "NetEdit"]
