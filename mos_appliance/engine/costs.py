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

SHARE: Final = 0.80
"""Share of a block's time that sound may take; the rest is for the kernel, the cable and what nobody foresaw."""
START_SHARE: Final = 0.12
"""Share of a block's time that note-ons may take."""
FADING_VOICES: Final = 16
"""Voices that may still fade beyond the polyphony."""
MOST_VOICES: Final = 96
FEWEST_VOICES: Final = 16
MOST_STARTS: Final = 16
FEWEST_STARTS: Final = 1
_ROUNDS: Final = 24
_PROBE_NOTES: Final = 24
_PROBE_CHANNEL: Final = 0
_FADE_ROUNDS: Final = 16
"""More than the 16 ms in which the synthesiser ends a note."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """What things cost on this machine. Units: ns for one chunk of 64 frames; a start is one note-on."""

    base_ns: int
    voice_ns: int
    start_ns: int
    extra_ns: int
    """What everything but the synthesiser may cost at worst: limiter, clicks, speech, records."""
    most_voices: int = MOST_VOICES

    def voices(self, chunk_frames: int = GRID_FRAMES) -> int:
        """Voices that fit beside the largest number of starts.

        A chunk of 48 frames has less time, and most of them cost as much: FluidSynth renders 64 frames or none.
        """
        room = SHARE * _time_ns(chunk_frames) - self.base_ns - self.extra_ns - self.starts(chunk_frames) * self.start_ns
        return max(FEWEST_VOICES, min(self.most_voices, int(room / max(1, self.voice_ns)) - FADING_VOICES))

    def starts(self, chunk_frames: int = GRID_FRAMES) -> int:
        """Note-ons that one chunk takes; more wait for the next one, 1.3 ms later."""
        return max(FEWEST_STARTS, min(MOST_STARTS, int(START_SHARE * _time_ns(chunk_frames) / max(1, self.start_ns))))


def _time_ns(chunk_frames: int) -> int:
    return chunk_frames * 1_000_000_000 // SAMPLE_RATE


OFFLINE: Final = CostTable(base_ns=0, voice_ns=1, start_ns=1, extra_ns=0, most_voices=240)
"""For rendering to a file: nothing can come too late, so the limits are the table's largest."""


def calibrate(
    synth: Synth, render: Callable[[], None], extra: Callable[[], None], clock: Callable[[], int]
) -> CostTable:
    """Measure this machine at start, before the first block, on the synthesiser as it will be used.

    `render` renders one 64-frame chunk of the synthesiser, `extra` does the rest of the engine's dearest chunk, `clock`
    tells monotonic ns. The lowest of several runs counts: everything above it is somebody else's time.
    """

    def lowest(work: Callable[[], None]) -> int:
        best = 1 << 62
        for _ in range(_ROUNDS):
            start = clock()
            work()
            best = min(best, clock() - start)
        return best

    base_ns = lowest(render)
    for effect in (91, 93):
        # No tail of the probe may be left in reverb or chorus when the first real block sounds.
        synth.midi(_PROBE_CHANNEL, 0xB0, effect, 0)
    start_ns = 1 << 62
    for key in range(_PROBE_NOTES):
        start = clock()
        synth.midi(_PROBE_CHANNEL, 0x90, 36 + 2 * key, 1)
        # The first start of an instrument touches memory that later ones find in the cache.
        if key >= _PROBE_NOTES // 2:
            start_ns = min(start_ns, clock() - start)
    voices = max(1, synth.voices())
    voice_ns = max(0, lowest(render) - base_ns) // voices
    extra_ns = lowest(extra)
    synth.reset()
    for _ in range(_FADE_ROUNDS):
        render()
    return CostTable(base_ns, voice_ns, start_ns, extra_ns)
