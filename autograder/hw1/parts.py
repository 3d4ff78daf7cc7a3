"""What is handed in, trained and answered: the tables that the rest of this homework stands on."""

from __future__ import annotations

from autograder.homework import Board, Module, Notebook, Question, Study, Training

EXPERIMENTS = tuple(range(1, 11))

DATA = {"mnist": "digits", "cifar10": "shapes"}  # the data sets, each with what is embedded in its place

MODULES = (
    Module("mnist", ("MNIST_Net",), "part 1.1"),
    Module("ablations", tuple(f"Exp{n}" for n in EXPERIMENTS), "part 1.2, the networks", "Exp1 to Exp10"),
    Module("trainer", ("Trainer",), "part 1.2, the Trainer"),
    Module(
        "vgg",
        ("ConvBlock1", "ConvBlock2", "VGG19", "PretrainedVGG"),
        "parts 2.1 and 2.2",
        "its four networks",
        also=(("pretrained_vgg", "PretrainedVGG"),),
    ),
)

# "hw1-1.ipynb", "HW1_1 (assn).ipynb", "hw01 1.ipynb"
NOTEBOOKS = tuple(
    Notebook(f"hw1-{n}.ipynb", rf"(?:^|[^a-z0-9])hw ?0?1 ?[-_. ] ?{n}(?![0-9])", answers=n == 1) for n in (1, 2)
)

TRAINER = ("trainer", "Trainer")
TRAININGS = (
    Training("1.1", "1.1", "mnist", "MNIST_Net", "mnist", "1.1", trainer=TRAINER),
    *(
        Training(
            f"1.2.{n}", "1.2", "ablations", f"Exp{n}", "mnist", "1.2-sgd" if n <= 4 else "1.2-adam", trainer=TRAINER
        )
        for n in EXPERIMENTS
    ),
    Training("2.2a", "2.2", "vgg", "VGG19", "cifar10", "2.2a", large=True, trainer=TRAINER),
    Training("2.2b", "2.2", "vgg", "PretrainedVGG", "cifar10", "2.2b", given=True, large=True, trainer=TRAINER),
)
# Of torchvision's: where one is trained in the place of the student's own, staff hear of it.
ARCHITECTURES = (
    r"(?:vgg|resnet|resnext|wide_resnet|densenet|alexnet|googlenet|inception|mobilenet|efficientnet|squeezenet|"
    r"shufflenet|mnasnet|regnet|convnext|swin|vit|maxvit)\w*"
)
TRAINING = {training.id: training for training in TRAININGS}

_NORMS = ("1.2.7", "1.2.8", "1.2.6", "1.2.5")
_BESIDE = {
    "Q4": ("1.2.1", "1.2.2"),
    "Q5": ("1.2.3",),
    "Q6": ("1.2.4", "1.2.2"),
    "Q8": _NORMS,
    "Q9": _NORMS,
    "Q12": ("1.2.9", "1.2.7"),
    "Q13": ("1.2.10", "1.2.9"),
}
_COMPARED = r"compar\w*.{0,40}(?:confusion|matri)|(?:confusion|matri).{0,40}compar|(?:혼동|행렬).{0,20}비교"
_RESULTS = r"classification (?:result|accurac|performance)|(?:training|experiment\w*) results?|분류 결과"
QUESTIONS = (
    *(Question(f"Q{n}", f"1.2-Q{n}", _BESIDE.get(f"Q{n}", ())) for n in range(1, 14)),
    Question("E1", "1.1-E1", ("1.1",), "1.1", r"motivation|design (?:choice|rationale|decision)|설계|동기"),
    Question("E2", "1.1-E2", ("1.1",), "1.1", r"most (?:\w+ )?confus|confus\w* (?:pair|digit|class|number)|혼동|헷갈"),
    Question("E3", "2.2-E3", ("2.2a", "2.2b"), "2.2", rf"^(?!.*(?:{_COMPARED})).*(?:{_RESULTS})", r"results?\b|결과"),
    Question("E4", "2.2-E4", ("2.2a", "2.2b"), "2.2", _COMPARED, r"comparison|compare|비교"),
)

LEADERBOARD = (
    Board("MNIST_Net accuracy, %", "1.1-accuracy", "accuracy"),
    Board("MNIST_Net parameters", "1.1-structure", "parameters", ascending=True),
)

BATCH_NORM, CONVOLUTION = "batch norm, ReLU", "conv(1, 8, 6, stride 2), batch norm, ReLU"
_EXPERIMENTS = (
    ("784-30-10, sigmoid", "SGD", 23860),
    ("784-30-10, ReLU", "SGD", 23860),
    ("784-50-30-10, sigmoid", "SGD", 41090),
    ("784-50-30-10, ReLU", "SGD", 41090),
    ("784-50-30-10, ReLU", "Adam", 41090),
    ("784-30-10, ReLU", "Adam", 23860),
    (f"784-30-10, {BATCH_NORM}", "Adam", 23920),
    (f"784-50-30-10, {BATCH_NORM}", "Adam", 41250),
    (f"{CONVOLUTION}; 1152-10", "Adam", 11842),
    (f"{CONVOLUTION}, max-pooling 2; 288-10", "Adam", 3202),
)
STUDY = Study(
    "1.2",
    "The experiments of part 1.2",
    "1.2-ablations",
    {f"1.2.{number}": row for number, row in enumerate(_EXPERIMENTS, 1)},
)
