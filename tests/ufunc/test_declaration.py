"""Types and core dimensions in all the ways in which they may be declared, and what is said of those that do not fit."""

from __future__ import annotations

import typing
from typing import Annotated, Any, TypeVar

import numpy as np
import pytest

import cobra
from cobra import float32 as f32
from cobra import float64 as f64
from cobra.compiler.spec import spec_of
from cobra.errors import InvalidSignature
from cobra.ufunc.declaration import declare

T = TypeVar("T", np.float32, np.float64)
Number = TypeVar("Number", bound=int | float)
Pair = TypeVar("Pair", f32["n"], f64["n"])
Unlimited = TypeVar("Unlimited")


def types_of(function, **options) -> list[str]:
    return cobra.ufunc(function, **options).types


# -- annotations


def from_python(a: bool, b: int, c: float, d: complex) -> complex:
    return a + b + c + d


def from_numpy(a: np.int8, b: np.float32) -> np.float32:
    return np.float32(a) * b


def from_cobra(a: f32, b: cobra.uint16) -> f64:
    return a * b


def from_dtypes(a: np.dtype("f4"), b: np.dtype("i2")) -> np.dtype("f8"):
    return a * b


def from_text(a: "f32", b: "np.float64") -> "float":
    return a * b


def from_annotated(a: Annotated[float, "metres"]) -> Annotated[float, "metres"]:
    return a


def two_outputs(a: int, b: int) -> tuple[int, float]:
    return a // b, a / b


def two_outputs_old(a: int) -> typing.Tuple[int, int]:  # noqa: UP006
    return a, a


def some_outputs(a: int, b: int) -> tuple:
    return a + b, a - b, a * b


def no_result_stated(a: f32, b: f32):
    return a < b


def of_variables(a: T, b: T) -> T:
    return a * b


def of_two_variables(a: T, b: Number) -> T:
    return a


def unlimited(a: Unlimited) -> Unlimited:
    return a


def says_nothing(a: Any, b: object):
    return a * b


@pytest.mark.parametrize(
    ("function", "types"),
    [
        (from_python, ["?ldD->D"]),
        (from_numpy, ["bf->f"]),
        (from_cobra, ["fH->d"]),
        (from_dtypes, ["fh->d"]),
        (from_text, ["fd->d"]),
        (from_annotated, ["d->d"]),
        (two_outputs, ["ll->ld"]),
        (two_outputs_old, ["l->ll"]),
        (some_outputs, ["ll->lll"]),
        (no_result_stated, ["ff->?"]),
        (of_variables, ["ff->f", "dd->d"]),
        (of_two_variables, ["fl->f", "fd->f", "dl->d", "dd->d"]),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_annotations(function, types) -> None:
    assert types_of(function) == types


def test_annotations_that_say_nothing_are_inferred() -> None:
    assert types_of(says_nothing) == types_of(lambda a, b: a * b)


def test_local_names_in_annotations() -> None:
    here = np.float32

    def kernel(a: here) -> here:
        return a

    assert types_of(kernel) == ["f->f"]


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"a": str, "b": float}, "the annotation of 'a' is str, which is no type of a kernel"),
        ({"a": list[float], "b": float}, "the annotation of 'a'"),
        ({"a": "nothing_of_that_name", "b": float}, "cannot be evaluated"),
        ({"a": np.datetime64, "b": float}, "no type of a kernel"),
        ({"a": np.longdouble, "b": float}, "no type of a kernel"),
        ({"a": float, "b": float, "return": dict}, "the annotation of the result is dict"),
        ({"a": float, "b": float, "return": None}, "is annotated to return nothing"),
        ({"a": Unlimited, "b": float}, "no type of a kernel"),
        ({"a": float}, "the parameter 'b' of 'kernel' has no type, but others have"),
        ({"b": float}, "the parameter 'a' of 'kernel' has no type"),
    ],
    ids=str,
)
def test_wrong_annotations(annotations: dict[str, object], message: str) -> None:
    def kernel(a, b):
        return a + b

    kernel.__annotations__ = annotations
    with pytest.raises(InvalidSignature, match=message) as caught:
        cobra.ufunc(kernel)
    assert caught.value.location is not None and caught.value.hint


# -- types=


def add(a, b):
    return a + b


@pytest.mark.parametrize(
    ("types", "seen"),
    [
        ("dd->d", ["dd->d"]),
        ("dd", ["dd->d"]),
        (["ff->f", "dd->d"], ["ff->f", "dd->d"]),
        (("ii->i",), ["ii->i"]),
        ("float32,float64->float64", ["fd->d"]),
        ("float32, int8 -> float32", ["fb->f"]),
        (["ff->f", "ff->f"], ["ff->f"]),
        ("fd->f", ["fd->f"]),
        ("ee->e", ["ee->e"]),
        ("DD->D", ["DD->D"]),
        ("??->?", ["??->?"]),
        ("qQ->d", ["lL->d"]),
        pytest.param(iter(["hh->h", "ff"]), ["hh->h", "ff->f"], id="iterator"),
        ([((f32, "d"), float), (("int8", np.int8), None), ([np.dtype("u1"), bool], (f64,))], ["fd->d", "bb->b", "B?->d"]),
    ],
    ids=str,
)
def test_types(types, seen) -> None:
    assert types_of(add, types=types) == seen


def test_types_go_before_annotations() -> None:
    assert types_of(from_numpy, types="dd->d") == ["dd->d"]


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("d->d", "does not fit 'add', which has 2 inputs"),
        ("ddd->d", "does not fit"),
        ("dd->", "at least one output"),
        ("dg->d", "'g' in the loop type 'dg->d' is no type of a kernel"),
        ("OO->O", "'O' in the loop type"),
        ("dM->d", "'M'"),
        ("d?x->d", "'x'"),
        ("float32,spam->float64", "'spam'"),
        ([("d", "d")], "does not fit 'add', which has 2 inputs"),
        ([("d", "d", "d")], "a loop type is a string or a pair, not"),
        ([(("d", "x"), "d")], "'x' in types= is no type"),
        ([(("d", "d"), ())], "does not fit"),
        ([], "names no loop"),
        ("", "does not fit"),
    ],
    ids=str,
)
def test_wrong_types(types, message: str) -> None:
    with pytest.raises(InvalidSignature, match=message) as caught:
        cobra.ufunc(add, types=types)
    assert "types=" in str(caught.value) and f"{__file__}:" in str(caught.value)


def test_number_of_outputs_must_agree() -> None:
    with pytest.raises(InvalidSignature, match="returns 1 value, but declares 2 outputs"):
        cobra.ufunc(add, types="dd->dd")


# -- inference


def test_inferred_loops_are_numpys() -> None:
    ours = {"?", "b", "B", "h", "H", "i", "I", "l", "L", "e", "f", "d", "F", "D"}
    twins = ((lambda a, b: a + b, np.add), (lambda a, b: a * b, np.multiply), (lambda a, b: a ^ b, np.bitwise_xor))
    for kernel, ufunc in twins:
        listed = [loop for loop in ufunc.types if set(loop) <= ours | set("->")]
        assert types_of(kernel) == list(dict.fromkeys(listed))


def test_inferred_types_of_results() -> None:
    assert types_of(lambda a, b: a / b)[:4] == ["??->d", "bb->d", "BB->d", "hh->d"]
    assert {loop[-1] for loop in types_of(lambda a, b: a < b)} == {"?"}
    assert set(types_of(lambda x: np.sqrt(x))) >= {"b->e", "h->f", "i->d", "e->e", "f->f", "d->d", "F->F", "D->D"}
    assert types_of(lambda x: abs(x))[-2:] == ["F->f", "D->d"]


def test_types_the_kernel_does_not_work_on_are_left_out() -> None:
    assert types_of(lambda x: x & x) == ["?->?", "b->b", "B->B", "h->h", "H->H", "i->i", "I->I", "l->l", "L->L"]
    with pytest.raises(TypeError, match="not supported for the input types"):
        cobra.ufunc(lambda x: x & x)(1.5)


# -- core dimensions


def matvec(a: f64["m n"], x: f64["n"]) -> f64["m"]:
    out = np.zeros(a.shape[0])
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i] += a[i, j] * x[j]
    return out


def of_pairs(a: Pair, b: Pair) -> Pair:
    out = np.empty_like(a)
    for i in range(len(a)):
        out[i] = a[i] * b[i]
    return out


def writes(x: f64["n"], scale: float, out: f64["n"], total: float):
    total[0] = 0
    for i in range(len(x)):
        out[i] = x[i] * scale
        total[0] += out[i]


def writes_untyped(x: f64["n"], out):
    out[0] = x[0]


def mean(x: f32["n"]) -> float:
    total = 0.0
    for value in x:
        total += value
    return total / len(x)


def copy_in_pieces(x: f64[3, "n"], y: f64["m?", "n"]) -> f64["n", "m?"]:
    out = np.empty((x.shape[1], y.shape[0]))
    for i in range(x.shape[1]):
        for j in range(y.shape[0]):
            out[i, j] = x[0, i] + y[j, i]
    return out


@pytest.mark.parametrize(
    ("function", "signature", "types"),
    [
        (matvec, "(m,n),(n)->(m)", ["dd->d"]),
        (of_pairs, "(n),(n)->(n)", ["ff->f", "dd->d"]),
        (writes, "(n),()->(n),()", ["dd->dd"]),
        (writes_untyped, "(n)->()", ["d->d"]),
        (mean, "(n)->()", ["f->d"]),
        (copy_in_pieces, "(3,n),(m?,n)->(n,m?)", ["dd->d"]),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_dimensions_in_annotations(function, signature: str, types: list[str]) -> None:
    kernel = cobra.ufunc(function)
    assert (kernel.signature, kernel.types) == (signature, types)


def test_declared_shapes_of_operands() -> None:
    loops, core = declare(spec_of(writes), None, None)
    assert str(core) == "(n),()->(n),()"
    assert [loops[0].inputs, loops[0].outputs] == [(f64["n"], f64), (f64["n"], f64[()])]


def total(x, out):
    out[0] = 0
    for value in x:
        out[0] += value


def test_signature_with_inferred_types() -> None:
    kernel = cobra.ufunc(total, signature="(n)->()")
    assert kernel.types[-4:] == ["f->f", "d->d", "F->F", "D->D"]
    assert kernel(np.arange(5)) == 10 and kernel(np.arange(5)).dtype == np.int64


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (total, {"signature": "(n)"}, "'->' is expected"),
        (total, {"signature": "(n+1)->()"}, "an input dimension cannot be computed"),
        (total, {"signature": "(n)->(m+1)"}, "uses 'm', which no input has"),
        (total, {"signature": "(n)->(),(),()"}, "has 2 parameters, which does not fit the signature"),
        (total, {"signature": "(n)->()", "types": "dd->d"}, "which has 1 inputs and 1 outputs"),
        (total, {"signature": "(n)->()", "types": "d->dd"}, "which has 1 inputs and 1 outputs"),
        (matvec, {"signature": "(m),(n)->(m)"}, "gives it 1 dimensions"),
        (mean, {"signature": "(n)->(),()"}, "annotated to return 1 values, but its signature has 2 outputs"),
    ],
    ids=lambda part: str(part) if isinstance(part, dict) else None,
)
def test_signatures_that_do_not_fit(function, options: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSignature, match=message.replace("(", r"\(")):
        cobra.ufunc(function, **options)


def test_outputs_must_be_declared() -> None:
    def nothing_written(x: f64["n"]):
        return x[0]

    def unnamed(x: f64[:]) -> float:
        return x[0]

    with pytest.raises(InvalidSignature, match="the outputs of 'nothing_written' are not declared"):
        cobra.ufunc(nothing_written)
    with pytest.raises(InvalidSignature, match="has no name"):
        cobra.ufunc(unnamed)


def test_kernels_have_parameters() -> None:
    with pytest.raises(InvalidSignature, match="has no parameters"):
        cobra.ufunc(lambda: 1.0)
    with pytest.raises(InvalidSignature, match="any number of arguments"):
        cobra.ufunc(lambda *x: 1.0)


def test_more_operands_than_numpy_takes() -> None:
    names = ", ".join(f"x{k}" for k in range(70))
    text = f"kernel = lambda {names}: x0"
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    with pytest.raises(InvalidSignature, match="at most 64 operands"):
        cobra.ufunc(namespace["kernel"], types="d" * 70)
