"""Mistakes in part 1.2's ten networks, ``Exp1`` to ``Exp10``."""

from autograder.staff.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="exp1-relu",
        module="ablations",
        scope="Exp1",
        edits=(("torch.sigmoid", "torch.relu"),),
        fails=("1.2.1",),
        says="Exp1: the hidden layer has a ReLU. That is experiment 2; here it is a sigmoid.",
    ),
    Mistake(
        id="exp1-no-activation",
        module="ablations",
        scope="Exp1",
        edits=(("torch.sigmoid(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),),
        fails=("1.2.1",),
        says=(
            "Exp1: there is no activation between the two layers, so they are together one linear map. Put a sigmoid "
            "after the first layer."
        ),
    ),
    Mistake(
        id="exp1-sigmoid-on-logits",
        module="ablations",
        scope="Exp1",
        edits=(("self.fc2(x)", "torch.sigmoid(self.fc2(x))"),),
        fails=("1.2.1",),
        says=(
            "Exp1: a sigmoid follows the last layer too. No activation follows the last layer: `CrossEntropyLoss` "
            "wants logits."
        ),
    ),
    Mistake(
        id="exp1-softmax",
        module="ablations",
        scope="Exp1",
        edits=(("self.fc2(x)", "torch.softmax(self.fc2(x), dim=1)"),),
        fails=("1.2.1",),
        says="Exp1: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits.",
    ),
    Mistake(
        id="exp1-width-50",
        module="ablations",
        scope="Exp1",
        edits=(("nn.Linear(784, 30)", "nn.Linear(784, 50)"), ("nn.Linear(30, 10)", "nn.Linear(50, 10)")),
        fails=("1.2.1",),
        says="Exp1: the hidden layer is 50 wide. 784-30-10 means 30 hidden units, 23,860 parameters.",
    ),
    Mistake(
        id="exp2-sigmoid",
        module="ablations",
        scope="Exp2",
        edits=(("torch.relu", "torch.sigmoid"),),
        fails=("1.2.2",),
        says="Exp2: the hidden layer has a sigmoid. That is experiment 1; here it is a ReLU.",
    ),
    Mistake(
        id="exp2-no-activation",
        module="ablations",
        scope="Exp2",
        edits=(("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),),
        fails=("1.2.2",),
        says=(
            "Exp2: there is no activation between the two layers, so they are together one linear map. Put a ReLU "
            "after the first layer."
        ),
    ),
    Mistake(
        id="exp2-relu-on-logits",
        module="ablations",
        scope="Exp2",
        edits=(("self.fc2(x)", "torch.relu(self.fc2(x))"),),
        fails=("1.2.2",),
        says="Exp2: a ReLU follows the last layer and cuts off negative logits. No activation follows the last layer.",
    ),
    Mistake(
        id="exp2-log-softmax",
        module="ablations",
        scope="Exp2",
        edits=(("self.fc2(x)", "torch.log_softmax(self.fc2(x), dim=1)"),),
        fails=("1.2.2",),
        says=(
            "Exp2: a log-softmax follows the last layer. That belongs with `NLLLoss`; `CrossEntropyLoss` wants the "
            "logits."
        ),
    ),
    Mistake(
        id="exp3-relu",
        module="ablations",
        scope="Exp3",
        edits=(
            ("torch.sigmoid(self.fc1(x.flatten(1)))", "torch.relu(self.fc1(x.flatten(1)))"),
            ("torch.sigmoid(self.fc2(x))", "torch.relu(self.fc2(x))"),
        ),
        fails=("1.2.3",),
        says="Exp3: the hidden layers have ReLUs. That is experiment 4; here both have a sigmoid.",
    ),
    Mistake(
        id="exp3-first-sigmoid-missing",
        module="ablations",
        scope="Exp3",
        edits=(("torch.sigmoid(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),),
        fails=("1.2.3",),
        says="Exp3: no activation follows the first layer. Put a sigmoid after each hidden layer.",
    ),
    Mistake(
        id="exp3-second-sigmoid-missing",
        module="ablations",
        scope="Exp3",
        edits=(("torch.sigmoid(self.fc2(x))", "self.fc2(x)"),),
        fails=("1.2.3",),
        says="Exp3: no activation follows the second layer. Put a sigmoid after each hidden layer.",
    ),
    Mistake(
        id="exp3-widths-swapped",
        module="ablations",
        scope="Exp3",
        edits=(
            ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
            ("nn.Linear(50, 30)", "nn.Linear(30, 50)"),
            ("nn.Linear(30, 10)", "nn.Linear(50, 10)"),
        ),
        fails=("1.2.3",),
        says="Exp3: the hidden layers are 30 and 50 wide. 784-50-30-10 means 50 first, then 30.",
    ),
    Mistake(
        id="exp3-two-layers",
        module="ablations",
        scope="Exp3",
        edits=(
            ("nn.Linear(50, 30)", "nn.Linear(50, 10)"),
            ("        self.fc3 = nn.Linear(30, 10)\n", ""),
            ("        x = torch.sigmoid(self.fc2(x))  # (N, 30)\n", ""),
            ("self.fc3(x)", "self.fc2(x)"),
        ),
        fails=("1.2.3",),
        says="Exp3: one hidden layer is missing: the network is 784-50-10. It has three weight layers, 784-50-30-10.",
    ),
    Mistake(
        id="exp4-sigmoid",
        module="ablations",
        scope="Exp4",
        edits=(
            ("torch.relu(self.fc1(x.flatten(1)))", "torch.sigmoid(self.fc1(x.flatten(1)))"),
            ("torch.relu(self.fc2(x))", "torch.sigmoid(self.fc2(x))"),
        ),
        fails=("1.2.4",),
        says="Exp4: the hidden layers have sigmoids. That is experiment 3; here both have a ReLU.",
    ),
    Mistake(
        id="exp4-second-relu-missing",
        module="ablations",
        scope="Exp4",
        edits=(("torch.relu(self.fc2(x))", "self.fc2(x)"),),
        fails=("1.2.4",),
        says="Exp4: no activation follows the second layer. Put a ReLU after each hidden layer.",
    ),
    Mistake(
        id="exp4-no-activation",
        module="ablations",
        scope="Exp4",
        edits=(
            ("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
            ("torch.relu(self.fc2(x))", "self.fc2(x)"),
        ),
        fails=("1.2.4",),
        says=(
            "Exp4: there is no activation at all, so the three layers are together one linear map. Put a ReLU after "
            "each hidden layer."
        ),
    ),
    Mistake(
        id="exp4-relu-on-logits",
        module="ablations",
        scope="Exp4",
        edits=(("self.fc3(x)", "torch.relu(self.fc3(x))"),),
        fails=("1.2.4",),
        says="Exp4: a ReLU follows the last layer and cuts off negative logits. No activation follows the last layer.",
    ),
    Mistake(
        id="exp4-widths-swapped",
        module="ablations",
        scope="Exp4",
        edits=(
            ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
            ("nn.Linear(50, 30)", "nn.Linear(30, 50)"),
            ("nn.Linear(30, 10)", "nn.Linear(50, 10)"),
        ),
        fails=("1.2.4",),
        says="Exp4: the hidden layers are 30 and 50 wide. 784-50-30-10 means 50 first, then 30.",
    ),
    Mistake(
        id="exp5-sigmoid",
        module="ablations",
        scope="Exp5",
        edits=(
            ("torch.relu(self.fc1(x.flatten(1)))", "torch.sigmoid(self.fc1(x.flatten(1)))"),
            ("torch.relu(self.fc2(x))", "torch.sigmoid(self.fc2(x))"),
        ),
        fails=("1.2.5",),
        says=(
            "Exp5: the hidden layers have sigmoids. This is experiment 4's network with another optimizer: both have "
            "a ReLU."
        ),
    ),
    Mistake(
        id="exp5-first-relu-missing",
        module="ablations",
        scope="Exp5",
        edits=(("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),),
        fails=("1.2.5",),
        says="Exp5: no activation follows the first layer. Put a ReLU after each hidden layer.",
    ),
    Mistake(
        id="exp5-batch-norm",
        module="ablations",
        scope="Exp5",
        edits=(
            (
                "        self.fc2 = ",
                "        self.norm1 = nn.BatchNorm1d(50)\n        self.norm2 = nn.BatchNorm1d(30)\n        self.fc2 = ",
            ),
            ("self.fc1(x.flatten(1))", "self.norm1(self.fc1(x.flatten(1)))"),
            ("self.fc2(x)", "self.norm2(self.fc2(x))"),
        ),
        fails=("1.2.5",),
        says=(
            "Exp5: there is batch norm before each ReLU. That is experiment 8, which is compared with this one: here "
            "there is none."
        ),
    ),
    Mistake(
        id="exp5-two-layers",
        module="ablations",
        scope="Exp5",
        edits=(
            ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
            ("nn.Linear(50, 30)", "nn.Linear(30, 10)"),
            ("        self.fc3 = nn.Linear(30, 10)\n", ""),
            ("        x = torch.relu(self.fc2(x))  # (N, 30)\n", ""),
            ("self.fc3(x)", "self.fc2(x)"),
        ),
        fails=("1.2.5",),
        says="Exp5: the network is 784-30-10. That is experiment 6; here it has three weight layers, 784-50-30-10.",
    ),
    Mistake(
        id="exp6-sigmoid",
        module="ablations",
        scope="Exp6",
        edits=(("torch.relu", "torch.sigmoid"),),
        fails=("1.2.6",),
        says=(
            "Exp6: the hidden layer has a sigmoid. This is experiment 2's network with another optimizer: it has a "
            "ReLU."
        ),
    ),
    Mistake(
        id="exp6-batch-norm",
        module="ablations",
        scope="Exp6",
        edits=(
            (
                "        self.fc2 = ",
                "        self.norm1 = nn.BatchNorm1d(30)\n        self.fc2 = ",
            ),
            ("self.fc1(x.flatten(1))", "self.norm1(self.fc1(x.flatten(1)))"),
        ),
        fails=("1.2.6",),
        says=(
            "Exp6: there is batch norm before the ReLU. That is experiment 7, which is compared with this one: here "
            "there is none."
        ),
    ),
    Mistake(
        id="exp6-three-layers",
        module="ablations",
        scope="Exp6",
        edits=(
            ("nn.Linear(784, 30)", "nn.Linear(784, 50)"),
            (
                "nn.Linear(30, 10)",
                "nn.Linear(50, 30)\n        self.fc3 = nn.Linear(30, 10)",
            ),
            (
                "        return self.fc2(x)",
                "        x = torch.relu(self.fc2(x))\n        return self.fc3(x)",
            ),
        ),
        fails=("1.2.6",),
        says="Exp6: the network is 784-50-30-10. That is experiment 5; here it has two weight layers, 784-30-10.",
    ),
    Mistake(
        id="exp6-softmax",
        module="ablations",
        scope="Exp6",
        edits=(("self.fc2(x)", "torch.softmax(self.fc2(x), dim=1)"),),
        fails=("1.2.6",),
        says="Exp6: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits.",
    ),
    Mistake(
        id="exp7-no-batch-norm",
        module="ablations",
        scope="Exp7",
        edits=(
            ("        self.norm1 = nn.BatchNorm1d(30)\n", ""),
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
        ),
        fails=("1.2.7",),
        says=(
            "Exp7: there is no batch norm in the forward pass. That is experiment 6; here it stands between the "
            "first layer and its ReLU."
        ),
    ),
    Mistake(
        id="exp7-batch-norm-after-relu",
        module="ablations",
        scope="Exp7",
        edits=(("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(torch.relu(self.fc1(x.flatten(1))))"),),
        fails=("1.2.7",),
        says="Exp7: batch norm comes after the ReLU. Here it comes before: linear, batch norm, ReLU.",
    ),
    Mistake(
        id="exp7-relu-missing",
        module="ablations",
        scope="Exp7",
        edits=(("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(self.fc1(x.flatten(1)))"),),
        fails=("1.2.7",),
        says="Exp7: no ReLU follows the batch norm. Batch norm is no activation: linear, batch norm, ReLU.",
    ),
    Mistake(
        id="exp7-batch-norm-on-logits",
        module="ablations",
        scope="Exp7",
        edits=(
            (
                "        # END SOLUTION\n\n    def forward",
                "        self.norm2 = nn.BatchNorm1d(10)\n        # END SOLUTION\n\n    def forward",
            ),
            ("self.fc2(x)", "self.norm2(self.fc2(x))"),
        ),
        fails=("1.2.7",),
        says=(
            "Exp7: a second batch norm follows the last layer. Only the hidden layer has one, 23,920 parameters in "
            "all: return the logits as they are."
        ),
    ),
    Mistake(
        id="exp7-batch-norm-of-inputs",
        module="ablations",
        scope="Exp7",
        edits=(
            ("nn.BatchNorm1d(30)", "nn.BatchNorm1d(784)"),
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(self.norm1(x.flatten(1))))"),
        ),
        fails=("1.2.7",),
        says=(
            "Exp7: batch norm is applied to the 784 inputs. It belongs between the first layer and its ReLU, on 30 "
            "features."
        ),
    ),
    Mistake(
        id="exp8-no-batch-norm",
        module="ablations",
        scope="Exp8",
        edits=(
            ("        self.norm1 = nn.BatchNorm1d(50)\n", ""),
            ("        self.norm2 = nn.BatchNorm1d(30)\n", ""),
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
            ("torch.relu(self.norm2(self.fc2(x)))", "torch.relu(self.fc2(x))"),
        ),
        fails=("1.2.8",),
        says="Exp8: there is no batch norm in the forward pass. That is experiment 5; here it stands before each ReLU.",
    ),
    Mistake(
        id="exp8-first-batch-norm-missing",
        module="ablations",
        scope="Exp8",
        edits=(
            ("        self.norm1 = nn.BatchNorm1d(50)\n", ""),
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
        ),
        fails=("1.2.8",),
        says="Exp8: only the second hidden layer has batch norm. Both have it, each before its ReLU.",
    ),
    Mistake(
        id="exp8-second-batch-norm-missing",
        module="ablations",
        scope="Exp8",
        edits=(
            ("        self.norm2 = nn.BatchNorm1d(30)\n", ""),
            ("torch.relu(self.norm2(self.fc2(x)))", "torch.relu(self.fc2(x))"),
        ),
        fails=("1.2.8",),
        says="Exp8: only the first hidden layer has batch norm. Both have it, each before its ReLU.",
    ),
    Mistake(
        id="exp8-batch-norm-after-relu",
        module="ablations",
        scope="Exp8",
        edits=(
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(torch.relu(self.fc1(x.flatten(1))))"),
            ("torch.relu(self.norm2(self.fc2(x)))", "self.norm2(torch.relu(self.fc2(x)))"),
        ),
        fails=("1.2.8",),
        says="Exp8: batch norm comes after each ReLU. Here it comes before: linear, batch norm, ReLU.",
    ),
    Mistake(
        id="exp8-batch-norm-on-logits",
        module="ablations",
        scope="Exp8",
        edits=(
            (
                "        self.fc3 = nn.Linear(30, 10)\n",
                "        self.fc3 = nn.Linear(30, 10)\n        self.norm3 = nn.BatchNorm1d(10)\n",
            ),
            ("self.fc3(x)", "self.norm3(self.fc3(x))"),
        ),
        fails=("1.2.8",),
        says=(
            "Exp8: a third batch norm follows the last layer. Only the hidden layers have one, 41,250 parameters in "
            "all: return the logits as they are."
        ),
    ),
    Mistake(
        id="exp8-relus-missing",
        module="ablations",
        scope="Exp8",
        edits=(
            ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(self.fc1(x.flatten(1)))"),
            ("torch.relu(self.norm2(self.fc2(x)))", "self.norm2(self.fc2(x))"),
        ),
        fails=("1.2.8",),
        says="Exp8: no ReLU follows the batch norms. Batch norm is no activation: linear, batch norm, ReLU.",
    ),
    Mistake(
        id="exp9-filter-7",
        module="ablations",
        scope="Exp9",
        edits=(
            ("nn.Conv2d(1, 8, 6, stride=2)", "nn.Conv2d(1, 8, 7, stride=2)"),
            ("nn.Linear(1152, 10)", "nn.Linear(968, 10)"),
        ),
        fails=("1.2.9",),
        says="Exp9: the filters are 7 x 7. They are 6 x 6: (28 - 6)/2 + 1 = 12, and 8 x 12 x 12 = 1152.",
    ),
    Mistake(
        id="exp9-stride-1",
        module="ablations",
        scope="Exp9",
        edits=(("stride=2", "stride=1"), ("nn.Linear(1152, 10)", "nn.Linear(4232, 10)")),
        fails=("1.2.9",),
        says="Exp9: the convolution has stride 1. With stride 2 the maps are 12 x 12 and the linear layer is 1152-10.",
    ),
    Mistake(
        id="exp9-padding",
        module="ablations",
        scope="Exp9",
        edits=(("stride=2", "stride=2, padding=2"), ("nn.Linear(1152, 10)", "nn.Linear(1568, 10)")),
        fails=("1.2.9",),
        says=(
            "Exp9: the convolution pads its input. Without padding the maps are 12 x 12 and the linear layer is "
            "1152-10."
        ),
    ),
    Mistake(
        id="exp9-no-batch-norm",
        module="ablations",
        scope="Exp9",
        edits=(
            ("        self.norm1 = nn.BatchNorm2d(8)\n", ""),
            ("torch.relu(self.norm1(self.conv1(x)))", "torch.relu(self.conv1(x))"),
        ),
        fails=("1.2.9",),
        says="Exp9: there is no batch norm in the forward pass. It stands between the convolution and the ReLU.",
    ),
    Mistake(
        id="exp9-batch-norm-after-relu",
        module="ablations",
        scope="Exp9",
        edits=(("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(torch.relu(self.conv1(x)))"),),
        fails=("1.2.9",),
        says="Exp9: batch norm comes after the ReLU. Here it comes before: convolution, batch norm, ReLU.",
    ),
    Mistake(
        id="exp9-relu-missing",
        module="ablations",
        scope="Exp9",
        edits=(("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(self.conv1(x))"),),
        fails=("1.2.9",),
        says=(
            "Exp9: no ReLU follows the batch norm, so the whole network is linear. The order is convolution, batch "
            "norm, ReLU."
        ),
    ),
    Mistake(
        id="exp9-no-bias",
        module="ablations",
        scope="Exp9",
        edits=(("stride=2", "stride=2, bias=False"),),
        fails=("1.2.9",),
        says=(
            "Exp9: the convolution has no bias. Batch norm makes it superfluous, but here it is asked for: 11,842 "
            "parameters in all."
        ),
    ),
    Mistake(
        id="exp9-sixteen-filters",
        module="ablations",
        scope="Exp9",
        edits=(
            ("nn.Conv2d(1, 8, 6", "nn.Conv2d(1, 16, 6"),
            ("nn.BatchNorm2d(8)", "nn.BatchNorm2d(16)"),
            ("nn.Linear(1152, 10)", "nn.Linear(2304, 10)"),
        ),
        fails=("1.2.9",),
        says="Exp9: the convolution has 16 filters. It has 8, and the linear layer is 1152-10.",
    ),
    Mistake(
        id="exp9-max-pooling",
        module="ablations",
        scope="Exp9",
        edits=(
            ("nn.Linear(1152, 10)", "nn.Linear(288, 10)"),
            (
                "torch.relu(self.norm1(self.conv1(x)))",
                "torch.max_pool2d(torch.relu(self.norm1(self.conv1(x))), 2)",
            ),
        ),
        fails=("1.2.9",),
        says=(
            "Exp9: max-pooling follows the ReLU. That is experiment 10; here the 8 x 12 x 12 values go straight to "
            "the linear layer."
        ),
    ),
    Mistake(
        id="exp10-filter-7",
        module="ablations",
        scope="Exp10",
        edits=(
            ("nn.Conv2d(1, 8, 6, stride=2)", "nn.Conv2d(1, 8, 7, stride=2)"),
            ("nn.Linear(288, 10)", "nn.Linear(200, 10)"),
        ),
        fails=("1.2.10",),
        says="Exp10: the filters are 7 x 7. They are 6 x 6: 12 x 12 maps, 6 x 6 after pooling, and 8 x 6 x 6 = 288.",
    ),
    Mistake(
        id="exp10-stride-1",
        module="ablations",
        scope="Exp10",
        edits=(("stride=2", "stride=1"), ("nn.Linear(288, 10)", "nn.Linear(968, 10)")),
        fails=("1.2.10",),
        says=(
            "Exp10: the convolution has stride 1. With stride 2 the maps are 12 x 12, 6 x 6 after pooling, and the "
            "linear layer is 288-10."
        ),
    ),
    Mistake(
        id="exp10-no-pooling",
        module="ablations",
        scope="Exp10",
        edits=(
            ("        self.pool = nn.MaxPool2d(2)\n", ""),
            ("nn.Linear(288, 10)", "nn.Linear(1152, 10)"),
            ("self.pool(torch.relu(self.norm1(self.conv1(x))))", "torch.relu(self.norm1(self.conv1(x)))"),
        ),
        fails=("1.2.10",),
        says=(
            "Exp10: there is no pooling. That is experiment 9; here max-pooling by 2 follows the ReLU, and the "
            "linear layer is 288-10."
        ),
    ),
    Mistake(
        id="exp10-average-pooling",
        module="ablations",
        scope="Exp10",
        edits=(("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),),
        fails=("1.2.10",),
        says="Exp10: the pooling takes the mean of each 2 x 2 window. It is max-pooling: `nn.MaxPool2d(2)`.",
    ),
    Mistake(
        id="exp10-pooling-3",
        module="ablations",
        scope="Exp10",
        edits=(("nn.MaxPool2d(2)", "nn.MaxPool2d(3)"), ("nn.Linear(288, 10)", "nn.Linear(128, 10)")),
        fails=("1.2.10",),
        says=(
            "Exp10: the pooling windows are 3 x 3. They are 2 x 2: 12 x 12 maps become 6 x 6, and the linear layer "
            "is 288-10."
        ),
    ),
    Mistake(
        id="exp10-batch-norm-after-pooling",
        module="ablations",
        scope="Exp10",
        edits=(
            (
                "self.pool(torch.relu(self.norm1(self.conv1(x))))",
                "self.norm1(self.pool(torch.relu(self.conv1(x))))",
            ),
        ),
        fails=("1.2.10",),
        says="Exp10: batch norm comes after ReLU and pooling. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
    Mistake(
        id="exp10-batch-norm-after-relu",
        module="ablations",
        scope="Exp10",
        edits=(
            (
                "self.pool(torch.relu(self.norm1(self.conv1(x))))",
                "self.pool(self.norm1(torch.relu(self.conv1(x))))",
            ),
        ),
        fails=("1.2.10",),
        says="Exp10: batch norm comes after the ReLU. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
    Mistake(
        id="exp10-no-batch-norm",
        module="ablations",
        scope="Exp10",
        edits=(
            ("        self.norm1 = nn.BatchNorm2d(8)\n", ""),
            ("self.pool(torch.relu(self.norm1(self.conv1(x))))", "self.pool(torch.relu(self.conv1(x)))"),
        ),
        fails=("1.2.10",),
        says="Exp10: there is no batch norm in the forward pass. It stands between the convolution and the ReLU.",
    ),
    Mistake(
        id="exp10-relu-missing",
        module="ablations",
        scope="Exp10",
        edits=(("self.pool(torch.relu(self.norm1(self.conv1(x))))", "self.pool(self.norm1(self.conv1(x)))"),),
        fails=("1.2.10",),
        says="Exp10: no ReLU follows the batch norm. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
)
