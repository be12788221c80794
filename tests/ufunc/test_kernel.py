"""The link between a ufunc and its code: interning, the cache key, objects that do not load."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cobra
from cobra import config
from cobra.cache import disk
from cobra.compiler import pipeline
from cobra.compiler.spec import KernelSpec
from cobra.ufunc.kernel import Kernel, intern, kernel_of, rebuild


@cobra.ufunc(types=["ff->f", "dd->d"])
def mixed(x, y):
    return x * 3 - y


def elsewhere(spec: KernelSpec, module: str) -> KernelSpec:
    return replace(spec, function=replace(spec.function, module=module))


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    compile_loop = pipeline.compile_loop

    def spy(spec, loop, symbols):
        done.append(str(loop))
        return compile_loop(spec, loop, symbols)

    monkeypatch.setattr(pipeline, "compile_loop", spy)
    return done


@pytest.mark.parametrize("thing", [np.add, None, len, mixed.__wrapped__, "mixed", object(), np.frompyfunc(len, 1, 1)], ids=type)
def test_what_is_no_kernel(thing: object) -> None:
    assert kernel_of(thing) is None


def test_a_foreign_attribute_makes_no_kernel() -> None:
    other = np.frompyfunc(len, 1, 1)
    other.__dict__["_cobra_kernel"] = "something"
    assert kernel_of(other) is None


def test_each_loop_is_compiled_when_it_is_called(compilations: list[str], tmp_path: Path) -> None:
    with config.options(cache_dir=tmp_path):
        kernel = intern(elsewhere(kernel_of(mixed).spec, "lazily"))
        assert compilations == []
        kernel(np.float32(1), np.float32(2))
        kernel(np.float32(1), np.float32(2))
        assert compilations == ["ff->f"]
        assert kernel(1.0, 2.0) == 1.0 and compilations == ["ff->f", "dd->d"]


def test_the_same_content_elsewhere_is_another_object_with_the_same_code(compilations: list[str], tmp_path: Path) -> None:
    spec = kernel_of(mixed).spec
    with config.options(cache_dir=tmp_path):
        first, second = intern(elsewhere(spec, "one")), intern(elsewhere(spec, "two"))
        assert first is not second and (first.__module__, second.__module__) == ("one", "two")
        assert first(1.0, 2.0) == second(1.0, 2.0) == 1.0
    assert compilations == ["dd->d"]


def test_equal_specifications_are_one_object() -> None:
    spec = kernel_of(mixed).spec
    assert intern(replace(spec)) is mixed and rebuild(replace(spec)) is mixed


def test_cached_objects_that_do_not_load(
    compilations: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kernel = kernel_of(mixed)
    with config.options(cache_dir=tmp_path), caplog.at_level(logging.DEBUG, "cobra"):
        for content in (b"no object at all", pipeline_object_without_the_loop()):
            store = disk.default()
            assert store.write(kernel._object_key(1), content)
            assert kernel.native_code(1).address and compilations.pop() == "dd->d"
            assert store.read(kernel._object_key(1)) != content
    assert "does not load" in caplog.text


def pipeline_object_without_the_loop() -> bytes:
    from cobra.compiler.codegen import cpu

    return cpu.compile_object("define void @another() {\n  ret void\n}", quick=True)


def test_what_the_key_depends_on() -> None:
    kernel = kernel_of(mixed)
    debugged = [
        Kernel(replace(kernel.spec, options={"debug": True}), None),
        Kernel(replace(elsewhere(kernel.spec, "m"), options={"debug": True}), None),
    ]
    moved = replace(kernel.spec.function, source=replace(kernel.spec.function.source, first_line=900))
    same = Kernel(replace(kernel.spec, function=moved), None)
    other = Kernel(replace(kernel.spec, function=moved, options={"debug": True}), None)
    assert same._object_key(0) == kernel._object_key(0) != kernel._object_key(1)
    assert debugged[0]._object_key(0) == debugged[1]._object_key(0)
    # messages of a checked kernel name its lines
    assert len({kernel._object_key(0), debugged[0]._object_key(0), other._object_key(0)}) == 3


def test_wrapped_of_a_kernel_without_its_function() -> None:
    kernel = intern(elsewhere(kernel_of(mixed).spec, "nowhere"))
    wrapped = kernel.__wrapped__
    assert (wrapped.__name__, wrapped.__module__, wrapped(1.0, 2.0)) == ("mixed", "nowhere", 1.0)
    with pytest.raises(ValueError, match="zip"):
        wrapped(1.0)
