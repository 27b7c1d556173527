"""The `Synth` port over FluidSynth.

FluidSynth takes pedals for switches, so it is never told of them: this module holds note-offs back by itself. That
gives half-pedalling, and every sounding note is known by its number, so that any of them can be faded when voices are
short; FluidSynth's own way, which cuts a voice off in mid-wave, is left for bursts that nobody could fade in time.
"""

from __future__ import annotations

from ctypes import c_void_p
from itertools import islice
from pathlib import Path
from typing import Final

from drivers.fluidsynth_library import load_library, load_soundfont, new_settings, new_synth
from mos_appliance.engine.ports import FRAME_STRIDE_FLOATS
from mos_appliance.errors import Unavailable

CHANNELS: Final = 64
DRUM_BANK: Final = 128
DRUM_MSB: Final = (120, 126, 127)
"""Bank select MSB that asks for drums: GM2's rhythm bank and the two of XG."""
GM2_MELODIC_MSB: Final = 121
DEFAULT_GAIN: Final = 0.4
DEFAULT_POLYPHONY: Final = 96
MAX_POLYPHONY: Final = 256
REVERB_SEND: Final = 40
"""GM2's default. FluidSynth's own is 0, which would make the level of the reverb a control of nothing."""
CHORUS_SEND: Final = 32
CHORUS_FULL: Final = 2.0
"""FluidSynth's scale goes to 10; above 2 the wet sound is louder than the dry."""

SPARE_VOICES: Final = 16
"""Voices beyond the polyphony that may still be fading; when these are used up FluidSynth cuts."""
FASTEST_TIMECENTS: Final = -12000.0
"""Release of a faded voice; FluidSynth takes −7200 at least: 16 ms for 96 dB, a ramp a block."""
FADE_BLOCKS: Final = 21
"""Blocks after which a faded voice is surely gone: 16 ms, and the 10 ms that every note sounds at least."""
FADES_A_BLOCK: Final = 8
TRIES_A_BLOCK: Final = 24
"""Notes looked at for fading between two renders; many of the released ones have ended by themselves."""
RELEASED_KEPT: Final = 48
OLDEST: Final = 4
"""The softest of that many oldest notes gives way."""
VOICES_A_NOTE: Final = 16

HALF_PEDAL: Final = range(32, 96)
"""Values of controller 64 at which dampers only touch the strings."""
HALF_STEPS: Final = 8
STEP_TIMECENTS: Final = 600
"""A step of the half pedal makes releases longer by √2; the last one by 16."""
FULL_PEDAL: Final = HALF_STEPS + 1
SOFT_VELOCITY: Final = 26
"""Hundred and twenty-eighths taken off a velocity by a soft pedal that is fully down."""

_VOLUME_RELEASE: Final = 38
_COARSE_TUNE: Final = 51
_FINE_TUNE: Final = 52
_MELODIC: Final = 0
_DRUMS: Final = 1
_ALL: Final = -1
_NULL_PARAMETER: Final = (127, 127)

_OWN_CONTROLLERS: Final = frozenset({0, 6, 32, 38, 64, 66, 67, 68, 84, *range(98, 102), *range(120, 128)})
"""Controllers that do not go straight to FluidSynth: banks, pedals, parameters, channel modes."""


class FluidSynth:
    """A General MIDI synthesiser at 48 kHz with 64 channels.

    Bank select: MSB 120, 126 or 127 ask for drums, 121 for GM2's variation LSB, any other is a GS variation; what the
    soundfont lacks falls back to bank 0, or to its first drum kit. Mono, legato and portamento are not taken.
    Sustain (64): 0–31 up, 32–95 half, 96–127 down. Sostenuto (66) is a switch, soft (67) makes the next notes softer.
    """

    def __init__(self, soundfont: Path, *, gain: float = DEFAULT_GAIN, polyphony: int = DEFAULT_POLYPHONY) -> None:
        """Load the whole soundfont. Errors: `Unavailable` when the library or the soundfont cannot be had."""
        library = load_library()
        self._library = library
        self._settings = new_settings(library, gain, CHANNELS, MAX_POLYPHONY + SPARE_VOICES)
        self._synth = new_synth(library, self._settings, CHANNELS)
        try:
            load_soundfont(library, self._synth, soundfont)
        except Unavailable:
            self.close()
            raise
        self._bind()
        self._clear_books()
        self._limit = self._ceiling = 0
        self.set_polyphony(polyphony)
        self._touched = set(range(CHANNELS))
        self.reset()

    def _bind(self) -> None:
        library = self._library
        self._write = library.fluid_synth_write_float
        self._count = library.fluid_synth_get_active_voice_count
        self._on = library.fluid_synth_noteon
        self._off = library.fluid_synth_noteoff
        self._cc = library.fluid_synth_cc
        self._list = library.fluid_synth_get_voicelist
        self._set = library.fluid_voice_gen_set
        self._update = library.fluid_voice_update_param
        self._gen = library.fluid_synth_set_gen

    def _clear_books(self) -> None:
        # Notes by channel << 7 | key; their value is FluidSynth's number of the note << 7 | velocity.
        self._down: dict[int, int] = {}
        self._held: dict[int, int] = {}
        # Released notes by that value, oldest first; many have ended already.
        self._released: dict[int, None] = {}
        self._caught: set[int] = set()
        self._drums: set[int] = set()
        self._pedal = [0] * CHANNELS
        self._soft = [0] * CHANNELS
        self._bank = [(0, 0)] * CHANNELS
        self._parameter = [_NULL_PARAMETER] * CHANNELS
        self._fine = [8192] * CHANNELS
        self._coarse = [64] * CHANNELS
        self._cents = 0.0
        self._note = -1
        # Voices on their way out: all of them; still to be faded; cut by FluidSynth; faded, by block.
        self._leaving = 0
        self._owed = 0
        self._cut = 0
        self._fading = [0] * FADE_BLOCKS
        self._turn = 0
        self._fades = 0
        self._tries = 0
        self._voices = (c_void_p * (MAX_POLYPHONY + SPARE_VOICES + 1))()

    def render(self, left: int, right: int, frames: int) -> None:
        """Write the next frames as float32 to the addresses `left` and `right`, `FRAME_STRIDE_FLOATS` apart."""
        self._write(self._synth, frames, left, 0, FRAME_STRIDE_FLOATS, right, 0, FRAME_STRIDE_FLOATS)
        if self._leaving:
            self._settle()

    def midi(self, channel: int, status: int, data1: int, data2: int) -> int:
        """Apply a channel message to synth channel `channel` (0–63); returns the voices shed for it."""
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

    # Notes

    def _note_on(self, channel: int, key: int, velocity: int) -> int:
        code = channel << 7 | key
        before = self._down.pop(code, None)
        if before is None:
            before = self._held.pop(code, None)
        if before is not None:
            self._remember_released(before)  # FluidSynth lets go of it by itself
        if self._soft[channel]:
            velocity = max(1, velocity - (velocity * self._soft[channel] * SOFT_VELOCITY >> 14))
        failed = self._on(self._synth, channel, key, velocity)
        if failed and not self._library.fluid_synth_get_channel_preset(self._synth, channel):
            return 0
        self._note += 1
        self._down[code] = self._note << 7 | velocity
        sounding = self._count(self._synth)
        excess = sounding - self._limit - self._leaving
        shed = self._shed(excess, sounding) if excess > 0 else 0
        return shed + 1 if failed else shed

    def _note_off(self, channel: int, key: int) -> None:
        code = channel << 7 | key
        note = self._down.pop(code, None)
        if note is None:
            return
        if channel in self._drums:
            self._off(self._synth, channel, key)
            self._held[code] = note  # a drum rings on after its key; it gives way as late as a held note
        elif self._pedal[channel] == FULL_PEDAL or code in self._caught:
            self._held[code] = note
        else:
            self._remember_released(note)
            self._off(self._synth, channel, key)

    def _remember_released(self, note: int) -> None:
        released = self._released
        released[note] = None
        if len(released) > RELEASED_KEPT:
            del released[next(iter(released))]

    def _release_held(self, channel: int) -> None:
        """Release what no key, pedal or sostenuto holds any more."""
        if self._pedal[channel] == FULL_PEDAL:
            return
        for code in [code for code in self._held if code >> 7 == channel and code not in self._caught]:
            self._remember_released(self._held.pop(code))
            self._off(self._synth, channel, code & 127)

    # Shedding

    def _shed(self, excess: int, sounding: int) -> int:
        """Make `excess` voices leave, at once or in the next blocks; returns how many will."""
        self._leaving += excess
        self._owed += excess
        cut = sounding - self._ceiling
        if cut > self._cut:
            self._owed -= cut - self._cut
            self._cut = cut
        return excess + self._thin()

    def _thin(self) -> int:
        """Fade notes until nothing is owed, or enough for one block; returns the voices beyond what was owed."""
        while self._owed > 0 and self._fades < FADES_A_BLOCK and self._tries < TRIES_A_BLOCK:
            victim = self._victim()
            if victim < 0:
                self._leaving -= self._owed
                self._owed = 0
                break
            voices = self._fade(victim)
            self._tries += 1
            self._fades += voices > 0
            self._owed -= voices
            self._fading[self._turn] += voices
        beyond = max(0, -self._owed)
        self._leaving += beyond
        self._owed = max(0, self._owed)
        return beyond

    def _settle(self) -> None:
        """After a block: forget the voices that have left by now, and let go of those still owed."""
        self._fades = self._tries = 0
        self._turn = (self._turn + 1) % FADE_BLOCKS
        self._leaving -= self._cut + self._fading[self._turn]
        self._cut = self._fading[self._turn] = 0
        if self._owed:
            needed = max(0, self._count(self._synth) - self._limit - self._leaving + self._owed)
            if needed < self._owed:
                self._leaving -= self._owed - needed
                self._owed = needed
            self._thin()
        elif not self._leaving:
            self._fit()

    def _fit(self) -> None:
        """Make FluidSynth's own limit follow ours, once nothing fades: it cuts whatever is above."""
        if self._ceiling != self._limit + SPARE_VOICES:
            self._ceiling = self._limit + SPARE_VOICES
            self._library.fluid_synth_set_polyphony(self._synth, self._ceiling)

    def _victim(self) -> int:
        """The note that is missed least: released, else under a pedal, else held; the softest of the oldest few."""
        for note in self._released:
            del self._released[note]
            return note >> 7
        for notes in (self._held, self._down):
            code = min(islice(notes, OLDEST), key=lambda code: notes[code] & 127, default=-1)
            if code >= 0:
                return notes.pop(code) >> 7
        return -1

    def _fade(self, note: int) -> int:
        """End a note within 16 ms; returns its voices, 0 when it has ended already."""
        voices = self._voices
        self._list(self._synth, voices, VOICES_A_NOTE, note)
        count = 0
        while count < VOICES_A_NOTE and (voice := voices[count]):
            self._set(voice, _VOLUME_RELEASE, FASTEST_TIMECENTS)
            self._update(voice, _VOLUME_RELEASE)
            count += 1
        if count:
            self._library.fluid_synth_stop(self._synth, note)
        return count

    # Controllers

    def _own_controller(self, channel: int, controller: int, value: int) -> None:
        if controller == 64:
            self._sustain(channel, value)
        elif controller == 66:
            self._sostenuto(channel, value >= 64)
        elif controller == 67:
            self._soft[channel] = value
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
            for code in [code for code in self._down if code >> 7 == channel]:
                self._note_off(channel, code & 127)

    def _sustain(self, channel: int, value: int) -> None:
        if channel in self._drums:
            return
        if value < HALF_PEDAL.start:
            step = 0
        elif value >= HALF_PEDAL.stop:
            step = FULL_PEDAL
        else:
            step = 1 + (value - HALF_PEDAL.start) * HALF_STEPS // len(HALF_PEDAL)
        if step != self._pedal[channel]:
            self._pedal[channel] = step
            self._gen(self._synth, channel, _VOLUME_RELEASE, min(step, HALF_STEPS) * STEP_TIMECENTS)
            self._release_held(channel)

    def _sostenuto(self, channel: int, down: bool) -> None:
        caught = {code for code in self._caught if code >> 7 == channel}
        if down and not caught:
            self._caught.update(code for code in (*self._down, *self._held) if code >> 7 == channel)
        elif not down:
            self._caught -= caught
            self._release_held(channel)

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
            self._tune(channel)

    def _reset_controllers(self, channel: int) -> None:
        self._soft[channel] = 0
        self._parameter[channel] = _NULL_PARAMETER
        self._sostenuto(channel, False)
        self._sustain(channel, 0)
        self._cc(self._synth, channel, 121, 0)
        self._tune(channel)

    def _program(self, channel: int, program: int) -> None:
        high, low = self._bank[channel]
        drums = high in DRUM_MSB
        (self._drums.add if drums else self._drums.discard)(channel)
        bank = DRUM_BANK if drums else low if high == GM2_MELODIC_MSB else high
        library, synth = self._library, self._synth
        library.fluid_synth_set_channel_type(synth, channel, _DRUMS if drums else _MELODIC)
        library.fluid_synth_bank_select(synth, channel, bank)
        library.fluid_synth_program_change(synth, channel, program)

    def _tune(self, channel: int) -> None:
        cents = self._cents + (self._fine[channel] - 8192) * 100 / 8192
        self._gen(self._synth, channel, _FINE_TUNE, cents)
        self._gen(self._synth, channel, _COARSE_TUNE, self._coarse[channel] - 64)

    # The whole instrument

    def voices(self) -> int:
        """Voices sounding now, fading ones among them."""
        return int(self._count(self._synth))

    def set_polyphony(self, voices: int) -> None:
        """At most that many voices from now on (and up to `SPARE_VOICES` that fade); the least missed give way."""
        self._limit = max(1, min(voices, MAX_POLYPHONY))
        sounding = self._count(self._synth)
        excess = sounding - self._limit - self._leaving
        if excess > 0:
            self._shed(excess, sounding)
        elif not self._leaving:
            self._fit()

    def set_gain(self, gain: float) -> None:
        """Linear gain of the whole synthesiser (FluidSynth's own scale)."""
        self._library.fluid_synth_set_gain(self._synth, gain)

    def set_tuning(self, cents: float) -> None:
        """Shift every channel by that many cents, sounding notes as well."""
        self._cents = cents
        for channel in range(CHANNELS):
            self._tune(channel)

    def set_reverb(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""
        self._library.fluid_synth_set_reverb_group_level(self._synth, _ALL, level)
        self._library.fluid_synth_reverb_on(self._synth, _ALL, 1 if level > 0 else 0)

    def set_chorus(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""
        self._library.fluid_synth_set_chorus_group_level(self._synth, _ALL, level * CHORUS_FULL)
        self._library.fluid_synth_chorus_on(self._synth, _ALL, 1 if level > 0 else 0)

    def silence(self, channel: int = _ALL) -> None:
        """All notes end within 16 ms, on a channel or on all, whatever pedals say; effects ring on."""
        voices = self._voices
        self._list(self._synth, voices, len(voices), _ALL)
        for voice in voices:
            if not voice:
                break
            if channel in (_ALL, self._library.fluid_voice_get_channel(c_void_p(voice))):
                self._set(voice, _VOLUME_RELEASE, FASTEST_TIMECENTS)
                self._update(voice, _VOLUME_RELEASE)
        self._library.fluid_synth_all_notes_off(self._synth, channel)
        for notes in (self._down, self._held):
            for code in [code for code in notes if channel in (_ALL, code >> 7)]:
                del notes[code]
        self._caught = {code for code in self._caught if channel not in (_ALL, code >> 7)}

    def reset(self) -> None:
        """Controllers, programs and tunings as at start; notes end as by `silence`."""
        self.silence()
        self._cents = 0.0
        for channel in sorted(self._touched):
            self._reset_channel(channel)
        self._touched.clear()

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
