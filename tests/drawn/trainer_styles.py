"""Right ways to write the Trainer's methods.

``@slot`` on a line of its own and ``@{slot}`` within a line are places for mistakes; ``#@ slot = text`` says what a style
has there in place of the default. ``$x``, ``$y``, ``$out`` and ``$loss`` are names of variables, ``$net``, ``$opt``,
``$crit``, ``$train``, ``$test`` and ``$dev`` what the constructor calls its arguments.
"""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

DEFAULTS = {
    # train
    "start": "$net.train()",
    "epochs": "range(epoch)",
    "epoch_start": "",
    "loader": "$train",
    "batch": "",
    "prepare": "",
    "forward": "$out = $net($x)",
    "loss": "$loss = $crit($out, $y)",
    "back": "$loss.backward()",
    "grads": "",
    "step": "$opt.step()",
    "after": "",
    "printed": "",
    "epoch_end": "",
    "end": "",
    # test and compute_conf
    "mode": "$net.eval()",
    "counted": "$test",
    "skip": "",
    "predict": "guess = $net($x).argmax(dim=1)",
    "accuracy": "accuracy = correct / total",
    "finish": "",
}
ZEROS = (
    "$opt.zero_grad()",
    "$opt.zero_grad()",
    "$opt.zero_grad(set_to_none=True)",
    "$opt.zero_grad(set_to_none=False)",
    "$net.zero_grad()",
    "for p in $net.parameters():\n    p.grad = None",
    "for p in $net.parameters():\n    if p.grad is not None:\n        p.grad.zero_()",
    "for group in $opt.param_groups:\n    for p in group['params']:\n        p.grad = None",
)

_SELF = {
    "net": "self.net",
    "opt": "self.optimizer",
    "crit": "self.criterion",
    "train": "self.trainloader",
    "test": "self.testloader",
    "dev": "self.device",
}
_ASSIGN = """    self.trainloader = trainloader
    self.testloader = testloader
    self.net = net
    self.optimizer = optimizer
    self.criterion = criterion
"""
_INIT = "def __init__(self, trainloader, testloader, net, optimizer, criterion):\n"
_MOVE = "$x = $x.to($dev)\n$y = $y.to($dev)"

CONSTRUCTORS: dict[str, tuple[str, dict[str, str], str]] = {
    "device of the parameters": (f"{_INIT}{_ASSIGN}    self.device = next(net.parameters()).device\n", _SELF, _MOVE),
    "device if available": (
        f"{_INIT}{_ASSIGN}    self.device = torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')\n    self.net.to(self.device)\n",
        _SELF,
        "$x, $y = $x.to($dev), $y.to($dev)",
    ),
    "no device": (_INIT + _ASSIGN, _SELF, ""),
    "cuda if available": (
        f"{_INIT}{_ASSIGN}    self.use_cuda = torch.cuda.is_available()\n    if self.use_cuda:\n        self.net = self.net.cuda()\n",
        _SELF,
        "if self.use_cuda:\n    $x, $y = $x.cuda(), $y.cuda()",
    ),
    "cuda, without looking": (_INIT + _ASSIGN, _SELF, "$x = $x.cuda()\n$y = $y.cuda()"),
    "a global device": (
        _INIT + _ASSIGN,
        {**_SELF, "dev": "DEVICE_OF_ALL"},
        "$x = $x.to($dev, non_blocking=True)\n$y = $y.to($dev, non_blocking=True)",
    ),
    "short names": (
        f"{_INIT}    self.model, self.opt, self.loss_fn = net, optimizer, criterion\n    self.loaders = dict(train=trainloader, test=testloader)\n"
        "    self.dev = next((p.device for p in net.parameters()), 'cpu')\n",
        {
            "net": "self.model",
            "opt": "self.opt",
            "crit": "self.loss_fn",
            "train": "self.loaders['train']",
            "test": "self.loaders['test']",
            "dev": "self.dev",
        },
        "$x, $y = (t.to($dev) for t in ($x, $y))",
    ),
    "type hints": (
        "def __init__(\n    self,\n    trainloader: DataLoader,\n    testloader: DataLoader,\n    net: nn.Module,\n"
        "    optimizer: torch.optim.Optimizer,\n    criterion: nn.Module,\n) -> None:\n    super().__init__()\n"
        + _ASSIGN
        + "    self.device = 'cpu'\n",
        _SELF,
        _MOVE,
    ),
    "keyword arguments": (
        "def __init__(self, trainloader, testloader, net, optimizer, criterion, device=None, print_every=500, **kwargs):\n"
        + _ASSIGN
        + "    self.device = device or ('cuda' if torch.cuda.is_available() else 'cpu')\n    self.print_every = print_every\n    self.history = {'loss': [], 'acc': []}\n",
        _SELF,
        _MOVE,
    ),
}

PRELUDES = {
    "DEVICE_OF_ALL": "DEVICE_OF_ALL = torch.device('cuda' if torch.cuda.is_available() else 'cpu')",
    "DataLoader": "from torch.utils.data import DataLoader",
    "np": "import numpy as np",
    "tqdm": "from tqdm import tqdm",
    "tqdm_auto": "from tqdm.auto import tqdm as tqdm_auto",
    "itertools": "import itertools",
    "time": "import time",
    "sys": "import sys",
    "Counter": "from collections import Counter",
    "accuracy_score": "from sklearn.metrics import accuracy_score",
    "confusion_matrix": "from sklearn.metrics import confusion_matrix",
    "plt": "import matplotlib\nimport matplotlib.pyplot as plt",
    "AverageMeter": """class AverageMeter:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(1, self.count)
""",
    "timed": """def timed(method):
    def inner(self, *args, **kwargs):
        start = time_of_day()
        result = method(self, *args, **kwargs)
        self.seconds = time_of_day() - start
        return result

    from time import perf_counter as time_of_day

    return inner
""",
    "evaluating": """import contextlib


@contextlib.contextmanager
def evaluating(net):
    was = net.training
    net.eval()
    try:
        with torch.no_grad():
            yield net
    finally:
        net.train(was)
""",
}

_LOOP = """@batch
@move
@prepare
@zero
@forward
@loss
@back
@grads
@step
@after
"""


def _in_loop(depth: int, body: str = _LOOP) -> str:
    return "".join(f"{' ' * depth}{line}\n" for line in body.splitlines())


_PLAIN = f"""def train(self, epoch=1):
    @start
    losses = []
    for e in @{{epochs}}:
        @epoch_start
        running = 0.0
        for i, ($x, $y) in enumerate(@{{loader}}):
{_in_loop(12)}            running += $loss.item()
            if i % 500 == 499:
                losses.append(running / 500)
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{running / 500:.3f}}")
                @printed
                running = 0.0
        @epoch_end
    @end
    print("Finished Training")
    return losses
"""
TRAINS: dict[str, str] = {
    "plain": _PLAIN,
    "mode in each epoch": "#@ start = \n#@ epoch_start = $net.train()\n" + _PLAIN,
    "train(True)": "#@ start = $net.train(mode=True)\n" + _PLAIN,
    "enable_grad": _PLAIN.replace("    @start\n", "    @start\n    torch.set_grad_enabled(True)\n"),
    "batch as one": _PLAIN.replace("for i, ($x, $y) in", "for i, batch in").replace(
        "            @move\n", "            $x, $y = batch[0], batch[1]\n            @move\n"
    ),
    "enumerate from 0": _PLAIN.replace("enumerate(@{loader})", "enumerate(@{loader}, 0)"),
    "while and next": f"""def train(self, epoch=1):
    printed = []
    e = 0
    @start
    while e < len(@{{epochs}}):
        @epoch_start
        batches = iter(@{{loader}})
        i, total = 0, 0.0
        while True:
            try:
                $x, $y = next(batches)
            except StopIteration:
                break
{_in_loop(12).replace("            @batch" + chr(10), "")}            total += float($loss)
            i += 1
            if i % 500 == 0:
                printed += [total / 500]
                print("[%d, %5d] loss: %.3f" % (e + 1, i, printed[-1]))
                @printed
                total = 0.0
        @epoch_end
        e += 1
    @end
    print("Finished Training")
    return printed
""",
    "tqdm": f"""def train(self, epoch=1):
    losses = []
    @start
    for e in @{{epochs}}:
        @epoch_start
        bar = tqdm(@{{loader}}, desc=f"epoch {{e + 1}}", leave=False)
        running = []
        for i, ($x, $y) in enumerate(bar):
{_in_loop(12)}            running.append($loss.item())
            if i % 100 == 99:
                bar.set_postfix(loss=f"{{running[-1]:.3f}}")
            if (i + 1) % 500 == 0:
                losses.append(sum(running) / len(running))
                tqdm.write("[{{}}, {{}}] loss: {{:.3f}}".format(e + 1, i + 1, losses[-1]))
                @printed
                running.clear()
        @epoch_end
    @end
    print("Finished Training")
    return losses
""".replace("{{}}", "{}").replace("{{:.3f}}", "{:.3f}"),
    "tqdm.auto": f"""def train(self, epoch: int = 1) -> list:
    losses, sums = [], 0.0
    for e in tqdm_auto(@{{epochs}}, disable=True):
        @start
        @epoch_start
        for i, ($x, $y) in enumerate(tqdm_auto(@{{loader}}, mininterval=5)):
{_in_loop(12)}            sums = sums * (i % 500 != 0) + $loss.detach().item()
            if i % 500 == 499:
                losses.append(sums / 500)
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{losses[-1]:.3f}}", flush=True)
                @printed
        @epoch_end
    @end
    print("Finished Training", flush=True)
    return losses
""",
    "a method for a batch": f"""def _one_batch(self, $x, $y):
{_in_loop(4).replace("    @batch" + chr(10), "")}    return $loss.item()

def train(self, epoch=1):
    @start
    log = []
    for e in @{{epochs}}:
        @epoch_start
        window = []
        for i, (a, b) in enumerate(@{{loader}}):
            @batch
            window.append(self._one_batch(a, b))
            if len(window) == 500:
                log.append(np.mean(window).item())
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{log[-1]:.3f}}")
                @printed
                window = []
        @epoch_end
    @end
    print("Finished Training")
    return log
""",
    "a closure": """def train(self, epoch=1):
    @start
    log = []
    for e in @{epochs}:
        @epoch_start
        total = torch.zeros(())
        for i, ($x, $y) in enumerate(@{loader}):
            @batch
            @move
            @prepare

            def closure():
                @zero
                @forward
                @loss
                @back
                @grads
                return $loss

            $loss = @{closure_step}
            @after
            total += $loss.detach().cpu()
            if i % 500 == 499:
                log.append((total / 500).item())
                print("[{}, {:5d}] loss: {:.3f}".format(e + 1, i + 1, log[-1]))
                @printed
                total.zero_()
        @epoch_end
    @end
    print("Finished Training")
    return log
""".replace("@{closure_step}", "$opt.step(closure)"),
    "an inner function": f"""def train(self, epoch=1):
    results = []

    def run(e):
        @epoch_start
        meter = AverageMeter()
        for i, ($x, $y) in enumerate(@{{loader}}):
{_in_loop(12)}            meter.update($loss.item())
            if i % 500 == 499:
                results.append(meter.avg)
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{meter.avg:.3f}}")
                @printed
                meter.reset()
        @epoch_end

    @start
    for e in @{{epochs}}:
        run(e)
    @end
    print("Finished Training")
    return results
""",
    "cleared at the end": """#@ epoch_start = @zero
def train(self, epoch=1):
    @start
    losses, running = [], 0
    for e in @{epochs}:
        @epoch_start
        running = 0
        for i, ($x, $y) in enumerate(@{loader}):
            @batch
            @move
            @prepare
            @forward
            @loss
            @back
            @grads
            @step
            @zero
            @after
            running = running + $loss.item()
            if i % 500 == 499:
                losses = losses + [running / 500]
                print("[", e + 1, ", ", i + 1, "] loss: ", format(losses[-1], ".3f"), sep="")
                @printed
                running = 0
        @epoch_end
    @end
    print("Finished Training")
    return losses
""",
    "cleared in between": """def train(self, epoch=1):
    @start
    losses = []
    for e in @{epochs}:
        @epoch_start
        running = 0.0
        for i, ($x, $y) in enumerate(@{loader}, start=1):
            @batch
            @move
            @prepare
            @forward
            @loss
            @zero
            @back
            @grads
            @step
            @after
            running += $loss.item()
            if not i % 500:
                losses.append(running / 500)
                print(f"[{e + 1}, {i:5d}] loss: {running / 500:.3f}")
                @printed
                running = 0.0
        @epoch_end
    @end
    print("Finished Training")
    return losses
""",
    "tests now and then": f"""#@ after = if i % 100 == 99:\\n    self.history_of_tests.append(self.test())\\n    $net.train()
def train(self, epoch=1):
    self.history_of_tests = []
    @start
    losses = []
    for e in @{{epochs}}:
        @epoch_start
        running = 0.0
        for i, ($x, $y) in enumerate(@{{loader}}):
{_in_loop(12)}            running += $loss.item()
            if i % 500 == 499:
                losses.append(running / 500)
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{running / 500:.3f}}")
                @printed
                running = 0.0
        @epoch_end
    @end
    print("Finished Training")
    return losses
""",
    "mode in each batch": f"""def train(self, epoch=1):
    losses = []
    for e in @{{epochs}}:
        @epoch_start
        running = 0.0
        for i, ($x, $y) in enumerate(@{{loader}}):
            @start
{_in_loop(12)}            running += $loss.item()
            if i % 500 == 499:
                losses.append(running / 500)
                print(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{running / 500:.3f}}")
                @printed
                running = 0.0
        @epoch_end
    @end
    print("Finished Training")
    return losses
""",
    "autograd.grad": """#@ back = grads = torch.autograd.grad($loss, list($net.parameters()))\\nfor p, g in zip($net.parameters(), grads):\\n    p.grad = g
"""
    + _PLAIN.replace("            @zero\n", ""),
    "torch.autograd.backward": "#@ back = torch.autograd.backward([$loss])\n" + _PLAIN,
    "with mixed precision switched off": """#@ step = scaler.step($opt)\\nscaler.update()
#@ back = scaler.scale($loss).backward()
#@ forward = with torch.autocast("cpu", enabled=False):\\n    $out = $net($x)
"""
    + _PLAIN.replace(
        "    losses = []\n", "    losses = []\n    scaler = torch.amp.GradScaler('cpu', enabled=False)\n", 1
    ),
    "a generator": f"""def _batches(self):
    for batch in @{{loader}}:
        yield tuple(batch)

def train(self, epoch=1):
    @start
    losses = []
    for e in @{{epochs}}:
        @epoch_start
        running, i = 0.0, -1
        for $x, $y in self._batches():
            i += 1
{_in_loop(12)}            running += $loss.item()
            if i % 500 == 499:
                losses.append(running / 500)
                sys.stdout.write(f"[{{e + 1}}, {{i + 1:5d}}] loss: {{running / 500:.3f}}\\n")
                sys.stdout.flush()
                @printed
                running = 0.0
        @epoch_end
    @end
    print("Finished Training")
    return losses
""",
    "zip and count": _PLAIN.replace(
        "for i, ($x, $y) in enumerate(@{loader}):", "for i, ($x, $y) in zip(itertools.count(), @{loader}):"
    ),
    "decorated": "@(timed)\n" + _PLAIN,
    "Korean": _PLAIN.replace('    print("Finished', "    print('학습 끝')\n    print(\"Finished")
    .replace('                print(f"[', '                print(f"에폭 [')
    .replace("에폭 [", "["),
    "timed": _PLAIN.replace("    @start\n", "    began = time.time()\n    @start\n").replace(
        '    print("Finished Training")', '    print("Finished Training")\n    print(f"{time.time() - began:.1f} s")'
    ),
}

_TEST = """def test(self):
    @mode
    correct = 0
    total = 0
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            correct += (guess == $y).sum().item()
            total += $y.size(0)
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({100 * correct / total:.0f}%)")
    @finish
    return accuracy
"""
TESTS: dict[str, str] = {
    "plain": _TEST,
    "torch.max": "#@ predict = _, guess = torch.max($net($x).data, 1)\n" + _TEST,
    "topk": "#@ predict = guess = $net($x).topk(1, dim=1).indices.squeeze(1)\n" + _TEST,
    "max(1)[1]": "#@ predict = guess = $net($x).max(1, keepdim=True)[1].view_as($y)\n" + _TEST,
    "softmax first": "#@ predict = guess = torch.softmax($net($x), dim=1).argmax(-1)\n" + _TEST,
    "no_grad around it": "@torch.no_grad()\n" + _TEST.replace("    with torch.no_grad():\n", "    if True:\n"),
    "inference mode": _TEST.replace("torch.no_grad()", "torch.inference_mode()"),
    "train(False)": "#@ mode = $net.train(False)\n" + _TEST,
    "gives the mode back": "#@ mode = was = $net.training\\n$net.eval()\n#@ finish = $net.train(was)\n" + _TEST,
    "leaves train mode on": "#@ finish = $net.train()\n" + _TEST,
    "tensor counts": """def test(self):
    @mode
    correct, total = torch.tensor(0), 0
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            correct = correct + torch.eq(guess, $y).sum().cpu()
            total = total + len($y)
    correct = correct.item()
    @accuracy
    print("Test set: Accuracy: {}/{} ({:.0f}%)".format(correct, total, 100.0 * correct / total))
    @finish
    return accuracy
""",
    "lists": """def test(self):
    @mode
    hits = []
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            hits += [int(a) == int(b) for a, b in zip(guess, $y)]
    correct, total = sum(hits), len(hits)
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({100 * correct / total:.0f}%)")
    @finish
    return accuracy
""",
    "concatenated": """def test(self):
    @mode
    guesses, truths = [], []
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            guesses.append(guess.cpu())
            truths.append($y.cpu())
    guesses, truths = torch.cat(guesses), torch.cat(truths)
    correct, total = (guesses == truths).sum().item(), truths.numel()
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({100 * accuracy:.0f}%)")
    @finish
    return accuracy
""",
    "sklearn": """def test(self):
    @mode
    guesses, truths = [], []
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            guesses.extend(guess.cpu().numpy())
            truths.extend($y.cpu().numpy())
    correct, total = accuracy_score(truths, guesses, normalize=False), len(truths)
    correct = int(correct)
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({100 * accuracy:.0f}%)")
    @finish
    return float(accuracy)
""",
    "numpy": """def test(self):
    @mode
    correct = total = 0
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            correct += int(np.sum(guess.cpu().numpy() == $y.cpu().numpy()))
            total += $y.shape[0]
    @accuracy
    print("Test set: Accuracy: %d/%d (%d%%)" % (correct, total, round(100 * correct / total)))
    @finish
    return accuracy
""",
    "only prints": _TEST.replace("    return accuracy\n", ""),
    "a context of its own": """def test(self):
    correct = total = 0
    with evaluating($net):
        @mode
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            correct += sum(guess.eq($y).tolist())
            total += len(guess)
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({accuracy:.0%})")
    @finish
    return accuracy
""",
    "of the confusion matrix": """def test(self):
    @mode
    table = torch.zeros(10, 10, dtype=torch.long)
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            for t, p in zip($y.view(-1), guess.view(-1)):
                table[t, p] += 1
    correct, total = int(table.diag().sum()), int(table.sum())
    @accuracy
    print(f"Test set: Accuracy: {correct}/{total} ({100 * accuracy:.0f}%)")
    @finish
    return accuracy
""",
    "loss, too": """def test(self):
    @mode
    correct, total, loss_sum = 0, 0, 0.0
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{counted}):
            @skip
            @move
            @predict
            loss_sum += $crit($net($x), $y).item() * len($y)
            correct += guess.eq($y.view_as(guess)).sum().item()
            total += len($y)
    @accuracy
    print(f"Test set: Average loss: {loss_sum / total:.4f}")
    print(f"Test set: Accuracy: {correct}/{total} ({100 * correct / total:.0f}%)")
    @finish
    return accuracy
""",
}


def _conf(start: str, count: str, end: str) -> str:
    lines = "".join(f"            {line}\n" for line in count.splitlines())
    return f"""def compute_conf(self):
    @mode
{start}
    with torch.no_grad():
        for i, ($x, $y) in enumerate(@{{counted}}):
            @skip
            @move
            @predict
            @before_count
{lines}{end}    @finish
    print(conf)
    return conf
"""


DEFAULTS["before_count"] = ""
_ZEROS = "    conf = torch.zeros(10, 10, dtype=torch.int64)"
CONFUSIONS: dict[str, str] = {
    "zip": _conf(_ZEROS, "for t, p in zip($y.tolist(), guess.tolist()):\n    conf[t, p] += 1", ""),
    "zip of tensors": _conf(
        "    conf = torch.zeros((10, 10)).long()",
        "for t, p in zip($y.view(-1), guess.view(-1)):\n    conf[t.long(), p.long()] += 1",
        "",
    ),
    "bincount": _conf(_ZEROS, "conf += torch.bincount(10 * $y.cpu() + guess.cpu(), minlength=100).reshape(10, 10)", ""),
    "nested loops": _conf(
        _ZEROS,
        "for t in range(10):\n    for p in range(10):\n        conf[t, p] += (($y == t) & (guess == p)).sum().cpu()",
        "",
    ),
    "index_put_": _conf(
        _ZEROS, "conf.index_put_(($y.cpu(), guess.cpu()), torch.ones(len($y), dtype=torch.int64), accumulate=True)", ""
    ),
    "one-hot": _conf(_ZEROS, "conf += F.one_hot($y.cpu(), 10).t() @ F.one_hot(guess.cpu(), 10)", ""),
    "np.add.at": _conf(
        "    conf = np.zeros((10, 10), dtype=int)", "np.add.at(conf, ($y.cpu().numpy(), guess.cpu().numpy()), 1)", ""
    ),
    "numpy, by hand": _conf(
        "    conf = np.zeros([10, 10], dtype=np.int64)",
        "for k in range($y.shape[0]):\n    conf[$y[k].item()][guess[k].item()] += 1",
        "",
    ),
    "Counter": _conf(
        "    pairs = Counter()",
        "pairs.update(zip($y.tolist(), guess.tolist()))",
        "    conf = torch.tensor([[pairs[t, p] for p in range(10)] for t in range(10)])\n",
    ),
    "sklearn": _conf(
        "    truths, guesses = [], []",
        "truths += $y.tolist()\nguesses += guess.tolist()",
        "    conf = confusion_matrix(truths, guesses, labels=list(range(10)))\n",
    ),
    "lists": _conf(
        "    rows = [[0] * 10 for _ in range(10)]",
        "for t, p in zip($y, guess):\n    rows[int(t)][int(p)] += 1",
        "    conf = np.array(rows)\n",
    ),
    "concatenated": _conf(
        "    both = []",
        "both.append(torch.stack([$y.cpu(), guess.cpu()]))",
        "    t, p = torch.cat(both, dim=1)\n    conf = torch.bincount(t * 10 + p, minlength=100).view(10, 10)\n",
    ),
    "histogram": _conf(
        "    truths, guesses = [], []",
        "truths.append($y.cpu().numpy())\nguesses.append(guess.cpu().numpy())",
        "    edges = np.arange(11) - 0.5\n    conf = np.histogram2d(np.concatenate(truths), np.concatenate(guesses), bins=(edges, edges))[0].astype(int)\n",
    ),
    "drawn": _conf(
        _ZEROS,
        "for t, p in zip($y.tolist(), guess.tolist()):\n    conf[t, p] += 1",
        "    plt.figure()\n    plt.imshow(conf, cmap='Blues')\n    plt.close('all')\n",
    ),
    "no_grad around it": "@torch.no_grad()\n"
    + _conf(_ZEROS, "for t, p in zip($y.tolist(), guess.tolist()):\n    conf[t, p] += 1", "").replace(
        "    with torch.no_grad():\n", "    if True:\n"
    ),
    "mode given back": "#@ finish = $net.train(was)\n#@ mode = was = $net.training\\n$net.eval()\n"
    + _conf(_ZEROS, "for t, p in zip($y, guess):\n    conf[t, p] += 1", ""),
}
