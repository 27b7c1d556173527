"""What a player's keys, pedals and wheels become: layers, splits, transposition, touch; and who holds which note.

A note's way is fixed when its key goes down: when layers or transposition change meanwhile, its note-off finds it.
MIDI channel 1 plays the layers (synth channels 0–3); the other fifteen play synth channels 49–63, as on any General
MIDI module, channel 10 being the drums.
"""

from __future__ import annotations

from typing import Final

from mos_appliance.engine.panel import Panel
from mos_appliance.engine.ports import Synth
from mos_appliance.wire.controls import LAYERS
from mos_appliance.wire.records import Source

LIVE_CHANNEL_BASE: Final = 48
DRUM_CHANNEL: Final = LIVE_CHANNEL_BASE + 9
DRUM_BANK_SELECT: Final = 120
FIXED_AFTER: Final = 24
"""Note-ons of one and the same velocity after which a keyboard is taken for one that does not feel."""
SOURCES: Final = 3
"""Keyboard, DIN and hub hold notes here; a song's are the transport's."""

_HELD_CONTROLS: Final = (1, 64, 66, 67)
"""Modulation and the pedals: what stays as it is until somebody moves it back."""
_BANK_SELECTS: Final = (0, 32)
"""Dropped on the layers' channel: the panel has the bank, and a General MIDI sound is in every keyboard's first one."""
_NO_BEND: Final = 64 << 7

Routes = tuple[tuple[int, int], ...]
"""Synth channel and key of every layer that a key sounds."""


def velocity_table(curve: int, fixed: int) -> bytes:
    """Velocity in → velocity out. Units: 0–127 both; only 0 gives 0."""
    if curve == 3:
        return bytes([0] + [fixed] * 127)
    power = (1.0, 0.6, 1.7)[curve]
    return bytes([0] + [max(1, min(127, round(127 * (value / 127) ** power))) for value in range(1, 128)])


class KeyboardFacts:
    """What the keyboard has shown of itself. Values as in the record KEYBOARD_LEARNT."""

    def __init__(self) -> None:
        self.lowest = 127
        self.highest = 0
        self.notes = 0
        self.velocity = 0
        self.pedal = 0
        self._first_velocity = 0

    def note(self, key: int, velocity: int) -> bool:
        """Learn from a note-on; true when something new is known."""
        self.notes += 1
        news = False
        if key < self.lowest:
            self.lowest, news = key, True
        if key > self.highest:
            self.highest, news = key, True
        if self.velocity != 2:
            if self.notes == 1:
                self._first_velocity = velocity
            elif velocity != self._first_velocity:
                self.velocity, news = 2, True
            elif self.notes == FIXED_AFTER:
                self.velocity, news = 1, True
        return news

    def pedal_moved(self, value: int) -> bool:
        """Learn from a sustain pedal's value; true when something new is known."""
        kind = 1 if value in (0, 127) else 2
        if kind <= self.pedal:
            return False
        self.pedal = kind
        return True


class Keyboard:
    """Routes live messages to the synthesiser. `shed` counts the voices that had to give way."""

    def __init__(self, synth: Synth, panel: Panel) -> None:
        self.facts = KeyboardFacts()
        self.shed = 0
        self.struck = 0
        """Note-ons that went to the synthesiser: a key strikes once in each of its layers."""
        self.sounded_velocity = 0
        """Velocity of the last note-on after the curve."""
        self._synth = synth
        self._panel = panel
        self._held: list[dict[int, Routes]] = [{} for _ in range(SOURCES)]
        self._pedals: list[dict[int, int]] = [{} for _ in range(SOURCES)]
        self._bends: list[dict[int, int]] = [{} for _ in range(SOURCES)]
        self._routes: list[Routes | None] = [None] * 128
        """None where the layers have changed since the key was struck last."""
        self._layers: list[tuple[int, int, int, int]] = []
        self._touch = (0, 0)
        self._velocities = bytes(range(128))
        self._transpose = 0

    def prepare(self) -> None:
        """Send the layers' instruments and levels, and lay the routes. At start and after a panic."""
        for layer in range(LAYERS):
            self.dress(layer)
        self._synth.midi(DRUM_CHANNEL, 0xB0, 0, DRUM_BANK_SELECT)
        self._synth.midi(DRUM_CHANNEL, 0xC0, 0, 0)
        self.learn_touch()
        self.lay()

    def dress(self, layer: int) -> None:
        """Send a layer's instrument, level and place."""
        get, midi = self._panel.get, self._synth.midi
        bank = int(get("bank", layer))
        midi(layer, 0xB0, 0, DRUM_BANK_SELECT if bank == 128 else bank)
        midi(layer, 0xC0, int(get("program", layer)), 0)
        midi(layer, 0xB0, 7, int(get("layer_volume", layer)))
        midi(layer, 0xB0, 10, int(get("layer_pan", layer)))

    def lay(self) -> None:
        """Note how the layers lie; which of them a key plays is worked out when it is struck."""
        get = self._panel.get
        shift = int(get("transpose"))
        self._layers = [
            (
                layer,
                int(get("lowest_key", layer)),
                int(get("highest_key", layer)),
                (0 if get("bank", layer) == 128 else shift) + int(get("layer_transpose", layer)),
            )
            for layer in range(LAYERS)
            if get("layer_on", layer)
        ]
        self._transpose = shift
        self._routes = [None] * 128

    def _route(self, key: int) -> Routes:
        """The layers that a key plays."""
        routes = self._routes[key]
        if routes is None:
            layers = self._layers
            routes = self._routes[key] = tuple(
                (layer, key + by) for layer, low, high, by in layers if low <= key <= high and 0 <= key + by <= 127
            )
        return routes

    def learn_touch(self) -> None:
        """Choose the velocity curve: a keyboard that does not feel sounds at the fixed velocity."""
        get = self._panel.get
        numb = get("touch") == 2 or (get("touch") == 0 and self.facts.velocity == 1)
        touch = (3 if numb else int(get("velocity_curve")), int(get("fixed_velocity")))
        if touch != self._touch:
            self._touch = touch
            self._velocities = velocity_table(*touch)

    def play(self, source: Source, status: int, data1: int, data2: int) -> None:
        """Sound one channel message of a live source."""
        command, channel = status & 0xF0, status & 0x0F
        if command == 0x90 and data2:
            self._note_on(source, channel, data1, data2)
        elif command <= 0x90:
            self._note_off(source, channel, data1)
        elif command == 0xC0 and channel == 0:
            # A program change of the keyboard is the player's choice of instrument: the engine turns it into a control.
            self._synth.midi(0, 0xC0, data1, 0)
        else:
            self._control(source, command, channel, data1, data2)

    def _note_on(self, source: Source, channel: int, key: int, velocity: int) -> None:
        self.sounded_velocity = sounded = self._velocities[velocity]
        held, code = self._held[source], channel << 7 | key
        if code in held:
            self._note_off(source, channel, key)
        if channel == 0:
            routes = self._route(key)
        elif channel == 9:
            routes = ((DRUM_CHANNEL, key),)
        else:
            shifted = key + self._transpose
            routes = ((LIVE_CHANNEL_BASE + channel, shifted),) if 0 <= shifted <= 127 else ()
        held[code] = routes
        midi = self._synth.midi
        self.struck += len(routes)
        for synth_channel, synth_key in routes:
            self.shed += midi(synth_channel, 0x90, synth_key, sounded)

    def _note_off(self, source: Source, channel: int, key: int) -> None:
        routes = self._held[source].pop(channel << 7 | key, ())
        midi = self._synth.midi
        for synth_channel, synth_key in routes:
            midi(synth_channel, 0x80, synth_key, 0)

    def _control(self, source: Source, command: int, channel: int, data1: int, data2: int) -> None:
        if command == 0xB0 and data1 in _HELD_CONTROLS:
            self._pedals[source][channel << 7 | data1] = data2
        elif command == 0xE0:
            self._bends[source][channel] = data1 | data2 << 7
        elif command == 0xB0 and not channel and data1 in _BANK_SELECTS:
            return
        midi = self._synth.midi
        if command == 0xA0:
            for synth_channel, synth_key in self._held[source].get(channel << 7 | data1, ()):
                midi(synth_channel, 0xA0, synth_key, data2)
        elif channel:
            midi(LIVE_CHANNEL_BASE + channel, command, data1, data2)
        else:
            # Also to layers that are off now: one of them may have notes under the pedal, or be switched on again.
            for layer in range(LAYERS):
                midi(layer, command, data1, data2)

    def release(self, source: Source) -> int:
        """Let go of all that a source holds, pedals and wheels too. Returns the number of notes."""
        held = self._held[source]
        count = len(held)
        for code in list(held):
            self._note_off(source, code >> 7, code & 127)
        for code, value in self._pedals[source].items():
            if value:
                self._control(source, 0xB0, code >> 7, code & 127, 0)
        for channel, bend in self._bends[source].items():
            if bend != _NO_BEND:
                self._control(source, 0xE0, channel, 0, 64)
        self._pedals[source].clear()
        self._bends[source].clear()
        return count

    def forget(self) -> int:
        """Forget what is held: the synthesiser has been silenced. Returns the number of notes."""
        count = sum(len(held) for held in self._held)
        for held, pedals, bends in zip(self._held, self._pedals, self._bends, strict=True):
            held.clear()
            pedals.clear()
            bends.clear()
        return count

    def holds(self, source: Source) -> bool:
        """Whether a source holds a note, a pedal or the modulation wheel."""
        return bool(self._held[source]) or any(self._pedals[source].values())
