"""The blocks, VGG-19 and the pre-trained network, drawn."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from dataclasses import replace
from random import Random

from .classes import File, add_in_some_style
from .dress import dress
from .net_edits import SHARED, NetEdit, put_in, unchanged
from .ops import FLATTEN, Net, Op, act, call, conv, linear, made, norm, pool
from .records import Edit, Source, UnfitError

HEAD = (FLATTEN, linear(512, 512), act("relu"), linear(512, 128), act("relu"), linear(128, 10))
BLOCKS = (
    "ConvBlock1(3, 64)",
    "ConvBlock1(64, 128)",
    "ConvBlock2(128, 256)",
    "ConvBlock2(256, 512)",
    "ConvBlock2(512, 512)",
)
FEATURES = (
    "pre_vgg.features",
    "copy.deepcopy(pre_vgg.features)",
    "copy.deepcopy(pre_vgg).features",
    "nn.Sequential(*list(pre_vgg.features.children()))",
    "nn.Sequential(*list(pre_vgg.children())[:1])",
    "nn.Sequential(*pre_vgg.features)",
    "nn.ModuleList(pre_vgg.children())[0]",
    "pre_vgg.features.to('cuda' if torch.cuda.is_available() else 'cpu')",
    "pre_vgg.to(torch.device('cpu')).features",
    "list(pre_vgg.children())[0].train()",
    "pre_vgg.features[:53]",
    "loaded(pre_vgg)",
)
LOADED = """def loaded(pre_vgg):
    from torchvision.models import vgg19_bn

    mine = vgg19_bn()
    mine.load_state_dict(pre_vgg.state_dict())
    return mine.features
"""


def _block(name: str, times: int, random: Random) -> Net:
    ops: list[Op] = []
    for number in range(times):
        ops += [conv("out_dim" if number else "in_dim", "out_dim", 3, padding=1), norm("out_dim", 2), act("relu")]
    ops.append(pool(2))
    if random.random() < 0.25:  # both orders compute the same
        ops[-1], ops[-2] = ops[-2], ops[-1]
    return Net(name, tuple(ops), args="in_dim, out_dim")


def _vgg19(random: Random) -> Net:
    flat = random.choice(
        (
            FLATTEN,
            FLATTEN,
            call("{}.mean((2, 3))"),
            call("{0}.view({0}.size(0), 512)"),
            call("{}.squeeze(3).squeeze(2)"),
        )
    )
    return Net("VGG19", (*(made(block) for block in BLOCKS), flat, *HEAD[1:]), shape=(3, 32, 32))


def _pretrained(random: Random) -> Net:
    features = random.choice(FEATURES)
    prelude = frozenset({LOADED}) if features.startswith("loaded") else frozenset()
    ops = (made(features), *HEAD)
    if random.random() < 0.2:
        ops = (ops[0], call("F.adaptive_avg_pool2d({}, 1)"), *HEAD)  # of one pixel: the same
    return Net("PretrainedVGG", ops, args="pre_vgg", prelude=prelude, given=True)


def draw_right(random: Random) -> Source:
    """The whole file, right."""
    return _write(_nets(random), random)


def _nets(random: Random) -> dict[str, Net]:
    return {
        "ConvBlock1": _block("ConvBlock1", 2, random),
        "ConvBlock2": _block("ConvBlock2", 4, random),
        "VGG19": _vgg19(random),
        "PretrainedVGG": _pretrained(random),
    }


CHECK = {"ConvBlock1": "2.1a", "ConvBlock2": "2.1b", "PretrainedVGG": "2.2b-structure"}


def draw_wrong(edit: NetEdit, random: Random) -> Source:
    """The same with *edit* in one of the four.

    Raises:
        UnfitError: it does not go into the one that was drawn.
    """
    nets = _nets(random)
    name = random.choice(ONLY.get(edit.id, tuple(nets)))
    if edit.id in NOT_IN.get(name, ()):
        raise UnfitError("it raises, or is right there")
    nets[name] = edit.change(nets[name], random)
    if name == "VGG19":
        fails = tuple(f"2.1c-{word}" for word in edit.touches)
        may = tuple(f"2.1c-{word}" for word in edit.may)
    else:
        fails, may = (CHECK[name],), ()
    return _write(nets, random, Edit(f"{name.lower()}-{edit.id}", fails, may, edit.says, edit.never), name, edit)


def _write(
    nets: dict[str, Net], random: Random, made_edit: Edit | None = None, wrong: str = "", edit: NetEdit | None = None
) -> Source:
    file = File()
    like = ""
    for name, net in nets.items():
        base = edit.base if edit is not None and name == wrong else None
        style = add_in_some_style(file, net, random, base, like if random.random() < 0.5 else "")
        like = like or style
    opaque = set()
    for name in file.opaque:
        opaque |= {CHECK[name]} if name in CHECK else {"2.1c-count", "2.1c-function", "2.1c-shapes"}
        if name.startswith("ConvBlock"):
            opaque |= {"2.1c-count", "2.1c-function", "2.1c-shapes"}
    style = next((s for s in file.styles if s.startswith(f"{wrong}:")), "; ".join(file.styles))
    return dress("vgg", style, file.text(), random, frozenset(opaque), made_edit)


def _features(expression: str, *tail: str):
    def change(net: Net, random: Random) -> Net:
        return replace(net, ops=(made(expression), *net.ops[1:]), tail=(*tail, *net.tail))

    return change


def _blocks(*blocks: str):
    def change(net: Net, random: Random) -> Net:
        return replace(net, ops=(*(made(block) for block in blocks), *(op for op in net.ops if op.kind != "module")))

    return change


_ALL = ("count", "function")


def _imagenet_head(net: Net, random: Random) -> Net:
    """The head of ImageNet's VGG, for 7 x 7 pixels that are not there."""
    done = []

    def change(ops: list[Op]) -> list[Op]:
        for i, op in enumerate(ops):
            if op.kind == "linear" and not done:
                done.append(i)
                ops[i] = replace(op, sizes=(25088, op.sizes[1]))
        return ops

    return net.with_ops(change)


OWN = (
    NetEdit("imagenet-head", _imagenet_head, "(?i)25088|25,088|512|shape|head", touches=("shapes", "count", "function")),
    NetEdit("first-block-is-2", _blocks("ConvBlock2(3, 64)", *BLOCKS[1:]), "(?i)block", touches=_ALL),
    NetEdit("third-block-is-1", _blocks(*BLOCKS[:2], "ConvBlock1(128, 256)", *BLOCKS[3:]), "(?i)block", touches=_ALL),
    NetEdit("block-twice", _blocks(*BLOCKS, "ConvBlock2(512, 512)"), "(?i)block|pool|size|shape", touches=("shapes", "count", "function")),
    NetEdit("last-block-shared", lambda net, random: replace(
        net.with_ops(lambda ops: [*ops[:4], made("nn.Identity()"), *ops[5:]]), last=net.last,
    ), "(?i)block|shape", touches=("shapes", "function", "count")),
    NetEdit("features-fresh", _features("copy.deepcopy(pre_vgg.features).apply(lambda m: m.reset_parameters() if hasattr(m, 'reset_parameters') else None)"), "(?i)given|weights|pre-trained|fresh|initial"),
    NetEdit("features-initialised-again", _features("pre_vgg.features", "for m in self.modules():", "    if isinstance(m, nn.Conv2d):", "        nn.init.kaiming_normal_(m.weight)"), "(?i)given|weights|pre-trained|fresh|initial"),
    NetEdit("features-xavier-by-data", _features("pre_vgg.features", "for p in self.parameters():", "    if p.dim() == 4:", "        p.data.normal_(0, 0.02)"), "(?i)given|weights|pre-trained|fresh|initial"),
    NetEdit("features-frozen", _features("pre_vgg.features", "for p in pre_vgg.parameters():", "    p.requires_grad = False"), "(?i)froz|gradient|train"),
    NetEdit("features-without-gradient", lambda net, random: net.with_ops(lambda ops: [ops[0], call("{}.detach()"), *ops[1:]]), "(?i)gradient|detach|no_grad"),
    NetEdit("features-in-eval", lambda net, random: replace(net, first=("self.eval()", *net.first)), "(?i)eval|mode"),
    NetEdit("features-of-vgg16", _features("pre_vgg.features[:40]"), "(?i)features|shape|given|layer"),
    NetEdit("features-cut", _features("pre_vgg.features[:-1]"), "(?i)pool|features|shape|flatten"),
    NetEdit("whole-classifier", lambda net, random: replace(net, ops=(made("pre_vgg"),)), "(?i)1,?000|class|head"),
)  # fmt: skip
ONLY = {
    "imagenet-head": ("VGG19", "PretrainedVGG"),
    "first-block-is-2": ("VGG19",), "third-block-is-1": ("VGG19",), "block-twice": ("VGG19",), "last-block-shared": ("VGG19",),
    **{edit.id: ("PretrainedVGG",) for edit in OWN if edit.id.startswith(("features", "whole"))},
    **dict.fromkeys(("tuple", "classes", "batch-mixed"), ("VGG19", "PretrainedVGG")),
    **dict.fromkeys(
        ("norm-missing", "norm-after-activation", "norm-eps", "norm-momentum", "norm-no-running-stats", "norm-not-affine", "another-norm",
         "norm-always-training", "norm-never-training", "padding-mode", "padding-mode-replicate", "padding-missing", "dilated",
         "average-pooling", "overlapping-pooling", "pooling-missing"),
        ("ConvBlock1", "ConvBlock2"),
    ),
    **dict.fromkeys(("batch-size-32", "batch-size-64", "not-flattened", "flattened-with-batch", "view-mixes-batch", "another-width",
                     "a-layer-more", "a-thousand-classes", "eleven-classes"), ("VGG19", "PretrainedVGG")),
}  # fmt: skip
NOT_IN = {
    "ConvBlock1": ("squeezed", "activation-on-logits", "padding-added", "strided"),
    "ConvBlock2": ("squeezed", "activation-on-logits", "padding-added", "strided"),
}
EDITS = (*SHARED, *OWN)
__all__ = ["EDITS", "draw_right", "draw_wrong", "put_in", "unchanged"]
