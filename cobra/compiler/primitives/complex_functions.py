"""Complex functions in terms of real and imaginary parts: the math library's own, or those of the C library.

They compute in complex128, whose two parts every ABI of interest passes and returns in registers; complex64 is widened and
rounded.
"""

from __future__ import annotations

from cobra.compiler.ir.builder import Builder
from cobra.compiler.ir.operations import ArgumentType, Loop, Operation, Primitive
from cobra.compiler.ir.values import Value
from cobra.compiler.primitives.casts import cast_value
from cobra.compiler.primitives.complex_parts import make_complex, parts
from cobra.compiler.primitives.expansion import Expand, for_kinds, scalar_of
from cobra.compiler.primitives.lowerings import complex_library_call
from cobra.compiler.primitives.type_rules import expect_count, names
from cobra.types import float64

_ERRORS = frozenset({"divide", "over", "under", "invalid"})


def _library_primitive(function: str, module: str) -> Primitive:
    operands = 2 if function == "cpow" else 1
    count = 2 * operands

    def rule(arguments: tuple[ArgumentType, ...]) -> Loop:
        expect_count(function, arguments, count)
        if any(argument != float64 for argument in arguments):
            raise TypeError(f"{function} takes float64 parts, not {names(arguments)}")
        return Loop((float64,) * count, (float64, float64))

    return Primitive(
        name=function,
        doc=f"Call `{function}` of the C library on the parts of {'a complex number' if operands == 1 else 'complex numbers'}.",
        rule=rule,
        lower=complex_library_call(function),
        plain=True,
        raises=_ERRORS,
        library=(function,),
        definition=f"{module}.{function}",
    )


_MODULES = {
    "complex_exponential": ("cexp",),
    "complex_hyperbolic": ("csin", "ccos", "ctan", "csinh", "ccosh", "ctanh"),
    "complex_logarithm": ("clog",),
    "complex_roots": ("csqrt",),
    "complex_inverse": ("casin", "cacos", "catan", "casinh", "cacosh", "catanh"),
    "complex_power": ("cpow",),
}
"""Which modules of the math library define the functions."""

FUNCTIONS = {function: _library_primitive(function, module) for module, functions in _MODULES.items() for function in functions}


def call_complex(build: Builder, function: str, *operands: Value) -> Value:
    """Append the call of a complex library function on complex values and return its complex result."""
    component = scalar_of(operands[0]).component
    given = [cast_value(build, part, float64) for operand in operands for part in parts(build, operand)]
    made = build.many(FUNCTIONS[function], *given)
    return build(make_complex, *(cast_value(build, part, component) for part in made))


def complex_by_library(function: str) -> Expand:
    """Return the expansion that sends complex operands to a library function and keeps real ones."""

    def expand(build: Builder, operation: Operation) -> tuple[Value, ...]:
        return (call_complex(build, function, *operation.operands),)

    return for_kinds(complex=expand)


RECORDS = tuple(FUNCTIONS.values())
