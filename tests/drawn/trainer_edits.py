"""Mistakes in the Trainer."""

# ruff: noqa: E501  tables: a style or a mistake a line

from __future__ import annotations

from .trainer import TrainerEdit as E

NO_MODE = "(?i)eval mode|net\\.train\\(\\) at the start"
OWN_OPTIMIZER = "(?i)optimizer|learning rate|lr|adam|sgd|step"
INPUTS = "(?i)input|image|normalis|scale"

TRAIN = (
    # gradients and steps
    E("train-no-zero-grad", {"zero": ""}, "(?i)zero_grad|clear|earlier batches"),
    E("train-zero-grad-every-second", {"zero": "if i % 2 == 0:\n    {old}"}, "(?i)zero_grad|clear|earlier batches", NO_MODE),
    E("train-zero-grad-every-100", {"zero": "if i % 100 == 0:\n    {old}"}, "(?i)zero_grad|clear|earlier batches", NO_MODE),
    E("train-zero-grad-after-500", {"zero": "if i < 500:\n    {old}"}, "(?i)zero_grad|clear|earlier batches", NO_MODE),
    E("train-zero-grad-before-step", {"grads": "$opt.zero_grad()"}, "(?i)zero_grad|gradient|move|order", NO_MODE),
    E("train-no-step", {"step": "pass"}, "(?i)step"),
    E("train-step-every-second", {"step": "if i % 2 == 1:\n    {old}"}, "(?i)step", NO_MODE),
    E("train-step-every-tenth", {"step": "if i % 10 == 9:\n    {old}"}, "(?i)step", NO_MODE),
    E("train-step-from-100", {"step": "if i >= 100:\n    {old}"}, "(?i)step", NO_MODE),
    E("train-step-twice", {"step": "{old}\n$opt.step()"}, "(?i)step", NO_MODE),
    E("train-no-backward", {"back": "pass"}, "(?i)backward|gradient|move", NO_MODE),
    E("train-backward-twice", {"back": "$loss.backward(retain_graph=True)\n$loss.backward()"}, "(?i)backward|twice|gradient", NO_MODE),
    E("train-clips-norm", {"grads": "torch.nn.utils.clip_grad_norm_($net.parameters(), 0.1)"}, "(?i)gradient|clip", NO_MODE),
    E("train-clips-value", {"grads": "torch.nn.utils.clip_grad_value_($net.parameters(), 0.01)"}, "(?i)gradient|clip", NO_MODE),
    E("train-scales-gradient", {"grads": "for p in $net.parameters():\n    p.grad.mul_(0.5)"}, "(?i)gradient|scale", NO_MODE),
    E("train-noisy-gradient", {"grads": "for p in $net.parameters():\n    p.grad.add_(0.01 * torch.randn_like(p))"}, "(?i)gradient|noise", NO_MODE),
    E("train-clamps-weights", {"after": "with torch.no_grad():\n    for p in $net.parameters():\n        p.clamp_(-0.2, 0.2)"}, "(?i)weight|clamp|step", NO_MODE),
    E("train-scales-loss", {"loss": "{old}\n$loss = $loss * 0.5"}, "(?i)loss|scale|gradient|half", NO_MODE),
    E("train-penalty", {"loss": "{old}\n$loss = $loss + 0.01 * sum(p.abs().sum() for p in $net.parameters())"}, "(?i)loss|penalt|gradient|regularis", NO_MODE),
    E("train-accumulates", {"loss": "{old}\n$loss = $loss / 4", "zero": "if i % 4 == 0:\n    {old}", "step": "if i % 4 == 3:\n    {old}"}, "(?i)step|accumul|add up|gradient|zero_grad|clear", NO_MODE),
    # length
    E("train-break-at-200", {"batch": "if i > 200:\n    break"}, "(?i)batch|break|epoch|iteration|loader", NO_MODE),
    E("train-break-at-1000", {"batch": "if i == 1000:\n    break"}, "(?i)batch|break|epoch|iteration|loader", NO_MODE),
    E("train-break-in-printing", {"printed": "break"}, "(?i)batch|break|epoch|iteration|return", NO_MODE),
    E("train-return-in-printing", {"printed": "return [0.0]"}, "(?i)return|batch|epoch|break", NO_MODE),
    E("train-raises-in-printing", {"printed": "print(undefined_name)"}, "(?i)undefined_name|NameError|500", NO_MODE),
    E("train-first-batch-only", {"after": "break"}, "(?i)batch|break"),
    E("train-drops-first", {"batch": "if i == 0:\n    continue"}, "(?i)batch|first", NO_MODE),
    # Not "< 2": who leaves out a batch of one image, which batch norm may refuse, leaves out none of this homework's.
    E("train-drops-small", {"prepare": "if len($x) < 3:\n    continue"}, "(?i)batch|last|small", NO_MODE),
    E("train-every-second-batch", {"batch": "if i % 2:\n    continue"}, "(?i)batch|second|step", NO_MODE),
    E("train-two-epochs", {"epochs": "range(2)"}, "(?i)epoch|more often|passes"),
    E("train-four-epochs", {"epochs": "range(4)"}, "(?i)epoch|more often|passes"),
    E("train-one-epoch", {"epochs": "range(1)"}, "(?i)epoch|more often|passes"),
    E("train-one-more", {"epochs": "range(epoch + 1)"}, "(?i)epoch|more often|passes"),
    E("train-from-one", {"epochs": "range(1, epoch)"}, "(?i)epoch|more often|passes"),
    E("train-twice-each", {"epochs": "range(2 * epoch)"}, "(?i)epoch|more often|passes"),
    E("train-only-once-ever", {"start": "{old}\nif getattr(self, 'trained', False):\n    return []\nself.trained = True"}, "(?i)second|again|once|call|epoch|batch|train\\(1\\)", NO_MODE),
    E("train-on-test-set", {"loader": "$test"}, "(?i)test set|testloader|trainloader|loader"),
    E("train-one-batch-again", {"loader": "[next(iter($train))] * len($train)"}, "(?i)batch|loader|same|first", NO_MODE),
    # modes
    E("train-no-mode", {"start": "pass"}, "(?i)eval mode|train mode|net\\.train"),
    E("train-eval", {"start": "$net.eval()"}, "(?i)eval mode|net\\.eval"),
    E("train-tests-every-100", {"after": "if i % 100 == 99:\n    self.test()"}, "(?i)eval mode|test\\(\\)|mode"),
    E("train-tests-in-printing", {"printed": "self.test()"}, "(?i)eval mode|test\\(\\)|mode"),
    E("train-tests-after-epoch", {"epoch_end": "self.test()"}, "(?i)eval mode|test\\(\\)|mode"),
    E("train-confuses-after-epoch", {"epoch_end": "$net.eval()"}, "(?i)eval mode|mode"),
    # optimizer
    E("train-own-adam", {"start": "{old}\n$opt = torch.optim.Adam($net.parameters(), lr=1e-3)"}, OWN_OPTIMIZER, NO_MODE),
    E("train-own-sgd", {"start": "{old}\n$opt = torch.optim.SGD($net.parameters(), lr=0.01, momentum=0.9)"}, OWN_OPTIMIZER, NO_MODE),
    E("train-own-sgd-plain", {"start": "{old}\n$opt = torch.optim.SGD($net.parameters(), lr=0.001)"}, OWN_OPTIMIZER, NO_MODE),
    E("train-fresh-optimizer", {"start": "{old}\n$opt = type($opt)($opt.param_groups)"}, OWN_OPTIMIZER + "|state|momentum", NO_MODE),
    E("train-own-lr", {"start": "{old}\nfor group in $opt.param_groups:\n    group['lr'] = 0.01"}, OWN_OPTIMIZER, NO_MODE),
    E("train-lr-halved-each-epoch", {"epoch_end": "for group in $opt.param_groups:\n    group['lr'] *= 0.5"}, OWN_OPTIMIZER + "|schedule", NO_MODE),
    E("train-lr-after-500", {"after": "if i == 500:\n    for group in $opt.param_groups:\n        group['lr'] /= 10"}, OWN_OPTIMIZER + "|schedule", NO_MODE),
    E("train-schedule", {"start": "{old}\nscheduler = torch.optim.lr_scheduler.StepLR($opt, 100, 0.5)", "after": "scheduler.step()"}, OWN_OPTIMIZER + "|schedule", NO_MODE),
    E("train-no-decay", {"start": "{old}\nfor group in $opt.param_groups:\n    group['weight_decay'] = 0.0"}, OWN_OPTIMIZER + "|decay", NO_MODE),
    # loss
    E("train-own-criterion", {"loss": "$loss = F.cross_entropy($out, $y)"}, "(?i)criterion|loss|cross"),
    E("train-mse", {"loss": "$loss = F.mse_loss($out, F.one_hot($y, 10).float())"}, "(?i)criterion|loss", NO_MODE),
    E("train-softmax", {"loss": "$loss = $crit(torch.softmax($out, dim=1), $y)"}, "(?i)softmax"),
    E("train-log-softmax", {"loss": "$loss = $crit(F.log_softmax($out, dim=1), $y) + F.nll_loss(F.log_softmax($out, 1), $y)"}, "(?i)softmax|criterion|loss", NO_MODE),
    E("train-loss-sum", {"loss": "{old}\n$loss = $loss * len($y)"}, "(?i)loss|batch size|gradient|divid", NO_MODE),
    # labels and inputs
    E("train-shuffles-labels", {"prepare": "$y = $y[torch.randperm(len($y))]"}, "(?i)label", NO_MODE),
    E("train-shifts-labels", {"prepare": "$y = ($y + 1) % 10"}, "(?i)label", NO_MODE),
    E("train-rolls-labels", {"prepare": "$y = $y.roll(1)"}, "(?i)label", NO_MODE),
    E("train-reverses-labels", {"prepare": "$y = 9 - $y"}, "(?i)label", NO_MODE),
    E("train-normalises", {"prepare": "$x = ($x - 0.1307) / 0.3081"}, INPUTS, NO_MODE),
    E("train-scales-inputs", {"prepare": "$x = $x / 255"}, INPUTS),
    E("train-flips", {"prepare": "$x = $x.flip(-1)"}, INPUTS + "|flip|mirror", NO_MODE),
    E("train-noise", {"prepare": "$x = $x + 0.1 * torch.randn_like($x)"}, INPUTS + "|noise", NO_MODE),
    E("train-binarises", {"prepare": "$x = ($x > 0.5).float()"}, INPUTS, NO_MODE),
    E("train-normalises-by-batch", {"prepare": "$x = ($x - $x.mean()) / $x.std()"}, INPUTS, NO_MODE),
    E("train-flattens", {"prepare": "$x = $x.view($x.size(0), -1)"}, "(?i)flatten|shape|convolution|dimension"),
    E("train-half-of-batch", {"prepare": "$x, $y = $x[: max(1, len($x) // 2)], $y[: max(1, len($y) // 2)]"}, INPUTS + "|batch", NO_MODE),
    # network
    E("train-deep-copy", {"start": "{old}\nnet = copy.deepcopy($net)", "forward": "$out = net($x)"}, "(?i)move|copy|weights|network|gradient", NO_MODE),
    E("train-starts-afresh", {"start": "{old}\nfor m in $net.modules():\n    if hasattr(m, 'reset_parameters'):\n        m.reset_parameters()"}, "(?i)reset|initial|weights|begin", NO_MODE),
    E("train-no-grad", {"forward": "with torch.no_grad():\n    $out = $net($x)"}, "(?i)gradient|no_grad|graph"),
    E("train-detached", {"forward": "{old}\n$out = $out.detach()"}, "(?i)gradient|no_grad|detach|graph"),
    E("train-freezes-first", {"start": "{old}\nnext($net.parameters()).requires_grad_(False)"}, "(?i)froz|grad|move|first|weights", NO_MODE),
    E("train-best-weights", {"start": "{old}\nkept = copy.deepcopy($net.state_dict())", "end": "$net.load_state_dict(kept)"}, "(?i)move|weights|back|load", NO_MODE),
    E("train-averages-weights", {"start": "{old}\nshadow = [p.detach().clone() for p in $net.parameters()]", "after": "for s, p in zip(shadow, $net.parameters()):\n    s.mul_(0.9).add_(p.detach(), alpha=0.1)", "end": "for s, p in zip(shadow, $net.parameters()):\n    p.data.copy_(s)"}, "(?i)weights|averag", NO_MODE),
)  # fmt: skip

TEST = (
    E("test-no-eval", {"mode": "pass"}, "(?i)eval|train mode"),
    E("test-train-mode", {"mode": "$net.train()"}, "(?i)eval|train mode"),
    E("test-floor-division", {"accuracy": "{old}\naccuracy = correct // total"}, "(?i)//|whole|integer|division|floor"),
    E("test-error-rate", {"accuracy": "{old}\naccuracy = 1 - accuracy"}, "(?i)error|wrong|1 -"),
    E("test-rounded", {"accuracy": "{old}\naccuracy = round(accuracy, 1)"}, "(?i)round|digit|found"),
    E("test-over-10000", {"accuracy": "{old}\naccuracy = correct / 10000"}, "(?i)10,?000|total|divid"),
    E("test-over-batches", {"accuracy": "{old}\naccuracy = correct / len($test)"}, "(?i)batch|total|divid|fraction"),
    E("test-assumes-full-batches", {"accuracy": "{old}\naccuracy = correct / (len($test) * $y.size(0))"}, "(?i)batch|total|divid|last"),
    E("test-top-5", {"predict": "best = $net($x).topk(5, 1).indices\nguess = torch.where((best == $y.view(-1, 1)).any(1), $y, best[:, 0])"}, "(?i)top|five|5"),
    E("test-top-2", {"predict": "best = $net($x).topk(2, 1).indices\nguess = torch.where((best == $y.view(-1, 1)).any(1), $y, best[:, 0])"}, "(?i)top|two|2|second"),
    E("test-first-100-batches", {"skip": "if i == 100:\n    break"}, "(?i)batch|image|all|whole|test set"),
    E("test-first-batch", {"skip": "if i > 0:\n    break"}, "(?i)batch|image|all|whole|first"),
    E("test-without-first-batch", {"skip": "if i == 0:\n    continue"}, "(?i)batch|image|all|whole|first"),
    E("test-on-training-set", {"counted": "$train"}, "(?i)training set|trainloader|testloader"),
    E("test-argmin", {"predict": "guess = $net($x).argmin(dim=1)"}, "(?i)argm|largest|smallest|class"),
    E("test-argmax-over-batch", {"predict": "guess = $net($x).argmax(dim=0)[:1].expand(len($y))"}, "(?i)argmax|dim|batch|axis"),
    E("test-one-guess-a-batch", {"predict": "guess = $net($x).sum(0).argmax().expand(len($y))"}, "(?i)batch|one|each|prediction|argmax"),
    E("test-guess-of-first-image", {"predict": "guess = $net($x).argmax(1)[:1].expand(len($y))"}, "(?i)batch|one|each|first|prediction|image"),
    E("test-sum-on-self", {"accuracy": "self.right = getattr(self, 'right', 0) + correct\nself.all = getattr(self, 'all', 0) + 2 * total - (0 if hasattr(self, 'all') else total)\naccuracy = self.right / self.all"}, "(?i)second|again|call|twice|self"),
    E("test-trains", {"predict": "{old}\nwith torch.enable_grad():\n    $crit($net($x), $y).backward()\n    $opt.step()"}, "(?i)chang|train|step|weights"),
    E("test-normalises", {"predict": "$x = ($x - 0.5) / 0.5\n{old}"}, INPUTS + "|found"),
    E("test-raises", {"finish": "print(accuracy_in_percent)"}, "(?i)accuracy_in_percent|NameError"),
)  # fmt: skip

_T = "conf = conf.T"
CONF = (
    E("conf-no-eval", {"mode": "pass"}, "(?i)eval|train mode"),
    E("conf-transposed", {"finish": "{old}\nconf = conf.T"}, "(?i)row|column|transpos|true class"),
    E("conf-swapped", {"before_count": "$y, guess = guess, $y"}, "(?i)row|column|transpos|true class"),
    E("conf-normalised-by-row", {"finish": "{old}\nconf = conf / conf.sum(1).reshape(10, 1)"}, "(?i)normalis|divid|count|fraction|integers"),
    E("conf-normalised-by-column", {"finish": "{old}\nconf = conf / conf.sum(0).clip(1).reshape(1, 10)"}, "(?i)normalis|divid|count|fraction|integers"),
    E("conf-normalised-by-all", {"finish": "{old}\nconf = conf / conf.sum()"}, "(?i)normalis|divid|count|fraction|integers"),
    E("conf-percent", {"finish": "{old}\nconf = 100 * conf / conf.sum()"}, "(?i)normalis|divid|count|percent|fraction|integers"),
    E("conf-uint8", {"finish": "{old}\nconf = torch.as_tensor(conf).to(torch.uint8)"}, "(?i)uint8|255|256|large"),
    E("conf-shifted", {"before_count": "guess = (guess + 1) % 10"}, "(?i)shift|one|class|column"),
    E("conf-shifted-rows", {"finish": "{old}\nconf = torch.as_tensor(conf).roll(1, 0)"}, "(?i)shift|one|class|row"),
    E("conf-first-batch", {"skip": "if i > 0:\n    break"}, "(?i)batch|image|all"),
    E("conf-first-100-batches", {"skip": "if i == 100:\n    break"}, "(?i)batch|image|all"),
    E("conf-training-set", {"counted": "$train"}, "(?i)training set|trainloader|testloader"),
    E("conf-wrong-only", {"finish": "{old}\nfor k in range(10):\n    conf[k, k] = 0"}, "(?i)diagonal|right"),
    E("conf-diagonal-only", {"before_count": "guess = torch.where(guess == $y, guess, $y)"}, "(?i)diagonal|right"),
    E("conf-nine-classes", {"finish": "{old}\nconf = conf[:9, :9]"}, "(?i)9|10 x 10"),
    E("conf-eleven-classes", {"finish": "{old}\nconf = F.pad(torch.as_tensor(conf), (0, 1, 0, 1))"}, "(?i)11|10 x 10"),
    E("conf-grows", {"finish": "{old}\nself.conf = getattr(self, 'conf', 0) + conf\nconf = self.conf"}, "(?i)second|again|call|twice|grow"),
    E("conf-one-guess-a-batch", {"predict": "guess = $net($x).sum(0).argmax().expand(len($y))"}, "(?i)batch|one|each|prediction"),
    E("conf-of-first-image", {"predict": "guess = $net($x).argmax(1)[:1].expand(len($y))"}, "(?i)batch|one|each|first|prediction"),
    E("conf-nothing", {"finish": "{old}\nconf = None"}, "(?i)nothing|None|matrix"),
    E("conf-clipped", {"finish": "{old}\nconf = conf.clip(0, 99)"}, "(?i)99|large|clip|count"),
    E("conf-plus-one", {"finish": "{old}\nconf = conf + 1"}, "(?i)one|count|many|begin|start"),
    E("conf-trains", {"before_count": "with torch.enable_grad():\n    $crit($net($x), $y).backward()\n    $opt.step()"}, "(?i)chang|train|step|weights"),
)  # fmt: skip
EDITS = (*TRAIN, *TEST, *CONF)
