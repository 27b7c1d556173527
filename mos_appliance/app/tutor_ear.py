"""The tutor's ear: what the microphone hears, out of its ring in shared memory, as notes of the engine's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from mos_appliance.errors import Unavailable
from mos_appliance.net.rings import Ring
from mos_appliance.tutor.hearing.expecting import Expectation
from mos_appliance.tutor.hearing.level import RunningLevel
from mos_appliance.tutor.hearing.listening import Network
from mos_appliance.tutor.hearing.tracking import Struck
from mos_appliance.tutor.hearing.transcribing import LIVE_STRETCH, Transcriber, delay_ms
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.rings import RingName

LISTEN_S: Final = 0.02
"""How often the ring is looked into."""
DELAY_MS: Final = delay_ms(LIVE_STRETCH)[1] + 1000.0 * LISTEN_S
"""From a note to the moment when it is known at the latest, computing not counted."""
MOST_FRAMES: Final = SAMPLE_RATE // 5
"""So much is heard in one go: the keys are not to wait for long."""
_UNIT: Final = np.float32(1.0 / (1 << 15))
_DRIFT: Final = 2e-4
"""How fast the two clocks may run apart: 200 millionths, more than any quartz."""
_NS: Final = 1_000_000_000


class Heard(NamedTuple):
    """A note began or ended, at that time of the monotonic clock."""

    on: bool
    pitch: int
    velocity: int
    at_ns: int


class Ear:
    """Hears while a practice asks for it; survives microphones and engines that come and go.

    `network` is asked for once, when there is something to hear. Errors: what it raises.
    """

    def __init__(self, run: Path, score: ScoreMap, network: Callable[[], Network]) -> None:
        self._path = run / RingName.CAPTURE
        self._expectation = Expectation(score)
        self._network = network()
        self._ring: Ring | None = None
        self._next = 0
        """The next block of it."""
        self._reset()

    listen_s = LISTEN_S
    delay_ms = DELAY_MS

    def hear(self, now_ns: int) -> list[Heard]:
        """What has become known since the last time, in the order in which it did."""
        self._follow()
        ring = self._ring
        if ring is None:
            return []
        head = ring.head
        if head - self._next > ring.blocks // 2:  # nobody listened for a third of a second: that sound is gone
            notes = self._hush(now_ns)
            self._reset()
            self._next = head
            return notes
        count = min(head - self._next, max(1, MOST_FRAMES // ring.block_frames))
        if not count:
            return []
        samples = np.frombuffer(ring.read(self._next, count), "<i2").astype(np.float32) * _UNIT
        self._next += count
        late = (head - self._next) * ring.block_frames
        self._see_clock(now_ns - late * _NS // SAMPLE_RATE, len(samples))
        begun = self._transcriber.push(self._level.push(samples))
        return [*self._begin(begun), *self._end()]

    def close(self, now_ns: int) -> list[Heard]:
        """Hear no more. Returns the ends of all notes that still sound."""
        notes = self._hush(now_ns)
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        return notes

    # -- the ring ----------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Change to the ring of a new engine or device, once it is there."""
        if self._ring is not None and not self._ring.replaced():
            return
        try:
            ring = Ring(self._path)
        except Unavailable:
            return
        if self._ring is not None:
            self._ring.close()
        self._ring, self._next = ring, ring.head
        self._reset()

    def _reset(self) -> None:
        """Hear from here on, as if nothing had been heard before; the place in the score stays."""
        self._level = RunningLevel(SAMPLE_RATE)
        self._transcriber = Transcriber(self._network, SAMPLE_RATE, expectation=self._expectation)
        self._samples = 0
        self._began_ns = 0
        self._seen_ns = 0
        self._last_ns = 0
        self._down: dict[int, float] = {}
        """Keys that sound, and when each began."""
        self._over = 0

    # -- the clock ---------------------------------------------------------------------------------------------------

    def _see_clock(self, now_ns: int, samples: int) -> None:
        """`samples` more were there by `now_ns`. The earliest that a block ever was there tells when its sound began.

        What comes late says nothing; that the microphone's clock is another lets the beginning creep.
        """
        self._samples += samples
        began_ns = now_ns - self._samples * _NS // SAMPLE_RATE
        if not self._began_ns:
            self._began_ns = began_ns
        else:
            crept = self._began_ns + int((now_ns - self._seen_ns) * _DRIFT)
            self._began_ns = min(began_ns, crept)
        self._seen_ns = now_ns

    def _at_ns(self, ms: float) -> int:
        """When a moment of the sound was; never before the one told last."""
        self._last_ns = max(self._last_ns, self._began_ns + int(ms * 1_000_000))
        return self._last_ns

    # -- notes -------------------------------------------------------------------------------------------------------

    def _begin(self, begun: list[Struck]) -> Iterator[Heard]:
        for note in begun:
            at_ns = self._at_ns(note.onset_ms)
            if note.pitch in self._down:
                yield Heard(False, note.pitch, 0, at_ns)
            self._down[note.pitch] = note.onset_ms
            yield Heard(True, note.pitch, note.velocity, at_ns)

    def _end(self) -> Iterator[Heard]:
        over = self._transcriber.over
        for note in over[self._over :]:
            if self._down.get(note.pitch) == note.onset_ms:  # else it was struck again, and ended by that
                del self._down[note.pitch]
                end_ms = note.onset_ms + note.duration_ms
                yield Heard(False, note.pitch, 0, self._began_ns + int(end_ms * 1_000_000))
        self._over = len(over)

    def _hush(self, now_ns: int) -> list[Heard]:
        down, self._down = self._down, {}
        return [Heard(False, pitch, 0, now_ns) for pitch in down]
