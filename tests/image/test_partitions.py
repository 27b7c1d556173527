"""The partition table of a card."""

from __future__ import annotations

import pytest

from drivers.partition_records import MIB, read_partitions
from image import partitions
from image.partitions import BadTable

TABLE = partitions.TABLE.read_text()


def test_the_card_has_two_roots_of_one_size_and_a_data_partition_at_its_end() -> None:
    layout = partitions.read_layout(TABLE)
    assert [each.name for each in layout.partitions] == ["boot", "card", "root_a", "root_b", "data"]
    assert layout["root_a"].size == layout["root_b"].size
    assert layout["data"].grows
    assert layout["data"].start + layout["data"].size == layout.sectors


def test_partitions_neither_overlap_nor_touch_what_boards_keep_at_the_start() -> None:
    layout = partitions.read_layout(TABLE)
    at = 4 * MIB
    for each in layout.partitions:
        assert each.start >= at + (MIB if each.logical else 0)
        assert each.start % MIB == 0
        at = each.start + each.size


def test_the_records_say_what_the_layout_says() -> None:
    layout = partitions.read_layout(TABLE)
    found = read_partitions(partitions.records(layout).__getitem__)
    assert found == [(each.number, partitions.TYPES[each.kind], each.start, each.size) for each in layout.partitions]


def test_the_data_partition_takes_what_is_left_of_a_card() -> None:
    card = 8 * 1024 * MIB - 7
    layout = partitions.read_layout(TABLE, card)
    assert card - MIB < layout["data"].start + layout["data"].size <= card
    assert layout["root_b"] == partitions.read_layout(TABLE)["root_b"]


def test_a_card_that_is_too_small_is_refused() -> None:
    with pytest.raises(BadTable, match="the card has 100 MiB"):
        partitions.read_layout(TABLE, 100 * MIB)


def test_a_fourth_primary_partition_is_refused() -> None:
    with pytest.raises(BadTable, match="root_b: at most 3 primary"):
        partitions.read_layout(TABLE.replace("logical = true\n", "", 1))


def test_only_the_last_partition_may_grow() -> None:
    with pytest.raises(BadTable, match="boot: only the last"):
        partitions.read_layout(TABLE.replace('label = "BOOT"', "grows = true"))


def test_a_root_is_named_whatever_the_disk_is_called() -> None:
    layout = partitions.read_layout(TABLE)
    assert (layout.partuuid("root_a"), layout.partuuid("root_b")) == ("4d4f5321-03", "4d4f5321-05")
