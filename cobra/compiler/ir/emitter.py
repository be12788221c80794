"""What a primitive's lowering may ask of the target's text emitter.

A lowering speaks in registers (LLVM names as text) and need not know whether it writes scalar code or whole vectors of
lanes: `type` and `suffix` say it for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cobra.compiler.ir.values import Number, Variable
from cobra.types import ScalarType


class Emitter(Protocol):
    """The writer of LLVM text for one function body."""

    @property
    def lanes(self) -> int | None:
        """Return the elements computed at once, or None for scalar code."""

    @property
    def strict(self) -> bool:
        """Tell whether floating-point errors must come out exactly as the kernel says."""

    @property
    def fast(self) -> bool:
        """Tell whether floating-point errors do not matter, and code may be reordered."""

    @property
    def mask(self) -> str | None:
        """Return the register of live lanes, or None when all are."""

    def type(self, scalar: ScalarType) -> str:
        """Return the LLVM type: ``double``, ``<8 x double>``; a bool is ``i1``."""

    def suffix(self, scalar: ScalarType) -> str:
        """Return the mangling of the type in intrinsic names: ``f64``, ``v8f64``."""

    def constant(self, value: Number, scalar: ScalarType) -> str:
        """Return a constant, repeated for every lane."""

    def emit(self, text: str) -> str:
        """Write an instruction and return the register of its result."""

    def write(self, text: str) -> None:
        """Write an instruction without a result."""

    def intrinsic(self, name: str, result: str, operands: Sequence[tuple[str, str]]) -> str:
        """Call ``@llvm.name`` (mangling included) with (type, register) operands, declaring it."""

    def constrained(
        self, name: str, result: str, operands: Sequence[tuple[str, str]], mangling: str, *, rounds: bool, predicate: str = ""
    ) -> str:
        """Call the constrained (strict) twin ``@llvm.experimental.constrained.name`` of a floating-point operation."""

    def call_library(self, function: str, result: str, operands: Sequence[tuple[str, str]]) -> str:
        """Call a function of the C library; scalar code only."""

    def select(self, condition: str, scalar: ScalarType, yes: str, no: str) -> str:
        """Choose per lane."""

    def look_up(self, entries: Sequence[Number], scalar: ScalarType, index_type: ScalarType, index: str) -> str:
        """Return the entries of a table of constants at indices, which are taken modulo its size, a power of two."""

    def signal(self, flag: str, condition: str) -> None:
        """Remember to raise a floating-point error (``divide over under invalid``) where the condition holds in a live lane."""

    def fail_if(self, condition: str, exception: str, message: str) -> None:
        """Leave the kernel with a Python exception when the condition holds in a live lane."""

    def element_address(self, array: str, indices: Sequence[str]) -> str:
        """Return the address of an array parameter's element."""

    def element_step(self, array: str, axis: int) -> str:
        """Return the bytes from one element of an array parameter to the next along a dimension."""

    def fold_elements(self, by: str, scalar: ScalarType, operands: Sequence[str]) -> str:
        """Join a start and elements of a type by the operation of that name: start, address, count, bytes between two."""

    def matrix_product(self, by: str, scalar: ScalarType, operands: Sequence[str]) -> None:
        """Multiply matrices of a type as a gufunc does: address and two steps of the result and of both factors, then three sizes."""

    def local_array(self, array: Variable) -> str:
        """Return the address of an array of the function's own."""
