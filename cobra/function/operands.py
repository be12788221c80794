"""How each parameter and result of a function is passed in C: what its numbers are, and what a C compiler would call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cobra.compiler.codegen.function_entries import Passed, Place
from cobra.compounds import FixedArrayType, PointerType, StructType, VectorType, leaves
from cobra.types import KernelType, ScalarType, uint64


class CFunction(NamedTuple):
    """The types of a C function: its result, None for ``void``, and its parameters."""

    result: str | None
    parameters: tuple[str, ...]

    def declaration(self, name: str) -> str:
        """Return the declaration in C; with ``(*)`` for a name, the type of pointers to such a function."""
        return f"{self.result or 'void'} {name}({', '.join(self.parameters) or 'void'})"


def passed(kind: KernelType) -> Passed:
    """Return how C passes a value of a type: a real number and a pointer by value, everything else by a pointer to it."""
    if isinstance(kind, PointerType):
        return Passed((Place(uint64, 0),), by_value=True)
    if isinstance(kind, ScalarType):
        return Passed((Place(kind, 0),), by_value=not kind.is_complex)
    assert isinstance(kind, (VectorType, StructType, FixedArrayType))
    return Passed(tuple(Place(leaf.type, leaf.offset) for leaf in leaves(kind)), by_value=False)


def c_function(inputs: Sequence[KernelType], results: Sequence[KernelType]) -> CFunction:
    """Return the C function with parameters and results of some types."""
    taken = tuple(_c_name(kind) if passed(kind).by_value else "const void *" for kind in inputs)
    if len(results) == 1 and passed(results[0]).by_value:
        return CFunction(_c_name(results[0]), taken)
    return CFunction(None, (*taken, *("void *" for _ in results)))


def _c_name(kind: KernelType) -> str:
    if isinstance(kind, PointerType):
        return f"{_c_name(kind.element)} *" if passed(kind.element).by_value else "void *"
    assert isinstance(kind, ScalarType)
    if kind.is_floating:
        return {16: "uint16_t", 32: "float", 64: "double"}[kind.bits]
    return "_Bool" if kind.kind == "bool" else f"{kind.name}_t"
