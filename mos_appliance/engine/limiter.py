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
ROOM: Final = 10 ** (-0.5 / 20)
"""An attack goes that much lower than it must, and a release ends there: a chord that swells a little costs no further
attack, and a bound on its peak is enough to know so."""
_STEEP: Final = 0.95
"""A gain that is that much of the one before within the interpolator's reach makes no peaks at the seam."""
_BARELY: Final = 0.999
"""What a bound leaves open by rounding."""
_RETRY_CHUNKS: Final = 8
"""A release for which there is no room is thought of again after so many chunks: thinking of it costs."""
_SEAM: Final = 1.015
_SILENCE: Final = 1e-9
_FAINT: Final = 1e-3
_AS_GOOD_AS_ONE: Final = 0.99
"""The last tenth of a decibel of a release is one step: it would take as long as all the others."""
_SEEN_BEFORE: Final = TAPS - REACH
"""Frames before a chunk that the interpolator sees from the gap before its first frame."""


def _gap_filters(frames: int) -> NDArray[np.float32]:
    """What the phases between samples make of a chunk and its surroundings, in each gap from before its first frame on.

    Shapes: (6 + frames + 6, 3 · (frames + 1)), phase by phase. One product with it costs less than laying out windows.
    """
    gaps = np.zeros((_SEEN_BEFORE + frames + REACH, PHASES - 1, frames + 1), np.float32)
    for gap in range(frames + 1):
        gaps[gap : gap + TAPS, :, gap] = FILTER[1:].T
    return gaps.reshape(len(gaps), -1)


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
        self.lowest = 1.0
        """Lowest gain within it."""
        self._hold = int(HOLD_S * rate)
        self._held = 0
        self._retry = _RETRY_CHUNKS * frames
        self._release = 1.0 - float(np.exp(-chunk_frames / (RELEASE_S * rate)))
        # Channels × (past + chunk + what stands for the future).
        self._line = np.zeros((2, _SEEN_BEFORE + frames + REACH), np.float32)
        self._line_past, self._line_end = self._line[:, :_SEEN_BEFORE].T, self._line[:, _SEEN_BEFORE + frames :]
        self._line_chunk = self._line[:, _SEEN_BEFORE : _SEEN_BEFORE + frames].T
        self._line_last = self._line_chunk[-1:].T
        self._filters = _gap_filters(frames)
        self._between = np.zeros((2, self._filters.shape[1]), np.float32)
        self._flat_between = self._between.reshape(-1)
        self._by_gap = self._between.reshape(-1, frames + 1)
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

    def leaves_open(self, bound: float, limit: float) -> bool:
        """Whether a closer bound on a chunk's true peak could change what `holds` says."""
        gain = self.gain
        if gain != 1.0 and self._held + self.frames >= self._hold:
            return not bound * self._higher(gain) <= limit * ROOM
        return not bound * gain <= limit

    def holds(self, bound: float, limit: float) -> bool:
        """Whether the gain stays as it is for a chunk whose true peak is at most `bound`; then it is as good as done.

        `limit` is where gain times peak may go. What else the chunk needs is for `curve` to say.
        """
        gain, held = self.gain, self._held + self.frames
        if not bound * gain <= limit:
            return False
        if gain != 1.0 and held >= self._hold:
            if bound * self._higher(gain) <= limit * ROOM:
                return False
            held = self._hold - self._retry
        self._held = held
        return True

    def curve(
        self, chunk: NDArray[np.float32], past: NDArray[np.float32], ceiling: float, bound: float = np.inf
    ) -> NDArray[np.float32] | None:
        """Gain for each frame of the chunk, valid until the next call; None when all of it may pass as it is.

        Shapes: `chunk` (frames, 2) before limiting, `past` (12, 2) the frames before it as they went out; result
        (frames,). `bound` is one on the true peak of both before limiting; it spares the measuring where it suffices.
        """
        limit, start, held, curve = ceiling * MARGIN, self.gain, self._held, self._curve
        loudest = bound
        if not bound * self._released(start) <= limit:
            peaks = self._measure(chunk, past)
            highest = int(peaks.argmax())
            loudest = peaks.item(highest)
            if loudest * start > limit:
                floor = min(start, limit * max(ROOM / loudest, _BARELY / bound))
                self._attack(limit, highest, start, floor)
                self._held, self.gain, self.lowest = 0, floor, floor
                if curve.item(REACH - 1) < start * _STEEP:
                    self._mend_seam(chunk, past, limit)
                return curve
        self._held = held
        target = self.moves_on(loudest, limit)
        if target == start == 1.0:
            return None
        np.multiply(self._ramp, target - start, out=curve)
        np.add(curve, start, out=curve)
        return curve

    def moves_on(self, bound: float, limit: float) -> float:
        """The gain after a chunk whose true peak is at most `bound` and low enough: let up where there is room."""
        start = self.gain
        target = self._released(start)
        if bound * target > limit * ROOM:
            target = start
        self.gain, self.lowest = target, start
        return target

    def _released(self, gain: float) -> float:
        """The gain a chunk later when nothing is too loud: it holds first, so that low notes are not torn."""
        self._held += self.frames
        return gain if gain == 1.0 or self._held < self._hold else self._higher(gain)

    def _higher(self, gain: float) -> float:
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

    def measure(self, chunk: NDArray[np.float32], past: NDArray[np.float32]) -> float:
        """The highest value between the samples of a chunk and the frames before it, both as loud as they are.

        Shapes: `chunk` (frames, 2), `past` (12, 2).
        """
        self._line_past[...] = past[TAPS - _SEEN_BEFORE :]
        self._line_chunk[...] = chunk
        # Cut off here, a wave would seem to overshoot: hold it.
        self._line_end[...] = self._line_last
        self._line.dot(self._filters, self._between)
        between = self._flat_between
        np.abs(between, between)
        return between.item(between.argmax())

    def _measure(self, chunk: NDArray[np.float32], past: NDArray[np.float32]) -> NDArray[np.float32]:
        """The true peak at each frame: its own, and what lies between it and its neighbours. Shapes: (frames,)."""
        gaps, peaks, magnitudes = self._gaps, self._peaks, self._magnitudes
        # What has gone out stands beside what has not at the level that it would have had.
        self.measure(chunk, past * np.float32(1.0 / max(self.gain, _FAINT)))
        np.maximum.reduce(self._by_gap, axis=0, out=gaps)
        np.maximum(gaps[1:], gaps[:-1], out=peaks)
        np.abs(chunk.T, magnitudes)
        np.maximum(peaks, magnitudes[0], out=peaks)
        np.maximum(peaks, magnitudes[1], out=peaks)
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
            self.lowest *= max(share, 0.0)
            np.multiply(curve[:REACH], max(share, 0.0), out=curve[:REACH])
