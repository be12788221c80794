"""What a benchmark is: a measured case, the bars it must meet, and the verdict.

A bar compares Cobra's minimum with the best of some other contestants of the same run, or with a number of seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import fmean

from cobra.command_line.benchmarks.timing import Contestant, Effort, Timing, check_agreement, interleave

COBRA, NUMPY, NUMBA = "Cobra", "NumPy", "Numba"

NOISE = 0.03
"""What minima differ by when the same code is timed twice: "not slower" is decided up to this."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit on Cobra's time: a ratio to the fastest of `against`, or seconds when that is empty."""

    text: str
    limit: float
    against: tuple[str, ...] = ()
    allowance: float = 0.0

    def judge(self, timings: Mapping[str, Timing]) -> Verdict:
        """Return the verdict, undecided when one side was not measured."""
        rivals = [timings[label].minimum for label in self.against if label in timings]
        if COBRA not in timings or bool(self.against) != bool(rivals):
            return Verdict(self, None)
        return Verdict(self, timings[COBRA].minimum / min(rivals, default=1.0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a bar: the ratio or the seconds, or None when it could not be measured."""

    bar: Bar
    value: float | None

    @property
    def holds(self) -> bool | None:
        """Tell whether the bar holds."""
        return None if self.value is None else self.value <= self.bar.limit * (1 + self.bar.allowance)


@dataclass(frozen=True, slots=True)
class MeanBar:
    """A limit on a geometric mean over the cases of some groups: of the fastest rival's time divided by Cobra's."""

    text: str
    groups: tuple[str, ...]
    against: tuple[str, ...]
    at_least: float

    def value(self, outcomes: Sequence[Outcome]) -> float | None:
        """Return the mean, or None when no case of these groups was measured."""
        logarithms = []
        for outcome in outcomes:
            rivals = [outcome.timings[label].minimum for label in self.against if label in outcome.timings]
            if outcome.group in self.groups and rivals:
                logarithms.append(log(min(rivals) / outcome.timings[COBRA].minimum))
        return exp(fmean(logarithms)) if logarithms else None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One row of the table."""

    group: str
    name: str
    measure: Callable[[Effort], Mapping[str, Timing]]
    bars: tuple[Bar, ...] = ()
    size: int = 1

    @property
    def title(self) -> str:
        """Return the name by which ``--only`` finds the case."""
        return f"{self.group}: {self.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A measured row."""

    group: str
    name: str
    timings: Mapping[str, Timing]
    verdicts: tuple[Verdict, ...]


def race(
    group: str,
    name: str,
    contestants: Callable[[], Sequence[Contestant]],
    bars: Sequence[Bar] = (),
    *,
    size: int = 1,
    tolerance: float = 1e-6,
) -> Case:
    """Return a case whose contestants run in turns in this process; they are made when it is their time."""

    def measure(effort: Effort) -> Mapping[str, Timing]:
        made = contestants()
        check_agreement(made, tolerance)
        return interleave(made, effort)

    return Case(group, name, measure, tuple(bars), size)


def run(case: Case, effort: Effort) -> Outcome:
    """Measure a case and judge it."""
    timings = case.measure(effort)
    return Outcome(case.group, case.name, timings, tuple(bar.judge(timings) for bar in case.bars))
