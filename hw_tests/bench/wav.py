"""What was heard: WAV files read while they grow, and where in them a key began to sound.

Keys are found in a chord of any size because they sound at 16 kHz (the bench's own soundfont) and the chord below
1.1 kHz: a sixth difference weakens 1 kHz by 106 dB against 16 kHz, and being causal it moves no onset.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mos_appliance.wire.rings import HEADER_BYTES, Word

RATE = 48_000
KEY_HZ = 16_000.0
_METRONOME = ((7622.0, 135), (5716.5, 112), (4532.0, 82))
"""Highest mode of each click of `mos_appliance.engine.clicks`: Hz, frames in which it decays to 1/e."""


def _key_filter() -> NDArray[np.float64]:
    """Sixth difference, and a zero for each mode of the metronome that would come through it."""
    taps = np.array([1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0])
    for frequency, decay in _METRONOME:
        radius, turn = np.exp(-1 / decay), np.cos(2 * np.pi * frequency / RATE)
        taps = np.convolve(taps, [1.0, -2 * radius * turn, radius * radius])
    return taps


_KEY_FILTER = _key_filter()
_KEY_GAIN = float(np.abs(np.polyval(_KEY_FILTER[::-1], np.exp(-2j * np.pi * KEY_HZ / RATE))))
_SPAN = 24
"""Frames over which the key's tone is looked for: eight waves."""
_RISE = 72
"""A key reaches a quarter of its level within so many frames: FluidSynth fades notes in over 64."""


def read_frames(path: Path) -> NDArray[np.int16]:
    """The frames of a 16-bit stereo WAV, complete or still written. Shapes: (frames, 2)."""
    content = path.read_bytes()
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        if name == b"data":
            samples = np.frombuffer(content[at + 8 :], "<i2")
            return samples[: len(samples) // 2 * 2].reshape(-1, 2)
        at += 8 + length + (length & 1)
    return np.zeros((0, 2), np.int16)


def ring_blocks(content: bytes, head: int) -> tuple[int, NDArray[np.int16]]:
    """The number of the first and all blocks of an output ring of 16 bits that stood still while it was read.

    `content` is a copy that began when `head` blocks were complete. Shapes: (blocks, frames, 2).
    """
    words = np.frombuffer(content, "<u8", 8)
    count, frames = int(words[Word.BLOCKS]), int(words[Word.BLOCK_FRAMES])
    blocks = np.frombuffer(content, "<i2", count * frames * 2, HEADER_BYTES).reshape(count, frames, 2)
    first = max(0, head - count * 3 // 4)
    return first, blocks[np.arange(first, head) % count]


def place_of(sound: NDArray[np.int16], frames: NDArray[np.int16]) -> int | None:
    """Where in `frames` exactly that sound stands last. Shapes: (n, 2) both."""
    at = frames.tobytes().rfind(sound.tobytes())
    while at > 0 and at % 4:
        at = frames.tobytes().rfind(sound.tobytes(), 0, at + sound.nbytes - 1)
    return None if at < 0 else at // 4


def _key_level(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Amplitude of the key's tone in the `_SPAN` frames that end at each frame."""
    turning = signal * np.exp(-2j * np.pi * KEY_HZ / RATE * np.arange(len(signal)))
    window = np.hanning(_SPAN + 2)[1:-1]
    return 2 * np.abs(np.convolve(turning, window / window.sum()))[: len(signal)]


def key_onset(signal: NDArray[np.float64], start: int, end: int) -> int | None:
    """The frame in [start, end) at which a key begins to sound; None when none does.

    The tone must rise in that range to a level well above what sounds before `start`; its first frame is then where
    the filtered signal leaves the background for good.
    """
    first = max(0, start - 4 * _SPAN)
    part = signal[first : end + 8 * _SPAN]
    level = _key_level(part)
    before = level[_SPAN : start - first].max(initial=0.0)
    peak = level[start - first : end - first + 3 * _SPAN].max(initial=0.0)
    if peak < max(8 * before, 64.0):
        return None
    risen = start - first + int(np.argmax(level[start - first :] > peak / 4))
    rough = np.abs(np.convolve(part, _KEY_FILTER))[: len(part)]
    background = max(rough[len(_KEY_FILTER) : start - first].max(initial=0.0), 1.0)
    threshold = max(1.5 * background, _KEY_GAIN * peak / 2000)
    onset = _edge(rough, risen, threshold)
    found = first + onset
    return found if start <= found < end else None


def _edge(rough: NDArray[np.float64], risen: int, threshold: float) -> int:
    """Back from `risen` to where it became loud for good; a metronome's click just before asks for more loudness."""
    earliest = max(risen - _RISE, 4)
    recent = np.array([rough[index - 4 : index + 1].max() for index in range(earliest, risen + 1)])
    while (recent > threshold).all() and threshold < recent[-1]:
        threshold *= 1.5
    quiet = np.flatnonzero(recent <= threshold)
    return earliest + (int(quiet[-1]) + 1 if len(quiet) else 0)


def onsets(frames: NDArray[np.int16], expected: NDArray[np.int64], reach: int) -> list[int | None]:
    """For each frame at which a key was pressed, the frame of its onset within `reach` frames."""
    signal = frames.astype(np.float64).mean(axis=1)
    return [key_onset(signal, int(at), int(at) + reach) for at in expected]


def true_peak_dbfs(frames: NDArray[np.int16]) -> float:
    """Peak between the samples, 8 times oversampled (ITU-R BS.1770-5, annex 2), in dB of full scale."""
    taps = 24
    highest = 0.0
    for phase in range(8):
        position = np.arange(-taps, taps) + phase / 8
        kernel = np.sinc(position) * np.cos(np.pi * position / (2 * taps)) ** 2
        for channel in range(2):
            highest = max(highest, float(np.abs(np.convolve(frames[:, channel] / 32768.0, kernel)).max(initial=0.0)))
    return float(20 * np.log10(max(highest, 1e-9)))


def longest_silence(frames: NDArray[np.int16], level: int = 2) -> int:
    """The longest stretch, in frames, in which nothing is louder than `level`."""
    loud = np.flatnonzero(np.abs(frames.astype(np.int32)).max(axis=1) > level)
    edges = np.concatenate(([-1], loud, [len(frames)]))
    return int(np.diff(edges).max()) - 1
