"""What the hub may ask of the engine: one row a kind of record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mos_appliance.engine.instrument import RELEASE_HUB_GONE, RELEASE_KEYBOARD_GONE, Engine
from mos_appliance.units import SAMPLE_RATE
from mos_appliance.wire.records import DoneResult, Kind, Record, Source, TransportVerb

HUB_PATIENCE: Final = SAMPLE_RATE
"""Frames without a heartbeat after which what the hub holds is released."""
OWNER: Final = 1


class Commands:
    """Carries out records on an engine. `describe_device` adds what only the caller knows: hello and sound device."""

    def __init__(self, engine: Engine, describe_device: Callable[[], None]) -> None:
        self._engine = engine
        self._describe_device = describe_device
        self._heard = 0
        self._now_ns = 0
        self._hub = 0
        self._table: dict[Kind, Callable[[Record], DoneResult]] = {
            Kind.HUB_HELLO: self._greet,
            Kind.DESCRIBE_STATE: self._describe,
            Kind.HEARTBEAT: lambda _: DoneResult.DONE,
            Kind.PLAY_MIDI: self._play,
            Kind.SET_CONTROL: self._set,
            Kind.MOVE_TRANSPORT: self._move,
            Kind.SET_LOOP: self._loop,
            Kind.PANIC: self._panic,
            Kind.KEYBOARD_GONE: self._keyboard_gone,
        }

    def carry_out(self, record: Record, at_ns: int) -> None:
        """Do what a record says; answer when it carries a sequence number."""
        self._now_ns = at_ns
        if record.kind != Kind.KEYBOARD_GONE:  # which patchbay says
            self._heard = self._engine.frame
        action = self._table.get(record.kind)
        self.answer(record, action(record) if action else DoneResult.UNKNOWN)

    def load_song(self, record: Record, block: memoryview) -> None:
        """LOAD_SONG with the memory that came along."""
        self._heard = self._engine.frame
        self.answer(record, self._engine.loader.begin(block, int(record.value("song"))))

    def answer(self, record: Record, result: DoneResult) -> None:
        """Add a COMMAND_DONE if the command asked for one."""
        if record.sequence:
            self._engine.outbox.put(
                Kind.COMMAND_DONE, record.sequence, record.kind, index=result, frame=self._engine.frame
            )

    def watch_hub(self) -> None:
        """Release what the hub holds when it has said nothing for a second."""
        engine = self._engine
        if engine.keyboard.holds(Source.HUB) and engine.frame - self._heard > HUB_PATIENCE:
            engine.release(Source.HUB, RELEASE_HUB_GONE)

    def _greet(self, record: Record) -> DoneResult:
        """A new hub, however soon it came, knows nothing of what the one before it held."""
        hub = int(record.value("pid"))
        if hub != self._hub:
            self._hub = hub
            self._engine.release(Source.HUB, RELEASE_HUB_GONE)
        return self._describe(record)

    def _describe(self, _record: Record) -> DoneResult:
        self._describe_device()
        self._engine.begin_telling()
        self._tell_loop()
        return DoneResult.DONE

    def _play(self, record: Record) -> DoneResult:
        status, data1, data2 = (int(value) for value in record.values)
        if not 0x80 <= status < 0xF0 or data1 > 127 or data2 > 127:
            return DoneResult.OUT_OF_RANGE
        self._engine.live(Source.HUB, status, data1, data2, self._now_ns)
        return DoneResult.DONE

    def _set(self, record: Record) -> DoneResult:
        value, which = record.values
        return self._engine.set_control(record.which, int(which), value, bool(record.flags & OWNER))

    def _move(self, record: Record) -> DoneResult:
        engine, tick = self._engine, int(record.values[0])
        transport, frame = engine.transport, engine.frame
        if record.which == TransportVerb.PLAY:
            moved = transport.play(frame, tick if record.flags else None)
        elif record.which == TransportVerb.SEEK:
            moved = transport.seek(frame, tick)
        elif record.which == TransportVerb.STOP:
            transport.stop(frame)
            moved = True
        else:
            return DoneResult.UNKNOWN
        return DoneResult.DONE if moved else DoneResult.NO_SONG

    def _loop(self, record: Record) -> DoneResult:
        from_tick, to_tick = (int(value) for value in record.values)
        engine = self._engine
        if engine.transport.song is None:
            return DoneResult.NO_SONG
        accepted = engine.transport.set_loop(engine.frame, from_tick, to_tick)
        self._tell_loop()
        return DoneResult.DONE if accepted else DoneResult.OUT_OF_RANGE

    def _tell_loop(self) -> None:
        engine = self._engine
        from_tick, to_tick = engine.transport.loop or (0, 0)
        engine.outbox.put(Kind.LOOP_CHANGED, from_tick, to_tick, frame=engine.frame)

    def _panic(self, _record: Record) -> DoneResult:
        self._engine.panic()
        return DoneResult.DONE

    def _keyboard_gone(self, record: Record) -> DoneResult:
        if record.flags not in (Source.KEYBOARD, Source.DIN):
            return DoneResult.OUT_OF_RANGE
        if record.which:  # what the others have shown of themselves still holds
            self._engine.release(Source(record.flags), RELEASE_KEYBOARD_GONE)
        else:
            self._engine.keyboard_gone(Source(record.flags))
        return DoneResult.DONE
