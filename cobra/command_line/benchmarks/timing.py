"""Time contestants in turns: many slices of at most two milliseconds each, so that all see the same machine.

In: statements with the names they use. Out: seconds per call, as minimum and median over the slices. On a machine that runs
other programs too, minima come back within about 3 % from run to run; medians tell how busy it was.
"""

from __future__ import annotations

import math
import statistics
import timeit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per call."""

    minimum: float
    median: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Timing:
        """Return the timing of some runs."""
        return cls(min(samples), statistics.median(samples))


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to look.

    Parameters
    ----------
    case_seconds
        The time for one case, all contestants together.
    fewest_rounds
        Turns that each contestant gets even where they take longer.
    processes
        Fresh processes for what can be seen only once in a process.
    largest
        The size of array beyond which cases are left out.
    """

    case_seconds: float
    fewest_rounds: int
    processes: int
    largest: int
    slice_seconds: float = 1e-3


FULL = Effort(case_seconds=1.0, fewest_rounds=12, processes=9, largest=10_000_000)
QUICK = Effort(case_seconds=0.15, fewest_rounds=5, processes=3, largest=1_000_000)


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """A statement to time.

    Parameters
    ----------
    label
        The column it stands in.
    statement
        An expression that does the work once.
    names
        What the names in the statement mean.
    is_anchor
        It does something else than the other contestants: it shows what the machine can do.
    """

    label: str
    statement: str
    names: Mapping[str, Any]
    is_anchor: bool = False

    def run(self) -> Any:
        """Return the value of the statement."""
        return eval(self.statement, dict(self.names))

    def timer(self) -> timeit.Timer:
        """Return a timer in which all names are local variables."""
        outside = {f"outside_{name}": value for name, value in self.names.items()}
        bindings = "; ".join(f"{name} = outside_{name}" for name in self.names)
        return timeit.Timer(self.statement, bindings, globals=outside)


class Disagreement(AssertionError):
    """Two contestants compute different things, so comparing their times means nothing."""


def check_agreement(contestants: Sequence[Contestant], tolerance: float) -> None:
    """Raise `Disagreement` unless all contestants compute the same numbers."""
    racing = [contestant for contestant in contestants if not contestant.is_anchor]
    expected = np.array(racing[0].run(), dtype=np.float64)
    for other in racing[1:]:
        if not np.allclose(np.asarray(other.run(), dtype=np.float64), expected, rtol=tolerance, atol=tolerance):
            raise Disagreement(f"{other.label} and {racing[0].label} disagree about {other.statement}")


def interleave(contestants: Sequence[Contestant], effort: Effort) -> dict[str, Timing]:
    """Return the timing of each contestant; every round has another order, for what one leaves in the caches helps the next."""
    timers = [contestant.timer() for contestant in contestants]
    calls = [_calls_per_slice(timer, effort) for timer in timers]
    samples: list[list[float]] = [[] for _ in timers]
    random = np.random.default_rng(0)
    for _ in range(_rounds(timers, calls, effort)):
        for which in random.permutation(len(timers)):
            samples[which].append(timers[which].timeit(calls[which]) / calls[which])
    return {contestant.label: Timing.of(taken) for contestant, taken in zip(contestants, samples, strict=True)}


def _calls_per_slice(timer: timeit.Timer, effort: Effort) -> int:
    calls = 1
    while (taken := min(timer.repeat(2, calls))) < effort.slice_seconds / 4:
        calls *= 4
    return max(1, round(calls * effort.slice_seconds / taken))


def _rounds(timers: Sequence[timeit.Timer], calls: Sequence[int], effort: Effort) -> int:
    one_round = sum(timer.timeit(count) for timer, count in zip(timers, calls, strict=True))
    return max(effort.fewest_rounds, math.ceil(effort.case_seconds / one_round))
