"""Sine, cosine and tangent: errors near and far, at multiples of pi / 2 and at the edges, NumPy's values and errors, and lanes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import cobra
from cobra.compiler.math import trigonometric
from tests.compiler.math.trigonometric_measures import KINDS, PRECISION, Array, agree, kernel, magnitudes, raised, worst_error

FUNCTIONS = {
    "sin": (mpmath.sin, np.sin, 0.9),
    "cos": (mpmath.cos, np.cos, 0.9),
    "tan": (mpmath.tan, np.tan, 1.9),
    "sinpi": (mpmath.sinpi, None, 1.0),
    "cospi": (mpmath.cospi, None, 1.0),
}
RADIANS = [name for name, (_, numpy, _) in FUNCTIONS.items() if numpy]
SPECIAL = [0.0, 1.0, np.inf, np.nan, 1e-45, 1e-40, 1e-310, 1e-200, 1e-20, 0.785, 3200.0, 1.5e6, 1e30, 3e38, 1e300]
WORST = 6381956970095103.0 * 2.0**797
"""The float64 nearest to a multiple of pi / 2, in proportion."""


def near_right_angles(kind: type) -> Array:
    """Return numbers nearest to multiples of pi / 2, small and large."""
    exponents = np.random.default_rng(1).uniform(0, np.log2(float(np.finfo(kind).max)) - 2, 150)
    with mpmath.workprec(PRECISION):
        counts = [*range(1, 60), *(mpmath.floor(mpmath.mpf(2) ** float(e)) for e in exponents)]
        near = [float(count * mpmath.pi / 2) for count in counts]
    return np.array([*near, 1e15, WORST] if kind is np.float64 else near).astype(kind)


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_near_and_far(name: str, width: str) -> None:
    exact, _, limit = FUNCTIONS[name]
    kind = KINDS[width]
    x = np.random.default_rng(0).uniform(-20, 20, 500).astype(kind)
    far = magnitudes(kind, 1e-30, float(np.finfo(kind).max), 300)
    middle = magnitudes(kind, 100, 1e8, 200)
    for points in (x, far, middle):
        assert worst_error(kernel(trigonometric, f"{name}_{width}")(points), exact, points, precision=PRECISION) < limit


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", RADIANS)
def test_errors_at_multiples_of_right_angles(name: str, width: str) -> None:
    exact, _, limit = FUNCTIONS[name]
    x = near_right_angles(KINDS[width])
    assert worst_error(kernel(trigonometric, f"{name}_{width}")(x), exact, x, precision=PRECISION) < limit


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", RADIANS)
def test_edges_are_numpys(name: str, width: str) -> None:
    _, numpy, _ = FUNCTIONS[name]
    with np.errstate(over="ignore", under="ignore"):
        values = [*np.array(SPECIAL).astype(KINDS[width]), *-np.array(SPECIAL).astype(KINDS[width])]
    for value in values:
        result, errors = raised(kernel(trigonometric, f"{name}_{width}"), value)
        expected, expected_errors = raised(numpy, value)
        assert agree(result, expected) and errors == expected_errors, value


def test_tiny_angles_are_their_own_sine_without_underflow() -> None:
    x = np.array([1e-170, -1e-200, 2.5e-308])
    for name in ("sin", "tan"):
        result, errors = raised(kernel(trigonometric, f"{name}_f64"), x, without="")
        assert (result == x).all() and errors == []


@pytest.mark.parametrize("width", KINDS)
def test_sincos_is_both(width: str) -> None:
    x = np.concatenate([np.linspace(-9, 9, 1000), [0.0, -0.0, 1e30, 7777.0]]).astype(KINDS[width])
    sine, cosine = kernel(trigonometric, f"sincos_{width}")(x)
    assert (sine == kernel(trigonometric, f"sin_{width}")(x)).all()
    assert (cosine == kernel(trigonometric, f"cos_{width}")(x)).all()


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize(
    ("x", "sine", "cosine"),
    [
        (0.0, 0.0, 1.0),
        (0.5, 1.0, 0.0),
        (1.0, 0.0, -1.0),
        (1.5, -1.0, 0.0),
        (2.0, 0.0, 1.0),
        (-0.5, -1.0, 0.0),
        (-3.0, -0.0, -1.0),
        (1e6 + 0.5, 1.0, 0.0),
        (2.0**23 + 1, 0.0, -1.0),
        (2.0**100, 0.0, 1.0),
        (-(2.0**100), -0.0, 1.0),
    ],
)
def test_half_turns_are_exact(width: str, x: float, sine: float, cosine: float) -> None:
    value = KINDS[width](x)
    for name, expected in (("sinpi", sine), ("cospi", cosine)):
        result = kernel(trigonometric, f"{name}_{width}")(value)
        assert result == expected and np.signbit(result) == np.signbit(expected)


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", ["sinpi", "cospi"])
def test_infinite_turns_are_invalid(name: str, width: str) -> None:
    for value, expected in ((np.inf, ["invalid value"]), (-np.inf, ["invalid value"]), (np.nan, [])):
        result, errors = raised(kernel(trigonometric, f"{name}_{width}"), KINDS[width](value))
        assert np.isnan(result) and errors == expected


@pytest.mark.parametrize("width", KINDS)
@pytest.mark.parametrize("name", [*FUNCTIONS, "sincos"])
def test_they_run_in_lanes(name: str, width: str) -> None:
    assert cobra.inspect.metadata(kernel(trigonometric, f"{name}_{width}"))["loop"]["lanes"] >= 16


@pytest.mark.parametrize("width", KINDS)
def test_rare_angles_leave_their_neighbours_alone(width: str) -> None:
    x = np.linspace(-5, 5, 333).astype(KINDS[width])
    mixed = x.copy()
    mixed[::7] = 1e35
    sine = kernel(trigonometric, f"sin_{width}")
    rare = np.zeros(len(x), bool)
    rare[::7] = True
    assert (sine(mixed)[~rare] == sine(x)[~rare]).all()
    assert (sine(mixed)[rare] == sine(KINDS[width](1e35))).all()
