"""Vectors, structures and fixed arrays as arguments and results of scalar functions."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from child_processes import run
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra import float32 as f32
from cobra import float64 as f64
from cobra import vec4f
from cobra.compounds import leaves
from cobra.errors import InvalidConstant, TypeMismatch

point = cobra.struct(x=f64, y=f64, name="point")
body = cobra.struct(at=point, mass=f32, alive=bool, tags=cobra.fixed_array(cobra.int16, 3))


@cobra.function
def dot(a: vec4f, b: vec4f) -> f32:
    product = a * b
    return product[0] + product[1] + product[2] + product[3]


@cobra.function
def middle(p: point, q: point, share: float = 0.5) -> point:
    return point(p.x + (q.x - p.x) * share, p.y + (q.y - p.y) * share)


@cobra.function
def moved(b: body, by: point) -> tuple[body, vec4f]:
    return body(point(b.at.x + by.x, b.at.y + by.y), b.mass, not b.alive, b.tags), vec4f(b.mass)


@pytest.mark.parametrize(
    "vector", [(1, 2, 3, 4), [1.0, 2.0, 3.0, 4.0], np.arange(1.0, 5.0), vec4f(1, 2, 3, 4), np.arange(1, 9, dtype="i1")[::2]]
)
def test_vectors_from_whatever_holds_four_numbers(vector):
    assert dot(vector, (1, 1, 1, 1)) == sum(map(float, vector))


@pytest.mark.parametrize(
    "given", [(2, 4), [2.0, 4.0], np.array([2.0, 4.0]), point(2, 4), np.array([(2, 4)], point.dtype)[0], np.array((2, 4), "f4,f4")]
)
def test_structures_from_records_and_tuples(given):
    found = middle((0, 0), given)
    assert isinstance(found, np.record) and found.dtype == point.dtype
    assert (found.x, found.y) == (1.0, 2.0)


def test_fields_of_a_record_go_by_name():
    swapped = np.array((4.0, 2.0), [("y", "f4"), ("x", "f8")])
    assert middle((0, 0), swapped[()], share=1).item() == (2.0, 4.0) == middle((0, 0), swapped, 1.0).item()


def test_nested_structures_and_several_results():
    record, vector = moved(((1, 2), 3, True, [7, 8, 9]), point(10, 20))
    assert record.dtype == body.dtype and record.at.x == 11.0 and record.at.y == 22.0
    assert record.mass == 3.0 and not record.alive and record.tags.tolist() == [7, 8, 9]
    assert vector.dtype == np.float32 and vector.tolist() == [3.0] * 4
    again, _ = moved(record, (-10, -20))
    assert again.at == point(1, 2) and again.alive


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((1, 2, 3), (0, 0)), TypeMismatch, "the argument 'p' is point, which 3 values cannot be"),
        ((5, (0, 0)), TypeMismatch, "which the int 5 cannot be"),
        (("ab", (0, 0)), TypeMismatch, "which the str 'ab' cannot be"),
        ((("a", 2), (0, 0)), TypeMismatch, r"the argument 'p'\[0\] is float64, which the str 'a' cannot be"),
        (((0, 0), (0, None)), TypeMismatch, r"the argument 'q'\[1\] is float64"),
    ],
)
def test_wrong_values_are_type_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        middle(*arguments)


def test_a_number_out_of_range_inside():
    with pytest.raises(InvalidConstant, match=r"'b'\[3\]\[1\] is int16, which cannot hold 40000"):
        moved(((1, 2), 3, True, (1, 40000, 2)), (0, 0))


def test_in_c_they_go_through_pointers_also_packed_ones():
    assert middle.prototype == "void middle(const void *p, const void *q, double share, void *result0)"
    memory = np.zeros(3 * 16 + 1, np.uint8)[1:].view(np.dtype([("x", "<f8"), ("y", "<f8")]))
    memory[:2] = [(1.0, 2.0), (3.0, 6.0)]
    first = memory.ctypes.data
    middle.ctypes(first, first + 16, 0.5, first + 32)
    assert memory[2].item() == (2.0, 4.0)


def test_as_ufuncs_and_in_kernels():
    assert cobra.ufunc(dot)(np.ones((3, 4), "f4"), np.arange(4, dtype="f4")).tolist() == [6.0] * 3
    kernel = cobra.ufunc(lambda x: middle(point(x, x), (0.0, 1.0)).y, types="d->d")
    assert kernel([1.0, 3.0]).tolist() == [1.0, 2.0]


def test_pickles_and_annotations():
    assert pickle.loads(pickle.dumps(moved)) is moved
    assert middle.__annotations__ == {"p": point, "q": point, "share": f64, "return": point}


def test_interpreted():
    program = """
import cobra
from cobra import float64 as f64, vec4f
point = cobra.struct(x=f64, y=f64)
@cobra.function
def f(p: point, v: vec4f) -> tuple[point, vec4f, f64]:
    print(type(p).__name__, type(v).__name__, v.dtype)
    return (p.y, p.x), v * 2, p.x
p, v, x = f((1, 2), [1, 2, 3, 4])
print(p, type(p).__name__, v, type(x).__name__)
"""
    said = run(program, COBRA_DISABLE_JIT="1").splitlines()
    assert said == ["record ndarray float32", "(2.0, 1.0) record [2. 4. 6. 8.] float"]


SCALARS = [getattr(cobra, name) for name in "bool_ int8 uint16 int32 uint64 int64 float16 float32 float64 complex64 complex128".split()]


@st.composite
def compound_types(draw, depth=2):
    kinds = st.sampled_from(SCALARS)
    if depth > 1:
        kinds = kinds | compound_types(depth=depth - 1)
    match draw(st.integers(0, 2)):
        case 0:
            return cobra.vec(draw(st.sampled_from(SCALARS)), draw(st.integers(1, 4)))
        case 1:
            return cobra.fixed_array(draw(kinds), draw(st.integers(1, 3)))
        case _:
            return cobra.struct(draw(st.lists(kinds, min_size=1, max_size=4)))


def _record(kind, seed):
    """Return a NumPy value of a type with different numbers everywhere."""
    record = np.zeros((), np.dtype([("whole", kind.dtype)]))
    memory = np.frombuffer(record.data, np.uint8).copy()
    for position, leaf in enumerate(leaves(kind)):
        value = np.array(((position + seed) * 7 % 100) % 2 if leaf.type == cobra.bool_ else (position + seed) % 100, leaf.type.dtype)
        memory[leaf.offset : leaf.offset + leaf.type.itemsize] = np.frombuffer(value.tobytes(), np.uint8)
    return memory.view(record.dtype)[0]["whole"]


@settings(max_examples=25, deadline=None)
@given(compound_types(), st.integers(0, 50))
def test_any_compound_comes_back_as_it_went_in(kind, seed):
    same = cobra.function(lambda value: value, types=(kind, kind))
    value = _record(kind, seed)
    found = same(value)
    assert np.array_equal(found, value) and np.asarray(found).dtype == np.asarray(value).dtype
    memory, out = np.array(value), np.zeros_like(np.array(value))
    same.ctypes(memory.ctypes.data, out.ctypes.data)
    assert np.array_equal(out, memory)
