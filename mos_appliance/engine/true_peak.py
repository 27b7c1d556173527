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


class TruePeak:
    """Measures a signal that comes in pieces. Units: linear, in those of the samples."""

    def __init__(self, channels: int = 2) -> None:
        self.sample_peak = 0.0
        self._highest = 0.0
        self._tail = np.zeros((TAPS - 1, channels), np.float32)

    def add(self, samples: NDArray[np.float32]) -> float:
        """The next piece; returns its highest sample. Shapes: (frames, channels)."""
        peak = float(np.abs(samples).max(initial=0.0))
        self.sample_peak = max(self.sample_peak, peak)
        line = np.concatenate((self._tail, samples))
        self._search(line)
        self._tail = line[-(TAPS - 1) :]
        return peak

    def _search(self, line: NDArray[np.float32]) -> None:
        """Interpolate stretch by stretch, the loudest first, until the next cannot raise the peak any more."""
        starts = np.arange(0, len(line) - TAPS + 1, _STRETCH)
        loudest = np.array([np.abs(line[start : start + _STRETCH + TAPS - 1]).max() for start in starts])
        for number in np.argsort(-loudest):
            if loudest[number] * LARGEST_L1 <= self._highest:
                return
            stretch = line[starts[number] : starts[number] + _STRETCH + TAPS - 1]
            windows = np.lib.stride_tricks.sliding_window_view(stretch, TAPS, axis=0)
            self._highest = max(self._highest, float(np.abs(windows @ FILTER.T).max(initial=0.0)))

    def value(self) -> float:
        """True peak of all that was added, its end followed by silence."""
        self.add(np.zeros((TAPS, self._tail.shape[1]), np.float32))
        return self._highest


def true_peak(signal: NDArray[np.float32]) -> float:
    """True peak of a whole signal, linear. Shapes: (frames, channels)."""
    meter = TruePeak(signal.shape[1])
    meter.add(signal)
    return meter.value()
