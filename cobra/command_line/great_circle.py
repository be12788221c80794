"""The kernel of the demonstration, and as such an example: a typed Python function that is a NumPy ufunc."""

from __future__ import annotations

import numpy as np

import cobra
from cobra import float64 as f64

EARTH_RADIUS_KM = 6371.0088


@cobra.ufunc
def great_circle_km(latitude1: f64, longitude1: f64, latitude2: f64, longitude2: f64) -> f64:
    """Return the distance in km between two places, given in radians, along the surface (haversine formula)."""
    north = np.sin((latitude2 - latitude1) / 2)
    east = np.sin((longitude2 - longitude1) / 2)
    chord = north * north + np.cos(latitude1) * np.cos(latitude2) * east * east
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
