"""What the guards against remembered answers see of honest networks and of memorisers.

    python benchmarks/guards.py run DATA [SEEDS [NAME ...]]    trains; DATA: a folder, or - for the embedded digits
    python benchmarks/guards.py strengths DATA                 copies that are moved more or less, small networks
    python benchmarks/guards.py write                          the report, guards.md, from all that was measured so far

The hand-ins are those of tests/honest and tests/memorisers.py, trained in the sandbox as in grading, all epochs. Each
finished run is a line in $HW1_HOME/guards.jsonl and is not done again. Real MNIST takes 40 minutes on one core.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import statistics
import sys
import time
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the memorisers are there

from memorisers import MEMORISERS

from autograder.deep_learning.bounds import surely_apart
from autograder.deep_learning.data import embedded_digits, load_dataset
from autograder.deep_learning.data.jitter import Jitter, jitter
from autograder.deep_learning.floors import GuardLimits, read_floors
from autograder.deep_learning.hidden import GENTLY, ON_THE_PIXELS, Score, suspicion
from autograder.deep_learning.task import task_of
from autograder.deep_learning.trained import Run, run_training
from autograder.home import home_folder, solution_folder
from autograder.hw1.parts import TRAINING
from autograder.kit import Kit
from autograder.outcome import Outcome
from autograder.submission import Submission

HONEST = sorted(path.parent.name for path in (ROOT / "tests" / "honest").glob("*/mnist.py"))
LINEAR = "linear"  # not in tests/honest, for it is too weak to pass; what the guards say of it matters, too
LINEAR_SOURCE = b"""from torch import nn


class MNIST_Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(784, 10))
"""
LIMITS = read_floors().guards
GUARD = 10_000  # copies and training images: all there are of MNIST, so that chance hides nothing


def hand_in(name, data):
    """The files of an honest network or of a memoriser, with the solution's ``Trainer``."""
    trainer = {"trainer.py": (solution_folder() / "trainer.py").read_bytes()}
    if name in MEMORISERS:
        return trainer | MEMORISERS[name].files(data)
    source = LINEAR_SOURCE if name == LINEAR else (ROOT / "tests" / "honest" / name / "mnist.py").read_bytes()
    return trainer | {"mnist.py": source}


def train(kit, name, seed):
    """One training through all epochs, all test images scored: the run, the data's name and the seconds it took."""
    task = task_of(kit.case(Submission(name, {})), TRAINING["1.1"])
    assert not isinstance(task, Outcome), task
    task = replace(task, measured=None, whole=True, recipe=replace(task.recipe, guard=GUARD))
    submission = Submission(name, hand_in(name, task.data))
    start = time.monotonic()
    with kit.session(submission) as session:
        case = replace(kit.case(submission, session), seed=b"guards %d" % seed)
        run = run_training(case, task, own=True, number=1)
    assert isinstance(run, Run), (name, run)
    return run, time.monotonic() - start


def kept(path):
    """The finished runs by (data, name, seed)."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return {(row["data"], row["name"], row["seed"]): row for row in rows}


def keep(row):
    with (home_folder() / "guards.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def run(folder, seeds, names):
    """Train what has not been trained yet."""
    with Kit(data=None if folder == "-" else Path(folder), device="cpu") as kit:
        kit.launcher.warm("full")
        data = kit.tools.data("mnist").name
        for seed in range(seeds):
            for name in names or [*HONEST, LINEAR, *MEMORISERS]:
                if (data, name, seed) in kept(home_folder() / "guards.jsonl"):
                    continue
                found, seconds = train(kit, name, seed)
                row = {"data": data, "name": name, "seed": seed, "seconds": round(seconds, 1)}
                row |= {"parameters": found.parameters, "scores": [asdict(score) for score in found.scores]}
                keep(row)
                print(data, honest_row(name, [row]), flush=True)


# Copies that are moved more or less: in plain torch, since the guard itself knows one strength


STRENGTHS = {
    "on the pixels": ON_THE_PIXELS,
    "gently": GENTLY,
    "gently, noise 0.02": {**GENTLY, "noise": 0.02},
    "twice as far": {**GENTLY, "shift": 0.5},
    "far": {"shift": 0.5},  # the jitter's own limits for all else: 5 degrees, contrast 15 %, noise 0.05
}
SMALL = ("cnn_gap", "depthwise", "resnet", "mlp_512")  # of tests/honest, the first two are those that mind most
RGB = ("cnn", "gap", "mlp", "VGG19")  # three small ones of this file's, and the solution's
HASHES = {  # what a table could find an image by, if it were to find its copies, too
    "all pixels": lambda images: images,
    "28 x 28 black or white": lambda images: images > 128,
    "14 x 14 black or white": lambda images: blocks(images, 14) > 100,
    "7 x 7 black or white": lambda images: blocks(images, 7) > 64,
}


def blocks(images, n):
    """Means of n x n parts: (N, n, n)."""
    return images.reshape(len(images), n, 28 // n, n, 28 // n).mean((2, 4))


def strengths(folder):
    """Gaps of small networks on four data sets, and hashes that survive, for each strength."""
    from autograder.deep_learning.data.shapes import embedded_shapes

    mnist, cifar = (load_dataset(kind, Path(folder)) for kind in ("mnist", "cifar10"))
    # The training images that are not trained on make the test set larger, which in this folder may be cut to 1,000.
    held = slice(20_000, 24_000)
    images = np.concatenate([cifar.test_images[:1000], cifar.train_images[held]])
    labels = np.concatenate([cifar.test_labels[:1000], cifar.train_labels[held]])
    cifar = replace(cifar, test_images=images, test_labels=labels)
    for data, names, first, epochs in (
        (embedded_digits(), SMALL, None, 16),
        (mnist, SMALL, 20_000, 4),
        (embedded_shapes(), RGB, None, 3),
        (cifar, RGB, 20_000, 4),
    ):
        for name in names:
            if (data.name, f"{name}, strengths", 0) not in kept(home_folder() / "guards.jsonl"):
                row = {"data": data.name, "name": f"{name}, strengths", "seed": 0}
                keep(row | {"shares": plainly_trained(data, name, first, epochs)})
                print(data.name, name, flush=True)
    some = np.asarray(mnist.test_images[:4000])
    found = {"distinct": {name: distinct(hashed(some)) for name, hashed in HASHES.items()}}
    for strength, limits in STRENGTHS.items():
        copies = jitter(some, b"strengths", limits=Jitter(**limits))
        found[strength] = {name: same_rows(hashed(some), hashed(copies)) for name, hashed in HASHES.items()}
    keep({"data": "mnist", "name": "hashes, strengths", "seed": 0, "shares": found})


def same_rows(first, second):
    """Share of images whose hash is the same."""
    return float((first == second).reshape(len(first), -1).all(1).mean())


def distinct(hashes):
    """Share of images whose hash no other one has."""
    _, counts = np.unique(hashes.reshape(len(hashes), -1), axis=0, return_counts=True)
    return float((counts == 1).sum() / len(hashes))


def plainly_trained(data, name, first, epochs):
    """Accuracies in [0, 1] on test images, on copies by strength, and on training images."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = (
        rgb_network(name) if name in RGB else honest_network(ROOT / "tests" / "honest" / name / "mnist.py", "MNIST_Net")
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4 if name == "VGG19" else 1e-3)

    def inputs(images):
        planes = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        return torch.from_numpy(np.array(planes)).float() / 255

    x, y = inputs(data.train_images[:first]), torch.from_numpy(data.train_labels[:first])
    for _ in range(epochs):
        net.train()
        for chosen in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=name == "VGG19", cache_enabled=False):
                loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
    net.eval()

    def accuracy(images, labels):
        with torch.no_grad():
            guesses = torch.cat([net(part).argmax(1) for part in inputs(images).split(500)]).numpy()
        return float((guesses == labels).mean())

    flips = data.test_images.ndim == 4
    found = {"test": accuracy(data.test_images, data.test_labels)}
    for strength, limits in STRENGTHS.items():
        copies = jitter(data.test_images, b"strengths", flips, Jitter(**limits))
        found[strength] = accuracy(copies, data.test_labels)
    some = min(5000, len(x))
    return found | {"training": accuracy(data.train_images[:some], data.train_labels[:some])}


def honest_network(path, name):
    """The network of that name in a file."""
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)()


def rgb_network(name):
    """For 32 x 32 RGB: three convolutions with batch norm, the last pooled in part or globally; or an MLP."""
    from torch import nn

    if name == "VGG19":
        return honest_network(solution_folder() / "vgg.py", name)
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 10))
    layers = []
    for i, o in ((3, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(), nn.MaxPool2d(2)]
    if name == "gap":
        return nn.Sequential(*layers[:-1], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 4 * 4, 10))


# The report


def share(pair):
    """Right of total, in per cent."""
    return 100 * pair[0] / pair[1] if pair[1] else 0.0


def gaps(score):
    """Test images less copies, test images less training images, and the share of old names; in per cent."""
    jittered = share(score["originals"]) - share(score["copies"])
    return jittered, share(score["clean"]) - share(score["seen"]), share(score["remembered"])


def honest_row(name, rows):
    """Accuracy and gaps after the last epoch, means over seeds; the largest gaps after any epoch but the first."""
    last = [statistics.mean(values) for values in zip(*(gaps(row["scores"][-1]) for row in rows), strict=True)]
    later = [score for row in rows for score in row["scores"][len(row["scores"]) // 4 :]]
    largest = [max(values) for values in zip(*(gaps(score) for score in later), strict=True)]
    clean = statistics.mean(share(row["scores"][-1]["clean"]) for row in rows)
    seconds = statistics.mean(row["seconds"] for row in rows)
    figures = (clean, last[0], largest[0], last[1], largest[1], largest[2])
    return f"| {name} | {' | '.join(f'{value:.2f}' for value in figures)} | {seconds:.0f} |"


def memoriser_row(name, row, guard):
    """Accuracy and gaps; how much of them is beyond doubt with *guard* copies and training images; what is said."""
    score = Score(**{kind: tuple(pair) for kind, pair in row["scores"][-1].items()})
    few = Score(**{kind: as_if(pair, guard) for kind, pair in vars(score).items()})
    sure = (100 * surely_apart(few.originals, few.copies), 100 * surely_apart(few.clean, few.seen))
    jittered, trained, remembered = gaps(vars(score))
    figures = (share(score.clean), jittered, sure[0], trained, sure[1], remembered)
    return (
        f"| {name} | {MEMORISERS[name].says} | {' | '.join(f'{value:.2f}' for value in figures)} | {told(few, row)} |"
    )


def told(score, row):
    """Each of the guards that flags it."""
    limits, none = LIMITS[row["data"]], GuardLimits(jittered=1.0, trained=1.0)
    guards = {
        "names": none,
        "copies": replace(none, jittered=limits.jittered),
        "training images": replace(none, trained=limits.trained),
        "too good": replace(none, best=limits.best),
    }
    words = [name for name, one in guards.items() if suspicion(score, one)]
    return ("names" if "names" in words else ", ".join(words)) or "**nothing**"


def as_if(pair, total):
    """The same share of fewer images."""
    return (round(pair[0] * total / pair[1]), total) if pair[1] > total else tuple(pair)


def strength_rows(rows):
    """Test accuracy, and how much less it is on copies, by strength."""
    for row in rows:
        shares = {name: 100 * value for name, value in row["shares"].items()}
        lost = [f"{shares['test'] - shares[name]:.2f}" for name in (*STRENGTHS, "training")]
        name = row["name"].partition(",")[0]
        yield f"| {row['data']} | {name} | {shares['test']:.2f} | {' | '.join(lost)} |"


def hash_rows(found):
    for name in HASHES:
        kept_by = [f"{100 * found[strength][name]:.1f}" for strength in ("distinct", *STRENGTHS)]
        yield f"| {name} | {' | '.join(kept_by)} |"


def table(head, rows):
    columns = head.split(" | ")
    return ["| " + head + " |", "|---" * len(columns) + "|", *rows, ""]


def write():
    """The report from all that was measured."""
    found = kept(home_folder() / "guards.jsonl")
    lines = [TEXT["top"].format(machine=machine()), ""]
    for data in ("mnist", "digits"):
        by_name = {}
        for (where, name, _), row in found.items():
            if where == data and "scores" in row:
                by_name.setdefault(name, []).append(row)
        seeds = max((len(rows) for rows in by_name.values()), default=0)
        seeds = "one seed" if seeds == 1 else f"means of {seeds} seeds"
        lines += [f"## {TEXT[data]}", "", TEXT["honest"].format(seeds=seeds), ""]
        honest = [honest_row(name, by_name[name]) for name in (*HONEST, LINEAR) if name in by_name]
        lines += table(HEADS["honest"], honest)
        limits = f"{100 * LIMITS[data].jittered:g} (copies), {100 * LIMITS[data].trained:g} (training images)"
        limits += f" and {100 * LIMITS[data].best:g} (too good)"
        lines += [TEXT["memorisers"].format(guard=f"{FEWER[data]:,}", limits=limits), ""]
        rows = [memoriser_row(name, by_name[name][0], FEWER[data]) for name in MEMORISERS if name in by_name]
        lines += table(HEADS["memorisers"], rows)
    lines += ["## How far the copies are moved", "", TEXT["strengths"], ""]
    rows = [row for row in found.values() if "shares" in row and row["name"] != "hashes, strengths"]
    lines += table(HEADS["strengths"], strength_rows(rows))
    lines += [TEXT["hashes"], ""]
    hashes = found.get(("mnist", "hashes, strengths", 0))
    lines += table(HEADS["hashes"], hash_rows(hashes["shares"]) if hashes else [])
    (ROOT / "benchmarks" / "guards.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def machine():
    """Where and with what it was measured, for a sentence."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("torch", "numpy"))]
    return f"{platform.system()} {platform.machine()}, one thread a worker, {', '.join(versions)}"


FEWER = {"mnist": 2000, "digits": 360}  # copies and training images in grading
HEADS = {
    "honest": "network | accuracy | less copies | largest | less training images | largest | old names | seconds",
    "memorisers": "hand-in | what it does | accuracy | less copies | surely | less training images | surely | old names"
    " | told by",
    "strengths": f"data | network | accuracy | {' | '.join(STRENGTHS)} | training images",
    "hashes": f"hash of | its own | {' | '.join(STRENGTHS)}",
}
TEXT = {
    "top": """# The guards against remembered answers

Among the test images that decide an accuracy lie copies of them that are moved a little, and training images
(`autograder/deep_learning/hidden.py`); while a network is trained the classes bear each other's names. A table of
hashes does not know the copies; one that looks for the nearest test image is better on test images than on training
images; one that answers with what it knew before gives the old names; and what knows all images is better than anything
that is learnt. Made by `python benchmarks/guards.py`; all figures in per cent.

Machine: {machine}.""",
    "mnist": "MNIST, 60,000 training images, 4 epochs",
    "digits": "The embedded digits, 1,437 training images, 16 epochs",
    "honest": """Honest networks (`tests/honest`), {seeds}, every test image copied: accuracy after the last
epoch; how much less it is on copies and on training images, then, and at the most after any epoch but the first
quarter of them.""",
    "memorisers": """Memorisers (`tests/memorisers.py`), trained in the same way; *surely*: with 99.9 % confidence with
the {guard} copies and training images that are scored in grading; *told by*: with the limits {limits}.""",
    "strengths": """Networks in plain torch, on part of the training images (of MNIST and CIFAR-10 20,000): accuracy on
test images; how much less it is on copies, and on training images. RGB copies are mirrored, half of them. *On the
pixels* (contrast 5 %, noise 0.005) is what the guard does with RGB images, *gently* (the same, 0.25 pixels, 2 degrees)
what it does with grey ones; *far* is 0.5 pixels, 5 degrees, contrast 15 %, noise 0.05.""",
    "hashes": """What a table of hashes could find an image of MNIST by: how many test images have a hash of their own,
and how many copies have their image's.""",
}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", folder, *rest]:
            run(folder, int(rest[0]) if rest else 1, rest[1:])
        case ["strengths", folder]:
            strengths(folder)
        case ["write"]:
            write()
        case _:
            sys.exit(__doc__)
