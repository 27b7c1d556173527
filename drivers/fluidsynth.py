"""The `Synth` port over libfluidsynth 2.2 or newer, called through ctypes.

Written for the block: every function is bound once, nothing is looked up by name and no call waits for another thread
(`threadsafe-api` is off, and `PyDLL` keeps the interpreter lock: the engine has one Python thread).

FluidSynth treats pedals as switches, so it is never told of them: this module holds note-offs back by itself, which
gives half-pedalling, makes every sounding note known by its number, and lets any note be faded when voices are short.

Source: FluidSynth's include/fluidsynth/*.h, 2.3.1 and 2.4.4 read side by side.
"""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_float, c_int, c_void_p
from itertools import islice
from pathlib import Path
from typing import Any, Final

from mos_appliance.engine.ports import FRAME_STRIDE_FLOATS
from mos_appliance.errors import Bug, Unavailable
from mos_appliance.units import SAMPLE_RATE

LIBRARY: Final = "libfluidsynth.so.3"
CHANNELS: Final = 64
KEYS: Final = 128
DRUM_BANK: Final = 128
DRUM_MSB: Final = (120, 126, 127)
"""Bank select MSB that asks for drums: GM2's rhythm bank and the two of XG."""
GM2_MELODIC_MSB: Final = 121
DEFAULT_GAIN: Final = 0.4
DEFAULT_POLYPHONY: Final = 96
MAX_POLYPHONY: Final = 256
SPARE_VOICES: Final = 24
"""Voices beyond the polyphony that may still fade; FluidSynth cuts hard only when these are used up too."""
FASTEST_TIMECENTS: Final = -12000.0
"""Release of a faded voice; FluidSynth takes −7200 at least, 16 ms for 96 dB."""
FADE_BLOCKS: Final = 21
"""Blocks after which a faded voice is gone: 16 ms, and 10 ms that every note sounds at least."""
VOICES_A_NOTE: Final = 16
OLDEST: Final = 4
"""The softest of that many oldest notes gives way."""
FADES_A_BLOCK: Final = 8
"""Notes faded between two renders; a burst beyond that is left to FluidSynth, which is faster and cuts hard."""
REVERB_SEND: Final = 40
"""GM2's default. FluidSynth's own is 0, which would make the level of the reverb a control of nothing."""
CHORUS_SEND: Final = 32
CHORUS_FULL: Final = 2.0

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
_OMNI_OFF_POLY: Final = 2
_LOG_LEVELS: Final = 5
_ALL_GROUPS: Final = -1

_OWN_CONTROLLERS: Final = frozenset({0, 32, 64, 66, 67, 68, 84, 120, 121, 122, 123, 124, 125, 126, 127})
"""Controllers that FluidSynth never sees: banks, pedals and channel modes."""


def _library() -> Any:
    try:
        return ctypes.PyDLL(LIBRARY)
    except OSError as error:
        raise Unavailable(f"{LIBRARY} (Debian: apt install libfluidsynth3)") from error


def _bind(library: Any) -> None:
    """Result types of what returns more than an int, and argument types of what takes floats or bare addresses."""
    for name in ("new_fluid_settings", "new_fluid_synth", "fluid_synth_get_channel_preset"):
        getattr(library, name).restype = c_void_p
    library.new_fluid_synth.argtypes = [c_void_p]
    library.fluid_settings_setnum.argtypes = [c_void_p, ctypes.c_char_p, c_double]
    library.fluid_settings_setint.argtypes = [c_void_p, ctypes.c_char_p, c_int]
    for name in ("delete_fluid_synth", "delete_fluid_settings"):
        getattr(library, name).argtypes = [c_void_p]
        getattr(library, name).restype = None
    library.fluid_synth_get_voicelist.restype = None
    library.fluid_voice_gen_set.argtypes = [c_void_p, c_int, c_float]
    library.fluid_voice_gen_set.restype = None
    library.fluid_voice_update_param.argtypes = [c_void_p, c_int]
    library.fluid_voice_update_param.restype = None
    library.fluid_synth_set_gain.argtypes = [c_void_p, c_float]
    library.fluid_synth_set_gain.restype = None
    library.fluid_synth_set_gen.argtypes = [c_void_p, c_int, c_int, c_float]
    library.fluid_synth_set_reverb_group_level.argtypes = [c_void_p, c_int, c_double]
    library.fluid_synth_set_chorus_group_level.argtypes = [c_void_p, c_int, c_double]
    library.fluid_synth_write_float.argtypes = [c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int]


class FluidSynth:
    """A General MIDI synthesiser at 48 kHz with 64 channels.

    Bank select: MSB 120, 126 or 127 ask for drums, 121 for GM2's variation LSB, any other is a GS variation; what the
    soundfont lacks falls back to bank 0, or to its first drum kit. Mono and legato modes are not taken.
    Sustain (64): 0–31 up, 32–95 half, 96–127 down. Sostenuto (66) is a switch, soft (67) makes the next notes softer.
    """

    def __init__(self, soundfont: Path, *, gain: float = DEFAULT_GAIN, polyphony: int = DEFAULT_POLYPHONY) -> None:
        """Load the whole soundfont. Errors: `Unavailable` when the library or the soundfont cannot be had."""
        library = _library()
        _bind(library)
        self._library = library
        self._settings = library.new_fluid_settings()
        self._configure(gain)
        handle = library.new_fluid_synth(self._settings)
        if not handle:
            raise Bug("FluidSynth refused its settings")
        self._synth = c_void_p(handle)
        if library.fluid_synth_sfload(self._synth, str(soundfont).encode(), 1) < 0:
            self.close()
            raise Unavailable(f"soundfont {soundfont} (it could not be loaded)")
        self._bind_block()
        # Notes by channel << 7 | key; their value is FluidSynth's number of the note << 7 | velocity.
        self._down: dict[int, int] = {}
        self._held: dict[int, int] = {}
        self._released: dict[int, int] = {}
        self._caught: set[int] = set()
        self._pedal = [0] * CHANNELS
        self._soft = [0] * CHANNELS
        self._bank = [(0, 0)] * CHANNELS
        self._touched = set(range(CHANNELS))
        self._note = -1
        self._leaving = 0
        self._owed = 0
        self._cut = 0
        self._fades = 0
        self._turn = 0
        self._fading = [0] * FADE_BLOCKS
        self._cents = 0.0
        self._voices = (c_void_p * (MAX_POLYPHONY + SPARE_VOICES + 1))()
        self._limit = polyphony
        self.set_polyphony(polyphony)
        library.fluid_synth_reset_basic_channel(self._synth, -1)
        for channel in range(CHANNELS):
            library.fluid_synth_set_basic_channel(self._synth, channel, _OMNI_OFF_POLY, 1)
        self.reset()

    def _configure(self, gain: float) -> None:
        library, settings = self._library, self._settings
        for level in range(_LOG_LEVELS):
            library.fluid_set_log_function(level, None, None)
        library.fluid_settings_setnum(settings, b"synth.sample-rate", float(SAMPLE_RATE))
        library.fluid_settings_setnum(settings, b"synth.gain", gain)
        for name, value in (
            (b"synth.threadsafe-api", 0),
            (b"synth.lock-memory", 1),
            (b"synth.dynamic-sample-loading", 0),
            (b"synth.midi-channels", CHANNELS),
            (b"synth.polyphony", MAX_POLYPHONY + SPARE_VOICES),
            (b"synth.reverb.active", 0),
            (b"synth.chorus.active", 0),
        ):
            library.fluid_settings_setint(settings, name, value)

    def _bind_block(self) -> None:
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

    def render(self, left: int, right: int, frames: int) -> None:
        """Write the next frames as float32 to the addresses `left` and `right`, each with a stride of 16 bytes."""
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
            self._released[before] = code
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
        if self._pedal[channel] == FULL_PEDAL or code in self._caught:
            self._held[code] = note
        else:
            self._release(code, note)

    def _release(self, code: int, note: int) -> None:
        released = self._released
        released[note] = code
        if len(released) > MAX_POLYPHONY:
            del released[next(iter(released))]
        self._off(self._synth, code >> 7, code & 127)

    def _release_held(self, channel: int) -> None:
        """Release what no key, pedal or sostenuto holds any more."""
        sustained = self._pedal[channel] == FULL_PEDAL
        free = [code for code in self._held if code >> 7 == channel and not (sustained or code in self._caught)]
        for code in free:
            self._release(code, self._held.pop(code))

    # Shedding

    def _shed(self, excess: int, sounding: int) -> int:
        """Make `excess` voices leave, at once or in the next blocks; returns how many will."""
        self._leaving += excess
        self._owed += excess
        cut = sounding - self._limit - SPARE_VOICES
        if cut > self._cut:
            self._owed -= cut - self._cut
            self._cut = cut
        return excess + self._thin()

    def _thin(self) -> int:
        """Fade notes until nothing is owed, or enough for one block; returns the voices beyond what was owed."""
        while self._owed > 0 and self._fades < FADES_A_BLOCK:
            victim = self._victim()
            if victim < 0:
                self._leaving -= self._owed
                self._owed = 0
                break
            self._fades += 1
            voices = self._fade(victim)
            self._owed -= voices
            self._fading[self._turn] += voices
        beyond = max(0, -self._owed)
        self._leaving += beyond
        self._owed = max(0, self._owed)
        return beyond

    def _settle(self) -> None:
        """After a block: forget the voices that have left by now, and let go of those still owed."""
        self._fades = 0
        self._turn = (self._turn + 1) % FADE_BLOCKS
        self._leaving -= self._cut + self._fading[self._turn]
        self._cut = self._fading[self._turn] = 0
        if self._owed:
            needed = max(0, self._count(self._synth) - self._limit - self._leaving + self._owed)
            if needed < self._owed:
                self._leaving -= self._owed - needed
                self._owed = needed
            self._thin()

    def _victim(self) -> int:
        """The note that is missed least: released, else under a pedal, else held; the softest of the oldest few."""
        for note in self._released:
            del self._released[note]
            return note >> 7
        for notes in (self._held, self._down):
            code = min(islice(notes, OLDEST), key=lambda code: notes[code] & 127, default=-1)
            if code >= 0:
                self._caught.discard(code)
                return notes.pop(code) >> 7
        return -1

    def _fade(self, note: int) -> int:
        """End a note within 16 ms (96 dB), in steps of a block, each a ramp; returns its voices."""
        voices, setter, update = self._voices, self._set, self._update
        self._list(self._synth, voices, VOICES_A_NOTE, note)
        count = 0
        while count < VOICES_A_NOTE and (voice := voices[count]):
            setter(voice, _VOLUME_RELEASE, FASTEST_TIMECENTS)
            update(voice, _VOLUME_RELEASE)
            count += 1
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
        elif controller == 0:
            self._bank[channel] = (value, self._bank[channel][1])
        elif controller == 32:
            self._bank[channel] = (self._bank[channel][0], value)
        elif controller == 120:
            self.silence(channel)
        elif controller == 121:
            self._reset_controllers(channel)
        elif controller >= 123:
            self._all_notes_off(channel)

    def _sustain(self, channel: int, value: int) -> None:
        if value < HALF_PEDAL.start:
            step = 0
        elif value >= HALF_PEDAL.stop:
            step = FULL_PEDAL
        else:
            step = 1 + (value - HALF_PEDAL.start) * HALF_STEPS // len(HALF_PEDAL)
        if step == self._pedal[channel]:
            return
        self._pedal[channel] = step
        self._gen(self._synth, channel, _VOLUME_RELEASE, min(step, HALF_STEPS) * STEP_TIMECENTS)
        if step != FULL_PEDAL:
            self._release_held(channel)

    def _sostenuto(self, channel: int, down: bool) -> None:
        if down:
            if not any(code >> 7 == channel for code in self._caught):
                self._caught.update(code for code in (*self._down, *self._held) if code >> 7 == channel)
        else:
            self._caught.difference_update([code for code in self._caught if code >> 7 == channel])
            self._release_held(channel)

    def _all_notes_off(self, channel: int) -> None:
        for code in [code for code in self._down if code >> 7 == channel]:
            self._note_off(channel, code & 127)

    def _reset_controllers(self, channel: int) -> None:
        self._soft[channel] = 0
        self._sostenuto(channel, False)
        self._sustain(channel, 0)
        self._cc(self._synth, channel, 121, 0)
        self._tune(channel)

    def _program(self, channel: int, program: int) -> None:
        high, low = self._bank[channel]
        drums = high in DRUM_MSB
        bank = DRUM_BANK if drums else low if high == GM2_MELODIC_MSB else high
        library, synth = self._library, self._synth
        library.fluid_synth_set_channel_type(synth, channel, _DRUMS if drums else _MELODIC)
        library.fluid_synth_bank_select(synth, channel, bank)
        library.fluid_synth_program_change(synth, channel, program)

    def _tune(self, channel: int) -> None:
        self._gen(self._synth, channel, _FINE_TUNE, self._cents)

    # The whole instrument

    def voices(self) -> int:
        """Voices sounding now."""
        return int(self._count(self._synth))

    def set_polyphony(self, voices: int) -> None:
        """At most that many voices from now on; the quietest and oldest give way first, at the next note."""
        self._limit = max(1, min(voices, MAX_POLYPHONY))
        self._library.fluid_synth_set_polyphony(self._synth, self._limit + SPARE_VOICES)

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
        self._library.fluid_synth_set_reverb_group_level(self._synth, _ALL_GROUPS, level)
        self._library.fluid_synth_reverb_on(self._synth, _ALL_GROUPS, 1 if level > 0 else 0)

    def set_chorus(self, level: float) -> None:
        """Level 0–1; 0 switches it off and saves its cost."""
        self._library.fluid_synth_set_chorus_group_level(self._synth, _ALL_GROUPS, level * CHORUS_FULL)
        self._library.fluid_synth_chorus_on(self._synth, _ALL_GROUPS, 1 if level > 0 else 0)

    def silence(self, channel: int = -1) -> None:
        """All notes end within 16 ms, on a channel or on all, whatever pedals say; effects ring on."""
        for notes in (self._down, self._held):
            for code in [code for code in notes if channel in (-1, code >> 7)]:
                self._fade(notes.pop(code) >> 7)
        for note in [note for note, code in self._released.items() if channel in (-1, code >> 7)]:
            del self._released[note]
            self._fade(note >> 7)

    def reset(self) -> None:
        """Controllers, programs and tunings as at start; notes end as by `silence`."""
        self.silence()
        self._cents = 0.0
        for channel in sorted(self._touched):
            self._reset_channel(channel)
        self._touched.clear()

    def _reset_channel(self, channel: int) -> None:
        library, synth = self._library, self._synth
        self._reset_controllers(channel)
        for controller, value in ((7, 100), (10, 64), (8, 64), (91, REVERB_SEND), (93, CHORUS_SEND)):
            self._cc(synth, channel, controller, value)
        for controller in range(71, 80):
            self._cc(synth, channel, controller, 64)
        library.fluid_synth_pitch_wheel_sens(synth, channel, 2)
        self._bank[channel] = (0, 0)
        self._program(channel, 0)

    def close(self) -> None:
        """Give everything back."""
        self._library.delete_fluid_synth(self._synth)
        self._library.delete_fluid_settings(self._settings)
