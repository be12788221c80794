"""Private memory that is first writable, then executable or read-only: never writable and executable at once.

x86-64 Linux only: page size and constants are those of its ABI. Nothing here owns a mapping: what is mapped stays until the
process ends, because a daemon thread may still be running in it while the interpreter shuts down.
"""

from __future__ import annotations

import ctypes
import os

from cobra.runtime.errors import LoadError

PAGE = 4096
READ, READ_WRITE, READ_EXECUTE = 1, 3, 5
_PRIVATE_ANONYMOUS = 0x22
_FAILED = 2**64 - 1

_libc = ctypes.CDLL(None, use_errno=True)
_mmap, _mprotect, _munmap = _libc.mmap, _libc.mprotect, _libc.munmap
_mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_mmap.restype = ctypes.c_void_p
_mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
_munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def _refused(what: str) -> LoadError:
    return LoadError(f"the system refuses {what}: {os.strerror(ctypes.get_errno())}")


def allocate(size: int) -> int:
    """Map `size` zero bytes, readable and writable, and return their address."""
    address = _mmap(None, size, READ_WRITE, _PRIVATE_ANONYMOUS, -1, 0)
    if address is None or address == _FAILED:
        raise _refused(f"{size} bytes of memory")
    return int(address)


def write(address: int, content: bytearray) -> None:
    """Copy `content` to memory that is still writable."""
    ctypes.memmove(address, (ctypes.c_char * len(content)).from_buffer(content), len(content))


def protect(address: int, size: int, mode: int) -> None:
    """Give whole pages their final access mode."""
    if size and _mprotect(address, size, mode):
        raise _refused("executable memory" if mode == READ_EXECUTE else "to protect memory")


def release(address: int, size: int) -> None:
    """Unmap memory into which no pointer has been given out."""
    _munmap(address, size)
