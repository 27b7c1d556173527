from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.melody import MelodyNote, Pitches, PitchTracker, melody_of, transposition_of

RATE = 16_000
TUNE = (60, 62, 64, 65, 67, 69, 71, 72)


def sung(pitch: float, seconds: float, vibrato: float = 0.0) -> NDArray[np.float32]:
    """A voice-like tone with eight overtones, a soft attack and, if wanted, vibrato in semitones."""
    time = np.arange(int(seconds * RATE)) / RATE
    wavering = pitch + vibrato * np.sin(2 * np.pi * 5.5 * time)
    phase = 2 * np.pi * np.cumsum(440.0 * 2.0 ** ((wavering - 69) / 12)) / RATE
    shape = np.minimum(1.0, time / 0.03) * np.minimum(1.0, (seconds - time) / 0.03)
    return (0.2 * shape * sum(np.sin(k * phase) / k for k in range(1, 9))).astype(np.float32)


def heard(sound: NDArray[np.float32], block: int = 777) -> list[MelodyNote]:
    tracker = PitchTracker()
    padded = np.concatenate((sound, np.zeros(4000, np.float32)))
    parts = [tracker.push(padded[begin : begin + block]) for begin in range(0, len(padded), block)]
    return melody_of(Pitches(*(np.concatenate(column) for column in zip(*parts, strict=True))))


def test_a_scale_is_heard_with_its_times() -> None:
    notes = heard(np.concatenate([sung(pitch, 0.4) for pitch in TUNE]))
    assert tuple(note.pitch for note in notes) == TUNE
    assert all(abs(note.onset_ms - 400.0 * place) < 45.0 for place, note in enumerate(notes))


@pytest.mark.parametrize("cents", [-40, -12, 0, 7, 35])
@pytest.mark.parametrize("pitch", [40, 57, 69, 84, 93])
def test_cents_are_those_of_the_tone(pitch: int, cents: int) -> None:
    (note,) = heard(sung(pitch + cents / 100, 0.6))
    assert note.pitch == pitch
    assert note.cents == pytest.approx(cents, abs=4.0)


def test_vibrato_is_one_note_at_its_middle() -> None:
    (note,) = heard(sung(69.1, 1.0, vibrato=0.4))
    assert note.pitch == 69
    assert note.cents == pytest.approx(10.0, abs=8.0)


def test_a_repeated_note_is_two() -> None:
    notes = heard(np.concatenate([sung(67, 0.4), sung(67, 0.4)]))
    assert [note.pitch for note in notes] == [67, 67]


def test_noise_and_silence_are_no_notes() -> None:
    noise = np.random.default_rng(3).standard_normal(RATE).astype(np.float32) * 0.1
    assert heard(noise) == []
    assert heard(np.zeros(RATE, np.float32)) == []
    assert melody_of(PitchTracker().push(np.zeros(10, np.float32))) == []


def test_a_transposing_instrument_is_found_out() -> None:
    written = [60, 62, 64, 65, 67, 65, 64, 62, 67, 72, 71, 69, 67, 60]
    assert transposition_of([pitch - 2 for pitch in written], written) == -2
    assert transposition_of([pitch + 12 for pitch in written[3:12]], written) == 12
    assert transposition_of([60, 61, 67, 62, 60, 70, 61], written) is None
    assert transposition_of([], written) is None
