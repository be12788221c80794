"""Proof by compiling: code objects are compared strictly, and a definition out of its module still compiles to its code."""

from __future__ import annotations

import ast
import textwrap
import types
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from cobra.compiler.frontend.code_match import compiles_to, same_code
from cobra.compiler.frontend.import_traces import imported_names
from cobra.compiler.frontend.source import find_source


def _function(text: str) -> types.FunctionType:
    names: dict[str, Any] = {}
    exec(text, names)
    return next(value for value in reversed(names.values()) if isinstance(value, types.FunctionType))


def _code(text: str) -> types.CodeType:
    return _function(text).__code__


BASE = "def f(x, y=1, *, z=2):\n    return x * 0.0 + (1, True) + y"
DIFFERENT = {
    "constant": BASE.replace("0.0", "0.5"),
    "sign of zero": BASE.replace("0.0", "-0.0"),
    "kind of number": BASE.replace("0.0", "0"),
    "kind of number in a tuple": BASE.replace("(1,", "(1.0,"),
    "bool for int": BASE.replace("True", "1"),
    "operator": BASE.replace("*", "/", 2),
    "global name": BASE.replace("+ y", "+ w"),
    "parameter": BASE.replace("x", "v"),
    "kind of parameter": BASE.replace("*, ", ""),
    "own name": BASE.replace("def f", "def g"),
    "generator": BASE.replace("return", "yield"),
    "inner function": BASE.replace("+ y", "+ (lambda: y)"),
}


@pytest.mark.parametrize("text", DIFFERENT.values(), ids=DIFFERENT)
def test_different_code_is_told_apart(text: str) -> None:
    assert not same_code(_code(BASE), _code(text), positions=False)


def test_positions_count_only_when_asked() -> None:
    moved, spread = "\n\n" + BASE, BASE.replace(" * ", "  *  ")
    assert same_code(_code(BASE), _code(moved))
    assert not same_code(_code(BASE), _code(spread))
    assert same_code(_code(BASE), _code(spread), positions=False)


def test_a_broken_definition_is_no_proof() -> None:
    node = ast.parse("def f():\n    return x").body[0]
    assert isinstance(node, ast.FunctionDef)
    node.body = [ast.copy_location(ast.Nonlocal(["x"]), node.body[0])]
    assert not compiles_to(node, _code("def f(): return 1"))


IMPORTS = [
    ("import math\ndef f(x): return math.sin(x)", {"math"}),
    ("math = 1\ndef f(x): return math.sin(x)", set()),
    ("import math\ndef f(x): return [math.sin(y) for y in x]", {"math"}),
    ("def f(x): return x.real + x.conjugate()", set()),
    ("def f(x): return x.real", {"x"}),
    ("import numpy\ndef f(x): return numpy.linalg.norm(x) + numpy.pi", {"numpy"}),
    ("def f(x): return (lambda: x.append(1))", set()),
]


@pytest.mark.parametrize(("text", "names"), IMPORTS)
def test_imports_show_in_the_code(text: str, names: set[str]) -> None:
    assert imported_names(_code(text)) == names


def test_long_functions_are_read_with_extended_arguments() -> None:
    many = "\n".join(f"    x = x + name_{number}.real" for number in range(400))
    names = imported_names(_code(f"def f(x):\n{many}\n    return x"))
    assert {f"name_{number}" for number in range(400)} <= names


LIBRARY = ("bisect", "fractions", "heapq", "numbers", "numpy.polynomial.polynomial", "random", "statistics", "textwrap")


def _defined_in(module: types.ModuleType) -> Iterator[types.FunctionType]:
    for value in [*vars(module).values()]:
        inner = [*vars(value).values()] if isinstance(value, type) and value.__module__ == module.__name__ else []
        for function in (value, *inner):
            if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
                yield function


@pytest.mark.parametrize("name", LIBRARY)
def test_every_function_of_a_library_is_found(name: str) -> None:
    module = import_module(name)
    for function in _defined_in(module):
        if function.__code__.co_filename == module.__file__:
            text = find_source(function).text
            assert ast.parse(textwrap.dedent(text)), function
            assert text.startswith(("def ", "lambda")), function
