"""Calls of NumPy's loops for matrix products: one outer step of the gufunc, laid out as NumPy itself lays it out.

In: which gufuncs the kernels of a module multiply by, on which types. Out: for each the function they call,
``void @product.NAME(result, row step, column step, left, …, right, …, rows, inner, columns)``.
"""

from __future__ import annotations

from collections.abc import Iterable

from cobra.compiler.codegen.emitter import PRODUCT_OPERANDS, product_name
from cobra.runtime.numpy_loops import symbol_of

_NAMES = ("c", "c.m", "c.n", "a", "a.m", "a.k", "b", "b.k", "b.n", "m", "k", "n")
_HEAD = ", ".join(f"{kind} %{name}" for kind, name in zip(PRODUCT_OPERANDS, _NAMES, strict=True))

_SIZES = {"matmul": ("m", "k", "n"), "vecdot": ("k",)}
_STEPS = {"matmul": ("a.m", "a.k", "b.k", "b.n", "c.m", "c.n"), "vecdot": ("a.k", "b.k")}
"""What the loop of each gufunc is handed after the outer size and the three outer steps."""


def matrix_products_text(wanted: Iterable[tuple[str, str]], declarations: set[str]) -> str:
    """Return the functions for gufuncs and types by their names; what they call is added to the declarations."""
    return "".join(f"\n{_function(by, kind, declarations)}" for by, kind in sorted(wanted))


def _function(by: str, kind: str, declarations: set[str]) -> str:
    sizes, steps, symbol = _SIZES[by], _STEPS[by], symbol_of(by, kind)
    declarations.add(f"declare void @{symbol}(ptr, ptr, ptr, ptr)")
    lines = ["%args = alloca [3 x ptr]", f"%dims = alloca [{1 + len(sizes)} x i64]", f"%steps = alloca [{3 + len(steps)} x i64]"]
    lines += _stored("args", "ptr", ["%a", "%b", "%c"])
    lines += _stored("dims", "i64", ["1", *(f"%{name}" for name in sizes)])
    lines += [line for name in steps for line in _step_of_one(name)]
    lines += _stored("steps", "i64", ["0", "0", "0", *(f"%{name}.step" for name in steps)])
    lines += [f"call void @{symbol}(ptr %args, ptr %dims, ptr %steps, ptr null) nounwind strictfp", "ret void"]
    head = f"define internal void @{product_name(by, kind)}({_HEAD}) noinline nounwind strictfp {{"
    return "\n".join([head, *(f"  {line}" for line in lines), "}"])


def _stored(table: str, kind: str, values: list[str]) -> list[str]:
    lines = []
    for position, value in enumerate(values):
        lines.append(f"%{table}.{position} = getelementptr {kind}, ptr %{table}, i64 {position}")
        lines.append(f"store {kind} {value}, ptr %{table}.{position}")
    return lines


def _step_of_one(name: str) -> list[str]:
    """Return the lines that make the step along a dimension of one element zero, as NumPy does: which routine is called depends on it."""
    size = name[-1]
    return [f"%{name}.one = icmp eq i64 %{size}, 1", f"%{name}.step = select i1 %{name}.one, i64 0, i64 %{name}"]
