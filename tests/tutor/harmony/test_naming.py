from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from mos_appliance.tutor.harmony.labels import QUALITIES, Chord, label_of, name_of_pitch_class
from mos_appliance.tutor.harmony.naming import name_chord

SYMMETRIC_OR_EQUIVOCAL = {"dim7", "aug", "sus4", "sus2", "maj6", "min6"}
"""Those whose inversions are root positions of others: only with the root below is the name certain."""


def weights(pitches: Iterable[int]) -> np.ndarray:
    return np.bincount(np.array(list(pitches)) % 12, minlength=12).astype(float)


@pytest.mark.parametrize("quality", QUALITIES)
def test_each_quality_is_named_on_every_root_and_with_every_bass_that_leaves_no_doubt(quality: str) -> None:
    for root in range(12):
        tones = [root + interval for interval in QUALITIES[quality]]
        for bass in tones[:1] if quality in SYMMETRIC_OR_EQUIVOCAL else tones:
            named = name_chord(weights(tones), bass % 12)
            if quality in {"maj6", "min6"}:
                assert named is not None
                assert set(named.tones) == {tone % 12 for tone in tones}
            else:
                assert named == Chord(root, quality, bass % 12)


@pytest.mark.parametrize(
    ("pitches", "label"),
    [
        ((48, 64, 67), "C:maj"),
        ((52, 60, 67), "C:maj/3"),
        ((53, 57, 60, 62), "D:min7/b3"),
        ((55, 59, 62, 65), "G:7"),
        ((53, 55, 59, 62), "G:7/b7"),
        ((60, 64), "C:maj"),
        ((60, 67), "C:5"),
        ((59, 62, 65), "B:dim"),
    ],
)
def test_labels_are_in_harte_syntax(pitches: tuple[int, ...], label: str) -> None:
    chord = name_chord(weights(pitches), min(pitches) % 12)
    assert chord is not None
    assert label_of(chord) == label


def test_one_tone_alone_and_silence_are_no_chord() -> None:
    assert name_chord(weights([60, 72]), 0) is None
    assert name_chord(np.zeros(12), 0) is None


def test_a_short_passing_tone_does_not_change_the_name() -> None:
    tones = weights([60, 64, 67]) * 4
    tones[2] = 0.3
    named = name_chord(tones, 0)
    assert named == Chord(0, "maj", 0)


@pytest.mark.parametrize(
    ("fifths", "names"),
    [(0, "C C# D Eb E F F# G Ab A Bb B"), (4, "B# C# D D# E E# F# G G# A A# B")],
)
def test_pitch_classes_are_spelt_as_the_signature_suggests(fifths: int, names: str) -> None:
    assert " ".join(name_of_pitch_class(number, fifths) for number in range(12)) == names
