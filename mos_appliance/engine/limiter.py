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

from mos_appliance.engine.true_peak import FILTER, LARGEST_L1, PHASES, REACH, TAPS

HOLD_S: Final = 0.025
"""A period of 40 Hz."""
RELEASE_S: Final = 0.08
MARGIN: Final = 10 ** (-0.5 / 20)
"""A moving gain makes new peaks of its own: stay this much below."""
_SEAM: Final = 1.015
_SILENCE: Final = 1e-9
_AS_GOOD_AS_ONE: Final = 0.9999
_BETWEEN: Final = np.ascontiguousarray(FILTER[1:])
"""The phases that lie between samples."""


def _seam_filters() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the interpolator makes of the frames before a seam, and of those after it, at all places that see both.

    Shapes: (places · phases, 12 past frames), (places · phases, 6 frames).
    """
    rows = np.zeros((REACH, PHASES, TAPS + REACH), np.float32)
    for place in range(REACH):
        rows[place, :, place + 1 : place + 1 + TAPS] = FILTER
    flat = rows.reshape(REACH * PHASES, TAPS + REACH)
    return np.ascontiguousarray(flat[:, :TAPS]), np.ascontiguousarray(flat[:, TAPS:])


_GONE, _OURS = _seam_filters()


class Limiter:
    """Keeps the true peak of chunk after chunk of stereo under a ceiling. Units: linear, full scale is 1.

    What lies between the last frame of a chunk and the first of the next depends on both; the next chunk, knowing what
    has gone out, keeps its own share small enough.
    """

    def __init__(self, chunk_frames: int, rate: int) -> None:
        self.frames = frames = chunk_frames
        self.gain = 1.0
        """Gain at the end of the last chunk; 1 when nothing is limited."""
        self._hold = int(HOLD_S * rate)
        self._held = 0
        self._release = 1.0 - float(np.exp(-chunk_frames / (RELEASE_S * rate)))
        # Channels × (past + chunk + what stands for the future).
        self._line = np.zeros((2, TAPS + frames + REACH), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._line, TAPS, axis=1)
        # Column k holds what stands around the place between frame k-1 and frame k, so that one product does them all.
        self._around = windows[:, TAPS - REACH :].transpose(2, 0, 1)
        self._columns = np.zeros(self._around.shape, np.float32)
        self._flat_columns = self._columns.reshape(TAPS, -1)
        self._between = np.zeros((len(_BETWEEN), 2 * (frames + 1)), np.float32)
        self._both = np.zeros(2 * (frames + 1), np.float32)
        self._gaps = np.zeros(frames + 1, np.float32)
        self._peaks = np.zeros(frames, np.float32)
        self._magnitudes = np.zeros((2, frames), np.float32)
        self._ramp = np.linspace(0.0, 1.0, frames + 1, dtype=np.float32)[1:]
        self._count = np.arange(frames, dtype=np.float32)
        self._curve = np.ones(frames, np.float32)
        self._first = np.zeros((REACH, 2), np.float32)
        self._gone, self._ours, self._seam = (np.zeros((REACH * PHASES, 2), np.float32) for _ in range(3))

    @staticmethod
    def safe_peak(ceiling: float) -> float:
        """The sample peak that a chunk and the one before may have without anything between samples passing."""
        return ceiling * MARGIN / LARGEST_L1

    def curve(
        self, chunk: NDArray[np.float32], past: NDArray[np.float32], ceiling: float
    ) -> NDArray[np.float32] | None:
        """Gain for each frame of the chunk, valid until the next call; None when all of it may pass as it is.

        Shapes: `chunk` (frames, 2) before limiting, `past` (12, 2) the frames before it as they went out; result
        (frames,).
        """
        limit = ceiling * MARGIN
        peaks = self._measure(chunk, past)
        start = self.gain
        highest = int(peaks.argmax())
        floor = min(1.0, limit / max(float(peaks[highest]), _SILENCE))
        if floor >= 1.0 and start == 1.0:
            return None
        target = self._released(start)
        if floor < start:
            self._attack(limit, highest, start, floor)
            self._mend_seam(chunk, past, limit)
            target = floor
            self._held = 0
        elif floor < target:
            # A release would cross what a frame needs: stay.
            target = start
            self._curve.fill(start)
        else:
            np.multiply(self._ramp, target - start, out=self._curve)
            np.add(self._curve, start, out=self._curve)
        self.gain = target
        return self._curve

    def _released(self, gain: float) -> float:
        """The gain a chunk later when nothing is too loud: it holds first, so that low notes are not torn."""
        self._held += self.frames
        if gain == 1.0 or self._held < self._hold:
            return gain
        higher = gain + (1.0 - gain) * self._release
        return 1.0 if higher > _AS_GOOD_AS_ONE else higher

    def _attack(self, limit: float, highest: int, start: float, floor: float) -> None:
        """Go down in a straight line to where the peak stands, and lower where an earlier frame needs it."""
        curve = self._curve
        curve.fill(floor)
        if highest:
            np.maximum(self._peaks, _SILENCE, out=self._peaks)
            need = np.minimum.accumulate(limit / self._peaks)
            down = curve[:highest]
            np.multiply(self._count[:highest], (floor - start) / highest, out=down)
            np.add(down, start, out=down)
            np.minimum(curve, need, out=curve)

    def _measure(self, chunk: NDArray[np.float32], past: NDArray[np.float32]) -> NDArray[np.float32]:
        """The true peak at each frame: its own, and what lies between it and its neighbours. Shapes: (frames,)."""
        line, frames, gaps, peaks = self._line, self.frames, self._gaps, self._peaks
        line[:, :TAPS] = past.T
        line[:, TAPS : TAPS + frames] = chunk.T
        # Cut off here, a wave would seem to overshoot: hold it.
        line[:, TAPS + frames :] = line[:, TAPS + frames - 1 : TAPS + frames]
        self._columns[...] = self._around
        np.matmul(_BETWEEN, self._flat_columns, self._between)
        np.abs(self._between, self._between)
        np.maximum.reduce(self._between, axis=0, out=self._both)
        np.maximum(self._both[: frames + 1], self._both[frames + 1 :], out=gaps)
        np.maximum(gaps[1:], gaps[:-1], out=peaks)
        np.abs(line[:, TAPS : TAPS + frames], self._magnitudes)
        np.maximum(peaks, self._magnitudes[0], out=peaks)
        np.maximum(peaks, self._magnitudes[1], out=peaks)
        return peaks

    def _mend_seam(self, chunk: NDArray[np.float32], past: NDArray[np.float32], limit: float) -> None:
        """Dip the first frames where, with those that have gone out, they would make a peak between the chunks.

        Only a sudden peak does: a wave that goes on was measured as a whole, its continuation held.
        """
        curve, gone, ours, seam = self._curve, self._gone, self._ours, self._seam
        np.multiply(chunk[:REACH], curve[:REACH, None], self._first)
        _GONE.dot(past, gone)
        _OURS.dot(self._first, ours)
        np.add(gone, ours, seam)
        np.abs(seam, seam)
        if seam.item(seam.argmax()) <= limit * _SEAM:
            return
        # Where what has gone out stands at the limit by itself, a little more does less harm than silence would.
        allowed = np.maximum(limit * _SEAM, np.abs(gone) + limit * (_SEAM - 1.0))
        room = np.where(ours > 0, allowed - gone, -allowed - gone)
        share = float(np.divide(room, ours, out=np.ones_like(room), where=np.abs(ours) > _SILENCE).min())
        if share < 1.0:
            np.multiply(curve[:REACH], max(share, 0.0), out=curve[:REACH])
