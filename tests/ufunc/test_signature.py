"""Signatures of generalised ufuncs: what is read, what is written back, and what is refused with its place."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings

from cobra.errors import InvalidSignature
from cobra.runtime.size_formula import Arithmetic, Name, Number
from cobra.ufunc.signature import Dimension, Signature
from tests.ufunc.signature_strategies import NAMES, signatures

ACCEPTED = [
    # text, canonical text, text for NumPy, symbols
    ("(n)->(n)", "(n)->(n)", "(n)->(n)", ("n",)),
    ("()->()", "()->()", "()->()", ()),
    ("(m,n),(n)->(m)", "(m,n),(n)->(m)", "(m,n),(n)->(m)", ("m", "n")),
    (" ( m , n )\t,(n)  ->\n(m) ", "(m,n),(n)->(m)", "(m,n),(n)->(m)", ("m", "n")),
    ("(n?,k),(k,m?)->(n?,m?)", "(n?,k),(k,m?)->(n?,m?)", "(n?,k),(k,m?)->(n?,m?)", ("n", "k", "m")),
    ("(3),(n),(03)->(n,5)", "(3),(n),(3)->(n,5)", "(3),(n),(3)->(n,5)", ("3", "n", "5")),
    ("(3?)->()", "(3?)->()", "(3?)->()", ("3",)),
    ("(n)->(m)", "(n)->(m)", "(n)->(m)", ("n", "m")),
    ("->(n)", "->(n)", "->(n)", ("n",)),
    ("(n)->(n+1)", "(n)->(n+1)", "(n)->(n_plus_1)", ("n", "n_plus_1")),
    ("(n),(m)->( n * m )", "(n),(m)->(n*m)", "(n),(m)->(n_times_m)", ("n", "m", "n_times_m")),
    ("(n)->(2*n-1)", "(n)->(2*n-1)", "(n)->(_2_times_n_minus_1)", ("n", "_2_times_n_minus_1")),
    ("(n)->(n//2),(n//2)", "(n)->(n//2),(n//2)", "(n)->(n_over_2),(n_over_2)", ("n", "n_over_2")),
    ("(n)->(2*(n+1))", "(n)->(2*(n+1))", "(n)->(_2_times_n_plus_1)", ("n", "_2_times_n_plus_1")),
    ("(n)->((2*n)+1,n-(1-n))", "(n)->(2*n+1,n-(1-n))", "(n)->(_2_times_n_plus_1,n_minus_1_minus_n)",
     ("n", "_2_times_n_plus_1", "n_minus_1_minus_n")),
    ("(n)->(2*3)", "(n)->(6)", "(n)->(6)", ("n", "6")),
    ("(n,n_plus_1)->(n+1)", "(n,n_plus_1)->(n+1)", "(n,n_plus_1)->(n_plus_1_)", ("n", "n_plus_1", "n_plus_1_")),
    ("(n)->(n+1-1,(n+1)-1,n+(1-1))", "(n)->(n+1-1,n+1-1,n+(1-1))",
     "(n)->(n_plus_1_minus_1,n_plus_1_minus_1,n_plus_1_minus_1_)", ("n", "n_plus_1_minus_1", "n_plus_1_minus_1_")),
]  # fmt: skip

REFUSED = [
    # text, part of the message, column of the caret
    ("", "'(' is expected here", 0),
    ("n->n", "'(' is expected here, not 'n'", 0),
    ("(n", "')' is expected here, but the text ends", 2),
    ("(n)", "'->' is expected here", 3),
    ("(n)->", "'(' is expected here", 5),
    ("(n)(m)->()", "'->' is expected here", 3),
    ("(n)->(n)x", "'x' stands after the outputs", 8),
    ("(n,)->()", "a dimension is expected here, not ')'", 3),
    ("(n m)->()", "')' is expected here, not 'm'", 3),
    ("(3a)->()", "')' is expected here, not 'a'", 2),
    ("(n|1)->()", "')' is expected here, not '|'", 2),
    ("(é)->()", "'é' has no meaning", 1),
    ("(n)->(n%2)", "'%' has no meaning", 7),
    ("(0)->()", "a fixed size cannot be 0", 1),
    ("(n)->(1-1)", "a fixed size cannot be 0", 6),
    ("(n)->(1//0)", "the size 1//0 divides by zero", 6),
    ("(99999999999999999999)->()", "too large", 1),
    (f"({'9' * 5000})->()", "too large", 1),
    ("(2*n)->(n)", "an input dimension cannot be computed: 2*n", 1),
    ("(n)->(m+1)", "uses 'm', which no input has", 6),
    ("(n)->(m,m+1)", "uses 'm', which no input has", 8),
    ("(n)->(n/2)", "Write // for division", 7),
    ("(n)->(-n)", "a dimension is expected here, not '-'", 6),
    ("(n)->((n+1)", "')' is expected here", 11),
    ("(n)->(n+1?)", "a computed dimension cannot be optional", 6),
    ("(n?)->(n)", "n is optional in one place only", 7),
    ("(n)->(n?)", "n is optional in one place only", 6),
    ("(n)->(" + "(" * 60 + "n" + ")" * 60 + ")", "too long", 56),
    ("(n)->(n" + "+n" * 60 + ")", "too long", 106),
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical", "numpy_text", "symbols"), ACCEPTED)
def test_reads_and_writes(text: str, canonical: str, numpy_text: str, symbols: tuple[str, ...]) -> None:
    signature = Signature.parse(text)
    assert (str(signature), signature.numpy_text, signature.symbols) == (canonical, numpy_text, symbols)
    assert Signature.parse(canonical) == signature
    assert pickle.loads(pickle.dumps(signature)) == signature
    assert [symbols[index] for index in signature.formulas] == [symbol for symbol in symbols if symbol not in canonical]


@pytest.mark.parametrize(("text", "message", "column"), REFUSED)
def test_refuses_with_the_place(text: str, message: str, column: int) -> None:
    with pytest.raises(InvalidSignature) as caught:
        Signature.parse(text)
    assert message in str(caught.value)
    assert caught.value.location is not None
    assert caught.value.location.column == column
    assert caught.value.hint


def test_shows_the_place() -> None:
    with pytest.raises(ValueError, match="which no input has") as caught:
        Signature.parse("(n)->(k+1)")
    assert str(caught.value).splitlines()[1:] == [
        "  <signature>:1",
        "      (n)->(k+1)",
        "            ^^^",
        "  Names of the inputs are: n.",
    ]


def test_dimensions_say_what_they_are() -> None:
    ((named, fixed), (computed,)) = Signature.parse("(n?,3)->(n+1)").inputs + Signature.parse("(n)->(n+1)").outputs
    assert (named.name, named.fixed, named.optional, named.is_computed) == ("n", None, True, False)
    assert (fixed.name, fixed.fixed, fixed.optional, fixed.is_computed) == (None, 3, False, False)
    assert (computed.name, computed.fixed, computed.optional, computed.is_computed) == (None, None, False, True)
    assert computed == Dimension(Arithmetic("+", Name("n"), Number(1)))


@pytest.mark.parametrize(
    ("inputs", "outputs", "text"),
    [
        ([("m", "n"), ("n",)], [("m",)], "(m,n),(n)->(m)"),
        ([(), ("3",)], [()], "(),(3)->()"),
        ([(), ()], [()], "(),()->()"),
        ([("n",)], [("n+1",), ("n//2", "2*n")], "(n)->(n+1),(n//2,2*n)"),
        ([("n?", "k")], [("n?",)], "(n?,k)->(n?)"),
    ],
)
def test_from_dimensions(inputs: list[tuple[str, ...]], outputs: list[tuple[str, ...]], text: str) -> None:
    signature = Signature.from_dimensions(inputs, outputs)
    assert str(signature) == text
    assert signature.is_elementwise == ("n" not in text and "3" not in text)


def test_unnamed_dimensions_are_refused() -> None:
    with pytest.raises(InvalidSignature, match="has no name") as caught:
        Signature.from_dimensions([("",)], [()])
    assert 'float64["m n"]' in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sizes", "shapes"),
    [
        ("(n)->(n+1)", {"n": 3}, ((4,),)),
        ("(n),(m)->(n+m-1),()", {"n": 3, "m": 5}, ((7,), ())),
        ("(n)->(n//2,(1-n)//2,3)", {"n": 0}, ((0, 0, 3),)),
    ],
)
def test_output_shapes(text: str, sizes: dict[str, int], shapes: tuple[tuple[int, ...], ...]) -> None:
    assert Signature.parse(text).output_shapes(sizes) == shapes


@pytest.mark.parametrize(("text", "n", "message"), [("(n)->(n-5)", 2, "n-5 is -3"), ("(n)->(1//n)", 0, "1//n divides by zero")])
def test_impossible_shapes(text: str, n: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Signature.parse(text).output_shapes({"n": n})


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(signatures())
def test_text_round_trip(signature: Signature) -> None:
    assert Signature.parse(str(signature)) == signature
    assert len(set(signature.symbols)) == len(signature.symbols)
    assert all(signature.symbols[index] not in NAMES for index in signature.formulas)
    assert not set("+-*/") & set(signature.numpy_text.replace("->", ""))
