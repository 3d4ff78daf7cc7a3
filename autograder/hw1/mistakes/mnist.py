"""Mistakes in part 1.1, ``MNIST_Net``.

The architecture is free, so these show as facts (a shape, rows that sum to one, a parameter without a gradient), not
as other numbers. Two of them must not share all facts.
"""

from autograder.staff.mistake import Mistake

_mnist_net = Mistake.of("mnist", "MNIST_Net", "1.1-structure")

MISTAKES: tuple[Mistake, ...] = (
    _mnist_net(
        "mnist-net-softmax",
        ("return self.fc2(x)", "return torch.softmax(self.fc2(x), dim=1)"),
        says=(
            "MNIST_Net: each row of the output is positive and sums to 1, so a softmax comes last. "
            "`CrossEntropyLoss` applies the softmax itself and wants logits: return what the last linear layer gives."
        ),
    ),
    _mnist_net(
        "mnist-net-log-softmax",
        ("return self.fc2(x)", "return torch.log_softmax(self.fc2(x), dim=1)"),
        says=(
            "MNIST_Net: the exponentials of each row sum to 1, so a log-softmax comes last. That belongs with "
            "`NLLLoss`; `CrossEntropyLoss` wants logits: return what the last linear layer gives."
        ),
    ),
    _mnist_net(
        "mnist-net-softmax-over-batch",
        ("return self.fc2(x)", "return torch.softmax(self.fc2(x), dim=0)"),
        says=(
            "MNIST_Net: each column of the output sums to 1 over the batch, and a single image gets 1 for every "
            "class: a softmax runs over dim 0. Drop it; `CrossEntropyLoss` wants logits, one row per image."
        ),
    ),
    _mnist_net(
        "mnist-net-squeeze",
        ("return self.fc2(x)", "return self.fc2(x).squeeze()"),
        says=(
            "MNIST_Net: one image alone gives shape (10,), not (1, 10). `.squeeze()` without a dimension also drops "
            "a batch of size 1. Name the dimension to drop, or use `.flatten(1)`."
        ),
    ),
    _mnist_net(
        "mnist-net-flattens-batch",
        ("x.flatten(1)", "x.flatten()"),
        says=(
            "MNIST_Net: `flatten` takes in the batch dimension as well, so that one image loses it and eight images "
            "do not fit the linear layer. Keep dimension 0: `.flatten(1)`."
        ),
    ),
    _mnist_net(
        "mnist-net-view-splits-rows",
        ("nn.Linear(16 * 7 * 7, 256)", "nn.Linear(16 * 7, 256)"),
        ("x.flatten(1)", "x.view(-1, 16 * 7)"),
        says=(
            "MNIST_Net: the output has more rows than the batch has images: a `view(-1, k)` cuts each image into "
            "several rows because k is too small. Flatten with `.flatten(1)` and give the linear layer all features "
            "of an image."
        ),
    ),
    _mnist_net(
        "mnist-net-fixed-batch-size",
        ("x.flatten(1)", "x.view(32, -1)"),
        says=(
            "MNIST_Net: the batch size 32 is written into a `view`, so any other batch raises an error. The last "
            "batch of a data set is often smaller: use `.flatten(1)`, or `x.size(0)`."
        ),
    ),
    _mnist_net(
        "mnist-net-nine-classes",
        ("nn.Linear(256, 10)", "nn.Linear(256, 9)"),
        says="MNIST_Net: the output has 9 columns. The digits 0 to 9 are ten classes: the last layer needs 10 outputs.",
    ),
    _mnist_net(
        "mnist-net-argmax",
        ("return self.fc2(x)", "return self.fc2(x).argmax(dim=1)"),
        says=(
            "MNIST_Net: it returns the predicted classes, integers of shape (N,), through which no gradient flows. "
            "Return the logits, (N, 10); `test()` takes the `argmax`."
        ),
    ),
    _mnist_net(
        "mnist-net-returns-tuple",
        ("return self.fc2(x)", "return self.fc2(x), x"),
        says="MNIST_Net: `forward` returns a tuple. The loss wants one tensor: return the logits (N, 10) alone.",
    ),
    _mnist_net(
        "mnist-net-returns-nothing",
        ("return self.fc2(x)", "x = self.fc2(x)"),
        says="MNIST_Net: `forward` returns None. It computes the result and then drops it: end it with `return`.",
    ),
    _mnist_net(
        "mnist-net-no-grad",
        (
            "    def forward(self",
            "    @torch.no_grad()\n    def forward(self",
        ),
        says=(
            "MNIST_Net: the output carries no gradient at all, so nothing can be learned. Take `torch.no_grad()`, "
            "`.detach()` or `.data` out of `forward`; they belong in `test()`."
        ),
    ),
    _mnist_net(
        "mnist-net-detached-features",
        ("x.flatten(1)", "x.flatten(1).detach()"),
        says=(
            "MNIST_Net: the first layers are used but no gradient reaches them, so they keep their random weights. "
            "Look for `.detach()`, `.data`, `torch.tensor(x)` or a `no_grad` block in the middle of `forward`."
        ),
    ),
    _mnist_net(
        "mnist-net-unused-layer",
        ("self.norm2(self.conv2(x))", "self.conv2(x)"),
        says=(
            "MNIST_Net: a layer is declared in `__init__` and never used in `forward`, so its weights never change. "
            "Use it, or remove its declaration."
        ),
    ),
    _mnist_net(
        "mnist-net-layers-in-list",
        (
            "self.fc1 = nn.Linear(16 * 7 * 7, 256)",
            "self.fcs = [nn.Linear(16 * 7 * 7, 256), nn.Linear(256, 10)]",
        ),
        ("        self.fc2 = nn.Linear(256, 10)\n", ""),
        ("self.fc1(x)", "self.fcs[0](x)"),
        ("self.fc2(x)", "self.fcs[1](x)"),
        says=(
            "MNIST_Net: `forward` uses layers that `parameters()` does not know, so the optimizer never trains them. "
            "A plain Python list or dict hides its layers: use `nn.ModuleList` or `nn.Sequential`."
        ),
    ),
    _mnist_net(
        "mnist-net-layer-made-in-forward",
        ("        self.fc2 = nn.Linear(256, 10)\n", ""),
        ("self.fc2(x)", "nn.Linear(256, 10)(x)"),
        says=(
            "MNIST_Net: `forward` makes a layer, so each call has new random weights there that are never trained. "
            "Make all layers in `__init__` and only use them in `forward`."
        ),
    ),
    _mnist_net(
        "mnist-net-dropout-in-eval",
        ("x = torch.relu(self.fc1(x))", "x = nn.functional.dropout(torch.relu(self.fc1(x)), 0.5)"),
        says=(
            "MNIST_Net: in eval mode the same image gives different outputs: a dropout stays active. `F.dropout` "
            "needs `training=self.training`; or use an `nn.Dropout` layer, which knows the mode."
        ),
    ),
    _mnist_net(
        "mnist-net-no-running-stats",
        ("nn.BatchNorm2d(8)", "nn.BatchNorm2d(8, track_running_stats=False)"),
        ("nn.BatchNorm2d(16)", "nn.BatchNorm2d(16, track_running_stats=False)"),
        says=(
            "MNIST_Net: in eval mode the logits of an image depend on the other images of its batch. Let batch norm "
            "keep its running statistics (`track_running_stats=True`, the default), and take no mean over the batch "
            "yourself."
        ),
    ),
    _mnist_net(
        "mnist-net-no-super-init",
        ("        super().__init__()\n", ""),
        says=(
            "MNIST_Net: the constructor of `nn.Module` is not called, so there is no place to register layers in. "
            "Call `super().__init__()` first in `__init__` (that is question 3)."
        ),
    ),
    _mnist_net(
        "mnist-net-misspelt-forward",
        ("def forward(self", "def foward(self"),
        says=(
            "MNIST_Net: there is no method `forward`. Calling the network calls the method of exactly that name: "
            "look at its spelling and its indentation."
        ),
    ),
    _mnist_net(
        "mnist-net-colour-images",
        ("nn.Conv2d(1, 8, 3, padding=1)", "nn.Conv2d(3, 8, 3, padding=1)"),
        says=(
            "MNIST_Net: the first convolution expects three channels. MNIST's images are grey, (N, 1, 28, 28): its "
            "`in_channels` is 1."
        ),
    ),
    _mnist_net(
        "mnist-net-one-pooling-forgotten",
        ("nn.Linear(16 * 7 * 7, 256)", "nn.Linear(16 * 14 * 14, 256)"),
        says=(
            "MNIST_Net: the first linear layer expects another number of features than the convolutions give. Each "
            "pooling by 2 halves height and width: print `x.shape` before the layer, or compute it from 28."
        ),
    ),
    _mnist_net(
        "mnist-net-norm-1d",
        ("nn.BatchNorm2d(8)", "nn.BatchNorm1d(8)"),
        ("nn.BatchNorm2d(16)", "nn.BatchNorm1d(16)"),
        says=(
            "MNIST_Net: a `BatchNorm1d` gets the maps (N, C, H, W) of a convolution and raises an error. After a "
            "convolution it is `BatchNorm2d`; `BatchNorm1d` goes after a linear layer."
        ),
    ),
)
