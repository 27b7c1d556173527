"""The doors between our own processes: songs and records. A peer may be of another version, or mad."""

from __future__ import annotations

from mos_appliance.wire.records import RECORD_BYTES, RECORDS, Kind, decode, encode
from mos_appliance.wire.song import check_events, decode_song, encode_song
from mos_appliance.wire.song_from_smf import read_song, song_from
from tests.music.golden_files import GOLDEN


def fuzz_song_block(data: bytes) -> None:
    """Decode at once, and bit by bit as the engine does: both say the same."""
    song = decode_song(data)
    assert encode_song(decode_song(encode_song(song))) == encode_song(song)
    again = decode_song(data, events_too=False)
    for start in range(0, len(again.events), 5):
        check_events(again, start, start + 5)


def songs() -> list[bytes]:
    """Good song blocks."""
    return [encode_song(song_from(read_song(golden.data))) for golden in GOLDEN.values()]


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
