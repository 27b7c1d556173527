from __future__ import annotations

import pytest

from mos_appliance.errors import BadInput
from mos_appliance.music.pitch import frequency_hz, name_of, pitch_of


@pytest.mark.parametrize("flats", [False, True])
def test_every_pitch_is_found_by_its_name(flats: bool) -> None:
    assert [pitch_of(name_of(pitch, flats)) for pitch in range(128)] == list(range(128))


def test_middle_c_is_c4_and_the_lowest_key_of_a_piano_is_a0() -> None:
    assert (name_of(60), name_of(21), name_of(70, flats=True)) == ("C4", "A0", "Bb4")
    assert (pitch_of("b♭3"), pitch_of("Cb4"), pitch_of("Fx4")) == (58, 59, 67)


@pytest.mark.parametrize("name", ["", "H4", "C", "4", "C99", "G#9", "Cb-1"])
def test_what_is_no_pitch_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        pitch_of(name)


def test_an_octave_doubles_the_frequency() -> None:
    assert frequency_hz(69) == 440
    assert frequency_hz(57, 442) == 221
    assert frequency_hz(60) == pytest.approx(261.6256, abs=1e-4)
