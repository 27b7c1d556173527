from __future__ import annotations

import io

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music import midi
from mos_appliance.music.midi import BY_NAME, SPECS, Message, StreamParser, decode, encode

CHANNEL_SPECS = [spec for spec in SPECS if spec.has_channel]


@st.composite
def messages(draw: st.DrawFn) -> Message:
    spec = draw(st.sampled_from(SPECS))
    channel = draw(st.integers(0, 15)) if spec.has_channel else None
    if spec.open_ended:
        return Message(spec.name, None, tuple(draw(st.lists(st.integers(0, 127), max_size=20))))
    values = tuple(draw(st.integers(field.lowest, field.highest)) for field in spec.fields)
    return Message(spec.name, channel, values)


@st.composite
def triples(draw: st.DrawFn) -> tuple[int, int, int]:
    spec = draw(st.sampled_from(CHANNEL_SPECS))
    status = spec.status | draw(st.integers(0, 15))
    return status, draw(st.integers(0, 127)), draw(st.integers(0, 127)) if spec.data_bytes == 2 else 0


def as_bytes(triple: tuple[int, int, int]) -> bytes:
    return bytes(triple[: 1 + midi.DATA_BYTES[triple[0]]])


@given(messages())
def test_every_message_survives_encoding_and_decoding(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages())
def test_the_bytes_are_those_of_mido(message: Message) -> None:
    assert mido.Message.from_bytes(encode(message)).bytes() == list(encode(message))


@given(st.binary(max_size=8))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except BadInput:
        return
    assert encode(message) == data


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_values_out_of_range_are_refused_by_name(spec: midi.Spec) -> None:
    for number, field in enumerate(spec.fields):
        values = [other.lowest for other in spec.fields]
        values[number] = field.highest + 1
        with pytest.raises(BadInput, match=field.name):
            encode(Message(spec.name, 0 if spec.has_channel else None, tuple(values)))


def test_the_table_documents_every_message() -> None:
    assert [row[1] for row in midi.table()] == list(BY_NAME)


def test_pitch_bend_is_sent_low_byte_first() -> None:
    assert encode(Message("pitch_bend", 2, (0,))) == bytes.fromhex("e2 00 40")
    assert encode(Message("pitch_bend", 2, (8191,))) == bytes.fromhex("e2 7f 7f")


# ---- live bytes ----------------------------------------------------------------------------------------------------


@given(st.lists(triples(), max_size=30), st.data())
def test_whole_messages_arrive_whatever_the_pieces(sent: list[tuple[int, int, int]], data: st.DataObject) -> None:
    stream = b"".join(map(as_bytes, sent))
    parser, heard = StreamParser(), []
    while stream:
        length = data.draw(st.integers(1, len(stream)))
        heard += parser.feed(stream[:length])
        stream = stream[length:]
    assert heard == sent
    assert (parser.cut_off, parser.stray) == (0, 0)


@given(st.lists(triples(), max_size=30), st.data())
def test_real_time_bytes_inside_messages_change_nothing(sent: list[tuple[int, int, int]], data: st.DataObject) -> None:
    stream = bytearray(b"".join(map(as_bytes, sent)))
    for _ in range(data.draw(st.integers(0, 10))):
        stream.insert(data.draw(st.integers(0, len(stream))), data.draw(st.sampled_from((0xF8, 0xFA, 0xFE, 0xFF))))
    assert list(StreamParser().feed(stream)) == sent


@given(st.lists(triples(), min_size=1, max_size=30))
def test_running_status_leaves_repeated_status_bytes_out(sent: list[tuple[int, int, int]]) -> None:
    stream, last = bytearray(), 0
    for triple in sent:
        stream += as_bytes(triple)[triple[0] == last :]
        last = triple[0]
    assert list(StreamParser().feed(stream)) == sent


@given(st.binary(max_size=300))
def test_after_any_garbage_the_next_whole_message_is_heard(garbage: bytes) -> None:
    parser = StreamParser()
    parser.feed(garbage)
    assert list(parser.feed(bytes.fromhex("90 3c 40"))) == [(0x90, 60, 64)]


def test_a_message_that_was_cut_off_is_dropped_and_counted() -> None:
    parser = StreamParser()
    assert list(parser.feed(bytes.fromhex("90 3c 80 3c 00"))) == [(0x80, 60, 0)]
    assert list(parser.feed(bytes.fromhex("b0 c1 05"))) == [(0xC1, 5, 0)]
    assert parser.cut_off == 2


def test_sysex_of_any_length_is_skipped_and_ended_by_any_other_status() -> None:
    parser = StreamParser()
    assert list(parser.feed(b"\xf0" + bytes(5000) + b"\xf7")) == []
    assert list(parser.feed(b"\xf0\x01\xf8\x02\x90\x3c\x40")) == [(0x90, 60, 64)]
    assert (parser.sysex, parser.real_time, parser.stray) == (2, 1, 0)


def test_an_endless_sysex_is_given_up_and_its_rest_is_stray() -> None:
    parser = StreamParser()
    parser.feed(b"\xf0" + bytes(midi.SYSEX_LIMIT + 1))
    assert parser.stray == 0
    parser.feed(bytes(10))
    assert parser.stray == 10


def test_system_common_messages_cancel_running_status() -> None:
    parser = StreamParser()
    heard = parser.feed(bytes.fromhex("90 3c 40 f2 01 02 3e 40 f6 3e 40 90 3e 40"))
    assert list(heard) == [(0x90, 60, 64), (0x90, 62, 64)]
    assert parser.stray == 4


def test_active_sensing_is_noticed_and_a_pulled_cable_forgets_the_half_message() -> None:
    parser = StreamParser()
    parser.feed(bytes.fromhex("fe 90 3c"))
    parser.reset()
    assert list(parser.feed(bytes.fromhex("40 90 3c 41"))) == [(0x90, 60, 65)]
    assert parser.sensing


@given(st.lists(triples(), max_size=20))
def test_the_parser_hears_what_mido_hears(sent: list[tuple[int, int, int]]) -> None:
    stream = b"".join(map(as_bytes, sent))
    peer = mido.Parser()
    peer.feed(stream)
    assert [as_bytes(triple) for triple in StreamParser().feed(stream)] == [bytes(m.bytes()) for m in peer]


def test_quiet_input_allocates_nothing() -> None:
    parser = StreamParser()
    assert parser.feed(b"") is parser.feed(b"\xf8")


def test_bytes_may_come_from_any_buffer() -> None:
    stream = io.BytesIO(bytes.fromhex("90 3c 40"))
    assert list(StreamParser().feed(stream.getbuffer())) == [(0x90, 60, 64)]
