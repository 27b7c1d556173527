"""What whoever converts says about a file: what the file does not say itself, or what is to be guessed otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.pitch import pitch_of

MODES: Final[dict[str, int]] = {
    "major": 0, "ionian": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "aeolian": -3, "phrygian": -4,
    "locrian": -5, "lydian": 1,
}  # fmt: skip
"""Fifths of the signature, counted from the major key on the same tonic."""
MAJOR_FIFTHS: Final = {"C": 0, "D": 2, "E": 4, "F": -1, "G": 1, "A": 3, "B": 5}
FINEST_GRID: Final = 64
_KEY: Final = re.compile(r"([A-G])(#|b|♯|♭)?(m)?(?:[ _-]?([a-z]+))?")
_METRE: Final = re.compile(r"(\d{1,3})/(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Corrections and choices; what is left out is read from the file or guessed.

    Units: `pickup` and `grid` in whole notes, `tempo` in quarter notes a minute.
    """

    tune: int = 0
    """The tune of a file with several: its number, 0 for the first."""
    scored: bool = True
    """A MIDI file is written down as a score; else it is kept as a performance only."""
    played: bool | None = None
    """The MIDI file was played without minding its own grid; None: look."""
    metre: tuple[int, int] | None = None
    pickup: Fraction | None = None
    tempo: Fraction | None = None
    bars: int | None = None
    """How many bars a played file has, more or less: the tempo is guessed by it where none is told."""
    key: tuple[int, str] | None = None
    """Fifths and mode."""
    split: int | None = None
    """The lowest MIDI number of the right hand."""
    grid: Fraction | None = None
    """The shortest note value."""
    tuplets: bool | None = None
    unfold: bool = True
    """A written MIDI file takes repeats."""
    performance: str | None = None
    """The performance to write as MIDI rather than the score: its id."""


NONE: Final = Wishes()


def metre_of(text: str) -> tuple[int, int]:
    """`3/4`. Errors: `BadInput`."""
    match = _METRE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= 64 or int(match[2]) not in (1, 2, 4, 8, 16, 32):
        raise BadInput("metre", f"{text[:20]!r} is no metre such as 3/4")
    return int(match[1]), int(match[2])


def key_of(text: str) -> tuple[int, str]:
    """Fifths and mode of `G`, `F# minor`, `Bbm`, `D dorian`. Errors: `BadInput`."""
    match = _KEY.fullmatch(text.strip())
    mode = (match[4] or ("minor" if match[3] else "major")) if match else ""
    if match is None or mode not in MODES or (match[3] and match[4]):
        raise BadInput("key", f"{text[:20]!r} is no key such as G, Bbm or D dorian")
    fifths = MAJOR_FIFTHS[match[1]] + {"": 0, "#": 7, "♯": 7, "b": -7, "♭": -7}[match[2] or ""] + MODES[mode]
    if not -7 <= fifths <= 7:
        raise BadInput("key", f"{text[:20]!r} would need more than seven sharps or flats")
    return fifths, {"ionian": "major", "aeolian": "minor"}.get(mode, mode)


def fraction_of_text(text: str, what: str) -> Fraction:
    """`3/8` as a fraction from 0 on. Errors: `BadInput`."""
    match = _METRE.fullmatch(text)
    if match is not None and int(match[2]):
        return Fraction(int(match[1]), int(match[2]))
    if text == "0":
        return Fraction(0)
    raise BadInput(what, f"{text[:20]!r} is no share of a whole note such as 1/8")


def pickup_of(text: str) -> Fraction:
    """`1/4`, or `0`. Errors: `BadInput`."""
    return fraction_of_text(text, "pickup")


def grid_of(text: str) -> Fraction:
    """`1/16`. Errors: `BadInput`."""
    value = fraction_of_text(text, "grid")
    if value.numerator != 1 or value.denominator not in (4, 8, 16, 32, FINEST_GRID):
        raise BadInput("grid", f"{text[:20]!r} is none of 1/4, 1/8, 1/16, 1/32, 1/64")
    return value


def split_of(text: str) -> int:
    """`C4` or `60`. Errors: `BadInput`."""
    if text.isascii() and text.isdigit() and int(text[:4]) <= 127:
        return int(text)
    return pitch_of(text)


def tempo_of(text: str) -> Fraction:
    """Quarter notes a minute. Errors: `BadInput`."""
    if re.fullmatch(r"\d{1,4}(\.\d{1,4})?", text) and 10 <= Fraction(text) <= 1000:
        return Fraction(text)
    raise BadInput("tempo", f"{text[:20]!r} is no number of quarter notes a minute from 10 to 1000")


def bars_of(text: str) -> int:
    """How many bars. Errors: `BadInput`."""
    if re.fullmatch(r"[1-9]\d{0,3}", text):
        return int(text)
    raise BadInput("bars", f"{text[:20]!r} is no number of bars from 1 to 9999")


def switch_of(text: str) -> bool:
    """`yes` or `no`. Errors: `BadInput`."""
    if text in ("yes", "no"):
        return text == "yes"
    raise BadInput("correction", f"{text[:20]!r} is neither yes nor no")


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "metre": metre_of,
    "bars": bars_of,
    "tempo": tempo_of,
    "pickup": pickup_of,
    "key": key_of,
    "split": split_of,
    "grid": grid_of,
    "tuplets": switch_of,
    "played": switch_of,
}


def wishes_from(words: Mapping[str, str]) -> Wishes:
    """Corrections as texts. Errors: `BadInput`."""
    for name in words:
        if name not in _READERS:
            raise BadInput(name[:20], f"is no correction; there are {', '.join(_READERS)}")
    return Wishes(**{name: _READERS[name](text) for name, text in words.items()})
