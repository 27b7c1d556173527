"""Names of chords. Source: Harte, Sandler, Abdallah & Gómez, ISMIR 2005 (syntax)."""

from __future__ import annotations

from typing import Final, NamedTuple

NO_CHORD: Final = "N"
QUALITIES: Final[dict[str, tuple[int, ...]]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "min7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "dim": (0, 3, 6),
    "hdim7": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "minmaj7": (0, 3, 7, 11),
    "9": (0, 4, 7, 10, 2),
    "5": (0, 7),
}
"""The semitones above the root that each quality has, the root first."""
_DEGREES: Final = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "#5", "6", "b7", "7")
_SPELT: Final = {"dim7": {9: "bb7"}, "sus2": {2: "2"}, "9": {2: "9"}}
_LETTERS: Final = "FCGDAEB"


class Chord(NamedTuple):
    """A chord by the pitch class of its root (0 is C), its quality and its lowest tone."""

    root: int
    quality: str
    bass: int

    @property
    def tones(self) -> tuple[int, ...]:
        """Its pitch classes, the root first."""
        return tuple((self.root + interval) % 12 for interval in QUALITIES[self.quality])


def name_of_pitch_class(pitch_class: int, fifths: int = 0) -> str:
    """Its name where the signature has so many sharps (flats below 0): the one nearest on the line of fifths."""
    place = (7 * pitch_class) % 12  # fifths above C
    centre = fifths + 2
    place = centre + (place - centre + 6) % 12 - 6
    if place - centre == -6:
        place += 12 if fifths > 0 else 0
    letter = _LETTERS[(place + 1) % 7]
    alter = (place + 1) // 7
    return letter + ("#" * alter if alter > 0 else "b" * -alter)


def label_of(chord: Chord, fifths: int = 0) -> str:
    """The label, with its bass as a degree above the root where that is not the root."""
    label = f"{name_of_pitch_class(chord.root, fifths)}:{chord.quality}"
    above = (chord.bass - chord.root) % 12
    if not above:
        return label
    return f"{label}/{_SPELT.get(chord.quality, {}).get(above, _DEGREES[above])}"
