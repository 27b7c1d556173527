from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.errors import BadInput
from mos_appliance.music import tempo
from mos_appliance.music.tempo import metre_map, tempo_map

TICKS = st.integers(0, 2**31 - 1)
CHANGES = st.dictionaries(TICKS, st.integers(1, 2**24 - 1), max_size=30).map(lambda found: sorted(found.items()))
METRES = st.dictionaries(
    st.integers(0, 100_000), st.tuples(st.integers(1, 20), st.sampled_from((1, 2, 4, 8, 16, 32, 64))), max_size=10
).map(lambda found: [(tick, *metre) for tick, metre in sorted(found.items())])


def slow_seconds(changes: list[tuple[int, int]], tick: int, per_quarter: int) -> Fraction:
    """The definition, summed one change after the other in fractions."""
    now, here, us = Fraction(0), 0, 500_000
    for change, tempo_us in [*changes, (2**40, 1)]:
        upto = min(change, tick)
        now += Fraction((upto - here) * us, per_quarter * 1_000_000)
        if change >= tick:
            break
        here, us = change, tempo_us
    return now


@given(CHANGES, TICKS, st.integers(1, 32767))
def test_time_is_exact(changes: list[tuple[int, int]], tick: int, per_quarter: int) -> None:
    assert tempo_map(changes, per_quarter).seconds(tick) == slow_seconds(changes, tick, per_quarter)


@given(CHANGES, TICKS)
def test_frames_are_the_nearest_to_the_exact_time(changes: list[tuple[int, int]], tick: int) -> None:
    tempi = tempo_map(changes)
    assert abs(int(tempi.frames(tick)) - tempi.seconds(tick) * 48_000) <= Fraction(1, 2)


@given(CHANGES, st.integers(0, 2**40))
def test_the_tick_at_a_frame_is_the_last_that_has_begun(changes: list[tuple[int, int]], frame: int) -> None:
    tempi = tempo_map(changes)
    tick = int(tempi.ticks_at(frame))
    assert tempi.seconds(tick) <= Fraction(frame, 48_000) < tempi.seconds(tick + 1)


def test_twenty_thousand_tempo_changes_leave_no_error() -> None:
    tempi = tempo_map([(tick, 500_000 + tick % 7) for tick in range(20_000)])
    assert tempi.seconds(20_000) == sum(Fraction(500_000 + tick % 7, 960_000_000) for tick in range(20_000))


def test_of_several_tempi_at_one_tick_the_last_counts() -> None:
    assert tempo_map([(0, 1_000_000), (0, 250_000)]).seconds(960) == Fraction(1, 4)


def test_tempi_out_of_order_are_refused() -> None:
    with pytest.raises(BadInput):
        tempo_map([(960, 500_000), (480, 500_000)])


@given(METRES, st.integers(0, 200_000))
def test_every_tick_lies_in_the_bar_that_began_last(metres: list[tuple[int, int, int]], tick: int) -> None:
    found = metre_map(metres)
    begins = found.bar_ticks(tick + 1)
    bar = int(found.bars(tick))
    assert len(begins) == bar
    assert begins[bar - 1] <= tick
    assert found.bars(begins).tolist() == list(range(1, bar + 1))
    assert found.beats(begins).tolist() == [1] * bar


def test_a_pick_up_is_a_short_first_bar() -> None:
    metres = metre_map([(0, 1, 4), (960, 3, 4)])
    assert metres.bar_ticks(960 * 7).tolist() == [0, 960, 960 * 4]
    assert metres.bars([0, 959, 960, 960 * 4]).tolist() == [1, 1, 2, 3]
    assert metres.beats([0, 960, 960 * 2, 960 * 4 - 1]).tolist() == [1, 1, 2, 3]


def test_a_metre_in_the_middle_of_a_bar_cuts_it_short() -> None:
    assert metre_map([(1000, 4, 4)]).bar_ticks(6000).tolist() == [0, 1000, 4840]


def test_bars_need_not_be_whole_ticks() -> None:
    metres = metre_map([(0, 1, 64)], ticks_per_quarter=24)
    assert metres.bar_ticks(6).tolist() == [0, 2, 3, 5]


def test_more_bars_than_any_piece_has_are_refused() -> None:
    with pytest.raises(BadInput, match="bars"):
        metre_map([(0, 1, 64)]).bar_ticks(2**31 - 1)
    assert len(metre_map([]).bar_ticks(3840 * tempo.MAX_BARS)) == tempo.MAX_BARS
