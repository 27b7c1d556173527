"""Growing the last partition of a card, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.partition_records import (
    EXTENDED,
    MIB,
    MOST_LOGICAL,
    SECTOR,
    Entry,
    Found,
    entries_of,
    grow_disk,
    grow_last,
    read_partitions,
    write_record,
)
from image import partitions
from mos_appliance.errors import Corrupt

LAYOUT = partitions.read_layout(partitions.TABLE.read_text())
CARD = 8 * 1024 * MIB + 77


def records() -> dict[int, bytes]:
    return partitions.records(LAYOUT)


def test_the_last_partition_fills_the_card_and_no_other_changes() -> None:
    before, after = records(), records()
    after.update(grow_last(before.__getitem__, CARD))
    grown, old = read_partitions(after.__getitem__), read_partitions(before.__getitem__)
    assert grown[:-1] == old[:-1]
    assert grown[-1].start == old[-1].start
    assert grown[-1].start + grown[-1].size == CARD // MIB * MIB
    assert entries_of(after[0], 0)[3].size == CARD // MIB * MIB - entries_of(after[0], 0)[3].start


def test_growing_gives_what_a_card_of_that_size_would_have_had_from_the_start() -> None:
    grown = {**records(), **grow_last(records().__getitem__, CARD)}
    assert grown == partitions.records(partitions.read_layout(partitions.TABLE.read_text(), CARD))


def test_a_card_that_is_full_already_is_left_alone() -> None:
    assert grow_last(records().__getitem__, LAYOUT.sectors + MIB - 1) == {}
    again = {**records(), **grow_last(records().__getitem__, CARD)}
    assert grow_last(again.__getitem__, CARD) == {}


@pytest.mark.parametrize("written", [1, 2])
def test_power_that_goes_between_two_records_leaves_every_partition_readable(written: int) -> None:
    changed = list(grow_last(records().__getitem__, CARD).items())
    assert len(changed) == 3
    half = {**records(), **dict(changed[:written])}
    assert read_partitions(half.__getitem__) == read_partitions(records().__getitem__)
    assert {**half, **grow_last(half.__getitem__, CARD)} == {**records(), **dict(changed)}


def test_a_disk_without_an_extended_partition_is_left_alone() -> None:
    assert grow_last({0: write_record([Entry(0x83, 2048, 4096)])}.__getitem__, CARD) == {}


def test_the_disk_and_the_kernel_are_told_the_same(tmp_path: Path) -> None:
    disk = tmp_path / "card"
    with disk.open("wb") as file:
        file.truncate(CARD * SECTOR)
        for sector, record in records().items():
            file.seek(sector * SECTOR)
            file.write(record)
    told: list[Found] = []
    grown = grow_disk(disk, CARD, lambda _, partition: told.append(partition))
    assert [grown] == told
    assert grown is not None
    assert grown.number == 6
    assert grow_disk(disk, CARD, lambda _, partition: told.append(partition)) is None


def test_a_sector_that_is_no_record_is_told_by_its_number() -> None:
    with pytest.raises(Corrupt, match="sector 0"):
        read_partitions(lambda _: bytes(SECTOR))
    with pytest.raises(Corrupt, match="sector 2048"):
        read_partitions({0: write_record([Entry(EXTENDED, 2048, 1)]), 2048: b""}.__getitem__)


def test_a_chain_that_goes_in_circles_is_refused() -> None:
    loop = {0: write_record([Entry(EXTENDED, MIB, MIB)]), MIB: write_record([Entry(0x83, 1, 1), Entry(EXTENDED, 0, 1)])}
    with pytest.raises(Corrupt, match="no end"):
        read_partitions(loop.__getitem__)
    endless = [write_record([Entry(0x83, 1, 1), Entry(EXTENDED, each, 1)]) for each in range(1, MOST_LOGICAL + 3)]
    with pytest.raises(Corrupt, match="no end"):
        read_partitions(lambda sector: endless[sector - 1] if sector else write_record([Entry(EXTENDED, 1, 1)]))
