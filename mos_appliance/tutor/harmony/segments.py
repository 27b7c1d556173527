"""Which chords are played, and when: the notes cut where that explains them best."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.notation.keys import keys_of
from mos_appliance.music.notes import NoteList
from mos_appliance.tutor.harmony.labels import Chord
from mos_appliance.tutor.harmony.naming import name_chord, scores_of

MOST_NOTES: Final = 200_000
_NO_KEY: Final = 128
_REACH: Final = 12
"""The most cuts that a chord may hold."""
_LONGEST_QUARTERS: Final = 8.0
_CUT_COST: Final = 0.12
_WEAK_CUT_COST: Final = 0.2
"""What a cut costs more that does not fall on a beat."""
_SINGLE_COST: Final = 0.35
_TOGETHER_QUARTERS: Final = 0.07
"""Onsets as near as this are struck together."""
_QUIET: Final = 1e-6
_SILENCE_QUARTERS: Final = 0.9
"""No chord reaches across a silence as long as this."""


class Heard(NamedTuple):
    """A chord that sounds from `onset` on, in ticks; None where there is none."""

    onset: int
    chord: Chord | None


class _Grid(NamedTuple):
    """Shapes: `ticks` (n+1,), `sums` (n+1, 12) how long each pitch class has sounded before each cut, in quarters."""

    ticks: NDArray[np.int64]
    sums: NDArray[np.float64]
    lowest: NDArray[np.int64]
    """The lowest key in each stretch between cuts; 128 in silence."""


def chords_of(piece: NoteList, fifths: int | None = None) -> list[Heard]:
    """The chords of a piece without its drums, in order; a chord is told once, where it begins."""
    notes = (
        piece.notes[~np.array([part.drums for part in piece.parts], bool)[piece.notes["part"]]]
        if len(piece.parts)
        else piece.notes
    )
    notes = notes[(notes["duration"] > 0) & ~notes["grace"]][:MOST_NOTES]
    if not len(notes):
        return []
    grid = _grid(notes, piece.division)
    scale = [(7 * fifth) % 12 for fifth in range(fifths - 1, fifths + 6)] if fifths is not None else []
    heard: list[Heard] = []
    for begin, end in _cuts(grid, piece.division):
        chord = _named(grid, begin, end, scale)
        if not heard or heard[-1].chord != chord:
            heard.append(Heard(int(grid.ticks[begin]), chord))
    return heard


def key_of(piece: NoteList) -> int:
    """The signature that a piece most likely has: sharps, or flats below 0."""
    notes = piece.notes
    if not len(notes):
        return 0
    (fifths, _), _ = keys_of(notes["pitch"].astype(np.int64), notes["duration"].astype(np.float64))[0]
    return fifths


def _grid(notes: NDArray[np.void], division: int) -> _Grid:
    starts, ends = notes["onset"], notes["onset"] + notes["duration"]
    order = np.argsort(starts, kind="stable")
    sounded_until = np.maximum.accumulate(ends[order])
    falls_silent = sounded_until[:-1] < starts[order][1:]
    edges = np.unique(np.concatenate((starts, sounded_until[:-1][falls_silent], sounded_until[-1:])))
    apart = np.concatenate(([True], np.diff(edges) > _TOGETHER_QUARTERS * division))
    apart[-1] = True
    ticks = edges[apart]
    count = len(ticks) - 1
    first = np.clip(np.searchsorted(ticks, starts + _TOGETHER_QUARTERS * division, "right") - 1, 0, count - 1)
    last = np.clip(np.searchsorted(ticks, ends - _TOGETHER_QUARTERS * division, "right") - 1, first, count - 1)
    weights = np.zeros((count, 12))
    lowest = np.full(count, _NO_KEY, np.int64)
    for cell in range(int((last - first).max()) + 1):
        inside = first + cell <= last
        place = first[inside] + cell
        span = np.minimum(ticks[place + 1], ends[inside]) - np.maximum(ticks[place], starts[inside])
        np.add.at(weights, (place, notes["pitch"][inside] % 12), np.maximum(span, 0) / division)
        np.minimum.at(lowest, place, notes["pitch"][inside].astype(np.int64))
    return _Grid(ticks, np.concatenate((np.zeros((1, 12)), np.cumsum(weights, axis=0))), lowest)


def _cuts(grid: _Grid, division: int) -> list[tuple[int, int]]:
    """The stretches of the best cutting, by dynamic programming over where they end."""
    count = len(grid.ticks) - 1
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    before = np.zeros(count + 1, np.int64)
    on_beat = grid.ticks % division < _TOGETHER_QUARTERS * division
    cost = np.where(on_beat, _CUT_COST, _CUT_COST + _WEAK_CUT_COST)
    silent = (grid.lowest == _NO_KEY) & (np.diff(grid.ticks) > _SILENCE_QUARTERS * division)
    silences = np.concatenate(([0], np.cumsum(silent)))
    for end in range(1, count + 1):
        for begin in range(max(0, end - _REACH), end):
            if silences[end] > silences[begin] and begin < end - 1:
                continue
            span = float(grid.ticks[end] - grid.ticks[begin]) / division
            if span > _LONGEST_QUARTERS and begin < end - 1:
                continue
            total = best[begin] + _worth(grid, begin, end) * min(span, 4.0) - cost[begin]
            if total > best[end]:
                best[end], before[end] = total, begin
    stretches, end = [], count
    while end:
        stretches.append((int(before[end]), end))
        end = int(before[end])
    return stretches[::-1]


def _worth(grid: _Grid, begin: int, end: int) -> float:
    weights = grid.sums[end] - grid.sums[begin]
    if weights.sum() < _QUIET:
        return 0.0
    if np.count_nonzero(weights > _QUIET) == 1:
        return _SINGLE_COST
    return float(scores_of(weights, _bass(grid, begin, end)).max())


def _bass(grid: _Grid, begin: int, end: int) -> int:
    return int(grid.lowest[begin:end].min()) % 12


def _named(grid: _Grid, begin: int, end: int, scale: list[int]) -> Chord | None:
    weights = grid.sums[end] - grid.sums[begin]
    return name_chord(weights, _bass(grid, begin, end), scale)
