"""A melody: what all readers give."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple


class Note(NamedTuple):
    """A note that is struck. Units: whole notes; `pitch` is a MIDI number."""

    onset: Fraction
    pitch: int


def top(notes: Iterable[Note]) -> list[Note]:
    """The highest of those that begin together."""
    highest: dict[Fraction, int] = {}
    for note in notes:
        highest[note.onset] = max(note.pitch, highest.get(note.onset, 0))
    return [Note(onset, pitch) for onset, pitch in sorted(highest.items())]
