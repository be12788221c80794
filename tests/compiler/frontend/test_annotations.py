"""Annotations become types, written as objects or as texts; what names no type is refused where it stands."""



from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import numpy as np
import pytest

from cobra.compiler.frontend.annotations import SignatureTypes, annotation_type, signature_types
from cobra.compiler.frontend.entities import TypeVariable
from cobra.compiler.frontend.source import find_source
from cobra.errors import InvalidSignature
from cobra.types import Type, bool_, complex128, float32, float64, int64, uint8

real = TypeVar("real", float32, float64)  # type: ignore[misc]
bounded = TypeVar("bounded", bound=int)
listed = TypeVar("listed", bound=typing.Union[int, float])  # noqa: UP007
unbound = TypeVar("unbound")

OBJECTS: list[tuple[object, Type | TypeVariable | None]] = [
    (float, float64),
    (int, int64),
    (bool, bool_),
    (complex, complex128),
    (np.uint8, uint8),
    (np.dtype("f4"), float32),
    (float32, float32),
    (float64["m n"], float64["m n"]),
    (float64[:, 3], float64[:, 3]),
    (real, TypeVariable("real", (float32, float64))),
    (bounded, TypeVariable("bounded", (int64,))),
    (listed, TypeVariable("listed", (int64, float64))),
    (unbound, None),
    (Annotated[float, "metres"], float64),
    (Annotated[np.ndarray, float64["n"]], float64["n"]),
    (Annotated[str, "text"], None),
    (str, None),
    (np.floating, None),
    (np.dtype("datetime64[s]"), None),
    (None, None),
    ("float", None),
]


@pytest.mark.parametrize(("written", "kind"), OBJECTS, ids=[str(written) for written, _ in OBJECTS])
def test_annotation_objects(written: object, kind: Type | TypeVariable | None) -> None:
    assert annotation_type(written) == kind


def _types(function: Any) -> SignatureTypes:
    return signature_types(function, find_source(function))


def _text_annotations() -> Callable[..., object]:
    vector = float32["n"]

    def kernel(x: vector, y: float, z) -> float: ...  # type: ignore[no-untyped-def, valid-type]

    return kernel


def test_texts_are_evaluated_where_the_function_is_defined() -> None:
    inner = float32["n"]

    def kernel(x: inner, y: float64["m n"], z) -> inner: ...  # type: ignore[no-untyped-def, valid-type]

    assert kernel.__annotations__["x"] == "inner"
    assert _types(kernel) == ({"x": inner, "y": float64["m n"]}, (inner,))


def test_a_name_of_a_function_that_has_returned_is_refused_at_its_place() -> None:
    with pytest.raises(InvalidSignature, match="annotation of 'x' cannot be evaluated: name 'vector' is not defined") as raised:
        _types(_text_annotations())
    assert raised.value.location is not None
    location = raised.value.location
    assert location.text[location.column : location.end_column] == "vector"


def _captured() -> Callable[..., object]:
    vector = float32["n"]

    def kernel(x: vector) -> "real":  # type: ignore[valid-type]
        return vector(x)

    return kernel


def test_texts_see_the_closure() -> None:
    assert _types(_captured()).parameters == {"x": float32["n"]}


def returns_none(x: float) -> None: ...
def returns_tuple(x: float) -> tuple[float, np.float32]: ...
def returns_pair(x: float) -> (float, int): ...  # type: ignore[syntax]
def returns_any_tuple(x: float) -> tuple: ...  # type: ignore[type-arg]
def returns_arrays(x: float) -> tuple[float64["n"], float]: ...  # type: ignore[type-arg, valid-type]
def returns_anything(x: float) -> Any: ...
def returns_something(x: float) -> tuple[float, Any]: ...
def returns_unsaid(x: float): ...  # type: ignore[no-untyped-def]


OUTPUTS = [
    (returns_none, ()),
    (returns_tuple, (float64, float32)),
    (returns_pair, (float64, int64)),
    (returns_any_tuple, None),
    (returns_arrays, (float64["n"], float64)),
    (returns_anything, None),
    (returns_something, None),
    (returns_unsaid, None),
]


@pytest.mark.parametrize(("function", "outputs"), OUTPUTS, ids=[function.__name__ for function, _ in OUTPUTS])
def test_outputs(function: Callable[..., object], outputs: tuple[Type, ...] | None) -> None:
    assert _types(function).outputs == outputs


def text_parameter(x: float, y: str) -> float: ...
def text_result(x: float) -> dict[str, int]: ...
def one_bad_output(x: float) -> tuple[float, "list"]: ...  # type: ignore[type-arg]
def undefined(x: not_defined) -> float: ...  # type: ignore[name-defined]
def bad_dimension(x: float64[1.5]) -> float: ...  # type: ignore[valid-type]


REFUSED = [
    (text_parameter, "the annotation of 'y' is str, which is no type of a kernel", "str"),
    (text_result, "the annotation of the result is dict", "dict[str, int]"),
    (one_bad_output, "the annotation of the result is list", 'tuple[float, "list"]'),
    (undefined, "the annotation of 'x' cannot be evaluated: name 'not_defined' is not defined", "not_defined"),
    (bad_dimension, "the annotation of 'x' cannot be evaluated: a dimension is a name", "float64[1.5]"),
]


def test_any_and_object_say_nothing() -> None:
    def kernel(x: Any, y: object, z: float) -> Any: ...

    assert _types(kernel) == ({"z": float64}, None)


@pytest.mark.parametrize("function", [case[0] for case in REFUSED], ids=[case[0].__name__ for case in REFUSED])
def test_called_functions_may_be_annotated_with_anything(function: Any) -> None:
    types = signature_types(function, find_source(function), strict=False)
    assert set(types.parameters.values()) <= {float64}


@pytest.mark.parametrize(("function", "message", "place"), REFUSED, ids=[case[0].__name__ for case in REFUSED])
def test_what_names_no_type_is_refused(function: Callable[..., object], message: str, place: str) -> None:
    with pytest.raises(InvalidSignature) as raised:
        _types(function)
    location = raised.value.location
    assert location is not None
    assert raised.value.message.startswith(message)
    assert location.text[location.column : location.end_column] == place
    assert 'float64["m n"]' in str(raised.value.hint)
