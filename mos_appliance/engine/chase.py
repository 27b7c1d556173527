"""What a song's controllers are at any event: so that a seek sounds as if everything before had been played.

`apply` is the one description of what a message does to a part; playing and chasing both use it, so they agree.
A table holds one byte a slot: bank as of the last program change, program, registered parameters 0–4, pitch bend,
channel pressure and every controller. Not chased: non-registered parameters, data increments, key pressure.
Source: MIDI 1.0 Detailed Specification 4.2, RP-015 (reset all controllers).
"""

from __future__ import annotations

from typing import Final

from mos_appliance.wire.controls import PARTS
from mos_appliance.wire.song import MAX_EVENTS

BANK_MSB: Final = 0
BANK_LSB: Final = 1
PROGRAM: Final = 2
RPN: Final = 3
RPNS: Final = 5
BEND_LSB: Final = RPN + 2 * RPNS
BEND_MSB: Final = BEND_LSB + 1
PRESSURE: Final = BEND_LSB + 2
NON_REGISTERED: Final = BEND_LSB + 3
CC: Final = BEND_LSB + 4
SLOTS: Final = CC + 120
TABLE_BYTES: Final = PARTS * SLOTS

DATA_MSB: Final = 6
DATA_LSB: Final = 38
NRPN_LSB: Final = 98
NRPN_MSB: Final = 99
RPN_LSB: Final = 100
RPN_MSB: Final = 101
RESET_ALL: Final = 121

SCAN_EVENTS: Final = 32
"""Events that one chunk looks at while chasing."""
SNAPSHOT_EVENTS: Final = 1024
"""Events between two snapshots: a seek in an indexed song scans fewer, so it waits at most 32 chunks (43 ms)."""
_SNAPSHOTS: Final = MAX_EVENTS // SNAPSHOT_EVENTS + 1


def _default_part() -> bytes:
    part = bytearray(SLOTS)
    starts = {7: 100, 8: 64, 10: 64, 11: 127, 43: 127, 98: 127, 99: 127, 100: 127, 101: 127}
    starts.update(dict.fromkeys(range(70, 80), 64))
    for number, value in starts.items():
        part[CC + number] = value
    part[BEND_MSB] = 64
    part[RPN] = 2
    part[RPN + 2] = part[RPN + 4] = 64
    return bytes(part)


DEFAULT_PART: Final = _default_part()
DEFAULTS: Final = DEFAULT_PART * PARTS
_RESET: Final = tuple(
    (CC + first, CC + last, DEFAULT_PART[CC + first : CC + last])
    for first, last in ((1, 7), (9, 10), (11, 32), (33, 39), (41, 42), (43, 70), (80, 91), (96, 120))
)
"""The controllers that RP-015 resets: all but bank, volume, balance, pan, sound controllers and effect depths."""

_PLAIN: Final = frozenset(range(96)) - {DATA_MSB, DATA_LSB}


def apply(table: bytearray, word: int) -> None:
    """Enter a message into `table`. `word`: part, status, data 1, data 2 from the lowest byte up."""
    status = word & 0xF000
    base = (word & 0xFF) * SLOTS
    if status == 0xB000:
        number = word >> 16 & 0x7F
        if number in _PLAIN:
            table[base + CC + number] = word >> 24
        else:
            _apply_control(table, base, number, word >> 24)
    elif status == 0xE000:
        table[base + BEND_LSB] = word >> 16 & 0x7F
        table[base + BEND_MSB] = word >> 24
    elif status == 0xC000:
        table[base + BANK_MSB] = table[base + CC]
        table[base + BANK_LSB] = table[base + CC + 32]
        table[base + PROGRAM] = word >> 16 & 0x7F
    elif status == 0xD000:
        table[base + PRESSURE] = word >> 16 & 0x7F


def _apply_control(table: bytearray, base: int, number: int, value: int) -> None:
    if number >= 120:
        if number == RESET_ALL:
            for first, last, values in _RESET:
                table[base + first : base + last] = values
            table[base + BEND_LSB : base + CC] = DEFAULT_PART[BEND_LSB:CC]
        return
    if number in (DATA_MSB, DATA_LSB):
        cc = base + CC
        chosen = table[cc + RPN_LSB]
        if chosen < RPNS and table[cc + RPN_MSB] == 0 and not table[base + NON_REGISTERED]:
            table[base + RPN + 2 * chosen + (number == DATA_LSB)] = value
        return
    table[base + CC + number] = value
    if NRPN_LSB <= number <= RPN_MSB:
        table[base + NON_REGISTERED] = number <= NRPN_MSB


class Mark:
    """The controllers just before one event of the song, once known."""

    __slots__ = ("index", "ready", "table")

    def __init__(self) -> None:
        self.table = bytearray(DEFAULTS)
        self.index = 0
        self.ready = True

    def move(self, index: int) -> None:
        """Want the controllers before event `index`."""
        if index != self.index:
            self.index = index
            self.ready = False

    def take(self, table: bytes | bytearray, index: int) -> None:
        """Know the controllers before event `index`."""
        self.table[:] = table
        self.index = index
        self.ready = True


class Chase:
    """Finds the controllers at any event, a bounded stretch of events at a time."""

    __slots__ = ("_at", "_known", "_snapshots", "_table", "_words", "count")

    def __init__(self) -> None:
        self._snapshots = bytearray(_SNAPSHOTS * TABLE_BYTES)
        self._snapshots[:TABLE_BYTES] = DEFAULTS
        self._table = bytearray(DEFAULTS)
        self.load(memoryview(b"").cast("I"), 0)

    def load(self, words: memoryview, count: int) -> None:
        """Take the events of another song: `words` (2 × count,) of u32, tick and message in turn."""
        self._words = words
        self.count = count
        self._known = 1
        self._at = 0
        self._table[:] = DEFAULTS

    @property
    def indexed(self) -> bool:
        """Whether every snapshot of the song is there."""
        return self._known > self.count // SNAPSHOT_EVENTS

    def index(self) -> None:
        """Take one bounded step towards the next snapshot that is missing."""
        self._scan(self._known * SNAPSHOT_EVENTS)

    def find(self, mark: Mark) -> bool:
        """Take one bounded step towards the controllers of `mark`; True once it knows them."""
        if not mark.ready and self._scan(mark.index):
            mark.take(self._table, mark.index)
        return mark.ready

    def _scan(self, target: int) -> bool:
        row = min(target // SNAPSHOT_EVENTS, self._known - 1)
        at = self._at
        if not row * SNAPSHOT_EVENTS <= at <= target:
            at = row * SNAPSHOT_EVENTS
            self._table[:] = self._snapshots[row * TABLE_BYTES : (row + 1) * TABLE_BYTES]
        missing = self._known * SNAPSHOT_EVENTS
        last = min(target, at + SCAN_EVENTS, missing if at < missing else target)
        table = self._table
        for word in self._words[2 * at + 1 : 2 * last : 2]:
            if word & 0xF000 >= 0xB000:
                apply(table, word)
        self._at = last
        if last == missing:
            self._keep(last // SNAPSHOT_EVENTS)
        return last == target

    def _keep(self, row: int) -> None:
        self._snapshots[row * TABLE_BYTES : (row + 1) * TABLE_BYTES] = self._table
        self._known = row + 1
