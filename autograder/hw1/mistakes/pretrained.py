"""Mistakes in part 2.2, ``PretrainedVGG``."""

from autograder.staff.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="pretrained-vgg-fresh-features",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
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
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the features have fresh random weights, not those of `pre_vgg`. Keep the module that you "
            "are given: its weights are what makes this network better."
        ),
    ),
    Mistake(
        id="pretrained-vgg-convolutions-drawn-anew",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "self.features = pre_vgg.features\n",
                "self.features = pre_vgg.features\n"
                "        for layer in self.features:\n"
                "            if isinstance(layer, nn.Conv2d):\n"
                "                layer.reset_parameters()\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the constructor draws the weights of the pre-trained convolutions anew, so that what they "
            "had learnt is lost. Initialise the head alone."
        ),
    ),
    Mistake(
        id="pretrained-vgg-frozen-features",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "self.features = pre_vgg.features\n",
                "self.features = pre_vgg.features\n"
                "        for parameter in self.features.parameters():\n"
                "            parameter.requires_grad = False\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the features are frozen: their parameters do not require a gradient. Here all of them "
            "are fine-tuned; leave `requires_grad` at True."
        ),
    ),
    Mistake(
        id="pretrained-vgg-only-last-block-trained",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "self.features = pre_vgg.features\n",
                "self.features = pre_vgg.features\n"
                "        for parameter in self.features[:-13].parameters():  # 13: the modules of the last block\n"
                "            parameter.requires_grad = False\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the first blocks of the features are frozen, only the last is trained. Here all of them "
            "are fine-tuned; leave `requires_grad` at True."
        ),
    ),
    Mistake(
        id="pretrained-vgg-features-without-gradient",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "        x = self.features(x)",
                "        with torch.no_grad():\n            x = self.features(x)",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: no gradient reaches the features: they run under `torch.no_grad()`, or their output is "
            "detached. They are fine-tuned too; take that out."
        ),
    ),
    Mistake(
        id="pretrained-vgg-features-in-eval-mode",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "        x = self.features(x)",
                "        self.features.eval()\n        x = self.features(x)",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: in train mode the features' batch norms still use their running statistics: they are "
            "kept in eval mode. They are fine-tuned; let `net.train()` reach them."
        ),
    ),
    Mistake(
        id="pretrained-vgg-head-frozen",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "        # END SOLUTION\n\n    def forward",
                "        self.head.requires_grad_(False)\n        # END SOLUTION\n\n    def forward",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the head is frozen with its random weights. It is the part that must learn most; leave "
            "`requires_grad` at True."
        ),
    ),
    Mistake(
        id="pretrained-vgg-squeeze",
        module="vgg",
        scope="PretrainedVGG",
        edits=(("x.flatten(1)", "x.squeeze()"),),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: one image alone gives shape (10,), not (1, 10). `.squeeze()` without a dimension also "
            "drops a batch of size 1: use `.flatten(1)`."
        ),
    ),
    Mistake(
        id="pretrained-vgg-softmax",
        module="vgg",
        scope="PretrainedVGG",
        edits=(("self.head(x.flatten(1))", "torch.softmax(self.head(x.flatten(1)), dim=1)"),),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits."
        ),
    ),
    Mistake(
        id="pretrained-vgg-thousand-classes",
        module="vgg",
        scope="PretrainedVGG",
        edits=(("nn.Linear(128, 10)", "nn.Linear(128, 1000)"),),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: the output has 1,000 columns, as for ImageNet. CIFAR-10 has ten classes: the last layer "
            "is 128-10."
        ),
    ),
    Mistake(
        id="pretrained-vgg-first-relu-missing",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
                "            nn.Linear(512, 512),\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: no ReLU follows the head's first layer. There is one after the first and one after the "
            "second layer."
        ),
    ),
    Mistake(
        id="pretrained-vgg-second-relu-missing",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
                "            nn.Linear(512, 128),\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: no ReLU follows the head's second layer. There is one after the first and one after the "
            "second layer."
        ),
    ),
    Mistake(
        id="pretrained-vgg-one-linear-layer",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
                "",
            ),
            (
                "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
                "",
            ),
            ("nn.Linear(128, 10)", "nn.Linear(512, 10)"),
        ),
        fails=("2.2b-structure",),
        says="PretrainedVGG: the head is one linear layer, 512-10. It has three, as in VGG19: 512-512-128-10.",
    ),
    Mistake(
        id="pretrained-vgg-head-256",
        module="vgg",
        scope="PretrainedVGG",
        edits=(("nn.Linear(512, 512)", "nn.Linear(512, 256)"), ("nn.Linear(512, 128)", "nn.Linear(256, 128)")),
        fails=("2.2b-structure",),
        says="PretrainedVGG: the head is 512-256-128-10. It is the same as in VGG19: 512-512-128-10.",
    ),
    Mistake(
        id="pretrained-vgg-dropout-in-head",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
            (
                "            nn.Linear(512, 512),\n            nn.ReLU(),\n",
                "            nn.Linear(512, 512),\n            nn.ReLU(),\n            nn.Dropout(0.5),\n",
            ),
            (
                "            nn.Linear(512, 128),\n            nn.ReLU(),\n",
                "            nn.Linear(512, 128),\n            nn.ReLU(),\n            nn.Dropout(0.5),\n",
            ),
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: in train mode the head drops values out, as the original classifier does. Here it has no "
            "dropout: linear layers and ReLUs only."
        ),
    ),
    Mistake(
        id="pretrained-vgg-old-classifier",
        module="vgg",
        scope="PretrainedVGG",
        edits=(
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
        ),
        fails=("2.2b-structure",),
        says=(
            "PretrainedVGG: it keeps the original classifier, which is made for 7 x 7 maps and has 120 million "
            "weights. Use `pre_vgg.features` only, under a new head 512-512-128-10."
        ),
    ),
)
