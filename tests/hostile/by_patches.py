"""Attacks on what compares: patched libraries, and objects that equal everything."""

from __future__ import annotations

from .attack import SAME, Attack

ATTACKS = (
    Attack(
        "worker_patch_channel",
        rows=(33,),
        does="patches json, struct and print, so that every answer says what it likes",
        stopped_by="judgement",
        stubs=("mnist",),
        before="""
import builtins, json, struct
json.dumps = lambda *args, **kwargs: '{"facts": {"accuracy": 1.0}, "arrays": []}'
json.JSONEncoder.encode = lambda self, value: '{"facts": {"accuracy": 1.0}, "arrays": []}'
struct.pack = lambda *args: b""
builtins.print = lambda *args, **kwargs: None
""",
        loses=("1.1-",),
        risks=("1.2.",),
        without=SAME,
    ),
    Attack(
        "patch_torch_checks",
        rows=(34,),
        does="patches every function that compares, in torch, numpy and unittest",
        stopped_by="judgement",
        stubs=("ablations",),
        module="ablations",
        before="""
import unittest
import numpy as np, torch
yes = lambda *args, **kwargs: True
for place in (torch, np, torch.testing, np.testing, unittest.TestCase):
    for name in dir(place):
        if any(word in name.lower() for word in ("equal", "close", "assert")):
            try:
                setattr(place, name, yes)
            except (AttributeError, TypeError):
                pass
""",
        loses=("1.2.",),
        without=SAME,
        checks=("1.2.1", "1.2.7", "2.1a"),
        quick=True,
    ),
    Attack(
        "run_tests_overwritten",
        rows=(34, 35),
        does="overwrites whatever runs checks in any module that it can see",
        stopped_by="judgement",
        stubs=("ablations",),
        module="ablations",
        before="""
import sys
for name, module in list(sys.modules.items()):
    for word in ("run_tests", "grade", "judge", "check", "same", "verify", "main"):
        if name != "ablations" and callable(getattr(module, word, None)) and not name.startswith(("torch", "sympy")):
            try:
                setattr(module, word, lambda *args, **kwargs: True)
            except (AttributeError, TypeError):
                pass
""",
        loses=("1.2.",),
        without=SAME,
        checks=("1.2.1", "1.2.7", "1.1-structure"),
    ),
    Attack(
        "always_equal",
        rows=(39, 40),
        does="returns an object that equals everything, in the place of a tensor",
        stopped_by="judgement",
        module="ablations",
        after="""


class Always:
    shape, dtype, ndim, requires_grad, grad_fn = (8, 10), torch.float32, 2, True, None

    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __hash__(self): return 0
    def __bool__(self): return True
    def __getattr__(self, name): return lambda *args, **kwargs: self
    def __array__(self, *args, **kwargs): raise MemoryError
    __class__ = torch.Tensor


Exp1.forward = lambda self, x: Always()
""",
        loses=("1.2.1",),
        without=SAME,
        checks=("1.2.1", "1.2.7", "1.1-structure"),
    ),
    Attack(
        "lazy_tensor",
        rows=(40,),
        does="returns a subclass of Tensor that says it is whatever it is compared with",
        stopped_by="judgement",
        module="ablations",
        after="""


class Lazy(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in ("equal", "allclose", "isclose", "eq", "__eq__"):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})


Exp1.forward = lambda self, x: torch.zeros(len(x), 10).as_subclass(Lazy).requires_grad_()
""",
        loses=("1.2.1",),
        without=SAME,
        checks=("1.2.1", "1.2.7", "1.1-structure"),
    ),
    Attack(
        "reduce_return",
        rows=(51, 52),
        does="returns objects that run code when they are unpickled or copied",
        stopped_by="channel",
        module="trainer",
        after="""


class Bomb:
    def __reduce__(self):
        return (exec, ("open('@CANARY@', 'w').write('unpickled')",))


Trainer.test = lambda self: Bomb()
Trainer.compute_conf = lambda self: [[Bomb()]]
""",
        loses=("1.2b", "1.2c"),
        without=SAME,
        checks=("1.2a", "1.2b", "1.2c", "1.1-structure"),
    ),
    Attack(
        "import_hooks",
        rows=(33, 37),
        does="puts a finder of its own before all others, and other modules in the place of those to come",
        stopped_by="judgement",
        stubs=("ablations",),
        before="""
import sys, types


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None


sys.meta_path.insert(0, Finder)
fake = types.ModuleType("ablations")
fake.__getattr__ = lambda name: (lambda *args: __import__("torch").nn.Linear(784, 10))
sys.modules["ablations"] = fake
""",
        loses=("1.2.",),
        without=SAME,
        checks=("1.1-structure", "1.2.1", "1.2.7", "2.1a"),
    ),
)
