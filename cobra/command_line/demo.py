"""``python -m cobra demo``: the distances between all pairs of airports, by one typed Python function.

The same function, run as plain NumPy on whole arrays, checks the result and is timed beside the kernel.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from time import perf_counter

import numpy as np

from cobra.command_line import airports
from cobra.command_line.airports import Airports, Array, Pair
from cobra.command_line.arguments import Command, UsageError

TOLERANCE_KM = 1e-6
_REPEATS = 3


def _timed(work: Callable[[], Array]) -> tuple[float, Array]:
    started = perf_counter()
    result = work()
    return perf_counter() - started, result


def extreme_pairs(distances: Array) -> tuple[Pair, Pair]:
    """Return the nearest and the farthest pair of two different places."""
    count = len(distances)
    apart = np.where(np.eye(count, dtype=bool), np.inf, distances)
    nearest, farthest = (divmod(int(index), count) for index in (apart.argmin(), distances.argmax()))
    return nearest, farthest


def compare(places: Airports) -> Array:
    """Print how long Cobra and NumPy take for all pairs, and return the distances when they agree."""
    ready, great_circle_km = _ready_kernel()
    latitudes, longitudes = np.radians(places.latitudes), np.radians(places.longitudes)
    pairs = (latitudes[:, None], longitudes[:, None], latitudes, longitudes)
    as_numpy = unwrap(great_circle_km)
    by_cobra, by_numpy = [], []
    for _ in range(_REPEATS):
        by_cobra.append(_timed(lambda: great_circle_km(*pairs)))
        by_numpy.append(_timed(lambda: as_numpy(*pairs)))
    (cobra_seconds, distances), (numpy_seconds, expected) = min(by_cobra, key=_seconds), min(by_numpy, key=_seconds)
    difference = float(np.abs(distances - expected).max())
    print(f"kernel       {ready * 1e3:8.1f} ms  to make it and call it once (it is compiled, or found in the cache)")
    print(f"Cobra        {cobra_seconds * 1e3:8.1f} ms  for all pairs in one pass, float64, one thread")
    print(f"NumPy        {numpy_seconds * 1e3:8.1f} ms  for the same function on whole arrays")
    print(f"difference   {difference:8.1g} km at most")
    if not difference <= TOLERANCE_KM:
        raise UsageError(f"Cobra and NumPy differ by {difference} km")
    return distances


def _ready_kernel() -> tuple[float, np.ufunc]:
    """Return how long it takes to make the kernel and to call it once, and the kernel."""
    started = perf_counter()
    # Importing this module makes the kernel.
    from cobra.command_line.great_circle import great_circle_km

    great_circle_km(0.0, 0.0, 0.0, 0.0)
    return perf_counter() - started, great_circle_km


def _seconds(run: tuple[float, Array]) -> float:
    return run[0]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--count", type=int, metavar="N", help="use the first N airports only")
    parser.add_argument("--png", type=Path, default=Path("airports.png"), metavar="FILE", help="where to draw (%(default)s)")


def run(chosen: Namespace) -> int:
    """Show the demonstration."""
    if chosen.count is not None and chosen.count < 2:
        raise UsageError("--count needs at least 2 airports")
    places = airports.load(chosen.count)
    print(f"{len(places):,} airports, {len(places) ** 2:,} pairs")
    distances = compare(places)
    nearest, farthest = extreme_pairs(distances)
    for title, (first, second) in (("nearest", nearest), ("farthest", farthest)):
        print(f"{title:<9}{distances[first, second]:12,.3f} km  {places.label(first)} – {places.label(second)}")
    try:
        drawn = airports.draw(places, distances, farthest, chosen.png)
    except OSError as failure:
        raise UsageError(f"{chosen.png} cannot be written: {failure.strerror}") from None
    if drawn:
        print(f"picture: {chosen.png}")
    return 0


COMMAND = Command("demo", "compute the distances of all pairs of airports and compare with NumPy", add_arguments, run)
