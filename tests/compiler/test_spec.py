"""A spec is the kernel's identity: it changes with all that matters, with nothing else, and travels without files."""

from __future__ import annotations

import ast
import dataclasses
import functools
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cobra.compiler.frontend.entities import FunctionEntity, NumberConstant, UnknownEntity
from cobra.compiler.spec import DeclaredLoop, FunctionSpec, KernelSpec, Parameter, spec_of
from cobra.errors import InvalidCall, InvalidSignature, UnsupportedSyntax
from cobra.types import float32, float64
from tests.effort import calls_of

ROOT = Path(__file__).resolve().parents[2]
SCALE = 2.0


def helper(x: float) -> float:
    return x + SCALE


def kernel(x: float, y: np.float32 = np.float32(0.5), *, n: int = 3) -> tuple[float, float]:  # noqa: B008
    """Do.

    More.
    """
    return helper(x) * n, np.exp(y)


def test_a_spec_says_all() -> None:
    spec = spec_of(kernel)
    assert (spec.name, spec.qualname, spec.module, spec.doc) == ("kernel", "kernel", __name__, "Do.\n\nMore.")
    assert spec.parameters == (
        Parameter("x", float64),
        Parameter("y", float32, NumberConstant(0.5, float32)),
        Parameter("n", spec.parameters[2].annotation, NumberConstant(3), keyword_only=True),
    )
    assert spec.parameter_names == ("x", "y", "n")
    assert list(spec.defaults) == ["y", "n"]
    assert spec.outputs == (float64, float64)
    assert set(spec.environment) == {"helper", "np.exp"}
    assert isinstance(spec.environment["helper"], FunctionEntity)
    tree = spec.tree()
    assert isinstance(tree, ast.FunctionDef) and tree is spec.tree()
    assert spec.location(tree.body[-1]).text.strip() == "return helper(x) * n, np.exp(y)"
    assert Path(spec.location().filename).name == "test_spec.py"


VARIANT = '''
import math
from other import double
SCALE = 2.0

def made(x, y=1):
    """Do."""
    # why
    return double(x) * SCALE + math.pi * len((y, 2))
'''
OTHER = """
OFFSET = 1

def double(x):
    return deeper(x) * 2

def deeper(x):
    return x + OFFSET

def unused(x):
    return x
"""

Texts = tuple[str, str]


def _made(texts: Texts) -> Any:
    """Return the function of the first text, which refers to functions of the second, as two modules."""
    here, there = ModuleType("here"), ModuleType("other")
    main, other = texts
    exec(compile(other, "<other>", "exec"), vars(there))
    sys.modules["other"] = there
    try:
        exec(compile(main, "<here>", "exec"), vars(here))
        return spec_of(here.made)
    finally:
        del sys.modules["other"]


def _main(old: str, new: str) -> Texts:
    assert old in VARIANT
    return VARIANT.replace(old, new), OTHER


def _other(old: str, new: str) -> Texts:
    assert old in OTHER
    return VARIANT, OTHER.replace(old, new)


SAME: dict[str, Texts] = {
    "nothing": (VARIANT, OTHER),
    "place in the file": ("\n\n" + VARIANT, OTHER + "\n"),
    "comment": _main("# why", "# because # it is\n    # so"),
    "no comment": _main("    # why\n", ""),
    "unused function": _other("return x\n", "return x * 2\n"),
    "unused constant": _main("SCALE = 2.0", "SCALE = 2.0\nOTHER = 4"),
    "decorator": _main("def made", "@(lambda function: function)\ndef made"),
    "comment in another module": _other("return x + OFFSET", "return x + OFFSET  # yes"),
}
CHANGED: dict[str, Texts] = {
    "constant in the text": _main("math.pi *", "math.pi * 2 *"),
    "global": _main("SCALE = 2.0", "SCALE = 2.5"),
    "type of a global": _main("SCALE = 2.0", "SCALE = 2"),
    "sign of zero": _main("SCALE = 2.0", "SCALE = -0.0"),
    "default": _main("y=1", "y=1.0"),
    "annotation": _main("x, y", "x: float, y"),
    "result": _main("y=1)", "y=1) -> float"),
    "what a name stands for": _main("import math", "import math\nlen = sum"),
    "documentation": _main("Do.", "Do it."),
    "name": _main("def made(x, y=1):", "def made_here(x, y=1):"),
    "function in another module": _other("* 2", "* 3"),
    "function called by a function": _other("x + OFFSET", "x - OFFSET"),
    "global of another module": _other("OFFSET = 1", "OFFSET = 2"),
    "missing function": _other("def deeper", "def deepest"),
}
CHANGED["name"] = (CHANGED["name"][0] + "\nmade = made_here\n", OTHER)
ZERO = _made(_main("SCALE = 2.0", "SCALE = 0.0"))


@pytest.mark.parametrize("texts", SAME.values(), ids=SAME)
def test_identity_stays(texts: Texts) -> None:
    one, other = _made((VARIANT, OTHER)), _made(texts)
    assert one.digest == other.digest
    assert one == other and hash(one) == hash(other)
    assert KernelSpec(one) == KernelSpec(other)


@pytest.mark.parametrize("texts", CHANGED.values(), ids=CHANGED)
def test_identity_changes(texts: Texts) -> None:
    one, other = _made((VARIANT, OTHER)), _made(texts)
    assert one.digest != other.digest
    assert one != other and ZERO != other
    assert KernelSpec(one).digest != KernelSpec(other).digest


def test_a_comment_sign_in_a_text_is_no_comment() -> None:
    one, other = (spec_of(eval(text), text) for text in ("lambda x: x + len('#a')", "lambda x: x + len('#b')"))
    assert one != other
    bare, noted = (spec_of(eval(text), text) for text in ("(lambda x: (x +\n 1))", "(lambda x: (x +  # one (\n 1))"))
    assert bare == noted


BASE = KernelSpec(spec_of(kernel))
KERNELS = {
    "function": dataclasses.replace(BASE, function=spec_of(helper), name=BASE.name),
    "loops": dataclasses.replace(BASE, loops=(DeclaredLoop((float64,)),)),
    "outputs of loops": dataclasses.replace(BASE, loops=(DeclaredLoop((float64,), (float32,)),)),
    "signature": dataclasses.replace(BASE, signature="(n)->()"),
    "options": dataclasses.replace(BASE, options={"fast_math": True}),
    "value of an option": dataclasses.replace(BASE, options={"fast_math": 1}),
    "name": dataclasses.replace(BASE, name="other"),
    "documentation": dataclasses.replace(BASE, doc="Other."),
    "bound": dataclasses.replace(BASE, bound={"n": NumberConstant(3)}),
    "type of bound": dataclasses.replace(BASE, bound={"n": NumberConstant(3.0)}),
}


def test_every_part_of_a_kernel_counts() -> None:
    specs = [BASE, *KERNELS.values()]
    assert len({spec.digest for spec in specs}) == len(set(specs)) == len(specs)


@pytest.mark.parametrize("spec", [BASE, *KERNELS.values()], ids=["plain", *KERNELS])
def test_kernels_pickle_by_content(spec: KernelSpec) -> None:
    again = pickle.loads(pickle.dumps(spec))
    assert again == spec and again is not spec
    assert again.options == spec.options and again.bound == spec.bound
    assert dataclasses.replace(again).digest == spec.digest


def test_properties_of_a_kernel() -> None:
    spec = KernelSpec(BASE.function, bound={"n": NumberConstant(3)}, options={"debug": True, "writable": ("x",)})
    assert (spec.name, spec.operand_names, spec.debug, spec.writable) == ("kernel", ("x", "y"), True, ("x",))
    assert (BASE.operand_names, BASE.debug, BASE.writable, BASE.fast_math) == (("x", "y", "n"), False, (), False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]


def test_the_tree_does_not_travel_but_can_be_made_again() -> None:
    spec = spec_of(kernel)
    tree = spec.tree()
    again = pickle.loads(pickle.dumps(spec))
    assert len(pickle.dumps(spec)) < 4000
    assert ast.dump(again.tree(), include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert again.location(again.tree().body[-1]) == spec.location(tree.body[-1])  # type: ignore[union-attr]


# a package without its own start, so that a process costs no more than NumPy's import
START = """
import pickle, sys, types
package = types.ModuleType("cobra"); package.__path__ = [{path!r}]; sys.modules["cobra"] = package
from cobra.compiler.spec import KernelSpec, spec_of
""".format(path=str(ROOT / "cobra"))
LOAD = "spec = pickle.load(sys.stdin.buffer); spec.function.tree(); print(spec.function.location().line, spec.digest)"
MAKE = "text = {text!r}; names = {{}}; exec(text, names); print(KernelSpec(spec_of(names['made'])).digest)"
CLOSED = """
import math
from enum import Enum
PARTS = {"a": 1}
Kind = Enum("Kind", "A B")
def helper(x): return x + Kind.A.value
def made(x, y: float = math.inf):
    return helper(x) + PARTS + math.nan + min(x, y) + not_there
"""


def _process(program: str, seed: int, data: bytes = b"") -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    result = subprocess.run(
        [sys.executable, "-c", START + program], input=data, env=environment, capture_output=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode().split()


def test_identity_is_the_same_in_every_process() -> None:
    names: dict[str, Any] = {}
    text = CLOSED
    exec(text, names)
    digest = KernelSpec(spec_of(names["made"])).digest
    assert [_process(MAKE.format(text=CLOSED), seed) for seed in (1, 2)] == [[digest], [digest]]


def test_kernels_load_without_their_file(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    path.write_text("\n\ndef made(x):\n    return x + 1\n")
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    spec = KernelSpec(spec_of(names["made"]))
    path.unlink()
    assert _process(LOAD, 3, pickle.dumps(spec)) == ["3", spec.digest]


def test_making_and_loading_take_few_calls() -> None:
    payload = pickle.dumps(BASE)
    spec_of(kernel)
    assert calls_of(lambda: pickle.loads(payload)) < 500
    assert calls_of(lambda: spec_of(kernel).digest) < 5_000


async def awaiting(x: float) -> float:
    return x


def many(x: float, *rest: float) -> float:
    return x


def worded(x: float, **rest: float) -> float:
    return x


REFUSED = [
    (len, InvalidCall, "a kernel is made from a Python function, not from builtin_function_or_method"),
    (np.exp, InvalidCall, "not from ufunc"),
    (functools.partial(helper, 1), InvalidCall, "not from partial"),
    (FunctionSpec, InvalidCall, "not from type"),
    (awaiting, UnsupportedSyntax, "a kernel cannot be async"),
    (many, InvalidSignature, "'many' takes any number of arguments"),
    (worded, InvalidSignature, "'worded' takes any number of arguments"),
]


@pytest.mark.parametrize(("function", "error", "message"), REFUSED)
def test_what_is_no_kernel_is_refused(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        spec_of(function)
    assert getattr(raised.value, "hint", None)
    assert (getattr(raised.value, "location", None) is not None) is (error is not InvalidCall)


def test_functions_that_cannot_be_kernels_are_errors_only_when_called() -> None:
    namespace: dict[str, Any] = {}
    exec("".join(chr(ord(letter) - 1) for letter in "mptu!>!mbnceb!y;!y"), namespace)
    lost = namespace["lost"]

    def calling(x: float) -> float:
        return many(x) + lost(x) + awaiting(x)  # type: ignore[no-any-return, operator]

    environment = dict(spec_of(calling).environment)
    descriptions = {name: entity.description for name, entity in environment.items() if isinstance(entity, UnknownEntity)}
    assert descriptions["many"] == "the function 'many', which a kernel cannot call: 'many' takes any number of arguments"
    assert "source of '<lambda>'" in descriptions["lost"]
    assert "cannot be async" in descriptions["awaiting"]


def test_freezing_stops_somewhere() -> None:
    lines = ["def f0(x): return x"] + [f"def f{number}(x): return x + {number}" for number in range(1, 400)]
    names: dict[str, Any] = {}
    text = "\n".join([*lines, "def made(x): return x + " + " + ".join(f"f{number}(x)" for number in range(400))])
    exec(text, names)
    kinds = [type(entity) for entity in spec_of(names["made"], text).environment.values()]
    assert (kinds.count(FunctionEntity), kinds.count(UnknownEntity)) == (256, 144)
