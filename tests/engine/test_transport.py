from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.engine.transport import ENDED, LOOPED, RELEASED, Transport
from mos_appliance.wire.records import TransportState
from mos_appliance.wire.song import Song
from tests.engine.songs import (
    CHUNK,
    Audience,
    Event,
    ExactTime,
    PartModel,
    event_lists,
    listen,
    make_song,
    settle,
    tempo_maps,
)

RATE = 48_000
HOUR = 3600 * RATE


def chunk_of(frame: Fraction | int) -> int:
    return floor(frame) // CHUNK * CHUNK


def loaded(song: Song, rate: int = RATE) -> tuple[Transport, Audience, int]:
    """A transport that has loaded and indexed the song, and the next frame."""
    transport, audience = Transport(rate), Audience()
    transport.load(0, song)
    return transport, audience, settle(transport, audience, 0)


def notes_on(audience: Audience) -> list[tuple[int, int]]:
    return [(frame, message[2]) for frame, message in audience.messages if message[1] == 0x90 and message[3]]


def melody(ticks: list[int]) -> list[Event]:
    """A note-on at each tick, its key its number modulo 128, no note-offs."""
    return [(tick, number % 7, 0x90, number % 128, 100) for number, tick in enumerate(ticks)]


@settings(deadline=None)
@given(
    tempi=tempo_maps,
    gaps=st.lists(st.integers(0, 90_000), min_size=1, max_size=60),
    thousandths=st.integers(25_000, 200_000),
    rate=st.sampled_from((48_000, 44_100)),
)
def test_every_event_sounds_in_the_chunk_that_holds_its_exact_time(tempi, gaps, thousandths, rate):
    ticks = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    transport, audience, start = loaded(make_song(melody(ticks), tempi), rate)
    transport.set_tempo_scale(start, thousandths / 1000)
    transport.play(start, 0)
    listen(transport, audience, start, start + 40 * HOUR)
    oracle = ExactTime(tempi)
    exact = [start + oracle.at(tick) * rate * 100_000 / thousandths for tick in ticks]
    assert [frame for frame, _ in notes_on(audience)] == [chunk_of(frame) for frame in exact]


@settings(deadline=None, max_examples=60)
@given(
    tempi=tempo_maps,
    gaps=st.lists(st.integers(0, 20_000), min_size=1, max_size=40),
    changes=st.lists(st.tuples(st.integers(1, 3_000), st.integers(25_000, 200_000)), min_size=1, max_size=12),
)
def test_changing_the_speed_midway_loses_nothing(tempi, gaps, changes):
    ticks = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    transport, audience, start = loaded(make_song(melody(ticks), tempi))
    transport.play(start, 0)
    frame, speed = start, Fraction(1)
    song_seconds = Fraction(0)
    stretches = []
    for chunks, thousandths in changes:
        until = frame + chunks * CHUNK
        stretches.append((song_seconds, frame, speed))
        listen(transport, audience, frame, until)
        song_seconds += Fraction(until - frame, RATE) * speed
        frame, speed = until, Fraction(thousandths, 100_000)
        transport.set_tempo_scale(frame, thousandths / 1000)
    stretches.append((song_seconds, frame, speed))
    listen(transport, audience, frame, frame + 40 * HOUR)

    oracle = ExactTime(tempi)

    def exact(tick: int) -> Fraction:
        seconds = oracle.at(tick)
        since, at, pace = [stretch for stretch in stretches if stretch[0] <= seconds][-1]
        return at + (seconds - since) * RATE / pace

    assert [frame for frame, _ in notes_on(audience)] == [chunk_of(exact(tick)) for tick in ticks]


@pytest.mark.parametrize(("first", "last", "tempo"), [(960, 4801, 333_333), (7, 1000, 461_539), (0, 121, 500_001)])
def test_ten_thousand_passes_of_a_loop_do_not_drift(first, last, tempo):
    tempi = [(0, tempo), ((first + last) // 2, tempo + 777)]
    note = (first + last) // 2 + 1
    transport, audience, start = loaded(make_song([(note, 0, 0x90, 60, 100)], tempi, end_tick=20_000))
    transport.set_loop(start, first, last)
    start = settle_index(transport, start)
    transport.set_tempo_scale(start, 97.3)
    transport.play(start, first)
    oracle = ExactTime(tempi)
    frames_per_second = RATE * Fraction(100_000, 97_300)
    length = (oracle.at(last) - oracle.at(first)) * frames_per_second
    listen(transport, audience, start, start + floor(10_000 * length))
    exact = [
        start + (oracle.at(note) - oracle.at(first)) * frames_per_second + number * length for number in range(10_000)
    ]
    assert [frame for frame, _ in notes_on(audience)] == [chunk_of(frame) for frame in exact]
    assert audience.notes <= 1


def settle_index(transport: Transport, frame: int) -> int:
    return settle(transport, Audience(), frame)


def test_a_loop_holds_what_is_at_its_beginning_and_not_what_is_at_its_end():
    events = [(960, 0, 0x90, 60, 1), (1920, 0, 0x90, 61, 1), (2880, 0, 0x90, 62, 1)]
    transport, audience, start = loaded(make_song(events, end_tick=5000))
    transport.set_loop(start, 960, 2880)
    transport.play(start, 960)
    listen(transport, audience, start, start + 5 * RATE // 2)
    assert [(frame - start, key) for frame, key in notes_on(audience)] == [
        (0, 60),
        (24_000, 61),
        (48_000, 60),
        (72_000, 61),
        (96_000, 60),
    ]
    assert sum(changes & LOOPED > 0 for _, changes in audience.changes) == 2


def test_a_loop_shorter_than_a_chunk_keeps_its_time_and_skips_passes():
    transport, audience, start = loaded(make_song(melody([0, 1, 2]), [(0, 400_000)], end_tick=1000))
    transport.set_loop(start, 0, 2)
    transport.play(start, 0)
    end = listen(transport, audience, start, start + 64 * 1000)
    length = 2 * 20  # frames: 400 ms × 48 / 960 = 20 a tick
    assert transport.tick(end) % 2 == (end - start) % length // 20
    assert all(sum(at == frame for at, _ in notes_on(audience)) <= 4 for frame in range(start, end, CHUNK))


def test_a_note_held_across_the_loops_end_is_ended_once_and_struck_again_once():
    events = [(100, 0, 0x90, 60, 90), (3000, 0, 0x80, 60, 64)]
    transport, audience, start = loaded(make_song(events, end_tick=4000))
    transport.set_loop(start, 0, 960)
    transport.play(start, 0)
    listen(transport, audience, start, start + 23_000)
    assert audience.notes == 1
    listen(transport, audience, start + 23_040, start + 24_320)
    assert audience.notes == 0
    listen(transport, audience, start + 24_320, start + 40_000)
    assert audience.notes == 1
    assert [message[1] for _, message in audience.messages] == [0x90, 0x80, 0x90]


@settings(deadline=None, max_examples=200)
@given(events=event_lists(), tick=st.integers(0, 60_000), later=st.integers(0, 60_000))
def test_a_seek_leaves_the_controllers_that_playing_through_would_have_left(events, tick, later):
    song = make_song(events, end_tick=70_000)
    fresh = loaded(song)
    used = loaded(song)
    used[0].play(used[2], 0)
    listen(*used, used[2] + later * 25)
    for transport, audience, _ in (fresh, used):
        transport.set_count_in(1)
        for frame, target in ((HOUR, tick), (2 * HOUR, later), (3 * HOUR, tick)):
            transport.play(frame, target)
            listen(transport, audience, frame, frame + RATE)
            assert transport.state is TransportState.COUNTING_IN
            for part in range(3):
                assert audience.model(part).state() == state_after(events, target, part)


def state_after(events: list[Event], tick: int, part: int) -> dict[str, object]:
    """What a synthesiser's channel holds after every event of the part before `tick`."""
    model = PartModel()
    for at, where, status, data1, data2 in events:
        mode = status == 0xB0 and data1 >= 120 and data1 != 121
        if where == part and at < tick and status >= 0xB0 and not mode:
            model.hear(status, data1, data2)
    return model.state()


def test_a_seek_in_a_long_indexed_song_waits_at_most_32_chunks():
    targets = (1023, 1024, 19_999, 5, 12_345, 2047)
    events = [(number, number % 5, 0xB0, 1 + number % 3, number % 128) for number in range(20_000)]
    events = sorted([*events, *((tick, 9, 0x90, 60, 100) for tick in targets)])
    transport, audience, frame = loaded(make_song(events))
    for tick in targets:
        audience.messages.clear()
        transport.play(frame, tick)
        end = listen(transport, audience, frame, frame + RATE)
        assert notes_on(audience)[0][0] - frame <= 33 * CHUNK
        frame = end


class Ask(NamedTuple):
    """One random command: what to ask of whom, and two numbers to ask it with."""

    transport: Transport
    song: Song
    frame: int
    first: int
    second: int


COMMANDS: dict[str, Callable[[Ask], object]] = {
    "play": lambda ask: ask.transport.play(ask.frame, ask.first if ask.second % 2 else None),
    "stop": lambda ask: ask.transport.stop(ask.frame),
    "seek": lambda ask: ask.transport.seek(ask.frame, ask.first),
    "loop": lambda ask: ask.transport.set_loop(ask.frame, ask.first, ask.second),
    "no loop": lambda ask: ask.transport.set_loop(ask.frame, 0, 0),
    "mute": lambda ask: ask.transport.mute(ask.first % 3, bool(ask.second % 2)),
    "solo": lambda ask: ask.transport.solo(ask.first % 3, bool(ask.second % 2)),
    "scale": lambda ask: ask.transport.set_tempo_scale(ask.frame, 25 + ask.first % 176),
    "count in": lambda ask: ask.transport.set_count_in(ask.first % 2),
    "load": lambda ask: ask.transport.load(ask.frame, ask.song),
    "unload": lambda ask: ask.transport.load(ask.frame, None),
    "click": lambda ask: ask.transport.set_metronome(ask.frame, bool(ask.second % 2)),
    "subdivide": lambda ask: ask.transport.set_subdivision(1 + ask.first % 6),
    "beats": lambda ask: ask.transport.set_beats(1 + ask.first % 16),
}


@settings(deadline=None, max_examples=150)
@given(
    events=event_lists(most_ticks=300, most_events=80),
    commands=st.lists(
        st.tuples(
            st.sampled_from(sorted(COMMANDS)), st.integers(0, 12_000), st.integers(0, 12_000), st.integers(1, 700)
        ),
        max_size=25,
    ),
)
def test_no_note_and_no_pedal_is_ever_left_behind(events, commands):
    song = make_song(events, end_tick=12_000)
    transport, audience, frame = loaded(song)
    for name, first, second, chunks in commands:
        COMMANDS[name](Ask(transport, song, frame, first, second))
        frame = listen(transport, audience, frame, frame + chunks * CHUNK)
    transport.stop(frame)
    settle(transport, audience, frame)
    assert audience.notes == 0
    assert audience.pedals == 0


def test_stopping_ends_every_overlapping_note_and_lifts_the_pedals_at_once():
    events = [
        (0, 0, 0xB0, 64, 127),
        (0, 1, 0xB0, 66, 127),
        (0, 0, 0x90, 60, 100),
        (10, 0, 0x90, 60, 100),
        (20, 1, 0x90, 60, 9),
    ]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = listen(transport, audience, start, start + RATE)
    assert audience.notes == 3
    transport.stop(frame)
    assert transport.advance(frame, CHUNK)
    audience.hear(frame, transport)
    assert transport.changes & RELEASED
    assert transport.released == 3
    assert audience.notes == audience.pedals == 0
    assert transport.messages[:3] == [(1, 0x80, 60, 64), (0, 0x80, 60, 64), (0, 0x80, 60, 64)]


def test_stopping_and_playing_on_goes_on_where_it_stopped():
    ticks = [number * 480 for number in range(20)]
    transport, audience, start = loaded(make_song(melody(ticks)))
    transport.play(start)
    frame = listen(transport, audience, start, start + RATE)
    transport.stop(frame)
    transport.play(frame + HOUR)
    listen(transport, audience, frame + HOUR, frame + 2 * HOUR)
    assert [key for _, key in notes_on(audience)] == list(range(20))
    assert audience.changes[-1][1] & ENDED
    assert audience.changes[-1][1] & RELEASED


def test_at_its_end_the_song_stops_and_plays_again_from_the_beginning():
    transport, audience, start = loaded(make_song([(0, 0, 0x90, 60, 100), (960, 0, 0x80, 60, 64)]))
    for frame in (start, start + HOUR):
        audience.messages.clear()
        transport.play(frame)
        listen(transport, audience, frame, frame + RATE)
        assert transport.state is TransportState.STOPPED
        assert transport.tick(frame + RATE) == 960
        assert [at - frame for at, _ in audience.messages] == [0, 24_000]
    assert sum(changes & ENDED > 0 for _, changes in audience.changes) == 2


def test_a_muted_part_is_silent_but_its_controllers_go_on():
    events = [(0, 0, 0x90, 60, 100), (960, 0, 0xC0, 40, 0), (960, 0, 0x90, 62, 100), (1920, 0, 0x90, 64, 100)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = listen(transport, audience, start, start + 12_000)
    transport.mute(0, True)
    frame = listen(transport, audience, frame, start + 36_000)
    assert audience.notes == 0
    transport.mute(0, False)
    listen(transport, audience, frame, start + 60_000)
    assert [key for _, key in notes_on(audience)] == [60, 64]
    assert audience.model(0).program == (0, 0, 40)


def test_muting_a_part_silences_what_its_pedal_holds_and_leaves_the_pedal_down():
    events = [(0, 0, 0xB0, 64, 100), (0, 0, 0x90, 60, 100), (240, 0, 0x80, 60, 64)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = listen(transport, audience, start, start + 12_000)
    audience.messages.clear()
    transport.mute(0, True)
    listen(transport, audience, frame, frame + RATE)
    assert [message for _, message in audience.messages] == [(0, 0xB0, 64, 0), (0, 0xB0, 64, 100)]


def test_only_soloed_parts_sound_and_a_muted_solo_is_silent():
    events = [(tick, part, 0x90, part, 100) for tick in (0, 960, 1920, 2880) for part in range(3)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = start
    heard = []
    for act in (lambda: transport.solo(1, True), lambda: transport.solo(2, True), lambda: transport.mute(2, True)):
        audience.messages.clear()
        frame = listen(transport, audience, frame, frame + 24_000)
        heard.append({key for _, key in notes_on(audience)})
        act()
    audience.messages.clear()
    listen(transport, audience, frame, frame + 24_000)
    heard.append({key for _, key in notes_on(audience)})
    assert heard == [{0, 1, 2}, {1}, {1, 2}, {1}]


def test_unloading_returns_the_controllers_to_their_defaults():
    events = [(0, 3, 0xC0, 40, 0), (0, 3, 0xB0, 7, 3), (0, 3, 0xE0, 1, 2), (0, 3, 0x90, 60, 100)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = listen(transport, audience, start, start + RATE)
    transport.load(frame, None)
    settle(transport, audience, frame)
    assert audience.notes == 0
    assert audience.model(3).state() == PartModel().state()
    assert not transport.play(frame)


def test_mode_messages_end_the_notes_of_their_part_and_go_no_further():
    events = [(0, 0, 0x90, 60, 100), (0, 1, 0x90, 61, 100), (960, 0, 0xB0, 123, 0), (1000, 0, 0x80, 60, 0)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    listen(transport, audience, start, start + RATE)
    assert [message for _, message in audience.messages] == [(0, 144, 60, 100), (1, 144, 61, 100), (0, 128, 60, 64)]


def test_after_a_panic_nothing_is_released_and_playing_restores_everything():
    events = [(0, 0, 0xC0, 40, 0), (0, 0, 0x90, 60, 100), (4000, 0, 0x90, 64, 100)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    frame = listen(transport, audience, start, start + RATE)
    audience.messages.clear()
    transport.panic(frame)
    frame = settle(transport, audience, frame)
    assert audience.messages == []
    transport.play(frame)
    listen(transport, audience, frame, frame + 2 * RATE)
    assert [message for _, message in audience.messages][-2:] == [(0, 0xC0, 40, 0), (0, 0x90, 64, 100)]


@settings(deadline=None, max_examples=50)
@given(events=event_lists(most_ticks=200), tempi=tempo_maps, chunk=st.sampled_from((48, 128, 256)))
def test_messages_and_clicks_do_not_depend_on_the_size_of_the_chunks(events, tempi, chunk):
    song = make_song(events, tempi, end_tick=max(30_000, tempi[-1][0]))
    audiences = []
    for frames in (64, chunk):
        transport, audience, _ = loaded(song)
        frame = 256 * 48 * 10
        transport.set_metronome(frame, True)
        transport.play(frame, 0)
        listen(transport, audience, frame, frame + 256 * 48 * 100, frames)
        audiences.append(audience)
    one, other = audiences
    assert [message for _, message in one.messages] == [message for _, message in other.messages]
    assert one.clicks == other.clicks


def test_leaving_out_quiet_chunks_changes_nothing():
    events = [(number * 37, number % 3, 0x90, number % 128, 1 + number % 100) for number in range(200)]
    song = make_song(events)
    skipping, heard, start = loaded(song)
    skipping.play(start)
    listen(skipping, heard, start, start + 6 * RATE)
    plodding, other, _ = loaded(song)
    plodding.play(start)
    for frame in range(start, start + 6 * RATE, CHUNK):
        if plodding.advance(frame, CHUNK):
            other.hear(frame, plodding)
    assert (heard.messages, heard.changes) == (other.messages, other.changes)


def test_ten_thousand_events_on_one_tick_are_spread_and_none_is_lost():
    events = [(0, number % 32, 0x90, number // 32 % 128, 100) for number in range(10_000)]
    transport, audience, start = loaded(make_song(events, end_tick=9000))
    transport.play(start)
    most = 0
    for frame in range(start, start + 400 * CHUNK, CHUNK):
        if transport.advance(frame, CHUNK):
            audience.hear(frame, transport)
            most = max(most, len(transport.messages))
    assert most <= 128
    assert len(notes_on(audience)) == 10_000
    transport.stop(frame + CHUNK)
    settle(transport, audience, frame + CHUNK)
    assert audience.notes == 0


def test_commands_without_a_song_say_so():
    transport = Transport()
    assert not transport.play(0)
    assert not transport.seek(0, 5)
    assert not transport.set_loop(0, 1, 2)
    assert transport.set_loop(0, 0, 0)
    assert transport.position(0) == (0, 1, 1)


def test_a_loop_that_is_empty_or_past_the_end_is_refused():
    transport, _, start = loaded(make_song(melody([0, 960])))
    assert not transport.set_loop(start, 5, 5)
    assert not transport.set_loop(start, 960, 1000)
    assert transport.loop is None
    assert transport.set_loop(start, 0, 5000)
    assert transport.loop == (0, 960)


def test_position_tells_tick_bar_and_beat():
    song = make_song([(40_000, 0, 0x90, 60, 1)], metres=[(0, 3, 4), (5760, 6, 8), (7000, 4, 4)])
    transport, audience, start = loaded(song)
    transport.play(start, 0)
    seen = {}
    for tick in (0, 959, 960, 2880, 5760, 6240, 6999, 7000, 7960):
        frame = start + tick * 25
        listen(transport, audience, start, frame // CHUNK * CHUNK)
        seen[tick] = transport.position(frame)[1:]
    assert seen == {
        0: (1, 1),
        959: (1, 1),
        960: (1, 2),
        2880: (2, 1),
        5760: (3, 1),
        6240: (3, 2),
        6999: (3, 3),
        7000: (4, 1),
        7960: (4, 2),
    }


def test_a_chord_larger_than_the_synthesiser_can_start_at_once_is_spread_in_order():
    events = [(0, 0, 0xC0, 5, 0), *((0, 0, 0x90, key, 100) for key in range(60, 70)), (960, 0, 0x90, 71, 100)]
    transport, audience, start = loaded(make_song(events))
    transport.note_ons_per_chunk = 4
    transport.play(start)
    listen(transport, audience, start, start + RATE)
    assert [((frame - start) // CHUNK, key) for frame, key in notes_on(audience)] == [
        *((number // 4, 60 + number) for number in range(10)),
        (375, 71),
    ]
