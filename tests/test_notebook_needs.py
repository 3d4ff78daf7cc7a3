"""What a notebook's definitions need is run with them, however it is written; what trains or loads data is not."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType

import pytest

from autograder.homework import in_force
from autograder.hw1.probes.layout import Layout
from autograder.ingest.probes.notebook import _packed, read_notebook
from autograder.sandbox import attempt
from autograder.sandbox.forms import misfit
from tests.notebooks import code, notebook

TRAINER = "class Trainer:\n    def train(self):\n        return device"
TRY = "def try_gpu():\n    return 'cpu'\n"


def read(*cells: str):
    found = read_notebook(notebook(*map(code, cells)), in_force().told, Layout)
    assert misfit("notebook", *_packed(found)) == ""
    return found


def run(*cells: str, name: str = "trainer") -> dict:
    """The module's names after an import like the worker's."""
    module = ModuleType("a_module_of_a_notebook")
    attempt.offer()
    sys.modules[module.__name__] = module  # data classes look for it there
    try:
        source = "\n".join(read(*cells).modules[name].lines)
        exec(compile(source, name, "exec"), vars(module))  # noqa: S102  a module of our own
    finally:
        del sys.modules[module.__name__]
        delattr(builtins, attempt.ATTEMPT)
    return vars(module)


FORMS = {
    "a function of one's own": (f"{TRY}device = try_gpu()", TRAINER),
    "in a cell of its own": (TRY, "device = try_gpu()", TRAINER),
    "after the class": (TRAINER, f"{TRY}device = try_gpu()"),
    "two names at once": ("def setup():\n    return 'cpu', 1\n", "device, dtype = setup()", TRAINER),
    "a starred target": ("def setup():\n    return 'cpu', 1, 2\n", "device, *rest = setup()", TRAINER),
    "a method": ("class Kit:\n    def get(self):\n        return 'cpu'\n", "device = Kit().get()", TRAINER),
    "a class method": (
        "class Kit:\n    @classmethod\n    def get(cls):\n        return 'cpu'",
        "device = Kit.get()",
        TRAINER,
    ),
    "a chain of calls": (f"{TRY}first = try_gpu()", "second = str(first).upper()", "device = second.lower()", TRAINER),
    "a lambda": ("device = (lambda: 'cpu')()", TRAINER),
    "a named lambda": ("get = lambda: 'cpu'", "device = get()", TRAINER),
    "if and else": (
        "import os\nif os.environ.get('GPU_IS_HERE'):\n    device = 'cuda'\nelse:\n    device = 'cpu'",
        TRAINER,
    ),
    "if alone": ("import os\ndevice = 'cpu'", "if os.environ.get('GPU_IS_HERE'):\n    device = 'cuda'", TRAINER),
    "try and except": (
        "try:\n    device = open('/nowhere').read()\nexcept OSError:\n    device = 'cpu'",
        TRAINER,
    ),
    "with": ("import contextlib\nwith contextlib.suppress(Exception):\n    device = str('cpu')", TRAINER),
    "a loop": ("for device in sorted({'cpu'}):\n    pass", TRAINER),
    "while": ("tries = 0\nwhile tries < 3:\n    tries += 1\n    device = 'cpu'", TRAINER),
    "+=": ("device = 'c'", "device += 'pu'", TRAINER),
    "+= twice": ("device = 'c'", "device += 'p'", "device += 'u'", TRAINER),
    "an annotated name": (f"{TRY}device: str = try_gpu()", TRAINER),
    "a walrus": (f"{TRY}print(device := try_gpu())", TRAINER),
    "several targets": (f"{TRY}device = other = try_gpu()", TRAINER),
    "global in a function": ("def setup():\n    global device\n    device = 'cpu'\n", "setup()", TRAINER),
    "an alias": (f"{TRY}dev = try_gpu()", "device = dev", TRAINER),
    "an attribute": (
        f"{TRY}class Config:\n    pass\ncfg = Config()",
        "cfg.device = try_gpu()\ndevice = cfg.device",
        TRAINER,
    ),
    "a namespace": (
        "from types import SimpleNamespace\nargs = SimpleNamespace(device='cpu')",
        "device = args.device",
        TRAINER,
    ),
    "a data class": (
        "from dataclasses import dataclass\n@dataclass\nclass Config:\n    device: str = 'cpu'",
        "cfg = Config()",
        "device = cfg.device",
        TRAINER,
    ),
    "a dict of a call": ("cfg = dict(device='cpu')", "device = cfg['device']", TRAINER),
    "a dict that is filled": ("cfg = {}", "cfg['device'] = 'cpu'", "device = cfg['device']", TRAINER),
    "a dict that is filled in a loop": (
        "cfg = {}\nfor key, value in [('device', 'cpu')]:\n    cfg[key] = str(value)",
        "device = cfg['device']",
        TRAINER,
    ),
    "a dict that is updated": ("cfg = {}", "cfg.update(device='cpu')", "device = cfg.get('device')", TRAINER),
    "a list that grows": ("names = []", "names.append('cpu')", "device = names[-1]", TRAINER),
    "a comprehension with a call": (f"{TRY}device = [try_gpu() for _ in range(2)][0]", TRAINER),
    "an f-string": (f"{TRY}device = f'{{try_gpu()}}'", TRAINER),
    "a partial": ("import functools\nget = functools.partial(str, 'cpu')", "device = get()", TRAINER),
    "a decorator": (
        "def named(f):\n    f.name = 'cpu'\n    return f",
        "@named\ndef get():\n    return get.name",
        "device = get()",
        TRAINER,
    ),
    "a text over lines": ('device = str("""cpu\n""").strip()', TRAINER),
    "a text over lines in a loop": (
        'for _ in range(1):\n    text = """\nx\n"""\n    device = "cpu" if text == "\\nx\\n" else text',
        TRAINER,
    ),
    "lines that go on": ("device = str(\n    'cpu'\n)", TRAINER),
    "a backslash": ("device = \\\n    str('cpu')", TRAINER),
    "match": ("match len('a'):\n    case 1:\n        device = 'cpu'", TRAINER),
    "a set that is joined": ("device = ''.join(sorted(set('cpu')))[0] + 'pu'", TRAINER),
    "a comment first": (f"{TRY}# where it runs\ndevice = try_gpu()  # cpu here", TRAINER),
}


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_global_that_a_class_needs_is_there_however_it_gets_its_value(form):
    assert run(*FORMS[form])["Trainer"]().train() == "cpu"


def test_a_method_that_is_put_into_a_class_later_counts():
    cells = (
        "class Trainer:\n    pass",
        "def test(self):\n    return 7",
        "Trainer.test = test",
        "setattr(Trainer, 'x', 8)",
    )
    there = run(*cells)
    assert (there["Trainer"]().test(), there["Trainer"].x) == (7, 8)


def test_a_method_is_put_into_each_of_the_networks_that_it_was_written_for():
    net = "class MNIST_Net(nn.Module):\n    mark = {0}\n    def forward(self, x):\n        return None"
    put = "def {0}(self, x):\n    return {1}\nMNIST_Net.forward = {0}"
    cells = ["class nn:\n    class Module: pass"]
    for number in (1, 2):
        cells += [f"# Exp {number}\n" + net.format(number), put.format(f"forward{number}", f"self.mark, {number}")]
    there = run(*cells, name="ablations")
    assert [there[f"Exp{number}"]().forward(0) for number in (1, 2)] == [(1, 1), (2, 2)]


def test_each_network_keeps_the_size_that_was_computed_for_it():
    cells = ["class nn:\n    class Module: pass\ndef size(n):\n    return n * 10"]
    for number in (1, 2, 3):
        net = "class MNIST_Net(nn.Module):\n    def f(self):\n        return width"
        cells.append(f"# Exp {number}\nwidth = size({number})\n{net}")
    there = run(*cells, name="ablations")
    assert [there[f"Exp{number}"]().f() for number in (1, 2, 3)] == [10, 20, 30]


TRAINS_OR_LOADS = {
    "a call of train": "device = trainer.train(4)",
    "train in a name": "device = train_model(net, 4)",
    "a loop that trains": "for x, y in loader:\n    loss = net(x)\n    loss.backward()\n    device = 1",
    "data": "device = datasets.MNIST('x', download=True)",
    "a loader": "device = torch.utils.data.DataLoader([1])",
    "pre-trained weights": "device = models.vgg19_bn(pretrained=True)",
    "a download": "import urllib.request\ndevice = urllib.request.urlopen('http://127.0.0.1:9/').read()",
}


@pytest.mark.parametrize("kind", TRAINS_OR_LOADS)
def test_what_trains_or_loads_is_left_out_unless_it_alone_gives_a_name_its_value(kind):
    there = read(TRAINS_OR_LOADS[kind].replace("device", "history"), TRAINER)
    assert there.modules["trainer"].lines == tuple(TRAINER.split("\n"))
    assert there.left_out
    assert run("device = 'cpu'", TRAINS_OR_LOADS[kind], TRAINER)["Trainer"]().train() == "cpu"
    assert read(TRAINS_OR_LOADS[kind], TRAINER).modules["trainer"].lacks["device"].cell == 1
    assert "device" not in run(TRAINS_OR_LOADS[kind], TRAINER)


def test_what_prints_or_plots_is_left_out():
    found = read("print('hello')\nplt.plot([1])\nnet = Net()", TRAINER)
    assert found.modules["trainer"].lines == tuple(TRAINER.split("\n"))
    assert found.left_out


@pytest.mark.parametrize(
    "wrong", ["divide(1, 0)", "load_state()", "open('/nowhere')", "[].pop()", "__import__('not_there')"]
)
def test_a_needed_line_that_fails_leaves_its_name_undefined_and_the_rest_counts(wrong):
    cells = ("x = 1", f"device = str({wrong})", "base = type(device)", "class Helper(base):\n    pass", TRAINER)
    more = "\n    def test(self):\n        return Helper, x"
    found = read(*cells[:-1], TRAINER + more)
    there = run(*cells[:-1], TRAINER + more)
    with pytest.raises(NameError, match="'device' is not defined"):
        there["Trainer"]().train()
    with pytest.raises(NameError, match="'Helper' is not defined"):
        there["Trainer"]().test()
    lacks = found.modules["trainer"].lacks
    assert (lacks["device"].cell, lacks["device"].first) == (2, 1)
    assert "Helper" in lacks
    assert "x" not in lacks


def test_each_line_of_what_is_run_knows_its_cell():
    found = read(f"{TRY}\nfor i in range(2):\n    device = try_gpu()", TRAINER)
    module = found.modules["trainer"]
    place = module.lines.index("        device = try_gpu()")
    assert module.origins[place] == (1, 5)
    assert len(module.lines) == len(module.origins)


CHANGES = {
    "a method from a call": ("def f(self):\n    return 'cpu'", "Trainer.train = f"),
    "an alias": ("T = Trainer", "T.train = lambda self: 'cpu'"),
    "a list of classes": ("all_of = [Trainer]", "for one in all_of:\n    one.train = lambda self: 'cpu'"),
    "a function that changes it": ("def put(c):\n    c.train = lambda self: 'cpu'", "put(Trainer)"),
    "its alias": ("def _put(c):\n    c.train = lambda self: 'cpu'\nput = _put", "put(Trainer)"),
    "a lambda": ("put = lambda c: setattr(c, 'train', lambda self: 'cpu')", "put(Trainer)"),
    "a function that a function makes": (
        "def made():\n    def put(c):\n        c.train = lambda s: 'cpu'\n    return put",
        "made()(Trainer)",
    ),
    "a comprehension": ("[setattr(Trainer, n, f) for n, f in {'train': lambda self: 'cpu'}.items()]",),
    "a decorator": (
        "def add_to(c):\n    def put(f):\n        setattr(c, f.__name__, f)\n        return f\n    return put",
        "@add_to(Trainer)\ndef train(self):\n    return 'cpu'",
    ),
    "a wrapper": (
        "Trainer.train = lambda self: 'c'",
        "def wrap(f):\n    return lambda self: f(self) + 'pu'",
        "Trainer.train = wrap(Trainer.train)",
    ),
    "a class built on it": ("class Trainer(Trainer):\n    def train(self):\n        return 'cpu'",),
    "a class that a function gives back": (
        "def fix(c):\n    c.train = lambda self: 'cpu'\n    return c",
        "Trainer = fix(Trainer)",
    ),
    "an object that is called": (
        "class Kit:\n    def __call__(self):\n        self.name = 'cpu'\nkit = Kit()",
        "kit()",
        "Trainer.train = lambda self: kit.name",
    ),
    "an object within with": (
        "class Kit:\n    def __enter__(self):\n        self.name = 'cpu'",
        "Kit.__exit__ = lambda self, *error: None\nkit = Kit()",
        "with kit:\n    pass",
        "Trainer.train = lambda self: kit.name",
    ),
    "vars": ("class Kit: pass\nkit = Kit()", "vars(kit)['name'] = 'cpu'", "Trainer.train = lambda self: kit.name"),
}


@pytest.mark.parametrize("form", CHANGES)
def test_what_changes_a_class_or_what_it_uses_is_run(form):
    assert run("class Trainer:\n    pass", *CHANGES[form])["Trainer"]().train() == "cpu"


def test_a_call_that_shows_something_of_a_class_is_not_run():
    found = read(
        TRAINER.replace("device", "1"), "print(Trainer)", "trainer = Trainer()", "trainer.train()", "help(Trainer)"
    )
    assert found.modules["trainer"].ran == ()


def test_a_class_that_is_built_on_what_fails_is_left_undefined():
    there = run("base = load()\nclass Trainer(base):\n    pass\nclass Other:\n    pass")
    assert "Trainer" not in there
    found = read("base = load()\nclass Trainer(base):\n    pass")
    assert found.modules["trainer"].lacks["Trainer"].text == "base = load()"


def test_many_statements_that_need_each_other_end():
    cells = [f"a{n} = f(a{n - 1}, a{n + 1})" for n in range(300)]
    found = read(*cells, "class Trainer:\n    def train(self):\n        return a299")
    assert len(found.modules["trainer"].ran) == 300
