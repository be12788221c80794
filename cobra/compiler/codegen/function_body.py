"""The body of a scalar function as an LLVM function on registers, which all its entries call.

In: a function after all passes. Out: the text of ``@body``, which takes every number of the parameters and returns a structure of
every number of the results and, last, whether it failed: then a Python exception is set, and the numbers are zeros and NaNs.
"""

from __future__ import annotations

from collections.abc import Sequence

from cobra.compiler.codegen.emitter import TextEmitter, literal, scalar_name
from cobra.compiler.codegen.loop_parts import ModuleParts
from cobra.compiler.codegen.lowering import Lowering
from cobra.compiler.codegen.native_text import failure_exit
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.types import ArrayType, ScalarType


class QuietEmitter(TextEmitter):
    """Scalar code that reports no floating-point errors, as Python's own arithmetic on NumPy scalars with errors ignored."""

    def signal(self, flag: str, condition: str) -> None:
        """Forget a floating-point error."""


def body_text(function: Function, parts: ModuleParts, *, fast_math: bool) -> str:
    """Return the text of ``@body``."""
    emitter = QuietEmitter(None, False, parts.failures, fast=fast_math)
    names = [f"%p{k}" for k in range(len(function.parameters))]
    for parameter, name in zip(function.parameters, names, strict=True):
        _bind(emitter, parameter, name)
    results = Lowering(emitter).region(function.body)
    kinds = [_scalar(value) for value in function.body.results]
    emitter.write(f"ret {result_type(kinds)} {_structure(emitter, kinds, results)}")
    failed = ", ".join([*(f"{scalar_name(kind)} {literal(_nothing(kind), kind)}" for kind in kinds), "i1 true"])
    failure_exit(emitter, f"{result_type(kinds)} {{ {failed} }}")
    parts.absorb(emitter)
    taken = ", ".join(f"{_register_type(p)} {name}" for p, name in zip(function.parameters, names, strict=True))
    return "\n".join([f"define internal {result_type(kinds)} @body({taken}) nounwind {{", "entry:", *emitter.lines, "}"])


def _bind(emitter: TextEmitter, parameter: Variable, register: str) -> None:
    """Give the body a parameter; a pointer comes as the integer of its address, as Python has no better way to say one."""
    if isinstance(parameter.type, ArrayType):
        emitter.bind_array(parameter, emitter.emit(f"inttoptr i64 {register} to ptr"), [str(parameter.type.element.itemsize)])
    else:
        emitter.registers[parameter] = register


def _register_type(parameter: Variable) -> str:
    return "i64" if isinstance(parameter.type, ArrayType) else scalar_name(parameter.type)


def result_type(kinds: Sequence[ScalarType]) -> str:
    """Return the LLVM type of what ``@body`` returns."""
    return f"{{ {', '.join([*map(scalar_name, kinds), 'i1'])} }}"


def _structure(emitter: TextEmitter, kinds: Sequence[ScalarType], registers: Sequence[str]) -> str:
    whole, structure = "zeroinitializer", result_type(kinds)
    for position, (kind, register) in enumerate(zip(kinds, registers, strict=True)):
        whole = emitter.emit(f"insertvalue {structure} {whole}, {scalar_name(kind)} {register}, {position}")
    return whole


def _nothing(kind: ScalarType) -> float:
    return float("nan") if kind.is_floating else 0


def _scalar(value: Value) -> ScalarType:
    assert isinstance(value.type, ScalarType)
    return value.type
