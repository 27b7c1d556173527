"""What the tones that sound together are called: templates, weighed by how long each tone is heard and by the bass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.labels import QUALITIES, Chord

_RARITY: Final = {
    "maj": 0.0, "min": 0.0, "7": 0.03, "min7": 0.06, "maj7": 0.08, "dim": 0.05, "hdim7": 0.08, "dim7": 0.06,
    "aug": 0.12, "sus4": 0.1, "sus2": 0.16, "maj6": 0.16, "min6": 0.16, "minmaj7": 0.2, "9": 0.12, "5": 0.1,
}  # fmt: skip
"""What a quality costs more than a plain triad: of two that explain the same tones, the more usual one is meant."""
_MISSING: Final = {0: 0.42, 3: 0.2, 4: 0.2, 7: 0.08, 6: 0.25, 8: 0.25, 10: 0.3, 11: 0.3, 9: 0.3, 5: 0.3, 2: 0.3}
"""What a tone of the chord costs that is not heard, by its distance from the root."""
_BASS_NOT_ROOT: Final = 0.07
_BASS_NOT_IN_CHORD: Final = 0.3
_IN_KEY: Final = 0.02
_TOO_FEW: Final = 2
_HEARD: Final = 0.04
"""The least share of the sound that a tone has to be one of the chord's."""


def _templates() -> tuple[list[tuple[int, str]], NDArray[np.float64], NDArray[np.float64]]:
    names, inside, missing = [], [], []
    for root in range(12):
        for quality, intervals in QUALITIES.items():
            row, costs = np.zeros(12), np.zeros(12)
            for interval in intervals:
                row[(root + interval) % 12] = 1.0
                costs[(root + interval) % 12] = _MISSING[interval]
            names.append((root, quality))
            inside.append(row)
            missing.append(costs)
    return names, np.array(inside), np.array(missing)


_NAMES, _INSIDE, _MISSING_COSTS = _templates()
_RARITIES: Final = np.array([_RARITY[quality] for _, quality in _NAMES])


def scores_of(weights: NDArray[np.float64], bass: int, scale: Sequence[int] = ()) -> NDArray[np.float64]:
    """How well each template explains the tones. Shapes: `weights` (12,) by pitch class, out (templates,)."""
    share = weights / max(float(weights.sum()), 1e-9)
    heard = share > _HEARD
    explained = _INSIDE @ share
    missing = _MISSING_COSTS @ ~heard
    in_bass = np.array([root == bass for root, _ in _NAMES])
    bass_fits = _INSIDE[:, bass] > 0
    score = explained - missing - _RARITIES
    score -= np.where(in_bass, 0.0, np.where(bass_fits, _BASS_NOT_ROOT, _BASS_NOT_IN_CHORD))
    if scale:
        inside = np.zeros(12)
        inside[list(scale)] = 1.0
        score += _IN_KEY * (_INSIDE @ inside) / _INSIDE.sum(axis=1)
    return np.asarray(score)


def name_chord(weights: NDArray[np.float64], bass: int, scale: Sequence[int] = ()) -> Chord | None:
    """The chord of these tones: how long each pitch class sounds, and the lowest one. None where there are too few.

    `scale`, the pitch classes of the key, decides between equals. Shapes: `weights` (12,).
    """
    heard = np.count_nonzero(weights > _HEARD * weights.sum()) if weights.sum() > 0 else 0
    if heard < _TOO_FEW:
        return None
    best = int(np.argmax(scores_of(weights, bass, scale)))
    root, quality = _NAMES[best]
    return Chord(root, quality, bass if _INSIDE[best, bass] else root)
