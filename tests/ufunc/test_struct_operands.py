"""Structures as operands of real ufuncs: any layout NumPy gives them, beside numbers, in every kind of call."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path

import numpy as np
import pytest
from child_processes import run
from hypothesis import given, settings
from hypothesis import strategies as st

import cobra
from cobra import config, float32, float64, int32
from cobra.errors import InvalidCall, InvalidSignature, TypeMismatch

point = cobra.struct(x=float32, y=float64, name="point")
POINT = point.dtype


@cobra.ufunc
def plus(p: point, q: point) -> point:
    """Add two points."""
    return point(p.x + q.x, p.y + q.y)


@cobra.ufunc
def norm(p: point) -> float64:
    return np.sqrt(p.x * p.x + p.y * p.y)


@cobra.ufunc
def scaled(p: point, factor: float64) -> point:
    return point(p.x * factor, p.y * factor)


@cobra.ufunc
def on_diagonal(x: float32) -> point:
    return point(x, 2 * x)


def points(count: int, dtype: object = POINT) -> np.ndarray:
    made = np.zeros(count, dtype)
    made["x"], made["y"] = np.arange(count), np.arange(count) * 0.5
    return made


def sums(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    made = np.zeros(np.broadcast_shapes(p.shape, q.shape), POINT)
    made["x"], made["y"] = p["x"] + q["x"], p["y"] + q["y"]
    return made


P = points(7)

LAYOUTS = {
    "own": POINT,
    "aligned": np.dtype([("x", "f4"), ("y", "f8")], align=True),
    "packed": np.dtype([("x", "f4"), ("y", "f8")]),
    "other order in memory": np.dtype({"names": ["x", "y"], "formats": ["f4", "f8"], "offsets": [8, 0]}),
    "gaps": np.dtype({"names": ["x", "y"], "formats": ["f4", "f8"], "offsets": [3, 11], "itemsize": 23}),
    "byte-swapped": np.dtype([("x", ">f4"), ("y", ">f8")]),
    "half of it byte-swapped": np.dtype([("x", "<f4"), ("y", ">f8")], align=True),
    "narrower": np.dtype([("x", "f2"), ("y", "f4")]),
    "integers": np.dtype([("x", "i2"), ("y", "i4")]),
    "record": np.dtype((np.record, [("x", "f4"), ("y", "f8")])),
}


@pytest.mark.parametrize("dtype", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(dtype: np.dtype) -> None:
    given_points = points(7, dtype)
    made = plus(given_points, P[::-1])
    np.testing.assert_array_equal(made, sums(given_points, P[::-1]))
    assert made.dtype == POINT
    np.testing.assert_array_equal(norm(given_points), np.sqrt(given_points["x"].astype("f4") ** 2 + given_points["y"].astype("f8") ** 2))


@pytest.mark.parametrize("dtype", [LAYOUTS[name] for name in ("own", "packed", "gaps", "byte-swapped", "narrower")])
def test_out(dtype: np.dtype) -> None:
    out = np.zeros(7, dtype)
    assert plus(P, P, out=out) is out
    np.testing.assert_array_equal(out, sums(P, P).astype(dtype))


wide = cobra.struct(x=float64, y=float64)


@cobra.ufunc
def plus_wide(p: wide, q: wide) -> wide:
    return wide(p.x + q.x, p.y + q.y)


@pytest.mark.parametrize(
    ("kernel", "dtype"), [(plus, POINT), (plus, LAYOUTS["packed"]), (plus_wide, np.dtype([("x", "f8"), ("y", "f8")]))]
)
def test_memory_without_alignment(kernel: np.ufunc, dtype: np.dtype) -> None:
    unaligned = np.zeros(7 * dtype.itemsize + 1, np.uint8)[1:].view(dtype)
    unaligned["x"], unaligned["y"] = P["x"], P["y"]
    assert unaligned.ctypes.data % 8 != 0
    np.testing.assert_array_equal(kernel(unaligned, unaligned)["y"], 2 * P["y"])
    kernel(unaligned, unaligned, out=unaligned)
    np.testing.assert_array_equal(unaligned["x"], 2 * P["x"])


CALLS = {
    "broadcast": lambda: (plus(P[:, None], P), sums(P[:, None], P)),
    "strided": lambda: (plus(P[::2], P[::-2]), sums(P[::2], P[::-2])),
    "one element": lambda: (plus(P[1], P[2]), sums(P[1:2], P[2:3])[0]),
    "no dimensions": lambda: (plus(np.array(P[1]), P[2]), sums(P[1:2], P[2:3])[0]),
    "empty": lambda: (plus(P[:0], P[:0]), P[:0]),
    "outer": lambda: (plus.outer(P, P[:2]), sums(P[:, None], P[:2])),
    "matrix in Fortran's order": lambda: (plus(P[:6].reshape(2, 3).T, P[:6].reshape(3, 2)),
                                          sums(P[:6].reshape(2, 3).T, P[:6].reshape(3, 2))),
    "where": lambda: (plus(P, P, where=P["x"] > 3, out=P.copy()), np.where(P["x"] > 3, sums(P, P), P)),
    "recarray": lambda: (plus(P.view(np.recarray), P), sums(P, P)),
    "classes": lambda: (plus(P, P, signature=(np.dtypes.VoidDType,) * 3), sums(P, P)),
    "narrow by request": lambda: (plus(P, P, out=np.zeros(7, [("x", "i4"), ("y", "i4")]), casting="unsafe"),
                                  sums(P, P).astype([("x", "i4"), ("y", "i4")])),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_calls(call) -> None:
    made, wanted = call()
    np.testing.assert_array_equal(made, wanted)


def test_results_are_records() -> None:
    assert plus(P, P)[3].y == 3.0
    assert plus(P[1], P[2]).x == 3.0
    assert isinstance(plus(P.view(np.recarray), P), np.recarray)


@pytest.mark.parametrize("place", ["same", "ahead", "behind", "reversed", "fields swapped"])
def test_overlap(place: str) -> None:
    memory = points(9)
    first, second, out = {
        "same": (memory, memory, memory),
        "ahead": (memory[:-1], memory[:-1], memory[1:]),
        "behind": (memory[1:], memory[1:], memory[:-1]),
        "reversed": (memory, memory[::-1], memory),
        "fields swapped": (memory, memory, memory.view({"names": ["x", "y"], "formats": ["f4", "f8"], "offsets": [4, 8], "itemsize": 16})),
    }[place]
    wanted = sums(first, second)
    np.testing.assert_array_equal(plus(first, second, out=out), wanted.astype(out.dtype))


def test_numbers_that_are_fields_of_the_output() -> None:
    memory = points(9)
    wanted = scaled(memory, memory["y"].copy())
    np.testing.assert_array_equal(scaled(memory, memory["y"], out=memory), wanted)


class TestReductions:
    many = points(100)

    def test_reduce(self) -> None:
        assert plus.reduce(self.many).tolist() == (4950.0, 2475.0)
        assert plus.reduce(self.many[:1]).tolist() == (0.0, 0.0)
        with pytest.raises(ValueError, match="no identity"):
            plus.reduce(self.many[:0])
        assert plus.reduce(self.many, initial=self.many[2]).tolist() == (4952.0, 2476.0)
        assert plus.reduce(self.many.reshape(10, 10), axis=1)["x"].tolist() == self.many["x"].reshape(10, 10).sum(1).tolist()

    def test_accumulate(self) -> None:
        made = plus.accumulate(self.many)
        assert made["x"].tolist() == np.cumsum(self.many["x"]).tolist()
        assert made["y"].tolist() == np.cumsum(self.many["y"]).tolist()

    def test_reduceat_and_at(self) -> None:
        assert plus.reduceat(self.many, [0, 50])["x"].tolist() == [1225.0, 3725.0]
        changed = self.many[:3].copy()
        plus.at(changed, [0, 0, 2], self.many[4])
        assert changed.tolist() == [(8.0, 4.0), (1.0, 0.5), (6.0, 3.0)]

    def test_identity(self) -> None:
        with_zero = cobra.ufunc(plus, identity=0)
        assert with_zero.reduce(self.many[:0]).tolist() == (0.0, 0.0)
        assert with_zero.reduce(self.many[:3]).tolist() == (3.0, 1.5)
        anywhere = cobra.ufunc(plus, identity="reorderable")
        assert anywhere.reduce(self.many.reshape(10, 10), axis=(0, 1)).tolist() == (4950.0, 2475.0)

    def test_numbers_and_structures_do_not_reduce(self) -> None:
        with pytest.raises(TypeError):
            scaled.reduce(self.many)


@pytest.mark.parametrize("factor", [2, 2.0, True, np.float32(2), np.int8(2), np.arange(7), np.arange(7, dtype=">f4")])
def test_numbers_beside_structures(factor: object) -> None:
    made = scaled(P, factor)
    assert made["y"].tolist() == (P["y"] * np.asarray(factor)).tolist()


def test_structures_of_numbers() -> None:
    assert on_diagonal(np.arange(3, dtype="f4")).tolist() == [(0.0, 0.0), (1.0, 2.0), (2.0, 4.0)]
    assert on_diagonal(np.float32(3)).y == 6.0
    out = np.zeros(2, LAYOUTS["packed"])
    assert on_diagonal(np.array([1, 2], "i2"), out=out).tolist() == [(1.0, 2.0), (2.0, 4.0)]


def test_loops_with_the_same_structure() -> None:
    both = cobra.ufunc(lambda p, s: p.x * s, types=[((point, float32), None), ((point, float64), None)])
    assert both.types == ["Vf->f", "Vd->d"]
    kinds = [both(P, np.ones(7, code)).dtype.char for code in ("f", "d", "f", "e", "i", "d", "h")]
    assert kinds == ["f", "d", "f", "f", "d", "d", "f"]
    assert both(P, 2).dtype == np.float32


def test_two_outputs() -> None:
    @cobra.ufunc
    def parts(p: point) -> tuple[point, int32]:
        return point(p.y, p.x), int32(p.x)

    swapped, whole = parts(P)
    assert swapped["y"].tolist() == P["x"].tolist() and whole.tolist() == list(range(7)) and whole.dtype == np.int32


WRONG = {
    "renamed fields": (lambda: plus(P, points(7).astype([("x", "f4"), ("y", "f8")]).view([("a", "f4"), ("b", "f8")])),
                       r"not \(struct\(x=float32, y=float64\), struct\(a=float32, b=float64\)\)"),
    "fields in another order": (lambda: plus(P, np.zeros(7, [("y", "f4"), ("x", "f8")])), "the same names in the same order"),
    "a field too many": (lambda: plus(P, np.zeros(7, [("x", "f4"), ("y", "f8"), ("z", "f8")])), "z=float64"),
    "wider fields": (lambda: plus(P, np.zeros(7, [("x", "f8"), ("y", "f8")])), "convert safely"),
    "a number": (lambda: plus(P, 1.0), r"'plus' takes \(struct\(x=float32, y=float64\), struct"),
    "a tuple": (lambda: plus(P, (1, 2)), "not"),
    "bytes": (lambda: plus(P, np.zeros(7, "V16")), "V16"),
    "a complex factor": (lambda: scaled(P, 1j), "complex128"),
    "in the wrong place": (lambda: scaled(2.0, P), r"takes \(struct\(x=float32, y=float64\), float64\), not \(float64, struct"),
    "out with other names": (lambda: plus(P, P, out=np.zeros(7, [("a", "f4"), ("b", "f8")])), "cannot be cast to out= of struct"),
    "out of whole numbers": (lambda: plus(P, P, out=np.zeros(7, [("x", "i4"), ("y", "i4")])), "by the rule 'same_kind'"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_operands_that_do_not_fit(call, message: str) -> None:
    with pytest.raises(TypeMismatch, match=message):
        call()


def test_classes_by_request() -> None:
    with pytest.raises(TypeError, match="did not contain a loop"):
        scaled(P, 1.0, signature=(None, "f", None))
    with pytest.raises(TypeError, match="types that are asked for: any, any, float32"):
        scaled(P, 1.0, signature=(None, None, "f"))
    assert scaled(P, 2, signature=(None, "d", None))["x"].tolist() == (2 * P["x"]).tolist()


def test_exceptions_of_operands_go_through() -> None:
    class Strange:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            raise LookupError("no array")

    with pytest.raises(LookupError, match="no array"):
        plus(P, Strange())
    assert plus(P, P)[1].x == 2


def third(p):
    return p[0]


DECLARED_WRONG = {
    "two structures": ([(point, float64), (cobra.struct(a=float64), float64)], "Make a kernel for each structure"),
    "opaque": ([(cobra.opaque("handle"), float64)], "Opaque types exist only"),
    "pointer": ([(cobra.pointer(float64), float64)], "take the array"),
    "nothing": ([(float64, cobra.void)], "which no NumPy array holds"),
    "array of structures": ([(cobra.fixed_array(point, 2), float64)], "Make it a field of a structure"),
    "no pair": ([(point, float64, float64)], "a string or a pair"),
    "no type": ([("point", float64)], "'point' in types= is no type"),
    "too many": ([((point, point), float64)], "does not fit"),
}


@pytest.mark.parametrize(("types", "message"), DECLARED_WRONG.values(), ids=DECLARED_WRONG)
def test_types_that_cannot_be(types: object, message: str) -> None:
    with pytest.raises(InvalidSignature, match=message):
        cobra.ufunc(third, types=types)
    with pytest.raises(InvalidSignature, match=message), config.options(disable_jit=True):
        cobra.ufunc(third, types=types)


def test_core_dimensions_beside_a_structure() -> None:
    with pytest.raises(InvalidSignature, match="a structure\n"):
        cobra.ufunc(lambda p, a: p.x, types=[((point, float64), float64)], signature="(),(n)->()")

    def annotated(p: point, a: float64["n"]) -> float64["n"]:
        return a

    with pytest.raises(InvalidSignature, match="leave the core dimensions out"):
        cobra.ufunc(annotated)


def test_binding() -> None:
    assert cobra.bind(scaled, factor=3)(P)["y"].tolist() == (3 * P["y"]).tolist()
    with pytest.raises(InvalidCall, match="the input 'p' of 'scaled' is point"):
        cobra.bind(scaled, p=1.0)


def test_pickling_and_interning() -> None:
    assert pickle.loads(pickle.dumps(plus)) is plus
    again = cobra.struct(x=float32, y=float64, name="point")
    other = cobra.struct(x=float32, y=float64, name="place")

    def make(kind):
        return cobra.ufunc(third, types=[(kind, None)])

    assert make(point) is make(again)
    assert make(point) is not make(other)


PROGRAM = """
import pickle, sys, numpy as np, cobra
line = cobra.struct(start=cobra.struct(x=cobra.float32, y=cobra.float64), ends=cobra.fixed_array(cobra.float64, 2), name="a > b")
@cobra.ufunc
def length(l: line) -> line:
    return line(l.start, (l.ends[1], l.start.y))
a = np.ones(3, line.dtype); a["ends"][:, 1] = 5
print(length(a)["ends"].tolist(), length.types, "llvmlite" in sys.modules, pickle.dumps(length).hex())
"""


def test_another_process(tmp_path: Path) -> None:
    first = run(PROGRAM, cache=tmp_path).split(" ")
    second = run(PROGRAM, cache=tmp_path).split(" ")
    assert first[:-2] == second[:-2] and first[-2:-1] == ["True"] and second[-2:-1] == ["False"]
    load = "import pickle, sys, numpy as np; k = pickle.loads(bytes.fromhex(sys.argv[1])); t = k.resolve_dtypes"
    loaded = run(f"{load}; print(k.types, 'llvmlite' in sys.modules)", first[-1], cache=tmp_path)
    assert loaded == "['V->V'] False"


def test_inspection() -> None:
    assert cobra.inspect.ir(plus).startswith("function plus(%p.x: float32, %p.y: float64, %q.x: float32, %q.y: float64)")
    assert "define void @cobra_loop(" in cobra.inspect.llvm(plus, "VV->V")
    assert "cobra_loop:" in cobra.inspect.asm(scaled, "Vd")
    assert plus.__doc__ == "Add two points."


def test_interpreted() -> None:
    seen = []

    def body(p: point, factor: float64) -> tuple[point, float64]:
        seen.append(type(p))
        p.x = 9.0
        return (p.x, p["y"] * factor), p[0]

    with config.options(disable_jit=True):
        kernel = cobra.ufunc(body)
    before = P.copy()
    made, number = kernel(P, 2.0)
    assert made["y"].tolist() == (2 * P["y"]).tolist() and set(made["x"]) == {9.0} and set(number) == {9.0}
    assert seen == [np.record] * 7
    np.testing.assert_array_equal(P, before)


def test_debugging() -> None:
    table = cobra.struct(values=cobra.fixed_array(float64, 3), at=cobra.int64)
    with config.options(debug=True):
        looked_up = cobra.ufunc(lambda t: t.values[t.at], types=[(table, None)])
    rows = np.zeros(2, table.dtype)
    rows["values"], rows["at"] = [1, 2, 3], [2, 0]
    assert looked_up(rows).tolist() == [3.0, 1.0]
    rows["at"][1] = 3
    with pytest.raises(IndexError):
        looked_up(rows)


# -- random structures

_CODES = ["f4", "f8", "i2", "i4", "i8", "u1", "u4", "c8", "c16", "f2", "b1"]
_counter = itertools.count()


@st.composite
def layouts(draw: st.DrawFn, fields: list[tuple[str, str]]) -> np.dtype:
    """Return a dtype with some fields anywhere."""
    formats = [draw(st.sampled_from("<>")) + code for _, code in fields]
    if draw(st.booleans()):
        return np.dtype([(name, kind) for (name, _), kind in zip(fields, formats, strict=True)], align=draw(st.booleans()))
    offsets, end = {}, 0
    for position in draw(st.permutations(range(len(fields)))):
        end += draw(st.integers(0, 3))
        offsets[position] = end
        end += np.dtype(formats[position]).itemsize
    names, places = [name for name, _ in fields], [offsets[k] for k in range(len(fields))]
    return np.dtype({"names": names, "formats": formats, "offsets": places, "itemsize": end + draw(st.integers(0, 5))})


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[np.dtype], str]:
    fields = [(f"a{k}", draw(st.sampled_from(_CODES))) for k in range(draw(st.integers(1, 5)))]
    return fields, [draw(layouts(fields)) for _ in range(3)], draw(st.sampled_from("+*"))


@settings(derandomize=True, deadline=None, database=None, max_examples=40)
@given(problems(), st.integers(0, 40), st.integers(1, 2))
def test_random_structures(problem: tuple[list[tuple[str, str]], list[np.dtype], str], count: int, step: int) -> None:
    fields, dtypes, operator = problem
    kind = cobra.struct({name: np.dtype(code).type for name, code in fields})
    parts = ", ".join(f"p.{name} {operator} q.{name}" for name, _ in fields)
    source = f"def kernel(p, q):\n    return kind({parts})\n"
    names: dict[str, object] = {"kind": kind}
    exec(compile(source, f"<random structure {next(_counter)}>", "exec"), names)
    kernel = cobra.ufunc(names["kernel"], types=[((kind, kind), kind)], source=source)
    random = np.random.default_rng(count)
    first, second, out = (np.zeros(count * step, dtype)[::step] for dtype in dtypes)
    for operand in (first, second):
        for name, code in fields:
            operand[name] = random.integers(0, 9, count).astype(code)
    kernel(first, second[::-1], out=out)
    for name, code in fields:
        a, b = first[name].astype(code), second[name][::-1].astype(code)
        np.testing.assert_array_equal(out[name], a + b if operator == "+" else a * b)
