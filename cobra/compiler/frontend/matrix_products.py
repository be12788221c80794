"""``a @ b``, ``np.matmul`` and their kin of array operands: products of matrices and vectors, by NumPy's own loops.

Factors of different types are converted as NumPy converts them. The result is a new array of the kernel's own, or, where it is returned
or assigned as a whole, the memory it goes to, unless a factor may lie there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import numpy as np

from cobra.compiler.frontend import array_assignment, arrays, expressions, reductions
from cobra.compiler.frontend.arguments import expect_count, is_given
from cobra.compiler.frontend.entities import BuiltinEntity
from cobra.compiler.frontend.frame import Frame
from cobra.compiler.frontend.terms import Array, Number, Reference, Term
from cobra.compiler.ir.builder import constant
from cobra.compiler.ir.values import Constant, Value
from cobra.compiler.primitives.matrices import Matrix, Product, matrix_product
from cobra.errors import InvalidCall, Location, TypeMismatch, UnsupportedSyntax
from cobra.types import ScalarType, bfloat16, from_dtype, int64

Handler = Callable[[Frame, list[Term], Location], Term]

_GUFUNCS = {
    "numpy.matmul": "matmul", "numpy.dot": "matmul", "numpy.inner": "matmul", "numpy.vecdot": "vecdot", "numpy.vdot": "vecdot",
}  # fmt: skip
"""The gufunc that computes what a function returns for arrays with one or two dimensions."""

_VECTORS_ONLY = frozenset({"numpy.inner", "numpy.vecdot", "numpy.vdot"})
_OTHER_RESULT = "the product has other sizes than the array it goes to"


def multiply(frame: Frame, name: str, terms: Sequence[Term], location: Location, into: Array | None = None) -> Term:
    """Return a product as a function of NumPy computes it: in the array `into`, where that can be, else in a new one."""
    expect_count(name, terms, location, 2)
    if name == "numpy.matmul" and all(isinstance(term, Number) for term in terms):
        raise UnsupportedSyntax("a kernel has no '@' of numbers", location, "It multiplies arrays; multiply numbers by *.")
    if _GUFUNCS[name] == "matmul" and not any(isinstance(term, Array) for term in terms):
        return reductions.dot(frame, list(terms), location)
    factors = [_factor(name, term, location) for term in terms]
    return _product(frame, name, factors, location, into)


def _written(name: str) -> str:
    return "'@'" if name == "numpy.matmul" else name


def _factor(name: str, term: Term, location: Location) -> Array:
    """Return an operand that is a matrix or a vector."""
    if not isinstance(term, Array) or not term.bounded or not term.shape:
        hint = "Both are array operands, or rows and columns of them."
        raise TypeMismatch(f"{_written(name)} does not take {term} beside an array in a kernel", location, hint)
    if len(term.shape) > (1 if name in _VECTORS_ONLY else 2):
        wanted = "one dimension" if name in _VECTORS_ONLY else "one or two dimensions"
        hint = "Loop over the others: a[i] has one dimension less."
        raise TypeMismatch(f"{_written(name)} takes arrays with {wanted} in a kernel, not {term}", location, hint)
    return term


def _product(frame: Frame, name: str, factors: Sequence[Array], location: Location, into: Array | None) -> Term:
    """Append the product of two arrays."""
    gufunc, (left, right) = _GUFUNCS[name], factors
    kind = _result_type(gufunc, factors, location)
    _expect_same_inner(frame, name, left.shape[-1], right.shape[0], location)
    shape = (*left.shape[:-1], *right.shape[1:])
    target = _target(frame, kind, shape, factors, into, location)
    first, second = (f if f.element == kind else array_assignment.as_type(frame, f, kind, location) for f in factors)
    _append(frame, gufunc, target, first, second)
    return target if shape else arrays.load_element(frame, target)


def _expect_same_inner(frame: Frame, name: str, first: Value, second: Value, location: Location) -> None:
    """Compare the sizes of the dimensions along which products are added up: now where they are known, else when the kernel runs."""
    message = f"{_written(name)} adds up along dimensions of different sizes"
    if isinstance(first, Constant) and isinstance(second, Constant) and first.value != second.value:
        raise TypeMismatch(f"{message}, {first.value} and {second.value}", location, "The inner sizes are the same.")
    array_assignment.expect_same_sizes(frame, [first], [second], message, location)


def _result_type(gufunc: str, factors: Sequence[Array], location: Location) -> ScalarType:
    """Return the type of the elements that are multiplied and of those of the result."""
    kinds = [factor.element for factor in factors]
    if bfloat16 in kinds:
        raise TypeMismatch("NumPy has no matrix products of bfloat16", location, "Convert the elements to float32.")
    resolved = getattr(np, gufunc).resolve_dtypes((*(kind.dtype for kind in kinds), None))
    found = from_dtype(resolved[-1])
    assert found is not None
    return found


def _target(
    frame: Frame, kind: ScalarType, shape: Sequence[Value], factors: Sequence[Array], into: Array | None, location: Location
) -> Array:
    """Return where the product is computed: where it goes, if that is an array of its type and no factor lies there."""
    fits = into is not None and into.element == kind and len(into.shape) == len(shape) > 0
    if into is None or not fits or any(array_assignment.may_share(frame, into, factor) for factor in factors):
        return frame.session.local_array(kind, shape)
    array_assignment.expect_same_sizes(frame, shape, into.shape, _OTHER_RESULT, location)
    if frame.session.growing is not None:
        frame.session.growing.setdefault(into.parameter, []).append(Number(constant(0, kind)))
    return into


def _append(frame: Frame, gufunc: str, target: Array, left: Array, right: Array) -> None:
    one = constant(1, int64)
    rows = left.shape[0] if len(left.shape) == 2 else one
    columns = right.shape[1] if len(right.shape) == 2 else one
    free = iter(target.free_axes)
    axes = (next(free) if rows is not one else None, next(free) if columns is not one else None)
    matrices = _matrix(target, axes), _matrix(left, (None, *left.free_axes)[-2:]), _matrix(right, (*right.free_axes, None)[:2])
    product = Product(*matrices, (rows, left.shape[-1], columns))
    frame.builder.operation(matrix_product, product.operands, [], by=gufunc, **product.attributes)


def _matrix(array: Array, axes: Sequence[int | None]) -> Matrix:
    rows, columns = axes
    return Matrix(array.parameter, array.place([constant(0, int64)] * len(array.shape)), (rows, columns))


# -- where the memory of the result is known


def multiply_in_place(frame: Frame, target: Array, by: Term, location: Location) -> None:
    """Append ``a @= b``, which changes the array itself, whatever else it is called."""
    if not target.writable:
        raise arrays.read_only(target.parameter.name, location)
    if not isinstance(by, Array) or len(by.shape) != 2:
        raise TypeMismatch(f"an array is multiplied in place by a matrix, not by {by}", location, "Write a[...] = a @ b.")
    made = multiply(frame, "numpy.matmul", [target, by], location)
    array_assignment.assign(frame, target, made, location)


def evaluated_into(frame: Frame, node: ast.expr, target: Array | None) -> Term | None:
    """Return what a product stands for, computed in the array it goes to where that can be; None for another expression."""
    name = product_name(frame, node)
    if name is None:
        return None
    sides = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args if isinstance(node, ast.Call) else []
    terms = [expressions.evaluate(frame, side) for side in sides]
    frame.builder.location = frame.location(node)
    return multiply(frame, name, terms, frame.location(node), target)


def product_name(frame: Frame, node: ast.expr) -> str | None:
    """Return by which function of NumPy an expression multiplies two operands, None where it does something else."""
    match node:
        case ast.BinOp(op=ast.MatMult()):
            return "numpy.matmul"
        case ast.Call(args=[_, _], keywords=[]):
            callee = expressions.evaluate(frame, node.func)
            entity = callee.entity if isinstance(callee, Reference) else None
            return entity.name if isinstance(entity, BuiltinEntity) and entity.name in _GUFUNCS else None
    return None


def _handler(name: str) -> Handler:
    return lambda frame, arguments, location: multiply(frame, name, arguments, location)


def _matmul(frame: Frame, arguments: list[Term], location: Location) -> Term:
    """``np.matmul(a, b)`` and ``np.matmul(a, b, out=out)``."""
    if not is_given(arguments, 2):
        return multiply(frame, "numpy.matmul", arguments[:2], location)
    expect_count("np.matmul", arguments, location, 3)
    out = arguments[2]
    if not isinstance(out, Array) or not out.writable:
        hint = "out= names an output, or an array that the kernel made."
        raise InvalidCall(f"a product cannot go to {out}, which the kernel does not write to", location, hint)
    made = multiply(frame, "numpy.matmul", arguments[:2], location, out)
    if made is not out:
        array_assignment.assign(frame, out, made, location)
    return out


HANDLERS: dict[str, Handler] = {name: _handler(name) for name in _GUFUNCS} | {"numpy.matmul": _matmul}
KEYWORDS = {"numpy.matmul": {"out": 2}, "numpy.dot": {"b": 1}}
