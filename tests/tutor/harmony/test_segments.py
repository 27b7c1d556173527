from __future__ import annotations

import numpy as np

from mos_appliance.music.notes import NOTE, NoteList, Part, read_notes
from mos_appliance.tutor.harmony.labels import label_of
from mos_appliance.tutor.harmony.segments import chords_of, key_of
from tests.app.scores import QUARTER, smf_of


def labels(notes: list[tuple[int, int, int, int]]) -> list[tuple[float, str]]:
    found = chords_of(read_notes(smf_of(notes)), 0)
    return [(heard.onset / QUARTER, label_of(heard.chord) if heard.chord else "N") for heard in found]


def block(at: float, quarters: float, *pitches: int) -> list[tuple[int, int, int, int]]:
    return [(round(at * QUARTER), round(quarters * QUARTER), pitch, 80) for pitch in pitches]


def test_block_chords_are_told_once_where_they_begin() -> None:
    piece = block(0, 2, 48, 64, 67) + block(2, 2, 48, 64, 67) + block(4, 2, 53, 57, 60) + block(6, 2, 55, 59, 62, 65)
    assert labels(piece) == [(0.0, "C:maj"), (4.0, "F:maj"), (6.0, "G:7")]


def test_a_broken_chord_is_one_chord() -> None:
    broken = [
        row
        for bar, low in ((0, 48), (4, 53))
        for beat, up in enumerate((0, 7, 4, 7))
        for row in block(bar + beat, 1, low + up)
    ]
    assert labels(broken) == [(0.0, "C:maj"), (4.0, "F:maj")]


def test_a_melody_above_its_chords_changes_nothing() -> None:
    tune = [row for at, pitch in enumerate((76, 74, 72, 74, 77, 76, 74, 77)) for row in block(at / 2, 0.5, pitch)]
    chords = block(0, 2, 48, 52, 55) + block(2, 2, 50, 53, 57)
    assert labels(tune + chords) == [(0.0, "C:maj"), (2.0, "D:min")]


def test_silence_is_told_as_no_chord() -> None:
    assert labels(block(0, 1, 60, 64, 67) + block(3, 1, 60, 64, 67)) == [(0.0, "C:maj"), (1.0, "N"), (3.0, "C:maj")]


def test_a_file_without_notes_has_no_chords_and_drums_are_none() -> None:
    empty = NoteList(np.zeros(0, NOTE), QUARTER, (Part("", 0, False, 0, 0),))
    assert chords_of(empty) == []
    assert key_of(empty) == 0
    drums = read_notes(smf_of(block(0, 1, 36, 40, 43), channel=9))
    assert chords_of(drums) == []
