"""Partition records of a card: an MBR and the chain of extended boot records, read, written, and grown at the end.

Units: sectors of 512 bytes. Source: the chain as fdisk writes it; linux/blkpg.h for what the kernel is told.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from mos_appliance.errors import Corrupt

SECTOR: Final = 512
MIB: Final = (1 << 20) // SECTOR
EXTENDED: Final = 0x0F
FIRST_LOGICAL: Final = 5
MOST_LOGICAL: Final = 16
"""A chain that is longer goes in circles."""
_ENTRY: Final = 446
_SIGNATURE: Final = 440
_MAGIC: Final = b"\x55\xaa"
_NO_CHS: Final = b"\xfe\xff\xff"
_PARTS: Final = "<B3sB3sII"

Read = Callable[[int], bytes]
"""The content of one sector."""


class Entry(NamedTuple):
    """One of a record's four entries; `start` counts from where the record says."""

    kind: int
    start: int
    size: int


class Found(NamedTuple):
    """A partition of the disk; `number` as Linux counts, `start` from the disk's first sector."""

    number: int
    kind: int
    start: int
    size: int


def write_entry(entry: Entry) -> bytes:
    """An entry without cylinders and heads, which nothing reads any more."""
    return struct.pack(_PARTS, 0, _NO_CHS, entry.kind, _NO_CHS, entry.start, entry.size)


def write_record(entries: list[Entry], signature: int = 0) -> bytes:
    """A whole sector."""
    table = b"".join(map(write_entry, entries)).ljust(64, b"\0")
    return bytes(_SIGNATURE) + struct.pack("<IH", signature, 0) + table + _MAGIC


def entries_of(record: bytes, sector: int) -> list[Entry]:
    """The four entries. Errors: `Corrupt`."""
    if len(record) != SECTOR or record[-2:] != _MAGIC:
        raise Corrupt(f"sector {sector}", "is no partition record")
    rows = (struct.unpack_from(_PARTS, record, _ENTRY + 16 * each) for each in range(4))
    return [Entry(row[2], row[4], row[5]) for row in rows]


def _chain(read: Read, base: int) -> list[int]:
    """The sectors of the extended records. Errors: `Corrupt`."""
    here, chain = base, [base]
    while True:
        link = entries_of(read(here), here)[1]
        if link.kind != EXTENDED:
            return chain
        here = base + link.start
        if here in chain or len(chain) == MOST_LOGICAL:
            raise Corrupt(f"sector {here}", "the chain of partition records has no end")
        chain.append(here)


def read_partitions(read: Read) -> list[Found]:
    """Every partition of a disk, in its order. Errors: `Corrupt`."""
    found: list[Found] = []
    chain: list[int] = []
    for number, (kind, start, size) in enumerate(entries_of(read(0), 0), 1):
        if kind == EXTENDED:
            chain = _chain(read, start)
        elif size:
            found.append(Found(number, kind, start, size))
    for number, here in enumerate(chain, FIRST_LOGICAL):
        kind, start, size = entries_of(read(here), here)[0]
        found.append(Found(number, kind, here + start, size))
    return found


def grow_last(read: Read, disk_sectors: int) -> dict[int, bytes]:
    """The records with which the last logical partition fills the disk, in the order in which to write them.

    The outermost comes first: a partition that is larger than what is in it does no harm, should power go in between.
    Nothing when there is less than a MiB to win. Errors: `Corrupt`.
    """
    disk = entries_of(read(0), 0)
    outer = next((index for index, entry in enumerate(disk) if entry.kind == EXTENDED), None)
    if outer is None:
        return {}
    base = disk[outer].start
    chain = _chain(read, base)
    last = chain[-1]
    own = entries_of(read(last), last)[0]
    end = disk_sectors // MIB * MIB
    size = end - last - own.start
    if size < own.size + MIB:
        return {}
    changed = {0: _with(read(0), outer, end - base)}
    if len(chain) > 1:
        changed[chain[-2]] = _with(read(chain[-2]), 1, end - last)
    return {**changed, last: _with(read(last), 0, size)}


def _with(record: bytes, index: int, size: int) -> bytes:
    """The record with another size in one entry; all else, code and signature too, as it was."""
    at = _ENTRY + 16 * index + 12
    return record[:at] + struct.pack("<I", size) + record[at + 4 :]


class _Partition(ctypes.Structure):
    """struct blkpg_partition; in bytes."""

    _fields_ = (
        ("start", ctypes.c_longlong),
        ("length", ctypes.c_longlong),
        ("number", ctypes.c_int),
        ("names", ctypes.c_char * 128),
    )


class _Request(ctypes.Structure):
    """struct blkpg_ioctl_arg."""

    _fields_ = (("op", ctypes.c_int), ("flags", ctypes.c_int), ("size", ctypes.c_int), ("data", ctypes.c_void_p))


_BLKPG: Final = 0x1269
_RESIZE: Final = 3


def tell_kernel(disk: int, partition: Found) -> None:
    """Give a partition that is in use its new size. Errors: `OSError`."""
    told = _Partition(partition.start * SECTOR, partition.size * SECTOR, partition.number)
    request = _Request(_RESIZE, 0, ctypes.sizeof(told), ctypes.addressof(told))
    fcntl.ioctl(disk, _BLKPG, request)


def grow_disk(disk: Path, disk_sectors: int, tell: Callable[[int, Found], None] = tell_kernel) -> Found | None:
    """Let the last partition of that disk fill it, on the disk and in the kernel.

    Returns it, or None when there was nothing to win. Errors: `Corrupt`, `OSError`.
    """
    descriptor = os.open(disk, os.O_RDWR | os.O_CLOEXEC)
    try:

        def read(sector: int) -> bytes:
            return os.pread(descriptor, SECTOR, sector * SECTOR)

        changed = grow_last(read, disk_sectors)
        for sector, record in changed.items():
            os.pwrite(descriptor, record, sector * SECTOR)
            os.fsync(descriptor)
        if not changed:
            return None
        grown = read_partitions(read)[-1]
        tell(descriptor, grown)
        return grown
    finally:
        os.close(descriptor)
