"""A MIDI keyboard that plays what a test tells it, at the end of a DIN cable: a pseudo terminal."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager

NOTE_ON, NOTE_OFF = 0x90, 0x80


class MidiCable:
    """`device` is what `--din` is told."""

    def __init__(self) -> None:
        self._player, self._socket = os.openpty()
        tty.setraw(self._player)
        self.device = os.ttyname(self._socket)

    def close(self) -> None:
        os.close(self._player)
        os.close(self._socket)

    def press(self, *pitches: int, velocity: int = 80) -> None:
        """Keys go down together."""
        os.write(self._player, b"".join(bytes((NOTE_ON, pitch, velocity)) for pitch in pitches))

    def let_go(self, *pitches: int) -> None:
        """Keys come up together."""
        os.write(self._player, b"".join(bytes((NOTE_OFF, pitch, 0)) for pitch in pitches))

    def strike(self, *pitches: int, hold_s: float = 0.18, wait_s: float = 0.12) -> None:
        """Keys are struck together, held and let go."""
        self.press(*pitches)
        time.sleep(hold_s)
        self.let_go(*pitches)
        time.sleep(wait_s)


@contextmanager
def midi_cable() -> Iterator[MidiCable]:
    cable = MidiCable()
    try:
        yield cable
    finally:
        cable.close()
