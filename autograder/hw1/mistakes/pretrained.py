"""Mistakes in part 2.2, ``PretrainedVGG``."""

from autograder.staff.mistake import Mistake

_pretrained_vgg = Mistake.of("vgg", "PretrainedVGG", "2.2b-structure")

MISTAKES: tuple[Mistake, ...] = (
    _pretrained_vgg(
        "pretrained-vgg-fresh-features",
        (
            "self.features = pre_vgg.features\n",
            "self.features = nn.Sequential(\n"
            "            ConvBlock1(3, 64),\n"
            "            ConvBlock1(64, 128),\n"
            "            ConvBlock2(128, 256),\n"
            "            ConvBlock2(256, 512),\n"
            "            ConvBlock2(512, 512),\n"
            "        )\n",
        ),
        says=(
            "PretrainedVGG: the features have fresh random weights, not those of `pre_vgg`. Keep the module that you "
            "are given: its weights are what makes this network better."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-convolutions-drawn-anew",
        (
            "self.features = pre_vgg.features\n",
            "self.features = pre_vgg.features\n"
            "        for layer in self.features:\n"
            "            if isinstance(layer, nn.Conv2d):\n"
            "                layer.reset_parameters()\n",
        ),
        says=(
            "PretrainedVGG: the constructor draws the weights of the pre-trained convolutions anew, so that what they "
            "had learnt is lost. Initialise the head alone."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-frozen-features",
        (
            "self.features = pre_vgg.features\n",
            "self.features = pre_vgg.features\n"
            "        for parameter in self.features.parameters():\n"
            "            parameter.requires_grad = False\n",
        ),
        says=(
            "PretrainedVGG: the features are frozen: their parameters do not require a gradient. Here all of them "
            "are fine-tuned; leave `requires_grad` at True."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-only-last-block-trained",
        (
            "self.features = pre_vgg.features\n",
            "self.features = pre_vgg.features\n"
            "        for parameter in self.features[:-13].parameters():  # 13: the modules of the last block\n"
            "            parameter.requires_grad = False\n",
        ),
        says=(
            "PretrainedVGG: the first blocks of the features are frozen, only the last is trained. Here all of them "
            "are fine-tuned; leave `requires_grad` at True."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-features-without-gradient",
        (
            "        x = self.features(x)",
            "        with torch.no_grad():\n            x = self.features(x)",
        ),
        says=(
            "PretrainedVGG: no gradient reaches the features: they run under `torch.no_grad()`, or their output is "
            "detached. They are fine-tuned too; take that out."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-features-in-eval-mode",
        (
            "        x = self.features(x)",
            "        self.features.eval()\n        x = self.features(x)",
        ),
        says=(
            "PretrainedVGG: in train mode the features' batch norms still use their running statistics: they are "
            "kept in eval mode. They are fine-tuned; let `net.train()` reach them."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-head-frozen",
        (
            "        # END SOLUTION\n\n    def forward",
            "        self.head.requires_grad_(False)\n        # END SOLUTION\n\n    def forward",
        ),
        says=(
            "PretrainedVGG: the head is frozen with its random weights. It is the part that must learn most; leave "
            "`requires_grad` at True."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-squeeze",
        ("x.flatten(1)", "x.squeeze()"),
        says=(
            "PretrainedVGG: one image alone gives shape (10,), not (1, 10). `.squeeze()` without a dimension also "
            "drops a batch of size 1: use `.flatten(1)`."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-softmax",
        ("self.head(x.flatten(1))", "torch.softmax(self.head(x.flatten(1)), dim=1)"),
        says=(
            "PretrainedVGG: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-thousand-classes",
        ("nn.Linear(128, 10)", "nn.Linear(128, 1000)"),
        says=(
            "PretrainedVGG: the output has 1,000 columns, as for ImageNet. CIFAR-10 has ten classes: the last layer "
            "is 128-10."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-first-relu-missing",
        (
            "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
            "            nn.Linear(512, 512),\n",
        ),
        says=(
            "PretrainedVGG: no ReLU follows the head's first layer. There is one after the first and one after the "
            "second layer."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-second-relu-missing",
        (
            "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
            "            nn.Linear(512, 128),\n",
        ),
        says=(
            "PretrainedVGG: no ReLU follows the head's second layer. There is one after the first and one after the "
            "second layer."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-one-linear-layer",
        (
            "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
            "",
        ),
        (
            "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
            "",
        ),
        ("nn.Linear(128, 10)", "nn.Linear(512, 10)"),
        says="PretrainedVGG: the head is one linear layer, 512-10. It has three, as in VGG19: 512-512-128-10.",
    ),
    _pretrained_vgg(
        "pretrained-vgg-head-256",
        ("nn.Linear(512, 512)", "nn.Linear(512, 256)"),
        ("nn.Linear(512, 128)", "nn.Linear(256, 128)"),
        says="PretrainedVGG: the head is 512-256-128-10. It is the same as in VGG19: 512-512-128-10.",
    ),
    _pretrained_vgg(
        "pretrained-vgg-dropout-in-head",
        (
            "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
            "            nn.Linear(512, 512),\n            nn.ReLU(),\n            nn.Dropout(0.5),\n",
        ),
        (
            "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
            "            nn.Linear(512, 128),\n            nn.ReLU(),\n            nn.Dropout(0.5),\n",
        ),
        says=(
            "PretrainedVGG: in train mode the head drops values out, as the original classifier does. Here it has no "
            "dropout: linear layers and ReLUs only."
        ),
    ),
    _pretrained_vgg(
        "pretrained-vgg-old-classifier",
        (
            "        self.head = nn.Sequential(\n"
            "            nn.Linear(512, 512),\n"
            "            nn.ReLU(),\n"
            "            nn.Linear(512, 128),\n"
            "            nn.ReLU(),\n"
            "            nn.Linear(128, 10),\n"
            "        )\n",
            "        self.classifier = pre_vgg.classifier\n        self.classifier[6] = nn.Linear(4096, 10)\n",
        ),
        ("self.head(x.flatten(1))", "self.classifier(nn.functional.adaptive_avg_pool2d(x, 7).flatten(1))"),
        says=(
            "PretrainedVGG: it keeps the original classifier, which is made for 7 x 7 maps and has 120 million "
            "weights. Use `pre_vgg.features` only, under a new head 512-512-128-10."
        ),
    ),
)
