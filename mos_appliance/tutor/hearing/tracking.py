"""From the chances of each key, frame by frame, to notes that begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.spectrum import HOP_MS, LOWEST_PITCH, PITCHES

ONSET, HELD, VELOCITY = range(3)
_AGAIN_FRAMES: Final = 3
"""A key is not struck again before."""
_QUIET_FRAMES: Final = 3
"""So long must a key seem let go."""
_FULL_VELOCITY: Final = 128.0
_LONGEST_FRAMES: Final = int(30_000 / HOP_MS)


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Chances from which on something is believed; chosen on recordings that no figure was measured on."""

    onset: float = 0.55
    """Of the chance of an onset times that of being held."""
    held: float = 0.25
    onset_bias_frames: float = 0.0
    """How much later than the frames say notes begin."""


class Struck(NamedTuple):
    """A note that has begun."""

    onset_ms: float
    pitch: int
    velocity: int
    confidence: float


class HeardNote(NamedTuple):
    """A note that is over."""

    onset_ms: float
    duration_ms: float
    pitch: int
    velocity: int
    confidence: float


class NoteTracker:
    """Takes frames in order; tells what begins one frame later, and what has ended."""

    def __init__(self, settings: TrackerSettings) -> None:
        self._settings = settings
        self._thresholds = np.full(PITCHES, settings.onset, np.float32)
        self._last = np.zeros((2, PITCHES, 3), np.float32)
        self._frame = 0
        """How many frames came; the one before the last is judged next."""
        self._sounding: dict[int, tuple[Struck, int, int]] = {}
        """For each key that sounds: the note, the frame it began, frames since it was last surely held."""
        self._struck_frame = np.full(PITCHES, -_AGAIN_FRAMES, np.int64)
        self.notes: list[HeardNote] = []
        """All that are over, as they ended."""
        self._sure = np.zeros(PITCHES, np.float32)
        self._peaks = np.zeros(PITCHES, bool)
        silent = np.zeros(PITCHES, np.float32)
        self._shape = silent, silent, silent
        """Of the frame that was judged last: how sure an onset is, where it has a peak, and the chances around it."""

    @property
    def now_ms(self) -> float:
        """The moment that is judged next."""
        return (self._frame - 1) * HOP_MS

    def push(self, frame: NDArray[np.float32], thresholds: NDArray[np.float32] | None = None) -> list[Struck]:
        """What began in the frame before this one. `thresholds`, one a key, take the place of the settings' onset.

        Shapes: `frame` (PITCHES, 3), `thresholds` (PITCHES,).
        """
        before, here, after = self._last[0, :, ONSET], self._last[1, :, ONSET], frame[:, ONSET]
        needed = self._thresholds if thresholds is None else thresholds
        held = np.maximum(self._last[1, :, HELD], frame[:, HELD])
        sure = here * held  # what begins goes on: a knock, or a string that rings along, does not
        peaks = (here >= before) & (here > after)
        place = self._frame - 1
        peaks &= place - self._struck_frame >= _AGAIN_FRAMES
        self._sure, self._peaks, self._shape = sure, peaks, (before.copy(), here.copy(), after.copy())
        begun = [self._begin(int(key), place) for key in np.flatnonzero(peaks & (sure >= needed))]
        self._end(place)
        self._last[0], self._last[1] = self._last[1], frame
        self._frame += 1
        return begun

    def also(self, thresholds: NDArray[np.float32]) -> list[Struck]:
        """What else began in the frame that `push` has just judged, by lower thresholds. Shapes: (PITCHES,)."""
        place = self._frame - 2
        fresh = self._peaks & (self._sure >= thresholds) & (self._struck_frame != place)
        return [self._begin(int(key), place, self._last[0, key, VELOCITY]) for key in np.flatnonzero(fresh)]

    def close(self) -> list[Struck]:
        """What began in the last frame; everything is over then."""
        begun = self.push(np.zeros((PITCHES, 3), np.float32))
        for key in list(self._sounding):
            self._finish(key, self._frame - 1)
        self.notes.sort()
        return begun

    def _begin(self, key: int, place: int, velocity: float | None = None) -> Struck:
        """`velocity` of the frame, where that is not the last any more."""
        weights = float(self._shape[0][key]), float(self._shape[1][key]), float(self._shape[2][key])
        shift = (weights[2] - weights[0]) / max(sum(weights), 1e-6)
        onset_ms = max(0.0, (place + shift + self._settings.onset_bias_frames) * HOP_MS)
        loud = float(self._last[1, key, VELOCITY] if velocity is None else velocity)
        speed = int(np.clip(round(loud * _FULL_VELOCITY), 1, 127))
        struck = Struck(onset_ms, key + LOWEST_PITCH, speed, float(self._sure[key]))
        if key in self._sounding:
            self._finish(key, place)
        self._sounding[key] = (struck, place, place + 1)
        self._struck_frame[key] = place
        return struck

    def _end(self, place: int) -> None:
        """Let go what has seemed so for long enough."""
        for key, (struck, began, sure) in list(self._sounding.items()):
            if self._last[1, key, HELD] >= self._settings.held or place <= began + 1:
                self._sounding[key] = (struck, began, place)
            elif place - sure >= _QUIET_FRAMES:
                self._finish(key, sure + 1)
            if place - began > _LONGEST_FRAMES and key in self._sounding:
                self._finish(key, place)

    def _finish(self, key: int, place: int) -> None:
        struck, _, _ = self._sounding.pop(key)
        duration = max(HOP_MS, place * HOP_MS - struck.onset_ms)
        self.notes.append(HeardNote(struck.onset_ms, duration, struck.pitch, struck.velocity, struck.confidence))
