"""Mistakes in ``Trainer.compute_conf``."""

from autograder.staff.mistake import Mistake

_compute_conf = Mistake.of("trainer", "Trainer.compute_conf", "1.2c")

MISTAKES: tuple[Mistake, ...] = (
    _compute_conf(
        "conf-transposed",
        ("conf[label, guess]", "conf[guess, label]"),
        says=(
            "Trainer.compute_conf: the matrix is transposed. Rows are the true classes, columns the predicted ones: "
            "`conf[true, predicted]`."
        ),
    ),
    _compute_conf(
        "conf-no-eval-mode",
        ("        self.net.eval()\n", ""),
        says=(
            "Trainer.compute_conf: the network runs in train mode, with dropout on and batch norm using the test "
            "batch. Call `net.eval()` first."
        ),
    ),
    _compute_conf(
        "conf-normalised",
        ("return conf", "return conf / conf.sum(dim=1, keepdim=True).clamp(min=1)"),
        says=(
            "Trainer.compute_conf: each row is divided by its sum. Return the counts, integers that add up to the "
            "number of test images; scale a copy for the plot if you like."
        ),
    ),
    _compute_conf(
        "conf-on-training-set",
        ("self.testloader", "self.trainloader"),
        says="Trainer.compute_conf: the matrix is that of the training set. Take the batches from `self.testloader`.",
    ),
    _compute_conf(
        "conf-assigns",
        ("conf[label, guess] += 1", "conf[label, guess] = 1"),
        says=(
            "Trainer.compute_conf: no entry is larger than 1: each pair of classes is marked, not counted. Add with "
            "`+= 1` for each image."
        ),
    ),
    _compute_conf(
        "conf-counts-pairs-once-per-batch",
        (
            "                for label, guess in zip(labels.tolist(), predicted.tolist(), strict=True):\n"
            "                    conf[label, guess] += 1\n",
            "                conf[labels, predicted] += 1\n",
        ),
        says=(
            "Trainer.compute_conf: a pair of classes that occurs several times in a batch is counted once. Adding to "
            "`conf[labels, predicted]` ignores repeats: loop over the images, or use `torch.bincount`."
        ),
    ),
    _compute_conf(
        "conf-argmax-over-batch",
        ("argmax(dim=1)", "argmax(dim=0)"),
        says=(
            "Trainer.compute_conf: the maximum is taken over the batch, so predictions and labels do not pair up. "
            "The classes are dimension 1 of the outputs (N, 10): `argmax(dim=1)`."
        ),
    ),
    _compute_conf(
        "conf-last-batch-only",
        (
            "                predicted = ",
            "                conf = torch.zeros(10, 10, dtype=torch.int64)\n                predicted = ",
        ),
        says=(
            "Trainer.compute_conf: the matrix holds only the last batch. Make the matrix of zeros once, before the "
            "loop."
        ),
    ),
    _compute_conf(
        "conf-first-batch-only",
        (
            "conf[label, guess] += 1\n",
            "conf[label, guess] += 1\n                break\n",
        ),
        says=(
            "Trainer.compute_conf: the matrix holds only the first batch. Go through the whole `testloader`, and "
            "return after the loop."
        ),
    ),
    _compute_conf(
        "conf-diagonal-only",
        (
            "                    conf[label, guess] += 1\n",
            "                    if label == guess:\n                        conf[label, guess] += 1\n",
        ),
        says=(
            "Trainer.compute_conf: only right predictions are counted, so all entries off the diagonal are 0. "
            "Count every image: what is confused with what is the point of the matrix."
        ),
    ),
    _compute_conf(
        "conf-mistakes-only",
        (
            "                    conf[label, guess] += 1\n",
            "                    if label != guess:\n                        conf[label, guess] += 1\n",
        ),
        says=(
            "Trainer.compute_conf: only wrong predictions are counted, so the diagonal is 0. Count every image; the "
            "diagonal holds the right ones."
        ),
    ),
    _compute_conf(
        "conf-labels-twice",
        ("conf[label, guess]", "conf[label, label]"),
        says=(
            "Trainer.compute_conf: each label is paired with itself, so that the network seems perfect. The column "
            "is the predicted class."
        ),
    ),
    _compute_conf(
        "conf-normalised-columns",
        (
            "return conf",
            "return conf / conf.sum(dim=0, keepdim=True).clamp(min=1)",
        ),
        says=(
            "Trainer.compute_conf: each column is divided by its sum. Return the counts, integers that add up to "
            "the number of test images; scale a copy for the plot if you like."
        ),
    ),
    _compute_conf(
        "conf-normalised-all",
        (
            "return conf",
            "return conf / conf.sum()",
        ),
        says=(
            "Trainer.compute_conf: all entries are divided by the number of images. Return the counts, integers "
            "that add up to it; scale a copy for the plot if you like."
        ),
    ),
    _compute_conf(
        "conf-percentages",
        (
            "return conf",
            "return 100 * conf / conf.sum(dim=1, keepdim=True).clamp(min=1)",
        ),
        says=(
            "Trainer.compute_conf: each row holds percentages. Return the counts, integers that add up to the "
            "number of test images; scale a copy for the plot if you like."
        ),
    ),
    _compute_conf(
        "conf-shifted",
        (
            "conf[label, guess]",
            "conf[label - 1, guess - 1]",
        ),
        says=(
            "Trainer.compute_conf: all rows and columns are shifted by one. Classes are numbered from 0 to 9, as "
            "rows and columns are: `conf[true, predicted]`."
        ),
    ),
    _compute_conf(
        "conf-uint8",
        (
            "dtype=torch.int64",
            "dtype=torch.uint8",
        ),
        says=(
            "Trainer.compute_conf: counts above 255 start again at 0: the matrix has entries of 8 bits. Make it of "
            "`torch.int64`."
        ),
    ),
    _compute_conf(
        "conf-grows",
        (
            "        conf = torch.zeros(10, 10, dtype=torch.int64)\n",
            '        conf = self.__dict__.setdefault("conf", torch.zeros(10, 10, dtype=torch.int64))\n',
        ),
        says=(
            "Trainer.compute_conf: a second call adds to the first one's matrix. Make the matrix of zeros at the "
            "start of `compute_conf`, not in the constructor."
        ),
    ),
    _compute_conf(
        "conf-first-100-batches",
        (
            "            for inputs, labels in self.testloader:\n",
            (
                "            for i, (inputs, labels) in enumerate(self.testloader):\n"
                "                if i == 100:\n"
                "                    break\n"
            ),
        ),
        says=(
            "Trainer.compute_conf: only the first 100 batches of a large test set are counted. Go through the whole "
            "`testloader`: look for a `break` or a limit in the loop."
        ),
    ),
)
