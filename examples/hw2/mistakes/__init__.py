"""The known mistakes: the solution with one misconception put in."""

from autograder.staff.mistake import Mistake

INIT = Mistake.of("mlp", "init", "1a")
FORWARD = Mistake.of("mlp", "forward", "1b", "1c")  # a step goes forward, too
STEP = Mistake.of("mlp", "step", "1c")
ATTENTION = Mistake.of("attention", "SelfAttention", "2a")

MISTAKES: tuple[Mistake, ...] = (
    INIT(
        "init-zeros",
        ("torch.randn(inputs, hidden) / inputs**0.5", "torch.zeros(inputs, hidden)"),
        says="init: a weight matrix is all 0. Draw it: units that begin alike stay alike.",
    ),
    INIT(
        "init-not-scaled",
        ("torch.randn(hidden, outputs) / hidden**0.5", "torch.randn(hidden, outputs)"),
        says=("init: the weights do not have variance 1 / (number of inputs). Divide the draws by its root."),
    ),
    FORWARD(
        "forward-no-activation",
        ("torch.tanh(x @ w1 + b1)", "x @ w1 + b1"),
        says=(
            "forward: there is no activation between the layers, so that both together are one linear layer. "
            "Apply `torch.tanh`."
        ),
    ),
    FORWARD(
        "forward-relu",
        ("torch.tanh(x @ w1 + b1)", "torch.relu(x @ w1 + b1)"),
        says="forward: the activation is a ReLU. The handout asks for tanh.",
    ),
    STEP(
        "step-keeps-gradients",
        ("            one.grad = None\n", ""),
        says=(
            "step: the gradients are never cleared, so that each step adds those of all steps before. Set them to None."
        ),
    ),
    STEP(
        "step-ascends",
        ("one -= lr", "one += lr"),
        says="step: it goes up the gradient, and the loss grows. Subtract the gradient.",
    ),
    ATTENTION(
        "attention-not-scaled",
        (" / x.shape[-1] ** 0.5", ""),
        says="SelfAttention: the products are not scaled. Divide them by the square root of `dim`.",
    ),
    ATTENTION(
        "attention-softmax-over-queries",
        ("dim=2", "dim=1"),
        says=(
            "SelfAttention: the softmax runs over the queries. The weights of one position sum to 1 over the keys: "
            "the last dimension."
        ),
    ),
    ATTENTION(
        "attention-no-softmax",
        ("torch.softmax(products, dim=2)", "products"),
        says="SelfAttention: the products are used as weights as they are. A softmax over the keys comes between.",
    ),
)
