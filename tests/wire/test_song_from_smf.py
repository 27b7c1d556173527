from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from mos_appliance.engine.song_time import TempoMap, TickClock, place_units
from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.smf import EVENT, Smf, Track
from mos_appliance.music.smf_write import tempo_meta, write_smf
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.live import Part
from mos_appliance.wire.song import MAX_TEMPI, decode_song, encode_song
from mos_appliance.wire.song_from_smf import read_song, song_from, song_message
from tests.music.files import smfs
from tests.music.golden_files import GOLDEN


def test_the_golden_piece_goes_to_the_engine_and_to_the_page() -> None:
    found = read_song(GOLDEN["two_hands"].data)
    song = song_from(found)
    assert song.tempi.tolist() == [(0, 500_000), (3840, 1_000_000)]
    assert [row[:3] for row in song.metres.tolist()] == [(0, 1, 4), (960, 3, 4)]
    assert [row[:2] for row in song.parts.tolist()] == [(0, 0), (1, 0)]
    assert song.end_tick == 6720
    page = song_message(found)
    assert (page.title, page.end_tick, page.bars) == ("Two hands", 6720, [0, 960, 3840])
    assert page.parts == [Part("Right", 0, False, 4), Part("Left", 32, False, 1)]
    assert page.metres == [(0, 1, 4), (960, 3, 4)]
    assert song_message(found, "My title").title == "My title"


@given(smfs())
def test_every_song_is_one_that_the_engine_takes(smf: Smf) -> None:
    try:
        song = song_from(arrange(smf))
    except BadInput:
        return
    assert np.array_equal(decode_song(encode_song(song)).events, song.events)


@given(smfs())
def test_the_clock_of_the_engine_and_the_tempo_map_agree_at_every_event(smf: Smf) -> None:
    try:
        found = arrange(smf)
    except BadInput:
        return
    units, _ = place_units(SAMPLE_RATE)
    clock = TickClock()
    clock.follow(TempoMap(song_from(found), units))
    for tick in (*found.events["tick"].tolist(), found.end_tick):
        assert clock.place(tick) == int(found.tempi.units(tick)) * units


def test_real_files_become_songs(courses: dict[str, bytes]) -> None:
    for name, data in courses.items():
        found = read_song(data, name)
        assert decode_song(encode_song(song_from(found))).end_tick == found.end_tick
        assert sum(part.notes for part in song_message(found).parts) == sum(found.note_counts)


def test_more_tempo_changes_than_the_engine_takes_are_refused() -> None:
    metas = tuple(tempo_meta(tick, 500_000 + tick % 2) for tick in range(MAX_TEMPI + 1))
    smf = Smf(0, 960, (Track(metas, MAX_TEMPI + 1),), np.zeros(0, EVENT))
    with pytest.raises(BadInput, match="tempo changes"):
        song_from(read_song(write_smf(smf)))
