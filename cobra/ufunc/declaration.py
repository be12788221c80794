"""What a user declared about a kernel: its core dimensions and the types of its loops.

Types come from ``types=``, from annotations (a constrained type variable gives one loop for each of its types), or are left to
inference. Core dimensions come from ``signature=`` or from annotations such as ``float64["m n"]``; beside these, a vector is one
more array, whereas a kernel over vectors and numbers only is elementwise here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

from cobra.compiler.frontend.annotations import Annotation
from cobra.compiler.frontend.entities import TypeVariable
from cobra.compiler.loop_types import core_shape, dimensions_of, element_of
from cobra.compiler.spec import DeclaredLoop, FunctionSpec, Parameter
from cobra.compounds import StructType
from cobra.errors import InvalidSignature
from cobra.types import BY_NAME, ArrayType, KernelType, ScalarType, as_type, from_char
from cobra.ufunc.signature import Signature

Listed: TypeAlias = str | tuple[object, object]
"""A loop in ``types=``: NumPy's codes, or the types of its inputs and of its outputs, one or a tuple of them."""

Shapes: TypeAlias = tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]


def declare(
    function: FunctionSpec, signature: str | None, types: str | Sequence[Listed] | None
) -> tuple[tuple[DeclaredLoop, ...], Signature | None]:
    """Return the declared loops (none when types are left to inference) and the signature (None when elementwise)."""
    if not function.parameters:
        raise InvalidSignature(f"{function.name!r} has no parameters", function.location(), "A ufunc has at least one input.")
    core = _annotated_signature(function) if signature is None else Signature.parse(signature)
    if core is not None:
        _check_shapes(function, core)
    inputs = len(function.parameters) if core is None else len(core.inputs)
    outputs = None if core is None else len(core.outputs)
    loops = _annotated_loops(function, inputs, outputs) if types is None else _listed_loops(function, types, inputs, outputs)
    if core is not None:
        loops = [_with_dimensions(function, loop, core.operand_symbols) for loop in loops]
    return tuple(dict.fromkeys(loops)), core


# -- core dimensions


def _annotated_signature(function: FunctionSpec) -> Signature | None:
    """Return the signature that annotations state, or None when none of them is an array."""
    annotations = [parameter.annotation for parameter in function.parameters]
    returned = function.outputs or ()
    if not any(isinstance(kind, ArrayType) for annotation in (*annotations, *returned) for kind in _choices(annotation)):
        return None
    shapes = [_dimensions(annotation) for annotation in annotations]
    if returned:
        return Signature.from_dimensions(shapes, [_dimensions(annotation) for annotation in returned])
    split = len(shapes) - _count_written(function)
    if split == len(shapes):
        hint = 'Annotate what it returns, -> float64["m"], or write to trailing parameters, out[i] = …'
        raise InvalidSignature(f"the outputs of {function.name!r} are not declared", function.location(), hint)
    return Signature.from_dimensions(shapes[:split], shapes[split:])


def _choices(annotation: Annotation | None) -> tuple[KernelType, ...]:
    if annotation is None:
        return ()
    return annotation.choices if isinstance(annotation, TypeVariable) else (annotation,)


def _dimensions(annotation: Annotation | None) -> tuple[str, ...]:
    kinds = _choices(annotation)
    return dimensions_of(kinds[0]) if kinds else ()


def _count_written(function: FunctionSpec) -> int:
    """Return how many trailing parameters the body writes elements of: these are outputs."""
    written = {
        node.value.id
        for node in ast.walk(function.tree())
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }
    names = reversed(function.parameter_names)
    return next((count for count, name in enumerate(names) if name not in written), len(function.parameters))


def _check_shapes(function: FunctionSpec, core: Signature) -> None:
    given, inputs, outputs = len(function.parameters), len(core.inputs), len(core.outputs)
    if given not in (inputs, inputs + outputs):
        what = f"{function.name!r} has {given} parameters, which does not fit the signature {core}"
        hint = f"It takes {inputs} parameters and returns its outputs, or {inputs + outputs} and writes to the last."
        raise InvalidSignature(what, function.location(), hint)
    shapes = core.operand_symbols[0] + core.operand_symbols[1]
    for parameter, shape in zip(function.parameters, shapes, strict=False):
        kind = parameter.annotation
        if isinstance(kind, ArrayType) and kind.rank != len(shape):
            what = f"{parameter.name!r} is {kind}, but the signature {core} gives it {len(shape)} dimensions"
            raise InvalidSignature(what, function.location())


def _with_dimensions(function: FunctionSpec, loop: DeclaredLoop, shapes: Shapes) -> DeclaredLoop:
    """Give the operands of a loop their dimensions: inputs without any are scalars, outputs are always written."""
    pairs = zip(loop.inputs, shapes[0], strict=True)
    inputs = tuple(_with_shape(function, kind, shape, is_output=False) for kind, shape in pairs)
    if loop.outputs is None:
        return DeclaredLoop(inputs)
    pairs = zip(loop.outputs, shapes[1], strict=True)
    return DeclaredLoop(inputs, tuple(_with_shape(function, kind, shape, is_output=True) for kind, shape in pairs))


def _with_shape(function: FunctionSpec, kind: KernelType, shape: tuple[str, ...], *, is_output: bool) -> KernelType:
    if isinstance(kind, (ScalarType, ArrayType)):
        return ArrayType(element_of(kind), shape) if shape or is_output else element_of(kind)
    if isinstance(kind, StructType):
        what = f"{function.name!r} has core dimensions and an operand {kind}, a structure"
        hint = "Pass its fields as arrays of their own, or leave the core dimensions out: then it is elementwise."
        raise InvalidSignature(what, function.location(), hint)
    if core_shape(kind) and dimensions_of(kind) != shape:
        what = f"an operand of {function.name!r} is {kind}, but its signature has ({','.join(shape)}) there"
        raise InvalidSignature(what, function.location(), f"Write ({','.join(dimensions_of(kind))}).")
    return kind


# -- types from annotations


def _annotated_loops(function: FunctionSpec, inputs: int, outputs: int | None) -> list[DeclaredLoop]:
    """Return one loop for each choice of types that the annotations leave."""
    operands = function.parameters[:inputs]
    annotated = [parameter.annotation for parameter in operands if parameter.annotation is not None]
    if not annotated:
        return []
    if len(annotated) < len(operands):
        name = next(parameter.name for parameter in operands if parameter.annotation is None)
        what = f"the parameter {name!r} of {function.name!r} has no type, but others have"
        hint = "Annotate all of them, or none and let their types be inferred."
        raise InvalidSignature(what, function.location(), hint)
    return list(_expanded(annotated, _stated_outputs(function, function.parameters[inputs:], outputs)))


def _stated_outputs(
    function: FunctionSpec, written: Sequence[Parameter], outputs: int | None
) -> Sequence[Annotation] | None:
    """Return the types of the outputs: of the parameters that are written to, else of what is returned; None if not stated."""
    if written:
        stated = [parameter.annotation for parameter in written if parameter.annotation is not None]
        return stated if len(stated) == len(written) else None
    returned = function.outputs
    if returned == ():
        what = f"{function.name!r} is annotated to return nothing"
        raise InvalidSignature(what, function.location(), "A kernel returns its outputs.")
    if returned is not None and outputs is not None and len(returned) != outputs:
        what = f"{function.name!r} is annotated to return {len(returned)} values, but its signature has {outputs} outputs"
        raise InvalidSignature(what, function.location())
    return returned


def _expanded(operands: Sequence[Annotation], returned: Sequence[Annotation] | None) -> Iterator[DeclaredLoop]:
    """Yield a loop for each combination of what the type variables stand for."""
    variables = {kind.name: kind for kind in (*operands, *(returned or ())) if isinstance(kind, TypeVariable)}
    for choice in product(*(variable.choices for variable in variables.values())):
        chosen = dict(zip(variables, choice, strict=True))
        inputs, outputs = (
            None if side is None else tuple(chosen[kind.name] if isinstance(kind, TypeVariable) else kind for kind in side)
            for side in (operands, returned)
        )
        yield DeclaredLoop(inputs or (), outputs)


# -- types from types=


def _listed_loops(
    function: FunctionSpec, types: str | Sequence[Listed], inputs: int, outputs: int | None
) -> list[DeclaredLoop]:
    listed = [types] if isinstance(types, str) else list(types)
    if not listed:
        raise InvalidSignature(f"types= names no loop for {function.name!r}", function.location(), _TYPES_HINT)
    return [_parse_loop(function, text, inputs, outputs) for text in listed]


_TYPES_HINT = 'Write NumPy\'s codes, inputs and outputs: types=["ff->f", "dd->d"]; or pairs of types: [((vec4f, vec4f), vec4f)].'


def _parse_loop(function: FunctionSpec, text: object, inputs: int, outputs: int | None) -> DeclaredLoop:
    """Return the loop that ``"dd->d"`` (or ``"float64,float64->float64"``) or a pair describes; without outputs it says the inputs."""
    last: tuple[KernelType, ...] | None
    if isinstance(text, str):
        left, arrow, right = text.replace(" ", "").partition("->")
        first: tuple[KernelType, ...] = tuple(_parse_type(function, code, text) for code in _codes(left))
        last = tuple(_parse_type(function, code, text) for code in _codes(right)) if arrow else None
    elif isinstance(text, (tuple, list)) and len(text) == 2:
        first = _types_of(function, text[0])
        last = None if text[1] is None else _types_of(function, text[1])
    else:
        raise InvalidSignature(f"a loop type is a string or a pair, not {text!r}", function.location(), _TYPES_HINT)
    if len(first) != inputs or last == () or (None not in (outputs, last) and len(last or ()) != outputs):
        wanted = f"{inputs} inputs and {'at least one output' if outputs is None else f'{outputs} outputs'}"
        what = f"the loop type {text!r} does not fit {function.name!r}, which has {wanted}"
        raise InvalidSignature(what, function.location(), _TYPES_HINT)
    return DeclaredLoop(first, last)


def _types_of(function: FunctionSpec, side: object) -> tuple[KernelType, ...]:
    """Return the types that one side of a pair lists."""
    kinds: list[KernelType] = []
    for written in side if isinstance(side, (tuple, list)) else (side,):
        kind = BY_NAME.get(written) or from_char(written) if isinstance(written, str) else as_type(written)
        if kind is None:
            raise InvalidSignature(f"{written!r} in types= is no type of a kernel", function.location(), _TYPES_HINT)
        kinds.append(kind)
    return tuple(kinds)


def _codes(text: str) -> list[str]:
    return text.split(",") if "," in text else [text] if text in BY_NAME else list(text)


def _parse_type(function: FunctionSpec, code: str, text: str) -> ScalarType:
    found = BY_NAME.get(code) or from_char(code)
    if found is None:
        raise InvalidSignature(f"{code!r} in the loop type {text!r} is no type of a kernel", function.location(), _TYPES_HINT)
    return found
