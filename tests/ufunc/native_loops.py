"""Inner loops for the tests of NumPy objects: elementwise ones as LLVM text, those with core dimensions as Python callbacks."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from cobra.runtime.text_loader import load_text
from cobra.ufunc.numpy_object import LoopSlot, make_ufunc
from cobra.ufunc.signature import Signature

LoopAddress = int
_ADDRESS = ctypes.c_size_t
_INNER_LOOP = ctypes.CFUNCTYPE(None, _ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS)
_callbacks: list[object] = []


@cache
def elementwise(kind: str, inputs: int, bodies: tuple[str, ...]) -> LoopAddress:
    """Return a loop over one LLVM type; each body computes ``%r`` of one output from ``%x0``, ``%x1``, ..."""
    count = inputs + len(bodies)
    lines = ["define void @loop(ptr %args, ptr %dims, ptr %steps, ptr %data) {", "entry:", "  %n = load i64, ptr %dims"]
    for k in range(count):
        lines += [f"  %a{k} = getelementptr ptr, ptr %args, i64 {k}", f"  %p{k} = load ptr, ptr %a{k}"]
        lines += [f"  %b{k} = getelementptr i64, ptr %steps, i64 {k}", f"  %s{k} = load i64, ptr %b{k}"]
    lines += ["  br label %test", "test:", "  %i = phi i64 [0, %entry], [%j, %body]", "  %more = icmp slt i64 %i, %n"]
    lines += ["  br i1 %more, label %body, label %done", "body:", "  %j = add i64 %i, 1"]
    for k in range(count):
        lines += [f"  %o{k} = mul i64 %i, %s{k}", f"  %q{k} = getelementptr i8, ptr %p{k}, i64 %o{k}"]
    lines += [f"  %x{k} = load {kind}, ptr %q{k}" for k in range(inputs)]
    for k, body in enumerate(bodies):
        text = body.replace("%r", f"%r{k}").replace("%t", f"%t{k}")
        lines += [f"  {text}", f"  store {kind} %r{k}, ptr %q{inputs + k}"]
    return load_text("\n".join([*lines, "  br label %test", "done:", "  ret void", "}"]))["loop"]


def add(kind: str = "double") -> LoopAddress:
    return elementwise(kind, 2, (f"%r = {'add' if kind.startswith('i') else 'fadd'} {kind} %x0, %x1",))


def multiply() -> LoopAddress:
    return elementwise("double", 2, ("%r = fmul double %x0, %x1",))


def sum_and_difference() -> LoopAddress:
    return elementwise("double", 2, ("%r = fadd double %x0, %x1", "%r = fsub double %x0, %x1"))


def generalised(function: Callable[..., object], operands: Sequence[str], symbols: str) -> LoopAddress:
    """Return a loop over float64 operands that calls a Python function with views of the core arrays, inputs then outputs.

    ``operands`` names the symbols of each operand, one character each; ``symbols`` lists them in NumPy's order.
    """

    def loop(args: int, dims: int, steps: int, _: int) -> None:
        count, *sizes = _words(dims, 1 + len(symbols))
        size_of = dict(zip(symbols, sizes, strict=True))
        pointers = _words(args, len(operands))
        outer, inner = _words(steps, len(operands)), iter(_words(steps + 8 * len(operands), sum(map(len, operands))))
        strides = [tuple(next(inner) for _ in operand) for operand in operands]
        for i in range(count):
            function(*(
                _view(pointer + i * step, tuple(size_of[s] for s in operand), stride)
                for pointer, step, operand, stride in zip(pointers, outer, operands, strides, strict=True)
            ))  # fmt: skip

    _callbacks.append(_INNER_LOOP(loop))
    return ctypes.cast(_callbacks[-1], ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _words(address: int, count: int) -> list[int]:
    return list((ctypes.c_int64 * count).from_address(address))


def _view(address: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    interface = {"version": 3, "typestr": "<f8", "data": (address, False), "shape": shape, "strides": strides}
    return np.asarray(type("Memory", (), {"__array_interface__": interface})())


def gufunc(text: str, function: Callable[..., object], operands: list[str], symbols: str) -> np.ufunc:
    """Return a gufunc with a signature; the other arguments are those of `generalised`."""
    signature = Signature.parse(text)
    slot = LoopSlot("d" * len(operands), generalised(function, operands, symbols))
    return make_ufunc("kernel", [slot], len(signature.inputs), len(signature.outputs), signature=signature)[0]
