"""What a scalar function is to others: its attributes, one object for one content, copies, pickles, the cache, plain Python."""

from __future__ import annotations

import copy
import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from child_processes import run

import cobra
from cobra.cache import disk
from cobra.function.native import native_of

cloudpickle = pytest.importorskip("cloudpickle")


@cobra.function
def hypotenuse(a: float, b: cobra.float32 = 4) -> float:
    """Return the longest side."""
    return (a * a + b * b) ** 0.5


def plain(x: float) -> float:
    return x + 1


def test_attributes_are_those_of_a_function():
    assert isinstance(hypotenuse, cobra.Function) and callable(hypotenuse)
    assert (hypotenuse.__name__, hypotenuse.__qualname__, hypotenuse.__module__) == ("hypotenuse", "hypotenuse", __name__)
    assert hypotenuse.__doc__ == "Return the longest side." == inspect.getdoc(hypotenuse)
    assert hypotenuse.__annotations__ == {"a": cobra.float64, "b": cobra.float32, "return": cobra.float64}
    assert str(inspect.signature(hypotenuse)) == "(a: float64, b: float32 = 4) -> float64"
    assert hypotenuse.__wrapped__(3.0, 4.0) == 5.0 and inspect.unwrap(hypotenuse) is hypotenuse.__wrapped__
    assert hypotenuse.signature == "hypotenuse(a: float64, b: float32) -> float64"
    assert repr(hypotenuse) == "<cobra.function hypotenuse(a: float64, b: float32) -> float64>"
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        hypotenuse.missing  # noqa: B018
    assert inspect.signature(cobra.Function)


@pytest.mark.parametrize(
    ("types", "prototype"),
    [
        ("dd->d", "double f(double a, double b)"), ("fl->f", "float f(float a, int64_t b)"), ("?B->?", "_Bool f(_Bool a, uint8_t b)"),
        ("eh->e", "uint16_t f(uint16_t a, int16_t b)"), ("Dd->D", "void f(const void *a, double b, void *result0)"),
    ],
)  # fmt: skip
def test_prototype(types, prototype):
    assert cobra.function(lambda a, b: a, types=types, name="f").prototype == prototype


def test_two_results_are_written_through_pointers():
    assert cobra.function(lambda a: (a, a), types="d->dd", name="f").prototype == "void f(double a, void *result0, void *result1)"


def test_name_and_doc():
    renamed = cobra.function(plain, name="other", doc="What it does.")
    assert (renamed.__name__, renamed.__qualname__, renamed.__doc__) == ("other", "other", "What it does.")
    assert renamed(1) == 2.0 and cobra.function(lambda x: x, types="d->d").__name__ == "function"


def test_one_content_is_one_object():
    assert cobra.function(plain) is cobra.function(plain)
    assert cobra.function(plain, fast_math=True) is not cobra.function(plain)
    assert cobra.function(cobra.function(plain), fast_math=True) is cobra.function(plain, fast_math=True)
    assert cobra.function(cobra.ufunc(plain)) is cobra.function(plain)


@pytest.mark.parametrize("pickler", [pickle, cloudpickle])
def test_pickles_and_copies_are_the_function_itself(pickler):
    assert pickle.loads(pickler.dumps(hypotenuse)) is hypotenuse
    assert copy.copy(hypotenuse) is hypotenuse is copy.deepcopy(hypotenuse)
    assert copy.deepcopy({"f": [hypotenuse]}) == {"f": [hypotenuse]}


def test_a_pickle_works_where_there_is_no_source_and_code_comes_from_the_cache(tmp_path):
    program = """
import pickle, sys, cobra
f = pickle.loads(bytes.fromhex(sys.argv[1]))
print(f(1.5, scale=2), f.__wrapped__(1.0), f.__name__, "llvmlite" in sys.modules)
"""
    factor = 3.0
    function = cobra.function(lambda x, scale=1.0: x * scale + factor, types="dd->d")
    sent = cloudpickle.dumps(function).hex()
    assert run(program, sent, cache=tmp_path) == "6.0 4.0 function True"
    assert run(program, sent, cache=tmp_path) == "6.0 4.0 function False"


def test_a_broken_entry_of_the_cache_is_made_again(monkeypatch):
    store = disk.default()
    function = cobra.function(lambda x: x * 17.25, types="d->d")
    native = native_of(function)
    store.write(native._object_key(), b"no object at all")
    assert function(2.0) == 34.5


@pytest.mark.parametrize("setting", ["1"])
def test_plain_python_where_compiling_is_off(setting, tmp_path):
    program = """
import cobra, numpy as np
seen = []
@cobra.function
def f(x: cobra.int8, y: float) -> cobra.float32:
    return x * 2 / y
g = cobra.function(lambda a, b: (a + b, a < b), types="bb->b?")
print(f(3, 0.0), f(1, 3), g(127, 1), type(g(1, 2)[0]).__name__)
try:
    f("x", 1)
except TypeError as error:
    print(error.message)
import sys
print("llvmlite" in sys.modules)
"""
    said = run(program, cache=tmp_path, COBRA_DISABLE_JIT=setting).splitlines()
    third = float(np.float32(2 / 3))
    assert said[0] == f"inf {third} (-128, False) int"
    assert said[1:] == ["f: the argument 'x' is int8, which the str 'x' cannot be", "False"]


def test_first_calls_from_many_threads():
    made = [cobra.function(lambda x, k=k: x + k, types="dd->d") for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda k: made[k % 8](1.0), range(64))) == [1.0 + k % 8 for k in range(64)]


def test_a_call_goes_into_native_code():
    assert hypotenuse(3.0, 4.0) == 5.0
    assert type(type(hypotenuse).__dict__["__call__"]).__name__ == "builtin_function_or_method"


def test_views():
    assert cobra.inspect.ir(hypotenuse).startswith("function hypotenuse(%a: float64, %b: float32)")
    assert "@cobra_function(double %a0, float %a1)" in cobra.inspect.llvm(hypotenuse)
    assert "cobra_call:" in cobra.inspect.asm(hypotenuse)
