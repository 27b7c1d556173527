"""A take as a Standard MIDI File that sounds as it was played: layers, splits, touch and transposition applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from mos_appliance.music.general_midi import DRUM_BANK
from mos_appliance.music.smf_write import performance_smf, write_smf
from mos_appliance.store.take_format import Change, Content, Event
from mos_appliance.wire.controls import BY_NAME, CONTROLS, COUNTS, LAYERS

DRUMS: Final = 9
LAYER_CHANNELS: Final = (0, 13, 14, 15)
"""Where the layers go in the file; the player's other channels keep their numbers."""
_DRESS: Final = ("layer_on", "program", "bank", "layer_volume", "layer_pan")
_TRANSPOSE: Final = "transpose"
_NOTE_ON, _NOTE_OFF, _CONTROL, _PROGRAM = 0x90, 0x80, 0xB0, 0xC0

Message = tuple[int, int, int]


def export_take(content: Content) -> bytes:
    """The take as a MIDI file. Errors: `BadInput` when it is longer than such a file can be."""
    timed = list(_perform(content))
    frames = np.array([frame for frame, _ in timed], np.int64)
    messages = np.array([message for _, message in timed], np.uint8).reshape(-1, 3)
    return write_smf(performance_smf(frames, messages, content.facts.title))


def plain_take(content: Content) -> bytes:
    """The take as one keyboard plays it: no layers, no splits, so that each key is one note. Errors: `BadInput`."""
    kept = {name: values for name, values in content.facts.controls.items() if name == _TRANSPOSE}
    changes = [change for change in content.changes if change.control == _TRANSPOSE]
    facts = msgspec.structs.replace(content.facts, controls=kept)
    return export_take(content._replace(facts=facts, changes=changes))


def _perform(content: Content) -> Iterator[tuple[int, Message]]:
    player = _Player(content.facts.controls)
    for layer in range(LAYERS):
        yield from ((0, message) for message in player.dress(layer))
    steps: list[Change | Event] = [*content.changes, *content.events]
    for step in sorted(steps, key=lambda step: step.frame):
        messages = player.change(step) if isinstance(step, Change) else player.play(step)
        yield from ((step.frame, message) for message in messages)


class _Player:
    """Follows the controls and turns what was played into what sounded, as the engine's keyboard does."""

    def __init__(self, controls: dict[str, list[float]]) -> None:
        self._values = {(row.name, which): row.initial(which) for row in CONTROLS for which in range(COUNTS[row.scope])}
        for name, values in controls.items():
            for which, value in enumerate(values):
                self._set(name, which, value)
        self._routes: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def _set(self, name: str, which: int, value: float) -> bool:
        """Whether there is such a control and it can have that value: the file may be another version's."""
        row = BY_NAME.get(name)
        if row is None or (name, which) not in self._values or not row.minimum <= value <= row.maximum:
            return False
        self._values[name, which] = value
        return True

    def dress(self, layer: int) -> list[Message]:
        """The messages that give a layer its instrument; none while it is off."""
        on, program, bank, volume, pan = (int(self._values[name, layer]) for name in _DRESS)
        if not on:
            return []
        channel = self._channel(layer)
        select = [] if bank in (0, DRUM_BANK) else [(_CONTROL | channel, 0, bank)]
        level = [(_CONTROL | channel, 7, volume), (_CONTROL | channel, 10, pan)]
        return [*select, (_PROGRAM | channel, program, 0), *level]

    def change(self, change: Change) -> list[Message]:
        """A control was changed."""
        if not self._set(change.control, change.which, change.value):
            return []
        return self.dress(change.which) if change.control in _DRESS else []

    def play(self, event: Event) -> list[Message]:
        """Something was played."""
        command, channel = event.status & 0xF0, event.status & 0x0F
        key = (channel, event.data1)
        if command == _NOTE_ON and event.data2:
            offs = [(_NOTE_OFF | to, pitch, 64) for to, pitch in self._routes.pop(key, ())]
            self._routes[key] = self._route(channel, event.data1)
            velocity = event.velocity or event.data2
            return [*offs, *((_NOTE_ON | to, pitch, velocity) for to, pitch in self._routes[key])]
        if command in (_NOTE_ON, _NOTE_OFF):
            return [(_NOTE_OFF | to, pitch, 64) for to, pitch in self._routes.pop(key, ())]
        if channel:
            return [(event.status, event.data1, event.data2)]
        if command == _PROGRAM:
            return []  # the engine made a control of it, which is among the changes
        to_channels = dict.fromkeys(self._channel(layer) for layer in self._open())
        return [(command | to, event.data1, event.data2) for to in to_channels]

    def _open(self) -> list[int]:
        return [layer for layer in range(LAYERS) if self._values["layer_on", layer]]

    def _channel(self, layer: int) -> int:
        return DRUMS if self._values["bank", layer] == DRUM_BANK else LAYER_CHANNELS[layer]

    def _route(self, channel: int, key: int) -> list[tuple[int, int]]:
        """Channels and pitches that a key sounds."""
        get = self._values
        shift = int(get[_TRANSPOSE, 0])
        if channel:
            places = [(channel, key + (0 if channel == DRUMS else shift))]
        else:
            places = []
            for layer in self._open():
                if get["lowest_key", layer] <= key <= get["highest_key", layer]:
                    by = 0 if get["bank", layer] == DRUM_BANK else shift
                    places.append((self._channel(layer), key + by + int(get["layer_transpose", layer])))
        return [(to, pitch) for to, pitch in places if 0 <= pitch <= 127]
