"""Mistakes in ``Trainer.test``."""

from autograder.staff.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="test-no-eval-mode",
        module="trainer",
        scope="Trainer.test",
        edits=(("        self.net.eval()\n", ""),),
        fails=("1.2b",),
        says=(
            "Trainer.test: the network is tested in train mode, with dropout on and batch norm using the test batch. "
            "Call `net.eval()` first; `torch.no_grad()` does not do that."
        ),
    ),
    Mistake(
        id="test-mean-of-batches",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "correct += (predicted == labels).sum().item()",
                "correct += (predicted == labels).float().mean().item()",
            ),
            ("total += labels.size(0)", "total += 1"),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: it takes the mean of the batches' accuracies, which weighs the images of a smaller last "
            "batch more. Count the right predictions and divide once by the number of images."
        ),
    ),
    Mistake(
        id="test-divides-by-batches",
        module="trainer",
        scope="Trainer.test",
        edits=(("accuracy = correct / total", "accuracy = correct / len(self.testloader)"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: the right predictions are divided by the number of batches. `len(testloader)` counts "
            "batches; divide by the number of images."
        ),
    ),
    Mistake(
        id="test-assumes-full-batches",
        module="trainer",
        scope="Trainer.test",
        edits=(("total += labels.size(0)", "total += self.testloader.batch_size"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: each batch is counted as if it were full, but the last one is smaller. Add "
            "`labels.size(0)` to the total."
        ),
    ),
    Mistake(
        id="test-divides-by-10000",
        module="trainer",
        scope="Trainer.test",
        edits=(("accuracy = correct / total", "accuracy = correct / 10000"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: the right predictions are divided by 10,000, whatever the size of the test set. Divide by "
            "the number of images that you counted."
        ),
    ),
    Mistake(
        id="test-argmax-over-batch",
        module="trainer",
        scope="Trainer.test",
        edits=(("argmax(dim=1)", "argmax(dim=0)"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: the maximum is taken over the batch, which gives one image per class. The classes are "
            "dimension 1 of the outputs (N, 10): `argmax(dim=1)`."
        ),
    ),
    Mistake(
        id="test-max-values",
        module="trainer",
        scope="Trainer.test",
        edits=(("argmax(dim=1)", "max(dim=1)[0]"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: the accuracy is always 0, as it is when the largest logits are compared with the labels. "
            "`max` returns values, then indices: take the indices, or use `argmax(dim=1)`."
        ),
    ),
    Mistake(
        id="test-last-batch-only",
        module="trainer",
        scope="Trainer.test",
        edits=(("correct += (predicted", "correct = (predicted"), ("total += labels", "total = labels")),
        fails=("1.2b",),
        says=(
            "Trainer.test: the accuracy is that of the last batch alone. Set both counters to 0 once, before the "
            "loop, and add to them with `+=`."
        ),
    ),
    Mistake(
        id="test-first-batch-only",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "total += labels.size(0)\n",
                "total += labels.size(0)\n                break\n",
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: the accuracy is that of the first batch alone. Go through the whole `testloader`, and "
            "return after the loop."
        ),
    ),
    Mistake(
        id="test-on-training-set",
        module="trainer",
        scope="Trainer.test",
        edits=(("self.testloader", "self.trainloader"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: it measures the accuracy on the training set, which the network has seen. Take the "
            "batches from `self.testloader`."
        ),
    ),
    Mistake(
        id="test-error-rate",
        module="trainer",
        scope="Trainer.test",
        edits=(("predicted == labels", "predicted != labels"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: it returns the share of wrong predictions, 1 minus the accuracy. Count where prediction "
            "and label are equal."
        ),
    ),
    Mistake(
        id="test-trains",
        module="trainer",
        scope="Trainer.test",
        edits=(
            ("with torch.no_grad():", "with torch.enable_grad():"),
            (
                "predicted = self.net(inputs).argmax(dim=1)",
                "outputs = self.net(inputs)\n"
                "                self.optimizer.zero_grad()\n"
                "                self.criterion(outputs, labels).backward()\n"
                "                self.optimizer.step()\n"
                "                predicted = outputs.argmax(dim=1)",
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: it changes the weights: the network learns from the test set while it is tested. Take "
            "`backward()` and `step()` out, and run the loop under `torch.no_grad()`."
        ),
    ),
    Mistake(
        id="test-counts-on",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                ("        correct = 0\n        total = 0\n"),
                '        correct, total = self.__dict__.get("counts", (0, 0))\n',
            ),
            (
                "        accuracy = correct / total\n",
                ("        self.counts = correct, total\n        accuracy = correct / total\n"),
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: a second call goes on counting where the first one ended, so that the old network's "
            "answers are among them. Set both counters to 0 at the start of `test`."
        ),
    ),
    Mistake(
        id="test-first-100-batches",
        module="trainer",
        scope="Trainer.test",
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
        fails=("1.2b",),
        says=(
            "Trainer.test: of a large test set only the first 100 batches are counted. Go through the whole "
            "`testloader`: look for a `break` or a limit in the loop."
        ),
    ),
    Mistake(
        id="test-argmax-of-all",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "argmax(dim=1)",
                "argmax()",
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: there is one prediction for a whole batch: an `argmax` without a dimension is taken over "
            "all images and classes. Write `argmax(dim=1)`, one class for each image."
        ),
    ),
    Mistake(
        id="test-first-image-of-each-batch",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "correct += (predicted == labels).sum().item()",
                "correct += (predicted[0] == labels[0]).item()",
            ),
            (
                "total += labels.size(0)",
                "total += 1",
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: only the first image of each batch is counted. Compare all predictions of the batch with "
            "its labels, and add up how many are equal."
        ),
    ),
    Mistake(
        id="test-whole-division",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "accuracy = correct / total",
                "accuracy = correct // total",
            ),
        ),
        fails=("1.2b",),
        says=("Trainer.test: the accuracy is rounded down to 0 or 1 by `//`. Divide with `/`."),
    ),
    Mistake(
        id="test-top-5",
        module="trainer",
        scope="Trainer.test",
        edits=(
            (
                "argmax(dim=1)",
                "topk(5, dim=1).indices",
            ),
            (
                "(predicted == labels)",
                "(predicted == labels.unsqueeze(1))",
            ),
        ),
        fails=("1.2b",),
        says=(
            "Trainer.test: an answer counts as right if the label is among the five largest outputs. Take the "
            "largest one alone: `argmax(dim=1)`."
        ),
    ),
)
