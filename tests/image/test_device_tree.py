"""The emulated board's device tree gets a node for the card in memory."""

from __future__ import annotations

import struct

import pytest

from hw_tests.bench.device_tree import MAGIC, with_memory_region

ROOT = struct.pack(">II", 1, 0) + struct.pack(">III", 3, 4, 0) + b"\0\0\0\2" + struct.pack(">II", 2, 9)
STRINGS = b"#size-cells\0"


def tree(version: int = 17) -> bytes:
    reserved = bytes(16)
    at = 40 + len(reserved)
    end = at + len(ROOT) + len(STRINGS)
    header = (MAGIC, end, at, at + len(ROOT), 40, version, 16, 0, len(STRINGS), len(ROOT))
    return struct.pack(">10I", *header) + reserved + ROOT + STRINGS


def properties(content: bytes) -> dict[str, dict[str, bytes]]:
    """Node → its properties, of a whole tree; a node counts as its own, not as its parent's."""
    header = struct.unpack_from(">10I", content)
    at, strings = header[2], content[header[3] : header[3] + header[8]]
    told: dict[str, dict[str, bytes]] = {}
    path: list[str] = []
    while True:
        (kind,) = struct.unpack_from(">I", content, at)
        at += 4
        match kind:
            case 1:
                end = content.index(b"\0", at)
                path.append(content[at:end].decode())
                told[path[-1]] = {}
                at = end + 4 - (end - header[2]) % 4
            case 2:
                path.pop()
            case 3:
                length, name_at = struct.unpack_from(">II", content, at)
                name = strings[name_at : strings.index(b"\0", name_at)].decode()
                told[path[-1]][name] = content[at + 8 : at + 8 + length]
                at += 8 + (length + 3) // 4 * 4
            case _:
                assert kind == 9 and not path
                assert at == header[2] + header[9]
                assert len(content) == header[1] == header[3] + header[8]
                return told


def test_the_card_is_a_region_beside_what_was_there() -> None:
    told = properties(with_memory_region(tree(), 0x6000_0000, 640 << 20))
    assert told == {
        "": {"#size-cells": b"\0\0\0\2"},
        "pmem@60000000": {"compatible": b"pmem-region\0", "reg": struct.pack(">QQ", 0x6000_0000, 640 << 20)},
    }


def test_what_is_no_such_tree_is_refused() -> None:
    for content in (b"\0" * 64, tree(version=16)):
        with pytest.raises(ValueError, match="no flattened device tree"):
            with_memory_region(content, 0, 1)
