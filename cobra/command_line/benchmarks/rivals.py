"""Other packages as contestants: the same expression compiled by Numba, numexpr, JAX or torch, where they can be imported.

Each function returns no contestant when its package is missing, so that a table of cases can name them all. Everything runs
on one thread and writes into arrays that exist already, where the package can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from cobra.command_line.benchmarks.cases import NUMBA
from cobra.command_line.benchmarks.timing import Contestant

Function = Callable[..., Any]
Arrays = Sequence[np.ndarray[Any, Any]]

_NUMBA_NAMES = {"f": "float32", "d": "float64", "i": "int32", "q": "int64", "D": "complex128"}


def call_with(kernel: Any, arguments: Sequence[Any], label: str) -> Contestant:
    """Return a contestant that calls a kernel with arguments."""
    names = {f"argument{index}": argument for index, argument in enumerate(arguments)}
    return Contestant(label, f"kernel({', '.join(names)})", {"kernel": kernel} | names)


def numba_vectorize(function: Function, types: str, **options: object) -> Any:
    """Return what ``numba.vectorize`` makes of a function for types such as ``"dd->d"``, or None without Numba."""
    if find_spec("numba") is None:
        return None
    inputs, _, output = types.partition("->")
    signature = f"{_NUMBA_NAMES[output]}({', '.join(_NUMBA_NAMES[code] for code in inputs)})"
    return import_module("numba").vectorize([signature], **options)(function)


def with_numba(function: Function, types: str, arguments: Sequence[Any]) -> list[Contestant]:
    """Return Numba's ufunc of a function, called with arguments."""
    kernel = numba_vectorize(function, types)
    return [] if kernel is None else [call_with(kernel, arguments, NUMBA)]


def with_numba_function(function: Function, arguments: Sequence[Any]) -> list[Contestant]:
    """Return Numba's compiled function of numbers, called with arguments."""
    if find_spec("numba") is None:
        return []
    compiled = import_module("numba").njit(function)
    compiled(*arguments)
    return [call_with(compiled, arguments, NUMBA)]


def with_numba_loop(function: Function, arguments: Arrays, label: str) -> list[Contestant]:
    """Return a plain compiled loop over contiguous arrays, the last of which takes the result: an anchor."""
    if find_spec("numba") is None:
        return []
    loop = import_module("numba").njit(function)
    loop(*(argument[:1] for argument in arguments))
    contestant = call_with(loop, arguments, label)
    return [Contestant(contestant.label, contestant.statement, contestant.names, is_anchor=True)]


def with_numexpr(expression: str | None, names: dict[str, Any], out: Any) -> list[Contestant]:
    """Return numexpr on one thread."""
    if expression is None or find_spec("numexpr") is None:
        return []
    numexpr = import_module("numexpr")
    numexpr.set_num_threads(1)
    bound = {"evaluate": numexpr.evaluate, "text": expression, "names": names, "out": out}
    return [Contestant("numexpr", "evaluate(text, names, out=out)", bound)]


def with_jax(write: Callable[[Any, Any], Function], arguments: Arrays) -> list[Contestant]:
    """Return JAX's compiled function of the expression that `write` makes with JAX's functions."""
    if find_spec("jax") is None:
        return []
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    function = jax.jit(write(import_module("jax.numpy"), import_module("jax.scipy.special").erf))
    contestant = call_with(function, [jax.device_put(argument) for argument in arguments], "JAX")
    return [Contestant("JAX", f"{contestant.statement}.block_until_ready()", contestant.names)]


def with_torch(write: Callable[[Any, Any], Function], arguments: Arrays) -> list[Contestant]:
    """Return torch's operations, one after the other."""
    if find_spec("torch") is None:
        return []
    torch = import_module("torch")
    torch.set_num_threads(1)
    return [call_with(write(torch, torch.erf), [torch.from_numpy(argument) for argument in arguments], "torch")]
