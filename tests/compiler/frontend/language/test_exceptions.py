"""``raise`` and ``assert`` become Python exceptions from the call, and only where they are reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra

MESSAGE = "from outside"


def raised(x: Any) -> Any:
    if x < 0:
        raise ValueError("x is negative")
    return x


def raised_without_message(x: Any) -> Any:
    if x < 0:
        raise OverflowError
    return x


def raised_in_a_loop(x: Any) -> Any:
    for k in range(4):
        if x < -k:
            raise ArithmeticError("below")
    return x


def raised_in_an_endless_loop(x: Any) -> Any:
    while True:
        if x < 0:
            raise RuntimeError(MESSAGE)
        if x >= 0:
            return x


def raised_after_branches(x: Any) -> Any:
    if x >= 0:
        return x
    raise IndexError('with "quotes", \\backslashes\\, 100% and ünïcode')


def asserted(x: Any) -> Any:
    assert x >= 0, "not below zero"
    return x


def asserted_without_message(x: Any) -> Any:
    assert not x < 0
    return x


def checked(x: Any) -> Any:
    if x < 0:
        raise KeyError("checked")
    return x


def raised_in_a_function(x: Any) -> Any:
    return checked(x) + 0


def raised_conditionally(x: Any) -> Any:
    return x if x >= 0 else checked(x)


def raised_behind_and(x: Any) -> Any:
    return x if x >= 0 or checked(x) else x


CASES: list[tuple[Callable[..., Any], type[Exception], str]] = [
    (raised, ValueError, "x is negative"),
    (raised_without_message, OverflowError, ""),
    (raised_in_a_loop, ArithmeticError, "below"),
    (raised_in_an_endless_loop, RuntimeError, "from outside"),
    (raised_after_branches, IndexError, 'with "quotes", \\backslashes\\, 100% and ünïcode'),
    (asserted, AssertionError, "not below zero"),
    (asserted_without_message, AssertionError, ""),
    (raised_in_a_function, KeyError, "'checked'"),
    (raised_conditionally, KeyError, "'checked'"),
    (raised_behind_and, KeyError, "'checked'"),
]


@pytest.mark.parametrize(("function", "kind", "message"), CASES, ids=[function.__name__ for function, _, _ in CASES])
def test_exceptions(function: Callable[..., Any], kind: type[Exception], message: str) -> None:
    kernel = cobra.ufunc(function, types="d->d")
    fine = np.array([0.0, 1.5, 3.0])
    np.testing.assert_array_equal(kernel(fine), fine)
    for bad in (-7.5, np.array([1.0] * 100 + [-7.5] + [2.0] * 5)):
        with pytest.raises(kind) as caught:
            kernel(bad)
        assert type(caught.value) is kind and str(caught.value) == message


def test_what_is_raised_at_run_time_in_plain_python_is_raised_too() -> None:
    def below(n: Any) -> Any:
        total = 0
        for i in range(0, 10, n):
            total += i
        return total

    kernel = cobra.ufunc(below, types="l->l")
    assert kernel(3) == 18
    with pytest.raises(ValueError, match=r"range\(\) arg 3 must not be zero"):
        kernel(0)


def test_integers_to_negative_powers() -> None:
    kernel = cobra.ufunc(lambda x, y: x**y, types="ll->l")
    assert kernel(2, 10) == 1024
    with pytest.raises(ValueError, match="Integers to negative integer powers"):
        kernel(2, -1)


def test_every_builtin_exception_that_takes_a_message_can_be_raised() -> None:
    import builtins

    kinds = [k for k in vars(builtins).values() if isinstance(k, type) and issubclass(k, Exception)]
    names = sorted({k.__name__ for k in kinds if not issubclass(k, (UnicodeError, BaseExceptionGroup)) or k is UnicodeError})
    lines = [f"    if n == {number}:\n        raise {name}('told')" for number, name in enumerate(names)]
    source = "def f(n):\n" + "\n".join(lines) + "\n    return n\n"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    kernel = cobra.ufunc(namespace["f"], types="l->l", source=source)
    for number, name in enumerate(names):
        with pytest.raises(getattr(builtins, name), match="told"):
            kernel(number)
