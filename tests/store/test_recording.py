"""When a take begins, what belongs to it, when it ends."""

from __future__ import annotations

from mos_appliance.store.recording import Begun, Ended, Grown, Recorder, Step
from mos_appliance.wire.controls import BY_NAME
from mos_appliance.wire.records import Kind, Record, Source, decode, encode

SECOND = 48_000


class Studio:
    """A recorder and what it said."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.recorder = Recorder(self.steps.append)

    def midi(self, frame: int, *message: int, source: Source = Source.KEYBOARD) -> None:
        values = (*message, message[2] if message[0] & 0xF0 == 0x90 else 0, 0, 0)
        self.feed(encode(Kind.MIDI_HAPPENED, *values, flags=source, frame=frame))

    def clock(self, frame: int) -> None:
        self.feed(encode(Kind.CLOCK_PAIRED, 0, 0, 1, 1, frame=frame))

    def feed(self, record: bytes) -> None:
        decoded: list[Record] = decode(record)
        self.recorder.take_in(decoded[0])

    def events(self) -> list[tuple[int, ...]]:
        self.recorder.flush()
        return [tuple(event) for step in self.steps if isinstance(step, Grown) for event in step.events]


def test_the_first_note_begins_a_take_and_counts_from_zero() -> None:
    studio = Studio()
    studio.midi(1000, 0x90, 60, 80)
    studio.midi(1480, 0x80, 60, 0)
    assert studio.events() == [(0, 0x90, 60, 80, 80), (480, 0x80, 60, 0, 0)]
    assert studio.steps[0] == Begun()


def test_a_pedal_alone_begins_no_take_but_is_in_it_when_held() -> None:
    studio = Studio()
    studio.midi(10, 0xB0, 64, 127)
    assert not studio.recorder.recording
    studio.midi(500, 0x90, 60, 80)
    assert studio.events()[0] == (0, 0xB0, 64, 127, 0)


def test_what_the_song_plays_belongs_to_no_take() -> None:
    studio = Studio()
    studio.midi(10, 0x90, 60, 80, source=Source.SONG)
    assert not studio.recorder.recording
    studio.midi(20, 0x90, 62, 80)
    studio.midi(30, 0x90, 64, 80, source=Source.SONG)
    assert [event[2] for event in studio.events()] == [62]


def test_twenty_seconds_without_a_note_end_it() -> None:
    studio = Studio()
    studio.midi(0, 0x90, 60, 80)
    studio.midi(SECOND, 0x80, 60, 0)
    studio.clock(20 * SECOND)
    assert studio.recorder.recording
    studio.clock(21 * SECOND + 1)
    assert studio.steps[-1] == Ended(1, SECOND)


def test_a_note_that_is_held_keeps_it_open_unless_it_is_stuck() -> None:
    studio = Studio()
    studio.midi(0, 0x90, 60, 80)
    studio.clock(60 * SECOND)
    assert studio.recorder.recording
    studio.clock(301 * SECOND)
    assert not studio.recorder.recording


def test_notes_released_by_the_engine_end_in_the_take_too() -> None:
    studio = Studio()
    studio.midi(0, 0x90, 60, 80)
    studio.midi(10, 0xB0, 64, 127)
    studio.feed(encode(Kind.NOTES_RELEASED, 1, flags=255, index=1, frame=SECOND))
    assert studio.events()[2:] == [(SECOND, 0x80, 60, 64, 0), (SECOND, 0xB0, 64, 0, 0)]


def test_another_engine_ends_it() -> None:
    studio = Studio()
    studio.feed(encode(Kind.ENGINE_HELLO, 48_000, 64, 2, 1, 16))
    studio.midi(100 * SECOND, 0x90, 60, 80)
    studio.feed(encode(Kind.ENGINE_HELLO, 48_000, 64, 2, 1, 16))
    assert studio.recorder.recording
    studio.feed(encode(Kind.ENGINE_HELLO, 48_000, 64, 2, 2, 16))
    assert studio.steps[-1] == Ended(1, 0)


def test_a_change_of_instrument_while_playing_is_noted() -> None:
    studio = Studio()
    studio.midi(0, 0x90, 60, 80)
    studio.feed(encode(Kind.CONTROL_CHANGED, 40.0, 0, index=BY_NAME["program"].number, frame=SECOND))
    studio.recorder.flush()
    grown = [step for step in studio.steps if isinstance(step, Grown)]
    assert [(change.frame, change.control, change.value) for change in grown[0].changes] == [(SECOND, "program", 40.0)]


def test_events_of_one_block_that_come_out_of_order_never_run_backwards() -> None:
    studio = Studio()
    studio.midi(100, 0x90, 60, 80)
    studio.midi(96, 0x90, 64, 80)
    assert [event[0] for event in studio.events()] == [0, 0]


def test_a_take_never_has_more_than_can_be_played_again() -> None:
    studio = Studio()
    for number in range(100_000):
        studio.midi(number, 0x90, 60, 80)
        studio.midi(number, 0x80, 60, 0)
    assert sum(isinstance(step, Ended) for step in studio.steps) == 1
    assert len(studio.events()) == 200_000


def test_controls_told_anew_without_a_change_are_not_noted() -> None:
    studio = Studio()
    volume, reverb = BY_NAME["volume"].number, BY_NAME["reverb"].number
    studio.feed(encode(Kind.CONTROL_CHANGED, 70.0, 0, index=volume))
    studio.midi(100, 0x90, 60, 80)
    for _ in range(3):  # a hub that heard nothing for a moment greets the engine, which tells all
        studio.feed(encode(Kind.CONTROL_CHANGED, 70.0, 0, index=volume))
    studio.feed(encode(Kind.CONTROL_CHANGED, 44.0, 0, index=reverb, frame=200))
    studio.feed(encode(Kind.CONTROL_CHANGED, 44.0, 0, index=reverb, frame=300))
    studio.recorder.flush()
    changes = [change for step in studio.steps if isinstance(step, Grown) for change in step.changes]
    assert [(change.frame, change.control, change.value) for change in changes] == [(100, "reverb", 44.0)]
