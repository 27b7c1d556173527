"""True peak: how high a signal goes between its samples. Source: ITU-R BS.1770-5 annex 2 (4 phases, 48 taps)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

PHASES: Final = 4
TAPS: Final = 12
REACH: Final = TAPS // 2
"""Frames on either side of a place that the interpolator looks at."""
_EIGHTH: Final = tuple(number / 8192 for number in (14, 90, -161, 272, -487, 1125, 7964, -838, 390, -218, 122, -68))
_THREE_EIGHTHS: Final = tuple(
    number / 8192 for number in (-239, 240, -424, 730, -1364, 3810, 6388, -1641, 832, -477, 271, -155)
)
_ITSELF: Final = tuple(float(tap == REACH - 1) for tap in range(TAPS))

FILTER: Final[NDArray[np.float32]] = np.array(
    [_ITSELF, _EIGHTH, _THREE_EIGHTHS, _THREE_EIGHTHS[::-1], _EIGHTH[::-1]], np.float32
)
"""The recommendation's own table, and before it the sample itself. Shapes: (1 + phases, taps); a place lies between its
sixth and its seventh frame."""
LARGEST_L1: Final = float(np.abs(FILTER).sum(axis=1).max())
"""No interpolated value exceeds this times the highest sample."""


_TO_NEAREST: Final = np.minimum(np.abs(np.arange(TAPS) - (REACH - 1)), np.abs(np.arange(TAPS) - REACH))
_AWAY: Final = np.where(np.arange(TAPS) < REACH, -_TO_NEAREST, _TO_NEAREST)
LARGEST_SUM: Final = float(FILTER.sum(axis=1).max())
LARGEST_TILT: Final = float(np.abs((FILTER * _AWAY).sum(axis=1)).max())
LARGEST_BEND: Final = float((np.abs(FILTER) * _TO_NEAREST * (_TO_NEAREST + 1) / 2).sum(axis=1).max())
"""No interpolated value exceeds `LARGEST_SUM` times the highest sample by more than `LARGEST_TILT` times the largest
step between samples and `LARGEST_BEND` times the largest difference between two steps that follow each other.

A frame k away from the nearer of the place's neighbours is that neighbour, k times the step between the neighbours, and
at most k (k + 1) / 2 of those differences. The weights of either half add up to 0 or more.
"""
LARGEST_HALF: Final = float((np.abs(FILTER) * _TO_NEAREST).reshape(-1, 2, REACH).sum(axis=2).max())
"""A wave whose last frame is held exceeds that, behind it, by no more than this times its largest step."""

_STRETCH: Final = 512


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
        bent = work[channels:] - work[:-channels]
        np.abs(work, out=work)
        smooth = _with_next(loudest) * np.float32(LARGEST_SUM)
        smooth += _with_next(work.reshape(len(loudest), -1).max(axis=1)) * np.float32(LARGEST_TILT)
        np.abs(bent, out=work[:-channels])
        smooth += _with_next(work.reshape(len(loudest), -1).max(axis=1)) * np.float32(LARGEST_BEND)
        bound = np.minimum(bound, smooth)
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
