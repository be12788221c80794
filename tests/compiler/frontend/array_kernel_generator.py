"""Random kernels with core dimensions, and their comparison with plain Python on the same arrays.

A kernel takes a vector, a matrix, a number and writes a vector; it reads and writes elements by counters, from either end, goes
through rows and elements, and keeps views in variables.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from kernel_generator import KernelMaker, RandomKernel, same_number

import cobra
from cobra.errors import TypeMismatch, UndefinedName

SIGNATURE = "(n),(k,n),()->(n)"
_INDICES = ["I", "I", "-1 - I", "I - 1", "0", "-1", "-1"]
_LOOPS = [
    ("range(len(a))", "I"), ("range(a.shape[0])", "I"), ("range(len(a) - 1, -1, -1)", "I"), ("enumerate(a)", "I, V"),
    ("a", "V"), ("zip(a, out)", "V, W"), ("reversed(a)", "V"), ("enumerate(row)", "I, V"), ("row", "V"),
    ("range(1, row.size)", "I"),
]  # fmt: skip
_ROWS = ["row = m[J]", "row = m[-1 - J]", "row = m[0]", "row, other = other, row", "other = row"]


class ArrayKernelMaker(KernelMaker):
    """Write statements that use elements besides numbers."""

    counters: tuple[str, ...] = ()

    def index(self) -> str:
        """Return an index that is in bounds of the longer dimension."""
        form = self.choose.choice(_INDICES if self.counters else ["0", "-1"])
        return form.replace("I", self.choose.choice(self.counters)) if "I" in form else form

    def leaf(self) -> str:
        pick = self.choose.random()
        if pick < 0.35:
            return f"{self.choose.choice(['a', 'row', 'other', 'out'])}[{self.index()}]"
        if pick < 0.45:
            return f"m[{self.choose.choice(['0', '1', '-1'])}, {self.index()}]"
        return super().leaf()

    def assignment(self) -> None:
        """Write an assignment to an element, to a view or to a number."""
        pick = self.choose.random()
        if pick < 0.45:
            self.write(f"out[{self.index()}] {self.choose.choice(['=', '=', '+=', '-='])} {self.expression(1)}")
        elif pick < 0.6:
            self.write(self.choose.choice(_ROWS).replace("J", self.choose.choice(["0", "1", "2"])))
        else:
            super().assignment()

    def loop(self) -> None:
        """Write a loop over elements, or one over numbers."""
        if self.choose.random() < 0.4:
            super().loop()
            return
        self.loops += 1
        source, targets = self.choose.choice(_LOOPS)
        known, counters = dict(self.samples), self.counters
        names = {letter: f"{letter.lower()}{self.loops}" for letter in "IVW"}
        for letter, name in names.items():
            targets = targets.replace(letter, name)
            if name in targets:
                self.samples[name] = 1 if letter == "I" else np.float64(1)
                self.counters += (name,) if letter == "I" else ()
                self.fixed.add(name)
        self.write(f"for {targets} in {source}:")
        self.block(True)
        self.samples, self.counters = known, counters


def make_array_kernel(seed: int) -> RandomKernel:
    """Return the kernel of a seed."""
    choose = random.Random(f"array {seed}")
    maker = ArrayKernelMaker(choose, True, {"x": np.float64(1), "v": 1}, [])
    for line in ("v = 0", "row = m[0]", "other = m[1]", "for i in range(len(out)):", "    out[i] = 0.0"):
        maker.write(line)
    maker.depth -= 1
    maker.block(False, size=6)
    source = "\n".join(["def h(x, y):", "    return y if x > y else x * 2", "def f(a, m, x, out):", *maker.lines]) + "\n"
    return RandomKernel(seed, source, "ddd->d", tuple(_operands(choose) for _ in range(3)), True)


def _operands(choose: random.Random) -> tuple[Any, ...]:
    numbers = [float(choose.randint(-6, 6)) / 2 for _ in range(17)]
    return np.array(numbers[:4]), np.array(numbers[4:16]).reshape(3, 4), np.float64(numbers[16])


def array_difference(kernel: RandomKernel) -> str | None:
    """Compile a kernel and compare; return what differs, None when nothing does or when it cannot be compiled."""
    function = kernel.function
    try:
        compiled = cobra.ufunc(function, types=kernel.types, signature=SIGNATURE, source=kernel.source)
    except (UndefinedName, TypeMismatch):
        return None
    for row in kernel.rows:
        found = _difference_at(compiled, function, row)
        if found is not None:
            return f"array seed {kernel.seed}, operands {row}: {found}\n{kernel.source}"
    return None


def _difference_at(compiled: np.ufunc, function: Any, row: Sequence[Any]) -> str | None:
    wanted = np.empty(4)
    with np.errstate(all="ignore"):
        try:
            function(*row, wanted)
        except UnboundLocalError as error:
            return f"compiled, although plain Python raises {error}"
        except OverflowError:
            return None
        got = compiled(*row)
    if all(same_number(a, b) for a, b in zip(wanted, got, strict=True)):
        return None
    return f"plain Python gives {wanted}, the kernel {got}"
