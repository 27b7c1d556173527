"""What of a library is never loaded, or never run on our boards, made empty in its place: it packs to nothing.

Nothing is moved, because wheels' libraries whose places `patchelf` has changed do not survive `strip`.
Source: System V ABI, chapters 4 and 5 (ELF-64, little-endian).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = b"\x7fELF\x02\x01"
_HEADER: Final = struct.Struct("<16xHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_ALLOCATED: Final = 2
_SYMBOL_TABLE: Final = 2
_NO_BYTES: Final = 8
_FUNCTION: Final = 2
_DYNAMIC: Final = 6
_ENTRY: Final = struct.Struct("<qQ")
_NEEDED: Final = 1


class NoLibrary(Exception):
    """These bytes are no ELF file of 64 bits that can be understood."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section. Units: bytes."""

    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int

    @property
    def loaded(self) -> bool:
        """Whether the loader maps it."""
        return bool(self.flags & _ALLOCATED)


def sections(content: bytes | bytearray) -> tuple[list[Section], int]:
    """All sections, and the number of the one with their names. Errors: `NoLibrary`."""
    if content[: len(_MAGIC)] != _MAGIC or len(content) < _HEADER.size:
        raise NoLibrary("no ELF file of 64 bits, little-endian")
    *_, at, _flags, _own, _p_size, _p_count, size, count, names = _HEADER.unpack_from(content)
    if (count and size != _SECTION.size) or at + count * _SECTION.size > len(content):
        raise NoLibrary("its table of sections is not whole")
    found = []
    for number in range(count):
        row = _SECTION.unpack_from(content, at + number * _SECTION.size)
        section = Section(row[1], row[2], row[3], row[4], row[5], row[6])
        if section.kind != _NO_BYTES and section.offset + section.size > len(content):
            raise NoLibrary(f"section {number} reaches beyond its end")
        found.append(section)
    return found, names


def _symbols(content: bytes | bytearray) -> Iterator[tuple[str, int, int, int]]:
    """Name, section, address and length of every function that the full symbol table names."""
    known, _ = sections(content)
    for table in known:
        if table.kind != _SYMBOL_TABLE:
            continue
        names = known[table.link]
        for at in range(table.offset, table.offset + table.size, _SYMBOL.size):
            name, info, _, where, address, size = _SYMBOL.unpack_from(content, at)
            if info & 15 == _FUNCTION and 0 < where < len(known):
                start = names.offset + name
                yield content[start : content.index(0, start)].decode(errors="replace"), where, address, size


def functions(content: bytes | bytearray) -> Iterator[tuple[str, int, int]]:
    """Name, place in the file and length of every function. Errors: `NoLibrary`.

    One written in assembler may not say how long it is: then it reaches to the next.
    """
    known, _ = sections(content)
    found = list(_symbols(content))
    starts: dict[int, list[int]] = {}
    for _, where, address, _ in found:
        starts.setdefault(where, []).append(address)
    for where, addresses in starts.items():
        starts[where] = [*sorted(set(addresses)), known[where].address + known[where].size]
    for name, where, address, size in found:
        following = starts[where][bisect_right(starts[where], address)]
        yield name, address - known[where].address + known[where].offset, size or following - address


def without_functions(content: bytearray, unwanted: Callable[[str], bool]) -> int:
    """Empty the functions that are not wanted, but no byte that another one shares. Returns how many bytes."""
    wanted, others = bytearray(len(content)), []
    for name, start, size in functions(content):
        if unwanted(name):
            others.append((start, size))
        else:
            wanted[start : start + size] = b"\1" * size
    emptied = 0
    for start, size in others:
        if not any(wanted[start : start + size]):
            content[start : start + size] = bytes(size)
            emptied += size
    return emptied


def without_what_is_not_loaded(content: bytearray) -> int:
    """Empty what no loader reads: debugging, the full symbol table, comments. Returns how many bytes."""
    known, names = sections(content)
    emptied = 0
    for number, section in enumerate(known):
        if number != names and not section.loaded and section.kind != _NO_BYTES:
            content[section.offset : section.offset + section.size] = bytes(section.size)
            emptied += section.size
    return emptied


def needed(content: bytes | bytearray) -> list[str]:
    """The libraries that it asks the loader for. Errors: `NoLibrary`."""
    known, _ = sections(content)
    found = []
    for table in known:
        if table.kind != _DYNAMIC or table.link >= len(known):
            continue
        names = known[table.link].offset
        for at in range(table.offset, table.offset + table.size - _ENTRY.size + 1, _ENTRY.size):
            tag, value = _ENTRY.unpack_from(content, at)
            if tag == _NEEDED:
                found.append(content[names + value : content.index(0, names + value)].decode(errors="replace"))
    return found
