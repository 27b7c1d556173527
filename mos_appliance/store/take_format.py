"""The file of a take: a magic word, then chunks that are only ever appended; pure bytes.

A chunk is `kind u8 | zero u8 | zero u16 | length u32 | CRC-32 of these and the payload u32 | payload`, little endian.
What a power cut left after the last whole chunk is not part of the take. Unknown kinds are skipped.
"""

from __future__ import annotations

import enum
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec

from mos_appliance.errors import Corrupt

MAGIC: Final = b"MOSTAKE1"
MAX_CHUNK_BYTES: Final = 1 << 20
_HEAD: Final = struct.Struct("<BBHII")
_EVENT: Final = struct.Struct("<IBBBB")


class ChunkKind(enum.IntEnum):
    """What a chunk holds."""

    FACTS = 1
    """`Facts` as JSON; the last one counts."""
    EVENTS = 2
    """Events of 8 bytes: frame from the take's beginning u32, status, data1, data2, velocity as sounded."""
    CHANGES = 3
    """A list of `Change` as JSON: controls that were changed while it was played."""


class Event(NamedTuple):
    """One channel message of a take, as the player made it."""

    frame: int
    status: int
    data1: int
    data2: int
    velocity: int
    """As sounded, after the velocity curve; 0 when it is no note-on."""


class Change(msgspec.Struct, frozen=True, array_like=True):
    """A control got a value while the take was played."""

    frame: Annotated[int, msgspec.Meta(ge=0, le=2**32)]
    control: str
    which: int
    value: float


class Facts(msgspec.Struct, frozen=True):
    """What is known of a take besides its events."""

    number: int
    title: str
    started: str | None = None
    """Wall time in ISO 8601, null while the date is unknown."""
    kept: bool = False
    """Never removed to make room."""
    ended: bool = False
    seconds: float = 0.0
    notes: int = 0
    controls: dict[str, list[float]] = {}
    """Every control's values at its beginning, so that it sounds the same when it is played again."""


class Content(NamedTuple):
    """A take as read: `whole` bytes of the file are good, the rest is torn."""

    facts: Facts
    events: list[Event]
    changes: list[Change]
    whole: int


def encode_facts(facts: Facts) -> bytes:
    """A chunk of facts."""
    return _chunk(ChunkKind.FACTS, msgspec.json.encode(facts))


def encode_events(events: Iterable[Event]) -> bytes:
    """A chunk of events."""
    return _chunk(ChunkKind.EVENTS, b"".join(_EVENT.pack(*event) for event in events))


def encode_changes(changes: Sequence[Change]) -> bytes:
    """A chunk of changes."""
    return _chunk(ChunkKind.CHANGES, msgspec.json.encode(changes))


def decode_take(content: bytes, path: str) -> Content:
    """The take in a file's bytes. Errors: `Corrupt` when it has no magic word or no facts at its beginning."""
    if content[: len(MAGIC)] != MAGIC:
        raise Corrupt(path, "does not begin with MOSTAKE1")
    facts: Facts | None = None
    events: list[Event] = []
    changes: list[Change] = []
    offset = len(MAGIC)
    while (payload := _payload(content, offset)) is not None:
        kind = content[offset]
        try:
            if kind == ChunkKind.FACTS:
                facts = msgspec.json.decode(payload, type=Facts)
            elif kind == ChunkKind.EVENTS:
                events += (Event(*values) for values in _EVENT.iter_unpack(payload[: len(payload) & ~7]))
            elif kind == ChunkKind.CHANGES:
                changes += msgspec.json.decode(payload, type=list[Change])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Corrupt(path, f"has a chunk at {offset} that is whole but wrong: {error}") from error
        offset += _HEAD.size + len(payload)
    if facts is None:
        raise Corrupt(path, "has no facts")
    return Content(facts, events, changes, offset)


def summarise(content: Content) -> Facts:
    """The facts, with length and notes as the events have them when the take was never ended."""
    facts = content.facts
    if facts.ended:
        return facts
    notes = sum(event.status & 0xF0 == 0x90 and event.data2 > 0 for event in content.events)
    last = content.events[-1].frame if content.events else 0
    return msgspec.structs.replace(facts, ended=True, seconds=round(last / 48_000, 3), notes=notes)


def _chunk(kind: ChunkKind, payload: bytes) -> bytes:
    start = struct.pack("<BBHI", kind, 0, 0, len(payload))
    return start + struct.pack("<I", zlib.crc32(payload, zlib.crc32(start))) + payload


def _payload(content: bytes, offset: int) -> bytes | None:
    """The payload of the chunk at `offset`, or None when no whole chunk is there."""
    if offset + _HEAD.size > len(content):
        return None
    kind, _, _, length, checksum = _HEAD.unpack_from(content, offset)
    begin = offset + _HEAD.size
    if not kind or length > MAX_CHUNK_BYTES or begin + length > len(content):
        return None
    payload = content[begin : begin + length]
    whole = zlib.crc32(payload, zlib.crc32(content[offset : offset + 8]))
    return payload if whole == checksum else None
