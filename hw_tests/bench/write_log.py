"""Every write of a disk, as QEMU's `blklogwrites` records it, and the states in which a power cut could leave the disk.

What was written before the last completed flush is there. Of what was written after it, each write is there, or not, or
torn between its sectors, as chance decides: a card that keeps writes back owes no more.
Source: Linux, drivers/md/dm-log-writes.c (the layout); QEMU, block/blklogwrites.c.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from drivers.partition_records import SECTOR

MAGIC: Final = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4
_SUPER: Final = struct.Struct("<QQQI")
_ENTRY: Final = struct.Struct("<QQQQ")
TORN_SHARE: Final = 0.2
"""Of the writes that are there only by chance, so many are torn."""


class NoLog(Exception):
    """The file is no log of writes."""


@dataclass(frozen=True, slots=True)
class Write:
    """One entry. Units: sectors; `at` is where its data lie in the log, in bytes."""

    sector: int
    count: int
    flags: int
    at: int


def qemu_words(card: str, log: str) -> list[str]:
    """The emulator's words for a card all of whose writes are recorded in a log that is there and empty."""
    words = ["-blockdev", f"driver=file,node-name=bytes,filename={card}"]
    words += ["-blockdev", "driver=raw,node-name=whole,file=bytes"]
    words += ["-blockdev", f"driver=file,node-name=record,filename={log}"]
    words += ["-blockdev", "driver=blklogwrites,node-name=card,file=whole,log=record"]
    return [*words, "-device", "virtio-blk-pci,drive=card"]


def read_log(log: Path) -> list[Write]:
    """All whole entries, in their order. Errors: `NoLog`.

    The number in the head of the log is not asked: QEMU brings it up to date only now and then.
    """
    size = log.stat().st_size
    with log.open("rb") as file:
        head = file.read(SECTOR)
        if len(head) < _SUPER.size or _SUPER.unpack_from(head)[::3] != (MAGIC, SECTOR):
            raise NoLog(f"{log}: does not begin as a log of writes with sectors of {SECTOR} bytes")
        return list(_entries(file, size))


def _entries(file: BinaryIO, size: int) -> Iterator[Write]:
    at = SECTOR
    while at + SECTOR <= size:
        file.seek(at)
        sector, count, flags, length = _ENTRY.unpack(file.read(_ENTRY.size))
        if not count and not flags:
            return
        data = 0 if flags & DISCARD else count * SECTOR
        at += SECTOR
        if length or at + data > size:
            return
        yield Write(sector, count, flags, at)
        at += data


@dataclass(frozen=True, slots=True)
class Cut:
    """A power cut: writes up to `flushed` are there, of those up to `at` what chance decided."""

    flushed: int
    at: int
    some: tuple[tuple[int, tuple[int, int]], ...]
    """Number of a write, and which of its sectors are there: from, to."""


def cut_power(writes: Sequence[Write], number: int, first: int = 0) -> Cut:
    """The power cut of that number, the same every time; at the earliest after `first` writes."""
    chance = random.Random(number)
    at = chance.randint(first, len(writes))
    flushed = max((index + 1 for index in range(at) if writes[index].flags & FLUSH), default=0)
    kept = chance.choice((0.0, 0.5, 0.5, 0.9))
    some = []
    for index in range(flushed, at):
        write = writes[index]
        if not write.count or write.flags & DISCARD:
            continue
        if not write.flags & FUA and chance.random() >= kept:
            continue
        begin, end = 0, write.count
        if not write.flags & FUA and chance.random() < TORN_SHARE:
            begin, end = sorted((chance.randint(0, end), chance.randint(0, end)))
        if begin < end:
            some.append((index, (begin, end)))
    return Cut(flushed, at, tuple(some))


class Disk:
    """A disk to which writes of a log are done again, some of it kept in a file that is given."""

    def __init__(self, image: Path, log: Path) -> None:
        self._image = image.open("r+b")
        self._log = log.open("rb")

    def close(self) -> None:
        """All of it reaches the file."""
        self._image.close()
        self._log.close()

    def flush(self) -> None:
        """What was done so far can be read from the file."""
        self._image.flush()

    def redo(self, write: Write, begin: int = 0, end: int | None = None) -> None:
        """Write what was written, or only those of its sectors."""
        if not write.count or write.flags & DISCARD:
            return
        end = write.count if end is None else end
        self._log.seek(write.at + begin * SECTOR)
        self._image.seek((write.sector + begin) * SECTOR)
        self._image.write(self._log.read((end - begin) * SECTOR))
