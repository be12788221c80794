"""Kernels of one operation give what the NumPy ufunc gives: values, types and errors, for a sample of all operations and types.

`tests/campaigns/primitives_on_all_dtypes.py` goes through all of them, on every class of processors.
"""

from __future__ import annotations

from collections.abc import Sequence

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from against_numpy import LAYOUTS, Case, Listener, Outcome, cases, differences, kernel
from hypothesis import given, settings
from native_kernels import Array

from cobra.types import ScalarType

SAMPLE = cases()[::4]


@pytest.mark.parametrize("case", SAMPLE, ids=str)
def test_special_and_ordinary_values(case: Case) -> None:
    assert not list(differences(case))


EXACT = [case for case in cases() if not case.inexact and case.record.name not in ("power", "float_power")]


def columns(kind: ScalarType, length: int) -> st.SearchStrategy[Array]:
    elements = hnp.from_dtype(kind.dtype)
    few = st.sampled_from([*range(3), 7]).map(kind.dtype.type)
    return hnp.arrays(kind.dtype, length, elements=elements | few)


def one_by_one(case: Case, listener: Listener, arguments: Sequence[Array]) -> Outcome:
    """Return what NumPy gives for each element on its own: its vector code takes other ways through the same numbers."""
    outcomes = [listener.run(case.numpy, *(a[k : k + 1].copy() for a in arguments)) for k in range(len(arguments[0]))]
    results = tuple(np.concatenate(parts) for parts in zip(*(outcome[0] for outcome in outcomes), strict=True))
    return results, frozenset().union(*(outcome[1] for outcome in outcomes))


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_any_values_in_any_layout(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EXACT))
    length = data.draw(st.integers(1, 40))
    layouts = st.sampled_from(list(LAYOUTS.values()))
    arguments = [data.draw(layouts)(data.draw(columns(kind, length))) for kind in case.types]
    listener = Listener()
    wanted, expected = one_by_one(case, listener, arguments)
    got, errors = listener.run(kernel(case, "host"), *arguments)
    assert [x.dtype for x in got] == [x.dtype for x in wanted]
    assert case.agree(arguments, got, wanted).all()
    assert case.heard(errors) == case.heard(expected)
