"""Each view of a loop, the way back from its text, and what is no kernel or no loop."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import cobra
from cobra.compiler.ir.printing import print_function
from cobra.errors import InvalidCall, InvalidText

LOOKS = [cobra.inspect.ir, cobra.inspect.llvm, cobra.inspect.asm, cobra.inspect.graph, cobra.inspect.metadata]


@cobra.ufunc(types=["ff->f", "dd->d", "dl->d"])
def blend(x, y):
    return x * 0.25 + y if x > 0 else y


@cobra.ufunc(signature="(n)->()", types="d->d")
def total(x, out):
    out[0] = 0
    for value in x:
        out[0] += value


def test_representation() -> None:
    text = cobra.inspect.ir(blend)
    assert "%x: float64" in text and "mul" in text and "test_views.py" in text
    assert cobra.inspect.ir(cobra.ufunc(lambda x: np.maximum(x, 1), types="d->d"), lowered=True).count("maximum") == 0
    assert "for" in cobra.inspect.ir(total)


def test_llvm_text() -> None:
    text = cobra.inspect.llvm(blend)
    assert "define void @cobra_loop(" in text and "double" in text
    assert "define void @cobra_loop(" in cobra.inspect.llvm(blend, optimised=True)


def test_assembly() -> None:
    assert "cobra_loop:" in cobra.inspect.asm(blend) and "cobra_loop:" in cobra.inspect.asm(total, "d->d")


@pytest.mark.parametrize(
    ("types", "seen"), [(None, "%y: float64"), ("ff->f", "%x: float32"), ("ff", "%x: float32"), ("dl -> d", "%y: int64")]
)
def test_choice_of_a_loop(types: str | None, seen: str) -> None:
    assert seen in cobra.inspect.ir(blend, types)


@pytest.mark.parametrize("types", ["ii->i", "f", "", "spam"])
def test_no_such_loop(types: str) -> None:
    with pytest.raises(InvalidCall, match=r"'blend' has no loop(.|\n)*It has ff->f, dd->d, dl->d"):
        cobra.inspect.ir(blend, types)


@pytest.mark.parametrize("thing", [np.add, len, blend.__wrapped__, None, "blend"], ids=type)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
def test_what_is_no_kernel(look, thing: object) -> None:
    with pytest.raises(InvalidCall, match=r"is no kernel of Cobra's(.|\n)*Make one with @cobra.ufunc"):
        look(thing)


def test_bound_and_unpickled_kernels() -> None:
    assert "%y" not in cobra.inspect.ir(cobra.bind(blend, y=1.0), "d->d")
    assert cobra.inspect.llvm(pickle.loads(pickle.dumps(blend))) == cobra.inspect.llvm(blend)


def test_source_lines() -> None:
    lines = cobra.inspect.ir(blend, source=True).splitlines()
    assert any("multiply" in line and line.endswith("  return x * 0.25 + y if x > 0 else y") for line in lines)
    assert "return x" not in cobra.inspect.ir(blend)


@pytest.mark.parametrize("kernel", [blend, total], ids=["blend", "total"])
@pytest.mark.parametrize("lowered", [False, True])
@pytest.mark.parametrize("source", [False, True])
def test_a_view_is_read_again(kernel: np.ufunc, lowered: bool, source: bool) -> None:
    text = cobra.inspect.ir(kernel, lowered=lowered, source=source)
    again = print_function(cobra.inspect.parse(text))
    assert again == "\n".join(line.partition("  ; ")[0] for line in text.splitlines())
    assert cobra.inspect.ir(cobra.inspect.parse(text)) == again
    if not lowered:
        assert cobra.inspect.ir(cobra.inspect.parse(text), lowered=True) == print_function(
            cobra.inspect.parse(cobra.inspect.ir(kernel, lowered=True))
        )


def test_what_is_no_view() -> None:
    with pytest.raises(InvalidText, match=r"there is no operation 'ad'(.|\n)*<representation>:2"):
        cobra.inspect.parse("function f(%x: float64) -> (float64) {\n  %0: float64 = ad %x, %x\n  return %0\n}")
    with pytest.raises(InvalidCall, match="read from a text, not from the int 3"):
        cobra.inspect.parse(3)  # type: ignore[arg-type]


def test_a_scalar_function() -> None:
    @cobra.function
    def scale(x: cobra.float32, y: cobra.float32) -> cobra.float32:
        return x * y + 1

    assert "%x: float32" in cobra.inspect.ir(scale)
    assert "define" in cobra.inspect.llvm(scale)
    assert "cobra_function:" in cobra.inspect.asm(scale)
    assert "define" in cobra.inspect.llvm(scale, optimised=True)
