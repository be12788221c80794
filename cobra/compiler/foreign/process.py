"""Have a child process compile LLVM text, and take whatever becomes of it for an answer.

A child that dies, hangs, prints nonsense or never stops printing gives a `Refusal`, as one does that says why it cannot; none
outlives the call. What it says is believed of nothing but its own text: an object is checked before it is used.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from typing import IO

from cobra import config
from cobra.compiler.foreign import child
from cobra.compiler.foreign.refusal import Refusal

_LARGEST_OBJECT = 16 << 20
_LONGEST_COMPLAINT = 1 << 16
_CHUNK = 1 << 16
_WATCHES_PIPES = os.name == "posix"
"""Elsewhere a pipe can only be read to its end, so how much a child says has no limit there."""
_ASSERTION = re.compile(r"Assertion [`'](.*?)' failed", re.DOTALL)


def compile_in_child(text: str, functions: list[str]) -> bytes:
    """Return the object of a module that defines some functions and nothing else, compiled by a process of its own.

    Raises
    ------
    Refusal
        When none comes out, whatever the reason.
    """
    settings = config.current()
    request = {
        "text": text, "functions": functions, "cpu": settings.target_cpu, "triple": None,
        "seconds": settings.text_seconds, "memory": settings.text_memory,
    }  # fmt: skip
    process = _start()
    try:
        answer, complaint = _converse(process, json.dumps(request).encode(), settings.text_seconds)
    finally:
        _end(process)
    return _object_in(answer, complaint, process.returncode)


def _start() -> subprocess.Popen[bytes]:
    found = importlib.util.find_spec("llvmlite")
    if found is None or found.origin is None:
        raise Refusal("llvmlite is not installed")
    folder = os.path.dirname(os.path.dirname(found.origin))
    pipe = subprocess.PIPE
    # Isolated: neither the environment nor the folder the user stands in says what it imports. Its own session: ended as one.
    command = [sys.executable, "-I", "-S", "-B", child.__file__, folder]
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=os.path.dirname(child.__file__), start_new_session=True
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a process, however far it is, nor of any that it started."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    except OSError:
        pass
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass
    process.wait()


# -- talking


def _converse(process: subprocess.Popen[bytes], request: bytes, seconds: int) -> tuple[bytes, bytes]:
    """Send a request and return what comes on both outputs until they close."""
    try:
        if not _WATCHES_PIPES:
            return process.communicate(request, timeout=seconds)
        deadline = time.monotonic() + seconds
        heard = _Talk(process, request).until(deadline)
        process.wait(max(deadline - time.monotonic(), 0.01))
    except (TimeoutError, subprocess.TimeoutExpired):
        raise Refusal(f"it took LLVM more than {seconds} s") from None
    return heard


class _Talk:
    """One request and what is heard of it, without waiting longer for a child than it may take."""

    def __init__(self, process: subprocess.Popen[bytes], request: bytes) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self.request, self.rest = process.stdin, memoryview(request)
        self.answer, self.complaint = process.stdout, process.stderr
        self.heard = {self.answer: bytearray(), self.complaint: bytearray()}

    def until(self, deadline: float) -> tuple[bytes, bytes]:
        """Return all that is said; raise `TimeoutError` if more might be when time is up."""
        with selectors.DefaultSelector() as waiting:
            for stream in (self.request, *self.heard):
                os.set_blocking(stream.fileno(), False)
                waiting.register(stream, selectors.EVENT_WRITE if stream is self.request else selectors.EVENT_READ)
            while waiting.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                for stream in [stream for stream in self._ready(waiting, left) if not self._goes_on(stream)]:
                    waiting.unregister(stream)
                    stream.close()
        return bytes(self.heard[self.answer]), bytes(self.heard[self.complaint])

    def _ready(self, waiting: selectors.BaseSelector, seconds: float) -> list[IO[bytes]]:
        found = {key.fd for key, _ in waiting.select(seconds)}
        return [stream for stream in (self.request, *self.heard) if not stream.closed and stream.fileno() in found]

    def _goes_on(self, stream: IO[bytes]) -> bool:
        """Send or hear what can be now; tell whether there may be more."""
        if stream is not self.request:
            return _hear(stream, self.heard[stream], _LARGEST_OBJECT if stream is self.answer else _LONGEST_COMPLAINT)
        self.rest = _send(stream, self.rest)
        return bool(self.rest)


def _send(stream: IO[bytes], rest: memoryview) -> memoryview:
    """Send what a pipe takes now and return the rest; none is left when nobody listens."""
    try:
        return rest[os.write(stream.fileno(), rest[:_CHUNK]) :]
    except BlockingIOError:
        return rest
    except OSError:
        return rest[:0]


def _hear(stream: IO[bytes], content: bytearray, limit: int) -> bool:
    """Add what there is to hear; tell whether more may come. Complaints are forgotten beyond their limit, answers refused."""
    try:
        piece = os.read(stream.fileno(), _CHUNK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    content += piece
    if len(content) > limit:
        if limit == _LARGEST_OBJECT:
            raise Refusal("its code is too large")
        del content[limit:]
    return bool(piece)


# -- what came back


def _object_in(answer: bytes, complaint: bytes, status: int) -> bytes:
    head = len(child.MAGIC) + 9
    kind, content = answer[head - 9 : head - 8], answer[head:]
    whole = answer.startswith(child.MAGIC) and len(answer) >= head
    if status != 0 or not whole or int.from_bytes(answer[head - 8 : head], "little") != len(content):
        raise Refusal(_end_of(status, complaint))
    if kind != child.OBJECT:
        raise Refusal(content.decode("utf-8", "replace"))
    if b"stack frame size" in complaint:
        raise Refusal("its code takes more of the stack than a thread may have")
    return content


def _end_of(status: int, complaint: bytes) -> str:
    """Return a sentence on a process that gave no answer, with the line of its complaint that tells most."""
    text = complaint.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assertion = _ASSERTION.search(text)
    told = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
    told = assertion[1] if assertion is not None else told
    how = f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"LLVM {how} over it{f': {told[:300]}' if told else ''}"
