"""Random valid signatures, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from cobra.runtime.size_formula import Arithmetic, Formula, Name, Number
from cobra.ufunc.signature import Dimension, Signature

NAMES = ["n", "m", "k", "n_plus_1", "_", "x2"]
OPERATORS = st.sampled_from(["+", "-", "*", "//"])
dimensions = st.builds(Dimension, st.one_of(st.sampled_from(NAMES).map(Name), st.integers(1, 10**18 - 1).map(Number)))


def formulas(known: list[str]) -> st.SearchStrategy[Formula]:
    name = st.sampled_from(known).map(Name)
    leaves = st.one_of(name, st.integers(0, 9).map(Number))
    inner: st.SearchStrategy[Formula] = st.recursive(leaves, lambda f: st.builds(Arithmetic, OPERATORS, f, f), max_leaves=6)
    return st.one_of(st.builds(Arithmetic, OPERATORS, inner, name), st.builds(Arithmetic, OPERATORS, name, inner))


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    inputs = draw(st.lists(st.lists(dimensions, max_size=3).map(tuple), max_size=3).map(tuple))
    known = sorted({dimension.name for operand in inputs for dimension in operand if dimension.name})
    either = st.one_of(dimensions, formulas(known).map(Dimension)) if known else dimensions
    outputs = draw(st.lists(st.lists(either, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple))
    return Signature(inputs, outputs)
