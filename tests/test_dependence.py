"""Whether outputs depend on the inputs: where they are too close to tell, a gradient does."""

import pytest

from autograder.outcome import Status

DEEP = """
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [784, *[30] * 16, 10]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.sigmoid(layer(x))
        return self.layers[-1](x)
"""
FORWARD = """
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 30), nn.Linear(30, 10)

    def forward(self, x):
        x = x.flatten(1)
        return {}
"""
CONSTANT = {
    "the input times nothing": "self.b(torch.relu(self.a(0 * x)))",
    "the input minus itself": "self.b(torch.relu(self.a(x - x)))",
    "zeros like it": "self.b(torch.relu(self.a(torch.zeros_like(x))))",
    "ones of its length": "self.b(torch.relu(self.a(torch.ones(len(x), 784))))",
    "the output times nothing": "0 * self.b(torch.relu(self.a(x)))",
    "a softmax of what is the same for all": "torch.softmax(self.b(torch.relu(self.a(0 * x))), 1)",
    "a softmax of one class": "self.b(torch.softmax(self.a(x)[:, :1], 1).expand(-1, 30))",
    "a hidden layer that is dead": "self.b(torch.relu(self.a(x) - 1e6))",
}


def test_a_network_that_is_so_deep_that_its_outputs_hardly_differ_depends_on_its_input(judged):
    outcome = judged("mnist", DEEP, "1.1-structure")
    assert outcome.status is Status.PASSED, outcome


@pytest.mark.parametrize("squashed", ["torch.softmax({}, 1)", "nn.Softmax(dim=1)({})", "({}).softmax(dim=-1)"])
def test_outputs_that_a_softmax_makes_alike_are_told_of_the_softmax(squashed, judged):
    saturated = DEEP.replace("self.layers[-1](x)", squashed.format("1e8 * self.layers[-1](x)"))
    outcome = judged("mnist", saturated, "1.1-structure")
    assert outcome.status is Status.FAILED
    assert "sums to 1, so a softmax comes last" in outcome.reason, outcome


@pytest.mark.parametrize("squash", ["torch.sigmoid", "torch.tanh", "nn.Sigmoid()", "F.log_softmax", "F.softmin"])
def test_outputs_that_another_squashing_step_makes_alike_are_not_called_constant(squash, judged):
    call = f"{squash}(1e8 * self.layers[-1](x){', 1' if squash.startswith('F.') else ''})"
    outcome = judged("mnist", DEEP.replace("self.layers[-1](x)", call), "1.1-structure")
    assert outcome.reason != "The outputs do not depend on the input.", outcome


@pytest.mark.parametrize("forward", CONSTANT.values(), ids=CONSTANT)
def test_a_network_that_does_not_use_its_input_is_told_so(forward, judged):
    outcome = judged("mnist", FORWARD.format(forward), "1.1-structure")
    assert outcome.status is Status.FAILED
    assert outcome.reason == "The outputs do not depend on the input."
