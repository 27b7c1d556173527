"""One more node in a flattened device tree: the emulator's card as memory (the kernel's `pmem-region`).

Source: Devicetree Specification 0.4, chapter 5 (the flattened format); the kernel's binding pmem/pmem-region.txt.
"""

from __future__ import annotations

import struct
from typing import Final

MAGIC: Final = 0xD00DFEED
_HEADER: Final = struct.Struct(">10I")
_BEGIN, _END_NODE, _PROPERTY, _END = 1, 2, 3, 9


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % 4)


def with_memory_region(tree: bytes, address: int, size: int) -> bytes:
    """The tree with a `pmem-region` at its root. Units: bytes. Errors: `ValueError` for what is none."""
    header = list(_HEADER.unpack_from(tree))
    magic, _, at, strings_at, reserved_at, version, _, _, strings_size, size_of_nodes = header
    if magic != MAGIC or version != 17:
        raise ValueError("is no flattened device tree of version 17")
    nodes = tree[at : at + size_of_nodes]
    last = struct.pack(">II", _END_NODE, _END)
    if not nodes.endswith(last):
        raise ValueError("its nodes do not end with the root's")
    strings = tree[strings_at : strings_at + strings_size]
    added = struct.pack(">I", _BEGIN) + _padded(f"pmem@{address:x}".encode() + b"\0")
    for name, value in ((b"compatible", b"pmem-region\0"), (b"reg", struct.pack(">QQ", address, size))):
        added += struct.pack(">III", _PROPERTY, len(value), len(strings)) + _padded(value)
        strings += name + b"\0"
    nodes = nodes.removesuffix(last) + added + struct.pack(">I", _END_NODE) + last
    reserved = tree[reserved_at:at]
    start = _HEADER.size + len(reserved)
    header[1] = start + len(nodes) + len(strings)
    header[2], header[3], header[4] = start, start + len(nodes), _HEADER.size
    header[8], header[9] = len(strings), len(nodes)
    return _HEADER.pack(*header) + reserved + nodes + strings
