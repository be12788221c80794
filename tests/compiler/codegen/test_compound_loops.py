"""The loops of kernels over vectors and structures: on any memory, also where operands share it, and which of them runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from compound_kernels import Case, Layout, expected, loop_of, module_of, run
from native_kernels import runnable

import cobra
from cobra import compounds, float32, float64, int8
from cobra.compiler.codegen import cpu
from cobra.compiler.codegen.compound_loops import function_of_place
from cobra.compiler.codegen.flat_vectors import flat_loop
from cobra.compiler.ir.builder import constant
from cobra.compiler.pipeline import translate
from cobra.compiler.primitives.arithmetic import add, multiply, subtract
from cobra.compiler.primitives.roots import sqrt
from cobra.compiler.transforms.simplify import simplify
from cobra.compounds import vec
from cobra.types import bool_, complex64
from cobra.ufunc.kernel import kernel_of

POINT = compounds.struct(x=float64, y=float64, name="point")
MIXED = compounds.struct(flag=bool_, small=float32, both=compounds.fixed_array(complex64, 2), tiny=int8)
THREE = vec(float64, 3)


def turn(build, x):
    return [build(subtract, x[1], x[3]), build(add, x[0], x[2])]


def costly(build, x):
    length = build(sqrt, build(add, build(multiply, x[0], x[0]), build(multiply, x[1], x[1])))
    more = build(sqrt, build(add, length, build(multiply, x[0], x[1])))
    return [build(add, build(multiply, x[1], length), more), build(subtract, build(multiply, x[0], length), more)]


def costly_plain(x):
    length = np.sqrt(x[0] * x[0] + x[1] * x[1])
    more = np.sqrt(length + x[0] * x[1])
    return [x[1] * length + more, x[0] * length - more]


def reverse(build, x):
    return [build(multiply, x[2], x[3]), build(multiply, x[1], x[3]), build(multiply, x[0], x[3])]


def moved(build, x):
    return [x[0], build(add, x[1], x[1]), x[3], x[2], x[4]]


CASES = {
    "turn": Case((POINT, POINT), (POINT,), turn, lambda x: [x[1] - x[3], x[0] + x[2]]),
    "costly": Case((POINT,), (POINT,), costly, costly_plain),
    "struct to numbers": Case((POINT,), (float64, float64), costly, costly_plain),
    "numbers to struct": Case((float64, float64), (POINT,), costly, costly_plain),
    "reverse": Case((THREE, float64), (THREE,), reverse, lambda x: [x[2] * x[3], x[1] * x[3], x[0] * x[3]]),
    "moved": Case((MIXED,), (MIXED,), moved, lambda x: [x[0], x[1] + x[1], x[3], x[2], x[4]]),
    "struct and vector": Case((POINT, vec(float64, 2)), (POINT, float64), lambda b, x: [*turn(b, x), x[2]],
                              lambda x: [x[1] - x[3], x[0] + x[2], x[2]]),
    "vectors of complex": Case((vec(complex64, 2),), (vec(complex64, 2),), lambda b, x: [x[1], b(multiply, x[0], x[1])],
                               lambda x: [x[1], x[0] * x[1]]),
}  # fmt: skip
"""Kernels of which no output place is the same function of the same input place, so that none is a loop over plain numbers."""

ROOM = 4096


def filled(seed: int) -> np.ndarray:
    """Return memory in which every number is one, however it is read, and bools are 0 or 1."""
    random = np.random.default_rng(seed)
    numbers = random.integers(1, 100, ROOM // 8).astype(np.float64)
    memory = numbers.view(np.uint8)
    memory[random.integers(0, ROOM, 64)] = 1
    return memory


def separate(case: Case, n: int, *, gap: int, shift: int = 0) -> list[Layout]:
    """Return operands that lie one after another, `gap` bytes between their elements."""
    layouts, start = [], 64 + shift
    for kind in case.kinds:
        shape = compounds_shape(kind)
        size = kind.dtype.itemsize
        strides = tuple(size // math.prod(shape[: axis + 1]) for axis in range(len(shape)))
        layouts.append(Layout(start, size + gap, strides))
        start += n * (size + gap) + 64
    assert start < ROOM
    return layouts


def compounds_shape(kind) -> tuple[int, ...]:
    return kind.dtype.shape


def check(case: Case, layouts: list[Layout], n: int, name: str = "host", seed: int = 1) -> None:
    memory = filled(seed)
    with np.errstate(all="ignore"):
        wanted = expected(case, memory, layouts, n)
        run(case, memory, layouts, n, name)
    np.testing.assert_array_equal(memory, wanted)


@pytest.mark.parametrize("name", runnable())
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("n", [0, 1, 2, 17])
def test_operands_apart(case: Case, name: str, n: int) -> None:
    for gap in (0, 8, 24):
        check(case, separate(case, n, gap=gap), n, name)


@pytest.mark.parametrize("case", [CASES["turn"], CASES["costly"], CASES["moved"]], ids=["turn", "costly", "moved"])
@pytest.mark.parametrize("shift", [1, 4])
def test_structures_anywhere_in_memory(case: Case, shift: int) -> None:
    check(case, separate(case, 13, gap=3, shift=shift), 13)


def test_backwards_and_repeated() -> None:
    case, n = CASES["turn"], 20
    first, second, out = separate(case, n, gap=8)
    check(case, [Layout(first.start + (n - 1) * first.step, -first.step), second, out], n)
    check(case, [Layout(first.start, 0), second, out], n)
    check(case, [first, second, Layout(out.start, 0)], n)


def test_core_strides() -> None:
    case, n = CASES["reverse"], 9
    whole, number, out = separate(case, n, gap=40)
    apart = [Layout(whole.start, whole.step, (16,)), number, Layout(out.start + 32, out.step, (-16,))]
    check(case, apart, n)
    check(case, [Layout(whole.start, 8, (n * 8,)), number, out], n)


@pytest.mark.parametrize("case", [CASES["turn"], CASES["costly"], CASES["moved"], CASES["reverse"]])
@pytest.mark.parametrize("distance", [-64, -48, -40, -16, -8, 0, 8, 16, 24, 32, 48, 64])
def test_output_in_the_memory_of_an_input(case: Case, distance: int) -> None:
    n, middle = 12, 2048
    first, *others, out = separate(case, n, gap=0)
    for step in (out.step, -out.step, 0):
        shared = [Layout(middle, first.step, first.core), *others, Layout(middle + distance, step, out.core)]
        check(case, shared, n, seed=distance + 100)


def test_running_result() -> None:
    case, n = CASES["turn"], 30
    first, second, _ = separate(case, n, gap=0)
    check(case, [Layout(first.start, 0), second, Layout(first.start, 0)], n)
    check(case, [first, Layout(2048, 16), Layout(first.start + 16, 16)], n)


# -- which loop runs


def same_everywhere(build, x):
    return [build(add, build(multiply, x[k], x[6]), x[3 + k]) for k in range(3)]


FLAT = Case((THREE, THREE, float64), (THREE,), same_everywhere, lambda x: [x[k] * x[6] + x[3 + k] for k in range(3)])


def test_the_same_for_every_place_is_a_loop_over_numbers() -> None:
    loop = flat_loop(loop_of(FLAT))
    assert loop is not None
    assert [operand.scalar for operand in loop.operands] == [float64] * 4
    assert len(loop.function.body.statements) == 2


@pytest.mark.parametrize("name", runnable())
@pytest.mark.parametrize("n", [1, 2, 25])
def test_loop_over_numbers(name: str, n: int) -> None:
    first, second, number, out = separate(FLAT, n, gap=0)
    same = Layout(number.start, 0)
    check(FLAT, [first, second, same, out], n, name)
    check(FLAT, [first, second, number, out], n, name)
    check(FLAT, [first, second, same, first], n, name)
    check(FLAT, [first, Layout(second.start, 0, second.core), same, out], n, name)


LONG = vec(float64, 40)
LONG_FLAT = Case(
    (LONG, float64), (LONG,), lambda b, x: [b(add, x[k], x[40]) for k in range(40)], lambda x: [x[k] + x[40] for k in range(40)]
)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_loop_over_the_numbers_of_long_vectors(n: int) -> None:
    whole, number, out = separate(LONG_FLAT, n, gap=0)
    assert len(module_of(LONG_FLAT).text) < 3 * len(module_of(FLAT).text)
    check(LONG_FLAT, [whole, Layout(number.start, 0), out], n)
    check(LONG_FLAT, [whole, number, out], n)
    check(LONG_FLAT, [whole, number, Layout(out.start + 312, out.step, (-8,))], n)
    check(LONG_FLAT, [Layout(2048, 8, (24,)), number, out], n)


def constants_differ(build, x):
    return [build(add, x[k], constant(float(k), float64)) for k in range(3)]


def neighbours(build, x):
    return [build(add, x[k], x[(k + 1) % 3]) for k in range(3)]


def operations_differ(build, x):
    return [build(add if k else subtract, x[k], x[k]) for k in range(3)]


NOT_FLAT = {
    "constants": Case((THREE,), (THREE,), constants_differ, lambda x: x),
    "neighbours": Case((THREE,), (THREE,), neighbours, lambda x: x),
    "operations": Case((THREE,), (THREE,), operations_differ, lambda x: x),
    "another length": Case((THREE, vec(float64, 2)), (THREE,), lambda b, x: x[:3], lambda x: x),
    "number beside": Case((THREE,), (THREE, float64), lambda b, x: x[:3] + x[:1], lambda x: x),
    "structure": Case((POINT,), (POINT,), lambda b, x: x[:2], lambda x: x),
    "structure beside": Case((THREE, POINT), (THREE,), lambda b, x: x[:3], lambda x: x),
}


@pytest.mark.parametrize("case", NOT_FLAT.values(), ids=NOT_FLAT)
def test_places_that_meet_or_differ(case: Case) -> None:
    assert flat_loop(loop_of(case)) is None


def test_costly_kernels_go_through_blocks() -> None:
    assert "@blocks" in module_of(CASES["costly"]).text
    assert "@blocks" not in module_of(CASES["turn"]).text
    assert "@flat_loop" in module_of(FLAT).text


def test_many_numbers() -> None:
    kind = vec(float64, 200)
    case = Case((kind,), (float64,), lambda b, x: [b(add, x[0], x[199])], lambda x: [x[0] + x[199]])
    check(case, [Layout(64, 1600, (8,)), Layout(3904, 8)], 2)


def test_kernels_leave_the_loop_by_exceptions() -> None:
    @cobra.ufunc
    def checked(p: POINT) -> POINT:
        if p.x < 0:
            raise ValueError("left of the axis")
        return p

    points = np.ones(5, POINT.dtype)
    assert checked(points)["y"].tolist() == [1.0] * 5
    points["x"][3] = -1
    with pytest.raises(ValueError, match="left of the axis"):
        checked(points)


# -- long vectors are taken for one place before the passes


HUNDRED = vec(float32, 100)


@cobra.ufunc
def softened(a: HUNDRED, width: float32) -> HUNDRED:
    return np.exp(-np.abs(a) / width) + np.tanh(a)


@cobra.ufunc
def normalised(a: HUNDRED) -> HUNDRED:
    return a / np.sqrt((a * a).sum())


@cobra.ufunc
def turned(a: vec(complex64, 100)) -> vec(complex64, 100):
    return a * 1j + 2


@pytest.mark.parametrize(("kernel", "alone"), [(softened, True), (normalised, False), (turned, False)])
def test_which_kernels_are_compiled_for_one_place(kernel: np.ufunc, alone: bool) -> None:
    known = kernel_of(kernel)
    assert known is not None
    translation = translate(known.spec, known.loops[0], known.symbols)
    operands = (*translation.inputs, *translation.outputs)
    found = function_of_place(simplify(translation.function), operands, 1)
    assert (found is not None) == alone
    if found is not None:
        assert len(found.parameters) == 2 and len(found.body.statements) == len(translation.function.body.statements) / 100


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 5)])
def test_kernels_compiled_for_one_place(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(size=(*shape, 100)).astype("f")
    width = rng.uniform(1, 2, size=shape).astype("f")
    once = np.exp(-np.abs(a) / width[..., None]) + np.tanh(a)
    np.testing.assert_allclose(softened(a, width), once, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(softened(a[..., ::-1], width), softened(a[..., ::-1].copy(), width))
    np.testing.assert_array_equal(softened(a, np.float32(1.5)), softened(a, np.full(shape, 1.5, "f")))
    np.testing.assert_allclose(turned(a + 1j), (a + 1j) * 1j + 2, rtol=1e-6)
    kept = softened(a, width)
    np.testing.assert_array_equal(softened(a, width, out=a), kept)


def test_places_of_long_vectors_that_meet() -> None:
    kind = vec(float32, 256)

    @cobra.ufunc
    def spread(a: kind) -> kind:
        return a / np.sqrt((a * a).sum())

    known = kernel_of(spread)
    assert known is not None
    a = np.random.default_rng(4).normal(size=(3, 256)).astype("f")
    expected = a / np.sqrt((a.astype("d") ** 2).sum(1))[:, None]
    np.testing.assert_allclose(spread(a), expected, rtol=1e-5)
    np.testing.assert_array_equal(spread(a[:, ::-1]), spread(a[:, ::-1].copy()))
    assert len(cobra.inspect.llvm(spread)) > cpu._LONG_TEXT
