"""The notes that FluidSynth sounds: what holds each of them, and which gives way when voices are short.

FluidSynth takes pedals for switches, so it is never told of them: note-offs are held back here. That gives
half-pedalling, and every sounding note is known by its number, so that any of them can be faded when voices are short;
FluidSynth's own way, which cuts a voice off in mid-wave, is left for bursts that nobody could fade in time.
"""

from __future__ import annotations

from ctypes import c_void_p
from itertools import islice
from typing import Any, Final

MAX_POLYPHONY: Final = 256
SPARE_VOICES: Final = 10
"""Voices beyond the polyphony that may still be fading; when these are used up FluidSynth cuts."""
FASTEST_TIMECENTS: Final = -12000.0
"""Release of a faded voice; FluidSynth takes −7200 at least: 16 ms for 96 dB, a ramp a block."""
FADE_BLOCKS: Final = 21
"""Blocks after which a faded voice is surely gone: 16 ms, and the 10 ms that every note sounds at least."""
FADES_A_BLOCK: Final = 2
TRIES_A_BLOCK: Final = 8
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

VOLUME_RELEASE: Final = 38
"""The generator: release of the volume envelope, in timecents."""
ALL: Final = -1


class Notes:
    """All notes of one synthesiser. Its functions must be called on the thread that renders."""

    def __init__(self, library: Any, synth: c_void_p, channels: int) -> None:
        self._library = library
        self._synth = synth
        self._on = library.fluid_synth_noteon
        self._off = library.fluid_synth_noteoff
        self._count = library.fluid_synth_get_active_voice_count
        self._list = library.fluid_synth_get_voicelist
        self._set = library.fluid_voice_gen_set
        self._update = library.fluid_voice_update_param
        self._voices = (c_void_p * (MAX_POLYPHONY + SPARE_VOICES + 1))()
        # Notes by channel << 7 | key; their value is FluidSynth's number of the note << 7 | velocity.
        self._down: dict[int, int] = {}
        self._held: dict[int, int] = {}
        # Released notes by that value, oldest first; many have ended already.
        self._released: dict[int, None] = {}
        self._caught: set[int] = set()
        self._drums: set[int] = set()
        self._pedal = [0] * channels
        self._soft = [0] * channels
        self._note = -1
        self._limit = MAX_POLYPHONY
        self._ceiling = MAX_POLYPHONY + SPARE_VOICES
        # Voices on their way out: all of them; still to be faded; cut by FluidSynth; faded, by block.
        self.leaving = 0
        self._owed = 0
        self._cut = 0
        self._fading = [0] * FADE_BLOCKS
        self._turn = 0
        self._fades = 0
        self._tries = 0

    def note_on(self, channel: int, key: int, velocity: int) -> int:
        """Strike a key (velocity 1–127); returns the voices shed for it."""
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
        excess = sounding - self._limit - self.leaving
        shed = self._shed(excess, sounding) if excess > 0 else 0
        return shed + 1 if failed else shed

    def note_off(self, channel: int, key: int) -> None:
        """Let go of a key: the note ends, unless a pedal holds it."""
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
        self.leaving += excess
        self._owed += excess
        self._cut = max(self._cut, sounding - self._ceiling)
        return excess + self._thin()

    def _thin(self) -> int:
        """Fade notes until nothing is owed, or enough for one block; returns the voices beyond what was owed."""
        while self._owed > 0 and self._fades < FADES_A_BLOCK and self._tries < TRIES_A_BLOCK:
            victim = self._victim()
            if victim < 0:
                self.leaving -= self._owed
                self._owed = 0
                break
            voices = self._fade(victim)
            self._tries += 1
            self._fades += voices > 0
            self._owed -= voices
            self._fading[self._turn] += voices
        beyond = max(0, -self._owed)
        self.leaving += beyond
        self._owed = max(0, self._owed)
        return beyond

    def settle(self) -> None:
        """After a block: forget the voices that have left by now, and let go of those still owed."""
        self._fades = self._tries = 0
        self._turn = (self._turn + 1) % FADE_BLOCKS
        self.leaving -= self._fading[self._turn]
        self._fading[self._turn] = 0
        if self._cut:
            self._forget_cut()
        if self._owed or not self.leaving:
            self._owe_what_is_over()
        if self._owed:
            self._thin()
        elif not self.leaving:
            self._fit()

    def _forget_cut(self) -> None:
        """FluidSynth cut fading voices first, as released ones mean least to it, then some of those owed."""
        for turn in range(FADE_BLOCKS):
            gone = min(self._cut, self._fading[turn])
            self._fading[turn] -= gone
            self.leaving -= gone
            self._cut -= gone
        self._cut = 0

    def _owe_what_is_over(self) -> None:
        """Notes end by themselves, or are cut: count again how many voices still have to go."""
        fading = self.leaving - self._owed
        self._owed = max(0, self._count(self._synth) - self._limit - fading)
        self.leaving = fading + self._owed

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
            self._set(voice, VOLUME_RELEASE, FASTEST_TIMECENTS)
            self._update(voice, VOLUME_RELEASE)
            count += 1
        if count:
            self._library.fluid_synth_stop(self._synth, note)
        return count

    # Pedals

    def soften(self, channel: int, value: int) -> None:
        """Controller 67: notes struck from now on are softer; those that sound stay as they are."""
        self._soft[channel] = value

    def set_drums(self, channel: int, drums: bool) -> None:
        """Whether the channel plays drums: these ring on after their note-offs, and know no pedal."""
        if drums:
            self._drums.add(channel)
        else:
            self._drums.discard(channel)

    def sustain(self, channel: int, value: int) -> None:
        """Controller 64. Half down, releases get longer, by √2 a step, those of dying notes too."""
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
            self._library.fluid_synth_set_gen(
                self._synth, channel, VOLUME_RELEASE, min(step, HALF_STEPS) * STEP_TIMECENTS
            )
            self._release_held(channel)

    def sostenuto(self, channel: int, down: bool) -> None:
        """Controller 66: keys that are down now, or that the sustain pedal holds, sound on until it is let go."""
        caught = {code for code in self._caught if code >> 7 == channel}
        if down and not caught:
            self._caught.update(code for code in (*self._down, *self._held) if code >> 7 == channel)
        elif not down:
            self._caught -= caught
            self._release_held(channel)

    # All notes

    def all_notes_off(self, channel: int) -> None:
        """Let go of every key; what a pedal holds sounds on."""
        codes = [code for code in self._down if code >> 7 == channel]
        if self._pedal[channel] == FULL_PEDAL or any(code >> 7 == channel for code in self._held):
            for code in codes:
                self.note_off(channel, code & 127)
            return
        # Nothing holds a note beyond its key: in one call, for a hundred would be late.
        self._library.fluid_synth_all_notes_off(self._synth, channel)
        notes = [self._down.pop(code) for code in codes]
        if channel in self._drums:
            self._held.update(zip(codes, notes, strict=True))
            return
        for note in notes[-RELEASED_KEPT:]:
            self._remember_released(note)

    def silence(self, channel: int = ALL) -> None:
        """All notes end within 16 ms, on a channel or on all, whatever pedals say."""
        voices = self._voices
        self._list(self._synth, voices, len(voices), ALL)
        for voice in voices:
            if not voice:
                break
            if channel in (ALL, self._library.fluid_voice_get_channel(c_void_p(voice))):
                self._set(voice, VOLUME_RELEASE, FASTEST_TIMECENTS)
                self._update(voice, VOLUME_RELEASE)
        self._library.fluid_synth_all_notes_off(self._synth, channel)
        for notes in (self._down, self._held):
            for code in [code for code in notes if channel in (ALL, code >> 7)]:
                del notes[code]
        self._caught = {code for code in self._caught if channel not in (ALL, code >> 7)}

    def set_polyphony(self, voices: int) -> None:
        """At most that many voices from now on, and up to `SPARE_VOICES` that fade."""
        self._limit = max(1, min(voices, MAX_POLYPHONY))
        sounding = self._count(self._synth)
        excess = sounding - self._limit - self.leaving
        if excess > 0:
            self._shed(excess, sounding)
        elif not self.leaving:
            self._fit()
