"""Errors of special functions in units of the last place against mpmath, and the floating-point errors they raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

import cobra

Kernel = Callable[..., Any]


def kernel(definition: Kernel) -> Kernel:
    """Return a function of the math room as a ufunc, whose loop is made of lanes."""
    made = cobra.ufunc(definition)
    assert cobra.inspect.metadata(made)["loop"]["lanes"] >= 8
    return made


def worst_error(made: Kernel, exact: Callable[[Any], Any], numbers: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return the greatest error in units of the last place of the exact values, and the number where it is."""
    kind = np.finfo(numbers.dtype)
    worst = (0.0, 0.0)
    with mp.workprec(220), np.errstate(under="ignore"):
        for got, number in zip(made(numbers).tolist(), numbers.tolist(), strict=True):
            value = exact(mp.mpf(number))
            exponent = max(int(mp.floor(mp.log(abs(value), 2))) if value else kind.minexp, kind.minexp)
            error = float(abs(mp.mpf(got) - value) / mp.mpf(2) ** (exponent - kind.nmant))
            worst = max(worst, (error, number))
    return worst


def result_and_errors(made: Kernel, number: np.floating[Any]) -> tuple[Any, set[str]]:
    """Return the result for one number among halves, and the kinds of floating-point error, underflow apart."""
    seen: list[str] = []
    operand = np.full(16, 0.5, number.dtype)
    operand[7] = number
    with np.errstate(all="call", call=lambda kind, _flag: seen.append(kind)):
        result = made(operand)[7]
    return result, {kind for kind in seen if kind != "underflow"}


def same(a: Any, b: Any) -> bool:
    """Return whether two numbers are equal, signs of zeros included, or both NaN."""
    return bool(np.isnan(a) and np.isnan(b)) or bool(a == b and np.signbit(a) == np.signbit(b))
