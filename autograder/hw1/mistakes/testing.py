"""Mistakes in ``Trainer.test``."""

from autograder.staff.mistake import Mistake

_test = Mistake.of("trainer", "Trainer.test", "1.2b")

MISTAKES: tuple[Mistake, ...] = (
    _test(
        "test-no-eval-mode",
        ("        self.net.eval()\n", ""),
        says=(
            "Trainer.test: the network is tested in train mode, with dropout on and batch norm using the test batch. "
            "Call `net.eval()` first; `torch.no_grad()` does not do that."
        ),
    ),
    _test(
        "test-mean-of-batches",
        (
            "correct += (predicted == labels).sum().item()",
            "correct += (predicted == labels).float().mean().item()",
        ),
        ("total += labels.size(0)", "total += 1"),
        says=(
            "Trainer.test: it takes the mean of the batches' accuracies, which weighs the images of a smaller last "
            "batch more. Count the right predictions and divide once by the number of images."
        ),
    ),
    _test(
        "test-divides-by-batches",
        ("accuracy = correct / total", "accuracy = correct / len(self.testloader)"),
        says=(
            "Trainer.test: the right predictions are divided by the number of batches. `len(testloader)` counts "
            "batches; divide by the number of images."
        ),
    ),
    _test(
        "test-assumes-full-batches",
        ("total += labels.size(0)", "total += self.testloader.batch_size"),
        says=(
            "Trainer.test: each batch is counted as if it were full, but the last one is smaller. Add "
            "`labels.size(0)` to the total."
        ),
    ),
    _test(
        "test-divides-by-10000",
        ("accuracy = correct / total", "accuracy = correct / 10000"),
        says=(
            "Trainer.test: the right predictions are divided by 10,000, whatever the size of the test set. Divide by "
            "the number of images that you counted."
        ),
    ),
    _test(
        "test-argmax-over-batch",
        ("argmax(dim=1)", "argmax(dim=0)"),
        says=(
            "Trainer.test: the maximum is taken over the batch, which gives one image per class. The classes are "
            "dimension 1 of the outputs (N, 10): `argmax(dim=1)`."
        ),
    ),
    _test(
        "test-max-values",
        ("argmax(dim=1)", "max(dim=1)[0]"),
        says=(
            "Trainer.test: the accuracy is always 0, as it is when the largest logits are compared with the labels. "
            "`max` returns values, then indices: take the indices, or use `argmax(dim=1)`."
        ),
    ),
    _test(
        "test-last-batch-only",
        ("correct += (predicted", "correct = (predicted"),
        ("total += labels", "total = labels"),
        says=(
            "Trainer.test: the accuracy is that of the last batch only. Set both counters to 0 once, before the "
            "loop, and add to them with `+=`."
        ),
    ),
    _test(
        "test-first-batch-only",
        (
            "total += labels.size(0)\n",
            "total += labels.size(0)\n                break\n",
        ),
        says=(
            "Trainer.test: the accuracy is that of the first batch only. Go through the whole `testloader`, and "
            "return after the loop."
        ),
    ),
    _test(
        "test-on-training-set",
        ("self.testloader", "self.trainloader"),
        says=(
            "Trainer.test: it measures the accuracy on the training set, which the network has seen. Take the "
            "batches from `self.testloader`."
        ),
    ),
    _test(
        "test-error-rate",
        ("predicted == labels", "predicted != labels"),
        says=(
            "Trainer.test: it returns the share of wrong predictions, 1 minus the accuracy. Count where prediction "
            "and label are equal."
        ),
    ),
    _test(
        "test-trains",
        ("with torch.no_grad():", "with torch.enable_grad():"),
        (
            "predicted = self.net(inputs).argmax(dim=1)",
            "outputs = self.net(inputs)\n"
            "                self.optimizer.zero_grad()\n"
            "                self.criterion(outputs, labels).backward()\n"
            "                self.optimizer.step()\n"
            "                predicted = outputs.argmax(dim=1)",
        ),
        says=(
            "Trainer.test: it changes the weights: the network learns from the test set while it is tested. Take "
            "`backward()` and `step()` out, and run the loop under `torch.no_grad()`."
        ),
    ),
    _test(
        "test-counts-on",
        (
            ("        correct = 0\n        total = 0\n"),
            '        correct, total = self.__dict__.get("counts", (0, 0))\n',
        ),
        (
            "        accuracy = correct / total\n",
            ("        self.counts = correct, total\n        accuracy = correct / total\n"),
        ),
        says=(
            "Trainer.test: a second call goes on counting where the first one ended, so that the old network's "
            "answers are among them. Set both counters to 0 at the start of `test`."
        ),
    ),
    _test(
        "test-first-100-batches",
        (
            "            for inputs, labels in self.testloader:\n",
            (
                "            for i, (inputs, labels) in enumerate(self.testloader):\n"
                "                if i == 100:\n"
                "                    break\n"
            ),
        ),
        says=(
            "Trainer.test: only the first 100 batches of a large test set are counted. Go through the whole "
            "`testloader`: look for a `break` or a limit in the loop."
        ),
    ),
    _test(
        "test-argmax-of-all",
        (
            "argmax(dim=1)",
            "argmax()",
        ),
        says=(
            "Trainer.test: there is one prediction for a whole batch: an `argmax` without a dimension is taken over "
            "all images and classes. Write `argmax(dim=1)`, one class for each image."
        ),
    ),
    _test(
        "test-first-image-of-each-batch",
        (
            "correct += (predicted == labels).sum().item()",
            "correct += (predicted[0] == labels[0]).item()",
        ),
        (
            "total += labels.size(0)",
            "total += 1",
        ),
        says=(
            "Trainer.test: only the first image of each batch is counted. Compare all predictions of the batch with "
            "its labels, and add up how many are equal."
        ),
    ),
    _test(
        "test-whole-division",
        (
            "accuracy = correct / total",
            "accuracy = correct // total",
        ),
        says="Trainer.test: the accuracy is rounded down to 0 or 1 by `//`. Divide with `/`.",
    ),
    _test(
        "test-top-5",
        (
            "argmax(dim=1)",
            "topk(5, dim=1).indices",
        ),
        (
            "(predicted == labels)",
            "(predicted == labels.unsqueeze(1))",
        ),
        says=(
            "Trainer.test: an answer counts as right if the label is among the five largest outputs. Take the "
            "largest one alone: `argmax(dim=1)`."
        ),
    ),
)
