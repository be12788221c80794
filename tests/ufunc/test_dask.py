"""Kernels on dask arrays: threads, processes and a cluster of two workers, which compile once for all."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy_twins import plus, quotient_and_rest, vector_dot

import cobra

dask = pytest.importorskip("dask")
array = pytest.importorskip("dask.array")
base = pytest.importorskip("dask.base")

VALUES = np.arange(240.0).reshape(40, 6)
CHUNKED = array.from_array(VALUES, chunks=(10, 6))


@cobra.ufunc
def modf(x):
    """Return something else than NumPy's function of this name."""
    return x + 1000


@cobra.ufunc(types="dd->d")
def add(x, y):
    return x - y


shifted = cobra.bind(plus, b=0.5)

PIECES = {
    "call": lambda: plus(CHUNKED, CHUNKED),
    "mixed with NumPy": lambda: plus(CHUNKED, VALUES[0]),
    "scalars": lambda: plus(CHUNKED, 3),
    "dtype": lambda: plus(CHUNKED.astype("f4"), 1, dtype="f8"),
    "where": lambda: plus(CHUNKED, CHUNKED, where=CHUNKED > 50, out=array.zeros_like(CHUNKED)),
    "bound": lambda: shifted(CHUNKED),
    "gufunc": lambda: vector_dot(CHUNKED, VALUES[0]),
    "map_blocks": lambda: CHUNKED.map_blocks(lambda block: plus.accumulate(block, axis=1)),
    "several outputs": lambda: array.apply_gufunc(quotient_and_rest, "(),()->(),()", CHUNKED, 7.0)[1],
    "named like a function of NumPy's": lambda: modf(CHUNKED),
    "outer named like one": lambda: add.outer(VALUES[0], VALUES[0]),
}
EXPECTED = {
    "call": 2 * VALUES,
    "mixed with NumPy": VALUES + VALUES[0],
    "scalars": VALUES + 3,
    "dtype": VALUES + 1,
    "where": np.where(VALUES > 50, 2 * VALUES, 0),
    "bound": VALUES + 0.5,
    "gufunc": VALUES @ VALUES[0],
    "map_blocks": VALUES.cumsum(1),
    "several outputs": VALUES % 7,
    "named like a function of NumPy's": VALUES + 1000,
    "outer named like one": np.subtract.outer(VALUES[0], VALUES[0]),
}


def check(scheduler: object, names=tuple(PIECES)) -> None:
    results = dask.compute(*(PIECES[name]() for name in names), scheduler=scheduler)
    for name, result in zip(names, results, strict=True):
        assert np.array_equal(result, EXPECTED[name]) and result.dtype == EXPECTED[name].dtype, name


@pytest.mark.parametrize("name", PIECES)
def test_threads(name: str) -> None:
    check("threads", (name,))


def test_tokens_are_by_content() -> None:
    assert base.tokenize(plus) == base.tokenize(plus) != base.tokenize(shifted)
    assert PIECES["call"]().name == PIECES["call"]().name


@pytest.mark.filterwarnings("ignore")
def test_processes() -> None:
    check("processes")


@pytest.mark.filterwarnings("ignore")
def test_cluster() -> None:
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with distributed.LocalCluster(**settings, silence_logs=50) as cluster, distributed.Client(cluster) as client:
            check(client)
            kernels = client.run(_pickled_twice)
            assert all(kernels.values())


def _pickled_twice() -> bool:
    import pickle

    return pickle.loads(pickle.dumps(plus)) is plus
