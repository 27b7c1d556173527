"""A synthesiser that writes down what it is told and renders what it is given: for tests of what surrounds it."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.ports import FRAME_STRIDE_FLOATS

Message = tuple[int, int, int, int]


class RecordingSynth:
    """Implements the `Synth` port."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.sound: NDArray[np.float32] | None = None
        """What the next chunk is made of. Shapes: (frames, 2)."""
        self.polyphony = 0
        self.reverb = self.chorus = self.cents = -1.0
        self.resets = 0
        self.sounding = 0
        """What `voices` tells."""

    def midi(self, channel: int, status: int, data1: int, data2: int) -> int:
        self.messages.append((channel, status, data1, data2))
        return 0

    def render(self, left: int, right: int, frames: int) -> None:
        for address, channel in ((left, 0), (right, 1)):
            floats = (ctypes.c_float * (frames * FRAME_STRIDE_FLOATS - FRAME_STRIDE_FLOATS + 1)).from_address(address)
            out = np.frombuffer(floats, np.float32)[::FRAME_STRIDE_FLOATS]
            out[:] = 0 if self.sound is None else self.sound[:frames, channel]

    def voices(self) -> int:
        return self.sounding

    def set_polyphony(self, voices: int) -> None:
        self.polyphony = voices

    def set_gain(self, gain: float) -> None:  # noqa: ARG002
        raise AssertionError("the mixer alone is in charge of gain")

    def set_tuning(self, cents: float) -> None:
        self.cents = cents

    def set_reverb(self, level: float) -> None:
        self.reverb = level

    def set_chorus(self, level: float) -> None:
        self.chorus = level

    def silence(self, channel: int = -1) -> None:
        self.messages.append((channel, 0, 0, 0))

    def reset(self) -> None:
        self.resets += 1

    def notes(self) -> list[Message]:
        """Note-ons and note-offs only."""
        return [message for message in self.messages if message[1] in (0x80, 0x90)]

    def unclosed(self) -> set[tuple[int, int]]:
        """Synth channel and key of every note that was begun and not ended."""
        open_notes: set[tuple[int, int]] = set()
        for channel, status, key, _ in self.notes():
            (open_notes.add if status == 0x90 else open_notes.discard)((channel, key))
        return open_notes
