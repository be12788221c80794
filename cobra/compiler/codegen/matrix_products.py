"""Calls of NumPy's loops for matrix products: one outer step of the gufunc, laid out as NumPy itself lays it out. Integers have own loops.

In: which gufuncs the kernels of a module multiply by, on which types. Out: for each the function they call,
``void @product.NAME(result, row step, column step, left, …, right, …, rows, inner, columns)``.
"""

from __future__ import annotations

from collections.abc import Iterable

from cobra.compiler.codegen.emitter import PRODUCT_OPERANDS, product_name
from cobra.compiler.codegen.integer_products import dense_test, has_own_loops, loops_name, loops_text
from cobra.runtime.numpy_loops import symbol_of

_NAMES = ("c", "c.m", "c.n", "a", "a.m", "a.k", "b", "b.k", "b.n", "m", "k", "n")
_NAMED = dict(zip(_NAMES, PRODUCT_OPERANDS, strict=True))
_PARAMETERS = ", ".join(f"{kind} %{name}" for name, kind in _NAMED.items())
_OF_DENSE_ROWS = ", ".join(f"{kind} %{name}" for name, kind in _NAMED.items() if name not in ("b.n", "c.n"))

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
    head = f"define internal void @{product_name(by, kind)}({_PARAMETERS}) noinline nounwind strictfp {{"
    if not has_own_loops(by, kind):
        return "\n".join([head, *(f"  {line}" for line in lines), "}"])
    call = f"call void @{loops_name(kind)}({_OF_DENSE_ROWS}) strictfp"
    choice = [*dense_test(kind), "br i1 %dense, label %own, label %numpys"]
    indented = [*_indented(choice), "own:", *_indented([call, "ret void"]), "numpys:", *_indented(lines)]
    return "\n".join([loops_text(kind, declarations), head, *indented, "}"])


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


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
