"""The partition table of a card: read from `partitions.toml`, written as an MBR with an extended partition.

The MBR and not GPT: the first stage of a Raspberry Pi Zero 2 W or 3 reads nothing else.
Units: sectors of 512 bytes. Source: the chain of extended boot records as fdisk writes it.
"""

from __future__ import annotations

import struct
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("partitions.toml")
SECTOR: Final = 512
MIB: Final = (1 << 20) // SECTOR
TYPES: Final = {"fat": 0x0C, "root": 0x83, "ext4": 0x83}
EXTENDED: Final = 0x0F
_ENTRY: Final = 446
_SIGNATURE: Final = 440
_MAGIC: Final = b"\x55\xaa"
_NO_CHS: Final = b"\xfe\xff\xff"
MOST_PRIMARY: Final = 3
"""The fourth entry holds the extended partition."""


class BadTable(Exception):
    """The table cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition and where it lies. `number` as Linux counts: primaries from 1, logical ones from 5."""

    name: str
    kind: str
    label: str
    number: int
    start: int
    size: int
    logical: bool
    grows: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole card; the extended partition spans all logical ones and their records."""

    signature: int
    partitions: tuple[Partition, ...]
    sectors: int

    def __getitem__(self, name: str) -> Partition:
        for each in self.partitions:
            if each.name == name:
                return each
        raise KeyError(name)

    def partuuid(self, name: str) -> str:
        """How the kernel names that partition, whatever the disk is called."""
        return f"{self.signature:08x}-{self[name].number:02x}"


def read_layout(text: str, card_sectors: int | None = None) -> Layout:
    """The layout of a card of that many sectors, or of the smallest image. Errors: `BadTable`."""
    table = tomllib.loads(text)
    at = int(table["first_mib"]) * MIB
    rows = table["partition"]
    placed: list[Partition] = []
    primary, logical = 1, 5
    for row in rows:
        is_logical = bool(row.get("logical", False))
        if is_logical:
            at += MIB  # the record before it, aligned
        elif logical > 5 or primary > MOST_PRIMARY:
            raise BadTable(f"{row['name']}: at most {MOST_PRIMARY} primary partitions, all before the logical ones")
        size = int(row["size_mib"]) * MIB
        grows = bool(row.get("grows", False))
        if grows and row is not rows[-1]:
            raise BadTable(f"{row['name']}: only the last partition can grow")
        if grows and card_sectors is not None:
            size = max(size, (card_sectors - at) // MIB * MIB)
        if row["kind"] not in TYPES:
            raise BadTable(f"{row['name']}: {row['kind']!r} is none of {', '.join(TYPES)}")
        number = logical if is_logical else primary
        logical, primary = logical + is_logical, primary + (not is_logical)
        placed.append(Partition(row["name"], row["kind"], row.get("label", ""), number, at, size, is_logical, grows))
        at += size
    if len({each.name for each in placed}) != len(placed):
        raise BadTable("two partitions have one name")
    if card_sectors is not None and at > card_sectors:
        raise BadTable(f"the card has {card_sectors // MIB} MiB, {at // MIB} are needed")
    return Layout(int(table["disk_signature"]), tuple(placed), at)


def _entry(kind: int, start: int, size: int) -> bytes:
    return struct.pack("<B3sB3sII", 0, _NO_CHS, kind, _NO_CHS, start, size)


def _record(entries: list[bytes], signature: int = 0) -> bytes:
    table = b"".join(entries).ljust(64, b"\0")
    return bytes(_SIGNATURE) + struct.pack("<IH", signature, 0) + table + _MAGIC


def records(layout: Layout) -> dict[int, bytes]:
    """Sector → its content: the MBR, and a record before each logical partition."""
    primary = [each for each in layout.partitions if not each.logical]
    logical = [each for each in layout.partitions if each.logical]
    entries = [_entry(TYPES[each.kind], each.start, each.size) for each in primary]
    written: dict[int, bytes] = {}
    if logical:
        base = logical[0].start - MIB
        entries.append(_entry(EXTENDED, base, layout.sectors - base))
        for each, following in zip(logical, [*logical[1:], None], strict=True):
            here = each.start - MIB
            links = [_entry(TYPES[each.kind], MIB, each.size)]
            if following is not None:
                links.append(_entry(EXTENDED, following.start - MIB - base, following.size + MIB))
            written[here] = _record(links)
    written[0] = _record(entries, layout.signature)
    return written


def read_records(sector_at: dict[int, bytes]) -> list[tuple[int, int, int, int]]:
    """Number, type, start and size of every partition in the records of a disk. Errors: `BadTable`."""
    found: list[tuple[int, int, int, int]] = []
    extended = None
    for number, (kind, start, size) in enumerate(_entries(sector_at, 0), 1):
        if kind == EXTENDED:
            extended = start
        elif size:
            found.append((number, kind, start, size))
    here, number = extended, 5
    while here is not None:
        (kind, start, size), (link, offset, _), *_ = _entries(sector_at, here)
        found.append((number, kind, here + start, size))
        here = extended + offset if extended is not None and link == EXTENDED else None
        number += 1
    return found


def _entries(sector_at: dict[int, bytes], sector: int) -> list[tuple[int, int, int]]:
    record = sector_at.get(sector, b"")
    if len(record) != SECTOR or record[-2:] != _MAGIC:
        raise BadTable(f"sector {sector} is no partition record")
    entries = []
    for each in range(4):
        _, _, kind, _, start, size = struct.unpack_from("<B3sB3sII", record, _ENTRY + 16 * each)
        entries.append((kind, start, size))
    return entries
