"""What the engine tells the hub: records gathered during a block, sent at its end in one datagram."""

from __future__ import annotations

import struct
from typing import Final

from mos_appliance.wire.records import MAX_DATAGRAM_RECORDS, RECORD_BYTES, Kind, encode

_MIDI: Final = struct.Struct("<BBHIQBBBBIQ")
_CAPACITY: Final = 8 * MAX_DATAGRAM_RECORDS
_DATAGRAM_BYTES: Final = MAX_DATAGRAM_RECORDS * RECORD_BYTES


class Outbox:
    """Bounded: what does not fit is dropped and counted."""

    def __init__(self) -> None:
        self.dropped = 0
        self._records: list[bytes] = []

    def put(self, kind: Kind, *values: int | float, flags: int = 0, index: int = 0, frame: int = 0) -> None:
        """Add any record."""
        self._add(encode(kind, *values, flags=flags, index=index, frame=frame))

    def midi(
        self,
        frame: int,
        source: int,
        channel: int,
        status: int,
        data1: int,
        data2: int,
        velocity: int,
        tick: int,
        at_ns: int,
    ) -> None:
        """Add a MIDI_HAPPENED, the one that is frequent, packed in one go."""
        self._add(
            _MIDI.pack(Kind.MIDI_HAPPENED, source, channel, 0, frame, status, data1, data2, velocity, tick, at_ns)
        )

    def _add(self, record: bytes) -> None:
        if len(self._records) < _CAPACITY:
            self._records.append(record)
        else:
            self.dropped += 1

    def pending(self) -> bool:
        """Whether there is anything to send."""
        return bool(self._records)

    def take(self) -> bytes:
        """The next datagram: as many whole records as fit; empty when there are none."""
        records = self._records
        if not records:
            return b""
        datagram = b"".join(records[:MAX_DATAGRAM_RECORDS])
        del records[:MAX_DATAGRAM_RECORDS]
        return datagram

    def clear(self) -> None:
        """Nobody listens: forget."""
        self._records.clear()

    def lost(self, datagram: bytes) -> None:
        """Count what a full or dead hub did not take."""
        self.dropped += len(datagram) // RECORD_BYTES
