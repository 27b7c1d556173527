from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from mos_appliance.errors import BadInput
from mos_appliance.music import arrangement
from mos_appliance.music.arrangement import arrange
from mos_appliance.music.smf import EVENT, SEQUENCE_NAME, Meta, Smf, Track, read_smf
from tests.fuzz.midi import nothing_hangs
from tests.music.files import smfs
from tests.music.golden_files import GOLDEN


def smf_of(*rows: tuple[int, int, int, int, int], division: int = 960, tracks: int = 1) -> Smf:
    """Rows are tick, track, status, two data bytes."""
    events = np.array([(*row, 0) for row in sorted(rows, key=lambda row: row[1])], EVENT)
    return Smf(1, division, tuple(Track((), 4000) for _ in range(tracks)), events)


def played(smf: Smf) -> list[tuple[int, int, int, int, int]]:
    fields = ("tick", "part", "status", "data1", "data2")
    return [tuple(int(event[field]) for field in fields) for event in arrange(smf).events]  # type: ignore[misc]


@given(smfs())
def test_no_note_ever_hangs(smf: Smf) -> None:
    try:
        found = arrange(smf)
    except BadInput:
        return
    assert nothing_hangs(found.events)
    assert np.all(np.diff(found.events["tick"]) >= 0)
    assert not len(found.events) or found.events["tick"][-1] <= found.end_tick


def test_the_golden_piece_is_arranged_in_960_ticks() -> None:
    found = arrange(read_smf(GOLDEN["two_hands"].data))
    assert found.title == "Two hands"
    assert [part.name for part in found.parts] == ["Right", "Left"]
    assert found.note_counts == (4, 1)
    assert found.end_tick == 6720
    assert found.bars() == [0, 960, 3840]
    assert found.tempi.ticks.tolist() == [0, 3840]
    assert found.events["tick"].max() == 4800


def test_a_key_struck_again_while_it_sounds_is_let_go_first() -> None:
    smf = smf_of((0, 0, 0x90, 60, 50), (100, 0, 0x90, 60, 70), (150, 0, 0x80, 60, 0), (200, 0, 0x80, 60, 0))
    assert played(smf) == [(0, 0, 144, 60, 50), (100, 0, 128, 60, 0), (100, 0, 144, 60, 70), (200, 0, 128, 60, 0)]


def test_a_key_struck_twice_at_once_is_played_once_and_loudest() -> None:
    smf = smf_of((0, 0, 0x90, 60, 90), (0, 0, 0x90, 60, 50), (50, 0, 0x80, 60, 0), (80, 0, 0x80, 60, 0))
    assert played(smf) == [(0, 0, 144, 60, 90), (80, 0, 128, 60, 0)]


def test_a_note_off_keeps_its_place_before_or_after_the_pedal() -> None:
    pedal = (100, 0, 0xB0, 64, 127)
    off = (100, 0, 0x80, 60, 0)
    for order in ((pedal, off), (off, pedal)):
        statuses = [row[2] for row in played(smf_of((0, 0, 0x90, 60, 64), *order))]
        assert statuses == [0x90, *(row[2] for row in order)]


def test_what_is_sent_to_a_channel_reaches_every_part_on_it_and_before_its_notes() -> None:
    smf = smf_of((0, 0, 0x90, 60, 64), (0, 1, 0x90, 48, 64), (0, 2, 0xC0, 40, 0), (0, 2, 0xC5, 7, 0), tracks=3)
    assert played(smf)[:4] == [(0, 0, 0xC0, 40, 0), (0, 1, 0xC0, 40, 0), (0, 0, 0x90, 60, 64), (0, 1, 0x90, 48, 64)]


def test_modes_that_would_deafen_the_synthesiser_are_left_out() -> None:
    modes = [(0, 0, 0xB0, number, 0) for number in (122, 124, 125, 126, 127)]
    kept = [(0, 0, 0xB0, number, 0) for number in (1, 64, 120, 121, 123)]
    controls = [row[3] for row in played(smf_of(*modes, *kept, (0, 0, 0x90, 60, 64))) if row[2] == 0xB0]
    assert controls == [1, 64, 120, 121, 123]


def test_more_than_32_parts_are_merged_by_channel() -> None:
    rows = [(track * 10, track, 0x90 | track % 3, 60 + track, 64) for track in range(40)]
    found = arrange(smf_of(*rows, tracks=40))
    assert len(found.parts) == 3
    assert sum(found.note_counts) == 40
    assert found.warnings == ("40 parts merged to 3, one a channel",)


def test_ports_give_way_when_there_are_too_many() -> None:
    tracks = tuple(Track((Meta(0, 0x21, bytes((number,))),), 100) for number in range(40))
    events = np.array([(0, number, 0x90 | number % 2, 60, 64, 0) for number in range(40)], EVENT)
    assert len(arrange(Smf(1, 96, tracks, events)).parts) == 2


def test_a_piece_longer_than_a_day_is_refused() -> None:
    long = Smf(0, 1, (Track((Meta(0, SEQUENCE_NAME, b"long"),), 24 * 3600 * 2 + 1),), np.zeros(0, EVENT))
    with pytest.raises(BadInput, match=r"a\.mid: lasts longer than a day"):
        arrange(long, "a.mid")


def test_more_events_than_are_played_are_refused() -> None:
    events = np.zeros(arrangement.MAX_PLAYED_EVENTS // 2 + 1, EVENT)
    events["tick"], events["status"], events["data1"], events["data2"] = np.arange(len(events)), 0x90, 60, 64
    with pytest.raises(BadInput, match="200,000 events"):
        arrange(Smf(0, 960, (Track((), len(events)),), events))
