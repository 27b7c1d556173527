"""A true-peak limiter without look-ahead: it adds no delay, and costs nothing while it need not act.

Peaks between the samples are measured after ITU-R BS.1770-5 annex 2: four phases of a 48-tap interpolator. Most blocks
never get that far: two bounds that are cheap and safe come first.

- By Cauchy and Schwarz no interpolated value exceeds ‖h‖₂ · ‖x‖₂, and ‖h‖₂ ≤ 1 for every phase.
- No interpolated value exceeds ‖h‖₁ · max|x|.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.true_peak import FILTER, LARGEST_L1, REACH, TAPS

HOLD_S: Final = 0.025
"""A period of 40 Hz."""
RELEASE_S: Final = 0.08
MARGIN: Final = 10 ** (-0.5 / 20)
"""A moving gain makes new peaks of its own: stay this much below."""
_SEAM: Final = 1.015
_SILENCE: Final = 1e-9
_AS_GOOD_AS_ONE: Final = 0.9999


class Limiter:
    """Keeps the true peak of chunk after chunk of stereo under a ceiling. Units: linear, full scale is 1.

    What lies between the last frame of a chunk and the first of the next depends on both; the next chunk, knowing what
    has gone out, keeps its own share small enough.
    """

    def __init__(self, chunk_frames: int, rate: int) -> None:
        self.frames = chunk_frames
        self.gain = 1.0
        """Gain at the end of the last chunk; 1 when nothing is limited."""
        self._hold = int(HOLD_S * rate)
        self._held = 0
        self._release = 1.0 - float(np.exp(-chunk_frames / (RELEASE_S * rate)))
        # Channels × (past + chunk + what stands for the future).
        self._line = np.zeros((2, TAPS + chunk_frames + REACH), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._line, TAPS, axis=1)
        # Window k of `_windows` looks at what lies between frame k-1 and frame k, frame k-1 included.
        self._windows = windows[:, TAPS - REACH :]
        self._before = windows[:, TAPS - 2 * REACH + 1 : TAPS - REACH + 1]
        self._ramp = np.linspace(0.0, 1.0, chunk_frames + 1, dtype=np.float32)[1:]
        self._curve = np.ones(chunk_frames, np.float32)

    @staticmethod
    def safe_peak(ceiling: float) -> float:
        """The sample peak that a chunk and the one before may have without anything between samples passing."""
        return ceiling * MARGIN / LARGEST_L1

    def curve(self, chunk: NDArray[np.float32], past: NDArray[np.float32], ceiling: float) -> NDArray[np.float32]:
        """Gain for each frame of the chunk, valid until the next call.

        Shapes: `chunk` (frames, 2) before limiting, `past` (12, 2) the frames before it as they went out; result
        (frames,).
        """
        limit = ceiling * MARGIN
        need = self._needed(chunk, past, limit)
        lowest = int(need.argmin())
        floor = float(need[lowest])
        start = self.gain
        target = self._released(start)
        curve = self._curve
        if floor < start:
            self._attack(need, lowest, start, floor)
            target = floor
            self._held = 0
        else:
            np.multiply(self._ramp, target - start, out=curve)
            np.add(curve, start, out=curve)
            if np.any(curve > need):
                # A release would cross what a later frame needs: stay.
                curve.fill(start)
                target = start
        self.gain = target
        if target < 1.0:
            self._mend_seam(chunk, limit)
        return curve

    def _mend_seam(self, chunk: NDArray[np.float32], limit: float) -> None:
        """Dip the first frames where, with those that have gone out, they would make a peak between the chunks."""
        line, curve = self._line, self._curve
        line[:, TAPS : TAPS + REACH] = 0.0
        gone = self._before @ FILTER.T
        line[:, TAPS : TAPS + REACH] = (chunk[:REACH] * curve[:REACH, None]).T
        ours = self._before @ FILTER.T - gone
        # Where what has gone out stands at the limit by itself, a little more does less harm than silence would.
        allowed = np.maximum(limit * _SEAM, np.abs(gone) + limit * (_SEAM - 1.0))
        room = np.where(ours > 0, allowed - gone, -allowed - gone)
        share = float(np.divide(room, ours, out=np.ones_like(room), where=np.abs(ours) > _SILENCE).min())
        if share < 1.0:
            np.multiply(curve[:REACH], max(share, 0.0), out=curve[:REACH])

    def _released(self, gain: float) -> float:
        """The gain a chunk later when nothing is too loud: it holds first, so that low notes are not torn."""
        self._held += self.frames
        if gain == 1.0 or self._held < self._hold:
            return gain
        higher = gain + (1.0 - gain) * self._release
        return 1.0 if higher > _AS_GOOD_AS_ONE else higher

    def _attack(self, need: NDArray[np.float32], lowest: int, start: float, floor: float) -> None:
        """Go down in a straight line to where the peak stands, and lower where an earlier frame needs it."""
        curve = self._curve
        curve.fill(floor)
        if lowest:
            curve[:lowest] = np.linspace(start, floor, lowest, endpoint=False, dtype=np.float32)
            np.minimum(curve, np.minimum.accumulate(need), out=curve)

    def _needed(self, chunk: NDArray[np.float32], past: NDArray[np.float32], limit: float) -> NDArray[np.float32]:
        """The gain that each frame may have at most. Shapes: (frames,)."""
        line, frames = self._line, self.frames
        line[:, :TAPS] = past.T
        line[:, TAPS : TAPS + frames] = chunk.T
        # Cut off here, a wave would seem to overshoot: hold it.
        line[:, TAPS + frames :] = chunk[-1][:, None]
        # A peak between two frames is charged to both.
        peak = np.abs(self._windows @ FILTER.T).max(axis=(0, 2))
        per_frame = np.maximum(peak[1:], peak[:-1])
        np.maximum(per_frame, _SILENCE, out=per_frame)
        need: NDArray[np.float32] = np.minimum(1.0, limit / per_frame).astype(np.float32)
        return need
