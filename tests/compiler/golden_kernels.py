"""The kernels whose representation is kept on file, each with the types it is translated for."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np


class Golden(NamedTuple):
    """A kernel in source text, and how it is declared."""

    source: str
    types: str
    signature: str | None = None


KERNELS: dict[str, Golden] = {
    "promotion": Golden("def kernel(x, y):\n    return (x + 1) * y / 2\n", "fd->d"),
    "conditional": Golden("def kernel(x, y):\n    return x if x > y else 1 / y\n", "dd->d"),
    "boolean": Golden("def kernel(x):\n    return 0 < x < 10 and np.sqrt(x) > 2 or not x\n", "d->?"),
    "early_return": Golden(
        "def kernel(x):\n    if x < 0:\n        return -1\n    y = x * 2\n    if y > 10:\n        y = y - 1\n    return y\n",
        "d->d",
    ),
    "counted_loop": Golden(
        "def kernel(x, n):\n    total = 0.0\n    for k in range(1, n, 2):\n        if k == 5:\n            continue\n"
        "        total += x / k\n    return total\n",
        "dl->d",
    ),
    "left_loop": Golden(
        "def kernel(n):\n    for k in range(2, n):\n        if n % k == 0:\n            found = k\n            break\n"
        "    else:\n        found = 0\n    return found\n",
        "l->l",
    ),
    "while_loop": Golden(
        "def kernel(x):\n    n = 0\n    while x > 1 and n < 100:\n        x = x / 2\n        n += 1\n    return n\n", "f->l"
    ),
    "growing_types": Golden(
        "def kernel(x):\n    total = 0\n    for k in range(3):\n        total += x\n    return total\n", "b->b"
    ),
    "integers": Golden("def kernel(a, b):\n    return a // b, a % b, a << 1, a**2\n", "bb->bbbb"),
    "complex_numbers": Golden("def kernel(z):\n    return z * z + 1j, abs(z), z.imag\n", "F->Fff"),
    "half": Golden("def kernel(x, y):\n    return x * y + x, x > y\n", "ee->e?"),
    "exceptions": Golden(
        "def kernel(x):\n    assert x != 0, 'zero'\n    if x < 0:\n        raise ValueError('negative')\n"
        "    return np.sqrt(x)\n",
        "d->d",
    ),
    "tuples": Golden(
        "def kernel(x, n):\n    a, b = x, 1\n    for c in (1, 2):\n        a, b = b, a + c\n    return (a, b)[n]\n", "dl->d"
    ),
    "functions": Golden("def kernel(x):\n    return math.floor(x) + min(x, 2) + round(x, 1) + np.where(x > 0, x, 0)\n", "f->f"),
    "matrix_row_sums": Golden(
        "def kernel(a):\n    out = np.zeros(len(a))\n    for i, row in enumerate(a):\n        for value in row:\n"
        "            out[i] += value\n    return out\n",
        "d->d",
        "(m,n)->(m)",
    ),
    "written_outputs": Golden(
        "def kernel(a, i, low, out):\n    low[()] = a[i]\n    for k in range(len(a)):\n        out[k] = a[-1 - k]\n"
        "        if a[k] < low[()]:\n            low[()] = a[k]\n",
        "Fl->FF",
        "(n),()->(),(n)",
    ),
}  # fmt: skip


def function_of(golden: Golden) -> Any:
    """Return the Python function of a kernel."""
    namespace: dict[str, Any] = {"np": np, "math": math}
    exec(compile(golden.source, "kernel.py", "exec"), namespace)
    return namespace["kernel"]
