"""The chords that the harmony network knows, as steps of a key without sharps and flats."""

from __future__ import annotations

from typing import Final

from mos_appliance.tutor.harmony.labels import Chord

KINDS: Final = ("maj", "min", "dim", "7", "min7")
CLASSES: Final = 12 * len(KINDS) + 1
NONE_CLASS: Final = CLASSES - 1
_KIND_OF: Final = {
    "maj": "maj", "min": "min", "7": "7", "min7": "min7", "maj7": "maj", "dim": "dim", "hdim7": "dim", "dim7": "dim",
    "aug": "maj", "sus4": "maj", "sus2": "maj", "maj6": "maj", "min6": "min", "minmaj7": "min", "9": "7", "5": "maj",
}  # fmt: skip
"""What each quality is taken for."""


def class_of(chord: Chord, fifths: int) -> int:
    """The number of a chord in a key with that signature."""
    return (chord.root - 7 * fifths) % 12 + 12 * KINDS.index(_KIND_OF[chord.quality])


def chord_of(number: int, fifths: int) -> Chord | None:
    """The other way; None for no chord."""
    if number == NONE_CLASS:
        return None
    root = (number % 12 + 7 * fifths) % 12
    return Chord(root, KINDS[number // 12], root)


def triad_of(number: int) -> int:
    """The number of the plain triad of a chord: sevenths left out."""
    return number if number < 36 or number == NONE_CLASS else number - 36
