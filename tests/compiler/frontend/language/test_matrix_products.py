"""``a @ b`` and its kin in kernels: what the same function gives as plain Python, to the last bit where BLAS computes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cobra
from cobra.errors import CobraError, InvalidCall, ReadOnlyArgument, TypeMismatch, UnsupportedSyntax

Array = np.ndarray[Any, Any]

SIZES = {"m": 7, "k": 6, "n": 5}
CODES = "?bBhHiIlLqQefdFD"


def made(code: str, *shape: int, seed: int = 0) -> Array:
    random = np.random.default_rng([seed, *shape])
    if code == "?":
        return random.random(shape) < 0.5
    if code in "bBhHiIlLqQ":
        return random.integers(0, 90, shape).astype(code)
    numbers = random.standard_normal(shape)
    return (numbers + 1j * random.standard_normal(shape) if code in "FD" else numbers).astype(code)


def operands(signature: str, code: str = "d") -> list[Array]:
    taken = signature.partition("->")[0].strip("()").split("),(")
    return [made(code, 3, *(SIZES[name] for name in names.split(",") if name), seed=k) for k, names in enumerate(taken)]


def as_written(function: Callable[..., Any], arguments: list[Array], out: Array) -> Array:
    """Return what the function gives as plain Python, run by run."""
    for run in range(3):
        result = function(*(argument[run] for argument in arguments), *([out[run, ...]] if writes(function) else []))
        if not writes(function):
            out[run] = result
    return out


def writes(function: Callable[..., Any]) -> bool:
    return "out" in function.__code__.co_varnames[: function.__code__.co_argcount]


# -- forms


def returned(a, b):
    return a @ b


def called(a, b):
    return np.matmul(a, b)


def dotted(a, b):
    return np.dot(a, b=b)


def method(a, b):
    return a.dot(b)


def assigned(a, b, out):
    out[...] = a @ b


def assigned_by_slices(a, b, out):
    out[:, :] = np.dot(a, b)


def given_out(a, b, out):
    np.matmul(a, b, out=out)


def given_a_view(a, b, out):
    np.matmul(b.T, a.T, out.T)


def rows(a, b, out):
    for i in range(a.shape[0]):
        out[i] = a[i] @ b


def columns(a, b, out):
    for j in range(b.shape[1]):
        out[:, j] = a @ b[:, j]


def elements(a, b, out):
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = a[i, :] @ b.T[j]


def through_variables(a, b):
    left, right = a, b.T
    product = left @ right.T
    again = product
    again[0, 0] += 1.0
    return product


def of_transposed(a, b):
    return (b.T @ a.T).T


def changed_afterwards(a, b):
    c = a @ b
    for i in range(c.shape[0]):
        for j in range(c.shape[1]):
            c[i, j] = max(c[i, j], 0.0)
    return c


def on_two_paths(a, b):
    if a[0, 0] > 0.0:
        return a @ b
    c = b.T @ a.T
    return c.T


def in_place(a, b):
    c = a @ b
    same = c
    c @= b.T @ b
    c[0] @= b.T @ b
    return same


def before_a_loop(a, b, out):
    c = a @ b
    for _ in range(3):
        c[...] = c.T.T
        for i in range(c.shape[0]):
            c[i, 0] += c[i] @ b[0]
    out[...] = c


FORMS = [
    returned, called, dotted, method, in_place, assigned, assigned_by_slices, given_out, given_a_view, rows, columns, elements,
    through_variables, of_transposed, changed_afterwards, on_two_paths, before_a_loop,
]  # fmt: skip


@pytest.mark.parametrize("function", FORMS, ids=lambda function: function.__name__)
def test_matrices(function):
    kernel = cobra.ufunc(types=["dd->d"], signature="(m,k),(k,n)->(m,n)")(function)
    arguments = operands("(m,k),(k,n)->(m,n)")
    np.testing.assert_array_equal(kernel(*arguments), as_written(function, arguments, np.empty((3, 7, 5))))


def chain(a, b, x):
    return a @ b @ x


def quadratic_form(a, x, y):
    return x @ (a @ y) + 1.0


def from_the_left(x, a):
    return x @ a


def squared_length(x):
    return np.vecdot(x, x) - np.vdot(x, x) + np.inner(x, x) + x.dot(x)


def outer_loop_carries(x, a):
    total = 0.0
    for i in range(a.shape[0]):
        total += x @ a[i]
    return total


OTHERS = [
    (chain, "ddd->d", "(m,k),(k,n),(n)->(m)", "d"),
    (quadratic_form, "ddd->d", "(m,k),(m),(k)->()", "d"),
    (from_the_left, "ff->f", "(m),(m,k)->(k)", "f"),
    (squared_length, "d->d", "(n)->()", "d"),
    (squared_length, "D->D", "(n)->()", "D"),
    (outer_loop_carries, "dd->d", "(k),(m,k)->()", "d"),
]


@pytest.mark.parametrize(("function", "types", "signature", "code"), OTHERS)
def test_vectors_and_chains(function, types, signature, code):
    kernel = cobra.ufunc(types=[types], signature=signature)(function)
    arguments = operands(signature, code)
    made_here = kernel(*arguments)
    np.testing.assert_array_equal(made_here, as_written(function, arguments, np.empty_like(made_here)))


# -- types


EVERY_TYPE = cobra.ufunc(types=[f"{code}{code}->{code}" for code in CODES], signature="(m,k),(k,n)->(m,n)")(returned)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 2, 2), (4, 4, 4), (1, 5, 1), (7, 1, 3), (5, 6, 1), (20, 30, 40), (3, 0, 4), (0, 3, 2)])
def test_every_type_and_layout(code, shape):
    m, k, n = shape
    a, b = made(code, 3, m, k), made(code, 3, k, n, seed=1)
    layouts = [(a, b), (np.asfortranarray(a), b), (a[:, ::-1, ::-1], b[..., ::-1]), (np.repeat(a, 2, axis=2)[..., ::2], b[:1])]
    for left, right in layouts:
        found, wanted = EVERY_TYPE(left, right), left @ right
        assert found.dtype == wanted.dtype
        if shape in ((2, 2, 2), (4, 4, 4)):  # written out, so that the order of additions may be another one
            np.testing.assert_allclose(found, wanted, rtol=1e-2 if code == "e" else 1e-4)
        else:
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("code", "bHiQ")
def test_integers_wrap_around_in_every_layout(code):
    a, b = (np.random.default_rng(seed).integers(0, 255, (2, 24, 24)).astype(code) for seed in (1, 2))
    wide = np.zeros((2, 24, 40), code)
    wide[..., :24] = b
    for left in (a, a.transpose(0, 2, 1), a[:, ::2, 1:]):
        for right in (b, wide[..., :24], b.transpose(0, 2, 1), b[..., ::-1], b[..., :3]):
            rows = right[:, : left.shape[2]]
            np.testing.assert_array_equal(EVERY_TYPE(left, rows), left @ rows)


@pytest.mark.parametrize("first", "lfdF")
@pytest.mark.parametrize("second", "fd")
def test_types_are_mixed_as_numpy_mixes_them(first, second):
    kernel = cobra.ufunc(signature="(m,k),(k,n)->(m,n)")(returned)
    a, b = made(first, 6, 7), made(second, 7, 5, seed=1)
    found = kernel(a, b)
    assert found.dtype == (a @ b).dtype
    np.testing.assert_array_equal(found, a @ b)


def test_a_declared_output_is_converted_to():
    kernel = cobra.ufunc(types=["dd->f"], signature="(m,k),(k,n)->(m,n)")(assigned)
    a, b = operands("(m,k),(k,n)->(m,n)")
    np.testing.assert_array_equal(kernel(a, b), (a @ b).astype("f"))


def test_conjugates_the_first_vector():
    kernel = cobra.ufunc(types=["DD->D"], signature="(n),(n)->()")(lambda x, y: np.vecdot(x, y))
    for size in (3, 9):
        x, y = made("D", size), made("D", size, seed=1)
        np.testing.assert_allclose(kernel(x, y), np.vecdot(x, y), rtol=1e-14)


def test_a_sum_of_negative_zeros_is_numpys():
    for size in (2, 5):
        a, b = np.full((size, size), -0.0), np.ones((size, size))
        assert not np.signbit(EVERY_TYPE(a, b)).any()
        assert not np.signbit(a @ b).any()


# -- memory


def test_an_array_may_be_multiplied_into_itself():
    def into_itself(a, b, out):
        out[...] = a
        out[...] = out @ b
        np.matmul(b, out, out=out)

    kernel = cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)")(into_itself)
    a, b = made("d", 9, 9), made("d", 9, 9, seed=1)
    np.testing.assert_array_equal(kernel(a, b), b @ (a @ b))
    out = a.copy()
    kernel(out, b, out=out)
    np.testing.assert_array_equal(out, b @ (a @ b))


def test_inputs_that_may_be_written_to_may_be_the_same():
    def replaced(a, b, out):
        a[...] = b @ b
        out[...] = a[:, :]

    kernel = cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)", writable=("a",))(replaced)
    for size in (3, 9):
        a = made("d", size, size)
        wanted = a @ a
        np.testing.assert_allclose(kernel(a, a), wanted, rtol=1e-13)
        np.testing.assert_allclose(a, wanted, rtol=1e-13)


def test_power_iteration():
    def direction(a, v):
        x = np.empty_like(v)
        x[:] = v
        for _ in range(5):
            x[...] = a @ x
            length = np.sqrt(x @ x)
            for i in range(len(x)):
                x[i] /= length
        return x

    kernel = cobra.ufunc(types=["dd->d"], signature="(n,n),(n)->(n)")(direction)
    a, v = made("d", 20, 20), made("d", 20, seed=1)
    np.testing.assert_array_equal(kernel(a, v), direction(a, v))


def test_each_call_of_a_function_makes_an_array_of_its_own():
    def raised(x, y):
        made = x @ y
        made[0, 0] += 1.0
        return made

    def both(a, b):
        first, second = raised(a, b), raised(b, a)
        return first @ second

    kernel = cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)")(both)
    a, b = made("d", 9, 9), made("d", 9, 9, seed=1)
    np.testing.assert_array_equal(kernel(a, b), both(a, b))


# -- mistakes


def unrelated(a, b):
    c = a @ b
    return c[0, 0]


def test_sizes_that_differ_when_it_runs():
    kernel = cobra.ufunc(types=["dd->d"], signature="(m,k),(j,n)->()")(unrelated)
    a = made("d", 4, 5)
    assert kernel(a, a.T) == (a @ a.T)[0, 0]
    with pytest.raises(ValueError, match=r"test_matrix_products.py:\d+: '@' adds up along dimensions of different sizes"):
        kernel(a, a)


def test_results_that_fit_nowhere():
    def elsewhere(a, b, out):
        np.matmul(a, b, out=out)

    kernel = cobra.ufunc(types=["dd->d"], signature="(m,k),(k,n)->(p,q)")(elsewhere)
    a, out = made("d", 4, 4), np.full((3, 4), 7.0)
    with pytest.raises(ValueError, match="other sizes than the array it goes to"):
        kernel(a, a, out)
    assert (out == 7.0).all()


def test_no_memory_is_an_exception():
    kernel = cobra.ufunc(types=["dd->d"], signature="(m,k),(j,n)->()")(unrelated)
    with pytest.raises(MemoryError, match="an array that the kernel makes"):
        kernel(np.broadcast_to(1.0, (1 << 31, 1)), np.broadcast_to(1.0, (1, 1 << 31)))


MATRIX = "(m,k),(k,n)->(m,n)"
WRONG = [
    (lambda a, b: a @ 2.0, MATRIX, TypeMismatch, "float.* beside an array"),
    (lambda a, b: np.dot(a, (1.0, 2.0)), MATRIX, TypeMismatch, "a tuple of 2 beside an array"),
    (lambda a, b: a[0, 0] @ b[0, 0], MATRIX, UnsupportedSyntax, "no '@' of numbers"),
    (lambda a, b: np.inner(a, b), MATRIX, TypeMismatch, "takes arrays with one dimension"),
    (lambda a, b: a @ b, "(m,k,l),(l,n)->(m,n)", TypeMismatch, "takes arrays with one or two dimensions"),
    (lambda a, b: a @ b, "(3,4),(5,2)->(3,2)", TypeMismatch, "different sizes, 4 and 5"),
    (lambda a, b: np.matmul(a, b, out=a), "(n,n),(n,n)->(n,n)", InvalidCall, "cannot go to"),
    (lambda a, b: np.matmul(a, b, where=True), MATRIX, InvalidCall, "no keyword 'where'"),
    (lambda a, b: np.matmul(a), MATRIX, InvalidCall, "takes 2 arguments"),
    (lambda a, b: a @ b, "(m,k),(k,n)->(m)", TypeMismatch, "2 dimensions, the output 1"),
]


@pytest.mark.parametrize(("function", "signature", "kind", "message"), WRONG)
def test_what_is_refused(function, signature, kind, message):
    with pytest.raises(CobraError, match=message) as caught:
        cobra.ufunc(types=["dd->d"], signature=signature)(function)
    assert type(caught.value) is kind


def test_inputs_are_not_assigned_to():
    def wrong(a, b, out):
        a[...] = a @ b

    with pytest.raises(ReadOnlyArgument, match="writes to its input 'a'"):
        cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)")(wrong)


def test_inputs_are_not_changed_in_place():
    def wrong(a, b):
        a @= b
        return a

    with pytest.raises(ReadOnlyArgument, match="writes to its input 'a'"):
        cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)")(wrong)


def test_a_variable_that_is_one_of_two_arrays():
    def either(a, b, out):
        if a[0, 0] > 0:
            c = a @ b
        else:
            c = b @ a
        out[...] = c

    with pytest.raises(TypeMismatch, match=r"assign to its elements: c\[\.\.\.\]"):
        cobra.ufunc(types=["dd->d"], signature="(n,n),(n,n)->(n,n)")(either)


# -- floating-point errors


LARGE, TINY = np.full((12, 12), 1e300), np.full((12, 12), 1e-300)
INFINITE = np.array([[np.inf, 0.0], [1.0, 1.0]])


@pytest.mark.parametrize("matrix", [LARGE, TINY, INFINITE, np.full((3, 3), np.nan), np.full((9, 9), 5e-324), np.full((9, 9), np.inf)])
def test_errors_are_those_of_matmul(matrix):
    def errors(product: Callable[[Array, Array], object]) -> list[str]:
        found: list[str] = []
        with np.errstate(all="call", call=lambda kind, _: found.append(kind)):
            product(matrix, matrix)
        return found

    assert errors(EVERY_TYPE) == errors(np.matmul)
