"""Mistakes in ``Trainer.train``: what is done with one batch.

Whatever leaves the weights where they were looks alike: a missing ``step()``, a ``zero_grad()`` right before it
and a ``step()`` between ``zero_grad()`` and ``backward()`` are one mistake.
"""

from autograder.staff.mistake import Mistake

_train = Mistake.of("trainer", "Trainer.train", "1.2a")

MISTAKES: tuple[Mistake, ...] = (
    _train(
        "train-no-zero-grad",
        ("                self.optimizer.zero_grad()\n", ""),
        says=(
            "Trainer.train: your weights after two epochs are those of a loop that never clears its gradients. Call "
            "`optimizer.zero_grad()` before `loss.backward()`, for each batch."
        ),
    ),
    _train(
        "train-zero-grad-once-per-epoch",
        ("                self.optimizer.zero_grad()\n", ""),
        (
            "running_loss = 0.0\n            for i",
            "running_loss = 0.0\n            self.optimizer.zero_grad()\n            for i",
        ),
        says=(
            "Trainer.train: the gradients are cleared once per epoch and add up over its batches. Move "
            "`optimizer.zero_grad()` into the loop over the batches."
        ),
    ),
    _train(
        "train-zero-grad-once",
        ("                self.optimizer.zero_grad()\n", ""),
        (
            "        losses = []\n",
            "        losses = []\n        self.optimizer.zero_grad()\n",
        ),
        says=(
            "Trainer.train: the gradients are cleared once, before the first epoch, and add up from then on. Move "
            "`optimizer.zero_grad()` into the loop over the batches."
        ),
    ),
    _train(
        "train-no-step",
        ("                self.optimizer.step()\n", ""),
        says=(
            "Trainer.train: the batches run through the network but its weights never move. Either "
            "`optimizer.step()` is missing, or it finds no gradients: the order is `zero_grad()`, `backward()`, "
            "`step()`."
        ),
    ),
    _train(
        "train-step-before-backward",
        ("                self.optimizer.step()\n", ""),
        (
            "                self.optimizer.zero_grad()\n",
            "                self.optimizer.step()\n                self.optimizer.zero_grad()\n",
        ),
        says=(
            "Trainer.train: each step comes before the `backward()` of its batch, so the optimizer is one batch late "
            "and the last batch is left over. Call `loss.backward()` first, then `optimizer.step()`."
        ),
    ),
    _train(
        "train-step-once-per-epoch",
        ("                self.optimizer.step()\n", ""),
        (
            '        print("Finished',
            '            self.optimizer.step()\n        print("Finished',
        ),
        says=(
            "Trainer.train: there is one step per epoch, with the gradients of the last batch only. Indent "
            "`optimizer.step()` into the loop over the batches, after `loss.backward()`."
        ),
    ),
    _train(
        "train-whole-epoch-gradient",
        ("                self.optimizer.zero_grad()\n", ""),
        ("                self.optimizer.step()\n", ""),
        (
            '        print("Finished',
            '            self.optimizer.step()\n            self.optimizer.zero_grad()\n        print("Finished',
        ),
        says=(
            "Trainer.train: the gradients of all batches are added up and there is one step per epoch. Clear the "
            "gradients and call `optimizer.step()` for each batch."
        ),
    ),
    _train(
        "train-step-twice",
        (
            "                self.optimizer.step()\n",
            "                self.optimizer.step()\n                self.optimizer.step()\n",
        ),
        says=(
            "Trainer.train: the weights are those of a loop with two steps for each batch. Call `optimizer.step()` "
            "once after each `loss.backward()`."
        ),
    ),
    _train(
        "train-backward-twice",
        (
            "loss.backward()\n",
            "loss.backward(retain_graph=True)\n                loss.backward()\n",
        ),
        says=(
            "Trainer.train: the gradients are twice as large as they should be. Gradients add up: call "
            "`loss.backward()` once for each batch, without `retain_graph`."
        ),
    ),
    _train(
        "train-backward-on-running-loss",
        ("                running_loss += loss.item()\n", ""),
        (
            "loss.backward()\n",
            "running_loss = running_loss + loss\n                running_loss.backward()\n",
        ),
        says=(
            "Trainer.train: `backward()` runs through a graph a second time, whose memory is gone. Call it once for "
            "each batch, on this batch's loss alone, and add `loss.item()`, a plain number, to the sum that you print."
        ),
    ),
    _train(
        "train-own-criterion",
        ("self.criterion(outputs, labels)", "nn.functional.cross_entropy(outputs, labels)"),
        says=(
            "Trainer.train: the loss is a plain cross-entropy of your own, not the criterion that the `Trainer` was "
            "given, which here has class weights. Call `self.criterion(outputs, labels)`."
        ),
    ),
    _train(
        "train-softmax-before-loss",
        ("self.criterion(outputs, labels)", "self.criterion(torch.softmax(outputs, dim=1), labels)"),
        says=(
            "Trainer.train: a softmax stands between the network and the loss. `CrossEntropyLoss` applies the "
            "softmax itself, and twice leaves tiny gradients: give it the logits."
        ),
    ),
    _train(
        "train-divides-loss-by-batch",
        ("self.criterion(outputs, labels)", "self.criterion(outputs, labels) / inputs.size(0)"),
        says=(
            "Trainer.train: the loss is divided by the batch size before `backward()`. The criterion already takes "
            "the mean over the batch: call `backward()` on what it returns."
        ),
    ),
    _train(
        "train-arguments-of-loss-swapped",
        ("self.criterion(outputs, labels)", "self.criterion(labels, outputs)"),
        says=(
            "Trainer.train: the loss gets the labels first and the outputs second. The criterion is called as "
            "`criterion(outputs, labels)`."
        ),
    ),
    _train(
        "train-loss-of-predictions",
        ("self.criterion(outputs, labels)", "self.criterion(outputs.argmax(dim=1), labels)"),
        says=(
            "Trainer.train: the loss gets predicted classes in place of logits. An `argmax` has no gradient: give "
            "the criterion the network's outputs, (N, 10), as they are."
        ),
    ),
    _train(
        "train-no-grad",
        (
            "                outputs = self.net(inputs)",
            "                with torch.no_grad():\n                    outputs = self.net(inputs)",
        ),
        says=(
            "Trainer.train: the loss has no gradient: the forward pass runs under `torch.no_grad()`, or its outputs "
            "are detached. That belongs in `test()`; train without it."
        ),
    ),
    _train(
        "train-item-before-backward",
        ("self.criterion(outputs, labels)", "self.criterion(outputs, labels).item()"),
        ("running_loss += loss.item()", "running_loss += loss"),
        says=(
            "Trainer.train: `backward()` is called on a plain number. `.item()` takes the loss out of the graph: "
            "keep the tensor for `backward()`, and use `.item()` only for what you print."
        ),
    ),
    _train(
        "train-scales-inputs",
        ("inputs.to(self.device)", "inputs.to(self.device) / 255"),
        says=(
            "Trainer.train: the inputs are divided by 255 before they reach the network. `ToTensor()` has scaled "
            "them to [0, 1] already: pass them on as they come."
        ),
    ),
    _train(
        "train-normalises-inputs",
        ("inputs.to(self.device)", "(inputs.to(self.device) - 0.5) / 0.5"),
        says=(
            "Trainer.train: the inputs are moved to [-1, 1] in training, but not in testing. The homework uses "
            "`ToTensor()` only: pass the inputs on as they come."
        ),
    ),
    _train(
        "train-flattens-inputs",
        ("inputs.to(self.device)", "inputs.to(self.device).flatten(1)"),
        says=(
            "Trainer.train: it flattens the images, which a convolution cannot take. The `Trainer` must fit every "
            "network: pass (N, C, H, W) on, and flatten in the network's `forward`."
        ),
    ),
)
