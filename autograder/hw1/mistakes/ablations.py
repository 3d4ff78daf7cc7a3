"""Mistakes in part 1.2's ten networks, ``Exp1`` to ``Exp10``."""

from autograder.staff.mistake import Mistake

_exp1 = Mistake.of("ablations", "Exp1", "1.2.1")
_exp2 = Mistake.of("ablations", "Exp2", "1.2.2")
_exp3 = Mistake.of("ablations", "Exp3", "1.2.3")
_exp4 = Mistake.of("ablations", "Exp4", "1.2.4")
_exp5 = Mistake.of("ablations", "Exp5", "1.2.5")
_exp6 = Mistake.of("ablations", "Exp6", "1.2.6")
_exp7 = Mistake.of("ablations", "Exp7", "1.2.7")
_exp8 = Mistake.of("ablations", "Exp8", "1.2.8")
_exp9 = Mistake.of("ablations", "Exp9", "1.2.9")
_exp10 = Mistake.of("ablations", "Exp10", "1.2.10")

MISTAKES: tuple[Mistake, ...] = (
    _exp1(
        "exp1-relu",
        ("torch.sigmoid", "torch.relu"),
        says="Exp1: the hidden layer has a ReLU. That is experiment 2; here it is a sigmoid.",
    ),
    _exp1(
        "exp1-no-activation",
        ("torch.sigmoid(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
        says=(
            "Exp1: there is no activation between the two layers, so they are together one linear map. Put a sigmoid "
            "after the first layer."
        ),
    ),
    _exp1(
        "exp1-sigmoid-on-logits",
        ("self.fc2(x)", "torch.sigmoid(self.fc2(x))"),
        says=(
            "Exp1: a sigmoid follows the last layer too. No activation follows the last layer: `CrossEntropyLoss` "
            "wants logits."
        ),
    ),
    _exp1(
        "exp1-softmax",
        ("self.fc2(x)", "torch.softmax(self.fc2(x), dim=1)"),
        says="Exp1: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits.",
    ),
    _exp1(
        "exp1-width-50",
        ("nn.Linear(784, 30)", "nn.Linear(784, 50)"),
        ("nn.Linear(30, 10)", "nn.Linear(50, 10)"),
        says="Exp1: the hidden layer is 50 wide. 784-30-10 means 30 hidden units, 23,860 parameters.",
    ),
    _exp2(
        "exp2-sigmoid",
        ("torch.relu", "torch.sigmoid"),
        says="Exp2: the hidden layer has a sigmoid. That is experiment 1; here it is a ReLU.",
    ),
    _exp2(
        "exp2-no-activation",
        ("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
        says=(
            "Exp2: there is no activation between the two layers, so they are together one linear map. Put a ReLU "
            "after the first layer."
        ),
    ),
    _exp2(
        "exp2-relu-on-logits",
        ("self.fc2(x)", "torch.relu(self.fc2(x))"),
        says="Exp2: a ReLU follows the last layer and cuts off negative logits. No activation follows the last layer.",
    ),
    _exp2(
        "exp2-log-softmax",
        ("self.fc2(x)", "torch.log_softmax(self.fc2(x), dim=1)"),
        says=(
            "Exp2: a log-softmax follows the last layer. That belongs with `NLLLoss`; `CrossEntropyLoss` wants the "
            "logits."
        ),
    ),
    _exp3(
        "exp3-relu",
        ("torch.sigmoid(self.fc1(x.flatten(1)))", "torch.relu(self.fc1(x.flatten(1)))"),
        ("torch.sigmoid(self.fc2(x))", "torch.relu(self.fc2(x))"),
        says="Exp3: the hidden layers have ReLUs. That is experiment 4; here both have a sigmoid.",
    ),
    _exp3(
        "exp3-first-sigmoid-missing",
        ("torch.sigmoid(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
        says="Exp3: no activation follows the first layer. Put a sigmoid after each hidden layer.",
    ),
    _exp3(
        "exp3-second-sigmoid-missing",
        ("torch.sigmoid(self.fc2(x))", "self.fc2(x)"),
        says="Exp3: no activation follows the second layer. Put a sigmoid after each hidden layer.",
    ),
    _exp3(
        "exp3-widths-swapped",
        ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
        ("nn.Linear(50, 30)", "nn.Linear(30, 50)"),
        ("nn.Linear(30, 10)", "nn.Linear(50, 10)"),
        says="Exp3: the hidden layers are 30 and 50 wide. 784-50-30-10 means 50 first, then 30.",
    ),
    _exp3(
        "exp3-two-layers",
        ("nn.Linear(50, 30)", "nn.Linear(50, 10)"),
        ("        self.fc3 = nn.Linear(30, 10)\n", ""),
        ("        x = torch.sigmoid(self.fc2(x))  # (N, 30)\n", ""),
        ("self.fc3(x)", "self.fc2(x)"),
        says="Exp3: one hidden layer is missing: the network is 784-50-10. It has three weight layers, 784-50-30-10.",
    ),
    _exp4(
        "exp4-sigmoid",
        ("torch.relu(self.fc1(x.flatten(1)))", "torch.sigmoid(self.fc1(x.flatten(1)))"),
        ("torch.relu(self.fc2(x))", "torch.sigmoid(self.fc2(x))"),
        says="Exp4: the hidden layers have sigmoids. That is experiment 3; here both have a ReLU.",
    ),
    _exp4(
        "exp4-second-relu-missing",
        ("torch.relu(self.fc2(x))", "self.fc2(x)"),
        says="Exp4: no activation follows the second layer. Put a ReLU after each hidden layer.",
    ),
    _exp4(
        "exp4-no-activation",
        ("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
        ("torch.relu(self.fc2(x))", "self.fc2(x)"),
        says=(
            "Exp4: there is no activation at all, so the three layers are together one linear map. Put a ReLU after "
            "each hidden layer."
        ),
    ),
    _exp4(
        "exp4-relu-on-logits",
        ("self.fc3(x)", "torch.relu(self.fc3(x))"),
        says="Exp4: a ReLU follows the last layer and cuts off negative logits. No activation follows the last layer.",
    ),
    _exp4(
        "exp4-widths-swapped",
        ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
        ("nn.Linear(50, 30)", "nn.Linear(30, 50)"),
        ("nn.Linear(30, 10)", "nn.Linear(50, 10)"),
        says="Exp4: the hidden layers are 30 and 50 wide. 784-50-30-10 means 50 first, then 30.",
    ),
    _exp5(
        "exp5-sigmoid",
        ("torch.relu(self.fc1(x.flatten(1)))", "torch.sigmoid(self.fc1(x.flatten(1)))"),
        ("torch.relu(self.fc2(x))", "torch.sigmoid(self.fc2(x))"),
        says=(
            "Exp5: the hidden layers have sigmoids. This is experiment 4's network with another optimizer: both have "
            "a ReLU."
        ),
    ),
    _exp5(
        "exp5-first-relu-missing",
        ("torch.relu(self.fc1(x.flatten(1)))", "self.fc1(x.flatten(1))"),
        says="Exp5: no activation follows the first layer. Put a ReLU after each hidden layer.",
    ),
    _exp5(
        "exp5-batch-norm",
        (
            "        self.fc2 = ",
            "        self.norm1 = nn.BatchNorm1d(50)\n        self.norm2 = nn.BatchNorm1d(30)\n        self.fc2 = ",
        ),
        ("self.fc1(x.flatten(1))", "self.norm1(self.fc1(x.flatten(1)))"),
        ("self.fc2(x)", "self.norm2(self.fc2(x))"),
        says=(
            "Exp5: there is batch norm before each ReLU. That is experiment 8, which is compared with this one: here "
            "there is none."
        ),
    ),
    _exp5(
        "exp5-two-layers",
        ("nn.Linear(784, 50)", "nn.Linear(784, 30)"),
        ("nn.Linear(50, 30)", "nn.Linear(30, 10)"),
        ("        self.fc3 = nn.Linear(30, 10)\n", ""),
        ("        x = torch.relu(self.fc2(x))  # (N, 30)\n", ""),
        ("self.fc3(x)", "self.fc2(x)"),
        says="Exp5: the network is 784-30-10. That is experiment 6; here it has three weight layers, 784-50-30-10.",
    ),
    _exp6(
        "exp6-sigmoid",
        ("torch.relu", "torch.sigmoid"),
        says=(
            "Exp6: the hidden layer has a sigmoid. This is experiment 2's network with another optimizer: it has a "
            "ReLU."
        ),
    ),
    _exp6(
        "exp6-batch-norm",
        (
            "        self.fc2 = ",
            "        self.norm1 = nn.BatchNorm1d(30)\n        self.fc2 = ",
        ),
        ("self.fc1(x.flatten(1))", "self.norm1(self.fc1(x.flatten(1)))"),
        says=(
            "Exp6: there is batch norm before the ReLU. That is experiment 7, which is compared with this one: here "
            "there is none."
        ),
    ),
    _exp6(
        "exp6-three-layers",
        ("nn.Linear(784, 30)", "nn.Linear(784, 50)"),
        (
            "nn.Linear(30, 10)",
            "nn.Linear(50, 30)\n        self.fc3 = nn.Linear(30, 10)",
        ),
        (
            "        return self.fc2(x)",
            "        x = torch.relu(self.fc2(x))\n        return self.fc3(x)",
        ),
        says="Exp6: the network is 784-50-30-10. That is experiment 5; here it has two weight layers, 784-30-10.",
    ),
    _exp6(
        "exp6-softmax",
        ("self.fc2(x)", "torch.softmax(self.fc2(x), dim=1)"),
        says="Exp6: a softmax follows the last layer. `CrossEntropyLoss` applies it itself: return the logits.",
    ),
    _exp7(
        "exp7-no-batch-norm",
        ("        self.norm1 = nn.BatchNorm1d(30)\n", ""),
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
        says=(
            "Exp7: there is no batch norm in the forward pass. That is experiment 6; here it stands between the "
            "first layer and its ReLU."
        ),
    ),
    _exp7(
        "exp7-batch-norm-after-relu",
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(torch.relu(self.fc1(x.flatten(1))))"),
        says="Exp7: batch norm comes after the ReLU. Here it comes before: linear, batch norm, ReLU.",
    ),
    _exp7(
        "exp7-relu-missing",
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(self.fc1(x.flatten(1)))"),
        says="Exp7: no ReLU follows the batch norm. Batch norm is not an activation: linear, batch norm, ReLU.",
    ),
    _exp7(
        "exp7-batch-norm-on-logits",
        (
            "        # END SOLUTION\n\n    def forward",
            "        self.norm2 = nn.BatchNorm1d(10)\n        # END SOLUTION\n\n    def forward",
        ),
        ("self.fc2(x)", "self.norm2(self.fc2(x))"),
        says=(
            "Exp7: a second batch norm follows the last layer. Only the hidden layer has one, 23,920 parameters in "
            "all: return the logits as they are."
        ),
    ),
    _exp7(
        "exp7-batch-norm-of-inputs",
        ("nn.BatchNorm1d(30)", "nn.BatchNorm1d(784)"),
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(self.norm1(x.flatten(1))))"),
        says=(
            "Exp7: batch norm is applied to the 784 inputs. It belongs between the first layer and its ReLU, on 30 "
            "features."
        ),
    ),
    _exp8(
        "exp8-no-batch-norm",
        ("        self.norm1 = nn.BatchNorm1d(50)\n", ""),
        ("        self.norm2 = nn.BatchNorm1d(30)\n", ""),
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
        ("torch.relu(self.norm2(self.fc2(x)))", "torch.relu(self.fc2(x))"),
        says="Exp8: there is no batch norm in the forward pass. That is experiment 5; here it stands before each ReLU.",
    ),
    _exp8(
        "exp8-first-batch-norm-missing",
        ("        self.norm1 = nn.BatchNorm1d(50)\n", ""),
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "torch.relu(self.fc1(x.flatten(1)))"),
        says="Exp8: only the second hidden layer has batch norm. Both have it, each before its ReLU.",
    ),
    _exp8(
        "exp8-second-batch-norm-missing",
        ("        self.norm2 = nn.BatchNorm1d(30)\n", ""),
        ("torch.relu(self.norm2(self.fc2(x)))", "torch.relu(self.fc2(x))"),
        says="Exp8: only the first hidden layer has batch norm. Both have it, each before its ReLU.",
    ),
    _exp8(
        "exp8-batch-norm-after-relu",
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(torch.relu(self.fc1(x.flatten(1))))"),
        ("torch.relu(self.norm2(self.fc2(x)))", "self.norm2(torch.relu(self.fc2(x)))"),
        says="Exp8: batch norm comes after each ReLU. Here it comes before: linear, batch norm, ReLU.",
    ),
    _exp8(
        "exp8-batch-norm-on-logits",
        (
            "        self.fc3 = nn.Linear(30, 10)\n",
            "        self.fc3 = nn.Linear(30, 10)\n        self.norm3 = nn.BatchNorm1d(10)\n",
        ),
        ("self.fc3(x)", "self.norm3(self.fc3(x))"),
        says=(
            "Exp8: a third batch norm follows the last layer. Only the hidden layers have one, 41,250 parameters in "
            "all: return the logits as they are."
        ),
    ),
    _exp8(
        "exp8-relus-missing",
        ("torch.relu(self.norm1(self.fc1(x.flatten(1))))", "self.norm1(self.fc1(x.flatten(1)))"),
        ("torch.relu(self.norm2(self.fc2(x)))", "self.norm2(self.fc2(x))"),
        says="Exp8: no ReLU follows the batch norms. Batch norm is not an activation: linear, batch norm, ReLU.",
    ),
    _exp9(
        "exp9-filter-7",
        ("nn.Conv2d(1, 8, 6, stride=2)", "nn.Conv2d(1, 8, 7, stride=2)"),
        ("nn.Linear(1152, 10)", "nn.Linear(968, 10)"),
        says="Exp9: the filters are 7 x 7. They are 6 x 6: (28 - 6)/2 + 1 = 12, and 8 x 12 x 12 = 1152.",
    ),
    _exp9(
        "exp9-stride-1",
        ("stride=2", "stride=1"),
        ("nn.Linear(1152, 10)", "nn.Linear(4232, 10)"),
        says="Exp9: the convolution has stride 1. With stride 2 the maps are 12 x 12 and the linear layer is 1152-10.",
    ),
    _exp9(
        "exp9-padding",
        ("stride=2", "stride=2, padding=2"),
        ("nn.Linear(1152, 10)", "nn.Linear(1568, 10)"),
        says=(
            "Exp9: the convolution pads its input. Without padding the maps are 12 x 12 and the linear layer is "
            "1152-10."
        ),
    ),
    _exp9(
        "exp9-no-batch-norm",
        ("        self.norm1 = nn.BatchNorm2d(8)\n", ""),
        ("torch.relu(self.norm1(self.conv1(x)))", "torch.relu(self.conv1(x))"),
        says="Exp9: there is no batch norm in the forward pass. It stands between the convolution and the ReLU.",
    ),
    _exp9(
        "exp9-batch-norm-after-relu",
        ("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(torch.relu(self.conv1(x)))"),
        says="Exp9: batch norm comes after the ReLU. Here it comes before: convolution, batch norm, ReLU.",
    ),
    _exp9(
        "exp9-relu-missing",
        ("torch.relu(self.norm1(self.conv1(x)))", "self.norm1(self.conv1(x))"),
        says=(
            "Exp9: no ReLU follows the batch norm, so the whole network is linear. The order is convolution, batch "
            "norm, ReLU."
        ),
    ),
    _exp9(
        "exp9-no-bias",
        ("stride=2", "stride=2, bias=False"),
        says=(
            "Exp9: the convolution has no bias. Batch norm makes it superfluous, but here it is asked for: 11,842 "
            "parameters in all."
        ),
    ),
    _exp9(
        "exp9-sixteen-filters",
        ("nn.Conv2d(1, 8, 6", "nn.Conv2d(1, 16, 6"),
        ("nn.BatchNorm2d(8)", "nn.BatchNorm2d(16)"),
        ("nn.Linear(1152, 10)", "nn.Linear(2304, 10)"),
        says="Exp9: the convolution has 16 filters. It has 8, and the linear layer is 1152-10.",
    ),
    _exp9(
        "exp9-max-pooling",
        ("nn.Linear(1152, 10)", "nn.Linear(288, 10)"),
        (
            "torch.relu(self.norm1(self.conv1(x)))",
            "torch.max_pool2d(torch.relu(self.norm1(self.conv1(x))), 2)",
        ),
        says=(
            "Exp9: max-pooling follows the ReLU. That is experiment 10; here the 8 x 12 x 12 values go straight to "
            "the linear layer."
        ),
    ),
    _exp10(
        "exp10-filter-7",
        ("nn.Conv2d(1, 8, 6, stride=2)", "nn.Conv2d(1, 8, 7, stride=2)"),
        ("nn.Linear(288, 10)", "nn.Linear(200, 10)"),
        says="Exp10: the filters are 7 x 7. They are 6 x 6: 12 x 12 maps, 6 x 6 after pooling, and 8 x 6 x 6 = 288.",
    ),
    _exp10(
        "exp10-stride-1",
        ("stride=2", "stride=1"),
        ("nn.Linear(288, 10)", "nn.Linear(968, 10)"),
        says=(
            "Exp10: the convolution has stride 1. With stride 2 the maps are 12 x 12, 6 x 6 after pooling, and the "
            "linear layer is 288-10."
        ),
    ),
    _exp10(
        "exp10-no-pooling",
        ("        self.pool = nn.MaxPool2d(2)\n", ""),
        ("nn.Linear(288, 10)", "nn.Linear(1152, 10)"),
        ("self.pool(torch.relu(self.norm1(self.conv1(x))))", "torch.relu(self.norm1(self.conv1(x)))"),
        says=(
            "Exp10: there is no pooling. That is experiment 9; here max-pooling by 2 follows the ReLU, and the "
            "linear layer is 288-10."
        ),
    ),
    _exp10(
        "exp10-average-pooling",
        ("nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),
        says="Exp10: the pooling takes the mean of each 2 x 2 window. It is max-pooling: `nn.MaxPool2d(2)`.",
    ),
    _exp10(
        "exp10-pooling-3",
        ("nn.MaxPool2d(2)", "nn.MaxPool2d(3)"),
        ("nn.Linear(288, 10)", "nn.Linear(128, 10)"),
        says=(
            "Exp10: the pooling windows are 3 x 3. They are 2 x 2: 12 x 12 maps become 6 x 6, and the linear layer "
            "is 288-10."
        ),
    ),
    _exp10(
        "exp10-batch-norm-after-pooling",
        (
            "self.pool(torch.relu(self.norm1(self.conv1(x))))",
            "self.norm1(self.pool(torch.relu(self.conv1(x))))",
        ),
        says="Exp10: batch norm comes after ReLU and pooling. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
    _exp10(
        "exp10-batch-norm-after-relu",
        (
            "self.pool(torch.relu(self.norm1(self.conv1(x))))",
            "self.pool(self.norm1(torch.relu(self.conv1(x))))",
        ),
        says="Exp10: batch norm comes after the ReLU. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
    _exp10(
        "exp10-no-batch-norm",
        ("        self.norm1 = nn.BatchNorm2d(8)\n", ""),
        ("self.pool(torch.relu(self.norm1(self.conv1(x))))", "self.pool(torch.relu(self.conv1(x)))"),
        says="Exp10: there is no batch norm in the forward pass. It stands between the convolution and the ReLU.",
    ),
    _exp10(
        "exp10-relu-missing",
        ("self.pool(torch.relu(self.norm1(self.conv1(x))))", "self.pool(self.norm1(self.conv1(x)))"),
        says="Exp10: no ReLU follows the batch norm. The order is convolution, batch norm, ReLU, max-pooling.",
    ),
)
