"""Functions of every kind, each with the text that must be found for it. The layout is the point: do not reformat."""
# ruff: noqa
# fmt: off

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

FOUND: list[tuple[str, Any, str]] = []


def keep(function: Any, *_more: Any, **_others: Any) -> Any:
    return function


def check(name: str, function: Any, text: str) -> None:
    FOUND.append((name, function, text))


def plain(x, y=1):
    return x + y


@keep
def decorated(x):
    return x


@functools.partial(keep, option=lambda x: x)
@keep
@functools.partial(
    keep,
)
def decorated_thrice(
    x,  # the first
    y=(1, 2),
):
    """Document.

at the margin
"""
    z = x

    # at its level
# at the margin
    return z + y[0]  # behind


def one_line(x): return x + 1; unreachable = 2
def ends_without_code(x):
    y: int
    return x
    pass


def calls_imported_module(x): return math.sin(x) + keep.mro(x)


check("def", plain, "def plain(x, y=1):\n    return x + y")
check("decorated", decorated, "def decorated(x):\n    return x")
check("decorated thrice", decorated_thrice, '''def decorated_thrice(
    x,  # the first
    y=(1, 2),
):
    """Document.

at the margin
"""
    z = x

    # at its level
# at the margin
    return z + y[0]''')
check("one line", one_line, "def one_line(x): return x + 1; unreachable = 2")
check("no code at the end", ends_without_code, "def ends_without_code(x):\n    y: int\n    return x\n    pass")
check("imported module", calls_imported_module, "def calls_imported_module(x): return math.sin(x) + keep.mro(x)")

single = lambda x: x + 1
first, second = (lambda x: x * 2, lambda x: x * 2); third = lambda x: x * 2
check("lambda", single, "lambda x: x + 1")
check("twin, first", first, "lambda x: x * 2")
check("twin, second", second, "lambda x: x * 2")
check("twin, third", third, "lambda x: x * 2")

in_call = keep(
    lambda x: (x +
               1),
    2,
)
several = keep([
    lambda x: x - 1, lambda x: x - 2,
    (lambda x,
            y=(3): ((x
        - y)  # why ( not
    )),
    ], key=lambda é: é + "é".count("é"))
mapping = {"é": lambda x: x / 2, "üü": (lambda x: x / 3),
           "z": lambda x=(lambda: 0): (lambda: x),
           }
folded = lambda x: (x if True else 2)
in_condition = [lambda x: x % 2 if x else 3 for _ in range(1)] if single else None
chained = (keep(single)
           .__class__.mro and keep(lambda x: x ** 2))
check("lambda over lines", in_call, "lambda x: (x +\n               1)")
check("lambda in a list", several[0], "lambda x: x - 1")
check("second in a list", several[1], "lambda x: x - 2")
check("lambda over lines in a list", several[2], "lambda x,\n            y=(3): ((x\n        - y)  # why ( not\n    )")
check("lambda behind letters of two bytes", mapping["üü"], "lambda x: x / 3")
check("lambda with a lambda as default", mapping["z"], "lambda x=(lambda: 0): (lambda: x)")
check("lambda in a lambda", mapping["z"](), "lambda: x")
check("lambda as default", mapping["z"].__defaults__[0], "lambda: 0")
check("folded constant", folded, "lambda x: (x if True else 2)")
check("lambda in a comprehension", in_condition[0], "lambda x: x % 2 if x else 3")
check("lambda in a chain", chained, "lambda x: x ** 2")


def outer(a: Any, text: str = "a") -> list[Callable[..., Any]]:
    b = 2

    if a:
        @keep
        def inner(x):
            note = """kept
    as it is
        """
            wrapped = [
    x,
            ]
            return x + a + b + len(note) + len(wrapped)

    def recursive(x):
        return recursive(x - b)

    return [inner, recursive, lambda x: x + a, lambda x: inner(x) + b]


closures = outer(1)
check("closure", closures[0], '''def inner(x):
    note = """kept
    as it is
        """
    wrapped = [
    x,
    ]
    return x + a + b + len(note) + len(wrapped)''')
check("closure over itself", closures[1], "def recursive(x):\n    return recursive(x - b)")
check("lambda closure", closures[2], "lambda x: x + a")
check("second lambda closure", closures[3], "lambda x: inner(x) + b")


class Owner:
    __private = 3

    def method(self, x):
        def inner(y):
            __local = x
            return y + self.__private + __local + len(Owner.__name__)
        return inner

    @staticmethod
    def static(x): return x + Owner.__private

    member = lambda self, x: super().__init__() or __class__


check("method", Owner.method, '''def method(self, x):
    def inner(y):
        __local = x
        return y + self.__private + __local + len(Owner.__name__)
    return inner''')
check("function in a method", Owner().method(1), '''def inner(y):
    __local = x
    return y + self.__private + __local + len(Owner.__name__)''')
check("static method", Owner.static, "def static(x): return x + Owner.__private")
check("lambda with super", Owner.member, "lambda self, x: super().__init__() or __class__")


async def awaiting(x):
    return x


def generating(x):
    yield x


check("async", awaiting, "async def awaiting(x):\n    return x")
check("generator", generating, "def generating(x):\n    yield x")

if FOUND:
	def with_tabs(x):
		return x + 1
check("tabs", with_tabs, "def with_tabs(x):\n\treturn x + 1")
