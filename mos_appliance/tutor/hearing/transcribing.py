"""A recording, or what a microphone hears, as notes: all the steps in one line, block by block."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.expecting import Expectation
from mos_appliance.tutor.hearing.listening import DELAY_MS, FRAMES_AFTER, Listener, Network
from mos_appliance.tutor.hearing.resampling import Resampler
from mos_appliance.tutor.hearing.spectrum import AHEAD, HOP, HOP_MS
from mos_appliance.tutor.hearing.tracking import HeardNote, NoteTracker, Struck, TrackerSettings

LIVE_STRETCH: Final = 3
"""Frames that are judged together when somebody waits for the answer."""
FILE_STRETCH: Final = 128
_LAG_FRAMES: Final = 1
"""A note is told when the frame after it is judged."""


def delay_ms(stretch: int) -> tuple[float, float]:
    """From a note to the sound that tells of it: at least and at most, computing not counted."""
    least = DELAY_MS + _LAG_FRAMES * HOP_MS
    return least, least + stretch * HOP_MS


class Transcriber:
    """Takes sound in blocks of any length. Shapes: blocks (n,) float32, one channel, at `rate`.

    `gain` brings it to the level of `level.gain_for`; `expectation` is there when a score is open.
    """

    def __init__(
        self,
        network: Network,
        rate: int,
        *,
        gain: float = 1.0,
        stretch: int = LIVE_STRETCH,
        expectation: Expectation | None = None,
        settings: TrackerSettings | None = None,
    ) -> None:
        self._resampler = Resampler(rate)
        self._listener = Listener(network, stretch)
        self._tracker = NoteTracker(settings or TrackerSettings())
        self._expectation = expectation
        self._gain = np.float32(gain)
        self._stretch = stretch

    def push(self, block: NDArray[np.float32]) -> list[Struck]:
        """The notes that are known now to have begun."""
        chances = self._listener.push(self._resampler.push(block * self._gain))
        return [note for frame in chances for note in self._frame(frame)]

    @property
    def over(self) -> list[HeardNote]:
        """The notes that are over, as they ended."""
        return self._tracker.notes

    def close(self) -> list[HeardNote]:
        """All notes, when no more sound will come; by onset."""
        frames = self._stretch + FRAMES_AFTER + _LAG_FRAMES
        rest = np.zeros(AHEAD + frames * HOP, np.float32)
        for frame in self._listener.push(rest):
            self._frame(frame)
        self._tracker.close()
        return self._tracker.notes

    def _frame(self, frame: NDArray[np.float32]) -> list[Struck]:
        return begun_in(frame, self._tracker, self._expectation)


def begun_in(frame: NDArray[np.float32], tracker: NoteTracker, expectation: Expectation | None) -> list[Struck]:
    """Judge a frame: what has begun, and what then has begun with it. Shapes: (PITCHES, 3)."""
    if expectation is None:
        return tracker.push(frame)
    begun = tracker.push(frame, expectation.thresholds(tracker.now_ms))
    for note in begun:
        expectation.struck(note)
    needed = expectation.together(begun) if begun else None
    if needed is not None:
        beside = tracker.also(needed)
        for note in beside:
            expectation.struck(note)
        begun += beside
    return begun
