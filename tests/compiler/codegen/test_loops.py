"""Every way through the inner loop gives NumPy's results: any length, any layout of operands, any overlap."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from guarded_memory import GuardedMemory, needs_protection
from native_kernels import Array, Types, Write, address_of, call_loop, module_of, processor, runnable, ufunc_of

from cobra.compiler.codegen import cpu
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.values import Value, Variable
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.table import TABLE
from cobra.runtime.loader import load_object
from cobra.types import bool_, complex64, complex128, float16, float32, float64, int8, int32, int64, uint8, uint16  # fmt: skip


def call(name: str) -> Write:
    return lambda build, parameters: build.many(TABLE[name], *parameters)


def multiply_add(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    return [build(TABLE["add"], build(TABLE["multiply"], x[0], x[1]), x[2])]


def sum_and_difference(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    return [build(TABLE["add"], *x), build(TABLE["subtract"], *x)]


def guarded_reciprocal(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    zero, one = constant(0, float64), constant(1, float64)
    wanted = build(TABLE["not_equal"], x[0], zero)
    return list(build.if_(wanted, lambda: [build(TABLE["divide"], one, x[0])], lambda: [zero]))


def scaled(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    return [build(TABLE["multiply"], cast_value(build, x[0], float64), x[1])]


def half_step(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    """Three rounds of x / 2 + y, in lanes."""
    two = constant(2, float64)
    rounds = lambda _, v: [build(TABLE["add"], build(TABLE["divide"], v[0], two), x[1])]  # noqa: E731
    return list(build.for_(constant(3, int64), [x[0]], rounds))


def halvings(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    """How often a number above 1 can be halved: a loop whose length depends on the element."""
    one, half = constant(1.0, float64), constant(0.5, float64)

    def body(v: tuple[Variable, ...]) -> list[Value]:
        return [build(TABLE["multiply"], v[0], half), build(TABLE["add"], v[1], one)]

    return list(build.while_([x[0], constant(0.0, float64)], lambda v: build(TABLE["greater"], v[0], one), body)[1:])


def sum_of_all(build: Builder, x: tuple[Variable, ...]) -> list[Value]:
    total: Value = x[0]
    for value in x[1:]:
        total = build(TABLE["add"], total, value)
    return [total]


def with_numpy_halvings(x: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.where(x > 1, np.ceil(np.log2(np.maximum(x, 1))), 0.0)


@dataclass(frozen=True)
class Kernel:
    write: Write
    types: Types
    expected: Callable[..., Array | tuple[Array, ...]]


KERNELS = {
    "multiply_add f32": Kernel(multiply_add, (float32,) * 3, lambda a, b, c: a * b + c),
    "multiply_add f64": Kernel(multiply_add, (float64,) * 3, lambda a, b, c: a * b + c),
    "multiply_add i8": Kernel(multiply_add, (int8,) * 3, lambda a, b, c: a * b + c),
    "divide": Kernel(call("divide"), (float64,) * 2, np.divide),
    "guarded reciprocal": Kernel(guarded_reciprocal, (float64,), lambda x: np.divide(1, x, where=x != 0, out=np.zeros(x.shape))),
    "floor_divide i32": Kernel(call("floor_divide"), (int32,) * 2, np.floor_divide),
    "multiply c64": Kernel(call("multiply"), (complex64,) * 2, np.multiply),
    "multiply c128": Kernel(call("multiply"), (complex128,) * 2, np.multiply),
    "two outputs": Kernel(sum_and_difference, (int64,) * 2, lambda a, b: (a + b, a - b)),
    "divmod": Kernel(call("divmod"), (uint8,) * 2, np.divmod),
    "i8 times f64": Kernel(scaled, (int8, float64), np.multiply),
    "c128 to bool": Kernel(call("equal"), (complex128,) * 2, np.equal),
    "f32 to bool": Kernel(call("less"), (float32,) * 2, np.less),
    "bool": Kernel(call("logical_xor"), (bool_,) * 2, np.logical_xor),
    "f16": Kernel(call("multiply"), (float16,) * 2, np.multiply),
    "u16": Kernel(call("left_shift"), (uint16,) * 2, np.left_shift),
    "f64 to i8": Kernel(lambda b, x: [cast_value(b, x[0], int8)], (float64,), lambda x: x.astype(np.int8)),
    "loop in lanes": Kernel(half_step, (float64,) * 2, lambda x, y: ((x / 2 + y) / 2 + y) / 2 + y),
    "loop in scalar code": Kernel(halvings, (float64,), with_numpy_halvings),
    "library": Kernel(call("fmod"), (float64,) * 2, np.fmod),
    "twelve operands": Kernel(sum_of_all, (float32,) * 11, lambda *x: np.add.reduce(np.stack(x))),
}
SINGLE = [name for name, kernel in KERNELS.items() if len(kernel.types) <= 3]


@cache
def compiled(name: str, target: str = "host") -> np.ufunc:
    kernel = KERNELS[name]
    return ufunc_of(kernel.write, kernel.types, name=target)


def values(name: str, n: int, seed: int = 0) -> list[Array]:
    """Return numbers on which no kernel warns, in every operand of a kernel."""
    random = np.random.default_rng([seed, n])
    made = []
    for kind in KERNELS[name].types:
        numbers = random.integers(1, 12, n) if kind.is_integer or kind == bool_ else random.integers(1, 50, n) / 8
        if kind.is_complex:
            numbers = numbers + 1j * random.integers(1, 9, n)
        made.append((numbers > 6 if kind == bool_ else numbers).astype(kind.dtype))
    return made


def expected(name: str, inputs: Sequence[Array]) -> tuple[Array, ...]:
    made = KERNELS[name].expected(*inputs)
    return made if isinstance(made, tuple) else (made,)


def as_tuple(made: object) -> tuple[Array, ...]:
    return made if isinstance(made, tuple) else (np.asarray(made),)


def check(name: str, inputs: Sequence[Array], outputs: Sequence[Array] | None = None, target: str = "host") -> None:
    wanted = expected(name, [np.array(x) for x in inputs])
    kernel = compiled(name, target)
    got = as_tuple(kernel(*inputs) if outputs is None else kernel(*inputs, out=tuple(outputs)))
    for one, other in zip(got, wanted, strict=True):
        assert one.dtype.newbyteorder("=") == other.dtype
        assert np.array_equal(one, other), (name, inputs[0].shape, [x.strides for x in inputs])


# -- lengths


def lengths(lanes: int) -> list[int]:
    return sorted({*range(12), *(k * lanes + d for k in (1, 2, 3) for d in (-1, 0, 1)), 1000})


@pytest.mark.parametrize("name", KERNELS)
def test_every_length(name: str) -> None:
    for n in lengths(32) if len(KERNELS[name].types) > 3 else [*range(100), *lengths(64), *lengths(128)]:
        check(name, values(name, n))


@pytest.mark.parametrize("target", runnable()[1:])
@pytest.mark.parametrize("name", SINGLE)
def test_every_length_on_other_processors(name: str, target: str) -> None:
    for n in lengths(16):
        inputs = values(name, n)
        check(name, inputs, target=target)
        check(name, [spread(x, 3) for x in inputs], target=target)


# -- layouts


def spread(array: Array, step: int) -> Array:
    """Return a copy of an array with the given step between elements, counted in elements."""
    n = len(array)
    if step == 0:
        return np.broadcast_to(array[:1], (n,))
    room = np.zeros(n * abs(step) + 1, array.dtype)
    view = room[: n * abs(step) : abs(step)]
    view = view[::-1] if step < 0 else view
    view[:] = array
    return view


def unaligned(array: Array) -> Array:
    room = np.zeros(array.nbytes + 1, np.uint8)
    view = room[1:].view(array.dtype)
    view[:] = array
    return view


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    **{f"step {step}": lambda array, step=step: spread(array, step) for step in (-3, -2, -1, 0, 2, 3, 5, 600)},
    "unaligned": unaligned,
    "swapped": lambda array: array.astype(array.dtype.newbyteorder()),
    "fields": lambda array: _field(array),
}


def _field(array: Array) -> Array:
    """Return the array as a field of records whose size is no multiple of the element's."""
    records = np.zeros(len(array), np.dtype([("before", "i1"), ("value", array.dtype), ("after", "i1", 2)], align=False))
    records["value"] = array
    return records["value"]


CHUNKED = (1, 2, 15, 33, 130, 1025)


def outputs_like(name: str, n: int, layout: Callable[[Array], Array]) -> list[Array]:
    return [layout(np.zeros(n, one.dtype)) for one in expected(name, values(name, 1))]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", KERNELS)
def test_each_operand_laid_out(name: str, layout: str) -> None:
    arrange = LAYOUTS[layout]
    for n in CHUNKED:
        inputs = values(name, n)
        for k in range(min(len(inputs), 3)):
            check(name, [arrange(x) if i == k else x for i, x in enumerate(inputs)])
        if layout != "step 0":
            check(name, inputs, outputs_like(name, n, arrange))
            check(name, [arrange(x) for x in inputs], outputs_like(name, n, arrange))
        check(name, [arrange(x) for x in inputs])


def test_nothing_between_strided_outputs_is_touched() -> None:
    for dtype, kind in (("i1", int8), ("f4", float32), ("f8", float64), ("c16", complex128)):
        kernel = ufunc_of(call("negative"), (kind,))
        for step in (2, 3, -2):
            for n in (1, 7, 64, 65, 500):
                room = np.full((n + 1) * abs(step), 9, dtype)
                places = slice(0, n * step, step) if step > 0 else slice(n * -step, 0, step)
                wanted = room.copy()
                wanted[places] = -3
                kernel(np.full(n, 3, dtype), out=room[places])
                assert np.array_equal(room, wanted)


def test_no_dimension_no_element_and_many_dimensions() -> None:
    check("divide", [np.array(6.0), np.array(4.0)])
    check("two outputs", [np.array(6), np.array(4)])
    for shape in ((0,), (3, 0, 2), (0, 5)):
        check("divide", [np.ones(shape), np.ones(shape)])
    random = np.random.default_rng(3)
    for shape in ((3, 1, 5), (2, 65), (65, 2), (4, 3, 2, 5)):
        for axes in (None, tuple(np.roll(np.arange(len(shape)), 1))):
            a, b = random.random(shape) + 1, random.random(shape[-1]) + 1
            a = a if axes is None else np.ascontiguousarray(a.transpose(np.argsort(axes))).transpose(axes)
            check("divide", [a, b])
            check("divide", [a.T, a.T])
            check("divide", [b[:, None], b])


def test_a_step_of_more_than_two_gigabytes() -> None:
    room = np.lib.stride_tricks.as_strided(np.zeros(2), (2,), (8,))
    kernel, _ = address_of(call("negative"), (float64,))
    far = np.lib.stride_tricks.as_strided(room, (2,), ((1 << 31) + 8,))
    out = np.zeros(2)
    # one element of a step that leads nowhere: it must not be taken
    call_loop(kernel, [far, out], 1)
    assert np.array_equal(out, [-0.0, 0.0])


@pytest.mark.parametrize("target", runnable())
def test_where_and_out(target: str) -> None:
    a, b, c = values("multiply_add f64", 300)
    mask = np.arange(300) % 3 == 0
    out = np.zeros(300)
    compiled("multiply_add f64", target)(a, b, c, out=out, where=mask)
    assert np.array_equal(out, np.where(mask, a * b + c, 0.0))


@needs_protection
@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize(("kind", "dtype"), [(int8, "i1"), (float16, "f2"), (float32, "f4"), (float64, "f8"), (complex128, "c16")])
def test_nothing_beyond_the_operands_is_touched(kind, dtype: str, target: str) -> None:  # type: ignore[no-untyped-def]
    kernel = ufunc_of(call("negative"), (kind,), name=target)
    with GuardedMemory() as source, GuardedMemory() as place:
        for n in (*range(1, 36), 63, 64, 65, 127, 128, 129, 200):
            for step in (1, 2, -1, 3):
                for at_end in (False, True):
                    # a strided array ends with its last element, not with what would follow that
                    spread = (n - 1) * abs(step) + 1
                    x, out = (memory.array(dtype, spread, at_end=at_end)[::step] for memory in (source, place))
                    x[:] = 3
                    kernel(x, out=out)
                    kernel(out, out=x)
                    assert (out == -3).all() and (x == 3).all()


# -- overlap

SHIFTS = range(-130, 131)


@pytest.mark.parametrize(("kind", "dtype"), [(float32, "f4"), (float64, "f8"), (int8, "i1")])
def test_an_output_that_overlaps_the_input(kind, dtype: str) -> None:  # type: ignore[no-untyped-def]
    kernel = ufunc_of(call("negative"), (kind,))
    for n in (1, 17, 64, 131, 200):
        for shift in SHIFTS:
            room = np.arange(600).astype(dtype)
            wanted = room.copy()
            wanted[200 + shift : 200 + shift + n] = -room[200 : 200 + n]
            kernel(room[200 : 200 + n], out=room[200 + shift : 200 + shift + n])
            assert np.array_equal(room, wanted), (n, shift)


def views(n: int, step: int, shift: int) -> Iterator[tuple[slice, slice]]:
    reach = n * step
    start = 300 if step > 0 else 301
    stop = start + reach if start + reach >= 0 else None
    yield slice(start, stop, step), slice(start + shift, stop + shift if stop is not None else None, step)


@pytest.mark.parametrize("steps", [(1, 1), (2, 2), (-1, -1), (1, -1), (-1, 1), (2, 1), (1, 2), (3, 2), (-2, -1)])
def test_overlapping_steps(steps: tuple[int, int]) -> None:
    kernel = compiled("divide")
    first, second = steps
    for n in (1, 2, 33, 70):
        for shift in (-140, -33, -2, -1, 0, 1, 2, 5, 33, 140):
            room = np.arange(1.0, 801.0)
            source = room[400 : 400 + n * first : first]
            target = room[400 + shift : 400 + shift + n * second : second]
            wanted = room.copy()
            wanted[400 + shift : 400 + shift + n * second : second] = source.copy() / 4
            kernel(source, np.array(4.0), out=target)
            assert np.array_equal(room, wanted), (n, shift)


def sequential(room: Array, source: slice, target: slice, n: int) -> Array:
    """Return what element after element gives, each read after all before it were written."""
    made = room.copy()
    read, written = made[source], made[target]
    for k in range(n):
        written[k] = -read[k]
    return made


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize(("kind", "dtype"), [(float32, "f4"), (float64, "f8"), (int8, "i1")])
def test_the_loop_itself_goes_in_order(kind, dtype: str, target: str) -> None:  # type: ignore[no-untyped-def]
    address, _ = address_of(call("negative"), (kind,), target)
    for step in (1, 2, -1, 3):
        for n in (2, 33, 70):
            for shift in (*range(-6, 7), -40, 40, -69, 69):
                room = (np.arange(700) % 100).astype(dtype)
                source = slice(350, 350 + n * step, step)
                place = slice(350 + shift, 350 + shift + n * step, step)
                wanted = sequential(room, source, place, n)
                call_loop(address, [room[source], room[place]], n)
                assert np.array_equal(room, wanted), (step, n, shift)


def test_the_loop_itself_keeps_apart_what_differs_in_size() -> None:
    """An output wider than its input runs ahead of it, a narrower one stays behind."""
    widen, _ = address_of(lambda b, x: [cast_value(b, x[0], float64)], (int8,))
    narrow, _ = address_of(lambda b, x: [cast_value(b, x[0], int8)], (float64,))
    for address, read, written in ((widen, "i1", "f8"), (narrow, "f8", "i1")):
        for n in (2, 16, 33, 70):
            for shift in (-640, -70, -33, -8, 0, 8, 16, 64, 640):
                room = np.zeros(3000, np.uint8)
                start = room[1000 - 1000 % 8 :]
                source = start[: n * np.dtype(read).itemsize].view(read)
                source[:] = np.arange(1, n + 1)
                place = room[1000 - 1000 % 8 + shift :][: n * np.dtype(written).itemsize].view(written)
                other = room.copy()
                s = other[1000 - 1000 % 8 :][: source.nbytes].view(read)
                t = other[1000 - 1000 % 8 + shift :][: place.nbytes].view(written)
                for k in range(n):
                    with np.errstate(invalid="ignore"):
                        t[k] = s[k] if abs(float(s[k])) < 2**31 else np.float64(s[k]).astype(written)
                with np.errstate(invalid="ignore"):
                    call_loop(address, [source, place], n)
                assert np.array_equal(room, other), (read, n, shift)


@pytest.mark.parametrize("name", ["multiply_add f64", "multiply_add i8", "two outputs"])
def test_an_output_in_place_of_any_input(name: str) -> None:
    for n in (1, 31, 32, 33, 129, 1000):
        for k in range(len(KERNELS[name].types)):
            for step in (1, 2, -1):
                inputs = [spread(x, step) for x in values(name, n)]
                wanted = expected(name, [x.copy() for x in inputs])
                outputs = [inputs[k], *[np.zeros(n, inputs[k].dtype) for _ in wanted[1:]]]
                compiled(name)(*inputs, out=tuple(outputs))
                for got, want in zip(outputs, wanted, strict=True):
                    assert np.array_equal(got, want)


# -- carried values


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize(
    ("name", "kind"),
    [("add", int64), ("add", float32), ("multiply", int8), ("maximum", float64), ("logical_xor", bool_), ("multiply", complex128),
     ("subtract", float16), ("floor_divide", int32), ("fmod", float64)],
)  # fmt: skip
def test_reduce_accumulate_reduceat_and_at(name: str, kind, target: str) -> None:  # type: ignore[no-untyped-def]
    kernel = ufunc_of(call(name), (kind, kind), name=target)
    numpy = TABLE[name].numpy
    assert numpy is not None
    random = np.random.default_rng(5)
    numbers = random.integers(1, 4, (40, 70)).astype(kind.dtype)
    for array in (numbers, numbers[:, ::-1], numbers[::2, ::3], numbers.T, numbers[:1], numbers[:2, :5]):
        for axis in (0, 1):
            accumulated = numpy.accumulate(array, axis=axis, dtype=kind.dtype)
            assert np.array_equal(kernel.accumulate(array, axis=axis), accumulated)
            # NumPy adds in pairs; element after element is what accumulating does
            assert np.array_equal(kernel.reduce(array, axis=axis), np.take(accumulated, -1, axis))
            places = [0, 1] if array.shape[axis] < 8 else [0, 5, 3, 7]
            if array.shape[axis] > 1:
                assert np.array_equal(kernel.reduceat(array, places, axis=axis), numpy.reduceat(array, places, axis=axis, dtype=kind.dtype))
    ours, theirs = numbers[0].copy(), numbers[0].copy()
    places = np.array([1, 1, 5, 3, 1])
    kernel.at(ours, places, numbers[1][:5])
    numpy.at(theirs, places, numbers[1][:5])
    assert np.array_equal(ours, theirs)


def test_accumulating_in_place() -> None:
    kernel = ufunc_of(call("add"), (int64, int64))
    for n in (2, 33, 1000):
        numbers = np.arange(n)
        kernel.accumulate(numbers, out=numbers)
        assert np.array_equal(numbers, np.add.accumulate(np.arange(n)))


# -- past the caches


@pytest.mark.parametrize("target", runnable())
@pytest.mark.parametrize("name", ["multiply_add f32", "guarded reciprocal", "multiply c64", "f32 to bool", "f16", "multiply_add i8"])
def test_stores_past_the_caches(name: str, target: str) -> None:
    """The loop over blocks told that it may stream, which it is only for operands of many megabytes."""
    kernel = KERNELS[name]
    module, _ = module_of(kernel.write, kernel.types, target)
    text = module.text.replace("define internal i1 @blocks", "define i1 @blocks")
    blocks = load_object(cpu.compile_object(text, quick=True, processor=processor(target)))["blocks"]
    loop = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_int64, ctypes.c_bool)(blocks)
    for n in lengths(32):
        inputs = values(name, n)
        (wanted,) = expected(name, inputs)
        room = np.zeros(n * wanted.itemsize + 128, np.uint8)
        start = -room.ctypes.data % 64
        out = room[start : start + n * wanted.itemsize].view(wanted.dtype)
        pointers = (ctypes.c_void_p * (len(inputs) + 1))(*(array.ctypes.data for array in (*inputs, out)))
        assert loop(pointers, n, True) is False
        assert np.array_equal(out, wanted) and not room[:start].any() and not room[start + out.nbytes :].any()
