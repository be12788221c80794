"""Sums and extremes of an array along its last dimension, inside a kernel: each by the loop that `reduce` of the operation runs.

In: which operations the kernels of a module join which elements by. Out: for each the function they call,
``T @elements.NAME(T start, ptr first, i64 count, i64 step)``, and ``@totals.NAME`` where totals of many outer elements are wanted
(`outer_folds`).
"""

from __future__ import annotations

import re

from cobra.compiler.codegen.emitter import Failures, TextEmitter, element_fold_name, scalar_name
from cobra.compiler.codegen.fold_lanes import Fold
from cobra.compiler.codegen.folds import can_fold, folds_text
from cobra.compiler.codegen.loop_parts import Machine, ModuleParts, make_loop
from cobra.compiler.codegen.outer_folds import can_take_outer, outer_folds_text
from cobra.compiler.codegen.scalar_loops import carried_text
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Variable
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.folding import folding_of
from cobra.types import BY_NAME, ScalarType

_OWN_FUNCTIONS = re.compile(
    r"@(carried|fold|folded|folded_total|reduced|short_sum|short_extreme|totals|row_leaf|row_halves|row_totals|column_tile|column_quarters|column_halves|column_totals)\b"
)


def takes_outer(operation: str, kind: ScalarType, machine: Machine) -> bool:
    """Tell whether there is ``@totals`` for an operation and a type."""
    folding = folding_of(_kernel(operation, kind))
    return folding is not None and can_fold(folding, machine) and can_take_outer(kind, machine)


def element_folds_text(machine: Machine, parts: ModuleParts) -> str:
    """Return the functions for the operations and types that a module asks for."""
    return "\n".join(_fold_text(operation, BY_NAME[kind], machine, parts) for operation, kind in sorted(parts.element_folds))


def _fold_text(operation: str, kind: ScalarType, machine: Machine, parts: ModuleParts) -> str:
    function, name = _kernel(operation, kind), element_fold_name(operation, kind)
    folding = folding_of(function)
    loop = make_loop(expand(function), [kind, kind], [kind])
    text, way = carried_text(loop, TextEmitter(None, True, Failures()), parts, unrolled=True), "carried"
    if folding is not None and can_fold(folding, machine):
        text, way = f"{text}\n{folds_text(loop, folding, machine, parts)}", "reduced"
        if (operation, kind.name) in parts.outer_folds:
            text += "\n" + outer_folds_text(Fold(loop, folding, machine), f"elements.{name}", parts)
    # a module may hold several, each with functions of its own
    own = _OWN_FUNCTIONS.sub(rf"@\1.{name}", text)
    return f"{own}\n{_entry(name, way, scalar_name(kind))}"


def _kernel(operation: str, kind: ScalarType) -> Function:
    build, parameters = Builder(), (Variable(kind, "a"), Variable(kind, "b"))
    result = build(TABLE[operation], *parameters)
    return Function(operation, parameters, build.finish([result]))


def _entry(name: str, way: str, kind: str) -> str:
    """Return the function that kernels call: it lays out what NumPy's `reduce` hands to an inner loop."""
    return f"""
define internal {kind} @elements.{name}({kind} %start, ptr %first, i64 %count, i64 %step) noinline nounwind strictfp {{
entry:
  %result = alloca {kind}
  %args = alloca [3 x ptr]
  %steps = alloca [3 x i64]
  store {kind} %start, ptr %result
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %work, label %done
work:
  %args.1 = getelementptr ptr, ptr %args, i64 1
  %args.2 = getelementptr ptr, ptr %args, i64 2
  store ptr %result, ptr %args
  store ptr %first, ptr %args.1
  store ptr %result, ptr %args.2
  %steps.1 = getelementptr i64, ptr %steps, i64 1
  %steps.2 = getelementptr i64, ptr %steps, i64 2
  store i64 0, ptr %steps
  store i64 %step, ptr %steps.1
  store i64 0, ptr %steps.2
  call void @{way}.{name}(ptr %args, i64 %count, ptr %steps) strictfp
  br label %done
done:
  %joined = load {kind}, ptr %result
  ret {kind} %joined
}}"""
