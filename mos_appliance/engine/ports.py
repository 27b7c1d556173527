"""What the engine needs of the hardware; `drivers` implements it, `app` marries them.

All of these are called from the block on one thread: no method may open, allocate without bound, log, lock or wait,
except `Pcm.write`, which waits for the device, and the methods said to be for start-up.
"""

from __future__ import annotations

from typing import Final, Protocol

FRAME_STRIDE_FLOATS: Final = 2
"""Floats from one frame of a channel to its next in the mixer's beds."""

MidiMessage = tuple[int, int, int]
"""Status with channel, two data bytes (0 where the message has fewer)."""


class DeviceLost(Exception):
    """The sound device is gone; nothing sounds until another is opened."""


class Synth(Protocol):
    """A General MIDI synthesiser with its own reverb and chorus; 64-frame grid."""

    def midi(self, channel: int, status: int, data1: int, data2: int) -> int:
        """Apply a channel message (`status` with channel nibble 0) to synth channel `channel` (0–63).

        Returns the number of voices that had to be shed for it (0 unless it is a note-on).
        """

    def render(self, left: int, right: int, frames: int) -> None:
        """Write the next frames as float32 to the addresses `left` and `right`.

        Units: each channel's frames stand `FRAME_STRIDE_FLOATS` floats apart: between them is the other channel.
        """

    def voices(self) -> int:
        """Voices sounding now."""

    def set_polyphony(self, voices: int) -> None:
        """At most that many voices from now on; the quietest and oldest give way first."""

    def set_gain(self, gain: float) -> None:
        """Linear gain of the whole synthesiser (FluidSynth's own scale)."""

    def set_tuning(self, cents: float) -> None:
        """Shift every channel by that many cents."""

    def set_reverb(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""

    def set_chorus(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""

    def silence(self, channel: int = -1) -> None:
        """All notes off at once on a channel, or on all: for panic; the tail of the effects goes on."""

    def reset(self) -> None:
        """Controllers, programs and tunings as at start."""


class Pcm(Protocol):
    """A sound device that is open and runs."""

    @property
    def name(self) -> str:
        """For people: `USB Audio (hw:CARD=Device)`."""

    @property
    def rate(self) -> int:
        """Frames a second."""

    @property
    def period(self) -> int:
        """Frames of a block."""

    @property
    def periods(self) -> int:
        """Blocks in its buffer."""

    @property
    def sample_bytes(self) -> int:
        """2 for S16 and 4 for S32 in the caller's buffer; a device of 24 packed bits repacks by itself."""

    @property
    def bits(self) -> int:
        """Bits that reach the converter: 16, 24 or 32."""

    def write(self, address: int) -> int:
        """Take `period` interleaved stereo frames at `address`, waiting for room. Returns xruns seen (0 or more).

        After an xrun the device is running again and the block is in it. Errors: `DeviceLost`.
        """

    def delay_frames(self) -> int:
        """Frames between the end of what was written and the converter."""

    def close(self) -> None:
        """Give the device back."""


class MidiSource(Protocol):
    """Where MIDI comes from."""

    @property
    def overflows(self) -> int:
        """How often messages may have been lost since the start: what the source holds is to be released then."""

    def poll(self) -> MidiMessage | None:
        """The next message, complete and valid, or None. System messages never come out."""


class Microphone(Protocol):
    """A capture device."""

    @property
    def overruns(self) -> int:
        """How often sound was lost since it was opened."""

    @property
    def lost(self) -> bool:
        """Whether it is gone: nothing comes any more."""

    def read_into(self, address: int) -> bool:
        """If a whole block (S16 mono, the engine's period) is there, copy it to `address` and say True."""

    def close(self) -> None:
        """Give the device back."""
