"""What the tests of the quicker definitions share."""

from __future__ import annotations

from typing import Any

import numpy as np

BOUND = 4.0
"""The greatest error in units in the last place."""


def both_signs(*parts: Any) -> Any:
    """Return the numbers of all parts, and their negatives."""
    numbers = np.concatenate(parts)
    return np.concatenate([numbers, -numbers])
