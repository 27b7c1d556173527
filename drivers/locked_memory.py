"""Memory that stays in RAM: all of the code and of what is used, not what was only reserved.

`mlockall` with all its force makes every reserved page resident, and gives a forked process its own copy of every page
that it may write to. Measured: 315 MB instead of 160, NumPy's linear algebra alone reserving 72 MB that nobody touches.
So what may be written to is read once and locked, but not copied: a page that is shared with the process this one was
forked from costs a copy of 4 KiB when it is first written to, a few microseconds. Everything else is locked at once:
code, because a page of it that must come from a card takes longer than many blocks.

A soundfont is a large mapping that is written once: `read_only_from_now_on` makes sure that it stays shared. Where
FluidSynth maps the file itself (the image's does), only what has been played is locked; the rest stays the kernel's.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

LARGE: Final = 16 << 20
"""From that many bytes on, a private mapping is locked only where it is touched."""
SOUNDFONT: Final = ".sf2"
"""How the one file ends that is mapped as data: no other is large and read only in parts."""
OPENBLAS: Final = "libscipy_openblas"
"""NumPy's library of kernels for two dozen processors, 25 MB, of which one processor's are ever used."""
_MAPS: Final = Path("/proc/self/maps")
_CURRENT: Final = 1
_FUTURE: Final = 2
_ON_FAULT: Final = 4
_POPULATE_READ: Final = 22
_NOT_OURS: Final = ("[vvar]", "[vsyscall]", "[vvar_vclock]")


class _Mapping(NamedTuple):
    start: int
    length: int
    rights: str
    name: str
    offset: int = 0
    """Where in its file it begins."""

    @property
    def large(self) -> bool:
        return self.length >= LARGE and (not self.name or self.name.endswith(SOUNDFONT) or OPENBLAS in self.name)


def _mappings() -> list[_Mapping]:
    found = []
    for line in _MAPS.read_text().splitlines():
        place, rights, offset, _device, _inode, *name = line.split(maxsplit=5)
        start, end = (int(edge, 16) for edge in place.split("-"))
        found.append(_Mapping(start, end - start, rights, name[0] if name else "", int(offset, 16)))
    return found


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return libc


@contextmanager
def read_only_from_now_on() -> Iterator[None]:
    """What is allocated in large pieces inside becomes read-only at its end. Errors: `OSError`.

    Whoever frees such a piece may: its bookkeeping is only read for that.
    """
    before = [(mapping.start, mapping.start + mapping.length) for mapping in _mappings()]
    yield
    libc = _libc()
    for mapping in _mappings():
        if mapping.rights == "rw-p" and mapping.large:
            for start, end in without((mapping.start, mapping.start + mapping.length), before):
                if end - start >= LARGE:
                    _check(libc.mprotect(start, end - start, mmap.PROT_READ))


def without(whole: tuple[int, int], parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of `whole` lies in none of `parts`, which are in ascending order: the kernel joins neighbours into one."""
    place, end = whole
    left = []
    for start, stop in parts:
        if start >= end:
            break
        if stop > place:
            if start > place:
                left.append((place, start))
            place = stop
    if place < end:
        left.append((place, end))
    return left


def lock() -> None:
    """Lock what is there and what will come. Errors: `OSError` with what the kernel said."""
    libc = _libc()
    _check(libc.mlockall(_CURRENT | _FUTURE | _ON_FAULT))
    for mapping in _mappings():
        if mapping.rights[0] != "r" or mapping.large or mapping.name in _NOT_OURS:
            continue
        # A kernel before 5.14 does not know how to read all of it: its pages are copied, then.
        may_be_shared = mapping.rights[1] == "w" and mapping.rights[3] == "p"
        if not may_be_shared or libc.madvise(mapping.start, mapping.length, _POPULATE_READ):
            _check(libc.mlock(mapping.start, mapping.length))
    # From here on new memory is made resident when it is mapped, not when it is touched in a block.
    _check(libc.mlockall(_FUTURE))


def populate(path: Path, spans: Iterable[tuple[int, int]]) -> int:
    """Of a file that is mapped somewhere here, make these spans (first byte, length) part of this process's memory.

    Returns how many bytes: none where nobody maps it. What is locked afterwards stays; without, it may go again.
    """
    libc = _libc()
    mapped = [mapping for mapping in _mappings() if mapping.name == str(path)]
    done = 0
    for begin, length in spans:
        for mapping in mapped:
            first = max(begin, mapping.offset) // mmap.PAGESIZE * mmap.PAGESIZE
            last = min(begin + length, mapping.offset + mapping.length)
            if first < last and not libc.madvise(mapping.start + first - mapping.offset, last - first, _POPULATE_READ):
                done += last - first
    return done


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
