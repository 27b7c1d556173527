"""What is to be written: notes in musical time, and how they stand together. Units: those of `units`."""

from __future__ import annotations

from dataclasses import dataclass, field

from mos_appliance.music.json_text import Json


@dataclass(slots=True)
class Tone:
    """A note. `index` is its place among the notes of the file."""

    onset: int
    end: int
    pitch: int
    velocity: int
    index: int
    staff: int = 1
    name: Json = field(default_factory=dict)
    """Its `pitch` object."""


@dataclass(slots=True)
class Chord:
    """Tones that begin and end together in one voice."""

    onset: int
    end: int
    tones: list[Tone]
    lyrics: Json = field(default_factory=dict)

    @property
    def height(self) -> float:
        """Its pitch on average."""
        return sum(tone.pitch for tone in self.tones) / len(self.tones)


Voice = list[Chord]
"""Chords of which none begins before the one before has ended."""
