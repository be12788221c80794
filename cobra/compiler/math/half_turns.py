"""The sine of an angle in half turns, for reflections of the gamma function and its like: as a pair of float64, or as one."""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.pairs import ordered_sum, times
from cobra.types import float64

_PI, _PI_LOW = 3.141592653589793, 1.2246467991473532e-16
_SINE_BEND, _SINE_BEND_LOW = -5.16771278004997, 2.270213226250927e-16
_COSINE_BEND, _COSINE_BEND_LOW = -4.934802200544679, -3.112908314580796e-16


def _taken_apart(a: float64):
    """Return whether an angle is nearer to a quarter turn than to the axis, its distance from the nearer, that squared, and a curve."""
    r = np.abs(a - np.rint(a))
    steep = r > 0.25
    v = np.where(steep, 0.5 - r, r)
    z = v * v
    p = np.where(steep, -0.0001036993396464127, -2.1741790425185676e-05)
    p = fma(p, z, np.where(steep, 0.0019294936176500934, 0.00046628788478834347))
    p = fma(p, z, np.where(steep, -0.02580688794814304, -0.0073704303092147665))
    p = fma(p, z, np.where(steep, 0.2353306302835035, 0.08214588659718582))
    p = fma(p, z, np.where(steep, -1.335262768853803, -0.5992645293206466))
    p = fma(p, z, np.where(steep, 4.058712126416765, 2.550164039877345))
    return steep, v, z, p


def sine_of_half_turns(a: float64):
    """Return |sin(pi a)| of a non-negative number as a pair."""
    steep, v, z, p = _taken_apart(a)
    bend = np.where(steep, _COSINE_BEND, _SINE_BEND)
    q = fma(p, z, bend)
    q_low = fma(p, z, bend - q) + np.where(steep, _COSINE_BEND_LOW, _SINE_BEND_LOW)
    bent, bent_low = times(z, fma(v, v, -z), q, q_low)
    total, rest = ordered_sum(np.where(steep, 1.0, _PI), bent)
    return times(total, rest + (bent_low + np.where(steep, 0.0, _PI_LOW)), np.where(steep, 1.0, v), 0.0)


def near_sine_of_half_turns(a: float64) -> float64:
    """Return |sin(pi a)| of a non-negative number, a unit or two off."""
    steep, v, z, p = _taken_apart(a)
    q = fma(p, z, np.where(steep, _COSINE_BEND, _SINE_BEND))
    return fma(z, q, np.where(steep, 1.0, _PI)) * np.where(steep, 1.0, v)
