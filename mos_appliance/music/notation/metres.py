"""Which beats begin a bar: accents by length, bass, number of notes and change of harmony, and bars that are alike."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PRIORS: Final[dict[int, float]] = {2: -3.0, 3: -1.2, 4: 0.0}
"""In units of the scores below."""
_LENGTH, _BASS, _NOTES, _CHANGE, _LOUD, _ALIKE = 1.0, 0.3, 0.2, 0.2, 0.25, 1.0
_SHARPNESS: Final = 0.9


class Accents(NamedTuple):
    """What speaks for each beat as the first of a bar. Shapes: all (beats,); `chroma` (beats, 12)."""

    length: Floats
    bass: Floats
    notes: Floats
    loud: Floats
    chroma: Floats
    rhythm: Floats
    """What begins in each beat, in eight slots. Shapes: (beats, 8)."""


class MetreGuess(NamedTuple):
    """So many beats a bar, the first bar beginning with beat `phase`; `share` of 1 for all guesses together."""

    beats: int
    phase: int
    share: float


def accents_of(where: Floats, length: Floats, pitch: Floats, velocity: Floats, beats: int) -> Accents:
    """From notes: onset and length in beats, pitch, velocity. Shapes: all (n,)."""
    number = np.clip(np.floor(where + 1e-6).astype(np.int64), 0, beats - 1)
    on_beat = np.abs(where - np.round(where)) < 0.02
    at = number[on_beat]
    longest = np.zeros(beats)
    np.maximum.at(longest, at, np.minimum(length[on_beat], 4.0))
    lowest = np.full(beats, 127.0)
    np.minimum.at(lowest, at, pitch[on_beat])
    around = np.median(pitch) if len(pitch) else 60.0
    bass = np.where(lowest < 127, np.clip((around - lowest) / 12, -0.5, 2.0), -0.5)
    notes = np.bincount(at, minlength=beats).astype(np.float64)
    loud = np.zeros(beats)
    np.maximum.at(loud, at, velocity[on_beat] / 127)
    chroma = np.zeros((beats, 12))
    np.add.at(chroma, (number, pitch.astype(np.int64) % 12), np.minimum(length, 1.0))
    rhythm = np.zeros((beats, 8))
    rhythm[number, np.clip(((where - number) * 8).round().astype(np.int64), 0, 7)] = 1.0
    return Accents(longest, bass, notes, loud, chroma, rhythm)


def guess_metres(accents: Accents, counts: tuple[int, ...] = (2, 3, 4), phase: int | None = None) -> list[MetreGuess]:
    """Metres with their shares of confidence, the likeliest first."""
    strength = sum(
        weight * _standard(row)
        for weight, row in (
            (_LENGTH, accents.length),
            (_BASS, accents.bass),
            (_NOTES, accents.notes),
            (_LOUD, accents.loud),
            (_CHANGE, _changes(accents.chroma)),
        )
    )
    assert isinstance(strength, np.ndarray)
    beats = len(strength)
    found: list[tuple[float, int, int]] = []
    trust = min(3.0, np.sqrt(beats / 8))
    for count in counts:
        alike = _alike(accents, count) * _ALIKE
        for first in range(count) if phase is None else (phase % count,):
            if first >= beats:
                continue
            mask = np.zeros(beats, bool)
            mask[first::count] = True
            accent = float(strength[mask].mean() - strength[~mask].mean()) if (~mask).any() else 0.0
            pickup = 0.25 * (first > 0) + 0.1 * first
            score = trust * (accent + alike) + _PRIORS.get(count, -0.5) - pickup
            found.append((score, count, first))
    found.sort(reverse=True)
    shares = np.exp(_SHARPNESS * (np.array([score for score, _, _ in found]) - found[0][0]))
    shares /= shares.sum()
    rows = zip(found, shares.tolist(), strict=True)
    return [MetreGuess(count, first, share) for (_, count, first), share in rows]


def _standard(row: Floats) -> Floats:
    spread = float(row.std())
    out: Floats = (row - row.mean()) / spread if spread > 1e-9 else np.zeros(len(row))
    return out


def _changes(chroma: Floats) -> Floats:
    """How much the harmony of a beat differs from that of the beat before."""
    norms = np.linalg.norm(chroma, axis=1)
    out = np.zeros(len(chroma))
    both = (norms[1:] > 0) & (norms[:-1] > 0)
    dots = (chroma[1:] * chroma[:-1]).sum(axis=1)
    out[1:][both] = 1 - dots[both] / (norms[1:] * norms[:-1])[both]
    if len(out):
        out[0] = 0.8
    return out


def _alike(accents: Accents, count: int) -> float:
    """How alike beats are that lie a bar apart, beyond what beats are anyway."""
    rows = np.hstack((accents.rhythm, 0.5 * accents.length[:, None], 0.3 * accents.notes[:, None]))
    rows = rows - rows.mean(axis=0)
    if len(rows) < 2 * count:
        return 0.0
    power = float((rows * rows).sum()) / len(rows)
    if power < 1e-9:
        return 0.0
    return float((rows[count:] * rows[:-count]).sum()) / (len(rows) - count) / power
