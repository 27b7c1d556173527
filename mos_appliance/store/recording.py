"""When a take begins and ends, and what belongs into it: a fold over the engine's records, without disk or clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mos_appliance.store.take_format import Change, Event
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.controls import BY_NUMBER
from mos_appliance.wire.records import Kind, Record, Source

SILENCE_FRAMES: Final = 20 * SAMPLE_RATE
"""So long without a note held or played ends a take."""
MAX_FRAMES: Final = 6 * 3600 * SAMPLE_RATE
"""A take that lasts longer is ended; the next note begins another."""
MAX_EVENTS: Final = 190_000
"""Not more than the transport can play again."""
MAX_STUCK_FRAMES: Final = 300 * SAMPLE_RATE
"""A note held so long without another event is taken for a stuck one."""
_PEDALS: Final = (64, 66, 67)
_ALL: Final = 255


@dataclass(frozen=True, slots=True)
class Begun:
    """A take begins with the events that follow."""


@dataclass(frozen=True, slots=True)
class Grown:
    """It has grown; `notes` and `frames` tell how far it is now."""

    events: list[Event]
    changes: list[Change]
    notes: int
    frames: int


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over."""

    notes: int
    frames: int


Step = Begun | Grown | Ended


@dataclass(slots=True)
class _Take:
    begin: int
    notes: int = 0
    last: int = 0
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    count: int = 0


class Recorder:
    """Feed it every record; it calls `tell` with the steps. `flush` is to be called a few times a second."""

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell = tell
        self._take: _Take | None = None
        self._held: set[tuple[int, int, int]] = set()
        self._pedals: dict[tuple[int, int], int] = {}
        self._engine = 0
        self._controls: dict[tuple[int, int], float] = {}

    @property
    def recording(self) -> bool:
        """Whether a take is being recorded."""
        return self._take is not None

    def take_in(self, record: Record) -> None:
        """Follow one record."""
        match record.kind:
            case Kind.ENGINE_HELLO:
                self._greet(int(record.value("pid")))
            case Kind.MIDI_HAPPENED if record.flags != Source.SONG:
                self._midi(record)
            case Kind.CONTROL_CHANGED:
                self._control(record)
            case Kind.NOTES_RELEASED:
                self._release(record)
            case Kind.CLOCK_PAIRED:
                self._look_at_clock(record.frame)

    def flush(self) -> None:
        """Hand over what has come since the last time."""
        take = self._take
        if take is not None and (take.events or take.changes):
            self._tell(Grown(take.events, take.changes, take.notes, take.last - take.begin))
            take.events, take.changes = [], []

    def stop(self) -> None:
        """End the take: somebody asked, or the engine is gone."""
        self.flush()
        take, self._take = self._take, None
        self._held.clear()
        if take is not None:
            self._tell(Ended(take.notes, take.last - take.begin))

    def _greet(self, engine: int) -> None:
        """Another engine counts its frames anew and holds nothing."""
        if engine != self._engine:
            self._engine = engine
            self.stop()
            self._pedals.clear()

    def _midi(self, record: Record) -> None:
        status, data1, data2, velocity = (int(value) for value in record.values[:4])
        is_on = status & 0xF0 == 0x90 and data2 > 0
        if self._take is None and is_on:
            self._begin(record.frame)
        if status & 0xF0 == 0xB0 and data1 in _PEDALS:
            self._pedals[status & 0x0F, data1] = data2
        if status & 0xE0 == 0x80:
            (self._held.add if is_on else self._held.discard)((record.flags, status & 0x0F, data1))
        if self._take is not None:
            self._take.notes += is_on
            self._append(record.frame, status, data1, data2, velocity)

    def _begin(self, frame: int) -> None:
        self._take = _Take(frame, last=frame)
        self._tell(Begun())
        for (channel, pedal), value in self._pedals.items():
            if value:
                self._append(frame, 0xB0 | channel, pedal, value, 0)

    def _append(self, frame: int, status: int, data1: int, data2: int, velocity: int) -> None:
        take = self._take
        if take is None:
            return
        take.last = max(take.last, frame)  # events of one block may come in any order of their frames
        take.events.append(Event(take.last - take.begin, status, data1, data2, velocity))
        take.count += 1
        if take.count >= MAX_EVENTS:
            self.stop()

    def _control(self, record: Record) -> None:
        """Keep what has changed: an engine that is greeted tells every control, changed or not."""
        row = BY_NUMBER.get(record.which)
        if row is None or not row.remembered:
            return
        value, which = record.values[0], int(record.values[1])
        known = self._controls.get((row.number, which))
        self._controls[row.number, which] = value
        take = self._take
        if take is not None and value != known:
            frame = max(record.frame, take.last) - take.begin
            take.changes.append(Change(frame, row.name, which, value))

    def _release(self, record: Record) -> None:
        """What was let go without note-offs gets them here, so that no take holds a stuck note."""
        for key in [key for key in self._held if record.flags in (key[0], _ALL)]:
            self._held.discard(key)
            self._append(record.frame, 0x80 | key[1], key[2], 64, 0)
        for (channel, pedal), value in self._pedals.items():
            if value and record.flags not in (Source.SONG, Source.MICROPHONE):
                self._append(record.frame, 0xB0 | channel, pedal, 0, 0)
                self._pedals[channel, pedal] = 0

    def _look_at_clock(self, frame: int) -> None:
        take = self._take
        if take is None:
            return
        silent = frame - take.last
        if frame - take.begin > MAX_FRAMES or silent > (MAX_STUCK_FRAMES if self._held else SILENCE_FRAMES):
            self.stop()
