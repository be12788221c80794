"""Kernels with loops that elements end at different times, and operands that make them raise errors now and then."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def mandelbrot(cx, cy):  # type: ignore[no-untyped-def]
    x = y = cx * 0
    k = 0
    while x * x + y * y <= 4 and k < 60:
        x, y = x * x - y * y + cx, x * y + x * y + cy
        k += 1
    return k


def escapes(cx, cy):  # type: ignore[no-untyped-def]
    x, y = cx, cy
    for k in range(40):
        if x * x + y * y > 4:
            return k, x
        x, y = x * x - y * y + cx, 2 * x * y + cy
    return -1, y


def newton(x):  # type: ignore[no-untyped-def]
    if x == 0:
        return x
    y = x * 0 + 1
    for _ in range(50):
        last = y
        y = y - (y - x / (y * y)) / 3
        if not abs(last - y) > abs(y) / 1024:
            break
    return y


def bisected(a):  # type: ignore[no-untyped-def]
    low, high = a * 0, a * 0 + 9
    while high - low > 0.01:
        middle = (low + high) / 2
        if middle * middle * middle < a:
            low = middle
        else:
            high = middle
    return low


def overflowing(x):  # type: ignore[no-untyped-def]
    k = 0
    total = x
    while abs(x) < 1e30 and k < 30:
        total = total * 1e25 / x
        x = x * 3
        k += 1
    return total, k


def lost(x):  # type: ignore[no-untyped-def]
    k = 0
    unused = x
    while k < x and k < 20:
        unused = unused * 1e30
        k += 1
    return k


def nested(x):  # type: ignore[no-untyped-def]
    z = x
    for k in range(12):
        j = 0
        while abs(z) < 2 and j < 6:
            z = z * z + x
            j += 1
        if abs(z) > 6:
            return k
        z = z / 4
    return -1


def counted(n, x):  # type: ignore[no-untyped-def]
    total = x * 0
    for k in range(n):
        if k & 3 == 1:
            continue
        total += 1 / (x - 5 + k)
    return total


def collatz(n):  # type: ignore[no-untyped-def]
    k = 0
    while n != 1 and k < 200:
        n = 3 * n + 1 if n & 1 else n >> 1
        k += 1
    return k


def gcd(a, b):  # type: ignore[no-untyped-def]
    while b != 0:
        a, b = b, a % b
    return a


def divided(a, b):  # type: ignore[no-untyped-def]
    k = 0
    while k < 6 and a != 1:
        a = a // b
        b = b - 1
        k += 1
    return a


def digits(n):  # type: ignore[no-untyped-def]
    total = 0
    while n > 0:
        total += n % 10 * (n % 4)
        n //= 10
    return total


def parity(flag, n):  # type: ignore[no-untyped-def]
    while n > 0:
        flag = not flag
        n = n - 2
    return flag, n


def spiral(z):  # type: ignore[no-untyped-def]
    k = 0
    w = z
    while abs(w.real) < 50 and k < 30:
        w = w * z + 1
        k += 1
    return w


def ways_out(x, n):  # type: ignore[no-untyped-def]
    total = x
    for k in range(n):
        if total > 50:
            return k, total
        if k & 3 == 2:
            total = total / 2
            continue
        total = total * x
        if not total < 1000:
            break
    else:
        return -1, total
    return -2, 1 / total


def endless(x, y):  # type: ignore[no-untyped-def]
    k = 0
    while True:
        if k > 40 or 1 / x > y:
            return k, y
        y = y * x - 1
        if y < -1e30:
            break
        x = x - 0.125
        k += 1
    return k, x


def guarded(x, y):  # type: ignore[no-untyped-def]
    if not x > y:
        return 0, x
    ratio = y / x
    if ratio == 0:
        return 1, ratio
    else:
        k, total = 2, x
        while total > ratio and k < 30:
            total = total * 0.5 - y / x
            k += 1
        total = total + ratio
    return k, 1 / total


def second_zero(x):  # type: ignore[no-untyped-def]
    found = -1
    for k in range(6):
        y = x
        for j in range(8):
            if y * y < 0.01:
                found = j + k
                break
            y = y * y - 0.75
        if found > 2:
            break
        x = x + 0.25
    return found, k


KERNELS: dict[str, tuple[Callable[..., object], tuple[str, ...]]] = {
    "mandelbrot": (mandelbrot, ("dd", "ff")),
    "escapes": (escapes, ("dd", "ff")),
    "newton": (newton, ("d", "f")),
    "bisected": (bisected, ("d", "f")),
    "overflowing": (overflowing, ("d", "f", "e")),
    "lost": (lost, ("d", "f")),
    "nested": (nested, ("d", "f")),
    "counted": (counted, ("qd", "bd")),
    "collatz": (collatz, ("q", "i", "b")),
    "gcd": (gcd, ("ii", "bb", "HH", "II", "qq", "QQ")),
    "divided": (divided, ("ii", "bb", "qq")),
    "digits": (digits, ("i", "q")),
    "parity": (parity, ("?q", "?b")),
    "spiral": (spiral, ("D", "F")),
    "ways_out": (ways_out, ("dq", "fi")),
    "guarded": (guarded, ("dd", "ff")),
    "endless": (endless, ("dd", "ff")),
    "second_zero": (second_zero, ("d", "f")),
}
"""Each kernel with the operand types it is tried on."""

_FLOATS = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, -1e30, 2.0, -2.0, 0.25, 5.0, 1e-44]


def operands(types: str, n: int, seed: int) -> list[Array]:
    """Return operands with special values among ordinary ones, or none."""
    generator = np.random.default_rng(seed)
    return [_column(np.dtype(code), n, generator) for code in types]


def _column(kind: np.dtype[Any], n: int, random: np.random.Generator) -> Array:
    if kind.kind == "c":
        part = np.dtype(f"f{kind.itemsize // 2}")
        both = [_column(part, n, random) for _ in range(2)]
        return (both[0] + np.array(1j, kind) * np.nan_to_num(both[1], posinf=3, neginf=-3)).astype(kind)
    if kind.kind != "f":
        return random.integers(0 if kind.kind in "ub" else -20, 2 if kind.kind == "b" else 100, n).astype(kind)
    column = random.uniform(-2, 3, n).astype(kind)
    special = random.random(n) < random.choice([0, 0.05, 0.5])
    column[special] = random.choice(np.array(_FLOATS, "f4").clip(-6e4, 6e4) if kind == "e" else np.array(_FLOATS), n)[special]
    return column


# -- random kernels


def random_loop(seed: int) -> str:
    """Return the source of a kernel ``f(a, b)`` whose loops end when random conditions on floats say so."""
    return _Writer(random.Random(seed)).source()


class _Writer:
    def __init__(self, choose: random.Random) -> None:
        self.choose, self.loops = choose, 0

    def source(self) -> str:
        start = [f"    x, y, n = {self.number()}, {self.number()}, 0"] if self.choose.random() < 0.7 else ["    x, y, n = a, b, 0"]
        if self.choose.random() < 0.3:
            start += [f"    if {self.condition()}:", "        return x, n"]
        rest = [f"    x = {self.number()}"] if self.choose.random() < 0.5 else []
        return "\n".join(["def f(a, b):", *start, *self.loop(1), *rest, "    return x, n"]) + "\n"

    def number(self, depth: int = 0) -> str:
        if depth > 2 or self.choose.random() < 0.2:
            known = ["a", "b", "x", "y", "1.5", "7.0", "1e30"] if self.loops else ["a", "b", "0.5", "3.0"]
            return self.choose.choice(known)
        form = self.choose.choice(["(A + B)", "(A - B)", "(A * B)", "(A * B)", "(A / B)", "np.sqrt(A)", "abs(A)", "(A if C else B)"])
        if not self.loops:
            form = self.choose.choice(["(a + b)", "(a - b)", "(a * b)", "(a / b)", "abs(a)"])
        parts = {"A": self.number, "B": self.number}
        return "".join(parts[c](depth + 1) if c in parts else self.condition() if c == "C" else c for c in form)

    def condition(self) -> str:
        left, right = (self.number(2) for _ in range(2)) if self.loops else ("a", "b")
        return f"{left} {self.choose.choice(['<', '<=', '>', '!='])} {right}"

    def loop(self, depth: int) -> list[str]:
        self.loops += 1
        tab, counter = "    " * depth, f"k{self.loops}"
        limit, kind = self.choose.choice([3, 9, 30]), self.choose.random()
        if kind < 0.6:
            lines = [f"{tab}{counter} = 0", f"{tab}while {self.condition()} and {counter} < {limit}:", f"{tab}    {counter} += 1"]
        else:
            lines = [f"{tab}for {counter} in range({limit}):"]
        for _ in range(self.choose.randint(1, 3)):
            lines += self.statement(depth + 1)
        return [*lines, f"{tab}    n += 1"]

    def statement(self, depth: int) -> list[str]:
        tab, kind = "    " * depth, self.choose.random()
        if kind < 0.6 or depth > 3:
            return [f"{tab}{self.choose.choice('xy')} = {self.number()}"]
        if kind < 0.75:
            return self.loop(depth)
        leaving = self.choose.choice(["break", "return y, n", f"x = {self.number()}"])
        return [f"{tab}if {self.condition()}:", f"{tab}    {leaving}"]
