"""What notes are called: steps and accidentals for MIDI numbers.

Source: D. Meredith, "The ps13 pitch spelling algorithm", Journal of New Music Research 35(2), 2006: stage 1, with its
window of 10 notes before and 42 after. The name of the whole is then moved along the line of fifths to suit the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import SEMITONES, STEPS, pitch

BEFORE: Final = 10
AFTER: Final = 42
_MORPH: Final = np.array((0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6))
"""Steps between the tonic and each of the twelve chromas above it."""
_FIFTHS: Final = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}


def spelled(pitches: Sequence[int], fifths: int) -> list[Json]:
    """A `pitch` object for each MIDI number, in the order of time; `fifths` is the key's signature."""
    if not pitches:
        return []
    morphs = _morphs(np.asarray(pitches, np.int64))
    names = [_named(number, int(morph)) for number, morph in zip(pitches, morphs.tolist(), strict=True)]
    places = np.array([_fifths_of(name) for name in names])
    shift = round((fifths + 2 - float(np.median(places))) / 12)
    if shift:
        names = [_moved(number, place + 12 * shift) for number, place in zip(pitches, places.tolist(), strict=True)]
    return [_tamed(number, name) for number, name in zip(pitches, names, strict=True)]


def _morphs(pitches: NDArray[np.int64]) -> NDArray[Any]:
    """The step, 0 for C, that each note stands on: that which most tonics nearby give it."""
    chroma = pitches % 12
    counts = np.zeros((len(chroma) + 1, 12), np.int64)
    counts[1:] = np.cumsum(np.eye(12, dtype=np.int64)[chroma], axis=0)
    index = np.arange(len(chroma))
    window = counts[np.minimum(index + AFTER, len(chroma))] - counts[np.maximum(index - BEFORE, 0)]
    tonics = np.arange(12)
    first = chroma[0]
    tonic_morph = (_MORPH[first] - _MORPH[(first - tonics) % 12]) % 7
    implied = (_MORPH[(chroma[:, None] - tonics[None, :]) % 12] + tonic_morph[None, :]) % 7
    strength = np.zeros((len(chroma), 7), np.int64)
    for morph in range(7):
        strength[:, morph] = np.where(implied == morph, window, 0).sum(axis=1)
    best: NDArray[Any] = strength.argmax(axis=1)
    return best


def _named(number: int, morph: int) -> Json:
    """The pitch on that step that sounds so."""
    step = STEPS[morph]
    alter = (number - SEMITONES[step] + 6) % 12 - 6
    return pitch(step, (number - alter - SEMITONES[step]) // 12 - 1, alter)


def _fifths_of(name: Json) -> int:
    return _FIFTHS[name["step"]] + 7 * int(name.get("alter", 0))


def _moved(number: int, place: int) -> Json:
    step = next(step for step, at in _FIFTHS.items() if (place - at) % 7 == 0)
    return _named(number, STEPS.index(step))


def _tamed(number: int, name: Json) -> Json:
    """Never more than two accidentals."""
    if abs(name.get("alter", 0)) <= 2:
        return name
    return _named(number, int(_MORPH[number % 12]))
