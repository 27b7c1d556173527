"""What the song's parts sound now, so that every note of it ends and every controller is where it should be."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.engine import chase
from mos_appliance.engine.chase import CC, SLOTS
from mos_appliance.wire.controls import PARTS

Message = tuple[int, int, int, int]
"""Part, status with channel nibble 0, two data bytes."""

MESSAGES_PER_CHUNK: Final = 64
"""After so many messages the rest waits for the next chunk."""
MOST_OVERLAPS: Final = 4
"""A note-on beyond so many of the same key first ends one of them."""
NOTHING_MORE: Final = 0
STARTED: Final = 1
WAITS: Final = 2
_RELEASE_VELOCITY: Final = 64 << 24
_PEDALS: Final = (64, 66, 69)


def _control(part: int, number: int, value: int) -> int:
    return part | 0xB000 | number << 16 | value << 24


class SongParts:
    """Passes a song's messages on in `messages`, counting held notes and remembering controllers.

    Messages that release or restore wait in a queue until `drain` has room for them; nothing may be `play`ed before.
    """

    __slots__ = (
        "_audible",
        "_compare",
        "_different",
        "_goal",
        "_goal_view",
        "_held",
        "_muted",
        "_queue",
        "_sent_view",
        "_slots",
        "_soloed",
        "messages",
        "sent",
    )

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.sent = bytearray(chase.DEFAULTS)
        self._goal = bytearray(chase.DEFAULTS)
        self._sent_view = np.frombuffer(self.sent, np.uint8)
        self._goal_view = np.frombuffer(self._goal, np.uint8)
        self._different = np.zeros(chase.TABLE_BYTES, np.bool_)
        self._held: dict[int, int] = {}
        self._queue: list[int] = []
        self._slots: list[int] = []
        self._compare = False
        self._audible = [True] * PARTS
        self._muted = [False] * PARTS
        self._soloed = [False] * PARTS

    @property
    def waiting(self) -> bool:
        """Whether the queue holds messages."""
        return bool(self._queue or self._slots or self._compare)

    @property
    def held(self) -> int:
        """Notes of the song that sound now."""
        return sum(self._held.values())

    def play(self, word: int) -> int:
        """Pass on a message of the song (part, status, data 1, data 2 from the lowest byte up).

        Returns NOTHING_MORE, STARTED when it was a note-on, or WAITS when it left messages waiting.
        """
        status = word & 0xF000
        part = word & 0xFF
        data1 = word >> 16 & 0x7F
        if status > 0xA000:
            if status == 0xB000 and data1 >= 120 and data1 != chase.RESET_ALL:
                return self._end_by_mode(word, data1)
            self.messages.append((part, status >> 8, data1, word >> 24))
            chase.apply(self.sent, word)
            return NOTHING_MORE
        key = word & 0x7F00FF
        held = self._held.get(key, 0)
        if status == 0x9000 and word >= 1 << 24:
            if not self._audible[part]:
                return NOTHING_MORE
            if held >= MOST_OVERLAPS:
                self._send(key | 0x8000 | _RELEASE_VELOCITY)
                held -= 1
            self._held[key] = held + 1
            self.messages.append((part, 0x90, data1, word >> 24))
            return STARTED
        if not held:
            return NOTHING_MORE
        if status != 0xA000:
            if held == 1:
                del self._held[key]
            else:
                self._held[key] = held - 1
        self.messages.append((part, status >> 8, data1, word >> 24))
        return NOTHING_MORE

    def _end_by_mode(self, word: int, number: int) -> int:
        """What ends notes by a mode message: all of them get their note-off, and only "all sound off" goes on."""
        if number != 122:
            self._queue_note_offs(word & 0xFF)
            if number == 120:
                self._queue.insert(0, word)
        return WAITS if self.waiting else NOTHING_MORE

    def _send(self, word: int) -> None:
        self.messages.append((word & 0xFF, word >> 8 & 0xF0, word >> 16 & 0x7F, word >> 24))
        chase.apply(self.sent, word)

    def drain(self) -> bool:
        """Send what waits as long as there is room; True when nothing waits any more."""
        queue, slots = self._queue, self._slots
        while queue and len(self.messages) < MESSAGES_PER_CHUNK:
            self._send(queue.pop())
        if self._compare and not queue:
            self._find_differences()
        while slots and not queue and len(self.messages) < MESSAGES_PER_CHUNK:
            self._restore_slot(slots.pop())
        return not (queue or slots)

    def _find_differences(self) -> None:
        np.not_equal(self._sent_view, self._goal_view, out=self._different)
        self._slots[:] = np.flatnonzero(self._different)[::-1].tolist()
        self._compare = False

    # ---- release ---------------------------------------------------------------------------------------------------

    def release(self) -> int:
        """End every note and lift every pedal of the song. Returns how many notes."""
        notes = self.held
        self._slots.clear()
        self._compare = False
        self._queue[:] = [word for word in self._queue if word & 0xF000 == 0x8000]
        sent = self.sent
        for base in range(CC, chase.TABLE_BYTES, SLOTS):
            if sent[base + 64] or sent[base + 66] or sent[base + 69]:
                part = base // SLOTS
                self._queue.extend(_control(part, number, 0) for number in _PEDALS if sent[base + number])
        self._queue_note_offs(-1)
        return notes

    def _queue_note_offs(self, part: int) -> None:
        for key, count in self._held.items():
            if part in (-1, key & 0xFF):
                self._queue.extend([key | 0x8000 | _RELEASE_VELOCITY] * count)
        if part == -1:
            self._held.clear()
        else:
            for key in [key for key in self._held if key & 0xFF == part]:
                del self._held[key]

    def forget(self) -> None:
        """The synthesiser was reset behind our back: nothing sounds, every controller is at its default."""
        self._held.clear()
        self._queue.clear()
        self._slots.clear()
        self._compare = False
        self.messages.clear()
        self.sent[:] = chase.DEFAULTS

    # ---- restore ---------------------------------------------------------------------------------------------------

    def restore(self, table: bytes | bytearray) -> None:
        """Bring the controllers to those of `table`, by messages for those that differ."""
        self._goal[:] = table
        self._compare = True

    def _restore_slot(self, place: int) -> None:
        """Send what brings one slot to its goal. In a part slots come in ascending order, which is one that works."""
        part, slot = divmod(place, SLOTS)
        if slot <= chase.PROGRAM:
            self._restore_program(part)
        elif slot < chase.BEND_LSB:
            self._restore_parameter(part, (slot - chase.RPN) // 2)
        elif slot <= chase.BEND_MSB:
            base = part * SLOTS
            low, high = self._goal[base + chase.BEND_LSB], self._goal[base + chase.BEND_MSB]
            self._send(part | 0xE000 | low << 16 | high << 24)
        elif slot == chase.PRESSURE:
            self._send(part | 0xD000 | self._goal[place] << 16)
        elif slot == chase.NON_REGISTERED or chase.NRPN_LSB <= slot - CC <= chase.RPN_MSB:
            self._restore_chosen_parameter(part)
        elif self.sent[place] != self._goal[place]:
            self._send(_control(part, slot - CC, self._goal[place]))

    def _restore_program(self, part: int) -> None:
        base, goal = part * SLOTS, self._goal
        if self.sent[base : base + chase.RPN] != goal[base : base + chase.RPN]:
            self._send(_control(part, 0, goal[base + chase.BANK_MSB]))
            self._send(_control(part, 32, goal[base + chase.BANK_LSB]))
            self._send(part | 0xC000 | goal[base + chase.PROGRAM] << 16)
        for number in (0, 32):
            if self.sent[base + CC + number] != goal[base + CC + number]:
                self._send(_control(part, number, goal[base + CC + number]))

    def _restore_parameter(self, part: int, number: int) -> None:
        first = part * SLOTS + chase.RPN + 2 * number
        if self.sent[first : first + 2] != self._goal[first : first + 2]:
            self._send(_control(part, chase.RPN_MSB, 0))
            self._send(_control(part, chase.RPN_LSB, number))
            self._send(_control(part, chase.DATA_MSB, self._goal[first]))
            self._send(_control(part, chase.DATA_LSB, self._goal[first + 1]))
        self._restore_chosen_parameter(part)

    def _restore_chosen_parameter(self, part: int) -> None:
        first, goal = part * SLOTS, self._goal
        chosen = slice(first + CC + chase.NRPN_LSB, first + CC + chase.RPN_MSB + 1)
        flag = first + chase.NON_REGISTERED
        if self.sent[chosen] == goal[chosen] and self.sent[flag] == goal[flag]:
            return
        numbers = (98, 99, 100, 101) if not goal[flag] else (100, 101, 98, 99)
        for number in numbers:
            self._send(_control(part, number, goal[first + CC + number]))

    # ---- who sounds ------------------------------------------------------------------------------------------------

    def mute(self, part: int, on: bool) -> None:
        """Silence a part, or let it sound from its next note on."""
        self._muted[part] = on
        self._choose()

    def solo(self, part: int, on: bool) -> None:
        """While any part is soloed only soloed parts sound."""
        self._soloed[part] = on
        self._choose()

    def _choose(self) -> None:
        alone = any(self._soloed)
        for part in range(PARTS):
            audible = self._soloed[part] if alone else True
            audible = audible and not self._muted[part]
            if self._audible[part] and not audible:
                self._hush(part)
            self._audible[part] = audible

    def _hush(self, part: int) -> None:
        """End the notes of a part, also those that only a pedal holds; the pedal is where it was afterwards."""
        for number in _PEDALS:
            value = self.sent[part * SLOTS + CC + number]
            if value:
                self._queue.append(_control(part, number, value))
                self._queue.append(_control(part, number, 0))
        self._queue_note_offs(part)
