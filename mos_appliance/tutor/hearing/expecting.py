"""What the open score says may come next: faint notes are believed where they are due, elsewhere only clear ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.follower import Follower
from mos_appliance.tutor.hearing.spectrum import LOWEST_PITCH, PITCHES
from mos_appliance.tutor.hearing.tracking import Struck
from mos_appliance.tutor.score_map import ScoreMap

_REACH: Final = 48
"""Moments on each side that are looked at."""
_ORNAMENT: Final = 2
_NEVER: Final = -1e9
_NEVER_BELIEVED: Final = 2.0
"""No chance is as high."""


@dataclass(frozen=True, slots=True)
class ExpectationSettings:
    """Chances of an onset from which on it is believed; chosen on recordings that no figure was measured on."""

    due: float = 0.3
    now: float = 0.12
    """When it is due at this very moment, give or take `now_ms`."""
    now_ms: float = 60.0
    near: float = 0.6
    elsewhere: float = 0.9
    beside: float = 0.75
    """Up to two semitones from what is due: ornaments that are not written out."""
    lost: float = 0.45
    together: float = 0.12
    """For the other notes of a chord of which one was struck in the same frame."""
    window_ms: float = 60.0
    """How far from its due time a note still is due, at least."""
    done_share: float = 0.6
    """The part of that by which a note may come early and still be the one that was due."""
    window_share: float = 0.1
    """The same as a part of the time since the last note that was placed."""


class Expectation:
    """Follows what is heard through the score, and turns its place into thresholds for the next frame."""

    def __init__(self, score: ScoreMap, settings: ExpectationSettings | None = None) -> None:
        self._settings = settings or ExpectationSettings()
        self._follower = Follower(score)
        self._keys: list[list[int]] = [[] for _ in range(score.moments)]
        for moment, pitch in zip(score.moment_of, score.pitch_of, strict=True):
            key = pitch - LOWEST_PITCH
            if 0 <= key < PITCHES:
                self._keys[moment].append(key)
        self._quarters = score.quarters
        self._place = -1
        self._placed_ms = 0.0
        self._struck_ms = [_NEVER] * PITCHES

    def struck(self, note: Struck) -> None:
        """A note was believed."""
        self._struck_ms[note.pitch - LOWEST_PITCH] = note.onset_ms
        self._follower.played(note.pitch, note.velocity, note.onset_ms)
        place = self._follower.place
        if place != self._place:
            self._place, self._placed_ms = place, note.onset_ms

    def thresholds(self, now_ms: float) -> NDArray[np.float32]:
        """What each key's chance must reach at that moment. Shapes: (PITCHES,)."""
        settings = self._settings
        follower = self._follower
        if follower.lost or not self._quarters:
            return np.full(PITCHES, settings.lost, np.float32)
        needed = np.full(PITCHES, settings.elsewhere, np.float32)
        place = max(self._place, 0)
        waited = now_ms - self._placed_ms if self._place >= 0 else 0.0
        window = settings.window_ms + settings.window_share * max(0.0, waited)
        pace = max(follower.pace, 1.0)
        here = self._quarters[place]
        due = here + waited / pace
        first = max(bisect_left(self._quarters, here - window / pace), place - _REACH)
        last = min(bisect_right(self._quarters, due + 2.0 * window / pace) + 1, place + _REACH, len(self._quarters))
        for moment in range(first, last):
            ahead_ms = (self._quarters[moment] - due) * pace
            apart = abs(ahead_ms)
            since = now_ms + ahead_ms - settings.done_share * window
            level = settings.due if apart <= window or place < moment <= place + 2 else settings.near
            if apart <= settings.now_ms:
                level = min(level, settings.now)
            for key in self._keys[moment]:
                if moment >= place - 1:
                    lowest = max(key - _ORNAMENT, 0)
                    needed[lowest : key + _ORNAMENT + 1] = np.minimum(
                        needed[lowest : key + _ORNAMENT + 1], settings.beside
                    )
                if self._struck_ms[key] < since:  # what was played already is not due any more
                    needed[key] = min(needed[key], level)
        return needed

    def together(self, begun: list[Struck]) -> NDArray[np.float32] | None:
        """Thresholds for what is struck together with notes that were believed in this frame; None where nothing is."""
        follower = self._follower
        if follower.lost or follower.place < 0:
            return None
        needed = np.full(PITCHES, _NEVER_BELIEVED, np.float32)
        now_ms = begun[-1].onset_ms
        struck = {note.pitch - LOWEST_PITCH for note in begun}
        found = False
        for moment in range(max(0, follower.place - 1), min(follower.place + 2, len(self._keys))):
            if not struck & set(self._keys[moment]):
                continue
            for key in self._keys[moment]:
                if now_ms - self._struck_ms[key] > self._settings.window_ms:
                    needed[key], found = self._settings.together, True
        return needed if found else None
