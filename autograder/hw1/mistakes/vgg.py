"""Mistakes in part 2.1: the blocks and ``VGG19``.

A block's mistake fails that block's check alone: ``VGG19`` is then judged with stand-ins for the blocks.
"""

from autograder.staff.mistake import Mistake

_conv_block1 = Mistake.of("vgg", "ConvBlock1", "2.1a")
_conv_block2 = Mistake.of("vgg", "ConvBlock2", "2.1b")
_vgg19 = Mistake.of("vgg", "VGG19", "2.1c-count", "2.1c-function")

MISTAKES: tuple[Mistake, ...] = (
    _conv_block1(
        "convblock1-no-batch-norm",
        ("        self.norm1 = nn.BatchNorm2d(out_dim)\n", ""),
        ("        self.norm2 = nn.BatchNorm2d(out_dim)\n", ""),
        ("torch.relu(self.norm1(self.conv1(x)))", "torch.relu(self.conv1(x))"),
        ("torch.relu(self.norm2(self.conv2(x)))", "torch.relu(self.conv2(x))"),
        says="ConvBlock1: there is no batch norm in the forward pass. One follows each convolution, before the ReLU.",
    ),
    _conv_block1(
        "convblock1-batch-norm-after-relu",
        ("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(torch.relu(self.conv1(x)))"),
        ("torch.relu(self.norm2(self.conv2(x)))", "self.norm2(torch.relu(self.conv2(x)))"),
        says="ConvBlock1: batch norm comes after each ReLU. The order is convolution, batch norm, ReLU.",
    ),
    _conv_block1(
        "convblock1-shared-batch-norm",
        ("        self.norm2 = nn.BatchNorm2d(out_dim)\n", ""),
        ("torch.relu(self.norm2(self.conv2(x)))", "torch.relu(self.norm1(self.conv2(x)))"),
        says=(
            "ConvBlock1: one batch norm serves both convolutions. Each has its own mean, variance, weight and bias: "
            "declare two."
        ),
    ),
    _conv_block1(
        "convblock1-first-relu-missing",
        ("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(self.conv1(x))"),
        says="ConvBlock1: no ReLU follows the first batch norm. Each convolution has its batch norm and its ReLU.",
    ),
    _conv_block1(
        "convblock1-last-relu-missing",
        ("torch.relu(self.norm2(self.conv2(x)))", "self.norm2(self.conv2(x))"),
        says="ConvBlock1: no ReLU follows the second batch norm. Each convolution has its batch norm and its ReLU.",
    ),
    _conv_block1(
        "convblock1-leaky-relu",
        ("torch.relu(self.norm1(self.conv1(x)))", "nn.functional.leaky_relu(self.norm1(self.conv1(x)))"),
        ("torch.relu(self.norm2(self.conv2(x)))", "nn.functional.leaky_relu(self.norm2(self.conv2(x)))"),
        says=(
            "ConvBlock1: negative values are not cut off but scaled by 0.01: the activations are LeakyReLUs. VGG "
            "uses plain ReLUs."
        ),
    ),
    _conv_block1(
        "convblock1-no-padding",
        ("nn.Conv2d(in_dim, out_dim, 3, padding=1)", "nn.Conv2d(in_dim, out_dim, 3)"),
        ("nn.Conv2d(out_dim, out_dim, 3, padding=1)", "nn.Conv2d(out_dim, out_dim, 3)"),
        says=(
            "ConvBlock1: the convolutions have no padding, so each takes two rows and columns away. With `padding=1` "
            "a 3 x 3 convolution keeps height and width."
        ),
    ),
    _conv_block1(
        "convblock1-filter-5",
        ("nn.Conv2d(in_dim, out_dim, 3, padding=1)", "nn.Conv2d(in_dim, out_dim, 5, padding=2)"),
        ("nn.Conv2d(out_dim, out_dim, 3, padding=1)", "nn.Conv2d(out_dim, out_dim, 5, padding=2)"),
        says="ConvBlock1: the filters are 5 x 5. VGG stacks small ones: 3 x 3 with padding 1.",
    ),
    _conv_block1(
        "convblock1-no-bias",
        ("nn.Conv2d(in_dim, out_dim, 3, padding=1)", "nn.Conv2d(in_dim, out_dim, 3, padding=1, bias=False)"),
        (
            "nn.Conv2d(out_dim, out_dim, 3, padding=1)",
            "nn.Conv2d(out_dim, out_dim, 3, padding=1, bias=False)",
        ),
        says=(
            "ConvBlock1: the convolutions have no bias. Batch norm makes it superfluous, but here it is asked for: "
            "ConvBlock1(3, 64) has 38,976 parameters."
        ),
    ),
    _conv_block1(
        "convblock1-one-convolution",
        ("        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, padding=1)\n", ""),
        ("        self.norm2 = nn.BatchNorm2d(out_dim)\n", ""),
        ("        x = torch.relu(self.norm2(self.conv2(x)))  # (N, out_dim, H, W)\n", ""),
        says=(
            "ConvBlock1: there is one convolution. The block has two, each with batch norm and ReLU, and then the "
            "pooling."
        ),
    ),
    _conv_block1(
        "convblock1-second-convolution-in-dim",
        ("nn.Conv2d(out_dim, out_dim, 3", "nn.Conv2d(in_dim, out_dim, 3"),
        says=(
            "ConvBlock1: the second convolution expects `in_dim` channels, but the first one gives `out_dim`. It is "
            "`nn.Conv2d(out_dim, out_dim, ...)`."
        ),
    ),
    _conv_block1(
        "convblock1-no-pooling",
        ("        self.pool = nn.MaxPool2d(2)\n", ""),
        ("self.pool(x)", "x"),
        says="ConvBlock1: the output has the height and width of the input. End the block with max-pooling by 2.",
    ),
    _conv_block1(
        "convblock1-average-pooling",
        ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),
        says="ConvBlock1: the pooling takes the mean of each 2 x 2 window. It is max-pooling: `nn.MaxPool2d(2)`.",
    ),
    _conv_block1(
        "convblock1-strided-convolution",
        ("nn.Conv2d(out_dim, out_dim, 3, padding=1)", "nn.Conv2d(out_dim, out_dim, 3, stride=2, padding=1)"),
        ("        self.pool = nn.MaxPool2d(2)\n", ""),
        ("self.pool(x)", "x"),
        says=(
            "ConvBlock1: a stride of 2 in the second convolution halves the maps in place of pooling. Both "
            "convolutions have stride 1; max-pooling by 2 ends the block."
        ),
    ),
    _conv_block1(
        "convblock1-pooling-between",
        ("torch.relu(self.norm1(self.conv1(x)))", "self.pool(torch.relu(self.norm1(self.conv1(x))))"),
        ("self.pool(x)", "x"),
        says=(
            "ConvBlock1: the pooling comes between the two convolutions. It comes last: two times convolution, batch "
            "norm, ReLU; then max-pooling."
        ),
    ),
    _conv_block1(
        "convblock1-momentum",
        ("self.norm1 = nn.BatchNorm2d(out_dim)", "self.norm1 = nn.BatchNorm2d(out_dim, momentum=0.9)"),
        ("self.norm2 = nn.BatchNorm2d(out_dim)", "self.norm2 = nn.BatchNorm2d(out_dim, momentum=0.9)"),
        says=(
            "ConvBlock1: the running statistics move nine tenths of the way to each batch: batch norm has "
            "`momentum=0.9`. PyTorch's momentum is the weight of the new batch: leave it at 0.1."
        ),
    ),
    _conv_block1(
        "convblock1-no-running-stats",
        (
            "self.norm1 = nn.BatchNorm2d(out_dim)",
            "self.norm1 = nn.BatchNorm2d(out_dim, track_running_stats=False)",
        ),
        (
            "self.norm2 = nn.BatchNorm2d(out_dim)",
            "self.norm2 = nn.BatchNorm2d(out_dim, track_running_stats=False)",
        ),
        says=(
            "ConvBlock1: in eval mode the output of an image depends on its batch: batch norm keeps no running "
            "statistics. Leave `track_running_stats` at True."
        ),
    ),
    _conv_block2(
        "convblock2-two-convolutions",
        ("(in_dim, out_dim, out_dim, out_dim):", "(in_dim, out_dim):"),
        says="ConvBlock2: there are two convolutions, as in ConvBlock1. This block has four.",
    ),
    _conv_block2(
        "convblock2-three-convolutions",
        ("(in_dim, out_dim, out_dim, out_dim):", "(in_dim, out_dim, out_dim):"),
        says="ConvBlock2: there are three convolutions, as in VGG-16. VGG-19's block has four.",
    ),
    _conv_block2(
        "convblock2-five-convolutions",
        ("(in_dim, out_dim, out_dim, out_dim):", "(in_dim, out_dim, out_dim, out_dim, out_dim):"),
        says=(
            "ConvBlock2: there are five convolutions. The block has four, the first of them from `in_dim` to `out_dim`."
        ),
    ),
    _conv_block2(
        "convblock2-no-batch-norm",
        (", nn.BatchNorm2d(out_dim)", ""),
        says="ConvBlock2: there is no batch norm in the forward pass. One follows each convolution, before the ReLU.",
    ),
    _conv_block2(
        "convblock2-batch-norm-after-relu",
        ("nn.BatchNorm2d(out_dim), nn.ReLU()", "nn.ReLU(), nn.BatchNorm2d(out_dim)"),
        says="ConvBlock2: batch norm comes after each ReLU. The order is convolution, batch norm, ReLU.",
    ),
    _conv_block2(
        "convblock2-shared-batch-norm",
        (
            "        for channels",
            "        norm = nn.BatchNorm2d(out_dim)\n        for channels",
        ),
        (
            "nn.Conv2d(channels, out_dim, 3, padding=1), nn.BatchNorm2d(out_dim)",
            "nn.Conv2d(channels, out_dim, 3, padding=1), norm",
        ),
        says=(
            "ConvBlock2: one batch norm serves all convolutions. Each has its own mean, variance, weight and bias: "
            "declare four."
        ),
    ),
    _conv_block2(
        "convblock2-no-relu",
        (", nn.ReLU()", ""),
        says="ConvBlock2: there is no ReLU. Each convolution has its batch norm and its ReLU.",
    ),
    _conv_block2(
        "convblock2-last-relu-missing",
        ("*layers, ", "*layers[:-1], "),
        says=(
            "ConvBlock2: no ReLU follows the last batch norm. Each of the four convolutions has its batch norm and "
            "its ReLU."
        ),
    ),
    _conv_block2(
        "convblock2-relu-only-at-the-end",
        (", nn.ReLU()", ""),
        ("*layers, ", "*layers, nn.ReLU(), "),
        says=(
            "ConvBlock2: the only ReLU is the one before the pooling. Each of the four convolutions has its batch "
            "norm and its ReLU."
        ),
    ),
    _conv_block2(
        "convblock2-leaky-relu",
        ("nn.ReLU()", "nn.LeakyReLU()"),
        says=(
            "ConvBlock2: negative values are not cut off but scaled by 0.01: the activations are LeakyReLUs. VGG "
            "uses plain ReLUs."
        ),
    ),
    _conv_block2(
        "convblock2-no-padding",
        ("3, padding=1", "3"),
        says=(
            "ConvBlock2: the convolutions have no padding, so each takes two rows and columns away. With `padding=1` "
            "a 3 x 3 convolution keeps height and width."
        ),
    ),
    _conv_block2(
        "convblock2-filter-5",
        ("3, padding=1", "5, padding=2"),
        says="ConvBlock2: the filters are 5 x 5. VGG stacks small ones: 3 x 3 with padding 1.",
    ),
    _conv_block2(
        "convblock2-no-bias",
        ("3, padding=1", "3, padding=1, bias=False"),
        says=(
            "ConvBlock2: the convolutions have no bias. Batch norm makes it superfluous, but here it is asked for: "
            "ConvBlock2(128, 256) has 2,067,456 parameters."
        ),
    ),
    _conv_block2(
        "convblock2-no-pooling",
        ("(*layers, nn.MaxPool2d(2))", "(*layers)"),
        says="ConvBlock2: the output has the height and width of the input. End the block with max-pooling by 2.",
    ),
    _conv_block2(
        "convblock2-average-pooling",
        ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),
        says="ConvBlock2: the pooling takes the mean of each 2 x 2 window. It is max-pooling: `nn.MaxPool2d(2)`.",
    ),
    _conv_block2(
        "convblock2-pools-twice",
        ("*layers, nn.MaxPool2d(2)", "*layers[:6], nn.MaxPool2d(2), *layers[6:], nn.MaxPool2d(2)"),
        says=(
            "ConvBlock2: it pools twice, as two times ConvBlock1 would, so that height and width are a quarter. Pool "
            "once, after the fourth convolution."
        ),
    ),
    _conv_block2(
        "convblock2-momentum",
        ("nn.BatchNorm2d(out_dim)", "nn.BatchNorm2d(out_dim, momentum=0.9)"),
        says=(
            "ConvBlock2: the running statistics move nine tenths of the way to each batch: batch norm has "
            "`momentum=0.9`. PyTorch's momentum is the weight of the new batch: leave it at 0.1."
        ),
    ),
    _conv_block2(
        "convblock2-no-running-stats",
        ("nn.BatchNorm2d(out_dim)", "nn.BatchNorm2d(out_dim, track_running_stats=False)"),
        says=(
            "ConvBlock2: in eval mode the output of an image depends on its batch: batch norm keeps no running "
            "statistics. Leave `track_running_stats` at True."
        ),
    ),
    _vgg19(
        "vgg19-squeeze",
        ("x.flatten(1)", "x.squeeze()"),
        fails=("2.1c-shapes",),
        says=(
            "VGG19: one image alone gives shape (10,), not (1, 10). `.squeeze()` without a dimension also drops a "
            "batch of size 1: use `.flatten(1)`."
        ),
    ),
    _vgg19(
        "vgg19-hundred-classes",
        ("nn.Linear(128, 10)", "nn.Linear(128, 100)"),
        fails=("2.1c-shapes", "2.1c-count", "2.1c-function"),
        says="VGG19: the output has 100 columns, as for CIFAR-100. CIFAR-10 has ten classes: the last layer is 128-10.",
    ),
    _vgg19(
        "vgg19-thousand-classes",
        ("nn.Linear(128, 10)", "nn.Linear(128, 1000)"),
        fails=("2.1c-shapes", "2.1c-count", "2.1c-function"),
        says=(
            "VGG19: the output has 1,000 columns, as for ImageNet. CIFAR-10 has ten classes: the last layer is 128-10."
        ),
    ),
    _vgg19(
        "vgg19-torchvision",
        (
            "        self.block1 = ConvBlock1(3, 64)\n"
            "        self.block2 = ConvBlock1(64, 128)\n"
            "        self.block3 = ConvBlock2(128, 256)\n"
            "        self.block4 = ConvBlock2(256, 512)\n"
            "        self.block5 = ConvBlock2(512, 512)\n"
            "        self.fc1 = nn.Linear(512, 512)\n"
            "        self.fc2 = nn.Linear(512, 128)\n"
            "        self.fc3 = nn.Linear(128, 10)\n",
            "        from torchvision.models import vgg19_bn\n\n        self.vgg = vgg19_bn()\n",
        ),
        (
            "        x = self.block2(self.block1(x))",
            "        return self.vgg(x)\n        x = self.block2(self.block1(x))",
        ),
        fails=("2.1c-shapes", "2.1c-count", "2.1c-function"),
        says=(
            "VGG19: this is torchvision's `vgg19_bn()`, made for ImageNet: 1,000 outputs and 143,678,248 parameters. "
            "Build it from your own blocks, with the head 512-512-128-10."
        ),
    ),
    _vgg19(
        "vgg19-last-block-missing",
        ("        self.block5 = ConvBlock2(512, 512)\n", ""),
        ("self.block5(self.block4(self.block3(x)))", "self.block4(self.block3(x))"),
        fails=("2.1c-shapes", "2.1c-count", "2.1c-function"),
        says=(
            "VGG19: 2,048 features reach the head, which takes 512: a block is left out. Five poolings make 32 x 32 "
            "maps 1 x 1; run all five blocks."
        ),
    ),
    _vgg19(
        "vgg19-last-block-pooled-away",
        ("        self.block5 = ConvBlock2(512, 512)\n", ""),
        ("self.block5(self.block4(self.block3(x)))", "self.block4(self.block3(x))"),
        ("x.flatten(1)", "x.mean(dim=(2, 3))"),
        says=(
            "VGG19: only four blocks are run, and the maps that are left are averaged. The fifth block, 512-512, is "
            "missing."
        ),
    ),
    _vgg19(
        "vgg19-first-block-is-convblock2",
        ("self.block1 = ConvBlock1(3, 64)", "self.block1 = ConvBlock2(3, 64)"),
        says="VGG19: the first block is a ConvBlock2. The first two blocks are ConvBlock1, the other three ConvBlock2.",
    ),
    _vgg19(
        "vgg19-second-block-is-convblock2",
        ("self.block2 = ConvBlock1(64, 128)", "self.block2 = ConvBlock2(64, 128)"),
        says=(
            "VGG19: the second block is a ConvBlock2. The first two blocks are ConvBlock1, the other three ConvBlock2."
        ),
    ),
    _vgg19(
        "vgg19-third-block-is-convblock1",
        ("self.block3 = ConvBlock2(128, 256)", "self.block3 = ConvBlock1(128, 256)"),
        says="VGG19: the third block is a ConvBlock1. The first two blocks are ConvBlock1, the other three ConvBlock2.",
    ),
    _vgg19(
        "vgg19-all-convblock1",
        ("self.block3 = ConvBlock2", "self.block3 = ConvBlock1"),
        ("self.block4 = ConvBlock2", "self.block4 = ConvBlock1"),
        ("self.block5 = ConvBlock2", "self.block5 = ConvBlock1"),
        says=(
            "VGG19: all five blocks are ConvBlock1: ten convolutions, which is VGG-13. In VGG-19 the last three "
            "blocks are ConvBlock2."
        ),
    ),
    _vgg19(
        "vgg19-narrow-blocks",
        ("ConvBlock2(256, 512)", "ConvBlock2(256, 256)"),
        ("ConvBlock2(512, 512)", "ConvBlock2(256, 512)"),
        says=(
            "VGG19: the fourth block is 256-256 and the fifth 256-512. The channels are doubled up to the fourth "
            "block: 256-512, then 512-512."
        ),
    ),
    _vgg19(
        "vgg19-one-linear-layer",
        (
            "        self.fc1 = nn.Linear(512, 512)\n"
            "        self.fc2 = nn.Linear(512, 128)\n"
            "        self.fc3 = nn.Linear(128, 10)\n",
            "        self.fc1 = nn.Linear(512, 10)\n",
        ),
        (
            "        x = torch.relu(self.fc1(x))  # (N, 512)\n"
            "        x = torch.relu(self.fc2(x))  # (N, 128)\n"
            "        return self.fc3(x)",
            "        return self.fc1(x)",
        ),
        says=(
            "VGG19: the head is one linear layer, 512-10. It has three: 512-512-128-10, with a ReLU after the first "
            "and after the second."
        ),
    ),
    _vgg19(
        "vgg19-two-linear-layers",
        (
            "        self.fc2 = nn.Linear(512, 128)\n        self.fc3 = nn.Linear(128, 10)\n",
            "        self.fc2 = nn.Linear(512, 10)\n",
        ),
        (
            "        x = torch.relu(self.fc2(x))  # (N, 128)\n        return self.fc3(x)",
            "        return self.fc2(x)",
        ),
        says="VGG19: the head is 512-512-10. The layer of 128 is missing: 512-512-128-10.",
    ),
    _vgg19(
        "vgg19-head-256",
        ("nn.Linear(512, 512)", "nn.Linear(512, 256)"),
        ("nn.Linear(512, 128)", "nn.Linear(256, 128)"),
        says="VGG19: the head is 512-256-128-10. Its first layer keeps the width: 512-512-128-10.",
    ),
    _vgg19(
        "vgg19-head-4096",
        ("nn.Linear(512, 512)", "nn.Linear(512, 4096)"),
        ("nn.Linear(512, 128)", "nn.Linear(4096, 4096)"),
        ("nn.Linear(128, 10)", "nn.Linear(4096, 10)"),
        says=(
            "VGG19: the head has 4,096 units in each hidden layer, as in the paper. Here it is smaller: 512-512-128-10."
        ),
    ),
    _vgg19(
        "vgg19-first-relu-missing",
        ("torch.relu(self.fc1(x))", "self.fc1(x)"),
        fails=("2.1c-function",),
        says=(
            "VGG19: no ReLU follows the head's first layer. There is one after the first and one after the second "
            "layer."
        ),
    ),
    _vgg19(
        "vgg19-second-relu-missing",
        ("torch.relu(self.fc2(x))", "self.fc2(x)"),
        fails=("2.1c-function",),
        says=(
            "VGG19: no ReLU follows the head's second layer. There is one after the first and one after the second "
            "layer."
        ),
    ),
    _vgg19(
        "vgg19-no-relus-in-head",
        ("torch.relu(self.fc1(x))", "self.fc1(x)"),
        ("torch.relu(self.fc2(x))", "self.fc2(x)"),
        fails=("2.1c-function",),
        says=(
            "VGG19: the head has no ReLU, so its three layers are together one linear map. Put one after the first "
            "and one after the second layer."
        ),
    ),
    _vgg19(
        "vgg19-relu-on-logits",
        ("self.fc3(x)", "torch.relu(self.fc3(x))"),
        fails=("2.1c-function",),
        says="VGG19: a ReLU follows the last layer and cuts off negative logits. No activation follows the last layer.",
    ),
    _vgg19(
        "vgg19-softmax",
        ("self.fc3(x)", "torch.softmax(self.fc3(x), dim=1)"),
        fails=("2.1c-function",),
        says="VGG19: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits.",
    ),
    _vgg19(
        "vgg19-log-softmax",
        ("self.fc3(x)", "torch.log_softmax(self.fc3(x), dim=1)"),
        fails=("2.1c-function",),
        says=(
            "VGG19: a log-softmax follows the last layer. That belongs with `NLLLoss`; `CrossEntropyLoss` wants the "
            "logits."
        ),
    ),
    _vgg19(
        "vgg19-dropout-in-head",
        (
            "        self.fc1 = nn.Linear",
            "        self.drop = nn.Dropout(0.5)\n        self.fc1 = nn.Linear",
        ),
        ("torch.relu(self.fc1(x))", "self.drop(torch.relu(self.fc1(x)))"),
        ("torch.relu(self.fc2(x))", "self.drop(torch.relu(self.fc2(x)))"),
        fails=("2.1c-function",),
        says=(
            "VGG19: in train mode the head drops values out, as in the paper. Here it has no dropout: linear layers "
            "and ReLUs only."
        ),
    ),
    _vgg19(
        "vgg19-scales-inputs",
        ("self.block1(x)", "self.block1(x / 255)"),
        fails=("2.1c-function",),
        says=(
            "VGG19: the inputs are divided by 255 first. `ToTensor()` has scaled them to [0, 1] already: pass them "
            "on as they come."
        ),
    ),
    _vgg19(
        "vgg19-detached-features",
        ("x.flatten(1)", "x.flatten(1).detach()"),
        fails=("2.1c-function",),
        says=(
            "VGG19: no gradient reaches the blocks, so they keep their random weights. Take `.detach()`, `.data` or "
            "`no_grad` out of `forward`."
        ),
    ),
)
