"""The 32-byte records that engine, hub and tutor exchange as Unix datagrams.

Every record is `kind u8 | flags u8 | index u16 | sequence u32 | frame u64 | payload 16 bytes`, little endian.
`record_table` says what is in them. Kinds are appended, never renumbered; a reader skips a kind that it does not know.
A datagram carries one or more whole records.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from mos_appliance.wire.record_kinds import (
    FINAL,
    NO_NOTE,
    DeviceState,
    DoneResult,
    Kind,
    Lead,
    MicrophoneState,
    Source,
    TransportState,
    TransportVerb,
    Verdict,
)
from mos_appliance.wire.record_table import RECORDS, Field, Layout

__all__ = [
    "FINAL",
    "MAX_DATAGRAM_RECORDS",
    "NO_NOTE",
    "RECORDS",
    "RECORD_BYTES",
    "WIRE_VERSION",
    "DeviceState",
    "DoneResult",
    "Field",
    "Kind",
    "Layout",
    "Lead",
    "MicrophoneState",
    "Record",
    "Source",
    "TransportState",
    "TransportVerb",
    "Verdict",
    "decode",
    "encode",
]

RECORD_BYTES: Final = 32
MAX_DATAGRAM_RECORDS: Final = 64
WIRE_VERSION: Final = 1

_WHOLE: Final = struct.Struct("<BBHIQ16s")

_PAYLOADS: Final = {row.kind: row.payload for row in RECORDS}
_NAMES: Final = {row.kind: tuple(field.name for field in row.fields) for row in RECORDS}


class Record(NamedTuple):
    """One record, decoded: `which` is the header's index, `values` the payload's fields in the table's order."""

    kind: Kind
    flags: int
    which: int
    sequence: int
    frame: int
    values: tuple[int | float, ...]

    def value(self, name: str) -> int | float:
        """The payload field of that name."""
        return self.values[_NAMES[self.kind].index(name)]

    def as_dict(self) -> dict[str, int | float]:
        """The payload by field name."""
        return dict(zip(_NAMES[self.kind], self.values, strict=True))


def encode(
    kind: Kind,
    *values: int | float,
    flags: int = 0,
    index: int = 0,
    sequence: int = 0,
    frame: int = 0,
) -> bytes:
    """One record of 32 bytes. Errors: `struct.error` when a value does not fit its field (a bug of ours)."""
    return _WHOLE.pack(kind, flags, index, sequence, frame, _PAYLOADS[kind].pack(*values))


def decode(datagram: bytes | memoryview) -> list[Record]:
    """The records of one datagram. Unknown kinds and a torn last record are skipped: a newer peer may send them."""
    records: list[Record] = []
    whole = min(len(datagram) // RECORD_BYTES, MAX_DATAGRAM_RECORDS)
    for number in range(whole):
        kind, flags, index, sequence, frame, payload = _WHOLE.unpack_from(datagram, number * RECORD_BYTES)
        known = _PAYLOADS.get(kind)
        if known is not None:
            records.append(Record(Kind(kind), flags, index, sequence, frame, known.unpack(payload)))
    return records
