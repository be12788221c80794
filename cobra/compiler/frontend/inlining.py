"""Calls of functions and kernels: their bodies are translated in place, with the types of the call."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import numpy as np

from cobra.compiler.frontend import calls, expressions, loops, statements
from cobra.compiler.frontend.frame import RESULT, RETURNED, Frame, Outcome, Session
from cobra.compiler.frontend.promotion import argument_type, assign, convert
from cobra.compiler.frontend.terms import Binding, Nothing, Number, Term, Tuple, Unusable
from cobra.compiler.ir.values import Constant
from cobra.compiler.spec import FunctionSpec, KernelSpec
from cobra.errors import InvalidCall, Location, RecursiveKernel, TypeMismatch, UndefinedName
from cobra.types import SCALAR_TYPES, ScalarType, from_dtype

_DEEPEST = 60


def run_function(session: Session, spec: FunctionSpec, arguments: Mapping[str, Term], returned_arrays: Mapping[str, int]) -> Term:
    """Translate the body of a function on arguments and return what it returns; `Nothing` when it has no return."""
    tree = spec.tree()
    frame = Frame(session, spec, local_names(tree), returned_arrays=dict(returned_arrays))
    for name, term in arguments.items():
        frame.variables[name] = Binding(term, None)
    session.active.append(spec)
    try:
        if isinstance(tree, ast.Lambda):
            return expressions.evaluate(frame, tree.body)
        outcome = statements.run_block(frame, tree.body)
        return _result(frame, tree, outcome)
    finally:
        session.active.pop()


def _result(frame: Frame, tree: ast.FunctionDef, outcome: Outcome) -> Term:
    binding = frame.variables.get(RESULT)
    if binding is None:
        return Nothing()
    returned = frame.flag(RETURNED)
    always = outcome is Outcome.RETURNS or (isinstance(returned, Constant) and bool(returned.value))
    if not always and not isinstance(binding.term, Nothing):
        raise UndefinedName(f"not every path through {frame.spec.name!r} returns a value", frame.location(tree.body[-1]), "Add a return at the end.")
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
    if any(active is spec or active.digest == spec.digest for active in frame.session.active) or len(frame.session.active) > _DEEPEST:
        raise RecursiveKernel(f"{spec.name!r} calls itself", location, "Native kernels do not recurse: write a loop.")
    bound = bind_arguments(frame, spec, arguments, keywords, location)
    result = run_function(frame.session, spec, bound, {})
    frame.builder.location = location
    return result


def bind_arguments(
    frame: Frame, spec: FunctionSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> dict[str, Term]:
    """Match arguments with parameters as Python does, defaults included."""
    names = spec.parameter_names
    if len(arguments) > len(names):
        raise InvalidCall(f"{spec.name!r} takes {len(names)} arguments, not {len(arguments)}", location)
    bound = dict(zip(names, arguments, strict=False))
    for word, term in keywords.items():
        if word not in names:
            raise InvalidCall(f"{spec.name!r} has no parameter {word!r}", location, f"Its parameters: {', '.join(names)}.")
        if word in bound:
            raise InvalidCall(f"{spec.name!r} gets {word!r} twice", location)
        bound[word] = term
    for name in names:
        if name not in bound:
            default = spec.defaults.get(name)
            if default is None:
                raise InvalidCall(f"{spec.name!r} needs a value for {name!r}", location)
            bound[name] = expressions.term_of(frame, default, name, location)
    return bound


# -- kernels


def inline_kernel(
    frame: Frame, kernel: KernelSpec, arguments: Sequence[Term], keywords: Mapping[str, Term], location: Location
) -> Term:
    """Return a call of a kernel: like its ufunc, it converts its operands to the types of one of its loops."""
    spec = kernel.function
    if any(active.digest == spec.digest for active in frame.session.active):
        raise RecursiveKernel(f"{spec.name!r} calls itself", location, "Native kernels do not recurse: write a loop.")
    bound = bind_arguments(frame, spec, arguments, {**_bound_terms(frame, kernel, location), **keywords}, location)
    if kernel.signature is None:
        operands = [name for name in spec.parameter_names if name not in kernel.bound]
        numbers = calls.numbers_of(frame, [bound[name] for name in operands], location)
        inputs, outputs = _loop_types(kernel, numbers, location)
        for name, number, kind in zip(operands, numbers, inputs, strict=True):
            bound[name] = Number(convert(frame.builder, number, kind, location))
    else:
        outputs = ()
    result = run_function(frame.session, spec, bound, {})
    frame.builder.location = location
    return _converted(frame, result, outputs, location) if outputs else result


def _bound_terms(frame: Frame, kernel: KernelSpec, location: Location) -> dict[str, Term]:
    return {name: expressions.term_of(frame, entity, name, location) for name, entity in kernel.bound.items()}


def _loop_types(
    kernel: KernelSpec, numbers: Sequence[Number], location: Location
) -> tuple[tuple[ScalarType, ...], tuple[ScalarType, ...]]:
    """Choose the loop that NumPy would: the first whose types the operands convert to safely."""
    for inputs, outputs in kernel.loops:
        scalars = tuple(kind for kind in inputs if isinstance(kind, ScalarType))
        if len(scalars) == len(numbers) and all(_safe(n, kind) for n, kind in zip(numbers, scalars, strict=True)):
            return scalars, tuple(kind for kind in outputs or () if isinstance(kind, ScalarType))
    if kernel.loops:
        written = ", ".join(str(number) for number in numbers)
        known = "; ".join(", ".join(map(str, inputs)) for inputs, _ in kernel.loops)
        raise TypeMismatch(f"{kernel.name!r} has no loop for {written}", location, f"It takes {known}.")
    common = np.result_type(*[_sample(number) for number in numbers])
    kind = from_dtype(common)
    assert kind in SCALAR_TYPES
    return (kind,) * len(numbers), ()


def _safe(number: Number, kind: ScalarType) -> bool:
    if number.weak:
        rank = {"bool": 0, "int": 1, "uint": 1, "float": 2, "complex": 3}
        return rank[number.type.kind] <= rank[kind.kind]
    return bool(np.can_cast(number.type.dtype, kind.dtype, "safe"))


def _sample(number: Number) -> object:
    kind = argument_type(number)
    return kind.dtype if isinstance(kind, ScalarType) else kind(0)


def _converted(frame: Frame, result: Term, outputs: Sequence[ScalarType], location: Location) -> Term:
    items = result.items if isinstance(result, Tuple) else (result,)
    made = []
    for item, kind in zip(items, outputs, strict=True):
        number = calls.numbers_of(frame, [item], location)[0]
        made.append(Number(assign(frame.builder, number, kind, location, "the output")))
    return made[0] if len(made) == 1 else Tuple(tuple(made))
