"""The `Synth` port over FluidSynth: instruments, controllers, parameters, tuning and effects; notes are in `Notes`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from ctypes import c_int, c_void_p
from pathlib import Path
from typing import Final

from drivers.fluidsynth_library import load_library, load_soundfont, new_settings, new_synth
from drivers.fluidsynth_notes import ALL, MAX_POLYPHONY, SPARE_VOICES, Notes
from mos_appliance.engine.ports import FRAME_STRIDE_FLOATS
from mos_appliance.errors import Unavailable

CHANNELS: Final = 64
DRUM_BANK: Final = 128
DRUM_MSB: Final = (120, 126, 127)
"""Bank select MSB that asks for drums: GM2's rhythm bank and the two of XG."""
GM2_MELODIC_MSB: Final = 121
DEFAULT_GAIN: Final = 0.4
DEFAULT_POLYPHONY: Final = 96
HALF_CENT: Final = 0.5
"""FluidSynth cuts pitches down to whole cents; with this they are rounded, and 0.5 cents is the most they miss."""
REVERB_SEND: Final = 40
"""GM2's default. FluidSynth's own is 0, which would make the level of the reverb a control of nothing."""
CHORUS_SEND: Final = 80
CHORUS_FULL: Final = 2.0
"""FluidSynth's scale goes to 10; above 2 the wet sound is louder than the dry."""

_COARSE_TUNE: Final = 51
_FINE_TUNE: Final = 52
_MELODIC: Final = 0
_DRUMS: Final = 1
_CAUGHT_UP_A_RENDER: Final = 2
_NULL_PARAMETER: Final = (127, 127)

_OWN_CONTROLLERS: Final = frozenset({0, 6, 32, 38, 64, 66, 67, 68, 84, *range(98, 102), *range(120, 128)})
"""Controllers that do not go straight to FluidSynth: banks, pedals, parameters, channel modes."""


class FluidSynth:
    """A General MIDI synthesiser at 48 kHz with 64 channels.

    Bank select: MSB 120, 126 or 127 ask for drums, 121 for GM2's variation LSB, any other is a GS variation; what the
    soundfont lacks falls back to bank 0, or to its first drum kit. Mono, legato and portamento are not taken.
    Sustain (64): 0–31 up, 32–95 half, 96–127 down. Sostenuto (66) is a switch, soft (67) makes the next notes softer.
    """

    def __init__(
        self,
        soundfont: Path,
        *,
        gain: float = DEFAULT_GAIN,
        polyphony: int = DEFAULT_POLYPHONY,
        whole: bool = True,
    ) -> None:
        """Load the whole soundfont and lock it; with `whole=False` each instrument when it is first asked for.

        Only who need not be in time may do without the whole. What sounds is the same to the bit since FluidSynth
        2.4.4; before, samples without a loop then end one step softer, which makes less than -100 dBFS.
        Errors: `Unavailable` when the library or the soundfont cannot be had.
        """
        library = load_library()
        self._library = library
        self._settings = new_settings(library, gain, CHANNELS, MAX_POLYPHONY + SPARE_VOICES, whole)
        self._synth = new_synth(library, self._settings, CHANNELS)
        try:
            load_soundfont(library, self._synth, soundfont)
        except Unavailable:
            self.close()
            raise
        self._notes = Notes(library, self._synth, CHANNELS)
        self._bind()
        self._bank = [(0, 0)] * CHANNELS
        self._parameter = [_NULL_PARAMETER] * CHANNELS
        self._fine = [8192] * CHANNELS
        self._coarse = [64] * CHANNELS
        self._shifted: set[int] = set()
        self._cents = 0.0
        self.set_polyphony(polyphony)
        self._touched = set(range(CHANNELS))
        self._late: dict[int, None] = {}
        """Channels that are to be reset or tuned, in that order, before the next message to them at the latest."""
        self._to_reset: set[int] = set()
        self.reset()
        while self._late:
            self._catch_up()

    def _bind(self) -> None:
        library = self._library
        # A function object of its own, without argument types: it takes what `_prepared` made.
        self._write = library["fluid_synth_write_float"]
        self._write.restype = None
        self._calls: dict[int, tuple[int, Callable[[], None]]] = {}
        self._cc = library.fluid_synth_cc
        self._gen = library.fluid_synth_set_gen
        self._note_on = self._notes.note_on
        self._note_off = self._notes.note_off

    def render(self, left: int, right: int, frames: int) -> None:
        """Write the next frames as float32 to the addresses `left` and `right`, `FRAME_STRIDE_FLOATS` apart."""
        call = self._calls.get(left)
        if call is None or call[0] != frames:
            call = self._calls[left] = (frames, self._prepared(left, right, frames))
        if self._late:
            for _ in range(_CAUGHT_UP_A_RENDER):
                self._catch_up()
        call[1]()
        if self._notes.leaving:
            self._notes.settle()

    def _prepared(self, left: int, right: int, frames: int) -> Callable[[], None]:
        """The call for a bed, its arguments as C takes them: made each time, they cost as much as the call itself."""
        stride, first, size = (c_int.from_param(value) for value in (FRAME_STRIDE_FLOATS, 0, frames))
        synth, to_left, to_right = (c_void_p.from_param(place) for place in (self._synth.value, left, right))
        return functools.partial(self._write, synth, size, to_left, first, stride, to_right, first, stride)

    def midi(self, channel: int, status: int, data1: int, data2: int) -> int:
        """Apply a channel message to synth channel `channel` (0–63); returns the voices shed for it."""
        if self._late and channel in self._late:
            self._catch_up(channel)
        if status == 0x90 and data2:
            return self._note_on(channel, data1, data2)
        if status <= 0x90:
            self._note_off(channel, data1)
            return 0
        self._touched.add(channel)
        if status == 0xB0:
            if data1 in _OWN_CONTROLLERS:
                self._own_controller(channel, data1, data2)
            else:
                self._cc(self._synth, channel, data1, data2)
        elif status == 0xE0:
            self._library.fluid_synth_pitch_bend(self._synth, channel, data1 | data2 << 7)
        elif status == 0xD0:
            self._library.fluid_synth_channel_pressure(self._synth, channel, data1)
        elif status == 0xA0:
            self._library.fluid_synth_key_pressure(self._synth, channel, data1, data2)
        elif status == 0xC0:
            self._program(channel, data1)
        return 0

    # Controllers

    def _own_controller(self, channel: int, controller: int, value: int) -> None:
        if controller == 64:
            self._notes.sustain(channel, value)
        elif controller == 66:
            self._notes.sostenuto(channel, value >= 64)
        elif controller == 67:
            self._notes.soften(channel, value)
        elif controller in (0, 32):
            high, low = self._bank[channel]
            self._bank[channel] = (value, low) if controller == 0 else (high, value)
        elif controller in (6, 38) or 98 <= controller <= 101:
            self._registered(channel, controller, value)
        elif controller == 120:
            self.silence(channel)
        elif controller == 121:
            self._reset_controllers(channel)
        elif controller >= 123:
            self._notes.all_notes_off(channel)

    def _registered(self, channel: int, controller: int, value: int) -> None:
        """Parameters: tunings are added to the instrument's own; tables of tunings are not taken."""
        if controller >= 100:
            high, low = self._parameter[channel]
            self._parameter[channel] = (value, low) if controller == 101 else (high, value)
        elif controller >= 98:
            self._parameter[channel] = _NULL_PARAMETER
        parameter = self._parameter[channel]
        if parameter not in {(0, 1), (0, 2), (0, 3), (0, 4)} or controller >= 98:
            self._cc(self._synth, channel, controller, value)
        elif parameter == (0, 1):
            fine = self._fine[channel]
            self._fine[channel] = value << 7 | fine & 127 if controller == 6 else fine & ~127 | value
            self._tune(channel)
        elif parameter == (0, 2) and controller == 6:
            self._coarse[channel] = value
            self._shifted.add(channel)
            self._tune(channel)

    def _reset_controllers(self, channel: int) -> None:
        self._parameter[channel] = _NULL_PARAMETER
        self._notes.soften(channel, 0)
        self._notes.sostenuto(channel, False)
        self._notes.sustain(channel, 0)
        self._cc(self._synth, channel, 121, 0)
        self._tune(channel)

    def _program(self, channel: int, program: int) -> None:
        high, low = self._bank[channel]
        drums = high in DRUM_MSB
        self._notes.set_drums(channel, drums)
        bank = DRUM_BANK if drums else low if high == GM2_MELODIC_MSB else high
        library, synth = self._library, self._synth
        library.fluid_synth_set_channel_type(synth, channel, _DRUMS if drums else _MELODIC)
        library.fluid_synth_bank_select(synth, channel, bank)
        library.fluid_synth_program_change(synth, channel, program)

    def _tune(self, channel: int) -> None:
        cents = self._cents + (self._fine[channel] - 8192) * 100 / 8192 + HALF_CENT
        self._gen(self._synth, channel, _FINE_TUNE, cents)
        if channel in self._shifted:
            self._gen(self._synth, channel, _COARSE_TUNE, self._coarse[channel] - 64)

    # The whole instrument

    def voices(self) -> int:
        """Voices sounding now, fading ones among them."""
        return int(self._library.fluid_synth_get_active_voice_count(self._synth))

    def set_polyphony(self, voices: int) -> None:
        """At most that many voices from now on (and up to `SPARE_VOICES` that fade); the least missed give way."""
        self._notes.set_polyphony(voices)

    def set_gain(self, gain: float) -> None:
        """Linear gain of the whole synthesiser (FluidSynth's own scale)."""
        self._library.fluid_synth_set_gain(self._synth, gain)

    def set_tuning(self, cents: float) -> None:
        """Shift every channel by that many cents; sounding notes follow within a few blocks, the low channels first."""
        if cents != self._cents:
            self._cents = cents
            self._late.update(dict.fromkeys(range(CHANNELS)))

    def set_reverb(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""
        self._library.fluid_synth_set_reverb_group_level(self._synth, ALL, level)
        self._library.fluid_synth_reverb_on(self._synth, ALL, 1 if level > 0 else 0)

    def set_chorus(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""
        self._library.fluid_synth_set_chorus_group_level(self._synth, ALL, level * CHORUS_FULL)
        self._library.fluid_synth_chorus_on(self._synth, ALL, 1 if level > 0 else 0)

    def silence(self, channel: int = ALL) -> None:
        """All notes end within 16 ms, on a channel or on all, whatever pedals say; effects ring on."""
        self._notes.silence(channel)

    def reset(self) -> None:
        """Controllers, programs and tunings as at start; notes end as by `silence`.

        A song's channels have a thousand things to be reset, more than a block has time for: each channel is when the
        next message comes to it, and two a block without one.
        """
        self.silence()
        self.set_tuning(0.0)
        self._to_reset |= self._touched
        self._late.update(dict.fromkeys(sorted(self._touched)))
        self._touched.clear()

    def _catch_up(self, channel: int = -1) -> None:
        """Reset or tune a channel that waits for it: that one, or the first one, if there is any."""
        if channel < 0:
            channel = next(iter(self._late), -1)
            if channel < 0:
                return
        del self._late[channel]
        if channel in self._to_reset:
            self._to_reset.discard(channel)
            self._reset_channel(channel)
        else:
            self._tune(channel)

    def _reset_channel(self, channel: int) -> None:
        self._fine[channel], self._coarse[channel] = 8192, 64
        self._reset_controllers(channel)
        for controller, value in ((7, 100), (10, 64), (8, 64), (91, REVERB_SEND), (93, CHORUS_SEND)):
            self._cc(self._synth, channel, controller, value)
        for controller in range(71, 80):
            self._cc(self._synth, channel, controller, 64)
        self._library.fluid_synth_pitch_wheel_sens(self._synth, channel, 2)
        self._bank[channel] = (0, 0)
        self._program(channel, 0)

    def close(self) -> None:
        """Give everything back."""
        self._library.delete_fluid_synth(self._synth)
        self._library.delete_fluid_settings(self._settings)
