"""Values of several numbers while a text is taken apart: rows of operands that each stand for one number.

`Wholes` knows which names are such values, makes fresh names for their parts, and turns an operand of the text (a name, a
constant, a variable of Python's) into its row. It is where the types of such operands are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from cobra.compiler.frontend.llvm_text.flow_graph import FlowGraph
from cobra.compiler.frontend.llvm_text.instructions import Aggregate, Body, Instruction, Operand
from cobra.compiler.frontend.llvm_text.shapes import COMPOUNDS, CompoundKind, leaf_count, leaves, parts, settled, type_in_text
from cobra.compiler.frontend.llvm_text.types import IntegerType, LlvmType, SequenceType, StructType, VectorType, with_article
from cobra.compiler.frontend.terms import Compound, Number, Term
from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.values import Constant
from cobra.compiler.primitives import complex_parts
from cobra.errors import CobraError, InvalidConstant, InvalidText, TypeMismatch, UnsupportedSyntax
from cobra.types import float64

_SAME_EVERYWHERE = frozenset({"zeroinitializer", "undef", "poison"})
_FORMS: dict[str, type] = {"<": VectorType, "[": SequenceType, "{": StructType, "<{": StructType, "c": SequenceType}
_BYTE = IntegerType(8)


class Whole(NamedTuple):
    """A value of several numbers: its settled type and an operand for each leaf."""

    type: CompoundKind
    row: tuple[Operand, ...]

    def part(self, start: int, kind: LlvmType) -> tuple[Operand, ...]:
        """Return the operands of the part that begins with a leaf."""
        return self.row[start : start + leaf_count(kind)]


@dataclass(slots=True)
class Apart:
    """What taking a text apart leaves behind: Python's numbers by name, and the rows of all other names."""

    given: dict[str, Term]
    wholes: dict[str, Whole]


class Wholes:
    """The values of several numbers in one text."""

    def __init__(self, graph: FlowGraph, given: Mapping[str, Term], builder: Builder) -> None:
        self.graph, self.given, self.builder = graph, given, builder
        self.body: Body = graph.body
        self.rows: dict[str, Whole] = {}
        self.single: dict[str, LlvmType] = {}
        """The types of the other names, as far as they are known."""
        self.addresses: set[str] = set()
        """The names of pointers into allocas of several numbers."""
        self.numbers: dict[str, Term] = {}
        """The numbers that Python's compounds consist of, by new names."""
        self.taken = graph.names() | given.keys()
        self.given_rows: dict[tuple[str, CompoundKind], Whole] = {}

    # -- complaints

    def fail(self, kind: type[CobraError], message: str, at: int, hint: str | None = None) -> NoReturn:
        """Raise an error at a token."""
        raise kind(message, self.body.location(at), hint)

    def refuse(self, kind: type[CobraError], message: str, instruction: Instruction, hint: str | None = None) -> NoReturn:
        """Raise an error at a whole instruction."""
        raise kind(message, self.body.line(instruction.at), hint)

    # -- types and names

    def settled(self, kind: LlvmType, at: int) -> LlvmType:
        """Return a type without names in it."""

        def refuse(message: str) -> NoReturn:
            self.fail(UnsupportedSyntax, message, at)

        return settled(kind, self.body.types, refuse)

    def fresh(self, name: str) -> str:
        """Return a name that nothing has."""
        while name in self.taken:
            name += "'"
        self.taken.add(name)
        return name

    def name_parts(self, name: str, kind: CompoundKind, at: int) -> Whole:
        """Give every leaf of a value a name of its own."""
        row = tuple(Operand(leaf, self.fresh(f"{name}[{k}]"), at) for k, leaf in enumerate(leaves(kind)))
        self.rows[name] = Whole(kind, row)
        return self.rows[name]

    # -- operands

    def whole(self, operand: Operand) -> Whole:
        """Return the row of an operand that the text says is of a compound type."""
        kind = self.settled(operand.type, operand.at)
        assert isinstance(kind, COMPOUNDS)
        if operand.name is None:
            return Whole(kind, self._constant(kind, operand))
        self.refuse_address(operand)
        known = self.rows.get(operand.name)
        if known is not None:
            if known.type != kind:
                self.refuse_type(operand, known.type, kind)
            return known
        if operand.name in self.single:
            self.refuse_type(operand, self.single[operand.name], kind)
        return self._of_python(operand, kind)

    def refuse_type(self, operand: Operand, has: LlvmType, wanted: LlvmType) -> NoReturn:
        """Raise because a name has another type than the text says."""
        hint = f"Write {has} {operand.value}."
        if isinstance(has, COMPOUNDS) and not isinstance(wanted, COMPOUNDS):
            hint = _extraction(str(operand.value), has, wanted)
        self.fail(TypeMismatch, f"{operand.value} is {with_article(has)}, not {with_article(wanted)}", operand.at, hint)

    def check_single(self, operand: Operand) -> None:
        """Raise if an operand that the text takes for one number is several."""
        name = operand.name
        if name in self.rows:
            self.refuse_type(operand, self.rows[name].type, operand.type)
        self.refuse_address(operand)

    def refuse_address(self, operand: Operand) -> None:
        """Raise for a pointer into an alloca where nothing but memory instructions may have it."""
        if operand.name in self.addresses:
            hint = "Load from it and use the value; arrays come from Python."
            self.fail(UnsupportedSyntax, f"the address of the alloca {operand.value} is used here", operand.at, hint)

    # -- constants

    def _constant(self, kind: LlvmType, operand: Operand) -> tuple[Operand, ...]:
        """Return the row of a constant."""
        value, at = operand.value, operand.at
        if not isinstance(kind, COMPOUNDS):
            if not isinstance(value, Aggregate) and value[:1] == "%":
                hint = "Put it in with insertelement or insertvalue."
                self.fail(InvalidText, f"a constant has no variables in it, such as {value}", at, hint)
            return (Operand(kind, value, at),)
        if isinstance(value, str):
            if value not in _SAME_EVERYWHERE:
                self.fail(InvalidConstant, f"{value} is no {kind}", at, _sample_constant(kind))
            return tuple(Operand(leaf, value, at) for leaf in leaves(kind))
        if value.form == "splat":
            return self._splat(kind, value, at)
        if not isinstance(kind, _FORMS[value.form]) or (value.form == "<{") != (isinstance(kind, StructType) and kind.packed):
            self.fail(InvalidConstant, f"this is no {kind}", at, _sample_constant(kind))
        if value.form == "c":
            return self._characters(kind, value, at)
        wanted = parts(kind)
        if len(wanted) != len(value.elements):
            message = f"{with_article(kind)} has {len(wanted)} parts, and this constant {len(value.elements)}"
            self.fail(InvalidConstant, message, at)
        return tuple(leaf for part, element in zip(wanted, value.elements, strict=True) for leaf in self._element(part, element))

    def _element(self, kind: LlvmType, element: Operand) -> tuple[Operand, ...]:
        """Return the row of one part of a constant."""
        stated = self.settled(element.type, element.at)
        if stated != kind:
            self.fail(TypeMismatch, f"this part is {with_article(kind)}, not {with_article(stated)}", element.at)
        return self._constant(kind, element)

    def _splat(self, kind: CompoundKind, value: Aggregate, at: int) -> tuple[Operand, ...]:
        if not isinstance(kind, VectorType) or len(value.elements) != 1:
            self.fail(InvalidConstant, f"splat makes a vector of one number, not {with_article(kind)}", at)
        return self._element(kind.element, value.elements[0]) * kind.count

    def _characters(self, kind: CompoundKind, value: Aggregate, at: int) -> tuple[Operand, ...]:
        numbers = _bytes_of(value.text[1:-1])
        if not isinstance(kind, SequenceType) or kind.element != _BYTE or len(numbers) != kind.count:
            self.fail(InvalidConstant, f"this text is a [{len(numbers)} x i8], not {with_article(kind)}", at)
        return tuple(Operand(_BYTE, str(number), at) for number in numbers)

    # -- Python's values

    def _of_python(self, operand: Operand, kind: CompoundKind) -> Whole:
        """Return the row of a variable of Python's."""
        name = str(operand.value)
        known = self.given_rows.get((name, kind))
        if known is not None:
            return known
        term = self.given.get(name)
        numbers = self._python_numbers(term, kind)
        if numbers is None:
            own = None if not isinstance(term, Compound) else type_in_text(term.type)
            hint = None if own is None else f"Write {own} {name}."
            self.fail(TypeMismatch, f"{name} is {term} in Python, not {with_article(kind)}", operand.at, hint)
        pairs = enumerate(zip(leaves(kind), numbers, strict=True))
        made = Whole(kind, tuple(self._number(name, k, leaf, number, operand.at) for k, (leaf, number) in pairs))
        self.given_rows[name, kind] = made
        return made

    def _number(self, name: str, position: int, kind: LlvmType, number: Number, at: int) -> Operand:
        fresh = self.fresh(f"{name}[{position}]")
        self.numbers[fresh] = number
        return Operand(kind, fresh, at)

    def _python_numbers(self, term: Term | None, kind: LlvmType) -> list[Number] | None:
        """Return the numbers that a variable of Python's consists of, or None if a text cannot take it as a type."""
        if isinstance(term, Compound) and type_in_text(term.type) == kind:
            return self._flattened(term)
        if isinstance(term, Number) and term.type.is_complex:
            weak = term.weak and term.constant is not None and isinstance(kind, StructType) and len(set(kind.fields)) == 1
            return self._flattened(term) if type_in_text(term.type) == kind or weak else None
        return None

    def _flattened(self, term: Number | Compound) -> list[Number]:
        if isinstance(term, Compound):
            return [number for item in term.items for number in self._flattened(item)]
        if not term.type.is_complex:
            return [term]
        if isinstance(term.value, Constant):
            number = complex(term.value.value)
            component = float64 if term.weak else term.type.component
            return [Number(Constant(component, value), term.weak) for value in (number.real, number.imag)]
        return [Number(value) for value in complex_parts.parts(self.builder, term.value)]


def _extraction(name: str, has: CompoundKind, wanted: LlvmType) -> str:
    opcode, position = ("extractelement", "i32 0") if isinstance(has, VectorType) else ("extractvalue", "0")
    return f"Take a part of it first: %part = {opcode} {has} {name}, {position}."


def _sample_constant(kind: CompoundKind) -> str:
    if isinstance(kind, VectorType):
        return f"The same number everywhere is written splat ({kind.element} 1), zeros zeroinitializer."
    return "A constant names the type of every part, { float 1.0, i32 2 } or [ i8 1, i8 2 ]; zeros are written zeroinitializer."


def _bytes_of(text: str) -> list[int]:
    numbers, at = [], 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 3].strip("0123456789abcdefABCDEF") == "" and len(text) >= at + 3:
            numbers.append(int(text[at + 1 : at + 3], 16))
            at += 3
        else:
            numbers += text[at].encode()
            at += 1
    return numbers
