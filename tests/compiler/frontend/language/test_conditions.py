"""Truth, ``and or not``, conditional expressions, ``if`` in all its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import check

EXPRESSIONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "and of conditions": (lambda x, y: x > 0 and y > 0, ("dd", "lb")),
    "or of conditions": (lambda x, y: x > 0 or y > 0 or x == y, ("dd",)),
    "not": (lambda x, y: (not x, not x > y, not not y), ("dd", "?l", "DD")),
    "operands come back": (lambda x, y: (x and y, x or y), ("dd", "ll", "??", "FF")),
    "operands of two types": (lambda x, y: x * 1.0 or y, ("dl", "fb")),
    "three operands": (lambda x, y: x and y and x + y or 5, ("ll", "dd")),
    "and with a constant": (lambda x, y: (x and 2, x or 3, 0 or y, 1 and x), ("dd", "bb")),
    "mixed": (lambda x, y: (x > 0 and y > 0) or (x < 0 and not y < 0), ("dd",)),
    "conditional": (lambda x, y: x if x > y else y, ("dd", "ll", "??")),
    "nested conditional": (lambda x, y: 1 if x > y else -1 if x < y else 0, ("dd", "bB")),
    "conditional in the test": (lambda x, y: x + y if (x if x > 0 else y) > 1 else x - y, ("dd",)),
    "number as the test": (lambda x, y: y if x else -y, ("dd", "lb", "DD")),
    "tuples as sides": (lambda x, y: (x, y) if x > y else (y, x), ("dd", "ll")),
    "constant tests": (lambda x, y: (x if True else y, x if 0 else y, x if () else y, x if (1,) else y), ("dl",)),
    "none as the test": (lambda x, y: (x if None is None else y, y if None is not None else x, x if not None else y), ("dd",)),
    "guard": (lambda x, y: x / y if y != 0 else 0.0, ("dd", "ll")),
    "in a tuple of numbers": (lambda x, y: (x in (0, 1, 7), y not in (2, x), x in ()), ("ll", "bd", "dd")),
    "compared to booleans": (lambda x, y: (x > 0) is not None, ("dd",)),
    "sum of conditions": (lambda x, y: np.int64(x > 0) + np.int64(y > 0), ("dd",)),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expressions(name: str) -> None:
    function, types = EXPRESSIONS[name]
    check(function, *types)


def sign(x: Any) -> Any:
    if x > 0:
        return 1
    elif x < 0:
        return -1
    elif x == 0:
        return 0
    return 2


def nested(x: Any, y: Any) -> Any:
    if x > 0:
        if y > 0:
            z = x + y
        elif y == 0:
            z = x
        else:
            if x > 10:
                z = x - y
            else:
                z = y - x
    else:
        z = -x
    return z * 2


def without_else(x: Any, y: Any) -> Any:
    if x > y:
        x = y
    if not x:
        y = y + 1
    return x + y


def changed_in_both(x: Any, y: Any) -> Any:
    a, b = x, y
    if x < y:
        a, b = b, a
    else:
        b = a
        if y:
            a = -a
    return a - b


def early(x: Any, y: Any) -> Any:
    if x == 1:
        return y
    if x == 2:
        return y + 1
    if x == 3:
        y = y * 2
    elif x > 3:
        return x - y
    if y < 0:
        return -y
    return x + y


def complicated_test(x: Any, y: Any) -> Any:
    if x > 0 and (y > 0 or not x > 5) and not (x == y):
        return x
    elif (x, y) and 0 <= y < 3 or x != x:
        return y
    else:
        return x * y


def both_kinds_of_truth(x: Any, y: Any) -> Any:
    if x and y:
        return 1
    if x or y:
        return 2
    return 3


def constant_test(x: Any) -> Any:
    if 0:
        return undefined_but_never_reached(x)  # type: ignore[name-defined]
    if True:
        y = x + 1
    else:
        y = "no number"
    return y


def both_return(x: Any) -> Any:
    if x > 0:
        return x
    else:
        return -x


def passing(x: Any) -> Any:
    if x > 0:
        pass
    else:
        x = x - 1
        ...
    return x


STATEMENTS: list[tuple[Callable[..., Any], tuple[str, ...]]] = [
    (sign, ("d", "l", "f")),
    (nested, ("dd", "ll")),
    (without_else, ("dd", "bb")),
    (changed_in_both, ("dd", "ll")),
    (early, ("dd", "ll", "bb")),
    (complicated_test, ("dd",)),
    (both_kinds_of_truth, ("dl", "lL", "?D")),
    (both_return, ("d", "l")),
    (passing, ("d",)),
]


@pytest.mark.parametrize(("function", "types"), STATEMENTS, ids=[function.__name__ for function, _ in STATEMENTS])
def test_statements(function: Callable[..., Any], types: tuple[str, ...]) -> None:
    check(function, *types)


def test_what_a_constant_test_excludes_is_not_translated() -> None:
    check(constant_test, "d")
