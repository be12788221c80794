"""Random programs that give vectors several names and change them: compiled they do what plain Python does, or are refused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.compounds import vec2d
from cobra.errors import CobraError, ReadOnlyArgument, TypeMismatch, UndefinedName
from cobra.types import int64

_NAMES = ("a", "b", "c")
_KINDS = (
    "alias", "view", "new", "store", "store", "augment", "tuple", "choose", "if", "loop", "leave", "copy", "copy",
    "over", "counted", "slices", "twice", "pairs",
)  # fmt: skip
_PROGRAMS = 80


def _source(seed: int) -> str:
    """Return a program over three vectors: `a` the operand, `b` and `c` made from it."""
    chance = random.Random(seed)
    rows = ["def f(a, n):", "    b = a + 1", "    c = a * 2", "    if n > 5:", "        a = a + 3"]
    rows += _block(chance, 1, chance.randint(2, 5))
    return "\n".join([*rows, "    return a + 0, b + 0, c + 0"]) + "\n"


def _block(chance: random.Random, depth: int, count: int) -> list[str]:
    rows: list[str] = []
    for _ in range(count):
        rows += _statement(chance, depth)
    return rows


def _statement(chance: random.Random, depth: int) -> list[str]:
    indent, (x, y, z) = "    " * depth, (chance.choice(_NAMES) for _ in range(3))
    kind = chance.choice(_KINDS)
    if kind in ("if", "loop") and depth < 3:
        head = f"if {x}[0] > n:" if kind == "if" else f"for k{depth} in range(n % 4):"
        return [indent + head, *_block(chance, depth + 1, chance.randint(1, 3))]
    plain = {
        "alias": f"{x} = {y}",
        "view": f"{x} = {y}[::-1]",
        "new": f"{x} = {y} + {z}",
        "store": f"{x}[{chance.choice(['0', '1', 'n % 2'])}] = {chance.choice(['n', f'{y}[1]', '7'])}",
        "augment": f"{x} += {y}",
        "tuple": f"{x}, {y} = {y}, {z}",
        "choose": f"{x} = {y} if n > 2 else {z}",
        "over": f"for e in {y}: {x}[1] = e + {z}[0]",
        "counted": f"for k, e in enumerate({y}): {x}[k] = e * 2 + {z}[1]",
        "slices": f"{x}[:], {y}[:] = {y}[::-1], {z}",
        "twice": f"{x}[:] = {y}[:] = {z}[::-1]",
        "pairs": f"{x}[0], {x}[1] = {y}",
        "leave": f"if {x}[1] > 40: return a + 0, b + 0, c + 0",
    }
    return [indent + plain.get(kind, f"{x} = {y}.copy()")]


def _function(source: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(compile(source, "test_shared_values.kernel", "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize("first", range(0, _PROGRAMS, 20))
def test_programs_agree_with_plain_python_or_are_refused(first: int) -> None:
    agreed = 0
    for seed in range(first, first + 20):
        source = _source(seed)
        function = _function(source)
        try:
            kernel = cobra.ufunc(function, types=[((vec2d, int64), None)], source=source)
        except CobraError as error:
            assert isinstance(error, (ReadOnlyArgument, TypeMismatch, UndefinedName)), source
            known = ("may be one and the same", "has still to read", "an argument of 'f'")
            assert any(part in str(error) for part in known), f"{source}\n{error}"
            continue
        agreed += 1
        for n in (0, 1, 3, 6):
            operand = np.array([n, 2.5])
            with np.errstate(all="ignore"):
                wanted, got = function(operand.copy(), n), kernel(operand, n)
            assert np.array_equal(np.array(wanted), np.array(got)), f"n={n}: {wanted} and {got}\n{source}"
    assert agreed >= 4
