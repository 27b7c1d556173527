"""The name of some bytes in IPFS: the CID that Helia and ipfs-car give them by default.

CIDv1, SHA-256, UnixFS with raw leaves of 1 MiB in a balanced tree of at most 1,024 children a node.
Source: multiformats CID specification; IPLD DAG-PB; UnixFS. The tests' figures come from npm's `@helia/unixfs` and
`ipfs-car`.
"""

from __future__ import annotations

import hashlib
from base64 import b32decode, b32encode
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput

LEAF_BYTES: Final = 1 << 20
CHILDREN: Final = 1024
_RAW: Final = 0x55
_DAG_PB: Final = 0x70
_SHA2_256: Final = b"\x12\x20"
_FILE: Final = b"\x08\x02"
"""UnixFS: field 1, type of a file."""


class _Node(NamedTuple):
    """A node of the tree: its binary CID, bytes of the file below it, bytes of its blocks and all below."""

    cid: bytes
    file_bytes: int
    block_bytes: int


def cid_of(data: bytes) -> str:
    """The CID of a file."""
    return cid_of_chunks(data[place : place + LEAF_BYTES] for place in range(0, max(len(data), 1), LEAF_BYTES))


def cid_of_chunks(chunks: Iterable[bytes]) -> str:
    """The CID of a file that is read in pieces, each but the last of LEAF_BYTES; at least one, which may be empty."""
    nodes = [_Node(_binary(_RAW, chunk), len(chunk), len(chunk)) for chunk in chunks]
    while len(nodes) > 1:
        nodes = [_parent(nodes[place : place + CHILDREN]) for place in range(0, len(nodes), CHILDREN)]
    return text_of(nodes[0].cid)


def binary_of(text: str) -> bytes:
    """The binary form of a CIDv1 in base32. Errors: `BadInput` when it is none that we write."""
    upper = text[1:].upper()
    try:
        binary = b32decode(upper + "=" * (-len(upper) % 8))
    except ValueError:
        binary = b""
    if len(binary) != 36 or binary[0] != 1 or binary[1] not in (_RAW, _DAG_PB) or text_of(binary) != text:
        raise BadInput("CID", f"{text[:80]!r} is no CIDv1 of SHA-256 in base32")
    return binary


def _binary(codec: int, block: bytes) -> bytes:
    return bytes((1, codec)) + _SHA2_256 + hashlib.sha256(block).digest()


def text_of(cid: bytes) -> str:
    """The CIDv1 in base32 of its binary form."""
    return "b" + b32encode(cid).decode().lower().rstrip("=")


def _parent(children: list[_Node]) -> _Node:
    """A DAG-PB node that links to its children, with UnixFS in its data."""
    links = b"".join(_field(2, _link(child)) for child in children)
    file_bytes = sum(child.file_bytes for child in children)
    sizes = b"".join(b"\x20" + _varint(child.file_bytes) for child in children)
    block = links + _field(1, _FILE + b"\x18" + _varint(file_bytes) + sizes)
    return _Node(_binary(_DAG_PB, block), file_bytes, len(block) + sum(child.block_bytes for child in children))


def _link(child: _Node) -> bytes:
    return _field(1, child.cid) + _field(2, b"") + b"\x18" + _varint(child.block_bytes)


def _field(number: int, content: bytes) -> bytes:
    """A field of Protocol Buffers that holds bytes."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    return bytes(_sevens(value))


def _sevens(value: int) -> Iterator[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value
