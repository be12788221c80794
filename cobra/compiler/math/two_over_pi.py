"""The digits of 2 / pi, in pieces of 24 and of 53 bits: what it takes to reduce the largest angles.

The functions choose without memory: lanes cannot look things up, so the list is shifted by powers of two, longest shift first.
"""

from __future__ import annotations

import numpy as np

from cobra.types import float32, float64, int32, int64

_PIECES_32 = (
    0.6366197466850281,
    0.4308817386627197,
    0.0826718807220459,
    0.15368372201919556,
    0.9578378796577454,
    0.7533475160598755,
    0.584369421005249,
    0.2639198899269104,
    0.9934293627738953,
)
"""2 / pi is the sum of ``_PIECES_32[i] / 2**(24 * i)``; each is a fraction of 24 bits."""

_PIECES_64 = (
    0.6366197723675813,
    0.6455004762340146,
    0.8260347502167291,
    0.6177029686506639,
    0.22946046207480975,
    0.28461387860774945,
    0.006138546976630632,
    0.5660391411155584,
    0.16270821739654884,
    0.6478181222020806,
    0.752362340216695,
    0.7848375294503177,
    0.2882121784458589,
    0.3143043483578357,
    0.505462883924126,
    0.35474129975356194,
    0.495348441190541,
    0.9093006150323975,
    0.7102755855591438,
    0.9716433593102769,
    0.645159640989469,
    0.38377539675336436,
    0.7971457910852385,
)
"""2 / pi is the sum of ``_PIECES_64[i] / 2**(53 * i)``; each is a fraction of 53 bits."""


def pieces_32(first: int32) -> tuple[float32, float32, float32, float32, float32]:
    """Return five pieces from number `first` on, which is at most 4."""
    by_four = (first & 4) != 0
    a0 = np.where(by_four, float32(_PIECES_32[4]), _PIECES_32[0])
    a1 = np.where(by_four, float32(_PIECES_32[5]), _PIECES_32[1])
    a2 = np.where(by_four, float32(_PIECES_32[6]), _PIECES_32[2])
    a3 = np.where(by_four, float32(_PIECES_32[7]), _PIECES_32[3])
    a4 = np.where(by_four, float32(_PIECES_32[8]), _PIECES_32[4])
    by_two = (first & 2) != 0
    b0 = np.where(by_two, a2, a0)
    b1 = np.where(by_two, a3, a1)
    b2 = np.where(by_two, a4, a2)
    b3 = np.where(by_two, _PIECES_32[5], a3)
    b4 = np.where(by_two, _PIECES_32[6], a4)
    b5 = np.where(by_two, float32(_PIECES_32[7]), _PIECES_32[5])
    by_one = (first & 1) != 0
    return (
        np.where(by_one, b1, b0),
        np.where(by_one, b2, b1),
        np.where(by_one, b3, b2),
        np.where(by_one, b4, b3),
        np.where(by_one, b5, b4),
    )


def pieces_64(first: int64) -> tuple[float64, float64, float64, float64, float64]:
    """Return five pieces from number `first` on, which is at most 18."""
    far = (first & 16) != 0
    a0 = np.where(far, _PIECES_64[16], _PIECES_64[0])
    a1 = np.where(far, _PIECES_64[17], _PIECES_64[1])
    a2 = np.where(far, _PIECES_64[18], _PIECES_64[2])
    a3 = np.where(far, _PIECES_64[19], _PIECES_64[3])
    a4 = np.where(far, _PIECES_64[20], _PIECES_64[4])
    a5 = np.where(far, _PIECES_64[21], _PIECES_64[5])
    a6 = np.where(far, _PIECES_64[22], _PIECES_64[6])
    by_eight = (first & 8) != 0
    b0 = np.where(by_eight, _PIECES_64[8], a0)
    b1 = np.where(by_eight, _PIECES_64[9], a1)
    b2 = np.where(by_eight, _PIECES_64[10], a2)
    b3 = np.where(by_eight, _PIECES_64[11], a3)
    b4 = np.where(by_eight, _PIECES_64[12], a4)
    b5 = np.where(by_eight, _PIECES_64[13], a5)
    b6 = np.where(by_eight, _PIECES_64[14], a6)
    b7 = np.where(by_eight, _PIECES_64[15], _PIECES_64[7])
    b8 = np.where(by_eight, _PIECES_64[16], _PIECES_64[8])
    b9 = np.where(by_eight, _PIECES_64[17], _PIECES_64[9])
    b10 = np.where(by_eight, _PIECES_64[18], _PIECES_64[10])
    b11 = np.where(by_eight, _PIECES_64[19], _PIECES_64[11])
    by_four = (first & 4) != 0
    c0 = np.where(by_four, b4, b0)
    c1 = np.where(by_four, b5, b1)
    c2 = np.where(by_four, b6, b2)
    c3 = np.where(by_four, b7, b3)
    c4 = np.where(by_four, b8, b4)
    c5 = np.where(by_four, b9, b5)
    c6 = np.where(by_four, b10, b6)
    c7 = np.where(by_four, b11, b7)
    by_two = (first & 2) != 0
    d0 = np.where(by_two, c2, c0)
    d1 = np.where(by_two, c3, c1)
    d2 = np.where(by_two, c4, c2)
    d3 = np.where(by_two, c5, c3)
    d4 = np.where(by_two, c6, c4)
    d5 = np.where(by_two, c7, c5)
    by_one = (first & 1) != 0
    return (
        np.where(by_one, d1, d0),
        np.where(by_one, d2, d1),
        np.where(by_one, d3, d2),
        np.where(by_one, d4, d3),
        np.where(by_one, d5, d4),
    )
