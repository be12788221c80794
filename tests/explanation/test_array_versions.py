"""Explanations of kernels on arrays, vectors and structures say which way the generated code takes."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra.explanation.limits import Limits

point = cobra.struct(x=cobra.float64, y=cobra.float32, name="point")
fours = np.ones((1000, 4), "f")
matrices = np.ones((1000, 4, 4))


@pytest.fixture(autouse=True)
def known_machine(monkeypatch):
    """Limits that no other program's work changes."""
    known = Limits({1 << 14: 4e11}, {"float32": 2e11, "float64": 1e11}, {"float32": 2e10, "float64": 1e10}, 2e-7)
    monkeypatch.setattr("cobra.explanation.explaining.machine_limits", lambda: known)


@cobra.ufunc
def muladd(a: cobra.vec4f, b: cobra.vec4f) -> cobra.vec4f:
    return a * b + a


@cobra.ufunc
def dot(a: cobra.vec4f, b: cobra.vec4f) -> cobra.float32:
    return (a * b).sum()


@cobra.ufunc
def length(p: point) -> float:
    return np.hypot(p.x, p.y)


@cobra.ufunc(types=["dd->d"], signature="(m,k),(k,n)->(m,n)")
def product(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = a[i, 0] * b[0, j]
            for k in range(1, a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total


@cobra.ufunc(types=["d->d"], signature="(n)->(n)")
def doubled(x, out):
    for i in range(x.shape[0]):
        out[i] = 2 * x[i]


@cobra.ufunc(types=["d->d"], signature="(n)->()")
def total(x, out):
    out[0] = np.sum(x)


VERSIONS = {
    "vectors side by side": (muladd, (fours, fours), "plain numbers", True),
    "one vector": (muladd, (fours[0], fours[0]), "plain numbers", True),
    "vectors apart": (muladd, (fours[::2], fours[::2]), "one element after another", False),
    "vectors of spread numbers": (muladd, (np.ones((4, 10), "f").T, fours[:10]), "one element after another", False),
    "places that meet": (dot, (fours, fours), "one element after another", False),
    "structures": (length, (np.zeros(1000, point.dtype),), "small buffers", True),
    "small matrices": (product, (matrices, matrices), "written out", False),
    "matrices of spread numbers": (product, (matrices.swapaxes(1, 2), matrices), "own loops", False),
    "large matrices": (product, (np.ones((9, 9)), np.ones((9, 9))), "own loops", False),
    "rows": (doubled, (np.ones((10, 100)),), "own loops", False),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions(name):
    kernel, arguments, version, has_lanes = VERSIONS[name]
    told = cobra.explain(kernel, *arguments)
    assert version in told.version and (told.lanes is not None) == has_lanes
    if has_lanes:
        assert told.lanes == cobra.inspect.metadata(kernel)["loop"]["lanes"]


def test_work_of_what_is_written_out_is_known():
    told = cobra.explain(product, matrices, matrices)
    assert (told.flops, told.flops_are_exact, told.bytes) == (1000 * 16 * 7, True, 2 * matrices.nbytes)
    assert told.steps == (128, 128, 128)


def test_a_sum_adds_all_elements():
    told = cobra.explain(total, np.ones((10, 100)))
    assert (told.flops, told.flops_are_exact) == (1000, True)


def test_dense_loops_may_have_vectors():
    assert "on vectors" in cobra.explain(doubled, np.ones((10, 100))).reason
    assert "on vectors" not in cobra.explain(doubled, np.ones((10, 200))[:, ::2]).reason


def test_types_of_structures_are_spelled_short():
    packed = np.zeros(1000, np.dtype([("x", "f8"), ("y", "f4")]))
    told = cobra.explain(length, packed)
    assert told.converted == (0,) and "struct(x=float64, y=float32)" in told.advice[0]
