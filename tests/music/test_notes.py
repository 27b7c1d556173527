from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import given

from mos_appliance.music.notes import NoteList, facts_of, read_notes, rows_of
from mos_appliance.music.smf import EVENT, Smf, Track, read_smf
from mos_appliance.music.smf_write import write_smf
from tests.music.files import Heard, heard_by_mido, smfs
from tests.music.golden_files import GOLDEN


def as_json(piece: NoteList) -> dict[str, Any]:
    return {"notes": list(rows_of(piece)), **facts_of(piece)}


def heard_by_us(data: bytes) -> list[Heard]:
    piece = read_notes(read_smf(data))
    notes = []
    for note in piece.notes:
        part = piece.parts[note["part"]]
        onset, end = int(note["onset"]), int(note["onset"] + note["duration"])
        notes.append(Heard(onset, int(note["pitch"]), part.track, part.channel, int(note["velocity"]), end))
    return sorted(notes)


@given(smfs())
def test_notes_are_those_of_mido_paired_in_the_plainest_way(smf: Smf) -> None:
    data = write_smf(smf)
    assert heard_by_us(data) == heard_by_mido(data)


def test_real_files_agree_with_mido_note_by_note(courses: dict[str, bytes]) -> None:
    for name, data in courses.items():
        assert heard_by_us(data) == heard_by_mido(data), name


def test_times_of_real_files_agree_with_those_that_mido_plays(courses: dict[str, bytes]) -> None:
    for data in courses.values():
        now, heard = 0.0, []
        for message in mido.MidiFile(file=io.BytesIO(data)):
            now += message.time
            if message.type == "note_on" and message.velocity:
                heard.append(now * 1000)
        np.testing.assert_allclose(read_notes(read_smf(data)).notes["onset_ms"], heard, atol=1e-6)


@given(smfs())
def test_notes_stand_in_order_of_onset_then_pitch(smf: Smf) -> None:
    notes = read_notes(smf).notes
    order = list(zip(notes["onset"].tolist(), notes["pitch"].tolist(), strict=True))
    assert order == sorted(order)


def test_the_golden_piece_is_told_exactly() -> None:
    told = as_json(read_notes(read_smf(GOLDEN["two_hands"].data)))
    assert told["notes"][0] == {
        "id": "n0",
        "part": "P1",
        "staff": 1,
        "voice": 1,
        "bar": 1,
        "onset_quarters": "0/1",
        "duration_quarters": "1/1",
        "pitch": 67,
        "grace": False,
        "velocity": 80,
        "onset_ms": 0.0,
        "duration_ms": 500.0,
    }
    rows = [
        (note["part"], note["bar"], note["pitch"], note["onset_quarters"], note["duration_quarters"])
        for note in told["notes"]
    ]
    assert rows == [
        ("P1", 1, 67, "0/1", "1/1"),
        ("P2", 2, 48, "1/1", "3/1"),
        ("P1", 2, 72, "1/1", "2/1"),
        ("P1", 2, 76, "1/1", "2/1"),
        ("P1", 3, 74, "4/1", "1/1"),
    ]
    assert told["notes"][-1]["onset_ms"] == 2000.0
    assert told["notes"][-1]["duration_ms"] == 1000.0
    assert told["parts"] == [
        {"id": "P1", "name": "Right", "program": 0, "drums": False, "track": 2, "channel": 1},
        {"id": "P2", "name": "Left", "program": 32, "drums": False, "track": 3, "channel": 2},
    ]
    assert told["warnings"] == []


def test_overlaps_end_first_in_first_out_and_what_never_ends_is_closed_and_counted() -> None:
    piece = read_notes(read_smf(GOLDEN["odd"].data))
    rows = [tuple(int(note[key]) for key in ("pitch", "onset", "duration", "velocity")) for note in piece.notes]
    assert rows == [(36, 0, 48, 100), (60, 48, 48, 100), (60, 72, 48, 80), (64, 120, 96, 64)]
    assert piece.warnings[-2:] == (
        "1 note without an end closed at the end of the track",
        "1 note ended that had not begun",
    )
    assert [(part.name, part.drums) for part in piece.parts] == [("Acoustic Grand Piano", False), ("Drums", True)]


@pytest.mark.parametrize(("tick", "told"), [(320, "1/3"), (137, "137/960"), (960 * 7, "7/1")])
def test_onsets_are_exact_fractions_in_lowest_terms(tick: int, told: str) -> None:
    events = np.array([(tick, 0, 0x90, 60, 64, 0), (tick + 1, 0, 0x80, 60, 64, 0)], EVENT)
    note = as_json(read_notes(Smf(0, 960, (Track((), tick + 1),), events)))["notes"][0]
    assert note["onset_quarters"] == told
    assert Fraction(note["duration_quarters"]) == Fraction(1, 960)


def test_an_instrument_set_in_another_track_names_the_part() -> None:
    events = np.array([(0, 0, 0xC2, 40, 0, 0), (0, 1, 0x92, 60, 64, 0), (96, 1, 0xC2, 73, 0, 0)], EVENT)
    piece = read_notes(Smf(1, 96, (Track((), 0), Track((), 96)), events))
    assert [(part.name, part.program) for part in piece.parts] == [("Violin", 40)]


def test_a_file_without_notes_has_none() -> None:
    assert as_json(read_notes(Smf(0, 96, (Track((), 0),), np.zeros(0, EVENT)))) == {
        "notes": [],
        "parts": [],
        "warnings": [],
    }
