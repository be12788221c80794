"""The functions of `cobra.math` compute in the type of their operands."""

from __future__ import annotations

import pytest

import cobra
from cobra.inspect import ir


@pytest.mark.parametrize("name", sorted(set(dir(cobra.math)) - {"frexp", "ldexp", "modf", "sincos"}))
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_nothing_is_converted(name: str, kind: str) -> None:
    kernel = getattr(cobra.math, name)
    code = {"float32": "f", "float64": "d"}[kind]
    text = str(ir(kernel, f"{code * kernel.nin}->{code}"))
    assert "cast" not in text
    assert f"-> ({kind})" in text
