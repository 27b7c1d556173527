"""A synthesiser with an ear: renders blocks as the engine does and measures what comes out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.ports import FRAME_STRIDE_FLOATS, Synth
from mos_appliance.units import GRID_FRAMES, SAMPLE_RATE

SILENCE_DB = -200.0


class Listener:
    """Plays `synth` and hears it."""

    def __init__(self, synth: Synth) -> None:
        self.synth = synth
        self._bed = np.zeros((GRID_FRAMES, FRAME_STRIDE_FLOATS), np.float32)

    def hear(self, blocks: int) -> NDArray[np.float32]:
        """Shapes: (blocks × 64, 2)."""
        address = self._bed.ctypes.data
        right = FRAME_STRIDE_FLOATS // 2
        heard = np.empty((blocks * GRID_FRAMES, 2), np.float32)
        for block in range(blocks):
            self.synth.render(address, address + 4 * right, GRID_FRAMES)
            heard[block * GRID_FRAMES : (block + 1) * GRID_FRAMES] = self._bed[:, [0, right]]
        return heard

    def on(self, key: int, velocity: int = 100, channel: int = 0) -> int:
        return self.synth.midi(channel, 0x90, key, velocity)

    def off(self, key: int, channel: int = 0) -> None:
        self.synth.midi(channel, 0x80, key, 0)

    def control(self, controller: int, value: int, channel: int = 0) -> None:
        self.synth.midi(channel, 0xB0, controller, value)

    def program(self, program: int, channel: int = 0, bank: int = 0) -> None:
        self.control(0, bank, channel)
        self.synth.midi(channel, 0xC0, program, 0)

    def parameter(self, number: int, msb: int, lsb: int = 0, channel: int = 0) -> None:
        """A registered parameter."""
        for controller, value in ((101, 0), (100, number), (38, lsb), (6, msb)):
            self.control(controller, value, channel)


def level_db(heard: NDArray[np.float32]) -> float:
    """Root mean square in dBFS."""
    power = float(np.mean(np.square(heard, dtype=np.float64)))
    return 10 * np.log10(power) if power else SILENCE_DB


def pitch_hz(heard: NDArray[np.float32]) -> float:
    """Frequency of the strongest partial, interpolated between bins: exact to a few millionths for a steady sine."""
    wave = heard[:, 0] * np.hanning(len(heard))
    spectrum = np.abs(np.fft.rfft(wave, 8 * len(wave)))
    peak = int(spectrum.argmax())
    below, at, above = np.log(spectrum[peak - 1 : peak + 2])
    return float((peak + 0.5 * (below - above) / (below - 2 * at + above)) * SAMPLE_RATE / (8 * len(wave)))


def decay_db_s(heard: NDArray[np.float32]) -> float:
    """How fast it dies away, in dB a second."""
    part = len(heard) // 5
    span = (len(heard) - part) / SAMPLE_RATE
    return (level_db(heard[:part]) - level_db(heard[-part:])) / span


def largest_step(heard: NDArray[np.float32]) -> float:
    """Largest change from a frame to the next: what a click is."""
    return float(np.abs(np.diff(heard[:, 0])).max())
