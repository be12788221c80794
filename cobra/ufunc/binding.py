"""Kernels with some parameters fixed: what `cobra.bind` and default values make of a specification.

In go a specification and numbers; out comes the specification of a kernel of fewer operands. A real ufunc has one number of
inputs, so a kernel whose parameters have defaults has further ufuncs, one for each number of operands: its `Arities`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

import numpy as np

from cobra.compiler.frontend.entities import NumberConstant
from cobra.compiler.spec import KernelSpec
from cobra.errors import InvalidCall, InvalidConstant
from cobra.types import CompoundType, KernelType, ScalarType
from cobra.ufunc.signature import Signature

Constants = Mapping[str, NumberConstant]

_RANKS = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}
_PYTHON_RANKS: dict[type, int] = {bool: 0, int: 1, float: 2, complex: 3}


class Arities(Mapping[int, np.ufunc]):
    """The ufuncs of one kernel by number of inputs: with fewer of them, the last parameters have their defaults.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc
    ... def scaled(x: float, scale: float = 2.0) -> float:
    ...     return x * scale
    >>> scaled.arities
    <scaled of 1 or 2 inputs>
    >>> scaled.arities[1](3.0), scaled(3.0, 10.0)
    (np.float64(6.0), np.float64(30.0))
    """

    def __init__(self, spec: KernelSpec, make: Callable[[KernelSpec], np.ufunc]) -> None:
        self._spec, self._make = spec, make
        self._names = input_names(spec)
        defaults = default_constants(spec)
        self._optional = len(list(takewhile(defaults.__contains__, reversed(self._names[1:]))))

    def __getitem__(self, inputs: int) -> np.ufunc:
        if inputs not in tuple(self):
            raise KeyError(inputs)
        defaults, left_out = default_constants(self._spec), self._names[inputs:]
        return self._make(bound_spec(self._spec, {name: defaults[name] for name in left_out}) if left_out else self._spec)

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._names) - self._optional, len(self._names) + 1))

    def __len__(self) -> int:
        return self._optional + 1

    def __repr__(self) -> str:
        return f"<{self._spec.name} of {' or '.join(map(str, self))} inputs>"


def input_names(spec: KernelSpec) -> tuple[str, ...]:
    """Return the parameters that take inputs: all that are not bound, less those that the kernel writes its outputs to."""
    return spec.operand_names if spec.signature is None else spec.operand_names[: len(Signature.parse(spec.signature).inputs)]


def default_constants(spec: KernelSpec) -> Constants:
    """Return the default values that are numbers."""
    known = spec.function.defaults
    return {name: found for name in input_names(spec) if isinstance(found := known.get(name), NumberConstant)}


def bound_spec(spec: KernelSpec, constants: Constants) -> KernelSpec:
    """Return the kernel with some of its inputs replaced by numbers; raise `InvalidCall` where that cannot be."""
    names = input_names(spec)
    for name in constants:
        if name not in names:
            hint = f"Its inputs: {', '.join(names)}."
            raise InvalidCall(f"{spec.name!r} has no input {name!r}", spec.function.location(), hint)
    if len(constants) == len(names):
        raise InvalidCall(f"nothing would be left of {spec.name!r} to take operands", spec.function.location())
    kept = [position for position, name in enumerate(names) if name not in constants]
    typed = {name: _as_parameter(spec, names.index(name), value) for name, value in constants.items()}
    loops = tuple(dict.fromkeys(loop._replace(inputs=tuple(loop.inputs[k] for k in kept)) for loop in spec.loops))
    signature = None
    if spec.signature is not None:
        core = Signature.parse(spec.signature)
        signature = str(Signature(tuple(core.inputs[k] for k in kept), core.outputs))
    return replace(spec, loops=loops, signature=signature, bound={**spec.bound, **typed})


def _as_parameter(spec: KernelSpec, position: int, constant: NumberConstant) -> NumberConstant:
    """Give a constant the type of its parameter, as passing it as an operand would.

    Where the loops differ in that type it stays a Python number, which takes the type of what it meets.
    """
    kinds = {loop.inputs[position] for loop in spec.loops}
    is_array = not all(isinstance(kind, ScalarType) for kind in kinds)
    if is_array or (spec.signature is not None and Signature.parse(spec.signature).inputs[position]):
        name = input_names(spec)[position]
        what = next((str(kind) for kind in kinds if isinstance(kind, CompoundType)), "an array")
        raise InvalidCall(f"the input {name!r} of {spec.name!r} is {what}", spec.function.location(), "Bind numbers only.")
    if len(kinds) != 1:
        return constant
    (kind,) = kinds
    return _converted(spec, input_names(spec)[position], constant, kind)


def _converted(spec: KernelSpec, name: str, constant: NumberConstant, kind: KernelType) -> NumberConstant:
    assert isinstance(kind, ScalarType)
    if not _fits(constant, kind):
        what = f"{constant.value!r} does not fit the input {name!r} of {spec.name!r}, which is {kind}"
        raise InvalidConstant(what, spec.function.location(), "Bind a number that converts to that type without loss of kind.")
    return NumberConstant(kind(constant.value).item(), kind)


def _fits(constant: NumberConstant, kind: ScalarType) -> bool:
    if constant.type is not None:
        return np.can_cast(constant.type.dtype, kind.dtype, "same_kind")
    if _PYTHON_RANKS[type(constant.value)] > _RANKS[kind.kind]:
        return False
    if not kind.is_integer:
        return True
    assert isinstance(constant.value, int)
    return bool(np.iinfo(kind.dtype).min <= constant.value <= np.iinfo(kind.dtype).max)
