"""Which module of a network was running when something was raised, found in the frames of the traceback."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

LENGTH = 200  # characters


def block_of(traceback: TracebackType | None) -> str:
    """The submission's innermost block and the layer in it, for example ``"Net.block3 (Block), conv2"``.

    Empty where no network was running, or none that has a name in the one around it.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return ""
    try:
        return _named(torch.nn.Module, _modules(torch.nn.Module, traceback))[:LENGTH]
    except Exception:  # noqa: BLE001  whatever a student's object raises
        return ""


def _modules(kind: Any, traceback: TracebackType | None) -> list[Any]:
    """The modules whose methods were running, outermost first, each once."""
    found: list[Any] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_argcount and code.co_name not in ("__init__", "__getattr__"):
            owner = traceback.tb_frame.f_locals.get(code.co_varnames[0])
            if isinstance(owner, kind) and all(owner is not other for other in found):
                found.append(owner)
        traceback = traceback.tb_next
    return found


def _named(kind: Any, running: list[Any]) -> str:
    if not running:
        return ""
    root, *inner = running
    names = {id(module): name for name, module in kind.named_modules(root)}
    inner = [module for module in inner if names.get(id(module))]
    if not inner:
        return ""
    own = [module for module in inner if not type(module).__module__.startswith("torch.")]
    last = inner[-1]
    name = type(root).__name__
    if own:
        block = own[-1]
        path = names[id(block)]
        name = f"{name}.{path} ({type(block).__name__})"
        if block is last:
            return name
        return f"{name}, {names[id(last)].removeprefix(f'{path}.')}"
    return f"{name}, {names[id(last)]}"
