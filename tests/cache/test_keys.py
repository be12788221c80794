"""Keys change with everything that changes the code, and with nothing else."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from functools import _lru_cache_wrapper
from pathlib import Path

import llvmlite
import numpy as np
import pytest

from cobra.cache import keys

ROOT = Path(__file__).resolve().parents[2]
X86 = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
cpu MHz\t\t: 2445.123
flags\t\t: fpu sse sse2 avx avx2
bogomips\t: 4890.0

processor\t: 1
vendor_id\t: Other
flags\t\t: fpu
"""
ARM = """processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd sve
CPU implementer\t: 0x41
CPU part\t: 0xd40

processor\t: 1
"""


def test_digest_is_64_hexadecimal_digits() -> None:
    assert len(keys.digest("x")) == 64 and set(keys.digest("x")) <= set("0123456789abcdef")


def test_digest_tells_all_divisions_apart() -> None:
    lists: list[tuple[str | bytes, ...]] = [(), ("",), ("", ""), ("ab",), ("a", "b"), ("", "ab"), ("ab", "")]
    lists += [(b"ab",), (b"a", "b"), ("b", "a"), ("é",), ("\ud800",)]
    assert len({keys.digest(*parts) for parts in lists}) == len(lists)


def test_digest_is_the_sha256_of_framed_parts() -> None:
    framed = b"s" + bytes([5, *[0] * 7]) + b"cobra" + b"b" + bytes([1, *[0] * 7]) + b"1"
    assert keys.digest("cobra", b"1") == hashlib.sha256(framed).hexdigest()


@pytest.mark.parametrize("identity", [keys.host_identity, keys.toolchain_identity])
def test_identity_is_the_same_each_time(identity: _lru_cache_wrapper[str]) -> None:
    first = identity()
    identity.cache_clear()
    assert first and identity() == first


def test_processor_leaves_out_what_changes() -> None:
    for text, kept in ((X86, "flags:fpu sse sse2 avx avx2"), (ARM, "Features:fp asimd sve")):
        described = keys.describe_processor(text)
        assert kept in described.splitlines()
        assert "mhz" not in described.lower() and "bogomips" not in described.lower() and "Other" not in described


@pytest.mark.parametrize(("old", "new"), [("avx2", "avx2 avx512f"), (": 17", ": 18"), (": 25", ": 26")])
def test_processor_tells_models_and_features_apart(old: str, new: str) -> None:
    assert keys.describe_processor(X86) != keys.describe_processor(X86.replace(old, new, 1))


@pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
@pytest.mark.parametrize(
    ("alias", "cpuinfo", "expected"),
    [
        ("cpu:type:x86,ven0002:feature:,0001\n", "", ":feature:,0001"),
        (None, X86, "avx2"),
        ("cpu:type:aarch64:feature:,1", ARM, "sve"),
    ],
)
def test_host_identity_finds_the_processor(
    alias: str | None, cpuinfo: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if alias is not None:
        (tmp_path / "modalias").write_text(alias)
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    monkeypatch.setattr(keys, "_MODALIAS", str(tmp_path / "modalias"))
    monkeypatch.setattr(keys, "_CPUINFO", str(tmp_path / "cpuinfo"))
    assert expected in keys.host_identity.__wrapped__()


@pytest.mark.skipif(sys.platform != "linux", reason="files of Linux")
def test_host_identity_names_the_real_processor() -> None:
    assert os.uname().machine in keys.host_identity()
    assert len(keys._processor()) > 40


def test_toolchain_identity_changes_with_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {keys.toolchain_identity.__wrapped__()}
    for name, value in (("FORMAT", 99), ("_cobra", lambda: "other"), ("_llvmlite", lambda: "other")):
        with monkeypatch.context() as patch:
            patch.setattr(keys, name, value)
            seen.add(keys.toolchain_identity.__wrapped__())
    monkeypatch.setattr(np, "__version__", "3.0.0")
    seen.add(keys.toolchain_identity.__wrapped__())
    monkeypatch.setattr(sys.implementation, "cache_tag", "other-399")
    seen.add(keys.toolchain_identity.__wrapped__())
    assert len(seen) == 6


def test_checkout_is_identified_by_its_sources(tmp_path: Path) -> None:
    (tmp_path / "inner" / "__pycache__").mkdir(parents=True)
    for path in ("a.py", "inner/b.py", "inner/__pycache__/c.py", "inner/notes.txt"):
        (tmp_path / path).write_text("x")
    found = sorted(keys._sources(str(tmp_path)))
    assert [line.split()[0] for line in found] == [str(tmp_path / "a.py"), str(tmp_path / "inner" / "b.py")]
    (tmp_path / "inner" / "b.py").write_text("longer")
    assert sorted(keys._sources(str(tmp_path))) != found


def test_release_is_identified_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cobra" / "cache").mkdir(parents=True)
    monkeypatch.setattr(keys, "__file__", str(tmp_path / "cobra" / "cache" / "keys.py"))
    monkeypatch.setattr(sys.modules["cobra"], "__version__", "1.2.3", raising=False)
    assert keys._cobra() == "1.2.3"
    (tmp_path / "pyproject.toml").write_text("")
    assert keys._cobra() != "1.2.3"


def test_llvmlite_is_found_without_importing_it() -> None:
    assert keys._folder_of("llvmlite") == os.path.dirname(str(llvmlite.__file__))
    assert keys._library_size(os.path.dirname(str(llvmlite.__file__))) > 1 << 20


def test_absent_llvmlite_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys._folder_of("no_such_package") is None
    monkeypatch.setattr(keys, "_folder_of", lambda package: None)
    assert keys._llvmlite() == "missing"


def test_cached_path_imports_nothing_heavy() -> None:
    program = """
import sys, types
package = types.ModuleType("cobra"); package.__path__ = [sys.argv[1] + "/cobra"]; sys.modules["cobra"] = package
import numpy
before = set(sys.modules)
import cobra.cache, cobra.cache.disk, cobra.cache.keys, cobra.runtime.loader, cobra.runtime.elf
cobra.cache.keys.host_identity(), cobra.cache.keys.toolchain_identity(), cobra.cache.disk.default()
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
    done = subprocess.run([sys.executable, "-c", program, str(ROOT)], capture_output=True, text=True, timeout=30, check=True)
    heavy = {"llvmlite", "hashlib", "logging", "pathlib", "platformdirs", "tempfile", "email", "json", "subprocess"}
    assert not heavy.intersection(done.stdout.split()), done.stdout


def test_keys_of_different_hosts_differ() -> None:
    parts = list(itertools.product(("host a", "host b"), ("tools a", "tools b"), ("kernel a", "kernel b")))
    assert len({keys.digest(*part) for part in parts}) == len(parts)
