"""Put the math library's own definitions in the place of functions that would be called in the C library.

Goes in: a function whose complex and float16 arithmetic is gone. Comes out: one in which every operation that its record gives a
definition for real numbers (`Primitive.definition`) is written out as that definition, which is straight code on numbers. So nothing
needs the C library, and whole vectors of lanes compute what was a call per element.

A definition is translated once, when a wheel is built or when it is first needed, and kept on disk in the printed form of the
representation. Where less exact results are allowed, a
quicker variant stands in its place if there is one: the function of the same name in the module `fast_<family>`.

Definitions reduce arguments and carry roundings along by sums that are exact in the order they are written in. In a kernel whose operations
may be reordered, theirs are marked as staying `IN_ORDER`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from cobra.cache import disk, keys
from cobra.compiler.frontend.translate import translate_elementwise
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.copying import insert_copy
from cobra.compiler.ir.operations import IN_ORDER, Function, Operation
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.reading import read_function
from cobra.compiler.ir.rewrite import rewrite
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.expansion import scalar_of
from cobra.compiler.primitives.table import TABLE
from cobra.compiler.spec import KernelSpec, spec_of
from cobra.compiler.transforms.expand import expand
from cobra.compiler.transforms.shipped_definitions import shipped
from cobra.compiler.transforms.simplify import simplify
from cobra.types import ScalarType, float32, float64

_ROOM = "cobra.compiler.math"
_ENDINGS = {float32: "f32", float64: "f64"}


def define(function: Function, *, fast: bool = False, in_order: bool = False) -> Function:
    """Return the function with every operation that the math library defines written out, by quicker variants if `fast`."""
    return rewrite(function, lambda build, operation: _defined(build, operation, fast, in_order))


def define_missing(function: Function, *, fast: bool = False, in_order: bool = False) -> Function:
    """Return the function with those operations written out that the C library lacks."""

    def rule(build: Builder, operation: Operation) -> Sequence[Value] | None:
        return None if operation.primitive.library else _defined(build, operation, fast, in_order)

    return rewrite(function, rule)


def _defined(build: Builder, operation: Operation, fast: bool, in_order: bool) -> Sequence[Value] | None:
    name = operation.primitive.definition
    if name is None or (ending := _ENDINGS.get(scalar_of(operation.operands[0]))) is None:
        return None
    name = f"{name}_{ending}"
    name = fast_name(name) if fast else name
    return insert_copy(build, _definition_in_order(name) if in_order else definition(name), operation.operands)


@cache
def _definition_in_order(name: str) -> Function:
    """Return a definition whose floating-point operations are marked as not to be reordered."""

    def mark(build: Builder, operation: Operation) -> Sequence[Value] | None:
        if not any(isinstance(value.type, ScalarType) and value.type.is_floating for value in operation.operands):
            return None
        attributes = {**operation.attributes, IN_ORDER: 1}
        return build.operation(operation.primitive, operation.operands, [result.type for result in operation.results], **attributes)

    return rewrite(definition(name), mark)


@cache
def fast_name(name: str) -> str:
    """Return the name of the quicker variant of a definition, or that of the definition itself where there is none.

    Examples
    --------
    >>> fast_name("hyperbolic.sinh_f32"), fast_name("exponential.exp_f32")
    ('fast_hyperbolic.sinh_f32', 'exponential.exp_f32')
    """
    module, _, function = name.rpartition(".")
    place = f"{_ROOM}.fast_{module}"
    variants = vars(importlib.import_module(place)) if importlib.util.find_spec(place) is not None else {}
    return f"fast_{name}" if getattr(variants.get(function), "__module__", None) == place else name


@cache
def definition(name: str) -> Function:
    """Return what the math library computes, such as ``exponential.exp_f32``, in operations that a machine has.

    Examples
    --------
    >>> definition("exponential.exp_f32").result_types
    (float32,)
    """
    store = disk.default()
    key = keys.digest("definition of the math library", keys.toolchain_identity(), name)
    kept = store.read(key) if store is not None else None
    if kept is not None:
        return read_function(kept.decode(), TABLE)
    printed = shipped(name)
    made = _translated(name) if printed is None else read_function(printed, TABLE)
    if store is not None:
        store.write(key, (printed or print_function(made)).encode())
    return made


def definition_names() -> list[str]:
    """Return the names of all definitions, quicker variants included."""
    usual = [f"{record.definition}_{ending}" for record in TABLE.values() if record.definition for ending in _ENDINGS.values()]
    return sorted({variant for name in usual if _exists(name) for variant in (name, fast_name(name))})


def _exists(name: str) -> bool:
    module, _, function = name.rpartition(".")
    return hasattr(importlib.import_module(f"{_ROOM}.{module}"), function)


def _translated(name: str) -> Function:
    module, _, function = name.rpartition(".")
    spec = KernelSpec(spec_of(getattr(importlib.import_module(f"{_ROOM}.{module}"), function)))
    inputs = [_parameter_type(spec, position) for position in range(len(spec.operand_names))]
    translated = translate_elementwise(spec, inputs, None).function
    return define(simplify(expand(simplify(replace(translated, name=function)))))


def _parameter_type(spec: KernelSpec, position: int) -> ScalarType:
    kind = spec.function.parameters[position].annotation
    assert isinstance(kind, ScalarType), "the parameters of the math library are annotated"
    return kind
