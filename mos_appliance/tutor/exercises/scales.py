"""Scales, broken chords and cadences in all keys."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from mos_appliance.tutor.exercises.keys import Key
from mos_appliance.tutor.exercises.sheet import Sheet, Tone, together

LOWEST: Final = {"right": 57, "left": 45}
"""No hand begins below this."""
TEMPO: Final = 72
_QUARTER: Final = Fraction(1)
_CADENCE: Final = ((0, 2, 4), (0, 3, 5), (-1, 1, 4), (0, 2, 4))
"""I, IV, V, I with as little moving as can be: degrees of the scale."""


def scale(key: Key, hands: Sequence[str], octaves: int = 1) -> Sheet:
    """Up and down; minor keys in their harmonic form."""
    top = 7 * octaves
    degrees = [*range(top), *range(top, 0, -1)]
    last = 4 - len(degrees) % 4
    voices = {}
    for hand in hands:
        octave = key.tonic_near(LOWEST[hand])
        tones = [Tone(key.note(degree, octave, leading=True), _QUARTER) for degree in degrees]
        voices[hand] = [*tones, Tone(key.note(0, octave), Fraction(last))]
    return Sheet(f"Scale of {key.name}", key, (4, 4), TEMPO, voices)


def broken_chord(key: Key, hands: Sequence[str]) -> Sheet:
    """The tonic's triad in its three positions, up and down."""
    up = [0, 2, 4, 2, 4, 7, 4, 7, 9]
    degrees = [*up, 11, *reversed(up)][: 3 * 6]
    voices = {}
    for hand in hands:
        octave = key.tonic_near(LOWEST[hand])
        tones = [Tone(key.note(degree, octave), _QUARTER) for degree in degrees]
        voices[hand] = [*tones, Tone(key.note(0, octave), Fraction(3))]
    return Sheet(f"Broken chord of {key.name}", key, (3, 4), TEMPO, voices)


def cadence(key: Key, hands: Sequence[str]) -> Sheet:
    """Chords that lead home: tonic, subdominant, dominant, tonic, half a bar each and twice."""
    voices = {}
    for hand in hands:
        octave = key.tonic_near(LOWEST[hand])
        chords = [together([key.note(degree, octave, leading=True) for degree in chord]) for chord in _CADENCE]
        tones = [Tone(chord, Fraction(2)) for chord in chords[:3] * 2]
        voices[hand] = [*tones[:3], Tone(chords[3], Fraction(2)), *tones[3:], Tone(chords[3], Fraction(2))]
    return Sheet(f"Cadence in {key.name}", key, (4, 4), TEMPO, voices)
