"""Keys, and the notes of their scales as ABC writes them. Source: the ABC notation standard 2.1, sections 3 and 4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LETTERS: Final = "CDEFGAB"
_SHARPS: Final = "FCGDAEB"
"""The order in which signatures add sharps; flats the other way round."""
MAJOR: Final = {
    "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5,
}  # fmt: skip
"""The twelve major keys as they are mostly written, with their sharps; flats are negative."""
MINOR: Final = {
    "A": 0, "E": 1, "B": 2, "F#": 3, "C#": 4, "G#": 5, "D": -1, "G": -2, "C": -3, "F": -4, "Bb": -5, "Eb": -6,
}  # fmt: skip
_ACCIDENTALS: Final = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SEMITONES: Final = (0, 2, 4, 5, 7, 9, 11)
_RAISED: Final = 6
"""The degree (from 0) that harmonic minor raises: the leading note."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its tonic as in `MAJOR` or `MINOR`."""

    tonic: str
    minor: bool = False

    @property
    def sharps(self) -> int:
        """Sharps of its signature; flats are negative."""
        return (MINOR if self.minor else MAJOR)[self.tonic]

    @property
    def name(self) -> str:
        """In English."""
        return f"{self.tonic} {'minor' if self.minor else 'major'}"

    @property
    def abc(self) -> str:
        """As a `K:` field has it."""
        return f"{self.tonic}{'m' if self.minor else ''}"

    def alteration(self, letter: str) -> int:
        """What the signature does to a letter, in semitones."""
        if self.sharps >= 0:
            return int(letter in _SHARPS[: self.sharps])
        return -int(letter in _SHARPS[self.sharps :])

    def tonic_near(self, lowest: int) -> int:
        """The octave of its first tonic (middle C begins octave 4) that is not below that MIDI number."""
        letter = self.tonic[0]
        pitch = 12 * 5 + _SEMITONES[LETTERS.index(letter)] + self.alteration(letter)
        return 4 + -(-(lowest - pitch) // 12)

    def note(self, degree: int, octave: int, leading: bool = False) -> str:
        """A degree of the scale (0 the tonic of that octave, any integer) in ABC; `leading`: raised where minor is."""
        place = LETTERS.index(self.tonic[0]) + degree
        letter, octave = LETTERS[place % 7], octave + place // 7
        raised = leading and self.minor and degree % 7 == _RAISED
        accidental = _ACCIDENTALS[self.alteration(letter) + 1] if raised else ""
        if octave >= 5:
            return accidental + letter.lower() + "'" * (octave - 5)
        return accidental + letter + "," * (4 - octave)
