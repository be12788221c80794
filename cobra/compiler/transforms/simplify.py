"""Compute what is known already, and drop what nobody uses.

Operations on constants are evaluated by their NumPy ufunc, unless that raises an error (other than a rounding or an
underflow) which the kernel has to raise when it runs. An operation that may raise an error stays even if its result is unused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import For, Function, If, Operation, Region, Statement, While, inner_regions, operands_of
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.primitives.bitwise import bitwise_and, bitwise_or
from cobra.compiler.primitives.casts import RECORDS as CASTS
from cobra.compiler.primitives.casts import folded_cast, narrow
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.machine import reinterpret
from cobra.compiler.primitives.selection import select
from cobra.types import ScalarType, bfloat16, bool_


def simplify(function: Function) -> Function:
    """Return the function with constants folded and unused operations dropped."""
    folded = rewrite(function, simplified)
    return replace(folded, body=pruned(folded.body, set()))


def simplified(build: Builder, operation: Operation) -> Sequence[Value] | None:
    """Return what is known of an operation's results already, or None."""
    del build
    operands = operation.operands
    if operation.primitive is select:
        return _chosen(*operands)
    if operation.primitive in (bitwise_and, bitwise_or) and operation.result.type == bool_:
        return _combined(operation.primitive is bitwise_and, *operands)
    if not all(isinstance(operand, Constant) for operand in operands):
        return None
    known = [operand for operand in operands if isinstance(operand, Constant)]
    if operation.primitive in CASTS:
        folded = folded_cast(known[0], scalar_of(operation.result), once=operation.primitive is narrow)
        return None if folded is None else (folded,)
    if operation.primitive is reinterpret:
        return _reinterpreted(known[0], scalar_of(operation.result))
    if operation.primitive.effect:
        return () if len(known) == 1 and known[0].value is False else None
    return _evaluated(operation, known)


def _reinterpreted(known: Constant, to: ScalarType) -> tuple[Value, ...] | None:
    if bfloat16 in (known.type, to):
        return None
    read = np.array([known.value], known.type.dtype).view(to.dtype)[0]
    # Python keeps no bits of a NaN besides its being one
    return None if known.value != known.value or read != read else (constant(read.item(), to),)


def _chosen(condition: Value, yes: Value, no: Value) -> tuple[Value, ...] | None:
    if isinstance(condition, Constant):
        return (yes if condition.value else no,)
    return (yes,) if yes is no or _same_constant(yes, no) else None


def _combined(both: bool, left: Value, right: Value) -> tuple[Value, ...] | None:
    """Return a conjunction (or, unless `both`, a disjunction) of which one side is known."""
    for known, other in ((left, right), (right, left)):
        if isinstance(known, Constant):
            return (other if bool(known.value) is both else known,)
    return None


def _same_constant(first: Value, second: Value) -> bool:
    if not isinstance(first, Constant) or not isinstance(second, Constant) or first.type != second.type:
        return False
    # As bytes: 0.0 and -0.0 differ, and a NaN is itself.
    dtype: np.dtype[Any] = first.type.dtype
    return np.array(first.value, dtype).tobytes() == np.array(second.value, dtype).tobytes()


def _evaluated(operation: Operation, known: Sequence[Constant]) -> tuple[Value, ...] | None:
    ufunc = operation.primitive.numpy
    if ufunc is None:
        return None
    arguments = [np.array([operand.value], operand.type.dtype) for operand in known]
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
            made = ufunc(*arguments)
    except (FloatingPointError, ValueError):
        return None
    results = made if isinstance(made, tuple) else (made,)
    return tuple(constant(r[0].item(), scalar_of(v)) for r, v in zip(results, operation.results, strict=True))


def may_raise(operation: Operation) -> bool:
    """Tell whether an operation has an effect or may raise an error; whole numbers know only errors of division."""
    primitive = operation.primitive
    if primitive.effect or not primitive.raises:
        return primitive.effect
    kinds = [value.type for value in (*operation.operands, *operation.results)]
    whole = all(isinstance(kind, ScalarType) and (kind.is_integer or kind.kind == "bool") for kind in kinds)
    return not whole or "divide" in primitive.raises


def _stays(statement: Statement, used: set[Variable]) -> bool:
    if any(result in used for result in statement.results):
        return True
    match statement:
        case Operation():
            return may_raise(statement)
        case While():
            return True
        case _:
            return any(_stays(inner, used) for region in inner_regions(statement) for inner in region.statements)


def pruned(region: Region, used: set[Variable]) -> Region:
    """Return the region without statements that serve nothing; add all it uses to `used`, which holds what is used after it."""
    kept: list[Statement] = []
    used.update(value for value in region.results if isinstance(value, Variable))
    for statement in reversed(region.statements):
        if not _stays(statement, used):
            continue
        kept.append(_prune_inside(statement, used))
        used.update(value for value in operands_of(statement) if isinstance(value, Variable))
    return Region(tuple(reversed(kept)), region.results)


def _prune_inside(statement: Statement, used: set[Variable]) -> Statement:
    match statement:
        case If():
            return replace(statement, then=pruned(statement.then, used), orelse=pruned(statement.orelse, used))
        case For():
            return replace(statement, body=pruned(statement.body, used))
        case While():
            return replace(statement, test=pruned(statement.test, used), body=pruned(statement.body, used))
        case _:
            return statement
