"""Mistakes in part 1.2's ``Trainer``.

``train`` is judged by final weights and running statistics, in the sequences train(1), test(), train(1) and train(2).
Whatever leaves the weights where they were looks alike there: a missing ``step()``, a ``zero_grad()`` right before it
and a ``step()`` between ``zero_grad()`` and ``backward()`` are one mistake.
"""

from autograder.mistakes.mistake import Mistake

_TRAIN: tuple[Mistake, ...] = (
    Mistake(
        id="train-no-zero-grad",
        module="trainer",
        scope="Trainer.train",
        edits=(("                self.optimizer.zero_grad()\n", ""),),
        fails=("1.2a",),
        says=(
            "Trainer.train: your weights after two epochs are those of a loop that never clears its gradients. Call "
            "`optimizer.zero_grad()` before `loss.backward()`, for each batch."
        ),
    ),
    Mistake(
        id="train-zero-grad-once-per-epoch",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                self.optimizer.zero_grad()\n", ""),
            (
                "running_loss = 0.0\n            for i",
                "running_loss = 0.0\n            self.optimizer.zero_grad()\n            for i",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the gradients are cleared once per epoch and add up over its batches. Move "
            "`optimizer.zero_grad()` into the loop over the batches."
        ),
    ),
    Mistake(
        id="train-zero-grad-once",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                self.optimizer.zero_grad()\n", ""),
            (
                "        losses = []\n",
                "        losses = []\n        self.optimizer.zero_grad()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the gradients are cleared once, before the first epoch, and add up from then on. Move "
            "`optimizer.zero_grad()` into the loop over the batches."
        ),
    ),
    Mistake(
        id="train-no-step",
        module="trainer",
        scope="Trainer.train",
        edits=(("                self.optimizer.step()\n", ""),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the batches run through the network but its weights never move. Either "
            "`optimizer.step()` is missing, or it finds no gradients: the order is `zero_grad()`, `backward()`, "
            "`step()`."
        ),
    ),
    Mistake(
        id="train-step-before-backward",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                self.optimizer.step()\n", ""),
            (
                "                self.optimizer.zero_grad()\n",
                "                self.optimizer.step()\n                self.optimizer.zero_grad()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: each step comes before the `backward()` of its batch, so the optimizer is one batch late "
            "and the last batch is left over. Call `loss.backward()` first, then `optimizer.step()`."
        ),
    ),
    Mistake(
        id="train-step-once-per-epoch",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                self.optimizer.step()\n", ""),
            (
                '        print("Finished',
                '            self.optimizer.step()\n        print("Finished',
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: there is one step per epoch, with the gradients of the last batch only. Indent "
            "`optimizer.step()` into the loop over the batches, after `loss.backward()`."
        ),
    ),
    Mistake(
        id="train-whole-epoch-gradient",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                self.optimizer.zero_grad()\n", ""),
            ("                self.optimizer.step()\n", ""),
            (
                '        print("Finished',
                '            self.optimizer.step()\n            self.optimizer.zero_grad()\n        print("Finished',
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the gradients of all batches are added up and there is one step per epoch. Clear the "
            "gradients and call `optimizer.step()` for each batch."
        ),
    ),
    Mistake(
        id="train-step-twice",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "                self.optimizer.step()\n",
                "                self.optimizer.step()\n                self.optimizer.step()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the weights are those of a loop with two steps for each batch. Call `optimizer.step()` "
            "once after each `loss.backward()`."
        ),
    ),
    Mistake(
        id="train-backward-twice",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "loss.backward()\n",
                "loss.backward(retain_graph=True)\n                loss.backward()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the gradients are twice as large as they should be. Gradients add up: call "
            "`loss.backward()` once for each batch, without `retain_graph`."
        ),
    ),
    Mistake(
        id="train-backward-on-running-loss",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("                running_loss += loss.item()\n", ""),
            (
                "loss.backward()\n",
                "running_loss = running_loss + loss\n                running_loss.backward()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: `backward()` runs through the batch before once more, whose graph is gone. Call it on "
            "this batch's loss only, and add `loss.item()`, a plain number, to the sum that you print."
        ),
    ),
    Mistake(
        id="train-no-train-mode",
        module="trainer",
        scope="Trainer.train",
        edits=(("        self.net.train()\n", ""),),
        fails=("1.2a",),
        says=(
            "Trainer.train: after a `test()` your training goes on in eval mode, with batch norm's running "
            "statistics frozen and dropout off. Call `net.train()` at the start of each epoch."
        ),
    ),
    Mistake(
        id="train-eval-mode",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.net.train()", "self.net.eval()"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the network is trained in eval mode from the start: batch norm's running statistics "
            "never change. Call `net.train()`, not `net.eval()`, before the first batch."
        ),
    ),
    Mistake(
        id="train-eval-left-on-between-epochs",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                '        print("Finished',
                '            self.test()\n        print("Finished',
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: from the second epoch of a call on, your training runs in eval mode, as it does when "
            "each epoch ends with a `test()`. Call `net.train()` at the start of each epoch."
        ),
    ),
    Mistake(
        id="train-eval-left-on-between-batches",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "                running_loss += loss.item()\n",
                "                running_loss += loss.item()\n"
                "                if i % 100 == 0:\n"
                "                    self.test()\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: after the first batch the rest of each epoch runs in eval mode, as it does with a "
            "`test()` each so many iterations. Call `net.train()` again after each test."
        ),
    ),
    Mistake(
        id="train-ignores-epoch",
        module="trainer",
        scope="Trainer.train",
        edits=(("range(epoch)", "range(1)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: `train(2)` runs one epoch only. `epoch` is the number of epochs to run: loop over it, "
            "and return after the loop, not inside it."
        ),
    ),
    Mistake(
        id="train-fixed-epochs",
        module="trainer",
        scope="Trainer.train",
        edits=(("range(epoch)", "range(4)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: it runs four epochs whatever it is asked for. The argument `epoch` is the number of "
            "epochs to run: loop over `range(epoch)`."
        ),
    ),
    Mistake(
        id="train-one-epoch-too-many",
        module="trainer",
        scope="Trainer.train",
        edits=(("range(epoch)", "range(epoch + 1)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: `train(1)` runs two epochs. The argument is the number of epochs, and `range(n)` already "
            "has n values: loop over `range(epoch)`."
        ),
    ),
    Mistake(
        id="train-one-epoch-too-few",
        module="trainer",
        scope="Trainer.train",
        edits=(("range(epoch)", "range(1, epoch)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: `train(1)` trains nothing and `train(2)` one epoch. `range(1, n)` has n - 1 values: loop "
            "over `range(epoch)`, and add the 1 where you print."
        ),
    ),
    Mistake(
        id="train-one-batch-per-epoch",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "                    running_loss = 0.0\n",
                "                    running_loss = 0.0\n                break\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: each epoch ends after its first batch. An epoch goes once through the whole "
            "`trainloader`: look for a `break` or a `next(iter(...))`."
        ),
    ),
    Mistake(
        id="train-returns-after-first-batch",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                '        print("Finished Training")\n        return losses',
                '                print("Finished Training")\n                return losses',
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: it returns after the first batch of the first epoch. The `return` stands too deep: move "
            "it out of both loops."
        ),
    ),
    Mistake(
        id="train-drops-last-batch",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "                inputs = inputs.to(self.device)\n",
                "                if i == len(self.trainloader) - 1:\n"
                "                    break\n"
                "                inputs = inputs.to(self.device)\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the last batch of each epoch, which may be smaller, is left out. Train on every batch "
            "that `trainloader` yields."
        ),
    ),
    Mistake(
        id="train-on-test-set",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.trainloader", "self.testloader"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: it trains on the test set. Whatever is trained on says nothing about new images any "
            "more: take the batches from `self.trainloader`."
        ),
    ),
    Mistake(
        id="train-own-adam",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "self.net.train()\n",
                "self.net.train()\n        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the weights move as with an Adam of your own, not with the optimizer that the `Trainer` "
            "was given. Use `self.optimizer`, so that SGD and Adam can be compared."
        ),
    ),
    Mistake(
        id="train-own-sgd",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "self.net.train()\n",
                "self.net.train()\n        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.001)\n",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the weights move as with an SGD of your own (lr 0.001, no momentum), not with the "
            "optimizer that the `Trainer` was given. Use `self.optimizer`."
        ),
    ),
    Mistake(
        id="train-own-criterion",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.criterion(outputs, labels)", "nn.functional.cross_entropy(outputs, labels)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the loss is a plain cross-entropy of your own, not the criterion that the `Trainer` was "
            "given, which here has class weights. Call `self.criterion(outputs, labels)`."
        ),
    ),
    Mistake(
        id="train-softmax-before-loss",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.criterion(outputs, labels)", "self.criterion(torch.softmax(outputs, dim=1), labels)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: a softmax stands between the network and the loss. `CrossEntropyLoss` applies the "
            "softmax itself, and twice leaves tiny gradients: give it the logits."
        ),
    ),
    Mistake(
        id="train-divides-loss-by-batch",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.criterion(outputs, labels)", "self.criterion(outputs, labels) / inputs.size(0)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the loss is divided by the batch size before `backward()`. The criterion already takes "
            "the mean over the batch: call `backward()` on what it returns."
        ),
    ),
    Mistake(
        id="train-arguments-of-loss-swapped",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.criterion(outputs, labels)", "self.criterion(labels, outputs)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the loss gets the labels first and the outputs second. The criterion is called as "
            "`criterion(outputs, labels)`."
        ),
    ),
    Mistake(
        id="train-loss-of-predictions",
        module="trainer",
        scope="Trainer.train",
        edits=(("self.criterion(outputs, labels)", "self.criterion(outputs.argmax(dim=1), labels)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the loss gets predicted classes in place of logits. An `argmax` has no gradient: give "
            "the criterion the network's outputs, (N, 10), as they are."
        ),
    ),
    Mistake(
        id="train-no-grad",
        module="trainer",
        scope="Trainer.train",
        edits=(
            (
                "                outputs = self.net(inputs)",
                "                with torch.no_grad():\n                    outputs = self.net(inputs)",
            ),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: the loss has no gradient: the forward pass runs under `torch.no_grad()`, or its outputs "
            "are detached. That belongs in `test()`; train without it."
        ),
    ),
    Mistake(
        id="train-item-before-backward",
        module="trainer",
        scope="Trainer.train",
        edits=(
            ("self.criterion(outputs, labels)", "self.criterion(outputs, labels).item()"),
            ("running_loss += loss.item()", "running_loss += loss"),
        ),
        fails=("1.2a",),
        says=(
            "Trainer.train: `backward()` is called on a plain number. `.item()` takes the loss out of the graph: "
            "keep the tensor for `backward()`, and use `.item()` only for what you print."
        ),
    ),
    Mistake(
        id="train-scales-inputs",
        module="trainer",
        scope="Trainer.train",
        edits=(("inputs.to(self.device)", "inputs.to(self.device) / 255"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the inputs are divided by 255 before they reach the network. `ToTensor()` has scaled "
            "them to [0, 1] already: pass them on as they come."
        ),
    ),
    Mistake(
        id="train-normalises-inputs",
        module="trainer",
        scope="Trainer.train",
        edits=(("inputs.to(self.device)", "(inputs.to(self.device) - 0.5) / 0.5"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: the inputs are moved to [-1, 1] in training, but not in testing. The homework uses "
            "`ToTensor()` only: pass the inputs on as they come."
        ),
    ),
    Mistake(
        id="train-flattens-inputs",
        module="trainer",
        scope="Trainer.train",
        edits=(("inputs.to(self.device)", "inputs.to(self.device).flatten(1)"),),
        fails=("1.2a",),
        says=(
            "Trainer.train: it flattens the images, which a convolution cannot take. The `Trainer` must fit every "
            "network: pass (N, C, H, W) on, and flatten in the network's `forward`."
        ),
    ),
)

_TEST: tuple[Mistake, ...] = (
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
        id="test-percentage",
        module="trainer",
        scope="Trainer.test",
        edits=(("return accuracy", "return 100 * accuracy"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: it returns a percentage. Return the accuracy as a float in [0, 1]; the percentage goes "
            "into the printed line."
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
        id="test-counts",
        module="trainer",
        scope="Trainer.test",
        edits=(("return accuracy", "return correct"),),
        fails=("1.2b",),
        says=(
            "Trainer.test: it returns the number of right predictions. Divide by the number of images: the accuracy "
            "is a float in [0, 1]."
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
)

_CONF: tuple[Mistake, ...] = (
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
)

MISTAKES: tuple[Mistake, ...] = _TRAIN + _TEST + _CONF
