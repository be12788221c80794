"""The sine of an angle in half turns as a pair of float64, for reflections of the gamma function and its like."""

from __future__ import annotations

import numpy as np

from cobra.compiler.math.fused import fma
from cobra.compiler.math.pairs import ordered_sum, times
from cobra.types import float64

_PI, _PI_LOW = 3.141592653589793, 1.2246467991473532e-16


def sine_of_half_turns(a: float64):
    """Return |sin(pi a)| of a non-negative number as a pair."""
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
    p = fma(p, z, np.where(steep, -4.934802200544679, -5.16771278004997))
    total, rest = ordered_sum(np.where(steep, 1.0, _PI), z * p)
    return times(total, rest + np.where(steep, 0.0, _PI_LOW), np.where(steep, 1.0, v), 0.0)
