"""Texts on vectors, structures and complex numbers in real kernels."""

from __future__ import annotations

import numpy as np

import cobra
from cobra import complex64, float32, int64

point = cobra.struct(x=float32, y=float32, name="point")


@cobra.ufunc
def add_vectors(a: cobra.vec4f, b: cobra.vec4f) -> cobra.vec4f:
    result: cobra.vec4f
    cobra.inline("%result = fadd <4 x float> %a, %b")
    return result


def test_vectors() -> None:
    made = add_vectors(np.ones((3, 4), np.float32), np.arange(4, dtype=np.float32))
    assert made.dtype == np.float32 and made.tolist() == [[1, 2, 3, 4]] * 3


@cobra.ufunc
def add_points(a: point, b: point) -> point:
    result: point
    cobra.inline("""
      %x1 = extractvalue %point %a, 0
      %x2 = extractvalue %struct.point %b, 0
      %x = fadd float %x1, %x2
      %result = insertvalue %point %a, float %x, 0
    """)
    return result


def test_structures() -> None:
    points = np.array([(1, 2), (3, 4)], point.dtype)
    assert add_points(points, points[::-1]).tolist() == [(4, 2), (4, 4)]


@cobra.ufunc
def swapped(z: complex64) -> complex64:
    result: complex64
    cobra.inline("""
      %pair = bitcast i64 0 to <2 x float>
      %re = extractvalue { float, float } %z, 0
      %im = extractvalue { float, float } %z, 1
      %half = insertvalue { float, float } undef, float %im, 0
      %result = insertvalue { float, float } %half, float %re, 1
    """)
    return result


def test_complex_numbers() -> None:
    assert swapped(np.array([1 + 2j, -3.5j], np.complex64)).tolist() == [2 + 1j, -3.5]


@cobra.ufunc
def through_opaque(a: cobra.vec4f, n: int64) -> cobra.vec4f:
    v = a
    for _ in range(n):
        cobra.inline("""
          fence seq_cst
          %v = fmul <4 x float> %a, splat (float 2.0)
        """)
    return v


def test_an_opaque_text_on_vectors_in_a_loop() -> None:
    assert through_opaque(np.arange(4, dtype=np.float32), np.array([0, 3])).tolist() == [[0, 1, 2, 3], [0, 2, 4, 6]]
