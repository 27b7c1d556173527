"""Which hand plays what, where nobody has said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.notes import Part

SPAN: Final = 16
"""Semitones that one hand reaches at once, a tenth: what is wider takes two."""
_MIDDLE: Final = 60
_LEFT, _RIGHT = "left", "right"

Hands = dict[tuple[int, int], str]
"""(part from 0, staff from 1) → `left` or `right`."""


KEYBOARDS: Final = range(24)
"""General MIDI programs that two hands play: pianos, mallets, organs."""
_NAMED: Final = re.compile(r"(?<![a-z])(?:(left|lh|l\.h\.)|(right|rh|r\.h\.))(?![a-z])")


def named_hands(parts: Sequence[Part]) -> Hands:
    """The parts that are called a hand, such as `Solo-Left` or `Piano RH`; the others accompany them."""
    found: Hands = {}
    for number, part in enumerate(parts):
        match = _NAMED.search(part.name.lower())
        if match and not part.drums and part.program in KEYBOARDS:
            found[number, 1] = _LEFT if match[1] else _RIGHT
    return found


def guess_hands(notes: NDArray[np.void]) -> Hands:
    """The hand of every staff. Shapes: `notes` (n,) NOTE of one player.

    Two staves, or two parts of one staff, are a right and a left hand, the higher on the right. One staff alone is one
    hand, the right one unless it lies in the bass; when it holds more than a hand reaches, it belongs to neither.
    """
    staves = np.unique(notes[["part", "staff"]])
    middles = {}
    for part, staff in staves.tolist():
        own = notes[(notes["part"] == part) & (notes["staff"] == staff)]
        middles[part, staff] = float(np.median(own["pitch"]))
    if len(middles) == 2:
        upper, lower = sorted(middles, key=lambda place: -middles[place])
        return {upper: _RIGHT, lower: _LEFT}
    if len(middles) == 1 and widest(notes) <= SPAN:
        ((place, middle),) = middles.items()
        return {place: _RIGHT if middle >= _MIDDLE - 5 else _LEFT}
    return {}


def hand_count(notes: NDArray[np.void], said: Hands) -> int:
    """How many hands the piece takes, 0 where it is none for a keyboard player alone."""
    staves = np.unique(notes[["part", "staff"]])
    if len(staves) > 2:
        return 0
    if said and len(said) >= len(staves):
        return len(set(said.values()))
    return 1 if len(staves) == 1 and widest(notes) <= SPAN else min(2, len(notes))


def widest(notes: NDArray[np.void]) -> int:
    """The widest span of notes that begin together, in semitones."""
    if not len(notes):
        return 0
    order = np.argsort(notes["onset"], kind="stable")
    begins = np.flatnonzero(np.diff(notes["onset"][order], prepend=notes["onset"][order][0] - 1))
    pitches = notes["pitch"][order].astype(np.int16)
    return int((np.maximum.reduceat(pitches, begins) - np.minimum.reduceat(pitches, begins)).max())
