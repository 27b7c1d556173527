"""The sound of the metronome: three short woody knocks, made once, added to the mix at their exact frame."""

from __future__ import annotations

from math import tau
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.metronome import ACCENT, BEAT, SUBDIVISION
from mos_appliance.units import SAMPLE_RATE

Sound = NDArray[np.float32]
"""Shapes: (frames, 2)."""

AT_ONCE: Final = 4
"""Clicks that may sound together; a further one takes the place of the oldest."""
PEAK: Final = 0.5
"""Peak of an accent at a gain of 1; the other clicks are softer."""

_MODES: Final = ((1.0, 1.0, 1.0), (2.71, 0.45, 1.7), (5.15, 0.2, 3.2))
"""A struck wooden bar: frequency, strength and decay of its modes, relative to the first.
Source: Fletcher and Rossing, The Physics of Musical Instruments, 2nd ed., section 19.1 (modes of a bar, undercut)."""
_VOICES: Final = {
    ACCENT: (1480.0, 0.0090, 1.0),
    BEAT: (1110.0, 0.0075, 0.7),
    SUBDIVISION: (880.0, 0.0055, 0.35),
}
"""Pitch in Hz, time constant of the first mode in s, peak relative to an accent."""
_LENGTH_S: Final = 0.06
_ATTACK_S: Final = 0.0004


def synthesise(level: int, rate: int = SAMPLE_RATE) -> Sound:
    """The click of a level at a gain of 1: begins and ends at zero, has no DC."""
    pitch, decay_s, loudness = _VOICES[level]
    frames = round(_LENGTH_S * rate)
    time = np.arange(frames) / rate
    wave = np.zeros(frames)
    for frequency, strength, speed in _MODES:
        wave += strength * np.sin(tau * pitch * frequency * time) * np.exp(-time * speed / decay_s)
    window = np.ones(frames)
    attack = round(_ATTACK_S * rate)
    window[:attack] = 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    half = frames // 2
    window[half:] = 0.5 + 0.5 * np.cos(np.pi * np.arange(frames - half) / (frames - half - 1))
    wave *= window
    envelope = window * np.exp(-time / decay_s)
    wave -= envelope * (wave.sum() / envelope.sum())
    wave *= PEAK * loudness / np.abs(wave).max()
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


class Clicks:
    """Clicks that sound now. `mix` costs one NumPy call for each; nothing is allocated that stays."""

    __slots__ = ("_bank", "_banks", "_gain", "_pending", "_places", "_plain", "_sounds", "sounding")

    def __init__(self, rate: int = SAMPLE_RATE) -> None:
        self._plain = [synthesise(level, rate) for level in (SUBDIVISION, BEAT, ACCENT)]
        self._banks = [[sound.copy() for sound in self._plain] for _ in range(2)]
        self._bank = 0
        self._gain = self._pending = 1.0
        self._sounds: list[Sound] = []
        self._places: list[int] = []
        self.sounding = 0
        """How many clicks sound."""

    def set_gain(self, gain: float) -> None:
        """Linear gain of clicks that begin from now on."""
        self._pending = gain

    def start(self, offset: int, level: int) -> None:
        """Begin a click `offset` frames after the start of the chunk that is mixed next."""
        if self._pending != self._gain:
            self._scale()
        if self.sounding == AT_ONCE:
            del self._sounds[0], self._places[0]
        self._sounds.append(self._banks[self._bank][level])
        self._places.append(-offset)
        self.sounding = len(self._sounds)

    def _scale(self) -> None:
        """Take the new gain in the bank that no click sounds from; while both are in use the old gain stays."""
        other = 1 - self._bank
        if any(sound is used for sound in self._banks[other] for used in self._sounds):
            return
        for plain, scaled in zip(self._plain, self._banks[other], strict=True):
            np.multiply(plain, np.float32(self._pending), out=scaled)
        self._gain = self._pending
        self._bank = other

    def mix(self, stereo: NDArray[np.float32]) -> None:
        """Add the next frames of every sounding click. Shapes: `stereo` (frames, 2), any strides."""
        frames = len(stereo)
        for number in range(self.sounding - 1, -1, -1):
            sound, place = self._sounds[number], self._places[number]
            if place >= 0:
                part, out = sound[place : place + frames], stereo
            else:
                part, out = sound[: frames + place], stereo[-place:]
            if len(part) < len(out):
                out = out[: len(part)]
            np.add(out, part, out)
            self._places[number] = place + frames
            if place + frames >= len(sound):
                del self._sounds[number], self._places[number]
        self.sounding = len(self._sounds)

    def silence(self) -> None:
        """End every click at once."""
        self._sounds.clear()
        self._places.clear()
        self.sounding = 0
