"""What names stand for while a text is translated, and the value of an operand.

A `Scope` holds the values made so far, their types and, for pointers, the array each points into. It is where a type that
the text gives an operand is compared with the one it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, NoReturn

from cobra.compiler.frontend.llvm_text.constants import literal
from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph
from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.python_values import given_value, is_text_type, python_hint
from cobra.compiler.frontend.llvm_text.types import FloatType, IntegerType, LlvmType, PointerType, resolve, scalar_of, with_article
from cobra.compiler.frontend.terms import Array, Number, Term
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Value
from cobra.errors import CobraError, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, int64

_KNOWN_TYPES = (
    "Understood are i1, i8, i16, i32 and i64, half, bfloat, float and double, vectors, structures and arrays of these, and pointers to "
    "elements of arrays."
)
_FROM_PYTHON = "Arrays come from Python."
_WIDTHS = {"half": 16, "bfloat": 16, "float": 32, "double": 64}


class Pointer(NamedTuple):
    """An element of an array: its index in the order of the elements, as an int64."""

    array: Array
    place: Value


class Scope:
    """The names of one text. Names have their percent sign here."""

    def __init__(self, builder: Builder, body: Body, graph: FlowGraph, given: Mapping[str, Term]) -> None:
        self.builder, self.body, self.graph = builder, body, graph
        self.given = given
        self.values: dict[str, Value] = {}
        """What each name stands for; of a pointer, its index."""
        self.types: dict[str, LlvmType] = {}
        self.arrays: dict[str, Array] = {}
        """The array that each pointer points into."""
        for node in graph.nodes:
            for phi in node.phis:
                self._note(phi.name, phi.type, phi.incoming.values())
            for instruction in node.instructions:
                if instruction.result:
                    self._note(instruction.result, instruction.type, instruction.operands)

    def _note(self, name: str, kind: LlvmType, operands: Iterable[Operand]) -> None:
        self.types[name] = self.resolve(kind)
        if isinstance(self.types[name], PointerType):
            found = (self.array_of(operand.name) for operand in operands if operand.name is not None)
            array = next((array for array in found if array is not None), None)
            if array is not None:
                self.arrays[name] = array

    def array_of(self, name: str) -> Array | None:
        """Return the array that a pointer points into, as far as that is known."""
        term = self.given.get(name)
        return term if isinstance(term, Array) else self.arrays.get(name)

    # -- complaints

    def fail(self, kind: type[CobraError], message: str, at: int, hint: str | None = None) -> NoReturn:
        """Raise an error at a token."""
        raise kind(message, self.body.location(at), hint)

    def refuse(self, kind: type[CobraError], message: str, instruction: Instruction, hint: str | None = None) -> NoReturn:
        """Raise an error at a whole instruction."""
        raise kind(message, self.body.line(instruction.at), hint)

    # -- types

    def resolve(self, kind: LlvmType) -> LlvmType:
        """Return what a type's name stands for."""
        return resolve(kind, self.body.types)

    def scalar(self, kind: LlvmType, at: int) -> ScalarType:
        """Return the scalar type of a type, or raise because there is none yet."""
        found = scalar_of(self.resolve(kind))
        if found is None:
            self.fail(UnsupportedSyntax, f"values of type {kind} are not understood", at, _KNOWN_TYPES)
        return found

    def register(self, name: str, at: int) -> ScalarType:
        """Return the type of what stands for a name: the index stands for a pointer."""
        kind = self.types[name]
        return int64 if isinstance(kind, PointerType) else self.scalar(kind, at)

    # -- values

    def value(self, operand: Operand) -> Value:
        """Return the value of an operand; that of a pointer is its index."""
        kind = self.resolve(operand.type)
        if isinstance(kind, PointerType):
            return self.pointer(operand).place
        scalar = self.scalar(operand.type, operand.at)
        if isinstance(operand.value, Aggregate):
            self.fail(TypeMismatch, f"several numbers are no {kind}", operand.at)
        if operand.name is None:
            return literal(operand.value, scalar, lambda: self.body.location(operand.at))
        if operand.name in self.types:
            self._check_type(operand.name, self.types[operand.name], kind, operand.at)
            return self.values[operand.name]
        term = self.given[operand.name]
        if not is_text_type(term, scalar):
            self._refuse_given(operand.name, term, kind, operand.at)
        return given_value(self.builder, term, scalar, lambda: self.body.location(operand.at))

    def _check_type(self, name: str, has: LlvmType, wanted: LlvmType, at: int) -> None:
        if has != wanted:
            hint = f"Write {has} {name}{_conversion(name, has, wanted)}."
            self.fail(TypeMismatch, f"{name} is {with_article(has)}, not {with_article(wanted)}", at, hint)

    def _refuse_given(self, name: str, term: Term, wanted: LlvmType, at: int) -> NoReturn:
        self.fail(TypeMismatch, f"{name} is {term} in Python, not {with_article(wanted)}", at, python_hint(name, term))

    # -- pointers

    def pointer(self, operand: Operand) -> Pointer:
        """Return the element that an operand points to."""
        name = operand.name
        if name is None:
            self.fail(UnsupportedSyntax, f"the pointer {operand.value} is not understood", operand.at, _FROM_PYTHON)
        term = self.given.get(name)
        if name not in self.types:
            if not isinstance(term, Array):
                hint = "Use the number itself: it needs no load." if isinstance(term, Number) else None
                self.fail(TypeMismatch, f"{name} is {term} in Python, not an array", operand.at, hint)
            return Pointer(term, constant(0, int64))
        if not isinstance(self.types[name], PointerType):
            self._check_type(name, self.types[name], self.resolve(operand.type), operand.at)
        array = self.arrays.get(name)
        if array is None:
            self.fail(UnsupportedSyntax, f"it is not known which array {name} points into", operand.at, _FROM_PYTHON)
        return Pointer(array, self.values[name])


def _conversion(name: str, has: LlvmType, wanted: LlvmType) -> str:
    """Return advice how to convert a value, or nothing."""
    opcode = None
    if isinstance(has, IntegerType) and isinstance(wanted, IntegerType):
        opcode = "sext" if has.bits < wanted.bits else "trunc"
    elif isinstance(has, IntegerType) and isinstance(wanted, FloatType):
        opcode = "uitofp" if has.bits == 1 else "sitofp"
    elif isinstance(has, FloatType) and isinstance(wanted, IntegerType):
        opcode = "fptosi"
    elif str(has) in _WIDTHS and str(wanted) in _WIDTHS and _WIDTHS[str(has)] != _WIDTHS[str(wanted)]:
        opcode = "fpext" if _WIDTHS[str(has)] < _WIDTHS[str(wanted)] else "fptrunc"
    return "" if opcode is None else f", or convert it before: %converted = {opcode} {has} {name} to {wanted}"
