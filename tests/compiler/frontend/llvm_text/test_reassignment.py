"""Names assigned again in texts that only LLVM understands."""

from __future__ import annotations

import numpy as np
import pytest

import cobra
from cobra import float64
from cobra.compiler.frontend.llvm_text.reassignment import assigned_once
from cobra.compiler.frontend.llvm_text.tokens import Tokens
from tests.compiler.frontend.llvm_text.inline_texts import locate_in


@pytest.mark.parametrize(
    ("text", "given", "expected", "last"),
    [
        ("%a = f %x\n%b = g %a", "x", None, {}),
        ("%a = f %x\n%a = g %a, %a\nstore %a", "x", "%a = f %x\n%a.2 = g %a, %a\nstore %a.2", {"%a": "%a.2"}),
        ("%x = f %x ; %x\nfence %x", "x", "%x.2 = f %x ; %x\nfence %x.2", {"%x": "%x.2"}),
        ("entry:\n%a = f\n%a = g %a", "", "entry:\n%a = f\n%a.2 = g %a", {"%a": "%a.2"}),
        ("%a = f %a = g\n%a.2 = h %a", "", "%a = f %a.3 = g\n%a.2 = h %a.3", {"%a": "%a.3"}),
        ('%"a b" = f\n%"a b" = g %"a b"', "", '%"a b" = f\n%"a b.2" = g %"a b"', {"%a b": "%a b.2"}),
        ("%a = f\n%a = g\n  [%a, %a],\n  %a\n%b = h %a", "", "%a = f\n%a.2 = g\n  [%a, %a],\n  %a\n%b = h %a.2", {"%a": "%a.2"}),
        ("%a = f\nbr label %n\nn:\n%a = g %a", "", None, {}),
        ("%p = type { i8 }\n%p = type { i8 }", "", None, {}),
        ("", "", None, {}),
    ],
)
def test_names(text: str, given: str, expected: str | None, last: dict[str, str]) -> None:
    found = assigned_once(Tokens(text, locate_in(text)), [f"%{name}" for name in given])
    assert (found.text, found.last) == (text if expected is None else expected, last)


def test_a_kernel() -> None:
    @cobra.ufunc
    def kernel(x: float64) -> float64:
        result: float64
        cobra.inline("""
            fence seq_cst
            %x = fmul double %x, %x
            %result = fadd double %x, 1.0
            %result = fmul double %result, %x
        """)
        return result + x

    x = np.array([1.0, 2.0, 3.0])
    assert kernel(x).tolist() == ((x**2 + 1) * x**2 + x**2).tolist()


def test_a_mistake_is_shown_on_its_line() -> None:
    def kernel(x: float64) -> float64:
        result: float64
        cobra.inline("""
            fence seq_cst
            %result = fmul double %x, %x
            %result = fmul double %result, %nothing
        """)
        return result

    with pytest.raises(cobra.errors.InvalidText) as caught:
        cobra.ufunc(kernel)
    assert caught.value.location is not None and "%nothing" in caught.value.location.text
