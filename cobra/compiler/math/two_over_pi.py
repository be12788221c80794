"""The digits of 2 / pi, in pieces of 53 bits: what it takes to reduce the largest float64 angle.

`pieces` chooses without memory: lanes cannot look things up, so the list is shifted by powers of two, longest shift first.
"""

from __future__ import annotations

import numpy as np

from cobra.types import float64, int64

_PIECES = (
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
"""2 / pi is the sum of ``_PIECES[i] / 2**(53 * i)``; each is a fraction of 53 bits."""


def pieces(first: int64) -> tuple[float64, float64, float64, float64, float64]:
    """Return five pieces from number `first` on, which is at most 18."""
    far = (first & 16) != 0
    a0 = np.where(far, _PIECES[16], _PIECES[0])
    a1 = np.where(far, _PIECES[17], _PIECES[1])
    a2 = np.where(far, _PIECES[18], _PIECES[2])
    a3 = np.where(far, _PIECES[19], _PIECES[3])
    a4 = np.where(far, _PIECES[20], _PIECES[4])
    a5 = np.where(far, _PIECES[21], _PIECES[5])
    a6 = np.where(far, _PIECES[22], _PIECES[6])
    by_eight = (first & 8) != 0
    b0 = np.where(by_eight, _PIECES[8], a0)
    b1 = np.where(by_eight, _PIECES[9], a1)
    b2 = np.where(by_eight, _PIECES[10], a2)
    b3 = np.where(by_eight, _PIECES[11], a3)
    b4 = np.where(by_eight, _PIECES[12], a4)
    b5 = np.where(by_eight, _PIECES[13], a5)
    b6 = np.where(by_eight, _PIECES[14], a6)
    b7 = np.where(by_eight, _PIECES[15], _PIECES[7])
    b8 = np.where(by_eight, _PIECES[16], _PIECES[8])
    b9 = np.where(by_eight, _PIECES[17], _PIECES[9])
    b10 = np.where(by_eight, _PIECES[18], _PIECES[10])
    b11 = np.where(by_eight, _PIECES[19], _PIECES[11])
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
