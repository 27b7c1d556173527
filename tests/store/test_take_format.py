"""The take's file: whatever the plug or the disk does to its end, what was whole before stays."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import Corrupt
from mos_appliance.store.take_format import (
    MAGIC,
    Change,
    Event,
    Facts,
    decode_take,
    encode_changes,
    encode_events,
    encode_facts,
    summarise,
)

EVENTS = st.lists(
    st.builds(
        Event,
        st.integers(0, 2**32 - 1),
        st.integers(0x80, 0xEF),
        st.integers(0, 127),
        st.integers(0, 127),
        st.integers(0, 127),
    ),
    max_size=40,
)
FACTS = Facts(7, "Take 7", controls={"program": [4.0, 0.0, 0.0, 0.0]})


def take_file(*chunks: bytes) -> bytes:
    return b"".join((MAGIC, encode_facts(FACTS), *chunks))


@given(st.lists(EVENTS, max_size=5))
def test_what_was_appended_is_read_back(groups: list[list[Event]]) -> None:
    data = take_file(*(encode_events(group) for group in groups))
    content = decode_take(data, "x")
    assert content.events == [event for group in groups for event in group]
    assert content.whole == len(data)


@given(st.lists(EVENTS, min_size=1, max_size=4), st.data())
def test_cut_at_any_byte_it_keeps_every_whole_chunk_before(groups: list[list[Event]], data: st.DataObject) -> None:
    chunks = [encode_events(group) for group in groups]
    whole = take_file(*chunks)
    start = len(take_file())
    cut = data.draw(st.integers(start, len(whole)))
    content = decode_take(whole[:cut], "x")
    kept, length = [], start
    for group, chunk in zip(groups, chunks, strict=True):
        if length + len(chunk) > cut:
            break
        length += len(chunk)
        kept += group
    assert content.events == kept
    assert content.whole == length


@given(st.binary(max_size=64))
def test_rubbish_or_zeros_after_the_last_chunk_are_no_part_of_it(tail: bytes) -> None:
    data = take_file(encode_events([Event(1, 0x90, 60, 80, 80)]))
    assert decode_take(data + bytes(512), "x").whole == len(data)
    assert len(decode_take(data + tail, "x").events) == 1


@given(st.binary(max_size=200))
def test_bytes_that_are_no_take_are_called_corrupt(data: bytes) -> None:
    with pytest.raises(Corrupt):
        decode_take(data, "x")


def test_a_changed_byte_ends_the_take_before_its_chunk() -> None:
    first, second = encode_events([Event(1, 0x90, 60, 80, 80)]), encode_events([Event(2, 0x80, 60, 0, 0)])
    data = bytearray(take_file(first, second))
    data[-1] ^= 1
    assert decode_take(bytes(data), "x").events == [Event(1, 0x90, 60, 80, 80)]


def test_the_last_facts_count() -> None:
    content = decode_take(take_file(encode_facts(Facts(7, "Waltz", kept=True))), "x")
    assert (content.facts.title, content.facts.kept) == ("Waltz", True)


def test_changes_of_controls_are_kept_with_their_frame() -> None:
    change = Change(4800, "program", 0, 40.0)
    assert decode_take(take_file(encode_changes([change])), "x").changes == [change]


def test_a_chunk_of_a_newer_kind_is_skipped() -> None:
    newer = bytearray(encode_events([Event(1, 0x90, 60, 80, 80)]))
    newer[0] = 200
    newer[8:12] = struct.pack("<I", zlib.crc32(bytes(newer[12:]), zlib.crc32(bytes(newer[:8]))))
    after = encode_events([Event(5, 0x80, 60, 0, 0)])
    assert decode_take(take_file(bytes(newer), after), "x").events == [Event(5, 0x80, 60, 0, 0)]


def test_a_take_that_never_ended_is_counted_from_its_events() -> None:
    events = [Event(0, 0x90, 60, 80, 80), Event(96_000, 0x80, 60, 0, 0)]
    facts = summarise(decode_take(take_file(encode_events(events)), "x"))
    assert (facts.ended, facts.notes, facts.seconds) == (True, 1, 2.0)
