"""What the decorator takes and what it gives: real ufuncs that say of themselves what the function said."""

from __future__ import annotations

import functools
import inspect
import math
import pydoc

import numpy as np
import pytest

import cobra
from cobra.errors import CobraError, InvalidCall, InvalidOption


@cobra.ufunc
def bare(x: float, y: float) -> float:
    """Add.

    And say so.
    """
    return x + y


@cobra.ufunc(types=["ff->f", "dd->d"], identity=0)
def called(x, y):
    return x + y


def plain(x: float) -> float:
    return x + 1


class Holder:
    @cobra.ufunc
    def inside(x: float) -> float:
        """Stand in a class."""
        return x * 2


def test_kernels_are_real_ufuncs() -> None:
    for kernel in (bare, called, Holder.inside, cobra.ufunc(plain), cobra.ufunc(lambda x: x)):
        assert type(kernel) is np.ufunc
    assert bare(1, 2) == 3.0 and called(np.float32(1), np.float32(2)).dtype == np.float32


def test_attributes() -> None:
    assert bare.__name__ == bare.__qualname__ == "bare"
    assert bare.__module__ == __name__
    assert bare.__doc__ == "Add.\n\nAnd say so."
    assert (bare.nin, bare.nout, bare.nargs, bare.ntypes) == (2, 1, 3, 1)
    assert (bare.types, bare.signature, bare.identity) == (["dd->d"], None, None)
    assert called.types == ["ff->f", "dd->d"] and called.identity == 0
    assert Holder.inside.__qualname__ == "Holder.inside" and Holder.inside.__doc__ == "Stand in a class."
    assert repr(bare) == "<ufunc 'bare'>"


def test_wrapped_is_the_python_function() -> None:
    assert cobra.ufunc(plain).__wrapped__ is plain
    assert inspect.isfunction(bare.__wrapped__) and bare.__wrapped__(1.5, 2) == 3.5
    assert inspect.unwrap(bare) is bare.__wrapped__


def test_call_signature() -> None:
    signature = inspect.signature(bare)
    assert list(signature.parameters)[:3] == ["x", "y", "out"]
    assert signature.parameters["x"].annotation == cobra.float64 and signature.return_annotation == cobra.float64
    assert signature.parameters["where"].kind is inspect.Parameter.KEYWORD_ONLY
    assert "bare = <ufunc 'bare'>" in pydoc.render_doc(bare, renderer=pydoc.plaintext) or pydoc.render_doc(bare)


def test_call_signature_of_a_gufunc() -> None:
    kernel = cobra.ufunc(_sum_into, signature="(n)->()", types="d->d")
    names = list(inspect.signature(kernel).parameters)
    assert names[:2] == ["x", "out"] and {"axis", "axes", "keepdims"} <= set(names) and "where" not in names


def _sum_into(x, out):
    out[0] = 0
    for value in x:
        out[0] += value


def test_parameter_called_like_a_keyword() -> None:
    kernel = cobra.ufunc(lambda where, axis: where - axis, types="dd->d")
    assert list(inspect.signature(kernel).parameters)[:3] == ["where", "axis", "out"]
    assert kernel(3, 2) == 1.0


def test_name_and_documentation() -> None:
    kernel = cobra.ufunc(plain, name="successor", doc="One more.")
    assert (kernel.__name__, kernel.__qualname__, kernel.__doc__) == ("successor", "successor", "One more.")
    assert cobra.ufunc(plain, doc="").__doc__ == ""
    assert cobra.ufunc(plain).__doc__.startswith("plain(x, /, out=None")  # what NumPy says of a ufunc without a text
    assert cobra.ufunc(lambda x: x).__name__ == "kernel"


@pytest.mark.parametrize("name", ["add", "modf", "sin", "where", "sub"])
def test_name_that_others_look_up(name: str) -> None:
    kernel = cobra.ufunc(plain, name=name)
    assert kernel.__name__ == f"cobra.{name}" and kernel.__qualname__ == name


def test_the_decorated_name_may_be_numpys() -> None:
    @cobra.ufunc
    def add(x: float, y: float) -> float:
        return x - y

    assert add(3, 1) == 2.0 and np.add(3, 1) == 4
    assert (add.__name__, add.__qualname__.rpartition(".")[2]) == ("cobra.add", "add")


@pytest.mark.parametrize(
    ("identity", "seen"),
    [(0, 0), (1, 1), (-1, -1), (2.5, 2.5), (np.float32(3), 3.0), (math.inf, math.inf), (False, False), (1j, 1j), (None, None)],
    ids=repr,
)
def test_identity(identity: object, seen: object) -> None:
    kernel = cobra.ufunc(lambda x, y: x + y, identity=identity, types="DD->D" if identity == 1j else ["ff->f", "dd->d"])
    assert kernel.identity == seen and type(kernel.identity) is type(seen)


def test_identity_starts_reductions() -> None:
    smallest = cobra.ufunc(lambda x, y: min(x, y), types="dd->d", identity=math.inf)
    assert smallest.reduce([]) == math.inf and smallest.reduce([[3.0, 2.0], [1.0, 5.0]], axis=(0, 1)) == 1.0


def test_reorderable_reductions() -> None:
    fixed = cobra.ufunc(lambda x, y: max(x, y), types="dd->d")
    free = cobra.ufunc(lambda x, y: max(x, y), types="dd->d", identity="reorderable")
    table = np.arange(6.0).reshape(2, 3)
    assert free.reduce(table, axis=(0, 1)) == 5.0 and free.identity is None
    with pytest.raises(ValueError, match="not reorderable"):
        fixed.reduce(table, axis=(0, 1))
    for kernel in (fixed, free):
        with pytest.raises(ValueError, match="no identity"):
            kernel.reduce([])


@pytest.mark.parametrize("identity", [math.inf, math.nan, 300, 1j])
def test_identity_must_fit_every_loop(identity: complex) -> None:
    with pytest.raises(InvalidOption, match=r"the identity .* does not fit(.|\n)*types="):
        cobra.ufunc(lambda x, y: x + y, identity=identity)


@pytest.mark.parametrize("identity", ["zero", [0], object()], ids=type)
def test_what_is_no_identity(identity: object) -> None:
    with pytest.raises(InvalidOption, match="is not a number"):
        cobra.ufunc(plain, identity=identity)


def test_fast_math_is_another_kernel() -> None:
    strict = cobra.ufunc(plain)
    assert cobra.ufunc(plain, fast_math=False) is strict
    fast = cobra.ufunc(plain, fast_math=True)
    assert fast is not strict and fast(1.0) == 2.0


def test_writable_names_parameters() -> None:
    with pytest.raises(InvalidOption, match=r"writable='z' names no parameter of 'plain'(.|\n)*Its parameters: x"):
        cobra.ufunc(plain, writable="z")


# -- what a kernel is made from


@pytest.mark.parametrize(
    "thing",
    [np.add, len, math.sin, Holder, 3, "x + 1", None.__class__, functools.partial(plain), Holder().__init__],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_no_function(thing: object) -> None:
    with pytest.raises(InvalidCall, match="a kernel is made from a Python function, not from the"):
        cobra.ufunc(thing)


def test_errors_come_without_frames_of_the_compiler() -> None:
    with pytest.raises(CobraError) as caught:

        @cobra.ufunc
        def wrong(x: float) -> float:
            return [x]

    assert not any("compiler" in str(entry.path) for entry in caught.traceback)
    assert f"{__file__}:" in str(caught.value) and "return [x]" in str(caught.value)


def test_source_may_be_given() -> None:
    text = "def doubled(x: float) -> float:\n    return x * 2\n"
    namespace: dict[str, object] = {}
    exec(compile(text, "<nowhere>", "exec"), namespace)
    assert cobra.ufunc(namespace["doubled"], source=text)(2.0) == 4.0
    with pytest.raises(cobra.errors.SourceUnavailable, match="source="):
        cobra.ufunc(namespace["doubled"], source="def doubled(x): return x * 3")


# -- the same content is the same kernel


def test_equal_kernels_are_one_object() -> None:
    def make():
        return cobra.ufunc(lambda x: x * 17, types="d->d")

    assert make() is make()
    assert cobra.ufunc(plain) is cobra.ufunc(plain)


def test_what_makes_kernels_differ() -> None:
    first = cobra.ufunc(plain)
    others = [
        cobra.ufunc(plain, types="f->f"),
        cobra.ufunc(plain, name="other"),
        cobra.ufunc(plain, doc="other"),
        cobra.ufunc(plain, identity=0),
        cobra.ufunc(plain, identity=False),
        cobra.ufunc(plain, identity=0.0),
    ]
    assert len({id(kernel) for kernel in (first, *others)}) == 1 + len(others)


def test_the_same_text_elsewhere_keeps_its_own_name() -> None:
    def outer():
        @cobra.ufunc
        def bare(x: float, y: float) -> float:
            """Add.

            And say so.
            """
            return x + y

        return bare

    assert outer().__qualname__.endswith("outer.<locals>.bare") and bare.__qualname__ == "bare"


# -- a kernel with other options


def test_kernel_of_a_kernel() -> None:
    again = cobra.ufunc(called, name="again")
    assert (again.types, again.identity, again.__wrapped__) == (called.types, 0, called.__wrapped__)
    assert cobra.ufunc(called) is called
    assert cobra.ufunc(called, identity=1).identity == 1
    assert cobra.ufunc(called, types="ll->l").types == ["ll->l"]
    assert cobra.ufunc(called, signature="(),()->()").signature is None


def test_gufunc_of_a_gufunc_keeps_its_signature() -> None:
    kernel = cobra.ufunc(_sum_into, signature="(n)->()", types="d->d")
    narrow = cobra.ufunc(kernel, types="f->f")
    assert (narrow.signature, narrow.types) == ("(n)->()", ["f->f"]) and narrow(np.ones(3, "f4")) == 3


def test_bound_kernels_have_their_types() -> None:
    half = cobra.bind(bare, y=0.5)
    assert cobra.ufunc(half, name="half_more")(1.0) == 1.5
    with pytest.raises(InvalidCall, match="bound parameters"):
        cobra.ufunc(half, types="f->f")
