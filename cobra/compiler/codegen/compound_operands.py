"""NumPy arguments that are vectors, fixed arrays or structures, as the numbers in them: their leaves.

In go the operand types of an elementwise kernel; out comes where each number lies, as LLVM text. The function of the kernel has one
parameter for each number, in order, whatever operand it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from cobra.compiler.codegen.emitter import TextEmitter
from cobra.compiler.codegen.loop_parts import ElementwiseLoop
from cobra.compiler.codegen.native_text import Operand
from cobra.compiler.ir.operations import Function
from cobra.compiler.loop_types import core_shape, element_of
from cobra.compounds import StructType, leaves
from cobra.types import ArrayType, KernelType, ScalarType


@dataclass(frozen=True, slots=True)
class Place:
    """Where one number lies in an element of its operand: how many bytes from the start, or at which core indices."""

    operand: Operand
    offset: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One NumPy argument with the numbers in it."""

    index: int
    places: tuple[Place, ...]
    shape: tuple[int, ...]
    size: int
    """Bytes of one element, core dimensions included."""


@dataclass(frozen=True)
class CompoundLoop:
    """An elementwise function after all passes, with the operands NumPy hands over."""

    function: Function
    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """Return inputs and outputs."""
        return self.inputs + self.outputs

    @cached_property
    def by_number(self) -> ElementwiseLoop:
        """Return the same function with each number as an operand of its own."""
        first, last = (tuple(place.operand for a in side for place in a.places) for side in (self.inputs, self.outputs))
        return ElementwiseLoop(self.function, first, last)

    def core_strides(self, argument: Argument) -> range:
        """Return where the strides of an argument's core dimensions stand among the steps."""
        before = len(self.arguments) + sum(len(other.shape) for other in self.arguments[: argument.index])
        return range(before, before + len(argument.shape))


def make_compound_loop(function: Function, operands: Sequence[KernelType], outputs: int) -> CompoundLoop:
    """Return the loop of a function whose complex values are split into parts; the last `outputs` operands are outputs."""
    arguments: list[Argument] = []
    numbers = 0
    for kind in operands:
        arguments.append(_argument(len(arguments), kind, numbers))
        numbers += len(arguments[-1].places)
    split = len(operands) - outputs
    return CompoundLoop(function, tuple(arguments[:split]), tuple(arguments[split:]))


def _argument(index: int, kind: KernelType, first: int) -> Argument:
    if isinstance(kind, StructType):
        fields = tuple(Place(Operand(first + k, leaf.type, packed=True), leaf.offset, ()) for k, leaf in enumerate(leaves(kind)))
        return Argument(index, fields, (), kind.dtype.itemsize)
    assert not isinstance(kind, ArrayType)
    scalar, shape = element_of(kind), core_shape(kind)
    indices = product(*map(range, shape))
    places = tuple(Place(Operand(first + k, scalar), k * scalar.itemsize, at) for k, at in enumerate(indices))
    return Argument(index, places, shape, len(places) * scalar.itemsize)


def is_compound(kind: KernelType) -> bool:
    """Tell whether an operand is made of several numbers."""
    return not isinstance(kind, (ScalarType, ArrayType))


class Addresses:
    """Writes the address of each number of an element.

    Parameters
    ----------
    dense
        Whether the core dimensions are known to be dense.
    """

    def __init__(self, loop: CompoundLoop, emitter: TextEmitter, *, dense: bool) -> None:
        self.emitter, self.dense = emitter, dense
        self.strides = {} if dense else {a.index: [self._load(step) for step in loop.core_strides(a)] for a in loop.arguments}

    def _load(self, position: int) -> str:
        return self.emitter.emit(f"load i64, ptr {self.emitter.emit(f'getelementptr i64, ptr %steps, i64 {position}')}")

    def of(self, argument: Argument, start: str) -> Iterator[str]:
        """Yield the addresses of the numbers of an argument's element that starts at an address."""
        known: dict[tuple[int, ...], str] = {(): start}
        for place in argument.places:
            fixed = self.dense or not argument.shape
            yield self._at(start, str(place.offset)) if fixed else self._within(argument, place.indices, known)

    def _within(self, argument: Argument, indices: tuple[int, ...], known: dict[tuple[int, ...], str]) -> str:
        """Return the address of the number at core indices, made from that of the row it stands in."""
        if indices not in known:
            *row, last = indices
            offset = self.emitter.emit(f"mul nsw i64 {self.strides[argument.index][len(row)]}, {last}")
            known[indices] = self._at(self._within(argument, tuple(row), known), offset)
        return known[indices]

    def _at(self, start: str, offset: str) -> str:
        return self.emitter.emit(f"getelementptr i8, ptr {start}, i64 {offset}") if offset != "0" else start

