"""Which key a piece is in.

Source: D. Temperley, "Music and Probability" (2007): the Kostka-Payne key profiles, here by correlation with how long
each pitch class sounds, after Krumhansl and Schmuckler.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_MAJOR: Final = np.array((0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400))
_MINOR: Final = np.array((0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330))
_SHARPNESS: Final = 14.0
"""How quickly confidence falls with correlation."""
_NAMES: Final = "FCGDAEB"


def keys_of(pitches: NDArray[np.int64], weights: NDArray[np.float64]) -> list[tuple[tuple[int, str], float]]:
    """Keys as (fifths, mode) with their shares of confidence, the likeliest first. Shapes: both (n,)."""
    histogram = np.bincount(pitches % 12, weights, 12)
    rows: list[tuple[tuple[int, str], float]] = []
    if not histogram.std():
        return [((0, "major"), 1.0)]
    for mode, profile, fifths_of_c in (("major", _MAJOR, 0), ("minor", _MINOR, -3)):
        for tonic in range(12):
            score = float(np.corrcoef(histogram, np.roll(profile, tonic))[0, 1])
            fifths = (tonic * 7 + fifths_of_c + 5) % 12 - 5
            rows.append(((fifths, mode), score))
    best = max(score for _, score in rows)
    shares = np.exp(_SHARPNESS * (np.array([score for _, score in rows]) - best))
    shares /= shares.sum()
    found = [(key, float(share)) for (key, _), share in zip(rows, shares.tolist(), strict=True)]
    return sorted(found, key=lambda row: -row[1])


def key_name(fifths: int, mode: str) -> str:
    """`F# minor` as UMF's metadata has it; modes other than minor are named by their signature's major key."""
    place = fifths + (4 if mode == "minor" else 1)
    letter, alter = _NAMES[place % 7], place // 7
    return f"{letter}{'#' * alter if alter > 0 else 'b' * -alter} {'minor' if mode == 'minor' else 'major'}"
