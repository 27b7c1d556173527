"""What the harmony network sees of each beat, as if the tune had no sharps and flats."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.tune import Tune

FEATURES: Final = 12 + 12 + 12 + 12 + 6 + 5 + 4 + 6 + 3 + 9
_METRES: Final = (2, 3, 4, 6)
_PLACES: Final = 6
_BUSY: Final = 69
KEY_KNOWN: Final = 71
PHRASES: Final = 72
"""From here on: where phrases end, as fermatas tell."""
_NEAR: Final = 3
"""Beats on each side of a fermata that are told how far it is."""


def features_of(tune: Tune, fifths: int | None = None) -> NDArray[np.float32]:
    """Shapes: (beats, FEATURES): how long each pitch class sounds, what is struck on the beat, what is sounding on it,
    what the beat's lowest and highest are, its place in the bar, the metre, the place in four bars, the nearness of
    both ends, how busy it is, whether the key is known, and how near a fermata is. `fifths` takes the place of the
    tune's signature."""
    shift = -7 * (tune.fifths if fifths is None else fifths)
    classes = (tune.pitches + shift) % 12
    starts = np.array([float(beat.start) for beat in tune.beats])
    ends = np.array([float(beat.end) for beat in tune.beats])
    count = len(starts)
    out = np.zeros((count, FEATURES), np.float32)
    first = np.searchsorted(starts, tune.onsets + 1e-6, "right") - 1
    for onset, end, pitch, kind, begin in zip(
        tune.onsets.tolist(), tune.ends.tolist(), tune.pitches.tolist(), classes.tolist(), first.tolist(), strict=True
    ):
        beat = max(begin, 0)
        while beat < count and starts[beat] < end - 1e-6:
            span = ends[beat] - starts[beat]
            share = (min(end, ends[beat]) - max(onset, starts[beat])) / span
            out[beat, kind] += share
            if onset < starts[beat] + 1e-6:
                out[beat, 24 + kind] = 1.0
                out[beat, 12 + kind] = float(onset > starts[beat] - 1e-6)
            out[beat, 36 + kind] = max(out[beat, 36 + kind], (pitch - 40) / 48.0)
            out[beat, _BUSY] += 0.25 if onset >= starts[beat] - 1e-6 else 0.0
            out[beat, _BUSY + 1] += share
            beat += 1
    _place(tune, out)
    _phrases(tune, starts, out)
    return out


def _place(tune: Tune, out: NDArray[np.float32]) -> None:
    """Metre and place."""
    count = len(tune.beats)
    bar = -1
    for number, beat in enumerate(tune.beats):
        if beat.place == 0 or bar < 0:
            bar += 1
        out[number, 48 + min(beat.place, _PLACES - 1)] = 1.0
        out[number, 54 + (_METRES.index(beat.of) if beat.of in _METRES else len(_METRES))] = 1.0
        out[number, 59 + bar % 4] = 1.0
        for near in range(3):
            out[number, 63 + near] = float(number <= near)
            out[number, 66 + near] = float(count - 1 - number <= near)
    out[:, KEY_KNOWN] = float(tune.key_known)


def _phrases(tune: Tune, starts: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Where a fermata begins, where it is held, the beats before and after it, and whether there are any."""
    count = len(starts)
    for onset, end in tune.fermatas.tolist():
        first = max(0, int(np.searchsorted(starts, onset + 1e-6, "right")) - 1)
        last = max(first, int(np.searchsorted(starts, end - 1e-6, "right")) - 1)
        out[first, PHRASES] = 1.0
        out[first : last + 1, PHRASES + 1] = 1.0
        for near in range(1, _NEAR + 1):
            if first >= near:
                out[first - near, PHRASES + 1 + near] = 1.0
            if last + near < count:
                out[last + near, PHRASES + 1 + _NEAR + near] = 1.0
    out[:, PHRASES + 2 + 2 * _NEAR] = float(len(tune.fermatas) > 0)
