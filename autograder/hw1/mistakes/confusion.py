"""Mistakes in ``Trainer.compute_conf``."""

from autograder.staff.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="conf-transposed",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("conf[label, guess]", "conf[guess, label]"),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: the matrix is transposed. Rows are the true classes, columns the predicted ones: "
            "`conf[true, predicted]`."
        ),
    ),
    Mistake(
        id="conf-no-eval-mode",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("        self.net.eval()\n", ""),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: the network runs in train mode, with dropout on and batch norm using the test "
            "batch. Call `net.eval()` first."
        ),
    ),
    Mistake(
        id="conf-normalised",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("return conf", "return conf / conf.sum(dim=1, keepdim=True).clamp(min=1)"),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: each row is divided by its sum. Return the counts, integers that add up to the "
            "number of test images; scale a copy for the plot if you like."
        ),
    ),
    Mistake(
        id="conf-on-training-set",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("self.testloader", "self.trainloader"),),
        fails=("1.2c",),
        says="Trainer.compute_conf: the matrix is that of the training set. Take the batches from `self.testloader`.",
    ),
    Mistake(
        id="conf-assigns",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("conf[label, guess] += 1", "conf[label, guess] = 1"),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: no entry is larger than 1: each pair of classes is marked, not counted. Add with "
            "`+= 1` for each image."
        ),
    ),
    Mistake(
        id="conf-counts-pairs-once-per-batch",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "                for label, guess in zip(labels.tolist(), predicted.tolist(), strict=True):\n"
                "                    conf[label, guess] += 1\n",
                "                conf[labels, predicted] += 1\n",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: a pair of classes that occurs several times in a batch is counted once. Adding to "
            "`conf[labels, predicted]` ignores repeats: loop over the images, or use `torch.bincount`."
        ),
    ),
    Mistake(
        id="conf-argmax-over-batch",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("argmax(dim=1)", "argmax(dim=0)"),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: the maximum is taken over the batch, so predictions and labels do not pair up. "
            "The classes are dimension 1 of the outputs (N, 10): `argmax(dim=1)`."
        ),
    ),
    Mistake(
        id="conf-last-batch-only",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "                predicted = ",
                "                conf = torch.zeros(10, 10, dtype=torch.int64)\n                predicted = ",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: the matrix holds the last batch alone. Make the matrix of zeros once, before the "
            "loop."
        ),
    ),
    Mistake(
        id="conf-first-batch-only",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "conf[label, guess] += 1\n",
                "conf[label, guess] += 1\n                break\n",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: the matrix holds the first batch alone. Go through the whole `testloader`, and "
            "return after the loop."
        ),
    ),
    Mistake(
        id="conf-diagonal-only",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "                    conf[label, guess] += 1\n",
                "                    if label == guess:\n                        conf[label, guess] += 1\n",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: only right predictions are counted, so all entries beside the diagonal are 0. "
            "Count every image: what is confused with what is the point of the matrix."
        ),
    ),
    Mistake(
        id="conf-mistakes-only",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "                    conf[label, guess] += 1\n",
                "                    if label != guess:\n                        conf[label, guess] += 1\n",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: only wrong predictions are counted, so the diagonal is 0. Count every image; the "
            "diagonal holds the right ones."
        ),
    ),
    Mistake(
        id="conf-labels-twice",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(("conf[label, guess]", "conf[label, label]"),),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: each label is paired with itself, so that the network seems perfect. The column "
            "is the predicted class."
        ),
    ),
    Mistake(
        id="conf-normalised-columns",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "return conf",
                "return conf / conf.sum(dim=0, keepdim=True).clamp(min=1)",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: each column is divided by its sum. Return the counts, integers that add up to "
            "the number of test images; scale a copy for the plot if you like."
        ),
    ),
    Mistake(
        id="conf-normalised-all",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "return conf",
                "return conf / conf.sum()",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: all entries are divided by the number of images. Return the counts, integers "
            "that add up to it; scale a copy for the plot if you like."
        ),
    ),
    Mistake(
        id="conf-percentages",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "return conf",
                "return 100 * conf / conf.sum(dim=1, keepdim=True).clamp(min=1)",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: each row holds percentages. Return the counts, integers that add up to the "
            "number of test images; scale a copy for the plot if you like."
        ),
    ),
    Mistake(
        id="conf-shifted",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "conf[label, guess]",
                "conf[label - 1, guess - 1]",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: all rows and columns are shifted by one. Classes are numbered from 0 to 9, as "
            "rows and columns are: `conf[true, predicted]`."
        ),
    ),
    Mistake(
        id="conf-uint8",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "dtype=torch.int64",
                "dtype=torch.uint8",
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: counts above 255 start again at 0: the matrix has entries of 8 bits. Make it of "
            "`torch.int64`."
        ),
    ),
    Mistake(
        id="conf-grows",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "        conf = torch.zeros(10, 10, dtype=torch.int64)\n",
                '        conf = self.__dict__.setdefault("conf", torch.zeros(10, 10, dtype=torch.int64))\n',
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: a second call adds to the first one's matrix. Make the matrix of zeros at the "
            "start of `compute_conf`, not in the constructor."
        ),
    ),
    Mistake(
        id="conf-first-100-batches",
        module="trainer",
        scope="Trainer.compute_conf",
        edits=(
            (
                "            for inputs, labels in self.testloader:\n",
                (
                    "            for i, (inputs, labels) in enumerate(self.testloader):\n"
                    "                if i == 100:\n"
                    "                    break\n"
                ),
            ),
        ),
        fails=("1.2c",),
        says=(
            "Trainer.compute_conf: of a large test set only the first 100 batches are counted. Go through the whole "
            "`testloader`: look for a `break` or a limit in the loop."
        ),
    ),
)
