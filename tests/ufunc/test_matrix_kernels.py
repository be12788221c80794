"""Kernels with matrix products in other processes, as plain Python, in debug mode, with threads, pickled."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from child_processes import run

import cobra

PROGRAM = """
import sys
import numpy as np
import cobra

@cobra.ufunc(types=["ddd->d"], signature="(m,k),(k,n),(n)->(m)")
def chain(a, b, x):
    return a @ b @ x

@cobra.ufunc(types=["dd->d"], signature="(m,k),(j,n)->(m,n)")
def unrelated(a, b, out):
    out[:, :] = a @ b

random = np.random.default_rng(1)
for m, k, n in ((3, 3, 3), (20, 30, 40)):
    a, b, x = random.random((5, m, k)), random.random((k, n)), random.random(n)
    np.testing.assert_allclose(chain(a, b, x), a @ b @ x, rtol=1e-15 * k)
try:
    unrelated(a, x[None])
except ValueError:
    print("refused, compiled" if "llvmlite" in sys.modules else "refused, not compiled")
"""


@pytest.mark.parametrize("variables", [{"COBRA_DEBUG": "1"}, {"COBRA_LOADER": "llvmlite"}, {"COBRA_DISABLE_JIT": "1"}], ids=str)
def test_fresh_processes(variables: dict[str, str], tmp_path: Path) -> None:
    assert run(PROGRAM, cache=tmp_path, **variables).startswith("refused")


def test_stored_code_finds_numpys_loops(tmp_path: Path) -> None:
    assert [run(PROGRAM, cache=tmp_path) for _ in range(2)] == ["refused, compiled", "refused, not compiled"]


def test_threads() -> None:
    @cobra.ufunc(types=["dd->d"], signature="(m,k),(j,n)->(m,n)", policy="parallel", num_threads=2)
    def product(a, b):  # type: ignore[no-untyped-def]
        return a @ b @ b.T @ b

    random = np.random.default_rng(2)
    a, b = random.random((200, 40, 40)), random.random((200, 40, 40))
    wanted = a @ b @ b.transpose(0, 2, 1) @ b
    for _ in range(10):
        np.testing.assert_array_equal(product(a, b), wanted)
    with pytest.raises(ValueError, match="dimensions of different sizes"):
        product(a, b[:, :30])


def test_pickling() -> None:
    @cobra.ufunc(types=["dd->d"], signature="(m,k),(k)->(m)")
    def applied(a, x):  # type: ignore[no-untyped-def]
        return a @ x

    assert pickle.loads(pickle.dumps(applied)) is applied
