"""Measure the errors of the math library: over all floats of 32 bits, and over many of 64.

Run ``python tests/campaigns/math_accuracy.py --minutes 60 --record`` from the root of the repository. Arguments choose functions, types and
how many points; ``--record`` puts the rows that were measured into the table beside this file and the largest errors into docs/math.md,
and leaves other rows as they are.

A float32 function of one number is asked for every ``--every``-th bit pattern (for all of them by default); a reference of float64 finds
the worst results, and mpmath says how far off these really are. A float64 function is compared with long doubles over points spread over
all magnitudes, over its usual arguments and around the difficult ones, or with MPFR where no long double is good enough. Errors are
in units of the last place of the exact result; overflow to infinity counts as the first power of two that is too large.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parent)]

import mpmath as mp  # noqa: E402
from math_multiprecision import confirm, multiprecision  # noqa: E402
from math_references import REFERENCES, Function, double, exact_values, function  # noqa: E402

import cobra  # noqa: E402
from cobra.command_line.machine import processor_name  # noqa: E402

RESULTS = HERE.with_name("math_accuracy_results.md")
PUBLISHED, BEGIN, END = HERE.parents[2] / "docs" / "math.md", "<!-- accuracy -->", "<!-- /accuracy -->"
BLOCK = 1 << 15
KEPT, CONFIRMED = 40, 1000
COLUMNS = "| function | type | points | max error (ulp) | at | over 1 ulp | wrong specials | against |"
TYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
Array = np.ndarray[Any, Any]


class Test(NamedTuple):
    """A function, by its name among the references, on a type."""

    name: str
    kind: str
    ours: Function


@dataclass
class Tally:
    """What was found so far about one function."""

    points: int = 0
    above: int = 0
    wrong: int = 0
    first_wrong: str = ""
    worst: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    complete: bool = True

    def add(self, operands: Sequence[Array], errors: Array) -> None:
        """Count the errors of a block; negative ones stand for wrong special values."""
        self.points += errors.size
        largest = errors.max()
        if largest > 1:
            self.above += int(np.count_nonzero(errors > 1))
        if errors.min() < 0:
            at = int(errors.argmin())
            self.wrong += int(np.count_nonzero(errors < 0))
            self.first_wrong = self.first_wrong or _text(tuple(float(each[at]) for each in operands))
        least = self.worst[-1][0] if len(self.worst) == KEPT else 0.0
        if largest > least:
            order = np.argpartition(errors, -min(KEPT, errors.size))[-KEPT:]
            self.worst += [(float(errors[at]), tuple(float(each[at]) for each in operands)) for at in order.tolist() if errors[at] > least]
            self.worst = sorted(self.worst, reverse=True)[:KEPT]


@cobra.ufunc
def _measured(got: cobra.float32, exact: cobra.float64, size: cobra.float64) -> cobra.float64:
    """Return the error of a float32 result in units of the last place, of `size` if that is larger, -1 for a wrong special value."""
    largest = 2.0**128
    value, wanted = np.float64(got), exact
    value = np.where(abs(value) > largest, np.copysign(largest, value), value)
    wanted = np.where(abs(wanted) > largest, np.copysign(largest, wanted), wanted)
    unit_of = np.where(abs(wanted) < size, np.minimum(size, largest), wanted)
    exponent = np.minimum(np.maximum(unit_of.view(np.int64) >> 52 & 2047, 1023 - 126), 1023 + 127)
    units = abs(value - wanted) * ((2046 + 23 - exponent) << 52).view(np.float64)
    both = np.isnan(got) and np.isnan(exact)
    wrong = np.isnan(got) != np.isnan(exact) or (value == 0.0 and np.signbit(value) != np.signbit(wanted))
    return np.where(wrong, -1.0, np.where(both, 0.0, units))


def _errors(got: Array, exact: Array, size: Any) -> Array:
    """Return the errors of results in units of the last place, -1 for wrong special values; `exact` has a longer type.

    Where `size` is larger than the exact result, its unit counts.
    """
    info, long = np.finfo(got.dtype), exact.dtype.type
    largest = np.ldexp(long(1), int(info.maxexp))
    value, wanted = (np.clip(each.astype(long), -largest, largest) for each in (got, exact))
    _, exponent = np.frexp(np.clip(abs(wanted), size, long(info.max)))
    unit = np.ldexp(long(1), np.maximum(exponent - 1, info.minexp) - info.nmant)
    wrong = np.isnan(got) != np.isnan(exact) | ((value == 0) & (np.signbit(value) != np.signbit(wanted)))
    return np.where(wrong, -1.0, np.where(np.isnan(exact), 0.0, abs(value - wanted) / unit)).astype(np.float64)


def every_float(every: int) -> Iterator[tuple[Array, ...]]:
    """Yield all floats of 32 bits in blocks, or every so manieth."""
    first = np.arange(0, BLOCK * every, every, np.uint32)
    for start in range(0, 1 << 32, BLOCK * every):
        count = min(BLOCK, -(-((1 << 32) - start) // every))
        yield ((first[:count] + np.uint32(start)).view(np.float32),)


def spread_numbers(name: str, kind: Any, count: int, random: np.random.Generator) -> Array:
    """Return numbers of all magnitudes, from the usual range of a function and around difficult ones, shuffled."""
    reference, info = REFERENCES[name], np.finfo(kind)
    parts = np.array_split(np.arange(count), 4)
    words = np.dtype(kind).str.replace("f", "u")
    anything = random.integers(0, 2 ** (8 * np.dtype(kind).itemsize), parts[0].size, np.uint64).astype(words).view(kind)
    usual = random.uniform(*reference.usual, parts[1].size).astype(kind)
    sizes = np.ldexp(random.uniform(0.5, 1, parts[2].size), random.integers(-40, 12, parts[2].size))
    middle = np.copysign(sizes, random.uniform(-1, 1, parts[2].size)).astype(kind)
    steps = np.ldexp(random.uniform(-1, 1, parts[3].size), random.integers(-info.nmant, -2, parts[3].size))
    centres = random.choice(np.array(reference.around), parts[3].size)
    difficult = (centres * (1 + steps) + steps * random.integers(0, 2, steps.size)).astype(kind)
    numbers = np.concatenate([anything, usual, middle, difficult])
    low, high = reference.domain
    outside = ~((numbers >= low) & (numbers <= high)) & (np.arange(count) % 64 > 0)
    numbers[outside] = random.uniform(*reference.usual, int(outside.sum())).astype(kind)
    random.shuffle(numbers)
    return numbers


def spread_operands(name: str, kind: Any, count: int, block: int = BLOCK) -> Iterator[tuple[Array, ...]]:
    """Yield blocks of operands; of two operands, pairs of special values come first."""
    random, operands = np.random.default_rng(1), REFERENCES[name].operands
    info = np.finfo(kind)
    special = [0.0, 1.0, 2.0, 3.0, 0.5, 1.5, np.inf, float(info.max), float(info.tiny), float(info.smallest_subnormal), 1 + float(info.eps)]
    pairs = np.array([*product([*special, *(-each for each in special), np.nan], repeat=operands)], kind)
    yield tuple(pairs[:, column].copy() for column in range(operands))
    for _ in range(-(-count // block)):
        numbers = tuple(spread_numbers(name, kind, block, random) for _ in range(operands))
        if (filling := REFERENCES[name].filling) is not None:
            numbers[1][::2] = filling(numbers[0][::2], random.uniform(-1, 1, numbers[0][::2].size))
        yield numbers


def _sizes(name: str, kind: Any) -> Function | None:
    """Return what says in units of which numbers errors count; what is small for one operand is computed in float64 for shorter types."""
    reference = REFERENCES[name]
    return reference.size if kind == np.float64 or reference.operands > 1 else None


def _measure(name: str, operands: Sequence[Array], got: Array, exact: Array) -> Array:
    """Return the errors of a block of results."""
    sizes = _sizes(name, got.dtype)
    at_least = np.nan_to_num(sizes(*operands).astype(exact.dtype)) if sizes is not None else exact.dtype.type(0)
    if got.dtype == np.float32 and exact.dtype == np.float64:
        return np.asarray(_measured(got, exact, at_least))
    return _errors(got, exact, at_least)


def _survey(test: Test, tally: Tally, blocks: Iterator[tuple[Array, ...]], wanted: Function, until: float) -> None:
    for operands in blocks:
        got, exact = test.ours(*operands), wanted(*operands)
        tally.add(operands, _measure(test.name, operands, got, exact))
        if time.monotonic() > until:
            tally.complete = False
            return


def _long_doubles(name: str) -> Function | None:
    longer = REFERENCES[name].longer
    return (lambda *numbers: longer(*(each.astype(np.longdouble) for each in numbers))) if longer is not None else None


def survey(test: Test, options: argparse.Namespace, until: float) -> tuple[Tally, str]:
    """Measure one function on one type; return what was found, and against what."""
    tally, name, one = Tally(), test.name, REFERENCES[test.name].operands == 1
    near, source = double(name, options.own)
    doubles: Function = lambda *numbers: near(*(each.astype(np.float64) for each in numbers))  # noqa: E731
    longer = _long_doubles(name)
    if test.kind == "f16" and one:
        _survey(test, tally, iter([(np.arange(1 << 16).astype(np.uint16).view(np.float16),)]), doubles, until)
    elif test.kind == "f32" and one:
        _survey(test, tally, every_float(options.every), doubles, until)
    elif test.kind != "f64":
        _survey(test, tally, spread_operands(name, TYPES[test.kind], options.pairs), doubles, until)
    elif longer is not None:
        _survey(test, tally, spread_operands(name, np.float64, options.points), longer, until)
        source = "long double"
    else:
        _survey_exactly(test, tally, options.exact_points, until)
        source = "MPFR"
    _confirm(test, tally)
    return tally, source


def _survey_exactly(test: Test, tally: Tally, count: int, until: float) -> None:
    """Compare with MPFR, which mpmath confirms first, and for the worst results last."""
    wanted: Function = lambda numbers: multiprecision(test.name, numbers, test.ours(numbers))  # noqa: E731
    sample = next(islice(spread_operands(test.name, np.float64, CONFIRMED, CONFIRMED), 1, None))
    confirm(test.name, sample[0], wanted(*sample), exact_values(test.name, [*sample]))
    _survey(test, tally, spread_operands(test.name, np.float64, count, 1 << 12), wanted, until)


def _confirm(test: Test, tally: Tally) -> None:
    """Let mpmath say how large the largest errors are."""
    confirmed = []
    for error, numbers in tally.worst:
        operands = [np.array([number], TYPES[test.kind]) for number in numbers]
        exact = exact_values(test.name, operands)
        if np.isfinite(exact).all():
            error = float(_measure(test.name, operands, np.atleast_1d(test.ours(*operands)), exact)[0])
        confirmed.append((error, numbers))
    tally.worst = sorted(confirmed, reverse=True)


def _text(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{number:.9g}" if np.isnan(number) or float(np.float32(number)) == number else repr(number) for number in numbers)


def row(name: str, kind: str, tally: Tally, against: str) -> str:
    """Return a row of the table."""
    error, numbers = tally.worst[0] if tally.worst else (0.0, ())
    points = "all 2^32" if tally.points == 1 << 32 else "all 2^16" if kind == "f16" and tally.points == 1 << 16 else f"{tally.points:.2g}"
    wrong = f"{tally.wrong} ({tally.first_wrong})" if tally.wrong else "0"
    note = f"; {REFERENCES[name].units}" if _sizes(name, TYPES[kind]) is not None else ""
    return f"| {name} | {kind} | {points} | {error:.3f} | {_text(numbers)} | {tally.above} | {wrong} | {against}{note} |"


def record(rows: dict[tuple[str, str], str]) -> None:
    """Put rows into the table that is kept, in the order of the functions."""
    kept = dict(rows)
    for line in RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []:
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 2 and cells[2] in TYPES:
            kept.setdefault((cells[1], cells[2]), line)
    software = f"Python {platform.python_version()}, NumPy {np.__version__}, mpmath {mp.__version__}, {' '.join(platform.libc_ver())}"
    order = {name: place for place, name in enumerate(REFERENCES)}
    body = [kept[key] for key in sorted(kept, key=lambda key: (order.get(key[0], 0), key[1]))]
    text = f"# Errors of the math library\n\nMeasured by `math_accuracy.py` on {processor_name()}, {software}.\n\n{COLUMNS}\n"
    RESULTS.write_text(text + "| --- | --- | ---: | ---: | --- | ---: | ---: | --- |\n" + "\n".join(body) + "\n", encoding="utf-8")


def publish() -> None:
    """Put the largest errors of each function into the page on the library."""
    head, *lines = (line for line in RESULTS.read_text(encoding="utf-8").splitlines() if line.startswith(("Measured", "|")))
    cells = {(each[1], each[2]): each for each in ([cell.strip() for cell in line.split("|")] for line in lines) if each[2] in TYPES}
    rows = ["| function | float32 | points | float64 | points |", "| --- | ---: | ---: | ---: | ---: |"]
    for name in REFERENCES:
        found = [cells.get((name, kind), [""] * 5) for kind in ("f32", "f64")]
        rows.append(f"| {_shown(name)} | " + " | ".join(f"{each[4]} | {each[3].replace('all 2^32', 'all')}" for each in found) + " |")
    text = PUBLISHED.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    table = "\n".join([head.replace("by `math_accuracy.py` ", ""), "", *rows])
    PUBLISHED.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _shown(name: str) -> str:
    base, _, output = name.partition(".")
    return f"`{base}`, the {('sine', 'cosine')[int(output)]}" if output else f"`{base}`"


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", default=[*REFERENCES], help="names as in cobra.math; all unless given")
    parser.add_argument("--types", nargs="*", default=["f32", "f64"], choices=[*TYPES])
    parser.add_argument("--minutes", type=float, default=60.0, help="when to stop; rows of what was cut short say how many points it had")
    parser.add_argument("--every", type=int, default=1, help="take every so manieth float32; choose an odd number")
    parser.add_argument("--pairs", type=int, default=10**8, help="of float32 numbers, for functions of two")
    parser.add_argument("--points", type=int, default=10**7, help="of float64 against long doubles")
    parser.add_argument("--exact-points", type=int, default=10**7, help="of float64 against MPFR")
    parser.add_argument("--own", action="store_true", help="check float32 functions with Cobra's of float64, which are quicker than others")
    parser.add_argument("--record", action="store_true", help=f"keep the rows in {RESULTS.name} and in docs/math.md")
    options = parser.parse_args()
    until = time.monotonic() + options.minutes * 60
    os.nice(10)
    np.seterr(all="ignore")
    print(COLUMNS, flush=True)
    for kind, name in product(options.types, options.functions or [*REFERENCES]):
        if time.monotonic() > until:
            print(f"no time left for {name} {kind}")
            continue
        line = row(name, kind, *survey(Test(name, kind, function(name)), options, until))
        print(line, flush=True)
        if options.record:
            record({(name, kind): line})
            publish()


if __name__ == "__main__":
    main()
