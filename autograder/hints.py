"""Hints for the exceptions that students meet most: patterns of what was raised, and sentences of ours.

A hint holds nothing of the exception, so that it may be shown with a secret seed. The figures of both sides are told
apart from it (`sides`), as what a worker claims.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Hint(NamedTuple):
    """What to try after an exception of some *kind* ("" for any) whose message has *pattern* in it."""

    kind: str
    pattern: str
    sentence: str


HINTS = (
    # Shapes
    Hint(
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied|size mismatch, m1:",
        "A linear layer takes (N, in_features): the images were not flattened (`x.flatten(1)`), a batch size is "
        "written into `view`, or in_features is not what comes out of the layer before.",
    ),
    Hint(
        "RuntimeError",
        r"expected input\[.*\] to have \d+ channels, but got",
        "A convolution's in_channels must be the out_channels of what comes before it: a block's in_dim is the out_dim "
        "of the block before, the first one's is that of the images.",
    ),
    Hint(
        "RuntimeError",
        r"running_mean should contain|weight should contain|expected (weight|running_mean) to be",
        "Batch norm's num_features must be the number of channels that it gets.",
    ),
    Hint(
        "RuntimeError",
        r"shape '.*' is invalid for input of size",
        "Do not write a batch size into `view` or `reshape`: `x.flatten(1)` or `x.view(x.size(0), -1)` keep it; the "
        "last batch is smaller, and one image is a batch, too.",
    ),
    Hint(
        "RuntimeError",
        r"view size is not compatible|use \.reshape\(\.\.\.\) instead",
        "`view` needs contiguous memory: use `reshape` or `flatten` after `permute` or `transpose`.",
    ),
    Hint(
        "RuntimeError",
        r"[Ee]xpected \dD.*input|[Ee]xpected \d-dimensional input|only supports \dD",
        "The layer expects another number of dimensions: BatchNorm1d and Linear take (N, C), Conv2d, BatchNorm2d and "
        "MaxPool2d take (N, C, H, W).",
    ),
    Hint("ValueError", r"expected \dD( or \dD)? input", "BatchNorm1d is for (N, C), BatchNorm2d for (N, C, H, W)."),
    Hint(
        "ValueError",
        r"Expected more than 1 value per channel when training",
        "Batch norm can't train on one value a channel: one image whose map is 1 x 1. Call `net.eval()` to test, and "
        "do not pool down to one pixel before batch norm.",
    ),
    Hint(
        "RuntimeError",
        r"Kernel size can't be greater than actual input size|Output size is too small|Calculated padded input size",
        "The feature map is smaller than the filter at this point: too much pooling or stride, or no padding.",
    ),
    Hint(
        "RuntimeError",
        r"The size of tensor a .* must match the size of tensor b|Sizes of tensors must match",
        "Two tensors that are added, compared or joined have different shapes: print both shapes before that line.",
    ),
    Hint(
        "ValueError",
        r"Expected input batch_size .* to match target batch_size",
        "The network changes the number of rows: flatten with `x.flatten(1)`, which keeps the first dimension.",
    ),
    Hint(
        "IndexError",
        r"Target .* is out of bounds",
        "The network makes fewer outputs than there are classes: the last layer's out_features is 10.",
    ),
    Hint("IndexError", r"Dimension out of range", "The tensor has fewer dimensions at this point: print its shape."),
    Hint(
        "TypeError",
        r"linear\(\): argument 'input'|conv2d\(\) received an invalid|argument 'input' .*must be Tensor, not",
        "A layer gets something that is not a tensor: does each forward before it return its result?",
    ),
    # Types and devices
    Hint(
        "RuntimeError",
        r"expected (scalar type|target dtype)|must have the same dtype|should be the same.*type|"
        r"not implemented for '(Long|Int|Byte)'",
        "Two dtypes are mixed: images, weights and logits are float32, labels int64; do not call `.long()`, "
        "`.double()` or `.half()` on images or logits.",
    ),
    Hint(
        "RuntimeError",
        r"Expected all tensors to be on the same device|Torch not compiled with CUDA|No CUDA GPUs are available",
        "Network and batches must be on one device: take it from the network, `next(net.parameters()).device`, and "
        "make new tensors there; do not ask for a GPU that may not be there.",
    ),
    Hint("AssertionError", r"Torch not compiled with CUDA", "Check `torch.cuda.is_available()` before you use a GPU."),
    # Gradients
    Hint(
        "RuntimeError",
        r"modified by an inplace operation|a leaf Variable that requires grad is being used in an in-place",
        "Something that backward needs was changed in place: write `x = x + y` instead of `x += y`, use "
        "`nn.ReLU(inplace=False)`, and do not assign to a part of a tensor.",
    ),
    Hint(
        "RuntimeError",
        r"backward through the graph a second time",
        "Call `loss.backward()` once for each forward pass, and keep `loss.item()`, not the loss, for the mean.",
    ),
    Hint(
        "RuntimeError",
        r"does not require grad and does not have a grad_fn",
        "No gradient flows from the loss to the weights: look for no_grad, detach, argmax, `.item()` or `.data`.",
    ),
    Hint("RuntimeError", r"Can't call numpy\(\) on Tensor", "Use `.detach().cpu().numpy()`."),
    Hint("TypeError", r"can't convert cuda.*to numpy", "Use `.detach().cpu().numpy()`."),
    Hint(
        "RuntimeError", r"grad can be implicitly created only for scalar", "`backward` needs one number: the mean loss."
    ),
    # Classes
    Hint(
        "AttributeError",
        r"before Module\.__init__\(\) call|has no attribute '_(modules|parameters|buffers)'",
        "Call `super().__init__()` first in the constructor.",
    ),
    Hint(
        "TypeError",
        r"__init__\(\) missing \d+ required|__init__\(\) takes .* positional argument|__init__\(\) got an unexpected",
        "A constructor is called with the wrong arguments: compare the call with its `def __init__`; "
        "networks are made as the handout says.",
    ),
    Hint(
        "TypeError",
        r"forward\(\) (missing \d+ required|takes .* positional)",
        "forward takes `self` and the batch, and nothing else.",
    ),
    Hint(
        "TypeError",
        r"(missing \d+ required positional|takes .* positional argument|got an unexpected keyword)",
        "A function is called with the wrong arguments: compare the call with its `def`; methods have `self`.",
    ),
    Hint(
        "AttributeError",
        r"'NoneType' object has no attribute",
        "Something is None: a function without `return` gives None, and so do methods like `list.append`.",
    ),
    Hint(
        "AttributeError",
        r"object has no attribute '",
        "The constructor does not set this name on `self`, or spells it differently.",
    ),
    Hint(
        "TypeError",
        r"is not callable",
        "Something is called that is neither a function nor a layer: a name means another thing, or a `,` is missing.",
    ),
    Hint(
        "NotImplementedError",
        r"missing the required \"forward\"",
        "Define `forward(self, x)`, spelt exactly so and indented inside the class.",
    ),
    Hint(
        "UnboundLocalError",
        r"",
        "A variable is used before it gets a value on this path: set it before the loop or the `if`.",
    ),
    Hint(
        "NameError",
        r"is not defined",
        "This name is not defined anywhere in this file: import it, define it above, or write `self.` before it.",
    ),
    Hint("RecursionError", r"", "Something calls itself endlessly: forward must call the layers, not `self(x)`."),
    Hint("FileNotFoundError", r"", "Your own files are not there when it is graded, and it needs none."),
)
_FOUND = tuple((hint, re.compile(hint.pattern)) for hint in HINTS)

_SHAPE = r"\(?\[?(\d+(?:\s*[x,]\s*\d+)*),?\]?\)?"
SIDES = (
    (re.compile(rf"cannot be multiplied \({_SHAPE} and {_SHAPE}\)"), "{0} against {1}"),
    (re.compile(r"to have (\d+) channels, but got (\d+) channels"), "wants {0} channels, gets {1}"),
    (re.compile(r"should contain (\d+) elements not (\d+)"), "gets {0} channels, is made for {1}"),
    (re.compile(r"shape '\[([-\d, ]+)\]' is invalid for input of size (\d+)"), "{1} values do not fit into ({0})"),
    (re.compile(r"input batch_size \((\d+)\) to match target batch_size \((\d+)\)"), "{0} rows, {1} labels"),
    (re.compile(r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"), "{0} against {1}"),
)


def hint_for(kind: str, message: str) -> str:
    """The hint for an exception, in our own words; empty if it is not a usual one."""
    for hint, pattern in _FOUND:
        if hint.kind in ("", kind) and pattern.search(message):
            return hint.sentence
    return ""


def sides(message: str) -> str:
    """The shapes on both sides that a message of torch's names, like ``"64 x 16 against 512 x 512"``, or nothing."""
    for pattern, text in SIDES:
        if found := pattern.search(message):
            return text.format(*(side.replace("x", " x ") if "x" in side else side for side in found.groups()))
    return ""
