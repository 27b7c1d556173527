"""Pitch: MIDI numbers, their names and frequencies. Middle C is 60 and C4."""

from __future__ import annotations

import re
from typing import Final

from mos_appliance.errors import BadInput

LOWEST: Final = 0
HIGHEST: Final = 127
CONCERT_A: Final = 69

_SHARPS: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS: Final = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERS: Final = {"": 0, "#": 1, "##": 2, "x": 2, "b": -1, "bb": -2}
_NAME: Final = re.compile(r"([A-Ga-g])(##|#|x|bb|b|)(-?\d{1,2})")


def name_of(pitch: int, flats: bool = False) -> str:
    """`C4` for 60; black keys as sharps unless `flats`."""
    return f"{(_FLATS if flats else _SHARPS)[pitch % 12]}{pitch // 12 - 1}"


def pitch_of(name: str) -> int:
    """60 for `C4`. Errors: `BadInput` when it names no MIDI note."""
    match = _NAME.fullmatch(name.replace("♯", "#").replace("♭", "b"))
    if match is None:
        raise BadInput("pitch", f"{name!r} is no name such as C4 or Bb3")
    step, alter, octave = match.groups()
    pitch = _STEPS[step.upper()] + _ALTERS[alter] + 12 * (int(octave) + 1)
    if not LOWEST <= pitch <= HIGHEST:
        raise BadInput("pitch", f"{name} lies outside the MIDI notes 0 to 127")
    return pitch


def frequency_hz(pitch: float, concert_a_hz: float = 440.0) -> float:
    """Equal temperament."""
    return concert_a_hz * float(2.0 ** ((pitch - CONCERT_A) / 12))
