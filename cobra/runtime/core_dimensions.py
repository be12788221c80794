"""Native code that computes the sizes of output dimensions, such as ``n+1`` in ``(n)->(n+1)``.

In: the symbols of a signature in NumPy's order and the formulas of those that are computed. Out: the address of a function
``int f(ufunc, sizes)`` as NumPy's field ``process_core_dims_func`` wants it. Sizes the caller's ``out=`` has given are only
checked: NumPy forbids changing them.

One signature is one small module. A formula becomes straight-line code: a division by zero, an overflow and a negative
result are gathered in one flag each, so that the code has a single branch per kind of mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cobra.runtime.size_formula import Formula, Name, Number, Operator, names_of
from cobra.runtime.text_loader import load_text, text_constant

_WRAPPING: dict[Operator, str] = {"+": "sadd", "-": "ssub", "*": "smul"}

_DECLARATIONS = """
declare ptr @PyErr_Format(ptr, ptr, ...)
@PyExc_ValueError = external global ptr
declare { i64, i1 } @llvm.sadd.with.overflow.i64(i64, i64)
declare { i64, i1 } @llvm.ssub.with.overflow.i64(i64, i64)
declare { i64, i1 } @llvm.smul.with.overflow.i64(i64, i64)

; Division that rounds down. The quotient by 0 is of no consequence, and that by -1 is taken elsewhere, as it can overflow.
define private i64 @floor_divide(i64 %left, i64 %right) alwaysinline nounwind {
  %is_zero = icmp eq i64 %right, 0
  %is_minus_one = icmp eq i64 %right, -1
  %is_special = or i1 %is_zero, %is_minus_one
  %divisor = select i1 %is_special, i64 1, i64 %right
  %quotient = sdiv i64 %left, %divisor
  %remainder = srem i64 %left, %divisor
  %is_inexact = icmp ne i64 %remainder, 0
  %signs = xor i64 %remainder, %divisor
  %differ = icmp slt i64 %signs, 0
  %is_above = and i1 %is_inexact, %differ
  %excess = zext i1 %is_above to i64
  %floor = sub i64 %quotient, %excess
  ret i64 %floor
}
"""


def core_size_function(signature: str, symbols: Sequence[str], formulas: Mapping[int, Formula]) -> int:
    """Return the address of the function that fills in the computed sizes of a signature.

    Parameters
    ----------
    signature
        The signature as the user knows it, for error messages.
    symbols
        The distinct symbols in the order in which NumPy keeps their sizes.
    formulas
        The formula of each computed size by the index of its symbol.
    """
    return load_text(core_size_text(signature, symbols, formulas))["core_sizes"]


def core_size_text(signature: str, symbols: Sequence[str], formulas: Mapping[int, Formula]) -> str:
    """Return the module whose function ``core_sizes`` fills in the computed sizes."""
    writer = _Writer(signature, symbols)
    for index, formula in formulas.items():
        writer.fill_in(index, formula)
    body = "\n".join(writer.lines)
    return (
        f"{_DECLARATIONS}\n" + "\n".join(writer.constants) + f"\ndefine i32 @core_sizes(ptr %ufunc, ptr %sizes) nounwind {{\n"
        f"{body}\n  ret i32 0\n}}\n"
    )


class _Writer:
    """Write the instructions of one module in order."""

    def __init__(self, signature: str, symbols: Sequence[str]) -> None:
        self.signature, self.symbols = signature, symbols
        self.lines: list[str] = []
        self.constants: list[str] = []
        self.count = 0
        self.overflows: list[str] = []
        self.zero_divisors: list[str] = []

    def let(self, instruction: str) -> str:
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def load_size(self, index: int) -> str:
        return self.let(f"load i64, ptr {self.let(f'getelementptr i64, ptr %sizes, i64 {index}')}")

    def fill_in(self, index: int, formula: Formula) -> None:
        self.overflows, self.zero_divisors = [], []
        size = self.value(formula)
        given = self.load_size(index)
        self.fail_if(self.any_of(self.zero_divisors), formula, "divides by zero", [])
        self.fail_if(self.any_of(self.overflows), formula, "is beyond 64 bits", [])
        self.fail_if(self.let(f"icmp slt i64 {size}, 0"), formula, "is %zd, which is negative", [size])
        is_free = self.let(f"icmp eq i64 {given}, -1")
        wanted = self.let(f"select i1 {is_free}, i64 {size}, i64 {given}")
        what = "is %zd, but out= has size %zd there"
        self.fail_if(self.let(f"icmp ne i64 {wanted}, {size}"), formula, what, [size, given])
        self.lines.append(f"  store i64 {size}, ptr {self.let(f'getelementptr i64, ptr %sizes, i64 {index}')}")

    def value(self, formula: Formula) -> str:
        match formula:
            case Name():
                return self.load_size(self.symbols.index(formula.text))
            case Number():
                return str(formula.value)
            case _:
                left, right = self.value(formula.left), self.value(formula.right)
                return self.apply(formula.operator, left, right)

    def apply(self, operator: Operator, left: str, right: str) -> str:
        if operator != "//":
            return self.wrapping(_WRAPPING[operator], left, right)
        self.zero_divisors.append(self.let(f"icmp eq i64 {right}, 0"))
        quotient = self.let(f"call i64 @floor_divide(i64 {left}, i64 {right})")
        is_minus_one = self.let(f"icmp eq i64 {right}, -1")
        minuend = self.let(f"select i1 {is_minus_one}, i64 {left}, i64 0")
        return self.let(f"select i1 {is_minus_one}, i64 {self.wrapping('ssub', '0', minuend)}, i64 {quotient}")

    def wrapping(self, operation: str, left: str, right: str) -> str:
        pair = self.let(f"call {{ i64, i1 }} @llvm.{operation}.with.overflow.i64(i64 {left}, i64 {right})")
        self.overflows.append(self.let(f"extractvalue {{ i64, i1 }} {pair}, 1"))
        return self.let(f"extractvalue {{ i64, i1 }} {pair}, 0")

    def any_of(self, flags: Sequence[str]) -> str:
        result = "false"
        for flag in flags:
            result = self.let(f"or i1 {result}, {flag}")
        return result

    def fail_if(self, flag: str, formula: Formula, what: str, arguments: Sequence[str]) -> None:
        if flag == "false":
            return
        number = len(self.constants)
        names = list(dict.fromkeys(names_of(formula)))
        known = ", ".join(f"{name} = %zd" for name in names)
        message = f"signature {self.signature}: the size {formula} {what} ({known})"
        self.constants.append(text_constant(f"message{number}", message))
        self.lines += [f"  br i1 {flag}, label %fail{number}, label %go_on{number}", f"fail{number}:"]
        sizes = [self.load_size(self.symbols.index(name)) for name in names]
        passed = "".join(f", i64 {size}" for size in (*arguments, *sizes))
        kind = self.let("load ptr, ptr @PyExc_ValueError")
        self.let(f"call ptr (ptr, ptr, ...) @PyErr_Format(ptr {kind}, ptr @message{number}{passed})")
        self.lines += ["  ret i32 -1", f"go_on{number}:"]
