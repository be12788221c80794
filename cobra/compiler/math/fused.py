"""The fused multiply-add: a product and a sum with one rounding, exact in plain Python too, where it is a matter of fractions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from fractions import Fraction


def fma(a: Any, b: Any, c: Any) -> Any:
    """Return ``a * b + c`` rounded once.

    In a kernel it is one instruction, or as exact where the processor has none. As plain Python it computes exactly, on
    NumPy's float64 and float32 numbers and on Python's.

    Examples
    --------
    >>> import cobra
    >>> float(cobra.fma(0.1, 10.0, -1.0))
    5.551115123125783e-17
    """
    from fractions import Fraction

    kind = np.result_type(a, b, c)
    factor, other, addend = (float(value) for value in np.asarray([a, b, c], kind))
    if not np.isfinite([factor, other, addend]).all() or factor * other == 0:
        return kind.type(factor * other + addend)
    exact = Fraction(factor) * Fraction(other) + Fraction(addend)
    return kind.type(0.0) if exact == 0 else _rounded(exact, kind)


def _rounded(exact: Fraction, kind: np.dtype[Any]) -> Any:
    """Round a fraction to a float type once; the last bit of a float64 on the way says whether anything was lost."""
    try:
        near = float(exact)
    except OverflowError:
        return kind.type(np.copysign(np.inf, exact.numerator))
    if kind == np.float64 or exact == near:
        return kind.type(near)
    bits = np.float64(near).view(np.int64)
    if bits % 2 == 0:
        near = np.nextafter(near, np.inf if near < exact else -np.inf)
    return kind.type(near)
