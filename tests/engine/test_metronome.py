from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.engine.metronome import ACCENT, BEAT, SUBDIVISION
from mos_appliance.engine.transport import Transport
from mos_appliance.wire.records import TransportState
from tests.engine.songs import CHUNK, Audience, ExactTime, listen, make_song, metre_maps, settle, tempo_maps

RATE = 48_000


def playing(song, start=CHUNK * 1000, count_in=0, tick=0):
    transport, audience = Transport(RATE), Audience()
    transport.load(0, song)
    settle(transport, audience, 0)
    transport.set_count_in(count_in)
    transport.set_metronome(start, True)
    transport.play(start, tick)
    return transport, audience, start


def expected_clicks(metres, subdivision, accents, end_tick):
    """(tick, level) of every click of a song, straight from the definition: bar by bar, beat by beat."""
    clicks = []
    for number, (first, beats, unit) in enumerate(metres):
        last = metres[number + 1][0] if number + 1 < len(metres) else end_tick
        beat_ticks = 3840 // unit
        tick, click = first, 0
        while tick < last:
            beat, between = divmod(click % (beats * subdivision), subdivision)
            compound = unit >= 8 and beats in (6, 9, 12)
            if between:
                level = SUBDIVISION
            elif accents != 1:
                level = ACCENT if accents >> beat & 1 else BEAT
            elif beat == 0:
                level = ACCENT
            else:
                level = SUBDIVISION if compound and beat % 3 else BEAT
            clicks.append((tick, level))
            click += 1
            tick = first + click * beat_ticks // subdivision
    return clicks


@settings(deadline=None)
@given(
    tempi=tempo_maps,
    metres=metre_maps,
    subdivision=st.integers(1, 6),
    accents=st.sampled_from((1, 0, 0b101, 0xFFFF)),
    thousandths=st.integers(25_000, 200_000),
)
def test_clicks_of_a_song_are_exact_to_the_frame(tempi, metres, subdivision, accents, thousandths):
    song = make_song([(100_000, 0, 0x90, 60, 1)], tempi, metres, end_tick=600_000)
    transport, audience, start = playing(song)
    transport.set_subdivision(subdivision)
    transport.set_accents(accents)
    transport.set_tempo_scale(start, thousandths / 1000)
    oracle = ExactTime(tempi)
    last = oracle.at(100_000) * RATE * 100_000 / thousandths
    until = listen(transport, audience, start, start + floor(last))
    exact = [
        (floor(start + oracle.at(tick) * RATE * 100_000 / thousandths), level)
        for tick, level in expected_clicks(metres, subdivision, accents, 200_000)
    ]
    assert audience.clicks == [(frame, level) for frame, level in exact if frame < until]


@pytest.mark.parametrize(
    ("metre", "levels"),
    [
        ((4, 4), [ACCENT, BEAT, BEAT, BEAT]),
        ((3, 8), [ACCENT, BEAT, BEAT]),
        ((6, 8), [ACCENT, SUBDIVISION, SUBDIVISION, BEAT, SUBDIVISION, SUBDIVISION]),
        ((6, 4), [ACCENT, BEAT, BEAT, BEAT, BEAT, BEAT]),
        ((5, 16), [ACCENT, BEAT, BEAT, BEAT, BEAT]),
    ],
)
def test_a_bar_has_the_accents_of_its_metre(metre, levels):
    transport, audience, start = playing(make_song(metres=[(0, *metre)], end_tick=20_000))
    listen(transport, audience, start, start + 3840 * 25 * metre[0] // metre[1])
    assert [level for _, level in audience.clicks[: len(levels)]] == levels


def test_accents_can_be_chosen():
    transport, audience, start = playing(make_song(metres=[(0, 7, 8)], end_tick=20_000))
    transport.set_accents(0b0010101)
    listen(transport, audience, start, start + 7 * 12_000)
    assert [level for _, level in audience.clicks[:7]] == [ACCENT, BEAT, ACCENT, BEAT, ACCENT, BEAT, BEAT]


def test_triplets_fall_on_the_thirds_of_a_beat():
    transport, audience, start = playing(make_song(end_tick=20_000))
    transport.set_subdivision(3)
    listen(transport, audience, start, start + 47_999)
    assert audience.clicks == [
        (start + 8000 * number, (ACCENT if number == 0 else BEAT) if number % 3 == 0 else SUBDIVISION)
        for number in range(6)
    ]


@pytest.mark.parametrize(("tick", "bars"), [(0, 1), (0, 2), (3840, 1), (5760, 1), (6000, 2)])
def test_the_count_in_clicks_whole_bars_in_the_metre_and_tempo_of_the_start(tick, bars):
    song = make_song(
        [(tick, 0, 0x90, 60, 100)],
        tempi=[(0, 500_000), (3840, 1_000_000)],
        metres=[(0, 4, 4), (3840, 2, 4)],
        end_tick=30_000,
    )
    transport, audience, start = playing(song, count_in=bars, tick=tick)
    transport.clicking = False
    frames_a_tick = 25 if tick < 3840 else 50
    bar_ticks = 3840 if tick < 3840 else 1920
    begins = start + bars * bar_ticks * frames_a_tick
    assert transport.state is TransportState.COUNTING_IN
    listen(transport, audience, start, begins // CHUNK * CHUNK)
    assert transport.state is TransportState.COUNTING_IN
    assert transport.position(begins - 1)[:2] == (tick, 0)
    listen(transport, audience, begins // CHUNK * CHUNK, begins + 20 * RATE)
    until_beat = -tick % 960
    assert [frame for frame, _ in audience.clicks] == [
        start + (until_beat + number * 960) * frames_a_tick for number in range(bars * bar_ticks // 960)
    ]
    assert sum(level == ACCENT for _, level in audience.clicks) == bars
    assert audience.messages[0][0] == begins // CHUNK * CHUNK


def test_the_tempo_scale_moves_the_count_in_and_the_clicks():
    transport, audience, start = playing(make_song(end_tick=20_000), count_in=1)
    transport.set_tempo_scale(start, 50)
    listen(transport, audience, start, start + 8 * 48_000)
    assert [frame - start for frame, _ in audience.clicks] == [48_000 * number for number in range(8)]


@settings(deadline=None, max_examples=40)
@given(
    quarters=st.integers(20_000, 300_000),
    beats=st.integers(1, 16),
    unit=st.sampled_from((1, 2, 4, 8, 16, 32)),
    subdivision=st.integers(1, 6),
)
def test_a_metronome_alone_clicks_at_the_exact_frames(quarters, beats, unit, subdivision):
    transport, audience = Transport(RATE), Audience()
    transport.set_tempo(0, quarters / 1000)
    transport.set_beats(beats)
    transport.set_beat_unit(unit)
    transport.set_subdivision(subdivision)
    transport.set_metronome(640, True)
    between = Fraction(RATE * 60 * 1000 * 4, quarters * unit * subdivision)
    listen(transport, audience, 640, 640 + floor(20 * between))
    for number, (frame, level) in enumerate(audience.clicks[:20]):
        assert frame == 640 + floor(number * between)
        assert (level == ACCENT) == (number % (beats * subdivision) == 0)


def test_a_metronome_alone_is_exact_after_a_day_and_every_change_of_tempo():
    transport, audience = Transport(RATE), Audience()
    transport.set_tempo(0, 299.999)
    transport.set_metronome(0, True)
    frame, passed = 0, Fraction(0)
    for tempo in (299_999, 123_457, 20_001, 77_777) * 6:
        transport.set_tempo(frame, tempo / 1000)
        until = frame + 3600 * RATE
        audience.clicks.clear()
        listen(transport, audience, frame, until)
        quarters_a_frame = Fraction(tempo, 60_000 * RATE)
        first = -(-passed.numerator // passed.denominator)
        expected = frame + floor((first - passed) / quarters_a_frame)
        assert audience.clicks[0][0] == expected
        passed += (until - frame) * quarters_a_frame
        frame = until


def test_a_metronome_alone_is_silenced_by_stop_and_by_its_switch_and_gives_way_to_the_song():
    song = make_song([(0, 0, 0x90, 60, 1)], end_tick=50_000)
    transport, audience, frame = Transport(RATE), Audience(), 0
    for silence in (transport.stop, lambda at: transport.set_metronome(at, False)):
        transport.set_metronome(frame, True)
        frame = listen(transport, audience, frame, frame + RATE)
        assert len(audience.clicks) == 2
        silence(frame)
        frame = settle(transport, audience, frame)
        assert len(audience.clicks) == 2
        audience.clicks.clear()
    transport.load(frame, song)
    frame = settle(transport, audience, frame)
    transport.set_metronome(frame, True)
    frame = listen(transport, audience, frame, frame + RATE)
    audience.clicks.clear()
    transport.play(frame)
    listen(transport, audience, frame, frame + RATE)
    assert [at - frame for at, _ in audience.clicks] == [0, 24_000]


def test_other_beats_and_subdivisions_begin_with_the_next_beat():
    transport, audience = Transport(RATE), Audience()
    transport.set_tempo(0, 120)
    transport.set_metronome(0, True)
    frame = listen(transport, audience, 0, 30_000)
    transport.set_subdivision(2)
    frame = listen(transport, audience, frame, 100_000)
    transport.set_beats(3)
    listen(transport, audience, frame, 240_000)
    assert audience.clicks == [
        (0, ACCENT),
        (24_000, BEAT),
        (48_000, BEAT),
        (60_000, SUBDIVISION),
        (72_000, BEAT),
        (84_000, SUBDIVISION),
        (96_000, ACCENT),
        (120_000, BEAT),
        (132_000, SUBDIVISION),
        (144_000, BEAT),
        (156_000, SUBDIVISION),
        (168_000, ACCENT),
        (180_000, SUBDIVISION),
        (192_000, BEAT),
        (204_000, SUBDIVISION),
        (216_000, BEAT),
        (228_000, SUBDIVISION),
    ]


def test_the_beat_is_told_even_when_nothing_clicks():
    transport, audience, start = playing(make_song(end_tick=5000))
    transport.set_metronome(start, False)
    listen(transport, audience, start, start + RATE - CHUNK)
    beats = [frame for frame, changes in audience.changes if changes & 8]
    assert beats == [start, start + 24_000]
    assert audience.clicks == []
