"""How many voices and note-ons fit into a block: a table made once at start, never the clock while it plays.

Decisions that read a clock would make every run sound different, and would come too late. The table says what a block
costs before it is rendered; offline rendering uses a fixed one, so that the same file gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mos_appliance.engine.ports import Synth
from mos_appliance.units import GRID_FRAMES, SAMPLE_RATE

SHARE: Final = 0.72
"""Share of a block's time that what goes on sounding may take: 36 voices at half of a Cortex-A53's speed. The rest is
for the kernel, the cable, the limiter's attacks and what nobody foresaw. A block that is dearer once (an attack, a
chord) lives on the device's second period."""
BURST_SHARE: Final = 0.25
"""Share of a block's time up to which note-ons fill it. Not more: a burst goes on for many blocks, and what brings it
(kernel, cable, hub) is at work then on the other cores, for the same memory."""
PATIENCE: Final = 0.25
"""Share of a block's time that is waited for keys at most, before a block is made."""
UNWAITED: Final = 0.8
"""What goes on sounding and the wait together take no more of a block's time: a slow machine waits for nothing."""
FADING_VOICES: Final = 10
"""Voices that may still fade beyond the polyphony."""
MOST_VOICES: Final = 72
"""However quick the machine seems: all of them, and those that fade, leave a Cortex-A53 half of its block."""
FEWEST_VOICES: Final = 16
MOST_STARTS: Final = 16
FEWEST_STARTS: Final = 1
"""Note-ons that every chunk takes, however dear."""
_ROUNDS: Final = 24
_PROBE_NOTES: Final = 24
_PROBE_FADES: Final = 8
PROBE_CHANNEL: Final = 49
"""Synth channel of what calibration strikes."""
_LOWEST_PROBE: Final = 30
_FADE_ROUNDS: Final = 24
"""More than the 26 ms in which the synthesiser surely has ended a note."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """What things cost on this machine. Units: ns for one chunk of 64 frames."""

    base_ns: int
    """A chunk in which nothing sounds."""
    voice_ns: int
    start_ns: int
    """A note-on, from the keyboard's port to the voice."""
    fade_ns: int
    """What a note-on costs more when another note has to give way for it."""
    extra_ns: int
    """What the limiter and the mixer cost while they hold down what is too loud."""
    most_voices: int = MOST_VOICES

    def voices(self, chunk_frames: int = GRID_FRAMES) -> int:
        """Voices that may go on sounding.

        A chunk of 48 frames has less time, and most of them cost as much: FluidSynth renders 64 frames or none.
        """
        room = SHARE * _time_ns(chunk_frames) - self.base_ns - self.extra_ns - FEWEST_STARTS * self.start_ns
        return max(FEWEST_VOICES, min(self.most_voices, int(room / max(1, self.voice_ns)) - FADING_VOICES))

    def room_ns(self, chunk_frames: int, voices: int) -> int:
        """Time for starts in a chunk in which so many voices sound; what does not fit waits for the next one.

        At least that of `FEWEST_STARTS` and at most that of `MOST_STARTS`.
        """
        room = int(BURST_SHARE * _time_ns(chunk_frames)) - self.base_ns - voices * self.voice_ns
        return max(FEWEST_STARTS * self.start_ns, min(MOST_STARTS * self.start_ns, room))

    def patience_ns(self, chunk_frames: int) -> int:
        """How long keys may be waited for before a chunk is made, were as many voices sounding as may.

        A machine that has no time for the most voices has none to wait.
        """
        voices = self.voices(chunk_frames) + FADING_VOICES
        if voices < self.most_voices + FADING_VOICES:
            return 0
        dearest = self.base_ns + self.extra_ns + voices * self.voice_ns + FEWEST_STARTS * self.start_ns
        time_ns = _time_ns(chunk_frames)
        return max(0, min(int(PATIENCE * time_ns), int(UNWAITED * time_ns) - dearest))


def _time_ns(chunk_frames: int) -> int:
    return chunk_frames * 1_000_000_000 // SAMPLE_RATE


OFFLINE: Final = CostTable(base_ns=0, voice_ns=0, start_ns=1, fade_ns=0, extra_ns=0, most_voices=240)
"""For rendering to a file: nothing can come too late, so the limits are the table's largest."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What calibration sets to work on this machine."""

    render: Callable[[], None]
    """Renders one 64-frame chunk of the synthesiser."""
    hold_down: Callable[[], None]
    """Mixes and limits one chunk that is too loud."""
    strike: Callable[[int], None]
    """Strikes a key softly, all the way from a keyboard to `PROBE_CHANNEL`."""
    clock: Callable[[], int]
    """Monotonic ns."""

    def lowest(self, work: Callable[[], None]) -> int:
        """The lowest of several runs: everything above it is somebody else's time."""
        return min(self._timed(work) for _ in range(_ROUNDS))

    def struck(self, keys: range) -> int:
        """The lowest time of striking a key. The first start of an instrument touches memory that is cold."""
        times = []
        for key in keys:
            start = self.clock()
            self.strike(key)
            times.append(self.clock() - start)
        return min(times)

    def _timed(self, work: Callable[[], None]) -> int:
        start = self.clock()
        work()
        return self.clock() - start


def calibrate(synth: Synth, probe: Probe) -> CostTable:
    """Measure this machine at start, before the first block, on the synthesiser as it will be used.

    Notes may still be ending, polyphony and controllers are anyhow: the caller sets the instrument up afterwards.
    """
    base_ns = probe.lowest(probe.render)
    for effect in (91, 93):
        # No tail of the probe may be left in reverb or chorus when the first real block sounds.
        synth.midi(PROBE_CHANNEL, 0xB0, effect, 0)
    keys = range(_LOWEST_PROBE, _LOWEST_PROBE + _PROBE_NOTES)
    start_ns = probe.struck(keys)
    voices = max(1, synth.voices())
    voice_ns = max(0, probe.lowest(probe.render) - base_ns) // voices
    fade_ns = max(0, _struck_at_the_limit(synth, probe, keys.stop) - start_ns)
    hold_ns = probe.lowest(probe.hold_down)
    synth.reset()
    for _ in range(_FADE_ROUNDS):
        probe.render()
    return CostTable(base_ns, voice_ns, start_ns, fade_ns, hold_ns)


def _struck_at_the_limit(synth: Synth, probe: Probe, first_key: int) -> int:
    """The lowest time of striking a key for which another has to give way."""
    synth.set_polyphony(max(1, synth.voices()))
    times = []
    for key in range(first_key, first_key + _PROBE_FADES):
        times.append(probe.struck(range(key, key + 1)))
        probe.render()
    return min(times)
