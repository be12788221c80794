"""Many processes on one cache, some of them killed while they write: a reader sees a whole entry or none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cobra.cache.disk import DiskCache
from cobra.cache.keys import digest

ROOT = Path(__file__).resolve().parents[2]
KEYS = [digest(str(number)) for number in range(5)]
LONGEST = 200_000

# every payload is one byte repeated, so a mixture of two writers' entries cannot go unnoticed
START = """
import os, sys, types
package = types.ModuleType("cobra"); package.__path__ = [sys.argv[1] + "/cobra"]; sys.modules["cobra"] = package
from cobra.cache.disk import DiskCache
folder, limit, mine, keys = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]
cache = DiskCache(folder, limit)
def whole(payload):
    return payload is None or len(set(payload)) == 1
"""
COMPETE = (
    START
    + """
print("ready", flush=True)
sys.stdin.readline()
wrong = failed = 0
for turn in range(60):
    for key in keys:
        failed += not cache.write(key, bytes([mine]) * (1 + 997 * (turn + mine) % 50_000))
        wrong += not whole(cache.read(key))
print(wrong, failed, flush=True)
"""
)
WRITE_FOR_EVER = (
    START
    + """
print("ready", flush=True)
while True:
    for key in keys:
        cache.write(key, bytes([mine]) * 200_000)
"""
)


def start(program: str, folder: Path, limit: int, mine: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-S", "-c", program, str(ROOT), str(folder), str(limit), str(mine), *KEYS]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("limit", [1 << 24, 60_000])
def test_concurrent_writers_and_readers(tmp_path: Path, limit: int) -> None:
    workers = [start(COMPETE, tmp_path, limit, mine) for mine in range(1, 5)]
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    answers = [worker.communicate("go\n", timeout=30)[0] for worker in workers]
    assert [answer.split() for answer in answers] == [["0", "0"]] * 4
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_killed_writers_leave_no_wrong_entry(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, 1 << 24)
    for turn in range(6):
        worker = start(WRITE_FOR_EVER, tmp_path, 1 << 24, turn + 1)
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
        time.sleep(0.011 * (turn + 1))
        worker.kill()
        worker.communicate()
        for key in KEYS:
            payload = cache.read(key)
            assert payload is None or (len(payload) == LONGEST and len(set(payload)) == 1)
    for path in tmp_path.glob(".*.tmp"):
        os.utime(path, (1, 1))
    DiskCache(tmp_path, 100).write(KEYS[0], b"")
    assert not list(tmp_path.glob(".*.tmp"))
