"""Kernels travel by content: the same object where it is known, a working one everywhere else, no source file needed."""

from __future__ import annotations

import copy
import copyreg
import functools
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from child_processes import run
from numpy_twins import matrix_product, plus, quotient_and_rest

import cobra
from cobra import float64 as f64
from cobra.ufunc.kernel import kernel_of

cloudpickle = pytest.importorskip("cloudpickle")

OFFSET = 0.125
X = np.arange(5.0)


def called(x):
    return x * 2 + OFFSET


@cobra.ufunc
def shifted(x: float, y: float = 3.0) -> float:
    return called(x) + y


@cobra.ufunc
def product(x: float) -> float:
    """Call a kernel and a function."""
    return shifted(x, 1.0) * called(x)


@cobra.ufunc(signature="(n)->(n-1)")
def differences(x):
    out = np.empty(len(x) - 1)
    for i in range(len(out)):
        out[i] = x[i + 1] - x[i]
    return out


@cobra.ufunc
def dot(x: f64["n"], y: f64["n"], out: f64):
    out[()] = 0
    for i in range(len(x)):
        out[()] += x[i] * y[i]


def make_closure(value):
    return cobra.ufunc(lambda x: x**2 + value, types=["f->f", "d->d"])


KERNELS = {
    "annotated": (shifted, (X, 2.0)),
    "calls others": (product, (X,)),
    "inferred": (plus, (X, 1)),
    "several outputs": (quotient_and_rest, (X, 2)),
    "lambda": (cobra.ufunc(lambda x: -x + 0.5, types="d->d"), (X,)),
    "closure": (make_closure(np.float32(1.5)), (X,)),
    "computed dimensions": (differences, (X,)),
    "optional dimensions": (matrix_product, (X, X)),
    "written output": (dot, (X, X)),
    "bound": (cobra.bind(shifted, y=7), (X,)),
    "arity": (shifted.arities[1], (X,)),
    "named like NumPy's": (cobra.ufunc(lambda x, y: x - y, types="dd->d", name="add", identity=0), (X, 1.0)),
}


def each_kernel():
    return pytest.mark.parametrize(("kernel", "operands"), KERNELS.values(), ids=KERNELS)


@each_kernel()
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_same_object_in_the_same_process(kernel: np.ufunc, operands: tuple[object, ...], protocol: int) -> None:
    assert pickle.loads(pickle.dumps(kernel, protocol)) is kernel
    assert cloudpickle.loads(cloudpickle.dumps(kernel, protocol)) is kernel


@each_kernel()
def test_copies_are_the_same_object(kernel: np.ufunc, operands: tuple[object, ...]) -> None:
    assert copy.copy(kernel) is kernel and copy.deepcopy([kernel])[0] is kernel


def test_kernels_inside_other_objects() -> None:
    partial = pickle.loads(pickle.dumps(functools.partial(shifted, y=2.0)))
    assert partial.func is shifted
    assert cloudpickle.loads(cloudpickle.dumps(lambda x: product(x) + 1))(1.0) == product(1.0) + 1


def test_other_ufuncs_pickle_as_before() -> None:
    assert pickle.loads(pickle.dumps(np.add)) is np.add and copy.deepcopy(np.matmul) is np.matmul
    assert b"cobra" not in pickle.dumps(np.hypot)
    # pickle asks every module that is loaded for the name, and some warn when they are asked
    with pytest.raises(pickle.PicklingError), warnings.catch_warnings(action="ignore"):
        pickle.dumps(np.frompyfunc(lambda x: x, 1, 1))


def test_a_reducer_before_ours_is_kept() -> None:
    program = """
import copyreg, numpy as np
copyreg.pickle(np.ufunc, lambda ufunc: (str, (ufunc.__name__,)))
import cobra, pickle
print(pickle.loads(pickle.dumps(np.add)), pickle.loads(pickle.dumps(cobra.ufunc(lambda x: x, types="d->d")))(2.0))
"""
    assert run(program) == "add 2.0"
    assert copyreg.dispatch_table[np.ufunc].__module__ == "cobra.ufunc.pickling"


def test_the_payload_is_small_and_holds_no_code() -> None:
    data = pickle.dumps(shifted)
    assert len(data) < 3000 and b"cobra_loop" not in data and b"called(x)" in data


LOAD = """
import pickle, sys, numpy as np
loaded = pickle.load(open(sys.argv[1], "rb"))
again = pickle.loads(pickle.dumps(loaded))
for name, (kernel, operands, wanted) in loaded.items():
    assert again[name][0] is kernel, name
    for call in (kernel, kernel.__wrapped__) if kernel.signature is None and not isinstance(wanted, tuple) else (kernel,):
        assert np.array_equal(call(*operands), wanted), (name, call(*operands), wanted)
assert "written_by" not in sys.modules
print(len(loaded), loaded["calls others"][0].__doc__, loaded["calls others"][0].__module__, loaded["bound"][0].nin)
print([loaded[name][0].__name__ for name in ("annotated", "lambda", "named like NumPy's")], loaded["arity"][0].arities)
print("llvmlite" in sys.modules)
"""


def test_another_process_without_the_source(tmp_path: Path) -> None:
    table = {name: (kernel, operands, kernel(*operands)) for name, (kernel, operands) in KERNELS.items()}
    path = tmp_path / "kernels.pickle"
    path.write_bytes(pickle.dumps(table))
    first, second, compiled = run(LOAD, path).splitlines()
    assert first == f"{len(KERNELS)} Call a kernel and a function. {__name__} 1"
    assert second == "['shifted', 'kernel', 'cobra.add'] <shifted of 1 inputs>"
    assert compiled == "False"
    assert run(LOAD, path, cache=tmp_path / "empty").splitlines() == [first, second, "True"]


def test_kernels_of_a_file_that_is_gone(tmp_path: Path) -> None:
    path, pickled = tmp_path / "written_by.py", tmp_path / "kernel.pickle"
    path.write_text(
        "import cobra, pickle, sys\nC = 4.0\n@cobra.ufunc\ndef k(x: float) -> float:\n    return x * C\n"
        "pickle.dump(k, open(sys.argv[1], 'wb'))\n"
    )
    run(path, pickled)
    path.unlink()
    program = """
import pickle, sys
kernel = pickle.load(open(sys.argv[1], "rb"))
import cobra, inspect
print(kernel(2.0), kernel.__wrapped__(2.0), inspect.signature(kernel).parameters["x"], "mul" in cobra.inspect.ir(kernel))
"""
    assert run(program, pickled) == "8.0 8.0 x: float64 True"


def test_unpickled_before_it_is_made(tmp_path: Path) -> None:
    program = """
import pickle, sys
sys.path.insert(0, sys.argv[1])
if len(sys.argv) == 3:
    import made_later
    pickle.dump(made_later.kernel, open(sys.argv[2], "wb"))
else:
    kernel = pickle.load(open(sys.argv[2 + 1], "rb"))
    stand_in = kernel.__wrapped__
    import made_later
    print(made_later.kernel is kernel, kernel.__wrapped__ is not stand_in, kernel.__wrapped__(2.0), stand_in(2.0))
"""
    (tmp_path / "made_later.py").write_text("import cobra\n@cobra.ufunc\ndef kernel(x: float) -> float:\n    return x + 0.5\n")
    data = tmp_path / "kernel.pickle"
    run(program, tmp_path, data)
    assert run(program, tmp_path, "later", data) == "True True 2.5 2.5"


# -- in the hands of libraries


def total(kernel: np.ufunc, values: np.ndarray) -> float:
    return float(kernel.reduce(kernel(values, values)))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_process_pools(method: str) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        assert pool.submit(total, plus, X).result() == 20.0
        assert np.array_equal(pool.submit(differences, X).result(), np.diff(X))
        assert pool.submit(pickle.dumps, shifted).result() == pickle.dumps(shifted)


def test_joblib() -> None:
    joblib = pytest.importorskip("joblib")
    closure = make_closure(10.0)
    done = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(closure)(X + k) for k in range(3))
    joblib.externals.loky.get_reusable_executor().shutdown(wait=True)
    assert np.array_equal(done, [(X + k) ** 2 + 10 for k in range(3)])


def test_kernel_of_an_unpickled_spec_keeps_its_digest() -> None:
    spec = kernel_of(product).spec
    assert pickle.loads(pickle.dumps(spec)).digest == spec.digest
