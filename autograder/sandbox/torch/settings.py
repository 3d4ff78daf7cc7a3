"""torch's settings that hold for the whole process: noted before student code runs, put back around each probe.

A file that sets the default dtype, or a ``test`` that turns gradients off for good, must not decide what the next probe
finds. What costs nothing to set is set; the rest is set where it differs, since some setters warn or are slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import _tensor_str
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers

# Pairs of torch._C: what tells a setting, and what sets it. A version that lacks one of them is passed over.
_SWITCHES = (
    ("_get_float32_matmul_precision", "_set_float32_matmul_precision"),
    ("_get_deterministic_fill_uninitialized_memory", "_set_deterministic_fill_uninitialized_memory"),
    ("_get_mkldnn_enabled", "_set_mkldnn_enabled"),
    ("_get_mkldnn_deterministic", "_set_mkldnn_deterministic"),
    ("_get_onednn_allow_tf32", "_set_onednn_allow_tf32"),
    ("_get_nnpack_enabled", "_set_nnpack_enabled"),
    ("_get_cpu_allow_fp16_reduced_precision_reduction", "_set_cpu_allow_fp16_reduced_precision_reduction"),
    ("_get_cudnn_enabled", "_set_cudnn_enabled"),
    ("_get_cudnn_benchmark", "_set_cudnn_benchmark"),
    ("_get_cudnn_deterministic", "_set_cudnn_deterministic"),
    ("_get_cudnn_allow_tf32", "_set_cudnn_allow_tf32"),
    ("_get_cublas_allow_tf32", "_set_cublas_allow_tf32"),
    ("_get_cublas_allow_fp16_reduced_precision_reduction", "_set_cublas_allow_fp16_reduced_precision_reduction"),
    ("_get_cublas_allow_bf16_reduced_precision_reduction", "_set_cublas_allow_bf16_reduced_precision_reduction"),
    ("_get_flash_sdp_enabled", "_set_sdp_use_flash"),
    ("_get_mem_efficient_sdp_enabled", "_set_sdp_use_mem_efficient"),
    ("_get_math_sdp_enabled", "_set_sdp_use_math"),
    ("_get_cudnn_sdp_enabled", "_set_sdp_use_cudnn"),
    ("_get_warnAlways", "_set_warnAlways"),
    ("_is_multithreading_enabled", "_set_multithreading_enabled"),
)
# Since 2.9 the same precisions have names of their own, and mixing the two ways raises.
_PRECISIONS = (
    ("generic", "all"),
    *((backend, what) for backend in ("cuda", "mkldnn") for what in ("all", "matmul", "conv", "rnn")),
)
_AUTOCASTS = ("cpu", "cuda", "mps")  # kinds of devices that autocast knows

_left: list[Any] = []  # guards that must never be collected: their end would undo what they did


def noted() -> Callable[[bool], None]:
    """Return a function that restores what is set now: the default dtype and device, modes, hooks, backends, threads.

    Its argument says whether to restore the CPU's random generator, too: a training that goes on needs it as it is.
    """
    steps = [*_switches(), *_precisions(), *_autocasts(), *_hooks(), *_options()]
    dtype, threads, grad = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    deterministic = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    anomaly, check_nan = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
    modes = _function_modes()
    random = torch.get_rng_state()

    def put_back(generators: bool) -> None:
        _end_modes(modes)
        torch.set_default_dtype(dtype)
        torch._C._set_grad_enabled(grad)
        torch.set_anomaly_enabled(anomaly, check_nan)
        torch.set_flush_denormal(False)  # nobody tells whether it is on
        now = (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        )
        if now != deterministic:
            torch.use_deterministic_algorithms(deterministic[0], warn_only=deterministic[1])
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        for step in steps:
            with suppress(Exception):  # a setting that this build does not have
                step()
        if generators:
            torch.set_rng_state(random)

    return put_back


def _function_modes() -> list[Any]:
    """The modes that see each call of torch, the lowest first."""
    return [torch._C._get_function_stack_at(number) for number in range(torch._C._len_torch_function_stack())]


def _end_modes(kept: list[Any]) -> None:
    """Leave only the modes *kept*: a default device is one, too. Inference mode ends."""
    if _function_modes() != kept:
        for _ in range(torch._C._len_torch_function_stack()):
            torch._C._pop_torch_function_stack()
        for mode in kept:
            torch._C._push_on_torch_function_stack(mode)
    context: Any = getattr(torch, "_GLOBAL_DEVICE_CONTEXT", None)
    if getattr(context, "device_context", None) is not None:
        context.device_context = None
        torch.utils._device.CURRENT_DEVICE = None
    for _ in range(torch._C._len_torch_dispatch_stack()):
        torch._C._pop_torch_dispatch_stack(None)
    with suppress(Exception):
        while torch._C._autograd._top_saved_tensors_default_hooks(True) is not None:
            torch._C._autograd._pop_saved_tensors_default_hooks()
    if torch.is_inference_mode_enabled():
        ended = torch.inference_mode(mode=False)
        ended.__enter__()
        _left.append(ended)


def _switches() -> Iterator[Callable[[], None]]:
    for getter, setter in _SWITCHES:
        get, set_ = getattr(torch._C, getter, None), getattr(torch._C, setter, None)
        if get is not None and set_ is not None:
            with suppress(Exception):
                yield _resetting(get, set_, get())


def _precisions() -> Iterator[Callable[[], None]]:
    get = getattr(torch._C, "_get_fp32_precision_getter", None)
    set_ = getattr(torch._C, "_set_fp32_precision_setter", None)
    if get is None or set_ is None:
        return
    for backend, what in _PRECISIONS:
        with suppress(Exception):
            value = get(backend, what)
            yield _resetting(partial(get, backend, what), partial(set_, backend, what), value)


def _autocasts() -> Iterator[Callable[[], None]]:
    for kind in _AUTOCASTS:
        with suppress(Exception):
            yield _resetting(
                partial(torch.is_autocast_enabled, kind),
                partial(torch.set_autocast_enabled, kind),
                torch.is_autocast_enabled(kind),
            )
            yield _resetting(
                partial(torch.get_autocast_dtype, kind),
                partial(torch.set_autocast_dtype, kind),
                torch.get_autocast_dtype(kind),
            )
    yield _resetting(
        torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled, torch.is_autocast_cache_enabled()
    )
    yield torch.clear_autocast_cache


def _hooks() -> Iterator[Callable[[], None]]:
    """Hooks on all modules and all optimizers."""
    for place in (modules, optimizers):
        for name, value in list(vars(place).items()):
            if name.startswith("_global_") and isinstance(value, dict):
                yield _refilling(value)
            elif name.startswith("_global_is_"):
                yield partial(setattr, place, name, value)


def _options() -> Iterator[Callable[[], None]]:
    """Plain attributes: how tensors are printed, how modules are converted, how einsum is planned."""
    for holder in (_tensor_str.PRINT_OPTS, torch.__future__, torch.backends.opt_einsum):
        for name, value in list(vars(holder).items()):
            if isinstance(value, (bool, int, float, str, type(None))) and not name.startswith("__"):
                yield partial(setattr, holder, name, value)


def _resetting(get: Callable[[], Any], set_: Callable[[Any], Any], value: Any) -> Callable[[], None]:
    """Sets *value* where something else is set, or where nobody can tell."""

    def step() -> None:
        try:
            differs = get() != value
        except Exception:  # noqa: BLE001  two ways of naming a precision, mixed
            differs = True
        if differs:
            set_(value)

    return step


def _refilling(kept: dict[Any, Any]) -> Callable[[], None]:
    before = dict(kept)

    def step() -> None:
        if kept or before:
            kept.clear()
            kept.update(before)

    return step
