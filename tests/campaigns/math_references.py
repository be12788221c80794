"""What the functions of the math library should return: in a longer type where one is exact enough, and exactly, by mpmath.

Each record says over what range a function is usually called, around what numbers it is hard, and how to compute it three ways: `double`
in float64 for results in float32 (SciPy's special functions, where it is installed), `longer` in the long double of the C library
for results in float64, and `exact` on mpmath's numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

import cobra

Function = Callable[..., Any]
PI = np.longdouble("3.14159265358979323846264338327950288")
HUGE = np.inf


@dataclass(frozen=True)
class Reference:
    """How one function is checked.

    Without `double` a float32 result is checked against Cobra's own float64 function, which is itself checked against longer numbers;
    without `longer` a float64 result is checked against MPFR. Where the exact result is a small difference of larger numbers, errors
    count in units of these: `size` returns them for operands, and `units` says so. `filling` returns second operands for first ones and
    for numbers between -1 and 1, such that results fill the range of the type.
    """

    exact: Function
    usual: tuple[float, float]
    double: Function | None = None
    longer: Function | None = None
    domain: tuple[float, float] = (-HUGE, HUGE)
    around: tuple[float, ...] = (0.0, 1.0)
    operands: int = 1
    size: Function | None = None
    units: str = ""
    filling: Function | None = None


def _numpy(name: str, exact: Function, usual: tuple[float, float], **more: Any) -> Reference:
    return Reference(exact, usual, getattr(np, name), getattr(np, name), **more)


def _formula(formula: Function, exact: Function, usual: tuple[float, float], **more: Any) -> Reference:
    return Reference(exact, usual, formula, formula, **more)


def _scipy(name: str) -> Function | None:
    try:
        import scipy.special
    except ImportError:
        return None
    found: Function = getattr(scipy.special, name)
    return found


def _lgamma(x: Any) -> Any:
    """Return SciPy's, except where the C standard wants an infinity of the other sign."""
    return np.where(np.isinf(x), np.inf, _log_of_gamma(x)) if _log_of_gamma is not None else function("lgamma")(x)


def _half_turn(x: Any) -> Any:
    """Return what is left of the number of half turns within a whole turn, at most half of one away from zero; exact."""
    return x - 2 * np.rint(x / 2)


def _sinpi(x: Any) -> Any:
    turn = _half_turn(x)
    turn = np.where(np.abs(turn) > 0.5, np.copysign(1, turn) - turn, turn)
    return np.copysign(np.sin(turn * PI.astype(x.dtype)), np.where(turn == 0, x, turn))


def _cospi(x: Any) -> Any:
    return np.sin((0.5 - np.abs(_half_turn(x))) * PI.astype(x.dtype)) + 0


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _logistic(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1) / (1 + small)


def _exact_lgamma(x: Any) -> Any:
    return mp.loggamma(x) if x > 0 else mp.log(abs(mp.gamma(x)))


def _exact_log_add(a: Any, b: Any) -> Any:
    with mp.extraprec(2000):
        return mp.log1p(mp.exp(-abs(a - b))) + max(a, b)


def _exact_log_add_2(a: Any, b: Any) -> Any:
    with mp.extraprec(2000):
        return mp.log1p(mp.power(2, -abs(a - b))) / mp.log(2) + max(a, b)


def _filling_exponent(x: Any, part: Any) -> Any:
    logarithm = np.log2(np.abs(x.astype(np.float64)))
    return (part * (np.finfo(x.dtype).maxexp + np.finfo(x.dtype).nmant) / np.where(logarithm == 0, 1, logarithm)).astype(x.dtype)


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(np.abs(a), np.abs(b))


def _one_if_negative(x: Any) -> Any:
    return (x < 0).astype(x.dtype)


_log_of_gamma = _scipy("gammaln")
_TINY, _RESIDUE = mp.mpf(2) ** -1200, mp.mpf(2) ** -2000
# Below it a number is lifted, as the second of its two parts of float64 would be denormal.
_SMALL = mp.mpf(2) ** -960
_POSITIVE = (0.0, HUGE)
_OF_OPERANDS: dict[str, Any] = {"size": _larger, "units": "units of the larger operand"}
_BELOW_ZERO: dict[str, Any] = {"size": _one_if_negative, "units": "below zero units of 1 or more"}
_PART = (-1.0, 1.0)
_TURNS = tuple(quarter * np.pi / 2 for quarter in range(-9, 10))

REFERENCES: dict[str, Reference] = {
    "exp": _numpy("exp", mp.exp, (-746.0, 710.0)),
    "exp2": _numpy("exp2", lambda x: mp.power(2, x), (-1076.0, 1025.0)),
    "exp10": _formula(lambda x: np.power(x.dtype.type(10), x), lambda x: mp.power(10, x), (-324.0, 309.0)),
    "expm1": _numpy("expm1", mp.expm1, (-40.0, 710.0)),
    "log": _numpy("log", mp.log, (0.0, 10.0), domain=_POSITIVE),
    "log2": _numpy("log2", lambda x: mp.log(x) / mp.log(2), (0.0, 10.0), domain=_POSITIVE),
    "log10": _numpy("log10", mp.log10, (0.0, 10.0), domain=_POSITIVE),
    "log1p": _numpy("log1p", mp.log1p, (-1.0, 10.0), domain=(-1.0, HUGE), around=(0.0, -1.0)),
    "cbrt": _numpy("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), (-10.0, 10.0)),
    "rsqrt": _formula(lambda x: 1 / np.sqrt(x), lambda x: 1 / mp.sqrt(x), (0.0, 10.0), domain=_POSITIVE),
    "sin": _numpy("sin", mp.sin, (-20.0, 20.0), around=_TURNS),
    "cos": _numpy("cos", mp.cos, (-20.0, 20.0), around=_TURNS),
    "tan": _numpy("tan", mp.tan, (-20.0, 20.0), around=_TURNS),
    "sincos.0": _formula(np.sin, mp.sin, (-20.0, 20.0), around=_TURNS),
    "sincos.1": _formula(np.cos, mp.cos, (-20.0, 20.0), around=_TURNS),
    "sinpi": _formula(_sinpi, mp.sinpi, (-20.0, 20.0), around=(0.0, 0.5, 1.0, 2.0)),
    "cospi": _formula(_cospi, mp.cospi, (-20.0, 20.0), around=(0.0, 0.5, 1.0, 2.0)),
    "arcsin": _numpy("arcsin", mp.asin, _PART, domain=_PART, around=(0.0, 0.5, -1.0, 1.0)),
    "arccos": _numpy("arccos", mp.acos, _PART, domain=_PART, around=(0.0, 0.5, -1.0, 1.0)),
    "arctan": _numpy("arctan", mp.atan, (-10.0, 10.0)),
    "sinh": _numpy("sinh", mp.sinh, (-711.0, 711.0)),
    "cosh": _numpy("cosh", mp.cosh, (-711.0, 711.0)),
    "tanh": _numpy("tanh", mp.tanh, (-20.0, 20.0)),
    "arcsinh": _numpy("arcsinh", mp.asinh, (-10.0, 10.0)),
    "arccosh": _numpy("arccosh", mp.acosh, (1.0, 10.0), domain=(1.0, HUGE), around=(1.0,)),
    "arctanh": _numpy("arctanh", mp.atanh, _PART, domain=_PART, around=(0.0, 0.5, -1.0, 1.0)),
    "logistic": _formula(_logistic, lambda x: 1 / (1 + mp.exp(-x)), (-745.0, 40.0)),
    "softplus": _formula(_softplus, lambda x: mp.log1p(mp.exp(x)), (-745.0, 40.0)),
    "erf": Reference(mp.erf, (-6.0, 6.0), double=_scipy("erf")),
    "erfc": Reference(mp.erfc, (-6.0, 27.3), domain=(-HUGE, 30.0), double=_scipy("erfc")),
    "erfinv": Reference(mp.erfinv, _PART, domain=_PART, around=(0.0, 0.5, -1.0, 1.0)),
    "gamma": Reference(mp.gamma, (-185.0, 172.0), domain=(-190.0, 175.0), around=(0.0, 1.0, -1.0, -2.0), double=_scipy("gamma")),
    "lgamma": Reference(
        _exact_lgamma, (-20.0, 50.0), domain=(-1e4, HUGE), around=(0.0, 1.0, 2.0, -1.0), double=_lgamma, **_BELOW_ZERO
    ),
    "digamma": Reference(
        mp.digamma, (-20.0, 50.0), domain=(-1e4, HUGE), around=(0.0, 1.0, 1.4616321449683622, -1.0), double=_scipy("digamma"), **_BELOW_ZERO
    ),
    "power": _numpy("power", mp.power, (0.0, 20.0), around=(0.0, 0.7, 1.0, 1.4), operands=2, filling=_filling_exponent),
    "hypot": _numpy("hypot", mp.hypot, (-10.0, 10.0), operands=2),
    "arctan2": _numpy("arctan2", mp.atan2, (-10.0, 10.0), operands=2),
    "fmod": _numpy("fmod", mp.fmod, (-100.0, 100.0), operands=2),
    "logaddexp": _numpy("logaddexp", _exact_log_add, (-20.0, 20.0), operands=2, **_OF_OPERANDS),
    "logaddexp2": _numpy("logaddexp2", _exact_log_add_2, (-20.0, 20.0), operands=2, **_OF_OPERANDS),
    "sqrt": _numpy("sqrt", mp.sqrt, (0.0, 10.0), domain=_POSITIVE),
    "floor": _numpy("floor", mp.floor, (-100.0, 100.0)),
    "ceil": _numpy("ceil", mp.ceil, (-100.0, 100.0)),
    "trunc": _numpy("trunc", lambda x: mp.sign(x) * mp.floor(abs(x)), (-100.0, 100.0)),
    "rint": _numpy("rint", mp.nint, (-100.0, 100.0)),
}
"""The functions of `cobra.math` that round; of one with several results, each of them by its number."""


def function(name: str) -> Function:
    """Return the function under test."""
    base, _, output = name.partition(".")
    made: np.ufunc = getattr(cobra.math, base)
    return (lambda *numbers: made(*numbers)[int(output)]) if output else made


def double(name: str, own: bool) -> tuple[Function, str]:
    """Return what checks float32 results, a function of float64 numbers, and what it is called; `own` functions if they are wanted."""
    reference = REFERENCES[name]
    if reference.double is None or own:
        return function(name), "own float64"
    return reference.double, "NumPy's float64" if reference.longer is not None else "SciPy's float64"


def exact_values(name: str, operands: list[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Return mpmath's results as long doubles, NaN where it gives none: at poles, outside the domain, for what is not finite."""
    exact, values = REFERENCES[name].exact, []
    with mp.workprec(200):
        for numbers in zip(*(operand.tolist() for operand in operands), strict=True):
            values.append(_long_double(exact, numbers))
    return np.array(values, np.longdouble)


def _long_double(exact: Function, numbers: tuple[float, ...]) -> np.longdouble:
    try:
        value = exact(*map(mp.mpf, numbers))
        if isinstance(value, mp.mpc) or not mp.isfinite(value):
            return np.longdouble(np.nan)
    except (ValueError, ZeroDivisionError, OverflowError):
        return np.longdouble(np.nan)
    if abs(value) < _RESIDUE:
        return np.longdouble(np.copysign(0.0, numbers[0]) if len(numbers) == 1 else 0.0)
    if abs(value) < _TINY:
        return np.longdouble(np.copysign(0.0, int(mp.sign(value))))
    lift = 200 if abs(value) < _SMALL else 0
    scaled = mp.ldexp(value, lift)
    high = float(scaled)
    return np.ldexp(np.longdouble(high) + np.longdouble(float(scaled - high)), -lift)
