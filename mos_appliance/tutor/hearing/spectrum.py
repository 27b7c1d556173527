"""Sound as the network sees it: how loud each third of a semitone is, every 20 ms, in a long and in a short window."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.hearing.resampling import HEARING_RATE

HOP: Final = 320
"""Samples from frame to frame: 20 ms."""
HOP_MS: Final = 1000.0 * HOP / HEARING_RATE
LOWEST_PITCH: Final = 21
PITCHES: Final = 88
BINS_A_SEMITONE: Final = 3
BINS: Final = 98 * BINS_A_SEMITONE
"""From a third of a semitone below A0 up to just below 8 kHz."""
_LONG: Final = 4096
_SHORT: Final = 1024
_LONG_AHEAD: Final = 1024
_SHORT_AHEAD: Final = 512
"""How far each window reaches past its frame's moment; the long one leans back, so that little is waited for."""
AHEAD: Final = max(_LONG_AHEAD, _SHORT_AHEAD)
AHEAD_MS: Final = 1000.0 * AHEAD / HEARING_RATE
_FLOOR_DB: Final = -80.0
_SPAN_DB: Final = 80.0


class Spectrum:
    """Frames out of samples at `HEARING_RATE`, block by block; frame `t` is about the sample `t·HOP`."""

    def __init__(self) -> None:
        self._kept = np.zeros(_LONG - _LONG_AHEAD, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The frames that these samples complete. Shapes: in (n,), out (frames, BINS, 2): long window, short window.

        Units: 0 is −80 dB of a full sine and less, 1 is 0 dB.
        """
        kept = np.concatenate((self._kept, samples))
        count = max(0, (len(kept) - _LONG) // HOP + 1)
        out = np.empty((count, BINS, 2), np.float32)
        for begin in range(0, count, 256):  # a quarter of a megabyte a window: a long file would not fit
            end = min(count, begin + 256)
            self._analyse(kept[begin * HOP : (end - 1) * HOP + _LONG], out[begin:end])
        self._kept = kept[count * HOP :]
        return out

    @staticmethod
    def _analyse(samples: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        long = np.lib.stride_tricks.sliding_window_view(samples, _LONG)[::HOP]
        first = _LONG - _LONG_AHEAD + _SHORT_AHEAD - _SHORT
        short = long[:, first : first + _SHORT]
        for channel, (windows, shape, bank) in enumerate(
            ((long, _LONG_SHAPE, _LONG_BANK), (short, _SHORT_SHAPE, _SHORT_BANK))
        ):
            spectrum = np.fft.rfft(windows * shape, axis=1)
            power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ bank
            decibels = 10.0 * np.log10(power + 1e-10)
            out[:, :, channel] = np.clip((decibels - _FLOOR_DB) / _SPAN_DB, 0.0, 1.25)


def _window(size: int) -> NDArray[np.float32]:
    """Hann, such that a full sine gives power 1."""
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(size) + 0.5) / size)
    return np.asarray(shape * 2 / shape.sum(), np.float32)


def _bank(size: int) -> NDArray[np.float32]:
    """Which frequencies make up each bin: triangles, as wide as a bin or as the window can tell apart.

    Shapes: (size / 2 + 1, BINS).
    """
    resolution = HEARING_RATE / size
    frequency = np.arange(size // 2 + 1)[:, None] * resolution
    pitch = LOWEST_PITCH + (np.arange(BINS) - 1) / BINS_A_SEMITONE
    centre = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    width = np.maximum(centre * (2.0 ** (1.0 / 12.0 / BINS_A_SEMITONE) - 1.0), resolution)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(frequency - centre) / width), np.float32)


_LONG_SHAPE: Final = _window(_LONG)
_SHORT_SHAPE: Final = _window(_SHORT)
_LONG_BANK: Final = _bank(_LONG)
_SHORT_BANK: Final = _bank(_SHORT)
