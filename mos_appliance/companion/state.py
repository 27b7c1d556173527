"""What the hub knows of the instrument: a fold over the engine's records that yields what the pages must be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import msgspec

from mos_appliance.wire import live
from mos_appliance.wire.controls import BY_NAME, BY_NUMBER, CONTROLS, COUNTS
from mos_appliance.wire.files import Sound
from mos_appliance.wire.records import DeviceState, Kind, MicrophoneState, Record, Source, TransportState

_PEDALS: Final = {64: "sustain", 66: "sostenuto", 67: "soft"}
_VELOCITY: Final = ("unknown", "fixed", "varies")
_PEDAL: Final = ("none", "switch", "continuous")
_SOURCES: Final = {source.value: source.name.lower() for source in Source}
_ALL_SOURCES: Final = 255
_DEVICES: Final = {state.value: state.name.lower() for state in DeviceState}
_MICROPHONES: Final = {state.value: state.name.lower() for state in MicrophoneState}
_TRANSPORTS: Final[dict[int, Literal["stopped", "counting_in", "playing"]]] = {
    TransportState.STOPPED: "stopped",
    TransportState.COUNTING_IN: "counting_in",
    TransportState.PLAYING: "playing",
}
NO_SONG: Final = live.SongLoaded("", 0, [], [])


class Place(NamedTuple):
    """What of a song's playing an engine that was killed has taken with it."""

    tick: int
    loop: tuple[int, int] | None
    controls: dict[tuple[str, int], float]
    """Name and `which` of every control that is not remembered and not 0."""


class State:
    """The instrument as last told. `fold` takes records in order; `snapshot` is what a new page needs."""

    def __init__(self) -> None:
        self.controls = {
            (row.name, which): row.initial(which) for row in CONTROLS for which in range(COUNTS[row.scope])
        }
        self.engine = live.EngineState(running=False, restarts=0)
        self.engine_pid = 0
        self.sound = Sound("")
        self.device: live.Device | None = None
        self.transport = live.Transport("stopped", 0, 1, 1, 90.0, 100.0)
        self.loop: tuple[int, int] | None = None
        self.statistics: live.Statistics | None = None
        self.keyboard = live.Keyboard([])
        self.song = NO_SONG
        self.songs: dict[int, live.SongLoaded] = {0: NO_SONG}
        """What the hub calls its songs, by the handle that it gave them."""
        self.held: dict[tuple[int, int, int], live.Note] = {}
        self.pedals: dict[str, live.Pedal] = {}
        self.disk = live.Disk("")
        self.faults = live.Faults()
        self._load: Record | None = None
        self._level: Record | None = None

    def fold(self, record: Record) -> list[live.Message]:
        """Take one record in; what has changed by it."""
        step = _STEPS.get(record.kind)
        return [] if step is None else step(self, record)

    def snapshot(self) -> list[live.Message]:
        """Everything, in the order in which a page can use it."""
        messages: list[live.Message] = [self.engine, self.keyboard, self.disk, self.faults]
        if self.device is not None:
            messages.append(self.device)
        messages += [live.Control(name, value, which) for (name, which), value in self.controls.items()]
        messages += [self.song, self.transport, *self.pedals.values(), *self.held.values()]
        return messages if self.statistics is None else [*messages, self.statistics]

    def lose_engine(self) -> list[live.Message]:
        """The engine is silent: what it held is gone with it."""
        if not self.engine.running:
            return []
        self.engine = live.EngineState(running=False, restarts=self.engine.restarts)
        self.statistics = self._load = self._level = None
        return [self.engine, *self._release(_ALL_SOURCES)]

    def find_engine(self) -> list[live.Message]:
        """The engine is heard."""
        if self.engine.running:
            return []
        self.engine = live.EngineState(running=True, restarts=self.engine.restarts)
        return [self.engine]

    def connect_keyboards(self, names: list[str]) -> list[live.Message]:
        """Those keyboards are connected now."""
        if names == self.keyboard.names:
            return []
        old = self.keyboard
        facts = (old.lowest_key, old.highest_key, old.velocity, old.pedal) if names else (None, None, "unknown", "none")
        self.keyboard = live.Keyboard(names, *facts)
        return [self.keyboard]

    def place(self) -> Place:
        """Where the song stands, what of it is repeated and who is heard: for an engine that has to begin anew."""
        parts = {key: value for key, value in self.controls.items() if value and not BY_NAME[key[0]].remembered}
        return Place(self.transport.tick, self.loop, parts)

    def know_disk(self, disk: live.Disk) -> list[live.Message]:
        """Whether the disk takes what is to be kept."""
        self.disk = disk
        return [disk]

    def know_faults(self, faults: live.Faults) -> list[live.Message]:
        """What is wrong with the box now."""
        self.faults = faults
        return [faults]

    def recall(self, controls: dict[str, list[float]]) -> None:
        """Start from remembered values; what is unknown or out of range is passed over."""
        for name, values in controls.items():
            row = BY_NAME.get(name)
            for which, value in enumerate(values):
                if row is not None and (name, which) in self.controls and row.minimum <= value <= row.maximum:
                    self.controls[name, which] = value

    def remembered(self) -> dict[str, list[float]]:
        """The values that outlive the engine, by control."""
        return {
            row.name: [self.controls[row.name, which] for which in range(COUNTS[row.scope])]
            for row in CONTROLS
            if row.remembered
        }

    def _engine_hello(self, record: Record) -> list[live.Message]:
        """Another process id is another engine: the one before is gone, though nobody may have missed it yet."""
        pid = int(record.value("pid"))
        gone = self.lose_engine() if pid != self.engine_pid else []
        restarts = self.engine.restarts + (1 if self.engine_pid not in (0, pid) else 0)
        self.engine_pid = pid
        if self.engine.running:
            return []
        self.engine = live.EngineState(running=True, restarts=restarts)
        return [*gone, self.engine]

    def _midi_happened(self, record: Record) -> list[live.Message]:
        status, data1, data2, velocity, _, at_ns = (int(value) for value in record.values)
        match status & 0xF0:
            case 0x90 | 0x80:
                on = status & 0xF0 == 0x90 and data2 > 0
                part = record.which if record.flags == Source.SONG else None
                note = live.Note(
                    on,
                    data1,
                    velocity if on else data2,
                    record.frame,
                    at_ns,
                    _SOURCES.get(record.flags, "unknown"),
                    record.which,
                    part,
                )
                self._hold(note, (record.flags, record.which, data1))
                return [note]
            case 0xB0 if data1 in _PEDALS and record.flags != Source.SONG:
                pedal = live.Pedal(_PEDALS[data1], data2, record.frame)
                self.pedals[pedal.which] = pedal
                return [pedal]
        return []

    def _hold(self, note: live.Note, key: tuple[int, int, int]) -> None:
        if note.on:
            self.held[key] = note
        else:
            self.held.pop(key, None)

    def _notes_released(self, record: Record) -> list[live.Message]:
        return self._release(record.flags, record.frame)

    def _release(self, source: int, frame: int = 0) -> list[live.Message]:
        released = [key for key in self.held if source in (key[0], _ALL_SOURCES)]
        notes: list[live.Message] = []
        for key in released:
            note = self.held.pop(key)
            at = frame or note.frame
            notes.append(live.Note(False, note.pitch, 0, at, note.at_ns, note.source, note.channel, note.part))
        if source not in (Source.SONG, Source.MICROPHONE):
            notes += [live.Pedal(pedal.which, 0, frame) for pedal in self.pedals.values() if pedal.value]
            self.pedals.clear()
        return notes

    def _transport_changed(self, record: Record) -> list[live.Message]:
        tick, scale, quarter_bpm, bar, beat = record.values
        self.transport = live.Transport(
            _TRANSPORTS.get(record.which, "stopped"),
            int(tick),
            int(bar),
            int(beat),
            round(quarter_bpm, 3),
            round(scale, 3),
            self.loop,
            record.frame,
        )
        return [self.transport]

    def _load_measured(self, record: Record) -> list[live.Message]:
        self._load = record
        return []

    def _level_measured(self, record: Record) -> list[live.Message]:
        self._level = record
        return []

    def _clock_paired(self, record: Record) -> list[live.Message]:
        """The last of the three that come ten times a second."""
        if self._load is None or self._level is None:
            return []
        load, level, clock = self._load.as_dict(), self._level.as_dict(), record.as_dict()
        self.statistics = live.Statistics(
            frame=record.frame,
            at_ns=int(clock["at_ns"]),
            xruns=int(load["xruns"]),
            voices=self._load.which,
            voices_shed=int(load["voices_shed"]),
            block_us={"p50": int(load["p50_us"]), "p99": int(load["p99_us"]), "max": int(load["max_us"])},
            period_us=int(load["period_us"]),
            latency_ms=round(level["latency_us"] / 1000, 3),
            peak_dbfs=round(level["peak_dbfs"], 2),
            reduction_db=round(level["reduction_db"], 2),
            tick=int(clock["tick"]),
            bar=int(clock["bar"]),
            beat=int(clock["beat"]),
        )
        return [self.statistics]

    def _control_changed(self, record: Record) -> list[live.Message]:
        row = BY_NUMBER.get(record.which)
        value, which = record.values[0], int(record.values[1])
        if row is None or self.controls.get((row.name, which)) in (None, value):
            return []
        self.controls[row.name, which] = value
        return [live.Control(row.name, value, which)]

    def _sound_device_changed(self, record: Record) -> list[live.Message]:
        state = _DEVICES.get(record.which, "unknown")
        period, periods, bits, _, microphone, overruns = (int(value) for value in record.values)
        heard = state != "simulated" and self.sound.heard
        self.device = live.Device(
            state,
            self.sound.name,
            period,
            periods,
            bits,
            browser_sound=not heard,
            microphone=_MICROPHONES.get(microphone, "unknown"),
            overruns=overruns,
        )
        return [self.device]

    def _keyboard_learnt(self, record: Record) -> list[live.Message]:
        lowest, highest, velocity, pedal, notes = (int(value) for value in record.values)
        self.keyboard = live.Keyboard(
            self.keyboard.names,
            lowest if notes else None,
            highest if notes else None,
            _VELOCITY[velocity] if velocity < len(_VELOCITY) else "unknown",
            _PEDAL[pedal] if pedal < len(_PEDAL) else "none",
        )
        return [self.keyboard]

    def _loop_changed(self, record: Record) -> list[live.Message]:
        from_tick, to_tick = (int(value) for value in record.values)
        loop = (from_tick, to_tick) if to_tick else None
        if loop == self.transport.loop:
            return []
        self.loop = loop
        self.transport = msgspec.structs.replace(self.transport, loop=loop)
        return [self.transport]

    def _song_loaded(self, record: Record) -> list[live.Message]:
        handle = int(record.value("song"))
        song = self.songs.get(handle)
        if song is None:
            song = live.SongLoaded("?", int(record.value("end_tick")), [], [])
            told_already = song == self.song
        else:
            # Not by what is in it: the same file loaded once more is another song, and whoever loads it waits for it.
            told_already = song is self.song
        if told_already:
            return []
        self.song = song
        self.loop = None
        return [song]


_STEPS: Final[dict[Kind, Callable[[State, Record], list[live.Message]]]] = {
    Kind.ENGINE_HELLO: State._engine_hello,
    Kind.MIDI_HAPPENED: State._midi_happened,
    Kind.NOTES_RELEASED: State._notes_released,
    Kind.TRANSPORT_CHANGED: State._transport_changed,
    Kind.LOAD_MEASURED: State._load_measured,
    Kind.LEVEL_MEASURED: State._level_measured,
    Kind.CLOCK_PAIRED: State._clock_paired,
    Kind.CONTROL_CHANGED: State._control_changed,
    Kind.SOUND_DEVICE_CHANGED: State._sound_device_changed,
    Kind.KEYBOARD_LEARNT: State._keyboard_learnt,
    Kind.SONG_LOADED: State._song_loaded,
    Kind.LOOP_CHANGED: State._loop_changed,
}
