"""The door between our own processes: records. A peer may be of another version, or mad."""

from __future__ import annotations

from mos_appliance.wire.records import RECORD_BYTES, RECORDS, Kind, decode, encode


def fuzz_records(data: bytes) -> None:
    """Decode a datagram: unknown kinds and a torn end are skipped, what is left is whole."""
    records = decode(data)
    assert len(records) <= len(data) // RECORD_BYTES
    for record in records:
        assert isinstance(record.kind, Kind)
        assert len(record.as_dict()) == len(record.values)


def datagrams() -> list[bytes]:
    """Good datagrams: one record of every kind, and all of them."""
    one_each = [encode(row.kind, *(1 for _ in row.fields)) for row in RECORDS]
    return [*one_each, b"".join(one_each)]
