"""Ways to make what a network needs, each a notebook's cells, with what Jupyter says of it.

Every form ends with an ``MNIST_Net`` whose width is ``classes``. It is right if the last cell, which a test puts below,
gets logits ``(2, 10)``, and wrong if anything raises or the width is another one.
"""

from __future__ import annotations

RIGHT, WRONG = "right", "wrong"
IMPORTS = "import torch\nfrom torch import nn"
NET = """\
class MNIST_Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, {width})

    def forward(self, x):
        return self.fc(x.flatten(1))"""
USES = NET.format(width="classes")
BARE = "class MNIST_Net(nn.Module):\n    pass"
INIT = "def __init__(self):\n    nn.Module.__init__(self)\n    self.fc = nn.Linear(784, 10)"
FORWARD = "def forward(self, x):\n    return self.fc(x.flatten(1))"
TEN = "def ten():\n    return 10"
BUILD = "net = MNIST_Net()\nprint(tuple(net(torch.zeros(2, 1, 28, 28)).shape))"
DIGITS = "digits.json"
"""The small data beside the notebook: a file with the number of classes."""

FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a function of one's own": (RIGHT, (TEN, "classes = ten()", USES)),
    "after the class": (RIGHT, (USES, TEN, "classes = ten()")),
    "two names at once": (RIGHT, ("def sizes():\n    return 784, 10", "inputs, classes = sizes()", USES)),
    "a starred target": (RIGHT, (f"{TEN}\n*rest, classes = 1, 2, ten()", USES)),
    "a walrus": (RIGHT, (f"{TEN}\nprint(classes := ten())", USES)),
    "+=": (RIGHT, ("classes = 4", "classes += 6", USES)),
    "if and else": (RIGHT, ("if torch.cuda.is_available():\n    classes = int('10')\nelse:\n    classes = 10", USES)),
    "if alone": (RIGHT, ("classes = 10", "import os\nif os.environ.get('NO_SUCH_NAME'):\n    classes = 3", USES)),
    "try": (RIGHT, ("try:\n    classes = int('ten')\nexcept ValueError:\n    classes = 10", USES)),
    "with": (RIGHT, ("import contextlib\nwith contextlib.suppress(OSError):\n    classes = int('10')", USES)),
    "a loop": (RIGHT, ("for classes in range(11):\n    pass", USES)),
    "while": (RIGHT, ("classes = 0\nwhile classes < 10:\n    classes += 1", USES)),
    "a dict filled in a loop": (
        RIGHT,
        ("cfg = {}\nfor name in ('width', 'classes'):\n    cfg[name] = 10", NET.format(width="cfg['classes']")),
    ),
    "a list in a dict": (
        RIGHT,
        ("cfg = {'A': []}", "cfg['A'].append(10)", NET.format(width="cfg['A'][0]")),
    ),
    "the command line": (
        RIGHT,
        (
            "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--classes', default=10)",
            "args = parser.parse_args([])",
            NET.format(width="args.classes"),
        ),
    ),
    "an attribute of an object": (
        RIGHT,
        ("class Config:\n    pass\ncfg = Config()", "cfg.classes = int('10')", NET.format(width="cfg.classes")),
    ),
    "a method that sets it": (
        RIGHT,
        (
            "class Config:\n    def set(self, n):\n        self.n = n\ncfg = Config()",
            "cfg.set(10)",
            NET.format(width="cfg.n"),
        ),
    ),
    "global": (RIGHT, ("def setup():\n    global classes\n    classes = 10", "setup()", USES)),
    "global in a function that a function calls": (
        RIGHT,
        (
            "def setup():\n    global classes\n    classes = 10\ndef main():\n    setup()",
            "if __name__ == '__main__':\n    main()",
            USES,
        ),
    ),
    "globals()": (RIGHT, ("globals()['classes'] = 10", USES)),
    "globals().update": (RIGHT, ("settings = {'classes': 10}", "globals().update(settings)", USES)),
    "exec": (RIGHT, ("exec('classes = 10')", USES)),
    "a method put into the class": (
        RIGHT,
        (BARE, INIT, FORWARD, "MNIST_Net.__init__ = __init__\nMNIST_Net.forward = forward"),
    ),
    "setattr": (
        RIGHT,
        (
            BARE,
            f"{INIT}\nsetattr(MNIST_Net, '__init__', __init__)",
            f"{FORWARD}\nsetattr(MNIST_Net, 'forward', forward)",
        ),
    ),
    "methods in a loop": (
        RIGHT,
        (BARE, INIT, FORWARD, "for method in (__init__, forward):\n    setattr(MNIST_Net, method.__name__, method)"),
    ),
    "a decorator that adds methods": (
        RIGHT,
        (
            "def add_to(target):\n    def put(f):\n        setattr(target, f.__name__, f)\n        return f\n"
            "    return put",
            BARE,
            f"@add_to(MNIST_Net)\n{INIT}",
            f"@add_to(MNIST_Net)\n{FORWARD}",
        ),
    ),
    "another name of the class": (
        RIGHT,
        (BARE, f"N = MNIST_Net\n{INIT}\nN.__init__ = __init__", f"{FORWARD}\nN.forward = forward"),
    ),
    "a class built on itself": (
        RIGHT,
        (
            "class MNIST_Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.fc = nn.Linear(784, 10)",
            "class MNIST_Net(MNIST_Net):\n    def forward(self, x):\n        return self.fc(x.flatten(1))",
        ),
    ),
    "a class made by a function": (
        RIGHT,
        (
            "def make(width):\n    class Made(nn.Module):\n"
            "        def __init__(self):\n            super().__init__()\n"
            "            self.fc = nn.Linear(784, width)\n        def forward(self, x):\n"
            "            return self.fc(x.flatten(1))\n    return Made",
            "MNIST_Net = make(10)",
        ),
    ),
    "type()": (
        RIGHT,
        (
            f"{INIT}\n{FORWARD}",
            "MNIST_Net = type('MNIST_Net', (nn.Module,), {'__init__': __init__, 'forward': forward})",
        ),
    ),
    "a partial": (
        RIGHT,
        (
            "import functools\n" + NET.format(width="n").replace("MNIST_Net", "Wide").replace("(self)", "(self, n)"),
            "MNIST_Net = functools.partial(Wide, 10)",
        ),
    ),
    "a registry": (
        RIGHT,
        (
            "made = {}\ndef register(f):\n    made[f.__name__] = f\n    return f",
            f"@register\n{TEN}",
            NET.format(width="made['ten']()"),
        ),
    ),
    "a default that is called": (RIGHT, (TEN, NET.format(width="n").replace("(self)", "(self, n=ten())"))),
    "a value in the class": (
        RIGHT,
        (TEN, NET.format(width="self.n").replace("Module):", "Module):\n    n = ten()", 1)),
    ),
    "the last value": (RIGHT, ("classes = 3", USES, "classes = int('10')")),
    "a function sees two values": (
        RIGHT,
        ("size = 3\ndef get():\n    return size", "first = get()", "size = 7", NET.format(width="first + get()")),
    ),
    "counted twice": (
        RIGHT,
        ("n = 8\ndef more():\n    global n\n    n += 1", "more()", "more()", NET.format(width="n")),
    ),
    "a timed line": (RIGHT, (f"{TEN}\n%time classes = ten()", USES)),
    "a timed cell": (RIGHT, (f"%%time\n{TEN}\nclasses = ten()", USES)),
    "star import": (RIGHT, ("from math import *", NET.format(width="int(pi * 3) + 1"))),
    "an alias": (RIGHT, (f"{TEN}\na = ten()", "b = a", "classes = b", USES)),
    "an alias of a dict": (RIGHT, ("cfg = {}", "c = cfg", "c['n'] = 10", NET.format(width="cfg['n']"))),
    "the environment": (RIGHT, ("import os\nos.environ['N'] = '10'", "classes = int(os.environ['N'])", USES)),
    "match": (RIGHT, ("match len('ab'):\n    case 2:\n        classes = 10", USES)),
    "data of a file": (RIGHT, (f"import json\nclasses = len(json.load(open('{DIGITS}')))", USES)),
    "data in a dict": (
        RIGHT,
        ("import json\ncfg = {}", f"cfg['n'] = len(json.load(open('{DIGITS}')))", NET.format(width="cfg['n']")),
    ),
    "a method by data": (
        RIGHT,
        (
            BARE,
            INIT,
            FORWARD,
            f"def pick(f):\n    open('{DIGITS}').close()\n    return f",
            "MNIST_Net.__init__ = pick(__init__)",
            "MNIST_Net.forward = forward",
        ),
    ),
    "a base by data": (
        RIGHT,
        (
            f"def base():\n    open('{DIGITS}').close()\n    return nn.Module",
            NET.format(width="10").replace("(nn.Module)", "(base())"),
        ),
    ),
    "the shell": (RIGHT, ("lines = !echo 10", "classes = int(lines[0])", USES)),
    "await": (RIGHT, ("async def ten():\n    return 10", "classes = await ten()", USES)),
    "never": (WRONG, (USES,)),
    "in another function": (WRONG, ("def setup():\n    classes = 10", "setup()", USES)),
    "deleted": (WRONG, ("classes = 10", USES, "del classes")),
    "set to another value below": (WRONG, ("classes = 10", USES, "classes = int('7')")),
    "a method taken away": (WRONG, (NET.format(width="10"), "del MNIST_Net.forward")),
    "a method that is replaced": (WRONG, (NET.format(width="10"), "MNIST_Net.forward = lambda self, x: x")),
    "a function that is redefined": (WRONG, (TEN, NET.format(width="ten()"), "def ten():\n    return 9")),
    "another class of that name": (WRONG, (NET.format(width="10"), BARE)),
    "a wrong base": (WRONG, ("Base = type('Base', (), {})", NET.format(width="10").replace("nn.Module", "Base"))),
}
MAY_BE_OPEN = {
    *("data of a file", "data in a dict", "a method by data", "a base by data"),  # there is no data where it is graded
    *("the shell", "await"),  # Jupyter alone runs them
}
