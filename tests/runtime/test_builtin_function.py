"""Builtins made at run time."""

from __future__ import annotations

import ctypes

import pytest

from cobra.runtime.builtin_function import TYPE_OFFSET, make_builtin
from cobra.runtime.text_loader import load_text

# Returns the first of two positional arguments; every other call goes to the callable behind the builtin.
TEXT = """
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @Py_IncRef(ptr)
define ptr @first_of_two(ptr %self, ptr %arguments, i64 %count, ptr %keywords) {
  %two = icmp eq i64 %count, 2
  %plain = icmp eq ptr %keywords, null
  %fits = and i1 %two, %plain
  br i1 %fits, label %fast, label %slow
fast:
  %first = load ptr, ptr %arguments
  call void @Py_IncRef(ptr %first)
  ret ptr %first
slow:
  %asked = call ptr @PyObject_Vectorcall(ptr %self, ptr %arguments, i64 %count, ptr %keywords)
  ret ptr %asked
}
"""


@pytest.fixture(scope="module")
def builtin():
    return make_builtin("first", load_text(TEXT)["first_of_two"], lambda *given, **named: (given, named), "somewhere")


@pytest.mark.parametrize("value", [1.0, 1, True, None, "x", 1j, object(), object, (), print])
def test_the_type_of_an_object_is_where_it_is_looked_for(value):
    assert ctypes.c_void_p.from_address(id(value) + TYPE_OFFSET).value == id(type(value))


def test_it_is_a_builtin(builtin):
    assert type(builtin) is type(len)
    assert (builtin.__name__, builtin.__module__) == ("first", "somewhere")


def test_native_code_gets_the_arguments_and_hands_the_rest_over(builtin):
    thing = object()
    assert builtin(thing, 2) is thing
    assert builtin() == ((), {})
    assert builtin(1, 2, x=3) == ((1, 2), {"x": 3})
    assert builtin(*range(5)) == (tuple(range(5)), {})
    with pytest.raises(TypeError):
        builtin(1, **{"x": 1}, **{"x": 2})
