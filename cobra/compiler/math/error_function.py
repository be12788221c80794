"""The error function, its complement and its inverse.

In float32, ``|x|`` lies in one of 16 intervals, which exponent and first bits of ``1.9 |x| + 0.5`` number; tables have a polynomial for
each, about a point where the function is very nearly a float. In float64 one polynomial, whose coefficients are chosen by range, gives
``erf(x) / x - 1`` near zero and the eighth root of ``1 - erf(|x|)`` beyond, whose power costs less than an exponential. Both are taken
about a middle, which keeps the roundings of their arguments and of the last steps small where these count. The complement, where it is
small, is ``exp(-x**2)`` times a slowly varying function, both as pairs of float64, or as single ones for float32. The inverse of float32
is x times a function of ``w = -log(1 - x**2)``, or of its root where that is large (M. Giles, Approximating the erfinv function, GPU
Computing Gems, 2011), computed in float64. The polynomials are minimax fits
(`tests/campaigns/math_coefficients_special.py`, for float32 `math_coefficients_intervals.py`).
"""

from __future__ import annotations

import numpy as np

from cobra.compiler.math import error_function_tables as tables
from cobra.compiler.math.exponential import rounded_64, scaled_f64, start_64, whole_64
from cobra.compiler.math.fused import fma
from cobra.compiler.math.logarithm import exponent_64, float_64, fraction_64, log_f64
from cobra.compiler.math.pairs import divided, exact_sum, exp_pair, ordered_sum, times
from cobra.types import float32, float64, int32, int64

_FIRST_END_32, _END_32 = 0.625, 3.94
_NEAR_64, _END_64 = 1.34, 5.93
_TWO_OVER_ROOT_PI = 1.1283791670955126


def _step_64(p: float64, u: float64, near: bool, a: float64, b: float64) -> float64:
    return fma(p, u, np.where(near, a, b))


def erf_f32(x: float32) -> float32:
    """Return the error function of x."""
    size = np.abs(x)
    t = np.where(size > _END_32, _END_32, size)
    place = fma(t, 1.9, 0.5)
    i = place.view(int32) >> 21
    r = t - tables.CENTRES[i & 15]
    p = fma(tables.FIFTH[i & 15], r, tables.FOURTH[i & 15])
    p = fma(p, r, tables.THIRD[i & 15])
    p = fma(p, r, tables.SECOND[i & 15])
    p = fma(p, r, tables.FIRST[i & 15])
    result = fma(p, r, np.where(place < _FIRST_END_32, t, tables.VALUES[i & 15]))
    return np.copysign(result, x)


def erf_f64(x: float64) -> float64:
    """Return the error function of x."""
    size = np.abs(x)
    t = np.where(size > _END_64, _END_64, size)
    near = t < _NEAR_64
    u = np.where(near, fma(t, t, -0.9375), t - 2.0)
    p = np.where(near, 0.0, -3.2321491448549704e-14)
    p = _step_64(p, u, near, 7.090181325862329e-16, 9.825380195443778e-13)
    p = _step_64(p, u, near, -1.1675834378425646e-14, -1.1200921092245976e-11)
    p = _step_64(p, u, near, 1.8590097633063442e-13, 3.159452741441664e-11)
    p = _step_64(p, u, near, -2.8088690799940882e-12, 4.634592779824377e-10)
    p = _step_64(p, u, near, 3.9638961234617224e-11, -4.031793288280008e-09)
    p = _step_64(p, u, near, -5.200823224289764e-10, -1.3742011499842327e-09)
    p = _step_64(p, u, near, 6.30937498445663e-09, 1.1366568729021815e-07)
    p = _step_64(p, u, near, -7.031592557051897e-08, 1.757463774323184e-07)
    p = _step_64(p, u, near, 7.144645580421103e-07, -5.973388760124983e-06)
    p = _step_64(p, u, near, -6.559433220194477e-06, 7.1328507207104835e-06)
    p = _step_64(p, u, near, 5.383186696476272e-05, 0.000186429782919148)
    p = _step_64(p, u, near, -0.00038981261459236047, -0.0006558404205866848)
    p = _step_64(p, u, near, 0.0024517938386239085, -0.00280422654832888)
    p = _step_64(p, u, near, -0.013147865561846632, 0.01720218283795502)
    p = _step_64(p, u, near, 0.05897931184302573, 0.01893803288351553)
    p = _step_64(p, u, near, -0.2210173500902764, -0.2824268506987105)
    p = _step_64(p, u, near, -0.14371283772124907, 0.5113926144390636)
    q = p * p
    q = np.where(near, p, q * q)
    result = fma(np.where(near, t, -q), q, np.where(near, t, 1.0))
    return np.copysign(result, x)


# -- the complement


def _scaled_complement(x: float64):
    """Return ``(1 + 2 x) exp(x**2) erfc(x)`` for x between 0.44 and 28 as a pair."""
    t, t_low = divided(*exact_sum(x, -4.0), *exact_sum(x, 4.0))
    p = fma(t, 1.4186848699801112e-09, -9.778362176718019e-09)
    p = fma(p, t, -1.6683602917354742e-08)
    p = fma(p, t, 1.0360608599765355e-07)
    p = fma(p, t, 7.308612218596831e-08)
    p = fma(p, t, -8.199207979246019e-07)
    p = fma(p, t, 2.948949126071222e-07)
    p = fma(p, t, 5.706765110644054e-06)
    p = fma(p, t, -1.1222501180161036e-05)
    p = fma(p, t, -2.439816519570997e-05)
    p = fma(p, t, 0.00015062180812202793)
    p = fma(p, t, -0.00019925693861863982)
    p = fma(p, t, -0.0007577733125416006)
    p = fma(p, t, 0.005031970014397529)
    p = fma(p, t, -0.0161977340551218)
    p = fma(p, t, 0.0371675155341776)
    p = fma(p, t, -0.0663303658123865)
    p = fma(p, t, 0.09373283499851529)
    p = fma(p, t, -0.10103906603629921)
    p = fma(p, t, 0.06809705425468887)
    p = fma(p, t, 0.01537965210261969)
    p = fma(p, t, -0.1396211168405625)
    high, low = ordered_sum(1.2329951186255526, t * p)
    # what t lost counts by the slope of the whole, one half where it counts at all; the constant is rounded too
    return high, low + fma(0.5, t_low, -4.545779368478146e-17)


def erfc_f64(x: float64) -> float64:
    """Return one minus the error function of x, accurate where that is tiny."""
    usual = np.abs(x) < 30.0
    safe = np.where(usual, x, 0.0)
    result = 1.0 - erf_f64(np.where(np.abs(safe) < 2.0**-60, 0.0, safe))
    far = safe > 0.45
    if far:
        result = np.where(far, _tail(np.where(far, safe, 1.0)), result)
    if not usual:
        result = _far_complement(x)
    return result


def _tail(x: float64) -> float64:
    """Return erfc(x) for x between 0.45 and 30, where it is too small for a float64."""
    p, p_low, n = _bell(x)
    high, _ = _under_bell(x, p, p_low)
    return scaled_f64(high, n)


def _bell(x: float64):
    """Return exp(-x**2) as a pair to be multiplied by a power of two, and that power's exponent."""
    square = x * x
    return exp_pair(-square, -fma(x, x, -square))


def _under_bell(x: float64, p: float64, p_low: float64):
    """Return ``erfc(x) / exp(-x**2)`` times a pair."""
    high, low = times(p, p_low, *_scaled_complement(x))
    double = 2.0 * x
    return divided(high, low, *ordered_sum(np.where(double > 1.0, double, 1.0), np.where(double > 1.0, 1.0, double)))


def _far_complement(x: float64) -> float64:
    """Return erfc of a number of magnitude 30 at least, or of what is no number."""
    tiny = 2.0**-600
    small = np.where((x > 0.0) & (x < np.inf), tiny, 0.0)
    return np.where(x > 0.0, small * small, np.where(x < 0.0, 2.0, x))


def _scaled_complement_for_32(t: float64) -> float64:
    """Return ``exp(x**2) erfc(x)`` of ``t = (x - 3) / (x + 3)``, x between 0 and 10.5."""
    p = fma(t, -7.069959065910766e-07, -8.471371717627845e-06)
    p = fma(p, t, -1.0237191276230959e-05)
    p = fma(p, t, 6.536415353635487e-05)
    p = fma(p, t, 4.426552239321074e-05)
    p = fma(p, t, -0.0005976938752437233)
    p = fma(p, t, 0.0007079383534034611)
    p = fma(p, t, 0.004269266587336159)
    p = fma(p, t, -0.024392520228694217)
    p = fma(p, t, 0.07166582532254219)
    p = fma(p, t, -0.15011593528687622)
    p = fma(p, t, 0.24560380209664698)
    p = fma(p, t, -0.32623356006727217)
    return fma(p, t, 0.17900115117952484)


def _curve_for_32(r: float64) -> float64:
    """Return (exp(r) - 1 - r) / r**2."""
    p = fma(r, 0.00019908233220681764, 0.0013933689645536952)
    p = fma(p, r, 0.008333285298569392)
    p = fma(p, r, 0.041666464564018846)
    p = fma(p, r, 0.16666666757700832)
    return fma(p, r, 0.5000000013501334)


def erfc_f32(x: float32) -> float32:
    """Return one minus the error function of x, accurate where that is tiny."""
    size = np.abs(x)
    usual = size < 10.5
    a = float64(np.where(usual, size, 1.0))
    scaled = _scaled_complement_for_32((a - 3.0) / (a + 3.0))
    t = rounded_64(-(a * a))
    r = start_64(-(a * a), whole_64(t))
    p = fma(scaled, fma(r * r, _curve_for_32(r), r), scaled)
    complement = (p.view(int64) + (t.view(int64) << 52)).view(float64)
    result = float32(np.where(x < 0.0, 2.0 - complement, complement))
    if not usual:
        result = float32(_far_complement(float64(x)))
    return result


# -- the inverse: a polynomial, refined by a step of Halley's method where the complement is small


def erfinv_f64(x: float64) -> float64:
    """Return the number whose error function is x."""
    size = np.abs(x)
    usual = size < 1.0
    safe = np.where(usual, x, 0.0)
    far = usual & (size > 0.5)
    result = _inverse_near(np.where(far, 0.0, safe))
    if far:
        result = np.where(far, np.copysign(_inverse_of_complement(np.where(far, 1.0 - size, 0.25)), x), result)
    if not usual:
        result = inverse_edge(x)
    return result


def _inverse_near(x: float64) -> float64:
    u = fma(x, x, -0.125)
    p = fma(u, 0.12122176806836808, 0.11365016218548253)
    p = fma(p, u, 0.10115476964512354)
    p = fma(p, u, 0.09720541284855025)
    p = fma(p, u, 0.0943316768191258)
    p = fma(p, u, 0.09233480141655374)
    p = fma(p, u, 0.091545591289817)
    p = fma(p, u, 0.09223855627787306)
    p = fma(p, u, 0.09489256620338905)
    p = fma(p, u, 0.10039275110558431)
    p = fma(p, u, 0.11049779613760537)
    p = fma(p, u, 0.12916467464933526)
    p = fma(p, u, 0.16729775009667694)
    p = fma(p, u, 0.2685394423763958)
    p = fma(p, u, -0.0825916329477299)
    return np.copysign(fma(x, p, x), x)


def _inverse_of_complement(q: float64) -> float64:
    """Return the number whose erfc is q, which is at most one half."""
    t = np.sqrt(-log_f64(q))
    u = t - 3.0
    p = fma(u, -1.0996678748116537e-10, 1.3717229126515087e-09)
    p = fma(p, u, -5.77945352183496e-09)
    p = fma(p, u, 5.4942377560615e-09)
    p = fma(p, u, 2.164151247328438e-08)
    p = fma(p, u, -3.091629541951421e-08)
    p = fma(p, u, -7.292392240240528e-08)
    p = fma(p, u, -1.6651757909484526e-07)
    p = fma(p, u, 2.339746300542637e-06)
    p = fma(p, u, -1.0148073142551684e-05)
    p = fma(p, u, 3.8739407295703216e-05)
    p = fma(p, u, -0.00014647436068445247)
    p = fma(p, u, 0.000525405551957779)
    p = fma(p, u, -0.0017790162849050627)
    p = fma(p, u, 0.0056956471345786484)
    p = fma(p, u, -0.01701750387821197)
    p = fma(p, u, 0.04561076301421501)
    p = fma(p, u, 0.904920328610745)
    y = t * p
    bell, bell_low, n = _bell(y)
    high, low = _under_bell(y, bell, bell_low)
    scale = ((n + 1023) << 52).view(float64)
    step = ((high * scale - q) + low * scale) / (bell * scale * _TWO_OVER_ROOT_PI)
    return y + step / (1.0 - step * y)


def inverse_edge(x: float64) -> float64:
    """Return the inverse at one, beyond, and of what is no number."""
    if np.abs(x) == 1.0:
        return x / 0.0
    return np.sqrt(np.where(np.abs(x) > 1.0, -1.0, x))


def _log_for_32(q: float64) -> float64:
    """Return log(q) of a normal number."""
    place = exponent_64(q)
    f = fraction_64(q, place)
    return fma(float_64(place, int64(0)), 0.6931471805599453, fma(f * f, _log_rest_for_32(f), f))


def _log_rest_for_32(f: float64) -> float64:
    """Return (log(1 + f) - f) / f**2."""
    p = fma(f, -0.08302701076490226, 0.1192227082133329)
    p = fma(p, f, -0.1044852161863862)
    p = fma(p, f, 0.10756957341578866)
    p = fma(p, f, -0.12435387652067748)
    p = fma(p, f, 0.14306130783628287)
    p = fma(p, f, -0.1667015453126295)
    p = fma(p, f, 0.19999457873242793)
    p = fma(p, f, -0.24999925208839685)
    p = fma(p, f, 0.33333338493975073)
    return fma(p, f, -0.5000000046144657)


def _near_inverse_for_32(u: float64) -> float64:
    """Return ``erfinv(x) / x`` of ``u = -log(1 - x**2) - 3``, up to 3."""
    p = fma(u, 1.0068081884092116e-12, -1.4660099341663556e-11)
    p = fma(p, u, -7.102161747617115e-12)
    p = fma(p, u, 1.07100562920609e-09)
    p = fma(p, u, -5.652412544241528e-09)
    p = fma(p, u, -2.3434208591813877e-08)
    p = fma(p, u, 4.5075598618211393e-07)
    p = fma(p, u, -1.748797258695844e-06)
    p = fma(p, u, -1.2718090005789806e-05)
    p = fma(p, u, 0.00019506247122146457)
    p = fma(p, u, -0.0008361801682549267)
    p = fma(p, u, -0.005738135822370445)
    p = fma(p, u, 0.24163040371214284)
    return fma(p, u, 1.623542006514225)


def _far_inverse_for_32(u: float64) -> float64:
    """Return ``erfinv(x) / x`` of ``u = sqrt(-log(1 - x**2)) - 3``, from -0.55 on."""
    p = fma(u, 3.9225598018274535e-06, -4.931856579483263e-05)
    p = fma(p, u, 0.00018545067154099464)
    p = fma(p, u, -0.0002717890696767692)
    p = fma(p, u, -0.00014446443142200843)
    p = fma(p, u, 0.0014795488342057032)
    p = fma(p, u, -0.0035590708308665697)
    p = fma(p, u, 0.0056857590455491125)
    p = fma(p, u, -0.007643810918715179)
    p = fma(p, u, 0.009445494064075273)
    p = fma(p, u, 1.001675277014317)
    return fma(p, u, 2.832976798949085)


def erfinv_f32(x: float32) -> float32:
    """Return the number whose error function is x."""
    usual = np.abs(x) < 1.0
    safe = float64(np.where(usual, x, 0.0))
    w = -_log_for_32(fma(-safe, safe, 1.0))
    slope = _near_inverse_for_32(w - 3.0)
    if w > 6.0:
        slope = _far_inverse_for_32(np.sqrt(w) - 3.0)
    result = float32(safe * slope)
    if not usual:
        result = float32(inverse_edge(float64(x)))
    return result
