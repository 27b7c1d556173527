"""A score through the very same engine, as fast as it can: for `mos render`, takes as WAV, tests and benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic_ns
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.fluidsynth import FluidSynth
from drivers.simulated import WavSink
from drivers.soundfont import ready as ready_soundfont
from mos_appliance.app.engine_rings import samples_in
from mos_appliance.app.settings import cache_directory
from mos_appliance.engine.costs import OFFLINE
from mos_appliance.engine.instrument import Engine
from mos_appliance.engine.mixer import chunk_frames_of
from mos_appliance.engine.panel import Panel
from mos_appliance.engine.statistics import decibels
from mos_appliance.engine.true_peak import TruePeak
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.records import TransportState
from mos_appliance.wire.song import Song, encode_song

CHANNELS: Final = 2
LONGEST_TAIL_S: Final = 10.0
"""How long the last notes and the reverb may ring after the song's end."""
SILENT: Final = 2e-5
"""Below −94 dBFS for `QUIET_S` it is over."""
QUIET_S: Final = 0.25
STRETCH_FRAMES: Final = 12_288
"""A whole number of blocks of every size."""


@dataclass
class Rendering:
    """What came of it. Units: as their names say; costs are of one block, in µs."""

    frames: int = 0
    peak: float = 0.0
    true_peak: float = 0.0
    voices_max: int = 0
    voices_shed: int = 0
    elapsed_s: float = 0.0
    chunks_a_block: int = 1
    chunk_ns: list[tuple[int, int]] = field(default_factory=list)
    """What chunks cost, and how many of them in a row cost that."""

    def as_json(self) -> dict[str, object]:
        """The keys of `docs`' contract for `mos render --json`."""
        costs = self._block_us()
        last = len(costs) - 1
        at = {"p50": len(costs) // 2, "p99": int(last * 0.99), "p999": int(last * 0.999), "max": last}
        return {
            "frames": self.frames,
            "peak_dbfs": round(decibels(self.peak), 2),
            "true_peak_dbtp": round(decibels(self.true_peak), 2),
            "voices_max": self.voices_max,
            "voices_shed": self.voices_shed,
            "speed_x": round(self.frames / SAMPLE_RATE / max(self.elapsed_s, 1e-9), 2),
            "block_us": {name: round(float(costs[place]), 1) for name, place in at.items()},
        }

    def _block_us(self) -> NDArray[np.float64]:
        """Costs of the blocks, in ascending order."""
        rows = np.array(self.chunk_ns or [(0, self.chunks_a_block)], np.int64)
        chunks = np.repeat(rows[:, 0], rows[:, 1])
        blocks = chunks[: len(chunks) // self.chunks_a_block * self.chunks_a_block].reshape(-1, self.chunks_a_block)
        return np.sort(blocks.sum(axis=1)) / 1000


def offline_panel() -> Panel:
    """The panel of a rendering: full volume, no cap, everything else as the appliance starts."""
    return Panel({"volume": [100.0], "volume_cap": [0.0]})


def render(
    song: Song,
    out: Path,
    *,
    block: int,
    bits: int,
    progress: Callable[[float], None] | None = None,
    panel: Panel | None = None,
) -> Rendering:
    """Render `song` into the WAV file `out`, whole or not at all. `progress` is told the share done, 0–1.

    Errors: `Unavailable` without synthesiser or soundfont, or when the file cannot be written.
    """
    part = out.with_name(out.name + ".part")
    # The file is written a stretch at a time: a device's blocks are the engine's business, not the disk's.
    sink = WavSink(part, period=STRETCH_FRAMES, bits=bits, paced=False)
    try:
        rendering = _render(song, sink, block, panel or offline_panel(), progress)
        sink.close()
        part.replace(out)
    finally:
        sink.close()
        part.unlink(missing_ok=True)
    return rendering


def _render(song: Song, sink: WavSink, block: int, panel: Panel, progress: Callable[[float], None] | None) -> Rendering:
    synth = FluidSynth(ready_soundfont(cache_directory()), whole=False)
    engine = Engine(synth, panel, OFFLINE, sample_bytes=sink.sample_bytes)
    engine.play_into(chunk_frames_of(block), sink.sample_bytes)
    engine.mixer.gain = engine.mixer.target
    engine.loader.begin(memoryview(encode_song(song)), 1)
    engine.loader.finish()
    engine.transport.play(0)
    stretch = Stretch(sink.sample_bytes)
    meter = TruePeak(CHANNELS, engine.mixer.full_scale)
    result = Rendering(chunks_a_block=block // chunk_frames_of(block))
    start = monotonic_ns()
    quiet, tail_ends = 0.0, -1
    while quiet < QUIET_S and (tail_ends < 0 or engine.frame < tail_ends):
        stretch.render(engine, sink, result)
        peak = meter.add(stretch.samples)
        if engine.transport.state == TransportState.STOPPED:
            quiet = quiet + stretch.seconds if peak < SILENT else 0.0
            tail_ends = engine.frame + int(LONGEST_TAIL_S * SAMPLE_RATE) if tail_ends < 0 else tail_ends
        if progress:
            progress(min(1.0, engine.transport.tick(engine.frame) / max(1, song.end_tick)))
    result.frames = engine.frame
    result.elapsed_s = (monotonic_ns() - start) / 1e9
    result.true_peak = meter.value()
    result.peak = meter.sample_peak
    result.voices_shed = engine.shed + engine.keyboard.shed
    return result


class Stretch:
    """A quarter of a second, rendered and then measured in one go."""

    def __init__(self, sample_bytes: int) -> None:
        count = STRETCH_FRAMES * CHANNELS
        self.seconds = STRETCH_FRAMES / SAMPLE_RATE
        self._flat = samples_in(bytearray(count * sample_bytes), count, sample_bytes)
        self._address = int(self._flat.ctypes.data)
        self.samples = self._flat.reshape(-1, CHANNELS)
        """What it holds. Shapes: (frames, 2)."""

    def render(self, engine: Engine, sink: WavSink, result: Rendering) -> None:
        """Fill it as the appliance does; chunks in which nothing happens share one call and its cost."""
        samples, run, costs = self._flat, engine.run, result.chunk_ns
        done, chunk_samples = 0, engine.mixer.frames * CHANNELS
        while done < len(samples):
            began = monotonic_ns()
            count = run(samples[done:])
            costs.append(((monotonic_ns() - began) // count, count))
            done += count * chunk_samples
            result.voices_max = max(result.voices_max, engine.synth.voices())
        sink.write(self._address)
        engine.outbox.clear()
