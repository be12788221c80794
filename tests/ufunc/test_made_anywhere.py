"""Kernels made of functions wherever Python lets one write them, and told apart by what they refer to."""

from __future__ import annotations

import code
import importlib.util
import textwrap
from collections.abc import Callable

import numpy as np
import pytest
from child_processes import run, run_python

import cobra

FACTOR = 3.0

# on one line, on purpose
first, second, third = cobra.ufunc(lambda x: x + 1, types="d->d"), cobra.ufunc(lambda x: x + 2, types="d->d"), (lambda x: x + 3)
twins = [cobra.ufunc(lambda x: x * 2, types=t) for t in ("d->d", "f->f")], cobra.ufunc(lambda x: x * 2, types="l->l")


def test_several_lambdas_on_a_line() -> None:
    assert (first(1.0), second(1.0), cobra.ufunc(third, types="d->d")(1.0)) == (2.0, 3.0, 4.0)
    assert [kernel.types for kernel in (*twins[0], twins[1])] == [["d->d"], ["f->f"], ["l->l"]]


def test_lambda_inside_a_call_over_lines() -> None:
    kernel = cobra.ufunc(
        lambda x, y:
            x * y  # a comment
            - 1,
        types=[
            "dd->d",
        ],
    )  # fmt: skip
    assert kernel(2.0, 3.0) == 5.0


def test_lambda_as_a_default_and_in_a_table() -> None:
    def make(function: Callable[[float], float] = lambda x: x - 0.5) -> np.ufunc:
        return cobra.ufunc(function, types="d->d")

    table = {"half": lambda x: x / 2, "third": lambda x: x / 3}
    assert make()(1.0) == 0.5
    assert [cobra.ufunc(function, types="d->d")(6.0) for function in table.values()] == [3.0, 2.0]


def make_adder(amount):
    @cobra.ufunc
    def adder(x: float) -> float:
        return x + amount

    return adder


def test_closures_with_different_values_are_different_kernels() -> None:
    kernels = [make_adder(amount) for amount in (1, 1.0, True, np.float32(1), 2)]
    assert len({id(kernel) for kernel in kernels}) == 5
    assert [kernel(0.5) for kernel in kernels] == [1.5, 1.5, 1.5, 1.5, 2.5]
    assert make_adder(2) is kernels[4]


def test_values_are_captured_when_the_kernel_is_made() -> None:
    amounts = [1.0, 2.0]
    kernels = [cobra.ufunc(lambda x: x + amount, types="d->d") for amount in amounts]  # noqa: B023
    assert [kernel(0.0) for kernel in kernels] == [1.0, 2.0]


def test_globals_are_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cobra.ufunc(lambda x: x * FACTOR, types="d->d")
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    after = cobra.ufunc(lambda x: x * FACTOR, types="d->d")
    assert (before(1.0), after(1.0), before(2.0)) == (3.0, 5.0, 6.0)


def test_functions_in_functions() -> None:
    def outer(scale):
        def inner(shift):
            def local(y):
                return y * scale

            return cobra.ufunc(lambda x: local(x) + shift, types="d->d")

        return inner

    assert outer(2)(1)(3.0) == 7.0 and outer(2)(2)(3.0) == 8.0


class Maker:
    scale = 4.0

    def make(self):
        scale = self.scale
        return cobra.ufunc(lambda x: x * scale, types="d->d")


def test_methods() -> None:
    assert Maker().make()(2.0) == 8.0


DEFINITION = """
import cobra
SHIFT = 0.25
@cobra.ufunc
def kernel(x: float) -> float:
    "Made elsewhere."
    return x * 2 + SHIFT
both = cobra.ufunc(lambda a, b: a - b, types="dd->d"), cobra.ufunc(lambda a, b: b - a, types="dd->d")
"""
CHECK = "print(kernel(1.0), both[0](3, 1), both[1](3, 1), kernel.__doc__, kernel.__module__)\n"
PRINTED = "2.25 2.0 -2.0 Made elsewhere. __main__"


def test_exec() -> None:
    namespace: dict[str, object] = {"__name__": "somewhere"}
    exec(DEFINITION, namespace)
    kernel, both = namespace["kernel"], namespace["both"]
    assert (kernel(1.0), both[0](3, 1), both[1](3, 1), kernel.__module__) == (2.25, 2.0, -2.0, "somewhere")


def test_exec_of_compiled_code() -> None:
    text = textwrap.dedent(DEFINITION).replace("SHIFT = 0.25", "SHIFT = 0.75")
    namespace: dict[str, object] = {}
    exec(compile(text, "<a template>", "exec"), namespace)
    assert namespace["kernel"](1.0) == 2.75


def test_eval() -> None:
    assert cobra.ufunc(eval("lambda x: x * 6"), types="d->d")(2.0) == 12.0


def test_console() -> None:
    console = code.InteractiveConsole({"results": (results := [])})
    for line in "import cobra;@cobra.ufunc;def kernel(x: int) -> int:;    return x * 9;;results.append(kernel(2))".split(";"):
        console.push(line)
    assert results == [18]


@pytest.mark.skipif(importlib.util.find_spec("IPython") is None, reason="IPython is not installed")
def test_notebook() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell(DEFINITION, store_history=True).raise_error()
    shell.run_cell("redefined = kernel; " + "kernel = cobra.ufunc(lambda x: x, types='d->d')").raise_error()
    assert shell.user_ns["redefined"](1.0) == 2.25 and shell.user_ns["kernel"](1.0) == 1.0


def test_command_line() -> None:
    assert run(DEFINITION + CHECK) == PRINTED


def test_standard_input() -> None:
    # unbuffered, the text is gone when the parser has read it
    assert run_python("-", stdin=DEFINITION + CHECK, PYTHONUNBUFFERED="") == PRINTED


def test_prompt() -> None:
    typed = DEFINITION.replace("+ SHIFT\n", "+ SHIFT\n\n") + CHECK
    assert run_python("-i", "-q", stdin=typed, PYTHONUNBUFFERED="") == PRINTED


def test_script(tmp_path) -> None:
    path = tmp_path / "script.py"
    path.write_text(DEFINITION + CHECK)
    assert run(path) == PRINTED
