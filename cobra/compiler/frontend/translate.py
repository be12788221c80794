"""From a kernel's source and the types of its operands to a function of the representation.

An elementwise kernel takes scalars and returns its outputs. A kernel with core dimensions gets its inputs as arrays (or scalars
where they have no dimensions) and either writes to trailing output parameters or returns its outputs: scalars are then
stored, arrays it made are the output operands themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from cobra.compiler.frontend import arrays, creation, inlining, making, results
from cobra.compiler.frontend.elementwise import is_array
from cobra.compiler.frontend.frame import Frame, Session
from cobra.compiler.frontend.joining import numbers_in
from cobra.compiler.frontend.kinds import Kind, join_kinds, kind_of
from cobra.compiler.frontend.terms import Array, Compound, Nothing, Number, Part, Term, Tuple
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.ir.verify import verify
from cobra.compiler.spec import KernelSpec
from cobra.compounds import FieldType, PointerType, ValueType, leaves, parts, void
from cobra.errors import Location, TypeMismatch
from cobra.types import ArrayType, KernelType, ScalarType, int64


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated kernel with the types of its operands as NumPy hands them over."""

    function: Function
    inputs: tuple[KernelType, ...]
    outputs: tuple[KernelType, ...]


def translate_elementwise(spec: KernelSpec, inputs: Sequence[KernelType], outputs: Sequence[KernelType] | None) -> Translation:
    """Return an elementwise kernel for input types; output types are inferred when not given.

    A vector, structure or fixed array has a parameter or result of the function for each of its numbers, in order. Scalar
    functions may also take pointers, which are arrays then, and return nothing: their only output is `void`.
    """
    session = Session(Builder(), debug=spec.debug)
    parameters: list[Variable] = []
    arguments: dict[str, Term] = {}
    for kind, name in zip(inputs, spec.operand_names, strict=True):
        own, arguments[name] = _scalar_parameter(spec, kind, name)
        parameters += own
    frame = Frame(session, spec.function)
    arguments |= {name: _bound(frame, spec, name) for name in spec.bound}
    result = inlining.run_function(session, spec.function, arguments)
    location = session.returned or spec.function.location()
    declared = None if outputs is None else [results.operand_type(spec, kind) for kind in outputs if kind != void]
    made = results.returned_outputs(frame, result, declared, location, spec.name)
    values = [number.value for term in made for number in numbers_in(term)]
    function = Function(spec.name, tuple(parameters), session.builder.finish(values))
    return Translation(verify(function), tuple(inputs), tuple(term.type for term in made) or (void,))


def _scalar_parameter(spec: KernelSpec, kind: KernelType, name: str) -> tuple[list[Variable], Term]:
    """Return the parameters of the function that one operand becomes, and what its name stands for."""
    if isinstance(kind, PointerType):
        array = Variable(ArrayType(kind.element, ("",)), name)
        return [array], Array(array, (constant(0, int64),), writable=True, bounded=False)
    found = results.operand_type(spec, kind)
    leaf_variables = [Variable(leaf.type, making.leaf_name(name, found, leaf.path)) for leaf in leaves(found)]
    return leaf_variables, making.from_numbers(found, map(Number, leaf_variables))


def _bound(frame: Frame, spec: KernelSpec, name: str) -> Term:
    from cobra.compiler.frontend.expressions import term_of

    return term_of(frame, spec.bound[name], name, spec.function.location())


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
    output_types: tuple[KernelType, ...]


def translate_generalized(
    spec: KernelSpec, inputs: Sequence[KernelType], outputs: Sequence[KernelType], symbols: Sequence[str], *, infer: bool = False
) -> Translation:
    """Return a kernel with core dimensions for operand types.

    `symbols` are the sizes NumPy hands over, in its order. With `infer`, element types of outputs are only where to start: they
    grow until everything the kernel stores fits. A vector is an array operand of its length, loaded on entry or stored at the end.
    """
    while True:
        core = _operands(spec, inputs, outputs, symbols)
        core.session.growing = {} if infer else None
        _run_core(spec, core)
        grown = _grown(outputs, core) if infer else tuple(outputs)
        if grown == tuple(outputs):
            break
        outputs = grown
    body = core.session.finish()
    function = Function(spec.name, core.parameters, body, core.dimensions, len(outputs))
    return Translation(verify(function), tuple(inputs), tuple(outputs))


def _operands(
    spec: KernelSpec, inputs: Sequence[KernelType], outputs: Sequence[KernelType], symbols: Sequence[str]
) -> _Core:
    session = Session(Builder(), debug=spec.debug)
    sizes = tuple(Variable(int64, symbol) for symbol in symbols)
    session.builder.not_negative.update(sizes)
    by_name = dict(zip(symbols, sizes, strict=True))
    names = list(spec.operand_names)
    names += [f"out{k}" for k in range(len(inputs) + len(outputs) - len(names))]
    kinds = [results.core_operand_type(spec, kind) for kind in (*inputs, *outputs)]
    parameters = tuple(Variable(kind, name) for kind, name in zip(kinds, names, strict=True))
    first, last = parameters[: len(inputs)], parameters[len(inputs) :]
    frame = Frame(session, spec.function)
    terms = {p.name: _input_term(frame, p, kind, by_name, spec) for p, kind in zip(first, inputs, strict=True)}
    session.outputs = tuple(_array(p, by_name, writable=True) for p in last)
    return _Core(session, spec.function.location(), parameters, sizes, terms, session.outputs, tuple(outputs))


def _input_term(frame: Frame, parameter: Variable, kind: KernelType, sizes: dict[str, Variable], spec: KernelSpec) -> Term:
    if isinstance(parameter.type, ScalarType):
        return Number(parameter)
    array = _array(parameter, sizes, writable=parameter.name in spec.writable)
    return _loaded(frame, array, kind) if isinstance(kind, ValueType) else array


def _loaded(frame: Frame, array: Array, kind: FieldType) -> Part:
    """Return the elements of an array of known size as a value."""
    if isinstance(kind, ScalarType):
        return arrays.load_element(frame, array)
    rows = [array.view([constant(k, int64)]) for k in range(len(parts(kind)))]
    return Compound(kind, tuple(_loaded(frame, row, part) for row, part in zip(rows, parts(kind), strict=True)))


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
    items: Sequence[Term] = result.items if isinstance(result, Tuple) else (result,)
    if len(core.output_types) == 1 and isinstance(core.output_types[0], ValueType):
        items = results.only_output(items, result)
    if len(items) != len(core.outputs) or isinstance(result, Nothing):
        hint = "Return one value for each output, or take the outputs as trailing parameters and write to them."
        message = f"{spec.name!r} returns {results.counted(result)}, but its signature has {len(core.outputs)} outputs"
        raise TypeMismatch(message, location, hint)
    for item, output, kind in zip(items, core.outputs, core.output_types, strict=True):
        value = making.converted(frame, item, kind, location, "the output") if isinstance(kind, ValueType) else item
        _store_output(frame, value, output, location)


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
    if isinstance(item, Array) and item.parameter is output.parameter and not item.indices and item.axes is None:
        return
    if isinstance(item, Array) and item.shape:
        creation.copy_into(frame, output, item, location)
        return
    if isinstance(item, Array):
        item = arrays.load_element(frame, item)
    if isinstance(item, Compound) and output.shape:
        _store_parts(frame, item, output, location)
        return
    if not isinstance(item, Number) or output.shape:
        hint = "Make the array with np.empty, np.zeros or np.empty_like, fill it and return it."
        raise TypeMismatch(f"the kernel returns {item} for an output with {len(output.shape)} dimensions", location, hint)
    if frame.session.growing is not None:
        frame.session.settled[output.parameter] = item.type
    arrays.store_element(frame, output, item, location)


def _store_parts(frame: Frame, item: Compound, output: Array, location: Location) -> None:
    """Store an array by value to an output of the size that it has."""
    extent = output.shape[0]
    if not is_array(item) or not isinstance(extent, Constant) or extent.value != len(item.items):
        written = extent.value if isinstance(extent, Constant) else "a size that is known only later"
        hint = "Give the output its size in the signature, or make an array with np.empty and fill it."
        raise TypeMismatch(f"the kernel returns {item} for an output with {written} elements", location, hint)
    for k, part in enumerate(item.items):
        _store_output(frame, part, output.view([constant(k, int64)]), location)


def _grown(outputs: Sequence[KernelType], core: _Core) -> tuple[KernelType, ...]:
    """Return the output types that the kernel settled, or that hold everything it stored."""
    grown: list[KernelType] = []
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
