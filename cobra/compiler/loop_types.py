"""The operand types of one loop of a kernel."""

from __future__ import annotations

from dataclasses import dataclass

from cobra.types import ArrayType, ScalarType, Type


@dataclass(frozen=True, slots=True)
class LoopTypes:
    """The operand types of one loop: arrays where an operand has core dimensions or is an output of such a kernel."""

    inputs: tuple[Type, ...]
    outputs: tuple[Type, ...]
    infer: bool = False
    """The element types of the outputs are only where inference starts."""

    @property
    def chars(self) -> str:
        """Return NumPy's codes of the element types, inputs then outputs."""
        return "".join(element_of(kind).char for kind in (*self.inputs, *self.outputs))

    def __str__(self) -> str:
        split = len(self.inputs)
        return f"{self.chars[:split]}->{self.chars[split:]}"


def element_of(kind: Type) -> ScalarType:
    """Return the scalar type of an operand."""
    return kind.element if isinstance(kind, ArrayType) else kind
