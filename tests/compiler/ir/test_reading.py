"""Printed functions are read as what they were: all types, constants and statements; whatever is no such text is refused."""

from __future__ import annotations

import math
import random
import re
import struct
from collections.abc import Sequence
from typing import Any

import pytest

import cobra
from cobra.compiler.ir.builder import Builder, constant
from cobra.compiler.ir.operations import Function
from cobra.compiler.ir.printing import print_function
from cobra.compiler.ir.reading import read_function
from cobra.compiler.ir.values import Constant, Value, Variable
from cobra.compiler.pipeline import run_passes, translate
from cobra.compiler.primitives.table import TABLE
from cobra.errors import CobraError, InvalidText
from cobra.types import SCALAR_TYPES, ArrayType, bool_, complex64, complex128, float16, float32, float64, int8, int64, uint64
from cobra.ufunc.kernel import kernel_of
from tests.compiler.frontend.llvm_text.inline_texts import SAMPLES, translated
from tests.compiler.frontend.llvm_text.random_texts import StraightLine
from tests.compiler.golden_kernels import KERNELS, function_of
from tests.compiler.ir import same_functions
from tests.compiler.ir.same_functions import check_round_trip, same
from tests.compiler.primitives.native_code import lowered, single
from tests.compiler.primitives.test_against_numpy import loops
from tests.effort import calls_of

ADD, STORE = TABLE["add"], TABLE["store"]


def nan(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def returning(*values: Value, parameters: Sequence[Variable] = ()) -> Function:
    return Function("f", tuple(parameters), Builder().finish(values))


def golden_function(name: str) -> Function:
    golden = KERNELS[name]
    kernel = kernel_of(cobra.ufunc(function_of(golden), types=golden.types, signature=golden.signature, source=golden.source))
    assert kernel is not None
    return translate(kernel.spec, kernel.loops[0], kernel.symbols).function


# -- what is read


@pytest.mark.parametrize("name", KERNELS)
def test_golden_kernels(name: str) -> None:
    function = golden_function(name)
    check_round_trip(function)
    check_round_trip(run_passes(function))


@pytest.mark.parametrize("name", [record.name for record in TABLE.values() if record.numpy is not None])
def test_every_operation_of_numpy(name: str) -> None:
    for types in loops(TABLE[name]):
        function = single(TABLE[name], types).function
        check_round_trip(function)
        check_round_trip(lowered(function))


@pytest.mark.parametrize("name", SAMPLES)
def test_inline_texts(name: str) -> None:
    check_round_trip(translated(SAMPLES[name].text, SAMPLES[name].arguments, {"result": None}))


@pytest.mark.parametrize("seed", range(12))
def test_random_inline_texts(seed: int) -> None:
    made = StraightLine(seed, 40)
    check_round_trip(translated(made.text, dict(made.arguments), {"result": None}))


def test_every_kernel_of_the_suite_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(same_functions, "check_round_trip", lambda function: checked.append(function.name))
    cobra.ufunc(lambda x: x * 3 + 1, types="d->d", name="seen")(2.0)
    assert checked == ["seen", "seen"]


CONSTANTS = [
    *[Constant(bool_, value) for value in (True, False)],
    *[constant(value, kind) for kind in SCALAR_TYPES[1:] for value in (0, 1, 7)],
    *[constant(-1, kind) for kind in SCALAR_TYPES[1:]],
    Constant(int64, -(1 << 63)), Constant(int64, (1 << 63) - 1), Constant(uint64, (1 << 64) - 1), Constant(int8, -128),
    *[constant(value, kind) for kind in (float16, float32, float64)
      for value in (0.1, -0.0, math.inf, -math.inf, 6e-8, 65504.0, 1 / 3, 5e-324, 1.7e308)],
    *[Constant(kind, nan(bits)) for kind in (float32, float64)
      for bits in (0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000020000000, 0x7FF0000000000001)],
    *[Constant(kind, complex(real, imaginary)) for kind in (complex64, complex128)
      for real in (0.0, -0.0, 1.5, math.inf, math.nan, nan(0xFFF8000000000000)) for imaginary in (0.0, -0.0, -2.0, -math.inf, math.nan)],
]  # fmt: skip


@pytest.mark.parametrize("value", CONSTANTS, ids=lambda value: f"{value.type}-{value.value!r}")
def test_constants_are_exact(value: Constant) -> None:
    check_round_trip(returning(value))


@pytest.mark.parametrize("dimensions", [(), ("",), ("", ""), ("n",), ("m", ""), ("3", "n"), ("n+1",), ("n?",), ("n*m-2",)], ids=repr)
def test_array_types(dimensions: tuple[str, ...]) -> None:
    size = Variable(int64, "n")
    array = Variable(ArrayType(float32, dimensions), "x")
    check_round_trip(Function("f", (array,), Builder().finish(()), (size,), 1))


@pytest.mark.parametrize(
    "names",
    [["x", "x", "x0", "", "", "x"], ["", "5", "0"], ["größe", "odd name", "a.b", 'quo"te', "odd_name"], ["", "x1", "x", "x"]],
    ids=repr,
)
def test_names_that_clash_or_are_odd(names: list[str]) -> None:
    parameters = [Variable(float64, name) for name in names]
    function = returning(*parameters, parameters=parameters)
    check_round_trip(function)
    assert len(set(re.findall(r"%[\w.]+", print_function(function)))) == len(names)


@pytest.mark.parametrize("name", ["<lambda>", "f(x)", "it's", 'say "no"', "a\nb", "f;g", "über", "two words", ""])
def test_names_of_functions(name: str) -> None:
    check_round_trip(Function(name, (), Builder().finish(())))


@pytest.mark.parametrize("message", ["", "plain", "it's; not {done}", 'a "quote"', "\n\\n\t\x00", "%x = 1:int64", "ünïcödé \u2028"])
def test_texts_in_attributes(message: str) -> None:
    build = Builder()
    x = Variable(bool_, "x")
    build.operation(TABLE["fail_if"], [x], [], exception="ValueError", message=message)
    check_round_trip(Function("f", (x,), build.finish(())))


def test_attributes_of_a_function() -> None:
    check_round_trip(Function("f", (), Builder().finish(()), attributes={"note": "a {brace}", "count": -3}))


def test_a_text_by_hand_in_free_form() -> None:
    text = """
    ; the comment of a text; it has 'quotes' and "more
    function  f ( %x:float64 ,%n :int64 )->( float64 ){

        %total: float64 = for %k below %n carrying (%sum: float64 = 0.5:float64) {   ; file.py:3  for k in range(n):
            %next:float64=add %sum,%x
            yield %next
        }
        return %total
    }
    """
    function = read_function(text, TABLE)
    check_round_trip(function)
    assert print_function(function).splitlines()[0] == "function f(%x: float64, %n: int64) -> (float64) {"
    assert read_function(print_function(function), TABLE).name == "f"


@pytest.mark.parametrize(
    ("old", "new"),
    [("1.0", "2.0"), ("add", "subtract"), ("%x, %y", "%y, %x"), ("return %0", "return %x"), ("function f", "function g")],
)
def test_the_comparison_sees_a_difference(old: str, new: str) -> None:
    text = (
        "function f(%x: float64, %y: float64) -> (float64) {\n  %0: float64 = add %x, %y\n"
        "  %1: float64 = add %0, 1.0:float64\n  return %0\n}"
    )
    assert same(read_function(text, TABLE), read_function(text, TABLE))
    assert not same(read_function(text, TABLE), read_function(text.replace(old, new), TABLE))


def test_reading_takes_few_calls_for_an_operation() -> None:
    line = "  %{}: float64 = add %x, {}.5:float64\n"
    text = "function f(%x: float64) -> (float64) {\n" + "".join(line.format(k, k) for k in range(5000)) + "  return %4999\n}"
    assert calls_of(lambda: read_function(text, TABLE)) < 270 * 5_000


# -- what is refused

HEAD = "function f(%x: float64, %n: int64, %b: bool) -> (float64) {\n"


@pytest.mark.parametrize(
    ("text", "line", "message", "pointed"),
    [
        ("", 1, "ends inside a function", ""),
        ("spam", 1, "begins with 'function'", "spam"),
        (HEAD, 1, "ends inside a function", ""),
        (HEAD + "  return %y\n}", 2, r"%y has no value here", "%y"),
        (HEAD + "  return %xx\n}", 2, "Do you mean x", "%xx"),
        (HEAD + "  return\n}", 2, "a value is missing", ""),
        (HEAD + "  return 1.0\n}", 2, "a value is missing", "1.0"),
        (HEAD + "  return 1.5:int64\n}", 2, "1.5 is no constant of type int64", "1.5:int64"),
        (HEAD + "  return 0.1:float32\n}", 2, "0.1 is no constant of type float32", "0.1:float32"),
        (HEAD + "  return 300:int8\n}", 2, "300 is no constant of type int8", "300:int8"),
        (HEAD + "  return 1.0:flaot64\n}", 2, "'flaot64' is no type", "flaot64"),
        (HEAD + "  return " + "9" * 5000 + ":int64\n}", 2, "is no constant of type int64", None),
        (HEAD + "  return %b\n}", 1, r"the function makes \(bool\), not \(float64\)", None),
        (HEAD + "}", 1, r"the function makes \(\), not \(float64\)", None),
        (HEAD + "  %y: float64 = ad %x, %x\n}", 2, "(?s)no operation 'ad'.*Do you mean a", "ad "),
        (HEAD + "  %y: float64 = add %x\n}", 2, "takes 2 arguments, not 1", "add %x"),
        (HEAD + "  %y: float64 = add %x, %n\n}", 2, r"(?s)does not take.*It takes \(float64, float64\)", "add %x, %n"),
        (HEAD + "  %y: float32 = add %x, %x\n}", 2, r"to make \(float32\)", "add %x, %x"),
        (HEAD + "  %x: float64 = add %x, %x\n}", 2, "%x has a value already", "%x: "),
        (HEAD + "  %y float64 = add %x, %x\n}", 2, "':' is missing", "float64 = add %x, %x"),
        (HEAD + "  %y: float64 = add %x, %x %x\n}", 2, "nothing more can follow", "%x"),
        (HEAD + "  %y: float64 = add %x, %x {to=1.5}\n}", 2, "'}' is missing here", ".5}"),
        (HEAD + "  %y: float64 = add %x, %x {to=spam}\n}", 2, "a string or a whole number", "spam}"),
        (HEAD + "  if %x {\n  }\n}", 2, "the condition of a branch is a bool, not float64", None),
        (HEAD + "  if %b {\n  yield %x\n  }\n  return %x\n}", 2, r"both sides of a branch have different types", None),
        (HEAD + "  if %b {\n  yield %x\n  return %x\n}\n}", 4, "nothing can follow the results of a region", None),
        (HEAD + "  for %k below %x {\n  }\n}", 2, "a loop counts in int64, not in float64", None),
        (HEAD + "  for %k under %n {\n  }\n}", 2, "'below' is missing", "under %n {"),
        (HEAD + "  for %k below %n carrying (%s: float64 = 0:int64) {\n yield %s\n  }\n}", 2, "carried values of a loop", None),
        (HEAD + "  while {\n    test %x\n  } do {\n  }\n}", 2, "the test of a loop is one bool", None),
        (HEAD + "  while {\n    test %b\n  }\n}", 4, "'do {' is missing", None),
        (HEAD + "  if %b {\n    %y: float64 = add %x, %x\n  }\n  return %y\n}", 5, "%y has no value here", "%y"),
        (HEAD + "  return %x\n}\n}", 4, "nothing can follow a function", "}"),
        (HEAD + "  fail_if %b {message='a\n}", 2, "a string or a whole number", None),
        ("function f(%x: float64[3]) -> () {\n}", 1, "the dimensions of an array are a string", None),
        ("function f(%x: float64['n']) -> (float64['n'], float64['n']) {\n}", 1, "the function makes", None),
    ],
)  # fmt: skip
def test_a_text_that_is_refused(text: str, line: int, message: str, pointed: str | None) -> None:
    with pytest.raises(InvalidText, match=message) as caught:
        read_function(text, TABLE)
    location = caught.value.location
    assert location is not None
    assert location.line == line
    if pointed is not None:
        assert location.text[location.column : location.end_column] == pointed.strip() or location.text[location.column :].startswith(
            pointed
        )


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(InvalidText, match="nested too deeply"):
        read_function(HEAD + "if %b {\n" * 3000, TABLE)


def mutated(choose: random.Random, text: str) -> str:
    """Return a text with tokens lost, doubled, exchanged or made huge, or cut off."""
    tokens = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(choose.randint(1, 3)):
        here, there = choose.randrange(len(tokens)), choose.randrange(len(tokens))
        match choose.randrange(6):
            case 0:
                tokens[here] = ""
            case 1:
                tokens[here], tokens[there] = tokens[there], tokens[here]
            case 2:
                tokens[here] *= 2
            case 3:
                tokens[here] = choose.choice(["9" * 400, "float32", "%", "'", "(", "}", "nan", "\n", "\x00", "for", "-", ";"])
            case 4:
                tokens[here] = tokens[there]
            case _:
                del tokens[here + 1 :]
    return "".join(tokens)


@pytest.mark.parametrize("seed", range(4))
def test_mutations_are_read_or_refused(seed: int) -> None:
    choose = random.Random(seed)
    texts: list[Any] = [print_function(golden_function(name)) for name in KERNELS]
    refused = 0
    for _ in range(1000):
        text = mutated(choose, choose.choice(texts))
        try:
            function = read_function(text, TABLE)
        except CobraError as error:
            refused += 1
            assert error.location is not None
            assert str(error)
        else:
            check_round_trip(function)
    assert refused > 500
