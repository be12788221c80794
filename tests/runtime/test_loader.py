"""Loading object code by either loader."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from native_objects import PROBE, PYTHON, emit

from cobra import config
from cobra.runtime.errors import LoadError
from cobra.runtime.loader import OWN_LOADER, load_object

LOADERS = ["auto", "llvmlite"]
ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = "declare i32 @system(ptr)\ndefine i32 @f(ptr %x) {\n %r = call i32 @system(ptr %x)\n ret i32 %r }"

CHILD = """
import sys, types
package = types.ModuleType("cobra"); package.__path__ = [sys.argv[1] + "/cobra"]; sys.modules["cobra"] = package
import ctypes, threading, time
from cobra.runtime.loader import load_object
address = load_object(open(sys.argv[2], "rb").read())["forever"]
forever = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
running = ctypes.c_int64(0)
threading.Thread(target=forever, args=[ctypes.addressof(running)], daemon=True).start()
while not running.value:
    time.sleep(0.001)
print("llvmlite" in sys.modules, "numpy" in sys.modules)
"""
FOREVER = """define void @forever(ptr %running) nounwind {
  store volatile i64 1, ptr %running
  br label %again
again:
  %x = load volatile i64, ptr %running
  br label %again
}"""


@pytest.mark.parametrize("choice", LOADERS)
def test_exported_functions_are_callable(choice: str) -> None:
    with config.options(loader=choice):
        functions = load_object(emit(PROBE))
    assert set(functions) == {"call_by_table", "copy_constants", "count_up", "address_of_sin", "jump"}
    jump = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(functions["jump"])
    assert [jump(which, 100) for which in range(6)] == [33, 700, 100 ^ 55, 100 << 13, 15, -1]


@pytest.mark.parametrize("choice", LOADERS)
def test_exceptions_of_python(choice: str) -> None:
    with config.options(loader=choice):
        fail = ctypes.PYFUNCTYPE(ctypes.c_int64)(load_object(emit(PYTHON))["fail"])
    with pytest.raises(ValueError, match="bad"):
        fail()


@pytest.mark.parametrize("choice", LOADERS)
def test_forbidden_function_is_refused(choice: str) -> None:
    with config.options(loader=choice), pytest.raises(LoadError, match="'system'"):
        load_object(emit(FORBIDDEN))


@pytest.mark.parametrize("choice", LOADERS)
def test_damaged_object_is_refused(choice: str) -> None:
    with config.options(loader=choice), pytest.raises(LoadError):
        load_object(emit(PROBE)[:-1])


@pytest.mark.parametrize("choice", LOADERS)
def test_threads_inside_code_survive_the_end_of_the_interpreter(choice: str, tmp_path: Path) -> None:
    (tmp_path / "forever.o").write_bytes(emit(FOREVER))
    command = [sys.executable, "-c", CHILD, str(ROOT), str(tmp_path / "forever.o")]
    environment = os.environ | {"COBRA_LOADER": choice}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    own = OWN_LOADER and choice == "auto"
    assert done.stdout.split() == [str(not own), "False"]


@pytest.mark.skipif(not OWN_LOADER, reason="perf is a tool of Linux")
def test_perf_map_names_the_code() -> None:
    path = Path(f"/tmp/perf-{os.getpid()}.map")
    path.unlink(missing_ok=True)
    try:
        with config.options(perf_map=True):
            address = load_object(emit(PROBE))["jump"]
        lines = [line.split() for line in path.read_text().splitlines()]
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        path.unlink(missing_ok=True)
    assert [address, "cobra:jump"] in [[int(at, 16), name] for at, _, name in lines]
    assert {"cobra:one", "cobra:call_by_table"} <= {name for _, _, name in lines}


@pytest.mark.skipif(not OWN_LOADER, reason="perf is a tool of Linux")
def test_perf_map_does_not_follow_links(tmp_path: Path) -> None:
    path = Path(f"/tmp/perf-{os.getpid()}.map")
    path.unlink(missing_ok=True)
    path.symlink_to(tmp_path / "victim")
    try:
        with config.options(perf_map=True):
            assert load_object(emit(PROBE))
    finally:
        path.unlink()
    assert not (tmp_path / "victim").exists()
