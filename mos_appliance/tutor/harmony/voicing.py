"""Three voices under a melody: every way of placing a chord, and the way from chord to chord that breaks no rule.

Forbidden: parallel fifths, octaves and unisons between any two voices, crossing voices, voices out of their range,
leading tones doubled. Avoided: wide leaps, gaps between voices, hidden fifths and octaves of the outer voices, doubled
thirds, missing tones. Found by dynamic programming (Viterbi) over the whole piece, so that no corner is run into.
Source: Aldwell, Schachter & Cadwallader, "Harmony and Voice Leading", chapters 5–7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.harmony.labels import Chord

REST: Final = -1
"""A voice that is silent."""
WAYS: Final = 14
"""So many ways of placing a chord are weighed at each beat."""
_NEVER: Final = 1e6
_SILENCE: Final = 400.0
_OUTER: Final = 3.0
_LEAP: Final = 0.35
_BASS_LEAP: Final = 0.12
_NOT_ROOT: Final = 2.2
_FOURTH: Final = 5.0
_ABSENT: Final = (20.0, 40.0, 1.5, 10.0)
"""Root, third, fifth, seventh are not there."""
_THIRD_TWICE: Final = 3.0
_LEADING_TWICE: Final = 60.0
_UNRESOLVED: Final = 2.5
_OTHER: Final = -1
"""Of two voices' interval: neither fifth nor octave."""


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Who plays below the melody. Units: MIDI numbers; `ranges` from the lowest voice up."""

    name: str
    ranges: tuple[tuple[int, int], ...]
    melody: tuple[int, int]
    widest: tuple[int, ...]
    """The most semitones between each voice and the next one up, the melody the last."""


SATB: Final = Ensemble("satb", ((40, 60), (48, 67), (55, 74)), (60, 81), (24, 12, 12))
"""Bass, tenor and alto; the melody is the soprano's. Ranges as in the books, on the safe side."""
LEFT_HAND: Final = Ensemble("left-hand", ((36, 57), (43, 62), (47, 67)), (48, 108), (12, 9, 60))

ENSEMBLES: Final = {ensemble.name: ensemble for ensemble in (SATB, LEFT_HAND)}


class Moment(NamedTuple):
    """A beat as the voices see it: its chord, and the melody's first and last pitch in it; `REST` for none."""

    chord: Chord | None
    first: int
    last: int
    strong: bool


def voice(moments: list[Moment], ensemble: Ensemble, tonic: int) -> NDArray[np.int64]:
    """The voices under the melody. Shapes: (moments, 3), from the lowest; `REST` where a voice is silent."""
    if not moments:
        return np.zeros((0, 3), np.int64)
    placed = [_placed(moment.chord, moment.first, moment.last, ensemble, tonic) for moment in moments]
    ways, costs = np.array([row[0] for row in placed]), np.array([row[1] for row in placed])
    steps = _steps(ways, moments, tonic)
    return _cheapest(ways, costs, steps)


@lru_cache(maxsize=4096)
def _placed(
    chord: Chord | None, first: int, last: int, ensemble: Ensemble, tonic: int
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """The best ways of placing a chord under a melody, and their costs. Shapes: (WAYS, 3) and (WAYS,).

    The last way is silence: with it there always is one that breaks no rule.
    """
    ways, costs = np.full((WAYS, 3), REST, np.int16), np.full(WAYS, _NEVER, np.float32)
    costs[-1] = _SILENCE if chord is not None else 0.0
    if chord is not None:
        voices, cost = _ways(chord, ensemble, tonic)
        cost = cost + _under(voices, chord, (first, last), ensemble)
        best = np.argsort(cost, kind="stable")[: WAYS - 1]
        ways[: len(best)], costs[: len(best)] = voices[best], cost[best]
    return ways, costs


@lru_cache(maxsize=1024)
def _ways(chord: Chord, ensemble: Ensemble, tonic: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every way of placing a chord in three voices, and what is wrong with it by itself."""
    tones = chord.tones
    rows = [[pitch for pitch in range(low, high + 1) if pitch % 12 in tones] for low, high in ensemble.ranges]
    ways = np.array(list(product(*rows)), np.int64).reshape(-1, 3)
    gaps = np.diff(ways, axis=1)
    good = (gaps >= 0).all(axis=1) & (gaps <= np.array(ensemble.widest[:2])).all(axis=1)
    ways, gaps = ways[good], gaps[good]
    classes = ways % 12
    cost = np.where(classes[:, 0] == chord.root, 0.0, _NOT_ROOT)
    fifth = (chord.root + 7) % 12
    cost += np.where((classes[:, 0] == fifth) & (fifth in tones), _FOURTH, 0.0)
    cost += 0.4 * (gaps == 0).sum(axis=1)
    leading = (tonic - 1) % 12
    if leading in tones:
        cost += _LEADING_TWICE * ((classes == leading).sum(axis=1) > 1)
    return ways, cost


def _under(ways: NDArray[np.int64], chord: Chord, melody: tuple[int, int], ensemble: Ensemble) -> NDArray[np.float64]:
    """What is wrong with ways of placing a chord under a melody's first and last pitch."""
    classes = ways % 12
    cost = np.zeros(len(ways))
    struck = melody[0] % 12 if melody[0] != REST else REST
    for number, tone in enumerate(chord.tones):
        there = (classes == tone).any(axis=1) | (struck == tone)
        cost += np.where(there, 0.0, _ABSENT[min(number, 3)])
    thirds = (classes == chord.tones[1]).sum(axis=1) + (struck == chord.tones[1])
    cost += _THIRD_TWICE * np.maximum(thirds - 1, 0)
    top = ways[:, 2]
    for pitch in set(melody) - {REST}:
        cost += np.where(top > pitch, _NEVER, 0.0)
        cost += np.where(pitch - top > ensemble.widest[2], 1.0 + 0.3 * (pitch - top - ensemble.widest[2]), 0.0)
    return cost


def _steps(ways: NDArray[np.int16], moments: list[Moment], tonic: int) -> NDArray[np.float32]:
    """What each step from a way to a way of the next beat costs. Shapes: (moments − 1, WAYS, WAYS)."""
    voices = [ways[:, :, number] for number in range(3)]
    went = [after[1:, None, :] - before[:-1, :, None] for before, after in zip(voices, voices, strict=True)]
    sounds = [pitches != REST for pitches in voices]
    moved = [np.abs(by) * (there[:-1, :, None] & there[1:, None, :]) for by, there in zip(went, sounds, strict=True)]
    cost = (moved[1] + moved[2]) * np.float32(_LEAP) + moved[0] * np.float32(_BASS_LEAP)
    cost += np.float32(2.0) * ((moved[1] > 5) | (moved[2] > 5)) + np.float32(6.0) * (moved[0] > 12)
    forbidden = np.zeros(cost.shape, bool)
    for low, high in ((0, 1), (0, 2), (1, 2)):
        gaps = _perfect(voices[low], voices[high])
        forbidden |= _same(gaps[:-1], gaps[1:]) & (moved[low] != 0) & (moved[high] != 0)
    firsts = np.array([moment.first for moment in moments], np.int16)[:, None]
    lasts = np.array([moment.last for moment in moments], np.int16)[:, None]
    entered = [_perfect(pitches, firsts) for pitches in voices]
    for left in (firsts, lasts):
        rises = (firsts[1:] - left[:-1])[:, :, None]
        for pitches, gaps, move in zip(voices, entered, moved, strict=True):
            forbidden |= _same(_perfect(pitches, left)[:-1], gaps[1:]) & (move != 0) & (rises != 0)
        both = (left[:-1] != REST)[:, :, None] & sounds[0][:-1, :, None]
        hidden = both & (entered[0] != _OTHER)[1:, None, :] & (went[0] * rises > 0) & (np.abs(rises) > 2)
        cost += np.float32(_OUTER) * hidden
    cost += np.float32(_NEVER) * forbidden
    cost += np.float32(_UNRESOLVED) * _stuck(voices, moved, tonic)
    return np.asarray(cost)


def _perfect(low: NDArray[np.int16], high: NDArray[np.int16]) -> NDArray[np.int16]:
    """7 for a fifth, 0 for an octave or unison (and twelfths …), else `_OTHER`; so also where a voice is silent."""
    gap = (high - low) % 12
    there = (low != REST) & (high != REST) & ((gap == 7) | (gap == 0))
    return np.where(there, gap, np.int16(_OTHER))


def _same(gaps: NDArray[np.int16], next_gaps: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Fifths that stay fifths, octaves that stay octaves. Shapes: two (n, WAYS) in, (n, WAYS, WAYS) out."""
    return np.asarray((gaps[:, :, None] == next_gaps[:, None, :]) & (gaps != _OTHER)[:, :, None])


def _stuck(voices: list[NDArray[np.int16]], moved: list[NDArray[np.int16]], tonic: int) -> NDArray[np.bool_]:
    """A leading tone that goes on, but not to the tonic."""
    stuck = np.zeros(moved[0].shape, bool)
    for pitches, move in zip(voices, moved, strict=True):
        classes = pitches % 12
        leads, away = classes[:-1] == (tonic - 1) % 12, classes[1:] != tonic
        stuck |= leads[:, :, None] & away[:, None, :] & (move != 0)
    return stuck


def _cheapest(ways: NDArray[np.int16], costs: NDArray[np.float32], steps: NDArray[np.float32]) -> NDArray[np.int64]:
    count = len(ways)
    total = costs[0]
    came = np.zeros((count, WAYS), np.int64)
    for place in range(1, count):
        through = total[:, None] + steps[place - 1]
        through.argmin(axis=0, out=came[place])
        total = through.min(axis=0) + costs[place]
    way = int(np.argmin(total))
    out = np.zeros((count, 3), np.int64)
    for place in range(count - 1, -1, -1):
        out[place] = ways[place, way]
        way = int(came[place, way])
    return out
