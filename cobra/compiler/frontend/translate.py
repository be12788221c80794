"""From a kernel's source and the types of its operands to a function of the representation.

An elementwise kernel takes scalars and returns its outputs. A kernel with core dimensions gets its inputs as arrays (or scalars
where they have no dimensions) and either writes to trailing output parameters or returns its outputs: scalars are then
stored, arrays it made are the output operands themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.frontend import arrays, creation, inlining
from cobra.compiler.frontend.frame import Frame, Session
from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.promotion import assign
from cobra.compiler.frontend.terms import Array, Nothing, Number, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.spec import KernelSpec
from cobra.errors import InvalidSignature, Location, TypeMismatch
from cobra.types import ArrayType, ScalarType, Type, int64


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated kernel with the types of its operands as NumPy hands them over."""

    function: Function
    inputs: tuple[Type, ...]
    outputs: tuple[Type, ...]


def translate_elementwise(spec: KernelSpec, inputs: Sequence[ScalarType], outputs: Sequence[ScalarType] | None) -> Translation:
    """Return an elementwise kernel for input types; output types are inferred when not given."""
    session = Session(Builder(), debug=spec.debug)
    names = spec.operand_names
    parameters = tuple(Variable(kind, name) for kind, name in zip(inputs, names, strict=True))
    arguments: dict[str, Term] = {p.name: Number(p) for p in parameters}
    frame = Frame(session, spec.function)
    arguments |= {name: _bound(frame, spec, name) for name in spec.bound}
    result = inlining.run_function(session, spec.function, arguments)
    location = session.returned or spec.function.location()
    numbers = _returned_numbers(result, location, spec)
    kinds = outputs if outputs is not None else [number.type for number in numbers]
    if len(numbers) != len(kinds):
        message = f"{spec.name!r} returns {_counted(result)}, but declares {len(kinds)} output{'s' * (len(kinds) != 1)}"
        raise InvalidSignature(message, location, "Declare what it returns, or return what is declared.")
    values = [assign(session.builder, n, kind, location, "the output") for n, kind in zip(numbers, kinds, strict=True)]
    function = Function(spec.name, parameters, session.builder.finish(values))
    return Translation(verify(function), tuple(inputs), tuple(kinds))


def _bound(frame: Frame, spec: KernelSpec, name: str) -> Term:
    from cobra.compiler.frontend.expressions import term_of

    return term_of(frame, spec.bound[name], name, spec.function.location())


def _returned_numbers(result: Term, location: Location, spec: KernelSpec) -> list[Number]:
    items = result.items if isinstance(result, Tuple) else (result,)
    numbers = [item for item in items if isinstance(item, Number)]
    if len(numbers) != len(items) or not numbers:
        wrong = next((item for item in items if not isinstance(item, Number)), result)
        hint = "Return a number, or a tuple of numbers for several outputs."
        what = "nothing" if isinstance(wrong, Nothing) else str(wrong)
        raise TypeMismatch(f"the kernel {spec.name!r} returns {what}", location, hint)
    return numbers


# -- kernels with core dimensions


@dataclass(slots=True)
class _Core:
    """The operands of a kernel with core dimensions."""

    session: Session
    location: Location
    parameters: tuple[Variable, ...]
    dimensions: tuple[Variable, ...]
    inputs: dict[str, Term]
    outputs: tuple[Array, ...]


def translate_generalized(
    spec: KernelSpec, inputs: Sequence[Type], outputs: Sequence[Type], symbols: Sequence[str], *, infer: bool = False
) -> Translation:
    """Return a kernel with core dimensions for operand types.

    `symbols` are the sizes NumPy hands over, in its order. With `infer`, element types of outputs are only where to start: they
    grow until everything the kernel stores fits.
    """
    while True:
        core = _operands(spec, inputs, outputs, symbols)
        core.session.growing = {} if infer else None
        _run_core(spec, core)
        grown = _grown(outputs, core) if infer else tuple(outputs)
        if grown == tuple(outputs):
            break
        outputs = grown
    function = Function(spec.name, core.parameters, core.session.builder.finish([]), core.dimensions, len(outputs))
    return Translation(verify(function), tuple(inputs), tuple(outputs))


def _operands(spec: KernelSpec, inputs: Sequence[Type], outputs: Sequence[Type], symbols: Sequence[str]) -> _Core:
    session = Session(Builder(), debug=spec.debug)
    sizes = tuple(Variable(int64, symbol) for symbol in symbols)
    session.builder.not_negative.update(sizes)
    by_name = dict(zip(symbols, sizes, strict=True))
    names = list(spec.operand_names)
    names += [f"out{k}" for k in range(len(inputs) + len(outputs) - len(names))]
    parameters = tuple(Variable(kind, name) for kind, name in zip([*inputs, *outputs], names, strict=True))
    first, last = parameters[: len(inputs)], parameters[len(inputs) :]
    terms = {p.name: _input_term(p, by_name, writable=p.name in spec.writable) for p in first}
    session.outputs = tuple(_array(p, by_name, writable=True) for p in last)
    return _Core(session, spec.function.location(), parameters, sizes, terms, session.outputs)


def _input_term(parameter: Variable, sizes: dict[str, Variable], *, writable: bool) -> Term:
    if isinstance(parameter.type, ScalarType):
        return Number(parameter)
    return _array(parameter, sizes, writable=writable)


def _array(parameter: Variable, sizes: dict[str, Variable], *, writable: bool) -> Array:
    assert isinstance(parameter.type, ArrayType)
    shape: list[Value] = []
    for dimension in parameter.type.dimensions:
        fixed = dimension.isdigit()
        shape.append(constant(int(dimension), int64) if fixed else sizes[dimension.removesuffix("?")])
    return Array(parameter, tuple(shape), writable=writable)


def _run_core(spec: KernelSpec, core: _Core) -> None:
    """Translate the body; store what it returns."""
    arguments = dict(core.inputs)
    frame = Frame(core.session, spec.function)
    arguments |= {name: _bound(frame, spec, name) for name in spec.bound}
    writes = len(spec.operand_names) > len(core.inputs)
    if writes:
        arguments |= {output.parameter.name: output for output in core.outputs}
        result = inlining.run_function(core.session, spec.function, arguments)
        if not isinstance(result, Nothing):
            hint = "Take the outputs as trailing parameters and write to them, or return them."
            message = f"{spec.name!r} writes to its outputs and also returns {result}"
            raise TypeMismatch(message, core.session.returned, hint)
        return
    result = inlining.run_function(core.session, spec.function, arguments, _returned_arrays(spec))
    location = core.session.returned or core.location
    items = result.items if isinstance(result, Tuple) else (result,)
    if len(items) != len(core.outputs) or isinstance(result, Nothing):
        hint = "Return one value for each output, or take the outputs as trailing parameters and write to them."
        message = f"{spec.name!r} returns {_counted(result)}, but its signature has {len(core.outputs)} outputs"
        raise TypeMismatch(message, location, hint)
    for item, output in zip(items, core.outputs, strict=True):
        _store_output(frame, item, output, location)


def _counted(result: Term) -> str:
    if isinstance(result, Nothing):
        return "nothing"
    count = len(result.items) if isinstance(result, Tuple) else 1
    return f"{count} value{'s' * (count != 1)}"


def _returned_arrays(spec: KernelSpec) -> dict[str, int]:
    """Return the variables that every ``return`` names, with their position: arrays made for them are the outputs."""
    tree = spec.function.tree()
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            items = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            found |= {item.id: k for k, item in enumerate(items) if isinstance(item, ast.Name)}
    return found


def _store_output(frame: Frame, item: Term, output: Array, location: Location) -> None:
    """Store a returned number; a returned array is the output already, or is copied."""
    if isinstance(item, Array) and item.parameter is output.parameter and not item.indices:
        return
    if isinstance(item, Array) and item.shape:
        creation.copy_into(frame, output, item, location)
        return
    if isinstance(item, Array):
        item = arrays.load_element(frame, item)
    if not isinstance(item, Number) or output.shape:
        hint = "Make the array with np.empty, np.zeros or np.empty_like, fill it and return it."
        raise TypeMismatch(f"the kernel returns {item} for an output with {len(output.shape)} dimensions", location, hint)
    if frame.session.growing is not None:
        frame.session.settled[output.parameter] = item.type
    arrays.store_element(frame, output, item, location)


def _grown(outputs: Sequence[Type], core: _Core) -> tuple[Type, ...]:
    """Return the output types that the kernel settled, or that hold everything it stored."""
    grown: list[Type] = []
    for kind, output in zip(outputs, core.outputs, strict=True):
        assert isinstance(kind, ArrayType) and core.session.growing is not None
        known: Kind | None = Kind(kind.element, False)
        for number in core.session.growing.get(output.parameter, []):
            known = join_kinds(known, kind_of(number)) if known is not None else None
        if known is None:
            message = f"the values stored to {output.parameter.name!r} have no common type"
            raise TypeMismatch(message, core.location, "Convert them where you mean it, or declare the type of the output.")
        grown.append(ArrayType(core.session.settled.get(output.parameter, known.type), kind.dimensions))
    return tuple(grown)
