"""Wrong kernels: one class of error for each kind of mistake, at its place in the source, with what would be right.

In the table the place that the error must point to stands between ⟦ and ⟧.
"""

from __future__ import annotations

import math  # noqa: F401  # the kernels of the table use it
from typing import Any, NamedTuple

import numpy as np
import pytest

import cobra
from cobra.errors import (
    CobraError,
    InvalidCall,
    InvalidConstant,
    InvalidSignature,
    ReadOnlyArgument,
    RecursiveKernel,
    TypeMismatch,
    UndefinedName,
    UnsupportedSyntax,
)  # fmt: skip


class Thing:
    value = 1.0


THING = Thing()
MIXED = [1, "a"]
HUGE = np.zeros(100_000)


def line(a: Any, b: Any = 2) -> Any:
    return a + b


def placed(a: Any, /, b: Any = 2) -> Any:
    return a + b


def endless(a: Any) -> Any:
    return endless(a)


def ping(a: Any) -> Any:
    return pong(a)


def pong(a: Any) -> Any:
    return ping(a)


def star(*a: Any) -> Any:
    return a[0]


def without_return(a: Any) -> Any:
    b = a


@cobra.ufunc
def kernel_of_two(a: cobra.int64, b: cobra.int64) -> cobra.int64:
    return a + b


class Wrong(NamedTuple):
    """A wrong kernel: the class of the error, parts of its text, the body with the place marked, how it is declared."""

    kind: type[CobraError]
    parts: str
    source: str
    types: str | None = "d->d"
    signature: str | None = None


SYNTAX = [
    Wrong(UnsupportedSyntax, "a list|Return several values as a tuple", "return ⟦[x, x]⟧[0]"),
    Wrong(UnsupportedSyntax, "a dictionary|scalars", "return ⟦{1: x}⟧[1]"),
    Wrong(UnsupportedSyntax, "a set|search a tuple", "return x in ⟦{1, 2}⟧"),
    Wrong(UnsupportedSyntax, "a list comprehension|loop", "return sum(⟦[y for y in (x, x)]⟧)"),
    Wrong(UnsupportedSyntax, "a generator expression|loop", "return sum⟦(y for y in (x, x))⟧"),
    Wrong(UnsupportedSyntax, "an f-string|Strings", "return ⟦f'{x}'⟧"),
    Wrong(UnsupportedSyntax, "a lambda|outside the kernel", "g = ⟦lambda y: y + x⟧\nreturn g(x)"),
    Wrong(UnsupportedSyntax, "yield|return the value", "⟦yield x⟧"),
    Wrong(UnsupportedSyntax, "'with'|resources", "⟦with THING:⟧\n    return x"),
    Wrong(UnsupportedSyntax, "'try'|test the condition", "⟦try:⟧\n    return 1 / x\nexcept ZeroDivisionError:\n    return 0"),
    Wrong(UnsupportedSyntax, "'import'|top of the module", "⟦import math⟧\nreturn x"),
    Wrong(UnsupportedSyntax, "'import'|top of the module", "⟦from math import sin⟧\nreturn sin(x)"),
    Wrong(UnsupportedSyntax, "'global'|return the value", "⟦global HUGE⟧\nHUGE = x\nreturn x"),
    Wrong(UnsupportedSyntax, "'def'|outside the kernel", "⟦def g(y):⟧\n    return y\nreturn g(x)"),
    Wrong(UnsupportedSyntax, "'class'|outside the kernel", "⟦class A:⟧\n    pass\nreturn x"),
    Wrong(UnsupportedSyntax, "'del'|no deleting", "y = x\n⟦del y⟧\nreturn x"),
    Wrong(UnsupportedSyntax, "'match'|if and elif", "⟦match x:⟧\n    case 1.0:\n        return x\nreturn x"),
    Wrong(UnsupportedSyntax, "'@'|numbers by *", "return ⟦x @ x⟧"),
    Wrong(UnsupportedSyntax, "identity|==", "return 1 if ⟦x is x⟧ else 0"),
    Wrong(UnsupportedSyntax, "stars|Write out", "return ⟦line(x, **{'b': 1})⟧"),
    Wrong(UnsupportedSyntax, "loop over float64|range", "for i in ⟦x⟧:\n    pass\nreturn x"),
    Wrong(UnsupportedSyntax, "assign to this|variable", "⟦x.y⟧ = 1.0\nreturn x"),
    Wrong(UnsupportedSyntax, "no attribute 'value'|real, imag", "return ⟦x.value⟧"),
    Wrong(UnsupportedSyntax, "cannot index float64|x[0]", "return ⟦x[1]⟧"),
    Wrong(UnsupportedSyntax, "b'abc'|numbers", "return ⟦b'abc'⟧"),
    Wrong(UnsupportedSyntax, "'THING', which is an object|numbers", "return ⟦THING⟧.value + x"),
    Wrong(UnsupportedSyntax, "'MIXED', which is a list|numbers", "return ⟦MIXED⟧[0]"),
    Wrong(UnsupportedSyntax, "'HUGE', which is a NumPy array|numbers", "return ⟦HUGE⟧[0]"),
    Wrong(UnsupportedSyntax, "any number of arguments", "return ⟦star⟧(x)"),
    Wrong(UnsupportedSyntax, "one exception|raise ValueError", "⟦raise⟧"),
    Wrong(UnsupportedSyntax, "built-in exceptions|raise ValueError", "⟦raise THING('bad')⟧"),
    Wrong(UnsupportedSyntax, "constant string|formatted", "⟦raise ValueError('bad', x)⟧"),
    Wrong(UnsupportedSyntax, "constant string|formatted", "⟦assert x > 0, x⟧\nreturn x"),
]

NAMES = [
    Wrong(UndefinedName, "'unheard_of' is not defined|define them before", "return ⟦unheard_of⟧ + x"),
    Wrong(UndefinedName, "has no 'sni'|sin", "return ⟦np.sni⟧(x)"),
    Wrong(UndefinedName, "has no 'sinn'|sinh", "return ⟦math.sinn⟧(x)"),
    Wrong(UndefinedName, "'y' may have no value|only at|every path", "if x > 0:\n    y = x\nreturn ⟦y⟧"),
    Wrong(UndefinedName, "'y' may have no value|only at", "while x > 0:\n    y = x\n    x = x - 1\nreturn ⟦y⟧"),
    Wrong(UndefinedName, "'i' may have no value|only at", "for i in range(int(x)):\n    pass\nreturn ⟦i⟧"),
    Wrong(UndefinedName, "'y' may have no value", "z = ⟦y⟧\ny = x\nreturn z"),
    Wrong(UndefinedName, "'y' may have no value", "for i in range(3):\n    x = x + ⟦y⟧\n    y = x\nreturn x"),
    Wrong(UndefinedName, "'y' may have no value", "while True:\n    if x > 0:\n        break\n    y = x\nreturn ⟦y⟧"),
    Wrong(RecursiveKernel, "'endless' calls itself|write a loop", "return endless(x)"),
    Wrong(RecursiveKernel, "'f' calls itself|write a loop", "return ⟦f⟧(x)"),
    Wrong(RecursiveKernel, "'ping' calls itself|write a loop", "return ping(x)"),
]

TYPES = [
    Wrong(TypeMismatch, "a tuple of 2|float64|at", "y = x\nif x > 0:\n    y = (x, x)\nreturn ⟦y⟧"),
    Wrong(TypeMismatch, "int64 at|uint64 at|np.float64(", "z = x\nif x > 0:\n    z = y\nreturn ⟦z⟧", "lL->l"),
    Wrong(TypeMismatch, "before the loop|in it", "y = x\nfor i in range(3):\n    y = (⟦y⟧, 1)\nreturn x"),
    Wrong(TypeMismatch, "'-' does not take bool|np.int64(flag)", "return ⟦(x > 0) - (x < 0)⟧"),
    Wrong(TypeMismatch, "'-x' does not take bool|np.int64(flag)", "return ⟦-(x > 0)⟧"),
    Wrong(TypeMismatch, "'&' does not take float64|convert", "return ⟦x & 1⟧"),
    Wrong(TypeMismatch, "'~x' does not take float64|convert", "return ⟦~x⟧"),
    Wrong(TypeMismatch, "'%' does not take complex128|z.real", "return ⟦x % 2⟧", "D->D"),
    Wrong(TypeMismatch, "no order|abs(z)", "return ⟦1j < 2j⟧"),
    Wrong(TypeMismatch, "complex number cannot become float64|.real", "return ⟦float(x)⟧", "D->d"),
    Wrong(TypeMismatch, "complex number cannot become float64|.real", "return ⟦math.sin(x)⟧", "D->d"),
    Wrong(TypeMismatch, "parts of a complex number are real", "return ⟦complex(x, 1j)⟧", "d->D"),
    Wrong(TypeMismatch, "round does not take complex128", "return ⟦round(x)⟧", "D->D"),
    Wrong(TypeMismatch, "output is float64, but the value is complex128|np.float64(", "⟦return x * 1j⟧"),
    Wrong(TypeMismatch, "output is int64, but the value is float64|np.int64(", "⟦return x⟧", "d->l"),
    Wrong(TypeMismatch, "declared float32, but the value is float64|np.float32(", "⟦y: np.float32 = x⟧\nreturn y"),
    Wrong(TypeMismatch, "declared int64, but the value is Python float|np.int64(", "⟦y: int = 1.5⟧\nreturn x + y"),
    Wrong(TypeMismatch, "names no scalar type", "⟦y: np = x⟧\nreturn y"),
    Wrong(TypeMismatch, "a string|numbers", "return x + ⟦'text'⟧"),
    Wrong(TypeMismatch, "'line', which is not a number", "return ⟦line⟧ + x"),
    Wrong(TypeMismatch, "returns a string|Return a number", "⟦return 'text'⟧"),
    Wrong(TypeMismatch, "returns nothing|Return a number", "⟦return⟧"),
    Wrong(TypeMismatch, "returns nothing", "⟦return without_return(x)⟧"),
    Wrong(TypeMismatch, "not every path|Add a return", "⟦if x > 0:⟧\n    return x"),
    Wrong(TypeMismatch, "the returned value|one kind", "if x > 0:\n    return x, 1\n⟦return x⟧"),
    Wrong(TypeMismatch, "two sides|Convert", "return ⟦x if x > 0 else (1, 2)⟧"),
    Wrong(TypeMismatch, "min and max|Convert", "return ⟦min(x, y)⟧", "lL->l"),
    Wrong(TypeMismatch, "cannot be unpacked|tuples", "⟦a, b⟧ = x\nreturn a"),
    Wrong(TypeMismatch, "2 variables for 3 values", "⟦a, b⟧ = x, 1, 2\nreturn a"),
    Wrong(TypeMismatch, "index 2 of a tuple of 2|Count from 0", "return ⟦(x, 1)[2]⟧"),
    Wrong(TypeMismatch, "index is an integer, not float64|int(", "return ⟦(x, 1)[x]⟧"),
    Wrong(TypeMismatch, "math.factorial takes integers|int(", "return ⟦math.factorial(x)⟧"),
    Wrong(TypeMismatch, "no loop for float64|It takes int64", "return ⟦kernel_of_two(x, 1)⟧"),
    Wrong(InvalidConstant, "300 does not fit int8|-128 to 127", "return ⟦x + 300⟧", "b->b"),
    Wrong(InvalidConstant, "300 does not fit int8", "return ⟦np.int8(300)⟧ + x", "b->b"),
    Wrong(InvalidConstant, "18446744073709551616 does not fit int64", "return ⟦x + 2**64⟧", "l->l"),
    Wrong(InvalidConstant, "fits no type|2.0 ** 100", "return x + ⟦2**100000000000⟧"),
    Wrong(InvalidConstant, "401 digits|float", "return ⟦x + 10**400⟧"),
    Wrong(InvalidConstant, "does not fit int64", "return x + ⟦np.round(2**70, 1)⟧"),
]

CALLS = [
    Wrong(InvalidCall, "'line' needs a value for 'a'|a, b", "return ⟦line()⟧"),
    Wrong(InvalidCall, "'line' takes 2 arguments, not 3|a, b", "return ⟦line(x, 1, 2)⟧"),
    Wrong(InvalidCall, "'line' has no parameter 'c'|a, b", "return ⟦line(x, c=1)⟧"),
    Wrong(InvalidCall, "'placed' takes 'a' by position only|without a=", "return ⟦placed(a=x)⟧"),
    Wrong(InvalidCall, "'line' gets 'a' twice", "return ⟦line(x, a=1)⟧"),
    Wrong(InvalidCall, "sin takes 1 argument, not 2", "return ⟦math.sin(x, x)⟧"),
    Wrong(InvalidCall, "'sin' takes 1 argument, not 2", "return ⟦np.sin(x, x)⟧"),
    Wrong(InvalidCall, "keyword 'out'|position", "return ⟦np.sin(x, out=x)⟧"),
    Wrong(InvalidCall, "np.clip takes 2 or 3|plain Python", "return ⟦np.clip(x)⟧"),
    Wrong(InvalidCall, "numpy.round has no keyword 'places'|decimals", "return ⟦np.round(x, places=1)⟧"),
    Wrong(InvalidCall, "gets 'ndigits' twice", "return ⟦round(x, 1, ndigits=1)⟧"),
    Wrong(InvalidCall, "pow takes 2 arguments, not 3", "return ⟦pow(x, 2, 3)⟧"),
    Wrong(InvalidCall, "range takes integers, not float64|int(", "for i in ⟦range(x)⟧:\n    pass\nreturn x"),
    Wrong(InvalidCall, "'print'|__wrapped__", "return ⟦print(x)⟧"),
    Wrong(InvalidCall, "'isinstance'|annotate", "return ⟦isinstance(x, float)⟧"),
    Wrong(InvalidCall, "numpy.zeros|only to return it", "y = ⟦np.zeros(3)⟧\nreturn x"),
    Wrong(InvalidCall, "numpy.random.rand|math, cmath and NumPy", "return ⟦np.random.rand()⟧"),
    Wrong(InvalidCall, "could not convert string to float", "return ⟦float('abc')⟧"),
    Wrong(InvalidCall, "float64 cannot be called|Functions", "return ⟦x()⟧"),
    Wrong(InvalidCall, "2 operands, not 1|a, b", "return ⟦kernel_of_two(x)⟧"),
]

SIGNATURES = [
    Wrong(InvalidSignature, "'dd->d' does not fit|types=", "return x", "dd->d"),
    Wrong(InvalidSignature, "'O' in the loop type|types=", "return x", "d->O"),
    Wrong(InvalidSignature, "returns 2 values, but declares 1 output", "⟦return x, x⟧"),
    Wrong(InvalidSignature, "returns 1 value, but declares 2 outputs", "⟦return x⟧", "d->dd"),
]

ARRAYS = [
    Wrong(ReadOnlyArgument, "writes to its input 'a'|writable=", "⟦a[0]⟧ = 1.0\nreturn a[0]", None, "(n)->()"),
    Wrong(ReadOnlyArgument, "input 'x', which is a number|writable= is for inputs that have core", "⟦x[0]⟧ = 1.0\nreturn x"),
    Wrong(TypeMismatch, "2 indices for an array|one index for each", "return ⟦a[0, 0]⟧", None, "(n)->()"),
    Wrong(UnsupportedSyntax, "slice|a[i]", "return sum(a[⟦1:⟧])", None, "(n)->()"),
    Wrong(TypeMismatch, "index is an integer, not Python float", "return a[⟦0.5⟧]", None, "(n)->()"),
    Wrong(TypeMismatch, "index is an integer, not a bool", "return a[⟦a[0] > 0⟧]", None, "(n)->()"),
    Wrong(TypeMismatch, "1 dimensions, the output 0", "⟦return a⟧", None, "(n)->()"),
    Wrong(TypeMismatch, "1 dimensions|np.empty", "⟦return a[0]⟧", None, "(n)->(n)"),
    Wrong(TypeMismatch, "an array of float64 with 1 dimension|a[i]", "return ⟦a⟧ + 1", None, "(n)->(n)"),
    Wrong(TypeMismatch, "2 dimensions, the output 1", "out = ⟦np.zeros((len(a), 2))⟧\nreturn out", None, "(n)->(n)"),
    Wrong(TypeMismatch, "float64, the output float32|dtype=np.float32", "b = ⟦np.zeros(len(a))⟧\nreturn b", "f->f", "(n)->(n)"),
    Wrong(TypeMismatch, "'out0' is int64|np.int64(", "out = np.zeros_like(a)\n⟦out[0]⟧ = 0.5\nreturn out", "l->l", "(n)->(n)"),
    Wrong(UnsupportedSyntax, "still an array|every dimension", "b = np.zeros_like(a)\n⟦b[0]⟧ += 1\nreturn b", None, "(m,n)->(m,n)"),
    Wrong(TypeMismatch, "1 value, but its signature has 2", "⟦return a[0]⟧", None, "(n)->(),()"),
    Wrong(ReadOnlyArgument, "writes to its input 'a'|writable=", "⟦a[0]⟧ = 1\nreturn 1.0", None, "(m,n)->()"),
    Wrong(UnsupportedSyntax, "no 'strides'|shape, size", "return ⟦a.strides⟧", None, "(n)->()"),
    Wrong(InvalidCall, "numpy.linalg.norm|loop", "return ⟦np.linalg.norm(a)⟧", None, "(n)->()"),
    Wrong(TypeMismatch, "an array of float64|a[i]", "if ⟦a⟧ > 0:\n    return 1\nreturn 2", None, "(n)->()"),
]

CASES = [*SYNTAX, *NAMES, *TYPES, *CALLS, *SIGNATURES, *ARRAYS]


def define(wrong: Wrong) -> tuple[Any, str, str | None]:
    """Return the function of a wrong kernel, its source with and without marks."""
    parameters = "x, y" if wrong.types and wrong.types.startswith("lL") else "a" if wrong.signature else "x"
    marked = f"def f({parameters}):\n" + "".join(f"    {row}\n" for row in wrong.source.split("\n"))
    source = marked.replace("⟦", "").replace("⟧", "")
    namespace = dict(globals())
    exec(compile(source, "test_errors.kernel", "exec"), namespace)
    return namespace["f"], source, next((row for row in marked.split("\n") if "⟦" in row), None)


@pytest.mark.parametrize("wrong", CASES, ids=lambda wrong: wrong.source.replace("\n", ";")[:40])
def test_wrong_kernels(wrong: Wrong) -> None:
    function, source, marked = define(wrong)
    with pytest.raises(CobraError) as caught:
        cobra.ufunc(function, types=wrong.types, signature=wrong.signature, source=source)
    text = str(caught.value)
    assert type(caught.value) is wrong.kind, text
    assert [part for part in wrong.parts.split("|") if part not in text] == [], text
    assert caught.value.location is not None and f":{caught.value.location.line}" in text
    assert caught.value.hint
    if marked is not None:
        row = marked.strip()
        place, stretch = row.index("⟦"), row[row.index("⟦") + 1 : row.index("⟧")]
        shown = row.replace("⟦", "").replace("⟧", "")
        assert f"      {shown}\n      {' ' * place}{'^' * len(stretch)}\n" in text + "\n", text


def test_errors_come_without_the_frames_of_the_compiler() -> None:
    with pytest.raises(UndefinedName) as caught:
        cobra.ufunc(lambda x: x + missing, types="d->d")  # type: ignore[name-defined]
    entries = [entry.path.name for entry in caught.traceback]
    assert not {"expressions.py", "translate.py", "inlining.py"} & set(entries)
    assert caught.value.__cause__ is None


def test_errors_of_a_called_function_point_into_it() -> None:
    with pytest.raises(RecursiveKernel) as caught:
        cobra.ufunc(lambda x: endless(x), types="d->d")
    assert caught.value.location is not None
    assert caught.value.location.text.strip() == "return endless(a)"
    assert caught.value.location.filename.endswith("test_errors.py")


def test_many_calls_within_each_other_are_not_said_to_recur() -> None:
    innermost = cobra.function(lambda x: x + 1.0, types="d->d")
    for number in range(70):
        source = f"lambda x: inner(x) * {number}.0"
        outer = eval(source, {"inner": innermost})
        try:
            innermost = cobra.function(outer, types="d->d", source=source)
        except UnsupportedSyntax as error:
            assert "calls within each other" in error.message and number >= 59
            break
    else:
        pytest.fail("nothing was refused")


def test_classes_of_errors_are_those_a_reader_expects() -> None:
    expected: dict[type[CobraError], type[Exception]] = {
        TypeMismatch: TypeError, UndefinedName: NameError, InvalidCall: TypeError, InvalidConstant: OverflowError,
        InvalidSignature: ValueError,
    }  # fmt: skip
    assert all(issubclass(kind, base) for kind, base in expected.items())


async def coroutine(x: float) -> float:
    return x


def any_number(*x: float) -> float:
    return x[0]


def any_keyword(x: float, **more: float) -> float:
    return x


def partly(x: float, y) -> float:  # type: ignore[no-untyped-def]
    return x + y


def nothing(x: float) -> None:
    return None


def strange(x: "list[int]") -> float:
    return 1.0


def nobody() -> float:
    return 1.0


@pytest.mark.parametrize(
    ("function", "kind", "text"),
    [
        (coroutine, UnsupportedSyntax, "async"),
        (any_number, InvalidSignature, "any number of arguments"),
        (any_keyword, InvalidSignature, "any number of arguments"),
        (partly, InvalidSignature, "'y' of 'partly' has no type"),
        (nothing, InvalidSignature, "return nothing"),
        (strange, InvalidSignature, "no type of a kernel"),
        (nobody, InvalidSignature, "no parameters"),
    ],
    ids=lambda thing: getattr(thing, "__name__", "-"),
)
def test_wrong_definitions(function: Any, kind: type[CobraError], text: str) -> None:
    with pytest.raises(kind, match=text) as caught:
        cobra.ufunc(function)
    assert caught.value.location is not None and caught.value.hint


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    source = "def f(x):\n" + "".join(f"    if x == {k}:\n        return {k}\n" for k in range(400)) + "    return x\n"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    with pytest.raises(UnsupportedSyntax, match="nested too deeply"):
        cobra.ufunc(namespace["f"], types="d->d", source=source)
