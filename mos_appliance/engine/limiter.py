"""A true-peak limiter without look-ahead: it adds no delay, and costs nothing while it need not act.

Peaks between the samples are measured after ITU-R BS.1770-5 annex 2: four phases of a 48-tap interpolator. Most blocks
never get that far: two bounds that are cheap and safe come first.

- By Cauchy and Schwarz no interpolated value exceeds ‖h‖₂ · ‖x‖₂, and ‖h‖₂ ≤ 1 for every phase.
- No interpolated value exceeds ‖h‖₁ · max|x|.

A gain that moves makes peaks of its own, and between two chunks lies what the first was made for without knowing the
second. So an attack is measured again as it goes out, beside what has gone out: where it would pass, it is drawn
towards a continuation that cannot (`make_sure`), and the chunk after it is measured beside what really went out.
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
_BARELY: Final = 0.999
"""What a bound leaves open by rounding."""
_RETRY_CHUNKS: Final = 9
"""A release for which there is no room is thought of again after so many chunks: thinking of it costs."""
SURE: Final = 10 ** (-0.02 / 20)
"""Of the ceiling, what an attack may make of it: the rest is for rounding and dither."""
_SILENCE: Final = 1e-9
_FAINT: Final = 1e-3
_AS_GOOD_AS_ONE: Final = 0.99
"""The last tenth of a decibel of a release is one step: it would take as long as all the others."""
_SEEN: Final = TAPS - 1
"""Frames before a chunk, and after it, that share an interpolated value with it."""
_FRONT: Final = REACH - 1
"""Gaps within what has gone out that see the chunk; as many lie behind its end."""


def _gap_filters(frames: int) -> NDArray[np.float32]:
    """What the phases between samples make of a chunk and its surroundings, in each gap that sees the chunk.

    Shapes: (11 + frames + 11, phases · (frames + 11)), phase by phase. One product with it costs less than laying out
    windows.
    """
    count = frames + _SEEN
    gaps = np.zeros((_SEEN + frames + _SEEN, PHASES, count), np.float32)
    for gap in range(count):
        gaps[gap : gap + TAPS, :, gap] = FILTER[1:].T
    return gaps.reshape(len(gaps), -1)


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
        self.attacked = False
        """Whether the gain went down within it: what has gone out then is not the last bed at today's gain."""
        self._hold = int(HOLD_S * rate)
        self._held = 0
        self._retry = _RETRY_CHUNKS * frames
        self._release = 1.0 - float(np.exp(-chunk_frames / (RELEASE_S * rate)))
        # Channels × (past + chunk + what stands for the future).
        self._line = np.zeros((2, _SEEN + frames + _SEEN), np.float32)
        self._line_past, self._line_end = self._line[:, :_SEEN].T, self._line[:, _SEEN + frames :]
        self._line_chunk = self._line[:, _SEEN : _SEEN + frames].T
        self._line_last = self._line_chunk[-1:].T
        self._filters = _gap_filters(frames)
        self._between = np.zeros((2, self._filters.shape[1]), np.float32)
        self._magnified = np.zeros_like(self._between)
        self._flat_between = self._magnified.reshape(-1)
        self._by_gap = self._magnified.reshape(-1, frames + _SEEN)
        self._gaps = np.zeros(frames + _SEEN, np.float32)
        self._before_frame, self._after_frame = self._gaps[_FRONT:][:frames], self._gaps[_FRONT + 1 :][:frames]
        self._front, self._rear = self._gaps[:_FRONT], self._gaps[_FRONT + 1 + frames :]
        self._peaks = np.zeros(frames, np.float32)
        self._magnitudes = np.zeros((2, frames), np.float32)
        self._ramp = np.linspace(0.0, 1.0, frames + 1, dtype=np.float32)[1:]
        self._count = np.arange(frames, dtype=np.float32)
        self._curve = np.ones(frames, np.float32)

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
        When it has `attacked`, what it makes of the chunk is to go through `make_sure`.
        """
        limit, start, held, curve = ceiling * MARGIN, self.gain, self._held, self._curve
        loudest, self.attacked = bound, False
        if not bound * self._released(start) <= limit:
            peaks = self._measure(chunk, past)
            highest = int(peaks.argmax())
            loudest = peaks.item(highest)
            if loudest * start > limit:
                floor = min(start, limit * max(ROOM / loudest, _BARELY / bound))
                self._attack(limit, highest, start, floor)
                self._held, self.gain, self.lowest = 0, floor, floor
                self.attacked = True
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
        """The highest value between the samples of a chunk and the frames beside it, both as loud as they are.

        Shapes: `chunk` (frames, 2), `past` (12, 2).
        """
        self._line_chunk[...] = chunk
        # Cut off here, a wave would seem to overshoot: hold it.
        self._line_end[...] = self._line_last
        self._interpolate(past)
        between = self._flat_between
        np.abs(self._between, self._magnified)
        return between.item(between.argmax())

    def _interpolate(self, past: NDArray[np.float32]) -> None:
        """`_between` of the line, whose chunk and end are laid out."""
        self._line_past[...] = past[TAPS - _SEEN :]
        self._line.dot(self._filters, self._between)

    def _measure(self, chunk: NDArray[np.float32], past: NDArray[np.float32]) -> NDArray[np.float32]:
        """The true peak at each frame: its own, and what lies between it and its neighbours. Shapes: (frames,).

        What lies within the past and behind the end is for the first frame and the last to answer.
        """
        gaps, peaks, magnitudes, front, rear = self._gaps, self._peaks, self._magnitudes, self._front, self._rear
        # What has gone out stands beside what has not at the level that it would have had.
        self.measure(chunk, past * np.float32(1.0 / max(self.gain, _FAINT)))
        np.maximum.reduce(self._by_gap, axis=0, out=gaps)
        np.maximum(self._before_frame, self._after_frame, out=peaks)
        np.abs(chunk.T, magnitudes)
        np.maximum(peaks, magnitudes[0], out=peaks)
        np.maximum(peaks, magnitudes[1], out=peaks)
        peaks[0] = max(peaks.item(0), front.item(front.argmax()))
        peaks[-1] = max(peaks.item(-1), rear.item(rear.argmax()))
        return peaks

    def make_sure(self, out: NDArray[np.float32], past: NDArray[np.float32], ceiling: float) -> None:
        """Draw a chunk in which the gain went down towards a safe continuation, as far as the ceiling asks for it.

        Shapes: `out` (frames, 2) as it would go out, changed in place; `past` (12, 2).

        What went out before is safe when it is followed by silence (a bound on its energy said so) or by its last frame
        held (every other measure and bound did). All values are linear in the chunk, so between that continuation and
        what is wanted there is a share that passes nowhere, and the chunk made so is safe to be held in its turn.
        """
        limit = ceiling * SURE
        if self.measure(out, past) <= limit and float(np.abs(out).max()) <= limit:
            return
        wanted = np.concatenate((self._between, out.T), axis=1)
        nearest = min(
            (self._towards(level, wanted, past, limit) for level in (np.zeros(2, np.float32), past[-1])),
            key=lambda found: found[0],
        )
        _, share, level = nearest
        self.lowest *= share
        np.add(out * np.float32(share), level * np.float32(1.0 - share), out=out)

    def _towards(
        self, level: NDArray[np.float32], wanted: NDArray[np.float32], past: NDArray[np.float32], limit: float
    ) -> tuple[float, float, NDArray[np.float32]]:
        """How far a continuation at a level lies from what is wanted, the share that may be had, and that level.

        Shapes: `level` (2,), `wanted` (2, values). One that passes by itself is farther than any.
        """
        self._line[:, _SEEN:] = level[:, None]
        self._interpolate(past)
        safe = np.concatenate((self._between, np.repeat(level[:, None], self.frames, axis=1)), axis=1)
        passed = float(np.abs(safe).max()) - limit
        if passed > 0:
            return 1.0 + passed, 0.0, level
        apart = wanted - safe
        room = np.where(apart > 0, limit - safe, limit + safe)
        shares = np.divide(room, np.abs(apart), out=np.ones_like(room), where=np.abs(apart) > _SILENCE)
        share = min(1.0, float(shares.min()))
        return 1.0 - share, share, level
