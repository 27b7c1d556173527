"""Songs to play in tests, the exact oracle of their time, and an audience that remembers what it was sent."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from mos_appliance.engine.transport import Transport
from mos_appliance.wire.song import EVENT, METRE, PART, TEMPO, Song, decode_song, encode_song

CHUNK = 64
Event = tuple[int, int, int, int, int]
"""Tick, part, status, data 1, data 2."""


def make_song(
    events: Iterable[Event] = (),
    tempi: Iterable[tuple[int, int]] = ((0, 500_000),),
    metres: Iterable[tuple[int, int, int]] = ((0, 4, 4),),
    end_tick: int | None = None,
    parts: int = 32,
) -> Song:
    """A song as it comes over the wire; it ends at its last event unless `end_tick` says otherwise."""
    events, tempi, metres = list(events), list(tempi), list(metres)
    last = max([0, *(row[0] for rows in (events, tempi, metres) for row in rows)])
    song = Song(
        np.array(tempi, TEMPO),
        np.array([(*metre, 0) for metre in metres], METRE),
        np.zeros(parts, PART),
        np.array(events, EVENT),
        last if end_tick is None else end_tick,
    )
    return decode_song(encode_song(song))


class ExactTime:
    """When ticks are, in seconds at 100 %, as fractions: the definition, without regard to cost."""

    def __init__(self, tempi: list[tuple[int, int]]) -> None:
        self.ticks = [tick for tick, _ in tempi]
        self.tempi = [Fraction(tempo, 960 * 1_000_000) for _, tempo in tempi]
        self.seconds = [Fraction(0)]
        for row in range(1, len(tempi)):
            self.seconds.append(self.seconds[-1] + (self.ticks[row] - self.ticks[row - 1]) * self.tempi[row - 1])

    def at(self, tick: int) -> Fraction:
        row = bisect_right(self.ticks, tick) - 1
        return self.seconds[row] + (tick - self.ticks[row]) * self.tempi[row]


@dataclass
class Audience:
    """What was heard: (chunk's frame, message) and (exact frame, level), and what sounds now."""

    messages: list[tuple[int, tuple[int, int, int, int]]] = field(default_factory=list)
    clicks: list[tuple[int, int]] = field(default_factory=list)
    changes: list[tuple[int, int]] = field(default_factory=list)
    sounding: Counter[tuple[int, int]] = field(default_factory=Counter)
    controllers: dict[int, PartModel] = field(default_factory=dict)

    def hear(self, frame: int, transport: Transport) -> None:
        for message in transport.messages:
            self.messages.append((frame, message))
            part, status, data1, data2 = message
            if status == 0x90 and data2:
                self.sounding[part, data1] += 1
            elif status in (0x80, 0x90):
                self.sounding[part, data1] -= 1
                assert self.sounding[part, data1] >= 0, "a note-off without its note-on"
            else:
                self.model(part).hear(status, data1, data2)
        self.clicks.extend((frame + offset, level) for offset, level in transport.clicks)
        if transport.changes:
            self.changes.append((frame, transport.changes))

    def model(self, part: int) -> PartModel:
        return self.controllers.setdefault(part, PartModel())

    @property
    def notes(self) -> int:
        return sum(self.sounding.values())

    @property
    def pedals(self) -> int:
        return sum(model.controls.get(number, 0) > 0 for model in self.controllers.values() for number in (64, 66, 69))


KEPT_BY_RESET = {0, 32, 7, 39, 8, 40, 10, 42, *range(70, 80), *range(91, 96)}


@dataclass
class PartModel:
    """A synthesiser's channel, written down from the MIDI specification and RP-015, one message at a time."""

    controls: dict[int, int] = field(default_factory=dict)
    program: tuple[int, int, int] = (0, 0, 0)
    bend: tuple[int, int] = (0, 64)
    pressure: int = 0
    registered: dict[tuple[int, int], int] = field(default_factory=dict)
    chosen: int | None = None

    def hear(self, status: int, data1: int, data2: int) -> None:
        match status:
            case 0xC0:
                self.program = (self.controls.get(0, 0), self.controls.get(32, 0), data1)
            case 0xD0:
                self.pressure = data1
            case 0xE0:
                self.bend = (data1, data2)
            case 0xB0:
                self._control(data1, data2)

    def _control(self, number: int, value: int) -> None:
        assert number < 120 or number in (120, 121), "a mode message reached the synthesiser"
        if number == 121:
            self.controls = {key: kept for key, kept in self.controls.items() if key in KEPT_BY_RESET}
            self.bend, self.pressure, self.chosen = (0, 64), 0, None
        elif number in (6, 38):
            if self.chosen is not None:
                self.registered[self.chosen, number] = value
        elif number < 120:
            self.controls[number] = value
            if number in (98, 99):
                self.chosen = None
            elif number in (100, 101):
                self._choose()

    def _choose(self) -> None:
        if self.controls.get(101, 127) == 0 and self.controls.get(100, 127) < 5:
            self.chosen = self.controls[100]
        else:
            self.chosen = None

    def state(self) -> dict[str, object]:
        """Everything that can be heard, defaults filled in so that unset and reset are the same."""
        defaults = {7: 100, 8: 64, 10: 64, 11: 127, 43: 127, 98: 127, 99: 127, 100: 127, 101: 127}
        defaults |= dict.fromkeys(range(70, 80), 64)
        controls = {number: self.controls.get(number, defaults.get(number, 0)) for number in range(120)}
        del controls[6], controls[38], controls[96], controls[97]
        starts = {(0, 6): 2, (1, 6): 64, (2, 6): 64}
        registered = {
            (number, part): self.registered.get((number, part), starts.get((number, part), 0))
            for number in range(5)
            for part in (6, 38)
        }
        return {
            "controls": controls,
            "program": self.program,
            "bend": self.bend,
            "pressure": self.pressure,
            "registered": registered,
            "chosen": self.chosen,
        }


def listen(transport: Transport, audience: Audience, frame: int, until: int, chunk: int = CHUNK) -> int:
    """Advance from `frame` to `until` or past it, leaving out chunks that have nothing due. Returns the next frame."""
    while frame < until:
        if transport.due_frame >= frame + chunk:
            ahead = min(transport.due_frame, until) - frame
            frame += max(ahead // chunk, 1) * chunk
            continue
        if transport.advance(frame, chunk):
            audience.hear(frame, transport)
        frame += chunk
    return frame


def settle(transport: Transport, audience: Audience, frame: int) -> int:
    """Advance until a stopped transport has nothing more to do. Returns the next frame."""
    while transport.due_frame < 1 << 62:
        if transport.advance(frame, CHUNK):
            audience.hear(frame, transport)
        frame += CHUNK
    return frame


tempo_maps = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(150_000, 3_000_000)), min_size=0, max_size=12
).flatmap(
    lambda rows: st.integers(150_000, 3_000_000).map(
        lambda first: [
            (0, first),
            *((sum(row[0] for row in rows[: number + 1]), rows[number][1]) for number in range(len(rows))),
        ]
    )
)
metre_maps = st.lists(
    st.tuples(st.integers(1, 15_000), st.integers(1, 13), st.sampled_from((1, 2, 4, 8, 16, 32, 64))), max_size=6
).map(
    lambda rows: [
        (0, 4, 4),
        *((sum(row[0] for row in rows[: number + 1]), *rows[number][1:]) for number in range(len(rows))),
    ]
)
messages = st.one_of(
    st.tuples(st.just(0x90), st.integers(55, 66), st.integers(0, 127)),
    st.tuples(st.just(0x80), st.integers(55, 66), st.just(64)),
    st.tuples(st.just(0xA0), st.integers(55, 66), st.integers(0, 127)),
    st.tuples(
        st.just(0xB0),
        st.sampled_from((0, 1, 6, 7, 10, 11, 32, 38, 64, 66, 69, 71, 74, 91, 98, 99, 100, 101, 120, 121, 123, 126)),
        st.sampled_from((0, 1, 2, 3, 64, 127)),
    ),
    st.tuples(st.just(0xC0), st.integers(0, 127), st.just(0)),
    st.tuples(st.just(0xD0), st.integers(0, 127), st.just(0)),
    st.tuples(st.just(0xE0), st.integers(0, 127), st.integers(0, 127)),
)


def event_lists(most_ticks: int = 1_000, most_events: int = 120, parts: int = 3) -> st.SearchStrategy[list[Event]]:
    """Lists of events, gaps of up to `most_ticks` between them."""
    rows = st.lists(st.tuples(st.integers(0, most_ticks), st.integers(0, parts - 1), messages), max_size=most_events)

    def place(gaps: list[tuple[int, int, tuple[int, int, int]]]) -> list[Event]:
        tick, events = 0, []
        for gap, part, message in gaps:
            tick += gap
            events.append((tick, part, *message))
        return events

    return rows.map(place)
