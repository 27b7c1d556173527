"""Hears what is in the WAV that the engine wrote: which pitch, from which frame on, how loud."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
HEADER_BYTES = 44
PIANO = range(33, 97)


def read(path: Path, start: int, frames: int) -> NDArray[np.float64]:
    """Frames from `start`, both channels added, −2 … 2. The file may still be growing: what is missing is not there."""
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
        channels, rate = struct.unpack_from("<HI", header, 22)
        width = struct.unpack_from("<H", header, 34)[0] // 8
        assert (channels, rate) == (2, RATE)
        file.seek(HEADER_BYTES + start * width * channels)
        block = file.read(frames * width * channels)
    whole = len(block) // (width * channels) * width * channels
    padded = np.zeros((whole // width, 4), np.uint8)
    padded[:, 4 - width :] = np.frombuffer(block[:whole], np.uint8).reshape(-1, width)
    samples = padded.view("<i4")[:, 0].astype(np.float64) / 2**31
    return np.asarray(samples.reshape(-1, 2).sum(axis=1))


def frames_in(path: Path) -> int:
    """How many frames the file holds so far."""
    with path.open("rb") as file:
        width = int(struct.unpack_from("<H", file.read(HEADER_BYTES), 34)[0]) // 8
    return (path.stat().st_size - HEADER_BYTES) // (2 * width)


def loudness(samples: NDArray[np.float64]) -> float:
    """RMS."""
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def pitch_of(samples: NDArray[np.float64]) -> int:
    """The MIDI pitch whose first partials hold most of the sound; for one note at a time."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 17))
    step = RATE / (1 << 17)
    scores = {}
    for pitch in PIANO:
        fundamental = 440 * 2 ** ((pitch - 69) / 12)
        score = 0.0
        for partial, weight in ((1, 1.0), (2, 0.6), (3, 0.4), (4, 0.3)):
            at = int(fundamental * partial / step)
            reach = max(2, int(at * 0.012))
            score += weight * float(spectrum[at - reach : at + reach + 1].max())
        # An octave below shares every other partial: what it has of its own has to be there.
        at = int(fundamental / step)
        reach = max(2, int(at * 0.012))
        scores[pitch] = score * float(spectrum[at - reach : at + reach + 1].max()) ** 0.5
    return max(scores, key=lambda pitch: scores[pitch])


def holds(samples: NDArray[np.float64], pitch: int) -> bool:
    """Whether the sound has a peak at the fundamental of `pitch`; also in chords."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 17))
    at = 440 * 2 ** ((pitch - 69) / 12) * (1 << 17) / RATE
    low = int(at * 0.972)
    around = spectrum[low : int(at * 1.029)]
    peak = int(np.argmax(around))
    # The slope of a neighbour's peak rises towards the neighbour: its highest place is the border.
    return abs(low + peak - at) < 0.009 * at and float(around[peak]) > 0.02 * float(spectrum.max())


def onset(path: Path, near: int, reach: int = RATE // 20) -> int | None:
    """The frame at which a sound begins after silence within `reach` of `near`; None when none does."""
    start = max(0, near - reach)
    samples = np.abs(read(path, start, 2 * reach))
    if not len(samples):
        return None
    loud = samples > max(1e-5, 0.02 * float(samples.max()))
    return start + int(np.argmax(loud)) if loud.any() else None
