"""Where in the score do the last notes come from? Heard from anywhere, without knowing where the student was.

Source: local alignment (Smith & Waterman 1981), one note at a time, over the moments that have the note's pitch; the
role of the outer-product transitions of Nakamura, Nakamura & Sagayama, "Real-time audio-to-score alignment of music
performances containing errors and arbitrary repeats and skips" (IEEE/ACM TASLP 24(2), 2016), at a cost that does not
grow with the square of the score.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.score_map import ScoreMap

_STEPS: Final = np.array([1, 0, 2, 3, -1], np.int64)
"""Moments from one matched note to the next, and what each costs."""
_COSTS: Final = np.array([0.0, 0.2, 0.6, 1.2, 1.0], np.float64)
_FORGET: Final = 1.0
"""What a note that fits nowhere takes away."""
_MOST: Final = 9.0
"""More is not remembered: who has left a place must be found elsewhere soon."""
_FAR: Final = 0.03
_FARTHEST: Final = 3.0
"""What a place that lies a moment away, or very far, must fit better."""
_PAUSE: Final = 2.5
"""What a run must have fitted to be taken up after a pause."""
_PATIENCE: Final = 4
"""Notes after which a run that none of them fitted is over."""
_PAD: Final = 4


class Place(NamedTuple):
    """A run of notes that fits the score: the first note of the run, its moment, the moment now, how many fit."""

    note: int
    moment: int
    now: int
    fits: float
    began: int
    """The first note of the run, however long ago."""


class Recogniser:
    """Keeps, for each moment, how well the notes up to now end there."""

    def __init__(self, score: ScoreMap) -> None:
        moments = score.moments + 2 * _PAD
        self.level = np.full(moments, -_MOST, np.float64)
        """How many notes fit, plus what will have been forgotten of it by each note to come."""
        self.rows = np.arange(0, moments * len(_STEPS), len(_STEPS))
        self.heard = np.zeros(moments, np.float64)
        self.began = np.zeros(moments, np.int64)
        """First note << 32 | first moment, of the run that ends there."""
        self.places = [np.array(row, np.int64) + _PAD for row in score.places]
        self.reach = [np.ascontiguousarray(row[:, None] - _STEPS) for row in self.places]
        self.note = self.last_pitch = self.paused_at = -1
        self.now: NDArray[np.int64] = np.zeros(0, np.int64)
        self.now_fits = np.zeros(0, np.float64)

    def hear(self, note: int, pitch: int, paused: bool) -> None:
        """One more note, numbered from 0; `paused`: the student stopped before it, and may begin elsewhere."""
        self.note = note
        self.now = places = self.places[pitch]
        if not len(places):
            self.now_fits = np.zeros(0, np.float64)
            return
        reach = self.reach[pitch]
        before = self.level.take(reach)
        before -= _COSTS + _FORGET * (note - 1)
        if paused:
            self.paused_at = note
        if note - self.paused_at < _PATIENCE:
            before[self.heard[reach] < self.paused_at] -= _PAUSE
        if pitch == self.last_pitch:
            before[:, 1] = -9.0
        self.last_pitch = pitch
        best = before.argmax(1)
        chosen = best + self.rows[: len(places)]
        gained, source = before.ravel().take(chosen), reach.ravel().take(chosen)
        began = self.began.take(source)
        fresh = (gained <= 0.0) | (self.heard.take(source) < note - _PATIENCE)
        began[fresh] = (note << 32) | (places[fresh] - _PAD)
        gained[fresh] = 0.0
        gained += 1.0
        np.minimum(gained, _MOST, out=gained)
        self.level[places], self.heard[places], self.began[places] = gained + _FORGET * note, note, began
        self.now_fits = gained

    def best(self, count: int, least: float, not_before: int, near: int) -> list[Place]:
        """The `count` best places of the note just heard that fit at least so well, of those alike the nearest.

        None begins before note `not_before`.
        """
        fits = self.now_fits
        if not len(fits):
            return []
        away = np.abs(self.now - (near + _PAD))
        order = np.argsort(np.minimum(away * _FAR, _FARTHEST) - fits, kind="stable")
        out = []
        for place in order[:count].tolist():
            began = int(self.began[self.now[place]])
            now, fit = int(self.now[place]) - _PAD, float(fits[place])
            if began >> 32 < not_before:  # so long ago that it must be taken up here
                out.append(Place(self.note, now, now, fit, began >> 32))
            elif fit >= least:
                out.append(Place(began >> 32, began & 0xFFFFFFFF, now, fit, began >> 32))
        return out
