"""The partition table of a card: read from `partitions.toml`, written as an MBR with an extended partition.

The MBR and not GPT: the first stage of a Raspberry Pi Zero 2 W or 3 reads nothing else.
Units: sectors of 512 bytes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.partition_records import EXTENDED, FIRST_LOGICAL, MIB, Entry, write_record

TABLE: Final = Path(__file__).with_name("partitions.toml")
TYPES: Final = {"fat": 0x0C, "root": 0x83, "ext4": 0x83}
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
    primary, logical = 1, FIRST_LOGICAL
    for row in rows:
        is_logical = bool(row.get("logical", False))
        if is_logical:
            at += MIB  # the record before it, aligned
        elif logical > FIRST_LOGICAL or primary > MOST_PRIMARY:
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


def records(layout: Layout) -> dict[int, bytes]:
    """Sector → its content: the MBR, and a record before each logical partition."""
    logical = [each for each in layout.partitions if each.logical]
    entries = [Entry(TYPES[each.kind], each.start, each.size) for each in layout.partitions if not each.logical]
    written: dict[int, bytes] = {}
    if logical:
        base = logical[0].start - MIB
        entries.append(Entry(EXTENDED, base, layout.sectors - base))
        for each, following in zip(logical, [*logical[1:], None], strict=True):
            links = [Entry(TYPES[each.kind], MIB, each.size)]
            if following is not None:
                links.append(Entry(EXTENDED, following.start - MIB - base, following.size + MIB))
            written[each.start - MIB] = write_record(links)
    written[0] = write_record(entries, layout.signature)
    return written
