from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.general_midi import DRUMS, FAMILIES, INSTRUMENTS, drum_name, family_name, instrument_name


def test_there_are_128_instruments_in_16_families_of_eight() -> None:
    assert (len(set(INSTRUMENTS)), len(set(FAMILIES))) == (128, 16)
    named = {0: "Acoustic Grand Piano", 24: "Nylon Guitar", 40: "Violin", 56: "Trumpet", 73: "Flute", 127: "Gunshot"}
    assert {program: instrument_name(program) for program in named} == named
    assert (family_name(7), family_name(8), family_name(40)) == ("Piano", "Chromatic Percussion", "Strings")


def test_drums_stand_on_their_keys() -> None:
    named = {
        35: "Acoustic Bass Drum",
        38: "Acoustic Snare",
        42: "Closed Hi-hat",
        49: "Crash Cymbal 1",
        81: "Open Triangle",
    }
    assert {key: drum_name(key) for key in named} == named
    assert len(set(DRUMS)) == 61
    assert drum_name(26) is None
    assert drum_name(88) is None


def test_a_program_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput):
        instrument_name(128)
    with pytest.raises(BadInput):
        family_name(-1)
