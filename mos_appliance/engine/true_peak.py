"""True peak: how high a signal goes between its samples. Source: ITU-R BS.1770-5 annex 2 (4 phases, 48 taps)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

PHASES: Final = 4
TAPS: Final = 12
REACH: Final = TAPS // 2
"""Frames on either side of a place that the interpolator looks at."""


def interpolator() -> NDArray[np.float32]:
    """The interpolating filter. Shapes: (phases, taps); phase 0 is the identity. Each row has a gain of 1 at DC."""
    place = np.arange(TAPS) - (REACH - 1)
    rows = []
    for phase in range(PHASES):
        distance = place - phase / PHASES
        row = np.sinc(distance) * np.kaiser(PHASES * TAPS + 1, 6.0)[(np.arange(TAPS) * PHASES) + (PHASES - phase)]
        rows.append(row / row.sum())
    return np.array(rows, np.float32)


FILTER: Final = interpolator()
LARGEST_L1: Final = float(np.abs(FILTER).sum(axis=1).max())
"""No interpolated value exceeds this times the highest sample."""

_STRETCH: Final = 512
_TO_NEAREST: Final = np.minimum(np.abs(np.arange(TAPS) - (REACH - 1)), np.abs(np.arange(TAPS) - REACH))
LARGEST_SLOPE: Final = float((np.abs(FILTER) * _TO_NEAREST).sum(axis=1).max())
"""No interpolated value exceeds the highest sample by more than this times the largest step between samples.

The weights of either half add up to 0 or more and together to 1, so the value is a mean of its two neighbours plus
weighted differences to the nearer of them, and a difference over k samples is at most k steps.
"""


class TruePeak:
    """Measures a signal that comes in pieces. Units: samples are of `full_scale`, what is told is a share of it."""

    def __init__(self, channels: int = 2, full_scale: float = 1.0) -> None:
        self.sample_peak = 0.0
        self._highest = 0.0
        self._channels = channels
        self._scale = np.float32(1 / full_scale)
        self._tail = np.zeros((TAPS - 1) * channels, np.float32)
        self._line = self._work = np.zeros(0, np.float32)

    def add(self, samples: NDArray[np.float32] | NDArray[np.int16] | NDArray[np.int32]) -> float:
        """The next piece; returns its highest sample. Shapes: (frames, channels)."""
        channels, past = self._channels, len(self._tail)
        length = past + samples.size
        stretches = -(-length // (_STRETCH * channels))
        if len(self._line) != stretches * _STRETCH * channels:
            # Kept from piece to piece: fresh memory costs more than the arithmetic in it.
            self._line, self._work = (np.zeros(stretches * _STRETCH * channels, np.float32) for _ in range(2))
        line, work = self._line, self._work
        line[:past] = self._tail
        piece = line[past:length]
        piece[:] = samples.reshape(-1)
        np.multiply(piece, self._scale, out=piece)
        line[length:] = 0.0
        self._tail[:] = line[length - past : length]
        np.abs(line, out=work)
        peak = float(work[past:length].max(initial=0.0))
        self.sample_peak = max(self.sample_peak, peak)
        self._highest = max(self._highest, peak)
        self._search(length, work.reshape(stretches, -1).max(axis=1))
        return peak

    def _search(self, length: int, loudest: NDArray[np.float32]) -> None:
        """Interpolate stretch by stretch, the loudest first, until the next cannot raise the peak any more.

        Shapes: `loudest` (stretches,), the highest sample of each.
        """
        bound = _with_next(loudest * np.float32(LARGEST_L1))
        if bound.max() <= self._highest:
            return
        line, work, channels = self._line, self._work, self._channels
        np.subtract(line[channels:], line[:-channels], out=work[:-channels])
        work[-channels:] = line[-channels:]
        np.abs(work, out=work)
        steepest = work.reshape(len(loudest), -1).max(axis=1)
        bound = np.minimum(bound, _with_next(loudest + steepest * np.float32(LARGEST_SLOPE)))
        frames = line[:length].reshape(-1, channels)
        for number in np.argsort(-bound):
            if bound[number] <= self._highest:
                return
            # Channels lie one after the other: NumPy is quick along the frames.
            stretch = frames[number * _STRETCH : (number + 1) * _STRETCH + TAPS - 1].T.copy()
            if stretch.shape[1] >= TAPS:
                windows = np.lib.stride_tricks.sliding_window_view(stretch, TAPS, axis=1)
                self._highest = max(self._highest, float(np.abs(windows @ FILTER.T).max(initial=0.0)))

    def value(self) -> float:
        """True peak of all that was added, its end followed by silence."""
        self.add(np.zeros((TAPS, self._channels), np.float32))
        return self._highest


def _with_next(bound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The windows of a stretch reach into the next one. Shapes: (stretches,) both."""
    return np.maximum(bound, np.append(bound[1:], np.float32(0)))


def true_peak(signal: NDArray[np.float32]) -> float:
    """True peak of a whole signal, linear. Shapes: (frames, channels)."""
    meter = TruePeak(signal.shape[1])
    meter.add(signal)
    return meter.value()
