"""Code that kernels call by a name which says what is in it: compiled apart, found again by its digest.

A kernel that was compiled with such a call asks for ``cobra_opaque_`` and a digest when it is loaded. The object lies in
the disk cache under that digest, or is known in this process only; where it is neither, the kernel is compiled anew.
"""

from __future__ import annotations

from cobra.cache import disk
from cobra.runtime.elf_format import parse_object
from cobra.runtime.errors import LoadError
from cobra.runtime.loader import load_object

PREFIX = "cobra_opaque_"

_objects: dict[str, bytes] = {}
_addresses: dict[str, int] = {}


def symbol_of(digest: str) -> str:
    """Return the name of the function that the object of a digest defines."""
    return PREFIX + digest


def is_known(digest: str) -> bool:
    """Tell whether the object of a digest is at hand."""
    return symbol_of(digest) in _addresses or _object_of(digest) is not None


def provide(digest: str, data: bytes) -> None:
    """Keep an object; raise `LoadError` unless it is what it must be."""
    check(digest, data)
    _objects[digest] = data
    cache = disk.default()
    if cache is not None:
        cache.write(digest, data)


def check(digest: str, data: bytes) -> None:
    """Raise `LoadError` unless an object defines the one function of a digest, and asks for mathematics and memory only."""
    found = parse_object(data)
    if found.functions != (symbol_of(digest),):
        raise LoadError("the object does not define what it should")
    from cobra.runtime.symbols import is_for_everyone

    strange = [name for name in found.needed if not is_for_everyone(name)]
    if strange:
        raise LoadError(f"it asks for the function @{strange[0]}, which is not known")


def address(symbol: str) -> int:
    """Return where the code of a symbol stands, loading it if need be; raise `LoadError` when there is none."""
    known = _addresses.get(symbol)
    if known is not None:
        return known
    digest = symbol.removeprefix(PREFIX)
    data = _object_of(digest)
    if data is None:
        raise LoadError(f"the code of {symbol} is gone")
    return _addresses.setdefault(symbol, load_object(data)[symbol])


def _object_of(digest: str) -> bytes | None:
    known = _objects.get(digest)
    if known is not None:
        return known
    cache = disk.default()
    try:
        data = cache.read(digest) if cache is not None else None
        if data is not None:
            check(digest, data)
    except (ValueError, LoadError) as error:
        disk.report("stored code of %s cannot be used: %s", digest, error)
        return None
    return _objects.setdefault(digest, data) if data is not None else None
