"""Every feature of a NumPy ufunc, on elementwise kernels: a call does what it does with the ufunc of NumPy that they equal."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
import pytest
from numpy_twins import BINARY, check_twins, larger, less, minus, opposite, outcome, plus, quotient_and_rest

A = np.array([[3.0, -1.5, 0.25], [8.0, 2.0, -4.0]])
B = np.array([2.0, -0.5, 4.0])
INTS = np.arange(-6, 6).reshape(3, 4)
HALVES = A.astype("f2")
MASK = np.array([[True, False, True], [False, True, True]])


class Tagged(np.ndarray):
    """A subclass whose results carry a mark."""

    def __array_wrap__(self, array, context=None, return_scalar=False):
        wrapped = super().__array_wrap__(array, context, return_scalar)
        wrapped.marked_by = (context[0].nin, len(context[1]), context[2])
        return wrapped


class Handler:
    """Takes over what ufuncs do with it."""

    def __array_ufunc__(self, ufunc, method, *operands, **keywords):
        return method, len(operands), sorted(keywords)


class Refuser:
    __array_ufunc__ = None


class Wrapped(np.lib.mixins.NDArrayOperatorsMixin):
    """An object that unwraps operands and calls the ufunc again."""

    def __init__(self, array):
        self.array = array

    def __array_ufunc__(self, ufunc, method, *operands, **keywords):
        plain = [item.array if isinstance(item, Wrapped) else item for item in operands]
        return getattr(ufunc, method)(*plain, **keywords)


def filled(shape=(2, 3), dtype="f8"):
    return np.full(shape, 99, dtype)


CALLS: dict[str, Callable[[np.ufunc], object]] = {
    "arrays": lambda u: u(A, A),
    "broadcasting": lambda u: u(A, B),
    "outer broadcasting": lambda u: u(B[:, None], B),
    "shapes that do not fit": lambda u: u(A, A.T),
    "empty": lambda u: u(A[:0], B),
    "0-d gives a scalar": lambda u: u(np.array(1.0), np.array(2.0)),
    "Python floats": lambda u: u(1.5, 2.0),
    "Python integers": lambda u: u(3, 4),
    "Python booleans": lambda u: u(True, False),
    "NumPy scalars": lambda u: u(np.float32(1.5), np.float32(2)),
    "lists": lambda u: u([1, 2], [3, 4]),
    "nested lists with floats": lambda u: u([[1, 2]], 0.5),
    "mixed types": lambda u: u(INTS.astype("i1")[0, :3], A),
    "int8 and uint8": lambda u: u(np.int8(3), np.uint8(250)),
    "int64 and uint64": lambda u: u(np.int64(-3), np.uint64(3)),
    "float32 and int64": lambda u: u(np.float32(0.5), INTS),
    "weak integer": lambda u: u(INTS.astype("i1"), 3),
    "weak integer too large": lambda u: u(INTS.astype("i1"), 300),
    "weak negative integer": lambda u: u(INTS.astype("u1"), -1),
    "weak float": lambda u: u(A.astype("f4"), 0.1),
    "weak float and integers": lambda u: u(INTS.astype("i2"), 0.5),
    "weak float and half": lambda u: u(HALVES, 0.5),
    "huge integer": lambda u: u(A, 2**70),
    "non-native byte order": lambda u: u(A.astype(">f8"), B.astype(">f8")),
    "unaligned": lambda u: u(np.frombuffer(b"x" + A.tobytes(), "f8", offset=1), B[0]),
    "reversed and strided": lambda u: u(A[::-1, ::2], A[:, ::-2]),
    "transposed keeps the layout": lambda u: u(A.T, A.T),
    "read-only operands": lambda u: u(np.broadcast_to(B, (2, 3)), B),
    "keyword operands": lambda u: u(A, b=B),
    "too few operands": lambda u: u(A),
    "too many operands": lambda u: u(A, A, filled(), filled()),
    "unknown keyword": lambda u: u(A, A, where_=True),
    "out by position": lambda u: u(A, B, filled()),
    "out by keyword": lambda u: u(A, B, out=filled()),
    "out in a tuple": lambda u: u(A, B, out=(filled(),)),
    "out is what is returned": lambda u: (lambda out: u(A, B, out=out) is out)(filled()),
    "out twice": lambda u: u(A, B, filled(), out=filled()),
    "out of a larger shape": lambda u: u(B, B, out=filled((4, 3))),
    "out of a smaller shape": lambda u: u(A, B, out=filled(3)),
    "out of a larger type": lambda u: u(A, B, out=filled(dtype="c16")),
    "out of a smaller type": lambda u: u(A, B, out=filled(dtype="f4")),
    "out of another kind": lambda u: u(A, B, out=filled(dtype="i8")),
    "out strided": lambda u: u(A, B, out=filled((2, 6))[:, ::2]),
    "out is an operand": lambda u: (lambda x: u(x, x, out=x))(A.copy()),
    "out overlaps an operand": lambda u: (lambda x: u(x[:-1], x[1:], out=x[1:]))(np.arange(50.0)),
    "out read-only": lambda u: u(A, B, out=np.broadcast_to(99.0, (2, 3))),
    "out ...": lambda u: u(1.0, 2.0, out=...),
    "where": lambda u: u(A, B, where=MASK, out=filled()),
    "where broadcast": lambda u: u(A, B, where=[True, False, True], out=filled()),
    "where nothing": lambda u: u(A, B, where=False, out=filled()),
    "where with casting": lambda u: u(A.astype("f4"), INTS[0, :3], where=MASK, out=filled()),
    "where that is no boolean": lambda u: u(A, B, where=A, out=filled()),
    "dtype": lambda u: u(A, B, dtype="f4", casting="same_kind"),
    "dtype that is not safe": lambda u: u(A, B, dtype="f4"),
    "dtype without a loop": lambda u: u(A, B, dtype="U5"),
    "dtype of integers": lambda u: u(INTS, INTS, dtype=np.float32),
    "casting no": lambda u: u(A, 1, casting="no"),
    "casting equiv": lambda u: u(A, INTS[0, :3], casting="equiv"),
    "casting unsafe": lambda u: u(A, B, out=filled(dtype="i8"), casting="unsafe"),
    "casting unknown": lambda u: u(A, B, casting="wild"),
    "order F": lambda u: u(A, B, order="F"),
    "order C": lambda u: u(A.T, A.T, order="C"),
    "order A": lambda u: u(np.asfortranarray(A), np.asfortranarray(A), order="A"),
    "subok": lambda u: type(u(A.view(Tagged), B)).__name__,
    "subok not wanted": lambda u: u(A.view(Tagged), B, subok=False),
    "array wrap": lambda u: u(A.view(Tagged), B).marked_by,
    "out of a subclass": lambda u: u(A, B, out=filled().view(Tagged)).marked_by,
    "masked arrays": lambda u: u(np.ma.MaskedArray(A, MASK), B).filled(0),
    "override by an operand": lambda u: u(Handler(), A),
    "override by out": lambda u: u(A, A, out=Handler()),
    "override of a method": lambda u: u.reduce(Handler(), axis=0),
    "override of outer": lambda u: u.outer(A, Handler()),
    "override that delegates": lambda u: u(Wrapped(A), Wrapped(B)),
    "override refused": lambda u: u(Refuser(), A),
    "none": lambda u: u(None, 1.0),
    "datetimes with numbers": lambda u: u(np.datetime64("2020-01-01"), 1.5),
    "records": lambda u: u(np.zeros(2, "f8,f8"), 1),
    "reduce": lambda u: u.reduce(A),
    "reduce integers": lambda u: u.reduce(INTS, axis=1),
    "reduce a list": lambda u: u.reduce([1, 2, 3]),
    "reduce over axis 1": lambda u: u.reduce(A, axis=1),
    "reduce over all": lambda u: u.reduce(A, axis=None),
    "reduce over a tuple": lambda u: u.reduce(np.arange(24.0).reshape(2, 3, 4), axis=(0, 2)),
    "reduce over no axis": lambda u: u.reduce(A, axis=()),
    "reduce keeping dimensions": lambda u: u.reduce(A, axis=1, keepdims=True),
    "reduce with initial": lambda u: u.reduce(A, initial=5),
    "reduce without initial": lambda u: u.reduce(A, initial=None),
    "reduce with where": lambda u: u.reduce(A, where=MASK, initial=1.0),
    "reduce with where and no initial": lambda u: u.reduce(A, where=MASK),
    "reduce with dtype": lambda u: u.reduce(INTS, dtype="f4"),
    "reduce into out": lambda u: u.reduce(A, out=filled(3)),
    "reduce into out of another type": lambda u: u.reduce(A, axis=1, out=filled(2, "c8")),
    "reduce nothing": lambda u: u.reduce(A[:0]),
    "reduce nothing with initial": lambda u: u.reduce(A[:0], initial=2.0),
    "reduce a 0-d array": lambda u: u.reduce(np.array(3.0)),
    "reduce over a wrong axis": lambda u: u.reduce(A, axis=2),
    "reduce a strided array": lambda u: u.reduce(np.arange(60.0).reshape(10, 6)[::-2, ::3], axis=0),
    "reduce many": lambda u: u.reduce((np.arange(3000) % 7).astype("i8")),
    "accumulate": lambda u: u.accumulate(A),
    "accumulate over axis 1": lambda u: u.accumulate(A, axis=1),
    "accumulate with dtype": lambda u: u.accumulate(INTS, dtype="f4"),
    "accumulate into out": lambda u: u.accumulate(A, out=filled()),
    "accumulate nothing": lambda u: u.accumulate(A[:0]),
    "accumulate over a tuple": lambda u: u.accumulate(A, axis=(0, 1)),
    "reduceat": lambda u: u.reduceat(np.arange(10.0), [0, 4, 1, 7]),
    "reduceat over axis 1": lambda u: u.reduceat(A, [0, 2], axis=1),
    "reduceat with dtype": lambda u: u.reduceat(INTS, [0, 1], dtype="f4"),
    "reduceat into out": lambda u: u.reduceat(A, [0, 1], out=filled()),
    "reduceat beyond the end": lambda u: u.reduceat(A, [0, 5]),
    "outer": lambda u: u.outer(B, A),
    "outer of scalars": lambda u: u.outer(1.0, 2.0),
    "outer into out": lambda u: u.outer(B, B, out=filled((3, 3))),
    "outer with dtype": lambda u: u.outer([1, 2], [3, 4], dtype="f4"),
    "outer of three": lambda u: u.outer(A, B, B, B),
}  # fmt: skip


ONLY_OF_NUMPYS_OWN = {
    (minus, "Python booleans"),  # NumPy forbids the difference of booleans by a rule for this one ufunc
    (larger, "out by position"),  # and deprecates this in maximum and minimum
    (larger, "out twice"),
    (less, "weak integer too large"),  # comparisons take integers of any size
    (less, "weak negative integer"),
}


@pytest.mark.parametrize(
    ("kernel", "name"),
    [(kernel, name) for kernel in BINARY for name in CALLS if (kernel, name) not in ONLY_OF_NUMPYS_OWN],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_call_is_like_numpys(kernel: np.ufunc, name: str) -> None:
    check_twins(CALLS[name], kernel, BINARY[kernel])


def at(ufunc, *arguments):
    """Run ``at`` on a fresh array and return that."""
    target = np.arange(6.0) if not arguments or not isinstance(arguments[0], np.ndarray) else arguments[0].copy()
    ufunc.at(target, *(arguments[1:] if arguments and isinstance(arguments[0], np.ndarray) else arguments))
    return target


AT = {
    "repeated indices": lambda u: at(u, [0, 0, 3, 0], 2.0),
    "values": lambda u: at(u, [1, 1, 2], [5.0, 6.0, 7.0]),
    "slice": lambda u: at(u, slice(1, 4), B),
    "two dimensions": lambda u: at(u, A, (np.array([0, 0]), np.array([2, 2])), 3.0),
    "boolean index": lambda u: at(u, A, MASK, 2.0),
    "integers": lambda u: at(u, INTS, [0, 0], 2),
    "values of another type": lambda u: at(u, INTS, [0], 2.5),
    "out of range": lambda u: at(u, [77], 1.0),
}


@pytest.mark.parametrize("call", AT.values(), ids=AT)
def test_at(call: Callable[[np.ufunc], object]) -> None:
    check_twins(call, plus, np.add)
    check_twins(call, minus, np.subtract)


def test_at_of_one_operand() -> None:
    check_twins(lambda u: at(u, [1, 1, 2]), opposite, np.negative)


UNARY = {
    "array": lambda u: u(A),
    "scalar": lambda u: u(2.5),
    "unsigned": lambda u: u(np.uint8(3)),
    "out": lambda u: u(A, filled()),
    "where": lambda u: u(A, where=MASK, out=filled()),
    "too many operands": lambda u: u(A, filled(), filled()),
    "reduce": lambda u: u.reduce(A),
    "accumulate": lambda u: u.accumulate(A),
    "outer": lambda u: u.outer(A, A),
    "masked array": lambda u: u(np.ma.MaskedArray(A, MASK)).filled(0),
    "inf and nan": lambda u: u(np.array([np.inf, -np.inf, np.nan, -0.0])),
    "complex": lambda u: u(np.array([1 + 2j, -0.0j])),
    "complex64": lambda u: u(np.complex64(3 - 1j)),
    "half": lambda u: u(HALVES),
}  # fmt: skip


@pytest.mark.parametrize("call", UNARY.values(), ids=UNARY)
def test_one_operand(call: Callable[[np.ufunc], object]) -> None:
    check_twins(call, opposite, np.negative)


SEVERAL_OUTPUTS = {
    "arrays": lambda u: u(A, B),
    "scalars": lambda u: u(7, 3),
    "floats": lambda u: u(7.5, -2.0),
    "integers": lambda u: u(INTS, 4),
    "out by position": lambda u: u(A, B, filled(), filled()),
    "first out only": lambda u: u(A, B, filled()),
    "second out only": lambda u: u(A, B, None, filled()),
    "out tuple": lambda u: u(A, B, out=(filled(), None)),
    "out that is no tuple": lambda u: u(A, B, out=filled()),
    "out tuple too short": lambda u: u(A, B, out=(filled(),)),
    "where": lambda u: u(A, B, where=MASK, out=(filled(), filled())),
    "dtype": lambda u: u(A, B, dtype="f4", casting="same_kind"),
    "signature": lambda u: u(A, B, signature="ff->ff", casting="same_kind"),
    "order": lambda u: u(A, A, order="F"),
    "subclass": lambda u: [type(part).__name__ for part in u(A.view(Tagged), B)],
    "outer": lambda u: u.outer(B, B),
    "reduce": lambda u: u.reduce(A),
    "accumulate": lambda u: u.accumulate(A),
    "division by zero": lambda u: u(INTS, 0),
}  # fmt: skip


@pytest.mark.parametrize("call", SEVERAL_OUTPUTS.values(), ids=SEVERAL_OUTPUTS)
def test_several_outputs(call: Callable[[np.ufunc], object]) -> None:
    check_twins(call, quotient_and_rest, np.divmod)


LOOPS = {
    "text": lambda u: u(INTS, INTS, signature="dd->d"),
    "tuple": lambda u: u(INTS, INTS, signature=(None, None, np.float32), casting="same_kind"),
    "types": lambda u: u(A, B, signature=(np.float32, np.float32, np.float32), casting="same_kind"),
    "not safe": lambda u: u(A, B, signature="ff->f"),
    "no such loop": lambda u: u(A, B, signature="VV->V"),
    "wrong length": lambda u: u(A, B, signature="d->d"),
    "with dtype": lambda u: u(A, B, signature="dd->d", dtype="f8"),
}


@pytest.mark.parametrize("call", LOOPS.values(), ids=LOOPS)
def test_choice_of_a_loop(call: Callable[[np.ufunc], object]) -> None:
    check_twins(call, plus, np.add)


def test_boolean_results() -> None:
    check_twins(lambda u: u(A, B, dtype="f8"), less, np.less)
    check_twins(lambda u: u(A, B, out=filled(dtype="?")), less, np.less)
    check_twins(lambda u: u(A, B, out=filled(dtype="i1")), less, np.less)


@pytest.mark.parametrize("operand", ["text", b"bytes", Ellipsis, None, np.datetime64(1, "s"), np.longdouble(1), {}], ids=repr)
def test_operands_that_are_no_numbers(operand: object) -> None:
    with pytest.raises(TypeError, match="ufunc 'plus' not supported for the input types"):
        plus(operand, operand)


def test_object_arrays_are_not_computed() -> None:
    assert outcome(lambda u: u(np.array([1, 2], object), 1), plus)[0] == ("raises", "TypeError")


def test_operators_call_the_override() -> None:
    assert np.array_equal(operator.add(Wrapped(A), B), A + B)


@pytest.mark.parametrize("dtype", "?bBhHiIlLefdFD")
def test_every_type(dtype: str) -> None:
    values = np.arange(1, 9).astype(dtype)
    check_twins(lambda u: (u(values, values[::-1]), u.reduce(values, dtype=dtype), u(values[0], values[1])), plus, np.add)


@pytest.mark.parametrize("dtype", "qQ")
def test_long_long_is_the_64_bit_integer(dtype: str) -> None:
    values = np.arange(1, 9).astype(dtype)
    result = plus(values, values)
    assert result.dtype == values.dtype and np.array_equal(result, 2 * values)


def test_reduction_of_small_integers_keeps_their_type() -> None:
    # NumPy widens in the ufuncs called add and multiply, which it knows by name; a kernel does as all others do
    assert plus.reduce(np.ones(300, "i1")).dtype == np.int8
    assert plus.reduce(np.ones(300, "i1"), dtype=int) == 300
