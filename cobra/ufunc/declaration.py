"""What a user declared about a kernel: its core dimensions and the types of its loops.

Types come from ``types=``, from annotations (a constrained type variable gives one loop for each of its types), or are left to
inference. Core dimensions come from ``signature=`` or from annotations such as ``float64["m n"]``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from cobra.compiler.frontend.annotations import Annotation
from cobra.compiler.frontend.entities import TypeVariable
from cobra.compiler.spec import DeclaredLoop, FunctionSpec, Parameter
from cobra.errors import InvalidSignature
from cobra.types import BY_NAME, ArrayType, ScalarType, Type, from_char
from cobra.ufunc.signature import Signature

Shapes: TypeAlias = tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]


def declare(function: FunctionSpec, signature: str | None, types: Sequence[str] | None) -> tuple[tuple[DeclaredLoop, ...], Signature | None]:
    """Return the declared loops (none when types are left to inference) and the signature (None when elementwise)."""
    if not function.parameters:
        raise InvalidSignature(f"{function.name!r} has no parameters", function.location(), "A ufunc has at least one input.")
    core = _signature(function, signature)
    if core is None:
        inputs, outputs = len(function.parameters), None
    else:
        inputs, outputs = len(core.inputs), len(core.outputs)
        _check_count(function, core)
    if types is not None:
        chosen = [_parse_loop(text, inputs, outputs, function) for text in ([types] if isinstance(types, str) else types)]
    else:
        chosen = list(_annotated_loops(function, inputs, outputs))
    if core is not None:
        chosen = [_with_dimensions(loop, core.operand_symbols) for loop in chosen]
    return tuple(dict.fromkeys(chosen)), core


# -- core dimensions


def _signature(function: FunctionSpec, text: str | None) -> Signature | None:
    if text is not None:
        return Signature.parse(text)
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


def _choices(annotation: Annotation | None) -> tuple[Type, ...]:
    if annotation is None:
        return ()
    return annotation.choices if isinstance(annotation, TypeVariable) else (annotation,)


def _dimensions(annotation: Annotation | None) -> tuple[str, ...]:
    kinds = _choices(annotation)
    return kinds[0].dimensions if kinds and isinstance(kinds[0], ArrayType) else ()


def _count_written(function: FunctionSpec) -> int:
    """Return how many trailing parameters the body writes elements of: these are outputs."""
    written = {
        node.value.id
        for node in ast.walk(function.tree())
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }
    count = 0
    for name in reversed(function.parameter_names):
        if name not in written:
            break
        count += 1
    return count


def _check_count(function: FunctionSpec, core: Signature) -> None:
    given, inputs, outputs = len(function.parameters), len(core.inputs), len(core.outputs)
    if given not in (inputs, inputs + outputs):
        hint = f"It takes {inputs} parameters and returns its outputs, or {inputs + outputs} and writes to the last."
        raise InvalidSignature(f"{function.name!r} has {given} parameters, which does not fit the signature {core}", function.location(), hint)
    shapes = core.operand_symbols[0] + core.operand_symbols[1]
    for parameter, shape in zip(function.parameters, shapes, strict=False):
        if isinstance(parameter.annotation, ArrayType) and len(parameter.annotation.dimensions) != len(shape):
            message = f"{parameter.name!r} is {parameter.annotation}, but the signature {core} gives it {len(shape)} dimensions"
            raise InvalidSignature(message, function.location())


def _with_dimensions(loop: DeclaredLoop, shapes: Shapes) -> DeclaredLoop:
    """Give the operands of a loop their dimensions: inputs without any stay scalars, outputs are always written."""
    inputs = tuple(_element(kind) if not shape else ArrayType(_element(kind), shape) for kind, shape in zip(loop.inputs, shapes[0], strict=True))
    if loop.outputs is None:
        return DeclaredLoop(inputs, None)
    return DeclaredLoop(inputs, tuple(ArrayType(_element(kind), shape) for kind, shape in zip(loop.outputs, shapes[1], strict=True)))


def _element(kind: Type) -> ScalarType:
    return kind.element if isinstance(kind, ArrayType) else kind


# -- types


def _annotated_loops(function: FunctionSpec, inputs: int, outputs: int | None) -> Iterator[DeclaredLoop]:
    """Yield one loop for each choice of types that the annotations leave."""
    operands = function.parameters[:inputs]
    trailing = function.parameters[inputs:]
    missing = [parameter.name for parameter in operands if parameter.annotation is None]
    if len(missing) == len(operands):
        return
    if missing:
        hint = "Annotate all of them, or none and let their types be inferred."
        raise InvalidSignature(f"the parameter {missing[0]!r} of {function.name!r} has no type, but others have", function.location(), hint)
    returned = tuple(parameter.annotation for parameter in trailing) if trailing else function.outputs
    if not trailing and returned == () and outputs is None:
        raise InvalidSignature(f"{function.name!r} is annotated to return nothing", function.location(), "A kernel returns its outputs.")
    if returned is not None and outputs is not None and not trailing and len(returned) != outputs:
        raise InvalidSignature(f"{function.name!r} declares {len(returned)} outputs, its signature {outputs}", function.location())
    stated = None if returned is None or any(kind is None for kind in returned) else [kind for kind in returned if kind is not None]
    yield from _expand_variables(operands, stated)


def _expand_variables(operands: Sequence[Parameter], returned: Sequence[Annotation] | None) -> Iterator[DeclaredLoop]:
    every = [p.annotation for p in operands] + list(returned or ())
    variables = {kind.name: kind for kind in every if isinstance(kind, TypeVariable)}
    for choice in product(*(variable.choices for variable in variables.values())):
        chosen: Mapping[str, Type] = dict(zip(variables, choice, strict=True))

        def of(annotation: Annotation | None, chosen: Mapping[str, Type] = chosen) -> Type:
            assert annotation is not None
            return chosen[annotation.name] if isinstance(annotation, TypeVariable) else annotation

        outputs = None if returned is None else tuple(of(kind) for kind in returned)
        yield DeclaredLoop(tuple(of(p.annotation) for p in operands), outputs)


def _parse_loop(text: object, inputs: int, outputs: int | None, function: FunctionSpec) -> DeclaredLoop:
    """Return the loop that ``"dd->d"`` (or ``"float64,float64->float64"``) describes."""
    hint = 'Write NumPy\'s codes, inputs and outputs: types=["ff->f", "dd->d"].'
    if not isinstance(text, str):
        raise InvalidSignature(f"a loop type is a string, not {text!r}", function.location(), hint)
    left, arrow, right = text.replace(" ", "").partition("->")
    first = tuple(_parse_type(code, text, function, hint) for code in _codes(left))
    last = tuple(_parse_type(code, text, function, hint) for code in _codes(right)) if arrow else None
    if len(first) != inputs or last == () or (outputs is not None and last is not None and len(last) != outputs):
        wanted = f"{inputs} inputs" + (f" and {outputs} outputs" if outputs is not None else " and at least one output")
        raise InvalidSignature(f"the loop type {text!r} does not fit {function.name!r}, which has {wanted}", function.location(), hint)
    return DeclaredLoop(first, last)


def _codes(text: str) -> list[str]:
    return text.split(",") if "," in text else [text] if text in BY_NAME else list(text)


def _parse_type(code: str, text: str, function: FunctionSpec, hint: str) -> ScalarType:
    found = BY_NAME.get(code) or from_char(code)
    if found is None:
        raise InvalidSignature(f"{code!r} in the loop type {text!r} is no type of a kernel", function.location(), hint)
    return found

