"""Calls of code that Cobra knows nothing of but its name: LLVM text that its own parser does not understand.

Such code is compiled by LLVM apart from the kernel. It takes numbers and gives numbers, all at once, as a structure by value.
"""

from __future__ import annotations

from cobra.compiler.ir.emitter import Emitter
from cobra.compiler.ir.operations import Operation, Primitive
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.type_rules import explicit


def _lower(emitter: Emitter, operation: Operation, registers: tuple[str, ...]) -> tuple[str, ...]:
    operands = [(emitter.type(scalar_of(value)), name) for value, name in zip(operation.operands, registers, strict=True)]
    kind = f"{{ {', '.join(emitter.type(scalar_of(result)) for result in operation.results)} }}"
    made = emitter.call_library(str(operation.attributes["symbol"]), kind, operands)
    return tuple(emitter.emit(f"extractvalue {kind} {made}, {k}") for k in range(len(operation.results)))


opaque_call = Primitive(
    name="opaque_call",
    doc="Call the function `symbol`, made of LLVM text; its results are of the types named in `to`.",
    rule=explicit("opaque_call"),
    lower=_lower,
    takes_half=True,
    effect=True,
    costly=True,
    scalar_only=True,
)

RECORDS = (opaque_call,)
