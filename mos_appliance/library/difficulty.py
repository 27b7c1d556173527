"""How hard a piece is to play on a keyboard, from 0 (a first tune) to 10, reckoned from its notes.

It is an estimate by hand-set weights, not a model that learned from teachers: what it rests on is what graded courses
raise one after another (range, both hands, pace, chords, black keys, leaps, rhythm), and its only claim is the order.
`docs/evidence/library.md` shows how it orders a course that people graded. A difficulty that people gave always wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLACK: Final = np.array([pitch % 12 in (1, 3, 6, 8, 10) for pitch in range(128)])


@dataclass(frozen=True, slots=True)
class Demands:
    """What a piece asks of a player."""

    pace: float
    """Notes a second that are begun, where it is fastest (90th percentile of stretches of 2 s)."""
    range: float
    """Semitones between the lowest and the highest note."""
    together: float
    """Notes a begin, on average; 1 is one line."""
    span: float
    """Semitones of the widest hand position (95th percentile of begins of one staff)."""
    leaps: float
    """Share of steps in a line that are wider than a fifth."""
    black: float
    """Share of black keys."""
    hands: float
    """Share of seconds in which both hands begin notes."""
    rhythm: float
    """How many different lengths there are."""
    length: float
    """Begins in all."""


def demands_of(notes: NDArray[np.void], seconds: NDArray[np.float64]) -> Demands:
    """What the notes ask for. Shapes: `notes` (n,) NOTE, n > 0; `seconds` (n,), when each begins."""
    pitches = notes["pitch"].astype(np.int16)
    places = notes["part"].astype(np.int64) * 256 + notes["staff"]
    begins = np.unique(np.round(seconds, 3))
    counts = np.bincount((begins - begins[0]).astype(np.int64) // 2)
    lines, spans = _lines(notes, places, pitches)
    return Demands(
        pace=float(np.percentile(counts[counts > 0] / 2, 90)),
        range=float(pitches.max() - pitches.min()),
        together=len(notes) / len(begins),
        span=float(np.percentile(spans, 95)),
        leaps=float(np.mean(np.abs(lines) > 7)) if len(lines) else 0.0,
        black=float(np.mean(_BLACK[pitches])),
        hands=_both(places, seconds),
        rhythm=float(len(np.unique(notes["duration"]))),
        length=float(len(begins)),
    )


def _lines(
    notes: NDArray[np.void], places: NDArray[np.int64], pitches: NDArray[np.int16]
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Steps of the upper line of every staff, and how wide the notes of each begin of a staff are."""
    steps, spans = [], []
    for place in np.unique(places):
        own = places == place
        first = np.unique(notes["onset"][own], return_index=True)[1]  # by onset, then pitch: the lowest first
        last = np.append(first[1:], np.count_nonzero(own)) - 1
        line = pitches[own]
        steps.append(np.diff(line[last]))
        spans.append(line[last] - line[first])
    return np.concatenate(steps), np.concatenate(spans)


def _both(places: NDArray[np.int64], seconds: NDArray[np.float64]) -> float:
    found = {place: set(np.unique(seconds[places == place].astype(np.int64)).tolist()) for place in np.unique(places)}
    busy = [second for taken in found.values() for second in taken]
    return 1 - len(set(busy)) / len(busy) if len(found) > 1 else 0.0


def difficulty_of(demands: Demands) -> float:
    """0 to 10, to one place."""
    told = (
        2.6 * _share(demands.pace, 1.0, 9.0),
        1.0 * _share(demands.range, 5, 60),
        1.4 * _share(demands.together, 1, 4),
        0.8 * _share(demands.span, 4, 13),
        1.0 * _share(demands.leaps, 0, 0.35),
        1.0 * _share(demands.black, 0, 0.5),
        1.4 * _share(demands.hands, 0, 0.45),
        0.9 * _share(demands.rhythm, 2, 9),
        0.6 * _share(float(np.log2(demands.length)), 4, 10),
    )
    return round(min(10.0, sum(told)), 1)


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
