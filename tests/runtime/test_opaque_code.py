"""Code found by its digest: on disk, in this process, or not at all; and only if it is what it must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from cobra import config
from cobra.cache import disk
from cobra.compiler.foreign.process import compile_in_child
from cobra.runtime import opaque_code
from cobra.runtime.errors import LoadError
from cobra.runtime.symbols import is_for_everyone, resolve

DIGEST = "0123456789abcdef" * 4


def made_for(digest: str, body: str = "ret i32 %a", more: str = "") -> bytes:
    symbol = opaque_code.symbol_of(digest)
    return compile_in_child(f"define i32 @{symbol}(i32 %a) {{\n{body}\n}}\n{more}", [symbol])


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opaque_code, "_objects", {})
    monkeypatch.setattr(opaque_code, "_addresses", {})


def test_code_is_found_again_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with config.options(cache_dir=tmp_path):
        assert not opaque_code.is_known(DIGEST)
        opaque_code.provide(DIGEST, made_for(DIGEST))
        monkeypatch.setattr(opaque_code, "_objects", {})
        assert opaque_code.is_known(DIGEST)
        assert opaque_code.address(opaque_code.symbol_of(DIGEST)) > 0


def test_code_that_is_gone_is_missed() -> None:
    with config.options(cache_enabled=False), pytest.raises(LoadError, match="is gone"):
        resolve(opaque_code.symbol_of("f" * 64))
    for name in ("cobra_opaque_", "cobra_opaque_x", "cobra_opaque_../../x"):
        with pytest.raises(LoadError, match="is gone"):
            resolve(name)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x7fELF\x02\x01\x01" + bytes(100)])
def test_what_is_no_code_of_a_digest_is_not_used(content: bytes, tmp_path: Path) -> None:
    with config.options(cache_dir=tmp_path):
        cache = disk.default()
        assert cache is not None and cache.write(DIGEST, content)
        assert not opaque_code.is_known(DIGEST)
        with pytest.raises(LoadError):
            opaque_code.provide(DIGEST, content)


def test_code_of_another_digest_or_with_strange_calls_is_refused() -> None:
    with pytest.raises(LoadError, match="does not define"):
        opaque_code.check(DIGEST, made_for("1" * 64))
    calling = made_for(DIGEST, "%r = call i32 @system(i32 %a)\nret i32 %r", "declare i32 @system(i32)")
    with pytest.raises(LoadError, match="@system, which is not known"):
        opaque_code.check(DIGEST, calling)


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("sin", True), ("memcpy", True), ("Py_IncRef", False), ("cobra_run_in_chunks", False), ("PyExc_ValueError", False),
     ("system", False), ("fesetround", False), ("cobra_opaque_1", False)],
)  # fmt: skip
def test_what_texts_may_call(name: str, allowed: bool) -> None:
    assert is_for_everyone(name) is allowed
