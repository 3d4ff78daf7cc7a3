"""The known mistakes: the solution with one misconception put in."""

from autograder.staff.mistake import Mistake


def _mlp(name: str, function: str, old: str, new: str, fails: tuple[str, ...], says: str) -> Mistake:
    return Mistake(name, "mlp", function, ((old, new),), fails, f"{function}: {says}")


def _attention(name: str, old: str, new: str, says: str) -> Mistake:
    return Mistake(name, "attention", "SelfAttention", ((old, new),), ("2a",), f"SelfAttention: {says}")


MISTAKES: tuple[Mistake, ...] = (
    _mlp(
        "init-zeros",
        "init",
        "torch.randn(inputs, hidden) / inputs**0.5",
        "torch.zeros(inputs, hidden)",
        ("1a",),
        "a weight matrix is all 0. Draw it: units that begin alike stay alike.",
    ),
    _mlp(
        "init-not-scaled",
        "init",
        "torch.randn(hidden, outputs) / hidden**0.5",
        "torch.randn(hidden, outputs)",
        ("1a",),
        "the weights do not have variance 1 / (number of inputs). Divide the draws by the root of that number.",
    ),
    _mlp(
        "forward-no-activation",
        "forward",
        "torch.tanh(x @ w1 + b1)",
        "x @ w1 + b1",
        ("1b", "1c"),
        "there is no activation between the layers, so that both together are one linear layer. Apply `torch.tanh`.",
    ),
    _mlp(
        "forward-relu",
        "forward",
        "torch.tanh(x @ w1 + b1)",
        "torch.relu(x @ w1 + b1)",
        ("1b", "1c"),
        "the activation is a ReLU. The handout asks for tanh.",
    ),
    _mlp(
        "step-keeps-gradients",
        "step",
        "            one.grad = None\n",
        "",
        ("1c",),
        "the gradients are never cleared, so that each step adds those of all steps before. Set them to None.",
    ),
    _mlp(
        "step-ascends",
        "step",
        "one -= lr",
        "one += lr",
        ("1c",),
        "it goes up the gradient, and the loss grows. Subtract the gradient.",
    ),
    _attention(
        "attention-not-scaled",
        " / x.shape[-1] ** 0.5",
        "",
        "the products are not scaled. Divide them by the square root of `dim`.",
    ),
    _attention(
        "attention-softmax-over-queries",
        "dim=2",
        "dim=1",
        "the softmax runs over the queries. The weights of one position sum to 1 over the keys: the last dimension.",
    ),
    _attention(
        "attention-no-softmax",
        "torch.softmax(products, dim=2)",
        "products",
        "the products are used as weights as they are. A softmax over the keys comes between.",
    ),
)
