"""The file of a student's events: records that only grow, each sealed under the student's key.

    file:   "MOSSTU1\\n" | student (16 bytes) | record …
    record: a5 52 | u32 length of what is sealed | u64 place, from 1 | nonce (24 bytes) | sealed event

Little-endian. The seal covers magic, student and place: no record can be moved, exchanged or taken out unseen. Reading
tolerates what a power cut or a bad card does: a torn end is cut off, a damaged stretch is stepped over; both are told.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from mos_appliance.errors import BadInput, Corrupt
from mos_appliance.store.sodium import SEAL_BYTES, seal, unseal
from mos_appliance.wire.students import MAX_EVENT_BYTES, STUDENT_BYTES, Envelope, decode_event, encode_event

MAGIC: Final = b"MOSSTU1\n"
MAX_FILE_BYTES: Final = 256 << 20
_MARK: Final = b"\xa5\x52"
_HEAD: Final = struct.Struct("<2sIQ24s")
HEADER_BYTES: Final = len(MAGIC) + STUDENT_BYTES


class LogContent(NamedTuple):
    """What a file holds. `whole`: bytes up to the end of its last good record; `damaged`: bytes stepped over before."""

    events: list[Envelope]
    places: int
    """The place of the last good record; the next one has the place after it."""
    whole: int
    damaged: int
    unread: int
    """Records that were sealed well and hold no event that can be read."""


def log_header(student: bytes) -> bytes:
    """How a student's file begins."""
    return MAGIC + student


def encode_record(key: bytes, student: bytes, place: int, nonce: bytes, event: Envelope) -> bytes:
    """An event as a record. Errors: `BadInput` when it is too large."""
    message = encode_event(event)
    if len(message) > MAX_EVENT_BYTES:
        raise BadInput("event", f"has more than {MAX_EVENT_BYTES >> 10} KiB")
    sealed = seal(key, nonce, message, _about(student, place))
    return _HEAD.pack(_MARK, len(sealed), place, nonce) + sealed


def decode_log(data: bytes, key: bytes, student: bytes, name: str) -> LogContent:
    """The events of a file, in the order in which they were written. Errors: `Corrupt` when it is no such file."""
    if data[:HEADER_BYTES] != log_header(student):
        raise Corrupt(name, "does not begin as the file of this student")
    events: list[Envelope] = []
    at = whole = HEADER_BYTES
    place = damaged = unread = 0
    while at < len(data):
        found = _record_at(data, at, key, student, place)
        if found is None:
            at = data.find(_MARK, at + 1)
            if at < 0:
                break
            continue
        place, message, end = found
        damaged += at - whole
        at = whole = end
        try:
            events.append(decode_event(message))
        except BadInput:
            unread += 1
    return LogContent(events, place, whole, damaged, unread)


def _record_at(data: bytes, at: int, key: bytes, student: bytes, after: int) -> tuple[int, bytes, int] | None:
    """The record that begins there, later than `after`: its place, its message, and where it ends."""
    if at + _HEAD.size > len(data):
        return None
    mark, length, place, nonce = _HEAD.unpack_from(data, at)
    begin = at + _HEAD.size
    if mark != _MARK or place <= after or length > MAX_EVENT_BYTES + SEAL_BYTES or begin + length > len(data):
        return None
    message = unseal(key, nonce, data[begin : begin + length], _about(student, place))
    return None if message is None else (place, message, begin + length)


def _about(student: bytes, place: int) -> bytes:
    return MAGIC + student + place.to_bytes(8, "little")
