from __future__ import annotations

import io

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music.smf import EVENT, LYRIC, SET_TEMPO, Meta, Smf, Track, read_smf
from mos_appliance.music.smf_write import performance_smf, variable, write_smf
from tests.fuzz.midi import same_music
from tests.music.files import smfs


@given(smfs())
def test_what_is_written_is_read_back_equal(smf: Smf) -> None:
    assert same_music(read_smf(write_smf(smf)), smf)


@given(smfs())
def test_mido_reads_the_same_messages(smf: Smf) -> None:
    peer = mido.MidiFile(file=io.BytesIO(write_smf(smf)))
    assert (peer.type, peer.ticks_per_beat, len(peer.tracks)) == (smf.kind, smf.division, len(smf.tracks))
    for number, track in enumerate(peer.tracks):
        now, heard = 0, []
        for message in track:
            now += message.time
            if not message.is_meta:
                heard.append((now, *message.bytes()))
        ours = smf.events[smf.events["track"] == number]
        told = [(event["tick"], event["status"], event["data1"], event["data2"]) for event in ours]
        assert [tuple(map(int, event[: len(other)])) for event, other in zip(told, heard, strict=True)] == heard


@given(st.integers(0, 2**28 - 1))
def test_a_number_of_variable_length_has_no_byte_too_many(number: int) -> None:
    data = variable(number)
    assert len(data) == max(1, -(-number.bit_length() // 7))
    assert data[-1] < 128
    assert all(byte > 127 for byte in data[:-1])


def test_real_files_survive_with_tempi_names_and_pedal(courses: dict[str, bytes]) -> None:
    for data in courses.values():
        found = read_smf(data)
        assert same_music(read_smf(write_smf(found)), found)


def test_lyrics_stand_before_the_note_that_sings_them() -> None:
    events = np.array([(10, 0, 0x90, 60, 64, 0)], EVENT)
    smf = Smf(0, 96, (Track((Meta(10, LYRIC, b"la"),), 20),), events)
    assert bytes.fromhex("0a ff 05 02 6c 61 00 90 3c 40") in write_smf(smf)


_SILENCE = bytes.fromhex("4d546864 00000006 0000 0001 0060 4d54726b 00000004 00ff2f00")


def test_what_cannot_be_written_is_refused() -> None:
    smf = read_smf(_SILENCE)
    with pytest.raises(BadInput, match="type 0 with 2 tracks"):
        write_smf(Smf(0, 96, smf.tracks * 2, smf.events))
    far = Track((Meta(2**29, LYRIC, b"far"),), 2**29)
    with pytest.raises(BadInput, match="cannot follow"):
        write_smf(Smf(0, 96, (far,), smf.events))


def test_a_take_keeps_its_times_to_half_a_tick() -> None:
    frames = np.array([0, 48_000, 48_013, 480_000], np.int64)
    messages = np.array([(0x90, 60, 64), (0xB0, 64, 127), (0x80, 60, 0), (0xB0, 64, 0)], np.uint8)
    found = read_smf(write_smf(performance_smf(frames, messages, "Étude")))
    assert found.tracks[0].name == "Étude"
    assert len(found.metas(SET_TEMPO)) == 1
    again = found.tempo_map().frames(found.events["tick"])
    assert np.max(np.abs(again - frames)) <= 12
    assert performance_smf(frames[:0], messages[:0], "").end_tick == 0
