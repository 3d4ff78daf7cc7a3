"""Mistakes in ``Trainer.train``: its epochs, its batches, the mode and the optimizer.

What is seen of two calls of train with a test between also shows what a test leaves behind.
"""

from autograder.staff.mistake import Mistake

_train = Mistake.of("trainer", "Trainer.train", "1.2a")
_test = Mistake.of("trainer", "Trainer.test", "1.2a")

MISTAKES: tuple[Mistake, ...] = (
    _train(
        "train-no-train-mode",
        ("        self.net.train()\n", ""),
        says=(
            "Trainer.train: after a `test()` your training goes on in eval mode, with batch norm's running "
            "statistics frozen and dropout off. Call `net.train()` at the start of each epoch."
        ),
    ),
    _train(
        "train-eval-mode",
        ("self.net.train()", "self.net.eval()"),
        says=(
            "Trainer.train: the network is trained in eval mode from the start: batch norm's running statistics "
            "never change. Call `net.train()`, not `net.eval()`, before the first batch."
        ),
    ),
    _train(
        "train-eval-left-on-between-epochs",
        (
            '        print("Finished',
            '            self.test()\n        print("Finished',
        ),
        says=(
            "Trainer.train: from the second epoch of a call on, your training runs in eval mode, as it does when "
            "each epoch ends with a `test()`. Call `net.train()` at the start of each epoch."
        ),
    ),
    _train(
        "train-eval-left-on-between-batches",
        (
            "                running_loss += loss.item()\n",
            "                running_loss += loss.item()\n"
            "                if i % 100 == 0:\n"
            "                    self.test()\n",
        ),
        says=(
            "Trainer.train: after the first batch the rest of each epoch runs in eval mode, as it does with a "
            "`test()` every so many iterations. Call `net.train()` again after each test."
        ),
    ),
    _train(
        "train-ignores-epoch",
        ("range(epoch)", "range(1)"),
        says=(
            "Trainer.train: `train(2)` runs one epoch only. `epoch` is the number of epochs to run: loop over it, "
            "and return after the loop, not inside it."
        ),
    ),
    _train(
        "train-fixed-epochs",
        ("range(epoch)", "range(4)"),
        says=(
            "Trainer.train: it runs four epochs whatever it is asked for. The argument `epoch` is the number of "
            "epochs to run: loop over `range(epoch)`."
        ),
    ),
    _train(
        "train-one-epoch-too-many",
        ("range(epoch)", "range(epoch + 1)"),
        says=(
            "Trainer.train: `train(1)` runs two epochs. The argument is the number of epochs, and `range(n)` already "
            "has n values: loop over `range(epoch)`."
        ),
    ),
    _train(
        "train-one-epoch-too-few",
        ("range(epoch)", "range(1, epoch)"),
        says=(
            "Trainer.train: `train(1)` trains nothing and `train(2)` one epoch. `range(1, n)` has n - 1 values: loop "
            "over `range(epoch)`, and add the 1 where you print."
        ),
    ),
    _train(
        "train-one-batch-per-epoch",
        (
            "                    running_loss = 0.0\n",
            "                    running_loss = 0.0\n                break\n",
        ),
        says=(
            "Trainer.train: each epoch ends after its first batch. An epoch goes once through the whole "
            "`trainloader`: look for a `break` or a `next(iter(...))`."
        ),
    ),
    _train(
        "train-returns-after-first-batch",
        (
            '        print("Finished Training")\n        return losses',
            '                print("Finished Training")\n                return losses',
        ),
        says=(
            "Trainer.train: it returns after the first batch of the first epoch. The `return` stands too deep: move "
            "it out of both loops."
        ),
    ),
    _train(
        "train-drops-last-batch",
        (
            "                inputs = inputs.to(self.device)\n",
            "                if i == len(self.trainloader) - 1:\n"
            "                    break\n"
            "                inputs = inputs.to(self.device)\n",
        ),
        says=(
            "Trainer.train: the last batch of each epoch, which may be smaller, is left out. Train on every batch "
            "that `trainloader` yields."
        ),
    ),
    _train(
        "train-on-test-set",
        ("self.trainloader", "self.testloader"),
        says=(
            "Trainer.train: it trains on the test set. Whatever is trained on says nothing about new images any "
            "more: take the batches from `self.trainloader`."
        ),
    ),
    _train(
        "train-own-adam",
        (
            "self.net.train()\n",
            "self.net.train()\n        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=0.001)\n",
        ),
        says=(
            "Trainer.train: the weights move as with an Adam of your own, not with the optimizer that the `Trainer` "
            "was given. Use `self.optimizer`, so that SGD and Adam can be compared."
        ),
    ),
    _train(
        "train-own-sgd",
        (
            "self.net.train()\n",
            "self.net.train()\n        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.001)\n",
        ),
        says=(
            "Trainer.train: the weights move as with an SGD of your own (lr 0.001, no momentum), not with the "
            "optimizer that the `Trainer` was given. Use `self.optimizer`."
        ),
    ),
    _train(
        "train-test-each-100-iterations",
        (
            "                running_loss += loss.item()\n",
            (
                "                running_loss += loss.item()\n"
                "                if i % 100 == 99:\n"
                "                    self.test()\n"
            ),
        ),
        says=(
            "Trainer.train: from iteration 101 of an epoch on your training runs in eval mode, as it does with a "
            "`test()` every 100 iterations. Call `net.train()` again after each test."
        ),
    ),
    _train(
        "train-test-at-each-print",
        (
            "                    running_loss = 0.0\n",
            ("                    running_loss = 0.0\n                    self.test()\n"),
        ),
        says=(
            "Trainer.train: from iteration 501 of an epoch on your training runs in eval mode, as it does with a "
            "`test()` where the loss is printed. Call `net.train()` again after each test."
        ),
    ),
    _train(
        "train-ends-at-first-print",
        (
            "                    running_loss = 0.0\n",
            ("                    running_loss = 0.0\n                    return losses\n"),
        ),
        says=(
            "Trainer.train: it ends after 500 iterations, where the first loss is printed. The `return` (or a "
            "`break`) stands in the block that prints: move it out of both loops."
        ),
    ),
    _train(
        "train-skips-first-batch",
        (
            "                inputs = inputs.to(self.device)\n",
            (
                "                if i == 0:\n"
                "                    continue\n"
                "                inputs = inputs.to(self.device)\n"
            ),
        ),
        says=(
            "Trainer.train: the first batch of each epoch is left out. Train on every batch that `trainloader` "
            "yields, from the first one on."
        ),
    ),
    _train(
        "train-step-every-second-batch",
        (
            "                self.optimizer.step()\n",
            ("                if i % 2 == 1:\n                    self.optimizer.step()\n"),
        ),
        says=(
            "Trainer.train: there is a step after every second batch only, and the gradients of the others are "
            "lost. Call `optimizer.step()` after each `loss.backward()`."
        ),
    ),
    _train(
        "train-adds-up-two-batches",
        (
            "                self.optimizer.zero_grad()\n",
            "",
        ),
        (
            "                self.optimizer.step()\n",
            (
                "                if i % 2 == 1:\n"
                "                    self.optimizer.step()\n"
                "                    self.optimizer.zero_grad()\n"
            ),
        ),
        says=(
            "Trainer.train: the gradients of two batches are added up for one step. Clear the gradients and call "
            "`optimizer.step()` for each batch."
        ),
    ),
    _train(
        "train-only-once",
        (
            "        self.net.train()\n",
            (
                '        if self.__dict__.get("trained"):\n'
                "            return []\n"
                "        self.trained = True\n"
                "        self.net.train()\n"
            ),
        ),
        says=(
            "Trainer.train: a second call trains nothing. `train(1)` twice has the same effect as `train(2)`: keep "
            "nothing from call to call that ends it early."
        ),
    ),
    _train(
        "train-optimizer-anew",
        (
            "        self.net.train()\n",
            (
                "        self.net.train()\n"
                "        self.optimizer = type(self.optimizer)(self.net.parameters(), **self.optimizer.defaults)\n"
            ),
        ),
        says=(
            "Trainer.train: the optimizer's state, like its momentum, is lost between two calls, as it is where "
            "`train` makes an optimizer anew. Use the one that the `Trainer` was given."
        ),
    ),
    _test(
        "test-leaves-gradients-off",
        (
            "        with torch.no_grad():\n",
            ("        torch.set_grad_enabled(False)\n        if True:\n"),
        ),
        says=(
            "Trainer.train: after a `test()` the loss has no gradient: the test turns gradients off for good. Use "
            "`with torch.no_grad():`, which turns them on again."
        ),
    ),
)
