"""The airports that come with Cobra, and a picture of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Pair = tuple[int, int]

_WESTERN_EDGE = 90
"""Degrees east: from here eastward the map holds all airports, those in the Pacific on their side of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Airports:
    """Codes and names of airports, and where they are in degrees."""

    codes: Sequence[str]
    names: Sequence[str]
    latitudes: Array
    longitudes: Array

    def __len__(self) -> int:
        return len(self.codes)

    def label(self, index: int) -> str:
        """Return an airport's name and code."""
        return f"{self.names[index]} ({self.codes[index]})"


def load(count: int | None = None) -> Airports:
    """Return the first `count` airports, or all."""
    with files("cobra").joinpath("data/airports.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[:count]
    places = np.array([[row["latitude"], row["longitude"]] for row in rows], dtype=np.float64)
    return Airports([row["iata"] for row in rows], [row["name"] for row in rows], places[:, 0], places[:, 1])


def draw(airports: Airports, distances: Array, farthest: Pair, path: Path) -> bool:
    """Write a map and a histogram of all distances as a PNG, and tell whether matplotlib is there to do it."""
    if find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 5), layout="constrained")
    chart, bars = figure.subplots(1, 2, width_ratios=(3, 2))
    _draw_map(chart, airports, distances, farthest)
    _draw_histogram(bars, distances)
    figure.savefig(path, dpi=110)
    return True


def _draw_map(chart: Any, airports: Airports, distances: Array, farthest: Pair) -> None:
    first, second = farthest
    eastward = (airports.longitudes - _WESTERN_EDGE) % 360
    colours = chart.scatter(eastward, airports.latitudes, c=distances[first], s=5, cmap="viridis")
    ends = [first, second]
    chart.plot(eastward[ends], airports.latitudes[ends], "o--", color="crimson", linewidth=1, markersize=5)
    for index in ends:
        place = (eastward[index], airports.latitudes[index])
        chart.annotate(airports.label(index), place, (0, -14), textcoords="offset points", ha="center", fontsize=8)
    chart.set_xticks(ticks := range(0, 211, 30), [_longitude(_WESTERN_EDGE + tick) for tick in ticks])
    chart.set(title=f"{len(airports):,} airports and the farthest pair", ylabel="latitude (degrees)", xlim=(0, 210))
    chart.figure.colorbar(colours, ax=chart, label=f"km from {airports.codes[first]}")


def _longitude(degrees: float) -> str:
    return f"{degrees:g}° E" if degrees <= 180 else f"{360 - degrees:g}° W"


def _draw_histogram(bars: Any, distances: Array) -> None:
    # Every fourth row shows the same shape in a quarter of the time.
    bars.hist(distances[::4].ravel(), bins=100, color="tab:blue")
    bars.set(title="Distances between them", xlabel="km", ylabel="pairs", yticks=[], xlim=(0, None))
