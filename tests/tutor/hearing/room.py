"""A room made otherwise than those that were learnt in: echoes of a box by the image method, hiss, and other people.

Source: Allen & Berkley, "Image method for efficiently simulating small-room acoustics" (1979).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_SPEED_M_S = 343.0
SNR_DB = 15.0


def response(random: np.random.Generator) -> NDArray[np.float64]:
    """Of a classroom or a living room, the microphone one to three metres away. Shapes: (n,)."""
    size = random.uniform((3.0, 3.0, 2.4), (8.0, 7.0, 3.2))
    source = size * random.uniform(0.2, 0.45, 3)
    ear = np.clip(source + random.uniform(0.6, 1.8, 3), 0.3, size - 0.3)
    kept = random.uniform(0.7, 0.85)
    out = np.zeros(int(RATE * 0.7))
    reach = 9
    for shifts in product(range(-reach, reach + 1), repeat=3):
        for mirrored in product((0, 1), repeat=3):
            image = (1 - 2 * np.array(mirrored)) * source + 2 * np.array(shifts) * size
            bounces = sum(abs(2 * shift - flip) for shift, flip in zip(shifts, mirrored, strict=True))
            away = float(np.linalg.norm(image - ear))
            place = int(away / _SPEED_M_S * RATE)
            if place < len(out):
                out[place] += kept**bounces / away
    first = int(np.flatnonzero(out)[0])
    return out[first:] / np.sqrt(np.sum(out**2))


def noisy(sound: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """The sound in that room, 15 dB above pink noise and murmuring. Shapes: (n,) in and out, at `RATE`."""
    random = np.random.default_rng([7, seed])
    heard = np.convolve(sound, response(random))[: len(sound)] if len(sound) < RATE else _long(sound, response(random))
    noise = _pink(len(sound), random) + 0.7 * _murmur(len(sound), random)
    noise *= np.sqrt(np.mean(heard**2) / np.mean(noise**2)) * 10.0 ** (-SNR_DB / 20.0)
    return (heard + noise).astype(np.float32)


def _long(sound: NDArray[np.float32], wet: NDArray[np.float64]) -> NDArray[np.float64]:
    size = 1 << int(np.ceil(np.log2(len(sound) + len(wet))))
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(wet, size), size)[: len(sound)]


def _pink(size: int, random: np.random.Generator) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(random.standard_normal(size)) / np.sqrt(np.arange(1, size // 2 + 2))
    noise = np.fft.irfft(spectrum, size)
    return noise / np.sqrt(np.mean(noise**2))


def _murmur(size: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Something like voices next door: three gliding tones with overtones, in syllables."""
    total = np.zeros(size)
    for _ in range(3):
        knots = np.arange(0, size + RATE, RATE // 4)
        pitch = np.interp(np.arange(size), knots, random.uniform(90, 240, len(knots)))
        loud = np.interp(np.arange(size), knots, random.uniform(0, 1, len(knots)) ** 2)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        total += loud * sum(np.sin(k * phase) / k for k in range(1, 12))
    return total / np.sqrt(np.mean(total**2) + 1e-12)
