"""Rooms, microphones and noise, drawn by chance: what lies between an instrument and what is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000


@dataclass(frozen=True)
class Room:
    """Units: `decay_s` until the room is 60 dB down; `direct_db` the direct sound over the room's; `snr_db`."""

    decay_s: float
    direct_db: float
    snr_db: float
    colour: float
    """The noise's fall with frequency: 0 white, 1 pink, 2 brown."""
    hum: bool = False


def draw_room(random: np.random.Generator) -> Room:
    """A room in which a child might practise."""
    return Room(
        decay_s=float(random.uniform(0.15, 0.9)),
        direct_db=float(random.uniform(-3.0, 12.0)),
        snr_db=float(random.uniform(8.0, 35.0)),
        colour=float(random.uniform(0.0, 1.8)),
        hum=bool(random.random() < 0.3),
    )


def in_room(sound: NDArray[np.float32], room: Room, random: np.random.Generator) -> NDArray[np.float32]:
    """The sound as a microphone in the room hears it. Shapes: (n,) in and out."""
    heard = _convolve(sound, _response(room, random))
    heard = _coloured(heard, random)
    loud = np.sqrt(np.mean(np.square(heard)) + 1e-12)
    noise = _noise(len(heard), room, random)
    return (heard + noise * loud * 10.0 ** (-room.snr_db / 20.0)).astype(np.float32)


def _response(room: Room, random: np.random.Generator) -> NDArray[np.float64]:
    """The direct sound, some early echoes, and a tail of noise that dies away, high frequencies first."""
    length = int(RATE * room.decay_s)
    time = np.arange(length) / RATE
    tail = random.standard_normal(length) * 10.0 ** (-3.0 * time / room.decay_s)
    dull = random.standard_normal(length) * 10.0 ** (-3.0 * time / room.decay_s)
    tail = np.convolve(dull, np.ones(4) / 4, "same") + 0.5 * tail * np.exp(-time * 6 / room.decay_s)
    tail[: int(RATE * 0.004)] = 0.0
    for _ in range(random.integers(3, 9)):
        tail[random.integers(RATE // 500, max(RATE // 25, RATE // 500 + 1)) % length] += random.uniform(-0.7, 0.7) * 6
    tail /= np.sqrt(np.sum(tail**2)) + 1e-9
    tail *= 10.0 ** (-room.direct_db / 20.0)
    tail[0] = 1.0
    return np.asarray(tail / np.sqrt(np.sum(tail**2)))


def _coloured(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Through a microphone whose response is not flat: a smooth curve of ±5 dB, weak at both ends."""
    size = len(sound)
    spectrum = np.fft.rfft(sound)
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0) / 20.0)
    knots = np.arange(10)
    curve = random.uniform(-5.0, 5.0, 10)
    curve[0] -= random.uniform(0.0, 15.0)
    curve[-1] -= random.uniform(0.0, 8.0)
    gain = 10.0 ** (np.interp(octave, knots, curve) / 20.0)
    return np.fft.irfft(spectrum * gain, size).astype(np.float32)


def _noise(size: int, room: Room, random: np.random.Generator) -> NDArray[np.float64]:
    """Of power 1: coloured, in slow waves, with knocks, perhaps with hum."""
    white = np.fft.rfft(random.standard_normal(size))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 30.0)
    noise = np.fft.irfft(white * (frequency / 1000.0) ** (-room.colour / 2.0), size)
    noise /= np.sqrt(np.mean(noise**2)) + 1e-12
    waves = np.interp(np.arange(size), np.arange(0, size + RATE, RATE), random.uniform(0.5, 1.4, size // RATE + 2))
    noise *= waves
    if room.hum:
        mains = random.choice((50.0, 60.0)) * np.arange(size) / RATE
        noise += sum(random.uniform(0, 0.5) * np.sin(2 * np.pi * k * mains) for k in (1, 2, 3, 5))
    for _ in range(int(random.poisson(size / RATE / 6.0))):
        place = int(random.integers(0, max(1, size - 800)))
        knock = random.standard_normal(800) * np.exp(-np.arange(800) / random.uniform(30, 250))
        noise[place : place + 800] += knock[: size - place] * random.uniform(1.0, 6.0)
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-12))


def _convolve(sound: NDArray[np.float32], response: NDArray[np.float64]) -> NDArray[np.float32]:
    size = 1 << int(np.ceil(np.log2(len(sound) + len(response))))
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    return wet[: len(sound)].astype(np.float32)
