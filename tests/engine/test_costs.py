"""The cost table leaves room for what a block must do besides, and never asks for less or more than makes sense."""

from hypothesis import given
from hypothesis import strategies as st

from mos_appliance.engine.costs import (
    FADING_VOICES,
    FEWEST_STARTS,
    FEWEST_VOICES,
    MOST_STARTS,
    MOST_VOICES,
    OFFLINE,
    SHARE,
    CostTable,
    calibrate,
)
from tests.engine.recording_synth import RecordingSynth

CHUNK_NS = 64 * 1e9 / 48_000
A53 = CostTable(base_ns=100_000, voice_ns=4_600, start_ns=25_000, extra_ns=150_000)
"""About what FluidSynth costs on a Cortex-A53 at 1 GHz."""


def test_a_cortex_a53_has_room_for_66_voices_at_its_nominal_speed() -> None:
    assert A53.voices() >= 66


def test_at_half_the_speed_it_still_has_the_fewest_voices() -> None:
    half = CostTable(A53.base_ns * 2, A53.voice_ns * 2, A53.start_ns * 2, A53.extra_ns * 2)
    assert FEWEST_VOICES <= half.voices() < A53.voices()


@given(st.builds(CostTable, *[st.integers(0, 2_000_000)] * 4))
def test_a_chunk_full_of_voices_and_starts_keeps_its_share_or_is_at_its_least(table: CostTable) -> None:
    voices, starts = table.voices() + FADING_VOICES, table.starts()
    assert FEWEST_VOICES <= table.voices() <= MOST_VOICES
    assert FEWEST_STARTS <= starts <= MOST_STARTS
    cost = table.base_ns + table.extra_ns + voices * table.voice_ns + starts * table.start_ns
    assert cost <= SHARE * CHUNK_NS or table.voices() == FEWEST_VOICES


def test_offline_nothing_can_be_late_so_the_limits_are_the_largest() -> None:
    assert (OFFLINE.voices(), OFFLINE.starts()) == (240, MOST_STARTS)


def test_calibration_measures_by_the_clock_that_it_is_given_and_leaves_no_note() -> None:
    synth, now = RecordingSynth(), [0]

    def render() -> None:
        now[0] += 90_000

    def extra() -> None:
        now[0] += 20_000

    table = calibrate(synth, render, extra, lambda: now[0])
    assert (table.base_ns, table.extra_ns, table.start_ns) == (90_000, 20_000, 0)
    assert synth.resets == 1
