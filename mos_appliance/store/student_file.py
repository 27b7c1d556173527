"""A student as one file that can be carried to another box: all events and the key, under a passphrase.

    "MOSPUP1\\n" | salt (16) | u32 operations | u32 memory in KiB | nonce (24) | sealed {student, key, events}

What is inside is MessagePack. The passphrase's key is Argon2id's; a reader limits what it may cost.
"""

from __future__ import annotations

import struct
from typing import Annotated, Final

import msgspec

from mos_appliance.errors import BadInput
from mos_appliance.store.sodium import (
    KEY_BYTES,
    NONCE_BYTES,
    PASS_MEMORY,
    PASS_OPERATIONS,
    SALT_BYTES,
    key_of,
    seal,
    unseal,
)
from mos_appliance.wire.students import MAX_EVENTS, STUDENT_BYTES

MAGIC: Final = b"MOSPUP1\n"
MAX_FILE_BYTES: Final = 32 << 20
LEAST_PASSPHRASE: Final = 8
MAX_PASSPHRASE: Final = 200
_HEAD: Final = struct.Struct("<8s16sII24s")
_MOST_OPERATIONS: Final = 10
_LEAST_MEMORY: Final = 8 << 20
_MOST_MEMORY: Final = 256 << 20


class Portable(msgspec.Struct, frozen=True):
    """What travels. `events` are encoded envelopes."""

    student: Annotated[bytes, msgspec.Meta(min_length=STUDENT_BYTES, max_length=STUDENT_BYTES)]
    key: Annotated[bytes, msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    events: Annotated[list[bytes], msgspec.Meta(max_length=MAX_EVENTS)]


def check_passphrase(passphrase: str) -> None:
    """Errors: `BadInput` for one that is too short to protect anything."""
    if not LEAST_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise BadInput("passphrase", f"must have {LEAST_PASSPHRASE} to {MAX_PASSPHRASE} characters")


def write_student_file(content: Portable, passphrase: str, salt: bytes, nonce: bytes) -> bytes:
    """The file. Errors: `BadInput`."""
    check_passphrase(passphrase)
    head = _HEAD.pack(MAGIC, salt[:SALT_BYTES], PASS_OPERATIONS, PASS_MEMORY >> 10, nonce[:NONCE_BYTES])
    return head + seal(
        key_of(passphrase, salt, PASS_OPERATIONS, PASS_MEMORY), nonce, msgspec.msgpack.encode(content), head
    )


def read_student_file(data: bytes, passphrase: str) -> Portable:
    """What a file holds. Errors: `BadInput`: no such file, another passphrase, or changed on the way."""
    if len(data) > MAX_FILE_BYTES:
        raise BadInput("file", f"has more than {MAX_FILE_BYTES >> 20} MiB")
    if len(data) < _HEAD.size or not data.startswith(MAGIC):
        raise BadInput("file", "is no student's file")
    _, salt, operations, kib, nonce = _HEAD.unpack_from(data)
    if not (1 <= operations <= _MOST_OPERATIONS and _LEAST_MEMORY <= kib << 10 <= _MOST_MEMORY):
        raise BadInput("file", "asks for more work than a passphrase is worth")
    if len(passphrase) > MAX_PASSPHRASE:
        raise BadInput("passphrase", f"must have {LEAST_PASSPHRASE} to {MAX_PASSPHRASE} characters")
    message = unseal(key_of(passphrase, salt, operations, kib << 10), nonce, data[_HEAD.size :], data[: _HEAD.size])
    if message is None:
        raise BadInput("passphrase", "is another one, or the file was changed")
    try:
        return msgspec.msgpack.decode(message, type=Portable)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("file", str(error)) from error
