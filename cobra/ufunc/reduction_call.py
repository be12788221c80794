"""`cobra.call(kernel.reduce, …)`: a reduction in one native call, where NumPy would call the kernel's loop for every row.

In go the method and all that a call of it takes; out comes what the method gives, sums and products up to rounding. What is taken: arrays
of float32 or float64 along one axis, by kernels that add, multiply, or keep the larger or smaller number as `np.maximum` and `np.minimum`
do. Everything else is left to NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np

from cobra.errors import InvalidCall
from cobra.ufunc.decorator import ufunc
from cobra.ufunc.kernel import Kernel, kernel_of
from cobra.ufunc.parallel_call import report
from cobra.ufunc.policies import PARALLEL
from cobra.ufunc.policy_block import policy as policy_block

_ARGUMENTS = ("axis", "dtype", "out", "keepdims", "initial", "where")
_PLAIN = {"dtype": None, "initial": np._NoValue, "where": True}


def _sum(x):  # type: ignore[no-untyped-def]
    return np.sum(x)


def _product(x):  # type: ignore[no-untyped-def]
    return np.prod(x)


def _largest(x):  # type: ignore[no-untyped-def]
    return np.max(x)


def _smallest(x):  # type: ignore[no-untyped-def]
    return np.min(x)


_ROWS: Mapping[str, tuple[Callable[..., Any], object]] = {
    "sum": (_sum, 0), "product": (_product, 1), "largest": (_largest, "reorderable"), "smallest": (_smallest, "reorderable"),
}  # fmt: skip
"""By kind of folding: the kernel of rows, and the identity with which both start from the same."""


def reduced_kernel(method: object) -> Kernel | None:
    """Return the kernel whose ``reduce`` a method is, or None when it is something else."""
    owner = getattr(method, "__self__", None)
    return kernel_of(owner) if getattr(method, "__name__", None) == "reduce" else None


def call_reduction(
    kernel: Kernel, operands: Sequence[Any], keywords: Mapping[str, Any], policy: str | None, num_threads: int | None
) -> Any:
    """Return what ``reduce`` of a kernel returns for the same arguments."""
    chosen = PARALLEL if policy is None and num_threads is not None else policy
    if not operands or len(operands) > 1 + len(_ARGUMENTS):
        raise InvalidCall(f"reduce takes an array and {', '.join(_ARGUMENTS)}", hint="Write cobra.call(kernel.reduce, array, axis=0).")
    array = operands[0]
    given = {**dict(zip(_ARGUMENTS, operands[1:], strict=False)), **keywords}
    flags = 0

    def note(_: str, raised: int) -> None:
        nonlocal flags
        flags |= raised

    with policy_block(chosen, num_threads=num_threads) if chosen is not None else nullcontext(), np.errstate(all="call", call=note):
        rows = _rows_of(kernel, array, given) if type(array) is np.ndarray and array.size else None
        if rows is None:
            result = kernel.ufunc.reduce(array, *operands[1:], **keywords)
        else:
            options = {name: given[name] for name in ("out", "keepdims") if given.get(name) is not None}
            result = rows(array, axis=given.get("axis", 0), **options)
    report(flags, "reduce")
    return result


def _rows_of(kernel: Kernel, array: np.ndarray[Any, Any], given: Mapping[str, Any]) -> np.ufunc | None:
    """Return the kernel that does the same in one call, if there is one."""
    axis, out = given.get("axis", 0), given.get("out")
    if not given.keys() <= set(_ARGUMENTS) or any(given.get(name, plain) is not plain for name, plain in _PLAIN.items()):
        return None
    if type(axis) is not int or not -array.ndim <= axis < array.ndim:
        return None
    if out is not None and (type(out) is not np.ndarray or out.dtype != array.dtype or out.shape != _shape(array, axis, given)):
        return None
    if array.dtype.char not in "fd" or not array.dtype.isnative:
        return None
    kind = _kind_of(kernel, array.dtype.char)
    return None if kind is None else _kernel_of_rows(kind)


def _shape(array: np.ndarray[Any, Any], axis: int, given: Mapping[str, Any]) -> tuple[int, ...]:
    left = (1,) if given.get("keepdims") else ()
    return (*array.shape[:axis], *left, *array.shape[axis % array.ndim + 1 :])


@cache
def _kind_of(kernel: Kernel, code: str) -> str | None:
    """Return which of the kinds of `_ROWS` a kernel is on numbers of a type."""
    from cobra.compiler.pipeline import translate
    from cobra.compiler.transforms.folding import folding_of
    from cobra.compiler.transforms.simplify import simplify

    loops = [loop for loop in kernel.loops if loop.chars == 3 * code]
    if not loops or kernel.interpreted or kernel.spec.fast_math or kernel.spec.signature is not None:
        return None
    folding = folding_of(simplify(translate(kernel.spec, loops[0], kernel.symbols).function))
    if folding is None or folding.kind not in _ROWS or (folding.is_extreme and not folding.keeps_nan):
        return None
    identity = kernel.spec.options.get("identity")
    return folding.kind if type(identity) in (int, str) and identity == _ROWS[folding.kind][1] else None


@cache
def _kernel_of_rows(kind: str) -> np.ufunc:
    made = ufunc(_ROWS[kind][0], types=["f->f", "d->d"], signature="(n)->()")
    assert isinstance(made, np.ufunc)
    return made
