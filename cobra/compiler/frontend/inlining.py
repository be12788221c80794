"""Calls of functions and kernels: their bodies are translated in place, with the types of the call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cobra.compiler.frontend import expressions, inline_calls, loops, results, statements
from cobra.compiler.frontend.arguments import numbers_of
from cobra.compiler.frontend.elementwise import lift
from cobra.compiler.frontend.exits import RESULT, Exit, Outcome
from cobra.compiler.frontend.frame import Frame, Session
from cobra.compiler.frontend.joining import origins_in
from cobra.compiler.frontend.making import converted
from cobra.compiler.frontend.promotion import argument_type
from cobra.compiler.frontend.terms import Array, Binding, Compound, Nothing, Number, Part, Term, Tuple, Unusable
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.compounds import ArrayValueType, FieldType, ValueType
from cobra.errors import InvalidCall, Location, RecursiveKernel, TypeMismatch, UnsupportedSyntax
from cobra.types import ArrayType, KernelType, ScalarType, from_dtype

_DEEPEST = 60


def run_function(
    session: Session, spec: FunctionSpec, arguments: Mapping[str, Term], returned_arrays: Mapping[str, int] | None = None
) -> Term:
    """Translate the body of a function on arguments and return what it returns; `Nothing` when it has no return."""
    tree = spec.tree()
    names = session.local_names.get(spec)
    if names is None:
        names = session.local_names[spec] = local_names(tree)
    frame = Frame(session, spec, names, returned_arrays=returned_arrays)
    frame.borrowed = frozenset(token for term in arguments.values() for token in origins_in(term))
    for name, term in arguments.items():
        frame.variables[name] = Binding(term, None)
    session.active.append(spec)
    try:
        if isinstance(tree, ast.Lambda):
            result = expressions.evaluate(frame, tree.body)
            session.returned = frame.location(tree.body)
            return result
        outcome = statements.run_block(frame, inline_calls.implicit_return(spec, tree.body))
        return _result(frame, tree, outcome)
    finally:
        session.active.pop()


def _result(frame: Frame, tree: ast.FunctionDef, outcome: Outcome) -> Term:
    binding = frame.variables.get(RESULT)
    frame.session.returned = binding.location if binding is not None else None
    if binding is None or isinstance(binding.term, Nothing):
        return Nothing()
    if Exit.FALL in outcome:
        message = f"not every path through {frame.spec.name!r} returns a value"
        raise TypeMismatch(message, frame.location(tree.body[-1]), "Add a return at the end.")
    if isinstance(binding.term, Unusable):
        reason = binding.term.reason.replace(repr(RESULT), "the returned value")
        raise TypeMismatch(reason, binding.location, "Return values of one kind on all paths.")
    return binding.term


def local_names(tree: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """Return the names a function binds: parameters and everything it assigns."""
    arguments = tree.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    body: Sequence[ast.AST] = tree.body if isinstance(tree.body, list) else [tree.body]
    return frozenset([argument.arg for argument in every]) | frozenset(loops.assigned_names(body))


def inline_function(
    frame: Frame, spec: FunctionSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> Term:
    """Return a call of a plain Python function."""
    _refuse_recursion(frame, spec, location)
    bound = bind_arguments(frame, spec, arguments, keywords, location)
    for parameter in spec.parameters:
        if isinstance(parameter.annotation, ValueType):
            what = f"the parameter {parameter.name!r} of {spec.name!r}"
            bound[parameter.name] = converted(frame, bound[parameter.name], parameter.annotation, location, what)
    result = run_function(frame.session, spec, bound)
    frame.builder.location = location
    return results.declared_result(frame, spec, result, frame.session.returned or spec.location())


def _refuse_recursion(frame: Frame, spec: FunctionSpec, location: Location) -> None:
    active = frame.session.active
    if any(other is spec or other.digest == spec.digest for other in active):
        raise RecursiveKernel(f"{spec.name!r} calls itself", location, "Native kernels do not recurse: write a loop.")
    if len(active) > _DEEPEST:
        hint = "Each call is written out where it stands: call fewer functions within each other."
        raise UnsupportedSyntax(f"{spec.name!r} is the last of more than {_DEEPEST} calls within each other", location, hint)


def bind_arguments(
    frame: Frame, spec: FunctionSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> dict[str, Term]:
    """Match arguments with parameters as Python does, defaults included."""
    names = spec.parameter_names
    positional = [parameter.name for parameter in spec.parameters if not parameter.keyword_only]
    if len(arguments) > len(positional):
        message = f"{spec.name!r} takes {len(positional)} arguments, not {len(arguments)}"
        raise InvalidCall(message, location, _parameters(names))
    bound = dict(zip(positional, arguments, strict=False))
    for word, term in keywords.items():
        if word not in names:
            raise InvalidCall(f"{spec.name!r} has no parameter {word!r}", location, _parameters(names))
        if word in spec.positional_only:
            message = f"{spec.name!r} takes {word!r} by position only"
            raise InvalidCall(message, location, f"Write the value without {word}=, in its place.")
        if word in bound:
            raise InvalidCall(f"{spec.name!r} gets {word!r} twice", location, _parameters(names))
        bound[word] = term
    for name in names:
        if name not in bound:
            default = spec.defaults.get(name)
            if default is None:
                raise InvalidCall(f"{spec.name!r} needs a value for {name!r}", location, _parameters(names))
            bound[name] = expressions.term_of(frame, default, name, location)
    return bound


def _parameters(names: Sequence[str]) -> str:
    return f"Its parameters: {', '.join(names)}."


# -- kernels


def inline_kernel(
    frame: Frame, kernel: KernelSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> Term:
    """Return a call of a kernel: like its ufunc, it converts its operands to the types of one of its loops."""
    spec = kernel.function
    _refuse_recursion(frame, spec, location)
    if kernel.signature is None and not any(isinstance(kind, ValueType) for loop in kernel.loops for kind in loop.inputs):
        return lift(frame, arguments, lambda items: _kernel_on(frame, kernel, items, keywords, location), location)
    return _kernel_on(frame, kernel, arguments, keywords, location)


def _kernel_on(
    frame: Frame, kernel: KernelSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> Term:
    """Return a call of a kernel on operands of the types of one of its loops."""
    spec = kernel.function
    fixed = {name: expressions.term_of(frame, entity, name, location) for name, entity in kernel.bound.items()}
    bound = _operands(frame, kernel, arguments, keywords, location)
    convert_operands = _elementwise_operands if kernel.signature is None else _core_operands
    operands, outputs = convert_operands(frame, kernel, bound, location)
    result = run_function(frame.session, spec, {**fixed, **operands})
    frame.builder.location = location
    return _converted(frame, result, outputs, location, kernel.name)


def _operands(
    frame: Frame, kernel: KernelSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> dict[str, Term]:
    """Match arguments with operands: a ufunc takes them all, by position."""
    names = kernel.operand_names
    if keywords:
        raise InvalidCall(f"the keyword {next(iter(keywords))!r} has no meaning here", location, "Pass operands by position.")
    if len(arguments) != len(names):
        message = f"{kernel.name!r} takes {len(names)} operand{'s' * (len(names) != 1)}, not {len(arguments)}"
        raise InvalidCall(message, location, _parameters(names))
    return dict(zip(names, arguments, strict=True))


def _elementwise_operands(
    frame: Frame, kernel: KernelSpec, bound: dict[str, Term], location: Location
) -> tuple[dict[str, Term], Sequence[FieldType]]:
    parts = [term if isinstance(term, Compound) else numbers_of(frame, [term], location)[0] for term in bound.values()]
    inputs, outputs = _loop_types(kernel, parts, location)
    operands: dict[str, Term] = {}
    for name, part, kind in zip(bound, parts, inputs, strict=True):
        operands[name] = converted(frame, part, kind, location, f"the operand {name!r} of {kernel.name!r}")
    return operands, outputs


def _core_operands(
    frame: Frame, kernel: KernelSpec, bound: dict[str, Term], location: Location
) -> tuple[dict[str, Term], Sequence[FieldType]]:
    """Return the operands of a kernel with core dimensions, whose arrays must have the types of one of its loops."""
    del frame
    for inputs, outputs in kernel.loops or [(None, None)]:
        fitting = inputs is None or all(_is_operand(term, kind) for term, kind in zip(bound.values(), inputs, strict=False))
        shapeless = outputs is None or all(isinstance(kind, ArrayType) and not kind.rank for kind in outputs)
        if fitting and shapeless and (inputs is None or len(inputs) == len(bound)):
            return bound, [kind.element for kind in outputs or () if isinstance(kind, ArrayType)]
    hint = "It must return scalars and take arrays of exactly the types given; otherwise call its plain function."
    raise InvalidCall(f"the kernel {kernel.name!r} cannot be called like this here", location, hint)


def _is_operand(term: Term, kind: KernelType) -> bool:
    if isinstance(kind, ArrayType):
        return isinstance(term, Array) and term.element == kind.element and len(term.shape) == kind.rank
    return isinstance(term, Number) and (term.type == kind or term.weak)


def _loop_types(
    kernel: KernelSpec, parts: Sequence[Part], location: Location
) -> tuple[Sequence[FieldType], Sequence[FieldType]]:
    """Choose the loop that NumPy would: the first whose types the operands convert to safely; arrays by value count by their elements."""
    numbers = [part for part in parts if isinstance(part, Number)]
    scalars = iter(_operand_types(numbers))
    kinds: list[FieldType] = [part.type if isinstance(part, Compound) else next(scalars) for part in parts]
    for inputs, outputs in kernel.loops:
        if len(inputs) == len(kinds) and all(_goes_into(given, wanted) for given, wanted in zip(kinds, inputs, strict=True)):
            chosen = [kind for kind in inputs if isinstance(kind, FieldType)]
            return chosen, [kind for kind in outputs or () if isinstance(kind, FieldType)]
    if kernel.loops:
        written = ", ".join(str(part) for part in parts)
        known = "; ".join(", ".join(map(str, inputs)) for inputs, _ in kernel.loops)
        raise TypeMismatch(f"{kernel.name!r} has no loop for {written}", location, f"It takes {known}.")
    if len(numbers) < len(parts):
        hint = "Declare its types, or call its plain function."
        raise TypeMismatch(f"{kernel.name!r} takes numbers of any type, but no structures", location, hint)
    return [_promoted(kind.dtype for kind in kinds)] * len(numbers), ()


def _goes_into(given: FieldType, wanted: KernelType) -> bool:
    if isinstance(given, ScalarType) and isinstance(wanted, ScalarType):
        return bool(np.can_cast(given.dtype, wanted.dtype, "safe"))
    if isinstance(given, ArrayValueType) and isinstance(wanted, ArrayValueType):
        return given.length == wanted.length and _goes_into(given.element, wanted.element)
    return given == wanted


def _operand_types(numbers: Sequence[Number]) -> list[ScalarType]:
    """Return the types NumPy gives operands: a Python number adapts to the others, as far as its kind allows."""
    typed = [number.type.dtype for number in numbers if not number.weak]
    samples = (argument_type(number) for number in numbers)
    return [kind if isinstance(kind, ScalarType) else _promoted([*typed, kind(0)]) for kind in samples]


def _promoted(kinds: Iterable[object]) -> ScalarType:
    found = from_dtype(np.result_type(*kinds))  # type: ignore[arg-type]
    assert found is not None
    return found


def _converted(frame: Frame, result: Term, outputs: Sequence[FieldType], location: Location, name: str) -> Term:
    """Return the outputs of a kernel: NumPy numbers and compounds, of the declared types if there are any."""
    made = results.returned_outputs(frame, result, outputs or None, location, name)
    return made[0] if len(made) == 1 else Tuple(tuple(made))
