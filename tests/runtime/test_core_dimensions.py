"""Native sizes of output dimensions: equal to Python's arithmetic, and ValueError where that has no size to give."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cobra.runtime.core_dimensions import core_size_function, core_size_text
from cobra.runtime.size_formula import Arithmetic, Formula, Name, Number, evaluate, names_of, spelled_out

N, M = Name("n"), Name("m")
LARGEST = 2**63 - 1

FORMULAS: dict[str, Formula] = {
    "n+1": Arithmetic("+", N, Number(1)),
    "n*m": Arithmetic("*", N, M),
    "n-m": Arithmetic("-", N, M),
    "n//m": Arithmetic("//", N, M),
    "2*n-1": Arithmetic("-", Arithmetic("*", Number(2), N), Number(1)),
    "(n-m)//2+3": Arithmetic("+", Arithmetic("//", Arithmetic("-", N, M), Number(2)), Number(3)),
    "n//(m-3)": Arithmetic("//", N, Arithmetic("-", M, Number(3))),
    "n-(m-3)": Arithmetic("-", N, Arithmetic("-", M, Number(3))),
    "(1-n)//(m-3)": Arithmetic("//", Arithmetic("-", Number(1), N), Arithmetic("-", M, Number(3))),
    "(0-n-1)//(m-1)": Arithmetic(
        "//", Arithmetic("-", Arithmetic("-", Number(0), N), Number(1)), Arithmetic("-", M, Number(1))
    ),
}


def compute(formulas: dict[int, Formula], symbols: Sequence[str], sizes: Sequence[int]) -> list[int]:
    function = core_size_function("(n),(m)->(...)", symbols, formulas)
    array = (ctypes.c_int64 * len(sizes))(*sizes)
    status = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(function)(None, array)
    assert status == 0
    return list(array)


@pytest.mark.parametrize("text", FORMULAS)
def test_text(text: str) -> None:
    assert str(FORMULAS[text]) == text
    assert spelled_out(FORMULAS[text]).replace("_", "").isalnum()
    assert set(names_of(FORMULAS[text])) <= {"n", "m"}


@pytest.mark.parametrize("text", FORMULAS)
@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(n=st.integers(0, 12) | st.integers(0, LARGEST), m=st.integers(0, 12) | st.integers(0, LARGEST))
@example(n=LARGEST, m=0)
@example(n=LARGEST, m=2)
@example(n=5, m=3)
def test_agrees_with_python(text: str, n: int, m: int) -> None:
    formula = FORMULAS[text]
    try:
        expected = evaluate(formula, {"n": n, "m": m})
    except ValueError:
        expected = -1
    if 0 <= expected <= LARGEST and fits(formula, {"n": n, "m": m}):
        assert compute({2: formula}, ("n", "m", "computed"), [n, m, -1]) == [n, m, expected]
    else:
        with pytest.raises(ValueError, match=r"divides by zero|negative|beyond 64 bits") as caught:
            compute({2: formula}, ("n", "m", "computed"), [n, m, -1])
        assert text in str(caught.value)


def fits(formula: Formula, sizes: dict[str, int]) -> bool:
    """Tell whether no step of a formula leaves 64 bits."""
    if not isinstance(formula, Arithmetic):
        return True
    left, right = formula.left, formula.right
    value = evaluate(Arithmetic("+", formula, Number(2**200)), sizes) - 2**200
    return fits(left, sizes) and fits(right, sizes) and -LARGEST - 1 <= value <= LARGEST


@pytest.mark.parametrize(
    ("text", "sizes", "message"),
    [
        ("n//m", (4, 0), "signature (n),(m)->(...): the size n//m divides by zero (n = 4, m = 0)"),
        ("n-m", (4, 6), "signature (n),(m)->(...): the size n-m is -2, which is negative (n = 4, m = 6)"),
        ("n*m", (2**40, 2**40), "the size n*m is beyond 64 bits (n = 1099511627776, m = 1099511627776)"),
    ],
)
def test_messages(text: str, sizes: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        compute({2: FORMULAS[text]}, ("n", "m", "computed"), [*sizes, -1])
    assert message in str(caught.value)


def test_sizes_given_by_out_are_checked_and_left_alone() -> None:
    formula = {2: FORMULAS["n+1"]}
    symbols = ("n", "m", "computed")
    assert compute(formula, symbols, [3, 9, 4]) == [3, 9, 4]
    with pytest.raises(ValueError) as caught:
        compute(formula, symbols, [3, 9, 5])
    assert "the size n+1 is 4, but out= has size 5 there (n = 3)" in str(caught.value)


def test_several_formulas_between_fixed_and_free_symbols() -> None:
    formulas = {1: FORMULAS["n+1"], 4: FORMULAS["n*m"]}
    assert compute(formulas, ("3", "sum", "n", "free", "product", "m"), [3, -1, 5, -1, -1, 7]) == [3, 6, 5, -1, 35, 7]


def test_same_signature_same_code() -> None:
    arguments = ("(n)->(n+1)", ("n", "computed"), {1: FORMULAS["n+1"]})
    assert core_size_function(*arguments) == core_size_function(*arguments)
    assert core_size_text(*arguments) != core_size_text(
        "(k)->(k+1)", ("k", "computed"), {1: Arithmetic("+", Name("k"), Number(1))}
    )
