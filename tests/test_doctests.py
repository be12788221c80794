"""Every example in a docstring of the package runs and gives what it shows."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import cobra

MODULES = [found.name for found in pkgutil.walk_packages(cobra.__path__, "cobra.") if not found.name.endswith("__main__")]


@pytest.mark.parametrize("name", ["cobra", *MODULES])
def test_examples(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_the_decorator_has_an_example_that_runs():
    assert doctest.DocTestFinder().find(cobra.ufunc, "ufunc")[0].examples
