"""The kernel of the demonstration, and as such an example: a typed Python function that is a NumPy ufunc."""

from __future__ import annotations

import numpy as np

import cobra

EARTH_RADIUS_KM = 6371.0088


@cobra.ufunc
def great_circle_km(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """Return the distance in km between two places, given in radians, along the surface (haversine formula)."""
    north = np.sin((latitude2 - latitude1) / 2)
    east = np.sin((longitude2 - longitude1) / 2)
    chord = north * north + np.cos(latitude1) * np.cos(latitude2) * east * east
    half_angle: float = np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return 2 * EARTH_RADIUS_KM * half_angle
