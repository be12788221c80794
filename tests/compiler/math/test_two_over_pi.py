"""The digits of 2 / pi that reduce large angles."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import cobra
from cobra.compiler.math import two_over_pi
from cobra.types import float32, float64, int32, int64

PIECES_32, PIECES_64 = two_over_pi._PIECES_32, two_over_pi._PIECES_64


@cobra.ufunc
def chosen_32(first: int32) -> tuple[float32, float32, float32, float32, float32]:
    return two_over_pi.pieces_32(first)


@cobra.ufunc
def chosen_64(first: int64) -> tuple[float64, float64, float64, float64, float64]:
    return two_over_pi.pieces_64(first)


@pytest.mark.parametrize(("pieces", "bits"), [(PIECES_32, 24), (PIECES_64, 53)])
def test_the_pieces_are_the_digits(pieces: tuple[float, ...], bits: int) -> None:
    with mpmath.workprec(1400):
        rest = 2 / mpmath.pi
        for number, piece in enumerate(pieces):
            rest -= mpmath.mpf(piece) / mpmath.mpf(2) ** (bits * number)
            assert 0 < rest < mpmath.mpf(2) ** (-bits * (number + 1))


@pytest.mark.parametrize(("choose", "pieces", "kind", "last"), [(chosen_32, PIECES_32, np.int32, 4), (chosen_64, PIECES_64, np.int64, 18)])
def test_five_are_chosen(choose: np.ufunc, pieces: tuple[float, ...], kind: type, last: int) -> None:
    first = np.arange(last + 1, dtype=kind)
    for offset, column in enumerate(choose(first)):
        assert column.tolist() == [pieces[number + offset] for number in first]
