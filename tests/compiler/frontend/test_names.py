"""The names a definition takes from outside agree with what Python itself looks up outside of it."""

from __future__ import annotations

import ast
import dis
import types
from collections.abc import Iterator
from importlib import import_module

import pytest

from cobra.compiler.frontend.names import outside_names
from cobra.compiler.frontend.source import find_source, parse

CASES = [
    ("def f(x): return x", ""),
    ("def f(x): return np.exp(x) + a.b.c[d].e + g(h)(i).j", "np.exp a.b.c d g h i"),
    ("lambda x, y=z: x + w", "w"),
    ("def f(a: A, b: B = C) -> D: return E", "E"),
    ("@decorate\ndef f(x): return x", ""),
    ("def f(x):\n y = x\n z: T = y\n n: U\n return y + z + n", "T U"),
    ("def f(x):\n for i, (j, *k) in pairs(x): s += i\n return s, j, k, v", "pairs v"),
    ("def f(x): return [i + n for i in range(x) if i < m]", "range n m"),
    ("def f(x): return [i for i in i]", "i"),
    ("def f(x): return [j for i in x for j in i if j + k], j", "k j"),
    ("def f(x): return {k: v for k, v in x}, k, v", "k v"),
    ("def f(x): return sum(last := i for i in x) + last", "sum"),
    ("def f(x): return (y := x) + y", ""),
    ("def f(x): return (lambda a, b=c: a + b + d + x)(1)", "c d"),
    ("def f(x):\n def g(a: A = B): return a + x + n\n return g(x)", "A B n"),
    ("def f(x):\n import math, os.path as p\n from a import b as c\n return math, p, c, os", "os"),
    ("def f(x):\n global g\n g = x\n return g", "g"),
    ("def f(x):\n try: pass\n except E as e: return e\n with w as v: return v", "E w"),
    ("def f(x):\n match x:\n  case [a, *b] | {'k': a, **b}: return a, b, c\n  case K.V as d: return d", "c K.V"),
    ("def f(x):\n out.part[k] = x\n del x\n return x", "out.part k"),
    ("def f(*args, k=1, **kwargs): return args, k, kwargs, other", "other"),
    ("def f(x): return f'{x + n!r:{width}}'", "n width"),
    ("def f(x): return a.b(1).c + (a.b).c + a", "a.b a.b.c a"),
]


@pytest.mark.parametrize(("text", "names"), CASES)
def test_names_of_a_definition(text: str, names: str) -> None:
    (statement,) = ast.parse(text).body
    node = statement.value if isinstance(statement, ast.Expr) else statement
    assert isinstance(node, (ast.FunctionDef, ast.Lambda))
    assert sorted(outside_names(node)) == sorted(names.split())


def _looked_up(code: types.CodeType) -> Iterator[str]:
    yield from (str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _looked_up(constant)


@pytest.mark.parametrize("module", ["heapq", "numpy.lib._histograms_impl", "statistics", "textwrap", "numpy._core.numeric"])
def test_agrees_with_the_compiler(module: str) -> None:
    checked = 0
    for function in vars(import_module(module)).values():
        if isinstance(function, types.FunctionType) and function.__code__.co_filename == import_module(module).__file__:
            names = outside_names(parse(find_source(function)))
            wanted = {*_looked_up(function.__code__), *function.__code__.co_freevars} - {"AssertionError"}
            assert {name.partition(".")[0] for name in names} - {"AssertionError"} == wanted, function
            checked += 1
    assert checked > 4
