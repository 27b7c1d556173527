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
    """Measures a signal that comes in pieces. Units: linear, in those of the samples."""

    def __init__(self, channels: int = 2) -> None:
        self.sample_peak = 0.0
        self._highest = 0.0
        # Channels lie one after the other: NumPy is quick along the frames.
        self._tail = np.zeros((channels, TAPS - 1), np.float32)

    def add(self, samples: NDArray[np.float32]) -> float:
        """The next piece; returns its highest sample. Shapes: (frames, channels)."""
        line = np.concatenate((self._tail, samples.T), axis=1)
        magnitude = np.abs(line)
        highest = magnitude.max(axis=0)
        peak = float(highest[TAPS - 1 :].max(initial=0.0))
        self.sample_peak = max(self.sample_peak, peak)
        self._highest = max(self._highest, peak)
        self._search(line, highest)
        self._tail = line[:, line.shape[1] - (TAPS - 1) :]
        return peak

    def _search(self, line: NDArray[np.float32], highest: NDArray[np.float32]) -> None:
        """Interpolate stretch by stretch, the loudest first, until the next cannot raise the peak any more.

        Shapes: `line` (channels, n), `highest` (n,).
        """
        starts = np.arange(0, len(highest) - TAPS + 1, _STRETCH)
        loudest = np.maximum.reduceat(highest, starts)
        steepest = np.maximum.reduceat(np.abs(np.diff(line, axis=1, append=0)).max(axis=0), starts)
        bound = np.minimum(loudest * LARGEST_L1, loudest + steepest * LARGEST_SLOPE)
        # The windows of a stretch reach into the next one.
        bound = np.maximum(bound, np.append(bound[1:], 0))
        for number in np.argsort(-bound):
            if bound[number] <= self._highest:
                return
            stretch = line[:, starts[number] : starts[number] + _STRETCH + TAPS - 1]
            windows = np.lib.stride_tricks.sliding_window_view(stretch, TAPS, axis=1)
            self._highest = max(self._highest, float(np.abs(windows @ FILTER.T).max(initial=0.0)))

    def value(self) -> float:
        """True peak of all that was added, its end followed by silence."""
        self.add(np.zeros((TAPS, len(self._tail)), np.float32))
        return self._highest


def true_peak(signal: NDArray[np.float32]) -> float:
    """True peak of a whole signal, linear. Shapes: (frames, channels)."""
    meter = TruePeak(signal.shape[1])
    meter.add(signal)
    return meter.value()
