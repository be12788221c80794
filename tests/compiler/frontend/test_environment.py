"""What a function refers to is frozen: numbers by bits, functions by content, the rest by what it is."""

from __future__ import annotations

import cmath
import dataclasses
import enum
import math
import operator
import pickle
from collections import namedtuple
from math import sin as sine
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cobra.types as kinds
from cobra.compiler.content import encode
from cobra.compiler.frontend.entities import (
    BuiltinEntity,
    Entity,
    FunctionEntity,
    KernelEntity,
    MissingEntity,
    ModuleEntity,
    NothingConstant,
    NumberConstant,
    RecursiveEntity,
    TextConstant,
    TupleConstant,
    TypeEntity,
    TypeVariable,
    UnknownEntity,
)
from cobra.compiler.frontend.environment import KERNEL_ATTRIBUTE, Environment, freeze_value
from cobra.compiler.spec import KernelSpec, spec_of

Color = enum.Enum("Color", {"RED": 1, "TEXT": "red", "HALF": 0.5})
Flags = enum.IntFlag("Flags", {"A": 4})
Pair = namedtuple("Pair", "low high")
real = TypeVar("real", kinds.float32, kinds.float64)  # type: ignore[misc]


@dataclasses.dataclass
class Settings:
    scale: float = 2.5
    inner: Pair = Pair(1, 2)  # noqa: RUF009


class Config:
    SCALE = 3.5

    class Inner:  # noqa: D106
        OFFSET = np.int8(7)


def function(x: float) -> float:
    return x


def _function(value: Any) -> UnknownEntity:
    return UnknownEntity(f"a function {value.__name__}")


def number(value: complex, kind: kinds.ScalarType | None = None) -> NumberConstant:
    return NumberConstant(value, kind)


VALUES: list[tuple[object, Entity]] = [
    (1, number(1)),
    (True, number(True)),
    (1.5, number(1.5)),
    (2j, number(2j)),
    (10**40, number(10**40)),
    (np.float32(0.1), number(float(np.float32(0.1)), kinds.float32)),
    (np.float64(0.1), number(0.1, kinds.float64)),
    (np.bool_(True), number(True, kinds.bool_)),
    (np.complex64(1 + 2j), number(1 + 2j, kinds.complex64)),
    (np.array(3, "u2"), number(3, kinds.uint16)),
    (Color.RED, number(1)),
    (Flags.A, number(4)),
    ("text", TextConstant("text")),
    (Color.TEXT, TextConstant("red")),
    ((1, (2.0, [True])), TupleConstant((number(1), TupleConstant((number(2.0), TupleConstant((number(True),))))))),
    (Pair(1, 2), TupleConstant((number(1), number(2)), ("low", "high"))),
    (np.array([[1], [2]], "i1"), TupleConstant(tuple(TupleConstant((number(v, kinds.int8),)) for v in (1, 2)))),
    ((), TupleConstant(())),
    (float, TypeEntity(kinds.float64, python=True)),
    (int, TypeEntity(kinds.int64, python=True)),
    (np.float32, TypeEntity(kinds.float32)),
    (np.dtype("float64"), TypeEntity(kinds.float64)),
    (kinds.float64["n"], TypeEntity(kinds.float64["n"])),
    (real, TypeVariable("real", (kinds.float32, kinds.float64))),
    (np.exp, BuiltinEntity("numpy.exp")),
    (np.abs, BuiltinEntity("numpy.absolute")),
    (math.exp, BuiltinEntity("math.exp")),
    (cmath.exp, BuiltinEntity("cmath.exp")),
    (np.matmul, BuiltinEntity("numpy.matmul")),
    (np.where, BuiltinEntity("numpy.where")),
    (np.zeros, BuiltinEntity("numpy.zeros")),
    (np.linalg.norm, BuiltinEntity("numpy.linalg.norm")),
    (np.ndarray, BuiltinEntity("numpy.ndarray")),
    (math.isclose, BuiltinEntity("math.isclose")),
    (operator.add, BuiltinEntity("operator.add")),
    (range, BuiltinEntity("range")),
    (abs, BuiltinEntity("abs")),
    (len, BuiltinEntity("len")),
    (ValueError, BuiltinEntity("ValueError")),
    (math, ModuleEntity("math")),
    (function, UnknownEntity("a function function")),
    (None, NothingConstant()),
    ({}, UnknownEntity("an object of type 'dict'")),
    (Config, UnknownEntity("the class 'Config'")),
    ([1, "a"], UnknownEntity("a list of 2 items that are not all numbers, or too many")),
    ([0] * 5000, UnknownEntity("a list of 5000 items that are not all numbers, or too many")),
    (np.zeros(5000), UnknownEntity("a NumPy array of 5000 elements of type float64")),
    (np.array(["a"]), UnknownEntity("a NumPy array of 1 elements of type <U1")),
    (np.frompyfunc(function, 1, 1), UnknownEntity("the ufunc 'function (vectorized)'")),
]


@pytest.mark.parametrize(("value", "entity"), VALUES, ids=[str(entity)[:60] for _, entity in VALUES])
def test_values(value: object, entity: Entity) -> None:
    frozen = freeze_value(value, _function)
    assert frozen == entity
    assert hash(frozen) == hash(entity)
    assert type(frozen) is type(entity)
    assert pickle.loads(pickle.dumps(frozen)) == frozen


def test_long_doubles_and_times_are_unknown() -> None:
    for value in (np.longdouble(1), np.datetime64("2026-01-01"), np.dtype("M8[s]")):
        assert isinstance(freeze_value(value, _function), UnknownEntity)


def test_a_ufunc_of_scipy_goes_by_its_spelling() -> None:
    special = pytest.importorskip("scipy.special")
    assert freeze_value(special.erf, _function) == BuiltinEntity("scipy.special.erf")


def test_kernels_are_known_by_their_spec() -> None:
    kernel = np.frompyfunc(function, 1, 1)
    spec = KernelSpec(spec_of(function))
    holder = SimpleNamespace(**{KERNEL_ATTRIBUTE: SimpleNamespace(spec=spec)})
    assert freeze_value(holder, _function) == KernelEntity(spec)
    if hasattr(kernel, "__dict__"):  # NumPy 2.2 and later
        vars(kernel)[KERNEL_ATTRIBUTE] = SimpleNamespace(spec=spec)
        assert freeze_value(kernel, _function) == KernelEntity(spec)


numbers = st.one_of(st.booleans(), st.integers(), st.floats(), st.complex_numbers())


@given(numbers, numbers)
def test_numbers_are_equal_by_type_and_bits_only(one: complex, other: complex) -> None:
    same = type(one) is type(other) and encode(one) == encode(other)
    assert (number(one) == number(other)) is same
    assert (number(one).__hash__() == number(other).__hash__()) or not same
    assert number(one) != number(one, kinds.complex128)


@given(numbers)
def test_numbers_survive_pickling_bit_by_bit(value: complex) -> None:
    assert pickle.loads(pickle.dumps(number(value))) == number(value)


SCALE = 2.0
PAIR = Pair(0.5, 4)
settings = Settings()
space = SimpleNamespace(depth=(1, 2))


def chains(x: Any) -> Any:
    y = SCALE.real + PAIR.low + PAIR[1] + np.float32.dtype + np.add.reduce(x) + x.real
    z = Config.SCALE + Config.Inner.OFFSET + Color.RED + Color.HALF.value + settings.inner.high + space.depth
    return y + z + math.pi + np.linalg.norm + np.random + sine(x) + builtins_and_locals(x, y)


def builtins_and_locals(x: Any, y: Any) -> Any:
    return min(x, y)


def test_dotted_names_are_followed_as_far_as_they_lead() -> None:
    environment = dict(spec_of(chains).environment)
    called = environment.pop("builtins_and_locals")
    assert isinstance(called, FunctionEntity)
    assert dict(called.spec.environment) == {"min": BuiltinEntity("min")}
    assert environment == {
        "SCALE": number(2.0),
        "PAIR.low": number(0.5),
        "PAIR": TupleConstant((number(0.5), number(4)), ("low", "high")),
        "np.float32": TypeEntity(kinds.float32),
        "np.add": BuiltinEntity("numpy.add"),
        "Config.SCALE": number(3.5),
        "Config.Inner.OFFSET": number(7, kinds.int8),
        "Color.RED": number(1),
        "Color.HALF.value": number(0.5),
        "settings.inner.high": number(2),
        "space.depth": TupleConstant((number(1), number(2))),
        "math.pi": number(math.pi),
        "np.linalg.norm": BuiltinEntity("numpy.linalg.norm"),
        "np.random": ModuleEntity("numpy.random"),
        "sine": BuiltinEntity("math.sin"),
    }


def missing(x: Any) -> Any:
    return np.expp(x) + Config.SCAEL + math.nothing_like_it + settings.scael + SCAEL + lenn(x)  # type: ignore[attr-defined, name-defined]


def test_what_is_missing_names_what_is_spelt_alike() -> None:
    environment = spec_of(missing).environment
    assert all(isinstance(entity, MissingEntity) for entity in environment.values())
    found: dict[str, Any] = dict(environment)
    assert (found["np.expp"].name, found["np.expp"].owner) == ("expp", "the module 'numpy'")
    assert "exp" in found["np.expp"].matches
    assert found["Config.SCAEL"].matches[0] == "SCALE"
    assert found["settings.scael"].matches[0] == "scale"
    assert (found["SCAEL"].owner, found["SCAEL"].matches[0]) == (None, "SCALE")
    assert "len" in found["lenn"].matches
    assert found["math.nothing_like_it"].matches == ()


def itself(x: Any) -> Any:
    return itself(x - 1) if x else even(x)


def even(x: Any) -> Any:
    return odd(x - 1) + even.attribute


def odd(x: Any) -> Any:
    return even(x - 1)


def test_recursion_is_marked_not_followed() -> None:
    environment: dict[str, Any] = dict(spec_of(itself).environment)
    assert environment["itself"] == RecursiveEntity("itself")
    inner = environment["even"].spec.environment
    assert inner["even"] == RecursiveEntity("even")
    assert inner["odd"].spec.environment["even"] == RecursiveEntity("even")


def test_a_name_about_to_be_rebound_is_recursion() -> None:
    def kernel(x: Any) -> Any:
        return kernel(x)

    before = kernel

    def kernel(x: Any) -> Any:  # type: ignore[no-redef]
        return kernel(x)

    assert before is not kernel
    assert spec_of(kernel).environment == Environment({"kernel": RecursiveEntity("kernel")})


def test_closures_hide_globals_and_may_be_empty() -> None:
    SCALE = np.float32(9)

    def kernel(x: Any) -> Any:
        return x * SCALE + later

    assert spec_of(kernel).environment == Environment({"SCALE": number(9.0, kinds.float32), "later": MissingEntity("later")})
    later = 1
    assert spec_of(kernel).environment["later"] == number(later)


def test_freezing_happens_once() -> None:
    values = [1, 2]

    def kernel(x: Any) -> Any:
        return x + values[0]

    spec = spec_of(kernel)
    values[0] = 100
    assert spec.environment["values"] == TupleConstant((number(1), number(2)))
    assert spec_of(kernel).environment["values"] == TupleConstant((number(100), number(2)))


class Lazy:
    @property
    def broken(self) -> float:
        raise OSError("out of order")


def test_attributes_that_cannot_be_read_are_errors_only_when_used() -> None:
    lazy = SimpleNamespace(inner=Lazy())
    holder = dataclasses.make_dataclass("Holder", [], namespace={"broken": Lazy.broken})()

    def kernel(x: Any) -> Any:
        return x + lazy.inner.broken + holder.broken

    assert spec_of(kernel).environment == Environment(
        {
            "lazy.inner": UnknownEntity("an object of type 'Lazy'"),
            "holder.broken": UnknownEntity("an attribute that cannot be read: out of order"),
        }
    )
